/* HL7 times: YYYY[MM[DD[HH[MM[SS[.F...]]]]]][+/-ZZZZ], and "YYYY-MM-DD HH:MM:SS" as some senders
 * write it. Pure. Thread: any. */
#ifndef RD_HL7_HL7_TIME_H
#define RD_HL7_HL7_TIME_H

#include "model/record.h"
#include "rules/calendar/zone.h"

/* NULL when the text is no time or the arena is full. Without an offset: local time of `zone`. */
struct rd_time *rd_hl7_time(struct rd_text text, const struct rd_zone *zone,
                            struct rd_arena *arena);
/* A date as the record wants it: "1944", "1944-06", "1944-06-15"; absent when it is none. */
struct rd_text rd_hl7_date(struct rd_text text, struct rd_arena *arena);

#endif
