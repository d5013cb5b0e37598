#include "bench_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SAMPLES_MAX = 1 << 20 };

static float samples_us[SAMPLES_MAX];
static size_t samples_count;

uint64_t bench_now_ns(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return (uint64_t)at.tv_sec * 1000000000U + (uint64_t)at.tv_nsec;
}

void bench_sample(uint64_t started_ns)
{
    bench_sample_us((float)(bench_now_ns() - started_ns) / 1000.0F);
}

void bench_sample_us(float latency_us)
{
    if (samples_count < SAMPLES_MAX)
        samples_us[samples_count++] = latency_us;
}

void bench_forget(void)
{
    samples_count = 0;
}

static int ascending(const void *left, const void *right)
{
    const float *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

void bench_report(uint64_t held, uint64_t refused, double seconds)
{
    qsort(samples_us, samples_count, sizeof *samples_us, ascending);
    size_t last = samples_count == 0 ? 0 : samples_count - 1;
    (void)printf("{\"held\": %llu, \"refused\": %llu, \"seconds\": %.6f, \"rate\": %.1f, "
                 "\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
                 (unsigned long long)held, (unsigned long long)refused, seconds,
                 seconds > 0 ? (double)held / seconds : 0,
                 (double)samples_us[(size_t)(0.5 * (double)last)],
                 (double)samples_us[(size_t)(0.99 * (double)last)], (double)samples_us[last]);
}

size_t bench_number(const char *text, size_t most)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    return end == text || *end != '\0' || value > most ? 0 : (size_t)value;
}

static int by_value(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}
