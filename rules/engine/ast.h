/* The tree a FEEL text is parsed to. Nodes live in the arena of whoever parsed; constant
 * afterwards. `offset` is where the construct starts in its source, in bytes. Thread: any. */
#ifndef RD_ENGINE_AST_H
#define RD_ENGINE_AST_H

#include "rules/engine/value.h"

enum rd_node_kind {
    RD_NODE_LITERAL, /* value; a list of literals is one too */
    RD_NODE_INPUT,   /* ?: the value a unary test is about */
    RD_NODE_NAME,    /* name */
    RD_NODE_RANGE,   /* low .. high */
    RD_NODE_COMPARE, /* (left, absent: the value tested) op right */
    RD_NODE_CALL,    /* function(arguments) */
    RD_NODE_TESTS,   /* any of the children, as unary tests */
    RD_NODE_NOT,     /* none of the children, as unary tests */
    RD_NODE_ANY      /* "-" */
};

enum rd_compare_op { RD_OP_LT, RD_OP_LE, RD_OP_GT, RD_OP_GE, RD_OP_EQ, RD_OP_NE };
enum rd_function { RD_FUNCTION_LIST_CONTAINS };

struct rd_node {
    enum rd_node_kind kind;
    size_t offset;
    bool about_input; /* "?" occurs in it: as a unary test it says true or false itself */
    union {
        struct rd_value literal;
        struct rd_text name;
        struct {
            const struct rd_node *low, *high;
            bool low_open, high_open; /* the end itself is outside */
        } range;
        struct {
            enum rd_compare_op op;
            const struct rd_node *left, *right;
        } compare;
        enum rd_function function;
    } as;
    const struct rd_node **children; /* CALL, TESTS, NOT */
    size_t children_count;
};

#endif
