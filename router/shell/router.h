/* The running router: what joins core, gate, ledger and sockets. Internal to shell/.
 *
 * - sockets.c: a message of a peer -> event
 * - step.c: event -> core -> entries to the ledger, sends to the gate; time; peers that are gone
 * - outgoing.c: what the gate releases -> socket, reader thread, alarm command
 * - admin.c: what an operator asks of the process: drain, reload, clock accept
 * - rulesets.c: which rules it runs under; kept.c: from the ledger; shadow.c: beside them
 * - rule_change.c: other rules while it runs; checker.c: the thread that looks at them;
 *   candidate.c: what it looks at
 * - ops.c: the ops HTTP server
 * - router.c: start and end
 *
 * Loop thread only. Whatever leaves the process unable to keep its promises ends it at once, with a
 * message and exit status 1: rd_router_die. */
#ifndef RD_SHELL_ROUTER_H
#define RD_SHELL_ROUTER_H

#include "core/core.h"
#include "core/gate.h"
#include "ledger/ledger_sqlite.h"
#include "link/httpd.h"
#include "link/log.h"
#include "link/zsock.h"
#include "shell/alarms.h"
#include "shell/checker.h"
#include "shell/clock.h"
#include "shell/credit.h"
#include "shell/kept.h"
#include "shell/ledgerglue.h"
#include "shell/options.h"
#include "shell/peers.h"
#include "shell/reader.h"
#include "shell/shadow.h"
#include "shell/state_dir.h"
#include "shell/verifier.h"
#include "web/ops_view.h"

enum {
    RD_TIMERS_WAITING_MAX = 64, /* entries on their way to the disk; beyond it no further timer is
                                   fired: a hundred thousand that fall due together stand behind
                                   what partners send, not in front of it */
    RD_TICK_MS_MAX = 1000,      /* the loop's one business timer never sleeps longer */
    RD_ENTRIES_WAITING_MAX = 2048, /* on their way to the disk; beyond it every request is busy.
                                      Each batch has one at least: the ledger's queue is larger */
    RD_DRAIN_MS_MAX = 10000        /* for what is under way when the router is told to end */
};
/* A reserve for claims and contacts: below it intake answers busy, the rest goes on. */
#define RD_DISK_RESERVE_BYTES (UINT64_C(64) * 1024 * 1024)
#define RD_DISK_LOW_BYTES (UINT64_C(512) * 1024 * 1024)

enum { RD_SOCKETS = 4 }; /* intake, queues, control, events: index = enum rd_socket, events 0 */

struct rd_router;

struct rd_socket_slot {
    struct rd_router *router;
    enum rd_socket socket; /* 0: events */
    struct rd_zsock *zsock;
};

struct rd_router {
    const struct rd_options *options;
    const struct rd_alloc *alloc;
    uv_loop_t *loop;
    uv_timer_t tick;     /* business timers and once-a-second work */
    uv_timer_t deadline; /* while ending */
    uv_prepare_t settle; /* before the loop sleeps: peers that are gone, end when all is out */
    uv_signal_t terminate, interrupt, hangup;

    struct rd_state_keys keys;
    struct rd_key_table *key_table;
    struct rd_rules *rules;         /* in force */
    struct rd_rules *pending_rules; /* wait for their time; NULL: none */
    struct rd_rules *coming_rules;  /* within an activation only */
    struct rd_checker *checker;
    char checking_words[RD_CHECK_WORDS_MAX]; /* of the last status */
    struct rd_kept kept;                     /* as read at the start */
    struct rd_shadow shadow;
    char rules_refused_words[1024]; /* of the last refusal, until a set is accepted */
    struct rd_core *core;
    struct rd_gate *gate;
    struct rd_ledger *ledger;
    uv_async_t ledger_wake;
    struct rd_glue glue;
    struct rd_reader *reader;
    struct rd_verifier *verifier;
    struct rd_zcontext *zcontext;
    struct rd_socket_slot sockets[RD_SOCKETS];
    struct rd_httpd *httpd;
    char ops_address[RD_ENDPOINT_BYTES_MAX];
    struct rd_alarms *alarms;
    struct rd_peers peers;
    struct rd_credit credit;
    struct rd_arena message_memory; /* of the message at hand */
    struct rd_business_clock clock;

    uint64_t incarnation;
    rd_instant next_due; /* of the core; 0: nothing */
    rd_instant started_at;
    uint64_t last_submitted; /* last entry given to the ledger */
    uint64_t *gone;          /* numbers of peers whose transport is gone */
    size_t gone_count, gone_cap;
    bool stepping; /* inside the core or its update: nothing may step again */
    bool ready, draining, ending, closing;
    bool reload_asked;
    int exit_status;

    struct rd_ops_view counts; /* `status` unset; the rest is kept up to date */
    size_t opens_waiting;      /* `opened` answers with the gate or the reader */
    int64_t watched;           /* boot time of the last look at the machine */
    bool clock_alarmed;
};

/* router.c */
int rd_router_run(const struct rd_options *options);
/* Checks place, state and ledger, prints what it finds; the exit status. */
int rd_router_check(const struct rd_options *options);
void rd_router_begin_end(struct rd_router *router, const char *cause);
void rd_router_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* start.c */
RD_MUST_CHECK enum rd_err rd_router_load(struct rd_router *router, struct rd_errbuf *why);
/* Checks the whole chain behind the start. */
RD_MUST_CHECK enum rd_err rd_router_verify(struct rd_router *router, struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_router_load_rules(const struct rd_options *options,
                                               struct rd_rules **out, struct rd_errbuf *why);

/* step.c */
void rd_router_step(struct rd_router *router, struct rd_event *event);
rd_instant rd_router_now(struct rd_router *router);
/* That peer's transport is gone: the core hears of it before the loop sleeps. */
void rd_router_peer_gone(struct rd_router *router, uint64_t peer);
void rd_router_settle(struct rd_router *router);
void rd_router_arm(struct rd_router *router);
void rd_router_on_tick(uv_timer_t *timer);
bool rd_router_is_full(const struct rd_router *router);
void rd_router_appended(void *context, enum rd_append_result result, uint64_t last,
                        const char *why);

/* outgoing.c */
/* All sends and alarms of an update, in the order of their gates. */
void rd_router_hold_update(struct rd_router *router, const struct rd_update *update);
/* An answer of the shell's own, behind everything the core has said so far. */
void rd_router_answer(struct rd_router *router, enum rd_socket socket, uint64_t peer,
                      const struct rd_message *message);
void rd_router_refuse(struct rd_router *router, const struct rd_peer *peer, uint64_t correlation,
                      enum rd_refusal code, const char *words);
void rd_router_release(void *context, void *item);
void rd_router_discard(void *context, void *item);
void rd_router_body_done(void *context, struct rd_body_job *job);

/* sockets.c */
RD_MUST_CHECK enum rd_err rd_router_open_sockets(struct rd_router *router, struct rd_errbuf *why);
void rd_router_close_sockets(struct rd_router *router);

/* admin.c */
void rd_router_admin(struct rd_router *router, const struct rd_peer *peer,
                     const struct rd_admin *admin);
/* Answers unless the asker is nobody (peer 0). An error is the answer no. */
void rd_router_answer_admin(struct rd_router *router, enum rd_socket socket, uint64_t peer,
                            uint64_t correlation, enum rd_err err, const char *words);
/* Keys at once; the rules are compared on the checker's thread. `peer` NULL: SIGHUP. RD_OK: the
 * answer comes later. */
enum rd_err rd_router_reload(struct rd_router *router, const struct rd_admin *admin,
                             const struct rd_peer *peer, struct rd_errbuf *said);
void rd_router_drain(struct rd_router *router);
void rd_router_watch_machine(struct rd_router *router, int64_t now_boot);

/* rulesets.c */
/* After the ledger is open: the rules in force and what waits for its time, from the ledger; the
 * place directory's at the first start. */
RD_MUST_CHECK enum rd_err rd_router_choose_rules(struct rd_router *router, struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_router_start_rules(struct rd_router *router, struct rd_event *start,
                                                struct rd_errbuf *why);
/* After each step: another rule set may have taken over, or been refused at its time. */
void rd_router_follow_rules(struct rd_router *router, const struct rd_update *update);
/* Counted, shown in status and metrics, logged. */
void rd_router_refuse_rules(struct rd_router *router, const struct rd_errbuf *why);
void rd_router_step_with_files(struct rd_router *router, struct rd_event *event,
                               const struct rd_place_files *files);

/* rule_change.c. RD_OK of the first four: it is being checked, the answer comes later. Any error:
 * why not, in `said`. */
enum rd_err rd_router_activate(struct rd_router *router, const struct rd_admin *admin,
                               const struct rd_peer *peer, struct rd_errbuf *said);
enum rd_err rd_router_revert(struct rd_router *router, const struct rd_admin *admin,
                             const struct rd_peer *peer, struct rd_errbuf *said);
enum rd_err rd_router_shadow(struct rd_router *router, const struct rd_admin *admin,
                             const struct rd_peer *peer, struct rd_errbuf *said);
enum rd_err rd_router_reload_rules(struct rd_router *router, const struct rd_admin *admin,
                                   const struct rd_peer *peer, struct rd_errbuf *said);
enum rd_err rd_router_withdraw(struct rd_router *router, const struct rd_admin *admin,
                               struct rd_errbuf *said);
void rd_router_checked(void *context, struct rd_check_job *job);

/* ops.c */
RD_MUST_CHECK enum rd_err rd_router_open_ops(struct rd_router *router, struct rd_errbuf *why);
/* The core's status with the shell's part set; borrows from `memory`. */
RD_MUST_CHECK enum rd_err rd_router_status(struct rd_router *router, struct rd_arena *memory,
                                           struct rd_status *out);
void rd_router_complete_status(struct rd_router *router, struct rd_status *status);
/* NULL: ready. */
const char *rd_router_not_ready(const struct rd_router *router);

/* notify.c: tells systemd, when NOTIFY_SOCKET is set. */
void rd_notify(const char *state);

#endif
