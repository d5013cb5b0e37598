/* Rule sets over time, and decisions made again. */
#include "rig.h"

#include "model/limits.h"
#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct rd_rules *next_rules;

static int set_up(void **state)
{
    static struct rig rig;
    next_rules = rd_fake_rules_new(rd_alloc_heap());
    rd_fake_rules_set_hash(next_rules, RD_TEXT("fake-2"));
    rig_open(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_close(*state);
    rd_fake_rules_free(next_rules);
    return 0;
}

static const struct rd_ruleset_file files[] = {{{"a.yaml", 6}, {"one", 3}},
                                               {{"b.yaml", 6}, {"", 0}}};

static struct rd_event activation(const struct rig *rig, rd_instant in)
{
    return (struct rd_event){.kind = RD_EVENT_RULES,
                             .rules = next_rules,
                             .effective = in == 0 ? 0 : rig->now + in,
                             .files = files,
                             .files_count = 2,
                             .by = RD_TEXT("Olu"),
                             .approved_by = RD_TEXT("Dr Dee"),
                             .reason = RD_TEXT("four localities become three")};
}

static struct rd_text hash_of_next(struct rig *rig, const char *key)
{
    struct sub sub = {.key = key, .need = "fall"};
    (void)rig_refer(rig, &sub);
    return rig_wrote(rig, RD_ENTRY_DECIDED, 0)->decided->decision->rules_hash;
}

static void a_set_takes_over_at_its_time(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.key = "before", .need = "fall"};
    struct rd_text before = rig_refer(rig, &sub);
    struct rd_event event = activation(rig, RD_HOUR_US);
    rig_step(rig, &event);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_RULES), 0);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_RULESET), 2);
    assert_true(rig_wrote(rig, RD_ENTRY_RULESET, 1)->ruleset->last);
    const struct rd_activation *planned = rig_wrote(rig, RD_ENTRY_ACTIVATION, 0)->activation;
    rig_text(planned->hash, "fake-2");
    rig_text(planned->approved_by, "Dr Dee");
    assert_true(rig->update.next_due != 0 && rig->update.next_due <= rig->now + RD_HOUR_US);
    rig_text(hash_of_next(rig, "still"), "fake-1");
    rd_instant due = rig_state(rig, before)->clocks[0].alarm_due;
    rig_pass(rig, RD_HOUR_US - RD_MINUTE_US);
    rig_text(rd_core_meta(rig->core)->rules_hash, "fake-1");
    rig_pass(rig, RD_MINUTE_US);
    rig_text(rd_core_meta(rig->core)->rules_hash, "fake-2");
    rig_text(rd_core_meta(rig->core)->previous_rules_hash, "fake-1");
    assert_false(rd_text_present(rd_core_meta(rig->core)->pending_rules_hash));
    assert_ptr_equal(rd_core_rules(rig->core), next_rules);
    rig_text(hash_of_next(rig, "after"), "fake-2");
    /* what is open keeps its decision and its clock */
    assert_int_equal(rig_state(rig, before)->clocks[0].alarm_due, due);
    rig_text(rig_state(rig, before)->rules_hash, "fake-1");
    rig_replay_equal(rig);
}

/* A submission that comes after the time, before the timer: it is decided by the new set. */
static void its_time_counts_and_not_the_timer(void **state)
{
    struct rig *rig = *state;
    struct rd_event event = activation(rig, RD_SECOND_US);
    rig_step(rig, &event);
    rig->now += RD_SECOND_US;
    rig_text(hash_of_next(rig, "at"), "fake-2");
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_RULES), 1);
    rig_text(rig_wrote(rig, RD_ENTRY_RULES, 0)->rules->reason, "four localities become three");
}

static void what_waits_can_be_withdrawn(void **state)
{
    struct rig *rig = *state;
    struct rd_event event = activation(rig, RD_HOUR_US);
    rig_step(rig, &event);
    struct rd_event withdraw = {.kind = RD_EVENT_WITHDRAW, .by = RD_TEXT("Olu")};
    rig_step(rig, &withdraw);
    assert_true(rig_wrote(rig, RD_ENTRY_ACTIVATION, 0)->activation->withdrawn);
    rig_step(rig, &withdraw); /* again: nothing waits */
    assert_int_equal(rig->update.entries_count, 0);
    rig_pass(rig, 2 * RD_HOUR_US);
    rig_text(rd_core_meta(rig->core)->rules_hash, "fake-1");
    rig_replay_equal(rig);
}

/* Scheduled while it fitted; at its time a team that it does not have has something open. */
static void what_no_longer_fits_does_not_come(void **state)
{
    struct rig *rig = *state;
    struct rd_errbuf why = {{0}};
    rd_fake_rules_drop_team(next_rules, RD_TEXT("voluntary"));
    rd_fake_rules_drop_feed(next_rules, RD_TEXT("self"));
    assert_true(rd_core_rules_fit(rig->core, next_rules, &why));
    struct rd_event event = activation(rig, RD_HOUR_US);
    rig_step(rig, &event);
    struct sub sub = {.key = "open", .need = "lonely"};
    struct rd_text referral = rig_refer(rig, &sub);
    rig_text(rig_state(rig, referral)->assignments[1].team, "voluntary");
    assert_false(rd_core_rules_fit(rig->core, next_rules, &why));
    assert_non_null(strstr(why.text, "the team voluntary has 1 open assignments"));
    size_t entries = rig->entries_count;
    rig_pass(rig, RD_HOUR_US);
    const struct rd_activation *refused = NULL;
    const struct rd_entry *alarm = NULL;
    for (size_t i = entries; i < rig->entries_count; i++) {
        const struct rd_entry *entry = &rig->entries[i];
        assert_int_not_equal(entry->kind, RD_ENTRY_RULES);
        if (entry->activation != NULL)
            refused = entry->activation;
        if (entry->alarmed != NULL && entry->alarmed->kind == RD_ALARM_RULES)
            alarm = entry;
    }
    assert_true(refused != NULL && refused->refused && refused->withdrawn);
    rig_text(refused->hash, "fake-2");
    rig_text(refused->by, "router");
    assert_non_null(alarm);
    rig_text(alarm->alarmed->team, "desk");
    rig_text(alarm->alarmed->escalate_to, "desk-rota");
    const struct rd_meta_state *meta = rd_core_meta(rig->core);
    rig_text(meta->rules_hash, "fake-1");
    assert_false(rd_text_present(meta->pending_rules_hash));
    rig_text(meta->refused_rules_hash, "fake-2");
    assert_true(meta->refused_at != 0);
    assert_true(rd_text_equal(meta->refused_reason, refused->reason));
    rig_text(hash_of_next(rig, "after"), "fake-1");
    rig_replay_equal(rig);
    rig_reload(rig); /* it is still known after a restart */
    rig_text(rd_core_meta(rig->core)->refused_rules_hash, "fake-2");
    /* the next one that comes ends it */
    rd_fake_rules_free(next_rules);
    next_rules = rd_fake_rules_new(rd_alloc_heap());
    rd_fake_rules_set_hash(next_rules, RD_TEXT("fake-3"));
    event = activation(rig, 0);
    rig_step(rig, &event);
    assert_false(rd_text_present(rd_core_meta(rig->core)->refused_rules_hash));
    assert_int_equal(rd_core_meta(rig->core)->refused_at, 0);
    rig_replay_equal(rig);
}

/* What is closed by its time is no hindrance. */
static void what_fits_again_comes(void **state)
{
    struct rig *rig = *state;
    struct rd_errbuf why = {{0}};
    struct sub sub = {.key = "open", .feed = "self", .need = "fall"};
    struct rd_text referral = rig_refer(rig, &sub);
    rd_fake_rules_drop_feed(next_rules, RD_TEXT("self"));
    assert_false(rd_core_rules_fit(rig->core, next_rules, &why));
    assert_non_null(strstr(why.text, "the feed self has 1 open referrals"));
    struct rd_event event = activation(rig, RD_MINUTE_US);
    rig_step(rig, &event);
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = rig_name(rig, referral, 1),
                               .by = RD_TEXT("Olu"),
                               .outcome = RD_OUTCOME_ERROR};
    assert_non_null(rig_do(rig, DESK, &close));
    assert_true(rd_core_rules_fit(rig->core, next_rules, &why));
    rig_pass(rig, RD_MINUTE_US);
    rig_text(rd_core_meta(rig->core)->rules_hash, "fake-2");
    rig_replay_equal(rig);
}

/* A set that the shell cannot load any more: the same alarm. */
static void what_cannot_be_loaded_is_refused(void **state)
{
    struct rig *rig = *state;
    struct rd_event event = activation(rig, RD_HOUR_US);
    rig_step(rig, &event);
    struct rd_event refuse = {
        .kind = RD_EVENT_WITHDRAW, .refused = true, .reason = RD_TEXT("it does not load")};
    rig_step(rig, &refuse);
    assert_true(rig_wrote(rig, RD_ENTRY_ACTIVATION, 0)->activation->refused);
    assert_int_equal(rig_wrote(rig, RD_ENTRY_ALARMED, 0)->alarmed->kind, RD_ALARM_RULES);
    assert_int_equal(rig->update.alarms_count, 1);
    rig_text(rd_core_meta(rig->core)->refused_reason, "it does not load");
    rig_replay_equal(rig);
}

static void files_are_kept_once(void **state)
{
    struct rig *rig = *state;
    struct rd_event event = activation(rig, 0);
    rig_step(rig, &event);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_RULESET), 2);
    const struct rd_ruleset_part *part = rig_wrote(rig, RD_ENTRY_RULESET, 0)->ruleset;
    rig_text(part->file, "a.yaml");
    rig_text(part->bytes, "one");
    assert_false(rd_text_present(rig_wrote(rig, RD_ENTRY_RULESET, 1)->ruleset->bytes));
    rig_step(rig, &event);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_RULESET), 0);
    rig_replay_equal(rig);
    rd_fake_rules_set_hash(rig->rules, RD_TEXT("fake-2")); /* as the shell does: by the ledger */
    rig_reload(rig);
    rig_text(rd_core_meta(rig->core)->rules_hash, "fake-2");
    rig_text(rd_core_meta(rig->core)->previous_rules_hash, "fake-1");
}

static void a_large_file_comes_in_parts(void **state)
{
    static char large[RD_BODY_BYTES_MAX + 1];
    struct rig *rig = *state;
    memset(large, 'x', sizeof large);
    struct rd_ruleset_file file = {RD_TEXT("large.csv"), {large, sizeof large}};
    struct rd_event event = activation(rig, 0);
    event.files = &file;
    event.files_count = 1;
    rig_step(rig, &event);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_RULESET), 2);
    assert_false(rig_wrote(rig, RD_ENTRY_RULESET, 0)->ruleset->last);
    assert_int_equal(rig_wrote(rig, RD_ENTRY_RULESET, 1)->ruleset->offset, RD_BODY_BYTES_MAX);
    assert_int_equal(rig_wrote(rig, RD_ENTRY_RULESET, 1)->ruleset->bytes.len, 1);
}

/* Every decision that was ever written, from its entry and the rules of its hash. */
static void all_again(struct rig *rig, size_t expected)
{
    size_t found = 0;
    for (size_t i = 0; i < rig->entries_count; i++) {
        const struct rd_decided *decided = rig->entries[i].decided;
        struct rd_arena memory;
        struct rd_decision again;
        struct rd_buf bytes[2];
        if (decided == NULL)
            continue;
        found++;
        rd_arena_init(&memory, rd_alloc_heap(), 1 << 20);
        assert_int_equal(rd_core_decide_again(rig->rules, decided, &memory, &again), RD_OK);
        for (int j = 0; j < 2; j++) {
            rd_buf_init(&bytes[j], rd_alloc_heap());
            rd_wire_encode(&rd_decision_shape, j == 0 ? decided->decision : &again, &bytes[j]);
        }
        assert_true(bytes[0].len > 0);
        assert_true(rd_text_equal(rd_buf_text(&bytes[0]), rd_buf_text(&bytes[1])));
        rd_buf_fini(&bytes[0]);
        rd_buf_fini(&bytes[1]);
        rd_arena_fini(&memory);
    }
    assert_int_equal(found, expected);
}

static void every_kind_of_decision_is_made_again(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.key = "k1", .need = "frailty", .ref = "r1"};
    struct rd_text referral = rig_refer(rig, &sub);
    rig_pass(rig, RD_MINUTE_US);
    /* an amendment that raises: its clocks and teams are cut to what is new */
    sub = (struct sub){.key = "k2",
                       .need = "fall",
                       .ref = "r1",
                       .flag = "safeguarding",
                       .action = RD_ACTION_AMEND,
                       .content = "worse"};
    assert_non_null(rig_submit(rig, &sub));
    const struct rd_entry *amended = rig_wrote(rig, RD_ENTRY_DECIDED, 0);
    assert_int_equal(amended->decided->asked->what, RD_ASKED_AMENDMENT);
    assert_int_equal(amended->decided->asked->urgency_before, RD_PRIORITY_TWO_DAY);
    assert_true(amended->decided->asked->received != amended->decided->decision->facts->received);
    /* one that does not */
    sub = (struct sub){
        .key = "k3", .need = "lonely", .ref = "r1", .action = RD_ACTION_AMEND, .content = "better"};
    assert_non_null(rig_submit(rig, &sub));
    /* a person's word */
    sub = (struct sub){.key = "k4", .need = "unheard-of"};
    struct rd_text desk = rig_name(rig, rig_refer(rig, &sub), 1);
    struct rd_text supporting[] = {RD_TEXT("voluntary")};
    struct rd_command route = {.verb = RD_VERB_ROUTE,
                               .target = desk,
                               .by = RD_TEXT("Olu"),
                               .to = RD_TEXT("locality"),
                               .supporting = supporting,
                               .supporting_count = 1,
                               .reason = RD_TEXT("she moved")};
    assert_non_null(rig_do(rig, DESK, &route));
    /* no clock left: a review */
    struct rd_command contact = {.verb = RD_VERB_CONTACT,
                                 .target = rig_name(rig, referral, 1),
                                 .by = RD_TEXT("Sam"),
                                 .mode = RD_CONTACT_FACE_TO_FACE};
    assert_non_null(rig_do(rig, DESK, &contact));
    const struct rd_entry *review = rig_wrote(rig, RD_ENTRY_DECIDED, 0);
    assert_non_null(review);
    assert_int_equal(review->decided->asked->what, RD_ASKED_REVIEW);
    all_again(rig, 6);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_set_takes_over_at_its_time),         T(its_time_counts_and_not_the_timer),
        T(what_waits_can_be_withdrawn),          T(files_are_kept_once),
        T(what_no_longer_fits_does_not_come),    T(what_fits_again_comes),
        T(what_cannot_be_loaded_is_refused),     T(a_large_file_comes_in_parts),
        T(every_kind_of_decision_is_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
