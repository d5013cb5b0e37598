#include "adapters/bars/respond.h"

#include "adapters/fhir/fhir_response.h"
#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_LINE_MAX = RD_FHIR_HEADER_MAX + 64 };

struct lines {
    char text[6][HEADER_LINE_MAX];
    const char *list[RD_POST_HEADERS_MAX];
    size_t count;
};

static void add_line(struct lines *lines, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    (void)snprintf(lines->text[lines->count], HEADER_LINE_MAX, "%s: %s", name, value);
    lines->list[lines->count] = lines->text[lines->count];
    lines->count++;
}

/* Standards: a 409 "duplicate" to an id of ours says that the partner has it. What they cannot take
 * at all is a person's matter; what they cannot take now comes again with the same ids. */
static void on_posted(void *context, const struct rd_posted *posted)
{
    struct rd_receipt_job *job = context;
    char words[96];
    bool have = (posted->status >= 200 && posted->status < 300) ||
                (posted->status == 409 && rd_fhir_is_duplicate(posted->body));
    bool later = posted->status == 0 || posted->status == 408 || rd_fhir_is_timeout(posted->body) ||
                 posted->status == 425 || posted->status == 429 || posted->status >= 500;
    if (posted->status == 0)
        (void)snprintf(words, sizeof words, "no answer: %s", posted->words);
    else
        (void)snprintf(words, sizeof words, "the partner answered %u", posted->status);
    rd_receipt_done(job,
                    have    ? RD_RECEIPT_DELIVERED
                    : later ? RD_RECEIPT_AGAIN
                            : RD_RECEIPT_NEVER,
                    words, posted->retry_after_s);
}

static void send_receipt(void *context, struct rd_receipt_job *job,
                         const struct rd_receipt_target *target, const struct rd_receipt *receipt)
{
    struct bars_respond *respond = context;
    struct rd_fhir_response_headers headers;
    struct rd_errbuf why = {""};
    struct rd_buf body;
    struct lines lines = {.count = 0};
    rd_buf_init(&body, rd_alloc_heap());
    enum rd_err err = rd_fhir_response(receipt, target->target, &body, &headers, &why);
    if (err == RD_OK) {
        add_line(&lines, "Content-Type", headers.content_type);
        add_line(&lines, "X-Request-Id", headers.request_id);
        add_line(&lines, "X-Correlation-Id", headers.correlation_id);
        add_line(&lines, "NHSD-Target-Identifier", headers.target_identifier);
        add_line(&lines, "use-context", headers.use_context);
        const struct rd_post post = {.url = target->endpoint,
                                     .headers = lines.list,
                                     .body = rd_buf_text(&body),
                                     .timeout_s = target->timeout_s,
                                     .authority = target->authority,
                                     .certificate = target->certificate,
                                     .key = target->key};
        err = rd_post_send(respond->poster, &post, on_posted, job, &why);
    }
    rd_buf_fini(&body);
    if (err != RD_OK)
        rd_receipt_done(job, err == RD_E_NOMEM ? RD_RECEIPT_AGAIN : RD_RECEIPT_NEVER, why.text, 0);
}

enum rd_err bars_respond_open(struct rd_frame *frame, const char *path,
                              struct bars_respond *respond, struct rd_errbuf *why)
{
    enum rd_err err = rd_receipts_read(path, frame, rd_fhir_response_stage, &respond->file, why);
    if (err == RD_OK)
        err = rd_poster_open(&frame->loop, &respond->poster, why);
    if (err == RD_OK)
        err =
            rd_receipts_open(frame, respond->file, send_receipt, respond, &respond->receipts, why);
    if (err != RD_OK) {
        bars_respond_close(respond);
        bars_respond_free(respond);
    }
    return err;
}

void bars_respond_close(struct bars_respond *respond)
{
    rd_poster_close(respond->poster);
    rd_receipts_close(respond->receipts);
    respond->poster = NULL;
    respond->receipts = NULL;
}

void bars_respond_free(struct bars_respond *respond)
{
    rd_receipts_file_free(respond->file);
    respond->file = NULL;
}
