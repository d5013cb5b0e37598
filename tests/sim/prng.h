/* The simulator's only source of chance: xoshiro256** seeded by splitmix64. Thread: the owner's. */
#ifndef RD_SIM_PRNG_H
#define RD_SIM_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct sim_prng {
    uint64_t s[4];
};

static inline uint64_t sim_splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline void sim_prng_seed(struct sim_prng *prng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        prng->s[i] = sim_splitmix(&seed);
}

static inline uint64_t sim_rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t sim_next(struct sim_prng *prng)
{
    uint64_t *s = prng->s;
    uint64_t result = sim_rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = sim_rotl(s[3], 45);
    return result;
}

/* 0 .. count - 1; 0 when count is 0. */
static inline uint32_t sim_below(struct sim_prng *prng, uint32_t count)
{
    return count == 0 ? 0 : (uint32_t)(((sim_next(prng) >> 32) * count) >> 32);
}

/* True `in` times out of `of`. */
static inline bool sim_chance(struct sim_prng *prng, uint32_t in, uint32_t of)
{
    return sim_below(prng, of) < in;
}

/* from .. to, inclusive. */
static inline uint32_t sim_between(struct sim_prng *prng, uint32_t from, uint32_t to)
{
    return from + sim_below(prng, to - from + 1);
}

#endif
