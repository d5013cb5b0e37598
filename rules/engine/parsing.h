/* What the parts of the parser share. Not for others. */
#ifndef RD_ENGINE_PARSING_H
#define RD_ENGINE_PARSING_H

#include "rules/engine/lexer.h"
#include "rules/engine/parser.h"

struct parser {
    struct rd_lexer lexer;
    struct rd_token token; /* the one looked at */
    struct rd_arena *arena;
    struct rd_feel_problem *problem;
    enum rd_err err;
    const struct rd_feel_names *names; /* never NULL */
    unsigned depth;
    bool closed;                  /* nobody but these names: see rd_feel_names */
    bool known_functions;         /* a function that is not known is refused */
    unsigned guesses;             /* inside so many filters whose items' names are not known */
    bool range_end;               /* at the upper end of an interval: '[' may close it */
    const struct rd_node *primed; /* what the next primary is: it has been read already */
    bool cell;                    /* a cell is read: a bare word is most likely a string */
};

/* Children of a node under construction; in the arena. */
struct nodes {
    const struct rd_node **items;
    size_t count;
};

/* parser.c. Those that give a node give NULL after an error, which is then in the parser. */
void rd_parse_advance(struct parser *parser);
bool rd_parse_at(const struct parser *parser, const char *mark);
bool rd_parse_at_word(const struct parser *parser, const char *word);
bool rd_parse_expect(struct parser *parser, const char *mark);
const struct rd_node *rd_parse_refuse(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const struct rd_node *rd_parse_unexpected(struct parser *parser, const char *expected);
void rd_parse_full(struct parser *parser);
struct rd_node *rd_parse_node(struct parser *parser, enum rd_node_kind kind, size_t offset);
bool rd_parse_add(struct parser *parser, struct nodes *nodes, const struct rd_node *node);
/* Gives the node its children; NULL when it got too high. */
const struct rd_node *rd_parse_finish(struct parser *parser, struct rd_node *node,
                                      const struct nodes *nodes);
const struct rd_node *rd_parse_literal(struct parser *parser, size_t offset, struct rd_value value);

/* parse_expression.c */
const struct rd_node *rd_parse_expression(struct parser *parser);
const struct rd_node *rd_parse_sum(struct parser *parser); /* + - and what binds closer */
/* One positive unary test: (op) expression. In a cell the expression may be any, elsewhere a sum.
 */
const struct rd_node *rd_parse_test(struct parser *parser, bool cell);
const struct rd_node *rd_parse_test_list(struct parser *parser, enum rd_node_kind kind,
                                         size_t offset, bool cell);

/* parse_primary.c: literals, names, lists, contexts, intervals. */
const struct rd_node *rd_parse_primary(struct parser *parser);
/* At "(": an expression, a comparison without left side, an open interval; when `tests`, also a
 * list of tests. */
const struct rd_node *rd_parse_parentheses(struct parser *parser, bool tests);

/* parse_postfix.c: a primary and what follows it: . [ ( */
const struct rd_node *rd_parse_postfix(struct parser *parser);

/* parse_string.c: without its quotes, escapes resolved. */
bool rd_parse_string(struct parser *parser, struct rd_text quoted, struct rd_text *out);

/* parse_loop.c: if, for, some, every, function; NULL without error: none of these. */
const struct rd_node *rd_parse_keyword(struct parser *parser);
/* True for a word that cannot be part of a name nobody knows. */
bool rd_parse_reserved(struct rd_text word);

/* parse_name.c */
/* The longest known name at the token, moved past; false: none. */
bool rd_parse_known_name(struct parser *parser, struct rd_feel_name *out);
/* The longest of the type's fields at the token. */
bool rd_parse_known_field(struct parser *parser, const struct rd_feel_type *type,
                          struct rd_feel_name *out);
/* Words up to something else. */
bool rd_parse_words(struct parser *parser, struct rd_text *out);
/* A name that is being declared: everything up to the mark or word `stop`, which stays. */
bool rd_parse_declared(struct parser *parser, const char *stop, struct rd_text *out);
/* Whether a name and ':' follow, as for a named argument or a key. */
bool rd_parse_at_key(const struct parser *parser);
/* From `from` on: where `name` ends when the text has it there; 0: it has not. */
size_t rd_parse_match(struct rd_text source, size_t from, struct rd_text name);

/* parse_type.c */
const struct rd_feel_type *rd_parse_type(struct parser *parser);

#endif
