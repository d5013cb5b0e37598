/* Where a call would go, as it is taken down. */
#include "form_rig.h"

#include "rules/load/load.h"
#include "rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct form_rig rig;

static void expect_hint(const char *words)
{
    if (!rig_shows(&rig, words))
        fail_msg("expected %s, found %s", words, rig.body);
}

/* The place's own rules over what has been typed so far. */
static void where_a_call_would_go(void **state)
{
    static const struct {
        const char *postcode, *words;
    } cases[] = {
        {"ig11dn", "Locality: Cranbrook and Loxford."}, {"", "No postcode yet."},
        {"IG1", "This is not a whole postcode."},       {"E11 1AA", "outside our area"},
        {"ZZ99 3WZ", "This postcode cannot be placed"}, {"<b>", "This is not a whole postcode."}};
    struct rig_pair given[] = {
        {"postcode", ""}, {"need-fall", "yes"}, {"words", "Fell"},           {"consent", "given"},
        {"age", "84"},    {"go", "hint"},       {"call-start", "half past"}, {NULL, NULL}};
    struct rd_rules *rules = NULL;
    (void)state;
    rig_get(&rig, "/telephone");
    rig_post(&rig, "/telephone/hint", given); /* a site without rules says nothing */
    assert_int_equal(rig.status, 404);
    assert_int_equal(
        rd_rules_load(RD_SOURCE_DIR "/rules/places/redbridge", rd_alloc_heap(), NULL, NULL, &rules),
        RD_OK);
    rig.site.rules = rules;
    rig.site.place = rd_rules_place(rules);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        given[0].value = cases[i].postcode;
        rig_get(&rig, "/telephone");
        rig_post(&rig, "/telephone", given);
        assert_int_equal(rig.status, 200);
        expect_hint(cases[i].words);
        expect_hint("As it stands it goes to: ");
        rig_post(&rig, "/telephone/hint", given);
        assert_int_equal(rig.status, 200);
        assert_non_null(strstr(rig.headers, "Content-Type: text/plain"));
        assert_non_null(strstr(rig.headers, "Cache-Control: no-store\n"));
        expect_hint(cases[i].words);
        assert_false(rig_shows(&rig, "<b>"));
    }
    assert_int_equal(rig.submitted_count, 0);
    rig_get(&rig, "/telephone/hint"); /* no seal, no hint: not for the public */
    assert_int_equal(rig.status, 404);
    rig_walk(&rig, "check", NULL);
    rig_post(&rig, "/telephone/hint", given);
    assert_int_equal(rig.status, 404);
    for (size_t i = 0; i < FORM_HINTS_BURST; i++)
        (void)rd_form_limiter_take(&rig.site.limiter, FORM_LIMIT_HINTS, RD_TEXT("192.0.2.1"),
                                   rig_now);
    rig_get(&rig, "/telephone");
    rig_post(&rig, "/telephone/hint", given);
    assert_int_equal(rig.status, 429);
    rd_rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(where_a_call_would_go)};
    rig_open(&rig);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rig_close(&rig);
    return failed;
}
