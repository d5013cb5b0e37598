/* Why not that team: the rule that came nearest to naming it, and the first of its conditions that
 * did not hold. */
#include "rules/eval/deciding.h"

#include <string.h>

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

/* Why one team is not chosen, in two parts: a decision says it of dozens and joins all at once. */
struct reason {
    struct rd_text asks, found;
};

/* All of the rule's conditions hold. False: the arena is full. */
static bool explain_later(const struct rd_bound_table *bound, size_t rule, struct rd_arena *arena,
                          struct reason *out)
{
    out->asks = RD_JOIN(arena, RD_TEXT("rule "), bound->labels[rule], RD_TEXT(" of "),
                        bound->table->name, RD_TEXT(" would name it, but a rule above it matches"));
    out->found = RD_TEXT("");
    return rd_text_present(out->asks);
}

/* `shown`: what the table's columns have, each made when it is first asked for. False: the arena is
 * full. */
static inline bool explain(const struct rd_bound_table *bound, const struct rd_nearest *found,
                           const struct rd_value values[RD_INPUT_COUNT],
                           struct rd_text shown[RD_TABLE_COLUMNS_MAX], struct rd_arena *arena,
                           struct reason *out)
{
    size_t columns = bound->table->inputs_count, failing = found->failing;
    if (failing == columns)
        return explain_later(bound, found->rule, arena, out);
    if (!rd_text_present(shown[failing]))
        shown[failing] = quoted(&values[bound->inputs[failing]], arena);
    out->asks = bound->asks[found->rule * columns + failing];
    out->found = shown[failing];
    return rd_text_present(shown[failing]);
}

/* What the reasons say, one behind another in one piece of memory. */
static void write_reasons(struct rd_deciding *deciding, const struct reason *reasons, size_t first,
                          size_t bytes)
{
    struct rd_decision *out = deciding->out;
    char *at = rd_arena_take_raw(deciding->arena, bytes + 1);
    deciding->full = deciding->full || at == NULL;
    for (size_t i = first; at != NULL && i < out->ruled_out_count; i++) {
        const struct reason *reason = &reasons[i - first];
        out->ruled_out[i].why = (struct rd_text){at, reason->asks.len + reason->found.len};
        memcpy(at, reason->asks.ptr, reason->asks.len);
        memcpy(at + reason->asks.len, reason->found.ptr, reason->found.len);
        at += out->ruled_out[i].why.len;
    }
}

/* Teams that were chosen, or ruled out on the way, have been spoken of already. */
void rd_rule_out_others(struct rd_deciding *deciding)
{
    const struct rd_bound_table *lead = &deciding->rules->lead;
    const struct rd_place *place = &deciding->rules->place;
    struct rd_decision *out = deciding->out;
    struct rd_value columns[RD_TABLE_COLUMNS_MAX];
    struct rd_text shown[RD_TABLE_COLUMNS_MAX] = {{NULL, 0}};
    size_t teams = place->teams_count, bytes = 0, first = out->ruled_out_count;
    struct rd_nearest *found = rd_arena_take_raw(deciding->arena, teams * sizeof *found);
    struct reason *reasons = rd_arena_take_raw(deciding->arena, teams * sizeof *reasons);
    if (found == NULL || reasons == NULL) {
        deciding->full = true;
        return;
    }
    rd_inputs_of_table(lead, deciding->values, columns);
    rd_compiled_nearest(lead->by_team, columns, found);
    for (size_t i = 0; i < teams; i++) {
        struct reason *reason = &reasons[out->ruled_out_count - first];
        if (deciding->spoken[i] != 0 || found[i].rule == SIZE_MAX)
            continue;
        if (!explain(lead, &found[i], deciding->values, shown, deciding->arena, reason)) {
            deciding->full = true;
            return;
        }
        bytes += reason->asks.len + reason->found.len;
        out->ruled_out[out->ruled_out_count++].team = place->teams[i].name;
    }
    write_reasons(deciding, reasons, first, bytes);
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
    struct rd_text shown[RD_TABLE_COLUMNS_MAX] = {{NULL, 0}};
    struct reason reason;
    if (!explain(nearest->table, &nearest->found, values, shown, arena, &reason))
        return RD_TEXT_NONE;
    return RD_JOIN(arena, reason.asks, reason.found);
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
