/* Decision tables: rows of unary tests over typed inputs, a hit policy, outputs. Built by
 * engine/dmn, constant afterwards. A `plain` table (inputs that are names, simple tests, literal
 * outputs, a policy that gives one rule) is decided without allocating: the router's are.
 * Thread: any. */
#ifndef RD_ENGINE_TABLE_H
#define RD_ENGINE_TABLE_H

#include "rules/engine/feel.h"

enum { RD_TABLE_COLUMNS_MAX = 64, RD_TABLE_RULES_MAX = 10000, RD_NO_RULE = -1 };

enum rd_hit_policy {
    RD_HIT_UNIQUE = 1,
    RD_HIT_FIRST,
    RD_HIT_ANY,
    RD_HIT_PRIORITY,
    RD_HIT_RULE_ORDER,
    RD_HIT_OUTPUT_ORDER,
    RD_HIT_COLLECT
};
enum rd_aggregate { /* of COLLECT */
                    RD_AGGREGATE_NONE,
                    RD_AGGREGATE_COUNT,
                    RD_AGGREGATE_SUM,
                    RD_AGGREGATE_MIN,
                    RD_AGGREGATE_MAX
};

struct rd_column { /* of inputs or outputs */
    struct rd_text name;
    enum rd_type type;
    const struct rd_node *expression; /* inputs; `name` is its text */
    const struct rd_feel_type *item;  /* what its values must be; NULL: any */
    const struct rd_node *allowed;    /* NULL: any value */
    struct rd_value fallback;         /* outputs: given when no rule matches; null: none */
    const struct rd_node *fallback_expression;
    struct rd_pos pos;
    bool is_name; /* inputs: the expression is that name and no more */
    bool has_fallback;
};
struct rd_cell {
    const struct rd_node *tests;      /* inputs */
    const struct rd_node *expression; /* outputs; NULL: an empty cell */
    struct rd_value value;            /* outputs: when `constant` */
    bool constant;
    struct rd_text source;
    struct rd_pos pos;
};
struct rd_rule {
    struct rd_text id;
    struct rd_cell *inputs, *outputs; /* one per column */
    struct rd_text why;               /* its annotation or description */
    size_t rank; /* place in the order of output values, 0 first, when all outputs are constant */
    struct rd_pos pos;
};
struct rd_table {
    struct rd_text name, id; /* of the decision */
    enum rd_hit_policy hit;
    enum rd_aggregate aggregate;
    bool plain; /* rd_table_decide may be asked */
    struct rd_column *inputs;
    size_t inputs_count;
    struct rd_column *outputs;
    size_t outputs_count;
    struct rd_rule *rules;
    size_t rules_count;
    struct rd_pos pos;         /* of its decision */
    struct rd_pos element_pos; /* its own */
};

struct rd_hit {
    int rule;  /* index, or RD_NO_RULE */
    int other; /* UNIQUE: a second rule that matches too; ANY: one that does and says otherwise.
                  The check at load refuses both */
};
/* Of a plain table. `values`: one for each input column. */
struct rd_hit rd_table_decide(const struct rd_table *table, const struct rd_value *values);
bool rd_rule_matches(const struct rd_table *table, const struct rd_rule *rule,
                     const struct rd_value *values);
/* Whether two rules of a plain table say the same. */
bool rd_rules_agree(const struct rd_table *table, size_t a, size_t b);
/* Any table, over the env's names: what its rules say of the inputs. Total: null, with a note, when
 * that makes no sense. */
struct rd_value rd_table_evaluate(const struct rd_table *table, struct rd_feel_env *env);
/* The output, its column's fallback when no rule matched, or null. */
struct rd_value rd_table_output(const struct rd_table *table, struct rd_hit hit, size_t column);
/* SIZE_MAX: no such output. */
size_t rd_table_output_index(const struct rd_table *table, const char *name);
/* Conditions of `rule` that hold, and the first that does not (inputs_count: all do). */
size_t rd_rule_holds(const struct rd_table *table, const struct rd_rule *rule,
                     const struct rd_value *values, size_t *first_failing);

#endif
