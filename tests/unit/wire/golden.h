/* The vectors of proto/golden, as model structs. Every person in them is invented. */
#ifndef RD_TEST_GOLDEN_H
#define RD_TEST_GOLDEN_H

#include "model/message.h"

struct golden {
    const char *name; /* file proto/golden/<name>.bin */
    const struct rd_shape *shape;
    const void *value;
};

extern const struct golden golden[];
extern const size_t golden_count;

#endif
