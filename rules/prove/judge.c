/* What a decision has to be. */
#include "rules/prove/proof.h"

/* How long an urgency may wait for the first clock that is about the person; 0: as long as it
 * takes. Minutes. */
static uint32_t minutes_for(enum rd_priority urgency)
{
    switch (urgency) {
    case RD_PRIORITY_EMERGENCY:
    case RD_PRIORITY_TWO_HOUR:
        return 120;
    case RD_PRIORITY_SAME_DAY:
        return 1440;
    case RD_PRIORITY_TWO_DAY:
        return 2880;
    case RD_PRIORITY_ROUTINE:
        break;
    }
    return 0;
}

/* Whether the clock is one that makes somebody act in time. Who reads a referral at the desk, and
 * who claims one within two hours, has not seen anybody: that is enough for what may wait. */
static bool is_in_time(const struct rd_planned_clock *clock, enum rd_priority urgency)
{
    uint32_t limit = minutes_for(urgency);
    bool claim = clock->kind == RD_CLOCK_CLAIM_BY &&
                 (urgency == RD_PRIORITY_EMERGENCY || urgency == RD_PRIORITY_TWO_HOUR);
    if (limit == 0)
        return clock->kind != RD_CLOCK_RESPOND_BY;
    if (clock->kind == RD_CLOCK_TRIAGE || clock->kind == RD_CLOCK_RESPOND_BY || claim)
        return false;
    return clock->alarm_due - clock->start <= (rd_instant)limit * RD_MINUTE_US;
}

static struct rd_text judge_clocks(struct proof *proof, const struct rd_decision *decision)
{
    const struct rd_planned_assignment *lead = &decision->assignments[0];
    const struct rd_planned_clock *last = NULL; /* of those that end in time */
    for (size_t i = 0; i < decision->clocks_count; i++) {
        const struct rd_planned_clock *clock = &decision->clocks[i];
        if (clock->alarm_due <= clock->start || clock->report_due <= clock->start)
            return rd_arena_format(&proof->step, "the clock '%.*s' has no deadline after its start",
                                   RD_TEXT_ARG(clock->policy));
        if (is_in_time(clock, decision->urgency) &&
            (last == NULL || clock->alarm_due > last->alarm_due))
            last = clock;
    }
    if (last != NULL && minutes_for(decision->urgency) != 0 && !lead->open_now &&
        lead->looks_at > last->alarm_due)
        return rd_arena_format(&proof->step,
                               "the clock '%.*s' ends before '%.*s' opens and looks at it",
                               RD_TEXT_ARG(last->policy), RD_TEXT_ARG(lead->team));
    if (last != NULL)
        return RD_TEXT_NONE;
    const char *urgency = rd_enum_name(&rd_priority_names, (int)decision->urgency);
    if (minutes_for(decision->urgency) == 0)
        return RD_TEXT("no clock runs");
    return rd_arena_format(&proof->step, "urgency %s, and no clock that ends within %u minutes",
                           urgency, (unsigned)minutes_for(decision->urgency));
}

/* Why the team cannot take it, as it was told. */
static struct rd_text why_closed(const struct rd_decision *decision, struct rd_text team)
{
    for (size_t i = 0; i < decision->ruled_out_count; i++)
        if (rd_text_equal(decision->ruled_out[i].team, team))
            return decision->ruled_out[i].why;
    return RD_TEXT("it is closed");
}

/* Nobody takes it now and it cannot wait, or nobody ever will. */
static struct rd_text judge_lead(struct proof *proof, const struct rd_facts *facts,
                                 const struct rd_decision *decision)
{
    const struct rd_planned_assignment *lead = &decision->assignments[0];
    const struct rd_team *team = rd_place_team(&proof->rules->place, lead->team);
    bool waits = lead->looks_at != 0 &&
                 lead->looks_at <= rd_may_wait_until(decision->urgency, facts->received);
    struct rd_text asked =
        rd_text_present(lead->after_fallback_from) ? lead->after_fallback_from : lead->team;
    if (team == NULL)
        return RD_TEXT("the lead is no team of the place");
    if (lead->open_now || (waits && team->staffed))
        return lead->why.len > 0 ? RD_TEXT_NONE : RD_TEXT("nothing says why that team has it");
    if (rd_text_equal(asked, lead->team))
        return rd_arena_format(&proof->step,
                               "no team open, no fallback: '%.*s' is %s and urgency %s cannot wait",
                               RD_TEXT_ARG(lead->team), team->staffed ? "closed" : "not staffed",
                               rd_enum_name(&rd_priority_names, (int)decision->urgency));
    struct rd_text why = why_closed(decision, asked);
    return rd_arena_format(&proof->step,
                           "no team open, no fallback: '%.*s' cannot take it (%.*s), and '%.*s', "
                           "where its fallbacks end, is %s",
                           RD_TEXT_ARG(asked), RD_TEXT_ARG(why), RD_TEXT_ARG(lead->team),
                           team->staffed ? "closed" : "not staffed");
}

static bool has_default(const struct rd_bound_table *bound, const char *output)
{
    size_t column = rd_table_output_index(bound->table, output);
    return column != SIZE_MAX && bound->table->outputs[column].has_fallback;
}

static bool has_match(const struct rd_decision *decision, enum rd_step step, struct rd_text table)
{
    for (size_t i = 0; i < decision->matches_count; i++)
        if (decision->matches[i].step == step && rd_text_equal(decision->matches[i].table, table))
            return true;
    return false;
}

/* The desk by a rule is a reason; the desk for want of a rule is none. */
static struct rd_text judge_rules(struct proof *proof, const struct rd_decision *decision)
{
    const struct {
        const struct rd_bound_table *bound;
        const char *output;
        enum rd_step step;
    } tables[] = {{&proof->rules->triage, "pathway", RD_STEP_TRIAGE},
                  {&proof->rules->lead, "lead", RD_STEP_ROUTE}};
    for (size_t i = 0; i < 2; i++)
        if (!has_match(decision, tables[i].step, tables[i].bound->table->name) &&
            !has_default(tables[i].bound, tables[i].output))
            return rd_arena_format(&proof->step, "no rule of '%.*s' is for them",
                                   RD_TEXT_ARG(tables[i].bound->table->name));
    return RD_TEXT_NONE;
}

static struct rd_text judge_supporting(struct proof *proof, const struct rd_decision *decision)
{
    for (size_t i = 1; i < decision->assignments_count; i++) {
        const struct rd_planned_assignment *plan = &decision->assignments[i];
        const struct rd_team *team = rd_place_team(&proof->rules->place, plan->team);
        if (plan->role != RD_ROLE_SUPPORTING)
            return RD_TEXT("two teams lead");
        if (team == NULL || (!plan->open_now && plan->looks_at == 0 && team->staffed &&
                             rd_text_present(team->calendar)))
            return rd_arena_format(&proof->step, "nobody at '%.*s', which supports, will ever look",
                                   RD_TEXT_ARG(plan->team));
    }
    return RD_TEXT_NONE;
}

struct rd_text proof_judge(struct proof *proof, const struct rd_deciding *deciding,
                           const struct rd_decision *decision)
{
    enum rd_priority asked = deciding->request->facts->priority_asked;
    if (decision->assignments_count == 0 || decision->assignments[0].role != RD_ROLE_LEAD)
        return RD_TEXT("nobody leads");
    if (asked != 0 && decision->urgency > asked)
        return rd_arena_format(&proof->step, "urgency %s, though %s was asked for",
                               rd_enum_name(&rd_priority_names, (int)decision->urgency),
                               rd_enum_name(&rd_priority_names, (int)asked));
    struct rd_text wrong = judge_rules(proof, decision);
    if (!rd_text_present(wrong))
        wrong = judge_lead(proof, deciding->request->facts, decision);
    if (!rd_text_present(wrong))
        wrong = judge_supporting(proof, decision);
    return rd_text_present(wrong) ? wrong : judge_clocks(proof, decision);
}
