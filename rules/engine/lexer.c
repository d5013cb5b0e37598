#include "rules/engine/lexer.h"

/* Bytes of the white space at `text`: ASCII's, and Unicode's as FEEL lists them; 0: none. */
static size_t space_len(struct rd_text text)
{
    static const char *const wide[] = {
        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE1\xA0\x8E", "\xE2\x80\xA8",
        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"};
    if (text.len == 0)
        return 0;
    if (text.ptr[0] == ' ' || (text.ptr[0] >= '\t' && text.ptr[0] <= '\r'))
        return 1;
    if (rd_text_starts(text, "\xE2\x80") && text.len > 2 && (unsigned char)text.ptr[2] >= 0x80 &&
        (unsigned char)text.ptr[2] <= 0x8B)
        return 3;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (rd_text_starts(text, wide[i]))
            return wide[i][0] == '\xC2' ? 2 : 3;
    return 0;
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

size_t rd_lexer_space(struct rd_text source, size_t from)
{
    return space_len(rd_text_slice(source, from, 3));
}

bool rd_lexer_word_byte(struct rd_text source, size_t from)
{
    if (from >= source.len)
        return false;
    char c = source.ptr[from];
    return (starts_word(c) || is_digit(c) || c == '\'') && rd_lexer_space(source, from) == 0;
}

static char at(const struct rd_lexer *lexer, size_t index)
{
    return index < lexer->source.len ? lexer->source.ptr[index] : '\0';
}

/* Blanks and comments. False: a comment that does not end; lexer->at is then its start. */
static bool skip_blanks(struct rd_lexer *lexer)
{
    for (;;) {
        size_t blank = 0;
        while ((blank = rd_lexer_space(lexer->source, lexer->at)) > 0)
            lexer->at += blank;
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
        while (rd_lexer_word_byte(lexer->source, end))
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
