/* ZeroMQ sockets in a libuv loop.
 *
 * ZMQ_FD is edge-triggered: it becomes readable when the socket's state changed, not while there is
 * something to read, and any call on the socket may swallow the edge. Two programs starve on it:
 *
 *   1. 100 messages arrive, one is received for each call of the poll callback: there is one edge,
 *      so one message comes through and then silence.
 *   2. A message arrives; the program sends on the same socket before the loop polls: the send
 * takes the edge, the poll never fires, the message stays where it is.
 *
 * So the poll handle only wakes the loop (its callback is empty). The truth is ZMQ_EVENTS, asked
 *
 *   in prepare (before the loop blocks): is there something? then an idle handle keeps it awake;
 *   in check (after it polled): take what is there, at most 64 messages or one millisecond, so that
 *      one busy socket starves neither the others nor the timers;
 *   after every send: a send from another prepare callback would otherwise hide an edge from ours.
 *
 * The handles are closed before the socket: libuv watches a descriptor that belongs to libzmq. */
#include "link/zcontext.h"
#include "link/zload.h"

#include "model/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

enum {
    DRAIN_MESSAGES_MAX = 64,
    DRAIN_NS_MAX = 1000000,
    HIGH_WATER_DEFAULT = 1024,
    /* Of one peer, in a ROUTER: twice its credit of 64; more waits in its own memory. */
    RECEIVE_HIGH_WATER = 128,
    LINGER_MS = 1000,
    HANDSHAKE_MS = 5000,
    RECONNECT_MS = 100,
    RECONNECT_MS_MAX = 2000,
    KEEPALIVE_IDLE_S = 60,
    CURVE_BYTES = 33,  /* that CURVE adds to a frame: name, nonce, authenticator, flags */
    ROUTING_BYTES = 5, /* a routing id of libzmq's own: a zero byte and 32 bits */
    OPTION_ZAP_ENFORCE_DOMAIN = 93 /* in the draft part of zmq.h, in the library all the same */
};

struct rd_zsock {
    struct rd_zcontext *zcontext;
    void *socket;
    enum rd_zsock_type type;
    bool bound;
    bool closing;
    uint8_t handles_open;
    uint64_t dropped_count;
    uv_poll_t poll;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    rd_zsock_received *received;
    rd_zparts_received *parts; /* the ZAP handler's, instead of received */
    rd_zsock_dropped *dropped;
    void *context;
    void (*closed)(void *context);
    void *closed_context;
    char endpoint[256];
    char server_public[RD_Z85_TEXT_MAX]; /* of a bound socket: for the self-test */
};

/* --- the loop --- */

static bool has_input(const struct rd_zsock *zsock)
{
    int events = 0;
    size_t len = sizeof events;
    while (zmq_getsockopt(zsock->socket, ZMQ_EVENTS, &events, &len) != 0)
        if (errno != EINTR)
            return false;
    return (events & ZMQ_POLLIN) != 0;
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* its being active is what keeps the loop from blocking */
}

static void stay_awake_if_ready(struct rd_zsock *zsock)
{
    if (!zsock->closing && has_input(zsock))
        rd_require(uv_idle_start(&zsock->idle, on_idle) == 0);
}

static void drop(struct rd_zsock *zsock, enum rd_zsock_drop reason, struct rd_text routing,
                 struct rd_text user)
{
    zsock->dropped_count++;
    if (zsock->dropped != NULL)
        zsock->dropped(zsock->context, reason, routing, user);
}

static void deliver_routed(struct rd_zsock *zsock, const struct rd_text *parts, size_t count,
                           struct rd_text user)
{
    struct rd_text routing = parts[0];
    if (user.len == 0)
        drop(zsock, RD_ZSOCK_DROP_NO_USER, routing, user);
    else if (routing.len != ROUTING_BYTES || routing.ptr[0] != 0)
        drop(zsock, RD_ZSOCK_DROP_OWN_ROUTING, routing, user);
    else if (count != 2 || parts[1].len == 0)
        drop(zsock, RD_ZSOCK_DROP_FORM, routing, user);
    else
        zsock->received(zsock->context, routing, user, parts[1]);
}

static void deliver(struct rd_zsock *zsock, const struct rd_text *parts, size_t count,
                    struct rd_text user)
{
    const struct rd_text none = RD_TEXT_NONE;
    if (zsock->parts != NULL)
        zsock->parts(zsock->context, parts, count);
    else if (zsock->type == RD_ZSOCK_ROUTER)
        deliver_routed(zsock, parts, count, user);
    else if (count != (zsock->type == RD_ZSOCK_SUB ? 2u : 1u) || parts[count - 1].len == 0)
        drop(zsock, RD_ZSOCK_DROP_FORM, none, none);
    else
        zsock->received(zsock->context, none, none, parts[count - 1]);
}

static bool receive_frame(void *socket, zmq_msg_t *frame)
{
    rd_require(zmq_msg_init(frame) == 0);
    while (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0) {
        if (errno == EINTR)
            continue;
        zmq_msg_close(frame);
        return false;
    }
    return true;
}

/* False when nothing is waiting. The frames stay until the callback has returned, so the callback
 * may close the socket: its memory is released from the loop, later. */
static bool receive_one(struct rd_zsock *zsock)
{
    zmq_msg_t frames[RD_ZPARTS_MAX];
    struct rd_text parts[RD_ZPARTS_MAX];
    size_t count = 0;
    bool more = true;
    bool surplus = false;
    while (more) {
        zmq_msg_t frame;
        if (!receive_frame(zsock->socket, &frame))
            break;
        more = zmq_msg_more(&frame) != 0;
        if (count == RD_ZPARTS_MAX) {
            surplus = true;
            zmq_msg_close(&frame);
            continue;
        }
        zmq_msg_init(&frames[count]);
        zmq_msg_move(&frames[count], &frame);
        /* Small frames live inside zmq_msg_t: point into the final place, not into `frame`. */
        parts[count].ptr = zmq_msg_data(&frames[count]);
        parts[count].len = zmq_msg_size(&frames[count]);
        count++;
    }
    if (count > 0) {
        struct rd_text user = rd_text_of(zmq_msg_gets(&frames[count - 1], "User-Id"));
        if (surplus && zsock->type == RD_ZSOCK_ROUTER && zsock->parts == NULL)
            deliver_routed(zsock, parts, RD_ZPARTS_MAX + 1, user);
        else if (surplus)
            drop(zsock, RD_ZSOCK_DROP_FORM, RD_TEXT_NONE, user);
        else
            deliver(zsock, parts, count, user);
    }
    for (size_t i = 0; i < count; i++)
        zmq_msg_close(&frames[i]);
    return count > 0;
}

void rd_zsock_pump(struct rd_zsock *zsock)
{
    uint64_t until = uv_hrtime() + DRAIN_NS_MAX;
    for (int i = 0; i < DRAIN_MESSAGES_MAX && !zsock->closing; i++)
        if (!receive_one(zsock) || uv_hrtime() > until)
            return;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)poll;
    (void)status;
    (void)events; /* only wakes the loop: see the top */
}

static void on_prepare(uv_prepare_t *prepare)
{
    stay_awake_if_ready(prepare->data);
}

static void on_check(uv_check_t *check)
{
    struct rd_zsock *zsock = check->data;
    rd_require(uv_idle_stop(&zsock->idle) == 0);
    if (has_input(zsock))
        rd_zsock_pump(zsock);
}

/* --- sending --- */

static enum rd_err send_error(void)
{
    switch (errno) {
    case EAGAIN:
        return RD_E_AGAIN;
    case EHOSTUNREACH:
        return RD_E_UNREACHABLE;
    case ENOMEM:
        return RD_E_NOMEM;
    default:
        return RD_E_IO;
    }
}

/* Takes the frame, sent or not. */
static enum rd_err send_made(struct rd_zsock *zsock, zmq_msg_t *frame, bool more)
{
    while (zmq_msg_send(frame, zsock->socket, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) < 0) {
        if (errno == EINTR)
            continue;
        enum rd_err err = send_error();
        zmq_msg_close(frame);
        return err;
    }
    return RD_OK;
}

static enum rd_err send_frame(struct rd_zsock *zsock, struct rd_text bytes, bool more)
{
    zmq_msg_t frame;
    if (zmq_msg_init_size(&frame, bytes.len) != 0)
        return RD_E_NOMEM;
    if (bytes.len > 0)
        memcpy(zmq_msg_data(&frame), bytes.ptr, bytes.len);
    return send_made(zsock, &frame, more);
}

enum rd_err rd_zsock_send_parts(struct rd_zsock *zsock, const struct rd_text *parts, size_t count)
{
    if (zsock->closing)
        return RD_E_UNREACHABLE;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > RD_FRAME_BYTES_MAX)
            return RD_E_TOOBIG;
    }
    enum rd_err err = RD_OK;
    for (size_t i = 0; i < count && err == RD_OK; i++) {
        /* libzmq admits or refuses a message by its first frame; the others only follow it. */
        err = send_frame(zsock, parts[i], i + 1 < count);
    }
    stay_awake_if_ready(zsock);
    return err;
}

enum rd_err rd_zsock_send(struct rd_zsock *zsock, struct rd_text routing, struct rd_text bytes)
{
    rd_require(bytes.len > 0);
    if (zsock->type != RD_ZSOCK_ROUTER)
        return rd_zsock_send_parts(zsock, &bytes, 1);
    const struct rd_text parts[] = {routing, bytes};
    return rd_zsock_send_parts(zsock, parts, 2);
}

enum rd_err rd_zsock_send_counted(struct rd_zsock *zsock, struct rd_text routing,
                                  struct rd_text bytes, struct rd_zload *load)
{
    zmq_msg_t frame;
    if (bytes.len <= RD_ZLOAD_COUNTED_BYTES || bytes.len > RD_FRAME_BYTES_MAX || zsock->closing)
        return rd_zsock_send(zsock, routing, bytes);
    enum rd_err err = rd_zload_frame(load, bytes, &frame);
    if (err != RD_OK)
        return err;
    err = send_frame(zsock, routing, true);
    if (err == RD_OK)
        err = send_made(zsock, &frame, false);
    else
        zmq_msg_close(&frame);
    stay_awake_if_ready(zsock);
    return err;
}

enum rd_err rd_zsock_publish(struct rd_zsock *zsock, struct rd_text topic, struct rd_text bytes)
{
    rd_require(zsock->type == RD_ZSOCK_PUB && bytes.len > 0);
    const struct rd_text parts[] = {topic, bytes};
    return rd_zsock_send_parts(zsock, parts, 2);
}

/* --- opening --- */

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_string(void *socket, int option, const char *value)
{
    return zmq_setsockopt(socket, option, value, strlen(value)) == 0;
}

/* No ZMTP heartbeats: hello, ping and the session end of the contract do that work and any
 * language has them; TCP keepalive only frees what a vanished machine left behind. */
static bool set_bounds(void *socket, const struct rd_zsock_options *options)
{
    int high_water =
        options->high_water_messages == 0 ? HIGH_WATER_DEFAULT : options->high_water_messages;
    int64_t frame_max = RD_FRAME_BYTES_MAX + CURVE_BYTES; /* counted as encrypted */
    bool routed = options->type == RD_ZSOCK_ROUTER;
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max) == 0 &&
           set_int(socket, ZMQ_SNDHWM, high_water) &&
           set_int(socket, ZMQ_RCVHWM, routed ? RECEIVE_HIGH_WATER : high_water) &&
           set_int(socket, ZMQ_LINGER, LINGER_MS) &&
           set_int(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MS_MAX) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE, 1) &&
           set_int(socket, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S) &&
           (!routed || set_int(socket, ZMQ_ROUTER_MANDATORY, 1));
}

static bool set_server_keys(void *socket, const struct rd_zsock_options *options)
{
    return set_int(socket, ZMQ_CURVE_SERVER, 1) &&
           set_string(socket, ZMQ_CURVE_SECRETKEY, options->own->secret_z85) &&
           set_string(socket, ZMQ_ZAP_DOMAIN, RD_ZAP_DOMAIN) &&
           set_int(socket, OPTION_ZAP_ENFORCE_DOMAIN, 1);
}

/* ZMQ_IMMEDIATE: what is sent while the router is away must not be queued and come out, stale, in
 * front of the next hello. */
static bool set_client_keys(void *socket, const struct rd_zsock_options *options)
{
    return set_string(socket, ZMQ_CURVE_SERVERKEY, options->server_public) &&
           set_string(socket, ZMQ_CURVE_PUBLICKEY, options->own->public_z85) &&
           set_string(socket, ZMQ_CURVE_SECRETKEY, options->own->secret_z85) &&
           set_int(socket, ZMQ_IMMEDIATE, 1) &&
           (options->type != RD_ZSOCK_SUB || set_string(socket, ZMQ_SUBSCRIBE, ""));
}

static bool mechanism_is_curve(void *socket)
{
    int mechanism = ZMQ_NULL;
    size_t len = sizeof mechanism;
    return zmq_getsockopt(socket, ZMQ_MECHANISM, &mechanism, &len) == 0 && mechanism == ZMQ_CURVE;
}

static enum rd_err configure(void *socket, const struct rd_zsock_options *options,
                             struct rd_errbuf *why)
{
    if (!set_bounds(socket, options))
        return rd_fail(why, RD_E_INVALID,
                       "%s: socket option refused: %s; check the high-water mark",
                       options->endpoint, zmq_strerror(errno));
    bool keyed =
        options->bind ? set_server_keys(socket, options) : set_client_keys(socket, options);
    if (!keyed)
        return rd_fail(
            why, RD_E_INVALID,
            "%s: key or ZAP option refused: %s; expected z85 keys of 40 characters and a "
            "libzmq 4.3.4 or later with CURVE and ZAP domain enforcement",
            options->endpoint, zmq_strerror(errno));
    if (!mechanism_is_curve(socket))
        return rd_fail(why, RD_E_INVALID,
                       "%s: the socket is not secured by CURVE although its keys were set; use a "
                       "libzmq built with CURVE",
                       options->endpoint);
    return RD_OK;
}

static enum rd_err attach(struct rd_zsock *zsock, const char *endpoint, struct rd_errbuf *why)
{
    /* An ipc socket's file is for its owner only, from its first moment. */
    bool ipc = strncmp(endpoint, "ipc://", 6) == 0;
    mode_t mask = ipc ? umask(0177) : 0;
    int rc =
        zsock->bound ? zmq_bind(zsock->socket, endpoint) : zmq_connect(zsock->socket, endpoint);
    int error = errno;
    if (ipc)
        umask(mask);
    if (rc != 0)
        return rd_fail(why, error == EINVAL ? RD_E_INVALID : RD_E_IO,
                       "%s: cannot %s: %s; expected tcp://ADDRESS:PORT that is free and local, or "
                       "ipc://PATH of at most 107 bytes in a directory that can be written",
                       endpoint, zsock->bound ? "bind" : "connect", zmq_strerror(error));
    size_t len = sizeof zsock->endpoint;
    if (zmq_getsockopt(zsock->socket, ZMQ_LAST_ENDPOINT, zsock->endpoint, &len) != 0)
        return rd_fail(why, RD_E_INVALID, "%s: longer than %zu bytes; use a shorter one", endpoint,
                       sizeof zsock->endpoint - 1);
    return RD_OK;
}

/* From here on only rd_zsock_close may release it. */
static enum rd_err join_loop(struct rd_zsock *zsock, struct rd_errbuf *why)
{
    uv_loop_t *loop = zsock->zcontext->loop;
    int fd = -1;
    size_t len = sizeof fd;
    if (zmq_getsockopt(zsock->socket, ZMQ_FD, &fd, &len) != 0)
        return rd_fail(why, RD_E_IO, "%s: no descriptor to poll: %s", zsock->endpoint,
                       zmq_strerror(errno));
    int rc = uv_poll_init(loop, &zsock->poll, fd);
    if (rc != 0)
        return rd_fail(why, RD_E_IO, "%s: cannot poll: %s", zsock->endpoint, uv_strerror(rc));
    rd_require(uv_prepare_init(loop, &zsock->prepare) == 0);
    rd_require(uv_check_init(loop, &zsock->check) == 0);
    rd_require(uv_idle_init(loop, &zsock->idle) == 0);
    zsock->handles_open = 4;
    zsock->poll.data = zsock->prepare.data = zsock->check.data = zsock->idle.data = zsock;
    rd_require(uv_poll_start(&zsock->poll, UV_READABLE, on_poll) == 0);
    rd_require(uv_prepare_start(&zsock->prepare, on_prepare) == 0);
    rd_require(uv_check_start(&zsock->check, on_check) == 0);
    zsock->zcontext->sockets_open++;
    return RD_OK;
}

/* Releases a socket that never joined the loop. */
static void discard(struct rd_zsock *zsock)
{
    if (zsock->socket != NULL)
        zmq_close(zsock->socket);
    free(zsock);
}

static struct rd_zsock *allocate(struct rd_zcontext *zcontext, int zmq_type)
{
    struct rd_zsock *zsock = calloc(1, sizeof *zsock);
    if (zsock == NULL)
        return NULL;
    zsock->zcontext = zcontext;
    zsock->socket = zmq_socket(zcontext->zmq, zmq_type);
    if (zsock->socket == NULL) {
        free(zsock);
        return NULL;
    }
    return zsock;
}

static const int zmq_types[] = {[RD_ZSOCK_ROUTER] = ZMQ_ROUTER,
                                [RD_ZSOCK_DEALER] = ZMQ_DEALER,
                                [RD_ZSOCK_PUB] = ZMQ_PUB,
                                [RD_ZSOCK_SUB] = ZMQ_SUB};

enum rd_err rd_zsock_open(struct rd_zcontext *zcontext, const struct rd_zsock_options *options,
                          struct rd_zsock **out, struct rd_errbuf *why)
{
    rd_require(options->own != NULL && options->endpoint != NULL);
    rd_require(options->bind || options->server_public != NULL);
    rd_require(options->received != NULL || options->type == RD_ZSOCK_PUB);
    if (options->bind && zcontext->zap == NULL)
        return rd_fail(why, RD_E_BUG, "%s: bound before the ZAP handler; call it first",
                       options->endpoint);
    struct rd_zsock *zsock = allocate(zcontext, zmq_types[options->type]);
    if (zsock == NULL)
        return rd_fail(why, RD_E_NOMEM, "%s: no memory or descriptor for a socket",
                       options->endpoint);
    zsock->type = options->type;
    zsock->bound = options->bind;
    zsock->received = options->received;
    zsock->dropped = options->dropped;
    zsock->context = options->context;
    if (options->bind)
        memcpy(zsock->server_public, options->own->public_z85, sizeof zsock->server_public);
    enum rd_err err = configure(zsock->socket, options, why);
    if (err == RD_OK)
        err = attach(zsock, options->endpoint, why);
    if (err == RD_OK)
        err = join_loop(zsock, why);
    if (err != RD_OK) {
        discard(zsock);
        return err;
    }
    *out = zsock;
    return RD_OK;
}

enum rd_err rd_zsock_open_zap(struct rd_zcontext *zcontext, rd_zparts_received *received,
                              struct rd_zsock **out, struct rd_errbuf *why)
{
    struct rd_zsock *zsock = allocate(zcontext, ZMQ_ROUTER);
    if (zsock == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory or descriptor for the ZAP handler");
    zsock->type = RD_ZSOCK_ROUTER;
    zsock->bound = true;
    zsock->parts = received;
    zsock->context = zcontext;
    enum rd_err err = attach(zsock, RD_ZAP_ENDPOINT, why);
    if (err == RD_OK)
        err = join_loop(zsock, why);
    if (err != RD_OK) {
        discard(zsock);
        return err;
    }
    *out = zsock;
    return RD_OK;
}

/* --- closing --- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct rd_zsock *zsock = handle->data;
    if (--zsock->handles_open > 0)
        return;
    rd_require(zmq_close(zsock->socket) == 0);
    zsock->zcontext->sockets_open--;
    void (*closed)(void *context) = zsock->closed;
    void *context = zsock->closed_context;
    free(zsock);
    if (closed != NULL)
        closed(context);
}

void rd_zsock_close(struct rd_zsock *zsock, void (*closed)(void *context), void *context)
{
    if (zsock == NULL || zsock->closing)
        return;
    zsock->closing = true;
    zsock->closed = closed;
    zsock->closed_context = context;
    rd_require(uv_poll_stop(&zsock->poll) == 0);
    uv_close((uv_handle_t *)&zsock->poll, on_handle_closed);
    uv_close((uv_handle_t *)&zsock->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&zsock->check, on_handle_closed);
    uv_close((uv_handle_t *)&zsock->idle, on_handle_closed);
}

const char *rd_zsock_endpoint(const struct rd_zsock *zsock)
{
    return zsock->endpoint;
}

uint64_t rd_zsock_dropped_count(const struct rd_zsock *zsock)
{
    return zsock->dropped_count;
}

const char *rd_zsock_server_public(const struct rd_zsock *zsock)
{
    return zsock->server_public;
}

struct rd_zcontext *rd_zsock_context(struct rd_zsock *zsock)
{
    return zsock->zcontext;
}

void *rd_zsock_raw(struct rd_zsock *zsock)
{
    return zsock->socket;
}
