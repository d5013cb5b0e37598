#include "rules/engine/analysis/check.h"
#include "rules/engine/dmn/dmn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { ARENA = 16 << 20 };

/* A table over age (whole, perhaps null), source (three known values) and needs (a list). */
#define HEAD(hit)                                                                                  \
    "<definitions xmlns='http://www.omg.org/spec/DMN/20180521/MODEL/' id='d' name='d'>"            \
    "<itemDefinition name='tList' isCollection='true'><typeRef>string</typeRef></itemDefinition>"  \
    "<inputData id='i1' name='age'><variable name='age' typeRef='number'/></inputData>"            \
    "<inputData id='i2' name='source'><variable name='source' typeRef='string'/></inputData>"      \
    "<inputData id='i3' name='needs'><variable name='needs' typeRef='tList'/></inputData>"         \
    "<decision id='x' name='T'>"                                                                   \
    "<informationRequirement id='r1'><requiredInput href='#i1'/></informationRequirement>"         \
    "<informationRequirement id='r2'><requiredInput href='#i2'/></informationRequirement>"         \
    "<informationRequirement id='r3'><requiredInput href='#i3'/></informationRequirement>"         \
    "<decisionTable id='t' hitPolicy='" hit "'>"                                                   \
    "<input id='c1'><inputExpression><text>age</text></inputExpression></input>"                   \
    "<input id='c2'><inputExpression><text>source</text></inputExpression></input>"                \
    "<input id='c3'><inputExpression><text>needs</text></inputExpression></input>"                 \
    "<output id='o1' name='team' typeRef='string'/>\n"
#define ROW(age, source, needs)                                                                    \
    "<rule id='r'><inputEntry id='1'><text>" age "</text></inputEntry>"                            \
    "<inputEntry id='2'><text>" source "</text></inputEntry>"                                      \
    "<inputEntry id='3'><text>" needs "</text></inputEntry>"                                       \
    "<outputEntry id='4'><text>\"a\"</text></outputEntry></rule>\n"
#define TAIL "</decisionTable></decision></definitions>"
#define HAS(need) "list contains(?, \"" need "\")"

static const struct {
    const char *source, *findings; /* one a line: severity letter, line, words */
} cases[] = {
    {HEAD("UNIQUE") ROW("&lt; 18", "-", "-") ROW("&gt;= 18", "-", "-") ROW("null", "-", "-") TAIL,
     ""},
    {HEAD("UNIQUE") ROW("&lt;= 17", "-", "-") ROW("&gt;= 18", "-", "-") TAIL,
     "W1 no rule of 'T' is for age null; add one, or a defaultOutputEntry\n"},
    {HEAD("UNIQUE") ROW("&lt;= 18", "\"gp\"", "-") ROW("[18..20]", "\"gp\", \"self\"", "-")
         ROW("null, &gt; 20", "-", "-") ROW("&lt;= 20", "\"hospital\"", "-")
             ROW("&lt; 18", "\"self\"", "-") TAIL,
     "E3 rules 1 and 2 of 'T' both match age 18, source \"gp\"; its hit policy is UNIQUE: narrow "
     "one of them\n"},
    {HEAD("FIRST") ROW("&lt; 18", "-", "-") ROW("&gt;= 65", "\"gp\"", "-")
         ROW("[70..80], 3", "\"gp\"", HAS("fall")) ROW("-", "-", "-") TAIL,
     "E4 rule 3 of 'T' is never reached: the rules above it take everybody it is for; move it up "
     "or remove it\n"},
    {HEAD("FIRST") ROW("-", "-", HAS("a")) ROW("-", "-", HAS("b"))
         ROW("-", "-", HAS("a") ", " HAS("b")) ROW("-", "-", "-") TAIL,
     "E4 rule 3 of 'T' is never reached: the rules above it take everybody it is for; move it up "
     "or remove it\n"},
    {HEAD("FIRST") ROW("-", "-", HAS("a")) ROW("-", "-", "not(" HAS("a") ", " HAS("b") ")") TAIL,
     "W1 no rule of 'T' is for needs [\"b\"]; add one, or a defaultOutputEntry\n"},
    {HEAD("FIRST") ROW("-", "\"pg\"", "-") ROW("-", "-", "-") TAIL,
     "E2 \"pg\" is no value of 'source'; expected one of gp, self, hospital\n"},
    {HEAD("UNIQUE") ROW("&lt; 18", "\"pg\"", "-") ROW("&lt; 18", "\"gp\"", "-")
         ROW("[10..20]", "\"gp\"", "-") TAIL,
     "E2 \"pg\" is no value of 'source'; expected one of gp, self, hospital\n"
     "E4 rules 2 and 3 of 'T' both match age 10, source \"gp\"; its hit policy is UNIQUE: narrow "
     "one of them\n"},
    {HEAD("FIRST") ROW("-", "null", "-") ROW("-", "-", "-") TAIL,
     "E2 rule 1 can never match: no 'source' is null\n"},
    {HEAD("FIRST") ROW("-", "-",
                       HAS("a") "," HAS("b") "," HAS("c") "," HAS("d") "," HAS("e") "," HAS(
                           "f") "," HAS("g") "," HAS("h") "," HAS("i")) TAIL,
     "W1 no rule of 'T' is for needs []; add one, or a defaultOutputEntry\n"},
    {HEAD("ANY") ROW("&lt; 18", "-", "-") ROW("&lt; 20", "\"gp\"", "-") ROW("-", "-", "-") TAIL,
     ""},
};

struct seen {
    char text[4096];
};

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    struct seen *seen = context;
    size_t len = strlen(seen->text);
    char letter = severity == RD_SEVERITY_ERROR ? 'E' : severity == RD_SEVERITY_WARNING ? 'W' : 'I';
    snprintf(seen->text + len, sizeof seen->text - len, "%c%u %s\n", letter, pos.line, words);
}

static void test_findings(void **state)
{
    static const struct rd_text sources[] = {{"gp", 2}, {"self", 4}, {"hospital", 8}};
    const struct rd_input_domain domains[] = {
        {.name = RD_TEXT("age"), .type = RD_TYPE_NUMBER, .nullable = true, .whole = true},
        {.name = RD_TEXT("source"), .type = RD_TYPE_STRING, .values = sources, .values_count = 3},
        {.name = RD_TEXT("needs"), .type = RD_TYPE_LIST}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_arena arena;
        struct rd_dmn dmn;
        struct seen seen = {.text = ""};
        struct rd_dmn_sink sink = {&seen, on_found};
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        if (rd_dmn_read(rd_text_of(cases[i].source), &arena, &sink, &dmn) != RD_OK)
            fail_msg("%s", seen.text);
        enum rd_err err = rd_table_check(&dmn.tables[0], domains, NULL, &arena,
                                         &(struct rd_check_sink){&seen, on_found});
        assert_string_equal(seen.text, cases[i].findings);
        assert_int_equal(err, seen.text[0] == 'E' ? RD_E_INVALID : RD_OK);
        rd_arena_fini(&arena);
    }
}

/* Numbers that need not be whole: there is something between 17 and 18. */
static void test_between_numbers(void **state)
{
    const struct rd_input_domain domains[] = {{.name = RD_TEXT("age"), .type = RD_TYPE_NUMBER},
                                              {.name = RD_TEXT("source"), .type = RD_TYPE_STRING},
                                              {.name = RD_TEXT("needs"), .type = RD_TYPE_LIST}};
    struct rd_arena arena;
    struct rd_dmn dmn;
    struct seen seen = {.text = ""};
    struct rd_dmn_sink sink = {&seen, on_found};
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    assert_int_equal(rd_dmn_read(rd_text_of(HEAD("UNIQUE") ROW("&lt;= 17", "-", "-")
                                                ROW("&gt;= 18", "-", "-") TAIL),
                                 &arena, &sink, &dmn),
                     RD_OK);
    assert_int_equal(rd_table_check(&dmn.tables[0], domains, NULL, &arena,
                                    &(struct rd_check_sink){&seen, on_found}),
                     RD_OK);
    assert_string_equal(seen.text,
                        "W1 no rule of 'T' is for age 17.1; add one, or a defaultOutputEntry\n");
    rd_arena_fini(&arena);
}

/* Two columns of age, and one of what was asked for, "two-hour" above "routine". */
#define PAIR(hit, fallback)                                                                        \
    "<definitions xmlns='http://www.omg.org/spec/DMN/20180521/MODEL/' id='d' name='d'>"            \
    "<inputData id='i1' name='age'><variable name='age' typeRef='number'/></inputData>"            \
    "<inputData id='i2' name='asked'><variable name='asked' typeRef='string'/></inputData>"        \
    "<decision id='x' name='T'>"                                                                   \
    "<informationRequirement id='r1'><requiredInput href='#i1'/></informationRequirement>"         \
    "<informationRequirement id='r2'><requiredInput href='#i2'/></informationRequirement>"         \
    "<decisionTable id='t' hitPolicy='" hit "'>"                                                   \
    "<input id='c1'><inputExpression><text>age</text></inputExpression></input>"                   \
    "<input id='c2'><inputExpression><text>age</text></inputExpression></input>"                   \
    "<input id='c3'><inputExpression><text>asked</text></inputExpression></input>"                 \
    "<output id='o1' name='urgency' typeRef='string'>" fallback "</output>\n"
#define PAIR_ROW(from, until, asked, urgency)                                                      \
    "<rule id='r'><inputEntry id='1'><text>&gt;= " from "</text></inputEntry>"                     \
    "<inputEntry id='2'><text>&lt; " until "</text></inputEntry>"                                  \
    "<inputEntry id='3'><text>" asked "</text></inputEntry>"                                       \
    "<outputEntry id='4'><text>\"" urgency "\"</text></outputEntry></rule>\n"
#define LOWERED                                                                                    \
    "rules may raise an urgency, never lower it; leave it out here, or let a rule above take "     \
    "these\n"

static const struct {
    const char *source, *findings;
} pairs[] = {
    {PAIR("UNIQUE", "") PAIR_ROW("0", "18", "-", "two-hour") PAIR_ROW("18", "200", "-", "two-hour")
         TAIL,
     "W1 no rule of 'T' is for age -1; add one, or a defaultOutputEntry\n"},
    {PAIR("UNIQUE", "") PAIR_ROW("0", "19", "-", "two-hour") PAIR_ROW("18", "200", "-", "two-hour")
         TAIL,
     "E3 rules 1 and 2 of 'T' both match age 18; its hit policy is UNIQUE: narrow one of them\n"
     "W1 no rule of 'T' is for age -1; add one, or a defaultOutputEntry\n"},
    {PAIR("UNIQUE", "<defaultOutputEntry><text>\"two-hour\"</text></defaultOutputEntry>")
         PAIR_ROW("60", "40", "-", "two-hour") TAIL,
     "E2 rule 1 can never match: no 'age' passes the cells of all its columns\n"},
    /* No cell tells one urgency from another: the rule takes all of them. */
    {PAIR("FIRST", "<defaultOutputEntry><text>\"two-hour\"</text></defaultOutputEntry>")
         PAIR_ROW("0", "200", "-", "routine") TAIL,
     "E2 rule 1 of 'T' says \"routine\" also when 'asked' is \"two-hour\" (age 0, asked "
     "\"two-hour\"): " LOWERED},
    /* Whom no rule takes is given the default. */
    {PAIR("FIRST", "<defaultOutputEntry><text>\"routine\"</text></defaultOutputEntry>")
         PAIR_ROW("0", "200", "-", "two-hour") TAIL,
     "E1 the default output of 'T' says \"routine\" also when 'asked' is \"two-hour\" (age -1, "
     "asked \"two-hour\"): " LOWERED},
    {PAIR("FIRST", "<defaultOutputEntry><text>\"routine\"</text></defaultOutputEntry>")
         PAIR_ROW("-9999", "9999", "\"two-hour\"", "two-hour")
             PAIR_ROW("-9999", "9999", "null", "routine") TAIL,
     "E1 the default output of 'T' says \"routine\" also when 'asked' is \"two-hour\" (age -10000, "
     "asked \"two-hour\"): " LOWERED},
};

static void test_columns_of_one_input_and_what_was_asked_for(void **state)
{
    static const struct rd_text urgencies[] = {{"two-hour", 8}, {"routine", 7}};
    const struct rd_input_domain age = {
        .name = RD_TEXT("age"), .type = RD_TYPE_NUMBER, .whole = true};
    const struct rd_input_domain domains[] = {age,
                                              age,
                                              {.name = RD_TEXT("asked"),
                                               .type = RD_TYPE_STRING,
                                               .nullable = true,
                                               .values = urgencies,
                                               .values_count = 2}};
    const struct rd_check_order order = {
        .output = 0, .input = 2, .asked = RD_TEXT("asked"), .order = urgencies, .order_count = 2};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct rd_arena arena;
        struct rd_dmn dmn;
        struct seen seen = {.text = ""};
        struct rd_dmn_sink sink = {&seen, on_found};
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        if (rd_dmn_read(rd_text_of(pairs[i].source), &arena, &sink, &dmn) != RD_OK)
            fail_msg("%s", seen.text);
        enum rd_err err = rd_table_check(&dmn.tables[0], domains, &order, &arena,
                                         &(struct rd_check_sink){&seen, on_found});
        assert_int_equal(err, seen.text[0] == 'E' ? RD_E_INVALID : RD_OK);
        assert_string_equal(seen.text, pairs[i].findings);
        rd_arena_fini(&arena);
    }
}

/* Nobody is younger than nought. */
static void test_natural_numbers(void **state)
{
    static const struct {
        const char *source, *findings;
    } rows[] = {
        {HEAD("UNIQUE") ROW("&gt;= 0", "-", "-") TAIL, ""},
        {HEAD("UNIQUE") ROW("[-5..17]", "-", "-") TAIL,
         "W1 no rule of 'T' is for age 18; add one, or a defaultOutputEntry\n"},
        {HEAD("UNIQUE") ROW("&gt;= 18", "-", "-") TAIL,
         "W1 no rule of 'T' is for age 17; add one, or a defaultOutputEntry\n"},
        {HEAD("UNIQUE") ROW("&lt; 0", "-", "-") ROW("&gt; -1", "-", "-") TAIL,
         "E2 rule 1 can never match: no 'age' is < 0\n"},
    };
    const struct rd_input_domain domains[] = {
        {.name = RD_TEXT("age"), .type = RD_TYPE_NUMBER, .whole = true, .natural = true},
        {.name = RD_TEXT("source"), .type = RD_TYPE_STRING},
        {.name = RD_TEXT("needs"), .type = RD_TYPE_LIST}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_arena arena;
        struct rd_dmn dmn;
        struct seen seen = {.text = ""};
        struct rd_dmn_sink sink = {&seen, on_found};
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        assert_int_equal(rd_dmn_read(rd_text_of(rows[i].source), &arena, &sink, &dmn), RD_OK);
        enum rd_err err = rd_table_check(&dmn.tables[0], domains, NULL, &arena,
                                         &(struct rd_check_sink){&seen, on_found});
        assert_int_equal(err, seen.text[0] == 'E' ? RD_E_INVALID : RD_OK);
        assert_string_equal(seen.text, rows[i].findings);
        rd_arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_findings),
        cmocka_unit_test(test_between_numbers),
        cmocka_unit_test(test_natural_numbers),
        cmocka_unit_test(test_columns_of_one_input_and_what_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
