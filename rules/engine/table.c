#include "rules/engine/table.h"

bool rd_rule_matches(const struct rd_table *table, const struct rd_rule *rule,
                     const struct rd_value *values)
{
    for (size_t i = 0; i < table->inputs_count; i++)
        if (rd_feel_test(rule->inputs[i].tests, &values[i]) != RD_TRUE)
            return false;
    return true;
}

bool rd_rules_agree(const struct rd_table *table, size_t a, size_t b)
{
    for (size_t i = 0; i < table->outputs_count; i++)
        if (rd_value_equal(&table->rules[a].outputs[i].value, &table->rules[b].outputs[i].value) !=
            RD_TRUE)
            return false;
    return true;
}

struct rd_hit rd_table_decide(const struct rd_table *table, const struct rd_value *values)
{
    struct rd_hit hit = {RD_NO_RULE, RD_NO_RULE};
    for (size_t i = 0; i < table->rules_count; i++) {
        if (!rd_rule_matches(table, &table->rules[i], values))
            continue;
        if (hit.rule == RD_NO_RULE)
            hit.rule = (int)i;
        else if (table->hit == RD_HIT_PRIORITY) {
            if (table->rules[i].rank < table->rules[hit.rule].rank)
                hit.rule = (int)i;
        } else if (table->hit != RD_HIT_ANY || !rd_rules_agree(table, (size_t)hit.rule, i)) {
            hit.other = (int)i;
            return hit;
        }
        if (table->hit == RD_HIT_FIRST)
            return hit;
    }
    return hit;
}

struct rd_value rd_table_output(const struct rd_table *table, struct rd_hit hit, size_t column)
{
    if (hit.rule == RD_NO_RULE)
        return table->outputs[column].has_fallback ? table->outputs[column].fallback
                                                   : rd_value_null();
    return table->rules[hit.rule].outputs[column].value;
}

size_t rd_table_output_index(const struct rd_table *table, const char *name)
{
    for (size_t i = 0; i < table->outputs_count; i++)
        if (rd_text_is(table->outputs[i].name, name))
            return i;
    return SIZE_MAX;
}

size_t rd_rule_holds(const struct rd_table *table, const struct rd_rule *rule,
                     const struct rd_value *values, size_t *first_failing)
{
    size_t holds = 0;
    *first_failing = table->inputs_count;
    for (size_t i = 0; i < table->inputs_count; i++) {
        if (rd_feel_test(rule->inputs[i].tests, &values[i]) == RD_TRUE)
            holds++;
        else if (*first_failing == table->inputs_count)
            *first_failing = i;
    }
    return holds;
}
