#include "rules/engine/parsing.h"

#include "rules/engine/builtins.h"

#include <string.h>

static bool is_blank(struct rd_text text, size_t at)
{
    return rd_lexer_space(text, at) > 0;
}

static size_t skip_blanks(struct rd_text text, size_t at)
{
    size_t len = 0;
    while ((len = rd_lexer_space(text, at)) > 0)
        at += len;
    return at;
}

/* Blanks of the name stand for one or more blanks of the source. */
size_t rd_parse_match(struct rd_text source, size_t from, struct rd_text name)
{
    size_t at = from, i = skip_blanks(name, 0);
    while (i < name.len) {
        if (is_blank(name, i)) {
            i = skip_blanks(name, i);
            if (i == name.len)
                break;
            if (!is_blank(source, at))
                return 0;
            at = skip_blanks(source, at);
        } else if (at < source.len && source.ptr[at] == name.ptr[i]) {
            at++;
            i++;
        } else {
            return 0;
        }
    }
    bool word = at > from && rd_lexer_word_byte(source, at - 1);
    return word && rd_lexer_word_byte(source, at) ? 0 : at;
}

static void move_to(struct parser *parser, size_t at)
{
    parser->lexer.at = at;
    rd_parse_advance(parser);
}

/* Behind the blanks after `at` an argument list opens. */
static bool opens_call(const struct parser *parser, size_t at)
{
    at = skip_blanks(parser->lexer.source, at);
    return at < parser->lexer.source.len && parser->lexer.source.ptr[at] == '(';
}

bool rd_parse_known_name(struct parser *parser, struct rd_feel_name *out)
{
    struct rd_text source = parser->lexer.source;
    size_t start = parser->token.offset, best = 0;
    for (const struct rd_feel_names *frame = parser->names; frame != NULL; frame = frame->parent)
        for (size_t i = 0; i < frame->count; i++) {
            size_t end = rd_parse_match(source, start, frame->items[i].name);
            if (end > best) {
                best = end;
                *out = frame->items[i];
            }
        }
    bool variable = best > 0;
    for (size_t i = 0; i < rd_builtins_count; i++) {
        struct rd_text name = rd_text_of(rd_builtins[i].name);
        size_t end = rd_parse_match(source, start, name);
        if (end > best && (!variable || opens_call(parser, end))) {
            best = end;
            *out = (struct rd_feel_name){name, NULL};
        }
    }
    if (best > start)
        move_to(parser, best);
    return best > start;
}

bool rd_parse_known_field(struct parser *parser, const struct rd_feel_type *type,
                          struct rd_feel_name *out)
{
    size_t start = parser->token.offset, best = 0;
    for (size_t i = 0; i < type->fields_count; i++) {
        size_t end = rd_parse_match(parser->lexer.source, start, type->fields[i].name);
        if (end > best) {
            best = end;
            *out = (struct rd_feel_name){type->fields[i].name, type->fields[i].type};
        }
    }
    if (best > start)
        move_to(parser, best);
    return best > start;
}

/* source[from..to) with every run of blanks one space. */
static bool take_words(struct parser *parser, size_t from, size_t to, struct rd_text *out)
{
    struct rd_text source = rd_text_slice(parser->lexer.source, 0, to);
    char *bytes = rd_arena_take(parser->arena, to - from + 1);
    size_t len = 0;
    if (bytes == NULL) {
        rd_parse_full(parser);
        return false;
    }
    for (size_t at = skip_blanks(source, from); at < to;) {
        if (is_blank(source, at)) {
            at = skip_blanks(source, at);
            if (at < to)
                bytes[len++] = ' ';
        } else {
            bytes[len++] = source.ptr[at++];
        }
    }
    *out = (struct rd_text){bytes, len};
    return true;
}

bool rd_parse_words(struct parser *parser, struct rd_text *out)
{
    size_t start = parser->token.offset, end = start;
    while (parser->token.kind == RD_TOKEN_WORD ||
           (parser->token.kind == RD_TOKEN_NUMBER && end > start)) {
        if (rd_parse_reserved(parser->token.text))
            break;
        end = parser->token.offset + parser->token.text.len;
        rd_parse_advance(parser);
    }
    if (end == start) {
        rd_parse_unexpected(parser, "a name");
        return false;
    }
    return take_words(parser, start, end, out);
}

/* Tokens that a name is made of. */
static bool in_name(const struct rd_token *token)
{
    if (token->kind == RD_TOKEN_WORD || token->kind == RD_TOKEN_NUMBER)
        return true;
    return token->kind == RD_TOKEN_MARK && token->text.len == 1 &&
           strchr("+-*/.", token->text.ptr[0]) != NULL;
}

static bool is_stop(const struct rd_token *token, const char *stop)
{
    return rd_text_is(token->text, stop) &&
           (token->kind == RD_TOKEN_WORD || token->kind == RD_TOKEN_MARK);
}

bool rd_parse_declared(struct parser *parser, const char *stop, struct rd_text *out)
{
    size_t start = parser->token.offset, end = start;
    if (parser->token.kind != RD_TOKEN_WORD) {
        rd_parse_unexpected(parser, "a name");
        return false;
    }
    while (in_name(&parser->token) && !is_stop(&parser->token, stop)) {
        end = parser->token.offset + parser->token.text.len;
        rd_parse_advance(parser);
    }
    if (end == start) {
        rd_parse_unexpected(parser, "a name");
        return false;
    }
    return take_words(parser, start, end, out);
}

bool rd_parse_at_key(const struct parser *parser)
{
    struct parser ahead = *parser;
    if (ahead.token.kind != RD_TOKEN_WORD)
        return false;
    while (in_name(&ahead.token))
        rd_parse_advance(&ahead);
    return rd_parse_at(&ahead, ":");
}
