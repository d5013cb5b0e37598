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

enum rd_zsock_type { RD_ZSOCK_ROUTER = 1, RD_ZSOCK_DEALER, RD_ZSOCK_PUB, RD_ZSOCK_SUB };

/* A whole message. `routing` is absent except on a ROUTER; `user` (ROUTER only) is the name that
 * the ZAP handler gave the peer's key. Borrowed for the call. */
typedef void rd_zsock_received(void *context, struct rd_text routing, struct rd_text user,
                               struct rd_text bytes);

struct rd_zsock_options {
    enum rd_zsock_type type;
    const char *endpoint; /* "tcp://127.0.0.1:5701", "ipc:///path" ; port 0 or * binds any */
    bool bind;
    const struct rd_keypair *own; /* our CURVE key; server: the router's */
    const char *server_public;    /* clients: z85 of the router's public key */
    int32_t high_water_messages;  /* 0: 1024 */
    rd_zsock_received *received;
    void *context;
};

RD_MUST_CHECK enum rd_err rd_zcontext_new(uv_loop_t *loop, struct rd_zcontext **out,
                                          struct rd_errbuf *why);
/* Every socket of it must have been closed. */
void rd_zcontext_free(struct rd_zcontext *zcontext);
/* Binds inproc://zeromq.zap.01 and answers from `keys` (borrowed; may be swapped with the same
 * call). Must come before any bound socket. */
RD_MUST_CHECK enum rd_err rd_zcontext_serve_zap(struct rd_zcontext *zcontext,
                                                const struct rd_key_table *keys,
                                                struct rd_errbuf *why);

RD_MUST_CHECK enum rd_err rd_zsock_open(struct rd_zcontext *zcontext,
                                        const struct rd_zsock_options *options,
                                        struct rd_zsock **out, struct rd_errbuf *why);
/* Takes a copy. RD_E_AGAIN: the peer is full (back-pressure), nothing was sent. RD_E_UNREACHABLE:
 * no such peer. `routing` is for a ROUTER. */
RD_MUST_CHECK enum rd_err rd_zsock_send(struct rd_zsock *zsock, struct rd_text routing,
                                        struct rd_text bytes);
/* PUB: topic frame, then the bytes. */
RD_MUST_CHECK enum rd_err rd_zsock_publish(struct rd_zsock *zsock, struct rd_text topic,
                                           struct rd_text bytes);
/* The endpoint as bound ("tcp://127.0.0.1:40123"). */
const char *rd_zsock_endpoint(const struct rd_zsock *zsock);
/* Idempotent; `closed` (may be NULL) is called once, later, from the loop. */
void rd_zsock_close(struct rd_zsock *zsock, void (*closed)(void *context), void *context);

#endif
