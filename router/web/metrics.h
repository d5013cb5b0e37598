/* /metrics: one table drives the text and the test of the man page. Thread: any; no state. */
#ifndef RD_WEB_METRICS_H
#define RD_WEB_METRICS_H

#include "web/ops_view.h"

struct rd_metric {
    const char *name;
    const char *type; /* gauge or counter */
    const char *help;
    void (*emit)(const char *name, const struct rd_ops_view *view, struct rd_buf *out);
};

extern const struct rd_metric rd_metric_table[];
extern const size_t rd_metric_table_count;

/* Appends everything, in Prometheus' text form 0.0.4. */
void rd_metrics_write(const struct rd_ops_view *view, struct rd_buf *out);

#endif
