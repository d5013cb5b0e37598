/* What stands at which path, and who may come in at all. */
#include "adapters/bars/service.h"

#include "adapters/bars/work.h"
#include "adapters/fhir/fhir_reply.h"
#include "adapters/fhir/fhir_search.h"
#include "link/log.h"
#include "model/limits.h"

static bool is_type(struct rd_text type, const char *fhir, const char *plain)
{
    struct rd_text name = rd_text_trim(rd_text_slice(type, 0, rd_text_find(type, ';', 0)));
    return rd_text_equal_nocase(name, rd_text_of(fhir)) ||
           rd_text_equal_nocase(name, rd_text_of(plain));
}

/* Of "application/fhir+json; version=1.2.0": absent, or 1.x. */
static bool is_our_version(struct rd_text type)
{
    struct rd_text name = RD_TEXT("version=");
    for (size_t at = rd_text_find(type, ';', 0); at < type.len;) {
        size_t end = rd_text_find(type, ';', at + 1);
        struct rd_text part = rd_text_trim(rd_text_slice(type, at + 1, end - at - 1));
        struct rd_text key = rd_text_slice(part, 0, name.len);
        struct rd_text value = rd_text_slice(part, name.len, part.len);
        if (value.len > 0 && value.ptr[0] == '"')
            value = rd_text_slice(value, 1, value.len);
        if (rd_text_equal_nocase(key, name))
            return rd_text_is(rd_text_slice(value, 0, 1), "1") &&
                   (value.len == 1 || value.ptr[1] == '.' || value.ptr[1] == '"');
        at = end;
    }
    return true;
}

/* libmicrohttpd asks for a certificate and leaves it to us to insist on one. */
static bool has_certificate(const struct bars_service *service,
                            const struct rd_http_request *request)
{
    char name[RD_TLS_NAME_MAX];
    const struct rd_tls *tls = rd_door_tls(service->door);
    bool has = tls == NULL || !rd_tls_asks(tls) || rd_http_peer_name(request, name);
    if (!has)
        rd_log(RD_LOG_WARNING, "bars.no-certificate",
               rd_log_words("what", "none, expired, or not of the authority"));
    return has;
}

static void post_message(struct bars_service *service, struct rd_http_request *request,
                         struct rd_text rest)
{
    struct rd_text type = rd_http_header(request, "Content-Type");
    (void)rest;
    if (!is_type(type, "application/fhir+json", "application/json") &&
        !is_type(type, "application/fhir+xml", "application/xml"))
        bars_refuse(service, request, 422, "REC_UNPROCESSABLE_ENTITY", "not-supported",
                    "Content-Type: expected application/fhir+json or application/fhir+xml");
    else if (!is_our_version(type))
        bars_refuse(service, request, 422, "REC_UNPROCESSABLE_ENTITY", "not-supported",
                    "Content-Type: this version of the standard is not read; send version=1.x.y");
    else
        bars_process(service, request);
}

static void answer_with(struct rd_http_request *request, struct rd_buf *body)
{
    const struct rd_fhir_failure failure = {500, "REC_SERVER_ERROR", "exception",
                                            RD_TEXT("the answer could not be made")};
    if (body->failed)
        bars_fail(request, &failure);
    else
        bars_answer(request, 200, rd_buf_text(body), NULL);
    rd_buf_fini(body);
}

static void get_metadata(struct bars_service *service, struct rd_http_request *request,
                         struct rd_text rest)
{
    struct rd_buf body;
    (void)rest;
    rd_buf_init(&body, rd_alloc_heap());
    rd_fhir_capabilities(service->version, service->url, bars_wants_xml(request), &body);
    answer_with(request, &body);
}

static void get_definitions(struct bars_service *service, struct rd_http_request *request,
                            struct rd_text rest)
{
    struct rd_buf body;
    struct rd_text context = rd_http_query(request, "context");
    bool foreign = context.len > 0 && !bars_is_ours(service, context);
    (void)rest;
    rd_buf_init(&body, rd_alloc_heap());
    rd_fhir_definitions(service->url, service->services, service->services_count, foreign,
                        service->now(), bars_wants_xml(request), &body);
    answer_with(request, &body);
}

static void get_nothing(struct bars_service *service, struct rd_http_request *request,
                        struct rd_text rest)
{
    (void)rest;
    bars_refuse(service, request, 501, "REC_NOT_IMPLEMENTED", "not-supported",
                "bookings are not taken here: there are no slots and no appointments");
}

static const struct place {
    const char *path;
    bool below; /* what stands under it too */
    enum rd_http_method method;
    const char *allow;
    void (*run)(struct bars_service *service, struct rd_http_request *request, struct rd_text rest);
} places[] = {
    {"/$process-message", false, RD_HTTP_POST, "POST", post_message},
    {"/metadata", false, RD_HTTP_GET, "GET, HEAD", get_metadata},
    {"/MessageDefinition", false, RD_HTTP_GET, "GET, HEAD", get_definitions},
    {"/ServiceRequest", true, RD_HTTP_GET, "GET, HEAD", bars_read},
    {"/Slot", true, RD_HTTP_GET, "GET, HEAD", get_nothing},
    {"/Appointment", true, RD_HTTP_GET, "GET, HEAD", get_nothing},
};

static const struct place *find_place(struct rd_text path, struct rd_text *rest)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct rd_text own = rd_text_of(places[i].path);
        if (!rd_text_equal(rd_text_slice(path, 0, own.len), own))
            continue;
        bool below = places[i].below && path.len > own.len && path.ptr[own.len] == '/';
        *rest = rd_text_slice(path, own.len + 1, path.len);
        if (path.len == own.len || below)
            return &places[i];
    }
    return NULL;
}

void bars_handle(void *context, struct rd_http_request *request)
{
    struct bars_service *service = context;
    struct rd_text rest = RD_TEXT_NONE;
    const struct place *place = find_place(rd_http_path(request), &rest);
    enum rd_http_method method = rd_http_method(request);
    service->counters.requests++;
    if (!has_certificate(service, request)) {
        bars_refuse(service, request, 403, "REC_FORBIDDEN", "security",
                    "this door asks for a client certificate of its authority");
    } else if (place == NULL) {
        bars_refuse(service, request, 404, "REC_NOT_FOUND", "not-found",
                    "there is nothing here: send messages to POST /$process-message");
    } else if (method != place->method &&
               !(method == RD_HTTP_HEAD && place->method == RD_HTTP_GET)) {
        service->counters.refused++;
        bars_wrong_verb(request, place->allow);
    } else if (place->method == RD_HTTP_GET && !bars_can_answer(request)) {
        bars_refuse(service, request, 406, "REC_NOT_ACCEPTABLE", "processing",
                    "Accept: expected application/fhir+json or application/fhir+xml");
    } else {
        place->run(service, request, rest);
    }
}

void bars_too_large(void *context, struct rd_http_request *request)
{
    struct bars_service *service = context;
    rd_log(RD_LOG_WARNING, "bars.oversize", rd_log_number("bytes_max", RD_BODY_BYTES_MAX));
    bars_refuse(service, request, 413, "REC_UNPROCESSABLE_ENTITY", "too-costly",
                "the message is over 1 MiB: send attachments by another way");
}
