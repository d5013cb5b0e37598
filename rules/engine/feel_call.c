#include "rules/engine/eval.h"

static const struct rd_value *find_name(const struct rd_scope *scope, struct rd_text name)
{
    for (; scope != NULL; scope = scope->parent)
        for (size_t i = 0; i < scope->count; i++)
            if (rd_text_equal(scope->entries[i].name, name))
                return &scope->entries[i].value;
    return NULL;
}

static struct rd_value function_value(struct rd_feel_env *env, struct rd_function function)
{
    struct rd_function *room = rd_eval_take(env, 1, sizeof *room);
    if (room == NULL)
        return rd_value_null();
    *room = function;
    return (struct rd_value){.type = RD_TYPE_FUNCTION, .as.function = room};
}

struct rd_value rd_eval_name(struct rd_feel_env *env, const struct rd_node *node)
{
    const struct rd_value *value = find_name(env->scope, node->as.name);
    if (value != NULL)
        return *value;
    const struct rd_builtin *builtin = rd_builtin_find(node->as.name);
    if (builtin != NULL)
        return function_value(env, (struct rd_function){.name = node->as.name, .builtin = builtin});
    return rd_feel_null(env, node->offset, "nothing is called '%.*s' here",
                        RD_TEXT_ARG(node->as.name));
}

struct rd_value rd_eval_function(struct rd_feel_env *env, const struct rd_node *node)
{
    return function_value(env, (struct rd_function){.parameters = node->as.parameters.items,
                                                    .parameters_count = node->as.parameters.count,
                                                    .body = node->children[0],
                                                    .scope = env->scope});
}

/* Where the argument for parameter `index` stands; `count`: nowhere. */
static size_t argument_for(struct rd_text parameter, size_t index, const struct rd_text *names,
                           size_t count)
{
    size_t at = 0;
    if (names == NULL)
        return index;
    while (at < count && !rd_text_equal(names[at], parameter))
        at++;
    return at;
}

/* Arguments in the order of the parameters, each of its type; NULL with a note when they do not
 * fit. `names` NULL: by position. */
static struct rd_value *bind(struct rd_feel_env *env, const struct rd_function *function,
                             const struct rd_value *arguments, const struct rd_text *names,
                             size_t count, size_t offset)
{
    struct rd_value *bound = rd_eval_take(env, function->parameters_count, sizeof *bound);
    if (bound == NULL)
        return NULL;
    if (count != function->parameters_count) {
        (void)rd_feel_null(env, offset, "%zu arguments; expected %zu", count,
                           function->parameters_count);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct rd_parameter *parameter = &function->parameters[i];
        size_t from = argument_for(parameter->name, i, names, count);
        if (from == count) {
            (void)rd_feel_null(env, offset, "no argument for the parameter '%.*s'",
                               RD_TEXT_ARG(parameter->name));
            return NULL;
        }
        bound[i] = rd_feel_coerce(env, arguments[from], parameter->type);
        if (bound[i].type == RD_TYPE_NULL && arguments[from].type != RD_TYPE_NULL)
            return NULL;
    }
    return bound;
}

static struct rd_value run_body(struct rd_feel_env *env, const struct rd_function *function,
                                const struct rd_value *bound)
{
    size_t count = function->parameters_count;
    struct rd_scope *scope = rd_eval_take(env, 1, sizeof *scope);
    struct rd_member *entries = rd_eval_take(env, count, sizeof *entries);
    if (scope == NULL || entries == NULL)
        return rd_value_null();
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct rd_member){function->parameters[i].name, bound[i]};
    *scope = (struct rd_scope){function->scope, entries, count};
    const struct rd_scope *caller = env->scope;
    const struct rd_value *input = env->input;
    env->scope = scope;
    env->input = NULL;
    struct rd_value value = rd_feel_eval(env, function->body);
    env->scope = caller;
    env->input = input;
    return value;
}

static struct rd_value call_function(struct rd_feel_env *env, const struct rd_value *callee,
                                     const struct rd_value *arguments, const struct rd_text *names,
                                     size_t count, size_t offset)
{
    if (callee->type != RD_TYPE_FUNCTION)
        return rd_feel_null(env, offset, "%s is called; expected a function",
                            rd_type_article(callee->type));
    const struct rd_function *function = callee->as.function;
    if (function->builtin != NULL)
        return rd_builtin_call(env, function->builtin, arguments, names, count, offset);
    if (env->calls_left == 0)
        return rd_feel_null(env, offset, "more than %d calls inside one another",
                            RD_FEEL_CALLS_MAX);
    struct rd_value *bound = bind(env, function, arguments, names, count, offset);
    if (bound == NULL)
        return rd_value_null();
    env->calls_left--;
    struct rd_value value = function->body != NULL ? run_body(env, function, bound)
                                                   : function->call(env, function, bound);
    env->calls_left++;
    return rd_feel_coerce(env, value, function->result);
}

struct rd_value rd_feel_call(struct rd_feel_env *env, const struct rd_value *function,
                             const struct rd_value *arguments, size_t count)
{
    return call_function(env, function, arguments, NULL, count, 0);
}

/* A variable that is no function does not hide the built-in function of its name. */
static struct rd_value callee_of(struct rd_feel_env *env, const struct rd_node *node)
{
    const struct rd_builtin *builtin = NULL;
    struct rd_value callee = rd_feel_eval(env, node);
    if (callee.type != RD_TYPE_FUNCTION && node->kind == RD_NODE_NAME)
        builtin = rd_builtin_find(node->as.name);
    if (builtin == NULL)
        return callee;
    return function_value(env, (struct rd_function){.name = node->as.name, .builtin = builtin});
}

struct rd_value rd_eval_call(struct rd_feel_env *env, const struct rd_node *node)
{
    size_t count = node->children_count;
    struct rd_value *arguments = rd_eval_take(env, count, sizeof *arguments);
    struct rd_value callee = callee_of(env, node->as.call.function);
    if (arguments == NULL)
        return rd_value_null();
    for (size_t i = 0; i < count; i++)
        arguments[i] = rd_feel_eval(env, node->children[i]);
    return call_function(env, &callee, arguments, node->as.call.names, count, node->offset);
}
