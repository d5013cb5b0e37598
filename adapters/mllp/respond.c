#include "adapters/mllp/respond.h"

#include "adapters/hl7v2/hl7_receipt.h"
#include "adapters/hl7v2/mllp_frame.h"
#include "base/alloc.h"
#include "link/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024, ANSWER_BYTES_MAX = 65536, HOST_BYTES = 256 };

struct mllp_exchange {
    struct mllp_respond *respond;
    struct rd_receipt_job *job; /* NULL: it was told */
    struct rd_stream *stream;
    uv_timer_t timer;
    unsigned holders;
    struct rd_arena arena;
    struct rd_buf frame;
    struct rd_mllp answers;
    char id[RD_HL7_RECEIPT_ID_MAX];
    struct mllp_exchange *next, **link;
};

static void let_go(struct mllp_exchange *x)
{
    if (--x->holders > 0)
        return;
    rd_arena_fini(&x->arena);
    rd_buf_fini(&x->frame);
    rd_mllp_fini(&x->answers);
    free(x);
}

static void on_stream_closed(void *context)
{
    let_go(context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void close_exchange(struct mllp_exchange *x)
{
    if (x->link == NULL)
        return;
    *x->link = x->next;
    if (x->next != NULL)
        x->next->link = x->link;
    x->link = NULL;
    if (x->stream != NULL)
        rd_stream_close(x->stream, on_stream_closed);
    else
        x->holders--;
    uv_close((uv_handle_t *)&x->timer, on_timer_closed);
}

/* Whatever comes on this connection afterwards is nobody's: it is closed. */
static void finish(struct mllp_exchange *x, enum rd_receipt_result result, const char *words)
{
    struct rd_receipt_job *job = x->job;
    x->job = NULL;
    close_exchange(x);
    if (job != NULL)
        rd_receipt_done(job, result, words, 0);
}

static void on_ready(void *context)
{
    struct mllp_exchange *x = context;
    rd_stream_read(x->stream, true);
    if (rd_stream_write(x->stream, rd_buf_text(&x->frame)) != RD_OK)
        finish(x, RD_RECEIPT_AGAIN, "the connection cannot be written to");
}

static void on_answer(struct mllp_exchange *x)
{
    switch (rd_hl7_receipt_verdict(rd_mllp_message(&x->answers), x->id, &x->arena)) {
    case RD_HL7_TAKEN:
        finish(x, RD_RECEIPT_DELIVERED, "");
        break;
    case RD_HL7_NOT_NOW:
        finish(x, RD_RECEIPT_AGAIN, "the partner answered with an error (AE)");
        break;
    case RD_HL7_REFUSED:
        finish(x, RD_RECEIPT_NEVER, "the partner rejected it (AR)");
        break;
    case RD_HL7_STRAY:
        finish(x, RD_RECEIPT_AGAIN, "an acknowledgement of another message came: not counted");
        break;
    }
}

static void on_bytes(void *context, struct rd_text bytes)
{
    struct mllp_exchange *x = context;
    enum rd_mllp_found found = RD_MLLP_JUNK;
    if (rd_mllp_put(&x->answers, bytes) != RD_OK) {
        finish(x, RD_RECEIPT_AGAIN, "no memory for the answer");
        return;
    }
    while (found == RD_MLLP_JUNK)
        found = rd_mllp_next(&x->answers);
    if (found == RD_MLLP_MESSAGE)
        on_answer(x);
    else if (found != RD_MLLP_MORE)
        finish(x, RD_RECEIPT_AGAIN, "the partner's answer is no acknowledgement");
}

static void on_written(void *context)
{
    (void)context;
}

static void on_ended(void *context, const char *why)
{
    char words[128];
    (void)snprintf(words, sizeof words, "no answer: %s",
                   why == NULL ? "the partner closed the connection" : why);
    finish(context, RD_RECEIPT_AGAIN, words);
}

static void on_timeout(uv_timer_t *timer)
{
    finish(timer->data, RD_RECEIPT_AGAIN, "no answer in time");
}

/* "mllp://host:2575", "mllps://[::1]:2576". */
static bool read_endpoint(const char *endpoint, char host[HOST_BYTES], uint16_t *port, bool *tls)
{
    struct rd_text text = rd_text_of(endpoint);
    int64_t number = 0;
    *tls = rd_text_starts(text, "mllps://");
    if (!*tls && !rd_text_starts(text, "mllp://"))
        return false;
    const char *from = endpoint + (*tls ? 8 : 7);
    const char *colon = strrchr(from, ':');
    if (colon == NULL || !rd_text_to_i64(rd_text_of(colon + 1), &number) || number < 1 ||
        number > 65535)
        return false;
    bool bracketed = from[0] == '[' && colon[-1] == ']';
    size_t len = (size_t)(colon - from) - (bracketed ? 2 : 0);
    if (colon == from || len == 0 || len >= HOST_BYTES)
        return false;
    memcpy(host, from + (bracketed ? 1 : 0), len);
    host[len] = '\0';
    *port = (uint16_t)number;
    return true;
}

static const struct rd_tls *tls_of(const struct mllp_respond *respond,
                                   const struct rd_receipt_target *target)
{
    const struct rd_receipt_target *first;
    (void)rd_receipts_targets(respond->file, &first);
    return respond->tls[target - first];
}

static enum rd_err begin(struct mllp_exchange *x, const struct rd_receipt_target *target,
                         const struct rd_receipt *receipt, struct rd_errbuf *why)
{
    static const struct rd_stream_handlers handlers = {
        .ready = on_ready, .bytes = on_bytes, .written = on_written, .ended = on_ended};
    char host[HOST_BYTES];
    uint16_t port = 0;
    bool tls = false;
    struct rd_buf message;
    rd_buf_init(&message, rd_alloc_heap());
    enum rd_err err = rd_hl7_receipt(receipt, &x->arena, &message, x->id, why);
    if (err == RD_OK)
        rd_mllp_frame(&x->frame, rd_buf_text(&message));
    rd_buf_fini(&message);
    if (err != RD_OK || !read_endpoint(target->endpoint, host, &port, &tls))
        return err != RD_OK ? err : RD_E_INVALID; /* the endpoint was checked at the start */
    if (x->frame.failed ||
        rd_stream_connect(&x->respond->frame->loop, host, port, tls_of(x->respond, target),
                          &handlers, x, &x->stream) != RD_OK)
        return rd_fail(why, RD_E_NOMEM, "no memory for a connection");
    return RD_OK;
}

static void send_receipt(void *context, struct rd_receipt_job *job,
                         const struct rd_receipt_target *target, const struct rd_receipt *receipt)
{
    struct mllp_respond *respond = context;
    struct rd_errbuf why = {""};
    struct mllp_exchange *x = calloc(1, sizeof *x);
    if (x == NULL) {
        rd_receipt_done(job, RD_RECEIPT_AGAIN, "no memory for an exchange", 0);
        return;
    }
    x->respond = respond;
    x->job = job;
    x->holders = 2;
    rd_arena_init(&x->arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    rd_buf_init(&x->frame, rd_alloc_heap());
    rd_mllp_init(&x->answers, rd_alloc_heap(), ANSWER_BYTES_MAX);
    x->next = respond->exchanges;
    x->link = &respond->exchanges;
    if (x->next != NULL)
        x->next->link = &x->next;
    respond->exchanges = x;
    (void)uv_timer_init(&respond->frame->loop, &x->timer); /* cannot fail */
    x->timer.data = x;
    (void)uv_timer_start(&x->timer, on_timeout, (uint64_t)target->timeout_s * 1000, 0);
    enum rd_err err = begin(x, target, receipt, &why);
    if (err != RD_OK)
        finish(x, err == RD_E_NOMEM ? RD_RECEIPT_AGAIN : RD_RECEIPT_NEVER, why.text);
}

static enum rd_err open_targets(struct mllp_respond *respond, struct rd_errbuf *why)
{
    const struct rd_receipt_target *targets;
    size_t count = rd_receipts_targets(respond->file, &targets);
    for (size_t i = 0; i < count; i++) {
        char host[HOST_BYTES];
        uint16_t port = 0;
        bool tls = false;
        if (!read_endpoint(targets[i].endpoint, host, &port, &tls))
            return rd_fail(why, RD_E_INVALID,
                           "receipts of feed %s: found endpoint \"%s\", expected mllp://HOST:PORT "
                           "or mllps://HOST:PORT",
                           targets[i].feed, targets[i].endpoint);
        const struct rd_tls_files files = {targets[i].certificate, targets[i].key,
                                           targets[i].authority};
        enum rd_err err = tls ? rd_tls_open_client(&files, &respond->tls[i], why) : RD_OK;
        if (err != RD_OK)
            return err;
    }
    return RD_OK;
}

enum rd_err mllp_respond_open(struct rd_frame *frame, const char *path,
                              struct mllp_respond *respond, struct rd_errbuf *why)
{
    respond->frame = frame;
    enum rd_err err = rd_receipts_read(path, frame, rd_hl7_receipt_stage, &respond->file, why);
    if (err == RD_OK)
        err = open_targets(respond, why);
    if (err == RD_OK)
        err =
            rd_receipts_open(frame, respond->file, send_receipt, respond, &respond->receipts, why);
    if (err != RD_OK)
        mllp_respond_free(respond);
    return err;
}

void mllp_respond_close(struct mllp_respond *respond)
{
    struct mllp_exchange *next;
    for (struct mllp_exchange *x = respond->exchanges; x != NULL; x = next) {
        next = x->next;
        x->job = NULL; /* told to nobody: the router gives it again */
        close_exchange(x);
    }
    rd_receipts_close(respond->receipts);
    respond->receipts = NULL;
}

void mllp_respond_free(struct mllp_respond *respond)
{
    for (size_t i = 0; i < RD_RECEIPT_TARGETS_MAX; i++) {
        rd_tls_close(respond->tls[i]);
        respond->tls[i] = NULL;
    }
    rd_receipts_file_free(respond->file);
    respond->file = NULL;
}
