#include "http_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_watchdog(uv_timer_t *timer)
{
    struct site *site = timer->data;
    site->late = true;
    uv_stop(&site->loop);
}

bool site_run(struct site *site, unsigned ms)
{
    uint64_t until = uv_hrtime() + (uint64_t)ms * 1000000;
    site->late = false;
    uv_update_time(&site->loop);
    assert_int_equal(uv_timer_start(&site->watchdog, on_watchdog, ms, 0), 0);
    uv_run(&site->loop, UV_RUN_DEFAULT);
    uv_timer_stop(&site->watchdog);
    return !site->late && uv_hrtime() < until;
}

static struct rd_text shown(struct rd_text text)
{
    return rd_text_present(text) ? text : RD_TEXT("-");
}

void site_on_request(void *context, struct rd_http_request *request)
{
    struct site *site = context;
    site->calls++;
    snprintf(site->seen, sizeof site->seen, "%s %.*s h=%.*s q=%.*s c=%.*s f=%.*s n=%zu p=%.*s",
             rd_http_method_name(request), RD_TEXT_ARG(rd_http_path(request)),
             RD_TEXT_ARG(shown(rd_http_header(request, "x-thing"))),
             RD_TEXT_ARG(shown(rd_http_query(request, "q"))),
             RD_TEXT_ARG(shown(rd_http_cookie(request, "session"))),
             RD_TEXT_ARG(shown(rd_http_form(request, "field"))), rd_http_body(request).len,
             RD_TEXT_ARG(rd_http_peer(request)));
    if (site->hold) {
        assert_in_range(site->held_count, 0, HELD_MAX - 1);
        site->held[site->held_count++] = request;
        uv_stop(&site->loop);
        return;
    }
    const struct rd_http_header_line headers[] = {{"X-Path", rd_http_path(request).ptr},
                                                  {NULL, NULL}};
    rd_http_answer(request, 200, "text/plain", rd_http_path(request), headers);
}

void site_on_too_large(void *context, struct rd_http_request *request)
{
    struct site *site = context;
    site->too_large_calls++;
    rd_http_answer(request, 413, "text/plain", RD_TEXT("ours: too large"), NULL);
}

int site_setup(void **state)
{
    struct site *site = calloc(1, sizeof *site);
    assert_non_null(site);
    signal(SIGPIPE, SIG_IGN); /* of the clients' writes to a connection that the server cut */
    assert_int_equal(uv_loop_init(&site->loop), 0);
    assert_int_equal(uv_timer_init(&site->loop, &site->watchdog), 0);
    site->watchdog.data = site;
    *state = site;
    return 0;
}

void site_on_closed(void *context)
{
    struct site *site = context;
    site->closed++;
    site->httpd = NULL;
}

int site_teardown(void **state)
{
    struct site *site = *state;
    rd_httpd_close(site->httpd, site_on_closed, site);
    uv_unref((uv_handle_t *)&site->watchdog);
    if (!site_run(site, 5000)) {
        print_error("handles were left open\n");
        return -1;
    }
    assert_null(site->httpd);
    uv_close((uv_handle_t *)&site->watchdog, NULL);
    uv_run(&site->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&site->loop), 0);
    free(site);
    return 0;
}

void site_serve(struct site *site, unsigned timeout_s, unsigned connections,
                rd_http_handler *too_large)
{
    struct rd_errbuf why = {{0}};
    struct rd_httpd_options options = {.address = "127.0.0.1",
                                       .body_bytes_max = BODY_MAX,
                                       .connections_max = connections,
                                       .timeout_s = timeout_s,
                                       .handler = site_on_request,
                                       .too_large = too_large,
                                       .context = site};
    if (rd_httpd_open(&site->loop, &options, &site->httpd, &why) != RD_OK)
        fail_msg("%s", why.text);
}

unsigned client_answers(const struct client *client)
{
    unsigned count = 0;
    for (const char *at = client->got; at != NULL; count++) {
        at = strstr(at, "HTTP/1.1 ");
        if (at == NULL)
            break;
        at++;
    }
    return count;
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct client *client = handle->data;
    (void)size;
    if (client->cap < client->len + 65536) {
        client->cap = client->len + 65536;
        client->got = realloc(client->got, client->cap + 1);
        assert_non_null(client->got);
    }
    *buf = uv_buf_init(client->got + client->len, (unsigned)(client->cap - client->len));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct client *client = stream->data;
    (void)buf;
    if (count < 0) {
        client->ended = true;
        uv_read_stop(stream);
        if (client->stop_at_end)
            uv_stop(&client->site->loop);
        return;
    }
    client->len += (size_t)count;
    client->got[client->len] = '\0';
    if (client->wanted > 0 && client_answers(client) >= client->wanted)
        uv_stop(&client->site->loop);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct client *client = request->data;
    assert_int_equal(status, 0);
    client->open = true;
    assert_int_equal(uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read), 0);
    uv_stop(&client->site->loop);
}

void client_open(struct client *client, struct site *site)
{
    struct sockaddr_in address;
    client->site = site;
    client->got = calloc(1, 1);
    assert_int_equal(uv_ip4_addr("127.0.0.1", rd_httpd_port(site->httpd), &address), 0);
    assert_int_equal(uv_tcp_init(&site->loop, &client->tcp), 0);
    client->tcp.data = client->connect.data = client;
    assert_int_equal(uv_tcp_connect(&client->connect, &client->tcp,
                                    (const struct sockaddr *)&address, on_connected),
                     0);
    assert_true(site_run(site, 3000));
}

void client_close(struct client *client)
{
    uv_close((uv_handle_t *)&client->tcp, NULL);
    (void)site_run(client->site, 20);
    free(client->got);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* the server may have closed: what it said is what counts */
    free(request->data);
    free(request);
}

void client_send(struct client *client, const char *bytes, size_t len)
{
    uv_write_t *request = calloc(1, sizeof *request);
    char *copy = malloc(len);
    assert_non_null(request);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    request->data = copy;
    uv_buf_t buf = uv_buf_init(copy, (unsigned)len);
    assert_int_equal(uv_write(request, (uv_stream_t *)&client->tcp, &buf, 1, on_written), 0);
}

void client_say(struct client *client, const char *text)
{
    client_send(client, text, strlen(text));
}

/* Says it and waits for `count` client_answers in all. */
void client_ask(struct client *client, const char *text, unsigned count)
{
    client->wanted = count;
    client_say(client, text);
    if (!site_run(client->site, 3000))
        fail_msg("%u of %u client_answers: %s", client_answers(client), count, client->got);
}
