/* Tables in which nothing is wrong: everybody belongs to exactly one rule, because the rules come
 * from cutting the whole again and again. Columns in turn: numbers, one of eight strings, a
 * boolean, a list that may have one member. Then one fault is planted. Thread: one. */
#ifndef RD_TESTS_CLEAN_TABLE_H
#define RD_TESTS_CLEAN_TABLE_H

#include "table_maker.h"

#include "rules/engine/analysis/check.h"

enum { CLEAN_COLUMNS_MAX = 16, CLEAN_STRINGS = 8, CLEAN_NUMBERS = 1000 };

/* What a rule is for in one column. */
struct clean_part {
    int low, high;   /* numbers: [low, high); the whole: 0, CLEAN_NUMBERS */
    unsigned values; /* a bit for each string or boolean; lists: bit 0 without the member, 1 with */
};
struct clean_table {
    struct rd_table *table;
    struct clean_part (*parts)[CLEAN_COLUMNS_MAX]; /* for each rule */
    struct rd_input_domain domains[CLEAN_COLUMNS_MAX];
};

/* `rules` rules; with `rest` the last is for everybody else, who are `rest` rules less. */
void clean_table_make(struct table_maker *maker, size_t rules, size_t columns,
                      enum rd_hit_policy hit, size_t rest, struct clean_table *out);
/* Writes the cell of that part. */
void clean_table_cell(struct table_maker *maker, struct clean_table *clean, size_t rule,
                      size_t column, const struct clean_part *part);
/* Two rules that were one before the last cut between them, and the column of that cut. */
void clean_table_siblings(struct table_maker *maker, const struct clean_table *clean, size_t *a,
                          size_t *b, size_t *column);
/* "c1 12, c2 \"v3\"", as findings have it, as values; columns not named get one of their own. */
void clean_table_values(struct table_maker *maker, const struct clean_table *clean,
                        const char *words, struct rd_value *values);

#endif
