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

/* Expected values by libmpdec; NULL: no such number. */
static const struct {
    char operation;
    const char *left, *right, *expected;
} sums[] = {
    {'+', "0.1", "0.2", "0.3"},
    {'+', "1e33", "0.4", "1000000000000000000000000000000000"},
    {'+', "1e33", "0.5", "1000000000000000000000000000000000"},
    {'+', "1000000000000000000000000000000001", "0.5", "1000000000000000000000000000000002"},
    {'+', "1e6111", "-1e-6176", "1e6111"},
    {'+', "9.999999999999999999999999999999999e6144", "9e6144", NULL},
    {'-', "1e34", "1e-100", "1e34"},
    {'-', "5", "5", "0"},
    {'*', "9999999999999999999999999999999999", "9999999999999999999999999999999999",
     "9.999999999999999999999999999999998e67"},
    {'*', "1e-6000", "1e-6000", "0"},
    {'*', "1e6000", "1e6000", NULL},
    {'/', "1", "3", "0.3333333333333333333333333333333333"},
    {'/', "2", "3", "0.6666666666666666666666666666666667"},
    {'/', "100", "8", "12.5"},
    {'/', "1", "0", NULL},
    {'%', "-10.1", "4.5", "3.4"},
    {'%', "10.1", "-4.5", "-3.4"},
    {'%', "1", "0", NULL},
    {'^', "2", "100", "1267650600228229401496703205376"},
    {'^', "5", "-2", "0.04"},
    {'^', "0", "0", "1"},
    {'^', "0", "-1", NULL},
    {'^', "-8", "0.5", NULL},
    {'^', "-1.1", "3", "-1.331"},
    {'^', "1.004166666666666666666666666666667", "-360", "0.2238265956413519701182424196898513"},
    {'^', "10", "7000", NULL},
    {'s', "2", "0", "1.414213562373095048801688724209698"},
    {'s', "1e-7", "0", "0.0003162277660168379331998893544432719"},
    {'s', "-1", "0", NULL},
    {'l', "10", "0", "2.302585092994045684017991454684364"},
    {'l', "1", "0", "0"},
    {'l', "0.9999999999999999999999999999999999", "0", "-1e-34"},
    {'l', "0", "0", NULL},
    {'e', "1", "0", "2.718281828459045235360287471352662"},
    {'e', "-20000", "0", "0"},
    {'e', "20000", "0", NULL},
};

static bool operate(char operation, struct rd_decimal a, struct rd_decimal b,
                    struct rd_decimal *out)
{
    switch (operation) {
    case '+':
        return rd_decimal_add(a, b, out);
    case '-':
        return rd_decimal_subtract(a, b, out);
    case '*':
        return rd_decimal_multiply(a, b, out);
    case '/':
        return rd_decimal_divide(a, b, out);
    case '%':
        return rd_decimal_modulo(a, b, out);
    case '^':
        return rd_decimal_power(a, b, out);
    case 's':
        return rd_decimal_sqrt(a, out);
    case 'l':
        return rd_decimal_log(a, out);
    default:
        return rd_decimal_exp(a, out);
    }
}

static void test_calculates(void **state)
{
    char shown[RD_DECIMAL_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        struct rd_decimal out = {0};
        bool done = operate(sums[i].operation, number(sums[i].left), number(sums[i].right), &out);
        if (done != (sums[i].expected != NULL) ||
            (done && rd_decimal_compare(out, number(sums[i].expected)) != 0))
            fail_msg("%s %c %s: %s", sums[i].left, sums[i].operation, sums[i].right,
                     done ? rd_decimal_format(out, shown) : "none");
    }
}

static void test_rounds(void **state)
{
    static const struct {
        const char *value;
        int32_t scale;
        const char *expected[7]; /* by enum rd_rounding */
    } rows[] = {
        {"2.5", 0, {"2", "3", "2", "3", "2", "2", "3"}},
        {"-2.5", 0, {"-2", "-3", "-2", "-3", "-2", "-3", "-2"}},
        {"3.5", 0, {"4", "4", "3", "4", "3", "3", "4"}},
        {"1.121", 2, {"1.12", "1.12", "1.12", "1.13", "1.12", "1.12", "1.13"}},
        {"0.2500001", 1, {"0.3", "0.3", "0.3", "0.3", "0.2", "0.2", "0.3"}},
        {"1250", -2, {"1200", "1300", "1200", "1300", "1200", "1200", "1300"}},
        {"5.5", 6176, {"5.5", "5.5", "5.5", "5.5", "5.5", "5.5", "5.5"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int mode = RD_ROUND_HALF_EVEN; mode <= RD_ROUND_CEILING; mode++) {
            struct rd_decimal out;
            assert_true(rd_decimal_round(number(rows[i].value), rows[i].scale,
                                         (enum rd_rounding)mode, &out));
            assert_int_equal(rd_decimal_compare(out, number(rows[i].expected[mode])), 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_and_writes), cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_compares),         cmocka_unit_test(test_shifts),
        cmocka_unit_test(test_calculates),       cmocka_unit_test(test_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
