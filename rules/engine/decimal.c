#include "rules/engine/decimal.h"

#include <string.h>

static rd_u128 power_of_ten(int32_t power)
{
    rd_u128 value = 1;
    for (int32_t i = 0; i < power; i++)
        value *= 10;
    return value;
}

static int32_t digit_count(rd_u128 value)
{
    int32_t count = 0;
    for (; value != 0; value /= 10)
        count++;
    return count;
}

struct rd_decimal rd_decimal_of(int64_t value)
{
    bool negative = value < 0;
    uint64_t magnitude = negative ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
    return (struct rd_decimal){.coefficient = magnitude, .exponent = 0, .negative = negative};
}

/* The digits read so far; those beyond 34 only steer the rounding. */
struct digits {
    rd_u128 coefficient;
    int32_t kept, dropped, after_point;
    unsigned first_dropped;
    bool rest_dropped; /* a digit other than 0 behind the first dropped one */
};

static void take_digit(struct digits *digits, unsigned digit, bool after_point)
{
    if (after_point)
        digits->after_point++;
    if (digits->kept == RD_DECIMAL_DIGITS_MAX) {
        if (digits->dropped == 0)
            digits->first_dropped = digit;
        else if (digit != 0)
            digits->rest_dropped = true;
        digits->dropped++;
        return;
    }
    digits->coefficient = digits->coefficient * 10U + digit;
    if (digits->coefficient != 0)
        digits->kept++;
}

static bool is_digit(struct rd_text text, size_t at)
{
    return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

static bool read_exponent(struct rd_text text, size_t *at, int32_t *out)
{
    size_t i = *at + 1;
    bool negative = i < text.len && text.ptr[i] == '-';
    int32_t value = 0;
    if (i < text.len && (text.ptr[i] == '-' || text.ptr[i] == '+'))
        i++;
    if (!is_digit(text, i))
        return false;
    for (; is_digit(text, i); i++)
        if (value < 100000)
            value = value * 10 + (text.ptr[i] - '0');
    *at = i;
    *out = negative ? -value : value;
    return true;
}

/* Rounds to 34 digits and brings the exponent into range; false when it cannot be. */
static bool finish(struct digits *digits, int32_t exponent, struct rd_decimal *out)
{
    exponent += digits->dropped - digits->after_point;
    if (digits->dropped > 0) {
        bool odd = (digits->coefficient & 1) != 0;
        if (digits->first_dropped > 5 ||
            (digits->first_dropped == 5 && (digits->rest_dropped || odd)))
            digits->coefficient++;
        if (digits->coefficient == power_of_ten(RD_DECIMAL_DIGITS_MAX)) {
            digits->coefficient /= 10;
            exponent++;
        }
    }
    while (digits->coefficient % 10 == 0 && digits->coefficient != 0 &&
           exponent < 0) { /* 1.50 is held as 1.5 */
        digits->coefficient /= 10;
        exponent++;
    }
    if (digits->coefficient == 0)
        exponent = 0;
    while (exponent > RD_DECIMAL_EXPONENT_MAX &&
           digit_count(digits->coefficient) < RD_DECIMAL_DIGITS_MAX) {
        digits->coefficient *= 10;
        exponent--;
    }
    out->coefficient = digits->coefficient;
    out->exponent = exponent;
    return exponent >= RD_DECIMAL_EXPONENT_MIN && exponent <= RD_DECIMAL_EXPONENT_MAX;
}

bool rd_decimal_parse(struct rd_text text, struct rd_decimal *out)
{
    struct digits digits = {0};
    size_t at = 0;
    int32_t exponent = 0;
    bool negative = text.len > 0 && text.ptr[0] == '-';
    if (negative)
        at++;
    bool whole = is_digit(text, at);
    for (; is_digit(text, at); at++)
        take_digit(&digits, (unsigned)(text.ptr[at] - '0'), false);
    if (at < text.len && text.ptr[at] == '.') {
        at++;
        if (!is_digit(text, at))
            return false;
        for (; is_digit(text, at); at++)
            take_digit(&digits, (unsigned)(text.ptr[at] - '0'), true);
    } else if (!whole) {
        return false;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E') &&
        !read_exponent(text, &at, &exponent))
        return false;
    if (at != text.len || !finish(&digits, exponent, out))
        return false;
    out->negative = negative && out->coefficient != 0;
    return true;
}

static int compare_magnitudes(struct rd_decimal a, struct rd_decimal b)
{
    if (a.coefficient == 0 || b.coefficient == 0)
        return (a.coefficient != 0) - (b.coefficient != 0);
    int32_t top_a = digit_count(a.coefficient) + a.exponent;
    int32_t top_b = digit_count(b.coefficient) + b.exponent;
    if (top_a != top_b)
        return top_a < top_b ? -1 : 1;
    /* Equal tops: the exponents differ by less than 34, so that scaling stays below 10^34. */
    if (a.exponent > b.exponent)
        a.coefficient *= power_of_ten(a.exponent - b.exponent);
    else
        b.coefficient *= power_of_ten(b.exponent - a.exponent);
    return (a.coefficient > b.coefficient) - (a.coefficient < b.coefficient);
}

int rd_decimal_compare(struct rd_decimal a, struct rd_decimal b)
{
    if (a.negative != b.negative)
        return a.negative ? -1 : 1;
    return a.negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

bool rd_decimal_shift(struct rd_decimal value, int step, int32_t scale, struct rd_decimal *out)
{
    int32_t zeros = value.exponent + scale;
    if (value.coefficient == 0)
        zeros = 0;
    if (zeros < 0 || digit_count(value.coefficient) + zeros >= RD_DECIMAL_DIGITS_MAX)
        return false;
    rd_u128 magnitude = value.coefficient * power_of_ten(zeros);
    rd_u128 move = step < 0 ? (rd_u128)(-(int64_t)step) : (rd_u128)step;
    bool down = (step < 0) != value.negative; /* towards zero */
    out->exponent = -scale;
    if (!down) {
        out->coefficient = magnitude + move;
        out->negative = value.negative;
    } else {
        bool crosses = move > magnitude;
        out->coefficient = crosses ? move - magnitude : magnitude - move;
        out->negative = crosses != value.negative && out->coefficient != 0;
    }
    return true;
}

static size_t put_digits(rd_u128 value, char *out)
{
    char reversed[RD_DECIMAL_TEXT_MAX];
    size_t count = 0;
    for (; value > UINT64_MAX; value /= 10)
        reversed[count++] = (char)('0' + (int)(value % 10));
    uint64_t rest = (uint64_t)value; /* nearly always all of it: dividing 128 bits takes a call */
    do {
        reversed[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    for (size_t i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    return count;
}

const char *rd_decimal_format(struct rd_decimal value, char out[RD_DECIMAL_TEXT_MAX])
{
    char digits[RD_DECIMAL_TEXT_MAX];
    size_t len = 0;
    for (; value.exponent < 0 && value.coefficient % 10 == 0; value.exponent++)
        value.coefficient /= 10;
    int32_t count = (int32_t)put_digits(value.coefficient, digits);
    if (value.negative)
        out[len++] = '-';
    if (value.exponent == 0 || (value.exponent > 0 && count + value.exponent <= 36)) {
        memcpy(out + len, digits, (size_t)count);
        len += (size_t)count;
        memset(out + len, '0', (size_t)value.exponent);
        len += (size_t)value.exponent;
    } else if (value.exponent < 0 && value.exponent >= -RD_DECIMAL_DIGITS_MAX &&
               count + (count <= -value.exponent ? -value.exponent - count + 1 : 0) <= 40) {
        int32_t whole = count + value.exponent;
        if (whole <= 0)
            out[len++] = '0';
        for (int32_t i = 0; i < whole; i++)
            out[len++] = digits[i];
        out[len++] = '.';
        for (int32_t i = whole; i < count; i++)
            out[len++] = i < 0 ? '0' : digits[i];
    } else {
        memcpy(out + len, digits, (size_t)count);
        len += (size_t)count;
        out[len++] = 'e';
        if (value.exponent < 0)
            out[len++] = '-';
        int32_t power = value.exponent < 0 ? -value.exponent : value.exponent;
        len += put_digits((rd_u128)power, out + len);
    }
    out[len] = '\0';
    return out;
}
