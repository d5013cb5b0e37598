#include "rules/cases/reading.h"

static struct rd_expected_text read_one(struct reading *reading, const rd_yaml_node *map,
                                        const char *key)
{
    const rd_yaml_node *node = rd_yaml_get(map, key);
    return (struct rd_expected_text){reading_text(reading, node), reading_pos(node)};
}

static struct rd_expected_texts read_some(struct reading *reading, const rd_yaml_node *map,
                                          const char *key)
{
    const rd_yaml_node *node = rd_yaml_get(map, key);
    struct rd_expected_texts out = {.given = node != NULL, .pos = reading_pos(node)};
    out.list = reading_texts(reading, node, &out.count);
    return out;
}

/* A deadline on the wall; or a map when more is to be said of the clock; or `any`. */
static void read_clock(struct reading *reading, const rd_yaml_node *node,
                       struct rd_expected_clock *out)
{
    static const char *const keys[] = {"alarm", "report", "provisional", NULL};
    struct rd_errbuf why;
    struct rd_text text = RD_TEXT_NONE;
    out->pos = reading_pos(node);
    if (rd_yaml_is_scalar(node)) {
        bool any =
            rd_yaml_text(node, RD_TEXT_NONE, &text, &why) == RD_OK && rd_text_is(text, "any");
        out->alarm = any ? 0 : reading_time(reading, node);
        return;
    }
    if (!reading_map(reading, node, keys))
        return;
    out->alarm = reading_time(reading, rd_yaml_get(node, "alarm"));
    out->report = reading_time(reading, rd_yaml_get(node, "report"));
    out->provisional = reading_bool(reading, rd_yaml_get(node, "provisional"));
}

static void read_clocks(struct reading *reading, const rd_yaml_node *node, struct rd_expect *out)
{
    if (node == NULL)
        return;
    if (!rd_yaml_is_map(node)) {
        reading_refuse(reading, node,
                       "expected a map from each clock to its deadline, such as {two-hour: "
                       "2026-11-23 12:00}, or any; {} for no clock");
        return;
    }
    size_t count = rd_yaml_count(node);
    out->clocks = reading_array(reading, count, sizeof *out->clocks);
    out->clocks_given = true;
    for (size_t i = 0; out->clocks != NULL && i < count; i++) {
        struct rd_expected_clock *clock = &out->clocks[out->clocks_count++];
        reading->full = reading->full || !rd_arena_copy(&reading->cases->arena,
                                                        rd_yaml_key_at(node, i), &clock->policy);
        read_clock(reading, rd_yaml_value_at(node, i), clock);
    }
}

void case_read_expect(struct reading *reading, const rd_yaml_node *node, struct rd_case *out)
{
    static const char *const keys[] = {"pathway",        "urgency", "lead",     "in-place-of",
                                       "supporting",     "roles",   "clocks",   "reason",
                                       "answer",         "open",    "looks-at", "locality",
                                       "postcode-class", "view",    NULL};
    struct rd_expect *expect = &out->expect;
    if (!reading_map(reading, node, keys))
        return;
    if (rd_yaml_count(node) == 0)
        reading_refuse(reading, node,
                       "found nothing; say what must become of it: pathway, lead "
                       "...");
    expect->pathway = read_one(reading, node, "pathway");
    expect->urgency =
        (enum rd_priority)reading_enum(reading, rd_yaml_get(node, "urgency"), &rd_priority_names);
    expect->lead = read_one(reading, node, "lead");
    expect->in_place_of = read_one(reading, node, "in-place-of");
    expect->supporting = read_some(reading, node, "supporting");
    expect->roles = read_some(reading, node, "roles");
    read_clocks(reading, rd_yaml_get(node, "clocks"), expect);
    expect->reason = read_one(reading, node, "reason");
    expect->answer = read_one(reading, node, "answer");
    expect->open = reading_bool(reading, rd_yaml_get(node, "open"));
    expect->looks_at = reading_time(reading, rd_yaml_get(node, "looks-at"));
    expect->locality = read_one(reading, node, "locality");
    expect->postcode_class = read_one(reading, node, "postcode-class");
    expect->view_of_lead = read_one(reading, node, "view");
}
