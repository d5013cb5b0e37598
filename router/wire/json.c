#include "wire/json.h"

#include <inttypes.h>

/* Where the writer is: the buffer and how deep. Shapes do not recurse, so depth is bounded. */
struct writer {
    struct rd_buf *out;
    size_t depth;
};

static void write_struct(struct writer *writer, const struct rd_shape *shape, const void *value);

static void new_line(struct writer *writer)
{
    rd_buf_put_string(writer->out, "\n");
    for (size_t i = 0; i < writer->depth; i++)
        rd_buf_put_string(writer->out, "  ");
}

/* A separator where something stands before, then the member's own line. */
static void next_item(struct writer *writer, bool *first)
{
    if (!*first)
        rd_buf_put_string(writer->out, ",");
    *first = false;
    new_line(writer);
}

static const char *short_escape(unsigned char byte)
{
    switch (byte) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

/* Plain runs are put at once. Text that is not UTF-8 (only an unchecked struct has any) shows the
 * replacement character for each byte that is not ASCII. U+007F is escaped for terminals' sake. */
static void write_text(struct rd_buf *out, struct rd_text text)
{
    bool utf8 = rd_text_is_utf8(text);
    size_t start = 0;
    rd_buf_put_string(out, "\"");
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        const char *escape = short_escape(byte);
        bool foreign = byte >= 0x80 && !utf8;
        if (byte >= 0x20 && byte != 0x7F && escape == NULL && !foreign)
            continue;
        rd_buf_put(out, text.ptr + start, i - start);
        start = i + 1;
        if (foreign)
            rd_buf_put_string(out, "\\ufffd");
        else if (escape != NULL)
            rd_buf_put_string(out, escape);
        else
            rd_buf_printf(out, "\\u%04x", byte);
    }
    if (text.len > start)
        rd_buf_put(out, text.ptr + start, text.len - start);
    rd_buf_put_string(out, "\"");
}

/* RFC 4648 base 64, with padding. */
static void write_bytes(struct rd_buf *out, struct rd_text bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    rd_buf_put_string(out, "\"");
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)(unsigned char)bytes.ptr[i] << 16;
        if (left > 1)
            group |= (uint32_t)(unsigned char)bytes.ptr[i + 1] << 8;
        if (left > 2)
            group |= (uint32_t)(unsigned char)bytes.ptr[i + 2];
        char four[4] = {digits[group >> 18], digits[(group >> 12) & 63],
                        left > 1 ? digits[(group >> 6) & 63] : '=',
                        left > 2 ? digits[group & 63] : '='};
        rd_buf_put(out, four, sizeof four);
    }
    rd_buf_put_string(out, "\"");
}

static void write_texts(struct writer *writer, const struct rd_field *field, const void *member,
                        size_t count)
{
    const struct rd_text *items = *(void *const *)member;
    bool first = true;
    rd_buf_put_string(writer->out, "[");
    writer->depth++;
    for (size_t i = 0; i < count; i++) {
        next_item(writer, &first);
        if (field->kind == RD_FIELD_TEXTS)
            write_text(writer->out, items[i]);
        else
            write_bytes(writer->out, items[i]);
    }
    writer->depth--;
    new_line(writer);
    rd_buf_put_string(writer->out, "]");
}

static void write_structs(struct writer *writer, const struct rd_field *field, const void *member,
                          size_t count)
{
    const char *items = *(void *const *)member;
    bool first = true;
    rd_buf_put_string(writer->out, "[");
    writer->depth++;
    for (size_t i = 0; i < count; i++) {
        next_item(writer, &first);
        write_struct(writer, field->shape, items + i * field->shape->size);
    }
    writer->depth--;
    new_line(writer);
    rd_buf_put_string(writer->out, "]");
}

static size_t count_of(const struct rd_field *field, const void *value)
{
    return *(const size_t *)(const void *)((const char *)value + field->count_offset);
}

static bool is_present(const struct rd_field *field, const void *value)
{
    const void *member = (const char *)value + field->offset;
    switch (field->kind) {
    case RD_FIELD_BOOL:
        return *(const bool *)member;
    case RD_FIELD_U32:
        return *(const uint32_t *)member != 0;
    case RD_FIELD_U64:
        return *(const uint64_t *)member != 0;
    case RD_FIELD_I64:
        return *(const int64_t *)member != 0;
    case RD_FIELD_INSTANT:
        return *(const rd_instant *)member != 0 && *(const rd_instant *)member != RD_INSTANT_NONE;
    case RD_FIELD_OPT_I32:
        return ((const struct rd_opt_i32 *)member)->has;
    case RD_FIELD_OPT_BOOL:
        return ((const struct rd_opt_bool *)member)->has;
    case RD_FIELD_ENUM:
        return *(const int *)member != 0;
    case RD_FIELD_TEXT:
    case RD_FIELD_BYTES:
        return rd_text_present(*(const struct rd_text *)member);
    case RD_FIELD_STRUCT:
        return *(void *const *)member != NULL;
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
    case RD_FIELD_STRUCTS:
        return count_of(field, value) > 0;
    }
    return false;
}

static void write_instant(struct rd_buf *out, rd_instant at)
{
    char text[RD_INSTANT_TEXT_MAX];
    rd_buf_printf(out, "\"%s\"", rd_instant_format(at, text));
}

static void write_value(struct writer *writer, const struct rd_field *field, const void *value)
{
    const void *member = (const char *)value + field->offset;
    struct rd_buf *out = writer->out;
    switch (field->kind) {
    case RD_FIELD_BOOL:
        rd_buf_put_string(out, "true");
        return;
    case RD_FIELD_U32:
        rd_buf_printf(out, "%" PRIu32, *(const uint32_t *)member);
        return;
    case RD_FIELD_U64:
        rd_buf_printf(out, "%" PRIu64, *(const uint64_t *)member);
        return;
    case RD_FIELD_I64:
        rd_buf_printf(out, "%" PRId64, *(const int64_t *)member);
        return;
    case RD_FIELD_INSTANT:
        write_instant(out, *(const rd_instant *)member);
        return;
    case RD_FIELD_OPT_I32:
        rd_buf_printf(out, "%" PRId32, ((const struct rd_opt_i32 *)member)->value);
        return;
    case RD_FIELD_OPT_BOOL:
        rd_buf_put_string(out, ((const struct rd_opt_bool *)member)->value ? "true" : "false");
        return;
    case RD_FIELD_ENUM:
        rd_buf_printf(out, "\"%s\"", rd_enum_name(field->enums, *(const int *)member));
        return;
    case RD_FIELD_TEXT:
        write_text(out, *(const struct rd_text *)member);
        return;
    case RD_FIELD_BYTES:
        write_bytes(out, *(const struct rd_text *)member);
        return;
    case RD_FIELD_STRUCT:
        write_struct(writer, field->shape, *(void *const *)member);
        return;
    case RD_FIELD_TEXTS:
    case RD_FIELD_BYTES_LIST:
        write_texts(writer, field, member, count_of(field, value));
        return;
    case RD_FIELD_STRUCTS:
        write_structs(writer, field, member, count_of(field, value));
        return;
    }
}

static void write_struct(struct writer *writer, const struct rd_shape *shape, const void *value)
{
    bool first = true;
    rd_buf_put_string(writer->out, "{");
    writer->depth++;
    for (size_t i = 0; i < shape->field_count; i++) {
        if (!is_present(&shape->fields[i], value))
            continue;
        next_item(writer, &first);
        rd_buf_printf(writer->out, "\"%s\": ", shape->fields[i].name);
        write_value(writer, &shape->fields[i], value);
    }
    writer->depth--;
    if (!first)
        new_line(writer);
    rd_buf_put_string(writer->out, "}");
}

void rd_json_write(const struct rd_shape *shape, const void *value, struct rd_buf *out)
{
    struct writer writer = {out, 0};
    write_struct(&writer, shape, value);
}
