#include "rules/engine/eval.h"

#include <stdio.h>

enum { MISFIT_BYTES = 96 };

/* How strictly a value is compared with a type. */
enum strictness {
    CONFORMS, /* null is of every type, and allowed values count */
    INSTANCE  /* null is of none at the top, and allowed values do not count */
};

static bool is_of(struct rd_feel_env *env, const struct rd_value *value,
                  const struct rd_feel_type *type, enum strictness strictness, unsigned depth);

static bool items_are(struct rd_feel_env *env, const struct rd_value *list,
                      const struct rd_feel_type *item, enum strictness strictness, unsigned depth)
{
    for (size_t i = 0; i < list->as.list.count; i++)
        if (!is_of(env, &list->as.list.items[i], item, strictness, depth))
            return false;
    return true;
}

static bool fields_are(struct rd_feel_env *env, const struct rd_context *context,
                       const struct rd_feel_type *type, enum strictness strictness, unsigned depth)
{
    for (size_t i = 0; i < type->fields_count; i++) {
        const struct rd_value *value = rd_context_get(context, type->fields[i].name);
        if (value == NULL || !is_of(env, value, type->fields[i].type, strictness, depth))
            return false;
    }
    return true;
}

/* Types that say the same; NULL and ANY are said of everything. */
static bool takes(const struct rd_feel_type *wanted, const struct rd_feel_type *given)
{
    if (wanted == NULL || given == NULL || wanted->type == RD_TYPE_ANY ||
        given->type == RD_TYPE_ANY)
        return true;
    return wanted->type == given->type;
}

static bool function_is(const struct rd_function *function, const struct rd_feel_type *type)
{
    if (type->any_fields || function->builtin != NULL)
        return true;
    if (function->parameters_count != type->fields_count || !takes(type->item, function->result))
        return false;
    for (size_t i = 0; i < type->fields_count; i++)
        if (!takes(type->fields[i].type, function->parameters[i].type))
            return false;
    return true;
}

static bool shape_is(struct rd_feel_env *env, const struct rd_value *value,
                     const struct rd_feel_type *type, enum strictness strictness, unsigned depth)
{
    if (type->type == RD_TYPE_ANY)
        return !type->unknown;
    if (value->type != type->type)
        return false;
    if (type->type == RD_TYPE_LIST)
        return items_are(env, value, type->item, strictness, depth + 1);
    if (type->type == RD_TYPE_CONTEXT)
        return type->any_fields || fields_are(env, value->as.context, type, strictness, depth + 1);
    if (type->type == RD_TYPE_RANGE)
        return is_of(env, &value->as.range->low, type->item, strictness, depth + 1) &&
               is_of(env, &value->as.range->high, type->item, strictness, depth + 1);
    return type->type != RD_TYPE_FUNCTION || function_is(value->as.function, type);
}

/* Recursion is bounded by RD_VALUE_DEPTH_MAX, whatever the type says of itself. */
static bool is_of(struct rd_feel_env *env, const struct rd_value *value,
                  const struct rd_feel_type *type, enum strictness strictness, unsigned depth)
{
    if (type == NULL)
        return true;
    if (value->type == RD_TYPE_NULL)
        return depth > 0 || strictness == CONFORMS || type->type == RD_TYPE_NULL;
    if (depth == RD_VALUE_DEPTH_MAX || !rd_eval_steps(env, 1) ||
        !shape_is(env, value, type, strictness, depth))
        return false;
    return strictness == INSTANCE || type->allowed == NULL ||
           rd_feel_test_in(env, type->allowed, value) == RD_TRUE;
}

bool rd_feel_conforms(struct rd_feel_env *env, const struct rd_value *value,
                      const struct rd_feel_type *type)
{
    return is_of(env, value, type, CONFORMS, 0);
}

static struct rd_value as_list(struct rd_feel_env *env, struct rd_value value)
{
    struct rd_list list = {.count = 0};
    return rd_list_add(env, &list, value) ? rd_list_value(&list) : rd_value_null();
}

/* What of the value does not fit, for the note; "" where its own kind says it. */
static void say_misfit(struct rd_feel_env *env, const struct rd_value *value,
                       const struct rd_feel_type *type, char out[MISFIT_BYTES])
{
    out[0] = '\0';
    if (value->type != type->type)
        return;
    for (size_t i = 0; type->type == RD_TYPE_CONTEXT && !type->any_fields && i < type->fields_count;
         i++) {
        const struct rd_feel_field *field = &type->fields[i];
        const struct rd_value *part = rd_context_get(value->as.context, field->name);
        if (part != NULL && rd_feel_conforms(env, part, field->type))
            continue;
        snprintf(out, MISFIT_BYTES,
                 part == NULL ? ": it has no '%.*s'" : ": its '%.*s' does not fit",
                 RD_TEXT_ARG(rd_text_slice(field->name, 0, MISFIT_BYTES / 2)));
        return;
    }
    if (type->allowed != NULL)
        snprintf(out, MISFIT_BYTES, ": it is not among the allowed values");
}

struct rd_value rd_feel_coerce(struct rd_feel_env *env, struct rd_value value,
                               const struct rd_feel_type *type)
{
    if (rd_feel_conforms(env, &value, type))
        return value;
    if (value.type == RD_TYPE_LIST && value.as.list.count == 1 && type->type != RD_TYPE_LIST &&
        rd_feel_conforms(env, &value.as.list.items[0], type))
        return value.as.list.items[0];
    if (type->type == RD_TYPE_LIST && value.type != RD_TYPE_LIST) {
        struct rd_value list = as_list(env, value);
        if (list.type == RD_TYPE_LIST && rd_feel_conforms(env, &list, type))
            return list;
    }
    if (value.type == RD_TYPE_DATE && type->type == RD_TYPE_DATE_TIME) {
        struct rd_date_time at = {.date = value.as.date, .time = {.has_offset = true}};
        struct rd_value moment = {.type = RD_TYPE_DATE_TIME, .as.date_time = at};
        if (rd_feel_conforms(env, &moment, type))
            return moment;
    }
    struct rd_text name =
        rd_text_present(type->name) ? type->name : rd_text_of(rd_type_name(type->type));
    char misfit[MISFIT_BYTES];
    say_misfit(env, &value, type, misfit);
    return rd_feel_null(env, 0, "found %s; expected a value of the type %.*s%s",
                        rd_type_article(value.type), RD_TEXT_ARG(name), misfit);
}

struct rd_value rd_eval_instance_of(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value value = rd_feel_eval(env, node->children[0]);
    const struct rd_feel_type *type = node->as.type;
    if (type->unknown)
        return rd_feel_null(env, node->offset, "the type '%.*s' is not known",
                            RD_TEXT_ARG(type->name));
    return rd_value_boolean(is_of(env, &value, type, INSTANCE, 0));
}
