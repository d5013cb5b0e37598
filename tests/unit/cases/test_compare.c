/* How two decisions of one referral differ. */
#include "rules/cases/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct rd_text health[] = {{"health", 6}};

struct made {
    struct rd_decision decision;
    struct rd_planned_assignment teams[3];
    struct rd_planned_clock clocks[2];
};

static void make(struct made *out)
{
    *out = (struct made){
        .decision = {.pathway = RD_TEXT("routine"),
                     .urgency = RD_PRIORITY_ROUTINE,
                     .reason = RD_TEXT("why"),
                     .assignments_count = 3,
                     .clocks_count = 2},
        .teams = {{.team = RD_TEXT("a")}, {.team = RD_TEXT("b")}, {.team = RD_TEXT("c")}},
        .clocks = {{.policy = RD_TEXT("x"), .alarm_due = 1}, {.policy = RD_TEXT("y")}}};
    out->decision.assignments = out->teams;
    out->decision.clocks = out->clocks;
}

static void expect(const struct made *a, const struct made *b, const char *words)
{
    char text[RD_DIFFERENCE_TEXT_MAX];
    struct rd_difference difference = rd_decisions_compare(&a->decision, &b->decision);
    assert_string_equal(rd_difference_words(&difference, text), words);
    assert_int_equal(rd_difference_matters(&difference), words[0] != '\0');
}

static void each_part_is_seen(void **state)
{
    struct made a, b;
    (void)state;
    make(&a);
    make(&b);
    expect(&a, &b, "");
    b.teams[0].team = RD_TEXT("d");
    expect(&a, &b, "lead");
    make(&b);
    b.teams[1].team = RD_TEXT("c");
    b.teams[2].team = RD_TEXT("b");
    b.clocks[0] = a.clocks[1];
    b.clocks[1] = a.clocks[0];
    expect(&a, &b, ""); /* order is no difference */
    b.decision.assignments_count = 2;
    expect(&a, &b, "supporting");
    expect(&b, &a, "supporting");
    make(&b);
    b.decision.pathway = RD_TEXT("rehab");
    b.decision.urgency = RD_PRIORITY_TWO_DAY;
    expect(&a, &b, "pathway, urgency");
    make(&b);
    b.clocks[0].alarm_due = 2;
    expect(&a, &b, "clock");
    make(&b);
    b.clocks[1].provisional = true;
    expect(&a, &b, "clock");
    make(&b);
    b.decision.clocks_count = 1;
    expect(&a, &b, "clock");
    make(&b);
    b.teams[0].required_roles = health;
    b.teams[0].required_roles_count = 1;
    expect(&a, &b, "roles");
    make(&b);
    b.decision.reason = RD_TEXT("another");
    expect(&a, &b, "");
    assert_true(rd_decisions_compare(&a.decision, &b.decision).reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_part_is_seen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
