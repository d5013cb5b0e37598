/* What is expected of a feed, by its hours. */
#include "rules/eval/ruleset.h"
#include "rules/rules.h"

static const struct rd_calendar *calendar_of(const struct rd_rules *rules,
                                             const struct rd_feed *feed)
{
    return rules->feed_calendars[feed - rules->place.feeds];
}

rd_instant rd_rules_feed_quiet(const struct rd_rules *rules, const struct rd_feed *feed,
                               rd_instant since)
{
    const struct rd_calendar *hours = calendar_of(rules, feed);
    int64_t quiet = (int64_t)feed->expected.quiet_minutes * RD_MINUTE_US;
    if (quiet == 0)
        return 0;
    return hours == NULL ? since + quiet : rd_calendar_add_working_time(hours, since, quiet);
}

int64_t rd_rules_feed_day(const struct rd_rules *rules, const struct rd_feed *feed, int64_t from,
                          rd_instant *at)
{
    const struct rd_calendar *hours = calendar_of(rules, feed);
    *at = 0;
    if (feed->expected.per_day == 0)
        return 0;
    int64_t day = hours == NULL ? from : rd_calendar_add_working_days(hours, from, 0);
    if (day == INT64_MIN)
        return 0;
    rd_wall wall = day * RD_DAY_US + (int64_t)feed->expected.by_minute * RD_MINUTE_US;
    *at = rd_zone_to_utc(rules->zone, wall);
    return day;
}
