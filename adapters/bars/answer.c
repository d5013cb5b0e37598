#include "adapters/bars/work.h"

#include "adapters/fhir/fhir_reply.h"
#include "adapters/fhir/fhir_xml.h"

enum { ID_BYTES = 64 };

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

enum form { FORM_NONE, FORM_ANY, FORM_JSON, FORM_XML };

static enum form form_of(struct rd_text type)
{
    static const struct {
        const char *name;
        enum form form;
    } rows[] = {{"application/fhir+json", FORM_JSON},
                {"application/json", FORM_JSON},
                {"text/json", FORM_JSON},
                {"json", FORM_JSON},
                {"application/fhir+xml", FORM_XML},
                {"application/xml", FORM_XML},
                {"text/xml", FORM_XML},
                {"xml", FORM_XML},
                {"*/*", FORM_ANY},
                {"application/*", FORM_ANY}};
    struct rd_text name = rd_text_trim(rd_text_slice(type, 0, rd_text_find(type, ';', 0)));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rd_text_equal_nocase(name, rd_text_of(rows[i].name)))
            return rows[i].form;
    return FORM_NONE;
}

/* The first of Accept that we have; weights are not looked at. */
static enum form asked(const struct rd_http_request *request)
{
    struct rd_text accept = rd_http_query(request, "_format");
    if (!rd_text_present(accept))
        accept = rd_http_header(request, "Accept");
    if (rd_text_trim(accept).len == 0)
        return FORM_ANY;
    enum form found = FORM_NONE;
    for (size_t at = 0; at < accept.len && found == FORM_NONE;) {
        size_t end = rd_text_find(accept, ',', at);
        found = form_of(rd_text_slice(accept, at, end - at));
        at = end + 1;
    }
    return found;
}

bool bars_wants_xml(const struct rd_http_request *request)
{
    enum form form = asked(request);
    if (form == FORM_JSON || form == FORM_XML)
        return form == FORM_XML;
    if (rd_http_body(request).len > 0)
        return rd_fhir_is_xml(rd_http_body(request));
    return form_of(rd_http_header(request, "Content-Type")) == FORM_XML;
}

bool bars_can_answer(const struct rd_http_request *request)
{
    return asked(request) != FORM_NONE;
}

void bars_answer(struct rd_http_request *request, unsigned status, struct rd_text body,
                 const struct bars_extra *extra)
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
    if (extra != NULL)
        lines[count++] = (struct rd_http_header_line){extra->name, extra->value};
    lines[count] = (struct rd_http_header_line){NULL, NULL};
    rd_http_answer(request, status,
                   bars_wants_xml(request) ? "application/fhir+xml; charset=utf-8"
                                           : "application/fhir+json; charset=utf-8",
                   body, lines);
}

static void fail(struct rd_http_request *request, const struct rd_fhir_failure *failure,
                 const struct bars_extra *extra)
{
    struct rd_buf body;
    rd_buf_init(&body, rd_alloc_heap());
    rd_fhir_reply_outcome(failure, bars_wants_xml(request), &body);
    bars_answer(request, failure->http, rd_buf_text(&body), extra);
    rd_buf_fini(&body);
}

void bars_fail(struct rd_http_request *request, const struct rd_fhir_failure *failure)
{
    const struct bars_extra later = {"Retry-After", failure->http == 429 ? "1" : "5"};
    fail(request, failure, failure->http == 503 || failure->http == 429 ? &later : NULL);
}

void bars_wrong_verb(struct rd_http_request *request, const char *allow)
{
    const struct bars_extra extra = {"Allow", allow};
    const struct rd_fhir_failure failure = {405, "REC_BAD_REQUEST", "not-supported",
                                            RD_TEXT("not with this verb: see the header Allow")};
    fail(request, &failure, &extra);
}

void bars_refuse(struct bars_service *service, struct rd_http_request *request, unsigned http,
                 const char *code, const char *issue, const char *words)
{
    const struct rd_fhir_failure failure = {http, code, issue, rd_text_of(words)};
    service->counters.refused++;
    bars_fail(request, &failure);
}

void bars_unavailable(struct bars_service *service, struct rd_http_request *request,
                      rd_instant began)
{
    const struct rd_fhir_failure away = {
        503, "REC_SERVICE_UNAVAILABLE", "transient",
        RD_TEXT("not held: the service cannot take this message now; send it again with "
                "the same ids")};
    const struct rd_fhir_failure late = {
        408, "REC_TIMEOUT", "timeout",
        RD_TEXT("no answer in time: it may be held or not; send it again with the same "
                "ids")};
    service->counters.unavailable++;
    bool waited = service->now() - began >= (rd_instant)BARS_TIMEOUT_MS * 1000 - RD_SECOND_US / 4;
    bars_fail(request, waited ? &late : &away);
}
