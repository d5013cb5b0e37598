/* An allocator that fails at the Nth call and counts: for allocation-fault sweeps, leak checks and
 * bounds on memory. Usual sweep: for (n = 1; ; n++) { faulty_init(&f, n); try; assert held == 0;
 * stop when !f.failed }. */
#ifndef RD_TEST_FAULTY_H
#define RD_TEST_FAULTY_H

#include "base/alloc.h"

#include <stdbool.h>

struct faulty {
    struct rd_alloc alloc;
    size_t fail_at; /* 1-based call to fail; 0: never */
    size_t calls;
    size_t held;       /* blocks not released */
    size_t held_bytes; /* of them */
    size_t peak_bytes;
    bool failed; /* the call to fail was reached */
};

void faulty_init(struct faulty *faulty, size_t fail_at);

#endif
