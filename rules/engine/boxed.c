#include "rules/engine/boxed.h"

/* What one boxed expression counts against the env's levels: its frames are larger than a node's.
 */
enum { LEVELS = 4 };

static struct rd_value out_of_room(struct rd_feel_env *env)
{
    env->full = true;
    return rd_value_null();
}

/* The first note of an evaluation learns which text it is about. */
static void place_note(struct rd_feel_env *env, struct rd_pos pos)
{
    if (env->note != NULL && env->note->set && env->note->pos.line == 0)
        env->note->pos = pos;
}

/* Evaluates among the names of one more frame; the frame stays in the arena, because a function
 * value may keep it. */
static struct rd_value eval_within(struct rd_feel_env *env, const struct rd_boxed *boxed,
                                   const struct rd_member *entries, size_t count)
{
    const struct rd_scope *outer = env->scope;
    struct rd_scope *frame = rd_arena_take(env->arena, sizeof *frame);
    if (frame == NULL)
        return out_of_room(env);
    *frame = (struct rd_scope){.parent = outer, .entries = entries, .count = count};
    env->scope = frame;
    struct rd_value value = rd_boxed_eval(env, boxed);
    env->scope = outer;
    return value;
}

static struct rd_value eval_entry(struct rd_feel_env *env, const struct rd_boxed_entry *entry)
{
    return rd_feel_coerce(env, rd_boxed_eval(env, entry->value), entry->type);
}

static struct rd_value context_of(struct rd_feel_env *env, const struct rd_member *entries,
                                  size_t count)
{
    struct rd_context *context = rd_arena_take(env->arena, sizeof *context);
    if (context == NULL)
        return out_of_room(env);
    *context = (struct rd_context){.entries = entries, .count = count};
    return rd_value_context(context);
}

static struct rd_value eval_context(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    bool nested = boxed->kind == RD_BOXED_CONTEXT;
    struct rd_member *entries =
        rd_arena_array(env->arena, boxed->entries_count + 1, sizeof *entries);
    if (entries == NULL)
        return out_of_room(env);
    for (size_t i = 0; i < boxed->entries_count; i++) {
        const struct rd_boxed_entry *entry = &boxed->entries[i];
        struct rd_value value =
            nested ? eval_within(env, entry->value, entries, i) : rd_boxed_eval(env, entry->value);
        value = rd_feel_coerce(env, value, entry->type);
        if (!rd_text_present(entry->name)) /* the last: see the reader */
            return value;
        if (value.type == RD_TYPE_FUNCTION && entry->value != NULL &&
            entry->value->kind == RD_BOXED_FUNCTION && value.as.function->name.ptr == NULL) {
            struct rd_function *named = rd_arena_take(env->arena, sizeof *named);
            if (named == NULL)
                return out_of_room(env);
            *named = *value.as.function;
            named->name = entry->name;
            value.as.function = named;
        }
        entries[i] = (struct rd_member){.name = entry->name, .value = value};
    }
    return context_of(env, entries, boxed->entries_count);
}

static struct rd_value eval_list(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    struct rd_value *items = rd_arena_array(env->arena, boxed->entries_count + 1, sizeof *items);
    if (items == NULL)
        return out_of_room(env);
    for (size_t i = 0; i < boxed->entries_count; i++)
        items[i] = eval_entry(env, &boxed->entries[i]);
    return rd_value_list(items, boxed->entries_count);
}

/* The argument bound to a parameter; SIZE_MAX: none is. */
static size_t find_binding(const struct rd_boxed *boxed, struct rd_text name)
{
    for (size_t i = 1; i < boxed->entries_count; i++)
        if (rd_text_equal(boxed->entries[i].name, name))
            return i;
    return SIZE_MAX;
}

static bool has_parameter(const struct rd_function *function, struct rd_text name)
{
    for (size_t i = 0; i < function->parameters_count; i++)
        if (rd_text_equal(function->parameters[i].name, name))
            return true;
    return false;
}

static struct rd_value eval_invocation(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    struct rd_value callee = rd_boxed_eval(env, boxed->entries[0].value);
    if (callee.type != RD_TYPE_FUNCTION) {
        struct rd_value null = rd_feel_null(env, 0, "the invocation calls a %s, not a function",
                                            rd_type_name(callee.type));
        place_note(env, boxed->pos);
        return null;
    }
    const struct rd_function *function = callee.as.function;
    for (size_t i = 1; i < boxed->entries_count; i++)
        if (!has_parameter(function, boxed->entries[i].name)) {
            struct rd_value null = rd_feel_null(env, 0, "the function has no parameter '%.*s'",
                                                RD_TEXT_ARG(boxed->entries[i].name));
            place_note(env, boxed->pos);
            return null;
        }
    struct rd_value *arguments =
        rd_arena_array(env->arena, function->parameters_count + 1, sizeof *arguments);
    if (arguments == NULL)
        return out_of_room(env);
    for (size_t i = 0; i < function->parameters_count; i++) {
        size_t at = find_binding(boxed, function->parameters[i].name);
        arguments[i] = at == SIZE_MAX ? rd_value_null() : eval_entry(env, &boxed->entries[at]);
    }
    struct rd_value value = rd_feel_call(env, &callee, arguments, function->parameters_count);
    place_note(env, boxed->pos);
    return value;
}

/* A boxed function is called: its parameters stand in a frame above what it closed over. */
static struct rd_value call_boxed(struct rd_feel_env *env, const struct rd_function *self,
                                  const struct rd_value *arguments)
{
    const struct rd_boxed *boxed = self->context;
    const struct rd_scope *outer = env->scope;
    const struct rd_value *input = env->input;
    struct rd_member *entries =
        rd_arena_array(env->arena, self->parameters_count + 1, sizeof *entries);
    if (entries == NULL)
        return out_of_room(env);
    for (size_t i = 0; i < self->parameters_count; i++)
        entries[i] = (struct rd_member){.name = self->parameters[i].name, .value = arguments[i]};
    env->scope = self->scope;
    env->input = NULL;
    struct rd_value value =
        eval_within(env, boxed->entries[0].value, entries, self->parameters_count);
    env->scope = outer;
    env->input = input;
    return value;
}

struct rd_value rd_boxed_function(struct rd_feel_env *env, const struct rd_boxed *boxed,
                                  struct rd_text name)
{
    struct rd_function *function = rd_arena_take(env->arena, sizeof *function);
    if (function == NULL)
        return out_of_room(env);
    *function = (struct rd_function){.name = name,
                                     .parameters = boxed->parameters,
                                     .parameters_count = boxed->parameters_count,
                                     .result = boxed->item,
                                     .call = call_boxed,
                                     .scope = env->scope,
                                     .context = boxed};
    return (struct rd_value){.type = RD_TYPE_FUNCTION, .as.function = function};
}

static struct rd_value refuse_value(struct rd_feel_env *env, const struct rd_boxed *boxed,
                                    const char *what, const char *expected,
                                    const struct rd_value *found)
{
    struct rd_value null = rd_feel_null(env, 0, "%s gives a %s; expected a %s", what,
                                        rd_type_name(found->type), expected);
    place_note(env, boxed->pos);
    return null;
}

/* As FEEL's if: what is not true is false; but the condition must be one. */
static struct rd_value eval_conditional(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    struct rd_value condition = eval_entry(env, &boxed->entries[0]);
    if (condition.type != RD_TYPE_BOOLEAN && condition.type != RD_TYPE_NULL)
        return refuse_value(env, boxed, "the condition", "boolean", &condition);
    bool yes = condition.type == RD_TYPE_BOOLEAN && condition.as.boolean;
    return eval_entry(env, &boxed->entries[yes ? 1 : 2]);
}

/* One step of a loop is counted as one of the env's; false: none is left. */
static bool step(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    if (env->steps_left > 0) {
        env->steps_left--;
        return true;
    }
    (void)rd_feel_null(env, 0, "the evaluation takes more than %d steps", RD_FEEL_STEPS_MAX);
    place_note(env, boxed->pos);
    return false;
}

/* "item" and, when it is a context, its entries by their own names. */
static struct rd_value eval_match(struct rd_feel_env *env, const struct rd_boxed *boxed,
                                  const struct rd_value *item)
{
    const struct rd_scope *outer = env->scope;
    struct rd_member *entry = rd_arena_take(env->arena, sizeof *entry);
    struct rd_scope *members = rd_arena_take(env->arena, sizeof *members);
    if (entry == NULL || members == NULL)
        return out_of_room(env);
    *entry = (struct rd_member){.name = RD_TEXT("item"), .value = *item};
    *members = (struct rd_scope){.parent = outer};
    if (item->type == RD_TYPE_CONTEXT) {
        members->entries = item->as.context->entries;
        members->count = item->as.context->count;
    }
    env->scope = members;
    struct rd_value value = eval_within(env, boxed->entries[1].value, entry, 1);
    env->scope = outer;
    return value;
}

static struct rd_value eval_filter(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    struct rd_value list = eval_entry(env, &boxed->entries[0]);
    if (list.type == RD_TYPE_NULL)
        return list;
    const struct rd_value *items = list.type == RD_TYPE_LIST ? list.as.list.items : &list;
    size_t count = list.type == RD_TYPE_LIST ? list.as.list.count : 1, kept_count = 0;
    struct rd_value *kept = rd_arena_array(env->arena, count + 1, sizeof *kept);
    if (kept == NULL)
        return out_of_room(env);
    for (size_t i = 0; i < count; i++) {
        if (!step(env, boxed))
            return rd_value_null();
        struct rd_value match = eval_match(env, boxed, &items[i]);
        if (match.type != RD_TYPE_BOOLEAN)
            return refuse_value(env, boxed, "the match of the filter", "boolean", &match);
        if (match.as.boolean)
            kept[kept_count++] = items[i];
    }
    return rd_value_list(kept, kept_count);
}

/* for: what each item gives; some, every: whether one, all satisfy. */
static struct rd_value eval_loop(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    struct rd_value list = eval_entry(env, &boxed->entries[0]);
    bool maps = boxed->kind == RD_BOXED_FOR;
    bool truth = boxed->kind == RD_BOXED_EVERY;
    if (list.type != RD_TYPE_LIST)
        return refuse_value(env, boxed, "the collection to iterate over", "list", &list);
    size_t count = list.as.list.count;
    struct rd_value *results = rd_arena_array(env->arena, maps ? count + 1 : 1, sizeof *results);
    if (results == NULL)
        return out_of_room(env);
    for (size_t i = 0; i < count; i++) {
        struct rd_member *frame = rd_arena_array(env->arena, 2, sizeof *frame);
        if (frame == NULL)
            return out_of_room(env);
        if (!step(env, boxed))
            return rd_value_null();
        frame[0] = (struct rd_member){
            .name = boxed->name, .value = rd_feel_coerce(env, list.as.list.items[i], boxed->item)};
        frame[1] =
            (struct rd_member){.name = RD_TEXT("partial"), .value = rd_value_list(results, i)};
        struct rd_value value = eval_within(env, boxed->entries[1].value, frame, maps ? 2 : 1);
        if (maps)
            results[i] = value;
        else if (value.type != RD_TYPE_BOOLEAN)
            return refuse_value(env, boxed, "the condition", "boolean", &value);
        else if (value.as.boolean != truth)
            return rd_value_boolean(!truth);
    }
    return maps ? rd_value_list(results, count) : rd_value_boolean(truth);
}

static struct rd_value eval_kind(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    switch (boxed->kind) {
    case RD_BOXED_LITERAL:
        return boxed->literal == NULL ? rd_value_null() : rd_feel_eval(env, boxed->literal);
    case RD_BOXED_TABLE:
        return rd_table_evaluate(boxed->table, env);
    case RD_BOXED_CONTEXT:
    case RD_BOXED_RECORD:
        return eval_context(env, boxed);
    case RD_BOXED_LIST:
        return eval_list(env, boxed);
    case RD_BOXED_INVOCATION:
        return eval_invocation(env, boxed);
    case RD_BOXED_FUNCTION:
        return rd_boxed_function(env, boxed, RD_TEXT_NONE);
    case RD_BOXED_CONDITIONAL:
        return eval_conditional(env, boxed);
    case RD_BOXED_FILTER:
        return eval_filter(env, boxed);
    case RD_BOXED_FOR:
    case RD_BOXED_SOME:
    case RD_BOXED_EVERY:
        return eval_loop(env, boxed);
    }
    return rd_value_null();
}

/* Its depth is that of the file's elements, and of calls, which levels_left bounds. */
struct rd_value rd_boxed_eval(struct rd_feel_env *env, const struct rd_boxed *boxed)
{
    if (boxed == NULL)
        return rd_value_null();
    if (env->levels_left < LEVELS || env->full) {
        struct rd_value null = rd_feel_null(env, 0, "expressions nested too deep");
        place_note(env, boxed->pos);
        return null;
    }
    env->levels_left -= LEVELS;
    struct rd_value value = eval_kind(env, boxed);
    if (boxed->kind != RD_BOXED_FUNCTION)
        value = rd_feel_coerce(env, value, boxed->type);
    place_note(env, boxed->pos);
    env->levels_left += LEVELS;
    return value;
}
