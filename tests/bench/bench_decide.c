/* Facts and decision (locate, triage, route, clock) of one referral, in process, by a place's own
 * rules: nanoseconds, median and 99th percentile. Prints one line of JSON.
 * bench_decide PLACE [COUNT] */
#include "bench_record.h"
#include "rules/load/load.h"

#include <stdlib.h>
#include <time.h>

enum { DECISIONS = 50000, DECISIONS_MAX = 5000000, ARENA_BYTES = 1 << 20 };

static uint64_t now_ns(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return (uint64_t)at.tv_sec * 1000000000U + (uint64_t)at.tv_nsec;
}

static int ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static double part(const double *sorted, size_t count, double part)
{
    return sorted[(size_t)(part * (double)(count - 1))];
}

static bool measure(const struct rd_rules *rules, const struct bench_postcodes *postcodes,
                    size_t count, double *facts_ns, double *decide_ns)
{
    static struct bench_record record;
    struct rd_arena arena;
    bool good = true;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES);
    bench_record_init(&record, "las-cad", 64);
    for (size_t i = 0; i < count && good; i++) {
        struct rd_facts facts;
        struct rd_decision decision = {0};
        /* Every time of day and of the week, on and off the teams' hours. */
        rd_instant now = INT64_C(1795251600000000) + (rd_instant)(i * 601 % 1209600) * 1000000;
        rd_arena_reset(&arena);
        bench_record_set(&record, postcodes, RD_ACTION_NEW, i);
        uint64_t start = now_ns();
        good = rd_rules_facts(rules, &record.submission, now, &arena, &facts) == RD_OK;
        uint64_t located = now_ns();
        const struct rd_decide_request request = {
            .facts = &facts, .now = now, .engine_version = RD_TEXT("bench")};
        good = good && rd_rules_decide(rules, &request, &arena, &decision) == RD_OK;
        uint64_t end = now_ns();
        good = good && decision.assignments_count > 0;
        facts_ns[i] = (double)(located - start);
        decide_ns[i] = (double)(end - start);
    }
    rd_arena_fini(&arena);
    return good;
}

static void on_finding(void *context, const struct rd_finding *finding)
{
    (void)context;
    if (finding->severity == RD_SEVERITY_ERROR)
        (void)fprintf(stderr, "%s:%u: %s\n", finding->file, finding->line, finding->words);
}

int main(int argc, char **argv)
{
    static struct bench_postcodes postcodes;
    struct rd_rules *rules = NULL;
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : DECISIONS;
    if (argc < 2 || argc > 3 || count == 0 || count > DECISIONS_MAX) {
        (void)fputs("usage: bench_decide PLACE [COUNT]\n", stderr);
        return 2;
    }
    double *facts_ns = calloc(count, sizeof *facts_ns);
    double *decide_ns = calloc(count, sizeof *decide_ns);
    int status = 1;
    if (facts_ns != NULL && decide_ns != NULL && bench_postcodes_read(argv[1], &postcodes) &&
        rd_rules_load(argv[1], rd_alloc_heap(), on_finding, NULL, &rules) == RD_OK &&
        measure(rules, &postcodes, count, facts_ns, decide_ns)) {
        qsort(facts_ns, count, sizeof *facts_ns, ascending);
        qsort(decide_ns, count, sizeof *decide_ns, ascending);
        (void)printf("{\"count\": %zu, \"facts_p50_ns\": %.0f, \"p50_ns\": %.0f, "
                     "\"p99_ns\": %.0f}\n",
                     count, part(facts_ns, count, 0.5), part(decide_ns, count, 0.5),
                     part(decide_ns, count, 0.99));
        status = 0;
    }
    rd_rules_free(rules);
    free(facts_ns);
    free(decide_ns);
    return status;
}
