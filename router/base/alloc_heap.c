/* Apart from alloc.c, so that the core archive's own dependencies never name malloc. */
#include "base/alloc.h"

#include <stdlib.h>

static void *heap_resize(void *context, void *old, size_t size)
{
    (void)context;
    return realloc(old, size);
}

static void heap_release(void *context, void *old)
{
    (void)context;
    free(old);
}

const struct rd_alloc *rd_alloc_heap(void)
{
    static const struct rd_alloc heap = {NULL, heap_resize, heap_release};
    return &heap;
}
