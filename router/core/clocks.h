/* A running clock: its stages, what stops it, what starts it again. Changes a clock only: called by
 * apply*.c (and read by timers.c). A clock's start and deadlines never move. */
#ifndef RD_CORE_CLOCKS_H
#define RD_CORE_CLOCKS_H

#include "model/state.h"

bool rd_clock_running(const struct rd_clock *clock);
/* When it fires next if nothing has fired since its stage was entered; 0: it has ended. */
rd_instant rd_clock_due(const struct rd_clock *clock);
/* What fires at next_stage. Past the last stage a running clock keeps repeating. */
enum rd_stage_kind rd_clock_stage_kind(const struct rd_clock *clock);
struct rd_text rd_clock_escalate_to(const struct rd_clock *clock);
/* When it fires after `now`, once the present stage has fired. */
rd_instant rd_clock_after(const struct rd_clock *clock, rd_instant now);

void rd_clock_fired(struct rd_clock *clock, const struct rd_stage *fired, rd_instant next_due);
void rd_clock_end(struct rd_clock *clock, rd_instant at, struct rd_text reason, uint32_t contact);
/* Runs again with the stages that are left; those that were missed are due at once. */
void rd_clock_restore(struct rd_clock *clock);
/* Somebody has it: a clock that a claim stops ends, a claim-by stage that is next is passed over.
 */
void rd_clock_claimed(struct rd_clock *clock, rd_instant at);
/* Nobody has it any more: what the claim ended or passed over counts again. */
void rd_clock_unclaimed(struct rd_clock *clock);
bool rd_clock_stops_at_contact(const struct rd_clock *clock, enum rd_contact_mode mode);
/* A contact that occurred then: ends it, breached or not by when it occurred. */
void rd_clock_contacted(struct rd_clock *clock, rd_instant occurred, uint32_t contact);

/* Earliest alarm deadline of the clocks that run for the assignment (0: any); 0: none runs. */
rd_instant rd_response_due(const struct rd_referral_state *state, uint32_t assignment);

#endif
