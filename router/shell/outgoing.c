/* Everything that leaves: encoded (or copied) when the core says it, held by the gate until its
 * entry is durable, then handed to its socket, to the reader thread or to the alarm command. */
#include "shell/router.h"

#include "wire/wire.h"

#include <string.h>

enum outgoing_kind { OUT_MESSAGE = 1, OUT_EVENT, OUT_BODIES, OUT_ALARM };

struct outgoing {
    enum outgoing_kind kind;
    enum rd_socket socket;
    uint64_t peer;
    char topic[32];
    struct rd_buf bytes;
    struct rd_body_job *job;
    struct rd_alarm_note *note;
};

static void free_outgoing(struct rd_router *router, struct outgoing *item)
{
    rd_buf_fini(&item->bytes);
    rd_body_job_free(router->alloc, item->job);
    rd_alarm_note_free(item->note);
    rd_release(router->alloc, item);
}

void rd_router_discard(void *context, void *item)
{
    free_outgoing(context, item);
}

static void out_of_memory(void)
{
    rd_router_die("no memory for an answer; start again: what was acknowledged is on disk");
}

static struct outgoing *new_outgoing(struct rd_router *router, enum outgoing_kind kind)
{
    struct outgoing *item = rd_alloc_zeroed(router->alloc, 1, sizeof *item);
    if (item == NULL)
        out_of_memory();
    item->kind = kind;
    rd_buf_init(&item->bytes, router->alloc);
    return item;
}

static void hold(struct rd_router *router, uint64_t gate, struct outgoing *item)
{
    if (rd_gate_hold(router->gate, gate, item) != RD_OK)
        out_of_memory();
}

/* The core cannot know what is on disk, nor whether the process is ready. */
static void encode_completed(struct rd_router *router, const struct rd_message *message,
                             struct rd_buf *out)
{
    if (message->query_result == NULL || message->query_result->status == NULL) {
        rd_wire_encode(&rd_message_shape, message, out);
        return;
    }
    struct rd_status status = *message->query_result->status;
    struct rd_query_result result = *message->query_result;
    struct rd_message completed = {.query_result = &result};
    rd_router_complete_status(router, &status);
    result.status = &status;
    rd_wire_encode(&rd_message_shape, &completed, out);
}

static struct outgoing *outgoing_of(struct rd_router *router, const struct rd_send *send)
{
    const struct rd_message *message = send->message;
    bool bodies = rd_text_present(send->bodies);
    struct outgoing *item =
        new_outgoing(router, bodies ? OUT_BODIES : (send->socket == 0 ? OUT_EVENT : OUT_MESSAGE));
    item->socket = send->socket;
    item->peer = send->peer;
    if (bodies) {
        item->job = rd_body_job_new(router->alloc, send);
        if (item->job == NULL)
            out_of_memory();
        router->opens_waiting += item->job->opened ? 1 : 0;
        return item;
    }
    if (message->event != NULL)
        (void)snprintf(item->topic, sizeof item->topic, "event.%s",
                       rd_enum_name(&rd_entry_kind_names, (int)message->event->kind));
    encode_completed(router, message, &item->bytes);
    if (item->bytes.failed)
        out_of_memory();
    return item;
}

static void hold_alarm(struct rd_router *router, const struct rd_alarm_call *alarm)
{
    struct outgoing *item = new_outgoing(router, OUT_ALARM);
    const struct rd_place *place = rd_rules_place(router->rules);
    char name[RD_NAME_BYTES_MAX + 1];
    snprintf(name, sizeof name, "%.*s", RD_TEXT_ARG(place->name));
    item->note = rd_alarm_note_of(alarm->entry, name);
    if (item->note == NULL)
        out_of_memory();
    hold(router, alarm->gate, item);
}

/* Sends and alarms each ascend by gate; the gate takes them merged. */
void rd_router_hold_update(struct rd_router *router, const struct rd_update *update)
{
    size_t alarm = 0;
    for (size_t i = 0; i < update->sends_count; i++) {
        const struct rd_send *send = &update->sends[i];
        while (alarm < update->alarms_count && update->alarms[alarm].gate <= send->gate)
            hold_alarm(router, &update->alarms[alarm++]);
        hold(router, send->gate, outgoing_of(router, send));
    }
    while (alarm < update->alarms_count)
        hold_alarm(router, &update->alarms[alarm++]);
}

void rd_router_answer(struct rd_router *router, enum rd_socket socket, uint64_t peer,
                      const struct rd_message *message)
{
    struct rd_send send = {.gate = rd_core_last_entry(router->core),
                           .socket = socket,
                           .peer = peer,
                           .message = message};
    hold(router, send.gate, outgoing_of(router, &send));
}

void rd_router_refuse(struct rd_router *router, const struct rd_peer *peer, uint64_t correlation,
                      enum rd_refusal code, const char *words)
{
    struct rd_refused refused = {
        .correlation = correlation, .code = code, .words = rd_text_of(words)};
    struct rd_message message = {.refused = &refused};
    rd_router_answer(router, peer->socket, peer->number, &message);
}

/* A peer that is gone, or that left its high-water mark of answers unread, loses its session: what
 * it missed it gets again when it comes back, from the queue's changes or a snapshot. */
static void send_to(struct rd_router *router, enum rd_socket socket, uint64_t number,
                    struct rd_text bytes)
{
    struct rd_peer *peer = rd_peers_get(&router->peers, number);
    if (peer == NULL || router->closing)
        return;
    struct rd_text routing = {(const char *)peer->routing, peer->routing_len};
    enum rd_err err =
        rd_zsock_send_counted(router->sockets[socket].zsock, routing, bytes, peer->load);
    if (err == RD_OK)
        return;
    rd_log(err == RD_E_UNREACHABLE ? RD_LOG_INFO : RD_LOG_WARNING, "peer.gone",
           rd_log_number("peer", (int64_t)number), rd_log_name("user", peer->identity.user),
           rd_log_number("bytes", (int64_t)bytes.len), rd_log_err(err));
    rd_router_peer_gone(router, number);
}

void rd_router_body_done(void *context, struct rd_body_job *job)
{
    struct rd_router *router = context;
    if (job->err != RD_OK)
        rd_router_die("ledger: a body could not be read: %s", job->why.text);
    router->opens_waiting -= job->opened ? 1 : 0;
    send_to(router, job->socket, job->peer, rd_buf_text(&job->bytes));
    rd_body_job_free(router->alloc, job);
}

/* Before the sockets are open, and when they are closed again, nobody listens. */
static void publish(struct rd_router *router, const struct outgoing *item)
{
    struct rd_zsock *events = router->sockets[0].zsock;
    if (events != NULL &&
        rd_zsock_publish(events, rd_text_of(item->topic), rd_buf_text(&item->bytes)) != RD_OK)
        router->counts.events_dropped++;
}

void rd_router_release(void *context, void *held)
{
    struct rd_router *router = context;
    struct outgoing *item = held;
    switch (item->kind) {
    case OUT_MESSAGE:
        send_to(router, item->socket, item->peer, rd_buf_text(&item->bytes));
        break;
    case OUT_EVENT:
        publish(router, item);
        break;
    case OUT_BODIES:
        rd_reader_ask(router->reader, item->job);
        item->job = NULL;
        break;
    case OUT_ALARM:
        rd_alarms_raise(router->alarms, item->note);
        item->note = NULL;
        break;
    }
    free_outgoing(router, item);
}
