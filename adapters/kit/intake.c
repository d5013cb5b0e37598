#include "adapters/kit/intake.h"

#include "adapters/kit/session.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 5000, PENDING_MAX = 256, REFUSED_MAX = 64 };

struct pending {
    uint64_t correlation; /* 0: free */
    uint64_t deadline_ms;
    size_t bytes;
    rd_intake_result *done;   /* of a submission, else NULL */
    rd_intake_answer *answer; /* of a question */
    void *context;
    char feed[RD_NAME_BYTES_MAX + 1];
};

/* Kept for a while after it was sent: the router may have had no room for it. */
struct answer {
    struct rd_answered said; /* texts point into `copy`; correlation 0: free */
    char *copy;              /* owned */
    bool waits;              /* to be sent, or sent again */
};

struct rd_intake {
    struct rd_session *session;
    struct rd_intake_options options;
    void (*changed)(void *context);
    void *changed_context;
    uint64_t correlation;
    size_t credit_submissions, credit_bytes;
    size_t outstanding, outstanding_bytes;
    struct pending pending[PENDING_MAX];
    struct answer answers[RD_INTAKE_ANSWERS_MAX]; /* the newest, in a ring */
    size_t answers_next;
    uint64_t answers_lost;
    char refused[REFUSED_MAX]
                [RD_NAME_BYTES_MAX + 1]; /* feeds that the router does not take from us */
    size_t refused_count;
    struct rd_errbuf refused_words; /* of the newest */
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

static void tell_changed(struct rd_intake *intake)
{
    if (intake->changed != NULL)
        intake->changed(intake->changed_context);
}

/* Frees the place first: `done` may submit again. */
static void finish(struct rd_intake *intake, struct pending *pending,
                   const struct rd_message *message)
{
    struct pending ended = *pending;
    *pending = (struct pending){0};
    if (ended.done == NULL) {
        ended.answer(ended.context, message);
        return;
    }
    intake->outstanding--;
    intake->outstanding_bytes -= ended.bytes;
    ended.done(ended.context, message == NULL ? NULL : message->submit_result);
}

static struct pending *find(struct rd_intake *intake, uint64_t correlation)
{
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (intake->pending[i].correlation == correlation)
            return &intake->pending[i];
    return NULL;
}

static void finish_all(struct rd_intake *intake)
{
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (intake->pending[i].correlation != 0)
            finish(intake, &intake->pending[i], NULL);
}

static void on_up(void *context, const struct rd_welcome *welcome)
{
    struct rd_intake *intake = context;
    intake->credit_submissions =
        welcome->credit_submissions < PENDING_MAX ? welcome->credit_submissions : PENDING_MAX;
    intake->credit_bytes = welcome->credit_bytes;
    tell_changed(intake);
}

static void drop_answer(struct answer *answer)
{
    free(answer->copy);
    *answer = (struct answer){.waits = false};
}

/* The router knows a session's submissions for as long as that stands. */
static void drop_answers(struct rd_intake *intake)
{
    for (size_t i = 0; i < RD_INTAKE_ANSWERS_MAX; i++) {
        intake->answers_lost += intake->answers[i].waits ? 1 : 0;
        drop_answer(&intake->answers[i]);
    }
}

static void send_answer(struct rd_intake *intake, struct answer *answer)
{
    const struct rd_message message = {.answered = &answer->said};
    answer->waits = rd_session_send(intake->session, &message) != RD_OK;
}

static struct rd_text keep(char **at, struct rd_text text)
{
    char *start = *at;
    if (!rd_text_present(text))
        return RD_TEXT_NONE;
    if (text.len > 0)
        memcpy(start, text.ptr, text.len);
    *at += text.len;
    return (struct rd_text){start, text.len};
}

void rd_intake_answered(struct rd_intake *intake, const struct rd_answered *answered)
{
    if (intake == NULL || intake->closing || answered->correlation == 0 ||
        !rd_session_is_up(intake->session)) {
        if (intake != NULL)
            intake->answers_lost++;
        return;
    }
    struct answer *answer = &intake->answers[intake->answers_next++ % RD_INTAKE_ANSWERS_MAX];
    intake->answers_lost += answer->waits ? 1 : 0;
    drop_answer(answer);
    struct rd_answered said = *answered;
    if (said.length == 0)
        said.length = said.bytes.len;
    said.bytes = rd_text_slice(said.bytes, 0, RD_ANSWER_BYTES_MAX);
    answer->copy = malloc(said.code.len + said.words.len + said.bytes.len + 1);
    if (answer->copy == NULL) {
        intake->answers_lost++;
        return;
    }
    char *at = answer->copy;
    said.code = keep(&at, said.code);
    said.words = keep(&at, said.words);
    said.bytes = said.bytes.len == 0 ? RD_TEXT_NONE : keep(&at, said.bytes);
    answer->said = said;
    send_answer(intake, answer);
}

uint64_t rd_intake_answers_lost(const struct rd_intake *intake)
{
    return intake->answers_lost;
}

/* The router has no room for it now: again at the next tick. Anything else it says of an answer
 * ends the matter. */
static bool refused_answer(struct rd_intake *intake, const struct rd_refused *refused)
{
    for (size_t i = 0; refused != NULL && i < RD_INTAKE_ANSWERS_MAX; i++) {
        struct answer *answer = &intake->answers[i];
        if (answer->said.correlation != refused->correlation || refused->correlation == 0)
            continue;
        answer->waits = refused->code == RD_REFUSAL_BUSY;
        if (!answer->waits) {
            intake->answers_lost++;
            drop_answer(answer);
        }
        return true;
    }
    return false;
}

static void send_answers(struct rd_intake *intake)
{
    for (size_t i = 0; i < RD_INTAKE_ANSWERS_MAX; i++)
        if (intake->answers[i].waits)
            send_answer(intake, &intake->answers[i]);
}

static void on_down(void *context)
{
    struct rd_intake *intake = context;
    drop_answers(intake);
    finish_all(intake);
    tell_changed(intake);
}

static uint64_t correlation_of(const struct rd_message *message)
{
    if (message->submit_result != NULL)
        return message->submit_result->correlation;
    if (message->opened != NULL)
        return message->opened->correlation;
    if (message->query_result != NULL)
        return message->query_result->correlation;
    return message->refused != NULL ? message->refused->correlation : 0;
}

/* The router's word on a feed: taken or not. A message of the wrong form says nothing of its feed.
 */
static void note_feed(struct rd_intake *intake, const char *feed, const struct rd_refused *refused)
{
    size_t at = 0;
    while (at < intake->refused_count && strcmp(intake->refused[at], feed) != 0)
        at++;
    if (refused == NULL && at < intake->refused_count)
        memcpy(intake->refused[at], intake->refused[--intake->refused_count],
               sizeof intake->refused[at]);
    bool of_feed = refused != NULL &&
                   (refused->code == RD_REFUSAL_RIGHTS || refused->code == RD_REFUSAL_UNKNOWN);
    if (!of_feed)
        return;
    (void)rd_fail(&intake->refused_words, RD_OK, "the router refuses the feed %s: %.*s", feed,
                  RD_TEXT_ARG(refused->words));
    if (at == intake->refused_count && at < REFUSED_MAX)
        (void)snprintf(intake->refused[intake->refused_count++], sizeof intake->refused[0], "%s",
                       feed);
}

const char *rd_intake_not_ready(const struct rd_intake *intake, size_t feeds_count)
{
    if (!rd_intake_ready(intake, 0))
        return "the router is away or busy";
    bool all = intake->refused_count > 0 && intake->refused_count >= feeds_count;
    return all ? intake->refused_words.text : NULL;
}

static void on_message(void *context, const struct rd_message *message)
{
    struct rd_intake *intake = context;
    uint64_t correlation = correlation_of(message);
    struct pending *pending = correlation == 0 ? NULL : find(intake, correlation);
    if (pending == NULL && refused_answer(intake, message->refused))
        return;
    if (pending == NULL)
        return; /* answered too late: already told as unanswered */
    if (pending->done != NULL)
        note_feed(intake, pending->feed, message->refused);
    if (message->refused != NULL && pending->done != NULL && intake->options.trouble != NULL) {
        struct rd_errbuf words;
        (void)rd_fail(&words, RD_OK, "%.*s", RD_TEXT_ARG(message->refused->words));
        intake->options.trouble(intake->options.context, words.text);
    }
    if (pending->correlation != correlation)
        return; /* closed meanwhile: already told as unanswered */
    finish(intake, pending, message);
    tell_changed(intake);
}

static void on_tick(void *context)
{
    struct rd_intake *intake = context;
    uint64_t now = rd_session_now_ms(intake->session);
    bool any = false;
    send_answers(intake);
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending *pending = &intake->pending[i];
        if (pending->correlation == 0 || now < pending->deadline_ms)
            continue;
        finish(intake, pending, NULL);
        any = true;
    }
    if (any)
        tell_changed(intake);
}

static void on_trouble(void *context, const char *words)
{
    struct rd_intake *intake = context;
    if (intake->options.trouble != NULL)
        intake->options.trouble(intake->options.context, words);
}

enum rd_err rd_intake_open(uv_loop_t *loop, struct rd_zcontext *zcontext,
                           const struct rd_intake_options *options, struct rd_intake **out,
                           struct rd_errbuf *why)
{
    *out = NULL;
    struct rd_intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return rd_fail(why, RD_E_NOMEM, "intake: out of memory");
    intake->options = *options;
    if (intake->options.timeout_ms == 0)
        intake->options.timeout_ms = TIMEOUT_MS;
    const struct rd_session_options session = {.router = options->router,
                                               .router_public = options->router_public,
                                               .own = options->own,
                                               .program = options->program,
                                               .version = options->version,
                                               .up = on_up,
                                               .down = on_down,
                                               .message = on_message,
                                               .tick = on_tick,
                                               .trouble = on_trouble,
                                               .context = intake};
    enum rd_err err = rd_session_open(loop, zcontext, &session, &intake->session, why);
    if (err != RD_OK) {
        free(intake);
        return err;
    }
    *out = intake;
    return RD_OK;
}

bool rd_intake_ready(const struct rd_intake *intake, size_t bytes)
{
    return rd_session_is_up(intake->session) && intake->outstanding < intake->credit_submissions &&
           intake->outstanding_bytes + bytes <= intake->credit_bytes;
}

void rd_intake_on_change(struct rd_intake *intake, void (*changed)(void *context), void *context)
{
    intake->changed = changed;
    intake->changed_context = context;
}

enum rd_err rd_intake_submit(struct rd_intake *intake, const struct rd_submission *submission,
                             rd_intake_result *done, void *context, struct rd_errbuf *why)
{
    enum rd_err err = rd_shape_check(&rd_submission_shape, submission, why);
    if (err != RD_OK)
        return RD_E_TOOBIG;
    size_t bytes = submission->original.len + submission->merged.len;
    struct pending *pending = rd_intake_ready(intake, bytes) ? find(intake, 0) : NULL;
    if (pending == NULL)
        return rd_fail(why, RD_E_BUSY, "the router is away or has no credit now");
    struct rd_submission copy = *submission;
    struct rd_submit submit = {.correlation = ++intake->correlation, .submission = &copy};
    const struct rd_message message = {.submit = &submit};
    err = rd_session_send(intake->session, &message);
    if (err == RD_E_TOOBIG)
        return rd_fail(why, err, "the message and its record are over %d bytes",
                       RD_FRAME_BYTES_MAX);
    if (err != RD_OK)
        return rd_fail(why, RD_E_BUSY, "the router cannot take it now");
    *pending = (struct pending){.correlation = submit.correlation,
                                .deadline_ms =
                                    rd_session_now_ms(intake->session) + intake->options.timeout_ms,
                                .bytes = bytes,
                                .done = done,
                                .context = context};
    (void)snprintf(pending->feed, sizeof pending->feed, "%.*s", RD_TEXT_ARG(submission->feed));
    intake->outstanding++;
    intake->outstanding_bytes += bytes;
    return RD_OK;
}

enum rd_err rd_intake_ask(struct rd_intake *intake, const struct rd_message *message,
                          rd_intake_answer *answer, void *context)
{
    struct rd_message asked = *message;
    struct rd_open open;
    struct rd_query query;
    struct pending *pending = find(intake, 0);
    uint64_t correlation = ++intake->correlation;
    if (asked.open != NULL) {
        open = *asked.open;
        open.correlation = correlation;
        asked.open = &open;
    } else {
        query = *asked.query;
        query.correlation = correlation;
        asked.query = &query;
    }
    if (pending == NULL || intake->closing || rd_session_send(intake->session, &asked) != RD_OK)
        return RD_E_BUSY;
    *pending = (struct pending){.correlation = correlation,
                                .deadline_ms =
                                    rd_session_now_ms(intake->session) + intake->options.timeout_ms,
                                .answer = answer,
                                .context = context};
    return RD_OK;
}

static void on_session_closed(void *context)
{
    struct rd_intake *intake = context;
    void (*closed)(void *) = intake->closed;
    void *closed_context = intake->closed_context;
    free(intake);
    if (closed != NULL)
        closed(closed_context);
}

void rd_intake_close(struct rd_intake *intake, void (*closed)(void *context), void *context)
{
    if (intake == NULL || intake->closing)
        return;
    intake->closing = true;
    intake->closed = closed;
    intake->closed_context = context;
    intake->changed = NULL;
    rd_session_close(intake->session, on_session_closed, intake);
    drop_answers(intake);
    finish_all(intake);
}
