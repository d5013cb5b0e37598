#include "rules/engine/parsing.h"

bool rd_parse_reserved(struct rd_text word)
{
    static const char *const words[] = {"if",    "then",     "else",    "for",     "some",
                                        "every", "function", "return",  "in",      "satisfies",
                                        "and",   "or",       "between", "instance"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rd_text_is(word, words[i]))
            return true;
    return false;
}

static bool expect_word(struct parser *parser, const char *word, const char *quoted)
{
    if (!rd_parse_at_word(parser, word)) {
        rd_parse_unexpected(parser, quoted);
        return false;
    }
    rd_parse_advance(parser);
    return true;
}

static const struct rd_node *parse_if(struct parser *parser)
{
    struct nodes nodes = {.count = 0};
    struct rd_node *node = rd_parse_node(parser, RD_NODE_IF, parser->token.offset);
    rd_parse_advance(parser);
    if (!rd_parse_add(parser, &nodes, rd_parse_expression(parser)) ||
        !expect_word(parser, "then", "'then'") ||
        !rd_parse_add(parser, &nodes, rd_parse_expression(parser)) ||
        !expect_word(parser, "else", "'else'") ||
        !rd_parse_add(parser, &nodes, rd_parse_expression(parser)) || node == NULL)
        return NULL;
    node->known = nodes.items[1]->known;
    return rd_parse_finish(parser, node, &nodes);
}

/* `name in domain` or `name in domain .. to`. */
static bool parse_iterator(struct parser *parser, struct rd_iterator *out)
{
    if (!rd_parse_declared(parser, "in", &out->name) || !expect_word(parser, "in", "'in'"))
        return false;
    out->domain = rd_parse_expression(parser);
    if (out->domain == NULL || !rd_parse_at(parser, ".."))
        return out->domain != NULL;
    rd_parse_advance(parser);
    out->to = rd_parse_expression(parser);
    return out->to != NULL;
}

static const struct rd_feel_type *item_of(const struct rd_feel_type *list)
{
    return list != NULL && list->type == RD_TYPE_LIST ? list->item : list;
}

/* Each iterator sees those before it: every one has its own frame, from the one before. */
static const struct rd_node *parse_iterators(struct parser *parser, struct rd_node *loop,
                                             const char *word, const char *quoted)
{
    const struct rd_feel_names *outside = parser->names;
    struct rd_iterator *iterators = NULL;
    bool good = true;
    do {
        struct rd_feel_names *frame = rd_arena_take(parser->arena, sizeof *frame);
        struct rd_feel_name *name = rd_arena_take(parser->arena, sizeof *name);
        struct rd_iterator iterator = {.to = NULL};
        rd_parse_advance(parser); /* for, some, every or "," */
        good = parse_iterator(parser, &iterator);
        struct rd_iterator *room = good ? rd_arena_add(parser->arena, (void **)&iterators,
                                                       &loop->as.loop.count, sizeof *room)
                                        : NULL;
        if (good && (room == NULL || frame == NULL || name == NULL)) {
            rd_parse_full(parser);
            good = false;
        }
        if (!good)
            break;
        *room = iterator;
        *name = (struct rd_feel_name){iterator.name, item_of(iterator.domain->known)};
        *frame = (struct rd_feel_names){.parent = parser->names, .items = name, .count = 1};
        parser->names = frame;
    } while (rd_parse_at(parser, ","));
    loop->as.loop.iterators = iterators;
    good = good && expect_word(parser, word, quoted);
    const struct rd_feel_name partial = {RD_TEXT("partial"), NULL};
    struct rd_feel_names last = {.parent = parser->names, .items = &partial, .count = 1};
    if (loop->kind == RD_NODE_FOR)
        parser->names = &last;
    const struct rd_node *body = good ? rd_parse_expression(parser) : NULL;
    parser->names = outside;
    return body;
}

static const struct rd_node *parse_loop(struct parser *parser, enum rd_node_kind kind)
{
    struct nodes nodes = {.count = 0};
    struct rd_node *loop = rd_parse_node(parser, kind, parser->token.offset);
    if (loop == NULL)
        return NULL;
    bool returns = kind == RD_NODE_FOR;
    const struct rd_node *body = parse_iterators(parser, loop, returns ? "return" : "satisfies",
                                                 returns ? "'return'" : "'satisfies'");
    if (!rd_parse_add(parser, &nodes, body))
        return NULL;
    if (returns && body->known != NULL) {
        struct rd_feel_type *list = rd_arena_take(parser->arena, sizeof *list);
        if (list == NULL) {
            rd_parse_full(parser);
            return NULL;
        }
        list->type = RD_TYPE_LIST;
        list->item = body->known;
        loop->known = list;
    }
    return rd_parse_finish(parser, loop, &nodes);
}

static bool parse_parameter(struct parser *parser, struct rd_parameter *out)
{
    struct parser ahead = *parser;
    out->type = NULL;
    if (rd_parse_at_key(&ahead)) {
        if (!rd_parse_declared(parser, ":", &out->name))
            return false;
        rd_parse_advance(parser); /* : */
        out->type = rd_parse_type(parser);
        return out->type != NULL;
    }
    return rd_parse_declared(parser, ",", &out->name);
}

static bool parse_parameters(struct parser *parser, struct rd_node *node)
{
    struct rd_parameter *items = NULL;
    while (!rd_parse_at(parser, ")")) {
        struct rd_parameter parameter = {.type = NULL};
        if (items != NULL && !rd_parse_expect(parser, ","))
            return false;
        if (!parse_parameter(parser, &parameter))
            return false;
        struct rd_parameter *room = rd_arena_add(parser->arena, (void **)&items,
                                                 &node->as.parameters.count, sizeof parameter);
        if (room == NULL) {
            rd_parse_full(parser);
            return false;
        }
        *room = parameter;
    }
    node->as.parameters.items = items;
    rd_parse_advance(parser);
    return true;
}

/* What is known of the function that the node makes. */
static bool note_function(struct parser *parser, struct rd_node *node, const struct rd_node *body)
{
    struct rd_feel_type *type = rd_arena_take(parser->arena, sizeof *type);
    if (type == NULL) {
        rd_parse_full(parser);
        return false;
    }
    type->type = RD_TYPE_FUNCTION;
    type->any_fields = true;
    type->item = body->known;
    node->known = type;
    node->makes_function = true;
    return true;
}

static const struct rd_node *parse_function(struct parser *parser)
{
    struct nodes nodes = {.count = 0};
    struct rd_node *node = rd_parse_node(parser, RD_NODE_FUNCTION, parser->token.offset);
    rd_parse_advance(parser);
    if (node == NULL || !rd_parse_expect(parser, "(") || !parse_parameters(parser, node))
        return NULL;
    if (rd_parse_at_word(parser, "external"))
        return rd_parse_refuse(parser, parser->token.offset,
                               "external functions are not supported; write the function in FEEL");
    size_t count = node->as.parameters.count;
    struct rd_feel_name *names = rd_arena_array(parser->arena, count + 1, sizeof *names);
    if (names == NULL) {
        rd_parse_full(parser);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        names[i] = (struct rd_feel_name){node->as.parameters.items[i].name,
                                         node->as.parameters.items[i].type};
    struct rd_feel_names frame = {.parent = parser->names, .items = names, .count = count};
    parser->names = &frame;
    const struct rd_node *body = rd_parse_expression(parser);
    parser->names = frame.parent;
    if (!rd_parse_add(parser, &nodes, body) || !note_function(parser, node, body))
        return NULL;
    return rd_parse_finish(parser, node, &nodes);
}

const struct rd_node *rd_parse_keyword(struct parser *parser)
{
    if (rd_parse_at_word(parser, "if"))
        return parse_if(parser);
    if (rd_parse_at_word(parser, "for"))
        return parse_loop(parser, RD_NODE_FOR);
    if (rd_parse_at_word(parser, "some"))
        return parse_loop(parser, RD_NODE_SOME);
    if (rd_parse_at_word(parser, "every"))
        return parse_loop(parser, RD_NODE_EVERY);
    if (rd_parse_at_word(parser, "function"))
        return parse_function(parser);
    return NULL;
}
