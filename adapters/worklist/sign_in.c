/* Signing in and out. A password takes about a tenth of a second of a thread; never the loop's. */
#include "adapters/worklist/web.h"

#include "link/log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct signing {
    uv_work_t work;
    struct worklist *worklist;
    struct rd_http_request *request;
    const struct worklist_person *person; /* NULL: nobody of that id */
    char id[WORKLIST_STAFF_ID_MAX + 1];
    char password[WORKLIST_PASSWORD_BYTES_MAX + 1];
    char hash[128];
    bool right;
};

enum rd_err worklist_init(struct worklist *worklist)
{
    char password[WORKLIST_TOKEN_TEXT + 1];
    unsigned char bytes[WORKLIST_TOKEN_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    (void)sodium_bin2hex(password, sizeof password, bytes, sizeof bytes);
    if (crypto_pwhash_str(worklist->idle_hash, password, strlen(password),
                          crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return RD_E_NOMEM;
    return RD_OK;
}

void worklist_fini(struct worklist *worklist)
{
    worklist_queues_fini(&worklist->queues);
    worklist_staff_fini(&worklist->staff);
    sodium_memzero(&worklist->sessions, sizeof worklist->sessions);
}

/* On the bare loopback there is no TLS to insist on. */
static const char *secure(const struct rd_http_request *request)
{
    return worklist_secure(request) ? "; Secure" : "";
}

static bool reuse_form_cookie(const struct rd_http_request *request,
                              char csrf[WORKLIST_TOKEN_TEXT + 1])
{
    struct rd_text cookie = rd_http_cookie(request, WORKLIST_FORM_COOKIE);
    for (size_t i = 0; i < cookie.len; i++)
        if (!((cookie.ptr[i] >= '0' && cookie.ptr[i] <= '9') ||
              (cookie.ptr[i] >= 'a' && cookie.ptr[i] <= 'f')))
            return false;
    if (cookie.len != WORKLIST_TOKEN_TEXT)
        return false;
    (void)snprintf(csrf, WORKLIST_TOKEN_TEXT + 1, "%.*s", RD_TEXT_ARG(cookie));
    return true;
}

void worklist_show_sign_in(struct worklist *worklist, struct rd_http_request *request,
                           unsigned status, struct rd_text id, const char *wrong)
{
    struct rd_buf out;
    char csrf[WORKLIST_TOKEN_TEXT + 1], cookie[160];
    unsigned char bytes[WORKLIST_TOKEN_BYTES];
    const struct worklist_view view = worklist_view_of(worklist, NULL);
    /* One value for a browser: a second tab must not spoil the form in the first. */
    if (!reuse_form_cookie(request, csrf)) {
        randombytes_buf(bytes, sizeof bytes);
        (void)sodium_bin2hex(csrf, sizeof csrf, bytes, sizeof bytes);
    }
    (void)snprintf(cookie, sizeof cookie, "%s=%s; Path=/sign-in; HttpOnly; SameSite=Strict%s",
                   WORKLIST_FORM_COOKIE, csrf, secure(request));
    rd_buf_init(&out, rd_alloc_heap());
    worklist_page_sign_in(&out, &view, csrf, id, wrong);
    const struct rd_http_header_line extra[] = {{"Set-Cookie", cookie}, {NULL, NULL}};
    worklist_answer(request, status, &out, extra);
}

static void check_password(uv_work_t *work)
{
    struct signing *signing = work->data;
    signing->right =
        crypto_pwhash_str_verify(signing->hash, signing->password, strlen(signing->password)) == 0;
}

static void after_check(uv_work_t *work, int status)
{
    struct signing *signing = work->data;
    struct worklist *worklist = signing->worklist;
    struct rd_http_request *request = signing->request;
    struct rd_text id = rd_text_of(signing->id), peer = worklist_peer(request);
    rd_instant now = worklist->now();
    worklist->signing_in--;
    if (status == 0 && signing->right && signing->person != NULL) {
        char token[WORKLIST_TOKEN_TEXT + 1], cookie[160];
        (void)worklist_sign_in(&worklist->sessions, signing->person, now, token);
        worklist_note_success(&worklist->sessions, id);
        (void)snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s",
                       WORKLIST_COOKIE, token, secure(request));
        rd_log(RD_LOG_INFO, "worklist.signed-in", rd_log_name("staff", signing->person->id));
        worklist_go(request, "/", cookie);
        sodium_memzero(token, sizeof token);
        sodium_memzero(cookie, sizeof cookie);
    } else {
        worklist_note_failure(&worklist->sessions, id, now);
        worklist_note_failure(&worklist->sessions, peer, now);
        rd_log(RD_LOG_WARNING, "worklist.sign-in-failed", rd_log_name("peer", peer));
        worklist_show_sign_in(worklist, request, 403, id,
                              "That staff name and password do not belong together.");
    }
    sodium_memzero(signing, sizeof *signing);
    free(signing);
}

/* NULL when there is room for one more try; else what to say. */
static const char *refuse_try(const struct worklist *worklist,
                              const struct rd_http_request *request, struct rd_text id)
{
    struct rd_text csrf = rd_http_form(request, "csrf");
    struct rd_text cookie = rd_http_cookie(request, WORKLIST_FORM_COOKIE);
    rd_instant now = worklist->now();
    if (csrf.len != WORKLIST_TOKEN_TEXT || cookie.len != csrf.len ||
        sodium_memcmp(csrf.ptr, cookie.ptr, csrf.len) != 0)
        return "That form was out of date, or this browser takes no cookies: try again.";
    if (!worklist_may_try(&worklist->sessions, id, now) ||
        !worklist_may_try(&worklist->sessions, worklist_peer(request), now))
        return "Too many wrong passwords: wait five minutes, then try again.";
    if (worklist->signing_in >= WORKLIST_SIGNING_IN_MAX)
        return "Many people are signing in at this moment: try again.";
    return NULL;
}

void worklist_do_sign_in(struct worklist *worklist, struct rd_http_request *request)
{
    struct rd_text id = rd_text_trim(rd_http_form(request, "staff"));
    struct rd_text password = rd_http_form(request, "password");
    if (!worklist_staff_id_valid(id))
        id = RD_TEXT("");
    const char *refused = refuse_try(worklist, request, id);
    if (refused != NULL) {
        worklist_show_sign_in(worklist, request, 403, id, refused);
        return;
    }
    struct signing *signing = calloc(1, sizeof *signing);
    if (signing == NULL) {
        worklist_show_sign_in(worklist, request, 503, id, "Out of memory: try again.");
        return;
    }
    signing->worklist = worklist;
    signing->request = request;
    signing->person = worklist_staff_find(&worklist->staff, id);
    signing->work.data = signing;
    (void)snprintf(signing->id, sizeof signing->id, "%.*s", RD_TEXT_ARG(id));
    (void)snprintf(signing->password, sizeof signing->password, "%.*s", RD_TEXT_ARG(password));
    (void)snprintf(signing->hash, sizeof signing->hash, "%s",
                   signing->person == NULL ? worklist->idle_hash : signing->person->password);
    if (password.len > WORKLIST_PASSWORD_BYTES_MAX)
        signing->person = NULL; /* cut to fit, so it must not count */
    worklist->signing_in++;
    if (uv_queue_work(worklist->loop, &signing->work, check_password, after_check) != 0)
        after_check(&signing->work, UV_EINVAL);
}

void worklist_do_sign_out(struct worklist_session *session, struct rd_http_request *request)
{
    worklist_sign_out(session);
    worklist_go(request, "/sign-in",
                WORKLIST_COOKIE "=; Path=/; HttpOnly; SameSite=Strict; "
                                "Max-Age=0");
}
