/* Tables made up from a seed: random ones, whose rules overlap as they like, for comparing two ways
 * of evaluating. Everything in the maker's arena. Thread: one. */
#ifndef RD_TESTS_TABLE_MAKER_H
#define RD_TESTS_TABLE_MAKER_H

#include "rules/engine/table.h"

struct table_maker {
    uint64_t state;    /* the seed; not 0 */
    size_t first_kind; /* of the columns of random tables: where in their turn they begin */
    struct rd_arena *arena;
};

uint64_t maker_next(struct table_maker *maker);
size_t maker_below(struct table_maker *maker, size_t bound); /* 0 .. bound - 1 */

/* An empty table whose cells are all "-": `columns` inputs named c1, c2 ..., one output "out", a
 * string, the same for every twentieth rule. */
struct rd_table *maker_table(struct table_maker *maker, size_t rules, size_t columns,
                             enum rd_hit_policy hit);
/* Puts a cell there; fails the test when the text is no unary test. The text is copied. */
void maker_cell(struct table_maker *maker, struct rd_table *table, size_t rule, size_t column,
                const char *text);
/* Columns of numbers, strings, booleans, lists, of these mixed, of dates, times, dates and times,
 * durations of both kinds, and of all those mixed, in turn. */
struct rd_table *maker_random(struct table_maker *maker, size_t rules, size_t columns,
                              enum rd_hit_policy hit);

enum {
    MAKER_MOMENTS = 5,      /* the kind of dates, as first_kind */
    MAKER_MOMENT_KINDS = 6, /* from there on */
    MAKER_POOL = 128
};
/* Values that a column can tell apart and some that it cannot: its literals, what lies beside them,
 * every other type. MAKER_POOL of them. */
struct rd_value *maker_pool(struct table_maker *maker, const struct rd_table *table, size_t column);

#endif
