/* Whether what a loader filled in is well formed: said once, trusted afterwards. */
#include "rules/calendar/calendar.h"

#include "rules/calendar/rota.h"

#include <stdio.h>

enum { WHEN_MAX = 48 };
static const char day_names[7][10] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday"};

static const char *date_words(int64_t day, char out[WHEN_MAX])
{
    struct rd_civil civil;
    rd_instant_to_civil(day * RD_DAY_US, &civil);
    (void)snprintf(out, WHEN_MAX, "%04d-%02d-%02d", (int)civil.year, (int)civil.month,
                   (int)civil.day);
    return out;
}

#define CLOCK "%02d:%02d"
#define CLOCK_ARG(minutes) (minutes) / 60, (minutes) % 60

static enum rd_err check_interval(const struct rd_open_hours *hours, int from, const char *when,
                                  struct rd_errbuf *why)
{
    if (hours->opens >= RD_DAY_MINUTES)
        return rd_fail(why, RD_E_INVALID,
                       "%s: found opening at " CLOCK
                       ", expected 00:00 to 23:59; write it under the "
                       "next day",
                       when, CLOCK_ARG(hours->opens));
    if (hours->closes <= hours->opens || hours->closes > 2 * RD_DAY_MINUTES)
        return rd_fail(why, RD_E_INVALID,
                       "%s: found opening at " CLOCK " and closing at " CLOCK
                       ", expected closing after opening, at most at the next day's midnight "
                       "(48:00); correct one of them",
                       when, CLOCK_ARG(hours->opens), CLOCK_ARG(hours->closes));
    if (hours->last_referral != 0 &&
        (hours->last_referral <= hours->opens || hours->last_referral > hours->closes))
        return rd_fail(why, RD_E_INVALID,
                       "%s: found last referral at " CLOCK ", expected it after " CLOCK
                       " and not after " CLOCK "; correct it",
                       when, CLOCK_ARG(hours->last_referral), CLOCK_ARG(hours->opens),
                       CLOCK_ARG(hours->closes));
    if (hours->opens < from)
        return rd_fail(why, RD_E_INVALID,
                       "%s: found opening at " CLOCK " while still open until " CLOCK
                       ", expected ascending hours that do not overlap; join or reorder them",
                       when, CLOCK_ARG(hours->opens), CLOCK_ARG(from));
    return RD_OK;
}

/* `from`: when the hours before end, in minutes of this day. */
static enum rd_err check_day(const struct rd_day_hours *hours, int from, const char *when,
                             struct rd_errbuf *why)
{
    if (hours->count > RD_CALENDAR_INTERVALS_MAX)
        return rd_fail(why, RD_E_INVALID,
                       "%s: found %zu opening hours, expected at most %d; join some", when,
                       hours->count, RD_CALENDAR_INTERVALS_MAX);
    for (size_t i = 0; i < hours->count; i++) {
        enum rd_err err = check_interval(&hours->intervals[i], from, when, why);
        if (err != RD_OK)
            return err;
        from = hours->intervals[i].closes;
    }
    return RD_OK;
}

static int end_of(const struct rd_day_hours *hours)
{
    return hours->count == 0 ? 0 : hours->intervals[hours->count - 1].closes;
}

enum rd_err rd_holidays_check(const struct rd_holidays *holidays, struct rd_errbuf *why)
{
    char when[WHEN_MAX];
    if (holidays->count > RD_CALENDAR_DATES_MAX)
        return rd_fail(why, RD_E_INVALID,
                       "bank holidays: found %zu, expected at most %d; remove past ones",
                       holidays->count, RD_CALENDAR_DATES_MAX);
    for (size_t i = 1; i < holidays->count; i++)
        if (holidays->days[i] <= holidays->days[i - 1])
            return rd_fail(why, RD_E_INVALID,
                           "bank holidays: found %s at or after the one that follows it, expected "
                           "ascending dates, each once; sort them",
                           date_words(holidays->days[i - 1], when));
    return RD_OK;
}

static enum rd_err check_dates(const struct rd_calendar *calendar, struct rd_errbuf *why)
{
    char when[WHEN_MAX];
    if (calendar->dates_count > RD_CALENDAR_DATES_MAX)
        return rd_fail(why, RD_E_INVALID, "dates: found %zu, expected at most %d; remove past ones",
                       calendar->dates_count, RD_CALENDAR_DATES_MAX);
    for (size_t i = 0; i < calendar->dates_count; i++) {
        const struct rd_date_hours *date = &calendar->dates[i];
        enum rd_err err = check_day(&date->hours, 0, date_words(date->day, when), why);
        if (err != RD_OK)
            return err;
        if (i > 0 && date->day <= calendar->dates[i - 1].day)
            return rd_fail(why, RD_E_INVALID,
                           "%s: found a date at or before the one above it, expected ascending "
                           "dates, each once; sort them",
                           when);
    }
    return RD_OK;
}

enum rd_err rd_calendar_check(const struct rd_calendar *calendar, struct rd_errbuf *why)
{
    if (calendar->zone == NULL)
        return rd_fail(why, RD_E_INVALID,
                       "calendar %.*s: found no time zone, expected UTC or Europe/London; name one",
                       RD_TEXT_ARG(calendar->name));
    if (calendar->always_open)
        return RD_OK;
    for (size_t i = 0; i < 7; i++) {
        enum rd_err err = check_day(&calendar->week[i], 0, day_names[i], why);
        if (err != RD_OK)
            return err;
    }
    for (size_t i = 0; i < 7; i++) {
        int before = end_of(&calendar->week[(i + 6) % 7]) - RD_DAY_MINUTES;
        enum rd_err err = check_day(&calendar->week[i], before > 0 ? before : 0, day_names[i], why);
        if (err != RD_OK)
            return err;
    }
    if (calendar->holiday != NULL) {
        enum rd_err err = check_day(calendar->holiday, 0, "bank holidays", why);
        if (err != RD_OK)
            return err;
    }
    return check_dates(calendar, why);
}

static enum rd_err check_turn(const char *what, size_t index, int from, int to,
                              struct rd_errbuf *why)
{
    if (from < RD_DAY_MINUTES && to > from && to <= 2 * RD_DAY_MINUTES)
        return RD_OK;
    return rd_fail(why, RD_E_INVALID,
                   "%s %zu: found " CLOCK " to " CLOCK
                   ", expected a start before 24:00 and an end after it, at most 48:00; correct it",
                   what, index + 1, CLOCK_ARG(from), CLOCK_ARG(to));
}

enum rd_err rd_rota_check(const struct rd_rota *rota, struct rd_errbuf *why)
{
    if (rota->zone == NULL)
        return rd_fail(why, RD_E_INVALID,
                       "rota %.*s: found no time zone, expected UTC or Europe/London; name one",
                       RD_TEXT_ARG(rota->name));
    for (size_t i = 0; i < rota->shifts_count; i++) {
        const struct rd_shift *shift = &rota->shifts[i];
        if (shift->weekday > 6)
            return rd_fail(why, RD_E_INVALID,
                           "shift %zu: found weekday %u, expected 0 (Monday) to 6; correct it",
                           i + 1, shift->weekday);
        if (!rd_text_present(shift->staff) || shift->staff.len == 0)
            return rd_fail(why, RD_E_INVALID,
                           "shift %zu: found nobody, expected a name; write who is on", i + 1);
        enum rd_err err = check_turn("shift", i, shift->from, shift->to, why);
        if (err != RD_OK)
            return err;
    }
    for (size_t i = 0; i < rota->overrides_count; i++) {
        const struct rd_rota_override *override = &rota->overrides[i];
        enum rd_err err = check_turn("override", i, override->from, override->to, why);
        if (err != RD_OK)
            return err;
    }
    return RD_OK;
}
