/* What two records of one person are compared by, however their senders write it: made comparable,
 * never shown. Only what tells one person from another: stand-ins ("Baby", 1900-01-01, ZZ99 3VZ,
 * 9999999999) and numbers that their sender calls unverified are absent, as if nobody had said
 * them. Pure. Thread: any. */
#ifndef RD_MODEL_ALIKE_H
#define RD_MODEL_ALIKE_H

#include "base/arena.h"
#include "model/state.h"

struct rd_alike {
    struct rd_text nhs_number; /* ten digits, check digit right */
    /* Family name and first given name, in the order of their letters, so that it does not matter
     * which was put into which field: "edith|whitlock". Case, accents, blanks and punctuation do
     * not count: O'Brien is OBRIEN, Smith-Jones is Smith Jones. */
    struct rd_text name;
    struct rd_text further_names; /* the other given names: twins may share the first */
    struct rd_text birth_date;    /* whole: "1944-06-15" */
    struct rd_text postcode;      /* of home, else of where they stay: "E182QB" */
};

/* "NHS number, name, postcode": a set of rd_person_part in words; "nothing" for none. */
enum { RD_PARTS_TEXT_MAX = 80 };
const char *rd_parts_words(uint32_t parts, char out[RD_PARTS_TEXT_MAX]);

/* In the arena. RD_E_TOOBIG: it is full. */
RD_MUST_CHECK enum rd_err rd_alike_of(const struct rd_person *person, struct rd_arena *arena,
                                      struct rd_alike *out);

#endif
