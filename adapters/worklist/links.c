/* Who may be one person: what the router is asked before the desk's pages about it are written. The
 * request waits meanwhile; the session may end meanwhile. */
#include "adapters/worklist/web.h"

#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>

struct comparing {
    struct worklist *worklist;
    struct rd_http_request *request;
    struct rd_arena arena;
    char targets[2][WORKLIST_TARGET_MAX]; /* referrals; empty: all that wait, all of the first */
    struct rd_query_result links;
    struct rd_opened opened[2];
    size_t opened_count;
    const char *trouble;
};

static void comparing_free(struct comparing *comparing)
{
    rd_arena_fini(&comparing->arena);
    free(comparing);
}

static void finish_words(struct comparing *comparing, struct worklist_session *session,
                         unsigned status, const char *title, const char *words)
{
    worklist_answer_words(comparing->worklist, session, comparing->request, status, title, words);
    comparing_free(comparing);
}

static const struct rd_link_pair *pair_of(const struct comparing *comparing)
{
    for (size_t i = 0; i < comparing->links.pairs_count; i++) {
        const struct rd_link_pair *pair = &comparing->links.pairs[i];
        if (pair->first == NULL || pair->second == NULL)
            continue;
        bool as_asked = rd_text_is(pair->first->referral, comparing->targets[0]) &&
                        rd_text_is(pair->second->referral, comparing->targets[1]);
        if (as_asked)
            return pair;
    }
    return NULL;
}

/* The end of every way that has an answer. Takes `comparing`. */
static void finish(struct comparing *comparing, struct worklist_session *session)
{
    struct rd_buf out;
    const struct worklist_view view = worklist_view_of(comparing->worklist, session);
    const struct rd_link_pair *pair = pair_of(comparing);
    if (comparing->targets[1][0] != '\0' && pair == NULL) {
        finish_words(comparing, session, 404, "Not found",
                     "Nobody has suggested or said that these two are one person's.");
        return;
    }
    rd_buf_init(&out, rd_alloc_heap());
    if (pair == NULL)
        worklist_page_links(&out, &view, rd_text_of(comparing->targets[0]), &comparing->links);
    else
        worklist_page_compare(&out, &view, pair,
                              comparing->opened_count == 2 ? comparing->opened : NULL,
                              comparing->trouble);
    worklist_answer(comparing->request, 200, &out, NULL);
    comparing_free(comparing);
}

/* NULL: it has ended, the answer is given, `comparing` is gone. */
static struct worklist_session *session_of(struct comparing *comparing)
{
    struct worklist_session *session = worklist_who(comparing->worklist, comparing->request);
    if (session != NULL && session->person->desk)
        return session;
    worklist_go(comparing->request, "/sign-in", NULL);
    comparing_free(comparing);
    return NULL;
}

static void open_next(struct comparing *comparing, struct worklist_session *session);

static void on_opened(void *context, const struct rd_message *message)
{
    struct comparing *comparing = context;
    struct worklist_session *session = session_of(comparing);
    if (session == NULL)
        return;
    struct rd_opened *into = &comparing->opened[comparing->opened_count];
    struct rd_text words = RD_TEXT_NONE;
    if (message != NULL && message->opened != NULL &&
        rd_shape_copy(&rd_opened_shape, message->opened, &comparing->arena, into) == RD_OK) {
        comparing->opened_count++;
        open_next(comparing, session);
        return;
    }
    comparing->trouble = "the router did not answer, or the record is too large. Try again.";
    if (message != NULL && message->refused != NULL &&
        rd_arena_copy(&comparing->arena, message->refused->words, &words))
        comparing->trouble = words.ptr;
    finish(comparing, session);
}

/* Reading is noted by the router, of each of the two: only a press of the button opens. */
static void open_next(struct comparing *comparing, struct worklist_session *session)
{
    struct worklist *worklist = comparing->worklist;
    if (comparing->opened_count == 2) {
        finish(comparing, session);
        return;
    }
    struct rd_text target = rd_text_of(comparing->targets[comparing->opened_count]);
    const char *purpose = worklist_opened_for(session, target, worklist->now());
    struct rd_open open = {
        .target = target, .by = session->person->id, .purpose = rd_text_of(purpose)};
    const struct rd_message message = {.open = &open};
    if (purpose != NULL && worklist->ask(worklist->asker, &message, on_opened, comparing) == RD_OK)
        return;
    if (purpose != NULL)
        comparing->trouble = "the router is away. Try again when it is back.";
    finish(comparing, session);
}

static void on_links(void *context, const struct rd_message *message)
{
    struct comparing *comparing = context;
    struct worklist_session *session = session_of(comparing);
    if (session == NULL)
        return;
    if (message == NULL || message->query_result == NULL ||
        rd_shape_copy(&rd_query_result_shape, message->query_result, &comparing->arena,
                      &comparing->links) != RD_OK) {
        bool refused = message != NULL && message->refused != NULL;
        finish_words(comparing, session, refused ? 404 : 503, refused ? "Not found" : "Not now",
                     refused ? "No referral of that name is held."
                             : "The router did not answer. Try again.");
        return;
    }
    if (comparing->targets[1][0] == '\0' || pair_of(comparing) == NULL)
        finish(comparing, session);
    else
        open_next(comparing, session);
}

void worklist_show_links(struct worklist *worklist, struct worklist_session *session,
                         struct rd_http_request *request, struct rd_text first,
                         struct rd_text second)
{
    struct comparing *comparing = calloc(1, sizeof *comparing);
    if (comparing == NULL) {
        worklist_answer_words(worklist, NULL, request, 503, "Not now",
                              "Out of memory: load the page again.");
        return;
    }
    comparing->worklist = worklist;
    comparing->request = request;
    rd_arena_init(&comparing->arena, rd_alloc_heap(), 3 * (size_t)RD_DECODE_ARENA_BYTES_MAX);
    (void)snprintf(comparing->targets[0], WORKLIST_TARGET_MAX, "%.*s", RD_TEXT_ARG(first));
    (void)snprintf(comparing->targets[1], WORKLIST_TARGET_MAX, "%.*s", RD_TEXT_ARG(second));
    struct rd_query query = {.kind = RD_QUERY_LINKS, .target = first, .by = session->person->id};
    const struct rd_message message = {.query = &query};
    if (worklist->ask(worklist->asker, &message, on_links, comparing) != RD_OK)
        finish_words(comparing, session, 503, "Not now",
                     "The router is away. Try again when it is back.");
}

void worklist_do_compare(struct worklist *worklist, struct worklist_session *session,
                         struct rd_http_request *request, struct rd_text first)
{
    char path[2 * WORKLIST_TARGET_MAX + 16];
    struct rd_text second = rd_text_trim(rd_http_form(request, "to"));
    if (!worklist_is_target(second)) {
        worklist_say(session, true, RD_TEXT_NONE, "Not done. Compare with which one?");
        worklist_go(request, "/links", NULL);
        return;
    }
    worklist_note_opened(session, first, RD_TEXT("is it one person"), worklist->now());
    worklist_note_opened(session, second, RD_TEXT("is it one person"), worklist->now());
    (void)snprintf(path, sizeof path, "/links/%.*s/%.*s", RD_TEXT_ARG(first), RD_TEXT_ARG(second));
    worklist_go(request, path, NULL);
}
