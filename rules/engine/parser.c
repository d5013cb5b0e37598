#include "rules/engine/parsing.h"

#include <stdarg.h>
#include <stdio.h>

void rd_parse_advance(struct parser *parser)
{
    rd_lexer_next(&parser->lexer, &parser->token);
}

const struct rd_node *rd_parse_refuse(struct parser *parser, size_t offset, const char *format, ...)
{
    if (parser->err == RD_OK) {
        va_list args;
        va_start(args, format);
        vsnprintf(parser->problem->words, sizeof parser->problem->words, format, args);
        va_end(args);
        parser->problem->offset = offset;
        parser->err = RD_E_INVALID;
    }
    return NULL;
}

void rd_parse_full(struct parser *parser)
{
    if (parser->err == RD_OK)
        parser->err = RD_E_TOOBIG;
}

struct rd_node *rd_parse_node(struct parser *parser, enum rd_node_kind kind, size_t offset)
{
    struct rd_node *node = rd_arena_take(parser->arena, sizeof *node);
    if (node == NULL) {
        rd_parse_full(parser);
        return NULL;
    }
    node->kind = kind;
    node->offset = offset;
    node->height = 1;
    return node;
}

bool rd_parse_at(const struct parser *parser, const char *mark)
{
    return parser->token.kind == RD_TOKEN_MARK && rd_text_is(parser->token.text, mark);
}

bool rd_parse_at_word(const struct parser *parser, const char *word)
{
    return parser->token.kind == RD_TOKEN_WORD && rd_text_is(parser->token.text, word);
}

const struct rd_node *rd_parse_unexpected(struct parser *parser, const char *expected)
{
    struct rd_token *token = &parser->token;
    if (token->kind == RD_TOKEN_END)
        return rd_parse_refuse(parser, token->offset, "the text ends; expected %s", expected);
    if (token->kind == RD_TOKEN_BAD && token->text.len > 0 && token->text.ptr[0] == '"')
        return rd_parse_refuse(parser, token->offset, "this string has no closing quote; add it");
    if (token->kind == RD_TOKEN_BAD && rd_text_starts(token->text, "/*"))
        return rd_parse_refuse(parser, token->offset, "this comment does not end; add */");
    int shown = token->text.len > 24 ? 24 : (int)token->text.len;
    return rd_parse_refuse(parser, token->offset, "found %.*s; expected %s", shown, token->text.ptr,
                           expected);
}

bool rd_parse_expect(struct parser *parser, const char *mark)
{
    if (!rd_parse_at(parser, mark)) {
        char words[16];
        snprintf(words, sizeof words, "'%s'", mark);
        rd_parse_unexpected(parser, words);
        return false;
    }
    rd_parse_advance(parser);
    return true;
}

bool rd_parse_add(struct parser *parser, struct nodes *nodes, const struct rd_node *node)
{
    if (node == NULL)
        return false;
    if (nodes->count == RD_FEEL_ITEMS_MAX) {
        rd_parse_refuse(parser, node->offset, "more than %d items; split the row",
                        RD_FEEL_ITEMS_MAX);
        return false;
    }
    const struct rd_node **room =
        rd_arena_add(parser->arena, (void **)&nodes->items, &nodes->count, sizeof *nodes->items);
    if (room == NULL) {
        rd_parse_full(parser);
        return false;
    }
    *room = node;
    return true;
}

static void note_child(struct rd_node *node, const struct rd_node *child)
{
    if (child == NULL)
        return;
    node->about_input = node->about_input || child->about_input;
    node->makes_function = node->makes_function || child->makes_function;
    if (child->height >= node->height)
        node->height = child->height + 1;
}

const struct rd_node *rd_parse_finish(struct parser *parser, struct rd_node *node,
                                      const struct nodes *nodes)
{
    if (node == NULL)
        return NULL;
    node->children = nodes->items;
    node->children_count = nodes->count;
    for (size_t i = 0; i < nodes->count; i++)
        note_child(node, nodes->items[i]);
    if (node->kind == RD_NODE_COMPARE) {
        note_child(node, node->as.compare.left);
        note_child(node, node->as.compare.right);
    } else if (node->kind == RD_NODE_RANGE) {
        note_child(node, node->as.range.low);
        note_child(node, node->as.range.high);
    } else if (node->kind == RD_NODE_CALL) {
        note_child(node, node->as.call.function);
    } else if (node->kind == RD_NODE_FOR || node->kind == RD_NODE_SOME ||
               node->kind == RD_NODE_EVERY) {
        for (size_t i = 0; i < node->as.loop.count; i++) {
            note_child(node, node->as.loop.iterators[i].domain);
            note_child(node, node->as.loop.iterators[i].to);
        }
    }
    if (node->height > RD_FEEL_HEIGHT_MAX)
        return rd_parse_refuse(parser, node->offset,
                               "more than %d operators follow one another; split it",
                               RD_FEEL_HEIGHT_MAX);
    return node;
}

const struct rd_node *rd_parse_literal(struct parser *parser, size_t offset, struct rd_value value)
{
    struct rd_node *node = rd_parse_node(parser, RD_NODE_LITERAL, offset);
    if (node != NULL) {
        node->as.literal = value;
        node->simple = true;
    }
    return node;
}

static const struct rd_node *parse_cell(struct parser *parser)
{
    struct parser before = *parser;
    struct rd_node *any = NULL;
    if (parser->token.kind == RD_TOKEN_WORD && rd_text_is(parser->token.text, "not")) {
        rd_parse_advance(parser);
        if (!rd_parse_expect(parser, "("))
            return NULL;
        const struct rd_node *tests =
            rd_parse_test_list(parser, RD_NODE_NOT, before.token.offset, true);
        if (tests != NULL && !rd_parse_expect(parser, ")"))
            return NULL;
        if (tests == NULL || parser->token.kind == RD_TOKEN_END)
            return tests;
        *parser = before; /* not(...) is only the beginning of an expression */
    }
    if (rd_parse_at(parser, "-"))
        rd_parse_advance(parser);
    if (parser->token.kind == RD_TOKEN_END) { /* editors save "any value" as an empty cell */
        any = rd_parse_node(parser, RD_NODE_ANY, before.token.offset);
        if (any != NULL)
            any->simple = true;
        return any;
    }
    *parser = before;
    return rd_parse_test_list(parser, RD_NODE_TESTS, before.token.offset, true);
}

static enum rd_err finish(struct parser *parser, const struct rd_node *node, const char *expected,
                          const struct rd_node **out)
{
    if (node != NULL && parser->err == RD_OK && parser->token.kind != RD_TOKEN_END)
        rd_parse_unexpected(parser, expected);
    *out = parser->err == RD_OK ? node : NULL;
    return parser->err;
}

static struct parser start(struct rd_text source, const struct rd_feel_names *names,
                           struct rd_arena *arena, struct rd_feel_problem *problem)
{
    static const struct rd_feel_names none = {.closed = true};
    struct parser parser = {.lexer = {source, 0},
                            .arena = arena,
                            .problem = problem,
                            .names = names == NULL ? &none : names};
    parser.closed = parser.names->closed;
    parser.known_functions = parser.closed || parser.names->known_functions;
    rd_parse_advance(&parser);
    return parser;
}

enum rd_err rd_feel_parse_tests(struct rd_text source, const struct rd_feel_names *names,
                                struct rd_arena *arena, const struct rd_node **out,
                                struct rd_feel_problem *problem)
{
    struct parser parser = start(source, names, arena, problem);
    parser.cell = true;
    return finish(&parser, parse_cell(&parser), "',' or the end of the text", out);
}

enum rd_err rd_feel_parse_expression(struct rd_text source, const struct rd_feel_names *names,
                                     struct rd_arena *arena, const struct rd_node **out,
                                     struct rd_feel_problem *problem)
{
    struct parser parser = start(source, names, arena, problem);
    return finish(&parser, rd_parse_expression(&parser), "an operator or the end of the text", out);
}
