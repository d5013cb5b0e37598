/* An update and what is held: which entry counts, what stays, what is renamed. Every published
 * bundle with itself changes nothing. */
#include "adapters/fhir/fhir_merge.h"

#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_xml.h"
#include "tests/lib/fixtures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Apostrophes for quotation marks; an entry: "url|type|lastUpdated|more members". */
static json_t *entry_of(const char *text)
{
    char url[64], type[64], at[64], more[512], json[1024];
    int read = sscanf(text, "%63[^|]|%63[^|]|%63[^|]|%511[^\n]", url, type, at, more);
    assert_int_equal(read, 4);
    (void)snprintf(json, sizeof json, "{'resource': {'resourceType': '%s'%s%s}}", type,
                   more[0] == '-' ? "" : ", ", more[0] == '-' ? "" : more);
    for (char *c = json; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    json_t *entry = json_loads(json, 0, NULL);
    assert_non_null(entry);
    if (url[0] != '-')
        (void)json_object_set_new(entry, "fullUrl", json_string(url));
    if (at[0] != '-')
        (void)json_object_set_new(json_object_get(entry, "resource"), "meta",
                                  json_pack("{s:s}", "lastUpdated", at));
    return entry;
}

struct merging {
    struct rd_buf out;
    struct rd_fhir_merged result;
    json_t *merged;
    enum rd_err err;
};

static char *bundle_of(const char *const *entries, const char *id, const char *at)
{
    json_t *list = json_array();
    for (size_t i = 0; entries[i] != NULL; i++)
        (void)json_array_append_new(list, entry_of(entries[i]));
    json_t *bundle = json_pack("{s:s, s:s, s:s, s:{s:s*}, s:o}", "resourceType", "Bundle", "type",
                               "message", "id", id, "meta", "lastUpdated", at, "entry", list);
    char *text = json_dumps(bundle, 0);
    json_decref(bundle);
    return text;
}

static void merge_texts(struct merging *m, struct rd_text held, struct rd_text update)
{
    rd_buf_init(&m->out, rd_alloc_heap());
    m->err = rd_fhir_merge(held, update, &m->out, &m->result);
    m->merged = json_loadb((const char *)m->out.bytes, m->out.len, 0, NULL);
}

static void merge(struct merging *m, const char *const *held, const char *const *update)
{
    char *one = bundle_of(held, "first", "2026-11-21T09:00:00Z");
    char *other = bundle_of(update, "second", "2026-11-21T10:00:00Z");
    merge_texts(m, rd_text_of(one), rd_text_of(other));
    assert_int_equal(m->err, RD_OK);
    free(one);
    free(other);
}

static void done(struct merging *m)
{
    json_decref(m->merged);
    rd_buf_fini(&m->out);
}

static void counts(const struct merging *m, size_t taken, size_t same_age, size_t older,
                   size_t kept, size_t entries)
{
    assert_int_equal(m->result.taken, taken);
    assert_int_equal(m->result.same_age, same_age);
    assert_int_equal(m->result.older, older);
    assert_int_equal(m->result.kept, kept);
    assert_int_equal(json_array_size(json_object_get(m->merged, "entry")), entries);
}

static const char *text_at(const struct merging *m, const char *path)
{
    const char *found = json_string_value(rd_fhir_at(m->merged, path));
    return found == NULL ? "" : found;
}

#define HEADER(url) url "|MessageHeader|2026-11-21T09:00:00Z|-"
#define LIST (const char *const[])

static void the_newer_entry_counts(void **state)
{
    (void)state;
    struct merging m;
    merge(&m,
          LIST{HEADER("urn:h1"), "urn:a|Flag|2026-11-21T09:00:00Z|'status': 'active'",
               "urn:b|Flag|2026-11-21T09:30:00.5Z|'status': 'active'",
               "urn:c|Flag|2026-11-21T09:00:00Z|'status': 'active'", NULL},
          LIST{HEADER("urn:h2"), "urn:a|Flag|2026-11-21T10:00:01+01:00|'status': 'inactive'",
               "urn:b|Flag|2026-11-21T09:30:00.4999999Z|'status': 'inactive'",
               "urn:c|Flag|2026-11-21T09:00:00Z|'status': 'active'", NULL});
    counts(&m, 1, 0, 1, 0, 4);
    assert_string_equal(text_at(&m, "id"), "second"); /* the message is the update's */
    assert_string_equal(text_at(&m, "entry[0].fullUrl"), "urn:h2");
    assert_string_equal(text_at(&m, "entry[1].resource.status"), "inactive"); /* an offset counts */
    assert_string_equal(text_at(&m, "entry[2].resource.status"), "active");
    done(&m);
}

static void what_is_left_out_stays(void **state)
{
    (void)state;
    struct merging m;
    merge(&m,
          LIST{HEADER("urn:h1"), "urn:f|Flag|2026-11-21T09:00:00Z|'code': {'text': 'safeguarding'}",
               NULL},
          LIST{HEADER("urn:h2"), "urn:g|Flag|-|'code': {'text': 'scene'}", NULL});
    counts(&m, 1, 0, 0, 1, 3);
    assert_string_equal(text_at(&m, "entry[2].resource.code.text"), "safeguarding");
    done(&m);
}

static void of_the_same_age_what_came_later(void **state)
{
    (void)state;
    struct merging m;
    merge(&m,
          LIST{"urn:a|Flag|2026-11-21T09:00:00Z|'status': 'active'",
               "urn:b|Flag|2026-11-21T11:00:00Z|'status': 'active'", "urn:c|Flag|-|'x': '1'", NULL},
          LIST{"urn:a|Flag|2026-11-21T09:00:00Z|'status': 'inactive'",
               "urn:b|Flag|-|'status': 'inactive'", "urn:c|Flag|-|'x': '2'", NULL});
    counts(&m, 2, 1, 1, 0, 3); /* without an age of its own it has its Bundle's */
    assert_string_equal(text_at(&m, "entry[0].resource.status"), "inactive");
    assert_string_equal(text_at(&m, "entry[1].resource.status"), "active");
    assert_string_equal(text_at(&m, "entry[2].resource.x"), "2");
    done(&m);
}

static void nothing_newer_is_seen(void **state)
{
    (void)state;
    struct merging m;
    merge(&m, LIST{HEADER("urn:h1"), "urn:a|Flag|2026-11-21T09:00:00Z|'status': 'active'", NULL},
          LIST{HEADER("urn:h2"), "urn:a|Flag|2026-11-21T08:00:00Z|'status': 'inactive'", NULL});
    counts(&m, 0, 0, 1, 0, 2);
    done(&m);
}

static void one_thing_under_two_names(void **state)
{
    (void)state;
    struct merging m;
    merge(&m,
          LIST{HEADER("urn:h1"), "urn:p1|Patient|2026-11-21T09:00:00Z|'gender': 'female'",
               "urn:f|Flag|2026-11-21T09:00:00Z|'subject': {'reference': 'urn:p1'}",
               "urn:o1|Observation|2026-11-21T09:00:00Z|'subject': {'reference': 'urn:p1'}", NULL},
          LIST{HEADER("urn:h2"), "urn:p2|Patient|2026-11-21T10:00:00Z|'gender': 'other'",
               "urn:o2|Observation|2026-11-21T10:00:00Z|'subject': {'reference': 'urn:p2'}", NULL});
    counts(&m, 2, 0, 0, 1, 4); /* the observation is the same under another name: once */
    assert_string_equal(text_at(&m, "entry[1].resource.gender"), "other");
    assert_string_equal(text_at(&m, "entry[3].resource.subject.reference"), "urn:p2");
    done(&m);
    /* a newer one that is held takes the update's name, so that its references lead to it */
    merge(&m, LIST{"urn:p1|Patient|2026-11-21T11:00:00Z|'gender': 'female'", NULL},
          LIST{"urn:p2|Patient|2026-11-21T10:00:00Z|'gender': 'other'",
               "urn:f|Flag|-|'subject': {'reference': 'urn:p2'}", NULL});
    counts(&m, 1, 0, 1, 0, 2);
    assert_string_equal(text_at(&m, "entry[0].fullUrl"), "urn:p2");
    assert_string_equal(text_at(&m, "entry[0].resource.gender"), "female");
    done(&m);
}

static void names_that_come_twice_and_none(void **state)
{
    (void)state;
    struct merging m;
    merge(&m,
          LIST{"-|Flag|2026-11-21T09:00:00Z|'code': {'text': 'a'}",
               "-|Flag|2026-11-21T09:00:00Z|'code': {'text': 'b'}",
               "-|Flag|2026-11-21T09:00:00Z|'id': '7', 'code': {'text': 'c'}", NULL},
          LIST{"urn:x|Flag|2026-11-21T10:00:00Z|'status': 'new'",
               "urn:x|Flag|2026-11-21T09:00:00Z|'status': 'old'",
               "-|Flag|2026-11-21T10:00:00Z|'code': {'text': 'a'}",
               "-|Flag|2026-11-21T10:00:00Z|'id': '7', 'code': {'text': 'd'}", NULL});
    counts(&m, 2, 0, 0, 1, 4);
    assert_string_equal(text_at(&m, "entry[0].resource.status"), "new");
    assert_string_equal(text_at(&m, "entry[2].resource.code.text"), "d"); /* by type and id */
    assert_string_equal(text_at(&m, "entry[3].resource.code.text"), "b");
    done(&m);
}

static void json_and_xml_together(void **state)
{
    (void)state;
    struct merging m;
    const char *held =
        "{\"resourceType\": \"Bundle\", \"entry\": [{\"fullUrl\": \"urn:l\", \"resource\": "
        "{\"resourceType\": \"Location\", \"meta\": {\"lastUpdated\": \"2026-11-21T09:00:00Z\"}, "
        "\"position\": {\"latitude\": 53.79, \"longitude\": -1.5417544014466307}}}]}";
    const char *update =
        "<Bundle xmlns=\"http://hl7.org/fhir\"><entry><fullUrl value=\"urn:f\"/><resource><Flag>"
        "<status value=\"active\"/></Flag></resource></entry></Bundle>";
    merge_texts(&m, rd_text_of(held), rd_text_of(update));
    counts(&m, 1, 0, 0, 1, 2);
    assert_string_equal(text_at(&m, "entry[0].resource.status"), "active");
    rd_buf_put(&m.out, "", 1);
    assert_non_null(strstr((const char *)m.out.bytes, "53.79,")); /* as few digits as it takes */
    assert_non_null(strstr((const char *)m.out.bytes, "-1.5417544014466307"));
    done(&m);
}

static void what_does_not_go_together(void **state)
{
    (void)state;
    struct merging m;
    static const char *const others[] = {"{}", "[]", "not json", "",
                                         "{\"resourceType\": \"Bundle\"}"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        merge_texts(&m, rd_text_of(others[i]),
                    RD_TEXT("{\"resourceType\": \"Bundle\", \"entry\": []}"));
        assert_int_equal(m.err, RD_E_MALFORMED);
        done(&m);
    }
    for (size_t more = 0; more <= 1; more++) { /* at the limit, and one past it */
        struct rd_buf text;
        rd_buf_init(&text, rd_alloc_heap());
        rd_buf_put_string(&text, "{\"resourceType\": \"Bundle\", \"entry\": [{}");
        for (size_t i = 1; i < 1024 + more; i++)
            rd_buf_put_string(&text, ",{}");
        rd_buf_put_string(&text, "]}");
        merge_texts(&m, rd_buf_text(&text), rd_buf_text(&text));
        assert_int_equal(m.err, more == 0 ? RD_OK : RD_E_TOOBIG);
        rd_buf_fini(&text);
        done(&m);
    }
}

static void a_bundle_with_itself(void **state)
{
    (void)state;
    struct merging m;
    struct rd_buf bytes;
    rd_fixture_read(RD_SOURCE_DIR "/../shared/fixtures/bars/validation-request.json", &bytes);
    merge_texts(&m, rd_buf_text(&bytes), rd_buf_text(&bytes));
    json_t *before = json_loadb((const char *)bytes.bytes, bytes.len, 0, NULL);
    counts(&m, 0, 0, 0, 0, json_array_size(json_object_get(before, "entry")));
    assert_true(json_equal(before, m.merged));
    json_decref(before);
    rd_buf_fini(&bytes);
    done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newer_entry_counts),
        cmocka_unit_test(what_is_left_out_stays),
        cmocka_unit_test(of_the_same_age_what_came_later),
        cmocka_unit_test(nothing_newer_is_seen),
        cmocka_unit_test(one_thing_under_two_names),
        cmocka_unit_test(names_that_come_twice_and_none),
        cmocka_unit_test(json_and_xml_together),
        cmocka_unit_test(what_does_not_go_together),
        cmocka_unit_test(a_bundle_with_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
