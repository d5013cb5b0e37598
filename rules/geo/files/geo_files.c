#include "rules/geo/files/geo_files.h"

#include "base/buf.h"
#include "conf/csv.h"
#include "conf/read_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096 };

static const char *const file_names[] = {
    [RD_GEO_LIST_POSTCODES] = "postcodes.csv",   [RD_GEO_LIST_LADS] = "lads.csv",
    [RD_GEO_LIST_WARDS] = "wards.csv",           [RD_GEO_LIST_LOCALITIES] = "localities.csv",
    [RD_GEO_LIST_EXCEPTIONS] = "exceptions.csv", [RD_GEO_LIST_PRACTICES] = "practices.csv",
};
static const char *const postcode_columns[] = {"pcds!", "lad!", "ward!", NULL};
static const char *const lad_columns[] = {"lad!", "name!", "inside!", NULL};
static const char *const ward_columns[] = {"ward!", "name!", NULL};
static const char *const locality_columns[] = {"ward!", "locality!", "valid_from!", "valid_to!",
                                               NULL};
static const char *const exception_columns[] = {"pcds!",       "kind!",     "locality!", "note!",
                                                "valid_from!", "valid_to!", "lad",       "uprn",
                                                "address",     NULL};
static const char *const practice_columns[] = {"ods!",      "pcds!", "locality!", "valid_from!",
                                               "valid_to!", "name",  NULL};
static const char *const *const columns_of[] = {
    [RD_GEO_LIST_POSTCODES] = postcode_columns,   [RD_GEO_LIST_LADS] = lad_columns,
    [RD_GEO_LIST_WARDS] = ward_columns,           [RD_GEO_LIST_LOCALITIES] = locality_columns,
    [RD_GEO_LIST_EXCEPTIONS] = exception_columns, [RD_GEO_LIST_PRACTICES] = practice_columns,
};

struct files {
    const char *directory;
    struct rd_csv *csv[RD_GEO_LIST_PRACTICES + 1];
    struct rd_arena arena; /* the rows, while the table is built */
    struct rd_geo_source source;
    struct rd_errbuf *why;
};

static enum rd_err read_csv(const char *directory, const char *file, const char *const *columns,
                            struct rd_csv **out, struct rd_errbuf *why)
{
    char path[PATH_BYTES_MAX];
    struct rd_buf bytes;
    int len = snprintf(path, sizeof path, "%s/%s", directory, file);
    if (len < 0 || (size_t)len >= sizeof path)
        return rd_fail(why, RD_E_TOOBIG, "%s: found a path of more than %d bytes; shorten it", file,
                       PATH_BYTES_MAX);
    rd_buf_init(&bytes, rd_alloc_heap());
    enum rd_err err = rd_read_regular_file(path, RD_CSV_BYTES_MAX, &bytes, why);
    if (err == RD_OK)
        err = rd_csv_parse(file, rd_buf_text(&bytes), columns, out, why);
    rd_buf_fini(&bytes);
    return err;
}

static void *take_rows(struct files *files, enum rd_geo_list list, size_t size, size_t *count)
{
    *count = rd_csv_rows(files->csv[list]);
    return rd_arena_array(&files->arena, *count == 0 ? 1 : *count, size);
}

static enum rd_err no_memory(const struct files *files)
{
    return rd_fail(files->why, RD_E_NOMEM, "%s: no memory for its postcodes", files->directory);
}

static enum rd_err take_postcodes(struct files *files)
{
    const struct rd_csv *csv = files->csv[RD_GEO_LIST_POSTCODES];
    size_t count;
    struct rd_geo_row *rows = take_rows(files, RD_GEO_LIST_POSTCODES, sizeof *rows, &count);
    if (rows == NULL)
        return no_memory(files);
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct rd_geo_row){.postcode = rd_csv_cell(csv, i, 0),
                                      .lad = rd_csv_cell(csv, i, 1),
                                      .ward = rd_csv_cell(csv, i, 2),
                                      .line = rd_csv_line(csv, i)};
    files->source.postcodes = rows;
    files->source.postcodes_count = count;
    return RD_OK;
}

static enum rd_err take_names(struct files *files, enum rd_geo_list list, bool with_inside,
                              const struct rd_geo_name **out, size_t *count)
{
    const struct rd_csv *csv = files->csv[list];
    struct rd_geo_name *rows = take_rows(files, list, sizeof *rows, count);
    if (rows == NULL)
        return no_memory(files);
    for (size_t i = 0; i < *count; i++) {
        rows[i] = (struct rd_geo_name){.code = rd_csv_cell(csv, i, 0),
                                       .name = rd_csv_cell(csv, i, 1),
                                       .line = rd_csv_line(csv, i)};
        if (!with_inside)
            continue;
        struct rd_text inside = rd_csv_cell(csv, i, 2);
        rows[i].inside = rd_text_is(inside, "yes");
        if (!rows[i].inside && !rd_text_is(inside, "no"))
            return rd_csv_fail(csv, i, 2, files->why,
                               "found '%.*s', expected yes (part of the place) or no; correct it",
                               RD_TEXT_ARG(rd_text_slice(inside, 0, 64)));
    }
    *out = rows;
    return RD_OK;
}

/* valid_from and, in the column behind it, valid_to; an empty valid_to has not ended. */
static enum rd_err take_span(const struct files *files, enum rd_geo_list list, size_t row,
                             size_t column, int64_t *from, int64_t *to)
{
    const struct rd_csv *csv = files->csv[list];
    enum rd_err err = rd_csv_day(csv, row, column, from, files->why);
    *to = RD_GEO_DAY_OPEN;
    if (err == RD_OK && rd_csv_cell(csv, row, column + 1).len > 0)
        err = rd_csv_day(csv, row, column + 1, to, files->why);
    return err;
}

static enum rd_err take_localities(struct files *files)
{
    const struct rd_csv *csv = files->csv[RD_GEO_LIST_LOCALITIES];
    size_t count;
    struct rd_geo_locality *rows = take_rows(files, RD_GEO_LIST_LOCALITIES, sizeof *rows, &count);
    if (rows == NULL)
        return no_memory(files);
    for (size_t i = 0; i < count; i++) {
        rows[i].ward = rd_csv_cell(csv, i, 0);
        rows[i].locality = rd_csv_cell(csv, i, 1);
        rows[i].line = rd_csv_line(csv, i);
        enum rd_err err =
            take_span(files, RD_GEO_LIST_LOCALITIES, i, 2, &rows[i].valid_from, &rows[i].valid_to);
        if (err != RD_OK)
            return err;
    }
    files->source.localities = rows;
    files->source.localities_count = count;
    return RD_OK;
}

static enum rd_err take_exceptions(struct files *files)
{
    const struct rd_csv *csv = files->csv[RD_GEO_LIST_EXCEPTIONS];
    size_t count;
    struct rd_geo_exception *rows = take_rows(files, RD_GEO_LIST_EXCEPTIONS, sizeof *rows, &count);
    if (rows == NULL)
        return no_memory(files);
    for (size_t i = 0; i < count; i++) {
        struct rd_text kind = rd_csv_cell(csv, i, 1);
        rows[i].postcode = rd_csv_cell(csv, i, 0);
        rows[i].locality = rd_csv_cell(csv, i, 2);
        rows[i].note = rd_csv_cell(csv, i, 3);
        rows[i].lad = rd_csv_cell(csv, i, 6);
        rows[i].uprn = rd_csv_cell(csv, i, 7);
        rows[i].address = rd_csv_cell(csv, i, 8);
        rows[i].line = rd_csv_line(csv, i);
        if (rd_text_is(kind, "split"))
            rows[i].kind = RD_GEO_SPLIT;
        else if (rd_text_is(kind, "terminated"))
            rows[i].kind = RD_GEO_TERMINATED;
        else if (rd_text_is(kind, "override"))
            rows[i].kind = RD_GEO_OVERRIDE;
        else
            return rd_csv_fail(csv, i, 1, files->why,
                               "found '%.*s', expected split, terminated or override; correct it",
                               RD_TEXT_ARG(rd_text_slice(kind, 0, 64)));
        enum rd_err err =
            take_span(files, RD_GEO_LIST_EXCEPTIONS, i, 4, &rows[i].valid_from, &rows[i].valid_to);
        if (err != RD_OK)
            return err;
    }
    files->source.exceptions = rows;
    files->source.exceptions_count = count;
    return RD_OK;
}

static enum rd_err take_practices(struct files *files)
{
    const struct rd_csv *csv = files->csv[RD_GEO_LIST_PRACTICES];
    size_t count;
    if (csv == NULL)
        return RD_OK; /* the place has no such file */
    struct rd_geo_practice *rows = take_rows(files, RD_GEO_LIST_PRACTICES, sizeof *rows, &count);
    if (rows == NULL)
        return no_memory(files);
    for (size_t i = 0; i < count; i++) {
        rows[i].ods = rd_csv_cell(csv, i, 0);
        rows[i].postcode = rd_csv_cell(csv, i, 1);
        rows[i].locality = rd_csv_cell(csv, i, 2);
        rows[i].line = rd_csv_line(csv, i);
        enum rd_err err =
            take_span(files, RD_GEO_LIST_PRACTICES, i, 3, &rows[i].valid_from, &rows[i].valid_to);
        if (err != RD_OK)
            return err;
    }
    files->source.practices = rows;
    files->source.practices_count = count;
    return RD_OK;
}

/* Practices are known only where a pathway goes by them. */
static bool is_absent(const struct files *files, size_t list)
{
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", files->directory, file_names[list]);
    return list == RD_GEO_LIST_PRACTICES && len > 0 && (size_t)len < sizeof path &&
           access(path, F_OK) != 0;
}

static enum rd_err read_all(struct files *files)
{
    for (size_t list = RD_GEO_LIST_POSTCODES; list <= RD_GEO_LIST_PRACTICES; list++) {
        if (is_absent(files, list))
            continue;
        enum rd_err err = read_csv(files->directory, file_names[list], columns_of[list],
                                   &files->csv[list], files->why);
        if (err != RD_OK)
            return err;
    }
    struct rd_geo_source *source = &files->source;
    enum rd_err err = take_postcodes(files);
    if (err == RD_OK)
        err = take_names(files, RD_GEO_LIST_LADS, true, &source->lads, &source->lads_count);
    if (err == RD_OK)
        err = take_names(files, RD_GEO_LIST_WARDS, false, &source->wards, &source->wards_count);
    if (err == RD_OK)
        err = take_localities(files);
    if (err == RD_OK)
        err = take_practices(files);
    if (err == RD_OK)
        err = take_exceptions(files);
    return err;
}

/* The words at the cell that they are about; at the row's first where that is not known. */
static enum rd_err fail_at(struct files *files, const struct rd_geo_problem *problem,
                           enum rd_err err, const char *words)
{
    const struct rd_csv *csv = files->csv[problem->list];
    size_t row = 0, column = 0, rows = rd_csv_rows(csv);
    while (row < rows && rd_csv_line(csv, row) != problem->line)
        row++;
    for (size_t i = 0; row < rows && columns_of[problem->list][i] != NULL; i++)
        if (problem->at.ptr != NULL && rd_csv_cell(csv, row, i).ptr == problem->at.ptr)
            column = i;
    if (row == rows || err != RD_E_INVALID)
        return rd_fail(files->why, err, "%s:%u:1: %.900s", file_names[problem->list], problem->line,
                       words);
    return rd_csv_fail(csv, row, column, files->why, "%.900s", words);
}

static enum rd_err build(struct files *files, const struct rd_alloc *alloc,
                         struct rd_geo_table **out)
{
    struct rd_geo_problem problem;
    struct rd_errbuf words = {{0}};
    enum rd_err err = rd_geo_build(&files->source, alloc, out, &problem, &words);
    if (err == RD_OK)
        return RD_OK;
    return fail_at(files, &problem, err, words.text);
}

enum rd_err rd_geo_files_read(const char *directory, struct rd_text vintage,
                              const struct rd_geo_image *national, const struct rd_alloc *alloc,
                              struct rd_geo_table **out, struct rd_errbuf *why)
{
    struct files files = {
        .directory = directory, .source = {.vintage = vintage, .national = national}, .why = why};
    *out = NULL;
    if (national != NULL) {
        struct rd_geo_about about;
        rd_geo_image_about(national, &about);
        files.source.national_vintage = about.vintage;
    }
    rd_arena_init(&files.arena, rd_alloc_heap(), RD_CSV_BYTES_MAX * (size_t)8);
    enum rd_err err = read_all(&files);
    if (err == RD_OK)
        err = build(&files, alloc, out);
    for (size_t list = 0; list < sizeof files.csv / sizeof files.csv[0]; list++)
        rd_csv_free(files.csv[list]);
    rd_arena_fini(&files.arena);
    return err;
}

/* Whether the row's day is one of the region's. */
static enum rd_err take_region(const struct rd_csv *csv, size_t row, struct rd_text region,
                               bool *ours, struct rd_errbuf *why)
{
    static const char *const known[] = {"england-and-wales", "scotland", "northern-ireland"};
    struct rd_text found = rd_csv_cell(csv, row, 2);
    *ours = found.len == 0 || rd_text_equal(found, region);
    if (found.len == 0)
        return RD_OK;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (rd_text_is(found, known[i]))
            return RD_OK;
    return rd_csv_fail(csv, row, 2, why,
                       "found '%.*s', expected england-and-wales, scotland, northern-ireland or "
                       "nothing; correct it",
                       RD_TEXT_ARG(rd_text_slice(found, 0, 64)));
}

static enum rd_err take_days(const struct rd_csv *csv, const char *file, struct rd_text region,
                             struct rd_arena *arena, const int64_t **days, size_t *count,
                             struct rd_errbuf *why)
{
    size_t rows = rd_csv_rows(csv), taken = 0;
    int64_t *list = rd_arena_array(arena, rows == 0 ? 1 : rows, sizeof *list);
    if (list == NULL)
        return rd_fail(why, RD_E_NOMEM, "%s: no memory for its days", file);
    for (size_t i = 0; i < rows; i++) {
        bool ours;
        enum rd_err err = rd_csv_day(csv, i, 0, &list[taken], why);
        if (err == RD_OK)
            err = take_region(csv, i, region, &ours, why);
        if (err != RD_OK)
            return err;
        if (!ours)
            continue;
        if (taken > 0 && list[taken] <= list[taken - 1])
            return rd_csv_fail(csv, i, 0, why,
                               "found a date at or before the one above it, expected ascending "
                               "dates, each once; sort them");
        taken++;
    }
    if (rows > 0 && taken == 0)
        return rd_csv_fail(csv, 0, 2, why,
                           "found no bank holiday of %.*s, expected some; add them, or name "
                           "another bank-holidays-region in calendars.yaml",
                           RD_TEXT_ARG(region));
    *days = list;
    *count = taken;
    return RD_OK;
}

enum rd_err rd_holidays_file_read(const char *directory, const char *file, struct rd_text region,
                                  struct rd_arena *arena, const int64_t **days, size_t *count,
                                  struct rd_errbuf *why)
{
    static const char *const columns[] = {"date!", "name!", "region", NULL};
    struct rd_csv *csv = NULL;
    enum rd_err err = read_csv(directory, file, columns, &csv, why);
    if (err == RD_OK)
        err = take_days(csv, file, region, arena, days, count, why);
    rd_csv_free(csv);
    return err;
}
