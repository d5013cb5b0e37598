/* A request inside the server: shared by httpd.c (connections, loop) and http_request.c (what a
 * handler may ask of it). Loop thread only. */
#ifndef RD_LINK_HTTP_REQUEST_H
#define RD_LINK_HTTP_REQUEST_H

#include "base/arena.h"
#include "link/http_form.h"
#include "link/httpd.h"

#include <microhttpd.h>

struct rd_http_request {
    struct rd_http_request *previous, *next; /* of the server's, while it holds it */
    struct rd_httpd *httpd;
    struct MHD_Connection *connection; /* NULL once the server let go */
    struct MHD_Response *response;     /* built, not yet handed to MHD */
    unsigned status;
    bool held_by_server, held_by_handler;
    bool too_large, dispatched, suspended;
    bool ambiguous;                             /* its headers say twice where its body ends */
    void (*taken)(void *context, bool written); /* NULL: nobody asked, or was told */
    void *taken_context;
    bool answered;   /* with a response, or none when there was no memory for one */
    size_t received; /* bytes of the body so far, kept or not */
    enum rd_http_method method;
    struct rd_text method_name, path, peer; /* in the arena */
    struct rd_buf body;
    struct rd_arena arena;
    struct rd_http_fields form;
};

/* NULL: no memory. Held by the server. */
struct rd_http_request *rd_http_request_new(struct MHD_Connection *connection, const char *path,
                                            const char *method, size_t body_bytes_max);
/* Says to who asked whether the answer was written; once. */
void rd_http_request_told(struct rd_http_request *request, bool written);
/* Frees it when the other holder has let go too. */
void rd_http_request_leave_server(struct rd_http_request *request);
void rd_http_request_leave_handler(struct rd_http_request *request);
/* False: too many fields. True also when it is no form. */
bool rd_http_request_parse_form(struct rd_http_request *request);

#endif
