#include "rules/engine/value_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { ARENA = 1 << 20 };

/* What is read is written again so. */
static const struct {
    const char *json, *again;
} good[] = {
    {"null", "null"},
    {" true ", "true"},
    {"12345678901234567890.12345678901234", "12345678901234567890.12345678901234"},
    {"0.1", "0.1"},
    {"-1e3", "-1000"},
    {"\"a\\u00e9\\n\\\"\\ud83d\\ude00\"", "\"a\xc3\xa9\\u000a\\\"\xf0\x9f\x98\x80\""},
    {"[1, [], {}]", "[1, [], {}]"},
    {"{\"b\": 1, \"a\": {\"c\": [null]}}", "{\"b\": 1, \"a\": {\"c\": [null]}}"},
};
static const struct {
    const char *json, *why;
} bad[] = {
    {"", "line 1, column 1: expected a value: an object, array, string, number, true, false or "
         "null"},
    {"{\"a\": 1,\n \"a\": 2}", "line 2, column 2: this name stands twice in one object"},
    {"{\"a\" 1}", "line 1, column 6: expected ':'"},
    {"{a: 1}", "line 1, column 2: expected a member's name in double quotes"},
    {"[1 2]", "line 1, column 4: expected ',' or ']'"},
    {"[1] 2", "line 1, column 5: found more behind the value; expected the end"},
    {"\"a", "line 1, column 1: this string has no closing quote; add it"},
    {"\"\\x\"", "line 1, column 3: an escape that JSON does not have"},
    {"\"\\ud83d\"", "line 1, column 4: half of a surrogate pair"},
    {"\"\\u00zz\"", "line 1, column 6: expected four hexadecimal digits after \\u"},
    {"\"\xff\"", "line 1, column 1: this string is not UTF-8"},
    {"nul", "line 1, column 1: expected a value: an object, array, string, number, true, false or "
            "null"},
};

static void test_reads_and_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct rd_arena arena;
        struct rd_buf out;
        struct rd_value value;
        struct rd_errbuf why = {.text = ""};
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        rd_buf_init(&out, rd_alloc_heap());
        if (rd_value_json_read(rd_text_of(good[i].json), &arena, &value, &why) != RD_OK)
            fail_msg("%s: %s", good[i].json, why.text);
        rd_value_json_write(&value, false, &arena, &out);
        rd_buf_put(&out, "", 1);
        assert_string_equal(out.bytes, good[i].again);
        rd_buf_fini(&out);
        rd_arena_fini(&arena);
    }
}

static void test_refuses_with_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rd_arena arena;
        struct rd_value value;
        struct rd_errbuf why = {.text = ""};
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        assert_int_equal(rd_value_json_read(rd_text_of(bad[i].json), &arena, &value, &why),
                         RD_E_MALFORMED);
        assert_string_equal(why.text, bad[i].why);
        rd_arena_fini(&arena);
    }
}

/* At the limit and one past it; a full arena is no crash. */
static void test_bounds(void **state)
{
    char json[2 * (RD_JSON_DEPTH_MAX + 1) + 1];
    (void)state;
    for (size_t depth = RD_JSON_DEPTH_MAX; depth <= RD_JSON_DEPTH_MAX + 1; depth++) {
        struct rd_arena arena;
        struct rd_value value;
        struct rd_errbuf why = {.text = ""};
        memset(json, '[', depth);
        memset(json + depth, ']', depth);
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        enum rd_err err =
            rd_value_json_read((struct rd_text){json, 2 * depth}, &arena, &value, &why);
        assert_int_equal(err, depth == RD_JSON_DEPTH_MAX ? RD_OK : RD_E_MALFORMED);
        rd_arena_fini(&arena);
        rd_arena_init(&arena, rd_alloc_heap(), 64);
        err = rd_value_json_read(RD_TEXT("[1, 2, 3]"), &arena, &value, &why);
        assert_int_equal(err, RD_E_TOOBIG);
        rd_arena_fini(&arena);
    }
}

static void test_indents(void **state)
{
    struct rd_arena arena;
    struct rd_buf out;
    struct rd_value value;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    rd_buf_init(&out, rd_alloc_heap());
    assert_int_equal(
        rd_value_json_read(RD_TEXT("{\"a\": [1, 2], \"b\": {}}"), &arena, &value, NULL), RD_OK);
    rd_value_json_write(&value, true, &arena, &out);
    rd_buf_put(&out, "", 1);
    assert_string_equal(out.bytes, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
    rd_buf_fini(&out);
    rd_arena_fini(&arena);
}

/* Texts become what is declared, and only what they are a text of. */
static void test_given(void **state)
{
    static const struct rd_feel_type date = {.type = RD_TYPE_DATE},
                                     number = {.type = RD_TYPE_NUMBER},
                                     span = {.type = RD_TYPE_DURATION_DAYS},
                                     dates = {.type = RD_TYPE_LIST, .item = &date};
    static const struct rd_feel_field fields[] = {{{"born", 4}, &date}, {{"visits", 6}, &dates}};
    static const struct rd_feel_type person = {
        .type = RD_TYPE_CONTEXT, .fields = fields, .fields_count = 2};
    static const struct {
        const char *json;
        const struct rd_feel_type *type;
        enum rd_type becomes;
    } cases[] = {
        {"\"2026-11-21\"", &date, RD_TYPE_DATE},   {"\"12.50\"", &number, RD_TYPE_NUMBER},
        {"\"twelve\"", &number, RD_TYPE_STRING},   {"\"P1DT2H\"", &span, RD_TYPE_DURATION_DAYS},
        {"\"2026-11-31\"", &date, RD_TYPE_STRING}, {"\"2026-11-21\"", &dates, RD_TYPE_DATE},
        {"\"2026-11-21\"", NULL, RD_TYPE_STRING},
    };
    struct rd_arena arena;
    struct rd_value value;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(rd_value_json_read(rd_text_of(cases[i].json), &arena, &value, NULL),
                         RD_OK);
        assert_int_equal(rd_value_given(value, cases[i].type, &arena).type, cases[i].becomes);
    }
    static const char nested[] =
        "{\"born\": \"1940-02-29\", \"visits\": [\"2026-01-01\", 3], \"x\": \"2026-01-01\"}";
    assert_int_equal(rd_value_json_read(rd_text_of(nested), &arena, &value, NULL), RD_OK);
    value = rd_value_given(value, &person, &arena);
    assert_int_equal(rd_context_get(value.as.context, RD_TEXT("born"))->type, RD_TYPE_DATE);
    const struct rd_value *visits = rd_context_get(value.as.context, RD_TEXT("visits"));
    assert_int_equal(visits->as.list.items[0].type, RD_TYPE_DATE);
    assert_int_equal(visits->as.list.items[1].type, RD_TYPE_NUMBER);
    assert_int_equal(rd_context_get(value.as.context, RD_TEXT("x"))->type, RD_TYPE_STRING);
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_and_writes),
        cmocka_unit_test(test_refuses_with_place),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_indents),
        cmocka_unit_test(test_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
