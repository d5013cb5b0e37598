/* An HTTP server and raw clients in one loop, for the tests of httpd. Every test ends with an empty
 * loop. Loop thread only. */
#ifndef RD_TEST_HTTP_FIXTURE_H
#define RD_TEST_HTTP_FIXTURE_H

#include "link/httpd.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

enum { HELD_MAX = 32, BODY_MAX = 4096 };

struct site {
    uv_loop_t loop;
    uv_timer_t watchdog;
    bool late;
    struct rd_httpd *httpd;
    unsigned calls;
    unsigned too_large_calls;
    unsigned closed;
    bool hold; /* the handler keeps requests instead of answering */
    struct rd_http_request *held[HELD_MAX];
    size_t held_count;
    char seen[512]; /* what the handler was asked to look up */
};

struct client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct site *site;
    char *got;
    size_t len;
    size_t cap;
    unsigned wanted; /* stops the loop at so many answers */
    bool stop_at_end;
    bool ended;
    bool open;
};

int site_setup(void **state);
int site_teardown(void **state);
/* Runs the loop until somebody stops it; false when that took longer than `ms`. */
bool site_run(struct site *site, unsigned ms);
void site_serve(struct site *site, unsigned timeout_s, unsigned connections,
                rd_http_handler *too_large);
void site_on_closed(void *context);
void site_on_request(void *context, struct rd_http_request *request);
void site_on_too_large(void *context, struct rd_http_request *request);

void client_open(struct client *client, struct site *site);
void client_close(struct client *client);
void client_send(struct client *client, const char *bytes, size_t len);
void client_say(struct client *client, const char *text);
/* Says it and waits for `count` answers in all. */
void client_ask(struct client *client, const char *text, unsigned count);
/* How many answers came so far. */
unsigned client_answers(const struct client *client);

#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_setup, site_teardown)

#endif
