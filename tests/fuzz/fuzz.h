/* What every target shares. A target is one function over bytes; libFuzzer drives it in the fuzz
 * preset, replay.c with the kept corpus in every other build. A broken promise ends the process. */
#ifndef RD_TESTS_FUZZ_H
#define RD_TESTS_FUZZ_H

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "broken promise: %s (%s:%d)\n", #condition, __FILE__, __LINE__); \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The bytes as a text that ends where they end: reading past them is seen. */
static inline struct rd_text fuzz_text(const uint8_t *data, size_t size)
{
    return (struct rd_text){(const char *)data, size};
}

#endif
