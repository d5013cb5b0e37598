/* Times and codes as a person reads them. No HTML, no escaping: texts for rd_html_put. Thread: any;
 * no state. */
#ifndef RD_WORKLIST_WORDS_H
#define RD_WORKLIST_WORDS_H

#include "model/message.h"
#include "rules/calendar/zone.h"

enum { WORKLIST_WORDS_MAX = 80 }; /* bytes of every buffer here, NUL included */

enum worklist_pressure {
    WORKLIST_NO_DEADLINE,
    WORKLIST_LATER,
    WORKLIST_SOON, /* within half an hour */
    WORKLIST_OVER
};
enum worklist_pressure worklist_pressure(rd_instant now, rd_instant due);

/* "in 35 min", "12 min over", "due now", "in 2 h 5 min", "in 3 days 4 h". Minutes left are rounded
 * down and minutes over up: never kinder than the truth. */
const char *worklist_left(rd_instant now, rd_instant due, char out[WORKLIST_WORDS_MAX]);
/* "14:05" today, "tomorrow 09:00", "yesterday 17:30", else "Sat 21 Nov 09:00". */
const char *worklist_moment(const struct rd_zone *zone, rd_instant now, rd_instant at,
                            char out[WORKLIST_WORDS_MAX]);
/* The value of an <input type="datetime-local">: "2026-11-21T14:05". */
const char *worklist_local(const struct rd_zone *zone, rd_instant at, char out[WORKLIST_WORDS_MAX]);
/* The way back. Of a reading that the clock shows twice, the later one unless that would be in the
 * future, with `past`; without it the first that is not past. False: no such time, or one that the
 * spring night leaves out. */
bool worklist_parse_local(const struct rd_zone *zone, struct rd_text text, rd_instant now,
                          bool past, rd_instant *out);
/* "rapid-response" as "Rapid response"; cut to fit. */
const char *worklist_code(struct rd_text code, char out[WORKLIST_WORDS_MAX]);

const char *worklist_outcome(enum rd_outcome outcome);
const char *worklist_mode(enum rd_contact_mode mode);
const char *worklist_urgency(enum rd_priority urgency);
const char *worklist_clock(enum rd_clock_kind kind);
/* What a contact led to, as the form offers it; NULL-terminated pairs of code and title. */
struct worklist_choice {
    const char *code, *title;
};
extern const struct worklist_choice worklist_contact_outcomes[];

#endif
