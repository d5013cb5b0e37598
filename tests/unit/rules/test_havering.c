/* A place whose localities change on a day, whose pathways go by different areas of a person, and
 * whose clock counts working days. */
#include "base/arena.h"
#include "rules/load/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { ARENA_BYTES = 1 << 20 };
#define BEFORE "2026-11-30T23:59:59Z" /* the last second of four localities */
#define AFTER "2026-12-01T00:00:00Z"
#define HAROLD_HILL "CM14 5NG" /* Gooshays: then North */
#define ROMFORD "RM1 1AA"      /* Romford Town: then Central */
#define MAWNEYS "RM1 4QL"      /* in Romford: then North */
#define CRANHAM "RM11 3AX"     /* then South */
#define ELM_PARK "RM12 4AU"    /* then South */

static struct rd_rules *havering;
static struct rd_arena arena;

static void on_finding(void *context, const struct rd_finding *finding)
{
    (void)context;
    print_error("%s:%u:%u: %s\n", finding->file, finding->line, finding->column, finding->words);
}

static int set_up(void **state)
{
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES);
    return rd_rules_load(RD_SOURCE_DIR "/tests/data/places/havering", rd_alloc_heap(), on_finding,
                         NULL, &havering) == RD_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    rd_rules_free(havering);
    rd_arena_fini(&arena);
    return 0;
}

static rd_instant when(const char *text)
{
    rd_instant at = 0;
    assert_true(rd_instant_parse(rd_text_of(text), &at));
    return at;
}

/* Somebody with up to three addresses. */
struct person {
    const char *feed, *need, *practice, *home, *current, *incident, *discharge_to, *line, *uprn,
        *placed_by;
    bool ward;
};

static void add_address(struct rd_address *addresses, size_t *count, enum rd_address_use use,
                        const char *postcode)
{
    if (postcode != NULL)
        addresses[(*count)++] = (struct rd_address){.use = use, .postcode = rd_text_of(postcode)};
}

static void read_facts(const struct person *person, const char *at, struct rd_facts *out)
{
    struct rd_address addresses[4];
    struct rd_text line = rd_text_of(person->line);
    size_t count = 0;
    add_address(addresses, &count, RD_ADDRESS_HOME, person->home);
    add_address(addresses, &count, RD_ADDRESS_CURRENT, person->current);
    add_address(addresses, &count, RD_ADDRESS_INCIDENT, person->incident);
    add_address(addresses, &count, RD_ADDRESS_DISCHARGE_TO, person->discharge_to);
    if (count > 0) {
        addresses[0].placing_authority = rd_text_of(person->placed_by);
        addresses[0].uprn = rd_text_of(person->uprn);
        addresses[0].lines = &line;
        addresses[0].lines_count = person->line == NULL ? 0 : 1;
    }
    struct rd_person model = {.age_estimate = {.has = true, .value = 80},
                              .practice_ods = rd_text_of(person->practice),
                              .addresses = addresses,
                              .addresses_count = count};
    struct rd_need need = {.code = rd_text_of(person->need)};
    struct rd_stay stay = {.ward = RD_TEXT("Sunrise A")};
    struct rd_referral referral = {.person = &model,
                                   .priority_asked = RD_PRIORITY_ROUTINE,
                                   .needs = &need,
                                   .needs_count = person->need == NULL ? 0 : 1,
                                   .stay = person->ward ? &stay : NULL};
    struct rd_submission submission = {
        .feed = rd_text_of(person->feed == NULL ? "hill-park-surgery" : person->feed),
        .referral = &referral};
    assert_int_equal(rd_rules_facts(havering, &submission, when(at), &arena, out), RD_OK);
}

static struct rd_text lead_of(const struct rd_facts *facts, const char *at,
                              struct rd_decision *decision)
{
    struct rd_decide_request request = {
        .facts = facts, .now = when(at), .engine_version = RD_TEXT("test")};
    assert_int_equal(rd_rules_decide(havering, &request, &arena, decision), RD_OK);
    return decision->assignments[0].team;
}

static void same(struct rd_text got, const char *expected, size_t row)
{
    if (!rd_text_equal(got, rd_text_of(expected)))
        fail_msg("row %zu: got '%.*s', wanted '%s'", row, RD_TEXT_ARG(got),
                 expected == NULL ? "-" : expected);
}

/* Four localities become three: by the day on which it was received, to the second. */
static void test_boundary_change(void **state)
{
    (void)state;
    static const struct {
        const char *postcode, *before, *after;
    } rows[] = {
        {HAROLD_HILL, "long-term-harold-hill", "long-term-north"},
        {ROMFORD, "long-term-romford", "long-term-central"},
        {MAWNEYS, "long-term-romford", "long-term-north"},
        {CRANHAM, "long-term-cranham", "long-term-south"},
        {ELM_PARK, "long-term-elm-park", "long-term-south"},
        {"IG1 1DN", "desk", "desk"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct person person = {.home = rows[i].postcode};
        struct rd_facts facts;
        struct rd_decision decision;
        rd_arena_reset(&arena);
        read_facts(&person, BEFORE, &facts);
        same(lead_of(&facts, BEFORE, &decision), rows[i].before, i);
        /* Open when the day comes: whoever decides it again, it stays where it belongs. */
        same(lead_of(&facts, AFTER, &decision), rows[i].before, i);
        same(lead_of(&facts, "2027-06-01T10:00:00Z", &decision), rows[i].before, i);
        read_facts(&person, AFTER, &facts);
        same(lead_of(&facts, AFTER, &decision), rows[i].after, i);
    }
}

/* The day is the wall's: half past midnight of a summer's day is still the day before in UTC. */
static void test_day_is_local(void **state)
{
    (void)state;
    assert_int_equal(rd_rules_day(havering, when("2026-06-30T23:30:00Z")),
                     rd_rules_day(havering, when("2026-07-01T12:00:00Z")));
    assert_int_equal(rd_rules_day(havering, when(BEFORE)) + 1, rd_rules_day(havering, when(AFTER)));
}

static const struct {
    struct person person;
    const char *at, *pathway, *lead;
    enum rd_area_kind area; /* that triage saw */
    const char *basis;
} areas[] = {
    /* A long-term condition: the practice's network, not the home's team. */
    {{.need = "long-term-condition", .practice = "Y99202", .home = CRANHAM},
     BEFORE,
     "practice-network",
     "long-term-elm-park",
     RD_AREA_RESIDENCE,
     "home"},
    {{.need = "long-term-condition", .practice = "y99202", .home = ROMFORD},
     AFTER,
     "practice-network",
     "long-term-south",
     RD_AREA_RESIDENCE,
     "home"},
    {{.need = "long-term-condition", .practice = "Y99201", .home = ROMFORD},
     BEFORE,
     "practice-network",
     "long-term-harold-hill",
     RD_AREA_RESIDENCE,
     "home"},
    /* A practice that is not known is no reason to guess one: by the home. */
    {{.need = "long-term-condition", .practice = "Y00000", .home = ROMFORD},
     BEFORE,
     "long-term",
     "long-term-romford",
     RD_AREA_RESIDENCE,
     "home"},
    {{.need = "long-term-condition", .home = ROMFORD},
     BEFORE,
     "long-term",
     "long-term-romford",
     RD_AREA_RESIDENCE,
     "home"},
    /* The practice is in another borough: two areas disagree, a person decides. */
    {{.need = "long-term-condition",
      .practice = "Y99203",
      .home = ROMFORD,
      .placed_by = "E09000026"},
     BEFORE,
     "desk",
     "desk",
     RD_AREA_RESIDENCE,
     "home"},
    /* Care: ordinary residence is the home, also while staying elsewhere in the borough. */
    {{.need = "care-assessment", .home = ROMFORD, .current = CRANHAM},
     BEFORE,
     "care-act",
     "long-term-romford",
     RD_AREA_RESIDENCE,
     "current"},
    {{.home = ROMFORD, .current = CRANHAM},
     BEFORE,
     "long-term",
     "long-term-cranham",
     RD_AREA_RESIDENCE,
     "current"},
    {{.need = "care-assessment", .home = ROMFORD, .placed_by = "E09000016"},
     BEFORE,
     "care-act",
     "long-term-romford",
     RD_AREA_RESIDENCE,
     "home"},
    {{.need = "care-assessment", .home = ROMFORD, .placed_by = "E09000002"},
     BEFORE,
     "desk",
     "desk",
     RD_AREA_RESIDENCE,
     "home"},
    {{.need = "care-assessment", .home = ROMFORD, .placed_by = "e09000016"},
     BEFORE,
     "care-act",
     "long-term-romford",
     RD_AREA_RESIDENCE,
     "home"},
    /* A council that the place does not know is not taken for the home's. */
    {{.need = "care-assessment", .home = ROMFORD, .placed_by = "Kent County Council"},
     BEFORE,
     "care-act",
     "desk",
     RD_AREA_RESIDENCE,
     "home"},
    /* Who calls an ambulance is seen where they are; who is discharged where they go. */
    {{.feed = "las-cad", .need = "fall", .home = "IG1 1DN", .incident = ROMFORD},
     "2026-11-30T10:00:00Z",
     "urgent-response",
     "urgent-response",
     RD_AREA_INCIDENT,
     "incident"},
    {{.feed = "queens-pas", .home = ROMFORD, .discharge_to = ELM_PARK, .ward = true},
     BEFORE,
     "long-term",
     "long-term-romford",
     RD_AREA_DISCHARGE_TO,
     "discharge-to"},
    {{.feed = "queens-pas", .home = ROMFORD, .current = "IG1 1DN", .ward = true},
     BEFORE,
     "long-term",
     "long-term-romford",
     RD_AREA_RESIDENCE,
     "home"},
    /* Split; one address of it; one property. */
    {{.home = "RM1 3BD"}, BEFORE, "desk", "desk", RD_AREA_RESIDENCE, "home"},
    {{.home = "RM1 3BD", .line = "12 Market Place"},
     BEFORE,
     "long-term",
     "long-term-romford",
     RD_AREA_RESIDENCE,
     "home"},
    {{.home = "RM1 3BD", .line = "12 Market Place"},
     AFTER,
     "long-term",
     "long-term-central",
     RD_AREA_RESIDENCE,
     "home"},
    {{.home = "RM1 3BD", .line = "13 Market Place"},
     BEFORE,
     "desk",
     "desk",
     RD_AREA_RESIDENCE,
     "home"},
    {{.home = "RM99 9ZZ", .uprn = "100099000001"},
     AFTER,
     "long-term",
     "long-term-north",
     RD_AREA_RESIDENCE,
     "home"},
    {{.home = "RM99 9ZZ", .uprn = "100099000001"},
     BEFORE,
     "desk",
     "desk",
     RD_AREA_RESIDENCE,
     "home"},
    {{.need = "care-assessment"}, BEFORE, "desk", "desk", 0, NULL},
};

static void test_areas(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(areas); i++) {
        struct rd_facts facts;
        struct rd_decision decision;
        rd_arena_reset(&arena);
        read_facts(&areas[i].person, areas[i].at, &facts);
        struct rd_text lead = lead_of(&facts, areas[i].at, &decision);
        same(decision.pathway, areas[i].pathway, i);
        same(lead, areas[i].lead, i);
        same(facts.area_basis, areas[i].basis, i);
        assert_int_equal(facts.area, areas[i].area);
    }
}

static const char *input_of(const struct rd_decision *decision, const char *name)
{
    static char value[128];
    for (size_t i = 0; i < decision->inputs_count; i++)
        if (rd_text_is(decision->inputs[i].name, name)) {
            (void)snprintf(value, sizeof value, "%.*s", RD_TEXT_ARG(decision->inputs[i].value));
            return value;
        }
    return "-";
}

/* All five stand in the facts with their basis, and in the record of the decision. */
static void test_all_areas_are_recorded(void **state)
{
    (void)state;
    static const struct person person = {.feed = "las-cad",
                                         .need = "long-term-condition",
                                         .practice = "Y99202",
                                         .home = ROMFORD,
                                         .current = CRANHAM,
                                         .incident = HAROLD_HILL,
                                         .discharge_to = "IG1 1DN",
                                         .placed_by = "E09000016"};
    static const struct {
        enum rd_area_kind kind;
        const char *basis;
        enum rd_postcode_class class;
        const char *locality;
    } expected[] = {
        {RD_AREA_RESIDENCE, "current", RD_POSTCODE_KNOWN, "Cranham"},
        {RD_AREA_HEALTH, "practice", RD_POSTCODE_KNOWN, "Elm Park"},
        {RD_AREA_SOCIAL, "placing-authority", RD_POSTCODE_KNOWN, "Romford"},
        {RD_AREA_INCIDENT, "incident", RD_POSTCODE_KNOWN, "Harold Hill"},
        {RD_AREA_DISCHARGE_TO, "discharge-to", RD_POSTCODE_UNKNOWN, NULL},
    };
    struct rd_facts facts;
    struct rd_decision decision;
    rd_arena_reset(&arena);
    read_facts(&person, BEFORE, &facts);
    assert_int_equal(facts.areas_count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(facts.areas[i].kind, expected[i].kind);
        assert_int_equal(facts.areas[i].postcode_class, expected[i].class);
        same(facts.areas[i].basis, expected[i].basis, i);
        same(facts.areas[i].locality, expected[i].locality, i);
    }
    (void)lead_of(&facts, BEFORE, &decision);
    assert_string_equal(input_of(&decision, "residence locality"), "Cranham");
    assert_string_equal(input_of(&decision, "health locality"), "Elm Park");
    assert_string_equal(input_of(&decision, "social borough"), "E09000016");
    assert_string_equal(input_of(&decision, "incident class"), "known");
    assert_string_equal(input_of(&decision, "discharge class"), "unknown");
    assert_string_equal(input_of(&decision, "discharge locality"), "-");
    assert_string_equal(input_of(&decision, "localities differ"), "true");
    assert_string_equal(input_of(&decision, "boroughs differ"), "false");
    /* What the pathway goes by is what the routing tables saw, and why is said. */
    assert_string_equal(input_of(&decision, "area"), "health");
    assert_string_equal(input_of(&decision, "locality"), "Elm Park");
    bool said = false;
    for (size_t i = 0; i < decision.matches_count; i++)
        said = said || (rd_text_is(decision.matches[i].table, "areas") &&
                        rd_text_is(decision.matches[i].why,
                                   "The pathway goes by the area of health (by practice): locality "
                                   "Elm Park"));
    assert_true(said);
}

/* Five working days at the hour, over Christmas: reported by the calendar, alarmed by the wall. */
static void test_working_days(void **state)
{
    (void)state;
    static const struct {
        const char *received, *report;
    } rows[] = {
        {"2026-11-30T10:30:00Z", "2026-12-07T10:30:00Z"},
        {"2026-11-28T10:30:00Z", "2026-12-07T09:00:00Z"}, /* a Saturday: from Monday's opening */
        {"2026-12-23T16:59:00Z", "2027-01-04T16:59:00Z"}, /* 24, 29, 30, 31, 4 */
        {"2027-03-24T09:30:00Z", "2027-04-02T08:30:00Z"}, /* Good Friday, Easter Monday, summer */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        static const struct person person = {.home = ROMFORD};
        struct rd_facts facts;
        struct rd_planned_clock clock;
        rd_arena_reset(&arena);
        read_facts(&person, rows[i].received, &facts);
        assert_int_equal(rd_rules_plan_clock(havering, RD_TEXT("five-day"), &facts,
                                             when(rows[i].received), &arena, &clock),
                         RD_OK);
        char got[RD_INSTANT_TEXT_MAX];
        if (clock.report_due != when(rows[i].report))
            fail_msg("%s: reported due %s", rows[i].received,
                     rd_instant_format(clock.report_due, got));
        assert_int_equal(clock.alarm_due, when(rows[i].received) + 7 * RD_DAY_US);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boundary_change), cmocka_unit_test(test_day_is_local),
        cmocka_unit_test(test_areas),           cmocka_unit_test(test_all_areas_are_recorded),
        cmocka_unit_test(test_working_days),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
