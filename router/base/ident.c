#include "base/ident.h"

#include "base/err.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { DIGITS = 10 };

const char *rd_ident_format(uint64_t id, char out[RD_IDENT_TEXT_MAX])
{
    rd_require(id <= RD_IDENT_MASK);
    size_t at = RD_IDENT_TEXT_MAX - 1;
    out[at] = '\0';
    for (int digit = 0; digit < DIGITS; digit++) {
        if (digit == DIGITS / 2)
            out[--at] = '-';
        out[--at] = alphabet[id & 31];
        id >>= 5;
    }
    return out;
}

static int digit_value(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - ('a' - 'A'));
    if (c == 'O')
        c = '0';
    if (c == 'I' || c == 'L')
        c = '1';
    for (int value = 0; alphabet[value] != '\0'; value++)
        if (alphabet[value] == c)
            return value;
    return -1;
}

bool rd_ident_parse(struct rd_text text, uint64_t *out)
{
    uint64_t id = 0;
    int count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '-' || text.ptr[i] == ' ')
            continue;
        int value = digit_value(text.ptr[i]);
        if (value < 0 || ++count > DIGITS)
            return false;
        id = (id << 5) | (uint64_t)value;
    }
    if (count != DIGITS)
        return false;
    *out = id;
    return true;
}
