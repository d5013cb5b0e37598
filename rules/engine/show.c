#include "rules/engine/value.h"

#include <string.h>

/* Written twice: once to measure, once into the room. By hand, since every decision shows all its
 * inputs and printf took a sixth of its time. */
struct writer {
    char *out;         /* NULL: only measured */
    size_t used, most; /* past `most` nothing more is looked at */
};

static void put(struct writer *writer, struct rd_text text)
{
    if (writer->out != NULL && text.len > 0)
        memcpy(writer->out + writer->used, text.ptr, text.len);
    writer->used += text.len;
}

static struct rd_text escape_of(char c)
{
    return c == '"'    ? RD_TEXT("\\\"")
           : c == '\\' ? RD_TEXT("\\\\")
           : c == '\n' ? RD_TEXT("\\n")
           : c == '\r' ? RD_TEXT("\\r")
           : c == '\t' ? RD_TEXT("\\t")
                       : RD_TEXT_NONE;
}

/* As FEEL writes a string: quotes and backslashes escaped, lines on one line; what stands between
 * them in one piece. */
static void put_string(struct writer *writer, struct rd_text text)
{
    size_t start = 0;
    put(writer, RD_TEXT("\""));
    for (size_t i = 0; i < text.len; i++) {
        struct rd_text escaped = escape_of(text.ptr[i]);
        if (!rd_text_present(escaped))
            continue;
        put(writer, rd_text_slice(text, start, i - start));
        put(writer, escaped);
        start = i + 1;
    }
    put(writer, rd_text_slice(text, start, text.len - start));
    put(writer, RD_TEXT("\""));
}

static void put_moment(struct writer *writer, const char *text)
{
    put(writer, RD_TEXT("@\""));
    put(writer, rd_text_of(text));
    put(writer, RD_TEXT("\""));
}

static void put_scalar(struct writer *writer, const struct rd_value *value)
{
    char number[RD_DECIMAL_TEXT_MAX], moment[RD_TEMPORAL_TEXT_MAX];
    switch (value->type) {
    case RD_TYPE_BOOLEAN:
        put(writer, value->as.boolean ? RD_TEXT("true") : RD_TEXT("false"));
        return;
    case RD_TYPE_NUMBER:
        put(writer, rd_text_of(rd_decimal_format(value->as.number, number)));
        return;
    case RD_TYPE_STRING:
        put_string(writer, value->as.string);
        return;
    case RD_TYPE_DATE:
        put_moment(writer, rd_date_format(value->as.date, moment));
        return;
    case RD_TYPE_TIME:
        put_moment(writer, rd_time_format(&value->as.time, moment));
        return;
    case RD_TYPE_DATE_TIME:
        put_moment(writer, rd_date_time_format(&value->as.date_time, moment));
        return;
    case RD_TYPE_DURATION_DAYS:
        put_moment(writer, rd_duration_days_format(value->as.duration, moment));
        return;
    case RD_TYPE_DURATION_MONTHS:
        put_moment(writer, rd_duration_months_format(value->as.duration, moment));
        return;
    case RD_TYPE_FUNCTION:
        put(writer, RD_TEXT("function"));
        return;
    case RD_TYPE_ANY:
    case RD_TYPE_NULL:
    case RD_TYPE_LIST:
    case RD_TYPE_CONTEXT:
    case RD_TYPE_RANGE:
        break;
    }
    put(writer, RD_TEXT("null"));
}

static void put_value(struct writer *writer, const struct rd_value *value, unsigned depth);

static void put_list(struct writer *writer, const struct rd_value *list, unsigned depth)
{
    put(writer, RD_TEXT("["));
    for (size_t i = 0; i < list->as.list.count && writer->used <= writer->most; i++) {
        put(writer, i == 0 ? RD_TEXT("") : RD_TEXT(", "));
        put_value(writer, &list->as.list.items[i], depth);
    }
    put(writer, RD_TEXT("]"));
}

/* A key that could be read as something else is quoted. */
static bool plain_key(struct rd_text key)
{
    for (size_t i = 0; i < key.len; i++)
        if (strchr("{}[]():,\"\\", key.ptr[i]) != NULL || (unsigned char)key.ptr[i] < ' ')
            return false;
    return key.len > 0;
}

static void put_context(struct writer *writer, const struct rd_context *context, unsigned depth)
{
    put(writer, RD_TEXT("{"));
    for (size_t i = 0; i < context->count && writer->used <= writer->most; i++) {
        put(writer, i == 0 ? RD_TEXT("") : RD_TEXT(", "));
        if (plain_key(context->entries[i].name))
            put(writer, context->entries[i].name);
        else
            put_string(writer, context->entries[i].name);
        put(writer, RD_TEXT(": "));
        put_value(writer, &context->entries[i].value, depth);
    }
    put(writer, RD_TEXT("}"));
}

static void put_range(struct writer *writer, const struct rd_range *range)
{
    bool at_low = range->low.type != RD_TYPE_NULL;
    if (range->form == RD_RANGE_INTERVAL) {
        put(writer, range->low_open ? RD_TEXT("(") : RD_TEXT("["));
        put_scalar(writer, &range->low);
        put(writer, RD_TEXT(".."));
        put_scalar(writer, &range->high);
        put(writer, range->high_open ? RD_TEXT(")") : RD_TEXT("]"));
        return;
    }
    put(writer, RD_TEXT("("));
    if (range->form == RD_RANGE_UNEQUAL)
        put(writer, RD_TEXT("!= "));
    else if (at_low && range->high.type != RD_TYPE_NULL)
        put(writer, RD_TEXT("= "));
    else if (at_low)
        put(writer, range->low_open ? RD_TEXT("> ") : RD_TEXT(">= "));
    else
        put(writer, range->high_open ? RD_TEXT("< ") : RD_TEXT("<= "));
    put_scalar(writer, at_low ? &range->low : &range->high);
    put(writer, RD_TEXT(")"));
}

/* Recursion is bounded by RD_VALUE_DEPTH_MAX; what is deeper shows as null. */
static void put_value(struct writer *writer, const struct rd_value *value, unsigned depth)
{
    if (writer->used > writer->most)
        return; /* it may have one part many times, and be large beyond counting */
    if (depth == RD_VALUE_DEPTH_MAX)
        put(writer, RD_TEXT("null"));
    else if (value->type == RD_TYPE_LIST)
        put_list(writer, value, depth + 1);
    else if (value->type == RD_TYPE_CONTEXT)
        put_context(writer, value->as.context, depth + 1);
    else if (value->type == RD_TYPE_RANGE)
        put_range(writer, value->as.range);
    else
        put_scalar(writer, value);
}

struct rd_text rd_value_show(const struct rd_value *value, struct rd_arena *arena)
{
    struct writer measure = {NULL, 0, RD_VALUE_TEXT_MAX}, writer = {NULL, 0, SIZE_MAX};
    put_value(&measure, value, 0);
    if (measure.used > RD_VALUE_TEXT_MAX)
        return RD_TEXT_NONE;
    writer.out = rd_arena_take_raw(arena, measure.used + 1);
    if (writer.out == NULL)
        return RD_TEXT_NONE;
    put_value(&writer, value, 0);
    writer.out[writer.used] = '\0';
    return (struct rd_text){writer.out, writer.used};
}
