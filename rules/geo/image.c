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
    parts.slots = take_part(&bytes, (size_t)1 << header->slots_bits, sizeof *parts.slots);
    parts.outcodes = take_part(&bytes, header->outcodes_count, sizeof *parts.outcodes);
    parts.sectors = take_part(&bytes, header->sectors_count, sizeof *parts.sectors);
    parts.rows = take_part(&bytes, header->rows_count, sizeof *parts.rows);
    parts.months = take_part(&bytes, header->months_count, sizeof *parts.months);
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

static const struct rd_geo_sector *find_sector(const struct rd_geo_parts *parts, uint32_t outcode,
                                               uint32_t digit)
{
    const uint32_t mask = (UINT32_C(1) << parts->header->slots_bits) - 1;
    uint32_t slot = rd_geo_slot_of(outcode, parts->header->slots_bits);
    while (parts->slots[slot] != 0 && parts->outcodes[parts->slots[slot] - 1].key != outcode)
        slot = (slot + 1) & mask;
    if (parts->slots[slot] == 0)
        return NULL;
    const struct rd_geo_outcode *found = &parts->outcodes[parts->slots[slot] - 1];
    if ((found->digits >> digit & 1) == 0)
        return NULL;
    uint64_t before = found->digits & ((UINT64_C(1) << digit) - 1);
    return &parts->sectors[found->first_sector + rd_geo_bits(before)];
}

/* The area of a postcode that the image has, and its row (UINT32_MAX: it needs none). */
static inline bool find(const struct rd_geo_parts *parts, uint64_t key, uint32_t *area,
                        uint32_t *row)
{
    uint32_t digit, pair;
    if (key >= (uint64_t)RD_GEO_OUTCODE_SPAN * RD_POSTCODE_INWARD_BASE ||
        !rd_geo_split_inward(key, &digit, &pair))
        return false;
    const struct rd_geo_sector *sector =
        find_sector(parts, (uint32_t)(key / RD_POSTCODE_INWARD_BASE), digit);
    if (sector == NULL || (sector->pairs[pair / 64] >> pair % 64 & 1) == 0)
        return false;
    *area = sector->area;
    *row = UINT32_MAX;
    if (sector->area != RD_GEO_MIXED)
        return true;
    *row = sector->first_row + sector->before[pair / 64] +
           rd_geo_bits(sector->pairs[pair / 64] & ((UINT64_C(1) << pair % 64) - 1));
    *area = parts->rows[*row];
    return true;
}

bool rd_geo_image_find(const struct rd_geo_image *image, uint64_t key, uint32_t *area)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    uint32_t row;
    return find(&parts, key, area, &row);
}

uint32_t rd_geo_image_ended(const struct rd_geo_image *image, uint64_t key)
{
    struct rd_geo_parts parts = parts_of(image->bytes);
    uint32_t area, row;
    if (parts.header->months_count == 0 || !find(&parts, key, &area, &row) || row == UINT32_MAX ||
        parts.months[row] == 0)
        return 0;
    uint32_t months = parts.months[row] - 1U;
    return (RD_GEO_YEAR_MIN + months / 12) * 100 + months % 12 + 1;
}

/* Every outcode is found through the slots, and there is a free one to end a search. */
static bool slots_fit(const struct rd_geo_parts *parts)
{
    const uint32_t count = UINT32_C(1) << parts->header->slots_bits;
    uint32_t taken = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (parts->slots[i] > parts->header->outcodes_count)
            return false;
        taken += parts->slots[i] != 0;
    }
    return taken == parts->header->outcodes_count && taken < count;
}

/* Each part's entries are ascending and inside the next part. */
static bool outcodes_fit(const struct rd_geo_parts *parts)
{
    uint64_t sectors = 0;
    for (uint32_t i = 0; i < parts->header->outcodes_count; i++) {
        const struct rd_geo_outcode *outcode = &parts->outcodes[i];
        if (outcode->first_sector != sectors || outcode->digits >= 1U << 10 ||
            (i > 0 && outcode->key <= outcode[-1].key))
            return false;
        sectors += rd_geo_bits(outcode->digits);
    }
    return sectors == parts->header->sectors_count;
}

static bool sectors_fit(const struct rd_geo_parts *parts)
{
    const struct rd_geo_header *header = parts->header;
    uint64_t rows = 0, postcodes = 0;
    for (uint32_t i = 0; i < header->sectors_count; i++) {
        const struct rd_geo_sector *sector = &parts->sectors[i];
        bool mixed = sector->area == RD_GEO_MIXED;
        if ((mixed && sector->first_row != rows) || (!mixed && sector->area >= header->areas_count))
            return false;
        uint32_t count = 0;
        for (size_t word = 0; word < RD_GEO_PAIR_WORDS; word++) {
            if (sector->before[word] != count)
                return false;
            count += rd_geo_bits(sector->pairs[word]);
        }
        postcodes += count;
        rows += mixed ? count : 0;
    }
    return rows == header->rows_count && postcodes == header->postcodes_count;
}

static const char *broken_part(const struct rd_geo_parts *parts)
{
    const struct rd_geo_header *header = parts->header;
    if (!slots_fit(parts))
        return "its slots";
    if (!outcodes_fit(parts))
        return "its outcodes";
    if (!sectors_fit(parts))
        return "its sectors";
    for (uint32_t i = 0; i < header->rows_count; i++)
        if (parts->rows[i] >= header->areas_count)
            return "its rows";
    for (uint32_t i = 0; i < header->areas_count; i++)
        if (parts->areas[i].marks > RD_GEO_MARKS)
            return "its areas";
    return NULL;
}

static bool counts_fit(const struct rd_geo_header *header, size_t len)
{
    return header->postcodes_count <= RD_GEO_ROWS_MAX &&
           header->outcodes_count <= RD_GEO_OUTCODES_MAX &&
           header->slots_bits >= RD_GEO_SLOTS_BITS_MIN &&
           header->slots_bits <= RD_GEO_SLOTS_BITS_MAX &&
           header->sectors_count <= header->postcodes_count &&
           header->rows_count <= header->postcodes_count &&
           (header->months_count == 0 || header->months_count == header->rows_count) &&
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
