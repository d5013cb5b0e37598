/* Opening hours: when a team is open, when it takes referrals, and clock arithmetic over that.
 *
 * Plain constant structs that a loader fills (rd_calendar_check says whether they are well formed);
 * everything they point to must outlive them. Days are days since 1970-01-01 on the wall of the
 * zone; minutes count from that day's midnight. An interval is half-open, [opens, closes), may run
 * past midnight, and belongs to the day on which it opens: a closed date removes the intervals that
 * open on it, not the tail of the night before.
 * Which hours a day has: its entry in `dates`; else `holiday` when it is a bank holiday and the
 * calendar has hours for those; else its weekday's.
 * PURE: no clock; every moment is an argument, of the years 1 to 9999. A search looks 400 days
 * ahead; beyond that the answer is "never". Cost grows with the days searched. Thread: any. */
#ifndef RD_CALENDAR_CALENDAR_H
#define RD_CALENDAR_CALENDAR_H

#include "base/err.h"
#include "rules/calendar/zone.h"

enum {
    RD_DAY_MINUTES = 1440,
    RD_CALENDAR_INTERVALS_MAX = 16,  /* a day */
    RD_CALENDAR_DATES_MAX = 4096,    /* a calendar, or a list of bank holidays */
    RD_CALENDAR_SEARCH_DAYS = 400,   /* how far ahead an answer is looked for */
    RD_CALENDAR_WORKING_DAYS = 36525 /* how far working days are counted */
};

struct rd_open_hours {
    uint16_t opens;         /* 0..1439 */
    uint16_t closes;        /* opens + 1 .. 2880; over 1440: on the next day */
    uint16_t last_referral; /* takes referrals in [opens, last_referral); <= closes; 0: closes */
};
struct rd_day_hours {
    const struct rd_open_hours *intervals; /* ascending, not overlapping */
    size_t count;                          /* 0: closed */
};
struct rd_date_hours {
    int64_t day;
    struct rd_day_hours hours;
};
/* Bank holidays of a place: ascending, no day twice. Shared by its calendars. */
struct rd_holidays {
    const int64_t *days;
    size_t count;
};

struct rd_calendar {
    struct rd_text name;
    const struct rd_zone *zone;
    bool always_open;                   /* 24/7: nothing below is read */
    struct rd_day_hours week[7];        /* Monday first, as rd_weekday */
    const struct rd_holidays *holidays; /* NULL: none */
    const struct rd_day_hours *holiday; /* hours of a bank holiday; NULL: as its weekday */
    const struct rd_date_hours *dates;  /* ascending, no day twice */
    size_t dates_count;
};

/* RD_E_INVALID with the weekday or date, what was found, expected and to do; intervals also must
 * not run into the next ones. Call it once after filling; the functions below trust it. */
RD_MUST_CHECK enum rd_err rd_calendar_check(const struct rd_calendar *calendar,
                                            struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_holidays_check(const struct rd_holidays *holidays,
                                            struct rd_errbuf *why);
bool rd_holidays_has(const struct rd_holidays *holidays, int64_t day); /* NULL: false */

/* Always open, or a week of whole days without holidays or dates: it means the same, and a loader
 * sets always_open for it, since finding out that nothing changes costs a search of 400 days. */
bool rd_calendar_never_closes(const struct rd_calendar *calendar);

bool rd_calendar_is_open(const struct rd_calendar *calendar, rd_instant at);
/* Open, and before the last-referral time of the interval. */
bool rd_calendar_takes_referrals(const struct rd_calendar *calendar, rd_instant at);
/* The first instant after `at` at which is_open (takes_referrals) is not what it is at `at`.
 * 0: never. */
rd_instant rd_calendar_next_change(const struct rd_calendar *calendar, rd_instant at);
rd_instant rd_calendar_next_referral_change(const struct rd_calendar *calendar, rd_instant at);
/* Both at once: whether it takes referrals, and next_referral_change. */
bool rd_calendar_referrals_at(const struct rd_calendar *calendar, rd_instant at,
                              rd_instant *changes);
/* The first instant at or after `at` at which it is open (takes referrals). 0: never. */
rd_instant rd_calendar_next_open(const struct rd_calendar *calendar, rd_instant at);
rd_instant rd_calendar_next_referral(const struct rd_calendar *calendar, rd_instant at);

/* The instant at which `duration` (microseconds, >= 0) of open time has gone by since `start`: the
 * clock stands still while closed. With 0 it is next_open. 0: never. */
rd_instant rd_calendar_add_working_time(const struct rd_calendar *calendar, rd_instant start,
                                        int64_t duration);
/* A clock that starts at the next opening and then never stands still: next_open + duration.
 * 0: never. */
rd_instant rd_calendar_add_from_opening(const struct rd_calendar *calendar, rd_instant start,
                                        int64_t duration);

/* Working days: those on which something opens. */
bool rd_calendar_is_working_day(const struct rd_calendar *calendar, int64_t day);
/* The count-th working day after `day`; with 0, `day` itself or the next working day.
 * INT64_MIN: there is none in reach. */
int64_t rd_calendar_add_working_days(const struct rd_calendar *calendar, int64_t day,
                                     uint32_t count);
/* The same reading of the wall clock `count` working days after the one in whose hours `start`
 * lies; while closed it begins at the next opening. Where that day's hours do not hold the reading
 * it is the next opening of that day, or when that day has none left its last closing. A reading
 * that the night of a change of clocks leaves out or has twice is as rd_zone_to_utc says. 0: never.
 */
rd_instant rd_calendar_add_working_days_at(const struct rd_calendar *calendar, rd_instant start,
                                           uint32_t count);
/* Open time in [from, to), microseconds; the clock stands still while closed. */
int64_t rd_calendar_working_time(const struct rd_calendar *calendar, rd_instant from,
                                 rd_instant to);
/* Working days in [from, to). */
uint32_t rd_calendar_working_days(const struct rd_calendar *calendar, int64_t from, int64_t to);

#endif
