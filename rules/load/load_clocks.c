#include "rules/load/loading.h"

#include "model/limits.h"

static void read_stage(struct loading *loading, const rd_yaml_node *item, enum rd_clock_kind clock,
                       struct rd_stage_plan *out)
{
    static const char *const keys[] = {"kind!", "after", "before", "every", "to", NULL};
    if (!load_map(loading, item, keys))
        return;
    bool back = clock == RD_CLOCK_RESPOND_BY;
    const char *wanted = back ? "before" : "after", *other = back ? "after" : "before";
    out->kind = (enum rd_stage_kind)load_enum(loading, item, "kind", &rd_stage_kind_names);
    out->after_minutes = load_number(loading, item, wanted, 0, 10000000);
    out->repeat_minutes = load_number(loading, item, "every", 0, 10000000);
    out->escalate_to = load_text(loading, item, "to");
    if (rd_yaml_get(item, wanted) == NULL || rd_yaml_get(item, other) != NULL)
        load_refuse(loading, item, "expected '%s' and not '%s': minutes %s", wanted, other,
                    back ? "back from the sender's deadline" : "from the clock's start");
    if ((out->kind == RD_STAGE_REPEAT) != (out->repeat_minutes > 0))
        load_refuse(loading, item,
                    "'every' (minutes, more than 0) belongs to the kind repeat, and "
                    "only to it");
    if (out->kind == RD_STAGE_AUTO_REJECT && !back)
        load_refuse(loading, item,
                    "auto-reject belongs to a clock of kind respond-by: only such a "
                    "referral is still in its sender's hands");
}

static void read_stop(struct loading *loading, const rd_yaml_node *item, struct rd_policy *out)
{
    static const char *const known[] = {"face-to-face", "telephone", "video",  "any",
                                        "accept",       "claim",     "triage", "close"};
    out->stop_mode = load_text(loading, item, "stop");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (rd_text_is(out->stop_mode, known[i]))
            return;
    if (rd_text_present(out->stop_mode))
        load_refuse(loading, rd_yaml_get(item, "stop"),
                    "found '%.*s', expected one of face-to-face, telephone, video, any, accept, "
                    "claim, triage, close",
                    RD_TEXT_ARG(out->stop_mode));
}

static void read_clock(struct loading *loading, const rd_yaml_node *item, struct rd_policy *out)
{
    static const char *const keys[] = {"name!",        "kind!",    "minutes",
                                       "stop!",        "calendar", "defer-to-open",
                                       "working-days", "stages!",  NULL};
    if (!load_map(loading, item, keys))
        return;
    out->name = load_name(loading, item, "name");
    out->kind = (enum rd_clock_kind)load_enum(loading, item, "kind", &rd_clock_kind_names);
    out->duration_minutes = load_number(loading, item, "minutes", 0, 10000000);
    if ((out->kind == RD_CLOCK_RESPOND_BY) != (out->duration_minutes == 0))
        load_refuse(loading, item,
                    "expected 'minutes' (more than 0), and none for the kind "
                    "respond-by, whose deadline is the sender's");
    read_stop(loading, item, out);
    out->calendar = load_text(loading, item, "calendar");
    out->defer_to_open = load_bool(loading, item, "defer-to-open", false);
    out->working_days = load_number(loading, item, "working-days", 0, 1000);
    if (out->working_days > 0 &&
        (!rd_text_present(out->calendar) || out->defer_to_open || out->duration_minutes == 0))
        load_refuse(loading, item,
                    "'working-days' says when it is due for reporting: it needs 'calendar', goes "
                    "without 'defer-to-open', and 'minutes' stay for the alarm");
    const rd_yaml_node *stages = load_list(loading, item, "stages");
    size_t count = stages == NULL ? 0 : rd_yaml_count(stages);
    if (count == 0 || count > RD_STAGES_MAX) {
        load_refuse(loading, item, "a clock has 1 to %d stages, this one %zu", RD_STAGES_MAX,
                    count);
        return;
    }
    out->stages = load_array(loading, count, sizeof *out->stages);
    for (size_t i = 0; out->stages != NULL && i < count; i++)
        read_stage(loading, rd_yaml_at(stages, i), out->kind, &out->stages[i]);
    out->stages_count = count;
}

void load_clocks(struct loading *loading)
{
    static const char *const keys[] = {"clocks!", NULL};
    const rd_yaml_node *list = load_file_list(loading, FILE_CLOCKS, keys, "clocks");
    if (list == NULL)
        return;
    struct rd_policy *policies = load_array(loading, rd_yaml_count(list), sizeof *policies);
    for (size_t i = 0; policies != NULL && i < rd_yaml_count(list); i++) {
        read_clock(loading, rd_yaml_at(list, i), &policies[i]);
        load_unique(loading, rd_yaml_at(list, i), "clocks", policies[i].name, &policies[0].name, i,
                    sizeof *policies);
    }
    loading->rules->place.policies = policies;
    loading->rules->place.policies_count = policies == NULL ? 0 : rd_yaml_count(list);
}

static bool can_be_told(const struct rd_rules *rules, struct rd_text name)
{
    for (size_t i = 0; i < rules->rotas_count; i++)
        if (rd_text_equal(rules->rotas[i].name, name))
            return true;
    return rd_place_team(&rules->place, name) != NULL;
}

void load_link_clocks(struct loading *loading)
{
    const rd_yaml_node *list = rd_yaml_get(rd_yaml_root(loading->yaml[FILE_CLOCKS]), "clocks");
    struct rd_rules *rules = loading->rules;
    size_t count = rules->place.policies_count;
    rules->policy_calendars = load_array(loading, count, sizeof(void *));
    for (size_t i = 0; rules->policy_calendars != NULL && i < count; i++) {
        const rd_yaml_node *item = rd_yaml_at(list, i);
        const struct rd_policy *policy = &rules->place.policies[i];
        const rd_yaml_node *stages = rd_yaml_get(item, "stages");
        rules->policy_calendars[i] = rd_rules_calendar(rules, policy->calendar);
        if (rd_text_present(policy->calendar) && rules->policy_calendars[i] == NULL)
            load_unknown(loading, rd_yaml_get(item, "calendar"), policy->calendar,
                         "a calendar of calendars.yaml", &rules->calendars[0].name,
                         rules->calendars_count, sizeof *rules->calendars);
        for (size_t j = 0; j < policy->stages_count; j++)
            if (rd_text_present(policy->stages[j].escalate_to) &&
                !can_be_told(rules, policy->stages[j].escalate_to))
                load_unknown(loading, rd_yaml_get(rd_yaml_at(stages, j), "to"),
                             policy->stages[j].escalate_to,
                             "a rota of rota.yaml or a team of teams.yaml", &rules->rotas[0].name,
                             rules->rotas_count, sizeof *rules->rotas);
    }
}
