/* Why not that team: the rule that came nearest to naming it, and the first of its conditions that
 * did not hold. */
#include "rules/eval/deciding.h"

struct nearest {
    const struct rd_bound_table *table;
    const struct rd_rule *rule;
    size_t holds, failing; /* conditions that hold; the first that does not */
    bool shadowed;         /* all hold, but an earlier rule of the table won */
};

static bool names_team(const struct rd_bound_table *bound, const struct rd_rule *rule,
                       struct rd_text team)
{
    static const char *const outputs[] = {"lead", "supporting"};
    for (size_t i = 0; i < 2; i++) {
        size_t column = rd_table_output_index(bound->table, outputs[i]);
        if (column != SIZE_MAX && rule->outputs[column].value.type == RD_TYPE_STRING &&
            rd_text_equal(rule->outputs[column].value.as.string, team))
            return true;
    }
    return false;
}

static void look_for(const struct rd_bound_table *bound,
                     const struct rd_value values[RD_INPUT_COUNT], struct rd_text team,
                     struct nearest *best)
{
    struct rd_value columns[RD_TABLE_COLUMNS_MAX];
    const struct rd_table *table = bound->table;
    rd_inputs_of_table(bound, values, columns);
    for (size_t i = 0; i < table->rules_count; i++) {
        struct nearest now = {.table = bound, .rule = &table->rules[i]};
        if (!names_team(bound, now.rule, team))
            continue;
        now.holds = rd_rule_holds(table, now.rule, columns, &now.failing);
        now.shadowed = now.failing == table->inputs_count;
        /* The share of conditions that hold, without dividing. */
        if (best->rule == NULL ||
            now.holds * best->table->table->inputs_count > best->holds * table->inputs_count)
            *best = now;
    }
}

static struct rd_text explain(const struct nearest *nearest,
                              const struct rd_value values[RD_INPUT_COUNT], struct rd_arena *arena)
{
    const struct rd_table *table = nearest->table->table;
    size_t number = (size_t)(nearest->rule - table->rules) + 1;
    if (nearest->shadowed)
        return rd_arena_format(arena, "rule %zu of %.*s would name it, but a rule above it matches",
                               number, RD_TEXT_ARG(table->name));
    const struct rd_value *value = &values[nearest->table->inputs[nearest->failing]];
    struct rd_text found = rd_value_show(value, arena);
    return rd_arena_format(
        arena, "rule %zu of %.*s asks for %.*s %.*s; it is %.*s", number, RD_TEXT_ARG(table->name),
        RD_TEXT_ARG(table->inputs[nearest->failing].name),
        RD_TEXT_ARG(nearest->rule->inputs[nearest->failing].source), RD_TEXT_ARG(found));
}

static bool find_nearest(const struct rd_rules *rules, const struct rd_value values[RD_INPUT_COUNT],
                         struct rd_text team, bool lead_only, struct nearest *out)
{
    *out = (struct nearest){.rule = NULL};
    look_for(&rules->lead, values, team, out);
    for (size_t i = 0; i < rules->supporting_count && !lead_only; i++)
        look_for(&rules->supporting[i], values, team, out);
    return out->rule != NULL;
}

struct rd_text rd_first_failing(const struct rd_rules *rules,
                                const struct rd_value values[RD_INPUT_COUNT], struct rd_text team,
                                struct rd_arena *arena)
{
    struct nearest nearest;
    if (!find_nearest(rules, values, team, false, &nearest))
        return RD_TEXT("no rule of this place names it");
    return explain(&nearest, values, arena);
}

void rd_rule_out_others(struct rd_deciding *deciding)
{
    const struct rd_place *place = &deciding->rules->place;
    for (size_t i = 0; i < place->teams_count; i++) {
        struct nearest nearest;
        bool chosen = false;
        for (size_t j = 0; j < deciding->out->assignments_count; j++)
            chosen =
                chosen || rd_text_equal(deciding->out->assignments[j].team, place->teams[i].name);
        if (chosen ||
            !find_nearest(deciding->rules, deciding->values, place->teams[i].name, true, &nearest))
            continue;
        struct rd_text why = explain(&nearest, deciding->values, deciding->arena);
        deciding->full = deciding->full || !rd_text_present(why);
        rd_deciding_rule_out(deciding, place->teams[i].name, why);
    }
}

struct rd_text rd_rules_why_not(const struct rd_rules *rules, const struct rd_decision *decision,
                                struct rd_text team, struct rd_arena *arena)
{
    struct rd_value values[RD_INPUT_COUNT];
    if (rd_place_team(&rules->place, team) == NULL)
        return RD_TEXT("there is no team of that name in this place");
    for (size_t i = 0; i < decision->assignments_count; i++)
        if (rd_text_equal(decision->assignments[i].team, team))
            return decision->assignments[i].role == RD_ROLE_LEAD
                       ? RD_TEXT("it is the lead of this referral")
                       : RD_TEXT("it is a supporting team of this referral");
    for (size_t i = 0; i < decision->ruled_out_count; i++)
        if (rd_text_equal(decision->ruled_out[i].team, team))
            return decision->ruled_out[i].why;
    if (decision->facts == NULL || !rd_inputs_fill(rules, decision->facts, arena, values))
        return RD_TEXT("what the decision was made from is not there");
    rd_inputs_set_triage(decision->pathway, decision->urgency, values);
    return rd_first_failing(rules, values, team, arena);
}
