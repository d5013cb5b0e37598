#include "rules/engine/wide.h"

static const uint64_t ten_to_19 = UINT64_C(10000000000000000000);

static uint64_t power_of_ten(int32_t power)
{
    uint64_t value = 1;
    for (int32_t i = 0; i < power; i++)
        value *= 10;
    return value;
}

struct rd_wide rd_wide_of(rd_u128 value)
{
    return (struct rd_wide){{(uint64_t)value, (uint64_t)(value >> 64)}};
}

rd_u128 rd_wide_low(const struct rd_wide *a)
{
    return (rd_u128)a->limb[1] << 64 | a->limb[0];
}

bool rd_wide_zero(const struct rd_wide *a)
{
    uint64_t any = 0;
    for (size_t i = 0; i < RD_WIDE_LIMBS; i++)
        any |= a->limb[i];
    return any == 0;
}

int rd_wide_compare(const struct rd_wide *a, const struct rd_wide *b)
{
    for (size_t i = RD_WIDE_LIMBS; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

struct rd_wide rd_wide_add(const struct rd_wide *a, const struct rd_wide *b)
{
    struct rd_wide out;
    rd_u128 carry = 0;
    for (size_t i = 0; i < RD_WIDE_LIMBS; i++) {
        carry += (rd_u128)a->limb[i] + b->limb[i];
        out.limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return out;
}

struct rd_wide rd_wide_subtract(const struct rd_wide *a, const struct rd_wide *b)
{
    struct rd_wide out;
    uint64_t borrow = 0;
    for (size_t i = 0; i < RD_WIDE_LIMBS; i++) {
        rd_u128 take = (rd_u128)b->limb[i] + borrow;
        out.limb[i] = (uint64_t)(a->limb[i] - take);
        borrow = a->limb[i] < take;
    }
    return out;
}

struct rd_wide rd_wide_multiply(const struct rd_wide *a, const struct rd_wide *b)
{
    struct rd_wide out = {{0}};
    for (size_t i = 0; i < RD_WIDE_LIMBS; i++) {
        rd_u128 carry = 0;
        for (size_t j = 0; i + j < RD_WIDE_LIMBS; j++) {
            carry += (rd_u128)a->limb[i] * b->limb[j] + out.limb[i + j];
            out.limb[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
    }
    return out;
}

struct rd_wide rd_wide_times(const struct rd_wide *a, uint64_t factor)
{
    struct rd_wide out;
    rd_u128 carry = 0;
    for (size_t i = 0; i < RD_WIDE_LIMBS; i++) {
        carry += (rd_u128)a->limb[i] * factor;
        out.limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return out;
}

struct rd_wide rd_wide_over(const struct rd_wide *a, uint64_t divisor, uint64_t *rest)
{
    struct rd_wide out;
    rd_u128 left = 0;
    for (size_t i = RD_WIDE_LIMBS; i-- > 0;) {
        left = left << 64 | a->limb[i];
        out.limb[i] = (uint64_t)(left / divisor);
        left %= divisor;
    }
    *rest = (uint64_t)left;
    return out;
}

struct rd_wide rd_wide_shift_left(const struct rd_wide *a, unsigned bits)
{
    struct rd_wide out = {{0}};
    size_t limbs = bits / 64, rest = bits % 64;
    for (size_t i = limbs; i < RD_WIDE_LIMBS; i++) {
        out.limb[i] = a->limb[i - limbs] << rest;
        if (rest != 0 && i > limbs)
            out.limb[i] |= a->limb[i - limbs - 1] >> (64 - rest);
    }
    return out;
}

struct rd_wide rd_wide_shift_right(const struct rd_wide *a, unsigned bits)
{
    struct rd_wide out = {{0}};
    size_t limbs = bits / 64, rest = bits % 64;
    for (size_t i = 0; i + limbs < RD_WIDE_LIMBS; i++) {
        out.limb[i] = a->limb[i + limbs] >> rest;
        if (rest != 0 && i + limbs + 1 < RD_WIDE_LIMBS)
            out.limb[i] |= a->limb[i + limbs + 1] << (64 - rest);
    }
    return out;
}

struct rd_wide rd_wide_divide(const struct rd_wide *a, const struct rd_wide *divisor,
                              struct rd_wide *rest)
{
    struct rd_wide quotient = {{0}};
    *rest = quotient;
    if (divisor->limb[0] != 0 && rd_wide_compare(divisor, &(struct rd_wide){{UINT64_MAX}}) <= 0)
        return rd_wide_over(a, divisor->limb[0], &rest->limb[0]);
    for (unsigned bit = RD_WIDE_LIMBS * 64; bit-- > 0;) {
        bool overflow = rest->limb[RD_WIDE_LIMBS - 1] >> 63 != 0;
        *rest = rd_wide_shift_left(rest, 1);
        rest->limb[0] |= a->limb[bit / 64] >> (bit % 64) & 1;
        if (overflow || rd_wide_compare(rest, divisor) >= 0) {
            *rest = rd_wide_subtract(rest, divisor);
            quotient.limb[bit / 64] |= UINT64_C(1) << (bit % 64);
        }
    }
    return quotient;
}

struct rd_wide rd_wide_scale_up(const struct rd_wide *a, int32_t power)
{
    struct rd_wide out = *a;
    for (; power > 19; power -= 19)
        out = rd_wide_times(&out, ten_to_19);
    return rd_wide_times(&out, power_of_ten(power));
}

struct rd_wide rd_wide_scale_down(const struct rd_wide *a, int32_t power, bool *inexact)
{
    struct rd_wide out = *a;
    uint64_t rest = 0;
    for (; power > 0 && !rd_wide_zero(&out); power -= 19) {
        out = rd_wide_over(&out, power > 19 ? ten_to_19 : power_of_ten(power), &rest);
        *inexact = *inexact || rest != 0;
    }
    return out;
}

int32_t rd_wide_digits(const struct rd_wide *a)
{
    struct rd_wide left = *a;
    uint64_t rest = 0;
    int32_t digits = 0;
    while (left.limb[1] != 0 || left.limb[2] != 0 || left.limb[3] != 0 || left.limb[4] != 0 ||
           left.limb[5] != 0) {
        left = rd_wide_over(&left, ten_to_19, &rest);
        digits += 19;
    }
    for (uint64_t low = left.limb[0]; low != 0; low /= 10)
        digits++;
    return digits;
}

/* Bit by bit from the top: root is a multiple of the bits tried so far. */
struct rd_wide rd_wide_sqrt(const struct rd_wide *a, bool *inexact)
{
    struct rd_wide left = *a, root = {{0}};
    for (unsigned shift = RD_WIDE_LIMBS * 64; shift > 0; shift -= 2) {
        struct rd_wide bit = {{0}}, tried;
        bit.limb[(shift - 2) / 64] = UINT64_C(1) << ((shift - 2) % 64);
        tried = rd_wide_add(&root, &bit);
        root = rd_wide_shift_right(&root, 1);
        if (rd_wide_compare(&left, &tried) >= 0) {
            left = rd_wide_subtract(&left, &tried);
            root = rd_wide_add(&root, &bit);
        }
    }
    *inexact = *inexact || !rd_wide_zero(&left);
    return root;
}

/* Half to even by the last digit cut off, `tail`, and whether more lies behind it. */
static bool rounds_up(rd_u128 kept, uint64_t tail, bool inexact)
{
    return tail > 5 || (tail == 5 && (inexact || (kept & 1) != 0));
}

bool rd_decimal_pack(struct rd_wide value, int32_t exponent, bool negative, bool inexact,
                     struct rd_decimal *out)
{
    int32_t digits = rd_wide_digits(&value), drop = digits - RD_DECIMAL_DIGITS_MAX;
    uint64_t tail = 0;
    if (drop < RD_DECIMAL_EXPONENT_MIN - exponent)
        drop = RD_DECIMAL_EXPONENT_MIN - exponent;
    if (drop > 0) {
        value = rd_wide_scale_down(&value, drop - 1, &inexact);
        value = rd_wide_over(&value, 10, &tail);
        exponent += drop;
    }
    rd_u128 kept = rd_wide_low(&value);
    if (drop > 0 && rounds_up(kept, tail, inexact))
        kept++;
    while (kept % 10 == 0 && kept != 0 && (exponent < 0 || kept == rd_decimal_limit())) {
        kept /= 10;
        exponent++;
    }
    while (exponent > RD_DECIMAL_EXPONENT_MAX && kept != 0 && kept < rd_decimal_limit() / 10) {
        kept *= 10;
        exponent--;
    }
    *out = (struct rd_decimal){kept, kept == 0 ? 0 : exponent, negative && kept != 0};
    return kept == 0 || exponent <= RD_DECIMAL_EXPONENT_MAX;
}
