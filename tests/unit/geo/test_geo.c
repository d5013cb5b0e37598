#include "rules/geo/geo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define T(literal)                                                                                 \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
#define NONE                                                                                       \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
#define OPEN RD_GEO_DAY_OPEN

static struct rd_errbuf why;

static const struct rd_geo_row postcodes[] = {
    {.postcode = T("IG1 1DN"), T("E09000026"), T("E05000501"), 2},
    {.postcode = T("IG6 1AA"), T("E09000026"), T("E05000496"), 4},
    {.postcode = T("E12 5DB"), T("E09000025"), T("E05000488"), 5},
    {.postcode = T("IG1 9ZZ"), NONE, NONE, 6},
    {.postcode = T("IG1 2AA"), T("E09000026"), NONE, 7},
    {.postcode = T("IG8 1DN"), T("E09000026"), T("E05000501"), 8},
    {.postcode = T("IG10 1AA"), T("E09000026"), T("E05000501"), 9},
    {.postcode = T("IG1 0AA"), T("E09000026"), T("E05000501"), 10},
};
static const struct rd_geo_name lads[] = {
    {T("E09000026"), T("Redbridge"), true, 2},
    {T("E09000025"), T("Newham"), false, 3},
    {T("E06000016"), T("Leicester"), false, 4},
};
static const struct rd_geo_name wards[] = {
    {T("E05000501"), T("Clementswood"), false, 2},
    {T("E05000496"), T("Barkingside"), false, 3},
    {T("E05000488"), T("Manor Park"), false, 4},
};
/* Barkingside changes hands on day 1000 and has nobody from day 2000. */
static const struct rd_geo_locality localities[] = {
    {T("E05000501"), T("Cranbrook and Loxford"), 0, OPEN, 2},
    {T("E05000496"), T("Seven Kings"), 1000, 2000, 3},
    {T("E05000496"), T("Fairlop"), 0, 1000, 4},
};
static const struct rd_geo_exception exceptions[] = {
    {.postcode = T("IG8 1DN"), NONE, T("on the edge"), 0, 500, RD_GEO_SPLIT, 2},
    {.postcode = T("IG8 1DN"), T("Fairlop"), NONE, 500, 600, RD_GEO_OVERRIDE, 3},
    {.postcode = T("E18 1AJ"), NONE, T("gone"), 0, OPEN, RD_GEO_TERMINATED, 4},
    {.postcode = T("E18 1AT"), T("Fairlop"), T("new"), 0, OPEN, RD_GEO_OVERRIDE, 5},
};
static const struct rd_geo_source source = {
    .vintage = T("2014-08"),
    .postcodes = postcodes,
    .postcodes_count = COUNT(postcodes),
    .lads = lads,
    .lads_count = COUNT(lads),
    .wards = wards,
    .wards_count = COUNT(wards),
    .localities = localities,
    .localities_count = COUNT(localities),
    .exceptions = exceptions,
    .exceptions_count = COUNT(exceptions),
};

static struct rd_geo_table *built(const struct rd_geo_source *from)
{
    struct rd_geo_table *table;
    struct rd_geo_problem problem;
    if (rd_geo_build(from, rd_alloc_heap(), &table, &problem, &why) != RD_OK)
        fail_msg("list %d, line %u: %s", (int)problem.list, problem.line, why.text);
    return table;
}

static void same(struct rd_text got, const char *expected, const char *what)
{
    if (!rd_text_equal(got, rd_text_of(expected)))
        fail_msg("%s: got \"%.*s\", wanted \"%s\"", what, RD_TEXT_ARG(got),
                 expected == NULL ? "nothing" : expected);
}

struct expected {
    const char *text;
    int64_t day;
    enum rd_postcode_class class;
    const char *postcode, *lad, *ward_name, *locality, *note, *suggestion;
};

static void check(const struct rd_geo_table *table, const struct expected *row)
{
    struct rd_geo_place got;
    rd_geo_lookup(table, rd_text_of(row->text), row->day, &got);
    if (got.class != row->class)
        fail_msg("%s: got class %d, wanted %d", row->text, (int)got.class, (int)row->class);
    assert_string_equal(got.postcode, row->postcode);
    same(got.lad, row->lad, row->text);
    same(got.ward_name, row->ward_name, row->text);
    same(got.locality, row->locality, row->text);
    same(got.note, row->note, row->text);
    if (row->suggestion != NULL) {
        char suggested[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX];
        if (rd_geo_suggest(table, rd_text_of(row->text), row->day, suggested) != 1)
            fail_msg("%s: not one suggestion", row->text);
        assert_string_equal(suggested[0], row->suggestion);
    }
    assert_true(rd_text_present(got.vintage));
}

#define IN "E09000026"
static const struct expected expectations[] = {
    {"ig11dn", 0, RD_POSTCODE_KNOWN, "IG1 1DN", IN, "Clementswood", "Cranbrook and Loxford", NULL,
     NULL},
    {"IG6 1AA", 999, RD_POSTCODE_KNOWN, "IG6 1AA", IN, "Barkingside", "Fairlop", NULL, NULL},
    {"IG6 1AA", 1000, RD_POSTCODE_KNOWN, "IG6 1AA", IN, "Barkingside", "Seven Kings", NULL, NULL},
    {"IG6 1AA", 1999, RD_POSTCODE_KNOWN, "IG6 1AA", IN, "Barkingside", "Seven Kings", NULL, NULL},
    {"IG6 1AA", 2000, RD_POSTCODE_KNOWN, "IG6 1AA", IN, "Barkingside", NULL, NULL, NULL},
    {"IG6 1AA", -1, RD_POSTCODE_KNOWN, "IG6 1AA", IN, "Barkingside", NULL, NULL, NULL},
    {"IG1 2AA", 0, RD_POSTCODE_KNOWN, "IG1 2AA", IN, NULL, NULL, NULL, NULL},
    {"E12 5DB", 0, RD_POSTCODE_OUT_OF_AREA, "E12 5DB", "E09000025", "Manor Park", NULL, NULL, NULL},
    {"IG1 9ZZ", 0, RD_POSTCODE_NO_AUTHORITY, "IG1 9ZZ", NULL, NULL, NULL, NULL, NULL},
    {"GIR 0AA", 0, RD_POSTCODE_NO_AUTHORITY, "GIR 0AA", NULL, NULL, NULL,
     "a postcode without a place", NULL},
    {"BF1 2XX", 0, RD_POSTCODE_NO_AUTHORITY, "BF1 2XX", NULL, NULL, NULL,
     "a postcode without a place", NULL},
    {"BF10 2XX", 0, RD_POSTCODE_UNKNOWN, "BF10 2XX", NULL, NULL, NULL, NULL, NULL},
    {"IG8 1DN", 499, RD_POSTCODE_SPLIT, "IG8 1DN", IN, "Clementswood", NULL, "on the edge", NULL},
    {"IG8 1DN", 500, RD_POSTCODE_KNOWN, "IG8 1DN", IN, "Clementswood", "Fairlop", NULL, NULL},
    {"IG8 1DN", 600, RD_POSTCODE_KNOWN, "IG8 1DN", IN, "Clementswood", "Cranbrook and Loxford",
     NULL, NULL},
    {"E18 1AJ", 0, RD_POSTCODE_TERMINATED, "E18 1AJ", NULL, NULL, NULL, "gone", NULL},
    {"E18 1AT", 0, RD_POSTCODE_KNOWN, "E18 1AT", NULL, NULL, "Fairlop", "new", NULL},
    {"LS10 4YU", 0, RD_POSTCODE_UNKNOWN, "LS10 4YU", NULL, NULL, NULL, NULL, NULL},
    {"LE13EX", 0, RD_POSTCODE_UNKNOWN, "LE1 3EX", NULL, NULL, NULL, NULL, NULL},
    {"ME5 FS3", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, NULL},
    {"", 0, RD_POSTCODE_MISSING, "", NULL, NULL, NULL, NULL, NULL},
    {NULL, 0, RD_POSTCODE_MISSING, "", NULL, NULL, NULL, NULL, NULL},
    {"zz99 3vz", 0, RD_POSTCODE_NO_FIXED_ABODE, "ZZ99 3VZ", NULL, NULL, NULL, "no fixed abode",
     NULL},
    {"ZZ99 3WZ", 0, RD_POSTCODE_PSEUDO, "ZZ99 3WZ", NULL, NULL, NULL, "address not known", NULL},
    {"ZZ99 1WZ", 0, RD_POSTCODE_PSEUDO, "ZZ99 1WZ", NULL, NULL, NULL,
     "Scotland, not otherwise stated", NULL},
    {"ZZ99 4CZ", 0, RD_POSTCODE_PSEUDO, "ZZ99 4CZ", NULL, NULL, NULL, "an overseas country", NULL},
    /* Look-alikes: one known postcode is suggested, and nothing is routed. */
    {"IGI 1DN", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, "IG1 1DN"},
    {"1G6 IAA", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, "IG6 1AA"},
    {"IG1O IAA", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, "IG10 1AA"},
    {"IG6 IAA", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, "IG6 1AA"},
    {"1G1 OAA", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, "IG1 0AA"},
    {"1OI OIO", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, NULL},
};

static void test_classes(void **state)
{
    (void)state;
    struct rd_geo_table *table = built(&source);
    for (size_t i = 0; i < COUNT(expectations); i++)
        check(table, &expectations[i]);
    assert_true(rd_geo_has_locality(table, (struct rd_text)T("Fairlop")));
    assert_false(rd_geo_has_locality(table, (struct rd_text)T("Wanstead")));
    same(rd_geo_lad_name(table, (struct rd_text)T("E09000025")), "Newham", "lad");
    same(rd_geo_lad_name(table, (struct rd_text)T("E09000099")), NULL, "lad");
    struct rd_geo_place got;
    rd_geo_lookup(table, (struct rd_text)T("E12 5DB"), 0, &got);
    same(got.lad_name, "Newham", "lad name");
    same(got.vintage, "2014-08", "vintage");
    rd_geo_free(table);
    rd_geo_free(NULL);
}

/* Two known postcodes a look-alike apart from what was written: neither is suggested. */
static void test_ambiguous_suggestion(void **state)
{
    (void)state;
    static const struct rd_geo_row both[] = {
        {.postcode = T("IG11 1AA"), T("E09000026"), NONE, 2},
        {.postcode = T("IG1 1DN"), T("E09000026"), NONE, 3},
        {.postcode = T("OL1 0AD"), T("E09000026"), NONE, 4},
        {.postcode = T("IG10 1AA"), T("E09000026"), NONE, 6},
    };
    struct rd_geo_source from = source;
    from.postcodes = both;
    from.postcodes_count = COUNT(both);
    from.exceptions_count = 0;
    struct rd_geo_table *table = built(&from);
    static const struct expected rows[] = {
        {"0L1 OAD", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, "OL1 0AD"},
        {"IGII IAA", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, "IG11 1AA"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(table, &rows[i]);
    rd_geo_free(table);
    /* O10 is no outcode and IO1, I01, 1O1 are not known: with both OI1 and O11 known there are two.
     */
    static const struct rd_geo_row twins[] = {{.postcode = T("OI1 1AA"), T("E09000026"), NONE, 2},
                                              {.postcode = T("O11 1AA"), T("E09000026"), NONE, 3}};
    from.postcodes = twins;
    from.postcodes_count = COUNT(twins);
    table = built(&from);
    static const struct expected two = {"0I1 1AA", 0,   RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL,
                                        NULL,      NULL};
    check(table, &two);
    rd_geo_free(table);
}

static void test_national(void **state)
{
    (void)state;
    static const struct rd_geo_row country[] = {
        {.postcode = T("LE1 3EX"), T("E06000016"), NONE, 2},
        {.postcode = T("IG1 1DN"), T("E09000026"), NONE, 3}, /* the place's own has the ward */
        {.postcode = T("IG1 3XX"), T("E09000026"), NONE, 4},
        {.postcode = T("AB1 0AA"), T("S12000033"), NONE, 5},
        {.postcode = T("IG10 1AA"), T("E07000072"), NONE, 6}, /* the place's own says another */
        {.postcode = T("IG1 0AA"), T("E09000026"), NONE, 7, .ended = 202006},
        {.postcode = T("IG8 1DN"), T("E07000072"), NONE, 8}, /* settled by the place */
        {.postcode = T("IG1 3XY"), T("E09000026"), NONE, 9, .ended = 199912},
        {.postcode = T("IG1 3XZ"), T("E09000026"), NONE, 10, T("E54000029"), .split = true},
    };
    unsigned char *bytes;
    size_t len;
    unsigned line;
    struct rd_geo_image image;
    assert_int_equal(
        rd_geo_image_build(country, COUNT(country), rd_alloc_heap(), &bytes, &len, &line, &why),
        RD_OK);
    assert_int_equal(rd_geo_image_open(bytes, len, &image, &why), RD_OK);
    struct rd_geo_source from = source;
    from.national = &image;
    from.national_vintage = (struct rd_text)T("2025-11");
    struct rd_geo_table *table = built(&from);
    static const struct expected rows[] = {
        {"LE13EX", 0, RD_POSTCODE_OUT_OF_AREA, "LE1 3EX", "E06000016", NULL, NULL, NULL, NULL},
        {"AB1 0AA", 0, RD_POSTCODE_OUT_OF_AREA, "AB1 0AA", "S12000033", NULL, NULL, NULL, NULL},
        {"IG1 1DN", 0, RD_POSTCODE_KNOWN, "IG1 1DN", IN, "Clementswood", "Cranbrook and Loxford",
         NULL, NULL},
        {"IG1 3XX", 0, RD_POSTCODE_KNOWN, "IG1 3XX", IN, NULL, NULL, NULL, NULL},
        {"IG10 1AA", 0, RD_POSTCODE_SPLIT, "IG10 1AA", IN, "Clementswood", NULL,
         "the newer table puts it elsewhere", NULL},
        {"IG1 0AA", 0, RD_POSTCODE_TERMINATED, "IG1 0AA", IN, "Clementswood", NULL,
         "no longer in use in the newer table", NULL},
        {"IG8 1DN", 500, RD_POSTCODE_KNOWN, "IG8 1DN", IN, "Clementswood", "Fairlop", NULL, NULL},
        {"IG1 3XY", 0, RD_POSTCODE_TERMINATED, "IG1 3XY", IN, NULL, NULL, NULL, NULL},
        {"IG1 3XZ", 0, RD_POSTCODE_SPLIT, "IG1 3XZ", IN, NULL, NULL, NULL, NULL},
        {"LS10 4YU", 0, RD_POSTCODE_UNKNOWN, "LS10 4YU", NULL, NULL, NULL, NULL, NULL},
        {"LEI 3EX", 0, RD_POSTCODE_MALFORMED, "", NULL, NULL, NULL, NULL, "LE1 3EX"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(table, &rows[i]);
    struct rd_geo_place got;
    rd_geo_lookup(table, (struct rd_text)T("LE1 3EX"), 0, &got);
    same(got.lad_name, "Leicester", "lad name");
    same(got.vintage, "2025-11", "vintage");
    rd_geo_lookup(table, (struct rd_text)T("IG1 0AA"), 0, &got);
    assert_int_equal(rd_geo_ended(table, got.key), 202006);
    rd_geo_lookup(table, (struct rd_text)T("IG1 3XY"), 0, &got);
    assert_int_equal(rd_geo_ended(table, got.key), 199912);
    rd_geo_lookup(table, (struct rd_text)T("IG1 3XZ"), 0, &got);
    same(got.health, "E54000029", "health area");
    struct rd_geo_found found = rd_geo_found_by_national(table);
    assert_int_equal(found.split, 1);
    assert_int_equal(found.terminated, 1);
    rd_geo_free(table);
    from.national_vintage = (struct rd_text)T("2014-08"); /* no newer: it settles nothing */
    table = built(&from);
    check(table, &(struct expected){"IG10 1AA", 0, RD_POSTCODE_KNOWN, "IG10 1AA", IN,
                                    "Clementswood", "Cranbrook and Loxford", NULL, NULL});
    rd_geo_free(table);
    free(bytes);
}

static void refuse(const struct rd_geo_source *from, enum rd_geo_list list, unsigned line,
                   const char *words)
{
    struct rd_geo_table *table;
    struct rd_geo_problem problem;
    assert_int_equal(rd_geo_build(from, rd_alloc_heap(), &table, &problem, &why), RD_E_INVALID);
    assert_null(table);
    if (problem.list != list || problem.line != line || strstr(why.text, words) == NULL)
        fail_msg("list %d, line %u: \"%s\", wanted \"%s\"", (int)problem.list, problem.line,
                 why.text, words);
}

static void test_refused_names(void **state)
{
    (void)state;
    struct rd_geo_source from = source;
    static const struct rd_geo_name twice[] = {{T("a"), T("A"), true, 2},
                                               {T("a"), T("B"), true, 3}};
    from.lads = twice;
    from.lads_count = 2;
    refuse(&from, RD_GEO_LIST_LADS, 3, "code 'a' again");
    static const struct rd_geo_name blank = {T(""), T("A"), true, 7};
    from = source;
    from.wards = &blank;
    from.wards_count = 1;
    refuse(&from, RD_GEO_LIST_WARDS, 7, "empty code or name");
    static const struct rd_geo_row strange[] = {
        {.postcode = T("IG1 1DN"), T("E09000026"), T("E05000501"), 2},
        {.postcode = T("IG1 1DQ"), T("E09"), T("E05000501"), 3},
        {.postcode = T("IG1 1DQ"), T("E09000026"), T("E05"), 4},
        {.postcode = T("ME5 FS3"), NONE, NONE, 5}};
    from = source;
    from.postcodes = strange;
    from.postcodes_count = 2;
    refuse(&from, RD_GEO_LIST_POSTCODES, 3, "authority 'E09'");
    from.postcodes = strange + 2;
    from.postcodes_count = 1;
    refuse(&from, RD_GEO_LIST_POSTCODES, 4, "ward 'E05'");
    from.postcodes = strange + 3;
    refuse(&from, RD_GEO_LIST_POSTCODES, 5, "found 'ME5 FS3'");
}

static void test_refused_localities(void **state)
{
    (void)state;
    static const struct {
        struct rd_geo_locality rows[2];
        unsigned line;
        const char *words;
    } rows[] = {
        {{{.ward = T("E05000501"), T("A"), 0, 10, 2}, {.ward = T("E05000501"), T("B"), 9, OPEN, 3}},
         3,
         "line 2"},
        {{{.ward = T("E05000501"), T("A"), 0, 10, 2}, {.ward = T("E05000501"), T("B"), 0, 5, 3}},
         3,
         "one locality"},
        {{{.ward = T("E05000501"), T("A"), 5, 5, 2}, {.ward = T("E05000496"), T("B"), 0, OPEN, 3}},
         2,
         "valid_to"},
        {{{.ward = T("E05000501"), T("A"), 0, 5, 2}, {.ward = T("E05999999"), T("B"), 0, OPEN, 3}},
         3,
         "ward"},
        {{{.ward = T("E05000501"), T("A"), 0, 5, 2}, {.ward = T("E05000496"), T(""), 0, OPEN, 3}},
         3,
         "a name"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_geo_source from = source;
        from.localities = rows[i].rows;
        from.localities_count = 2;
        from.exceptions_count = 0;
        refuse(&from, RD_GEO_LIST_LOCALITIES, rows[i].line, rows[i].words);
    }
}

static void test_refused_exceptions(void **state)
{
    (void)state;
    static const struct {
        struct rd_geo_exception row;
        const char *words;
    } rows[] = {
        {{.postcode = T("ME5 FS3"), NONE, NONE, 0, OPEN, RD_GEO_SPLIT, 9}, "found 'ME5 FS3'"},
        {{.postcode = T("ZZ99 3VZ"), NONE, NONE, 0, OPEN, RD_GEO_SPLIT, 9}, "found 'ZZ99 3VZ'"},
        {{.postcode = T("IG1 1DN"), T("Nowhere"), NONE, 0, OPEN, RD_GEO_OVERRIDE, 9},
         "locality 'Nowhere'"},
        {{.postcode = T("IG1 1DN"), NONE, NONE, 0, OPEN, RD_GEO_OVERRIDE, 9}, "locality ''"},
        {{.postcode = T("IG1 1DN"), T("Fairlop"), NONE, 0, OPEN, RD_GEO_SPLIT, 9},
         "only an override"},
        {{.postcode = T("IG1 1DN"), NONE, NONE, 9, 9, RD_GEO_SPLIT, 9}, "valid_to after"},
        {{.postcode = T("ig81dn"), NONE, NONE, 499, 500, RD_GEO_SPLIT, 9}, "one exception a day"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_geo_exception both[2] = {exceptions[0], rows[i].row};
        struct rd_geo_source from = source;
        from.exceptions = both;
        from.exceptions_count = 2;
        refuse(&from, RD_GEO_LIST_EXCEPTIONS, 9, rows[i].words);
    }
}

struct failing {
    size_t left;
    struct rd_alloc alloc;
};

static void *failing_resize(void *context, void *old, size_t size)
{
    struct failing *failing = context;
    if (failing->left == 0)
        return NULL;
    failing->left--;
    return realloc(old, size);
}

static void failing_release(void *context, void *old)
{
    (void)context;
    free(old);
}

static void test_no_memory(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t n = 0;; n++) {
        struct failing failing = {.left = n};
        struct rd_geo_table *table;
        struct rd_geo_problem problem;
        failing.alloc = (struct rd_alloc){&failing, failing_resize, failing_release};
        enum rd_err err = rd_geo_build(&source, &failing.alloc, &table, &problem, &why);
        if (err == RD_OK) {
            rd_geo_free(table);
            break;
        }
        assert_int_equal(err, RD_E_NOMEM);
        assert_null(table);
        failures++;
    }
    assert_true(failures >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_ambiguous_suggestion),
        cmocka_unit_test(test_national),
        cmocka_unit_test(test_refused_names),
        cmocka_unit_test(test_refused_localities),
        cmocka_unit_test(test_refused_exceptions),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
