#include "rules/engine/wide.h"

/* Fixed point: 128 bits before the point, 256 behind it, so that what 40 steps round away stays far
 * behind the 34th digit of a result. */
enum { POINT_LIMBS = 4, POINT_BITS = 64 * POINT_LIMBS, GUARD_DIGITS = 35 };

/* Natural logarithms of 2 and 10 in fixed point. */
static const struct rd_wide ln_two = {{UINT64_C(0x8a0d175b8baafa2c), UINT64_C(0x40f343267298b62d),
                                       UINT64_C(0xc9e3b39803f2f6af), UINT64_C(0xb17217f7d1cf79ab),
                                       UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000)}};
static const struct rd_wide ln_ten = {{UINT64_C(0x0f187a0807c0b5ca), UINT64_C(0x8a3fb3e76977e43a),
                                       UINT64_C(0xa95b58ae0b4c28a3), UINT64_C(0x4d763776aaa2b05b),
                                       UINT64_C(0x0000000000000002), UINT64_C(0x0000000000000000)}};

static struct rd_wide fixed_of(rd_u128 whole)
{
    struct rd_wide wide = rd_wide_of(whole);
    return rd_wide_shift_left(&wide, POINT_BITS);
}

/* Both below 2^128, and so the product. */
static struct rd_wide fixed_multiply(const struct rd_wide *a, const struct rd_wide *b)
{
    uint64_t product[2 * RD_WIDE_LIMBS] = {0};
    struct rd_wide out;
    for (size_t i = 0; i < RD_WIDE_LIMBS; i++) {
        rd_u128 carry = 0;
        for (size_t j = 0; j < RD_WIDE_LIMBS; j++) {
            carry += (rd_u128)a->limb[i] * b->limb[j] + product[i + j];
            product[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
        product[i + RD_WIDE_LIMBS] = (uint64_t)carry;
    }
    for (size_t i = 0; i < RD_WIDE_LIMBS; i++)
        out.limb[i] = product[i + POINT_LIMBS];
    return out;
}

/* a / b for a < b. */
static struct rd_wide fixed_fraction(const struct rd_wide *a, const struct rd_wide *b)
{
    struct rd_wide rest = *a, quotient = {{0}};
    for (unsigned i = 0; i < POINT_BITS; i++) {
        rest = rd_wide_shift_left(&rest, 1);
        quotient = rd_wide_shift_left(&quotient, 1);
        if (rd_wide_compare(&rest, b) >= 0) {
            rest = rd_wide_subtract(&rest, b);
            quotient.limb[0] |= 1;
        }
    }
    return quotient;
}

/* The magnitude of a value below 10^38. */
static struct rd_wide fixed_of_decimal(struct rd_decimal value)
{
    struct rd_wide wide = fixed_of(value.coefficient);
    bool inexact = false;
    if (value.exponent >= 0)
        return rd_wide_scale_up(&wide, value.exponent);
    return rd_wide_scale_down(&wide, -value.exponent, &inexact);
}

/* e^x for x < ln 10: the series of x / 2^8, squared eight times. */
static struct rd_wide fixed_exp(const struct rd_wide *x)
{
    enum { HALVINGS = 8 };
    struct rd_wide small = rd_wide_shift_right(x, HALVINGS), sum = fixed_of(1), term = sum;
    uint64_t rest = 0;
    for (uint64_t i = 1; !rd_wide_zero(&term); i++) {
        term = fixed_multiply(&term, &small);
        term = rd_wide_over(&term, i, &rest);
        sum = rd_wide_add(&sum, &term);
    }
    for (int i = 0; i < HALVINGS; i++)
        sum = fixed_multiply(&sum, &sum);
    return sum;
}

/* e^(+-x) as 10^n * e^r with 0 <= r < ln 10. */
static bool exp_of_fixed(const struct rd_wide *x, bool negative, struct rd_decimal *out)
{
    struct rd_wide rest, whole = rd_wide_divide(x, &ln_ten, &rest);
    if (whole.limb[1] != 0 || whole.limb[0] > 2 * 6200) {
        *out = (struct rd_decimal){0};
        return negative;
    }
    int32_t power = (int32_t)whole.limb[0];
    if (negative) {
        power = -power - 1;
        rest = rd_wide_subtract(&ln_ten, &rest);
    }
    struct rd_wide value = fixed_exp(&rest);
    value = rd_wide_scale_up(&value, GUARD_DIGITS);
    value = rd_wide_shift_right(&value, POINT_BITS);
    return rd_decimal_pack(value, power - GUARD_DIGITS, false, true, out);
}

/* Digits before the point; 0 and below for fractions. */
static int32_t magnitude(struct rd_decimal value)
{
    struct rd_wide wide = rd_wide_of(value.coefficient);
    return rd_wide_digits(&wide) + value.exponent;
}

bool rd_decimal_exp(struct rd_decimal value, struct rd_decimal *out)
{
    if (value.coefficient == 0 || magnitude(value) < -2 * RD_DECIMAL_DIGITS_MAX) {
        *out = rd_decimal_of(1);
        return true;
    }
    if (magnitude(value) > 6) {
        *out = (struct rd_decimal){0};
        return value.negative;
    }
    struct rd_wide x = fixed_of_decimal(value);
    return exp_of_fixed(&x, value.negative, out);
}

/* 2 atanh z = z + z^3/3 + z^5/5 ... twice, for z < 1/3. */
static struct rd_wide fixed_twice_atanh(const struct rd_wide *z)
{
    struct rd_wide square = fixed_multiply(z, z), power = *z, sum = *z;
    uint64_t rest = 0;
    for (uint64_t i = 3; !rd_wide_zero(&power); i += 2) {
        power = fixed_multiply(&power, &square);
        struct rd_wide term = rd_wide_over(&power, i, &rest);
        sum = rd_wide_add(&sum, &term);
    }
    return rd_wide_shift_left(&sum, 1);
}

/* The magnitude of ln of a value above 0: it is m * 2^k * 10^e with m near 1. */
static struct rd_wide log_of(struct rd_decimal value, bool *negative)
{
    int32_t power = magnitude(value) - 1;
    value.exponent -= power;
    struct rd_wide m = fixed_of_decimal(value), one = fixed_of(1), limit = one, plus, minus;
    limit.limb[POINT_LIMBS - 1] = UINT64_C(1) << 63; /* 1.5 */
    plus = rd_wide_times(&ln_ten, power > 0 ? (uint64_t)power : 0);
    minus = rd_wide_times(&ln_ten, power < 0 ? (uint64_t)-power : 0);
    while (rd_wide_compare(&m, &limit) > 0) {
        m = rd_wide_shift_right(&m, 1);
        plus = rd_wide_add(&plus, &ln_two);
    }
    bool below = rd_wide_compare(&m, &one) < 0;
    struct rd_wide high = rd_wide_add(&m, &one);
    struct rd_wide gap = below ? rd_wide_subtract(&one, &m) : rd_wide_subtract(&m, &one);
    struct rd_wide z = fixed_fraction(&gap, &high), rest = fixed_twice_atanh(&z);
    if (below)
        minus = rd_wide_add(&minus, &rest);
    else
        plus = rd_wide_add(&plus, &rest);
    *negative = rd_wide_compare(&plus, &minus) < 0;
    return *negative ? rd_wide_subtract(&minus, &plus) : rd_wide_subtract(&plus, &minus);
}

bool rd_decimal_log(struct rd_decimal value, struct rd_decimal *out)
{
    bool negative = false;
    int32_t digits = 0;
    if (value.coefficient == 0 || value.negative)
        return false;
    struct rd_wide log = log_of(value, &negative), enough = fixed_of(rd_decimal_limit());
    *out = (struct rd_decimal){0};
    if (rd_wide_zero(&log))
        return true;
    for (; rd_wide_compare(&log, &enough) < 0; digits++)
        log = rd_wide_times(&log, 10);
    log = rd_wide_shift_right(&log, POINT_BITS);
    return rd_decimal_pack(log, -digits, negative, true, out);
}

bool rd_decimal_sqrt(struct rd_decimal value, struct rd_decimal *out)
{
    struct rd_wide wide = rd_wide_of(value.coefficient);
    bool inexact = false;
    if (value.negative)
        return false;
    int32_t zeros = 2 * GUARD_DIGITS + (value.exponent % 2 != 0);
    wide = rd_wide_scale_up(&wide, zeros);
    wide = rd_wide_sqrt(&wide, &inexact);
    return rd_decimal_pack(wide, (value.exponent - zeros) / 2, false, inexact, out);
}

/* base^power without any rounding; false when it needs more than 34 digits. */
static bool exact_power(struct rd_decimal base, uint64_t power, struct rd_decimal *out)
{
    struct rd_decimal result = rd_decimal_of(1), check;
    for (unsigned bit = 64; bit-- > 0;) {
        for (int twice = 0; twice < 2; twice++) {
            struct rd_decimal factor = twice == 0 ? result : base;
            struct rd_wide left = rd_wide_of(result.coefficient);
            struct rd_wide right = rd_wide_of(factor.coefficient);
            struct rd_wide product = rd_wide_multiply(&left, &right);
            if (twice == 1 && (power >> bit & 1) == 0)
                continue;
            if (!rd_decimal_multiply(result, factor, &check))
                return false;
            struct rd_wide kept = rd_wide_of(check.coefficient);
            int32_t zeros = check.exponent - result.exponent - factor.exponent;
            kept = zeros > 0 ? rd_wide_scale_up(&kept, zeros) : kept;
            if (zeros > 2 * RD_DECIMAL_DIGITS_MAX || rd_wide_compare(&kept, &product) != 0)
                return false;
            result = check;
        }
    }
    *out = result;
    return true;
}

/* |base|^power by logarithms. */
static bool inexact_power(struct rd_decimal base, struct rd_decimal power, struct rd_decimal *out)
{
    bool log_negative = false;
    base.negative = false;
    struct rd_wide log = log_of(base, &log_negative), limit = fixed_of(1 << 20), product;
    bool negative = log_negative != power.negative;
    *out = rd_decimal_of(1);
    if (rd_wide_zero(&log))
        return true;
    *out = (struct rd_decimal){0};
    if (magnitude(power) > RD_DECIMAL_DIGITS_MAX + 2)
        return negative;
    struct rd_wide factor = fixed_of_decimal(power);
    struct rd_wide whole = rd_wide_shift_right(&factor, POINT_BITS);
    if (rd_wide_digits(&whole) + rd_wide_digits(&log) - 77 > 10)
        return negative; /* beyond e^(10^8) */
    product = fixed_multiply(&log, &factor);
    if (rd_wide_compare(&product, &limit) > 0)
        return negative;
    return exp_of_fixed(&product, negative, out);
}

bool rd_decimal_power(struct rd_decimal base, struct rd_decimal power, struct rd_decimal *out)
{
    int64_t whole = 0;
    bool integral = rd_decimal_is_whole(power);
    if (power.coefficient == 0) {
        *out = rd_decimal_of(1);
        return true;
    }
    if (base.coefficient == 0) {
        *out = base;
        return !power.negative;
    }
    if (base.negative && !integral)
        return false;
    bool odd = false;
    if (integral && rd_decimal_to_i64(power, &whole)) {
        uint64_t count = whole < 0 ? UINT64_C(0) - (uint64_t)whole : (uint64_t)whole;
        odd = (count & 1) != 0;
        if (exact_power(base, count, out))
            return whole > 0 || rd_decimal_divide(rd_decimal_of(1), *out, out);
    }
    if (!inexact_power(base, power, out))
        return false;
    out->negative = base.negative && odd && out->coefficient != 0;
    return true;
}
