/* What a unary test can tell apart. A simple cell compares its value with a few literals and asks
 * nothing else of it; so the cells of a column cut the values into finitely many classes, in each
 * of which every cell gives one answer. The compiled tables and the checker both stand on this;
 * what a cell answers is always asked of the interpreter (rd_feel_test) with a value of the class.
 *
 * Of an ordered type the n points that a column names make 2n + 1 classes: class 2i + 1 is point i
 * itself, class 2i what lies between point i - 1 and point i. Thread: any. */
#ifndef RD_ENGINE_CELLS_H
#define RD_ENGINE_CELLS_H

#include "base/err.h"
#include "rules/engine/feel.h"

/* Literals, comparisons with and ranges of literals, lists of them, not(...), list contains(?, x),
 * "?", "-": nothing else. The evaluator's word for it (`simple`), looked into. */
bool rd_cell_is_simple(const struct rd_node *tests);
/* Every literal that a simple cell names; the members of a list, not the list. */
void rd_cell_each_literal(const struct rd_node *tests, void *context,
                          void (*each)(void *context, const struct rd_value *literal));

enum rd_cell_on_list {
    RD_ON_LIST_ANY_OF = 1, /* true when it is for an empty list, or for one of the members alone */
    RD_ON_LIST_NONE_OF,    /* true when it is for an empty list, and for each member alone */
    RD_ON_LIST_WHOLE       /* asks for the list as a whole, or is not simple */
};
/* How the answer for a list follows from the answers for lists of one. */
enum rd_cell_on_list rd_cell_on_list(const struct rd_node *tests);

/* The points of a column of one ordered type: ascending, each once. Times with an offset and times
 * without have no order, nor are they equal: each is told apart by its own points only. So are
 * dates and times. */
struct rd_points {
    enum rd_type type;      /* NUMBER, STRING, one of the dates and times, or of the durations */
    bool has_offset;        /* of times, and of dates and times: which of them */
    struct rd_value *items; /* in the arena */
    size_t count;
    bool compared; /* some cell asks for more than equality: the classes between differ */
};
/* Adds the points of a simple cell; in any order, some perhaps twice. False: the arena is full. */
RD_MUST_CHECK bool rd_points_add(struct rd_points *points, const struct rd_node *tests,
                                 struct rd_arena *arena);
/* Once, after the last was added. */
void rd_points_settle(struct rd_points *points);
/* Whether the points are about such a value: only then has it a class. */
bool rd_points_about(const struct rd_points *points, const struct rd_value *value);
/* The number by which such a value is told from others of its kind, whole and in their order;
 * false: it has none (strings, and numbers that are large or not whole). */
bool rd_points_key(const struct rd_value *value, int64_t *key);
size_t rd_points_classes(const struct rd_points *points);
size_t rd_points_class(const struct rd_points *points, const struct rd_value *value);
/* A value of the class. RD_E_NOTFOUND: there is none, or none that could be written down (*empty
 * says which); RD_E_TOOBIG: the arena is full. */
RD_MUST_CHECK enum rd_err rd_points_example(const struct rd_points *points, size_t class,
                                            struct rd_arena *arena, struct rd_value *out,
                                            bool *empty);

#endif
