/* The consumer's side of the queues socket, for adapters that show or answer: watches queues
 * (teams, or "feed:NAME" for receipts), sends commands, opens records. Reconnects and resumes by
 * itself. Loop thread only. */
#ifndef RD_KIT_OUTBOX_H
#define RD_KIT_OUTBOX_H

#include "link/zsock.h"
#include "model/message.h"

struct rd_outbox;

/* Every message of the router that is not an answer: snapshot_begin, snapshot_row, snapshot_end,
 * change, handout, receipt, welcome. Acknowledged cumulatively by the kit after the call returns (a
 * receipt is acknowledged by rd_outbox_send). Borrowed for the call. NULL: the router is away;
 * lists may be stale. */
typedef void rd_outbox_heard(void *context, const struct rd_message *message);
/* The answer to one command, open or query: command_result, opened, query_result or refused; NULL:
 * no answer in time or the router is away. Borrowed for the call. */
typedef void rd_outbox_answer(void *context, const struct rd_message *message);
/* A refusal of our hello or of a watch: a configuration fault, in words. Repeated for as long as it
 * lasts. */
typedef void rd_outbox_trouble(void *context, const char *words);

struct rd_outbox_options {
    const char *router;        /* "tcp://127.0.0.1:5702" */
    const char *router_public; /* z85 */
    const struct rd_keypair *own;
    const char *program, *version;
    const char *const
        *queues;         /* NULL-terminated; watched from the start and again after a reconnect */
    uint32_t timeout_ms; /* of an answer; 0: 5000 */
    rd_outbox_heard *heard;
    rd_outbox_trouble *trouble; /* optional */
    void *context;
};

RD_MUST_CHECK enum rd_err rd_outbox_open(uv_loop_t *loop, struct rd_zcontext *zcontext,
                                         const struct rd_outbox_options *options,
                                         struct rd_outbox **out, struct rd_errbuf *why);
bool rd_outbox_connected(const struct rd_outbox *outbox);
/* Sends `message` (a command, open or query: its correlation is set here) and calls `answer`
 * exactly once, later. RD_E_UNREACHABLE: away; answer is not called. */
RD_MUST_CHECK enum rd_err rd_outbox_ask(struct rd_outbox *outbox, const struct rd_message *message,
                                        rd_outbox_answer *answer, void *context);
/* Sends without an answer: a receipt_ack, a handout_ack. */
RD_MUST_CHECK enum rd_err rd_outbox_send(struct rd_outbox *outbox,
                                         const struct rd_message *message);
/* What was not answered is told as unanswered before this returns. `closed` (may be NULL) is called
 * once, later, from the loop. Idempotent; NULL is allowed. */
void rd_outbox_close(struct rd_outbox *outbox, void (*closed)(void *context), void *context);

#endif
