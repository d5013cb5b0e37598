#include "adapters/bars/service.h"

#include "adapters/fhir/fhir_reply.h"
#include "adapters/fhir/fhir_xml.h"
#include "link/log.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BYTES_MAX = 32 * 1024 * 1024, ID_BYTES = 64 };

#define FHIR_JSON "application/fhir+json"
#define FHIR_XML "application/fhir+xml"

/* One request until its answer: what was read lives in its arena. */
struct exchange {
    struct bars_service *service;
    struct rd_http_request *request;
    struct rd_arena arena;
    struct rd_fhir_read read;
};

/* Both ids go back with every answer; a value that is no plain id is not echoed. */
static const char *echo(struct rd_text id, char out[ID_BYTES])
{
    size_t len = 0;
    for (; len < id.len && len < ID_BYTES - 1; len++) {
        char c = id.ptr[len];
        bool plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        if (!plain)
            return NULL;
        out[len] = c;
    }
    out[len] = '\0';
    return len == 0 || len < id.len ? NULL : out;
}

static bool is_type(struct rd_text type, const char *fhir, const char *plain)
{
    struct rd_text name = rd_text_trim(rd_text_slice(type, 0, rd_text_find(type, ';', 0)));
    return rd_text_equal_nocase(name, rd_text_of(fhir)) ||
           rd_text_equal_nocase(name, rd_text_of(plain));
}

/* Answered in the form that was sent; without a body, in the first that is asked for. */
static bool wants_xml(const struct rd_http_request *request)
{
    bool posted = rd_http_method(request) == RD_HTTP_POST;
    struct rd_text type = rd_http_header(request, posted ? "Content-Type" : "Accept");
    struct rd_text body = rd_http_body(request);
    if (posted && body.len > 0)
        return rd_fhir_is_xml(body);
    return is_type(rd_text_slice(type, 0, rd_text_find(type, ',', 0)), FHIR_XML, "application/xml");
}

static void answer(struct rd_http_request *request, unsigned status, struct rd_text body,
                   const char *extra_name, const char *extra_value)
{
    char request_id[ID_BYTES];
    char correlation_id[ID_BYTES];
    struct rd_http_header_line lines[6];
    size_t count = 0;
    const char *id = echo(rd_http_header(request, "X-Request-Id"), request_id);
    if (id != NULL)
        lines[count++] = (struct rd_http_header_line){"X-Request-Id", id};
    id = echo(rd_http_header(request, "X-Correlation-Id"), correlation_id);
    if (id != NULL)
        lines[count++] = (struct rd_http_header_line){"X-Correlation-Id", id};
    lines[count++] = (struct rd_http_header_line){"Cache-Control", "no-store"};
    if (extra_name != NULL)
        lines[count++] = (struct rd_http_header_line){extra_name, extra_value};
    lines[count] = (struct rd_http_header_line){NULL, NULL};
    rd_http_answer(request, status,
                   (wants_xml(request) ? FHIR_XML "; charset=utf-8" : FHIR_JSON "; charset=utf-8"),
                   body, lines);
}

static void answer_failure(struct rd_http_request *request, const struct rd_fhir_failure *failure,
                           const char *extra_name, const char *extra_value)
{
    struct rd_buf body;
    rd_buf_init(&body, rd_alloc_heap());
    rd_fhir_reply_outcome(failure, wants_xml(request), &body);
    answer(request, failure->http, rd_buf_text(&body), extra_name, extra_value);
    rd_buf_fini(&body);
}

static void answer_unavailable(struct rd_http_request *request)
{
    const struct rd_fhir_failure failure = {
        503, "REC_SERVICE_UNAVAILABLE", "transient",
        RD_TEXT(
            "not held: the service cannot take this message now; send it again with the same ids")};
    answer_failure(request, &failure, "Retry-After", "5");
}

static void exchange_free(struct exchange *exchange)
{
    rd_arena_fini(&exchange->arena);
    free(exchange);
}

static void answer_held(struct exchange *exchange, const struct rd_submit_result *result)
{
    struct rd_buf body;
    char test[32]; /* a test on a test feed: recorded, never dispatched; told what it would be */
    bool is_test = rd_text_is(result->reason, "test");
    (void)snprintf(test, sizeof test, "TEST-%llu", (unsigned long long)result->entry);
    const struct rd_fhir_held held = {.referral = is_test ? rd_text_of(test) : result->referral,
                                      .answer = is_test ? result->words : result->answer,
                                      .encounter_status = "planned",
                                      .now = result->held_at};
    rd_buf_init(&body, rd_alloc_heap());
    if (rd_fhir_reply_held(rd_http_body(exchange->request), &held, &body) == RD_OK) {
        exchange->service->counters.held++;
        answer(exchange->request, 200, rd_buf_text(&body), NULL, NULL);
    } else {
        /* Held, but the answer could not be built: a retry is answered as a repeat. */
        const struct rd_fhir_failure failure = {500, "REC_SERVER_ERROR", "transient",
                                                RD_TEXT("held, but the answer could not be made")};
        answer_failure(exchange->request, &failure, NULL, NULL);
    }
    rd_buf_fini(&body);
}

/* The router's word on a message that is not simply held, in the standard's terms. */
static struct rd_fhir_failure failure_of(const struct rd_submit_result *result)
{
    struct rd_text reason = result->reason;
    if (result->disposal == RD_DISPOSAL_REPEAT && !rd_text_is(reason, "conflict"))
        return (struct rd_fhir_failure){409, "REC_CONFLICT", "duplicate",
                                        RD_TEXT("X-Request-Id: this message has been processed")};
    if (rd_text_is(reason, "conflict"))
        return (struct rd_fhir_failure){
            409, "REC_CONFLICT", "conflict",
            RD_TEXT(
                "X-Request-Id: it came before with other content; this one is kept for the desk to "
                "look at: send a changed message with a new id")};
    if (rd_text_is(reason, "stale"))
        return (struct rd_fhir_failure){
            409, "REC_CONFLICT", "conflict",
            RD_TEXT("ServiceRequest.meta.lastUpdated: older than what is "
                    "held")};
    if (rd_text_is(reason, "test-on-live") || rd_text_is(reason, "live-on-test"))
        return (struct rd_fhir_failure){422, "REC_UNPROCESSABLE_ENTITY", "not-supported",
                                        RD_TEXT("Bundle.meta.tag: this endpoint is of the other "
                                                "environment (live, test)")};
    return (struct rd_fhir_failure){
        422, "REC_UNPROCESSABLE_ENTITY", "not-supported",
        rd_text_present(result->words) ? result->words : RD_TEXT("the message was not accepted")};
}

static void on_result(void *context, const struct rd_submit_result *result)
{
    struct exchange *exchange = context;
    struct bars_counters *counters = &exchange->service->counters;
    bool positive = result != NULL && !result->busy && result->disposal >= RD_DISPOSAL_NEW &&
                    result->disposal <= RD_DISPOSAL_FACT_IGNORED &&
                    result->disposal != RD_DISPOSAL_REPEAT;
    if (exchange->read.failure.http != 0) {
        counters->refused++; /* refused at the door: recorded or not, the answer is the same */
        answer_failure(exchange->request, &exchange->read.failure, NULL, NULL);
    } else if (result == NULL || result->busy) {
        counters->unavailable++;
        answer_unavailable(exchange->request);
    } else if (positive || rd_text_is(result->reason, "test")) {
        answer_held(exchange, result);
    } else {
        struct rd_fhir_failure failure = failure_of(result);
        if (result->disposal == RD_DISPOSAL_REPEAT)
            counters->repeats++;
        else
            counters->refused++;
        answer_failure(exchange->request, &failure, NULL, NULL);
    }
    exchange_free(exchange);
}

static bool names(const struct rd_feed *feed, struct rd_text ods)
{
    for (size_t i = 0; i < feed->ods_count; i++)
        if (rd_text_present(ods) && rd_text_equal_nocase(feed->ods[i], ods))
            return true;
    return false;
}

/* Whose message it is: by the sending organisation among the feeds served, of two with the same
 * organisation the one of the message's environment; a lone feed that names no organisations takes
 * all. */
static const struct rd_feed *feed_of(const struct bars_service *service, struct rd_text ods,
                                     bool test)
{
    const struct rd_feed *found = NULL;
    for (size_t i = 0; i < service->feeds_count; i++) {
        const struct rd_feed *feed = service->feeds[i];
        if (names(feed, ods) &&
            (found == NULL || (feed->environment == RD_ENVIRONMENT_TEST) == test))
            found = feed;
    }
    if (found != NULL)
        return found;
    bool lone = service->feeds_count == 1;
    return lone && service->feeds[0]->ods_count == 0 ? service->feeds[0] : NULL;
}

static struct rd_fhir_headers headers_of(const struct rd_http_request *request)
{
    return (struct rd_fhir_headers){
        .request_id = rd_http_header(request, "X-Request-Id"),
        .correlation_id = rd_http_header(request, "X-Correlation-Id"),
        .target_identifier = rd_http_header(request, "NHSD-Target-Identifier"),
        .end_user_organisation = rd_http_header(request, "NHSD-End-User-Organisation"),
    };
}

/* Over mutual TLS the certificate says who speaks; the message only says for whom. */
static bool may_send(struct exchange *exchange, const struct rd_feed *feed)
{
    char name[RD_TLS_NAME_MAX];
    const struct rd_door *door = exchange->service->door;
    bool shown = rd_http_peer_name(exchange->request, name);
    if (rd_door_allows(door, shown ? rd_text_of(name) : RD_TEXT_NONE, feed->name))
        return true;
    rd_log(RD_LOG_WARNING, "bars.certificate-without-right", rd_log_name("feed", feed->name));
    exchange->read.failure = (struct rd_fhir_failure){
        403, "REC_FORBIDDEN", "security",
        RD_TEXT("the certificate of this connection may not send for this organisation: ask for it "
                "to be added")};
    return false;
}

/* True when the exchange goes on to the router. */
static bool read_request(struct exchange *exchange)
{
    struct bars_service *service = exchange->service;
    const struct rd_fhir_headers headers = headers_of(exchange->request);
    const struct rd_feed *feed = service->feeds[0];
    enum rd_err err =
        rd_fhir_read(feed->name, RD_ENVIRONMENT_LIVE, &headers, rd_http_body(exchange->request),
                     &exchange->arena, &exchange->read);
    if (err != RD_OK) {
        exchange->read.failure = (struct rd_fhir_failure){
            422, "REC_UNPROCESSABLE_ENTITY", "too-costly",
            RD_TEXT("the message has more parts than one message may have: split it")};
        return false;
    }
    bool test = exchange->read.submission.environment == RD_ENVIRONMENT_TEST; /* it says so */
    feed = feed_of(service, exchange->read.sender_ods, test);
    if (feed == NULL && exchange->read.failure.http == 0) {
        rd_log(RD_LOG_WARNING, "bars.unknown-sender",
               rd_log_words("what", "the sending organisation is of no feed"));
        exchange->read.failure = (struct rd_fhir_failure){
            403, "REC_FORBIDDEN", "forbidden",
            RD_TEXT("MessageHeader.sender: this organisation may not send here: ask for it to be "
                    "added, or correct its ODS code")};
        return false;
    }
    if (feed != NULL && !may_send(exchange, feed))
        return false;
    if (feed != NULL) {
        exchange->read.submission.feed = feed->name;
        exchange->read.submission.environment = test ? RD_ENVIRONMENT_TEST : feed->environment;
    }
    return true;
}

static void process_message(struct bars_service *service, struct rd_http_request *request)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL) {
        answer_unavailable(request);
        return;
    }
    exchange->service = service;
    exchange->request = request;
    rd_arena_init(&exchange->arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    struct rd_errbuf why = {""};
    enum rd_err err = RD_E_DENIED;
    if (read_request(exchange))
        err = rd_intake_submit(service->intake, &exchange->read.submission, on_result, exchange,
                               &why);
    if (err == RD_OK)
        return;
    if (err == RD_E_TOOBIG)
        exchange->read.failure = (struct rd_fhir_failure){422, "REC_UNPROCESSABLE_ENTITY",
                                                          "too-costly", rd_text_of(why.text)};
    on_result(exchange, NULL);
}

static bool is_fhir(struct rd_text type)
{
    return is_type(type, FHIR_JSON, "application/json") ||
           is_type(type, FHIR_XML, "application/xml");
}

static void refuse(struct rd_http_request *request, unsigned http, const char *code,
                   const char *issue, const char *words)
{
    const struct rd_fhir_failure failure = {http, code, issue, rd_text_of(words)};
    answer_failure(request, &failure, http == 405 ? "Allow" : NULL, "POST");
}

/* libmicrohttpd asks for a certificate and leaves it to us to insist on one. */
static bool has_certificate(const struct bars_service *service,
                            const struct rd_http_request *request)
{
    char name[RD_TLS_NAME_MAX];
    const struct rd_tls *tls = rd_door_tls(service->door);
    return tls == NULL || !rd_tls_asks(tls) || rd_http_peer_name(request, name);
}

void bars_handle(void *context, struct rd_http_request *request)
{
    struct bars_service *service = context;
    struct rd_text path = rd_http_path(request);
    service->counters.requests++;
    if (!has_certificate(service, request)) {
        service->counters.refused++;
        refuse(request, 403, "REC_FORBIDDEN", "security",
               "this door asks for a client certificate of its authority");
        return;
    }
    if (rd_text_is(path, "/metadata") && rd_http_method(request) == RD_HTTP_GET) {
        struct rd_buf body;
        rd_buf_init(&body, rd_alloc_heap());
        rd_fhir_reply_metadata(service->version, service->url, wants_xml(request), &body);
        answer(request, 200, rd_buf_text(&body), NULL, NULL);
        rd_buf_fini(&body);
    } else if (!rd_text_is(path, "/$process-message")) {
        refuse(request, 404, "REC_NOT_FOUND", "not-found",
               "there is nothing here: send messages to POST /$process-message");
    } else if (rd_http_method(request) != RD_HTTP_POST) {
        refuse(request, 405, "REC_BAD_REQUEST", "not-supported",
               "/$process-message takes POST only");
    } else if (!is_fhir(rd_http_header(request, "Content-Type"))) {
        refuse(request, 422, "REC_UNPROCESSABLE_ENTITY", "not-supported",
               "Content-Type: expected application/fhir+json or application/fhir+xml");
    } else {
        process_message(service, request);
    }
}

void bars_too_large(void *context, struct rd_http_request *request)
{
    struct bars_service *service = context;
    service->counters.refused++;
    rd_log(RD_LOG_WARNING, "bars.oversize", rd_log_number("bytes_max", RD_BODY_BYTES_MAX));
    refuse(request, 413, "REC_UNPROCESSABLE_ENTITY", "too-costly",
           "the message is over 1 MiB: send attachments by another way");
}
