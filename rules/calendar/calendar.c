#include "rules/calendar/calendar.h"

/* What a moment may be inside of: opening hours, or the part of them that takes referrals. */
enum part { PART_OPEN, PART_REFERRALS };

struct span {
    rd_instant from, to;
};

/* The entry of that day, or NULL. */
static const struct rd_date_hours *date_of(const struct rd_calendar *calendar, int64_t day)
{
    size_t low = 0, high = calendar->dates_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->dates[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < calendar->dates_count && calendar->dates[low].day == day;
    return found ? &calendar->dates[low] : NULL;
}

bool rd_holidays_has(const struct rd_holidays *holidays, int64_t day)
{
    if (holidays == NULL)
        return false;
    size_t low = 0, high = holidays->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (holidays->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < holidays->count && holidays->days[low] == day;
}

static const struct rd_day_hours *hours_of(const struct rd_calendar *calendar, int64_t day)
{
    const struct rd_date_hours *date = date_of(calendar, day);
    if (date != NULL)
        return &date->hours;
    if (calendar->holiday != NULL && rd_holidays_has(calendar->holidays, day))
        return calendar->holiday;
    return &calendar->week[rd_weekday(day)];
}

static struct span span_of(const struct rd_calendar *calendar, int64_t day,
                           const struct rd_open_hours *hours, enum part part)
{
    uint16_t end = hours->closes;
    if (part == PART_REFERRALS && hours->last_referral != 0)
        end = hours->last_referral;
    rd_wall midnight = day * RD_DAY_US;
    return (struct span){rd_zone_to_utc(calendar->zone, midnight + hours->opens * RD_MINUTE_US),
                         rd_zone_to_utc(calendar->zone, midnight + end * RD_MINUTE_US)};
}

/* The latest end of a span that holds `at`; `at` itself when none does. A span may have begun the
 * day before. */
static rd_instant held_until(const struct rd_calendar *calendar, rd_instant at, enum part part)
{
    int64_t today = rd_zone_day(calendar->zone, at);
    rd_instant end = at;
    for (int64_t day = today - 1; day <= today; day++) {
        const struct rd_day_hours *hours = hours_of(calendar, day);
        for (size_t i = 0; i < hours->count; i++) {
            struct span span = span_of(calendar, day, &hours->intervals[i], part);
            if (span.from <= at && at < span.to && span.to > end)
                end = span.to;
        }
    }
    return end;
}

/* Spans that touch or overlap are one: the end of the run that holds `at`, or `limit` or a little
 * more when it goes on for longer. `at` when nothing holds it. */
static rd_instant run_end(const struct rd_calendar *calendar, rd_instant at, enum part part,
                          rd_instant limit)
{
    rd_instant end = at;
    for (;;) {
        rd_instant next = held_until(calendar, end, part);
        if (next == end || next >= limit)
            return next;
        end = next;
    }
}

/* The first beginning of a span after `at`, which nothing holds. 0: none in reach. */
static rd_instant next_begin(const struct rd_calendar *calendar, rd_instant at, enum part part)
{
    int64_t today = rd_zone_day(calendar->zone, at);
    for (int64_t day = today; day <= today + RD_CALENDAR_SEARCH_DAYS; day++) {
        const struct rd_day_hours *hours = hours_of(calendar, day);
        for (size_t i = 0; i < hours->count; i++) {
            struct span span = span_of(calendar, day, &hours->intervals[i], part);
            if (span.from > at && span.to > span.from)
                return span.from;
        }
    }
    return 0;
}

bool rd_calendar_never_closes(const struct rd_calendar *calendar)
{
    bool whole = calendar->holiday == NULL && calendar->dates_count == 0;
    for (size_t day = 0; day < 7 && whole; day++) {
        const struct rd_day_hours *hours = &calendar->week[day];
        whole = hours->count == 1 && hours->intervals[0].opens == 0 &&
                hours->intervals[0].closes == RD_DAY_MINUTES &&
                (hours->intervals[0].last_referral == 0 ||
                 hours->intervals[0].last_referral == RD_DAY_MINUTES);
    }
    return calendar->always_open || whole;
}

static bool holds(const struct rd_calendar *calendar, rd_instant at, enum part part)
{
    return calendar->always_open || held_until(calendar, at, part) > at;
}

bool rd_calendar_is_open(const struct rd_calendar *calendar, rd_instant at)
{
    return holds(calendar, at, PART_OPEN);
}

bool rd_calendar_takes_referrals(const struct rd_calendar *calendar, rd_instant at)
{
    return holds(calendar, at, PART_REFERRALS);
}

/* Whether it holds, and until when; 0: for ever. */
static bool holds_until(const struct rd_calendar *calendar, rd_instant at, enum part part,
                        rd_instant *until)
{
    *until = 0;
    if (calendar->always_open)
        return true;
    rd_instant limit = at + RD_CALENDAR_SEARCH_DAYS * RD_DAY_US;
    rd_instant end = run_end(calendar, at, part, limit);
    *until = end == at ? next_begin(calendar, at, part) : end >= limit ? 0 : end;
    return end > at;
}

static rd_instant change_after(const struct rd_calendar *calendar, rd_instant at, enum part part)
{
    rd_instant until;
    (void)holds_until(calendar, at, part, &until); /* whichever it is */
    return until;
}

bool rd_calendar_referrals_at(const struct rd_calendar *calendar, rd_instant at,
                              rd_instant *changes)
{
    return holds_until(calendar, at, PART_REFERRALS, changes);
}

rd_instant rd_calendar_next_change(const struct rd_calendar *calendar, rd_instant at)
{
    return change_after(calendar, at, PART_OPEN);
}

rd_instant rd_calendar_next_referral_change(const struct rd_calendar *calendar, rd_instant at)
{
    return change_after(calendar, at, PART_REFERRALS);
}

rd_instant rd_calendar_next_open(const struct rd_calendar *calendar, rd_instant at)
{
    return holds(calendar, at, PART_OPEN) ? at : next_begin(calendar, at, PART_OPEN);
}

rd_instant rd_calendar_next_referral(const struct rd_calendar *calendar, rd_instant at)
{
    return holds(calendar, at, PART_REFERRALS) ? at : next_begin(calendar, at, PART_REFERRALS);
}

/* 0 when the sum is beyond every calendar. */
static rd_instant sum_or_never(rd_instant at, int64_t duration)
{
    return duration > RD_CALENDAR_WORKING_DAYS * RD_DAY_US ? 0 : at + duration;
}

/* The same as below for hours that end by midnight: then no two openings overlap, and every day has
 * to be looked at once only. False: some do not, or it takes longer than this looks ahead. */
static bool add_day_by_day(const struct rd_calendar *calendar, rd_instant start, int64_t duration,
                           rd_instant *out)
{
    int64_t day = rd_zone_day(calendar->zone, start) - 1;
    for (int64_t last = day + RD_CALENDAR_SEARCH_DAYS; day <= last; day++) {
        const struct rd_day_hours *hours = hours_of(calendar, day);
        for (size_t i = 0; i < hours->count; i++) {
            struct span span = span_of(calendar, day, &hours->intervals[i], PART_OPEN);
            rd_instant from = span.from > start ? span.from : start;
            if (hours->intervals[i].closes > RD_DAY_MINUTES)
                return false;
            if (span.to <= from)
                continue;
            *out = from + duration;
            if (span.to - from >= duration)
                return true;
            duration -= span.to - from;
        }
    }
    return false;
}

rd_instant rd_calendar_add_working_time(const struct rd_calendar *calendar, rd_instant start,
                                        int64_t duration)
{
    rd_instant due;
    if (calendar->always_open)
        return sum_or_never(start, duration);
    if (add_day_by_day(calendar, start, duration, &due))
        return due;
    rd_instant horizon = start + RD_CALENDAR_WORKING_DAYS * RD_DAY_US;
    rd_instant at = rd_calendar_next_open(calendar, start);
    while (at != 0 && at < horizon) {
        rd_instant limit = at + RD_CALENDAR_SEARCH_DAYS * RD_DAY_US;
        rd_instant end = run_end(calendar, at, PART_OPEN, limit);
        if (end - at >= duration)
            return at + duration;
        duration -= end - at;
        at = rd_calendar_next_open(calendar, end);
    }
    return 0;
}

rd_instant rd_calendar_add_from_opening(const struct rd_calendar *calendar, rd_instant start,
                                        int64_t duration)
{
    rd_instant at = rd_calendar_next_open(calendar, start);
    return at == 0 ? 0 : sum_or_never(at, duration);
}

bool rd_calendar_is_working_day(const struct rd_calendar *calendar, int64_t day)
{
    return calendar->always_open || hours_of(calendar, day)->count > 0;
}

int64_t rd_calendar_add_working_days(const struct rd_calendar *calendar, int64_t day,
                                     uint32_t count)
{
    int64_t last = day + RD_CALENDAR_WORKING_DAYS;
    if (count == 0)
        count = rd_calendar_is_working_day(calendar, day) ? 0 : 1;
    while (count > 0) {
        if (++day > last)
            return INT64_MIN;
        if (rd_calendar_is_working_day(calendar, day))
            count--;
    }
    return day;
}

/* The day whose hours hold `at`: the day before it when a night's run past midnight. */
static int64_t day_holding(const struct rd_calendar *calendar, rd_instant at)
{
    int64_t today = rd_zone_day(calendar->zone, at);
    if (calendar->always_open)
        return today;
    const struct rd_day_hours *before = hours_of(calendar, today - 1);
    for (size_t i = 0; i < before->count; i++) {
        struct span span = span_of(calendar, today - 1, &before->intervals[i], PART_OPEN);
        if (span.from <= at && at < span.to)
            return today - 1;
    }
    return today;
}

rd_instant rd_calendar_add_working_days_at(const struct rd_calendar *calendar, rd_instant start,
                                           uint32_t count)
{
    rd_instant at = rd_calendar_next_open(calendar, start);
    if (at == 0 || count == 0)
        return at;
    int64_t day = day_holding(calendar, at);
    int64_t target = rd_calendar_add_working_days(calendar, day, count);
    if (target == INT64_MIN)
        return 0;
    rd_wall reading = rd_zone_to_wall(calendar->zone, at) + (target - day) * RD_DAY_US;
    rd_instant wanted = rd_zone_to_utc(calendar->zone, reading), closing = 0;
    if (calendar->always_open)
        return wanted;
    const struct rd_day_hours *hours = hours_of(calendar, target);
    for (size_t i = 0; i < hours->count; i++) {
        struct span span = span_of(calendar, target, &hours->intervals[i], PART_OPEN);
        if (wanted < span.to)
            return wanted < span.from ? span.from : wanted;
        closing = span.to;
    }
    return closing;
}

int64_t rd_calendar_working_time(const struct rd_calendar *calendar, rd_instant from, rd_instant to)
{
    int64_t open = 0;
    if (calendar->always_open)
        return to > from ? to - from : 0;
    rd_instant at = rd_calendar_next_open(calendar, from);
    while (at != 0 && at < to) {
        rd_instant end = run_end(calendar, at, PART_OPEN, to);
        open += (end < to ? end : to) - at;
        at = rd_calendar_next_open(calendar, end);
    }
    return open;
}

uint32_t rd_calendar_working_days(const struct rd_calendar *calendar, int64_t from, int64_t to)
{
    uint32_t count = 0;
    if (to > from + RD_CALENDAR_WORKING_DAYS)
        to = from + RD_CALENDAR_WORKING_DAYS;
    for (int64_t day = from; day < to; day++)
        count += rd_calendar_is_working_day(calendar, day) ? 1 : 0;
    return count;
}
