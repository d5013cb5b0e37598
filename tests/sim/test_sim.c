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
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { PROCESSES = 2, COVERED_SEEDS = 60 };

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

/* What a few dozen seeds must have gone through, or the thousand show nothing. */
static void test_seeds_do_what_they_are_for(void **state)
{
    (void)state;
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
        "disconnect",
        "rules",
        "time big",
        "lost a race for a claim",
        "cancel checked",
        "receipt taken",
        "receipt given up",
        "handed out",
        "handed out again",
        "resumed",
        "snapshot instead of a resume",
        "list compared",
        "opened",
        "status",
        "crash",
    };
    static struct sim_result result;
    uint64_t counts[sizeof wanted / sizeof wanted[0]] = {0};
    for (uint32_t seed = 1; seed <= COVERED_SEEDS; seed++) {
        const struct sim_options options = {.seed = seed, .steps = steps};
        sim_run(&options, &result);
        if (result.failed)
            sim_print_failure(&options, &result);
        assert_false(result.failed);
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
            for (uint32_t j = 0; j < result.stats_count; j++)
                if (strcmp(result.stats[j].name, wanted[i]) == 0)
                    counts[i] += result.stats[j].count;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (counts[i] == 0)
            fail_msg("in %d seeds of %u steps this never happened: %s", COVERED_SEEDS, steps,
                     wanted[i]);
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

int main(int argc, char **argv)
{
    if (argc > 1)
        seeds = (uint32_t)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        steps = (uint32_t)strtoul(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_seeds_do_what_they_are_for),
        cmocka_unit_test(test_many_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
