/* The BaRS endpoint: requests in, one submission each, the standard's answer out. Loop thread only.
 */
#ifndef RD_BARS_SERVICE_H
#define RD_BARS_SERVICE_H

#include "adapters/kit/door.h"
#include "adapters/kit/intake.h"
#include "link/httpd.h"
#include "model/place.h"

struct bars_counters {
    uint64_t requests, held, repeats, refused, unavailable;
};

struct bars_service {
    struct rd_intake *intake;
    struct rd_door *door;         /* NULL: plain HTTP, behind a proxy that does TLS */
    const struct rd_feed **feeds; /* those that this program serves */
    size_t feeds_count;
    const char *version, *url; /* for /metadata */
    rd_instant (*now)(void);
    struct bars_counters counters;
};

/* rd_http_handler with a struct bars_service as context. */
void bars_handle(void *context, struct rd_http_request *request);
/* For rd_httpd_options.too_large. */
void bars_too_large(void *context, struct rd_http_request *request);

#endif
