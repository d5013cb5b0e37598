#include "shell/router.h"

#include "web/metrics.h"
#include "web/page.h"

enum { STATUS_ARENA_BYTES_MAX = 4 * 1024 * 1024, OPS_BODY_BYTES_MAX = 1024 };

const char *rd_router_not_ready(const struct rd_router *router)
{
    if (!router->ready)
        return "starting";
    if (router->draining)
        return "draining: intake answers busy";
    if (router->clock.behind)
        return "the machine's clock is behind the ledger's last entry";
    if (router->counts.disk_free_bytes < RD_DISK_RESERVE_BYTES)
        return "the disk of the state directory is full but for the reserve";
    if (rd_router_is_full(router))
        return "the disk does not keep up";
    return NULL;
}

void rd_router_complete_status(struct rd_router *router, struct rd_status *status)
{
    status->durable_entry = rd_gate_durable(router->gate);
    status->started_at = router->started_at;
    status->ready = rd_router_not_ready(router) == NULL;
    status->draining = router->draining;
    status->version = rd_text_of(RD_VERSION);
    status->rules_refused = router->counts.rules_refused;
    status->shadow_compared = router->shadow.compared;
    status->shadow_differing = router->shadow.differing;
    if (router->shadow.rules != NULL)
        status->shadow_rules_hash = rd_rules_place(router->shadow.rules)->hash;
    if (router->rules_refused_words[0] != '\0')
        status->rules_refused_words = rd_text_of(router->rules_refused_words);
    rd_checker_words(router->checker, router->checking_words);
    if (router->checking_words[0] != '\0')
        status->rules_checking = rd_text_of(router->checking_words);
}

enum rd_err rd_router_status(struct rd_router *router, struct rd_arena *memory,
                             struct rd_status *out)
{
    enum rd_err err = rd_core_status(router->core, rd_router_now(router), memory, out);
    if (err == RD_OK)
        rd_router_complete_status(router, out);
    return err;
}

static void view_of(struct rd_router *router, const struct rd_status *status,
                    struct rd_ops_view *out)
{
    struct rd_alarm_counts alarms;
    rd_alarms_count(router->alarms, &alarms);
    *out = router->counts;
    out->status = status;
    out->not_ready = rd_router_not_ready(router);
    out->gate_held = rd_gate_held(router->gate);
    out->entries_waiting = router->last_submitted - rd_gate_durable(router->gate);
    out->bodies_waiting = rd_reader_waiting(router->reader);
    out->clock_drift_us = router->clock.drift;
    out->clock_jumped = router->clock.jumped;
    out->clock_behind = router->clock.behind;
    out->peers = router->peers.count;
    out->alarm_runs = alarms.runs;
    out->alarm_failures = alarms.failures;
    out->alarm_missed = alarms.missed;
}

/* Nothing is fetched from elsewhere, nothing is framed, nothing is kept. */
static const struct rd_http_header_line headers[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {NULL, NULL}};

static void answer_text(struct rd_http_request *request, unsigned status, const char *words)
{
    char text[512];
    int len = snprintf(text, sizeof text, "%s\n", words);
    struct rd_text body = {text, len < (int)sizeof text ? (size_t)len : sizeof text - 1};
    rd_http_answer(request, status, "text/plain; charset=utf-8", body, headers);
}

static void answer_view(struct rd_router *router, struct rd_http_request *request,
                        void (*write)(const struct rd_ops_view *view, struct rd_buf *out),
                        const char *content_type)
{
    struct rd_arena memory;
    struct rd_status status;
    struct rd_ops_view view;
    struct rd_buf out;
    rd_arena_init(&memory, router->alloc, STATUS_ARENA_BYTES_MAX);
    rd_buf_init(&out, router->alloc);
    enum rd_err err = rd_router_status(router, &memory, &status);
    if (err == RD_OK) {
        view_of(router, &status, &view);
        write(&view, &out);
    }
    if (err != RD_OK || out.failed)
        answer_text(request, 503, "no memory for the status; ask again");
    else
        rd_http_answer(request, 200, content_type, rd_buf_text(&out), headers);
    rd_buf_fini(&out);
    rd_arena_fini(&memory);
}

static void page(struct rd_router *router, struct rd_http_request *request)
{
    answer_view(router, request, rd_page_write, "text/html; charset=utf-8");
}

static void metrics(struct rd_router *router, struct rd_http_request *request)
{
    answer_view(router, request, rd_metrics_write, "text/plain; version=0.0.4; charset=utf-8");
}

static void style(struct rd_router *router, struct rd_http_request *request)
{
    (void)router; /* the same for every router */
    rd_http_answer(request, 200, "text/css; charset=utf-8", rd_text_of(rd_page_style), headers);
}

static void livez(struct rd_router *router, struct rd_http_request *request)
{
    (void)router; /* the loop answers: it lives */
    answer_text(request, 200, "alive");
}

static void readyz(struct rd_router *router, struct rd_http_request *request)
{
    const char *why = rd_router_not_ready(router);
    answer_text(request, why == NULL ? 200 : 503, why == NULL ? "ready" : why);
}

static const struct {
    const char *path;
    void (*answer)(struct rd_router *router, struct rd_http_request *request);
} routes[] = {{"/", page},
              {"/metrics", metrics},
              {"/style.css", style},
              {"/livez", livez},
              {"/readyz", readyz}};

static void on_request(void *context, struct rd_http_request *request)
{
    struct rd_router *router = context;
    enum rd_http_method method = rd_http_method(request);
    if (method != RD_HTTP_GET && method != RD_HTTP_HEAD) {
        answer_text(request, 405, "only GET and HEAD: this page shows, it changes nothing");
        return;
    }
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (rd_text_is(rd_http_path(request), routes[i].path)) {
            routes[i].answer(router, request);
            return;
        }
    }
    answer_text(request, 404, "nothing here; there is /, /metrics, /livez and /readyz");
}

enum rd_err rd_router_open_ops(struct rd_router *router, struct rd_errbuf *why)
{
    unsigned port = 0;
    enum rd_err err = rd_options_split_ops(router->options->ops, router->ops_address, &port, why);
    if (err != RD_OK)
        return err;
    struct rd_httpd_options options = {
        .address = router->ops_address,
        .port = (uint16_t)port,
        .body_bytes_max = OPS_BODY_BYTES_MAX,
        .handler = on_request,
        .context = router,
    };
    return rd_httpd_open(router->loop, &options, &router->httpd, why);
}
