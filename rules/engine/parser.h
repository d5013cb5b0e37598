/* FEEL text -> tree. What is wrong is refused with its place, what was found and what was expected.
 * Thread: any. */
#ifndef RD_ENGINE_PARSER_H
#define RD_ENGINE_PARSER_H

#include "base/err.h"
#include "rules/engine/ast.h"

enum {
    RD_FEEL_DEPTH_MAX = 64,   /* nesting of one text */
    RD_FEEL_ITEMS_MAX = 4096, /* of one list, context, call or row of tests */
    RD_FEEL_HEIGHT_MAX = 512, /* levels of a tree: 1 + 1 + 1 ... makes one for each sign */
    RD_FEEL_WORDS_MAX = 256   /* bytes of a message, NUL included */
};

/* Names in sight, the innermost frame first. FEEL names have spaces and operators in them ("Monthly
 * Salary", "a-b"): the longest known name is taken. */
struct rd_feel_name {
    struct rd_text name;
    const struct rd_feel_type *type; /* the names behind its dot; NULL: not known */
};
struct rd_feel_names {
    const struct rd_feel_names *parent;
    const struct rd_feel_name *items; /* variables */
    size_t count;
    const struct rd_feel_name *types; /* item definitions, for "instance of" and parameters */
    size_t types_count;
    bool closed; /* a name that is none of these (nor built in) is refused; false: it is null */
    bool known_functions; /* though not closed, so is a function: none is given from outside */
};

struct rd_feel_problem {
    size_t offset; /* in the text, bytes */
    char words[RD_FEEL_WORDS_MAX];
};

/* Both: RD_E_INVALID with *problem filled, RD_E_TOOBIG when the arena is full. The source and the
 * names' texts must live as long as the tree. `names` NULL: none, and closed. */
/* An input cell: "-", 1, "a", "b"; < 5; [1..9]; not("a"); list contains(?, "a"); ? > a + 1. */
RD_MUST_CHECK enum rd_err rd_feel_parse_tests(struct rd_text source,
                                              const struct rd_feel_names *names,
                                              struct rd_arena *arena, const struct rd_node **out,
                                              struct rd_feel_problem *problem);
RD_MUST_CHECK enum rd_err rd_feel_parse_expression(struct rd_text source,
                                                   const struct rd_feel_names *names,
                                                   struct rd_arena *arena,
                                                   const struct rd_node **out,
                                                   struct rd_feel_problem *problem);

#endif
