#include "adapters/form/site.h"

#include "adapters/form/style.h"
#include "adapters/form/work.h"

#include <stdio.h>
#include <stdlib.h>

static const char html_type[] = "text/html; charset=utf-8";
static const char policy[] =
    "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";
/* The call-taker's page has a script, of our own. */
static const char call_policy[] =
    "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

enum { HEADERS_MAX = 8 };

/* What every answer carries. `cache`: how long it may be kept. */
static void collect_headers(const struct rd_form_request *request, const char *cache,
                            unsigned status, struct rd_http_header_line out[HEADERS_MAX])
{
    size_t count = 0;
    out[count++] = (struct rd_http_header_line){"Cache-Control", cache};
    out[count++] = (struct rd_http_header_line){
        "Content-Security-Policy", rd_text_is(request->path, "/telephone") ? call_policy : policy};
    out[count++] = (struct rd_http_header_line){"Referrer-Policy", "no-referrer"};
    out[count++] = (struct rd_http_header_line){"X-Content-Type-Options", "nosniff"};
    out[count++] = (struct rd_http_header_line){"X-Frame-Options", "DENY"};
    if (request->secure)
        out[count++] =
            (struct rd_http_header_line){"Strict-Transport-Security", "max-age=31536000"};
    if (status == 429 || status == 503)
        out[count++] = (struct rd_http_header_line){"Retry-After", "30"};
    out[count] = (struct rd_http_header_line){NULL, NULL};
}

static void give(const struct rd_form_request *request, unsigned status, const char *type,
                 struct rd_text body, const char *cache)
{
    struct rd_http_header_line headers[HEADERS_MAX];
    collect_headers(request, cache, status, headers);
    request->answer(request->context, status, type, body, headers);
}

enum rd_err rd_form_site_init(struct rd_form_site *site, const struct rd_place *place,
                              const struct rd_feed *const *feeds, size_t feeds_count,
                              struct rd_text seed, struct rd_errbuf *why)
{
    *site = (struct rd_form_site){.place = place, .zone = rd_zone_find(place->timezone)};
    if (site->zone == NULL)
        return rd_fail(why, RD_E_INVALID,
                       "place.yaml: timezone: expected UTC or Europe/London, found %.*s",
                       RD_TEXT_ARG(place->timezone));
    for (size_t i = 0; i < feeds_count; i++) {
        if (!rd_text_is(feeds[i]->adapter, "form"))
            return rd_fail(why, RD_E_INVALID,
                           "feeds.yaml: %.*s is of the adapter %.*s; this program serves those of "
                           "the adapter form",
                           RD_TEXT_ARG(feeds[i]->name), RD_TEXT_ARG(feeds[i]->adapter));
        bool call = rd_text_is(feeds[i]->source, "telephone");
        const struct rd_feed **served = call ? &site->telephone : &site->self;
        if (*served != NULL)
            return rd_fail(why, RD_E_INVALID,
                           "feeds.yaml: %.*s and %.*s are both %s: this program serves one of "
                           "each; name it with --feed",
                           RD_TEXT_ARG((*served)->name), RD_TEXT_ARG(feeds[i]->name),
                           call ? "telephone forms" : "self-referral forms");
        *served = feeds[i];
    }
    rd_form_state_key(seed, site->key);
    rd_form_limiter_init(&site->limiter);
    return RD_OK;
}

struct rd_text rd_form_posted_text(struct rd_form_work *work, const char *name)
{
    return work->request.posted(work->request.context, name);
}

/* The ledger keeps the page beside what was sent. */
static void tell(const struct rd_form_work *work, unsigned status, struct rd_text body)
{
    char code[16];
    const struct rd_form_router *router = &work->site->router;
    (void)snprintf(code, sizeof code, "%u", status);
    const struct rd_answered answered = {.correlation = work->answers,
                                         .told = RD_TOLD_WRITTEN,
                                         .code = rd_text_of(code),
                                         .bytes = body};
    if (work->answers != 0 && router->answered != NULL)
        router->answered(router->context, &answered);
}

void rd_form_work_reply(struct rd_form_work *work, unsigned status)
{
    struct rd_text body = rd_buf_text(&work->out);
    if (work->out.failed) {
        status = 500;
        body = RD_TEXT("This page could not be made. Nothing was sent. Please ring us.");
    }
    give(&work->request, status, work->out.failed ? "text/plain; charset=utf-8" : html_type, body,
         "no-store");
    tell(work, status, body);
    rd_buf_fini(&work->out);
    rd_arena_fini(&work->arena);
    free(work);
}

struct rd_form_view rd_form_view_of(struct rd_form_work *work)
{
    struct rd_form_view view = {.out = &work->out,
                                .place = work->site->place,
                                .state = &work->state,
                                .errors = &work->errors,
                                .notice = work->notice,
                                .desk = work->feed != NULL && work->feed == work->site->telephone,
                                .test = work->feed != NULL &&
                                        work->feed->environment == RD_ENVIRONMENT_TEST};
    struct rd_buf sealed;
    rd_buf_init(&sealed, rd_alloc_heap());
    if (work->state.kind != 0 &&
        (rd_form_state_seal(&work->state, work->site->key, &work->arena, &sealed) != RD_OK ||
         !rd_arena_copy(&work->arena, rd_buf_text(&sealed), &view.sealed)))
        work->out.failed = true;
    rd_buf_fini(&sealed);
    work->site->counts[FORM_COUNT_PAGES]++;
    return view;
}

bool rd_form_work_open(struct rd_form_work *work, enum rd_form_kind kind, const char *start)
{
    if (rd_form_state_open(rd_form_posted_text(work, "state"), work->site->key, kind,
                           work->moment.now, &work->arena, &work->state) == RD_OK)
        return true;
    work->site->counts[FORM_COUNT_UNSEALED]++;
    work->state = (struct rd_form_state){.kind = 0};
    rd_form_show_simple(work, 400, "Please start again",
                        "This page was open for too long, or did not come from here. Nothing was "
                        "sent from it.",
                        start, "Start again");
    return false;
}

bool rd_form_work_take(struct rd_form_work *work, const enum rd_form_field_id *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rd_form_take(&work->state, fields[i], work->request.posted, work->request.context,
                         &work->arena) == RD_OK)
            continue;
        work->state = (struct rd_form_state){.kind = 0};
        rd_form_show_simple(work, 413, "That was too much at once",
                            "Nothing was sent. Go back, shorten what you wrote, and try again.",
                            "/", "Start again");
        return false;
    }
    return true;
}

bool rd_form_work_within(struct rd_form_work *work, enum rd_form_limit limit)
{
    if (rd_form_limiter_take(&work->site->limiter, limit, work->request.address, work->moment.now))
        return true;
    work->site->counts[FORM_COUNT_LIMITED]++;
    work->notice = FORM_NOTICE_LIMITED;
    return false;
}

bool rd_form_work_trapped(struct rd_form_work *work)
{
    if (rd_form_posted_text(work, rd_form_trap_name).len == 0)
        return false;
    work->site->counts[FORM_COUNT_TRAPPED]++;
    work->notice = FORM_NOTICE_TRAP;
    return true;
}

static void answer_text(struct rd_form_work *work, unsigned status, const char *type,
                        struct rd_text body, const char *cache)
{
    give(&work->request, status, type, body, cache);
    rd_buf_fini(&work->out);
    rd_arena_fini(&work->arena);
    free(work);
}

static void serve_style(struct rd_form_work *work)
{
    struct rd_text style = {(const char *)rd_form_style_bytes, rd_form_style_len};
    answer_text(work, 200, "text/css; charset=utf-8", style, "max-age=3600");
}

static void serve_script(struct rd_form_work *work)
{
    struct rd_text script = {(const char *)rd_form_hint_bytes, rd_form_hint_len};
    answer_text(work, 200, "text/javascript; charset=utf-8", script, "max-age=3600");
}

void rd_form_work_say(struct rd_form_work *work, unsigned status)
{
    answer_text(work, work->out.failed ? 500 : status, "text/plain; charset=utf-8",
                rd_buf_text(&work->out), "no-store");
}

static void serve_live(struct rd_form_work *work)
{
    answer_text(work, 200, "text/plain; charset=utf-8", RD_TEXT("ok\n"), "no-store");
}

static void serve_ready(struct rd_form_work *work)
{
    bool ready = work->site->router.ready(work->site->router.context);
    answer_text(work, ready ? 200 : 503, "text/plain; charset=utf-8",
                ready ? RD_TEXT("ok\n")
                      : RD_TEXT("the router is away or busy, or refuses what is sent\n"),
                "no-store");
}

static void serve_metrics(struct rd_form_work *work)
{
    rd_form_metrics(work->site, &work->out);
    answer_text(work, work->out.failed ? 500 : 200, "text/plain; version=0.0.4; charset=utf-8",
                rd_buf_text(&work->out), "no-store");
}

static const struct {
    const char *path;
    void (*serve)(struct rd_form_work *work);
    bool posts, page;
} routes[] = {
    {"/", rd_form_show_home, false, true},
    {"/self", rd_form_self, true, true},
    {"/telephone", rd_form_telephone, true, true},
    {"/status", rd_form_status, true, true},
    {"/telephone/hint", rd_form_telephone_hint, true, false},
    {"/telephone.js", serve_script, false, false},
    {"/style.css", serve_style, false, false},
    {"/livez", serve_live, false, false},
    {"/readyz", serve_ready, false, false},
    {"/metrics", serve_metrics, false, false},
};

/* The seal is made by us, but whoever reads the public page has one too: a browser that says where
 * a form came from is believed. */
static bool is_foreign(const struct rd_form_request *request)
{
    return rd_text_is(request->fetch_site, "cross-site") ||
           rd_text_is(request->fetch_site, "same-site");
}

static void dispatch(struct rd_form_work *work)
{
    bool post = work->request.method == RD_HTTP_POST;
    bool get = work->request.method == RD_HTTP_GET || work->request.method == RD_HTTP_HEAD;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!rd_text_is(work->request.path, routes[i].path))
            continue;
        if (!get && !(post && routes[i].posts)) {
            rd_form_show_simple(work, 405, "This cannot be done here", "Nothing was sent.", "/",
                                "Go to the start");
            return;
        }
        /* What somebody typed is never thrown away for the limit of pages: only sending is. */
        if (routes[i].page && get && !rd_form_work_within(work, FORM_LIMIT_PAGES)) {
            rd_form_show_simple(work, 429, "Please wait a minute",
                                "Too many pages were asked for from your network.", "/",
                                "Try again");
            return;
        }
        if (post && is_foreign(&work->request)) {
            work->site->counts[FORM_COUNT_FOREIGN]++;
            rd_form_show_simple(work, 403, "That did not come from our page",
                                "Another site tried to send something from your browser. Nothing "
                                "was sent.",
                                "/", "Go to the start");
            return;
        }
        routes[i].serve(work);
        return;
    }
    rd_form_show_simple(work, 404, "There is no such page", "Check the address.", "/",
                        "Go to the start");
}

void rd_form_site_handle(struct rd_form_site *site, const struct rd_form_request *request)
{
    struct rd_form_work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        give(request, 503, "text/plain; charset=utf-8",
             RD_TEXT("Nothing was sent. Please try again, or ring us."), "no-store");
        return;
    }
    work->site = site;
    work->request = *request;
    work->moment = (struct rd_form_moment){.zone = site->zone, .now = site->now()};
    rd_arena_init(&work->arena, rd_alloc_heap(), FORM_WORK_BYTES_MAX);
    rd_buf_init(&work->out, rd_alloc_heap());
    dispatch(work);
}
