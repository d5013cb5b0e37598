/* Routes, and what every answer carries. */
#include "adapters/worklist/web.h"

#include "adapters/worklist/pack.h"

#include <stdio.h>

static const struct rd_http_header_line always[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
     "frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
};
enum { ALWAYS_COUNT = sizeof always / sizeof always[0], EXTRA_MAX = 4, TLS_ONLY = 1 };
enum { HEADERS_MAX = ALWAYS_COUNT + TLS_ONLY + EXTRA_MAX + 1 };

bool worklist_secure(const struct rd_http_request *request)
{
    return rd_http_secure(request) ||
           rd_text_is(rd_http_header(request, "X-Forwarded-Proto"), "https");
}

struct rd_text worklist_peer(const struct rd_http_request *request)
{
    struct rd_text peer = rd_http_peer(request);
    struct rd_text forwarded = rd_http_header(request, "X-Forwarded-For");
    bool local = rd_text_is(peer, "127.0.0.1") || rd_text_is(peer, "::1") ||
                 rd_text_is(peer, "::ffff:127.0.0.1");
    size_t start = 0;
    if (!local || forwarded.len == 0)
        return peer;
    for (size_t comma; (comma = rd_text_find(forwarded, ',', start)) < forwarded.len;)
        start = comma + 1;
    return rd_text_trim(rd_text_slice(forwarded, start, forwarded.len));
}

static void collect_headers(const struct rd_http_request *request,
                            const struct rd_http_header_line *extra,
                            struct rd_http_header_line headers[HEADERS_MAX])
{
    size_t count = 0;
    for (; count < ALWAYS_COUNT; count++)
        headers[count] = always[count];
    if (worklist_secure(request))
        headers[count++] =
            (struct rd_http_header_line){"Strict-Transport-Security", "max-age=31536000"};
    for (; extra != NULL && extra->name != NULL && count < HEADERS_MAX - 1; extra++)
        headers[count++] = *extra;
    headers[count] = (struct rd_http_header_line){NULL, NULL};
}

void worklist_answer(struct rd_http_request *request, unsigned status, struct rd_buf *out,
                     const struct rd_http_header_line *extra)
{
    struct rd_http_header_line headers[HEADERS_MAX];
    collect_headers(request, extra, headers);
    if (out->failed)
        rd_http_answer(request, 500, "text/plain; charset=utf-8",
                       RD_TEXT("Out of memory: load the page again.\n"), headers);
    else
        rd_http_answer(request, status, "text/html; charset=utf-8", rd_buf_text(out), headers);
    rd_buf_fini(out);
}

void worklist_go(struct rd_http_request *request, const char *path, const char *cookie)
{
    struct rd_buf none;
    rd_buf_init(&none, rd_alloc_heap());
    const struct rd_http_header_line extra[] = {
        {"Location", path}, {cookie == NULL ? NULL : "Set-Cookie", cookie}, {NULL, NULL}};
    worklist_answer(request, 303, &none, extra);
}

struct worklist_view worklist_view_of(const struct worklist *worklist,
                                      struct worklist_session *session)
{
    return (struct worklist_view){
        .place = worklist->place,
        .zone = worklist->zone,
        .staff = &worklist->staff,
        .queues = &worklist->queues,
        .session = session,
        .now = worklist->now(),
        .pack_trouble = worklist->pack == NULL ? NULL : worklist_pack_trouble(worklist->pack)};
}

struct worklist_session *worklist_who(struct worklist *worklist,
                                      const struct rd_http_request *request)
{
    return worklist_session_find(&worklist->sessions, rd_http_cookie(request, WORKLIST_COOKIE),
                                 worklist->now());
}

void worklist_answer_words(struct worklist *worklist, struct worklist_session *session,
                           struct rd_http_request *request, unsigned status, const char *title,
                           const char *words)
{
    struct rd_buf out;
    const struct worklist_view view = worklist_view_of(worklist, session);
    rd_buf_init(&out, rd_alloc_heap());
    worklist_page_words(&out, &view, title, words);
    worklist_answer(request, status, &out, NULL);
}

static void show_list(struct worklist *worklist, struct worklist_session *session,
                      struct rd_http_request *request)
{
    struct rd_buf out;
    char refresh[8];
    const struct worklist_view view = worklist_view_of(worklist, session);
    rd_buf_init(&out, rd_alloc_heap());
    worklist_page_list(&out, &view, rd_http_query(request, "team"));
    (void)snprintf(refresh, sizeof refresh, "%d", WORKLIST_REFRESH_S);
    const struct rd_http_header_line extra[] = {{session->still ? NULL : "Refresh", refresh},
                                                {NULL, NULL}};
    worklist_answer(request, 200, &out, extra);
}

static void show_style(struct rd_http_request *request)
{
    struct rd_http_header_line headers[HEADERS_MAX];
    struct rd_buf out;
    rd_buf_init(&out, rd_alloc_heap());
    for (const char *const *part = worklist_style; *part != NULL; part++)
        rd_buf_put_string(&out, *part);
    collect_headers(request, NULL, headers);
    rd_http_answer(request, out.failed ? 500 : 200, "text/css; charset=utf-8",
                   out.failed ? RD_TEXT("") : rd_buf_text(&out), headers);
    rd_buf_fini(&out);
}

bool worklist_is_target(struct rd_text text)
{
    if (text.len == 0 || text.len >= WORKLIST_TARGET_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
            return false;
    }
    return true;
}

/* "/item/7K3Q9-M2X4T.1/claim": the two parts behind `prefix`. */
static bool split(struct rd_text path, const char *prefix, struct rd_text *target,
                  struct rd_text *action)
{
    if (!rd_text_starts(path, prefix))
        return false;
    struct rd_text rest = rd_text_slice(path, rd_text_of(prefix).len, path.len);
    size_t slash = rd_text_find(rest, '/', 0);
    *target = rd_text_slice(rest, 0, slash);
    *action = slash < rest.len ? rd_text_slice(rest, slash + 1, rest.len) : RD_TEXT("");
    return worklist_is_target(*target);
}

static void not_found(struct worklist *worklist, struct worklist_session *session,
                      struct rd_http_request *request)
{
    worklist_answer_words(worklist, session, request, 404, "Not found", "There is no such page.");
}

static void handle_get(struct worklist *worklist, struct worklist_session *session,
                       struct rd_http_request *request)
{
    struct rd_text path = rd_http_path(request), target, action;
    if (rd_text_is(path, "/"))
        show_list(worklist, session, request);
    else if (split(path, "/item/", &target, &action) && action.len == 0)
        worklist_show_item(worklist, session, request, target);
    else if (session->person->desk && rd_text_is(path, "/quarantine"))
        worklist_show_quarantine(worklist, session, request, RD_TEXT_NONE);
    else if (session->person->desk && split(path, "/quarantine/", &target, &action) &&
             action.len == 0)
        worklist_show_quarantine(worklist, session, request, target);
    else if (session->person->desk && rd_text_is(path, "/links"))
        worklist_show_links(worklist, session, request, RD_TEXT_NONE, RD_TEXT_NONE);
    else if (session->person->desk && split(path, "/links/", &target, &action) &&
             (action.len == 0 || worklist_is_target(action)))
        worklist_show_links(worklist, session, request, target, action);
    else
        not_found(worklist, session, request);
}

static void handle_post(struct worklist *worklist, struct worklist_session *session,
                        struct rd_http_request *request)
{
    struct rd_text path = rd_http_path(request), target, action;
    if (!worklist_csrf_ok(session, rd_http_form(request, "csrf"))) {
        worklist_answer_words(
            worklist, session, request, 403, "Not done",
            "That form was not made for this sign-in. Nothing was done: go to the "
            "list and try again.");
    } else if (rd_text_is(path, "/sign-out")) {
        worklist_do_sign_out(session, request);
    } else if (rd_text_is(path, "/refresh")) {
        session->still = !session->still;
        worklist_go(request, "/", NULL);
    } else if (split(path, "/item/", &target, &action) ||
               (session->person->desk && split(path, "/quarantine/", &target, &action))) {
        worklist_do(worklist, session, request, target, action);
    } else if (session->person->desk && split(path, "/links/", &target, &action)) {
        if (rd_text_is(action, "compare"))
            worklist_do_compare(worklist, session, request, target);
        else
            worklist_do(worklist, session, request, target, action);
    } else {
        not_found(worklist, session, request);
    }
}

static void handle_nobody(struct worklist *worklist, struct rd_http_request *request, bool get)
{
    bool sign_in = rd_text_is(rd_http_path(request), "/sign-in");
    if (sign_in && get)
        worklist_show_sign_in(worklist, request, 200, RD_TEXT_NONE, NULL);
    else if (sign_in)
        worklist_do_sign_in(worklist, request);
    else
        worklist_go(request, "/sign-in", NULL);
}

static void show_icon(struct rd_http_request *request)
{
    static const char icon[] =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><path fill=\"#003a70\" "
        "d=\"M0 0h16v16H0z\"/><path fill=\"#fff\" d=\"M3 4h10v2H3zm0 3h10v2H3zm0 "
        "3h6v2H3z\"/></svg>";
    struct rd_http_header_line headers[HEADERS_MAX];
    collect_headers(request, NULL, headers);
    rd_http_answer(request, 200, "image/svg+xml", rd_text_of(icon), headers);
}

/* For a supervisor or a load balancer: is there a router behind these pages? */
static void show_ready(const struct worklist *worklist, struct rd_http_request *request)
{
    struct rd_http_header_line headers[HEADERS_MAX];
    collect_headers(request, NULL, headers);
    rd_http_answer(request, worklist->queues.away ? 503 : 200, "text/plain; charset=utf-8",
                   worklist->queues.away ? RD_TEXT("the router is away\n") : RD_TEXT("ready\n"),
                   headers);
}

void worklist_handle(void *context, struct rd_http_request *request)
{
    struct worklist *worklist = context;
    enum rd_http_method method = rd_http_method(request);
    bool get = method == RD_HTTP_GET || method == RD_HTTP_HEAD;
    struct worklist_session *session = worklist_who(worklist, request);
    if (!get && method != RD_HTTP_POST)
        worklist_answer_words(worklist, NULL, request, 405, "Not done",
                              "Pages are read with GET, actions sent with POST.");
    else if (get && rd_text_is(rd_http_path(request), "/style.css"))
        show_style(request);
    else if (get && rd_text_is(rd_http_path(request), "/icon.svg"))
        show_icon(request);
    else if (get && rd_text_is(rd_http_path(request), "/readyz"))
        show_ready(worklist, request);
    else if (session == NULL || rd_text_is(rd_http_path(request), "/sign-in"))
        handle_nobody(worklist, request, get);
    else if (get)
        handle_get(worklist, session, request);
    else
        handle_post(worklist, session, request);
}

void worklist_heard(void *context, const struct rd_message *message)
{
    struct worklist *worklist = context;
    worklist_queues_hear(&worklist->queues, message, worklist->now());
}
