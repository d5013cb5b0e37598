/* The bytes of an image: what image.c reads and image_build.c writes. Private to this folder.
 * Everything is a multiple of 8 bytes, and each part begins where the one before ends. */
#ifndef RD_GEO_IMAGE_LAYOUT_H
#define RD_GEO_IMAGE_LAYOUT_H

#include "rules/geo/image.h"
#include "rules/geo/postcode.h"

enum {
    RD_GEO_PREFIX_COUNT = 37 * 37, /* the first two places of an outcode */
    RD_GEO_PREFIX_SPAN = 37 * 37,  /* outcode keys of one prefix */
    RD_GEO_OUTCODE_COUNT = RD_GEO_PREFIX_COUNT * RD_GEO_PREFIX_SPAN,
    RD_GEO_PAIR_COUNT = 26 * 26, /* of the inward part's letters */
    RD_GEO_PAIR_WORDS = (RD_GEO_PAIR_COUNT + 63) / 64
};
#define RD_GEO_IMAGE_MAGIC UINT64_C(0x33304f4547445250) /* "PRDGEO03" */

struct rd_geo_header {
    uint64_t magic;
    uint32_t outcodes_count, sectors_count, rows_count, areas_count;
    uint32_t postcodes_count, unused;
};
struct rd_geo_prefix_index {
    /* Outcodes of prefix p: [first[p], first[p + 1]). */
    uint32_t first[RD_GEO_PREFIX_COUNT + 1];
};
/* The sectors (outcode and first inward digit) of an outcode follow each other. */
struct rd_geo_outcode {
    uint32_t key;    /* the postcode's key / RD_POSTCODE_INWARD_BASE */
    uint32_t digits; /* bit d: it has the sector of digit d */
    uint32_t first_sector;
    uint32_t unused;
};
/* Which of the 26 * 26 pairs of letters exist. Most sectors lie in one area and need no rows; in
 * the others, counting bits says which row is a postcode's. What is touched stays small: memory,
 * not arithmetic, is what a look-up waits for. */
struct rd_geo_sector {
    uint32_t area; /* of all its postcodes; RD_GEO_MIXED: see its rows */
    uint32_t first_row;
    uint64_t pairs[RD_GEO_PAIR_WORDS];
};
#define RD_GEO_MIXED UINT32_MAX
struct rd_geo_image_area {
    char lad[RD_GEO_CODE_MAX], ward[RD_GEO_CODE_MAX]; /* filled up with NUL */
    char unused[6];
};
_Static_assert(sizeof(struct rd_geo_header) == 32, "mapped");
_Static_assert(sizeof(struct rd_geo_prefix_index) % 8 == 0, "mapped");
_Static_assert(sizeof(struct rd_geo_outcode) == 16, "mapped");
_Static_assert(sizeof(struct rd_geo_sector) == 96, "mapped");
_Static_assert(sizeof(struct rd_geo_image_area) == 24, "mapped");
_Static_assert(RD_GEO_AREAS_MAX == UINT16_MAX + 1, "an area's number fits a row");

/* A row is the number of an area. */
struct rd_geo_parts {
    const struct rd_geo_header *header;
    const struct rd_geo_prefix_index *prefixes;
    const struct rd_geo_outcode *outcodes;
    const struct rd_geo_sector *sectors;
    const uint16_t *rows;
    const struct rd_geo_image_area *areas;
};

static inline size_t rd_geo_rows_bytes(uint32_t count)
{
    return ((size_t)count + 3) / 4 * 4 * sizeof(uint16_t);
}

static inline size_t rd_geo_block_len(const struct rd_geo_header *header)
{
    return sizeof *header + sizeof(struct rd_geo_prefix_index) +
           (size_t)header->outcodes_count * sizeof(struct rd_geo_outcode) +
           (size_t)header->sectors_count * sizeof(struct rd_geo_sector) +
           rd_geo_rows_bytes(header->rows_count) +
           (size_t)header->areas_count * sizeof(struct rd_geo_image_area);
}

/* The inward part of a key: its digit, and which pair of letters. False: no postcode's key. */
static inline bool rd_geo_split_inward(uint64_t key, uint32_t *digit, uint32_t *pair)
{
    uint32_t inward = (uint32_t)(key % RD_POSTCODE_INWARD_BASE);
    uint32_t first = inward / (37 * 37), second = inward / 37 % 37, third = inward % 37;
    *digit = first - 1; /* digits are 1..10, letters 11..36 */
    *pair = (second - 11) * 26 + (third - 11);
    return first >= 1 && first <= 10 && second >= 11 && third >= 11;
}

static inline uint32_t rd_geo_bits(uint64_t word)
{
    return (uint32_t)__builtin_popcountll(word);
}

#endif
