/* What senders number, and what was declared of a feed: gaps, silence, a short day. One alarm each,
 * none for what is only late, counted anew or overtaken. */
#include "rig.h"

#include "model/limits.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static int set_up(void **state)
{
    static struct rig rig;
    rig_open(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_replay_equal(*state);
    rig_reload(*state);
    rig_close(*state);
    return 0;
}

/* One numbered message of `of`, under a key of its own. */
static const struct rd_submit_result *numbered(struct rig *rig, const char *of, int64_t number)
{
    static unsigned keys;
    char key[32];
    (void)snprintf(key, sizeof key, "n%u", ++keys);
    return rig_submit(
        rig,
        &(struct sub){
            .feed = "hospital", .key = key, .need = "fall", .sequence = number, .numbers = of});
}

static size_t alarms(const struct rig *rig, enum rd_alarm_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->entries_count; i++)
        count += rig->entries[i].alarmed != NULL && rig->entries[i].alarmed->kind == kind ? 1 : 0;
    return count;
}

static const struct rd_entry *last_alarm(const struct rig *rig, enum rd_alarm_kind kind)
{
    for (size_t i = rig->entries_count; i-- > 0;)
        if (rig->entries[i].alarmed != NULL && rig->entries[i].alarmed->kind == kind)
            return &rig->entries[i];
    return NULL;
}

static void a_gap_is_told_once_with_its_numbers(void **state)
{
    struct rig *rig = *state;
    (void)numbered(rig, "PAS|RF4", 100); /* the first: nothing is known before it */
    (void)numbered(rig, "PAS|RF4", 101);
    (void)numbered(rig, "PAS|RF4", 105);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 0); /* they may still come */
    rig_pass(rig, 6 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 1);
    const struct rd_entry *entry = last_alarm(rig, RD_ALARM_SEQUENCE);
    rig_text(entry->feed, "hospital");
    rig_text(entry->alarmed->about, "PAS|RF4");
    assert_int_equal(entry->alarmed->first, 102);
    assert_int_equal(entry->alarmed->last, 104);
    assert_int_equal(entry->alarmed->count, 3);
    rig_text(entry->alarmed->team, "desk");
    rig_text(entry->alarmed->person, "day desk");
    rig_text(entry->alarmed->words, "3 numbered messages of this sender did not come: 102 to 104; "
                                    "ask it to send them again");
    rig_pass(rig, 15 * RD_MINUTE_US);
    (void)numbered(rig, "PAS|RF4", 106);
    rig_pass(rig, 20 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 1);
    assert_int_equal(rd_feed_missing(rig_feed(rig, "hospital")), 3);
    /* They come after all, the middle one first. */
    (void)numbered(rig, "PAS|RF4", 103);
    (void)numbered(rig, "PAS|RF4", 102);
    (void)numbered(rig, "PAS|RF4", 104);
    assert_int_equal(rd_feed_missing(rig_feed(rig, "hospital")), 0);
    assert_int_equal(rig_feed(rig, "hospital")->sequence_filled, 3);
    assert_int_equal(rig_feed(rig, "hospital")->sequence_gaps, 1);
}

static void what_is_only_overtaken_is_no_alarm(void **state)
{
    struct rig *rig = *state;
    const int64_t order[] = {10, 12, 11, 15, 13, 14, 16};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        (void)numbered(rig, "PAS|RF4", order[i]);
    rig_pass(rig, 20 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 0);
    assert_int_equal(rd_feed_missing(rig_feed(rig, "hospital")), 0);
    assert_int_equal(rig_feed(rig, "hospital")->sequence_filled, 3);
}

static void counting_anew_is_no_alarm(void **state)
{
    struct rig *rig = *state;
    const int64_t order[] = {9998, 9999, 1, 2, -1, 700, 701, 0, 702, 1, 2};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        (void)numbered(rig, "PAS|RF4", order[i]);
    rig_pass(rig, 20 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 0);
    assert_int_equal(rig_feed(rig, "hospital")->sequence_gaps, 0);
    /* A number that a new run leaves out is one, however high the old run had come. */
    (void)numbered(rig, "PAS|RF4", 4);
    rig_pass(rig, 6 * RD_MINUTE_US);
    assert_int_equal(last_alarm(rig, RD_ALARM_SEQUENCE)->alarmed->first, 3);
    assert_int_equal(last_alarm(rig, RD_ALARM_SEQUENCE)->alarmed->last, 3);
}

static void several_systems_under_one_name_and_several_names(void **state)
{
    struct rig *rig = *state;
    (void)numbered(rig, "PAS|RF4", 5000);
    for (int64_t i = 1; i <= 5; i++) {
        (void)numbered(rig, "PAS|RF4", 5000 + i); /* two systems behind one name */
        (void)numbered(rig, "PAS|RF4", i);
        (void)numbered(rig, "ED|RF4", 70 + i);
    }
    rig_pass(rig, 20 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 0);
    (void)numbered(rig, "PAS|RF4", 5007);
    (void)numbered(rig, "ED|RF4", 77);
    rig_pass(rig, 6 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 2); /* one for each name */
}

static void a_repeat_fills_and_breaks_nothing(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {
        .feed = "hospital", .key = "k", .need = "fall", .sequence = 7, .numbers = "PAS|RF4"};
    (void)rig_submit(rig, &sub);
    (void)numbered(rig, "PAS|RF4", 8);
    assert_int_equal(rig_submit(rig, &sub)->disposal, RD_DISPOSAL_REPEAT);
    (void)numbered(rig, "PAS|RF4", 9);
    rig_pass(rig, 20 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 0);
    assert_int_equal(rig_feed(rig, "hospital")->numberings[0].lines_count, 1);
}

/* A refused and a quarantined message came: their numbers are not missing. One of the other
 * environment has numbers of its own. */
static void whatever_became_of_it_it_came(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {
        .feed = "hospital", .key = "a", .need = "fall", .sequence = 1, .numbers = "PAS|RF4"};
    (void)rig_submit(rig, &sub);
    sub = (struct sub){.feed = "hospital",
                       .key = "b",
                       .quarantine = "malformed",
                       .sequence = 2,
                       .numbers = "PAS|RF4"};
    (void)rig_submit(rig, &sub);
    sub = (struct sub){.feed = "hospital",
                       .key = "c",
                       .need = "fall",
                       .sequence = 900,
                       .numbers = "PAS|RF4",
                       .environment = RD_ENVIRONMENT_TEST};
    (void)rig_submit(rig, &sub);
    (void)numbered(rig, "PAS|RF4", 3);
    rig_pass(rig, 20 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 0);
    assert_int_equal(rig_feed(rig, "hospital")->numberings[0].lines[0].last, 3);
}

static void a_torn_line_is_no_storm(void **state)
{
    struct rig *rig = *state;
    for (int64_t i = 1; i <= 200; i++) /* every other message is lost, for a while */
        (void)numbered(rig, "PAS|RF4", 2 * i);
    rig_pass(rig, 6 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 1);
    const struct rd_alarmed *alarmed = last_alarm(rig, RD_ALARM_SEQUENCE)->alarmed;
    assert_int_equal(alarmed->count, 199);
    assert_int_equal(rig_feed(rig, "hospital")->numberings[0].missing_count, RD_MISSING_MAX);
    for (int64_t i = 201; i <= 220; i++) {
        (void)numbered(rig, "PAS|RF4", 2 * i);
        rig_pass(rig, RD_MINUTE_US);
    }
    assert_in_range(alarms(rig, RD_ALARM_SEQUENCE), 2, 3); /* no two within a quarter of an hour */
}

static void numbers_that_are_ignored_are_not_watched(void **state)
{
    struct rig *rig = *state;
    const struct rd_expected ignored = {.sequence_ignored = true};
    rd_fake_rules_expect(rig->rules, RD_TEXT("hospital"), &ignored);
    (void)numbered(rig, "PAS|RF4", 1);
    (void)numbered(rig, "PAS|RF4", 50);
    rig_pass(rig, 20 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), 0);
    assert_int_equal(rig_feed(rig, "hospital")->numberings_count, 0);
}

/* MSA-4 of the sequence number protocol. */
static void the_sender_is_told_which_number_comes_next(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(numbered(rig, "PAS|RF4", 0)->sequence_expected, -1);
    assert_int_equal(numbered(rig, "PAS|RF4", 41)->sequence_expected, 42);
    assert_int_equal(numbered(rig, "PAS|RF4", 0)->sequence_expected, 42);
    assert_int_equal(numbered(rig, "PAS|RF4", -1)->sequence_expected, -1);
    const struct rd_submit_result *plain =
        rig_submit(rig, &(struct sub){.feed = "hospital", .key = "plain", .need = "fall"});
    assert_int_equal(plain->sequence_expected, 0);
}

static void more_systems_than_are_watched(void **state)
{
    struct rig *rig = *state;
    char of[32];
    for (int i = 0; i < RD_NUMBERINGS_MAX + 5; i++) {
        (void)snprintf(of, sizeof of, "APP%d|RF4", i);
        rig_pass(rig, RD_SECOND_US);
        (void)numbered(rig, of, 1);
    }
    assert_int_equal(rig_feed(rig, "hospital")->numberings_count, RD_NUMBERINGS_MAX);
    rig_text(rig_feed(rig, "hospital")->numberings[0].of,
             "APP16|RF4"); /* the most silent gave way */
}

static void more_systems_than_are_watched_and_all_lack_something(void **state)
{
    struct rig *rig = *state;
    char of[32];
    for (int i = 0; i < RD_NUMBERINGS_MAX; i++) {
        (void)snprintf(of, sizeof of, "APP%d|RF4", i);
        (void)numbered(rig, of, 1);
        (void)numbered(rig, of, 3);
    }
    (void)numbered(rig, "ONE-MORE|RF4", 1);
    assert_int_equal(rig_feed(rig, "hospital")->numberings_count, RD_NUMBERINGS_MAX);
    rig_pass(rig, 6 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SEQUENCE), RD_NUMBERINGS_MAX);
}

static void expect(struct rig *rig, const struct rd_expected *expected)
{
    rd_fake_rules_expect(rig->rules, RD_TEXT("hospital"), expected);
    rd_fake_rules_set_hash(rig->rules, RD_TEXT("expects"));
    rig_step(rig, &(struct rd_event){.kind = RD_EVENT_RULES,
                                     .rules = rig->rules,
                                     .effective = rig->now,
                                     .by = RD_TEXT("A"),
                                     .approved_by = RD_TEXT("B")});
}

static void silence_is_told_once_until_it_speaks(void **state)
{
    struct rig *rig = *state;
    expect(rig, &(struct rd_expected){.quiet_minutes = 30});
    rig_pass(rig, 15 * RD_MINUTE_US);
    rig_pass(rig, 14 * RD_MINUTE_US);
    assert_int_equal(alarms(rig, RD_ALARM_SILENCE), 0);
    rig_pass(rig, 2 * RD_MINUTE_US); /* never heard of at all: that is silence too */
    assert_int_equal(alarms(rig, RD_ALARM_SILENCE), 1);
    rig_text(last_alarm(rig, RD_ALARM_SILENCE)->feed, "hospital");
    assert_true(rd_feed_silent(rig_feed(rig, "hospital")));
    rig_pass(rig, 10 * RD_HOUR_US);
    assert_int_equal(alarms(rig, RD_ALARM_SILENCE), 1);
    (void)rig_submit(rig, &(struct sub){.feed = "hospital", .key = "s1", .need = "fall"});
    assert_false(rd_feed_silent(rig_feed(rig, "hospital")));
    rig_pass(rig, RD_HOUR_US);
    assert_int_equal(alarms(rig, RD_ALARM_SILENCE), 2);
}

static void a_short_day_is_told(void **state)
{
    struct rig *rig = *state;
    char key[32];
    expect(rig, &(struct rd_expected){.per_day = 3, .by_minute = 18 * 60});
    rig_pass(rig, 10 * RD_HOUR_US); /* 19:00: the day began before this was declared */
    assert_int_equal(alarms(rig, RD_ALARM_SHORTFALL), 0);
    rig_pass(rig, 14 * RD_HOUR_US); /* Tuesday, 09:00 */
    for (int i = 0; i < 2; i++) {
        (void)snprintf(key, sizeof key, "d%d", i);
        struct sub sub = {.feed = "hospital", .key = key, .need = "fall"};
        (void)rig_submit(rig, &sub);
        (void)rig_submit(rig, &sub); /* a repeat is not another one */
    }
    rig_pass(rig, 10 * RD_HOUR_US);
    assert_int_equal(alarms(rig, RD_ALARM_SHORTFALL), 1);
    assert_int_equal(last_alarm(rig, RD_ALARM_SHORTFALL)->alarmed->count, 2);
    rig_pass(rig, 14 * RD_HOUR_US); /* Wednesday, 09:00 */
    for (int i = 0; i < 3; i++) {
        (void)snprintf(key, sizeof key, "w%d", i);
        (void)rig_submit(rig, &(struct sub){.feed = "hospital", .key = key, .need = "fall"});
    }
    rig_pass(rig, 10 * RD_HOUR_US);
    assert_int_equal(alarms(rig, RD_ALARM_SHORTFALL), 1);
    rig_pass(rig, 24 * RD_HOUR_US); /* Thursday: none at all */
    assert_int_equal(alarms(rig, RD_ALARM_SHORTFALL), 2);
    assert_int_equal(last_alarm(rig, RD_ALARM_SHORTFALL)->alarmed->count, 0);
}

/* What is silent must be there to be seen. */
static void a_feed_from_which_nothing_came_is_in_the_status(void **state)
{
    struct rig *rig = *state;
    struct rd_status status;
    struct rd_arena arena;
    uint64_t submissions = 0;
    rd_arena_init(&arena, rd_alloc_heap(), (size_t)1 << 20);
    (void)rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    assert_int_equal(rd_core_status(rig->core, rig->now, &arena, &status), RD_OK);
    assert_int_equal(status.feeds_count, rd_rules_place(rig->rules)->feeds_count);
    for (size_t i = 0; i < status.feeds_count; i++) {
        submissions += status.feeds[i].submissions;
        for (size_t j = 0; j < i; j++)
            assert_false(rd_text_equal(status.feeds[i].feed, status.feeds[j].feed));
    }
    assert_int_equal(submissions, 1);
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_gap_is_told_once_with_its_numbers),
        T(what_is_only_overtaken_is_no_alarm),
        T(counting_anew_is_no_alarm),
        T(several_systems_under_one_name_and_several_names),
        T(a_repeat_fills_and_breaks_nothing),
        T(whatever_became_of_it_it_came),
        T(a_torn_line_is_no_storm),
        T(numbers_that_are_ignored_are_not_watched),
        T(the_sender_is_told_which_number_comes_next),
        T(more_systems_than_are_watched),
        T(more_systems_than_are_watched_and_all_lack_something),
        T(silence_is_told_once_until_it_speaks),
        T(a_short_day_is_told),
        T(a_feed_from_which_nothing_came_is_in_the_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
