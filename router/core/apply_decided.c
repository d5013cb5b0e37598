/* DECIDED entries: assignments, clocks and the facts they were made from. */
#include "core/apply.h"

#include "core/clocks.h"

bool rd_create_assignment(struct rd_core *core, struct rd_referral_state *state,
                          const struct rd_planned_assignment *planned, rd_instant at)
{
    struct rd_assignment *made = rd_add_assignment(core, state);
    if (made == NULL)
        return false;
    uint32_t index = made->index;
    *made = (struct rd_assignment){
        .index = index,
        .team = planned->team,
        .role = planned->role,
        .view = planned->view == 0 ? RD_VIEW_FULL : planned->view,
        .required_roles = planned->required_roles,
        .required_roles_count = planned->required_roles_count,
        .phase = RD_ASSIGNMENT_WAITING,
        .external = planned->external,
        .open_at_routing = planned->open_now,
        .why = planned->why,
        .created_at = at,
        .looks_at = planned->looks_at,
        .closes_at = planned->closes_at,
    };
    return true;
}

void rd_close_assignment(struct rd_assignment *assignment, enum rd_outcome outcome,
                         struct rd_text by, struct rd_text reason, rd_instant at)
{
    assignment->phase = RD_ASSIGNMENT_CLOSED;
    assignment->outcome = outcome;
    assignment->closed_at = at;
    assignment->closed_by = by;
    assignment->close_reason = reason;
    assignment->decay_due = 0;
    assignment->chase_at = 0;
    assignment->token = 0;
    assignment->lease_due = 0;
    assignment->handed_to = RD_TEXT_NONE;
    assignment->stand_down_asked = false;
    assignment->stand_down_at = 0;
    assignment->change_asked = false;
}

bool rd_receipt_for(struct rd_core *core, struct rd_referral_state *state,
                    const struct rd_entry *entry, enum rd_receipt_stage stage, struct rd_text team,
                    struct rd_text reason)
{
    struct rd_receipt_due receipt = {
        .number = entry->number, .stage = stage, .team = team, .reason = reason, .at = entry->at};
    return rd_add_receipt(core, state, &receipt);
}

bool rd_has_place(const struct rd_referral_state *state)
{
    return state->assignments_count + 1 < RD_ASSIGNMENTS_MAX; /* the last is the desk's */
}

bool rd_is_further(const struct rd_referral_state *state,
                   const struct rd_planned_assignment *planned)
{
    bool has = planned->role != RD_ROLE_SUPPORTING;
    for (size_t i = 0; i < state->assignments_count; i++)
        has = has || (rd_assignment_open(&state->assignments[i]) &&
                      rd_text_equal(state->assignments[i].team, planned->team));
    return !has;
}

void rd_clocks_follow(struct rd_referral_state *state, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < state->clocks_count; i++)
        if (state->clocks[i].assignment == from)
            state->clocks[i].assignment = to;
}

bool rd_clock_concerns(const struct rd_clock *clock, const struct rd_assignment *assignment)
{
    return clock->assignment == assignment->index ||
           (clock->assignment == 0 && assignment->role == RD_ROLE_LEAD);
}

static struct rd_clock *running_of(const struct rd_referral_state *state, struct rd_text policy)
{
    for (size_t i = 0; i < state->clocks_count; i++)
        if (rd_clock_running(&state->clocks[i]) && rd_text_equal(state->clocks[i].policy, policy))
            return &state->clocks[i];
    return NULL;
}

/* `assignment`: index in the referral, 0 the referral's own. */
static bool start_clock(struct rd_core *core, struct rd_referral_state *state,
                        const struct rd_planned_clock *planned, uint32_t assignment)
{
    struct rd_clock *clock = rd_add_clock(core, state);
    if (clock == NULL)
        return false;
    uint32_t index = clock->index;
    *clock = (struct rd_clock){
        .index = index,
        .assignment = assignment,
        .policy = planned->policy,
        .kind = planned->kind,
        .basis = planned->basis,
        .stop_mode = planned->stop_mode,
        .provisional = planned->provisional,
        .start = planned->start,
        .alarm_due = planned->alarm_due,
        .report_due = planned->report_due,
        .stages = planned->stages,
        .stages_count = planned->stages_count,
        .calendar_hash = planned->calendar_hash,
    };
    clock->next_due = rd_clock_due(clock);
    return true;
}

/* The desk decided anew: the LEAD it had ends, and with it every other that the new decision names
 * as its lead. A supporting team keeps what it has. */
static void end_replaced(struct rd_referral_state *state, const struct rd_entry *entry)
{
    const struct rd_decision *decision = entry->decided->decision;
    for (size_t i = 0; i < state->assignments_count; i++) {
        struct rd_assignment *old = &state->assignments[i];
        bool ends =
            old->role == RD_ROLE_LEAD || rd_text_equal(old->team, decision->assignments[0].team);
        if (ends && rd_assignment_open(old))
            rd_close_assignment(old, RD_OUTCOME_REDIRECTED, decision->decided_by, decision->reason,
                                entry->at);
    }
    for (size_t i = 0; i < state->clocks_count; i++) {
        struct rd_clock *clock = &state->clocks[i];
        if (rd_clock_running(clock) &&
            (clock->kind == RD_CLOCK_TRIAGE || rd_text_is(clock->stop_mode, "triage")))
            rd_clock_end(clock, entry->at, RD_TEXT("triaged"), 0);
    }
}

/* The open supporting assignment that the team has already; 0: none. */
static uint32_t kept_supporting(const struct rd_referral_state *state,
                                const struct rd_planned_assignment *planned)
{
    for (size_t i = 0; i < state->assignments_count; i++)
        if (planned->role == RD_ROLE_SUPPORTING && rd_assignment_open(&state->assignments[i]) &&
            rd_text_equal(state->assignments[i].team, planned->team))
            return state->assignments[i].index;
    return 0;
}

/* Clocks whose assignment was replaced go to the new LEAD, and count as unclaimed there. */
static void hand_over_clocks(struct rd_referral_state *state, uint32_t lead)
{
    for (size_t i = 0; i < state->clocks_count; i++) {
        struct rd_clock *clock = &state->clocks[i];
        const struct rd_assignment *of = rd_assignment_at(state, clock->assignment);
        if (of != NULL && !rd_assignment_open(of))
            clock->assignment = lead;
        if (clock->assignment == lead || clock->assignment == 0)
            rd_clock_unclaimed(clock);
    }
}

static enum rd_err assign(struct rd_core *core, struct rd_referral_state *state,
                          const struct rd_entry *entry, uint32_t *indexes, struct rd_errbuf *why)
{
    const struct rd_decided *decided = entry->decided;
    const struct rd_decision *decision = decided->decision;
    if (decided->first_assignment != state->assignments_count + 1 ||
        decision->assignments[0].role != RD_ROLE_LEAD ||
        state->assignments_count + decision->assignments_count > RD_ASSIGNMENTS_MAX)
        return rd_corrupt(why, entry, "assignments that do not follow the ones there are");
    if (decided->replaces)
        end_replaced(state, entry);
    for (size_t i = 0; i < decision->assignments_count; i++) {
#if defined(RD_PLANT_LOST_SUPPORTING)
        if (core->event == NULL && decision->assignments[i].role == RD_ROLE_SUPPORTING)
            continue;
#endif
        indexes[i] = kept_supporting(state, &decision->assignments[i]);
        if (indexes[i] != 0)
            continue;
        if (!rd_create_assignment(core, state, &decision->assignments[i], entry->at))
            return core->err;
        indexes[i] = (uint32_t)state->assignments_count;
    }
    if (decided->replaces)
        hand_over_clocks(state, indexes[0]);
    state->pathway = decision->pathway;
    state->reason = decision->reason;
    state->answer = decision->answer;
    state->rules_hash = decision->rules_hash;
    state->decision = entry->number;
    bool first = state->phase == RD_PHASE_HELD;
    if (first)
        state->opened_at = entry->at;
    state->phase = RD_PHASE_OPEN;
    bool told = rd_receipt_for(core, state, entry, RD_RECEIPT_ROUTED, decision->assignments[0].team,
                               RD_TEXT_NONE);
    return told ? RD_OK : core->err;
}

/* An amendment brings in further teams: what was decided stays, and of the supporting ones that the
 * new decision names those come beside that have no open assignment. The decision is recorded as
 * the rules gave it. */
static enum rd_err assign_further(struct rd_core *core, struct rd_referral_state *state,
                                  const struct rd_entry *entry, uint32_t *indexes,
                                  struct rd_errbuf *why)
{
    const struct rd_decision *decision = entry->decided->decision;
    if (entry->decided->first_assignment != state->assignments_count + 1)
        return rd_corrupt(why, entry, "assignments that do not follow the ones there are");
    for (size_t i = 0; i < decision->assignments_count; i++) {
        const struct rd_planned_assignment *planned = &decision->assignments[i];
        if (!rd_has_place(state) || !rd_is_further(state, planned))
            continue;
        if (!rd_create_assignment(core, state, planned, entry->at))
            return core->err;
        indexes[i] = (uint32_t)state->assignments_count;
    }
    return RD_OK;
}

/* A policy that runs already keeps its clock: its start is never later than the new one's. */
static enum rd_err start_clocks(struct rd_core *core, struct rd_referral_state *state,
                                const struct rd_entry *entry, const uint32_t *indexes,
                                struct rd_errbuf *why)
{
    const struct rd_decided *decided = entry->decided;
    const struct rd_decision *decision = decided->decision;
    for (size_t i = 0; i < decision->clocks_count; i++) {
        const struct rd_planned_clock *planned = &decision->clocks[i];
        struct rd_clock *running = decided->replaces ? running_of(state, planned->policy) : NULL;
        if (running != NULL) {
            running->provisional = running->provisional && planned->provisional;
            continue;
        }
        if (planned->assignment > decision->assignments_count ||
            state->clocks_count >= RD_CLOCKS_MAX)
            return rd_corrupt(why, entry, "a clock for no assignment, or one too many");
        bool own = planned->assignment != 0 && indexes[planned->assignment - 1] != 0;
        if (!start_clock(core, state, planned, own ? indexes[planned->assignment - 1] : 0))
            return core->err;
    }
    return RD_OK;
}

/* first_assignment 0: the decision made none (an amendment's, a review's): only its facts, its
 * urgency and its clocks count. Of a referral that is open already, without `replaces`: an
 * amendment's, that brings in further teams. */
enum rd_err rd_apply_decided(struct rd_core *core, const struct rd_entry *entry,
                             struct rd_errbuf *why)
{
    const struct rd_decided *decided = entry->decided;
    if (decided == NULL || decided->decision == NULL ||
        decided->decision->assignments_count > RD_ASSIGNMENTS_MAX)
        return rd_corrupt(why, entry, "a decision without its arm");
    const struct rd_decision *decision = decided->decision;
    struct rd_edit edit;
    enum rd_err err = rd_apply_begin(core, entry, &edit, why);
    if (err != RD_OK)
        return err;
    struct rd_referral_state *state = edit.state;
    uint32_t indexes[RD_ASSIGNMENTS_MAX] = {0};
    if (decided->first_assignment != 0 && decision->assignments_count > 0)
        err = state->phase == RD_PHASE_OPEN && !decided->replaces
                  ? assign_further(core, state, entry, indexes, why)
                  : assign(core, state, entry, indexes, why);
    if (err != RD_OK)
        return err;
    if (decision->facts != NULL)
        state->facts = decision->facts;
    if (decision->urgency != 0)
        state->urgency = decision->urgency;
    edit.verb = decided->replaces ? RD_VERB_ROUTE : 0;
    err = start_clocks(core, state, entry, indexes, why);
    return err != RD_OK ? err : rd_apply_end(core, &edit);
}
