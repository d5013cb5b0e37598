#include "conf/csv.h"

#include "base/alloc.h"
#include "base/instant.h"
#include "conf/hint.h"
#include "conf/read_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cell lies in `bytes`, already unquoted there (which only ever shortens it). */
struct cell {
    uint32_t offset, len;
    uint32_t line_offset; /* where the field begins in its line, from 0 */
};

struct rd_csv {
    struct rd_buf bytes; /* ours */
    char *name;
    struct cell *cells; /* rows * width, the header's first */
    size_t cells_count, cells_cap;
    unsigned *lines; /* one a row, the header's first */
    size_t lines_count, lines_cap;
    size_t width;                        /* fields in the header */
    size_t field_of[RD_CSV_COLUMNS_MAX]; /* by index in `columns`; SIZE_MAX: not there */
    size_t columns_count;
};

struct reader {
    struct rd_csv *csv;
    struct rd_errbuf *why;
    size_t at;         /* next byte */
    size_t line_start; /* of the line `at` is in */
    unsigned line;
};

static enum rd_err fail_here(const struct reader *reader, const char *words)
{
    return rd_fail(reader->why, RD_E_INVALID, "%s:%u:%zu: %s", reader->csv->name, reader->line,
                   reader->at - reader->line_start + 1, words);
}

static char *bytes_of(const struct rd_csv *csv)
{
    return (char *)csv->bytes.bytes;
}

/* Whether the byte at `at` ends a field: a comma, a line's end or the file's. */
static bool at_end_of_field(const struct reader *reader)
{
    const char *bytes = bytes_of(reader->csv);
    size_t len = reader->csv->bytes.len;
    if (reader->at == len || bytes[reader->at] == ',' || bytes[reader->at] == '\n')
        return true;
    return bytes[reader->at] == '\r' && reader->at + 1 < len && bytes[reader->at + 1] == '\n';
}

static enum rd_err read_quoted(struct reader *reader, struct cell *cell)
{
    char *bytes = bytes_of(reader->csv);
    size_t len = reader->csv->bytes.len;
    struct reader opening = *reader;
    size_t to = ++reader->at;
    cell->offset = (uint32_t)to;
    while (reader->at < len) {
        char c = bytes[reader->at++];
        if (c == '"') {
            bool doubled = reader->at < len && bytes[reader->at] == '"';
            if (!doubled) {
                cell->len = (uint32_t)(to - cell->offset);
                if (at_end_of_field(reader))
                    return RD_OK;
                return fail_here(reader,
                                 "found text behind a closing quote, expected a comma or "
                                 "the end of the line; double quotes inside a quoted field");
            }
            reader->at++;
        } else if (c == '\n') {
            reader->line++;
            reader->line_start = reader->at;
        }
        bytes[to++] = c;
    }
    return fail_here(&opening,
                     "found a quote that is never closed, expected a closing one; add it");
}

static enum rd_err read_plain(struct reader *reader, struct cell *cell)
{
    const char *bytes = bytes_of(reader->csv);
    cell->offset = (uint32_t)reader->at;
    while (!at_end_of_field(reader)) {
        if (bytes[reader->at] == '"')
            return fail_here(reader, "found a quote inside a field, expected it around the whole; "
                                     "quote the field and double the quotes inside");
        if (bytes[reader->at] == '\r')
            return fail_here(reader, "found a lone carriage return, expected LF or CRLF; save the "
                                     "file with such line ends");
        reader->at++;
    }
    cell->len = (uint32_t)(reader->at - cell->offset);
    return RD_OK;
}

static enum rd_err no_memory(const struct rd_csv *csv, struct rd_errbuf *why)
{
    return rd_fail(why, RD_E_NOMEM, "%s: no memory to read it", csv->name);
}

static enum rd_err read_field(struct reader *reader)
{
    struct rd_csv *csv = reader->csv;
    struct cell cell = {.line_offset = (uint32_t)(reader->at - reader->line_start)};
    bool quoted = reader->at < csv->bytes.len && bytes_of(csv)[reader->at] == '"';
    enum rd_err err = quoted ? read_quoted(reader, &cell) : read_plain(reader, &cell);
    if (err != RD_OK)
        return err;
    void *items = csv->cells;
    if (!rd_alloc_grow(csv->bytes.alloc, &items, &csv->cells_cap, csv->cells_count + 1,
                       sizeof *csv->cells))
        return no_memory(csv, reader->why);
    csv->cells = items;
    csv->cells[csv->cells_count++] = cell;
    return RD_OK;
}

/* One row; leaves `at` behind its line end. */
static enum rd_err read_row(struct reader *reader)
{
    struct rd_csv *csv = reader->csv;
    const char *bytes = bytes_of(csv);
    size_t before = csv->cells_count;
    void *items = csv->lines;
    if (!rd_alloc_grow(csv->bytes.alloc, &items, &csv->lines_cap, csv->lines_count + 1,
                       sizeof *csv->lines))
        return no_memory(csv, reader->why);
    csv->lines = items;
    csv->lines[csv->lines_count++] = reader->line;
    if (bytes[reader->at] == '\n' || bytes[reader->at] == '\r')
        return fail_here(reader, "found a blank line, expected a row; remove it");
    for (;;) {
        enum rd_err err = read_field(reader);
        if (err != RD_OK)
            return err;
        if (reader->at == csv->bytes.len || bytes[reader->at] != ',')
            break;
        reader->at++;
    }
    size_t fields = csv->cells_count - before;
    if (csv->lines_count > 1 && fields != csv->width)
        return rd_fail(reader->why, RD_E_INVALID,
                       "%s:%u:1: found %zu fields, expected %zu as in the header; add or remove "
                       "commas, or quote a field that has one",
                       csv->name, csv->lines[csv->lines_count - 1], fields, csv->width);
    if (reader->at < csv->bytes.len && bytes[reader->at] == '\r')
        reader->at++;
    if (reader->at < csv->bytes.len)
        reader->at++;
    reader->line++;
    reader->line_start = reader->at;
    return RD_OK;
}

static struct rd_text cell_text(const struct rd_csv *csv, size_t index)
{
    const struct cell *cell = &csv->cells[index];
    return (struct rd_text){bytes_of(csv) + cell->offset, cell->len};
}

/* Which field holds which of `columns`; every field is one of them, once. */
static enum rd_err match_header(struct rd_csv *csv, const char *const *columns,
                                struct rd_errbuf *why)
{
    char words[RD_HINT_WORDS_MAX];
    while (columns[csv->columns_count] != NULL) {
        rd_require(csv->columns_count < RD_CSV_COLUMNS_MAX);
        csv->field_of[csv->columns_count++] = SIZE_MAX;
    }
    for (size_t i = 0; i < csv->width; i++) {
        size_t index;
        struct rd_text name = cell_text(csv, i);
        unsigned column = csv->cells[i].line_offset + 1;
        if (!rd_hint_find(columns, name, &index))
            return rd_fail(why, RD_E_INVALID,
                           "%s:1:%u: found column '%.*s', expected %s; correct or remove it",
                           csv->name, column, RD_TEXT_ARG(rd_text_slice(name, 0, 64)),
                           rd_hint_words(columns, name, words));
        if (csv->field_of[index] != SIZE_MAX)
            return rd_fail(why, RD_E_INVALID,
                           "%s:1:%u: found column '%.*s' again, expected it once; remove one",
                           csv->name, column, RD_TEXT_ARG(name));
        csv->field_of[index] = i;
    }
    for (size_t i = 0; i < csv->columns_count; i++) {
        bool required;
        struct rd_text name = rd_hint_name(columns[i], &required);
        if (required && csv->field_of[i] == SIZE_MAX)
            return rd_fail(why, RD_E_INVALID,
                           "%s:1:1: found no column '%.*s', expected one; add it to the header",
                           csv->name, RD_TEXT_ARG(name));
    }
    return RD_OK;
}

static enum rd_err read_table(struct rd_csv *csv, const char *const *columns, struct rd_errbuf *why)
{
    struct reader reader = {.csv = csv, .why = why, .line = 1};
    struct rd_text all = rd_buf_text(&csv->bytes);
    if (rd_text_starts(all, "\xEF\xBB\xBF"))
        reader.at = reader.line_start = 3;
    if (reader.at == all.len)
        return fail_here(&reader, "found an empty file, expected a header row; add one");
    while (reader.at < csv->bytes.len) {
        enum rd_err err = read_row(&reader);
        if (err == RD_OK && csv->lines_count == 1) {
            csv->width = csv->cells_count;
            err = match_header(csv, columns, why);
        }
        if (err != RD_OK)
            return err;
        for (size_t i = csv->cells_count - csv->width; i < csv->cells_count; i++)
            if (!rd_text_is_utf8(cell_text(csv, i)))
                return rd_fail(
                    why, RD_E_INVALID,
                    "%s:%u:%u: found bytes that are not UTF-8 text, expected UTF-8; save "
                    "the file as UTF-8",
                    csv->name, csv->lines[csv->lines_count - 1], csv->cells[i].line_offset + 1);
    }
    return RD_OK;
}

/* Takes the bytes of `bytes`, whatever the result. */
static enum rd_err take_table(const char *name, struct rd_buf *bytes, const char *const *columns,
                              struct rd_csv **out, struct rd_errbuf *why)
{
    const struct rd_alloc *heap = rd_alloc_heap();
    size_t name_len = strlen(name);
    struct rd_csv *csv = rd_alloc_zeroed(heap, 1, sizeof *csv);
    char *copy = rd_alloc_zeroed(heap, name_len + 1, 1);
    if (csv == NULL || copy == NULL) {
        rd_release(heap, csv);
        rd_release(heap, copy);
        rd_buf_fini(bytes);
        return rd_fail(why, RD_E_NOMEM, "%s: no memory to read it", name);
    }
    memcpy(copy, name, name_len + 1);
    csv->name = copy;
    csv->bytes = *bytes;
    enum rd_err err = read_table(csv, columns, why);
    if (err == RD_OK)
        *out = csv;
    else
        rd_csv_free(csv);
    return err;
}

enum rd_err rd_csv_parse(const char *name, struct rd_text text, const char *const *columns,
                         struct rd_csv **out, struct rd_errbuf *why)
{
    struct rd_buf bytes;
    *out = NULL;
    if (text.len > RD_CSV_BYTES_MAX)
        return rd_fail(why, RD_E_TOOBIG,
                       "%s: found more than %d bytes, expected at most that; make it smaller", name,
                       RD_CSV_BYTES_MAX);
    rd_buf_init(&bytes, rd_alloc_heap());
    rd_buf_put_text(&bytes, text);
    if (bytes.failed) {
        rd_buf_fini(&bytes);
        return rd_fail(why, RD_E_NOMEM, "%s: no memory to read it", name);
    }
    return take_table(name, &bytes, columns, out, why);
}

enum rd_err rd_csv_read(const char *path, const char *const *columns, struct rd_csv **out,
                        struct rd_errbuf *why)
{
    struct rd_buf bytes;
    *out = NULL;
    rd_buf_init(&bytes, rd_alloc_heap());
    enum rd_err err = rd_read_file(path, RD_CSV_BYTES_MAX, &bytes, why);
    if (err != RD_OK) {
        rd_buf_fini(&bytes);
        return err;
    }
    return take_table(path, &bytes, columns, out, why);
}

void rd_csv_free(struct rd_csv *csv)
{
    if (csv == NULL)
        return;
    const struct rd_alloc *heap = rd_alloc_heap();
    rd_buf_fini(&csv->bytes);
    rd_release(heap, csv->name);
    rd_release(heap, csv->cells);
    rd_release(heap, csv->lines);
    rd_release(heap, csv);
}

size_t rd_csv_rows(const struct rd_csv *csv)
{
    return csv->lines_count - 1;
}

unsigned rd_csv_line(const struct rd_csv *csv, size_t row)
{
    rd_require(row < rd_csv_rows(csv));
    return csv->lines[row + 1];
}

struct rd_text rd_csv_cell(const struct rd_csv *csv, size_t row, size_t column)
{
    rd_require(row < rd_csv_rows(csv) && column < csv->columns_count);
    size_t field = csv->field_of[column];
    return field == SIZE_MAX ? RD_TEXT_NONE : cell_text(csv, (row + 1) * csv->width + field);
}

static bool read_digits(struct rd_text text, size_t start, size_t count, int32_t *out)
{
    int32_t value = 0;
    for (size_t i = start; i < start + count; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

enum rd_err rd_csv_day(const struct rd_csv *csv, size_t row, size_t column, int64_t *out,
                       struct rd_errbuf *why)
{
    struct rd_text text = rd_csv_cell(csv, row, column);
    struct rd_civil civil = {0};
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !read_digits(text, 0, 4, &civil.year) || !read_digits(text, 5, 2, &civil.month) ||
        !read_digits(text, 8, 2, &civil.day) || !rd_civil_valid(&civil))
        return rd_csv_fail(csv, row, column, why,
                           "found '%.*s', expected a date such as 2026-11-21; correct it",
                           RD_TEXT_ARG(rd_text_slice(text, 0, 64)));
    *out = rd_days_from_civil(civil.year, civil.month, civil.day);
    return RD_OK;
}

enum rd_err rd_csv_fail(const struct rd_csv *csv, size_t row, size_t column, struct rd_errbuf *why,
                        const char *format, ...)
{
    if (why == NULL)
        return RD_E_INVALID;
    rd_require(row < rd_csv_rows(csv) && column < csv->columns_count);
    size_t field = csv->field_of[column];
    unsigned place =
        field == SIZE_MAX ? 1 : csv->cells[(row + 1) * csv->width + field].line_offset + 1;
    int used = snprintf(why->text, sizeof why->text, "%.256s:%u:%u: ", csv->name,
                        csv->lines[row + 1], place);
    if (used < 0)
        used = 0;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why->text + used, sizeof why->text - (size_t)used, format, args);
    va_end(args);
    return RD_E_INVALID;
}
