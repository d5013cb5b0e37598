/* Receipts to BaRS senders: a servicerequest-response message for each, POSTed to the endpoint of
 * its feed. Loop thread only. */
#ifndef RD_BARS_RESPOND_H
#define RD_BARS_RESPOND_H

#include "adapters/kit/post.h"
#include "adapters/kit/receipts.h"

struct bars_respond {
    struct rd_receipts_file *file;
    struct rd_receipts *receipts;
    struct rd_poster *poster;
};

/* `path`: the file of --receipts. On failure nothing is open. */
RD_MUST_CHECK enum rd_err bars_respond_open(struct rd_frame *frame, const char *path,
                                            struct bars_respond *respond, struct rd_errbuf *why);
void bars_respond_close(struct bars_respond *respond);
/* After the loop has ended. */
void bars_respond_free(struct bars_respond *respond);

#endif
