/* Decision tables of every hit policy, with expressions in their columns and cells. */
#include "model_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define AGE INPUT("a", "age", "number")
#define IN "<input><inputExpression><text>age</text></inputExpression></input>"
#define OUT(values) "<output><outputValues><text>" values "</text></outputValues></output>"
#define RULE(test, result)                                                                         \
    "<rule><inputEntry><text>" test "</text></inputEntry><outputEntry><text>" result               \
    "</text></outputEntry></rule>\n"
#define TABLE(attributes, inside)                                                                  \
    MODEL(AGE DECISION(                                                                            \
        "d", "D", NEEDS_INPUT("a") "<decisionTable " attributes ">" inside "</decisionTable>"))
/* Of 70 all match, of 20 the first. */
#define RULES RULE("&gt; 10", "\"low\"") RULE("&gt;= 65", "\"high\"") RULE("[60..80]", "\"mid\"")
#define NUMBERS RULE("&gt; 10", "1.10") RULE("&gt;= 65", "3") RULE("[60..80]", "2")
#define ORDER "\"high\", \"mid\", \"low\""

static const struct model_case cases[] = {
    {TABLE("", IN OUT(ORDER) RULES), "D", "{\"age\": 20}", "\"low\"", NULL, 0},
    {TABLE("", IN OUT(ORDER) RULES), "D", "{\"age\": 70}", "null",
     "rules 1 and 2 of the UNIQUE table 'D' match", 3},
    {TABLE("", IN OUT(ORDER) RULES), "D", "{\"age\": 5}", "null", "no rule of 'D' matches", 3},
    {TABLE("hitPolicy='FIRST'", IN OUT(ORDER) RULES), "D", "{\"age\": 70}", "\"low\"", NULL, 0},
    {TABLE("hitPolicy='PRIORITY'", IN OUT(ORDER) RULES), "D", "{\"age\": 70}", "\"high\"", NULL, 0},
    {TABLE("hitPolicy='ANY'", IN OUT(ORDER) RULES), "D", "{\"age\": 20}", "\"low\"", NULL, 0},
    {TABLE("hitPolicy='ANY'", IN OUT(ORDER) RULES), "D", "{\"age\": 70}", "null",
     "rules 1 and 2 of the ANY table 'D' match", 3},
    {TABLE("hitPolicy='ANY'", IN OUT(ORDER) RULE("-", "\"low\"") RULE("-", "\"low\"")), "D", NULL,
     "\"low\"", NULL, 0},
    {TABLE("hitPolicy='RULE ORDER'", IN OUT(ORDER) RULES), "D", "{\"age\": 70}",
     "[\"low\", \"high\", \"mid\"]", NULL, 0},
    {TABLE("hitPolicy='OUTPUT ORDER'", IN OUT(ORDER) RULES), "D", "{\"age\": 70}",
     "[\"high\", \"mid\", \"low\"]", NULL, 0},
    {TABLE("hitPolicy='COLLECT'", IN OUT(ORDER) RULES), "D", "{\"age\": 70}",
     "[\"low\", \"high\", \"mid\"]", NULL, 0},
    {TABLE("hitPolicy='COLLECT'", IN OUT(ORDER) RULES), "D", "{\"age\": 5}", "[]", NULL, 0},
    {TABLE("hitPolicy='COLLECT' aggregation='SUM'", IN "<output/>" NUMBERS), "D", "{\"age\": 70}",
     "6.1", NULL, 0},
    {TABLE("hitPolicy='COLLECT' aggregation='MIN'", IN "<output/>" NUMBERS), "D", "{\"age\": 70}",
     "1.1", NULL, 0},
    {TABLE("hitPolicy='COLLECT' aggregation='MAX'", IN "<output/>" NUMBERS), "D", "{\"age\": 70}",
     "3", NULL, 0},
    {TABLE("hitPolicy='COLLECT' aggregation='COUNT'", IN "<output/>" NUMBERS), "D", "{\"age\": 70}",
     "3", NULL, 0},
    {TABLE("hitPolicy='COLLECT' aggregation='COUNT'", IN "<output/>" NUMBERS), "D", "{\"age\": 1}",
     "0", NULL, 0},
    {TABLE("hitPolicy='COLLECT' aggregation='SUM'", IN "<output/>" RULES), "D", "{\"age\": 70}",
     "null", "the outputs of 'D' have no sum", 3},
    {TABLE("hitPolicy='COLLECT' aggregation='MAX'",
           IN "<output/>" RULE("-", "1") RULE("-", "\"a\"")),
     "D", NULL, "null", "the outputs of 'D' have no order", 3},
    /* defaults, several outputs, allowed values */
    {TABLE("", IN
           "<output><defaultOutputEntry><text>\"none\"</text></defaultOutputEntry></output>" RULES),
     "D", "{\"age\": 5}", "\"none\"", NULL, 0},
    {TABLE("", IN "<output name='x'><defaultOutputEntry><text>1 + 1</text></defaultOutputEntry>"
                  "</output><output name='y y'/><rule><inputEntry><text>1</text></inputEntry>"
                  "<outputEntry><text>age</text></outputEntry><outputEntry><text/></outputEntry>"
                  "</rule>"),
     "D", "{\"age\": 5}", "{\"x\": 2, \"y y\": null}", NULL, 0},
    {TABLE("", IN "<output name='x'/><output name='y y'/><rule><inputEntry><text>1</text>"
                  "</inputEntry><outputEntry><text>age</text></outputEntry>"
                  "<outputEntry><text/></outputEntry></rule>"),
     "D", "{\"age\": 1}", "{\"x\": 1, \"y y\": null}", NULL, 0},
    {TABLE("", IN OUT("\"a\"") RULE("-", "\"b\"")), "D", NULL, "null",
     "the output 'D' is not among its allowed values", 3},
    {TABLE("",
           "<input><inputExpression><text>age</text></inputExpression><inputValues><text>[0..120]"
           "</text></inputValues></input><output/>" RULE("-", "1")),
     "D", "{\"age\": 121}", "null", "the input 'age' is not among its allowed values", 3},
    /* the order is that of the type's values, where the output says none */
    {MODEL("<itemDefinition name='t'><typeRef>string</typeRef><allowedValues><text>" ORDER
           "</text></allowedValues></itemDefinition>" AGE DECISION(
               "d", "D",
               "<variable name='D' typeRef='t'/>" NEEDS_INPUT(
                   "a") "<decisionTable hitPolicy='PRIORITY'>" IN "<output/>" RULES
                        "</decisionTable>")),
     "D", "{\"age\": 70}", "\"high\"", NULL, 0},
    {MODEL("<itemDefinition name='t'><typeRef>string</typeRef><allowedValues><text>" ORDER
           "</text></allowedValues></itemDefinition><itemDefinition name='ts' isCollection='true'>"
           "<typeRef>t</typeRef></itemDefinition>" AGE DECISION(
               "d", "D",
               "<variable name='D' typeRef='ts'/>" NEEDS_INPUT(
                   "a") "<decisionTable hitPolicy='OUTPUT ORDER'>" IN "<output/>" RULES
                        "</decisionTable>")),
     "D", "{\"age\": 70}", "[\"high\", \"mid\", \"low\"]", NULL, 0},
    /* expressions */
    {TABLE("hitPolicy='FIRST'",
           "<input><inputExpression><text>age + 1</text></inputExpression></input><output/>" RULE(
               "age", "0") RULE("? &gt; age", "age * 2")),
     "D", "{\"age\": 20}", "40", NULL, 0},
    {TABLE("", "<output/><rule><outputEntry><text>age</text></outputEntry></rule>"), "D",
     "{\"age\": 20}", "20", NULL, 0},
    {TABLE("", "<input><inputExpression typeRef='number'><text>\"a\"</text></inputExpression>"
               "</input><output/>" RULE("null", "\"was no number\"")),
     "D", NULL, "\"was no number\"", "", 0},
};

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        model_check(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
