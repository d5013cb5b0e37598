/* A TCP connection in a libuv loop, plain or under TLS: bytes in, bytes out, backpressure both
 * ways. Loop thread only. */
#ifndef RD_LINK_STREAM_H
#define RD_LINK_STREAM_H

#include "link/tls.h"

#include <uv.h>

struct rd_stream;

/* All from the loop; `ended` also from inside rd_stream_read and rd_stream_write, when the
 * connection fails there. Any of them may close the stream. */
struct rd_stream_handlers {
    void (*ready)(void *context);                     /* may be written to; NULL allowed */
    void (*bytes)(void *context, struct rd_text got); /* while reading is on; borrowed */
    void (*written)(void *context);                   /* the bytes of rd_stream_write have left */
    /* The peer ended (`why` NULL) or the connection failed; called once; close it. `why` is ours:
     * no bytes of the peer's. */
    void (*ended)(void *context, const char *why);
};

/* Takes the waiting connection of `server`. `tls` NULL: plain; a client without a certificate that
 * the authority knows ends. Reading is off until asked for. RD_E_NOMEM, RD_E_IO. */
RD_MUST_CHECK enum rd_err rd_stream_accept(uv_stream_t *server, const struct rd_tls *tls,
                                           const struct rd_stream_handlers *handlers, void *context,
                                           struct rd_stream **out);
/* To a numeric address or a name, which is resolved; `tls`: the server's certificate must be for
 * `host`. Failures later are told by `ended`. RD_E_NOMEM, RD_E_IO. */
RD_MUST_CHECK enum rd_err rd_stream_connect(uv_loop_t *loop, const char *host, uint16_t port,
                                            const struct rd_tls *tls,
                                            const struct rd_stream_handlers *handlers,
                                            void *context, struct rd_stream **out);
/* Bytes under way in TLS come also after it was switched on again. */
void rd_stream_read(struct rd_stream *stream, bool on);
/* Copies. One at a time: not before `written`, nor before `ready`. RD_E_NOMEM, RD_E_IO. */
RD_MUST_CHECK enum rd_err rd_stream_write(struct rd_stream *stream, struct rd_text bytes);
/* The name in the peer's certificate, verified; absent: plain, or it had to show none. */
struct rd_text rd_stream_peer_name(const struct rd_stream *stream);
/* `closed` (may be NULL) is called once, later; no other handler after this call. A peer that has
 * not taken all that was written is reset. */
void rd_stream_close(struct rd_stream *stream, void (*closed)(void *context));

#endif
