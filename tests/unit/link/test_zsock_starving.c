/* The two ways in which the edge-triggered ZMQ_FD starves a program (see zsock.c). The peer is a
 * raw libzmq socket that nobody polls: nothing but the message itself may wake the loop. */
#include "net_fixture.h"

#include <string.h>
#include <zmq.h>

struct ear {
    struct net *net;
    struct rd_zsock *zsock;
    unsigned received;
    unsigned stop_at;
    char routing[8];
    size_t routing_len;
    char last[32];
    void *foreign; /* the peer's context */
    void *peer;
};

static void on_received(void *context, struct rd_text routing, struct rd_text user,
                        struct rd_text bytes)
{
    struct ear *ear = context;
    (void)user;
    ear->received++;
    assert_in_range(routing.len, 1, sizeof ear->routing);
    memcpy(ear->routing, routing.ptr, routing.len);
    ear->routing_len = routing.len;
    snprintf(ear->last, sizeof ear->last, "%.*s", RD_TEXT_ARG(bytes));
    if (ear->received == ear->stop_at)
        uv_stop(&ear->net->loop);
}

static void say(struct ear *ear, const char *words)
{
    assert_int_equal(zmq_send(ear->peer, words, strlen(words), ZMQ_DONTWAIT), (int)strlen(words));
}

static void ear_open(struct ear *ear, struct net *net)
{
    int zero = 0;
    const struct rd_keypair *pair = &net->users[0];
    ear->net = net;
    ear->zsock = net_bind(net, RD_ZSOCK_ROUTER, on_received, ear);
    ear->foreign = zmq_ctx_new();
    ear->peer = zmq_socket(ear->foreign, ZMQ_DEALER);
    zmq_setsockopt(ear->peer, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(ear->peer, ZMQ_CURVE_SERVERKEY, net->router.public_z85, 40);
    zmq_setsockopt(ear->peer, ZMQ_CURVE_PUBLICKEY, pair->public_z85, 40);
    zmq_setsockopt(ear->peer, ZMQ_CURVE_SECRETKEY, pair->secret_z85, 40);
    assert_int_equal(zmq_connect(ear->peer, rd_zsock_endpoint(ear->zsock)), 0);
    ear->stop_at = 1;
    say(ear, "hello");
    assert_true(net_run(net, 3000));
    ear->received = 0;
}

static void ear_close(struct ear *ear)
{
    zmq_close(ear->peer);
    zmq_ctx_term(ear->foreign);
    rd_zsock_close(ear->zsock, NULL, NULL);
    net_rest(ear->net, 10);
}

static enum rd_err answer(struct ear *ear)
{
    return rd_zsock_send(ear->zsock, (struct rd_text){ear->routing, ear->routing_len},
                         RD_TEXT("answer"));
}

/* Case 1: one edge for a hundred messages. */
static void test_hundred_sent_hundred_received(void **state)
{
    struct ear ear = {0};
    ear_open(&ear, *state);
    ear.stop_at = 100;
    for (int i = 0; i < 100; i++)
        say(&ear, "one of a hundred");
    uv_sleep(200); /* all of them are there before the loop looks once */
    assert_true(net_run(*state, 3000));
    assert_int_equal(ear.received, 100);
    ear_close(&ear);
}

/* Case 2: a send on the same socket, before the loop polls, takes the edge. */
static void test_send_does_not_hide_what_arrived(void **state)
{
    struct ear ear = {0};
    ear_open(&ear, *state);
    say(&ear, "arrived");
    uv_sleep(200);
    assert_int_equal(answer(&ear), RD_OK);
    assert_true(net_run(*state, 3000));
    assert_string_equal(ear.last, "arrived");
    ear_close(&ear);
}

struct late_sender {
    uv_prepare_t prepare;
    struct ear *ear; /* NULL: not now */
};

static void send_in_prepare(uv_prepare_t *prepare)
{
    struct late_sender *sender = prepare->data;
    struct ear *ear = sender->ear;
    if (ear == NULL)
        return;
    sender->ear = NULL;
    say(ear, "arrived"); /* after the socket's own prepare has looked */
    uv_sleep(200);
    assert_int_equal(answer(ear), RD_OK);
}

/* Case 2 from a prepare callback that runs after the socket's own: between its look and the poll.
 */
static void test_send_in_a_later_prepare(void **state)
{
    struct net *net = *state;
    struct ear ear = {0};
    struct late_sender sender = {.ear = NULL};
    /* libuv runs prepare callbacks newest first: this one is older than the socket's. */
    assert_int_equal(uv_prepare_init(&net->loop, &sender.prepare), 0);
    sender.prepare.data = &sender;
    assert_int_equal(uv_prepare_start(&sender.prepare, send_in_prepare), 0);
    ear_open(&ear, net);
    sender.ear = &ear;
    assert_true(net_run(net, 3000));
    assert_string_equal(ear.last, "arrived");
    uv_close((uv_handle_t *)&sender.prepare, NULL);
    ear_close(&ear);
}

struct late_watcher {
    uv_timer_t timer;
    struct ear *ear;
};

static void look_at_events(uv_timer_t *timer)
{
    struct late_watcher *watcher = timer->data;
    say(watcher->ear, "arrived");
    uv_sleep(200);
    assert_int_equal(answer(watcher->ear), RD_OK);
}

/* Case 2 from a timer, which runs before the prepare callbacks. */
static void test_send_in_a_timer(void **state)
{
    struct net *net = *state;
    struct ear ear = {0};
    struct late_watcher watcher = {.ear = &ear};
    ear_open(&ear, net);
    assert_int_equal(uv_timer_init(&net->loop, &watcher.timer), 0);
    watcher.timer.data = &watcher;
    assert_int_equal(uv_timer_start(&watcher.timer, look_at_events, 10, 0), 0);
    assert_true(net_run(net, 3000));
    assert_string_equal(ear.last, "arrived");
    uv_close((uv_handle_t *)&watcher.timer, NULL);
    ear_close(&ear);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(test_hundred_sent_hundred_received),
        NET_TEST(test_send_does_not_hide_what_arrived),
        NET_TEST(test_send_in_a_later_prepare),
        NET_TEST(test_send_in_a_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
