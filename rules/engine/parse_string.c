#include "rules/engine/parsing.h"

#include <string.h>

static size_t put_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(leads[tail] | (code >> (6 * tail)));
    for (size_t i = 1; i <= tail; i++)
        out[i] = (char)(0x80 | ((code >> (6 * (tail - i))) & 0x3F));
    return tail + 1;
}

/* Exactly `digits` hexadecimal digits from `from` on. */
static bool read_digits(struct rd_text text, size_t from, size_t digits, uint32_t *out)
{
    *out = 0;
    for (size_t i = from; i < from + digits; i++) {
        char c = i < text.len ? text.ptr[i] : '\0';
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        *out = *out * 16 + digit;
    }
    return true;
}

static bool is_surrogate(uint32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

/* \uXXXX (two of them for one character beyond the first 65536) or \UXXXXXX, whose letter stands at
 * `at`. The length behind the backslash; 0: no character is meant. */
static size_t read_code(struct rd_text text, size_t at, uint32_t *out)
{
    size_t len = text.ptr[at] == 'u' ? 5 : 7;
    uint32_t low = 0;
    if (!read_digits(text, at + 1, len - 1, out))
        return 0;
    if (len == 5 && *out >= 0xD800 && *out <= 0xDBFF && at + 6 < text.len &&
        text.ptr[at + 5] == '\\' && text.ptr[at + 6] == 'u' && read_digits(text, at + 7, 4, &low) &&
        low >= 0xDC00 && low <= 0xDFFF) {
        *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
        len = 11;
    }
    return *out != 0 && *out <= 0x10FFFF && !is_surrogate(*out) ? len : 0;
}

/* A backslash before anything else is a character like another: "\d" has two. */
bool rd_parse_string(struct parser *parser, struct rd_text quoted, struct rd_text *out)
{
    static const char from[] = "ntr\"'\\", to[] = "\n\t\r\"'\\";
    struct rd_text body = rd_text_slice(quoted, 1, quoted.len - 2);
    char *bytes = rd_arena_take(parser->arena, body.len + 1); /* never longer than the source */
    size_t len = 0;
    if (bytes == NULL) {
        rd_parse_full(parser);
        return false;
    }
    for (size_t i = 0; i < body.len; i++) {
        const char *known = NULL;
        uint32_t code = 0;
        if (body.ptr[i] != '\\' || i + 1 == body.len) {
            bytes[len++] = body.ptr[i];
            continue;
        }
        known = strchr(from, body.ptr[i + 1]);
        if (known != NULL && *known != '\0') {
            bytes[len++] = to[known - from];
            i++;
        } else if (body.ptr[i + 1] == 'u' || body.ptr[i + 1] == 'U') {
            size_t used = read_code(body, i + 1, &code);
            if (used == 0) {
                rd_parse_refuse(parser, parser->token.offset + i + 1,
                                "no character; expected \\uXXXX or \\UXXXXXX with its code");
                return false;
            }
            len += put_utf8(code, bytes + len);
            i += used;
        } else {
            bytes[len++] = body.ptr[i];
        }
    }
    *out = (struct rd_text){bytes, len};
    return true;
}
