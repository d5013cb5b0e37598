/* Why not that team: the rule that came nearest to naming it, and the first of its conditions that
 * did not hold. */
#include "rules/eval/deciding.h"

struct nearest {
    const struct rd_bound_table *table; /* NULL: no rule names the team */
    struct rd_nearest found;
};

/* The share of conditions that hold, without dividing. */
static bool is_nearer(const struct nearest *a, const struct nearest *b)
{
    return b->table == NULL || a->found.holds * b->table->table->inputs_count >
                                   b->found.holds * a->table->table->inputs_count;
}

/* The rules of the table against the values, into best[the team they name]. `found`: room for one
 * a team. */
static void look_through(const struct rd_bound_table *bound,
                         const struct rd_value values[RD_INPUT_COUNT], size_t teams,
                         struct rd_nearest *found, struct nearest *best)
{
    struct rd_value columns[RD_TABLE_COLUMNS_MAX];
    rd_inputs_of_table(bound, values, columns);
    rd_compiled_nearest(bound->by_team, columns, found);
    for (size_t i = 0; i < teams; i++) {
        struct nearest now = {.table = bound, .found = found[i]};
        if (found[i].rule != SIZE_MAX && is_nearer(&now, &best[i]))
            best[i] = now;
    }
}

static struct rd_text quoted(const struct rd_value *value, struct rd_arena *arena)
{
    if (value->type == RD_TYPE_STRING)
        return RD_JOIN(arena, RD_TEXT("\""), value->as.string, RD_TEXT("\""));
    return rd_value_show(value, arena);
}

static struct rd_text explain(const struct nearest *nearest,
                              const struct rd_value values[RD_INPUT_COUNT], struct rd_arena *arena)
{
    const struct rd_bound_table *bound = nearest->table;
    size_t columns = bound->table->inputs_count;
    if (nearest->found.failing == columns)
        return RD_JOIN(arena, RD_TEXT("rule "), bound->labels[nearest->found.rule], RD_TEXT(" of "),
                       bound->table->name, RD_TEXT(" would name it, but a rule above it matches"));
    struct rd_text found = quoted(&values[bound->inputs[nearest->found.failing]], arena);
    if (!rd_text_present(found))
        return RD_TEXT_NONE;
    return RD_JOIN(arena, bound->asks[nearest->found.rule * columns + nearest->found.failing],
                   found);
}

void rd_rule_out_others(struct rd_deciding *deciding)
{
    const struct rd_place *place = &deciding->rules->place;
    struct nearest *best = rd_arena_array(deciding->arena, place->teams_count, sizeof *best);
    struct rd_nearest *found = rd_arena_array(deciding->arena, place->teams_count, sizeof *found);
    if (best == NULL || found == NULL) {
        deciding->full = true;
        return;
    }
    look_through(&deciding->rules->lead, deciding->values, place->teams_count, found, best);
    for (size_t i = 0; i < place->teams_count; i++) {
        bool chosen = false;
        for (size_t j = 0; j < deciding->out->assignments_count; j++)
            chosen =
                chosen || rd_text_equal(deciding->out->assignments[j].team, place->teams[i].name);
        if (chosen || best[i].table == NULL)
            continue;
        struct rd_text why = explain(&best[i], deciding->values, deciding->arena);
        deciding->full = deciding->full || !rd_text_present(why);
        rd_deciding_rule_out(deciding, place->teams[i].name, why);
    }
}

static struct rd_text explain_again(const struct rd_rules *rules,
                                    const struct rd_decision *decision, const struct rd_team *team,
                                    struct rd_arena *arena)
{
    struct rd_value values[RD_INPUT_COUNT];
    size_t teams = rules->place.teams_count;
    struct nearest *best = rd_arena_array(arena, teams, sizeof *best);
    struct rd_nearest *found = rd_arena_array(arena, teams, sizeof *found);
    if (best == NULL || found == NULL || decision->facts == NULL ||
        !rd_inputs_fill(rules, decision->facts, arena, values))
        return RD_TEXT("what the decision was made from is not there");
    (void)rd_inputs_set_triage(rules, decision->facts, decision->pathway, decision->urgency,
                               values);
    look_through(&rules->lead, values, teams, found, best);
    for (size_t i = 0; i < rules->supporting_count; i++)
        look_through(&rules->supporting[i], values, teams, found, best);
    const struct nearest *nearest = &best[team - rules->place.teams];
    if (nearest->table == NULL)
        return RD_TEXT("no rule of this place names it");
    return explain(nearest, values, arena);
}

struct rd_text rd_rules_why_not(const struct rd_rules *rules, const struct rd_decision *decision,
                                struct rd_text name, struct rd_arena *arena)
{
    const struct rd_team *team = rd_place_team(&rules->place, name);
    if (team == NULL)
        return RD_TEXT("there is no team of that name in this place");
    for (size_t i = 0; i < decision->assignments_count; i++)
        if (rd_text_equal(decision->assignments[i].team, name))
            return decision->assignments[i].role == RD_ROLE_LEAD
                       ? RD_TEXT("it is the lead of this referral")
                       : RD_TEXT("it is a supporting team of this referral");
    for (size_t i = 0; i < decision->ruled_out_count; i++)
        if (rd_text_equal(decision->ruled_out[i].team, name))
            return decision->ruled_out[i].why;
    return explain_again(rules, decision, team, arena);
}
