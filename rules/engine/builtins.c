#include "rules/engine/builtin_args.h"

const struct rd_builtin rd_builtins[] = {
    {"not", "negand", 1, RD_GIVEN, rd_builtin_not},
    /* conversions */
    {"string", "from", 1, RD_GIVEN, rd_builtin_string},
    {"number", "from", 1, RD_GIVEN, rd_builtin_number},
    {"number", "from,grouping separator,decimal separator", 3, RD_GIVEN, rd_builtin_number},
    {"date", "from", 1, RD_GIVEN, rd_builtin_date},
    {"date", "year,month,day", 3, RD_GIVEN, rd_builtin_date_of_parts},
    {"time", "from", 1, RD_GIVEN, rd_builtin_time},
    {"time", "hour,minute,second,offset", 3, RD_GIVEN, rd_builtin_time_of_parts},
    {"date and time", "from", 1, RD_GIVEN, rd_builtin_date_time},
    {"date and time", "date,time", 2, RD_GIVEN, rd_builtin_date_time_of_parts},
    {"duration", "from", 1, RD_GIVEN, rd_builtin_duration},
    {"years and months duration", "from,to", 2, RD_GIVEN, rd_builtin_months_between},
    {"range", "from", 1, RD_GIVEN, rd_builtin_range},
    /* strings */
    {"substring", "string,start position,length", 2, RD_GIVEN, rd_builtin_substring},
    {"string length", "string", 1, RD_GIVEN, rd_builtin_string_length},
    {"upper case", "string", 1, RD_GIVEN, rd_builtin_upper_case},
    {"lower case", "string", 1, RD_GIVEN, rd_builtin_lower_case},
    {"substring before", "string,match", 2, RD_GIVEN, rd_builtin_substring_before},
    {"substring after", "string,match", 2, RD_GIVEN, rd_builtin_substring_after},
    {"contains", "string,match", 2, RD_GIVEN, rd_builtin_contains},
    {"starts with", "string,match", 2, RD_GIVEN, rd_builtin_starts_with},
    {"ends with", "string,match", 2, RD_GIVEN, rd_builtin_ends_with},
    {"string join", "list,delimiter", 1, RD_GIVEN, rd_builtin_string_join},
    {"matches", "input,pattern,flags", 2, RD_GIVEN, rd_builtin_matches},
    {"replace", "input,pattern,replacement,flags", 3, RD_GIVEN, rd_builtin_replace},
    {"split", "string,delimiter", 2, RD_GIVEN, rd_builtin_split},
    /* lists */
    {"list contains", "list,element", 2, RD_GIVEN, rd_builtin_list_contains},
    {"count", "list", 1, RD_ITEMS, rd_builtin_count},
    {"min", "list", 1, RD_ITEMS, rd_builtin_min},
    {"max", "list", 1, RD_ITEMS, rd_builtin_max},
    {"sum", "list", 1, RD_ITEMS, rd_builtin_sum},
    {"product", "list", 1, RD_ITEMS, rd_builtin_product},
    {"mean", "list", 1, RD_ITEMS, rd_builtin_mean},
    {"median", "list", 1, RD_ITEMS, rd_builtin_median},
    {"stddev", "list", 1, RD_ITEMS, rd_builtin_stddev},
    {"mode", "list", 1, RD_ITEMS, rd_builtin_mode},
    {"all", "list", 1, RD_ITEMS, rd_builtin_all},
    {"any", "list", 1, RD_ITEMS, rd_builtin_any},
    {"sublist", "list,start position,length", 2, RD_GIVEN, rd_builtin_sublist},
    {"append", "list", 1, RD_ALL, rd_builtin_append},
    {"append", "list,item", 2, RD_GIVEN, rd_builtin_append_item},
    {"concatenate", "list", 1, RD_ALL, rd_builtin_concatenate},
    {"insert before", "list,position,newItem", 3, RD_GIVEN, rd_builtin_insert_before},
    {"remove", "list,position", 2, RD_GIVEN, rd_builtin_remove},
    {"list replace", "list,position,newItem", 3, RD_GIVEN, rd_builtin_list_replace},
    {"list replace", "list,match,newItem", 3, RD_GIVEN, rd_builtin_list_replace},
    {"reverse", "list", 1, RD_GIVEN, rd_builtin_reverse},
    {"index of", "list,match", 2, RD_GIVEN, rd_builtin_index_of},
    {"union", "list", 1, RD_ALL, rd_builtin_union},
    {"distinct values", "list", 1, RD_GIVEN, rd_builtin_distinct_values},
    {"flatten", "list", 1, RD_GIVEN, rd_builtin_flatten},
    {"sort", "list,precedes", 2, RD_GIVEN, rd_builtin_sort},
    /* numbers */
    {"decimal", "n,scale", 2, RD_GIVEN, rd_builtin_decimal},
    {"floor", "n,scale", 1, RD_GIVEN, rd_builtin_floor},
    {"ceiling", "n,scale", 1, RD_GIVEN, rd_builtin_ceiling},
    {"round up", "n,scale", 2, RD_GIVEN, rd_builtin_round_up},
    {"round down", "n,scale", 2, RD_GIVEN, rd_builtin_round_down},
    {"round half up", "n,scale", 2, RD_GIVEN, rd_builtin_round_half_up},
    {"round half down", "n,scale", 2, RD_GIVEN, rd_builtin_round_half_down},
    {"abs", "n", 1, RD_GIVEN, rd_builtin_abs},
    {"modulo", "dividend,divisor", 2, RD_GIVEN, rd_builtin_modulo},
    {"sqrt", "number", 1, RD_GIVEN, rd_builtin_sqrt},
    {"log", "number", 1, RD_GIVEN, rd_builtin_log},
    {"exp", "number", 1, RD_GIVEN, rd_builtin_exp},
    {"odd", "number", 1, RD_GIVEN, rd_builtin_odd},
    {"even", "number", 1, RD_GIVEN, rd_builtin_even},
    /* dates and times */
    {"now", "", 0, RD_GIVEN, rd_builtin_now},
    {"today", "", 0, RD_GIVEN, rd_builtin_today},
    {"day of year", "date", 1, RD_GIVEN, rd_builtin_day_of_year},
    {"day of week", "date", 1, RD_GIVEN, rd_builtin_day_of_week},
    {"month of year", "date", 1, RD_GIVEN, rd_builtin_month_of_year},
    {"week of year", "date", 1, RD_GIVEN, rd_builtin_week_of_year},
    {"is", "value1,value2", 0, RD_GIVEN, rd_builtin_is},
    /* contexts */
    {"get value", "m,key", 2, RD_GIVEN, rd_builtin_get_value},
    {"get entries", "m", 1, RD_GIVEN, rd_builtin_get_entries},
    {"context", "entries", 1, RD_GIVEN, rd_builtin_context},
    {"context put", "context,key,value", 3, RD_GIVEN, rd_builtin_context_put},
    {"context put", "context,keys,value", 3, RD_GIVEN, rd_builtin_context_put_in},
    {"context merge", "contexts", 1, RD_GIVEN, rd_builtin_context_merge},
    /* ranges and points */
    {"before", "point1,point2", 2, RD_GIVEN, rd_builtin_before},
    {"before", "point,range", 2, RD_GIVEN, rd_builtin_before},
    {"before", "range,point", 2, RD_GIVEN, rd_builtin_before},
    {"before", "range1,range2", 2, RD_GIVEN, rd_builtin_before},
    {"after", "point1,point2", 2, RD_GIVEN, rd_builtin_after},
    {"after", "point,range", 2, RD_GIVEN, rd_builtin_after},
    {"after", "range,point", 2, RD_GIVEN, rd_builtin_after},
    {"after", "range1,range2", 2, RD_GIVEN, rd_builtin_after},
    {"meets", "range1,range2", 2, RD_GIVEN, rd_builtin_meets},
    {"met by", "range1,range2", 2, RD_GIVEN, rd_builtin_met_by},
    {"overlaps", "range1,range2", 2, RD_GIVEN, rd_builtin_overlaps},
    {"overlaps before", "range1,range2", 2, RD_GIVEN, rd_builtin_overlaps_before},
    {"overlaps after", "range1,range2", 2, RD_GIVEN, rd_builtin_overlaps_after},
    {"finishes", "point,range", 2, RD_GIVEN, rd_builtin_finishes},
    {"finishes", "range1,range2", 2, RD_GIVEN, rd_builtin_finishes},
    {"finished by", "range,point", 2, RD_GIVEN, rd_builtin_finished_by},
    {"finished by", "range1,range2", 2, RD_GIVEN, rd_builtin_finished_by},
    {"includes", "range,point", 2, RD_GIVEN, rd_builtin_includes},
    {"includes", "range1,range2", 2, RD_GIVEN, rd_builtin_includes},
    {"during", "point,range", 2, RD_GIVEN, rd_builtin_during},
    {"during", "range1,range2", 2, RD_GIVEN, rd_builtin_during},
    {"starts", "point,range", 2, RD_GIVEN, rd_builtin_starts},
    {"starts", "range1,range2", 2, RD_GIVEN, rd_builtin_starts},
    {"started by", "range,point", 2, RD_GIVEN, rd_builtin_started_by},
    {"started by", "range1,range2", 2, RD_GIVEN, rd_builtin_started_by},
    {"coincides", "point1,point2", 2, RD_GIVEN, rd_builtin_coincides},
    {"coincides", "range1,range2", 2, RD_GIVEN, rd_builtin_coincides},
};
const size_t rd_builtins_count = sizeof rd_builtins / sizeof rd_builtins[0];

const struct rd_builtin *rd_builtin_find(struct rd_text name)
{
    for (size_t i = 0; i < rd_builtins_count; i++)
        if (rd_text_is(name, rd_builtins[i].name))
            return &rd_builtins[i];
    return NULL;
}

static bool same_name(const struct rd_builtin *row, const struct rd_builtin *first)
{
    return row < rd_builtins + rd_builtins_count && rd_text_is(rd_text_of(row->name), first->name);
}

/* The `index`-th parameter's name; absent: it has not so many. */
static struct rd_text parameter(const struct rd_builtin *row, size_t index)
{
    struct rd_text names = rd_text_of(row->parameters);
    size_t from = 0;
    for (; index > 0 && from <= names.len; index--)
        from = rd_text_find(names, ',', from) + 1;
    if (from >= names.len)
        return RD_TEXT_NONE;
    return rd_text_slice(names, from, rd_text_find(names, ',', from) - from);
}

static size_t parameters_count(const struct rd_builtin *row)
{
    size_t count = 0;
    while (rd_text_present(parameter(row, count)))
        count++;
    return count;
}

/* Puts the arguments in the row's order; false: they do not fit it. */
static bool fit(const struct rd_builtin *row, const struct rd_value *arguments,
                const struct rd_text *names, size_t count, struct rd_value *ordered,
                unsigned *given)
{
    size_t parameters = parameters_count(row);
    *given = 0;
    if (count > parameters || count < row->needed)
        return false;
    for (size_t i = 0; i < parameters; i++)
        ordered[i] = rd_value_null();
    for (size_t i = 0; i < count; i++) {
        size_t to = 0;
        while (names != NULL && to < parameters && !rd_text_equal(names[i], parameter(row, to)))
            to++;
        to = names == NULL ? i : to;
        if (to == parameters || (*given >> to & 1) != 0)
            return false;
        ordered[to] = arguments[i];
        *given |= 1U << to;
    }
    for (size_t i = 0; i < row->needed; i++)
        if ((*given >> i & 1) == 0)
            return false;
    return true;
}

/* min(1, 2, 3): the arguments are the list. */
static bool as_items(const struct rd_builtin *row, const struct rd_value *arguments, size_t count,
                     struct rd_value *list)
{
    if (row->many == RD_GIVEN || count == 0 ||
        (row->many == RD_ITEMS && count == 1 && arguments[0].type == RD_TYPE_LIST))
        return false;
    if (row->many == RD_ITEMS && count == 1 && arguments[0].type == RD_TYPE_NULL)
        return false;
    *list = rd_value_list(arguments, count);
    return true;
}

struct rd_value rd_builtin_call(struct rd_feel_env *env, const struct rd_builtin *first,
                                const struct rd_value *arguments, const struct rd_text *names,
                                size_t count, size_t offset)
{
    struct rd_value ordered[RD_BUILTIN_PARAMETERS_MAX];
    struct rd_call call = {
        .env = env, .arguments = ordered, .by_position = names == NULL, .offset = offset};
    if (!rd_eval_steps(env, 1 + count))
        return rd_value_null();
    for (call.builtin = first; same_name(call.builtin, first); call.builtin++) {
        if (names == NULL && as_items(call.builtin, arguments, count, &ordered[0])) {
            call.given = 1;
            return call.builtin->call(&call);
        }
        if (fit(call.builtin, arguments, names, count, ordered, &call.given))
            return call.builtin->call(&call);
    }
    return rd_feel_null(env, offset, "%s: these %zu arguments do not fit; expected (%s)",
                        first->name, count, first->parameters);
}

struct rd_value rd_call_null(const struct rd_call *call, const char *words)
{
    return rd_feel_null(call->env, call->offset, "%s: %s", call->builtin->name, words);
}

bool rd_was_given(const struct rd_call *call, size_t index)
{
    return (call->given >> index & 1) != 0;
}

bool rd_want(const struct rd_call *call, size_t index, enum rd_type type, struct rd_value *out)
{
    *out = call->arguments[index];
    if (out->type != type)
        *out = rd_value_single(*out);
    if (out->type == type)
        return true;
    struct rd_text name = parameter(call->builtin, index);
    (void)rd_feel_null(call->env, call->offset, "%s: '%.*s' is %s; expected %s",
                       call->builtin->name, RD_TEXT_ARG(name), rd_type_article(out->type),
                       rd_type_article(type));
    return false;
}

bool rd_want_text(const struct rd_call *call, size_t index, struct rd_text *out)
{
    struct rd_value value;
    if (!rd_want(call, index, RD_TYPE_STRING, &value))
        return false;
    *out = value.as.string;
    return true;
}

bool rd_want_number(const struct rd_call *call, size_t index, struct rd_decimal *out)
{
    struct rd_value value;
    if (!rd_want(call, index, RD_TYPE_NUMBER, &value))
        return false;
    *out = value.as.number;
    return true;
}

bool rd_want_whole(const struct rd_call *call, size_t index, int64_t *out)
{
    struct rd_decimal number;
    if (!rd_want_number(call, index, &number))
        return false;
    if (rd_decimal_to_i64(number, out))
        return true;
    (void)rd_call_null(call, "a number is too large");
    return false;
}

bool rd_want_list(const struct rd_call *call, size_t index, struct rd_value *out)
{
    struct rd_list one = {.count = 0};
    *out = call->arguments[index];
    if (out->type == RD_TYPE_LIST)
        return true;
    if (out->type == RD_TYPE_NULL) {
        (void)rd_call_null(call, "null instead of a list");
        return false;
    }
    if (!rd_list_add(call->env, &one, *out))
        return false;
    *out = rd_list_value(&one);
    return true;
}
