/* What becomes of submissions: every disposal, its columns, its answer, what stands afterwards. */
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

static struct rd_command verb(enum rd_verb verb, struct rd_text target)
{
    return (struct rd_command){.verb = verb, .target = target, .by = RD_TEXT("Ann")};
}

static void a_repeat_is_answered_as_the_first(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.key = "k1", .need = "fall"};
    struct rd_text first = rig_refer(rig, &sub);
    uint64_t entry = SENT(rig, GP, RD_SOCKET_INTAKE, submit_result, 0)->entry;
    rig_pass(rig, RD_MINUTE_US);
    const struct rd_submit_result *again = rig_submit(rig, &sub);
    assert_int_equal(again->disposal, RD_DISPOSAL_REPEAT);
    assert_true(again->first_of_repeat);
    assert_int_equal(again->entry, entry);
    assert_int_equal(again->held_at, RIG_START);
    assert_true(rd_text_equal(again->referral, first));
    rig_text(again->lead_team, "rapid");
    const struct rd_received *received = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->received;
    assert_int_equal(received->first_entry, entry);
    assert_false(rd_text_present(received->submission->original)); /* kept once */
    assert_int_equal(rig_feed(rig, "gp")->repeats, 1);
    assert_int_equal(rig_feed(rig, "gp")->new_referrals, 1);
}

static void other_content_under_a_key_is_a_conflict(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(rig, &(struct sub){.key = "k1", .need = "fall"});
    const struct rd_submit_result *other =
        rig_submit(rig, &(struct sub){.key = "k1", .need = "fall", .content = "else"});
    assert_int_equal(other->disposal, RD_DISPOSAL_QUARANTINED);
    rig_text(other->reason, "conflict");
    const struct rd_entry *alarm = rig_wrote(rig, RD_ENTRY_ALARMED, 0);
    assert_int_equal(alarm->alarmed->kind, RD_ALARM_CONFLICT);
    rig_text(alarm->alarmed->person, "day desk");
    assert_int_equal(rig->update.alarms_count, 1);
    assert_int_equal(rig->update.alarms[0].gate, alarm->number);
    assert_int_equal(rig_state(rig, first)->revision, 1); /* never merged */
    /* The first content is still the key's. */
    assert_int_equal(rig_submit(rig, &(struct sub){.key = "k1", .need = "fall"})->disposal,
                     RD_DISPOSAL_REPEAT);
}

static void the_same_conflict_again_is_its_repeat(void **state)
{
    struct rig *rig = *state;
    (void)rig_refer(rig, &(struct sub){.key = "k1", .need = "fall"});
    struct sub other = {.key = "k1", .need = "fall", .content = "else"};
    uint64_t item = rig_submit(rig, &other)->entry;
    const struct rd_submit_result *again = rig_submit(rig, &other);
    assert_int_equal(again->disposal, RD_DISPOSAL_REPEAT);
    assert_int_equal(again->entry, item);
    rig_text(again->reason, "conflict");
    assert_false(rd_text_present(again->referral));
    assert_int_equal(rig->update.alarms_count, 0);
    assert_int_equal(rig_feed(rig, "gp")->quarantined, 1);
    assert_int_equal(rig_feed(rig, "gp")->repeats, 1);
    /* A third content is a conflict of its own. */
    other.content = "more";
    assert_int_equal(rig_submit(rig, &other)->disposal, RD_DISPOSAL_QUARANTINED);
}

static void a_key_lives_for_its_window(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.feed = "hospital", .key = "k1", .need = "fall"};
    struct rd_text first = rig_refer(rig, &sub);
    rig_pass(rig, 3 * RD_DAY_US); /* the window is a day, but the referral is open */
    (void)rig_submit(rig, &(struct sub){.key = "sweep", .need = "fall"});
    assert_int_equal(rig_submit(rig, &sub)->disposal, RD_DISPOSAL_REPEAT);
    struct rd_command close = verb(RD_VERB_CLOSE, rig_name(rig, first, 1));
    close.outcome = RD_OUTCOME_ADVICE_ONLY;
    assert_non_null(rig_do(rig, DESK, &close));
    rig_pass(rig, 2 * RD_DAY_US);
    assert_int_equal(rig_submit(rig, &sub)->disposal, RD_DISPOSAL_NEW);
}

static void unreadable_bytes_go_to_the_desk(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.key = "k1", .quarantine = "hl7-truncated"};
    assert_int_equal(rig_submit(rig, &sub)->disposal, RD_DISPOSAL_QUARANTINED);
    uint64_t item = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->number;
    const struct rd_received *received = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->received;
    assert_int_equal(received->desk_due, RIG_START + 60 * RD_MINUTE_US);
    assert_true(rd_text_present(received->submission->original));
    assert_int_equal(rig_wrote(rig, RD_ENTRY_ALARMED, 0)->alarmed->quarantine, item);
    assert_int_equal(rig_submit(rig, &sub)->disposal, RD_DISPOSAL_REPEAT);
    rig_pass(rig, 61 * RD_MINUTE_US);
    size_t late = 0;
    for (size_t i = 0; i < rig->entries_count; i++)
        late += rig->entries[i].kind == RD_ENTRY_ALARMED &&
                rig->entries[i].alarmed->quarantine == item && rig->entries[i].at > RIG_START;
    assert_int_equal(late, 1);
}

static void nothing_of_another_environment_is_dispatched(void **state)
{
    struct rig *rig = *state;
    const struct rd_submit_result *result = rig_submit(
        rig, &(struct sub){.key = "k1", .need = "fall", .environment = RD_ENVIRONMENT_TEST});
    assert_int_equal(result->disposal, RD_DISPOSAL_REJECTED);
    rig_text(result->reason, "test-on-live");
    result = rig_submit(rig, &(struct sub){.feed = "gp-test",
                                           .key = "k1",
                                           .need = "fall",
                                           .environment = RD_ENVIRONMENT_LIVE});
    rig_text(result->reason, "live-on-test");
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_DECIDED), 0);
    assert_int_equal(rig_feed(rig, "gp")->rejected, 1);
    assert_int_equal(rig_feed(rig, "gp")->open, 0);
}

static void a_feed_that_is_not_theirs_is_refused_and_seen(void **state)
{
    struct rig *rig = *state;
    assert_null(rig_submit(rig, &(struct sub){.by = HOSPITAL, .feed = "gp", .key = "k1"}));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS);
    assert_int_equal(rig_feed(rig, "gp")->rejected, 1);
    assert_null(rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->received->submission->referral);
    assert_null(rig_submit(rig, &(struct sub){.by = GP, .feed = "nowhere", .key = "k1"}));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
    assert_int_equal(rig->update.entries_count, 0);
}

static void draining_answers_busy_and_uses_no_key(void **state)
{
    struct rig *rig = *state;
    struct rd_event drain = {.kind = RD_EVENT_DRAIN};
    rig_step(rig, &drain);
    const struct rd_submit_result *result =
        rig_submit(rig, &(struct sub){.key = "k1", .need = "fall"});
    assert_true(result->busy);
    assert_int_equal(result->disposal, 0);
    assert_int_equal(rig->update.entries_count, 0);
}

static void an_amendment_is_found_by_reference(void **state)
{
    struct rig *rig = *state;
    struct rd_text first =
        rig_refer(rig, &(struct sub){.key = "k1", .need = "lonely", .ref = "r1"});
    const struct rd_submit_result *result =
        rig_submit(rig, &(struct sub){.key = "k2",
                                      .need = "lonely",
                                      .ref = "r1",
                                      .action = RD_ACTION_AMEND,
                                      .last_updated = RIG_START});
    assert_int_equal(result->disposal, RD_DISPOSAL_AMENDED);
    assert_true(rd_text_equal(result->referral, first));
    const struct rd_referral_state *held = rig_state(rig, first);
    assert_int_equal(held->revision, 2);
    assert_int_equal(held->bodies.len, 16);
    assert_false(held->assignments[0].change_asked);
    assert_int_equal(held->clocks_count, 1);
    result = rig_submit(rig, &(struct sub){.key = "k3",
                                           .need = "lonely",
                                           .ref = "r1",
                                           .action = RD_ACTION_AMEND,
                                           .last_updated = RIG_START - RD_HOUR_US});
    assert_int_equal(result->disposal, RD_DISPOSAL_REJECTED);
    rig_text(result->reason, "stale");
}

/* Overtaken by its own update: its sender hears that it is held; merged, it takes nothing back. */
static void a_new_one_is_never_refused_as_old(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(rig, &(struct sub){.key = "k1",
                                                        .need = "lonely",
                                                        .ref = "r1",
                                                        .action = RD_ACTION_AMEND,
                                                        .last_updated = RIG_START});
    struct sub sub = {.key = "k2",
                      .need = "lonely",
                      .ref = "r1",
                      .last_updated = RIG_START - RD_HOUR_US,
                      .based_on = {true, 1}};
    const struct rd_submit_result *result = rig_submit(rig, &sub);
    assert_int_equal(result->disposal, RD_DISPOSAL_AMENDED);
    assert_true(rd_text_equal(result->referral, first));
    assert_true(rig_state(rig, first)->last_updated == RIG_START);
    sub.key = "k3";
    sub.based_on.has = false; /* nobody merged it: it would put the old words over the newer */
    rig_text(rig_submit(rig, &sub)->reason, "stale");
}

static void a_validation_is_not_the_referral_of_that_reference(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.key = "k1", .need = "lonely", .ref = "r1"};
    struct rd_text referral = rig_refer(rig, &sub);
    sub.key = "k2";
    sub.kind = RD_KIND_VALIDATION;
    const struct rd_submit_result *result = rig_submit(rig, &sub);
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    rig_text(result->reason, "reference-of-another-kind");
    assert_false(rd_text_equal(result->referral, referral));
    assert_int_equal(rig_state(rig, referral)->revision, 1);
}

static void a_reference_never_mixes_two_people(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.key = "k1", .need = "lonely", .ref = "r1", .person = "Ann"};
    struct rd_text ann = rig_refer(rig, &sub);
    /* anew, for somebody else: a referral of its own, Ann's stays as it is */
    sub.key = "k2";
    sub.person = "Bob";
    const struct rd_submit_result *result = rig_submit(rig, &sub);
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    rig_text(result->reason, "reference-of-another-person");
    assert_false(rd_text_equal(result->referral, ann));
    assert_int_equal(rig_state(rig, ann)->revision, 1);
    /* a cancel for a third: nothing ends, the desk asks */
    sub.key = "k3";
    sub.person = "Cid";
    sub.action = RD_ACTION_CANCEL;
    result = rig_submit(rig, &sub);
    assert_int_equal(result->disposal, RD_DISPOSAL_QUARANTINED);
    rig_text(result->reason, "reference-of-another-person");
    assert_int_equal(rig_state(rig, ann)->phase, RD_PHASE_OPEN);
    assert_int_equal(rig_feed(rig, "gp")->cancellations, 0);
    /* an amendment that says nobody's number is the reference's */
    sub.key = "k4";
    sub.person = NULL;
    sub.action = RD_ACTION_AMEND;
    assert_int_equal(rig_submit(rig, &sub)->disposal, RD_DISPOSAL_AMENDED);
    rig_replay_equal(rig);
}

static void a_raised_urgency_must_be_acknowledged(void **state)
{
    struct rig *rig = *state;
    struct rd_text first =
        rig_refer(rig, &(struct sub){.key = "k1", .need = "lonely", .ref = "r1"});
    rd_instant start = rig_state(rig, first)->clocks[0].start;
    rd_instant due = rig_state(rig, first)->clocks[0].alarm_due;
    rig_pass(rig, 10 * RD_MINUTE_US);
    (void)rig_submit(rig, &(struct sub){.key = "k2",
                                        .need = "lonely",
                                        .ref = "r1",
                                        .action = RD_ACTION_AMEND,
                                        .asked = RD_PRIORITY_TWO_HOUR});
    const struct rd_referral_state *held = rig_state(rig, first);
    assert_true(held->assignments[0].change_asked);
    assert_true(held->assignments[1].change_asked);
    assert_int_equal(held->urgency, RD_PRIORITY_TWO_HOUR);
    assert_int_equal(held->clocks[0].start, start);
    assert_int_equal(held->clocks[0].alarm_due, due);
    assert_int_equal(held->clocks_count, 2);
    rig_text(held->clocks[1].basis, "deterioration");
    assert_int_equal(held->clocks[1].start, rig->now);
    struct rd_command acknowledge = verb(RD_VERB_ACKNOWLEDGE, rig_name(rig, first, 1));
    assert_false(rig_do(rig, LOCALITY, &acknowledge)->row->change_asked);
    assert_null(rig_do(rig, LOCALITY, &acknowledge)); /* nothing is asked any more */
}

static void an_amendment_brings_in_further_teams(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(rig, &(struct sub){.key = "k1", .need = "fall", .ref = "r1"});
    struct sub amend = {.key = "k2",
                        .need = "fall",
                        .ref = "r1",
                        .flag = "safeguarding",
                        .action = RD_ACTION_AMEND};
    (void)rig_submit(rig, &amend);
    const struct rd_referral_state *held = rig_state(rig, first);
    assert_int_equal(held->assignments_count, 2);
    rig_text(held->assignments[1].team, "neighbour");
    assert_int_equal(held->assignments[0].phase, RD_ASSIGNMENT_WAITING); /* the lead stays */
    /* The decision is kept as the rules gave it. */
    assert_int_equal(rig_wrote(rig, RD_ENTRY_DECIDED, 0)->decided->decision->assignments_count, 2);
    amend.key = "k3";
    (void)rig_submit(rig, &amend);
    assert_int_equal(rig_state(rig, first)->assignments_count, 2); /* it has it already */
}

static void an_amendment_of_nothing_is_somebody_asking(void **state)
{
    struct rig *rig = *state;
    const struct rd_submit_result *result = rig_submit(
        rig, &(struct sub){.key = "k1", .need = "fall", .ref = "r9", .action = RD_ACTION_AMEND});
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    rig_text(result->reason, "amend-without-new");
}

static void the_same_reference_sent_anew_amends(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(rig, &(struct sub){.key = "k1", .need = "fall", .ref = "r1"});
    const struct rd_submit_result *result =
        rig_submit(rig, &(struct sub){.key = "k2", .need = "fall", .ref = "r1"});
    assert_int_equal(result->disposal, RD_DISPOSAL_AMENDED);
    assert_true(rd_text_equal(result->referral, first));
}

static void a_cancel_before_any_claim_withdraws(void **state)
{
    struct rig *rig = *state;
    struct rd_text first =
        rig_refer(rig, &(struct sub){.key = "k1", .need = "lonely", .ref = "r1"});
    const struct rd_submit_result *result =
        rig_submit(rig, &(struct sub){.key = "k2", .ref = "r1", .action = RD_ACTION_CANCEL});
    assert_int_equal(result->disposal, RD_DISPOSAL_CANCELLED);
    const struct rd_referral_state *held = rig_state(rig, first);
    assert_int_equal(held->phase, RD_PHASE_CLOSED);
    assert_int_equal(held->outcome, RD_OUTCOME_WITHDRAWN);
    assert_int_equal(rig_feed(rig, "gp")->cancellations, 1);
    assert_int_equal(rig_feed(rig, "gp")->closed, 1);
}

static void a_cancel_after_a_claim_must_be_acknowledged(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(rig, &(struct sub){.key = "k1", .need = "fall", .ref = "r1"});
    struct rd_text name = rig_name(rig, first, 1);
    struct rd_command claim = verb(RD_VERB_CLAIM, name);
    assert_non_null(rig_do(rig, RAPID, &claim));
    (void)rig_submit(rig, &(struct sub){.key = "k2", .ref = "r1", .action = RD_ACTION_CANCEL});
    const struct rd_referral_state *held = rig_state(rig, first);
    assert_int_equal(held->phase, RD_PHASE_OPEN);
    assert_true(held->assignments[0].stand_down_asked);
    rig_pass(rig, 31 * RD_MINUTE_US);
    size_t alarms = 0;
    for (size_t i = 0; i < rig->entries_count; i++)
        alarms += rig->entries[i].kind == RD_ENTRY_ALARMED &&
                  rig->entries[i].alarmed->kind == RD_ALARM_STAND_DOWN;
    assert_int_equal(alarms, 1);
    struct rd_command acknowledge = verb(RD_VERB_ACKNOWLEDGE, name);
    assert_non_null(rig_do(rig, RAPID, &acknowledge));
    held = rig_state(rig, first);
    assert_int_equal(held->phase, RD_PHASE_CLOSED);
    rig_text(held->assignments[0].closed_by, "Ann");
}

static void a_cancel_after_a_contact_is_only_recorded(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(rig, &(struct sub){.key = "k1", .need = "fall", .ref = "r1"});
    struct rd_command contact = verb(RD_VERB_CONTACT, rig_name(rig, first, 1));
    contact.mode = RD_CONTACT_FACE_TO_FACE;
    assert_non_null(rig_do(rig, RAPID, &contact));
    (void)rig_submit(rig, &(struct sub){.key = "k2", .ref = "r1", .action = RD_ACTION_CANCEL});
    const struct rd_referral_state *held = rig_state(rig, first);
    assert_int_equal(held->phase, RD_PHASE_OPEN);
    assert_false(held->assignments[0].stand_down_asked);
    assert_int_equal(held->bodies.len, 16);
}

static void a_cancel_that_comes_first_leaves_a_tombstone(void **state)
{
    struct rig *rig = *state;
    const struct rd_submit_result *result =
        rig_submit(rig, &(struct sub){.key = "k1", .ref = "r1", .action = RD_ACTION_CANCEL});
    assert_int_equal(result->disposal, RD_DISPOSAL_CANCELLED);
    rig_text(result->reason, "early-cancel");
    assert_int_equal(rig_wrote(rig, RD_ENTRY_ALARMED, 0)->alarmed->kind, RD_ALARM_EARLY_CANCEL);
    uint64_t item = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->number;
    result = rig_submit(rig, &(struct sub){.key = "k2", .need = "fall", .ref = "r1"});
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    rig_text(result->reason, "cancelled-before-it-came");
    rig_text(result->lead_team, "desk"); /* never dispatched to a team */
    assert_int_equal(rig_wrote(rig, RD_ENTRY_DECIDED, 0)->decided->decision->assignments_count, 1);
    struct rd_command refuse =
        verb(RD_VERB_REFUSE, rd_arena_format(&rig->keep, "Q%u", (unsigned)item));
    refuse.reason = RD_TEXT("the practice confirmed it");
    assert_non_null(rig_do(rig, DESK, &refuse));
    assert_int_equal(rig_feed(rig, "gp")->cancellations, 1);
    assert_int_equal(rig_feed(rig, "gp")->rejected, 0);
}

static void facts_go_to_every_open_referral_of_the_person(void **state)
{
    struct rig *rig = *state;
    struct rd_text one = rig_refer(rig, &(struct sub){.key = "k1", .need = "fall", .person = "p"});
    struct rd_text two =
        rig_refer(rig, &(struct sub){.feed = "self", .key = "k2", .need = "odd", .person = "p"});
    const struct rd_submit_result *result = rig_submit(
        rig,
        &(struct sub){.feed = "hospital", .key = "adt1", .person = "p", .action = RD_ACTION_FACT});
    assert_int_equal(result->disposal, RD_DISPOSAL_FACT_APPLIED);
    assert_int_equal(rig_state(rig, one)->facts_added, 1);
    assert_int_equal(rig_state(rig, two)->facts_added, 1);
    assert_int_equal(rig_state(rig, one)->phase, RD_PHASE_OPEN); /* a fact closes nothing */
    result = rig_submit(
        rig, &(struct sub){
                 .feed = "hospital", .key = "adt2", .person = "nobody", .action = RD_ACTION_FACT});
    assert_int_equal(result->disposal, RD_DISPOSAL_FACT_IGNORED);
    const struct rd_received *received = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->received;
    assert_null(received->submission->referral);
    assert_false(rd_text_present(received->submission->original));
    assert_int_equal(received->person_hashes_count, 0);
    assert_true(rd_text_present(received->submission->key));
}

static void a_repair_moves_an_item_to_another_column(void **state)
{
    struct rig *rig = *state;
    (void)rig_submit(rig, &(struct sub){.key = "k1", .quarantine = "unreadable"});
    uint64_t item = rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->number;
    assert_null(rig_submit(rig, &(struct sub){.key = "k1", .need = "fall", .repairs = item}));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS); /* not the adapter's to do */
    const struct rd_submit_result *result = rig_submit(
        rig, &(struct sub){.by = OPERATOR, .key = "k1", .need = "fall", .repairs = item});
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    const struct rd_feed_state *feed = rig_feed(rig, "gp");
    assert_int_equal(feed->quarantined, 0);
    assert_int_equal(feed->new_referrals, 1);
    assert_int_equal(feed->submissions, 2); /* the refused attempt, and the item */
    assert_null(rig_submit(rig, &(struct sub){.by = OPERATOR, .key = "k7", .repairs = item}));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_STATE);
    /* The sender's own resend is a repeat of what it became. */
    (void)rig_submit(rig, &(struct sub){.key = "k1", .need = "fall"});
    assert_int_equal(rig_feed(rig, "gp")->repeats, 1);
}

static void an_item_can_be_put_to_a_referral_by_hand(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(rig, &(struct sub){.key = "k1", .need = "fall"});
    (void)rig_submit(rig, &(struct sub){.key = "k1", .content = "else"});
    struct rd_command repair = verb(RD_VERB_REPAIR, RD_TEXT("Q4"));
    repair.target =
        rd_arena_format(&rig->keep, "Q%u", (unsigned)rig_wrote(rig, RD_ENTRY_RECEIVED, 0)->number);
    assert_null(rig_do(rig, DESK, &repair));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_MISSING);
    repair.to = first;
    assert_null(rig_do(rig, RAPID, &repair));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS);
    assert_non_null(rig_do(rig, DESK, &repair));
    assert_int_equal(rig_state(rig, first)->bodies.len, 16);
    assert_int_equal(rig_feed(rig, "gp")->amendments, 1);
    assert_int_equal(rig_feed(rig, "gp")->quarantined, 0);
}

static void what_is_wrong_with_the_form_is_said(void **state)
{
    struct rig *rig = *state;
    struct rd_submission submission = {.feed = RD_TEXT("gp")};
    struct rd_submit submit = {5, &submission, 0};
    struct rd_message message = {.submit = &submit};
    rig_say(rig, GP, RD_SOCKET_INTAKE, &message);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_MISSING);
    assert_int_equal(rig_refused(rig)->correlation, 5);
    submission.key = RD_TEXT("k");
    submission.digest = RD_TEXT("short");
    rig_say(rig, GP, RD_SOCKET_INTAKE, &message);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_INVALID);
    submit.submission = NULL;
    rig_say(rig, GP, RD_SOCKET_INTAKE, &message);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_MISSING);
    assert_int_equal(rig->entries_count, 2); /* the start, the rules: no entry of these */
    const struct rd_submit_result *result =
        rig_submit(rig, &(struct sub){.key = "k1", .no_record = true});
    assert_int_equal(result->disposal, RD_DISPOSAL_QUARANTINED);
    rig_text(result->reason, "missing-record");
}

static void a_back_entry_keeps_its_true_time(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(
        rig, &(struct sub){.key = "k1", .need = "fall", .received = RIG_START - RD_HOUR_US});
    assert_int_equal(rig_state(rig, first)->clocks[0].start, RIG_START - RD_HOUR_US);
    struct rd_text second = rig_refer(
        rig, &(struct sub){.key = "k2", .need = "fall", .received = RIG_START + RD_HOUR_US});
    assert_int_equal(rig_state(rig, second)->received, RIG_START); /* not from the future */
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_repeat_is_answered_as_the_first),
        T(other_content_under_a_key_is_a_conflict),
        T(the_same_conflict_again_is_its_repeat),
        T(a_key_lives_for_its_window),
        T(unreadable_bytes_go_to_the_desk),
        T(nothing_of_another_environment_is_dispatched),
        T(a_feed_that_is_not_theirs_is_refused_and_seen),
        T(draining_answers_busy_and_uses_no_key),
        T(an_amendment_is_found_by_reference),
        T(a_new_one_is_never_refused_as_old),
        T(a_validation_is_not_the_referral_of_that_reference),
        T(a_reference_never_mixes_two_people),
        T(a_raised_urgency_must_be_acknowledged),
        T(an_amendment_brings_in_further_teams),
        T(an_amendment_of_nothing_is_somebody_asking),
        T(the_same_reference_sent_anew_amends),
        T(a_cancel_before_any_claim_withdraws),
        T(a_cancel_after_a_claim_must_be_acknowledged),
        T(a_cancel_after_a_contact_is_only_recorded),
        T(a_cancel_that_comes_first_leaves_a_tombstone),
        T(facts_go_to_every_open_referral_of_the_person),
        T(a_repair_moves_an_item_to_another_column),
        T(an_item_can_be_put_to_a_referral_by_hand),
        T(what_is_wrong_with_the_form_is_said),
        T(a_back_entry_keeps_its_true_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
