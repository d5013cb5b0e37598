/* Every published message in shared/fixtures/hl7v2 against its reviewed expectation in
 * tests/data/hl7v2, and those of our own making in tests/data/hl7v2/itk (the UK's ITK profile
 * of 2.4, Welsh writings) against theirs: the canonical record, or the refusal. RD_WRITE=1 in the
 * environment writes what is found instead, for review. */
#include "adapters/hl7v2/hl7_read.h"
#include "tests/lib/fixtures.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void one(const char *path, struct rd_text bytes, struct rd_buf *out)
{
    (void)path;
    struct rd_arena arena;
    struct rd_hl7_read read;
    const struct rd_hl7_mapping mapping = {.zone = &rd_zone_london};
    rd_arena_init(&arena, rd_alloc_heap(), 4 << 20);
    assert_int_equal(rd_hl7_read(&mapping, RD_TEXT("fixture"), bytes, &arena, &read), RD_OK);
    read.submission.original = RD_TEXT_NONE; /* the fixture itself */
    rd_json_write(&rd_submission_shape, &read.submission, out);
    rd_buf_put_string(out, "\n");
    rd_arena_fini(&arena);
}

static void every_fixture(void **state)
{
    (void)state;
    int count = rd_fixtures_each("hl7v2", ".hl7", "hl7v2", one);
    printf("hl7 fixtures: %d compared\n", count);
    assert_int_equal(count, 19);
}

static void every_message_of_the_uk_profile(void **state)
{
    (void)state;
    int count = rd_fixtures_own("hl7v2/itk", ".hl7", one);
    printf("hl7 itk messages: %d compared\n", count);
    assert_int_equal(count, 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_fixture),
                                       cmocka_unit_test(every_message_of_the_uk_profile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
