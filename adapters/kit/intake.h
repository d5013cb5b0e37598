/* The adapter's side of intake: connects to the router with the adapter's key, says hello, keeps
 * the session alive, submits and hands back each result. Reconnects by itself; what was submitted
 * and not answered is reported as unanswered (the partner keeps its copy and sends again: the key
 * makes that safe). Loop thread only. */
#ifndef RD_KIT_INTAKE_H
#define RD_KIT_INTAKE_H

#include "link/zsock.h"
#include "model/message.h"

struct rd_intake;

enum { RD_INTAKE_ANSWERS_MAX = 256 };

/* `result` is NULL when the router went away or did not answer in `timeout_ms`: not held, as far as
 * we know. Otherwise borrowed for the call; result->busy means not now. */
typedef void rd_intake_result(void *context, const struct rd_submit_result *result);
/* A refusal of our hello or of a submit's form: a configuration fault, in words. Repeated for as
 * long as it lasts. */
typedef void rd_intake_trouble(void *context, const char *words);

/* The answer to an open or a query: opened, query_result or refused; NULL: none in time, or the
 * router is away. Borrowed for the call. */
typedef void rd_intake_answer(void *context, const struct rd_message *message);

struct rd_intake_options {
    const char *router;        /* "tcp://127.0.0.1:5701" */
    const char *router_public; /* z85 */
    const struct rd_keypair *own;
    const char *program, *version;
    uint32_t timeout_ms; /* 0: 5000 */
    rd_intake_trouble *trouble;
    void *context;
};

RD_MUST_CHECK enum rd_err rd_intake_open(uv_loop_t *loop, struct rd_zcontext *zcontext,
                                         const struct rd_intake_options *options,
                                         struct rd_intake **out, struct rd_errbuf *why);
/* Welcomed, and with credit left for one more submission of `bytes`: read the partner's next
 * message only then. */
bool rd_intake_ready(const struct rd_intake *intake, size_t bytes);
/* For /readyz of a door that serves so many feeds: NULL when something can be taken, else why not.
 * Beside rd_intake_ready it knows whether every feed was refused when it was last tried (one that
 * is not in the rules in force, or not this key's); a door goes on trying. Borrowed until the next
 * answer. */
const char *rd_intake_not_ready(const struct rd_intake *intake, size_t feeds_count);
/* Called whenever rd_intake_ready may have become true or false. */
void rd_intake_on_change(struct rd_intake *intake, void (*changed)(void *context), void *context);
/* Encodes at once; `done` is called exactly once, later, from the loop. RD_E_BUSY: no credit or no
 * router now (done is not called). RD_E_TOOBIG: over a limit of the contract, `why` says which. */
RD_MUST_CHECK enum rd_err rd_intake_submit(struct rd_intake *intake,
                                           const struct rd_submission *submission,
                                           rd_intake_result *done, void *context,
                                           struct rd_errbuf *why);
/* Sends `message` (an open or query: its correlation is set here), which costs no credit, and calls
 * `answer` exactly once, later, from the loop. RD_E_BUSY: no router now (answer is not called). */
RD_MUST_CHECK enum rd_err rd_intake_ask(struct rd_intake *intake, const struct rd_message *message,
                                        rd_intake_answer *answer, void *context);
/* What the sender of a submission was told, kept beside it in the ledger: `correlation` is of the
 * router's result, and of one result only once. Copied (the first RD_ANSWER_BYTES_MAX bytes of
 * it), and sent behind everything else: it holds nothing up. Sent again while the router has no
 * room; lost when the session ends first (a trace then says that the answer is not known) or when
 * RD_INTAKE_ANSWERS_MAX wait, which rd_intake_answers_lost counts. */
void rd_intake_answered(struct rd_intake *intake, const struct rd_answered *answered);
uint64_t rd_intake_answers_lost(const struct rd_intake *intake);
/* What was not answered is told as unanswered before this returns. `closed` (may be NULL) is called
 * once, later, from the loop. Idempotent; NULL is allowed. */
void rd_intake_close(struct rd_intake *intake, void (*closed)(void *context), void *context);

#endif
