#include "rules/engine/builtins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void test_texts(void **state)
{
    static const struct {
        const char *text, *shown; /* NULL: no such moment */
    } rows[] = {
        {"2026-11-21", "2026-11-21"},
        {"-0044-03-15", "-0044-03-15"},
        {"999999999-12-31", "999999999-12-31"},
        {"2024-02-29", "2024-02-29"},
        {"2026-02-29", NULL},
        {"1900-02-29", NULL},
        {"998-12-31", NULL},
        {"01211-12-31", NULL},
        {"+2012-12-02", NULL},
        {"2012-12-25T", NULL},
        {"10:30:00", "10:30:00"},
        {"10:30:00.500", "10:30:00.5"},
        {"10:30:00Z", "10:30:00Z"},
        {"10:30:00-00:00", "10:30:00Z"},
        {"10:30:00+02:45:55", "10:30:00+02:45:55"},
        {"10:30:00+18:00", "10:30:00+18:00"},
        {"10:30:00+18:01", NULL},
        {"10:30:00+5:00", NULL},
        {"10:30:00@Europe/London", "10:30:00@Europe/London"},
        {"10:30:00@Europe/Atlantis", NULL},
        {"10:30:00+01:00@Europe/Paris", NULL},
        {"24:00:00", NULL},
        {"7:00:00", NULL},
        {"2026-11-21T10:30:00.123456789@Etc/UTC", "2026-11-21T10:30:00.123456789@Etc/UTC"},
        {"2026-12-31T24:00:00", "2027-01-01T00:00:00"},
        {"2026-12-31T24:00:01", NULL},
        {"P1D", "P1D"},
        {"PT26H", "P1DT2H"},
        {"-PT0.5S", "-PT0.5S"},
        {"PT0.S", "PT0S"},
        {"P14M", "P1Y2M"},
        {"P0Y", "P0M"},
        {"-P1Y", "-P1Y"},
        {"P1YT1H", NULL},
        {"P", NULL},
        {"PT", NULL},
        {"P1DT", NULL},
        {"P1H", NULL},
        {"P9223372036854775808M", NULL},
    };
    struct rd_arena arena;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_value value;
        bool read = rd_moment_parse(rd_text_of(rows[i].text), &value);
        struct rd_text shown = read ? rd_value_show(&value, &arena) : RD_TEXT_NONE;
        if (read != (rows[i].shown != NULL) ||
            (read &&
             !rd_text_equal(rd_text_slice(shown, 2, shown.len - 3), rd_text_of(rows[i].shown))))
            fail_msg("%s: %.*s", rows[i].text, RD_TEXT_ARG(shown));
    }
    rd_arena_fini(&arena);
}

/* Days and dates are each other's inverse; every day has its own number. */
static void test_days(void **state)
{
    struct rd_date date, again;
    (void)state;
    assert_int_equal(rd_date_days((struct rd_date){1970, 1, 1}), 0);
    assert_int_equal(rd_date_days((struct rd_date){2000, 3, 1}), 11017);
    for (int64_t days = -800000; days < 800000; days += 13) {
        assert_true(rd_date_of_days(days, &date));
        assert_true(rd_date_valid(date.year, date.month, date.day));
        assert_int_equal(rd_date_days(date), days);
    }
    struct rd_date last = {RD_YEAR_MAX, 12, 31}, first = {RD_YEAR_MIN, 1, 1};
    assert_true(rd_date_of_days(rd_date_days(last), &again));
    assert_false(rd_date_of_days(rd_date_days(last) + 1, &again));
    assert_false(rd_date_of_days(rd_date_days(first) - 1, &again));
    assert_false(rd_date_of_days(INT64_MAX, &again));
}

static void test_zones(void **state)
{
    static const struct {
        const char *moment;
        int32_t minutes; /* ahead of UTC */
    } rows[] = {
        {"2026-03-29T00:59:59@Europe/London", 0},
        {"2026-03-29T01:30:00@Europe/London", 0}, /* left out: as before the jump */
        {"2026-03-29T02:00:00@Europe/London", 60},
        {"2026-10-25T01:59:59@Europe/London", 60}, /* shown twice: the first time */
        {"2026-10-25T02:00:00@Europe/London", 0},
        {"2026-07-01T12:00:00@Europe/Dublin", 60},
        {"2026-07-01T12:00:00@Europe/Paris", 120},
        {"2026-01-01T12:00:00@Australia/Melbourne", 660},
        {"2026-07-01T12:00:00@Australia/Melbourne", 600},
        {"2026-04-05T01:59:59@Australia/Melbourne", 660},
        {"2026-04-05T03:00:00@Australia/Melbourne", 600},
        {"2026-03-08T03:00:00@America/New_York", -240},
        {"2026-07-01T12:00:00@Asia/Kathmandu", 345},
        {"2026-01-01T12:00:00@Australia/Lord_Howe", 660},
        {"2026-07-01T12:00:00@Australia/Lord_Howe", 630},
        {"999999999-07-01T12:00:00@Europe/London", 60},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_date_time at, same;
        if (!rd_date_time_parse(rd_text_of(rows[i].moment), &at) ||
            at.time.offset_seconds != rows[i].minutes * 60)
            fail_msg("%s: %d", rows[i].moment, (int)at.time.offset_seconds);
        assert_true(rd_date_time_add(&at, 0, &same));
        assert_int_equal(rd_date_time_seconds(&same), rd_date_time_seconds(&at));
    }
    for (size_t i = 1; i < rd_timezones_count; i++)
        assert_true(strcmp(rd_timezones[i - 1].name, rd_timezones[i].name) < 0);
    for (size_t i = 0; i < rd_timezones_count; i++)
        assert_ptr_equal(rd_timezone_find(rd_text_of(rd_timezones[i].name)), &rd_timezones[i]);
    assert_null(rd_timezone_find(RD_TEXT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
