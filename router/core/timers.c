#include "core/timers.h"

#include "core/clocks.h"
#include "core/decide.h"
#include "core/emit.h"
#include "core/expect.h"
#include "core/receipts.h"
#include "core/sessions.h"
#include "core/watch.h"

enum due_kind { DUE_CLOCK = 1, DUE_STAND_DOWN, DUE_DECAY, DUE_CHASE, DUE_CLOSES, DUE_LEASE };

/* The earliest of what is due in a referral; the first of equals in this file's order. */
struct due {
    rd_instant at; /* 0: nothing */
    enum due_kind kind;
    uint32_t index; /* of the clock or the assignment */
};

static void consider(struct due *due, rd_instant at, enum due_kind kind, uint32_t index)
{
    if (at != 0 && (due->at == 0 || at < due->at))
        *due = (struct due){at, kind, index};
}

static struct due earliest(const struct rd_referral_state *state)
{
    struct due due = {0};
    for (size_t i = 0; i < state->clocks_count; i++)
        if (rd_clock_running(&state->clocks[i]))
            consider(&due, state->clocks[i].next_due, DUE_CLOCK, state->clocks[i].index);
    for (size_t i = 0; i < state->assignments_count; i++) {
        const struct rd_assignment *each = &state->assignments[i];
        if (!rd_assignment_open(each))
            continue;
        bool waiting = each->phase == RD_ASSIGNMENT_WAITING;
        consider(&due, each->stand_down_asked ? each->stand_down_at : 0, DUE_STAND_DOWN,
                 each->index);
        consider(&due, each->phase == RD_ASSIGNMENT_CLAIMED ? each->decay_due : 0, DUE_DECAY,
                 each->index);
        consider(&due, each->chase_at, DUE_CHASE, each->index);
        consider(&due, waiting ? each->closes_at : 0, DUE_CLOSES, each->index);
        consider(&due, each->token != 0 ? each->lease_due : 0, DUE_LEASE, each->index);
    }
    return due;
}

rd_instant rd_referral_due(const struct rd_referral_state *state)
{
    bool open = state->phase == RD_PHASE_OPEN || state->phase == RD_PHASE_HELD;
    return open ? earliest(state).at : 0;
}

/* A name that a stage escalates to is a rota's, or a team's: then that team's rota. When that names
 * nobody now (a stage outlives the rules that it was decided by, and a rota has holes), the desk's
 * rota answers: an alarm for nobody is none. */
static void name_person(struct rd_core *core, struct rd_alarmed *alarmed)
{
    const struct rd_team *team = rd_place_team(core->place, alarmed->team);
    if (!rd_text_present(alarmed->escalate_to) && team != NULL)
        alarmed->escalate_to = team->rota;
    alarmed->person = rd_rules_on_rota(core->rules, alarmed->escalate_to, core->now);
    const struct rd_team *named = rd_place_team(core->place, alarmed->escalate_to);
    if (!rd_text_present(alarmed->person) && named != NULL)
        alarmed->person = rd_rules_on_rota(core->rules, named->rota, core->now);
    const struct rd_team *desk = rd_place_team(core->place, core->place->desk);
    if (!rd_text_present(alarmed->person) && desk != NULL)
        alarmed->person = rd_rules_on_rota(core->rules, desk->rota, core->now);
}

static bool alarm(struct rd_core *core, struct rd_held *held, struct rd_alarmed alarmed)
{
    const struct rd_assignment *of = rd_assignment_at(rd_live(core, held), alarmed.assignment);
    if (of != NULL)
        alarmed.team = of->team;
    name_person(core, &alarmed);
    return rd_emit_alarm(core, held->id, &alarmed);
}

/* A 999 validation that no person accepted: its sender must know before it relies on us. */
static bool reject_unaccepted(struct rd_core *core, struct rd_held *held)
{
    struct rd_referral_state *state = rd_live(core, held);
    for (uint32_t index = 1; index <= state->assignments_count; index++) {
        struct rd_moved moved = {.assignment = index,
                                 .verb = RD_VERB_REJECT,
                                 .by = RD_BY_ROUTER,
                                 .reason = RD_TEXT("resource-not-available")};
        if (rd_assignment_open(rd_assignment_at(state, index)) &&
            !rd_emit_moved(core, held, &moved))
            return false;
    }
    return true;
}

static struct rd_text stage_words(enum rd_stage_kind kind)
{
    switch (kind) {
    case RD_STAGE_CLAIM_BY:
        return RD_TEXT("nobody has claimed it");
    case RD_STAGE_WARNING:
        return RD_TEXT("its deadline comes near");
    case RD_STAGE_BREACH:
        return RD_TEXT("its deadline has passed");
    case RD_STAGE_REPEAT:
        return RD_TEXT("its clock still runs");
    case RD_STAGE_AUTO_REJECT:
        return RD_TEXT("nobody accepted it in time: it goes back to its sender");
    }
    return RD_TEXT_NONE;
}

static bool fire_clock(struct rd_core *core, struct rd_held *held, const struct due *due)
{
    struct rd_referral_state *state = rd_live(core, held);
    const struct rd_clock *clock = rd_clock_at(state, due->index);
    const struct rd_assignment *lead = rd_lead_of(state);
    enum rd_stage_kind kind = rd_clock_stage_kind(clock);
    struct rd_alarmed alarmed = {.kind = RD_ALARM_STAGE,
                                 .assignment = clock->assignment,
                                 .clock = clock->index,
                                 .stage = clock->next_stage,
                                 .stage_kind = kind,
                                 .due = clock->next_due,
                                 .escalate_to = rd_clock_escalate_to(clock),
                                 .words = stage_words(kind),
                                 .next_due = rd_clock_after(clock, core->now)};
    if (alarmed.assignment == 0 && lead != NULL)
        alarmed.assignment = lead->index;
    bool rejects = kind == RD_STAGE_AUTO_REJECT && state->custody == RD_CUSTODY_SENDER;
    return alarm(core, held, alarmed) && (!rejects || reject_unaccepted(core, held));
}

static bool fire_decay(struct rd_core *core, struct rd_held *held, const struct due *due)
{
    struct rd_moved moved = {.assignment = due->index,
                             .verb = RD_VERB_DECAY,
                             .by = RD_BY_ROUTER,
                             .reason = RD_TEXT("claimed, and then nothing")};
    struct rd_alarmed alarmed = {.kind = RD_ALARM_DECAY,
                                 .assignment = due->index,
                                 .due = due->at,
                                 .words = RD_TEXT("claimed, and then nothing: it waits again")};
    return alarm(core, held, alarmed) && rd_emit_moved(core, held, &moved);
}

static bool fire_stand_down(struct rd_core *core, struct rd_held *held, const struct due *due)
{
    struct rd_alarmed alarmed = {.kind = RD_ALARM_STAND_DOWN,
                                 .assignment = due->index,
                                 .due = due->at,
                                 .words = RD_TEXT("the sender cancelled, nobody acknowledged it"),
                                 .next_due = core->now + RD_STAND_DOWN_MINUTES * RD_MINUTE_US};
    return alarm(core, held, alarmed);
}

static bool fire_chase(struct rd_core *core, struct rd_held *held, const struct due *due)
{
    struct rd_alarmed alarmed = {.kind = RD_ALARM_CHASE,
                                 .assignment = due->index,
                                 .due = due->at,
                                 .words = RD_TEXT("awaited information has not come")};
    return alarm(core, held, alarmed);
}

/* The team stops taking referrals and nobody there has it: it goes where it would go now. With no
 * other team to go to it waits, and the desk knows. */
static bool fire_closes(struct rd_core *core, struct rd_held *held, const struct due *due)
{
    struct rd_referral_state *state = rd_live(core, held);
    const struct rd_assignment *old = rd_assignment_at(state, due->index);
    struct rd_planned_assignment *planned = rd_take(core, sizeof *planned);
    if (planned == NULL)
        return false;
    bool room = state->assignments_count + 1 < RD_ASSIGNMENTS_MAX;
    enum rd_err err = rd_plan_team(core, state, old->team, old->role, planned);
    if (err == RD_E_NOTFOUND) /* the team is gone from the rules: the desk has it */
        err = rd_plan_team(core, state, core->place->desk, old->role, planned);
    if (core->err != RD_OK)
        return false;
    bool moves = err == RD_OK && room && !rd_text_equal(planned->team, old->team);
    rd_instant next = err == RD_OK && planned->closes_at > core->now ? planned->closes_at : 0;
    struct rd_alarmed alarmed = {
        .kind = RD_ALARM_CLOSED_TEAM,
        .assignment = due->index,
        .due = due->at,
        .words = moves ? RD_TEXT("the team closes unclaimed: it goes to the next")
                       : RD_TEXT("the team closes unclaimed: it waits there"),
        .next_due = moves ? 0 : next};
    uint32_t created = (uint32_t)state->assignments_count + 1;
    struct rd_moved moved = {.assignment = due->index,
                             .verb = RD_VERB_FALLBACK,
                             .by = RD_BY_ROUTER,
                             .reason = RD_TEXT("the team closed before it was claimed"),
                             .to = planned->team,
                             .created = created,
                             .planned = planned};
    if (!alarm(core, held, alarmed))
        return false;
    return !moves || (rd_emit_moved(core, held, &moved) && rd_check_consumer(core, held, created));
}

static bool fire_lease(struct rd_core *core, struct rd_held *held, const struct due *due)
{
    const struct rd_assignment *of = rd_assignment_at(rd_live(core, held), due->index);
    bool often = of->deliveries == RD_DELIVERIES_ALARM + 1;
    struct rd_moved moved = {.assignment = due->index,
                             .verb = RD_VERB_LEASE_EXPIRED,
                             .by = RD_BY_ROUTER,
                             .to = of->handed_to,
                             .token = of->token};
    struct rd_alarmed alarmed = {.kind = RD_ALARM_NO_CONSUMER,
                                 .assignment = due->index,
                                 .due = due->at,
                                 .words = RD_TEXT("handed out 6 times and never acknowledged")};
    return rd_emit_moved(core, held, &moved) && (!often || alarm(core, held, alarmed));
}

static bool fire_referral(struct rd_core *core, struct rd_held *held)
{
    struct rd_referral_state *state = rd_live(core, held);
    if (state == NULL)
        return false;
    struct due due = earliest(state);
    switch (due.kind) {
    case DUE_CLOCK:
        return fire_clock(core, held, &due);
    case DUE_STAND_DOWN:
        return fire_stand_down(core, held, &due);
    case DUE_DECAY:
        return fire_decay(core, held, &due);
    case DUE_CHASE:
        return fire_chase(core, held, &due);
    case DUE_CLOSES:
        return fire_closes(core, held, &due);
    case DUE_LEASE:
        return fire_lease(core, held, &due);
    }
    return rd_broken(core);
}

static bool fire_item(struct rd_core *core, const struct rd_item *item)
{
    const struct rd_team *desk = rd_place_team(core->place, core->place->desk);
    struct rd_alarmed alarmed = {.kind = RD_ALARM_QUARANTINE,
                                 .due = item->state.due,
                                 .team = core->place->desk,
                                 .escalate_to = desk == NULL ? RD_TEXT_NONE : desk->rota,
                                 .words = RD_TEXT("the desk's deadline for this item has passed"),
                                 .quarantine = item->state.entry};
    name_person(core, &alarmed);
    return rd_emit_alarm(core, 0, &alarmed);
}

static bool fire(struct rd_core *core, struct rd_timer *timer)
{
    switch (timer->kind) {
    case RD_TIMER_REFERRAL:
        return fire_referral(core, timer->owner);
    case RD_TIMER_ITEM:
        return fire_item(core, timer->owner);
    case RD_TIMER_SESSION:
        return rd_session_silent(core, timer->owner);
    case RD_TIMER_RECEIPT:
        return rd_receipt_late(core, timer->owner);
    case RD_TIMER_FEED:
        return rd_expect_fire(core, timer->owner);
    case RD_TIMER_KEY:
    case RD_TIMER_REF:
        break;
    }
    return rd_broken(core);
}

bool rd_timers_run(struct rd_core *core)
{
    for (int i = 0; i < RD_TIMERS_PER_STEP; i++) {
        struct rd_heap_node *node = rd_heap_first(&core->timers);
        if (node == NULL || node->due > core->now)
            break;
        if (!fire(core, (struct rd_timer *)(void *)node))
            return false;
    }
    return rd_watch_backlog(core);
}
