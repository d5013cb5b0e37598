#include "core/again.h"

#include "model/limits.h"

enum { REVIEW_HOURS = 24 };

bool rd_asked_override(const struct rd_asked *asked, struct rd_override *out)
{
    *out = (struct rd_override){.by = asked->by,
                                .clinician = asked->clinician,
                                .pathway = asked->pathway,
                                .urgency = asked->urgency,
                                .lead = asked->lead,
                                .supporting = asked->supporting,
                                .supporting_count = asked->supporting_count,
                                .reason = asked->reason};
    return rd_text_present(asked->by);
}

void rd_asked_keep(struct rd_asked *asked, const struct rd_override *override)
{
    union {
        const struct rd_text *list;
        struct rd_text *view; /* the model's lists are of the arena that they are read in */
    } supporting = {.list = override->supporting};
    asked->by = override->by;
    asked->clinician = override->clinician;
    asked->pathway = override->pathway;
    asked->urgency = override->urgency;
    asked->lead = override->lead;
    asked->supporting = supporting.view;
    asked->supporting_count = override->supporting_count;
    asked->reason = override->reason;
}

static bool has_flag(const struct rd_facts *facts, const char *category)
{
    for (size_t i = 0; facts != NULL && i < facts->flags_count; i++)
        if (rd_text_is(facts->flags[i], category))
            return true;
    return false;
}

/* A deterioration: the clocks that the new facts would have started, beside those that run; none of
 * those moves. */
static void keep_new_clocks(uint32_t before, struct rd_decision *decision)
{
    size_t room = RD_CLOCKS_MAX - 2 > before ? RD_CLOCKS_MAX - 2 - before : 0;
    size_t kept = 0;
    for (size_t i = 0; i < decision->clocks_count && kept < room; i++) {
        if (decision->clocks[i].kind == RD_CLOCK_TRIAGE)
            continue;
        decision->clocks[kept] = decision->clocks[i];
        decision->clocks[kept].assignment = 0;
        decision->clocks[kept++].basis = RD_TEXT("deterioration");
    }
    decision->clocks_count = kept;
}

bool rd_asked_cut(const struct rd_asked *asked, rd_instant received, struct rd_decision *decision)
{
    bool raised = decision->urgency != 0 && decision->urgency < asked->urgency_before;
    bool worse =
        raised || (has_flag(decision->facts, "scene-safety") && !asked->scene_safety_before);
    if (worse)
        keep_new_clocks(asked->clocks_before, decision);
    else
        decision->clocks_count = 0;
    if (!raised)
        decision->urgency = asked->urgency_before;
    /* The first receipt stays the start of any clock that the desk's decision starts later. */
    if (decision->facts != NULL)
        decision->facts->received = received;
    return worse;
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

static enum rd_err plan_review(const struct rd_rules *rules, const struct rd_facts *facts,
                               rd_instant now, struct rd_arena *arena, struct rd_planned_clock *out)
{
    const struct rd_policy *policy = review_policy(rd_rules_place(rules));
    enum rd_err err = policy == NULL || facts == NULL
                          ? RD_E_NOTFOUND
                          : rd_rules_plan_clock(rules, policy->name, facts, now, arena, out);
    if (err != RD_OK && err != RD_E_NOTFOUND)
        return err;
    rd_instant due = now + REVIEW_HOURS * RD_HOUR_US;
    if (err == RD_E_NOTFOUND)
        *out = (struct rd_planned_clock){.policy = RD_TEXT("review"),
                                         .kind = RD_CLOCK_OTHER,
                                         .alarm_due = due,
                                         .report_due = due};
    out->start = now;
    out->basis = RD_TEXT("review");
    out->stop_mode = RD_TEXT("close"); /* nothing but the close ends it */
    out->assignment = 0;
    return RD_OK;
}

enum rd_err rd_asked_review(const struct rd_rules *rules, const struct rd_facts *facts,
                            rd_instant now, struct rd_text version, struct rd_arena *arena,
                            struct rd_decision *out)
{
    *out = (struct rd_decision){.rules_hash = rd_rules_place(rules)->hash,
                                .engine_version = version,
                                .at = now,
                                .reason = RD_TEXT("no other clock runs: somebody looks again")};
    out->clocks = rd_arena_take(arena, sizeof *out->clocks);
    out->clocks_count = 1;
    return out->clocks == NULL ? RD_E_TOOBIG
                               : plan_review(rules, facts, now, arena, &out->clocks[0]);
}

static uint32_t recorded_load(void *context, struct rd_text team)
{
    const struct rd_asked *asked = context;
    for (size_t i = 0; i < asked->loads_count; i++)
        if (rd_text_equal(asked->loads[i].team, team))
            return asked->loads[i].open;
    return 0;
}

enum rd_err rd_core_decide_again(const struct rd_rules *rules, const struct rd_decided *decided,
                                 struct rd_arena *arena, struct rd_decision *out)
{
    const struct rd_decision *stored = decided->decision;
    struct rd_asked *asked = decided->asked;
    struct rd_facts facts;
    struct rd_override override;
    if (stored == NULL || asked == NULL || stored->facts == NULL)
        return RD_E_NOTFOUND;
    if (asked->what == RD_ASKED_REVIEW) {
        enum rd_err err =
            rd_asked_review(rules, stored->facts, stored->at, stored->engine_version, arena, out);
        out->facts = stored->facts;
        return err;
    }
    facts = *stored->facts;
    facts.received = asked->received;
    bool overridden = rd_asked_override(asked, &override);
    struct rd_decide_request request = {
        .facts = &facts,
        .now = stored->at,
        .presence = {.context = asked, .open_assignments = recorded_load},
        .override = overridden ? &override : NULL,
        .engine_version = stored->engine_version};
    enum rd_err err = rd_rules_decide(rules, &request, arena, out);
    if (err == RD_OK && asked->what == RD_ASKED_AMENDMENT)
        (void)rd_asked_cut(asked, stored->facts->received, out); /* worse or not: already known */
    return err;
}
