#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void absent_and_empty_differ(void **state)
{
    (void)state;
    assert_false(rd_text_present(RD_TEXT_NONE));
    assert_false(rd_text_present(rd_text_of(NULL)));
    assert_true(rd_text_present(RD_TEXT("")));
    assert_true(rd_text_present(rd_text_of("")));
    assert_false(rd_text_equal(RD_TEXT_NONE, RD_TEXT("")));
    assert_true(rd_text_equal(RD_TEXT_NONE, RD_TEXT_NONE));
    assert_false(rd_text_is(RD_TEXT_NONE, ""));
    assert_true(rd_text_is(RD_TEXT(""), ""));
}

struct pair {
    struct rd_text a, b;
    int order;
    bool nocase;
};

static void comparisons(void **state)
{
    (void)state;
    const struct pair rows[] = {
        {RD_TEXT("abc"), RD_TEXT("abc"), 0, true}, {RD_TEXT("abc"), RD_TEXT("abd"), -1, false},
        {RD_TEXT("b"), RD_TEXT("abc"), 1, false},  {RD_TEXT("ab"), RD_TEXT("abc"), -1, false},
        {RD_TEXT(""), RD_TEXT("a"), -1, false},    {RD_TEXT_NONE, RD_TEXT("a"), -1, false},
        {RD_TEXT("aBc"), RD_TEXT("AbC"), 1, true}, {RD_TEXT("a\0b"), RD_TEXT("a\0c"), -1, false},
        {RD_TEXT("\xFF"), RD_TEXT("a"), 1, false}, {RD_TEXT("@"), RD_TEXT("`"), -1, false},
        {RD_TEXT("["), RD_TEXT("{"), -1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int order = rd_text_compare(rows[i].a, rows[i].b);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        order = rd_text_compare(rows[i].b, rows[i].a);
        assert_int_equal((order > 0) - (order < 0), -rows[i].order);
        assert_int_equal(rd_text_equal_nocase(rows[i].a, rows[i].b), rows[i].nocase);
        assert_int_equal(rd_text_equal(rows[i].a, rows[i].b), rows[i].order == 0);
        if (rows[i].order == 0)
            assert_int_equal(rd_text_hash(rows[i].a), rd_text_hash(rows[i].b));
        else
            assert_int_not_equal(rd_text_hash(rows[i].a), rd_text_hash(rows[i].b));
    }
}

static void parts(void **state)
{
    (void)state;
    assert_true(rd_text_starts(RD_TEXT("feed:las"), "feed:"));
    assert_true(rd_text_starts(RD_TEXT("feed:"), "feed:"));
    assert_false(rd_text_starts(RD_TEXT("feed"), "feed:"));
    assert_true(rd_text_starts(RD_TEXT_NONE, ""));
    assert_true(rd_text_is(rd_text_trim(RD_TEXT(" \t\v a b\r\n")), "a b"));
    assert_int_equal(rd_text_trim(RD_TEXT("  ")).len, 0);
    assert_false(rd_text_present(rd_text_trim(RD_TEXT_NONE)));
    assert_true(rd_text_is(rd_text_slice(RD_TEXT("abcdef"), 2, 3), "cde"));
    assert_true(rd_text_is(rd_text_slice(RD_TEXT("abcdef"), 4, SIZE_MAX), "ef"));
    assert_true(rd_text_is(rd_text_slice(RD_TEXT("abcdef"), 99, 1), ""));
    assert_false(rd_text_present(rd_text_slice(RD_TEXT_NONE, 1, 1)));
    assert_int_equal(rd_text_find(RD_TEXT("a|b|c"), '|', 0), 1);
    assert_int_equal(rd_text_find(RD_TEXT("a|b|c"), '|', 2), 3);
    assert_int_equal(rd_text_find(RD_TEXT("a|b|c"), '|', 4), 5);
    assert_int_equal(rd_text_find(RD_TEXT("abc"), '|', 9), 3);
}

struct number {
    const char *text;
    bool good;
    int64_t value;
};

static void numbers(void **state)
{
    (void)state;
    static const struct number rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+-1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x1", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 55;
        if (rd_text_to_i64(rd_text_of(rows[i].text), &value) != rows[i].good)
            fail_msg("%s", rows[i].text);
        assert_int_equal(value, rows[i].good ? rows[i].value : 55);
    }
}

/* A second way to say it: decode every candidate code point and encode it again. */
static size_t encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; code >>= 6)
        out[i] = (char)(unsigned char)(0x80 | (code & 0x3F));
    out[0] = (char)(unsigned char)((0xF00 >> len) | code);
    return len;
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        char bytes[5];
        size_t len = encode(code, bytes);
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        if (rd_text_is_utf8((struct rd_text){bytes, len}) == surrogate)
            fail_msg("U+%04X", code);
        if (len > 1 && rd_text_is_utf8((struct rd_text){bytes, len - 1}))
            fail_msg("U+%04X cut short", code);
    }
}

static void what_is_not_utf8(void **state)
{
    (void)state;
    const struct rd_text rows[] = {
        RD_TEXT("a\0b"),
        RD_TEXT("\x80"),
        RD_TEXT("\xC0\x80"),
        RD_TEXT("\xC1\xBF"),
        RD_TEXT("\xE0\x9F\xBF"),
        RD_TEXT("\xED\xA0\x80"),
        RD_TEXT("\xF0\x8F\xBF\xBF"),
        RD_TEXT("\xF4\x90\x80\x80"),
        RD_TEXT("\xF5\x80\x80\x80"),
        RD_TEXT("\xC3\x28"),
        RD_TEXT("\xE2\x82\x28"),
        RD_TEXT("\xFF"),
        RD_TEXT("12345678\xFF"),
        RD_TEXT("1234567\x80"),
        RD_TEXT("1234567\0"),
        RD_TEXT("\0"
                "2345678"),
        RD_TEXT("12345678"
                "123\0"
                "5678"),
        RD_TEXT("12345678"
                "123\x01\0"
                "678"),
        RD_TEXT("12345678"
                "1234567\xC3"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_is_utf8(rows[i]))
            fail_msg("row %zu", i);
    assert_true(rd_text_is_utf8(RD_TEXT_NONE));
    assert_true(rd_text_is_utf8(RD_TEXT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_and_empty_differ),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(parts),
        cmocka_unit_test(numbers),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(what_is_not_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
