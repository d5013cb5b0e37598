#include "adapters/form/limiter.h"

#include <sodium.h>
#include <string.h>

#define MICRO INT64_C(1000000)

static const struct {
    int64_t burst, per_minute;
} limits[FORM_LIMITS_COUNT] = {
    [FORM_LIMIT_PAGES] = {FORM_PAGES_BURST, FORM_PAGES_PER_MINUTE},
    [FORM_LIMIT_SENDS] = {FORM_SENDS_BURST, FORM_SENDS_PER_MINUTE},
    [FORM_LIMIT_LOOKS] = {FORM_LOOKS_BURST, FORM_LOOKS_PER_MINUTE},
    [FORM_LIMIT_HINTS] = {FORM_HINTS_BURST, FORM_HINTS_PER_MINUTE},
};

_Static_assert(sizeof((struct rd_form_limiter){0}.key) == crypto_shorthash_KEYBYTES, "key");

void rd_form_limiter_init(struct rd_form_limiter *limiter)
{
    *limiter = (struct rd_form_limiter){.key = {0}};
    crypto_shorthash_keygen(limiter->key);
}

static uint64_t owner_of(const struct rd_form_limiter *limiter, enum rd_form_limit limit,
                         struct rd_text address)
{
    uint64_t owner = 0;
    unsigned char hash[crypto_shorthash_BYTES];
    (void)crypto_shorthash(hash, (const unsigned char *)address.ptr, address.len, limiter->key);
    memcpy(&owner, hash, sizeof owner);
    owner = owner * FORM_LIMITS_COUNT + (uint64_t)limit;
    return owner == 0 ? 1 : owner;
}

bool rd_form_limiter_take(struct rd_form_limiter *limiter, enum rd_form_limit limit,
                          struct rd_text address, rd_instant now)
{
    uint64_t owner = owner_of(limiter, limit, address);
    struct rd_form_bucket *bucket = &limiter->slots[owner % FORM_LIMITER_SLOTS];
    int64_t most = limits[limit].burst * MICRO;
    if (bucket->owner != owner)
        *bucket = (struct rd_form_bucket){.owner = owner, .micro_tokens = most, .at = now};
    int64_t passed = now > bucket->at ? now - bucket->at : 0;
    if (passed > RD_HOUR_US)
        passed = RD_HOUR_US; /* every bucket is full by then */
    bucket->micro_tokens += passed / 60 * limits[limit].per_minute;
    if (bucket->micro_tokens > most)
        bucket->micro_tokens = most;
    bucket->at = now;
    if (bucket->micro_tokens < MICRO)
        return false;
    bucket->micro_tokens -= MICRO;
    return true;
}
