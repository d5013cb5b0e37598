#include "rules/engine/builtin_args.h"
#include "rules/engine/parser.h"

#include <string.h>

bool rd_moment_parse(struct rd_text text, struct rd_value *out)
{
    out->type = RD_TYPE_DATE;
    if (rd_date_parse(text, &out->as.date))
        return true;
    out->type = RD_TYPE_TIME;
    if (rd_time_parse(text, &out->as.time))
        return true;
    out->type = RD_TYPE_DATE_TIME;
    if (rd_date_time_parse(text, &out->as.date_time))
        return true;
    out->type = RD_TYPE_DURATION_DAYS;
    if (rd_duration_days_parse(text, &out->as.duration))
        return true;
    out->type = RD_TYPE_DURATION_MONTHS;
    return rd_duration_months_parse(text, &out->as.duration);
}

/* As text, without the quotes and marks of a literal. */
static struct rd_value text_of(const struct rd_call *call, const struct rd_value *value)
{
    struct rd_text shown = rd_value_show(value, call->env->arena);
    if (!rd_text_present(shown)) {
        call->env->full = true;
        return rd_feel_null(call->env, 0, "the memory for one evaluation is used up");
    }
    if (rd_text_starts(shown, "@\""))
        shown = rd_text_slice(shown, 2, shown.len - 3);
    return rd_value_text(shown);
}

struct rd_value rd_builtin_string(const struct rd_call *call)
{
    const struct rd_value *value = &call->arguments[0];
    if (value->type == RD_TYPE_NULL || value->type == RD_TYPE_FUNCTION)
        return rd_call_null(call, "null and functions have no text");
    return value->type == RD_TYPE_STRING ? *value : text_of(call, value);
}

/* One of the characters of `allowed`, or `absent` for null. */
static bool want_mark(const struct rd_call *call, size_t index, const char *allowed, char absent,
                      char *out)
{
    struct rd_text text;
    *out = absent;
    if (!rd_was_given(call, index) || call->arguments[index].type == RD_TYPE_NULL)
        return true;
    if (!rd_want_text(call, index, &text))
        return false;
    if (text.len != 1 || strchr(allowed, text.ptr[0]) == NULL) {
        (void)rd_call_null(call, "a separator is neither ' ', ',' nor '.'");
        return false;
    }
    *out = text.ptr[0];
    return true;
}

struct rd_value rd_builtin_number(const struct rd_call *call)
{
    struct rd_text text;
    struct rd_decimal number;
    char grouping = '\0', point = '.';
    size_t len = 0;
    if (!rd_want_text(call, 0, &text) || !want_mark(call, 1, " ,.", '\0', &grouping) ||
        !want_mark(call, 2, ",.", '.', &point))
        return rd_value_null();
    if (grouping == point)
        return rd_call_null(call, "both separators are the same");
    char *bytes = rd_eval_take(call->env, text.len, 1);
    if (bytes == NULL)
        return rd_value_null();
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.' && point != '.' && grouping != '.')
            return rd_call_null(call, "no such number");
        if (text.ptr[i] != grouping || grouping == '\0')
            bytes[len++] = text.ptr[i] == point ? '.' : text.ptr[i];
    }
    struct rd_text plain = {bytes, len};
    if (!rd_decimal_parse(rd_text_trim(plain), &number))
        return rd_call_null(call, "no such number");
    return rd_value_number(number);
}

struct rd_value rd_builtin_date(const struct rd_call *call)
{
    struct rd_value from = rd_value_single(call->arguments[0]), out = {.type = RD_TYPE_DATE};
    if (from.type == RD_TYPE_DATE)
        return from;
    if (from.type == RD_TYPE_DATE_TIME)
        out.as.date = from.as.date_time.date;
    else if (from.type != RD_TYPE_STRING || !rd_date_parse(from.as.string, &out.as.date))
        return rd_call_null(call, "no such date; expected one such as \"2026-11-21\"");
    return out;
}

struct rd_value rd_builtin_date_of_parts(const struct rd_call *call)
{
    int64_t year = 0, month = 0, day = 0;
    struct rd_value out = {.type = RD_TYPE_DATE};
    if (!rd_want_whole(call, 0, &year) || !rd_want_whole(call, 1, &month) ||
        !rd_want_whole(call, 2, &day))
        return rd_value_null();
    if (!rd_date_valid(year, month, day))
        return rd_call_null(call, "no such day");
    out.as.date = (struct rd_date){(int32_t)year, (uint8_t)month, (uint8_t)day};
    return out;
}

struct rd_value rd_builtin_time(const struct rd_call *call)
{
    struct rd_value from = rd_value_single(call->arguments[0]), out = {.type = RD_TYPE_TIME};
    if (from.type == RD_TYPE_TIME)
        return from;
    if (from.type == RD_TYPE_DATE_TIME)
        out.as.time = from.as.date_time.time;
    else if (from.type == RD_TYPE_DATE)
        out.as.time = (struct rd_wall_time){.has_offset = true};
    else if (from.type != RD_TYPE_STRING || !rd_time_parse(from.as.string, &out.as.time))
        return rd_call_null(call, "no such time; expected one such as \"10:30:00\"");
    return out;
}

static bool want_offset(const struct rd_call *call, struct rd_wall_time *out)
{
    const rd_i128 most = (rd_i128)18 * 3600 * RD_NANOS_PER_SECOND;
    struct rd_value offset;
    if (!rd_was_given(call, 3) || call->arguments[3].type == RD_TYPE_NULL)
        return true;
    if (!rd_want(call, 3, RD_TYPE_DURATION_DAYS, &offset))
        return false;
    if (offset.as.duration < -most || offset.as.duration > most) {
        (void)rd_call_null(call, "the offset is more than 18 hours");
        return false;
    }
    out->has_offset = true;
    out->offset_seconds = (int32_t)(offset.as.duration / RD_NANOS_PER_SECOND);
    return true;
}

struct rd_value rd_builtin_time_of_parts(const struct rd_call *call)
{
    int64_t hour = 0, minute = 0;
    struct rd_decimal second;
    rd_i128 nanos = 0;
    struct rd_value out = {.type = RD_TYPE_TIME};
    if (!rd_want_whole(call, 0, &hour) || !rd_want_whole(call, 1, &minute) ||
        !rd_want_number(call, 2, &second) || !want_offset(call, &out.as.time))
        return rd_value_null();
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        !rd_decimal_to_i128(second, 9, &nanos) || nanos < 0 ||
        nanos >= 60 * (rd_i128)RD_NANOS_PER_SECOND)
        return rd_call_null(call, "no such time");
    out.as.time.hour = (uint8_t)hour;
    out.as.time.minute = (uint8_t)minute;
    out.as.time.second = (uint8_t)(nanos / RD_NANOS_PER_SECOND);
    out.as.time.nanosecond = (uint32_t)(nanos % RD_NANOS_PER_SECOND);
    return out;
}

struct rd_value rd_builtin_date_time(const struct rd_call *call)
{
    struct rd_value from = rd_value_single(call->arguments[0]);
    struct rd_value out = {.type = RD_TYPE_DATE_TIME};
    if (from.type == RD_TYPE_DATE_TIME)
        return from;
    if (from.type == RD_TYPE_DATE)
        out.as.date_time =
            (struct rd_date_time){.date = from.as.date, .time = {.has_offset = true}};
    else if (from.type != RD_TYPE_STRING || !rd_date_time_parse(from.as.string, &out.as.date_time))
        return rd_call_null(call, "no such moment; expected one such as "
                                  "\"2026-11-21T10:30:00\"");
    return out;
}

struct rd_value rd_builtin_date_time_of_parts(const struct rd_call *call)
{
    struct rd_value date = rd_value_single(call->arguments[0]), time;
    struct rd_value out = {.type = RD_TYPE_DATE_TIME};
    if (date.type == RD_TYPE_DATE_TIME)
        out.as.date_time.date = date.as.date_time.date;
    else if (rd_want(call, 0, RD_TYPE_DATE, &date))
        out.as.date_time.date = date.as.date;
    else
        return rd_value_null();
    if (!rd_want(call, 1, RD_TYPE_TIME, &time))
        return rd_value_null();
    out.as.date_time.time = time.as.time;
    rd_date_time_settle(&out.as.date_time);
    return out;
}

struct rd_value rd_builtin_duration(const struct rd_call *call)
{
    struct rd_value from = rd_value_single(call->arguments[0]);
    struct rd_value out = {.type = RD_TYPE_DURATION_DAYS};
    if (from.type == RD_TYPE_DURATION_DAYS || from.type == RD_TYPE_DURATION_MONTHS)
        return from;
    if (from.type == RD_TYPE_STRING && rd_duration_days_parse(from.as.string, &out.as.duration))
        return out;
    out.type = RD_TYPE_DURATION_MONTHS;
    if (from.type == RD_TYPE_STRING && rd_duration_months_parse(from.as.string, &out.as.duration))
        return out;
    return rd_call_null(call, "no such duration; expected one such as \"PT2H\" or \"P1Y2M\"");
}

static bool want_date(const struct rd_call *call, size_t index, struct rd_date *out)
{
    struct rd_value value = rd_value_single(call->arguments[index]);
    if (value.type == RD_TYPE_DATE_TIME)
        *out = value.as.date_time.date;
    else if (rd_want(call, index, RD_TYPE_DATE, &value))
        *out = value.as.date;
    else
        return false;
    return true;
}

/* Whole months, by the days of the calendar. */
struct rd_value rd_builtin_months_between(const struct rd_call *call)
{
    struct rd_date from, to;
    if (!want_date(call, 0, &from) || !want_date(call, 1, &to))
        return rd_value_null();
    int64_t months = ((int64_t)to.year - from.year) * 12 + to.month - from.month;
    if (months > 0 && to.day < from.day)
        months--;
    else if (months < 0 && to.day > from.day)
        months++;
    return (struct rd_value){.type = RD_TYPE_DURATION_MONTHS, .as.duration = months};
}

/* range("[1..9]"): the text is FEEL, but nothing in it is worked out. */
struct rd_value rd_builtin_range(const struct rd_call *call)
{
    static const struct rd_feel_names none = {.closed = true};
    struct rd_feel_problem problem;
    struct rd_value from = call->arguments[0];
    const struct rd_node *node = NULL;
    if (from.type != RD_TYPE_STRING)
        return rd_call_null(call, "no string");
    enum rd_err err =
        rd_feel_parse_expression(from.as.string, &none, call->env->arena, &node, &problem);
    if (err == RD_E_TOOBIG)
        call->env->full = true;
    if (err != RD_OK || node->kind != RD_NODE_RANGE || !node->simple)
        return rd_call_null(call, "no interval; expected one such as \"[1..9]\"");
    return rd_feel_eval(call->env, node);
}
