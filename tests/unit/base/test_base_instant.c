#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* A second way to count: day after day from a known Monday, 1900-01-01. */
static void every_day_of_two_centuries(void **state)
{
    (void)state;
    int64_t days = -25567; /* 1900-01-01 */
    int32_t weekday = 0;
    for (int year = 1900; year <= 2100; year++) {
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && leap(year));
            struct rd_civil past = {.year = year, .month = month, .day = length + 1};
            assert_false(rd_civil_valid(&past));
            for (int day = 1; day <= length; day++, days++, weekday = (weekday + 1) % 7) {
                struct rd_civil civil = {year, month, day, 23, 59, 58, 999999};
                struct rd_civil back;
                assert_true(rd_civil_valid(&civil));
                assert_int_equal(rd_days_from_civil(year, month, day), days);
                assert_int_equal(rd_weekday(days), weekday);
                rd_instant_to_civil(rd_instant_from_civil(&civil), &back);
                assert_memory_equal(&civil, &back, sizeof civil);
            }
        }
    }
}

static void every_day_through_text(void **state)
{
    (void)state;
    for (rd_instant at = -2208988800 * RD_SECOND_US; at < 4133980800 * RD_SECOND_US;
         at += RD_DAY_US + 61 * RD_SECOND_US + 1000) {
        char text[RD_INSTANT_TEXT_MAX];
        rd_instant back = 0;
        assert_true(rd_instant_parse(rd_text_of(rd_instant_format(at, text)), &back));
        assert_int_equal(back, at);
    }
}

struct row {
    const char *text;
    const char *utc; /* NULL: refused */
};

static void texts_that_parse_and_do_not(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"2026-11-21T09:00:00Z", "2026-11-21T09:00:00.000Z"},
        {"2026-11-21t09:00:00z", NULL},
        {"2026-11-21 09:00:00z", "2026-11-21T09:00:00.000Z"},
        {"2026-07-01T00:30:00+01:00", "2026-06-30T23:30:00.000Z"},
        {"2026-11-21T09:00:00.1-00:30", "2026-11-21T09:30:00.100Z"},
        {"2026-11-21T09:00:00.123456789Z", "2026-11-21T09:00:00.123Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
        {"0001-01-01T00:00:00+00:01", NULL},
        {"9999-12-31T23:59:59-00:01", NULL},
        {"2026-02-29T00:00:00Z", NULL},
        {"1900-02-29T00:00:00Z", NULL},
        {"0000-01-01T00:00:00Z", NULL},
        {"2026-13-01T00:00:00Z", NULL},
        {"2026-00-01T00:00:00Z", NULL},
        {"2026-01-00T00:00:00Z", NULL},
        {"2026-01-32T00:00:00Z", NULL},
        {"2026-01-01T24:00:00Z", NULL},
        {"2026-01-01T00:60:00Z", NULL},
        {"2026-01-01T00:00:60Z", NULL},
        {"2026-01-01T00:00:00", NULL},
        {"2026-01-01T00:00Z", NULL},
        {"2026-01-01", NULL},
        {"2026-01-01T00:00:00.Z", NULL},
        {"2026-01-01T00:00:00.1234567890Z", NULL},
        {"2026-01-01T00:00:00+15:00", NULL},
        {"2026-01-01T00:00:00+01:60", NULL},
        {"2026-01-01T00:00:00+0100", NULL},
        {"2026-01-01T00:00:00Zx", NULL},
        {" 2026-01-01T00:00:00Z", NULL},
        {"2026-1-01T00:00:00Z", NULL},
        {"-026-01-01T00:00:00Z", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rd_instant at = 77;
        char text[RD_INSTANT_TEXT_MAX];
        bool good = rd_instant_parse(rd_text_of(rows[i].text), &at);
        if (good != (rows[i].utc != NULL))
            fail_msg("%s", rows[i].text);
        if (good)
            assert_string_equal(rd_instant_format(at, text), rows[i].utc);
        else
            assert_int_equal(at, 77);
    }
}

static void the_ends_of_the_range(void **state)
{
    (void)state;
    struct rd_civil civil;
    char text[RD_INSTANT_TEXT_MAX];
    assert_string_equal(rd_instant_format(RD_INSTANT_MIN, text), "0001-01-01T00:00:00.000Z");
    assert_string_equal(rd_instant_format(RD_INSTANT_MAX, text), "9999-12-31T23:59:59.999Z");
    static const rd_instant ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        rd_instant_to_civil(ends[i], &civil);
        assert_in_range(civil.month, 1, 12);
        assert_in_range(civil.day, 1, 31);
        assert_in_range(civil.hour, 0, 23);
        assert_in_range(civil.micros, 0, 999999);
        assert_true(strlen(rd_instant_format(ends[i], text)) < RD_INSTANT_TEXT_MAX);
    }
    rd_instant_to_civil(-1, &civil);
    assert_int_equal(civil.year, 1969);
    assert_int_equal(civil.micros, 999999);
    assert_int_equal(rd_weekday(-1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_two_centuries),
        cmocka_unit_test(every_day_through_text),
        cmocka_unit_test(texts_that_parse_and_do_not),
        cmocka_unit_test(the_ends_of_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
