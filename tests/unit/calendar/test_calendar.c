#include "rules/calendar/rota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct rd_errbuf why;

static rd_instant at(const char *text)
{
    rd_instant instant;
    if (text == NULL)
        return 0;
    if (!rd_instant_parse(rd_text_of(text), &instant))
        fail_msg("bad instant %s", text);
    return instant;
}

static void same(rd_instant got, const char *expected, const char *what)
{
    char text[RD_INSTANT_TEXT_MAX];
    if (got != at(expected))
        fail_msg("%s: got %s, wanted %s", what, rd_instant_format(got, text),
                 expected == NULL ? "never" : expected);
}

static void test_zone(void **state)
{
    (void)state;
    /* The wall is written as if it were UTC. */
    static const struct {
        const char *wall, *utc;
        enum rd_wall_kind kind;
    } rows[] = {
        {"2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z", RD_WALL_ONCE},
        {"2026-07-15T12:00:00Z", "2026-07-15T11:00:00Z", RD_WALL_ONCE},
        {"2026-03-29T00:59:59.999Z", "2026-03-29T00:59:59.999Z", RD_WALL_ONCE},
        {"2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", RD_WALL_NEVER},
        {"2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z", RD_WALL_NEVER},
        {"2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z", RD_WALL_ONCE},
        {"2026-10-25T00:59:59.999Z", "2026-10-24T23:59:59.999Z", RD_WALL_ONCE},
        {"2026-10-25T01:00:00Z", "2026-10-25T00:00:00Z", RD_WALL_TWICE},
        {"2026-10-25T01:59:59.999Z", "2026-10-25T00:59:59.999Z", RD_WALL_TWICE},
        {"2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z", RD_WALL_ONCE},
        {"2000-02-29T23:59:00Z", "2000-02-29T23:59:00Z", RD_WALL_ONCE},
        {"2028-03-26T01:15:00Z", "2028-03-26T01:00:00Z", RD_WALL_NEVER},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        same(rd_zone_to_utc(&rd_zone_london, at(rows[i].wall)), rows[i].utc, rows[i].wall);
        assert_int_equal(rd_zone_wall_kind(&rd_zone_london, at(rows[i].wall)), rows[i].kind);
        assert_int_equal(rd_zone_to_utc(&rd_zone_utc, at(rows[i].wall)), at(rows[i].wall));
        assert_int_equal(rd_zone_wall_kind(&rd_zone_utc, at(rows[i].wall)), RD_WALL_ONCE);
    }
    /* Before 1970 too: days round down. */
    assert_int_equal(rd_zone_day(&rd_zone_utc, -1), -1);
    assert_int_equal(rd_zone_day(&rd_zone_utc, 0), 0);
    assert_int_equal(rd_zone_day(&rd_zone_london, at("2026-06-30T23:30:00Z")),
                     rd_days_from_civil(2026, 7, 1));
    same(rd_zone_midnight(&rd_zone_london, rd_days_from_civil(2026, 7, 1)), "2026-06-30T23:00:00Z",
         "midnight");
    assert_ptr_equal(rd_zone_find(RD_TEXT("Europe/London")), &rd_zone_london);
    assert_ptr_equal(rd_zone_find(RD_TEXT("UTC")), &rd_zone_utc);
    assert_null(rd_zone_find(RD_TEXT("Europe/Paris")));
    char text[RD_ZONE_TEXT_MAX];
    assert_string_equal(rd_zone_format(&rd_zone_london, at("2026-06-30T23:30:00Z"), text),
                        "Wed 1 Jul 00:30");
    assert_string_equal(rd_zone_format(&rd_zone_london, at("2026-12-10T09:05:59Z"), text),
                        "Thu 10 Dec 09:05");
}

/* Monday to Friday 09:00-17:30, last referral 16:30; bank holidays closed; 2026-12-24 till 12. */
static const struct rd_open_hours office = {540, 1050, 990}, half_day = {540, 720, 0};
static const int64_t holiday_days[] = {20454 /* 2026-01-01 */, 20812 /* 2026-12-25 */,
                                       20815 /* 2026-12-28 */, 20819 /* 2027-01-01 */};
static const struct rd_holidays holidays = {holiday_days, COUNT(holiday_days)};
static const struct rd_day_hours closed = {NULL, 0};
static const struct rd_date_hours office_dates[] = {{20811 /* 2026-12-24 */, {&half_day, 1}}};
static const struct rd_calendar office_hours = {
    .name = {"office", 6},
    .zone = &rd_zone_london,
    .week = {{&office, 1}, {&office, 1}, {&office, 1}, {&office, 1}, {&office, 1}},
    .holidays = &holidays,
    .holiday = &closed,
    .dates = office_dates,
    .dates_count = COUNT(office_dates),
};
static const struct rd_calendar always = {.zone = &rd_zone_london, .always_open = true};
static const struct rd_calendar never = {.zone = &rd_zone_london};
/* Every night 20:00 to 08:00. */
static const struct rd_open_hours night = {1200, 1920, 0};
static const struct rd_day_hours night_day = {&night, 1};

static void test_hours(void **state)
{
    (void)state;
    assert_int_equal(rd_days_from_civil(2026, 12, 24), 20811);
    assert_int_equal(rd_calendar_check(&office_hours, &why), RD_OK);
    static const struct {
        const char *at;
        bool open, takes;
        const char *change, *next_open, *next_referral, *referral_change;
    } rows[] = {
        /* A Saturday in November. */
        {"2026-11-21T12:00:00Z", false, false, "2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z",
         "2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z"},
        {"2026-11-23T09:00:00Z", true, true, "2026-11-23T17:30:00Z", "2026-11-23T09:00:00Z",
         "2026-11-23T09:00:00Z", "2026-11-23T16:30:00Z"},
        {"2026-11-23T16:29:59.999Z", true, true, "2026-11-23T17:30:00Z", "2026-11-23T16:29:59.999Z",
         "2026-11-23T16:29:59.999Z", "2026-11-23T16:30:00Z"},
        {"2026-11-23T16:30:00Z", true, false, "2026-11-23T17:30:00Z", "2026-11-23T16:30:00Z",
         "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"},
        {"2026-11-23T17:30:00Z", false, false, "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z",
         "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"},
        /* Summer: 09:00 on the wall is 08:00 UTC. */
        {"2026-07-01T07:59:59.999Z", false, false, "2026-07-01T08:00:00Z", "2026-07-01T08:00:00Z",
         "2026-07-01T08:00:00Z", "2026-07-01T08:00:00Z"},
        {"2026-07-01T08:00:00Z", true, true, "2026-07-01T16:30:00Z", "2026-07-01T08:00:00Z",
         "2026-07-01T08:00:00Z", "2026-07-01T15:30:00Z"},
        /* Christmas: half a day, Friday off, the weekend, Monday off. */
        {"2026-12-24T11:59:00Z", true, true, "2026-12-24T12:00:00Z", "2026-12-24T11:59:00Z",
         "2026-12-24T11:59:00Z", "2026-12-24T12:00:00Z"},
        {"2026-12-24T12:00:00Z", false, false, "2026-12-29T09:00:00Z", "2026-12-29T09:00:00Z",
         "2026-12-29T09:00:00Z", "2026-12-29T09:00:00Z"},
        {"2026-12-31T18:00:00Z", false, false, "2027-01-04T09:00:00Z", "2027-01-04T09:00:00Z",
         "2027-01-04T09:00:00Z", "2027-01-04T09:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        rd_instant now = at(rows[i].at);
        assert_int_equal(rd_calendar_is_open(&office_hours, now), rows[i].open);
        assert_int_equal(rd_calendar_takes_referrals(&office_hours, now), rows[i].takes);
        same(rd_calendar_next_change(&office_hours, now), rows[i].change, rows[i].at);
        same(rd_calendar_next_open(&office_hours, now), rows[i].next_open, rows[i].at);
        same(rd_calendar_next_referral(&office_hours, now), rows[i].next_referral, rows[i].at);
        same(rd_calendar_next_referral_change(&office_hours, now), rows[i].referral_change,
             rows[i].at);
    }
}

static void test_always_and_never(void **state)
{
    (void)state;
    static const struct rd_open_hours all_day = {0, 1440, 0};
    struct rd_calendar every_day = {.zone = &rd_zone_london};
    for (size_t i = 0; i < 7; i++)
        every_day.week[i] = (struct rd_day_hours){&all_day, 1};
    assert_int_equal(rd_calendar_check(&every_day, &why), RD_OK);
    static const char *const moments[] = {"2026-11-21T23:59:59.999Z", "2026-11-22T00:00:00Z",
                                          "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"};
    for (size_t i = 0; i < COUNT(moments); i++) {
        rd_instant now = at(moments[i]);
        assert_true(rd_calendar_is_open(&always, now));
        assert_true(rd_calendar_takes_referrals(&every_day, now));
        same(rd_calendar_next_change(&always, now), NULL, "always");
        same(rd_calendar_next_change(&every_day, now), NULL, "every day");
        assert_int_equal(rd_calendar_next_open(&every_day, now), now);
        assert_int_equal(rd_calendar_add_working_time(&every_day, now, 1000 * RD_DAY_US),
                         now + 1000 * RD_DAY_US);
        assert_false(rd_calendar_is_open(&never, now));
        same(rd_calendar_next_change(&never, now), NULL, "never");
        same(rd_calendar_next_open(&never, now), NULL, "never");
        same(rd_calendar_add_working_time(&never, now, RD_MINUTE_US), NULL, "never");
        same(rd_calendar_add_from_opening(&never, now, RD_MINUTE_US), NULL, "never");
        same(rd_calendar_add_working_time(&always, now, INT64_MAX), NULL, "too long");
    }
    assert_int_equal(rd_calendar_add_working_days(&never, 20000, 1), INT64_MIN);
    assert_int_equal(rd_calendar_add_working_days(&always, 20000, 3), 20003);
}

static void test_never_closes(void **state)
{
    (void)state;
    static const struct rd_open_hours whole[] = {{0, 1440, 0}, {0, 1440, 1440}};
    static const struct rd_open_hours other[] = {{0, 1439, 0}, {1, 1440, 0}, {0, 1440, 1439}};
    static const struct rd_date_hours date = {20812, {NULL, 0}};
    struct rd_calendar week = {.zone = &rd_zone_london};
    for (size_t i = 0; i < 7; i++)
        week.week[i] = (struct rd_day_hours){&whole[i % 2], 1};
    assert_true(rd_calendar_never_closes(&always));
    assert_true(rd_calendar_never_closes(&week));
    assert_false(rd_calendar_never_closes(&never));
    assert_false(rd_calendar_never_closes(&office_hours));
    for (size_t i = 0; i < COUNT(other); i++) {
        struct rd_calendar changed = week;
        changed.week[i] = (struct rd_day_hours){&other[i], 1};
        assert_false(rd_calendar_never_closes(&changed));
    }
    struct rd_calendar dated = week;
    dated.dates = &date;
    dated.dates_count = 1;
    assert_false(rd_calendar_never_closes(&dated));
    struct rd_calendar holidays_off = week;
    holidays_off.holiday = &closed;
    assert_false(rd_calendar_never_closes(&holidays_off));
}

/* Every hour of the days in which the clocks may change, and of New Year's, over a whole cycle of
 * the calendar, against the rule as it is written. */
static void test_summer_of_every_year(void **state)
{
    (void)state;
    for (int32_t year = 1600; year <= 2400; year++) {
        static const int32_t days[][3] = {{1, 1, 3}, {3, 15, 31}, {10, 15, 31}, {12, 29, 31}};
        rd_instant changes[2];
        for (int32_t i = 0; i < 2; i++) {
            int64_t day = rd_days_from_civil(year, i == 0 ? 3 : 10, 31);
            while (rd_weekday(day) != 6)
                day--;
            changes[i] = day * RD_DAY_US + RD_HOUR_US;
        }
        for (size_t i = 0; i < COUNT(days); i++) {
            int64_t first = rd_days_from_civil(year, days[i][0], days[i][1]);
            int64_t hours = (days[i][2] - days[i][1] + 1) * 24;
            for (int64_t hour = 0; hour < hours; hour++) {
                rd_instant at = first * RD_DAY_US + hour * RD_HOUR_US;
                bool summer = at >= changes[0] && at < changes[1];
                assert_int_equal(rd_zone_to_wall(&rd_zone_london, at),
                                 summer ? at + RD_HOUR_US : at);
            }
        }
    }
}

static void test_past_midnight(void **state)
{
    (void)state;
    static const struct rd_date_hours dates[] = {{20812 /* 2026-12-25 */, {NULL, 0}}};
    struct rd_calendar nights = {.zone = &rd_zone_london, .dates = dates, .dates_count = 1};
    for (size_t i = 0; i < 7; i++)
        nights.week[i] = night_day;
    assert_int_equal(rd_calendar_check(&nights, &why), RD_OK);
    same(rd_calendar_next_change(&nights, at("2026-11-21T22:00:00Z")), "2026-11-22T08:00:00Z", "");
    assert_true(rd_calendar_is_open(&nights, at("2026-11-22T07:59:00Z")));
    assert_false(rd_calendar_is_open(&nights, at("2026-11-22T08:00:00Z")));
    /* The night before a closed date is worked to its end; its own does not begin. */
    assert_true(rd_calendar_is_open(&nights, at("2026-12-25T03:00:00Z")));
    same(rd_calendar_next_open(&nights, at("2026-12-25T08:00:00Z")), "2026-12-26T20:00:00Z", "");
    /* Eleven hours in the spring night, thirteen in the autumn one. */
    assert_int_equal(rd_calendar_next_change(&nights, at("2026-03-28T20:00:00Z")),
                     at("2026-03-28T20:00:00Z") + 11 * RD_HOUR_US);
    assert_int_equal(rd_calendar_next_change(&nights, at("2026-10-24T19:00:00Z")),
                     at("2026-10-24T19:00:00Z") + 13 * RD_HOUR_US);
}

static void test_working_time(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        int minutes;
        const char *end, *deferred;
    } rows[] = {
        {"2026-11-23T10:00:00Z", 120, "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z"},
        {"2026-11-23T07:00:00Z", 120, "2026-11-23T11:00:00Z", "2026-11-23T11:00:00Z"},
        {"2026-11-23T16:30:00Z", 120, "2026-11-24T10:00:00Z", "2026-11-23T18:30:00Z"},
        {"2026-11-23T15:30:00Z", 120, "2026-11-23T17:30:00Z", "2026-11-23T17:30:00Z"},
        {"2026-11-27T17:00:00Z", 31, "2026-11-30T09:01:00Z", "2026-11-27T17:31:00Z"},
        {"2026-11-28T12:00:00Z", 120, "2026-11-30T11:00:00Z", "2026-11-30T11:00:00Z"},
        {"2026-11-28T12:00:00Z", 0, "2026-11-30T09:00:00Z", "2026-11-30T09:00:00Z"},
        {"2026-12-24T11:00:00Z", 120, "2026-12-29T10:00:00Z", "2026-12-24T13:00:00Z"},
        /* The Friday before the clocks go forward: 17:00 GMT, then Monday 09:30 BST. */
        {"2026-03-27T17:00:00Z", 60, "2026-03-30T08:30:00Z", "2026-03-27T18:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        rd_instant start = at(rows[i].start);
        same(rd_calendar_add_working_time(&office_hours, start, rows[i].minutes * RD_MINUTE_US),
             rows[i].end, rows[i].start);
        same(rd_calendar_add_from_opening(&office_hours, start, rows[i].minutes * RD_MINUTE_US),
             rows[i].deferred, rows[i].start);
    }
}

static void test_working_days(void **state)
{
    (void)state;
    int64_t thursday = rd_days_from_civil(2026, 12, 24);
    static const struct {
        int from;
        uint32_t count;
        int expected; /* days after the Thursday */
    } rows[] = {
        {0, 0, 0}, {0, 1, 5}, {0, 2, 6}, {1, 0, 5}, {1, 1, 5}, {0, 5, 12}, {-3, 3, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(
            rd_calendar_add_working_days(&office_hours, thursday + rows[i].from, rows[i].count),
            thursday + rows[i].expected);
    assert_false(rd_calendar_is_working_day(&office_hours, thursday + 1));
    assert_int_equal(rd_calendar_working_days(&office_hours, thursday, thursday + 7), 3);
    assert_int_equal(rd_calendar_working_days(&office_hours, thursday, thursday), 0);
}

static void refuse(struct rd_calendar calendar, const char *start, const char *part)
{
    assert_int_equal(rd_calendar_check(&calendar, &why), RD_E_INVALID);
    if (strncmp(why.text, start, strlen(start)) != 0 || strstr(why.text, part) == NULL)
        fail_msg("got \"%s\", wanted \"%s ... %s\"", why.text, start, part);
}

static void test_check(void **state)
{
    (void)state;
    static const struct {
        struct rd_open_hours hours[2];
        size_t count;
        const char *part;
    } rows[] = {
        {{{1440, 1500, 0}}, 1, "found opening at 24:00"},
        {{{600, 600, 0}}, 1, "opening at 10:00 and closing at 10:00"},
        {{{600, 2881, 0}}, 1, "closing at 48:01"},
        {{{600, 700, 600}}, 1, "last referral at 10:00"},
        {{{600, 700, 701}}, 1, "last referral at 11:41"},
        {{{600, 700, 0}, {690, 800, 0}}, 2, "found opening at 11:30 while still open until 11:40"},
        {{{600, 700, 0}, {500, 550, 0}}, 2, "ascending hours"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_day_hours day = {rows[i].hours, rows[i].count};
        struct rd_date_hours date = {20811, day};
        refuse((struct rd_calendar){.zone = &rd_zone_utc, .week = {[2] = day}},
               "Wednesday: ", rows[i].part);
        refuse((struct rd_calendar){.zone = &rd_zone_utc, .holiday = &day},
               "bank holidays: ", rows[i].part);
        refuse((struct rd_calendar){.zone = &rd_zone_utc, .dates = &date, .dates_count = 1},
               "2026-12-24: ", rows[i].part);
    }
    static const struct rd_open_hours early = {0, 60, 0};
    refuse((struct rd_calendar){.zone = &rd_zone_utc, .week = {[6] = night_day, [0] = {&early, 1}}},
           "Monday: ", "still open until 08:00");
    static const struct rd_date_hours twice[] = {{20811, {NULL, 0}}, {20811, {NULL, 0}}};
    refuse((struct rd_calendar){.zone = &rd_zone_utc, .dates = twice, .dates_count = 2},
           "2026-12-24: ", "each once");
    refuse((struct rd_calendar){.name = {"x", 1}}, "calendar x: found no time zone", "London");
    static const int64_t days[] = {5, 5};
    assert_int_equal(rd_holidays_check(&(struct rd_holidays){days, 2}, &why), RD_E_INVALID);
    assert_non_null(strstr(why.text, "1970-01-06"));
    assert_int_equal(rd_holidays_check(&holidays, &why), RD_OK);
}

static const struct rd_shift shifts[] = {
    {0, 480, 1200, {"ada", 3}},  {1, 480, 1200, {"ada", 3}},  {2, 480, 1200, {"ada", 3}},
    {3, 480, 1200, {"ada", 3}},  {4, 480, 1200, {"ada", 3}},  {5, 480, 1200, {"bea", 3}},
    {6, 480, 1200, {"bea", 3}},  {0, 1200, 1920, {"cyd", 3}}, {1, 1200, 1920, {"cyd", 3}},
    {2, 1200, 1920, {"cyd", 3}}, {3, 1200, 1920, {"cyd", 3}}, {4, 1200, 1920, {"cyd", 3}},
    {5, 1200, 1920, {"cyd", 3}}, {6, 1200, 1920, {"cyd", 3}},
};
static const struct rd_rota_override overrides[] = {
    {20812, 480, 1920, {"dot", 3}}, /* Christmas Day and the night after it */
    {20814, 600, 660, {NULL, 0}},   /* Sunday 27th: an hour with nobody */
};
static const struct rd_rota rota = {{"on-call", 7}, &rd_zone_london, shifts,
                                    COUNT(shifts),  overrides,       COUNT(overrides)};

static void test_rota(void **state)
{
    (void)state;
    static const struct {
        const char *at, *staff;
    } rows[] = {
        {"2026-11-23T08:00:00Z", "ada"}, {"2026-11-23T07:59:59.999Z", "cyd"},
        {"2026-11-21T12:00:00Z", "bea"}, {"2026-11-22T03:00:00Z", "cyd"},
        {"2026-07-01T07:00:00Z", "ada"}, {"2026-12-25T07:59:00Z", "cyd"},
        {"2026-12-25T08:00:00Z", "dot"}, {"2026-12-26T07:59:00Z", "dot"},
        {"2026-12-26T08:00:00Z", "bea"}, {"2026-12-27T10:30:00Z", NULL},
        {"2026-12-27T11:00:00Z", "bea"},
    };
    assert_int_equal(rd_rota_check(&rota, &why), RD_OK);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(rd_text_equal(rd_rota_on(&rota, at(rows[i].at)), rd_text_of(rows[i].staff)));
    same(rd_rota_uncovered(&rota, at("2026-03-01T00:00:00Z"), at("2026-12-27T10:00:00Z")), NULL,
         "covered, both nights of the year included");
    same(rd_rota_uncovered(&rota, at("2026-12-20T00:00:00Z"), at("2027-01-01T00:00:00Z")),
         "2026-12-27T10:00:00Z", "the hour with nobody");
    struct rd_rota days_only = rota;
    days_only.shifts_count = 7;
    days_only.overrides_count = 0;
    same(rd_rota_uncovered(&days_only, at("2026-11-23T12:00:00Z"), at("2026-11-24T00:00:00Z")),
         "2026-11-23T20:00:00Z", "no nights");
    struct rd_rota nobody = {.zone = &rd_zone_utc};
    assert_false(rd_text_present(rd_rota_on(&nobody, at("2026-11-23T12:00:00Z"))));
}

static void test_rota_check(void **state)
{
    (void)state;
    static const struct {
        struct rd_shift shift;
        const char *words;
    } rows[] = {
        {{7, 0, 60, {"a", 1}}, "shift 1: found weekday 7"},
        {{0, 60, 60, {"a", 1}}, "shift 1: found 01:00 to 01:00"},
        {{0, 1440, 1500, {"a", 1}}, "shift 1: found 24:00 to 25:00"},
        {{0, 60, 2881, {"a", 1}}, "shift 1: found 01:00 to 48:01"},
        {{0, 0, 60, {NULL, 0}}, "shift 1: found nobody"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_rota bad = {.zone = &rd_zone_utc, .shifts = &rows[i].shift, .shifts_count = 1};
        assert_int_equal(rd_rota_check(&bad, &why), RD_E_INVALID);
        assert_ptr_equal(strstr(why.text, rows[i].words), why.text);
    }
    struct rd_rota_override override = {1, 5, 5, {NULL, 0}};
    struct rd_rota bad = {.zone = &rd_zone_utc, .overrides = &override, .overrides_count = 1};
    assert_int_equal(rd_rota_check(&bad, &why), RD_E_INVALID);
    assert_non_null(strstr(why.text, "override 1: found 00:05"));
    bad.zone = NULL;
    assert_int_equal(rd_rota_check(&bad, &why), RD_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_always_and_never),
        cmocka_unit_test(test_never_closes),
        cmocka_unit_test(test_summer_of_every_year),
        cmocka_unit_test(test_past_midnight),
        cmocka_unit_test(test_working_time),
        cmocka_unit_test(test_working_days),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_rota),
        cmocka_unit_test(test_rota_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
