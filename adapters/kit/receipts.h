/* Receipts on their way to a partner. Takes the receipts of feeds from the router, hands each to
 * the adapter's `send` until the partner has it, waits longer after each failure, and acknowledges
 * it to the router: delivered, or given up, which the router tells the desk. Keeps nothing on disk:
 * what is not acknowledged the router gives again. Loop thread only. */
#ifndef RD_KIT_RECEIPTS_H
#define RD_KIT_RECEIPTS_H

#include "adapters/kit/frame.h"
#include "model/message.h"

enum {
    RD_RECEIPT_TARGETS_MAX = 32,
    RD_RECEIPT_WAIT_MS = 1000,      /* before the second attempt; doubles with each */
    RD_RECEIPT_WAIT_MAX_MS = 300000 /* between two attempts */
};

/* One feed of the file that --receipts names. All borrowed from the reader of the file. */
struct rd_receipt_target {
    const char *feed, *endpoint;
    struct rd_text target;                     /* "system|value"; absent: as the original says */
    unsigned stages;                           /* bit (1 << stage) of each that is told */
    unsigned give_up_after_s;                  /* from when it happened */
    unsigned timeout_s;                        /* of one attempt */
    rd_instant from;                           /* what happened before is not told; 0: all is */
    const char *authority, *certificate, *key; /* PEM files; NULL: none */
};

struct rd_receipts_file;
/* Every feed in it must be one of `frame`'s; `known`: which stages this protocol has a message for.
 * RD_E_INVALID with file, line, column, found, expected; RD_E_IO, RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_receipts_read(const char *path, const struct rd_frame *frame,
                                           bool (*known)(enum rd_receipt_stage stage),
                                           struct rd_receipts_file **out, struct rd_errbuf *why);
size_t rd_receipts_targets(const struct rd_receipts_file *file,
                           const struct rd_receipt_target **out);
void rd_receipts_file_free(struct rd_receipts_file *file); /* NULL allowed */

enum rd_receipt_result {
    RD_RECEIPT_DELIVERED, /* the partner has it */
    RD_RECEIPT_AGAIN,     /* not now */
    RD_RECEIPT_NEVER      /* the partner refused it, or it cannot be made: given up */
};
struct rd_receipt_job; /* one receipt under way */
/* Tries once: leads to exactly one rd_receipt_done, now or later, unless rd_receipts_close comes
 * first. */
typedef void rd_receipt_send(void *context, struct rd_receipt_job *job,
                             const struct rd_receipt_target *target,
                             const struct rd_receipt *receipt);
/* `words`: why not, without patient data; copied. `wait_s`: the partner asked for that long. */
void rd_receipt_done(struct rd_receipt_job *job, enum rd_receipt_result result, const char *words,
                     uint32_t wait_s);

struct rd_receipts;
struct rd_receipts_counters {
    uint64_t delivered, retried, given_up;
};
RD_MUST_CHECK enum rd_err rd_receipts_open(struct rd_frame *frame,
                                           const struct rd_receipts_file *file,
                                           rd_receipt_send *send, void *context,
                                           struct rd_receipts **out, struct rd_errbuf *why);
const struct rd_receipts_counters *rd_receipts_counters(const struct rd_receipts *receipts);
/* Call it after whatever `send` uses was closed: no job may be ended afterwards. NULL allowed. */
void rd_receipts_close(struct rd_receipts *receipts);

#endif
