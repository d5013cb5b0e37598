#include "base/instant.h"

#include <stdio.h>

/* The era arithmetic of 400-year cycles: March is the first month of its year. */
int64_t rd_days_from_civil(int32_t year, int32_t month, int32_t day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, struct rd_civil *out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    out->day = (int32_t)(day_of_year - (153 * shifted + 2) / 5 + 1);
    out->month = (int32_t)(shifted + (shifted < 10 ? 3 : -9));
    out->year = (int32_t)(year_of_era + era * 400 + (out->month <= 2));
}

static int32_t days_in_month(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool rd_civil_valid(const struct rd_civil *c)
{
    return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour >= 0 && c->hour <= 23 &&
           c->minute >= 0 && c->minute <= 59 && c->second >= 0 && c->second <= 59 &&
           c->micros >= 0 && c->micros <= 999999;
}

rd_instant rd_instant_from_civil(const struct rd_civil *c)
{
    return rd_days_from_civil(c->year, c->month, c->day) * RD_DAY_US + c->hour * RD_HOUR_US +
           c->minute * RD_MINUTE_US + c->second * RD_SECOND_US + c->micros;
}

void rd_instant_to_civil(rd_instant at, struct rd_civil *out)
{
    int64_t days = at / RD_DAY_US;
    int64_t rest = at % RD_DAY_US;
    if (rest < 0) { /* towards the past, without leaving the range of int64_t */
        rest += RD_DAY_US;
        days--;
    }
    civil_from_days(days, out);
    out->hour = (int32_t)(rest / RD_HOUR_US);
    out->minute = (int32_t)(rest % RD_HOUR_US / RD_MINUTE_US);
    out->second = (int32_t)(rest % RD_MINUTE_US / RD_SECOND_US);
    out->micros = (int32_t)(rest % RD_SECOND_US);
}

int32_t rd_weekday(int64_t days)
{
    int64_t weekday = (days + 3) % 7; /* 1970-01-01 was a Thursday */
    return (int32_t)(weekday < 0 ? weekday + 7 : weekday);
}

const char *rd_instant_format(rd_instant at, char out[RD_INSTANT_TEXT_MAX])
{
    struct rd_civil c;
    rd_instant_to_civil(at, &c);
    (void)snprintf(out, RD_INSTANT_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year % 10000,
                   c.month, c.day, c.hour, c.minute, c.second, c.micros / 1000);
    return out;
}

/* Exactly `count` digits at *i. */
static bool digits(struct rd_text text, size_t *i, size_t count, int32_t *out)
{
    int32_t value = 0;
    for (size_t n = 0; n < count; n++, (*i)++) {
        if (*i >= text.len || text.ptr[*i] < '0' || text.ptr[*i] > '9')
            return false;
        value = value * 10 + (text.ptr[*i] - '0');
    }
    *out = value;
    return true;
}

static bool one_of(struct rd_text text, size_t *i, char a, char b)
{
    if (*i >= text.len || (text.ptr[*i] != a && text.ptr[*i] != b))
        return false;
    (*i)++;
    return true;
}

static bool fraction(struct rd_text text, size_t *i, int32_t *micros)
{
    *micros = 0;
    if (*i >= text.len || text.ptr[*i] != '.')
        return true;
    (*i)++;
    int32_t weight = 100000;
    size_t count = 0;
    for (; *i < text.len && text.ptr[*i] >= '0' && text.ptr[*i] <= '9'; (*i)++, count++) {
        *micros += (text.ptr[*i] - '0') * weight;
        weight /= 10;
    }
    return count >= 1 && count <= 9;
}

static bool offset(struct rd_text text, size_t *i, rd_instant *out)
{
    *out = 0;
    if (one_of(text, i, 'Z', 'z'))
        return true;
    bool negative = *i < text.len && text.ptr[*i] == '-';
    int32_t hours = 0;
    int32_t minutes = 0;
    if (!one_of(text, i, '+', '-') || !digits(text, i, 2, &hours) || !one_of(text, i, ':', ':') ||
        !digits(text, i, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *out = hours * RD_HOUR_US + minutes * RD_MINUTE_US;
    if (negative)
        *out = -*out;
    return true;
}

bool rd_instant_parse(struct rd_text text, rd_instant *out)
{
    struct rd_civil c = {0};
    rd_instant shift = 0;
    size_t i = 0;
    if (!digits(text, &i, 4, &c.year) || !one_of(text, &i, '-', '-') ||
        !digits(text, &i, 2, &c.month) || !one_of(text, &i, '-', '-') ||
        !digits(text, &i, 2, &c.day) || !one_of(text, &i, 'T', ' ') ||
        !digits(text, &i, 2, &c.hour) || !one_of(text, &i, ':', ':') ||
        !digits(text, &i, 2, &c.minute) || !one_of(text, &i, ':', ':') ||
        !digits(text, &i, 2, &c.second) || !fraction(text, &i, &c.micros) ||
        !offset(text, &i, &shift) || i != text.len || !rd_civil_valid(&c))
        return false;
    rd_instant at = rd_instant_from_civil(&c) - shift;
    if (at < RD_INSTANT_MIN || at > RD_INSTANT_MAX)
        return false;
    *out = at;
    return true;
}
