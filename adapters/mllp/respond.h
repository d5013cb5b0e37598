/* Receipts to HL7 v2 senders: RRI^I12 to the listener of their feed, one connection each; only the
 * answer that names the message counts. Loop thread only. */
#ifndef RD_MLLP_RESPOND_H
#define RD_MLLP_RESPOND_H

#include "adapters/kit/receipts.h"

struct mllp_exchange;
struct mllp_respond {
    struct rd_frame *frame;
    struct rd_receipts_file *file;
    struct rd_receipts *receipts;
    struct rd_tls *tls[RD_RECEIPT_TARGETS_MAX]; /* one for each target; NULL: plain */
    struct mllp_exchange *exchanges;
};

/* `path`: the file of --receipts; its endpoints are mllp://HOST:PORT or mllps://HOST:PORT. On
 * failure nothing is open. */
RD_MUST_CHECK enum rd_err mllp_respond_open(struct rd_frame *frame, const char *path,
                                            struct mllp_respond *respond, struct rd_errbuf *why);
void mllp_respond_close(struct mllp_respond *respond);
/* After the loop has ended. */
void mllp_respond_free(struct mllp_respond *respond);

#endif
