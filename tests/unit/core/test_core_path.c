/* The main path: in, decided, claimed, accepted, seen, closed; then the same from entries and from
 * records. */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static void from_door_to_close(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig);
    struct rd_text referral =
        rig_refer(&rig, &(struct sub){.key = "a1", .need = "fall", .ref = "r1", .person = "p1"});
    const struct rd_submit_result *result = SENT(&rig, GP, RD_SOCKET_INTAKE, submit_result, 0);
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    rig_text(result->lead_team, "rapid");
    rig_text(result->lead_title, "Rapid response");
    assert_true(result->open_now);
    assert_int_equal(rig_wrote_count(&rig, RD_ENTRY_RECEIVED), 1);
    assert_int_equal(rig_wrote_count(&rig, RD_ENTRY_DECIDED), 1);
    struct rd_text name = rig_name(&rig, referral, 1);
    rig_pass(&rig, RD_MINUTE_US);
    const struct rd_command_result *done =
        rig_do(&rig, RAPID,
               &(struct rd_command){.verb = RD_VERB_CLAIM, .target = name, .by = RD_TEXT("Ann")});
    assert_non_null(done);
    rig_text(done->row->claimed_by, "Ann");
    assert_non_null(
        rig_do(&rig, RAPID,
               &(struct rd_command){.verb = RD_VERB_ACCEPT, .target = name, .by = RD_TEXT("Ann")}));
    rig_pass(&rig, 40 * RD_MINUTE_US);
    done = rig_do(&rig, RAPID,
                  &(struct rd_command){.verb = RD_VERB_CONTACT,
                                       .target = name,
                                       .by = RD_TEXT("Ann"),
                                       .mode = RD_CONTACT_FACE_TO_FACE,
                                       .when = rig.now - 2 * RD_MINUTE_US});
    assert_non_null(done);
    const struct rd_referral_state *held = rig_state(&rig, referral);
    assert_int_equal(held->clocks[0].ended_at, rig.now - 2 * RD_MINUTE_US);
    assert_int_equal(held->clocks[0].breached_at, 0);
    assert_int_equal(held->clocks_count, 2); /* and a review: something is due until it closes */
    assert_non_null(rig_do(&rig, RAPID,
                           &(struct rd_command){.verb = RD_VERB_CLOSE,
                                                .target = name,
                                                .by = RD_TEXT("Ann"),
                                                .outcome = RD_OUTCOME_SEEN_COMPLETE}));
    held = rig_state(&rig, referral);
    assert_int_equal(held->phase, RD_PHASE_CLOSED);
    assert_int_equal(held->outcome, RD_OUTCOME_SEEN_COMPLETE);
    assert_int_equal(rig_feed(&rig, "gp")->closed, 1);
    rig_replay_equal(&rig);
    rig_reload(&rig);
    rig_replay_equal(&rig);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(from_door_to_close)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
