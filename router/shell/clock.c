#include "shell/clock.h"

#include <time.h>

enum { SLEW_PER_SECOND_US = 50000 };

static int64_t micros(const struct timespec *at)
{
    return (int64_t)at->tv_sec * RD_SECOND_US + at->tv_nsec / 1000;
}

struct rd_clock_reading rd_clock_read(void)
{
    struct timespec utc = {0};
    struct timespec boot = {0};
    /* Neither can fail with these ids on Linux. */
    (void)clock_gettime(CLOCK_REALTIME, &utc);
    (void)clock_gettime(CLOCK_BOOTTIME, &boot);
    return (struct rd_clock_reading){micros(&utc), micros(&boot)};
}

void rd_business_clock_init(struct rd_business_clock *clock, struct rd_clock_reading now,
                            rd_instant floor)
{
    *clock = (struct rd_business_clock){
        .anchor_utc = now.utc,
        .anchor_boot = now.boot,
        .floor = floor > 0 ? floor : now.utc,
        .behind = now.utc < floor,
    };
}

/* Moves the anchor towards the wall clock by at most 5 % of the time that has passed, and sets the
 * anchor to now, so that each stretch of time is slewed once. */
static void slew(struct rd_business_clock *clock, struct rd_clock_reading now, int64_t elapsed)
{
    int64_t most = elapsed / (RD_SECOND_US / SLEW_PER_SECOND_US);
    int64_t step = clock->drift;
    if (step > most)
        step = most;
    if (step < -most)
        step = -most;
    clock->anchor_utc += elapsed + step;
    clock->anchor_boot = now.boot;
    clock->drift -= step;
}

rd_instant rd_business_clock_now(struct rd_business_clock *clock, struct rd_clock_reading now)
{
    int64_t elapsed = now.boot - clock->anchor_boot;
    if (elapsed < 0)
        elapsed = 0;
    rd_instant business = clock->anchor_utc + elapsed;
    clock->drift = now.utc - business;
    int64_t size = clock->drift < 0 ? -clock->drift : clock->drift;
    clock->jumped = size > RD_CLOCK_SLEW_LIMIT_US;
    if (!clock->jumped && elapsed > 0) {
        slew(clock, now, elapsed);
        business = clock->anchor_utc;
    }
    clock->behind = business < clock->floor;
    if (business > clock->floor)
        clock->floor = business;
    return clock->floor;
}

void rd_business_clock_accept(struct rd_business_clock *clock, struct rd_clock_reading now,
                              rd_instant *before, rd_instant *after)
{
    *before = rd_business_clock_now(clock, now);
    clock->anchor_utc = now.utc;
    clock->anchor_boot = now.boot;
    *after = rd_business_clock_now(clock, now);
}
