/* The calendar against brute force: every minute of 2024 to 2027, painted from a table of the eight
 * nights on which clocks changed and not from the rule. */
#include "conf/csv.h"
#include "rules/calendar/rota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
    DAYS = 1461,
    MARGIN = 3, /* days painted on either side */
    MINUTES = (DAYS + 2 * MARGIN) * 1440
};

static int64_t first_day;        /* MARGIN days before 2024-01-01 */
static int32_t wall_of[MINUTES]; /* minutes since first_day's midnight on the wall */
static unsigned char painted[MINUTES], painted_referrals[MINUTES];
static int32_t change_of[MINUTES]; /* the next minute at which `painted` differs; -1 none */
static int64_t holiday_days[64];
static struct rd_holidays holidays = {holiday_days, 0};

static const char *const clocks_change[8] = {
    "2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z", "2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z",
    "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z",
};

static rd_instant instant_of(int32_t minute)
{
    return first_day * RD_DAY_US + minute * RD_MINUTE_US;
}

static void lay_out_wall(bool summer_time)
{
    for (int32_t minute = 0; minute < MINUTES; minute++)
        wall_of[minute] = minute;
    if (!summer_time)
        return;
    for (size_t i = 0; i < COUNT(clocks_change); i += 2) {
        rd_instant from, to;
        assert_true(rd_instant_parse(rd_text_of(clocks_change[i]), &from));
        assert_true(rd_instant_parse(rd_text_of(clocks_change[i + 1]), &to));
        for (rd_instant at = from; at < to; at += RD_MINUTE_US)
            wall_of[(at - instant_of(0)) / RD_MINUTE_US] += 60;
    }
}

/* The first minute whose wall has reached `wall`. */
static int32_t reached(int32_t wall)
{
    int32_t minute = wall > 180 ? wall - 180 : 0;
    while (minute < MINUTES && wall_of[minute] < wall)
        minute++;
    return minute;
}

static void paint(const struct rd_calendar *calendar)
{
    memset(painted, 0, sizeof painted);
    memset(painted_referrals, 0, sizeof painted_referrals);
    for (int32_t index = 0; index + 2 < DAYS + 2 * MARGIN; index++) {
        int64_t day = first_day + index;
        struct rd_day_hours hours = calendar->week[(day + 3) % 7]; /* 1970-01-01: a Thursday */
        for (size_t i = 0; calendar->holiday != NULL && i < holidays.count; i++)
            if (holidays.days[i] == day)
                hours = *calendar->holiday;
        for (size_t i = 0; i < calendar->dates_count; i++)
            if (calendar->dates[i].day == day)
                hours = calendar->dates[i].hours;
        for (size_t i = 0; i < hours.count; i++) {
            const struct rd_open_hours *open = &hours.intervals[i];
            int32_t to = reached(index * 1440 + open->closes);
            for (int32_t m = reached(index * 1440 + open->opens); m < to; m++)
                painted[m] = 1;
            if (open->last_referral != 0)
                to = reached(index * 1440 + open->last_referral);
            for (int32_t m = reached(index * 1440 + open->opens); m < to; m++)
                painted_referrals[m] = 1;
        }
    }
    int32_t next = -1;
    for (int32_t m = MINUTES - 2; m >= 0; m--) {
        if (painted[m] != painted[m + 1])
            next = m + 1;
        change_of[m] = next;
    }
}

static void differ(const char *name, const char *what, rd_instant now)
{
    char text[RD_INSTANT_TEXT_MAX];
    fail_msg("%s: %s differs from brute force at %s", name, what, rd_instant_format(now, text));
}

/* Every so many minutes, and always around a change of clocks. */
static bool looked_at(int32_t minute, int32_t every)
{
    static int32_t near_change[COUNT(clocks_change)];
    if (near_change[0] == 0)
        for (size_t i = 0; i < COUNT(clocks_change); i++) {
            rd_instant at;
            assert_true(rd_instant_parse(rd_text_of(clocks_change[i]), &at));
            near_change[i] = (int32_t)((at - instant_of(0)) / RD_MINUTE_US);
        }
    for (size_t i = 0; i < COUNT(near_change); i++)
        if (abs(minute - near_change[i]) <= 180)
            return true;
    return minute % every == 0;
}

static void compare_searches(const struct rd_calendar *calendar, const char *name, int32_t minute)
{
    rd_instant now = instant_of(minute);
    int32_t change = change_of[minute];
    rd_instant expected = change < 0 ? 0 : instant_of(change);
    if (rd_calendar_next_change(calendar, now) != expected)
        differ(name, "next_change", now);
    if (rd_calendar_next_open(calendar, now) != (painted[minute] ? now : expected))
        differ(name, "next_open", now);
    int32_t left = 95, end = minute; /* 95 minutes of open time */
    while (end < MINUTES && left > 0)
        left -= painted[end++];
    if (left == 0 &&
        rd_calendar_add_working_time(calendar, now, 95 * RD_MINUTE_US) != instant_of(end))
        differ(name, "add_working_time", now);
}

static void compare(const struct rd_calendar *calendar, const char *name)
{
    struct rd_errbuf why;
    if (rd_calendar_check(calendar, &why) != RD_OK)
        fail_msg("%s: %s", name, why.text);
    lay_out_wall(calendar->zone == &rd_zone_london);
    paint(calendar);
    for (int32_t m = MARGIN * 1440; m < MINUTES - MARGIN * 1440; m++) {
        rd_instant now = instant_of(m);
        if (rd_calendar_is_open(calendar, now) != painted[m])
            differ(name, "is_open", now);
        bool edge = painted_referrals[m] != painted_referrals[m - 1] ||
                    painted_referrals[m] != painted_referrals[m + 1];
        if (!edge && !looked_at(m, 11))
            continue;
        if (rd_calendar_takes_referrals(calendar, now) != painted_referrals[m] ||
            rd_calendar_takes_referrals(calendar, now + RD_MINUTE_US - 1) != painted_referrals[m])
            differ(name, "takes_referrals", now);
        if (m < MINUTES - 12 * 1440 && looked_at(m, 1001))
            compare_searches(calendar, name, m);
    }
}

static const struct rd_day_hours closed = {NULL, 0};

static void test_office(void **state)
{
    (void)state;
    static const struct rd_open_hours day = {540, 1050, 0};
    struct rd_calendar calendar = {.zone = &rd_zone_london,
                                   .week = {{&day, 1}, {&day, 1}, {&day, 1}, {&day, 1}, {&day, 1}},
                                   .holidays = &holidays,
                                   .holiday = &closed};
    compare(&calendar, "office");
    assert_int_equal(rd_calendar_working_days(&calendar, rd_days_from_civil(2026, 1, 1),
                                              rd_days_from_civil(2027, 1, 1)),
                     253); /* 261 weekdays less 8 holidays */
}

static void test_every_day(void **state)
{
    (void)state;
    static const struct rd_open_hours day = {480, 1200, 1080}, short_day = {600, 960, 0};
    static const struct rd_day_hours holiday = {&short_day, 1};
    struct rd_calendar calendar = {
        .zone = &rd_zone_london, .holidays = &holidays, .holiday = &holiday};
    for (size_t i = 0; i < 7; i++)
        calendar.week[i] = (struct rd_day_hours){&day, 1};
    compare(&calendar, "08:00-20:00");
}

/* Edges inside the hour that one night leaves out and the other has twice; nights; year ends. */
static void test_nights(void **state)
{
    (void)state;
    static const struct rd_open_hours night = {1200, 1710, 1500}, late = {1380, 2880, 0};
    static const struct rd_open_hours sunday[] = {{290, 600, 0}, {1200, 1860, 1320}};
    static const struct rd_open_hours dawn[] = {{70, 80, 75}, {90, 100, 0}, {100, 110, 0}};
    struct rd_date_hours dates[16];
    size_t dates_count = 0;
    for (int32_t year = 2024; year <= 2027; year++) {
        dates[dates_count++] =
            (struct rd_date_hours){rd_days_from_civil(year, 1, 1), {dawn, COUNT(dawn)}};
        dates[dates_count++] = (struct rd_date_hours){rd_days_from_civil(year, 12, 31), {&late, 1}};
    }
    struct rd_calendar calendar = {
        .zone = &rd_zone_london, .dates = dates, .dates_count = dates_count};
    for (size_t i = 0; i < 6; i++)
        calendar.week[i] = (struct rd_day_hours){&night, 1};
    calendar.week[6] = (struct rd_day_hours){sunday, COUNT(sunday)};
    compare(&calendar, "nights, London");
    calendar.zone = &rd_zone_utc;
    compare(&calendar, "nights, UTC");
    calendar.zone = &rd_zone_london;
    calendar.week[6] = (struct rd_day_hours){dawn, COUNT(dawn)};
    calendar.week[5] = closed;
    compare(&calendar, "Sunday dawns");
}

static void test_always(void **state)
{
    (void)state;
    static const struct rd_open_hours day = {0, 1440, 0};
    struct rd_calendar calendar = {.zone = &rd_zone_london};
    for (size_t i = 0; i < 7; i++)
        calendar.week[i] = (struct rd_day_hours){&day, 1};
    for (int32_t index = 0; index < DAYS; index++) {
        rd_instant midnight = rd_zone_midnight(&rd_zone_london, first_day + MARGIN + index);
        for (int step = -1; step <= 1; step++) {
            assert_true(rd_calendar_is_open(&calendar, midnight + step));
            assert_true(rd_calendar_takes_referrals(&calendar, midnight + step));
        }
    }
    assert_int_equal(rd_calendar_next_change(&calendar, instant_of(MARGIN * 1440)), 0);
}

/* Two shifts that meet at 01:30: exactly one of them is on at every minute, in both nights too. */
static void test_handover(void **state)
{
    (void)state;
    struct rd_shift shifts[14];
    for (size_t day = 0; day < 7; day++) {
        shifts[2 * day] = (struct rd_shift){(uint8_t)day, 90, 810, RD_TEXT("early")};
        shifts[2 * day + 1] = (struct rd_shift){(uint8_t)day, 810, 1530, RD_TEXT("late")};
    }
    struct rd_rota rota = {.zone = &rd_zone_london, .shifts = shifts, .shifts_count = 14};
    lay_out_wall(true);
    int32_t handovers = 0;
    struct rd_text before = rd_rota_on(&rota, instant_of(MARGIN * 1440));
    for (int32_t m = MARGIN * 1440 + 1; m < MINUTES - MARGIN * 1440; m++) {
        if (!looked_at(m, 30))
            continue;
        struct rd_text on = rd_rota_on(&rota, instant_of(m));
        assert_true(rd_text_present(on));
        handovers += rd_text_equal(on, before) ? 0 : 1;
        before = on;
    }
    assert_int_equal(handovers, 2 * DAYS);
    assert_int_equal(rd_rota_uncovered(&rota, instant_of(0), instant_of(0) + 400 * RD_DAY_US), 0);
}

static int set_up(void **state)
{
    (void)state;
    static const char *const columns[] = {"date!", "name!", "region!", NULL};
    struct rd_csv *csv;
    struct rd_errbuf why;
    first_day = rd_days_from_civil(2024, 1, 1) - MARGIN;
    if (rd_csv_read(RD_SOURCE_DIR "/rules/places/redbridge/bank-holidays.csv", columns, &csv,
                    &why) != RD_OK) {
        (void)fprintf(stderr, "%s\n", why.text);
        return -1;
    }
    for (size_t i = 0; i < rd_csv_rows(csv) && holidays.count < COUNT(holiday_days); i++)
        if (rd_csv_day(csv, i, 0, &holiday_days[holidays.count++], &why) != RD_OK)
            return -1;
    rd_csv_free(csv);
    return holidays.count == 40 && rd_holidays_check(&holidays, &why) == RD_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_office),   cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_nights),   cmocka_unit_test(test_always),
        cmocka_unit_test(test_handover),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
