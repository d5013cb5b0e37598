#include "shell/router.h"

#include "rules/load/load.h"

#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void rd_router_die(const char *format, ...)
{
    char words[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    rd_log(RD_LOG_ERROR, "router.died", rd_log_words("words", words));
    rd_notify("STATUS=ended by an error\nERRNO=5");
    /* At once: nothing that is not on disk may leave, and no clean-up may touch the ledger. */
    _exit(1);
}

static void say_failure(const struct rd_errbuf *why)
{
    rd_log(RD_LOG_ERROR, "router.not_started", rd_log_words("words", why->text));
    fflush(NULL);
}

static void close_handle(uv_handle_t *handle)
{
    if (handle->type != UV_UNKNOWN_HANDLE && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Everything that the loop still has is closed; what is on its way to the disk has arrived. */
static void close_all(struct rd_router *router)
{
    router->closing = true;
    rd_router_close_sockets(router);
    if (router->reader != NULL)
        rd_reader_close(router->reader, NULL, NULL);
    router->verifier = rd_verifier_close(router->verifier);
    router->checker = rd_checker_close(router->checker);
    if (router->ledger != NULL)
        router->ledger->ops->close(router->ledger);
    router->ledger = NULL;
    if (router->alarms != NULL)
        rd_alarms_close(router->alarms);
    router->alarms = NULL;
    uv_handle_t *handles[] = {
        (uv_handle_t *)&router->tick,        (uv_handle_t *)&router->deadline,
        (uv_handle_t *)&router->settle,      (uv_handle_t *)&router->terminate,
        (uv_handle_t *)&router->interrupt,   (uv_handle_t *)&router->hangup,
        (uv_handle_t *)&router->ledger_wake,
    };
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        close_handle(handles[i]);
}

static bool is_quiet(const struct rd_router *router)
{
    return router->last_submitted <= rd_gate_durable(router->gate) &&
           rd_gate_held(router->gate) == 0 && rd_reader_waiting(router->reader) == 0 &&
           rd_checker_job(router->checker) == NULL;
}

/* Before the loop sleeps. */
static void on_settle(uv_prepare_t *prepare)
{
    struct rd_router *router = prepare->data;
    if (router->closing)
        return;
    rd_router_settle(router);
    if (router->reload_asked) {
        struct rd_errbuf said = {{0}};
        router->reload_asked = false;
        const struct rd_admin reload = {.by = RD_TEXT("operator (SIGHUP)")};
        if (rd_router_reload(router, &reload, NULL, &said) != RD_OK)
            rd_log(RD_LOG_WARNING, "rules.not_compared", rd_log_words("words", said.text));
    }
    if (router->ending && is_quiet(router))
        close_all(router);
}

static void on_deadline(uv_timer_t *timer)
{
    struct rd_router *router = timer->data;
    if (router->closing)
        return;
    rd_log(RD_LOG_ERROR, "router.end_forced",
           rd_log_words("words",
                        "the disk did not answer in time; nothing unwritten was acknowledged"));
    router->exit_status = 1;
    close_all(router);
}

void rd_router_begin_end(struct rd_router *router, const char *cause)
{
    if (router->ending)
        return;
    rd_log(RD_LOG_NOTICE, "router.ending", rd_log_words("cause", cause));
    rd_notify("STOPPING=1");
    rd_router_drain(router);
    rd_checker_stop(router->checker);
    router->ending = true;
    /* cannot fail: the callback is set */
    (void)uv_timer_start(&router->deadline, on_deadline, RD_DRAIN_MS_MAX, 0);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct rd_router *router = signal->data;
    if (number == SIGHUP)
        router->reload_asked = true;
    else
        rd_router_begin_end(router, number == SIGTERM ? "SIGTERM" : "SIGINT");
}

static enum rd_err open_handles(struct rd_router *router, struct rd_errbuf *why)
{
    uv_loop_t *loop = router->loop;
    router->tick.data = router->deadline.data = router->settle.data = router;
    router->terminate.data = router->interrupt.data = router->hangup.data = router;
    int failed = uv_timer_init(loop, &router->tick);
    failed = failed != 0 ? failed : uv_timer_init(loop, &router->deadline);
    failed = failed != 0 ? failed : uv_prepare_init(loop, &router->settle);
    failed = failed != 0 ? failed : uv_prepare_start(&router->settle, on_settle);
    failed = failed != 0 ? failed : uv_signal_init(loop, &router->terminate);
    failed = failed != 0 ? failed : uv_signal_start(&router->terminate, on_signal, SIGTERM);
    failed = failed != 0 ? failed : uv_signal_init(loop, &router->interrupt);
    failed = failed != 0 ? failed : uv_signal_start(&router->interrupt, on_signal, SIGINT);
    failed = failed != 0 ? failed : uv_signal_init(loop, &router->hangup);
    failed = failed != 0 ? failed : uv_signal_start(&router->hangup, on_signal, SIGHUP);
    if (failed != 0)
        return rd_fail(why, RD_E_IO, "event loop: %s", uv_strerror(failed));
    return RD_OK;
}

/* A restored or copied ledger must not go on numbering changes as the one it came from. */
static uint64_t new_incarnation(const struct rd_router *router)
{
    uint64_t seconds = (uint64_t)(rd_clock_read().utc / RD_SECOND_US);
    return seconds > router->incarnation ? seconds : router->incarnation + 1;
}

static enum rd_err begin(struct rd_router *router, struct rd_errbuf *why)
{
    char pid[32];
    struct rd_event start = {.kind = RD_EVENT_START};
    bool fresh = router->last_submitted == 0;
    bool restored = rd_ledger_sqlite_restored(router->ledger);
    if (fresh || restored) {
        start.incarnation = new_incarnation(router);
        start.reason = fresh ? RD_TEXT("created") : RD_TEXT("restored from a backup");
        router->incarnation = start.incarnation;
    }
    rd_shadow_resume(&router->shadow, router->options->state);
    enum rd_err err = rd_router_start_rules(router, &start, why);
    if (err == RD_OK)
        err = rd_router_open_sockets(router, why);
    if (err != RD_OK)
        return err;
    snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    return rd_state_write(router->options->state, "referrald.pid", pid, why);
}

static enum rd_err start(struct rd_router *router, struct rd_errbuf *why)
{
    char keys[RD_STATE_PATH_MAX];
    enum rd_err err = rd_state_prepare(router->options->state, true, NULL, why);
    if (err == RD_OK)
        err = rd_state_keys_read(router->options->state, &router->keys, why);
    if (err == RD_OK)
        err = rd_state_path(router->options->state, "keys", keys, why);
    if (err == RD_OK)
        err = rd_key_table_load(keys, &router->key_table, why);
    if (err == RD_OK)
        err = open_handles(router, why);
    if (err == RD_OK)
        err = rd_checker_new(router->loop, rd_router_checked, router, &router->checker, why);
    if (err == RD_OK)
        err = rd_router_load(router, why);
    if (err == RD_OK)
        err = rd_zcontext_new(router->loop, &router->zcontext, why);
    router->alarms = rd_alarms_new(router->loop, router->options->alarm_command);
    if (err == RD_OK && router->alarms == NULL)
        err = rd_fail(why, RD_E_NOMEM, "alarms: no memory");
    if (err == RD_OK) {
        router->started_at = rd_router_now(router);
        rd_router_watch_machine(router, rd_clock_read().boot);
        err = begin(router, why);
    }
    return err == RD_OK ? rd_router_verify(router, why) : err;
}

static void release_all(struct rd_router *router)
{
    rd_zcontext_free(router->zcontext);
    if (router->gate != NULL)
        rd_gate_free(router->gate, rd_router_discard);
    if (router->core != NULL)
        rd_core_free(router->core);
    rd_rules_free(router->rules);
    rd_rules_free(router->pending_rules);
    rd_kept_fini(&router->kept);
    rd_shadow_fini(&router->shadow);
    rd_key_table_free(router->key_table);
    rd_state_keys_wipe(&router->keys);
    rd_glue_fini(&router->glue);
    rd_peers_fini(&router->peers);
    rd_credit_fini(&router->credit);
    rd_arena_fini(&router->message_memory);
    rd_release(router->alloc, router->gone);
    rd_release(router->alloc, router);
}

static void say_ready(struct rd_router *router)
{
    router->ready = true;
    char ops[RD_ENDPOINT_BYTES_MAX + 16];
    snprintf(ops, sizeof ops, "%s:%u", router->ops_address, (unsigned)rd_httpd_port(router->httpd));
    rd_log(RD_LOG_NOTICE, "router.ready", rd_log_name("place", rd_rules_place(router->rules)->name),
           rd_log_name("rules", rd_rules_place(router->rules)->hash),
           rd_log_number("entry", (int64_t)router->last_submitted),
           rd_log_words("intake", rd_zsock_endpoint(router->sockets[RD_SOCKET_INTAKE].zsock)),
           rd_log_words("queues", rd_zsock_endpoint(router->sockets[RD_SOCKET_QUEUES].zsock)),
           rd_log_words("events", rd_zsock_endpoint(router->sockets[0].zsock)),
           rd_log_words("ops", ops));
    rd_notify("READY=1");
}

int rd_router_run(const struct rd_options *options)
{
    uv_loop_t loop;
    struct rd_errbuf why = {{0}};
    struct rd_router *router = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *router);
    if (router == NULL || sodium_init() < 0 || uv_loop_init(&loop) != 0) {
        rd_log(RD_LOG_ERROR, "router.not_started", rd_log_words("words", "no memory to start"));
        rd_release(rd_alloc_heap(), router);
        return 1;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a peer that goes away is no reason to end */
    router->options = options;
    router->alloc = rd_alloc_heap();
    router->loop = &loop;
    rd_glue_init(&router->glue, router->alloc);
    rd_shadow_init(&router->shadow);
    rd_peers_init(&router->peers, router->alloc);
    rd_credit_init(&router->credit, router->alloc);
    rd_arena_init(&router->message_memory, router->alloc,
                  RD_DECODE_ARENA_BYTES_MAX + RD_DECODE_ARENA_BYTES_MAX / 4);
    if (start(router, &why) == RD_OK) {
        say_ready(router);
    } else {
        say_failure(&why);
        router->exit_status = 1;
        close_all(router);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT); /* what is left open shows in uv_loop_close */
    int status = router->exit_status;
    if (router->ready) {
        rd_state_remove(options->state, "referrald.pid");
        rd_state_remove(options->state, "endpoints");
        rd_log(RD_LOG_NOTICE, "router.ended", rd_log_number("status", status));
    }
    if (router->verifier != NULL || router->checker != NULL)
        _exit(status); /* they only read, and cannot be interrupted; all else is closed */
    release_all(router);
    rd_require(uv_loop_close(&loop) == 0);
    return status;
}
