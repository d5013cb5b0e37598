/* POST /$process-message. An update may say only what changed: when the router holds another
 * revision than the one it was made from ("revision", nothing kept), that one is opened, the update
 * is merged with it and submitted again. */
#include "adapters/bars/work.h"

#include "adapters/fhir/fhir_reply.h"
#include "adapters/fhir/fhir_update.h"
#include "link/log.h"

#include <stdio.h>
#include <stdlib.h>

enum { MERGES_MAX = 5 }; /* of one message: somebody else is faster every time */

/* One request until its answer: what was read lives in its arena. */
struct exchange {
    struct bars_service *service;
    struct rd_http_request *request;
    rd_instant began;
    size_t feed; /* index; BARS_FEED_NONE: none yet */
    unsigned merges;
    uint64_t answers; /* correlation of what the router recorded; 0: nothing */
    struct rd_arena arena;
    struct rd_fhir_headers headers;
    struct rd_fhir_read as_sent, read; /* `read`: what is submitted, perhaps merged */
};

static void on_result(void *context, const struct rd_submit_result *result);

static void exchange_free(struct exchange *exchange)
{
    if (exchange->feed != BARS_FEED_NONE)
        exchange->service->in_flight[exchange->feed]--;
    rd_arena_fini(&exchange->arena);
    free(exchange);
}

static void end_unavailable(struct exchange *exchange)
{
    bars_unavailable(exchange->service, exchange->request, exchange->began);
    exchange_free(exchange);
}

/* What the ledger keeps beside the message, once it is known whether it was written. */
struct telling {
    struct bars_service *service;
    struct rd_answered said;
    char code[16];
    struct rd_buf texts; /* the words, then the body */
};

static void on_taken(void *context, bool written)
{
    struct telling *telling = context;
    telling->said.told = written ? RD_TOLD_WRITTEN : RD_TOLD_GONE;
    rd_intake_answered(telling->service->intake, &telling->said);
    rd_buf_fini(&telling->texts);
    free(telling);
}

/* Before the answer: the ledger keeps what the sender is told beside its message. Without memory
 * for it a trace says that it is not known. */
static void tell(const struct exchange *exchange, unsigned status, struct rd_text words,
                 struct rd_text body)
{
    struct telling *telling = exchange->answers == 0 ? NULL : calloc(1, sizeof *telling);
    if (telling == NULL)
        return;
    telling->service = exchange->service;
    rd_buf_init(&telling->texts, rd_alloc_heap());
    rd_buf_put_text(&telling->texts, words);
    rd_buf_put_text(&telling->texts, body);
    if (telling->texts.failed) {
        rd_buf_fini(&telling->texts);
        free(telling);
        return;
    }
    (void)snprintf(telling->code, sizeof telling->code, "%u", status);
    struct rd_text all = rd_buf_text(&telling->texts);
    telling->said = (struct rd_answered){.correlation = exchange->answers,
                                         .code = rd_text_of(telling->code),
                                         .words = rd_text_slice(all, 0, words.len),
                                         .bytes = rd_text_slice(all, words.len, body.len)};
    rd_http_when_taken(exchange->request, on_taken, telling);
}

static void fail(struct exchange *exchange, const struct rd_fhir_failure *failure)
{
    struct rd_buf body;
    rd_buf_init(&body, rd_alloc_heap());
    if (exchange->answers != 0)
        rd_fhir_reply_outcome(failure, bars_wants_xml(exchange->request), &body);
    tell(exchange, failure->http, failure->diagnostics, rd_buf_text(&body));
    bars_fail(exchange->request, failure);
    rd_buf_fini(&body);
}

static void end_refused(struct exchange *exchange, const struct rd_fhir_failure *failure)
{
    exchange->service->counters.refused++;
    fail(exchange, failure);
    exchange_free(exchange);
}

static void end_held(struct exchange *exchange, const struct rd_submit_result *result)
{
    struct rd_buf body;
    char test[32]; /* a test on a test feed: recorded, never dispatched; told what it would be */
    bool is_test = rd_text_is(result->reason, "test");
    (void)snprintf(test, sizeof test, "TEST-%llu", (unsigned long long)result->entry);
    const struct rd_fhir_held held = {.referral = is_test ? rd_text_of(test) : result->referral,
                                      .answer = is_test ? result->words : result->answer,
                                      .encounter_status = "planned",
                                      .now = result->held_at,
                                      .xml = bars_wants_xml(exchange->request)};
    rd_buf_init(&body, rd_alloc_heap());
    if (rd_fhir_reply_held(rd_http_body(exchange->request), &held, &body) == RD_OK) {
        exchange->service->counters.held++;
        tell(exchange, 200, held.referral, rd_buf_text(&body));
        bars_answer(exchange->request, 200, rd_buf_text(&body), NULL);
    } else {
        /* Held, but the answer could not be built: a retry is answered as a repeat. */
        const struct rd_fhir_failure failure = {500, "REC_SERVER_ERROR", "transient",
                                                RD_TEXT("held, but the answer could not be made")};
        fail(exchange, &failure);
    }
    rd_buf_fini(&body);
    exchange_free(exchange);
}

/* Who lost the first answer learns from this one what it was about. */
static struct rd_fhir_failure repeat_of(const struct rd_submit_result *result,
                                        struct rd_arena *arena)
{
    struct rd_fhir_failure failure = {409, "REC_CONFLICT", "duplicate",
                                      RD_TEXT("X-Request-Id: this message has been processed")};
    if (!rd_text_present(result->referral))
        return failure;
    struct rd_text words =
        rd_arena_format(arena,
                        "X-Request-Id: this message has been processed; it is of referral %.*s, "
                        "ServiceRequest.id of its answer",
                        RD_TEXT_ARG(result->referral));
    if (rd_text_present(words))
        failure.diagnostics = words;
    return failure;
}

/* The router's word on a message that is not simply held, in the standard's terms. */
static struct rd_fhir_failure failure_of(const struct rd_submit_result *result,
                                         struct rd_arena *arena)
{
    struct rd_text reason = result->reason;
    if (result->disposal == RD_DISPOSAL_REPEAT && !rd_text_is(reason, "conflict"))
        return repeat_of(result, arena);
    if (rd_text_is(reason, "conflict"))
        return (struct rd_fhir_failure){
            409, "REC_CONFLICT", "conflict",
            RD_TEXT(
                "X-Request-Id: it came before with other content; this one is kept for the desk to "
                "look at: send a changed message with a new id")};
    if (rd_text_is(reason, "stale"))
        return (struct rd_fhir_failure){
            409, "REC_CONFLICT", "conflict",
            RD_TEXT("ServiceRequest.meta.lastUpdated: older than what is held: fetch that first")};
    if (rd_text_is(reason, "test-on-live") || rd_text_is(reason, "live-on-test"))
        return (struct rd_fhir_failure){422, "REC_UNPROCESSABLE_ENTITY", "not-supported",
                                        RD_TEXT("Bundle.meta.tag: this endpoint is of the other "
                                                "environment (live, test)")};
    return (struct rd_fhir_failure){
        422, "REC_UNPROCESSABLE_ENTITY", "not-supported",
        rd_text_present(result->words) ? result->words : RD_TEXT("the message was not accepted")};
}

/* To the router. What it cannot take at all is told at once. */
static void submit(struct exchange *exchange)
{
    struct rd_errbuf why = {""};
    enum rd_err err = rd_intake_submit(exchange->service->intake, &exchange->read.submission,
                                       on_result, exchange, &why);
    if (err == RD_OK)
        return;
    const struct rd_fhir_failure large = {422, "REC_UNPROCESSABLE_ENTITY", "too-costly",
                                          rd_text_of(why.text)};
    if (exchange->read.failure.http != 0) /* cannot be counted now; the answer is the same */
        end_refused(exchange, &exchange->read.failure);
    else if (err == RD_E_TOOBIG)
        end_refused(exchange, &large);
    else
        end_unavailable(exchange);
}

/* Refused after it was read: counted by the router like what is refused at the door. */
static void refuse_read(struct exchange *exchange, unsigned http, const char *code,
                        const char *issue, struct rd_text words)
{
    const struct rd_fhir_failure failure = {http, code, issue, words};
    if (rd_fhir_refuse(&exchange->read, &failure, &exchange->arena) == RD_OK)
        submit(exchange);
    else
        end_refused(exchange, &failure);
}

static void merge(struct exchange *exchange, const struct rd_opened *opened)
{
    const struct rd_fhir_failure large = {500, "REC_SERVER_ERROR", "too-costly",
                                          RD_TEXT("the update could not be merged")};
    if (rd_fhir_update(&exchange->as_sent, &exchange->headers, opened, &exchange->arena,
                       &exchange->read) != RD_OK) {
        end_refused(exchange, &large);
        return;
    }
    exchange->service->counters.merged += exchange->read.submission.merged.len > 0 ? 1 : 0;
    submit(exchange);
}

static void on_opened(void *context, const struct rd_message *message)
{
    struct exchange *exchange = context;
    const struct rd_opened *opened = message == NULL ? NULL : message->opened;
    if (opened == NULL || opened->stages == NULL)
        end_unavailable(exchange); /* away, busy, or gone meanwhile: sent again it finds its way */
    else
        merge(exchange, opened);
}

static void look(struct exchange *exchange, struct rd_text referral)
{
    const struct bars_service *service = exchange->service;
    const struct rd_submission *submission = &exchange->as_sent.submission;
    struct rd_open open = {
        .target = referral,
        .by = bars_asker(exchange->request, exchange->as_sent.sender_ods, &exchange->arena),
        .purpose = RD_TEXT("merge an update with what is held"),
        .feed = submission->feed};
    if (!rd_text_present(open.by)) /* a lone feed takes senders without a code */
        open.by = submission->feed;
    const struct rd_message message = {.open = &open};
    if (++exchange->merges > MERGES_MAX ||
        rd_intake_ask(service->intake, &message, on_opened, exchange) != RD_OK)
        end_unavailable(exchange);
}

static void on_result(void *context, const struct rd_submit_result *result)
{
    struct exchange *exchange = context;
    bool positive = result != NULL && !result->busy && result->disposal >= RD_DISPOSAL_NEW &&
                    result->disposal <= RD_DISPOSAL_FACT_IGNORED &&
                    result->disposal != RD_DISPOSAL_REPEAT;
    exchange->answers = result == NULL || result->busy ? 0 : result->correlation;
    if (exchange->read.failure.http != 0) { /* recorded or not, the answer is the same */
        end_refused(exchange, &exchange->read.failure);
    } else if (result != NULL && result->busy && rd_text_is(result->reason, "revision")) {
        look(exchange, result->referral);
    } else if (result == NULL || result->busy) {
        end_unavailable(exchange);
    } else if (positive || rd_text_is(result->reason, "test")) {
        end_held(exchange, result);
    } else {
        struct rd_fhir_failure failure = failure_of(result, &exchange->arena);
        if (result->disposal != RD_DISPOSAL_REPEAT) {
            end_refused(exchange, &failure);
            return;
        }
        exchange->service->counters.repeats++;
        fail(exchange, &failure);
        exchange_free(exchange);
    }
}

/* The client may go away while an update is merged, and its headers with it. */
static bool keep_headers(struct exchange *exchange)
{
    struct rd_fhir_headers *headers = &exchange->headers;
    struct rd_text *const all[] = {&headers->request_id, &headers->correlation_id,
                                   &headers->target_identifier, &headers->end_user_organisation};
    *headers = bars_headers(exchange->request);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (rd_text_present(*all[i]) && !rd_arena_copy(&exchange->arena, *all[i], all[i]))
            return false;
    return true;
}

/* Who sends, as whom, to whom. False: answered. */
static bool check_rights(struct exchange *exchange)
{
    struct bars_service *service = exchange->service;
    struct rd_fhir_read *read = &exchange->read;
    bool test = read->submission.environment == RD_ENVIRONMENT_TEST; /* it says so */
    size_t index = bars_feed_of(service, read->sender_ods, test);
    const struct rd_feed *feed = index == BARS_FEED_NONE ? NULL : service->feeds[index];
    struct rd_fhir_failure failure = {403, "REC_FORBIDDEN", "forbidden", RD_TEXT_NONE};
    if (feed == NULL && read->failure.http != 0)
        return true; /* whose it is stands nowhere: counted with the first feed */
    if (feed == NULL) {
        rd_log(RD_LOG_WARNING, "bars.unknown-sender",
               rd_log_words("what", "the sending organisation is of no feed"));
        failure.diagnostics =
            RD_TEXT("MessageHeader.sender: this organisation may not send here: ask for it to be "
                    "added, or correct its ODS code");
    } else if (!bars_may_use(service, exchange->request, feed)) {
        failure.issue = "security";
        failure.diagnostics = RD_TEXT("the certificate of this connection may not send for this "
                                      "organisation: ask for it to be added");
    } else if (!bars_feed_names(feed, read->user_ods)) {
        rd_log(RD_LOG_WARNING, "bars.sender-of-another", rd_log_name("feed", feed->name));
        failure.diagnostics =
            RD_TEXT("NHSD-End-User-Organisation: this organisation may not send as the one of "
                    "MessageHeader.sender: ask for it to be added to the same feed");
    }
    if (rd_text_present(failure.diagnostics)) {
        end_refused(exchange, &failure);
        return false;
    }
    read->submission.feed = feed->name;
    read->submission.environment = test ? RD_ENVIRONMENT_TEST : feed->environment;
    if (service->in_flight[index] >= BARS_IN_FLIGHT_MAX) {
        const struct rd_fhir_failure many = {
            429, "REC_TOO_MANY_REQUESTS", "throttled",
            RD_TEXT("not held: too many messages of this sender are on their way; send it again "
                    "with the same ids")};
        service->counters.throttled++;
        end_refused(exchange, &many);
        return false;
    }
    service->in_flight[index]++;
    exchange->feed = index;
    return true;
}

static bool is_for_us(const struct exchange *exchange)
{
    const struct rd_fhir_read *read = &exchange->read;
    const struct rd_referral *record = read->submission.referral;
    return (!rd_text_present(read->target) || bars_is_ours(exchange->service, read->target)) &&
           (record == NULL || !rd_text_present(record->target) ||
            bars_is_ours(exchange->service, record->target));
}

void bars_process(struct bars_service *service, struct rd_http_request *request)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    rd_instant began = service->now();
    if (exchange == NULL) {
        bars_unavailable(service, request, began);
        return;
    }
    *exchange = (struct exchange){
        .service = service, .request = request, .began = began, .feed = BARS_FEED_NONE};
    rd_arena_init(&exchange->arena, rd_alloc_heap(), BARS_ARENA_BYTES_MAX);
    const struct rd_fhir_failure large = {
        422, "REC_UNPROCESSABLE_ENTITY", "too-costly",
        RD_TEXT("the message has more parts than one message may have: split it")};
    if (!keep_headers(exchange) ||
        rd_fhir_read(service->feeds[0]->name, RD_ENVIRONMENT_LIVE, &exchange->headers,
                     rd_http_body(request), &exchange->arena, &exchange->read) != RD_OK) {
        end_refused(exchange, &large);
        return;
    }
    if (!check_rights(exchange))
        return;
    rd_fhir_may_update(&exchange->read.submission);
    exchange->as_sent = exchange->read;
    if (exchange->read.failure.http == 0 && !is_for_us(exchange))
        refuse_read(exchange, 400, "REC_BAD_REQUEST", "value",
                    RD_TEXT("MessageHeader.destination, NHSD-Target-Identifier: not a service of "
                            "this endpoint"));
    else
        submit(exchange);
}
