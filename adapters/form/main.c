/* referral-form: the pages of site.c over HTTP, submitting to the router. */
#include "adapters/form/site.h"
#include "adapters/kit/door.h"
#include "adapters/kit/frame.h"
#include "link/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef RD_VERSION
#define RD_VERSION "0.1.0"
#endif

static const char *tls_file;
static const struct rd_frame_option options[] = {
    {"--tls", "FILE", "the certificate of these pages; see adapters/README.md", &tls_file},
    {NULL, NULL, NULL, NULL}};
static const struct rd_frame_program program = {
    .name = "referral-form",
    .purpose = "Self-referral and the call-taker's telephone form, as web pages.",
    .adapter = "form",
    .listen = "127.0.0.1:8082",
    .intake = true,
    .queues = true,
    .options = options,
};

/* About 100 KiB: not for the stack. */
static struct server {
    struct rd_frame frame;
    struct rd_form_site site;
    struct rd_intake *intake;
    struct rd_outbox *outbox;
    struct rd_httpd *httpd;
    struct rd_door *door; /* NULL: plain HTTP */
} server;

static bool router_ready(void *context)
{
    struct server *s = context;
    return rd_intake_not_ready(s->intake, s->frame.feeds_count) == NULL;
}

static enum rd_err router_submit(void *context, const struct rd_submission *submission,
                                 rd_intake_result *done, void *done_context, struct rd_errbuf *why)
{
    struct server *s = context;
    return rd_intake_submit(s->intake, submission, done, done_context, why);
}

static void router_answered(void *context, const struct rd_answered *answered)
{
    struct server *s = context;
    rd_intake_answered(s->intake, answered);
}

static enum rd_err router_ask(void *context, const struct rd_message *message,
                              rd_outbox_answer *answer, void *answer_context)
{
    struct server *s = context;
    return rd_outbox_ask(s->outbox, message, answer, answer_context);
}

static void on_trouble(void *context, const char *words)
{
    (void)context;
    rd_log(RD_LOG_ERROR, "form.router_refused", rd_log_words("words", words));
}

static void on_heard(void *context, const struct rd_message *message)
{
    (void)context; /* no queue is watched: the outbox is for questions only */
    (void)message;
}

static struct rd_text posted(void *context, const char *name)
{
    return rd_http_form(context, name);
}

static void answer(void *context, unsigned status, const char *content_type, struct rd_text body,
                   const struct rd_http_header_line *headers)
{
    rd_http_answer(context, status, content_type, body, headers);
}

/* Behind a proxy on this machine the address is what the proxy wrote last. */
static struct rd_text address_of(struct rd_http_request *request)
{
    struct rd_text peer = rd_http_peer(request);
    struct rd_text forwarded = rd_http_header(request, "X-Forwarded-For");
    bool local = rd_text_is(peer, "127.0.0.1") || rd_text_is(peer, "::1") ||
                 rd_text_is(peer, "::ffff:127.0.0.1");
    if (!local || forwarded.len == 0)
        return peer;
    size_t start = 0;
    for (size_t comma; (comma = rd_text_find(forwarded, ',', start)) < forwarded.len;)
        start = comma + 1;
    return rd_text_trim(rd_text_slice(forwarded, start, forwarded.len));
}

/* With an authority in the TLS file only its certificates come in; with partners in it, each to the
 * form of its feeds. */
static bool may_come_in(const struct server *s, struct rd_http_request *request)
{
    char name[RD_TLS_NAME_MAX] = "";
    bool shown = s->door != NULL && rd_http_peer_name(request, name);
    struct rd_text path = rd_http_path(request), peer = shown ? rd_text_of(name) : RD_TEXT_NONE;
    const struct rd_feed *feed = rd_text_starts(path, "/telephone") ? s->site.telephone
                                 : rd_text_is(path, "/self")        ? s->site.self
                                                                    : NULL;
    if (s->door == NULL || !rd_tls_asks(rd_door_tls(s->door)))
        return true;
    return shown && (feed == NULL || rd_door_allows(s->door, peer, feed->name));
}

static void on_request(void *context, struct rd_http_request *request)
{
    struct server *s = context;
    if (!may_come_in(s, request)) {
        rd_http_answer(request, 403, "text/plain; charset=utf-8",
                       RD_TEXT("This page asks for a certificate that may use it: ring whoever "
                               "looks after this service.\n"),
                       NULL);
        return;
    }
    const struct rd_form_request asked = {.method = rd_http_method(request),
                                          .path = rd_http_path(request),
                                          .address = address_of(request),
                                          .fetch_site = rd_http_header(request, "Sec-Fetch-Site"),
                                          .secure = rd_http_secure(request),
                                          .context = request,
                                          .posted = posted,
                                          .answer = answer};
    rd_form_site_handle(&s->site, &asked);
}

static enum rd_err open_router(struct server *s, struct rd_errbuf *why)
{
    const struct rd_intake_options intake = {.router = s->frame.intake,
                                             .router_public = s->frame.router_public,
                                             .own = &s->frame.own,
                                             .program = program.name,
                                             .version = RD_VERSION,
                                             .trouble = on_trouble};
    const struct rd_outbox_options outbox = {.router = s->frame.queues,
                                             .router_public = s->frame.router_public,
                                             .own = &s->frame.own,
                                             .program = program.name,
                                             .version = RD_VERSION,
                                             .heard = on_heard};
    enum rd_err err = rd_intake_open(&s->frame.loop, s->frame.zcontext, &intake, &s->intake, why);
    if (err == RD_OK)
        err = rd_outbox_open(&s->frame.loop, s->frame.zcontext, &outbox, &s->outbox, why);
    return err;
}

static enum rd_err open_all(struct server *s, struct rd_errbuf *why)
{
    struct rd_httpd_options http = {.address = s->frame.listen_address,
                                    .port = s->frame.listen_port,
                                    .body_bytes_max = FORM_BODY_BYTES_MAX,
                                    .handler = on_request,
                                    .context = s};
    enum rd_err err =
        rd_form_site_init(&s->site, s->frame.place, s->frame.feeds, s->frame.feeds_count,
                          rd_text_of(s->frame.own.secret_z85), why);
    if (err != RD_OK)
        return err;
    s->site.now = rd_frame_now;
    s->site.rules = s->frame.rules;
    s->site.router = (struct rd_form_router){.context = s,
                                             .ready = router_ready,
                                             .submit = router_submit,
                                             .ask = router_ask,
                                             .answered = router_answered};
    if (tls_file != NULL)
        err = rd_door_read(tls_file, &s->frame, &s->door, why);
    http.tls = rd_door_tls(s->door);
    if (err == RD_OK && s->door != NULL)
        rd_door_watch(s->door, &s->frame);
    if (err == RD_OK)
        err = open_router(s, why);
    return err == RD_OK ? rd_httpd_open(&s->frame.loop, &http, &s->httpd, why) : err;
}

/* The router's side first: whoever still waits for it is answered by our own pages. */
static void stop(void *context)
{
    struct server *s = context;
    if (s->intake != NULL)
        rd_intake_close(s->intake, NULL, NULL);
    if (s->outbox != NULL)
        rd_outbox_close(s->outbox, NULL, NULL);
    if (s->httpd != NULL)
        rd_httpd_close(s->httpd, NULL, NULL);
    rd_door_close(s->door);
    s->intake = NULL;
    s->outbox = NULL;
    s->httpd = NULL;
}

int main(int argc, char **argv)
{
    struct rd_errbuf why = {""};
    if (!rd_frame_start(&server.frame, &program, argc, argv))
        return server.frame.exit_code;
    enum rd_err err = open_all(&server, &why);
    if (err == RD_OK)
        rd_log(RD_LOG_NOTICE, "form.open",
               rd_log_name("address", rd_text_of(server.frame.listen_address)),
               rd_log_number("port", rd_httpd_port(server.httpd)),
               rd_log_number("tls", server.door != NULL),
               rd_log_number("self", server.site.self != NULL),
               rd_log_number("telephone", server.site.telephone != NULL));
    else
        (void)fprintf(stderr, "%s: %s\n", program.name, why.text);
    if (err != RD_OK) {
        /* Opened handles are closed by the loop before the process ends. */
        server.frame.exit_code = RD_FRAME_FAILED;
        stop(&server);
        (void)uv_run(&server.frame.loop, UV_RUN_DEFAULT);
        rd_door_free(server.door);
        return RD_FRAME_FAILED;
    }
    int code = rd_frame_run(&server.frame, stop, &server);
    rd_door_free(server.door);
    return code;
}
