#include "adapters/mllp/connection.h"

#include "adapters/hl7v2/hl7_ack.h"
#include "adapters/hl7v2/mllp_frame.h"
#include "adapters/mllp/answer.h"
#include "link/log.h"
#include "link/stream.h"
#include "model/limits.h"

#include <stdlib.h>

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024 };

struct mllp_connection {
    struct mllp_service *service;
    struct mllp_connection *next, **link;
    struct rd_stream *stream;
    uv_timer_t idle;
    unsigned holders; /* the stream, the timer, a submission under way */
    bool closing;
    bool ready;      /* the handshake is over */
    bool submitting; /* waiting for the router's word on `read` */
    bool writing;
    bool ended;           /* the peer sent its end: close when the answers are out */
    bool awaiting;        /* nothing is to be done before the sender sends more */
    bool spoke;           /* bytes came */
    uint64_t heard;       /* loop time, ms: it spoke, or took an answer; or came */
    uint64_t frame_since; /* when what is being read, or taken, began; 0: nothing has */
    bool silent;          /* no answer to this one: it could be taken for the next one's */
    struct rd_mllp mllp;
    struct rd_arena arena;
    struct rd_hl7_read read;
    const struct mllp_feed *feed;
    struct rd_buf out;
    struct rd_answered telling; /* for the ledger, when it has left; correlation 0: nothing */
};

static void advance(struct mllp_connection *c);

static struct rd_text feed_name(const struct mllp_connection *c)
{
    return c->feed == NULL ? RD_TEXT("-") : c->feed->feed->name;
}

/* The ledger keeps what this sender was told beside its message. */
static void tell(struct mllp_connection *c, enum rd_told told)
{
    if (c->telling.correlation == 0)
        return;
    c->telling.told = told;
    if (told != RD_TOLD_NOTHING)
        c->telling.bytes = rd_buf_text(&c->out);
    rd_intake_answered(c->service->intake, &c->telling);
    c->telling = (struct rd_answered){.correlation = 0};
}

static void let_go(struct mllp_connection *c)
{
    if (--c->holders > 0)
        return;
    rd_mllp_fini(&c->mllp);
    rd_arena_fini(&c->arena);
    rd_buf_fini(&c->out);
    free(c);
}

static void on_timer_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void on_stream_closed(void *context)
{
    let_go(context);
}

static void connection_close(struct mllp_connection *c)
{
    if (c->closing)
        return;
    c->closing = true;
    tell(c, RD_TOLD_GONE);
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    c->service->open_count--;
    if (rd_mllp_partial(&c->mllp) && !c->submitting)
        rd_log(RD_LOG_WARNING, "mllp.ended-inside-a-message", rd_log_name("feed", feed_name(c)));
    rd_stream_close(c->stream, on_stream_closed);
    uv_close((uv_handle_t *)&c->idle, on_timer_closed);
}

/* A submission under way outlives its connection: freed when both are done. */
static void close_when_idle(struct mllp_connection *c)
{
    if (c->ended && !c->submitting && !c->writing)
        connection_close(c);
}

static void on_idle(uv_timer_t *timer)
{
    struct mllp_connection *c = timer->data;
    if (c->frame_since != 0)
        rd_log(RD_LOG_WARNING, "mllp.too-slow", rd_log_name("feed", feed_name(c)),
               rd_log_words("what", !c->ready    ? "the handshake"
                                    : c->writing ? "an answer was not taken"
                                                 : "a frame"));
    connection_close(c);
}

/* A sender has its time between frames, but not inside one, however it drips, nor to take an
 * answer: we read nothing of it meanwhile. A frame that we keep waiting ourselves (for credit, for
 * an answer) does not count. */
static void watch_time(struct mllp_connection *c)
{
    if (c->closing)
        return;
    uint64_t now = uv_now(c->service->loop) + 1; /* never 0 */
    bool inside = !c->ready || c->writing || (c->awaiting && rd_mllp_partial(&c->mllp));
    if (!inside)
        c->frame_since = 0;
    else if (c->frame_since == 0)
        c->frame_since = now;
    uint64_t due = inside ? c->frame_since + c->service->frame_ms : now + c->service->idle_ms;
    (void)uv_timer_start(&c->idle, on_idle, due > now ? due - now : 1, 0);
}

/* A client that speaks TLS waits for ours, and would for as long as we let it. */
static bool greets_in_tls(const struct mllp_connection *c, struct rd_text bytes)
{
    return !c->spoke && c->service->door == NULL && rd_text_starts(bytes, "\x16\x03");
}

static void on_bytes(void *context, struct rd_text bytes)
{
    struct mllp_connection *c = context;
    bool tls = greets_in_tls(c, bytes);
    c->spoke = true;
    c->heard = uv_now(c->service->loop);
    if (tls) {
        rd_log(RD_LOG_WARNING, "mllp.tls-at-a-plain-port",
               rd_log_words("do", "start this door with --tls, or let the sender speak plain"));
        connection_close(c);
    } else if (rd_mllp_put(&c->mllp, bytes) != RD_OK)
        connection_close(c);
    else
        advance(c);
    watch_time(c);
}

static void on_ready(void *context)
{
    struct mllp_connection *c = context;
    c->ready = true;
    advance(c);
    watch_time(c);
}

static void on_written(void *context)
{
    struct mllp_connection *c = context;
    c->writing = false;
    c->frame_since = 0;
    c->heard = uv_now(c->service->loop);
    tell(c, RD_TOLD_WRITTEN);
    advance(c);
    watch_time(c);
}

/* The peer may have sent its end and still wait for answers; a connection that failed, or that
 * ended inside the handshake, waits for nothing. */
static void on_ended(void *context, const char *why)
{
    struct mllp_connection *c = context;
    if (why != NULL)
        rd_log(RD_LOG_INFO, "mllp.connection-failed", rd_log_words("why", why));
    if (why != NULL || !c->ready) {
        connection_close(c);
        return;
    }
    c->ended = true;
    advance(c);
}

/* Sends the acknowledgements gathered in `out`, if the sender wants any. The caller goes on with
 * advance(). */
static void send_answer(struct mllp_connection *c)
{
    if (c->out.failed) {
        connection_close(c);
        return;
    }
    if (c->out.len == 0 || c->silent) {
        tell(c, RD_TOLD_NOTHING);
        return;
    }
    c->writing = rd_stream_write(c->stream, rd_buf_text(&c->out)) == RD_OK;
    if (!c->writing)
        connection_close(c);
}

static struct rd_text keep_code(struct mllp_connection *c, const struct mllp_said *said)
{
    struct rd_text code = rd_text_of(said->code);
    return code.len > 0 && rd_arena_copy(&c->arena, code, &code) ? code : RD_TEXT_NONE;
}

static void on_result(void *context, const struct rd_submit_result *result)
{
    struct mllp_connection *c = context;
    struct mllp_outcome outcome = {.feed = c->feed->feed, .read = &c->read, .result = result};
    struct mllp_said said;
    c->submitting = false;
    rd_buf_clear(&c->out);
    bool answers = mllp_answer(c->service, &outcome, &said, &c->out);
    if (answers && !c->out.failed)
        c->telling = (struct rd_answered){
            .correlation = result->correlation,
            .code = keep_code(c, &said),
            .words = rd_arena_copy(&c->arena, said.words, &said.words) ? said.words : RD_TEXT_NONE};
    if (c->closing) {
        tell(c, RD_TOLD_GONE);
        let_go(c); /* the submission held it too */
        return;
    }
    c->holders--;
    if (!answers) {
        /* Not held as far as we know: the sender keeps its copy and sends again. */
        c->service->counters.unanswered++;
        connection_close(c);
        return;
    }
    send_answer(c);
    advance(c);
    watch_time(c);
}

static void answer_without_router(struct mllp_connection *c, enum rd_hl7_error error,
                                  const char *location, const char *words)
{
    rd_buf_clear(&c->out);
    mllp_answer_refused(c->service, &c->read.header, error, rd_text_of(location), rd_text_of(words),
                        &c->out);
    c->service->counters.refused++;
    send_answer(c);
}

static bool names(const struct rd_feed *feed, struct rd_text facility)
{
    for (size_t i = 0; i < feed->ods_count; i++)
        if (rd_text_equal_nocase(feed->ods[i], facility))
            return true;
    return false;
}

/* Whose message it is: by MSH-4 (the sending organisation) among the feeds served, of two with the
 * same organisation the one of the message's environment; a lone feed that names no organisations
 * takes all. */
static const struct mllp_feed *feed_of(struct mllp_service *service, const struct rd_hl7_header *h)
{
    size_t caret = h->component == '\0' ? h->sending_facility.len
                                        : rd_text_find(h->sending_facility, h->component, 0);
    struct rd_text facility = rd_text_slice(h->sending_facility, 0, caret);
    bool live = rd_text_is(h->processing, "P") || !rd_text_present(h->processing);
    const struct mllp_feed *found = NULL;
    for (size_t i = 0; i < service->feeds_count; i++) {
        const struct rd_feed *feed = service->feeds[i].feed;
        if (names(feed, facility) &&
            (found == NULL || (feed->environment == RD_ENVIRONMENT_LIVE) == live))
            found = &service->feeds[i];
    }
    if (found != NULL)
        return found;
    bool lone = service->feeds_count == 1;
    bool unreadable = h->field == '\0';
    return lone && (unreadable || service->feeds[0].feed->ods_count == 0) ? &service->feeds[0]
                                                                          : NULL;
}

/* The whole message to the desk, because a record cannot hold it: `words` says which limit. */
static enum rd_err read_over(struct mllp_connection *c, const struct mllp_feed *feed,
                             struct rd_text bytes, struct rd_text words)
{
    rd_log(RD_LOG_WARNING, "mllp.over-limit", rd_log_name("feed", feed_name(c)),
           rd_log_words("limit", words.ptr));
    rd_arena_reset(&c->arena);
    enum rd_err err =
        rd_hl7_read_over(&feed->mapping, feed->feed->name, bytes, words, &c->arena, &c->read);
    if (err != RD_OK)
        c->read = (struct rd_hl7_read){0};
    return err;
}

static void submit(struct mllp_connection *c)
{
    struct rd_errbuf why = {""};
    enum rd_err err = rd_intake_submit(c->service->intake, &c->read.submission, on_result, c, &why);
    struct rd_text whole = c->read.submission.original;
    if (err == RD_E_TOOBIG && c->read.submission.referral != NULL &&
        read_over(c, c->feed, whole, rd_text_of(why.text)) == RD_OK)
        err = rd_intake_submit(c->service->intake, &c->read.submission, on_result, c, &why);
    if (err == RD_OK) {
        c->submitting = true;
        c->holders++; /* given back in on_result */
        return;
    }
    if (err == RD_E_BUSY) {
        c->service->counters.unanswered++;
        connection_close(c);
        return;
    }
    rd_log(RD_LOG_WARNING, "mllp.over-limit", rd_log_name("feed", feed_name(c)),
           rd_log_words("limit", why.text));
    answer_without_router(c, RD_HL7_DATA_TYPE, "MSH", why.text);
}

/* Once more with the mapping of the feed whose it is; the zone is the same for all. */
static enum rd_err read_for(struct mllp_connection *c, const struct mllp_feed *feed,
                            struct rd_text bytes)
{
    rd_arena_reset(&c->arena);
    enum rd_err err = rd_hl7_read(&feed->mapping, feed->feed->name, bytes, &c->arena, &c->read);
    if (err == RD_OK)
        return RD_OK;
    return read_over(c, feed, bytes, RD_TEXT("the message has more parts than a record may have"));
}

static bool may_send(const struct mllp_connection *c)
{
    bool may = rd_door_allows(c->service->door, rd_stream_peer_name(c->stream), feed_name(c));
    if (!may)
        rd_log(RD_LOG_WARNING, "mllp.certificate-without-right", rd_log_name("feed", feed_name(c)));
    return may;
}

static void take_message(struct mllp_connection *c, struct rd_text bytes)
{
    c->service->counters.messages++;
    const struct mllp_feed *first = &c->service->feeds[0];
    c->feed = NULL;
    enum rd_err err = read_for(c, first, bytes);
    if (err == RD_OK)
        c->feed = feed_of(c->service, &c->read.header);
    if (err == RD_OK && c->feed == NULL && c->read.header.field == '\0') {
        rd_log(RD_LOG_WARNING, "mllp.unreadable", rd_log_words("what", "no MSH: of no feed"));
        answer_without_router(c, RD_HL7_SEGMENT_SEQUENCE, "MSH",
                              c->read.submission.quarantine_words.ptr);
        return;
    }
    if (err == RD_OK && c->feed == NULL) {
        rd_log(RD_LOG_WARNING, "mllp.unknown-sender", rd_log_words("what", "MSH-4 is of no feed"));
        answer_without_router(
            c, RD_HL7_TABLE_VALUE, "MSH-4",
            "MSH-4: this sending facility belongs to no feed here: ask for it to be "
            "added, or correct it");
        return;
    }
    if (err == RD_OK && !may_send(c)) {
        answer_without_router(c, RD_HL7_TABLE_VALUE, "MSH-4",
                              "MSH-4: the certificate of this connection may not send for this "
                              "facility: ask for it to be added");
        return;
    }
    if (err == RD_OK && c->feed != first)
        err = read_for(c, c->feed, bytes);
    if (err != RD_OK) {
        answer_without_router(c, RD_HL7_DATA_TYPE, "MSH",
                              "the message has more parts than one message may have: split it");
        return;
    }
    submit(c);
}

/* A frame over the bound: refused, and the refusal recorded under the key that its header gives. */
static void take_oversize(struct mllp_connection *c)
{
    enum { HEAD_BYTES = 4096 };
    const struct mllp_feed *first = &c->service->feeds[0];
    struct rd_text head = rd_text_slice(rd_mllp_message(&c->mllp), 0, HEAD_BYTES);
    c->service->counters.oversize++;
    rd_log(RD_LOG_WARNING, "mllp.oversize",
           rd_log_number("bytes_max", (int64_t)c->service->message_bytes_max));
    rd_arena_reset(&c->arena);
    if (rd_hl7_read(&first->mapping, first->feed->name, head, &c->arena, &c->read) != RD_OK)
        c->read = (struct rd_hl7_read){0};
    c->feed = feed_of(c->service, &c->read.header);
    const char *words = "the message is over 1 MiB: send attachments by another way";
    if (c->feed == NULL || !may_send(c) || !rd_text_present(c->read.submission.key)) {
        answer_without_router(c, RD_HL7_DATA_TYPE, "MSH", words);
        return;
    }
    rd_hl7_refuse(&c->read, RD_HL7_DATA_TYPE, "MSH", "too-big", rd_text_of(words));
    c->read.submission.feed = c->feed->feed->name;
    submit(c);
}

/* A frame that the next one's start cut short: never taken for whole, however well it reads. */
static void take_cut(struct mllp_connection *c)
{
    c->service->counters.cut++;
    c->silent = true;
    rd_arena_reset(&c->arena);
    const struct mllp_feed *first = &c->service->feeds[0];
    if (rd_hl7_read(&first->mapping, first->feed->name, rd_mllp_message(&c->mllp), &c->arena,
                    &c->read) != RD_OK)
        c->read = (struct rd_hl7_read){0};
    c->feed = feed_of(c->service, &c->read.header);
    rd_log(RD_LOG_WARNING, "mllp.cut", rd_log_name("feed", feed_name(c)));
    if (c->feed == NULL || !may_send(c) || !rd_text_present(c->read.submission.digest))
        return;
    rd_hl7_quarantine_cut(&c->read, &c->arena);
    c->read.submission.feed = c->feed->feed->name;
    submit(c);
}

/* Handles what has been read, one message at a time, until something has to be waited for. */
static void advance(struct mllp_connection *c)
{
    if (!c->ready)
        return;
    c->awaiting = false;
    while (!c->closing && !c->submitting && !c->writing) {
        if (!rd_intake_ready(c->service->intake, c->mllp.buf.len)) {
            rd_stream_read(c->stream, false);
            close_when_idle(c);
            return;
        }
        enum rd_mllp_found found = rd_mllp_next(&c->mllp);
        if (found == RD_MLLP_MORE) {
            rd_stream_read(c->stream, !c->ended);
            c->awaiting = true;
            close_when_idle(c);
            return;
        }
        if (found == RD_MLLP_JUNK)
            c->service->counters.junk_bytes += c->mllp.junk;
        c->silent = false;
        c->frame_since = 0;
        if (found == RD_MLLP_MESSAGE)
            take_message(c, rd_mllp_message(&c->mllp));
        else if (found == RD_MLLP_OVERSIZE)
            take_oversize(c);
        else if (found == RD_MLLP_CUT)
            take_cut(c);
    }
    if (!c->closing)
        rd_stream_read(c->stream, false);
}

enum rd_err mllp_connection_accept(struct mllp_service *service, uv_stream_t *server)
{
    static const struct rd_stream_handlers handlers = {
        .ready = on_ready, .bytes = on_bytes, .written = on_written, .ended = on_ended};
    struct mllp_connection *c = calloc(1, sizeof *c);
    if (c == NULL)
        return RD_E_NOMEM;
    enum rd_err err =
        rd_stream_accept(server, rd_door_tls(service->door), &handlers, c, &c->stream);
    if (err != RD_OK) {
        free(c);
        return err;
    }
    c->service = service;
    c->heard = uv_now(service->loop);
    c->idle.data = c;
    rd_mllp_init(&c->mllp, rd_alloc_heap(), service->message_bytes_max);
    rd_arena_init(&c->arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    rd_buf_init(&c->out, rd_alloc_heap());
    c->next = service->connections;
    c->link = &service->connections;
    if (c->next != NULL)
        c->next->link = &c->next;
    service->connections = c;
    service->open_count++;
    service->counters.connections++;
    c->holders = 2;
    (void)uv_timer_init(service->loop, &c->idle);
    watch_time(c);
    return RD_OK;
}

static unsigned count_of_feed(const struct mllp_service *service, const struct mllp_feed *feed)
{
    unsigned count = 0;
    for (const struct mllp_connection *c = service->connections; c != NULL; c = c->next)
        count += c->feed == feed ? 1 : 0;
    return count;
}

/* Of the feed that has most connections (those that sent nothing yet are a feed of their own here)
 * the one that was silent longest, and waits for nothing of ours. */
bool mllp_connection_make_room(struct mllp_service *service)
{
    enum { TELL_MS = 60 * 1000 };
    struct mllp_connection *found = NULL;
    unsigned most = 0;
    uint64_t now = uv_now(service->loop);
    for (struct mllp_connection *c = service->connections; c != NULL; c = c->next) {
        if (c->submitting || c->writing)
            continue;
        unsigned count = count_of_feed(service, c->feed);
        if (count > most || (count == most && c->heard <= found->heard)) {
            most = count;
            found = c;
        }
    }
    if (service->full_told == 0 || now - service->full_told >= TELL_MS) {
        service->full_told = now;
        rd_log(RD_LOG_WARNING, "mllp.connections-full", rd_log_number("most", service->open_count),
               rd_log_name("feed", found == NULL ? RD_TEXT("-") : feed_name(found)),
               rd_log_number("of_it", most),
               rd_log_words("then", found == NULL ? "the new one is refused"
                                                  : "its longest silent one is let go"));
    }
    if (found == NULL)
        return false;
    service->counters.let_go++;
    connection_close(found);
    return true;
}

static void on_refused(uv_handle_t *handle)
{
    free(handle);
}

/* A connection that is not taken would stop the listener for good. */
void mllp_connection_refuse(uv_stream_t *server)
{
    uv_tcp_t *tcp = calloc(1, sizeof *tcp);
    if (tcp == NULL)
        return;
    (void)uv_tcp_init(server->loop, tcp);
    (void)uv_accept(server, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_refused);
}

void mllp_connections_resume(struct mllp_service *service)
{
    struct mllp_connection *next;
    for (struct mllp_connection *c = service->connections; c != NULL; c = next) {
        next = c->next;
        advance(c);
        watch_time(c);
    }
}

void mllp_connections_close(struct mllp_service *service)
{
    while (service->connections != NULL)
        connection_close(service->connections);
}
