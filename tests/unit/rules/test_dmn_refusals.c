/* What is no DMN, or more than this engine does, is refused with its line, column and name. */
#include "rules/engine/dmn/dmn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { ARENA = 16 << 20 };

struct seen {
    unsigned line, column;
    char words[512];
};

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    struct seen *seen = context;
    assert_int_equal(severity, RD_SEVERITY_ERROR);
    if (seen->words[0] != '\0')
        return;
    seen->line = pos.line;
    seen->column = pos.column;
    snprintf(seen->words, sizeof seen->words, "%s", words);
}

/* Every case's second line is the file's; each row says where the first finding is. */
#define HEAD                                                                                       \
    "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' namespace='urn:m' "         \
    "xmlns:x='urn:x' name='m'>\n"
#define MODEL(inside) HEAD inside "\n</definitions>"
#define DECISION(inside) MODEL("<decision id='d' name='D'>\n" inside "\n</decision>")
#define TABLE(attributes, inside)                                                                  \
    DECISION("<decisionTable " attributes ">\n" inside "\n</decisionTable>")
#define TEXT "<literalExpression><text>1</text></literalExpression>"

static const struct {
    const char *source;
    unsigned line, column;
    const char *words;
} bad[] = {
    /* files */
    {"<definitions xmlns='http://www.omg.org/spec/DMN/20991231/MODEL/'/>", 1, 1,
     "found the root element 'definitions' of the namespace "
     "'http://www.omg.org/spec/DMN/20991231/MODEL/'; expected 'definitions' of DMN 1.1 to 1.6"},
    {MODEL("<scorecard/>"), 2, 1, "'scorecard' is not supported in 'definitions'"},
    {MODEL("<x:thing/>"), 2, 1,
     "'thing' of the namespace 'urn:x' is not supported outside extensionElements"},
    {MODEL("<inputData id='i' name='I' colour='red'/>"), 2, 1,
     "the attribute 'colour' of 'inputData' is not DMN's"},
    {MODEL("<import name='p' namespace='urn:p' importType='http://www.dmg.org/PMML-4_1'/>"), 2, 1,
     "an import of the type 'http://www.dmg.org/PMML-4_1' is not supported; expected DMN"},
    {MODEL("<import name='p' namespace='urn:p' "
           "importType='https://www.omg.org/spec/DMN/20230324/MODEL/'/>"),
     2, 1, "the import 'p' (namespace urn:p) is not among the files beside this one"},
    /* item definitions */
    {MODEL("<itemDefinition/>"), 2, 1, "itemDefinition without name; add it"},
    {MODEL("<itemDefinition name='t'/>\n<itemDefinition name='t'/>"), 3, 1,
     "a second itemDefinition 't'; rename one"},
    {MODEL("<itemDefinition name='t'>\n <typeRef>colour</typeRef></itemDefinition>"), 2, 1,
     "the type 'colour' is unknown; expected an itemDefinition of this file or a type of FEEL "
     "(string, number, boolean, date, time, date and time, days and time duration, years and "
     "months "
     "duration, Any)"},
    {MODEL("<itemDefinition name='a'><typeRef>b</typeRef></itemDefinition>\n"
           "<itemDefinition name='b'><typeRef>a</typeRef></itemDefinition>"),
     3, 1, "the itemDefinition 'a' is defined by itself"},
    {MODEL("<itemDefinition name='a' isCollection='true'><typeRef>a</typeRef></itemDefinition>"), 2,
     1, "the itemDefinition 'a' is a list of itself"},
    {MODEL("<itemDefinition name='a'>\n<itemComponent name='b'/>\n<itemComponent name='b'/>"
           "</itemDefinition>"),
     4, 1, "a second itemComponent 'b'; rename one"},
    /* the graph */
    {MODEL("<decision id='d'/>"), 2, 1, "a decision without name; add the attribute"},
    {MODEL("<decision id='d' name='D'/>\n<inputData id='i' name='D'/>"), 3, 1,
     "a second inputData named 'D'; rename one"},
    {MODEL("<decision id='d' name='D'/>\n<inputData id='d' name='I'/>"), 3, 1,
     "a second element with the id 'd'; change one"},
    {DECISION("<informationRequirement><requiredInput href='#i'/></informationRequirement>"), 3, 25,
     "requiredInput '#i' names no inputData of this file; expected '#' and its id"},
    {DECISION("<informationRequirement><requiredDecision href='i'/></informationRequirement>"), 3,
     25, "requiredDecision 'i' names no decision of this file; expected '#' and its id"},
    {DECISION("<knowledgeRequirement><requiredKnowledge href='#d'/></knowledgeRequirement>"), 3, 23,
     "requiredKnowledge '#d' names no businessKnowledgeModel or decisionService of this file; "
     "expected '#' and its id"},
    {DECISION("<informationRequirement/>"), 3, 1,
     "informationRequirement without what is required"},
    {MODEL("<decision id='a' name='A'><informationRequirement><requiredDecision href='#b'/>"
           "</informationRequirement></decision>\n"
           "<decision id='b' name='B'><informationRequirement><requiredDecision href='#a'/>"
           "</informationRequirement></decision>"),
     2, 1, "'A' requires itself (A, B, and the first again); remove one requirement"},
    {MODEL("<decisionService id='s' name='S'/>\n<decision id='d' name='D'><knowledgeRequirement>"
           "<requiredKnowledge href='#s'/></knowledgeRequirement></decision>"),
     3, 1, "'D' requires the decisionService 'S', which has no outputDecision; add it there"},
    /* logic */
    {DECISION(TEXT "\n" TEXT), 4, 1, "a second expression in 'decision'; one is expected"},
    {DECISION("<literalExpression expressionLanguage='http://www.w3.org/2001/XMLSchema'/>"), 3, 1,
     "the expression language 'http://www.w3.org/2001/XMLSchema' is not supported; expected FEEL"},
    {DECISION("<literalExpression><importedValues/></literalExpression>"), 3, 20,
     "'importedValues' is not supported in 'literalExpression'"},
    {MODEL("<businessKnowledgeModel id='b' name='B'>\n <encapsulatedLogic kind='Java'/>"
           "</businessKnowledgeModel>"),
     3, 2, "a function of the kind 'Java' is not supported; expected FEEL"},
    {DECISION("<functionDefinition kind='PMML'/>"), 3, 1,
     "a function of the kind 'PMML' is not supported; expected FEEL"},
    {DECISION("<functionDefinition><formalParameter name='a'/>\n<formalParameter name='a'/>"
              "</functionDefinition>"),
     4, 1, "a second formalParameter 'a'; rename one"},
    {DECISION("<context>\n<contextEntry>" TEXT "</contextEntry><contextEntry>" TEXT
              "</contextEntry></context>"),
     4, 1, "a contextEntry without a variable; only the last may have none"},
    {DECISION("<context><contextEntry><variable name='a'/></contextEntry>\n"
              "<contextEntry><variable name='a'/></contextEntry></context>"),
     4, 1, "a second contextEntry 'a'; rename one"},
    {DECISION("<relation><column name='a'/>\n<row>" TEXT TEXT "</row></relation>"), 4, 1,
     "the row has 2 cells; expected 1, one for each column"},
    {DECISION("<invocation><binding><parameter name='p'/></binding></invocation>"), 3, 1,
     "invocation without the function that it calls"},
    {DECISION("<invocation>" TEXT "\n<binding/></invocation>"), 4, 1,
     "a binding without a parameter's name; add it"},
    {DECISION("<conditional><if>" TEXT "</if><then>" TEXT "</then></conditional>"), 3, 1,
     "'conditional' without an expression in 'else'; add it"},
    {DECISION("<filter><in>" TEXT "</in>\n<match/></filter>"), 4, 1,
     "'filter' without an expression in 'match'; add it"},
    {DECISION("<for><in>" TEXT "</in><return>" TEXT "</return></for>"), 3, 1,
     "'for' without iteratorVariable; add it"},
    {DECISION("<some iteratorVariable='x'><in>" TEXT "</in></some>"), 3, 1,
     "'some' without an expression in 'satisfies'; add it"},
    {DECISION("<every iteratorVariable='x'><in>" TEXT "</in>\n<return/></every>"), 4, 1,
     "'return' is not supported in 'every'"},
    /* a name that is not required is not seen; neither is a function that nobody has */
    {MODEL("<inputData id='i' name='I'/><decision id='d' name='D'>\n<literalExpression><text>1 + "
           "\n I</text></literalExpression></decision>"),
     4, 2, "the name 'I' is not known here; a string needs double quotes"},
    {MODEL("<inputData id='i' name='I'/><decision id='d' name='D'>\n<literalExpression><text>"
           "guess(1)</text></literalExpression></decision>"),
     3, 26, "the function 'guess' is not known; expected a function of FEEL or of this file"},
    {DECISION("<context><contextEntry><variable name='a'/><literalExpression>\n<text>\"\" + "
              "guess(1)</text></literalExpression></contextEntry></context>"),
     4, 12, "the function 'guess' is not known; expected a function of FEEL or of this file"},
    {MODEL("<inputData id='i' name='I'/><decision id='d' name='D'>\n<literalExpression><text>"
           "1 +</text></literalExpression></decision>"),
     3, 29, "the text ends; expected a value"},
    /* tables */
    {TABLE("hitPolicy='BEST'", "<output/>"), 3, 1,
     "the hit policy 'BEST' is unknown; expected UNIQUE, FIRST, ANY, PRIORITY, RULE ORDER, OUTPUT "
     "ORDER or COLLECT"},
    {TABLE("hitPolicy='COLLECT' aggregation='MEAN'", "<output/>"), 3, 1,
     "the aggregation 'MEAN' is unknown; expected SUM, COUNT, MIN or MAX"},
    {TABLE("hitPolicy='FIRST' aggregation='SUM'", "<output/>"), 3, 1,
     "the aggregation SUM needs the hit policy COLLECT; found FIRST"},
    {TABLE("hitPolicy='COLLECT' aggregation='SUM'", "<output name='a'/><output name='b'/>"), 3, 1,
     "an aggregation of 2 outputs; expected one output: split the table"},
    {TABLE("hitPolicy='OUTPUT ORDER'", "<output/>"), 3, 1,
     "the hit policy OUTPUT ORDER needs outputValues of an output, the first the most important"},
    {TABLE("", "<output name='a'/>\n<output name='a'/>"), 5, 1, "a second output 'a'; rename one"},
    {TABLE("", "<input/><output/>"), 4, 1, "input without inputExpression; add it"},
    {TABLE("", "<input><inputExpression/></input><output/>"), 4, 8,
     "an empty inputExpression; write what is tested"},
    {TABLE("", "<output/>\n<rule/>"), 5, 1,
     "the rule has 0 inputs and 0 outputs; expected 0 and 1, one for each column"},
};

static enum rd_err read(const char *source, struct rd_arena *arena, struct seen *seen,
                        struct rd_model *out)
{
    struct rd_dmn_sink sink = {seen, on_found};
    struct rd_dmn_file file = {.bytes = rd_text_of(source)};
    *seen = (struct seen){.words = ""};
    return rd_dmn_read_model(&file, 1, arena, &sink, out);
}

static void test_refuses_with_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rd_arena arena;
        struct rd_model model;
        struct seen seen;
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        if (read(bad[i].source, &arena, &seen, &model) != RD_E_INVALID)
            fail_msg("not refused: %s", bad[i].words);
        assert_string_equal(seen.words, bad[i].words);
        if (seen.line != bad[i].line || seen.column != bad[i].column)
            fail_msg("%s: at %u:%u", seen.words, seen.line, seen.column);
        rd_arena_fini(&arena);
    }
}

/* What says nothing about a decision may stand there, in every version of DMN. */
static void test_skips_what_is_for_people(void **state)
{
    static const char *const spaces[] = {"http://www.omg.org/spec/DMN/20151101/dmn.xsd",
                                         "http://www.omg.org/spec/DMN/20180521/MODEL/",
                                         "https://www.omg.org/spec/DMN/20191111/MODEL/",
                                         "https://www.omg.org/spec/DMN/20211108/MODEL/",
                                         "https://www.omg.org/spec/DMN/20230324/MODEL/",
                                         "https://www.omg.org/spec/DMN/20240513/MODEL/",
                                         "http://www.omg.org/spec/DMN/20230324/MODEL/"};
    static const char inside[] =
        "<description>d</description><extensionElements><x:y><decision/></x:y></extensionElements>"
        "<knowledgeSource id='k' name='k'><type>law</type></knowledgeSource>"
        "<textAnnotation id='t'><text>note</text></textAnnotation><association/><group/>"
        "<elementCollection name='e'/><performanceIndicator name='p'/>"
        "<organizationUnit name='o'><decisionMade href='#d'/></organizationUnit>"
        "<decision id='d' name='D' x:colour='red'><question>q</question>"
        "<allowedAnswers>a</allowedAnswers><authorityRequirement><requiredAuthority href='#k'/>"
        "</authorityRequirement><usingTask href='x'/></decision>"
        "<x:DMNDI><x:DMNDiagram/></x:DMNDI></definitions>";
    (void)state;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        char source[2048];
        struct rd_arena arena;
        struct rd_model model;
        struct seen seen;
        snprintf(source, sizeof source, "<definitions xmlns='%s' xmlns:x='urn:x' name='m'>%s",
                 spaces[i], inside);
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        enum rd_err err = read(source, &arena, &seen, &model);
        assert_string_equal(seen.words, "");
        assert_int_equal(err, RD_OK);
        assert_int_equal(model.nodes_count, 1);
        rd_arena_fini(&arena);
    }
}

/* A refusal marks its element and leaves the others usable. */
static void test_marks_what_is_refused(void **state)
{
    struct rd_arena arena;
    struct rd_model model;
    struct seen seen;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA);
    assert_int_equal(read(MODEL("<decision id='a' name='A'>" TEXT "</decision>"
                                "<decision id='b' name='B'><scorecard/></decision>"),
                          &arena, &seen, &model),
                     RD_E_INVALID);
    assert_false(rd_model_find(&model, RD_DRG_DECISION, RD_TEXT("A"))->refused);
    assert_true(rd_model_find(&model, RD_DRG_DECISION, RD_TEXT("B"))->refused);
    assert_null(rd_model_find(&model, RD_DRG_SERVICE, RD_TEXT("A")));
    rd_arena_fini(&arena);
}

static void test_memory_gives_out(void **state)
{
    static const char source[] =
        TABLE("hitPolicy='PRIORITY'", "<output><outputValues><text>1, 2</text></outputValues>"
                                      "</output><rule><outputEntry><text>1</text></outputEntry>"
                                      "</rule>");
    struct seen seen;
    struct rd_model model;
    enum rd_err err = RD_E_TOOBIG;
    (void)state;
    for (size_t bytes = 64; err != RD_OK; bytes += 64) {
        struct rd_arena arena;
        rd_arena_init(&arena, rd_alloc_heap(), bytes);
        err = read(source, &arena, &seen, &model);
        if (err != RD_OK)
            assert_int_equal(err, RD_E_TOOBIG);
        rd_arena_fini(&arena);
        assert_true(bytes < ARENA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_with_place),
        cmocka_unit_test(test_skips_what_is_for_people),
        cmocka_unit_test(test_marks_what_is_refused),
        cmocka_unit_test(test_memory_gives_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
