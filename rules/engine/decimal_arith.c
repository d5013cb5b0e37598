#include "rules/engine/wide.h"

enum { GAP_MAX = 75 /* of exponents: 34 digits moved by it still fit in a wide one */ };

rd_u128 rd_decimal_limit(void)
{
    return (rd_u128)UINT64_C(100000000000000000) * UINT64_C(100000000000000000); /* 10^34 */
}

struct rd_decimal rd_decimal_negate(struct rd_decimal value)
{
    value.negative = !value.negative && value.coefficient != 0;
    return value;
}

/* Both magnitudes in units of the lower exponent, which is in *exponent. When they are too far
 * apart for that the smaller one is cut to nothing, and *inexact says so. */
static void align(struct rd_decimal a, struct rd_decimal b, struct rd_wide out[2],
                  int32_t *exponent, bool *inexact)
{
    out[0] = rd_wide_of(a.coefficient);
    out[1] = rd_wide_of(b.coefficient);
    size_t high = a.exponent >= b.exponent ? 0 : 1;
    int32_t top = high == 0 ? a.exponent : b.exponent;
    int32_t gap = high == 0 ? a.exponent - b.exponent : b.exponent - a.exponent;
    if (rd_wide_zero(&out[high])) {
        *exponent = top - gap;
        return;
    }
    if (gap > GAP_MAX) {
        *inexact = !rd_wide_zero(&out[1 - high]);
        out[1 - high] = rd_wide_of(0);
        gap = GAP_MAX;
    }
    out[high] = rd_wide_scale_up(&out[high], gap);
    *exponent = top - gap;
}

bool rd_decimal_add(struct rd_decimal a, struct rd_decimal b, struct rd_decimal *out)
{
    struct rd_wide wide[2], sum;
    int32_t exponent = 0;
    bool inexact = false;
    align(a, b, wide, &exponent, &inexact);
    if (a.negative == b.negative) {
        sum = rd_wide_add(&wide[0], &wide[1]);
        return rd_decimal_pack(sum, exponent, a.negative, inexact, out);
    }
    bool swapped = rd_wide_compare(&wide[0], &wide[1]) < 0;
    sum = swapped ? rd_wide_subtract(&wide[1], &wide[0]) : rd_wide_subtract(&wide[0], &wide[1]);
    if (inexact) { /* what was cut off is taken away: one less, and a bit more behind it */
        struct rd_wide one = rd_wide_of(1);
        sum = rd_wide_subtract(&sum, &one);
    }
    return rd_decimal_pack(sum, exponent, swapped ? b.negative : a.negative, inexact, out);
}

bool rd_decimal_subtract(struct rd_decimal a, struct rd_decimal b, struct rd_decimal *out)
{
    return rd_decimal_add(a, rd_decimal_negate(b), out);
}

bool rd_decimal_multiply(struct rd_decimal a, struct rd_decimal b, struct rd_decimal *out)
{
    struct rd_wide left = rd_wide_of(a.coefficient), right = rd_wide_of(b.coefficient);
    return rd_decimal_pack(rd_wide_multiply(&left, &right), a.exponent + b.exponent,
                           a.negative != b.negative, false, out);
}

bool rd_decimal_divide(struct rd_decimal a, struct rd_decimal b, struct rd_decimal *out)
{
    struct rd_wide left = rd_wide_of(a.coefficient), right = rd_wide_of(b.coefficient), rest;
    if (b.coefficient == 0)
        return false;
    int32_t zeros = RD_DECIMAL_DIGITS_MAX + 2 + rd_wide_digits(&right) - rd_wide_digits(&left);
    zeros = zeros < 0 ? 0 : zeros;
    left = rd_wide_scale_up(&left, zeros);
    struct rd_wide quotient = rd_wide_divide(&left, &right, &rest);
    return rd_decimal_pack(quotient, a.exponent - b.exponent - zeros, a.negative != b.negative,
                           !rd_wide_zero(&rest), out);
}

/* Whether the magnitude goes away from zero when `tail` (0..9) and perhaps more is cut off. */
static bool away(enum rd_rounding mode, bool negative, bool odd, uint64_t tail, bool more)
{
    bool any = tail != 0 || more, over_half = tail > 5 || (tail == 5 && more);
    bool half = tail == 5 && !more;
    switch (mode) {
    case RD_ROUND_HALF_EVEN:
        return over_half || (half && odd);
    case RD_ROUND_HALF_UP:
        return over_half || half;
    case RD_ROUND_HALF_DOWN:
        return over_half;
    case RD_ROUND_UP:
        return any;
    case RD_ROUND_DOWN:
        return false;
    case RD_ROUND_FLOOR:
        return any && negative;
    case RD_ROUND_CEILING:
        return any && !negative;
    }
    return false;
}

bool rd_decimal_round(struct rd_decimal value, int32_t scale, enum rd_rounding mode,
                      struct rd_decimal *out)
{
    int32_t drop = -scale - value.exponent;
    struct rd_wide wide = rd_wide_of(value.coefficient), one = rd_wide_of(1);
    uint64_t tail = 0;
    bool more = false;
    *out = value;
    if (drop <= 0 || value.coefficient == 0)
        return true;
    wide = rd_wide_scale_down(&wide, drop - 1, &more);
    wide = rd_wide_over(&wide, 10, &tail);
    if (away(mode, value.negative, (wide.limb[0] & 1) != 0, tail, more))
        wide = rd_wide_add(&wide, &one);
    return rd_decimal_pack(wide, -scale, value.negative, false, out);
}

/* a - b * floor(a / b), exactly: its sign is b's. */
bool rd_decimal_modulo(struct rd_decimal a, struct rd_decimal b, struct rd_decimal *out)
{
    struct rd_wide wide[2], rest;
    int32_t exponent = 0;
    bool inexact = false;
    if (b.coefficient == 0)
        return false;
    align(a, b, wide, &exponent, &inexact);
    if (inexact && a.exponent > b.exponent)
        return false; /* a quotient of more than 75 digits: its last one is not known */
    if (inexact)
        rest = rd_wide_of(a.coefficient);
    else
        (void)rd_wide_divide(&wide[0], &wide[1], &rest);
    struct rd_decimal left;
    if (!rd_decimal_pack(rest, inexact ? a.exponent : exponent, a.negative, false, &left))
        return false;
    if (left.coefficient == 0 || a.negative == b.negative) {
        *out = left;
        return true;
    }
    return rd_decimal_add(left, b, out);
}

bool rd_decimal_is_whole(struct rd_decimal value)
{
    struct rd_decimal whole;
    return rd_decimal_round(value, 0, RD_ROUND_DOWN, &whole) &&
           rd_decimal_compare(whole, value) == 0;
}

bool rd_decimal_to_i64(struct rd_decimal value, int64_t *out)
{
    struct rd_decimal whole;
    if (!rd_decimal_round(value, 0, RD_ROUND_DOWN, &whole) || whole.exponent > 18)
        return false;
    struct rd_wide wide = rd_wide_of(whole.coefficient);
    wide = rd_wide_scale_up(&wide, whole.exponent < 0 ? 0 : whole.exponent);
    if (rd_wide_compare(&wide, &(struct rd_wide){{INT64_MAX}}) > 0)
        return false;
    *out = whole.negative ? -(int64_t)wide.limb[0] : (int64_t)wide.limb[0];
    return true;
}

bool rd_decimal_of_i128(rd_i128 value, int32_t scale, struct rd_decimal *out)
{
    rd_u128 size = value < 0 ? (rd_u128)0 - (rd_u128)value : (rd_u128)value;
    return rd_decimal_pack(rd_wide_of(size), -scale, value < 0, false, out);
}

bool rd_decimal_to_i128(struct rd_decimal value, int32_t scale, rd_i128 *out)
{
    struct rd_decimal whole;
    if (!rd_decimal_round(value, scale, RD_ROUND_HALF_EVEN, &whole) ||
        whole.exponent + scale > RD_DECIMAL_DIGITS_MAX)
        return false;
    struct rd_wide wide = rd_wide_of(whole.coefficient);
    if (whole.exponent + scale > 0)
        wide = rd_wide_scale_up(&wide, whole.exponent + scale);
    else
        wide = rd_wide_scale_down(&wide, -(whole.exponent + scale), &(bool){false});
    if (rd_wide_digits(&wide) > 37) /* 10^37 < 2^127 */
        return false;
    *out = whole.negative ? -(rd_i128)rd_wide_low(&wide) : (rd_i128)rd_wide_low(&wide);
    return true;
}
