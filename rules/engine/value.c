#include "rules/engine/value.h"

#include <string.h>

enum rd_tri rd_tri_not(enum rd_tri a)
{
    return a == RD_UNKNOWN ? RD_UNKNOWN : a == RD_TRUE ? RD_FALSE : RD_TRUE;
}

enum rd_tri rd_tri_and(enum rd_tri a, enum rd_tri b)
{
    if (a == RD_FALSE || b == RD_FALSE)
        return RD_FALSE;
    return a == RD_TRUE && b == RD_TRUE ? RD_TRUE : RD_UNKNOWN;
}

enum rd_tri rd_tri_or(enum rd_tri a, enum rd_tri b)
{
    if (a == RD_TRUE || b == RD_TRUE)
        return RD_TRUE;
    return a == RD_FALSE && b == RD_FALSE ? RD_FALSE : RD_UNKNOWN;
}

struct rd_value rd_value_null(void)
{
    return (struct rd_value){.type = RD_TYPE_NULL};
}

struct rd_value rd_value_boolean(bool boolean)
{
    return (struct rd_value){.type = RD_TYPE_BOOLEAN, .as.boolean = boolean};
}

struct rd_value rd_value_int(int64_t number)
{
    return (struct rd_value){.type = RD_TYPE_NUMBER, .as.number = rd_decimal_of(number)};
}

struct rd_value rd_value_text(struct rd_text string)
{
    if (!rd_text_present(string))
        return rd_value_null();
    return (struct rd_value){.type = RD_TYPE_STRING, .as.string = string};
}

struct rd_value rd_value_list(const struct rd_value *items, size_t count)
{
    return (struct rd_value){.type = RD_TYPE_LIST, .as.list = {items, count}};
}

/* Of one type, and no lists. */
static bool same_scalar(const struct rd_value *a, const struct rd_value *b)
{
    switch (a->type) {
    case RD_TYPE_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case RD_TYPE_NUMBER:
        return rd_decimal_compare(a->as.number, b->as.number) == 0;
    case RD_TYPE_STRING:
        return rd_text_equal(a->as.string, b->as.string);
    case RD_TYPE_ANY:
    case RD_TYPE_LIST:
    case RD_TYPE_NULL:
        break;
    }
    return a->type == RD_TYPE_NULL;
}

enum rd_tri rd_value_equal(const struct rd_value *a, const struct rd_value *b)
{
    if (a->type != b->type)
        return a->type == RD_TYPE_NULL || b->type == RD_TYPE_NULL ? RD_FALSE : RD_UNKNOWN;
    if (a->type != RD_TYPE_LIST)
        return same_scalar(a, b) ? RD_TRUE : RD_FALSE;
    if (a->as.list.count != b->as.list.count)
        return RD_FALSE;
    for (size_t i = 0; i < a->as.list.count; i++) {
        const struct rd_value *left = &a->as.list.items[i], *right = &b->as.list.items[i];
        if (left->type != right->type || !same_scalar(left, right))
            return RD_FALSE;
    }
    return RD_TRUE;
}

bool rd_value_order(const struct rd_value *a, const struct rd_value *b, int *order)
{
    if (a->type != b->type)
        return false;
    if (a->type == RD_TYPE_NUMBER)
        *order = rd_decimal_compare(a->as.number, b->as.number);
    else if (a->type == RD_TYPE_STRING)
        *order = rd_text_compare(a->as.string, b->as.string);
    else
        return false;
    return true;
}

enum rd_tri rd_value_contains(const struct rd_value *list, const struct rd_value *item)
{
    if (list->type != RD_TYPE_LIST)
        return RD_UNKNOWN;
    for (size_t i = 0; i < list->as.list.count; i++)
        if (rd_value_equal(&list->as.list.items[i], item) == RD_TRUE)
            return RD_TRUE;
    return RD_FALSE;
}

const char *rd_type_name(enum rd_type type)
{
    static const char *const names[] = {"any", "boolean", "number", "string", "list", "null"};
    return names[type];
}

/* Without the quotes of a string. */
static struct rd_text plain_scalar(const struct rd_value *value, char digits[RD_DECIMAL_TEXT_MAX])
{
    switch (value->type) {
    case RD_TYPE_BOOLEAN:
        return value->as.boolean ? RD_TEXT("true") : RD_TEXT("false");
    case RD_TYPE_NUMBER:
        return rd_text_of(rd_decimal_format(value->as.number, digits));
    case RD_TYPE_STRING:
        return value->as.string;
    case RD_TYPE_ANY:
    case RD_TYPE_LIST:
    case RD_TYPE_NULL:
        break;
    }
    return RD_TEXT("null");
}

/* Appends at `used` when there is a buffer; the new length. By hand, since every decision shows all
 * its inputs and printf took a sixth of its time. */
static size_t put(char *out, size_t used, struct rd_text text)
{
    if (out != NULL && text.len > 0)
        memcpy(out + used, text.ptr, text.len);
    return used + text.len;
}

static size_t put_scalar(char *out, size_t used, const struct rd_value *value)
{
    char digits[RD_DECIMAL_TEXT_MAX];
    struct rd_text quote = value->type == RD_TYPE_STRING ? RD_TEXT("\"") : RD_TEXT("");
    used = put(out, used, quote);
    used = put(out, used, plain_scalar(value, digits));
    return put(out, used, quote);
}

static size_t put_value(char *out, const struct rd_value *value)
{
    if (value->type != RD_TYPE_LIST)
        return put_scalar(out, 0, value);
    size_t used = put(out, 0, RD_TEXT("["));
    for (size_t i = 0; i < value->as.list.count; i++) {
        used = put(out, used, i == 0 ? RD_TEXT("") : RD_TEXT(", "));
        used = put_scalar(out, used, &value->as.list.items[i]);
    }
    return put(out, used, RD_TEXT("]"));
}

struct rd_text rd_value_show(const struct rd_value *value, struct rd_arena *arena)
{
    size_t len = put_value(NULL, value);
    char *text = rd_arena_take(arena, len + 1); /* zeroed */
    if (text == NULL)
        return RD_TEXT_NONE;
    return (struct rd_text){text, put_value(text, value)};
}
