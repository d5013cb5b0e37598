/* A small invented place that implements rules/rules.h in plain C, for the core's unit tests and
 * the simulator. Deterministic; no files. Thread: any, once made.
 *
 * Teams    desk (desk), rapid (internal, always open, falls back to locality, claims decay after
 *          30 minutes), locality (internal, 08:00 to 20:00 UTC, falls back to the desk), neighbour
 *          (external), voluntary (voluntary, minimum view)
 * Feeds    gp, ambulance, hospital (key window 1 day), self: live; gp-test: test environment
 * Policies triage 15 min, claim-by 15 min, two-hour, two-day, respond-by (the sender's; rejects by
 *          itself 10 minutes before), review 1 day
 * Rotas    every team's is NAME-rota: "day NAME" from 08:00 to 20:00 UTC, else "night NAME"
 *
 * Decisions, by the first need code:
 *   fall, catheter       rapid-response, two hours: lead rapid
 *   frailty              urgent-assessment, two days: lead locality (the desk when it is closed)
 *   lonely               routine: lead locality, supporting voluntary
 *   neighbour            rapid-response: lead neighbour (external)
 *   anything else, none  the desk: triage clock, and a provisional two-hour one unless routine
 * A validation has lead rapid and a respond-by clock. A flag "safeguarding" adds the supporting
 * team neighbour (voluntary when neighbour leads). A priority asked for that is more urgent wins.
 */
#ifndef RD_TESTS_FAKE_RULES_H
#define RD_TESTS_FAKE_RULES_H

#include "base/alloc.h"
#include "rules/rules.h"

/* NULL only without memory; `alloc` must outlive it. */
struct rd_rules *rd_fake_rules_new(const struct rd_alloc *alloc);
void rd_fake_rules_free(struct rd_rules *rules);
/* The `why` of what it plans for a team is the urgency it was asked for: "two-hour". */
/* Another content hash (borrowed): a rule set that takes over. */
void rd_fake_rules_set_hash(struct rd_rules *rules, struct rd_text hash);
/* A place without that team, or without that feed; no effect for an unknown one. */
void rd_fake_rules_drop_team(struct rd_rules *rules, struct rd_text team);
void rd_fake_rules_drop_feed(struct rd_rules *rules, struct rd_text feed);
/* Nobody stands on that rota (borrowed), or the place does not have it. */
void rd_fake_rules_empty_rota(struct rd_rules *rules, struct rd_text rota);
/* false: closed whatever the hours say; no effect for an unknown team. */
void rd_fake_rules_set_staffed(struct rd_rules *rules, struct rd_text team, bool staffed);

/* What is expected of that feed from now on, every hour of the week; nothing is unless set. */
void rd_fake_rules_expect(struct rd_rules *rules, struct rd_text feed,
                          const struct rd_expected *expected);

#endif
