/* The simulator: the real core, gate, codec and memory ledger in a world of simulated time, disk,
 * network, feeds, teams and desk, all driven by one seeded source of chance. The same seed and
 * number of steps give the same entries and sends, byte for byte. README.md says how to replay.
 * Thread: one run per thread; runs share nothing. */
#ifndef RD_SIM_SIM_H
#define RD_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_EVENTS_KEPT = 20, SIM_EVENT_BYTES = 200, SIM_STATS_MAX = 128, SIM_STAT_BYTES = 40 };

struct sim_options {
    uint64_t seed;
    uint32_t steps;
    bool trace; /* prints every event as it happens */
    bool blind; /* rd_core_check is not asked: only what this world knows by itself counts */
};

/* How often something happened: shows that a run did what it is for. */
struct sim_stat {
    char name[SIM_STAT_BYTES];
    uint64_t count;
};

struct sim_result {
    bool failed;
    char what[1024]; /* what broke */
    uint32_t step;   /* reached */
    uint32_t crashes;
    uint64_t entries, sends;
    uint64_t hash; /* over all entries and sends */
    char events[SIM_EVENTS_KEPT][SIM_EVENT_BYTES];
    uint32_t events_count; /* of them in use, oldest first */
    struct sim_stat stats[SIM_STATS_MAX];
    uint32_t stats_count;
};

void sim_run(const struct sim_options *options, struct sim_result *result);
/* Prints a failure so that a person can replay it. */
void sim_print_failure(const struct sim_options *options, const struct sim_result *result);

#endif
