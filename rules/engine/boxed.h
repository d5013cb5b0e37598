/* Boxed expressions: what a decision or a function of a DMN model computes. Built by engine/dmn,
 * constant afterwards. Thread: any, one for each env. */
#ifndef RD_ENGINE_BOXED_H
#define RD_ENGINE_BOXED_H

#include "rules/engine/table.h"

struct rd_boxed;

enum rd_boxed_kind {
    RD_BOXED_LITERAL,     /* FEEL text */
    RD_BOXED_TABLE,       /* decision table */
    RD_BOXED_CONTEXT,     /* entries, each in sight of those behind it; one without a name is the
                             result */
    RD_BOXED_RECORD,      /* a row of a relation: entries that do not see each other */
    RD_BOXED_LIST,        /* list, relation */
    RD_BOXED_INVOCATION,  /* entries[0] called with the others, by name */
    RD_BOXED_FUNCTION,    /* entries[0] is the body */
    RD_BOXED_CONDITIONAL, /* if entries[0] then entries[1] else entries[2] */
    RD_BOXED_FILTER,      /* entries[0][entries[1]] */
    RD_BOXED_FOR,         /* for name in entries[0] return entries[1] */
    RD_BOXED_SOME,        /* some name in entries[0] satisfies entries[1] */
    RD_BOXED_EVERY        /* every name in entries[0] satisfies entries[1] */
};
struct rd_boxed_entry {
    struct rd_text name;             /* absent where the kind needs none */
    const struct rd_feel_type *type; /* of its variable; NULL: any */
    const struct rd_boxed *value;    /* NULL: none is written, null */
};
struct rd_boxed {
    enum rd_boxed_kind kind;
    const struct rd_feel_type *type;       /* what the result must be; NULL: any */
    const struct rd_node *literal;         /* LITERAL; NULL: no text, null */
    const struct rd_table *table;          /* TABLE */
    struct rd_text name;                   /* FOR, SOME, EVERY: the variable */
    const struct rd_feel_type *item;       /* FOR, SOME, EVERY: its type; FUNCTION: what it gives */
    const struct rd_parameter *parameters; /* FUNCTION */
    size_t parameters_count;
    const struct rd_boxed_entry *entries;
    size_t entries_count;
    struct rd_pos pos; /* of the element; LITERAL: of its text */
};

/* The value of the expression among the names of `env`; NULL gives null. Total: what makes no sense
 * is null, with a note. */
struct rd_value rd_boxed_eval(struct rd_feel_env *env, const struct rd_boxed *boxed);
/* A function value of a FUNCTION, closing over the env's scope. */
struct rd_value rd_boxed_function(struct rd_feel_env *env, const struct rd_boxed *boxed,
                                  struct rd_text name);

#endif
