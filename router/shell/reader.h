/* The reader thread: fills bodies into answers that were made without them. A job is queued when
 * its gate has opened; the thread reads the RECEIVED entries from its own read-only connection,
 * cuts each to the view and encodes the message; the loop then sends it.
 *
 * Bounded: a session has at most its credit of receipts outstanding, and READER_OPENS_MAX `opened`
 * wait at once (the router refuses more as busy before it asks the core). Functions: loop thread
 * only. */
#ifndef RD_SHELL_READER_H
#define RD_SHELL_READER_H

#include "base/buf.h"
#include "core/core.h"
#include "ledger/ledger_sqlite.h"

#include <uv.h>

enum { RD_READER_OPENS_MAX = 256 };

struct rd_body_job {
    struct rd_body_job *next;
    enum rd_socket socket;
    uint64_t peer;
    struct rd_arena memory;    /* of `message` and of what is decoded */
    struct rd_message message; /* an `opened`, `receipt` or `query_result`, a deep copy */
    bool opened;               /* it is the first of these */
    uint64_t *entries;         /* as rd_send.bodies says, oldest first; in `memory` */
    size_t entries_count;
    struct rd_buf bytes; /* result: the encoded message */
    enum rd_err err;     /* RD_OK, or FATAL-class: the ledger cannot be read */
    struct rd_errbuf why;
};

/* A job for a send that carries `bodies`. NULL: no memory. */
struct rd_body_job *rd_body_job_new(const struct rd_alloc *alloc, const struct rd_send *send);
void rd_body_job_free(const struct rd_alloc *alloc, struct rd_body_job *job); /* NULL allowed */

/* Where bodies come from: the ledger's reader, or a test's own. */
struct rd_body_source {
    void *context;
    enum rd_err (*body)(void *context, uint64_t entry, struct rd_buf *out, struct rd_errbuf *why);
    enum rd_err (*of_referral)(void *context, uint64_t referral, uint64_t from, uint64_t *numbers,
                               size_t max, size_t *count, struct rd_errbuf *why);
    /* Of that kind, with the same referral and feed as entry `one`: rd_ledger_reader_like. */
    enum rd_err (*like)(void *context, uint64_t one, uint32_t kind, uint64_t from,
                        uint64_t *numbers, size_t max, size_t *count, struct rd_errbuf *why);
};
/* Does one job, on the caller's thread: job->bytes or job->err is set. */
void rd_body_job_do(const struct rd_alloc *alloc, struct rd_body_job *job,
                    const struct rd_body_source *source);

struct rd_reader;
/* `done` gets each finished job, on the loop thread, and owns it. */
typedef void rd_reader_done(void *context, struct rd_body_job *job);

RD_MUST_CHECK enum rd_err rd_reader_open(uv_loop_t *loop,
                                         const struct rd_ledger_sqlite_options *ledger,
                                         rd_reader_done *done, void *context,
                                         struct rd_reader **out, struct rd_errbuf *why);
/* Takes the job. */
void rd_reader_ask(struct rd_reader *reader, struct rd_body_job *job);
/* Jobs asked and not yet given to `done`. */
size_t rd_reader_waiting(const struct rd_reader *reader);
/* Jobs that have not begun are dropped. `closed` may be NULL; called once, from the loop. */
void rd_reader_close(struct rd_reader *reader, void (*closed)(void *context), void *context);

#endif
