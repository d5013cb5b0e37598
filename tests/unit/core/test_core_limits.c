/* Limits of the core that only a long or hostile life reaches: at each the answer is a refusal in
 * words or somebody who is told; the invariants hold on the way there (the rig checks every step).
 */
#include "rig.h"

#include "model/limits.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
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

static uint32_t running_clock(struct rig *rig, struct rd_text referral)
{
    const struct rd_referral_state *held = rig_state(rig, referral);
    for (size_t i = 0; i < held->clocks_count; i++)
        if (held->clocks[i].ended_at == 0)
            return held->clocks[i].index;
    return 0;
}

/* Whoever ends one clock after the other: the last that a referral can have is not ended, for then
 * nothing would remind anybody of it. */
static void the_last_clock_is_not_ended_early(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_command end = {.verb = RD_VERB_END_CLOCK,
                             .target = referral,
                             .by = RD_TEXT("Dr Dee"),
                             .clinician = true,
                             .reason = RD_TEXT("not needed")};
    for (unsigned i = 1; i < RD_CLOCKS_MAX; i++) {
        end.clock = running_clock(rig, referral);
        assert_int_not_equal(end.clock, 0);
        assert_non_null(rig_do(rig, DESK, &end));
    }
    assert_int_equal(rig_state(rig, referral)->clocks_count, RD_CLOCKS_MAX);
    end.clock = running_clock(rig, referral);
    assert_int_not_equal(end.clock, 0);
    assert_null(rig_do(rig, DESK, &end));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_LIMIT);
    assert_int_equal(running_clock(rig, referral), end.clock);
    /* It can still be worked and closed; a reopening, which needs clocks, cannot. */
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = referral,
                               .by = RD_TEXT("Dr Dee"),
                               .outcome = RD_OUTCOME_ADVICE_ONLY};
    assert_non_null(rig_do(rig, DESK, &close));
    struct rd_command reopen = {.verb = RD_VERB_REOPEN,
                                .target = referral,
                                .by = RD_TEXT("Dr Dee"),
                                .reason = RD_TEXT("again")};
    assert_null(rig_do(rig, DESK, &reopen));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_LIMIT);
}

/* What else uses clocks up, mixed: reopened again and again, then ended, contacted, decided. */
static void clocks_end_in_a_refusal_whatever_uses_them(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_command verbs[] = {
        {.verb = RD_VERB_END_CLOCK, .reason = RD_TEXT("no"), .clinician = true},
        {.verb = RD_VERB_TRIAGE, .pathway = RD_TEXT("rapid-response"), .reason = RD_TEXT("so")},
        {.verb = RD_VERB_CONTACT, .mode = RD_CONTACT_FACE_TO_FACE},
        {.verb = RD_VERB_END_CLOCK, .reason = RD_TEXT("no"), .clinician = true},
        {.verb = RD_VERB_CLOSE, .outcome = RD_OUTCOME_ERROR},
        {.verb = RD_VERB_REOPEN, .reason = RD_TEXT("again")},
    };
    size_t most = 0;
    size_t limits = 0;
    for (unsigned i = 0; i < 40 * sizeof verbs / sizeof verbs[0]; i++) {
        struct rd_command each = verbs[i % (sizeof verbs / sizeof verbs[0])];
        each.target = referral;
        each.by = RD_TEXT("Dr Dee");
        each.clock = running_clock(rig, referral);
        if (rig_do(rig, DESK, &each) == NULL)
            limits += rig_refused(rig)->code == RD_REFUSAL_LIMIT ? 1 : 0;
        const struct rd_referral_state *held = rig_state(rig, referral);
        most = held->clocks_count > most ? held->clocks_count : most;
        assert_true(held->phase != RD_PHASE_OPEN || running_clock(rig, referral) != 0);
    }
    assert_true(most + 2 >= RD_CLOCKS_MAX && most <= RD_CLOCKS_MAX);
    assert_true(limits > 0);
}

/* A concern that is raised when every place is taken: its team cannot be added, so whoever has the
 * referral must acknowledge that, and the desk is told. */
static void a_further_team_that_has_no_place_is_told_of(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall", .ref = "r"});
    struct rd_command redirect = {
        .verb = RD_VERB_REDIRECT, .by = RD_TEXT("Ann"), .reason = RD_TEXT("to and fro")};
    for (unsigned i = 1; i < RD_ASSIGNMENTS_MAX - 1; i++) {
        redirect.target = rig_name(rig, referral, i);
        redirect.to = i % 2 == 1 ? RD_TEXT("locality") : RD_TEXT("rapid");
        assert_non_null(rig_do(rig, DESK, &redirect));
    }
    const struct rd_submit_result *amended =
        rig_submit(rig, &(struct sub){.key = "k2",
                                      .need = "fall",
                                      .flag = "safeguarding", /* brings the neighbour in */
                                      .ref = "r",
                                      .action = RD_ACTION_AMEND});
    assert_non_null(amended);
    assert_int_equal(amended->disposal, RD_DISPOSAL_AMENDED);
    const struct rd_referral_state *held = rig_state(rig, referral);
    assert_int_equal(held->assignments_count, RD_ASSIGNMENTS_MAX - 1);
    assert_true(held->assignments[RD_ASSIGNMENTS_MAX - 2].change_asked);
}

static void say_hello(struct rig *rig, unsigned number, uint64_t session)
{
    char user[32];
    snprintf(user, sizeof user, "tablet-%u", number);
    struct rd_identity identity = {.user = rd_text_of(user), .role = RD_IDENTITY_CONSUMER};
    struct rd_hello hello = {1, 1, RD_TEXT("t"), RD_TEXT("1"), session};
    struct rd_message message = {.hello = &hello};
    struct rd_event event = {.kind = RD_EVENT_MESSAGE,
                             .origin = {RD_SOCKET_QUEUES, 100000 + number, &identity},
                             .message = &message};
    rig_step(rig, &event);
}

static void sessions_have_a_limit(void **state)
{
    struct rig *rig = *state;
    unsigned fit = 0;
    struct rd_status status;
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), (size_t)1 << 24);
    assert_int_equal(rd_core_status(rig->core, rig->now, &arena, &status), RD_OK);
    for (; status.sessions + fit < RD_SESSIONS_MAX; fit++) {
        say_hello(rig, fit, 1);
        assert_null(rig_refused(rig));
    }
    say_hello(rig, fit, 1);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_LIMIT);
    say_hello(rig, 3, 2); /* who has one may take over from it */
    assert_null(rig_refused(rig));
    struct rd_event gone = {.kind = RD_EVENT_GONE, .origin = {RD_SOCKET_QUEUES, 100005, NULL}};
    rig_step(rig, &gone);
    say_hello(rig, fit, 1);
    assert_null(rig_refused(rig));
    rd_arena_fini(&arena);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_last_clock_is_not_ended_early),
        T(clocks_end_in_a_refusal_whatever_uses_them),
        T(a_further_team_that_has_no_place_is_told_of),
        T(sessions_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
