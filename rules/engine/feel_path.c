#include "rules/engine/eval.h"

static bool date_property(const struct rd_date *date, struct rd_text name, struct rd_value *out)
{
    if (rd_text_is(name, "year"))
        *out = rd_value_int(date->year);
    else if (rd_text_is(name, "month"))
        *out = rd_value_int(date->month);
    else if (rd_text_is(name, "day"))
        *out = rd_value_int(date->day);
    else if (rd_text_is(name, "weekday"))
        *out = rd_value_int(((rd_date_days(*date) + 3) % 7 + 7) % 7 + 1);
    else
        return false;
    return true;
}

static struct rd_value seconds_of(const struct rd_wall_time *time)
{
    struct rd_value value = {.type = RD_TYPE_NUMBER};
    rd_i128 nanos = (rd_i128)time->second * RD_NANOS_PER_SECOND + time->nanosecond;
    return rd_decimal_of_i128(nanos, 9, &value.as.number) ? value : rd_value_null();
}

static bool time_property(const struct rd_wall_time *time, struct rd_text name,
                          struct rd_value *out)
{
    if (rd_text_is(name, "hour"))
        *out = rd_value_int(time->hour);
    else if (rd_text_is(name, "minute"))
        *out = rd_value_int(time->minute);
    else if (rd_text_is(name, "second"))
        *out = seconds_of(time);
    else if (rd_text_is(name, "time offset") && time->has_offset)
        *out =
            (struct rd_value){.type = RD_TYPE_DURATION_DAYS,
                              .as.duration = (rd_i128)time->offset_seconds * RD_NANOS_PER_SECOND};
    else if (rd_text_is(name, "timezone") && time->zone != NULL)
        *out = rd_value_text(rd_text_of(time->zone->name));
    else
        return rd_text_is(name, "time offset") || rd_text_is(name, "timezone");
    return true;
}

static bool duration_property(const struct rd_value *value, struct rd_text name,
                              struct rd_value *out)
{
    enum { DAY = 24 * 60 * 60 };
    bool days = value->type == RD_TYPE_DURATION_DAYS;
    rd_i128 seconds = value->as.duration / RD_NANOS_PER_SECOND, amount = 0;
    int32_t scale = 0;
    if (!days && rd_text_is(name, "years")) {
        amount = value->as.duration / 12;
    } else if (!days && rd_text_is(name, "months")) {
        amount = value->as.duration % 12;
    } else if (days && rd_text_is(name, "days")) {
        amount = seconds / DAY;
    } else if (days && rd_text_is(name, "hours")) {
        amount = seconds % DAY / 3600;
    } else if (days && rd_text_is(name, "minutes")) {
        amount = seconds % 3600 / 60;
    } else if (days && rd_text_is(name, "seconds")) {
        amount = value->as.duration % (60 * (rd_i128)RD_NANOS_PER_SECOND);
        scale = 9;
    } else {
        return false;
    }
    out->type = RD_TYPE_NUMBER;
    return rd_decimal_of_i128(amount, scale, &out->as.number);
}

static bool range_property(const struct rd_range *range, struct rd_text name, struct rd_value *out)
{
    bool unequal = range->form == RD_RANGE_UNEQUAL;
    if (rd_text_is(name, "start"))
        *out = unequal ? rd_value_null() : range->low;
    else if (rd_text_is(name, "end"))
        *out = unequal ? rd_value_null() : range->high;
    else if (rd_text_is(name, "start included"))
        *out = rd_value_boolean(!unequal && !range->low_open && range->low.type != RD_TYPE_NULL);
    else if (rd_text_is(name, "end included"))
        *out = rd_value_boolean(!unequal && !range->high_open && range->high.type != RD_TYPE_NULL);
    else
        return false;
    return true;
}

static bool has_property(const struct rd_value *value, struct rd_text name, struct rd_value *out)
{
    const struct rd_value *entry = NULL;
    switch (value->type) {
    case RD_TYPE_CONTEXT:
        entry = rd_context_get(value->as.context, name);
        if (entry != NULL)
            *out = *entry;
        return entry != NULL;
    case RD_TYPE_DATE:
        return date_property(&value->as.date, name, out);
    case RD_TYPE_TIME:
        return time_property(&value->as.time, name, out);
    case RD_TYPE_DATE_TIME:
        return date_property(&value->as.date_time.date, name, out) ||
               time_property(&value->as.date_time.time, name, out);
    case RD_TYPE_DURATION_DAYS:
    case RD_TYPE_DURATION_MONTHS:
        return duration_property(value, name, out);
    case RD_TYPE_RANGE:
        return range_property(value->as.range, name, out);
    case RD_TYPE_ANY:
    case RD_TYPE_NULL:
    case RD_TYPE_BOOLEAN:
    case RD_TYPE_NUMBER:
    case RD_TYPE_STRING:
    case RD_TYPE_LIST:
    case RD_TYPE_FUNCTION:
        break;
    }
    return false;
}

/* Of a list: of each of its items. */
struct rd_value rd_eval_path(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value value = rd_feel_eval(env, node->children[0]), out = rd_value_null();
    struct rd_list list = {.count = 0};
    if (value.type != RD_TYPE_LIST) {
        if (has_property(&value, node->as.name, &out))
            return out;
        return rd_feel_null(env, node->offset, "%s has no '%.*s'", rd_type_article(value.type),
                            RD_TEXT_ARG(node->as.name));
    }
    for (size_t i = 0; i < value.as.list.count; i++) {
        out = rd_value_null();
        (void)has_property(&value.as.list.items[i], node->as.name, &out);
        if (!rd_list_add(env, &list, out))
            return rd_value_null();
    }
    return rd_list_value(&list);
}
