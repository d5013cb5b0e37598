#include "rules/engine/compile.h"

#include "rules/engine/column.h"

#include <string.h>

enum rd_err rd_compile(const struct rd_table *table, struct rd_arena *arena,
                       const struct rd_compiled **out)
{
    struct rd_compiled *made = rd_arena_take(arena, sizeof *made);
    if (made == NULL)
        return RD_E_TOOBIG;
    *made = (struct rd_compiled){.table = table, .words = table->rules_count / 64 + 1};
    made->columns = rd_arena_array(arena, table->inputs_count + 1, sizeof *made->columns);
    made->all = rd_arena_array(arena, made->words, sizeof *made->all);
    if (made->columns == NULL || made->all == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < table->rules_count; i++)
        rd_row_set(made->all, i);
    for (size_t i = 0; i < table->inputs_count; i++)
        if (!rd_column_compile(made, i, arena))
            return RD_E_TOOBIG;
    *out = made;
    return RD_OK;
}

/* The first rule in the row from word `from` on; RD_NO_RULE: none. */
static int first_rule(const uint64_t *row, size_t from, size_t words)
{
    for (size_t w = from; w < words; w++)
        if (row[w] != 0)
            return (int)(w * 64) + __builtin_ctzll(row[w]);
    return RD_NO_RULE;
}

/* The loop of rd_table_decide over the rules that match. */
static struct rd_hit choose(const struct rd_table *table, uint64_t *match, size_t words)
{
    struct rd_hit hit = {first_rule(match, 0, words), RD_NO_RULE};
    if (hit.rule == RD_NO_RULE || table->hit == RD_HIT_FIRST)
        return hit;
    for (int rule = hit.rule;;) {
        match[rule / 64] &= ~(UINT64_C(1) << rule % 64);
        rule = first_rule(match, (size_t)rule / 64, words);
        if (rule == RD_NO_RULE)
            return hit;
        if (table->hit == RD_HIT_PRIORITY) {
            if (table->rules[rule].rank < table->rules[hit.rule].rank)
                hit.rule = rule;
        } else if (table->hit != RD_HIT_ANY ||
                   !rd_rules_agree(table, (size_t)hit.rule, (size_t)rule)) {
            hit.other = rule;
            return hit;
        }
    }
}

struct rd_hit rd_compiled_decide(const struct rd_compiled *compiled, const struct rd_value *values)
{
    uint64_t match[RD_ROW_WORDS_MAX], scratch[RD_ROW_WORDS_MAX];
    size_t words = compiled->words;
    memcpy(match, compiled->all, words * sizeof *match);
    for (size_t i = 0; i < compiled->table->inputs_count; i++) {
        const uint64_t *row = rd_column_row(compiled, i, &values[i], scratch);
        for (size_t w = 0; w < words; w++)
            match[w] &= row[w];
    }
    return choose(compiled->table, match, words);
}

size_t rd_compiled_interpreted(const struct rd_compiled *compiled)
{
    size_t count = 0;
    for (size_t i = 0; i < compiled->table->inputs_count; i++) {
        const struct rd_index_column *column = &compiled->columns[i];
        bool asked = column->whole != NULL || column->complex != NULL;
        for (size_t kind = 0; kind < RD_ORDER_KINDS; kind++)
            asked = asked || column->indexes[kind].rows == NULL;
        count += asked ? 1 : 0;
    }
    return count;
}
