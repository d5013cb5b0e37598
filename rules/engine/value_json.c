#include "rules/engine/value_json.h"

#include <string.h>

struct source {
    struct rd_text text;
    size_t at;
    struct rd_arena *arena;
    struct rd_errbuf *why;
    enum rd_err err;
    unsigned depth;
};

static bool fail(struct source *source, size_t at, const char *words)
{
    unsigned line = 1, column = 1;
    if (source->err != RD_OK)
        return false;
    for (size_t i = 0; i < at && i < source->text.len; i++) {
        bool end = source->text.ptr[i] == '\n';
        line += end ? 1 : 0;
        column = end ? 1 : column + 1;
    }
    source->err =
        rd_fail(source->why, RD_E_MALFORMED, "line %u, column %u: %s", line, column, words);
    return false;
}

static bool too_big(struct source *source)
{
    if (source->err == RD_OK)
        source->err = rd_fail(source->why, RD_E_TOOBIG, "more JSON than fits");
    return false;
}

static char look(const struct source *source)
{
    return source->at < source->text.len ? source->text.ptr[source->at] : '\0';
}

static void skip_blanks(struct source *source)
{
    while (look(source) == ' ' || look(source) == '\t' || look(source) == '\n' ||
           look(source) == '\r')
        source->at++;
}

/* The next mark, with blanks around it. */
static bool accept(struct source *source, char mark)
{
    skip_blanks(source);
    if (look(source) != mark)
        return false;
    source->at++;
    skip_blanks(source);
    return true;
}

static bool read_hex(struct source *source, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = look(source);
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (digit == 16)
            return fail(source, source->at, "expected four hexadecimal digits after \\u");
        *out = *out * 16 + digit;
        source->at++;
    }
    return true;
}

static size_t put_utf8(uint32_t code, char *out)
{
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    size_t tail = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    out[0] = (char)(leads[tail] | (code >> (6 * tail)));
    for (size_t i = 1; i <= tail; i++)
        out[i] = (char)(0x80 | ((code >> (6 * (tail - i))) & 0x3F));
    return tail + 1;
}

/* After "\u"; a high surrogate wants its low one. */
static bool read_code(struct source *source, char *out, size_t *len)
{
    uint32_t code = 0, low = 0;
    size_t from = source->at;
    if (!read_hex(source, &code))
        return false;
    if (code >= 0xD800 && code < 0xDC00 && look(source) == '\\') {
        source->at++;
        if (look(source) != 'u')
            return fail(source, from, "half of a surrogate pair");
        source->at++;
        if (!read_hex(source, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail(source, from, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if ((code >= 0xD800 && code <= 0xDFFF) || code == 0)
        return fail(source, from, code == 0 ? "a NUL character" : "half of a surrogate pair");
    *len += put_utf8(code, out + *len);
    return true;
}

static bool read_escape(struct source *source, char *out, size_t *len)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = look(source);
    const char *found = c == '\0' ? NULL : strchr(from, c);
    source->at++;
    if (c == 'u')
        return read_code(source, out, len);
    if (found == NULL)
        return fail(source, source->at - 1, "an escape that JSON does not have");
    out[(*len)++] = to[found - from];
    return true;
}

static bool read_string(struct source *source, struct rd_text *out)
{
    size_t start = source->at, end = start + 1;
    while (end < source->text.len && source->text.ptr[end] != '"')
        end += source->text.ptr[end] == '\\' ? 2 : 1;
    if (end >= source->text.len)
        return fail(source, start, "this string has no closing quote; add it");
    char *text = rd_arena_take(source->arena, end - start); /* escapes only shrink */
    size_t len = 0;
    if (text == NULL)
        return too_big(source);
    for (source->at++; source->at < end;) {
        char c = source->text.ptr[source->at++];
        if ((unsigned char)c < 0x20)
            return fail(source, source->at - 1, "a control character in a string; escape it");
        if (c != '\\')
            text[len++] = c;
        else if (!read_escape(source, text, &len))
            return false;
    }
    source->at = end + 1;
    *out = (struct rd_text){text, len};
    return rd_text_is_utf8(*out) || fail(source, start, "this string is not UTF-8");
}

static bool is_number_byte(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static bool read_number(struct source *source, struct rd_value *out)
{
    size_t start = source->at;
    while (is_number_byte(look(source)))
        source->at++;
    struct rd_text digits = rd_text_slice(source->text, start, source->at - start);
    struct rd_decimal number;
    if (!rd_decimal_parse(digits, &number))
        return fail(source, start,
                    "expected a value: an object, array, string, number, true, false or null");
    *out = rd_value_number(number);
    return true;
}

static bool read_value(struct source *source, struct rd_value *out);

static bool read_array(struct source *source, struct rd_value *out)
{
    struct rd_value *items = NULL;
    void *list = NULL;
    size_t count = 0;
    source->at++;
    if (accept(source, ']')) {
        *out = rd_value_list(NULL, 0);
        return true;
    }
    do {
        struct rd_value item;
        if (count == RD_JSON_ITEMS_MAX)
            return fail(source, source->at, "more than 65536 items in one array");
        if (!read_value(source, &item))
            return false;
        items = rd_arena_add(source->arena, &list, &count, sizeof *items);
        if (items == NULL)
            return too_big(source);
        *items = item;
    } while (accept(source, ','));
    if (!accept(source, ']'))
        return fail(source, source->at, "expected ',' or ']'");
    *out = rd_value_list(list, count);
    return true;
}

static bool read_member(struct source *source, void **list, size_t *count)
{
    struct rd_member member = {.name = RD_TEXT_NONE};
    size_t at = source->at;
    if (look(source) != '"')
        return fail(source, at, "expected a member's name in double quotes");
    if (!read_string(source, &member.name))
        return false;
    const struct rd_member *known = *list;
    for (size_t i = 0; i < *count; i++)
        if (rd_text_equal(known[i].name, member.name))
            return fail(source, at, "this name stands twice in one object");
    if (*count == RD_JSON_MEMBERS_MAX)
        return fail(source, at, "more than 4096 members in one object");
    if (!accept(source, ':'))
        return fail(source, source->at, "expected ':'");
    if (!read_value(source, &member.value))
        return false;
    struct rd_member *added = rd_arena_add(source->arena, list, count, sizeof *added);
    if (added == NULL)
        return too_big(source);
    *added = member;
    return true;
}

static bool read_object(struct source *source, struct rd_value *out)
{
    struct rd_context *context = rd_arena_take(source->arena, sizeof *context);
    void *list = NULL;
    size_t count = 0;
    if (context == NULL)
        return too_big(source);
    source->at++;
    if (!accept(source, '}')) {
        do {
            if (!read_member(source, &list, &count))
                return false;
        } while (accept(source, ','));
        if (!accept(source, '}'))
            return fail(source, source->at, "expected ',' or '}'");
    }
    *context = (struct rd_context){.entries = list, .count = count};
    *out = rd_value_context(context);
    return true;
}

static bool read_word(struct source *source, const char *word, struct rd_value value,
                      struct rd_value *out)
{
    size_t len = strlen(word);
    if (!rd_text_is(rd_text_slice(source->text, source->at, len), word))
        return fail(source, source->at,
                    "expected a value: an object, array, string, number, true, false or null");
    source->at += len;
    *out = value;
    return true;
}

/* Bounded by RD_JSON_DEPTH_MAX. */
static bool read_value(struct source *source, struct rd_value *out)
{
    bool right = false;
    struct rd_text text = RD_TEXT_NONE;
    skip_blanks(source);
    if (source->depth == RD_JSON_DEPTH_MAX)
        return fail(source, source->at, "arrays and objects nested more than 64 deep");
    source->depth++;
    switch (look(source)) {
    case '{':
        right = read_object(source, out);
        break;
    case '[':
        right = read_array(source, out);
        break;
    case '"':
        right = read_string(source, &text);
        if (right)
            *out = rd_value_text(text);
        break;
    case 't':
        right = read_word(source, "true", rd_value_boolean(true), out);
        break;
    case 'f':
        right = read_word(source, "false", rd_value_boolean(false), out);
        break;
    case 'n':
        right = read_word(source, "null", rd_value_null(), out);
        break;
    default:
        right = read_number(source, out);
        break;
    }
    source->depth--;
    skip_blanks(source);
    return right;
}

enum rd_err rd_value_json_read(struct rd_text json, struct rd_arena *arena, struct rd_value *out,
                               struct rd_errbuf *why)
{
    struct source source = {.text = json, .arena = arena, .why = why};
    *out = rd_value_null();
    if (read_value(&source, out) && source.at < json.len)
        (void)fail(&source, source.at, "found more behind the value; expected the end");
    return source.err;
}

void rd_value_json_write_text(struct rd_text text, struct rd_buf *out)
{
    rd_buf_put_string(out, "\"");
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            rd_buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            rd_buf_printf(out, "\\u%04x", c);
        else
            rd_buf_put(out, &text.ptr[i], 1);
    }
    rd_buf_put_string(out, "\"");
}

struct target {
    struct rd_buf *out;
    struct rd_arena *scratch;
    bool indent;
    unsigned depth;
};

static void write_value(struct target *target, const struct rd_value *value);

static void new_line(struct target *target)
{
    if (!target->indent)
        return;
    rd_buf_put_string(target->out, "\n");
    for (unsigned i = 0; i < target->depth; i++)
        rd_buf_put_string(target->out, "  ");
}

static void write_list(struct target *target, const struct rd_value *value)
{
    rd_buf_put_string(target->out, "[");
    target->depth++;
    for (size_t i = 0; i < value->as.list.count; i++) {
        rd_buf_put_string(target->out, i == 0 ? "" : target->indent ? "," : ", ");
        new_line(target);
        write_value(target, &value->as.list.items[i]);
    }
    target->depth--;
    if (value->as.list.count > 0)
        new_line(target);
    rd_buf_put_string(target->out, "]");
}

static void write_context(struct target *target, const struct rd_context *context)
{
    rd_buf_put_string(target->out, "{");
    target->depth++;
    for (size_t i = 0; i < context->count; i++) {
        rd_buf_put_string(target->out, i == 0 ? "" : target->indent ? "," : ", ");
        new_line(target);
        rd_value_json_write_text(context->entries[i].name, target->out);
        rd_buf_put_string(target->out, ": ");
        write_value(target, &context->entries[i].value);
    }
    target->depth--;
    if (context->count > 0)
        new_line(target);
    rd_buf_put_string(target->out, "}");
}

static void write_shown(struct target *target, const struct rd_value *value)
{
    struct rd_text text = rd_value_show(value, target->scratch);
    if (!rd_text_present(text))
        target->out->failed = true;
    rd_value_json_write_text(text, target->out);
}

/* Values are at most RD_VALUE_DEPTH_MAX deep. */
static void write_value(struct target *target, const struct rd_value *value)
{
    char text[RD_TEMPORAL_TEXT_MAX], digits[RD_DECIMAL_TEXT_MAX];
    const char *shown = NULL;
    switch (value->type) {
    case RD_TYPE_ANY:
    case RD_TYPE_NULL:
        rd_buf_put_string(target->out, "null");
        return;
    case RD_TYPE_BOOLEAN:
        rd_buf_put_string(target->out, value->as.boolean ? "true" : "false");
        return;
    case RD_TYPE_NUMBER:
        rd_buf_put_string(target->out, rd_decimal_format(value->as.number, digits));
        return;
    case RD_TYPE_STRING:
        rd_value_json_write_text(value->as.string, target->out);
        return;
    case RD_TYPE_LIST:
        write_list(target, value);
        return;
    case RD_TYPE_CONTEXT:
        write_context(target, value->as.context);
        return;
    case RD_TYPE_RANGE:
    case RD_TYPE_FUNCTION:
        write_shown(target, value);
        return;
    case RD_TYPE_DATE:
        shown = rd_date_format(value->as.date, text);
        break;
    case RD_TYPE_TIME:
        shown = rd_time_format(&value->as.time, text);
        break;
    case RD_TYPE_DATE_TIME:
        shown = rd_date_time_format(&value->as.date_time, text);
        break;
    case RD_TYPE_DURATION_DAYS:
        shown = rd_duration_days_format(value->as.duration, text);
        break;
    case RD_TYPE_DURATION_MONTHS:
        shown = rd_duration_months_format(value->as.duration, text);
        break;
    }
    rd_value_json_write_text(rd_text_of(shown), target->out);
}

void rd_value_json_write(const struct rd_value *value, bool indent, struct rd_arena *scratch,
                         struct rd_buf *out)
{
    struct target target = {.out = out, .scratch = scratch, .indent = indent};
    write_value(&target, value);
}
