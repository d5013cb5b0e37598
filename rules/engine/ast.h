/* The tree a FEEL text is parsed to. Nodes live in the arena of whoever parsed; constant
 * afterwards. `offset` is where the construct starts in its source, in bytes. Thread: any. */
#ifndef RD_ENGINE_AST_H
#define RD_ENGINE_AST_H

#include "rules/engine/type.h"

enum rd_node_kind {
    RD_NODE_LITERAL, /* value; a list of literals is one too */
    RD_NODE_INPUT,   /* ?: the value a unary test is about */
    RD_NODE_NAME,    /* name */
    RD_NODE_RANGE,   /* low .. high; an end that is NULL has no bound */
    RD_NODE_COMPARE, /* (left, absent: the value tested) op right */
    RD_NODE_CALL,    /* call.function(children) */
    RD_NODE_TESTS,   /* any of the children, as unary tests */
    RD_NODE_NOT,     /* none of the children, as unary tests */
    RD_NODE_ANY,     /* "-" */

    RD_NODE_ARITH,       /* children[0] arith children[1] */
    RD_NODE_NEGATE,      /* - children[0] */
    RD_NODE_AND,         /* all of the children */
    RD_NODE_OR,          /* any of the children */
    RD_NODE_BETWEEN,     /* children[0] between children[1] and children[2] */
    RD_NODE_IN,          /* children[0] in the unary tests children[1] */
    RD_NODE_IF,          /* if children[0] then children[1] else children[2] */
    RD_NODE_FOR,         /* for loop.iterators return children[0] */
    RD_NODE_SOME,        /* some loop.iterators satisfies children[0] */
    RD_NODE_EVERY,       /* every loop.iterators satisfies children[0] */
    RD_NODE_FILTER,      /* children[0][children[1]] */
    RD_NODE_PATH,        /* children[0].name */
    RD_NODE_LIST,        /* [children] */
    RD_NODE_CONTEXT,     /* {keys: children} */
    RD_NODE_FUNCTION,    /* function(parameters) children[0] */
    RD_NODE_INSTANCE_OF, /* children[0] instance of type */
    RD_NODE_BOXED        /* an expression that no FEEL text says: a table inside a boxed context */
};

enum rd_compare_op { RD_OP_LT, RD_OP_LE, RD_OP_GT, RD_OP_GE, RD_OP_EQ, RD_OP_NE };
enum rd_arith_op { RD_OP_ADD, RD_OP_SUBTRACT, RD_OP_MULTIPLY, RD_OP_DIVIDE, RD_OP_POWER };

struct rd_node;
struct rd_feel_env; /* feel.h */

/* `name` in domain, or in domain .. to. */
struct rd_iterator {
    struct rd_text name;
    const struct rd_node *domain, *to; /* to: NULL unless `domain .. to` */
};

struct rd_node {
    enum rd_node_kind kind;
    size_t offset;
    bool about_input;    /* "?" occurs in it: as a unary test it says true or false itself */
    bool makes_function; /* a function that may keep the names it sees is made in it */
    /* As a cell: literals, comparisons and ranges with literals, comma lists of these, not(),
     * list contains(?, literal), "-": rd_feel_test is exact for it. */
    bool simple;
    unsigned height;                  /* levels below and with this one */
    const struct rd_feel_type *known; /* what its value will be; NULL: nothing is known */
    union {
        struct rd_value literal;
        struct rd_text name; /* NAME, PATH */
        struct {
            const struct rd_node *low, *high;
            bool low_open, high_open; /* the end itself is outside */
        } range;
        struct {
            enum rd_compare_op op;
            const struct rd_node *left, *right;
        } compare;
        enum rd_arith_op arith;
        struct {
            const struct rd_node *function;
            const struct rd_text *names; /* of the arguments; NULL: by position */
        } call;
        struct {
            const struct rd_iterator *iterators;
            size_t count;
        } loop;
        const struct rd_text *keys; /* one for each child */
        struct {
            const struct rd_parameter *items;
            size_t count;
        } parameters;
        const struct rd_feel_type *type;
        struct {
            struct rd_value (*eval)(struct rd_feel_env *env, const void *context);
            const void *context;
        } boxed;
    } as;
    const struct rd_node **children;
    size_t children_count;
};

#endif
