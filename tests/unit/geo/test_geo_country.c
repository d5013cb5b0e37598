/* All of Great Britain, through the product's own reader, image and file: every row is found again
 * with its authority. The directory is not part of the tree: without it the test is skipped. */
#include "rules/geo/files/image_file.h"
#include "rules/geo/files/release.h"
#include "rules/geo/geo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define COUNTRY RD_SOURCE_DIR "/../shared/data/postcodes/onspd-2025-11-gb.csv.gz"
#define IMAGE RD_BINARY_DIR "/test_geo_country.image"
enum { LINE_BYTES = 256, FILE_BYTES_MAX = 24 * 1024 * 1024, ROWS = 2657424, LEFT_OUT = 2417 };

static struct rd_errbuf why;
static struct rd_geo_file file;
static struct rd_geo_table *table;
static size_t progress_calls;

static void on_progress(void *context, const char *path, size_t rows)
{
    (void)context;
    assert_string_equal(path, COUNTRY);
    assert_true(rows <= ROWS);
    progress_calls++;
}

static void test_compile(void **state)
{
    (void)state;
    struct rd_geo_builder *builder = rd_geo_builder_new(rd_alloc_heap());
    struct rd_release release = {.progress = on_progress};
    static const struct rd_geo_about about = {.vintage = {"2025-11", 7}, .title = {"ONSPD", 5}};
    unsigned char *bytes;
    size_t len;
    unsigned line;
    if (access(COUNTRY, R_OK) != 0) {
        print_message("skipped: %s is absent\n", COUNTRY);
        rd_geo_builder_free(builder);
        skip();
    }
    if (rd_release_read(COUNTRY, builder, &release, &why) != RD_OK ||
        rd_geo_builder_finish(builder, &about, &bytes, &len, &line, &why) != RD_OK ||
        rd_geo_file_write(IMAGE, bytes, len, &why) != RD_OK ||
        rd_geo_file_open(IMAGE, &file, &why) != RD_OK)
        fail_msg("%s", why.text);
    rd_release(rd_alloc_heap(), bytes);
    rd_geo_builder_free(builder);
    assert_int_equal(release.rows + release.left_out, ROWS);
    assert_int_equal(release.left_out, LEFT_OUT); /* the old form of Newport, NPT */
    assert_true(progress_calls > 30);
    assert_true(file.len <= FILE_BYTES_MAX);
    struct rd_geo_about got;
    rd_geo_image_about(&file.image, &got);
    assert_int_equal(got.postcodes, ROWS - LEFT_OUT);
    struct rd_geo_source source = {.national = &file.image, .national_vintage = RD_TEXT("2025-11")};
    struct rd_geo_problem problem;
    assert_int_equal(rd_geo_build(&source, rd_alloc_heap(), &table, &problem, &why), RD_OK);
}

static void test_single_postcodes(void **state)
{
    (void)state;
    /* standards.md C.5 */
    static const struct {
        const char *text, *lad;
        enum rd_postcode_class class;
    } rows[] = {
        {"IG1 1DN", "E09000026", RD_POSTCODE_OUT_OF_AREA},
        {"RM1 3BD", "E09000016", RD_POSTCODE_OUT_OF_AREA},
        {"E12 5DB", "E09000025", RD_POSTCODE_OUT_OF_AREA},
        {"W8 4PX", "E09000020", RD_POSTCODE_OUT_OF_AREA},
        {"W6 9JU", "E09000013", RD_POSTCODE_OUT_OF_AREA},
        {"SW1A 1AA", "E09000033", RD_POSTCODE_OUT_OF_AREA},
        {"AL1 3JE", "E07000240", RD_POSTCODE_OUT_OF_AREA},
        {"LE1 5WW", "E06000016", RD_POSTCODE_OUT_OF_AREA},
        {"GIR 0AA", NULL, RD_POSTCODE_NO_AUTHORITY},
        {"LS10 4YU", NULL, RD_POSTCODE_UNKNOWN},
        {"ZZ99 3VZ", NULL, RD_POSTCODE_NO_FIXED_ABODE},
        {"ME5 FS3", NULL, RD_POSTCODE_MALFORMED},
    };
    if (table == NULL)
        skip();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_geo_place got;
        rd_geo_lookup(table, rd_text_of(rows[i].text), 20000, &got);
        if (got.class != rows[i].class || !rd_text_equal(got.lad, rd_text_of(rows[i].lad)))
            fail_msg("%s: got class %d in %.*s", rows[i].text, (int)got.class,
                     RD_TEXT_ARG(got.lad));
    }
}

static void test_every_row(void **state)
{
    (void)state;
    char line[LINE_BYTES];
    size_t found = 0, nowhere = 0;
    if (table == NULL)
        skip();
    gzFile rows = gzopen(COUNTRY, "rb");
    assert_non_null(rows);
    assert_non_null(gzgets(rows, line, sizeof line)); /* the header */
    while (gzgets(rows, line, sizeof line) != NULL) {
        struct rd_geo_place got;
        size_t len = strcspn(line, ","), lad = strcspn(line + len + 1, ",");
        rd_geo_lookup(table, (struct rd_text){line, len}, 20000, &got);
        if (got.class == RD_POSTCODE_MALFORMED && memcmp(line, "NPT", 3) == 0)
            continue;
        bool same =
            got.lad.len == lad && (lad == 0 || memcmp(got.lad.ptr, line + len + 1, lad) == 0);
        bool coded = lad > 0 && memcmp(line + len + 1, "L99999999", lad) != 0 &&
                     memcmp(line + len + 1, "M99999999", lad) != 0;
        if (got.class == RD_POSTCODE_UNKNOWN || (coded && !same))
            fail_msg("%.*s: got class %d in '%.*s'", (int)strcspn(line, "\n"), line, (int)got.class,
                     RD_TEXT_ARG(got.lad));
        found++;
        nowhere += got.class == RD_POSTCODE_NO_AUTHORITY;
    }
    assert_int_equal(gzclose_r(rows), Z_OK);
    assert_int_equal(found, ROWS - LEFT_OUT);
    struct rd_geo_about about;
    rd_geo_image_about(&file.image, &about);
    assert_int_equal(nowhere, about.nowhere);
}

static int tear_down(void **state)
{
    (void)state;
    rd_geo_free(table);
    rd_geo_file_close(&file);
    (void)unlink(IMAGE); /* it may not be there */
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile),
        cmocka_unit_test(test_single_postcodes),
        cmocka_unit_test(test_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
