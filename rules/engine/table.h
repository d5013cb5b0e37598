/* Decision tables: rows of unary tests over typed inputs, a hit policy, literal outputs. Built by
 * engine/dmn, constant afterwards; evaluation allocates nothing. Thread: any. */
#ifndef RD_ENGINE_TABLE_H
#define RD_ENGINE_TABLE_H

#include "rules/engine/feel.h"

enum { RD_TABLE_COLUMNS_MAX = 64, RD_TABLE_RULES_MAX = 10000, RD_NO_RULE = -1 };

enum rd_hit_policy { RD_HIT_UNIQUE = 1, RD_HIT_FIRST };

struct rd_column { /* of inputs or outputs */
    struct rd_text name;
    enum rd_type type;
    const struct rd_node *allowed; /* NULL: any value */
    struct rd_value fallback;      /* outputs: given when no rule matches; null: none */
    bool has_fallback;
    struct rd_pos pos;
};
struct rd_cell {
    const struct rd_node *tests; /* inputs */
    struct rd_value value;       /* outputs */
    struct rd_text source;
    struct rd_pos pos;
};
struct rd_rule {
    struct rd_text id;
    struct rd_cell *inputs, *outputs; /* one per column */
    struct rd_text why;               /* its annotation or description */
    struct rd_pos pos;
};
struct rd_table {
    struct rd_text name, id; /* of the decision */
    enum rd_hit_policy hit;
    struct rd_column *inputs;
    size_t inputs_count;
    struct rd_column *outputs;
    size_t outputs_count;
    struct rd_rule *rules;
    size_t rules_count;
    struct rd_pos pos;
};

struct rd_hit {
    int rule;  /* index, or RD_NO_RULE */
    int other; /* UNIQUE: a second rule that matches too, which the check at load refuses */
};
/* `values`: one for each input column. */
struct rd_hit rd_table_decide(const struct rd_table *table, const struct rd_value *values);
bool rd_rule_matches(const struct rd_table *table, const struct rd_rule *rule,
                     const struct rd_value *values);
/* The output, its column's fallback when no rule matched, or null. */
struct rd_value rd_table_output(const struct rd_table *table, struct rd_hit hit, size_t column);
/* SIZE_MAX: no such output. */
size_t rd_table_output_index(const struct rd_table *table, const char *name);
/* Conditions of `rule` that hold, and the first that does not (inputs_count: all do). */
size_t rd_rule_holds(const struct rd_table *table, const struct rd_rule *rule,
                     const struct rd_value *values, size_t *first_failing);

#endif
