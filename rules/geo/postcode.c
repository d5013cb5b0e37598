#include "rules/geo/postcode.h"

#include <string.h>

enum { OUTWARD_MAX = 4, INWARD_LEN = 3, COMPACT_MIN = 5 };

/* Place values, as the key has them: 1..10 digits, 11..36 letters in any case; 0: dropped. */
#define LETTER(upper, lower, value) [upper] = (value), [lower] = (value)
static const unsigned char values[256] = {
    ['0'] = 1,
    ['1'] = 2,
    ['2'] = 3,
    ['3'] = 4,
    ['4'] = 5,
    ['5'] = 6,
    ['6'] = 7,
    ['7'] = 8,
    ['8'] = 9,
    ['9'] = 10,
    LETTER('A', 'a', 11),
    LETTER('B', 'b', 12),
    LETTER('C', 'c', 13),
    LETTER('D', 'd', 14),
    LETTER('E', 'e', 15),
    LETTER('F', 'f', 16),
    LETTER('G', 'g', 17),
    LETTER('H', 'h', 18),
    LETTER('I', 'i', 19),
    LETTER('J', 'j', 20),
    LETTER('K', 'k', 21),
    LETTER('L', 'l', 22),
    LETTER('M', 'm', 23),
    LETTER('N', 'n', 24),
    LETTER('O', 'o', 25),
    LETTER('P', 'p', 26),
    LETTER('Q', 'q', 27),
    LETTER('R', 'r', 28),
    LETTER('S', 's', 29),
    LETTER('T', 't', 30),
    LETTER('U', 'u', 31),
    LETTER('V', 'v', 32),
    LETTER('W', 'w', 33),
    LETTER('X', 'x', 34),
    LETTER('Y', 'y', 35),
    LETTER('Z', 'z', 36),
};
static const char shown[] = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool is_digit(unsigned char value)
{
    return value <= 10;
}

/* One or two letters, a digit, and perhaps a digit or letter: looser than BS 7666, which rejects
 * outcodes that exist. */
static bool outward_fits(const unsigned char *at, size_t len)
{
    size_t letters = len > 1 && !is_digit(at[1]) ? 2 : 1;
    return len >= letters + 1 && len <= letters + 2 && !is_digit(at[0]) && is_digit(at[letters]);
}

static bool inward_fits(const unsigned char *at)
{
    return is_digit(at[0]) && !is_digit(at[1]) && !is_digit(at[2]);
}

/* The values of what is kept of the text; RD_POSTCODE_COMPACT_MAX + 1 when it does not fit. Without
 * a branch on what a character is: where spaces and digits stand is not predictable. */
static size_t read_values(struct rd_text text, unsigned char out[RD_POSTCODE_COMPACT_MAX + 1])
{
    size_t len = 0;
    if (text.len > RD_POSTCODE_INPUT_MAX)
        return RD_POSTCODE_COMPACT_MAX + 1;
    for (size_t i = 0; i < text.len && len <= RD_POSTCODE_COMPACT_MAX; i++) {
        unsigned char value = values[(unsigned char)text.ptr[i]];
        out[len] = value;
        len += value != 0;
    }
    return len;
}

size_t rd_postcode_compact(struct rd_text text, char out[RD_POSTCODE_COMPACT_MAX])
{
    unsigned char kept[RD_POSTCODE_COMPACT_MAX + 1] = {0};
    size_t len = read_values(text, kept);
    for (size_t i = 0; i < RD_POSTCODE_COMPACT_MAX; i++)
        out[i] = i < len ? shown[kept[i]] : '\0';
    return len;
}

static void fill_in(const unsigned char *at, size_t len, struct rd_postcode *out)
{
    size_t outward = len - INWARD_LEN;
    uint32_t outcode = 0;
    for (size_t i = 0; i < OUTWARD_MAX; i++) {
        outcode = outcode * 37 + (i < outward ? at[i] : 0);
        out->text[i] = shown[i < outward ? at[i] : 0];
    }
    at += outward;
    out->key = (uint64_t)outcode * RD_POSTCODE_INWARD_BASE + (at[0] * 37U + at[1]) * 37U + at[2];
    out->text[outward] = ' ';
    for (size_t i = 0; i < INWARD_LEN; i++)
        out->text[outward + 1 + i] = shown[at[i]];
}

void rd_postcode_of_key(uint64_t key, char out[RD_POSTCODE_TEXT_MAX])
{
    char filled[OUTWARD_MAX + INWARD_LEN];
    size_t len = 0;
    for (size_t i = sizeof filled; i-- > 0; key /= 37)
        filled[i] = shown[key % 37];
    while (len < OUTWARD_MAX && filled[len] != ' ')
        len++;
    memcpy(out, filled, len);
    out[len] = ' ';
    memcpy(out + len + 1, filled + OUTWARD_MAX, INWARD_LEN);
    out[len + 1 + INWARD_LEN] = '\0';
}

void rd_postcode_read(struct rd_text text, struct rd_postcode *out)
{
    static const unsigned char girobank[] = {17, 19, 28, 1, 11, 11}; /* GIR 0AA */
    static const unsigned char pseudo[] = {36, 36, 10, 10};          /* ZZ99 */
    unsigned char kept[RD_POSTCODE_COMPACT_MAX + 1] = {0};
    size_t len = read_values(text, kept);
    *out = (struct rd_postcode){.form = RD_POSTCODE_FORM_MALFORMED};
    if (len == 0)
        out->form = RD_POSTCODE_FORM_MISSING;
    if (len < COMPACT_MIN || len > RD_POSTCODE_COMPACT_MAX)
        return;
    if ((!outward_fits(kept, len - INWARD_LEN) || !inward_fits(kept + len - INWARD_LEN)) &&
        (len != sizeof girobank || memcmp(kept, girobank, sizeof girobank) != 0))
        return;
    bool is_pseudo = len == RD_POSTCODE_COMPACT_MAX && memcmp(kept, pseudo, sizeof pseudo) == 0;
    out->form = is_pseudo ? RD_POSTCODE_FORM_PSEUDO : RD_POSTCODE_FORM_GEOGRAPHIC;
    fill_in(kept, len, out);
}
