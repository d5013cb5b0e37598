/* CSV tables (RFC 4180) read strictly: a header row whose columns are known by name, the same
 * number of fields in every row, UTF-8. LF or CRLF ends a row; a byte order mark is skipped; there
 * are no comments and no blank lines. Errors read "FILE:LINE:COLUMN: found ..., expected ...; do
 * ..." as in yaml.h (a column counts bytes). Thread: any; no state. */
#ifndef RD_CONF_CSV_H
#define RD_CONF_CSV_H

#include "base/err.h"
#include "base/text.h"

enum {
    RD_CSV_BYTES_MAX = 64 * 1024 * 1024, /* a file */
    RD_CSV_COLUMNS_MAX = 64
};

struct rd_csv; /* a table; owns its texts */

/* `columns`: the names that may stand in the header, in any order there, NULL-terminated; a name
 * that ends in ! is required. Cells are then asked for by the index in `columns`. RD_E_INVALID,
 * RD_E_TOOBIG, RD_E_NOMEM, RD_E_IO. `name` is what messages call the file. */
RD_MUST_CHECK enum rd_err rd_csv_parse(const char *name, struct rd_text bytes,
                                       const char *const *columns, struct rd_csv **out,
                                       struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_csv_read(const char *path, const char *const *columns,
                                      struct rd_csv **out, struct rd_errbuf *why);
void rd_csv_free(struct rd_csv *csv); /* NULL allowed */

size_t rd_csv_rows(const struct rd_csv *csv);               /* without the header */
unsigned rd_csv_line(const struct rd_csv *csv, size_t row); /* from 1; where the row begins */
/* Unquoted, spaces kept; absent when the header has no such column, empty when the cell is. */
struct rd_text rd_csv_cell(const struct rd_csv *csv, size_t row, size_t column);
/* A date "2026-11-21" as days since 1970-01-01. RD_E_INVALID also for an empty or absent cell. */
RD_MUST_CHECK enum rd_err rd_csv_day(const struct rd_csv *csv, size_t row, size_t column,
                                     int64_t *out, struct rd_errbuf *why);
/* An error at a cell: "FILE:LINE:COLUMN: " and the formatted rest. */
enum rd_err rd_csv_fail(const struct rd_csv *csv, size_t row, size_t column, struct rd_errbuf *why,
                        const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
