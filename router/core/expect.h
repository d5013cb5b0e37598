/* What a feed's partner declared of its traffic, and the alarms when it does not come: numbers left
 * out, silence, fewer messages than a day was to have. Inside core/ only. */
#ifndef RD_CORE_EXPECT_H
#define RD_CORE_EXPECT_H

#include "core/state.h"

/* Sets what a RECEIVED entry is to say of its number and its day; `counts`: it is a message of this
 * feed's own, not one that its sender sent to the wrong place. */
void rd_expect_received(const struct rd_core *core, const struct rd_feed *feed, bool counts,
                        struct rd_received *received);
/* The state's part of a RECEIVED entry. */
bool rd_expect_apply_received(struct rd_core *core, struct rd_feed_held *feed,
                              const struct rd_entry *entry);
/* The same of an alarm of one of these kinds. */
enum rd_err rd_expect_apply_alarmed(struct rd_core *core, const struct rd_entry *entry,
                                    struct rd_errbuf *why);
bool rd_expect_is_kind(enum rd_alarm_kind kind);
/* The earliest of what is due of that feed; 0: nothing. */
rd_instant rd_expect_due(const struct rd_core *core, const struct rd_feed_held *feed);
/* Its timer, after anything changed. */
bool rd_expect_timer(struct rd_core *core, struct rd_feed_held *feed);
/* Other rules are in force, or the process began: from now on by what they expect. */
bool rd_expect_rules(struct rd_core *core);
/* The timer fired. */
bool rd_expect_fire(struct rd_core *core, struct rd_feed_held *feed);

#endif
