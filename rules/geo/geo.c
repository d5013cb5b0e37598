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

const struct rd_geo_name *rd_geo_lad(const struct rd_geo_table *geo, struct rd_text code)
{
    return rd_geo_find_name(geo->lads, geo->lads_count, code);
}

struct rd_text rd_geo_lad_name(const struct rd_geo_table *geo, struct rd_text code)
{
    const struct rd_geo_name *lad = rd_geo_lad(geo, code);
    return lad == NULL ? RD_TEXT_NONE : lad->name;
}

bool rd_geo_has_locality(const struct rd_geo_table *geo, struct rd_text locality)
{
    for (size_t i = 0; i < geo->localities_count; i++)
        if (rd_text_equal(geo->localities[i].locality, locality))
            return true;
    for (size_t i = 0; i < geo->practices_count; i++)
        if (rd_text_equal(geo->practices[i].locality, locality))
            return true;
    return false;
}

const struct geo_area *rd_geo_find_area(const struct rd_geo_table *geo, uint64_t key,
                                        struct geo_answer *answer)
{
    answer->image = &geo->own;
    if (rd_geo_image_find(&geo->own, key, &answer->area))
        return &geo->own_areas[answer->area];
    answer->image = &geo->national;
    if (geo->national.bytes == NULL || !rd_geo_image_find(&geo->national, key, &answer->area))
        return NULL;
    return &geo->national_areas[answer->area];
}

size_t rd_geo_first_exception(const struct geo_exception *exceptions, size_t count, uint64_t key)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (exceptions[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool in_force(const struct rd_geo_exception *row, int64_t day)
{
    return row->valid_from <= day && day < row->valid_to;
}

const struct rd_geo_exception *rd_geo_find_exception(const struct rd_geo_table *geo, uint64_t key,
                                                     const struct rd_geo_address *address,
                                                     int64_t day)
{
    const struct rd_geo_exception *whole = NULL;
    size_t i = rd_geo_first_exception(geo->exceptions, geo->exceptions_count, key);
    for (; i < geo->exceptions_count && geo->exceptions[i].key == key; i++) {
        const struct rd_geo_exception *row = &geo->exceptions[i].row;
        if (!in_force(row, day))
            continue;
        if (!rd_text_present(row->address))
            whole = row;
        else if (address != NULL &&
                 rd_geo_lines_begin(address->lines, address->lines_count, row->address))
            return row;
    }
    return whole;
}

/* Of the property; NULL also when the sender's postcode is another than the exception's. */
static const struct rd_geo_exception *
find_property(const struct rd_geo_table *geo, struct rd_text uprn, uint64_t postcode, int64_t day)
{
    uint64_t number;
    if (geo->properties_count == 0 || !rd_geo_read_uprn(uprn, &number))
        return NULL;
    size_t i = rd_geo_first_exception(geo->properties, geo->properties_count, number);
    for (; i < geo->properties_count && geo->properties[i].key == number; i++) {
        const struct rd_geo_exception *row = &geo->properties[i].row;
        struct rd_postcode own;
        rd_postcode_read(row->postcode, &own);
        if (in_force(row, day) && (own.key == 0 || postcode == 0 || own.key == postcode))
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

static struct rd_text code_of(const char *codes, size_t which, uint8_t len)
{
    return len == 0 ? RD_TEXT_NONE : (struct rd_text){codes + which * RD_GEO_CODE_MAX, len};
}

static void take_area(const struct rd_geo_table *geo, const struct geo_area *area,
                      const struct geo_answer *answer, struct rd_geo_place *out)
{
    const char *codes = rd_geo_image_codes(answer->image, answer->area);
    out->lad = code_of(codes, 0, area->lad_len);
    out->ward = code_of(codes, 1, area->ward_len);
    out->health = code_of(codes, 2, area->health_len);
    if (area->lad_name != GEO_NAME_NONE)
        out->lad_name = geo->lads[area->lad_name].name;
    if (area->ward_name != GEO_NAME_NONE)
        out->ward_name = geo->wards[area->ward_name].name;
    out->vintage = answer->image == &geo->own ? geo->own_vintage : geo->national_vintage;
}

/* What the place says of it, whatever the tables do. */
static void take_exception(const struct rd_geo_table *geo, const struct rd_geo_exception *exception,
                           struct rd_geo_place *out)
{
    out->note = exception->note;
    out->locality = exception->locality;
    out->class = exception->kind == RD_GEO_SPLIT        ? RD_POSTCODE_SPLIT
                 : exception->kind == RD_GEO_TERMINATED ? RD_POSTCODE_TERMINATED
                                                        : RD_POSTCODE_KNOWN;
    if (!rd_text_present(exception->lad))
        return;
    const struct rd_geo_name *lad = rd_geo_lad(geo, exception->lad);
    out->lad = exception->lad;
    out->lad_name = lad == NULL ? RD_TEXT_NONE : lad->name;
    out->ward = out->ward_name = out->health = RD_TEXT_NONE; /* they were the postcode's */
    if (lad == NULL || !lad->inside)
        out->class = RD_POSTCODE_OUT_OF_AREA;
}

static void take_known(const struct rd_geo_table *geo, const struct geo_area *area, int64_t day,
                       struct rd_geo_place *out)
{
    if (area->ended) {
        out->class = RD_POSTCODE_TERMINATED;
    } else if (area->split) {
        out->class = RD_POSTCODE_SPLIT;
    } else if (area->lad_len == 0) {
        out->class = RD_POSTCODE_NO_AUTHORITY;
    } else if (!area->inside) {
        out->class = RD_POSTCODE_OUT_OF_AREA;
    } else {
        out->class = RD_POSTCODE_KNOWN;
        out->locality = locality_on(geo, area, day);
    }
}

/* A postcode that has the form of one of this country. */
static void look_up_geographic(const struct rd_geo_table *geo, const struct rd_postcode *postcode,
                               const struct rd_geo_address *address, int64_t day,
                               struct rd_geo_place *out)
{
    struct geo_answer answer;
    const struct geo_area *area = rd_geo_find_area(geo, postcode->key, &answer);
    const struct rd_geo_exception *exception =
        geo->exceptions_count == 0 ? NULL : rd_geo_find_exception(geo, postcode->key, address, day);
    if (area != NULL)
        take_area(geo, area, &answer, out);
    if (exception != NULL) {
        take_exception(geo, exception, out);
        out->basis = rd_text_present(exception->address) ? RD_GEO_BY_ADDRESS : RD_GEO_BY_POSTCODE;
    } else if (area != NULL) {
        take_known(geo, area, day, out);
    } else if (is_nowhere(postcode)) {
        out->class = RD_POSTCODE_NO_AUTHORITY;
        out->note = RD_TEXT("a postcode without a place");
    } else {
        out->class = RD_POSTCODE_UNKNOWN;
        if (geo->national.bytes != NULL)
            out->vintage = geo->national_vintage;
    }
}

static void look_up(const struct rd_geo_table *geo, struct rd_text text,
                    const struct rd_geo_address *address, int64_t day, struct rd_geo_place *out)
{
    struct rd_postcode postcode;
    rd_postcode_read(text, &postcode);
    /* One by one: a compound literal is cleared by an instruction that takes longer than all. */
    out->class = RD_POSTCODE_MISSING;
    out->basis = RD_GEO_BY_POSTCODE;
    out->key = postcode.key;
    memcpy(out->postcode, postcode.text, sizeof out->postcode);
    out->lad = out->lad_name = out->ward = out->ward_name = RD_TEXT_NONE;
    out->health = out->locality = out->note = RD_TEXT_NONE;
    out->vintage = geo->own_vintage;
    switch (postcode.form) {
    case RD_POSTCODE_FORM_MISSING:
        break;
    case RD_POSTCODE_FORM_PSEUDO:
        take_pseudo(&postcode, out);
        break;
    case RD_POSTCODE_FORM_MALFORMED:
        out->class = RD_POSTCODE_MALFORMED;
        break;
    case RD_POSTCODE_FORM_GEOGRAPHIC:
        look_up_geographic(geo, &postcode, address, day, out);
        break;
    }
}

void rd_geo_lookup(const struct rd_geo_table *geo, struct rd_text text, int64_t day,
                   struct rd_geo_place *out)
{
    look_up(geo, text, NULL, day, out);
}

void rd_geo_lookup_address(const struct rd_geo_table *geo, const struct rd_geo_address *address,
                           int64_t day, struct rd_geo_place *out)
{
    look_up(geo, address->postcode, address, day, out);
    const struct rd_geo_exception *property = find_property(geo, address->uprn, out->key, day);
    if (property == NULL)
        return;
    take_exception(geo, property, out);
    out->basis = RD_GEO_BY_UPRN;
}

bool rd_geo_lookup_practice(const struct rd_geo_table *geo, struct rd_text ods, int64_t day,
                            struct rd_geo_place *out)
{
    size_t low = 0, high = geo->practices_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rd_text_compare(geo->practices[middle].ods, ods) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < geo->practices_count && rd_text_equal(geo->practices[low].ods, ods); low++) {
        const struct rd_geo_practice *row = &geo->practices[low];
        if (row->valid_from > day || day >= row->valid_to)
            continue;
        look_up(geo, row->postcode, NULL, day, out);
        if (rd_text_present(row->locality)) {
            out->class = RD_POSTCODE_KNOWN;
            out->locality = row->locality;
        }
        return true;
    }
    look_up(geo, RD_TEXT_NONE, NULL, day, out);
    return false;
}

uint32_t rd_geo_ended(const struct rd_geo_table *geo, uint64_t key)
{
    uint32_t ended = geo->national.bytes == NULL ? 0 : rd_geo_image_ended(&geo->national, key);
    return ended == 0 ? rd_geo_image_ended(&geo->own, key) : ended;
}

struct rd_geo_found rd_geo_found_by_national(const struct rd_geo_table *geo)
{
    return geo->found;
}
