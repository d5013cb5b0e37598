/* One property or one address among those of a postcode. */
#include "rules/geo/geo_data.h"

enum { UPRN_DIGITS_MAX = 12 };

bool rd_geo_read_uprn(struct rd_text text, uint64_t *out)
{
    *out = 0;
    text = rd_text_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || i == UPRN_DIGITS_MAX)
            return false;
        *out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return *out != 0;
}

/* In capitals; 0: no part of a word. */
static char word_char(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    bool is = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
    return is ? c : '\0';
}

bool rd_geo_has_word(struct rd_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (word_char(text.ptr[i]) != '\0')
            return true;
    return false;
}

/* The next word at or behind *at; absent: there is none. */
static struct rd_text next_word(struct rd_text text, size_t *at)
{
    while (*at < text.len && word_char(text.ptr[*at]) == '\0')
        (*at)++;
    size_t start = *at;
    while (*at < text.len && word_char(text.ptr[*at]) != '\0')
        (*at)++;
    return *at == start ? RD_TEXT_NONE : rd_text_slice(text, start, *at - start);
}

static bool same_word(struct rd_text a, struct rd_text b)
{
    bool same = a.len == b.len;
    for (size_t i = 0; same && i < a.len; i++)
        same = word_char(a.ptr[i]) == word_char(b.ptr[i]);
    return same;
}

static bool begins(struct rd_text text, struct rd_text start)
{
    size_t at = 0, wanted_at = 0;
    for (;;) {
        struct rd_text wanted = next_word(start, &wanted_at);
        if (!rd_text_present(wanted))
            return wanted_at > 0;
        struct rd_text word = next_word(text, &at);
        if (!rd_text_present(word) || !same_word(word, wanted))
            return false;
    }
}

bool rd_geo_lines_begin(const struct rd_text *lines, size_t count, struct rd_text start)
{
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < lines[i].len; at = rd_text_find(lines[i], ',', at) + 1)
            if (begins(rd_text_slice(lines[i], at, lines[i].len), start))
                return true;
    return false;
}
