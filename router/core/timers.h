/* When something is due in a referral, and what is done then. */
#ifndef RD_CORE_TIMERS_H
#define RD_CORE_TIMERS_H

#include "core/state.h"

/* The earliest of all that is due in it; 0: nothing is (it is closed). */
rd_instant rd_referral_due(const struct rd_referral_state *state);
/* RD_EVENT_TIME: fires what is due, at most RD_TIMERS_PER_STEP. */
bool rd_timers_run(struct rd_core *core);

#endif
