/* The BaRS endpoint: requests in, one submission each, the standard's answer out; and what a sender
 * may read back. Loop thread only. */
#ifndef RD_BARS_SERVICE_H
#define RD_BARS_SERVICE_H

#include "adapters/kit/door.h"
#include "adapters/kit/intake.h"
#include "link/httpd.h"
#include "model/place.h"

enum {
    BARS_SERVICES_MAX = 16,
    BARS_TIMEOUT_MS = 4500, /* of one answer of the router: the standard wants ours within 5 s */
    BARS_IN_FLIGHT_MAX = 48 /* messages of one feed: less than the router takes of all together */
};

struct bars_counters {
    uint64_t requests, held, repeats, refused, unavailable, throttled, merged, reads;
};

struct bars_service {
    struct rd_intake *intake;
    struct rd_door *door;         /* NULL: plain HTTP, behind a proxy that does TLS */
    const struct rd_feed **feeds; /* those that this program serves */
    size_t feeds_count;
    unsigned in_flight[RD_FRAME_FEEDS_MAX];     /* messages of each feed */
    struct rd_text services[BARS_SERVICES_MAX]; /* ids that messages may be for; none: any */
    size_t services_count;
    const char *version, *url; /* for /metadata */
    rd_instant (*now)(void);
    struct bars_counters counters;
};

/* "2000099999,2000099998"; borrowed. False: too many, or an empty one. */
bool bars_services(struct bars_service *service, const char *ids);
/* rd_http_handler with a struct bars_service as context. */
void bars_handle(void *context, struct rd_http_request *request);
/* For rd_httpd_options.too_large. */
void bars_too_large(void *context, struct rd_http_request *request);

#endif
