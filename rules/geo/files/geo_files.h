/* A place's CSV files into its table of postcodes and its bank holidays. Does I/O: for rules/load,
 * tools and tests, never linked by the core. Files: postcodes.csv (pcds,lad,ward), lads.csv
 * (lad,name,inside), wards.csv (ward,name), localities.csv (ward,locality,valid_from,valid_to),
 * exceptions.csv (pcds,kind,locality,note,valid_from,valid_to and, where used, lad,uprn,address),
 * practices.csv (ods,pcds,locality,valid_from,valid_to,name; may be absent), bank-holidays.csv
 * (date,name,region). Thread: any. */
#ifndef RD_GEO_FILES_GEO_FILES_H
#define RD_GEO_FILES_GEO_FILES_H

#include "base/arena.h"
#include "base/err.h"
#include "rules/geo/geo.h"

/* Errors name the file relative to `directory` ("wards.csv:3:1: found ..."). All five must
 * be there (a header alone will do). `vintage`: of postcodes.csv, "2014-08"; `national`: NULL, or
 * an image that outlives the table. RD_E_INVALID, RD_E_TOOBIG, RD_E_IO, RD_E_NOMEM. The table is
 * the caller's: rd_geo_free. */
RD_MUST_CHECK enum rd_err rd_geo_files_read(const char *directory, struct rd_text vintage,
                                            const struct rd_geo_image *national,
                                            const struct rd_alloc *alloc, struct rd_geo_table **out,
                                            struct rd_errbuf *why);

/* The days of `file` (ascending, days since 1970-01-01) in `arena`: those of `region`
 * (england-and-wales, scotland, northern-ireland) and those without one. */
RD_MUST_CHECK enum rd_err rd_holidays_file_read(const char *directory, const char *file,
                                                struct rd_text region, struct rd_arena *arena,
                                                const int64_t **days, size_t *count,
                                                struct rd_errbuf *why);

#endif
