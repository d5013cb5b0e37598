/* FEEL's tokens. A name of several words is put together by the parser, which knows what is in
 * scope. Thread: any. */
#ifndef RD_ENGINE_LEXER_H
#define RD_ENGINE_LEXER_H

#include "base/text.h"

enum rd_token_kind {
    RD_TOKEN_END,
    RD_TOKEN_NUMBER,
    RD_TOKEN_STRING, /* text: with its quotes and escapes */
    RD_TOKEN_WORD,   /* part of a name, or a keyword */
    RD_TOKEN_MARK,   /* punctuation and operators: compare the text */
    RD_TOKEN_BAD     /* text: from the character that starts no token */
};

struct rd_token {
    enum rd_token_kind kind;
    struct rd_text text;
    size_t offset; /* bytes from the start of the source */
};

struct rd_lexer {
    struct rd_text source;
    size_t at;
};

/* Bytes of the white space at `from`; 0: none there. */
size_t rd_lexer_space(struct rd_text source, size_t from);
/* Whether the byte at `from` continues a word. */
bool rd_lexer_word_byte(struct rd_text source, size_t from);
void rd_lexer_next(struct rd_lexer *lexer, struct rd_token *out);

#endif
