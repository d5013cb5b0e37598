/* HL7 v2: what PID says of the person, and what of it was not understood. */
#include "adapters/hl7v2/hl7_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#define MSH "MSH|^~\\&|PAS|RF4|SPA|RED|20261121090000||"

struct fixture {
    struct rd_arena arena;
    struct rd_hl7_mapping mapping;
    struct rd_hl7_read read;
};

static int setup(void **state)
{
    static struct fixture fixture;
    rd_arena_init(&fixture.arena, rd_alloc_heap(), 1 << 20);
    fixture.mapping = (struct rd_hl7_mapping){.zone = &rd_zone_london};
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    rd_arena_fini(&f->arena);
    return 0;
}

static const struct rd_hl7_read *read_string(struct fixture *f, const char *bytes)
{
    rd_arena_reset(&f->arena);
    assert_int_equal(
        rd_hl7_read(&f->mapping, RD_TEXT("kgh-pas"), rd_text_of(bytes), &f->arena, &f->read),
        RD_OK);
    return &f->read;
}

static void assert_text(struct rd_text text, const char *expected)
{
    if (!rd_text_is(text, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, RD_TEXT_ARG(text));
}

/* -1: the record says nothing. What is not understood is remarked, never read as alive. */
static void whether_somebody_died(void **state)
{
    static const struct {
        const char *fields, *issue;
        int dead;
    } rows[] = {{"|Y", NULL, 1},
                {"|1", NULL, 1},
                {"|n", NULL, 0},
                {"|", NULL, -1},
                {"20261102|", NULL, 1},
                {"|\"\"", NULL, -1},
                {"|D", "deceased-not-understood", -1},
                {"20261102|9", "deceased-not-understood", 1},
                {"20261102|N", "deceased-contradiction", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[512];
        (void)snprintf(bytes, sizeof bytes,
                       MSH "ADT^A31|D1|P|2.4\rEVN|A31|20261120\rPID|1||9990000018^^^NHS||TEST^ANNA|"
                           "|||||||||||||||||||||||%s\r",
                       rows[i].fields);
        const struct rd_referral *r = read_string(*state, bytes)->submission.referral;
        assert_int_equal(r->person->deceased.has ? r->person->deceased.value : -1, rows[i].dead);
        assert_int_equal(r->facts_count, rows[i].dead == 1 ? 2 : 1);
        assert_int_equal(r->issues_count, rows[i].issue != NULL);
        if (rows[i].issue != NULL)
            assert_text(r->issues[0].code, rows[i].issue);
        if (rows[i].dead == 1 && rows[i].fields[0] == '2')
            assert_text(r->facts[1].occurred->original, "20261102"); /* not EVN's */
        else if (rows[i].dead == 1)
            assert_null(r->facts[1].occurred);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whether_somebody_died, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
