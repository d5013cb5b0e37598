/* What senders were told, kept beside their messages: of one's own submissions, once, whatever
 * became of them. */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static int set_up(void **state)
{
    static struct rig rig;
    rig_open(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_replay_equal(*state);
    rig_close(*state);
    return 0;
}

static void tell(struct rig *rig, enum who who, uint64_t correlation, const char *code)
{
    struct rd_answered answered = {.correlation = correlation,
                                   .told = RD_TOLD_WRITTEN,
                                   .code = rd_text_of(code),
                                   .words = RD_TEXT("words"),
                                   .bytes = RD_TEXT("MSH|^~\\&|..."),
                                   .length = 12};
    rig_say(rig, who, RD_SOCKET_INTAKE, &(struct rd_message){.answered = &answered});
}

static void an_answer_stands_beside_its_message(void **state)
{
    struct rig *rig = *state;
    const struct rd_submit_result *result =
        rig_submit(rig, &(struct sub){.feed = "hospital", .key = "k", .need = "fall"});
    uint64_t correlation = result->correlation;
    uint64_t entry = result->entry;
    uint64_t referral = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->referral;
    tell(rig, HOSPITAL, correlation, "AA");
    const struct rd_entry *wrote = rig_wrote(rig, RD_ENTRY_ANSWERED, 0);
    assert_non_null(wrote);
    assert_int_equal(wrote->referral, referral);
    rig_text(wrote->feed, "hospital");
    assert_int_equal(wrote->answered->received, entry);
    assert_int_equal(wrote->answered->correlation, 0);
    assert_int_equal(wrote->answered->told, RD_TOLD_WRITTEN);
    rig_text(wrote->answered->code, "AA");
    rig_text(wrote->answered->bytes, "MSH|^~\\&|...");
    tell(rig, HOSPITAL, correlation, "AE"); /* one answer to one message */
    assert_null(rig_wrote(rig, RD_ENTRY_ANSWERED, 0));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
    assert_int_equal(rig_refused(rig)->correlation, correlation);
}

static void so_does_that_of_a_repeat_a_quarantined_and_a_refused_one(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.feed = "hospital", .key = "k", .need = "fall"};
    (void)rig_submit(rig, &sub);
    uint64_t correlation = rig_submit(rig, &sub)->correlation;
    const struct rd_entry *received = rig_wrote(rig, RD_ENTRY_RECEIVED, 0);
    uint64_t own = received->number;
    uint64_t referral = received->referral;
    assert_int_equal(received->received->disposal, RD_DISPOSAL_REPEAT);
    tell(rig, HOSPITAL, correlation, "AA");
    assert_int_equal(rig_wrote(rig, RD_ENTRY_ANSWERED, 0)->answered->received, own);
    assert_int_equal(rig_wrote(rig, RD_ENTRY_ANSWERED, 0)->referral, referral);
    sub = (struct sub){.feed = "hospital", .key = "q", .quarantine = "malformed"};
    correlation = rig_submit(rig, &sub)->correlation;
    own = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->number;
    tell(rig, HOSPITAL, correlation, "AE");
    assert_int_equal(rig_wrote(rig, RD_ENTRY_ANSWERED, 0)->answered->received, own);
    assert_int_equal(rig_wrote(rig, RD_ENTRY_ANSWERED, 0)->referral, 0);
    sub = (struct sub){
        .feed = "hospital", .key = "t", .need = "fall", .environment = RD_ENVIRONMENT_TEST};
    correlation = rig_submit(rig, &sub)->correlation;
    own = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->number;
    tell(rig, HOSPITAL, correlation, "AR");
    assert_int_equal(rig_wrote(rig, RD_ENTRY_ANSWERED, 0)->answered->received, own);
}

static void nobody_speaks_of_anothers_message(void **state)
{
    struct rig *rig = *state;
    uint64_t correlation =
        rig_submit(rig, &(struct sub){.feed = "hospital", .key = "k", .need = "fall"})->correlation;
    tell(rig, GP, correlation, "AA");
    assert_null(rig_wrote(rig, RD_ENTRY_ANSWERED, 0));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
    rig_hello(rig, HOSPITAL, RD_SOCKET_INTAKE); /* another session knows nothing of it */
    tell(rig, HOSPITAL, correlation, "AA");
    assert_null(rig_wrote(rig, RD_ENTRY_ANSWERED, 0));
    tell(rig, HOSPITAL, 0, "AA");
    assert_null(rig_wrote(rig, RD_ENTRY_ANSWERED, 0));
}

static void it_must_say_whether_it_went_out(void **state)
{
    struct rig *rig = *state;
    uint64_t correlation =
        rig_submit(rig, &(struct sub){.feed = "hospital", .key = "k", .need = "fall"})->correlation;
    struct rd_answered answered = {.correlation = correlation, .code = RD_TEXT("AA")};
    rig_say(rig, HOSPITAL, RD_SOCKET_INTAKE, &(struct rd_message){.answered = &answered});
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_MISSING);
    tell(rig, HOSPITAL, correlation, "AA"); /* it may be said again, rightly */
    assert_non_null(rig_wrote(rig, RD_ENTRY_ANSWERED, 0));
}

static void an_old_one_is_forgotten_behind_a_thousand(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.feed = "hospital", .key = "k", .need = "fall"};
    uint64_t first = rig_submit(rig, &sub)->correlation;
    uint64_t second = rig_submit(rig, &sub)->correlation;
    for (int i = 0; i < 1023; i++)
        (void)rig_submit(rig, &sub);
    tell(rig, HOSPITAL, first, "AA");
    assert_null(rig_wrote(rig, RD_ENTRY_ANSWERED, 0));
    tell(rig, HOSPITAL, second, "AA");
    assert_non_null(rig_wrote(rig, RD_ENTRY_ANSWERED, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(an_answer_stands_beside_its_message),
        T(so_does_that_of_a_repeat_a_quarantined_and_a_refused_one),
        T(nobody_speaks_of_anothers_message),
        T(it_must_say_whether_it_went_out),
        T(an_old_one_is_forgotten_behind_a_thousand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
