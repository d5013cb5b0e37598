#include "rules/load/loading.h"

static enum rd_view default_view(enum rd_team_kind kind)
{
    return kind == RD_TEAM_VOLUNTARY ? RD_VIEW_MINIMUM : RD_VIEW_FULL;
}

static void read_team(struct loading *loading, const rd_yaml_node *item, struct rd_team *out)
{
    static const char *const keys[] = {
        "name!",   "title!",   "kind!",       "view", "calendar",  "locality", "fallback",
        "staffed", "capacity", "claim-decay", "rota", "telephone", NULL};
    if (!load_map(loading, item, keys))
        return;
    out->name = load_name(loading, item, "name");
    out->title = load_text(loading, item, "title");
    out->kind = (enum rd_team_kind)load_enum(loading, item, "kind", &rd_team_kind_names);
    out->view = (enum rd_view)load_enum(loading, item, "view", &rd_view_names);
    if (out->view == 0)
        out->view = default_view(out->kind);
    out->calendar = load_text(loading, item, "calendar");
    out->locality = load_text(loading, item, "locality");
    out->fallback = load_text(loading, item, "fallback");
    out->staffed = load_bool(loading, item, "staffed", true);
    out->capacity = load_number(loading, item, "capacity", 0, 100000);
    if (out->capacity == 0 && rd_yaml_get(item, "capacity") != NULL)
        load_refuse(loading, rd_yaml_get(item, "capacity"),
                    "found a capacity of 0, expected 1 or more; without the key there is no limit, "
                    "and a team that takes nobody says 'staffed: false'");
    out->claim_decay_minutes = load_number(loading, item, "claim-decay", 0, 100000);
    out->rota = load_text(loading, item, "rota");
    out->telephone = load_text(loading, item, "telephone");
}

void load_teams(struct loading *loading)
{
    static const char *const keys[] = {"teams!", NULL};
    const rd_yaml_node *list = load_file_list(loading, FILE_TEAMS, keys, "teams");
    if (list == NULL)
        return;
    struct rd_team *teams = load_array(loading, rd_yaml_count(list), sizeof *teams);
    for (size_t i = 0; teams != NULL && i < rd_yaml_count(list); i++) {
        read_team(loading, rd_yaml_at(list, i), &teams[i]);
        load_unique(loading, rd_yaml_at(list, i), "teams", teams[i].name, &teams[0].name, i,
                    sizeof *teams);
    }
    loading->rules->place.teams = teams;
    loading->rules->place.teams_count = teams == NULL ? 0 : rd_yaml_count(list);
}

/* A chain of fallbacks ends at the desk; one that comes back to where it began never would. */
static void check_chain(struct loading *loading, const rd_yaml_node *item,
                        const struct rd_team *first)
{
    const struct rd_place *place = &loading->rules->place;
    const struct rd_team *team = first;
    struct rd_text chain = first->name;
    for (size_t hops = 0;
         hops < place->teams_count && rd_text_present(team->fallback) && team->kind != RD_TEAM_DESK;
         hops++) {
        team = rd_place_team(place, team->fallback);
        if (team == NULL)
            return;
        chain = rd_arena_format(&loading->scratch, "%.*s -> %.*s", RD_TEXT_ARG(chain),
                                RD_TEXT_ARG(team->name));
        if (team == first) {
            load_refuse(loading, rd_yaml_get(item, "fallback"),
                        "the fallbacks go round in a circle (%.*s); let one of them end at the "
                        "desk",
                        RD_TEXT_ARG(chain));
            return;
        }
    }
}

static bool has_rota(const struct rd_rules *rules, struct rd_text name)
{
    for (size_t i = 0; i < rules->rotas_count; i++)
        if (rd_text_equal(rules->rotas[i].name, name))
            return true;
    return false;
}

static bool has_locality(const struct rd_place *place, struct rd_text name)
{
    for (size_t i = 0; i < place->localities_count; i++)
        if (rd_text_equal(place->localities[i], name))
            return true;
    return false;
}

static void link_calendar(struct loading *loading, const rd_yaml_node *item, size_t index)
{
    struct rd_rules *rules = loading->rules;
    struct rd_text name = rules->place.teams[index].calendar;
    if (!rd_text_present(name))
        return;
    rules->team_calendars[index] = rd_rules_calendar(rules, name);
    if (rules->team_calendars[index] == NULL)
        load_unknown(loading, rd_yaml_get(item, "calendar"), name, "a calendar of calendars.yaml",
                     &rules->calendars[0].name, rules->calendars_count, sizeof *rules->calendars);
}

static void link_team(struct loading *loading, const rd_yaml_node *item, size_t index)
{
    struct rd_rules *rules = loading->rules;
    const struct rd_place *place = &rules->place;
    const struct rd_team *team = &place->teams[index];
    link_calendar(loading, item, index);
    if (rd_text_present(team->rota) && !has_rota(rules, team->rota))
        load_unknown(loading, rd_yaml_get(item, "rota"), team->rota, "a rota of rota.yaml",
                     &rules->rotas[0].name, rules->rotas_count, sizeof *rules->rotas);
    if (rd_text_present(team->locality) && !has_locality(place, team->locality))
        load_unknown(loading, rd_yaml_get(item, "locality"), team->locality,
                     "a locality of place.yaml", place->localities, place->localities_count,
                     sizeof *place->localities);
    if (rd_text_present(team->fallback) && rd_place_team(place, team->fallback) == NULL)
        load_unknown(loading, rd_yaml_get(item, "fallback"), team->fallback, "a team of this file",
                     &place->teams[0].name, place->teams_count, sizeof *place->teams);
    else
        check_chain(loading, item, team);
    if ((team->kind == RD_TEAM_DESK) != rd_text_equal(team->name, place->desk))
        load_refuse(loading, rd_yaml_get(item, "kind"),
                    "exactly one team is of kind desk, the one that place.yaml names ('%.*s'); "
                    "correct one of the two",
                    RD_TEXT_ARG(place->desk));
}

void load_link_teams(struct loading *loading)
{
    const rd_yaml_node *list = rd_yaml_get(rd_yaml_root(loading->yaml[FILE_TEAMS]), "teams");
    struct rd_rules *rules = loading->rules;
    size_t count = rules->place.teams_count;
    rules->desk = rd_place_team(&rules->place, rules->place.desk);
    rules->team_calendars = load_array(loading, count, sizeof(void *));
    rules->fallbacks = load_array(loading, count, sizeof(void *));
    if (rules->team_calendars == NULL || rules->fallbacks == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct rd_text fallback = rules->place.teams[i].fallback;
        rules->fallbacks[i] =
            rd_text_present(fallback) ? rd_place_team(&rules->place, fallback) : rules->desk;
        link_team(loading, rd_yaml_at(list, i), i);
    }
}
