/* Which rules of which table the cases hit: a rule that no case hits is a rule that nobody has
 * seen work. */
#include "rules/cases/cases.h"

#include "rules/eval/ruleset.h"

static enum rd_err add_table(struct rd_coverage *coverage, const struct rd_bound_table *bound,
                             struct rd_arena *arena)
{
    const struct rd_table *table = bound->table;
    if (table == NULL)
        return RD_OK;
    struct rd_table_coverage *out = &coverage->tables[coverage->tables_count++];
    *out = (struct rd_table_coverage){.table = table->name, .rules_count = table->rules_count};
    out->rules = rd_arena_array(arena, table->rules_count + 1, sizeof *out->rules);
    out->why = rd_arena_array(arena, table->rules_count + 1, sizeof *out->why);
    out->hits = rd_arena_array(arena, table->rules_count + 1, sizeof *out->hits);
    if (out->rules == NULL || out->why == NULL || out->hits == NULL)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < table->rules_count; i++) {
        out->rules[i] = bound->labels[i];
        out->why[i] = table->rules[i].why;
    }
    coverage->rules += table->rules_count;
    return RD_OK;
}

enum rd_err rd_coverage_init(const struct rd_rules *rules, struct rd_arena *arena,
                             struct rd_coverage *out)
{
    *out = (struct rd_coverage){.tables_count = 0};
    out->tables = rd_arena_array(arena, 3 + rules->supporting_count, sizeof *out->tables);
    if (out->tables == NULL)
        return RD_E_TOOBIG;
    enum rd_err err = add_table(out, &rules->triage, arena);
    if (err == RD_OK)
        err = add_table(out, &rules->lead, arena);
    if (err == RD_OK)
        err = add_table(out, &rules->roles, arena);
    for (size_t i = 0; i < rules->supporting_count && err == RD_OK; i++)
        err = add_table(out, &rules->supporting[i], arena);
    return err;
}

static void add_match(struct rd_coverage *coverage, struct rd_table_coverage *table,
                      struct rd_text rule)
{
    for (size_t i = 0; i < table->rules_count; i++) {
        if (!rd_text_equal(table->rules[i], rule))
            continue;
        if (table->hits[i]++ == 0) {
            table->hit_count++;
            coverage->hit++;
        }
        return;
    }
}

void rd_coverage_add(struct rd_coverage *coverage, const struct rd_decision *decision)
{
    for (size_t i = 0; i < decision->matches_count; i++)
        for (size_t j = 0; j < coverage->tables_count; j++)
            if (rd_text_equal(coverage->tables[j].table, decision->matches[i].table))
                add_match(coverage, &coverage->tables[j], decision->matches[i].rule);
}
