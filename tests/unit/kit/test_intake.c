/* The adapter's side of intake, against a scripted router. */
#include "fake_router.h"

#include "adapters/kit/intake.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct door {
    struct fake_router fake;
    struct net *net;
    struct rd_intake *intake;
    unsigned results, unanswered, busy, changes, troubles, closed;
    enum rd_disposal disposal;
    char referral[32];
    char words[256];
    bool submits_again;
    bool closes_in_trouble;
};

static void on_result(void *context, const struct rd_submit_result *result);

static enum rd_err submit_sized(struct door *door, const char *key, size_t bytes,
                                struct rd_errbuf *why)
{
    char *original = calloc(1, bytes + 1);
    assert_non_null(original);
    memset(original, 'x', bytes);
    struct rd_submission submission = {.feed = RD_TEXT("kgh-pas"),
                                       .key = rd_text_of(key),
                                       .action = RD_ACTION_NEW,
                                       .environment = RD_ENVIRONMENT_LIVE,
                                       .original = {original, bytes}};
    enum rd_err err = rd_intake_submit(door->intake, &submission, on_result, door, why);
    free(original);
    return err;
}

static enum rd_err submit(struct door *door, const char *key)
{
    struct rd_errbuf why;
    return submit_sized(door, key, 4, &why);
}

static void on_result(void *context, const struct rd_submit_result *result)
{
    struct door *door = context;
    if (result == NULL) {
        door->unanswered++;
        return;
    }
    door->results++;
    door->busy += result->busy;
    door->disposal = result->disposal;
    snprintf(door->referral, sizeof door->referral, "%.*s", RD_TEXT_ARG(result->referral));
    if (door->submits_again) {
        door->submits_again = false;
        assert_int_equal(submit(door, "again"), RD_OK);
    }
}

static void on_change(void *context)
{
    struct door *door = context;
    door->changes++;
}

static void on_trouble(void *context, const char *words)
{
    struct door *door = context;
    door->troubles++;
    snprintf(door->words, sizeof door->words, "%s", words);
    if (door->closes_in_trouble)
        rd_intake_close(door->intake, NULL, NULL);
}

static void on_closed(void *context)
{
    struct door *door = context;
    door->closed++;
}

static void open_intake(struct door *door, uint32_t timeout_ms)
{
    struct rd_errbuf why = {""};
    struct net *net = door->net;
    const struct rd_intake_options options = {.router = door->fake.endpoint,
                                              .router_public = net->router.public_z85,
                                              .own = &net->users[0],
                                              .program = "referral-test",
                                              .version = "1",
                                              .timeout_ms = timeout_ms,
                                              .trouble = on_trouble,
                                              .context = door};
    if (rd_intake_open(&net->loop, net->zcontext, &options, &door->intake, &why) != RD_OK)
        fail_msg("%s", why.text);
    rd_intake_on_change(door->intake, on_change, door);
}

static void open_door(struct door *door, void **state, uint32_t timeout_ms)
{
    door->net = *state;
    fake_router_open(&door->fake, door->net);
    open_intake(door, timeout_ms);
}

static bool ready(const struct door *door)
{
    return rd_intake_ready(door->intake, 4);
}

static void close_door(struct door *door)
{
    rd_intake_close(door->intake, on_closed, door);
    rd_intake_close(door->intake, on_closed, door);
    assert_int_equal(door->closed, 0);
    UNTIL(door->net, 1000, door->closed == 1);
    fake_router_close(&door->fake);
}

static void test_held(void **state)
{
    struct door door = {.fake = {.answers_submits = true,
                                 .submit_result = {.disposal = RD_DISPOSAL_NEW,
                                                   .referral = RD_TEXT("7K3Q9-M2X4T"),
                                                   .entry = 9}}};
    open_door(&door, state, 0);
    assert_false(ready(&door));
    assert_string_equal(rd_intake_not_ready(door.intake, 1), "the router is away or busy");
    assert_int_equal(submit(&door, "early"), RD_E_BUSY);
    UNTIL(door.net, 3000, ready(&door));
    assert_true(door.changes > 0);
    assert_string_equal(door.fake.program, "referral-test");
    assert_int_equal(submit(&door, "k1"), RD_OK);
    assert_int_equal(door.results, 0); /* later, from the loop */
    UNTIL(door.net, 3000, door.results == 1);
    assert_string_equal(door.fake.key, "k1");
    assert_int_equal(door.disposal, RD_DISPOSAL_NEW);
    assert_string_equal(door.referral, "7K3Q9-M2X4T");
    close_door(&door);
    assert_int_equal(door.unanswered, 0);
}

/* The session's number is the wall clock: larger at every start. */
static void test_session_number_grows(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 400}};
    uv_timeval64_t wall;
    assert_int_equal(uv_gettimeofday(&wall), 0);
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    rd_intake_close(door.intake, NULL, NULL);
    net_rest(door.net, 50);
    open_intake(&door, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(door.fake.hellos, 2);
    assert_true(door.fake.sessions[0] > (uint64_t)wall.tv_sec * 1000000u);
    assert_true(door.fake.sessions[1] > door.fake.sessions[0]);
    close_door(&door);
}

static void test_busy_uses_nothing_up(void **state)
{
    struct door door = {.fake = {.answers_submits = true, .submit_result = {.busy = true}}};
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    UNTIL(door.net, 3000, door.results == 1);
    assert_int_equal(door.busy, 1);
    assert_true(ready(&door));
    close_door(&door);
}

static void test_credit_of_submissions(void **state)
{
    struct door door = {.fake = {.credit_submissions = 2}};
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    assert_true(ready(&door));
    assert_int_equal(submit(&door, "k2"), RD_OK);
    assert_false(ready(&door));
    assert_int_equal(submit(&door, "k3"), RD_E_BUSY);
    UNTIL(door.net, 3000, door.fake.submits == 2);
    unsigned changes = door.changes;
    struct rd_submit_result result = {.correlation = door.fake.correlations[0],
                                      .disposal = RD_DISPOSAL_NEW};
    fake_router_say(&door.fake, &(struct rd_message){.submit_result = &result});
    UNTIL(door.net, 3000, door.results == 1);
    assert_true(ready(&door));
    assert_true(door.changes > changes);
    /* The same answer again belongs to nobody. */
    fake_router_say(&door.fake, &(struct rd_message){.submit_result = &result});
    net_rest(door.net, 50);
    assert_int_equal(door.results, 1);
    close_door(&door);
    assert_int_equal(door.unanswered, 1); /* k2: told when the door closed */
}

static void test_credit_of_bytes(void **state)
{
    struct door door = {.fake = {.credit_bytes = 1000}};
    struct rd_errbuf why;
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_true(rd_intake_ready(door.intake, 1000));
    assert_false(rd_intake_ready(door.intake, 1001));
    assert_int_equal(submit_sized(&door, "k1", 600, &why), RD_OK);
    assert_int_equal(submit_sized(&door, "k2", 401, &why), RD_E_BUSY);
    assert_int_equal(submit_sized(&door, "k2", 400, &why), RD_OK);
    close_door(&door);
}

static void test_over_a_limit(void **state)
{
    struct door door = {.fake = {.answers_submits = true}};
    struct rd_errbuf why = {""};
    char key[RD_KEY_BYTES_MAX + 2];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit_sized(&door, key, 4, &why), RD_E_TOOBIG);
    assert_non_null(strstr(why.text, "key"));
    assert_null(strstr(why.text, "kkkk"));
    key[RD_KEY_BYTES_MAX] = '\0';
    assert_int_equal(submit_sized(&door, key, 4, &why), RD_OK);
    assert_int_equal(submit_sized(&door, "k", RD_BODY_BYTES_MAX + 1, &why), RD_E_TOOBIG);
    assert_int_equal(submit_sized(&door, "k", RD_BODY_BYTES_MAX, &why), RD_OK);
    UNTIL(door.net, 3000, door.results == 2);
    close_door(&door);
}

static void test_refused_submit(void **state)
{
    struct door door = {.fake = {.refuse_submits = RD_REFUSAL_RIGHTS}};
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    UNTIL(door.net, 3000, door.unanswered == 1);
    assert_int_equal(door.troubles, 1);
    assert_string_equal(door.words, "refused by the script");
    assert_true(ready(&door)); /* to try again */
    assert_string_equal(rd_intake_not_ready(door.intake, 1),
                        "the router refuses the feed kgh-pas: refused by the script");
    assert_null(rd_intake_not_ready(door.intake, 2)); /* another feed may be taken */
    door.fake.refuse_submits = 0;
    door.fake.answers_submits = true;
    door.fake.submit_result = (struct rd_submit_result){.disposal = RD_DISPOSAL_NEW};
    assert_int_equal(submit(&door, "k1"), RD_OK);
    UNTIL(door.net, 3000, door.results == 1);
    assert_null(rd_intake_not_ready(door.intake, 1));
    close_door(&door);
}

static void test_closed_in_trouble(void **state)
{
    struct door door = {.fake = {.refuse_submits = RD_REFUSAL_RIGHTS}, .closes_in_trouble = true};
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    assert_int_equal(submit(&door, "k2"), RD_OK);
    UNTIL(door.net, 3000, door.unanswered == 2);
    net_rest(door.net, 50);
    fake_router_close(&door.fake);
}

/* Not in time is not held, as far as we know; the answer that comes after all is nobody's. */
static void test_timeout(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 400}};
    open_door(&door, state, 300);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    UNTIL(door.net, 2000, door.unanswered == 1);
    assert_true(ready(&door));
    struct rd_submit_result late = {.correlation = door.fake.correlation,
                                    .disposal = RD_DISPOSAL_NEW};
    fake_router_say(&door.fake, &(struct rd_message){.submit_result = &late});
    net_rest(door.net, 100);
    assert_int_equal(door.results, 0);
    assert_int_equal(door.unanswered, 1);
    close_door(&door);
}

/* Pings keep the session although nobody has anything to say. */
static void test_quiet_session_lives(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 400}};
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    net_rest(door.net, 2500); /* six beats */
    assert_true(ready(&door));
    assert_int_equal(door.fake.hellos, 1);
    assert_in_range(door.fake.pings, 4, 20);
    close_door(&door);
}

static void test_router_away_and_back(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 400}};
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    UNTIL(door.net, 3000, door.fake.submits == 1);
    fake_router_away(&door.fake);
    UNTIL(door.net, 3000, door.unanswered == 1);
    assert_false(ready(&door));
    assert_int_equal(submit(&door, "k2"), RD_E_BUSY);
    net_rest(door.net, 3500); /* longer than a hello's patience: several sockets by now */
    fake_router_back(&door.fake);
    door.fake.answers_submits = true;
    UNTIL(door.net, 6000, ready(&door));
    assert_true(door.fake.sessions[door.fake.hellos - 1] > door.fake.sessions[0]);
    assert_int_equal(submit(&door, "k2"), RD_OK);
    UNTIL(door.net, 3000, door.results == 1);
    assert_int_equal(door.fake.submits, 2); /* nothing stale came out before it */
    close_door(&door);
}

/* A ping that has nowhere to go says it before three beats were missed. */
static void test_away_is_noticed_at_the_next_ping(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 2000}};
    open_door(&door, state, 60000);
    UNTIL(door.net, 3000, ready(&door));
    fake_router_away(&door.fake);
    UNTIL(door.net, 2500, !ready(&door));
    close_door(&door);
}

/* The transport stands, nobody answers. */
static void test_deaf_router(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 300}};
    open_door(&door, state, 60000);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    door.fake.deaf = true;
    UNTIL(door.net, 3000, door.unanswered == 1);
    assert_false(ready(&door));
    door.fake.deaf = false;
    UNTIL(door.net, 6000, ready(&door));
    assert_true(door.fake.hellos >= 2);
    close_door(&door);
}

/* Restarted so quickly that no beat was missed: it does not know us, and says so. */
static void test_router_that_forgot_us(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 400}};
    open_door(&door, state, 60000);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    UNTIL(door.net, 3000, door.fake.submits == 1);
    door.fake.forgot = true;
    UNTIL(door.net, 3000, door.fake.hellos == 2);
    assert_int_equal(door.unanswered, 1);
    UNTIL(door.net, 3000, ready(&door));
    close_door(&door);
}

/* ... at the first message, if one is sent before the next ping. */
static void test_forgotten_at_a_submit(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 60000}};
    open_door(&door, state, 60000);
    UNTIL(door.net, 3000, ready(&door));
    door.fake.forgot = true;
    assert_int_equal(submit(&door, "k1"), RD_OK);
    UNTIL(door.net, 3000, door.fake.hellos == 2);
    assert_int_equal(door.unanswered, 1);
    close_door(&door);
}

static void test_refused_hello_rests(void **state)
{
    struct door door = {.fake = {.refuse = RD_REFUSAL_PROTOCOL}};
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, door.troubles == 1);
    net_rest(door.net, 1500);
    assert_int_equal(door.fake.hellos, 1); /* not again at once */
    assert_false(ready(&door));
    door.fake.refuse = 0;
    UNTIL(door.net, 6000, ready(&door));
    close_door(&door);
}

/* A handshake that was refused is for good, for libzmq; the key may be registered later. */
static void test_key_registered_later(void **state)
{
    struct door door = {.fake = {.heartbeat_ms = 400}};
    struct net *net = *state;
    struct rd_keypair known = net->users[0];
    struct rd_key_table *keys = NULL;
    struct rd_identity identity = {.user = RD_TEXT("new-comer"), .role = RD_IDENTITY_ADAPTER};
    struct rd_errbuf why;
    assert_int_equal(rd_keypair_new(&net->users[0]), RD_OK);
    open_door(&door, state, 0);
    net_rest(net, 700);
    assert_int_equal(door.fake.hellos, 0);
    assert_int_equal(rd_key_register(net->directory, &identity, net->users[0].public_z85, &why),
                     RD_OK);
    assert_int_equal(rd_key_table_load(net->directory, &keys, &why), RD_OK);
    assert_int_equal(rd_zcontext_serve_zap(net->zcontext, keys, &why), RD_OK);
    rd_key_table_free(net->keys);
    net->keys = keys;
    UNTIL(net, 8000, ready(&door));
    close_door(&door);
    net->users[0] = known;
}

static void test_submit_inside_a_result(void **state)
{
    struct door door = {.fake = {.answers_submits = true, .credit_submissions = 1},
                        .submits_again = true};
    open_door(&door, state, 0);
    UNTIL(door.net, 3000, ready(&door));
    assert_int_equal(submit(&door, "k1"), RD_OK);
    UNTIL(door.net, 3000, door.results == 2);
    assert_string_equal(door.fake.key, "again");
    close_door(&door);
}

static void test_bad_options(void **state)
{
    struct net *net = *state;
    struct rd_intake *intake = NULL;
    struct rd_errbuf why = {""};
    struct rd_intake_options options = {.router = "nowhere",
                                        .router_public = net->router.public_z85,
                                        .own = &net->users[0],
                                        .program = "referral-test",
                                        .version = "1"};
    assert_int_equal(rd_intake_open(&net->loop, net->zcontext, &options, &intake, &why),
                     RD_E_INVALID);
    assert_non_null(strstr(why.text, "nowhere"));
    options.router = "tcp://127.0.0.1:1";
    options.router_public = "short";
    assert_int_equal(rd_intake_open(&net->loop, net->zcontext, &options, &intake, &why),
                     RD_E_INVALID);
    assert_null(intake);
    rd_intake_close(NULL, NULL, NULL);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_setup, net_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(test_held),
        NET_TEST(test_session_number_grows),
        NET_TEST(test_busy_uses_nothing_up),
        NET_TEST(test_credit_of_submissions),
        NET_TEST(test_credit_of_bytes),
        NET_TEST(test_over_a_limit),
        NET_TEST(test_refused_submit),
        NET_TEST(test_closed_in_trouble),
        NET_TEST(test_timeout),
        NET_TEST(test_quiet_session_lives),
        NET_TEST(test_router_away_and_back),
        NET_TEST(test_away_is_noticed_at_the_next_ping),
        NET_TEST(test_deaf_router),
        NET_TEST(test_router_that_forgot_us),
        NET_TEST(test_forgotten_at_a_submit),
        NET_TEST(test_refused_hello_rests),
        NET_TEST(test_key_registered_later),
        NET_TEST(test_submit_inside_a_result),
        NET_TEST(test_bad_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
