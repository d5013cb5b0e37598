/* BaRS responses: statuses and codes of each stage, ids that a retry repeats, what goes back. */
#include "adapters/fhir/fhir_response.h"
#include "tests/lib/fixtures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <string.h>

static struct rd_buf original;

static int setup(void **state)
{
    (void)state;
    rd_fixture_read(RD_SOURCE_DIR "/../shared/fixtures/bars/validation-request.json", &original);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rd_buf_fini(&original);
    return 0;
}

static struct rd_receipt receipt_of(enum rd_receipt_stage stage, const char *reason)
{
    return (struct rd_receipt){.feed = RD_TEXT("las-cad"),
                               .receipt = 42,
                               .referral = RD_TEXT("7K3Q9-M2X4T"),
                               .stage = stage,
                               .reason = rd_text_of(reason),
                               .at = INT64_C(1790000000000000),
                               .kind = RD_KIND_VALIDATION,
                               .key = RD_TEXT("request:1"),
                               .correlation = RD_TEXT("6ba7b810-9dad-41d1-80b4-00c04fd430c8"),
                               .reply_to = RD_TEXT("https://fhir.nhs.uk/Id/dos-service-id|111"),
                               .original = rd_buf_text(&original)};
}

static json_t *respond(const struct rd_receipt *receipt, struct rd_fhir_response_headers *headers)
{
    struct rd_errbuf why = {""};
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    assert_int_equal(rd_fhir_response(receipt, RD_TEXT_NONE, &out, headers, &why), RD_OK);
    json_t *bundle =
        json_loadb(rd_buf_text(&out).ptr, rd_buf_text(&out).len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(bundle);
    rd_buf_fini(&out);
    return bundle;
}

static const json_t *last(const json_t *bundle)
{
    const json_t *entries = json_object_get(bundle, "entry");
    return json_object_get(json_array_get(entries, json_array_size(entries) - 1), "resource");
}

static const char *code_of(const json_t *encounter)
{
    const json_t *reason = json_array_get(json_object_get(encounter, "reasonCode"), 0);
    const json_t *coding = json_array_get(json_object_get(reason, "coding"), 0);
    return json_string_value(json_object_get(coding, "code"));
}

static void test_each_stage_has_its_status(void **state)
{
    static const struct {
        enum rd_receipt_stage stage;
        const char *reason, *status, *code;
    } cases[] = {
        {RD_RECEIPT_ACCEPTED, NULL, "in-progress", NULL},
        {RD_RECEIPT_REFUSED, "resource-not-available", "cancelled", "RRNA"},
        {RD_RECEIPT_REFUSED, "failed-contact", "cancelled", "FC"},
        {RD_RECEIPT_REFUSED, "not-eligible", "cancelled", "OTH"},
        {RD_RECEIPT_CLOSED, "seen-complete", "finished", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_fhir_response_headers headers;
        struct rd_receipt receipt = receipt_of(cases[i].stage, cases[i].reason);
        json_t *bundle = respond(&receipt, &headers);
        const json_t *encounter = last(bundle);
        assert_string_equal(json_string_value(json_object_get(encounter, "status")),
                            cases[i].status);
        assert_int_equal(code_of(encounter) == NULL, cases[i].code == NULL);
        if (cases[i].code != NULL)
            assert_string_equal(code_of(encounter), cases[i].code);
        json_decref(bundle);
    }
    assert_true(rd_fhir_response_stage(RD_RECEIPT_ACCEPTED));
    assert_false(rd_fhir_response_stage(RD_RECEIPT_CLAIMED)); /* the standard has no word for it */
}

static void test_ids_follow_from_the_receipt(void **state)
{
    struct rd_fhir_response_headers first, again, other;
    struct rd_receipt receipt = receipt_of(RD_RECEIPT_ACCEPTED, NULL);
    (void)state;
    json_t *one = respond(&receipt, &first);
    json_t *two = respond(&receipt, &again);
    assert_true(json_equal(one, two));
    assert_string_equal(first.request_id, again.request_id);
    assert_int_equal(strlen(first.request_id), 36);
    receipt.receipt = 43;
    json_t *three = respond(&receipt, &other);
    assert_string_not_equal(first.request_id, other.request_id);
    assert_false(json_equal(one, three));
    json_decref(one);
    json_decref(two);
    json_decref(three);
}

static void test_what_goes_back(void **state)
{
    struct rd_fhir_response_headers headers;
    struct rd_receipt receipt = receipt_of(RD_RECEIPT_ACCEPTED, NULL);
    bool request = false;
    (void)state;
    json_t *bundle = respond(&receipt, &headers);
    const json_t *entries = json_object_get(bundle, "entry");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const char *type = json_string_value(json_object_get(
            json_object_get(json_array_get(entries, i), "resource"), "resourceType"));
        assert_string_not_equal(type, "CarePlan");
        assert_string_not_equal(type, "Observation");
        request = request || strcmp(type, "ServiceRequest") == 0;
    }
    assert_true(request);
    assert_string_equal(headers.correlation_id, "6ba7b810-9dad-41d1-80b4-00c04fd430c8");
    assert_non_null(strstr(headers.use_context, "|validation|servicerequest-response|new"));
    json_decref(bundle);
}

static void test_what_cannot_be_answered(void **state)
{
    static char long_id[RD_FHIR_HEADER_MAX + 1];
    struct rd_fhir_response_headers headers;
    struct rd_receipt erased = receipt_of(RD_RECEIPT_ACCEPTED, NULL);
    struct rd_receipt nowhere = erased, other = erased, empty = erased, tall = erased;
    (void)state;
    memset(long_id, 'a', sizeof long_id - 1);
    erased.original = RD_TEXT_NONE;
    nowhere.reply_to = RD_TEXT("phone us");
    other.original = RD_TEXT("MSH|^~\\&|");
    empty.original = RD_TEXT("{\"resourceType\": \"Bundle\", \"entry\": []}");
    tall.correlation = rd_text_of(long_id);
    const struct {
        const struct rd_receipt *receipt;
        enum rd_err err;
        const char *words;
    } cases[] = {
        {&erased, RD_E_NOTFOUND, "no longer kept"},
        {&nowhere, RD_E_MALFORMED, "source.endpoint"},
        {&other, RD_E_MALFORMED, "no FHIR message"},
        {&empty, RD_E_MALFORMED, "no MessageHeader"},
        {&tall, RD_E_TOOBIG, "header of the answer is over 511"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_errbuf why = {""};
        struct rd_buf out;
        rd_buf_init(&out, rd_alloc_heap());
        assert_int_equal(rd_fhir_response(cases[i].receipt, RD_TEXT_NONE, &out, &headers, &why),
                         cases[i].err);
        assert_non_null(strstr(why.text, cases[i].words));
        rd_buf_fini(&out);
    }
    long_id[RD_FHIR_HEADER_MAX - 1] = '\0'; /* the longest that fits */
    tall.correlation = rd_text_of(long_id);
    json_decref(respond(&tall, &headers));
    assert_int_equal(strlen(headers.correlation_id), RD_FHIR_HEADER_MAX - 1);
}

static void test_duplicates_are_told_apart(void **state)
{
    (void)state;
    assert_true(rd_fhir_is_duplicate(RD_TEXT("{\"issue\": [{\"code\": \"duplicate\"}]}")));
    assert_false(rd_fhir_is_duplicate(RD_TEXT("{\"issue\": [{\"code\": \"conflict\"}]}")));
    assert_false(rd_fhir_is_duplicate(RD_TEXT("duplicate")));
    assert_false(rd_fhir_is_duplicate(RD_TEXT_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_stage_has_its_status),
        cmocka_unit_test(test_ids_follow_from_the_receipt),
        cmocka_unit_test(test_what_goes_back),
        cmocka_unit_test(test_what_cannot_be_answered),
        cmocka_unit_test(test_duplicates_are_told_apart),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
