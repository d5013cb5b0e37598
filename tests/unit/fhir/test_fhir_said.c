/* Whatever a bundle says stands in the record, in both of FHIR's forms: an invented one with all
 * that published bundles showed to come through nowhere once. */
#include "adapters/fhir/fhir_read.h"
#include "adapters/fhir/fhir_xml.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const char message[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<Bundle xmlns=\"http://hl7.org/fhir\">\n"
    " <id value=\"b1\"/><meta><versionId value=\"1.2.0\"/></meta><type value=\"message\"/>\n"
    " <!-- an invented person -->\n"
    " <entry><fullUrl value=\"urn:uuid:h\"/><resource><MessageHeader>\n"
    "  <eventCoding><code value=\"servicerequest-request\"/></eventCoding>\n"
    "  <source><name value=\"Control &lt;999&gt; &amp; Co\"/><contact><value value=\"020 7946 "
    "0990\"/></contact></source>\n"
    "  <reason><coding><code value=\"new\"/></coding></reason>\n"
    " </MessageHeader></resource></entry>\n"
    " <entry><fullUrl value=\"urn:uuid:s\"/><resource><ServiceRequest>\n"
    "  <status value=\"active\"/>\n"
    "  <category><coding><system "
    "value=\"https://fhir.nhs.uk/CodeSystem/message-category-servicerequest\"/><code "
    "value=\"referral\"/></coding><text value=\"Soon please\"/></category>\n"
    "  <priority value=\"stat\"/>\n"
    "  <reasonCode><text value=\"Fall, on the floor\"/></reasonCode>\n"
    "  <locationReference><reference value=\"urn:uuid:l\"/></locationReference>\n"
    " </ServiceRequest></resource></entry>\n"
    " <entry><fullUrl value=\"urn:uuid:p\"/><resource><Patient>\n"
    "  <text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Ann "
    "<b>Example</b></p></div></text>\n"
    "  <extension "
    "url=\"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSCommunication\">\n"
    "   <extension url=\"interpreterRequired\"><valueBoolean value=\"true\"/></extension>\n"
    "  </extension>\n"
    "  <identifier><system value=\"https://fhir.nhs.uk/Id/nhs-number\"/><value "
    "value=\"9990000018\"/></identifier>\n"
    "  <name><family value=\"Example\"/><given value=\"Ann\"/><given value=\"Bea\"/></name>\n"
    "  <telecom><system value=\"phone\"/><value value=\"020 7946 0001\"/><rank "
    "value=\"1\"/></telecom>\n"
    "  <birthDate value=\"1945-06-15\"><extension url=\"x\"><valueString "
    "value=\"est.\"/></extension></birthDate>\n"
    "  <deceasedBoolean value=\"false\"/>\n"
    "  <address><line value=\"1 High Road\"/><line value=\"Flat 2\"/><postalCode value=\"E18 "
    "2QB\"/></address>\n"
    " </Patient></resource></entry>\n"
    " <entry><fullUrl value=\"urn:uuid:l\"/><resource><Location>\n"
    "  <name value=\"Corner shop\"/><address><line value=\"2 High Road\"/><postalCode value=\"E18 "
    "2QD\"/></address>\n"
    "  <position><longitude value=\"51.5\"/><latitude value=\"-0.1\"/></position>\n"
    " </Location></resource></entry>\n"
    " <entry><resource><Observation><code><text value=\"Blood pressure\"/></code>\n"
    "  <component><code><text value=\"Systolic\"/></code><valueQuantity><value "
    "value=\"120\"/><unit value=\"mmHg\"/></valueQuantity></component>\n"
    "  <component><code><text value=\"Diastolic\"/></code><valueQuantity><value "
    "value=\"80\"/><unit value=\"mmHg\"/></valueQuantity></component>\n"
    " </Observation></resource></entry>\n"
    " <entry><resource><Communication><payload><contentString value=\"CPR was "
    "started\"/></payload></Communication></resource></entry>\n"
    " <entry><resource><MedicationStatement><medicationCodeableConcept><text "
    "value=\"Aspirin\"/></medicationCodeableConcept>\n"
    "  <dosage><text value=\"one a day\"/></dosage></MedicationStatement></resource></entry>\n"
    " <entry><resource><AllergyIntolerance><code><text "
    "value=\"Penicillin\"/></code><reaction><manifestation><text value=\"rash\"/></manifestation>\n"
    "  <severity value=\"severe\"/></reaction></AllergyIntolerance></resource></entry>\n"
    " <entry><resource><QuestionnaireResponse><item><text value=\"Calls\"/><item><text "
    "value=\"Breathing?\"/><answer><valueCoding><display "
    "value=\"Yes\"/></valueCoding></answer></item></item></QuestionnaireResponse></resource></"
    "entry>\n"
    " <entry><resource><Consent><status value=\"active\"/></Consent></resource></entry>\n"
    "</Bundle>\n";

static const char *const said[] = {
    "\"words\": \"Fall, on the floor\"",
    "\"priority_asked\": \"two-hour\"",
    "\"family\": \"Example\"",
    "\"given\": \"Ann Bea\"",
    "\"value\": \"9990000018\"",
    "\"rank\": 1",
    "\"interpreter\": true",
    "\"deceased\": false",
    "\"birth_date\": \"1945-06-15\"",
    "\"Flat 2\"",
    "\"Corner shop\"",
    "\"latitude\": \"51.5\"",
    "\"callback\": \"020 7946 0990\"",
    "\"name\": \"Control <999> & Co\"",
    "\"words\": \"Soon please\"",
    "\"words\": \"Blood pressure: Systolic 120 mmHg, Diastolic 80 mmHg\"",
    "\"words\": \"CPR was started\"",
    "\"words\": \"Aspirin: one a day\"",
    "\"words\": \"Penicillin: rash, severe\"",
    "\"words\": \"Calls\\nBreathing?: Yes\"",
    "\"code\": \"position-exchanged\"",
    "\"decision\": \"given\"",
};

static char *record_of(struct rd_text body)
{
    const struct rd_fhir_headers headers = {
        .request_id = RD_TEXT("00000000-0000-4000-8000-000000000001"),
        .correlation_id = RD_TEXT("00000000-0000-4000-8000-000000000002")};
    struct rd_arena arena;
    struct rd_fhir_read read;
    struct rd_buf json;
    rd_arena_init(&arena, rd_alloc_heap(), 8 << 20);
    rd_buf_init(&json, rd_alloc_heap());
    assert_int_equal(
        rd_fhir_read(RD_TEXT("cad"), RD_ENVIRONMENT_LIVE, &headers, body, &arena, &read), RD_OK);
    if (read.failure.http != 0)
        fail_msg("%u %.*s", read.failure.http, RD_TEXT_ARG(read.failure.diagnostics));
    rd_json_write(&rd_referral_shape, read.submission.referral, &json);
    rd_buf_put(&json, "", 1);
    char *out = strdup((const char *)json.bytes);
    rd_buf_fini(&json);
    rd_arena_fini(&arena);
    return out;
}

static void everything_that_is_said(void **state)
{
    (void)state;
    char *record = record_of(rd_text_of(message));
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (strstr(record, said[i]) == NULL)
            fail_msg("%s is missing from\n%s", said[i], record);
    free(record);
}

static void the_json_form_says_the_same(void **state)
{
    struct rd_errbuf why;
    (void)state;
    json_t *bundle = rd_fhir_load(rd_text_of(message), &why);
    assert_non_null(bundle);
    char *json = json_dumps(bundle, JSON_COMPACT);
    char *of_json = record_of(rd_text_of(json));
    char *of_xml = record_of(rd_text_of(message));
    assert_string_equal(of_json, of_xml);
    json_decref(bundle);
    free(json);
    free(of_json);
    free(of_xml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_is_said),
        cmocka_unit_test(the_json_form_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
