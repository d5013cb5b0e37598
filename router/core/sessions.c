#include "core/sessions.h"

#include "core/emit.h"
#include "core/watch.h"

#include <string.h>

struct rd_session *rd_session_of(const struct rd_core *core, enum rd_socket socket, uint64_t peer)
{
    for (size_t i = 0; i < core->sessions_count; i++)
        if (core->sessions[i]->peer == peer && core->sessions[i]->socket == socket)
            return core->sessions[i];
    return NULL;
}

static void free_session(struct rd_core *core, struct rd_session *session)
{
    rd_heap_cancel(&core->timers, &session->timer.node);
    while (session->watches != NULL)
        rd_watch_end(core, session->watches);
    rd_release(core->alloc, session->user_bytes);
    rd_release(core->alloc, session->untold);
    rd_release(core->alloc, session);
}

void rd_session_end(struct rd_core *core, struct rd_session *session)
{
    size_t at = 0;
    while (at < core->sessions_count && core->sessions[at] != session)
        at++;
    if (at == core->sessions_count)
        return;
    core->sessions_count--;
    memmove(&core->sessions[at], &core->sessions[at + 1],
            (core->sessions_count - at) * sizeof *core->sessions);
    free_session(core, session);
}

void rd_sessions_fini(struct rd_core *core)
{
    for (size_t i = 0; i < core->sessions_count; i++)
        free_session(core, core->sessions[i]);
    rd_release(core->alloc, core->sessions);
}

static bool set_timer(struct rd_core *core, struct rd_session *session)
{
    rd_instant due = session->seen + RD_SESSION_SILENCE_S * RD_SECOND_US;
    return rd_heap_set(&core->timers, &session->timer.node, due, session->peer) ? true
                                                                                : rd_nomem(core);
}

bool rd_session_seen(struct rd_core *core, struct rd_session *session)
{
    session->seen = core->now; /* its timer looks at this when it fires */
    return true;
}

void rd_sessions_jumped(struct rd_core *core)
{
    for (size_t i = 0; i < core->sessions_count; i++)
        core->sessions[i]->seen = core->now;
}

bool rd_session_silent(struct rd_core *core, struct rd_session *session)
{
    if (core->now < session->seen + RD_SESSION_SILENCE_S * RD_SECOND_US)
        return set_timer(core, session);
    rd_session_end(core, session);
    return true;
}

static struct rd_session *other_of_user(const struct rd_core *core, enum rd_socket socket,
                                        struct rd_text user, uint64_t peer)
{
    for (size_t i = 0; i < core->sessions_count; i++) {
        struct rd_session *each = core->sessions[i];
        if (each->socket == socket && each->peer != peer && rd_text_equal(each->user, user))
            return each;
    }
    return NULL;
}

static struct rd_session *make_session(struct rd_core *core, const struct rd_hello *hello)
{
    const struct rd_origin *origin = &core->event->origin;
    void *items = core->sessions;
    if (!rd_alloc_grow(core->alloc, &items, &core->sessions_cap, core->sessions_count + 1,
                       sizeof *core->sessions)) {
        (void)rd_nomem(core);
        return NULL;
    }
    core->sessions = items;
    struct rd_text user = origin->identity->user;
    struct rd_session *session = rd_hold(core, sizeof *session);
    char *bytes = rd_hold(core, user.len + 1);
    if (session == NULL || bytes == NULL) {
        rd_release(core->alloc, session);
        rd_release(core->alloc, bytes);
        return NULL;
    }
    if (user.len > 0)
        memcpy(bytes, user.ptr, user.len);
    *session = (struct rd_session){.socket = origin->socket,
                                   .peer = origin->peer,
                                   .number = hello->session,
                                   .user_bytes = bytes,
                                   .user = {bytes, user.len},
                                   .role = origin->identity->role,
                                   .seen = core->now};
    session->timer = (struct rd_timer){.kind = RD_TIMER_SESSION, .owner = session};
    core->sessions[core->sessions_count++] = session;
    return set_timer(core, session) ? session : NULL;
}

static bool welcome(struct rd_core *core)
{
    struct rd_message *message = rd_answer(core);
    struct rd_welcome *made = rd_take(core, sizeof *made);
    if (message == NULL || made == NULL)
        return false;
    *made = (struct rd_welcome){.protocol = RD_PROTOCOL_MAX,
                                .place = core->place->name,
                                .rules_hash = core->place->hash,
                                .incarnation = core->meta.incarnation,
                                .heartbeat_ms = RD_HEARTBEAT_MS,
                                .credit_submissions = RD_FEED_CREDIT_SUBMISSIONS,
                                .credit_bytes = RD_FEED_CREDIT_BYTES};
    message->welcome = made;
    return rd_keep_text(core, core->event->origin.identity->user, &made->user);
}

bool rd_session_hello(struct rd_core *core)
{
    const struct rd_origin *origin = &core->event->origin;
    const struct rd_hello *hello = core->event->message->hello;
    if (hello->protocol_min == 0 || hello->protocol_max == 0 || hello->session == 0)
        return rd_refuse(core, 0, RD_REFUSAL_MISSING,
                         RD_TEXT("hello: set `protocol_min` and `protocol_max` to 1, and `session` "
                                 "to a number that is larger with every start"));
    if (hello->protocol_min > RD_PROTOCOL_MAX || hello->protocol_max < RD_PROTOCOL_MIN)
        return rd_refuse(core, 0, RD_REFUSAL_PROTOCOL,
                         RD_WORDS(core, "hello: protocol %u to %u: this router speaks %d to %d",
                                  (unsigned)hello->protocol_min, (unsigned)hello->protocol_max,
                                  (int)RD_PROTOCOL_MIN, (int)RD_PROTOCOL_MAX));
    /* Control is a terminal: several of one operator stand side by side. */
    struct rd_session *other =
        origin->socket == RD_SOCKET_CONTROL
            ? NULL
            : other_of_user(core, origin->socket, origin->identity->user, origin->peer);
    if (other != NULL && hello->session <= other->number)
        return rd_refuse(
            core, 0, RD_REFUSAL_STATE,
            RD_WORDS(core,
                     "hello: user %.*s has session %llu elsewhere: start with a larger "
                     "number, or give each program its own key",
                     RD_TEXT_ARG(other->user), (unsigned long long)other->number));
    struct rd_session *own = rd_session_of(core, origin->socket, origin->peer);
    if (other != NULL)
        rd_session_end(core, other);
    if (own != NULL)
        rd_session_end(core, own);
    if (core->sessions_count >= RD_SESSIONS_MAX)
        return rd_refuse(core, 0, RD_REFUSAL_LIMIT,
                         RD_TEXT("hello: 1024 sessions are open: close one first"));
    return make_session(core, hello) != NULL && welcome(core);
}
