#include "rules/engine/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct rd_decimal number(const char *text)
{
    struct rd_decimal value;
    if (!rd_decimal_parse(rd_text_of(text), &value))
        fail_msg("%s does not read", text);
    return value;
}

static void test_reads_and_writes(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"0", "0"},
        {"-0", "0"},
        {"00018", "18"},
        {"-3", "-3"},
        {".5", "0.5"},
        {"-0.050", "-0.05"},
        {"1.0", "1"},
        {"12.340", "12.34"},
        {"1e3", "1000"},
        {"1.5e-3", "0.0015"},
        {"1234567890123456789012345678901234", "1234567890123456789012345678901234"},
        /* the 35th digit rounds half to even */
        {"12345678901234567890123456789012345", "12345678901234567890123456789012340"},
        {"12345678901234567890123456789012355", "12345678901234567890123456789012360"},
        {"123456789012345678901234567890123450001", "1.234567890123456789012345678901235e38"},
        {"99999999999999999999999999999999999", "100000000000000000000000000000000000"},
        {"1e6144", "10e6143"},
    };
    char shown[RD_DECIMAL_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *written = rd_decimal_format(number(cases[i].text), shown);
        if (strchr(cases[i].shown, 'e') == NULL) /* how the others are written is free */
            assert_string_equal(written, cases[i].shown);
        assert_int_equal(rd_decimal_compare(number(cases[i].text), number(written)), 0);
        assert_int_equal(rd_decimal_compare(number(cases[i].text), number(cases[i].shown)), 0);
    }
}

static void test_refuses(void **state)
{
    static const char *const cases[] = {"",    "-",  ".",   "1.", "a",       "1a",
                                        "--1", "1e", "1e+", "1 ", "1e99999", "1e-7000"};
    struct rd_decimal value;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (rd_decimal_parse(rd_text_of(cases[i]), &value))
            fail_msg("'%s' was read", cases[i]);
}

static void test_compares(void **state)
{
    static const char *const ascending[] = {"-1e10", "-3",    "-2.5", "-0.1",  "0",
                                            "1e-30", "0.099", "0.1",  "2.5",   "3",
                                            "17.9",  "18",    "1e10", "1e6000"};
    size_t count = sizeof ascending / sizeof ascending[0];
    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int order = rd_decimal_compare(number(ascending[i]), number(ascending[j]));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    assert_int_equal(rd_decimal_compare(rd_decimal_of(-3), number("-3.000")), 0);
    assert_int_equal(rd_decimal_compare(rd_decimal_of(INT64_MIN), number("-9223372036854775808")),
                     0);
}

static void test_shifts(void **state)
{
    static const struct {
        const char *value;
        int step;
        int32_t scale;
        const char *expected;
    } cases[] = {{"18", -1, 0, "17"},
                 {"0", -1, 0, "-1"},
                 {"0", 1, 2, "0.01"},
                 {"-1", 1, 0, "0"},
                 {"-1.5", -1, 1, "-1.6"},
                 {"-0.5", 1, 0, NULL},
                 {"1", 1, 30, "1.000000000000000000000000000001"}};
    struct rd_decimal out;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool done = rd_decimal_shift(number(cases[i].value), cases[i].step, cases[i].scale, &out);
        assert_int_equal(done, cases[i].expected != NULL);
        if (done)
            assert_int_equal(rd_decimal_compare(out, number(cases[i].expected)), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_and_writes),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_compares),
        cmocka_unit_test(test_shifts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
