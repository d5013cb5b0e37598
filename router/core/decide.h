/* The rules' answers, written as entries. */
#ifndef RD_CORE_DECIDE_H
#define RD_CORE_DECIDE_H

#include "core/state.h"

/* A decision and what it was made from beside its facts. */
struct rd_decided_as {
    struct rd_decision decision;
    struct rd_asked asked;
};
/* Triage, route, clock over the facts: everything in the step's arena. */
bool rd_decide(struct rd_core *core, const struct rd_facts *facts,
               const struct rd_override *override, struct rd_decided_as *out);
/* Writes DECIDED with the decision's assignments; `replaces`: the desk's, instead of the last. */
bool rd_emit_decided(struct rd_core *core, struct rd_held *held, const struct rd_decided_as *made,
                     bool replaces);
/* Writes DECIDED that makes no assignment: an amendment's facts, urgency and clocks; a review. */
bool rd_emit_noted(struct rd_core *core, struct rd_held *held, const struct rd_decided_as *made);
/* A planned assignment, following the fallback chain; RD_E_NOTFOUND: no such team. */
enum rd_err rd_plan_team(struct rd_core *core, const struct rd_referral_state *state,
                         struct rd_text team, enum rd_role role, struct rd_planned_assignment *out);
/* Every open referral that this step touched has a running clock: a review is started where none
 * runs, so that nothing is left without a next deadline. */
bool rd_ensure_deadlines(struct rd_core *core);
/* Alarms the desk when nobody listens to the team's queue. */
bool rd_check_consumer(struct rd_core *core, struct rd_held *held, uint32_t assignment);

#endif
