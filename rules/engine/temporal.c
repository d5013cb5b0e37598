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
