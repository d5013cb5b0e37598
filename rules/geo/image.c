#include "rules/geo/image.h"

#include "rules/geo/image_layout.h"

#include <string.h>

static struct rd_geo_parts parts_of(const unsigned char *bytes)
{
    struct rd_geo_parts parts;
    const void *at = bytes;
    parts.header = at;
    at = parts.header + 1;
    parts.prefixes = at;
    at = parts.prefixes + 1;
    parts.outcodes = at;
    at = parts.outcodes + parts.header->outcodes_count;
    parts.sectors = at;
    at = parts.sectors + parts.header->sectors_count;
    parts.rows = at;
    at = (const unsigned char *)at + rd_geo_rows_bytes(parts.header->rows_count);
    parts.areas = at;
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

static struct rd_text code_text(const char *code)
{
    size_t len = 0;
    while (len < RD_GEO_CODE_MAX && code[len] != '\0')
        len++;
    return len == 0 ? RD_TEXT_NONE : (struct rd_text){code, len};
}

struct rd_geo_area rd_geo_image_area(const struct rd_geo_image *image, uint32_t area)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    rd_require(area < parts.header->areas_count);
    return (struct rd_geo_area){code_text(parts.areas[area].lad),
                                code_text(parts.areas[area].ward)};
}

static const struct rd_geo_sector *find_sector(const struct rd_geo_parts *parts, uint32_t outcode,
                                               uint32_t digit)
{
    uint32_t at = parts->prefixes->first[outcode / RD_GEO_PREFIX_SPAN];
    const uint32_t end = parts->prefixes->first[outcode / RD_GEO_PREFIX_SPAN + 1];
    while (at < end && parts->outcodes[at].key != outcode)
        at++; /* at most some thirty of one prefix, in a few cache lines */
    if (at == end || (parts->outcodes[at].digits >> digit & 1) == 0)
        return NULL;
    uint64_t before = parts->outcodes[at].digits & ((UINT64_C(1) << digit) - 1);
    return &parts->sectors[parts->outcodes[at].first_sector + rd_geo_bits(before)];
}

bool rd_geo_image_find(const struct rd_geo_image *image, uint64_t key, uint32_t *area)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    uint32_t digit, pair;
    if (key >= (uint64_t)RD_GEO_OUTCODE_COUNT * RD_POSTCODE_INWARD_BASE ||
        !rd_geo_split_inward(key, &digit, &pair))
        return false;
    const struct rd_geo_sector *sector =
        find_sector(&parts, (uint32_t)(key / RD_POSTCODE_INWARD_BASE), digit);
    if (sector == NULL || (sector->pairs[pair / 64] >> pair % 64 & 1) == 0)
        return false;
    if (sector->area != RD_GEO_MIXED) {
        *area = sector->area;
        return true;
    }
    uint32_t row = sector->first_row;
    for (uint32_t i = 0; i < pair / 64; i++)
        row += rd_geo_bits(sector->pairs[i]);
    row += rd_geo_bits(sector->pairs[pair / 64] & ((UINT64_C(1) << pair % 64) - 1));
    *area = parts.rows[row];
    return true;
}

/* Each part's entries are ascending and inside the next part. */
static const char *broken_index(const struct rd_geo_parts *parts)
{
    uint32_t at = 0;
    for (size_t p = 0; p <= RD_GEO_PREFIX_COUNT; p++) {
        uint32_t end = parts->prefixes->first[p];
        if (end < at || end > parts->header->outcodes_count)
            return "its index of prefixes";
        for (; at < end; at++)
            if (p == 0 || parts->outcodes[at].key / RD_GEO_PREFIX_SPAN != p - 1)
                return "its index of prefixes";
    }
    return at == parts->header->outcodes_count ? NULL : "its index of prefixes";
}

static const char *broken_sectors(const struct rd_geo_parts *parts)
{
    const struct rd_geo_header *header = parts->header;
    uint64_t rows = 0, postcodes = 0;
    for (uint32_t i = 0; i < header->sectors_count; i++) {
        const struct rd_geo_sector *sector = &parts->sectors[i];
        bool mixed = sector->area == RD_GEO_MIXED;
        if ((mixed && sector->first_row != rows) || (!mixed && sector->area >= header->areas_count))
            return "its sectors";
        uint32_t count = 0;
        for (size_t word = 0; word < RD_GEO_PAIR_WORDS; word++)
            count += rd_geo_bits(sector->pairs[word]);
        postcodes += count;
        rows += mixed ? count : 0;
    }
    return rows == header->rows_count && postcodes == header->postcodes_count ? NULL
                                                                              : "its sectors";
}

static const char *broken_part(const struct rd_geo_parts *parts)
{
    const struct rd_geo_header *header = parts->header;
    uint64_t sectors = 0;
    const char *broken = broken_index(parts);
    for (uint32_t i = 0; broken == NULL && i < header->outcodes_count; i++) {
        const struct rd_geo_outcode *outcode = &parts->outcodes[i];
        if (outcode->first_sector != sectors || outcode->digits >= 1U << 10 ||
            (i > 0 && outcode->key <= outcode[-1].key))
            broken = "its outcodes";
        sectors += rd_geo_bits(outcode->digits);
    }
    if (broken == NULL && sectors != header->sectors_count)
        broken = "its outcodes";
    if (broken == NULL)
        broken = broken_sectors(parts);
    for (uint32_t i = 0; broken == NULL && i < header->rows_count; i++)
        if (parts->rows[i] >= header->areas_count)
            broken = "its rows";
    return broken;
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
    if (header.postcodes_count > RD_GEO_ROWS_MAX ||
        header.outcodes_count > header.postcodes_count ||
        header.rows_count > header.postcodes_count ||
        header.sectors_count > header.postcodes_count || header.areas_count > RD_GEO_AREAS_MAX ||
        rd_geo_block_len(&header) != len)
        return rd_fail(why, RD_E_CORRUPT,
                       "postcode image: found %zu bytes, expected %zu as its header says; build it "
                       "again",
                       len, rd_geo_block_len(&header));
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
