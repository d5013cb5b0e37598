#include "adapters/form/check.h"

#include "rules/geo/postcode.h"

#include <stdio.h>
#include <string.h>

enum { PHONE_DIGITS_MIN = 6, BIRTH_PARTS_MAX = 3 };

void rd_form_error_add(struct rd_form_errors *errors, enum rd_form_field_id id, const char *words)
{
    if (errors->count == FORM_FIELDS_COUNT || rd_form_error_of(errors, id) != NULL)
        return;
    struct rd_form_error *error = &errors->items[errors->count++];
    error->id = id;
    (void)snprintf(error->words, sizeof error->words, "%s", words);
}

const char *rd_form_error_of(const struct rd_form_errors *errors, enum rd_form_field_id id)
{
    for (size_t i = 0; i < errors->count; i++)
        if (errors->items[i].id == id)
            return errors->items[i].words;
    return NULL;
}

static size_t characters(struct rd_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return count;
}

size_t rd_form_digits(struct rd_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] >= '0' && text.ptr[i] <= '9';
    return count;
}

bool rd_form_read_age(struct rd_text text, int32_t *out)
{
    int64_t age = 0;
    if (!rd_text_to_i64(text, &age) || age < 0 || age > FORM_AGE_MAX)
        return false;
    *out = (int32_t)age;
    return true;
}

/* A word of at least three letters that a month begins with. */
static int32_t month_of(struct rd_text text)
{
    static const char *const months[] = {"january",   "february", "march",    "april",
                                         "may",       "june",     "july",     "august",
                                         "september", "october",  "november", "december"};
    int64_t number = 0;
    if (rd_text_to_i64(text, &number))
        return number >= 1 && number <= 12 ? (int32_t)number : 0;
    for (int32_t i = 0; i < 12 && text.len >= 3; i++)
        if (rd_text_equal_nocase(text, rd_text_slice(rd_text_of(months[i]), 0, text.len)))
            return i + 1;
    return 0;
}

/* The parts that are not empty, in order: people write all of it in the first box too. */
static size_t birth_parts(struct rd_text text, struct rd_text parts[BIRTH_PARTS_MAX])
{
    size_t count = 0;
    struct rd_text part;
    for (size_t i = 0; rd_text_present(part = rd_form_part(text, '/', i)); i++) {
        part = rd_text_trim(part);
        if (part.len == 0)
            continue;
        if (count == BIRTH_PARTS_MAX)
            return BIRTH_PARTS_MAX + 1;
        parts[count++] = part;
    }
    return count;
}

enum rd_form_birth rd_form_read_birth(struct rd_text text, int64_t today,
                                      char out[FORM_BIRTH_TEXT_MAX])
{
    struct rd_text parts[BIRTH_PARTS_MAX];
    size_t count = birth_parts(text, parts);
    int64_t year = 0, day = 1;
    struct rd_civil civil = {.month = 1, .day = 1};
    if (count == 0)
        return FORM_BIRTH_EMPTY;
    if (count > BIRTH_PARTS_MAX || !rd_text_to_i64(parts[count - 1], &year) ||
        parts[count - 1].len != 4 || year < 1000)
        return FORM_BIRTH_UNREADABLE;
    if (count > 1)
        civil.month = month_of(parts[count - 2]);
    if (count > 2 && !rd_text_to_i64(parts[0], &day))
        return FORM_BIRTH_UNREADABLE;
    civil.year = (int32_t)year;
    civil.day = day >= 1 && day <= 31 ? (int32_t)day : 0;
    if (!rd_civil_valid(&civil))
        return FORM_BIRTH_UNREADABLE;
    if (rd_days_from_civil(civil.year, civil.month, civil.day) > today)
        return FORM_BIRTH_IN_FUTURE;
    struct rd_civil now;
    rd_instant_to_civil(today * RD_DAY_US, &now);
    if (civil.year < now.year - FORM_AGE_MAX)
        return FORM_BIRTH_TOO_OLD;
    char whole[48];
    (void)snprintf(whole, sizeof whole, "%04d-%02d-%02d", (int)civil.year, (int)civil.month,
                   (int)civil.day);
    size_t len = count == 1 ? 4 : count == 2 ? 7 : 10;
    memcpy(out, whole, len);
    out[len] = '\0';
    return FORM_BIRTH_OK;
}

bool rd_form_read_time(struct rd_text text, const struct rd_form_moment *moment, rd_instant *out)
{
    int64_t number = 0;
    char digits[5] = "";
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((c == ':' || c == '.' || c == ' ') && i > 0)
            continue;
        if (c < '0' || c > '9' || count == 4)
            return false;
        digits[count++] = c;
    }
    if (count < 3 || !rd_text_to_i64((struct rd_text){digits, count}, &number) ||
        number / 100 > 23 || number % 100 > 59)
        return false;
    int64_t day = rd_zone_day(moment->zone, moment->now);
    rd_wall time = number / 100 * RD_HOUR_US + number % 100 * RD_MINUTE_US;
    *out = rd_zone_to_utc(moment->zone, day * RD_DAY_US + time);
    if (*out > moment->now)
        *out = rd_zone_to_utc(moment->zone, (day - 1) * RD_DAY_US + time);
    return true;
}

/* The parts of "21/11" or "21.11.2026" that are there; 0: it is none. */
static size_t day_parts(struct rd_text text, int64_t parts[3])
{
    size_t count = 0, at = 0;
    while (at < text.len) {
        size_t end = at;
        while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9')
            end++;
        if (count == 3 || !rd_text_to_i64(rd_text_slice(text, at, end - at), &parts[count]))
            return 0;
        count++;
        if (end < text.len && text.ptr[end] != '/' && text.ptr[end] != '.' &&
            text.ptr[end] != ' ' && text.ptr[end] != '-')
            return 0;
        at = end + 1;
    }
    return count >= 2 ? count : 0;
}

/* Day of that date since 1970-01-01, in the newest year that is not still to come. */
static bool read_call_day(struct rd_text text, int64_t today, int64_t *out)
{
    int64_t parts[3] = {0, 0, 0};
    struct rd_civil now, civil = {.year = 0};
    size_t count = day_parts(text, parts);
    rd_instant_to_civil(today * RD_DAY_US, &now);
    if (count == 0 || parts[0] < 1 || parts[0] > 31 || parts[1] < 1 || parts[1] > 12 ||
        parts[2] < 0 || parts[2] > 9999)
        return false;
    civil.day = (int32_t)parts[0];
    civil.month = (int32_t)parts[1];
    civil.year = count < 3        ? now.year
                 : parts[2] < 100 ? (int32_t)(2000 + parts[2])
                                  : (int32_t)parts[2];
    if (!rd_civil_valid(&civil) && count == 3)
        return false;
    *out = rd_days_from_civil(civil.year, civil.month, civil.day);
    if (count < 3 && *out > today)
        *out = rd_days_from_civil(--civil.year, civil.month, civil.day);
    return rd_civil_valid(&civil);
}

bool rd_form_read_call(const struct rd_form_state *state, const struct rd_form_moment *moment,
                       rd_instant *out, enum rd_form_field_id *wrong)
{
    int64_t today = rd_zone_day(moment->zone, moment->now), day = 0;
    *wrong = FORM_CALL_START;
    if (!rd_form_read_time(state->values[FORM_CALL_START], moment, out))
        return false;
    if (!rd_form_answered(state, FORM_CALL_DAY))
        return true;
    *wrong = FORM_CALL_DAY;
    if (!read_call_day(state->values[FORM_CALL_DAY], today, &day) || day > today ||
        day < today - FORM_CALL_DAYS_MAX)
        return false;
    rd_wall wall = rd_zone_to_wall(moment->zone, *out);
    *out = rd_zone_to_utc(moment->zone,
                          day * RD_DAY_US + (wall - rd_zone_day(moment->zone, *out) * RD_DAY_US));
    *wrong = FORM_CALL_START;
    return *out <= moment->now;
}

static const char *birth_words(struct rd_text text, const struct rd_form_moment *moment)
{
    char date[FORM_BIRTH_TEXT_MAX];
    switch (rd_form_read_birth(text, rd_zone_day(moment->zone, moment->now), date)) {
    case FORM_BIRTH_EMPTY:
    case FORM_BIRTH_OK:
        return NULL;
    case FORM_BIRTH_IN_FUTURE:
        return "The date of birth must be in the past";
    case FORM_BIRTH_TOO_OLD:
        return "Check the year of birth: it is more than 130 years ago";
    case FORM_BIRTH_UNREADABLE:
        break;
    }
    return "Enter a real date of birth, like 27 3 1944, or only the year";
}

/* What is wrong with an answer that is there; NULL: nothing. */
static const char *wrong_words(const struct rd_form_state *state, enum rd_form_field_id id,
                               const struct rd_form_moment *moment)
{
    struct rd_text value = state->values[id];
    struct rd_postcode postcode;
    int32_t age = 0;
    rd_instant at = 0;
    enum rd_form_field_id wrong = id;
    if (id == FORM_BIRTH)
        return birth_words(value, moment);
    if (id == FORM_AGE && !rd_form_read_age(value, &age))
        return "Enter the age in whole years, from 0 to 130";
    if (id == FORM_POSTCODE || id == FORM_NOW_POSTCODE) {
        rd_postcode_read(value, &postcode);
        if (postcode.form == RD_POSTCODE_FORM_MALFORMED)
            return "Enter a full postcode, like IG1 1DN, or leave it empty";
    }
    if ((id == FORM_PHONE || id == FORM_YOUR_PHONE) && rd_form_digits(value) < PHONE_DIGITS_MIN)
        return "Enter a full telephone number, like 020 7946 0123";
    bool when = id == FORM_CALL_START || id == FORM_CALL_DAY;
    if (!when || rd_form_read_call(state, moment, &at, &wrong) || wrong != id)
        return NULL;
    if (id == FORM_CALL_DAY)
        return "Enter a day of the last month, like 21/11, or leave it empty";
    return at > moment->now ? "This time is still to come on that day"
                            : "Enter when the call started, like 14:05";
}

void rd_form_check(const struct rd_form_state *state, enum rd_form_field_id id, bool needed,
                   const struct rd_form_moment *moment, struct rd_form_errors *errors)
{
    const struct rd_form_field *field = rd_form_field(id);
    struct rd_text value = state->values[id];
    bool of_options = field->kind == FORM_RADIOS;
    bool empty = value.len == 0 ||
                 (of_options && rd_form_option(field, rd_form_voice_of(state), value) == NULL);
    if (empty) {
        if (needed)
            rd_form_error_add(errors, id, field->missing);
        return;
    }
    if (field->characters_max > 0 && characters(value) > field->characters_max) {
        char words[64];
        (void)snprintf(words, sizeof words, "This is too long: use at most %u characters",
                       (unsigned)field->characters_max);
        rd_form_error_add(errors, id, words);
        return;
    }
    const char *wrong = wrong_words(state, id, moment);
    if (wrong != NULL)
        rd_form_error_add(errors, id, wrong);
}
