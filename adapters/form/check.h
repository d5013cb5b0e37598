/* What may be wrong with an answer, in plain words. Wrong answers are shown again with the words
 * beside them; what is only unlikely (an NHS number's check digit) is taken and flagged. Thread:
 * any; no state. */
#ifndef RD_FORM_CHECK_H
#define RD_FORM_CHECK_H

#include "adapters/form/state.h"
#include "rules/calendar/zone.h"

enum { FORM_AGE_MAX = 130, FORM_BIRTH_TEXT_MAX = 11, FORM_CALL_DAYS_MAX = 31 };

struct rd_form_error {
    enum rd_form_field_id id;
    char words[96];
};
struct rd_form_errors {
    struct rd_form_error items[FORM_FIELDS_COUNT];
    size_t count;
};

/* The moment of the check: `today` in the place's days since 1970-01-01. */
struct rd_form_moment {
    const struct rd_zone *zone;
    rd_instant now;
};

/* The first one of a field counts; `words` are copied. */
void rd_form_error_add(struct rd_form_errors *errors, enum rd_form_field_id id, const char *words);
/* NULL: nothing is wrong with it. */
const char *rd_form_error_of(const struct rd_form_errors *errors, enum rd_form_field_id id);

/* One answer by its own rules. `needed`: it may not be empty. */
void rd_form_check(const struct rd_form_state *state, enum rd_form_field_id id, bool needed,
                   const struct rd_form_moment *moment, struct rd_form_errors *errors);

enum rd_form_birth {
    FORM_BIRTH_EMPTY = 1,
    FORM_BIRTH_OK,
    FORM_BIRTH_UNREADABLE,
    FORM_BIRTH_IN_FUTURE,
    FORM_BIRTH_TOO_OLD
};
/* "27/3/1944", "27/March/1944", "/3/1944", "//1944" -> "1944-03-27", "1944-03", "1944". */
enum rd_form_birth rd_form_read_birth(struct rd_text text, int64_t today,
                                      char out[FORM_BIRTH_TEXT_MAX]);
bool rd_form_read_age(struct rd_text text, int32_t *out); /* 0..FORM_AGE_MAX */
/* "14:05", "14.05" or "1405" of today, or of yesterday when that is still to come today. False: no
 * time of day. */
bool rd_form_read_time(struct rd_text text, const struct rd_form_moment *moment, rd_instant *out);
/* When a call was received, by FORM_CALL_START and FORM_CALL_DAY: "21/11", "21.11.2026"; an empty
 * day: of today or yesterday. False: one of the two cannot be read, or is still to come, or is
 * FORM_CALL_DAYS_MAX days ago and more; *wrong says which. */
bool rd_form_read_call(const struct rd_form_state *state, const struct rd_form_moment *moment,
                       rd_instant *out, enum rd_form_field_id *wrong);
size_t rd_form_digits(struct rd_text text); /* how many there are */

#endif
