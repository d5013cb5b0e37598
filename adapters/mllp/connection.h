/* One MLLP connection: frames in, one submission at a time, its answer out, in order. Reads its
 * next frame only when intake has credit for it; a positive answer leaves only on HELD. Loop thread
 * only. */
#ifndef RD_MLLP_CONNECTION_H
#define RD_MLLP_CONNECTION_H

#include "adapters/hl7v2/hl7_read.h"
#include "adapters/kit/door.h"
#include "adapters/kit/intake.h"

#include <uv.h>

/* A feed that this adapter serves, with its mapping. */
struct mllp_feed {
    const struct rd_feed *feed;
    struct rd_hl7_mapping mapping;
};

struct mllp_counters {
    uint64_t connections, messages, positive, errors, refused, unanswered, junk_bytes, cut,
        oversize, let_go;
};

struct mllp_service {
    uv_loop_t *loop;
    struct rd_door *door; /* NULL: plain TCP, for this machine or a VPN */
    struct rd_intake *intake;
    struct mllp_feed *feeds;
    size_t feeds_count;
    size_t message_bytes_max; /* of one message */
    uint64_t idle_ms;         /* a connection silent for so long is closed */
    uint64_t frame_ms; /* and one whose frame, or handshake, is not whole, or that has not taken its
                          answer, so long after it began */
    uint64_t next_control_id;
    struct mllp_counters counters;
    struct mllp_connection *connections; /* open ones */
    unsigned open_count;
    uint64_t full_told; /* loop time, ms: when the log last said that it is full; 0: never */
    /* Business time for MSH-7 of answers. */
    rd_instant (*now)(void);
};

struct mllp_connection;

/* Takes the accepted connection of `server`. RD_E_NOMEM or RD_E_IO: nothing is kept. */
RD_MUST_CHECK enum rd_err mllp_connection_accept(struct mllp_service *service, uv_stream_t *server);
/* Closes one, so that another can be taken: who has most gives way, so that neither a feed nor
 * somebody unknown keeps the others out. False: all of them wait for an answer of ours. */
bool mllp_connection_make_room(struct mllp_service *service);
/* Takes the connection and closes it: there is no room. */
void mllp_connection_refuse(uv_stream_t *server);
/* Reads on, where reading was paused for want of credit. */
void mllp_connections_resume(struct mllp_service *service);
/* Closes all; their memory goes in the close callbacks. */
void mllp_connections_close(struct mllp_service *service);

#endif
