/* The notes of a shadow, read into the same report as rules diff. */
#include "ctl/diff.h"
#include "ctl/rules_common.h"

#include "conf/read_file.h"
#include "model/limits.h"

#include <string.h>

enum { NOTES_BYTES_MAX = 256 * 1024 * 1024, LINE_BYTES_MAX = 65536 };

static struct rd_text text_of(struct diff_report *report, const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return diff_keep(report, rd_text_of(value == NULL ? "" : value));
}

static rd_instant time_of(const json_t *object, const char *key)
{
    rd_instant at = 0;
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL && rd_instant_parse(rd_text_of(value), &at) ? at : 0;
}

static void read_clocks(struct diff_report *report, const json_t *list, struct diff_side *out)
{
    out->clocks = RD_TEXT("");
    for (size_t i = 0; i < json_array_size(list); i++) {
        char at[48];
        const json_t *clock = json_array_get(list, i);
        rd_instant due = time_of(clock, "alarm");
        out->clocks = rd_arena_format(
            &report->memory, "%.*s%s%.*s by %.*s%s", RD_TEXT_ARG(out->clocks), i == 0 ? "" : "; ",
            RD_TEXT_ARG(text_of(report, clock, "policy")), RD_TEXT_ARG(diff_time(report, due, at)),
            json_is_true(json_object_get(clock, "provisional")) ? " (provisional)" : "");
        if (out->first_due == 0 || due < out->first_due)
            out->first_due = due;
    }
}

static struct diff_side side_of(struct diff_report *report, const json_t *side, bool new)
{
    struct diff_side out = {.pathway = text_of(report, side, "pathway"),
                            .lead = text_of(report, side, "lead"),
                            .supporting = RD_TEXT("")};
    const json_t *supporting = json_object_get(side, "supporting");
    out.urgency =
        (enum rd_priority)rd_enum_value(&rd_priority_names, text_of(report, side, "urgency"));
    out.reason =
        rd_arena_format(&report->memory, "%.*s. %.*s", RD_TEXT_ARG(text_of(report, side, "reason")),
                        RD_TEXT_ARG(text_of(report, side, "why")));
    read_clocks(report, json_object_get(side, "clocks"), &out);
    diff_take_team(report, out.lead, true, new);
    for (size_t i = 0; i < json_array_size(supporting); i++) {
        const char *team = json_string_value(json_array_get(supporting, i));
        if (team == NULL)
            continue;
        out.supporting = rd_arena_format(&report->memory, "%.*s%s%s", RD_TEXT_ARG(out.supporting),
                                         i == 0 ? "" : ", ", team);
        diff_take_team(report, diff_keep(report, rd_text_of(team)), false, new);
    }
    return out;
}

static bool has_word(const char *words, const char *word)
{
    return strstr(words, word) != NULL;
}

static void take_note(struct diff_report *report, const json_t *line)
{
    const char *differs = json_string_value(json_object_get(line, "differs_in"));
    if (differs == NULL || differs[0] == '\0') {
        const json_t *teams = json_object_get(line, "teams");
        for (size_t i = 0; i < json_array_size(teams); i++) {
            const char *team = json_string_value(json_array_get(teams, i));
            for (int new = 0; team != NULL &&new < 2; new ++)
                diff_take_team(report, rd_text_of(team), i == 0, new == 1);
        }
        diff_take_same(report, false);
        return;
    }
    struct diff_row row = {.id = text_of(report, line, "referral"),
                           .received = time_of(line, "received"),
                           .feed = text_of(report, line, "feed"),
                           .difference = {.lead = has_word(differs, "lead"),
                                          .supporting = has_word(differs, "supporting"),
                                          .pathway = has_word(differs, "pathway"),
                                          .urgency = has_word(differs, "urgency"),
                                          .clocks = has_word(differs, "clock"),
                                          .roles = has_word(differs, "roles")}};
    row.old = side_of(report, json_object_get(line, "before"), false);
    row.new = side_of(report, json_object_get(line, "after"), true);
    row.difference.reason = !rd_text_equal(row.old.reason, row.new.reason);
    if (report->from == 0 || row.received < report->from)
        report->from = row.received;
    diff_take_row(report, &row);
}

int diff_read_shadow(struct diff_report *report, const struct ctl_args *args)
{
    char path[4096];
    struct rd_buf bytes;
    struct rd_errbuf why = {{0}};
    snprintf(path, sizeof path, "%s/shadow/%.*s.jsonl", ctl_state(args),
             RD_TEXT_ARG(rd_rules_place(report->new_rules)->hash));
    rd_buf_init(&bytes, rd_alloc_heap());
    if (rd_read_file(path, NOTES_BYTES_MAX, &bytes, &why) != RD_OK) {
        rd_buf_fini(&bytes);
        return ctl_fail(CTL_NO, "%s", why.text);
    }
    struct rd_text rest = rd_buf_text(&bytes);
    report->source = RD_TEXT("what came in while the rules after were the shadow");
    report->until = report->made;
    while (rest.len > 0 && !report->full) {
        size_t end = rd_text_find(rest, '\n', 0);
        json_t *line = end < LINE_BYTES_MAX ? json_loadb(rest.ptr, end, 0, NULL) : NULL;
        if (line != NULL) /* the last may be cut off by a crash */
            take_note(report, line);
        json_decref(line);
        rest = rd_text_slice(rest, end + 1, rest.len);
    }
    rd_buf_fini(&bytes);
    return report->full ? ctl_fail(CTL_NO, "too many notes at once") : CTL_OK;
}
