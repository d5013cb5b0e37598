#include "rules/engine/feel.h"
#include "rules/engine/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { ARENA = 64 << 20 };

/* What a row's expressions see, besides FEEL itself. */
static struct rd_value visible[8];
static const char *const visible_names[] = {"Monthly Salary", "a-b",   "x", "date",
                                            "for sale",       "loans", "y", "Student's name"};
enum { VISIBLE = sizeof visible_names / sizeof visible_names[0] };

struct bench {
    struct rd_arena arena;
    struct rd_feel_env env;
    struct rd_feel_note note;
    struct rd_feel_name names[VISIBLE];
    struct rd_feel_names frame;
    struct rd_member members[VISIBLE];
    struct rd_scope scope;
};

static void set_up(struct bench *bench, size_t bytes)
{
    static const struct rd_feel_type number = {.type = RD_TYPE_NUMBER};
    static const struct rd_feel_field fields[] = {{{"due-in days", 11}, &number}};
    static const struct rd_feel_type loan = {
        .type = RD_TYPE_CONTEXT, .fields = fields, .fields_count = 1};
    static const struct rd_feel_type loans = {.type = RD_TYPE_LIST, .item = &loan};
    static struct rd_member due[2];
    static struct rd_context loan_values[2];
    static struct rd_value items[2];
    memset(bench, 0, sizeof *bench);
    rd_arena_init(&bench->arena, rd_alloc_heap(), bytes);
    for (size_t i = 0; i < 2; i++) {
        due[i] = (struct rd_member){RD_TEXT("due-in days"), rd_value_int((int64_t)i + 1)};
        loan_values[i] = (struct rd_context){&due[i], 1};
        items[i] = rd_value_context(&loan_values[i]);
    }
    for (size_t i = 0; i < VISIBLE; i++) {
        visible[i] = rd_value_int((int64_t)i + 100);
        bench->names[i] = (struct rd_feel_name){rd_text_of(visible_names[i]), NULL};
    }
    visible[5] = rd_value_list(items, 2);
    bench->names[5].type = &loans;
    visible[7] = rd_value_text(RD_TEXT("Ann"));
    for (size_t i = 0; i < VISIBLE; i++)
        bench->members[i] = (struct rd_member){bench->names[i].name, visible[i]};
    bench->frame = (struct rd_feel_names){.items = bench->names, .count = VISIBLE};
    bench->scope = (struct rd_scope){NULL, bench->members, VISIBLE};
    rd_feel_env_init(&bench->env, &bench->arena);
    bench->env.scope = &bench->scope;
    bench->env.note = &bench->note;
    bench->env.has_now = rd_date_time_parse(RD_TEXT("2026-11-21T10:30:00Z"), &bench->env.now);
}

static const struct rd_node *parse(struct bench *bench, const char *text)
{
    const struct rd_node *node = NULL;
    struct rd_feel_problem problem;
    if (rd_feel_parse_expression(rd_text_of(text), &bench->frame, &bench->arena, &node, &problem) !=
        RD_OK)
        fail_msg("%s: %zu: %s", text, problem.offset, problem.words);
    return node;
}

static void check(const char *text, const char *expected)
{
    struct bench bench;
    set_up(&bench, ARENA);
    struct rd_value value = rd_feel_eval(&bench.env, parse(&bench, text));
    struct rd_text shown = rd_value_show(&value, &bench.arena);
    if (!rd_text_is(shown, expected))
        fail_msg("%s: %.*s; expected %s (%s)", text, RD_TEXT_ARG(shown), expected,
                 bench.note.words);
    rd_arena_fini(&bench.arena);
}

struct row {
    const char *text, *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(rows[i].text, rows[i].expected);
}
#define CHECK(rows) check_rows(rows, sizeof rows / sizeof rows[0])

static void test_operators(void **state)
{
    static const struct row rows[] = {
        {"1 + 2 * 3", "7"},
        {"(1 + 2) * 3", "9"},
        {"10 - 2 - 3", "5"},
        {"2 ** 3 ** 2", "64"},
        {"-3 ** 2", "9"},
        {"- - 3", "3"},
        {"1 / 3", "0.3333333333333333333333333333333333"},
        {"1 / 0", "null"},
        {"\"a\" + \"b\"", "\"ab\""},
        {"\"a\" + 1", "null"},
        {"1 + null", "null"},
        {"0.1 + 0.2 = 0.3", "true"},
        {"1 = \"1\"", "null"},
        {"1 != null", "true"},
        {"\"a\" < \"b\"", "true"},
        {"1 < null", "null"},
        {"true and null", "null"},
        {"false and null", "false"},
        {"true or 1", "true"},
        {"false or 1", "null"},
        {"not(false)", "true"},
        {"not(1)", "null"},
        {"2 between 1 and 3", "true"},
        {"null between 1 and 3", "null"},
        {"1 in [2, 3, 1]", "true"},
        {"5 in (1, [4..6))", "true"},
        {"5 in not(5)", "false"},
        {"5 in > 4", "true"},
        {"5 in (1 + 2) * 2", "false"},
        {"5 in [(> 7), (< 6)]", "true"},
        {"5 in (null..10]", "null"},
        {"[1..3] = [1..3]", "true"},
        {"[1..3[ = [1..3)", "true"},
        {"]1..3] = (1..3]", "true"},
        {"(< 10) = (< 10)", "true"},
        {"(< 10) = (null..10)", "false"},
        {"[3..1]", "null"},
        {"if 1 < 2 then \"a\" else \"b\"", "\"a\""},
        {"if null then 1 else 2", "2"},
        {"if \"x\" then 1 else 2", "null"},
        {"// why\n1 /* + 2 */ + 3", "4"},
    };
    (void)state;
    CHECK(rows);
}

static void test_names(void **state)
{
    static const struct row rows[] = {
        {"Monthly Salary * 2", "200"},
        {"Monthly   Salary-1", "99"},
        {"a-b + 1", "102"},
        {"for sale", "104"},
        {"Student's name + \"!\"", "\"Ann!\""},
        {"date(\"2026-11-21\").day", "21"},
        {"date + 1", "104"},
        {"loans.due-in days", "[1, 2]"},
        {"loans[due-in days > 1].due-in days", "[2]"},
        {"for l in loans return l.due-in days", "[1, 2]"},
        {"nobody", "null"},
        {"nobody(1)", "null"},
        {"x()", "null"},
        {"{foo+bar: 1, b: foo+bar + 1}.b", "2"},
        {"{\"odd: key\": 1}", "{\"odd: key\": 1}"},
        {"{a: 1, a: 2}", "null"},
        {"{a: 1}.b", "null"},
        {"\"\\u00e9\\ud83d\\udc0e\\d\\\"\"", "\"\xc3\xa9\xf0\x9f\x90\x8e\\\\d\\\"\""},
        {"1\xc2\xa0+\xe2\x80\x83"
         "2",
         "3"},
    };
    (void)state;
    CHECK(rows);
}

static void test_lists(void **state)
{
    static const struct row rows[] = {
        {"[1, 2, 3][1]", "1"},
        {"[1, 2, 3][-1]", "3"},
        {"[1, 2, 3][4]", "null"},
        {"[1, 2, 3][0]", "null"},
        {"[1, 2, 3][item > 1]", "[2, 3]"},
        {"[1, 2, 3][1 + 1]", "2"},
        {"[1, 2, 3][\"x\"]", "null"},
        {"[{a: 1}, {a: null}, {b: 2}][a < 2]", "[{a: 1}]"},
        {"[{item: 1}, {item: 2}][item > 1]", "[{item: 2}]"},
        {"7[1]", "7"},
        {"null[1]", "null"},
        {"[{a: 1}, {b: 2}].a", "[1, null]"},
        {"for i in 1..3 return i * 2", "[2, 4, 6]"},
        {"for i in 3..1 return i", "[3, 2, 1]"},
        {"for i in [1..3) return i", "[1, 2]"},
        {"for i in [1, 2], j in [3, 4] return i * j", "[3, 4, 6, 8]"},
        {"for x in [[1, 2], [3]], y in x return y", "[1, 2, 3]"},
        {"for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"},
        {"for d in @\"2026-02-28\"..@\"2026-03-01\" return d.day", "[28, 1]"},
        {"for i in [] return i", "[]"},
        {"for i in null return i", "null"},
        {"for i in 1..\"a\" return i", "null"},
        {"for i in \"a\" return i", "[\"a\"]"},
        {"some i in [1, 2] satisfies i > 1", "true"},
        {"every i in [1, 2] satisfies i > 1", "false"},
        {"some i in [] satisfies i", "false"},
        {"every i in [] satisfies i", "true"},
        {"some i in [1] satisfies \"x\"", "null"},
        {"every i in [1, 2], j in [3, 4] satisfies i < j", "true"},
    };
    (void)state;
    CHECK(rows);
}

static void test_functions(void **state)
{
    static const struct row rows[] = {
        {"(function(a, b) a + b)(1, 2)", "3"},
        {"(function(a, b) a - b)(b: 1, a: 2)", "1"},
        {"(function(a, b) a)(1)", "null"},
        {"(function(a) a)(b: 1)", "null"},
        {"(function(a: number) a)(\"x\")", "null"},
        {"(function(a: number) a)([1])", "1"},
        {"(function(a: list<number>) a)(1)", "[1]"},
        {"(function(a: date and time) a)(@\"2026-11-21\")", "@\"2026-11-21T00:00:00Z\""},
        {"{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(10)}.r", "3628800"},
        {"{make: function(a) function(b) a * b, r: make(3)(4)}.r", "12"},
        {"(for i in [1, 2] return function() i)[1]()", "1"},
        {"sort([3, 1, 2], function(a, b) a < b)", "[1, 2, 3]"},
        {"{f: abs, r: f(-1)}.r", "1"},
        {"\"abs\"(-1)", "null"},
        {"{f: function(n) f(n + 1), r: f(1)}.r", "null"},
    };
    (void)state;
    CHECK(rows);
}

static void test_types(void **state)
{
    static const struct row rows[] = {
        {"1 instance of number", "true"},
        {"null instance of Any", "false"},
        {"[1] instance of list<number>", "true"},
        {"[1, \"a\"] instance of list<number>", "false"},
        {"{a: 1, b: 2} instance of context<a: number>", "true"},
        {"{b: 2} instance of context<a: number>", "false"},
        {"{a: null} instance of context<a: number>", "true"},
        {"[1..2] instance of range<number>", "true"},
        {"[1..2] instance of range<string>", "false"},
        {"(function(a) a) instance of function<Any> -> Any", "true"},
        {"(function(a) a) instance of function<> -> Any", "false"},
        {"@\"P1D\" instance of days and time duration", "true"},
        {"@\"P1Y\" instance of years and months duration", "true"},
        {"1 instance of whatever", "null"},
    };
    (void)state;
    CHECK(rows);
}

static void test_times(void **state)
{
    static const struct row rows[] = {
        {"@\"2026-03-01\" - @\"2026-02-28\"", "@\"P1D\""},
        {"@\"2024-01-31\" + @\"P1M\"", "@\"2024-02-29\""},
        {"@\"2026-11-21\" + @\"PT36H\"", "@\"2026-11-22\""},
        {"@\"10:00:00\" - @\"PT11H\"", "@\"23:00:00\""},
        {"@\"2026-03-29T00:30:00@Europe/London\" + @\"PT1H\"",
         "@\"2026-03-29T02:30:00@Europe/London\""},
        {"@\"2026-10-25T00:30:00@Europe/London\" + @\"PT2H\"",
         "@\"2026-10-25T01:30:00@Europe/London\""},
        {"@\"2026-07-01T12:00:00@Europe/London\" = @\"2026-07-01T11:00:00Z\"", "true"},
        {"@\"2026-07-01T12:00:00\" = @\"2026-07-01T12:00:00Z\"", "null"},
        {"@\"2026-07-01T12:00:00\" - @\"2026-07-01T12:00:00Z\"", "null"},
        {"@\"2026-01-01T24:00:00\"", "@\"2026-01-02T00:00:00\""},
        {"@\"PT1H\" * 1.5", "@\"PT1H30M\""},
        {"@\"P10Y11M\" / 2.5", "@\"P4Y4M\""},
        {"@\"P10D\" / @\"P5D\"", "2"},
        {"-@\"P1D\"", "@\"-P1D\""},
        {"@\"P1Y\" + @\"P1D\"", "null"},
        {"@\"P1Y\" = @\"P12M\"", "true"},
        {"@\"2026-11-21\".weekday", "6"},
        {"@\"10:30:01.5\".second", "1.5"},
        {"@\"10:30:00\".time offset", "null"},
        {"@\"10:30:00+01:00\".time offset", "@\"PT1H\""},
        {"@\"10:30:00@Europe/Paris\".timezone", "\"Europe/Paris\""},
        {"@\"P1DT2H3M4.5S\".seconds", "4.5"},
        {"@\"-P1Y2M\".months", "-2"},
        {"[1..3).end included", "false"},
        {"(> 3).end", "null"},
        {"now()", "@\"2026-11-21T10:30:00Z\""},
        {"today()", "@\"2026-11-21\""},
        {"week of year(@\"2027-01-01\")", "53"},
        {"day of week(@\"2026-11-21\")", "\"Saturday\""},
        {"date(2026, 2, 29)", "null"},
        {"time(11, 59, 45, duration(\"-PT2H1M\"))", "@\"11:59:45-02:01\""},
        {"time(@\"2026-11-21\")", "@\"00:00:00Z\""},
        {"date and time(@\"2026-11-21\", @\"10:00:00@Asia/Dhaka\")",
         "@\"2026-11-21T10:00:00@Asia/Dhaka\""},
        {"years and months duration(@\"2011-12-22\", @\"2013-08-24\")", "@\"P1Y8M\""},
        {"is(@\"23:00:50Z\", @\"23:00:50+00:00\")", "true"},
        {"is(@\"2026-01-01T00:00:00Z\", @\"2026-01-01T01:00:00+01:00\")", "false"},
        {"time(\"13:20:00@xyz/abc\")", "null"},
        {"duration(\"P1YT1H\")", "null"},
        {"@\"999999999-12-31\" + @\"P1D\"", "null"},
    };
    (void)state;
    CHECK(rows);
}

static void test_builtins(void **state)
{
    static const struct row rows[] = {
        {"substring(\"foobar\", -2, 1)", "\"a\""},
        {"substring(\"foobar\", 0)", "null"},
        {"substring(\"\\U01F40Efoo\", 2)", "\"foo\""},
        {"string length(\"\\U01F40E\")", "1"},
        {"upper case(\"\xc3\xa9t\xc3\xa9 \xd1\x8f\")", "\"\xc3\x89T\xc3\x89 \xd0\xaf\""},
        {"lower case(\"\xc3\x89\")", "\"\xc3\xa9\""},
        {"substring before(\"foobar\", \"bar\")", "\"foo\""},
        {"substring after(\"foobar\", \"x\")", "\"\""},
        {"string join([\"a\", null, \"c\"], \"-\")", "\"a-c\""},
        {"matches(\"a\", \"a\")", "null"},
        {"string([1, \"a\", {b: @\"P1D\"}])", "\"[1, \\\"a\\\", {b: @\\\"P1D\\\"}]\""},
        {"string(@\"10:00:00Z\")", "\"10:00:00Z\""},
        {"number(\"1.000,5\", \".\", \",\")", "1000.5"},
        {"number(\"1,5\", \",\", \",\")", "null"},
        {"count([1, null])", "2"},
        {"min(3, 1, 2)", "1"},
        {"max([])", "null"},
        {"min(1, \"a\")", "null"},
        {"sum([1, 2.5])", "3.5"},
        {"mean(1, 2, 6)", "3"},
        {"median([8, 2, 5, 7])", "6"},
        {"mode([3, 6, 1, 9, 6, 1, 3])", "[1, 3, 6]"},
        {"stddev([2, 2])", "0"},
        {"stddev([1])", "null"},
        {"all([true, null])", "null"},
        {"any([true, 1])", "null"},
        {"sublist([1, 2, 3], -2, 1)", "[2]"},
        {"append([1], 2, [3])", "[1, 2, [3]]"},
        {"append(list: [1], item: 2)", "[1, 2]"},
        {"concatenate([1], [2, 3])", "[1, 2, 3]"},
        {"union([1, 2], [2, 3])", "[1, 2, 3]"},
        {"insert before([1, 3], 2, 2)", "[1, 2, 3]"},
        {"remove([1, 2, 3], -1)", "[1, 2]"},
        {"list replace([1, 2], 1, 9)", "[9, 2]"},
        {"list replace([1, 2], function(item, newItem) item > 1, 9)", "[1, 9]"},
        {"reverse([1, 2])", "[2, 1]"},
        {"index of([1, 2, 1], 1)", "[1, 3]"},
        {"distinct values([1, 1, 2])", "[1, 2]"},
        {"flatten([[1], [[2, 3]], 4])", "[1, 2, 3, 4]"},
        {"list contains([1, null], null)", "true"},
    };
    (void)state;
    CHECK(rows);
}

static void test_numbers_contexts_ranges(void **state)
{
    static const struct row rows[] = {
        {"decimal(2.5, 0)", "2"},
        {"round half up(-2.5, 0)", "-3"},
        {"floor(-1.56, 1)", "-1.6"},
        {"round up(5.5, 6177)", "null"},
        {"modulo(-12, 5)", "3"},
        {"sqrt(2)", "1.414213562373095048801688724209698"},
        {"exp(1)", "2.718281828459045235360287471352662"},
        {"log(10)", "2.302585092994045684017991454684364"},
        {"even(0)", "true"},
        {"odd(1.5)", "false"},
        {"abs(n: -1)", "1"},
        {"abs(number: -1)", "null"},
        {"abs(@\"-P1D\")", "@\"P1D\""},
        {"get value({a: 1}, \"a\")", "1"},
        {"get entries({a: 1})", "[{key: \"a\", value: 1}]"},
        {"context([{key: \"a\", value: 1}])", "{a: 1}"},
        {"context put({a: {b: 1}}, [\"a\", \"b\"], 2)", "{a: {b: 2}}"},
        {"context merge([{a: 1}, {a: 2, b: 3}])", "{a: 2, b: 3}"},
        {"range(\"[1..3]\")", "[1..3]"},
        {"range(\"[1..\\\"a\\\"]\")", "null"},
        {"before([1..5), [5..8])", "true"},
        {"overlaps([1..5], [5..8])", "true"},
        {"meets([1..5], [5..8])", "true"},
        {"includes([1..5), 5)", "false"},
        {"during(3, [1..5])", "true"},
        {"starts([1..3], [1..5])", "true"},
        {"finished by([1..5], 5)", "true"},
        {"coincides([1..5], [1..5))", "false"},
        {"after(\"a\", 1)", "null"},
        {"during(3, (> 1))", "true"},
    };
    (void)state;
    CHECK(rows);
}

/* Tests of a cell that are more than the simple ones. */
static void test_cells(void **state)
{
    static const struct {
        const char *tests, *value;
        enum rd_tri expected;
    } rows[] = {
        {"? > Monthly Salary and ? < 200", "150", RD_TRUE},
        {"> Monthly Salary", "99", RD_FALSE},
        {"[x..Monthly Salary + 5]", "103", RD_TRUE},
        {"x, 7", "102", RD_TRUE},
        {"not(x, 7)", "7", RD_FALSE},
        {"x, > null", "7", RD_UNKNOWN},
        {"even(x)", "5", RD_TRUE},
        {"even(?)", "5", RD_FALSE},
        {"[1..3], [x, 9]", "9", RD_TRUE},
        {"@\"2026-11-21\"", "@\"2026-11-21\"", RD_TRUE},
        {"< date(\"2026-11-21\")", "@\"2026-11-20\"", RD_TRUE},
        {"? instance of string", "\"a\"", RD_TRUE},
        {"starts with(?, \"E18\")", "\"E18 2QD\"", RD_TRUE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench bench;
        struct rd_feel_problem problem;
        const struct rd_node *tests = NULL;
        set_up(&bench, ARENA);
        if (rd_feel_parse_tests(rd_text_of(rows[i].tests), &bench.frame, &bench.arena, &tests,
                                &problem) != RD_OK)
            fail_msg("%s: %s", rows[i].tests, problem.words);
        struct rd_value value = rd_feel_eval(&bench.env, parse(&bench, rows[i].value));
        enum rd_tri truth = rd_feel_test_in(&bench.env, tests, &value);
        if (truth != rows[i].expected)
            fail_msg("%s against %s: %d", rows[i].tests, rows[i].value, (int)truth);
        if (!tests->simple && rd_feel_test(tests, &value) != RD_UNKNOWN)
            fail_msg("%s: the fast path answers", rows[i].tests);
        rd_arena_fini(&bench.arena);
    }
}

/* `head` `count` times, `middle`, `tail` `count` times. */
static struct rd_text repeated(struct rd_arena *arena, const char *head, size_t count,
                               const char *middle, const char *tail)
{
    size_t step = strlen(head), back = strlen(tail), inner = strlen(middle);
    char *text = rd_arena_take(arena, count * (step + back) + inner + 1);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * step, head, step);
        memcpy(text + count * step + inner + i * back, tail, back);
    }
    memcpy(text + count * step, middle, inner);
    return (struct rd_text){text, count * (step + back) + inner};
}

static void test_nesting_is_bounded(void **state)
{
    static const struct {
        const char *head, *middle, *tail;
        size_t most; /* that parses; one more is refused */
    } rows[] = {
        {"(", "1", ")", 31},
        {"[", "1", "]", 31},
        {"if true then ", "1", " else 2", RD_FEEL_DEPTH_MAX - 1},
        {"{a: ", "1", "}", 31},
        {"1 + ", "1", "", RD_FEEL_HEIGHT_MAX - 1},
        {"1 in (", "1", ")", 31},
        {"function() ", "1", "", RD_FEEL_DEPTH_MAX - 1},
        {"(< ", "1", ")", RD_FEEL_DEPTH_MAX - 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t more = 0; more < 2; more++) {
            struct bench bench;
            struct rd_feel_problem problem = {.words = ""};
            const struct rd_node *node = NULL;
            set_up(&bench, ARENA);
            struct rd_text text = repeated(&bench.arena, rows[i].head, rows[i].most + more,
                                           rows[i].middle, rows[i].tail);
            enum rd_err err =
                rd_feel_parse_expression(text, &bench.frame, &bench.arena, &node, &problem);
            if (err != (more == 0 ? RD_OK : RD_E_INVALID))
                fail_msg("%s x %zu: %d %s", rows[i].head, rows[i].most + more, (int)err,
                         problem.words);
            if (node != NULL)
                (void)rd_feel_eval(&bench.env, node);
            rd_arena_fini(&bench.arena);
        }
}

/* Lists of two, whose items are the same list of two, and so on. */
#define DOUBLED                                                                                    \
    "{v0: [1, 1], w0: [1, 1], v1: [v0, v0], w1: [w0, w0], v2: [v1, v1], w2: [w1, w1], "            \
    "v3: [v2, v2], w3: [w2, w2], v4: [v3, v3], w4: [w3, w3], v5: [v4, v4], w5: [w4, w4], "         \
    "v6: [v5, v5], w6: [w5, w5], v7: [v6, v6], w7: [w6, w6], v8: [v7, v7], w8: [w7, w7], "         \
    "v9: [v8, v8], w9: [w8, w8], v10: [v9, v9], w10: [w9, w9], "                                   \
    "v11: [v10, v10], w11: [w10, w10], v12: [v11, v11], w12: [w11, w11], "                         \
    "v13: [v12, v12], w13: [w12, w12], v14: [v13, v13], w14: [w13, w13], "                         \
    "v15: [v14, v14], w15: [w14, w14], v16: [v15, v15], w16: [w15, w15], "                         \
    "v17: [v16, v16], w17: [w16, w16], v18: [v17, v17], w18: [w17, w17], "                         \
    "v19: [v18, v18], w19: [w18, w18], v20: [v19, v19], w20: [w19, w19], "                         \
    "v21: [v20, v20], w21: [w20, w20], v22: [v21, v21], w22: [w21, w21], "                         \
    "v23: [v22, v22], w23: [w22, w22], v24: [v23, v23], w24: [w23, w23], "                         \
    "v25: [v24, v24], w25: [w24, w24], v26: [v25, v25], w26: [w25, w25], "                         \
    "v27: [v26, v26], w27: [w26, w26], v28: [v27, v27], w28: [w27, w27], "                         \
    "v29: [v28, v28], w29: [w28, w28], v30: [v29, v29], w30: [w29, w29], "                         \
    "v31: [v30, v30], w31: [w30, w30], v32: [v31, v31], w32: [w31, w31], "                         \
    "v33: [v32, v32], w33: [w32, w32], v34: [v33, v33], w34: [w33, w33], "                         \
    "v35: [v34, v34], w35: [w34, w34], v36: [v35, v35], w36: [w35, w35], "                         \
    "v37: [v36, v36], w37: [w36, w36], v38: [v37, v37], w38: [w37, w37], "                         \
    "v39: [v38, v38], w39: [w38, w38], v40: [v39, v39], w40: [w39, w39], "

static void test_budgets(void **state)
{
    static const struct {
        const char *text, *note;
    } rows[] = {
        {"for i in 1..10000, j in 1..10000 return 1", "more than 1000000 steps in one evaluation"},
        {"{f: function(n) f(n + 1), r: f(1)}.r", "more than 256 calls inside one another"},
        {"{f: function(n) 1+(1+(1+(1+(1+(1+(1+(1+(1+f(n))))))))), r: f(1)}.r",
         "more than 2048 levels in one evaluation"},
        /* values with one part many times: 2^40 items each */
        {DOUBLED "r: v40 = w40}.r", "more than 1000000 steps in one evaluation"},
        {DOUBLED "r: list contains([v40], w40)}.r", "more than 1000000 steps in one evaluation"},
        {DOUBLED "r: flatten(v40)}.r", "more than 1000000 steps in one evaluation"},
        {DOUBLED "r: string(v40)}.r", "the memory for one evaluation is used up"},
        {"count(flatten(for i in 1..3000 return for j in 1..3000 return j))",
         "more than 1000000 steps in one evaluation"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench bench;
        set_up(&bench, 512U << 20);
        struct rd_value value = rd_feel_eval(&bench.env, parse(&bench, rows[i].text));
        assert_int_equal(value.type, RD_TYPE_NULL);
        assert_string_equal(bench.note.words, rows[i].note);
        rd_arena_fini(&bench.arena);
    }
}

/* With every amount of memory there is an answer, or none and the env says so. */
static void test_memory_is_bounded(void **state)
{
    static const char *const texts[] = {
        "for i in 1..20 return {a: i, b: string(i) + \"x\"}",
        "sort([3, 1, 2], function(a, b) a < b)",
        "[{a: 1}, {a: 2}][a > 1].a",
        "context put({a: {b: 1}}, [\"a\", \"b\"], upper case(\"abc\"))",
        "append(flatten([[1], 2]), range(\"[1..3]\"), get entries({a: 1}))",
    };
    size_t full = 0;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t bytes = 64; bytes < 16384; bytes += 64) {
            struct bench bench;
            struct rd_feel_problem problem;
            const struct rd_node *node = NULL;
            set_up(&bench, bytes);
            enum rd_err err = rd_feel_parse_expression(rd_text_of(texts[i]), &bench.frame,
                                                       &bench.arena, &node, &problem);
            assert_true(err == RD_OK || err == RD_E_TOOBIG);
            struct rd_value value = err == RD_OK ? rd_feel_eval(&bench.env, node) : rd_value_null();
            if (bench.env.full) {
                full++;
                assert_true(bench.note.set);
            } else if (err == RD_OK) {
                assert_int_not_equal(value.type, RD_TYPE_NULL);
            }
            rd_arena_fini(&bench.arena);
        }
    assert_true(full > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operators), cmocka_unit_test(test_names),
        cmocka_unit_test(test_lists),     cmocka_unit_test(test_functions),
        cmocka_unit_test(test_types),     cmocka_unit_test(test_times),
        cmocka_unit_test(test_builtins),  cmocka_unit_test(test_numbers_contexts_ranges),
        cmocka_unit_test(test_cells),     cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_budgets),   cmocka_unit_test(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
