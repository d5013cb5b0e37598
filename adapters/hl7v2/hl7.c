#include "adapters/hl7v2/hl7.h"

#include <string.h>

static bool is_name(struct rd_text name)
{
    if (name.len != 3)
        return false;
    for (size_t i = 0; i < 3; i++) {
        char c = name.ptr[i];
        bool digit = c >= '0' && c <= '9';
        if (!(c >= 'A' && c <= 'Z') && !(digit && i > 0))
            return false;
    }
    return true;
}

static enum rd_err read_delimiters(struct rd_text line, struct rd_hl7 *out, struct rd_errbuf *why)
{
    if (!rd_text_starts(line, "MSH") || line.len < 8)
        return rd_fail(
            why, RD_E_MALFORMED,
            "segment 1: expected MSH with its separators (\"MSH|^~\\&|\"), found something "
            "else: send the whole message, beginning with MSH");
    out->field = line.ptr[3];
    char *targets[] = {&out->component, &out->repetition, &out->escape, &out->subcomponent};
    const char defaults[] = {'^', '~', '\\', '&'};
    size_t at = 4;
    for (size_t i = 0; i < 4; i++) {
        bool given = at < line.len && line.ptr[at] != out->field;
        *targets[i] = given ? line.ptr[at++] : defaults[i];
    }
    bool letters = false;
    for (size_t i = 3; i < at; i++)
        letters = letters || (line.ptr[i] >= 'A' && line.ptr[i] <= 'Z') ||
                  (line.ptr[i] >= 'a' && line.ptr[i] <= 'z') ||
                  (line.ptr[i] >= '0' && line.ptr[i] <= '9') || (unsigned char)line.ptr[i] <= ' ' ||
                  (unsigned char)line.ptr[i] >= 0x7F;
    if (letters) /* one byte of a longer character would cut texts in two */
        return rd_fail(
            why, RD_E_MALFORMED,
            "segment 1: MSH-1 and MSH-2 must be separators, found something else: check the "
            "first 9 characters");
    return RD_OK;
}

/* How lines end in this message. Where the first line ends with CR alone, a LF further down is a
 * line break that somebody typed into a field, unless a segment begins behind it. */
struct lines {
    struct rd_text bytes;
    bool cr_alone;
};

static struct lines lines_of(struct rd_text bytes)
{
    size_t cr = rd_text_find(bytes, '\r', 0);
    bool first = cr < rd_text_find(bytes, '\n', 0);
    return (struct lines){bytes, first && (cr + 1 == bytes.len || bytes.ptr[cr + 1] != '\n')};
}

static bool segment_begins(struct rd_text bytes, size_t at)
{
    struct rd_text rest = rd_text_slice(bytes, at, bytes.len);
    char next = rest.len > 3 ? rest.ptr[3] : '\r';
    return is_name(rd_text_slice(rest, 0, 3)) &&
           (next == bytes.ptr[3] || next == '\r' || next == '\n');
}

static bool ends_line(const struct lines *lines, size_t at)
{
    char c = lines->bytes.ptr[at];
    return c == '\r' || (c == '\n' && (!lines->cr_alone || segment_begins(lines->bytes, at + 1)));
}

/* The next line from *at on, without its end; false at the end of the message. */
static bool next_line(const struct lines *lines, size_t *at, struct rd_text *line)
{
    while (*at < lines->bytes.len) {
        size_t start = *at;
        size_t end = start;
        while (end < lines->bytes.len && !ends_line(lines, end))
            end++;
        *at = end + 1;
        *line = rd_text_slice(lines->bytes, start, end - start);
        if (rd_text_trim(*line).len > 0)
            return true;
    }
    return false;
}

static size_t count_lines(const struct lines *lines)
{
    struct rd_text line;
    size_t count = 0;
    for (size_t at = 0; next_line(lines, &at, &line);)
        count++;
    return count;
}

static enum rd_err read_segment(struct rd_text line, size_t number, struct rd_hl7 *out,
                                struct rd_errbuf *why)
{
    struct rd_hl7_segment *segment = &out->segments[number];
    while (line.len > 0 && line.ptr[0] == ' ')
        line = rd_text_slice(line, 1, line.len);
    segment->name = rd_text_slice(line, 0, 3);
    if (!is_name(segment->name) || (line.len > 3 && line.ptr[3] != out->field))
        return rd_fail(why, RD_E_MALFORMED,
                       "segment %zu: expected a segment name of three characters and a field "
                       "separator: a line break inside a field must be sent as \\.br\\",
                       number + 1);
    segment->body = rd_text_slice(line, 4, line.len);
    return RD_OK;
}

enum rd_err rd_hl7_parse(struct rd_text bytes, struct rd_arena *arena, struct rd_hl7 *out,
                         struct rd_errbuf *why)
{
    *out = (struct rd_hl7){0};
    if (rd_text_find(bytes, '\0', 0) < bytes.len)
        return rd_fail(why, RD_E_MALFORMED, "the message has a NUL byte: send text");
    if (rd_text_starts(bytes, "\xEF\xBB\xBF"))
        bytes =
            rd_text_slice(bytes, 3, bytes.len); /* a byte order mark, as some editors leave it */
    if (rd_text_starts(bytes, "FHS") || rd_text_starts(bytes, "BHS"))
        return rd_fail(why, RD_E_MALFORMED,
                       "a batch (FHS, BHS) is not read: send each message in a frame of its own");
    const struct lines lines = lines_of(bytes);
    size_t count = count_lines(&lines);
    if (count > RD_HL7_SEGMENTS_MAX)
        return rd_fail(why, RD_E_TOOBIG, "%zu segments, at most %d", count, RD_HL7_SEGMENTS_MAX);
    struct rd_text line = {"", 0};
    size_t at = 0;
    (void)next_line(&lines, &at, &line);
    enum rd_err err = read_delimiters(line, out, why);
    if (err != RD_OK)
        return err;
    out->segments = rd_arena_array(arena, count, sizeof *out->segments);
    if (out->segments == NULL)
        return rd_fail(why, RD_E_TOOBIG, "the message needs more memory than one may take");
    at = 0;
    while (err == RD_OK && next_line(&lines, &at, &line)) {
        err = read_segment(line, out->segments_count, out, why);
        out->segments_count++;
    }
    return err;
}

const struct rd_hl7_segment *rd_hl7_segment(const struct rd_hl7 *message, const char *name,
                                            size_t nth)
{
    for (size_t i = 0; i < message->segments_count; i++)
        if (rd_text_is(message->segments[i].name, name) && nth-- == 0)
            return &message->segments[i];
    return NULL;
}

/* The `number`th (from 1) piece of `text` between separators; empty past the last. */
static struct rd_text piece(struct rd_text text, char separator, size_t number)
{
    size_t start = 0;
    for (size_t i = 1; i < number; i++) {
        start = rd_text_find(text, separator, start);
        if (start >= text.len)
            return (struct rd_text){"", 0};
        start++;
    }
    return rd_text_slice(text, start, rd_text_find(text, separator, start) - start);
}

struct rd_text rd_hl7_field(const struct rd_hl7 *message, const struct rd_hl7_segment *segment,
                            unsigned number)
{
    struct rd_text none = {"", 0};
    if (segment == NULL || number == 0 || segment->body.ptr == NULL)
        return none;
    if (rd_text_is(segment->name, "MSH")) {
        if (number == 1)
            return (struct rd_text){&message->field, 1};
        number--; /* MSH-1 is the separator: the body begins with MSH-2 */
    }
    return piece(segment->body, message->field, number);
}

bool rd_hl7_repetition(const struct rd_hl7 *message, struct rd_text field, size_t index,
                       struct rd_text *out)
{
    size_t start = 0;
    for (size_t i = 0; i < index; i++) {
        start = rd_text_find(field, message->repetition, start);
        if (start >= field.len)
            return false;
        start++;
    }
    *out = rd_text_slice(field, start, rd_text_find(field, message->repetition, start) - start);
    return true;
}

bool rd_hl7_next_repetition(const struct rd_hl7 *message, struct rd_text field, size_t *at,
                            struct rd_text *out)
{
    if (*at > field.len)
        return false;
    size_t end = rd_text_find(field, message->repetition, *at);
    *out = rd_text_slice(field, *at, end - *at);
    *at = end + 1;
    return true;
}

struct rd_text rd_hl7_component(const struct rd_hl7 *message, struct rd_text repetition,
                                unsigned number)
{
    return piece(repetition, message->component, number);
}

struct rd_text rd_hl7_subcomponent(const struct rd_hl7 *message, struct rd_text component,
                                   unsigned number)
{
    return piece(component, message->subcomponent, number);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \Xhh..\: printable ASCII only; anything else could break the text's encoding and stays as it
 * stands. */
static size_t resolve_hex(struct rd_text digits, char *out)
{
    size_t len = 0;
    if (digits.len == 0 || digits.len % 2 != 0)
        return 0;
    for (size_t i = 0; i < digits.len; i += 2) {
        int high = hex(digits.ptr[i]);
        int low = hex(digits.ptr[i + 1]);
        int byte = high * 16 + low;
        if (high < 0 || low < 0 || ((byte < 0x20 || byte > 0x7e) && byte != '\n' && byte != '\r'))
            return 0;
        out[len++] = byte == '\r' ? '\n' : (char)byte;
    }
    return len;
}

/* Resolves one escape (between the escape characters); 0 when it is not one of ours. */
static size_t resolve(const struct rd_hl7 *message, struct rd_text code, char *out, bool *drop)
{
    *drop = false;
    if (code.len == 1) {
        const char names[] = "FSTRE";
        const char values[] = {message->field, message->component, message->subcomponent,
                               message->repetition, message->escape};
        const char *at = strchr(names, code.ptr[0]);
        if (at != NULL) {
            out[0] = values[at - names];
            return 1;
        }
        *drop = code.ptr[0] == 'H' || code.ptr[0] == 'N'; /* highlighting on and off */
        return 0;
    }
    if (rd_text_starts(code, ".br") || rd_text_starts(code, ".sp") || rd_text_starts(code, ".ce")) {
        out[0] = '\n';
        return 1;
    }
    *drop = rd_text_starts(code, ".");
    return code.len > 0 && code.ptr[0] == 'X' ? resolve_hex(rd_text_slice(code, 1, code.len), out)
                                              : 0;
}

struct rd_text rd_hl7_value(const struct rd_hl7 *message, struct rd_text raw,
                            struct rd_arena *arena)
{
    raw = rd_text_trim(raw);
    if (raw.len == 0 || rd_text_is(raw, "\"\""))
        return RD_TEXT_NONE;
    if (rd_text_find(raw, message->escape, 0) == raw.len)
        return raw;
    char *out = rd_arena_take(arena, raw.len + 1); /* resolving never lengthens */
    if (out == NULL)
        return RD_TEXT_NONE;
    size_t len = 0;
    for (size_t i = 0; i < raw.len;) {
        size_t end =
            raw.ptr[i] == message->escape ? rd_text_find(raw, message->escape, i + 1) : raw.len;
        bool drop = false;
        size_t made = 0;
        if (end < raw.len)
            made = resolve(message, rd_text_slice(raw, i + 1, end - i - 1), out + len, &drop);
        if (made > 0 || drop) {
            len += made;
            i = end + 1;
        } else {
            out[len++] = raw.ptr[i++];
        }
    }
    return (struct rd_text){out, len};
}

struct rd_text rd_hl7_get(const struct rd_hl7 *message, const struct rd_hl7_segment *segment,
                          unsigned field, unsigned component, struct rd_arena *arena)
{
    struct rd_text repetition = {"", 0};
    (void)rd_hl7_repetition(message, rd_hl7_field(message, segment, field), 0, &repetition);
    if (component == 0)
        return rd_hl7_value(message, repetition, arena);
    struct rd_text raw = rd_hl7_component(message, repetition, component);
    return rd_hl7_value(message, rd_hl7_subcomponent(message, raw, 1), arena);
}
