/* What users of other systems complained of about hours and clocks, each by its name: open at all
 * hours and yet closed at midnight; a deadline that a move carried along or lost; a change of
 * calendar that reached nobody, or reached what was running. */
#include "base/arena.h"
#include "rules/load/load.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PLACE RD_SOURCE_DIR "/tests/data/places/havering"
#define CHANGED RD_BINARY_DIR "/test_calendar_complaints"
enum { ARENA_BYTES = 1 << 20, PATH_BYTES = 4096 };

static struct rd_arena arena;

static void on_finding(void *context, const struct rd_finding *finding)
{
    (void)context;
    print_error("%s:%u:%u: %s\n", finding->file, finding->line, finding->column, finding->words);
}

static struct rd_rules *load(const char *directory)
{
    struct rd_rules *rules = NULL;
    if (rd_rules_load(directory, rd_alloc_heap(), on_finding, NULL, &rules) != RD_OK)
        fail_msg("%s does not load", directory);
    return rules;
}

static rd_instant when(const char *text)
{
    rd_instant at = 0;
    assert_true(rd_instant_parse(rd_text_of(text), &at));
    return at;
}

/* The place with other calendars; everything else is linked. */
static void change_calendars(const char *text)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    assert_true(mkdir(CHANGED, 0700) == 0 || access(CHANGED, W_OK) == 0);
    DIR *place = opendir(PLACE);
    assert_non_null(place);
    for (struct dirent *entry; (entry = readdir(place)) != NULL;) {
        (void)snprintf(from, sizeof from, "%s/%s", PLACE, entry->d_name);
        (void)snprintf(to, sizeof to, "%s/%s", CHANGED, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        (void)unlink(to); /* of a run before */
        if (strcmp(entry->d_name, "calendars.yaml") != 0)
            assert_int_equal(symlink(from, to), 0);
    }
    assert_int_equal(closedir(place), 0);
    FILE *file = fopen(CHANGED "/calendars.yaml", "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const struct rd_team *team_of(const struct rd_rules *rules, const char *name)
{
    const struct rd_team *team = rd_place_team(rd_rules_place(rules), rd_text_of(name));
    assert_non_null(team);
    return team;
}

static struct rd_planned_clock plan(const struct rd_rules *rules, const char *policy,
                                    const char *start)
{
    struct rd_facts facts = {.received = when(start), .priority_asked = RD_PRIORITY_ROUTINE};
    struct rd_planned_clock clock;
    assert_int_equal(
        rd_rules_plan_clock(rules, rd_text_of(policy), &facts, when(start), &arena, &clock), RD_OK);
    return clock;
}

/* Said in both ways, over every midnight of five years, and both nights on which clocks change. */
static void open_24_7_is_open_at_midnight(void **state)
{
    (void)state;
    change_calendars("bank-holidays: bank-holidays.csv\ncalendars:\n"
                     "  - {name: urgent, always-open: true}\n"
                     "  - name: office\n    week:\n"
                     "      - {days: every-day, open: \"00:00-24:00\"}\n");
    struct rd_rules *rules = load(CHANGED);
    static const char *const names[] = {"urgent-response", "long-term-north"};
    for (size_t i = 0; i < 2; i++) {
        const struct rd_team *team = team_of(rules, names[i]);
        for (int64_t day = rd_days_from_civil(2024, 1, 1); day < rd_days_from_civil(2029, 1, 1);
             day++)
            for (int64_t hour = -1; hour <= 3; hour++)
                for (int64_t us = -1; us <= 1; us++)
                    assert_true(
                        rd_rules_team_open(rules, team, day * RD_DAY_US + hour * RD_HOUR_US + us));
        assert_int_equal(rd_rules_team_changes(rules, team, when("2026-11-30T12:00:00Z")), 0);
    }
    rd_rules_free(rules);
}

/* Half-open: the closing minute is closed, the opening one is open. */
static void closing_time_is_closed_and_opening_time_is_open(void **state)
{
    (void)state;
    struct rd_rules *rules = load(PLACE);
    const struct rd_team *team = team_of(rules, "long-term-north"); /* 09:00 to 17:00 */
    assert_false(rd_rules_team_open(rules, team, when("2026-11-30T09:00:00Z") - 1));
    assert_true(rd_rules_team_open(rules, team, when("2026-11-30T09:00:00Z")));
    assert_true(rd_rules_team_open(rules, team, when("2026-11-30T17:00:00Z") - 1));
    assert_false(rd_rules_team_open(rules, team, when("2026-11-30T17:00:00Z")));
    rd_rules_free(rules);
}

/* The person's clock began when we had the referral: whichever team has it, and whenever it came
 * there, start, deadlines and calendar are what they were. Only what is about the assignment, such
 * as who is shouted at, is the new team's. (That the core moves no running clock:
 * test_core_clocks.) */
static void a_deadline_is_neither_lost_nor_carried_to_another_by_a_move(void **state)
{
    (void)state;
    struct rd_rules *rules = load(PLACE);
    const char *received = "2026-11-30T10:00:00Z";
    struct rd_planned_clock before = plan(rules, "five-day", received);
    static const char *const moves[] = {"2026-11-30T10:05:00Z", "2026-12-01T09:00:00Z",
                                        "2026-12-04T20:00:00Z"};
    for (size_t i = 0; i < 3; i++) {
        struct rd_facts facts = {.received = when(received),
                                 .priority_asked = RD_PRIORITY_ROUTINE,
                                 .postcode_class = RD_POSTCODE_KNOWN};
        struct rd_planned_assignment moved;
        assert_int_equal(rd_rules_plan_team(rules, RD_TEXT("urgent-response"), RD_ROLE_LEAD, &facts,
                                            RD_PRIORITY_ROUTINE, when(moves[i]), NULL, &arena,
                                            &moved),
                         RD_OK);
        assert_true(rd_text_is(moved.team, "urgent-response"));
        struct rd_planned_clock after = plan(rules, "five-day", received);
        assert_int_equal(after.start, before.start);
        assert_int_equal(after.alarm_due, before.alarm_due);
        assert_int_equal(after.report_due, before.report_due);
        assert_true(rd_text_equal(after.calendar_hash, before.calendar_hash));
    }
    rd_rules_free(rules);
}

/* A new calendar is in force at once for hours and for what begins; what runs keeps the deadlines
 * that people were told, and the hash of the calendar that they were counted by says so. */
static void a_change_of_calendar_counts_for_what_begins_and_is_seen_on_what_runs(void **state)
{
    (void)state;
    struct rd_rules *old = load(PLACE);
    const char *received = "2026-11-30T10:30:00Z";
    struct rd_planned_clock running = plan(old, "five-day", received);
    assert_int_equal(running.report_due, when("2026-12-07T10:30:00Z"));
    change_calendars("bank-holidays: bank-holidays.csv\ncalendars:\n"
                     "  - name: urgent\n    week:\n"
                     "      - {days: every-day, open: \"08:00-20:00\", last-referral: \"19:00\"}\n"
                     "  - name: office\n    week:\n"
                     "      - {days: every-day, open: \"08:00-12:00\"}\n");
    struct rd_rules *new = load(CHANGED);
    struct rd_planned_clock begun = plan(new, "five-day", received);
    assert_int_equal(begun.report_due, when("2026-12-05T10:30:00Z")); /* Saturdays count now */
    assert_false(rd_text_equal(begun.calendar_hash, running.calendar_hash));
    assert_false(rd_text_equal(rd_rules_place(new)->hash, rd_rules_place(old)->hash));
    assert_true(rd_text_present(running.calendar_hash));
    assert_int_equal(running.report_due, when("2026-12-07T10:30:00Z"));
    assert_int_equal(running.start, begun.start);
    assert_true(
        rd_rules_team_open(old, team_of(old, "long-term-north"), when("2026-11-30T13:00:00Z")));
    assert_false(
        rd_rules_team_open(new, team_of(new, "long-term-north"), when("2026-11-30T13:00:00Z")));
    rd_rules_free(old);
    rd_rules_free(new);
}

static int set_up(void **state)
{
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rd_arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_24_7_is_open_at_midnight),
        cmocka_unit_test(closing_time_is_closed_and_opening_time_is_open),
        cmocka_unit_test(a_deadline_is_neither_lost_nor_carried_to_another_by_a_move),
        cmocka_unit_test(a_change_of_calendar_counts_for_what_begins_and_is_seen_on_what_runs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
