/* Unsigned integers of 384 bits, for what decimal arithmetic needs between two roundings: products
 * of coefficients, quotients, fixed-point series. Part of decimal; not for others. Thread: any. */
#ifndef RD_ENGINE_WIDE_H
#define RD_ENGINE_WIDE_H

#include "rules/engine/decimal.h"

enum { RD_WIDE_LIMBS = 6, RD_WIDE_DIGITS_MAX = 115 /* 10^115 fits */ };

struct rd_wide {
    uint64_t limb[RD_WIDE_LIMBS]; /* the lowest first */
};

struct rd_wide rd_wide_of(rd_u128 value);
/* The lowest 128 bits. */
rd_u128 rd_wide_low(const struct rd_wide *a);
bool rd_wide_zero(const struct rd_wide *a);
int rd_wide_compare(const struct rd_wide *a, const struct rd_wide *b);
/* Modulo 2^384: callers keep within it. */
struct rd_wide rd_wide_add(const struct rd_wide *a, const struct rd_wide *b);
struct rd_wide rd_wide_subtract(const struct rd_wide *a, const struct rd_wide *b);
struct rd_wide rd_wide_multiply(const struct rd_wide *a, const struct rd_wide *b);
struct rd_wide rd_wide_times(const struct rd_wide *a, uint64_t factor);
/* a / divisor; the rest in *rest. divisor is not 0. */
struct rd_wide rd_wide_over(const struct rd_wide *a, uint64_t divisor, uint64_t *rest);
struct rd_wide rd_wide_divide(const struct rd_wide *a, const struct rd_wide *divisor,
                              struct rd_wide *rest);
struct rd_wide rd_wide_shift_left(const struct rd_wide *a, unsigned bits);
struct rd_wide rd_wide_shift_right(const struct rd_wide *a, unsigned bits);
/* a * 10^power, a / 10^power; *inexact is set, never cleared, when something was cut off. */
struct rd_wide rd_wide_scale_up(const struct rd_wide *a, int32_t power);
struct rd_wide rd_wide_scale_down(const struct rd_wide *a, int32_t power, bool *inexact);
/* Decimal digits; 0 has none. */
int32_t rd_wide_digits(const struct rd_wide *a);
/* The whole part of the square root; *inexact when there is more. */
struct rd_wide rd_wide_sqrt(const struct rd_wide *a, bool *inexact);

/* (-1)^negative * value * 10^exponent (and a bit more when `inexact`) as a decimal, rounded half to
 * even. False: too large for one. */
bool rd_decimal_pack(struct rd_wide value, int32_t exponent, bool negative, bool inexact,
                     struct rd_decimal *out);

#endif
