/* Which clocks a decision starts, and their deadlines: an alarm deadline on the wall clock, a
 * reporting deadline by the policy's calendar. A clock's start is when we held the referral; the
 * sender's own, earlier start feeds the alarms only. */
#include "rules/eval/deciding.h"

#include "model/limits.h"

static rd_instant minutes(uint32_t count)
{
    return (rd_instant)count * RD_MINUTE_US;
}

/* Whom a stage is for when the policy does not say: the lead's rota, or its team. */
static struct rd_text default_escalation(const struct rd_team *lead)
{
    return rd_text_present(lead->rota) ? lead->rota : lead->name;
}

static void insert_stage(struct rd_planned_clock *clock, struct rd_stage stage)
{
    size_t at = clock->stages_count++;
    for (; at > 0 && clock->stages[at - 1].due > stage.due; at--)
        clock->stages[at] = clock->stages[at - 1];
    clock->stages[at] = stage;
}

static rd_instant stage_due(const struct rd_policy *policy, const struct rd_stage_plan *plan,
                            const struct rd_planned_clock *clock, rd_instant alarm_start)
{
    if (policy->kind == RD_CLOCK_RESPOND_BY) /* its minutes count back from the sender's deadline */
        return clock->alarm_due - minutes(plan->after_minutes);
    /* Nobody could have claimed it before we had it. */
    rd_instant start = plan->kind == RD_STAGE_CLAIM_BY ? clock->start : alarm_start;
    return start + minutes(plan->after_minutes);
}

static bool add_stages(const struct rd_policy *policy, const struct rd_facts *facts,
                       const struct rd_team *lead, rd_instant alarm_start, struct rd_arena *arena,
                       struct rd_planned_clock *out)
{
    out->stages = rd_arena_array(arena, policy->stages_count + 1, sizeof *out->stages);
    if (out->stages == NULL)
        return false;
    for (size_t i = 0; i < policy->stages_count; i++) {
        const struct rd_stage_plan *plan = &policy->stages[i];
        struct rd_stage stage = {
            .kind = plan->kind,
            .due = stage_due(policy, plan, out, alarm_start),
            .escalate_to =
                rd_text_present(plan->escalate_to) ? plan->escalate_to : default_escalation(lead),
            .repeat_us =
                plan->kind == RD_STAGE_REPEAT ? (uint64_t)minutes(plan->repeat_minutes) : 0};
        /* Only a validation is still in its sender's hands: anything else is never given back. */
        if (plan->kind == RD_STAGE_AUTO_REJECT && facts->kind != RD_KIND_VALIDATION)
            stage.kind = RD_STAGE_WARNING;
        insert_stage(out, stage);
    }
    return true;
}

rd_instant rd_policy_report_due(const struct rd_rules *rules, const struct rd_policy *policy,
                                rd_instant start)
{
    const struct rd_calendar *calendar = rules->policy_calendars[policy - rules->place.policies];
    rd_instant duration = minutes(policy->duration_minutes);
    if (calendar == NULL)
        return start + duration;
    if (policy->working_days > 0)
        return rd_calendar_add_working_days_at(calendar, start, policy->working_days);
    return policy->defer_to_open ? rd_calendar_add_from_opening(calendar, start, duration)
                                 : rd_calendar_add_working_time(calendar, start, duration);
}

static rd_instant report_due(const struct rd_rules *rules, const struct rd_policy *policy,
                             rd_instant start)
{
    rd_instant due = rd_policy_report_due(rules, policy, start);
    return due == 0 ? start + minutes(policy->duration_minutes) : due;
}

/* Policies whose alarms begin with the sender's own clock. */
static bool feels_source_clock(enum rd_clock_kind kind)
{
    return kind == RD_CLOCK_TWO_HOUR || kind == RD_CLOCK_TWO_DAY || kind == RD_CLOCK_OTHER;
}

static struct rd_text calendar_hash(const struct rd_rules *rules,
                                    const struct rd_calendar *calendar)
{
    return calendar == NULL ? RD_TEXT_NONE : rules->calendar_hashes[calendar - rules->calendars];
}

/* `policy` may be NULL: RD_E_NOTFOUND. */
static enum rd_err plan_clock(const struct rd_rules *rules, const struct rd_policy *policy,
                              const struct rd_facts *facts, const struct rd_team *lead,
                              rd_instant start, struct rd_arena *arena,
                              struct rd_planned_clock *out)
{
    if (policy == NULL || (policy->duration_minutes == 0 && facts->respond_by == 0))
        return RD_E_NOTFOUND;
    const struct rd_calendar *calendar = rules->policy_calendars[policy - rules->place.policies];
    bool sender =
        feels_source_clock(policy->kind) && facts->source_clock != 0 && facts->source_clock < start;
    rd_instant alarm_start = sender ? facts->source_clock : start;
    *out = (struct rd_planned_clock){.policy = policy->name,
                                     .kind = policy->kind,
                                     .basis = policy->duration_minutes == 0 ? RD_TEXT("respond-by")
                                              : sender                      ? RD_TEXT("source")
                                                                            : RD_TEXT("received"),
                                     .stop_mode = policy->stop_mode,
                                     .start = start,
                                     .alarm_due =
                                         policy->duration_minutes == 0
                                             ? facts->respond_by
                                             : alarm_start + minutes(policy->duration_minutes),
                                     .calendar_hash = calendar_hash(rules, calendar)};
    out->report_due =
        policy->duration_minutes == 0 ? facts->respond_by : report_due(rules, policy, start);
    return add_stages(policy, facts, lead, alarm_start, arena, out) ? RD_OK : RD_E_TOOBIG;
}

enum rd_err rd_rules_plan_clock(const struct rd_rules *rules, struct rd_text policy,
                                const struct rd_facts *facts, rd_instant start,
                                struct rd_arena *arena, struct rd_planned_clock *out)
{
    return plan_clock(rules, rd_place_policy(&rules->place, policy), facts, rules->desk, start,
                      arena, out);
}

static bool has_clock(const struct rd_decision *out, struct rd_text policy)
{
    for (size_t i = 0; i < out->clocks_count; i++)
        if (rd_text_equal(out->clocks[i].policy, policy))
            return true;
    return false;
}

static void note_clock(struct rd_deciding *deciding, const struct rd_planned_clock *clock)
{
    char due[RD_ZONE_TEXT_MAX];
    struct rd_text deadline =
        rd_text_of(rd_zone_format(deciding->rules->zone, clock->alarm_due, due));
    struct rd_text from = rd_text_is(clock->basis, "source")
                              ? RD_TEXT(" counts from the sender's own start; alarm deadline ")
                              : RD_TEXT(" counts from when it was received; alarm deadline ");
    struct rd_text why =
        clock->kind == RD_CLOCK_RESPOND_BY
            ? RD_JOIN(deciding->arena, RD_TEXT("The sender asks for an answer by "), deadline)
            : RD_JOIN(deciding->arena, clock->provisional ? RD_TEXT("Provisional: ") : RD_TEXT(""),
                      clock->policy, from, deadline);
    deciding->full = deciding->full || !rd_text_present(why);
    rd_deciding_match(deciding, RD_STEP_CLOCK, RD_TEXT("clocks"), clock->policy, why);
}

static void add_clock(struct rd_deciding *deciding, struct rd_text policy, bool provisional)
{
    struct rd_decision *out = deciding->out;
    const struct rd_policy *named = rd_place_policy(&deciding->rules->place, policy);
    if (named == NULL || has_clock(out, policy) || out->clocks_count == RD_DECIDING_CLOCKS_MAX)
        return;
    struct rd_planned_clock *clock = &out->clocks[out->clocks_count];
    /* What is about the assignment begins with it; what is about the person when we held it. */
    bool of_assignment = named->kind == RD_CLOCK_TRIAGE || named->kind == RD_CLOCK_CLAIM_BY;
    enum rd_err err =
        plan_clock(deciding->rules, named, deciding->request->facts, deciding->lead,
                   of_assignment ? deciding->request->now : deciding->request->facts->received,
                   deciding->arena, clock);
    if (err == RD_E_NOTFOUND)
        return;
    if (err != RD_OK) {
        deciding->full = true;
        return;
    }
    clock->provisional = provisional;
    clock->assignment = of_assignment ? 1 : 0;
    out->clocks_count++;
    note_clock(deciding, clock);
}

void rd_plan_clocks(struct rd_deciding *deciding)
{
    const struct rd_rules *rules = deciding->rules;
    const struct rd_override *override = deciding->request->override;
    struct rd_decision *out = deciding->out;
    out->clocks = rd_arena_array(deciding->arena, RD_DECIDING_CLOCKS_MAX, sizeof *out->clocks);
    if (out->clocks == NULL || out->assignments_count == 0) {
        deciding->full = true;
        return;
    }
    bool decided = override != NULL && rd_text_present(override->pathway);
    bool undecided = rd_text_is(out->pathway, RD_PATHWAY_DESK) && !decided;
    bool at_desk = deciding->lead == rules->desk && !decided;
    bool routine = out->urgency == RD_PRIORITY_ROUTINE;
    if (deciding->request->facts->respond_by != 0)
        add_clock(deciding, rules->respond_clock, false);
    if (at_desk)
        add_clock(deciding, rules->triage_clock, false);
    if (at_desk && undecided && !routine)
        add_clock(deciding, rules->provisional_clock, true);
    add_clock(deciding, deciding->clock, false);
    add_clock(deciding, rules->urgency_clocks[out->urgency], undecided);
    if (out->clocks_count == 0)
        add_clock(deciding, rules->default_clock, false);
}

_Static_assert((int)RD_DECIDING_CLOCKS_MAX <= (int)RD_CLOCKS_MAX,
               "a decision's clocks fit a referral");
