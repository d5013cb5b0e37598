/* What the programs of this folder that measure latencies share: a clock, samples, the line of JSON
 * that tests/bench/bench reads. One measurement a process; thread: the main one. */
#ifndef RD_BENCH_SAMPLE_H
#define RD_BENCH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

uint64_t bench_now_ns(void); /* monotonic */
/* Keeps one latency; those after the first million are not kept. */
void bench_sample(uint64_t started_ns);
void bench_sample_us(float latency_us);
void bench_forget(void); /* begins anew */
/* {"held", "refused", "seconds", "rate", "p50_us", "p99_us", "max_us"} of everything kept. */
void bench_report(uint64_t held, uint64_t refused, double seconds);
/* Sorts the values; count > 0. */
double bench_median(double *values, size_t count);
/* 1 to `most`; 0 for anything else. */
size_t bench_number(const char *text, size_t most);

#endif
