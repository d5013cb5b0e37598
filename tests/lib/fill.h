/* Random structs of any shape from a seed, and deep comparison: for property tests. */
#ifndef RD_TEST_FILL_H
#define RD_TEST_FILL_H

#include "model/message.h"

struct fill {
    uint64_t state; /* the seed, then the generator's state */
    struct rd_arena *arena;
    size_t budget; /* structs that may still be made: keeps nested lists from exploding */
};

uint64_t fill_next(struct fill *fill);
/* Fills `out` (zeroed, shape->size bytes) with values that pass rd_shape_check. One arm of a
 * message is set. */
void fill_struct(struct fill *fill, const struct rd_shape *shape, void *out);
/* Every field of every struct set, lists of `items`; enums take their last value. */
void fill_full(struct fill *fill, const struct rd_shape *shape, size_t items, void *out);
/* Same values in all fields, as the contract sees them. */
bool fill_same(const struct rd_shape *shape, const void *a, const void *b);

#endif
