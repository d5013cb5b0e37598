/* The HTTP server's bounds: size, fields, time, connections, form. */
#include "http_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void post_fields(struct site *site, unsigned count, const char *status)
{
    struct client client = {0};
    char body[BODY_MAX] = "";
    char text[BODY_MAX + 256];
    for (unsigned i = 0; i < count; i++)
        snprintf(body + strlen(body), sizeof body - strlen(body), "f%u=1&", i);
    client_open(&client, site);
    snprintf(text, sizeof text,
             "POST /f HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    client_ask(&client, text, 1);
    assert_non_null(strstr(client.got, status));
    client_close(&client);
}

static void test_form_fields_at_the_limit(void **state)
{
    struct site *site = *state;
    site_serve(site, 0, 0, site_on_too_large);
    post_fields(site, 256, " 200 ");
    post_fields(site, 257, " 413 ");
    assert_int_equal(site->too_large_calls, 1);
}

static void post_body(struct site *site, size_t len, const char *extra, const char *status)
{
    struct client client = {0};
    char head[256];
    char *body = malloc(len);
    assert_non_null(body);
    memset(body, 'b', len);
    client_open(&client, site);
    snprintf(head, sizeof head, "POST /b HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n",
             extra, len);
    client_say(&client, head);
    client_send(&client, body, len);
    client.wanted = 1;
    if (client_answers(&client) < 1)
        assert_true(site_run(site, 5000));
    if (strstr(client.got, status) == NULL)
        fail_msg("%zu bytes: %s", len, client.got);
    free(body);
    client_close(&client);
}

static void test_body_at_the_limit(void **state)
{
    struct site *site = *state;
    site_serve(site, 0, 0, site_on_too_large);
    post_body(site, BODY_MAX, "", " 200 ");
    assert_int_equal(site->calls, 1);
    post_body(site, BODY_MAX + 1, "", " 413 ");
    assert_int_equal(site->calls, 1);
    assert_int_equal(site->too_large_calls, 1);
    post_body(site, 5 * 1024 * 1024, "", " 413 "); /* the sender hears it, after sending all */
    assert_int_equal(site->too_large_calls, 2);
    post_body(site, BODY_MAX, "", " 200 ");
}

static void test_too_large_without_a_handler(void **state)
{
    struct site *site = *state;
    site_serve(site, 0, 0, NULL);
    post_body(site, BODY_MAX + 1, "", " 413 ");
    assert_int_equal(site->calls, 0);
}

/* Nobody has begun to send: answered at once, nothing of it is taken. */
static void test_expect_continue(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    site_serve(site, 0, 0, site_on_too_large);
    client_open(&client, site);
    client_ask(&client,
               "POST /b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
               "Content-Length: 9999999\r\n\r\n",
               1);
    assert_non_null(strstr(client.got, "HTTP/1.1 413"));
    client_close(&client);
    struct client small = {0};
    client_open(&small, site);
    client_ask(&small,
               "POST /b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
               "Content-Length: 3\r\n\r\n",
               1);
    assert_non_null(strstr(small.got, "HTTP/1.1 100"));
    client_ask(&small, "abc", 2);
    assert_non_null(strstr(small.got, "HTTP/1.1 200"));
    client_close(&small);
}

static void test_chunked_over_the_limit(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    static char chunk[8 + 0x800 + 2];
    site_serve(site, 0, 0, site_on_too_large);
    client_open(&client, site);
    client_say(&client, "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    memset(chunk, 'c', sizeof chunk);
    memcpy(chunk, "000800\r\n", 8);
    memcpy(chunk + sizeof chunk - 2, "\r\n", 2);
    for (int i = 0; i < 3; i++)
        client_send(&client, chunk, sizeof chunk);
    client_ask(&client, "0\r\n\r\n", 1);
    assert_non_null(strstr(client.got, "ours: too large"));
    client_close(&client);
}

/* Even patience has a bound: 32 MiB are read to answer politely, and no more. */
static void test_patience_is_bounded(void **state)
{
    struct site *site = *state;
    struct client declared = {0};
    struct client chunked = {.stop_at_end = true};
    enum { CHUNK = 1024 * 1024 };
    char *chunk = malloc(8 + CHUNK + 2);
    assert_non_null(chunk);
    site_serve(site, 0, 0, site_on_too_large);
    client_open(&declared, site);
    client_ask(&declared, "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 33554433\r\n\r\n", 1);
    assert_non_null(strstr(declared.got, "HTTP/1.1 413"));
    client_close(&declared);
    client_open(&chunked, site);
    client_say(&chunked, "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    memset(chunk, 'c', 8 + CHUNK + 2);
    memcpy(chunk, "100000\r\n", 8);
    memcpy(chunk + 8 + CHUNK, "\r\n", 2);
    for (int i = 0; i < 33; i++)
        client_send(&chunked, chunk, 8 + CHUNK + 2);
    assert_true(site_run(site, 5000));
    assert_true(chunked.ended);
    assert_int_equal(client_answers(&chunked), 0);
    free(chunk);
    client_close(&chunked);
}

static void test_idle_connection_is_closed(void **state)
{
    struct site *site = *state;
    struct client client = {.stop_at_end = true};
    site_serve(site, 1, 0, NULL);
    client_open(&client, site);
    assert_true(site_run(site, 4000));
    assert_true(client.ended);
    client_close(&client);
}

struct dripper {
    uv_timer_t timer;
    struct client *client;
};

static void drip(uv_timer_t *timer)
{
    struct dripper *dripper = timer->data;
    if (!dripper->client->ended)
        client_say(dripper->client, "x");
}

/* A byte now and then is not idle, and not a request either. */
static void test_dripping_request_is_cut(void **state)
{
    struct site *site = *state;
    struct client client = {.stop_at_end = true};
    struct dripper dripper = {.client = &client};
    site_serve(site, 1, 0, NULL);
    client_open(&client, site);
    client_say(&client, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    assert_int_equal(uv_timer_init(&site->loop, &dripper.timer), 0);
    dripper.timer.data = &dripper;
    assert_int_equal(uv_timer_start(&dripper.timer, drip, 200, 200), 0);
    (void)site_run(site, 2500);
    assert_false(client.ended);
    assert_true(site_run(site, 6000));
    assert_true(client.ended);
    uv_close((uv_handle_t *)&dripper.timer, NULL);
    client_close(&client);
}

/* Idle or half-said, none keeps another one out: who was waited for longest goes. */
static void test_a_full_house_lets_go_of_the_longest(void **state)
{
    struct site *site = *state;
    struct client clients[5] = {{.open = false}};
    site_serve(site, 0, 2, NULL);
    client_open(&clients[0], site);
    client_say(&clients[0], "GET /slow HTTP/1.1\r\nHost: x\r\nX-Half: ");
    (void)site_run(site, 20);
    client_open(&clients[1], site);
    (void)site_run(site, 20);
    client_open(&clients[2], site);
    client_ask(&clients[2], "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n", 1);
    (void)site_run(site, 50);
    assert_true(clients[0].ended);
    assert_false(clients[1].ended);
    client_ask(&clients[1], "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", 1);
    (void)site_run(site, 20);
    client_open(&clients[3], site); /* the second spoke last: now the third is the longest silent */
    client_ask(&clients[3], "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n", 1);
    (void)site_run(site, 50);
    assert_true(clients[2].ended);
    assert_false(clients[1].ended);
    client_open(&clients[4], site);
    client_ask(&clients[4], "GET /4 HTTP/1.1\r\nHost: x\r\n\r\n", 1);
    assert_int_equal(site->calls, 4);
    for (int i = 0; i < 5; i++)
        client_close(&clients[i]);
}

/* Who is being answered is never let go of; beyond the bound and what is spare the kernel keeps
 * them waiting. */
static void test_connections_are_bounded(void **state)
{
    struct site *site = *state;
    enum { MOST = 2, SPARE = 16, ALL = MOST + SPARE };
    struct client clients[ALL + 1] = {{.open = false}};
    site_serve(site, 0, MOST, NULL);
    site->hold = true;
    for (int i = 0; i < ALL; i++) {
        client_open(&clients[i], site);
        client_say(&clients[i], "GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(site_run(site, 3000));
        assert_int_equal(site->held_count, i + 1);
    }
    client_open(&clients[ALL], site);
    clients[ALL].wanted = 1;
    client_say(&clients[ALL], "GET /last HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_false(site_run(site, 300));
    assert_int_equal(site->calls, ALL);
    site->hold = false;
    for (size_t i = 0; i < site->held_count; i++)
        rd_http_answer(site->held[i], 200, "text/plain", RD_TEXT("held"), NULL);
    if (client_answers(&clients[ALL]) < 1)
        assert_true(site_run(site, 3000));
    assert_int_equal(site->calls, ALL + 1);
    for (int i = 0; i < ALL; i++)
        assert_int_equal(client_answers(&clients[i]), 1);
    for (int i = 0; i <= ALL; i++)
        client_close(&clients[i]);
}

/* A proxy in front may go by the other one. */
static void test_two_ends_of_a_body_are_refused(void **state)
{
    struct site *site = *state;
    static const char *const headers[] = {
        "Content-Length: 2\r\nContent-Length: 9\r\n\r\nok",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"};
    site_serve(site, 0, 0, NULL);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct client client = {.stop_at_end = true};
        client_open(&client, site);
        client_say(&client, "POST /two HTTP/1.1\r\nHost: x\r\n");
        client_say(&client, headers[i]);
        assert_true(site_run(site, 5000));
        assert_non_null(strstr(client.got, "HTTP/1.1 400"));
        assert_non_null(strstr(client.got, "said twice"));
        client_close(&client);
    }
    assert_int_equal(site->calls, 0);
}

static void test_bad_requests_do_not_reach_the_handler(void **state)
{
    struct site *site = *state;
    char *huge = malloc(70000);
    assert_non_null(huge);
    memset(huge, 'h', 70000);
    memcpy(huge, "GET / HTTP/1.1\r\nHost: x\r\nX: ", 29);
    memcpy(huge + 69990, "\r\n\r\n\0", 5);
    const char *const rows[] = {"GARBAGE\r\n\r\n", "GET /no-host HTTP/1.1\r\n\r\n",
                                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\n",
                                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", huge};
    site_serve(site, 2, 0, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client client = {.stop_at_end = true};
        client_open(&client, site);
        client_say(&client, rows[i]);
        assert_true(site_run(site, 5000));
        if (client.len > 0 && strstr(client.got, "HTTP/1.1 4") == NULL)
            fail_msg("row %zu: %s", i, client.got);
        client_close(&client);
    }
    assert_int_equal(site->calls, 0);
    free(huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(test_form_fields_at_the_limit),
        SITE_TEST(test_body_at_the_limit),
        SITE_TEST(test_too_large_without_a_handler),
        SITE_TEST(test_expect_continue),
        SITE_TEST(test_chunked_over_the_limit),
        SITE_TEST(test_patience_is_bounded),
        SITE_TEST(test_idle_connection_is_closed),
        SITE_TEST(test_dripping_request_is_cut),
        SITE_TEST(test_a_full_house_lets_go_of_the_longest),
        SITE_TEST(test_connections_are_bounded),
        SITE_TEST(test_two_ends_of_a_body_are_refused),
        SITE_TEST(test_bad_requests_do_not_reach_the_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
