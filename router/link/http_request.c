#include "link/http_request.h"

#include "link/tls_session.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ARENA_BYTES_SPARE = 64 * 1024 }; /* path, names, the table of fields */

static const char form_type[] = "application/x-www-form-urlencoded";

static enum rd_http_method method_of(const char *name)
{
    static const struct {
        const char *name;
        enum rd_http_method method;
    } rows[] = {{"GET", RD_HTTP_GET},
                {"HEAD", RD_HTTP_HEAD},
                {"POST", RD_HTTP_POST},
                {"PUT", RD_HTTP_PUT},
                {"DELETE", RD_HTTP_DELETE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].method;
    return RD_HTTP_OTHER;
}

static bool copy_peer(struct rd_http_request *request)
{
    char text[INET6_ADDRSTRLEN] = "";
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr->sa_family == AF_INET)
        (void)uv_ip4_name((const struct sockaddr_in *)info->client_addr, text, sizeof text);
    if (info != NULL && info->client_addr->sa_family == AF_INET6)
        (void)uv_ip6_name((const struct sockaddr_in6 *)info->client_addr, text, sizeof text);
    return rd_arena_copy(&request->arena, rd_text_of(text), &request->peer);
}

static void release(struct rd_http_request *request)
{
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    rd_buf_fini(&request->body);
    rd_arena_fini(&request->arena);
    free(request);
}

struct rd_http_request *rd_http_request_new(struct MHD_Connection *connection, const char *path,
                                            const char *method, size_t body_bytes_max)
{
    struct rd_http_request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return NULL;
    request->connection = connection;
    request->held_by_server = true;
    request->method = method_of(method);
    rd_buf_init(&request->body, rd_alloc_heap());
    rd_arena_init(&request->arena, rd_alloc_heap(), body_bytes_max + ARENA_BYTES_SPARE);
    if (!rd_arena_copy(&request->arena, rd_text_of(path), &request->path) ||
        !rd_arena_copy(&request->arena, rd_text_of(method), &request->method_name) ||
        !copy_peer(request)) {
        release(request);
        return NULL;
    }
    return request;
}

void rd_http_when_taken(struct rd_http_request *request, void (*taken)(void *context, bool written),
                        void *context)
{
    request->taken = taken;
    request->taken_context = context;
}

void rd_http_request_told(struct rd_http_request *request, bool written)
{
    void (*taken)(void *context, bool written) = request->taken;
    request->taken = NULL;
    if (taken != NULL)
        taken(request->taken_context, written);
}

void rd_http_request_leave_server(struct rd_http_request *request)
{
    request->held_by_server = false;
    request->connection = NULL;
    request->httpd = NULL;
    if (!request->held_by_handler)
        release(request);
}

void rd_http_request_leave_handler(struct rd_http_request *request)
{
    request->held_by_handler = false;
    if (!request->held_by_server)
        release(request);
}

/* --- the form --- */

static bool is_form(const struct rd_http_request *request)
{
    struct rd_text type = rd_http_header(request, "Content-Type");
    struct rd_text head = rd_text_trim(rd_text_slice(type, 0, rd_text_find(type, ';', 0)));
    return rd_text_equal_nocase(head, rd_text_of(form_type));
}

bool rd_http_request_parse_form(struct rd_http_request *request)
{
    struct rd_text body = rd_http_body(request);
    if (body.len == 0 || !is_form(request))
        return true;
    return rd_http_form_read(body, &request->arena, &request->form);
}

/* --- what a handler may ask --- */

enum rd_http_method rd_http_method(const struct rd_http_request *request)
{
    return request->method;
}

const char *rd_http_method_name(const struct rd_http_request *request)
{
    return request->method_name.ptr;
}

struct rd_text rd_http_path(const struct rd_http_request *request)
{
    return request->path;
}

static struct rd_text look_up(const struct rd_http_request *request, enum MHD_ValueKind kind,
                              const char *name)
{
    const char *value = NULL;
    size_t len = 0;
    if (request->connection == NULL ||
        MHD_lookup_connection_value_n(request->connection, kind, name, strlen(name), &value,
                                      &len) != MHD_YES)
        return RD_TEXT_NONE;
    return value == NULL ? RD_TEXT("") : (struct rd_text){value, len};
}

struct rd_text rd_http_header(const struct rd_http_request *request, const char *name)
{
    return look_up(request, MHD_HEADER_KIND, name);
}

struct rd_text rd_http_query(const struct rd_http_request *request, const char *name)
{
    return look_up(request, MHD_GET_ARGUMENT_KIND, name);
}

struct rd_text rd_http_cookie(const struct rd_http_request *request, const char *name)
{
    return look_up(request, MHD_COOKIE_KIND, name);
}

struct rd_text rd_http_body(const struct rd_http_request *request)
{
    return rd_buf_text(&request->body);
}

struct rd_text rd_http_form(const struct rd_http_request *request, const char *name)
{
    return rd_http_form_value(&request->form, name);
}

struct rd_text rd_http_peer(const struct rd_http_request *request)
{
    return request->peer;
}

bool rd_http_secure(const struct rd_http_request *request)
{
    return request->connection != NULL &&
           MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION) != NULL;
}

bool rd_http_peer_name(const struct rd_http_request *request, char out[RD_TLS_NAME_MAX])
{
    out[0] = '\0';
    if (request->connection == NULL)
        return false;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info != NULL && rd_tls_peer_name(info->tls_session, out);
}
