/* One ZeroMQ socket inside a libuv loop: the only module that calls zmq_send and zmq_recv, and the
 * only place that knows the two ways in which the edge-triggered ZMQ_FD starves (see zsock.c).
 *
 * CURVE always; a server socket has a ZAP domain with enforcement, and every message without a user
 * id is dropped. Loop thread only. After rd_zsock_close the memory is released in the close
 * callback. */
#ifndef RD_LINK_ZSOCK_H
#define RD_LINK_ZSOCK_H

#include "base/buf.h"
#include "base/err.h"
#include "link/keys.h"

#include <uv.h>

struct rd_zcontext; /* one per process: the ZeroMQ context, and on a server the ZAP handler */
struct rd_zsock;
struct rd_zload; /* zload.h */

enum rd_zsock_type { RD_ZSOCK_ROUTER = 1, RD_ZSOCK_DEALER, RD_ZSOCK_PUB, RD_ZSOCK_SUB };

/* A whole message. `routing` is absent except on a ROUTER; `user` (ROUTER only) is the name that
 * the ZAP handler gave the peer's key. Borrowed for the call. On a SUB the topic is left out. */
typedef void rd_zsock_received(void *context, struct rd_text routing, struct rd_text user,
                               struct rd_text bytes);

/* Why a message was dropped before anybody saw it. */
enum rd_zsock_drop {
    RD_ZSOCK_DROP_NO_USER = 1, /* nothing vouches for the peer */
    RD_ZSOCK_DROP_OWN_ROUTING, /* the peer chose its own routing id: another could take it over */
    RD_ZSOCK_DROP_FORM         /* not one frame of at least one byte */
};
/* For a log line or an answer in words; `user` may be absent. Borrowed for the call. */
typedef void rd_zsock_dropped(void *context, enum rd_zsock_drop reason, struct rd_text routing,
                              struct rd_text user);

struct rd_zsock_options {
    enum rd_zsock_type type;
    const char *endpoint; /* "tcp://127.0.0.1:5701", "ipc:///path" ; port 0 or * binds any */
    bool bind;
    const struct rd_keypair *own; /* our CURVE key; server: the router's */
    const char *server_public;    /* clients: z85 of the router's public key */
    int32_t high_water_messages;  /* 0: 1024 */
    rd_zsock_received *received;  /* PUB: NULL */
    rd_zsock_dropped *dropped;    /* optional */
    void *context;
};

RD_MUST_CHECK enum rd_err rd_zcontext_new(uv_loop_t *loop, struct rd_zcontext **out,
                                          struct rd_errbuf *why);
/* Closes the ZAP handler: from here on nobody new gets in. Idempotent; on a client nothing. */
void rd_zcontext_stop(struct rd_zcontext *zcontext);
/* Every socket of it must have been closed, a server stopped, and the loop run until it was empty.
 * NULL is allowed. Waits at most a second for what was sent and not yet on its way. */
void rd_zcontext_free(struct rd_zcontext *zcontext);
/* Binds inproc://zeromq.zap.01 and answers from `keys` (borrowed; may be swapped with the same
 * call). Must come before any bound socket: without it they are refused. */
RD_MUST_CHECK enum rd_err rd_zcontext_serve_zap(struct rd_zcontext *zcontext,
                                                const struct rd_key_table *keys,
                                                struct rd_errbuf *why);

RD_MUST_CHECK enum rd_err rd_zsock_open(struct rd_zcontext *zcontext,
                                        const struct rd_zsock_options *options,
                                        struct rd_zsock **out, struct rd_errbuf *why);
/* Connects to a bound socket with a key that nobody knows, and without a key: both must be refused.
 * RD_E_DENIED when one got in, RD_E_IO when no answer came in two seconds: do not go on. Blocks,
 * and does not run the loop: for the start. */
RD_MUST_CHECK enum rd_err rd_zsock_self_test(struct rd_zsock *zsock, struct rd_errbuf *why);
/* Takes a copy. RD_E_AGAIN: the peer is full (back-pressure), or a client has no router now;
 * nothing was sent. RD_E_UNREACHABLE: no such peer, or closed. RD_E_TOOBIG: over
 * RD_FRAME_BYTES_MAX. `routing` is for a ROUTER. */
RD_MUST_CHECK enum rd_err rd_zsock_send(struct rd_zsock *zsock, struct rd_text routing,
                                        struct rd_text bytes);
/* The same to a peer of a ROUTER, at most RD_PEER_BYTES_MAX of large messages unread by it.
 * RD_E_AGAIN: it reads too slowly, nothing was sent. */
RD_MUST_CHECK enum rd_err rd_zsock_send_counted(struct rd_zsock *zsock, struct rd_text routing,
                                                struct rd_text bytes, struct rd_zload *load);
/* PUB: topic frame, then the bytes. */
RD_MUST_CHECK enum rd_err rd_zsock_publish(struct rd_zsock *zsock, struct rd_text topic,
                                           struct rd_text bytes);
/* The endpoint as bound ("tcp://127.0.0.1:40123"). */
const char *rd_zsock_endpoint(const struct rd_zsock *zsock);
/* Messages that were dropped before anybody saw them, since the start. */
uint64_t rd_zsock_dropped_count(const struct rd_zsock *zsock);
/* Idempotent (`closed` of the first call counts), NULL is allowed; `closed` (may be NULL) is called
 * once, later, from the loop. Allowed inside a callback. */
void rd_zsock_close(struct rd_zsock *zsock, void (*closed)(void *context), void *context);

#endif
