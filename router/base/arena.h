/* A bounded arena: memory for one message or one step, all released at once.
 * Exhaustion is RD_E_TOOBIG for the message at hand, never a crash. Thread: the owner's. */
#ifndef RD_BASE_ARENA_H
#define RD_BASE_ARENA_H

#include "base/alloc.h"
#include "base/text.h"

struct rd_arena_block;

struct rd_arena {
    const struct rd_alloc *alloc;
    size_t bytes_max; /* inclusive bound on what may be handed out */
    size_t used;      /* bytes handed out since the last reset */
    struct rd_arena_block *blocks;
};

/* Caller storage; nothing is allocated until the first use. */
void rd_arena_init(struct rd_arena *arena, const struct rd_alloc *alloc, size_t bytes_max);
/* Releases everything; may be called twice. */
void rd_arena_fini(struct rd_arena *arena);
/* Everything handed out is gone; the first block is kept for the next message. */
void rd_arena_reset(struct rd_arena *arena);
/* Zeroed memory, aligned for any type; NULL at the bound or without memory. */
void *rd_arena_take(struct rd_arena *arena, size_t size);
/* The same, not zeroed: for bytes that are all written at once. */
void *rd_arena_take_raw(struct rd_arena *arena, size_t size);
/* Zeroed array; NULL also when count * size overflows. */
void *rd_arena_array(struct rd_arena *arena, size_t count, size_t size);
/* A copy in the arena, with a NUL behind it for convenience; false when it does not fit. An absent
 * text stays absent. */
bool rd_arena_copy(struct rd_arena *arena, struct rd_text text, struct rd_text *out);
/* Formats into the arena (NUL-terminated); an absent text when it does not fit. */
struct rd_text rd_arena_format(struct rd_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for one more item in a list that grows by doubling inside the arena: `*items` has `*count`
 * items of `size` bytes and was only ever grown by this function. The new item is zeroed; NULL when
 * it does not fit (the list is then unchanged). */
void *rd_arena_add(struct rd_arena *arena, void **items, size_t *count, size_t size);

#endif
