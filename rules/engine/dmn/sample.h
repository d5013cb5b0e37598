/* One value of each class of a column's values. Part of the check; not for others. */
#ifndef RD_ENGINE_DMN_SAMPLE_H
#define RD_ENGINE_DMN_SAMPLE_H

#include "rules/engine/dmn/check.h"

struct rd_samples {
    struct rd_value *values;
    size_t count;
};

/* False: too many classes, or a column whose type is not known; *too_big: the arena is full. */
bool rd_sample_column(const struct rd_table *table, size_t column,
                      const struct rd_input_domain *domain, struct rd_arena *arena,
                      struct rd_samples *out, bool *too_big);
/* Calls `each` for every literal that the tests name. */
void rd_each_literal(const struct rd_node *tests, void *context,
                     void (*each)(void *context, const struct rd_value *literal));

#endif
