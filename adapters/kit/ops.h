/* Liveness, readiness and counters of an adapter that has no pages of its own, for the place's own
 * network: /livez, /readyz, /metrics at the address of --ops. Nothing of a person. Loop thread
 * only. */
#ifndef RD_KIT_OPS_H
#define RD_KIT_OPS_H

#include "adapters/kit/frame.h"
#include "adapters/kit/receipts.h"
#include "base/buf.h"

/* One metric in Prometheus' text form. `type`: "counter" or "gauge"; names end in _total for
 * counters. */
void rd_ops_put(struct rd_buf *out, const char *name, const char *type, const char *help,
                int64_t value);
/* "referral_bars" and so on before the names. NULL allowed: nothing. */
void rd_ops_put_receipts(struct rd_buf *out, const char *program,
                         const struct rd_receipts *receipts);

struct rd_ops_options {
    const char *(*not_ready)(
        void *context); /* why nothing can be taken from a partner now, or NULL */
    void (*metrics)(void *context, struct rd_buf *out);
    void *context;
};
struct rd_ops;
/* Without --ops *out is NULL. */
RD_MUST_CHECK enum rd_err rd_ops_open(struct rd_frame *frame, const struct rd_ops_options *options,
                                      struct rd_ops **out, struct rd_errbuf *why);
void rd_ops_close(struct rd_ops *ops); /* NULL allowed */

#endif
