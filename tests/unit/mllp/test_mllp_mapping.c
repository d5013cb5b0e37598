/* Mappings: every key, and every fault with its file, line and column. */
#include "adapters/mllp/mapping.h"

#include "rules/load/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char path[] = RD_BINARY_DIR "/test_mllp_mapping.yaml";

static const struct rd_rules *against; /* NULL: any need is taken */

static enum rd_err read_yaml(const char *yaml, struct rd_arena *arena, struct rd_hl7_mapping *out,
                             struct rd_errbuf *why)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(yaml, file) >= 0);
    assert_int_equal(fclose(file), 0);
    enum rd_err err = mllp_mapping_read_file(path, &rd_zone_london, against, arena, out, why);
    assert_int_equal(unlink(path), 0);
    return err;
}

static void every_key(void **state)
{
    struct rd_arena arena;
    struct rd_hl7_mapping m;
    struct rd_errbuf why = {""};
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 1 << 20);
    if (read_yaml("pathway: ZDP-2\npathway-codes: {P1: 1}\npriority: ZRF-1.2\n"
                  "priority-codes: {U: two-hour}\nneed: ZRF-2\nneed-codes: {77: fall}\n"
                  "default-priority: two-day\nnhs-number: PID-19\npractice: PD1-4.1\n"
                  "charset: iso-8859-14\nsite: PV1-3.4\n",
                  &arena, &m, &why) != RD_OK)
        fail_msg("%s", why.text);
    assert_string_equal(m.pathway.segment, "ZDP");
    assert_int_equal(m.pathway_codes_count, 1);
    assert_int_equal(m.priority.component, 2);
    assert_true(rd_text_is(m.priority_codes[0].to, "two-hour"));
    assert_int_equal(m.need.field, 2);
    assert_true(rd_text_is(m.need_codes[0].from, "77") && rd_text_is(m.need_codes[0].to, "fall"));
    assert_int_equal(m.default_priority, RD_PRIORITY_TWO_DAY);
    assert_int_equal(m.nhs_number.field, 19);
    assert_string_equal(m.practice.segment, "PD1");
    assert_int_equal(m.charset, RD_HL7_CHARSET_8859_14);
    assert_int_equal(m.site.component, 4);
    rd_arena_fini(&arena);
}

static void faults_have_their_place(void **state)
{
    static const struct {
        const char *yaml, *place, *said;
    } rows[] = {
        {"pathways: ZDP-2\n", ":1:1:", "pathway"},
        {"site: PV1\n", ":1:7:", "such as"},
        {"site: PV1-3.4\npathway-codes: {P1: 4}\n", ":2:21:", "0, 1, 2 or 3"},
        {"priority-codes: {U: soon}\n", ":1:21:", "two-hour"},
        {"default-priority: soon\n", ":1:19:", "two-day"},
        {"charset: ebcdic\n", ":1:10:", "iso-8859-14"},
        {"need-codes: fall\n", ":1:13:", "map"},
        {"pathway: [\n", ":2:1:", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_arena arena;
        struct rd_hl7_mapping mapping;
        struct rd_errbuf why = {""};
        rd_arena_init(&arena, rd_alloc_heap(), 1 << 20);
        assert_int_equal(read_yaml(rows[i].yaml, &arena, &mapping, &why), RD_E_INVALID);
        if (strstr(why.text, rows[i].place) == NULL || strstr(why.text, rows[i].said) == NULL)
            fail_msg("%s gave \"%s\", expected %s and %s", rows[i].yaml, why.text, rows[i].place,
                     rows[i].said);
        rd_arena_fini(&arena);
    }
}

/* Held against the place's own needs, when there is a place. */
static void a_need_is_one_of_the_place(void **state)
{
    struct rd_rules *rules = NULL;
    struct rd_arena arena;
    struct rd_hl7_mapping mapping;
    struct rd_errbuf why = {""};
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 1 << 20);
    assert_int_equal(
        rd_rules_load(RD_SOURCE_DIR "/rules/places/redbridge", rd_alloc_heap(), NULL, NULL, &rules),
        RD_OK);
    against = rules;
    assert_int_equal(read_yaml("need-codes: {77: fall}\n", &arena, &mapping, &why), RD_OK);
    assert_int_equal(
        read_yaml("need-codes:\n  77: fall\n  78: catheeter\n", &arena, &mapping, &why),
        RD_E_INVALID);
    static const char *const parts[] = {":3:7:", "found \"catheeter\"", "needs.yaml: one of ",
                                        ", catheter", "(did you mean catheter?)"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strstr(why.text, parts[i]) == NULL)
            fail_msg("\"%s\" has no %s", why.text, parts[i]);
    against = NULL;
    assert_int_equal(read_yaml("need-codes: {78: catheeter}\n", &arena, &mapping, &why), RD_OK);
    rd_rules_free(rules);
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_key),
                                       cmocka_unit_test(faults_have_their_place),
                                       cmocka_unit_test(a_need_is_one_of_the_place)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
