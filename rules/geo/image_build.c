#include "rules/geo/image_layout.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t key;
    uint32_t line;
    uint16_t area, month;
};
_Static_assert(sizeof(struct entry) == 16, "two and a half million of them");

struct rd_geo_builder {
    const struct rd_alloc *alloc;
    struct entry *entries;
    size_t count, cap;
    struct rd_geo_image_area *areas;
    size_t areas_count, areas_cap;
    struct rd_map area_of; /* hash of the codes -> an entry of `areas` by number + 1 */
    uint32_t last_area;    /* neighbours mostly share one */
    bool in_order;
};

struct rd_geo_builder *rd_geo_builder_new(const struct rd_alloc *alloc)
{
    struct rd_geo_builder *builder = rd_alloc_zeroed(alloc, 1, sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->alloc = alloc;
    builder->in_order = true;
    rd_map_init(&builder->area_of, alloc);
    return builder;
}

void rd_geo_builder_free(struct rd_geo_builder *builder)
{
    if (builder == NULL)
        return;
    const struct rd_alloc *alloc = builder->alloc;
    rd_map_fini(&builder->area_of);
    rd_release(alloc, builder->areas);
    rd_release(alloc, builder->entries);
    rd_release(alloc, builder);
}

static enum rd_err no_memory(const struct rd_geo_builder *builder, struct rd_errbuf *why)
{
    return rd_fail(why, RD_E_NOMEM, "postcodes: no memory for %zu rows", builder->count);
}

static void put_code(char *to, struct rd_text code)
{
    if (code.len > 0)
        memcpy(to, code.ptr, code.len);
}

/* The number of the row's set of codes and marks, a new one when it is the first of its kind. */
static enum rd_err intern_area(struct rd_geo_builder *builder, const struct rd_geo_row *row,
                               uint32_t *out, struct rd_errbuf *why)
{
    struct rd_geo_image_area wanted = {.marks = 0};
    wanted.marks = (unsigned char)((row->ended != 0 ? RD_GEO_MARK_ENDED : 0) |
                                   (row->split ? RD_GEO_MARK_SPLIT : 0));
    put_code(wanted.lad, row->lad);
    put_code(wanted.ward, row->ward);
    put_code(wanted.health, row->health);
    *out = builder->last_area;
    if (*out < builder->areas_count && memcmp(&builder->areas[*out], &wanted, sizeof wanted) == 0)
        return RD_OK;
    const void *bytes = &wanted;
    uint64_t hash = rd_text_hash((struct rd_text){bytes, sizeof wanted});
    size_t cursor = 0;
    void *found;
    while ((found = rd_map_each_equal(&builder->area_of, hash, &cursor)) != NULL) {
        *out = (uint32_t)((uintptr_t)found - 1);
        if (memcmp(&builder->areas[*out], &wanted, sizeof wanted) == 0) {
            builder->last_area = *out;
            return RD_OK;
        }
    }
    if (builder->areas_count == RD_GEO_AREAS_MAX)
        return rd_fail(
            why, RD_E_TOOBIG,
            "postcodes: found more than %d sets of authority, ward and health area, expected at "
            "most that; leave the wards out",
            RD_GEO_AREAS_MAX);
    void *items = builder->areas;
    if (!rd_alloc_grow(builder->alloc, &items, &builder->areas_cap, builder->areas_count + 1,
                       sizeof *builder->areas))
        return no_memory(builder, why);
    builder->areas = items;
    /* The number, not the address: the array moves as it grows. */
    if (!rd_map_add(&builder->area_of, hash, (void *)(uintptr_t)(builder->areas_count + 1)))
        return no_memory(builder, why);
    builder->areas[builder->areas_count] = wanted;
    *out = builder->last_area = (uint32_t)builder->areas_count++;
    return RD_OK;
}

/* Months since January of RD_GEO_YEAR_MIN, plus one. */
static bool read_month(uint32_t ended, uint16_t *out)
{
    uint32_t year = ended / 100, month = ended % 100;
    *out = 0;
    if (ended == 0)
        return true;
    if (year < RD_GEO_YEAR_MIN || year > 9999 - RD_GEO_YEAR_MIN || month < 1 || month > 12)
        return false;
    uint32_t months = (year - RD_GEO_YEAR_MIN) * 12 + month;
    *out = (uint16_t)months;
    return months <= UINT16_MAX;
}

static size_t longest(const struct rd_geo_row *row)
{
    size_t len = row->lad.len > row->ward.len ? row->lad.len : row->ward.len;
    return row->health.len > len ? row->health.len : len;
}

enum rd_err rd_geo_builder_add(struct rd_geo_builder *builder, const struct rd_geo_row *row,
                               struct rd_errbuf *why)
{
    struct rd_postcode postcode;
    uint32_t area;
    uint16_t month;
    rd_postcode_read(row->postcode, &postcode);
    if (postcode.form != RD_POSTCODE_FORM_GEOGRAPHIC)
        return rd_fail(why, RD_E_INVALID,
                       "found '%.*s', expected a postcode such as IG1 1DN; correct or remove it",
                       RD_TEXT_ARG(rd_text_slice(row->postcode, 0, 32)));
    uint32_t digit, pair;
    if (!rd_geo_split_inward(postcode.key, &digit, &pair))
        return rd_fail(
            why, RD_E_INVALID,
            "found '%s', expected none of the letters C I K M O V in its second part: no "
            "postcode has them; correct or remove it",
            postcode.text);
    if (longest(row) > RD_GEO_CODE_MAX)
        return rd_fail(why, RD_E_INVALID,
                       "found a code of %zu characters, expected at most %d as in E09000026; "
                       "correct it",
                       longest(row), RD_GEO_CODE_MAX);
    if (!read_month(row->ended, &month))
        return rd_fail(why, RD_E_INVALID,
                       "found the month %u of its end, expected year and month as in 199606; "
                       "correct it",
                       (unsigned)row->ended);
    if (builder->count == RD_GEO_ROWS_MAX)
        return rd_fail(why, RD_E_TOOBIG,
                       "postcodes: found more than %d, expected at most that; leave some out",
                       RD_GEO_ROWS_MAX);
    void *items = builder->entries;
    if (!rd_alloc_grow(builder->alloc, &items, &builder->cap, builder->count + 1,
                       sizeof *builder->entries))
        return no_memory(builder, why);
    builder->entries = items;
    enum rd_err err = intern_area(builder, row, &area, why);
    if (err != RD_OK)
        return err;
    if (builder->count > 0 && builder->entries[builder->count - 1].key >= postcode.key)
        builder->in_order = false;
    builder->entries[builder->count++] = (struct entry){
        .key = postcode.key, .line = row->line, .area = (uint16_t)area, .month = month};
    return RD_OK;
}

static int by_key(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

static enum rd_err sort_entries(struct rd_geo_builder *builder, unsigned *line,
                                struct rd_errbuf *why)
{
    if (!builder->in_order)
        qsort(builder->entries, builder->count, sizeof *builder->entries, by_key);
    builder->in_order = true;
    for (size_t i = 1; i < builder->count; i++) {
        const struct entry *entry = &builder->entries[i];
        char text[RD_POSTCODE_TEXT_MAX];
        if (entry->key != entry[-1].key)
            continue;
        *line = entry->line;
        rd_postcode_of_key(entry->key, text);
        return rd_fail(why, RD_E_INVALID,
                       "found '%s' again, expected each postcode once (first at line %u); remove "
                       "one",
                       text, entry[-1].line);
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

static bool begins_outcode(const struct rd_geo_builder *builder, size_t index)
{
    return index == 0 ||
           outcode_of(&builder->entries[index]) != outcode_of(&builder->entries[index - 1]);
}

static bool begins_sector(const struct rd_geo_builder *builder, size_t index)
{
    uint32_t pair;
    return begins_outcode(builder, index) || digit_of(&builder->entries[index], &pair) !=
                                                 digit_of(&builder->entries[index - 1], &pair);
}

/* What a sector takes: it is mixed when its postcodes have more than one area, or a month to keep.
 */
struct sector_size {
    bool mixed;
    size_t months;
};

static size_t sector_bytes(struct sector_size size)
{
    return size.mixed ? rd_geo_mixed_bytes(size.months) : sizeof(struct rd_geo_uniform);
}

/* Where the sector that begins at `index` ends. */
static size_t end_of_sector(const struct rd_geo_builder *builder, size_t index,
                            struct sector_size *size)
{
    uint16_t area = builder->entries[index].area;
    size_t end = index;
    *size = (struct sector_size){.mixed = false};
    do {
        const struct entry *entry = &builder->entries[end];
        size->months += entry->month != 0;
        size->mixed = size->mixed || entry->area != area || entry->month != 0;
        end++;
    } while (end < builder->count && !begins_sector(builder, end));
    return end;
}

/* The parts of the block while they are written, and how far that is. */
struct writer {
    struct rd_geo_outcode *outcodes, *outcode; /* all slots; the one at hand */
    unsigned char *sectors;
    uint32_t slots_bits, units;
};

static void write_outcode(struct writer *to, uint32_t key)
{
    const uint32_t mask = (UINT32_C(1) << to->slots_bits) - 1;
    uint32_t slot = rd_geo_slot_of(key, to->slots_bits);
    while (to->outcodes[slot].key != 0)
        slot = (slot + 1) & mask;
    to->outcode = &to->outcodes[slot];
    to->outcode->key = key + 1;
}

static size_t write_uniform(const struct rd_geo_builder *builder, size_t index, size_t end,
                            void *at)
{
    struct rd_geo_uniform *sector = at;
    sector->area = builder->entries[index].area;
    for (size_t i = index; i < end; i++) {
        uint32_t pair;
        (void)digit_of(&builder->entries[i], &pair);
        sector->pairs[pair / 64] |= UINT64_C(1) << pair % 64;
    }
    return sizeof *sector;
}

static size_t write_mixed(const struct rd_geo_builder *builder, size_t index, size_t end, void *at)
{
    struct rd_geo_mixed *sector = at;
    for (size_t i = index; i < end; i++) { /* ascending by pair, and so are the months */
        const struct entry *entry = &builder->entries[i];
        uint32_t pair;
        (void)digit_of(entry, &pair);
        sector->areas[pair] = (uint16_t)(entry->area + 1);
        if (entry->month != 0)
            sector->months[sector->months_count++] = (uint16_t)(entry->month - 1);
    }
    return rd_geo_mixed_bytes(sector->months_count);
}

/* Returns the index behind the sector that begins at `index`. */
static size_t write_sector(const struct rd_geo_builder *builder, size_t index, struct writer *to)
{
    struct sector_size size;
    uint32_t pair;
    const size_t end = end_of_sector(builder, index, &size);
    if (begins_outcode(builder, index))
        write_outcode(to, outcode_of(&builder->entries[index]));
    to->outcode->sector[digit_of(&builder->entries[index], &pair)] =
        (to->units + 1) | (size.mixed ? RD_GEO_MIXED : 0);
    void *at = to->sectors + (size_t)to->units * RD_GEO_PART_ALIGN;
    size_t bytes =
        size.mixed ? write_mixed(builder, index, end, at) : write_uniform(builder, index, end, at);
    rd_require(bytes == sector_bytes(size));
    to->units += (uint32_t)(bytes / RD_GEO_PART_ALIGN);
    return end;
}

static void *part(unsigned char **at, size_t count, size_t size)
{
    void *here = *at;
    *at += rd_geo_part_bytes(count, size);
    return here;
}

static void write_block(const struct rd_geo_builder *builder, const struct rd_geo_header *header,
                        unsigned char *bytes)
{
    struct writer to = {.slots_bits = header->slots_bits};
    memcpy(bytes, header, sizeof *header);
    bytes += sizeof *header;
    to.outcodes = part(&bytes, (size_t)1 << header->slots_bits, sizeof *to.outcodes);
    to.sectors = part(&bytes, header->sectors_units, RD_GEO_PART_ALIGN);
    for (size_t i = 0; i < builder->count;)
        i = write_sector(builder, i, &to);
    rd_require(to.units == header->sectors_units);
    if (header->areas_count > 0)
        memcpy(bytes, builder->areas, header->areas_count * sizeof *builder->areas);
}

static void put_label(char *to, size_t max, struct rd_text label)
{
    if (label.ptr != NULL && label.len > 0)
        memcpy(to, label.ptr, label.len < max ? label.len : max);
}

static void count_parts(const struct rd_geo_builder *builder, struct rd_geo_header *header)
{
    for (size_t i = 0, end = 0; i < builder->count; i = end) {
        struct sector_size size;
        end = end_of_sector(builder, i, &size);
        header->outcodes_count += begins_outcode(builder, i) ? 1 : 0;
        header->sectors_count++;
        header->sectors_units += (uint32_t)(sector_bytes(size) / RD_GEO_PART_ALIGN);
    }
    for (size_t i = 0; i < builder->count; i++) {
        const struct rd_geo_image_area *area = &builder->areas[builder->entries[i].area];
        header->ended_count += (area->marks & RD_GEO_MARK_ENDED) != 0;
        header->splits_count += (area->marks & RD_GEO_MARK_SPLIT) != 0;
        header->nowhere_count += area->lad[0] == '\0';
    }
    /* Half of the slots or more stay free. */
    header->slots_bits = RD_GEO_SLOTS_BITS_MIN;
    while (header->slots_bits < RD_GEO_SLOTS_BITS_MAX &&
           (UINT32_C(1) << header->slots_bits) < 2 * header->outcodes_count)
        header->slots_bits++;
}

enum rd_err rd_geo_builder_finish(struct rd_geo_builder *builder, const struct rd_geo_about *about,
                                  unsigned char **bytes, size_t *len, unsigned *line,
                                  struct rd_errbuf *why)
{
    struct rd_geo_header header = {.magic = RD_GEO_IMAGE_MAGIC,
                                   .postcodes_count = (uint32_t)builder->count,
                                   .areas_count = (uint32_t)builder->areas_count};
    *bytes = NULL;
    *len = 0;
    *line = 0;
    enum rd_err err = sort_entries(builder, line, why);
    if (err != RD_OK)
        return err;
    put_label(header.vintage, sizeof header.vintage, about->vintage);
    put_label(header.title, sizeof header.title, about->title);
    count_parts(builder, &header);
    if (header.outcodes_count > RD_GEO_OUTCODES_MAX)
        return rd_fail(why, RD_E_TOOBIG,
                       "postcodes: found %u outcodes, expected at most %d; leave some out",
                       (unsigned)header.outcodes_count, RD_GEO_OUTCODES_MAX);
    *len = rd_geo_block_len(&header);
    *bytes = rd_alloc_zeroed(builder->alloc, 1, *len);
    if (*bytes == NULL)
        return no_memory(builder, why);
    write_block(builder, &header, *bytes);
    return RD_OK;
}

enum rd_err rd_geo_image_build(const struct rd_geo_row *rows, size_t count,
                               const struct rd_alloc *alloc, unsigned char **bytes, size_t *len,
                               unsigned *line, struct rd_errbuf *why)
{
    struct rd_geo_builder *builder = rd_geo_builder_new(alloc);
    enum rd_err err = RD_OK;
    *bytes = NULL;
    *len = 0;
    *line = 0;
    if (builder == NULL)
        return rd_fail(why, RD_E_NOMEM, "postcodes: no memory for %zu rows", count);
    for (size_t i = 0; err == RD_OK && i < count; i++) {
        *line = rows[i].line;
        err = rd_geo_builder_add(builder, &rows[i], why);
    }
    if (err == RD_OK)
        err = rd_geo_builder_finish(builder, &(struct rd_geo_about){0}, bytes, len, line, why);
    rd_geo_builder_free(builder);
    return err;
}
