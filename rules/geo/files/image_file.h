/* An image of postcodes as a file: written whole, mapped for reading. Does I/O: never linked by the
 * core. Thread: any; blocks. */
#ifndef RD_GEO_FILES_IMAGE_FILE_H
#define RD_GEO_FILES_IMAGE_FILE_H

#include "base/err.h"
#include "rules/geo/image.h"

struct rd_geo_file {
    const unsigned char *bytes; /* mapped; NULL: closed */
    size_t len;
    struct rd_geo_image image;
};

/* Puts the hash into the block and the block into `path`: beside it first, synced, renamed, so that
 * whoever has the old one mapped keeps it. The file is read-only (0444): never write into a file
 * that may be mapped. RD_E_IO, RD_E_FULL. */
RD_MUST_CHECK enum rd_err rd_geo_file_write(const char *path, unsigned char *bytes, size_t len,
                                            struct rd_errbuf *why);
/* Maps it and checks hash and parts. RD_E_IO (cannot be read), RD_E_CORRUPT. After an error there
 * is nothing to close. */
RD_MUST_CHECK enum rd_err rd_geo_file_open(const char *path, struct rd_geo_file *out,
                                           struct rd_errbuf *why);
void rd_geo_file_close(struct rd_geo_file *file); /* also one that is closed */

#endif
