#include "rules/engine/eval.h"

#include <stdarg.h>
#include <stdio.h>

void rd_feel_env_init(struct rd_feel_env *env, struct rd_arena *arena)
{
    *env = (struct rd_feel_env){.arena = arena,
                                .steps_left = RD_FEEL_STEPS_MAX,
                                .calls_left = RD_FEEL_CALLS_MAX,
                                .levels_left = RD_FEEL_LEVELS_MAX};
}

struct rd_value rd_feel_null(struct rd_feel_env *env, size_t offset, const char *format, ...)
{
    if (env->note != NULL && !env->note->set) {
        va_list args;
        va_start(args, format);
        vsnprintf(env->note->words, sizeof env->note->words, format, args);
        va_end(args);
        env->note->offset = offset;
        env->note->set = true;
    }
    return rd_value_null();
}

void *rd_eval_take(struct rd_feel_env *env, size_t count, size_t size)
{
    void *room = rd_arena_array(env->arena, count + 1, size);
    if (room == NULL) {
        env->full = true;
        (void)rd_feel_null(env, 0, "the memory for one evaluation is used up");
    }
    return room;
}

bool rd_eval_steps(struct rd_feel_env *env, size_t steps)
{
    if (env->steps_left >= steps) {
        env->steps_left -= steps;
        return !env->full;
    }
    env->steps_left = 0;
    (void)rd_feel_null(env, 0, "more than %d steps in one evaluation", RD_FEEL_STEPS_MAX);
    return false;
}

bool rd_list_add(struct rd_feel_env *env, struct rd_list *list, struct rd_value value)
{
    if (!rd_eval_steps(env, 1))
        return false;
    struct rd_value *room =
        rd_arena_add(env->arena, (void **)&list->items, &list->count, sizeof *room);
    if (room == NULL) {
        env->full = true;
        (void)rd_feel_null(env, 0, "the memory for one evaluation is used up");
        return false;
    }
    *room = value;
    return true;
}

struct rd_value rd_list_value(const struct rd_list *list)
{
    return rd_value_list(list->items, list->count);
}

enum rd_tri rd_value_tri(const struct rd_value *value)
{
    if (value->type != RD_TYPE_BOOLEAN)
        return RD_UNKNOWN;
    return value->as.boolean ? RD_TRUE : RD_FALSE;
}

struct rd_value rd_tri_value(enum rd_tri truth)
{
    return truth == RD_UNKNOWN ? rd_value_null() : rd_value_boolean(truth == RD_TRUE);
}

struct rd_value rd_value_single(struct rd_value value)
{
    return value.type == RD_TYPE_LIST && value.as.list.count == 1 ? value.as.list.items[0] : value;
}

const char *rd_type_article(enum rd_type type)
{
    static const char *const words[RD_TYPE_COUNT] = {
        [RD_TYPE_ANY] = "anything",
        [RD_TYPE_NULL] = "null",
        [RD_TYPE_BOOLEAN] = "a boolean",
        [RD_TYPE_NUMBER] = "a number",
        [RD_TYPE_STRING] = "a string",
        [RD_TYPE_DATE] = "a date",
        [RD_TYPE_TIME] = "a time",
        [RD_TYPE_DATE_TIME] = "a date and time",
        [RD_TYPE_DURATION_DAYS] = "a days and time duration",
        [RD_TYPE_DURATION_MONTHS] = "a years and months duration",
        [RD_TYPE_LIST] = "a list",
        [RD_TYPE_CONTEXT] = "a context",
        [RD_TYPE_RANGE] = "a range",
        [RD_TYPE_FUNCTION] = "a function",
    };
    return words[type];
}

enum rd_tri rd_range_has(const struct rd_range *range, const struct rd_value *value, size_t *steps)
{
    enum rd_tri low = RD_TRUE, high = RD_TRUE;
    if (range->form == RD_RANGE_UNEQUAL)
        return rd_compare(RD_OP_NE, value, &range->low, steps);
    if (range->form == RD_RANGE_COMPARE && range->low.type != RD_TYPE_NULL &&
        range->high.type != RD_TYPE_NULL)
        return rd_compare(RD_OP_EQ, value, &range->low, steps);
    if (range->form == RD_RANGE_INTERVAL || range->low.type != RD_TYPE_NULL)
        low = rd_compare(range->low_open ? RD_OP_GT : RD_OP_GE, value, &range->low, steps);
    if (range->form == RD_RANGE_INTERVAL || range->high.type != RD_TYPE_NULL)
        high = rd_compare(range->high_open ? RD_OP_LT : RD_OP_LE, value, &range->high, steps);
    return rd_tri_and(low, high);
}

/* (> 5): what one comparison says, as a value. */
static struct rd_value comparison_range(struct rd_feel_env *env, enum rd_compare_op op,
                                        struct rd_value end)
{
    struct rd_range *range = rd_eval_take(env, 1, sizeof *range);
    if (range == NULL)
        return rd_value_null();
    *range = (struct rd_range){.form = op == RD_OP_NE ? RD_RANGE_UNEQUAL : RD_RANGE_COMPARE,
                               .low = rd_value_null(),
                               .high = rd_value_null(),
                               .low_open = op != RD_OP_GE && op != RD_OP_EQ && op != RD_OP_NE,
                               .high_open = op != RD_OP_LE && op != RD_OP_EQ && op != RD_OP_NE};
    if (op == RD_OP_GT || op == RD_OP_GE || op == RD_OP_EQ || op == RD_OP_NE)
        range->low = end;
    if (op == RD_OP_LT || op == RD_OP_LE || op == RD_OP_EQ || op == RD_OP_NE)
        range->high = end;
    return (struct rd_value){.type = RD_TYPE_RANGE, .as.range = range};
}

static struct rd_value eval_compare(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value right = rd_feel_eval(env, node->as.compare.right);
    if (node->as.compare.left == NULL)
        return comparison_range(env, node->as.compare.op, right);
    struct rd_value left = rd_feel_eval(env, node->as.compare.left);
    enum rd_tri truth = rd_compare(node->as.compare.op, &left, &right, &env->steps_left);
    if (truth == RD_UNKNOWN && rd_eval_steps(env, 1))
        return rd_feel_null(env, node->offset, "%s and %s cannot be compared",
                            rd_type_article(left.type), rd_type_article(right.type));
    return rd_tri_value(truth);
}

static struct rd_value eval_range(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_range *range = rd_eval_take(env, 1, sizeof *range);
    int order = 0;
    if (range == NULL)
        return rd_value_null();
    range->low = rd_feel_eval(env, node->as.range.low);
    range->high = rd_feel_eval(env, node->as.range.high);
    range->low_open = node->as.range.low_open;
    range->high_open = node->as.range.high_open;
    bool bounded = range->low.type != RD_TYPE_NULL && range->high.type != RD_TYPE_NULL;
    if (bounded && (!rd_value_order(&range->low, &range->high, &order) || order > 0))
        return rd_feel_null(env, node->offset,
                            "an interval from %s to %s; expected two of one type, the lower first",
                            rd_type_article(range->low.type), rd_type_article(range->high.type));
    return (struct rd_value){.type = RD_TYPE_RANGE, .as.range = range};
}

/* Three-valued: one false decides "and", one true "or". */
static struct rd_value eval_logic(struct rd_feel_env *env, const struct rd_node *node)
{
    bool all = node->kind == RD_NODE_AND;
    enum rd_tri truth = all ? RD_TRUE : RD_FALSE, decided = all ? RD_FALSE : RD_TRUE;
    for (size_t i = 0; i < node->children_count && truth != decided; i++) {
        struct rd_value value = rd_feel_eval(env, node->children[i]);
        enum rd_tri next = rd_value_tri(&value);
        truth = all ? rd_tri_and(truth, next) : rd_tri_or(truth, next);
    }
    return rd_tri_value(truth);
}

static struct rd_value eval_between(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value value = rd_feel_eval(env, node->children[0]);
    struct rd_value low = rd_feel_eval(env, node->children[1]);
    struct rd_value high = rd_feel_eval(env, node->children[2]);
    if (value.type == RD_TYPE_NULL || low.type == RD_TYPE_NULL || high.type == RD_TYPE_NULL)
        return rd_feel_null(env, node->offset, "null cannot be compared");
    return rd_tri_value(rd_tri_and(rd_compare(RD_OP_GE, &value, &low, &env->steps_left),
                                   rd_compare(RD_OP_LE, &value, &high, &env->steps_left)));
}

static struct rd_value eval_in(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value value = rd_feel_eval(env, node->children[0]);
    enum rd_tri truth = rd_feel_test_in(env, node->children[1], &value);
    if (truth == RD_UNKNOWN && rd_eval_steps(env, 1))
        return rd_feel_null(env, node->offset, "whether %s is 'in' it cannot be told",
                            rd_type_article(value.type));
    return rd_tri_value(truth);
}

static struct rd_value eval_if(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value condition = rd_feel_eval(env, node->children[0]);
    if (condition.type != RD_TYPE_BOOLEAN && condition.type != RD_TYPE_NULL)
        return rd_feel_null(env, node->offset, "the condition of 'if' is %s; expected a boolean",
                            rd_type_article(condition.type));
    bool truth = condition.type == RD_TYPE_BOOLEAN && condition.as.boolean;
    return rd_feel_eval(env, node->children[truth ? 1 : 2]);
}

static struct rd_value eval_list(struct rd_feel_env *env, const struct rd_node *node)
{
    struct rd_value *items = rd_eval_take(env, node->children_count, sizeof *items);
    if (items == NULL)
        return rd_value_null();
    for (size_t i = 0; i < node->children_count; i++)
        items[i] = rd_feel_eval(env, node->children[i]);
    return rd_value_list(items, node->children_count);
}

/* Each entry sees those before it. */
static struct rd_value eval_context(struct rd_feel_env *env, const struct rd_node *node)
{
    size_t count = node->children_count;
    struct rd_member *entries = rd_eval_take(env, count, sizeof *entries);
    struct rd_context *context = rd_eval_take(env, 1, sizeof *context);
    struct rd_scope *scope = rd_eval_take(env, 1, sizeof *scope);
    if (entries == NULL || context == NULL || scope == NULL)
        return rd_value_null();
    *scope = (struct rd_scope){.parent = env->scope, .entries = entries};
    *context = (struct rd_context){.entries = entries};
    env->scope = scope;
    bool twice = false;
    for (size_t i = 0; i < count && !twice; i++) {
        twice = rd_context_get(context, node->as.keys[i]) != NULL;
        struct rd_value value = rd_feel_eval(env, node->children[i]);
        entries[i] = (struct rd_member){node->as.keys[i], value};
        context->count = scope->count = i + 1;
    }
    env->scope = scope->parent;
    if (twice)
        return rd_feel_null(env, node->offset, "a context with the same entry twice");
    return rd_value_context(context);
}

static struct rd_value eval_node(struct rd_feel_env *env, const struct rd_node *node)
{
    switch (node->kind) {
    case RD_NODE_LITERAL:
        return node->as.literal;
    case RD_NODE_INPUT:
        return env->input == NULL ? rd_feel_null(env, node->offset, "'?' stands outside a test")
                                  : *env->input;
    case RD_NODE_NAME:
        return rd_eval_name(env, node);
    case RD_NODE_RANGE:
        return eval_range(env, node);
    case RD_NODE_COMPARE:
        return eval_compare(env, node);
    case RD_NODE_CALL:
        return rd_eval_call(env, node);
    case RD_NODE_ARITH:
        return rd_eval_arith(env, node);
    case RD_NODE_NEGATE:
        return rd_eval_negate(env, node);
    case RD_NODE_AND:
    case RD_NODE_OR:
        return eval_logic(env, node);
    case RD_NODE_BETWEEN:
        return eval_between(env, node);
    case RD_NODE_IN:
        return eval_in(env, node);
    case RD_NODE_IF:
        return eval_if(env, node);
    case RD_NODE_FOR:
    case RD_NODE_SOME:
    case RD_NODE_EVERY:
        return rd_eval_loop(env, node);
    case RD_NODE_FILTER:
        return rd_eval_filter(env, node);
    case RD_NODE_PATH:
        return rd_eval_path(env, node);
    case RD_NODE_LIST:
        return eval_list(env, node);
    case RD_NODE_CONTEXT:
        return eval_context(env, node);
    case RD_NODE_FUNCTION:
        return rd_eval_function(env, node);
    case RD_NODE_INSTANCE_OF:
        return rd_eval_instance_of(env, node);
    case RD_NODE_BOXED:
        return node->as.boxed.eval(env, node->as.boxed.context);
    case RD_NODE_TESTS:
    case RD_NODE_NOT:
    case RD_NODE_ANY:
        break;
    }
    return rd_feel_null(env, node->offset, "a unary test stands where a value is expected");
}

struct rd_value rd_feel_eval(struct rd_feel_env *env, const struct rd_node *expression)
{
    if (!rd_eval_steps(env, 1))
        return rd_value_null();
    if (env->levels_left == 0)
        return rd_feel_null(env, expression->offset, "more than %d levels in one evaluation",
                            RD_FEEL_LEVELS_MAX);
    env->levels_left--;
    struct rd_value value = eval_node(env, expression);
    env->levels_left++;
    if (env->steps_left == 0) { /* whatever it is, not all of it was looked at */
        (void)rd_eval_steps(env, 1);
        return rd_value_null();
    }
    return value;
}
