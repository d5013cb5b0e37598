#include "rules/engine/eval.h"

#include <string.h>

/* Gives false when the two types have no such result, or it is out of range. */
typedef bool operation(const struct rd_value *left, const struct rd_value *right,
                       struct rd_value *out);

static bool is_duration(const struct rd_value *value)
{
    return value->type == RD_TYPE_DURATION_DAYS || value->type == RD_TYPE_DURATION_MONTHS;
}

static bool duration_value(enum rd_type type, rd_i128 amount, struct rd_value *out)
{
    rd_i128 most = type == RD_TYPE_DURATION_DAYS ? RD_DURATION_DAYS_MAX : RD_DURATION_MONTHS_MAX;
    *out = (struct rd_value){.type = type, .as.duration = amount};
    return amount >= -most && amount <= most;
}

/* A date is its midnight at UTC where a moment is needed. */
static struct rd_date_time midnight(struct rd_date date)
{
    return (struct rd_date_time){.date = date, .time = {.has_offset = true}};
}

static bool move_by_months(const struct rd_value *left, rd_i128 months, struct rd_value *out)
{
    *out = *left;
    if (left->type == RD_TYPE_DATE)
        return rd_date_add_months(left->as.date, months, &out->as.date);
    if (left->type != RD_TYPE_DATE_TIME ||
        !rd_date_add_months(left->as.date_time.date, months, &out->as.date_time.date))
        return false;
    rd_date_time_settle(&out->as.date_time);
    return true;
}

/* A date, time or moment moved by a duration, forwards (1) or back (-1). */
static bool move(const struct rd_value *left, const struct rd_value *by, int direction,
                 struct rd_value *out)
{
    struct rd_date_time moved;
    *out = *left;
    if (by->type == RD_TYPE_DURATION_MONTHS)
        return move_by_months(left, direction * by->as.duration, out);
    if (left->type == RD_TYPE_TIME) {
        out->as.time = rd_time_add(&left->as.time, direction * by->as.duration);
        return true;
    }
    if (left->type == RD_TYPE_DATE_TIME)
        return rd_date_time_add(&left->as.date_time, direction * by->as.duration,
                                &out->as.date_time);
    if (left->type != RD_TYPE_DATE)
        return false;
    struct rd_date_time at = midnight(left->as.date);
    if (!rd_date_time_add(&at, direction * by->as.duration, &moved))
        return false;
    out->as.date = moved.date;
    return true;
}

static bool add(const struct rd_value *left, const struct rd_value *right, struct rd_value *out)
{
    if (left->type == RD_TYPE_NUMBER && right->type == RD_TYPE_NUMBER) {
        *out = *left;
        return rd_decimal_add(left->as.number, right->as.number, &out->as.number);
    }
    if (is_duration(left) && left->type == right->type)
        return duration_value(left->type, left->as.duration + right->as.duration, out);
    if (is_duration(right))
        return move(left, right, 1, out);
    return is_duration(left) && move(right, left, 1, out);
}

static bool between_moments(const struct rd_date_time *from, const struct rd_date_time *to,
                            struct rd_value *out)
{
    rd_i128 seconds = (rd_i128)rd_date_time_seconds(to) - rd_date_time_seconds(from);
    rd_i128 nanos = (rd_i128)to->time.nanosecond - from->time.nanosecond;
    return from->time.has_offset == to->time.has_offset &&
           duration_value(RD_TYPE_DURATION_DAYS, seconds * RD_NANOS_PER_SECOND + nanos, out);
}

static bool moment_of(const struct rd_value *value, struct rd_date_time *out)
{
    if (value->type == RD_TYPE_DATE)
        *out = midnight(value->as.date);
    else if (value->type == RD_TYPE_DATE_TIME)
        *out = value->as.date_time;
    else
        return false;
    return true;
}

static bool subtract(const struct rd_value *left, const struct rd_value *right,
                     struct rd_value *out)
{
    struct rd_date_time from, to;
    if (left->type == RD_TYPE_NUMBER && right->type == RD_TYPE_NUMBER) {
        *out = *left;
        return rd_decimal_subtract(left->as.number, right->as.number, &out->as.number);
    }
    if (is_duration(left) && left->type == right->type)
        return duration_value(left->type, left->as.duration - right->as.duration, out);
    if (is_duration(right))
        return move(left, right, -1, out);
    if (left->type == RD_TYPE_TIME && right->type == RD_TYPE_TIME) {
        static const struct rd_date day = {1970, 1, 1};
        to = (struct rd_date_time){day, left->as.time};
        from = (struct rd_date_time){day, right->as.time};
        return between_moments(&from, &to, out);
    }
    return moment_of(left, &to) && moment_of(right, &from) && between_moments(&from, &to, out);
}

/* A duration times or over a number; months without their fraction. */
static bool scale(const struct rd_value *duration, struct rd_decimal factor, bool divide,
                  struct rd_value *out)
{
    struct rd_decimal amount, scaled;
    rd_i128 whole = 0;
    if (!rd_decimal_of_i128(duration->as.duration, 0, &amount) ||
        !(divide ? rd_decimal_divide(amount, factor, &scaled)
                 : rd_decimal_multiply(amount, factor, &scaled)))
        return false;
    enum rd_rounding mode =
        duration->type == RD_TYPE_DURATION_MONTHS ? RD_ROUND_DOWN : RD_ROUND_HALF_EVEN;
    return rd_decimal_round(scaled, 0, mode, &scaled) && rd_decimal_to_i128(scaled, 0, &whole) &&
           duration_value(duration->type, whole, out);
}

static bool multiply(const struct rd_value *left, const struct rd_value *right,
                     struct rd_value *out)
{
    if (left->type == RD_TYPE_NUMBER && right->type == RD_TYPE_NUMBER) {
        *out = *left;
        return rd_decimal_multiply(left->as.number, right->as.number, &out->as.number);
    }
    if (is_duration(left) && right->type == RD_TYPE_NUMBER)
        return scale(left, right->as.number, false, out);
    return left->type == RD_TYPE_NUMBER && is_duration(right) &&
           scale(right, left->as.number, false, out);
}

static bool divide(const struct rd_value *left, const struct rd_value *right, struct rd_value *out)
{
    struct rd_decimal dividend, divisor;
    if (left->type == RD_TYPE_NUMBER && right->type == RD_TYPE_NUMBER) {
        *out = *left;
        return rd_decimal_divide(left->as.number, right->as.number, &out->as.number);
    }
    if (is_duration(left) && right->type == RD_TYPE_NUMBER)
        return scale(left, right->as.number, true, out);
    out->type = RD_TYPE_NUMBER;
    return is_duration(left) && left->type == right->type &&
           rd_decimal_of_i128(left->as.duration, 0, &dividend) &&
           rd_decimal_of_i128(right->as.duration, 0, &divisor) &&
           rd_decimal_divide(dividend, divisor, &out->as.number);
}

static bool power(const struct rd_value *left, const struct rd_value *right, struct rd_value *out)
{
    if (left->type != RD_TYPE_NUMBER || right->type != RD_TYPE_NUMBER)
        return false;
    *out = *left;
    return rd_decimal_power(left->as.number, right->as.number, &out->as.number);
}

static struct rd_value join(struct rd_feel_env *env, struct rd_text left, struct rd_text right)
{
    size_t len = left.len + right.len;
    char *bytes = rd_eval_steps(env, len / 64) ? rd_eval_take(env, len, 1) : NULL;
    if (bytes == NULL)
        return rd_value_null();
    memcpy(bytes, left.ptr, left.len);
    memcpy(bytes + left.len, right.ptr, right.len);
    return rd_value_text((struct rd_text){bytes, len});
}

struct rd_value rd_eval_arith(struct rd_feel_env *env, const struct rd_node *node)
{
    static operation *const operations[] = {add, subtract, multiply, divide, power};
    static const char *const signs[] = {"+", "-", "*", "/", "**"};
    struct rd_value left = rd_feel_eval(env, node->children[0]), out = rd_value_null();
    struct rd_value right = rd_feel_eval(env, node->children[1]);
    if (node->as.arith == RD_OP_ADD && left.type == RD_TYPE_STRING && right.type == RD_TYPE_STRING)
        return join(env, left.as.string, right.as.string);
    if (operations[node->as.arith](&left, &right, &out))
        return out;
    return rd_feel_null(env, node->offset, "%s %s %s has no result", rd_type_article(left.type),
                        signs[node->as.arith], rd_type_article(right.type));
}

struct rd_value rd_eval_negate(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value value = rd_feel_eval(env, node->children[0]);
    if (value.type == RD_TYPE_NUMBER)
        value.as.number = rd_decimal_negate(value.as.number);
    else if (is_duration(&value))
        value.as.duration = -value.as.duration;
    else
        return rd_feel_null(env, node->offset, "%s has no negative", rd_type_article(value.type));
    return value;
}
