/* What consumers get: sessions, snapshots, changes, resumes, hand-outs, receipts, alarms of queues
 * that nobody watches. */
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

static void watch(struct rig *rig, enum who who, const char *queue, uint64_t incarnation,
                  uint64_t after, uint32_t credit)
{
    struct rd_watch asked = {rd_text_of(queue), incarnation, after, credit};
    struct rd_message message = {.watch = &asked};
    rig_say(rig, who, RD_SOCKET_QUEUES, &message);
}

static void ack(struct rig *rig, enum who who, const char *queue, uint64_t change, uint32_t credit)
{
    struct rd_ack given = {rd_text_of(queue), 7, change, credit};
    struct rd_message message = {.ack = &given};
    rig_say(rig, who, RD_SOCKET_QUEUES, &message);
}

static void refer(struct rig *rig, int number, const char *need)
{
    char key[16];
    (void)snprintf(key, sizeof key, "key%d", number);
    (void)rig_refer(rig, &(struct sub){.key = key, .need = need});
}

#define ROW(rig, who, nth) SENT(rig, who, RD_SOCKET_QUEUES, snapshot_row, nth)
#define CHANGE(rig, who, nth) SENT(rig, who, RD_SOCKET_QUEUES, change, nth)
#define END(rig, who) SENT(rig, who, RD_SOCKET_QUEUES, snapshot_end, 0)

static void a_snapshot_then_every_change_once(void **state)
{
    struct rig *rig = *state;
    refer(rig, 1, "fall");
    refer(rig, 2, "fall");
    watch(rig, RAPID, "rapid", 0, 0, 100);
    const struct rd_snapshot_begin *begin = SENT(rig, RAPID, RD_SOCKET_QUEUES, snapshot_begin, 0);
    assert_int_equal(begin->rows, 2);
    assert_int_equal(begin->change, 2);
    assert_int_equal(begin->incarnation, 7);
    assert_non_null(ROW(rig, RAPID, 1));
    assert_null(ROW(rig, RAPID, 2));
    assert_int_equal(END(rig, RAPID)->change, 2);
    refer(rig, 3, "fall");
    assert_int_equal(CHANGE(rig, RAPID, 0)->change, 3);
    assert_int_equal(CHANGE(rig, RAPID, 0)->what, RD_ROW_ADDED);
    assert_null(CHANGE(rig, RAPID, 1));
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = rig_name(rig, CHANGE(rig, RAPID, 0)->row->referral, 1),
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_ERROR};
    assert_non_null(rig_do(rig, RAPID2, &close));
    assert_int_equal(CHANGE(rig, RAPID, 0)->what, RD_ROW_REMOVED);
    assert_int_equal(CHANGE(rig, RAPID, 0)->verb, RD_VERB_CLOSE);
    assert_int_equal(CHANGE(rig, RAPID, 0)->change, 4);
}

static void rows_wait_for_credit(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 5; i++)
        refer(rig, i, "fall");
    watch(rig, RAPID, "rapid", 0, 0, 2);
    assert_non_null(ROW(rig, RAPID, 1));
    assert_null(ROW(rig, RAPID, 2));
    assert_null(END(rig, RAPID));
    refer(rig, 5, "fall"); /* a change above N waits behind the snapshot */
    assert_null(CHANGE(rig, RAPID, 0));
    ack(rig, RAPID, "rapid", 0, 3);
    assert_non_null(ROW(rig, RAPID, 2));
    assert_int_equal(END(rig, RAPID)->change, 5);
    assert_null(CHANGE(rig, RAPID, 0));
    ack(rig, RAPID, "rapid", 5, 2);
    assert_int_equal(CHANGE(rig, RAPID, 0)->change, 6);
}

static void a_resume_misses_nothing(void **state)
{
    struct rig *rig = *state;
    refer(rig, 1, "fall");
    watch(rig, RAPID, "rapid", 0, 0, 100);
    ack(rig, RAPID, "rapid", 1, 100);
    uint64_t last = CHANGE(rig, RAPID, 0)->change; /* it was delivered: a change */
    struct rd_event gone = {.kind = RD_EVENT_GONE, .origin = rig_at(RAPID, RD_SOCKET_QUEUES)};
    rig_step(rig, &gone);
    refer(rig, 2, "fall");
    refer(rig, 3, "fall");
    rig_hello(rig, RAPID, RD_SOCKET_QUEUES);
    watch(rig, RAPID, "rapid", 7, last, 100);
    assert_null(SENT(rig, RAPID, RD_SOCKET_QUEUES, snapshot_begin, 0));
    assert_int_equal(CHANGE(rig, RAPID, 0)->change, last + 1);
    assert_int_equal(CHANGE(rig, RAPID, 1)->change, last + 2);
    assert_null(CHANGE(rig, RAPID, 2));
    static const struct {
        uint64_t incarnation, after;
    } behind[] = {{6, 1}, {7, 999}, {0, 1}};
    for (size_t i = 0; i < 3; i++) {
        watch(rig, RAPID, "rapid", behind[i].incarnation, behind[i].after, 100);
        assert_int_equal(SENT(rig, RAPID, RD_SOCKET_QUEUES, snapshot_begin, 0)->rows, 3);
    }
}

static void after_a_restart_the_numbers_go_on(void **state)
{
    struct rig *rig = *state;
    refer(rig, 1, "fall");
    refer(rig, 2, "fall");
    rig_reload(rig);
    watch(rig, RAPID, "rapid", 7, 2, 100); /* it has everything */
    assert_null(SENT(rig, RAPID, RD_SOCKET_QUEUES, snapshot_begin, 0));
    refer(rig, 3, "fall");
    uint64_t change = 0;
    for (size_t i = 0; CHANGE(rig, RAPID, i) != NULL; i++)
        change = CHANGE(rig, RAPID, i)->change;
    assert_true(change >= 3);
    watch(rig, RAPID2, "rapid", 7, 1, 100); /* what it misses was before the restart */
    assert_non_null(SENT(rig, RAPID2, RD_SOCKET_QUEUES, snapshot_begin, 0));
}

static void the_first_ack_of_a_row_delivers_it(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    watch(rig, RAPID, "rapid", 0, 0, 100);
    watch(rig, RAPID2, "rapid", 0, 0, 100);
    assert_int_equal(rig_state(rig, referral)->assignments[0].delivered_at, 0);
    rig_pass(rig, RD_SECOND_US);
    ack(rig, RAPID, "rapid", 1, 100);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_MOVED), 1);
    assert_int_equal(rig_state(rig, referral)->assignments[0].delivered_at, rig->now);
    ack(rig, RAPID2, "rapid", 2, 100);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_MOVED), 0); /* once */
    ack(rig, RAPID2, "rapid", 99, 100);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_INVALID);
    ack(rig, LOCALITY, "locality", 1, 1);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_STATE);
}

static void too_far_behind_is_a_new_snapshot(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    watch(rig, RAPID, "rapid", 0, 0, 1);
    struct rd_command contact = {.verb = RD_VERB_CONTACT,
                                 .target = rig_name(rig, referral, 1),
                                 .by = RD_TEXT("Ann"),
                                 .mode = RD_CONTACT_NO_ACCESS};
    assert_non_null(rig_do(rig, RAPID2, &contact));
    struct rd_command claim = {.target = contact.target, .by = RD_TEXT("Ann")};
    for (int i = 0; i < RD_QUEUE_CHANGES_KEPT; i++) {
        claim.verb = i % 2 == 0 ? RD_VERB_CLAIM : RD_VERB_RELEASE;
        assert_non_null(rig_do(rig, RAPID2, &claim));
    }
    ack(rig, RAPID, "rapid", 1, 10);
    assert_non_null(SENT(rig, RAPID, RD_SOCKET_QUEUES, snapshot_begin, 0));
    assert_non_null(END(rig, RAPID));
}

static void a_large_snapshot_goes_on_by_itself(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 300; i++)
        refer(rig, i, "fall");
    watch(rig, RAPID, "rapid", 0, 0, 4000);
    assert_null(END(rig, RAPID));
    assert_true(rig->update.next_due <= rig->now); /* more is due already */
    struct rd_event time = {.kind = RD_EVENT_TIME};
    rig_step(rig, &time);
    assert_non_null(END(rig, RAPID));
    ack(rig, RAPID, "rapid", 300, 4000);
    size_t delivered = rig_wrote_count(rig, RD_ENTRY_MOVED);
    while (delivered < 300 && rig->update.next_due <= rig->now) {
        rig_step(rig, &time);
        delivered += rig_wrote_count(rig, RD_ENTRY_MOVED);
    }
    assert_int_equal(delivered, 300);
}

static void a_queue_is_seen_by_its_team_only(void **state)
{
    struct rig *rig = *state;
    watch(rig, LOCALITY, "rapid", 0, 0, 10);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS);
    watch(rig, GP, "rapid", 0, 0, 10);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS);
    watch(rig, HOSPITAL, "feed:gp", 0, 0, 10);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS);
    watch(rig, DESK, "nowhere", 0, 0, 10);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
    watch(rig, RAPID, "rapid", 0, 0, RD_WATCH_CREDIT_MAX + 1);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_LIMIT);
    watch(rig, RAPID, "rapid", 0, 0, 0);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_LIMIT);
    watch(rig, RAPID, "rapid", 0, 0, RD_WATCH_CREDIT_MAX);
    assert_non_null(END(rig, RAPID));
}

static void nobody_listening_is_an_alarm_now_and_then(void **state)
{
    struct rig *rig = *state;
    rig_pass(rig, 2 * RD_MINUTE_US); /* after a start consumers have a moment to come back */
    refer(rig, 1, "fall");
    const struct rd_entry *alarm = rig_wrote(rig, RD_ENTRY_ALARMED, 0);
    assert_int_equal(alarm->alarmed->kind, RD_ALARM_NO_CONSUMER);
    rig_text(alarm->alarmed->team, "rapid");
    refer(rig, 2, "fall");
    assert_null(rig_wrote(rig, RD_ENTRY_ALARMED, 0));
    rig_pass(rig, 16 * RD_MINUTE_US);
    watch(rig, RAPID, "rapid", 0, 0, 10);
    refer(rig, 3, "fall");
    assert_null(rig_wrote(rig, RD_ENTRY_ALARMED, 0)); /* somebody is there */
    struct rd_unwatch stop = {RD_TEXT("rapid")};
    struct rd_message message = {.unwatch = &stop};
    rig_say(rig, RAPID, RD_SOCKET_QUEUES, &message);
    refer(rig, 4, "fall");
    assert_non_null(rig_wrote(rig, RD_ENTRY_ALARMED, 0));
}

static const struct rd_handout *work(struct rig *rig, enum who who, uint32_t credit)
{
    struct rd_work asked = {RD_TEXT("rapid"), credit, 30};
    struct rd_message message = {.work = &asked};
    rig_say(rig, who, RD_SOCKET_QUEUES, &message);
    return SENT(rig, who, RD_SOCKET_QUEUES, handout, 0);
}

static void a_hand_out_is_leased_and_never_a_claim(void **state)
{
    struct rig *rig = *state;
    struct rd_text one = rig_refer(rig, &(struct sub){.key = "a", .need = "fall"});
    struct rd_text two = rig_refer(rig, &(struct sub){.key = "b", .need = "fall"});
    const struct rd_handout *handout = work(rig, RAPID, 1);
    assert_non_null(handout);
    assert_true(rd_text_equal(handout->row->referral, one));
    assert_null(SENT(rig, RAPID, RD_SOCKET_QUEUES, handout, 1));
    assert_int_equal(handout->lease_until, rig->now + 30 * RD_SECOND_US);
    struct rd_handout_ack taken = {handout->token};
    struct rd_message message = {.handout_ack = &taken};
    rig_say(rig, RAPID, RD_SOCKET_QUEUES, &message);
    const struct rd_assignment *assignment = &rig_state(rig, one)->assignments[0];
    assert_int_equal(assignment->delivered_at, rig->now);
    assert_int_equal(assignment->phase, RD_ASSIGNMENT_WAITING);
    /* Kept: there is room for the next. */
    const struct rd_handout *next = SENT(rig, RAPID, RD_SOCKET_QUEUES, handout, 0);
    assert_non_null(next);
    assert_true(rd_text_equal(next->row->referral, two));
    uint64_t first = next->token;
    /* Again: nothing happens, and it makes room for no more. */
    rig_say(rig, RAPID, RD_SOCKET_QUEUES, &message);
    assert_null(rig_refused(rig));
    assert_int_equal(rig->update.entries_count, 0);
    assert_null(SENT(rig, RAPID, RD_SOCKET_QUEUES, handout, 0));
    /* The other: its lease ends, it is handed out again under another token. */
    rig_pass(rig, 31 * RD_SECOND_US);
    handout = work(rig, RAPID2, 5);
    assert_true(rd_text_equal(handout->row->referral, two));
    assert_true(handout->token != first);
    assert_int_equal(handout->deliveries, 2);
    taken.token = first;
    rig_say(rig, RAPID, RD_SOCKET_QUEUES, &message);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
}

static void a_hand_out_that_a_watcher_has_is_kept(void **state)
{
    struct rig *rig = *state;
    struct rd_text one = rig_refer(rig, &(struct sub){.key = "a", .need = "fall"});
    uint64_t token = work(rig, RAPID, 1)->token;
    watch(rig, RAPID2, "rapid", 0, 0, 10);
    const struct rd_snapshot_end *end = SENT(rig, RAPID2, RD_SOCKET_QUEUES, snapshot_end, 0);
    assert_non_null(end);
    struct rd_ack ack = {RD_TEXT("rapid"), end->incarnation, end->change, 10};
    rig_say(rig, RAPID2, RD_SOCKET_QUEUES, &(struct rd_message){.ack = &ack});
    assert_int_equal(rig_state(rig, one)->assignments[0].delivered_at, rig->now);
    /* It is no longer out, so it gave its credit back: the next is handed out. */
    rig_refer(rig, &(struct sub){.key = "b", .need = "fall"});
    assert_non_null(SENT(rig, RAPID, RD_SOCKET_QUEUES, handout, 0));
    struct rd_handout_ack taken = {token};
    rig_say(rig, RAPID, RD_SOCKET_QUEUES, &(struct rd_message){.handout_ack = &taken});
    assert_null(rig_refused(rig));
    assert_int_equal(rig->update.entries_count, 0);
    rig_pass(rig, 31 * RD_SECOND_US); /* nor does its lease end */
    assert_int_equal(rig_state(rig, one)->assignments[0].deliveries, 1);
    /* Another team's token, one that never was, and one of what is closed since. */
    rig_say(rig, LOCALITY, RD_SOCKET_QUEUES, &(struct rd_message){.handout_ack = &taken});
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = rig_name(rig, one, 1),
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_ERROR};
    assert_non_null(rig_do(rig, RAPID2, &close));
    rig_say(rig, RAPID, RD_SOCKET_QUEUES, &(struct rd_message){.handout_ack = &taken});
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
}

static void a_lease_has_its_bounds(void **state)
{
    struct rig *rig = *state;
    static const struct {
        uint32_t asked;
        uint32_t got; /* 0: refused */
    } cases[] = {{0, 60},
                 {1, 1},
                 {RD_LEASE_S_MAX, RD_LEASE_S_MAX},
                 {RD_LEASE_S_MAX + 1, 0},
                 {UINT32_MAX, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_work asked = {RD_TEXT("rapid"), 1, cases[i].asked};
        rig_refer(rig, &(struct sub){.key = (const char *const[]){"a", "b", "c", "d", "e"}[i],
                                     .need = "fall"});
        rig_say(rig, RAPID, RD_SOCKET_QUEUES, &(struct rd_message){.work = &asked});
        const struct rd_handout *out = SENT(rig, RAPID, RD_SOCKET_QUEUES, handout, 0);
        assert_true((out != NULL) == (cases[i].got != 0));
        if (out == NULL)
            assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_LIMIT);
        else
            assert_int_equal(out->lease_until, rig->now + cases[i].got * RD_SECOND_US);
    }
    struct rd_work asked = {RD_TEXT("feed:gp"), 1, 0};
    rig_say(rig, GP, RD_SOCKET_QUEUES, &(struct rd_message){.work = &asked});
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
    rig_text(rig_refused(rig)->words,
             "queue feed:gp: receipts are watched, not worked: expected a team's name");
}

static void a_hand_out_that_nobody_acknowledges_is_an_alarm(void **state)
{
    struct rig *rig = *state;
    struct rd_text one = rig_refer(rig, &(struct sub){.key = "a", .need = "fall"});
    for (int i = 0; i < 6; i++) {
        assert_non_null(work(rig, RAPID, 1));
        rig_pass(rig, 31 * RD_SECOND_US);
    }
    assert_int_equal(rig_state(rig, one)->assignments[0].deliveries, 6);
    size_t alarms = 0;
    for (size_t i = 0; i < rig->entries_count; i++)
        alarms += rig->entries[i].kind == RD_ENTRY_ALARMED &&
                  rig->entries[i].alarmed->kind == RD_ALARM_NO_CONSUMER;
    assert_int_equal(alarms, 1);
}

#define RECEIPT(rig) SENT(rig, GP, RD_SOCKET_QUEUES, receipt, 0)

static void tell(struct rig *rig, uint64_t receipt, bool given_up)
{
    struct rd_receipt_ack told = {receipt, given_up, RD_TEXT("409")};
    struct rd_message message = {.receipt_ack = &told};
    rig_say(rig, GP, RD_SOCKET_QUEUES, &message);
}

static void receipts_come_one_by_one(void **state)
{
    struct rig *rig = *state;
    watch(rig, GP, "feed:gp", 0, 0, 10);
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    const struct rd_receipt *receipt = RECEIPT(rig);
    assert_int_equal(receipt->stage, RD_RECEIPT_ROUTED);
    rig_text(receipt->team_title, "Rapid response");
    uint64_t routed = receipt->receipt;
    struct rd_command claim = {
        .verb = RD_VERB_CLAIM, .target = rig_name(rig, referral, 1), .by = RD_TEXT("Ann")};
    assert_non_null(rig_do(rig, RAPID, &claim));
    assert_null(RECEIPT(rig)); /* the first is still out */
    tell(rig, routed, false);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_RECEIPTED), 1);
    assert_int_equal(RECEIPT(rig)->stage, RD_RECEIPT_CLAIMED);
    uint64_t claimed = RECEIPT(rig)->receipt;
    tell(rig, routed, false); /* twice, after a resend: nothing happens */
    assert_int_equal(rig->update.entries_count, 0);
    rig_pass(rig, 50 * RD_SECOND_US);
    assert_null(RECEIPT(rig));
    rig_pass(rig, 10 * RD_SECOND_US);
    claim.verb = RD_VERB_ACCEPT;
    assert_non_null(rig_do(rig, RAPID, &claim));
    tell(rig, claimed, true);
    const struct rd_entry *alarm = rig_wrote(rig, RD_ENTRY_ALARMED, 0);
    assert_int_equal(alarm->alarmed->kind, RD_ALARM_RECEIPT);
    assert_int_equal(RECEIPT(rig)->stage, RD_RECEIPT_ACCEPTED);
}

static void an_unacknowledged_receipt_is_sent_again(void **state)
{
    struct rig *rig = *state;
    (void)rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    watch(rig, GP, "feed:gp", 0, 0, 1);
    uint64_t number = RECEIPT(rig)->receipt;
    struct rd_event time = {.kind = RD_EVENT_TIME};
    rig->now += 60 * RD_SECOND_US;
    for (int i = 0; i < 5 && RECEIPT(rig) == NULL; i++) {
        struct rd_ping ping = {1};
        struct rd_message message = {.ping = &ping};
        if (i == 0)
            rig_say(rig, GP, RD_SOCKET_QUEUES, &message);
        else
            rig_step(rig, &time);
    }
    assert_non_null(RECEIPT(rig));
    assert_int_equal(RECEIPT(rig)->receipt, number);
    /* A consumer that comes back gets it at once. */
    rig_hello(rig, GP, RD_SOCKET_QUEUES);
    watch(rig, GP, "feed:gp", 0, 0, 1);
    assert_int_equal(RECEIPT(rig)->receipt, number);
}

/* A sender that takes all but one of its receipts: that one is tried again and again, and the
 * others come past it. */
static void a_receipt_that_stays_out_holds_up_no_other(void **state)
{
    struct rig *rig = *state;
    watch(rig, GP, "feed:gp", 0, 0, 2);
    (void)rig_refer(rig, &(struct sub){.key = "stuck", .need = "fall"});
    uint64_t stuck = RECEIPT(rig)->receipt;
    rig_pass(rig, 5 * RD_MINUTE_US);
    (void)rig_refer(rig, &(struct sub){.key = "other", .need = "fall"});
    assert_non_null(RECEIPT(rig));
    assert_int_not_equal(RECEIPT(rig)->receipt, stuck);
}

static void pending_receipts_stay_few(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_command claim = {.target = rig_name(rig, referral, 1), .by = RD_TEXT("Ann")};
    for (int i = 0; i < 40; i++) {
        claim.verb = i % 2 == 0 ? RD_VERB_CLAIM : RD_VERB_RELEASE;
        assert_non_null(rig_do(rig, RAPID, &claim));
    }
    assert_int_equal(rig_state(rig, referral)->receipts_count, 2);
}

static void say_hello(struct rig *rig, enum who who, uint64_t peer, uint64_t session)
{
    struct rd_hello hello = {1, 1, RD_TEXT("t"), RD_TEXT("1"), session};
    struct rd_message message = {.hello = &hello};
    struct rd_event event = {
        .kind = RD_EVENT_MESSAGE, .origin = rig_at(who, RD_SOCKET_QUEUES), .message = &message};
    event.origin.peer = peer;
    rig_step(rig, &event);
}

static void a_larger_session_takes_over(void **state)
{
    struct rig *rig = *state;
    uint64_t own = rig_at(RAPID, RD_SOCKET_QUEUES).peer;
    say_hello(rig, RAPID, 5000, 1); /* another peer, an older number */
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_STATE);
    say_hello(rig, RAPID, 5000, 1000);
    assert_null(rig_refused(rig));
    watch(rig, RAPID, "rapid", 0, 0, 10); /* from the old peer */
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_PROTOCOL);
    say_hello(rig, RAPID, own, 1000);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_STATE);
    say_hello(rig, RAPID, own, 1001);
    assert_null(rig_refused(rig));
}

static void silence_ends_a_session(void **state)
{
    struct rig *rig = *state;
    watch(rig, RAPID, "rapid", 0, 0, 10);
    rig->now += 16 * RD_SECOND_US;
    struct rd_event time = {.kind = RD_EVENT_TIME};
    rig_step(rig, &time);
    watch(rig, RAPID, "rapid", 0, 0, 10);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_PROTOCOL);
}

static void protocols_and_sockets_are_checked(void **state)
{
    struct rig *rig = *state;
    struct rd_hello hello = {2, 3, RD_TEXT("t"), RD_TEXT("1"), 99};
    struct rd_message message = {.hello = &hello};
    rig_say(rig, RAPID, RD_SOCKET_QUEUES, &message);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_PROTOCOL);
    struct rd_watch asked = {RD_TEXT("rapid"), 0, 0, 1};
    struct rd_message watching = {.watch = &asked};
    rig_say(rig, OPERATOR, RD_SOCKET_CONTROL, &watching);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_PROTOCOL);
    rig_text(rig_refused(rig)->words, "watch: not on this socket: it belongs on queues");
    struct rd_message empty = {0};
    rig_say(rig, OPERATOR, RD_SOCKET_CONTROL, &empty);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_PROTOCOL);
    /* What a newcomer forgets: nothing of it is guessed. */
    struct rd_hello bare[] = {{0, 1, RD_TEXT("t"), RD_TEXT("1"), 99},
                              {1, 0, RD_TEXT("t"), RD_TEXT("1"), 99},
                              {1, 1, RD_TEXT("t"), RD_TEXT("1"), 0}};
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++) {
        rig_say(rig, RAPID, RD_SOCKET_QUEUES, &(struct rd_message){.hello = &bare[i]});
        assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_MISSING);
    }
    struct rd_ping ping = {42};
    struct rd_message pinging = {.ping = &ping};
    rig_say(rig, RAPID, RD_SOCKET_QUEUES, &pinging);
    assert_int_equal(((const struct rd_ping *)rig_sent(rig, RAPID, RD_SOCKET_QUEUES,
                                                       offsetof(struct rd_message, pong), 0))
                         ->token,
                     42);
}

static void every_entry_is_a_note_on_the_event_feed(void **state)
{
    struct rig *rig = *state;
    (void)rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    size_t notes = 0;
    for (size_t i = 0; i < rig->update.sends_count; i++) {
        const struct rd_event_note *note = rig->update.sends[i].message->event;
        if (note == NULL)
            continue;
        assert_int_equal(rig->update.sends[i].socket, 0);
        assert_int_equal(note->entry, rig->update.entries[notes].number);
        assert_int_equal(rig->update.sends[i].gate, note->entry);
        notes++;
    }
    assert_int_equal(notes, rig->update.entries_count);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_snapshot_then_every_change_once),
        T(rows_wait_for_credit),
        T(a_resume_misses_nothing),
        T(after_a_restart_the_numbers_go_on),
        T(the_first_ack_of_a_row_delivers_it),
        T(too_far_behind_is_a_new_snapshot),
        T(a_large_snapshot_goes_on_by_itself),
        T(a_queue_is_seen_by_its_team_only),
        T(nobody_listening_is_an_alarm_now_and_then),
        T(a_hand_out_is_leased_and_never_a_claim),
        T(a_hand_out_that_a_watcher_has_is_kept),
        T(a_lease_has_its_bounds),
        T(a_hand_out_that_nobody_acknowledges_is_an_alarm),
        T(receipts_come_one_by_one),
        T(an_unacknowledged_receipt_is_sent_again),
        T(a_receipt_that_stays_out_holds_up_no_other),
        T(pending_receipts_stay_few),
        T(a_larger_session_takes_over),
        T(silence_ends_a_session),
        T(protocols_and_sockets_are_checked),
        T(every_entry_is_a_note_on_the_event_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
