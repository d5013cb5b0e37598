/* Doing something: the form becomes a command, the router's answer a sentence on the next page. */
#include "adapters/worklist/web.h"

#include "adapters/worklist/command.h"
#include "link/log.h"

#include <stdio.h>
#include <stdlib.h>

enum { ORDER_BYTES_MAX = 16 * 1024 };

struct order {
    struct worklist *worklist;
    struct rd_http_request *request;
    char target[WORKLIST_TARGET_MAX];
    struct rd_command command; /* only what worklist_done_words reads, and nothing of the form */
};

static struct rd_text form_field(const void *context, const char *name)
{
    return rd_http_form(context, name);
}

static bool is_item(struct rd_text target)
{
    return target.len > 0 && target.ptr[0] == 'Q' && rd_text_find(target, '-', 0) == target.len;
}

static void go_back(struct rd_http_request *request, struct rd_text target, bool gone)
{
    char path[WORKLIST_TARGET_MAX + 16];
    if (is_item(target))
        (void)snprintf(path, sizeof path, "/quarantine%s%.*s", gone ? "" : "/",
                       gone ? 0 : (int)target.len, target.ptr);
    else
        (void)snprintf(path, sizeof path, "/%s%.*s", gone ? "" : "item/",
                       gone ? 0 : (int)target.len, target.ptr);
    worklist_go(request, path, NULL);
}

/* What is said of two referrals is said on the page of those that wait. */
static void go_on(struct rd_http_request *request, enum rd_verb verb, struct rd_text target,
                  bool gone)
{
    if (worklist_verb_links(verb))
        worklist_go(request, "/links", NULL);
    else
        go_back(request, target, gone);
}

/* The words of a refusal name no person but our own staff: "pat.jones has claimed it". */
static void say_refusal(struct worklist_session *session, const struct rd_message *message)
{
    if (message == NULL)
        worklist_say(session, true, RD_TEXT_NONE,
                     "The router did not answer. It may or may not be done: look at the list "
                     "before you try again.");
    else if (message->refused != NULL)
        worklist_say(session, true, RD_TEXT_NONE, "Not done. %.*s",
                     RD_TEXT_ARG(message->refused->words));
    else
        worklist_say(session, true, RD_TEXT_NONE,
                     "The router's answer was not understood: look at the list before you try "
                     "again.");
}

static void on_answer(void *context, const struct rd_message *message)
{
    struct order *order = context;
    struct worklist *worklist = order->worklist;
    struct worklist_session *session = worklist_who(worklist, order->request);
    const struct rd_command_result *result = message == NULL ? NULL : message->command_result;
    const struct rd_row *row = result == NULL ? NULL : result->row;
    struct rd_text target = rd_text_of(order->target);
    if (row != NULL)
        worklist_queues_note(&worklist->queues, row, worklist->now());
    if (session == NULL) {
        worklist_go(order->request, "/sign-in", NULL);
    } else if (result == NULL) {
        say_refusal(session, message);
        go_on(order->request, order->command.verb, target, false);
    } else {
        char words[256];
        const struct worklist_asked asked = {.place = worklist->place, .staff = &worklist->staff};
        bool gone = is_item(target) || row == NULL || !rd_text_equal(row->assignment, target) ||
                    row->phase == RD_ASSIGNMENT_CLOSED;
        worklist_done_words(&asked, &order->command, row, words, sizeof words);
        bool about = gone && !is_item(target) && !worklist_verb_links(order->command.verb);
        worklist_say(session, false, about ? target : RD_TEXT_NONE, "%s", words);
        go_on(order->request, order->command.verb, target, gone);
    }
    free(order);
}

static bool may(const struct worklist *worklist, const struct worklist_session *session,
                struct rd_text target, enum rd_verb verb, const struct rd_row **row)
{
    *row = worklist_queues_find(&worklist->queues, target);
    if (worklist_verb_is_desk(verb) && !session->person->desk)
        return false;
    if (worklist_verb_links(verb))
        return !is_item(target);
    bool of_item = verb == RD_VERB_REFUSE || verb == RD_VERB_REPAIR;
    if (of_item || is_item(target))
        return of_item && is_item(target);
    if (*row != NULL)
        return worklist_person_in(session->person, (*row)->team);
    const struct worklist_closed *closed = worklist_queues_closed(&worklist->queues, target);
    return closed != NULL && worklist_person_in(session->person, closed->team);
}

static enum rd_err give(struct order *order, const struct rd_command *command)
{
    struct rd_command sent = *command;
    const struct rd_message message = {.command = &sent};
    order->command = (struct rd_command){.verb = command->verb,
                                         .mode = command->mode,
                                         .outcome = command->outcome,
                                         .pathway = command->pathway};
    if (command->verb == RD_VERB_TRANSFER || command->verb == RD_VERB_ROUTE ||
        command->verb == RD_VERB_REDIRECT)
        order->command.to = command->to; /* of the place or the staff file: it stays */
    return order->worklist->ask(order->worklist->asker, &message, on_answer, order);
}

static void do_verb(struct worklist *worklist, struct worklist_session *session,
                    struct rd_http_request *request, struct rd_text target, enum rd_verb verb)
{
    const struct rd_row *row = NULL;
    struct rd_errbuf why = {""};
    struct rd_command command;
    struct rd_arena arena;
    if (!may(worklist, session, target, verb, &row)) {
        worklist_say(session, true, RD_TEXT_NONE,
                     "Not done: it is not in your lists any more, or is not yours to do.");
        worklist_go(request, "/", NULL);
        return;
    }
    const struct worklist_form form = {form_field, request};
    const struct worklist_asked asked = {worklist->place, worklist->zone, &worklist->staff,
                                         session->person, target,         row,
                                         worklist->now()};
    rd_arena_init(&arena, rd_alloc_heap(), ORDER_BYTES_MAX);
    struct order *order = calloc(1, sizeof *order);
    enum rd_err err = order == NULL ? RD_E_NOMEM : RD_OK;
    if (err == RD_OK)
        err = worklist_command(&form, verb, &asked, &arena, &command, &why);
    if (err == RD_OK) {
        order->worklist = worklist;
        order->request = request;
        (void)snprintf(order->target, sizeof order->target, "%.*s", RD_TEXT_ARG(target));
        rd_log(RD_LOG_INFO, "worklist.order",
               rd_log_name("verb", rd_text_of(rd_enum_name(&rd_verb_names, (int)verb))),
               rd_log_name("target", target), rd_log_name("staff", session->person->id));
        err = give(order, &command);
    }
    rd_arena_fini(&arena);
    if (err == RD_OK)
        return;
    free(order);
    worklist_say(session, true, RD_TEXT_NONE, "Not done. %s",
                 err == RD_E_INVALID       ? why.text
                 : err == RD_E_UNREACHABLE ? "The router is away: try again when it is back, or go "
                                             "by telephone."
                                           : "Out of memory: try again.");
    go_on(request, verb, target, false);
}

void worklist_do(struct worklist *worklist, struct worklist_session *session,
                 struct rd_http_request *request, struct rd_text target, struct rd_text action)
{
    struct rd_text purpose = rd_text_trim(rd_http_form(request, "purpose"));
    enum rd_verb verb = worklist_verb(action);
    if (rd_text_is(action, "open")) {
        bool plain = purpose.len > 0 && purpose.len < 64 && rd_text_is_utf8(purpose);
        worklist_note_opened(session, target, plain ? purpose : RD_TEXT("direct care"),
                             worklist->now());
        go_back(request, target, false);
    } else if (rd_text_is(action, "put-away")) {
        worklist_put_away(session, target);
        go_back(request, target, false);
    } else if (verb == 0) {
        worklist_answer_words(worklist, session, request, 404, "Not found",
                              "There is no such action.");
    } else {
        do_verb(worklist, session, request, target, verb);
    }
}
