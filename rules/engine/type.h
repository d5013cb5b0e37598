/* FEEL types: of variables, of what a function takes and gives, of "instance of". Made by the
 * parser and by the reader of item definitions, constant afterwards. Thread: any. */
#ifndef RD_ENGINE_TYPE_H
#define RD_ENGINE_TYPE_H

#include "rules/engine/value.h"

struct rd_node;
struct rd_feel_type;

struct rd_feel_field {
    struct rd_text name;
    const struct rd_feel_type *type; /* NULL: any */
};
struct rd_parameter {
    struct rd_text name;
    const struct rd_feel_type *type; /* NULL: any */
};

/* A NULL type is Any everywhere. */
struct rd_feel_type {
    enum rd_type type;                  /* ANY: whatever its `allowed` lets in */
    struct rd_text name;                /* of an item definition; absent: built in or anonymous */
    const struct rd_feel_type *item;    /* LIST and RANGE: of what; FUNCTION: what it gives */
    const struct rd_feel_field *fields; /* CONTEXT; FUNCTION: its parameters */
    size_t fields_count;
    bool unknown;                  /* named, but nobody defines it: nothing can be told about it */
    bool any_fields;               /* CONTEXT: nothing is said about its fields ("context") */
    const struct rd_node *allowed; /* unary tests that the value itself passes; NULL: none */
};

#endif
