#include "rules/engine/parsing.h"

static const struct rd_node *binary(struct parser *parser, enum rd_node_kind kind, size_t offset,
                                    const struct rd_node *left, const struct rd_node *right)
{
    struct nodes nodes = {.count = 0};
    if (!rd_parse_add(parser, &nodes, left) || !rd_parse_add(parser, &nodes, right))
        return NULL;
    return rd_parse_finish(parser, rd_parse_node(parser, kind, offset), &nodes);
}

static const struct rd_node *arith(struct parser *parser, enum rd_arith_op op, size_t offset,
                                   const struct rd_node *left, const struct rd_node *right)
{
    struct nodes nodes = {.count = 0};
    struct rd_node *node = rd_parse_node(parser, RD_NODE_ARITH, offset);
    if (node == NULL || !rd_parse_add(parser, &nodes, left) || !rd_parse_add(parser, &nodes, right))
        return NULL;
    node->as.arith = op;
    return rd_parse_finish(parser, node, &nodes);
}

/* A sign in front of a number is part of the literal. */
static const struct rd_node *negated(struct parser *parser, size_t offset,
                                     const struct rd_node *operand)
{
    struct nodes nodes = {.count = 0};
    if (operand == NULL)
        return NULL;
    if (operand->kind == RD_NODE_LITERAL && operand->as.literal.type == RD_TYPE_NUMBER) {
        struct rd_decimal number = rd_decimal_negate(operand->as.literal.as.number);
        return rd_parse_literal(parser, offset, rd_value_number(number));
    }
    if (!rd_parse_add(parser, &nodes, operand))
        return NULL;
    return rd_parse_finish(parser, rd_parse_node(parser, RD_NODE_NEGATE, offset), &nodes);
}

/* Binds closer than ** does: -3 ** 2 is 9. */
static const struct rd_node *parse_negation(struct parser *parser)
{
    size_t first = parser->token.offset, count = 0;
    while (rd_parse_at(parser, "-")) {
        rd_parse_advance(parser);
        count++;
    }
    const struct rd_node *node = rd_parse_postfix(parser);
    for (; node != NULL && count > 0; count--)
        node = negated(parser, first, node);
    return node;
}

static const struct rd_node *parse_power(struct parser *parser)
{
    const struct rd_node *node = parse_negation(parser);
    while (node != NULL && rd_parse_at(parser, "**")) {
        size_t offset = parser->token.offset;
        rd_parse_advance(parser);
        const struct rd_node *right = parse_negation(parser);
        node = arith(parser, RD_OP_POWER, offset, node, right);
    }
    return node;
}

static const struct rd_node *parse_product(struct parser *parser)
{
    const struct rd_node *node = parse_power(parser);
    while (node != NULL && (rd_parse_at(parser, "*") || rd_parse_at(parser, "/"))) {
        enum rd_arith_op op = rd_parse_at(parser, "*") ? RD_OP_MULTIPLY : RD_OP_DIVIDE;
        size_t offset = parser->token.offset;
        rd_parse_advance(parser);
        const struct rd_node *right = parse_power(parser);
        node = arith(parser, op, offset, node, right);
    }
    return node;
}

const struct rd_node *rd_parse_sum(struct parser *parser)
{
    const struct rd_node *node = parse_product(parser);
    while (node != NULL && (rd_parse_at(parser, "+") || rd_parse_at(parser, "-"))) {
        enum rd_arith_op op = rd_parse_at(parser, "+") ? RD_OP_ADD : RD_OP_SUBTRACT;
        size_t offset = parser->token.offset;
        rd_parse_advance(parser);
        const struct rd_node *right = parse_product(parser);
        node = arith(parser, op, offset, node, right);
    }
    return node;
}

static bool compare_op(const struct parser *parser, enum rd_compare_op *out)
{
    static const char *const marks[] = {"<", "<=", ">", ">=", "=", "!="};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (rd_parse_at(parser, marks[i])) {
            *out = (enum rd_compare_op)i;
            return true;
        }
    return false;
}

/* `left` NULL: the value tested. At the operator's right side. */
static const struct rd_node *comparison(struct parser *parser, enum rd_compare_op op, size_t offset,
                                        const struct rd_node *left)
{
    static const struct nodes none = {.count = 0};
    const struct rd_node *right = rd_parse_sum(parser);
    struct rd_node *node = rd_parse_node(parser, RD_NODE_COMPARE, offset);
    if (right == NULL || node == NULL)
        return NULL;
    node->as.compare.op = op;
    node->as.compare.left = left;
    node->as.compare.right = right;
    node->simple = left == NULL && right->kind == RD_NODE_LITERAL;
    return rd_parse_finish(parser, node, &none);
}

static const struct rd_node *parse_between(struct parser *parser, size_t offset,
                                           const struct rd_node *value)
{
    struct nodes nodes = {.count = 0};
    rd_parse_advance(parser); /* between */
    if (!rd_parse_add(parser, &nodes, value) || !rd_parse_add(parser, &nodes, rd_parse_sum(parser)))
        return NULL;
    if (!rd_parse_at_word(parser, "and"))
        return rd_parse_unexpected(parser, "'and' and the upper end");
    rd_parse_advance(parser);
    if (!rd_parse_add(parser, &nodes, rd_parse_sum(parser)))
        return NULL;
    return rd_parse_finish(parser, rd_parse_node(parser, RD_NODE_BETWEEN, offset), &nodes);
}

/* The right side of "in": one test, (tests), or not(tests). What stands in parentheses may also be
 * the beginning of a longer sum, or an interval. */
static const struct rd_node *parse_in_tests(struct parser *parser)
{
    size_t offset = parser->token.offset;
    struct parser ahead = *parser;
    rd_parse_advance(&ahead);
    if (rd_parse_at_word(parser, "not") && rd_parse_at(&ahead, "(")) {
        *parser = ahead;
        rd_parse_advance(parser);
        const struct rd_node *tests = rd_parse_test_list(parser, RD_NODE_NOT, offset, true);
        return tests != NULL && rd_parse_expect(parser, ")") ? tests : NULL;
    }
    if (!rd_parse_at(parser, "("))
        return rd_parse_test(parser, false);
    const struct rd_node *inside = rd_parse_parentheses(parser, true);
    if (inside == NULL || inside->kind == RD_NODE_TESTS)
        return inside;
    parser->primed = inside;
    return rd_parse_sum(parser);
}

static const struct rd_node *parse_instance_of(struct parser *parser, const struct rd_node *value)
{
    struct nodes nodes = {.count = 0};
    struct rd_node *node = rd_parse_node(parser, RD_NODE_INSTANCE_OF, parser->token.offset);
    rd_parse_advance(parser); /* instance */
    if (!rd_parse_at_word(parser, "of"))
        return rd_parse_unexpected(parser, "'of' after 'instance'");
    rd_parse_advance(parser);
    const struct rd_feel_type *type = rd_parse_type(parser);
    if (type == NULL || node == NULL || !rd_parse_add(parser, &nodes, value))
        return NULL;
    node->as.type = type;
    return rd_parse_finish(parser, node, &nodes);
}

static const struct rd_node *parse_comparison(struct parser *parser)
{
    const struct rd_node *node = rd_parse_sum(parser);
    enum rd_compare_op op = RD_OP_EQ;
    while (node != NULL) {
        size_t offset = parser->token.offset;
        if (compare_op(parser, &op)) {
            rd_parse_advance(parser);
            node = comparison(parser, op, offset, node);
        } else if (rd_parse_at_word(parser, "between")) {
            node = parse_between(parser, offset, node);
        } else if (rd_parse_at_word(parser, "in")) {
            rd_parse_advance(parser);
            node = binary(parser, RD_NODE_IN, offset, node, parse_in_tests(parser));
        } else if (rd_parse_at_word(parser, "instance")) {
            node = parse_instance_of(parser, node);
        } else {
            return node;
        }
    }
    return NULL;
}

/* One node for a whole row of the same word, so that long rows stay flat. */
static const struct rd_node *parse_row(struct parser *parser, enum rd_node_kind kind,
                                       const char *word,
                                       const struct rd_node *(*part)(struct parser *))
{
    struct nodes nodes = {.count = 0};
    size_t offset = parser->token.offset;
    const struct rd_node *first = part(parser);
    if (first == NULL || !rd_parse_at_word(parser, word))
        return first;
    if (!rd_parse_add(parser, &nodes, first))
        return NULL;
    while (rd_parse_at_word(parser, word)) {
        rd_parse_advance(parser);
        if (!rd_parse_add(parser, &nodes, part(parser)))
            return NULL;
    }
    return rd_parse_finish(parser, rd_parse_node(parser, kind, offset), &nodes);
}

static const struct rd_node *parse_and(struct parser *parser)
{
    return parse_row(parser, RD_NODE_AND, "and", parse_comparison);
}

const struct rd_node *rd_parse_expression(struct parser *parser)
{
    bool range_end = parser->range_end;
    if (parser->depth == RD_FEEL_DEPTH_MAX)
        return rd_parse_refuse(parser, parser->token.offset,
                               "nested more than %d deep; simplify it", RD_FEEL_DEPTH_MAX);
    parser->depth++;
    parser->range_end = false;
    const struct rd_node *node = parse_row(parser, RD_NODE_OR, "or", parse_and);
    parser->range_end = range_end;
    parser->depth--;
    return node;
}

const struct rd_node *rd_parse_test(struct parser *parser, bool cell)
{
    enum rd_compare_op op = RD_OP_EQ;
    size_t offset = parser->token.offset;
    if (!compare_op(parser, &op))
        return cell ? rd_parse_expression(parser) : rd_parse_sum(parser);
    rd_parse_advance(parser);
    return comparison(parser, op, offset, NULL);
}

static bool all_simple(const struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        if (!nodes->items[i]->simple)
            return false;
    return true;
}

const struct rd_node *rd_parse_test_list(struct parser *parser, enum rd_node_kind kind,
                                         size_t offset, bool cell)
{
    struct nodes nodes = {.count = 0};
    for (;;) {
        if (!rd_parse_add(parser, &nodes, rd_parse_test(parser, cell)))
            return NULL;
        if (!rd_parse_at(parser, ","))
            break;
        rd_parse_advance(parser);
    }
    if (kind == RD_NODE_TESTS && nodes.count == 1)
        return nodes.items[0];
    struct rd_node *node = rd_parse_node(parser, kind, offset);
    if (node == NULL)
        return NULL;
    node->simple = all_simple(&nodes);
    return rd_parse_finish(parser, node, &nodes);
}
