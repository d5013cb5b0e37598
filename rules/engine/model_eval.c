#include "rules/engine/model.h"

#include <stdio.h>

/* One evaluation of a part of the graph: the request's, or a call of a decision service. */
struct run {
    const struct rd_model *model;
    struct rd_feel_env *env;
    struct rd_value *values; /* one for each node */
    unsigned char *states;   /* enum state */
    const struct rd_scope *given;
    const struct rd_drg **about; /* the node that the note is about; NULL: nobody asks */
};
enum state { UNUSED, NEEDED, KNOWN };

/* What a service's function value holds on to. */
struct service {
    const struct rd_model *model;
    const struct rd_drg *node;
    const struct rd_scope *given;
};

static bool run_init(struct run *run, const struct rd_model *model, struct rd_feel_env *env,
                     const struct rd_scope *given)
{
    size_t count = model->nodes_count;
    *run = (struct run){.model = model, .env = env, .given = given};
    run->values = rd_arena_array(env->arena, count + 1, sizeof *run->values);
    run->states = rd_arena_array(env->arena, count + 1, sizeof *run->states);
    env->full = env->full || run->values == NULL || run->states == NULL;
    return !env->full;
}

static void give(struct run *run, size_t node, struct rd_value value)
{
    run->values[node] = value;
    run->states[node] = KNOWN;
}

/* Marks what the NEEDED nodes need, through the order backwards. */
static void mark_needed(struct run *run)
{
    const struct rd_model *model = run->model;
    for (size_t i = model->nodes_count; i > 0; i--) {
        size_t node = model->order[i - 1];
        if (run->states[node] != NEEDED)
            continue;
        for (size_t j = 0; j < model->nodes[node].needs_count; j++) {
            size_t need = model->nodes[node].needs[j].node;
            if (run->states[need] == UNUSED)
                run->states[need] = NEEDED;
        }
    }
}

static struct rd_member needed_entry(const struct run *run, const struct rd_requirement *need)
{
    return (struct rd_member){.name = run->model->nodes[need->node].seen,
                              .value = run->values[need->node]};
}

/* Whether an earlier need of the node is of the same import. */
static bool import_is_known(const struct rd_drg *node, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (rd_text_equal(node->needs[i].import, node->needs[at].import))
            return true;
    return false;
}

/* What a node needs of an import, under the import's name: a context. */
static struct rd_value import_context(struct run *run, const struct rd_drg *node,
                                      struct rd_text import)
{
    struct rd_context *context = rd_arena_take(run->env->arena, sizeof *context);
    struct rd_member *entries = rd_arena_array(run->env->arena, node->needs_count, sizeof *entries);
    if (context == NULL || entries == NULL) {
        run->env->full = true;
        return rd_value_null();
    }
    for (size_t i = 0; i < node->needs_count; i++)
        if (rd_text_equal(node->needs[i].import, import))
            entries[context->count++] = needed_entry(run, &node->needs[i]);
    context->entries = entries;
    return rd_value_context(context);
}

/* The names a node sees: what it requires. NULL: the arena is full. */
static const struct rd_scope *scope_of(struct run *run, const struct rd_drg *node)
{
    struct rd_feel_env *env = run->env;
    struct rd_scope *scope = rd_arena_take(env->arena, sizeof *scope);
    struct rd_member *entries = rd_arena_array(env->arena, node->needs_count + 1, sizeof *entries);
    size_t count = 0;
    env->full = env->full || scope == NULL || entries == NULL;
    for (size_t i = 0; !env->full && i < node->needs_count; i++) {
        const struct rd_requirement *need = &node->needs[i];
        if (!rd_text_present(need->import))
            entries[count++] = needed_entry(run, need);
        else if (!import_is_known(node, i))
            entries[count++] = (struct rd_member){.name = need->import,
                                                  .value = import_context(run, node, need->import)};
    }
    if (env->full)
        return NULL;
    *scope = (struct rd_scope){.parent = run->given, .entries = entries, .count = count};
    return scope;
}

static struct rd_value call_service(struct rd_feel_env *env, const struct rd_function *self,
                                    const struct rd_value *arguments);

static struct rd_value service_function(struct run *run, const struct rd_drg *node)
{
    struct rd_function *function = rd_arena_take(run->env->arena, sizeof *function);
    struct service *service = rd_arena_take(run->env->arena, sizeof *service);
    if (function == NULL || service == NULL) {
        run->env->full = true;
        return rd_value_null();
    }
    *service = (struct service){.model = run->model, .node = node, .given = run->given};
    *function = (struct rd_function){.name = node->name,
                                     .parameters = node->parameters,
                                     .parameters_count = node->parameters_count,
                                     .result = node->type,
                                     .call = call_service,
                                     .context = service};
    return (struct rd_value){.type = RD_TYPE_FUNCTION, .as.function = function};
}

static struct rd_value eval_node(struct run *run, const struct rd_drg *node)
{
    struct rd_feel_env *env = run->env;
    if (node->refused)
        return rd_feel_null(env, 0, "'%.*s' was refused when the file was read",
                            RD_TEXT_ARG(node->name));
    if (node->kind == RD_DRG_SERVICE)
        return service_function(run, node);
    if (node->kind == RD_DRG_INPUT || node->logic == NULL)
        return rd_value_null();
    const struct rd_scope *outer = env->scope;
    const struct rd_value *input = env->input;
    env->scope = scope_of(run, node);
    env->input = NULL;
    struct rd_value value;
    if (env->full)
        value = rd_value_null();
    else if (node->kind == RD_DRG_KNOWLEDGE)
        value = rd_boxed_function(env, node->logic, node->name);
    else
        value = rd_feel_coerce(env, rd_boxed_eval(env, node->logic), node->type);
    env->scope = outer;
    env->input = input;
    return value;
}

/* Everything that is needed, each node once, what is needed before what needs it. */
static void evaluate(struct run *run)
{
    mark_needed(run);
    for (size_t i = 0; i < run->model->nodes_count && !run->env->full; i++) {
        size_t node = run->model->order[i];
        if (run->states[node] != NEEDED)
            continue;
        struct rd_feel_note *note = run->env->note;
        bool noted = note == NULL || note->set;
        give(run, node, eval_node(run, &run->model->nodes[node]));
        if (run->about != NULL && !noted && note->set) {
            *run->about = &run->model->nodes[node];
            if (note->pos.line == 0)
                note->pos = run->model->nodes[node].pos;
        }
    }
}

/* One output decision: its value; several: a context of them. */
static struct rd_value service_result(struct run *run, const struct rd_drg *node)
{
    if (node->outputs_count == 1)
        return rd_feel_coerce(run->env, run->values[node->outputs[0]], node->type);
    struct rd_context *context = rd_arena_take(run->env->arena, sizeof *context);
    struct rd_member *entries =
        rd_arena_array(run->env->arena, node->outputs_count + 1, sizeof *entries);
    if (context == NULL || entries == NULL) {
        run->env->full = true;
        return rd_value_null();
    }
    for (size_t i = 0; i < node->outputs_count; i++)
        entries[i] = (struct rd_member){.name = run->model->nodes[node->outputs[i]].seen,
                                        .value = run->values[node->outputs[i]]};
    *context = (struct rd_context){.entries = entries, .count = node->outputs_count};
    return rd_feel_coerce(run->env, rd_value_context(context), node->type);
}

static struct rd_value run_service(struct run *run, const struct rd_drg *node,
                                   const struct rd_value *arguments)
{
    for (size_t i = 0; i < node->parameters_count; i++)
        give(run, node->parameter_nodes[i], arguments[i]);
    for (size_t i = 0; i < node->outputs_count; i++)
        if (run->states[node->outputs[i]] == UNUSED)
            run->states[node->outputs[i]] = NEEDED;
    evaluate(run);
    return run->env->full ? rd_value_null() : service_result(run, node);
}

static struct rd_value call_service(struct rd_feel_env *env, const struct rd_function *self,
                                    const struct rd_value *arguments)
{
    const struct service *service = self->context;
    struct run run;
    if (!run_init(&run, service->model, env, service->given))
        return rd_value_null();
    return run_service(&run, service->node, arguments);
}

/* The input as its type; null when it is not given. */
static struct rd_value given_input(struct rd_feel_env *env, const struct rd_context *inputs,
                                   struct rd_text name, const struct rd_feel_type *type)
{
    const struct rd_value *value = inputs == NULL ? NULL : rd_context_get(inputs, name);
    return value == NULL ? rd_value_null() : rd_feel_coerce(env, *value, type);
}

static void give_inputs(struct run *run, const struct rd_context *inputs)
{
    for (size_t i = 0; i < run->model->nodes_count; i++) {
        const struct rd_drg *node = &run->model->nodes[i];
        if (node->kind != RD_DRG_INPUT)
            continue;
        bool noted = run->env->note->set;
        bool by_name = inputs != NULL && rd_context_get(inputs, node->name) != NULL;
        struct rd_text name = by_name ? node->name : node->seen;
        give(run, i, given_input(run->env, inputs, name, node->type));
        if (!noted && run->env->note->set) {
            *run->about = node;
            run->env->note->pos = node->pos;
        }
    }
}

static struct rd_value decide_service(struct run *run, const struct rd_drg *node,
                                      const struct rd_context *inputs)
{
    struct rd_value *arguments =
        rd_arena_array(run->env->arena, node->parameters_count + 1, sizeof *arguments);
    if (arguments == NULL) {
        run->env->full = true;
        return rd_value_null();
    }
    for (size_t i = 0; i < node->parameters_count; i++)
        arguments[i] =
            given_input(run->env, inputs, node->parameters[i].name, node->parameters[i].type);
    return run_service(run, node, arguments);
}

/* A business knowledge model's function, with what is given by its parameters' names. */
static struct rd_value decide_function(struct run *run, struct rd_value function,
                                       const struct rd_context *inputs)
{
    if (function.type != RD_TYPE_FUNCTION)
        return function;
    size_t count = function.as.function->parameters_count;
    struct rd_value *arguments = rd_arena_array(run->env->arena, count + 1, sizeof *arguments);
    if (arguments == NULL) {
        run->env->full = true;
        return rd_value_null();
    }
    for (size_t i = 0; i < count; i++) {
        const struct rd_parameter *parameter = &function.as.function->parameters[i];
        arguments[i] = given_input(run->env, inputs, parameter->name, parameter->type);
    }
    return rd_feel_call(run->env, &function, arguments, count);
}

void rd_model_decide(const struct rd_model *model, const struct rd_model_request *request,
                     struct rd_arena *arena, struct rd_model_answer *out)
{
    struct rd_feel_env env;
    struct run run;
    struct rd_scope *given = rd_arena_take(arena, sizeof *given);
    *out = (struct rd_model_answer){.value = rd_value_null()};
    rd_feel_env_init(&env, arena);
    env.now = request->now;
    env.has_now = request->has_now;
    env.regex = request->regex;
    env.note = &out->note;
    env.full = given == NULL;
    if (given != NULL && model->undeclared && request->inputs != NULL)
        *given =
            (struct rd_scope){.entries = request->inputs->entries, .count = request->inputs->count};
    if (!env.full && run_init(&run, model, &env, given)) {
        run.about = &out->note_about;
        if (request->node->kind == RD_DRG_SERVICE) {
            out->value = decide_service(&run, request->node, request->inputs);
        } else {
            size_t node = (size_t)(request->node - model->nodes);
            give_inputs(&run, request->inputs);
            run.states[node] = NEEDED;
            evaluate(&run);
            out->value = request->node->kind == RD_DRG_KNOWLEDGE
                             ? decide_function(&run, run.values[node], request->inputs)
                             : run.values[node];
        }
    }
    out->full = env.full;
    if (env.full)
        out->value = rd_value_null();
}
