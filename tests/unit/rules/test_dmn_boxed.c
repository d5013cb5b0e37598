/* Boxed expressions, item definitions and the decision graph, evaluated. */
#include "model_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ENTRY(name, inside) "<contextEntry><variable name='" name "'/>" inside "</contextEntry>"
#define RESULT(inside) "<contextEntry>" inside "</contextEntry>"
#define PARAMETER(name, type) "<formalParameter name='" name "' typeRef='" type "'/>"
#define KNOWLEDGE(id, name, inside)                                                                \
    "<businessKnowledgeModel id='" id "' name='" name "'><variable name='" name                    \
    "'/><encapsulatedLogic>" inside "</encapsulatedLogic></businessKnowledgeModel>\n"
#define BIND(name, inside) "<binding><parameter name='" name "'/>" inside "</binding>"
#define PART(name, inside) "<" name ">" inside "</" name ">"

static const struct model_case boxed[] = {
    /* literals, contexts */
    {ONLY(FEEL("1 + 1")), "D", NULL, "2", NULL, 0},
    {ONLY(FEEL("")), "D", NULL, "null", NULL, 0},
    {ONLY(""), "D", NULL, "null", NULL, 0},
    {ONLY(FEEL("\n0.1 + nothing")), "D", NULL, "null", "nothing is called 'nothing' here", 3},
    {ONLY("<context>" ENTRY("Net Pay", FEEL("100")) ENTRY("b", FEEL("Net Pay * 2")) "</context>"),
     "D", NULL, "{\"Net Pay\": 100, \"b\": 200}", NULL, 0},
    {ONLY("<context>" ENTRY("a", FEEL("[1, 2]")) RESULT(FEEL("count(a)")) "</context>"), "D", NULL,
     "2", NULL, 0},
    {ONLY("<context/>"), "D", NULL, "{}", NULL, 0},
    {ONLY("<context>" ENTRY("f", "<functionDefinition>" PARAMETER("x", "number")
                                     FEEL("x * x") "</functionDefinition>")
              RESULT(FEEL("f(7)")) "</context>"),
     "D", NULL, "49", NULL, 0},
    {ONLY("<context>" ENTRY("k", FEEL("10")) ENTRY("f", "<functionDefinition>" PARAMETER("x", "Any")
                                                            FEEL("x + k") "</functionDefinition>")
              RESULT("<invocation>" FEEL("f") BIND("x", FEEL("1")) "</invocation>") "</context>"),
     "D", NULL, "11", NULL, 0},
    /* lists, relations */
    {ONLY("<list>" FEEL("1") "<context>" ENTRY("a", FEEL("2")) "</context></list>"), "D", NULL,
     "[1, {\"a\": 2}]", NULL, 0},
    {ONLY("<relation><column name='n'/><column name='unit price' typeRef='number'/><row>" FEEL(
         "\"x\"") FEEL("1.50") "</row><row>" FEEL("\"y\"") FEEL("\"dear\"") "</row></relation>"),
     "D", NULL, "[{\"n\": \"x\", \"unit price\": 1.5}, {\"n\": \"y\", \"unit price\": null}]", "",
     0},
    /* conditional, filter, loops */
    {ONLY("<conditional>" PART("if", FEEL("1 &lt; 2")) PART("then", FEEL("\"y\""))
              PART("else", FEEL("\"n\"")) "</conditional>"),
     "D", NULL, "\"y\"", NULL, 0},
    {ONLY("<conditional>" PART("if", FEEL("null")) PART("then", FEEL("\"y\""))
              PART("else", FEEL("\"n\"")) "</conditional>"),
     "D", NULL, "\"n\"", NULL, 0},
    {ONLY("<conditional>" PART("if", FEEL("7")) PART("then", FEEL("\"y\""))
              PART("else", FEEL("\"n\"")) "</conditional>"),
     "D", NULL, "null", "the condition gives a number; expected a boolean", 2},
    {ONLY("<filter>" PART("in", FEEL("[1, 5, 9]")) PART("match", FEEL("item &gt; 2")) "</filter>"),
     "D", NULL, "[5, 9]", NULL, 0},
    {ONLY("<filter>" PART("in", FEEL("[{a: 1}, {a: 2}]")) PART("match", FEEL("a = 2")) "</filter>"),
     "D", NULL, "[{\"a\": 2}]", NULL, 0},
    {ONLY("<filter>" PART("in", FEEL("3")) PART("match", FEEL("item = 3")) "</filter>"), "D", NULL,
     "[3]", NULL, 0},
    {ONLY("<filter>" PART("in", FEEL("[1]")) PART("match", FEEL("\"a\"")) "</filter>"), "D", NULL,
     "null", "the match of the filter gives a string; expected a boolean", 2},
    {ONLY("<for iteratorVariable='n'>" PART("in", FEEL("[1, 2, 3]"))
              PART("return", FEEL("n + count(partial)")) "</for>"),
     "D", NULL, "[1, 3, 5]", NULL, 0},
    {ONLY("<for iteratorVariable='n'>" PART("in", FEEL("1")) PART("return", FEEL("n")) "</for>"),
     "D", NULL, "null", "the collection to iterate over gives a number; expected a list", 2},
    {ONLY("<some iteratorVariable='n'>" PART("in", FEEL("[1, 5]"))
              PART("satisfies", FEEL("n &gt; 4")) "</some>"),
     "D", NULL, "true", NULL, 0},
    {ONLY("<every iteratorVariable='n'>" PART("in", FEEL("[1, 5]"))
              PART("satisfies", FEEL("n &gt; 4")) "</every>"),
     "D", NULL, "false", NULL, 0},
    {ONLY("<every iteratorVariable='n'>" PART("in", FEEL("[]"))
              PART("satisfies", FEEL("n &gt; 4")) "</every>"),
     "D", NULL, "true", NULL, 0},
    {ONLY("<some iteratorVariable='n'>" PART("in", FEEL("[1]"))
              PART("satisfies", FEEL("n")) "</some>"),
     "D", NULL, "null", "the condition gives a number; expected a boolean", 2},
    /* a function that never ends: bounded, not a crash */
    {ONLY("<context>" ENTRY("f", "<functionDefinition>" PARAMETER("g", "Any")
                                     FEEL("g(g)") "</functionDefinition>")
              RESULT(FEEL("f(f)")) "</context>"),
     "D", NULL, "null", "", 0},
};

#define PAY                                                                                        \
    KNOWLEDGE("k", "pay rate",                                                                     \
              PARAMETER("hours", "number") PARAMETER("rate", "number") FEEL("hours * rate"))
#define SERVICE                                                                                    \
    "<decisionService id='s' name='S'><outputDecision href='#o'/><inputDecision href='#i'/>"       \
    "<inputData href='#a'/></decisionService>" DECISION(                                           \
        "o", "O", NEEDS_DECISION("i") NEEDS_INPUT("a") FEEL("a - I"))                              \
        DECISION("i", "I", FEEL("1000")) INPUT("a", "a", "number")

static const struct model_case graphs[] = {
    {MODEL(INPUT("m", "Monthly Salary", "number")
               DECISION("y", "Yearly Salary", NEEDS_INPUT("m") FEEL("12 * Monthly Salary"))
                   DECISION("d", "D", NEEDS_DECISION("y") FEEL("Yearly Salary + 0.5"))),
     "D", "{\"Monthly Salary\": 1000.10}", "12001.7", NULL, 0},
    {MODEL(INPUT("m", "m", "number") DECISION("d", "D", NEEDS_INPUT("m") FEEL("m"))), "D", NULL,
     "null", NULL, 0},
    {MODEL(INPUT("m", "m", "number") DECISION("d", "D", NEEDS_INPUT("m") FEEL("m = null"))), "D",
     "{\"m\": \"12\"}", "true", "", 2},
    {MODEL(PAY DECISION("d", "D", NEEDS_KNOWLEDGE("k") FEEL("pay rate(8, 12.5)"))), "D", NULL,
     "100", NULL, 0},
    {MODEL(PAY DECISION("d", "D",
                        NEEDS_KNOWLEDGE("k") "<invocation>" FEEL("pay rate")
                            BIND("rate", FEEL("12.5")) BIND("hours", FEEL("8")) "</invocation>")),
     "D", NULL, "100", NULL, 0},
    {MODEL(PAY DECISION("d", "D",
                        NEEDS_KNOWLEDGE("k") "<invocation>" FEEL("pay rate")
                            BIND("wage", FEEL("12.5")) "</invocation>")),
     "D", NULL, "null", "the function has no parameter 'wage'", 3},
    {ONLY("<invocation>" FEEL("1") "</invocation>"), "D", NULL, "null",
     "the invocation calls a number, not a function", 2},
    {MODEL(SERVICE), "S", "{\"a\": 5, \"I\": 2}", "3", NULL, 0},
    {MODEL(SERVICE), "O", "{\"a\": 5}", "-995", NULL, 0},
    {MODEL(SERVICE DECISION("d", "D", NEEDS_KNOWLEDGE("s") FEEL("S(10, 4)"))), "D", NULL, "6", NULL,
     0},
    {MODEL(SERVICE DECISION("d", "D", NEEDS_KNOWLEDGE("s") FEEL("S(I: 4, a: 10)"))), "D", NULL, "6",
     NULL, 0},
    {MODEL("<decisionService id='s' name='S'><outputDecision href='#a'/><outputDecision href='#b'/>"
           "</decisionService>" DECISION("a", "A a", FEEL("1")) DECISION("b", "B", FEEL("2"))),
     "S", NULL, "{\"A a\": 1, \"B\": 2}", NULL, 0},
    /* Camunda: the variable has a name of its own, and that is what is seen */
    {MODEL(DECISION("s", "Season", "<variable name='season'/>" FEEL("\"winter\""))
               DECISION("d", "D", NEEDS_DECISION("s") FEEL("season + \"!\""))),
     "D", NULL, "\"winter!\"", NULL, 0},
    {MODEL("<inputData id='i' name='Type of day'><variable name='dayType' typeRef='string'/>"
           "</inputData>\n" DECISION("d", "D", NEEDS_INPUT("i") FEEL("dayType"))),
     "D", "{\"Type of day\": \"bank holiday\"}", "\"bank holiday\"", NULL, 0},
    /* no input data at all, as dmn.io writes: what is given is in sight */
    {ONLY(FEEL("season + 1")), "D", "{\"season\": 1}", "2", NULL, 0},
};

#define ITEM(name, inside) "<itemDefinition name='" name "'>" inside "</itemDefinition>"
#define LIST(name, inside)                                                                         \
    "<itemDefinition name='" name "' isCollection='true'>" inside "</itemDefinition>"
#define TYPE(name) "<typeRef>" name "</typeRef>"
#define ALLOWED(values) "<allowedValues><text>" values "</text></allowedValues>"
#define FIELD(name, type) "<itemComponent name='" name "'>" TYPE(type) "</itemComponent>"
/* D is of that type and has that value. */
#define TYPED(items, type, value)                                                                  \
    MODEL(items DECISION("d", "D", "<variable name='D' typeRef='" type "'/>" FEEL(value)))

static const struct model_case items[] = {
    {TYPED("", "string", "1"), "D", NULL, "null", "", 0},
    {TYPED("", "string", "[\"a\"]"), "D", NULL, "\"a\"", NULL, 0},
    {TYPED("", "integer", "2"), "D", NULL, "2", NULL, 0},
    {TYPED("", "integer", "2.5"), "D", NULL, "null", "", 0},
    {TYPED("", "dateTime", "date(\"2026-11-21\")"), "D", NULL, "\"2026-11-21T00:00:00Z\"", NULL, 0},
    {TYPED(ITEM("t", TYPE("string") ALLOWED("\"a\", \"b\"")), "t", "\"b\""), "D", NULL, "\"b\"",
     NULL, 0},
    {TYPED(ITEM("t", TYPE("string") ALLOWED("\"a\", \"b\"")), "t", "\"c\""), "D", NULL, "null", "",
     0},
    /* a definition narrows another, whichever stands first */
    {TYPED(ITEM("u", TYPE("t") ALLOWED("&lt; 10")) ITEM("t", TYPE("number") ALLOWED("&gt; 0")), "u",
           "5"),
     "D", NULL, "5", NULL, 0},
    {TYPED(ITEM("u", TYPE("t") ALLOWED("&lt; 10")) ITEM("t", TYPE("number") ALLOWED("&gt; 0")), "u",
           "-5"),
     "D", NULL, "null", "", 0},
    {TYPED(ITEM("u", TYPE("t") ALLOWED("&lt; 10")) ITEM("t", TYPE("number") ALLOWED("&gt; 0")), "u",
           "50"),
     "D", NULL, "null", "", 0},
    {TYPED(LIST("t", TYPE("number")), "t", "[1, 2]"), "D", NULL, "[1, 2]", NULL, 0},
    {TYPED(LIST("t", TYPE("number")), "t", "1"), "D", NULL, "[1]", NULL, 0},
    {TYPED(LIST("t", TYPE("number")), "t", "[1, \"a\"]"), "D", NULL, "null", "", 0},
    {TYPED(LIST("t", TYPE("number") ALLOWED("&lt; 3")), "t", "[1, 2]"), "D", NULL, "[1, 2]", NULL,
     0},
    {TYPED(LIST("t", TYPE("number") ALLOWED("&lt; 3")), "t", "[1, 3]"), "D", NULL, "null", "", 0},
    {TYPED(LIST("t", TYPE("number") "<typeConstraint><text>count(?) = 2</text></typeConstraint>"),
           "t", "[1, 3]"),
     "D", NULL, "[1, 3]", NULL, 0},
    {TYPED(LIST("t", TYPE("number") "<typeConstraint><text>count(?) = 2</text></typeConstraint>"),
           "t", "[1]"),
     "D", NULL, "null", "", 0},
    {TYPED(ITEM("t", FIELD("name", "string") FIELD("age", "number")), "t",
           "{name: \"x\", age: 1, more: 2}"),
     "D", NULL, "{\"name\": \"x\", \"age\": 1, \"more\": 2}", NULL, 0},
    {TYPED(ITEM("t", FIELD("name", "string") FIELD("age", "number")), "t", "{name: \"x\"}"), "D",
     NULL, "null", "", 0},
    /* a tree: a definition may hold a collection of itself */
    {TYPED(
         ITEM("t", FIELD("v", "number") "<itemComponent name='branches' isCollection='true'>" TYPE(
                       "t") "</itemComponent>"),
         "t", "{v: 1, branches: [{v: 2, branches: []}]}"),
     "D", NULL, "{\"v\": 1, \"branches\": [{\"v\": 2, \"branches\": []}]}", NULL, 0},
    /* the names behind a dot are those of the type */
    {MODEL(ITEM("t", FIELD("full name", "string")) INPUT("p", "Person", "t")
               DECISION("d", "D", NEEDS_INPUT("p") FEEL("Person.full name + \"!\""))),
     "D", "{\"Person\": {\"full name\": \"Sam Example\"}}", "\"Sam Example!\"", NULL, 0},
    {TYPED(ITEM("t", "<functionItem outputTypeRef='number'><parameters name='x' typeRef='number'/>"
                     "</functionItem>"),
           "Any", "(function(x: number) x + 1) instance of t"),
     "D", NULL, "true", NULL, 0},
};

static void check_all(const struct model_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        model_check(&cases[i]);
}

static void test_boxed(void **state)
{
    (void)state;
    check_all(boxed, sizeof boxed / sizeof boxed[0]);
}

static void test_graphs(void **state)
{
    (void)state;
    check_all(graphs, sizeof graphs / sizeof graphs[0]);
}

static void test_items(void **state)
{
    (void)state;
    check_all(items, sizeof items / sizeof items[0]);
}

/* With less memory than it needs an evaluation says so and answers nothing. */
static void test_memory_gives_out(void **state)
{
    static const char source[] = MODEL(SERVICE PAY DECISION(
        "d", "D",
        NEEDS_KNOWLEDGE("s") NEEDS_KNOWLEDGE("k") "<context>" ENTRY("a", FEEL("[S(10, 4)]"))
            ENTRY("b", "<for iteratorVariable='n'>" PART("in", FEEL("a"))
                           PART("return", FEEL("pay rate(n, 2)")) "</for>")
                RESULT("<filter>" PART("in", FEEL("b"))
                           PART("match", FEEL("item = 12")) "</filter>") "</context>"));
    struct rd_arena arena;
    struct rd_model model;
    size_t refused = 0;
    bool full = true;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 1 << 20);
    model_read(source, NULL, &arena, &model);
    for (size_t bytes = 64; full; bytes += 64) {
        struct rd_arena small;
        struct rd_model_answer answer;
        struct rd_model_request request = {
            .node = rd_model_find(&model, RD_DRG_DECISION, RD_TEXT("D"))};
        rd_arena_init(&small, rd_alloc_heap(), bytes);
        rd_model_decide(&model, &request, &small, &answer);
        full = answer.full;
        refused += full ? 1 : 0;
        assert_int_equal(answer.value.type, full ? RD_TYPE_NULL : RD_TYPE_LIST);
        rd_arena_fini(&small);
    }
    assert_true(refused > 10);
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boxed),
        cmocka_unit_test(test_graphs),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_memory_gives_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
