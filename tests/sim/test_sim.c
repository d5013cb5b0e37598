/* The simulator as a test: many seeds, on two processes, and proof that they did what they are for.
 * test_sim [SEEDS [STEPS]] */
#include "sim.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { PROCESSES = 2 };

static uint32_t seeds = 1000, steps = 1000;

static void test_same_seed_same_bytes(void **state)
{
    (void)state;
    static struct sim_result first, second;
    const struct sim_options options = {.seed = 20, .steps = 400};
    const struct sim_options other = {.seed = 21, .steps = 400};
    sim_run(&options, &first);
    sim_run(&options, &second);
    assert_false(first.failed);
    assert_true(first.entries > 0 && first.sends > 0);
    assert_int_equal(first.hash, second.hash);
    assert_int_equal(first.entries, second.entries);
    sim_run(&other, &second);
    assert_int_not_equal(first.hash, second.hash);
}

static struct sim_stat *total; /* of all processes: shared */

static void add_stats(const struct sim_result *result)
{
    for (uint32_t i = 0; i < result->stats_count; i++)
        for (uint32_t j = 0; j < SIM_STATS_MAX; j++) {
            if (total[j].name[0] == '\0')
                memcpy(total[j].name, result->stats[i].name, SIM_STAT_BYTES);
            if (strcmp(total[j].name, result->stats[i].name) != 0)
                continue;
            total[j].count += result->stats[i].count;
            break;
        }
}

static int run_share(uint32_t share)
{
    struct sim_result *result = malloc(sizeof *result);
    int failed = result == NULL;
    for (uint32_t seed = 1 + share; !failed && seed <= seeds; seed += PROCESSES) {
        const struct sim_options options = {.seed = seed, .steps = steps};
        sim_run(&options, result);
        if (result->failed)
            sim_print_failure(&options, result);
        else if (share == 0)
            add_stats(result);
        failed = result->failed;
    }
    free(result);
    fflush(stdout);
    return failed;
}

static void test_many_seeds(void **state)
{
    (void)state;
    pid_t children[PROCESSES];
    fflush(stdout);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(run_share(i));
    }
    bool failed = false;
    for (uint32_t i = 0; i < PROCESSES; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            failed = true;
    }
    printf("%u seeds of %u steps\n", seeds, steps);
    assert_false(failed);
}

/* What has to happen in some of the seeds, or they prove nothing about it. */
static const char *const wanted[] = {
    "told new",
    "told repeat",
    "told amended",
    "told cancelled",
    "told fact-applied",
    "told fact-ignored",
    "told quarantined",
    "told rejected",
    "decided",
    "moved",
    "contacted",
    "alarmed",
    "receipted",
    "read",
    "quarantine",
    "linked",
    "did link",
    "did unlink",
    "did dismiss",
    "did claim",
    "did accept",
    "did release",
    "did transfer",
    "did decline",
    "did redirect",
    "did contact",
    "did void-contact",
    "did plan",
    "did await-info",
    "did close",
    "did reopen",
    "did acknowledge",
    "did triage",
    "did route",
    "did refuse",
    "did repair",
    "did end-clock",
    "mended",
    "disconnect",
    "rules",
    "activation",
    "rules withdrawn",
    "rules refused at their time",
    "rules that do not fit",
    "time big",
    "time jump",
    "drain",
    "busy",
    "lost a race for a claim",
    "cancel checked",
    "receipt taken",
    "receipt given up",
    "handed out",
    "handed out again",
    "resumed",
    "snapshot instead of a resume",
    "watched again",
    "seen twice",
    "list compared",
    "opened",
    "merges again",
    "found",
    "found nobody",
    "status",
    "crash",
};

/* What the seeds of the first process must have gone through, or they show nothing. */
static void test_seeds_do_what_they_are_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        uint64_t count = 0;
        for (uint32_t j = 0; j < SIM_STATS_MAX; j++)
            if (strcmp(total[j].name, wanted[i]) == 0)
                count = total[j].count;
        printf("%9llu %s\n", (unsigned long long)count, wanted[i]);
        if (count == 0)
            fail_msg("in %u seeds of %u steps this never happened: %s", seeds, steps, wanted[i]);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seeds = (uint32_t)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        steps = (uint32_t)strtoul(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_many_seeds),
        cmocka_unit_test(test_seeds_do_what_they_are_for),
    };
    size_t size = SIM_STATS_MAX * sizeof *total;
    int zero = open("/dev/zero", O_RDWR);
    total = zero < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
    if (total == MAP_FAILED) {
        fputs("test_sim: no memory to share with its processes\n", stderr);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    munmap(total, size);
    close(zero);
    return failed;
}
