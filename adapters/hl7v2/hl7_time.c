#include "adapters/hl7v2/hl7_time.h"

#include <string.h>

/* The digits of date and time, the separators of the longer spelling left out. */
struct parts {
    char digits[16];
    size_t count;
    int32_t micros;
    bool fraction;
    bool offset;
    rd_instant offset_us;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_offset(struct rd_text text, struct parts *out)
{
    struct rd_text rest = rd_text_slice(text, 1, text.len);
    int64_t number = 0;
    if (rest.len == 5 && rest.ptr[2] == ':') {
        int64_t hours = 0;
        if (!rd_text_to_i64(rd_text_slice(rest, 0, 2), &hours) ||
            !rd_text_to_i64(rd_text_slice(rest, 3, 2), &number))
            return false;
        number += hours * 100;
    } else if (rest.len != 4 || !is_digit(rest.ptr[0]) || !rd_text_to_i64(rest, &number)) {
        return false;
    }
    if (number < 0 || number % 100 > 59 || number / 100 > 14)
        return false;
    out->offset = true;
    out->offset_us = (number / 100) * RD_HOUR_US + (number % 100) * RD_MINUTE_US;
    if (text.ptr[0] == '-')
        out->offset_us = -out->offset_us;
    return true;
}

static size_t read_fraction(struct rd_text text, size_t at, struct parts *out)
{
    int32_t weight = 100000;
    for (at++; at < text.len && is_digit(text.ptr[at]); at++) {
        out->micros += (text.ptr[at] - '0') * weight;
        weight /= 10;
        out->fraction = true;
    }
    return at;
}

/* 00 for a month or a day that nobody knows: "19450300", "19450000". */
static void shorten_unknown(struct parts *out)
{
    for (size_t at = 4; at <= 6 && at + 2 <= out->count; at += 2)
        if (out->digits[at] == '0' && out->digits[at + 1] == '0')
            out->count = at;
}

static bool read_parts(struct rd_text text, struct parts *out)
{
    *out = (struct parts){.count = 0};
    bool dashed = text.len >= 10 && text.ptr[4] == '-' && text.ptr[7] == '-';
    size_t at = 0;
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        bool separator = dashed && (c == ':' || c == 'T' || c == ' ' || (c == '-' && at < 10));
        if (separator)
            continue;
        if (!is_digit(c))
            break;
        if (out->count == 14)
            return false;
        out->digits[out->count++] = c;
    }
    if (at < text.len && text.ptr[at] == '.')
        at = read_fraction(text, at, out);
    if (at < text.len && text.ptr[at] == 'Z' && at + 1 == text.len) {
        out->offset = true;
        at++;
    } else if (at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-')) {
        if (!read_offset(rd_text_slice(text, at, text.len), out))
            return false;
        at = text.len;
    }
    shorten_unknown(out);
    return at == text.len && out->count >= 4 && out->count % 2 == 0;
}

static int32_t number_at(const struct parts *parts, size_t at, size_t len, int32_t fallback)
{
    if (at + len > parts->count)
        return fallback;
    int32_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (parts->digits[at + i] - '0');
    return value;
}

static bool read_civil(struct rd_text text, struct parts *parts, struct rd_civil *out)
{
    if (!read_parts(rd_text_trim(text), parts))
        return false;
    *out = (struct rd_civil){
        .year = number_at(parts, 0, 4, 0),
        .month = number_at(parts, 4, 2, 1),
        .day = number_at(parts, 6, 2, 1),
        .hour = number_at(parts, 8, 2, 0),
        .minute = number_at(parts, 10, 2, 0),
        .second = number_at(parts, 12, 2, 0),
        .micros = parts->micros,
    };
    return rd_civil_valid(out);
}

static enum rd_precision precision_of(const struct parts *parts)
{
    if (parts->fraction)
        return RD_PRECISION_FRACTION;
    if (parts->count >= 14)
        return RD_PRECISION_SECOND;
    if (parts->count >= 10)
        return RD_PRECISION_MINUTE;
    if (parts->count >= 8)
        return RD_PRECISION_DAY;
    return parts->count >= 6 ? RD_PRECISION_MONTH : RD_PRECISION_YEAR;
}

struct rd_time *rd_hl7_time(struct rd_text text, const struct rd_zone *zone, struct rd_arena *arena)
{
    struct parts parts;
    struct rd_civil civil;
    if (!rd_text_present(text) || !read_civil(text, &parts, &civil))
        return NULL;
    struct rd_time *out = rd_arena_take(arena, sizeof *out);
    if (out == NULL)
        return NULL;
    out->original = rd_text_trim(text);
    out->precision = precision_of(&parts);
    out->offset_assumed = !parts.offset;
    out->utc_us = parts.offset ? rd_instant_from_civil(&civil) - parts.offset_us
                               : rd_zone_to_utc(zone, rd_instant_from_civil(&civil));
    return out;
}

struct rd_text rd_hl7_date(struct rd_text text, struct rd_arena *arena)
{
    struct parts parts;
    struct rd_civil civil;
    if (!rd_text_present(text) || !read_civil(text, &parts, &civil))
        return RD_TEXT_NONE;
    if (parts.count >= 8)
        return rd_arena_format(arena, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
    if (parts.count >= 6)
        return rd_arena_format(arena, "%04d-%02d", civil.year, civil.month);
    return rd_arena_format(arena, "%04d", civil.year);
}
