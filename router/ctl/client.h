/* A session with the router, from a terminal: connect, say hello, ask and wait, or listen.
 * Blocking; single thread. */
#ifndef RD_CTL_CLIENT_H
#define RD_CTL_CLIENT_H

#include "ctl/ctl.h"
#include "link/zsock.h"

#include <uv.h>

enum ctl_socket { CTL_CONTROL, CTL_QUEUES, CTL_INTAKE };

struct ctl_client;
/* Every message that is not the answer waited for. Borrowed for the call. */
typedef void ctl_heard(void *context, struct ctl_client *client, const struct rd_message *message);

struct ctl_client {
    uv_loop_t loop;
    uv_timer_t timer, heartbeat, progress;
    uv_signal_t interrupt, terminate;
    struct rd_zcontext *zcontext;
    struct rd_zsock *zsock;
    struct rd_keypair own;
    struct rd_arena memory;   /* of the message at hand, and of the answer */
    struct rd_message answer; /* valid until the next call */
    uint64_t waiting_for;     /* correlation; 0: nothing */
    bool welcomed, answered, timed_out, stopped;
    uint64_t last_correlation;
    unsigned timeout_ms;
    char endpoint[4200];
    char router_words[1024]; /* a refusal of the hello */
    ctl_heard *heard;
    void *context;
    bool patient; /* an answer may take as long as the router says something */
};

/* CTL_OK, or a message on stderr and the exit status: CTL_USE for a key that cannot be read,
 * CTL_AWAY when nobody answers. After CTL_OK: ctl_client_close. */
int ctl_client_open(struct ctl_client *client, const struct ctl_args *args, enum ctl_socket socket);
void ctl_client_close(struct ctl_client *client);
uint64_t ctl_client_correlation(struct ctl_client *client);
/* Sends and waits for the answer with that correlation, in client->answer. CTL_NO, with the
 * router's words on stderr, when it refused. */
int ctl_client_ask(struct ctl_client *client, const struct rd_message *message,
                   uint64_t correlation);
/* The same of something that takes the router long: asks for its status once a second and goes on
 * waiting while it says anything. What it says it is checking is shown on stderr from the third
 * second on. CTL_STOPPED: ^C came before the answer; nothing is said. */
enum { CTL_STOPPED = -1 };
int ctl_client_ask_long(struct ctl_client *client, const struct rd_message *message,
                        uint64_t correlation);
/* Opens, asks, prints what was done, closes. ^C takes back what is being checked. */
int ctl_send_admin(const struct ctl_args *args, struct rd_admin *ask);
/* Without an answer. */
int ctl_client_send(struct ctl_client *client, const struct rd_message *message);
/* Hands every message to `heard` until ^C. */
int ctl_client_listen(struct ctl_client *client, ctl_heard *heard, void *context);

/* Opens, asks one query, closes; `show` sees the answer before that. */
int ctl_query(const struct ctl_args *args, enum rd_query_kind kind, const char *target,
              int (*show)(const struct ctl_args *args, const struct rd_query_result *result));

#endif
