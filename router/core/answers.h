/* What the senders of submissions were told, by their doors: kept beside each message. An adapter
 * can speak of submissions of its own session only, and once of each. Inside core/ only. */
#ifndef RD_CORE_ANSWERS_H
#define RD_CORE_ANSWERS_H

#include "core/state.h"

/* A submission of this step's session was recorded: its answer may come. */
bool rd_answers_await(struct rd_core *core, uint64_t correlation, struct rd_text feed,
                      uint64_t received, uint64_t referral);
/* The `answered` of a message. */
bool rd_answers_take(struct rd_core *core, struct rd_session *session);

#endif
