#include "rules/engine/parsing.h"

#include "rules/engine/builtins.h"

static const struct rd_node *parse_string(struct parser *parser)
{
    struct rd_value value = {.type = RD_TYPE_STRING};
    size_t offset = parser->token.offset;
    if (!rd_parse_string(parser, parser->token.text, &value.as.string))
        return NULL;
    rd_parse_advance(parser);
    return rd_parse_literal(parser, offset, value);
}

static const struct rd_node *parse_number(struct parser *parser)
{
    struct rd_value value = {.type = RD_TYPE_NUMBER};
    size_t offset = parser->token.offset;
    if (!rd_decimal_parse(parser->token.text, &value.as.number))
        return rd_parse_refuse(parser, offset, "this number is outside decimal128's range");
    rd_parse_advance(parser);
    return rd_parse_literal(parser, offset, value);
}

/* @"2026-11-21": any of the date and time types. */
static const struct rd_node *parse_moment(struct parser *parser)
{
    struct rd_value text = {.type = RD_TYPE_STRING}, value;
    size_t offset = parser->token.offset;
    rd_parse_advance(parser);
    if (parser->token.kind != RD_TOKEN_STRING)
        return rd_parse_unexpected(parser, "a string with a date, time or duration after '@'");
    if (!rd_parse_string(parser, parser->token.text, &text.as.string))
        return NULL;
    if (!rd_moment_parse(text.as.string, &value)) {
        if (parser->closed)
            return rd_parse_refuse(parser, offset,
                                   "no date, time or duration; expected one such as "
                                   "@\"2026-11-21\", @\"10:30:00\" or @\"PT2H\"");
        value = rd_value_null();
    }
    rd_parse_advance(parser);
    return rd_parse_literal(parser, offset, value);
}

/* An interval whose ends are known can be wrong at once. */
static bool check_range(struct parser *parser, struct rd_node *node)
{
    const struct rd_node *low = node->as.range.low, *high = node->as.range.high;
    int order = 0;
    if (low->kind != RD_NODE_LITERAL || high->kind != RD_NODE_LITERAL)
        return true;
    bool comparable = rd_value_order(&low->as.literal, &high->as.literal, &order);
    bool open = node->as.range.low_open || node->as.range.high_open;
    node->simple = comparable && (order < 0 || (order == 0 && !open));
    if (node->simple || !parser->closed)
        return true;
    if (!comparable)
        rd_parse_refuse(parser, node->offset,
                        "the ends of this interval are a %s and a %s; expected two of one type "
                        "that has an order",
                        rd_type_name(low->as.literal.type), rd_type_name(high->as.literal.type));
    else
        rd_parse_refuse(parser, node->offset, "this interval is empty; write the lower end first");
    return false;
}

static const struct rd_node *parse_range_tail(struct parser *parser, size_t offset, bool low_open,
                                              const struct rd_node *low)
{
    static const struct nodes none = {.count = 0};
    bool outer = parser->range_end;
    rd_parse_advance(parser); /* .. */
    parser->range_end = true;
    const struct rd_node *high = rd_parse_sum(parser);
    parser->range_end = outer;
    if (high == NULL)
        return NULL;
    bool high_open = rd_parse_at(parser, ")") || rd_parse_at(parser, "[");
    if (!high_open && !rd_parse_at(parser, "]"))
        return rd_parse_unexpected(parser, "']', ')' or '[' at the end of the interval");
    rd_parse_advance(parser);
    struct rd_node *node = rd_parse_node(parser, RD_NODE_RANGE, offset);
    if (node == NULL)
        return NULL;
    node->as.range.low = low;
    node->as.range.high = high;
    node->as.range.low_open = low_open;
    node->as.range.high_open = high_open;
    return check_range(parser, node) ? rd_parse_finish(parser, node, &none) : NULL;
}

static bool enter(struct parser *parser)
{
    if (parser->depth == RD_FEEL_DEPTH_MAX) {
        rd_parse_refuse(parser, parser->token.offset, "nested more than %d deep; simplify it",
                        RD_FEEL_DEPTH_MAX);
        return false;
    }
    parser->depth++;
    return true;
}

static const struct rd_node *parse_enclosed(struct parser *parser, bool tests)
{
    struct nodes nodes = {.count = 0};
    size_t offset = parser->token.offset;
    rd_parse_advance(parser); /* ( */
    const struct rd_node *first = rd_parse_test(parser, true);
    if (first == NULL)
        return NULL;
    if (rd_parse_at(parser, ".."))
        return parse_range_tail(parser, offset, true, first);
    if (tests && rd_parse_at(parser, ",")) {
        if (!rd_parse_add(parser, &nodes, first))
            return NULL;
        rd_parse_advance(parser);
        const struct rd_node *rest = rd_parse_test_list(parser, RD_NODE_TESTS, offset, true);
        if (!rd_parse_add(parser, &nodes, rest))
            return NULL;
        first = rd_parse_finish(parser, rd_parse_node(parser, RD_NODE_TESTS, offset), &nodes);
    }
    return first != NULL && rd_parse_expect(parser, ")") ? first : NULL;
}

const struct rd_node *rd_parse_parentheses(struct parser *parser, bool tests)
{
    if (!enter(parser))
        return NULL;
    bool outer = parser->range_end;
    parser->range_end = false;
    const struct rd_node *node = parse_enclosed(parser, tests);
    parser->range_end = outer;
    parser->depth--;
    return node;
}

/* A list of literals is a literal itself. */
static const struct rd_node *list_of(struct parser *parser, size_t offset,
                                     const struct nodes *nodes)
{
    bool literal = true, scalar = true;
    for (size_t i = 0; i < nodes->count; i++) {
        literal = literal && nodes->items[i]->kind == RD_NODE_LITERAL;
        scalar = scalar && literal && nodes->items[i]->as.literal.type != RD_TYPE_LIST;
    }
    struct rd_node *list = rd_parse_node(parser, literal ? RD_NODE_LITERAL : RD_NODE_LIST, offset);
    struct rd_feel_type *known = rd_arena_take(parser->arena, sizeof *known);
    struct rd_value *items = rd_arena_array(parser->arena, nodes->count + 1, sizeof *items);
    if (list == NULL || known == NULL || items == NULL) {
        rd_parse_full(parser);
        return NULL;
    }
    known->type = RD_TYPE_LIST;
    known->item = nodes->count > 0 ? nodes->items[0]->known : NULL;
    list->known = known;
    if (!literal)
        return rd_parse_finish(parser, list, nodes);
    for (size_t i = 0; i < nodes->count; i++) {
        items[i] = nodes->items[i]->as.literal;
        if (nodes->items[i]->height >= list->height)
            list->height = nodes->items[i]->height + 1;
    }
    list->as.literal = rd_value_list(items, nodes->count);
    list->simple = scalar;
    return list;
}

/* '[' or ']': an interval; '[' also a list. */
static const struct rd_node *parse_bracket(struct parser *parser)
{
    struct nodes nodes = {.count = 0};
    size_t offset = parser->token.offset;
    bool list = rd_parse_at(parser, "[");
    rd_parse_advance(parser);
    if (list && rd_parse_at(parser, "]")) {
        rd_parse_advance(parser);
        return list_of(parser, offset, &nodes);
    }
    const struct rd_node *first = rd_parse_test(parser, true);
    if (first == NULL)
        return NULL;
    if (rd_parse_at(parser, ".."))
        return parse_range_tail(parser, offset, !list, first);
    if (!list)
        return rd_parse_unexpected(parser, "'..' and the upper end of the interval");
    for (;;) {
        if (!rd_parse_add(parser, &nodes, first))
            return NULL;
        if (!rd_parse_at(parser, ","))
            break;
        rd_parse_advance(parser);
        first = rd_parse_test(parser, true);
    }
    return rd_parse_expect(parser, "]") ? list_of(parser, offset, &nodes) : NULL;
}

/* A context under construction, with the names that later entries see. */
struct fields {
    struct rd_text *keys;
    size_t keys_count;
    struct rd_feel_field *items;
    struct rd_feel_name *names;
    size_t names_count;
};

static bool add_entry(struct parser *parser, struct rd_feel_type *type, struct fields *fields,
                      struct rd_text key, const struct rd_node *value)
{
    struct rd_text *key_room =
        rd_arena_add(parser->arena, (void **)&fields->keys, &fields->keys_count, sizeof *key_room);
    struct rd_feel_field *item =
        rd_arena_add(parser->arena, (void **)&fields->items, &type->fields_count, sizeof *item);
    struct rd_feel_name *name =
        rd_arena_add(parser->arena, (void **)&fields->names, &fields->names_count, sizeof *name);
    if (key_room == NULL || item == NULL || name == NULL) {
        rd_parse_full(parser);
        return false;
    }
    *key_room = key;
    *item = (struct rd_feel_field){key, value->known};
    *name = (struct rd_feel_name){key, value->known};
    return true;
}

static bool parse_key(struct parser *parser, struct rd_text *out)
{
    if (parser->token.kind == RD_TOKEN_STRING) {
        if (!rd_parse_string(parser, parser->token.text, out))
            return false;
        rd_parse_advance(parser);
        return true;
    }
    return rd_parse_declared(parser, ":", out);
}

static bool parse_entries(struct parser *parser, struct rd_feel_type *type, struct fields *fields,
                          struct nodes *nodes)
{
    struct rd_feel_names frame = {.parent = parser->names};
    bool good = true;
    parser->names = &frame;
    while (good && !rd_parse_at(parser, "}")) {
        struct rd_text key = RD_TEXT_NONE;
        good = (nodes->count == 0 || rd_parse_expect(parser, ",")) && parse_key(parser, &key) &&
               rd_parse_expect(parser, ":");
        const struct rd_node *value = good ? rd_parse_expression(parser) : NULL;
        good = rd_parse_add(parser, nodes, value) && add_entry(parser, type, fields, key, value);
        frame.items = fields->names;
        frame.count = fields->names_count;
    }
    parser->names = frame.parent;
    return good;
}

static const struct rd_node *parse_context(struct parser *parser)
{
    struct nodes nodes = {.count = 0};
    struct fields fields = {.keys_count = 0};
    struct rd_node *node = rd_parse_node(parser, RD_NODE_CONTEXT, parser->token.offset);
    struct rd_feel_type *type = rd_arena_take(parser->arena, sizeof *type);
    rd_parse_advance(parser); /* { */
    if (node == NULL || type == NULL) {
        rd_parse_full(parser);
        return NULL;
    }
    if (!parse_entries(parser, type, &fields, &nodes))
        return NULL;
    rd_parse_advance(parser); /* } */
    type->type = RD_TYPE_CONTEXT;
    type->fields = fields.items;
    node->known = type;
    node->as.keys = fields.keys;
    return rd_parse_finish(parser, node, &nodes);
}

/* A name that nobody declared: refused, or null when evaluated. */
static const struct rd_node *parse_unknown_name(struct parser *parser, struct rd_node *node)
{
    if (!rd_parse_words(parser, &node->as.name))
        return NULL;
    bool called = rd_parse_at(parser, "(");
    if (parser->guesses > 0 || !(called ? parser->known_functions : parser->closed))
        return node;
    if (called)
        return rd_parse_refuse(parser, node->offset,
                               "the function '%.*s' is not known; expected a function of FEEL or "
                               "of this file",
                               RD_TEXT_ARG(node->as.name));
    return rd_parse_refuse(parser, node->offset,
                           parser->cell ? "the name '%.*s' stands where a value is expected; a "
                                          "string needs double quotes"
                                        : "the name '%.*s' is not known here; a string needs "
                                          "double quotes",
                           RD_TEXT_ARG(node->as.name));
}

static bool is_literal_word(struct rd_text word)
{
    return rd_text_is(word, "true") || rd_text_is(word, "false") || rd_text_is(word, "null");
}

static const struct rd_node *parse_word(struct parser *parser)
{
    size_t offset = parser->token.offset;
    struct rd_value value = rd_value_null();
    if (!is_literal_word(parser->token.text)) {
        const struct rd_node *node = rd_parse_keyword(parser);
        return node != NULL || parser->err != RD_OK ? node : rd_parse_unexpected(parser, "a value");
    }
    if (!rd_parse_at_word(parser, "null"))
        value = rd_value_boolean(rd_parse_at_word(parser, "true"));
    rd_parse_advance(parser);
    return rd_parse_literal(parser, offset, value);
}

/* A name may begin with a word that FEEL uses itself: "for sale". */
static const struct rd_node *parse_name(struct parser *parser)
{
    struct rd_feel_name name = {.type = NULL};
    struct parser before = *parser;
    struct rd_text first = parser->token.text;
    bool known = rd_parse_known_name(parser, &name);
    if ((rd_parse_reserved(first) || is_literal_word(first)) &&
        (!known || name.name.len <= first.len)) {
        *parser = before;
        return parse_word(parser);
    }
    struct rd_node *node = rd_parse_node(parser, RD_NODE_NAME, before.token.offset);
    if (node == NULL)
        return NULL;
    if (!known)
        return parse_unknown_name(parser, node);
    node->as.name = name.name;
    node->known = name.type;
    return node;
}

static const struct rd_node *parse_mark(struct parser *parser)
{
    const struct rd_node *node = NULL;
    if (rd_parse_at(parser, "("))
        return rd_parse_parentheses(parser, false);
    if (rd_parse_at(parser, "@"))
        return parse_moment(parser);
    if (rd_parse_at(parser, "?")) {
        struct rd_node *input = rd_parse_node(parser, RD_NODE_INPUT, parser->token.offset);
        if (input != NULL)
            input->about_input = input->simple = true;
        rd_parse_advance(parser);
        return input;
    }
    bool context = rd_parse_at(parser, "{"), outer = parser->range_end;
    if (!context && !rd_parse_at(parser, "[") && !rd_parse_at(parser, "]"))
        return rd_parse_unexpected(parser, "a value");
    if (!enter(parser))
        return NULL;
    parser->range_end = false;
    node = context ? parse_context(parser) : parse_bracket(parser);
    parser->range_end = outer;
    parser->depth--;
    return node;
}

const struct rd_node *rd_parse_primary(struct parser *parser)
{
    const struct rd_node *primed = parser->primed;
    parser->primed = NULL;
    if (primed != NULL)
        return primed;
    switch (parser->token.kind) {
    case RD_TOKEN_NUMBER:
        return parse_number(parser);
    case RD_TOKEN_STRING:
        return parse_string(parser);
    case RD_TOKEN_WORD:
        return parse_name(parser);
    case RD_TOKEN_MARK:
        return parse_mark(parser);
    case RD_TOKEN_END:
    case RD_TOKEN_BAD:
        break;
    }
    return rd_parse_unexpected(parser, "a value");
}
