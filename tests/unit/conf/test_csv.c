#include "conf/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rd_errbuf why;
static const char *const columns[] = {"pcds!", "lad!", "ward", "valid_from", NULL};

static void test_cells(void **state)
{
    (void)state;
    struct rd_csv *csv;
    /* Columns in another order than asked for; quotes, doubled quotes, commas, line ends inside. */
    assert_int_equal(rd_csv_parse("t.csv",
                                  RD_TEXT("\xEF\xBB\xBFlad,pcds,ward\r\n"
                                          "E09000026,IG1 1DN,\r\n"
                                          "\"a,\"\"b\"\"\",\"two\nlines\", x \n"
                                          ",\"\",\xC3\xA9"),
                                  columns, &csv, &why),
                     RD_OK);
    static const struct {
        size_t row, column;
        const char *text;
    } rows[] = {
        {0, 0, "IG1 1DN"}, {0, 1, "E09000026"},  {0, 2, ""},
        {1, 1, "a,\"b\""}, {1, 0, "two\nlines"}, {1, 2, " x "},
        {2, 0, ""},        {2, 1, ""},           {2, 2, "\xC3\xA9"},
    };
    assert_int_equal(rd_csv_rows(csv), 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(rd_text_is(rd_csv_cell(csv, rows[i].row, rows[i].column), rows[i].text));
    assert_false(rd_text_present(rd_csv_cell(csv, 0, 3)));
    assert_int_equal(rd_csv_line(csv, 0), 2);
    assert_int_equal(rd_csv_line(csv, 1), 3);
    assert_int_equal(rd_csv_line(csv, 2), 5);
    assert_int_equal(rd_csv_fail(csv, 0, 0, &why, "found %d", 7), RD_E_INVALID);
    assert_string_equal(why.text, "t.csv:2:11: found 7");
    rd_csv_free(csv);
    assert_int_equal(rd_csv_parse("t.csv", RD_TEXT("pcds,lad\n"), columns, &csv, &why), RD_OK);
    assert_int_equal(rd_csv_rows(csv), 0);
    rd_csv_free(csv);
    rd_csv_free(NULL);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *start, *part;
    } rows[] = {
        {"", "t.csv:1:1: found an empty file", "header"},
        {"\xEF\xBB\xBF", "t.csv:1:1: found an empty file", "header"},
        {"pcds,lda\n", "t.csv:1:6: found column 'lda'", "did you mean lad?"},
        {"pcds,lad,lad\n", "t.csv:1:10: found column 'lad' again", "once"},
        {"pcds,ward\n", "t.csv:1:1: found no column 'lad'", "add it"},
        {"pcds,lad\na\n", "t.csv:2:1: found 1 fields, expected 2", "commas"},
        {"pcds,lad\na,b,c\n", "t.csv:2:1: found 3 fields, expected 2", "quote"},
        {"pcds,lad\na,b\n\nc,d\n", "t.csv:3:1: found a blank line", "remove"},
        {"\npcds,lad\n", "t.csv:1:1: found a blank line", "remove"},
        {"pcds,lad\na,\"b\nc\n", "t.csv:2:3: found a quote that is never closed", "add"},
        {"pcds,lad\na,\"b\"c\n", "t.csv:2:6: found text behind a closing quote", "double"},
        {"pcds,lad\na,b\"c\n", "t.csv:2:4: found a quote inside a field", "quote the field"},
        {"pcds,lad\na,b\rc,d\n", "t.csv:2:4: found a lone carriage return", "CRLF"},
        {"pcds,lad\na,b\r", "t.csv:2:4: found a lone carriage return", "CRLF"},
        {"pcds,lad\na,\xff\n", "t.csv:2:3: found bytes that are not UTF-8", "save"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_csv *csv;
        assert_int_equal(rd_csv_parse("t.csv", rd_text_of(rows[i].text), columns, &csv, &why),
                         RD_E_INVALID);
        assert_null(csv);
        if (strncmp(why.text, rows[i].start, strlen(rows[i].start)) != 0 ||
            strstr(why.text, rows[i].part) == NULL)
            fail_msg("got \"%s\", wanted \"%s ... %s\"", why.text, rows[i].start, rows[i].part);
    }
}

static void test_days(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t day; /* -1: refused */
    } rows[] = {
        {"2026-12-24", 20811}, {"1970-01-01", 0},  {"2024-02-29", 19782},
        {"2026-02-29", -1},    {"2026-13-01", -1}, {"26-12-24", -1},
        {"2026-12-24 ", -1},   {"2026/12/24", -1}, {"", -1},
        {"2026-1a-24", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_csv *csv;
        char text[128];
        int64_t day = -1;
        (void)snprintf(text, sizeof text, "pcds,lad,valid_from\na,b,%s\n", rows[i].text);
        assert_int_equal(rd_csv_parse("t.csv", rd_text_of(text), columns, &csv, &why), RD_OK);
        assert_int_equal(rd_csv_day(csv, 0, 3, &day, &why), rows[i].day < 0 ? RD_E_INVALID : RD_OK);
        assert_int_equal(day, rows[i].day);
        if (rows[i].day < 0)
            assert_non_null(strstr(why.text, "t.csv:2:5: found '"));
        rd_csv_free(csv);
    }
}

static void test_read(void **state)
{
    (void)state;
    struct rd_csv *csv;
    assert_int_equal(rd_csv_read(RD_BINARY_DIR "/no/such.csv", columns, &csv, &why), RD_E_IO);
    static const char *const holiday_columns[] = {"date!", "name!", "region", NULL};
    assert_int_equal(rd_csv_read(RD_SOURCE_DIR "/rules/places/redbridge/bank-holidays.csv",
                                 holiday_columns, &csv, &why),
                     RD_OK);
    assert_int_equal(rd_csv_rows(csv), 40);
    rd_csv_free(csv);
    char *bytes = malloc(RD_CSV_BYTES_MAX + 1);
    assert_non_null(bytes);
    memset(bytes, 'x', RD_CSV_BYTES_MAX + 1);
    struct rd_text text = {bytes, RD_CSV_BYTES_MAX + 1};
    assert_int_equal(rd_csv_parse("t.csv", text, columns, &csv, &why), RD_E_TOOBIG);
    static const char header[9] = "pcds,lad\n"; /* without its NUL */
    for (size_t i = 0; i < sizeof header; i++)
        bytes[i] = header[i];
    bytes[12] = ',';
    text.len--;
    assert_int_equal(rd_csv_parse("t.csv", text, columns, &csv, &why), RD_OK);
    rd_csv_free(csv);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
