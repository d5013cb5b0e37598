#include "rules/geo/postcode.h"

#include <string.h>

enum { OUTWARD_MAX = 4, INWARD_LEN = 3, COMPACT_MIN = 5 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* One or two letters, a digit, and perhaps a digit or letter: looser than BS 7666, which rejects
 * outcodes that exist. */
static bool outward_fits(const char *text, size_t len)
{
    size_t letters = len > 1 && is_letter(text[1]) ? 2 : 1;
    if (len < letters + 1 || len > letters + 2 || !is_letter(text[0]))
        return false;
    return is_digit(text[letters]) &&
           (len == letters + 1 || is_digit(text[len - 1]) || is_letter(text[len - 1]));
}

static bool inward_fits(const char *text)
{
    return is_digit(text[0]) && is_letter(text[1]) && is_letter(text[2]);
}

static uint64_t place_value(char c)
{
    return is_digit(c) ? (uint64_t)(c - '0') + 1 : (uint64_t)(c - 'A') + 11;
}

static void fill_in(const char *compact, size_t len, struct rd_postcode *out)
{
    size_t outward = len - INWARD_LEN;
    uint64_t key = 0;
    for (size_t i = 0; i < OUTWARD_MAX; i++)
        key = key * 37 + (i < outward ? place_value(compact[i]) : 0);
    for (size_t i = outward; i < len; i++)
        key = key * 37 + place_value(compact[i]);
    out->key = key;
    memcpy(out->text, compact, outward);
    out->text[outward] = ' ';
    memcpy(out->text + outward + 1, compact + outward, INWARD_LEN);
}

void rd_postcode_of_key(uint64_t key, char out[RD_POSTCODE_TEXT_MAX])
{
    static const char places[] = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char filled[OUTWARD_MAX + INWARD_LEN];
    size_t len = 0;
    for (size_t i = sizeof filled; i-- > 0; key /= 37)
        filled[i] = places[key % 37];
    while (len < OUTWARD_MAX && filled[len] != ' ')
        len++;
    memcpy(out, filled, len);
    out[len] = ' ';
    memcpy(out + len + 1, filled + OUTWARD_MAX, INWARD_LEN);
    out[len + 1 + INWARD_LEN] = '\0';
}

size_t rd_postcode_compact(struct rd_text text, char out[RD_POSTCODE_COMPACT_MAX])
{
    char kept[RD_POSTCODE_COMPACT_MAX + 1] = {0};
    size_t len = 0;
    if (text.len > RD_POSTCODE_INPUT_MAX)
        return RD_POSTCODE_COMPACT_MAX + 1;
    /* Without a branch on what a character is: where spaces and digits stand is not predictable. */
    for (size_t i = 0; i < text.len && len <= RD_POSTCODE_COMPACT_MAX; i++) {
        char c = text.ptr[i];
        c = (char)(c - (c >= 'a' && c <= 'z' ? 'a' - 'A' : 0));
        kept[len] = c;
        len += is_digit(c) | is_letter(c);
    }
    memcpy(out, kept, RD_POSTCODE_COMPACT_MAX);
    return len;
}

void rd_postcode_read(struct rd_text text, struct rd_postcode *out)
{
    char compact[RD_POSTCODE_COMPACT_MAX];
    size_t len = rd_postcode_compact(text, compact);
    *out = (struct rd_postcode){.form = RD_POSTCODE_FORM_MALFORMED};
    if (len == 0)
        out->form = RD_POSTCODE_FORM_MISSING;
    if (len < COMPACT_MIN || len > RD_POSTCODE_COMPACT_MAX)
        return;
    bool girobank = len == 6 && memcmp(compact, "GIR0AA", 6) == 0;
    if (!girobank &&
        (!outward_fits(compact, len - INWARD_LEN) || !inward_fits(compact + len - INWARD_LEN)))
        return;
    bool pseudo = len == RD_POSTCODE_COMPACT_MAX && memcmp(compact, "ZZ99", 4) == 0;
    out->form = pseudo ? RD_POSTCODE_FORM_PSEUDO : RD_POSTCODE_FORM_GEOGRAPHIC;
    fill_in(compact, len, out);
}
