#include "core/words.h"

#include <string.h>

void rd_words_init(struct rd_words *words, const struct rd_alloc *alloc)
{
    *words = (struct rd_words){.alloc = alloc};
    rd_map_init(&words->index, alloc);
}

/* Owned texts are writable memory behind a view of constant bytes. */
static void release(const struct rd_words *words, struct rd_text text)
{
    union {
        const char *view;
        void *owned;
    } memory = {.view = text.ptr};
    rd_release(words->alloc, memory.owned);
}

void rd_words_fini(struct rd_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        release(words, words->texts[i]);
    rd_release(words->alloc, words->texts);
    rd_map_fini(&words->index);
}

/* Eight bytes at a time: every text of every packed referral is hashed. Not for hostile keys: a
 * collision costs a comparison, and there are few texts. */
static uint64_t hash_of(struct rd_text text)
{
    uint64_t hash = UINT64_C(0x9E3779B97F4A7C15) ^ text.len;
    size_t at = 0;
    while (at < text.len) {
        uint64_t part = 0;
        size_t len = text.len - at < sizeof part ? text.len - at : sizeof part;
        memcpy(&part, text.ptr + at, len);
        hash = (hash ^ part) * UINT64_C(0xbf58476d1ce4e5b9);
        hash ^= hash >> 29;
        at += len;
    }
    return hash;
}

static bool keep(struct rd_words *words, struct rd_text text, uint64_t hash)
{
    void *items = words->texts;
    if (!rd_alloc_grow(words->alloc, &items, &words->cap, words->count + 1, sizeof *words->texts))
        return false;
    words->texts = items;
    char *copy = rd_alloc_zeroed(words->alloc, text.len, 1);
    if (copy == NULL)
        return false;
    memcpy(copy, text.ptr, text.len);
    /* A number as the map's pointer: nothing is read through it. */
    union {
        size_t number;
        void *value;
    } entry = {.number = words->count + 1};
    if (!rd_map_add(&words->index, hash, entry.value)) {
        rd_release(words->alloc, copy);
        return false;
    }
    words->texts[words->count++] = (struct rd_text){copy, text.len};
    return true;
}

size_t rd_words_number(struct rd_words *words, struct rd_text text)
{
    if (text.len < RD_WORD_BYTES_MIN || text.len > RD_WORD_BYTES_MAX)
        return 0;
    uint64_t hash = hash_of(text);
    size_t cursor = 0;
    union {
        void *value;
        size_t number;
    } entry;
    while ((entry.value = rd_map_each_equal(&words->index, hash, &cursor)) != NULL)
        if (rd_text_equal(words->texts[entry.number - 1], text))
            return entry.number;
    uint32_t *seen = &words->seen[hash & (RD_WORDS_SEEN_MAX - 1)];
    uint32_t mark = (uint32_t)(hash >> 32) | 1;
    if (*seen != mark || words->count == RD_WORDS_MAX) {
        *seen = mark;
        return 0;
    }
    words->failed = words->failed || !keep(words, text, hash);
    return words->failed ? 0 : words->count;
}

struct rd_text rd_words_text(const struct rd_words *words, size_t number)
{
    return number >= 1 && number <= words->count ? words->texts[number - 1] : RD_TEXT_NONE;
}
