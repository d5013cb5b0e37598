/* FEEL text -> tree. What is not supported yet is refused by name, never skipped. Thread: any. */
#ifndef RD_ENGINE_PARSER_H
#define RD_ENGINE_PARSER_H

#include "base/err.h"
#include "rules/engine/ast.h"

enum {
    RD_FEEL_DEPTH_MAX = 16,  /* nesting of one text: bounds the evaluator's stack */
    RD_FEEL_ITEMS_MAX = 256, /* of one list, call or row of tests */
    RD_FEEL_WORDS_MAX = 256  /* bytes of a message, NUL included */
};

struct rd_feel_problem {
    size_t offset; /* in the text, bytes */
    char words[RD_FEEL_WORDS_MAX];
};

/* All: RD_E_INVALID with *problem filled, RD_E_TOOBIG when the arena is full. The source must live
 * as long as the tree. */
/* An input cell: "-", 1, "a", "b"; < 5; [1..9]; not("a"); list contains(?, "a"). */
RD_MUST_CHECK enum rd_err rd_feel_parse_tests(struct rd_text source, struct rd_arena *arena,
                                              const struct rd_node **out,
                                              struct rd_feel_problem *problem);
/* A literal, a list of literals or a name. */
RD_MUST_CHECK enum rd_err rd_feel_parse_expression(struct rd_text source, struct rd_arena *arena,
                                                   const struct rd_node **out,
                                                   struct rd_feel_problem *problem);

#endif
