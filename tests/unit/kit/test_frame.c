/* What every adapter program shares: command line, place, keys, loop, stop. */
#include "tests/unit/link/net_fixture.h"

#include "adapters/kit/frame.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACE RD_SOURCE_DIR "/rules/places/redbridge"

static const struct rd_frame_program program = {.name = "referral-test",
                                                .purpose = "Tests the frame.",
                                                .adapter = "mllp",
                                                .listen = "127.0.0.1:2575",
                                                .intake = true};
static struct rd_frame frame;
static char key[128], router_key[128];
static unsigned stops;

static int setup(void **state)
{
    int failed = net_setup(state);
    const struct net *net = *state;
    struct rd_errbuf why;
    char name[64];
    snprintf(name, sizeof name, "%s.pub", net_user_names[0]);
    net_path(net, name, router_key);
    net_path(net, "own.key", key);
    stops = 0;
    return failed || rd_keypair_write(key, &net->users[0], &why) != RD_OK;
}

/* Words are parted by single spaces; "@key", "@router" and "@place" stand for the real ones. */
static bool start(const char *line)
{
    static char words[512];
    static char *argv[32];
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *at = words; at != NULL && *at != '\0'; argc++) {
        char *space = strchr(at, ' ');
        if (space != NULL)
            *space = '\0';
        argv[argc] = strcmp(at, "@key") == 0 ? key : strcmp(at, "@router") == 0 ? router_key : at;
        if (strcmp(at, "@place") == 0) {
            static char place[] = PLACE;
            argv[argc] = place;
        }
        at = space == NULL ? NULL : space + 1;
    }
    return rd_frame_start(&frame, &program, argc, argv);
}

#define GOOD "referral-test --place @place --key @key --router-key @router"

static void test_what_ends_at_once(void **state)
{
    (void)state;
    const struct {
        const char *line;
        int exit_code;
    } rows[] = {
        {"referral-test --help", 0},
        {"referral-test --version", 0},
        {"referral-test", 2},
        {"referral-test --place @place --key @key", 2},
        {"referral-test --place @place --router-key @router", 2},
        {"referral-test --key @key --router-key @router", 2},
        {GOOD " --nonsense x", 2},
        {GOOD " --feed", 2},
        {GOOD " --feed nobody", 2},
        {GOOD " --listen 2575", 2},
        {GOOD " --listen :2575", 2},
        {GOOD " --listen 127.0.0.1:65536", 2},
        {GOOD " --listen 127.0.0.1:x", 2},
        {"referral-test --place /nowhere --key @key --router-key @router", 1},
        {"referral-test --place @place --key /nowhere --router-key @router", 1},
        {"referral-test --place @place --key @key --router-key /nowhere", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (start(rows[i].line) || frame.exit_code != rows[i].exit_code)
            fail_msg("%s: exit code %d", rows[i].line, frame.exit_code);
    }
}

static void on_stop(void *context)
{
    uv_close(context, NULL);
    stops++;
}

static void on_time_to_stop(uv_timer_t *timer)
{
    (void)timer;
    rd_frame_stop(&frame, RD_FRAME_FAILED);
    rd_frame_stop(&frame, RD_FRAME_OK); /* the first counts */
}

static void on_time_for_signal(uv_timer_t *timer)
{
    (void)timer;
    assert_int_equal(raise(SIGTERM), 0);
}

static int run(uv_timer_cb what)
{
    static uv_timer_t timer;
    assert_int_equal(uv_timer_init(&frame.loop, &timer), 0);
    assert_int_equal(uv_timer_start(&timer, what, 20, 0), 0);
    return rd_frame_run(&frame, on_stop, &timer);
}

static void test_runs_until_a_signal(void **state)
{
    struct sigaction action;
    (void)state;
    assert_true(start(GOOD));
    assert_true(frame.feeds_count > 0);
    for (size_t i = 0; i < frame.feeds_count; i++)
        assert_true(rd_text_is(frame.feeds[i]->adapter, "mllp"));
    assert_string_equal(frame.listen_address, "127.0.0.1");
    assert_int_equal(frame.listen_port, 2575);
    assert_string_equal(frame.intake, "tcp://127.0.0.1:5701");
    /* A partner that hangs up while we answer must not end us. */
    assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
    assert_true(action.sa_handler == SIG_IGN);
    assert_int_equal(run(on_time_for_signal), 0);
    assert_int_equal(stops, 1);
}

static void test_stops_from_inside(void **state)
{
    (void)state;
    assert_true(start(GOOD " --feed kgh-pas --listen ::1:2576 --intake ipc:///x"));
    assert_int_equal(frame.feeds_count, 1);
    assert_true(rd_text_is(frame.feeds[0]->name, "kgh-pas"));
    assert_string_equal(frame.listen_address, "::1");
    assert_int_equal(frame.listen_port, 2576);
    assert_string_equal(frame.intake, "ipc:///x");
    assert_int_equal(run(on_time_to_stop), 1);
    assert_int_equal(stops, 1);
    /* The secret is gone from memory. */
    const struct rd_keypair zero = {{0}, {0}};
    assert_memory_equal(&frame.own, &zero, sizeof zero);
}

#define FRAME_TEST(name) cmocka_unit_test_setup_teardown(name, setup, net_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRAME_TEST(test_what_ends_at_once),
        FRAME_TEST(test_runs_until_a_signal),
        FRAME_TEST(test_stops_from_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
