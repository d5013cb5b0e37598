/* TLS between libuv and the handlers: GnuTLS reads from `in` and writes to `out`, both in memory;
 * what libuv reads goes to `in`, what stands in `out` goes to libuv. GnuTLS may hold plain bytes
 * of its own (a record that was not taken yet), which no descriptor speaks of: `drain` takes until
 * it says that it needs more. */
#include "link/stream.h"

#include "base/alloc.h"
#include "link/tls_session.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 65536, ACCEPTED_SEND_BYTES = 65536, HOST_MAX = 256 };

struct rd_stream {
    uv_loop_t *loop;
    const struct rd_stream_handlers *handlers;
    void *context;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_getaddrinfo_t resolve;
    uv_write_t write;
    uv_idle_t again;  /* reading was switched on with plain bytes at hand */
    unsigned holders; /* handles that are not closed, a name that is being resolved */
    char host[HOST_MAX];
    bool open, ready, reading, wanted, writing, told, ending, closing, draining;
    bool user_write;          /* `written` is owed */
    gnutls_session_t session; /* NULL: plain */
    struct rd_buf in, out, leaving;
    size_t in_at;
    char name[RD_TLS_NAME_MAX];
    char chunk[READ_BYTES];
    char plain[READ_BYTES];
    void (*closed)(void *context);
};

static void flush(struct rd_stream *stream);
static void set_reading(struct rd_stream *stream);
static void drain(struct rd_stream *stream);

static void end(struct rd_stream *stream, const char *why)
{
    stream->wanted = false;
    if (stream->told || stream->closing)
        return;
    stream->told = true;
    stream->handlers->ended(stream->context, why);
}

/* --- TLS over memory --- */

static ssize_t pull(gnutls_transport_ptr_t context, void *to, size_t size)
{
    struct rd_stream *stream = context;
    size_t have = stream->in.len - stream->in_at;
    if (have == 0) {
        gnutls_transport_set_errno(stream->session, stream->ending ? 0 : EAGAIN);
        return stream->ending ? 0 : -1;
    }
    size_t len = have < size ? have : size;
    memcpy(to, stream->in.bytes + stream->in_at, len);
    stream->in_at += len;
    if (stream->in_at == stream->in.len) {
        rd_buf_clear(&stream->in);
        stream->in_at = 0;
    }
    return (ssize_t)len;
}

static ssize_t push(gnutls_transport_ptr_t context, const void *from, size_t size)
{
    struct rd_stream *stream = context;
    rd_buf_put(&stream->out, from, size);
    if (!stream->out.failed)
        return (ssize_t)size;
    gnutls_transport_set_errno(stream->session, ENOMEM);
    return -1;
}

static bool is_numeric(const char *host)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    return uv_ip4_addr(host, 0, &four) == 0 || uv_ip6_addr(host, 0, &six) == 0;
}

static bool start_tls(struct rd_stream *stream, const struct rd_tls *tls)
{
    unsigned flags = GNUTLS_NONBLOCK | (tls->server ? GNUTLS_SERVER : GNUTLS_CLIENT);
    if (gnutls_init(&stream->session, flags) < 0) {
        stream->session = NULL;
        return false;
    }
    gnutls_transport_set_ptr(stream->session, stream);
    gnutls_transport_set_pull_function(stream->session, pull);
    gnutls_transport_set_push_function(stream->session, push);
    if (gnutls_priority_set_direct(stream->session, RD_TLS_PRIORITY, NULL) < 0 ||
        gnutls_credentials_set(stream->session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0)
        return false;
    if (tls->server) {
        gnutls_certificate_server_set_request(stream->session,
                                              tls->asks ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
        if (tls->asks)
            gnutls_session_set_verify_cert(stream->session, NULL, 0);
        return true;
    }
    gnutls_session_set_verify_cert(stream->session, stream->host, 0);
    if (is_numeric(stream->host))
        return true; /* server names are DNS names only */
    return gnutls_server_name_set(stream->session, GNUTLS_NAME_DNS, stream->host,
                                  strlen(stream->host)) >= 0;
}

static void become_ready(struct rd_stream *stream)
{
    stream->ready = true;
    if (stream->session != NULL)
        (void)rd_tls_peer_name(stream->session, stream->name);
    if (stream->handlers->ready != NULL)
        stream->handlers->ready(stream->context);
}

/* Last words, as far as the socket takes them at once: the connection is closed next. */
static void say_goodbye(struct rd_stream *stream)
{
    uv_buf_t buf = uv_buf_init((char *)stream->out.bytes, (unsigned)stream->out.len);
    if (!stream->writing && stream->out.len > 0 && stream->out.len < READ_BYTES)
        (void)uv_try_write((uv_stream_t *)&stream->tcp, &buf, 1);
    rd_buf_clear(&stream->out);
}

/* Why a certificate was not taken (expired, of another authority ...): who must renew it can be
 * told. */
static void end_unverified(struct rd_stream *stream)
{
    gnutls_datum_t words = {NULL, 0};
    if (gnutls_certificate_verification_status_print(
            gnutls_session_get_verify_cert_status(stream->session), GNUTLS_CRT_X509, &words, 0) < 0)
        words.data = NULL;
    end(stream, words.data == NULL ? "the certificate is not trusted" : (const char *)words.data);
    gnutls_free(words.data);
}

static void shake_hands(struct rd_stream *stream)
{
    int status = gnutls_handshake(stream->session);
    if (gnutls_error_is_fatal(status) != 0) {
        (void)gnutls_alert_send_appropriate(stream->session, status);
        say_goodbye(stream);
        if (status == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
            end_unverified(stream);
        else
            end(stream, gnutls_strerror(status));
        return;
    }
    flush(stream);
    if (status == GNUTLS_E_SUCCESS)
        become_ready(stream);
}

/* Hands out plain bytes for as long as somebody reads and there are some. */
static void drain(struct rd_stream *stream)
{
    if (stream->draining)
        return;
    stream->draining = true;
    while (!stream->closing && !stream->told && stream->ready && stream->wanted) {
        size_t left = stream->in.len - stream->in_at;
        ssize_t got = gnutls_record_recv(stream->session, stream->plain, sizeof stream->plain);
        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED) {
            /* Also said after a record that was not for us (a session ticket), with more behind. */
            bool more = stream->in.len > stream->in_at && stream->in.len - stream->in_at < left;
            if (more)
                continue;
            break;
        }
        if (got <= 0 && (got == 0 || gnutls_error_is_fatal((int)got) != 0)) {
            end(stream, got == 0 || got == GNUTLS_E_PREMATURE_TERMINATION
                            ? NULL
                            : gnutls_strerror((int)got));
            break;
        }
        if (got > 0)
            stream->handlers->bytes(stream->context, (struct rd_text){stream->plain, (size_t)got});
    }
    stream->draining = false;
    if (!stream->closing && !stream->told)
        flush(stream); /* key updates, alerts */
}

/* --- libuv --- */

static void on_written(uv_write_t *write, int status)
{
    struct rd_stream *stream = write->data;
    stream->writing = false;
    rd_buf_clear(&stream->leaving);
    if (stream->closing)
        return;
    if (status != 0) {
        end(stream, uv_strerror(status));
        return;
    }
    if (stream->out.len > 0) {
        flush(stream);
    } else if (stream->user_write) {
        stream->user_write = false;
        stream->handlers->written(stream->context);
    }
}

static void flush(struct rd_stream *stream)
{
    if (stream->writing || stream->closing || !stream->open || stream->out.len == 0)
        return;
    struct rd_buf swap = stream->leaving;
    stream->leaving = stream->out;
    stream->out = swap;
    uv_buf_t buf = uv_buf_init((char *)stream->leaving.bytes, (unsigned)stream->leaving.len);
    stream->writing =
        uv_write(&stream->write, (uv_stream_t *)&stream->tcp, &buf, 1, on_written) == 0;
    if (!stream->writing)
        end(stream, "the connection cannot be written to");
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct rd_stream *stream = handle->data;
    (void)suggested;
    *buf = uv_buf_init(stream->chunk, sizeof stream->chunk);
}

static void on_read(uv_stream_t *tcp, ssize_t got, const uv_buf_t *buf)
{
    struct rd_stream *stream = tcp->data;
    if (got == 0)
        return;
    if (got < 0) {
        (void)uv_read_stop(tcp);
        stream->reading = false;
        stream->ending = true;
        if (stream->session != NULL && stream->ready)
            drain(stream);
        end(stream, got == UV_EOF ? NULL : uv_strerror((int)got));
        return;
    }
    if (stream->session == NULL) {
        stream->handlers->bytes(stream->context, (struct rd_text){buf->base, (size_t)got});
        return;
    }
    rd_buf_put(&stream->in, buf->base, (size_t)got);
    if (stream->in.failed) {
        end(stream, "no memory");
        return;
    }
    if (!stream->ready)
        shake_hands(stream);
    if (!stream->closing && stream->ready)
        drain(stream);
    set_reading(stream);
}

/* A handshake reads whether or not anybody wants bytes yet. */
static void set_reading(struct rd_stream *stream)
{
    bool on = stream->open && !stream->ending && !stream->told && !stream->closing &&
              (stream->wanted || (stream->session != NULL && !stream->ready));
    if (on == stream->reading)
        return;
    stream->reading = on;
    if (!on)
        (void)uv_read_stop((uv_stream_t *)&stream->tcp);
    else if (uv_read_start((uv_stream_t *)&stream->tcp, on_alloc, on_read) != 0)
        end(stream, "the connection cannot be read");
}

static void on_again(uv_idle_t *idle)
{
    struct rd_stream *stream = idle->data;
    (void)uv_idle_stop(idle);
    drain(stream);
}

static void opened(struct rd_stream *stream)
{
    stream->open = true;
    (void)uv_tcp_nodelay(&stream->tcp, 1);
    (void)uv_tcp_keepalive(&stream->tcp, 1, 60);
    if (stream->session == NULL)
        become_ready(stream);
    else
        shake_hands(stream);
    if (!stream->closing)
        set_reading(stream);
}

static struct rd_stream *make(uv_loop_t *loop, const struct rd_tls *tls, const char *host,
                              const struct rd_stream_handlers *handlers, void *context)
{
    struct rd_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        return NULL;
    stream->loop = loop;
    stream->handlers = handlers;
    stream->context = context;
    (void)snprintf(stream->host, sizeof stream->host, "%s", host);
    rd_buf_init(&stream->in, rd_alloc_heap());
    rd_buf_init(&stream->out, rd_alloc_heap());
    rd_buf_init(&stream->leaving, rd_alloc_heap());
    if (tls != NULL && !start_tls(stream, tls)) {
        if (stream->session != NULL)
            gnutls_deinit(stream->session);
        free(stream);
        return NULL;
    }
    stream->tcp.data = stream->write.data = stream->again.data = stream->resolve.data =
        stream->connect.data = stream;
    (void)uv_tcp_init(loop, &stream->tcp);
    (void)uv_idle_init(loop, &stream->again);
    stream->holders = 2;
    return stream;
}

static void on_accepted(uv_idle_t *idle)
{
    struct rd_stream *stream = idle->data;
    (void)uv_idle_stop(idle);
    opened(stream);
}

enum rd_err rd_stream_accept(uv_stream_t *server, const struct rd_tls *tls,
                             const struct rd_stream_handlers *handlers, void *context,
                             struct rd_stream **out)
{
    struct rd_stream *stream = make(server->loop, tls, "", handlers, context);
    *out = NULL;
    if (stream == NULL)
        return RD_E_NOMEM;
    if (uv_accept(server, (uv_stream_t *)&stream->tcp) != 0) {
        rd_stream_close(stream, NULL);
        return RD_E_IO;
    }
    /* Answers are short: a peer that does not take them is seen soon, not after megabytes. */
    int send_bytes = ACCEPTED_SEND_BYTES;
    (void)uv_send_buffer_size((uv_handle_t *)&stream->tcp, &send_bytes);
    (void)uv_idle_start(&stream->again, on_accepted); /* handlers are called from the loop */
    *out = stream;
    return RD_OK;
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct rd_stream *stream = connect->data;
    if (stream->closing)
        return;
    if (status != 0)
        end(stream, uv_strerror(status));
    else
        opened(stream);
}

static void release(struct rd_stream *stream)
{
    if (--stream->holders > 0)
        return;
    if (stream->session != NULL)
        gnutls_deinit(stream->session);
    rd_buf_fini(&stream->in);
    rd_buf_fini(&stream->out);
    rd_buf_fini(&stream->leaving);
    if (stream->closed != NULL)
        stream->closed(stream->context);
    free(stream);
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *found)
{
    struct rd_stream *stream = resolve->data;
    if (!stream->closing && status == 0)
        status = uv_tcp_connect(&stream->connect, &stream->tcp, found->ai_addr, on_connected);
    uv_freeaddrinfo(found);
    if (!stream->closing && status != 0)
        end(stream, uv_strerror(status));
    release(stream);
}

enum rd_err rd_stream_connect(uv_loop_t *loop, const char *host, uint16_t port,
                              const struct rd_tls *tls, const struct rd_stream_handlers *handlers,
                              void *context, struct rd_stream **out)
{
    char service[8];
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    *out = NULL;
    if (strlen(host) >= HOST_MAX)
        return RD_E_IO;
    struct rd_stream *stream = make(loop, tls, host, handlers, context);
    if (stream == NULL)
        return RD_E_NOMEM;
    (void)snprintf(service, sizeof service, "%u", port);
    if (uv_getaddrinfo(loop, &stream->resolve, on_resolved, host, service, &hints) != 0) {
        rd_stream_close(stream, NULL);
        return RD_E_IO;
    }
    stream->holders++;
    *out = stream;
    return RD_OK;
}

void rd_stream_read(struct rd_stream *stream, bool on)
{
    stream->wanted = on;
    set_reading(stream);
    if (on && stream->session != NULL && stream->ready && !stream->draining && !stream->closing)
        (void)uv_idle_start(&stream->again, on_again);
}

enum rd_err rd_stream_write(struct rd_stream *stream, struct rd_text bytes)
{
    rd_require(stream->ready && !stream->user_write);
    if (stream->session == NULL) {
        rd_buf_put(&stream->out, bytes.ptr, bytes.len);
    } else {
        for (size_t sent = 0; sent < bytes.len;) {
            ssize_t put = gnutls_record_send(stream->session, bytes.ptr + sent, bytes.len - sent);
            if (put < 0)
                return RD_E_IO;
            sent += (size_t)put;
        }
    }
    if (stream->out.failed)
        return RD_E_NOMEM;
    stream->user_write = true;
    flush(stream);
    return RD_OK;
}

struct rd_text rd_stream_peer_name(const struct rd_stream *stream)
{
    return stream->name[0] == '\0' ? RD_TEXT_NONE : rd_text_of(stream->name);
}

static void on_handle_closed(uv_handle_t *handle)
{
    release(handle->data);
}

void rd_stream_close(struct rd_stream *stream, void (*closed)(void *context))
{
    if (stream->closing)
        return;
    stream->closing = true;
    stream->closed = closed;
    if (stream->session != NULL && stream->ready && !stream->told && !stream->writing) {
        (void)gnutls_bye(stream->session, GNUTLS_SHUT_WR);
        say_goodbye(stream);
    }
    uv_close((uv_handle_t *)&stream->again, on_handle_closed);
    /* An end would stand behind bytes that the peer does not take, and the kernel keep both for
     * minutes: it is told by a reset instead. */
    if (uv_stream_get_write_queue_size((uv_stream_t *)&stream->tcp) == 0 ||
        uv_tcp_close_reset(&stream->tcp, on_handle_closed) != 0)
        uv_close((uv_handle_t *)&stream->tcp, on_handle_closed);
}
