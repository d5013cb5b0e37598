/* What the ops server shows: counts of a made-up status, as text and as HTML. */
#include "web/metrics.h"
#include "web/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* As RD_TEXT, for a static initialiser. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }
#define NOW (INT64_C(1795000000) * RD_SECOND_US)

static struct rd_team_status teams[] = {
    {.team = TEXT("rapid-response"),
     .title = TEXT("Rapid <response> & \"more\""),
     .waiting = 2,
     .claimed = 1,
     .accepted = 3,
     .oldest = NOW - 90 * RD_MINUTE_US,
     .next_due = NOW - 5 * RD_MINUTE_US,
     .overdue = 2,
     .overdue_15m = 1},
    {.team = TEXT("desk"), .title = TEXT("First contact"), .consumers = 2, .open_now = true},
};
static struct rd_feed_state feeds[] = {{.feed = TEXT("kgh-pas"),
                                        .submissions = 9,
                                        .new_referrals = 4,
                                        .repeats = 5,
                                        .open = 4,
                                        .last_received = NOW - 61 * RD_MINUTE_US}};

static struct rd_status status(void)
{
    return (struct rd_status){.place = RD_TEXT("redbridge"),
                              .rules_hash = RD_TEXT("0123456789abcdef"),
                              .version = RD_TEXT("0.1.0"),
                              .now = NOW,
                              .teams = teams,
                              .teams_count = 2,
                              .feeds = feeds,
                              .feeds_count = 1,
                              .referrals_open = 4};
}

static int setup(void **state)
{
    static struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    *state = &out;
    return 0;
}

static int teardown(void **state)
{
    rd_buf_fini(*state);
    return 0;
}

static const char *written(struct rd_buf *out)
{
    rd_buf_put(out, "", 1);
    assert_false(out->failed);
    return (const char *)out->bytes;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("expected \"%s\" in:\n%s", part, text);
}

static void oldest_age_is_there_for_every_team(void **state)
{
    struct rd_status now = status();
    struct rd_ops_view view = {.status = &now};
    rd_metrics_write(&view, *state);
    const char *text = written(*state);
    assert_has(text, "\nspa_queue_oldest_age_seconds{team=\"rapid-response\"} 5400.000\n");
    assert_has(text, "\nspa_queue_oldest_age_seconds{team=\"desk\"} 0.000\n");
}

static void counts_stand_under_their_labels(void **state)
{
    static const char *const lines[] = {
        "spa_queue_assignments{team=\"rapid-response\",state=\"accepted\"} 3\n",
        "spa_queue_overdue{team=\"rapid-response\",more_than_minutes=\"0\"} 2\n",
        "spa_queue_overdue{team=\"rapid-response\",more_than_minutes=\"15\"} 1\n",
        "spa_queue_overdue{team=\"desk\",more_than_minutes=\"240\"} 0\n",
        "spa_queue_consumers{team=\"desk\"} 2\n",
        "spa_team_open{team=\"desk\"} 1\n",
        "spa_feed_submissions_total{feed=\"kgh-pas\"} 9\n",
        "spa_feed_disposals{feed=\"kgh-pas\",disposal=\"repeat\"} 5\n",
        "spa_feed_referrals{feed=\"kgh-pas\",state=\"open\"} 4\n",
        "spa_conservation_imbalance 0\n",
        "referrald_ready 1\n",
        "referrald_clock_drift_seconds -1.500\n",
        "referrald_build_info{version=\"0.1.0\",place=\"redbridge\",rules=\"0123456789abcdef\"} "
        "1\n",
    };
    struct rd_status now = status();
    struct rd_ops_view view = {.status = &now, .clock_drift_us = -1500000};
    rd_metrics_write(&view, *state);
    const char *text = written(*state);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_has(text, lines[i]);
}

/* Prometheus refuses a whole scrape for one malformed line. */
static void every_line_is_a_comment_or_a_sample(void **state)
{
    struct rd_status now = status();
    struct rd_ops_view view = {.status = &now, .not_ready = "starting"};
    rd_metrics_write(&view, *state);
    char *text = (char *)(uintptr_t)written(*state);
    size_t samples = 0;
    char *left = NULL;
    for (char *line = strtok_r(text, "\n", &left); line != NULL;
         line = strtok_r(NULL, "\n", &left)) {
        if (line[0] == '#')
            continue;
        char *space = strrchr(line, ' ');
        double value;
        char rest;
        assert_non_null(space);
        assert_int_equal(sscanf(space + 1, "%lf%c", &value, &rest), 1);
        size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_");
        assert_true(line[name] == '{' ? space[-1] == '}' : line + name == space);
        samples++;
    }
    assert_true(samples >= rd_metric_table_count);
}

static void a_label_cannot_break_its_line(void **state)
{
    struct rd_status now = status();
    struct rd_ops_view view = {.status = &now};
    now.place = RD_TEXT("a\"b\\c\nd");
    rd_metrics_write(&view, *state);
    assert_has(written(*state), "place=\"a\\\"b\\\\c\\nd\"");
}

static void the_page_escapes_what_it_is_given(void **state)
{
    struct rd_status now = status();
    struct rd_ops_view view = {.status = &now, .not_ready = "a <b>"};
    rd_page_write(&view, *state);
    const char *text = written(*state);
    assert_has(text, "Rapid &lt;response&gt; &amp; &quot;more&quot;");
    assert_has(text, "Not ready: a &lt;b&gt;");
    assert_null(strstr(text, "<script"));
}

static void the_page_says_what_is_late_and_what_nobody_hears(void **state)
{
    struct rd_status now = status();
    struct rd_ops_view view = {.status = &now};
    rd_page_write(&view, *state);
    const char *text = written(*state);
    assert_has(text, "overdue by 5 min");
    assert_has(text, "1 h 30 min");
    assert_has(text, "class=\"alert\">nobody<");
    assert_has(text, "1 h 1 min ago");
    assert_has(text, "http-equiv=\"refresh\"");
    assert_null(strstr(text, "Not ready"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(oldest_age_is_there_for_every_team),  T(counts_stand_under_their_labels),
        T(every_line_is_a_comment_or_a_sample), T(a_label_cannot_break_its_line),
        T(the_page_escapes_what_it_is_given),   T(the_page_says_what_is_late_and_what_nobody_hears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
