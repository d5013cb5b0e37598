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

struct rd_value rd_value_int(int64_t number)
{
    return (struct rd_value){.type = RD_TYPE_NUMBER, .as.number = rd_decimal_of(number)};
}

struct rd_value rd_value_number(struct rd_decimal number)
{
    return (struct rd_value){.type = RD_TYPE_NUMBER, .as.number = number};
}

struct rd_value rd_value_context(const struct rd_context *context)
{
    return (struct rd_value){.type = RD_TYPE_CONTEXT, .as.context = context};
}

const struct rd_value *rd_context_get(const struct rd_context *context, struct rd_text name)
{
    for (size_t i = 0; i < context->count; i++)
        if (rd_text_equal(context->entries[i].name, name))
            return &context->entries[i].value;
    return NULL;
}

struct rd_value rd_value_list(const struct rd_value *items, size_t count)
{
    return (struct rd_value){.type = RD_TYPE_LIST, .as.list = {items, count}};
}

static enum rd_tri of_bool(bool truth)
{
    return truth ? RD_TRUE : RD_FALSE;
}

/* Of one type, with whole seconds: DMN's value of a time has no fraction. */
static enum rd_tri equal_instants(const struct rd_value *a, const struct rd_value *b)
{
    int order = 0;
    return rd_value_order(a, b, &order) ? of_bool(order == 0) : RD_UNKNOWN;
}

/* How far a comparison goes: values can be deep, and large by having one part many times. */
struct bound {
    unsigned depth;
    size_t *steps;
};

static enum rd_tri equal_within(const struct rd_value *a, const struct rd_value *b,
                                struct bound bound);

/* Inside lists and contexts a clash of types makes the whole different. */
static bool same_within(const struct rd_value *a, const struct rd_value *b, struct bound bound)
{
    bound.depth++;
    return bound.depth <= RD_VALUE_DEPTH_MAX && equal_within(a, b, bound) == RD_TRUE;
}

static bool equal_lists(const struct rd_value *a, const struct rd_value *b, struct bound bound)
{
    if (a->as.list.count != b->as.list.count)
        return false;
    for (size_t i = 0; i < a->as.list.count; i++)
        if (!same_within(&a->as.list.items[i], &b->as.list.items[i], bound))
            return false;
    return true;
}

/* In any order of entries. */
static bool equal_contexts(const struct rd_context *a, const struct rd_context *b,
                           struct bound bound)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        size_t searched = b->count / 8;
        *bound.steps -= *bound.steps > searched ? searched : *bound.steps;
        const struct rd_value *other = rd_context_get(b, a->entries[i].name);
        if (other == NULL || !same_within(&a->entries[i].value, other, bound))
            return false;
    }
    return true;
}

static bool equal_ranges(const struct rd_range *a, const struct rd_range *b, struct bound bound)
{
    return a->form == b->form && a->low_open == b->low_open && a->high_open == b->high_open &&
           same_within(&a->low, &b->low, bound) && same_within(&a->high, &b->high, bound);
}

/* Recursion is bounded by RD_VALUE_DEPTH_MAX. */
static enum rd_tri equal_within(const struct rd_value *a, const struct rd_value *b,
                                struct bound bound)
{
    if (*bound.steps == 0)
        return RD_UNKNOWN;
    --*bound.steps;
    if (a->type != b->type)
        return a->type == RD_TYPE_NULL || b->type == RD_TYPE_NULL ? RD_FALSE : RD_UNKNOWN;
    switch (a->type) {
    case RD_TYPE_BOOLEAN:
        return of_bool(a->as.boolean == b->as.boolean);
    case RD_TYPE_STRING:
        return of_bool(rd_text_equal(a->as.string, b->as.string));
    case RD_TYPE_NUMBER:
    case RD_TYPE_DATE:
    case RD_TYPE_TIME:
    case RD_TYPE_DATE_TIME:
    case RD_TYPE_DURATION_DAYS:
    case RD_TYPE_DURATION_MONTHS:
        return equal_instants(a, b);
    case RD_TYPE_LIST:
        return of_bool(equal_lists(a, b, bound));
    case RD_TYPE_CONTEXT:
        return of_bool(equal_contexts(a->as.context, b->as.context, bound));
    case RD_TYPE_RANGE:
        return of_bool(equal_ranges(a->as.range, b->as.range, bound));
    case RD_TYPE_NULL:
        return RD_TRUE;
    case RD_TYPE_FUNCTION:
    case RD_TYPE_ANY:
        break;
    }
    return RD_UNKNOWN;
}

/* What was not looked at to its end is not known to differ. */
enum rd_tri rd_value_equal_in(const struct rd_value *a, const struct rd_value *b, size_t *steps)
{
    enum rd_tri equal = equal_within(a, b, (struct bound){0, steps});
    return *steps == 0 ? RD_UNKNOWN : equal;
}

enum rd_tri rd_value_equal(const struct rd_value *a, const struct rd_value *b)
{
    size_t steps = RD_VALUE_STEPS_MAX;
    return rd_value_equal_in(a, b, &steps);
}

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

bool rd_value_order(const struct rd_value *a, const struct rd_value *b, int *order)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case RD_TYPE_NUMBER:
        *order = rd_decimal_compare(a->as.number, b->as.number);
        return true;
    case RD_TYPE_STRING:
        *order = rd_text_compare(a->as.string, b->as.string);
        return true;
    case RD_TYPE_DATE:
        *order = order_of(rd_date_days(a->as.date), rd_date_days(b->as.date));
        return true;
    case RD_TYPE_TIME:
        *order = order_of(rd_time_seconds(&a->as.time), rd_time_seconds(&b->as.time));
        return a->as.time.has_offset == b->as.time.has_offset;
    case RD_TYPE_DATE_TIME:
        *order = order_of(rd_date_time_seconds(&a->as.date_time),
                          rd_date_time_seconds(&b->as.date_time));
        return a->as.date_time.time.has_offset == b->as.date_time.time.has_offset;
    case RD_TYPE_DURATION_DAYS:
    case RD_TYPE_DURATION_MONTHS:
        *order = (a->as.duration > b->as.duration) - (a->as.duration < b->as.duration);
        return true;
    case RD_TYPE_ANY:
    case RD_TYPE_NULL:
    case RD_TYPE_BOOLEAN:
    case RD_TYPE_LIST:
    case RD_TYPE_CONTEXT:
    case RD_TYPE_RANGE:
    case RD_TYPE_FUNCTION:
        break;
    }
    return false;
}

enum rd_tri rd_value_contains_in(const struct rd_value *list, const struct rd_value *item,
                                 size_t *steps)
{
    if (list->type != RD_TYPE_LIST)
        return RD_UNKNOWN;
    for (size_t i = 0; i < list->as.list.count; i++)
        if (rd_value_equal_in(&list->as.list.items[i], item, steps) == RD_TRUE)
            return RD_TRUE;
    return *steps == 0 ? RD_UNKNOWN : RD_FALSE;
}

const char *rd_type_name(enum rd_type type)
{
    static const char *const names[RD_TYPE_COUNT] = {
        [RD_TYPE_ANY] = "any",
        [RD_TYPE_NULL] = "null",
        [RD_TYPE_BOOLEAN] = "boolean",
        [RD_TYPE_NUMBER] = "number",
        [RD_TYPE_STRING] = "string",
        [RD_TYPE_DATE] = "date",
        [RD_TYPE_TIME] = "time",
        [RD_TYPE_DATE_TIME] = "date and time",
        [RD_TYPE_DURATION_DAYS] = "days and time duration",
        [RD_TYPE_DURATION_MONTHS] = "years and months duration",
        [RD_TYPE_LIST] = "list",
        [RD_TYPE_CONTEXT] = "context",
        [RD_TYPE_RANGE] = "range",
        [RD_TYPE_FUNCTION] = "function",
    };
    return names[type];
}
