#include "ctl/client.h"

#include "model/limits.h"
#include "shell/state_dir.h"
#include "wire/wire.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void stop_loop(struct ctl_client *client)
{
    uv_stop(&client->loop);
}

static void on_timeout(uv_timer_t *timer)
{
    struct ctl_client *client = timer->data;
    client->timed_out = true;
    stop_loop(client);
}

/* The answer stays in the arena until the next message. */
static void on_received(void *context, struct rd_text routing, struct rd_text user,
                        struct rd_text bytes)
{
    struct ctl_client *client = context;
    struct rd_message message;
    struct rd_errbuf why = {{0}};
    (void)routing; /* a client's socket has one peer */
    (void)user;
    if (client->answered)
        return;          /* late: nobody waits for it, and the answer must stay */
    if (client->patient) /* cannot fail: the callback is set */
        (void)uv_timer_start(&client->timer, on_timeout, client->timeout_ms, 0);
    rd_arena_reset(&client->memory);
    if (rd_wire_decode(&rd_message_shape, bytes, &client->memory, &message, &why) != RD_OK) {
        ctl_fail(CTL_NO,
                 "the router's message could not be read: %s; use a referralctl of its "
                 "version",
                 why.text);
        return;
    }
    uint64_t correlation = 0;
    if (message.welcome != NULL)
        client->welcomed = true;
    else if (message.refused != NULL)
        correlation = message.refused->correlation;
    else if (message.command_result != NULL)
        correlation = message.command_result->correlation;
    else if (message.query_result != NULL)
        correlation = message.query_result->correlation;
    else if (message.opened != NULL)
        correlation = message.opened->correlation;
    else if (message.admin_result != NULL)
        correlation = message.admin_result->correlation;
    else if (message.submit_result != NULL)
        correlation = message.submit_result->correlation;
    bool refused_hello = message.refused != NULL && correlation == 0;
    if (message.welcome != NULL || refused_hello ||
        (client->waiting_for != 0 && correlation == client->waiting_for)) {
        client->answer = message;
        client->answered = true;
        stop_loop(client);
    } else if (client->heard != NULL) {
        client->heard(client->context, client, &message);
    }
}

static void on_stop_signal(uv_signal_t *signal, int number)
{
    struct ctl_client *client = signal->data;
    (void)number;
    client->stopped = true;
    stop_loop(client);
}

static void on_heartbeat(uv_timer_t *timer)
{
    struct ctl_client *client = timer->data;
    struct rd_ping ping = {.token = 1};
    struct rd_message message = {.ping = &ping};
    (void)ctl_client_send(client, &message); /* a router that is away shows in what we wait for */
}

int ctl_client_send(struct ctl_client *client, const struct rd_message *message)
{
    struct rd_buf bytes;
    rd_buf_init(&bytes, rd_alloc_heap());
    rd_wire_encode(&rd_message_shape, message, &bytes);
    enum rd_err err =
        bytes.failed ? RD_E_NOMEM : rd_zsock_send(client->zsock, RD_TEXT_NONE, rd_buf_text(&bytes));
    rd_buf_fini(&bytes);
    if (err == RD_E_TOOBIG)
        return ctl_fail(CTL_NO, "the message is larger than %d bytes", RD_FRAME_BYTES_MAX);
    return err == RD_OK ? CTL_OK : CTL_AWAY;
}

static int away(const struct ctl_client *client)
{
    return ctl_fail(CTL_AWAY,
                    "no answer from %s in %u s: is referrald running there (see its log), and does "
                    "it know this key (referralctl keys ls)? Name another with --control, --queues "
                    "or --intake",
                    client->endpoint, client->timeout_ms / 1000);
}

/* Runs until an answer came. Sending is tried again until then: the connection may still be made.
 */
static int wait_answer(struct ctl_client *client, const struct rd_message *message)
{
    client->answered = client->timed_out = false;
    /* cannot fail: the callback is set */
    (void)uv_timer_start(&client->timer, on_timeout, client->timeout_ms, 0);
    int sent = ctl_client_send(client, message);
    while (!client->answered && !client->timed_out && !client->stopped) {
        if (sent == CTL_AWAY) {
            (void)uv_run(&client->loop, UV_RUN_NOWAIT);
            uv_sleep(5);
            sent = ctl_client_send(client, message);
        } else if (sent == CTL_OK) {
            (void)uv_run(&client->loop, UV_RUN_DEFAULT); /* until uv_stop */
        } else {
            return sent;
        }
    }
    (void)uv_timer_stop(&client->timer); /* always 0 */
    if (client->patient && client->stopped && !client->answered)
        return CTL_STOPPED;
    return client->answered ? CTL_OK : away(client);
}

uint64_t ctl_client_correlation(struct ctl_client *client)
{
    return ++client->last_correlation;
}

int ctl_client_ask(struct ctl_client *client, const struct rd_message *message,
                   uint64_t correlation)
{
    client->waiting_for = correlation;
    int status = wait_answer(client, message);
    client->waiting_for = 0;
    if (status != CTL_OK || client->answer.refused == NULL)
        return status;
    const struct rd_refused *refused = client->answer.refused;
    return ctl_fail(CTL_NO, "%s: %.*s", rd_enum_name(&rd_refusal_names, (int)refused->code),
                    RD_TEXT_ARG(refused->words));
}

/* Once a second. Its answer, to a number that nobody waits for, is heard by show_progress. */
static void on_progress(uv_timer_t *timer)
{
    struct ctl_client *client = timer->data;
    struct rd_query query = {.correlation = ctl_client_correlation(client),
                             .kind = RD_QUERY_STATUS};
    struct rd_message message = {.query = &query};
    (void)ctl_client_send(client, &message); /* a router that is away shows in what we wait for */
}

static void show_progress(void *context, struct ctl_client *client, const struct rd_message *heard)
{
    const struct rd_query_result *result = heard->query_result;
    (void)context;
    (void)client;
    if (result != NULL && result->status != NULL && rd_text_present(result->status->rules_checking))
        fprintf(stderr, "referralctl: the router checks it %.*s\n",
                RD_TEXT_ARG(result->status->rules_checking));
}

int ctl_client_ask_long(struct ctl_client *client, const struct rd_message *message,
                        uint64_t correlation)
{
    client->heard = show_progress;
    client->patient = true;
    /* cannot fail: the callback is set */
    (void)uv_timer_start(&client->progress, on_progress, 2000, 1000);
    int status = ctl_client_ask(client, message, correlation);
    (void)uv_timer_stop(&client->progress); /* always 0 */
    client->patient = client->stopped = false;
    client->heard = NULL;
    return status;
}

static int say_hello(struct ctl_client *client)
{
    struct rd_hello hello = {.protocol_min = RD_PROTOCOL_MIN,
                             .protocol_max = RD_PROTOCOL_MAX,
                             .program = RD_TEXT("referralctl"),
                             .version = rd_text_of(RD_VERSION),
                             .session = (uint64_t)ctl_now()};
    struct rd_message message = {.hello = &hello};
    int status = ctl_client_ask(client, &message, 0);
    if (status != CTL_OK)
        return status;
    uint32_t every_ms = client->answer.welcome->heartbeat_ms;
    if (every_ms > 0) /* cannot fail: the callback is set */
        (void)uv_timer_start(&client->heartbeat, on_heartbeat, every_ms, every_ms);
    return CTL_OK;
}

/* Option, else what the running router wrote into its state directory, else the default. */
static void find_endpoint(struct ctl_client *client, const struct ctl_args *args,
                          enum ctl_socket socket)
{
    static const struct {
        enum ctl_option_id option;
        const char *name, *fallback;
    } sockets[] = {[CTL_CONTROL] = {OPT_CONTROL, "control", NULL},
                   [CTL_QUEUES] = {OPT_QUEUES, "queues", "tcp://127.0.0.1:5702"},
                   [CTL_INTAKE] = {OPT_INTAKE, "intake", "tcp://127.0.0.1:5701"}};
    const char *given = args->values[sockets[socket].option];
    if (given != NULL)
        snprintf(client->endpoint, sizeof client->endpoint, "%s", given);
    else if (rd_state_endpoint(ctl_state(args), sockets[socket].name, client->endpoint,
                               sizeof client->endpoint))
        return;
    else if (sockets[socket].fallback != NULL)
        snprintf(client->endpoint, sizeof client->endpoint, "%s", sockets[socket].fallback);
    else
        snprintf(client->endpoint, sizeof client->endpoint, "ipc://%s/control.sock",
                 ctl_state(args));
}

static int read_keys(struct ctl_client *client, const struct ctl_args *args,
                     char router_public[RD_Z85_TEXT_MAX])
{
    char own[RD_STATE_PATH_MAX];
    char router[RD_STATE_PATH_MAX];
    struct rd_errbuf why = {{0}};
    snprintf(own, sizeof own, "%s/keys/operator.key", ctl_state(args));
    snprintf(router, sizeof router, "%s/router.pub", ctl_state(args));
    const char *own_path = args->values[OPT_KEY] != NULL ? args->values[OPT_KEY] : own;
    const char *router_path =
        args->values[OPT_ROUTER_KEY] != NULL ? args->values[OPT_ROUTER_KEY] : router;
    if (rd_keypair_read(own_path, &client->own, &why) != RD_OK ||
        rd_public_key_read(router_path, router_public, &why) != RD_OK)
        return ctl_fail(CTL_USE,
                        "%s; name the state directory with --state, or the keys with --key "
                        "and --router-key",
                        why.text);
    return CTL_OK;
}

static int open_socket(struct ctl_client *client, const char *router_public)
{
    struct rd_errbuf why = {{0}};
    struct rd_zsock_options options = {
        .type = RD_ZSOCK_DEALER,
        .endpoint = client->endpoint,
        .own = &client->own,
        .server_public = router_public,
        .received = on_received,
        .context = client,
    };
    enum rd_err err = rd_zcontext_new(&client->loop, &client->zcontext, &why);
    if (err == RD_OK)
        err = rd_zsock_open(client->zcontext, &options, &client->zsock, &why);
    return err == RD_OK ? CTL_OK : ctl_fail(CTL_USE, "%s", why.text);
}

/* None of these can fail on a new loop but for memory, which shows when the loop is used. */
static int open_loop(struct ctl_client *client)
{
    if (uv_loop_init(&client->loop) != 0)
        return ctl_fail(CTL_NO, "no memory for the event loop");
    client->timer.data = client->heartbeat.data = client->progress.data = client;
    client->interrupt.data = client->terminate.data = client;
    if (uv_timer_init(&client->loop, &client->timer) != 0 ||
        uv_timer_init(&client->loop, &client->heartbeat) != 0 ||
        uv_timer_init(&client->loop, &client->progress) != 0 ||
        uv_signal_init(&client->loop, &client->interrupt) != 0 ||
        uv_signal_start(&client->interrupt, on_stop_signal, SIGINT) != 0 ||
        uv_signal_init(&client->loop, &client->terminate) != 0 ||
        uv_signal_start(&client->terminate, on_stop_signal, SIGTERM) != 0)
        return ctl_fail(CTL_NO, "the event loop cannot take timers and signals");
    return CTL_OK;
}

int ctl_client_open(struct ctl_client *client, const struct ctl_args *args, enum ctl_socket socket)
{
    char router_public[RD_Z85_TEXT_MAX];
    int64_t seconds = 5;
    *client = (struct ctl_client){.timeout_ms = 5000};
    if (args->values[OPT_TIMEOUT] != NULL &&
        (!rd_text_to_i64(rd_text_of(args->values[OPT_TIMEOUT]), &seconds) || seconds < 1 ||
         seconds > 3600))
        return ctl_fail(CTL_USE, "--timeout %s: expected 1 to 3600 seconds",
                        args->values[OPT_TIMEOUT]);
    client->timeout_ms = (unsigned)seconds * 1000;
    int status = read_keys(client, args, router_public);
    if (status != CTL_OK)
        return status;
    find_endpoint(client, args, socket);
    rd_arena_init(&client->memory, rd_alloc_heap(), 2 * (size_t)RD_DECODE_ARENA_BYTES_MAX);
    status = open_loop(client);
    if (status == CTL_OK)
        status = open_socket(client, router_public);
    if (status == CTL_OK)
        status = say_hello(client);
    if (status != CTL_OK)
        ctl_client_close(client);
    return status;
}

static void close_walked(uv_handle_t *handle, void *context)
{
    (void)context;
    if ((handle->type == UV_TIMER || handle->type == UV_SIGNAL) && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

void ctl_client_close(struct ctl_client *client)
{
    rd_zsock_close(client->zsock, NULL, NULL);
    uv_walk(&client->loop, close_walked, NULL);
    (void)uv_run(&client->loop, UV_RUN_DEFAULT); /* until every handle has closed */
    rd_zcontext_free(client->zcontext);
    (void)uv_loop_close(&client->loop); /* we are about to end */
    rd_keypair_wipe(&client->own);
    rd_arena_fini(&client->memory);
}

int ctl_client_listen(struct ctl_client *client, ctl_heard *heard, void *context)
{
    client->heard = heard;
    client->context = context;
    client->answered = false;
    while (!client->stopped) {
        (void)uv_run(&client->loop, UV_RUN_DEFAULT); /* until uv_stop */
        if (client->answered && client->answer.refused != NULL)
            return ctl_fail(CTL_NO, "%.*s", RD_TEXT_ARG(client->answer.refused->words));
        client->answered = false;
    }
    return CTL_OK;
}

int ctl_query(const struct ctl_args *args, enum rd_query_kind kind, const char *target,
              int (*show)(const struct ctl_args *args, const struct rd_query_result *result))
{
    struct ctl_client client;
    int status = ctl_client_open(&client, args, CTL_CONTROL);
    if (status != CTL_OK)
        return status;
    const char *by = args->values[OPT_BY] != NULL ? args->values[OPT_BY] : getenv("REFERRALD_BY");
    struct rd_query query = {.correlation = ctl_client_correlation(&client),
                             .kind = kind,
                             .target = rd_text_of(target),
                             .by = rd_text_of(by)};
    struct rd_message message = {.query = &query};
    status = ctl_client_ask(&client, &message, query.correlation);
    if (status == CTL_OK && client.answer.query_result == NULL)
        status = ctl_fail(CTL_NO, "the router gave another answer than was asked; use a "
                                  "referralctl of its version");
    if (status == CTL_OK)
        status = show(args, client.answer.query_result);
    ctl_client_close(&client);
    return status;
}
