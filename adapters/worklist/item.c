/* Showing one assignment or one quarantined item: what the router is asked before a page is
 * written. The request waits meanwhile; the session may end meanwhile. */
#include "adapters/worklist/web.h"

#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>

struct showing {
    struct worklist *worklist;
    struct rd_http_request *request;
    struct rd_arena arena;
    char target[WORKLIST_TARGET_MAX];
    bool of_quarantine;
    struct rd_query_result explained;
    bool has_explained;
    const char *trouble;
};

static struct showing *showing_new(struct worklist *worklist, struct rd_http_request *request,
                                   struct rd_text target)
{
    struct showing *showing = calloc(1, sizeof *showing);
    if (showing == NULL)
        return NULL;
    showing->worklist = worklist;
    showing->request = request;
    rd_arena_init(&showing->arena, rd_alloc_heap(), RD_DECODE_ARENA_BYTES_MAX);
    (void)snprintf(showing->target, sizeof showing->target, "%.*s", RD_TEXT_ARG(target));
    return showing;
}

static void showing_free(struct showing *showing)
{
    rd_arena_fini(&showing->arena);
    free(showing);
}

static void no_memory(struct worklist *worklist, struct rd_http_request *request)
{
    worklist_answer_words(worklist, NULL, request, 503, "Not now",
                          "Out of memory: load the page again.");
}

static const struct rd_row *row_of(const struct worklist *worklist,
                                   const struct worklist_session *session, struct rd_text target)
{
    const struct rd_row *row = worklist_queues_find(&worklist->queues, target);
    return row != NULL && worklist_person_in(session->person, row->team) ? row : NULL;
}

static void show_gone(struct worklist *worklist, struct worklist_session *session,
                      struct rd_http_request *request, struct rd_text target)
{
    const struct worklist_closed *closed = worklist_queues_closed(&worklist->queues, target);
    if (closed == NULL || !worklist_person_in(session->person, closed->team)) {
        worklist_answer_words(worklist, session, request, 404, "Not in your lists",
                              "It was closed, has gone to another team, or was never with yours.");
        return;
    }
    struct rd_buf out;
    const struct worklist_view view = worklist_view_of(worklist, session);
    rd_buf_init(&out, rd_alloc_heap());
    worklist_page_closed(&out, &view, closed);
    worklist_answer(request, 200, &out, NULL);
}

/* The end of every way: writes the page with what there is. Takes `showing`. */
static void finish(struct showing *showing, const struct rd_opened *opened)
{
    struct worklist *worklist = showing->worklist;
    struct worklist_session *session = worklist_who(worklist, showing->request);
    struct rd_text target = rd_text_of(showing->target);
    if (session == NULL) {
        worklist_go(showing->request, "/sign-in", NULL);
    } else if (row_of(worklist, session, target) == NULL) {
        show_gone(worklist, session, showing->request, target);
    } else {
        struct rd_buf out;
        const struct worklist_view view = worklist_view_of(worklist, session);
        const struct worklist_item item = {.row = row_of(worklist, session, target),
                                           .explained =
                                               showing->has_explained ? &showing->explained : NULL,
                                           .opened = opened,
                                           .trouble = showing->trouble};
        rd_buf_init(&out, rd_alloc_heap());
        worklist_page_item(&out, &view, &item);
        worklist_answer(showing->request, 200, &out, NULL);
    }
    showing_free(showing);
}

static const char *trouble_of(struct showing *showing, const struct rd_message *message)
{
    struct rd_text words = RD_TEXT_NONE;
    if (message == NULL)
        return "the router did not answer. Try again.";
    if (message->refused == NULL ||
        !rd_arena_copy(&showing->arena, message->refused->words, &words))
        return "the router's answer was not understood.";
    return words.ptr;
}

static void on_opened(void *context, const struct rd_message *message)
{
    struct showing *showing = context;
    const struct rd_opened *opened = message == NULL ? NULL : message->opened;
    if (opened == NULL)
        showing->trouble = trouble_of(showing, message);
    finish(showing, opened);
}

static bool ask_open(struct showing *showing, struct worklist_session *session,
                     rd_outbox_answer *answer)
{
    struct worklist *worklist = showing->worklist;
    const char *purpose =
        worklist_opened_for(session, rd_text_of(showing->target), worklist->now());
    if (purpose == NULL)
        return false;
    struct rd_open open = {.target = rd_text_of(showing->target),
                           .by = session->person->id,
                           .purpose = rd_text_of(purpose)};
    const struct rd_message message = {.open = &open};
    if (worklist->ask(worklist->asker, &message, answer, showing) == RD_OK)
        return true;
    showing->trouble = "the router is away. Try again when it is back.";
    return false;
}

static void on_explained(void *context, const struct rd_message *message)
{
    struct showing *showing = context;
    if (message != NULL && message->query_result != NULL)
        showing->has_explained = rd_shape_copy(&rd_query_result_shape, message->query_result,
                                               &showing->arena, &showing->explained) == RD_OK;
    struct worklist_session *session = worklist_who(showing->worklist, showing->request);
    if (session == NULL || !ask_open(showing, session, on_opened))
        finish(showing, NULL);
}

void worklist_show_item(struct worklist *worklist, struct worklist_session *session,
                        struct rd_http_request *request, struct rd_text target)
{
    const struct rd_row *row = row_of(worklist, session, target);
    if (row == NULL) {
        show_gone(worklist, session, request, target);
        return;
    }
    struct showing *showing = showing_new(worklist, request, target);
    if (showing == NULL) {
        no_memory(worklist, request);
        return;
    }
    /* The explanation names teams, rules and facts: more than a minimum view is meant to see. */
    struct rd_query query = {.kind = RD_QUERY_EXPLAIN, .target = target, .by = session->person->id};
    const struct rd_message message = {.query = &query};
    if (row->view == RD_VIEW_FULL &&
        worklist->ask(worklist->asker, &message, on_explained, showing) == RD_OK)
        return;
    if (!ask_open(showing, session, on_opened))
        finish(showing, NULL);
}

static void finish_words(struct showing *showing, struct worklist_session *session,
                         const char *words)
{
    worklist_answer_words(showing->worklist, session, showing->request, 503, "Not now", words);
    showing_free(showing);
}

static void on_quarantined(void *context, const struct rd_message *message)
{
    struct showing *showing = context;
    struct worklist_session *session = worklist_who(showing->worklist, showing->request);
    if (session == NULL || message == NULL || message->opened == NULL) {
        finish_words(showing, session, trouble_of(showing, message));
        return;
    }
    struct rd_buf out;
    const struct worklist_view view = worklist_view_of(showing->worklist, session);
    rd_buf_init(&out, rd_alloc_heap());
    worklist_page_quarantined(&out, &view, rd_text_of(showing->target), message->opened);
    worklist_answer(showing->request, 200, &out, NULL);
    showing_free(showing);
}

static void on_quarantine(void *context, const struct rd_message *message)
{
    struct showing *showing = context;
    struct worklist_session *session = worklist_who(showing->worklist, showing->request);
    if (session == NULL || message == NULL || message->query_result == NULL) {
        finish_words(showing, session, trouble_of(showing, message));
        return;
    }
    struct rd_buf out;
    const struct worklist_view view = worklist_view_of(showing->worklist, session);
    rd_buf_init(&out, rd_alloc_heap());
    worklist_page_quarantine(&out, &view, message->query_result);
    worklist_answer(showing->request, 200, &out, NULL);
    showing_free(showing);
}

void worklist_show_quarantine(struct worklist *worklist, struct worklist_session *session,
                              struct rd_http_request *request, struct rd_text target)
{
    struct showing *showing = showing_new(worklist, request, target);
    if (showing == NULL) {
        no_memory(worklist, request);
        return;
    }
    if (target.len > 0) {
        /* Reading is noted by the router: only a press of the button opens. */
        if (!ask_open(showing, session, on_quarantined))
            finish_words(showing, session,
                         showing->trouble == NULL ? "Open it from the quarantine list."
                                                  : showing->trouble);
        return;
    }
    struct rd_query query = {.kind = RD_QUERY_QUARANTINE, .by = session->person->id};
    const struct rd_message message = {.query = &query};
    if (worklist->ask(worklist->asker, &message, on_quarantine, showing) != RD_OK)
        finish_words(showing, session, "The router is away. Try again when it is back.");
}
