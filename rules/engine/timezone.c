#include "rules/engine/timezone.h"

#include "rules/engine/temporal.h"

#include <string.h>

enum { DAY_SECONDS = 24 * 60 * 60 };

/* The `week`-th `weekday` (0: Sunday) of a month, 5: the last; `minute` of that day, perhaps of one
 * before or after it. */
struct change {
    uint8_t month, week, weekday;
    int16_t minute;
};
/* Summer time from `start`, on clocks with standard time, to `end`, on clocks with summer time. */
struct rule {
    struct change start, end;
    int16_t saved_minutes;
};

static const struct rule rules[RD_TZ_COUNT] = {
    [RD_TZ_AUSTRALIA] = {{10, 1, 0, 120}, {4, 1, 0, 180}, 60},
    [RD_TZ_AZORES] = {{3, 5, 0, 0}, {10, 5, 0, 60}, 60},
    [RD_TZ_CHATHAM] = {{9, 5, 0, 165}, {4, 1, 0, 225}, 60},
    [RD_TZ_CHILE] = {{9, 1, 6, 1440}, {4, 1, 6, 1440}, 60},
    [RD_TZ_CUBA] = {{3, 2, 0, 0}, {11, 1, 0, 60}, 60},
    [RD_TZ_EASTER] = {{9, 1, 6, 1320}, {4, 1, 6, 1320}, 60},
    [RD_TZ_EGYPT] = {{4, 5, 5, 0}, {10, 5, 4, 1440}, 60},
    [RD_TZ_EU_CENTRAL] = {{3, 5, 0, 120}, {10, 5, 0, 180}, 60},
    [RD_TZ_EU_EAST] = {{3, 5, 0, 180}, {10, 5, 0, 240}, 60},
    [RD_TZ_EU_WEST] = {{3, 5, 0, 60}, {10, 5, 0, 120}, 60},
    [RD_TZ_GREENLAND] = {{3, 5, 0, -60}, {10, 5, 0, 0}, 60},
    [RD_TZ_ISRAEL] = {{3, 4, 4, 1560}, {10, 5, 0, 120}, 60},
    [RD_TZ_LEBANON] = {{3, 5, 0, 0}, {10, 5, 0, 0}, 60},
    [RD_TZ_LORD_HOWE] = {{10, 1, 0, 120}, {4, 1, 0, 120}, 30},
    [RD_TZ_NEW_ZEALAND] = {{9, 5, 0, 120}, {4, 1, 0, 180}, 60},
    [RD_TZ_PALESTINE] = {{3, 4, 4, 3000}, {10, 4, 4, 3000}, 60},
    [RD_TZ_TROLL] = {{3, 5, 0, 60}, {10, 5, 0, 180}, 120},
    [RD_TZ_US] = {{3, 2, 0, 120}, {11, 1, 0, 120}, 60},
};

const struct rd_timezone *rd_timezone_find(struct rd_text name)
{
    size_t low = 0, high = rd_timezones_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = rd_text_compare(rd_text_of(rd_timezones[middle].name), name);
        if (order == 0)
            return &rd_timezones[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Seconds since 1970-01-01T00:00 on the clocks that the change is about. */
static int64_t change_in(const struct change *change, int32_t year)
{
    struct rd_date first = {year, change->month, 1};
    int64_t days = rd_date_days(first);
    int64_t weekday = ((days + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t day = days + (change->weekday - weekday + 7) % 7 + 7 * (change->week - 1);
    struct rd_date found;
    while (!rd_date_of_days(day, &found) || found.month != change->month)
        day -= 7;
    return day * DAY_SECONDS + change->minute * 60;
}

/* Whether summer time is on at `moment`; the shifts bring the rule's two changes to the clock that
 * it is read from. */
static bool is_summer(const struct rule *rule, int64_t moment, int64_t start_shift,
                      int64_t end_shift)
{
    struct rd_date date;
    int64_t days = moment / DAY_SECONDS - (moment % DAY_SECONDS < 0);
    if (!rd_date_of_days(days, &date))
        return false;
    bool started = moment >= change_in(&rule->start, date.year) + start_shift;
    bool ended = moment >= change_in(&rule->end, date.year) + end_shift;
    return rule->start.month < rule->end.month ? started && !ended : started || !ended;
}

int32_t rd_timezone_offset(const struct rd_timezone *zone, int64_t wall)
{
    const struct rule *rule = &rules[zone->rule];
    int32_t standard = zone->offset_minutes * 60, saved = rule->saved_minutes * 60;
    bool summer = zone->rule != RD_TZ_NONE && is_summer(rule, wall, saved, 0);
    return summer ? standard + saved : standard;
}

int32_t rd_timezone_offset_at(const struct rd_timezone *zone, int64_t utc)
{
    const struct rule *rule = &rules[zone->rule];
    int32_t standard = zone->offset_minutes * 60, saved = rule->saved_minutes * 60;
    bool summer = zone->rule != RD_TZ_NONE &&
                  is_summer(rule, utc, -(int64_t)standard, -(int64_t)standard - saved);
    return summer ? standard + saved : standard;
}
