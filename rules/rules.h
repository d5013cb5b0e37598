/* A place's rules, evaluated. PURE: no I/O, no clock, no randomness. The core links this and
 * nothing else of rules/. A rule set is constant once loaded (rules/load/load.h) and may be shared
 * by threads. */
#ifndef RD_RULES_RULES_H
#define RD_RULES_RULES_H

#include "model/place.h"

struct rd_rules;
struct rd_geo_table;

const struct rd_place *rd_rules_place(const struct rd_rules *rules);
/* The code of each need that the place knows, in the order of its needs.yaml; absent past the last.
 */
struct rd_text rd_rules_need(const struct rd_rules *rules, size_t index);
/* Its postcodes (rules/geo/geo.h), and the day on the place's wall that their tables go by. */
const struct rd_geo_table *rd_rules_geo(const struct rd_rules *rules);
int64_t rd_rules_day(const struct rd_rules *rules, rd_instant at);

/* Whether a queue has somebody or something listening; the core answers for the moment of the step.
 */
struct rd_presence {
    void *context;
    bool (*has_consumer)(void *context, struct rd_text team);
    uint32_t (*open_assignments)(void *context, struct rd_text team);
};

/* Locate and normalise: what the rules see of a record. Everything in `arena`, or of the rules.
 * RD_E_TOOBIG only. */
RD_MUST_CHECK enum rd_err rd_rules_facts(const struct rd_rules *rules,
                                         const struct rd_submission *submission,
                                         rd_instant received, struct rd_arena *arena,
                                         struct rd_facts *out);

/* Adds to the record's issues what its sender and the desk should know of its postcodes: malformed,
 * unknown, no longer in use, and what may have been meant. Nothing acts on them. In `arena`;
 * RD_E_TOOBIG only, and the record is then as it was. */
RD_MUST_CHECK enum rd_err rd_rules_remark(const struct rd_rules *rules, struct rd_referral *record,
                                          rd_instant received, struct rd_arena *arena);

/* What a named person decided instead of the tables. Absent members are the tables' business. */
struct rd_override {
    struct rd_text by;
    bool clinician;
    struct rd_text pathway;
    enum rd_priority urgency;
    struct rd_text lead;
    const struct rd_text *supporting;
    size_t supporting_count;
    struct rd_text reason;
};

struct rd_decide_request {
    const struct rd_facts *facts;
    rd_instant now;
    struct rd_presence presence;        /* has_consumer NULL: everybody is there */
    const struct rd_override *override; /* NULL: none */
    struct rd_text engine_version;
};

/* Triage, route, clock over the facts, in `arena`; the decision points to what the facts point to,
 * and into the rules: both live as long as it. Always gives a decision with exactly one LEAD, the
 * desk's when no rule settles it: RD_E_TOOBIG is the only error. The same request gives the same
 * decision.
 */
RD_MUST_CHECK enum rd_err rd_rules_decide(const struct rd_rules *rules,
                                          const struct rd_decide_request *request,
                                          struct rd_arena *arena, struct rd_decision *out);

/* Why `team` is not among the decision's: its first failing condition, in plain English. */
struct rd_text rd_rules_why_not(const struct rd_rules *rules, const struct rd_decision *decision,
                                struct rd_text team, struct rd_arena *arena);

/* A planned assignment for `team` at `now`: follows the fallback chain when it is closed,
 * unstaffed, consumer-less or full; ends at the desk. `urgency`: what was decided, which says
 * whether it can wait for a closed team. Unknown team: RD_E_NOTFOUND. For redirects and fallbacks.
 */
RD_MUST_CHECK enum rd_err rd_rules_plan_team(const struct rd_rules *rules, struct rd_text team,
                                             enum rd_role role, const struct rd_facts *facts,
                                             enum rd_priority urgency, rd_instant now,
                                             const struct rd_presence *presence,
                                             struct rd_arena *arena,
                                             struct rd_planned_assignment *out);

/* The clock of `policy` started at `start`. Unknown policy: RD_E_NOTFOUND. */
RD_MUST_CHECK enum rd_err rd_rules_plan_clock(const struct rd_rules *rules, struct rd_text policy,
                                              const struct rd_facts *facts, rd_instant start,
                                              struct rd_arena *arena, struct rd_planned_clock *out);

bool rd_rules_team_open(const struct rd_rules *rules, const struct rd_team *team, rd_instant now);
/* The moment its open state changes next; 0: never. */
rd_instant rd_rules_team_changes(const struct rd_rules *rules, const struct rd_team *team,
                                 rd_instant now);
/* When a feed that is silent since `since` has been so for too long; 0: never. */
rd_instant rd_rules_feed_quiet(const struct rd_rules *rules, const struct rd_feed *feed,
                               rd_instant since);
/* The first day not before `from` on which so many messages are to come, as rd_rules_day counts;
 * *at: the moment by which. 0: never. */
int64_t rd_rules_feed_day(const struct rd_rules *rules, const struct rd_feed *feed, int64_t from,
                          rd_instant *at);
/* Who is on `rota` at `now`; absent when nobody is, or no such rota. */
struct rd_text rd_rules_on_rota(const struct rd_rules *rules, struct rd_text rota, rd_instant now);

#endif
