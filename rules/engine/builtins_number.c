#include "rules/engine/builtin_args.h"

#include <string.h>

/* A list of numbers only; false with a note. */
static bool want_numbers(const struct rd_call *call, struct rd_value *list)
{
    if (!rd_want_list(call, 0, list) || !rd_eval_steps(call->env, list->as.list.count))
        return false;
    for (size_t i = 0; i < list->as.list.count; i++)
        if (list->as.list.items[i].type != RD_TYPE_NUMBER) {
            (void)rd_call_null(call, "an item is no number");
            return false;
        }
    return true;
}

static struct rd_value number_or_null(const struct rd_call *call, bool good,
                                      const struct rd_decimal *number)
{
    return good ? rd_value_number(*number) : rd_call_null(call, "the result is no number");
}

/* The item that stands before all others in the order (after them when `sign` is -1). */
static struct rd_value extreme(const struct rd_call *call, int sign)
{
    struct rd_value list;
    int order = 0;
    if (!rd_want_list(call, 0, &list) || !rd_eval_steps(call->env, list.as.list.count))
        return rd_value_null();
    if (list.as.list.count == 0)
        return rd_call_null(call, "an empty list");
    struct rd_value best = list.as.list.items[0];
    for (size_t i = 0; i < list.as.list.count; i++) {
        if (!rd_value_order(&list.as.list.items[i], &best, &order))
            return rd_call_null(call, "items that cannot be compared");
        if (order * sign < 0)
            best = list.as.list.items[i];
    }
    return best;
}

struct rd_value rd_builtin_min(const struct rd_call *call)
{
    return extreme(call, 1);
}

struct rd_value rd_builtin_max(const struct rd_call *call)
{
    return extreme(call, -1);
}

typedef bool two_numbers(struct rd_decimal a, struct rd_decimal b, struct rd_decimal *out);

/* All numbers of the list taken together. */
static bool total(const struct rd_value *list, two_numbers *together, int64_t first,
                  struct rd_decimal *out)
{
    *out = rd_decimal_of(first);
    for (size_t i = 0; i < list->as.list.count; i++)
        if (!together(*out, list->as.list.items[i].as.number, out))
            return false;
    return true;
}

static bool mean_of(const struct rd_value *list, struct rd_decimal *out)
{
    return total(list, rd_decimal_add, 0, out) &&
           rd_decimal_divide(*out, rd_decimal_of((int64_t)list->as.list.count), out);
}

struct rd_value rd_builtin_sum(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_decimal out;
    if (!want_numbers(call, &list))
        return rd_value_null();
    if (list.as.list.count == 0)
        return rd_call_null(call, "an empty list");
    return number_or_null(call, total(&list, rd_decimal_add, 0, &out), &out);
}

struct rd_value rd_builtin_product(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_decimal out;
    if (!want_numbers(call, &list))
        return rd_value_null();
    if (list.as.list.count == 0)
        return rd_call_null(call, "an empty list");
    return number_or_null(call, total(&list, rd_decimal_multiply, 1, &out), &out);
}

struct rd_value rd_builtin_mean(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_decimal out;
    if (!want_numbers(call, &list))
        return rd_value_null();
    if (list.as.list.count == 0)
        return rd_call_null(call, "an empty list");
    return number_or_null(call, mean_of(&list, &out), &out);
}

/* Of a sample: the squares are divided by one less than there are numbers. */
struct rd_value rd_builtin_stddev(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_decimal mean, gap, squares = rd_decimal_of(0);
    if (!want_numbers(call, &list))
        return rd_value_null();
    int64_t count = (int64_t)list.as.list.count;
    if (count < 2)
        return rd_call_null(call, "fewer than two numbers");
    bool good = mean_of(&list, &mean);
    for (size_t i = 0; good && i < list.as.list.count; i++)
        good = rd_decimal_subtract(list.as.list.items[i].as.number, mean, &gap) &&
               rd_decimal_multiply(gap, gap, &gap) && rd_decimal_add(squares, gap, &squares);
    good = good && rd_decimal_divide(squares, rd_decimal_of(count - 1), &squares) &&
           rd_decimal_sqrt(squares, &squares);
    return number_or_null(call, good, &squares);
}

/* A sorted copy of the numbers: by merging, so that no list takes quadratic time. */
static struct rd_value *sorted(const struct rd_call *call, const struct rd_value *list)
{
    size_t count = list->as.list.count;
    struct rd_value *items = rd_eval_take(call->env, count, sizeof *items);
    struct rd_value *other = rd_eval_take(call->env, count, sizeof *other);
    if (items == NULL || other == NULL || !rd_eval_steps(call->env, count))
        return NULL;
    if (count > 0)
        memcpy(items, list->as.list.items, count * sizeof *items);
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = middle + width < count ? middle + width : count;
            size_t left = start, right = middle;
            for (size_t at = start; at < end; at++) {
                bool take_right = left == middle ||
                                  (right < end && rd_decimal_compare(items[right].as.number,
                                                                     items[left].as.number) < 0);
                other[at] = take_right ? items[right++] : items[left++];
            }
        }
        struct rd_value *swap = items;
        items = other;
        other = swap;
    }
    return items;
}

struct rd_value rd_builtin_median(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_decimal out;
    if (!want_numbers(call, &list))
        return rd_value_null();
    size_t count = list.as.list.count, middle = count / 2;
    struct rd_value *items = sorted(call, &list);
    if (items == NULL || count == 0)
        return rd_value_null();
    if (count % 2 == 1)
        return items[middle];
    bool good = rd_decimal_add(items[middle - 1].as.number, items[middle].as.number, &out) &&
                rd_decimal_divide(out, rd_decimal_of(2), &out);
    return number_or_null(call, good, &out);
}

/* The numbers that occur most often, in ascending order. */
struct rd_value rd_builtin_mode(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_list out = {.count = 0};
    size_t most = 0, run = 0;
    if (!want_numbers(call, &list))
        return rd_value_null();
    struct rd_value *items = sorted(call, &list);
    if (items == NULL)
        return rd_value_null();
    for (size_t i = 0; i < list.as.list.count; i++) {
        bool same = i > 0 && rd_decimal_compare(items[i].as.number, items[i - 1].as.number) == 0;
        run = same ? run + 1 : 1;
        if (run > most)
            out = (struct rd_list){.count = 0}; /* more often than all before */
        most = run > most ? run : most;
        if (run == most && !rd_list_add(call->env, &out, items[i]))
            return rd_value_null();
    }
    return rd_list_value(&out);
}

static struct rd_value rounded(const struct rd_call *call, enum rd_rounding mode)
{
    struct rd_decimal number, out;
    int64_t scale = 0;
    if (!rd_want_number(call, 0, &number) ||
        (rd_was_given(call, 1) && !rd_want_whole(call, 1, &scale)))
        return rd_value_null();
    if (scale < -RD_DECIMAL_EXPONENT_MAX || scale > -RD_DECIMAL_EXPONENT_MIN)
        return rd_call_null(call, "the scale is outside -6111..6176");
    return number_or_null(call, rd_decimal_round(number, (int32_t)scale, mode, &out), &out);
}

struct rd_value rd_builtin_decimal(const struct rd_call *call)
{
    return rounded(call, RD_ROUND_HALF_EVEN);
}

struct rd_value rd_builtin_floor(const struct rd_call *call)
{
    return rounded(call, RD_ROUND_FLOOR);
}

struct rd_value rd_builtin_ceiling(const struct rd_call *call)
{
    return rounded(call, RD_ROUND_CEILING);
}

struct rd_value rd_builtin_round_up(const struct rd_call *call)
{
    return rounded(call, RD_ROUND_UP);
}

struct rd_value rd_builtin_round_down(const struct rd_call *call)
{
    return rounded(call, RD_ROUND_DOWN);
}

struct rd_value rd_builtin_round_half_up(const struct rd_call *call)
{
    return rounded(call, RD_ROUND_HALF_UP);
}

struct rd_value rd_builtin_round_half_down(const struct rd_call *call)
{
    return rounded(call, RD_ROUND_HALF_DOWN);
}

struct rd_value rd_builtin_abs(const struct rd_call *call)
{
    struct rd_value value = rd_value_single(call->arguments[0]);
    if (value.type == RD_TYPE_NUMBER)
        value.as.number.negative = false;
    else if (value.type == RD_TYPE_DURATION_DAYS || value.type == RD_TYPE_DURATION_MONTHS)
        value.as.duration = value.as.duration < 0 ? -value.as.duration : value.as.duration;
    else
        return rd_call_null(call, "neither a number nor a duration");
    return value;
}

struct rd_value rd_builtin_modulo(const struct rd_call *call)
{
    struct rd_decimal dividend, divisor, out;
    if (!rd_want_number(call, 0, &dividend) || !rd_want_number(call, 1, &divisor))
        return rd_value_null();
    return number_or_null(call, rd_decimal_modulo(dividend, divisor, &out), &out);
}

typedef bool one_number(struct rd_decimal value, struct rd_decimal *out);

static struct rd_value of_number(const struct rd_call *call, one_number *function)
{
    struct rd_decimal number, out;
    if (!rd_want_number(call, 0, &number))
        return rd_value_null();
    return number_or_null(call, function(number, &out), &out);
}

struct rd_value rd_builtin_sqrt(const struct rd_call *call)
{
    return of_number(call, rd_decimal_sqrt);
}

struct rd_value rd_builtin_log(const struct rd_call *call)
{
    return of_number(call, rd_decimal_log);
}

struct rd_value rd_builtin_exp(const struct rd_call *call)
{
    return of_number(call, rd_decimal_exp);
}

/* Whether the number is whole and leaves `rest` when halved. */
static struct rd_value leaves(const struct rd_call *call, int64_t rest)
{
    struct rd_decimal number, out;
    if (!rd_want_number(call, 0, &number))
        return rd_value_null();
    if (!rd_decimal_modulo(number, rd_decimal_of(2), &out))
        return rd_call_null(call, "the number is too large");
    return rd_value_boolean(rd_decimal_compare(out, rd_decimal_of(rest)) == 0);
}

struct rd_value rd_builtin_odd(const struct rd_call *call)
{
    return leaves(call, 1);
}

struct rd_value rd_builtin_even(const struct rd_call *call)
{
    return leaves(call, 0);
}
