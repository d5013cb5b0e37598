#include "rules/geo/image.h"

#include "rules/geo/image_layout.h"

#include <string.h>

static const void *take_part(const unsigned char **at, size_t count, size_t size)
{
    const void *part = *at;
    *at += rd_geo_part_bytes(count, size);
    return part;
}

static inline struct rd_geo_parts parts_of(const unsigned char *bytes)
{
    const void *start = bytes;
    struct rd_geo_parts parts = {.header = start};
    const struct rd_geo_header *header = parts.header;
    bytes += sizeof *header;
    parts.outcodes = take_part(&bytes, (size_t)1 << header->slots_bits, sizeof *parts.outcodes);
    parts.sectors = take_part(&bytes, header->sectors_units, RD_GEO_PART_ALIGN);
    parts.areas = take_part(&bytes, header->areas_count, sizeof *parts.areas);
    return parts;
}

size_t rd_geo_image_postcodes(const struct rd_geo_image *image)
{
    return parts_of(image->bytes).header->postcodes_count;
}

size_t rd_geo_image_areas(const struct rd_geo_image *image)
{
    return parts_of(image->bytes).header->areas_count;
}

static struct rd_text padded_text(const char *bytes, size_t max)
{
    size_t len = strnlen(bytes, max);
    return len == 0 ? RD_TEXT_NONE : (struct rd_text){bytes, len};
}

void rd_geo_image_about(const struct rd_geo_image *image, struct rd_geo_about *out)
{
    const struct rd_geo_header *header = parts_of(image->bytes).header;
    *out = (struct rd_geo_about){
        .vintage = padded_text(header->vintage, sizeof header->vintage),
        .title = padded_text(header->title, sizeof header->title),
        .postcodes = header->postcodes_count,
        .ended = header->ended_count,
        .splits = header->splits_count,
        .nowhere = header->nowhere_count,
        .outcodes = header->outcodes_count,
        .sectors = header->sectors_count,
        .areas = header->areas_count,
    };
}

const char *rd_geo_image_codes(const struct rd_geo_image *image, uint32_t area)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    rd_require(area < parts.header->areas_count);
    return parts.areas[area].lad;
}

struct rd_geo_area rd_geo_image_area(const struct rd_geo_image *image, uint32_t area)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    rd_require(area < parts.header->areas_count);
    const struct rd_geo_image_area *found = &parts.areas[area];
    return (struct rd_geo_area){.lad = padded_text(found->lad, RD_GEO_CODE_MAX),
                                .ward = padded_text(found->ward, RD_GEO_CODE_MAX),
                                .health = padded_text(found->health, RD_GEO_CODE_MAX),
                                .ended = (found->marks & RD_GEO_MARK_ENDED) != 0,
                                .split = (found->marks & RD_GEO_MARK_SPLIT) != 0};
}

/* `sector`: as an outcode has it, without its mark. */
static inline const void *sector_at(const struct rd_geo_parts *parts, uint32_t sector)
{
    return parts->sectors + (size_t)(sector - 1) * RD_GEO_PART_ALIGN;
}

/* As an outcode has it; 0: there is none. */
static inline uint32_t find_sector(const struct rd_geo_parts *parts, uint32_t outcode,
                                   uint32_t digit)
{
    const uint32_t bits = parts->header->slots_bits;
    const uint32_t mask = (UINT32_C(1) << bits) - 1;
    uint32_t slot = rd_geo_slot_of(outcode, bits);
    while (parts->outcodes[slot].key != outcode + 1) {
        if (parts->outcodes[slot].key == 0)
            return 0;
        slot = (slot + 1) & mask;
    }
    return parts->outcodes[slot].sector[digit];
}

/* The sector that a key would be in, and where in it; 0: there is none. */
static inline uint32_t find(const struct rd_geo_parts *parts, uint64_t key, uint32_t *pair)
{
    uint32_t digit;
    if (key >= (uint64_t)RD_GEO_OUTCODE_SPAN * RD_POSTCODE_INWARD_BASE ||
        !rd_geo_split_inward(key, &digit, pair))
        return 0;
    return find_sector(parts, (uint32_t)(key / RD_POSTCODE_INWARD_BASE), digit);
}

bool rd_geo_image_find(const struct rd_geo_image *image, uint64_t key, uint32_t *area)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    uint32_t pair, sector = find(&parts, key, &pair);
    if (sector == 0)
        return false;
    if ((sector & RD_GEO_MIXED) != 0) {
        const struct rd_geo_mixed *mixed = sector_at(&parts, sector & ~RD_GEO_MIXED);
        *area = mixed->areas[pair] - 1U;
        return mixed->areas[pair] != 0;
    }
    const struct rd_geo_uniform *uniform = sector_at(&parts, sector);
    *area = uniform->area;
    return (uniform->pairs[pair / 64] >> pair % 64 & 1) != 0;
}

static bool is_ended(const struct rd_geo_parts *parts, uint16_t entry)
{
    return entry != 0 && (parts->areas[entry - 1].marks & RD_GEO_MARK_ENDED) != 0;
}

uint32_t rd_geo_image_ended(const struct rd_geo_image *image, uint64_t key)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    uint32_t pair, before = 0, sector = find(&parts, key, &pair);
    if ((sector & RD_GEO_MIXED) == 0)
        return 0;
    const struct rd_geo_mixed *mixed = sector_at(&parts, sector & ~RD_GEO_MIXED);
    if (!is_ended(&parts, mixed->areas[pair]))
        return 0;
    for (uint32_t i = 0; i < pair; i++)
        before += is_ended(&parts, mixed->areas[i]);
    uint32_t months = mixed->months[before];
    return (RD_GEO_YEAR_MIN + months / 12) * 100 + months % 12 + 1;
}

/* What has been counted of outcodes and sectors. */
struct tally {
    uint64_t outcodes, sectors, units, postcodes;
};

static bool mixed_fits(const struct rd_geo_parts *parts, uint32_t unit, struct tally *tally)
{
    const struct rd_geo_header *header = parts->header;
    const uint64_t room = (uint64_t)(header->sectors_units - unit) * RD_GEO_PART_ALIGN;
    const struct rd_geo_mixed *mixed = sector_at(parts, unit + 1);
    uint32_t ended = 0;
    if (room < sizeof *mixed || room < rd_geo_mixed_bytes(mixed->months_count))
        return false;
    for (size_t i = 0; i < RD_GEO_PAIR_COUNT; i++) {
        if (mixed->areas[i] > header->areas_count)
            return false;
        ended += is_ended(parts, mixed->areas[i]);
        tally->postcodes += mixed->areas[i] != 0;
    }
    tally->units += rd_geo_mixed_bytes(mixed->months_count) / RD_GEO_PART_ALIGN;
    return ended == mixed->months_count;
}

static bool sector_fits(const struct rd_geo_parts *parts, uint32_t sector, struct tally *tally)
{
    const uint32_t unit = (sector & ~RD_GEO_MIXED) - 1;
    if (unit >= parts->header->sectors_units)
        return false;
    tally->sectors++;
    if ((sector & RD_GEO_MIXED) != 0)
        return mixed_fits(parts, unit, tally);
    const struct rd_geo_uniform *uniform = sector_at(parts, sector);
    for (size_t word = 0; word < RD_GEO_PAIR_WORDS; word++)
        tally->postcodes += rd_geo_bits(uniform->pairs[word]);
    tally->units++;
    return uniform->area < parts->header->areas_count;
}

/* Every number leads to something inside the block, and there is as much as the header says; a slot
 * is free, so that every search ends. */
static const char *broken_sectors(const struct rd_geo_parts *parts)
{
    const struct rd_geo_header *header = parts->header;
    const uint32_t slots = UINT32_C(1) << header->slots_bits;
    struct tally tally = {0};
    for (uint32_t i = 0; i < slots; i++) {
        const struct rd_geo_outcode *outcode = &parts->outcodes[i];
        tally.outcodes += outcode->key != 0;
        for (size_t digit = 0; digit < 10; digit++)
            if (outcode->sector[digit] != 0 &&
                (outcode->key == 0 || !sector_fits(parts, outcode->sector[digit], &tally)))
                return "its sectors";
    }
    if (tally.outcodes != header->outcodes_count || tally.outcodes >= slots)
        return "its outcodes";
    bool whole = tally.units == header->sectors_units && tally.sectors == header->sectors_count &&
                 tally.postcodes == header->postcodes_count;
    return whole ? NULL : "its sectors";
}

static const char *broken_part(const struct rd_geo_parts *parts)
{
    for (uint32_t i = 0; i < parts->header->areas_count; i++)
        if (parts->areas[i].marks > RD_GEO_MARKS)
            return "its areas";
    return broken_sectors(parts);
}

static bool counts_fit(const struct rd_geo_header *header, size_t len)
{
    return header->postcodes_count <= RD_GEO_ROWS_MAX &&
           header->outcodes_count <= RD_GEO_OUTCODES_MAX &&
           header->slots_bits >= RD_GEO_SLOTS_BITS_MIN &&
           header->slots_bits <= RD_GEO_SLOTS_BITS_MAX &&
           header->ended_count <= header->postcodes_count &&
           header->splits_count <= header->postcodes_count &&
           header->nowhere_count <= header->postcodes_count &&
           header->areas_count <= RD_GEO_AREAS_MAX && rd_geo_block_len(header) == len;
}

enum rd_err rd_geo_image_open(const unsigned char *bytes, size_t len, struct rd_geo_image *out,
                              struct rd_errbuf *why)
{
    struct rd_geo_header header;
    *out = (struct rd_geo_image){NULL, 0};
    if (len < sizeof header || (uintptr_t)bytes % 8 != 0)
        return rd_fail(why, RD_E_CORRUPT,
                       "postcode image: found %zu bytes, expected more, 8-byte aligned; build it "
                       "again",
                       len);
    memcpy(&header, bytes, sizeof header);
    if (header.magic != RD_GEO_IMAGE_MAGIC)
        return rd_fail(why, RD_E_CORRUPT,
                       "postcode image: found another format or byte order, expected this "
                       "program's; build it again");
    if (!counts_fit(&header, len))
        return rd_fail(why, RD_E_CORRUPT,
                       "postcode image: found %zu bytes, expected as many as the counts in its "
                       "header ask for; build it again",
                       len);
    struct rd_geo_parts parts = parts_of(bytes);
    const char *broken = broken_part(&parts);
    if (broken != NULL)
        return rd_fail(why, RD_E_CORRUPT,
                       "postcode image: found %s damaged, expected ascending entries; build it "
                       "again",
                       broken);
    *out = (struct rd_geo_image){bytes, len};
    return RD_OK;
}
