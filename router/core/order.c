#include "core/order.h"

#include "core/clocks.h"

static bool comes_after(const struct rd_snapshot_item *a, const struct rd_snapshot_item *b)
{
    if (a->due != b->due)
        return b->due != 0 && (a->due == 0 || a->due > b->due);
    return a->order != b->order ? a->order > b->order : a->assignment > b->assignment;
}

static void sift(struct rd_snapshot_item *items, size_t count, size_t root)
{
    struct rd_snapshot_item item = items[root];
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && comes_after(&items[child + 1], &items[child]))
            child++;
        if (!comes_after(&items[child], &item))
            break;
        items[root] = items[child];
        root = child;
    }
    items[root] = item;
}

static void heap_sort(struct rd_snapshot_item *items, size_t count)
{
    for (size_t i = count / 2; i > 0; i--)
        sift(items, count, i - 1);
    for (size_t left = count; left > 1; left--) {
        struct rd_snapshot_item last = items[left - 1];
        items[left - 1] = items[0];
        items[0] = last;
        sift(items, left - 1, 0);
    }
}

bool rd_order_list(struct rd_core *core, const struct rd_map *map, struct rd_snapshot_item *items,
                   size_t *count)
{
    *count = 0;
    for (size_t slot = 0; slot < map->cap; slot++) {
        struct rd_held *held = map->slots[slot].value;
        if (held == NULL)
            continue;
        uint32_t index = (uint32_t)(map->slots[slot].key & 31);
        const struct rd_referral_state *state = rd_peek(core, held);
        if (state == NULL)
            return false;
        items[(*count)++] =
            (struct rd_snapshot_item){rd_response_due(state, index), held->order, held->id, index};
    }
    heap_sort(items, *count);
    return true;
}
