#include "rules/geo/files/release.h"

#include "rules/geo/files/release_columns.h"
#include "rules/geo/postcode.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

enum { PATH_BYTES_MAX = 4096, CHUNK_BYTES = 262144, PROGRESS_ROWS = 65536 };

struct reading {
    const char *path; /* of the file at hand */
    struct rd_geo_builder *builder;
    struct rd_release *release;
    struct rd_errbuf *why;
    gzFile file;
    char *buffer; /* CHUNK_BYTES and a longest line before it */
    size_t start, end;
    bool at_end;
    unsigned line; /* of the row at hand, from 1 */
    struct rd_text fields[RD_RELEASE_COLUMNS_MAX];
    size_t fields_count;
    struct release_columns columns;
};

static enum rd_err refuse(struct reading *reading, size_t column, const char *found,
                          struct rd_text text, const char *expected)
{
    return rd_fail(reading->why, RD_E_INVALID, "%s:%u:%zu: found %s '%.*s', expected %s",
                   reading->path, reading->line, column + 1, found,
                   RD_TEXT_ARG(rd_text_slice(text, 0, 48)), expected);
}

/* More bytes behind what is left. */
static enum rd_err fill(struct reading *reading)
{
    size_t left = reading->end - reading->start;
    if (left > RD_RELEASE_LINE_BYTES_MAX)
        return rd_fail(reading->why, RD_E_TOOBIG,
                       "%s:%u: found a line of more than %d bytes; is this a postcode directory?",
                       reading->path, reading->line + 1, RD_RELEASE_LINE_BYTES_MAX);
    memmove(reading->buffer, reading->buffer + reading->start, left);
    reading->start = 0;
    reading->end = left;
    int got = gzread(reading->file, reading->buffer + left, CHUNK_BYTES);
    if (got < 0) {
        int code;
        return rd_fail(reading->why, RD_E_IO, "%s: %s; is the file whole?", reading->path,
                       gzerror(reading->file, &code));
    }
    reading->at_end = got == 0;
    reading->end += (size_t)got;
    return RD_OK;
}

/* The next line without its end; absent at the end of the file. */
static enum rd_err next_line(struct reading *reading, struct rd_text *out)
{
    for (;;) {
        char *from = reading->buffer + reading->start;
        size_t left = reading->end - reading->start;
        char *end = left == 0 ? NULL : memchr(from, '\n', left);
        if (end == NULL && !reading->at_end) {
            enum rd_err err = fill(reading);
            if (err != RD_OK)
                return err;
            continue;
        }
        if (end == NULL && left == 0) {
            *out = RD_TEXT_NONE;
            return RD_OK;
        }
        size_t len = end == NULL ? left : (size_t)(end - from);
        reading->start += len + (end == NULL ? 0 : 1);
        reading->line++;
        if (len > 0 && from[len - 1] == '\r')
            len--;
        *out = (struct rd_text){from, len};
        return RD_OK;
    }
}

/* The cell at *at and where the next begins; quotes of the whole cell are taken off. */
static bool take_cell(struct rd_text line, size_t *at, struct rd_text *out)
{
    if (*at < line.len && line.ptr[*at] == '"') {
        size_t end = rd_text_find(line, '"', *at + 1);
        if (end >= line.len || (end + 1 < line.len && line.ptr[end + 1] != ','))
            return false;
        *out = rd_text_slice(line, *at + 1, end - *at - 1);
        *at = end + 2;
        return true;
    }
    const char *comma = *at < line.len ? memchr(line.ptr + *at, ',', line.len - *at) : NULL;
    size_t end = comma == NULL ? line.len : (size_t)(comma - line.ptr);
    *out = (struct rd_text){line.ptr + *at, end - *at};
    *at = end + 1;
    return true;
}

/* Cells up to the column `last`; all of them with SIZE_MAX. */
static enum rd_err split_line(struct reading *reading, struct rd_text line, size_t last)
{
    size_t at = 0, count = 0;
    while (at <= line.len && count <= last) {
        if (count == RD_RELEASE_COLUMNS_MAX)
            return rd_fail(reading->why, RD_E_TOOBIG, "%s:%u: found more than %d columns",
                           reading->path, reading->line, RD_RELEASE_COLUMNS_MAX);
        if (!take_cell(line, &at, &reading->fields[count]))
            return refuse(reading, count, "a quote within", rd_text_slice(line, at, 48),
                          "cells without quotes, or whole cells in quotes; correct it");
        count++;
    }
    reading->fields_count = count;
    return RD_OK;
}

static struct rd_text field(const struct reading *reading, enum release_field which)
{
    size_t column = reading->columns.of[which];
    return column < reading->fields_count ? rd_text_trim(reading->fields[column]) : RD_TEXT_NONE;
}

/* A code such as E09000026; absent for none, which is also written with nines. */
static enum rd_err take_code(struct reading *reading, enum release_field which, struct rd_text *out)
{
    struct rd_text text = field(reading, which);
    size_t nines = 0;
    *out = RD_TEXT_NONE;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return refuse(reading, reading->columns.of[which], "the code", text,
                          "capitals and digits as in E09000026; correct it");
        nines += c == '9';
    }
    if (text.len == 0 || nines >= 8)
        return RD_OK;
    *out = text;
    return RD_OK;
}

static enum rd_err take_ended(struct reading *reading, uint32_t *out)
{
    struct rd_text text = field(reading, FIELD_ENDED);
    int64_t number = 0;
    *out = 0;
    if (text.len == 0)
        return RD_OK;
    if (text.len != 6 || !rd_text_to_i64(text, &number) || number < 190001)
        return refuse(reading, reading->columns.of[FIELD_ENDED], "the month", text,
                      "year and month as in 199606, or nothing; correct it");
    *out = (uint32_t)number;
    return RD_OK;
}

static enum rd_err take_split(struct reading *reading, bool *out)
{
    struct rd_text text = field(reading, FIELD_SPLIT);
    *out = rd_text_is(text, "yes") || rd_text_is(text, "1");
    if (*out || text.len == 0 || rd_text_is(text, "no") || rd_text_is(text, "0"))
        return RD_OK;
    return refuse(reading, reading->columns.of[FIELD_SPLIT], "the word", text,
                  "yes or no; correct it");
}

/* Left out when no sender's postcode could have its form. */
static bool leave_out(struct reading *reading, struct rd_text text)
{
    struct rd_release *release = reading->release;
    struct rd_postcode postcode;
    rd_postcode_read(text, &postcode);
    if (postcode.form == RD_POSTCODE_FORM_GEOGRAPHIC)
        return false;
    if (release->left_out++ == 0)
        (void)snprintf(release->first_left_out, sizeof release->first_left_out,
                       "%.240s:%u: found '%.*s'", reading->path, reading->line,
                       RD_TEXT_ARG(rd_text_slice(text, 0, 32)));
    return true;
}

static enum rd_err take_row(struct reading *reading, struct rd_text line)
{
    struct rd_geo_row row = {.line = reading->line};
    if (line.len == 0)
        return RD_OK;
    enum rd_err err = split_line(reading, line, reading->columns.last);
    if (err != RD_OK)
        return err;
    if (reading->fields_count <= reading->columns.last)
        return rd_fail(reading->why, RD_E_INVALID,
                       "%s:%u: found %zu columns, expected %zu; is the file whole?", reading->path,
                       reading->line, reading->fields_count, reading->columns.count);
    row.postcode = field(reading, FIELD_POSTCODE);
    if (leave_out(reading, row.postcode))
        return RD_OK;
    err = take_code(reading, FIELD_LAD, &row.lad);
    if (err == RD_OK)
        err = take_code(reading, FIELD_WARD, &row.ward);
    if (err == RD_OK)
        err = take_code(reading, FIELD_HEALTH, &row.health);
    if (err == RD_OK)
        err = take_ended(reading, &row.ended);
    if (err == RD_OK)
        err = take_split(reading, &row.split);
    if (err != RD_OK)
        return err;
    struct rd_errbuf words = {{0}};
    err = rd_geo_builder_add(reading->builder, &row, &words);
    if (err != RD_OK)
        return rd_fail(reading->why, err, "%s:%u:1: %.900s", reading->path, reading->line,
                       words.text);
    if (++reading->release->rows % PROGRESS_ROWS == 0 && reading->release->progress != NULL)
        reading->release->progress(reading->release->context, reading->path,
                                   reading->release->rows);
    return RD_OK;
}

/* The first line: a header, or a row of Code-Point Open. */
static enum rd_err begin(struct reading *reading)
{
    struct rd_text line;
    struct rd_postcode postcode;
    enum rd_err err = next_line(reading, &line);
    if (err != RD_OK)
        return err;
    if (rd_text_starts(line, "\xEF\xBB\xBF"))
        line = rd_text_slice(line, 3, line.len);
    if (rd_text_starts(line, "PK\x03\x04"))
        return rd_fail(reading->why, RD_E_INVALID,
                       "%s: found a zip archive, expected CSV, plain or gzip; unpack it and name "
                       "the directory",
                       reading->path);
    err = split_line(reading, line, SIZE_MAX);
    if (err != RD_OK)
        return err;
    rd_postcode_read(reading->fields_count == 0 ? RD_TEXT_NONE : reading->fields[0], &postcode);
    if (postcode.form == RD_POSTCODE_FORM_GEOGRAPHIC) {
        rd_release_code_point(&reading->columns);
        if (reading->fields_count != CODE_POINT_COLUMNS)
            return rd_fail(reading->why, RD_E_INVALID,
                           "%s:1: found no header and %zu columns, expected a header or the %d "
                           "columns of Code-Point Open; add the header",
                           reading->path, reading->fields_count, CODE_POINT_COLUMNS);
        return take_row(reading, line);
    }
    rd_release_match(reading->fields, reading->fields_count, &reading->columns);
    if (reading->columns.of[FIELD_POSTCODE] == SIZE_MAX ||
        reading->columns.of[FIELD_LAD] == SIZE_MAX)
        return rd_fail(reading->why, RD_E_INVALID,
                       "%s:1: found no column of %s, expected %s; is this ONSPD, NSPL or "
                       "Code-Point Open?",
                       reading->path,
                       reading->columns.of[FIELD_POSTCODE] == SIZE_MAX ? "postcodes"
                                                                       : "authorities",
                       reading->columns.of[FIELD_POSTCODE] == SIZE_MAX
                           ? "pcds, pcd8, pcd2, pcd7 or pcd"
                           : "ladNNcd (NN: a year), oslaua, laua or lad");
    return RD_OK;
}

static enum rd_err read_lines(struct reading *reading)
{
    enum rd_err err = begin(reading);
    while (err == RD_OK) {
        struct rd_text line;
        err = next_line(reading, &line);
        if (err != RD_OK || !rd_text_present(line))
            break;
        err = take_row(reading, line);
    }
    return err;
}

static enum rd_err read_one(struct reading *reading, const char *path)
{
    reading->path = path;
    reading->start = reading->end = 0;
    reading->at_end = false;
    reading->line = 0;
    reading->file = gzopen(path, "rb");
    if (reading->file == NULL)
        return rd_fail(reading->why, RD_E_IO, "%s: cannot be read; is it there, and readable?",
                       path);
    (void)gzbuffer(reading->file, CHUNK_BYTES); /* only faster */
    enum rd_err err = read_lines(reading);
    int closed = gzclose_r(reading->file);
    if (err == RD_OK && closed != Z_OK)
        err = rd_fail(reading->why, RD_E_IO, "%s: ends too early; is the file whole?", path);
    if (err == RD_OK && reading->release->progress != NULL)
        reading->release->progress(reading->release->context, path, reading->release->rows);
    reading->release->files++;
    return err;
}

static int is_csv(const struct dirent *entry)
{
    struct rd_text name = rd_text_of(entry->d_name);
    static const char *const ends[] = {".csv", ".csv.gz"};
    for (size_t i = 0; i < 2; i++) {
        struct rd_text end = rd_text_of(ends[i]);
        if (name.len > end.len && name.ptr[0] != '.' &&
            rd_text_equal_nocase(rd_text_slice(name, name.len - end.len, end.len), end))
            return 1;
    }
    return 0;
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static enum rd_err read_listed(struct reading *reading, const char *directory,
                               struct dirent *const *names, int count)
{
    enum rd_err err = RD_OK;
    if (count > RD_RELEASE_FILES_MAX)
        return rd_fail(reading->why, RD_E_TOOBIG, "%s: found %d files, expected at most %d",
                       directory, count, RD_RELEASE_FILES_MAX);
    for (int i = 0; err == RD_OK && i < count; i++) {
        char path[PATH_BYTES_MAX];
        int len = snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        if (len < 0 || (size_t)len >= sizeof path)
            return rd_fail(reading->why, RD_E_TOOBIG, "%s: found a path of more than %d bytes",
                           directory, PATH_BYTES_MAX);
        err = read_one(reading, path);
    }
    return err;
}

/* *read: there was something to read in it. */
static enum rd_err read_directory(struct reading *reading, const char *directory, bool *read)
{
    struct dirent **names = NULL;
    int count = scandir(directory, &names, is_csv, by_name);
    *read = count > 0;
    enum rd_err err = count > 0 ? read_listed(reading, directory, names, count) : RD_OK;
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return err;
}

static enum rd_err read_any(struct reading *reading, const char *path)
{
    static const char *const inside[] = {"", "/CSV", "/Data/CSV", "/Data"};
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
        return read_one(reading, path);
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        char directory[PATH_BYTES_MAX];
        bool read;
        int len = snprintf(directory, sizeof directory, "%s%s", path, inside[i]);
        if (len < 0 || (size_t)len >= sizeof directory)
            return rd_fail(reading->why, RD_E_TOOBIG, "found a path of more than %d bytes",
                           PATH_BYTES_MAX);
        enum rd_err err = read_directory(reading, directory, &read);
        if (err != RD_OK || read)
            return err;
    }
    return rd_fail(reading->why, RD_E_INVALID,
                   "%s: found no .csv or .csv.gz in it, nor in its CSV, Data/CSV or Data; name the "
                   "directory of the files",
                   path);
}

enum rd_err rd_release_read(const char *path, struct rd_geo_builder *builder,
                            struct rd_release *release, struct rd_errbuf *why)
{
    struct reading *reading = calloc(1, sizeof *reading);
    char *buffer = malloc(CHUNK_BYTES + RD_RELEASE_LINE_BYTES_MAX + 1);
    enum rd_err err = RD_E_NOMEM;
    if (reading == NULL || buffer == NULL) {
        err = rd_fail(why, RD_E_NOMEM, "%s: no memory to read it", path);
    } else {
        reading->builder = builder;
        reading->release = release;
        reading->why = why;
        reading->buffer = buffer;
        err = read_any(reading, path);
    }
    free(buffer);
    free(reading);
    return err;
}

static bool digits_at(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

static bool same_month(const char *text, const char *name)
{
    for (size_t i = 0; i < 3; i++) {
        char c = text[i];
        if ((c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c) != name[i])
            return false;
    }
    return true;
}

/* "NOV_2025" at `text`: the month; 0: not that. */
static int named_month(const char *text)
{
    static const char months[12][4] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
    for (int i = 0; i < 12; i++)
        if (strlen(text) >= 8 && same_month(text, months[i]) &&
            (text[3] == '_' || text[3] == '-' || text[3] == ' ') && digits_at(text + 4, 4))
            return i + 1;
    return 0;
}

bool rd_release_vintage(const char *path, char out[8])
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    const char *name = path + len;
    while (name > path && name[-1] != '/')
        name--;
    for (; *name != '\0'; name++) {
        int month = named_month(name);
        if (month > 0) {
            memcpy(out, name + 4, 4);
            out[4] = '-';
            out[5] = (char)('0' + month / 10);
            out[6] = (char)('0' + month % 10);
            out[7] = '\0';
            return true;
        }
        if (strlen(name) >= 7 && name[0] == '2' && name[1] == '0' && digits_at(name, 4) &&
            (name[4] == '-' || name[4] == '_') && digits_at(name + 5, 2) &&
            (name[5] == '0' || name[5] == '1')) {
            memcpy(out, name, 7);
            out[4] = '-';
            out[7] = '\0';
            return true;
        }
    }
    return false;
}
