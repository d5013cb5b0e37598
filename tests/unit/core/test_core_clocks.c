/* Clocks and timers: stages, stops, voids, decay, fallback, automatic rejection. */
#include "rig.h"

#include "model/limits.h"

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

static const struct rd_command_result *act(struct rig *rig, enum rd_verb verb, struct rd_text name)
{
    return rig_do(rig, DESK,
                  &(struct rd_command){.verb = verb, .target = name, .by = RD_TEXT("Ann")});
}

static const struct rd_command_result *contact(struct rig *rig, struct rd_text name,
                                               enum rd_contact_mode mode, rd_instant when)
{
    return rig_do(rig, DESK,
                  &(struct rd_command){.verb = RD_VERB_CONTACT,
                                       .target = name,
                                       .by = RD_TEXT("Ann"),
                                       .mode = mode,
                                       .when = when});
}

/* The stages that fired so far, as letters with minutes since the start: "C15 W60". */
static struct rd_text stages(struct rig *rig)
{
    static const char letters[] = "?CWBRA";
    struct rd_text out = RD_TEXT("");
    for (size_t i = 0; i < rig->entries_count; i++) {
        const struct rd_entry *entry = &rig->entries[i];
        if (entry->kind == RD_ENTRY_ALARMED && entry->alarmed->kind == RD_ALARM_STAGE)
            out = rd_arena_format(&rig->keep, "%.*s%s%c%d", RD_TEXT_ARG(out),
                                  out.len == 0 ? "" : " ", letters[entry->alarmed->stage_kind],
                                  (int)((entry->at - RIG_START) / RD_MINUTE_US));
    }
    return out;
}

static void unclaimed_it_shouts_until_somebody_came(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    rig_pass(rig, 215 * RD_MINUTE_US);
    rig_text(stages(rig), "C15 W60 W90 B120 R150 R180 R210");
    assert_int_equal(rig_state(rig, referral)->clocks[0].breached_at, RIG_START + 2 * RD_HOUR_US);
    assert_non_null(contact(rig, rig_name(rig, referral, 1), RD_CONTACT_FACE_TO_FACE, 0));
    rig_pass(rig, 60 * RD_MINUTE_US);
    rig_text(stages(rig), "C15 W60 W90 B120 R150 R180 R210");
    const struct rd_clock *clock = &rig_state(rig, referral)->clocks[0];
    assert_int_equal(clock->ended_at, RIG_START + 215 * RD_MINUTE_US);
    assert_int_equal(clock->breached_at, RIG_START + 2 * RD_HOUR_US);
}

static void an_alarm_goes_to_the_rota_of_that_moment(void **state)
{
    struct rig *rig = *state;
    rig_pass(rig, 10 * RD_HOUR_US); /* 19:00: the desk's rota changes at 20:00 */
    (void)rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    rig_pass(rig, 70 * RD_MINUTE_US);
    size_t found = 0;
    for (size_t i = 0; i < rig->entries_count; i++) {
        const struct rd_alarmed *alarmed = rig->entries[i].alarmed;
        if (alarmed == NULL || alarmed->kind != RD_ALARM_STAGE)
            continue;
        rig_text(alarmed->person, found == 0 ? "day desk" : "night desk");
        rig_text(alarmed->escalate_to, "desk-rota");
        found++;
    }
    assert_int_equal(found, 2);
}

static void a_claim_passes_over_the_claim_by_stage(void **state)
{
    struct rig *rig = *state;
    struct rd_text name =
        rig_name(rig, rig_refer(rig, &(struct sub){.key = "k", .need = "fall"}), 1);
    rig_pass(rig, 10 * RD_MINUTE_US);
    assert_non_null(act(rig, RD_VERB_CLAIM, name));
    rig_pass(rig, 9 * RD_MINUTE_US);
    rig_text(stages(rig), "");
    assert_non_null(act(rig, RD_VERB_RELEASE, name)); /* nobody has it, and the time is over */
    rig_pass(rig, RD_MINUTE_US);
    rig_text(stages(rig), "C19");
}

static void only_the_policys_mode_stops_it(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_text name = rig_name(rig, referral, 1);
    assert_non_null(contact(rig, name, RD_CONTACT_NO_ACCESS, 0));
    assert_non_null(contact(rig, name, RD_CONTACT_TELEPHONE, 0));
    assert_int_equal(rig_state(rig, referral)->clocks[0].ended_at, 0);
    assert_non_null(contact(rig, name, RD_CONTACT_FACE_TO_FACE, 0));
    assert_int_equal(rig_state(rig, referral)->clocks[0].ended_at, RIG_START);
    rig_text(rig_state(rig, referral)->clocks[0].end_reason, "contact");
}

static void a_supporting_teams_contact_stops_only_its_own(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral =
        rig_refer(rig, &(struct sub){.key = "k", .need = "fall", .flag = "safeguarding"});
    assert_non_null(contact(rig, rig_name(rig, referral, 2), RD_CONTACT_FACE_TO_FACE, 0));
    assert_int_equal(rig_state(rig, referral)->clocks[0].ended_at, 0);
}

static void it_counts_when_it_occurred(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_text name = rig_name(rig, referral, 1);
    rig_pass(rig, 130 * RD_MINUTE_US); /* breached, as far as we know */
    assert_null(contact(rig, name, RD_CONTACT_FACE_TO_FACE, rig->now + 61 * RD_SECOND_US));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_INVALID);
    assert_null(contact(rig, name, RD_CONTACT_FACE_TO_FACE, RIG_START - 1));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_INVALID);
    assert_non_null(contact(rig, name, RD_CONTACT_FACE_TO_FACE, RIG_START + 100 * RD_MINUTE_US));
    const struct rd_clock *clock = &rig_state(rig, referral)->clocks[0];
    assert_int_equal(clock->ended_at, RIG_START + 100 * RD_MINUTE_US);
    assert_int_equal(clock->breached_at, 0); /* it was in time, recorded late */
}

static void a_voided_contact_restores_the_deadlines(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_text name = rig_name(rig, referral, 1);
    rig_pass(rig, 50 * RD_MINUTE_US);
    assert_non_null(contact(rig, name, RD_CONTACT_FACE_TO_FACE, 0));
    rig_pass(rig, 50 * RD_MINUTE_US);
    rig_text(stages(rig), "C15");
    struct rd_command undo = {
        .verb = RD_VERB_VOID_CONTACT, .target = name, .by = RD_TEXT("Ann"), .contact = 1};
    assert_non_null(rig_do(rig, DESK, &undo));
    const struct rd_clock *clock = &rig_state(rig, referral)->clocks[0];
    assert_int_equal(clock->ended_at, 0);
    assert_int_equal(clock->start, RIG_START);
    rig_pass(rig, RD_MINUTE_US); /* what was missed fires at once */
    rig_text(stages(rig), "C15 W100 W100");
    assert_null(rig_do(rig, DESK, &undo));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
}

static void another_standing_contact_still_stops_it(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_text name = rig_name(rig, referral, 1);
    assert_non_null(contact(rig, name, RD_CONTACT_FACE_TO_FACE, 0));
    rig_pass(rig, RD_MINUTE_US);
    assert_non_null(contact(rig, name, RD_CONTACT_FACE_TO_FACE, 0));
    struct rd_command undo = {
        .verb = RD_VERB_VOID_CONTACT, .target = name, .by = RD_TEXT("Ann"), .contact = 1};
    assert_non_null(rig_do(rig, DESK, &undo));
    assert_int_equal(rig_state(rig, referral)->clocks[0].ended_at, RIG_START + RD_MINUTE_US);
    assert_int_equal(rig_state(rig, referral)->clocks[0].end_contact, 2);
}

static void a_redirect_moves_no_clock(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    rig_pass(rig, 20 * RD_MINUTE_US);
    struct rd_command redirect = {.verb = RD_VERB_REDIRECT,
                                  .target = rig_name(rig, referral, 1),
                                  .by = RD_TEXT("Ann"),
                                  .reason = RD_TEXT("knows her"),
                                  .to = RD_TEXT("locality")};
    assert_non_null(rig_do(rig, DESK, &redirect));
    const struct rd_referral_state *held = rig_state(rig, referral);
    assert_int_equal(held->clocks_count, 1);
    assert_int_equal(held->clocks[0].start, RIG_START);
    assert_int_equal(held->clocks[0].alarm_due, RIG_START + 2 * RD_HOUR_US);
    assert_int_equal(held->assignments[0].outcome, RD_OUTCOME_REDIRECTED);
    rig_text(held->assignments[1].team, "locality");
    assert_int_equal(held->assignments[1].role, RD_ROLE_LEAD);
    rig_pass(rig, RD_MINUTE_US);
    rig_text(stages(rig), "C15 C20"); /* there it is unclaimed too */
}

/* Whether it may lie with a closed team goes by what was decided, not by what the sender asked. */
static void a_redirect_goes_by_the_decided_urgency(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral =
        rig_refer(rig, &(struct sub){.key = "k", .need = "fall", .asked = RD_PRIORITY_ROUTINE});
    struct rd_command redirect = {.verb = RD_VERB_REDIRECT,
                                  .target = rig_name(rig, referral, 1),
                                  .by = RD_TEXT("Ann"),
                                  .reason = RD_TEXT("knows her"),
                                  .to = RD_TEXT("locality")};
    assert_non_null(rig_do(rig, DESK, &redirect));
    assert_int_equal(rig_state(rig, referral)->facts->priority_asked, RD_PRIORITY_ROUTINE);
    rig_text(rig_state(rig, referral)->assignments[1].why, "two-hour");
}

static void a_stale_claim_waits_again(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_text name = rig_name(rig, referral, 1);
    assert_non_null(act(rig, RD_VERB_CLAIM, name));
    rig_pass(rig, 31 * RD_MINUTE_US);
    const struct rd_assignment *assignment = &rig_state(rig, referral)->assignments[0];
    assert_int_equal(assignment->phase, RD_ASSIGNMENT_WAITING);
    assert_true(assignment->decayed);
    rig_text(assignment->claimed_by, "Ann"); /* still shown as hers */
    size_t alarms = 0;
    for (size_t i = 0; i < rig->entries_count; i++)
        alarms += rig->entries[i].kind == RD_ENTRY_ALARMED &&
                  rig->entries[i].alarmed->kind == RD_ALARM_DECAY;
    assert_int_equal(alarms, 1);
}

/* The stage outlives the rules it was decided by; and a rota may have a hole. */
static void an_alarm_for_an_empty_rota_goes_to_the_desks(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    assert_non_null(act(rig, RD_VERB_CLAIM, rig_name(rig, referral, 1)));
    rd_fake_rules_empty_rota(rig->rules, RD_TEXT("rapid-rota"));
    rig_pass(rig, 31 * RD_MINUTE_US);
    const struct rd_alarmed *decay = NULL;
    for (size_t i = 0; i < rig->entries_count; i++)
        if (rig->entries[i].kind == RD_ENTRY_ALARMED &&
            rig->entries[i].alarmed->kind == RD_ALARM_DECAY)
            decay = rig->entries[i].alarmed;
    assert_non_null(decay);
    rig_text(decay->escalate_to, "rapid-rota");
    rig_text(decay->person, "day desk");
}

static void accept_contact_and_plan_keep_a_claim(void **state)
{
    struct rig *rig = *state;
    static const enum rd_verb keeps[] = {RD_VERB_ACCEPT, RD_VERB_CONTACT, RD_VERB_PLAN};
    for (size_t i = 0; i < 3; i++) {
        char key[2] = {(char)('a' + i), 0};
        struct rd_text referral = rig_refer(rig, &(struct sub){.key = key, .need = "fall"});
        struct rd_text name = rig_name(rig, referral, 1);
        assert_non_null(act(rig, RD_VERB_CLAIM, name));
        struct rd_command command = {.verb = keeps[i],
                                     .target = name,
                                     .by = RD_TEXT("Ann"),
                                     .mode = RD_CONTACT_TELEPHONE,
                                     .when = i == 1 ? 0 : rig->now + RD_HOUR_US};
        assert_non_null(rig_do(rig, DESK, &command));
        rig_pass(rig, 45 * RD_MINUTE_US);
        assert_false(rig_state(rig, referral)->assignments[0].decayed);
    }
}

static void a_team_that_closes_passes_it_on(void **state)
{
    struct rig *rig = *state;
    rig_pass(rig, 10 * RD_HOUR_US); /* 19:00, locality closes at 20:00 */
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "frailty"});
    rig_text(rig_state(rig, referral)->assignments[0].team, "locality");
    rig_pass(rig, 61 * RD_MINUTE_US);
    const struct rd_referral_state *held = rig_state(rig, referral);
    assert_int_equal(held->assignments_count, 2);
    rig_text(held->assignments[1].team, "desk");
    assert_int_equal(held->assignments[1].role, RD_ROLE_LEAD);
    assert_int_equal(held->clocks[0].start, RIG_START + 10 * RD_HOUR_US);
    struct rd_text claimed = rig_refer(rig, &(struct sub){.key = "k2", .need = "frailty"});
    rig_text(rig_state(rig, claimed)->assignments[0].team, "desk"); /* closed: known at once */
}

static void a_claimed_one_stays_when_the_team_closes(void **state)
{
    struct rig *rig = *state;
    rig_pass(rig, 10 * RD_HOUR_US + 30 * RD_MINUTE_US);
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "frailty"});
    assert_non_null(act(rig, RD_VERB_CLAIM, rig_name(rig, referral, 1)));
    rig_pass(rig, 40 * RD_MINUTE_US);
    assert_int_equal(rig_state(rig, referral)->assignments_count, 1);
}

static void a_validation_that_nobody_accepts_goes_back(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.feed = "ambulance",
                      .key = "k",
                      .need = "fall",
                      .kind = RD_KIND_VALIDATION,
                      .respond_by = RIG_START + 40 * RD_MINUTE_US};
    struct rd_text referral = rig_refer(rig, &sub);
    assert_int_equal(rig_state(rig, referral)->custody, RD_CUSTODY_SENDER);
    assert_non_null(act(rig, RD_VERB_CLAIM, rig_name(rig, referral, 1)));
    rig_pass(rig, 35 * RD_MINUTE_US); /* claimed is not accepted: 10 minutes before, it goes */
    const struct rd_referral_state *held = rig_state(rig, referral);
    assert_int_equal(held->phase, RD_PHASE_REFUSED);
    assert_int_equal(held->outcome, RD_OUTCOME_REJECTED);
    assert_int_equal(held->closed_at, RIG_START + 30 * RD_MINUTE_US);
    const struct rd_receipt_due *last = &held->receipts[held->receipts_count - 1];
    assert_int_equal(last->stage, RD_RECEIPT_REFUSED);
    rig_text(last->reason, "resource-not-available");
    assert_int_equal(rig_feed(rig, "ambulance")->refused, 1);
    struct rd_command reopen = {.verb = RD_VERB_REOPEN,
                                .target = rig_name(rig, referral, 1),
                                .by = RD_TEXT("Ann"),
                                .reason = RD_TEXT("after all")};
    assert_null(rig_do(rig, DESK, &reopen)); /* its sender was told */
}

static void an_accepted_validation_is_ours(void **state)
{
    struct rig *rig = *state;
    struct sub sub = {.feed = "ambulance",
                      .key = "k",
                      .need = "fall",
                      .kind = RD_KIND_VALIDATION,
                      .respond_by = RIG_START + 40 * RD_MINUTE_US};
    struct rd_text referral = rig_refer(rig, &sub);
    assert_non_null(act(rig, RD_VERB_CLAIM, rig_name(rig, referral, 1)));
    assert_non_null(act(rig, RD_VERB_ACCEPT, rig_name(rig, referral, 1)));
    const struct rd_referral_state *held = rig_state(rig, referral);
    assert_int_equal(held->custody, RD_CUSTODY_ROUTER);
    rig_text(held->clocks[0].end_reason, "accepted");
    rig_pass(rig, RD_HOUR_US);
    assert_int_equal(rig_state(rig, referral)->phase, RD_PHASE_OPEN);
}

static void awaited_information_is_chased_and_clocks_run(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_text name = rig_name(rig, referral, 1);
    assert_non_null(act(rig, RD_VERB_CLAIM, name));
    struct rd_command await = {.verb = RD_VERB_AWAIT_INFO,
                               .target = name,
                               .by = RD_TEXT("Ann"),
                               .to = RD_TEXT("the practice"),
                               .when = rig->now + 20 * RD_MINUTE_US};
    assert_non_null(rig_do(rig, DESK, &await));
    rig_pass(rig, 70 * RD_MINUTE_US);
    size_t chases = 0;
    for (size_t i = 0; i < rig->entries_count; i++)
        chases += rig->entries[i].kind == RD_ENTRY_ALARMED &&
                  rig->entries[i].alarmed->kind == RD_ALARM_CHASE;
    assert_int_equal(chases, 1);
    assert_true(stages(rig).len > 0);
}

static void what_closes_is_silent_and_what_reopens_is_not(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_text name = rig_name(rig, referral, 1);
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = name,
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_NO_ACCESS};
    assert_non_null(rig_do(rig, DESK, &close));
    rig_pass(rig, 100 * RD_MINUTE_US);
    rig_text(stages(rig), "");
    struct rd_command reopen = {.verb = RD_VERB_REOPEN,
                                .target = name,
                                .by = RD_TEXT("Ann"),
                                .reason = RD_TEXT("she is at home")};
    assert_non_null(rig_do(rig, DESK, &reopen));
    rig_pass(rig, RD_MINUTE_US);
    rig_text(stages(rig), "C100 W100 W100");
    assert_int_equal(rig_state(rig, referral)->clocks[0].start, RIG_START);
}

static void only_so_many_timers_fire_in_a_step(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 150; i++) {
        char key[3] = {(char)('a' + i / 16), (char)('a' + i % 16), 0};
        (void)rig_refer(rig, &(struct sub){.key = key, .need = "fall"});
    }
    rig->now += 16 * RD_MINUTE_US;
    struct rd_event time = {.kind = RD_EVENT_TIME};
    size_t fired = 0;
    for (int steps = 0; fired < 150; steps++) {
        assert_true(steps <= 150 / RD_TIMERS_PER_STEP + 1); /* some have nothing to tell */
        rig_step(rig, &time);
        size_t now = rig_wrote_count(rig, RD_ENTRY_ALARMED);
        assert_true(now <= RD_TIMERS_PER_STEP);
        assert_true(fired + now == 150 || rig->update.next_due <= rig->now);
        fired += now;
    }
    rig_step(rig, &time);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_ALARMED), 0); /* none twice */
}

static void time_never_goes_back(void **state)
{
    struct rig *rig = *state;
    (void)rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    rig->now -= RD_HOUR_US;
    (void)rig_refer(rig, &(struct sub){.key = "k2", .need = "fall"});
    assert_int_equal(rig->entries[rig->entries_count - 1].at, RIG_START);
    rig->now = RIG_START;
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(unclaimed_it_shouts_until_somebody_came),
        T(an_alarm_goes_to_the_rota_of_that_moment),
        T(an_alarm_for_an_empty_rota_goes_to_the_desks),
        T(a_claim_passes_over_the_claim_by_stage),
        T(only_the_policys_mode_stops_it),
        T(a_supporting_teams_contact_stops_only_its_own),
        T(it_counts_when_it_occurred),
        T(a_voided_contact_restores_the_deadlines),
        T(another_standing_contact_still_stops_it),
        T(a_redirect_moves_no_clock),
        T(a_redirect_goes_by_the_decided_urgency),
        T(a_stale_claim_waits_again),
        T(accept_contact_and_plan_keep_a_claim),
        T(a_team_that_closes_passes_it_on),
        T(a_claimed_one_stays_when_the_team_closes),
        T(a_validation_that_nobody_accepts_goes_back),
        T(an_accepted_validation_is_ours),
        T(awaited_information_is_chased_and_clocks_run),
        T(what_closes_is_silent_and_what_reopens_is_not),
        T(only_so_many_timers_fire_in_a_step),
        T(time_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
