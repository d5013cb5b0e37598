/* What libzmq holds for a reader that does not read is counted, to the byte. */
#include "net_fixture.h"

#include "link/zload.h"
#include "model/limits.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES = RD_PEER_BYTES_MAX / RD_FRAME_BYTES_MAX };

struct rig {
    struct rd_zload *load;
    char *bytes;
    zmq_msg_t frames[FRAMES];
};

static struct rd_text of(const struct rig *rig, size_t len)
{
    return (struct rd_text){rig->bytes, len};
}

static void up_to_the_limit_and_one_past(void **state)
{
    (void)state;
    struct rig rig = {.load = rd_zload_new(), .bytes = calloc(1, RD_FRAME_BYTES_MAX)};
    zmq_msg_t last, more;
    assert_non_null(rig.load);
    assert_non_null(rig.bytes);
    for (size_t i = 0; i < FRAMES; i++)
        assert_int_equal(rd_zload_frame(rig.load, of(&rig, RD_FRAME_BYTES_MAX), &rig.frames[i]),
                         RD_OK);
    size_t left = RD_PEER_BYTES_MAX - (size_t)FRAMES * RD_FRAME_BYTES_MAX;
    assert_true(left > 1 && left < RD_FRAME_BYTES_MAX);
    assert_int_equal(rd_zload_frame(rig.load, of(&rig, left + 1), &last), RD_E_AGAIN);
    assert_int_equal(rd_zload_frame(rig.load, of(&rig, left), &last), RD_OK);
    assert_int_equal(rd_zload_frame(rig.load, of(&rig, 1), &more), RD_E_AGAIN);
    /* One was read: there is room for as much again, and no more. */
    assert_int_equal(zmq_msg_close(&rig.frames[0]), 0);
    assert_int_equal(rd_zload_frame(rig.load, of(&rig, RD_FRAME_BYTES_MAX), &rig.frames[0]), RD_OK);
    assert_int_equal(rd_zload_frame(rig.load, of(&rig, 1), &more), RD_E_AGAIN);
    for (size_t i = 0; i < FRAMES; i++)
        assert_int_equal(zmq_msg_close(&rig.frames[i]), 0);
    assert_int_equal(zmq_msg_close(&last), 0);
    rd_zload_release(rig.load);
    free(rig.bytes);
}

static void it_lives_as_long_as_its_last_message(void **state)
{
    (void)state;
    struct rd_zload *load = rd_zload_new();
    zmq_msg_t frame;
    assert_non_null(load);
    assert_ptr_equal(rd_zload_share(load), load);
    rd_zload_release(load);
    assert_int_equal(rd_zload_frame(load, RD_TEXT("a record"), &frame), RD_OK);
    rd_zload_release(load); /* the peer is gone; its answer is not */
    assert_int_equal(zmq_msg_size(&frame), 8);
    assert_memory_equal(zmq_msg_data(&frame), "a record", 8);
    assert_int_equal(zmq_msg_close(&frame), 0); /* frees both: the sanitizer looks */
    rd_zload_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(up_to_the_limit_and_one_past),
        cmocka_unit_test(it_lives_as_long_as_its_last_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
