/* JSON back to model structs: whatever rd_json_write prints is read again, and nothing else. */
#include "ctl/json_read.h"

#include "fill.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), 256 * 1024 * 1024);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    rd_arena_fini(*state);
    return 0;
}

/* As JSON twice: texts with U+0000 and instants below a millisecond are not in it the first time.
 */
static void what_is_printed_is_read(void **state)
{
    size_t compared = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct fill fill = {.state = seed, .arena = *state, .budget = 40};
        struct rd_submission in = {0};
        struct rd_submission out;
        struct rd_buf first;
        struct rd_buf second;
        struct rd_errbuf why = {{0}};
        fill_struct(&fill, &rd_submission_shape, &in);
        rd_buf_init(&first, rd_alloc_heap());
        rd_buf_init(&second, rd_alloc_heap());
        rd_json_write(&rd_submission_shape, &in, &first);
        if (rd_json_read("x", &rd_submission_shape, rd_buf_text(&first), *state, &out, &why) !=
            RD_OK)
            fail_msg("seed %llu: %s", (unsigned long long)seed, why.text);
        rd_json_write(&rd_submission_shape, &out, &second);
        rd_buf_put(&first, "", 1);
        rd_buf_put(&second, "", 1);
        if (strstr((const char *)first.bytes, "T00:00:00.000Z") == NULL) {
            assert_string_equal((const char *)first.bytes, (const char *)second.bytes);
            compared++;
        }
        rd_buf_fini(&first);
        rd_buf_fini(&second);
    }
    assert_true(compared > 20);
}

static void mistakes_are_named_with_their_place(void **state)
{
    static const struct {
        const char *json, *words;
    } cases[] = {
        {"{\"feed\": 3}", "x: Submission.feed: expected a string"},
        {"{\"fead\": \"a\"}", "x: Submission.fead: no such member"},
        {"{\"action\": \"nwe\"}", "x: Submission.action: expected a value of Action: new"},
        {"{\"received\": \"today\"}", "x: Submission.received: expected a time"},
        {"{\"back_entry\": 1}", "x: Submission.back_entry: expected true or false"},
        {"{\"digest\": \"?\"}", "x: Submission.digest: expected base 64"},
        {"{\"referral\": {\"needs\": [{\"words\": \"a\"}, 4]}}",
         "x: Submission.referral.needs[1]: expected an object"},
        {"{\n \"feed\": }", "x:2:10: "},
        {"", "expected one JSON object"},
        {"{\"feed\": \"a\", \"feed\": \"b\"}", "duplicate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_submission out;
        struct rd_errbuf why = {{0}};
        assert_int_not_equal(
            rd_json_read("x", &rd_submission_shape, rd_text_of(cases[i].json), *state, &out, &why),
            RD_OK);
        if (strstr(why.text, cases[i].words) == NULL)
            fail_msg("expected \"%s\" in \"%s\"", cases[i].words, why.text);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {T(what_is_printed_is_read),
                                       T(mistakes_are_named_with_their_place)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
