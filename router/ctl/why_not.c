/* explain --why-not TEAM: every rule that names the team, and the first of its conditions that did
 * not hold, with the value that was seen. By the rules of the decision's own hash. */
#include "ctl/again.h"
#include "ctl/grid.h"
#include "ctl/rules_common.h"
#include "rules/eval/inputs.h"
#include "shell/state_dir.h"

#include <string.h>

enum { WHY_BYTES_MAX = 16 * 1024 * 1024 };

struct asking_why {
    const struct rd_rules *rules;
    const struct rd_decision *decision;
    size_t team; /* index in the place */
    struct rd_value values[RD_INPUT_COUNT];
    struct rd_arena memory;
    size_t width, rows;
};

static bool has_matched(const struct rd_decision *decision, const struct rd_bound_table *bound,
                        size_t rule)
{
    for (size_t i = 0; i < decision->matches_count; i++)
        if (rd_text_equal(decision->matches[i].table, bound->table->name) &&
            rd_text_equal(decision->matches[i].rule, bound->labels[rule]))
            return true;
    return false;
}

static void say_row(struct asking_why *asking, const struct rd_bound_table *bound, size_t rule,
                    size_t failing)
{
    const struct rd_table *table = bound->table;
    struct rd_text words = rd_arena_format(
        &asking->memory, "rule %.*s of %.*s (%.*s)", RD_TEXT_ARG(bound->labels[rule]),
        RD_TEXT_ARG(table->name), RD_TEXT_ARG(table->rules[rule].why));
    if (failing == table->inputs_count && has_matched(asking->decision, bound, rule))
        words = rd_arena_format(&asking->memory, "%.*s names it", RD_TEXT_ARG(words));
    else if (failing == table->inputs_count)
        words = rd_arena_format(&asking->memory, "%.*s would name it, but a rule above it matches",
                                RD_TEXT_ARG(words));
    else {
        struct rd_text seen =
            rd_value_show(&asking->values[bound->inputs[failing]], &asking->memory);
        words = rd_arena_format(&asking->memory, "%.*s asks for %.*s %.*s; it is %.*s",
                                RD_TEXT_ARG(words), RD_TEXT_ARG(table->inputs[failing].name),
                                RD_TEXT_ARG(table->rules[rule].inputs[failing].source),
                                RD_TEXT_ARG(seen));
    }
    grid_words(words, asking->width, "  ");
    asking->rows++;
}

static void look_through(struct asking_why *asking, const struct rd_bound_table *bound)
{
    struct rd_value columns[RD_TABLE_COLUMNS_MAX];
    if (bound->table == NULL)
        return;
    rd_inputs_of_table(bound, asking->values, columns);
    for (size_t i = 0; i < bound->table->rules_count; i++) {
        size_t failing = 0;
        if (bound->teams[i] != asking->team)
            continue;
        (void)rd_rule_holds(bound->table, &bound->table->rules[i], columns, &failing);
        say_row(asking, bound, i, failing);
    }
}

/* Chosen after all: the answer is a short one. */
static bool is_chosen(const struct rd_decision *decision, const char *team)
{
    for (size_t i = 0; i < decision->assignments_count; i++) {
        const struct rd_planned_assignment *one = &decision->assignments[i];
        if (!rd_text_is(one->team, team))
            continue;
        printf("%s has it, as %s: %.*s\n", team, rd_enum_name(&rd_role_names, (int)one->role),
               RD_TEXT_ARG(one->why));
        return true;
    }
    return false;
}

static void say_ruled_out(const struct asking_why *asking, const char *team)
{
    const struct rd_decision *decision = asking->decision;
    for (size_t i = 0; i < decision->ruled_out_count; i++) {
        const struct rd_ruled_out *out = &decision->ruled_out[i];
        if (rd_text_is(out->team, team) && !rd_text_starts(out->why, "rule "))
            printf("  it was to have it, but %.*s\n", RD_TEXT_ARG(out->why));
    }
}

static int say(const char *team, const struct rd_rules *rules, const struct rd_decision *decision)
{
    struct asking_why asking = {.rules = rules, .decision = decision, .width = ctl_columns()};
    const struct rd_team *known = rd_place_team(&rules->place, rd_text_of(team));
    if (is_chosen(decision, team))
        return CTL_OK;
    if (known == NULL)
        return ctl_fail(CTL_NO, "there is no team %s in rule set %.12s", team,
                        rules->place.hash.ptr);
    asking.team = (size_t)(known - rules->place.teams);
    rd_arena_init(&asking.memory, rd_alloc_heap(), WHY_BYTES_MAX);
    printf("%s does not have it.\n", team);
    say_ruled_out(&asking, team);
    if (decision->facts != NULL &&
        rd_inputs_fill(rules, decision->facts, &asking.memory, asking.values)) {
        (void)rd_inputs_set_triage(rules, decision->facts, decision->pathway, decision->urgency,
                                   asking.values); /* the area is in the values */
        look_through(&asking, &rules->lead);
        for (size_t i = 0; i < rules->supporting_count; i++)
            look_through(&asking, &rules->supporting[i]);
        if (asking.rows == 0)
            puts("  no rule of this place names it");
    }
    if (rd_text_present(decision->decided_by))
        printf("  %.*s decided, not the rules\n", RD_TEXT_ARG(decision->decided_by));
    rd_arena_fini(&asking.memory);
    return CTL_OK;
}

int ctl_why_not_by(const struct ctl_args *args, const struct rd_rules *rules,
                   const struct rd_decision *decision)
{
    return say(args->values[OPT_WHY_NOT], rules, decision);
}

int ctl_why_not(const struct ctl_args *args, const struct rd_decision *decision)
{
    const char *team = args->values[OPT_WHY_NOT];
    const char *place =
        args->values[OPT_PLACE] != NULL ? args->values[OPT_PLACE] : getenv("REFERRALD_PLACE");
    struct ctl_history history;
    struct rd_rules *rules = NULL;
    int status = CTL_NO;
    if (is_chosen(decision, team))
        return CTL_OK;
    if (rd_state_has_ledger(ctl_state(args))) {
        status = ctl_history_open(args, &history);
        if (status == CTL_OK) {
            status = ctl_history_rules(&history, decision->rules_hash, &rules);
            ctl_history_close(&history);
        }
    } else if (place != NULL) {
        status = ctl_load_rules(place, &rules);
        if (status == CTL_OK && !rd_text_equal(rd_rules_place(rules)->hash, decision->rules_hash))
            printf("(by the rules of %s, which are not those of this decision)\n", place);
    } else {
        status = ctl_fail(CTL_NO, "with --state DIR or --place DIR the rules are asked why not %s",
                          team);
    }
    if (status == CTL_OK)
        status = say(team, rules, decision);
    rd_rules_free(rules);
    return status;
}
