#include "rules/geo/geo_data.h"

#include <stdlib.h>

struct build {
    const struct rd_geo_source *source;
    struct rd_geo_table *geo;
    struct rd_geo_problem *problem;
    struct rd_errbuf *why;
};

static enum rd_err no_memory(struct build *build)
{
    return rd_fail(build->why, RD_E_NOMEM, "no memory for the place's postcodes");
}

static bool keep(struct build *build, struct rd_text text, struct rd_text *out)
{
    return rd_arena_copy(&build->geo->arena, text, out);
}

static bool is_blank(struct rd_text text)
{
    return text.ptr == NULL || text.len == 0;
}

static struct rd_text shown(struct rd_text text)
{
    return rd_text_slice(text, 0, 64);
}

static int name_order(const void *left, const void *right)
{
    const struct rd_geo_name *a = left, *b = right;
    int order = rd_text_compare(a->code, b->code);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static enum rd_err take_names(struct build *build, enum rd_geo_list list,
                              const struct rd_geo_name *names, size_t count,
                              struct rd_geo_name **out)
{
    build->problem->list = list;
    struct rd_geo_name *copy = rd_arena_array(&build->geo->arena, count, sizeof *copy);
    if (count > 0 && copy == NULL)
        return no_memory(build);
    if (count >= GEO_NAME_NONE)
        return rd_fail(build->why, RD_E_TOOBIG, "found %zu codes, expected fewer than %d", count,
                       GEO_NAME_NONE);
    for (size_t i = 0; i < count; i++) {
        build->problem->line = names[i].line;
        if (is_blank(names[i].code) || is_blank(names[i].name))
            return rd_fail(build->why, RD_E_INVALID,
                           "found an empty code or name, expected both; fill it in");
        copy[i] = names[i];
        if (!keep(build, names[i].code, &copy[i].code) ||
            !keep(build, names[i].name, &copy[i].name))
            return no_memory(build);
    }
    if (count > 0)
        qsort(copy, count, sizeof *copy, name_order);
    for (size_t i = 1; i < count; i++) {
        if (!rd_text_equal(copy[i].code, copy[i - 1].code))
            continue;
        build->problem->line = copy[i].line;
        return rd_fail(build->why, RD_E_INVALID,
                       "found code '%.*s' again, expected each once (first at line %u); remove one",
                       RD_TEXT_ARG(shown(copy[i].code)), copy[i - 1].line);
    }
    *out = copy;
    return RD_OK;
}

static enum rd_err check_span(struct build *build, int64_t from, int64_t to)
{
    if (from < to)
        return RD_OK;
    return rd_fail(build->why, RD_E_INVALID,
                   "found a row that ends on or before the day it begins, expected valid_to after "
                   "valid_from; correct one of them");
}

static int locality_order(const void *left, const void *right)
{
    const struct rd_geo_locality *a = left, *b = right;
    int order = rd_text_compare(a->ward, b->ward);
    if (order == 0)
        order = (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static enum rd_err take_localities(struct build *build)
{
    const struct rd_geo_source *source = build->source;
    struct rd_geo_table *geo = build->geo;
    size_t count = source->localities_count;
    struct rd_geo_locality *copy = rd_arena_array(&geo->arena, count, sizeof *copy);
    build->problem->list = RD_GEO_LIST_LOCALITIES;
    if (count > 0 && copy == NULL)
        return no_memory(build);
    for (size_t i = 0; i < count; i++) {
        const struct rd_geo_locality *row = &source->localities[i];
        build->problem->line = row->line;
        build->problem->at = row->ward;
        if (rd_geo_find_name(geo->wards, geo->wards_count, row->ward) == NULL)
            return rd_fail(build->why, RD_E_INVALID,
                           "found ward '%.*s', expected one of the wards; correct it or add it to "
                           "the wards",
                           RD_TEXT_ARG(shown(row->ward)));
        build->problem->at = row->locality;
        if (is_blank(row->locality))
            return rd_fail(build->why, RD_E_INVALID,
                           "found no locality, expected a name; fill it in");
        build->problem->at = RD_TEXT_NONE;
        enum rd_err err = check_span(build, row->valid_from, row->valid_to);
        if (err != RD_OK)
            return err;
        copy[i] = *row;
        if (!keep(build, row->ward, &copy[i].ward) ||
            !keep(build, row->locality, &copy[i].locality))
            return no_memory(build);
    }
    if (count > 0)
        qsort(copy, count, sizeof *copy, locality_order);
    for (size_t i = 1; i < count; i++) {
        if (!rd_text_equal(copy[i].ward, copy[i - 1].ward) ||
            copy[i].valid_from >= copy[i - 1].valid_to)
            continue;
        build->problem->line = copy[i].line;
        return rd_fail(build->why, RD_E_INVALID,
                       "found ward '%.*s' while the row at line %u is still valid, expected one "
                       "locality a day; end that row first",
                       RD_TEXT_ARG(shown(copy[i].ward)), copy[i - 1].line);
    }
    geo->localities = copy;
    geo->localities_count = count;
    return RD_OK;
}

static enum rd_err refuse_locality(struct build *build, struct rd_text locality)
{
    return rd_fail(build->why, RD_E_INVALID,
                   "found locality '%.*s', expected one that a ward or a practice has; correct it",
                   RD_TEXT_ARG(shown(locality)));
}

/* What only an override says, and what one must say. */
static enum rd_err check_override(struct build *build, const struct rd_geo_exception *row)
{
    bool locality = !is_blank(row->locality), lad = !is_blank(row->lad);
    build->problem->at = lad ? row->lad : row->locality;
    if (row->kind != RD_GEO_OVERRIDE && (locality || lad))
        return rd_fail(
            build->why, RD_E_INVALID,
            "found locality '%.*s', expected none: only an override names one; remove it",
            RD_TEXT_ARG(shown(locality ? row->locality : row->lad)));
    if (row->kind != RD_GEO_OVERRIDE)
        return RD_OK;
    const struct rd_geo_name *name = lad ? rd_geo_lad(build->geo, row->lad) : NULL;
    if (lad && name == NULL)
        return rd_fail(build->why, RD_E_INVALID,
                       "found authority '%.*s', expected one of the lads; add it to the lads",
                       RD_TEXT_ARG(shown(row->lad)));
    if (lad && !name->inside && locality)
        return rd_fail(build->why, RD_E_INVALID,
                       "found locality '%.*s' in an authority that is not part of the place, "
                       "expected one of the two; remove one",
                       RD_TEXT_ARG(shown(row->locality)));
    build->problem->at = row->locality;
    if (locality && !rd_geo_has_locality(build->geo, row->locality))
        return refuse_locality(build, row->locality);
    if (!locality && (!lad || name->inside))
        return refuse_locality(build, row->locality);
    build->problem->at = RD_TEXT_NONE;
    return RD_OK;
}

/* What it is about: a property, else one address of a postcode, else the postcode. */
static enum rd_err read_subject(struct build *build, const struct rd_geo_exception *row,
                                uint64_t *key)
{
    struct rd_postcode postcode;
    rd_postcode_read(row->postcode, &postcode);
    *key = postcode.key;
    if (postcode.form != RD_POSTCODE_FORM_GEOGRAPHIC &&
        (is_blank(row->uprn) || postcode.form != RD_POSTCODE_FORM_MISSING))
        return rd_fail(build->why, RD_E_INVALID,
                       "found '%.*s', expected a postcode such as IG1 1DN; correct or remove it",
                       RD_TEXT_ARG(rd_text_slice(row->postcode, 0, 32)));
    if (!is_blank(row->uprn) && !is_blank(row->address))
        return rd_fail(build->why, RD_E_INVALID,
                       "found a uprn and an address, expected one of them: either says which "
                       "property is meant; remove one");
    if (!is_blank(row->uprn) && !rd_geo_read_uprn(row->uprn, key))
        return rd_fail(build->why, RD_E_INVALID,
                       "found uprn '%.*s', expected 1 to 12 digits; correct it",
                       RD_TEXT_ARG(rd_text_slice(row->uprn, 0, 32)));
    if (!is_blank(row->address) && !rd_geo_has_word(row->address))
        return rd_fail(build->why, RD_E_INVALID,
                       "found an address without a letter or digit, expected how one of its lines "
                       "begins, as in 12 High Road; correct it");
    return RD_OK;
}

static struct rd_text or_none(struct rd_text text)
{
    return is_blank(text) ? RD_TEXT_NONE : text;
}

static enum rd_err take_exception(struct build *build, const struct rd_geo_exception *row,
                                  struct geo_exception *out)
{
    enum rd_err err = read_subject(build, row, &out->key);
    if (err == RD_OK)
        err = check_override(build, row);
    if (err == RD_OK)
        err = check_span(build, row->valid_from, row->valid_to);
    if (err != RD_OK)
        return err;
    out->row = *row;
    if (!keep(build, or_none(row->postcode), &out->row.postcode) ||
        !keep(build, or_none(row->locality), &out->row.locality) ||
        !keep(build, or_none(row->note), &out->row.note) ||
        !keep(build, or_none(row->lad), &out->row.lad) ||
        !keep(build, or_none(row->uprn), &out->row.uprn) ||
        !keep(build, or_none(row->address), &out->row.address))
        return no_memory(build);
    return RD_OK;
}

static int exception_order(const void *left, const void *right)
{
    const struct geo_exception *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    int order = rd_text_compare(a->row.address, b->row.address);
    if (order != 0)
        return order;
    if (a->row.valid_from != b->row.valid_from)
        return a->row.valid_from < b->row.valid_from ? -1 : 1;
    return (a->row.line > b->row.line) - (a->row.line < b->row.line);
}

static enum rd_err sort_exceptions(struct build *build, struct geo_exception *rows, size_t count)
{
    if (count > 0)
        qsort(rows, count, sizeof *rows, exception_order);
    for (size_t i = 1; i < count; i++) {
        const struct rd_geo_exception *row = &rows[i].row, *before = &rows[i - 1].row;
        if (rows[i].key != rows[i - 1].key || !rd_text_equal(row->address, before->address) ||
            row->valid_from >= before->valid_to)
            continue;
        build->problem->line = row->line;
        return rd_fail(
            build->why, RD_E_INVALID,
            "found '%.*s' while the row at line %u is still valid, expected one exception a day; "
            "end that row first",
            RD_TEXT_ARG(rd_text_present(row->postcode) ? row->postcode : row->uprn), before->line);
    }
    return RD_OK;
}

static enum rd_err take_exceptions(struct build *build)
{
    struct rd_geo_table *geo = build->geo;
    const struct rd_geo_source *source = build->source;
    size_t count = source->exceptions_count;
    struct geo_exception *exceptions = rd_arena_array(&geo->arena, count, sizeof *exceptions);
    struct geo_exception *properties = rd_arena_array(&geo->arena, count, sizeof *properties);
    build->problem->list = RD_GEO_LIST_EXCEPTIONS;
    if (count > 0 && (exceptions == NULL || properties == NULL))
        return no_memory(build);
    for (size_t i = 0; i < count; i++) {
        build->problem->line = source->exceptions[i].line;
        bool property = !is_blank(source->exceptions[i].uprn);
        enum rd_err err = take_exception(build, &source->exceptions[i],
                                         property ? &properties[geo->properties_count++]
                                                  : &exceptions[geo->exceptions_count++]);
        if (err != RD_OK)
            return err;
    }
    geo->exceptions = exceptions;
    geo->properties = properties;
    enum rd_err err = sort_exceptions(build, exceptions, geo->exceptions_count);
    return err == RD_OK ? sort_exceptions(build, properties, geo->properties_count) : err;
}

static int practice_order(const void *left, const void *right)
{
    const struct rd_geo_practice *a = left, *b = right;
    int order = rd_text_compare(a->ods, b->ods);
    if (order == 0)
        order = (a->valid_from > b->valid_from) - (a->valid_from < b->valid_from);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static enum rd_err check_practice(struct build *build, const struct rd_geo_practice *row)
{
    struct rd_postcode postcode;
    rd_postcode_read(row->postcode, &postcode);
    if (is_blank(row->ods))
        return rd_fail(build->why, RD_E_INVALID,
                       "found no code of the practice, expected one such as F86001; fill it in");
    if (postcode.form != RD_POSTCODE_FORM_GEOGRAPHIC &&
        (is_blank(row->locality) || postcode.form != RD_POSTCODE_FORM_MISSING))
        return rd_fail(build->why, RD_E_INVALID,
                       "found '%.*s', expected the practice's postcode, or none and a locality; "
                       "correct it",
                       RD_TEXT_ARG(rd_text_slice(row->postcode, 0, 32)));
    return check_span(build, row->valid_from, row->valid_to);
}

static enum rd_err take_practices(struct build *build)
{
    const struct rd_geo_source *source = build->source;
    struct rd_geo_table *geo = build->geo;
    size_t count = source->practices_count;
    struct rd_geo_practice *copy = rd_arena_array(&geo->arena, count, sizeof *copy);
    build->problem->list = RD_GEO_LIST_PRACTICES;
    if (count > 0 && copy == NULL)
        return no_memory(build);
    for (size_t i = 0; i < count; i++) {
        const struct rd_geo_practice *row = &source->practices[i];
        build->problem->line = row->line;
        enum rd_err err = check_practice(build, row);
        if (err != RD_OK)
            return err;
        copy[i] = *row;
        if (!keep(build, row->ods, &copy[i].ods) ||
            !keep(build, or_none(row->postcode), &copy[i].postcode) ||
            !keep(build, or_none(row->locality), &copy[i].locality))
            return no_memory(build);
    }
    if (count > 0)
        qsort(copy, count, sizeof *copy, practice_order);
    for (size_t i = 1; i < count; i++) {
        if (!rd_text_equal(copy[i].ods, copy[i - 1].ods) ||
            copy[i].valid_from >= copy[i - 1].valid_to)
            continue;
        build->problem->line = copy[i].line;
        return rd_fail(build->why, RD_E_INVALID,
                       "found practice '%.*s' while the row at line %u is still valid, expected "
                       "one a day; end that row first",
                       RD_TEXT_ARG(shown(copy[i].ods)), copy[i - 1].line);
    }
    geo->practices = copy;
    geo->practices_count = count;
    return RD_OK;
}

static enum rd_err take_postcodes(struct build *build)
{
    const struct rd_geo_source *source = build->source;
    struct rd_geo_table *geo = build->geo;
    size_t len;
    build->problem->list = RD_GEO_LIST_POSTCODES;
    for (size_t i = 0; i < source->postcodes_count; i++) {
        const struct rd_geo_row *row = &source->postcodes[i];
        build->problem->line = row->line;
        build->problem->at = row->lad;
        if (!is_blank(row->lad) && rd_geo_find_name(geo->lads, geo->lads_count, row->lad) == NULL)
            return rd_fail(build->why, RD_E_INVALID,
                           "found authority '%.*s', expected one of the lads; add it to the lads",
                           RD_TEXT_ARG(shown(row->lad)));
        build->problem->at = row->ward;
        if (!is_blank(row->ward) &&
            rd_geo_find_name(geo->wards, geo->wards_count, row->ward) == NULL)
            return rd_fail(build->why, RD_E_INVALID,
                           "found ward '%.*s', expected one of the wards; add it to the wards",
                           RD_TEXT_ARG(shown(row->ward)));
    }
    build->problem->at = RD_TEXT_NONE;
    enum rd_err err = rd_geo_image_build(source->postcodes, source->postcodes_count, geo->alloc,
                                         &geo->block, &len, &build->problem->line, build->why);
    return err == RD_OK ? rd_geo_image_open(geo->block, len, &geo->own, build->why) : err;
}

/* Where the rows of a ward begin, or would. */
static size_t first_locality_of(const struct rd_geo_table *geo, struct rd_text ward)
{
    size_t low = 0, high = geo->localities_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rd_text_compare(geo->localities[middle].ward, ward) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum rd_err describe_areas(struct build *build, const struct rd_geo_image *image,
                                  struct geo_area **out)
{
    struct rd_geo_table *geo = build->geo;
    size_t count = rd_geo_image_areas(image);
    struct geo_area *areas = rd_arena_array(&geo->arena, count, sizeof *areas);
    if (count > 0 && areas == NULL)
        return no_memory(build);
    for (size_t i = 0; i < count; i++) {
        struct rd_geo_area codes = rd_geo_image_area(image, (uint32_t)i);
        const struct rd_geo_name *lad = rd_geo_find_name(geo->lads, geo->lads_count, codes.lad);
        const struct rd_geo_name *ward = rd_geo_find_name(geo->wards, geo->wards_count, codes.ward);
        areas[i] = (struct geo_area){
            .lad_name = lad == NULL ? GEO_NAME_NONE : (uint16_t)(lad - geo->lads),
            .ward_name = ward == NULL ? GEO_NAME_NONE : (uint16_t)(ward - geo->wards),
            .lad_len = (uint8_t)codes.lad.len,
            .ward_len = (uint8_t)codes.ward.len,
            .health_len = (uint8_t)codes.health.len,
            .inside = lad != NULL && lad->inside,
            .ended = codes.ended,
            .split = codes.split,
        };
        for (size_t j = first_locality_of(geo, codes.ward);
             j < geo->localities_count && rd_text_equal(geo->localities[j].ward, codes.ward) &&
             areas[i].localities_count < UINT16_MAX;
             j++) {
            if (areas[i].localities_count++ == 0)
                areas[i].first_locality = (uint32_t)j;
        }
    }
    *out = areas;
    return RD_OK;
}

/* What the national table makes of a postcode of the place's: 0 when it says nothing else. */
static enum rd_geo_exception_kind differs(const struct rd_geo_table *geo,
                                          const struct rd_geo_row *row, uint64_t *key)
{
    struct rd_postcode postcode;
    uint32_t area;
    rd_postcode_read(row->postcode, &postcode);
    *key = postcode.key;
    size_t at = rd_geo_first_exception(geo->exceptions, geo->exceptions_count, postcode.key);
    bool settled = at < geo->exceptions_count && geo->exceptions[at].key == postcode.key;
    if (settled || !rd_geo_image_find(&geo->national, postcode.key, &area))
        return 0;
    struct rd_geo_area said = rd_geo_image_area(&geo->national, area);
    if (said.ended && row->ended == 0)
        return RD_GEO_TERMINATED;
    bool elsewhere =
        rd_text_present(said.lad) && !is_blank(row->lad) && !rd_text_equal(said.lad, row->lad);
    return elsewhere || said.split ? RD_GEO_SPLIT : 0;
}

/* A place's own list has wards and is older; what a newer national table says against a row of it
 * is for a person. */
static enum rd_err compare_tables(struct build *build)
{
    const struct rd_geo_source *source = build->source;
    struct rd_geo_table *geo = build->geo;
    size_t count = 0, kept = geo->exceptions_count;
    uint64_t key;
    if (rd_text_compare(source->national_vintage, source->vintage) <= 0)
        return RD_OK;
    for (size_t i = 0; i < source->postcodes_count; i++)
        count += differs(geo, &source->postcodes[i], &key) != 0;
    struct geo_exception *all = rd_arena_array(&geo->arena, kept + count, sizeof *all);
    if (kept + count > 0 && all == NULL)
        return no_memory(build);
    for (size_t i = 0; i < kept; i++)
        all[i] = geo->exceptions[i];
    for (size_t i = 0, at = kept; i < source->postcodes_count; i++) {
        enum rd_geo_exception_kind kind = differs(geo, &source->postcodes[i], &key);
        if (kind == 0)
            continue;
        geo->found.terminated += kind == RD_GEO_TERMINATED;
        geo->found.split += kind == RD_GEO_SPLIT;
        struct rd_text note = kind == RD_GEO_TERMINATED
                                  ? RD_TEXT("no longer in use in the newer table")
                                  : RD_TEXT("the newer table puts it elsewhere");
        all[at++] = (struct geo_exception){
            key,
            {.note = note, .valid_from = INT64_MIN, .valid_to = RD_GEO_DAY_OPEN, .kind = kind}};
    }
    geo->exceptions = all;
    geo->exceptions_count = kept + count;
    return sort_exceptions(build, all, geo->exceptions_count);
}

static enum rd_err fill(struct build *build)
{
    const struct rd_geo_source *source = build->source;
    struct rd_geo_table *geo = build->geo;
    geo->lads_count = source->lads_count;
    geo->wards_count = source->wards_count;
    enum rd_err err =
        take_names(build, RD_GEO_LIST_LADS, source->lads, source->lads_count, &geo->lads);
    if (err == RD_OK)
        err = take_names(build, RD_GEO_LIST_WARDS, source->wards, source->wards_count, &geo->wards);
    if (err == RD_OK)
        err = take_postcodes(build);
    if (err == RD_OK)
        err = take_localities(build);
    if (err == RD_OK)
        err = take_practices(build);
    if (err == RD_OK)
        err = take_exceptions(build);
    if (err == RD_OK)
        err = describe_areas(build, &geo->own, &geo->own_areas);
    if (err == RD_OK && source->national != NULL) {
        geo->national = *source->national;
        err = describe_areas(build, &geo->national, &geo->national_areas);
        if (err == RD_OK)
            err = compare_tables(build);
    }
    if (err == RD_OK && (!keep(build, source->vintage, &geo->own_vintage) ||
                         !keep(build, source->national_vintage, &geo->national_vintage)))
        err = no_memory(build);
    return err;
}

enum rd_err rd_geo_build(const struct rd_geo_source *source, const struct rd_alloc *alloc,
                         struct rd_geo_table **out, struct rd_geo_problem *problem,
                         struct rd_errbuf *why)
{
    struct build build = {.source = source, .problem = problem, .why = why};
    *out = NULL;
    *problem = (struct rd_geo_problem){.list = RD_GEO_LIST_POSTCODES};
    build.geo = rd_alloc_zeroed(alloc, 1, sizeof *build.geo);
    if (build.geo == NULL)
        return no_memory(&build);
    build.geo->alloc = alloc;
    rd_arena_init(&build.geo->arena, alloc, RD_GEO_MEMORY_MAX);
    enum rd_err err = fill(&build);
    if (err == RD_OK)
        *out = build.geo;
    else
        rd_geo_free(build.geo);
    return err;
}

void rd_geo_free(struct rd_geo_table *geo)
{
    if (geo == NULL)
        return;
    const struct rd_alloc *alloc = geo->alloc;
    rd_release(alloc, geo->block);
    rd_arena_fini(&geo->arena);
    rd_release(alloc, geo);
}
