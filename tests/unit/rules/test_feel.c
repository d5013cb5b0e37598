#include "rules/engine/feel.h"
#include "rules/engine/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { ARENA = 1 << 20 };

static struct rd_value value_of(const char *source, struct rd_arena *arena)
{
    const struct rd_node *node = NULL;
    struct rd_feel_problem problem;
    if (rd_feel_parse_expression(rd_text_of(source), NULL, arena, &node, &problem) != RD_OK)
        fail_msg("%s: %s", source, problem.words);
    return node->as.literal;
}

/* Expected: 1 true, 0 false, 2 cannot tell. */
static const struct {
    const char *tests, *value;
    enum rd_tri expected;
} cases[] = {
    {"-", "18", RD_TRUE},
    {"", "null", RD_TRUE},
    {" - ", "null", RD_TRUE},
    {"18", "18.0", RD_TRUE},
    {"-3", "-3", RD_TRUE},
    {"< 18", "17.9", RD_TRUE},
    {"< 18", "18", RD_FALSE},
    {"<= 18", "18", RD_TRUE},
    {"> -1", "0", RD_TRUE},
    {">= 18", "null", RD_UNKNOWN},
    {"< 18", "\"17\"", RD_UNKNOWN},
    {"= 18", "18", RD_TRUE},
    {"!= 18", "18", RD_FALSE},
    {"[18..65]", "65", RD_TRUE},
    {"[18..65)", "65", RD_FALSE},
    {"(18..65]", "18", RD_FALSE},
    {"]18..65[", "18.5", RD_TRUE},
    {"]18..65[", "65", RD_FALSE},
    {"[-5..-1]", "-3", RD_TRUE},
    {"[\"a\"..\"m\"]", "\"fall\"", RD_TRUE},
    {"[1..9]", "null", RD_UNKNOWN},
    {"1, 2, 3", "3", RD_TRUE},
    {"1, 2, 3", "4", RD_FALSE},
    {"< 0, > 130", "131", RD_TRUE},
    {"\"gp\"", "\"gp\"", RD_TRUE},
    {"\"gp\"", "\"GP\"", RD_FALSE},
    {"\"gp\"", "null", RD_FALSE},
    {"\"gp\"", "1", RD_UNKNOWN},
    {"\"a\\u00e9\\n\"", "\"a\xc3\xa9\\n\"", RD_TRUE},
    {"true", "true", RD_TRUE},
    {"true", "false", RD_FALSE},
    {"null", "null", RD_TRUE},
    {"null", "0", RD_FALSE},
    {"not(\"gp\")", "\"gp\"", RD_FALSE},
    {"not(\"gp\", \"self\")", "\"hospital\"", RD_TRUE},
    {"not(null)", "null", RD_FALSE},
    {"not(\"gp\")", "null", RD_TRUE},
    {"not(< 18)", "null", RD_UNKNOWN},
    {"not([1..3])", "4", RD_TRUE},
    {"[\"gp\", \"self\"]", "\"self\"", RD_TRUE},
    {"[\"gp\", \"self\"]", "\"x\"", RD_FALSE},
    {"list contains(?, \"fall\")", "[\"frailty\", \"fall\"]", RD_TRUE},
    {"list contains(?, \"fall\")", "[]", RD_FALSE},
    {"list contains(?, \"fall\")", "null", RD_UNKNOWN},
    {"not(list contains(?, \"fall\"), list contains(?, \"x\"))", "[\"frailty\"]", RD_TRUE},
    {"[\"a\", \"b\"]", "[\"a\", \"b\"]", RD_TRUE},
    {"/* why */ 1 // one", "1", RD_TRUE},
};

static void test_unary_tests(void **state)
{
    struct rd_arena arena;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rd_node *tests = NULL;
        struct rd_feel_problem problem;
        if (rd_feel_parse_tests(rd_text_of(cases[i].tests), NULL, &arena, &tests, &problem) !=
            RD_OK)
            fail_msg("%s: %s", cases[i].tests, problem.words);
        struct rd_value value = value_of(cases[i].value, &arena);
        if (rd_feel_test(tests, &value) != cases[i].expected)
            fail_msg("%s against %s: %d", cases[i].tests, cases[i].value,
                     (int)rd_feel_test(tests, &value));
    }
    rd_arena_fini(&arena);
}

static void test_refused_by_name(void **state)
{
    static const struct {
        const char *tests;
        size_t offset;
        const char *words;
    } bad[] = {
        {"gp", 0, "the name 'gp' stands where a value is expected; a string needs double quotes"},
        {"\"gp", 0, "this string has no closing quote; add it"},
        {"if a then b", 3,
         "the name 'a' stands where a value is expected; a string needs double quotes"},
        {"? > 1 and", 9, "the text ends; expected a value"},
        {"then", 0, "found then; expected a value"},
        {"< ", 2, "the text ends; expected a value"},
        {"1,", 2, "the text ends; expected a value"},
        {"[1..", 4, "the text ends; expected a value"},
        {"[1..5", 5, "the text ends; expected ']', ')' or '[' at the end of the interval"},
        {"[5..1]", 0, "this interval is empty; write the lower end first"},
        {"[1..\"a\"]", 0,
         "the ends of this interval are a number and a string; expected two of one type that has "
         "an order"},
        {"begins with(?, \"a\")", 0,
         "the function 'begins with' is not known; expected a function of FEEL or of this file"},
        {"@\"2020-13-01\"", 0,
         "no date, time or duration; expected one such as @\"2026-11-21\", @\"10:30:00\" or "
         "@\"PT2H\""},
        {"@1", 1, "found 1; expected a string with a date, time or duration after '@'"},
        {"{a 1}", 4, "found }; expected ':'"},
        {"(1", 2, "the text ends; expected ')'"},
        {"]1]", 2, "found ]; expected '..' and the upper end of the interval"},
        {"? between 1", 11, "the text ends; expected 'and' and the upper end"},
        {"? instance 1", 11, "found 1; expected 'of' after 'instance'"},
        {"? instance of whatever", 14,
         "the type 'whatever' is not known; expected a type of FEEL or of this file"},
        {"for i in [1] 2", 13, "found 2; expected 'return'"},
        {"some i in [1] return 2", 14, "found return; expected 'satisfies'"},
        {"?.", 2, "the text ends; expected a name after '.'"},
        {"function() external {}", 11,
         "external functions are not supported; write the function in FEEL"},
        {"/* why", 0, "this comment does not end; add */"},
        {"1e9999", 0, "this number is outside decimal128's range"},
        {"1 2", 2, "found 2; expected ',' or the end of the text"},
        {"not 1", 4, "found 1; expected '('"},
        {"\"\\ud83d\"", 1, "no character; expected \\uXXXX or \\UXXXXXX with its code"},
        {"\"\\u00zz\"", 1, "no character; expected \\uXXXX or \\UXXXXXX with its code"},
        {"1 ! 2", 2, "found ! 2; expected ',' or the end of the text"},
    };
    struct rd_arena arena;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct rd_node *tests = NULL;
        struct rd_feel_problem problem = {.words = "nothing"};
        enum rd_err err =
            rd_feel_parse_tests(rd_text_of(bad[i].tests), NULL, &arena, &tests, &problem);
        if (err != RD_E_INVALID || strcmp(problem.words, bad[i].words) != 0)
            fail_msg("%s: '%s'", bad[i].tests, problem.words);
        assert_int_equal(problem.offset, bad[i].offset);
        assert_null(tests);
    }
    rd_arena_fini(&arena);
}

static void test_arena_bound(void **state)
{
    struct rd_arena arena;
    const struct rd_node *tests = NULL;
    struct rd_feel_problem problem;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 64);
    assert_int_equal(rd_feel_parse_tests(RD_TEXT("\"a\", \"b\""), NULL, &arena, &tests, &problem),
                     RD_E_TOOBIG);
    rd_arena_fini(&arena);
}

static void test_three_valued_logic(void **state)
{
    static const enum rd_tri f = RD_FALSE, t = RD_TRUE, u = RD_UNKNOWN;
    (void)state;
    assert_int_equal(rd_tri_and(f, u), f);
    assert_int_equal(rd_tri_and(t, u), u);
    assert_int_equal(rd_tri_or(t, u), t);
    assert_int_equal(rd_tri_or(f, u), u);
    assert_int_equal(rd_tri_not(u), u);
    assert_int_equal(rd_tri_not(f), t);
}

static void test_shown(void **state)
{
    (void)state;
    struct rd_value items[3] = {rd_value_text(RD_TEXT("fall")), rd_value_text(RD_TEXT("")),
                                rd_value_int(-7)};
    const struct {
        struct rd_value value;
        const char *text;
    } rows[] = {
        {rd_value_null(), "null"},
        {rd_value_boolean(true), "true"},
        {rd_value_boolean(false), "false"},
        {rd_value_int(81), "81"},
        {rd_value_text(RD_TEXT("gp")), "\"gp\""},
        {rd_value_text(RD_TEXT("")), "\"\""},
        {rd_value_list(items, 0), "[]"},
        {rd_value_list(items, 1), "[\"fall\"]"},
        {rd_value_list(items, 3), "[\"fall\", \"\", -7]"},
    };
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_text shown = rd_value_show(&rows[i].value, &arena);
        assert_true(rd_text_present(shown));
        assert_string_equal(shown.ptr, rows[i].text);
        assert_int_equal(shown.len, strlen(rows[i].text));
    }
    rd_arena_fini(&arena);
    rd_arena_init(&arena, rd_alloc_heap(), 4);
    assert_false(rd_text_present(rd_value_show(&rows[4].value, &arena)));
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unary_tests), cmocka_unit_test(test_refused_by_name),
        cmocka_unit_test(test_arena_bound), cmocka_unit_test(test_three_valued_logic),
        cmocka_unit_test(test_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
