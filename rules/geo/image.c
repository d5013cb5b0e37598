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
    at = parts.outcodes + parts.header->outcodes_count + 1;
    parts.rows = at;
    at = (const unsigned char *)at + rd_geo_rows_bytes(parts.header->rows_count);
    parts.areas = at;
    return parts;
}

size_t rd_geo_image_rows(const struct rd_geo_image *image)
{
    return parts_of(image->bytes).header->rows_count;
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

bool rd_geo_image_find(const struct rd_geo_image *image, uint64_t key, uint32_t *area)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    if (key >= (uint64_t)RD_GEO_OUTCODE_COUNT * RD_POSTCODE_INWARD_BASE)
        return false;
    uint32_t outcode = (uint32_t)(key / RD_POSTCODE_INWARD_BASE);
    uint16_t inward = (uint16_t)(key % RD_POSTCODE_INWARD_BASE);
    uint32_t low = parts.prefixes->first[outcode / RD_GEO_PREFIX_SPAN];
    uint32_t high = parts.prefixes->first[outcode / RD_GEO_PREFIX_SPAN + 1];
    while (low < high && parts.outcodes[low].key != outcode)
        low++; /* at most some thirty of one prefix, in one or two cache lines */
    if (low == high)
        return false;
    const uint32_t end = parts.outcodes[low + 1].first_row;
    low = parts.outcodes[low].first_row;
    high = end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (parts.rows[middle].inward < inward)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == end || parts.rows[low].inward != inward)
        return false;
    *area = parts.rows[low].area;
    return true;
}

/* Each part's entries are ascending and inside the next part. */
static const char *broken_part(const struct rd_geo_parts *parts)
{
    const struct rd_geo_header *header = parts->header;
    uint32_t at = 0;
    for (size_t p = 0; p <= RD_GEO_PREFIX_COUNT; p++) {
        if (parts->prefixes->first[p] < at || parts->prefixes->first[p] > header->outcodes_count)
            return "its index of prefixes";
        for (; at < parts->prefixes->first[p]; at++)
            if (p == 0 || parts->outcodes[at].key / RD_GEO_PREFIX_SPAN != p - 1)
                return "its index of prefixes";
    }
    if (at != header->outcodes_count || parts->outcodes[0].first_row != 0 ||
        parts->outcodes[at].first_row != header->rows_count)
        return "its outcodes";
    for (uint32_t i = 0; i < header->outcodes_count; i++) {
        uint32_t row = parts->outcodes[i].first_row, end = parts->outcodes[i + 1].first_row;
        if (row >= end || end > header->rows_count ||
            (i > 0 && parts->outcodes[i].key <= parts->outcodes[i - 1].key))
            return "its outcodes";
        for (uint32_t first = row; row < end; row++)
            if (parts->rows[row].area >= header->areas_count ||
                (row > first && parts->rows[row].inward <= parts->rows[row - 1].inward))
                return "its rows";
    }
    return NULL;
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
    if (header.rows_count > RD_GEO_ROWS_MAX || header.outcodes_count > header.rows_count ||
        header.areas_count > RD_GEO_AREAS_MAX || rd_geo_block_len(&header) != len)
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
