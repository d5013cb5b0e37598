#include "rules/engine/parsing.h"

static const struct {
    const char *name;
    struct rd_feel_type type;
} builtin_types[] = {
    {"Any", {.type = RD_TYPE_ANY}},
    {"Null", {.type = RD_TYPE_NULL}},
    {"boolean", {.type = RD_TYPE_BOOLEAN}},
    {"number", {.type = RD_TYPE_NUMBER}},
    {"string", {.type = RD_TYPE_STRING}},
    {"date", {.type = RD_TYPE_DATE}},
    {"time", {.type = RD_TYPE_TIME}},
    {"date and time", {.type = RD_TYPE_DATE_TIME}},
    {"dateTime", {.type = RD_TYPE_DATE_TIME}},
    {"days and time duration", {.type = RD_TYPE_DURATION_DAYS}},
    {"dayTimeDuration", {.type = RD_TYPE_DURATION_DAYS}},
    {"years and months duration", {.type = RD_TYPE_DURATION_MONTHS}},
    {"yearMonthDuration", {.type = RD_TYPE_DURATION_MONTHS}},
    {"list", {.type = RD_TYPE_LIST}},
    {"context", {.type = RD_TYPE_CONTEXT, .any_fields = true}},
    {"range", {.type = RD_TYPE_RANGE}},
    {"function", {.type = RD_TYPE_FUNCTION, .any_fields = true}},
};

static struct rd_feel_type *new_type(struct parser *parser, enum rd_type kind)
{
    struct rd_feel_type *type = rd_arena_take(parser->arena, sizeof *type);
    if (type == NULL)
        rd_parse_full(parser);
    else
        type->type = kind;
    return type;
}

/* "<" T ">", or nothing: of anything. */
static const struct rd_feel_type *item_type(struct parser *parser, enum rd_type kind)
{
    struct rd_feel_type *type = new_type(parser, kind);
    if (type == NULL || !rd_parse_at(parser, "<"))
        return type;
    rd_parse_advance(parser);
    type->item = rd_parse_type(parser);
    return type->item != NULL && rd_parse_expect(parser, ">") ? type : NULL;
}

/* Behind "<": `name: T` for a context, T for a function. */
static bool add_field(struct parser *parser, struct rd_feel_type *type,
                      struct rd_feel_field **fields)
{
    struct rd_feel_field field = {.type = NULL};
    if (type->type == RD_TYPE_CONTEXT &&
        (!rd_parse_declared(parser, ":", &field.name) || !rd_parse_expect(parser, ":")))
        return false;
    field.type = rd_parse_type(parser);
    if (field.type == NULL)
        return false;
    struct rd_feel_field *room =
        rd_arena_add(parser->arena, (void **)fields, &type->fields_count, sizeof field);
    if (room == NULL) {
        rd_parse_full(parser);
        return false;
    }
    *room = field;
    return true;
}

static const struct rd_feel_type *fields_type(struct parser *parser, enum rd_type kind)
{
    struct rd_feel_type *type = new_type(parser, kind);
    struct rd_feel_field *fields = NULL;
    if (type == NULL)
        return NULL;
    type->any_fields = !rd_parse_at(parser, "<");
    if (type->any_fields)
        return type;
    rd_parse_advance(parser);
    while (!rd_parse_at(parser, ">")) {
        if (fields != NULL && !rd_parse_expect(parser, ","))
            return NULL;
        if (!add_field(parser, type, &fields))
            return NULL;
    }
    type->fields = fields;
    rd_parse_advance(parser);
    if (kind != RD_TYPE_FUNCTION)
        return type;
    if (!rd_parse_expect(parser, "->"))
        return NULL;
    type->item = rd_parse_type(parser);
    return type->item != NULL ? type : NULL;
}

static const struct rd_feel_type *named_type(struct parser *parser)
{
    struct rd_text source = parser->lexer.source, name = RD_TEXT_NONE;
    size_t start = parser->token.offset, best = 0;
    const struct rd_feel_type *type = NULL;
    for (const struct rd_feel_names *frame = parser->names; frame != NULL; frame = frame->parent)
        for (size_t i = 0; i < frame->types_count; i++) {
            size_t end = rd_parse_match(source, start, frame->types[i].name);
            if (end > best) {
                best = end;
                type = frame->types[i].type;
            }
        }
    for (size_t i = 0; i < sizeof builtin_types / sizeof builtin_types[0]; i++) {
        size_t end = rd_parse_match(source, start, rd_text_of(builtin_types[i].name));
        if (end > best) {
            best = end;
            type = &builtin_types[i].type;
        }
    }
    if (best > start) {
        parser->lexer.at = best;
        rd_parse_advance(parser);
        return type;
    }
    if (!rd_parse_words(parser, &name))
        return NULL;
    while (rd_parse_at(parser, ".")) { /* of an import that is not known */
        rd_parse_advance(parser);
        if (!rd_parse_words(parser, &name))
            return NULL;
    }
    if (parser->closed) {
        rd_parse_refuse(parser, start,
                        "the type '%.*s' is not known; expected a type of FEEL or "
                        "of this file",
                        RD_TEXT_ARG(name));
        return NULL;
    }
    struct rd_feel_type *unknown = new_type(parser, RD_TYPE_ANY);
    if (unknown != NULL) {
        unknown->name = name;
        unknown->unknown = true;
    }
    return unknown;
}

const struct rd_feel_type *rd_parse_type(struct parser *parser)
{
    const struct rd_feel_type *type = NULL;
    if (parser->depth == RD_FEEL_DEPTH_MAX) {
        rd_parse_refuse(parser, parser->token.offset, "nested more than %d deep; simplify it",
                        RD_FEEL_DEPTH_MAX);
        return NULL;
    }
    parser->depth++;
    struct parser ahead = *parser;
    rd_parse_advance(&ahead);
    if (!rd_parse_at(&ahead, "<")) {
        type = named_type(parser);
    } else if (rd_parse_at_word(parser, "list") || rd_parse_at_word(parser, "range")) {
        enum rd_type kind = rd_parse_at_word(parser, "list") ? RD_TYPE_LIST : RD_TYPE_RANGE;
        rd_parse_advance(parser);
        type = item_type(parser, kind);
    } else if (rd_parse_at_word(parser, "context") || rd_parse_at_word(parser, "function")) {
        bool context = rd_parse_at_word(parser, "context");
        rd_parse_advance(parser);
        type = fields_type(parser, context ? RD_TYPE_CONTEXT : RD_TYPE_FUNCTION);
    } else {
        type = named_type(parser);
    }
    parser->depth--;
    return type;
}
