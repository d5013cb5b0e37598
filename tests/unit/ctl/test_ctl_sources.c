/* Where fields come from: every part is tried, for HL7 v2 and FHIR alike. */
#include "ctl/sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static const char hl7[] =
    "MSH|^~\\&|PAS|RF4|SPA|RED|20261121090000||REF^I12|C1|P|2.4\r"
    "RF1||S||||R7^PAS||||W19^Fall at home^I10\r"
    "PID|1||H1^^^RF4~999 000 0018^^^NHS||EXAMPLE^ANN||19450615|F|||1 HIGH ROAD^^LONDON^^E18 2QD\r"
    "NTE|1||first\r"
    "NTE|2||second\r"
    "QQQ|7|left out\r";

static const char fhir[] =
    "{\"resourceType\":\"Bundle\",\"type\":\"message\",\"meta\":{\"versionId\":\"1.2.0\"},"
    "\"entry\":["
    "{\"resource\":{\"resourceType\":\"MessageHeader\",\"eventCoding\":{\"code\":"
    "\"servicerequest-request\"},\"reason\":{\"coding\":[{\"code\":\"new\"}]}}},"
    "{\"resource\":{\"resourceType\":\"ServiceRequest\",\"id\":\"s1\",\"status\":\"active\","
    "\"priority\":\"stat\",\"implicitRules\":\"left out\",\"category\":[{\"coding\":[{\"system\":"
    "\"https://fhir.nhs.uk/CodeSystem/"
    "message-category-servicerequest\",\"code\":\"referral\"}]}]}},"
    "{\"resource\":{\"resourceType\":\"Patient\",\"birthDate\":\"1945-06-15\",\"name\":[{"
    "\"family\":"
    "\"EXAMPLE\"}],\"telecom\":[{\"value\":\"020 7946 0001\",\"rank\":1}]}}]}";

struct expected {
    const char *path, *value, *where;
};

static const struct ctl_source_field *find(const struct ctl_sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->fields_count; i++)
        if (rd_text_is(sources->fields[i].path, path))
            return &sources->fields[i];
    fail_msg("no field %s", path);
    return NULL;
}

static const struct ctl_part *part(const struct ctl_sources *sources, const char *where)
{
    for (size_t i = 0; i < sources->parts_count; i++)
        if (rd_text_is(sources->parts[i].where, where))
            return &sources->parts[i];
    fail_msg("no part %s", where);
    return NULL;
}

static void check(const struct ctl_sources *sources, const struct expected *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ctl_source_field *field = find(sources, rows[i].path);
        bool named = false;
        for (size_t k = 0; k < field->parts_count; k++)
            named = named || rd_text_is(field->parts[k]->where, rows[i].where);
        if (!named || !rd_text_is(field->value, rows[i].value))
            fail_msg("%s is \"%.*s\" of %zu parts, expected \"%s\" of %s", rows[i].path,
                     RD_TEXT_ARG(field->value), field->parts_count, rows[i].value, rows[i].where);
    }
}

static void each_field_of_hl7(void **state)
{
    static const struct rd_feed feed = {.name = {"gp", 2}, .environment = RD_ENVIRONMENT_LIVE};
    const struct ctl_reading reading = {.feed = &feed, .mapping = {.zone = &rd_zone_london}};
    static const struct expected rows[] = {
        {"referral.priority_asked", "two-hour", "RF1-2"},
        {"referral.source_refs[0].value", "R7", "RF1-6.1"},
        {"referral.needs[0].words", "Fall at home", "RF1-10.2"},
        {"referral.person.ids[1].value", "9990000018", "PID-3[2].1"},
        {"referral.person.ids[1].system", "nhs-number", "PID-3[2].4"},
        {"referral.person.names[0].family", "EXAMPLE", "PID-5.1"},
        {"referral.person.birth_date", "1945-06-15", "PID-7"},
        {"referral.person.gender", "female", "PID-8"},
        {"referral.person.addresses[0].postcode", "E18 2QD", "PID-11.5"},
        {"referral.clinical[1].words", "second", "NTE[2]-3"},
        {"environment", "live", "MSH-11"},
    };
    struct rd_arena arena;
    struct ctl_sources sources;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 16 << 20);
    assert_true(ctl_sources_find(&reading, rd_text_of(hl7), &arena, &sources));
    check(&sources, rows, sizeof rows / sizeof rows[0]);
    assert_false(part(&sources, "QQQ-2")->counts);
    assert_true(part(&sources, "MSH-9.1")->decides);
    assert_false(part(&sources, "PID-5.1")->decides);
    rd_arena_fini(&arena);
}

static void each_field_of_fhir(void **state)
{
    static const struct rd_feed feed = {.name = {"cad", 3}, .environment = RD_ENVIRONMENT_LIVE};
    const struct ctl_reading reading = {.feed = &feed, .fhir = true};
    static const struct expected rows[] = {
        {"referral.priority_asked", "two-hour", "ServiceRequest.priority"},
        {"referral.source_refs[0].value", "s1", "ServiceRequest.id"},
        {"referral.person.birth_date", "1945-06-15", "Patient.birthDate"},
        {"referral.person.names[0].family", "EXAMPLE", "Patient.name[0].family"},
        {"referral.person.telecoms[0].rank", "1", "Patient.telecom[0].rank"},
    };
    struct rd_arena arena;
    struct ctl_sources sources;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 16 << 20);
    assert_true(ctl_sources_find(&reading, rd_text_of(fhir), &arena, &sources));
    check(&sources, rows, sizeof rows / sizeof rows[0]);
    assert_false(part(&sources, "ServiceRequest.implicitRules")->counts);
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_field_of_hl7),
                                       cmocka_unit_test(each_field_of_fhir)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
