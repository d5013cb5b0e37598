#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

enum { BLOCK_BYTES_MIN = 8 * 1024 };

struct rd_arena_block {
    struct rd_arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

void rd_arena_init(struct rd_arena *arena, const struct rd_alloc *alloc, size_t bytes_max)
{
    *arena = (struct rd_arena){.alloc = alloc, .bytes_max = bytes_max};
}

static void release_chain(struct rd_arena *arena, struct rd_arena_block *block)
{
    while (block != NULL) {
        struct rd_arena_block *next = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
        rd_release(arena->alloc, block);
        block = next;
    }
}

void rd_arena_fini(struct rd_arena *arena)
{
    release_chain(arena, arena->blocks);
    arena->blocks = NULL;
    arena->used = 0;
}

void rd_arena_reset(struct rd_arena *arena)
{
    struct rd_arena_block *kept = arena->blocks;
    arena->used = 0;
    if (kept == NULL)
        return;
    release_chain(arena, kept->next);
    kept->next = NULL;
    kept->used = 0;
    ASAN_POISON_MEMORY_REGION(kept->bytes, kept->size);
}

static struct rd_arena_block *add_block(struct rd_arena *arena, size_t size)
{
    size_t wanted = size > BLOCK_BYTES_MIN ? size : BLOCK_BYTES_MIN;
    struct rd_arena_block *block =
        arena->alloc->resize(arena->alloc->context, NULL, sizeof *block + wanted);
    if (block == NULL)
        return NULL;
    block->next = arena->blocks;
    block->size = wanted;
    block->used = 0;
    arena->blocks = block;
    ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
    return block;
}

/* Asked dozens of times in a decision. */
void *rd_arena_take_raw(struct rd_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > arena->bytes_max || size > SIZE_MAX / 2) /* rounding up must not wrap */
        return NULL;
    size = size == 0 ? align : (size + align - 1) & ~(align - 1);
    if (size > arena->bytes_max - arena->used)
        return NULL;
    struct rd_arena_block *block = arena->blocks;
    if (block == NULL || size > block->size - block->used)
        block = add_block(arena, size);
    if (block == NULL)
        return NULL;
    void *taken = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    ASAN_UNPOISON_MEMORY_REGION(taken, size);
    return taken;
}

void *rd_arena_take(struct rd_arena *arena, size_t size)
{
    void *taken = rd_arena_take_raw(arena, size);
    if (taken != NULL)
        memset(taken, 0, size);
    return taken;
}

void *rd_arena_array(struct rd_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return rd_arena_take(arena, count * size);
}

bool rd_arena_copy(struct rd_arena *arena, struct rd_text text, struct rd_text *out)
{
    *out = RD_TEXT_NONE;
    if (text.ptr == NULL)
        return true;
    char *copy = text.len == SIZE_MAX ? NULL : rd_arena_take_raw(arena, text.len + 1);
    if (copy == NULL)
        return false;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *out = (struct rd_text){copy, text.len};
    return true;
}

struct rd_text rd_arena_format(struct rd_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *made = len < 0 ? NULL : rd_arena_take(arena, (size_t)len + 1);
    struct rd_text out = RD_TEXT_NONE;
    if (made != NULL && vsnprintf(made, (size_t)len + 1, format, again) == len)
        out = (struct rd_text){made, (size_t)len};
    va_end(again);
    return out;
}

void *rd_arena_add(struct rd_arena *arena, void **items, size_t *count, size_t size)
{
    bool full = (*count & (*count - 1)) == 0; /* 0, 1, 2, 4, 8 ...: the array holds no more */
    if (full) {
        void *grown = rd_arena_array(arena, *count == 0 ? 1 : *count * 2, size);
        if (grown == NULL)
            return NULL;
        if (*count > 0)
            memcpy(grown, *items, *count * size);
        *items = grown;
    }
    return (char *)*items + (*count)++ * size;
}
