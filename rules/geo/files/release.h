/* Postcode directories as they are published, into a builder of an image: ONSPD and NSPL of any
 * release (columns are found by what their names look like, since the year in them changes), OS
 * Code-Point Open (no header, one file for each postcode area), and our compact lists
 * (pcds,lad25cd,...). Plain or gzip. Does I/O: never linked by the core. Thread: any; blocks.
 *
 *   what          columns, the first that is there
 *   postcode      pcds, pcd8, pcd2, pcd7, pcd
 *   authority     ladNNcd, oslaua, laua, lad
 *   ward          wdNNcd, osward, ward
 *   health area   icbNNcd, icb, sicblNNcd, sicbl, ccgNNcd, ccg
 *   out of use    doterm (year and month; empty: in use)
 *   split         split (yes, no, 1, 0, empty)
 *
 * Codes of nines only ("E99999999", "99999999") mean that there is none. Positions are not kept:
 * referrals go by codes. Rows whose postcode has no form that a sender's could have (the old NPT
 * area, ZZ99) are left out and counted. */
#ifndef RD_GEO_FILES_RELEASE_H
#define RD_GEO_FILES_RELEASE_H

#include "base/err.h"
#include "rules/geo/image.h"

enum {
    RD_RELEASE_LINE_BYTES_MAX = 65536,
    RD_RELEASE_COLUMNS_MAX = 256,
    RD_RELEASE_FILES_MAX = 4096
};

/* Called after every so many rows, and once at the end of each file. */
typedef void rd_release_progress(void *context, const char *file, size_t rows);

struct rd_release {
    rd_release_progress *progress; /* NULL: nobody wants to know */
    void *context;
    /* Results. */
    size_t files, rows, left_out;
    char first_left_out[320]; /* "FILE:LINE: found 'NPT 1AA'", cut; "" */
};

/* `path`: a file, or a directory whose .csv and .csv.gz files are read in the order of their names
 * (also of its CSV, Data/CSV or Data, as the archives have them). RD_E_IO, RD_E_INVALID with
 * "FILE:LINE:COLUMN: found ..., expected ...", RD_E_TOOBIG, RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_release_read(const char *path, struct rd_geo_builder *builder,
                                          struct rd_release *release, struct rd_errbuf *why);

/* "2025-11" from a name such as ONSPD_NOV_2025_UK.csv, onspd-2025-11-gb.csv.gz or NSPL_2025_11;
 * false: the name says nothing. */
bool rd_release_vintage(const char *path, char out[8]);

#endif
