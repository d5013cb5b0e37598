/* What the simulator found once and nothing may bring back. */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The first message after a key's window was looked up before the sweep could prolong the key. */
static void a_key_lives_while_its_referral_is_open(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    const struct sub sub = {.feed = "hospital", .by = HOSPITAL, .key = "k", .need = "lonely"};
    struct rd_text referral = rig_refer(&rig, &sub);
    rig_pass(&rig, 30 * RD_HOUR_US); /* the hospital's window is a day */
    const struct rd_submit_result *again = rig_submit(&rig, &sub);
    assert_non_null(again);
    assert_int_equal(again->disposal, RD_DISPOSAL_REPEAT);
    assert_true(rd_text_equal(again->referral, referral));
    rig_close(&rig);
}

static void a_test_is_nobodys_work_on_its_own_feed(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    const struct sub sub = {.feed = "gp-test", .by = TESTER, .key = "k", .need = "fall"};
    const struct rd_submit_result *result = rig_submit(&rig, &sub);
    assert_non_null(result);
    assert_int_equal(result->disposal, RD_DISPOSAL_REJECTED);
    rig_text(result->reason, "test");
    assert_int_equal(rig_wrote_count(&rig, RD_ENTRY_RECEIVED), 1);
    assert_int_equal(rig_wrote_count(&rig, RD_ENTRY_DECIDED), 0);
    rig_close(&rig);
}

/* Its clock ended early, nobody would have told the ambulance service anything. */
static void a_validation_is_answered_whatever_a_clinician_ends(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    const struct sub sub = {.feed = "ambulance",
                            .by = AMBULANCE,
                            .key = "k",
                            .need = "fall",
                            .kind = RD_KIND_VALIDATION,
                            .respond_by = RIG_START + RD_HOUR_US};
    struct rd_text referral = rig_refer(&rig, &sub);
    const struct rd_command command = {.verb = RD_VERB_END_CLOCK,
                                       .target = rig_name(&rig, referral, 1),
                                       .by = RD_TEXT("Dr Ann"),
                                       .clinician = true,
                                       .clock = 1,
                                       .reason = RD_TEXT("seen by somebody else")};
    assert_null(rig_do(&rig, RAPID, &command));
    assert_int_equal(rig_refused(&rig)->code, RD_REFUSAL_STATE);
    rig_pass(&rig, RD_HOUR_US);
    assert_int_equal(rig_state(&rig, referral)->phase, RD_PHASE_REFUSED);
    rig_close(&rig);
}

/* A client tells "say hello again" from "not now" by the code alone. */
static void without_a_session_the_answer_is_its_own_code(void **state)
{
    (void)state;
    struct rig rig;
    rig_open_bare(&rig);
    rig_step(&rig, &(struct rd_event){.kind = RD_EVENT_START, .now = RIG_START, .incarnation = 1});
    rig_say(&rig, RAPID, RD_SOCKET_QUEUES, &(struct rd_message){.ping = &(struct rd_ping){1}});
    const struct rd_refused *refused = SENT(&rig, RAPID, RD_SOCKET_QUEUES, refused, 0);
    assert_non_null(refused);
    assert_int_equal(refused->code, RD_REFUSAL_PROTOCOL);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_lives_while_its_referral_is_open),
        cmocka_unit_test(a_test_is_nobodys_work_on_its_own_feed),
        cmocka_unit_test(a_validation_is_answered_whatever_a_clinician_ends),
        cmocka_unit_test(without_a_session_the_answer_is_its_own_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
