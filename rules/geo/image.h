/* Postcode -> authority and ward, as one block of bytes that can be written to a file and mapped:
 *
 *   header | prefix index | outcodes | sectors | rows | areas
 *
 * A sector has a bit for each of its possible postcodes, and the number of their area when they
 * share one; otherwise each has a row, the number of its area (2 bytes). An area is a pair of
 * codes. All of Great Britain (2.66 M postcodes) takes 2 MB. Numbers are in the machine's byte
 * order; the header's magic refuses the other. PURE. Thread: any once built. */
#ifndef RD_GEO_IMAGE_H
#define RD_GEO_IMAGE_H

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"

enum {
    RD_GEO_CODE_MAX = 9,        /* bytes of an area code, "E09000026" */
    RD_GEO_ROWS_MAX = 16777216, /* postcodes in one image */
    RD_GEO_AREAS_MAX = 65536    /* different pairs of codes */
};

struct rd_geo_row {
    struct rd_text postcode, lad, ward; /* lad, ward: absent or empty when there is none */
    unsigned line;
};

/* A view of a checked block; the block outlives it. */
struct rd_geo_image {
    const unsigned char *bytes;
    size_t len;
};
/* Where in the image's list of areas an answer lies. */
struct rd_geo_area {
    struct rd_text lad, ward; /* borrowed from the block; absent when there is none */
};

/* Builds a block (*bytes is the caller's, released with `alloc`). Rows in any order. RD_E_INVALID:
 * a malformed or repeated postcode or a code that is too long, *line is its row's. RD_E_TOOBIG,
 * RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_geo_image_build(const struct rd_geo_row *rows, size_t count,
                                             const struct rd_alloc *alloc, unsigned char **bytes,
                                             size_t *len, unsigned *line, struct rd_errbuf *why);
/* Checks every offset and row of a block (8-byte aligned, as malloc and mmap give) so that look-ups
 * need not. RD_E_CORRUPT. */
RD_MUST_CHECK enum rd_err rd_geo_image_open(const unsigned char *bytes, size_t len,
                                            struct rd_geo_image *out, struct rd_errbuf *why);
size_t rd_geo_image_postcodes(const struct rd_geo_image *image);
size_t rd_geo_image_areas(const struct rd_geo_image *image);
struct rd_geo_area rd_geo_image_area(const struct rd_geo_image *image, uint32_t area);
/* False: not in the image. `key` as in struct rd_postcode. */
bool rd_geo_image_find(const struct rd_geo_image *image, uint64_t key, uint32_t *area);

#endif
