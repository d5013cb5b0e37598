#include "rules/geo/files/release_columns.h"

#include <string.h>

/* In the order in which they are preferred; '#' stands for two digits. */
static const char *const patterns[FIELD_COUNT][8] = {
    [FIELD_POSTCODE] = {"pcds", "pcd8", "pcd2", "pcd7", "pcd"},
    [FIELD_LAD] = {"lad#cd", "oslaua", "laua", "lad"},
    [FIELD_WARD] = {"wd#cd", "osward", "ward"},
    [FIELD_HEALTH] = {"icb#cd", "icb", "sicbl#cd", "sicbl", "ccg#cd", "ccg"},
    [FIELD_ENDED] = {"doterm"},
    [FIELD_SPLIT] = {"split"},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool fits(struct rd_text name, const char *pattern)
{
    size_t at = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '#') {
            if (at + 2 > name.len || !is_digit(name.ptr[at]) || !is_digit(name.ptr[at + 1]))
                return false;
            at += 2;
        } else {
            if (at >= name.len || lower(name.ptr[at]) != *pattern)
                return false;
            at++;
        }
    }
    return at == name.len;
}

static size_t find_column(const struct rd_text *header, size_t count, const char *const *names)
{
    for (; *names != NULL; names++)
        for (size_t i = 0; i < count; i++)
            if (fits(rd_text_trim(header[i]), *names))
                return i;
    return SIZE_MAX;
}

void rd_release_match(const struct rd_text *header, size_t count, struct release_columns *out)
{
    *out = (struct release_columns){.count = count};
    for (size_t field = 0; field < FIELD_COUNT; field++) {
        out->of[field] = find_column(header, count, patterns[field]);
        if (out->of[field] != SIZE_MAX && out->of[field] > out->last)
            out->last = out->of[field];
    }
}

void rd_release_code_point(struct release_columns *out)
{
    *out = (struct release_columns){.count = CODE_POINT_COLUMNS, .last = CODE_POINT_COLUMNS - 1};
    for (size_t field = 0; field < FIELD_COUNT; field++)
        out->of[field] = SIZE_MAX;
    out->of[FIELD_POSTCODE] = 0;
    out->of[FIELD_LAD] = 8;
    out->of[FIELD_WARD] = 9;
}
