#include "adapters/kit/session.h"

#include "model/limits.h"
#include "wire/wire.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 250,
    WELCOME_MS = 3000,   /* a hello without an answer for so long is said again on a new socket */
    HEARTBEAT_MS = 5000, /* until the welcome says otherwise */
    SILENT_BEATS = 3
};

struct rd_session {
    uv_loop_t *loop;
    struct rd_zcontext *zcontext;
    struct rd_session_options options;
    char *router, *router_public, *program, *version;
    struct rd_keypair own;
    struct rd_zsock *zsock;
    uv_timer_t timer;
    struct rd_arena arena;
    struct rd_buf out;
    bool up, closing;
    bool lost;             /* the router said that it does not know this session */
    bool greeted;          /* the hello is on its way on this socket */
    unsigned handles_open; /* the timer and every socket that is not closed yet */
    uint64_t number;       /* of the session: grows with every hello */
    uint64_t heartbeat_ms, heard_ms, said_ms;
    void (*closed)(void *context);
    void *closed_context;
};

static void session_free(struct rd_session *session)
{
    sodium_memzero(&session->own, sizeof session->own);
    rd_arena_fini(&session->arena);
    rd_buf_fini(&session->out);
    free(session->router);
    free(session->router_public);
    free(session->program);
    free(session->version);
    free(session);
}

static void one_closed(struct rd_session *session)
{
    if (--session->handles_open > 0 || !session->closing)
        return;
    void (*closed)(void *) = session->closed;
    void *context = session->closed_context;
    session_free(session);
    if (closed != NULL)
        closed(context);
}

static void on_zsock_closed(void *context)
{
    one_closed(context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    one_closed(handle->data);
}

uint64_t rd_session_now_ms(const struct rd_session *session)
{
    return uv_now(session->loop);
}

bool rd_session_is_up(const struct rd_session *session)
{
    return session->up && !session->closing;
}

static enum rd_err put(struct rd_session *session, const struct rd_message *message)
{
    rd_buf_clear(&session->out);
    rd_wire_encode(&rd_message_shape, message, &session->out);
    if (session->out.failed)
        return RD_E_NOMEM;
    if (session->out.len > RD_FRAME_BYTES_MAX)
        return RD_E_TOOBIG;
    enum rd_err err = rd_zsock_send(session->zsock, RD_TEXT_NONE, rd_buf_text(&session->out));
    if (err == RD_OK)
        session->said_ms = uv_now(session->loop);
    return err;
}

enum rd_err rd_session_send(struct rd_session *session, const struct rd_message *message)
{
    return rd_session_is_up(session) ? put(session, message) : RD_E_UNREACHABLE;
}

static void on_bytes(void *context, struct rd_text routing, struct rd_text user,
                     struct rd_text bytes);

/* Says hello; a socket that is not connected yet takes nothing, so it is said again at the next
 * tick. */
static void greet(struct rd_session *session)
{
    struct rd_hello hello = {.protocol_min = RD_PROTOCOL_MIN,
                             .protocol_max = RD_PROTOCOL_MAX,
                             .program = rd_text_of(session->program),
                             .version = rd_text_of(session->version),
                             .session = session->number};
    const struct rd_message message = {.hello = &hello};
    session->greeted = put(session, &message) == RD_OK;
}

/* A new socket drops whatever the old one still had queued; its number tells the router that we
 * began again. */
static enum rd_err connect_and_greet(struct rd_session *session, struct rd_errbuf *why)
{
    const struct rd_zsock_options options = {.type = RD_ZSOCK_DEALER,
                                             .endpoint = session->router,
                                             .own = &session->own,
                                             .server_public = session->router_public,
                                             .received = on_bytes,
                                             .context = session};
    enum rd_err err = rd_zsock_open(session->zcontext, &options, &session->zsock, why);
    if (err != RD_OK) {
        session->zsock = NULL;
        return err;
    }
    session->handles_open++;
    session->number++;
    session->heard_ms = session->said_ms = uv_now(session->loop);
    greet(session);
    return RD_OK;
}

static void drop_socket(struct rd_session *session)
{
    struct rd_zsock *zsock = session->zsock;
    bool was_up = session->up;
    session->zsock = NULL;
    session->up = session->lost = false;
    if (zsock != NULL)
        rd_zsock_close(zsock, on_zsock_closed, session);
    if (was_up && !session->closing)
        session->options.down(session->options.context);
}

static void welcome(struct rd_session *session, const struct rd_welcome *message)
{
    session->up = true;
    session->heartbeat_ms = message->heartbeat_ms > 0 ? message->heartbeat_ms : HEARTBEAT_MS;
    session->options.up(session->options.context, message);
}

static void tell_trouble(struct rd_session *session, struct rd_text words)
{
    struct rd_text copy;
    if (session->options.trouble != NULL && rd_arena_copy(&session->arena, words, &copy) &&
        copy.len > 0)
        session->options.trouble(session->options.context, copy.ptr);
}

static void hear(struct rd_session *session, const struct rd_message *message)
{
    if (message->pong != NULL)
        return;
    if (message->welcome != NULL) {
        welcome(session, message->welcome);
        return;
    }
    bool lost = message->refused != NULL && message->refused->code == RD_REFUSAL_PROTOCOL;
    if (lost || (message->refused != NULL && message->refused->correlation == 0)) {
        tell_trouble(session, message->refused->words);
        /* The router does not know this session (it was started again): a new one at the next tick.
         */
        session->lost = session->lost || lost;
        return;
    }
    session->options.message(session->options.context, message);
}

static void on_bytes(void *context, struct rd_text routing, struct rd_text user,
                     struct rd_text bytes)
{
    struct rd_session *session = context;
    struct rd_message message;
    (void)routing;
    (void)user;
    if (session->closing)
        return;
    session->heard_ms = uv_now(session->loop);
    rd_arena_reset(&session->arena);
    struct rd_errbuf why = {""};
    enum rd_err err = rd_wire_decode(&rd_message_shape, bytes, &session->arena, &message, &why);
    if (err != RD_OK) {
        if (session->options.trouble != NULL)
            session->options.trouble(session->options.context, why.text);
        return;
    }
    hear(session, &message);
}

static void on_tick(uv_timer_t *timer)
{
    struct rd_session *session = timer->data;
    uint64_t now = uv_now(session->loop);
    uint64_t silent = now - session->heard_ms;
    uint64_t allowed = session->up ? SILENT_BEATS * session->heartbeat_ms : WELCOME_MS;
    if (session->zsock == NULL || session->lost || silent > allowed) {
        drop_socket(session);
        (void)connect_and_greet(session, NULL); /* tried again at a later tick when it fails */
    } else if (!session->greeted) {
        greet(session);
    } else if (session->up && now - session->said_ms >= session->heartbeat_ms / 2) {
        struct rd_ping ping = {.token = now};
        const struct rd_message message = {.ping = &ping};
        (void)put(session,
                  &message); /* a full socket says nothing; silence then ends the session */
    }
    session->options.tick(session->options.context);
}

static bool copy_options(struct rd_session *session, const struct rd_session_options *options)
{
    session->options = *options;
    session->own = *options->own;
    session->router = strdup(options->router);
    session->router_public = strdup(options->router_public);
    session->program = strdup(options->program);
    session->version = strdup(options->version);
    return session->router != NULL && session->router_public != NULL && session->program != NULL &&
           session->version != NULL;
}

enum rd_err rd_session_open(uv_loop_t *loop, struct rd_zcontext *zcontext,
                            const struct rd_session_options *options, struct rd_session **out,
                            struct rd_errbuf *why)
{
    *out = NULL;
    struct rd_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return rd_fail(why, RD_E_NOMEM, "%s: out of memory", options->router);
    rd_arena_init(&session->arena, rd_alloc_heap(), RD_DECODE_ARENA_BYTES_MAX);
    rd_buf_init(&session->out, rd_alloc_heap());
    if (!copy_options(session, options)) {
        session_free(session);
        return rd_fail(why, RD_E_NOMEM, "%s: out of memory", options->router);
    }
    uv_timeval64_t wall;
    session->loop = loop;
    session->zcontext = zcontext;
    session->heartbeat_ms = HEARTBEAT_MS;
    /* A session number larger than any that this key used before: the wall clock in microseconds.
     */
    if (uv_gettimeofday(&wall) == 0)
        session->number = (uint64_t)wall.tv_sec * 1000000u + (uint64_t)wall.tv_usec;
    enum rd_err err = connect_and_greet(session, why);
    if (err != RD_OK) {
        session_free(session);
        return err;
    }
    (void)uv_timer_init(loop, &session->timer);
    session->timer.data = session;
    session->handles_open++;
    (void)uv_timer_start(&session->timer, on_tick, TICK_MS, TICK_MS);
    *out = session;
    return RD_OK;
}

void rd_session_close(struct rd_session *session, void (*closed)(void *context), void *context)
{
    if (session->closing)
        return;
    session->closing = true;
    session->closed = closed;
    session->closed_context = context;
    drop_socket(session);
    uv_close((uv_handle_t *)&session->timer, on_timer_closed);
}
