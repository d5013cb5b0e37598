/* Where memory comes from: a small vtable, so that tests can fail the Nth allocation and count what
 * leaks, and so that the core allocates only through what it was given. Thread: the owner's. */
#ifndef RD_BASE_ALLOC_H
#define RD_BASE_ALLOC_H

#include <stddef.h>

struct rd_alloc {
    void *context;
    /* NULL when there is none. `size` is never 0. Alignment as malloc. */
    void *(*resize)(void *context, void *old, size_t size);
    void (*release)(void *context, void *old); /* NULL is allowed */
};

/* malloc, realloc and free. Defined outside the core's dependencies: see alloc_heap.c. */
const struct rd_alloc *rd_alloc_heap(void);

/* Zeroed memory or NULL. Overflow of count * size gives NULL. */
void *rd_alloc_zeroed(const struct rd_alloc *alloc, size_t count, size_t size);

/* Grows *items (capacity in *cap, in items) so that `need` items fit; doubles. False when there is
 * no memory: *items and *cap are then unchanged. */
int rd_alloc_grow(const struct rd_alloc *alloc, void **items, size_t *cap, size_t need,
                  size_t size);

static inline void rd_release(const struct rd_alloc *alloc, void *old)
{
    alloc->release(alloc->context, old);
}

#endif
