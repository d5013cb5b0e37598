/* The whole program but its outbox: a browser's requests over a real socket, a router that answers
 * as the test says. */
#include "adapters/worklist/worklist.h"
#include "worklist_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GOT_MAX = 128 * 1024 };
#define ITEM "7K3Q9-M2X4T.1"

struct site {
    uv_loop_t loop;
    struct rd_httpd *httpd;
    struct worklist worklist;
    char cookie[256], csrf[WORKLIST_TOKEN_TEXT + 1];
    /* the last thing asked of the router, and how it answers */
    struct rd_message asked;
    struct rd_command command;
    struct rd_open open;
    char by[64], target[64], reason[64], purpose[64];
    unsigned asks, opens, commands;
    enum rd_err refuses;
    const struct rd_message *answer; /* NULL: it goes away */
    rd_outbox_answer *pending;
    void *pending_context;
    uv_idle_t later;
    /* a browser */
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    const char *request;
    char got[GOT_MAX];
    size_t len;
};

static void note(char out[64], struct rd_text text)
{
    (void)snprintf(out, 64, "%.*s", RD_TEXT_ARG(text));
}

static void answer_later(uv_idle_t *idle)
{
    struct site *site = idle->data;
    rd_outbox_answer *pending = site->pending;
    (void)uv_idle_stop(idle);
    site->pending = NULL;
    pending(site->pending_context, site->answer);
}

static enum rd_err ask(void *asker, const struct rd_message *message, rd_outbox_answer *answer,
                       void *context)
{
    struct site *site = asker;
    site->asks++;
    if (site->refuses != RD_OK)
        return site->refuses;
    if (message->command != NULL) {
        site->commands++;
        site->command = *message->command;
        note(site->by, message->command->by);
        note(site->target, message->command->target);
        note(site->reason, message->command->reason);
    } else if (message->open != NULL) {
        site->opens++;
        note(site->by, message->open->by);
        note(site->purpose, message->open->purpose);
    }
    site->pending = answer;
    site->pending_context = context;
    (void)uv_idle_start(&site->later, answer_later);
    return RD_OK;
}

static rd_instant now(void)
{
    return RIG_NOW;
}

static void on_closed(uv_handle_t *handle)
{
    (void)handle;
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct site *site = handle->data;
    (void)size;
    *buf = uv_buf_init(site->got + site->len, (unsigned)(GOT_MAX - 1 - site->len));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct site *site = stream->data;
    (void)buf;
    if (count > 0) {
        site->len += (size_t)count;
        site->got[site->len] = '\0';
    } else if (count < 0) {
        uv_close((uv_handle_t *)stream, on_closed);
        uv_stop(&site->loop);
    }
}

static void on_connect(uv_connect_t *connect, int status)
{
    struct site *site = connect->data;
    char *bytes = NULL;
    assert_int_equal(status, 0);
    memcpy(&bytes, &site->request, sizeof bytes); /* uv_buf_init takes no const */
    uv_buf_t buf = uv_buf_init(bytes, (unsigned)strlen(site->request));
    assert_int_equal(uv_write(&site->write, connect->handle, &buf, 1, NULL), 0);
    assert_int_equal(uv_read_start(connect->handle, on_alloc, on_read), 0);
}

/* Sends it and gives back the whole answer. */
static const char *say(struct site *site, const char *request)
{
    struct sockaddr_in address;
    site->request = request;
    site->len = 0;
    site->got[0] = '\0';
    assert_int_equal(uv_tcp_init(&site->loop, &site->tcp), 0);
    site->tcp.data = site->connect.data = site;
    assert_int_equal(uv_ip4_addr("127.0.0.1", rd_httpd_port(site->httpd), &address), 0);
    assert_int_equal(
        uv_tcp_connect(&site->connect, &site->tcp, (struct sockaddr *)&address, on_connect), 0);
    (void)uv_run(&site->loop, UV_RUN_DEFAULT);
    return site->got;
}

static const char *get(struct site *site, const char *path)
{
    char request[1024];
    (void)snprintf(request, sizeof request,
                   "GET %s HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nConnection: close\r\n\r\n", path,
                   site->cookie);
    return say(site, request);
}

static const char *post(struct site *site, const char *path, const char *body)
{
    char request[4096];
    (void)snprintf(request, sizeof request,
                   "POST %s HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nConnection: close\r\n"
                   "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n"
                   "%s",
                   path, site->cookie, strlen(body), body);
    return say(site, request);
}

/* With this session's token in front. */
static const char *act(struct site *site, const char *path, const char *body)
{
    char whole[2048];
    (void)snprintf(whole, sizeof whole, "csrf=%s&%s", site->csrf, body);
    return post(site, path, whole);
}

static void keep(const char *text, const char *before, char until, char *out, size_t size)
{
    const char *found = strstr(text, before);
    assert_non_null(found);
    found += strlen(before);
    size_t len = strcspn(found, (const char[]){until, '\r', '\0'});
    assert_true(len < size);
    memcpy(out, found, len);
    out[len] = '\0';
}

static const char *sign_in(struct site *site, const char *staff, const char *password)
{
    char body[512], csrf[WORKLIST_TOKEN_TEXT + 1];
    site->cookie[0] = '\0';
    keep(get(site, "/sign-in"), "Set-Cookie: ", ';', site->cookie, sizeof site->cookie);
    keep(site->got, "name=\"csrf\" value=\"", '"', csrf, sizeof csrf);
    (void)snprintf(body, sizeof body, "csrf=%s&staff=%s&password=%s", csrf, staff, password);
    return post(site, "/sign-in", body);
}

static void signed_in(struct site *site, const char *staff)
{
    rig_has(sign_in(site, staff, "a+test+password"), "HTTP/1.1 303");
    keep(site->got, "Set-Cookie: ", ';', site->cookie, sizeof site->cookie);
    keep(get(site, "/"), "name=\"csrf\" value=\"", '"', site->csrf, sizeof site->csrf);
}

static int setup(void **state)
{
    static char idle_hash[128]; /* slow to make, and no test's business */
    struct site *site = calloc(1, sizeof *site);
    struct rd_errbuf why = {""};
    assert_non_null(site);
    assert_int_equal(uv_loop_init(&site->loop), 0);
    assert_int_equal(uv_idle_init(&site->loop, &site->later), 0);
    site->later.data = site;
    site->worklist.place = &rig_place;
    site->worklist.zone = &rd_zone_london;
    site->worklist.loop = &site->loop;
    site->worklist.ask = ask;
    site->worklist.asker = site;
    site->worklist.now = now;
    rig_staff(&site->worklist.staff);
    rig_queues(&site->worklist.queues);
    if (idle_hash[0] == '\0') {
        assert_int_equal(worklist_init(&site->worklist), RD_OK);
        memcpy(idle_hash, site->worklist.idle_hash, sizeof idle_hash);
    }
    memcpy(site->worklist.idle_hash, idle_hash, sizeof idle_hash);
    const struct rd_httpd_options options = {.address = "127.0.0.1",
                                             .body_bytes_max = WORKLIST_BODY_BYTES_MAX,
                                             .handler = worklist_handle,
                                             .context = &site->worklist};
    assert_int_equal(rd_httpd_open(&site->loop, &options, &site->httpd, &why), RD_OK);
    struct rd_row row = rig_row(ITEM, "rapid", 30, 1);
    rig_change(&site->worklist.queues, RD_ROW_ADDED, &row);
    *state = site;
    return 0;
}

static int teardown(void **state)
{
    struct site *site = *state;
    rd_httpd_close(site->httpd, NULL, NULL);
    uv_close((uv_handle_t *)&site->later, NULL);
    (void)uv_run(&site->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&site->loop), 0);
    worklist_fini(&site->worklist);
    free(site);
    return 0;
}

static void nobody_sees_anything(void **state)
{
    static const char *const paths[] = {"/", "/item/" ITEM, "/quarantine", "/quarantine/Q1",
                                        "/?team=rapid"};
    struct site *site = *state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        rig_has(get(site, paths[i]), "Location: /sign-in");
        rig_has_not(site->got, "Fall");
    }
    rig_has(post(site, "/item/" ITEM "/claim", "csrf="), "Location: /sign-in");
    assert_int_equal(site->asks, 0);
}

static void every_answer_is_closed_to_others(void **state)
{
    struct site *site = *state;
    static const char *const paths[] = {"/sign-in", "/", "/style.css", "/nowhere"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        rig_has(get(site, paths[i]), "Cache-Control: no-store\r\n");
        rig_has(site->got, "Content-Security-Policy: default-src 'none'; style-src 'self';");
        rig_has(site->got, "Referrer-Policy: no-referrer\r\n");
    }
}

static void signs_in_and_out(void **state)
{
    struct site *site = *state;
    signed_in(site, "pat.jones");
    rig_has(site->got, "Pat Jones");
    rig_has(site->got, "Fall");
    rig_has(site->got, "Refresh: 15\r\n");
    rig_has(act(site, "/refresh", ""), "HTTP/1.1 303");
    rig_has_not(get(site, "/"), "Refresh: 15\r\n");
    rig_has(act(site, "/sign-out", ""), "Max-Age=0");
    rig_has(get(site, "/"), "Location: /sign-in");
}

static void the_cookie_is_for_this_site_alone(void **state)
{
    struct site *site = *state;
    rig_has(sign_in(site, "pat.jones", "a+test+password"),
            "; Path=/; HttpOnly; SameSite=Strict\r\n");
}

static void a_wrong_password_does_not_get_in(void **state)
{
    static const char *const tries[][2] = {
        {"pat.jones", "wrong"}, {"nobody", "a+test+password"}, {"PAT", "a+test+password"}};
    struct site *site = *state;
    for (size_t i = 0; i < 3; i++) {
        rig_has(sign_in(site, tries[i][0], tries[i][1]), "HTTP/1.1 403");
        rig_has(site->got, "do not belong together");
        rig_has_not(site->got, "Set-Cookie: worklist=");
    }
}

static void too_many_wrong_passwords_make_a_pause(void **state)
{
    struct site *site = *state;
    for (int i = 0; i < WORKLIST_FAILURES_MAX; i++)
        rig_has(sign_in(site, "pat.jones", "wrong"), "do not belong together");
    rig_has(sign_in(site, "pat.jones", "a+test+password"), "wait five minutes");
}

static void a_sign_in_from_another_site_is_refused(void **state)
{
    struct site *site = *state;
    rig_has(post(site, "/sign-in", "csrf=&staff=pat.jones&password=a+test+password"),
            "HTTP/1.1 403");
    rig_has_not(site->got, "Set-Cookie: worklist=");
}

static void a_form_without_its_token_does_nothing(void **state)
{
    struct site *site = *state;
    signed_in(site, "pat.jones");
    rig_has(post(site, "/item/" ITEM "/claim", ""), "HTTP/1.1 403");
    rig_has(post(site, "/item/" ITEM "/claim", "csrf=0000"), "HTTP/1.1 403");
    assert_int_equal(site->asks, 0);
}

static void a_claim_is_one_press(void **state)
{
    struct site *site = *state;
    struct rd_row row = rig_row(ITEM, "rapid", 30, 1);
    row.phase = RD_ASSIGNMENT_CLAIMED;
    row.claimed_by = RD_TEXT("pat.jones");
    struct rd_command_result result = {.row = &row};
    const struct rd_message done = {.command_result = &result};
    site->answer = &done;
    signed_in(site, "pat.jones");
    rig_has(act(site, "/item/" ITEM "/claim", ""), "Location: /item/" ITEM "\r\n");
    assert_int_equal(site->command.verb, RD_VERB_CLAIM);
    assert_string_equal(site->by, "pat.jones");
    assert_string_equal(site->target, ITEM);
    rig_has(get(site, "/item/" ITEM), "You have claimed it.");
    rig_has(site->got, "Accept for the team");
}

static void a_refusal_is_in_the_routers_words(void **state)
{
    struct site *site = *state;
    struct rd_refused refused = {.code = RD_REFUSAL_TAKEN,
                                 .words = RD_TEXT("sam.okoro has claimed it <first>")};
    const struct rd_message taken = {.refused = &refused};
    site->answer = &taken;
    signed_in(site, "pat.jones");
    rig_has(act(site, "/item/" ITEM "/claim", ""), "Location: /item/" ITEM "\r\n");
    rig_has(get(site, "/item/" ITEM), "Not done. sam.okoro has claimed it &lt;first&gt;");
}

static void what_is_missing_is_said_and_nothing_sent(void **state)
{
    struct site *site = *state;
    signed_in(site, "pat.jones");
    rig_has(act(site, "/item/" ITEM "/decline", "reason="), "HTTP/1.1 303");
    assert_int_equal(site->asks, 0);
    site->refuses = RD_E_UNREACHABLE;
    rig_has(get(site, "/item/" ITEM), "Not done. Say why: the reason is missing.");
    rig_has(act(site, "/item/" ITEM "/decline", "reason=full"), "HTTP/1.1 303");
    rig_has(get(site, "/item/" ITEM), "Not done. The router is away");
}

static void no_answer_is_not_called_done(void **state)
{
    struct site *site = *state;
    signed_in(site, "pat.jones");
    rig_has(act(site, "/item/" ITEM "/decline", "reason=full+today"), "HTTP/1.1 303");
    assert_string_equal(site->reason, "full today");
    rig_has(get(site, "/item/" ITEM), "It may or may not be done");
}

static void another_teams_item_is_not_there(void **state)
{
    struct site *site = *state;
    signed_in(site, "vol.hub");
    rig_has(get(site, "/item/" ITEM), "HTTP/1.1 404");
    rig_has(act(site, "/item/" ITEM "/claim", ""), "Location: /\r\n");
    rig_has(act(site, "/item/" ITEM "/open", "purpose=x"), "HTTP/1.1 303");
    rig_has(get(site, "/item/" ITEM), "HTTP/1.1 404");
    rig_has(get(site, "/quarantine"), "HTTP/1.1 404");
    rig_has(get(site, "/links"), "HTTP/1.1 404");
    rig_has(get(site, "/links/7K3Q9-M2X4T/8K3Q9-M2X4T"), "HTTP/1.1 404");
    rig_has(act(site, "/links/7K3Q9-M2X4T/link", "to=8K3Q9-M2X4T"), "HTTP/1.1 404");
    rig_has(act(site, "/links/7K3Q9-M2X4T/compare", "to=8K3Q9-M2X4T"), "HTTP/1.1 404");
    rig_has(act(site, "/item/" ITEM "/link", "to=8K3Q9-M2X4T"), "Location: /\r\n");
    rig_has(act(site, "/quarantine/Q1/refuse", "reason=x"), "HTTP/1.1 404");
    rig_has(act(site, "/item/Q1/refuse", "reason=x"), "Location: /\r\n");
    rig_has(act(site, "/item/" ITEM "/triage", "pathway=routine&reason=x"), "Location: /\r\n");
    assert_int_equal(site->asks, 0);
}

static void a_record_is_read_only_when_opened(void **state)
{
    struct site *site = *state;
    struct rd_name name = {.whole = RD_TEXT("Alex Example")};
    struct rd_person person = {.names = &name, .names_count = 1};
    struct rd_referral referral = {.person = &person};
    struct rd_submission sent = {.action = RD_ACTION_NEW, .referral = &referral};
    struct rd_opened opened = {.view = RD_VIEW_FULL, .submissions = &sent, .submissions_count = 1};
    const struct rd_message message = {.opened = &opened};
    site->answer = &message;
    signed_in(site, "pat.jones");
    rig_has_not(get(site, "/item/" ITEM), "Alex Example");
    assert_int_equal(site->opens, 0);
    rig_has(act(site, "/item/" ITEM "/open", "purpose=quality+check"), "HTTP/1.1 303");
    rig_has(get(site, "/item/" ITEM), "Alex Example");
    assert_int_equal(site->opens, 1);
    assert_string_equal(site->by, "pat.jones");
    assert_string_equal(site->purpose, "quality check");
    rig_has(act(site, "/item/" ITEM "/put-away", ""), "HTTP/1.1 303");
    rig_has_not(get(site, "/item/" ITEM), "Alex Example");
    assert_int_equal(site->opens, 1);
    rig_has_not(get(site, "/"), "Alex Example");
}

/* One click each; the values only once both were opened, and each reading is asked for. */
static void the_desk_says_who_is_one_person(void **state)
{
    struct site *site = *state;
    struct rd_row rows[] = {rig_row(ITEM, "rapid", 30, 1), rig_row("8K3Q9-M2X4T.1", "rapid", 9, 2)};
    rows[0].referral = RD_TEXT("7K3Q9-M2X4T");
    rows[1].referral = RD_TEXT("8K3Q9-M2X4T");
    struct rd_link_pair pair = {.first = &rows[0],
                                .second = &rows[1],
                                .state = RD_LINK_SUGGESTED,
                                .matched = RD_PART_NHS_NUMBER,
                                .differs = RD_PART_NAME,
                                .at = RIG_NOW};
    struct rd_query_result result = {.pairs = &pair, .pairs_count = 1, .pairs_left_out = 3};
    const struct rd_message links = {.query_result = &result};
    site->answer = &links;
    signed_in(site, "desk.one");
    const char *page = get(site, "/links");
    rig_has(page, "Same: NHS number");
    rig_has(page, "Different: name");
    rig_has(page, "And 3 more referrals");
    page = get(site, "/links/7K3Q9-M2X4T/8K3Q9-M2X4T");
    rig_has(page, "in the record");
    assert_int_equal(site->opens, 0);
    rig_has(get(site, "/links/7K3Q9-M2X4T/9K3Q9-M2X4T"), "HTTP/1.1 404");
    rig_has(act(site, "/links/7K3Q9-M2X4T/compare", "to=8K3Q9-M2X4T"),
            "Location: /links/7K3Q9-M2X4T/8K3Q9-M2X4T\r\n");
    rig_has(act(site, "/links/7K3Q9-M2X4T/compare", "to=%3Cscript%3E"), "Location: /links\r\n");
    struct rd_command_result linked = {.row = &rows[0]};
    const struct rd_message done = {.command_result = &linked};
    site->answer = &done;
    rig_has(act(site, "/links/7K3Q9-M2X4T/link", "to=8K3Q9-M2X4T"), "Location: /links\r\n");
    assert_int_equal(site->command.verb, RD_VERB_LINK);
    assert_string_equal(site->target, "7K3Q9-M2X4T");
    assert_string_equal(site->by, "desk.one");
    rig_has(act(site, "/links/7K3Q9-M2X4T/dismiss", "to=8K3Q9-M2X4T"), "Location: /links\r\n");
    assert_int_equal(site->command.verb, RD_VERB_DISMISS);
    unsigned commands = site->commands;
    rig_has(act(site, "/links/7K3Q9-M2X4T/unlink", "to=nonsense"), "Location: /links\r\n");
    assert_int_equal(site->commands, commands);
    site->answer = NULL;
    rig_has(get(site, "/links"), "HTTP/1.1 503");
}

static void a_closed_one_can_be_opened_again(void **state)
{
    struct site *site = *state;
    struct rd_row row = rig_row(ITEM, "rapid", 0, 1);
    row.phase = RD_ASSIGNMENT_CLOSED;
    row.outcome = RD_OUTCOME_SEEN_COMPLETE;
    struct rd_command_result result = {.row = &row};
    const struct rd_message done = {.command_result = &result};
    site->answer = &done;
    signed_in(site, "pat.jones");
    rig_has(act(site, "/item/" ITEM "/close", "outcome=seen-complete"), "Location: /\r\n");
    rig_has(get(site, "/"), "Closed: Seen, complete.");
    rig_has(get(site, "/item/" ITEM), "Was that a mistake?");
    rig_has(act(site, "/item/" ITEM "/reopen", "reason=wrong+one"), "HTTP/1.1 303");
    assert_int_equal(site->command.verb, RD_VERB_REOPEN);
}

static void odd_requests_are_turned_away(void **state)
{
    struct site *site = *state;
    signed_in(site, "desk.one");
    rig_has(say(site, "DELETE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "HTTP/1.1 405");
    rig_has(get(site, "/item/../style.css"), "HTTP/1.1 404");
    rig_has(get(site, "/item/%3Cscript%3E"), "HTTP/1.1 404");
    rig_has(get(site, "/item/"), "HTTP/1.1 404");
    rig_has(act(site, "/item/" ITEM "/deliver", ""), "HTTP/1.1 404");
    rig_has(get(site, "/quarantine/Q1"), "Open it from the quarantine list.");
    assert_int_equal(site->asks, 0);
}

static void says_whether_there_is_a_router(void **state)
{
    struct site *site = *state;
    rig_has(get(site, "/readyz"), "HTTP/1.1 200");
    worklist_heard(&site->worklist, NULL);
    rig_has(get(site, "/readyz"), "HTTP/1.1 503");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_sees_anything),
        TEST(every_answer_is_closed_to_others),
        TEST(signs_in_and_out),
        TEST(the_cookie_is_for_this_site_alone),
        TEST(a_wrong_password_does_not_get_in),
        TEST(too_many_wrong_passwords_make_a_pause),
        TEST(a_sign_in_from_another_site_is_refused),
        TEST(a_form_without_its_token_does_nothing),
        TEST(a_claim_is_one_press),
        TEST(a_refusal_is_in_the_routers_words),
        TEST(what_is_missing_is_said_and_nothing_sent),
        TEST(no_answer_is_not_called_done),
        TEST(another_teams_item_is_not_there),
        TEST(a_record_is_read_only_when_opened),
        TEST(the_desk_says_who_is_one_person),
        TEST(a_closed_one_can_be_opened_again),
        TEST(odd_requests_are_turned_away),
        TEST(says_whether_there_is_a_router),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
