#include "ctl/diff.h"

#include "base/ident.h"
#include "ctl/again.h"
#include "ctl/rules_common.h"
#include "model/limits.h"
#include "rules/eval/ruleset.h"
#include "shell/ledgerglue.h"

#include <stdlib.h>
#include <string.h>

enum { REPORT_BYTES_MAX = 512 * 1024 * 1024, DECISION_BYTES_MAX = 8 * 1024 * 1024, WEEK_DAYS = 7 };

void diff_init(struct diff_report *report, const struct rd_rules *old_rules,
               const struct rd_rules *new_rules)
{
    *report =
        (struct diff_report){.old_rules = old_rules, .new_rules = new_rules, .made = ctl_now()};
    rd_arena_init(&report->memory, rd_alloc_heap(), REPORT_BYTES_MAX);
}

void diff_fini(struct diff_report *report)
{
    rd_arena_fini(&report->memory);
}

static void *add(struct diff_report *report, void **list, size_t *count, size_t size)
{
    void *made = rd_arena_add(&report->memory, list, count, size);
    report->full = report->full || made == NULL;
    return made;
}

struct rd_text diff_keep(struct diff_report *report, struct rd_text text)
{
    struct rd_text out = RD_TEXT_NONE;
    report->full = report->full || !rd_arena_copy(&report->memory, text, &out);
    return out;
}

struct rd_text diff_time(const struct diff_report *report, rd_instant at, char out[48])
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct rd_civil civil;
    rd_instant_to_civil(rd_zone_to_wall(report->old_rules->zone, at), &civil);
    snprintf(out, 48, "%d %s %d %02d:%02d", (int)civil.day, months[(civil.month + 11) % 12],
             (int)civil.year, (int)civil.hour, (int)civil.minute);
    return rd_text_of(out);
}

static struct rd_text clocks_of(struct diff_report *report, const struct rd_decision *decision)
{
    struct rd_text out = RD_TEXT("");
    for (size_t i = 0; i < decision->clocks_count; i++) {
        char at[48];
        const struct rd_planned_clock *clock = &decision->clocks[i];
        (void)diff_time(report, clock->alarm_due, at);
        out = rd_arena_format(&report->memory, "%.*s%s%.*s by %s%s", RD_TEXT_ARG(out),
                              i == 0 ? "" : "; ", RD_TEXT_ARG(clock->policy), at,
                              clock->provisional ? " (provisional)" : "");
    }
    return out;
}

/* Of the rule that named the lead, without who was closed at that hour: reasons are counted. */
static struct rd_text lead_reason(const struct rd_decision *decision)
{
    for (size_t i = 0; i < decision->matches_count; i++)
        if (decision->matches[i].step == RD_STEP_ROUTE)
            return decision->matches[i].why;
    return decision->assignments[0].why;
}

static struct diff_side side_of(struct diff_report *report, const struct rd_decision *decision)
{
    struct rd_text supporting = RD_TEXT("");
    for (size_t i = 1; i < decision->assignments_count; i++)
        supporting =
            rd_arena_format(&report->memory, "%.*s%s%.*s", RD_TEXT_ARG(supporting),
                            i == 1 ? "" : ", ", RD_TEXT_ARG(decision->assignments[i].team));
    return (struct diff_side){.pathway = diff_keep(report, decision->pathway),
                              .lead = diff_keep(report, decision->assignments[0].team),
                              .supporting = supporting,
                              .clocks = clocks_of(report, decision),
                              .reason = rd_arena_format(&report->memory, "%.*s. %.*s",
                                                        RD_TEXT_ARG(decision->reason),
                                                        RD_TEXT_ARG(lead_reason(decision))),
                              .urgency = decision->urgency};
}

static struct diff_count *count_of(struct diff_report *report, struct rd_text team)
{
    for (size_t i = 0; i < report->counts_count; i++)
        if (rd_text_equal(report->counts[i].team, team))
            return &report->counts[i];
    void *list = report->counts;
    struct diff_count *made = add(report, &list, &report->counts_count, sizeof *made);
    report->counts = list;
    if (made == NULL)
        return NULL;
    const struct rd_team *known = rd_place_team(&report->new_rules->place, team);
    if (known == NULL)
        known = rd_place_team(&report->old_rules->place, team);
    made->team = diff_keep(report, team);
    made->title = known == NULL ? made->team : known->title;
    return made;
}

void diff_take_team(struct diff_report *report, struct rd_text team, bool lead, bool new)
{
    struct diff_count *count = count_of(report, team);
    if (count == NULL)
        return;
    size_t *which = lead ? (new ? &count->lead_new : &count->lead_old)
                         : (new ? &count->supporting_new : &count->supporting_old);
    ++*which;
}

static void count_teams(struct diff_report *report, const struct rd_decision *decision, bool new)
{
    for (size_t i = 0; i < decision->assignments_count; i++)
        diff_take_team(report, decision->assignments[i].team, i == 0, new);
}

static void count_pair(struct diff_report *report, const struct diff_row *row)
{
    for (size_t i = 0; i < report->pairs_count; i++) {
        struct diff_pair *pair = &report->pairs[i];
        if (rd_text_equal(pair->old, row->old.reason) &&
            rd_text_equal(pair->new, row->new.reason)) {
            pair->count++;
            return;
        }
    }
    void *list = report->pairs;
    struct diff_pair *made = add(report, &list, &report->pairs_count, sizeof *made);
    report->pairs = list;
    if (made != NULL)
        *made = (struct diff_pair){row->old.reason, row->new.reason, 1};
}

static void count_kinds(struct diff_report *report, const struct rd_difference *difference)
{
    report->differing++;
    report->differing_lead += difference->lead;
    report->differing_supporting += difference->supporting;
    report->differing_pathway += difference->pathway;
    report->differing_urgency += difference->urgency;
    report->differing_clocks += difference->clocks;
    report->differing_roles += difference->roles;
}

static rd_instant first_deadline(const struct rd_decision *decision)
{
    rd_instant first = 0;
    for (size_t i = 0; i < decision->clocks_count; i++)
        if (first == 0 || decision->clocks[i].alarm_due < first)
            first = decision->clocks[i].alarm_due;
    return first;
}

/* What a safety officer looks for first. */
static void count_directions(struct diff_report *report, const struct diff_row *row)
{
    rd_instant before = row->old.first_due == 0 ? RD_INSTANT_MAX : row->old.first_due;
    rd_instant after = row->new.first_due == 0 ? RD_INSTANT_MAX : row->new.first_due;
    report->less_urgent += row->new.urgency > row->old.urgency;
    report->more_urgent += row->new.urgency < row->old.urgency;
    report->later += after > before;
    report->earlier += after < before;
}

void diff_take_same(struct diff_report *report, bool other_reason)
{
    report->compared++;
    report->other_reason += other_reason;
}

void diff_take_row(struct diff_report *report, const struct diff_row *row)
{
    void *list = report->rows;
    struct diff_row *made = add(report, &list, &report->rows_count, sizeof *made);
    report->rows = list;
    if (made == NULL)
        return;
    *made = *row;
    report->compared++;
    count_kinds(report, &made->difference);
    count_directions(report, made);
    count_pair(report, made);
}

static void take(struct diff_report *report, struct rd_text id, struct rd_text feed,
                 rd_instant received, const struct rd_decision *old, const struct rd_decision *new)
{
    struct rd_difference difference = rd_decisions_compare(old, new);
    count_teams(report, old, false);
    count_teams(report, new, true);
    if (!rd_difference_matters(&difference)) {
        diff_take_same(report, difference.reason);
        return;
    }
    struct diff_row row = {.id = diff_keep(report, id),
                           .received = received,
                           .feed = diff_keep(report, feed),
                           .difference = difference,
                           .old = side_of(report, old),
                           .new = side_of(report, new)};
    row.old.first_due = first_deadline(old);
    row.new.first_due = first_deadline(new);
    diff_take_row(report, &row);
}

/* The ledger, entry by entry: a submission, then what was decided of it in the same step. */
struct gathering {
    struct diff_report *report;
    struct rd_arena submission, decided, decision;
    struct rd_entry received; /* the last new one; kind 0: none */
    enum rd_err err;
    struct rd_errbuf why;
};

static uint32_t recorded_load(void *context, struct rd_text team)
{
    const struct rd_asked *asked = context;
    for (size_t i = 0; asked != NULL && i < asked->loads_count; i++)
        if (rd_text_equal(asked->loads[i].team, team))
            return asked->loads[i].open;
    return 0;
}

static enum rd_err decide_by(struct gathering *gathering, const struct rd_rules *rules,
                             struct rd_asked *asked, rd_instant at, struct rd_decision *out)
{
    const struct rd_submission *submission = gathering->received.received->submission;
    struct rd_facts facts;
    enum rd_err err =
        rd_rules_facts(rules, submission, submission->received, &gathering->decision, &facts);
    struct rd_decide_request request = {.facts = &facts,
                                        .now = at,
                                        .presence = {asked, NULL, recorded_load},
                                        .engine_version = RD_TEXT(RD_VERSION)};
    return err == RD_OK ? rd_rules_decide(rules, &request, &gathering->decision, out) : err;
}

static void compare_decided(struct gathering *gathering, const struct rd_entry *entry)
{
    struct diff_report *report = gathering->report;
    struct rd_decision sides[2];
    char id[RD_IDENT_TEXT_MAX];
    struct rd_asked *asked = entry->decided->asked;
    const struct rd_submission *submission = gathering->received.received->submission;
    rd_arena_reset(&gathering->decision);
    if (rd_text_present(entry->decided->decision->decided_by)) {
        report->by_person++;
        return;
    }
    if (decide_by(gathering, report->old_rules, asked, entry->at, &sides[0]) != RD_OK ||
        decide_by(gathering, report->new_rules, asked, entry->at, &sides[1]) != RD_OK) {
        report->unreadable++;
        return;
    }
    take(report, rd_text_of(rd_ident_format(entry->referral, id)), submission->feed,
         submission->received, &sides[0], &sides[1]);
}

static bool gather(void *context, const struct rd_ledger_entry *stored)
{
    struct gathering *gathering = context;
    struct diff_report *report = gathering->report;
    bool wanted = stored->kind == RD_ENTRY_RECEIVED || stored->kind == RD_ENTRY_DECIDED;
    if (!wanted || stored->at < report->from)
        return true;
    if (!rd_text_present(stored->body)) {
        report->erased += stored->kind == RD_ENTRY_RECEIVED;
        gathering->received.kind = 0;
        return true;
    }
    struct rd_entry entry;
    bool is_decided = stored->kind == RD_ENTRY_DECIDED;
    if (is_decided &&
        (gathering->received.kind == 0 || stored->referral != gathering->received.referral))
        return true;
    struct rd_arena *memory = is_decided ? &gathering->decided : &gathering->submission;
    rd_arena_reset(memory);
    gathering->err = rd_glue_read_entry(stored, memory, &entry, &gathering->why);
    if (gathering->err != RD_OK)
        return false;
    if (!is_decided) {
        bool is_new = entry.received != NULL && entry.received->disposal == RD_DISPOSAL_NEW &&
                      entry.received->submission != NULL;
        gathering->received = entry;
        gathering->received.kind = is_new ? RD_ENTRY_RECEIVED : 0;
    } else if (entry.decided != NULL && entry.decided->decision != NULL) {
        compare_decided(gathering, &entry);
        gathering->received.kind = 0;
    }
    return !report->full;
}

int diff_read_ledger(struct diff_report *report, const struct ctl_args *args, unsigned weeks)
{
    struct gathering gathering = {.report = report};
    struct rd_ledger *ledger = NULL;
    struct rd_errbuf why = {{0}};
    int status = ctl_open_ledger(args, &ledger);
    if (status != CTL_OK)
        return status;
    report->until = report->made;
    report->from = report->made - (rd_instant)weeks * WEEK_DAYS * RD_DAY_US;
    report->source = rd_arena_format(&report->memory, "the ledger, the last %u week%s", weeks,
                                     weeks == 1 ? "" : "s");
    rd_arena_init(&gathering.submission, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
    rd_arena_init(&gathering.decided, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
    rd_arena_init(&gathering.decision, rd_alloc_heap(), DECISION_BYTES_MAX);
    enum rd_err err = ledger->ops->each_entry(ledger, 1, UINT64_MAX, gather, &gathering, &why);
    rd_arena_fini(&gathering.submission);
    rd_arena_fini(&gathering.decided);
    rd_arena_fini(&gathering.decision);
    ledger->ops->close(ledger);
    if (gathering.err != RD_OK || err != RD_OK)
        return ctl_fail(CTL_NO, "%s", err != RD_OK ? why.text : gathering.why.text);
    return report->full ? ctl_fail(CTL_NO, "too much to compare at once; give fewer --weeks")
                        : CTL_OK;
}

int diff_read_cases(struct diff_report *report, const char *file)
{
    struct rd_cases cases;
    struct rd_arena memory;
    int status = ctl_read_cases(file, report->old_rules, false, &cases);
    if (status != CTL_OK)
        return status;
    rd_arena_init(&memory, rd_alloc_heap(), DECISION_BYTES_MAX);
    report->source = rd_arena_format(&report->memory, "cases of %s", file);
    for (size_t i = 0; i < cases.count && !report->full; i++) {
        const struct rd_case *one = &cases.list[i];
        struct rd_decision sides[2];
        rd_arena_reset(&memory);
        if (rd_case_decide(report->old_rules, one, RD_TEXT(RD_VERSION), &memory, &sides[0]) ==
                RD_OK &&
            rd_case_decide(report->new_rules, one, RD_TEXT(RD_VERSION), &memory, &sides[1]) ==
                RD_OK)
            take(report, one->name, one->submission.feed, one->received, &sides[0], &sides[1]);
        else
            report->unreadable++;
    }
    rd_arena_fini(&memory);
    rd_cases_fini(&cases);
    return report->full ? ctl_fail(CTL_NO, "too many cases to compare at once") : CTL_OK;
}

static size_t moved(const struct diff_count *count)
{
    size_t lead = count->lead_new > count->lead_old ? count->lead_new - count->lead_old
                                                    : count->lead_old - count->lead_new;
    size_t other = count->supporting_new > count->supporting_old
                       ? count->supporting_new - count->supporting_old
                       : count->supporting_old - count->supporting_new;
    return lead + other;
}

static int by_change(const void *a, const void *b)
{
    const struct diff_count *left = a, *right = b;
    size_t x = moved(left), y = moved(right);
    return x != y ? (x < y ? 1 : -1) : rd_text_compare(left->team, right->team);
}

static int by_count(const void *a, const void *b)
{
    const struct diff_pair *left = a, *right = b;
    return left->count != right->count ? (left->count < right->count ? 1 : -1)
                                       : rd_text_compare(left->old, right->old);
}

void diff_finish(struct diff_report *report)
{
    if (report->counts_count > 0)
        qsort(report->counts, report->counts_count, sizeof *report->counts, by_change);
    if (report->pairs_count > 0)
        qsort(report->pairs, report->pairs_count, sizeof *report->pairs, by_count);
}
