/* GET /ServiceRequest: what a sender's own requests have become. The router records who reads
 * before anything leaves it. Nothing of the path or the query is ever logged: it names people. */
#include "adapters/bars/work.h"

#include "adapters/fhir/fhir_headers.h"
#include "adapters/fhir/fhir_json.h"
#include "adapters/fhir/fhir_search.h"
#include "base/ident.h"
#include "model/nhs_number.h"

#include <stdio.h>
#include <stdlib.h>

enum { FOUND_MAX = 32 };

struct reading {
    struct bars_service *service;
    struct rd_http_request *request;
    rd_instant began;
    struct rd_arena arena;
    struct rd_text feed, by;
    struct rd_text sought;           /* of a search: the number */
    struct rd_text names[FOUND_MAX]; /* to be opened, one after the other */
    size_t count, at;
    char version[RD_FHIR_VERSION_MAX]; /* of the last one */
    struct rd_fhir_set *set;
};

static void reading_free(struct reading *reading)
{
    rd_fhir_set_free(reading->set);
    rd_arena_fini(&reading->arena);
    free(reading);
}

static void end_refused(struct reading *reading, unsigned http, const char *code, const char *issue,
                        const char *words)
{
    bars_refuse(reading->service, reading->request, http, code, issue, words);
    reading_free(reading);
}

static void end_unavailable(struct reading *reading)
{
    bars_unavailable(reading->service, reading->request, reading->began);
    reading_free(reading);
}

/* One that never was, one of somebody else, one that is no longer kept: all the same. */
static void end_unknown(struct reading *reading)
{
    end_refused(reading, 404, "REC_NOT_FOUND", "not-found",
                "there is no ServiceRequest of that id for this organisation");
}

static void end_found(struct reading *reading)
{
    char etag[RD_FHIR_VERSION_MAX + 8];
    char query[128];
    struct rd_buf body;
    bool xml = bars_wants_xml(reading->request);
    bool search = rd_text_present(reading->sought);
    rd_buf_init(&body, rd_alloc_heap());
    (void)snprintf(etag, sizeof etag, "W/\"%s\"", reading->version);
    (void)snprintf(query, sizeof query,
                   "patient:identifier=https%%3A%%2F%%2Ffhir.nhs.uk%%2FId%%2Fnhs-number%%7C%.*s",
                   RD_TEXT_ARG(reading->sought));
    if (search)
        rd_fhir_set_write(reading->set, reading->service->url, rd_text_of(query),
                          reading->service->now(), xml, &body);
    else
        rd_fhir_set_write_one(reading->set, xml, &body);
    const struct bars_extra version = {"ETag", etag};
    if (body.failed) {
        end_refused(reading, 500, "REC_SERVER_ERROR", "exception", "the answer could not be made");
    } else {
        reading->service->counters.reads++;
        bars_answer(reading->request, 200, rd_buf_text(&body), search ? NULL : &version);
        reading_free(reading);
    }
    rd_buf_fini(&body);
}

static void open_next(struct reading *reading);

static void on_opened(void *context, const struct rd_message *message)
{
    struct reading *reading = context;
    const struct rd_opened *opened = message == NULL ? NULL : message->opened;
    bool gone =
        message != NULL && message->refused != NULL && message->refused->code == RD_REFUSAL_UNKNOWN;
    enum rd_err err =
        opened == NULL ? RD_E_NOTFOUND : rd_fhir_set_add(reading->set, opened, reading->version);
    if ((opened == NULL && !gone) || err == RD_E_NOMEM)
        end_unavailable(reading);
    else if (err == RD_OK || rd_text_present(reading->sought)) /* gone since it was found */
        open_next(reading);
    else
        end_unknown(reading);
}

static void open_next(struct reading *reading)
{
    if (reading->at == reading->count) {
        end_found(reading);
        return;
    }
    struct rd_open open = {.target = reading->names[reading->at++],
                           .by = reading->by,
                           .purpose = rd_text_present(reading->sought)
                                          ? RD_TEXT("GET ServiceRequest by patient:identifier")
                                          : RD_TEXT("GET ServiceRequest"),
                           .feed = reading->feed};
    const struct rd_message message = {.open = &open};
    if (rd_intake_ask(reading->service->intake, &message, on_opened, reading) != RD_OK)
        end_unavailable(reading);
}

static void on_found(void *context, const struct rd_message *message)
{
    struct reading *reading = context;
    const struct rd_query_result *result = message == NULL ? NULL : message->query_result;
    if (result == NULL) {
        end_unavailable(reading);
        return;
    }
    for (size_t i = 0; i < result->found_count && reading->count < FOUND_MAX; i++)
        if (rd_arena_copy(&reading->arena, result->found[i], &reading->names[reading->count]))
            reading->count++;
    open_next(reading);
}

static void find(struct reading *reading)
{
    struct rd_identifier sought = {.system = RD_TEXT("nhs-number"), .value = reading->sought};
    struct rd_query query = {
        .kind = RD_QUERY_FIND, .target = reading->feed, .by = reading->by, .sought = &sought};
    const struct rd_message message = {.query = &query};
    if (rd_intake_ask(reading->service->intake, &message, on_found, reading) != RD_OK)
        end_unavailable(reading);
}

/* patient:identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018. False: answered. */
static bool read_query(struct reading *reading)
{
    static const char expected[] =
        "patient:identifier: expected https://fhir.nhs.uk/Id/nhs-number|, then ten digits";
    struct rd_text value = rd_http_query(reading->request, "patient:identifier");
    size_t bar = rd_text_find(value, '|', 0);
    if (!rd_text_present(value)) {
        end_refused(reading, 400, "REC_BAD_REQUEST", "required", expected);
        return false;
    }
    bool good =
        bar < value.len &&
        rd_fhir_same_uri(rd_text_slice(value, 0, bar), "https://fhir.nhs.uk/Id/nhs-number") &&
        rd_nhs_number_check(rd_text_slice(value, bar + 1, value.len), &reading->arena,
                            &reading->sought) != RD_NHS_NUMBER_FORM &&
        !rd_nhs_number_is_placeholder(reading->sought);
    if (!good)
        end_refused(reading, 400, "REC_BAD_REQUEST", "value", expected);
    return good;
}

/* The same headers as of a message; the organisation says whose requests. False: answered. */
static bool read_asker(struct reading *reading)
{
    struct bars_service *service = reading->service;
    const struct rd_fhir_headers headers = bars_headers(reading->request);
    struct rd_fhir_failure failure = {.http = 0};
    struct rd_text ods = RD_TEXT_NONE;
    if (!rd_fhir_check_headers(&headers, &failure)) {
        service->counters.refused++;
        bars_fail(reading->request, &failure);
        reading_free(reading);
        return false;
    }
    if (!rd_fhir_organisation(headers.end_user_organisation, &reading->arena, &ods)) {
        bool missing = !rd_text_present(headers.end_user_organisation);
        end_refused(reading, 400, "REC_BAD_REQUEST", missing ? "required" : "invalid",
                    "NHSD-End-User-Organisation: expected base64 of an Organization with its ODS "
                    "code as identifier");
        return false;
    }
    size_t feed = bars_feed_of(service, ods, false);
    if (feed == BARS_FEED_NONE || !bars_may_use(service, reading->request, service->feeds[feed])) {
        end_refused(reading, 403, "REC_FORBIDDEN",
                    feed == BARS_FEED_NONE ? "forbidden" : "security",
                    "this organisation may not read here, or not with this certificate: ask for "
                    "it to be added");
        return false;
    }
    reading->feed = service->feeds[feed]->name;
    reading->by = bars_asker(reading->request, ods, &reading->arena);
    return true;
}

void bars_read(struct bars_service *service, struct rd_http_request *request, struct rd_text id)
{
    struct reading *reading = calloc(1, sizeof *reading);
    rd_instant began = service->now();
    uint64_t ignored = 0;
    if (reading == NULL || (reading->set = rd_fhir_set_new()) == NULL) {
        free(reading);
        bars_unavailable(service, request, began);
        return;
    }
    reading->service = service;
    reading->request = request;
    reading->began = began;
    rd_arena_init(&reading->arena, rd_alloc_heap(), BARS_ARENA_BYTES_MAX);
    if (!read_asker(reading))
        return;
    if (id.len == 0) {
        if (read_query(reading))
            find(reading);
    } else if (!rd_ident_parse(id, &ignored) ||
               !rd_arena_copy(&reading->arena, id, &reading->names[0])) {
        end_unknown(reading);
    } else {
        reading->count = 1;
        open_next(reading);
    }
}
