/* The table of moves, held against a second one written out by hand from the design. */
#include "core/moves.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* For each verb: what it leads to from WAITING, CLAIMED, ACCEPTED, CLOSED. "-": not allowed. */
static const struct {
    enum rd_verb verb;
    const char *leads_to;
} expected[] = {
    {RD_VERB_CLAIM, "C---"},       {RD_VERB_ACCEPT, "-A--"},       {RD_VERB_RELEASE, "-W--"},
    {RD_VERB_TRANSFER, "-CA-"},    {RD_VERB_DECLINE, "XX--"},      {RD_VERB_REDIRECT, "XXX-"},
    {RD_VERB_CONTACT, "WCA-"},     {RD_VERB_VOID_CONTACT, "WCA-"}, {RD_VERB_PLAN, "-CA-"},
    {RD_VERB_AWAIT_INFO, "-CA-"},  {RD_VERB_CLOSE, "XXX-"},        {RD_VERB_REOPEN, "---W"},
    {RD_VERB_ACKNOWLEDGE, "WCA-"}, {RD_VERB_TRIAGE, "----"},       {RD_VERB_ROUTE, "----"},
    {RD_VERB_END_CLOCK, "----"},   {RD_VERB_REPAIR, "----"},       {RD_VERB_REFUSE, "----"},
    {RD_VERB_DELIVER, "WCA-"},     {RD_VERB_HAND_OUT, "W---"},     {RD_VERB_LEASE_EXPIRED, "WCA-"},
    {RD_VERB_DECAY, "-W--"},       {RD_VERB_FALLBACK, "X---"},     {RD_VERB_STAND_DOWN, "WCA-"},
    {RD_VERB_CHANGE, "WCA-"},      {RD_VERB_REJECT, "XXX-"},
};

static void every_verb_in_every_phase(void **state)
{
    (void)state;
    static const char letters[] = "-WCAX";
    assert_int_equal(sizeof expected / sizeof expected[0], RD_VERB_REJECT);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        for (int phase = RD_ASSIGNMENT_WAITING; phase <= RD_ASSIGNMENT_CLOSED; phase++) {
            enum rd_assignment_phase next =
                rd_move_next(expected[i].verb, (enum rd_assignment_phase)phase, false);
            assert_int_equal(letters[next], expected[i].leads_to[phase - 1]);
        }
}

static void an_acknowledged_stand_down_closes(void **state)
{
    (void)state;
    assert_int_equal(rd_move_next(RD_VERB_ACKNOWLEDGE, RD_ASSIGNMENT_CLAIMED, true),
                     RD_ASSIGNMENT_CLOSED);
    assert_int_equal(rd_move_next(RD_VERB_ACKNOWLEDGE, RD_ASSIGNMENT_CLOSED, true), 0);
}

static void numbers_out_of_range_lead_nowhere(void **state)
{
    (void)state;
    assert_int_equal(rd_move_next((enum rd_verb)0, RD_ASSIGNMENT_WAITING, false), 0);
    assert_int_equal(rd_move_next((enum rd_verb)99, RD_ASSIGNMENT_WAITING, false), 0);
    assert_int_equal(rd_move_next(RD_VERB_CLAIM, (enum rd_assignment_phase)0, false), 0);
    assert_int_equal(rd_move_next(RD_VERB_CLAIM, (enum rd_assignment_phase)5, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_in_every_phase),
        cmocka_unit_test(an_acknowledged_stand_down_closes),
        cmocka_unit_test(numbers_out_of_range_lead_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
