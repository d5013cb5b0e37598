/* Transport peers: one more than RD_PEERS_MAX takes the place of the most silent one; what a user
 * leaves unread counts together over all connections, forgotten ones too. */
#include "shell/peers.h"

#include "model/limits.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct rd_peer *come(struct rd_peers *peers, uint32_t number, const char *user, int64_t now)
{
    char routing[5] = {0};
    memcpy(routing + 1, &number, sizeof number);
    struct rd_identity identity = {.user = rd_text_of(user), .role = RD_IDENTITY_CONSUMER};
    return rd_peers_heard(peers, RD_SOCKET_QUEUES, (struct rd_text){routing, sizeof routing},
                          &identity, now);
}

static void one_more_takes_the_place_of_the_most_silent(void **state)
{
    (void)state;
    struct rd_peers peers;
    rd_peers_init(&peers, rd_alloc_heap());
    for (uint32_t i = 1; i <= RD_PEERS_MAX; i++)
        assert_int_equal(come(&peers, i, "u", 100 + i)->number, i);
    assert_int_equal(come(&peers, 1, "u", 100 + RD_PEERS_MAX + 1)->number, 1); /* heard again */
    assert_null(rd_peers_overdue(&peers, NULL, 100 + RD_PEERS_MAX + 1));
    assert_non_null(come(&peers, RD_PEERS_MAX + 1, "u", 100 + RD_PEERS_MAX + 2));
    struct rd_peer *out = rd_peers_overdue(&peers, NULL, 100 + RD_PEERS_MAX + 2);
    assert_non_null(out);
    assert_int_equal(out->number, 2);
    rd_peers_drop(&peers, out);
    assert_null(rd_peers_get(&peers, 2));
    assert_null(rd_peers_overdue(&peers, NULL, 100 + RD_PEERS_MAX + 2));
    assert_non_null(rd_peers_overdue(&peers, NULL, 103 + RD_PEER_SILENCE_US + 1)); /* too long */
    rd_peers_fini(&peers);
}

static void what_a_user_leaves_unread_outlives_its_connections(void **state)
{
    (void)state;
    struct rd_peers peers;
    struct rd_text large = {calloc(1, RD_FRAME_BYTES_MAX), RD_FRAME_BYTES_MAX};
    zmq_msg_t frames[RD_PEER_BYTES_MAX / RD_FRAME_BYTES_MAX], more;
    size_t count = sizeof frames / sizeof frames[0];
    assert_non_null(large.ptr);
    rd_peers_init(&peers, rd_alloc_heap());
    struct rd_peer *peer = come(&peers, 1, "slow", 1);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rd_zload_frame(peer->load, large, &frames[i]), RD_OK);
    assert_int_equal(rd_zload_frame(come(&peers, 2, "slow", 2)->load, large, &more), RD_E_AGAIN);
    rd_peers_drop(&peers, peer);
    rd_peers_drop(&peers, come(&peers, 2, "slow", 3));
    assert_int_equal(rd_zload_frame(come(&peers, 3, "slow", 4)->load, large, &more), RD_E_AGAIN);
    assert_int_equal(rd_zload_frame(come(&peers, 4, "other", 4)->load, large, &more), RD_OK);
    assert_int_equal(zmq_msg_close(&more), 0);
    rd_peers_fini(&peers); /* and its messages outlive that */
    for (size_t i = 0; i < count; i++)
        assert_int_equal(zmq_msg_close(&frames[i]), 0);
    free((char *)(uintptr_t)large.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_more_takes_the_place_of_the_most_silent),
        cmocka_unit_test(what_a_user_leaves_unread_outlives_its_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
