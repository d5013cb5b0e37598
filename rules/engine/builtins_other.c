#include "rules/engine/builtin_args.h"

#include <string.h>

struct rd_value rd_builtin_not(const struct rd_call *call)
{
    return rd_tri_value(rd_tri_not(rd_value_tri(&call->arguments[0])));
}

static bool same_time(const struct rd_wall_time *a, const struct rd_wall_time *b)
{
    return a->hour == b->hour && a->minute == b->minute && a->second == b->second &&
           a->nanosecond == b->nanosecond && a->has_offset == b->has_offset && a->zone == b->zone &&
           a->offset_seconds == b->offset_seconds;
}

/* The same value in every part: stricter than "=" for times with offsets and zones. */
struct rd_value rd_builtin_is(const struct rd_call *call)
{
    const struct rd_value *a = &call->arguments[0], *b = &call->arguments[1];
    if (a->type != b->type)
        return rd_value_boolean(false);
    if (a->type == RD_TYPE_TIME)
        return rd_value_boolean(same_time(&a->as.time, &b->as.time));
    bool same = rd_value_equal_in(a, b, &call->env->steps_left) == RD_TRUE;
    if (a->type == RD_TYPE_DATE_TIME)
        same = same && same_time(&a->as.date_time.time, &b->as.date_time.time);
    return rd_value_boolean(same);
}

struct rd_value rd_builtin_get_value(const struct rd_call *call)
{
    struct rd_value context;
    struct rd_text key;
    if (!rd_want(call, 0, RD_TYPE_CONTEXT, &context) || !rd_want_text(call, 1, &key))
        return rd_value_null();
    const struct rd_value *value = rd_context_get(context.as.context, key);
    return value == NULL ? rd_call_null(call, "no such entry") : *value;
}

/* A context of `count` entries, to be filled; NULL: no room. */
static struct rd_context *new_context(const struct rd_call *call, size_t count,
                                      struct rd_member **entries)
{
    struct rd_context *context = rd_eval_take(call->env, 1, sizeof *context);
    *entries = rd_eval_steps(call->env, count)
                   ? rd_eval_take(call->env, count, sizeof(struct rd_member))
                   : NULL;
    if (context == NULL || *entries == NULL)
        return NULL;
    context->entries = *entries;
    return context;
}

struct rd_value rd_builtin_get_entries(const struct rd_call *call)
{
    struct rd_value context;
    struct rd_list out = {.count = 0};
    if (!rd_want(call, 0, RD_TYPE_CONTEXT, &context))
        return rd_value_null();
    for (size_t i = 0; i < context.as.context->count; i++) {
        const struct rd_member *entry = &context.as.context->entries[i];
        struct rd_member *pair = NULL;
        struct rd_context *both = new_context(call, 2, &pair);
        if (both == NULL)
            return rd_value_null();
        pair[0] = (struct rd_member){RD_TEXT("key"), rd_value_text(entry->name)};
        pair[1] = (struct rd_member){RD_TEXT("value"), entry->value};
        both->count = 2;
        if (!rd_list_add(call->env, &out, rd_value_context(both)))
            return rd_value_null();
    }
    return rd_list_value(&out);
}

struct rd_value rd_builtin_context(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_member *entries = NULL;
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    struct rd_context *context = new_context(call, list.as.list.count, &entries);
    for (size_t i = 0; context != NULL && i < list.as.list.count; i++) {
        const struct rd_value *item = &list.as.list.items[i], *key = NULL, *value = NULL;
        if (item->type == RD_TYPE_CONTEXT) {
            key = rd_context_get(item->as.context, RD_TEXT("key"));
            value = rd_context_get(item->as.context, RD_TEXT("value"));
        }
        if (key == NULL || value == NULL || key->type != RD_TYPE_STRING)
            return rd_call_null(call, "an item without a key and a value");
        if (rd_context_get(context, key->as.string) != NULL)
            return rd_call_null(call, "the same key twice");
        entries[i] = (struct rd_member){key->as.string, *value};
        context->count = i + 1;
    }
    return context == NULL ? rd_value_null() : rd_value_context(context);
}

/* A copy of `from` with `key` set; the last entry when it is new. */
static struct rd_value with_entry(const struct rd_call *call, const struct rd_context *from,
                                  struct rd_text key, struct rd_value value)
{
    struct rd_member *entries = NULL;
    struct rd_context *context = new_context(call, from->count + 1, &entries);
    bool found = false;
    if (context == NULL)
        return rd_value_null();
    for (size_t i = 0; i < from->count; i++) {
        bool same = rd_text_equal(from->entries[i].name, key);
        entries[i] = from->entries[i];
        if (same)
            entries[i].value = value;
        found = found || same;
    }
    if (!found)
        entries[from->count] = (struct rd_member){key, value};
    context->count = from->count + (found ? 0 : 1);
    return rd_value_context(context);
}

/* Down along the keys to the context that has the last one, then up with copies. */
static struct rd_value put_along(const struct rd_call *call, const struct rd_context *context,
                                 const struct rd_value *keys, size_t count)
{
    const struct rd_context *path[RD_VALUE_DEPTH_MAX];
    struct rd_value value = call->arguments[2];
    if (count == 0 || count > RD_VALUE_DEPTH_MAX)
        return rd_call_null(call, "no keys, or too many");
    path[0] = context;
    for (size_t i = 0; i < count; i++) {
        if (keys[i].type != RD_TYPE_STRING)
            return rd_call_null(call, "a key is no string");
        if (i + 1 == count)
            break;
        const struct rd_value *next = rd_context_get(path[i], keys[i].as.string);
        if (next == NULL || next->type != RD_TYPE_CONTEXT)
            return rd_call_null(call, "a key leads to no context");
        path[i + 1] = next->as.context;
    }
    for (size_t i = count; i-- > 0;) {
        value = with_entry(call, path[i], keys[i].as.string, value);
        if (value.type != RD_TYPE_CONTEXT)
            return rd_value_null();
    }
    return value;
}

struct rd_value rd_builtin_context_put_in(const struct rd_call *call)
{
    struct rd_value context, keys;
    if (!rd_want(call, 0, RD_TYPE_CONTEXT, &context) || !rd_want_list(call, 1, &keys))
        return rd_value_null();
    return put_along(call, context.as.context, keys.as.list.items, keys.as.list.count);
}

/* By position, a list of keys may stand in the place of the key. */
struct rd_value rd_builtin_context_put(const struct rd_call *call)
{
    struct rd_value context;
    const struct rd_value *key = &call->arguments[1];
    if (!rd_want(call, 0, RD_TYPE_CONTEXT, &context))
        return rd_value_null();
    if (key->type == RD_TYPE_LIST && call->by_position)
        return rd_builtin_context_put_in(call);
    if (key->type != RD_TYPE_STRING)
        return rd_call_null(call, "the key is no string");
    return put_along(call, context.as.context, key, 1);
}

struct rd_value rd_builtin_context_merge(const struct rd_call *call)
{
    struct rd_value list;
    struct rd_member *entries = NULL;
    size_t most = 0;
    if (!rd_want_list(call, 0, &list))
        return rd_value_null();
    for (size_t i = 0; i < list.as.list.count; i++) {
        if (list.as.list.items[i].type != RD_TYPE_CONTEXT)
            return rd_call_null(call, "an item is no context");
        most += list.as.list.items[i].as.context->count;
    }
    struct rd_context *context = new_context(call, most, &entries);
    for (size_t i = 0; context != NULL && i < list.as.list.count; i++) {
        const struct rd_context *from = list.as.list.items[i].as.context;
        for (size_t j = 0; j < from->count; j++) {
            size_t at = 0;
            if (!rd_eval_steps(call->env, 1 + context->count))
                return rd_value_null();
            while (at < context->count && !rd_text_equal(entries[at].name, from->entries[j].name))
                at++;
            entries[at] = from->entries[j];
            context->count += at == context->count ? 1 : 0;
        }
    }
    return context == NULL ? rd_value_null() : rd_value_context(context);
}

struct rd_value rd_builtin_now(const struct rd_call *call)
{
    if (!call->env->has_now)
        return rd_call_null(call, "no clock was given");
    return (struct rd_value){.type = RD_TYPE_DATE_TIME, .as.date_time = call->env->now};
}

struct rd_value rd_builtin_today(const struct rd_call *call)
{
    if (!call->env->has_now)
        return rd_call_null(call, "no clock was given");
    return (struct rd_value){.type = RD_TYPE_DATE, .as.date = call->env->now.date};
}

static bool want_day(const struct rd_call *call, struct rd_date *out)
{
    struct rd_value value = rd_value_single(call->arguments[0]);
    if (value.type == RD_TYPE_DATE)
        *out = value.as.date;
    else if (value.type == RD_TYPE_DATE_TIME)
        *out = value.as.date_time.date;
    else
        (void)rd_call_null(call, "neither a date nor a date and time");
    return value.type == RD_TYPE_DATE || value.type == RD_TYPE_DATE_TIME;
}

/* 0: Monday. */
static int64_t weekday_of(int64_t days)
{
    return ((days + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
}

struct rd_value rd_builtin_day_of_year(const struct rd_call *call)
{
    struct rd_date date;
    if (!want_day(call, &date))
        return rd_value_null();
    struct rd_date first = {date.year, 1, 1};
    return rd_value_int(rd_date_days(date) - rd_date_days(first) + 1);
}

struct rd_value rd_builtin_day_of_week(const struct rd_call *call)
{
    static const char *const names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
    struct rd_date date;
    if (!want_day(call, &date))
        return rd_value_null();
    return rd_value_text(rd_text_of(names[weekday_of(rd_date_days(date))]));
}

struct rd_value rd_builtin_month_of_year(const struct rd_call *call)
{
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    struct rd_date date;
    if (!want_day(call, &date))
        return rd_value_null();
    return rd_value_text(rd_text_of(names[date.month - 1]));
}

/* ISO 8601: a week belongs to the year that has its Thursday. */
struct rd_value rd_builtin_week_of_year(const struct rd_call *call)
{
    struct rd_date date, of_thursday;
    if (!want_day(call, &date))
        return rd_value_null();
    int64_t days = rd_date_days(date), thursday = days - weekday_of(days) + 3;
    if (!rd_date_of_days(thursday, &of_thursday))
        return rd_call_null(call, "the week is outside the calendar");
    struct rd_date first = {of_thursday.year, 1, 1};
    return rd_value_int((thursday - rd_date_days(first)) / 7 + 1);
}
