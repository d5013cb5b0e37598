#include "rules/engine/dmn/dmn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { ARENA = 4 << 20 };

#define HEAD "<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' id='d' name='d'>\n"
#define DATA                                                                                       \
    "<inputData id='i1' name='age'><variable name='age' typeRef='number'/></inputData>\n"          \
    "<inputData id='i2' name='source kind'><variable name='source kind' typeRef='string'/>"        \
    "</inputData>\n"
#define NEEDS                                                                                      \
    "<informationRequirement id='r1'><requiredInput href='#i1'/></informationRequirement>"         \
    "<informationRequirement id='r2'><requiredInput href='#i2'/></informationRequirement>\n"
#define COLUMNS                                                                                    \
    "<input id='c1'><inputExpression><text>age</text></inputExpression></input>\n"                 \
    "<input id='c2'><inputExpression typeRef='string'><text>source kind</text>"                    \
    "</inputExpression></input>\n"                                                                 \
    "<output id='o1' name='team' typeRef='string'/>\n<annotation name='why'/>\n"

struct seen {
    unsigned line, column;
    char words[512];
    int count;
};

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    struct seen *seen = context;
    (void)severity;
    if (seen->count++ > 0)
        return;
    seen->line = pos.line;
    seen->column = pos.column;
    snprintf(seen->words, sizeof seen->words, "%s", words);
}

static enum rd_err read(const char *source, struct rd_arena *arena, struct seen *seen,
                        struct rd_dmn *out)
{
    struct rd_dmn_sink sink = {seen, on_found};
    *seen = (struct seen){.words = ""};
    return rd_dmn_read(rd_text_of(source), arena, &sink, out);
}

static const char good[] = HEAD DATA
    "<decision id='x' name='Where'>" NEEDS "<decisionTable id='t' hitPolicy='FIRST'>\n" COLUMNS
    "<rule id='a'><inputEntry id='1'><text>&lt; 18</text></inputEntry>"
    "<inputEntry id='2'><text>-</text></inputEntry>"
    "<outputEntry id='3'><text>\"desk\"</text></outputEntry>"
    "<annotationEntry><text> too young </text></annotationEntry></rule>\n"
    "<rule id='b'><inputEntry id='4'><text></text></inputEntry>"
    "<inputEntry id='5'><text>\"gp\", \"self\"</text></inputEntry>"
    "<outputEntry id='6'><text>\"team\"</text></outputEntry></rule>\n"
    "</decisionTable></decision></definitions>";

static void test_reads_and_decides(void **state)
{
    struct rd_arena arena;
    struct rd_dmn dmn;
    struct seen seen;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    assert_int_equal(read(good, &arena, &seen, &dmn), RD_OK);
    assert_int_equal(seen.count, 0);
    const struct rd_table *table = rd_dmn_table(&dmn, RD_TEXT("Where"));
    assert_non_null(table);
    assert_int_equal(table->hit, RD_HIT_FIRST);
    assert_int_equal(table->inputs[0].type, RD_TYPE_NUMBER);
    assert_true(rd_text_is(table->rules[0].why, "too young"));
    struct rd_value values[2] = {rd_value_int(17), rd_value_text(RD_TEXT("gp"))};
    assert_int_equal(rd_table_decide(table, values).rule, 0);
    values[0] = rd_value_null();
    struct rd_hit hit = rd_table_decide(table, values);
    assert_int_equal(hit.rule, 1);
    struct rd_value team = rd_table_output(table, hit, rd_table_output_index(table, "team"));
    assert_true(rd_text_is(team.as.string, "team"));
    values[1] = rd_value_text(RD_TEXT("hospital"));
    assert_int_equal(rd_table_decide(table, values).rule, RD_NO_RULE);
    rd_arena_fini(&arena);
}

/* A rule's cells, tried within an otherwise good file; its first line is line 10 of the file. */
#define RULE(cells)                                                                                \
    HEAD DATA "<decision id='x' name='Where'>" NEEDS "<decisionTable id='t'>\n" COLUMNS            \
              "<rule id='a'>" cells "</rule></decisionTable></decision></definitions>"
#define CELL(text) "<inputEntry id='1'><text>" text "</text></inputEntry>"
#define OUT(text) "<outputEntry id='3'><text>" text "</text></outputEntry>"
#define TABLE(head) HEAD DATA "<decision id='x' name='Where'>" NEEDS "<decisionTable id='t' " head

static const struct {
    const char *source;
    unsigned line, column;
    const char *words;
} bad[] = {
    {"<a>\n<b></a>", 2, 6, "not well-formed XML: mismatched tag"},
    {"", 1, 1, "not well-formed XML: no element found"},
    {"<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a/>", 1, 13,
     "found a document type; DMN has none: remove it"},
    {"<definitions xmlns='urn:x'/>", 1, 1,
     "found the root element 'definitions' of the namespace 'urn:x'; expected 'definitions' of "
     "DMN 1.1 to 1.6"},
    {HEAD "<scorecard id='b' name='b'/></definitions>", 2, 1,
     "'scorecard' is not supported in 'definitions'"},
    {TABLE("hitPolicy='BEST'/></decision></definitions>"), 5, 1,
     "the hit policy 'BEST' is unknown; expected UNIQUE, FIRST, ANY, PRIORITY, RULE ORDER, OUTPUT "
     "ORDER or COLLECT"},
    {TABLE("/></decision></definitions>"), 5, 1,
     "0 inputs, 0 outputs, 0 rules; expected at most 64, 1 to 64, at most 10000"},
    {TABLE("><input id='c'><inputExpression><text>\n  aeg</text></inputExpression></input>"
           "<output id='o'/></decisionTable></decision></definitions>"),
     6, 3,
     "the input 'aeg' is not among the decision's information requirements (age, source "
     "kind)"},
    {TABLE("><input id='c'><inputExpression typeRef='string'><text>age</text></inputExpression>"
           "</input><output id='o'/></decisionTable></decision></definitions>"),
     5, 38, "the input 'age' is a string here and a number in its inputData; make them equal"},
    {TABLE("><input id='c'><inputExpression typeRef='date'><text>age</text></inputExpression>"
           "</input><output id='o'/></decisionTable></decision></definitions>"),
     5, 38, "the input 'age' is a date here and a number in its inputData; make them equal"},
    {TABLE("><input id='c'><inputExpression typeRef='tAge'><text>age</text></inputExpression>"
           "</input><output id='o'/></decisionTable></decision></definitions>"),
     5, 38,
     "the type 'tAge' is unknown; expected an itemDefinition of this file or a type of FEEL "
     "(string, "
     "number, boolean, date, time, date and time, days and time duration, years and months "
     "duration, "
     "Any)"},
    {RULE(CELL("&lt; \"a\"") CELL("-") OUT("\"t\"")), 10, 39,
     "< \"a\" tests a string; the input 'age' is a number"},
    {RULE(CELL("1,\n \"a\"") CELL("-") OUT("\"t\"")), 11, 2,
     "values of different types in one cell; split it in two rows"},
    {RULE(CELL("1") CELL("-") OUT("5")), 10, 132, "found a number; the output 'team' is a string"},
    {RULE(CELL("1") OUT("\"t\"")), 10, 1,
     "the rule has 1 inputs and 1 outputs; expected 2 and 1, one for each column"},
};

static void test_refuses_with_place(void **state)
{
    struct rd_arena arena;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rd_dmn dmn;
        struct seen seen;
        if (read(bad[i].source, &arena, &seen, &dmn) != RD_E_INVALID)
            fail_msg("not refused: %s", bad[i].words);
        assert_string_equal(seen.words, bad[i].words);
        if (seen.line != bad[i].line || seen.column != bad[i].column)
            fail_msg("%s: at %u:%u", seen.words, seen.line, seen.column);
    }
    rd_arena_fini(&arena);
}

/* What a place's tables may not use, though a model may. */
static const struct {
    const char *source;
    unsigned line, column;
    const char *words;
} not_for_places[] = {
    {HEAD "<decision id='x' name='Where'><literalExpression><text>1</text></literalExpression>"
          "</decision></definitions>",
     2, 1, "the decision 'Where' has no decisionTable"},
    {HEAD DATA "<decision id='y' name='Y'/>\n<decision id='x' name='Where'>"
               "<informationRequirement><requiredDecision href='#y'/></informationRequirement>"
               "<decisionTable><output/></decisionTable></decision></definitions>",
     5, 1,
     "the decision 'Where' requires 'Y', which is no inputData; a place's tables take input data "
     "only"},
    {TABLE("hitPolicy='COLLECT'><output/></decisionTable></decision></definitions>"), 5, 1,
     "the hit policy of 'Where' gives several rules; a place's tables give one: expected UNIQUE, "
     "FIRST, ANY or PRIORITY"},
    {TABLE("><input><inputExpression><text>age + 1</text></inputExpression></input><output/>"
           "</decisionTable></decision></definitions>"),
     5, 48, "the input 'age + 1' is an expression; a place's tables take an input by its name"},
    {TABLE("><output><defaultOutputEntry><text>1 + 1</text></defaultOutputEntry></output>"
           "</decisionTable></decision></definitions>"),
     5, 24, "the default of 'Where' is an expression; expected a literal"},
    {RULE(CELL("? * 2 &gt; 100") CELL("-") OUT("\"t\"")), 10, 39,
     "'? * 2 > 100' is more than a place's cell may ask; expected literals, comparisons with them, "
     "ranges, not() and list contains(?, literal)"},
    {RULE(CELL("1") CELL("-") OUT("source kind")), 10, 132,
     "found the name 'source kind'; expected a literal (a string needs double quotes)"},
    {RULE(CELL("1") CELL("-") OUT("\"a\" + source kind")), 10, 132,
     "found the expression '\"a\" + source kind'; expected a literal"},
};

static void test_a_place_uses_less(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof not_for_places / sizeof not_for_places[0]; i++) {
        struct rd_arena arena;
        struct rd_dmn dmn;
        struct seen seen;
        struct rd_dmn_sink sink = {&seen, on_found};
        const struct rd_table *table = NULL;
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        if (read(not_for_places[i].source, &arena, &seen, &dmn) != RD_OK)
            fail_msg("%s", seen.words);
        assert_int_equal(rd_dmn_place_table(&dmn, RD_TEXT("Where"), &sink, &table), RD_E_INVALID);
        assert_null(table);
        assert_string_equal(seen.words, not_for_places[i].words);
        if (seen.line != not_for_places[i].line || seen.column != not_for_places[i].column)
            fail_msg("%s: at %u:%u", seen.words, seen.line, seen.column);
        assert_int_equal(rd_dmn_place_table(&dmn, RD_TEXT("None"), &sink, &table), RD_E_NOTFOUND);
        rd_arena_fini(&arena);
    }
}

/* The order of the output values decides, whatever the order of the rules; ANY wants one answer. */
static void test_priority_and_any_are_plain(void **state)
{
    static const char *const heads[] = {"hitPolicy='PRIORITY'>", "hitPolicy='ANY'>"};
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char source[4096];
        struct rd_arena arena;
        struct rd_dmn dmn;
        struct seen seen;
        const struct rd_table *table = NULL;
        snprintf(source, sizeof source,
                 TABLE("%s<input><inputExpression><text>age</text></inputExpression></input>"
                       "<output name='team'><outputValues><text>\"a\", \"b\"</text></outputValues>"
                       "</output><rule>" CELL("&gt; 1") OUT("\"b\"") "</rule><rule>" CELL("&gt; 2")
                           OUT("\"a\"") "</rule><rule>" CELL("&gt; 1")
                               OUT("\"b\"") "</rule></decisionTable></decision></definitions>"),
                 heads[i]);
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        assert_int_equal(read(source, &arena, &seen, &dmn), RD_OK);
        assert_int_equal(rd_dmn_place_table(&dmn, RD_TEXT("Where"), NULL, &table), RD_OK);
        struct rd_value age = rd_value_int(2);
        struct rd_hit hit = rd_table_decide(table, &age);
        assert_int_equal(hit.rule, 0);
        assert_int_equal(hit.other, RD_NO_RULE);
        age = rd_value_int(3);
        hit = rd_table_decide(table, &age);
        assert_int_equal(hit.rule, i == 0 ? 1 : 0);
        assert_int_equal(hit.other, i == 0 ? RD_NO_RULE : 1);
        rd_arena_fini(&arena);
    }
}

static void test_depth_is_bounded(void **state)
{
    static char source[70 * 3 + 1];
    struct rd_arena arena;
    struct rd_dmn dmn;
    struct seen seen;
    (void)state;
    for (size_t i = 0; i < 70; i++)
        memcpy(source + 3 * i, "<a>", 3);
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    assert_int_equal(read(source, &arena, &seen, &dmn), RD_E_INVALID);
    assert_string_equal(seen.words, "elements nested more than 64 deep; no DMN file is");
    rd_arena_fini(&arena);
    rd_arena_init(&arena, rd_alloc_heap(), 1024);
    assert_int_equal(read(good, &arena, &seen, &dmn), RD_E_TOOBIG);
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_and_decides), cmocka_unit_test(test_refuses_with_place),
        cmocka_unit_test(test_a_place_uses_less), cmocka_unit_test(test_priority_and_any_are_plain),
        cmocka_unit_test(test_depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
