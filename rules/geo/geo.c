#include "rules/geo/geo_data.h"

#include <string.h>

const struct rd_geo_name *rd_geo_find_name(const struct rd_geo_name *names, size_t count,
                                           struct rd_text code)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = rd_text_compare(names[middle].code, code);
        if (order == 0)
            return &names[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct rd_text rd_geo_lad_name(const struct rd_geo_table *geo, struct rd_text code)
{
    const struct rd_geo_name *lad = rd_geo_find_name(geo->lads, geo->lads_count, code);
    return lad == NULL ? RD_TEXT_NONE : lad->name;
}

bool rd_geo_has_locality(const struct rd_geo_table *geo, struct rd_text locality)
{
    for (size_t i = 0; i < geo->localities_count; i++)
        if (rd_text_equal(geo->localities[i].locality, locality))
            return true;
    return false;
}

/* Both images, the place's own first. */
static const struct geo_area *find_area(const struct rd_geo_table *geo, uint64_t key,
                                        struct rd_text *vintage)
{
    uint32_t area;
    *vintage = geo->own_vintage;
    if (rd_geo_image_find(&geo->own, key, &area))
        return &geo->own_areas[area];
    if (geo->national.bytes == NULL || !rd_geo_image_find(&geo->national, key, &area))
        return NULL;
    *vintage = geo->national_vintage;
    return &geo->national_areas[area];
}

/* The exception in force for that postcode on that day. */
static const struct rd_geo_exception *find_exception(const struct rd_geo_table *geo, uint64_t key,
                                                     int64_t day)
{
    size_t low = 0, high = geo->exceptions_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (geo->exceptions[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < geo->exceptions_count && geo->exceptions[low].key == key; low++) {
        const struct rd_geo_exception *row = &geo->exceptions[low].row;
        if (row->valid_from <= day && day < row->valid_to)
            return row;
    }
    return NULL;
}

static struct rd_text locality_on(const struct rd_geo_table *geo, const struct geo_area *area,
                                  int64_t day)
{
    for (uint32_t i = 0; i < area->localities_count; i++) {
        const struct rd_geo_locality *row = &geo->localities[area->first_locality + i];
        if (row->valid_from <= day && day < row->valid_to)
            return row->locality;
    }
    return RD_TEXT_NONE;
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

/* Every way to swap look-alikes; a suggestion only when exactly one of them is a known postcode. */
static void suggest(const struct rd_geo_table *geo, struct rd_text text, struct rd_geo_place *out)
{
    char compact[RD_POSTCODE_COMPACT_MAX];
    size_t places[RD_POSTCODE_COMPACT_MAX];
    size_t len = rd_postcode_compact(text, compact);
    size_t count = 0, found = 0;
    for (size_t i = 0; len <= RD_POSTCODE_COMPACT_MAX && i < len; i++)
        if (look_alike(compact[i]) != '\0')
            places[count++] = i;
    for (uint32_t swaps = 1; swaps < (1U << count); swaps++) {
        char tried[RD_POSTCODE_COMPACT_MAX];
        struct rd_postcode postcode;
        struct rd_text vintage;
        memcpy(tried, compact, len);
        for (size_t i = 0; i < count; i++)
            if ((swaps >> i & 1) != 0)
                tried[places[i]] = look_alike(compact[places[i]]);
        rd_postcode_read((struct rd_text){tried, len}, &postcode);
        if (postcode.form != RD_POSTCODE_FORM_GEOGRAPHIC ||
            find_area(geo, postcode.key, &vintage) == NULL)
            continue;
        found++;
        memcpy(out->suggestion, postcode.text, sizeof out->suggestion);
    }
    if (found != 1)
        out->suggestion[0] = '\0';
}

/* NHS Data Dictionary's pseudo postcodes. */
static void take_pseudo(const struct rd_postcode *postcode, struct rd_geo_place *out)
{
    static const struct {
        const char *inward, *note;
    } rows[] = {
        {"3VZ", "no fixed abode"},
        {"3WZ", "address not known"},
        {"3CZ", "England, not otherwise stated"},
        {"3GZ", "Wales, not otherwise stated"},
        {"1WZ", "Scotland, not otherwise stated"},
        {"2WZ", "Northern Ireland, not otherwise stated"},
    };
    out->class = RD_POSTCODE_PSEUDO;
    out->note = RD_TEXT("an overseas country");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(postcode->text + 5, rows[i].inward) == 0)
            out->note = rd_text_of(rows[i].note);
    if (strcmp(postcode->text, "ZZ99 3VZ") == 0)
        out->class = RD_POSTCODE_NO_FIXED_ABODE;
}

/* Real, and nowhere: the Girobank's and those of the forces. */
static bool is_nowhere(const struct rd_postcode *postcode)
{
    return strcmp(postcode->text, "GIR 0AA") == 0 || memcmp(postcode->text, "BF1 ", 4) == 0;
}

static void take_known(const struct rd_geo_table *geo, const struct geo_area *area,
                       const struct rd_geo_exception *exception, int64_t day,
                       struct rd_geo_place *out)
{
    if (area != NULL) {
        out->lad = area->lad;
        out->lad_name = area->lad_name;
        out->ward = area->ward;
        out->ward_name = area->ward_name;
    }
    if (exception != NULL) {
        out->note = exception->note;
        out->class = exception->kind == RD_GEO_SPLIT        ? RD_POSTCODE_SPLIT
                     : exception->kind == RD_GEO_TERMINATED ? RD_POSTCODE_TERMINATED
                                                            : RD_POSTCODE_KNOWN;
        out->locality = exception->locality;
    } else if (!rd_text_present(area->lad)) {
        out->class = RD_POSTCODE_NO_AUTHORITY;
    } else if (!area->inside) {
        out->class = RD_POSTCODE_OUT_OF_AREA;
    } else {
        out->class = RD_POSTCODE_KNOWN;
        out->locality = locality_on(geo, area, day);
    }
}

void rd_geo_lookup(const struct rd_geo_table *geo, struct rd_text text, int64_t day,
                   struct rd_geo_place *out)
{
    struct rd_postcode postcode;
    rd_postcode_read(text, &postcode);
    *out = (struct rd_geo_place){.class = RD_POSTCODE_MISSING, .vintage = geo->own_vintage};
    memcpy(out->postcode, postcode.text, sizeof out->postcode);
    if (postcode.form == RD_POSTCODE_FORM_MISSING)
        return;
    if (postcode.form == RD_POSTCODE_FORM_PSEUDO) {
        take_pseudo(&postcode, out);
        return;
    }
    if (postcode.form == RD_POSTCODE_FORM_MALFORMED) {
        out->class = RD_POSTCODE_MALFORMED;
        suggest(geo, text, out);
        return;
    }
    const struct geo_area *area = find_area(geo, postcode.key, &out->vintage);
    const struct rd_geo_exception *exception = find_exception(geo, postcode.key, day);
    if (area != NULL || exception != NULL) {
        take_known(geo, area, exception, day, out);
    } else if (is_nowhere(&postcode)) {
        out->class = RD_POSTCODE_NO_AUTHORITY;
        out->note = RD_TEXT("a postcode without a place");
    } else {
        out->class = RD_POSTCODE_UNKNOWN;
        if (geo->national.bytes != NULL)
            out->vintage = geo->national_vintage;
        suggest(geo, text, out);
    }
}
