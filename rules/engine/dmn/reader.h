/* What the parts of the DMN reader share. Not for others.
 *
 * dmn.c opens files and decides what a place may use; schema.c refuses what DMN does not have or
 * this engine does not; items.c reads types; graph.c the elements and their requirements; logic.c
 * boxed expressions; dmn_table.c decision tables. */
#ifndef RD_ENGINE_DMN_READER_H
#define RD_ENGINE_DMN_READER_H

#include "rules/engine/dmn/dmn.h"
#include "rules/engine/dmn/xml.h"
#include "rules/engine/parser.h"

/* One file, and the names by which it knows the files that it imports. */
struct import {
    struct rd_text name; /* empty: its elements are seen without a prefix */
    struct rd_text space;
    struct rd_pos pos;
    size_t file; /* index, or SIZE_MAX: no such file was given */
};
struct file {
    struct rd_text name; /* of an import, for messages; absent: the file asked for */
    struct rd_pos from;  /* of an import: where the file asked for imports it, or what does */
    const struct rd_xml *root;
    struct rd_text space;
    struct import *imports;
    size_t imports_count;
    struct rd_feel_name *types; /* item definitions, those of imports as "import.name" */
    size_t types_count;
};
struct reader {
    struct rd_arena *arena;
    const struct rd_dmn_sink *sink;
    enum rd_err err;
    bool undeclared; /* no input data: names that nobody declares may be what is given */
    bool for_place;  /* types are checked strictly: see rd_dmn_read */
    struct file *files;
    size_t files_count;
    struct file *file; /* the one being read */
    struct rd_drg *nodes;
    const struct rd_xml **elements; /* one for each node */
    struct file **node_files;       /* likewise */
    size_t nodes_count;
    struct rd_drg *current; /* whose refusals these are; NULL: the file's */
};

void rd_dmn_refuse(struct reader *reader, struct rd_pos pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* NULL and RD_E_TOOBIG in the reader when the arena is full. */
void *rd_dmn_array(struct reader *reader, size_t count, size_t size);
/* The element is DMN's own and of that name. */
bool rd_dmn_is(const struct reader *reader, const struct rd_xml *element, const char *name);
size_t rd_dmn_count(const struct reader *reader, const struct rd_xml *element, const char *name);
bool rd_dmn_is_true(struct rd_text attribute);

/* schema.c: refuses what no element of DMN has there, and whatever this engine does not do. Below
 * `element`, itself included. */
void rd_dmn_check_schema(struct reader *reader, const struct rd_xml *element);
/* An element that holds a boxed expression by its name. */
bool rd_dmn_is_logic(const struct reader *reader, const struct rd_xml *element);

/* items.c: the item definitions of a file. */
void rd_dmn_read_items(struct reader *reader, struct file *file);
/* Of the typeRef attribute (or child) of an element; NULL: any, none, or refused. */
const struct rd_feel_type *rd_dmn_type_of(struct reader *reader, const struct rd_xml *element);
const struct rd_feel_type *rd_dmn_find_type(struct reader *reader, const struct rd_xml *element,
                                            struct rd_text name);

/* logic.c: FEEL texts. An entry without <text> reads as empty. */
struct rd_text rd_dmn_text(const struct rd_xml *entry, const struct rd_xml **text);
void rd_dmn_refuse_feel(struct reader *reader, const struct rd_xml *entry,
                        const struct rd_feel_problem *problem);
const struct rd_node *rd_dmn_parse_tests(struct reader *reader, const struct rd_xml *entry,
                                         const struct rd_feel_names *names);
/* NULL: refused, or empty. */
const struct rd_node *rd_dmn_parse_expression(struct reader *reader, const struct rd_xml *entry,
                                              const struct rd_feel_names *names);
struct rd_pos rd_dmn_text_pos(const struct rd_xml *entry);
/* What an expression is the value of, as far as that is known. */
struct variable {
    struct rd_text name;
    const struct rd_feel_type *type;
};
/* The boxed expression among the children of `holder`; NULL: none. */
const struct rd_boxed *rd_dmn_read_logic(struct reader *reader, const struct rd_xml *holder,
                                         const struct variable *variable,
                                         const struct rd_feel_names *names);
/* Of an encapsulatedLogic; the variable's type is of what it gives. */
const struct rd_boxed *rd_dmn_read_function(struct reader *reader, const struct rd_xml *element,
                                            const struct variable *result,
                                            const struct rd_feel_names *names);

/* dmn_table.c. `variable`: of the decision or context entry. */
const struct rd_table *rd_dmn_read_table(struct reader *reader, const struct rd_xml *element,
                                         const struct variable *variable,
                                         const struct rd_feel_names *names);

/* graph.c: the elements of all files, their requirements and order. */
void rd_dmn_read_graph(struct reader *reader, struct rd_model *out);

#endif
