#include "rules/geo/image_layout.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t key;
    uint32_t area;
    uint32_t source; /* index of the row it comes from */
};

struct build {
    const struct rd_geo_row *rows;
    size_t count;
    const struct rd_alloc *alloc;
    struct entry *entries; /* sorted by key */
    struct rd_geo_image_area *areas;
    size_t areas_count, areas_cap;
    struct rd_map area_of; /* hash of both codes -> an entry of `areas` by number + 1 */
    unsigned *line;
    struct rd_errbuf *why;
};

static enum rd_err no_memory(const struct build *build)
{
    return rd_fail(build->why, RD_E_NOMEM, "postcodes: no memory for %zu rows", build->count);
}

static bool area_is(const struct rd_geo_image_area *area, const struct rd_geo_row *row)
{
    return row->lad.len == strnlen(area->lad, RD_GEO_CODE_MAX) &&
           row->ward.len == strnlen(area->ward, RD_GEO_CODE_MAX) &&
           (row->lad.len == 0 || memcmp(area->lad, row->lad.ptr, row->lad.len) == 0) &&
           (row->ward.len == 0 || memcmp(area->ward, row->ward.ptr, row->ward.len) == 0);
}

/* The number of the row's pair of codes, a new one when it is the first of its kind. */
static enum rd_err intern_area(struct build *build, const struct rd_geo_row *row, uint32_t *out)
{
    uint64_t hash = rd_text_hash(row->lad) * 31 + rd_text_hash(row->ward);
    size_t cursor = 0;
    void *found;
    while ((found = rd_map_each_equal(&build->area_of, hash, &cursor)) != NULL) {
        *out = (uint32_t)((uintptr_t)found - 1);
        if (area_is(&build->areas[*out], row))
            return RD_OK;
    }
    if (build->areas_count == RD_GEO_AREAS_MAX)
        return rd_fail(
            build->why, RD_E_TOOBIG,
            "postcodes: found more than %d pairs of authority and ward, expected at most "
            "that; leave the wards out",
            RD_GEO_AREAS_MAX);
    void *items = build->areas;
    if (!rd_alloc_grow(build->alloc, &items, &build->areas_cap, build->areas_count + 1,
                       sizeof *build->areas))
        return no_memory(build);
    build->areas = items;
    struct rd_geo_image_area *area = &build->areas[build->areas_count++];
    memset(area, 0, sizeof *area);
    if (row->lad.len > 0)
        memcpy(area->lad, row->lad.ptr, row->lad.len);
    if (row->ward.len > 0)
        memcpy(area->ward, row->ward.ptr, row->ward.len);
    *out = (uint32_t)build->areas_count - 1;
    /* The number, not the address: the array moves as it grows. */
    return rd_map_add(&build->area_of, hash, (void *)(uintptr_t)build->areas_count)
               ? RD_OK
               : no_memory(build);
}

static int by_key(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->source > b->source) - (a->source < b->source);
}

static enum rd_err read_rows(struct build *build)
{
    for (size_t i = 0; i < build->count; i++) {
        const struct rd_geo_row *row = &build->rows[i];
        struct rd_postcode postcode;
        *build->line = row->line;
        rd_postcode_read(row->postcode, &postcode);
        if (postcode.form != RD_POSTCODE_FORM_GEOGRAPHIC)
            return rd_fail(
                build->why, RD_E_INVALID,
                "found '%.*s', expected a postcode such as IG1 1DN; correct or remove it",
                RD_TEXT_ARG(rd_text_slice(row->postcode, 0, 32)));
        if (row->lad.len > RD_GEO_CODE_MAX || row->ward.len > RD_GEO_CODE_MAX)
            return rd_fail(build->why, RD_E_INVALID,
                           "found a code of %zu characters, expected at most %d as in E09000026; "
                           "correct it",
                           row->lad.len > row->ward.len ? row->lad.len : row->ward.len,
                           RD_GEO_CODE_MAX);
        build->entries[i] = (struct entry){.key = postcode.key, .source = (uint32_t)i};
        enum rd_err err = intern_area(build, row, &build->entries[i].area);
        if (err != RD_OK)
            return err;
    }
    qsort(build->entries, build->count, sizeof *build->entries, by_key);
    for (size_t i = 1; i < build->count; i++) {
        const struct rd_geo_row *row = &build->rows[build->entries[i].source];
        if (build->entries[i].key != build->entries[i - 1].key)
            continue;
        *build->line = row->line;
        return rd_fail(build->why, RD_E_INVALID,
                       "found '%.*s' again, expected each postcode once (first at line %u); remove "
                       "one",
                       RD_TEXT_ARG(row->postcode), build->rows[build->entries[i - 1].source].line);
    }
    return RD_OK;
}

static uint32_t outcode_of(const struct entry *entry)
{
    return (uint32_t)(entry->key / RD_POSTCODE_INWARD_BASE);
}

/* The digit (from 0) and the pair of letters of a postcode that was read. */
static uint32_t digit_of(const struct entry *entry, uint32_t *pair)
{
    uint32_t digit;
    rd_require(rd_geo_split_inward(entry->key, &digit, pair));
    return digit;
}

static bool begins_outcode(const struct build *build, size_t index)
{
    return index == 0 ||
           outcode_of(&build->entries[index]) != outcode_of(&build->entries[index - 1]);
}

static bool begins_sector(const struct build *build, size_t index)
{
    uint32_t pair;
    return begins_outcode(build, index) ||
           digit_of(&build->entries[index], &pair) != digit_of(&build->entries[index - 1], &pair);
}

/* Where the sector that begins at `index` ends, and whether it has more than one area. */
static size_t end_of_sector(const struct build *build, size_t index, bool *mixed)
{
    uint32_t area = build->entries[index].area;
    size_t end = index;
    *mixed = false;
    do {
        *mixed = *mixed || build->entries[end].area != area;
        end++;
    } while (end < build->count && !begins_sector(build, end));
    return end;
}

/* The parts of the block while they are written, and how far that is. */
struct writer {
    struct rd_geo_prefix_index *prefixes;
    struct rd_geo_outcode *outcodes;
    struct rd_geo_sector *sectors;
    uint16_t *rows;
    uint32_t outcodes_count, sectors_count, rows_count;
};

/* Returns the index behind the sector that begins at `index`. */
static size_t write_sector(const struct build *build, size_t index, struct writer *to)
{
    bool mixed;
    uint32_t pair;
    const size_t end = end_of_sector(build, index, &mixed);
    const uint32_t outcode = outcode_of(&build->entries[index]);
    if (begins_outcode(build, index)) {
        to->outcodes[to->outcodes_count++] =
            (struct rd_geo_outcode){.key = outcode, .first_sector = to->sectors_count};
        to->prefixes->first[outcode / RD_GEO_PREFIX_SPAN + 1] = to->outcodes_count;
    }
    to->outcodes[to->outcodes_count - 1].digits |= 1U << digit_of(&build->entries[index], &pair);
    struct rd_geo_sector *sector = &to->sectors[to->sectors_count++];
    sector->area = mixed ? RD_GEO_MIXED : build->entries[index].area;
    sector->first_row = mixed ? to->rows_count : 0;
    for (; index < end; index++) {
        (void)digit_of(&build->entries[index], &pair);
        sector->pairs[pair / 64] |= UINT64_C(1) << pair % 64;
        if (mixed)
            to->rows[to->rows_count++] = (uint16_t)build->entries[index].area;
    }
    return end;
}

static void write_block(const struct build *build, const struct rd_geo_header *header,
                        unsigned char *bytes)
{
    struct writer to = {0};
    memcpy(bytes, header, sizeof *header);
    void *at = bytes + sizeof *header;
    to.prefixes = at;
    at = to.prefixes + 1;
    to.outcodes = at;
    at = to.outcodes + header->outcodes_count;
    to.sectors = at;
    at = to.sectors + header->sectors_count;
    to.rows = at;
    at = (unsigned char *)at + rd_geo_rows_bytes(header->rows_count);
    for (size_t i = 0; i < build->count;)
        i = write_sector(build, i, &to);
    for (size_t p = 1; p <= RD_GEO_PREFIX_COUNT; p++)
        if (to.prefixes->first[p] == 0)
            to.prefixes->first[p] = to.prefixes->first[p - 1];
    if (header->areas_count > 0)
        memcpy(at, build->areas, header->areas_count * sizeof *build->areas);
}

static enum rd_err make_block(struct build *build, unsigned char **bytes, size_t *len)
{
    enum rd_err err = read_rows(build);
    if (err != RD_OK)
        return err;
    struct rd_geo_header header = {.magic = RD_GEO_IMAGE_MAGIC,
                                   .postcodes_count = (uint32_t)build->count,
                                   .areas_count = (uint32_t)build->areas_count};
    for (size_t i = 0, end = 0; i < build->count; i = end) {
        bool mixed;
        end = end_of_sector(build, i, &mixed);
        header.outcodes_count += begins_outcode(build, i) ? 1 : 0;
        header.sectors_count++;
        header.rows_count += mixed ? (uint32_t)(end - i) : 0;
    }
    *len = rd_geo_block_len(&header);
    *bytes = rd_alloc_zeroed(build->alloc, 1, *len);
    if (*bytes == NULL)
        return no_memory(build);
    write_block(build, &header, *bytes);
    return RD_OK;
}

enum rd_err rd_geo_image_build(const struct rd_geo_row *rows, size_t count,
                               const struct rd_alloc *alloc, unsigned char **bytes, size_t *len,
                               unsigned *line, struct rd_errbuf *why)
{
    struct build build = {.rows = rows, .count = count, .alloc = alloc, .line = line, .why = why};
    *bytes = NULL;
    *len = 0;
    *line = 0;
    if (count > RD_GEO_ROWS_MAX)
        return rd_fail(why, RD_E_TOOBIG,
                       "postcodes: found %zu, expected at most %d; leave some out", count,
                       RD_GEO_ROWS_MAX);
    build.entries = rd_alloc_zeroed(alloc, count == 0 ? 1 : count, sizeof *build.entries);
    if (build.entries == NULL)
        return no_memory(&build);
    rd_map_init(&build.area_of, alloc);
    enum rd_err err = make_block(&build, bytes, len);
    rd_map_fini(&build.area_of);
    rd_release(alloc, build.areas);
    rd_release(alloc, build.entries);
    return err;
}
