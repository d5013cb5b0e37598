/* Every published BaRS example in shared/fixtures/bars against its reviewed expectation in
 * tests/data/bars: the canonical record, or the refusal with its OperationOutcome. RD_WRITE=1
 * writes what is found, for review. */
#include "adapters/fhir/fhir_reply.h"
#include "tests/lib/fixtures.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

/* For a reader: an answer has no line breaks. */
static void put_outcome(const struct rd_fhir_failure *failure, struct rd_buf *out)
{
    struct rd_buf compact;
    rd_buf_init(&compact, rd_alloc_heap());
    rd_fhir_reply_outcome(failure, false, &compact);
    json_t *outcome = json_loadb((const char *)compact.bytes, compact.len, 0, NULL);
    char *text = json_dumps(outcome, JSON_INDENT(2));
    assert_non_null(text);
    rd_buf_put_string(out, text);
    free(text);
    json_decref(outcome);
    rd_buf_fini(&compact);
}

static void one(const char *path, struct rd_text bytes, struct rd_buf *out)
{
    (void)path;
    struct rd_arena arena;
    struct rd_fhir_read read;
    const struct rd_fhir_headers headers = {
        .request_id = RD_TEXT("11111111-2222-4333-8444-555555555555"),
        .correlation_id = RD_TEXT("99999999-8888-4777-8666-555555555555")};
    rd_arena_init(&arena, rd_alloc_heap(), 8 << 20);
    assert_int_equal(
        rd_fhir_read(RD_TEXT("fixture"), RD_ENVIRONMENT_LIVE, &headers, bytes, &arena, &read),
        RD_OK);
    read.submission.original = RD_TEXT_NONE; /* the fixture itself */
    if (read.failure.http != 0) {
        rd_buf_printf(out, "HTTP %u\n", read.failure.http);
        put_outcome(&read.failure, out);
        rd_buf_put_string(out, "\n");
    }
    rd_json_write(&rd_submission_shape, &read.submission, out);
    rd_buf_put_string(out, "\n");
    rd_arena_fini(&arena);
}

static void every_fixture(void **state)
{
    (void)state;
    int count = rd_fixtures_each("bars", ".json", "bars", one);
    int outcomes =
        rd_fixtures_each("bars/operation-outcome", ".json", "bars/operation-outcome", one);
    printf("bars fixtures: %d compared\n", count + outcomes);
    assert_int_equal(count, 6);
    assert_int_equal(outcomes, 21);
}

/* 999 to community services has no published example: these are of our own making. */
static void our_own_of_a4t3(void **state)
{
    (void)state;
    assert_int_equal(rd_fixtures_own("bars/a4t3", ".bundle.json", one), 5);
    assert_int_equal(rd_fixtures_own("bars/a4t3", ".bundle.xml", one), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_fixture),
                                       cmocka_unit_test(our_own_of_a4t3)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
