/* What zsock.c and zap.c share and nobody else may see: the context, and sockets of several frames
 * (the ZAP protocol has them; our own messages are one frame). Loop thread only. */
#ifndef RD_LINK_ZCONTEXT_H
#define RD_LINK_ZCONTEXT_H

#include "link/zsock.h"

/* The domain of every socket we bind; the ZAP handler refuses any other. */
#define RD_ZAP_DOMAIN "referrald"
#define RD_ZAP_ENDPOINT "inproc://zeromq.zap.01"

enum { RD_ZPARTS_MAX = 16 }; /* frames of one message; one with more is dropped */

struct rd_zcontext {
    void *zmq;
    uv_loop_t *loop;
    const struct rd_key_table *keys; /* borrowed; NULL on a client */
    struct rd_zsock *zap;            /* NULL on a client, and after rd_zcontext_stop */
    unsigned sockets_open;
};

/* All frames of one message, the routing id first. Borrowed for the call. */
typedef void rd_zparts_received(void *context, const struct rd_text *parts, size_t count);

/* The ZAP handler's ROUTER: on inproc, so neither CURVE nor a user. */
RD_MUST_CHECK enum rd_err rd_zsock_open_zap(struct rd_zcontext *zcontext,
                                            rd_zparts_received *received, struct rd_zsock **out,
                                            struct rd_errbuf *why);
/* Sends all frames as one message, or none of them. Errors as rd_zsock_send. */
RD_MUST_CHECK enum rd_err rd_zsock_send_parts(struct rd_zsock *zsock, const struct rd_text *parts,
                                              size_t count);
/* Takes what is waiting, now, outside the loop: for the self-test, which runs before the loop. */
void rd_zsock_pump(struct rd_zsock *zsock);
/* For the self-test: the libzmq socket, the context, and the z85 public key of a bound socket. */
void *rd_zsock_raw(struct rd_zsock *zsock);
struct rd_zcontext *rd_zsock_context(struct rd_zsock *zsock);
const char *rd_zsock_server_public(const struct rd_zsock *zsock);

#endif
