#include "rules/engine/temporal.h"

#include <stdio.h>

enum { OFFSET_SECONDS_MAX = 18 * 60 * 60, DAY_SECONDS = 24 * 60 * 60 };

/* What is left of a text while it is read from the front. */
struct reader {
    struct rd_text text;
    size_t at;
};

static char peek(const struct reader *reader)
{
    return reader->at < reader->text.len ? reader->text.ptr[reader->at] : '\0';
}

static bool take(struct reader *reader, char c)
{
    if (reader->at >= reader->text.len || peek(reader) != c)
        return false;
    reader->at++;
    return true;
}

static bool at_digit(const struct reader *reader)
{
    return peek(reader) >= '0' && peek(reader) <= '9';
}

static bool at_end(const struct reader *reader)
{
    return reader->at == reader->text.len;
}

/* 1 to `digits_max` digits (at most 18); how many in *count. */
static bool take_number(struct reader *reader, size_t digits_max, int64_t *out, size_t *count)
{
    *out = 0;
    for (*count = 0; at_digit(reader) && *count < digits_max; ++*count)
        *out = *out * 10 + (reader->text.ptr[reader->at++] - '0');
    return *count > 0 && !at_digit(reader);
}

static bool take_two(struct reader *reader, int64_t below, int64_t *out)
{
    size_t count = 0;
    return take_number(reader, 2, out, &count) && count == 2 && *out < below;
}

static bool leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool rd_date_valid(int64_t year, int64_t month, int64_t day)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < RD_YEAR_MIN || year > RD_YEAR_MAX || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && leap((int32_t)year) ? 1 : 0);
}

/* At least four digits, more without a leading zero. */
static bool take_date(struct reader *reader, struct rd_date *out)
{
    int64_t year = 0, month = 0, day = 0;
    bool negative = take(reader, '-');
    size_t start = reader->at, count = 0;
    if (!take_number(reader, 9, &year, &count) || count < 4 ||
        (count > 4 && reader->text.ptr[start] == '0'))
        return false;
    year = negative ? -year : year;
    if (!take(reader, '-') || !take_two(reader, 13, &month) || !take(reader, '-') ||
        !take_two(reader, 32, &day) || !rd_date_valid(year, month, day))
        return false;
    *out = (struct rd_date){(int32_t)year, (uint8_t)month, (uint8_t)day};
    return true;
}

/* Behind the point; digits beyond the ninth do not count. */
static bool take_fraction(struct reader *reader, uint32_t *nanos)
{
    uint32_t unit = RD_NANOS_PER_SECOND / 10;
    *nanos = 0;
    if (!at_digit(reader))
        return false;
    for (; at_digit(reader); unit /= 10)
        *nanos += unit * (uint32_t)(reader->text.ptr[reader->at++] - '0');
    return true;
}

static bool take_offset(struct reader *reader, struct rd_wall_time *out)
{
    int64_t hours = 0, minutes = 0, seconds = 0;
    bool negative = peek(reader) == '-';
    reader->at++;
    if (!take_two(reader, 19, &hours) || !take(reader, ':') || !take_two(reader, 60, &minutes) ||
        (take(reader, ':') && !take_two(reader, 60, &seconds)))
        return false;
    int64_t total = hours * 3600 + minutes * 60 + seconds;
    out->has_offset = true;
    out->offset_seconds = (int32_t)(negative ? -total : total);
    return total <= OFFSET_SECONDS_MAX;
}

/* Z, an offset, @ and a zone, or nothing: to the end of the text. */
static bool take_zone(struct reader *reader, struct rd_wall_time *out)
{
    if (at_end(reader))
        return true;
    if (peek(reader) == '+' || peek(reader) == '-')
        return take_offset(reader, out) && at_end(reader);
    if (take(reader, 'Z')) {
        out->has_offset = true;
        return at_end(reader);
    }
    if (!take(reader, '@'))
        return false;
    struct rd_text name = rd_text_slice(reader->text, reader->at, reader->text.len);
    out->zone = rd_timezone_find(name);
    if (out->zone == NULL)
        return false;
    out->has_offset = true;
    out->offset_seconds = out->zone->offset_minutes * 60;
    return true;
}

static bool take_time(struct reader *reader, struct rd_wall_time *out)
{
    int64_t hour = 0, minute = 0, second = 0;
    uint32_t nanos = 0;
    if (!take_two(reader, 24, &hour) || !take(reader, ':') || !take_two(reader, 60, &minute) ||
        !take(reader, ':') || !take_two(reader, 60, &second) ||
        (take(reader, '.') && !take_fraction(reader, &nanos)))
        return false;
    *out = (struct rd_wall_time){.hour = (uint8_t)hour,
                                 .minute = (uint8_t)minute,
                                 .second = (uint8_t)second,
                                 .nanosecond = nanos};
    return take_zone(reader, out);
}

bool rd_date_parse(struct rd_text text, struct rd_date *out)
{
    struct reader reader = {text, 0};
    return take_date(&reader, out) && at_end(&reader);
}

bool rd_time_parse(struct rd_text text, struct rd_wall_time *out)
{
    struct reader reader = {text, 0};
    return take_time(&reader, out);
}

void rd_date_time_settle(struct rd_date_time *at)
{
    if (at->time.zone == NULL)
        return;
    at->time.has_offset = false;
    int64_t wall = rd_date_time_seconds(at);
    at->time.has_offset = true;
    at->time.offset_seconds = rd_timezone_offset(at->time.zone, wall);
}

/* "T24:00:00" is the midnight at the end of the day; what stands behind it is read as usual. */
static bool take_end_of_day(struct reader *reader, struct rd_date_time *out)
{
    if (!rd_text_starts(rd_text_slice(reader->text, reader->at, 8), "24:00:00"))
        return take_time(reader, &out->time);
    reader->at += 8;
    return take_zone(reader, &out->time) &&
           rd_date_of_days(rd_date_days(out->date) + 1, &out->date);
}

bool rd_date_time_parse(struct rd_text text, struct rd_date_time *out)
{
    struct reader reader = {text, 0};
    *out = (struct rd_date_time){.time = {.hour = 0}};
    if (!take_date(&reader, &out->date))
        return false;
    if (at_end(&reader))
        return true;
    if (!take(&reader, 'T') || !take_end_of_day(&reader, out))
        return false;
    rd_date_time_settle(out);
    return true;
}

/* `count` of a unit followed by its letter; true with *found false when it is not there. */
static bool take_unit(struct reader *reader, char letter, rd_i128 unit, rd_i128 *total, bool *found)
{
    struct reader before = *reader;
    int64_t value = 0;
    size_t digits = 0;
    if (!at_digit(reader))
        return true;
    if (!take_number(reader, 18, &value, &digits))
        return false;
    if (!take(reader, letter)) {
        *reader = before;
        return true;
    }
    *total += unit * value;
    *found = true;
    return true;
}

static bool take_seconds(struct reader *reader, rd_i128 *total, bool *found)
{
    int64_t value = 0;
    uint32_t nanos = 0;
    size_t digits = 0;
    if (!at_digit(reader))
        return true;
    if (!take_number(reader, 18, &value, &digits))
        return false;
    if (take(reader, '.') && at_digit(reader) && !take_fraction(reader, &nanos))
        return false;
    *total += (rd_i128)value * RD_NANOS_PER_SECOND + nanos;
    *found = true;
    return take(reader, 'S');
}

bool rd_duration_days_parse(struct rd_text text, rd_i128 *out)
{
    static const rd_i128 second = RD_NANOS_PER_SECOND;
    struct reader reader = {text, 0};
    rd_i128 total = 0;
    bool negative = take(&reader, '-'), days = false, times = false;
    if (!take(&reader, 'P') || !take_unit(&reader, 'D', second * DAY_SECONDS, &total, &days))
        return false;
    if (take(&reader, 'T')) {
        if (!take_unit(&reader, 'H', second * 3600, &total, &times) ||
            !take_unit(&reader, 'M', second * 60, &total, &times) ||
            !take_seconds(&reader, &total, &times) || !times)
            return false;
    }
    *out = negative ? -total : total;
    return at_end(&reader) && (days || times) && total <= RD_DURATION_DAYS_MAX;
}

bool rd_duration_months_parse(struct rd_text text, rd_i128 *out)
{
    struct reader reader = {text, 0};
    rd_i128 total = 0;
    bool negative = take(&reader, '-'), found = false;
    if (!take(&reader, 'P') || !take_unit(&reader, 'Y', 12, &total, &found) ||
        !take_unit(&reader, 'M', 1, &total, &found))
        return false;
    *out = negative ? -total : total;
    return at_end(&reader) && found && total <= RD_DURATION_MONTHS_MAX;
}

static size_t put_date(struct rd_date date, char *out, size_t room)
{
    int32_t year = date.year < 0 ? -date.year : date.year;
    return (size_t)snprintf(out, room, "%s%04d-%02u-%02u", date.year < 0 ? "-" : "", year,
                            date.month, date.day);
}

/* ".5": without the zeros at its end; nothing for none. */
static size_t put_fraction(uint32_t nanos, char *out, size_t room)
{
    if (nanos == 0)
        return 0;
    size_t len = (size_t)snprintf(out, room, ".%09u", nanos);
    while (out[len - 1] == '0')
        out[--len] = '\0';
    return len;
}

static void put_zone(const struct rd_wall_time *time, char *out, size_t room)
{
    int32_t offset = time->offset_seconds, size = offset < 0 ? -offset : offset;
    char sign = offset < 0 ? '-' : '+';
    if (time->zone != NULL)
        (void)snprintf(out, room, "@%s", time->zone->name);
    else if (time->has_offset && offset == 0)
        (void)snprintf(out, room, "Z");
    else if (time->has_offset && size % 60 == 0)
        (void)snprintf(out, room, "%c%02d:%02d", sign, size / 3600, size / 60 % 60);
    else if (time->has_offset)
        (void)snprintf(out, room, "%c%02d:%02d:%02d", sign, size / 3600, size / 60 % 60, size % 60);
}

static void put_time(const struct rd_wall_time *time, char *out, size_t room)
{
    size_t len =
        (size_t)snprintf(out, room, "%02u:%02u:%02u", time->hour, time->minute, time->second);
    len += put_fraction(time->nanosecond, out + len, room - len);
    put_zone(time, out + len, room - len);
}

const char *rd_date_format(struct rd_date date, char out[RD_TEMPORAL_TEXT_MAX])
{
    (void)put_date(date, out, RD_TEMPORAL_TEXT_MAX);
    return out;
}

const char *rd_time_format(const struct rd_wall_time *time, char out[RD_TEMPORAL_TEXT_MAX])
{
    put_time(time, out, RD_TEMPORAL_TEXT_MAX);
    return out;
}

const char *rd_date_time_format(const struct rd_date_time *at, char out[RD_TEMPORAL_TEXT_MAX])
{
    size_t len = put_date(at->date, out, RD_TEMPORAL_TEXT_MAX);
    out[len++] = 'T';
    put_time(&at->time, out + len, RD_TEMPORAL_TEXT_MAX - len);
    return out;
}

/* "12D"; nothing for zero. */
static size_t put_unit(int64_t value, char letter, char *out, size_t room)
{
    return value == 0 ? 0 : (size_t)snprintf(out, room, "%lld%c", (long long)value, letter);
}

const char *rd_duration_days_format(rd_i128 nanos, char out[RD_TEMPORAL_TEXT_MAX])
{
    rd_i128 size = nanos < 0 ? -nanos : nanos;
    int64_t seconds = (int64_t)(size / RD_NANOS_PER_SECOND), rest = seconds % DAY_SECONDS;
    uint32_t fraction = (uint32_t)(size % RD_NANOS_PER_SECOND);
    size_t room = RD_TEMPORAL_TEXT_MAX;
    size_t len = (size_t)snprintf(out, room, "%sP", nanos < 0 ? "-" : "");
    len += put_unit(seconds / DAY_SECONDS, 'D', out + len, room - len);
    if (rest != 0 || fraction != 0 || seconds == 0) {
        out[len++] = 'T';
        len += put_unit(rest / 3600, 'H', out + len, room - len);
        len += put_unit(rest / 60 % 60, 'M', out + len, room - len);
    }
    if (rest % 60 != 0 || fraction != 0 || size == 0) {
        len += (size_t)snprintf(out + len, room - len, "%d", (int)(rest % 60));
        len += put_fraction(fraction, out + len, room - len);
        out[len++] = 'S';
    }
    out[len] = '\0';
    return out;
}

const char *rd_duration_months_format(rd_i128 months, char out[RD_TEMPORAL_TEXT_MAX])
{
    int64_t size = (int64_t)(months < 0 ? -months : months);
    size_t room = RD_TEMPORAL_TEXT_MAX;
    size_t len = (size_t)snprintf(out, room, "%sP", months < 0 ? "-" : "");
    len += put_unit(size / 12, 'Y', out + len, room - len);
    if (size % 12 != 0 || size == 0)
        len += (size_t)snprintf(out + len, room - len, "%dM", (int)(size % 12));
    return out;
}
