#include "ctl/diff.h"

#include "ctl/rules_common.h"
#include "rules/eval/ruleset.h"

#include <inttypes.h>
#include <string.h>

enum { ROWS_SHOWN = 40, PAIRS_SHOWN = 20 };

static const char *urgency(enum rd_priority value)
{
    return rd_enum_name(&rd_priority_names, (int)value);
}

static void print_counts(const struct diff_report *report)
{
    printf("\n%-28s %14s %18s\n", "team", "lead", "supporting");
    for (size_t i = 0; i < report->counts_count; i++) {
        const struct diff_count *count = &report->counts[i];
        bool changes =
            count->lead_old != count->lead_new || count->supporting_old != count->supporting_new;
        printf("%-28.*s %5zu -> %-5zu %7zu -> %-5zu%s\n", RD_TEXT_ARG(count->team), count->lead_old,
               count->lead_new, count->supporting_old, count->supporting_new, changes ? "  *" : "");
    }
}

static void print_pairs(const struct diff_report *report)
{
    puts("\nwhy, before and after");
    for (size_t i = 0; i < report->pairs_count && i < PAIRS_SHOWN; i++) {
        const struct diff_pair *pair = &report->pairs[i];
        printf("%5zu  before: %.*s\n       after:  %.*s\n", pair->count, RD_TEXT_ARG(pair->old),
               RD_TEXT_ARG(pair->new));
    }
    if (report->pairs_count > PAIRS_SHOWN)
        printf("       and %zu more: --csv FILE has every referral\n",
               report->pairs_count - PAIRS_SHOWN);
}

static void print_side(const char *label, const struct diff_side *side)
{
    printf("    %s %.*s, %s, %.*s%s%.*s\n           %.*s\n           %.*s\n", label,
           RD_TEXT_ARG(side->pathway), urgency(side->urgency), RD_TEXT_ARG(side->lead),
           side->supporting.len > 0 ? " with " : "", RD_TEXT_ARG(side->supporting),
           RD_TEXT_ARG(side->clocks), RD_TEXT_ARG(side->reason));
}

static void print_rows(const struct diff_report *report)
{
    char at[48], words[RD_DIFFERENCE_TEXT_MAX];
    for (size_t i = 0; i < report->rows_count && i < ROWS_SHOWN; i++) {
        const struct diff_row *row = &report->rows[i];
        printf("\n%.*s  %.*s  %.*s  differs in: %s\n", RD_TEXT_ARG(row->id),
               RD_TEXT_ARG(diff_time(report, row->received, at)), RD_TEXT_ARG(row->feed),
               rd_difference_words(&row->difference, words));
        print_side("before", &row->old);
        print_side("after ", &row->new);
    }
    if (report->rows_count > ROWS_SHOWN)
        printf("\nand %zu more: --csv FILE or --html FILE has them all\n",
               report->rows_count - ROWS_SHOWN);
}

void diff_print(const struct diff_report *report)
{
    printf("before: rule set %.12s (%.*s)\nafter:  rule set %.12s (%.*s)\n%zu referrals of %.*s: "
           "%zu would have been decided otherwise",
           report->old_rules->place.hash.ptr, RD_TEXT_ARG(report->old_name),
           report->new_rules->place.hash.ptr, RD_TEXT_ARG(report->new_name), report->compared,
           RD_TEXT_ARG(report->source), report->differing);
    if (report->differing > 0)
        printf(" (lead %zu, supporting %zu, pathway %zu, urgency %zu, clock %zu, roles %zu)",
               report->differing_lead, report->differing_supporting, report->differing_pathway,
               report->differing_urgency, report->differing_clocks, report->differing_roles);
    printf("; %zu the same for another reason\n", report->other_reason);
    if (report->differing > 0)
        printf("urgency lower: %zu, higher: %zu; first deadline later: %zu, earlier: %zu\n",
               report->less_urgent, report->more_urgent, report->later, report->earlier);
    if (report->by_person + report->erased + report->unreadable > 0)
        printf("not compared: %zu decided by a person, %zu erased, %zu too big\n",
               report->by_person, report->erased, report->unreadable);
    if (report->compared == 0)
        return;
    print_counts(report);
    if (report->rows_count == 0)
        return;
    print_pairs(report);
    print_rows(report);
}

/* RFC 4180; a cell that a spreadsheet would take for a formula is kept a text. */
static void put_cell(struct rd_buf *out, struct rd_text text, bool last)
{
    bool formula = text.len > 0 && strchr("=+-@", text.ptr[0]) != NULL;
    rd_buf_put_string(out, formula ? "\"'" : "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            rd_buf_put_string(out, "\"");
        rd_buf_put(out, &text.ptr[i], 1);
    }
    rd_buf_put_string(out, last ? "\"\r\n" : "\",");
}

static void put_csv_side(struct rd_buf *out, const struct diff_side *side, bool last)
{
    put_cell(out, side->pathway, false);
    put_cell(out, rd_text_of(urgency(side->urgency)), false);
    put_cell(out, side->lead, false);
    put_cell(out, side->supporting, false);
    put_cell(out, side->clocks, false);
    put_cell(out, side->reason, last);
}

void diff_write_csv(const struct diff_report *report, struct rd_buf *out)
{
    static const char *const sides[] = {"before", "after"};
    rd_buf_put_string(out, "referral,received,feed,differs_in");
    for (int i = 0; i < 2; i++)
        rd_buf_printf(out, ",%s_pathway,%s_urgency,%s_lead,%s_supporting,%s_clocks,%s_reason",
                      sides[i], sides[i], sides[i], sides[i], sides[i], sides[i]);
    rd_buf_put_string(out, ",before_rules,after_rules\r\n");
    for (size_t i = 0; i < report->rows_count; i++) {
        const struct diff_row *row = &report->rows[i];
        char at[RD_INSTANT_TEXT_MAX], words[RD_DIFFERENCE_TEXT_MAX];
        put_cell(out, row->id, false);
        put_cell(out, rd_text_of(rd_instant_format(row->received, at)), false);
        put_cell(out, row->feed, false);
        put_cell(out, rd_text_of(rd_difference_words(&row->difference, words)), false);
        put_csv_side(out, &row->old, false);
        put_csv_side(out, &row->new, false);
        put_cell(out, report->old_rules->place.hash, false);
        put_cell(out, report->new_rules->place.hash, true);
    }
}

static json_t *side_json(const struct diff_side *side)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "pathway", ctl_json_text(side->pathway),
                     "urgency", urgency(side->urgency), "lead", ctl_json_text(side->lead),
                     "supporting", ctl_json_text(side->supporting), "clocks",
                     ctl_json_text(side->clocks), "reason", ctl_json_text(side->reason));
}

int diff_print_json(const struct diff_report *report)
{
    json_t *rows = json_array();
    json_t *teams = json_array();
    for (size_t i = 0; i < report->rows_count; i++) {
        const struct diff_row *row = &report->rows[i];
        char at[RD_INSTANT_TEXT_MAX], words[RD_DIFFERENCE_TEXT_MAX];
        json_array_append_new(
            rows, json_pack("{s:o, s:s, s:o, s:s, s:o, s:o}", "referral", ctl_json_text(row->id),
                            "received", rd_instant_format(row->received, at), "feed",
                            ctl_json_text(row->feed), "differs_in",
                            rd_difference_words(&row->difference, words), "before",
                            side_json(&row->old), "after", side_json(&row->new)));
    }
    for (size_t i = 0; i < report->counts_count; i++) {
        const struct diff_count *count = &report->counts[i];
        json_array_append_new(
            teams, json_pack("{s:o, s:I, s:I, s:I, s:I}", "team", ctl_json_text(count->team),
                             "lead_before", (json_int_t)count->lead_old, "lead_after",
                             (json_int_t)count->lead_new, "supporting_before",
                             (json_int_t)count->supporting_old, "supporting_after",
                             (json_int_t)count->supporting_new));
    }
    json_t *directions =
        json_pack("{s:I, s:I, s:I, s:I}", "less_urgent", (json_int_t)report->less_urgent,
                  "more_urgent", (json_int_t)report->more_urgent, "first_deadline_later",
                  (json_int_t)report->later, "first_deadline_earlier", (json_int_t)report->earlier);
    return ctl_print_json(json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "before_rules",
        ctl_json_text(report->old_rules->place.hash), "after_rules",
        ctl_json_text(report->new_rules->place.hash), "source", ctl_json_text(report->source),
        "compared", (json_int_t)report->compared, "differing", (json_int_t)report->differing,
        "same_for_another_reason", (json_int_t)report->other_reason, "decided_by_a_person",
        (json_int_t)report->by_person, "erased", (json_int_t)report->erased, "teams", teams,
        "referrals", rows, "directions", directions));
}
