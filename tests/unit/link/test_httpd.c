/* The HTTP server in libuv: requests, answers now and later, closing. */
#include "http_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_one_request(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    site_serve(site, 0, 0, NULL);
    client_open(&client, site);
    client_ask(&client,
               "GET /a%20b?q=one+two&x=1 HTTP/1.1\r\nHost: x\r\nX-Thing: that\r\n"
               "Cookie: a=b; session=s1\r\n\r\n",
               1);
    assert_string_equal(site->seen, "GET /a b h=that q=one two c=s1 f=- n=0 p=127.0.0.1");
    assert_non_null(strstr(client.got, "HTTP/1.1 200"));
    assert_non_null(strstr(client.got, "X-Path: /a b\r\n"));
    assert_non_null(strstr(client.got, "Content-Type: text/plain\r\n"));
    assert_non_null(strstr(client.got, "\r\n\r\n/a b"));
    client_close(&client);
}

/* The epoll descriptor alone answers one of these. */
static void test_five_pipelined(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    char all[1024] = "";
    site_serve(site, 0, 0, NULL);
    client_open(&client, site);
    for (int i = 0; i < 5; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all),
                 "GET /n%d HTTP/1.1\r\nHost: x\r\n\r\n", i);
    client_ask(&client, all, 5);
    assert_int_equal(site->calls, 5);
    for (int i = 0; i < 5; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "\r\n\r\n/n%d", i);
        assert_non_null(strstr(client.got, expected));
    }
    client_close(&client);
}

static void test_five_pipelined_answered_later(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    char all[1024] = "";
    site_serve(site, 0, 0, NULL);
    site->hold = true;
    client_open(&client, site);
    for (int i = 0; i < 5; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all),
                 "POST /n%d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", i);
    client_say(&client, all);
    for (unsigned i = 0; i < 5; i++) {
        client.wanted = 0;
        if (site->held_count == i)
            assert_true(site_run(site, 3000));
        assert_int_equal(site->held_count, i + 1); /* one at a time, in order */
        client.wanted = i + 1;
        rd_http_answer(site->held[i], 202, NULL, RD_TEXT_NONE, NULL);
        while (client_answers(&client) < i + 1)
            assert_true(site_run(site, 3000));
    }
    assert_int_equal(site->calls, 5);
    client_close(&client);
}

static void test_methods(void **state)
{
    struct site *site = *state;
    const char *const names[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"};
    site_serve(site, 0, 0, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct client client = {0};
        char text[128];
        client_open(&client, site);
        snprintf(text, sizeof text, "%s /x HTTP/1.1\r\nHost: x\r\n\r\n", names[i]);
        client_ask(&client, text, 1);
        assert_memory_equal(site->seen, names[i], strlen(names[i]));
        bool empty = strcmp(client.got + client.len - 4, "\r\n\r\n") == 0;
        assert_int_equal(empty, strcmp(names[i], "HEAD") == 0);
        client_close(&client);
    }
}

static void test_form(void **state)
{
    struct site *site = *state;
    const struct {
        const char *type, *body, *field;
    } rows[] = {
        {"application/x-www-form-urlencoded", "a=1&field=one+two%21&field=2", "one two!"},
        {"application/x-www-form-urlencoded; charset=utf-8", "field=%C3%A9", "\xc3\xa9"},
        {"APPLICATION/x-www-form-urlencoded", "field=100%&a", "100%"},
        {"application/x-www-form-urlencoded", "fi%65ld=%zz%4", "%zz%4"},
        {"application/x-www-form-urlencoded", "field", ""},
        {"application/x-www-form-urlencoded", "&&field==&&", "="},
        {"application/x-www-form-urlencoded", "other=1", "-"},
        {"text/plain", "field=1", "-"},
    };
    site_serve(site, 0, 0, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client client = {0};
        char text[512];
        char expected[256];
        client_open(&client, site);
        snprintf(text, sizeof text,
                 "POST /f HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                 rows[i].type, strlen(rows[i].body), rows[i].body);
        client_ask(&client, text, 1);
        snprintf(expected, sizeof expected, "POST /f h=- q=- c=- f=%s n=%zu p=127.0.0.1",
                 rows[i].field, strlen(rows[i].body));
        assert_string_equal(site->seen, expected);
        client_close(&client);
    }
}

static void test_answered_later(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    site_serve(site, 1, 0, NULL);
    site->hold = true;
    client_open(&client, site);
    client_say(&client, "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
    assert_true(site_run(site, 3000));
    assert_int_equal(site->held_count, 1);
    client.wanted = 1;
    (void)site_run(site, 1500); /* longer than the idle timeout: waiting for us is not idling */
    assert_int_equal(client_answers(&client), 0);
    assert_false(client.ended);
    rd_http_answer(site->held[0], 201, "text/plain", RD_TEXT("held"), NULL);
    assert_true(site_run(site, 3000));
    assert_non_null(strstr(client.got, "HTTP/1.1 201"));
    assert_non_null(strstr(client.got, "\r\n\r\nheld"));
    client_close(&client);
}

static void test_client_gone_before_the_answer(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    struct client next = {0};
    site_serve(site, 0, 0, NULL);
    site->hold = true;
    client_open(&client, site);
    client_say(&client, "GET /gone HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(site_run(site, 3000));
    assert_int_equal(site->held_count, 1);
    client_close(&client);
    (void)site_run(site, 50);
    rd_http_answer(site->held[0], 200, "text/plain", RD_TEXT("nobody hears this"), NULL);
    (void)site_run(site, 50);
    site->hold = false;
    client_open(&next, site);
    client_ask(&next, "GET /next HTTP/1.1\r\nHost: x\r\n\r\n", 1);
    client_close(&next);
}

static void test_close_answers_503(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    site_serve(site, 0, 0, NULL);
    site->hold = true;
    client_open(&client, site);
    client_say(&client, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
    assert_true(site_run(site, 3000));
    rd_httpd_close(site->httpd, site_on_closed, site);
    rd_httpd_close(site->httpd, site_on_closed, site);
    client.stop_at_end = true;
    assert_true(site_run(site, 3000));
    assert_non_null(strstr(client.got, "HTTP/1.1 503"));
    (void)site_run(site, 100);
    assert_int_equal(site->closed, 1);
    /* The handler keeps its side of the bargain, late: nothing to answer, nothing leaks. */
    assert_true(rd_text_is(rd_http_path(site->held[0]), "/x"));
    assert_false(rd_text_present(rd_http_header(site->held[0], "Host")));
    rd_http_answer(site->held[0], 200, NULL, RD_TEXT("late"), NULL);
    client_close(&client);
}

static void on_request_close(void *context, struct rd_http_request *request)
{
    struct site *site = context;
    rd_httpd_close(site->httpd, site_on_closed, site);
    rd_http_answer(request, 200, "text/plain", RD_TEXT("last one"), NULL);
}

static void test_close_inside_a_handler(void **state)
{
    struct site *site = *state;
    struct client client = {.stop_at_end = true};
    struct rd_errbuf why;
    struct rd_httpd_options options = {
        .address = "127.0.0.1", .body_bytes_max = 10, .handler = on_request_close, .context = site};
    assert_int_equal(rd_httpd_open(&site->loop, &options, &site->httpd, &why), RD_OK);
    client_open(&client, site);
    client_say(&client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(site_run(site, 3000));
    assert_non_null(strstr(client.got, "last one"));
    client_close(&client);
}

static void on_request_bad_header(void *context, struct rd_http_request *request)
{
    (void)context;
    const struct rd_http_header_line headers[] = {{"Location", "/a\r\nX-Evil: 1"}, {NULL, NULL}};
    rd_http_answer(request, 303, NULL, RD_TEXT_NONE, headers);
}

static void test_header_with_a_line_break_is_500(void **state)
{
    struct site *site = *state;
    struct client client = {0};
    struct rd_errbuf why;
    struct rd_httpd_options options = {.address = "127.0.0.1",
                                       .body_bytes_max = 10,
                                       .handler = on_request_bad_header,
                                       .context = site};
    assert_int_equal(rd_httpd_open(&site->loop, &options, &site->httpd, &why), RD_OK);
    client_open(&client, site);
    client_ask(&client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1);
    assert_non_null(strstr(client.got, "HTTP/1.1 500"));
    assert_null(strstr(client.got, "X-Evil"));
    client_close(&client);
}

static void test_open_errors_name_the_address(void **state)
{
    struct site *site = *state;
    struct rd_httpd *second = NULL;
    struct rd_errbuf why;
    site_serve(site, 0, 0, NULL);
    struct rd_httpd_options options = {.address = "127.0.0.1",
                                       .port = rd_httpd_port(site->httpd),
                                       .body_bytes_max = 10,
                                       .handler = site_on_request};
    char expected[64];
    snprintf(expected, sizeof expected, "127.0.0.1:%u: cannot listen: Address already in use",
             options.port);
    assert_int_equal(rd_httpd_open(&site->loop, &options, &second, &why), RD_E_IO);
    assert_memory_equal(why.text, expected, strlen(expected));
    options.address = "localhost:80";
    assert_int_equal(rd_httpd_open(&site->loop, &options, &second, &why), RD_E_INVALID);
    assert_non_null(strstr(why.text, "localhost:80"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(test_one_request),
        SITE_TEST(test_five_pipelined),
        SITE_TEST(test_five_pipelined_answered_later),
        SITE_TEST(test_methods),
        SITE_TEST(test_form),
        SITE_TEST(test_answered_later),
        SITE_TEST(test_client_gone_before_the_answer),
        SITE_TEST(test_close_answers_503),
        SITE_TEST(test_close_inside_a_handler),
        SITE_TEST(test_header_with_a_line_break_is_500),
        SITE_TEST(test_open_errors_name_the_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
