/* What a decision says besides where: hours, fallbacks, deadlines, views, reasons. */
#include "redbridge_kit.h"

#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define NIGHT "2026-11-23T23:00:00Z"

static const struct story fall = {
    .name = "a fall", .feed = GP, .birth = "1950-01-01", .postcode = FAIRLOP, .need = "fall"};
static const struct story assessment = {.name = "an assessment",
                                        .feed = GP,
                                        .birth = "1950-01-01",
                                        .postcode = FAIRLOP,
                                        .need = "care-assessment"};

struct fixture {
    struct rd_arena arena;
    struct rd_facts facts;
    struct rd_decision decision;
    char text[STORY_SUMMARY];
};

static int setup_fixture(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.text = ""};
    rd_arena_init(&fixture.arena, rd_alloc_heap(), STORY_ARENA);
    *state = &fixture;
    return 0;
}

static int teardown_fixture(void **state)
{
    struct fixture *fixture = *state;
    rd_arena_fini(&fixture->arena);
    return 0;
}

static void run(struct fixture *fixture, const struct story *story,
                const struct rd_presence *presence, const struct rd_override *override)
{
    decide(story, presence, override, &fixture->arena, &fixture->facts, &fixture->decision);
    summarise(&fixture->decision, fixture->text);
}

static void expect_text(struct rd_text text, const char *expected)
{
    char copy[1024];
    snprintf(copy, sizeof copy, "%.*s", RD_TEXT_ARG(text));
    assert_string_equal(copy, expected);
}

/* Who is listening: everybody but the one named; and every team but the desk holds 7. */
static bool all_but(void *context, struct rd_text team)
{
    return !rd_text_is(team, context);
}

static uint32_t seven(void *context, struct rd_text team)
{
    (void)context;
    return rd_text_is(team, "desk") ? 0 : 7;
}

static void test_open_team(void **state)
{
    struct fixture *f = *state;
    run(f, &fall, NULL, NULL);
    const struct rd_planned_assignment *lead = &f->decision.assignments[0];
    assert_true(lead->open_now);
    assert_int_equal(lead->looks_at, when(MONDAY_10));
    assert_int_equal(lead->closes_at, when("2026-11-23T19:00:00Z"));
    assert_int_equal(lead->view, RD_VIEW_FULL);
    expect_text(lead->why, "Rapid response serves all of Redbridge");
    expect_text(f->decision.reason, "One of the needs of the two-hour standard");
    expect_text(f->decision.answer,
                "Community Treatment Team (rapid response) has it and is open until Mon 23 Nov "
                "19:00: somebody will look at it now. If it gets worse call 111; if somebody may "
                "die or come to serious harm call 999.");
}

static void test_closed_team(void **state)
{
    struct fixture *f = *state;
    struct story story = fall;
    story.at = NIGHT;
    run(f, &story, NULL, NULL);
    expect_text(f->decision.answer,
                "Community Treatment Team (rapid response) cannot take it now. First Contact Team "
                "has it and is open: somebody will look at it now. If it gets worse call 111; if "
                "somebody may die or come to serious harm call 999.");
    expect_text(f->decision.assignments[0].why,
                "Rapid response serves all of Redbridge. In place of Community Treatment Team "
                "(rapid response): it is closed until Tue 24 Nov 08:00");
    expect_text(rd_rules_why_not(redbridge, &f->decision, RD_TEXT("rapid-response"), &f->arena),
                "it is closed until Tue 24 Nov 08:00");
    story = assessment;
    story.at = NIGHT;
    run(f, &story, NULL, NULL);
    const struct rd_planned_assignment *lead = &f->decision.assignments[0];
    assert_false(lead->open_now);
    assert_int_equal(lead->looks_at, when("2026-11-24T09:00:00Z"));
    expect_text(f->decision.answer,
                "Fairlop locality team has it and is closed: somebody will look at it from Tue 24 "
                "Nov 09:00. If it gets worse call 111; if somebody may die or come to serious harm "
                "call 999.");
}

static void test_nobody_listens(void **state)
{
    struct fixture *f = *state;
    static char rapid[] = "rapid-response", desk[] = "desk";
    struct rd_presence presence = {.context = rapid, .has_consumer = all_but};
    run(f, &fall, &presence, NULL);
    assert_string_equal(f->text, "rapid-response two-hour desk-rapid-response; triage two-hour");
    expect_text(f->decision.assignments[0].why,
                "Rapid response serves all of Redbridge. In place of Community Treatment Team "
                "(rapid response): nobody there is listening");
    struct story young = fall;
    young.birth = "2020-01-01";
    presence.context = desk; /* nowhere else to go: it stays there, and says so */
    run(f, &young, &presence, NULL);
    assert_string_equal(f->text, "desk two-hour desk; triage two-hour?");
    assert_false(f->decision.assignments[0].open_now);
    expect_text(f->decision.answer,
                "First Contact Team has it and nobody is there at the moment: an alarm goes to the "
                "person on call. If it gets worse call 111; if somebody may die or come to serious "
                "harm call 999.");
}

/* A supporting team whose fallback is already in keeps its own queue: no share is lost. */
static void test_supporting_is_never_lost(void **state)
{
    struct fixture *f = *state;
    static char safeguarding[] = "safeguarding";
    struct rd_presence presence = {.context = safeguarding, .has_consumer = all_but};
    struct story story = fall;
    story.flag = "SG";
    story.at = NIGHT; /* the lead falls back to the desk; so would safeguarding */
    run(f, &story, NULL, NULL);
    assert_string_equal(
        f->text, "rapid-response two-hour desk-rapid-response + safeguarding; triage two-hour");
    assert_int_equal(f->decision.assignments[1].looks_at, when("2026-11-24T09:00:00Z"));
    story.at = MONDAY_10;
    run(f, &story, &presence, NULL);
    assert_string_equal(f->text, "rapid-response two-hour rapid-response + desk-safeguarding; "
                                 "two-hour");
    story.birth = "2020-01-01";
    run(f, &story, &presence, NULL);
    assert_string_equal(f->text, "desk two-hour desk + safeguarding; triage two-hour?");
    assert_false(f->decision.assignments[1].open_now);
}

static void test_views(void **state)
{
    static const struct {
        const char *need, *postcode;
        enum rd_consent_decision consent;
        const char *confidentiality;
        enum rd_view expected;
    } cases[] = {
        {"loneliness", FAIRLOP, RD_CONSENT_GIVEN, NULL, RD_VIEW_MINIMUM},
        {"loneliness", FAIRLOP, RD_CONSENT_NOT_ASKED, NULL, RD_VIEW_MINIMUM},
        {"loneliness", FAIRLOP, RD_CONSENT_GIVEN, "restricted", RD_VIEW_NONE},
        {"care-assessment", FAIRLOP, RD_CONSENT_GIVEN, "restricted", RD_VIEW_FULL},
        {"fall", "RM5 2AA", RD_CONSENT_GIVEN, NULL, RD_VIEW_FULL},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story = fall;
        struct record record;
        story.need = cases[i].need;
        story.postcode = cases[i].postcode;
        story.consent = cases[i].consent;
        make_record(&story, &record);
        record.person.confidentiality = rd_text_of(cases[i].confidentiality);
        assert_int_equal(
            rd_rules_facts(redbridge, &record.submission, when(MONDAY_10), &f->arena, &f->facts),
            RD_OK);
        struct rd_decide_request request = {.facts = &f->facts, .now = when(MONDAY_10)};
        assert_int_equal(rd_rules_decide(redbridge, &request, &f->arena, &f->decision), RD_OK);
        assert_int_equal(f->decision.assignments[0].view, cases[i].expected);
    }
}

static const struct rd_planned_clock *clock_of(const struct rd_decision *decision,
                                               const char *policy)
{
    for (size_t i = 0; i < decision->clocks_count; i++)
        if (rd_text_is(decision->clocks[i].policy, policy))
            return &decision->clocks[i];
    fail_msg("no clock %s", policy);
    return NULL;
}

static void expect_stage(const struct rd_planned_clock *clock, size_t index,
                         enum rd_stage_kind kind, const char *due, const char *to)
{
    assert_true(index < clock->stages_count);
    assert_int_equal(clock->stages[index].kind, kind);
    assert_int_equal(clock->stages[index].due, when(due));
    expect_text(clock->stages[index].escalate_to, to);
}

static void test_two_hours(void **state)
{
    struct fixture *f = *state;
    run(f, &fall, NULL, NULL);
    const struct rd_planned_clock *clock = clock_of(&f->decision, "two-hour");
    assert_int_equal(clock->start, when(MONDAY_10));
    assert_int_equal(clock->alarm_due, when("2026-11-23T12:00:00Z"));
    assert_int_equal(clock->report_due, when("2026-11-23T12:00:00Z"));
    expect_text(clock->basis, "received");
    expect_text(clock->stop_mode, "face-to-face");
    assert_int_equal(clock->stages_count, 5);
    assert_int_equal(clock->calendar_hash.len, 64);
    expect_stage(clock, 0, RD_STAGE_CLAIM_BY, "2026-11-23T10:15:00Z", "rapid-response");
    expect_stage(clock, 1, RD_STAGE_WARNING, "2026-11-23T11:00:00Z", "rapid-response");
    expect_stage(clock, 2, RD_STAGE_WARNING, "2026-11-23T11:30:00Z", "duty-manager");
    expect_stage(clock, 3, RD_STAGE_BREACH, "2026-11-23T12:00:00Z", "duty-manager");
    expect_stage(clock, 4, RD_STAGE_REPEAT, "2026-11-23T12:30:00Z", "duty-manager");
    assert_int_equal(clock->stages[4].repeat_us, 30 * RD_MINUTE_US);
}

/* At night the alarm runs, the report waits for the opening; and over the spring change of time. */
static void test_reports_wait_for_opening(void **state)
{
    struct fixture *f = *state;
    struct story story = fall;
    story.at = NIGHT;
    run(f, &story, NULL, NULL);
    const struct rd_planned_clock *clock = clock_of(&f->decision, "two-hour");
    assert_int_equal(clock->alarm_due, when("2026-11-24T01:00:00Z"));
    assert_int_equal(clock->report_due, when("2026-11-24T10:00:00Z"));
    story.at = "2026-11-23T19:30:00Z"; /* still open: it never pauses, also not at closing time */
    run(f, &story, NULL, NULL);
    assert_int_equal(clock_of(&f->decision, "two-hour")->report_due, when("2026-11-23T21:30:00Z"));
    story.at = "2027-03-27T23:30:00Z"; /* clocks go forward at 01:00 UTC: 08:00 is 07:00 UTC */
    run(f, &story, NULL, NULL);
    clock = clock_of(&f->decision, "two-hour");
    assert_int_equal(clock->alarm_due, when("2027-03-28T01:30:00Z"));
    assert_int_equal(clock->report_due, when("2027-03-28T09:00:00Z"));
}

/* The sender's own clock feeds the alarms only. */
static void test_source_clock(void **state)
{
    struct fixture *f = *state;
    struct story story = fall;
    story.source_clock = "2026-11-23T09:10:00Z";
    run(f, &story, NULL, NULL);
    const struct rd_planned_clock *clock = clock_of(&f->decision, "two-hour");
    assert_int_equal(clock->start, when(MONDAY_10));
    assert_int_equal(clock->alarm_due, when("2026-11-23T11:10:00Z"));
    assert_int_equal(clock->report_due, when("2026-11-23T12:00:00Z"));
    expect_text(clock->basis, "source");
    expect_stage(clock, 0, RD_STAGE_WARNING, "2026-11-23T10:10:00Z", "rapid-response");
    expect_stage(clock, 1, RD_STAGE_CLAIM_BY, "2026-11-23T10:15:00Z", "rapid-response");
    story.source_clock = "2026-11-23T12:00:00Z"; /* from the future: not believed */
    run(f, &story, NULL, NULL);
    assert_int_equal(clock_of(&f->decision, "two-hour")->alarm_due, when("2026-11-23T12:00:00Z"));
}

static void test_respond_by(void **state)
{
    struct fixture *f = *state;
    struct story story = fall;
    story.feed = "las-cad";
    story.kind = RD_KIND_VALIDATION;
    story.respond_by = "2026-11-23T10:40:00Z";
    run(f, &story, NULL, NULL);
    const struct rd_planned_clock *clock = clock_of(&f->decision, "respond-by");
    assert_int_equal(clock->alarm_due, when("2026-11-23T10:40:00Z"));
    expect_stage(clock, 0, RD_STAGE_WARNING, "2026-11-23T10:25:00Z", "rapid-response");
    expect_stage(clock, 1, RD_STAGE_AUTO_REJECT, "2026-11-23T10:30:00Z", "rapid-response");
    story.kind = RD_KIND_REFERRAL; /* ours since HELD: never given back by itself */
    run(f, &story, NULL, NULL);
    expect_stage(clock_of(&f->decision, "respond-by"), 1, RD_STAGE_WARNING, "2026-11-23T10:30:00Z",
                 "rapid-response");
}

static void test_person_overrides(void **state)
{
    struct fixture *f = *state;
    struct rd_text supporting[] = {RD_TEXT("voluntary")};
    struct rd_override override = {.by = RD_TEXT("Ruth Adeyemi"),
                                   .pathway = RD_TEXT("routine"),
                                   .urgency = RD_PRIORITY_ROUTINE,
                                   .lead = RD_TEXT("locality-wanstead"),
                                   .supporting = supporting,
                                   .supporting_count = 1,
                                   .reason = RD_TEXT("moved last week")};
    struct story story = fall;
    story.asked = RD_PRIORITY_TWO_HOUR;
    run(f, &story, NULL, &override); /* not a clinician: cannot lower what was asked */
    assert_string_equal(f->text,
                        "routine two-hour locality-wanstead + voluntary; five-day two-hour");
    expect_text(f->decision.decided_by, "Ruth Adeyemi");
    expect_text(f->decision.reason, "Decided by Ruth Adeyemi: moved last week");
    override.clinician = true;
    run(f, &story, NULL, &override);
    assert_string_equal(f->text, "routine routine locality-wanstead + voluntary; five-day");
    override = (struct rd_override){.by = RD_TEXT("Ruth Adeyemi"),
                                    .lead = RD_TEXT("no-such-team"),
                                    .reason = RD_TEXT("a slip")};
    run(f, &story, NULL, &override);
    assert_string_equal(f->text, "rapid-response two-hour desk; triage two-hour");
}

static void test_why_not(void **state)
{
    struct fixture *f = *state;
    run(f, &assessment, NULL, NULL);
    static const struct {
        const char *team, *why;
    } cases[] = {
        {"locality-wanstead", "rule 7 of Lead team asks for locality \"Wanstead\"; it is "
                              "\"Fairlop\""},
        {"rapid-response", "rule 1 of Lead team asks for pathway \"rapid-response\"; it is "
                           "\"routine\""},
        {"locality-fairlop", "it is the lead of this referral"},
        {"desk", "rule 17 of Lead team would name it, but a rule above it matches"},
        {"nobody", "there is no team of that name in this place"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_text(rd_rules_why_not(redbridge, &f->decision, rd_text_of(cases[i].team), &f->arena),
                    cases[i].why);
}

static void test_plan_team(void **state)
{
    struct fixture *f = *state;
    struct rd_planned_assignment plan;
    struct rd_presence presence = {.open_assignments = seven};
    run(f, &fall, NULL, NULL);
    assert_int_equal(rd_rules_plan_team(redbridge, RD_TEXT("rapid-response"), RD_ROLE_LEAD,
                                        &f->facts, RD_PRIORITY_TWO_HOUR, when(NIGHT), &presence,
                                        &f->arena, &plan),
                     RD_OK);
    expect_text(plan.team, "desk");
    expect_text(plan.after_fallback_from, "rapid-response");
    /* What was asked for says nothing about how long what was decided may wait. */
    f->facts.priority_asked = RD_PRIORITY_ROUTINE;
    assert_int_equal(rd_rules_plan_team(redbridge, RD_TEXT("rapid-response"), RD_ROLE_LEAD,
                                        &f->facts, RD_PRIORITY_TWO_HOUR, when(NIGHT), &presence,
                                        &f->arena, &plan),
                     RD_OK);
    expect_text(plan.team, "desk");
    assert_int_equal(rd_rules_plan_team(redbridge, RD_TEXT("rapid-response"), RD_ROLE_LEAD,
                                        &f->facts, RD_PRIORITY_ROUTINE, when(NIGHT), &presence,
                                        &f->arena, &plan),
                     RD_OK);
    expect_text(plan.team, "rapid-response");
    assert_int_equal(rd_rules_plan_team(redbridge, RD_TEXT("havering-spa"), RD_ROLE_LEAD, &f->facts,
                                        RD_PRIORITY_TWO_HOUR, when(NIGHT), NULL, &f->arena, &plan),
                     RD_OK);
    assert_true(plan.external);
    assert_int_equal(rd_rules_plan_team(redbridge, RD_TEXT("nobody"), RD_ROLE_LEAD, &f->facts,
                                        RD_PRIORITY_TWO_HOUR, when(NIGHT), NULL, &f->arena, &plan),
                     RD_E_NOTFOUND);
}

static void test_plan_clock(void **state)
{
    struct fixture *f = *state;
    struct rd_planned_clock clock;
    run(f, &fall, NULL, NULL);
    rd_instant start = when("2026-11-27T16:00:00Z"); /* Friday */
    assert_int_equal(
        rd_rules_plan_clock(redbridge, RD_TEXT("five-day"), &f->facts, start, &f->arena, &clock),
        RD_OK);
    assert_int_equal(clock.report_due, when("2026-12-04T15:30:00Z"));
    assert_int_equal(
        rd_rules_plan_clock(redbridge, RD_TEXT("nobody"), &f->facts, start, &f->arena, &clock),
        RD_E_NOTFOUND);
    assert_int_equal(
        rd_rules_plan_clock(redbridge, RD_TEXT("respond-by"), &f->facts, start, &f->arena, &clock),
        RD_E_NOTFOUND); /* the sender named no deadline */
}

static void test_hours_and_rota(void **state)
{
    const struct rd_place *place = rd_rules_place(redbridge);
    const struct rd_team *rapid = rd_place_team(place, RD_TEXT("rapid-response"));
    const struct rd_team *desk = rd_place_team(place, RD_TEXT("desk"));
    (void)state;
    assert_true(rd_rules_team_open(redbridge, rapid, when("2026-11-23T18:59:59Z")));
    assert_false(rd_rules_team_open(redbridge, rapid, when("2026-11-23T19:00:00Z")));
    assert_int_equal(rd_rules_team_changes(redbridge, rapid, when(MONDAY_10)),
                     when("2026-11-23T19:00:00Z"));
    assert_true(rd_rules_team_open(redbridge, desk, when(NIGHT)));
    assert_int_equal(rd_rules_team_changes(redbridge, desk, when(NIGHT)), 0);
    expect_text(rd_rules_on_rota(redbridge, RD_TEXT("duty-manager"), when(MONDAY_10)),
                "Helen Marsh");
    expect_text(rd_rules_on_rota(redbridge, RD_TEXT("duty-manager"), when("2026-11-24T03:00:00Z")),
                "Peter Lindqvist");
    assert_false(rd_text_present(rd_rules_on_rota(redbridge, RD_TEXT("nobody"), when(NIGHT))));
}

/* The same facts give the same bytes, also from a second load, and nothing of the person's is in
 * them. */
static void test_same_bytes(void **state)
{
    struct fixture *f = *state;
    struct rd_rules *first = redbridge, *second = NULL;
    struct rd_buf once, again;
    struct story story = fall;
    story.flag = "SG";
    rd_buf_init(&once, rd_alloc_heap());
    rd_buf_init(&again, rd_alloc_heap());
    run(f, &story, NULL, NULL);
    rd_json_write(&rd_decision_shape, &f->decision, &once);
    assert_int_equal(rd_rules_load(RD_SOURCE_DIR "/rules/places/redbridge", rd_alloc_heap(), NULL,
                                   NULL, &second),
                     RD_OK);
    redbridge = second;
    run(f, &story, NULL, NULL);
    redbridge = first;
    rd_json_write(&rd_decision_shape, &f->decision, &again);
    assert_true(rd_text_equal(rd_buf_text(&once), rd_buf_text(&again)));
    rd_buf_put(&once, "", 1);
    static const char *const secrets[] = {"Example", "IG6", "1HS", "7946 0000"};
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        assert_null(strstr((const char *)once.bytes, secrets[i]));
    rd_buf_fini(&once);
    rd_buf_fini(&again);
    rd_rules_free(second);
}

/* Every size of arena: either a whole decision or RD_E_TOOBIG. */
static void test_arena_bounds(void **state)
{
    struct record record;
    (void)state;
    make_record(&fall, &record);
    bool done = false;
    for (size_t bytes = 256; !done; bytes += 256) {
        struct rd_arena arena;
        struct rd_facts facts;
        struct rd_decision decision;
        rd_arena_init(&arena, rd_alloc_heap(), bytes);
        enum rd_err err =
            rd_rules_facts(redbridge, &record.submission, when(NIGHT), &arena, &facts);
        struct rd_decide_request request = {.facts = &facts, .now = when(NIGHT)};
        if (err == RD_OK)
            err = rd_rules_decide(redbridge, &request, &arena, &decision);
        if (err != RD_OK)
            assert_int_equal(err, RD_E_TOOBIG);
        else
            assert_true(rd_text_is(decision.assignments[0].team, "desk"));
        done = err == RD_OK;
        rd_arena_fini(&arena);
        assert_true(bytes < STORY_ARENA);
    }
}

/* What the core may be asked at any time: a submission without a record. */
static void test_nothing_known(void **state)
{
    struct fixture *f = *state;
    struct rd_submission empty = {.feed = RD_TEXT("self")};
    assert_int_equal(rd_rules_facts(redbridge, &empty, when(MONDAY_10), &f->arena, &f->facts),
                     RD_OK);
    assert_int_equal(f->facts.missing_count, 5);
    struct rd_decide_request request = {.facts = &f->facts, .now = when(MONDAY_10)};
    assert_int_equal(rd_rules_decide(redbridge, &request, &f->arena, &f->decision), RD_OK);
    summarise(&f->decision, f->text);
    assert_string_equal(f->text, "desk two-hour desk; triage two-hour?");
    expect_text(f->decision.matches[0].why, "Missing: name, age, address, need, callback");
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, setup_fixture, teardown_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(test_open_team),
        ONE(test_closed_team),
        ONE(test_nobody_listens),
        ONE(test_supporting_is_never_lost),
        ONE(test_views),
        ONE(test_two_hours),
        ONE(test_reports_wait_for_opening),
        ONE(test_source_clock),
        ONE(test_respond_by),
        ONE(test_person_overrides),
        ONE(test_why_not),
        ONE(test_plan_team),
        ONE(test_plan_clock),
        ONE(test_hours_and_rota),
        ONE(test_same_bytes),
        ONE(test_arena_bounds),
        ONE(test_nothing_known),
    };
    return cmocka_run_group_tests(tests, setup_redbridge, teardown_redbridge);
}
