#include "base/text.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool rd_text_equal_nocase(struct rd_text a, struct rd_text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool rd_text_starts(struct rd_text text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && (len == 0 || memcmp(text.ptr, prefix, len) == 0);
}

int rd_text_compare(struct rd_text a, struct rd_text b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.ptr, b.ptr, shared);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct rd_text rd_text_trim(struct rd_text text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

struct rd_text rd_text_slice(struct rd_text text, size_t start, size_t len)
{
    if (text.ptr == NULL)
        return text;
    if (start > text.len)
        start = text.len;
    if (len > text.len - start)
        len = text.len - start;
    return (struct rd_text){text.ptr + start, len};
}

size_t rd_text_find(struct rd_text text, char byte, size_t from)
{
    for (size_t i = from; i < text.len; i++)
        if (text.ptr[i] == byte)
            return i;
    return text.len;
}

bool rd_text_to_i64(struct rd_text text, int64_t *out)
{
    size_t i = 0;
    bool negative = text.len > 0 && text.ptr[0] == '-';
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+'))
        i = 1;
    if (i == text.len)
        return false;
    int64_t value = 0;
    for (; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, text.ptr[i] - '0', &value))
            return false;
    }
    /* Built up negatively, so that INT64_MIN fits too. */
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

/* Length of the valid sequence at `p`, or 0. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    unsigned char lead = p[0];
    size_t len = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead < 0x80)
        return lead != 0;
    if (lead >= 0xC2 && lead <= 0xDF)
        len = 2;
    else if (lead >= 0xE0 && lead <= 0xEF)
        len = 3;
    else if (lead >= 0xF0 && lead <= 0xF4)
        len = 4;
    if (len == 0 || len > left)
        return 0;
    if (lead == 0xE0)
        low = 0xA0;
    if (lead == 0xED)
        high = 0x9F;
    if (lead == 0xF0)
        low = 0x90;
    if (lead == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    return len;
}

/* Most texts are ASCII and nothing else: how many bytes, in eights, from here on are. Of eight
 * bytes below 0x80 one is zero exactly when taking one from each leaves a high bit. */
static size_t ascii_run(const unsigned char *p, size_t len)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    size_t run = 0;
    for (uint64_t part; len - run >= sizeof part; run += sizeof part) {
        memcpy(&part, p + run, sizeof part);
        if (((part | (part - ones)) & highs) != 0)
            break;
    }
    return run;
}

bool rd_text_is_utf8(struct rd_text text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    for (size_t i = 0; i < text.len;) {
        size_t len = ascii_run(p + i, text.len - i);
        if (len == 0)
            len = utf8_sequence(p + i, text.len - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

uint64_t rd_text_hash(struct rd_text text)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < text.len; i++) {
        hash ^= (unsigned char)text.ptr[i];
        hash *= 1099511628211u;
    }
    return hash;
}
