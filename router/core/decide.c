#include "core/decide.h"

#include "core/again.h"
#include "core/clocks.h"
#include "core/emit.h"

/* Who asks how much a team has, and what it was told: that is part of what a decision is made from.
 */
struct asking {
    struct rd_core *core;
    struct rd_asked *asked; /* NULL: not kept */
};

static void keep_load(struct asking *asking, const struct rd_queue_held *queue, uint32_t open)
{
    struct rd_asked *asked = asking->asked;
    for (size_t i = 0; i < asked->loads_count; i++)
        if (rd_text_equal(asked->loads[i].team, queue->state.queue))
            return;
    if (asked->loads == NULL)
        asked->loads =
            rd_take_array(asking->core, asking->core->queues_count + 1, sizeof *asked->loads);
    if (asked->loads != NULL)
        asked->loads[asked->loads_count++] = (struct rd_team_load){queue->state.queue, open};
}

static uint32_t open_assignments(void *context, struct rd_text team)
{
    struct asking *asking = context;
    const struct rd_queue_held *queue = rd_find_queue(asking->core, team);
    uint32_t open = queue == NULL ? 0 : (uint32_t)queue->members.used;
    if (asking->asked != NULL && open > 0) /* absent reads as 0 */
        keep_load(asking, queue, open);
    return open;
}

/* Consumers that are away for a moment must not change where a referral goes, nor make a decision
 * irreproducible: the rules see everybody as there, and rd_check_consumer raises the alarm. */
static struct rd_presence presence_of(struct asking *asking)
{
    return (struct rd_presence){.context = asking, .open_assignments = open_assignments};
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
               const struct rd_override *override, struct rd_decided_as *out)
{
    *out = (struct rd_decided_as){.asked = {.what = RD_ASKED_NEW, .received = facts->received}};
    struct asking asking = {core, &out->asked};
    struct rd_decide_request request = {.facts = facts,
                                        .now = core->now,
                                        .presence = presence_of(&asking),
                                        .override = override,
                                        .engine_version = core->version};
    if (override != NULL)
        rd_asked_keep(&out->asked, override);
    if (rd_rules_decide(core->rules, &request, &core->arena, &out->decision) != RD_OK)
        return rd_nomem(core);
    return is_sound(&out->decision) ? core->err == RD_OK : rd_broken(core);
}

enum rd_err rd_plan_team(struct rd_core *core, const struct rd_referral_state *state,
                         struct rd_text team, enum rd_role role, struct rd_planned_assignment *out)
{
    struct asking asking = {core, NULL};
    struct rd_presence presence = presence_of(&asking);
    enum rd_err err = rd_rules_plan_team(core->rules, team, role, state->facts, state->urgency,
                                         core->now, &presence, &core->arena, out);
    if (err == RD_OK)
        out->role = role;
    if (err != RD_OK && err != RD_E_NOTFOUND)
        (void)rd_nomem(core);
    return err;
}

static bool emit_decision(struct rd_core *core, struct rd_held *held,
                          const struct rd_decided_as *made, bool assigns, bool replaces)
{
    const struct rd_decision *decision = &made->decision;
    struct rd_referral_state *state = rd_live(core, held);
    struct rd_entry entry = {.kind = RD_ENTRY_DECIDED, .referral = held->id};
    entry.decided = rd_take(core, sizeof *entry.decided);
    struct rd_decided_as *kept = rd_take(core, sizeof *kept);
    if (state == NULL || entry.decided == NULL || kept == NULL)
        return false;
    *kept = *made;
    *entry.decided = (struct rd_decided){
        .decision = &kept->decision,
        .asked = &kept->asked,
        .first_assignment = assigns ? (uint32_t)state->assignments_count + 1 : 0,
        .first_clock = decision->clocks_count > 0 ? (uint32_t)state->clocks_count + 1 : 0,
        .replaces = replaces,
        .ends = replaces ? RD_TEXT("redirected") : RD_TEXT_NONE};
    return rd_emit(core, &entry);
}

bool rd_emit_decided(struct rd_core *core, struct rd_held *held, const struct rd_decided_as *made,
                     bool replaces)
{
    struct rd_referral_state *state = rd_live(core, held);
    if (state == NULL)
        return false;
    uint32_t before = (uint32_t)state->assignments_count;
    if (!emit_decision(core, held, made, true, replaces))
        return false;
    uint32_t after = (uint32_t)rd_live(core, held)->assignments_count;
    for (uint32_t index = before + 1; index <= after; index++)
        if (!rd_check_consumer(core, held, index))
            return false;
    return true;
}

bool rd_emit_noted(struct rd_core *core, struct rd_held *held, const struct rd_decided_as *made)
{
    return emit_decision(core, held, made, false, false);
}

static bool start_review(struct rd_core *core, struct rd_held *held)
{
    struct rd_referral_state *state = rd_live(core, held);
    struct rd_decided_as made = {.asked = {.what = RD_ASKED_REVIEW}};
    if (state == NULL)
        return false;
    if (rd_asked_review(core->rules, state->facts, core->now, core->version, &core->arena,
                        &made.decision) != RD_OK)
        return rd_nomem(core);
    made.decision.facts = state->facts; /* as they were: what the clock was planned from */
    return rd_emit_noted(core, held, &made);
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
