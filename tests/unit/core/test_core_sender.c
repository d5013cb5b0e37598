/* What a sender's adapter reads and merges: its own records by reference and by person, recorded
 * before they leave, and amendments made from the revision that is held. */
#include "rig.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static int setup(void **state)
{
    static struct rig rig;
    memset(&rig, 0, sizeof rig);
    rig_open(&rig);
    *state = &rig;
    return 0;
}

static int teardown(void **state)
{
    rig_replay_equal(*state);
    rig_close(*state);
    return 0;
}

static const struct sub fall = {
    .feed = "ambulance", .key = "k1", .need = "fall", .ref = "r1", .person = "p1"};

static const struct rd_opened *open_as(struct rig *rig, enum who who, const char *feed,
                                       struct rd_text target)
{
    struct rd_open open = {.correlation = 5,
                           .target = target,
                           .by = RD_TEXT("RRU"),
                           .purpose = RD_TEXT("GET ServiceRequest"),
                           .feed = rd_text_of(feed)};
    rig_say(rig, who, RD_SOCKET_INTAKE, &(struct rd_message){.open = &open});
    return SENT(rig, who, RD_SOCKET_INTAKE, opened, 0);
}

static void its_own_record_and_how_far_it_is(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &fall);
    const struct rd_opened *opened = open_as(rig, AMBULANCE, "ambulance", referral);
    assert_non_null(opened);
    assert_int_equal(opened->view, RD_VIEW_FULL);
    assert_null(opened->row);
    assert_int_equal(opened->contacts_count, 0);
    assert_int_equal(opened->stages->phase, RD_PHASE_OPEN);
    assert_int_equal(opened->stages->revision, 1);
    assert_int_equal(opened->stages->accepted, 0);
    const struct rd_entry *read = rig_wrote(rig, RD_ENTRY_READ, 0);
    rig_text(read->read->by, "RRU");
    rig_text(read->read->purpose, "GET ServiceRequest");
    size_t with_bodies = 0; /* gated on the entry that says who read it */
    for (size_t i = 0; i < rig->update.sends_count; i++)
        if (rig->update.sends[i].bodies.len == 8) {
            with_bodies++;
            assert_int_equal(rig->update.sends[i].gate, read->number);
        }
    assert_int_equal(with_bodies, 1);
    rd_instant at = rig->now;
    struct rd_command command = {
        .verb = RD_VERB_CLAIM, .target = rig_name(rig, referral, 1), .by = RD_TEXT("Ann")};
    assert_non_null(rig_do(rig, RAPID, &command));
    command.verb = RD_VERB_ACCEPT;
    assert_non_null(rig_do(rig, RAPID, &command));
    assert_int_equal(open_as(rig, AMBULANCE, "ambulance", referral)->stages->accepted, at);
}

static void nobody_elses(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &fall);
    const struct {
        enum who who;
        const char *feed;
        struct rd_text target;
    } rows[] = {{AMBULANCE, "gp", referral}, /* not the feed it came by */
                {GP, "gp", referral},
                {GP, "ambulance", referral}, /* a feed that its key does not list */
                {AMBULANCE, "ambulance", RD_TEXT("7K3Q9-M2X4T")},
                {AMBULANCE, "ambulance", RD_TEXT("Q1")},
                {AMBULANCE, NULL, referral}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_null(open_as(rig, rows[i].who, rows[i].feed, rows[i].target));
        const struct rd_refused *refused = SENT(rig, rows[i].who, RD_SOCKET_INTAKE, refused, 0);
        assert_int_equal(refused->code, RD_REFUSAL_UNKNOWN);
        assert_int_equal(rig->update.entries_count, 0);
    }
}

static const struct rd_query_result *find(struct rig *rig, enum who who, const char *feed,
                                          const char *person)
{
    static char hash[RD_HASH_BYTES]; /* as the rig makes a person's */
    struct rd_identifier sought = {.system = RD_TEXT("nhs-number"), .value = rd_text_of(person)};
    struct rd_query query = {.correlation = 6,
                             .kind = RD_QUERY_FIND,
                             .target = rd_text_of(feed),
                             .by = RD_TEXT("RRU"),
                             .sought = &sought};
    struct rd_message message = {.query = &query};
    rig_step(rig, &(struct rd_event){.kind = RD_EVENT_MESSAGE,
                                     .origin = rig_at(who, RD_SOCKET_INTAKE),
                                     .message = &message,
                                     .sought_hash = rig_person_hash(hash, person)});
    return SENT(rig, who, RD_SOCKET_INTAKE, query_result, 0);
}

static void a_person_among_the_feeds_own(void **state)
{
    struct rig *rig = *state;
    struct rd_text first = rig_refer(rig, &fall);
    struct sub sub = fall;
    sub.key = "k2";
    sub.ref = "r2";
    struct rd_text second = rig_refer(rig, &sub);
    (void)rig_refer(rig, &(struct sub){.key = "g", .need = "fall", .ref = "g", .person = "p1"});
    const struct rd_query_result *result = find(rig, AMBULANCE, "ambulance", "p1");
    assert_int_equal(result->found_count, 2);
    assert_true(rd_text_equal(result->found[0], first));
    assert_true(rd_text_equal(result->found[1], second));
    const struct rd_entry *read = rig_wrote(rig, RD_ENTRY_READ, 0);
    rig_text(read->feed, "ambulance");
    assert_int_equal(read->read->found, 2);
    assert_int_equal(read->read->sought.len, RD_HASH_BYTES);
    assert_int_equal(find(rig, AMBULANCE, "ambulance", "p2")->found_count, 0);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_READ), 1); /* that nobody was found, too */
    assert_null(find(rig, GP, "ambulance", "p1"));
    assert_int_equal(SENT(rig, GP, RD_SOCKET_INTAKE, refused, 0)->code, RD_REFUSAL_RIGHTS);
    assert_null(find(rig, AMBULANCE, "ambulance", ""));
    assert_int_equal(SENT(rig, AMBULANCE, RD_SOCKET_INTAKE, refused, 0)->code, RD_REFUSAL_MISSING);
    assert_int_equal(rig->update.entries_count, 0);
}

static void of_very_many_the_newest(void **state)
{
    struct rig *rig = *state;
    char key[16];
    struct rd_text newest = RD_TEXT_NONE;
    for (int i = 0; i < 34; i++) {
        (void)snprintf(key, sizeof key, "m%d", i);
        struct sub sub = fall;
        sub.key = sub.ref = key;
        newest = rig_refer(rig, &sub);
    }
    const struct rd_query_result *result = find(rig, AMBULANCE, "ambulance", "p1");
    assert_int_equal(result->found_count, 32);
    assert_true(rd_text_equal(result->found[31], newest));
    rig_text(rig_wrote(rig, RD_ENTRY_READ, 0)->read->by, "RRU");
}

static const struct rd_submit_result *amend(struct rig *rig, const char *key, int32_t based_on)
{
    struct sub sub = fall;
    sub.key = key;
    sub.content = key;
    sub.action = RD_ACTION_AMEND;
    sub.based_on = (struct rd_opt_i32){true, based_on};
    return rig_submit(rig, &sub);
}

static void an_amendment_is_made_from_what_is_held(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &fall);
    uint64_t before = rig_feed(rig, "ambulance")->submissions;
    const struct rd_submit_result *result = amend(rig, "k2", 0);
    assert_true(result->busy);
    rig_text(result->reason, "revision");
    assert_true(rd_text_equal(result->referral, referral));
    assert_int_equal(rig->update.entries_count, 0); /* nothing is kept, no key used */
    assert_int_equal(rig_feed(rig, "ambulance")->submissions, before);
    result = amend(rig, "k2", 1);
    assert_false(result->busy);
    assert_int_equal(result->disposal, RD_DISPOSAL_AMENDED);
    assert_int_equal(rig_state(rig, referral)->revision, 2);
    rig_text(amend(rig, "k3", 1)->reason, "revision"); /* somebody was faster */
    assert_int_equal(amend(rig, "k3", 2)->disposal, RD_DISPOSAL_AMENDED);
    assert_int_equal(amend(rig, "k3", 0)->disposal, RD_DISPOSAL_REPEAT); /* whatever it says now */
}

static void an_amendment_of_what_is_closed_keeps_what_was_known(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &fall);
    struct sub cancel = fall;
    cancel.key = "c";
    cancel.content = "cancel";
    cancel.action = RD_ACTION_CANCEL;
    assert_int_equal(rig_submit(rig, &cancel)->disposal, RD_DISPOSAL_CANCELLED);
    assert_int_equal(rig_state(rig, referral)->phase, RD_PHASE_CLOSED);
    const struct rd_submit_result *result = amend(rig, "k2", 0);
    rig_text(result->reason, "revision");
    assert_true(rd_text_equal(result->referral, referral));
    result = amend(rig, "k2", 1);
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    rig_text(result->reason, "amend-after-close");
    assert_false(rd_text_equal(result->referral, referral));
}

static void an_amendment_of_nothing_is_somebody_asking(void **state)
{
    const struct rd_submit_result *result = amend(*state, "k2", 0);
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    rig_text(result->reason, "amend-without-new");
}

static void our_own_reference_names_it(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &fall);
    struct sub sub = fall;
    sub.key = "k2";
    sub.content = "k2";
    sub.ref = "another";
    sub.action = RD_ACTION_AMEND;
    sub.named = referral;
    assert_int_equal(rig_submit(rig, &sub)->disposal, RD_DISPOSAL_AMENDED);
    assert_int_equal(rig_state(rig, referral)->revision, 2);
    sub.key = "k3";
    sub.content = "k3";
    sub.ref = "a third";
    sub.person = "p2"; /* of somebody else it is not */
    const struct rd_submit_result *result = rig_submit(rig, &sub);
    assert_int_equal(result->disposal, RD_DISPOSAL_NEW);
    rig_text(result->reason, "reference-of-another-person");
    sub.feed = "gp"; /* nor of another feed's sender */
    sub.key = "k4";
    sub.person = "p1";
    assert_int_equal(rig_submit(rig, &sub)->disposal, RD_DISPOSAL_NEW);
    assert_int_equal(rig_state(rig, referral)->revision, 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(its_own_record_and_how_far_it_is),
        TEST(nobody_elses),
        TEST(a_person_among_the_feeds_own),
        TEST(of_very_many_the_newest),
        TEST(an_amendment_is_made_from_what_is_held),
        TEST(an_amendment_of_what_is_closed_keeps_what_was_known),
        TEST(an_amendment_of_nothing_is_somebody_asking),
        TEST(our_own_reference_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
