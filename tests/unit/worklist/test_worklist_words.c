#include "worklist_rig.h"

#include <string.h>

static void says_what_is_left(void **state)
{
    (void)state;
    static const struct {
        rd_instant due;
        const char *words;
        enum worklist_pressure pressure;
    } cases[] = {
        {0, "no deadline", WORKLIST_NO_DEADLINE},
        {RIG_NOW, "0 min over", WORKLIST_OVER},
        {RIG_NOW - 1, "1 min over", WORKLIST_OVER},
        {RIG_NOW - 12 * RD_MINUTE_US, "12 min over", WORKLIST_OVER},
        {RIG_NOW - 12 * RD_MINUTE_US - 1, "13 min over", WORKLIST_OVER},
        {RIG_NOW - 65 * RD_MINUTE_US, "1 h 5 min over", WORKLIST_OVER},
        {RIG_NOW + 1, "due now", WORKLIST_SOON},
        {RIG_NOW + RD_MINUTE_US - 1, "due now", WORKLIST_SOON},
        {RIG_NOW + RD_MINUTE_US, "in 1 min", WORKLIST_SOON},
        {RIG_NOW + 30 * RD_MINUTE_US, "in 30 min", WORKLIST_SOON},
        {RIG_NOW + 30 * RD_MINUTE_US + 1, "in 30 min", WORKLIST_LATER},
        {RIG_NOW + 59 * RD_MINUTE_US + 59 * RD_SECOND_US, "in 59 min", WORKLIST_LATER},
        {RIG_NOW + 60 * RD_MINUTE_US, "in 1 h 0 min", WORKLIST_LATER},
        {RIG_NOW + 76 * RD_HOUR_US, "in 3 days 4 h", WORKLIST_LATER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[WORKLIST_WORDS_MAX];
        assert_string_equal(worklist_left(RIG_NOW, cases[i].due, out), cases[i].words);
        assert_int_equal(worklist_pressure(RIG_NOW, cases[i].due), cases[i].pressure);
    }
}

static rd_instant at(const char *text)
{
    rd_instant instant = 0;
    assert_true(rd_instant_parse(rd_text_of(text), &instant));
    return instant;
}

static void names_a_moment_by_the_clock_on_the_wall(void **state)
{
    (void)state;
    static const struct {
        const char *now, *at, *words;
    } cases[] = {
        {"2026-11-21T14:00:00Z", "2026-11-21T14:05:00Z", "14:05"},
        {"2026-07-01T14:00:00Z", "2026-07-01T14:05:00Z", "15:05"},
        {"2026-07-01T22:30:00Z", "2026-07-01T23:05:00Z", "tomorrow 00:05"},
        {"2026-11-21T14:00:00Z", "2026-11-20T23:59:00Z", "yesterday 23:59"},
        {"2026-11-21T14:00:00Z", "2026-11-23T09:00:00Z", "Mon 23 Nov 09:00"},
        {"2026-11-21T14:00:00Z", "2026-11-19T09:00:00Z", "Thu 19 Nov 09:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[WORKLIST_WORDS_MAX];
        assert_string_equal(
            worklist_moment(&rd_zone_london, at(cases[i].now), at(cases[i].at), out),
            cases[i].words);
    }
}

static void reads_back_what_a_person_chose(void **state)
{
    (void)state;
    static const struct {
        const char *text, *now;
        bool past, ok;
        const char *utc;
    } cases[] = {
        {"2026-11-21T14:05", "2026-11-21T15:00:00Z", true, true, "2026-11-21T14:05:00Z"},
        {" 2026-07-01T14:05 ", "2026-07-01T15:00:00Z", true, true, "2026-07-01T13:05:00Z"},
        /* The autumn night shows 01:30 twice: 00:30Z and 01:30Z. */
        {"2026-10-25T01:30", "2026-10-25T09:00:00Z", true, true, "2026-10-25T01:30:00Z"},
        {"2026-10-25T01:30", "2026-10-25T00:40:00Z", true, true, "2026-10-25T00:30:00Z"},
        {"2026-10-25T01:30", "2026-10-25T00:10:00Z", false, true, "2026-10-25T00:30:00Z"},
        {"2026-10-25T01:30", "2026-10-25T00:40:00Z", false, true, "2026-10-25T01:30:00Z"},
        /* The spring night leaves it out. */
        {"2026-03-29T01:30", "2026-03-29T09:00:00Z", true, false, NULL},
        {"", "2026-11-21T15:00:00Z", true, false, NULL},
        {"2026-11-21", "2026-11-21T15:00:00Z", true, false, NULL},
        {"2026-13-21T14:05", "2026-11-21T15:00:00Z", true, false, NULL},
        {"2026-11-21T14:0x", "2026-11-21T15:00:00Z", true, false, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rd_instant found = 0;
        assert_int_equal(worklist_parse_local(&rd_zone_london, rd_text_of(cases[i].text),
                                              at(cases[i].now), cases[i].past, &found),
                         cases[i].ok);
        if (cases[i].ok)
            assert_int_equal(found, at(cases[i].utc));
    }
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    char out[WORKLIST_WORDS_MAX];
    rd_instant found = 0;
    assert_string_equal(worklist_local(&rd_zone_london, at("2026-07-01T13:05:59Z"), out),
                        "2026-07-01T14:05");
    assert_true(worklist_parse_local(&rd_zone_london, rd_text_of(out), RIG_NOW, true, &found));
    assert_int_equal(found, at("2026-07-01T13:05:00Z"));
}

static void makes_words_of_codes(void **state)
{
    (void)state;
    char out[WORKLIST_WORDS_MAX], longest[200];
    assert_string_equal(worklist_code(RD_TEXT("rapid-response"), out), "Rapid response");
    assert_string_equal(worklist_code(RD_TEXT_NONE, out), "");
    memset(longest, 'x', sizeof longest);
    (void)worklist_code((struct rd_text){longest, sizeof longest}, out);
    assert_int_equal(strlen(out), WORKLIST_WORDS_MAX - 1);
}

static void every_outcome_and_mode_has_a_title(void **state)
{
    (void)state;
    for (int i = RD_OUTCOME_SEEN_COMPLETE; i <= RD_OUTCOME_REJECTED; i++)
        assert_true(strlen(worklist_outcome((enum rd_outcome)i)) > 4);
    assert_string_equal(worklist_outcome((enum rd_outcome)99), "");
    for (int i = RD_CONTACT_FACE_TO_FACE; i <= RD_CONTACT_NO_ACCESS; i++)
        assert_string_not_equal(worklist_mode((enum rd_contact_mode)i), "Contact");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_left),
        cmocka_unit_test(names_a_moment_by_the_clock_on_the_wall),
        cmocka_unit_test(reads_back_what_a_person_chose),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(makes_words_of_codes),
        cmocka_unit_test(every_outcome_and_mode_has_a_title),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
