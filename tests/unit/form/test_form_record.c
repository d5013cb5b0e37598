/* What the router gets: the record made of answers, for both forms. */
#include "form_rig.h"

#include "model/limits.h"
#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct form_rig rig;

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

/* The pages up to the check page, then Send; the submission that came of it. */
static const struct rd_submission *sent(const struct rig_pair *given)
{
    static const struct rig_pair press_send[] = {{"go", "send"}, {NULL, NULL}};
    struct rd_errbuf why = {""};
    rig_walk(&rig, "check", given);
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.status, 200);
    const struct rd_submission *submission = &rig.submitted[rig.submitted_count - 1];
    if (rd_shape_check(&rd_submission_shape, submission, &why) != RD_OK)
        fail_msg("%s", why.text);
    return submission;
}

static const struct rd_submission *called(const struct rig_pair *given)
{
    struct rd_errbuf why = {""};
    rig_get(&rig, "/telephone");
    rig_post(&rig, "/telephone", given);
    assert_int_equal(rig.status, 200);
    const struct rd_submission *submission = &rig.submitted[rig.submitted_count - 1];
    if (rd_shape_check(&rd_submission_shape, submission, &why) != RD_OK)
        fail_msg("%s", why.text);
    return submission;
}

#define IS(text, expected) assert_true(rd_text_is((text), (expected)))

static void for_oneself(void **state)
{
    (void)state;
    const struct rd_submission *s = sent(NULL);
    const struct rd_referral *r = s->referral;
    const struct rd_person *p = r->person;
    IS(s->feed, "self");
    assert_int_equal(s->action, RD_ACTION_NEW);
    assert_int_equal(s->environment, RD_ENVIRONMENT_LIVE);
    assert_false(s->back_entry);
    assert_int_equal(s->received, 0);
    assert_int_equal(s->digest.len, RD_DIGEST_BYTES);
    assert_int_equal(s->key.len, strlen("form:") + 2 * FORM_TOKEN_BYTES);
    assert_true(rd_text_starts(s->key, "form:"));
    IS(s->media_type, "application/x-www-form-urlencoded");
    IS(s->original,
       "emergency=no&for=me&words=I+fell+in+the+kitchen&since=today&need=fall&harm=no&harm-words="
       "&given=Alex&family=Example&born=15%2F6%2F1944&age=&nhs-number=999+000+0018&place=own-home"
       "&line1=1+Road&line2=&town=&postcode=IG1+1DN&access=&alone=yes&phone=020+7946+0901&safe=yes"
       "&phone-notes=&talk=no&talk-words=&consent=given");
    assert_int_equal(r->kind, RD_KIND_REFERRAL);
    assert_int_equal(r->custody, RD_CUSTODY_ROUTER);
    assert_int_equal(r->priority_asked, 0);
    IS(r->source_refs[0].system, "self-reference");
    assert_true(rd_text_equal(r->source_refs[0].value, rd_text_slice(s->key, 5, s->key.len)));
    IS(r->referrer->role, "self");
    assert_int_equal(r->hops_count, 0);
    assert_int_equal(r->needs_count, 2);
    IS(r->needs[0].words, "I fell in the kitchen");
    IS(r->needs[0].onset->original, "Today or last night");
    IS(r->needs[1].code, "fall");
    assert_int_equal(r->needs[1].domain, RD_DOMAIN_HEALTH);
    assert_int_equal(r->flags_count, 0);
    assert_int_equal(r->issues_count, 0);
    assert_int_equal(r->consents[0].decision, RD_CONSENT_GIVEN);
    IS(p->names[0].given, "Alex");
    IS(p->names[0].family, "Example");
    IS(p->birth_date, "1944-06-15");
    assert_false(p->age_estimate.has);
    IS(p->ids[0].value, "9990000018");
    assert_true(p->ids[0].checksum_ok.has && p->ids[0].checksum_ok.value);
    assert_int_equal(p->addresses_count, 1);
    assert_int_equal(p->addresses[0].use, RD_ADDRESS_HOME);
    IS(p->addresses[0].lines[0], "1 Road");
    IS(p->addresses[0].postcode, "IG1 1DN");
    IS(p->addresses[0].residence_type, "own-home");
    assert_true(p->lives_alone.has && p->lives_alone.value);
    IS(p->telecoms[0].value, "020 7946 0901");
    assert_int_equal(p->telecoms[0].safe_to_call, RD_SAFE_YES);
}

static void for_somebody_else_without_a_home(void **state)
{
    static const struct rig_pair given[] = {{"for", "family"},
                                            {"your-name", "Dana"},
                                            {"your-relation", "daughter"},
                                            {"your-phone", "0207946"},
                                            {"with-person", "no"},
                                            {"place", "no-fixed-abode"},
                                            {"where-now", "A bench"},
                                            {"now-postcode", ""},
                                            {"consent", "lacks-capacity"},
                                            {"phone", ""},
                                            {"safe", ""},
                                            {"talk", "interpreter"},
                                            {"talk-words", "Bengali"},
                                            {NULL, NULL}};
    (void)state;
    const struct rd_referral *r = sent(given)->referral;
    const struct rd_person *p = r->person;
    IS(r->referrer->name, "Dana");
    IS(r->referrer->callback, "0207946");
    IS(r->hops[0].role, "daughter");
    assert_true(r->hops[0].with_person.has && !r->hops[0].with_person.value);
    IS(p->related[0].relationship, "daughter");
    assert_int_equal(r->consents[0].decision, RD_CONSENT_LACKS_CAPACITY);
    IS(r->consents[0].by, "Dana");
    assert_int_equal(p->addresses_count, 2);
    IS(p->addresses[0].postcode, "ZZ99 3VZ");
    IS(p->addresses[0].residence_type, "no-fixed-abode");
    assert_int_equal(p->addresses[0].lines_count, 0);
    assert_int_equal(p->addresses[1].use, RD_ADDRESS_CURRENT);
    IS(p->addresses[1].lines[0], "A bench");
    assert_false(rd_text_present(p->addresses[1].postcode));
    assert_int_equal(p->telecoms_count, 0);
    assert_true(p->interpreter.has && p->interpreter.value);
    IS(p->language, "Bengali");
    IS(r->flags[0].category, "reasonable-adjustment");
}

/* Somebody answers about the home and then says that there is none. */
static void what_no_longer_applies_stays_out(void **state)
{
    static const struct rig_pair change[] = {{"go", "change-place"}, {NULL, NULL}};
    static const struct rig_pair none[] = {{"place", "no-fixed-abode"}, {NULL, NULL}};
    static const struct rig_pair where[] = {{"where-now", "A bench"}, {NULL, NULL}};
    static const struct rig_pair press_send[] = {{"go", "send"}, {NULL, NULL}};
    (void)state;
    rig_walk(&rig, "check", NULL);
    rig_post(&rig, "/self", change);
    rig_post(&rig, "/self", none);
    rig_post(&rig, "/self", where);
    rig_post(&rig, "/self", press_send);
    assert_int_equal(rig.submitted_count, 1);
    const struct rd_submission *s = &rig.submitted[0];
    assert_int_equal(s->referral->person->addresses[0].lines_count, 0);
    IS(s->referral->person->addresses[0].postcode, "ZZ99 3VZ");
    assert_false(s->referral->person->lives_alone.has);
    assert_null(strstr(s->original.ptr, "1+Road")); /* ends in a NUL: the arena's copy */
}

static void what_is_doubtful_is_flagged(void **state)
{
    static const struct {
        const char *typed, *issue, *value;
    } cases[] = {{"999 000 0019", "nhs-number-check-digit", "9990000019"},
                 {"0000000000", "nhs-number-check-digit", "0000000000"},
                 {"12345", "nhs-number-form", "12345"},
                 {"do not know", "nhs-number-form", "do not know"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rig_pair given[] = {{"nhs-number", cases[i].typed}, {NULL, NULL}};
        const struct rd_referral *r = sent(given)->referral;
        assert_int_equal(r->issues_count, 1);
        IS(r->issues[0].code, cases[i].issue);
        IS(r->person->ids[0].value, cases[i].value);
        assert_false(r->person->ids[0].checksum_ok.value);
    }
}

/* Minimum data that is missing is for the desk to ask: it is never a reason to refuse. */
static void little_is_enough(void **state)
{
    static const struct rig_pair given[] = {{"postcode", ""},   {"phone", ""},     {"safe", ""},
                                            {"nhs-number", ""}, {"age", "16"},     {"born-day", ""},
                                            {"born-month", ""}, {"born-year", ""}, {NULL, NULL}};
    (void)state;
    const struct rd_referral *r = sent(given)->referral;
    assert_int_equal(r->person->age_estimate.value, 16);
    assert_false(rd_text_present(r->person->birth_date));
    assert_false(rd_text_present(r->person->addresses[0].postcode));
    assert_int_equal(r->person->ids_count + r->person->telecoms_count, 0);
}

static void harm_and_danger_are_carried(void **state)
{
    static const char *const raised[][2] = {{"yes", ""}, {"unsure", ""}, {"no", "He hits me"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct rig_pair given[] = {
            {"harm", raised[i][0]}, {"harm-words", raised[i][1]}, {NULL, NULL}};
        const struct rd_referral *r = sent(given)->referral;
        assert_int_equal(r->flags_count, 1);
        IS(r->flags[0].category, "safeguarding");
        assert_int_equal(r->flags[0].words.len, strlen(raised[i][1]));
    }
}

static void a_number_that_is_not_safe_says_so(void **state)
{
    static const struct rig_pair given[] = {
        {"safe", "no"}, {"phone-notes", "Only mornings"}, {NULL, NULL}};
    (void)state;
    const struct rd_referral *r = sent(given)->referral;
    assert_int_equal(r->person->telecoms[0].safe_to_call, RD_SAFE_NO);
    assert_false(rd_text_present(r->referrer->callback));
    IS(r->extra[0].value, "Only mornings");
}

static void a_call(void **state)
{
    static const struct rig_pair given[] = {{"go", "send"},
                                            {"taker", "C. Desk"},
                                            {"call-start", "09:00"},
                                            {"your-name", "Dana"},
                                            {"your-relation", "GP"},
                                            {"your-phone", "020 7946 0902"},
                                            {"with-person", "yes"},
                                            {"words", "He's \"off legs\" & cold"},
                                            {"priority", "two-hour"},
                                            {"scene", "yes"},
                                            {"scene-words", "A dog"},
                                            {"harm", "unsure"},
                                            {"consent", "best-interests"},
                                            {"family", "Example"},
                                            {"born-year", "1944"},
                                            {"line1", "1 Road"},
                                            {NULL, NULL}};
    (void)state;
    const struct rd_submission *s = called(given);
    const struct rd_referral *r = s->referral;
    IS(s->feed, "telephone");
    assert_true(s->back_entry);
    assert_int_equal(s->received, rig_now); /* opened at 09:00:30: not a minute less */
    IS(s->entered_by, "C. Desk");
    assert_int_equal(r->received->utc_us, rig_now);
    assert_int_equal(r->priority_asked, RD_PRIORITY_TWO_HOUR);
    IS(r->needs[0].words, "He's \"off legs\" & cold");
    IS(r->source_refs[0].system, "telephone-reference");
    IS(r->hops[0].name, "Dana");
    assert_true(r->hops[0].with_person.value);
    IS(r->hops[1].role, "call-taker");
    IS(r->flags[0].category, "safeguarding");
    IS(r->flags[1].category, "scene-safety");
    IS(r->flags[1].words, "A dog");
    assert_int_equal(r->consents[0].decision, RD_CONSENT_BEST_INTERESTS);
    IS(r->consents[0].basis, "verbal");
    IS(r->person->birth_date, "1944");
    assert_int_equal(r->person->addresses_count, 1);
}

static void a_call_of_nearly_nothing(void **state)
{
    static const struct rig_pair given[] = {{"go", "send"},
                                            {"taker", "C. Desk"},
                                            {"call-start", "08:41"},
                                            {"words", "Somebody lies on the stairs"},
                                            {NULL, NULL}};
    (void)state;
    const struct rd_submission *s = called(given);
    rd_instant start = 0;
    assert_true(rd_instant_parse(RD_TEXT("2026-11-21T08:41:00Z"), &start));
    assert_int_equal(s->received, start);
    assert_int_equal(s->referral->person->names_count, 0);
    assert_int_equal(s->referral->person->addresses_count, 0);
    assert_int_equal(s->referral->consents_count, 0);
    assert_int_equal(s->referral->priority_asked, 0);
    IS(s->referral->referrer->role, "self");
}

/* Entered by one, taken by another; and a caller whom nobody rings. */
static void a_call_from_paper(void **state)
{
    static const struct rig_pair given[] = {{"go", "send"},
                                            {"taker", "C. Desk"},
                                            {"call-start", "22:10"},
                                            {"call-day", "19/11"},
                                            {"paper-by", "R. Night"},
                                            {"your-name", "N. Example"},
                                            {"your-phone", "020 7946 0977"},
                                            {"caller-harm", "unsure"},
                                            {"words", "Somebody lies on the stairs"},
                                            {NULL, NULL}};
    (void)state;
    const struct rd_submission *s = called(given);
    rd_instant start = 0;
    assert_true(rd_instant_parse(RD_TEXT("2026-11-19T22:10:00Z"), &start));
    assert_int_equal(s->received, start);
    assert_true(s->back_entry);
    IS(s->entered_by, "C. Desk");
    assert_int_equal(s->referral->hops_count, 2);
    IS(s->referral->hops[1].name, "R. Night");
    assert_false(rd_text_present(s->referral->referrer->callback));
    assert_false(rd_text_present(s->referral->hops[0].callback));
    assert_int_equal(s->referral->extra_count, 1);
    IS(s->referral->extra[0].path, "caller-number-do-not-ring");
    IS(s->referral->extra[0].value, "020 7946 0977");
    IS(s->referral->issues[0].code, "no-call-back");
    IS(s->referral->flags[0].category, "safeguarding");
}

/* The longest answers that pass the checks, in the longest characters, fit every limit of the
 * contract. */
static void the_longest_answers_fit(void **state)
{
    static char words[4 * 4000 + 1], line[4 * 200 + 1], name[4 * 120 + 1];
    (void)state;
    for (size_t i = 0; i + 4 < sizeof words; i += 4)
        memcpy(words + i, "\xF0\x9F\x98\x80", 4);
    memcpy(line, words, sizeof line - 1);
    memcpy(name, words, sizeof name - 1);
    const struct rig_pair given[] = {
        {"words", words}, {"line1", line},      {"line2", line},         {"given", name},
        {"family", name}, {"talk-words", line}, {"talk", "interpreter"}, {NULL, NULL}};
    const struct rd_submission *s = sent(given);
    assert_int_equal(s->referral->needs[0].words.len, 16000);
    assert_int_equal(s->referral->person->addresses[0].lines[0].len, 800);
    struct rd_buf encoded;
    rd_buf_init(&encoded, rd_alloc_heap());
    rd_wire_encode(&rd_submission_shape, s, &encoded);
    assert_false(encoded.failed);
    assert_in_range(encoded.len, 16000, RD_FRAME_BYTES_MAX);
    rd_buf_fini(&encoded);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(for_oneself),
        TEST(for_somebody_else_without_a_home),
        TEST(what_no_longer_applies_stays_out),
        TEST(what_is_doubtful_is_flagged),
        TEST(little_is_enough),
        TEST(harm_and_danger_are_carried),
        TEST(a_number_that_is_not_safe_says_so),
        TEST(a_call),
        TEST(a_call_of_nearly_nothing),
        TEST(a_call_from_paper),
        TEST(the_longest_answers_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
