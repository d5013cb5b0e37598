/* Credit per feed: how many submissions, and how many bytes, may be on their way to the disk. What
 * is beyond is answered busy before the core sees it: nothing is buffered, no key is used up. Loop
 * thread only. */
#ifndef RD_SHELL_CREDIT_H
#define RD_SHELL_CREDIT_H

#include "base/alloc.h"
#include "model/limits.h"

#include "base/text.h"

struct rd_feed_credit {
    char feed[RD_NAME_BYTES_MAX + 1];
    uint32_t submissions;
    uint64_t bytes;
};
struct rd_outstanding {
    uint64_t entry; /* comes back when entries up to here are durable */
    size_t feed;    /* index into feeds */
    uint64_t bytes;
};

struct rd_credit {
    const struct rd_alloc *alloc;
    struct rd_feed_credit *feeds;
    size_t feeds_count, feeds_cap;
    struct rd_outstanding *queue; /* ascending by entry; from `first` on */
    size_t first, count, cap;
};

void rd_credit_init(struct rd_credit *credit, const struct rd_alloc *alloc);
void rd_credit_fini(struct rd_credit *credit);
/* Room for one more of `bytes`? One submission always fits into an empty feed. `feed` must be the
 * name of a feed of the place. */
bool rd_credit_has(const struct rd_credit *credit, struct rd_text feed, uint64_t bytes);
/* Takes it until `entry` is durable. False: no memory. */
bool rd_credit_take(struct rd_credit *credit, struct rd_text feed, uint64_t bytes, uint64_t entry);
void rd_credit_return(struct rd_credit *credit, uint64_t durable);
size_t rd_credit_outstanding(const struct rd_credit *credit);

#endif
