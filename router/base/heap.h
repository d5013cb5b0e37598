/* A binary min-heap of timers: (due, order) with a position kept in the owner, so that moving or
 * cancelling one is O(log n). Equal deadlines come out in `order`: deterministic. Thread: owner's.
 */
#ifndef RD_BASE_HEAP_H
#define RD_BASE_HEAP_H

#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>

/* Embedded in what waits. Zeroed means: not in a heap. */
struct rd_heap_node {
    int64_t due;     /* microseconds UTC */
    uint64_t order;  /* tie-break, unique per owner */
    size_t position; /* 1-based place in the heap; 0: not in it */
};

struct rd_heap {
    const struct rd_alloc *alloc;
    struct rd_heap_node **nodes;
    size_t count;
    size_t cap;
};

void rd_heap_init(struct rd_heap *heap, const struct rd_alloc *alloc);
void rd_heap_fini(struct rd_heap *heap); /* nodes are the caller's */
/* Inserts, or moves when it is in already. False without memory (then unchanged). */
bool rd_heap_set(struct rd_heap *heap, struct rd_heap_node *node, int64_t due, uint64_t order);
/* No effect when it is not in. */
void rd_heap_cancel(struct rd_heap *heap, struct rd_heap_node *node);
/* The earliest, still in; NULL when empty. */
struct rd_heap_node *rd_heap_first(const struct rd_heap *heap);

#endif
