#include "core/decide.h"

#include "core/clocks.h"
#include "core/emit.h"

enum { REVIEW_HOURS = 24 };

static uint32_t open_assignments(void *context, struct rd_text team)
{
    const struct rd_core *core = context;
    const struct rd_queue_held *queue = rd_find_queue(core, team);
    return queue == NULL ? 0 : (uint32_t)queue->members.used;
}

/* Consumers that are away for a moment must not change where a referral goes, nor make a decision
 * irreproducible: the rules see everybody as there, and rd_check_consumer raises the alarm. */
static struct rd_presence presence_of(struct rd_core *core)
{
    return (struct rd_presence){.context = core, .open_assignments = open_assignments};
}

static bool is_sound(const struct rd_decision *decision)
{
    bool sound = decision->assignments_count >= 1 &&
                 decision->assignments_count <= RD_ASSIGNMENTS_MAX &&
                 decision->clocks_count <= RD_CLOCKS_MAX;
    for (size_t i = 0; sound && i < decision->assignments_count; i++)
        sound = (decision->assignments[i].role == RD_ROLE_LEAD) == (i == 0) &&
                rd_text_present(decision->assignments[i].team);
    return sound;
}

bool rd_decide(struct rd_core *core, const struct rd_facts *facts,
               const struct rd_override *override, struct rd_decision *out)
{
    struct rd_decide_request request = {.facts = facts,
                                        .now = core->now,
                                        .presence = presence_of(core),
                                        .override = override,
                                        .engine_version = core->version};
    if (rd_rules_decide(core->rules, &request, &core->arena, out) != RD_OK)
        return rd_nomem(core);
    return is_sound(out) ? true : rd_broken(core);
}

enum rd_err rd_plan_team(struct rd_core *core, const struct rd_referral_state *state,
                         struct rd_text team, enum rd_role role, struct rd_planned_assignment *out)
{
    struct rd_presence presence = presence_of(core);
    enum rd_err err = rd_rules_plan_team(core->rules, team, role, state->facts, core->now,
                                         &presence, &core->arena, out);
    if (err == RD_OK)
        out->role = role;
    if (err != RD_OK && err != RD_E_NOTFOUND)
        (void)rd_nomem(core);
    return err;
}

static bool emit_decision(struct rd_core *core, struct rd_held *held,
                          const struct rd_decision *decision, bool assigns, bool replaces)
{
    struct rd_referral_state *state = rd_live(core, held);
    struct rd_entry entry = {.kind = RD_ENTRY_DECIDED, .referral = held->id};
    entry.decided = rd_take(core, sizeof *entry.decided);
    struct rd_decision *kept = rd_take(core, sizeof *kept);
    if (state == NULL || entry.decided == NULL || kept == NULL)
        return false;
    *kept = *decision;
    *entry.decided = (struct rd_decided){
        .decision = kept,
        .first_assignment = assigns ? (uint32_t)state->assignments_count + 1 : 0,
        .first_clock = decision->clocks_count > 0 ? (uint32_t)state->clocks_count + 1 : 0,
        .replaces = replaces,
        .ends = replaces ? RD_TEXT("redirected") : RD_TEXT_NONE};
    return rd_emit(core, &entry);
}

bool rd_emit_decided(struct rd_core *core, struct rd_held *held, const struct rd_decision *decision,
                     bool replaces)
{
    struct rd_referral_state *state = rd_live(core, held);
    if (state == NULL)
        return false;
    uint32_t before = (uint32_t)state->assignments_count;
    if (!emit_decision(core, held, decision, true, replaces))
        return false;
    uint32_t after = (uint32_t)rd_live(core, held)->assignments_count;
    for (uint32_t index = before + 1; index <= after; index++)
        if (!rd_check_consumer(core, held, index))
            return false;
    return true;
}

bool rd_emit_noted(struct rd_core *core, struct rd_held *held, const struct rd_decision *decision)
{
    return emit_decision(core, held, decision, false, false);
}

/* The place's policy for looking again: one named review, else the least urgent kind it has. */
static const struct rd_policy *review_policy(const struct rd_place *place)
{
    static const enum rd_clock_kind kinds[] = {RD_CLOCK_OTHER, RD_CLOCK_TWO_DAY, RD_CLOCK_CLAIM_BY,
                                               RD_CLOCK_TRIAGE};
    const struct rd_policy *named = rd_place_policy(place, RD_TEXT("review"));
    for (size_t k = 0; named == NULL && k < sizeof kinds / sizeof kinds[0]; k++)
        for (size_t i = 0; named == NULL && i < place->policies_count; i++)
            if (place->policies[i].kind == kinds[k])
                named = &place->policies[i];
    return named;
}

static bool plan_review(struct rd_core *core, const struct rd_referral_state *state,
                        struct rd_planned_clock *out)
{
    const struct rd_policy *policy = review_policy(core->place);
    enum rd_err err = policy == NULL ? RD_E_NOTFOUND
                                     : rd_rules_plan_clock(core->rules, policy->name, state->facts,
                                                           core->now, &core->arena, out);
    if (err != RD_OK && err != RD_E_NOTFOUND)
        return rd_nomem(core);
    rd_instant due = core->now + REVIEW_HOURS * RD_HOUR_US;
    if (err == RD_E_NOTFOUND)
        *out = (struct rd_planned_clock){.policy = RD_TEXT("review"),
                                         .kind = RD_CLOCK_OTHER,
                                         .alarm_due = due,
                                         .report_due = due};
    out->start = core->now;
    out->basis = RD_TEXT("review");
    out->stop_mode = RD_TEXT("close"); /* nothing but the close ends it */
    out->assignment = 0;
    return true;
}

static bool start_review(struct rd_core *core, struct rd_held *held)
{
    struct rd_referral_state *state = rd_live(core, held);
    struct rd_decision decision = {.rules_hash = core->place->hash,
                                   .engine_version = core->version,
                                   .at = core->now,
                                   .reason = RD_TEXT("no other clock runs: somebody looks again")};
    decision.clocks = rd_take(core, sizeof *decision.clocks);
    decision.clocks_count = 1;
    if (state == NULL || decision.clocks == NULL || !plan_review(core, state, &decision.clocks[0]))
        return false;
    return rd_emit_noted(core, held, &decision);
}

static bool has_running_clock(const struct rd_referral_state *state)
{
    for (size_t i = 0; i < state->clocks_count; i++)
        if (rd_clock_running(&state->clocks[i]))
            return true;
    return false;
}

bool rd_ensure_deadlines(struct rd_core *core)
{
    for (size_t i = 0; i < core->touched_count; i++) {
        if (core->touched[i].kind != RD_TOUCHED_REFERRAL)
            continue;
        struct rd_held *held = core->touched[i].object;
        bool covered = held->phase != RD_PHASE_OPEN || has_running_clock(held->live) ||
                       held->live->clocks_count >= RD_CLOCKS_MAX;
        if (!covered && !start_review(core, held))
            return false;
    }
    return true;
}

bool rd_check_consumer(struct rd_core *core, struct rd_held *held, uint32_t index)
{
    const struct rd_referral_state *state = rd_live(core, held);
    if (state == NULL)
        return false;
    const struct rd_assignment *assignment = rd_assignment_at(state, index);
    struct rd_queue_held *queue = assignment == NULL ? NULL : rd_find_queue(core, assignment->team);
    if (queue == NULL || queue->consumers > 0 ||
        core->now < core->started_at + RD_NO_CONSUMER_GRACE_S * RD_SECOND_US)
        return true;
    if (queue->no_consumer_at != 0 &&
        core->now < queue->no_consumer_at + RD_NO_CONSUMER_MINUTES * RD_MINUTE_US)
        return true;
    queue->no_consumer_at = core->now;
    const struct rd_team *desk = rd_place_team(core->place, core->place->desk);
    struct rd_text rota = desk == NULL ? RD_TEXT_NONE : desk->rota;
    struct rd_alarmed alarmed = {.kind = RD_ALARM_NO_CONSUMER,
                                 .assignment = index,
                                 .due = core->now,
                                 .team = assignment->team,
                                 .escalate_to = rota,
                                 .words = RD_TEXT("assigned to a team whose list nobody has open")};
    alarmed.person = rd_rules_on_rota(core->rules, rota, core->now);
    return rd_emit_alarm(core, held->id, &alarmed);
}
