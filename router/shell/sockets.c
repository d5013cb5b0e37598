/* A message of a peer becomes an event. The core answers what a well-formed message asks; the shell
 * itself answers only what it must not see: what cannot be decoded, and what there is no room for.
 */
#include "shell/router.h"

#include "shell/hashes.h"
#include "wire/wire.h"

#include <string.h>
#include <unistd.h>

static uint64_t correlation_of(const struct rd_message *message)
{
    if (message->submit != NULL)
        return message->submit->correlation;
    if (message->command != NULL)
        return message->command->correlation;
    if (message->open != NULL)
        return message->open->correlation;
    if (message->query != NULL)
        return message->query->correlation;
    if (message->admin != NULL)
        return message->admin->correlation;
    if (message->answered != NULL)
        return message->answered->correlation;
    return 0;
}

static void answer_busy(struct rd_router *router, const struct rd_peer *peer, uint64_t correlation,
                        const char *words)
{
    struct rd_submit_result result = {.correlation = correlation,
                                      .busy = true,
                                      .reason = RD_TEXT("busy"),
                                      .words = rd_text_of(words)};
    struct rd_message message = {.submit_result = &result};
    router->counts.busy_answers++;
    rd_router_answer(router, peer->socket, peer->number, &message);
}

/* Why there is no room for a submission now; NULL: there is. */
static const char *no_room(const struct rd_router *router, struct rd_text feed, size_t bytes)
{
    if (rd_router_is_full(router))
        return "the router is writing as fast as its disk allows; send it again in a second";
    if (router->counts.disk_free_bytes < RD_DISK_RESERVE_BYTES)
        return "the router's disk is nearly full: it keeps what is left for work on what it holds; "
               "send it again later";
    if (!rd_credit_has(&router->credit, feed, bytes))
        return "too many submissions of this feed are on their way; wait for their answers";
    return NULL;
}

static void submit(struct rd_router *router, const struct rd_peer *peer,
                   const struct rd_message *message, size_t bytes)
{
    const struct rd_submission *submission = message->submit->submission;
    struct rd_hashes hashes = {0};
    struct rd_event event = {.kind = RD_EVENT_MESSAGE, .message = message};
    bool known = submission != NULL &&
                 rd_place_feed(rd_rules_place(router->rules), submission->feed) != NULL;
    const char *words = known ? no_room(router, submission->feed, bytes) : NULL;
    if (words != NULL) {
        answer_busy(router, peer, message->submit->correlation, words);
        return;
    }
    if (submission != NULL && rd_hashes_of(router->keys.hash_key, submission,
                                           &router->message_memory, &hashes) != RD_OK) {
        rd_router_refuse(router, peer, message->submit->correlation, RD_REFUSAL_LIMIT,
                         "the submission is larger than one message may become in memory (8 MiB); "
                         "send less text or fewer attachments");
        return;
    }
    event.origin = (struct rd_origin){peer->socket, peer->number, &peer->identity};
    event.key_hash = hashes.key_hash;
    event.ref_hashes = hashes.ref_hashes;
    event.ref_hashes_count = hashes.ref_hashes_count;
    event.person_hashes = hashes.person_hashes;
    event.person_hashes_count = hashes.person_hashes_count;
    event.marks = &hashes.marks;
    uint64_t before = router->last_submitted;
    rd_router_step(router, &event);
    if (known && router->last_submitted > before &&
        !rd_credit_take(&router->credit, submission->feed, bytes, router->last_submitted))
        rd_router_die("no memory for a feed's credit; start again: what was acknowledged is on "
                      "disk");
}

static void take_message(struct rd_router *router, const struct rd_peer *peer,
                         const struct rd_message *message, size_t bytes)
{
    struct rd_event event = {.kind = RD_EVENT_MESSAGE, .message = message};
    if (message->submit != NULL) {
        submit(router, peer, message, bytes);
        return;
    }
    if (message->admin != NULL) {
        rd_router_admin(router, peer, message->admin);
        return;
    }
    bool asks = message->command != NULL || message->open != NULL || message->query != NULL ||
                message->answered != NULL;
    if (asks && rd_router_is_full(router)) {
        rd_router_refuse(router, peer, correlation_of(message), RD_REFUSAL_BUSY,
                         "the router is writing as fast as its disk allows; ask again in a second");
        return;
    }
    if (message->open != NULL && router->opens_waiting >= RD_READER_OPENS_MAX) {
        rd_router_refuse(router, peer, correlation_of(message), RD_REFUSAL_BUSY,
                         "too many records are being opened; ask again in a second");
        return;
    }
    if (message->query != NULL && message->query->sought != NULL) {
        event.sought_hash = rd_hash_person(router->keys.hash_key, message->query->target,
                                           message->query->sought, &router->message_memory);
        if (!rd_text_present(event.sought_hash)) {
            rd_router_refuse(router, peer, message->query->correlation, RD_REFUSAL_LIMIT,
                             "the query is larger than one message may become in memory (8 MiB)");
            return;
        }
    }
    event.origin = (struct rd_origin){peer->socket, peer->number, &peer->identity};
    rd_router_step(router, &event);
}

/* `correlation` is that of the message as far as it could be read. */
static void refuse_form(struct rd_router *router, const struct rd_peer *peer, uint64_t correlation,
                        enum rd_err err, const char *detail)
{
    char words[sizeof(struct rd_errbuf) + 128];
    snprintf(words, sizeof words, "message could not be read: %s: %s; see proto/referral/v1",
             rd_err_text(err), detail);
    router->counts.messages_refused++;
    rd_log(RD_LOG_WARNING, "message.refused", rd_log_number("peer", (int64_t)peer->number),
           rd_log_name("user", peer->identity.user), rd_log_words("words", words));
    rd_router_refuse(router, peer, correlation,
                     err == RD_E_TOOBIG ? RD_REFUSAL_LIMIT : RD_REFUSAL_PROTOCOL, words);
}

static void on_received(void *context, struct rd_text routing, struct rd_text user,
                        struct rd_text bytes)
{
    struct rd_socket_slot *slot = context;
    struct rd_router *router = slot->router;
    struct rd_message message;
    struct rd_errbuf why = {{0}};
    const struct rd_identity *identity = rd_key_table_user(router->key_table, user);
    if (router->closing)
        return;
    if (identity == NULL) { /* revoked while it was connected */
        router->counts.messages_dropped++;
        return;
    }
    struct rd_peer *peer =
        rd_peers_heard(&router->peers, slot->socket, routing, identity, rd_clock_read().boot);
    if (peer == NULL) {
        router->counts.messages_dropped++;
        return;
    }
    enum rd_err err =
        rd_wire_decode(&rd_message_shape, bytes, &router->message_memory, &message, &why);
    if (err == RD_OK)
        take_message(router, peer, &message, bytes.len);
    else
        refuse_form(router, peer, correlation_of(&message), err, why.text);
    rd_arena_reset(&router->message_memory);
}

/* To a peer that chose its own routing id, at that id: it gets these words and nothing else. It has
 * no session and no entry stands behind the words, so nothing gates them. */
static void refuse_own_routing(struct rd_socket_slot *slot, struct rd_text routing)
{
    struct rd_refused refused = {
        .code = RD_REFUSAL_PROTOCOL,
        .words = RD_TEXT("you chose your own routing id (ZMQ_IDENTITY, ZMQ_ROUTING_ID): leave it "
                         "unset and connect again; another peer could take it over")};
    struct rd_message message = {.refused = &refused};
    struct rd_buf bytes;
    rd_buf_init(&bytes, slot->router->alloc);
    rd_wire_encode(&rd_message_shape, &message, &bytes);
    /* When it cannot be sent its peer is gone, or reads nothing: the log line says the same. */
    if (!bytes.failed && rd_zsock_send(slot->zsock, routing, rd_buf_text(&bytes)) == RD_OK)
        slot->router->counts.messages_refused++;
    rd_buf_fini(&bytes);
}

static void on_dropped(void *context, enum rd_zsock_drop reason, struct rd_text routing,
                       struct rd_text user)
{
    static const char *const words[] = {"", "no known key", "it chose its own routing id",
                                        "not one frame of at least one byte"};
    struct rd_socket_slot *slot = context;
    struct rd_router *router = slot->router;
    router->counts.messages_dropped++;
    rd_log(RD_LOG_WARNING, "message.dropped", rd_log_name("user", user),
           rd_log_words("words", words[reason]));
    const struct rd_identity *identity = rd_key_table_user(router->key_table, user);
    if (router->closing || identity == NULL || reason == RD_ZSOCK_DROP_NO_USER)
        return;
    if (reason == RD_ZSOCK_DROP_OWN_ROUTING) {
        refuse_own_routing(slot, routing);
        return;
    }
    struct rd_peer *peer =
        rd_peers_heard(&router->peers, slot->socket, routing, identity, rd_clock_read().boot);
    if (peer != NULL)
        rd_router_refuse(router, peer, 0, RD_REFUSAL_PROTOCOL,
                         "one message is one frame with one Envelope in it: use a DEALER socket "
                         "(REQ adds an empty frame) and send no empty or further frames");
}

static enum rd_err open_one(struct rd_router *router, size_t index, enum rd_zsock_type type,
                            const char *endpoint, struct rd_errbuf *why)
{
    struct rd_socket_slot *slot = &router->sockets[index];
    slot->router = router;
    slot->socket = (enum rd_socket)index;
    struct rd_zsock_options options = {
        .type = type,
        .endpoint = endpoint,
        .bind = true,
        .own = &router->keys.router,
        /* twice a consumer's largest credit: a peer that honours its credit never fills it */
        .high_water_messages = 2 * RD_WATCH_CREDIT_MAX,
        .received = type == RD_ZSOCK_PUB ? NULL : on_received,
        .dropped = on_dropped,
        .context = slot,
    };
    enum rd_err err = rd_zsock_open(router->zcontext, &options, &slot->zsock, why);
    if (err == RD_OK)
        err = rd_zsock_self_test(slot->zsock, why);
    return err;
}

static enum rd_err write_endpoints(struct rd_router *router, struct rd_errbuf *why)
{
    char text[2 * RD_STATE_PATH_MAX + 2048];
    char here[RD_STATE_PATH_MAX] = "";
    const char *control = rd_zsock_endpoint(router->sockets[RD_SOCKET_CONTROL].zsock);
    /* Whoever reads it stands in another directory. */
    bool relative = strncmp(control, "ipc://", 6) == 0 && control[6] != '/' && control[6] != '@';
    if (relative && getcwd(here, sizeof here - 1) == NULL)
        return rd_fail(why, RD_E_IO,
                       "the working directory has no name: give --state as a path "
                       "that starts with /");
    snprintf(text, sizeof text,
             "intake %s\nqueues %s\nevents %s\ncontrol %s%s%s%s\nops http://%s:%u\n",
             rd_zsock_endpoint(router->sockets[RD_SOCKET_INTAKE].zsock),
             rd_zsock_endpoint(router->sockets[RD_SOCKET_QUEUES].zsock),
             rd_zsock_endpoint(router->sockets[0].zsock), relative ? "ipc://" : "", here,
             relative ? "/" : "", control + (relative ? 6 : 0), router->ops_address,
             (unsigned)rd_httpd_port(router->httpd));
    return rd_state_write(router->options->state, "endpoints", text, why);
}

enum rd_err rd_router_open_sockets(struct rd_router *router, struct rd_errbuf *why)
{
    const struct rd_options *options = router->options;
    char control[RD_STATE_PATH_MAX + 8];
    snprintf(control, sizeof control, "ipc://%s/control.sock", options->state);
    enum rd_err err = rd_zcontext_serve_zap(router->zcontext, router->key_table, why);
    if (err == RD_OK)
        err = open_one(router, RD_SOCKET_CONTROL, RD_ZSOCK_ROUTER,
                       options->control != NULL ? options->control : control, why);
    if (err == RD_OK)
        err = open_one(router, 0, RD_ZSOCK_PUB, options->events, why);
    if (err == RD_OK)
        err = open_one(router, RD_SOCKET_QUEUES, RD_ZSOCK_ROUTER, options->queues, why);
    if (err == RD_OK)
        err = open_one(router, RD_SOCKET_INTAKE, RD_ZSOCK_ROUTER, options->intake, why);
    if (err == RD_OK)
        err = rd_router_open_ops(router, why);
    return err == RD_OK ? write_endpoints(router, why) : err;
}

void rd_router_close_sockets(struct rd_router *router)
{
    for (size_t i = 0; i < RD_SOCKETS; i++) {
        if (router->sockets[i].zsock != NULL)
            rd_zsock_close(router->sockets[i].zsock, NULL, NULL);
        router->sockets[i].zsock = NULL;
    }
    if (router->httpd != NULL)
        rd_httpd_close(router->httpd, NULL, NULL);
    router->httpd = NULL;
    if (router->zcontext != NULL)
        rd_zcontext_stop(router->zcontext);
}
