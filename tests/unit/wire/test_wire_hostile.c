/* What a peer may send on purpose: never a crash, never more memory than the named bound, and a
 * refusal that says where. */
#include "wire/wire.h"

#include "faulty.h"
#include "fill.h"
#include "model/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { UNKNOWN = 2000 }; /* a field number that no message has; its tag takes two bytes */

struct bench {
    struct faulty memory;
    struct rd_arena arena;
    struct rd_buf frame;
    struct rd_message message;
    struct rd_errbuf why;
};

static int set_up(void **state)
{
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    faulty_init(&bench.memory, 0);
    rd_arena_init(&bench.arena, &bench.memory.alloc, SIZE_MAX / 2);
    rd_buf_init(&bench.frame, rd_alloc_heap());
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    rd_arena_fini(&bench->arena);
    rd_buf_fini(&bench->frame);
    return (int)bench->memory.held;
}

static enum rd_err decode(struct bench *bench)
{
    rd_arena_reset(&bench->arena);
    return rd_wire_decode(&rd_message_shape, rd_buf_text(&bench->frame), &bench->arena,
                          &bench->message, &bench->why);
}

static void put_varint(struct rd_buf *buf, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        rd_buf_put(buf, &(unsigned char){(unsigned char)(value | 0x80)}, 1);
    rd_buf_put(buf, &(unsigned char){(unsigned char)value}, 1);
}

static void put_head(struct rd_buf *buf, uint32_t field, size_t len)
{
    put_varint(buf, (field << 3) | 2);
    put_varint(buf, len);
}

/* One field of `piece` again and again inside arm `field` of a message. */
static void repeat(struct bench *bench, uint32_t field, const char *piece, size_t len, size_t times)
{
    rd_buf_clear(&bench->frame);
    put_head(&bench->frame, field, len * times);
    for (size_t i = 0; i < times; i++)
        rd_buf_put(&bench->frame, piece, len);
    assert_false(bench->frame.failed);
}

static void refused_within_bounds(struct bench *bench)
{
    assert_int_equal(decode(bench), RD_E_TOOBIG);
    /* A block's rest is left behind when something larger comes: at most once more. */
    assert_in_range(bench->memory.peak_bytes, 0, 2 * RD_DECODE_ARENA_BYTES_MAX);
}

static void a_mebibyte_of_empty_messages(void **state)
{
    struct bench *bench = *state;
    repeat(bench, 22, "\x1A\x00", 2, 524288); /* Opened.submissions */
    refused_within_bounds(bench);
    repeat(bench, 6, "\x12\x00", 2, 524288); /* Submit.submission, merged with itself */
    refused_within_bounds(bench);
    repeat(bench, 25, "\x2A\x02\x42\x00", 4, 262144); /* QueryResult.entries.received */
    refused_within_bounds(bench);
}

static void a_mebibyte_of_unknown_fields(void **state)
{
    struct bench *bench = *state;
    repeat(bench, 4, "\x78\x00", 2, 524288); /* Ping has no field 15 */
    refused_within_bounds(bench);
    repeat(bench, 4, "\x78\x00", 2, 1000); /* a newer peer's: ignored */
    assert_int_equal(decode(bench), RD_OK);
    assert_non_null(bench->message.ping);
}

static void lists_over_their_limit_name_the_list(void **state)
{
    struct bench *bench = *state;
    repeat(bench, 7, "\x82\x01\x00", 3, RD_LIST_ITEMS_MAX); /* SubmitResult.issues */
    assert_int_equal(decode(bench), RD_OK);
    repeat(bench, 7, "\x82\x01\x00", 3, RD_LIST_ITEMS_MAX + 1);
    assert_int_equal(decode(bench), RD_E_TOOBIG);
    assert_string_equal(bench->why.text, "submit_result.issues: 257 items, at most 256");
}

/* A nest of length-delimited unknown fields is one unknown field: no recursion. */
static void deep_unknown_nesting(void **state)
{
    struct bench *bench = *state;
    enum { DEPTH = 20000, HEAD_BYTES = 5 };
    rd_buf_clear(&bench->frame);
    for (size_t level = DEPTH; level-- > 0;) {
        size_t len = level * HEAD_BYTES; /* three bytes of length, even when it is small */
        unsigned char head[HEAD_BYTES] = {0x82, 0x7D, 0x80, 0x80, (unsigned char)(len >> 14)};
        head[2] = (unsigned char)(0x80 | (len & 0x7F));
        head[3] = (unsigned char)(0x80 | (len >> 7 & 0x7F));
        rd_buf_put(&bench->frame, head, sizeof head);
    }
    assert_int_equal(decode(bench), RD_OK);
    rd_buf_clear(&bench->frame);
    for (size_t i = 0; i < DEPTH; i++)
        put_varint(&bench->frame, (UNKNOWN << 3) | 3); /* group start, never ended */
    assert_int_equal(decode(bench), RD_E_MALFORMED);
}

struct bad_frame {
    const char *bytes;
    size_t len;
    enum rd_err want;
    const char *why;
};
#define BAD(bytes, want, why)                                                                      \
    {                                                                                              \
        (bytes), sizeof(bytes) - 1, (want), (why)                                                  \
    }

static void bad_frames_are_refused_with_the_place(void **state)
{
    struct bench *bench = *state;
    static const struct bad_frame rows[] = {
        BAD("\x0A\x05\x1A\x03"
            "a\0b",
            RD_E_MALFORMED, "hello.program: not UTF-8, or has a NUL byte"),
        BAD("\x0A\x04\x1A\x02\xC3\x28", RD_E_MALFORMED,
            "hello.program: not UTF-8, or has a NUL byte"),
        BAD("\x0A\x05\x1A\x03\xED\xA0\x80", RD_E_MALFORMED,
            "hello.program: not UTF-8, or has a NUL byte"),
        BAD("\x1A\x02\x10\x63", RD_E_MALFORMED, "refused.code: unknown value"),
        BAD("\x1A\x0B\x10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", RD_E_MALFORMED,
            "refused.code: unknown value"),
        BAD("\x3A\x0A\x30\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", RD_E_MALFORMED,
            "submit_result.held_at: an instant outside the years 1 to 9999"),
        BAD("\x0A\x7F", RD_E_MALFORMED, "Envelope: not a protobuf message of that type"),
        BAD("\x0A\xFF\xFF\xFF\xFF\x07", RD_E_MALFORMED,
            "Envelope: not a protobuf message of that type"),
        BAD("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", RD_E_MALFORMED,
            "Envelope: not a protobuf message of that type"),
        BAD("\x08\x01", RD_E_MALFORMED, "Envelope: not a protobuf message of that type"),
        BAD("\x0A", RD_E_MALFORMED, "Envelope: not a protobuf message of that type"),
        BAD("\x00\x00", RD_E_MALFORMED, "Envelope: not a protobuf message of that type"),
        BAD("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", RD_E_MALFORMED,
            "Envelope: not a protobuf message of that type"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rd_buf_clear(&bench->frame);
        rd_buf_put(&bench->frame, rows[i].bytes, rows[i].len);
        bench->why.text[0] = '\0';
        enum rd_err err = decode(bench);
        if (err != rows[i].want || strcmp(bench->why.text, rows[i].why) != 0)
            fail_msg("row %zu: %s: \"%s\"", i, rd_err_text(err), bench->why.text);
    }
}

static void the_last_arm_of_a_message_holds(void **state)
{
    struct bench *bench = *state;
    rd_buf_put(&bench->frame, "\x22\x02\x08\x07\x2A\x02\x08\x09", 8); /* ping, then pong */
    assert_int_equal(decode(bench), RD_OK);
    assert_null(bench->message.ping);
    assert_non_null(bench->message.pong);
    assert_int_equal(bench->message.pong->token, 9);
}

static void frames_end_at_their_limit(void **state)
{
    struct bench *bench = *state;
    struct rd_text too_long = {NULL, RD_FRAME_BYTES_MAX + 1};
    too_long.ptr = calloc(1, too_long.len);
    assert_non_null(too_long.ptr);
    enum rd_err err =
        rd_wire_decode(&rd_message_shape, too_long, &bench->arena, &bench->message, &bench->why);
    free((void *)(uintptr_t)too_long.ptr);
    assert_int_equal(err, RD_E_TOOBIG);
    assert_string_equal(bench->why.text, "Envelope: 1310721 bytes, at most 1310720");
    rd_buf_clear(&bench->frame);
    put_head(&bench->frame, UNKNOWN, RD_FRAME_BYTES_MAX - 5); /* one unknown field that fills it */
    unsigned char *rest = rd_buf_extend(&bench->frame, RD_FRAME_BYTES_MAX - bench->frame.len);
    assert_non_null(rest);
    memset(rest, 'x', RD_FRAME_BYTES_MAX - 5);
    assert_int_equal(bench->frame.len, RD_FRAME_BYTES_MAX);
    assert_int_equal(decode(bench), RD_OK);
}

/* A submission with everything in it. */
static void make_sample(struct bench *bench)
{
    struct rd_arena made;
    rd_arena_init(&made, rd_alloc_heap(), SIZE_MAX / 2);
    struct fill fill = {7, &made, 40};
    struct rd_submit submit = {.correlation = 99};
    submit.submission = rd_arena_take(&made, sizeof *submit.submission);
    submit.submission->referral = rd_arena_take(&made, sizeof *submit.submission->referral);
    fill_struct(&fill, &rd_referral_shape, submit.submission->referral);
    struct rd_message message = {.submit = &submit};
    rd_buf_clear(&bench->frame);
    rd_wire_encode(&rd_message_shape, &message, &bench->frame);
    assert_false(bench->frame.failed);
    assert_in_range(bench->frame.len, 500, 20000);
    rd_arena_fini(&made);
}

/* Copies of exact length, so that a read past the end is seen by ASan. */
static enum rd_err decode_exact(struct bench *bench, const unsigned char *bytes, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    if (len > 0)
        memcpy(copy, bytes, len);
    rd_arena_reset(&bench->arena);
    enum rd_err err = rd_wire_decode(&rd_message_shape, (struct rd_text){copy, len}, &bench->arena,
                                     &bench->message, NULL);
    free(copy);
    return err;
}

static void every_truncation(void **state)
{
    struct bench *bench = *state;
    make_sample(bench);
    for (size_t len = 1; len < bench->frame.len; len++)
        assert_int_equal(decode_exact(bench, bench->frame.bytes, len), RD_E_MALFORMED);
    assert_int_equal(decode_exact(bench, bench->frame.bytes, bench->frame.len), RD_OK);
    assert_int_equal(decode_exact(bench, bench->frame.bytes, 0), RD_OK); /* no arm set */
}

static void every_flipped_byte(void **state)
{
    struct bench *bench = *state;
    make_sample(bench);
    size_t refused = 0;
    for (size_t i = 0; i < bench->frame.len; i++) {
        unsigned char was = bench->frame.bytes[i];
        static const unsigned char masks[] = {0x01, 0x80, 0xFF, 0x07};
        for (size_t m = 0; m < sizeof masks; m++) {
            bench->frame.bytes[i] = was ^ masks[m];
            enum rd_err err = decode_exact(bench, bench->frame.bytes, bench->frame.len);
            assert_true(err == RD_OK || err == RD_E_MALFORMED || err == RD_E_TOOBIG);
            refused += err != RD_OK;
        }
        bench->frame.bytes[i] = was;
    }
    assert_true(refused > bench->frame.len);
}

static void random_bytes(void **state)
{
    struct bench *bench = *state;
    struct fill random = {.state = 3};
    for (size_t round = 0; round < 20000; round++) {
        unsigned char bytes[48];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)fill_next(&random);
        bytes[0] = (unsigned char)(((1 + fill_next(&random) % 15) << 3) | 2);
        enum rd_err err = decode_exact(bench, bytes, 1 + fill_next(&random) % sizeof bytes);
        assert_true(err == RD_OK || err == RD_E_MALFORMED || err == RD_E_TOOBIG);
    }
}

static void every_failed_allocation(void **state)
{
    struct bench *bench = *state;
    make_sample(bench);
    struct faulty memory;
    size_t n = 0;
    do {
        faulty_init(&memory, ++n);
        struct rd_arena arena;
        rd_arena_init(&arena, &memory.alloc, RD_DECODE_ARENA_BYTES_MAX);
        enum rd_err err = rd_wire_decode(&rd_message_shape, rd_buf_text(&bench->frame), &arena,
                                         &bench->message, NULL);
        assert_int_equal(err, memory.failed ? RD_E_TOOBIG : RD_OK);
        struct rd_buf out;
        rd_buf_init(&out, &memory.alloc);
        if (err == RD_OK) {
            memory.calls = 0;
            rd_wire_encode(&rd_message_shape, &bench->message, &out);
            assert_int_equal(out.failed, memory.failed);
        }
        rd_buf_fini(&out);
        rd_arena_fini(&arena);
        assert_int_equal(memory.held, 0);
    } while (memory.failed);
    assert_true(n > 1);
}

static void every_failed_allocation_of_encode(void **state)
{
    struct bench *bench = *state;
    make_sample(bench);
    assert_int_equal(decode(bench), RD_OK);
    struct faulty memory;
    size_t n = 0;
    do {
        faulty_init(&memory, ++n);
        struct rd_buf out;
        rd_buf_init(&out, &memory.alloc);
        rd_wire_encode(&rd_message_shape, &bench->message, &out);
        assert_int_equal(out.failed, memory.failed);
        if (!out.failed)
            assert_true(rd_text_equal(rd_buf_text(&out), rd_buf_text(&bench->frame)));
        rd_buf_fini(&out);
        assert_int_equal(memory.held, 0);
    } while (memory.failed);
    assert_true(n > 2);
}

/* What the router wrote stays readable, whatever the limits say today. */
static void stored_records_have_no_limits_but_form(void **state)
{
    struct bench *bench = *state;
    static char long_name[RD_NAME_BYTES_MAX + 2];
    memset(long_name, 'a', sizeof long_name - 1);
    struct rd_entry entry = {.number = 1, .feed = rd_text_of(long_name)};
    struct rd_entry back;
    rd_wire_encode(&rd_entry_shape, &entry, &bench->frame);
    assert_int_equal(rd_wire_decode(&rd_entry_shape, rd_buf_text(&bench->frame), &bench->arena,
                                    &back, &bench->why),
                     RD_OK);
    rd_buf_clear(&bench->frame);
    entry.feed = RD_TEXT("a\xFF");
    rd_wire_encode(&rd_entry_shape, &entry, &bench->frame);
    assert_int_equal(rd_wire_decode(&rd_entry_shape, rd_buf_text(&bench->frame), &bench->arena,
                                    &back, &bench->why),
                     RD_E_MALFORMED);
}

/* The message that takes the most memory of all that are accepted: lists of empty structs, up to
 * the last that still fits. As an entry it must be readable again, or the next start would fail. */
static void the_costliest_message_is_readable_as_an_entry(void **state)
{
    struct bench *bench = *state;
    static struct rd_coding codings[RD_LIST_ITEMS_MAX];
    static struct rd_need needs[RD_LIST_ITEMS_MAX];
    struct rd_referral referral = {.needs = needs};
    struct rd_submission submission = {.referral = &referral};
    struct rd_submit submit = {.submission = &submission};
    struct rd_message message = {.submit = &submit};
    enum rd_err err = RD_OK;
    for (size_t i = 0; i < RD_LIST_ITEMS_MAX && err == RD_OK; i++) {
        needs[i] = (struct rd_need){.codes = codings, .codes_count = RD_LIST_ITEMS_MAX};
        referral.needs_count = i + 1;
        rd_buf_clear(&bench->frame);
        rd_wire_encode(&rd_message_shape, &message, &bench->frame);
        err = decode(bench);
    }
    assert_int_equal(err, RD_E_TOOBIG); /* so the one before was the last that fits */
    referral.needs_count--;
    assert_true(referral.needs_count > 50);
    struct rd_received received = {.submission = &submission};
    struct rd_entry entry = {.received = &received};
    struct rd_entry back;
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
    rd_buf_clear(&bench->frame);
    rd_wire_encode(&rd_entry_shape, &entry, &bench->frame);
    err = rd_wire_decode(&rd_entry_shape, rd_buf_text(&bench->frame), &arena, &back, &bench->why);
    rd_arena_fini(&arena);
    assert_int_equal(err, RD_OK);
}

static void records_end_at_their_limit(void **state)
{
    struct bench *bench = *state;
    struct rd_entry back;
    rd_buf_clear(&bench->frame);
    put_head(&bench->frame, UNKNOWN, RD_STORED_BYTES_MAX - 6); /* a length of four bytes */
    unsigned char *rest = rd_buf_extend(&bench->frame, RD_STORED_BYTES_MAX - 6);
    assert_non_null(rest);
    memset(rest, 'x', RD_STORED_BYTES_MAX - 6);
    assert_int_equal(bench->frame.len, RD_STORED_BYTES_MAX);
    assert_int_equal(rd_wire_decode(&rd_entry_shape, rd_buf_text(&bench->frame), &bench->arena,
                                    &back, &bench->why),
                     RD_OK);
    rd_buf_put(&bench->frame, "x", 1);
    assert_int_equal(rd_wire_decode(&rd_entry_shape, rd_buf_text(&bench->frame), &bench->arena,
                                    &back, &bench->why),
                     RD_E_TOOBIG);
    assert_string_equal(bench->why.text, "Entry: 2621441 bytes, at most 2621440");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mebibyte_of_empty_messages),
        TEST(a_mebibyte_of_unknown_fields),
        TEST(lists_over_their_limit_name_the_list),
        TEST(deep_unknown_nesting),
        TEST(bad_frames_are_refused_with_the_place),
        TEST(the_last_arm_of_a_message_holds),
        TEST(frames_end_at_their_limit),
        TEST(every_truncation),
        TEST(every_flipped_byte),
        TEST(random_bytes),
        TEST(every_failed_allocation),
        TEST(every_failed_allocation_of_encode),
        TEST(stored_records_have_no_limits_but_form),
        TEST(the_costliest_message_is_readable_as_an_entry),
        TEST(records_end_at_their_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
