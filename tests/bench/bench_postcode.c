/* One look-up in all of Great Britain: nanoseconds, median of the passes, random and clustered, and
 * what the image costs. bench_postcode [onspd.csv.gz]; without the file it says so and exits 0,
 * since the directory of the whole country is not part of the tree. Aims: 200 ns, 24 MiB, compiled
 * in 10 s, mapped in an instant.
 *
 * Measured twice: the file as it is (authorities only), and the same postcodes with what a whole
 * release has besides: wards, health areas and postcodes out of use, made up here, since no such
 * release is at hand. Some 9,000 wards of runs of neighbours and a third out of use are about what
 * the directories have. */
#include "rules/geo/files/image_file.h"
#include "rules/geo/files/release.h"
#include "rules/geo/geo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
    LINE_BYTES = 256,
    PASSES = 21,
    LOOKUPS = 200000,
    CLUSTER = 32, /* postcodes that stand beside each other, as a street's referrals do */
    TEXT_BYTES = 8,
    WARDS = 9000
};

struct country {
    char (*texts)[TEXT_BYTES];
    size_t count, cap;
};

static void *grown(void *items, size_t *cap, size_t need, size_t size)
{
    if (rd_alloc_grow(rd_alloc_heap(), &items, cap, need, size))
        return items;
    (void)fprintf(stderr, "bench_postcode: out of memory\n");
    exit(1);
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

/* The postcodes to ask for, in the order of the file; those of no accepted form are not. */
static int read_country(const char *path, struct country *country)
{
    char line[LINE_BYTES];
    gzFile file = gzopen(path, "rb");
    if (file == NULL || gzgets(file, line, sizeof line) == NULL) /* the header */
        return 1;
    while (gzgets(file, line, sizeof line) != NULL) {
        struct rd_postcode postcode;
        size_t len = strcspn(line, ",");
        rd_postcode_read((struct rd_text){line, len}, &postcode);
        if (postcode.form != RD_POSTCODE_FORM_GEOGRAPHIC)
            continue;
        country->texts =
            grown(country->texts, &country->cap, country->count + 1, sizeof *country->texts);
        memset(country->texts[country->count], ' ', TEXT_BYTES);
        memcpy(country->texts[country->count++], line, len < TEXT_BYTES ? len : TEXT_BYTES);
    }
    return gzclose_r(file) == Z_OK && country->count > 0 ? 0 : 1;
}

/* What stands ready before the clock starts, as a message's text does. */
static void choose(const struct country *country, size_t cluster, uint64_t *seed,
                   char (*asked)[TEXT_BYTES])
{
    size_t at = 0;
    for (size_t i = 0; i < LOOKUPS; i++) {
        if (i % cluster == 0)
            at = mixed(seed) % country->count;
        memcpy(asked[i], country->texts[(at + i % cluster) % country->count], TEXT_BYTES);
    }
}

/* Nanoseconds a look-up of each pass, sorted; random over the country with a cluster of 1. */
static int measure(const struct rd_geo_table *table, const struct country *country, size_t cluster,
                   double *ns)
{
    static char asked[LOOKUPS][TEXT_BYTES];
    uint64_t seed = 88172645463325252U;
    for (size_t pass = 0; pass < PASSES; pass++) {
        size_t found = 0;
        choose(country, cluster, &seed, asked);
        uint64_t start = now_ns();
        for (size_t i = 0; i < LOOKUPS; i++) {
            struct rd_geo_place place;
            rd_geo_lookup(table, (struct rd_text){asked[i], TEXT_BYTES}, 20000, &place);
            found += place.class != RD_POSTCODE_UNKNOWN && place.class != RD_POSTCODE_MALFORMED;
        }
        ns[pass] = (double)(now_ns() - start) / LOOKUPS;
        if (found != LOOKUPS) {
            (void)fprintf(stderr, "bench_postcode: found only %zu of %d\n", found, LOOKUPS);
            return 1;
        }
    }
    qsort(ns, PASSES, sizeof *ns, ascending);
    return 0;
}

static int report(const char *what, const struct rd_geo_file *file, const struct country *country,
                  double compiled_ms, double opened_ms)
{
    struct rd_geo_table *table = NULL;
    struct rd_geo_problem problem;
    struct rd_errbuf why = {{0}};
    struct rd_geo_about about;
    double scattered[PASSES], clustered[PASSES];
    struct rd_geo_source source = {.vintage = RD_TEXT("none"),
                                   .national = &file->image,
                                   .national_vintage = RD_TEXT("2025-11")};
    rd_geo_image_about(&file->image, &about);
    if (rd_geo_build(&source, rd_alloc_heap(), &table, &problem, &why) != RD_OK) {
        (void)fprintf(stderr, "bench_postcode: %s\n", why.text);
        return 1;
    }
    int failed = measure(table, country, 1, scattered);
    if (failed == 0)
        failed = measure(table, country, CLUSTER, clustered);
    rd_geo_free(table);
    if (failed == 0)
        (void)printf("postcode look-up, %s: %.0f ns median (%.0f to %.0f) at random, %.0f ns (%.0f "
                     "to %.0f) in clusters of %d; %zu postcodes, %zu out of use, %zu areas, %.1f "
                     "MiB, compiled in %.1f s, mapped and checked in %.1f ms\n",
                     what, scattered[PASSES / 2], scattered[0], scattered[PASSES - 1],
                     clustered[PASSES / 2], clustered[0], clustered[PASSES - 1], (int)CLUSTER,
                     about.postcodes, about.ended, about.areas, (double)file->len / (1024 * 1024),
                     compiled_ms / 1000, opened_ms);
    return failed;
}

static int failed_with(const struct rd_errbuf *why)
{
    (void)fprintf(stderr, "bench_postcode: %s\n", why->text);
    return 1;
}

/* Finishes a builder into a file, maps that, measures. `start`: when compiling began. */
static int finish(const char *what, struct rd_geo_builder *builder, const struct country *country,
                  uint64_t start)
{
    char path[] = "/tmp/bench_postcode-XXXXXX";
    struct rd_errbuf why = {{0}};
    struct rd_geo_file file;
    unsigned char *bytes = NULL;
    size_t len;
    unsigned line;
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return failed_with(&(struct rd_errbuf){"cannot make a temporary file"});
    static const struct rd_geo_about about = {.vintage = {"2025-11", 7}, .title = {"bench", 5}};
    enum rd_err err = rd_geo_builder_finish(builder, &about, &bytes, &len, &line, &why);
    if (err == RD_OK)
        err = rd_geo_file_write(path, bytes, len, &why);
    rd_release(rd_alloc_heap(), bytes);
    uint64_t compiled = now_ns();
    if (err == RD_OK)
        err = rd_geo_file_open(path, &file, &why);
    uint64_t opened = now_ns();
    (void)unlink(path);
    if (err != RD_OK)
        return failed_with(&why);
    int failed = report(what, &file, country, (double)(compiled - start) / 1e6,
                        (double)(opened - compiled) / 1e6);
    rd_geo_file_close(&file);
    return failed;
}

static int as_it_is(const char *path, const struct country *country)
{
    struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
    struct rd_release release = {.progress = NULL};
    struct rd_errbuf why = {{0}};
    uint64_t start = now_ns();
    if (builder == NULL)
        return failed_with(&(struct rd_errbuf){"out of memory"});
    int failed = rd_release_read(path, builder, &release, &why) == RD_OK
                     ? finish("all of Great Britain", builder, country, start)
                     : failed_with(&why);
    if (failed == 0)
        (void)printf("postcode look-up: %zu rows of no accepted form left out\n", release.left_out);
    rd_geo_builder_free(builder);
    return failed;
}

static int with_everything(const struct country *country)
{
    struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
    struct rd_errbuf why = {{0}};
    uint64_t start = now_ns(), seed = 7;
    if (builder == NULL)
        return failed_with(&(struct rd_errbuf){"out of memory"});
    for (size_t i = 0; i < country->count; i++) {
        char ward[32], lad[32], health[32];
        size_t at = i * WARDS / country->count;
        if (mixed(&seed) % 8 == 0) /* wards meet within a sector */
            at = (at + 1) % WARDS;
        (void)snprintf(ward, sizeof ward, "E05%06zu", at);
        (void)snprintf(lad, sizeof lad, "E09%06zu", at / 24);
        (void)snprintf(health, sizeof health, "E54%06zu", at / 210);
        struct rd_geo_row row = {.postcode = {country->texts[i], TEXT_BYTES},
                                 .lad = rd_text_of(lad),
                                 .ward = rd_text_of(ward),
                                 .health = rd_text_of(health),
                                 .ended = mixed(&seed) % 3 == 0 ? 199606 : 0,
                                 .line = (unsigned)i};
        if (rd_geo_builder_add(builder, &row, &why) != RD_OK)
            return failed_with(&why);
    }
    int failed = finish("with made-up wards and ends", builder, country, start);
    rd_geo_builder_free(builder);
    return failed;
}

int main(int argc, char **argv)
{
    const char *path =
        argc > 1 ? argv[1] : RD_SOURCE_DIR "/../shared/data/postcodes/onspd-2025-11-gb.csv.gz";
    struct country country = {0};
    if (access(path, R_OK) != 0) {
        (void)printf("postcode look-up: skipped: file absent: %s\n", path);
        return 0;
    }
    int failed = read_country(path, &country);
    if (failed != 0)
        (void)fprintf(stderr, "bench_postcode: %s: cannot be read\n", path);
    if (failed == 0)
        failed = as_it_is(path, &country);
    if (failed == 0)
        failed = with_everything(&country);
    rd_release(rd_alloc_heap(), country.texts);
    return failed;
}
