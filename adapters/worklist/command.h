/* From what a person filled in to the command that the router gets. Pure. Thread: any. */
#ifndef RD_WORKLIST_COMMAND_H
#define RD_WORKLIST_COMMAND_H

#include "adapters/worklist/staff.h"

#include "model/message.h"
#include "rules/calendar/zone.h"

enum { WORKLIST_REASON_BYTES_MAX = 2000 };

/* A posted form: the value of a field, absent when there is none. */
struct worklist_form {
    struct rd_text (*field)(const void *context, const char *name);
    const void *context;
};

struct worklist_asked {
    const struct rd_place *place;
    const struct rd_zone *zone;
    const struct worklist_staff *staff;
    const struct worklist_person *person; /* who asks: `by` */
    struct rd_text target;
    const struct rd_row *row; /* NULL: a quarantined item, or one that left its list */
    rd_instant now;
};

/* The verbs that pages offer, by their name in a URL ("void-contact"); 0: none of them. */
enum rd_verb worklist_verb(struct rd_text name);
/* Only the desk's people may. */
bool worklist_verb_is_desk(enum rd_verb verb);
/* About two referrals: its target is a referral, not an assignment. */
bool worklist_verb_links(enum rd_verb verb);
/* RD_E_INVALID: `why` says to the person what is missing or wrong, and nothing of what they wrote.
 * `out` borrows from the form, the place and the arena. */
RD_MUST_CHECK enum rd_err worklist_command(const struct worklist_form *form, enum rd_verb verb,
                                           const struct worklist_asked *asked,
                                           struct rd_arena *arena, struct rd_command *out,
                                           struct rd_errbuf *why);
/* What was done, as a sentence for the next page. `after`: the row as it is now, NULL when there is
 * none. */
void worklist_done_words(const struct worklist_asked *asked, const struct rd_command *command,
                         const struct rd_row *after, char *out, size_t size);

#endif
