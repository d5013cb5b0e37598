#include "rules/engine/feel.h"

static enum rd_tri of_bool(bool truth)
{
    return truth ? RD_TRUE : RD_FALSE;
}

static enum rd_tri compare(enum rd_compare_op op, const struct rd_value *left,
                           const struct rd_value *right)
{
    int order = 0;
    if (op == RD_OP_EQ)
        return rd_value_equal(left, right);
    if (op == RD_OP_NE)
        return rd_tri_not(rd_value_equal(left, right));
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

static enum rd_tri in_range(const struct rd_node *range, const struct rd_value *value)
{
    enum rd_tri low = compare(range->as.range.low_open ? RD_OP_GT : RD_OP_GE, value,
                              &range->as.range.low->as.literal);
    enum rd_tri high = compare(range->as.range.high_open ? RD_OP_LT : RD_OP_LE, value,
                               &range->as.range.high->as.literal);
    return rd_tri_and(low, high);
}

/* A literal as a test: the value is it, or is in it when it is a list. */
static enum rd_tri is_literal(const struct rd_value *literal, const struct rd_value *value)
{
    if (literal->type == RD_TYPE_LIST && value->type != RD_TYPE_LIST)
        return rd_value_contains(literal, value);
    return rd_value_equal(value, literal);
}

static const struct rd_value *argument(const struct rd_node *node, const struct rd_value *input)
{
    static const struct rd_value null_value = {.type = RD_TYPE_NULL};
    if (node->kind == RD_NODE_INPUT)
        return input;
    return node->kind == RD_NODE_LITERAL ? &node->as.literal : &null_value;
}

/* The stack is bounded by RD_FEEL_DEPTH_MAX: tests hold no tests but at their top. */
enum rd_tri rd_feel_test(const struct rd_node *tests, const struct rd_value *value)
{
    enum rd_tri any = RD_FALSE;
    switch (tests->kind) {
    case RD_NODE_ANY:
        return RD_TRUE;
    case RD_NODE_LITERAL:
        return is_literal(&tests->as.literal, value);
    case RD_NODE_RANGE:
        return in_range(tests, value);
    case RD_NODE_COMPARE:
        return compare(tests->as.compare.op, value, &tests->as.compare.right->as.literal);
    case RD_NODE_CALL:
        return rd_value_contains(argument(tests->children[0], value),
                                 argument(tests->children[1], value));
    case RD_NODE_INPUT: /* "?" alone: true when the value is */
        return value->type == RD_TYPE_BOOLEAN ? of_bool(value->as.boolean) : RD_UNKNOWN;
    case RD_NODE_TESTS:
    case RD_NODE_NOT:
        for (size_t i = 0; i < tests->children_count && any != RD_TRUE; i++)
            any = rd_tri_or(any, rd_feel_test(tests->children[i], value));
        return tests->kind == RD_NODE_NOT ? rd_tri_not(any) : any;
    case RD_NODE_NAME:
    case RD_NODE_ARITH:
    case RD_NODE_NEGATE:
    case RD_NODE_AND:
    case RD_NODE_OR:
    case RD_NODE_BETWEEN:
    case RD_NODE_IN:
    case RD_NODE_IF:
    case RD_NODE_FOR:
    case RD_NODE_SOME:
    case RD_NODE_EVERY:
    case RD_NODE_FILTER:
    case RD_NODE_PATH:
    case RD_NODE_LIST:
    case RD_NODE_CONTEXT:
    case RD_NODE_FUNCTION:
    case RD_NODE_INSTANCE_OF:
    case RD_NODE_BOXED:
        break;
    }
    return RD_UNKNOWN;
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
    switch (test->kind) {
    case RD_NODE_LITERAL:
        return type_of_literal(&test->as.literal);
    case RD_NODE_RANGE:
        return test->as.range.low->as.literal.type;
    case RD_NODE_COMPARE:
        return type_of_literal(&test->as.compare.right->as.literal);
    case RD_NODE_CALL:
        return test->children[0]->kind == RD_NODE_INPUT ? RD_TYPE_LIST : RD_TYPE_STRING;
    case RD_NODE_INPUT:
        return RD_TYPE_BOOLEAN;
    case RD_NODE_NAME:
    case RD_NODE_TESTS:
    case RD_NODE_NOT:
    case RD_NODE_ANY:
    case RD_NODE_ARITH:
    case RD_NODE_NEGATE:
    case RD_NODE_AND:
    case RD_NODE_OR:
    case RD_NODE_BETWEEN:
    case RD_NODE_IN:
    case RD_NODE_IF:
    case RD_NODE_FOR:
    case RD_NODE_SOME:
    case RD_NODE_EVERY:
    case RD_NODE_FILTER:
    case RD_NODE_PATH:
    case RD_NODE_LIST:
    case RD_NODE_CONTEXT:
    case RD_NODE_FUNCTION:
    case RD_NODE_INSTANCE_OF:
    case RD_NODE_BOXED:
        break;
    }
    return RD_TYPE_ANY;
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
