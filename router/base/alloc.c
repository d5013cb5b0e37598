#include "base/alloc.h"

#include <stdint.h>
#include <string.h>

void *rd_alloc_zeroed(const struct rd_alloc *alloc, size_t count, size_t size)
{
    if (count == 0 || size == 0)
        count = size = 1;
    if (count > SIZE_MAX / size)
        return NULL;
    void *made = alloc->resize(alloc->context, NULL, count * size);
    if (made != NULL)
        memset(made, 0, count * size);
    return made;
}

int rd_alloc_grow(const struct rd_alloc *alloc, void **items, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return 1;
    size_t wanted = *cap < 4 ? 4 : *cap;
    while (wanted < need) {
        if (wanted > SIZE_MAX / 2)
            return 0;
        wanted *= 2;
    }
    if (wanted > SIZE_MAX / size)
        return 0;
    void *grown = alloc->resize(alloc->context, *items, wanted * size);
    if (grown == NULL)
        return 0;
    *items = grown;
    *cap = wanted;
    return 1;
}
