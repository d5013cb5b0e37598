/* Who is on call: weekly shifts with named staff, and overrides for a date. Plain constant structs,
 * as in calendar.h. PURE. Thread: any. */
#ifndef RD_CALENDAR_ROTA_H
#define RD_CALENDAR_ROTA_H

#include "rules/calendar/calendar.h"

/* [from, to) in minutes after midnight of the day it belongs to; to may run to 2880. */
struct rd_shift {
    uint8_t weekday; /* 0 Monday .. 6 Sunday */
    uint16_t from, to;
    struct rd_text staff;
};
/* Beats every shift in its span; of several the first counts. */
struct rd_rota_override {
    int64_t day; /* days since 1970-01-01 on the wall */
    uint16_t from, to;
    struct rd_text staff; /* absent: nobody */
};
struct rd_rota {
    struct rd_text name;
    const struct rd_zone *zone;
    const struct rd_shift *shifts; /* in any order; of several at one moment the first counts */
    size_t shifts_count;
    const struct rd_rota_override *overrides;
    size_t overrides_count;
};

/* RD_E_INVALID: which shift or override, what was found, expected and to do. */
RD_MUST_CHECK enum rd_err rd_rota_check(const struct rd_rota *rota, struct rd_errbuf *why);
/* Absent: nobody. */
struct rd_text rd_rota_on(const struct rd_rota *rota, rd_instant at);
/* The first instant in [from, until) with nobody on; 0: it is covered throughout. */
rd_instant rd_rota_uncovered(const struct rd_rota *rota, rd_instant from, rd_instant until);

#endif
