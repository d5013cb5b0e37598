#include "base/map.h"

#include <string.h>

enum { CAP_MIN = 16, DEAD_KEY = 1 };

void rd_map_init(struct rd_map *map, const struct rd_alloc *alloc)
{
    *map = (struct rd_map){.alloc = alloc};
}

void rd_map_fini(struct rd_map *map)
{
    rd_release(map->alloc, map->slots);
    rd_map_init(map, map->alloc);
}

/* splitmix64's finaliser: callers' keys may be sequential. */
static uint64_t mix(uint64_t key)
{
    key ^= key >> 30;
    key *= 0xbf58476d1ce4e5b9u;
    key ^= key >> 27;
    key *= 0x94d049bb133111ebu;
    return key ^ (key >> 31);
}

static bool is_dead(const struct rd_map_slot *slot)
{
    return slot->value == NULL && slot->key == DEAD_KEY;
}

static bool is_free(const struct rd_map_slot *slot)
{
    return slot->value == NULL && slot->key != DEAD_KEY;
}

static void place(struct rd_map *map, uint64_t key, void *value)
{
    size_t index = (size_t)mix(key) & (map->cap - 1);
    while (map->slots[index].value != NULL)
        index = (index + 1) & (map->cap - 1);
    if (is_dead(&map->slots[index]))
        map->dead--;
    map->slots[index] = (struct rd_map_slot){key, value};
    map->used++;
}

static bool rehash(struct rd_map *map, size_t cap)
{
    struct rd_map_slot *slots = rd_alloc_zeroed(map->alloc, cap, sizeof *slots);
    if (slots == NULL)
        return false;
    struct rd_map old = *map;
    map->slots = slots;
    map->cap = cap;
    map->used = 0;
    map->dead = 0;
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].value != NULL)
            place(map, old.slots[i].key, old.slots[i].value);
    rd_release(map->alloc, old.slots);
    return true;
}

bool rd_map_add(struct rd_map *map, uint64_t key, void *value)
{
    if ((map->used + map->dead + 1) * 4 > map->cap * 3) {
        size_t cap = map->cap == 0 ? CAP_MIN : map->cap;
        if ((map->used + 1) * 2 > cap)
            cap *= 2;
        if (!rehash(map, cap))
            return false;
    }
    place(map, key, value);
    return true;
}

void *rd_map_each_equal(const struct rd_map *map, uint64_t key, size_t *cursor)
{
    if (map->cap == 0)
        return NULL;
    size_t start = (size_t)mix(key);
    for (size_t step = *cursor; step < map->cap; step++) {
        const struct rd_map_slot *slot = &map->slots[(start + step) & (map->cap - 1)];
        if (is_free(slot))
            return NULL;
        if (slot->value != NULL && slot->key == key) {
            *cursor = step + 1;
            return slot->value;
        }
    }
    return NULL;
}

void *rd_map_get(const struct rd_map *map, uint64_t key)
{
    size_t cursor = 0;
    return rd_map_each_equal(map, key, &cursor);
}

bool rd_map_remove(struct rd_map *map, uint64_t key, const void *value)
{
    if (map->cap == 0)
        return false;
    size_t index = (size_t)mix(key) & (map->cap - 1);
    for (size_t step = 0; step < map->cap; step++, index = (index + 1) & (map->cap - 1)) {
        struct rd_map_slot *slot = &map->slots[index];
        if (is_free(slot))
            return false;
        if (slot->value == value && slot->key == key) {
            *slot = (struct rd_map_slot){DEAD_KEY, NULL};
            map->used--;
            map->dead++;
            return true;
        }
    }
    return false;
}

void *rd_map_each(const struct rd_map *map, size_t *cursor)
{
    while (*cursor < map->cap) {
        void *value = map->slots[(*cursor)++].value;
        if (value != NULL)
            return value;
    }
    return NULL;
}
