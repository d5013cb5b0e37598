/* RabbitMQ beside the router in ./run bench: the same bytes as persistent messages to one durable
 * queue, each counted when its publisher confirm is there, in the shapes of bench_peer. Prints one
 * line of JSON. Sends to 127.0.0.1 only; bounded in time and connections. */
#include "bench_sample.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum {
    CONNECTIONS_MAX = 512,
    DEPTH_MAX = 64,
    BODY_MAX = 65536,
    SECONDS_MAX = 60,
    DRAIN_SECONDS = 30,
    CHANNEL = 1,
    FRAME_BYTES = 131072
};

static const char usage[] = "usage: bench_amqp PORT CONNECTIONS DEPTH SECONDS BODY-BYTES\n";
static const char queue_name[] = "bench";

struct connection {
    amqp_connection_state_t state;
    uint64_t started_ns[DEPTH_MAX]; /* a ring, by delivery tag */
    uint64_t sent, confirmed;       /* tags: the newest sent, all up to it confirmed */
    bool done[DEPTH_MAX];           /* confirmed out of order */
};

struct publisher {
    amqp_bytes_t body;
    size_t depth;
    bool stopping;
    uint64_t answered, refused;
};

static int fail(const char *what)
{
    (void)fprintf(stderr, "bench_amqp: %s\n", what);
    return 1;
}

static bool is_good(amqp_connection_state_t state)
{
    return amqp_get_rpc_reply(state).reply_type == AMQP_RESPONSE_NORMAL;
}

static bool open_connection(struct connection *connection, int port)
{
    connection->state = amqp_new_connection();
    amqp_socket_t *socket =
        connection->state == NULL ? NULL : amqp_tcp_socket_new(connection->state);
    if (socket == NULL || amqp_socket_open(socket, "127.0.0.1", port) != AMQP_STATUS_OK)
        return false;
    amqp_rpc_reply_t login = amqp_login(connection->state, "/", 0, FRAME_BYTES, 0,
                                        AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    if (login.reply_type != AMQP_RESPONSE_NORMAL)
        return false;
    (void)amqp_channel_open(connection->state, CHANNEL); /* its reply is looked at next */
    if (!is_good(connection->state))
        return false;
    (void)amqp_confirm_select(connection->state, CHANNEL);
    return is_good(connection->state);
}

/* Durable and empty: what an earlier measurement left is not this one's. */
static bool make_queue(amqp_connection_state_t state)
{
    amqp_bytes_t name = amqp_cstring_bytes(queue_name);
    (void)amqp_queue_declare(state, CHANNEL, name, 0, 1, 0, 0, amqp_empty_table);
    if (!is_good(state))
        return false;
    (void)amqp_queue_purge(state, CHANNEL, name);
    return is_good(state);
}

static bool push(const struct publisher *publisher, struct connection *connection)
{
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
                                          .delivery_mode = AMQP_DELIVERY_PERSISTENT};
    while (!publisher->stopping && connection->sent - connection->confirmed < publisher->depth) {
        connection->started_ns[++connection->sent % DEPTH_MAX] = bench_now_ns();
        if (amqp_basic_publish(connection->state, CHANNEL, amqp_empty_bytes,
                               amqp_cstring_bytes(queue_name), 0, 0, &properties,
                               publisher->body) != AMQP_STATUS_OK)
            return false;
    }
    return true;
}

static void confirm(struct publisher *publisher, struct connection *connection, uint64_t tag,
                    bool multiple)
{
    for (uint64_t at = multiple ? connection->confirmed + 1 : tag; at <= tag; at++) {
        if (connection->done[at % DEPTH_MAX])
            continue;
        connection->done[at % DEPTH_MAX] = true;
        bench_sample(connection->started_ns[at % DEPTH_MAX]);
        publisher->answered++;
    }
    while (connection->confirmed < connection->sent &&
           connection->done[(connection->confirmed + 1) % DEPTH_MAX])
        connection->done[++connection->confirmed % DEPTH_MAX] = false;
}

/* Everything that is there; nothing is waited for. */
static bool pull(struct publisher *publisher, struct connection *connection)
{
    struct timeval now = {0, 0};
    amqp_frame_t frame;
    int status;
    while ((status = amqp_simple_wait_frame_noblock(connection->state, &frame, &now)) ==
           AMQP_STATUS_OK) {
        if (frame.frame_type != AMQP_FRAME_METHOD)
            continue;
        if (frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
            publisher->refused++;
            return false; /* a nack, or the broker closes the channel or connection */
        }
        const amqp_basic_ack_t *ack = frame.payload.method.decoded;
        if (ack->delivery_tag == 0 || ack->delivery_tag > connection->sent)
            return false;
        confirm(publisher, connection, ack->delivery_tag, ack->multiple != 0);
        amqp_maybe_release_buffers(connection->state);
    }
    return status == AMQP_STATUS_TIMEOUT;
}

static int run(struct publisher *publisher, struct connection *connections, size_t count,
               size_t seconds)
{
    static struct pollfd polled[CONNECTIONS_MAX];
    uint64_t start = bench_now_ns(), end = start + seconds * 1000000000U;
    size_t flying = 1;
    while (flying > 0) {
        publisher->stopping = bench_now_ns() >= end;
        flying = 0;
        for (size_t i = 0; i < count; i++) {
            if (!push(publisher, &connections[i]))
                return fail("the broker takes nothing more");
            flying += connections[i].sent - connections[i].confirmed;
            polled[i] =
                (struct pollfd){.fd = amqp_get_sockfd(connections[i].state), .events = POLLIN};
        }
        if (flying > 0 && poll(polled, count, DRAIN_SECONDS * 1000) <= 0)
            return fail("no confirm in thirty seconds");
        for (size_t i = 0; i < count; i++)
            if (polled[i].revents != 0 && !pull(publisher, &connections[i]))
                return fail(publisher->refused > 0 ? "the broker refused" : "the broker closed");
    }
    bench_report(publisher->answered, publisher->refused, (double)(bench_now_ns() - start) / 1e9);
    return 0;
}

int main(int argc, char **argv)
{
    static struct connection connections[CONNECTIONS_MAX];
    static char body[BODY_MAX];
    size_t port = argc == 6 ? bench_number(argv[1], 65535) : 0;
    size_t count = argc == 6 ? bench_number(argv[2], CONNECTIONS_MAX) : 0;
    size_t seconds = argc == 6 ? bench_number(argv[4], SECONDS_MAX) : 0;
    size_t bytes = argc == 6 ? bench_number(argv[5], BODY_MAX) : 0;
    struct publisher publisher = {.body = {bytes, body},
                                  .depth = argc == 6 ? bench_number(argv[3], DEPTH_MAX) : 0};
    if (port == 0 || count == 0 || publisher.depth == 0 || seconds == 0 || bytes == 0) {
        (void)fputs(usage, stderr);
        return 2;
    }
    memset(body, 'x', sizeof body);
    for (size_t i = 0; i < count; i++)
        if (!open_connection(&connections[i], (int)port) ||
            (i == 0 && !make_queue(connections[i].state)))
            return fail("the broker does not take the connection");
    int status = run(&publisher, connections, count, seconds);
    for (size_t i = 0; i < count; i++) {
        (void)amqp_connection_close(connections[i].state, AMQP_REPLY_SUCCESS); /* the end */
        (void)amqp_destroy_connection(connections[i].state);
    }
    return status;
}
