/* The bytes of an image: what image.c reads and image_build.c writes. Private to this folder.
 * Every part begins at a multiple of 64 bytes, where the one before ends. */
#ifndef RD_GEO_IMAGE_LAYOUT_H
#define RD_GEO_IMAGE_LAYOUT_H

#include "rules/geo/image.h"
#include "rules/geo/postcode.h"

enum {
    RD_GEO_OUTCODE_SPAN = 37 * 37 * 37 * 37, /* possible outcode keys */
    RD_GEO_LETTERS = 20,                     /* of the inward part: C I K M O V are not used */
    RD_GEO_PAIR_COUNT = RD_GEO_LETTERS * RD_GEO_LETTERS,
    RD_GEO_PAIR_WORDS = (RD_GEO_PAIR_COUNT + 63) / 64,
    RD_GEO_PART_ALIGN = 64, /* a cache line */
    RD_GEO_YEAR_MIN = 1900  /* of a month */
};
#define RD_GEO_IMAGE_MAGIC UINT64_C(0x36304f4547445250) /* "PRDGEO06" */

struct rd_geo_header {
    uint64_t magic;
    unsigned char hash[RD_GEO_HASH_BYTES];
    uint32_t slots_bits, outcodes_count, sectors_count;
    uint32_t sectors_units; /* what they take, in RD_GEO_PART_ALIGN */
    uint32_t areas_count, postcodes_count, ended_count, splits_count, nowhere_count;
    uint32_t unused;
    char vintage[RD_GEO_VINTAGE_MAX], title[RD_GEO_TITLE_MAX]; /* filled up with NUL */
};
/* Outcodes stand in slots by their key, hashed; open addressing; there is always a free slot. */
struct rd_geo_outcode {
    uint32_t key; /* the postcode's key / RD_POSTCODE_INWARD_BASE, plus one; 0: free */
    /* Where the sector of each digit begins, in units of RD_GEO_PART_ALIGN, plus one; 0: none. With
     * RD_GEO_MIXED its postcodes differ. */
    uint32_t sector[10];
    uint32_t unused[5];
};
/* A look-up waits for memory, not arithmetic: it touches a line of the outcodes, one of the
 * sectors, and the area. A sector whose postcodes share an area has a bit for each pair of letters;
 * one whose postcodes differ has an entry, an area's number plus one (0: no such postcode), and
 * behind these, in the same order, the months of those that are out of use. */
struct rd_geo_uniform {
    uint32_t area, unused;
    uint64_t pairs[RD_GEO_PAIR_WORDS];
};
struct rd_geo_mixed {
    uint16_t areas[RD_GEO_PAIR_COUNT];
    uint16_t months_count;
    uint16_t months[]; /* since January of RD_GEO_YEAR_MIN */
};
#define RD_GEO_MIXED (UINT32_C(1) << 31)
enum { RD_GEO_MARK_ENDED = 1, RD_GEO_MARK_SPLIT = 2, RD_GEO_MARKS = 3 };
struct rd_geo_image_area {
    char lad[RD_GEO_CODE_MAX], ward[RD_GEO_CODE_MAX], health[RD_GEO_CODE_MAX]; /* up with NUL */
    unsigned char marks;
    char unused[4];
};
_Static_assert(sizeof(struct rd_geo_header) == 128, "mapped");
_Static_assert(offsetof(struct rd_geo_header, hash) == RD_GEO_HASH_AT, "as image.h says");
_Static_assert(sizeof(struct rd_geo_outcode) == 64, "mapped");
_Static_assert(sizeof(struct rd_geo_uniform) == RD_GEO_PART_ALIGN, "mapped");
_Static_assert(sizeof(struct rd_geo_mixed) == 802, "mapped");
_Static_assert(sizeof(struct rd_geo_image_area) == 32, "mapped");
_Static_assert(RD_GEO_AREAS_MAX == UINT16_MAX, "an area's number plus one fits an entry");

struct rd_geo_parts {
    const struct rd_geo_header *header;
    const struct rd_geo_outcode *outcodes; /* 1 << slots_bits of them */
    const unsigned char *sectors;
    const struct rd_geo_image_area *areas;
};

static inline size_t rd_geo_part_bytes(size_t count, size_t size)
{
    return (count * size + RD_GEO_PART_ALIGN - 1) / RD_GEO_PART_ALIGN * RD_GEO_PART_ALIGN;
}

static inline size_t rd_geo_mixed_bytes(size_t months)
{
    return rd_geo_part_bytes(sizeof(struct rd_geo_mixed) + months * sizeof(uint16_t), 1);
}

static inline size_t rd_geo_block_len(const struct rd_geo_header *header)
{
    return sizeof *header + ((size_t)1 << header->slots_bits) * sizeof(struct rd_geo_outcode) +
           (size_t)header->sectors_units * RD_GEO_PART_ALIGN +
           rd_geo_part_bytes(header->areas_count, sizeof(struct rd_geo_image_area));
}

enum { RD_GEO_SLOTS_BITS_MIN = 4, RD_GEO_SLOTS_BITS_MAX = 16, RD_GEO_OUTCODES_MAX = 32768 };

/* Where to begin to look for an outcode. */
static inline uint32_t rd_geo_slot_of(uint32_t outcode, uint32_t bits)
{
    return outcode * UINT32_C(2654435769) >> (32 - bits);
}

/* The inward part of a key: its digit, and which pair of letters. False: no postcode has it. */
static inline bool rd_geo_split_inward(uint64_t key, uint32_t *digit, uint32_t *pair)
{
    /* By place value, 11 for A: the letter's number plus one. */
    static const uint8_t letters[37] = {
        [11] = 1,  [12] = 2,  [14] = 3,  [15] = 4,  [16] = 5,  [17] = 6,  [18] = 7,
        [20] = 8,  [22] = 9,  [24] = 10, [26] = 11, [27] = 12, [28] = 13, [29] = 14,
        [30] = 15, [31] = 16, [33] = 17, [34] = 18, [35] = 19, [36] = 20};
    uint32_t inward = (uint32_t)(key % RD_POSTCODE_INWARD_BASE);
    uint32_t first = inward / (37 * 37), second = inward / 37 % 37, third = inward % 37;
    *digit = first - 1; /* digits are 1..10 */
    *pair = (letters[second] - 1U) * RD_GEO_LETTERS + (letters[third] - 1U);
    return first >= 1 && first <= 10 && letters[second] != 0 && letters[third] != 0;
}

static inline uint32_t rd_geo_bits(uint64_t word)
{
    return (uint32_t)__builtin_popcountll(word);
}

#endif
