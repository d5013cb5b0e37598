/* libmicrohttpd inside a libuv loop: one small server for the ops pages and the HTTP adapters.
 * Handlers run on the loop thread and may answer later. Re-arms from MHD_get_timeout after every
 * MHD_run. Loop thread only. */
#ifndef RD_LINK_HTTPD_H
#define RD_LINK_HTTPD_H

#include "base/buf.h"
#include "base/err.h"
#include "link/tls.h"

#include <uv.h>

struct rd_httpd;
struct rd_http_request; /* opaque; valid until its answer was given */

enum rd_http_method {
    RD_HTTP_GET = 1,
    RD_HTTP_HEAD,
    RD_HTTP_POST,
    RD_HTTP_PUT,
    RD_HTTP_DELETE,
    RD_HTTP_OTHER
};

/* Called once per request, with the whole body. Must lead to exactly one rd_http_answer, now or
 * later. */
typedef void rd_http_handler(void *context, struct rd_http_request *request);

struct rd_httpd_options {
    const char *address; /* "127.0.0.1" */
    uint16_t port;       /* 0: any */
    size_t
        body_bytes_max; /* a larger one is answered 413 by the server itself, through `too_large` */
    unsigned connections_max; /* 0: 256; one more: the one that was waited for longest is let go */
    unsigned timeout_s;       /* idle connection; 0: 30; a request or its answer may take 4 times */
    const struct rd_tls *tls; /* NULL: plain; else open for as long as the server */
    rd_http_handler *handler;
    rd_http_handler *too_large; /* NULL: a plain 413 */
    void *context;
};

RD_MUST_CHECK enum rd_err rd_httpd_open(uv_loop_t *loop, const struct rd_httpd_options *options,
                                        struct rd_httpd **out, struct rd_errbuf *why);
uint16_t rd_httpd_port(const struct rd_httpd *httpd);
/* Requests not answered yet get 503. `closed` is called once from the loop. */
void rd_httpd_close(struct rd_httpd *httpd, void (*closed)(void *context), void *context);

enum rd_http_method rd_http_method(const struct rd_http_request *request);
const char *rd_http_method_name(const struct rd_http_request *request);
struct rd_text rd_http_path(const struct rd_http_request *request); /* decoded, without the query */
struct rd_text rd_http_header(const struct rd_http_request *request,
                              const char *name); /* any case */
struct rd_text rd_http_query(const struct rd_http_request *request, const char *name);
struct rd_text rd_http_cookie(const struct rd_http_request *request, const char *name);
struct rd_text rd_http_body(const struct rd_http_request *request);
/* Of an application/x-www-form-urlencoded body, decoded (a bounded number of fields, 256). */
struct rd_text rd_http_form(const struct rd_http_request *request, const char *name);
struct rd_text rd_http_peer(const struct rd_http_request *request); /* remote address */
/* It came by this server's own TLS. */
bool rd_http_secure(const struct rd_http_request *request);
/* The name in the client's certificate. False: it showed none, or one that the authority does not
 * know; a server that asks for certificates must refuse it. */
bool rd_http_peer_name(const struct rd_http_request *request, char out[RD_TLS_NAME_MAX]);
/* A client that went away before the answer: the answer is dropped by the server itself. */

struct rd_http_header_line {
    const char *name;
    const char *value;
};
/* Before rd_http_answer: `taken` is called once, from there or later, when the answer was written
 * to the connection (true), or could not be because that has ended (false). */
void rd_http_when_taken(struct rd_http_request *request, void (*taken)(void *context, bool written),
                        void *context);
/* Copies everything. `headers` ends with a NULL name; may be NULL. */
void rd_http_answer(struct rd_http_request *request, unsigned status, const char *content_type,
                    struct rd_text body, const struct rd_http_header_line *headers);

#endif
