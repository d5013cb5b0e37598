#include "rules/engine/value_json.h"

static bool given_boolean(struct rd_text text, struct rd_value *out)
{
    *out = rd_value_boolean(rd_text_is(text, "true"));
    return out->as.boolean || rd_text_is(text, "false");
}

/* False: not such a text. */
static bool from_text(struct rd_text text, enum rd_type type, struct rd_value *out)
{
    out->type = type;
    switch (type) {
    case RD_TYPE_BOOLEAN:
        return given_boolean(text, out);
    case RD_TYPE_NUMBER:
        return rd_decimal_parse(text, &out->as.number);
    case RD_TYPE_DATE:
        return rd_date_parse(text, &out->as.date);
    case RD_TYPE_TIME:
        return rd_time_parse(text, &out->as.time);
    case RD_TYPE_DATE_TIME:
        return rd_date_time_parse(text, &out->as.date_time);
    case RD_TYPE_DURATION_DAYS:
        return rd_duration_days_parse(text, &out->as.duration);
    case RD_TYPE_DURATION_MONTHS:
        return rd_duration_months_parse(text, &out->as.duration);
    case RD_TYPE_ANY:
    case RD_TYPE_NULL:
    case RD_TYPE_STRING:
    case RD_TYPE_LIST:
    case RD_TYPE_CONTEXT:
    case RD_TYPE_RANGE:
    case RD_TYPE_FUNCTION:
        break;
    }
    return false;
}

static const struct rd_feel_type *field_type(const struct rd_feel_type *type, struct rd_text name)
{
    for (size_t i = 0; i < type->fields_count; i++)
        if (rd_text_equal(type->fields[i].name, name))
            return type->fields[i].type;
    return NULL;
}

static struct rd_value given_list(struct rd_value value, const struct rd_feel_type *item,
                                  struct rd_arena *arena)
{
    size_t count = value.as.list.count;
    struct rd_value *items = rd_arena_array(arena, count + 1, sizeof *items);
    for (size_t i = 0; items != NULL && i < count; i++)
        items[i] = rd_value_given(value.as.list.items[i], item, arena);
    return items == NULL ? value : rd_value_list(items, count);
}

static struct rd_value given_context(struct rd_value value, const struct rd_feel_type *type,
                                     struct rd_arena *arena)
{
    size_t count = value.as.context->count;
    struct rd_member *entries = rd_arena_array(arena, count + 1, sizeof *entries);
    struct rd_context *context = rd_arena_take(arena, sizeof *context);
    if (entries == NULL || context == NULL)
        return value;
    for (size_t i = 0; i < count; i++) {
        entries[i] = value.as.context->entries[i];
        entries[i].value =
            rd_value_given(entries[i].value, field_type(type, entries[i].name), arena);
    }
    *context = (struct rd_context){.entries = entries, .count = count};
    return rd_value_context(context);
}

/* The value is at most RD_VALUE_DEPTH_MAX deep. A list for what is none is its only item's. */
struct rd_value rd_value_given(struct rd_value value, const struct rd_feel_type *type,
                               struct rd_arena *arena)
{
    struct rd_value read;
    for (int i = 0; type != NULL && type->type == RD_TYPE_LIST && value.type != RD_TYPE_LIST &&
                    i < RD_VALUE_DEPTH_MAX;
         i++)
        type = type->item;
    if (type == NULL)
        return value;
    if (value.type == RD_TYPE_STRING)
        return from_text(value.as.string, type->type, &read) ? read : value;
    if (value.type == RD_TYPE_LIST)
        return given_list(value, type->type == RD_TYPE_LIST ? type->item : type, arena);
    return value.type == RD_TYPE_CONTEXT ? given_context(value, type, arena) : value;
}
