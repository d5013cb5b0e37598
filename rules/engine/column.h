/* What a column of a compiled table knows: for every kind of value the sets of rules whose cell
 * holds. Shared by compile.c and nearest.c; not for others. Thread: any. */
#ifndef RD_ENGINE_COLUMN_H
#define RD_ENGINE_COLUMN_H

#include "rules/engine/cells.h"
#include "rules/engine/compile.h"

enum { RD_ROW_WORDS_MAX = RD_TABLE_RULES_MAX / 64 + 1 };

/* Kinds of ordered values: within one of them everything compares. */
enum rd_order_kind {
    RD_ORDER_NUMBERS,
    RD_ORDER_STRINGS,
    RD_ORDER_DATES,
    RD_ORDER_LOCAL_TIMES,
    RD_ORDER_OFFSET_TIMES,
    RD_ORDER_LOCAL_MOMENTS, /* dates and times */
    RD_ORDER_OFFSET_MOMENTS,
    RD_ORDER_DAYS, /* durations */
    RD_ORDER_MONTHS,
    RD_ORDER_KINDS
};

/* The rules for each class of the values of one kind. */
struct rd_index {
    struct rd_points points;
    uint64_t *rows;    /* one for each class; NULL: ask the interpreter */
    int64_t *keys;     /* of the points, when all have one; NULL: not so */
    uint32_t *slots;   /* strings, only asked for equality: hash -> point + 1; 0: none */
    size_t slots_mask; /* slots - 1, a power of two */
};
struct rd_index_column {
    struct rd_index indexes[RD_ORDER_KINDS];
    uint64_t *of_null, *of_boolean[2];
    struct rd_points members;   /* that a cell asks a list for */
    uint64_t *of_list;          /* the rules for an empty list */
    uint64_t *brings, *forbids; /* for each member: the rules it adds, and those it takes away */
    uint64_t *whole;            /* rules to be asked about a list; NULL: none */
    uint64_t *complex;          /* rules to be asked about any value; NULL: none */
};
struct rd_compiled {
    const struct rd_table *table;
    struct rd_index_column *columns; /* one for each input */
    size_t words;                    /* of a row: a bit for each rule; at least 1 */
    uint64_t *all;                   /* the row of all rules */
};

/* Fills column `index` by asking the interpreter. False: the arena is full. */
RD_MUST_CHECK bool rd_column_compile(struct rd_compiled *compiled, size_t index,
                                     struct rd_arena *arena);
/* The rules whose cell in that column holds: a row of the column, or made in `scratch`. */
const uint64_t *rd_column_row(const struct rd_compiled *compiled, size_t index,
                              const struct rd_value *value, uint64_t *scratch);

static inline void rd_row_set(uint64_t *row, size_t bit)
{
    row[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static inline bool rd_row_has(const uint64_t *row, size_t bit)
{
    return (row[bit / 64] >> (bit % 64) & 1) != 0;
}

#endif
