#include "rules/engine/temporal.h"

enum { DAY_SECONDS = 24 * 60 * 60 };

/* Days are counted in eras of 400 years, each beginning on 1 March, so that the leap day is last.
 */
enum { ERA_DAYS = 146097, EPOCH_DAYS = 719468 /* 0000-03-01 to 1970-01-01 */ };

int64_t rd_date_days(struct rd_date date)
{
    int64_t year = (int64_t)date.year - (date.month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t month = date.month + (date.month > 2 ? -3 : 9);
    int64_t day = (153 * month + 2) / 5 + date.day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + day - EPOCH_DAYS;
}

bool rd_date_of_days(int64_t days, struct rd_date *out)
{
    if (days < -(int64_t)400 * 1000 * 1000 * 1000 || days > (int64_t)400 * 1000 * 1000 * 1000)
        return false;
    days += EPOCH_DAYS;
    int64_t era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t rest = days - era * ERA_DAYS;
    int64_t of_era = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int64_t day = rest - (365 * of_era + of_era / 4 - of_era / 100);
    int64_t month = (5 * day + 2) / 153;
    int64_t year = of_era + era * 400 + (month >= 10);
    if (year < RD_YEAR_MIN || year > RD_YEAR_MAX)
        return false;
    out->year = (int32_t)year;
    out->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    out->day = (uint8_t)(day - (153 * month + 2) / 5 + 1);
    return true;
}

int64_t rd_time_seconds(const struct rd_wall_time *time)
{
    return time->hour * 3600 + time->minute * 60 + time->second -
           (time->has_offset ? time->offset_seconds : 0);
}

int64_t rd_date_time_seconds(const struct rd_date_time *at)
{
    return rd_date_days(at->date) * DAY_SECONDS + rd_time_seconds(&at->time);
}

bool rd_date_add_months(struct rd_date date, rd_i128 months, struct rd_date *out)
{
    rd_i128 total = (rd_i128)date.year * 12 + date.month - 1 + months;
    rd_i128 year = total / 12 - (total % 12 < 0);
    int64_t month = (int64_t)(total - year * 12) + 1, day = date.day;
    if (year < RD_YEAR_MIN || year > RD_YEAR_MAX)
        return false;
    while (!rd_date_valid((int64_t)year, month, day))
        day--;
    *out = (struct rd_date){(int32_t)year, (uint8_t)month, (uint8_t)day};
    return true;
}

static void set_time_of_day(struct rd_wall_time *time, int64_t second, int64_t nanosecond)
{
    time->hour = (uint8_t)(second / 3600);
    time->minute = (uint8_t)(second / 60 % 60);
    time->second = (uint8_t)(second % 60);
    time->nanosecond = (uint32_t)nanosecond;
}

/* Whole seconds, and what is left of nanoseconds, which is never negative. */
static rd_i128 split_nanos(rd_i128 nanos, int64_t *rest)
{
    rd_i128 seconds = nanos / RD_NANOS_PER_SECOND;
    *rest = (int64_t)(nanos % RD_NANOS_PER_SECOND);
    if (*rest < 0) {
        *rest += RD_NANOS_PER_SECOND;
        seconds--;
    }
    return seconds;
}

bool rd_date_time_add(const struct rd_date_time *at, rd_i128 nanos, struct rd_date_time *out)
{
    int64_t rest = 0;
    rd_i128 seconds = split_nanos(nanos + at->time.nanosecond, &rest);
    rd_i128 moved = seconds + rd_date_time_seconds(at);
    const rd_i128 most = (rd_i128)RD_YEAR_MAX * 366 * DAY_SECONDS;
    if (moved > most || moved < -most)
        return false;
    int64_t utc = (int64_t)moved;
    *out = *at;
    if (at->time.zone != NULL)
        out->time.offset_seconds = rd_timezone_offset_at(at->time.zone, utc);
    int64_t wall = utc + (at->time.has_offset ? out->time.offset_seconds : 0);
    int64_t days = wall / DAY_SECONDS - (wall % DAY_SECONDS < 0);
    set_time_of_day(&out->time, wall - days * DAY_SECONDS, rest);
    return rd_date_of_days(days, &out->date);
}

struct rd_wall_time rd_time_add(const struct rd_wall_time *time, rd_i128 nanos)
{
    struct rd_wall_time out = *time;
    int64_t rest = 0;
    rd_i128 seconds = split_nanos(nanos + time->nanosecond, &rest);
    int64_t of_day =
        (int64_t)((seconds + time->hour * 3600 + time->minute * 60 + time->second) % DAY_SECONDS);
    set_time_of_day(&out, of_day < 0 ? of_day + DAY_SECONDS : of_day, rest);
    return out;
}
