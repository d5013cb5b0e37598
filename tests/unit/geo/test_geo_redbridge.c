/* The place's own files: what is said of them in standards.md C.5 and in their README holds. */
#include "rules/geo/files/geo_files.h"

#include "base/instant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PLACE RD_SOURCE_DIR "/rules/places/redbridge"
#define BROKEN RD_BINARY_DIR "/test_geo_redbridge"

static struct rd_errbuf why;
static struct rd_geo_table *table;
static int64_t today;

static int set_up(void **state)
{
    (void)state;
    today = rd_days_from_civil(2026, 11, 21);
    if (rd_geo_files_read(PLACE, RD_TEXT("2014-08"), NULL, rd_alloc_heap(), &table, &why) == RD_OK)
        return 0;
    (void)fprintf(stderr, "%s\n", why.text);
    return -1;
}

static int tear_down(void **state)
{
    (void)state;
    rd_geo_free(table);
    return 0;
}

static void test_postcodes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rd_postcode_class class;
        const char *lad, *locality;
    } rows[] = {
        {"E18 2QD", RD_POSTCODE_KNOWN, "Redbridge", "Wanstead"},
        {"E11 2AF", RD_POSTCODE_KNOWN, "Redbridge", "Wanstead"},
        {"IG8 7NS", RD_POSTCODE_KNOWN, "Redbridge", "Wanstead"},
        {"IG6 2DZ", RD_POSTCODE_KNOWN, "Redbridge", "Fairlop"},
        {"IG5 0NB", RD_POSTCODE_KNOWN, "Redbridge", "Fairlop"},
        {"IG3 8LL", RD_POSTCODE_KNOWN, "Redbridge", "Seven Kings"},
        {"RM6 4ET", RD_POSTCODE_KNOWN, "Redbridge", "Seven Kings"},
        {"IG1 1DN", RD_POSTCODE_KNOWN, "Redbridge", "Cranbrook and Loxford"},
        {"IG1 2SD", RD_POSTCODE_KNOWN, "Redbridge", "Cranbrook and Loxford"},
        {"ig1 2sd", RD_POSTCODE_KNOWN, "Redbridge", "Cranbrook and Loxford"},
        {"E12 5DB", RD_POSTCODE_OUT_OF_AREA, "Newham", NULL},
        {"E11 1AA", RD_POSTCODE_OUT_OF_AREA, "Waltham Forest", NULL},
        {"RM6 6UX", RD_POSTCODE_OUT_OF_AREA, "Barking and Dagenham", NULL},
        {"RM5 2AA", RD_POSTCODE_OUT_OF_AREA, "Havering", NULL},
        {"IG7 5LB", RD_POSTCODE_OUT_OF_AREA, "Epping Forest", NULL},
        {"IG8 1DN", RD_POSTCODE_SPLIT, "Redbridge", NULL},
        {"IG8 9FD", RD_POSTCODE_SPLIT, "Waltham Forest", NULL},
        {"IG1 1AA", RD_POSTCODE_TERMINATED, NULL, NULL},
        {"IG2 6BE", RD_POSTCODE_KNOWN, "Redbridge", "Seven Kings"}, /* overrides Fairlop */
        {"E18 1AT", RD_POSTCODE_KNOWN, NULL, "Wanstead"},
        {"LS10 4YU", RD_POSTCODE_UNKNOWN, NULL, NULL},
        {"LE13EX", RD_POSTCODE_UNKNOWN, NULL, NULL},
        {"ME5 FS3", RD_POSTCODE_MALFORMED, NULL, NULL},
        {"ZZ99 3VZ", RD_POSTCODE_NO_FIXED_ABODE, NULL, NULL},
        {"ZZ99 3WZ", RD_POSTCODE_PSEUDO, NULL, NULL},
        {"GIR 0AA", RD_POSTCODE_NO_AUTHORITY, NULL, NULL},
        {"", RD_POSTCODE_MISSING, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_geo_place got;
        rd_geo_lookup(table, rd_text_of(rows[i].text), today, &got);
        if (got.class != rows[i].class || !rd_text_equal(got.lad_name, rd_text_of(rows[i].lad)) ||
            !rd_text_equal(got.locality, rd_text_of(rows[i].locality)))
            fail_msg("%s: got class %d, %.*s, %.*s", rows[i].text, (int)got.class,
                     RD_TEXT_ARG(got.lad_name), RD_TEXT_ARG(got.locality));
        assert_true(rd_text_is(got.vintage, "2014-08"));
    }
    struct rd_geo_place got;
    char suggested[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX];
    rd_geo_lookup(table, RD_TEXT("IGI 2SD"), today, &got);
    assert_int_equal(got.class, RD_POSTCODE_MALFORMED);
    assert_int_equal(rd_geo_suggest(table, RD_TEXT("IGI 2SD"), today, suggested), 1);
    assert_string_equal(suggested[0], "IG1 2SD");
    rd_geo_lookup(table, RD_TEXT("E18 2QD"), rd_days_from_civil(2014, 7, 31), &got);
    assert_false(rd_text_present(got.locality)); /* before the tables begin */
}

#define HERE RD_TEXT("england-and-wales")

static void test_holidays(void **state)
{
    (void)state;
    struct rd_arena arena;
    const int64_t *days;
    size_t count;
    rd_arena_init(&arena, rd_alloc_heap(), 4096);
    assert_int_equal(
        rd_holidays_file_read(PLACE, "bank-holidays.csv", HERE, &arena, &days, &count, &why),
        RD_OK);
    assert_int_equal(count, 40);
    assert_int_equal(days[0], rd_days_from_civil(2024, 1, 1));
    assert_int_equal(days[39], rd_days_from_civil(2028, 12, 26));
    assert_int_equal(rd_holidays_file_read(PLACE, "none.csv", HERE, &arena, &days, &count, &why),
                     RD_E_IO);
    rd_arena_fini(&arena);
}

static void write_file(const char *name, const char *text)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", BROKEN, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_good(void)
{
    write_file("lads.csv", "lad,name,inside\nE09000026,Redbridge,yes\n");
    write_file("wards.csv", "ward,name\nE05000501,Clementswood\n");
    write_file("postcodes.csv", "pcds,lad,ward\nIG1 1DN,E09000026,E05000501\n");
    write_file("localities.csv",
               "ward,locality,valid_from,valid_to\nE05000501,Cranbrook,2014-08-01,\n");
    write_file("exceptions.csv", "pcds,kind,locality,note,valid_from,valid_to\n");
    write_file("bank-holidays.csv", "date,name\n2026-12-25,Christmas Day\n");
}

/* Every refusal names the file as the place knows it, the line and the column. */
static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *start;
    } rows[] = {
        {"lads.csv", "lad,name,inside\nE09000026,Redbridge,maybe\n",
         "lads.csv:2:21: found 'maybe'"},
        {"lads.csv", "lad,nmae,inside\n", "lads.csv:1:5: found column 'nmae'"},
        {"wards.csv", "ward,name\nE05000501,\n", "wards.csv:2:1: found an empty code or name"},
        {"postcodes.csv", "pcds,lad,ward\nIG1 1DN,E09000026,E05000501\nIG1 1DN,,\n",
         "postcodes.csv:3:1: found 'IG1 1DN' again"},
        {"postcodes.csv", "pcds,lad,ward\nIG1 1DN,E0,\n", "postcodes.csv:2:9: found authority"},
        {"postcodes.csv", "ward,pcds,lad\nE9,IG1 1DN,E09000026\n", "postcodes.csv:2:1: found ward"},
        {"localities.csv", "ward,locality,valid_from,valid_to\nE05000501,,2014-08-01,\n",
         "localities.csv:2:11: found no locality"},
        {"localities.csv", "ward,locality,valid_from,valid_to\nE05000501,A,soon,\n",
         "localities.csv:2:13: found 'soon'"},
        {"localities.csv", "ward,locality,valid_from,valid_to\nE05000501,A,2014-08-01,x\n",
         "localities.csv:2:24: found 'x'"},
        {"exceptions.csv", "pcds,kind,locality,note,valid_from,valid_to\nIG1 1DN,gone,,,,\n",
         "exceptions.csv:2:9: found 'gone'"},
        {"exceptions.csv",
         "pcds,kind,locality,note,valid_from,valid_to\nIG1 1DN,override,B,,2014-08-01,\n",
         "exceptions.csv:2:18: found locality 'B'"},
    };
    struct rd_geo_table *none;
    assert_true(mkdir(BROKEN, 0700) == 0 || access(BROKEN, W_OK) == 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_good();
        assert_int_equal(
            rd_geo_files_read(BROKEN, RD_TEXT("now"), NULL, rd_alloc_heap(), &none, &why), RD_OK);
        rd_geo_free(none);
        write_file(rows[i].file, rows[i].text);
        assert_int_equal(
            rd_geo_files_read(BROKEN, RD_TEXT("now"), NULL, rd_alloc_heap(), &none, &why),
            RD_E_INVALID);
        assert_null(none);
        if (strncmp(why.text, rows[i].start, strlen(rows[i].start)) != 0)
            fail_msg("got \"%s\", wanted \"%s\"", why.text, rows[i].start);
    }
    struct rd_arena arena;
    const int64_t *days;
    size_t count;
    rd_arena_init(&arena, rd_alloc_heap(), 4096);
    write_file("bank-holidays.csv", "date,name\n2026-12-25,a\n2026-12-25,b\n");
    assert_int_equal(
        rd_holidays_file_read(BROKEN, "bank-holidays.csv", HERE, &arena, &days, &count, &why),
        RD_E_INVALID);
    assert_non_null(strstr(why.text, "bank-holidays.csv:3:1: found a date at or before"));
    rd_arena_fini(&arena);
    write_good();
    assert_int_equal(remove(BROKEN "/exceptions.csv"), 0);
    assert_int_equal(rd_geo_files_read(BROKEN, RD_TEXT("now"), NULL, rd_alloc_heap(), &none, &why),
                     RD_E_IO);
}

/* One file for several regions: a place has those of its own, and those of none. */
static void test_holidays_of_a_region(void **state)
{
    static const struct {
        const char *text;
        const char *region;
        size_t count;
        const char *start;
    } rows[] = {
        {"date,name,region\n2026-01-01,a,england-and-wales\n2026-01-01,a,scotland\n"
         "2026-01-02,b,scotland\n2026-12-25,c,\n",
         "england-and-wales", 2, NULL},
        {"date,name,region\n2026-01-01,a,england-and-wales\n2026-01-01,a,scotland\n"
         "2026-01-02,b,scotland\n2026-12-25,c,\n",
         "scotland", 3, NULL},
        {"date,name\n2026-12-25,c\n", "scotland", 1, NULL},
        {"date,name,region\n2026-01-02,b,scotland\n", "england-and-wales", 0,
         "bank-holidays.csv:2:14: found no bank holiday of england-and-wales"},
        {"date,name,region\n2026-01-02,b,Scottland\n", "england-and-wales", 0,
         "bank-holidays.csv:2:14: found 'Scottland', expected england-and-wales, scotland"},
    };
    (void)state;
    assert_true(mkdir(BROKEN, 0700) == 0 || access(BROKEN, W_OK) == 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_arena arena;
        const int64_t *days;
        size_t count = 0;
        rd_arena_init(&arena, rd_alloc_heap(), 4096);
        write_file("bank-holidays.csv", rows[i].text);
        enum rd_err err = rd_holidays_file_read(
            BROKEN, "bank-holidays.csv", rd_text_of(rows[i].region), &arena, &days, &count, &why);
        if (err != (rows[i].start == NULL ? RD_OK : RD_E_INVALID))
            fail_msg("row %zu: %s", i, why.text);
        assert_int_equal(count, rows[i].count);
        if (rows[i].start != NULL && strncmp(why.text, rows[i].start, strlen(rows[i].start)) != 0)
            fail_msg("got \"%s\", wanted \"%s\"", why.text, rows[i].start);
        rd_arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_postcodes),
        cmocka_unit_test(test_holidays),
        cmocka_unit_test(test_holidays_of_a_region),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
