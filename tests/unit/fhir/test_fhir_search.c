/* What a sender reads back: how each stage is told, versions, sets, definitions; and the headers
 * that say who asks. */
#include "adapters/fhir/fhir_headers.h"
#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_search.h"
#include "adapters/fhir/fhir_update.h"
#include "adapters/fhir/fhir_xml.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#define MESSAGE(words)                                                                             \
    "{\"resourceType\": \"Bundle\", \"entry\": [{\"fullUrl\": \"urn:s\", \"resource\": "           \
    "{\"resourceType\": \"ServiceRequest\", \"status\": \"active\", \"meta\": {\"profile\": "      \
    "[\"p\"]}, \"subject\": {\"reference\": \"urn:p\"}, \"identifier\": [{\"value\": "             \
    "\"theirs\"}],"                                                                                \
    " \"note\": [{\"text\": \"" words "\"}]}}, {\"fullUrl\": \"urn:p\", \"resource\": "            \
    "{\"resourceType\": \"Patient\", \"identifier\": [{\"system\": "                               \
    "\"http://fhir.nhs.uk/id/nhs-number\", \"value\": \"9990000018\"}]}}]}"

struct held {
    struct rd_referral record;
    struct rd_submission submissions[3];
    struct rd_stages_seen stages;
    struct rd_opened opened;
};

static void fill(struct held *held)
{
    *held =
        (struct held){.submissions = {{.action = RD_ACTION_NEW,
                                       .received = 10 * RD_SECOND_US,
                                       .original = RD_TEXT(MESSAGE("first")),
                                       .referral = &held->record},
                                      {.action = RD_ACTION_AMEND,
                                       .received = 20 * RD_SECOND_US,
                                       .original = RD_TEXT("as it came"),
                                       .merged = RD_TEXT(MESSAGE("merged")),
                                       .referral = &held->record},
                                      {.action = RD_ACTION_FACT, .original = RD_TEXT("a fact")}},
                      .stages = {.referral = RD_TEXT("7K3Q9-M2X4T"),
                                 .held = 10 * RD_SECOND_US,
                                 .phase = RD_PHASE_OPEN,
                                 .revision = 2}};
    held->opened = (struct rd_opened){
        .submissions = held->submissions, .submissions_count = 3, .stages = &held->stages};
}

static json_t *read_one(const struct held *held, char version[RD_FHIR_VERSION_MAX])
{
    struct rd_buf out;
    struct rd_fhir_set *set = rd_fhir_set_new();
    rd_buf_init(&out, rd_alloc_heap());
    assert_int_equal(rd_fhir_set_add(set, &held->opened, version), RD_OK);
    rd_fhir_set_write_one(set, false, &out);
    json_t *found = json_loadb((const char *)out.bytes, out.len, 0, NULL);
    assert_non_null(found);
    rd_buf_fini(&out);
    rd_fhir_set_free(set);
    return found;
}

static void text(const json_t *from, const char *path, const char *expected)
{
    struct rd_text found = rd_fhir_peek(from, path);
    if (!rd_text_is(found, expected))
        fail_msg("%s: expected \"%s\", found \"%.*s\"", path, expected, RD_TEXT_ARG(found));
}

static void the_newest_record_as_we_hold_it(void **state)
{
    (void)state;
    struct held held;
    char version[RD_FHIR_VERSION_MAX];
    fill(&held);
    json_t *found = read_one(&held, version);
    assert_string_equal(version, "2-planned");
    text(found, "id", "7K3Q9-M2X4T");
    text(found, "meta.versionId", "2-planned");
    text(found, "meta.lastUpdated", "1970-01-01T00:00:20.000Z");
    text(found, "meta.profile[0]", "p");
    text(found, "note[0].text", "merged");
    text(found, "identifier[0].value", "theirs");
    text(found, "identifier[1].value", "7K3Q9-M2X4T");
    text(found, "subject.reference", "urn:p");
    text(found, "subject.identifier.value", "9990000018");
    text(found, "supportingInfo[0].reference", "#encounter");
    text(found, "contained[0].id", "encounter");
    json_decref(found);
}

static void each_stage_in_the_standards_words(void **state)
{
    (void)state;
    static const struct {
        enum rd_referral_phase phase;
        enum rd_outcome outcome;
        bool accepted;
        const char *request, *encounter;
    } rows[] = {
        {RD_PHASE_HELD, 0, false, "active", "planned"},
        {RD_PHASE_OPEN, 0, true, "active", "in-progress"},
        {RD_PHASE_CLOSED, RD_OUTCOME_SEEN_COMPLETE, true, "completed", "finished"},
        {RD_PHASE_CLOSED, RD_OUTCOME_ADVICE_ONLY, false, "completed", "finished"},
        {RD_PHASE_CLOSED, RD_OUTCOME_WITHDRAWN, true, "revoked", "cancelled"},
        {RD_PHASE_CLOSED, RD_OUTCOME_ERROR, false, "entered-in-error", "entered-in-error"},
        {RD_PHASE_REFUSED, 0, false, "revoked", "cancelled"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct held held;
        char version[RD_FHIR_VERSION_MAX];
        fill(&held);
        held.stages.phase = rows[i].phase;
        held.stages.outcome = rows[i].outcome;
        held.stages.accepted = rows[i].accepted ? 30 * RD_SECOND_US : 0;
        held.stages.closed = rows[i].phase == RD_PHASE_CLOSED ? 40 * RD_SECOND_US : 0;
        json_t *found = read_one(&held, version);
        text(found, "status", rows[i].request);
        text(found, "contained[0].status", rows[i].encounter);
        text(found, "meta.lastUpdated",
             held.stages.closed != 0 ? "1970-01-01T00:00:40.000Z"
             : rows[i].accepted      ? "1970-01-01T00:00:30.000Z"
                                     : "1970-01-01T00:00:20.000Z");
        json_decref(found);
    }
}

static void what_is_not_kept_or_no_message(void **state)
{
    (void)state;
    struct held held;
    char version[RD_FHIR_VERSION_MAX];
    struct rd_fhir_set *set = rd_fhir_set_new();
    fill(&held);
    held.opened.submissions_count = 0;
    assert_int_equal(rd_fhir_set_add(set, &held.opened, version), RD_E_NOTFOUND);
    fill(&held);
    held.submissions[1].original = held.submissions[1].merged = RD_TEXT_NONE; /* erased */
    assert_int_equal(rd_fhir_set_add(set, &held.opened, version), RD_E_NOTFOUND);
    held.submissions[1].original = RD_TEXT("MSH|^~\\&|");
    assert_int_equal(rd_fhir_set_add(set, &held.opened, version), RD_E_MALFORMED);
    held.opened.stages = NULL;
    assert_int_equal(rd_fhir_set_add(set, &held.opened, version), RD_E_NOTFOUND);
    rd_fhir_set_free(set);
}

static void sets_in_both_forms(void **state)
{
    (void)state;
    for (int xml = 0; xml <= 1; xml++)
        for (int count = 0; count <= 2; count++) {
            struct held held;
            struct rd_buf out;
            struct rd_errbuf why;
            char version[RD_FHIR_VERSION_MAX];
            struct rd_fhir_set *set = rd_fhir_set_new();
            rd_buf_init(&out, rd_alloc_heap());
            fill(&held);
            for (int i = 0; i < count; i++)
                assert_int_equal(rd_fhir_set_add(set, &held.opened, version), RD_OK);
            rd_fhir_set_write(set, "https://door.example", RD_TEXT("patient:identifier=x"), 0,
                              xml == 1, &out);
            assert_int_equal(rd_fhir_is_xml(rd_buf_text(&out)), xml);
            json_t *bundle = rd_fhir_load(rd_buf_text(&out), &why);
            text(bundle, "type", "searchset");
            text(bundle, "link[0].url", "https://door.example/ServiceRequest?patient:identifier=x");
            assert_int_equal(json_array_size(json_object_get(bundle, "entry")), count);
            if (count > 0)
                text(bundle, "entry[0].fullUrl", "https://door.example/ServiceRequest/7K3Q9-M2X4T");
            else
                assert_null(json_object_get(bundle, "entry"));
            json_decref(bundle);
            rd_buf_fini(&out);
            rd_fhir_set_free(set);
        }
}

static void definitions_for_a_service(void **state)
{
    (void)state;
    const struct rd_text services[] = {RD_TEXT("2000099999")};
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    rd_fhir_definitions("https://door.example", services, 1, false, 0, false, &out);
    json_t *bundle = json_loadb((const char *)out.bytes, out.len, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(bundle, "entry")), 3);
    text(bundle, "entry[1].resource.useContext[0].code.code", "2000099999");
    text(bundle, "entry[1].resource.focus[6].code", "Location");
    json_decref(bundle);
    rd_buf_clear(&out);
    rd_fhir_definitions("https://door.example", services, 1, true, 0, false, &out);
    bundle = json_loadb((const char *)out.bytes, out.len, 0, NULL);
    assert_null(json_object_get(bundle, "entry"));
    json_decref(bundle);
    rd_buf_fini(&out);
}

static void headers_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *ods; /* NULL: another shape */
    } rows[] = {
        {"{\"identifier\": [{\"system\": \"https://fhir.nhs.uk/Id/ods-organization-code\", "
         "\"value\": \"RRU\"}]}",
         "RRU"},
        {"{\"identifier\": {\"system\": \"http://fhir.nhs.uk/id/ods-organization-code\", "
         "\"value\": \"Y99102\"}}",
         "Y99102"},
        {"{\"identifier\": [{\"system\": \"urn:other\", \"value\": \"1\"}, {\"value\": \"RRU\"}]}",
         "RRU"},
        {"{\"identifier\": [{\"system\": \"urn:other\", \"value\": \"1\"}]}", NULL},
        {"{\"name\": \"nobody\"}", NULL},
        {"[]", NULL},
        {"x", NULL},
    };
    static const int variants[] = {sodium_base64_VARIANT_ORIGINAL,
                                   sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t k = 0; k < sizeof variants / sizeof variants[0]; k++) {
            char encoded[512];
            struct rd_arena arena;
            struct rd_text ods = RD_TEXT_NONE;
            rd_arena_init(&arena, rd_alloc_heap(), 65536);
            (void)sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)rows[i].json,
                                    strlen(rows[i].json), variants[k]);
            bool good = rd_fhir_organisation(rd_text_of(encoded), &arena, &ods);
            assert_int_equal(good, rows[i].ods != NULL);
            if (good)
                assert_true(rd_text_is(ods, rows[i].ods));
            rd_arena_fini(&arena);
        }
}

static void an_update_alone_or_refused(void **state)
{
    (void)state;
    static const char update[] =
        "{\"resourceType\": \"Bundle\", \"entry\": [{\"fullUrl\": \"urn:s\", \"resource\": "
        "{\"resourceType\": \"ServiceRequest\", \"meta\": {\"lastUpdated\": "
        "\"2020-01-01T00:00:00Z\"}, \"status\": \"on-hold\"}}]}";
    struct held held;
    struct rd_arena arena;
    struct rd_fhir_read out;
    const struct rd_fhir_headers headers = {.request_id = RD_TEXT("x")};
    struct rd_fhir_read sent = {
        .submission = {.action = RD_ACTION_AMEND,
                       .original = rd_text_of(update),
                       .digest = RD_TEXT("0123456789abcdef0123456789abcdef"),
                       .referral = &held.record}};
    rd_arena_init(&arena, rd_alloc_heap(), 1 << 20);
    fill(&held);
    rd_fhir_may_update(&sent.submission);
    assert_true(sent.submission.based_on.has && sent.submission.based_on.value == 0);
    held.submissions[1].merged =
        RD_TEXT("{\"resourceType\": \"Bundle\", \"entry\": [{\"fullUrl\": \"urn:s\", \"resource\": "
                "{\"resourceType\": \"ServiceRequest\", \"meta\": {\"lastUpdated\": "
                "\"2026-01-01T00:00:00Z\"}, \"status\": \"active\"}}]}");
    assert_int_equal(rd_fhir_update(&sent, &headers, &held.opened, &arena, &out), RD_OK);
    assert_int_equal(out.failure.http, 409); /* all that it changes is older */
    assert_false(rd_text_present(out.submission.original));
    sent.submission.action = RD_ACTION_NEW; /* overtaken by its own update: held, not refused */
    assert_int_equal(rd_fhir_update(&sent, &headers, &held.opened, &arena, &out), RD_OK);
    assert_int_equal(out.failure.http, 422); /* these few parts are no whole record */
    sent.submission.action = RD_ACTION_AMEND;
    held.opened.submissions_count = 0; /* erased: by itself, on that revision */
    assert_int_equal(rd_fhir_update(&sent, &headers, &held.opened, &arena, &out), RD_OK);
    assert_int_equal(out.failure.http, 0);
    assert_int_equal(out.submission.based_on.value, 2);
    assert_int_equal(out.submission.merged.len, 0);
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_record_as_we_hold_it),
        cmocka_unit_test(each_stage_in_the_standards_words),
        cmocka_unit_test(what_is_not_kept_or_no_message),
        cmocka_unit_test(sets_in_both_forms),
        cmocka_unit_test(definitions_for_a_service),
        cmocka_unit_test(headers_as_they_are_written),
        cmocka_unit_test(an_update_alone_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
