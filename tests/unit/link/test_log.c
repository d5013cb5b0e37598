/* One line an event, and no way for a person's text to get into it. */
#include "link/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char last[4096];
static unsigned lines;

static void keep(void *context, struct rd_text line)
{
    (void)context;
    lines++;
    snprintf(last, sizeof last, "%.*s", RD_TEXT_ARG(line));
}

static int setup(void **state)
{
    (void)state;
    lines = 0;
    last[0] = '\0';
    unsetenv("JOURNAL_STREAM");
    rd_log_start("referral-test", RD_LOG_INFO);
    rd_log_to(keep, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rd_log_to(NULL, NULL);
    return 0;
}

static void test_one_line(void **state)
{
    (void)state;
    rd_log(RD_LOG_NOTICE, "feed.open", rd_log_name("feed", RD_TEXT("kgh-pas")),
           rd_log_number("port", 2575), rd_log_words("why", "say \"so\"\nand \x01so\\"),
           rd_log_err(RD_E_BUSY));
    assert_int_equal(last[10], 'T');
    assert_string_equal(last + 24,
                        " notice referral-test feed.open feed=kgh-pas port=2575 "
                        "why=\"say \\\"so\\\"\\nand ?so\\\\\" error=\"busy, try again\"\n");
}

static void test_under_journald(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "8:12345", 1);
    rd_log_start("referral-test", RD_LOG_INFO);
    rd_log(RD_LOG_ERROR, "x", rd_log_number("n", -1));
    assert_string_equal(last, "<3>referral-test x n=-1\n");
    unsetenv("JOURNAL_STREAM");
}

static void test_names_only(void **state)
{
    (void)state;
    char longest[130];
    memset(longest, 'a', 129);
    const struct {
        struct rd_text name;
        const char *shown;
    } rows[] = {
        {RD_TEXT("kgh-pas"), "kgh-pas"},
        {RD_TEXT("7K3Q9-M2X4T.1"), "7K3Q9-M2X4T.1"},
        {RD_TEXT("tcp://127.0.0.1:5701"), "tcp://127.0.0.1:5701"},
        {RD_TEXT("feed:self"), "feed:self"},
        {RD_TEXT_NONE, "-"},
        {RD_TEXT("Ada Example"), "[hidden]"},
        {RD_TEXT("9990000018"), "[hidden]"},
        {RD_TEXT("a\nb"), "[hidden]"},
        {RD_TEXT("a\0b"), "[hidden]"},
        {RD_TEXT("O'Neill"), "[hidden]"},
        {{longest, 129}, "[hidden]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[256];
        rd_log(RD_LOG_INFO, "x", rd_log_name("name", rows[i].name));
        snprintf(expected, sizeof expected, " info referral-test x name=%s\n", rows[i].shown);
        assert_string_equal(last + 24, expected);
    }
    rd_log(RD_LOG_INFO, "x", rd_log_name("name", (struct rd_text){longest, 128}));
    assert_null(strstr(last, "hidden"));
}

static void test_level(void **state)
{
    (void)state;
    rd_log(RD_LOG_DEBUG, "x", rd_log_number("n", 1));
    assert_int_equal(lines, 0);
    rd_log_start("referral-test", RD_LOG_DEBUG);
    rd_log(RD_LOG_DEBUG, "x", rd_log_number("n", 1));
    assert_int_equal(lines, 1);
}

static void test_long_words_are_cut_to_one_line(void **state)
{
    (void)state;
    char words[4000];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    rd_log(RD_LOG_INFO, "x", rd_log_words("a", words), rd_log_words("b", words),
           rd_log_words("c", words));
    assert_int_equal(strlen(last), 2048);
    assert_int_equal(last[2047], '\n');
}

static void test_flood_of_one_id(void **state)
{
    (void)state;
    /* The seconds of the clock may turn meanwhile: at most two bounds' worth. */
    for (int i = 0; i < 1000; i++)
        rd_log(RD_LOG_INFO, "flood", rd_log_number("n", i));
    assert_in_range(lines, 50, 100);
    unsigned before = lines;
    rd_log(RD_LOG_INFO, "another", rd_log_number("n", 1));
    assert_int_equal(lines, before + 1);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(test_one_line),
        LOG_TEST(test_under_journald),
        LOG_TEST(test_names_only),
        LOG_TEST(test_level),
        LOG_TEST(test_long_words_are_cut_to_one_line),
        LOG_TEST(test_flood_of_one_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
