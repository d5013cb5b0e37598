/* feeds.yaml: who may send, and what is expected of them. */
#include "rules/load/loading.h"

static struct rd_text one_of(struct loading *loading, const rd_yaml_node *item, const char *key,
                             const char *const *known, const char *words)
{
    struct rd_text text = load_text(loading, item, key);
    for (size_t i = 0; known[i] != NULL; i++)
        if (rd_text_is(text, known[i]))
            return text;
    if (rd_text_present(text))
        load_refuse(loading, rd_yaml_get(item, key), "found '%.*s', expected one of %s",
                    RD_TEXT_ARG(text), words);
    return RD_TEXT_NONE;
}

/* What the partner declared: numbers without holes, so many a day, never silent for long. */
static void read_expected(struct loading *loading, const rd_yaml_node *item,
                          struct rd_expected *out)
{
    enum { GAP_MINUTES = 5, MINUTES_MAX = 7 * 1440, DAY_MOST = 1000000 };
    static const char *const keys[] = {"sequence", "gap-minutes",   "per-day", "by",
                                       "hours",    "quiet-minutes", NULL};
    static const char *const sequences[] = {"watched", "ignored", NULL};
    const rd_yaml_node *node = rd_yaml_get(item, "expects");
    out->gap_minutes = GAP_MINUTES;
    if (node == NULL || !load_map(loading, node, keys))
        return;
    out->sequence_ignored =
        rd_text_is(one_of(loading, node, "sequence", sequences, "watched, ignored"), "ignored");
    out->gap_minutes = load_number(loading, node, "gap-minutes", GAP_MINUTES, MINUTES_MAX);
    out->per_day = load_number(loading, node, "per-day", 0, DAY_MOST);
    out->quiet_minutes = load_number(loading, node, "quiet-minutes", 0, MINUTES_MAX);
    out->hours = load_text(loading, node, "hours");
    bool by = rd_yaml_get(node, "by") != NULL &&
              load_clock_time(loading, rd_yaml_get(node, "by"), &out->by_minute);
    if ((rd_yaml_get(node, "by") != NULL) != (out->per_day > 0))
        load_refuse(loading, node,
                    "per-day and by belong together: so many messages (1 or more) by that time of "
                    "the day; give both, or neither");
    else if (out->per_day > 0 && by && out->by_minute == 0)
        load_refuse(loading, rd_yaml_get(node, "by"),
                    "found the beginning of the day, expected a time by which its messages are "
                    "there, such as \"18:00\"");
    if (rd_text_present(out->hours) && out->per_day == 0 && out->quiet_minutes == 0)
        load_refuse(loading, rd_yaml_get(node, "hours"),
                    "hours are those of per-day and quiet-minutes, and neither is here; give one "
                    "of them, or leave hours out");
}

static void read_feed(struct loading *loading, const rd_yaml_node *item, struct rd_feed *out)
{
    /* `mapping` is the adapter's: it reads and checks it itself. */
    static const char *const keys[] = {"name!",           "title!",         "source!",
                                       "adapter!",        "environment!",   "ods",
                                       "key-window-days", "quarantine-ack", "quarantine-minutes",
                                       "mapping",         "expects",        NULL};
    static const char *const sources[] = {"gp",        "ambulance", "hospital",  "self",
                                          "community", "telecare",  "telephone", NULL};
    static const char *const adapters[] = {"mllp", "bars", "form", "mesh", NULL};
    if (!load_map(loading, item, keys))
        return;
    out->name = load_name(loading, item, "name");
    out->title = load_text(loading, item, "title");
    out->source = one_of(loading, item, "source", sources,
                         "gp, ambulance, hospital, self, community, telecare, telephone");
    out->adapter = one_of(loading, item, "adapter", adapters, "mllp, bars, form, mesh");
    out->environment =
        (enum rd_environment)load_enum(loading, item, "environment", &rd_environment_names);
    out->ods = load_texts(loading, item, "ods", &out->ods_count);
    out->key_window_days = load_number(loading, item, "key-window-days", 90, 3650);
    out->quarantine_ack = (enum rd_quarantine_ack)load_enum(loading, item, "quarantine-ack",
                                                            &rd_quarantine_ack_names);
    if (out->quarantine_ack == 0)
        out->quarantine_ack = RD_QUARANTINE_AE;
    out->quarantine_minutes = load_number(loading, item, "quarantine-minutes", 60, 100000);
    read_expected(loading, item, &out->expected);
}

void load_feeds(struct loading *loading)
{
    static const char *const keys[] = {"feeds!", NULL};
    const rd_yaml_node *list = load_file_list(loading, FILE_FEEDS, keys, "feeds");
    if (list == NULL)
        return;
    struct rd_feed *feeds = load_array(loading, rd_yaml_count(list), sizeof *feeds);
    for (size_t i = 0; feeds != NULL && i < rd_yaml_count(list); i++) {
        read_feed(loading, rd_yaml_at(list, i), &feeds[i]);
        load_unique(loading, rd_yaml_at(list, i), "feeds", feeds[i].name, &feeds[0].name, i,
                    sizeof *feeds);
    }
    loading->rules->place.feeds = feeds;
    loading->rules->place.feeds_count = feeds == NULL ? 0 : rd_yaml_count(list);
}

void load_link_feeds(struct loading *loading)
{
    const rd_yaml_node *list = rd_yaml_get(rd_yaml_root(loading->yaml[FILE_FEEDS]), "feeds");
    struct rd_rules *rules = loading->rules;
    size_t count = rules->place.feeds_count;
    rules->feed_calendars = load_array(loading, count, sizeof(void *));
    for (size_t i = 0; rules->feed_calendars != NULL && i < count; i++) {
        struct rd_text name = rules->place.feeds[i].expected.hours;
        if (!rd_text_present(name))
            continue;
        const rd_yaml_node *node =
            rd_yaml_get(rd_yaml_get(rd_yaml_at(list, i), "expects"), "hours");
        rules->feed_calendars[i] = rd_rules_calendar(rules, name);
        if (rules->feed_calendars[i] == NULL)
            load_unknown(loading, node, name, "a calendar of calendars.yaml",
                         &rules->calendars[0].name, rules->calendars_count,
                         sizeof *rules->calendars);
    }
}
