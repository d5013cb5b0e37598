/* What the rules see of a record: translated needs and flags, codes, ages; nothing that names
 * anybody. */
#include "redbridge_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const struct story plain = {
    .name = "plain", .feed = GP, .birth = "1950-01-01", .postcode = FAIRLOP};

static void join(const struct rd_text *texts, size_t count, char out[STORY_SUMMARY])
{
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(out);
        snprintf(out + len, STORY_SUMMARY - len, "%s%.*s", i == 0 ? "" : " ",
                 RD_TEXT_ARG(texts[i]));
    }
}

static void read_facts(struct record *record, struct rd_arena *arena, struct rd_facts *out)
{
    rd_arena_reset(arena);
    assert_int_equal(rd_rules_facts(redbridge, &record->submission, when(MONDAY_10), arena, out),
                     RD_OK);
}

static int setup_arena(void **state)
{
    static struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), STORY_ARENA);
    *state = &arena;
    return 0;
}

static int teardown_arena(void **state)
{
    rd_arena_fini(*state);
    return 0;
}

static void test_codes_become_needs(void **state)
{
    static const struct {
        const char *system, *code, *display, *needs;
    } cases[] = {
        {"http://snomed.info/sct", "1912002", NULL, "fall"},
        {"HTTPS://SNOMED.info/sct", "1912002", NULL, "fall"},
        {"SCT", "2776000", NULL, "confusion"},
        {"I10", "1912002", NULL, ""}, /* another system's code of that number */
        {NULL, "1912002", NULL, ""},
        {"anything", "catheter", NULL, "catheter"}, /* the place's own */
        {NULL, "Catheter", NULL, "catheter"},
        {"I10", "W19", "Unspecified fall", "fall"}, /* no code of ours: the words beside it */
        {"http://snomed.info/sct", "2776000", "not a fall", "confusion"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record record;
        struct rd_facts facts;
        char needs[STORY_SUMMARY];
        make_record(&plain, &record);
        struct rd_coding coding = {.system = rd_text_of(cases[i].system),
                                   .code = rd_text_of(cases[i].code),
                                   .display = rd_text_of(cases[i].display)};
        record.needs[0].codes = &coding;
        record.needs[0].codes_count = 1;
        read_facts(&record, *state, &facts);
        join(facts.needs, facts.needs_count, needs);
        assert_string_equal(needs, cases[i].needs);
    }
}

/* Ticked "company", wrote "I fell": whoever refers themselves has nobody to ask what they meant. A
 * professional's code stands as it is, and words never make it less. */
static void test_words_raise_a_self_referral(void **state)
{
    static const struct {
        const char *feed, *code, *words, *needs;
    } cases[] = {
        {"self", "loneliness", "I fell this morning and cannot get up", "loneliness fall"},
        {"self", "loneliness", "I have not fallen, I am alone all day", "loneliness"},
        {"self", "fall", "I would like some company", "fall"},
        {"self", "loneliness", NULL, "loneliness"},
        {GP, "loneliness", "She fell last winter", "loneliness"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story = plain;
        struct record record;
        struct rd_facts facts;
        char needs[STORY_SUMMARY];
        story.feed = cases[i].feed;
        make_record(&story, &record);
        record.needs[0] = (struct rd_need){.words = rd_text_of(cases[i].words)};
        record.needs[1] = (struct rd_need){.code = rd_text_of(cases[i].code)};
        record.referral.needs_count = 2;
        read_facts(&record, *state, &facts);
        join(facts.needs, facts.needs_count, needs);
        assert_string_equal(needs, cases[i].needs);
    }
}

/* What was typed wrongly is said to whoever reads the record, and nothing acts on it. */
static void test_postcodes_are_remarked_on(void **state)
{
    static const struct {
        const char *postcode, *second, *code, *words;
        size_t count;
    } cases[] = {
        {FAIRLOP, NULL, NULL, NULL, 0},
        {"IGI 1DN", NULL, "postcode-malformed",
         "The postcode of the home address has not the form of one (table of 2014-08). Perhaps IG1 "
         "1DN? Please check it; nothing was assumed.",
         1},
        {"XX9 9XX", "IG1 1AA", "postcode-unknown",
         "The postcode of the home address is not one that we know (table of 2014-08). Please "
         "check it; nothing was assumed.",
         2},
        {"IG1 1AA", NULL, "postcode-terminated",
         "The postcode of the home address is no longer in use (table of 2014-08). Please check "
         "it; nothing was assumed.",
         1},
        {"ZZ99 3VZ", NULL, NULL, NULL, 0},
        {"", NULL, NULL, NULL, 0},
    };
    struct rd_issue earlier = {.code = RD_TEXT("nhs-number-form")};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story = plain;
        struct record record;
        story.postcode = cases[i].postcode;
        story.second_postcode = cases[i].second;
        story.second_use = RD_ADDRESS_CURRENT;
        make_record(&story, &record);
        record.referral.issues = &earlier;
        record.referral.issues_count = 1;
        rd_arena_reset(*state);
        assert_int_equal(rd_rules_remark(redbridge, &record.referral, when(MONDAY_10), *state),
                         RD_OK);
        assert_int_equal(record.referral.issues_count, 1 + cases[i].count);
        assert_true(rd_text_is(record.referral.issues[0].code, "nhs-number-form"));
        if (cases[i].code == NULL)
            continue;
        assert_true(rd_text_is(record.referral.issues[1].code, cases[i].code));
        if (!rd_text_is(record.referral.issues[1].words, cases[i].words))
            fail_msg("%s: %.*s", cases[i].postcode, RD_TEXT_ARG(record.referral.issues[1].words));
    }
}

static void test_use_case_and_triage(void **state)
{
    struct record record;
    struct rd_facts facts;
    char needs[STORY_SUMMARY];
    struct rd_coding cases[] = {{.code = RD_TEXT("validation")}, {.code = RD_TEXT("a4t2")}};
    struct rd_triage_note note = {.words = RD_TEXT("There was no safeguarding concern. Not asked: "
                                                   "hypo, confusion, catheter.")};
    make_record(&plain, &record);
    record.referral.use_case = cases;
    record.referral.use_case_count = 2;
    record.referral.triage = &note;
    record.referral.triage_count = 1;
    read_facts(&record, *state, &facts);
    join(facts.needs, facts.needs_count, needs);
    assert_string_equal(needs, "fall");
    assert_true(rd_text_is(facts.use_case, "a4t2"));
    assert_false(facts.safeguarding_need);
    record.referral.use_case_count = 0; /* a triage's story is never searched for words */
    read_facts(&record, *state, &facts);
    assert_int_equal(facts.needs_count, 0);
    note.system = RD_TEXT("SCT");
    note.code = RD_TEXT("248279007");
    read_facts(&record, *state, &facts);
    join(facts.needs, facts.needs_count, needs);
    assert_string_equal(needs, "frailty");
    assert_true(facts.health_need);
}

static void test_flags(void **state)
{
    static const struct {
        const char *category, *code, *status, *flags;
    } cases[] = {
        {"SS", "U", "active", "scene-safety"}, {"scene-safety", "U", NULL, "scene-safety"},
        {"scene-safety", "S", "active", ""},   {"SG", "836881000000105", NULL, "safeguarding"},
        {"SG", NULL, "inactive", ""},          {"SG", NULL, "entered-in-error", ""},
        {"his dog bites", NULL, NULL, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record record;
        struct rd_facts facts;
        char flags[STORY_SUMMARY];
        make_record(&plain, &record);
        record.flag = (struct rd_flag){.category = rd_text_of(cases[i].category),
                                       .code = rd_text_of(cases[i].code),
                                       .status = rd_text_of(cases[i].status)};
        record.referral.flags_count = 1;
        read_facts(&record, *state, &facts);
        join(facts.flags, facts.flags_count, flags);
        assert_string_equal(flags, cases[i].flags);
        assert_int_equal(facts.safeguarding_need, strcmp(cases[i].flags, "safeguarding") == 0);
    }
}

/* Codes are taken as codes only: nobody's name or street gets in by way of them. */
static void test_only_codes_get_out(void **state)
{
    struct record record;
    struct rd_facts facts;
    make_record(&plain, &record);
    record.person.practice_ods = RD_TEXT(" y99101 ");
    record.person.confidentiality = RD_TEXT("Mr Example, do not tell");
    record.addresses[0].placing_authority = RD_TEXT("London Borough of Newham");
    record.referral.stay = &record.stay;
    record.stay.site = RD_TEXT("rf4dg");
    read_facts(&record, *state, &facts);
    assert_true(rd_text_is(facts.practice_ods, "Y99101"));
    assert_true(rd_text_is(facts.hospital, "RF4DG"));
    assert_false(rd_text_present(facts.confidentiality));
    assert_false(rd_text_present(facts.placing_authority));
}

static void test_located_by(void **state)
{
    struct record record;
    struct rd_facts facts;
    struct story story = plain;
    make_record(&story, &record);
    read_facts(&record, *state, &facts);
    assert_int_equal(facts.postcode_class, RD_POSTCODE_KNOWN);
    assert_true(rd_text_is(facts.area_basis, "home"));
    assert_true(rd_text_is(facts.locality, "Fairlop"));
    assert_true(rd_text_is(facts.borough, "E09000026"));
    assert_true(rd_text_is(facts.data_vintage, "2014-08"));
    story.postcode = "IG7 4GJ";
    make_record(&story, &record);
    read_facts(&record, *state, &facts);
    assert_int_equal(facts.postcode_class, RD_POSTCODE_SPLIT);
    assert_false(rd_text_present(facts.locality));
    story.postcode = "E18 1AT"; /* an override of the place, since November 2025 */
    make_record(&story, &record);
    read_facts(&record, *state, &facts);
    assert_int_equal(facts.postcode_class, RD_POSTCODE_KNOWN);
    assert_true(rd_text_is(facts.locality, "Wanstead"));
}

static void test_ages(void **state)
{
    static const struct {
        const char *birth;
        int age; /* -1000: not known */
    } cases[] = {{"1950-11-23", 76},    {"1950-11-24", 75}, {"1950", 75},        {"1950-11", 75},
                 {"1950-10", 76},       {"2026", 0},        {"2027", -1000},     {"2008-02-29", 18},
                 {"1950-13-01", -1000}, {"50", -1000},      {"1950-1-1", -1000}, {"", -1000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct record record;
        struct rd_facts facts;
        struct story story = plain;
        story.birth = cases[i].birth;
        make_record(&story, &record);
        read_facts(&record, *state, &facts);
        if (facts.age.has != (cases[i].age != -1000) ||
            (facts.age.has && facts.age.value != cases[i].age))
            fail_msg("%s: %d %d", cases[i].birth, facts.age.has, facts.age.value);
    }
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, setup_arena, teardown_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(test_codes_become_needs),
        ONE(test_postcodes_are_remarked_on),
        ONE(test_words_raise_a_self_referral),
        ONE(test_use_case_and_triage),
        ONE(test_flags),
        ONE(test_only_codes_get_out),
        ONE(test_located_by),
        ONE(test_ages),
    };
    return cmocka_run_group_tests(tests, setup_redbridge, teardown_redbridge);
}
