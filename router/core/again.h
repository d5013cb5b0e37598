/* What a decision was made from beside its facts, and how that makes it: live and again. */
#ifndef RD_CORE_AGAIN_H
#define RD_CORE_AGAIN_H

#include "core/core.h"

/* The override that `asked` speaks of; false: none. */
bool rd_asked_override(const struct rd_asked *asked, struct rd_override *out);
/* The reverse, borrowing. */
void rd_asked_keep(struct rd_asked *asked, const struct rd_override *override);
/* Of an amendment's decision what is new beside what the referral had: clocks when it got worse,
 * the more urgent urgency, its first receipt. `received`: the referral's. True: it got worse. */
bool rd_asked_cut(const struct rd_asked *asked, rd_instant received, struct rd_decision *decision);
/* The decision of a review, but for its facts: RD_E_NOTFOUND never, RD_E_TOOBIG. */
enum rd_err rd_asked_review(const struct rd_rules *rules, const struct rd_facts *facts,
                            rd_instant now, struct rd_text version, struct rd_arena *arena,
                            struct rd_decision *out);

#endif
