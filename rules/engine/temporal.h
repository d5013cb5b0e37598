/* FEEL's dates, times and durations, as plain values. Proleptic Gregorian; no clock. Thread: any.
 */
#ifndef RD_ENGINE_TEMPORAL_H
#define RD_ENGINE_TEMPORAL_H

#include "rules/engine/decimal.h"
#include "rules/engine/timezone.h"

enum {
    RD_YEAR_MIN = -999999999,
    RD_YEAR_MAX = 999999999,
    RD_TEMPORAL_TEXT_MAX = 128 /* bytes of any of them as text, NUL included */
};
#define RD_NANOS_PER_SECOND INT64_C(1000000000)
/* Durations, in their unit: beyond these there is none. */
#define RD_DURATION_DAYS_MAX ((rd_i128)INT64_MAX * RD_NANOS_PER_SECOND)
#define RD_DURATION_MONTHS_MAX ((rd_i128)INT64_MAX)

struct rd_date {
    int32_t year;
    uint8_t month, day; /* from 1 */
};
struct rd_wall_time {
    uint8_t hour, minute, second;
    bool has_offset; /* without: local, comparable with local ones only */
    uint32_t nanosecond;
    int32_t offset_seconds;         /* ahead of UTC; of a zone: what it is at that date */
    const struct rd_timezone *zone; /* NULL: none was named */
};
struct rd_date_time {
    struct rd_date date;
    struct rd_wall_time time;
};

bool rd_date_valid(int64_t year, int64_t month, int64_t day);
/* Gives a moment in a named zone the offset that holds there and then. */
void rd_date_time_settle(struct rd_date_time *at);
/* Every day has one number: 0 is 1970-01-01. */
int64_t rd_date_days(struct rd_date date);
/* False: outside RD_YEAR_MIN .. RD_YEAR_MAX. */
bool rd_date_of_days(int64_t days, struct rd_date *out);
/* Seconds since 1970-01-01T00:00:00 UTC; without an offset, as if it were UTC. */
int64_t rd_date_time_seconds(const struct rd_date_time *at);
/* Seconds since midnight UTC, below 0 and over a day when the offset makes it so. */
int64_t rd_time_seconds(const struct rd_wall_time *time);

/* Moves a date by months; a day that the month has not is its last. False: no such year. */
bool rd_date_add_months(struct rd_date date, rd_i128 months, struct rd_date *out);
/* Moves a moment by nanoseconds; in a named zone its offset follows. False: no such year. */
bool rd_date_time_add(const struct rd_date_time *at, rd_i128 nanos, struct rd_date_time *out);
/* Moves a time round the clock. */
struct rd_wall_time rd_time_add(const struct rd_wall_time *time, rd_i128 nanos);

/* ISO 8601 as FEEL writes it; each wants the whole text. Dates: 2026-11-21, -0044-03-15. Times:
 * 10:30:00.5, with Z, +01:00, +01:00:30 or @Europe/London. A named zone's offset is that of the
 * date; of a time alone, its standard one. False: not such a text, or no such moment or zone. */
bool rd_date_parse(struct rd_text text, struct rd_date *out);
bool rd_time_parse(struct rd_text text, struct rd_wall_time *out);
/* A date alone is its midnight, without an offset. */
bool rd_date_time_parse(struct rd_text text, struct rd_date_time *out);
/* P1DT2H3M4.5S; in nanoseconds. */
bool rd_duration_days_parse(struct rd_text text, rd_i128 *out);
/* P1Y2M; in months. */
bool rd_duration_months_parse(struct rd_text text, rd_i128 *out);

/* All return out. */
const char *rd_date_format(struct rd_date date, char out[RD_TEMPORAL_TEXT_MAX]);
const char *rd_time_format(const struct rd_wall_time *time, char out[RD_TEMPORAL_TEXT_MAX]);
const char *rd_date_time_format(const struct rd_date_time *at, char out[RD_TEMPORAL_TEXT_MAX]);
const char *rd_duration_days_format(rd_i128 nanos, char out[RD_TEMPORAL_TEXT_MAX]);
const char *rd_duration_months_format(rd_i128 months, char out[RD_TEMPORAL_TEXT_MAX]);

#endif
