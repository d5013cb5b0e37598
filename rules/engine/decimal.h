/* FEEL numbers: IEEE 754 decimal128 values, i.e. up to 34 significant digits and a power of ten.
 * Written on a 128-bit integer because clang, which builds the fuzzers, has no _Decimal128; no
 * other file knows how a number is held. Thread: any. */
#ifndef RD_ENGINE_DECIMAL_H
#define RD_ENGINE_DECIMAL_H

#include "base/err.h"
#include "base/text.h"

__extension__ typedef unsigned __int128 rd_u128;
__extension__ typedef __int128 rd_i128;

enum {
    RD_DECIMAL_DIGITS_MAX = 34,
    RD_DECIMAL_EXPONENT_MIN = -6176, /* of the last digit */
    RD_DECIMAL_EXPONENT_MAX = 6111,
    RD_DECIMAL_TEXT_MAX = 48 /* bytes, NUL included */
};

/* value = (-1)^negative * coefficient * 10^exponent; coefficient < 10^34. Zero is never negative.
 */
struct rd_decimal {
    rd_u128 coefficient;
    int32_t exponent;
    bool negative;
};

struct rd_decimal rd_decimal_of(int64_t value);
/* FEEL's numeric literal with an optional leading minus: 12, -0.5, .5, 1.2e-3. Digits beyond 34 are
 * rounded half to even. False: not such a literal, or out of decimal128's range. */
bool rd_decimal_parse(struct rd_text text, struct rd_decimal *out);
/* By value: 1.0 equals 1. Negative, zero, positive. */
int rd_decimal_compare(struct rd_decimal a, struct rd_decimal b);
/* value + step * 10^-scale (scale 0..30). False: not exactly a decimal128, or its last digit stands
 * behind that place. */
bool rd_decimal_shift(struct rd_decimal value, int step, int32_t scale, struct rd_decimal *out);
/* Arithmetic, rounded half to even to 34 digits. False: out of range, or no such number (division
 * by zero, the square root of a negative number, 0 to a negative power ...). */
RD_MUST_CHECK bool rd_decimal_add(struct rd_decimal a, struct rd_decimal b, struct rd_decimal *out);
RD_MUST_CHECK bool rd_decimal_subtract(struct rd_decimal a, struct rd_decimal b,
                                       struct rd_decimal *out);
RD_MUST_CHECK bool rd_decimal_multiply(struct rd_decimal a, struct rd_decimal b,
                                       struct rd_decimal *out);
RD_MUST_CHECK bool rd_decimal_divide(struct rd_decimal a, struct rd_decimal b,
                                     struct rd_decimal *out);
RD_MUST_CHECK bool rd_decimal_power(struct rd_decimal base, struct rd_decimal power,
                                    struct rd_decimal *out);
/* a - b * floor(a / b). */
RD_MUST_CHECK bool rd_decimal_modulo(struct rd_decimal a, struct rd_decimal b,
                                     struct rd_decimal *out);
RD_MUST_CHECK bool rd_decimal_sqrt(struct rd_decimal value, struct rd_decimal *out);
RD_MUST_CHECK bool rd_decimal_exp(struct rd_decimal value, struct rd_decimal *out);
RD_MUST_CHECK bool rd_decimal_log(struct rd_decimal value, struct rd_decimal *out);
struct rd_decimal rd_decimal_negate(struct rd_decimal value);

enum rd_rounding {
    RD_ROUND_HALF_EVEN,
    RD_ROUND_HALF_UP, /* away from zero */
    RD_ROUND_HALF_DOWN,
    RD_ROUND_UP, /* away from zero */
    RD_ROUND_DOWN,
    RD_ROUND_FLOOR,
    RD_ROUND_CEILING
};
/* To `scale` digits behind the point, before it when negative. */
RD_MUST_CHECK bool rd_decimal_round(struct rd_decimal value, int32_t scale, enum rd_rounding mode,
                                    struct rd_decimal *out);
bool rd_decimal_is_whole(struct rd_decimal value);
/* Without what is behind the point; false: does not fit. */
RD_MUST_CHECK bool rd_decimal_to_i64(struct rd_decimal value, int64_t *out);
/* value * 10^-scale, and back (rounded half to even). */
RD_MUST_CHECK bool rd_decimal_of_i128(rd_i128 value, int32_t scale, struct rd_decimal *out);
RD_MUST_CHECK bool rd_decimal_to_i128(struct rd_decimal value, int32_t scale, rd_i128 *out);
rd_u128 rd_decimal_limit(void); /* 10^34: coefficients are below it */

/* The shortest plain or scientific form that reads back as the same value. Returns out. */
const char *rd_decimal_format(struct rd_decimal value, char out[RD_DECIMAL_TEXT_MAX]);

#endif
