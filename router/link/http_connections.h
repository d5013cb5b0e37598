/* The connections of an HTTP server and what they are waited for: a request that does not come to
 * its end in time is cut off, and a full house lets go of who has kept it waiting longest, so that
 * idle or slow peers never keep another one out. For httpd.c. Loop thread only. */
#ifndef RD_LINK_HTTP_CONNECTIONS_H
#define RD_LINK_HTTP_CONNECTIONS_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct rd_http_connection;

struct rd_http_connections {
    struct rd_http_connection *first;
    unsigned count;    /* without those that were let go */
    unsigned most;     /* one more: somebody is let go */
    unsigned full;     /* MHD's own bound, above that: with so many it accepts nobody */
    uint64_t patience; /* ms: for a whole request, and for the whole answer to be taken */
    bool again;        /* somebody was let go since this was last cleared: MHD must run */
    uint64_t told_at;  /* loop time, ms: when the log last said so; 0: never */
};

/* MHD_OPTION_NOTIFY_CONNECTION; `now`: loop time, ms, never 0. Without memory the connection
 * stands, bounded by MHD's own timeout alone. */
void rd_http_connections_notify(struct rd_http_connections *connections, struct MHD_Connection *mhd,
                                void **slot, enum MHD_ConnectionNotificationCode code,
                                uint64_t now);
enum rd_http_waits {
    RD_HTTP_ANSWERING = 1, /* a handler has its request: nobody waits for it */
    RD_HTTP_TAKING,        /* its answer */
    RD_HTTP_SENDING        /* its next request, or part of one, or nothing */
};

/* What it is waited for from `now` on. */
void rd_http_connections_wait(struct MHD_Connection *mhd, enum rd_http_waits waits, uint64_t now);
/* Ends those that were waited for too long, and one more when MHD is full: it reads the end of the
 * stream, and closes. */
void rd_http_connections_sweep(struct rd_http_connections *connections, uint64_t now);

#endif
