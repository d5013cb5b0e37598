/* Decision tables of any kind over an env: inputs and outputs that are expressions, every hit
 * policy. Matching is rd_feel_test_in, which is rd_feel_test wherever that one is exact. */
#include "rules/engine/table.h"

struct hits {
    size_t *rules; /* that match, in the file's order; later in the order of the outputs */
    size_t count;
};

static struct rd_value out_of_room(struct rd_feel_env *env)
{
    env->full = true;
    return rd_value_null();
}

static void place_note(struct rd_feel_env *env, struct rd_pos pos)
{
    if (env->note != NULL && env->note->set && env->note->pos.line == 0)
        env->note->pos = pos;
}

/* A list is allowed when it is, or when each of its items is. */
static bool is_allowed(struct rd_feel_env *env, const struct rd_node *allowed,
                       const struct rd_value *value)
{
    if (allowed == NULL || rd_feel_test_in(env, allowed, value) == RD_TRUE)
        return true;
    if (value->type != RD_TYPE_LIST)
        return false;
    for (size_t i = 0; i < value->as.list.count; i++)
        if (rd_feel_test_in(env, allowed, &value->as.list.items[i]) != RD_TRUE)
            return false;
    return true;
}

/* False: an input is not among its allowed values, and the table says nothing. */
static bool read_inputs(struct rd_feel_env *env, const struct rd_table *table,
                        struct rd_value *values)
{
    for (size_t i = 0; i < table->inputs_count; i++) {
        const struct rd_column *column = &table->inputs[i];
        values[i] =
            column->expression == NULL ? rd_value_null() : rd_feel_eval(env, column->expression);
        values[i] = rd_feel_coerce(env, values[i], column->item);
        if (!is_allowed(env, column->allowed, &values[i])) {
            (void)rd_feel_null(env, 0, "the input '%.*s' is not among its allowed values",
                               RD_TEXT_ARG(column->name));
            place_note(env, column->pos);
            return false;
        }
        place_note(env, column->pos);
    }
    return true;
}

static bool matches(struct rd_feel_env *env, const struct rd_table *table,
                    const struct rd_rule *rule, const struct rd_value *values)
{
    for (size_t i = 0; i < table->inputs_count; i++) {
        enum rd_tri passes = rd_feel_test_in(env, rule->inputs[i].tests, &values[i]);
        place_note(env, rule->inputs[i].pos);
        if (passes != RD_TRUE)
            return false;
    }
    return true;
}

static bool find_hits(struct rd_feel_env *env, const struct rd_table *table,
                      const struct rd_value *values, struct hits *out)
{
    out->count = 0;
    out->rules = rd_arena_array(env->arena, table->rules_count + 1, sizeof *out->rules);
    for (size_t i = 0; out->rules != NULL && i < table->rules_count; i++)
        if (matches(env, table, &table->rules[i], values)) {
            out->rules[out->count++] = i;
            if (table->hit == RD_HIT_FIRST)
                break;
        }
    env->full = env->full || out->rules == NULL;
    return !env->full;
}

/* An output as its column's type, among its allowed values. */
static struct rd_value settle(struct rd_feel_env *env, const struct rd_column *column,
                              struct rd_value value, struct rd_pos pos)
{
    value = rd_feel_coerce(env, value, column->item);
    if (value.type != RD_TYPE_NULL && !is_allowed(env, column->allowed, &value))
        value = rd_feel_null(env, 0, "the output '%.*s' is not among its allowed values",
                             RD_TEXT_ARG(column->name));
    place_note(env, pos);
    return value;
}

static struct rd_value output(struct rd_feel_env *env, const struct rd_table *table, size_t rule,
                              size_t column)
{
    const struct rd_cell *cell = &table->rules[rule].outputs[column];
    struct rd_value value = cell->constant             ? cell->value
                            : cell->expression == NULL ? rd_value_null()
                                                       : rd_feel_eval(env, cell->expression);
    return settle(env, &table->outputs[column], value, cell->pos);
}

static struct rd_value fallback(struct rd_feel_env *env, const struct rd_column *column)
{
    struct rd_value value = column->fallback_expression == NULL
                                ? column->fallback
                                : rd_feel_eval(env, column->fallback_expression);
    return settle(env, column, value, column->pos);
}

/* One output: its value; several: a context of them. `rule` RD_NO_RULE: the fallbacks. */
static struct rd_value outputs(struct rd_feel_env *env, const struct rd_table *table, int rule)
{
    size_t count = table->outputs_count;
    struct rd_member *entries = rd_arena_array(env->arena, count, sizeof *entries);
    struct rd_context *context = rd_arena_take(env->arena, sizeof *context);
    if (entries == NULL || context == NULL)
        return out_of_room(env);
    for (size_t i = 0; i < count; i++) {
        entries[i].name = table->outputs[i].name;
        entries[i].value = rule == RD_NO_RULE ? fallback(env, &table->outputs[i])
                                              : output(env, table, (size_t)rule, i);
    }
    *context = (struct rd_context){.entries = entries, .count = count};
    return count == 1 ? entries[0].value : rd_value_context(context);
}

/* Where a value stands among its column's allowed ones; behind all of them when nowhere. */
static size_t value_rank(struct rd_feel_env *env, const struct rd_column *column,
                         const struct rd_value *value)
{
    const struct rd_node *allowed = column->allowed;
    bool many = allowed != NULL && allowed->kind == RD_NODE_TESTS;
    size_t count = allowed == NULL ? 0 : many ? allowed->children_count : 1;
    for (size_t i = 0; i < count; i++)
        if (rd_feel_test_in(env, many ? allowed->children[i] : allowed, value) == RD_TRUE)
            return i;
    return count;
}

static bool precedes(const size_t *a, const size_t *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (a[i] != b[i])
            return a[i] < b[i];
    return false;
}

/* By the outputs' order; equal ones stay in the file's. Tables have few hits. */
static void sort_hits(struct rd_feel_env *env, const struct rd_table *table, struct hits *hits)
{
    size_t columns = table->outputs_count;
    size_t *ranks = rd_arena_array(env->arena, table->rules_count * columns, sizeof *ranks);
    if (ranks == NULL) {
        env->full = true;
        return;
    }
    for (size_t i = 0; i < hits->count; i++)
        for (size_t j = 0; j < columns; j++) {
            struct rd_value value = output(env, table, hits->rules[i], j);
            ranks[hits->rules[i] * columns + j] = value_rank(env, &table->outputs[j], &value);
        }
    for (size_t i = 1; i < hits->count; i++) {
        size_t rule = hits->rules[i], at = i;
        while (at > 0 &&
               precedes(&ranks[rule * columns], &ranks[hits->rules[at - 1] * columns], columns)) {
            hits->rules[at] = hits->rules[at - 1];
            at--;
        }
        hits->rules[at] = rule;
    }
}

static struct rd_value all_outputs(struct rd_feel_env *env, const struct rd_table *table,
                                   const struct hits *hits)
{
    struct rd_value *items = rd_arena_array(env->arena, hits->count + 1, sizeof *items);
    if (items == NULL)
        return out_of_room(env);
    for (size_t i = 0; i < hits->count; i++)
        items[i] = outputs(env, table, (int)hits->rules[i]);
    return rd_value_list(items, hits->count);
}

static struct rd_value broken(struct rd_feel_env *env, const struct rd_table *table,
                              const char *policy, size_t first, size_t second)
{
    struct rd_value null = rd_feel_null(env, 0, "rules %zu and %zu of the %s table '%.*s' match",
                                        first + 1, second + 1, policy, RD_TEXT_ARG(table->name));
    place_note(env, table->pos);
    return null;
}

static struct rd_value any(struct rd_feel_env *env, const struct rd_table *table,
                           const struct hits *hits)
{
    struct rd_value first = outputs(env, table, (int)hits->rules[0]);
    for (size_t i = 1; i < hits->count; i++) {
        struct rd_value other = outputs(env, table, (int)hits->rules[i]);
        if (rd_value_equal(&first, &other) != RD_TRUE)
            return broken(env, table, "ANY", hits->rules[0], hits->rules[i]);
    }
    return first;
}

static struct rd_value sum(struct rd_feel_env *env, const struct rd_table *table,
                           const struct rd_value *list)
{
    struct rd_decimal total = rd_decimal_of(0);
    for (size_t i = 0; i < list->as.list.count; i++) {
        const struct rd_value *item = &list->as.list.items[i];
        if (item->type != RD_TYPE_NUMBER || !rd_decimal_add(total, item->as.number, &total)) {
            struct rd_value null =
                rd_feel_null(env, 0, "the outputs of '%.*s' have no sum", RD_TEXT_ARG(table->name));
            place_note(env, table->pos);
            return null;
        }
    }
    return rd_value_number(total);
}

/* The least (sign -1) or greatest (1) of them. */
static struct rd_value extreme(struct rd_feel_env *env, const struct rd_table *table,
                               const struct rd_value *list, int sign)
{
    const struct rd_value *best = &list->as.list.items[0];
    for (size_t i = 0; i < list->as.list.count; i++) {
        int order = 0;
        if (!rd_value_order(&list->as.list.items[i], best, &order)) {
            struct rd_value null = rd_feel_null(env, 0, "the outputs of '%.*s' have no order",
                                                RD_TEXT_ARG(table->name));
            place_note(env, table->pos);
            return null;
        }
        if (order * sign > 0)
            best = &list->as.list.items[i];
    }
    return *best;
}

static struct rd_value collect(struct rd_feel_env *env, const struct rd_table *table,
                               const struct hits *hits)
{
    if (table->aggregate == RD_AGGREGATE_COUNT)
        return rd_value_int((int64_t)hits->count);
    struct rd_value list = all_outputs(env, table, hits);
    if (env->full || table->aggregate == RD_AGGREGATE_NONE)
        return list;
    if (table->aggregate == RD_AGGREGATE_SUM)
        return sum(env, table, &list);
    return extreme(env, table, &list, table->aggregate == RD_AGGREGATE_MAX ? 1 : -1);
}

/* No rule matches: the default outputs; else nothing collected is an empty list or 0; else null. */
static struct rd_value no_hit(struct rd_feel_env *env, const struct rd_table *table)
{
    for (size_t i = 0; i < table->outputs_count; i++)
        if (table->outputs[i].has_fallback)
            return outputs(env, table, RD_NO_RULE);
    if (table->hit == RD_HIT_COLLECT && table->aggregate == RD_AGGREGATE_NONE)
        return rd_value_list(NULL, 0);
    if (table->hit == RD_HIT_COLLECT && table->aggregate == RD_AGGREGATE_COUNT)
        return rd_value_int(0);
    struct rd_value null =
        rd_feel_null(env, 0, "no rule of '%.*s' matches", RD_TEXT_ARG(table->name));
    place_note(env, table->pos);
    return null;
}

struct rd_value rd_table_evaluate(const struct rd_table *table, struct rd_feel_env *env)
{
    struct hits hits;
    struct rd_value *values = rd_arena_array(env->arena, table->inputs_count + 1, sizeof *values);
    if (values == NULL)
        return out_of_room(env);
    if (!read_inputs(env, table, values) || !find_hits(env, table, values, &hits))
        return rd_value_null();
    if (hits.count == 0)
        return no_hit(env, table);
    switch (table->hit) {
    case RD_HIT_UNIQUE:
        if (hits.count > 1)
            return broken(env, table, "UNIQUE", hits.rules[0], hits.rules[1]);
        break;
    case RD_HIT_ANY:
        return any(env, table, &hits);
    case RD_HIT_RULE_ORDER:
        return all_outputs(env, table, &hits);
    case RD_HIT_OUTPUT_ORDER:
        sort_hits(env, table, &hits);
        return all_outputs(env, table, &hits);
    case RD_HIT_COLLECT:
        return collect(env, table, &hits);
    case RD_HIT_PRIORITY:
        sort_hits(env, table, &hits);
        break;
    case RD_HIT_FIRST:
        break;
    }
    return outputs(env, table, (int)hits.rules[0]);
}
