/* What named persons do: every verb's conditions, rights, the desk's decisions, queries, opening.
 */
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

static const struct rd_command_result *by(struct rig *rig, enum who who, const char *person,
                                          enum rd_verb verb, struct rd_text name)
{
    return rig_do(rig, who,
                  &(struct rd_command){.verb = verb, .target = name, .by = rd_text_of(person)});
}

static void refused(struct rig *rig, const struct rd_command_result *result, enum rd_refusal code)
{
    assert_null(result);
    const struct rd_refused *refusal = rig_refused(rig);
    assert_non_null(refusal);
    assert_int_equal(refusal->code, code);
    assert_true(refusal->words.len > 20);
    assert_int_equal(refusal->correlation, rig->correlation);
    assert_int_equal(rig->update.entries_count, 0);
}

static void a_claim_is_exclusive(void **state)
{
    struct rig *rig = *state;
    struct rd_text name =
        rig_name(rig, rig_refer(rig, &(struct sub){.key = "k", .need = "fall"}), 1);
    assert_non_null(by(rig, RAPID, "Ann", RD_VERB_CLAIM, name));
    refused(rig, by(rig, RAPID2, "Bob", RD_VERB_CLAIM, name), RD_REFUSAL_TAKEN);
    assert_true(rd_text_find(rig_refused(rig)->words, 'A', 0) < rig_refused(rig)->words.len);
    /* The same person again: the first answer may have been lost. */
    const struct rd_command_result *again = by(rig, RAPID2, "Ann", RD_VERB_CLAIM, name);
    assert_non_null(again);
    assert_int_equal(rig->update.entries_count, 0);
    rig_text(again->row->claimed_by, "Ann");
    refused(rig, by(rig, RAPID2, "Bob", RD_VERB_ACCEPT, name), RD_REFUSAL_TAKEN);
    refused(rig, by(rig, RAPID2, "Bob", RD_VERB_RELEASE, name), RD_REFUSAL_TAKEN);
    assert_non_null(by(rig, RAPID, "Ann", RD_VERB_ACCEPT, name));
    refused(rig, by(rig, RAPID2, "Bob", RD_VERB_CLAIM, name), RD_REFUSAL_TAKEN);
}

static void verbs_out_of_phase_say_what_to_do(void **state)
{
    struct rig *rig = *state;
    struct rd_text name =
        rig_name(rig, rig_refer(rig, &(struct sub){.key = "k", .need = "fall"}), 1);
    static const enum rd_verb early[] = {RD_VERB_ACCEPT, RD_VERB_RELEASE,    RD_VERB_TRANSFER,
                                         RD_VERB_PLAN,   RD_VERB_AWAIT_INFO, RD_VERB_REOPEN};
    for (size_t i = 0; i < sizeof early / sizeof early[0]; i++)
        refused(rig, by(rig, RAPID, "Ann", early[i], name), RD_REFUSAL_STATE);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_ACKNOWLEDGE, name), RD_REFUSAL_STATE);
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = name,
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_ADMITTED};
    assert_non_null(rig_do(rig, RAPID, &close));
    static const enum rd_verb late[] = {RD_VERB_CLAIM,   RD_VERB_DECLINE, RD_VERB_REDIRECT,
                                        RD_VERB_CONTACT, RD_VERB_CLOSE,   RD_VERB_VOID_CONTACT};
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++)
        refused(rig, by(rig, RAPID, "Ann", late[i], name), RD_REFUSAL_STATE);
}

static void what_a_verb_needs_is_asked_for(void **state)
{
    struct rig *rig = *state;
    struct rd_text name =
        rig_name(rig, rig_refer(rig, &(struct sub){.key = "k", .need = "fall"}), 1);
    refused(rig, by(rig, RAPID, NULL, RD_VERB_CLAIM, name), RD_REFUSAL_MISSING);
    refused(rig, by(rig, RAPID, " \t ", RD_VERB_CLAIM, name), RD_REFUSAL_MISSING);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_CLOSE, name), RD_REFUSAL_MISSING);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_CONTACT, name), RD_REFUSAL_MISSING);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_DECLINE, name), RD_REFUSAL_MISSING);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_REDIRECT, name), RD_REFUSAL_MISSING);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_DELIVER, name), RD_REFUSAL_INVALID);
    refused(rig, by(rig, RAPID, "Ann", (enum rd_verb)0, name), RD_REFUSAL_INVALID);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_CLAIM, RD_TEXT("Z")), RD_REFUSAL_UNKNOWN);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_CLAIM, RD_TEXT("00000-00001.1")),
            RD_REFUSAL_UNKNOWN);
    refused(rig, by(rig, DESK, "Ann", RD_VERB_REFUSE, RD_TEXT("Q99")), RD_REFUSAL_UNKNOWN);
    assert_non_null(by(rig, RAPID, "Ann", RD_VERB_CLAIM, name));
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_TRANSFER, name), RD_REFUSAL_MISSING);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_PLAN, name), RD_REFUSAL_MISSING);
    refused(rig, by(rig, RAPID, "Ann", RD_VERB_AWAIT_INFO, name), RD_REFUSAL_MISSING);
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = name,
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_REDIRECTED};
    refused(rig, rig_do(rig, RAPID, &close), RD_REFUSAL_INVALID);
}

static void nobody_acts_in_a_queue_that_is_not_theirs(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_text name = rig_name(rig, referral, 1);
    refused(rig, by(rig, LOCALITY, "Ann", RD_VERB_CLAIM, name), RD_REFUSAL_RIGHTS);
    refused(rig, by(rig, GP, "Ann", RD_VERB_CLAIM, name), RD_REFUSAL_RIGHTS);
    refused(rig, by(rig, STRANGER, "Ann", RD_VERB_CONTACT, name), RD_REFUSAL_RIGHTS);
    struct rd_command route = {
        .verb = RD_VERB_ROUTE, .target = referral, .by = RD_TEXT("Ann"), .to = RD_TEXT("locality")};
    refused(rig, rig_do(rig, RAPID, &route), RD_REFUSAL_RIGHTS);
    assert_non_null(by(rig, OPERATOR, "Olu", RD_VERB_CLAIM, name));
}

static void transfer_hands_a_claim_over(void **state)
{
    struct rig *rig = *state;
    struct rd_text name =
        rig_name(rig, rig_refer(rig, &(struct sub){.key = "k", .need = "fall"}), 1);
    assert_non_null(by(rig, RAPID, "Ann", RD_VERB_CLAIM, name));
    struct rd_command transfer = {
        .verb = RD_VERB_TRANSFER, .target = name, .by = RD_TEXT("Team lead"), .to = RD_TEXT("Bob")};
    rig_text(rig_do(rig, RAPID2, &transfer)->row->claimed_by, "Bob");
    assert_non_null(by(rig, RAPID2, "Bob", RD_VERB_ACCEPT, name));
    refused(rig, by(rig, RAPID2, "Bob", RD_VERB_RELEASE, name), RD_REFUSAL_STATE);
}

static void a_declined_lead_goes_to_the_fallback_then_the_desk(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_command decline = {
        .verb = RD_VERB_DECLINE, .by = RD_TEXT("Ann"), .reason = RD_TEXT("no capacity")};
    decline.target = rig_name(rig, referral, 1);
    const struct rd_command_result *done = rig_do(rig, RAPID, &decline);
    rig_text(done->row->team, "locality");
    assert_int_equal(done->row->role, RD_ROLE_LEAD);
    decline.target = rig_name(rig, referral, 2);
    rig_text(rig_do(rig, LOCALITY, &decline)->row->team, "desk");
    decline.target = rig_name(rig, referral, 3);
    refused(rig, rig_do(rig, DESK, &decline), RD_REFUSAL_STATE);
    assert_int_equal(rig_state(rig, referral)->assignments[0].outcome, RD_OUTCOME_DECLINED);
    struct rd_command redirect = {.verb = RD_VERB_REDIRECT,
                                  .target = rig_name(rig, referral, 3),
                                  .by = RD_TEXT("Ann"),
                                  .reason = RD_TEXT("why not"),
                                  .to = RD_TEXT("nowhere")};
    refused(rig, rig_do(rig, DESK, &redirect), RD_REFUSAL_UNKNOWN);
    redirect.to = RD_TEXT("desk");
    refused(rig, rig_do(rig, DESK, &redirect), RD_REFUSAL_INVALID);
}

static void sixteen_assignments_are_the_end(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_command redirect = {
        .verb = RD_VERB_REDIRECT, .by = RD_TEXT("Ann"), .reason = RD_TEXT("to and fro")};
    for (unsigned i = 1; i < RD_ASSIGNMENTS_MAX - 1; i++) {
        redirect.target = rig_name(rig, referral, i);
        redirect.to = i % 2 == 1 ? RD_TEXT("locality") : RD_TEXT("rapid");
        assert_non_null(rig_do(rig, DESK, &redirect));
    }
    redirect.target = rig_name(rig, referral, RD_ASSIGNMENTS_MAX - 1);
    redirect.to = RD_TEXT("neighbour");
    refused(rig, rig_do(rig, DESK, &redirect), RD_REFUSAL_LIMIT);
    redirect.to = RD_TEXT("desk"); /* the last place is the desk's */
    assert_non_null(rig_do(rig, DESK, &redirect));
    redirect.target = rig_name(rig, referral, RD_ASSIGNMENTS_MAX);
    redirect.to = RD_TEXT("rapid");
    refused(rig, rig_do(rig, DESK, &redirect), RD_REFUSAL_LIMIT);
}

static void contacts_have_a_limit(void **state)
{
    struct rig *rig = *state;
    struct rd_text name =
        rig_name(rig, rig_refer(rig, &(struct sub){.key = "k", .need = "fall"}), 1);
    struct rd_command contact = {.verb = RD_VERB_CONTACT,
                                 .target = name,
                                 .by = RD_TEXT("Ann"),
                                 .mode = RD_CONTACT_TELEPHONE};
    for (int i = 0; i < RD_CONTACTS_MAX; i++)
        assert_non_null(rig_do(rig, RAPID, &contact));
    refused(rig, rig_do(rig, RAPID, &contact), RD_REFUSAL_LIMIT);
}

static void the_longest_supporting_leads_when_the_lead_is_done(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "lonely"});
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = rig_name(rig, referral, 1),
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_SEEN_ONWARD};
    assert_non_null(rig_do(rig, LOCALITY, &close));
    const struct rd_referral_state *held = rig_state(rig, referral);
    assert_int_equal(held->phase, RD_PHASE_OPEN);
    assert_int_equal(held->assignments[1].role, RD_ROLE_LEAD);
    close.target = rig_name(rig, referral, 2);
    assert_non_null(rig_do(rig, VOLUNTARY, &close));
    assert_int_equal(rig_state(rig, referral)->phase, RD_PHASE_CLOSED);
    struct rd_command reopen = {.verb = RD_VERB_REOPEN,
                                .target = rig_name(rig, referral, 1),
                                .by = RD_TEXT("Ann"),
                                .reason = RD_TEXT("came back")};
    assert_int_equal(rig_do(rig, LOCALITY, &reopen)->row->role, RD_ROLE_LEAD);
    reopen.target = rig_name(rig, referral, 2);
    assert_int_equal(rig_do(rig, VOLUNTARY, &reopen)->row->role, RD_ROLE_SUPPORTING);
    assert_int_equal(rig_feed(rig, "gp")->open, 1);
}

static void an_external_team_has_custody_once_it_accepts(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "neighbour"});
    struct rd_text name = rig_name(rig, referral, 1);
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = name,
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_TRANSFERRED};
    refused(rig, rig_do(rig, DESK, &close), RD_REFUSAL_STATE);
    assert_non_null(by(rig, NEIGHBOUR, "Nia", RD_VERB_CLAIM, name));
    refused(rig, rig_do(rig, DESK, &close), RD_REFUSAL_STATE);
    assert_non_null(by(rig, NEIGHBOUR, "Nia", RD_VERB_ACCEPT, name));
    assert_non_null(rig_do(rig, DESK, &close));
}

static void the_desk_triages(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral =
        rig_refer(rig, &(struct sub){.key = "k", .need = "odd", .flag = "safeguarding"});
    const struct rd_referral_state *held = rig_state(rig, referral);
    rig_text(held->assignments[0].team, "desk");
    assert_int_equal(held->clocks_count, 2);
    assert_true(held->clocks[1].provisional);
    rig_pass(rig, 10 * RD_MINUTE_US);
    struct rd_command triage = {.verb = RD_VERB_TRIAGE,
                                .target = referral,
                                .by = RD_TEXT("Dee"),
                                .pathway = RD_TEXT("rapid-response"),
                                .reason = RD_TEXT("fell twice")};
    const struct rd_command_result *done = rig_do(rig, DESK, &triage);
    assert_non_null(done);
    rig_text(done->row->team, "rapid");
    held = rig_state(rig, referral);
    assert_int_equal(held->assignments[0].outcome, RD_OUTCOME_REDIRECTED);
    rig_text(held->clocks[0].end_reason, "triaged");
    /* The provisional two hours are the two hours: they began when we received it. */
    assert_int_equal(held->clocks_count, 2);
    assert_int_equal(held->clocks[1].start, RIG_START);
    assert_false(held->clocks[1].provisional);
    /* The safeguarding team keeps the assignment it has. */
    assert_int_equal(held->assignments_count, 3);
    assert_int_equal(held->assignments[1].phase, RD_ASSIGNMENT_WAITING);
    rig_text(rig_wrote(rig, RD_ENTRY_DECIDED, 0)->decided->decision->decided_by, "Dee");
    rig_text(held->pathway, "rapid-response");
}

static void only_a_clinician_lowers_the_urgency(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "odd"});
    struct rd_command triage = {.verb = RD_VERB_TRIAGE,
                                .target = referral,
                                .by = RD_TEXT("Dee"),
                                .urgency = RD_PRIORITY_ROUTINE,
                                .pathway = RD_TEXT("routine")};
    refused(rig, rig_do(rig, DESK, &triage), RD_REFUSAL_RIGHTS);
    triage.clinician = true;
    assert_non_null(rig_do(rig, DESK, &triage));
    assert_int_equal(rig_state(rig, referral)->urgency, RD_PRIORITY_ROUTINE);
    /* A route afterwards keeps what the clinician decided. */
    struct rd_command route = {
        .verb = RD_VERB_ROUTE, .target = referral, .by = RD_TEXT("Dee"), .to = RD_TEXT("rapid")};
    assert_non_null(rig_do(rig, DESK, &route));
    assert_int_equal(rig_state(rig, referral)->urgency, RD_PRIORITY_ROUTINE);
    rig_text(rig_state(rig, referral)->pathway, "routine");
}

static void the_desk_routes(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "odd"});
    struct rd_text supporting[] = {RD_TEXT("voluntary")};
    struct rd_command route = {.verb = RD_VERB_ROUTE, .target = referral, .by = RD_TEXT("Dee")};
    refused(rig, rig_do(rig, DESK, &route), RD_REFUSAL_MISSING);
    route.to = RD_TEXT("nowhere");
    refused(rig, rig_do(rig, DESK, &route), RD_REFUSAL_UNKNOWN);
    route.to = RD_TEXT("locality");
    route.supporting = supporting;
    route.supporting_count = 1;
    rig_text(rig_do(rig, DESK, &route)->row->team, "locality");
    const struct rd_referral_state *held = rig_state(rig, referral);
    assert_int_equal(held->assignments_count, 3);
    rig_text(held->assignments[2].team, "voluntary");
    assert_int_equal(held->assignments[2].role, RD_ROLE_SUPPORTING);
    assert_int_equal(held->assignments[2].view, RD_VIEW_MINIMUM);
    assert_non_null(by(rig, LOCALITY, "Lou", RD_VERB_CLAIM, rig_name(rig, referral, 2)));
    refused(rig, rig_do(rig, DESK, &route), RD_REFUSAL_STATE); /* a team has it */
    struct rd_command triage = {.verb = RD_VERB_TRIAGE, .target = referral, .by = RD_TEXT("Dee")};
    refused(rig, rig_do(rig, DESK, &triage), RD_REFUSAL_STATE);
}

static void a_clinician_ends_a_clock_with_a_reason(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "fall"});
    struct rd_command end = {
        .verb = RD_VERB_END_CLOCK, .target = referral, .by = RD_TEXT("Dr Dee"), .clock = 1};
    refused(rig, rig_do(rig, DESK, &end), RD_REFUSAL_RIGHTS);
    end.clinician = true;
    refused(rig, rig_do(rig, DESK, &end), RD_REFUSAL_MISSING);
    end.reason = RD_TEXT("not a two-hour need");
    assert_non_null(rig_do(rig, DESK, &end));
    const struct rd_referral_state *held = rig_state(rig, referral);
    rig_text(held->clocks[0].end_reason, "ended-early");
    assert_int_equal(held->clocks_count, 2); /* it is still looked at again */
    assert_int_equal(held->clocks[1].ended_at, 0);
    refused(rig, rig_do(rig, DESK, &end), RD_REFUSAL_UNKNOWN);
}

static void opening_is_recorded_before_it_is_shown(void **state)
{
    struct rig *rig = *state;
    struct rd_text referral = rig_refer(rig, &(struct sub){.key = "k", .need = "lonely"});
    struct rd_open open = {.correlation = 7,
                           .target = rig_name(rig, referral, 2),
                           .by = RD_TEXT("Vi"),
                           .purpose = RD_TEXT("visit")};
    struct rd_message message = {.open = &open};
    rig_say(rig, VOLUNTARY, RD_SOCKET_QUEUES, &message);
    const struct rd_opened *opened = SENT(rig, VOLUNTARY, RD_SOCKET_QUEUES, opened, 0);
    assert_non_null(opened);
    assert_int_equal(opened->view, RD_VIEW_MINIMUM);
    const struct rd_entry *read = rig_wrote(rig, RD_ENTRY_READ, 0);
    rig_text(read->read->by, "Vi");
    size_t with_bodies = 0;
    for (size_t i = 0; i < rig->update.sends_count; i++)
        if (rig->update.sends[i].bodies.len == 8) {
            with_bodies++;
            assert_int_equal(rig->update.sends[i].gate, read->number);
        }
    assert_int_equal(with_bodies, 1);
    rig_say(rig, LOCALITY, RD_SOCKET_QUEUES, &message); /* the other team's assignment */
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS);
    assert_int_equal(rig->update.entries_count, 0);
    open.by = RD_TEXT_NONE;
    rig_say(rig, VOLUNTARY, RD_SOCKET_QUEUES, &message);
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_MISSING);
}

static const struct rd_query_result *ask(struct rig *rig, enum who who, enum rd_socket socket,
                                         enum rd_query_kind kind, struct rd_text target)
{
    struct rd_query query = {
        .correlation = 9, .kind = kind, .target = target, .by = RD_TEXT("Olu")};
    struct rd_message message = {.query = &query};
    rig_say(rig, who, socket, &message);
    return SENT(rig, who, socket, query_result, 0);
}

static void queries_answer_those_who_may_ask(void **state)
{
    struct rig *rig = *state;
    struct rd_text late = rig_refer(rig, &(struct sub){.key = "a", .need = "frailty"});
    struct rd_text soon =
        rig_refer(rig, &(struct sub){.key = "b", .need = "lonely", .asked = RD_PRIORITY_TWO_HOUR});
    (void)rig_submit(rig, &(struct sub){.key = "c", .quarantine = "bad"});
    const struct rd_query_result *result =
        ask(rig, OPERATOR, RD_SOCKET_CONTROL, RD_QUERY_STATUS, RD_TEXT_NONE);
    assert_int_equal(result->status->referrals_open, 2);
    assert_int_equal(result->status->quarantined_open, 1);
    assert_int_equal(result->status->imbalance, 0);
    rig_text(result->status->teams[2].team, "locality");
    assert_int_equal(result->status->teams[2].waiting, 2);
    assert_int_equal(result->status->teams[2].next_due, RIG_START + 2 * RD_HOUR_US);
    result = ask(rig, LOCALITY, RD_SOCKET_QUEUES, RD_QUERY_QUEUE, RD_TEXT("locality"));
    assert_int_equal(result->rows_count, 2);
    assert_true(rd_text_equal(result->rows[0].referral, soon)); /* the nearest deadline first */
    assert_true(rd_text_equal(result->rows[1].referral, late));
    result = ask(rig, OPERATOR, RD_SOCKET_CONTROL, RD_QUERY_QUARANTINE, RD_TEXT_NONE);
    assert_int_equal(result->quarantined_count, 1);
    rig_text(result->quarantined[0].code, "bad");
    result = ask(rig, OPERATOR, RD_SOCKET_CONTROL, RD_QUERY_EXPLAIN, soon);
    assert_int_equal(result->rows_count, 2);
    assert_int_equal(rig->update.sends[0].bodies.len, 8);
    result = ask(rig, OPERATOR, RD_SOCKET_CONTROL, RD_QUERY_TRACE, soon);
    assert_non_null(result->referral);
    assert_true(rd_text_present(rig->update.sends[0].bodies));
    assert_int_equal(rig->update.sends[0].bodies.len, 0);
    result = ask(rig, GP, RD_SOCKET_INTAKE, RD_QUERY_STAGES, soon);
    assert_int_equal(result->stages->held, RIG_START);
    assert_int_equal(result->stages->contacted, 0);
    assert_false(result->stages->concern);
    struct rd_text feared =
        rig_refer(rig, &(struct sub){.key = "d", .need = "fall", .flag = "safeguarding"});
    assert_true(ask(rig, GP, RD_SOCKET_INTAKE, RD_QUERY_STAGES, feared)->stages->concern);
    static const struct {
        enum who who;
        enum rd_query_kind kind;
        const char *target;
    } denied[] = {{RAPID, RD_QUERY_STATUS, NULL},     {RAPID, RD_QUERY_QUEUE, "locality"},
                  {RAPID, RD_QUERY_QUARANTINE, NULL}, {GP, RD_QUERY_QUEUE, "locality"},
                  {DESK, RD_QUERY_QUEUE, "nobody"},   {DESK, RD_QUERY_EXPLAIN, "00000-00001"},
                  {DESK, (enum rd_query_kind)0, NULL}};
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++)
        assert_null(ask(rig, denied[i].who, RD_SOCKET_QUEUES, denied[i].kind,
                        rd_text_of(denied[i].target)));
    assert_null(ask(rig, RAPID, RD_SOCKET_QUEUES, RD_QUERY_EXPLAIN, soon));
    assert_null(ask(rig, HOSPITAL, RD_SOCKET_INTAKE, RD_QUERY_STAGES, soon));
}

static void rules_start_and_time_are_entries(void **state)
{
    struct rig *rig = *state;
    rig_text(rig->entries[0].started->place, "fakeham");
    assert_int_equal(rig->entries[0].started->incarnation, 7);
    rig_text(rig->entries[1].rules->hash, "fake-1");
    rd_fake_rules_set_hash(rig->rules, RD_TEXT("fake-2"));
    struct rd_event rules = {.kind = RD_EVENT_RULES,
                             .rules = rig->rules,
                             .by = RD_TEXT("Olu"),
                             .approved_by = RD_TEXT("Dr Dee")};
    rig_step(rig, &rules);
    rig_text(rig_wrote(rig, RD_ENTRY_RULES, 0)->rules->approved_by, "Dr Dee");
    struct rd_event jump = {
        .kind = RD_EVENT_TIME_JUMP, .before = rig->now - RD_HOUR_US, .by = RD_TEXT("Olu")};
    rig_step(rig, &jump);
    assert_int_equal(rig_wrote(rig, RD_ENTRY_TIME, 0)->time->after, rig->now);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_claim_is_exclusive),
        T(verbs_out_of_phase_say_what_to_do),
        T(what_a_verb_needs_is_asked_for),
        T(nobody_acts_in_a_queue_that_is_not_theirs),
        T(transfer_hands_a_claim_over),
        T(a_declined_lead_goes_to_the_fallback_then_the_desk),
        T(sixteen_assignments_are_the_end),
        T(contacts_have_a_limit),
        T(the_longest_supporting_leads_when_the_lead_is_done),
        T(an_external_team_has_custody_once_it_accepts),
        T(the_desk_triages),
        T(only_a_clinician_lowers_the_urgency),
        T(the_desk_routes),
        T(a_clinician_ends_a_clock_with_a_reason),
        T(opening_is_recorded_before_it_is_shown),
        T(queries_answer_those_who_may_ask),
        T(rules_start_and_time_are_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
