/* Instants: microseconds since 1970-01-01T00:00:00Z, without leap seconds. Pure arithmetic: nothing
 * here reads a clock. Local time lives in rules/calendar. Thread: any. */
#ifndef RD_BASE_INSTANT_H
#define RD_BASE_INSTANT_H

#include "base/text.h"

typedef int64_t rd_instant;

#define RD_INSTANT_NONE INT64_MIN /* no such moment */
/* The years 1 to 9999: what RFC 3339 can write. An instant from outside is refused beyond these, so
 * that adding any duration to it cannot overflow. */
#define RD_INSTANT_MIN ((rd_instant)-62135596800000000)
#define RD_INSTANT_MAX ((rd_instant)253402300799999999)
#define RD_SECOND_US ((rd_instant)1000000)
#define RD_MINUTE_US (60 * RD_SECOND_US)
#define RD_HOUR_US (60 * RD_MINUTE_US)
#define RD_DAY_US (24 * RD_HOUR_US)

/* Proleptic Gregorian. month 1..12, day 1..31, second 0..59. */
struct rd_civil {
    int32_t year;
    int32_t month;
    int32_t day;
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t micros;
};

int64_t rd_days_from_civil(int32_t year, int32_t month, int32_t day); /* days since 1970-01-01 */
bool rd_civil_valid(const struct rd_civil *civil);
rd_instant rd_instant_from_civil(const struct rd_civil *civil); /* read as UTC */
void rd_instant_to_civil(rd_instant at, struct rd_civil *out);  /* in UTC */
int32_t rd_weekday(int64_t days); /* of days since 1970-01-01: 0 Monday .. 6 Sunday */

enum { RD_INSTANT_TEXT_MAX = 32 }; /* bytes that rd_instant_format needs, NUL included */
/* "2026-11-21T09:00:00.000Z", milliseconds. Returns out. */
const char *rd_instant_format(rd_instant at, char out[RD_INSTANT_TEXT_MAX]);
/* RFC 3339 / FHIR instant: date, T or space, time, optional fraction of 1 to 9 digits, Z or offset.
 * False when anything is out of range, the offset is missing or there is trailing text. */
bool rd_instant_parse(struct rd_text text, rd_instant *out);

#endif
