/* Local time by rule, without tzdata: the same instant reads the same on every machine and in every
 * replay. Europe/London follows the rule in force since 1996 (summer time from the last Sunday of
 * March 01:00 UTC to the last Sunday of October 01:00 UTC) for every year. PURE. Thread: any. */
#ifndef RD_CALENDAR_ZONE_H
#define RD_CALENDAR_ZONE_H

#include "base/instant.h"

struct rd_zone {
    struct rd_text name;
    int32_t offset_seconds; /* standard time minus UTC */
    bool summer_time;       /* one hour more between the two last Sundays */
};
extern const struct rd_zone rd_zone_utc, rd_zone_london;

/* "UTC" or "Europe/London"; NULL for any other name. */
const struct rd_zone *rd_zone_find(struct rd_text name);

/* What a clock on the wall shows, as microseconds since 1970-01-01T00:00 on that wall. */
typedef int64_t rd_wall;

enum rd_wall_kind { RD_WALL_ONCE = 1, RD_WALL_NEVER, RD_WALL_TWICE };

rd_wall rd_zone_to_wall(const struct rd_zone *zone, rd_instant at);
/* The first instant at which the wall clock has reached `wall`. So a reading that the spring night
 * leaves out is the moment of the jump, and one that the autumn night shows twice is its first
 * showing. Never decreases with `wall`: neighbouring intervals neither overlap nor leave a hole. */
rd_instant rd_zone_to_utc(const struct rd_zone *zone, rd_wall wall);
enum rd_wall_kind rd_zone_wall_kind(const struct rd_zone *zone, rd_wall wall);

/* Days since 1970-01-01 on the wall, and the first instant of such a day. */
int64_t rd_zone_day(const struct rd_zone *zone, rd_instant at);
rd_instant rd_zone_midnight(const struct rd_zone *zone, int64_t day);
/* "Sat 21 Nov 09:00", as people read it. Returns out. */
enum { RD_ZONE_TEXT_MAX = 48 }; /* bytes, NUL included */
const char *rd_zone_format(const struct rd_zone *zone, rd_instant at, char out[RD_ZONE_TEXT_MAX]);

#endif
