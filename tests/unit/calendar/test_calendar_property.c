/* Calendars drawn at random against brute force: every minute of 2024 to 2028 painted from a table
 * of the nights on which clocks changed, and answers counted out on it. Looked at: every minute of
 * those nights, the days of all bank holidays, and moments anywhere. A seed is printed with every
 * difference; RD_SEED=N runs that one. */
#include "conf/csv.h"
#include "rules/calendar/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
    DAYS = 1827,
    MARGIN = 40, /* days painted on either side: sums run beyond the years looked at */
    ALL_DAYS = DAYS + 2 * MARGIN,
    MINUTES = ALL_DAYS * 1440,
    CALENDARS = 16,
    ANYWHERE = 400,
    INTERVALS = 3
};

static int64_t first_day;                             /* MARGIN days before 2024-01-01 */
static int32_t wall_of[MINUTES], reached_at[MINUTES]; /* minute -> wall, wall -> first minute */
static unsigned char painted[MINUTES], referrals[MINUTES];
static int16_t owner[MINUTES]; /* the first day whose hours hold it */
/* The next minute, from this one on, that is open, closed, takes referrals, takes none. */
static int32_t next_open[MINUTES + 1], next_closed[MINUTES + 1];
static int32_t next_taking[MINUTES + 1], next_refusing[MINUTES + 1];
static int32_t open_before[MINUTES + 1], open_minute[MINUTES];
static struct rd_day_hours hours_of[ALL_DAYS];
static int64_t holiday_days[64];
static struct rd_holidays holidays = {holiday_days, 0};
static uint64_t seed;

static const char *const clocks_change[] = {
    "2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z", "2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z",
    "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z",
    "2028-03-26T01:00:00Z", "2028-10-29T01:00:00Z",
};

static rd_instant instant_of(int32_t minute)
{
    return first_day * RD_DAY_US + minute * RD_MINUTE_US;
}

static int32_t minute_of(const char *text)
{
    rd_instant at;
    assert_true(rd_instant_parse(rd_text_of(text), &at));
    return (int32_t)((at - instant_of(0)) / RD_MINUTE_US);
}

static uint32_t drawn(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}

static void lay_out_wall(void)
{
    for (int32_t m = 0; m < MINUTES; m++)
        wall_of[m] = m;
    for (size_t i = 0; i < COUNT(clocks_change); i += 2)
        for (int32_t m = minute_of(clocks_change[i]); m < minute_of(clocks_change[i + 1]); m++)
            wall_of[m] += 60;
    int32_t wall = 0;
    for (int32_t m = 0; m < MINUTES; m++)
        while (wall <= wall_of[m] && wall < MINUTES)
            reached_at[wall++] = m;
    while (wall < MINUTES)
        reached_at[wall++] = MINUTES - 1;
}

static int32_t reached(int32_t wall)
{
    return wall < MINUTES ? reached_at[wall] : MINUTES - 1;
}

static void paint_day(int32_t day)
{
    for (size_t i = 0; i < hours_of[day].count; i++) {
        const struct rd_open_hours *open = &hours_of[day].intervals[i];
        int32_t from = reached(day * 1440 + open->opens), to = reached(day * 1440 + open->closes);
        for (int32_t m = from; m < to; m++) {
            painted[m] = 1;
            owner[m] = owner[m] < 0 ? (int16_t)day : owner[m];
        }
        if (open->last_referral != 0)
            to = reached(day * 1440 + open->last_referral);
        for (int32_t m = from; m < to; m++)
            referrals[m] = 1;
    }
}

static void paint(const struct rd_calendar *calendar)
{
    memset(painted, 0, sizeof painted);
    memset(referrals, 0, sizeof referrals);
    memset(owner, 0xff, sizeof owner);
    for (int32_t day = 0; day < ALL_DAYS; day++) {
        hours_of[day] = calendar->week[(first_day + day + 3) % 7]; /* 1970-01-01: a Thursday */
        for (size_t i = 0; calendar->holiday != NULL && i < holidays.count; i++)
            if (holidays.days[i] == first_day + day)
                hours_of[day] = *calendar->holiday;
        for (size_t i = 0; i < calendar->dates_count; i++)
            if (calendar->dates[i].day == first_day + day)
                hours_of[day] = calendar->dates[i].hours;
        if (day < ALL_DAYS - 3)
            paint_day(day);
    }
    next_open[MINUTES] = next_closed[MINUTES] = MINUTES;
    next_taking[MINUTES] = next_refusing[MINUTES] = MINUTES;
    for (int32_t m = MINUTES - 1; m >= 0; m--) {
        next_open[m] = painted[m] ? m : next_open[m + 1];
        next_closed[m] = painted[m] ? next_closed[m + 1] : m;
        next_taking[m] = referrals[m] ? m : next_taking[m + 1];
        next_refusing[m] = referrals[m] ? next_refusing[m + 1] : m;
    }
    for (int32_t m = 0; m < MINUTES; m++) {
        open_before[m + 1] = open_before[m] + painted[m];
        if (painted[m])
            open_minute[open_before[m]] = m;
    }
}

/* A random calendar; what it points to stands in here until the next is made. */
struct made {
    struct rd_calendar calendar;
    struct rd_open_hours room[7 + 1 + 64][INTERVALS];
    struct rd_day_hours holiday;
    struct rd_date_hours dates[64];
};

/* Ascending hours of a day; those that may run past midnight leave room for it in the morning. */
static struct rd_day_hours draw_day(struct rd_open_hours *room, bool nights)
{
    uint16_t at = nights ? 240 : 0;
    size_t count = 0, most = drawn(INTERVALS + 1);
    for (size_t i = 0; i < most && at < 1430; i++) {
        uint16_t opens = (uint16_t)(at + drawn((uint32_t)(1430 - at)));
        uint16_t limit = nights ? 1680 : 1440;
        uint16_t closes = (uint16_t)(opens + 1 + drawn((uint32_t)(limit - opens)));
        uint16_t last = (uint16_t)(opens + 1 + drawn((uint32_t)(closes - opens)));
        room[count++] = (struct rd_open_hours){opens, closes, drawn(2) == 0 ? last : 0};
        at = closes;
    }
    return (struct rd_day_hours){room, count};
}

static void draw(struct made *made)
{
    bool nights = drawn(2) == 0;
    struct rd_calendar *calendar = &made->calendar;
    *calendar = (struct rd_calendar){.zone = &rd_zone_london, .holidays = &holidays};
    for (size_t i = 0; i < 7; i++)
        calendar->week[i] = draw_day(made->room[i], nights);
    if (drawn(3) > 0) {
        made->holiday = draw_day(made->room[7], nights);
        calendar->holiday = &made->holiday;
    }
    int64_t day = first_day + MARGIN;
    for (size_t i = 0; i < COUNT(made->dates) && day < first_day + MARGIN + DAYS; i++) {
        made->dates[i] = (struct rd_date_hours){day, draw_day(made->room[8 + i], nights)};
        calendar->dates_count = i + 1;
        day += 1 + drawn(60);
    }
    calendar->dates = made->dates;
}

static uint64_t seed_at_hand;

static void same(rd_instant got, int32_t minute, const char *what, int32_t at)
{
    char text[2][RD_INSTANT_TEXT_MAX];
    rd_instant expected = minute >= (ALL_DAYS - 4) * 1440 ? got : instant_of(minute);
    if (got != expected)
        fail_msg("seed %llu: %s at minute %d: got %s, counted %s", (unsigned long long)seed_at_hand,
                 what, (int)at, rd_instant_format(got, text[0]),
                 rd_instant_format(expected, text[1]));
}

/* The first minute at which `duration` minutes of painted time have gone by. */
static int32_t counted_time(int32_t from, int32_t duration)
{
    if (duration == 0)
        return next_open[from];
    int32_t last = open_before[from] + duration - 1;
    return last >= open_before[MINUTES] ? MINUTES : open_minute[last] + 1;
}

/* The same reading of the wall on the count-th day that has hours, inside or at the end of them. */
static int32_t counted_days(int32_t from, uint32_t count)
{
    int32_t at = next_open[from];
    if (at == MINUTES || count == 0)
        return at;
    int32_t day = owner[at];
    for (uint32_t left = count; left > 0 && day + 1 < ALL_DAYS;)
        left -= hours_of[++day].count > 0 ? 1 : 0;
    int32_t wanted = reached(wall_of[at] + (day - owner[at]) * 1440), end = MINUTES;
    for (size_t i = 0; i < hours_of[day].count; i++) {
        int32_t opens = reached(day * 1440 + hours_of[day].intervals[i].opens);
        end = reached(day * 1440 + hours_of[day].intervals[i].closes);
        if (wanted < end)
            return wanted < opens ? opens : wanted;
    }
    return end;
}

static void compare_at(const struct rd_calendar *calendar, int32_t m)
{
    rd_instant now = instant_of(m);
    int32_t duration = (int32_t)drawn(4000), later = m + (int32_t)drawn(20000);
    uint32_t days = drawn(12);
    assert_int_equal(rd_calendar_is_open(calendar, now), painted[m]);
    assert_int_equal(rd_calendar_is_open(calendar, now + RD_MINUTE_US - 1), painted[m]);
    assert_int_equal(rd_calendar_takes_referrals(calendar, now), referrals[m]);
    same(rd_calendar_next_open(calendar, now), next_open[m], "next_open", m);
    same(rd_calendar_next_change(calendar, now), painted[m] ? next_closed[m] : next_open[m],
         "next_change", m);
    same(rd_calendar_next_referral(calendar, now), next_taking[m], "next_referral", m);
    same(rd_calendar_next_referral_change(calendar, now),
         referrals[m] ? next_refusing[m] : next_taking[m], "next_referral_change", m);
    same(rd_calendar_add_from_opening(calendar, now, duration * RD_MINUTE_US),
         next_open[m] + duration, "add_from_opening", m);
    same(rd_calendar_add_working_time(calendar, now, duration * RD_MINUTE_US),
         counted_time(m, duration), "add_working_time", m);
    same(rd_calendar_add_working_days_at(calendar, now, days), counted_days(m, days),
         "add_working_days_at", m);
    if (later < (ALL_DAYS - 4) * 1440 &&
        rd_calendar_working_time(calendar, now, instant_of(later)) !=
            (open_before[later] - open_before[m]) * RD_MINUTE_US)
        fail_msg("seed %llu: working_time from minute %d to %d differs",
                 (unsigned long long)seed_at_hand, (int)m, (int)later);
}

/* Every minute of it is looked at, and of every so many all is asked. */
static void compare_span(const struct rd_calendar *calendar, int32_t from, int32_t to,
                         int32_t every)
{
    for (int32_t m = from; m < to; m++) {
        rd_instant now = instant_of(m);
        if (rd_calendar_is_open(calendar, now) != painted[m] ||
            rd_calendar_takes_referrals(calendar, now) != referrals[m])
            fail_msg("seed %llu: open or closed differs at minute %d",
                     (unsigned long long)seed_at_hand, (int)m);
        if (m % every == 0)
            compare_at(calendar, m);
    }
}

static void compare(uint64_t with)
{
    static struct made made;
    struct rd_errbuf why;
    seed = seed_at_hand = with;
    draw(&made);
    if (rd_calendar_check(&made.calendar, &why) != RD_OK)
        fail_msg("seed %llu: %s", (unsigned long long)with, why.text);
    paint(&made.calendar);
    if (open_before[MINUTES] == 0)
        return; /* never open: nothing to count */
    for (size_t i = 0; i < COUNT(clocks_change); i++) {
        int32_t change = minute_of(clocks_change[i]);
        compare_span(&made.calendar, change - 240, change + 240, 3);
    }
    for (size_t i = 0; i < holidays.count; i++) {
        int32_t midnight = (int32_t)(holidays.days[i] - first_day) * 1440;
        compare_span(&made.calendar, midnight - 120, midnight + 1560, 41);
    }
    for (int32_t i = 0; i < ANYWHERE; i++)
        compare_at(&made.calendar, MARGIN * 1440 + (int32_t)drawn((uint32_t)DAYS * 1440));
}

static void test_random_calendars(void **state)
{
    (void)state;
    const char *wanted = getenv("RD_SEED");
    lay_out_wall();
    if (wanted != NULL) {
        compare(strtoull(wanted, NULL, 10));
        return;
    }
    for (uint64_t i = 1; i <= CALENDARS; i++)
        compare(i * UINT64_C(0x9e3779b97f4a7c15));
}

/* What is open at all hours, said in either way: never closed, and counting is plain addition. */
static void test_always_open(void **state)
{
    (void)state;
    static const struct rd_open_hours whole = {0, 1440, 0};
    struct rd_calendar always = {.zone = &rd_zone_london, .always_open = true}, week = always;
    week.always_open = false;
    for (size_t i = 0; i < 7; i++)
        week.week[i] = (struct rd_day_hours){&whole, 1};
    seed = 11;
    for (size_t i = 0; i < 2000; i++) {
        const struct rd_calendar *calendar = i % 2 == 0 ? &always : &week;
        rd_instant now = instant_of(MARGIN * 1440 + (int32_t)drawn((uint32_t)DAYS * 1440));
        int64_t duration = (int64_t)drawn(100000) * RD_MINUTE_US;
        assert_true(rd_calendar_is_open(calendar, now));
        assert_int_equal(rd_calendar_add_working_time(calendar, now, duration), now + duration);
        assert_int_equal(rd_calendar_working_time(calendar, now, now + duration), duration);
        assert_int_equal(rd_calendar_working_time(calendar, now, now - 1), 0);
        rd_instant later = rd_calendar_add_working_days_at(calendar, now, 3);
        rd_wall moved = rd_zone_to_wall(&rd_zone_london, now) + 3 * RD_DAY_US;
        assert_int_equal(later, rd_zone_to_utc(&rd_zone_london, moved));
    }
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
    return holidays.count == 40 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_calendars),
        cmocka_unit_test(test_always_open),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
