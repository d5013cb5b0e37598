/* sim --seed N | --seeds A..B  [--steps M] [--hash] [--stats] [--trace] [--blind]
 * Exit 0: nothing broke; 1: something did (printed, with how to replay it); 2: bad use. */
#include "sim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t aborting;
static unsigned long long running_seed;

/* A broken contract inside the core aborts: say which seed did it. */
static void on_abort(int number)
{
    (void)number;
    char text[64];
    if (aborting)
        _exit(1);
    aborting = 1;
    int len = snprintf(text, sizeof text, "seed %llu: aborted\n", running_seed);
    if (write(STDOUT_FILENO, text, (size_t)len) < 0)
        _exit(2);
    _exit(1);
}

static void print_stats(const struct sim_result *result)
{
    for (uint32_t i = 0; i < result->stats_count; i++)
        printf("  %8llu %s\n", (unsigned long long)result->stats[i].count, result->stats[i].name);
}

static int run(unsigned long long first, unsigned long long last, struct sim_options options,
               bool hash, bool stats)
{
    struct sim_result *result = malloc(sizeof *result);
    if (result == NULL)
        return 2;
    int exit_code = 0;
    for (unsigned long long seed = first; seed <= last && exit_code == 0; seed++) {
        options.seed = seed;
        running_seed = seed;
        sim_run(&options, result);
        if (result->failed) {
            sim_print_failure(&options, result);
            exit_code = 1;
        } else if (hash) {
            printf("%016llx\n", (unsigned long long)result->hash);
        } else {
            printf("seed %llu: %u steps, %u crashes, %llu entries, %llu sends, hash %016llx\n",
                   seed, result->step, result->crashes, (unsigned long long)result->entries,
                   (unsigned long long)result->sends, (unsigned long long)result->hash);
        }
        if (stats)
            print_stats(result);
    }
    free(result);
    return exit_code;
}

static int usage(void)
{
    fputs("usage: sim --seed N | --seeds A..B [--steps M] [--hash] [--stats] [--trace] [--blind]\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    unsigned long long first = 1, last = 1, steps = 1000;
    bool hash = false, stats = false;
    struct sim_options options = {0};
    for (int i = 1; i < argc; i++) {
        char *end = NULL;
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--hash") == 0) {
            hash = true;
        } else if (strcmp(argv[i], "--stats") == 0) {
            stats = true;
        } else if (strcmp(argv[i], "--trace") == 0) {
            options.trace = true;
        } else if (strcmp(argv[i], "--blind") == 0) {
            options.blind = true;
        } else if (strcmp(argv[i], "--seed") == 0 && more) {
            first = last = strtoull(argv[++i], &end, 10);
        } else if (strcmp(argv[i], "--steps") == 0 && more) {
            steps = strtoull(argv[++i], &end, 10);
        } else if (strcmp(argv[i], "--seeds") == 0 && more) {
            first = strtoull(argv[++i], &end, 10);
            if (strncmp(end, "..", 2) != 0)
                return usage();
            last = strtoull(end + 2, &end, 10);
        } else {
            return usage();
        }
        if (end != NULL && *end != '\0')
            return usage();
    }
    if (last < first || steps == 0 || steps > UINT32_MAX)
        return usage();
    signal(SIGABRT, on_abort);
    options.steps = (uint32_t)steps;
    return run(first, last, options, hash, stats);
}
