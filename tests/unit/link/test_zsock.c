/* ZeroMQ in libuv: fairness, back-pressure, closing, coming back. */
#include "net_fixture.h"

#include "model/limits.h"

#include <stdlib.h>
#include <string.h>

struct side {
    struct net *net;
    struct rd_zsock *zsock;
    unsigned received;
    unsigned stop_at;   /* stops the loop when so many came */
    unsigned in_one_go; /* largest number between two turns of the loop */
    unsigned this_turn;
    char routing[8];
    size_t routing_len;
    char user[32];
    char last[64];
    bool echo;
    bool close_at_first;
    unsigned closed;
};

static void on_closed(void *context)
{
    struct side *side = context;
    side->closed++;
    side->zsock = NULL;
}

static void on_received(void *context, struct rd_text routing, struct rd_text user,
                        struct rd_text bytes)
{
    struct side *side = context;
    side->received++;
    side->this_turn++;
    if (side->this_turn > side->in_one_go)
        side->in_one_go = side->this_turn;
    side->routing_len = routing.len;
    if (routing.len <= sizeof side->routing && routing.len > 0)
        memcpy(side->routing, routing.ptr, routing.len);
    snprintf(side->user, sizeof side->user, "%.*s", RD_TEXT_ARG(user));
    snprintf(side->last, sizeof side->last, "%.*s", (int)(bytes.len < 32 ? bytes.len : 32),
             bytes.ptr);
    if (side->echo)
        assert_int_equal(rd_zsock_send(side->zsock, routing, bytes), RD_OK);
    if (side->close_at_first)
        rd_zsock_close(side->zsock, on_closed, side);
    if (side->received == side->stop_at)
        uv_stop(&side->net->loop);
}

/* Until the router has heard `client` once, so that both ends know each other. */
static void greet(struct net *net, struct side *router, struct side *client)
{
    router->stop_at = router->received + 1;
    enum rd_err err = RD_E_AGAIN;
    for (int i = 0; i < 300 && err == RD_E_AGAIN; i++) {
        err = rd_zsock_send(client->zsock, RD_TEXT_NONE, RD_TEXT("hello"));
        if (err == RD_E_AGAIN)
            net_rest(net, 10); /* not connected yet */
    }
    assert_int_equal(err, RD_OK);
    assert_true(net_run(net, 3000));
}

static void open_pair(struct net *net, struct side *router, struct side *client)
{
    router->net = client->net = net;
    router->zsock = net_bind(net, RD_ZSOCK_ROUTER, on_received, router);
    client->zsock = net_connect(net, RD_ZSOCK_DEALER, 0, router->zsock, on_received, client);
    greet(net, router, client);
}

/* The sides live on the test's stack, so nobody tells them. */
static void close_all(struct side *a, struct side *b)
{
    rd_zsock_close(a->zsock, NULL, NULL);
    rd_zsock_close(b->zsock, NULL, NULL);
}

static struct rd_text routing_of(const struct side *side)
{
    return (struct rd_text){side->routing, side->routing_len};
}

static void test_message_carries_user_and_routing(void **state)
{
    struct side router = {0};
    struct side client = {0};
    open_pair(*state, &router, &client);
    assert_string_equal(router.user, "kgh-pas");
    assert_string_equal(router.last, "hello");
    assert_int_equal(router.routing_len, 5);
    client.stop_at = 1;
    assert_int_equal(rd_zsock_send(router.zsock, routing_of(&router), RD_TEXT("welcome")), RD_OK);
    assert_true(net_run(*state, 3000));
    assert_string_equal(client.last, "welcome");
    assert_string_equal(client.user, "");
    close_all(&router, &client);
}

static void count_turn(uv_check_t *check)
{
    struct side *side = check->data;
    side->this_turn = 0;
}

/* One busy socket leaves the loop its turns: at most 64 messages, then the others. */
static void test_drain_is_bounded(void **state)
{
    struct net *net = *state;
    struct side router = {0};
    struct side client = {0};
    uv_check_t turns;
    open_pair(net, &router, &client);
    assert_int_equal(uv_check_init(&net->loop, &turns), 0);
    turns.data = &client;
    assert_int_equal(uv_check_start(&turns, count_turn), 0);
    client.stop_at = 500;
    client.in_one_go = client.this_turn = 0;
    for (int i = 0; i < 500; i++)
        assert_int_equal(rd_zsock_send(router.zsock, routing_of(&router), RD_TEXT("x")), RD_OK);
    uv_sleep(300);
    assert_true(net_run(net, 3000));
    assert_int_equal(client.received, 500);
    assert_in_range(client.in_one_go, 1, 64);
    uv_close((uv_handle_t *)&turns, NULL);
    close_all(&router, &client);
    net_rest(net, 10);
}

static void test_unknown_routing_is_unreachable(void **state)
{
    struct side router = {0};
    struct side client = {0};
    open_pair(*state, &router, &client);
    assert_int_equal(rd_zsock_send(router.zsock, RD_TEXT("\0nope"), RD_TEXT("x")),
                     RD_E_UNREACHABLE);
    rd_zsock_close(client.zsock, on_closed, &client);
    net_rest(*state, 300);
    assert_int_equal(client.closed, 1);
    assert_int_equal(rd_zsock_send(router.zsock, routing_of(&router), RD_TEXT("x")),
                     RD_E_UNREACHABLE);
    rd_zsock_close(router.zsock, NULL, NULL);
}

/* A peer that does not read is back-pressure, and only its own. */
static void test_full_peer_is_again(void **state)
{
    static char large[256 * 1024];
    struct net *net = *state;
    struct side router = {0};
    struct side client = {0};
    struct side other = {.net = net};
    struct rd_zsock_options options = {.type = RD_ZSOCK_ROUTER,
                                       .endpoint = "tcp://127.0.0.1:*",
                                       .bind = true,
                                       .own = &net->router,
                                       .high_water_messages = 4,
                                       .received = on_received,
                                       .context = &router};
    struct rd_errbuf why;
    memset(large, 'x', sizeof large);
    router.net = client.net = net;
    assert_int_equal(rd_zsock_open(net->zcontext, &options, &router.zsock, &why), RD_OK);
    client.zsock = net_connect(net, RD_ZSOCK_DEALER, 0, router.zsock, on_received, &client);
    greet(net, &router, &client);
    struct side first = router;
    other.zsock = net_connect(net, RD_ZSOCK_DEALER, 1, router.zsock, on_received, &other);
    greet(net, &router, &other);
    enum rd_err err = RD_OK;
    int sent = 0;
    for (; err == RD_OK && sent < 10000; sent++) {
        err =
            rd_zsock_send(router.zsock, routing_of(&first), (struct rd_text){large, sizeof large});
        if (sent % 4 == 0)
            uv_sleep(1); /* libzmq's own thread moves on; the client's loop does not */
    }
    assert_int_equal(err, RD_E_AGAIN);
    other.stop_at = 1;
    assert_int_equal(rd_zsock_send(router.zsock, routing_of(&router), RD_TEXT("other")), RD_OK);
    assert_true(net_run(net, 5000));
    assert_string_equal(other.last, "other");
    rd_zsock_close(other.zsock, NULL, NULL);
    close_all(&router, &client);
}

static void test_limit_of_a_frame(void **state)
{
    struct net *net = *state;
    struct side router = {0};
    struct side client = {0};
    char *large = calloc(1, RD_FRAME_BYTES_MAX + 1);
    assert_non_null(large);
    open_pair(net, &router, &client);
    router.stop_at = router.received + 1;
    assert_int_equal(
        rd_zsock_send(client.zsock, RD_TEXT_NONE, (struct rd_text){large, RD_FRAME_BYTES_MAX}),
        RD_OK);
    assert_true(net_run(net, 3000));
    assert_int_equal(
        rd_zsock_send(client.zsock, RD_TEXT_NONE, (struct rd_text){large, RD_FRAME_BYTES_MAX + 1}),
        RD_E_TOOBIG);
    free(large);
    close_all(&router, &client);
}

static void test_close_inside_callback(void **state)
{
    struct side router = {.close_at_first = true};
    struct side client = {0};
    open_pair(*state, &router, &client);
    net_rest(*state, 50);
    assert_int_equal(router.closed, 1);
    assert_null(router.zsock);
    rd_zsock_close(client.zsock, NULL, NULL);
}

static void test_close_is_idempotent(void **state)
{
    struct side router = {0};
    struct side client = {0};
    open_pair(*state, &router, &client);
    rd_zsock_close(router.zsock, on_closed, &router);
    rd_zsock_close(router.zsock, on_closed, &router);
    assert_int_equal(rd_zsock_send(router.zsock, routing_of(&router), RD_TEXT("x")),
                     RD_E_UNREACHABLE);
    rd_zsock_close(NULL, NULL, NULL);
    assert_int_equal(router.closed, 0); /* never inside the call */
    net_rest(*state, 50);
    assert_int_equal(router.closed, 1);
    rd_zsock_close(client.zsock, NULL, NULL);
}

/* Echoes both ways, from inside the callbacks, with the loop asleep whenever nothing is there. */
static void test_ping_pong_thousand(void **state)
{
    struct side router = {0};
    struct side client = {0};
    open_pair(*state, &router, &client);
    router.echo = true;
    router.stop_at = 0;
    client.echo = true;
    client.stop_at = 1000;
    assert_int_equal(rd_zsock_send(client.zsock, RD_TEXT_NONE, RD_TEXT("ball")), RD_OK);
    assert_true(net_run(*state, 10000));
    assert_int_equal(client.received, 1000);
    close_all(&router, &client);
}

static void test_client_comes_back(void **state)
{
    struct net *net = *state;
    struct side router = {0};
    struct side client = {0};
    open_pair(net, &router, &client);
    char endpoint[256];
    snprintf(endpoint, sizeof endpoint, "%s", rd_zsock_endpoint(router.zsock));
    rd_zsock_close(router.zsock, on_closed, &router);
    net_rest(net, 200);
    /* Away: nothing is queued that would come out stale later. */
    assert_int_equal(rd_zsock_send(client.zsock, RD_TEXT_NONE, RD_TEXT("stale")), RD_E_AGAIN);
    struct rd_errbuf why = {{0}};
    struct rd_zsock_options options = {.type = RD_ZSOCK_ROUTER,
                                       .endpoint = endpoint,
                                       .bind = true,
                                       .own = &net->router,
                                       .received = on_received,
                                       .context = &router};
    if (rd_zsock_open(net->zcontext, &options, &router.zsock, &why) != RD_OK)
        fail_msg("%s", why.text);
    greet(net, &router, &client);
    assert_string_equal(router.last, "hello");
    close_all(&router, &client);
}

static void test_publish(void **state)
{
    struct net *net = *state;
    struct side pub = {.net = net};
    struct side sub = {.net = net, .stop_at = 1};
    pub.zsock = net_bind(net, RD_ZSOCK_PUB, NULL, NULL);
    sub.zsock = net_connect(net, RD_ZSOCK_SUB, 2, pub.zsock, on_received, &sub);
    net_rest(net, 300);
    assert_int_equal(rd_zsock_publish(pub.zsock, RD_TEXT("event.held"), RD_TEXT("note")), RD_OK);
    assert_true(net_run(net, 3000));
    assert_string_equal(sub.last, "note");
    close_all(&pub, &sub);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(test_message_carries_user_and_routing),
        NET_TEST(test_drain_is_bounded),
        NET_TEST(test_unknown_routing_is_unreachable),
        NET_TEST(test_full_peer_is_again),
        NET_TEST(test_limit_of_a_frame),
        NET_TEST(test_close_inside_callback),
        NET_TEST(test_close_is_idempotent),
        NET_TEST(test_ping_pong_thousand),
        NET_TEST(test_client_comes_back),
        NET_TEST(test_publish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
