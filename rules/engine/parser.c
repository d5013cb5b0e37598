#include "rules/engine/parser.h"

#include "rules/engine/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct parser {
    struct rd_lexer lexer;
    struct rd_token token; /* the one looked at */
    struct rd_arena *arena;
    struct rd_feel_problem *problem;
    enum rd_err err;
    unsigned depth;
};

/* Children of a node under construction. */
struct nodes {
    const struct rd_node *items[RD_FEEL_ITEMS_MAX];
    size_t count;
};

static const struct rd_node *parse_value(struct parser *parser);

static void advance(struct parser *parser)
{
    rd_lexer_next(&parser->lexer, &parser->token);
}

__attribute__((format(printf, 3, 4))) static const struct rd_node *
refuse(struct parser *parser, size_t offset, const char *format, ...)
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

static struct rd_node *new_node(struct parser *parser, enum rd_node_kind kind, size_t offset)
{
    struct rd_node *node = rd_arena_take(parser->arena, sizeof *node);
    if (node == NULL) {
        parser->err = RD_E_TOOBIG;
        return NULL;
    }
    node->kind = kind;
    node->simple = true;
    node->offset = offset;
    return node;
}

static bool looks_at(const struct parser *parser, const char *mark)
{
    return parser->token.kind == RD_TOKEN_MARK && rd_text_is(parser->token.text, mark);
}

static bool looks_at_word(const struct parser *parser, const char *word)
{
    return parser->token.kind == RD_TOKEN_WORD && rd_text_is(parser->token.text, word);
}

static const struct rd_node *unexpected(struct parser *parser, const char *expected)
{
    struct rd_token *token = &parser->token;
    if (token->kind == RD_TOKEN_END)
        return refuse(parser, token->offset, "the text ends; expected %s", expected);
    if (token->kind == RD_TOKEN_BAD && token->text.len > 0 && token->text.ptr[0] == '"')
        return refuse(parser, token->offset, "this string has no closing quote; add it");
    int shown = token->text.len > 24 ? 24 : (int)token->text.len;
    return refuse(parser, token->offset, "found %.*s; expected %s", shown, token->text.ptr,
                  expected);
}

static bool expect(struct parser *parser, const char *mark)
{
    if (!looks_at(parser, mark)) {
        char words[16];
        snprintf(words, sizeof words, "'%s'", mark);
        unexpected(parser, words);
        return false;
    }
    advance(parser);
    return true;
}

static bool add_child(struct parser *parser, struct nodes *nodes, const struct rd_node *node)
{
    if (node == NULL)
        return false;
    if (nodes->count == RD_FEEL_ITEMS_MAX) {
        refuse(parser, node->offset, "more than %d items; split the row", RD_FEEL_ITEMS_MAX);
        return false;
    }
    nodes->items[nodes->count++] = node;
    return true;
}

static const struct rd_node *with_children(struct parser *parser, struct rd_node *node,
                                           const struct nodes *nodes)
{
    if (node == NULL)
        return NULL;
    node->children = rd_arena_array(parser->arena, nodes->count + 1, sizeof(void *));
    if (node->children == NULL) {
        parser->err = RD_E_TOOBIG;
        return NULL;
    }
    for (size_t i = 0; i < nodes->count; i++) {
        node->children[i] = nodes->items[i];
        node->about_input = node->about_input || nodes->items[i]->about_input;
    }
    node->children_count = nodes->count;
    return node;
}

static size_t put_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(leads[tail] | (code >> (6 * tail)));
    for (size_t i = 1; i <= tail; i++)
        out[i] = (char)(0x80 | ((code >> (6 * (tail - i))) & 0x3F));
    return tail + 1;
}

/* Hexadecimal digits of \uXXXX and \UXXXXXX; false when one is missing or no character is meant. */
static bool read_code(struct rd_text text, size_t from, size_t digits, uint32_t *out)
{
    *out = 0;
    for (size_t i = from; i < from + digits; i++) {
        char c = i < text.len ? text.ptr[i] : '\0';
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        *out = *out * 16 + digit;
    }
    return *out != 0 && *out <= 0x10FFFF && (*out < 0xD800 || *out > 0xDFFF);
}

/* `quoted` without its quotes, escapes resolved. The result is never longer than the source. */
static bool read_string(struct parser *parser, struct rd_text quoted, struct rd_text *out)
{
    static const char from[] = "ntr\"'\\", to[] = "\n\t\r\"'\\";
    struct rd_text body = rd_text_slice(quoted, 1, quoted.len - 2);
    char *bytes = rd_arena_take(parser->arena, body.len + 1);
    size_t len = 0;
    if (bytes == NULL) {
        parser->err = RD_E_TOOBIG;
        return false;
    }
    for (size_t i = 0; i < body.len; i++) {
        if (body.ptr[i] != '\\') {
            bytes[len++] = body.ptr[i];
            continue;
        }
        char escape = ++i < body.len ? body.ptr[i] : '\0';
        const char *known = escape == '\0' ? NULL : strchr(from, escape);
        uint32_t code = 0;
        size_t digits = escape == 'u' ? 4 : 6;
        if (known != NULL) {
            bytes[len++] = to[known - from];
        } else if ((escape == 'u' || escape == 'U') && read_code(body, i + 1, digits, &code)) {
            len += put_utf8(code, bytes + len);
            i += digits;
        } else {
            refuse(
                parser, parser->token.offset + i,
                "unknown escape in a string; expected \\n \\t \\r \\\" \\' \\\\ \\uXXXX \\UXXXXXX");
            return false;
        }
    }
    *out = (struct rd_text){bytes, len};
    return true;
}

static const struct rd_node *literal(struct parser *parser, size_t offset, struct rd_value value)
{
    struct rd_node *node = new_node(parser, RD_NODE_LITERAL, offset);
    if (node != NULL)
        node->as.literal = value;
    return node;
}

static const struct rd_node *parse_number(struct parser *parser)
{
    size_t offset = parser->token.offset;
    bool negative = looks_at(parser, "-");
    struct rd_value value = {.type = RD_TYPE_NUMBER};
    if (negative)
        advance(parser);
    if (parser->token.kind != RD_TOKEN_NUMBER)
        return unexpected(parser, "a number after '-'");
    if (!rd_decimal_parse(parser->token.text, &value.as.number))
        return refuse(parser, offset, "this number is outside decimal128's range");
    if (value.as.number.coefficient != 0)
        value.as.number.negative = negative;
    advance(parser);
    return literal(parser, offset, value);
}

static const struct rd_node *parse_range_tail(struct parser *parser, size_t offset, bool low_open,
                                              const struct rd_node *low)
{
    advance(parser); /* .. */
    const struct rd_node *high = parse_value(parser);
    if (high == NULL)
        return NULL;
    bool high_open = looks_at(parser, ")") || looks_at(parser, "[");
    if (!high_open && !looks_at(parser, "]"))
        return unexpected(parser, "']', ')' or '[' at the end of the interval");
    advance(parser);
    if (low->kind != RD_NODE_LITERAL || high->kind != RD_NODE_LITERAL)
        return refuse(parser, offset, "the ends of an interval must be literals");
    int order = 0;
    if (!rd_value_order(&low->as.literal, &high->as.literal, &order))
        return refuse(parser, offset,
                      "the ends of this interval are a %s and a %s; expected two "
                      "numbers or two strings",
                      rd_type_name(low->as.literal.type), rd_type_name(high->as.literal.type));
    if (order > 0 || (order == 0 && (low_open || high_open)))
        return refuse(parser, offset, "this interval is empty; write the lower end first");
    struct rd_node *node = new_node(parser, RD_NODE_RANGE, offset);
    if (node == NULL)
        return NULL;
    node->as.range.low = low;
    node->as.range.high = high;
    node->as.range.low_open = low_open;
    node->as.range.high_open = high_open;
    return node;
}

/* Behind '[' and the first item; `first` NULL: the list is empty. */
static const struct rd_node *parse_list_tail(struct parser *parser, size_t offset,
                                             const struct rd_node *first)
{
    struct nodes nodes = {.count = 0};
    if (first != NULL && !add_child(parser, &nodes, first))
        return NULL;
    while (first != NULL && looks_at(parser, ",")) {
        advance(parser);
        if (!add_child(parser, &nodes, parse_value(parser)))
            return NULL;
    }
    if (!expect(parser, "]"))
        return NULL;
    struct rd_value *items = rd_arena_array(parser->arena, nodes.count + 1, sizeof *items);
    if (items == NULL) {
        parser->err = RD_E_TOOBIG;
        return NULL;
    }
    for (size_t i = 0; i < nodes.count; i++) {
        if (nodes.items[i]->kind != RD_NODE_LITERAL ||
            nodes.items[i]->as.literal.type == RD_TYPE_LIST)
            return refuse(parser, nodes.items[i]->offset,
                          "an item of a list must be a number, string, boolean or null");
        items[i] = nodes.items[i]->as.literal;
    }
    return literal(parser, offset, rd_value_list(items, nodes.count));
}

/* '[' or ']' or '(': an interval; '[' also a list. */
static const struct rd_node *parse_bracket(struct parser *parser)
{
    size_t offset = parser->token.offset;
    bool list = looks_at(parser, "[");
    advance(parser);
    if (list && looks_at(parser, "]"))
        return parse_list_tail(parser, offset, NULL);
    const struct rd_node *first = parse_value(parser);
    if (first == NULL)
        return NULL;
    if (looks_at(parser, ".."))
        return parse_range_tail(parser, offset, !list, first);
    if (!list)
        return refuse(parser, offset,
                      "an expression in parentheses is not supported here; "
                      "expected an interval such as (1..9]");
    return parse_list_tail(parser, offset, first);
}

static const struct rd_node *parse_call(struct parser *parser, struct rd_text name, size_t offset)
{
    if (!rd_text_is(name, "list contains"))
        return refuse(parser, offset,
                      "the function '%.*s' is not supported; expected "
                      "list contains(?, value)",
                      RD_TEXT_ARG(name));
    struct nodes nodes = {.count = 0};
    advance(parser); /* ( */
    if (!add_child(parser, &nodes, parse_value(parser)) || !expect(parser, ",") ||
        !add_child(parser, &nodes, parse_value(parser)) || !expect(parser, ")"))
        return NULL;
    struct rd_node *node = new_node(parser, RD_NODE_CALL, offset);
    return with_children(parser, node, &nodes);
}

static bool is_reserved(struct rd_text word)
{
    static const char *const words[] = {"if",    "then",     "else",    "for",     "some",
                                        "every", "function", "return",  "in",      "satisfies",
                                        "and",   "or",       "between", "instance"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rd_text_is(word, words[i]))
            return true;
    return false;
}

/* Words up to something else make one name; a keyword of FEEL that we do not have is refused. */
static const struct rd_node *parse_name(struct parser *parser)
{
    struct rd_text name = RD_TEXT_NONE;
    size_t offset = parser->token.offset;
    while (parser->token.kind == RD_TOKEN_WORD ||
           (parser->token.kind == RD_TOKEN_NUMBER && rd_text_present(name))) {
        struct rd_text word = parser->token.text;
        if (is_reserved(word))
            return refuse(parser, parser->token.offset, "'%.*s' expressions are not supported",
                          RD_TEXT_ARG(word));
        name = rd_text_present(name) ? rd_arena_format(parser->arena, "%.*s %.*s",
                                                       RD_TEXT_ARG(name), RD_TEXT_ARG(word))
                                     : word;
        if (!rd_text_present(name)) {
            parser->err = RD_E_TOOBIG;
            return NULL;
        }
        advance(parser);
    }
    if (looks_at(parser, "("))
        return parse_call(parser, name, offset);
    struct rd_node *node = new_node(parser, RD_NODE_NAME, offset);
    if (node != NULL)
        node->as.name = name;
    return node;
}

static const struct rd_node *parse_word(struct parser *parser)
{
    size_t offset = parser->token.offset;
    struct rd_value value = rd_value_null();
    if (looks_at_word(parser, "true"))
        value = rd_value_boolean(true);
    else if (looks_at_word(parser, "false"))
        value = rd_value_boolean(false);
    else if (!looks_at_word(parser, "null"))
        return parse_name(parser);
    advance(parser);
    return literal(parser, offset, value);
}

static const struct rd_node *parse_one(struct parser *parser)
{
    size_t offset = parser->token.offset;
    switch (parser->token.kind) {
    case RD_TOKEN_NUMBER:
        return parse_number(parser);
    case RD_TOKEN_STRING: {
        struct rd_value value = {.type = RD_TYPE_STRING};
        if (!read_string(parser, parser->token.text, &value.as.string))
            return NULL;
        advance(parser);
        return literal(parser, offset, value);
    }
    case RD_TOKEN_WORD:
        return parse_word(parser);
    case RD_TOKEN_MARK:
        if (looks_at(parser, "-"))
            return parse_number(parser);
        if (looks_at(parser, "[") || looks_at(parser, "]") || looks_at(parser, "("))
            return parse_bracket(parser);
        if (looks_at(parser, "?")) {
            struct rd_node *node = new_node(parser, RD_NODE_INPUT, offset);
            if (node != NULL)
                node->about_input = true;
            advance(parser);
            return node;
        }
        if (looks_at(parser, "{"))
            return refuse(parser, offset, "contexts '{...}' are not supported");
        if (looks_at(parser, "@"))
            return refuse(parser, offset, "date and time literals '@...' are not supported");
        break;
    case RD_TOKEN_END:
    case RD_TOKEN_BAD:
        break;
    }
    return unexpected(parser, "a value");
}

static const struct rd_node *parse_value(struct parser *parser)
{
    if (parser->depth == RD_FEEL_DEPTH_MAX)
        return refuse(parser, parser->token.offset, "nested more than %d deep; simplify it",
                      RD_FEEL_DEPTH_MAX);
    parser->depth++;
    const struct rd_node *node = parse_one(parser);
    parser->depth--;
    if (node == NULL)
        return NULL;
    static const char *const operators[] = {"+", "-", "*", "/", "**", "."};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (looks_at(parser, operators[i]))
            return refuse(parser, parser->token.offset, "the operator '%s' is not supported here",
                          operators[i]);
    if (parser->token.kind == RD_TOKEN_WORD && is_reserved(parser->token.text))
        return refuse(parser, parser->token.offset, "'%.*s' expressions are not supported",
                      RD_TEXT_ARG(parser->token.text));
    return node;
}

static bool compare_op(const struct parser *parser, enum rd_compare_op *out)
{
    static const char *const marks[] = {"<", "<=", ">", ">=", "=", "!="};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (looks_at(parser, marks[i])) {
            *out = (enum rd_compare_op)i;
            return true;
        }
    return false;
}

/* One positive unary test. */
static const struct rd_node *parse_test(struct parser *parser)
{
    enum rd_compare_op op = RD_OP_EQ;
    size_t offset = parser->token.offset;
    if (!compare_op(parser, &op)) {
        const struct rd_node *node = parse_value(parser);
        if (node != NULL && node->kind == RD_NODE_NAME)
            return refuse(parser, node->offset,
                          "the name '%.*s' stands where a value is expected; "
                          "a string needs double quotes",
                          RD_TEXT_ARG(node->as.name));
        if (node != NULL && compare_op(parser, &op))
            return refuse(parser, parser->token.offset,
                          "a comparison with a left side is not "
                          "supported here; write only its right side");
        return node;
    }
    advance(parser);
    const struct rd_node *right = parse_value(parser);
    if (right == NULL)
        return NULL;
    if (right->kind != RD_NODE_LITERAL)
        return refuse(parser, right->offset, "expected a literal after the comparison");
    struct rd_node *node = new_node(parser, RD_NODE_COMPARE, offset);
    if (node == NULL)
        return NULL;
    node->as.compare.op = op;
    node->as.compare.right = right;
    return node;
}

static const struct rd_node *parse_test_list(struct parser *parser, enum rd_node_kind kind,
                                             size_t offset)
{
    struct nodes nodes = {.count = 0};
    for (;;) {
        if (!add_child(parser, &nodes, parse_test(parser)))
            return NULL;
        if (!looks_at(parser, ","))
            break;
        advance(parser);
    }
    if (kind == RD_NODE_TESTS && nodes.count == 1)
        return nodes.items[0];
    return with_children(parser, new_node(parser, kind, offset), &nodes);
}

static const struct rd_node *parse_cell(struct parser *parser)
{
    struct parser before = *parser;
    if (parser->token.kind == RD_TOKEN_END) /* editors save "any value" as an empty cell */
        return new_node(parser, RD_NODE_ANY, 0);
    if (looks_at(parser, "-")) {
        advance(parser);
        if (parser->token.kind == RD_TOKEN_END)
            return new_node(parser, RD_NODE_ANY, before.token.offset);
        *parser = before;
    }
    if (looks_at_word(parser, "not")) {
        advance(parser);
        if (!expect(parser, "("))
            return NULL;
        const struct rd_node *tests = parse_test_list(parser, RD_NODE_NOT, before.token.offset);
        return tests != NULL && expect(parser, ")") ? tests : NULL;
    }
    return parse_test_list(parser, RD_NODE_TESTS, before.token.offset);
}

static enum rd_err finish(struct parser *parser, const struct rd_node *node,
                          const struct rd_node **out)
{
    if (node != NULL && parser->err == RD_OK && parser->token.kind != RD_TOKEN_END)
        unexpected(parser, "',' or the end of the text");
    *out = parser->err == RD_OK ? node : NULL;
    return parser->err;
}

static struct parser start(struct rd_text source, struct rd_arena *arena,
                           struct rd_feel_problem *problem)
{
    struct parser parser = {.lexer = {source, 0}, .arena = arena, .problem = problem};
    advance(&parser);
    return parser;
}

enum rd_err rd_feel_parse_tests(struct rd_text source, const struct rd_feel_names *names,
                                struct rd_arena *arena, const struct rd_node **out,
                                struct rd_feel_problem *problem)
{
    (void)names;
    struct parser parser = start(source, arena, problem);
    return finish(&parser, parse_cell(&parser), out);
}

enum rd_err rd_feel_parse_expression(struct rd_text source, const struct rd_feel_names *names,
                                     struct rd_arena *arena, const struct rd_node **out,
                                     struct rd_feel_problem *problem)
{
    (void)names;
    struct parser parser = start(source, arena, problem);
    const struct rd_node *node = parse_value(&parser);
    if (node != NULL && node->kind != RD_NODE_LITERAL && node->kind != RD_NODE_NAME)
        refuse(&parser, node->offset, "expected a name, a literal or a list of literals");
    return finish(&parser, node, out);
}
