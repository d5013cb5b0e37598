/* One session with the router, for intake.c and outbox.c: a DEALER socket, hello and welcome,
 * heartbeat both ways, a new socket and a new session number whenever the router falls silent. Loop
 * thread only. */
#ifndef RD_KIT_SESSION_H
#define RD_KIT_SESSION_H

#include "link/zsock.h"
#include "model/message.h"

struct rd_session;

struct rd_session_options {
    const char *router;           /* endpoint; copied */
    const char *router_public;    /* z85; copied */
    const struct rd_keypair *own; /* copied; wiped at the end */
    const char *program, *version;
    /* All called from the loop; messages are borrowed for the call. */
    void (*up)(void *context, const struct rd_welcome *welcome);
    void (*down)(void *context); /* only after up */
    /* While up; any but welcome, pong and a refusal of the session. */
    void (*message)(void *context, const struct rd_message *message);
    void (*tick)(void *context); /* at least four times a second */
    /* Our hello, a watch or a message's form was refused, what came could not be read, or no router
     * has answered for ten seconds (once until one does); may be NULL. */
    void (*trouble)(void *context, const char *words);
    void *context;
};

/* Goes on trying for as long as it is open: a router that is not there yet is no error. */
RD_MUST_CHECK enum rd_err rd_session_open(uv_loop_t *loop, struct rd_zcontext *zcontext,
                                          const struct rd_session_options *options,
                                          struct rd_session **out, struct rd_errbuf *why);
bool rd_session_is_up(const struct rd_session *session);
/* RD_E_UNREACHABLE: not up. RD_E_AGAIN: the socket is full. */
RD_MUST_CHECK enum rd_err rd_session_send(struct rd_session *session,
                                          const struct rd_message *message);
/* Something went wrong that only a new beginning puts right: at the next tick. */
void rd_session_doubt(struct rd_session *session);
uint64_t rd_session_now_ms(const struct rd_session *session); /* of the loop, for deadlines */
/* `closed` (may be NULL) is called once, later, from the loop; no other callback after this call.
 * Allowed inside any callback. */
void rd_session_close(struct rd_session *session, void (*closed)(void *context), void *context);

#endif
