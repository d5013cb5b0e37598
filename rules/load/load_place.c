#include "rules/load/loading.h"

#include "model/limits.h"

#include "rules/eval/areas.h"
#include "rules/geo/files/geo_files.h"
#include "rules/geo/files/image_file.h"

#include <stdio.h>
#include <string.h>

static void read_pathways(struct loading *loading, const rd_yaml_node *list)
{
    static const char *const keys[] = {"name!", "title!", "urgency", "clock", "area", NULL};
    struct rd_rules *rules = loading->rules;
    size_t count = list == NULL ? 0 : rd_yaml_count(list);
    struct rd_text *names = load_array(loading, count, sizeof *names);
    struct rd_pathway_plan *plans = load_array(loading, count, sizeof *plans);
    for (size_t i = 0; names != NULL && plans != NULL && i < count; i++) {
        const rd_yaml_node *item = rd_yaml_at(list, i);
        if (!load_map(loading, item, keys))
            continue;
        names[i] = load_name(loading, item, "name");
        (void)load_text(loading, item, "title"); /* for whoever reads the file: must be there */
        plans[i].urgency =
            (enum rd_priority)load_enum(loading, item, "urgency", &rd_priority_names);
        plans[i].clock = load_text(loading, item, "clock");
        plans[i].area = (enum rd_area_kind)load_enum(loading, item, "area", &rd_area_kind_names);
        load_unique(loading, item, "pathways", names[i], names, i, sizeof *names);
    }
    rules->place.pathways = names;
    rules->place.pathways_count = count;
    rules->pathways = plans;
}

static void read_minimum_data(struct loading *loading, const rd_yaml_node *root)
{
    struct rd_rules *rules = loading->rules;
    rules->minimum_data = load_texts(loading, root, "minimum-data", &rules->minimum_data_count);
    for (size_t i = 0; i < rules->minimum_data_count; i++) {
        bool known = false;
        for (size_t j = 0; rd_minimum_names[j] != NULL; j++)
            known = known || rd_text_is(rules->minimum_data[i], rd_minimum_names[j]);
        if (!known)
            load_refuse(loading, rd_yaml_at(rd_yaml_get(root, "minimum-data"), i),
                        "found '%.*s', expected one of name, age, address, need, callback",
                        RD_TEXT_ARG(rules->minimum_data[i]));
    }
}

static void read_urgency_clocks(struct loading *loading, const rd_yaml_node *map)
{
    static const char *const keys[] = {"emergency", "two-hour", "same-day",
                                       "two-day",   "routine",  NULL};
    if (map == NULL || !load_map(loading, map, keys))
        return;
    for (int i = RD_PRIORITY_EMERGENCY; i <= RD_PRIORITY_ROUTINE; i++)
        loading->rules->urgency_clocks[i] =
            load_text(loading, map, rd_enum_name(&rd_priority_names, i));
}

static void read_area_order(struct loading *loading, const rd_yaml_node *list,
                            enum rd_area_kind out[RD_AREAS_MAX + 1])
{
    size_t count = rd_yaml_is_list(list) ? rd_yaml_count(list) : 0;
    for (size_t i = 0; i <= RD_AREAS_MAX; i++)
        out[i] = 0;
    if (count == 0 || count > RD_AREAS_MAX)
        load_refuse(loading, list,
                    "expected a list of 1 to %d areas, the first that is known of "
                    "counts, as in [incident, residence]",
                    RD_AREAS_MAX);
    for (size_t i = 0; i < count && count <= RD_AREAS_MAX; i++) {
        struct rd_text name = load_scalar(loading, rd_yaml_at(list, i));
        int kind = rd_text_present(name) ? rd_enum_value(&rd_area_kind_names, name) : 0;
        if (kind > 0)
            out[i] = (enum rd_area_kind)kind;
        else
            load_refuse(loading, rd_yaml_at(list, i),
                        "found '%.*s', expected residence, health, social, incident or "
                        "discharge-to",
                        RD_TEXT_ARG(rd_text_slice(name, 0, 64)));
    }
}

/* Which area `locality` and `borough` mean before there is a pathway, by who sends. */
static void read_areas(struct loading *loading, const rd_yaml_node *map)
{
    static const char *const keys[] = {[RD_AREA_SENDER_AMBULANCE] = "ambulance",
                                       [RD_AREA_SENDER_HOSPITAL] = "hospital",
                                       [RD_AREA_SENDER_OTHER] = "others",
                                       [RD_AREA_SENDERS] = NULL};
    struct rd_rules *rules = loading->rules;
    memcpy(rules->areas, rd_areas_default, sizeof rules->areas);
    if (map == NULL || !load_map(loading, map, keys))
        return;
    for (size_t i = 0; i < RD_AREA_SENDERS; i++)
        if (rd_yaml_get(map, keys[i]) != NULL)
            read_area_order(loading, rd_yaml_get(map, keys[i]), rules->areas[i]);
}

static void read_zone(struct loading *loading, const rd_yaml_node *root)
{
    struct rd_text name = load_text(loading, root, "timezone");
    const struct rd_zone *zone = rd_zone_find(name);
    loading->rules->place.timezone = name;
    if (zone == NULL && rd_text_present(name))
        load_refuse(loading, rd_yaml_get(root, "timezone"),
                    "found '%.*s', expected Europe/London or UTC", RD_TEXT_ARG(name));
    loading->rules->zone = zone == NULL ? &rd_zone_utc : zone;
}

void load_place(struct loading *loading)
{
    static const char *const keys[] = {"name!",
                                       "title!",
                                       "timezone!",
                                       "desk!",
                                       "emergency-words!",
                                       "localities!",
                                       "postcodes-vintage!",
                                       "postcodes-image",
                                       "minimum-data",
                                       "pathways!",
                                       "areas",
                                       "urgency-clocks",
                                       "default-clock!",
                                       "triage-clock!",
                                       "provisional-clock!",
                                       "respond-clock!",
                                       "link-days",
                                       "tables!",
                                       NULL};
    struct rd_rules *rules = loading->rules;
    struct rd_place *place = &rules->place;
    const rd_yaml_node *root = rd_yaml_root(loading->yaml[FILE_PLACE]);
    if (!load_map(loading, root, keys))
        return;
    read_zone(loading, root);
    place->name = load_name(loading, root, "name");
    place->title = load_text(loading, root, "title");
    place->desk = load_text(loading, root, "desk");
    place->emergency_words = load_text(loading, root, "emergency-words");
    place->localities = load_texts(loading, root, "localities", &place->localities_count);
    read_minimum_data(loading, root);
    read_pathways(loading, load_list(loading, root, "pathways"));
    read_areas(loading, rd_yaml_get(root, "areas"));
    read_urgency_clocks(loading, rd_yaml_get(root, "urgency-clocks"));
    rules->default_clock = load_text(loading, root, "default-clock");
    rules->triage_clock = load_text(loading, root, "triage-clock");
    rules->provisional_clock = load_text(loading, root, "provisional-clock");
    rules->respond_clock = load_text(loading, root, "respond-clock");
    place->link_days =
        load_number(loading, root, "link-days", RD_LINK_DAYS_DEFAULT, RD_LINK_DAYS_MAX);
}

static void check_clock(struct loading *loading, const rd_yaml_node *map, const char *key,
                        struct rd_text policy)
{
    if (rd_text_present(policy) && rd_place_policy(&loading->rules->place, policy) == NULL)
        load_unknown(loading, rd_yaml_get(map, key), policy, "a clock of clocks.yaml",
                     &loading->rules->place.policies[0].name, loading->rules->place.policies_count,
                     sizeof *loading->rules->place.policies);
}

static void check_pathways(struct loading *loading, const rd_yaml_node *root)
{
    const struct rd_rules *rules = loading->rules;
    const rd_yaml_node *list = rd_yaml_get(root, "pathways");
    for (size_t i = 0; i < rules->place.pathways_count; i++)
        check_clock(loading, rd_yaml_at(list, i), "clock", rules->pathways[i].clock);
    if (!rd_place_has_pathway(&rules->place, RD_TEXT(RD_PATHWAY_DESK)))
        load_refuse(loading, list,
                    "expected a pathway named '%s': where everything goes that no "
                    "rule settles",
                    RD_PATHWAY_DESK);
}

/* The whole country beside the place's own list: an image as `referralctl places compile` makes. */
static bool map_national(struct loading *loading, const rd_yaml_node *root)
{
    enum { PATH_BYTES_MAX = 4096 };
    char path[PATH_BYTES_MAX];
    struct rd_geo_file file;
    struct rd_errbuf why;
    struct rd_text name = load_text(loading, root, "postcodes-image");
    if (rd_yaml_get(root, "postcodes-image") == NULL)
        return true;
    if (!rd_text_present(name))
        return false;
    int len = snprintf(path, sizeof path, "%s/%.*s", loading->directory, RD_TEXT_ARG(name));
    if (rd_text_find(name, '/', 0) < name.len || len < 0 || (size_t)len >= sizeof path) {
        load_refuse(loading, rd_yaml_get(root, "postcodes-image"),
                    "found '%.*s', expected the name of a file beside this one",
                    RD_TEXT_ARG(rd_text_slice(name, 0, 64)));
        return false;
    }
    if (rd_geo_file_open(path, &file, &why) != RD_OK) {
        /* As the place knows the file, which is behind the directory and its slash. */
        size_t before = strlen(loading->directory) + 1;
        load_refuse(loading, rd_yaml_get(root, "postcodes-image"), "%s",
                    strncmp(why.text, path, before) == 0 ? why.text + before : why.text);
        return false;
    }
    loading->rules->national = file.image;
    return true;
}

/* What the newer table says against the place's own is for a person: who keeps the place should
 * know how often that will be. */
static void report_found(struct loading *loading, const rd_yaml_node *root)
{
    struct rd_geo_found found = rd_geo_found_by_national(loading->rules->geo);
    const rd_yaml_node *node = rd_yaml_get(root, "postcodes-image");
    if (found.split + found.terminated == 0)
        return;
    struct rd_text words = rd_arena_format(
        &loading->scratch,
        "of postcodes.csv the newer image puts %zu into another authority (split) and has %zu no "
        "longer in use (terminated): these go to a person unless exceptions.csv settles them",
        found.split, found.terminated);
    if (!rd_text_present(words)) {
        loading->fatal = RD_E_NOMEM;
        return;
    }
    load_report(loading, RD_SEVERITY_WARNING, "place.yaml",
                (struct rd_pos){rd_yaml_line(node), rd_yaml_column(node)}, words.ptr);
}

static void read_postcodes(struct loading *loading, const rd_yaml_node *root)
{
    struct rd_rules *rules = loading->rules;
    struct rd_errbuf why;
    struct rd_text vintage = load_text(loading, root, "postcodes-vintage");
    if (!map_national(loading, root))
        return;
    enum rd_err err = rd_geo_files_read(loading->directory, vintage,
                                        rules->national.bytes == NULL ? NULL : &rules->national,
                                        loading->alloc, &rules->geo, &why);
    if (err == RD_E_NOMEM)
        loading->fatal = err;
    else if (err != RD_OK)
        load_why(loading, &why);
    if (err != RD_OK)
        return;
    report_found(loading, root);
    for (size_t i = 0; i < rules->place.localities_count; i++)
        if (!rd_geo_has_locality(rules->geo, rules->place.localities[i]))
            load_refuse(loading, rd_yaml_at(rd_yaml_get(root, "localities"), i),
                        "'%.*s' has no ward in localities.csv; correct it or add its wards there",
                        RD_TEXT_ARG(rules->place.localities[i]));
}

void load_link_place(struct loading *loading)
{
    const struct rd_rules *rules = loading->rules;
    const rd_yaml_node *root = rd_yaml_root(loading->yaml[FILE_PLACE]);
    if (rd_place_team(&rules->place, rules->place.desk) == NULL)
        load_unknown(loading, rd_yaml_get(root, "desk"), rules->place.desk, "a team of teams.yaml",
                     &rules->place.teams[0].name, rules->place.teams_count,
                     sizeof *rules->place.teams);
    check_pathways(loading, root);
    check_clock(loading, root, "default-clock", rules->default_clock);
    check_clock(loading, root, "triage-clock", rules->triage_clock);
    check_clock(loading, root, "provisional-clock", rules->provisional_clock);
    check_clock(loading, root, "respond-clock", rules->respond_clock);
    for (int i = RD_PRIORITY_EMERGENCY; i <= RD_PRIORITY_ROUTINE; i++)
        check_clock(loading, rd_yaml_get(root, "urgency-clocks"),
                    rd_enum_name(&rd_priority_names, i), rules->urgency_clocks[i]);
    read_postcodes(loading, root);
}
