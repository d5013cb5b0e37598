/* The bytes of an image: what image.c reads and image_build.c writes. Private to this folder.
 * Every part begins at a multiple of 64 bytes, where the one before ends. */
#ifndef RD_GEO_IMAGE_LAYOUT_H
#define RD_GEO_IMAGE_LAYOUT_H

#include "rules/geo/image.h"
#include "rules/geo/postcode.h"

enum {
    RD_GEO_OUTCODE_SPAN = 37 * 37 * 37 * 37, /* possible outcode keys */
    RD_GEO_PAIR_COUNT = 26 * 26,             /* of the inward part's letters */
    RD_GEO_PAIR_WORDS = (RD_GEO_PAIR_COUNT + 63) / 64,
    RD_GEO_PART_ALIGN = 64,
    RD_GEO_YEAR_MIN = 1900 /* of a month */
};
#define RD_GEO_IMAGE_MAGIC UINT64_C(0x34304f4547445250) /* "PRDGEO04" */

struct rd_geo_header {
    uint64_t magic;
    unsigned char hash[RD_GEO_HASH_BYTES];
    uint32_t slots_bits, outcodes_count, sectors_count, rows_count;
    uint32_t months_count; /* 0 or rows_count */
    uint32_t areas_count, postcodes_count, ended_count, splits_count, nowhere_count;
    char vintage[RD_GEO_VINTAGE_MAX], title[RD_GEO_TITLE_MAX]; /* filled up with NUL */
};
/* The sectors of an outcode follow each other. */
struct rd_geo_outcode {
    uint32_t key;    /* the postcode's key / RD_POSTCODE_INWARD_BASE */
    uint32_t digits; /* bit d: it has the sector of digit d */
    uint32_t first_sector;
    uint32_t unused;
};
/* Which of the 26 * 26 pairs of letters exist. Most sectors lie in one area and need no rows; in
 * the others, counting bits says which row is a postcode's: `before` has the count of the words
 * before each, so that bits of one word are counted. What is touched stays small: memory, not
 * arithmetic, is what a look-up waits for. Two cache lines. */
struct rd_geo_sector {
    uint32_t area; /* of all its postcodes; RD_GEO_MIXED: see its rows */
    uint32_t first_row;
    uint16_t before[RD_GEO_PAIR_WORDS];
    uint16_t unused;
    uint64_t pairs[RD_GEO_PAIR_WORDS];
    uint64_t unused_too;
};
#define RD_GEO_MIXED UINT32_MAX
enum { RD_GEO_MARK_ENDED = 1, RD_GEO_MARK_SPLIT = 2, RD_GEO_MARKS = 3 };
struct rd_geo_image_area {
    char lad[RD_GEO_CODE_MAX], ward[RD_GEO_CODE_MAX], health[RD_GEO_CODE_MAX]; /* up with NUL */
    unsigned char marks;
    char unused[4];
};
_Static_assert(sizeof(struct rd_geo_header) == 128, "mapped");
_Static_assert(offsetof(struct rd_geo_header, hash) == RD_GEO_HASH_AT, "as image.h says");
_Static_assert(sizeof(struct rd_geo_outcode) == 16, "mapped");
_Static_assert(sizeof(struct rd_geo_sector) == 128, "mapped");
_Static_assert(sizeof(struct rd_geo_image_area) == 32, "mapped");
_Static_assert(RD_GEO_AREAS_MAX == UINT16_MAX + 1, "an area's number fits a row");

/* A row is the number of an area; a month the count of months since January of RD_GEO_YEAR_MIN
 * plus one, 0 for a postcode that is in use. */
struct rd_geo_parts {
    const struct rd_geo_header *header;
    /* Outcodes by their key, hashed; open addressing. A slot: index of an outcode plus one; 0:
     * free. There is always a free one. */
    const uint16_t *slots;
    const struct rd_geo_outcode *outcodes;
    const struct rd_geo_sector *sectors;
    const uint16_t *rows, *months;
    const struct rd_geo_image_area *areas;
};

static inline size_t rd_geo_part_bytes(size_t count, size_t size)
{
    return (count * size + RD_GEO_PART_ALIGN - 1) / RD_GEO_PART_ALIGN * RD_GEO_PART_ALIGN;
}

static inline size_t rd_geo_block_len(const struct rd_geo_header *header)
{
    return sizeof *header + rd_geo_part_bytes((size_t)1 << header->slots_bits, sizeof(uint16_t)) +
           rd_geo_part_bytes(header->outcodes_count, sizeof(struct rd_geo_outcode)) +
           rd_geo_part_bytes(header->sectors_count, sizeof(struct rd_geo_sector)) +
           rd_geo_part_bytes(header->rows_count, sizeof(uint16_t)) +
           rd_geo_part_bytes(header->months_count, sizeof(uint16_t)) +
           rd_geo_part_bytes(header->areas_count, sizeof(struct rd_geo_image_area));
}

enum { RD_GEO_SLOTS_BITS_MIN = 4, RD_GEO_SLOTS_BITS_MAX = 17, RD_GEO_OUTCODES_MAX = 65535 };

/* Where to begin to look for an outcode. */
static inline uint32_t rd_geo_slot_of(uint32_t outcode, uint32_t bits)
{
    return outcode * UINT32_C(2654435769) >> (32 - bits);
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
