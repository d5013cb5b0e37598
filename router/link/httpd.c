/* libmicrohttpd in a libuv loop, without a thread of its own.
 *
 * MHD is edge-triggered inside: its epoll descriptor alone answers one of five pipelined requests,
 * for the other four are in its buffers already and no descriptor speaks of them. So after every
 * MHD_run the timer is set to what MHD_get_timeout says; zero means at once.
 *
 * A request has two holders: the server, until MHD has completed it, and the handler, until it
 * answered; whoever lets go last frees it. So an answer after rd_httpd_close is harmless, and only
 * dropped. While a handler has not answered, the connection is suspended: MHD does not look at it.
 *
 * MHD's timeout is of an idle connection. A client that sends, or takes, a byte now and then is
 * never idle: a request that is not here, an answer that is not taken after REQUEST_TIMEOUTS times
 * that is cut off by the sweep. MHD accepts nobody while it is full: so we never let it be
 * (http_connections).
 *
 * Closing: stop listening, answer 503 to what is open, give those answers a moment to leave, then
 * the handles, then MHD, whose descriptor libuv must have let go of by then. */
#include "link/httpd.h"

#include "base/arena.h"
#include "link/http_connections.h"
#include "link/http_request.h"
#include "link/tls_session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_DEFAULT = 256,
    CONNECTIONS_SPARE = 16, /* for who comes while somebody is being let go */
    TIMEOUT_S_DEFAULT = 30,
    REQUEST_TIMEOUTS = 4,
    SWEEP_MS = 1000,
    CLOSE_GRACE_MS = 1000,
    CONNECTION_MEMORY = 32 * 1024, /* request line and headers, and what is read at once */
    /* A body over the bound is read to its end, so that the sender hears the answer instead of a
     * broken connection; but only so much of it. */
    DISCARD_BYTES_MAX = 32 * 1024 * 1024
};

struct rd_httpd {
    uv_loop_t *loop;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer;
    uint8_t handles_open;
    bool closing;
    bool quiesced;
    uint64_t close_by; /* loop time, ms */
    uint16_t port;
    size_t body_bytes_max;
    rd_http_handler *handler;
    rd_http_handler *too_large;
    void *context;
    struct rd_http_request *requests;
    struct rd_http_connections connections;
    void (*closed)(void *context);
    void *closed_context;
};

static void run(struct rd_httpd *httpd);

/* --- requests --- */

static uint64_t now_of(const struct rd_httpd *httpd)
{
    return uv_now(httpd->loop) + 1; /* never 0 */
}

static void wait_for(struct rd_httpd *httpd, struct MHD_Connection *mhd, enum rd_http_waits waits)
{
    rd_http_connections_wait(mhd, waits, now_of(httpd));
}

static void link_request(struct rd_httpd *httpd, struct rd_http_request *request)
{
    request->httpd = httpd;
    request->next = httpd->requests;
    if (httpd->requests != NULL)
        httpd->requests->previous = request;
    httpd->requests = request;
}

static void unlink_request(struct rd_httpd *httpd, struct rd_http_request *request)
{
    if (request->previous != NULL)
        request->previous->next = request->next;
    else
        httpd->requests = request->next;
    if (request->next != NULL)
        request->next->previous = request->previous;
}

static enum MHD_Result queue(struct rd_http_request *request)
{
    if (request->response == NULL)
        return MHD_NO; /* no memory for an answer: MHD closes the connection */
    enum MHD_Result result =
        MHD_queue_response(request->connection, request->status, request->response);
    MHD_destroy_response(request->response);
    request->response = NULL;
    wait_for(request->httpd, request->connection, RD_HTTP_TAKING);
    return result;
}

static void answer_plain(struct rd_http_request *request, unsigned status, const char *words)
{
    rd_http_answer(request, status, "text/plain; charset=utf-8", rd_text_of(words), NULL);
}

/* Hands the request to its handler, which must answer, now or later. */
static void dispatch(struct rd_httpd *httpd, struct rd_http_request *request)
{
    request->dispatched = true;
    request->held_by_handler = true;
    wait_for(httpd, request->connection, RD_HTTP_ANSWERING);
    if (httpd->closing)
        answer_plain(request, 503, "shutting down; try again in a minute\n");
    else if (request->ambiguous)
        answer_plain(request, 400,
                     "where the body ends is said twice: expected one Content-Length, or "
                     "Transfer-Encoding\n");
    else if (!request->too_large && rd_http_request_parse_form(request))
        httpd->handler(httpd->context, request);
    else if (httpd->too_large != NULL)
        httpd->too_large(httpd->context, request);
    else
        answer_plain(request, 413, "larger than this server takes\n");
}

static bool declared_too_large(const struct rd_http_request *request, size_t bound)
{
    int64_t length = 0;
    struct rd_text declared = rd_http_header(request, "Content-Length");
    return rd_text_to_i64(declared, &length) && length >= 0 && (uint64_t)length > bound;
}

struct lengths {
    unsigned declared, encodings;
};

static enum MHD_Result count_lengths(void *context, enum MHD_ValueKind kind, const char *name,
                                     const char *value)
{
    struct lengths *lengths = context;
    (void)kind;
    (void)value;
    lengths->declared += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 ? 1 : 0;
    lengths->encodings += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0 ? 1 : 0;
    return MHD_YES;
}

/* MHD takes one of two lengths; a proxy before us may take the other one, and then two parties
 * disagree on where the next request begins (RFC 9112, 6.3). */
static bool has_two_lengths(struct MHD_Connection *mhd)
{
    struct lengths lengths = {0, 0};
    (void)MHD_get_connection_values(mhd, MHD_HEADER_KIND, count_lengths, &lengths);
    return lengths.declared + lengths.encodings > 1;
}

/* The headers are here. A body that is too large by its own account, and that nobody has begun to
 * send or that is beyond patience, is answered now; MHD then closes the connection. */
static enum MHD_Result begin(struct rd_httpd *httpd, struct MHD_Connection *mhd, const char *url,
                             const char *method, void **out)
{
    struct rd_http_request *request = rd_http_request_new(mhd, url, method, httpd->body_bytes_max);
    if (request == NULL)
        return MHD_NO;
    link_request(httpd, request);
    *out = request;
    request->ambiguous = has_two_lengths(mhd);
    request->too_large = declared_too_large(request, httpd->body_bytes_max);
    if (!request->ambiguous &&
        (!request->too_large || (!rd_text_present(rd_http_header(request, "Expect")) &&
                                 !declared_too_large(request, DISCARD_BYTES_MAX))))
        return MHD_YES;
    dispatch(httpd, request);
    return request->answered ? queue(request) : MHD_YES;
}

static enum MHD_Result take_body(struct rd_httpd *httpd, struct rd_http_request *request,
                                 const char *bytes, size_t len)
{
    request->received += len;
    if (request->received > httpd->body_bytes_max)
        request->too_large = true;
    if (!request->too_large) {
        rd_buf_put(&request->body, bytes, len);
        return request->body.failed ? MHD_NO : MHD_YES;
    }
    rd_buf_fini(&request->body);
    return request->received > DISCARD_BYTES_MAX ? MHD_NO : MHD_YES;
}

/* Everything is here: the first time it is dispatched, and again after the connection resumed. */
static enum MHD_Result finish(struct rd_httpd *httpd, struct rd_http_request *request)
{
    if (!request->dispatched)
        dispatch(httpd, request);
    if (request->answered)
        return queue(request);
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_size, void **request_slot)
{
    struct rd_httpd *httpd = context;
    struct rd_http_request *request = *request_slot;
    (void)version;
    if (request == NULL)
        return begin(httpd, mhd, url, method, request_slot);
    if (*upload_size > 0) {
        size_t len = *upload_size;
        *upload_size = 0;
        return take_body(httpd, request, upload, len);
    }
    return finish(httpd, request);
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **request_slot,
                         enum MHD_RequestTerminationCode code)
{
    struct rd_httpd *httpd = context;
    struct rd_http_request *request = *request_slot;
    wait_for(httpd, mhd, RD_HTTP_SENDING);
    if (request == NULL)
        return;
    *request_slot = NULL;
    if (request->answered)
        rd_http_request_told(request, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    unlink_request(httpd, request);
    rd_http_request_leave_server(request);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct rd_httpd *httpd = context;
    rd_http_connections_notify(&httpd->connections, mhd, slot, code, now_of(httpd));
}

/* --- answering --- */

static struct MHD_Response *build(const char *content_type, struct rd_text body,
                                  const struct rd_http_header_line *headers)
{
    char *copy = NULL;
    if (body.len > 0) {
        copy = malloc(body.len);
        if (copy == NULL)
            return NULL;
        memcpy(copy, body.ptr, body.len);
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.len, copy, copy == NULL ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(copy);
        return NULL;
    }
    bool good = content_type == NULL ||
                MHD_add_response_header(response, "Content-Type", content_type) == MHD_YES;
    for (; good && headers != NULL && headers->name != NULL; headers++)
        good = MHD_add_response_header(response, headers->name, headers->value) == MHD_YES;
    if (good)
        return response;
    MHD_destroy_response(response);
    return NULL;
}

static void wake(struct rd_httpd *httpd);

void rd_http_answer(struct rd_http_request *request, unsigned status, const char *content_type,
                    struct rd_text body, const struct rd_http_header_line *headers)
{
    rd_require(request->held_by_handler && status >= 200 && status <= 599);
    if (request->held_by_server && !request->answered) {
        request->response = build(content_type, body, headers);
        request->status = status;
        if (request->response == NULL) {
            /* A header that may not be sent, or no memory: seen by the client, never half sent. */
            rd_http_request_told(request, false);
            request->response = build(NULL, RD_TEXT_NONE, NULL);
            request->status = 500;
        }
        if (request->response != NULL && request->httpd->closing)
            (void)MHD_add_response_header(request->response, "Connection", "close");
        request->answered = true;
        if (request->suspended) {
            request->suspended = false;
            MHD_resume_connection(request->connection);
            wake(request->httpd);
        }
    } else {
        rd_http_request_told(request, false);
    }
    rd_http_request_leave_handler(request);
}

/* --- the loop --- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct rd_httpd *httpd = handle->data;
    if (--httpd->handles_open > 0)
        return;
    MHD_stop_daemon(httpd->daemon);
    void (*closed)(void *context) = httpd->closed;
    void *context = httpd->closed_context;
    free(httpd);
    if (closed != NULL)
        closed(context);
}

static void close_handles(struct rd_httpd *httpd)
{
    if (uv_is_closing((uv_handle_t *)&httpd->timer))
        return;
    rd_require(uv_poll_stop(&httpd->poll) == 0);
    uv_close((uv_handle_t *)&httpd->poll, on_handle_closed);
    uv_close((uv_handle_t *)&httpd->timer, on_handle_closed);
}

/* Outside MHD_run: nobody new, and 503 for everybody who waits. A handler that answers later finds
 * its request answered. */
static void stop_serving(struct rd_httpd *httpd)
{
    httpd->quiesced = true;
    httpd->close_by = uv_now(httpd->loop) + CLOSE_GRACE_MS;
    MHD_socket listener = MHD_quiesce_daemon(httpd->daemon);
    if (listener != MHD_INVALID_SOCKET)
        close(listener);
    for (struct rd_http_request *request = httpd->requests; request != NULL;
         request = request->next) {
        if (!request->suspended)
            continue;
        request->response = build("text/plain; charset=utf-8",
                                  RD_TEXT("shutting down; try again in a minute\n"), NULL);
        request->status = 503;
        request->answered = true;
        if (request->response != NULL)
            (void)MHD_add_response_header(request->response, "Connection", "close");
        request->suspended = false;
        MHD_resume_connection(request->connection);
    }
}

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void wake(struct rd_httpd *httpd)
{
    if (!uv_is_closing((uv_handle_t *)&httpd->timer))
        rd_require(uv_timer_start(&httpd->timer, on_timer, 0, 0) == 0);
}

static void rearm(struct rd_httpd *httpd)
{
    MHD_UNSIGNED_LONG_LONG timeout = 0;
    bool waits = MHD_get_timeout(httpd->daemon, &timeout) == MHD_YES;
    if (httpd->connections.first != NULL && (!waits || timeout > SWEEP_MS)) {
        waits = true;
        timeout = SWEEP_MS;
    }
    if (httpd->closing && (!waits || timeout > CLOSE_GRACE_MS / 10)) {
        waits = true;
        timeout = CLOSE_GRACE_MS / 10;
    }
    if (waits)
        rd_require(uv_timer_start(&httpd->timer, on_timer, timeout, 0) == 0);
    else
        rd_require(uv_timer_stop(&httpd->timer) == 0);
}

static void run(struct rd_httpd *httpd)
{
    if (httpd->closing && !httpd->quiesced)
        stop_serving(httpd);
    httpd->connections.again = false;
    rd_http_connections_sweep(&httpd->connections, now_of(httpd));
    (void)MHD_run(httpd->daemon); /* says no only to a daemon that has a thread of its own */
    if (httpd->quiesced && (httpd->requests == NULL || uv_now(httpd->loop) >= httpd->close_by))
        close_handles(httpd);
    else if (httpd->connections.again)
        wake(httpd); /* their places are free once MHD has seen that they ended */
    else
        rearm(httpd);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

/* --- opening and closing --- */

static bool parse_address(const char *address, uint16_t port, struct sockaddr_storage *out)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    return uv_ip4_addr(address, port, four) == 0 || uv_ip6_addr(address, port, six) == 0;
}

static void set_tls(const struct rd_tls *tls, struct MHD_OptionItem out[5])
{
    size_t count = 0;
    if (tls != NULL) {
        out[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key.bytes};
        out[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, tls->certificate.bytes};
        out[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, RD_TLS_PRIORITY};
    }
    if (tls != NULL && tls->asks)
        out[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, tls->authority.bytes};
    out[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

static struct MHD_Daemon *start(struct rd_httpd *httpd, const struct rd_httpd_options *options,
                                const struct sockaddr_storage *address)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    if (address->ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    unsigned connections =
        options->connections_max == 0 ? CONNECTIONS_DEFAULT : options->connections_max;
    unsigned timeout = options->timeout_s == 0 ? TIMEOUT_S_DEFAULT : options->timeout_s;
    httpd->connections.most = connections;
    httpd->connections.full = connections + CONNECTIONS_SPARE;
    httpd->connections.patience = (uint64_t)timeout * 1000 * REQUEST_TIMEOUTS;
    struct MHD_OptionItem tls[5];
    set_tls(options->tls, tls);
    if (options->tls != NULL)
        flags |= MHD_USE_TLS;
    return MHD_start_daemon(
        flags, options->port, NULL, NULL, on_access, httpd, MHD_OPTION_SOCK_ADDR,
        (const struct sockaddr *)address, MHD_OPTION_CONNECTION_LIMIT, httpd->connections.full,
        MHD_OPTION_CONNECTION_TIMEOUT, timeout, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, httpd, MHD_OPTION_NOTIFY_CONNECTION, on_connection, httpd, MHD_OPTION_ARRAY,
        tls, MHD_OPTION_END);
}

static uint16_t bound_port(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}

static int epoll_fd(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == NULL ? -1 : info->epoll_fd;
}

enum rd_err rd_httpd_open(uv_loop_t *loop, const struct rd_httpd_options *options,
                          struct rd_httpd **out, struct rd_errbuf *why)
{
    struct sockaddr_storage address;
    rd_require(options->handler != NULL && options->body_bytes_max > 0);
    if (!parse_address(options->address, options->port, &address))
        return rd_fail(why, RD_E_INVALID,
                       "%s: not an address; expected one of this machine, like 127.0.0.1 or ::1",
                       options->address);
    struct rd_httpd *httpd = calloc(1, sizeof *httpd);
    if (httpd == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for an HTTP server");
    httpd->loop = loop;
    httpd->body_bytes_max = options->body_bytes_max;
    httpd->handler = options->handler;
    httpd->too_large = options->too_large;
    httpd->context = options->context;
    errno = 0;
    httpd->daemon = start(httpd, options, &address);
    if (httpd->daemon == NULL) {
        int error = errno;
        free(httpd);
        return rd_fail(why, RD_E_IO,
                       "%s:%u: cannot listen: %s; expected an address of this machine and a free "
                       "port",
                       options->address, options->port, strerror(error));
    }
    httpd->port = bound_port(httpd->daemon);
    int rc = uv_poll_init(loop, &httpd->poll, epoll_fd(httpd->daemon));
    if (rc != 0) {
        MHD_stop_daemon(httpd->daemon);
        free(httpd);
        return rd_fail(why, RD_E_IO, "%s: cannot poll: %s", options->address, uv_strerror(rc));
    }
    rd_require(uv_timer_init(loop, &httpd->timer) == 0);
    httpd->handles_open = 2;
    httpd->poll.data = httpd->timer.data = httpd;
    rd_require(uv_poll_start(&httpd->poll, UV_READABLE, on_poll) == 0);
    *out = httpd;
    return RD_OK;
}

uint16_t rd_httpd_port(const struct rd_httpd *httpd)
{
    return httpd->port;
}

void rd_httpd_close(struct rd_httpd *httpd, void (*closed)(void *context), void *context)
{
    if (httpd == NULL || httpd->closing)
        return;
    httpd->closing = true;
    httpd->closed = closed;
    httpd->closed_context = context;
    wake(httpd); /* perhaps inside MHD_run: the rest from the loop */
}
