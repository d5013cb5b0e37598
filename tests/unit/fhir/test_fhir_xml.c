/* FHIR in XML: the published bundles there and back, lists and primitives, what is refused. */
#include "adapters/fhir/fhir_xml.h"
#include "base/alloc.h"
#include "tests/lib/fixtures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* XML has no number type: a decimal comes back as its text. */
static json_t *without_reals(json_t *value)
{
    char text[40];
    const char *key = NULL;
    json_t *member = NULL;
    size_t index = 0;
    if (json_is_real(value)) {
        (void)snprintf(text, sizeof text, "%.17g", json_real_value(value));
        return json_string(text);
    }
    if (json_is_array(value)) {
        json_t *out = json_array();
        json_array_foreach(value, index, member)(void)
            json_array_append_new(out, without_reals(member));
        return out;
    }
    if (json_is_object(value)) {
        json_t *out = json_object();
        json_object_foreach(value, key, member)(void)
            json_object_set_new(out, key, without_reals(member));
        return out;
    }
    return json_incref(value);
}

static json_t *there_and_back(json_t *resource)
{
    struct rd_errbuf why = {""};
    struct rd_buf xml;
    rd_buf_init(&xml, rd_alloc_heap());
    assert_true(rd_fhir_to_xml(resource, &xml));
    assert_true(rd_fhir_is_xml(rd_buf_text(&xml)));
    json_t *back = rd_fhir_from_xml(rd_buf_text(&xml), &why);
    assert_string_equal(why.text, "");
    rd_buf_fini(&xml);
    return back;
}

static void test_published_bundles_there_and_back(void **state)
{
    static const char *const names[] = {"validation-request",
                                        "validation-response",
                                        "validation-request-reply",
                                        "booking-request",
                                        "operation-outcome/400-REC_BAD_REQUEST-invalid",
                                        "operation-outcome/409-REC_CONFLICT-duplicate"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];
        struct rd_buf bytes;
        (void)snprintf(path, sizeof path, "%s/../shared/fixtures/bars/%s.json", RD_SOURCE_DIR,
                       names[i]);
        rd_fixture_read(path, &bytes);
        json_t *read = json_loadb((const char *)bytes.bytes, bytes.len, 0, NULL);
        assert_non_null(read);
        json_t *expected = without_reals(read);
        json_t *back = there_and_back(read);
        if (!json_equal(back, expected)) {
            char *a = json_dumps(expected, JSON_INDENT(1) | JSON_SORT_KEYS);
            char *b = json_dumps(back, JSON_INDENT(1) | JSON_SORT_KEYS);
            size_t at = 0;
            while (a[at] != '\0' && a[at] == b[at])
                at++;
            fail_msg("%s: expected ...%.120s\nfound ...%.120s", names[i],
                     a + (at > 60 ? at - 60 : 0), b + (at > 60 ? at - 60 : 0));
        }
        json_decref(read);
        json_decref(expected);
        json_decref(back);
        rd_buf_fini(&bytes);
    }
}

#define IN(type, inner) "<" type " xmlns=\"http://hl7.org/fhir\">" inner "</" type ">"

static void test_elements_and_values(void **state)
{
    static const struct {
        const char *xml, *json;
    } cases[] = {
        {IN("Patient", "<id value=\"p1\"/>"), "{'resourceType': 'Patient', 'id': 'p1'}"},
        /* one of a list is a list; one of a single is not */
        {IN("Patient", "<name><family value=\"A &amp; B\"/><given value=\"C\"/></name>"),
         "{'resourceType': 'Patient', 'name': [{'family': 'A & B', 'given': ['C']}]}"},
        {"<Flag xmlns=\"http://hl7.org/fhir\" value=\"x\"/>", /* a resource has no value */
         "{'resourceType': 'Flag'}"},
        {IN("Organization", "<name value=\"Ward 9\"/>"),
         "{'resourceType': 'Organization', 'name': 'Ward 9'}"},
        {IN("Location", "<address><line value=\"1 High Road\"/></address>"),
         "{'resourceType': 'Location', 'address': {'line': ['1 High Road']}}"},
        /* a list that we do not know comes as one when there are two */
        {IN("Basic", "<thing value=\"1\"/><thing value=\"2\"/>"),
         "{'resourceType': 'Basic', 'thing': ['1', '2']}"},
        {IN("Patient", "<deceasedBoolean value=\"true\"/><telecom><rank value=\"2\"/></telecom>"),
         "{'resourceType': 'Patient', 'deceasedBoolean': true, 'telecom': [{'rank': 2}]}"},
        {IN("Patient", "<birthDate value=\"1945\"><extension url=\"u\"><valueCode value=\"c\"/>"
                       "</extension></birthDate>"),
         "{'resourceType': 'Patient', 'birthDate': '1945', '_birthDate': "
         "{'extension': [{'url': 'u', 'valueCode': 'c'}]}}"},
        {IN("Bundle", "<entry><fullUrl value=\"x\"/><resource><Flag><status value=\"active\"/>"
                      "</Flag></resource></entry>"),
         "{'resourceType': 'Bundle', 'entry': [{'fullUrl': 'x', 'resource': "
         "{'resourceType': 'Flag', 'status': 'active'}}]}"},
        {IN("Patient", "<contained><Organization><id value=\"o\"/></Organization></contained>"),
         "{'resourceType': 'Patient', 'contained': [{'resourceType': 'Organization', 'id': 'o'}]}"},
        {"\xef\xbb\xbf<?xml version=\"1.0\"?><!-- a note --><f:Flag "
         "xmlns:f=\"http://hl7.org/fhir\">"
         "<f:status value=\"a\nb\"/></f:Flag>",
         "{'resourceType': 'Flag', 'status': 'a b'}"}, /* XML itself makes it a blank */
        {IN("Flag",
            "<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">"
            "<p class=\"x\">1 &lt; 2<br/></p></div></text>"),
         "{'resourceType': 'Flag', 'text': {'status': 'generated', 'div': "
         "'<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><p class=\\\"x\\\">1 &lt; 2"
         "<br></br></p></div>'}}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[1024];
        struct rd_errbuf why = {""};
        size_t len = strlen(cases[i].json);
        memcpy(expected, cases[i].json, len + 1);
        for (size_t k = 0; k < len; k++)
            if (expected[k] == '\'')
                expected[k] = '"';
        json_t *wanted = json_loads(expected, 0, NULL);
        json_t *found = rd_fhir_load(rd_text_of(cases[i].xml), &why);
        assert_non_null(wanted);
        assert_string_equal(why.text, "");
        if (!json_equal(wanted, found))
            fail_msg("case %zu: %s", i, json_dumps(found, 0));
        json_decref(there_and_back(found));
        json_decref(wanted);
        json_decref(found);
    }
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *xml, *words;
    } cases[] = {
        {"<Patient/>", "line 1, column 1: an element that is not FHIR's"},
        {IN("Patient", "\n<x:name xmlns:x=\"urn:x\"/>"),
         "line 2, column 1: an element that is not"},
        {"<!DOCTYPE Patient [<!ENTITY a \"b\">]>" IN("Patient", "<id value=\"&a;\"/>"),
         "a document type"},
        {IN("Patient", "<id value=\"&a;\"/>"), "undefined entity"},
        {IN("Patient", "<id>"), "mismatched tag"},
        {"<Patient xmlns=\"http://hl7.org/fhir\">", "no element found"},
        {IN("Patient", "<id value=\"\xff\"/>"), "not well-formed"},
        {"<", "line 1"},
        {"<div xmlns=\"http://www.w3.org/1999/xhtml\"/>",
         "line 1, column 1: a narrative that is of"},
        {IN("Bundle", "<entry><resource><Flag/>\n<Flag/></resource></entry>"),
         "line 2, column 8: a second resource"},
        {IN("Patient", "<contained><Flag/><Basic/></contained>"), "a second resource"},
    };
    struct rd_errbuf why = {""};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        why.text[0] = '\0';
        assert_null(rd_fhir_from_xml(rd_text_of(cases[i].xml), &why));
        if (strstr(why.text, cases[i].words) == NULL)
            fail_msg("case %zu: %s", i, why.text);
    }
    for (int extra = 0; extra <= 1; extra++) { /* the deepest, and one deeper */
        struct rd_buf text;
        rd_buf_init(&text, rd_alloc_heap());
        rd_buf_put_string(&text, "<Flag xmlns=\"http://hl7.org/fhir\">");
        for (int i = 1; i < RD_FHIR_XML_DEPTH_MAX + extra; i++)
            rd_buf_put_string(&text, "<a>");
        for (int i = 1; i < RD_FHIR_XML_DEPTH_MAX + extra; i++)
            rd_buf_put_string(&text, "</a>");
        rd_buf_put_string(&text, "</Flag>");
        json_t *found = rd_fhir_from_xml(rd_buf_text(&text), &why);
        rd_buf_fini(&text);
        assert_int_equal(found == NULL, extra);
        json_decref(found);
    }
    assert_non_null(strstr(why.text, "too deep"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_bundles_there_and_back),
        cmocka_unit_test(test_elements_and_values),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
