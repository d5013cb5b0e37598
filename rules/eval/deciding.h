/* A decision under way, shared by its steps: triage.c, route.c, clock.c, decide.c. Not for others.
 */
#ifndef RD_RULES_EVAL_DECIDING_H
#define RD_RULES_EVAL_DECIDING_H

#include "rules/eval/inputs.h"

enum { RD_DECIDING_CLOCKS_MAX = 8 };

/* What a decision has said of a team already. */
enum rd_spoken { RD_SPOKEN_CHOSEN = 1, RD_SPOKEN_RULED_OUT = 2 };

struct rd_deciding {
    const struct rd_rules *rules;
    const struct rd_decide_request *request;
    struct rd_arena *arena;
    struct rd_decision *out;
    struct rd_value values[RD_INPUT_COUNT];
    struct rd_text clock; /* a policy that the triage table names; may be absent */
    const struct rd_team *lead;
    uint8_t *spoken; /* of each team of the place: enum rd_spoken */
    bool full;       /* the arena ran out: RD_E_TOOBIG */
};

/* The parts behind one another, in the arena; absent when it is full. (Not printf: a decision says
 * much and has a few microseconds.) */
struct rd_text rd_join(struct rd_arena *arena, const struct rd_text *parts, size_t count);
#define RD_JOIN(arena, ...)                                                                        \
    rd_join((arena), (struct rd_text[]){__VA_ARGS__},                                              \
            sizeof((struct rd_text[]){__VA_ARGS__}) / sizeof(struct rd_text))

/* Adds to the decision's matches; `rule` as rd_rule_label. */
void rd_deciding_match(struct rd_deciding *deciding, enum rd_step step, struct rd_text table,
                       struct rd_text rule, struct rd_text why);
/* Evaluates and records the match. A rule's number in its table, from 1, is its label. */
struct rd_hit rd_deciding_table(struct rd_deciding *deciding, enum rd_step step,
                                const struct rd_bound_table *table);
/* A string that the hit gives for that output; absent: null, or no such output. */
struct rd_text rd_deciding_output(const struct rd_bound_table *table, struct rd_hit hit,
                                  const char *output);

/* The whole decision from `values`, which the caller has filled: what rd_rules_decide does with the
 * values of its facts, and what the proof (rules/prove) does with those of a cell. */
RD_MUST_CHECK enum rd_err rd_decide_values(struct rd_deciding *deciding);

/* The steps, in this order. */
void rd_triage(struct rd_deciding *deciding);
void rd_route(struct rd_deciding *deciding);
void rd_plan_clocks(struct rd_deciding *deciding);

/* The urgency that comes of a rule's (0: it says none) and of what was asked for. */
enum rd_priority rd_triage_urgency(const struct rd_rules *rules, struct rd_text pathway,
                                   enum rd_priority by_rules, enum rd_priority asked);
/* The deadline by the policy's calendar of a clock that starts then; 0: the calendar never gets
 * there, and the clock on the wall is taken. */
rd_instant rd_policy_report_due(const struct rd_rules *rules, const struct rd_policy *policy,
                                rd_instant start);
/* How long what we held then may lie with a closed team: until when it has to open. Two days end on
 * the wall, whatever the weekend; routine may wait for any opening; nothing else waits at all. */
rd_instant rd_may_wait_until(enum rd_priority urgency, rd_instant received);

/* Who else might have led, and the first thing that spoke against each: adds to ruled_out. */
void rd_rule_out_others(struct rd_deciding *deciding);

#endif
