#include "conf/hint.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 48 };

struct rd_text rd_hint_name(const char *entry, bool *required)
{
    struct rd_text name = rd_text_of(entry);
    bool marked = name.len > 0 && name.ptr[name.len - 1] == '!';
    if (required != NULL)
        *required = marked;
    return rd_text_slice(name, 0, name.len - (marked ? 1 : 0));
}

bool rd_hint_find(const char *const *names, struct rd_text found, size_t *index)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (!rd_text_equal(rd_hint_name(names[i], NULL), found))
            continue;
        if (index != NULL)
            *index = i;
        return true;
    }
    return false;
}

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char folded(char c)
{
    if (c == '_' || c == ' ')
        return '-';
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Edits (insert, drop, change, swap neighbours) from one word to the other, letter case aside. */
static size_t edits(struct rd_text a, struct rd_text b)
{
    size_t row[3][WORD_MAX + 1];
    if (a.len > WORD_MAX || b.len > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = folded(a.ptr[i - 1]), y = folded(b.ptr[j - 1]);
            now[j] = min_of(last[j - 1] + (x == y ? 0 : 1), min_of(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && x == folded(b.ptr[j - 2]) && folded(a.ptr[i - 2]) == y)
                now[j] = min_of(now[j], before[j - 2] + 1);
        }
    }
    return row[a.len % 3][b.len];
}

const char *rd_hint_words(const char *const *names, struct rd_text found,
                          char out[RD_HINT_WORDS_MAX])
{
    struct rd_text nearest = RD_TEXT_NONE;
    size_t best = found.len / 3 + 2; /* further away is no hint */
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; names[i] != NULL; i++) {
        struct rd_text name = rd_hint_name(names[i], NULL);
        size_t distance = edits(found, name);
        if (distance < best) {
            best = distance;
            nearest = name;
        }
        if (used + name.len + (size_t)2 * WORD_MAX < RD_HINT_WORDS_MAX)
            used += (size_t)snprintf(out + used, RD_HINT_WORDS_MAX - used, "%s%.*s",
                                     i == 0 ? "one of " : ", ", RD_TEXT_ARG(name));
    }
    if (nearest.ptr != NULL && nearest.len <= WORD_MAX)
        (void)snprintf(out + used, RD_HINT_WORDS_MAX - used, " (did you mean %.*s?)",
                       RD_TEXT_ARG(nearest));
    return out;
}
