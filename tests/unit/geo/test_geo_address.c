/* Exceptions for one property or address, practices, and what may have been meant by a typing
 * error.
 */
#include "rules/geo/geo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define T(literal)                                                                                 \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
#define OPEN RD_GEO_DAY_OPEN
#define IN T("E09000026")
#define OUT T("E07000072")
#define WARD T("E05000515")

static struct rd_errbuf why;

static const struct rd_geo_row postcodes[] = {
    {.postcode = T("IG8 1DN"), .lad = IN, .ward = WARD, .line = 2},
    {.postcode = T("IG8 1DP"), .lad = IN, .ward = WARD, .line = 3},
    {.postcode = T("IG8 1DQ"), .lad = IN, .ward = WARD, .line = 4, .ended = 200106},
    {.postcode = T("IG8 2DN"), .lad = IN, .ward = WARD, .line = 5},
    {.postcode = T("IG10 1DN"), .lad = OUT, .line = 6},
    {.postcode = T("IG7 5AB"), .lad = OUT, .line = 7},
    {.postcode = T("CM1 4QQ"), .lad = OUT, .line = 8},
};
static const struct rd_geo_name lads[] = {
    {.code = OUT, T("Epping Forest"), false, 2},
    {.code = IN, T("Redbridge"), true, 3},
};
static const struct rd_geo_name wards[] = {{.code = WARD, T("Snaresbrook"), false, 2}};
static const struct rd_geo_locality localities[] = {{.ward = WARD, T("Wanstead"), 0, OPEN, 2}};
static const struct rd_geo_exception exceptions[] = {
    {.postcode = T("IG8 1DN"), .note = T("on the edge"), .valid_to = OPEN, .kind = RD_GEO_SPLIT},
    {.postcode = T("IG8 1DN"),
     .locality = T("Wanstead"),
     .address = T("12 High Road"),
     .valid_to = OPEN,
     .kind = RD_GEO_OVERRIDE},
    {.postcode = T("IG8 1DN"),
     .lad = OUT,
     .address = T("14 high road"),
     .valid_to = OPEN,
     .kind = RD_GEO_OVERRIDE},
    {.postcode = T("IG8 1DN"),
     .lad = OUT,
     .address = T("12 High Road"), /* the day before */
     .valid_from = -1,
     .valid_to = 0,
     .kind = RD_GEO_OVERRIDE},
    {.uprn = T("00010023"),
     .locality = T("Fairlop"),
     .note = T("a new block"),
     .valid_to = OPEN,
     .kind = RD_GEO_OVERRIDE},
    {.postcode = T("IG8 1DP"),
     .uprn = T("10024"),
     .locality = T("Fairlop"),
     .valid_to = OPEN,
     .kind = RD_GEO_OVERRIDE},
};
static const struct rd_geo_practice practices[] = {
    {.ods = T("F86001"), .postcode = T("IG8 1DP"), .valid_to = OPEN},
    {.ods = T("F86002"), .locality = T("Fairlop"), .valid_from = 100, .valid_to = OPEN},
    {.ods = T("F86002"), .locality = T("Seven Kings"), .valid_to = 100},
    {.ods = T("F86003"), .postcode = T("IG10 1DN"), .valid_to = OPEN},
};
static const struct rd_geo_source source = {
    .vintage = T("2025-11"),
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
    .practices = practices,
    .practices_count = COUNT(practices),
};
static struct rd_geo_table *table;

static int set_up(void **state)
{
    (void)state;
    struct rd_geo_problem problem;
    if (rd_geo_build(&source, rd_alloc_heap(), &table, &problem, &why) == RD_OK)
        return 0;
    (void)fprintf(stderr, "list %d, line %u: %s\n", (int)problem.list, problem.line, why.text);
    return -1;
}

static int tear_down(void **state)
{
    (void)state;
    rd_geo_free(table);
    return 0;
}

static const struct {
    const char *postcode, *uprn, *lines[2];
    enum rd_postcode_class class;
    enum rd_geo_basis basis;
    const char *locality, *lad;
    int64_t day;
} addresses[] = {
    {"IG8 1DN", NULL, {NULL}, RD_POSTCODE_SPLIT, RD_GEO_BY_POSTCODE, NULL, "E09000026", 0},
    {"IG8 1DN",
     NULL,
     {"12 High Road"},
     RD_POSTCODE_KNOWN,
     RD_GEO_BY_ADDRESS,
     "Wanstead",
     "E09000026",
     0},
    {"ig81dn",
     NULL,
     {"12  HIGH-ROAD, Woodford"},
     RD_POSTCODE_KNOWN,
     RD_GEO_BY_ADDRESS,
     "Wanstead",
     "E09000026",
     0},
    {"IG8 1DN",
     NULL,
     {"The Lodge", "12 high road"},
     RD_POSTCODE_KNOWN,
     RD_GEO_BY_ADDRESS,
     "Wanstead",
     "E09000026",
     0},
    {"IG8 1DN",
     NULL,
     {"Flat 2, 12 High Road"},
     RD_POSTCODE_KNOWN,
     RD_GEO_BY_ADDRESS,
     "Wanstead",
     "E09000026",
     0},
    /* Others: the whole postcode's answer, never the neighbour's. */
    {"IG8 1DN",
     NULL,
     {"112 High Road"},
     RD_POSTCODE_SPLIT,
     RD_GEO_BY_POSTCODE,
     NULL,
     "E09000026",
     0},
    {"IG8 1DN",
     NULL,
     {"12A High Road"},
     RD_POSTCODE_SPLIT,
     RD_GEO_BY_POSTCODE,
     NULL,
     "E09000026",
     0},
    {"IG8 1DN",
     NULL,
     {"Flat 12 High Road"},
     RD_POSTCODE_SPLIT,
     RD_GEO_BY_POSTCODE,
     NULL,
     "E09000026",
     0},
    {"IG8 1DN", NULL, {"12 High"}, RD_POSTCODE_SPLIT, RD_GEO_BY_POSTCODE, NULL, "E09000026", 0},
    {"IG8 1DP",
     NULL,
     {"12 High Road"},
     RD_POSTCODE_KNOWN,
     RD_GEO_BY_POSTCODE,
     "Wanstead",
     "E09000026",
     0},
    /* An authority that is not the place's: out of area, and nothing of the postcode's. */
    {"IG8 1DN",
     NULL,
     {"14 High Road"},
     RD_POSTCODE_OUT_OF_AREA,
     RD_GEO_BY_ADDRESS,
     NULL,
     "E07000072",
     0},
    {"IG8 1DN",
     NULL,
     {"12 High Road"},
     RD_POSTCODE_OUT_OF_AREA,
     RD_GEO_BY_ADDRESS,
     NULL,
     "E07000072",
     -1},
    /* A property, whatever its number is filled up with; with any postcode, or none. */
    {"IG8 1DN",
     "10023",
     {"12 High Road"},
     RD_POSTCODE_KNOWN,
     RD_GEO_BY_UPRN,
     "Fairlop",
     "E09000026",
     0},
    {NULL, "000010023", {NULL}, RD_POSTCODE_KNOWN, RD_GEO_BY_UPRN, "Fairlop", NULL, 0},
    {"IG8 9ZZ", "10023", {NULL}, RD_POSTCODE_KNOWN, RD_GEO_BY_UPRN, "Fairlop", NULL, 0},
    {"IG8 1DP", "10024", {NULL}, RD_POSTCODE_KNOWN, RD_GEO_BY_UPRN, "Fairlop", "E09000026", 0},
    /* That of another postcode: number and postcode contradict each other. */
    {"IG8 2DN", "10024", {NULL}, RD_POSTCODE_KNOWN, RD_GEO_BY_POSTCODE, "Wanstead", "E09000026", 0},
    {"IG8 1DP", "10025", {NULL}, RD_POSTCODE_KNOWN, RD_GEO_BY_POSTCODE, "Wanstead", "E09000026", 0},
    {"IG8 1DP", "1002X", {NULL}, RD_POSTCODE_KNOWN, RD_GEO_BY_POSTCODE, "Wanstead", "E09000026", 0},
    {NULL, NULL, {NULL}, RD_POSTCODE_MISSING, RD_GEO_BY_POSTCODE, NULL, NULL, 0},
    {"IG8 1DQ", NULL, {NULL}, RD_POSTCODE_TERMINATED, RD_GEO_BY_POSTCODE, NULL, "E09000026", 0},
};

static void test_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct rd_text lines[2] = {rd_text_of(addresses[i].lines[0]),
                                   rd_text_of(addresses[i].lines[1])};
        struct rd_geo_address address = {.postcode = rd_text_of(addresses[i].postcode),
                                         .uprn = rd_text_of(addresses[i].uprn),
                                         .lines = lines,
                                         .lines_count = addresses[i].lines[1] != NULL ? 2 : 1};
        struct rd_geo_place got;
        rd_geo_lookup_address(table, &address, addresses[i].day, &got);
        if (got.class != addresses[i].class || got.basis != addresses[i].basis ||
            !rd_text_equal(got.locality, rd_text_of(addresses[i].locality)) ||
            !rd_text_equal(got.lad, rd_text_of(addresses[i].lad)))
            fail_msg("row %zu: got class %d, basis %d, '%.*s' in %.*s", i, (int)got.class,
                     (int)got.basis, RD_TEXT_ARG(got.locality), RD_TEXT_ARG(got.lad));
    }
}

static void test_practices(void **state)
{
    (void)state;
    static const struct {
        const char *ods;
        int64_t day;
        bool known;
        enum rd_postcode_class class;
        const char *locality;
    } rows[] = {
        {"F86001", 0, true, RD_POSTCODE_KNOWN, "Wanstead"},
        {"F86002", 99, true, RD_POSTCODE_KNOWN, "Seven Kings"},
        {"F86002", 100, true, RD_POSTCODE_KNOWN, "Fairlop"},
        {"F86002", -1, false, RD_POSTCODE_MISSING, NULL},
        {"F86003", 0, true, RD_POSTCODE_OUT_OF_AREA, NULL},
        {"F86004", 0, false, RD_POSTCODE_MISSING, NULL},
        {"A00000", 0, false, RD_POSTCODE_MISSING, NULL},
        {"Z00000", 0, false, RD_POSTCODE_MISSING, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_geo_place got;
        assert_int_equal(rd_geo_lookup_practice(table, rd_text_of(rows[i].ods), rows[i].day, &got),
                         rows[i].known);
        assert_int_equal(got.class, rows[i].class);
        assert_true(rd_text_equal(got.locality, rd_text_of(rows[i].locality)));
    }
    assert_true(rd_geo_has_locality(table, RD_TEXT("Seven Kings"))); /* a practice's alone */
}

static void test_suggestions(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected[4]; /* ends with NULL */
    } rows[] = {
        {"IG8 IDN", {"IG8 1DN", NULL}}, /* look-alikes */
        {"1G8 1DN", {"IG8 1DN", NULL}},
        {"GI8 1DP", {"IG8 1DP", NULL}}, /* swapped */
        {"IG8 D1N", {"IG8 1DN", NULL}},
        {"I8G 1DN", {"IG8 1DN", NULL}},
        {"IG8 1DX", {"IG8 1DN", "IG8 1DP", NULL}}, /* one wrong; not the one out of use */
        {"IG6 1DN", {"IG8 1DN", NULL}},
        {"IG8 3DN", {"IG8 1DN", "IG8 2DN", NULL}},
        {"IG7 5AC", {"IG7 5AB", NULL}}, /* elsewhere, when nothing of the place is near */
        {"IGIO 1DN", {"IG10 1DN", NULL}},
        {"IG81DN0", {NULL}},
        {"XX1 1XX", {NULL}},
        {"IG8 1DN IG8 1DN", {NULL}},
        {"", {NULL}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char got[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX];
        size_t count = rd_geo_suggest(table, rd_text_of(rows[i].text), 0, got), expected = 0;
        while (rows[i].expected[expected] != NULL)
            expected++;
        if (count != expected)
            fail_msg("%s: got %zu, the first %s", rows[i].text, count, count == 0 ? "-" : got[0]);
        for (size_t j = 0; j < count; j++) {
            bool found = false;
            for (size_t k = 0; k < count; k++)
                found = found || strcmp(got[k], rows[i].expected[j]) == 0;
            assert_true(found);
        }
        /* Never acted on. */
        struct rd_geo_place place;
        rd_geo_lookup(table, rd_text_of(rows[i].text), 0, &place);
        assert_false(rd_text_present(place.locality));
        assert_false(rd_text_present(place.lad));
    }
}

/* With more than a person could choose from, none is shown. */
static void test_too_many_suggestions(void **state)
{
    (void)state;
    static char texts[RD_GEO_SUGGESTIONS_MAX + 1][16];
    struct rd_geo_row rows[RD_GEO_SUGGESTIONS_MAX + 1];
    struct rd_geo_source from = source;
    struct rd_geo_problem problem;
    from.postcodes = rows;
    for (size_t count = RD_GEO_SUGGESTIONS_MAX; count <= RD_GEO_SUGGESTIONS_MAX + 1; count++) {
        struct rd_geo_table *other;
        char got[RD_GEO_SUGGESTIONS_MAX][RD_POSTCODE_TEXT_MAX];
        for (size_t i = 0; i < count; i++) {
            (void)snprintf(texts[i], sizeof texts[i], "E18 1A%c", "ABDEFG"[i]);
            rows[i] = (struct rd_geo_row){.postcode = rd_text_of(texts[i]), .lad = IN};
        }
        from.postcodes_count = count;
        assert_int_equal(rd_geo_build(&from, rd_alloc_heap(), &other, &problem, &why), RD_OK);
        size_t found = rd_geo_suggest(other, RD_TEXT("E18 1AZ"), 0, got);
        rd_geo_free(other);
        assert_int_equal(found, count <= RD_GEO_SUGGESTIONS_MAX ? count : 0);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        struct rd_geo_exception row;
        const char *words;
    } rows[] = {
        {{.uprn = T("x1"), .valid_to = OPEN, .kind = RD_GEO_SPLIT}, "uprn 'x1'"},
        {{.uprn = T("1234567890123"), .valid_to = OPEN, .kind = RD_GEO_SPLIT}, "1 to 12 digits"},
        {{.uprn = T("0"), .valid_to = OPEN, .kind = RD_GEO_SPLIT}, "1 to 12 digits"},
        {{.uprn = T("1"), .address = T("2 A Road"), .valid_to = OPEN, .kind = RD_GEO_SPLIT},
         "a uprn and an address"},
        {{.postcode = T("IG8 1DN"), .address = T(" - "), .valid_to = OPEN, .kind = RD_GEO_SPLIT},
         "without a letter or digit"},
        {{.address = T("2 A Road"), .valid_to = OPEN, .kind = RD_GEO_SPLIT}, "expected a postcode"},
        {{.postcode = T("IG8 1DN"), .lad = T("E1"), .valid_to = OPEN, .kind = RD_GEO_OVERRIDE},
         "authority 'E1'"},
        {{.postcode = T("IG8 1DN"),
          .lad = OUT,
          .locality = T("Wanstead"),
          .valid_to = OPEN,
          .kind = RD_GEO_OVERRIDE},
         "not part of the place"},
        {{.postcode = T("IG8 1DN"), .lad = IN, .valid_to = OPEN, .kind = RD_GEO_OVERRIDE},
         "expected one that a ward or a practice has"},
        {{.postcode = T("IG8 1DN"), .lad = OUT, .valid_to = OPEN, .kind = RD_GEO_SPLIT},
         "only an override"},
    };
    struct rd_geo_source from = source;
    struct rd_geo_table *none;
    struct rd_geo_problem problem;
    from.exceptions_count = 1;
    for (size_t i = 0; i < COUNT(rows); i++) {
        from.exceptions = &rows[i].row;
        assert_int_equal(rd_geo_build(&from, rd_alloc_heap(), &none, &problem, &why), RD_E_INVALID);
        if (problem.list != RD_GEO_LIST_EXCEPTIONS || strstr(why.text, rows[i].words) == NULL)
            fail_msg("row %zu: \"%s\"", i, why.text);
    }
    static const struct {
        struct rd_geo_practice rows[2];
        const char *words;
    } bad[] = {
        {{{.postcode = T("IG8 1DN"), .valid_to = OPEN}, {.ods = T("A1")}}, "no code of the"},
        {{{.ods = T("A1"), .valid_to = OPEN}, {.ods = T("A2")}}, "the practice's postcode"},
        {{{.ods = T("A1"), .postcode = T("ME5 FS3"), .locality = T("Wanstead"), .valid_to = OPEN},
          {.ods = T("A2")}},
         "found 'ME5 FS3'"},
        {{{.ods = T("A1"), .locality = T("Wanstead"), .valid_from = 5, .valid_to = 5},
          {.ods = T("A2")}},
         "valid_to after"},
        {{{.ods = T("A1"), .locality = T("Wanstead"), .valid_to = OPEN},
          {.ods = T("A1"), .locality = T("Wanstead"), .valid_from = 5, .valid_to = OPEN}},
         "practice 'A1' while"},
    };
    from = source;
    from.practices_count = 2;
    for (size_t i = 0; i < COUNT(bad); i++) {
        from.practices = bad[i].rows;
        assert_int_equal(rd_geo_build(&from, rd_alloc_heap(), &none, &problem, &why), RD_E_INVALID);
        if (problem.list != RD_GEO_LIST_PRACTICES || strstr(why.text, bad[i].words) == NULL)
            fail_msg("practice %zu: \"%s\"", i, why.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),   cmocka_unit_test(test_practices),
        cmocka_unit_test(test_suggestions), cmocka_unit_test(test_too_many_suggestions),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
