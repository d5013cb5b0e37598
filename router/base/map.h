/* An open-addressing hash map from 64-bit keys to pointers; iteration in insertion-independent but
 * deterministic order is NOT promised: whoever needs an order keeps a list. Thread: the owner's.
 *
 * Keys that are texts or composites are hashed by the caller; a caller that cannot live with a
 * 64-bit collision compares the found value itself (rd_map_each_equal walks all of one key). */
#ifndef RD_BASE_MAP_H
#define RD_BASE_MAP_H

#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>

struct rd_map_slot {
    uint64_t key;
    void *value; /* NULL: free, or deleted when key is 1 */
};

struct rd_map {
    const struct rd_alloc *alloc;
    struct rd_map_slot *slots;
    size_t cap;  /* a power of two, or 0 */
    size_t used; /* live entries */
    size_t dead; /* tombstones */
};

void rd_map_init(struct rd_map *map, const struct rd_alloc *alloc);
void rd_map_fini(struct rd_map *map); /* values are the caller's */
/* False when there is no memory. `value` is never NULL. A key may be stored more than once. */
bool rd_map_add(struct rd_map *map, uint64_t key, void *value);
/* First value of that key, or NULL. */
void *rd_map_get(const struct rd_map *map, uint64_t key);
/* Walks all values of one key: start with *cursor = 0; NULL at the end. */
void *rd_map_each_equal(const struct rd_map *map, uint64_t key, size_t *cursor);
/* Removes exactly this pair; false when it was not there. */
bool rd_map_remove(struct rd_map *map, uint64_t key, const void *value);
/* Walks everything: start with *cursor = 0; NULL at the end. No changes meanwhile. */
void *rd_map_each(const struct rd_map *map, size_t *cursor);

#endif
