#include "base/person_name.h"

#include "base/letter_case.h"

enum { NOTHING = 0 };

/* Latin letters with accents, by their small forms: the letter alone. In Unicode's order. */
static const struct {
    uint16_t first, last;
    char letter;
} accented[] = {
    {0xE0, 0xE5, 'a'},     {0xE7, 0xE7, 'c'},     {0xE8, 0xEB, 'e'},     {0xEC, 0xEF, 'i'},
    {0xF1, 0xF1, 'n'},     {0xF2, 0xF6, 'o'},     {0xF8, 0xF8, 'o'},     {0xF9, 0xFC, 'u'},
    {0xFD, 0xFD, 'y'},     {0xFF, 0xFF, 'y'},     {0x101, 0x105, 'a'},   {0x107, 0x10D, 'c'},
    {0x10F, 0x111, 'd'},   {0x113, 0x11B, 'e'},   {0x11D, 0x123, 'g'},   {0x125, 0x127, 'h'},
    {0x129, 0x131, 'i'},   {0x135, 0x135, 'j'},   {0x137, 0x137, 'k'},   {0x13A, 0x142, 'l'},
    {0x144, 0x148, 'n'},   {0x14D, 0x151, 'o'},   {0x155, 0x159, 'r'},   {0x15B, 0x161, 's'},
    {0x163, 0x167, 't'},   {0x169, 0x173, 'u'},   {0x175, 0x175, 'w'},   {0x177, 0x177, 'y'},
    {0x17A, 0x17E, 'z'},   {0x1CE, 0x1CE, 'a'},   {0x1D0, 0x1D0, 'i'},   {0x1D2, 0x1D2, 'o'},
    {0x1D4, 0x1DC, 'u'},   {0x219, 0x219, 's'},   {0x21B, 0x21B, 't'},   {0x1E81, 0x1E85, 'w'},
    {0x1EA1, 0x1EB7, 'a'}, {0x1EB9, 0x1EC7, 'e'}, {0x1EC9, 0x1ECB, 'i'}, {0x1ECD, 0x1EE3, 'o'},
    {0x1EE5, 0x1EF1, 'u'}, {0x1EF3, 0x1EF9, 'y'}};

/* Spaces, points, and what cannot be seen, beyond ASCII: marks that stand on the letter before,
 * white space, joiners, directions, variation selectors, private use, and everything that is no
 * text. */
static const struct {
    uint32_t first, last;
} unseen[] = {{0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},       {0xBB, 0xBF},
              {0xD7, 0xD7},     {0xF7, 0xF7},     {0x2B0, 0x36F},     {0x483, 0x489},
              {0x61C, 0x61C},   {0x115F, 0x1160}, {0x1680, 0x1680},   {0x17B4, 0x17B5},
              {0x180B, 0x180F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},   {0x2000, 0x206F},
              {0x20D0, 0x20FF}, {0x2800, 0x2800}, {0x3000, 0x3003},   {0x3164, 0x3164},
              {0xE000, 0xF8FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},   {0xFEFF, 0xFEFF},
              {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFF}, {0xE0000, 0x10FFFF}};

/* One character; a byte that begins none stands for itself. */
static uint32_t take(struct rd_text text, size_t *at)
{
    unsigned char lead = (unsigned char)text.ptr[(*at)++];
    unsigned more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    uint32_t code = more == 0 ? lead : lead & (0x3Fu >> more);
    for (; more > 0 && *at < text.len; more--)
        code = code << 6 | ((unsigned char)text.ptr[(*at)++] & 0x3F);
    return code;
}

static uint32_t fold(uint32_t code)
{
    if (code >= 0xFF01 && code <= 0xFF5E)
        code -= 0xFF01 - 0x21; /* full width */
    code = rd_letter_lower(code);
    if (code < 0x80)
        return (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9') ? code : NOTHING;
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++)
        if (code >= unseen[i].first && code <= unseen[i].last)
            return NOTHING;
    for (size_t i = 0; i < sizeof accented / sizeof accented[0]; i++)
        if (code >= accented[i].first && code <= accented[i].last)
            return (uint32_t)accented[i].letter;
    return code;
}

/* The next character that counts; NOTHING: none is left. */
static uint32_t next(struct rd_text name, size_t *at)
{
    uint32_t code = NOTHING;
    while (code == NOTHING && *at < name.len)
        code = fold(take(name, at));
    return code;
}

bool rd_person_name_is(struct rd_text name)
{
    size_t at = 0;
    return next(name, &at) != NOTHING;
}

bool rd_person_name_same(struct rd_text a, struct rd_text b)
{
    size_t at = 0, bt = 0;
    uint32_t one, other;
    do {
        one = next(a, &at);
        other = next(b, &bt);
    } while (one == other && one != NOTHING);
    return one == other;
}
