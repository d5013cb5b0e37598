#include "rules/geo/postcode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_forms(void **state)
{
    (void)state;
#define GEO RD_POSTCODE_FORM_GEOGRAPHIC
#define BAD RD_POSTCODE_FORM_MALFORMED
    static const struct {
        const char *text;
        enum rd_postcode_form form;
        const char *normal;
    } rows[] = {
        {"IG1 1DN", GEO, "IG1 1DN"},
        {"ig11dn", GEO, "IG1 1DN"},
        {" Ig1-1dN. ", GEO, "IG1 1DN"},
        {"I G 1 1 D N", GEO, "IG1 1DN"},
        {"LE13EX", GEO, "LE1 3EX"},
        {"LS10 4YU", GEO, "LS10 4YU"},
        {"LS104YU", GEO, "LS10 4YU"},
        {"SW1A1AA", GEO, "SW1A 1AA"},
        {"M1 1AA", GEO, "M1 1AA"},
        {"M11AA", GEO, "M1 1AA"},
        {"E12 5DB", GEO, "E12 5DB"},
        {"E1W 1AA", GEO, "E1W 1AA"},
        {"W1R 1AA", GEO, "W1R 1AA"}, /* in the directory, and not in BS 7666 */
        {"GIR 0AA", GEO, "GIR 0AA"},
        {"gir0aa", GEO, "GIR 0AA"},
        {"BF1 0AA", GEO, "BF1 0AA"},
        {"ZZ99 3VZ", RD_POSTCODE_FORM_PSEUDO, "ZZ99 3VZ"},
        {"zz993vz", RD_POSTCODE_FORM_PSEUDO, "ZZ99 3VZ"},
        {"ZZ9 3VZ", GEO, "ZZ9 3VZ"}, /* the form of one; no table knows it */
        {"ME5 FS3", BAD, ""},
        {"GIR 0AB", BAD, ""},
        {"NPT 1AA", BAD, ""},
        {"IG1 1D", BAD, ""},
        {"IG1", BAD, ""},
        {"IG1 11N", BAD, ""},
        {"1G1 1DN", BAD, ""},
        {"IGG1 1DN", BAD, ""},
        {"IG111 1DN", BAD, ""},
        {"SW1AA 1AA", BAD, ""},
        {"A 1AA", BAD, ""},
        {"unknown", BAD, ""},
        {"12345", BAD, ""},
        {"IG1 1DN and more", BAD, ""},
        {"", RD_POSTCODE_FORM_MISSING, ""},
        {"  ", RD_POSTCODE_FORM_MISSING, ""},
        {" - ?", RD_POSTCODE_FORM_MISSING, ""},
        {NULL, RD_POSTCODE_FORM_MISSING, ""},
        {"\xC3\xA9\xFF", RD_POSTCODE_FORM_MISSING, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rd_postcode got;
        rd_postcode_read(rd_text_of(rows[i].text), &got);
        if (got.form != rows[i].form || strcmp(got.text, rows[i].normal) != 0)
            fail_msg("%s: got form %d \"%s\"", rows[i].text, (int)got.form, got.text);
        assert_int_equal(got.key != 0, rows[i].normal[0] != '\0');
    }
    char spaces[RD_POSTCODE_INPUT_MAX + 1] = "IG11DN";
    struct rd_postcode got;
    memset(spaces + 6, ' ', sizeof spaces - 6);
    rd_postcode_read((struct rd_text){spaces, RD_POSTCODE_INPUT_MAX}, &got);
    assert_string_equal(got.text, "IG1 1DN");
    rd_postcode_read((struct rd_text){spaces, RD_POSTCODE_INPUT_MAX + 1}, &got);
    assert_int_equal(got.form, BAD);
}

/* The outcode decides first, whatever its length; then the inward part. */
static void test_keys(void **state)
{
    (void)state;
    uint64_t last = 0, outcode = 0;
    static const char *const sorted[] = {"E1 9ZZ",   "E11 0AA", "E12 0AA", "E1W 0AA",
                                         "EC1A 0AA", "IG1 0AA", "IG1 0AB", "IG1 1AA",
                                         "IG11 0AA", "IG2 0AA", "ZE3 9ZZ"};
    for (size_t i = 0; i < COUNT(sorted); i++) {
        struct rd_postcode got;
        rd_postcode_read(rd_text_of(sorted[i]), &got);
        assert_true(got.key > last);
        assert_true(got.key < UINT64_C(1) << 37);
        assert_true(got.key / RD_POSTCODE_INWARD_BASE >= outcode);
        last = got.key;
        outcode = got.key / RD_POSTCODE_INWARD_BASE;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
