/* Rows of a CSV file as spreadsheets write it, one at a time: comma, semicolon or tab (whichever
 * the header has most of), LF, CRLF or CR, quotes around a cell when it begins with one. A row with
 * too few cells is the row's own fault; a quote that never ends, or that text stands behind, is the
 * end of reading: nobody can say where the next row begins. Pure; borrowed from the bytes and the
 * arena. Thread: any. */
#ifndef RD_CSV_SHEET_H
#define RD_CSV_SHEET_H

#include "base/arena.h"

enum { RD_SHEET_COLUMNS_MAX = 64 };

struct rd_sheet {
    struct rd_text bytes; /* UTF-8, without a byte order mark */
    size_t at;
    unsigned row; /* of the last row, as a spreadsheet numbers them: the first is 1 */
    char delimiter;
};

struct rd_sheet_row {
    unsigned row;
    struct rd_text bytes; /* as it stands, without its line end; of a broken row: all the rest */
    struct rd_text cells[RD_SHEET_COLUMNS_MAX]; /* unquoted, spaces kept */
    size_t cells_count;     /* may be more than RD_SHEET_COLUMNS_MAX; the rest is not in `cells` */
    unsigned broken_column; /* from 1; of a broken row */
};

enum rd_sheet_found {
    RD_SHEET_ROW = 1,
    RD_SHEET_END,
    RD_SHEET_BROKEN, /* a quote: `row` holds everything from this row on; then comes RD_SHEET_END */
    RD_SHEET_FULL    /* the arena is too small */
};

void rd_sheet_open(struct rd_sheet *sheet, struct rd_text bytes);
/* The next row that is not blank. */
enum rd_sheet_found rd_sheet_next(struct rd_sheet *sheet, struct rd_arena *arena,
                                  struct rd_sheet_row *row);
/* "A" .. "Z", "AA" .. of a column from 1; "?" beyond ZZ. */
enum { RD_SHEET_LETTERS_MAX = 4 };
const char *rd_sheet_letters(unsigned column, char out[RD_SHEET_LETTERS_MAX]);

#endif
