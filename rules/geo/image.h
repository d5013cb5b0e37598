/* Postcode -> authority, ward, health area, as one block of bytes that can be written to a file and
 * mapped:
 *
 *   header | outcodes | sectors | areas
 *
 * A sector (an outcode and the first inward digit) has a bit for each of its possible postcodes and
 * the number of their area when they share one; otherwise each has the number of its own. An area
 * is a set of codes with two marks: no longer in use, split. When a postcode went out of use is
 * kept, too. All of Great Britain (2.66 M postcodes) takes 3 MB with authorities alone, 13 MB with
 * everything. Numbers are in the machine's byte order; the header's magic refuses the other. PURE.
 * Thread: any once built. */
#ifndef RD_GEO_IMAGE_H
#define RD_GEO_IMAGE_H

#include "base/alloc.h"
#include "base/err.h"
#include "base/text.h"

enum {
    RD_GEO_CODE_MAX = 9,        /* bytes of an area code, "E09000026" */
    RD_GEO_ROWS_MAX = 16777216, /* postcodes in one image */
    RD_GEO_AREAS_MAX = 65535,   /* different sets of codes and marks */
    RD_GEO_VINTAGE_MAX = 16,    /* bytes of a vintage, "2025-11" */
    RD_GEO_TITLE_MAX = 32,      /* bytes of what the rows were read from */
    /* Whoever writes an image to a file puts a hash of all that follows it here. */
    RD_GEO_HASH_AT = 8,
    RD_GEO_HASH_BYTES = 32
};

struct rd_geo_row {
    struct rd_text postcode, lad, ward; /* lad, ward: absent or empty when there is none */
    unsigned line;
    struct rd_text health; /* integrated care board or its like; as above */
    uint32_t ended;        /* year * 100 + month in which it went out of use; 0: in use */
    bool split;            /* its addresses lie in several areas */
};

/* A view of a checked block; the block outlives it. */
struct rd_geo_image {
    const unsigned char *bytes;
    size_t len;
};
/* Where in the image's list of areas an answer lies. */
struct rd_geo_area {
    struct rd_text lad, ward, health; /* borrowed from the block; absent when there is none */
    bool ended, split;
};
/* What the block says of itself. */
struct rd_geo_about {
    struct rd_text vintage;                   /* "2025-11"; cut at RD_GEO_VINTAGE_MAX */
    struct rd_text title;                     /* "ONSPD", cut at RD_GEO_TITLE_MAX */
    size_t postcodes, ended, splits, nowhere; /* nowhere: without an authority */
    size_t outcodes, sectors, areas;
};

/* Takes rows one by one, in any order, and keeps 16 bytes of each. */
struct rd_geo_builder;
/* NULL: no memory. The caller's: rd_geo_builder_free (NULL allowed). */
struct rd_geo_builder *rd_geo_builder_new(const struct rd_alloc *alloc);
void rd_geo_builder_free(struct rd_geo_builder *builder);
/* The row's texts are copied. RD_E_INVALID: a malformed postcode, a code that is too long or a
 * month that is none; RD_E_TOOBIG; RD_E_NOMEM. After an error the row is not in it. */
RD_MUST_CHECK enum rd_err rd_geo_builder_add(struct rd_geo_builder *builder,
                                             const struct rd_geo_row *row, struct rd_errbuf *why);
/* Makes the block (*bytes is the caller's, released with `alloc`). RD_E_INVALID: a postcode came
 * twice, *line is the second's. `about`: only vintage and title are read. RD_E_NOMEM. O(n log n),
 * O(n) for rows that came in order. */
RD_MUST_CHECK enum rd_err rd_geo_builder_finish(struct rd_geo_builder *builder,
                                                const struct rd_geo_about *about,
                                                unsigned char **bytes, size_t *len, unsigned *line,
                                                struct rd_errbuf *why);
/* All of these over an array of rows. *line: of the row at fault. */
RD_MUST_CHECK enum rd_err rd_geo_image_build(const struct rd_geo_row *rows, size_t count,
                                             const struct rd_alloc *alloc, unsigned char **bytes,
                                             size_t *len, unsigned *line, struct rd_errbuf *why);

/* Checks every offset and row of a block (8-byte aligned, as malloc and mmap give) so that look-ups
 * need not. RD_E_CORRUPT. Does not look at the hash. */
RD_MUST_CHECK enum rd_err rd_geo_image_open(const unsigned char *bytes, size_t len,
                                            struct rd_geo_image *out, struct rd_errbuf *why);
void rd_geo_image_about(const struct rd_geo_image *image, struct rd_geo_about *out);
size_t rd_geo_image_postcodes(const struct rd_geo_image *image);
size_t rd_geo_image_areas(const struct rd_geo_image *image);
/* Where the codes of an area stand: lad, ward and health of RD_GEO_CODE_MAX bytes each. */
const char *rd_geo_image_codes(const struct rd_geo_image *image, uint32_t area);
struct rd_geo_area rd_geo_image_area(const struct rd_geo_image *image, uint32_t area);
/* False: not in the image. `key` as in struct rd_postcode. */
bool rd_geo_image_find(const struct rd_geo_image *image, uint64_t key, uint32_t *area);
/* The month in which it went out of use as year * 100 + month; 0: in use, not in the image. */
uint32_t rd_geo_image_ended(const struct rd_geo_image *image, uint64_t key);

#endif
