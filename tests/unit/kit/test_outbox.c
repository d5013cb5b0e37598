/* The consumer's side of the queues socket, against a scripted router. */
#include "fake_router.h"

#include "adapters/kit/outbox.h"
#include "model/limits.h"

#include <stdio.h>
#include <string.h>

struct desk {
    struct fake_router fake;
    struct net *net;
    struct rd_outbox *outbox;
    unsigned welcomes, aways, begins, rows, ends, changes, receipts;
    unsigned answered, unanswered, troubles, closed;
    uint64_t last_change, last_receipt, entry;
    enum rd_refusal refused;
    bool opened, found;
    char words[256];
    bool closes_in_change;
};

static void on_heard(void *context, const struct rd_message *message)
{
    struct desk *desk = context;
    if (message == NULL) {
        desk->aways++;
        return;
    }
    desk->welcomes += message->welcome != NULL;
    desk->begins += message->snapshot_begin != NULL;
    desk->rows += message->snapshot_row != NULL;
    desk->ends += message->snapshot_end != NULL;
    if (message->change != NULL) {
        desk->changes++;
        desk->last_change = message->change->change;
        if (desk->closes_in_change)
            rd_outbox_close(desk->outbox, NULL, NULL);
    }
    if (message->receipt != NULL) {
        desk->receipts++;
        desk->last_receipt = message->receipt->receipt;
    }
}

static void on_answer(void *context, const struct rd_message *message)
{
    struct desk *desk = context;
    if (message == NULL) {
        desk->unanswered++;
        return;
    }
    desk->answered++;
    if (message->command_result != NULL)
        desk->entry = message->command_result->entry;
    if (message->refused != NULL)
        desk->refused = message->refused->code;
    desk->opened = desk->opened || message->opened != NULL;
    desk->found = desk->found || message->query_result != NULL;
}

static void on_trouble(void *context, const char *words)
{
    struct desk *desk = context;
    desk->troubles++;
    snprintf(desk->words, sizeof desk->words, "%s", words);
}

static void on_closed(void *context)
{
    struct desk *desk = context;
    desk->closed++;
}

static void open_desk(struct desk *desk, void **state, const char *const *queues,
                      uint32_t timeout_ms)
{
    struct rd_errbuf why = {""};
    struct net *net = *state;
    desk->net = net;
    fake_router_open(&desk->fake, net);
    const struct rd_outbox_options options = {.router = desk->fake.endpoint,
                                              .router_public = net->router.public_z85,
                                              .own = &net->users[2],
                                              .program = "referral-test",
                                              .version = "1",
                                              .queues = queues,
                                              .timeout_ms = timeout_ms,
                                              .heard = on_heard,
                                              .trouble = on_trouble,
                                              .context = desk};
    if (rd_outbox_open(&net->loop, net->zcontext, &options, &desk->outbox, &why) != RD_OK)
        fail_msg("%s", why.text);
}

static void close_desk(struct desk *desk)
{
    rd_outbox_close(desk->outbox, on_closed, desk);
    rd_outbox_close(desk->outbox, on_closed, desk);
    UNTIL(desk->net, 1000, desk->closed == 1);
    fake_router_close(&desk->fake);
}

static void say_begin(struct desk *desk, const char *queue, uint64_t change, uint32_t rows)
{
    struct rd_snapshot_begin begin = {rd_text_of(queue), 7, change, rows};
    fake_router_say(&desk->fake, &(struct rd_message){.snapshot_begin = &begin});
}

static void say_rows(struct desk *desk, const char *queue, unsigned count)
{
    struct rd_row row = {.assignment = RD_TEXT("7K3Q9-M2X4T.1")};
    struct rd_snapshot_row message = {rd_text_of(queue), &row};
    for (unsigned i = 0; i < count; i++)
        fake_router_say(&desk->fake, &(struct rd_message){.snapshot_row = &message});
}

static void say_end(struct desk *desk, const char *queue, uint64_t change)
{
    struct rd_snapshot_end end = {rd_text_of(queue), 7, change};
    fake_router_say(&desk->fake, &(struct rd_message){.snapshot_end = &end});
}

static void say_change(struct desk *desk, const char *queue, uint64_t number)
{
    struct rd_row row = {.assignment = RD_TEXT("7K3Q9-M2X4T.1")};
    struct rd_change change = {.queue = rd_text_of(queue),
                               .incarnation = 7,
                               .change = number,
                               .what = RD_ROW_CHANGED,
                               .row = &row};
    fake_router_say(&desk->fake, &(struct rd_message){.change = &change});
}

static const char *const one_queue[] = {"rapid-response", NULL};

static void test_watches_from_nothing(void **state)
{
    static const char *const queues[] = {"rapid-response", "feed:kgh-pas", NULL};
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    open_desk(&desk, state, queues, 0);
    assert_false(rd_outbox_connected(desk.outbox));
    UNTIL(desk.net, 3000, desk.fake.watches == 2);
    assert_true(rd_outbox_connected(desk.outbox));
    assert_int_equal(desk.welcomes, 1);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(desk.fake.watched_queue[i], queues[i]);
        assert_int_equal(desk.fake.watched[i].incarnation, 0);
        assert_int_equal(desk.fake.watched[i].after, 0);
        assert_int_equal(desk.fake.watched[i].credit, 256);
    }
    close_desk(&desk);
    assert_int_equal(desk.aways, 0); /* closing is not losing */
}

/* Rows are acknowledged by halves of the credit, with the snapshot's incarnation; then its end, and
 * each change, with the whole credit counted from there. */
static void test_acknowledges(void **state)
{
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    open_desk(&desk, state, one_queue, 0);
    UNTIL(desk.net, 3000, desk.fake.watches == 1);
    say_begin(&desk, "rapid-response", 40, 300);
    say_rows(&desk, "rapid-response", 127);
    UNTIL(desk.net, 3000, desk.rows == 127);
    net_rest(desk.net, 50);
    assert_int_equal(desk.fake.acks, 0);
    say_rows(&desk, "rapid-response", 1);
    UNTIL(desk.net, 3000, desk.fake.acks == 1);
    say_rows(&desk, "rapid-response", 172);
    say_end(&desk, "rapid-response", 40);
    say_change(&desk, "rapid-response", 41);
    UNTIL(desk.net, 3000, desk.fake.acks == 4);
    const struct {
        uint64_t change;
        uint32_t credit;
    } expected[] = {{0, 128}, {0, 128}, {40, 256}, {41, 256}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(desk.fake.acked[i].incarnation, 7);
        assert_int_equal(desk.fake.acked[i].change, expected[i].change);
        assert_int_equal(desk.fake.acked[i].credit, expected[i].credit);
    }
    assert_int_equal(desk.ends, 1);
    assert_int_equal(desk.last_change, 41);
    close_desk(&desk);
}

static void test_resumes_where_it_was(void **state)
{
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    open_desk(&desk, state, one_queue, 0);
    UNTIL(desk.net, 3000, desk.fake.watches == 1);
    say_begin(&desk, "rapid-response", 40, 0);
    say_end(&desk, "rapid-response", 40);
    say_change(&desk, "rapid-response", 41);
    say_change(&desk, "rapid-response", 42);
    UNTIL(desk.net, 3000, desk.changes == 2);
    fake_router_away(&desk.fake);
    UNTIL(desk.net, 3000, desk.aways == 1);
    assert_false(rd_outbox_connected(desk.outbox));
    fake_router_back(&desk.fake);
    UNTIL(desk.net, 8000, desk.fake.watches == 2);
    assert_int_equal(desk.fake.watched[1].incarnation, 7);
    assert_int_equal(desk.fake.watched[1].after, 42);
    assert_int_equal(desk.welcomes, 2);
    close_desk(&desk);
}

/* Half a snapshot is nothing: begin again. */
static void test_lost_in_a_snapshot(void **state)
{
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    open_desk(&desk, state, one_queue, 0);
    UNTIL(desk.net, 3000, desk.fake.watches == 1);
    say_begin(&desk, "rapid-response", 40, 3);
    say_rows(&desk, "rapid-response", 2);
    UNTIL(desk.net, 3000, desk.rows == 2);
    desk.fake.forgot = true;
    UNTIL(desk.net, 8000, desk.fake.watches == 2);
    assert_int_equal(desk.fake.watched[1].incarnation, 0);
    assert_int_equal(desk.fake.watched[1].after, 0);
    close_desk(&desk);
}

/* A second snapshot, because we fell behind, makes what we had worth nothing until it ends. */
static void test_lost_in_a_second_snapshot(void **state)
{
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    open_desk(&desk, state, one_queue, 0);
    UNTIL(desk.net, 3000, desk.fake.watches == 1);
    say_change(&desk, "rapid-response", 41);
    say_begin(&desk, "rapid-response", 9000, 3);
    UNTIL(desk.net, 3000, desk.begins == 1);
    say_rows(&desk, "rapid-response", 128);
    UNTIL(desk.net, 3000, desk.fake.acks == 2);
    assert_int_equal(desk.fake.acked[1].change, 0);
    desk.fake.forgot = true;
    UNTIL(desk.net, 8000, desk.fake.watches == 2);
    assert_int_equal(desk.fake.watched[1].after, 0);
    close_desk(&desk);
}

static void test_asks(void **state)
{
    struct desk desk = {.fake = {.answers_asks = true}};
    struct rd_command command = {.verb = RD_VERB_CLAIM, .target = RD_TEXT("7K3Q9-M2X4T.1")};
    struct rd_open open = {.target = RD_TEXT("7K3Q9-M2X4T.1"), .by = RD_TEXT("R. Okafor")};
    struct rd_query query = {.kind = RD_QUERY_STATUS};
    const struct rd_message messages[] = {
        {.command = &command}, {.open = &open}, {.query = &query}};
    open_desk(&desk, state, NULL, 0);
    assert_int_equal(rd_outbox_ask(desk.outbox, &messages[0], on_answer, &desk), RD_E_UNREACHABLE);
    UNTIL(desk.net, 3000, desk.welcomes == 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(rd_outbox_ask(desk.outbox, &messages[i], on_answer, &desk), RD_OK);
        assert_int_equal(desk.answered, i); /* later, from the loop */
        UNTIL(desk.net, 3000, desk.answered == i + 1);
    }
    assert_int_equal(desk.entry, 42);
    assert_true(desk.opened && desk.found);
    assert_int_equal(command.correlation, 0); /* the caller's is not touched */
    close_desk(&desk);
    assert_int_equal(desk.unanswered, 0);
}

static void test_refused_command(void **state)
{
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    struct rd_command command = {.verb = RD_VERB_CLAIM, .target = RD_TEXT("7K3Q9-M2X4T.1")};
    open_desk(&desk, state, NULL, 0);
    UNTIL(desk.net, 3000, desk.welcomes == 1);
    assert_int_equal(
        rd_outbox_ask(desk.outbox, &(struct rd_message){.command = &command}, on_answer, &desk),
        RD_OK);
    UNTIL(desk.net, 3000, desk.fake.asks == 1);
    struct rd_refused refused = {desk.fake.correlation, RD_REFUSAL_TAKEN, RD_TEXT("taken")};
    fake_router_say(&desk.fake, &(struct rd_message){.refused = &refused});
    UNTIL(desk.net, 3000, desk.answered == 1);
    assert_int_equal(desk.refused, RD_REFUSAL_TAKEN);
    fake_router_say(&desk.fake, &(struct rd_message){.refused = &refused});
    net_rest(desk.net, 50);
    assert_int_equal(desk.answered, 1);
    close_desk(&desk);
}

static void test_command_without_an_answer(void **state)
{
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    struct rd_command command = {.verb = RD_VERB_CLAIM, .target = RD_TEXT("7K3Q9-M2X4T.1")};
    const struct rd_message message = {.command = &command};
    open_desk(&desk, state, NULL, 300);
    UNTIL(desk.net, 3000, desk.welcomes == 1);
    assert_int_equal(rd_outbox_ask(desk.outbox, &message, on_answer, &desk), RD_OK);
    UNTIL(desk.net, 2000, desk.unanswered == 1);
    assert_int_equal(rd_outbox_ask(desk.outbox, &message, on_answer, &desk), RD_OK);
    UNTIL(desk.net, 3000, desk.fake.asks == 2);
    fake_router_away(&desk.fake);
    UNTIL(desk.net, 3000, desk.unanswered == 2);
    close_desk(&desk);
}

static void test_asks_are_bounded(void **state)
{
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    struct rd_query query = {.kind = RD_QUERY_STATUS};
    const struct rd_message message = {.query = &query};
    open_desk(&desk, state, NULL, 0);
    UNTIL(desk.net, 3000, desk.welcomes == 1);
    for (int i = 0; i < 256; i++)
        assert_int_equal(rd_outbox_ask(desk.outbox, &message, on_answer, &desk), RD_OK);
    assert_int_equal(rd_outbox_ask(desk.outbox, &message, on_answer, &desk), RD_E_UNREACHABLE);
    close_desk(&desk);
    assert_int_equal(desk.unanswered, 256);
}

/* Acknowledged by its owner, when the partner has it. */
static void test_receipt(void **state)
{
    static const char *const queues[] = {"feed:kgh-pas", NULL};
    struct desk desk = {.fake = {.heartbeat_ms = 400}};
    open_desk(&desk, state, queues, 0);
    UNTIL(desk.net, 3000, desk.fake.watches == 1);
    struct rd_receipt receipt = {.feed = RD_TEXT("kgh-pas"), .receipt = 17};
    fake_router_say(&desk.fake, &(struct rd_message){.receipt = &receipt});
    UNTIL(desk.net, 3000, desk.receipts == 1);
    net_rest(desk.net, 50);
    assert_int_equal(desk.fake.receipt_acks + desk.fake.acks, 0);
    struct rd_receipt_ack ack = {.receipt = desk.last_receipt};
    assert_int_equal(rd_outbox_send(desk.outbox, &(struct rd_message){.receipt_ack = &ack}), RD_OK);
    UNTIL(desk.net, 3000, desk.fake.receipt_acks == 1);
    assert_int_equal(desk.fake.receipt_acked, 17);
    close_desk(&desk);
}

static void test_refused_watch_is_told(void **state)
{
    struct desk desk = {.fake = {.refuse_watches = RD_REFUSAL_RIGHTS}};
    open_desk(&desk, state, one_queue, 0);
    UNTIL(desk.net, 3000, desk.troubles == 1);
    assert_string_equal(desk.words, "refused by the script");
    net_rest(desk.net, 700);
    assert_true(rd_outbox_connected(desk.outbox)); /* the others go on */
    assert_int_equal(desk.fake.hellos, 1);
    close_desk(&desk);
}

static void test_closed_inside_a_change(void **state)
{
    struct desk desk = {.fake = {.heartbeat_ms = 400}, .closes_in_change = true};
    open_desk(&desk, state, one_queue, 0);
    UNTIL(desk.net, 3000, desk.fake.watches == 1);
    say_change(&desk, "rapid-response", 1);
    say_change(&desk, "rapid-response", 2);
    UNTIL(desk.net, 3000, desk.changes == 1);
    net_rest(desk.net, 100);
    assert_int_equal(desk.changes, 1);
    assert_int_equal(desk.fake.acks, 0);
    fake_router_close(&desk.fake);
}

static void test_too_many_queues(void **state)
{
    struct net *net = *state;
    struct rd_outbox *outbox = NULL;
    struct rd_errbuf why = {""};
    const char *queues[66] = {NULL};
    struct rd_outbox_options options = {.router = "tcp://127.0.0.1:1",
                                        .router_public = net->router.public_z85,
                                        .own = &net->users[2],
                                        .program = "referral-test",
                                        .version = "1",
                                        .queues = queues,
                                        .heard = on_heard};
    for (int i = 0; i < 65; i++)
        queues[i] = "rapid-response";
    assert_int_equal(rd_outbox_open(&net->loop, net->zcontext, &options, &outbox, &why),
                     RD_E_TOOBIG);
    assert_non_null(strstr(why.text, "64"));
    queues[64] = NULL;
    assert_int_equal(rd_outbox_open(&net->loop, net->zcontext, &options, &outbox, &why), RD_OK);
    rd_outbox_close(outbox, NULL, NULL);
    rd_outbox_close(NULL, NULL, NULL);
    net_rest(net, 20);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(test_watches_from_nothing),      NET_TEST(test_acknowledges),
        NET_TEST(test_resumes_where_it_was),      NET_TEST(test_lost_in_a_snapshot),
        NET_TEST(test_lost_in_a_second_snapshot), NET_TEST(test_asks),
        NET_TEST(test_refused_command),           NET_TEST(test_command_without_an_answer),
        NET_TEST(test_asks_are_bounded),          NET_TEST(test_receipt),
        NET_TEST(test_refused_watch_is_told),     NET_TEST(test_closed_inside_a_change),
        NET_TEST(test_too_many_queues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
