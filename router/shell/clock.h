/* Business time: a UTC anchor plus the machine's boot-time clock, so that a step of the wall clock
 * (an operator, a bad time server, a resumed machine) moves no deadline by itself. Never
 * decreasing.
 *
 * A drift of up to 60 s against the wall clock is slewed, at most 50 ms each second. More is an
 * alarm and stays until an operator accepts it (referralctl clock accept). While business time is
 * behind the ledger's last entry it stands still there, and the router is not ready.
 *
 * Pure: the two readings come in with each call, so that tests need no clock. Loop thread only. */
#ifndef RD_SHELL_CLOCK_H
#define RD_SHELL_CLOCK_H

#include "base/instant.h"

#define RD_CLOCK_SLEW_LIMIT_US (60 * RD_SECOND_US)

struct rd_clock_reading {
    rd_instant utc; /* CLOCK_REALTIME */
    int64_t boot;   /* CLOCK_BOOTTIME, microseconds */
};

struct rd_business_clock {
    rd_instant anchor_utc;
    int64_t anchor_boot;
    rd_instant floor; /* never goes below: the last value given, or the ledger's last entry */
    int64_t drift;    /* wall clock minus business time at the last call, microseconds */
    bool jumped;      /* drift is over the limit and not accepted */
    bool behind;      /* the anchor is before the floor: time stands still */
};

/* The machine's own. Allowed in the shell only. */
struct rd_clock_reading rd_clock_read(void);

/* `floor`: business time of the ledger's last entry; 0: none. */
void rd_business_clock_init(struct rd_business_clock *clock, struct rd_clock_reading now,
                            rd_instant floor);
/* Business time at `now`; slews. Call at least once a second for an even slew. */
rd_instant rd_business_clock_now(struct rd_business_clock *clock, struct rd_clock_reading now);
/* Adopts the wall clock. A jump backwards holds business time still until the wall clock has caught
 * up. Gives business time before and after. */
void rd_business_clock_accept(struct rd_business_clock *clock, struct rd_clock_reading now,
                              rd_instant *before, rd_instant *after);

#endif
