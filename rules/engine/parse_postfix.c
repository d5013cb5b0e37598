#include "rules/engine/parsing.h"

#include "rules/engine/builtins.h"

/* What is known of the items of a list, or of the value itself. */
static const struct rd_feel_type *item_type(const struct rd_feel_type *type)
{
    return type != NULL && type->type == RD_TYPE_LIST ? type->item : type;
}

static const struct rd_node *parse_path(struct parser *parser, const struct rd_node *base)
{
    struct nodes nodes = {.count = 0};
    struct rd_feel_name field = {.type = NULL};
    struct rd_node *node = rd_parse_node(parser, RD_NODE_PATH, parser->token.offset);
    const struct rd_feel_type *item = item_type(base->known);
    rd_parse_advance(parser); /* . */
    if (parser->token.kind != RD_TOKEN_WORD)
        return rd_parse_unexpected(parser, "a name after '.'");
    if (node == NULL || !rd_parse_add(parser, &nodes, base))
        return NULL;
    if (item != NULL && item->type == RD_TYPE_CONTEXT &&
        rd_parse_known_field(parser, item, &field)) {
        node->as.name = field.name;
        node->known = field.type;
    } else if (!rd_parse_words(parser, &node->as.name)) {
        return NULL;
    }
    return rd_parse_finish(parser, node, &nodes);
}

static const struct rd_node *parse_filter(struct parser *parser, const struct rd_node *base)
{
    struct nodes nodes = {.count = 0};
    struct rd_node *node = rd_parse_node(parser, RD_NODE_FILTER, parser->token.offset);
    const struct rd_feel_type *item = item_type(base->known);
    bool fields = item != NULL && item->type == RD_TYPE_CONTEXT && item->fields != NULL;
    struct rd_feel_name *names =
        rd_arena_array(parser->arena, (fields ? item->fields_count : 0) + 1, sizeof *names);
    rd_parse_advance(parser); /* [ */
    if (node == NULL || names == NULL) {
        rd_parse_full(parser);
        return NULL;
    }
    struct rd_feel_names frame = {.parent = parser->names, .items = names, .count = 1};
    names[0] = (struct rd_feel_name){RD_TEXT("item"), item};
    for (size_t i = 0; fields && i < item->fields_count; i++)
        names[frame.count++] = (struct rd_feel_name){item->fields[i].name, item->fields[i].type};
    parser->names = &frame;
    parser->guesses += fields ? 0 : 1;
    const struct rd_node *test = rd_parse_expression(parser);
    parser->guesses -= fields ? 0 : 1;
    parser->names = frame.parent;
    if (!rd_parse_add(parser, &nodes, base) || !rd_parse_add(parser, &nodes, test) ||
        !rd_parse_expect(parser, "]"))
        return NULL;
    node->known = base->known;
    return rd_parse_finish(parser, node, &nodes);
}

/* At the upper end of an interval: no expression can begin behind this '['. */
static bool closes_range(const struct parser *parser)
{
    static const char *const words[] = {"and",  "or",   "in",     "between",  "instance",
                                        "then", "else", "return", "satisfies"};
    static const char *const marks[] = {",", ")", "]",  "}", ".",  "..", "*",  "/", "**",
                                        "+", "=", "!=", "<", "<=", ">",  ">=", ":"};
    struct parser ahead = *parser;
    rd_parse_advance(&ahead);
    if (!parser->range_end || ahead.token.kind == RD_TOKEN_END)
        return parser->range_end;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rd_parse_at_word(&ahead, words[i]))
            return true;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (rd_parse_at(&ahead, marks[i]))
            return true;
    return false;
}

static bool parse_arguments(struct parser *parser, struct nodes *nodes,
                            const struct rd_text **names)
{
    struct rd_text *keys = NULL;
    size_t count = 0;
    bool named = rd_parse_at_key(parser);
    while (!rd_parse_at(parser, ")")) {
        if (nodes->count > 0 && !rd_parse_expect(parser, ","))
            return false;
        if (named) {
            struct rd_text key = RD_TEXT_NONE;
            if (!rd_parse_declared(parser, ":", &key) || !rd_parse_expect(parser, ":"))
                return false;
            struct rd_text *room =
                rd_arena_add(parser->arena, (void **)&keys, &count, sizeof *room);
            if (room == NULL) {
                rd_parse_full(parser);
                return false;
            }
            *room = key;
        }
        if (!rd_parse_add(parser, nodes, rd_parse_expression(parser)))
            return false;
    }
    *names = keys;
    rd_parse_advance(parser);
    return true;
}

static bool is_variable(const struct parser *parser, struct rd_text name)
{
    for (const struct rd_feel_names *frame = parser->names; frame != NULL; frame = frame->parent)
        for (size_t i = 0; i < frame->count; i++)
            if (rd_text_equal(frame->items[i].name, name))
                return true;
    return false;
}

/* date("2026-11-21") and its like are literals: a cell that has one stays simple. */
static const struct rd_node *fold_moment(struct parser *parser, const struct rd_node *call)
{
    static const struct {
        const char *function;
        enum rd_type types[2];
    } known[] = {{"date", {RD_TYPE_DATE, RD_TYPE_DATE}},
                 {"time", {RD_TYPE_TIME, RD_TYPE_TIME}},
                 {"date and time", {RD_TYPE_DATE_TIME, RD_TYPE_DATE_TIME}},
                 {"duration", {RD_TYPE_DURATION_DAYS, RD_TYPE_DURATION_MONTHS}}};
    const struct rd_node *function = call->as.call.function;
    struct rd_value value;
    if (call->as.call.names != NULL || call->children_count != 1 ||
        call->children[0]->kind != RD_NODE_LITERAL ||
        call->children[0]->as.literal.type != RD_TYPE_STRING)
        return call;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (rd_text_is(function->as.name, known[i].function) &&
            rd_moment_parse(call->children[0]->as.literal.as.string, &value) &&
            (value.type == known[i].types[0] || value.type == known[i].types[1]))
            return rd_parse_literal(parser, call->offset, value);
    return call;
}

static bool simple_argument(const struct rd_node *node)
{
    return node->kind == RD_NODE_INPUT || node->kind == RD_NODE_LITERAL;
}

static const struct rd_node *parse_call(struct parser *parser, const struct rd_node *function)
{
    struct nodes nodes = {.count = 0};
    struct rd_node *node = rd_parse_node(parser, RD_NODE_CALL, function->offset);
    rd_parse_advance(parser); /* ( */
    if (node == NULL || !parse_arguments(parser, &nodes, &node->as.call.names))
        return NULL;
    node->as.call.function = function;
    if (function->known != NULL && function->known->type == RD_TYPE_FUNCTION)
        node->known = function->known->item;
    const struct rd_node *call = rd_parse_finish(parser, node, &nodes);
    if (call == NULL || function->kind != RD_NODE_NAME || is_variable(parser, function->as.name))
        return call;
    node->simple = rd_text_is(function->as.name, "list contains") && nodes.count == 2 &&
                   node->as.call.names == NULL && simple_argument(nodes.items[0]) &&
                   simple_argument(nodes.items[1]);
    return fold_moment(parser, call);
}

const struct rd_node *rd_parse_postfix(struct parser *parser)
{
    const struct rd_node *node = rd_parse_primary(parser);
    while (node != NULL && (rd_parse_at(parser, ".") || rd_parse_at(parser, "(") ||
                            (rd_parse_at(parser, "[") && !closes_range(parser)))) {
        bool outer = parser->range_end;
        parser->range_end = false;
        if (rd_parse_at(parser, "."))
            node = parse_path(parser, node);
        else if (rd_parse_at(parser, "["))
            node = parse_filter(parser, node);
        else
            node = parse_call(parser, node);
        parser->range_end = outer;
    }
    return node;
}
