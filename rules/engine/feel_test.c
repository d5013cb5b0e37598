#include "rules/engine/eval.h"

static enum rd_tri of_bool(bool truth)
{
    return truth ? RD_TRUE : RD_FALSE;
}

enum rd_tri rd_compare(enum rd_compare_op op, const struct rd_value *left,
                       const struct rd_value *right, size_t *steps)
{
    int order = 0;
    if (op == RD_OP_EQ)
        return rd_value_equal_in(left, right, steps);
    if (op == RD_OP_NE)
        return rd_tri_not(rd_value_equal_in(left, right, steps));
    if (!rd_value_order(left, right, &order))
        return RD_UNKNOWN;
    switch (op) {
    case RD_OP_LT:
        return of_bool(order < 0);
    case RD_OP_LE:
        return of_bool(order <= 0);
    case RD_OP_GT:
        return of_bool(order > 0);
    case RD_OP_GE:
        return of_bool(order >= 0);
    case RD_OP_EQ:
    case RD_OP_NE:
        break;
    }
    return RD_UNKNOWN;
}

static enum rd_tri in_range(const struct rd_node *range, const struct rd_value *value,
                            size_t *steps)
{
    enum rd_tri low = rd_compare(range->as.range.low_open ? RD_OP_GT : RD_OP_GE, value,
                                 &range->as.range.low->as.literal, steps);
    enum rd_tri high = rd_compare(range->as.range.high_open ? RD_OP_LT : RD_OP_LE, value,
                                  &range->as.range.high->as.literal, steps);
    return rd_tri_and(low, high);
}

/* A literal as a test: the value is it, or is in it when it is a list. */
static enum rd_tri is_literal(const struct rd_value *literal, const struct rd_value *value,
                              size_t *steps)
{
    if (literal->type == RD_TYPE_LIST && value->type != RD_TYPE_LIST)
        return rd_value_contains_in(literal, value, steps);
    return rd_value_equal_in(value, literal, steps);
}

static const struct rd_value *argument(const struct rd_node *node, const struct rd_value *input)
{
    return node->kind == RD_NODE_INPUT ? input : &node->as.literal;
}

/* The stack is bounded by RD_FEEL_DEPTH_MAX: tests hold no tests but at their top. */
static enum rd_tri test_simply(const struct rd_node *tests, const struct rd_value *value,
                               size_t *steps)
{
    enum rd_tri any = RD_FALSE;
    if (!tests->simple)
        return RD_UNKNOWN;
    if (tests->kind == RD_NODE_TESTS || tests->kind == RD_NODE_NOT) {
        for (size_t i = 0; i < tests->children_count && any != RD_TRUE; i++)
            any = rd_tri_or(any, test_simply(tests->children[i], value, steps));
        return tests->kind == RD_NODE_NOT ? rd_tri_not(any) : any;
    }
    if (tests->kind == RD_NODE_ANY)
        return RD_TRUE;
    if (tests->kind == RD_NODE_LITERAL)
        return is_literal(&tests->as.literal, value, steps);
    if (tests->kind == RD_NODE_RANGE)
        return in_range(tests, value, steps);
    if (tests->kind == RD_NODE_COMPARE)
        return rd_compare(tests->as.compare.op, value, &tests->as.compare.right->as.literal, steps);
    if (tests->kind == RD_NODE_CALL)
        return rd_value_contains_in(argument(tests->children[0], value),
                                    argument(tests->children[1], value), steps);
    return rd_value_tri(value); /* "?" alone: true when the value is */
}

enum rd_tri rd_feel_test(const struct rd_node *tests, const struct rd_value *value)
{
    size_t steps = RD_VALUE_STEPS_MAX;
    return test_simply(tests, value, &steps);
}

/* What a test's expression came to, as a test of `value`: it is it, or has it. */
static enum rd_tri meets(const struct rd_value *result, const struct rd_value *value, size_t *steps)
{
    enum rd_tri any = RD_FALSE;
    if (result->type == RD_TYPE_RANGE && value->type != RD_TYPE_RANGE)
        return rd_range_has(result->as.range, value, steps);
    if (result->type != RD_TYPE_LIST)
        return rd_value_equal_in(value, result, steps);
    if (rd_value_equal_in(value, result, steps) == RD_TRUE)
        return RD_TRUE;
    for (size_t i = 0; i < result->as.list.count && any != RD_TRUE; i++) {
        const struct rd_value *item = &result->as.list.items[i];
        enum rd_tri next = item->type == RD_TYPE_RANGE && value->type != RD_TYPE_RANGE
                               ? rd_range_has(item->as.range, value, steps)
                               : rd_value_equal_in(value, item, steps);
        any = next == RD_TRUE ? RD_TRUE : any;
    }
    return any;
}

static enum rd_tri test_expression(struct rd_feel_env *env, const struct rd_node *test,
                                   const struct rd_value *value)
{
    const struct rd_value *outer = env->input;
    if (test->kind == RD_NODE_COMPARE && test->as.compare.left == NULL) {
        struct rd_value right = rd_feel_eval(env, test->as.compare.right);
        return rd_compare(test->as.compare.op, value, &right, &env->steps_left);
    }
    env->input = value;
    struct rd_value result = rd_feel_eval(env, test);
    env->input = outer;
    if (test->about_input && (result.type == RD_TYPE_BOOLEAN || result.type == RD_TYPE_NULL))
        return rd_value_tri(&result);
    /* is weekend(day): says it of something else than the value */
    if (result.type == RD_TYPE_BOOLEAN && value->type != RD_TYPE_BOOLEAN &&
        value->type != RD_TYPE_NULL && value->type != RD_TYPE_LIST && test->kind != RD_NODE_LITERAL)
        return rd_value_tri(&result);
    return meets(&result, value, &env->steps_left);
}

/* Recursion: TESTS and NOT stand at the top of a cell, or one inside the other. */
enum rd_tri rd_feel_test_in(struct rd_feel_env *env, const struct rd_node *tests,
                            const struct rd_value *value)
{
    enum rd_tri any = RD_FALSE;
    if (!rd_eval_steps(env, 1))
        return RD_UNKNOWN;
    if (tests->simple)
        return test_simply(tests, value, &env->steps_left);
    if (tests->kind != RD_NODE_TESTS && tests->kind != RD_NODE_NOT)
        return test_expression(env, tests, value);
    for (size_t i = 0; i < tests->children_count && any != RD_TRUE; i++)
        any = rd_tri_or(any, rd_feel_test_in(env, tests->children[i], value));
    return tests->kind == RD_NODE_NOT ? rd_tri_not(any) : any;
}

static enum rd_type type_of_literal(const struct rd_value *literal)
{
    if (literal->type == RD_TYPE_NULL)
        return RD_TYPE_ANY;
    if (literal->type != RD_TYPE_LIST)
        return literal->type;
    for (size_t i = 0; i < literal->as.list.count; i++)
        if (literal->as.list.items[i].type != RD_TYPE_NULL)
            return literal->as.list.items[i].type;
    return RD_TYPE_ANY;
}

static enum rd_type type_of_test(const struct rd_node *test)
{
    if (!test->simple)
        return RD_TYPE_ANY;
    if (test->kind == RD_NODE_LITERAL)
        return type_of_literal(&test->as.literal);
    if (test->kind == RD_NODE_RANGE)
        return test->as.range.low->as.literal.type;
    if (test->kind == RD_NODE_COMPARE)
        return type_of_literal(&test->as.compare.right->as.literal);
    if (test->kind == RD_NODE_CALL)
        return test->children[0]->kind == RD_NODE_INPUT ? RD_TYPE_LIST : RD_TYPE_STRING;
    return test->kind == RD_NODE_INPUT ? RD_TYPE_BOOLEAN : RD_TYPE_ANY;
}

enum rd_type rd_feel_tests_type(const struct rd_node *tests, const struct rd_node **clash)
{
    enum rd_type type = RD_TYPE_ANY;
    *clash = NULL;
    if (tests->kind != RD_NODE_TESTS && tests->kind != RD_NODE_NOT)
        return type_of_test(tests);
    for (size_t i = 0; i < tests->children_count; i++) {
        enum rd_type next = type_of_test(tests->children[i]);
        if (type == RD_TYPE_ANY)
            type = next;
        else if (next != RD_TYPE_ANY && next != type && *clash == NULL)
            *clash = tests->children[i];
    }
    return type;
}
