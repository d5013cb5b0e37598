/* Encode and decode are inverse for every shape; the same value gives the same bytes, those that
 * protobuf-c gives. */
#include "wire/contract.h"
#include "wire/wire.h"

#include "fill.h"
#include "model/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct rd_arena made; /* what was filled */
    struct rd_arena read; /* what was decoded */
    struct rd_buf first, again;
};

static int set_up(void **state)
{
    static struct bench bench;
    rd_arena_init(&bench.made, rd_alloc_heap(), 64 << 20);
    rd_arena_init(&bench.read, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
    rd_buf_init(&bench.first, rd_alloc_heap());
    rd_buf_init(&bench.again, rd_alloc_heap());
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    rd_arena_fini(&bench->made);
    rd_arena_fini(&bench->read);
    rd_buf_fini(&bench->first);
    rd_buf_fini(&bench->again);
    return 0;
}

static void packs_the_same(const struct rd_shape *shape, struct rd_text bytes)
{
    ProtobufCMessage *message =
        protobuf_c_message_unpack(rd_contract_message(shape), NULL, bytes.len,
                                  (const uint8_t *)(bytes.ptr == NULL ? "" : bytes.ptr));
    assert_non_null(message);
    unsigned char *packed = malloc(bytes.len + 1);
    assert_non_null(packed);
    if (protobuf_c_message_get_packed_size(message) != bytes.len)
        fail_msg("%s: %zu bytes, protobuf-c gives %zu", shape->name, bytes.len,
                 protobuf_c_message_get_packed_size(message));
    assert_int_equal(protobuf_c_message_pack(message, packed), bytes.len);
    if (bytes.len > 0)
        assert_memory_equal(packed, bytes.ptr, bytes.len);
    free(packed);
    protobuf_c_message_free_unpacked(message, NULL);
}

static void round_trip(struct bench *bench, const struct rd_shape *shape, const void *value)
{
    struct rd_errbuf why = {""};
    rd_buf_clear(&bench->first);
    rd_buf_clear(&bench->again);
    rd_arena_reset(&bench->read);
    rd_wire_encode(shape, value, &bench->first);
    assert_false(bench->first.failed);
    packs_the_same(shape, rd_buf_text(&bench->first));
    void *back = rd_arena_take(&bench->read, shape->size);
    enum rd_err err = rd_wire_decode(shape, rd_buf_text(&bench->first), &bench->read, back, &why);
    if (err != RD_OK)
        fail_msg("%s: %s: %s", shape->name, rd_err_text(err), why.text);
    if (!fill_same(shape, value, back))
        fail_msg("%s: decoded to something else", shape->name);
    rd_wire_encode(shape, back, &bench->again);
    assert_true(rd_text_equal(rd_buf_text(&bench->first), rd_buf_text(&bench->again)));
}

static const struct rd_shape *const roots[] = {
    &rd_message_shape, &rd_entry_shape,    &rd_state_record_shape, &rd_submission_shape,
    &rd_opened_shape,  &rd_decision_shape, &rd_query_result_shape, &rd_status_shape};

static void random_structs_round_trip(void **state)
{
    struct bench *bench = *state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        const struct rd_shape *shape = roots[seed % (sizeof roots / sizeof roots[0])];
        rd_arena_reset(&bench->made);
        struct fill fill = {seed, &bench->made, 60};
        void *value = rd_arena_take(&bench->made, shape->size);
        fill_struct(&fill, shape, value);
        round_trip(bench, shape, value);
    }
}

static void full_structs_round_trip(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        rd_arena_reset(&bench->made);
        struct fill fill = {i, &bench->made, 0};
        void *value = rd_arena_take(&bench->made, roots[i]->size);
        fill_full(&fill, roots[i], 2, value);
        round_trip(bench, roots[i], value);
    }
}

static void every_arm_of_a_message_round_trips(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < rd_message_shape.field_count; i++) {
        const struct rd_field *field = &rd_message_shape.fields[i];
        struct rd_message message = {0};
        rd_arena_reset(&bench->made);
        struct fill fill = {i, &bench->made, 0};
        void *arm = rd_arena_take(&bench->made, field->shape->size);
        *(void **)(void *)((char *)&message + field->offset) = arm;
        round_trip(bench, &rd_message_shape, &message);
        fill_full(&fill, field->shape, 1, arm);
        round_trip(bench, &rd_message_shape, &message);
    }
}

static void absent_is_not_written(void **state)
{
    struct bench *bench = *state;
    struct rd_referral_state zero = {0};
    rd_wire_encode(&rd_referral_state_shape, &zero, &bench->first);
    assert_int_equal(bench->first.len, 0);
    struct rd_stages_seen seen = {.held = RD_INSTANT_NONE};
    rd_wire_encode(&rd_stages_seen_shape, &seen, &bench->first);
    assert_int_equal(bench->first.len, 0);
    struct rd_facts facts = {.age = {true, 0}, .lives_alone = {true, false}};
    rd_wire_encode(&rd_facts_shape, &facts, &bench->first);
    static const unsigned char want[] = {0x30, 0x00, 0xB8, 0x01, 0x00};
    assert_int_equal(bench->first.len, sizeof want);
    assert_memory_equal(bench->first.bytes, want, sizeof want);
}

static void empty_text_stays_apart_from_absent(void **state)
{
    struct bench *bench = *state;
    struct rd_name name = {.family = RD_TEXT("")};
    struct rd_name back;
    rd_wire_encode(&rd_name_shape, &name, &bench->first);
    assert_int_equal(
        rd_wire_decode(&rd_name_shape, rd_buf_text(&bench->first), &bench->read, &back, NULL),
        RD_OK);
    assert_true(rd_text_present(back.family));
    assert_int_equal(back.family.len, 0);
    assert_false(rd_text_present(back.given));
}

static void encoding_appends(void **state)
{
    struct bench *bench = *state;
    struct rd_ping ping = {.token = 5};
    rd_buf_put_string(&bench->first, "before");
    rd_wire_encode(&rd_ping_shape, &ping, &bench->first);
    assert_int_equal(bench->first.len, 8);
    assert_memory_equal(bench->first.bytes, "before\x08\x05", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_structs_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_structs_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_arm_of_a_message_round_trips, set_up, tear_down),
        cmocka_unit_test_setup_teardown(absent_is_not_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_text_stays_apart_from_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(encoding_appends, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
