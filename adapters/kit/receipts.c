#include "adapters/kit/receipts.h"

#include "adapters/kit/outbox.h"
#include "base/alloc.h"
#include "link/log.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    JOB_MEMORY_MAX = 4 * 1024 * 1024,
    JOBS_MAX = 1024, /* the router gives at most its credit for each feed */
    BUSY_MAX = 8,    /* attempts under way at once, of one feed */
    TICK_MS = 250
};

struct rd_receipt_job {
    struct rd_receipts *owner;
    const struct rd_receipt_target *target;
    struct rd_arena arena;
    struct rd_message message; /* a deep copy, in the arena */
    unsigned attempts;
    bool busy;        /* `send` has it */
    bool ended;       /* only its acknowledgement is still to be sent */
    bool given_up;    /* with `ended` */
    char words[160];  /* with `given_up`: why */
    uint64_t next_ms; /* of the loop's clock: not before then */
    struct rd_receipt_job *next;
};
struct rd_receipts {
    struct rd_frame *frame;
    struct rd_outbox *outbox;
    rd_receipt_send *send;
    void *context;
    const struct rd_receipt_target *targets;
    size_t targets_count;
    char queues[RD_RECEIPT_TARGETS_MAX][RD_QUEUE_BYTES_MAX + 1];
    const char *queue_names[RD_RECEIPT_TARGETS_MAX + 1];
    struct rd_receipt_job *jobs; /* in the order they came */
    size_t jobs_count;
    uv_timer_t tick;
    struct rd_receipts_counters counters;
};

static const struct rd_receipt *receipt_of(const struct rd_receipt_job *job)
{
    return job->message.receipt;
}

static void drop(struct rd_receipt_job *job)
{
    struct rd_receipts *receipts = job->owner;
    struct rd_receipt_job **link = &receipts->jobs;
    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    receipts->jobs_count--;
    rd_arena_fini(&job->arena);
    free(job);
}

/* Not sent: the job stays, and is acknowledged when the router is back. */
static void acknowledge(struct rd_receipt_job *job)
{
    struct rd_receipt_ack ack = {.receipt = receipt_of(job)->receipt,
                                 .given_up = job->given_up,
                                 .detail =
                                     job->words[0] == '\0' ? RD_TEXT_NONE : rd_text_of(job->words)};
    const struct rd_message message = {.receipt_ack = &ack};
    job->ended = true;
    if (rd_outbox_send(job->owner->outbox, &message) == RD_OK)
        drop(job);
}

static uint64_t wait_ms(const struct rd_receipt_job *job, uint32_t wait_s)
{
    uint64_t wait = RD_RECEIPT_WAIT_MS;
    for (unsigned i = 1; i < job->attempts && wait < RD_RECEIPT_WAIT_MAX_MS; i++)
        wait *= 2;
    /* Spread, so that a partner that comes back is not met by all at once. */
    wait += wait * (receipt_of(job)->receipt % 8) / 16;
    if (wait_s * UINT64_C(1000) > wait)
        wait = wait_s * UINT64_C(1000);
    return wait < RD_RECEIPT_WAIT_MAX_MS ? wait : RD_RECEIPT_WAIT_MAX_MS;
}

static bool too_old(const struct rd_receipt_job *job)
{
    return rd_frame_now() - receipt_of(job)->at >
           (rd_instant)job->target->give_up_after_s * RD_SECOND_US;
}

static void log_job(enum rd_log_level level, const char *id, const struct rd_receipt_job *job)
{
    const struct rd_receipt *receipt = receipt_of(job);
    const char *stage = rd_enum_name(&rd_receipt_stage_names, (int)receipt->stage);
    rd_log(level, id, rd_log_name("feed", receipt->feed),
           rd_log_name("referral", receipt->referral), rd_log_name("stage", rd_text_of(stage)),
           rd_log_number("attempts", job->attempts), rd_log_words("why", job->words));
}

static void give_up(struct rd_receipt_job *job)
{
    job->given_up = true;
    job->owner->counters.given_up++;
    log_job(RD_LOG_ERROR, "receipts.given-up", job);
    acknowledge(job);
}

void rd_receipt_done(struct rd_receipt_job *job, enum rd_receipt_result result, const char *words,
                     uint32_t wait_s)
{
    struct rd_receipts *receipts = job->owner;
    job->busy = false;
    (void)snprintf(job->words, sizeof job->words, "%s", words);
    if (result == RD_RECEIPT_DELIVERED) {
        receipts->counters.delivered++;
        log_job(RD_LOG_INFO, "receipts.delivered", job);
        acknowledge(job);
    } else if (result == RD_RECEIPT_NEVER || too_old(job)) {
        give_up(job);
    } else {
        receipts->counters.retried++;
        job->next_ms = uv_now(&receipts->frame->loop) + wait_ms(job, wait_s);
        log_job(RD_LOG_WARNING, "receipts.again", job);
    }
}

static size_t busy_of(const struct rd_receipts *receipts, const struct rd_receipt_target *target)
{
    size_t busy = 0;
    for (const struct rd_receipt_job *job = receipts->jobs; job != NULL; job = job->next)
        busy += job->target == target && job->busy ? 1 : 0;
    return busy;
}

static void start_due(struct rd_receipts *receipts)
{
    uint64_t now = uv_now(&receipts->frame->loop);
    struct rd_receipt_job *next;
    for (struct rd_receipt_job *job = receipts->jobs; job != NULL; job = next) {
        next = job->next;
        if (job->busy || job->next_ms > now)
            continue;
        if (job->ended) {
            acknowledge(job);
        } else if (busy_of(receipts, job->target) < BUSY_MAX) {
            job->busy = true;
            job->attempts++;
            receipts->send(receipts->context, job, job->target, receipt_of(job));
        }
    }
}

static void on_tick(uv_timer_t *tick)
{
    start_due(tick->data);
}

static const struct rd_receipt_target *target_of(const struct rd_receipts *receipts,
                                                 struct rd_text feed)
{
    for (size_t i = 0; i < receipts->targets_count; i++)
        if (rd_text_is(feed, receipts->targets[i].feed))
            return &receipts->targets[i];
    return NULL;
}

static bool is_known(const struct rd_receipts *receipts, const struct rd_receipt *receipt)
{
    for (const struct rd_receipt_job *job = receipts->jobs; job != NULL; job = job->next)
        if (receipt_of(job)->receipt == receipt->receipt)
            return true;
    return false;
}

/* Without memory for it the receipt is left: the router gives it again in a minute. */
static void take(struct rd_receipts *receipts, const struct rd_message *message)
{
    const struct rd_receipt_target *target = target_of(receipts, message->receipt->feed);
    if (target == NULL || is_known(receipts, message->receipt) || receipts->jobs_count == JOBS_MAX)
        return;
    struct rd_receipt_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return;
    job->owner = receipts;
    job->target = target;
    rd_arena_init(&job->arena, rd_alloc_heap(), JOB_MEMORY_MAX);
    if (rd_shape_copy(&rd_message_shape, message, &job->arena, &job->message) != RD_OK) {
        rd_arena_fini(&job->arena);
        free(job);
        return;
    }
    struct rd_receipt_job **link = &receipts->jobs;
    while (*link != NULL)
        link = &(*link)->next;
    *link = job;
    receipts->jobs_count++;
    if ((target->stages & (1U << receipt_of(job)->stage)) == 0 ||
        receipt_of(job)->at < target->from)
        acknowledge(job); /* this partner does not want to hear of it */
}

static void on_heard(void *context, const struct rd_message *message)
{
    struct rd_receipts *receipts = context;
    if (message != NULL && message->receipt != NULL) {
        take(receipts, message);
        start_due(receipts);
    }
}

static void on_trouble(void *context, const char *words)
{
    (void)context;
    rd_log(RD_LOG_WARNING, "receipts.router", rd_log_words("said", words));
}

enum rd_err rd_receipts_open(struct rd_frame *frame, const struct rd_receipts_file *file,
                             rd_receipt_send *send, void *context, struct rd_receipts **out,
                             struct rd_errbuf *why)
{
    struct rd_receipts *receipts = calloc(1, sizeof *receipts);
    *out = NULL;
    if (receipts == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for receipts");
    receipts->frame = frame;
    receipts->send = send;
    receipts->context = context;
    receipts->targets_count = rd_receipts_targets(file, &receipts->targets);
    for (size_t i = 0; i < receipts->targets_count; i++) {
        (void)snprintf(receipts->queues[i], sizeof receipts->queues[i], "feed:%s",
                       receipts->targets[i].feed);
        receipts->queue_names[i] = receipts->queues[i];
    }
    const struct rd_outbox_options options = {.router = frame->queues,
                                              .router_public = frame->router_public,
                                              .own = &frame->own,
                                              .program = frame->program->name,
                                              .version = "1",
                                              .queues = receipts->queue_names,
                                              .heard = on_heard,
                                              .trouble = on_trouble,
                                              .context = receipts};
    enum rd_err err =
        rd_outbox_open(&frame->loop, frame->zcontext, &options, &receipts->outbox, why);
    if (err != RD_OK) {
        free(receipts);
        return err;
    }
    (void)uv_timer_init(&frame->loop, &receipts->tick); /* cannot fail */
    receipts->tick.data = receipts;
    (void)uv_timer_start(&receipts->tick, on_tick, TICK_MS, TICK_MS);
    *out = receipts;
    return RD_OK;
}

const struct rd_receipts_counters *rd_receipts_counters(const struct rd_receipts *receipts)
{
    return &receipts->counters;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct rd_receipts *receipts = handle->data;
    while (receipts->jobs != NULL)
        drop(receipts->jobs);
    free(receipts);
}

static void on_outbox_closed(void *context)
{
    struct rd_receipts *receipts = context;
    uv_close((uv_handle_t *)&receipts->tick, on_timer_closed);
}

void rd_receipts_close(struct rd_receipts *receipts)
{
    if (receipts == NULL)
        return;
    (void)uv_timer_stop(&receipts->tick);
    rd_outbox_close(receipts->outbox, on_outbox_closed, receipts);
}
