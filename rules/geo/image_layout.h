/* The bytes of an image: what image.c reads and image_build.c writes. Private to this folder.
 * Everything is a multiple of 8 bytes, and each part begins where the one before ends. */
#ifndef RD_GEO_IMAGE_LAYOUT_H
#define RD_GEO_IMAGE_LAYOUT_H

#include "rules/geo/image.h"
#include "rules/geo/postcode.h"

enum {
    RD_GEO_PREFIX_COUNT = 37 * 37, /* the first two places of an outcode */
    RD_GEO_PREFIX_SPAN = 37 * 37,  /* outcode keys of one prefix */
    RD_GEO_OUTCODE_COUNT = RD_GEO_PREFIX_COUNT * RD_GEO_PREFIX_SPAN
};
#define RD_GEO_IMAGE_MAGIC UINT64_C(0x31304f4547445250) /* "PRDGEO01" */

struct rd_geo_header {
    uint64_t magic;
    uint32_t outcodes_count, rows_count, areas_count, reserved;
};
struct rd_geo_prefix_index {
    /* Outcodes of prefix p: [first[p], first[p + 1]); filled up to whole 8 bytes. */
    uint32_t first[RD_GEO_PREFIX_COUNT + 1];
};
struct rd_geo_outcode {
    uint32_t key;       /* the postcode's key / RD_POSTCODE_INWARD_BASE */
    uint32_t first_row; /* its rows end where the next outcode's begin */
};
struct rd_geo_image_row {
    uint16_t inward; /* the postcode's key % RD_POSTCODE_INWARD_BASE */
    uint16_t area;
};
struct rd_geo_image_area {
    char lad[RD_GEO_CODE_MAX], ward[RD_GEO_CODE_MAX]; /* filled up with NUL */
    char unused[6];
};
_Static_assert(sizeof(struct rd_geo_header) == 24, "mapped");
_Static_assert(sizeof(struct rd_geo_prefix_index) % 8 == 0, "mapped");
_Static_assert(sizeof(struct rd_geo_outcode) == 8, "mapped");
_Static_assert(sizeof(struct rd_geo_image_row) == 4, "mapped");
_Static_assert(sizeof(struct rd_geo_image_area) == 24, "mapped");
_Static_assert(RD_POSTCODE_INWARD_BASE <= UINT16_MAX, "an inward part fits a row");

/* One outcode more than there are marks where the last one's rows end. */
struct rd_geo_parts {
    const struct rd_geo_header *header;
    const struct rd_geo_prefix_index *prefixes;
    const struct rd_geo_outcode *outcodes;
    const struct rd_geo_image_row *rows;
    const struct rd_geo_image_area *areas;
};

static inline size_t rd_geo_rows_bytes(uint32_t count)
{
    return ((size_t)count + 1) / 2 * 2 * sizeof(struct rd_geo_image_row);
}

static inline size_t rd_geo_block_len(const struct rd_geo_header *header)
{
    return sizeof *header + sizeof(struct rd_geo_prefix_index) +
           ((size_t)header->outcodes_count + 1) * sizeof(struct rd_geo_outcode) +
           rd_geo_rows_bytes(header->rows_count) +
           (size_t)header->areas_count * sizeof(struct rd_geo_image_area);
}

#endif
