#include "rules/engine/lexer.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Letters, the underscore, and everything outside ASCII (names may be in any language). */
static bool starts_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static char at(const struct rd_lexer *lexer, size_t index)
{
    return index < lexer->source.len ? lexer->source.ptr[index] : '\0';
}

/* Blanks and comments. False: a comment that does not end; lexer->at is then its start. */
static bool skip_blanks(struct rd_lexer *lexer)
{
    for (;;) {
        while (lexer->at < lexer->source.len && is_space(at(lexer, lexer->at)))
            lexer->at++;
        if (at(lexer, lexer->at) != '/' ||
            (at(lexer, lexer->at + 1) != '/' && at(lexer, lexer->at + 1) != '*'))
            return true;
        bool line = at(lexer, lexer->at + 1) == '/';
        size_t i = lexer->at + 2;
        while (i < lexer->source.len &&
               !(line ? at(lexer, i) == '\n' : at(lexer, i) == '*' && at(lexer, i + 1) == '/'))
            i++;
        if (!line && i >= lexer->source.len)
            return false;
        lexer->at = line ? i : i + 2;
    }
}

static size_t number_end(const struct rd_lexer *lexer)
{
    size_t i = lexer->at;
    while (is_digit(at(lexer, i)))
        i++;
    if (at(lexer, i) == '.' && is_digit(at(lexer, i + 1)))
        for (i++; is_digit(at(lexer, i)); i++)
            continue;
    if (at(lexer, i) == 'e' || at(lexer, i) == 'E') {
        size_t sign = at(lexer, i + 1) == '-' || at(lexer, i + 1) == '+' ? 1 : 0;
        if (is_digit(at(lexer, i + 1 + sign)))
            for (i += 1 + sign; is_digit(at(lexer, i)); i++)
                continue;
    }
    return i;
}

/* 0: no closing quote. */
static size_t string_end(const struct rd_lexer *lexer)
{
    for (size_t i = lexer->at + 1; i < lexer->source.len; i++) {
        if (at(lexer, i) == '\\')
            i++;
        else if (at(lexer, i) == '"')
            return i + 1;
    }
    return 0;
}

static size_t mark_len(const struct rd_lexer *lexer)
{
    static const char *const pairs[] = {"..", "<=", ">=", "!=", "**", "->"};
    struct rd_text rest = rd_text_slice(lexer->source, lexer->at, 2);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (rd_text_is(rest, pairs[i]))
            return 2;
    for (const char *single = "()[]{},.:?+-*/=<>@"; *single != '\0'; single++)
        if (rest.ptr[0] == *single)
            return 1;
    return 0;
}

void rd_lexer_next(struct rd_lexer *lexer, struct rd_token *out)
{
    bool closed = skip_blanks(lexer);
    size_t start = lexer->at, end = start;
    char first = at(lexer, start);
    out->offset = start;
    if (!closed) {
        out->kind = RD_TOKEN_BAD;
    } else if (start >= lexer->source.len) {
        out->kind = RD_TOKEN_END;
    } else if (is_digit(first) || (first == '.' && is_digit(at(lexer, start + 1)))) {
        out->kind = RD_TOKEN_NUMBER;
        end = number_end(lexer);
    } else if (first == '"') {
        end = string_end(lexer);
        out->kind = end == 0 ? RD_TOKEN_BAD : RD_TOKEN_STRING;
    } else if (starts_word(first)) {
        out->kind = RD_TOKEN_WORD;
        while (starts_word(at(lexer, end)) || is_digit(at(lexer, end)) || at(lexer, end) == '\'')
            end++;
    } else {
        end = start + mark_len(lexer);
        out->kind = end == start ? RD_TOKEN_BAD : RD_TOKEN_MARK;
    }
    if (out->kind == RD_TOKEN_BAD)
        end = lexer->source.len;
    lexer->at = end;
    out->text = rd_text_slice(lexer->source, start, end - start);
}
