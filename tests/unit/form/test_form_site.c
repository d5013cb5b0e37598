/* The pages: what follows what, what is shown again, what the router's answers become. */
#include "form_rig.h"

#include "model/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct form_rig rig;
static const struct rig_pair press_send[] = {{"go", "send"}, {NULL, NULL}};

static int setup(void **state)
{
    (void)state;
    rig_open(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_close(&rig);
    return 0;
}

static void expect_page(const char *name)
{
    char page[64];
    assert_string_equal(rig_hidden(&rig, "page", page, sizeof page), name);
}

static void headers_of_every_page(void **state)
{
    static const char *const paths[] = {"/", "/self", "/telephone", "/status", "/nowhere"};
    static const char *const lines[] = {"Cache-Control: no-store\n",
                                        "X-Content-Type-Options: nosniff\n",
                                        "Referrer-Policy: no-referrer\n", "X-Frame-Options: DENY\n",
                                        "Content-Security-Policy: default-src 'self'; script-src"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        rig_get(&rig, paths[i]);
        assert_int_equal(rig.status, i == 4 ? 404 : 200);
        for (size_t j = 0; j < sizeof lines / sizeof lines[0]; j++)
            assert_non_null(strstr(rig.headers, lines[j]));
        bool call = strcmp(paths[i], "/telephone") == 0; /* which has a script of our own */
        assert_non_null(strstr(rig.headers, call ? "script-src 'self'" : "script-src 'none'"));
        assert_null(strstr(rig.headers, "Set-Cookie"));
        assert_int_equal(rig_shows(&rig, "<script"), call);
        assert_false(rig_shows(&rig, "http:")); /* nothing from anywhere else */
        assert_false(rig_shows(&rig, "https:"));
        assert_true(rig_shows(&rig, "Invented &amp; Sons"));
    }
}

static void the_emergency_stops(void **state)
{
    static const struct rig_pair yes[] = {{"emergency", "yes"}, {NULL, NULL}};
    static const struct rig_pair again[] = {
        {"emergency", ""}, {"go", "change-emergency"}, {NULL, NULL}};
    (void)state;
    rig_get(&rig, "/self");
    expect_page("emergency");
    assert_true(rig_shows(&rig, "chest pain"));
    rig_post(&rig, "/self", yes);
    assert_true(rig_shows(&rig, "<h1>Call 999 now</h1>"));
    assert_false(rig_shows(&rig, "value=\"next\""));
    rig_post(&rig, "/self", again);
    expect_page("emergency");
    assert_false(rig_shows(&rig, "checked"));
    assert_int_equal(rig.site.counts[FORM_COUNT_STOPPED], 1);
}

/* A page sent by hand past the emergency question still meets it. */
static void the_emergency_cannot_be_passed_by(void **state)
{
    static const struct rig_pair sent_yes[] = {
        {"page", "emergency"}, {"emergency", "yes"}, {"go", "send"}, {NULL, NULL}};
    (void)state;
    rig_walk(&rig, "check", NULL);
    rig_post(&rig, "/self", sent_yes);
    assert_true(rig_shows(&rig, "<h1>Call 999 now</h1>"));
    assert_int_equal(rig.submitted_count, 0);
}

static void sending_early_asks_for_the_rest(void **state)
{
    static const struct rig_pair early[] = {{"emergency", "no"}, {"go", "send"}, {NULL, NULL}};
    (void)state;
    rig_get(&rig, "/self");
    rig_post(&rig, "/self", early);
    assert_int_equal(rig.status, 422);
    expect_page("for");
    assert_int_equal(rig.submitted_count, 0);
}

static void mistakes_are_shown_with_what_was_typed(void **state)
{
    static const struct {
        const char *page, *field, *value, *words;
    } cases[] = {
        {"born", "age", "-3", "Enter the age in whole years"},
        {"born", "born-day", "31", "Enter a real date of birth"},
        {"born", "born-year", "2999", "must be in the past"},
        {"address", "postcode", "IG1 1D", "Enter a full postcode"},
        {"address", "line1", "", "Enter the house number"},
        {"phone", "phone", "020", "Enter a full telephone number"},
        {"what", "words", "", "Tell us what has happened"},
        {"for", "for", "everybody", "Choose who this is for"},
        {"phone", "safe", "", "Say whether it is safe"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rig_pair wrong[] = {{cases[i].field, cases[i].value},
                                         {"born-month", "2"},
                                         {"born-year", "1944"},
                                         {"given", "A"},
                                         {"line1", "7 Kept Road"},
                                         {"safe", "yes"},
                                         {"phone", "020 7946 0901"},
                                         {NULL, NULL}};
        char value[96];
        rig_walk(&rig, cases[i].page, NULL);
        rig_post(&rig, "/self", wrong);
        assert_int_equal(rig.status, 422);
        expect_page(cases[i].page);
        assert_true(rig_shows(&rig, "<title>Error: "));
        assert_true(rig_shows(&rig, "role=\"alert\""));
        if (!rig_shows(&rig, cases[i].words))
            fail_msg("\"%s\" is not on the page", cases[i].words);
        (void)snprintf(value, sizeof value, "value=\"%s\"", cases[i].value);
        if (cases[i].value[0] != '\0' && strcmp(cases[i].page, "for") != 0)
            assert_true(rig_shows(&rig, value));
    }
    assert_int_equal(rig.site.counts[FORM_COUNT_ERRORS], sizeof cases / sizeof cases[0]);
}

static void what_was_typed_is_escaped(void **state)
{
    static const struct rig_pair given[] = {
        {"words", "</textarea><script>alert('1')</script>"}, {"given", "\"><b>"}, {NULL, NULL}};
    static const struct rig_pair change[] = {{"go", "change-what"}, {NULL, NULL}};
    static const struct rig_pair change_name[] = {{"go", "change-name"}, {NULL, NULL}};
    (void)state;
    rig_walk(&rig, "check", given);
    assert_true(rig_shows(&rig, "&lt;/textarea&gt;&lt;script&gt;alert(&#39;1&#39;)"));
    assert_false(rig_shows(&rig, "<script"));
    rig_post(&rig, "/self", change);
    expect_page("what");
    assert_true(rig_shows(&rig, ">\n&lt;/textarea&gt;"));
    rig_walk(&rig, "check", given);
    rig_post(&rig, "/self", change_name);
    assert_true(rig_shows(&rig, "value=\"&quot;&gt;&lt;b&gt;\""));
}

static void back_keeps_what_was_typed(void **state)
{
    static const struct rig_pair back[] = {
        {"go", "back"}, {"words", "half a sentence"}, {NULL, NULL}};
    static const struct rig_pair on[] = {{"for", "me"}, {NULL, NULL}};
    (void)state;
    rig_walk(&rig, "what", NULL);
    rig_post(&rig, "/self", back);
    expect_page("for");
    rig_post(&rig, "/self", on);
    expect_page("what");
    assert_true(rig_shows(&rig, "half a sentence"));
    rig_get(&rig, "/self");
    rig_post(&rig, "/self", back); /* there is nothing before the first */
    expect_page("emergency");
}

/* A change on the way leads through what it opened, then back to the check page. */
static void a_change_asks_what_it_opens(void **state)
{
    static const struct rig_pair change[] = {{"go", "change-for"}, {NULL, NULL}};
    static const struct rig_pair family[] = {{"for", "family"}, {NULL, NULL}};
    static const struct rig_pair you[] = {{"your-name", "Dana"},
                                          {"your-relation", "daughter"},
                                          {"your-phone", "020 7946 0902"},
                                          {"with-person", "yes"},
                                          {NULL, NULL}};
    (void)state;
    rig_walk(&rig, "check", NULL);
    rig_post(&rig, "/self", change);
    expect_page("for");
    rig_post(&rig, "/self", family);
    expect_page("you");
    rig_post(&rig, "/self", you);
    expect_page("check");
    assert_true(rig_shows(&rig, "Dana"));
}

static void sending_twice_is_one_referral(void **state)
{
    static char page[FORM_BODY_BYTES_MAX];
    (void)state;
    rig_walk(&rig, "check", NULL);
    (void)rig_hidden(&rig, "state", page, sizeof page);
    const struct rig_pair same[] = {{"go", "send"}, {"state", page}, {"page", "check"}, {0}};
    for (int i = 0; i < 3; i++) {
        rig_post(&rig, "/self", same);
        assert_int_equal(rig.status, 200);
        assert_true(rig_shows(&rig, ">7K3Q9-M2X4T<"));
    }
    assert_true(rd_text_equal(rig.submitted[0].key, rig.submitted[2].key));
    assert_true(rd_text_equal(rig.submitted[0].digest, rig.submitted[2].digest));
    assert_int_equal(rig.site.counts[FORM_COUNT_HELD], 1);
    assert_int_equal(rig.site.counts[FORM_COUNT_REPEATED], 2);
    rig_walk(&rig, "check", NULL);
    rig_post(&rig, "/self", press_send);
    assert_false(rd_text_equal(rig.submitted[0].key, rig.submitted[3].key)); /* another form */
}

static void sending_again_with_other_answers(void **state)
{
    static char changed[FORM_BODY_BYTES_MAX];
    (void)state;
    rig_walk(&rig, "check", NULL);
    (void)rig_hidden(&rig, "state", changed, sizeof changed);
    const struct rig_pair before[] = {{"state", changed}, {"page", "check"}, {"go", "send"}, {0}};
    rig_post(&rig, "/self", before);
    const struct rig_pair other[] = {
        {"state", changed}, {"page", "what"}, {"words", "Something else"}, {"go", "next"}, {0}};
    rig_post(&rig, "/self", other);
    expect_page("check");
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.status, 200);
    assert_true(rig_shows(&rig, "We have what you sent, and what you changed"));
    assert_false(rig_shows(&rig, "7K3Q9"));
    assert_int_equal(rig.site.counts[FORM_COUNT_QUARANTINED], 1);
}

static void nothing_is_lost_without_a_router(void **state)
{
    static const enum rig_router away[] = {RIG_BUSY, RIG_SILENT};
    (void)state;
    rig_walk(&rig, "check", NULL);
    for (size_t i = 0; i < 2; i++) {
        rig.router = away[i];
        rig_post(&rig, "/self", press_send);
        assert_int_equal(rig.status, 503);
        assert_non_null(strstr(rig.headers, "Retry-After: 30\n"));
        expect_page("check");
        assert_true(rig_shows(&rig, "We could not send this yet"));
        assert_true(rig_shows(&rig, "020 7946 0100"));
        assert_true(rig_shows(&rig, "I fell in the kitchen"));
        assert_false(rig_shows(&rig, "7K3Q9"));
    }
    rig.router = RIG_HOLDS;
    rig_post(&rig, "/self", press_send);
    assert_true(rig_shows(&rig, "7K3Q9-M2X4T"));
    assert_int_equal(rig.site.counts[FORM_COUNT_UNSENT], 2);
}

/* No reference before the router holds it. */
static void the_answer_waits_for_the_router(void **state)
{
    (void)state;
    rig_walk(&rig, "check", NULL);
    unsigned before = rig.answers;
    rig.router = RIG_LATER;
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.answers, before);
    rig_answer(&rig);
    assert_int_equal(rig.answers, before + 1);
    assert_true(rig_shows(&rig, "7K3Q9-M2X4T"));
    assert_true(rig_shows(&rig, "Somebody will look at it now."));
}

static void a_refusal_is_told_with_a_number_to_ring(void **state)
{
    static const enum rig_router refuses[] = {RIG_REJECTS, RIG_TOO_BIG};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        rig.router = RIG_HOLDS;
        rig_walk(&rig, "check", NULL);
        rig.router = refuses[i];
        rig_post(&rig, "/self", press_send);
        assert_int_equal(rig.status, 500);
        assert_true(rig_shows(&rig, "We cannot take this here"));
        assert_true(rig_shows(&rig, "020 7946 0100"));
    }
    assert_int_equal(rig.site.counts[FORM_COUNT_REJECTED], 2);
}

static void harm_is_answered_quietly(void **state)
{
    static const struct rig_pair given[] = {{"harm", "yes"}, {NULL, NULL}};
    static const char *const never[] = {"7K3Q9", "/status", "reference", "Somebody will look",
                                        "First &amp; Contact"};
    (void)state;
    rig_walk(&rig, "check", given);
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.status, 200);
    assert_int_equal(rig.submitted_count, 1);
    assert_true(rig_shows(&rig, "We have what you told us"));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_false(rig_shows(&rig, never[i]));
}

/* Whoever wrote it can say what they meant: the person, or the call-taker whose caller is still
 * there. Not whoever may read over a shoulder, and nothing else of what was noticed. */
static void a_mistyped_postcode_is_asked_about(void **state)
{
    static const struct rig_pair harm[] = {{"harm", "yes"}, {NULL, NULL}};
    static const struct rig_pair call[] = {
        {"go", "send"}, {"taker", "C"}, {"words", "Fell"}, {"call-start", "09:00"}, {0}};
    static const char words[] = "Perhaps IG1 1DN?";
    struct rd_issue issue = {.code = RD_TEXT("postcode-unknown"), .words = rd_text_of(words)};
    (void)state;
    rig.noticed = &issue;
    rig_walk(&rig, "check", NULL);
    rig_post(&rig, "/self", press_send);
    assert_true(rig_shows(&rig, words));
    rig_walk(&rig, "check", harm);
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.status, 200);
    assert_false(rig_shows(&rig, words));
    rig_get(&rig, "/telephone");
    rig_post(&rig, "/telephone", call);
    assert_true(rig_shows(&rig, words));
    issue.code = RD_TEXT("nhs-number-form");
    rig_get(&rig, "/telephone");
    rig_post(&rig, "/telephone", call);
    assert_true(rig_shows(&rig, "7K3Q9-M2X4T"));
    assert_false(rig_shows(&rig, words));
}

/* The seal alone does not tell who posts: anybody can fetch a page of the public form. */
static void a_form_of_another_site(void **state)
{
    static const struct {
        const char *from;
        unsigned status;
    } cases[] = {{"cross-site", 403}, {"same-site", 403}, {"same-origin", 200}, {"none", 200}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_walk(&rig, "check", NULL);
        rig.fetch_site = cases[i].from;
        rig_post(&rig, "/self", press_send);
        rig.fetch_site = NULL;
        assert_int_equal(rig.status, cases[i].status);
        assert_int_equal(rig.submitted_count, i < 2 ? 0 : i - 1);
    }
    assert_int_equal(rig.site.counts[FORM_COUNT_FOREIGN], 2);
}

static void the_unseen_box(void **state)
{
    static const struct rig_pair filled[] = {
        {"website", "http://x"}, {"phone", "020 7946 0901"}, {"safe", "yes"}, {NULL, NULL}};
    static const struct rig_pair filled_send[] = {
        {"website", "http://x"}, {"go", "send"}, {NULL, NULL}};
    (void)state;
    rig_walk(&rig, "phone", NULL);
    assert_true(rig_shows(&rig, "name=\"website\""));
    rig_post(&rig, "/self", filled);
    expect_page("phone");
    assert_true(rig_shows(&rig, "press the button once more"));
    assert_true(rig_shows(&rig, "value=\"020 7946 0901\"")); /* a person goes on from here */
    assert_false(rig_shows(&rig, "http://x"));
    rig_walk(&rig, "check", NULL);
    rig_post(&rig, "/self", filled_send);
    assert_int_equal(rig.submitted_count, 0);
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.submitted_count, 1);
}

static void a_page_that_is_not_ours(void **state)
{
    static const struct rig_pair cases[][3] = {
        {{"state", ""}, {NULL, NULL}},
        {{"state", "AAAA"}, {"page", "check"}, {NULL, NULL}},
        {{"page", "nowhere"}, {"state", "x"}, {NULL, NULL}},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        rig_walk(&rig, "check", NULL);
        rig_post(&rig, "/self", cases[i]);
        assert_int_equal(rig.status, 400);
        assert_true(rig_shows(&rig, "Please start again"));
    }
    rig_walk(&rig, "check", NULL); /* another form's */
    rig_post(&rig, "/telephone", press_send);
    assert_int_equal(rig.status, 400);
    rig_walk(&rig, "check", NULL); /* a week and more old */
    rig_now += FORM_STATE_DAYS_MAX * RD_DAY_US + 1;
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.status, 400);
    assert_int_equal(rig.submitted_count, 0);
    assert_int_equal(rig.site.counts[FORM_COUNT_UNSEALED], 5);
}

static void the_call_takers_page(void **state)
{
    static const struct rig_pair nothing[] = {{"go", "send"}, {"age", "-3"}, {NULL, NULL}};
    static const struct rig_pair call[] = {
        {"go", "send"}, {"taker", "C. \"Desk\""}, {"words", "Fell"}, {"call-start", "09:00"}, {0}};
    static const struct rig_pair next[] = {{"go", "next-call"}, {NULL, NULL}};
    (void)state;
    rig_get(&rig, "/telephone");
    assert_true(rig_shows(&rig, "name=\"call-start\" type=\"text\" value=\"09:00\""));
    rig_post(&rig, "/telephone", nothing);
    assert_int_equal(rig.status, 422);
    assert_true(rig_shows(&rig, "Enter your name"));
    assert_true(rig_shows(&rig, "Enter the age in whole years"));
    rig.router = RIG_BUSY;
    rig_post(&rig, "/telephone", call);
    assert_int_equal(rig.status, 503);
    assert_true(rig_shows(&rig, "value=\"C. &quot;Desk&quot;\""));
    rig.router = RIG_HOLDS;
    rig_post(&rig, "/telephone", call);
    assert_true(rig_shows(&rig, "7K3Q9-M2X4T"));
    assert_true(rig_shows(&rig, "First &amp; Contact Team"));
    rig_now += RD_HOUR_US;
    rig_post(&rig, "/telephone", next);
    assert_true(rig_shows(&rig, "value=\"C. &quot;Desk&quot;\""));
    assert_true(rig_shows(&rig, "value=\"10:00\""));
    assert_false(rig_shows(&rig, "Fell"));
}

static void forms_that_are_not_served(void **state)
{
    struct rd_errbuf why = {""};
    const struct rd_feed *twice[] = {&rig.feeds[0], &rig.feeds[0]};
    (void)state;
    rig.site.telephone = NULL;
    rig_get(&rig, "/telephone");
    assert_int_equal(rig.status, 404);
    rig.site.self = NULL;
    rig_get(&rig, "/self");
    assert_int_equal(rig.status, 404);
    rig_get(&rig, "/");
    assert_false(rig_shows(&rig, "href=\"/self\""));
    static struct rd_form_site other;
    assert_int_equal(rd_form_site_init(&other, &rig.place, twice, 2, RD_TEXT("s"), &why),
                     RD_E_INVALID);
    assert_non_null(strstr(why.text, "--feed"));
    rig.feeds[0].adapter = RD_TEXT("mllp");
    assert_int_equal(rd_form_site_init(&other, &rig.place, twice, 1, RD_TEXT("s"), &why),
                     RD_E_INVALID);
    assert_non_null(strstr(why.text, "mllp"));
    rig.place.timezone = RD_TEXT("Mars");
    assert_int_equal(rd_form_site_init(&other, &rig.place, twice, 1, RD_TEXT("s"), &why),
                     RD_E_INVALID);
    assert_non_null(strstr(why.text, "timezone"));
}

static void a_test_says_that_it_is_one(void **state)
{
    (void)state;
    rig_get(&rig, "/self");
    assert_false(rig_shows(&rig, "This is a test."));
    rig.feeds[0].environment = RD_ENVIRONMENT_TEST;
    rig_walk(&rig, "check", NULL);
    assert_true(rig_shows(&rig, "This is a test."));
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.submitted[0].environment, RD_ENVIRONMENT_TEST);
}

static void look_up(const char *reference)
{
    const struct rig_pair asked[] = {{"reference", reference}, {NULL, NULL}};
    rig_get(&rig, "/status");
    rig_post(&rig, "/status", asked);
}

static void what_has_happened(void **state)
{
    struct rd_stages_seen stages = {.held = 1, .routed = 2, .claimed = 3};
    struct rd_stages_seen feared = {.held = 1, .routed = 2, .claimed = 3, .concern = true};
    struct rd_query_result result = {.stages = &stages}, none = {.stages = &feared};
    struct rd_refused unknown = {.code = RD_REFUSAL_UNKNOWN}, busy = {.code = RD_REFUSAL_BUSY};
    struct rd_refused rights = {.code = RD_REFUSAL_RIGHTS};
    const struct rd_message answers[] = {{.query_result = &result},
                                         {.query_result = &none},
                                         {.refused = &unknown},
                                         {.refused = &rights},
                                         {.refused = &busy}};
    static const unsigned statuses[] = {200, 404, 404, 404, 503};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        rig.status_answer = &answers[i];
        look_up(" 7k3q9 m2x4t");
        assert_int_equal(rig.status, statuses[i]);
        assert_string_equal(rig.asked, "7K3Q9-M2X4T");
        assert_false(rig_shows(&rig, "7K3Q9")); /* not even the reference */
        assert_int_equal(rig_shows(&rig, "<strong>Done:</strong> somebody in the team"), i == 0);
        assert_int_equal(rig_shows(&rig, "nothing to show"), statuses[i] == 404);
    }
    rig.status_answer = NULL;
    look_up("7K3Q9-M2X4T");
    assert_int_equal(rig.status, 503);
    look_up("7K3Q9-M2X4");
    assert_int_equal(rig.status, 422);
    assert_true(rig_shows(&rig, "value=\"7K3Q9-M2X4\""));
}

static void for_the_operator(void **state)
{
    (void)state;
    rig_get(&rig, "/livez");
    assert_int_equal(rig.status, 200);
    rig_get(&rig, "/readyz");
    assert_int_equal(rig.status, 200);
    rig.router = RIG_BUSY;
    rig_get(&rig, "/readyz");
    assert_int_equal(rig.status, 503);
    rig.router = RIG_HOLDS;
    rig_walk(&rig, "check", NULL);
    rig_post(&rig, "/self", press_send);
    rig_get(&rig, "/metrics");
    assert_true(rig_shows(&rig, "\nreferral_form_held_total 1\n"));
    assert_true(rig_shows(&rig, "\nreferral_form_router_up 1\n"));
    assert_false(rig_shows(&rig, "Example"));
    rig_get(&rig, "/style.css");
    assert_non_null(strstr(rig.headers, "text/css"));
    assert_true(rig_shows(&rig, ".column"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(headers_of_every_page),
        TEST(the_emergency_stops),
        TEST(the_emergency_cannot_be_passed_by),
        TEST(sending_early_asks_for_the_rest),
        TEST(mistakes_are_shown_with_what_was_typed),
        TEST(what_was_typed_is_escaped),
        TEST(back_keeps_what_was_typed),
        TEST(a_change_asks_what_it_opens),
        TEST(sending_twice_is_one_referral),
        TEST(sending_again_with_other_answers),
        TEST(nothing_is_lost_without_a_router),
        TEST(the_answer_waits_for_the_router),
        TEST(a_refusal_is_told_with_a_number_to_ring),
        TEST(harm_is_answered_quietly),
        TEST(a_mistyped_postcode_is_asked_about),
        TEST(a_form_of_another_site),
        TEST(the_unseen_box),
        TEST(a_page_that_is_not_ours),
        TEST(the_call_takers_page),
        TEST(forms_that_are_not_served),
        TEST(a_test_says_that_it_is_one),
        TEST(what_has_happened),
        TEST(for_the_operator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
