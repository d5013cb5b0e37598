/* What may have been meant by a postcode that no table knows. Slow by a look-up's measure (up to
 * some 300 of them), and asked for by people only. */
#include "rules/geo/geo_data.h"

#include <string.h>

struct search {
    const struct rd_geo_table *geo;
    int64_t day;
    /* Of the place, and of elsewhere; `*_count` goes on beyond what is kept. */
    char inside[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX];
    char outside[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX];
    size_t inside_count, outside_count;
};

static void keep(char list[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX], size_t *count,
                 const char *text)
{
    for (size_t i = 0; i < *count && i < RD_GEO_SUGGESTIONS_MAX; i++)
        if (strcmp(list[i], text) == 0)
            return;
    if (*count < RD_GEO_SUGGESTIONS_MAX)
        memcpy(list[*count], text, RD_POSTCODE_TEXT_MAX);
    (*count)++;
}

static void try(struct search *search, const char *compact, size_t len)
{
    struct rd_postcode postcode;
    struct geo_answer answer;
    rd_postcode_read((struct rd_text){compact, len}, &postcode);
    if (postcode.form != RD_POSTCODE_FORM_GEOGRAPHIC)
        return;
    const struct geo_area *area = rd_geo_find_area(search->geo, postcode.key, &answer);
    const struct rd_geo_exception *exception =
        rd_geo_find_exception(search->geo, postcode.key, NULL, search->day);
    bool ended =
        exception != NULL ? exception->kind == RD_GEO_TERMINATED : area != NULL && area->ended;
    if ((area == NULL && exception == NULL) || ended)
        return;
    if (area == NULL || area->inside)
        keep(search->inside, &search->inside_count, postcode.text);
    else
        keep(search->outside, &search->outside_count, postcode.text);
}

/* The other of two characters that are taken for each other; 0: there is none. */
static char look_alike(char c)
{
    switch (c) {
    case 'O':
        return '0';
    case '0':
        return 'O';
    case 'I':
        return '1';
    case '1':
        return 'I';
    default:
        return '\0';
    }
}

static void try_look_alikes(struct search *search, const char *compact, size_t len)
{
    size_t places[RD_POSTCODE_COMPACT_MAX], count = 0;
    for (size_t i = 0; i < len; i++)
        if (look_alike(compact[i]) != '\0')
            places[count++] = i;
    for (uint32_t swaps = 1; swaps < (1U << count); swaps++) {
        char tried[RD_POSTCODE_COMPACT_MAX];
        memcpy(tried, compact, len);
        for (size_t i = 0; i < count; i++)
            if ((swaps >> i & 1) != 0)
                tried[places[i]] = look_alike(compact[places[i]]);
        try(search, tried, len);
    }
}

static void try_swaps(struct search *search, const char *compact, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        char tried[RD_POSTCODE_COMPACT_MAX];
        memcpy(tried, compact, len);
        tried[i] = compact[i + 1];
        tried[i + 1] = compact[i];
        if (compact[i] != compact[i + 1])
            try(search, tried, len);
    }
}

static void try_others(struct search *search, const char *compact, size_t len)
{
    static const char others[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t i = 0; i < len; i++)
        for (const char *other = others; *other != '\0'; other++) {
            char tried[RD_POSTCODE_COMPACT_MAX];
            memcpy(tried, compact, len);
            tried[i] = *other;
            if (*other != compact[i])
                try(search, tried, len);
        }
}

size_t rd_geo_suggest(const struct rd_geo_table *geo, struct rd_text text, int64_t day,
                      char out[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX])
{
    static void (*const kinds[])(struct search *, const char *, size_t) = {try_look_alikes,
                                                                           try_swaps, try_others};
    char compact[RD_POSTCODE_COMPACT_MAX];
    size_t len = rd_postcode_compact(text, compact);
    if (len > RD_POSTCODE_COMPACT_MAX)
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct search search = {.geo = geo, .day = day};
        kinds[i](&search, compact, len);
        bool inside = search.inside_count > 0;
        size_t count = inside ? search.inside_count : search.outside_count;
        if (count > 0 && count <= RD_GEO_SUGGESTIONS_MAX) {
            memcpy(out, inside ? search.inside : search.outside, count * sizeof search.inside[0]);
            return count;
        }
        if (count > 0)
            return 0;
    }
    return 0;
}
