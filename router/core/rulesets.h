/* Rule sets over time: kept by their hash, activated for a moment, taken over at it. */
#ifndef RD_CORE_RULESETS_H
#define RD_CORE_RULESETS_H

#include "core/state.h"

/* Writes RULES for what is in force now, and its files when they are there and not kept yet. */
bool rd_rules_begin(struct rd_core *core);
/* RD_EVENT_RULES, RD_EVENT_WITHDRAW. */
bool rd_rules_replace(struct rd_core *core);
bool rd_rules_withdraw(struct rd_core *core);
/* What was waiting takes over when its time has come: before anything else of the step. */
bool rd_rules_take_over(struct rd_core *core);

/* apply: RULES, RULESET, ACTIVATION */
enum rd_err rd_apply_rules(struct rd_core *core, const struct rd_entry *entry,
                           struct rd_errbuf *why);
enum rd_err rd_apply_ruleset(struct rd_core *core, const struct rd_entry *entry,
                             struct rd_errbuf *why);
enum rd_err rd_apply_activation(struct rd_core *core, const struct rd_entry *entry,
                                struct rd_errbuf *why);
/* Replaces a text that the core owns. */
bool rd_own_text(struct rd_core *core, struct rd_text *held, struct rd_text text);

#endif
