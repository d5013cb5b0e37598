#include "fake_router.h"

#include "model/limits.h"
#include "wire/wire.h"

#include <stdio.h>
#include <string.h>

void fake_router_say(struct fake_router *fake, const struct rd_message *message)
{
    struct rd_buf buf;
    rd_buf_init(&buf, rd_alloc_heap());
    rd_wire_encode(&rd_message_shape, message, &buf);
    assert_false(buf.failed);
    enum rd_err err = rd_zsock_send(fake->zsock, (struct rd_text){fake->routing, fake->routing_len},
                                    rd_buf_text(&buf));
    (void)err; /* a client that has gone: its own tests see what it missed */
    rd_buf_fini(&buf);
}

static void refuse(struct fake_router *fake, uint64_t correlation, enum rd_refusal code)
{
    struct rd_refused refused = {
        .correlation = correlation, .code = code, .words = RD_TEXT("refused by the script")};
    fake_router_say(fake, &(struct rd_message){.refused = &refused});
}

static void on_hello(struct fake_router *fake, const struct rd_hello *hello)
{
    assert_in_range(fake->hellos, 0, 63);
    fake->sessions[fake->hellos++] = hello->session;
    snprintf(fake->program, sizeof fake->program, "%.*s", RD_TEXT_ARG(hello->program));
    if (fake->refuse != 0) {
        refuse(fake, 0, fake->refuse);
        return;
    }
    fake->forgot = false;
    struct rd_welcome welcome = {.protocol = 1,
                                 .place = RD_TEXT("redbridge"),
                                 .user = RD_TEXT("kgh-pas"),
                                 .incarnation = 7,
                                 .heartbeat_ms = fake->heartbeat_ms,
                                 .credit_submissions = fake->credit_submissions,
                                 .credit_bytes = fake->credit_bytes};
    fake_router_say(fake, &(struct rd_message){.welcome = &welcome});
}

static void on_submit(struct fake_router *fake, const struct rd_submit *submit)
{
    assert_in_range(fake->submits, 0, 1023);
    fake->correlations[fake->submits++] = submit->correlation;
    fake->correlation = submit->correlation;
    snprintf(fake->key, sizeof fake->key, "%.*s", RD_TEXT_ARG(submit->submission->key));
    if (fake->refuse_submits != 0) {
        refuse(fake, submit->correlation, fake->refuse_submits);
    } else if (fake->answers_submits) {
        struct rd_submit_result result = fake->submit_result;
        result.correlation = submit->correlation;
        fake_router_say(fake, &(struct rd_message){.submit_result = &result});
    }
}

static void on_answered(struct fake_router *fake, const struct rd_answered *answered)
{
    assert_in_range(fake->answered, 0, 1023);
    fake->told[fake->answered++] = answered->correlation;
    fake->answer = *answered;
    snprintf(fake->answer_code, sizeof fake->answer_code, "%.*s", RD_TEXT_ARG(answered->code));
    snprintf(fake->answer_words, sizeof fake->answer_words, "%.*s", RD_TEXT_ARG(answered->words));
    fake->answer_bytes = answered->bytes.len;
    if (fake->refuse_answered != 0)
        refuse(fake, answered->correlation, fake->refuse_answered);
}

static void on_watch(struct fake_router *fake, const struct rd_watch *watch)
{
    assert_in_range(fake->watches, 0, FAKE_WATCHES_MAX - 1);
    char *queue = fake->watched_queue[fake->watches];
    snprintf(queue, 64, "%.*s", RD_TEXT_ARG(watch->queue));
    fake->watched[fake->watches] = *watch;
    fake->watched[fake->watches++].queue = rd_text_of(queue);
    if (fake->refuse_watches != 0)
        refuse(fake, 0, fake->refuse_watches);
}

static void on_ask(struct fake_router *fake, const struct rd_message *message)
{
    fake->asks++;
    fake->correlation = message->command != NULL ? message->command->correlation
                        : message->open != NULL  ? message->open->correlation
                                                 : message->query->correlation;
    if (!fake->answers_asks)
        return;
    struct rd_command_result done = {.correlation = fake->correlation, .entry = 42};
    struct rd_opened opened = {.correlation = fake->correlation, .view = RD_VIEW_FULL};
    struct rd_query_result found = {.correlation = fake->correlation};
    fake_router_say(fake,
                    &(struct rd_message){.command_result = message->command != NULL ? &done : NULL,
                                         .opened = message->open != NULL ? &opened : NULL,
                                         .query_result = message->query != NULL ? &found : NULL});
}

static void take(struct fake_router *fake, const struct rd_message *message)
{
    if (message->hello != NULL) {
        on_hello(fake, message->hello);
    } else if (fake->forgot) {
        refuse(fake, message->submit != NULL ? message->submit->correlation : 0,
               RD_REFUSAL_PROTOCOL);
    } else if (message->ping != NULL) {
        fake->pings++;
        fake_router_say(fake, &(struct rd_message){.pong = message->ping});
    } else if (message->submit != NULL) {
        on_submit(fake, message->submit);
    } else if (message->answered != NULL) {
        on_answered(fake, message->answered);
    } else if (message->watch != NULL) {
        on_watch(fake, message->watch);
    } else if (message->ack != NULL) {
        assert_in_range(fake->acks, 0, FAKE_ACKS_MAX - 1);
        fake->acked[fake->acks] = *message->ack;
        fake->acked[fake->acks++].queue = RD_TEXT_NONE; /* borrowed */
    } else if (message->receipt_ack != NULL) {
        fake->receipt_acks++;
        fake->receipt_acked = message->receipt_ack->receipt;
    } else {
        on_ask(fake, message);
    }
}

static void on_received(void *context, struct rd_text routing, struct rd_text user,
                        struct rd_text bytes)
{
    struct fake_router *fake = context;
    struct rd_message message;
    struct rd_errbuf why = {""};
    (void)user;
    assert_in_range(routing.len, 1, sizeof fake->routing);
    memcpy(fake->routing, routing.ptr, routing.len);
    fake->routing_len = routing.len;
    rd_arena_reset(&fake->arena);
    if (rd_wire_decode(&rd_message_shape, bytes, &fake->arena, &message, &why) != RD_OK)
        fail_msg("%s", why.text);
    if (!fake->deaf)
        take(fake, &message);
}

static void bind_at(struct fake_router *fake, const char *endpoint)
{
    struct rd_errbuf why = {""};
    struct rd_zsock_options options = {.type = RD_ZSOCK_ROUTER,
                                       .endpoint = endpoint,
                                       .bind = true,
                                       .own = &fake->net->router,
                                       .received = on_received,
                                       .context = fake};
    if (rd_zsock_open(fake->net->zcontext, &options, &fake->zsock, &why) != RD_OK)
        fail_msg("%s", why.text);
}

void fake_router_open(struct fake_router *fake, struct net *net)
{
    fake->net = net;
    if (fake->heartbeat_ms == 0)
        fake->heartbeat_ms = 400;
    if (fake->credit_submissions == 0)
        fake->credit_submissions = 64;
    if (fake->credit_bytes == 0)
        fake->credit_bytes = 8 * 1024 * 1024;
    rd_arena_init(&fake->arena, rd_alloc_heap(), RD_DECODE_ARENA_BYTES_MAX);
    bind_at(fake, "tcp://127.0.0.1:0");
    snprintf(fake->endpoint, sizeof fake->endpoint, "%s", rd_zsock_endpoint(fake->zsock));
}

static void on_away(void *context)
{
    struct fake_router *fake = context;
    fake->zsock = NULL;
}

void fake_router_away(struct fake_router *fake)
{
    rd_zsock_close(fake->zsock, on_away, fake);
    UNTIL(fake->net, 1000, fake->zsock == NULL);
    net_rest(fake->net, 100); /* libzmq unbinds on its own thread */
}

void fake_router_back(struct fake_router *fake)
{
    bind_at(fake, fake->endpoint);
}

void fake_router_close(struct fake_router *fake)
{
    if (fake->zsock != NULL)
        fake_router_away(fake);
    rd_arena_fini(&fake->arena);
}
