/* Who gets in: nobody without a known key, and nothing larger than the contract's frame. The other
 * ends are raw libzmq sockets with a context of their own, as a stranger would have. */
#include "net_fixture.h"

#include "link/zcontext.h"
#include "model/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

struct guard {
    struct net *net;
    struct rd_zsock *zsock;
    unsigned received;
    unsigned dropped;
    enum rd_zsock_drop reason;
    char user[32];
    void *foreign; /* the stranger's context */
};

static void on_received(void *context, struct rd_text routing, struct rd_text user,
                        struct rd_text bytes)
{
    struct guard *guard = context;
    (void)routing;
    (void)bytes;
    guard->received++;
    snprintf(guard->user, sizeof guard->user, "%.*s", RD_TEXT_ARG(user));
    uv_stop(&guard->net->loop);
}

static void on_dropped(void *context, enum rd_zsock_drop reason, struct rd_text routing,
                       struct rd_text user)
{
    struct guard *guard = context;
    (void)routing;
    (void)user;
    guard->dropped++;
    guard->reason = reason;
    uv_stop(&guard->net->loop);
}

static void guard_open(struct guard *guard, struct net *net, const char *endpoint)
{
    struct rd_errbuf why = {{0}};
    struct rd_zsock_options options = {.type = RD_ZSOCK_ROUTER,
                                       .endpoint = endpoint,
                                       .bind = true,
                                       .own = &net->router,
                                       .received = on_received,
                                       .dropped = on_dropped,
                                       .context = guard};
    guard->net = net;
    guard->foreign = zmq_ctx_new();
    if (rd_zsock_open(net->zcontext, &options, &guard->zsock, &why) != RD_OK)
        fail_msg("%s", why.text);
}

static void guard_close(struct guard *guard)
{
    zmq_ctx_term(guard->foreign);
    rd_zsock_close(guard->zsock, NULL, NULL);
}

/* `pair` NULL: without CURVE. */
static void *stranger(struct guard *guard, const struct rd_keypair *pair)
{
    void *socket = zmq_socket(guard->foreign, ZMQ_DEALER);
    int zero = 0;
    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    if (pair != NULL) {
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, guard->net->router.public_z85, 40);
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, pair->public_z85, 40);
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, pair->secret_z85, 40);
    }
    return socket;
}

static void talk(struct guard *guard, void *socket, const void *bytes, size_t len)
{
    assert_int_equal(zmq_connect(socket, rd_zsock_endpoint(guard->zsock)), 0);
    assert_int_equal(zmq_send(socket, bytes, len, ZMQ_DONTWAIT), (int)len);
}

static void test_known_key_gets_in(void **state)
{
    struct guard guard = {0};
    struct net *net = *state;
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    void *socket = stranger(&guard, &net->users[1]);
    talk(&guard, socket, "hello", 5);
    assert_true(net_run(net, 3000));
    assert_string_equal(guard.user, "las-cad");
    zmq_close(socket);
    guard_close(&guard);
}

static void test_unknown_key_is_refused(void **state)
{
    struct guard guard = {0};
    struct rd_keypair pair;
    guard_open(&guard, *state, "tcp://127.0.0.1:0");
    assert_int_equal(rd_keypair_new(&pair), RD_OK);
    void *socket = stranger(&guard, &pair);
    talk(&guard, socket, "hello", 5);
    net_rest(*state, 500);
    assert_int_equal(guard.received + guard.dropped, 0);
    zmq_close(socket);
    guard_close(&guard);
}

static void test_no_curve_is_refused(void **state)
{
    struct guard guard = {0};
    guard_open(&guard, *state, "tcp://127.0.0.1:0");
    void *socket = stranger(&guard, NULL);
    talk(&guard, socket, "hello", 5);
    net_rest(*state, 500);
    assert_int_equal(guard.received + guard.dropped, 0);
    zmq_close(socket);
    guard_close(&guard);
}

/* The same over ipc: the file is its owner's, and the key is asked for all the same. */
static void test_ipc_asks_for_the_key_too(void **state)
{
    struct guard guard = {0};
    struct net *net = *state;
    struct rd_keypair pair;
    char path[128];
    char endpoint[160];
    struct stat stat_of;
    snprintf(endpoint, sizeof endpoint, "ipc://%s", net_path(net, "intake.sock", path));
    guard_open(&guard, net, endpoint);
    assert_int_equal(stat(path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 07777, 0600);
    assert_int_equal(rd_keypair_new(&pair), RD_OK);
    void *socket = stranger(&guard, &pair);
    talk(&guard, socket, "hello", 5);
    net_rest(net, 300);
    assert_int_equal(guard.received + guard.dropped, 0);
    void *known = stranger(&guard, &net->users[0]);
    talk(&guard, known, "hello", 5);
    assert_true(net_run(net, 3000));
    assert_string_equal(guard.user, "kgh-pas");
    zmq_close(socket);
    zmq_close(known);
    guard_close(&guard);
}

/* A socket of another domain in our process: our handler does not vouch for its peers. */
static void test_other_domain_is_refused(void **state)
{
    struct net *net = *state;
    struct guard guard = {.net = net};
    int yes = 1;
    char endpoint[128];
    size_t len = sizeof endpoint;
    char got[16];
    int zero = 0;
    void *server = zmq_socket(net->zcontext->zmq, ZMQ_ROUTER);
    zmq_setsockopt(server, ZMQ_LINGER, &zero, sizeof zero);
    guard.foreign = zmq_ctx_new();
    zmq_setsockopt(server, ZMQ_CURVE_SERVER, &yes, sizeof yes);
    zmq_setsockopt(server, ZMQ_CURVE_SECRETKEY, net->router.secret_z85, 40);
    zmq_setsockopt(server, ZMQ_ZAP_DOMAIN, "elsewhere", 9);
    assert_int_equal(zmq_bind(server, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &len), 0);
    void *socket = stranger(&guard, &net->users[0]);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    assert_int_equal(zmq_send(socket, "hello", 5, ZMQ_DONTWAIT), 5);
    net_rest(net, 500);
    int refused = zmq_recv(server, got, sizeof got, ZMQ_DONTWAIT);
    /* The same socket, in our domain, hears the same peer: the refusal was the domain's. */
    zmq_setsockopt(server, ZMQ_ZAP_DOMAIN, RD_ZAP_DOMAIN, strlen(RD_ZAP_DOMAIN));
    assert_int_equal(zmq_bind(server, "tcp://127.0.0.1:*"), 0);
    len = sizeof endpoint;
    assert_int_equal(zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &len), 0);
    void *again = stranger(&guard, &net->users[0]);
    assert_int_equal(zmq_connect(again, endpoint), 0);
    assert_int_equal(zmq_send(again, "hello", 5, ZMQ_DONTWAIT), 5);
    int heard = -1;
    for (int i = 0; i < 30 && heard < 0; i++) {
        net_rest(net, 100);
        heard = zmq_recv(server, got, sizeof got, ZMQ_DONTWAIT);
    }
    /* Closed before anything may fail: the context could not end otherwise. */
    zmq_close(server);
    zmq_close(again);
    zmq_close(socket);
    zmq_ctx_term(guard.foreign);
    assert_int_equal(refused, -1);
    assert_int_equal(heard, 5);
}

static void test_bind_needs_the_handler(void **state)
{
    struct net *net = *state;
    struct rd_zsock *zsock = NULL;
    struct rd_errbuf why;
    struct guard guard = {0};
    struct rd_zsock_options options = {.type = RD_ZSOCK_ROUTER,
                                       .endpoint = "tcp://127.0.0.1:0",
                                       .bind = true,
                                       .own = &net->router,
                                       .received = on_received};
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    rd_zcontext_stop(net->zcontext);
    net_rest(net, 50);
    assert_int_equal(rd_zsock_open(net->zcontext, &options, &zsock, &why), RD_E_BUG);
    /* Those bound before let nobody new in. */
    void *socket = stranger(&guard, &net->users[0]);
    talk(&guard, socket, "hello", 5);
    net_rest(net, 500);
    assert_int_equal(guard.received + guard.dropped, 0);
    zmq_close(socket);
    guard_close(&guard);
}

static void test_self_test_passes_and_fails(void **state)
{
    struct net *net = *state;
    struct guard guard = {0};
    struct rd_errbuf why;
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    if (rd_zsock_self_test(guard.zsock, &why) != RD_OK)
        fail_msg("%s", why.text);
    /* What it is there for: the same endpoint, open to everybody. */
    int zero = 0;
    const char *endpoint = rd_zsock_endpoint(guard.zsock);
    void *open_to_all = zmq_socket(guard.foreign, ZMQ_ROUTER);
    zmq_setsockopt(open_to_all, ZMQ_LINGER, &zero, sizeof zero);
    assert_int_equal(zmq_unbind(rd_zsock_raw(guard.zsock), endpoint), 0);
    for (int i = 0; i < 300 && zmq_bind(open_to_all, endpoint) != 0; i++)
        uv_sleep(10); /* libzmq unbinds on its own thread */
    assert_int_equal(rd_zsock_self_test(guard.zsock, &why), RD_E_DENIED);
    assert_non_null(strstr(why.text, endpoint));
    zmq_close(open_to_all);
    guard_close(&guard);
}

/* The last line: enforcement off and no handler, so libzmq lets a random key in; but nothing
 * vouches for it, so nobody hears it. */
static void test_message_without_user_is_dropped(void **state)
{
    struct net *net = *state;
    struct guard guard = {0};
    struct rd_keypair pair;
    int no = 0;
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    void *raw = rd_zsock_raw(guard.zsock);
    assert_int_equal(zmq_setsockopt(raw, 93, &no, sizeof no), 0);
    assert_int_equal(zmq_unbind(raw, rd_zsock_endpoint(guard.zsock)), 0);
    int bound = -1;
    for (int i = 0; i < 300 && bound != 0; i++) {
        uv_sleep(10); /* libzmq unbinds on its own thread */
        bound = zmq_bind(raw, rd_zsock_endpoint(guard.zsock));
    }
    assert_int_equal(bound, 0);
    rd_zcontext_stop(net->zcontext);
    net_rest(net, 50);
    assert_int_equal(rd_keypair_new(&pair), RD_OK);
    void *socket = stranger(&guard, &pair);
    talk(&guard, socket, "hello", 5);
    assert_true(net_run(net, 3000));
    assert_int_equal(guard.received, 0);
    assert_int_equal(guard.reason, RD_ZSOCK_DROP_NO_USER);
    zmq_close(socket);
    guard_close(&guard);
}

static void test_keys_are_swapped(void **state)
{
    struct net *net = *state;
    struct guard guard = {0};
    struct rd_keypair pair;
    struct rd_key_table *keys = NULL;
    struct rd_identity identity = {.user = RD_TEXT("new-comer"), .role = RD_IDENTITY_CONSUMER};
    struct rd_errbuf why;
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    assert_int_equal(rd_keypair_new(&pair), RD_OK);
    assert_int_equal(rd_key_register(net->directory, &identity, pair.public_z85, &why), RD_OK);
    assert_int_equal(rd_key_table_load(net->directory, &keys, &why), RD_OK);
    assert_int_equal(rd_zcontext_serve_zap(net->zcontext, keys, &why), RD_OK);
    rd_key_table_free(net->keys);
    net->keys = keys;
    void *socket = stranger(&guard, &pair);
    talk(&guard, socket, "hello", 5);
    assert_true(net_run(net, 3000));
    assert_string_equal(guard.user, "new-comer");
    zmq_close(socket);
    guard_close(&guard);
}

/* Another peer could take over a routing id that its owner chose. */
static void test_own_routing_id_is_dropped(void **state)
{
    struct net *net = *state;
    struct guard guard = {0};
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    void *socket = stranger(&guard, &net->users[0]);
    zmq_setsockopt(socket, ZMQ_ROUTING_ID, "chosen", 6);
    talk(&guard, socket, "hello", 5);
    assert_true(net_run(net, 3000));
    assert_int_equal(guard.received, 0);
    assert_int_equal(guard.reason, RD_ZSOCK_DROP_OWN_ROUTING);
    assert_int_equal(rd_zsock_dropped_count(guard.zsock), 1);
    zmq_close(socket);
    guard_close(&guard);
}

static void test_message_of_another_form_is_dropped(void **state)
{
    struct net *net = *state;
    struct guard guard = {0};
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    void *socket = stranger(&guard, &net->users[0]);
    assert_int_equal(zmq_connect(socket, rd_zsock_endpoint(guard.zsock)), 0);
    for (int frames = 0; frames < 40; frames++)
        assert_int_equal(zmq_send(socket, "x", 1, frames < 39 ? ZMQ_SNDMORE : 0), 1);
    assert_true(net_run(net, 3000));
    assert_int_equal(guard.reason, RD_ZSOCK_DROP_FORM);
    assert_int_equal(zmq_send(socket, "", 0, 0), 0);
    assert_true(net_run(net, 3000));
    assert_int_equal(guard.dropped, 2);
    assert_int_equal(zmq_send(socket, "whole", 5, 0), 5);
    assert_true(net_run(net, 3000));
    assert_int_equal(guard.received, 1);
    zmq_close(socket);
    guard_close(&guard);
}

static void test_two_mebibytes_cut_only_the_sender(void **state)
{
    struct net *net = *state;
    struct guard guard = {0};
    const size_t len = 2 * 1024 * 1024;
    char *large = calloc(1, len);
    assert_non_null(large);
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    void *good = stranger(&guard, &net->users[0]);
    talk(&guard, good, "hello", 5);
    assert_true(net_run(net, 3000));
    void *bad = stranger(&guard, &net->users[1]);
    talk(&guard, bad, large, len);
    net_rest(net, 500);
    assert_int_equal(guard.received, 1);
    assert_int_equal(zmq_send(good, "still here", 10, ZMQ_DONTWAIT), 10);
    assert_true(net_run(net, 3000));
    assert_int_equal(guard.received, 2);
    assert_string_equal(guard.user, "kgh-pas");
    /* At the limit it comes through, one past it does not. */
    assert_int_equal(zmq_send(good, large, RD_FRAME_BYTES_MAX, ZMQ_DONTWAIT), RD_FRAME_BYTES_MAX);
    assert_true(net_run(net, 3000));
    assert_int_equal(guard.received, 3);
    assert_int_equal(zmq_send(good, large, RD_FRAME_BYTES_MAX + 1, ZMQ_DONTWAIT),
                     RD_FRAME_BYTES_MAX + 1);
    net_rest(net, 500);
    assert_int_equal(guard.received, 3);
    zmq_close(good);
    zmq_close(bad);
    free(large);
    guard_close(&guard);
}

static void test_port_in_use_is_named(void **state)
{
    struct net *net = *state;
    struct guard guard = {0};
    struct rd_zsock *second = NULL;
    struct rd_errbuf why;
    guard_open(&guard, net, "tcp://127.0.0.1:0");
    struct rd_zsock_options options = {.type = RD_ZSOCK_ROUTER,
                                       .endpoint = rd_zsock_endpoint(guard.zsock),
                                       .bind = true,
                                       .own = &net->router,
                                       .received = on_received};
    assert_int_equal(rd_zsock_open(net->zcontext, &options, &second, &why), RD_E_IO);
    assert_non_null(strstr(why.text, rd_zsock_endpoint(guard.zsock)));
    assert_non_null(strstr(why.text, "in use"));
    guard_close(&guard);
}

static void test_bad_keys_are_refused(void **state)
{
    struct net *net = *state;
    struct rd_zsock *zsock = NULL;
    struct rd_errbuf why;
    struct rd_keypair broken = net->router;
    broken.secret_z85[3] = ' ';
    struct rd_zsock_options options = {.type = RD_ZSOCK_ROUTER,
                                       .endpoint = "tcp://127.0.0.1:0",
                                       .bind = true,
                                       .own = &broken,
                                       .received = on_received};
    assert_int_equal(rd_zsock_open(net->zcontext, &options, &zsock, &why), RD_E_INVALID);
    assert_null(strstr(why.text, broken.secret_z85));
    options = (struct rd_zsock_options){.type = RD_ZSOCK_DEALER,
                                        .endpoint = "tcp://127.0.0.1:1",
                                        .own = &net->users[0],
                                        .server_public = "too short",
                                        .received = on_received};
    assert_int_equal(rd_zsock_open(net->zcontext, &options, &zsock, &why), RD_E_INVALID);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(test_known_key_gets_in),
        NET_TEST(test_unknown_key_is_refused),
        NET_TEST(test_no_curve_is_refused),
        NET_TEST(test_ipc_asks_for_the_key_too),
        NET_TEST(test_other_domain_is_refused),
        NET_TEST(test_bind_needs_the_handler),
        NET_TEST(test_self_test_passes_and_fails),
        NET_TEST(test_message_without_user_is_dropped),
        NET_TEST(test_keys_are_swapped),
        NET_TEST(test_own_routing_id_is_dropped),
        NET_TEST(test_message_of_another_form_is_dropped),
        NET_TEST(test_two_mebibytes_cut_only_the_sender),
        NET_TEST(test_port_in_use_is_named),
        NET_TEST(test_bad_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
