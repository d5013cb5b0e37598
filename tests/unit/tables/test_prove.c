/* The proof of redbridge holds; of copies with a fault it fails, with somebody whom the fault hits.
 * And it speaks of everybody: a hundred thousand made-up people at any time of three years are each
 * in a cell that the proof has seen, and their decisions pass the same judge. */
#include "redbridge_kit.h"
#include "table_maker.h"

#include "rules/load/load.h"
#include "rules/prove/proof.h"

#include "conf/read_file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define PLACE RD_SOURCE_DIR "/rules/places/redbridge"
#define FROM INT64_C(1795219200000000) /* 2026-11-21T00:00:00Z, a Saturday */
enum { PATH_LENGTH = 4096, FILE_MAX = 1 << 20, PEOPLE = 100000, TRIAGE_MAX = 64, LEAD_MAX = 64 };
#ifdef __SANITIZE_ADDRESS__
enum { PEOPLE_ASKED = PEOPLE / 10 };
#else
enum { PEOPLE_ASKED = PEOPLE };
#endif

struct fault {
    const char *name, *file, *before, *after;
    const char *found; /* in the counter-example */
};
static const struct fault faults[] = {
    {"nobody at the desk at night", "teams.yaml", "    kind: desk\n",
     "    kind: desk\n    calendar: office\n", "no team open, no fallback"},
    {"nobody at the desk at all", "teams.yaml", "    kind: desk\n",
     "    kind: desk\n    staffed: false\n", "no team open, no fallback: 'desk' is not staffed"},
    {"no rule for those whom no need class settles", "triage.dmn", NULL, "triage_rule_33",
     "no rule of 'Triage' is for them"},
    {"no lead for those whom no rule names a team for", "route.dmn", NULL, "lead_team_rule_17",
     "no rule of 'Lead team' is for them"},
    {"no clock for a same-day request", "place.yaml", "  same-day: same-day\n", "",
     "priority asked \"same-day\", discharge pathway 0"},
    {"a two-hour clock of three hours", "clocks.yaml", "    minutes: 120\n", "    minutes: 180\n",
     "urgency emergency, and no clock that ends within 120 minutes"},
    {"a two-day clock that ends while its team is closed", "clocks.yaml", "    minutes: 2880\n",
     "    minutes: 600\n", "the clock '48-hour' ends before 'voluntary' opens and looks at it"},
    {"a neighbour's two-hour request without a clock", "place.yaml",
     "  emergency: two-hour\n  two-hour: two-hour\n", "",
     "urgency two-hour, and no clock that ends within 120 minutes"},
};

static void read_whole(const char *path, struct rd_buf *out)
{
    struct rd_errbuf why;
    if (rd_read_file(path, FILE_MAX, out, &why) != RD_OK)
        fail_msg("%s", why.text);
    rd_buf_put(out, "", 1);
}

/* The rule element of that id goes. */
static void cut_rule(const char *text, const char *id, FILE *out)
{
    char start[128];
    snprintf(start, sizeof start, "<rule id=\"%s\">", id);
    const char *from = strstr(text, start);
    assert_non_null(from);
    const char *until = strstr(from, "</rule>");
    assert_non_null(until);
    fprintf(out, "%.*s%s", (int)(from - text), text, until + strlen("</rule>"));
}

static void write_fault(const char *directory, const struct fault *fault)
{
    char path[PATH_LENGTH];
    struct rd_buf bytes;
    rd_buf_init(&bytes, rd_alloc_heap());
    snprintf(path, sizeof path, "%s/%s", PLACE, fault->file);
    read_whole(path, &bytes);
    const char *text = (const char *)bytes.bytes;
    snprintf(path, sizeof path, "%s/%s", directory, fault->file);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    if (fault->before == NULL) {
        cut_rule(text, fault->after, out);
    } else {
        const char *at = strstr(text, fault->before);
        if (at == NULL)
            fail_msg("%s: not there", fault->name);
        fprintf(out, "%.*s%s%s", (int)(at - text), text, fault->after, at + strlen(fault->before));
    }
    assert_int_equal(fclose(out), 0);
    rd_buf_fini(&bytes);
}

/* Links to the place's files, but for the one with the fault. */
static void make_copy(char *directory, const struct fault *fault)
{
    char from[PATH_LENGTH], to[PATH_LENGTH];
    assert_non_null(mkdtemp(directory));
    DIR *place = opendir(PLACE);
    assert_non_null(place);
    for (struct dirent *entry = readdir(place); entry != NULL; entry = readdir(place)) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, fault->file) == 0)
            continue;
        snprintf(from, sizeof from, "%s/%s", PLACE, entry->d_name);
        snprintf(to, sizeof to, "%s/%s", directory, entry->d_name);
        assert_int_equal(symlink(from, to), 0);
    }
    closedir(place);
    write_fault(directory, fault);
}

static void remove_copy(const char *directory)
{
    char path[PATH_LENGTH];
    DIR *copy = opendir(directory);
    assert_non_null(copy);
    for (struct dirent *entry = readdir(copy); entry != NULL; entry = readdir(copy)) {
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(unlink(path), 0);
    }
    closedir(copy);
    assert_int_equal(rmdir(directory), 0);
}

static void on_finding(void *context, const struct rd_finding *finding)
{
    (void)context;
    if (finding->severity == RD_SEVERITY_ERROR)
        print_error("%s:%u: %s\n", finding->file, finding->line, finding->words);
}

static void prove(const struct rd_rules *rules, struct rd_proof *out)
{
    const struct rd_prove_options options = {.from = FROM, .alloc = rd_alloc_heap()};
    assert_int_equal(rd_rules_prove(rules, &options, out), RD_OK);
}

static void test_faults_are_found(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char directory[] = RD_BINARY_DIR "/prove-XXXXXX";
        struct rd_rules *rules = NULL;
        struct rd_proof proof;
        make_copy(directory, &faults[i]);
        enum rd_err err = rd_rules_load(directory, rd_alloc_heap(), on_finding, NULL, &rules);
        remove_copy(directory);
        assert_int_equal(err, RD_OK);
        prove(rules, &proof);
        rd_rules_free(rules);
        if (proof.answer == RD_PROOF_FAILS && faults[i].found != NULL &&
            strstr(proof.counter_example, faults[i].found) != NULL)
            continue;
        print_error("%s: answer %d: %s\n", faults[i].name, (int)proof.answer,
                    proof.counter_example);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* A policy whose calendar would take longer than calendars look ahead. */
static void test_clock_without_end(void **state)
{
    static const struct rd_open_hours minute = {.opens = 540, .closes = 541};
    struct rd_calendar rarely = {.name = RD_TEXT("rarely"), .zone = redbridge->zone};
    struct rd_proof proof;
    size_t policy = 0;
    (void)state;
    rarely.week[0] = (struct rd_day_hours){&minute, 1};
    while (redbridge->policy_calendars[policy] == NULL)
        policy++;
    struct rd_policy *changed = &redbridge->place.policies[policy];
    const struct rd_calendar *calendar = redbridge->policy_calendars[policy];
    const struct rd_policy before = *changed;
    redbridge->policy_calendars[policy] = &rarely;
    changed->duration_minutes = 10000000;
    changed->defer_to_open = false;
    prove(redbridge, &proof);
    redbridge->policy_calendars[policy] = calendar;
    *changed = before;
    assert_int_equal(proof.answer, RD_PROOF_FAILS);
    assert_non_null(strstr(proof.counter_example, "has no deadline: its calendar"));
}

struct seen {
    bool cells[TRIAGE_MAX][RD_PRIORITY_ROUTINE + 1][LEAD_MAX];
    size_t count;
    const char **postcodes;
    size_t postcodes_count, postcodes_passed;
    struct rd_arena arena;
};

static void on_cell(void *context, size_t triage, enum rd_priority urgency, size_t lead)
{
    struct seen *seen = context;
    assert_true(triage < TRIAGE_MAX && lead < LEAD_MAX);
    seen->cells[triage][urgency][lead] = true;
    seen->count++;
}

/* Every fiftieth. */
static void on_postcode(void *context, const char *postcode)
{
    struct seen *seen = context;
    struct rd_text kept;
    if (seen->postcodes_passed++ % 50 != 0)
        return;
    void *list = seen->postcodes;
    const char **item =
        rd_arena_add(&seen->arena, &list, &seen->postcodes_count, sizeof *seen->postcodes);
    assert_non_null(item);
    seen->postcodes = list;
    assert_true(rd_arena_copy(&seen->arena, rd_text_of(postcode), &kept));
    *item = kept.ptr;
}

static const char *one_of(struct table_maker *maker, const char *const *texts, size_t count)
{
    return texts[maker_below(maker, count)];
}

static void make_person(struct table_maker *maker, const struct seen *seen, struct story *out)
{
    static const char *const odd[] = {"ZZ99 3VZ", "ZZ99 3CZ", "RM7 0AA", "E17 4JF",
                                      "nonsense", "",         "IG1 1ZZ", "RM1 3BB"};
    static const char *const births[] = {"1945-03-01", "1945",       "2010-05-05", "2008-11-22",
                                         "1880",       "2030-01-01", "2008-11",    "not a date"};
    static const char *const flags[] = {"safeguarding", "scene-safety", "SG", "unknown"};
    static const char *const sites[] = {"RF4DG", "KGH", "R1HKH", "WX", "RQM01"};
    const struct rd_place *place = rd_rules_place(redbridge);
    struct story story = {.name = "somebody"};
    bool known = maker_below(maker, 4) != 0;
    story.feed = place->feeds[maker_below(maker, place->feeds_count)].name.ptr;
    story.birth = maker_below(maker, 8) == 0 ? NULL : one_of(maker, births, 8);
    story.postcode =
        known ? seen->postcodes[maker_below(maker, seen->postcodes_count)] : one_of(maker, odd, 8);
    if (maker_below(maker, 5) != 0)
        story.need = redbridge->needs[maker_below(maker, redbridge->needs_count)].code.ptr;
    story.asked = (enum rd_priority)maker_below(maker, 6);
    story.consent = (enum rd_consent_decision)maker_below(maker, 6);
    story.use = (enum rd_address_use)maker_below(maker, 5);
    story.kind =
        (enum rd_referral_kind)(maker_below(maker, 6) == 0 ? 1 + maker_below(maker, 3) : 0);
    story.also = (enum rd_domain)maker_below(maker, 5);
    if (maker_below(maker, 4) == 0)
        story.flag = one_of(maker, flags, 4);
    if (maker_below(maker, 3) == 0)
        story.site = one_of(maker, sites, 5);
    story.stay_pathway = maker_below(maker, 3) == 0 ? 1 + (int)maker_below(maker, 5) : 0;
    story.lives_alone = maker_below(maker, 2) == 0;
    story.no_name = maker_below(maker, 8) == 0;
    if (maker_below(maker, 6) == 0)
        story.placed_by = maker_below(maker, 2) == 0 ? "E09000026" : "E09000031";
    *out = story;
}

/* The rule of the step's table that hit; `none` when none did. */
static size_t rule_of(const struct rd_decision *decision, const struct rd_table *table)
{
    for (size_t i = 0; i < decision->matches_count; i++) {
        int64_t label = 0;
        if (rd_text_equal(decision->matches[i].table, table->name) &&
            rd_text_to_i64(decision->matches[i].rule, &label))
            return (size_t)label - 1;
    }
    return table->rules_count;
}

static void judge_person(struct proof *proof, const struct seen *seen, const struct story *story,
                         rd_instant now)
{
    struct record record;
    struct rd_facts facts;
    struct rd_decision decision = {0};
    rd_arena_reset(&proof->step);
    make_record(story, &record);
    assert_int_equal(rd_rules_facts(redbridge, &record.submission, now, &proof->step, &facts),
                     RD_OK);
    const struct rd_decide_request request = {
        .facts = &facts, .now = now, .engine_version = RD_TEXT("test")};
    assert_int_equal(rd_rules_decide(redbridge, &request, &proof->step, &decision), RD_OK);
    const struct rd_deciding deciding = {.rules = redbridge, .request = &request};
    struct rd_text wrong = proof_judge(proof, &deciding, &decision);
    size_t triage = rule_of(&decision, redbridge->triage.table);
    size_t lead = rule_of(&decision, redbridge->lead.table);
    if (rd_text_present(wrong))
        fail_msg("%s, %s: %.*s", story->feed, story->postcode, RD_TEXT_ARG(wrong));
    if (!seen->cells[triage][decision.urgency][lead])
        fail_msg("nobody of triage rule %zu, urgency %d, lead rule %zu was proved: %s, %s",
                 triage + 1, (int)decision.urgency, lead + 1, story->feed, story->postcode);
}

static void test_speaks_of_everybody(void **state)
{
    static struct seen seen;
    struct table_maker maker = {.state = 20261121};
    struct rd_proof answer;
    struct proof proof = {.rules = redbridge};
    const struct rd_prove_options options = {
        .from = FROM, .alloc = rd_alloc_heap(), .cell = on_cell, .context = &seen};
    (void)state;
    rd_arena_init(&seen.arena, rd_alloc_heap(), FILE_MAX);
    rd_arena_init(&proof.step, rd_alloc_heap(), PROOF_STEP_BYTES_MAX);
    assert_int_equal(rd_rules_prove(redbridge, &options, &answer), RD_OK);
    assert_string_equal(answer.counter_example, "");
    assert_int_equal(answer.answer, RD_PROOF_HOLDS);
    assert_true(seen.count > 100 && answer.postcodes > 8000);
    rd_geo_each(redbridge->geo, &seen, on_postcode);
    for (size_t i = 0; i < PEOPLE_ASKED; i++) {
        struct story story;
        rd_instant now =
            FROM + (rd_instant)(maker_next(&maker) % (uint64_t)(answer.until - answer.from));
        make_person(&maker, &seen, &story);
        judge_person(&proof, &seen, &story, now);
    }
    rd_arena_fini(&proof.step);
    rd_arena_fini(&seen.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_are_found),
        cmocka_unit_test(test_clock_without_end),
        cmocka_unit_test(test_speaks_of_everybody),
    };
    return cmocka_run_group_tests(tests, setup_redbridge, teardown_redbridge);
}
