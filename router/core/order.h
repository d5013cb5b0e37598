/* Assignments of a queue in the order of its list. Inside core/ only. */
#ifndef RD_CORE_ORDER_H
#define RD_CORE_ORDER_H

#include "core/state.h"

/* Earliest response deadline first (none: last), then the referral's entry number. Those of `map`
 * (a queue's members or undelivered), in `items`, which has room for map->used. */
bool rd_order_list(struct rd_core *core, const struct rd_map *map, struct rd_snapshot_item *items,
                   size_t *count);

#endif
