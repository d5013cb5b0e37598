#include "adapters/hl7v2/hl7_charset.h"

/* Windows-1252 0x80..0x9F; 0 is unused there. */
static const uint16_t windows[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static size_t put(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    out[0] = (char)(0xE0 | (code >> 12));
    out[1] = (char)(0x80 | ((code >> 6) & 0x3F));
    out[2] = (char)(0x80 | (code & 0x3F));
    return 3;
}

bool rd_hl7_to_utf8(struct rd_text bytes, struct rd_arena *arena, struct rd_text *out,
                    bool *converted)
{
    *out = bytes;
    *converted = false;
    if (rd_text_is_utf8(bytes) || rd_text_find(bytes, '\0', 0) < bytes.len)
        return true; /* NUL is not a question of encoding: the parser names it */
    char *made = bytes.len > SIZE_MAX / 3 ? NULL : rd_arena_take(arena, bytes.len * 3);
    if (made == NULL)
        return false;
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        uint32_t code = (unsigned char)bytes.ptr[i];
        if (code >= 0x80 && code < 0xA0)
            code = windows[code - 0x80] != 0 ? windows[code - 0x80] : 0xFFFD;
        len += put(made + len, code);
    }
    *out = (struct rd_text){made, len};
    *converted = true;
    return true;
}
