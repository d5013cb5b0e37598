#include "rules/engine/cells.h"

#include <stdlib.h>
#include <string.h>

static bool is_literal(const struct rd_node *node)
{
    return node != NULL && node->kind == RD_NODE_LITERAL;
}

static bool asks_members(const struct rd_node *test)
{
    return test->kind == RD_NODE_CALL && test->simple && test->children_count == 2 &&
           test->children[0]->kind == RD_NODE_INPUT && is_literal(test->children[1]);
}

/* One test of a cell; tests hold no tests but at their top. */
static bool is_simple_test(const struct rd_node *test)
{
    if (test->kind == RD_NODE_RANGE)
        return is_literal(test->as.range.low) && is_literal(test->as.range.high);
    if (test->kind == RD_NODE_COMPARE)
        return (test->as.compare.left == NULL || test->as.compare.left->kind == RD_NODE_INPUT) &&
               is_literal(test->as.compare.right);
    return is_literal(test) || test->kind == RD_NODE_INPUT || test->kind == RD_NODE_ANY ||
           asks_members(test);
}

static bool has_parts(const struct rd_node *tests)
{
    return tests->kind == RD_NODE_TESTS || tests->kind == RD_NODE_NOT;
}

bool rd_cell_is_simple(const struct rd_node *tests)
{
    if (!tests->simple)
        return false;
    if (!has_parts(tests))
        return is_simple_test(tests);
    for (size_t i = 0; i < tests->children_count; i++)
        if (!is_simple_test(tests->children[i]))
            return false;
    return true;
}

static void each_of_test(const struct rd_node *test, void *context,
                         void (*each)(void *, const struct rd_value *))
{
    if (is_literal(test) && test->as.literal.type == RD_TYPE_LIST) {
        for (size_t i = 0; i < test->as.literal.as.list.count; i++)
            each(context, &test->as.literal.as.list.items[i]);
    } else if (is_literal(test)) {
        each(context, &test->as.literal);
    } else if (test->kind == RD_NODE_RANGE) {
        each(context, &test->as.range.low->as.literal);
        each(context, &test->as.range.high->as.literal);
    } else if (test->kind == RD_NODE_COMPARE) {
        each(context, &test->as.compare.right->as.literal);
    } else if (asks_members(test)) {
        each(context, &test->children[1]->as.literal);
    }
}

void rd_cell_each_literal(const struct rd_node *tests, void *context,
                          void (*each)(void *context, const struct rd_value *literal))
{
    if (!has_parts(tests)) {
        each_of_test(tests, context, each);
        return;
    }
    for (size_t i = 0; i < tests->children_count; i++)
        each_of_test(tests->children[i], context, each);
}

/* Whether the test asks of a list only for members that are strings. Asked of a list, a literal or
 * a comparison that is no list cannot tell: whatever the list. */
static bool reads_members(const struct rd_node *test)
{
    if (asks_members(test))
        return test->children[1]->as.literal.type == RD_TYPE_STRING;
    if (is_literal(test))
        return test->as.literal.type != RD_TYPE_LIST;
    if (test->kind == RD_NODE_COMPARE)
        return test->as.compare.right->as.literal.type != RD_TYPE_LIST;
    return is_simple_test(test);
}

enum rd_cell_on_list rd_cell_on_list(const struct rd_node *tests)
{
    if (!rd_cell_is_simple(tests))
        return RD_ON_LIST_WHOLE;
    if (!has_parts(tests))
        return reads_members(tests) ? RD_ON_LIST_ANY_OF : RD_ON_LIST_WHOLE;
    for (size_t i = 0; i < tests->children_count; i++)
        if (!reads_members(tests->children[i]))
            return RD_ON_LIST_WHOLE;
    return tests->kind == RD_NODE_NOT ? RD_ON_LIST_NONE_OF : RD_ON_LIST_ANY_OF;
}

struct adding {
    struct rd_points *points;
    struct rd_arena *arena;
    bool full;
};

bool rd_points_about(const struct rd_points *points, const struct rd_value *value)
{
    if (value->type != points->type)
        return false;
    if (value->type == RD_TYPE_TIME)
        return value->as.time.has_offset == points->has_offset;
    return value->type != RD_TYPE_DATE_TIME ||
           value->as.date_time.time.has_offset == points->has_offset;
}

static bool fits_i64(rd_i128 whole)
{
    return whole >= INT64_MIN && whole <= INT64_MAX;
}

static bool small_whole(const struct rd_decimal *number, int64_t *out)
{
    if (number->exponent != 0 || number->coefficient > INT32_MAX)
        return false;
    *out = number->negative ? -(int64_t)number->coefficient : (int64_t)number->coefficient;
    return true;
}

/* As rd_value_order compares: times by whole seconds. */
bool rd_points_key(const struct rd_value *value, int64_t *key)
{
    switch (value->type) {
    case RD_TYPE_NUMBER:
        return small_whole(&value->as.number, key);
    case RD_TYPE_DATE:
        *key = rd_date_days(value->as.date);
        return true;
    case RD_TYPE_TIME:
        *key = rd_time_seconds(&value->as.time);
        return true;
    case RD_TYPE_DATE_TIME:
        *key = rd_date_time_seconds(&value->as.date_time);
        return true;
    case RD_TYPE_DURATION_DAYS:
    case RD_TYPE_DURATION_MONTHS:
        *key = fits_i64(value->as.duration) ? (int64_t)value->as.duration : 0;
        return fits_i64(value->as.duration);
    case RD_TYPE_ANY:
    case RD_TYPE_NULL:
    case RD_TYPE_BOOLEAN:
    case RD_TYPE_STRING:
    case RD_TYPE_LIST:
    case RD_TYPE_CONTEXT:
    case RD_TYPE_RANGE:
    case RD_TYPE_FUNCTION:
        break;
    }
    return false;
}

static void add_point(void *context, const struct rd_value *literal)
{
    struct adding *adding = context;
    struct rd_points *points = adding->points;
    void *items = points->items;
    if (!rd_points_about(points, literal))
        return;
    struct rd_value *item =
        rd_arena_add(adding->arena, &items, &points->count, sizeof *points->items);
    points->items = items;
    if (item == NULL)
        adding->full = true;
    else
        *item = *literal;
}

static bool compares(const struct rd_node *test)
{
    return test->kind == RD_NODE_RANGE ||
           (test->kind == RD_NODE_COMPARE && test->as.compare.op != RD_OP_EQ &&
            test->as.compare.op != RD_OP_NE);
}

bool rd_points_add(struct rd_points *points, const struct rd_node *tests, struct rd_arena *arena)
{
    struct adding adding = {.points = points, .arena = arena};
    rd_cell_each_literal(tests, &adding, add_point);
    points->compared = points->compared || (!has_parts(tests) && compares(tests));
    for (size_t i = 0; has_parts(tests) && i < tests->children_count; i++)
        points->compared = points->compared || compares(tests->children[i]);
    return !adding.full;
}

static int ascending(const void *left, const void *right)
{
    int order = 0;
    (void)rd_value_order(left, right, &order); /* of one ordered type: always comparable */
    return order;
}

void rd_points_settle(struct rd_points *points)
{
    size_t kept = 0;
    if (points->count > 1)
        qsort(points->items, points->count, sizeof *points->items, ascending);
    for (size_t i = 0; i < points->count; i++)
        if (kept == 0 || ascending(&points->items[kept - 1], &points->items[i]) != 0)
            points->items[kept++] = points->items[i];
    points->count = kept;
}

size_t rd_points_classes(const struct rd_points *points)
{
    return 2 * points->count + 1;
}

size_t rd_points_class(const struct rd_points *points, const struct rd_value *value)
{
    size_t low = 0, high = points->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = ascending(&points->items[middle], value);
        if (order == 0)
            return 2 * middle + 1;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 2 * low;
}

/* Digits behind the point of the finest number. */
static int32_t scale_of(const struct rd_points *points)
{
    int32_t scale = 0;
    for (size_t i = 0; i < points->count; i++)
        if (-points->items[i].as.number.exponent > scale)
            scale = -points->items[i].as.number.exponent;
    return scale;
}

/* Near point `at`, on the side of `step`. Points are at least 10^-scale apart. */
static bool near_number(const struct rd_points *points, size_t at, int step, struct rd_value *out)
{
    int32_t scale = scale_of(points) + 1;
    *out = (struct rd_value){.type = RD_TYPE_NUMBER};
    return scale <= 30 &&
           rd_decimal_shift(points->items[at].as.number, step, scale, &out->as.number);
}

static enum rd_err between_numbers(const struct rd_points *points, size_t gap, struct rd_value *out)
{
    *out = rd_value_int(0);
    if (points->count == 0)
        return RD_OK;
    bool made = gap == 0 ? near_number(points, 0, -1, out) : near_number(points, gap - 1, 1, out);
    return made ? RD_OK : RD_E_NOTFOUND;
}

/* Just behind the string before the gap: nothing sorts between a string and itself with a NUL. */
static enum rd_err between_strings(const struct rd_points *points, size_t gap,
                                   struct rd_arena *arena, struct rd_value *out, bool *empty)
{
    *out = rd_value_text(RD_TEXT(""));
    if (gap == 0) {
        *empty = points->count > 0 && points->items[0].as.string.len == 0;
        return *empty ? RD_E_NOTFOUND : RD_OK;
    }
    struct rd_text before = points->items[gap - 1].as.string;
    char *bytes = rd_arena_take(arena, before.len + 2);
    if (bytes == NULL)
        return RD_E_TOOBIG;
    if (before.len > 0)
        memcpy(bytes, before.ptr, before.len);
    bytes[before.len] = '\x01';
    *out = rd_value_text((struct rd_text){bytes, before.len + 1});
    return RD_OK;
}

/* The moment one day or second beside that point, on the side of `step`; false: there is none. */
static bool near_moment(const struct rd_points *points, size_t at, int step, struct rd_value *out)
{
    *out = points->items[at];
    if (out->type == RD_TYPE_DATE)
        return rd_date_of_days(rd_date_days(out->as.date) + step, &out->as.date);
    if (out->type == RD_TYPE_TIME && points->has_offset) {
        out->as.time.offset_seconds -= step; /* also beyond midnight, where no reading gets */
        return true;
    }
    if (out->type == RD_TYPE_TIME) {
        out->as.time = rd_time_add(&out->as.time, step * RD_NANOS_PER_SECOND);
        return rd_time_seconds(&out->as.time) == rd_time_seconds(&points->items[at].as.time) + step;
    }
    if (points->has_offset) {
        out->as.date_time.time.offset_seconds -= step;
        return true;
    }
    return rd_date_time_add(&points->items[at].as.date_time, step * RD_NANOS_PER_SECOND,
                            &out->as.date_time);
}

/* Dates, times, durations: beside a point, in their smallest unit, since nothing lies nearer. */
static bool between_keys(const struct rd_points *points, size_t gap, struct rd_value *out)
{
    int step = gap == 0 ? -1 : 1;
    size_t beside = gap == 0 ? 0 : gap - 1;
    if (points->count == 0) { /* any value will do */
        *out = (struct rd_value){.type = points->type};
        if (out->type == RD_TYPE_DATE)
            return rd_date_of_days(0, &out->as.date);
        if (out->type == RD_TYPE_TIME)
            out->as.time.has_offset = points->has_offset;
        if (out->type == RD_TYPE_DATE_TIME)
            out->as.date_time.time.has_offset = points->has_offset;
        return out->type != RD_TYPE_DATE_TIME || rd_date_of_days(0, &out->as.date_time.date);
    }
    if (points->type != RD_TYPE_DURATION_DAYS && points->type != RD_TYPE_DURATION_MONTHS)
        return near_moment(points, beside, step, out);
    *out = points->items[beside];
    out->as.duration += step;
    return true;
}

enum rd_err rd_points_example(const struct rd_points *points, size_t class, struct rd_arena *arena,
                              struct rd_value *out, bool *empty)
{
    size_t gap = class / 2;
    enum rd_err err = RD_OK;
    *empty = false;
    if (class % 2 == 1) {
        *out = points->items[gap];
        return RD_OK;
    }
    if (points->type == RD_TYPE_NUMBER) {
        err = between_numbers(points, gap, out);
    } else if (points->type == RD_TYPE_STRING) {
        err = between_strings(points, gap, arena, out, empty);
    } else if (!between_keys(points, gap, out) || rd_points_class(points, out) != class) {
        *empty = true; /* the points beside follow on one another, or are the first and the last */
        return RD_E_NOTFOUND;
    }
    return err == RD_OK && rd_points_class(points, out) != class ? RD_E_NOTFOUND : err;
}
