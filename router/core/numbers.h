/* The numbers that senders give their messages, and which of them did not come. Changes state only
 * from what an entry holds: the same live and on replay. Inside core/ only. */
#ifndef RD_CORE_NUMBERS_H
#define RD_CORE_NUMBERS_H

#include "core/state.h"

/* A numbered submission of that feed came. */
bool rd_numbers_take(struct rd_core *core, struct rd_feed_held *feed, const struct rd_entry *entry);
/* Everything of that numbering that is missing now has been told of. */
void rd_numbers_told(struct rd_feed_held *feed, struct rd_text of, rd_instant at);
/* NULL: that system's numbers are not watched yet. */
struct rd_numbering *rd_numbers_find(const struct rd_feed_held *feed, struct rd_text of);
/* Which number comes next; -1: any. */
int64_t rd_numbers_expected(const struct rd_feed_held *feed, struct rd_text of);
/* When the desk is to be told of what is missing there; 0: nothing is. */
rd_instant rd_numbers_due(const struct rd_numbering *numbering);
/* From a record of state: a deep copy into the feed's own memory. */
bool rd_numbers_load(struct rd_core *core, struct rd_feed_held *feed,
                     const struct rd_feed_state *from);
void rd_numbers_fini(struct rd_core *core, struct rd_feed_held *feed);

#endif
