#include "adapters/kit/session.h"

#include "model/limits.h"
#include "wire/wire.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 250,
    HURRY_MS = 25,          /* the tick while a hello has nowhere to go yet */
    HURRY_FOR_MS = 1000,    /* ... for so long on each socket */
    WELCOME_MS = 3000,      /* without a welcome for so long: begin again on a new socket */
    REFUSED_REST_MS = 2000, /* after a refused hello: a fault that somebody must put right */
    HEARTBEAT_MS = 5000,    /* when the welcome does not say */
    ALONE_MS = 10000,       /* without a router for so long: said, once until it is back */
    SILENT_BEATS = 3
};

/* One socket's life. libzmq reconnects by itself, but not after a refused handshake, and a router
 * that was restarted does not know us on the old connection: so every doubt ends in a new socket, a
 * new session number and another hello. */
enum phase {
    PHASE_RESTING = 1, /* no socket: until resume_ms */
    PHASE_CONNECTING,  /* the hello is not on its way: nobody is there */
    PHASE_GREETED,     /* waiting for the welcome */
    PHASE_UP
};

struct rd_session {
    uv_loop_t *loop;
    struct rd_zcontext *zcontext;
    struct rd_session_options options;
    char *router, *router_public, *program, *version;
    struct rd_keypair own;
    struct rd_zsock *zsock; /* NULL only while resting */
    uv_timer_t timer;
    struct rd_arena arena;
    struct rd_buf out;
    enum phase phase;
    bool closing, doubted;
    unsigned handles_open; /* the timer and every socket that is not closed yet */
    uint64_t number;       /* of the session: grows with every hello */
    uint64_t heartbeat_ms;
    uint64_t opened_ms, resume_ms, heard_ms, said_ms; /* loop time */
    uint64_t down_since_ms;
    bool told_alone;
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
    return session->phase == PHASE_UP && !session->closing;
}

void rd_session_doubt(struct rd_session *session)
{
    session->doubted = true;
}

static enum rd_err put(struct rd_session *session, const struct rd_message *message)
{
    rd_require(session->zsock != NULL);
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

/* A new socket drops whatever the old one still had queued. */
static enum rd_err open_socket(struct rd_session *session, struct rd_errbuf *why)
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
    session->opened_ms = uv_now(session->loop);
    session->phase = PHASE_CONNECTING;
    return RD_OK;
}

static void greet(struct rd_session *session)
{
    struct rd_hello hello = {.protocol_min = RD_PROTOCOL_MIN,
                             .protocol_max = RD_PROTOCOL_MAX,
                             .program = rd_text_of(session->program),
                             .version = rd_text_of(session->version),
                             .session = session->number + 1};
    const struct rd_message message = {.hello = &hello};
    if (put(session, &message) != RD_OK)
        return; /* nobody there yet: said again at the next tick */
    session->number++;
    session->phase = PHASE_GREETED;
}

/* Begins again after `rest_ms`. The owner may close the session when it hears of it. */
static void restart(struct rd_session *session, uint64_t rest_ms)
{
    bool was_up = session->phase == PHASE_UP;
    struct rd_zsock *zsock = session->zsock;
    session->zsock = NULL;
    session->phase = PHASE_RESTING;
    session->resume_ms = uv_now(session->loop) + rest_ms;
    if (was_up)
        session->down_since_ms = uv_now(session->loop);
    rd_zsock_close(zsock, on_zsock_closed, session);
    if (was_up)
        session->options.down(session->options.context);
}

static void tell_trouble(struct rd_session *session, struct rd_text words)
{
    struct rd_errbuf text;
    if (session->options.trouble == NULL)
        return;
    (void)rd_fail(&text, RD_OK, "%.*s", RD_TEXT_ARG(words));
    session->options.trouble(session->options.context, text.text);
}

static void hear_welcome(struct rd_session *session, const struct rd_welcome *welcome)
{
    if (session->phase != PHASE_GREETED)
        return;
    session->phase = PHASE_UP;
    session->doubted = false;
    session->told_alone = false;
    session->heartbeat_ms = welcome->heartbeat_ms > 0 ? welcome->heartbeat_ms : HEARTBEAT_MS;
    session->options.up(session->options.context, welcome);
}

/* PROTOCOL means that the router does not know us (it was restarted, we were silent for too long,
 * another program took our key over), whatever message it refuses with it: at once another hello.
 * While we are up, any other code without a correlation is of a watch or of a message's form, and
 * the session stays. */
static void hear_refused(struct rd_session *session, const struct rd_refused *refused)
{
    tell_trouble(session, refused->words);
    if (session->closing)
        return;
    if (session->phase == PHASE_GREETED)
        restart(session, REFUSED_REST_MS);
    else if (session->phase == PHASE_UP && refused->code == RD_REFUSAL_PROTOCOL)
        restart(session, 0);
}

static bool of_session(const struct rd_refused *refused)
{
    return refused != NULL && (refused->correlation == 0 || refused->code == RD_REFUSAL_PROTOCOL);
}

static void hear(struct rd_session *session, const struct rd_message *message)
{
    if (message->welcome != NULL)
        hear_welcome(session, message->welcome);
    else if (of_session(message->refused))
        hear_refused(session, message->refused);
    else if (message->pong == NULL && session->phase == PHASE_UP)
        session->options.message(session->options.context, message);
}

static void on_bytes(void *context, struct rd_text routing, struct rd_text user,
                     struct rd_text bytes)
{
    struct rd_session *session = context;
    struct rd_message message;
    (void)routing;
    (void)user;
    if (session->closing || session->zsock == NULL)
        return; /* the old socket's last words */
    session->heard_ms = uv_now(session->loop);
    rd_arena_reset(&session->arena);
    struct rd_errbuf why = {""};
    enum rd_err err = rd_wire_decode(&rd_message_shape, bytes, &session->arena, &message, &why);
    if (err == RD_OK)
        hear(session, &message);
    else
        tell_trouble(session, rd_text_of(why.text));
}

/* Up: a ping in good time. One that cannot be sent has nobody to go to. */
static void keep_alive(struct rd_session *session, uint64_t now)
{
    if (session->doubted || now - session->heard_ms > SILENT_BEATS * session->heartbeat_ms) {
        restart(session, 0);
        return;
    }
    if (now - session->said_ms < session->heartbeat_ms / 2)
        return;
    struct rd_ping ping = {.token = now};
    const struct rd_message message = {.ping = &ping};
    if (put(session, &message) != RD_OK)
        restart(session, 0);
}

/* A key that the router does not know, another router's public key and no router at all look the
 * same from here: silence. Somebody who starts a door must hear of it. */
static void tell_alone(struct rd_session *session, uint64_t now)
{
    struct rd_errbuf words;
    if (session->phase == PHASE_UP || session->told_alone ||
        now - session->down_since_ms < ALONE_MS)
        return;
    session->told_alone = true;
    enum rd_err err = rd_fail(&words, RD_E_UNREACHABLE,
                              "no router answers at %s: does it run there, is this key in force "
                              "(referralctl keys ls), is --router-key its router.pub?",
                              session->router);
    if (err != RD_OK)
        tell_trouble(session, rd_text_of(words.text));
}

static void advance(struct rd_session *session, uint64_t now)
{
    switch (session->phase) {
    case PHASE_RESTING:
        if (now >= session->resume_ms && open_socket(session, NULL) != RD_OK)
            session->resume_ms = now + REFUSED_REST_MS;
        return;
    case PHASE_CONNECTING:
        greet(session);
        break;
    case PHASE_GREETED:
        break;
    case PHASE_UP:
        keep_alive(session, now);
        return;
    }
    if (now - session->opened_ms > WELCOME_MS)
        restart(session, 0);
}

static void on_tick(uv_timer_t *timer)
{
    struct rd_session *session = timer->data;
    uint64_t now = uv_now(session->loop);
    advance(session, now);
    tell_alone(session, now);
    if (session->closing)
        return;
    bool hurry = session->phase == PHASE_CONNECTING && now - session->opened_ms < HURRY_FOR_MS;
    uv_timer_set_repeat(&session->timer, hurry ? HURRY_MS : TICK_MS);
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
    session->down_since_ms = uv_now(loop);
    /* A session number larger than any that this key used before: the wall clock in microseconds.
     */
    if (uv_gettimeofday(&wall) == 0)
        session->number = (uint64_t)wall.tv_sec * 1000000u + (uint64_t)wall.tv_usec;
    enum rd_err err = open_socket(session, why);
    if (err != RD_OK) {
        session_free(session);
        return err;
    }
    (void)uv_timer_init(loop, &session->timer);
    session->timer.data = session;
    session->handles_open++;
    (void)uv_timer_start(&session->timer, on_tick, HURRY_MS, HURRY_MS);
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
    rd_zsock_close(session->zsock, on_zsock_closed, session);
    session->zsock = NULL;
    uv_close((uv_handle_t *)&session->timer, on_timer_closed);
}
