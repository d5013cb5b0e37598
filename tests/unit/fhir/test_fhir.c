/* BaRS bundles: the receive algorithm, what is refused and how, references, replies. */
#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_reply.h"
#include "adapters/fhir/fhir_search.h"
#include "tests/lib/fixtures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct rd_arena arena;
    struct rd_fhir_headers headers;
    struct rd_fhir_read read;
    json_t *bundle; /* the published validation request, to be varied */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct rd_buf bytes;
    rd_fixture_read(RD_SOURCE_DIR "/../shared/fixtures/bars/validation-request.json", &bytes);
    rd_arena_init(&f->arena, rd_alloc_heap(), 8 << 20);
    f->headers.request_id = RD_TEXT("11111111-2222-4333-8444-555555555555");
    f->headers.correlation_id = RD_TEXT("99999999-8888-4777-8666-555555555555");
    f->bundle = json_loadb((const char *)bytes.bytes, bytes.len, 0, NULL);
    rd_buf_fini(&bytes);
    *state = f;
    return f->bundle == NULL;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    rd_arena_fini(&f->arena);
    json_decref(f->bundle);
    free(f);
    return 0;
}

static const struct rd_fhir_read *read_text(struct fixture *f, struct rd_text body)
{
    rd_arena_reset(&f->arena);
    assert_int_equal(rd_fhir_read(RD_TEXT("las-cad"), RD_ENVIRONMENT_LIVE, &f->headers, body,
                                  &f->arena, &f->read),
                     RD_OK);
    return &f->read;
}

static const struct rd_fhir_read *read_bundle(struct fixture *f)
{
    char *text = json_dumps(f->bundle, 0);
    struct rd_text body;
    rd_arena_reset(&f->arena);
    assert_non_null(text);
    assert_true(rd_arena_copy(&f->arena, rd_text_of(text), &body));
    free(text);
    assert_int_equal(rd_fhir_read(RD_TEXT("las-cad"), RD_ENVIRONMENT_LIVE, &f->headers, body,
                                  &f->arena, &f->read),
                     RD_OK);
    return &f->read;
}

static json_t *resource(struct fixture *f, const char *type)
{
    json_t *entries = json_object_get(f->bundle, "entry");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *one = json_object_get(json_array_get(entries, i), "resource");
        if (strcmp(json_string_value(json_object_get(one, "resourceType")), type) == 0)
            return one;
    }
    fail_msg("no %s", type);
    return NULL;
}

static void set_reason(struct fixture *f, const char *reason)
{
    json_t *coding = json_array_get(
        json_object_get(json_object_get(resource(f, "MessageHeader"), "reason"), "coding"), 0);
    (void)json_object_set_new(coding, "code", json_string(reason));
}

static void set_status(struct fixture *f, const char *status)
{
    (void)json_object_set_new(resource(f, "ServiceRequest"), "status", json_string(status));
}

static void assert_text(struct rd_text text, const char *expected)
{
    if (!rd_text_is(text, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, RD_TEXT_ARG(text));
}

static void assert_refused(const struct rd_fhir_read *read, unsigned http, const char *code,
                           const char *issue)
{
    assert_int_equal(read->failure.http, http);
    assert_string_equal(read->failure.code, code);
    assert_string_equal(read->failure.issue, issue);
    assert_true(rd_text_present(read->failure.diagnostics));
    assert_null(read->submission.referral);
    assert_false(rd_text_present(read->submission.original));
    assert_true(rd_text_starts(read->submission.key, "refused:"));
}

static void a_validation(void **state)
{
    struct fixture *f = *state;
    const struct rd_submission *s = &read_bundle(f)->submission;
    assert_int_equal(f->read.failure.http, 0);
    assert_int_equal(s->action, RD_ACTION_NEW);
    assert_text(s->key, "request:11111111-2222-4333-8444-555555555555");
    assert_int_equal(s->referral->kind, RD_KIND_VALIDATION);
    assert_int_equal(s->referral->custody, RD_CUSTODY_SENDER);
    assert_text(s->referral->source_refs[0].value, "236bb75d-90ef-461f-b71e-fde7f899802c");
    assert_text(s->referral->journey, "EpisodeOfCare/d877b820-e72b-44d1-a627-195f54bfc606");
    assert_int_equal(s->referral->respond_by->utc_us - s->referral->source_clock->utc_us,
                     20 * RD_MINUTE_US);
    assert_text(s->referral->person->practice_ods, "G82080");
    assert_text(f->read.sender_ods, "RND");
    /* the incident, beside the home */
    assert_int_equal(s->referral->person->addresses_count, 2);
    assert_int_equal(s->referral->person->addresses[1].use, RD_ADDRESS_INCIDENT);
    assert_text(s->referral->person->addresses[1].postcode, "LS1 6PT");
    assert_text(s->referral->person->addresses[1].uprn, "0008755622");
    assert_text(s->referral->flags[0].category, "scene-safety");
    assert_int_equal(s->referral->consents[0].decision, RD_CONSENT_GIVEN);
    assert_false(s->referral->person->ids[0].checksum_ok.value);
    assert_text(s->referral->issues[0].code, "nhs-number-check-digit");
}

static void reason_and_status_decide(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *reason, *status;
        int action;
    } rows[] = {
        {"new", "active", RD_ACTION_NEW},
        {"update", "active", RD_ACTION_AMEND},
        {"update", "on-hold", RD_ACTION_AMEND},
        {"update", "revoked", RD_ACTION_CANCEL},
        {"delete", "entered-in-error", RD_ACTION_CANCEL},
        {"update", "entered-in-error", RD_ACTION_CANCEL},
        {"delete", "revoked", RD_ACTION_CANCEL},
        {"new", "on-hold", 0},
        {"new", "revoked", 0},
        {"new", "entered-in-error", 0},
        {"new", "completed", 0},
        {"update", "completed", 0},
        {"update", "draft", 0},
        {"delete", "active", 0},
        {"delete", "on-hold", 0},
        {"strange", "active", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_reason(f, rows[i].reason);
        set_status(f, rows[i].status);
        const struct rd_fhir_read *read = read_bundle(f);
        if (rows[i].action == 0)
            assert_refused(read, 400, "REC_BAD_REQUEST", "invariant");
        else
            assert_int_equal(read->submission.action, rows[i].action);
    }
}

static void headers_are_required(void **state)
{
    struct fixture *f = *state;
    f->headers.request_id = RD_TEXT_NONE;
    assert_refused(read_bundle(f), 400, "REC_BAD_REQUEST", "required");
    f->headers.request_id = RD_TEXT("not-a-uuid");
    assert_refused(read_bundle(f), 400, "REC_BAD_REQUEST", "invalid");
    f->headers.request_id = RD_TEXT("11111111-2222-4333-8444-555555555555");
    f->headers.correlation_id = RD_TEXT_NONE;
    assert_refused(read_bundle(f), 400, "REC_BAD_REQUEST", "required");
    f->headers.correlation_id = RD_TEXT("99999999-8888-4777-8666-555555555555");
    f->headers.target_identifier = RD_TEXT("!!!");
    assert_refused(read_bundle(f), 400, "REC_BAD_REQUEST", "invalid");
    f->headers.target_identifier = RD_TEXT("eyJzeXN0ZW0iOiJodHRwczovL2ZoaXIubmhzLnVrL0lkL2Rvcy1zZXJ"
                                           "2aWNlLWlkIiwidmFsdWUiOiIyMDAwMDExMTQ3In0=");
    assert_int_equal(read_bundle(f)->failure.http, 0);
}

static void bodies_that_are_no_message(void **state)
{
    struct fixture *f = *state;
    assert_refused(read_text(f, RD_TEXT("not json")), 400, "REC_BAD_REQUEST", "invalid");
    assert_refused(read_text(f, RD_TEXT("")), 400, "REC_BAD_REQUEST", "invalid");
    assert_refused(read_text(f, RD_TEXT("{\"a\":1,\"a\":2}")), 400, "REC_BAD_REQUEST", "invalid");
    assert_refused(read_text(f, RD_TEXT("[]")), 400, "REC_BAD_REQUEST", "invariant");
    assert_refused(read_text(f, RD_TEXT("{\"resourceType\":\"Bundle\",\"type\":\"message\"}")), 400,
                   "REC_BAD_REQUEST", "invariant");
}

static void nothing_of_the_body_is_quoted(void **state)
{
    struct fixture *f = *state;
    read_text(f, RD_TEXT("{\"family\": \"Canary\" \"given\"}"));
    assert_refused(&f->read, 400, "REC_BAD_REQUEST", "invalid");
    assert_null(strstr(f->read.failure.diagnostics.ptr, "anary"));
    assert_null(strstr(f->read.failure.diagnostics.ptr, "given"));
}

static void versions(void **state)
{
    struct fixture *f = *state;
    json_t *meta = json_object_get(f->bundle, "meta");
    (void)json_object_del(meta, "versionId");
    assert_refused(read_bundle(f), 400, "REC_BAD_REQUEST", "invariant");
    (void)json_object_set_new(meta, "versionId", json_string("2.0.0"));
    assert_refused(read_bundle(f), 422, "REC_UNPROCESSABLE_ENTITY", "not-supported");
}

static void a_retry_has_the_same_digest(void **state)
{
    struct fixture *f = *state;
    char first[32];
    memcpy(first, read_bundle(f)->submission.digest.ptr, sizeof first);
    (void)json_object_set_new(f->bundle, "timestamp", json_string("2026-11-21T09:00:00Z"));
    assert_memory_equal(first, read_bundle(f)->submission.digest.ptr, sizeof first);
    set_status(f, "on-hold");
    set_reason(f, "update");
    assert_memory_not_equal(first, read_bundle(f)->submission.digest.ptr, sizeof first);
}

static void test_messages_are_marked(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(read_bundle(f)->submission.environment, RD_ENVIRONMENT_LIVE);
    (void)json_object_set_new(json_object_get(f->bundle, "meta"), "tag",
                              json_pack("[{s:s}]", "code", "HTEST"));
    assert_int_equal(read_bundle(f)->submission.environment, RD_ENVIRONMENT_TEST);
}

static void the_uris_that_disagree(void **state)
{
    (void)state;
    const char *const ods = "https://fhir.nhs.uk/Id/ods-organization-code";
    assert_true(rd_fhir_same_uri(RD_TEXT("https://fhir.nhs.uk/id/ods-organization-code"), ods));
    assert_true(rd_fhir_same_uri(RD_TEXT("http://fhir.nhs.uk/Id/ods-organization-code"), ods));
    assert_true(rd_fhir_same_uri(RD_TEXT("https://fhir.nhs.uk/Id/pathways-dx-code"),
                                 "https://fhir.nhs.uk/CodeSystem/pathways-dx-codes"));
    assert_false(rd_fhir_same_uri(RD_TEXT("https://fhir.nhs.uk/Id/nhs-number"), ods));
    assert_false(rd_fhir_same_uri(RD_TEXT_NONE, ods));
}

static void the_synchronous_reply(void **state)
{
    struct fixture *f = *state;
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    const struct rd_fhir_held held = {.referral = RD_TEXT("7K3Q9-M2X4T"),
                                      .answer = RD_TEXT("Open <now> & looking"),
                                      .encounter_status = "planned"};
    assert_int_equal(rd_fhir_reply_held(read_bundle(f)->submission.original, &held, &out), RD_OK);
    json_t *reply = json_loadb((const char *)out.bytes, out.len, 0, NULL);
    assert_non_null(reply);
    assert_string_equal(json_string_value(json_object_get(reply, "id")),
                        json_string_value(json_object_get(f->bundle, "id")));
    json_t *entries = json_object_get(reply, "entry");
    json_t *last =
        json_object_get(json_array_get(entries, json_array_size(entries) - 1), "resource");
    assert_string_equal(json_string_value(json_object_get(last, "resourceType")), "Encounter");
    assert_string_equal(json_string_value(json_object_get(last, "status")), "planned");
    assert_string_equal(json_string_value(json_object_get(last, "id")), "7K3Q9-M2X4T");
    assert_non_null(strstr(json_string_value(json_object_get(json_object_get(last, "text"), "div")),
                           "Open &lt;now&gt; &amp; looking"));
    json_decref(reply);
    rd_buf_fini(&out);
}

static void outcomes_and_metadata_are_json(void **state)
{
    (void)state;
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    const struct rd_fhir_failure failure = {409, "REC_CONFLICT", "duplicate",
                                            RD_TEXT("said \"again\"")};
    rd_fhir_reply_outcome(&failure, false, &out);
    json_t *outcome = json_loadb((const char *)out.bytes, out.len, 0, NULL);
    assert_string_equal(json_string_value(rd_fhir_at(outcome, "issue[0].details.coding[0].code")),
                        "REC_CONFLICT");
    assert_string_equal(json_string_value(rd_fhir_at(outcome, "issue[0].code")), "duplicate");
    json_decref(outcome);
    rd_buf_clear(&out);
    rd_fhir_capabilities("0.1.0", "http://127.0.0.1:8081", false, &out);
    json_t *metadata = json_loadb((const char *)out.bytes, out.len, 0, NULL);
    assert_string_equal(json_string_value(rd_fhir_at(metadata, "resourceType")),
                        "CapabilityStatement");
    assert_string_equal(json_string_value(rd_fhir_at(metadata, "rest[0].operation[0].name")),
                        "process-message");
    json_decref(metadata);
    rd_buf_fini(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_validation),
        TEST(reason_and_status_decide),
        TEST(headers_are_required),
        TEST(bodies_that_are_no_message),
        TEST(nothing_of_the_body_is_quoted),
        TEST(versions),
        TEST(a_retry_has_the_same_digest),
        TEST(test_messages_are_marked),
        TEST(the_uris_that_disagree),
        TEST(the_synchronous_reply),
        TEST(outcomes_and_metadata_are_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
