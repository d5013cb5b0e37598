/* Cases of a place: mistakes are named with file, line and column; every expectation can fail. */
#include "rules/cases/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define HEAD                                                                                       \
    "defaults: {at: 2026-11-23 10:00, feed: telephone, age: 76, consent: given, postcode: IG6 "    \
    "1HS}\ncases:\n"

static struct rd_rules *rules;
static char folder[] = RD_BINARY_DIR "/cases-XXXXXX";
static char path[sizeof folder + 16];

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/one.yaml", folder);
    return rd_rules_load(RD_SOURCE_DIR "/rules/places/redbridge", rd_alloc_heap(), NULL, NULL,
                         &rules) != RD_OK;
}

static int teardown(void **state)
{
    (void)state;
    rd_rules_free(rules);
    unlink(path);
    return rmdir(folder);
}

struct heard {
    size_t count;
    char first[1024];
};

static void hear(void *context, const struct rd_finding *finding)
{
    struct heard *heard = context;
    const char *file = strrchr(finding->file, '/');
    if (heard->count++ == 0)
        snprintf(heard->first, sizeof heard->first, "%s:%u:%u: %s",
                 file == NULL ? finding->file : file + 1, finding->line, finding->column,
                 finding->words);
}

static enum rd_err read_cases(const char *yaml, struct rd_cases *out, struct heard *heard)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(yaml, file);
    assert_int_equal(fclose(file), 0);
    *heard = (struct heard){.count = 0};
    enum rd_err err = rd_cases_read(path, rules, hear, heard, out);
    if (err == RD_OK && rd_cases_check(rules, out, hear, heard) > 0)
        err = RD_E_INVALID;
    return err;
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *yaml, *found;
    } table[] = {
        {"cases: 3\n", "one.yaml:1:8: expected a list of cases, each beginning with - name:"},
        {"cases: []\n", "one.yaml:1:8: expected a list of cases, each beginning with - name:"},
        {HEAD "  - name: a\n", "one.yaml:3:5: this case has no 'expect'; add it"},
        {"cases:\n  - name: a\n    feed: self\n    expect: {lead: desk}\n",
         "one.yaml:2:5: this case has no 'at', nor have the file's defaults; add it"},
        {HEAD "  - name: a\n    expect: {}\n",
         "one.yaml:4:13: found nothing; say what must become of it: pathway, lead ..."},
        {HEAD "  - name: a\n    expect: {team: desk}\n",
         "one.yaml:4:14: found key 'team', expected one of pathway, urgency, lead, in-place-of, "
         "supporting, roles, clocks, reason, answer, open, looks-at, locality, postcode-class, "
         "view (did you mean lead?); correct or remove it"},
        {HEAD "  - name: a\n    expect: {lead: nobody}\n",
         "one.yaml:4:20: there is no team 'nobody' in this place; correct it, or add it to "
         "teams.yaml"},
        {HEAD "  - name: a\n    needs: [fal]\n    expect: {lead: desk}\n",
         "one.yaml:3:5: there is no need 'fal' in this place; correct it, or add it to needs.yaml"},
        {HEAD "  - name: a\n    expect: {clocks: {one-hour: any}}\n",
         "one.yaml:4:33: there is no clock 'one-hour' in this place; correct it, or add it to "
         "clocks.yaml"},
        {HEAD "  - name: a\n    feed: fax\n    expect: {lead: desk}\n",
         "one.yaml:3:5: there is no feed 'fax' in this place; correct it, or add it to "
         "feeds.yaml"},
        {HEAD "  - name: a\n    expect: {pathway: rapid}\n",
         "one.yaml:4:23: there is no pathway 'rapid' in this place; correct it, or add it to "
         "place.yaml"},
        {HEAD "  - name: a\n    expect: {urgency: urgent}\n",
         "one.yaml:4:23: found 'urgent', expected one of emergency, two-hour, same-day, two-day, "
         "routine"},
        {HEAD "  - name: a\n    at: tomorrow\n    expect: {lead: desk}\n",
         "one.yaml:4:9: found 'tomorrow', expected a local time such as 2026-11-23 10:00, or one "
         "with its offset such as 2026-10-25T01:30:00Z"},
        {HEAD "  - name: a\n    at: 2026-10-25 01:30\n    expect: {lead: desk}\n",
         "one.yaml:4:9: the clocks show '2026-10-25 01:30' twice on that day; write which is "
         "meant, with its offset: 2026-10-25T01:30:00Z"},
        {HEAD "  - name: a\n    at: 2027-03-28 01:30\n    expect: {lead: desk}\n",
         "one.yaml:4:9: the clocks show '2027-03-28 01:30' never on that day; write which is "
         "meant, with its offset: 2026-10-25T01:30:00Z"},
        {HEAD "  - name: a\n    without: [shoes]\n    expect: {lead: desk}\n",
         "one.yaml:4:15: found 'shoes', expected name, age, address or callback"},
        {HEAD "  - name: a\n    age: old\n    expect: {lead: desk}\n",
         "one.yaml:4:10: found 'old', expected a whole number from 0 to 200; write it without "
         "quotes or unit"},
        {HEAD "  - name: a\n    expect: {lead: desk}\n  - name: a\n    expect: {lead: desk}\n",
         "one.yaml:5:11: the case of one.yaml:3 has this name too; give each its own"},
        {HEAD "  - name: a\n    also: [soul]\n    expect: {lead: desk}\n",
         "one.yaml:4:12: found 'soul', expected one of health, social, equipment, safeguarding, "
         "other"},
        {HEAD "  - name: a\n    expect: {supporting: voluntary}\n",
         "one.yaml:4:26: expected a list such as [one, two]; [] for none"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct rd_cases cases;
        struct heard heard;
        assert_int_equal(read_cases(table[i].yaml, &cases, &heard), RD_E_INVALID);
        char *folder_at = strstr(heard.first, folder); /* of the other case of the same name */
        if (folder_at != NULL)
            memmove(folder_at, folder_at + strlen(folder) + 1, strlen(folder_at + strlen(folder)));
        assert_string_equal(heard.first, table[i].found);
        rd_cases_fini(&cases);
    }
}

/* A fall in Fairlop on a Monday morning, and one thing that is not so. */
static void every_expectation_can_fail(void **state)
{
    static const struct {
        const char *expect, *what, *expected, *found; /* what NULL: all is as expected */
    } table[] = {
        {"{pathway: rapid-response, urgency: two-hour, lead: rapid-response, in-place-of: none, "
         "supporting: [safeguarding], roles: [], clocks: {two-hour: {alarm: 2026-11-23 12:00, "
         "report: 2026-11-23 12:00, provisional: false}}, reason: TWO-HOUR standard, answer: "
         "call 111, open: true, looks-at: 2026-11-23 10:00, locality: Fairlop, postcode-class: "
         "known, view: full}",
         NULL, NULL, NULL},
        {"{pathway: desk}", "pathway", "desk", "rapid-response"},
        {"{urgency: routine}", "urgency", "routine", "two-hour"},
        {"{lead: desk}", "lead", "desk", "rapid-response"},
        {"{in-place-of: desk}", "in-place-of", "desk", "none"},
        {"{supporting: []}", "supporting", "none", "safeguarding"},
        {"{supporting: [safeguarding, voluntary]}", "supporting", "safeguarding, voluntary",
         "safeguarding"},
        {"{roles: [health]}", "roles", "health", "none"},
        {"{clocks: {}}", "clock", "no further one", "two-hour"},
        {"{clocks: {two-hour: any, triage: any}}", "clock", "triage", "not started"},
        {"{clocks: {two-hour: 2026-11-23 12:01}}", "clock two-hour, alarm deadline",
         "2026-11-23 12:01", "2026-11-23 12:00"},
        {"{clocks: {two-hour: {report: 2026-11-23 12:01}}}", "clock two-hour, reported deadline",
         "2026-11-23 12:01", "2026-11-23 12:00"},
        {"{clocks: {two-hour: {provisional: true}}}", "clock two-hour, provisional", "true",
         "false"},
        {"{reason: two-day}", "reason", "... two-day ...",
         "One of the needs of the two-hour standard"},
        {"{open: false}", "open", "false", "true"},
        {"{looks-at: 2026-11-24 10:00}", "looks-at", "2026-11-24 10:00", "2026-11-23 10:00"},
        {"{locality: Wanstead}", "locality", "Wanstead", "Fairlop"},
        {"{postcode-class: split}", "postcode-class", "split", "known"},
        {"{view: minimum}", "view", "minimum", "full"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char yaml[2048];
        struct rd_cases cases;
        struct heard heard;
        struct rd_arena memory;
        struct rd_decision decision;
        struct rd_mismatch list[RD_MISMATCHES_MAX];
        snprintf(yaml, sizeof yaml,
                 HEAD "  - name: a\n    needs: [fall]\n    flags: [SG]\n    expect: %s\n",
                 table[i].expect);
        if (read_cases(yaml, &cases, &heard) != RD_OK)
            fail_msg("%s", heard.first);
        rd_arena_init(&memory, rd_alloc_heap(), 1 << 20);
        assert_int_equal(rd_case_decide(rules, &cases.list[0], RD_TEXT("test"), &memory, &decision),
                         RD_OK);
        size_t count = rd_case_compare(rules, &cases.list[0], &decision, &memory, list);
        assert_int_equal(count, table[i].what == NULL ? 0 : 1);
        if (count == 1) {
            assert_string_equal(list[0].what, table[i].what);
            assert_true(rd_text_is(list[0].expected, table[i].expected));
            assert_true(rd_text_is(list[0].found, table[i].found));
            assert_true(list[0].pos.line >= 3);
        }
        rd_arena_fini(&memory);
        rd_cases_fini(&cases);
    }
}

static void coverage_counts_what_was_hit(void **state)
{
    struct rd_cases cases;
    struct heard heard;
    struct rd_arena memory;
    struct rd_coverage coverage;
    struct rd_decision decision;
    (void)state;
    assert_int_equal(read_cases(HEAD "  - name: a\n    needs: [fall]\n    expect: {lead: "
                                     "rapid-response}\n  - name: b\n    needs: [frailty]\n    "
                                     "expect: {lead: rapid-response}\n",
                                &cases, &heard),
                     RD_OK);
    rd_arena_init(&memory, rd_alloc_heap(), 1 << 22);
    assert_int_equal(rd_coverage_init(rules, &memory, &coverage), RD_OK);
    assert_int_equal(coverage.hit, 0);
    assert_true(coverage.rules > 50);
    for (size_t i = 0; i < cases.count; i++) {
        assert_int_equal(rd_case_decide(rules, &cases.list[i], RD_TEXT("test"), &memory, &decision),
                         RD_OK);
        rd_coverage_add(&coverage, &decision);
    }
    assert_int_equal(coverage.hit, 2); /* one of Triage, one of Lead team */
    assert_int_equal(coverage.tables[0].hit_count, 1);
    for (size_t i = 0; i < coverage.tables[0].rules_count; i++)
        assert_int_equal(coverage.tables[0].hits[i],
                         rd_text_is(coverage.tables[0].rules[i], "22") ? 2 : 0);
    rd_arena_fini(&memory);
    rd_cases_fini(&cases);
}

static void no_cases_is_an_error(void **state)
{
    struct rd_cases cases;
    (void)state;
    assert_int_equal(rd_cases_read(folder, rules, NULL, NULL, &cases), RD_E_IO);
    rd_cases_fini(&cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(every_expectation_can_fail),
        cmocka_unit_test(coverage_counts_what_was_hit),
        cmocka_unit_test(no_cases_is_an_error),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
