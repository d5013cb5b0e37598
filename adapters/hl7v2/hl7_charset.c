#include "adapters/hl7v2/hl7_charset.h"

static const char *const charset_texts[] = {
    "unspecified", "utf-8", "windows-1252", "iso-8859-2", "iso-8859-14", "iso-8859-15", "utf-16"};
const struct rd_enum_names rd_hl7_charset_names = {"Charset", charset_texts,
                                                   sizeof charset_texts / sizeof charset_texts[0]};

/* Windows-1252 0x80..0x9F; 0 is unused there. */
static const uint16_t windows[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/* 0xA0..0xFF of the parts of ISO 8859. */
static const uint16_t part_2[96] = {
    0x00A0, 0x0104, 0x02D8, 0x0141, 0x00A4, 0x013D, 0x015A, 0x00A7, 0x00A8, 0x0160, 0x015E, 0x0164,
    0x0179, 0x00AD, 0x017D, 0x017B, 0x00B0, 0x0105, 0x02DB, 0x0142, 0x00B4, 0x013E, 0x015B, 0x02C7,
    0x00B8, 0x0161, 0x015F, 0x0165, 0x017A, 0x02DD, 0x017E, 0x017C, 0x0154, 0x00C1, 0x00C2, 0x0102,
    0x00C4, 0x0139, 0x0106, 0x00C7, 0x010C, 0x00C9, 0x0118, 0x00CB, 0x011A, 0x00CD, 0x00CE, 0x010E,
    0x0110, 0x0143, 0x0147, 0x00D3, 0x00D4, 0x0150, 0x00D6, 0x00D7, 0x0158, 0x016E, 0x00DA, 0x0170,
    0x00DC, 0x00DD, 0x0162, 0x00DF, 0x0155, 0x00E1, 0x00E2, 0x0103, 0x00E4, 0x013A, 0x0107, 0x00E7,
    0x010D, 0x00E9, 0x0119, 0x00EB, 0x011B, 0x00ED, 0x00EE, 0x010F, 0x0111, 0x0144, 0x0148, 0x00F3,
    0x00F4, 0x0151, 0x00F6, 0x00F7, 0x0159, 0x016F, 0x00FA, 0x0171, 0x00FC, 0x00FD, 0x0163, 0x02D9,
};
static const uint16_t part_14[96] = {
    0x00A0, 0x1E02, 0x1E03, 0x00A3, 0x010A, 0x010B, 0x1E0A, 0x00A7, 0x1E80, 0x00A9, 0x1E82, 0x1E0B,
    0x1EF2, 0x00AD, 0x00AE, 0x0178, 0x1E1E, 0x1E1F, 0x0120, 0x0121, 0x1E40, 0x1E41, 0x00B6, 0x1E56,
    0x1E81, 0x1E57, 0x1E83, 0x1E60, 0x1EF3, 0x1E84, 0x1E85, 0x1E61, 0x00C0, 0x00C1, 0x00C2, 0x00C3,
    0x00C4, 0x00C5, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE, 0x00CF,
    0x0174, 0x00D1, 0x00D2, 0x00D3, 0x00D4, 0x00D5, 0x00D6, 0x1E6A, 0x00D8, 0x00D9, 0x00DA, 0x00DB,
    0x00DC, 0x00DD, 0x0176, 0x00DF, 0x00E0, 0x00E1, 0x00E2, 0x00E3, 0x00E4, 0x00E5, 0x00E6, 0x00E7,
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF, 0x0175, 0x00F1, 0x00F2, 0x00F3,
    0x00F4, 0x00F5, 0x00F6, 0x1E6B, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x00FD, 0x0177, 0x00FF,
};
static const uint16_t part_15[96] = {
    0x00A0, 0x00A1, 0x00A2, 0x00A3, 0x20AC, 0x00A5, 0x0160, 0x00A7, 0x0161, 0x00A9, 0x00AA, 0x00AB,
    0x00AC, 0x00AD, 0x00AE, 0x00AF, 0x00B0, 0x00B1, 0x00B2, 0x00B3, 0x017D, 0x00B5, 0x00B6, 0x00B7,
    0x017E, 0x00B9, 0x00BA, 0x00BB, 0x0152, 0x0153, 0x0178, 0x00BF, 0x00C0, 0x00C1, 0x00C2, 0x00C3,
    0x00C4, 0x00C5, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE, 0x00CF,
    0x00D0, 0x00D1, 0x00D2, 0x00D3, 0x00D4, 0x00D5, 0x00D6, 0x00D7, 0x00D8, 0x00D9, 0x00DA, 0x00DB,
    0x00DC, 0x00DD, 0x00DE, 0x00DF, 0x00E0, 0x00E1, 0x00E2, 0x00E3, 0x00E4, 0x00E5, 0x00E6, 0x00E7,
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF, 0x00F0, 0x00F1, 0x00F2, 0x00F3,
    0x00F4, 0x00F5, 0x00F6, 0x00F7, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x00FD, 0x00FE, 0x00FF,
};

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
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | (code >> 12));
        out[1] = (char)(0x80 | ((code >> 6) & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (code >> 18));
    out[1] = (char)(0x80 | ((code >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((code >> 6) & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

static uint32_t single(unsigned char byte, enum rd_hl7_charset charset)
{
    if (byte < 0x80)
        return byte;
    if (byte >= 0xA0 && charset == RD_HL7_CHARSET_8859_2)
        return part_2[byte - 0xA0];
    if (byte >= 0xA0 && charset == RD_HL7_CHARSET_8859_14)
        return part_14[byte - 0xA0];
    if (byte >= 0xA0 && charset == RD_HL7_CHARSET_8859_15)
        return part_15[byte - 0xA0];
    if (byte < 0xA0)
        return windows[byte - 0x80] != 0 ? windows[byte - 0x80] : 0xFFFD;
    return byte;
}

static bool from_single(struct rd_text bytes, struct rd_arena *arena, struct rd_hl7_decoded *out)
{
    char *made = bytes.len > SIZE_MAX / 3 ? NULL : rd_arena_take(arena, bytes.len * 3 + 1);
    size_t len = 0;
    for (size_t i = 0; made != NULL && i < bytes.len; i++)
        len += put(made + len, single((unsigned char)bytes.ptr[i], out->charset));
    out->text = (struct rd_text){made, len};
    return made != NULL;
}

/* 0: not UTF-16; 1: the low byte comes first, 2: the high one. */
static int utf16_order(struct rd_text bytes)
{
    if (bytes.len < 8 || bytes.len % 2 != 0)
        return 0;
    const unsigned char *b = (const unsigned char *)bytes.ptr;
    if ((b[0] == 0xFF && b[1] == 0xFE) || (b[0] == 'M' && b[1] == 0 && b[2] == 'S' && b[3] == 0))
        return 1;
    if ((b[0] == 0xFE && b[1] == 0xFF) || (b[0] == 0 && b[1] == 'M' && b[2] == 0 && b[3] == 'S'))
        return 2;
    return 0;
}

static uint32_t unit_at(struct rd_text bytes, size_t at, int order)
{
    uint32_t first = (unsigned char)bytes.ptr[at];
    uint32_t second = (unsigned char)bytes.ptr[at + 1];
    return order == 1 ? first | second << 8 : first << 8 | second;
}

static bool from_utf16(struct rd_text bytes, int order, struct rd_arena *arena,
                       struct rd_hl7_decoded *out)
{
    char *made = bytes.len > SIZE_MAX / 2 ? NULL : rd_arena_take(arena, bytes.len * 2 + 1);
    size_t len = 0;
    for (size_t i = 0; made != NULL && i + 1 < bytes.len; i += 2) {
        uint32_t code = unit_at(bytes, i, order);
        if (code >= 0xD800 && code < 0xDC00 && i + 3 < bytes.len) {
            uint32_t low = unit_at(bytes, i + 2, order);
            bool pair = low >= 0xDC00 && low < 0xE000;
            code = pair ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
            i += pair ? 2 : 0;
        } else if (code >= 0xD800 && code < 0xE000) {
            code = 0xFFFD;
        }
        if (code != 0xFEFF) /* the byte order mark */
            len += put(made + len, code);
    }
    out->text = (struct rd_text){made, len};
    out->charset = RD_HL7_CHARSET_UTF16;
    return made != NULL;
}

/* MSH-18, its first repetition, of bytes that are not decoded yet. */
static struct rd_text declared(struct rd_text bytes)
{
    enum { MSH_18 = 17 };
    size_t line = 0;
    while (line < bytes.len && bytes.ptr[line] != '\r' && bytes.ptr[line] != '\n')
        line++;
    struct rd_text rest = rd_text_slice(bytes, 0, line);
    if (rest.len < 9)
        return RD_TEXT_NONE;
    char field = rest.ptr[3];
    char repetition = rest.ptr[5];
    for (size_t i = 0; i < MSH_18; i++) {
        size_t end = rd_text_find(rest, field, 0);
        rest = rd_text_slice(rest, end + 1, rest.len);
    }
    rest = rd_text_slice(rest, 0, rd_text_find(rest, field, 0));
    return rd_text_trim(rd_text_slice(rest, 0, rd_text_find(rest, repetition, 0)));
}

/* Table 0211, and how it is spelt elsewhere. 0: none that is known. */
static enum rd_hl7_charset charset_of(struct rd_text name)
{
    static const struct {
        const char *name;
        enum rd_hl7_charset charset;
    } rows[] = {
        {"UNICODE UTF-8", RD_HL7_CHARSET_UTF8},
        {"UNICODE", RD_HL7_CHARSET_UTF8},
        {"UTF-8", RD_HL7_CHARSET_UTF8},
        {"UTF8", RD_HL7_CHARSET_UTF8},
        {"8859/1", RD_HL7_CHARSET_WINDOWS_1252},
        {"ISO-8859-1", RD_HL7_CHARSET_WINDOWS_1252},
        {"WINDOWS-1252", RD_HL7_CHARSET_WINDOWS_1252},
        {"CP1252", RD_HL7_CHARSET_WINDOWS_1252},
        {"8859/2", RD_HL7_CHARSET_8859_2},
        {"ISO-8859-2", RD_HL7_CHARSET_8859_2},
        {"8859/14", RD_HL7_CHARSET_8859_14},
        {"ISO-8859-14", RD_HL7_CHARSET_8859_14},
        {"8859/15", RD_HL7_CHARSET_8859_15},
        {"ISO-8859-15", RD_HL7_CHARSET_8859_15},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_equal_nocase(name, rd_text_of(rows[i].name)))
            return rows[i].charset;
    return 0;
}

bool rd_hl7_to_utf8(struct rd_text bytes, enum rd_hl7_charset fallback, struct rd_arena *arena,
                    struct rd_hl7_decoded *out)
{
    *out = (struct rd_hl7_decoded){.text = bytes, .charset = RD_HL7_CHARSET_UTF8};
    int order = utf16_order(bytes);
    if (order != 0)
        return from_utf16(bytes, order, arena, out);
    if (rd_text_is_utf8(bytes) || rd_text_find(bytes, '\0', 0) < bytes.len)
        return true; /* NUL is not a question of encoding: the parser names it */
    struct rd_text name = declared(bytes);
    enum rd_hl7_charset said = charset_of(name);
    out->charset = said;
    if (said == 0 || said == RD_HL7_CHARSET_UTF8) {
        bool other = fallback == 0 || fallback == RD_HL7_CHARSET_UTF8;
        out->charset = other ? RD_HL7_CHARSET_WINDOWS_1252 : fallback;
        out->doubt = said != 0      ? "MSH-18 says UTF-8 and the text is not"
                     : name.len > 0 ? "MSH-18 names a character set that is not known here"
                                    : "MSH-18 names no character set and the text is not UTF-8";
    }
    return from_single(bytes, arena, out);
}
