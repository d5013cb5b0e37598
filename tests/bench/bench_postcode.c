/* One look-up in all of Great Britain: nanoseconds, median of the passes, and the size of the
 * image. bench_postcode [onspd.csv.gz]; without the file it says so and exits 0, since the
 * directory of the whole country is not part of the tree. Aim: 200 ns, 24 MiB. */
#include "rules/geo/geo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES = 256,
    PASSES = 15,
    LOOKUPS = 200000,
};

struct country {
    char *texts; /* postcode and authority of every row, one behind the other */
    size_t len, cap;
    struct rd_geo_row *rows;
    size_t count, rows_cap;
};

static void *grown(void *items, size_t *cap, size_t need, size_t size)
{
    if (rd_alloc_grow(rd_alloc_heap(), &items, cap, need, size))
        return items;
    (void)fprintf(stderr, "bench_postcode: out of memory\n");
    exit(1);
}

/* Texts are kept by offset until all are read, since the block moves as it grows. */
static struct rd_text kept(struct country *country, const char *start, size_t len)
{
    country->texts = grown(country->texts, &country->cap, country->len + len, 1);
    memcpy(country->texts + country->len, start, len);
    country->len += len;
    return (struct rd_text){NULL, len};
}

static void read_country(FILE *file, struct country *country)
{
    char line[LINE_BYTES];
    if (fgets(line, sizeof line, file) == NULL) /* the header */
        return;
    while (fgets(line, sizeof line, file) != NULL) {
        size_t first = strcspn(line, ",");
        if (line[first] == '\0')
            continue;
        size_t second = strcspn(line + first + 1, ",\n");
        country->rows =
            grown(country->rows, &country->rows_cap, country->count + 1, sizeof *country->rows);
        struct rd_geo_row *row = &country->rows[country->count];
        memset(row, 0, sizeof *row);
        row->postcode = kept(country, line, first);
        row->lad = kept(country, line + first + 1, second);
        row->line = (unsigned)++country->count + 1;
    }
    size_t at = 0;
    for (size_t i = 0; i < country->count; i++) {
        country->rows[i].postcode.ptr = country->texts + at;
        at += country->rows[i].postcode.len;
        country->rows[i].lad.ptr = country->texts + at;
        at += country->rows[i].lad.len;
    }
}

static uint64_t now_ns(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000U + (uint64_t)at.tv_nsec;
}

static uint64_t mixed(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Every pass asks for postcodes from all over the country in a random order, so that the table is
 * as cold as a front door finds it; what is asked for stands ready, as a message's text does. */
static int measure(const struct rd_geo_table *table, const struct country *country, double *ns)
{
    uint64_t seed = 88172645463325252U;
    static char asked[LOOKUPS][8];
    for (size_t pass = 0; pass < PASSES; pass++) {
        size_t found = 0;
        for (size_t i = 0; i < LOOKUPS; i++) {
            struct rd_text text = country->rows[mixed(&seed) % country->count].postcode;
            memset(asked[i], ' ', sizeof asked[i]);
            memcpy(asked[i], text.ptr, text.len < sizeof asked[i] ? text.len : sizeof asked[i]);
        }
        uint64_t start = now_ns();
        for (size_t i = 0; i < LOOKUPS; i++) {
            struct rd_geo_place place;
            rd_geo_lookup(table, (struct rd_text){asked[i], sizeof asked[i]}, 20000, &place);
            found += place.class != RD_POSTCODE_UNKNOWN && place.class != RD_POSTCODE_MALFORMED;
        }
        ns[pass] = (double)(now_ns() - start) / LOOKUPS;
        if (found <
            (size_t)LOOKUPS / 1000 * 995) { /* 2,417 rows of the old NPT form are malformed */
            (void)fprintf(stderr, "bench_postcode: found only %zu of %d\n", found, LOOKUPS);
            return 1;
        }
    }
    qsort(ns, PASSES, sizeof *ns, ascending);
    return 0;
}

static int run(struct country *country)
{
    struct rd_errbuf why = {{0}};
    unsigned char *bytes;
    size_t len, kept_count = 0;
    unsigned line;
    struct rd_geo_image image;
    struct rd_geo_table *table = NULL;
    struct rd_geo_problem problem;
    double ns[PASSES];
    for (size_t i = 0; i < country->count; i++) { /* the few whose form no reader accepts */
        struct rd_postcode postcode;
        rd_postcode_read(country->rows[i].postcode, &postcode);
        if (postcode.form == RD_POSTCODE_FORM_GEOGRAPHIC)
            country->rows[kept_count++] = country->rows[i];
    }
    size_t dropped = country->count - kept_count;
    country->count = kept_count;
    if (kept_count == 0) {
        (void)fprintf(stderr, "bench_postcode: no postcode in the file\n");
        return 1;
    }
    uint64_t start = now_ns();
    if (rd_geo_image_build(country->rows, country->count, rd_alloc_heap(), &bytes, &len, &line,
                           &why) != RD_OK ||
        rd_geo_image_open(bytes, len, &image, &why) != RD_OK) {
        (void)fprintf(stderr, "bench_postcode: line %u: %s\n", line, why.text);
        return 1;
    }
    double built_ms = (double)(now_ns() - start) / 1e6;
    struct rd_geo_source source = {
        .vintage = RD_TEXT("none"), .national = &image, .national_vintage = RD_TEXT("2025-11")};
    int failed = 1;
    if (rd_geo_build(&source, rd_alloc_heap(), &table, &problem, &why) != RD_OK)
        (void)fprintf(stderr, "bench_postcode: %s\n", why.text);
    else
        failed = measure(table, country, ns);
    if (failed == 0)
        (void)printf("postcode look-up: %.0f ns median (%.0f to %.0f), %zu postcodes, %.1f MiB, "
                     "built in %.0f ms; %zu rows of no accepted form left out\n",
                     ns[PASSES / 2], ns[0], ns[PASSES - 1], country->count,
                     (double)len / (1024 * 1024), built_ms, dropped);
    rd_geo_free(table);
    rd_release(rd_alloc_heap(), bytes);
    return failed;
}

int main(int argc, char **argv)
{
    const char *path =
        argc > 1 ? argv[1] : RD_SOURCE_DIR "/../shared/data/postcodes/onspd-2025-11-gb.csv.gz";
    char command[4096];
    struct country country = {0};
    if (access(path, R_OK) != 0) {
        (void)printf("postcode look-up: skipped: file absent: %s\n", path);
        return 0;
    }
    int len = snprintf(command, sizeof command, "gzip -dc '%s'", path);
    if (len < 0 || (size_t)len >= sizeof command || strchr(path, '\'') != NULL) {
        (void)fprintf(stderr, "bench_postcode: %s: path too long or with a quote\n", path);
        return 2;
    }
    FILE *file = popen(command, "r"); /* NOLINT(cert-env33-c): the path is the developer's own */
    if (file == NULL) {
        (void)fprintf(stderr, "bench_postcode: cannot run gzip\n");
        return 1;
    }
    read_country(file, &country);
    int status = pclose(file);
    int failed = status != 0 ? 1 : run(&country);
    if (status != 0)
        (void)fprintf(stderr, "bench_postcode: %s: gzip failed\n", path);
    rd_release(rd_alloc_heap(), country.rows);
    rd_release(rd_alloc_heap(), country.texts);
    return failed;
}
