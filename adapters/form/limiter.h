/* How often one address may ask: a bucket of tokens per address, in a table of fixed size. An
 * address is kept as a keyed hash only; two that share a place in the table share a bucket's fate
 * (the later one starts it anew). Loop thread only. */
#ifndef RD_FORM_LIMITER_H
#define RD_FORM_LIMITER_H

#include "base/instant.h"

enum {
    FORM_LIMITER_SLOTS = 4096,
    /* Whole pages, of every kind: a hospital or a mobile network behind one address still fits. */
    FORM_PAGES_BURST = 240,
    FORM_PAGES_PER_MINUTE = 120,
    /* Self-referrals sent. */
    FORM_SENDS_BURST = 20,
    FORM_SENDS_PER_MINUTE = 2,
    /* Looks at a status: a reference of 50 random bits is not found by trying. */
    FORM_LOOKS_BURST = 10,
    FORM_LOOKS_PER_MINUTE = 5,
    /* Hints while a call is taken down: a whole desk behind one address. */
    FORM_HINTS_BURST = 240,
    FORM_HINTS_PER_MINUTE = 120
};

enum rd_form_limit {
    FORM_LIMIT_PAGES,
    FORM_LIMIT_SENDS,
    FORM_LIMIT_LOOKS,
    FORM_LIMIT_HINTS,
    FORM_LIMITS_COUNT
};

struct rd_form_limiter {
    unsigned char key[16];
    struct rd_form_bucket {
        uint64_t owner; /* hash of address and limit; 0: free */
        int64_t micro_tokens;
        rd_instant at;
    } slots[FORM_LIMITER_SLOTS];
};

void rd_form_limiter_init(struct rd_form_limiter *limiter);
/* Takes one; false: none left for this address now. */
bool rd_form_limiter_take(struct rd_form_limiter *limiter, enum rd_form_limit limit,
                          struct rd_text address, rd_instant now);

#endif
