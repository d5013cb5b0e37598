#include "rules/calendar/zone.h"

#include "base/err.h"

#include <string.h>

const struct rd_zone rd_zone_utc = {{"UTC", 3}, 0, false};
const struct rd_zone rd_zone_london = {{"Europe/London", 13}, 0, true};

const struct rd_zone *rd_zone_find(struct rd_text name)
{
    if (rd_text_equal(name, rd_zone_utc.name))
        return &rd_zone_utc;
    if (rd_text_equal(name, rd_zone_london.name))
        return &rd_zone_london;
    return NULL;
}

static int64_t floor_div(int64_t value, int64_t by)
{
    int64_t quotient = value / by;
    return value % by < 0 ? quotient - 1 : quotient;
}

/* 01:00 UTC of the last Sunday of a month with 31 days. */
static rd_instant last_sunday(int32_t year, int32_t month)
{
    int64_t last = rd_days_from_civil(year, month, 31);
    int64_t back = (rd_weekday(last) + 1) % 7;
    return (last - back) * RD_DAY_US + RD_HOUR_US;
}

enum season { WINTER, SUMMER, AROUND_MARCH_OR_OCTOBER };

/* Years are estimated by their mean length: less than two days off, by which a moment of one year
 * may count to the next. No year's summer comes near New Year's; and only around the last days of
 * March and of October (days 83 to 91 and 297 to 305, counted from 0) has the Sunday to be found.
 * The answers WINTER and SUMMER hold for a day before and after too. This runs several times a
 * look-up. */
static enum season season_of(rd_instant at, int64_t *years)
{
    enum { FIRST_MARCH = 80, LAST_MARCH = 95, FIRST_OCTOBER = 293, LAST_OCTOBER = 309 };
    const int64_t year_us = 31556952 * RD_SECOND_US; /* 365.2425 days */
    *years = floor_div(at, year_us);
    int64_t day = (at - *years * year_us) / RD_DAY_US;
    if (day < FIRST_MARCH || day >= LAST_OCTOBER)
        return WINTER;
    return day >= LAST_MARCH && day < FIRST_OCTOBER ? SUMMER : AROUND_MARCH_OR_OCTOBER;
}

static bool is_summer(const struct rd_zone *zone, rd_instant at)
{
    int64_t years;
    if (!zone->summer_time)
        return false;
    enum season season = season_of(at, &years);
    if (season != AROUND_MARCH_OR_OCTOBER)
        return season == SUMMER;
    int32_t year = 1970 + (int32_t)years;
    return at >= last_sunday(year, 3) && at < last_sunday(year, 10);
}

rd_wall rd_zone_to_wall(const struct rd_zone *zone, rd_instant at)
{
    return at + zone->offset_seconds * RD_SECOND_US + (is_summer(zone, at) ? RD_HOUR_US : 0);
}

/* The two instants that may read `wall`: were it summer time, were it standard time. */
static enum rd_wall_kind readings(const struct rd_zone *zone, rd_wall wall, rd_instant *first)
{
    rd_instant standard = wall - zone->offset_seconds * RD_SECOND_US;
    rd_instant summer = standard - RD_HOUR_US;
    bool by_summer = is_summer(zone, summer);
    bool by_standard = !is_summer(zone, standard);
    if (!by_summer && !by_standard) {
        struct rd_civil civil;
        rd_instant_to_civil(standard, &civil);
        *first = last_sunday(civil.year, 3);
        return RD_WALL_NEVER;
    }
    *first = by_summer ? summer : standard;
    return by_summer && by_standard ? RD_WALL_TWICE : RD_WALL_ONCE;
}

rd_instant rd_zone_to_utc(const struct rd_zone *zone, rd_wall wall)
{
    rd_instant first = wall - zone->offset_seconds * RD_SECOND_US;
    int64_t years;
    if (!zone->summer_time)
        return first;
    switch (season_of(first, &years)) {
    case WINTER:
        return first;
    case SUMMER:
        return first - RD_HOUR_US;
    case AROUND_MARCH_OR_OCTOBER:
        break;
    }
    (void)readings(zone, wall, &first);
    return first;
}

enum rd_wall_kind rd_zone_wall_kind(const struct rd_zone *zone, rd_wall wall)
{
    rd_instant first;
    return readings(zone, wall, &first);
}

int64_t rd_zone_day(const struct rd_zone *zone, rd_instant at)
{
    return floor_div(rd_zone_to_wall(zone, at), RD_DAY_US);
}

rd_instant rd_zone_midnight(const struct rd_zone *zone, int64_t day)
{
    return rd_zone_to_utc(zone, day * RD_DAY_US);
}

/* Two digits, without the leading zero when `bare`; behind what was written. */
static char *put_two(char *at, int32_t number, bool bare)
{
    if (number >= 10 || !bare)
        *at++ = (char)('0' + number / 10 % 10);
    *at++ = (char)('0' + number % 10);
    return at;
}

static char *put_three(char *at, const char *name)
{
    memcpy(at, name, 3);
    at[3] = ' ';
    return at + 4;
}

const char *rd_zone_format(const struct rd_zone *zone, rd_instant at, char out[RD_ZONE_TEXT_MAX])
{
    static const char days[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct rd_civil civil;
    rd_wall wall = rd_zone_to_wall(zone, at);
    rd_instant_to_civil(wall, &civil);
    rd_require(civil.month >= 1 && civil.month <= 12);
    char *end = put_three(out, days[rd_weekday(floor_div(wall, RD_DAY_US))]);
    end = put_two(end, civil.day, true);
    *end++ = ' ';
    end = put_three(end, months[civil.month - 1]);
    end = put_two(end, civil.hour, false);
    *end++ = ':';
    *put_two(end, civil.minute, false) = '\0';
    return out;
}
