/* Time zones by name, without tzdata: the same text reads the same on every machine and in every
 * replay. Each follows, for every year, the rule that is in force now (tzdata 2025b). Thread: any.
 */
#ifndef RD_ENGINE_TIMEZONE_H
#define RD_ENGINE_TIMEZONE_H

#include "base/text.h"

struct rd_timezone {
    const char *name;       /* "Europe/London" */
    int16_t offset_minutes; /* of standard time, ahead of UTC */
    uint8_t rule;           /* of summer time; 0: it has none */
};

/* NULL: no such zone. */
const struct rd_timezone *rd_timezone_find(struct rd_text name);
/* Seconds ahead of UTC when its clocks show `wall`, seconds since 1970-01-01T00:00 on them. An hour
 * that they skip is read with the offset before, one that they show twice is its first showing. */
int32_t rd_timezone_offset(const struct rd_timezone *zone, int64_t wall);

/* The same at a moment: seconds since 1970-01-01T00:00 UTC. */
int32_t rd_timezone_offset_at(const struct rd_timezone *zone, int64_t utc);

/* The zones themselves, in the order of their names' bytes; for timezone.c. */
extern const struct rd_timezone rd_timezones[];
extern const size_t rd_timezones_count;
enum rd_timezone_rule {
    RD_TZ_NONE,
    RD_TZ_AUSTRALIA,
    RD_TZ_AZORES,
    RD_TZ_CHATHAM,
    RD_TZ_CHILE,
    RD_TZ_CUBA,
    RD_TZ_EASTER,
    RD_TZ_EGYPT,
    RD_TZ_EU_CENTRAL,
    RD_TZ_EU_EAST,
    RD_TZ_EU_WEST,
    RD_TZ_GREENLAND,
    RD_TZ_ISRAEL,
    RD_TZ_LEBANON,
    RD_TZ_LORD_HOWE,
    RD_TZ_NEW_ZEALAND,
    RD_TZ_PALESTINE,
    RD_TZ_TROLL,
    RD_TZ_US,
    RD_TZ_COUNT
};

#endif
