/* MSH-13, the sequence number protocol: whose numbers, which values count, and MSA-4. */
#include "adapters/hl7v2/hl7_ack.h"
#include "adapters/hl7v2/hl7_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ARENA_BYTES = 1 << 20 };

struct fixture {
    struct rd_arena arena;
    struct rd_hl7_read read;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    rd_arena_init(&f->arena, rd_alloc_heap(), ARENA_BYTES);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    rd_arena_fini(&f->arena);
    free(f);
    return 0;
}

static const struct rd_submission *read_with(struct fixture *f, const char *application,
                                             const char *number)
{
    const struct rd_hl7_mapping mapping = {.zone = rd_zone_find(RD_TEXT("Europe/London"))};
    struct rd_text text = rd_arena_format(
        &f->arena,
        "MSH|^~\\&|%s|RF4^King George^ODS|SPA|RED|20261123||ADT^A08|C1|P|2.4|%s\rPID|1||1^^^X",
        application, number);
    assert_int_equal(rd_hl7_read(&mapping, RD_TEXT("kgh-pas"), text, &f->arena, &f->read), RD_OK);
    return &f->read.submission;
}

static void numbers_are_of_the_sending_system(void **state)
{
    const struct rd_submission *s = read_with(*state, "PAS^1", "102");
    assert_int_equal(s->sequence, 102);
    assert_true(rd_text_is(s->sequence_of, "PAS|RF4"));
}

static void zero_asks_and_minus_one_counts_anew(void **state)
{
    assert_int_equal(read_with(*state, "PAS", "0")->sequence, 0);
    assert_true(rd_text_present(read_with(*state, "PAS", "0")->sequence_of));
    assert_int_equal(read_with(*state, "PAS", "-1")->sequence, -1);
}

static void other_values_are_nobodys_numbers(void **state)
{
    static const char *const values[] = {"", "-2", "A12", "1.5", "99999999999999999999", "\"\""};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const struct rd_submission *s = read_with(*state, "PAS", values[i]);
        assert_int_equal(s->sequence, 0);
        assert_false(rd_text_present(s->sequence_of));
    }
    char name[400];
    memset(name, 'A', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_false(rd_text_present(read_with(*state, name, "5")->sequence_of));
}

static void the_expected_number_is_the_fourth_field(void **state)
{
    struct fixture *f = *state;
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    (void)read_with(f, "PAS", "0");
    struct rd_hl7_ack ack = {.code = "AA", .expected = 103, .control_id = RD_TEXT("1")};
    rd_hl7_ack_write(&f->read.header, &ack, &out);
    rd_buf_put(&out, "", 1);
    assert_non_null(strstr((const char *)out.bytes, "\rMSA|AA|C1||103\r"));
    rd_buf_clear(&out);
    ack.words = RD_TEXT("7K3Q9-M2X4T");
    ack.expected = -1;
    rd_hl7_ack_write(&f->read.header, &ack, &out);
    rd_buf_put(&out, "", 1);
    assert_non_null(strstr((const char *)out.bytes, "\rMSA|AA|C1|7K3Q9-M2X4T|-1\r"));
    rd_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(numbers_are_of_the_sending_system),
        T(zero_asks_and_minus_one_counts_anew),
        T(other_values_are_nobodys_numbers),
        T(the_expected_number_is_the_fourth_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
