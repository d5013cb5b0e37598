#include "adapters/kit/outbox.h"

#include "adapters/kit/session.h"
#include "model/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_MS = 5000,
    PENDING_MAX = 256,
    QUEUES_MAX = 64,
    CREDIT = 256,     /* rows and changes under way to us, at most */
    ROWS_AN_ACK = 128 /* of a snapshot: half the credit, so that it never runs dry */
};

struct pending {
    uint64_t correlation; /* 0: free */
    uint64_t deadline_ms;
    rd_outbox_answer *answer;
    void *context;
};

/* A queue that is watched, and how far we have it. In a snapshot we have nothing whole yet
 * (`change` is 0): a reconnect begins again. */
struct watched {
    char *name;
    uint64_t incarnation, change;
    bool in_snapshot;
    unsigned rows; /* of the snapshot, since the last acknowledgement */
};

struct rd_outbox {
    struct rd_session *session;
    struct rd_outbox_options options;
    uint64_t correlation;
    struct pending pending[PENDING_MAX];
    struct watched queues[QUEUES_MAX];
    size_t queues_count;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

/* A watch or an acknowledgement that was lost would leave the queue standing still: begin again. */
static void send_or_doubt(struct rd_outbox *outbox, const struct rd_message *message)
{
    if (rd_session_send(outbox->session, message) != RD_OK)
        rd_session_doubt(outbox->session);
}

static void send_watch(struct rd_outbox *outbox, const struct watched *queue)
{
    struct rd_watch watch = {.queue = rd_text_of(queue->name),
                             .incarnation = queue->incarnation,
                             .after = queue->change,
                             .credit = CREDIT};
    const struct rd_message message = {.watch = &watch};
    send_or_doubt(outbox, &message);
}

static void on_up(void *context, const struct rd_welcome *welcome)
{
    struct rd_outbox *outbox = context;
    struct rd_welcome copy = *welcome;
    for (size_t i = 0; i < outbox->queues_count; i++) {
        if (outbox->queues[i].in_snapshot)
            outbox->queues[i].incarnation = outbox->queues[i].change = 0;
        outbox->queues[i].in_snapshot = false;
        outbox->queues[i].rows = 0;
        send_watch(outbox, &outbox->queues[i]);
    }
    const struct rd_message message = {.welcome = &copy};
    outbox->options.heard(outbox->options.context, &message);
}

static void answer_all(struct rd_outbox *outbox)
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending ended = outbox->pending[i];
        if (ended.correlation == 0)
            continue;
        outbox->pending[i] = (struct pending){0};
        ended.answer(ended.context, NULL);
    }
}

static void on_down(void *context)
{
    struct rd_outbox *outbox = context;
    answer_all(outbox);
    outbox->options.heard(outbox->options.context, NULL);
}

static struct watched *queue_of(struct rd_outbox *outbox, struct rd_text name)
{
    for (size_t i = 0; i < outbox->queues_count; i++)
        if (rd_text_is(name, outbox->queues[i].name))
            return &outbox->queues[i];
    return NULL;
}

/* `credit` more may come, counted from `change`; during a snapshot, from now. */
static void acknowledge(struct rd_outbox *outbox, struct watched *queue, uint32_t credit)
{
    struct rd_ack ack = {.queue = rd_text_of(queue->name),
                         .incarnation = queue->incarnation,
                         .change = queue->change,
                         .credit = credit};
    const struct rd_message message = {.ack = &ack};
    queue->rows = 0;
    send_or_doubt(outbox, &message);
}

static void note_begin(struct rd_outbox *outbox, const struct rd_snapshot_begin *begin)
{
    struct watched *queue = queue_of(outbox, begin->queue);
    if (queue == NULL)
        return;
    queue->in_snapshot = true;
    queue->incarnation = begin->incarnation;
    queue->change = 0;
    queue->rows = 0;
}

static void note_row(struct rd_outbox *outbox, const struct rd_snapshot_row *row)
{
    struct watched *queue = queue_of(outbox, row->queue);
    if (queue != NULL && ++queue->rows == ROWS_AN_ACK)
        acknowledge(outbox, queue, ROWS_AN_ACK);
}

static void note_change(struct rd_outbox *outbox, struct rd_text name, uint64_t incarnation,
                        uint64_t change)
{
    struct watched *queue = queue_of(outbox, name);
    if (queue == NULL)
        return;
    queue->in_snapshot = false;
    queue->incarnation = incarnation;
    queue->change = change;
    acknowledge(outbox, queue, CREDIT);
}

/* After the owner has it. */
static void note_progress(struct rd_outbox *outbox, const struct rd_message *message)
{
    const struct rd_snapshot_end *end = message->snapshot_end;
    const struct rd_change *change = message->change;
    if (message->snapshot_begin != NULL)
        note_begin(outbox, message->snapshot_begin);
    else if (message->snapshot_row != NULL)
        note_row(outbox, message->snapshot_row);
    else if (end != NULL)
        note_change(outbox, end->queue, end->incarnation, end->change);
    else if (change != NULL)
        note_change(outbox, change->queue, change->incarnation, change->change);
}

static uint64_t correlation_of(const struct rd_message *message)
{
    if (message->command_result != NULL)
        return message->command_result->correlation;
    if (message->opened != NULL)
        return message->opened->correlation;
    if (message->query_result != NULL)
        return message->query_result->correlation;
    return message->refused != NULL ? message->refused->correlation : 0;
}

static void on_message(void *context, const struct rd_message *message)
{
    struct rd_outbox *outbox = context;
    uint64_t correlation = correlation_of(message);
    for (size_t i = 0; correlation != 0 && i < PENDING_MAX; i++) {
        struct pending ended = outbox->pending[i];
        if (ended.correlation != correlation)
            continue;
        outbox->pending[i] = (struct pending){0};
        ended.answer(ended.context, message);
        return;
    }
    if (correlation != 0)
        return; /* answered too late: already told as unanswered */
    outbox->options.heard(outbox->options.context, message);
    note_progress(outbox, message);
}

static void on_trouble(void *context, const char *words)
{
    struct rd_outbox *outbox = context;
    if (outbox->options.trouble != NULL)
        outbox->options.trouble(outbox->options.context, words);
}

static void on_tick(void *context)
{
    struct rd_outbox *outbox = context;
    uint64_t now = rd_session_now_ms(outbox->session);
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending ended = outbox->pending[i];
        if (ended.correlation == 0 || now < ended.deadline_ms)
            continue;
        outbox->pending[i] = (struct pending){0};
        ended.answer(ended.context, NULL);
    }
}

static void outbox_free(struct rd_outbox *outbox)
{
    for (size_t i = 0; i < outbox->queues_count; i++)
        free(outbox->queues[i].name);
    free(outbox);
}

static bool copy_queues(struct rd_outbox *outbox, const char *const *queues)
{
    for (; queues != NULL && *queues != NULL; queues++) {
        char *name = outbox->queues_count < QUEUES_MAX ? strdup(*queues) : NULL;
        if (name == NULL)
            return false;
        outbox->queues[outbox->queues_count++].name = name;
    }
    return true;
}

enum rd_err rd_outbox_open(uv_loop_t *loop, struct rd_zcontext *zcontext,
                           const struct rd_outbox_options *options, struct rd_outbox **out,
                           struct rd_errbuf *why)
{
    *out = NULL;
    struct rd_outbox *outbox = calloc(1, sizeof *outbox);
    if (outbox == NULL)
        return rd_fail(why, RD_E_NOMEM, "outbox: out of memory");
    outbox->options = *options;
    if (outbox->options.timeout_ms == 0)
        outbox->options.timeout_ms = TIMEOUT_MS;
    const struct rd_session_options session = {.router = options->router,
                                               .router_public = options->router_public,
                                               .own = options->own,
                                               .program = options->program,
                                               .version = options->version,
                                               .up = on_up,
                                               .down = on_down,
                                               .message = on_message,
                                               .tick = on_tick,
                                               .trouble = on_trouble,
                                               .context = outbox};
    enum rd_err err = RD_OK;
    if (!copy_queues(outbox, options->queues))
        err = rd_fail(why, RD_E_TOOBIG, "at most %d queues may be watched", QUEUES_MAX);
    if (err == RD_OK)
        err = rd_session_open(loop, zcontext, &session, &outbox->session, why);
    if (err != RD_OK) {
        outbox_free(outbox);
        return err;
    }
    *out = outbox;
    return RD_OK;
}

bool rd_outbox_connected(const struct rd_outbox *outbox)
{
    return rd_session_is_up(outbox->session);
}

static struct pending *free_place(struct rd_outbox *outbox)
{
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (outbox->pending[i].correlation == 0)
            return &outbox->pending[i];
    return NULL;
}

enum rd_err rd_outbox_ask(struct rd_outbox *outbox, const struct rd_message *message,
                          rd_outbox_answer *answer, void *context)
{
    struct pending *pending = free_place(outbox);
    if (pending == NULL)
        return RD_E_UNREACHABLE;
    uint64_t correlation = ++outbox->correlation;
    struct rd_message asked = *message;
    struct rd_command command;
    struct rd_open open;
    struct rd_query query;
    if (message->command != NULL) {
        command = *message->command;
        command.correlation = correlation;
        asked.command = &command;
    } else if (message->open != NULL) {
        open = *message->open;
        open.correlation = correlation;
        asked.open = &open;
    } else {
        rd_require(message->query != NULL);
        query = *message->query;
        query.correlation = correlation;
        asked.query = &query;
    }
    enum rd_err err = rd_session_send(outbox->session, &asked);
    if (err != RD_OK)
        return RD_E_UNREACHABLE;
    *pending = (struct pending){correlation,
                                rd_session_now_ms(outbox->session) + outbox->options.timeout_ms,
                                answer, context};
    return RD_OK;
}

enum rd_err rd_outbox_send(struct rd_outbox *outbox, const struct rd_message *message)
{
    return rd_session_send(outbox->session, message);
}

static void on_session_closed(void *context)
{
    struct rd_outbox *outbox = context;
    void (*closed)(void *) = outbox->closed;
    void *closed_context = outbox->closed_context;
    outbox_free(outbox);
    if (closed != NULL)
        closed(closed_context);
}

void rd_outbox_close(struct rd_outbox *outbox, void (*closed)(void *context), void *context)
{
    if (outbox == NULL || outbox->closing)
        return;
    outbox->closing = true;
    outbox->closed = closed;
    outbox->closed_context = context;
    rd_session_close(outbox->session, on_session_closed, outbox);
    answer_all(outbox);
}
