#include "form_rig.h"

#include "model/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

rd_instant rig_now;

static const struct rig_pair own[] = {{"emergency", "no"},
                                      {"for", "me"},
                                      {"words", "I fell in the kitchen"},
                                      {"since", "today"},
                                      {"need-fall", "yes"},
                                      {"harm", "no"},
                                      {"given", "Alex"},
                                      {"family", "Example"},
                                      {"born-day", "15"},
                                      {"born-month", "6"},
                                      {"born-year", "1944"},
                                      {"nhs-number", "999 000 0018"},
                                      {"place", "own-home"},
                                      {"line1", "1 Road"},
                                      {"postcode", "IG1 1DN"},
                                      {"alone", "yes"},
                                      {"phone", "020 7946 0901"},
                                      {"safe", "yes"},
                                      {"talk", "no"},
                                      {"consent", "given"},
                                      {NULL, NULL}};

struct posted {
    struct form_rig *rig;
    const struct rig_pair *pairs, *more;
};

static const char *value_of(const struct rig_pair *pairs, const char *name)
{
    for (; pairs != NULL && pairs->name != NULL; pairs++)
        if (strcmp(pairs->name, name) == 0)
            return pairs->value;
    return NULL;
}

static struct rd_text posted(void *context, const char *name)
{
    const struct posted *all = context;
    const char *value = value_of(all->pairs, name);
    return rd_text_of(value != NULL ? value : value_of(all->more, name));
}

static rd_instant now(void)
{
    return rig_now;
}

static void answer(void *context, unsigned status, const char *content_type, struct rd_text body,
                   const struct rd_http_header_line *headers)
{
    struct form_rig *rig = ((struct posted *)context)->rig;
    size_t len =
        (size_t)snprintf(rig->headers, sizeof rig->headers, "Content-Type: %s\n", content_type);
    for (; headers != NULL && headers->name != NULL; headers++)
        len += (size_t)snprintf(rig->headers + len, sizeof rig->headers - len, "%s: %s\n",
                                headers->name, headers->value);
    free(rig->body);
    rig->body = calloc(1, body.len + 1);
    assert_non_null(rig->body);
    if (body.len > 0)
        memcpy(rig->body, body.ptr, body.len);
    rig->status = status;
    rig->answers++;
    free(context);
}

static void keep(struct form_rig *rig, const struct rd_submission *submission)
{
    assert_in_range(rig->submitted_count, 0, RIG_SUBMITTED_MAX - 1);
    assert_int_equal(rd_shape_copy(&rd_submission_shape, submission, &rig->arena,
                                   &rig->submitted[rig->submitted_count++]),
                     RD_OK);
}

/* As the router answers the last submission: a key it has seen is a repeat when the digest is the
 * same and otherwise kept for the desk. */
static struct rd_submit_result result_of(const struct form_rig *rig)
{
    const struct rd_submission *last = &rig->submitted[rig->submitted_count - 1];
    struct rd_submit_result result = {.disposal = RD_DISPOSAL_NEW,
                                      .referral = RD_TEXT("7K3Q9-M2X4T"),
                                      .entry = 3,
                                      .lead_title = RD_TEXT("First & Contact Team"),
                                      .issues = rig->noticed,
                                      .issues_count = rig->noticed == NULL ? 0 : 1,
                                      .answer = RD_TEXT("Somebody will look at it now.")};
    for (size_t i = 0; i + 1 < rig->submitted_count; i++)
        if (rd_text_equal(rig->submitted[i].key, last->key))
            result.disposal = rd_text_equal(rig->submitted[i].digest, last->digest)
                                  ? RD_DISPOSAL_REPEAT
                                  : RD_DISPOSAL_QUARANTINED;
    if (rig->router == RIG_REJECTS) {
        result = (struct rd_submit_result){.disposal = RD_DISPOSAL_REJECTED,
                                           .reason = RD_TEXT("test-on-live")};
    }
    return result;
}

static bool ready(void *context)
{
    const struct form_rig *rig = context;
    return rig->router != RIG_BUSY;
}

static enum rd_err submit(void *context, const struct rd_submission *submission,
                          rd_intake_result *done, void *done_context, struct rd_errbuf *why)
{
    struct form_rig *rig = context;
    (void)why;
    if (rig->router == RIG_BUSY)
        return RD_E_BUSY;
    if (rig->router == RIG_TOO_BIG)
        return RD_E_TOOBIG;
    keep(rig, submission);
    rig->later = done;
    rig->later_context = done_context;
    if (rig->router == RIG_SILENT)
        done(done_context, NULL);
    else if (rig->router != RIG_LATER)
        rig_answer(rig);
    return RD_OK;
}

void rig_answer(struct form_rig *rig)
{
    struct rd_submit_result result = result_of(rig);
    rig->later(rig->later_context, &result);
}

static enum rd_err ask(void *context, const struct rd_message *message, rd_outbox_answer *answered,
                       void *answer_context)
{
    struct form_rig *rig = context;
    assert_int_equal(message->query->kind, RD_QUERY_STAGES);
    (void)snprintf(rig->asked, sizeof rig->asked, "%.*s", RD_TEXT_ARG(message->query->target));
    if (rig->status_answer == NULL)
        return RD_E_UNREACHABLE;
    answered(answer_context, rig->status_answer);
    return RD_OK;
}

void rig_open(struct form_rig *rig)
{
    struct rd_errbuf why = {""};
    const struct rd_feed *feeds[] = {&rig->feeds[0], &rig->feeds[1]};
    *rig = (struct form_rig){.router = RIG_HOLDS};
    assert_true(sodium_init() >= 0);
    rd_arena_init(&rig->arena, rd_alloc_heap(), 8 * 1024 * 1024);
    rig->desk = (struct rd_team){.name = RD_TEXT("desk"), .telephone = RD_TEXT("020 7946 0100")};
    rig->feeds[0] = (struct rd_feed){.name = RD_TEXT("self"),
                                     .source = RD_TEXT("self"),
                                     .adapter = RD_TEXT("form"),
                                     .environment = RD_ENVIRONMENT_LIVE};
    rig->feeds[1] = (struct rd_feed){.name = RD_TEXT("telephone"),
                                     .source = RD_TEXT("telephone"),
                                     .adapter = RD_TEXT("form"),
                                     .environment = RD_ENVIRONMENT_LIVE};
    rig->place = (struct rd_place){.title = RD_TEXT("Invented & Sons"),
                                   .timezone = RD_TEXT("Europe/London"),
                                   .emergency_words = RD_TEXT("Call 111, or 999."),
                                   .desk = RD_TEXT("desk"),
                                   .teams = &rig->desk,
                                   .teams_count = 1};
    /* Sat 21 Nov 2026 09:00 in London. */
    assert_true(rd_instant_parse(RD_TEXT("2026-11-21T09:00:30Z"), &rig_now));
    assert_int_equal(
        rd_form_site_init(&rig->site, &rig->place, feeds, 2, RD_TEXT("a secret"), &why), RD_OK);
    rig->site.now = now;
    rig->site.router =
        (struct rd_form_router){.context = rig, .ready = ready, .submit = submit, .ask = ask};
}

void rig_close(struct form_rig *rig)
{
    free(rig->body);
    rd_arena_fini(&rig->arena);
}

static void request(struct form_rig *rig, enum rd_http_method method, const char *path,
                    const struct rig_pair *pairs, const struct rig_pair *more)
{
    struct posted *all = calloc(1, sizeof *all);
    assert_non_null(all);
    *all = (struct posted){.rig = rig, .pairs = pairs, .more = more};
    const struct rd_form_request asked = {.method = method,
                                          .path = rd_text_of(path),
                                          .address = RD_TEXT("192.0.2.1"),
                                          .fetch_site = rd_text_of(rig->fetch_site),
                                          .context = all,
                                          .posted = posted,
                                          .answer = answer};
    unsigned before = rig->answers;
    rd_form_site_handle(&rig->site, &asked);
    if (rig->router != RIG_LATER)
        assert_int_equal(rig->answers, before + 1);
}

void rig_get(struct form_rig *rig, const char *path)
{
    request(rig, RD_HTTP_GET, path, NULL, NULL);
}

const char *rig_hidden(const struct form_rig *rig, const char *name, char *out, size_t size)
{
    char mark[64];
    (void)snprintf(mark, sizeof mark, "type=\"hidden\" name=\"%s\" value=\"", name);
    const char *found = rig->body == NULL ? NULL : strstr(rig->body, mark);
    out[0] = '\0';
    if (found == NULL)
        return out;
    found += strlen(mark);
    size_t len = strcspn(found, "\"");
    assert_in_range(len, 0, size - 1);
    memcpy(out, found, len);
    out[len] = '\0';
    return out;
}

void rig_post(struct form_rig *rig, const char *path, const struct rig_pair *pairs)
{
    static char state[FORM_BODY_BYTES_MAX];
    char page[64];
    const struct rig_pair hidden[] = {{"state", rig_hidden(rig, "state", state, sizeof state)},
                                      {"page", rig_hidden(rig, "page", page, sizeof page)},
                                      {NULL, NULL}};
    request(rig, RD_HTTP_POST, path, pairs, hidden);
}

bool rig_shows(const struct form_rig *rig, const char *words)
{
    return strstr(rig->body, words) != NULL;
}

void rig_walk(struct form_rig *rig, const char *until, const struct rig_pair *given)
{
    struct rig_pair all[RIG_POSTED_MAX] = {{NULL, NULL}};
    size_t count = 0;
    char page[64];
    for (; given != NULL && given->name != NULL; given++)
        all[count++] = *given;
    memcpy(all + count, own, sizeof own);
    rig_get(rig, "/self");
    for (int pages = 0; pages < 25; pages++) {
        assert_int_equal(rig->status, 200);
        if (strcmp(rig_hidden(rig, "page", page, sizeof page), until) == 0)
            return;
        rig_post(rig, "/self", all);
    }
    fail_msg("the page %s never came; the last was %s", until, page);
}
