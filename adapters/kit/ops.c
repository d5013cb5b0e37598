#include "adapters/kit/ops.h"

#include "base/alloc.h"
#include "link/httpd.h"

#include <inttypes.h>
#include <stdlib.h>

struct rd_ops {
    struct rd_httpd *httpd;
    struct rd_ops_options options;
};

void rd_ops_put(struct rd_buf *out, const char *name, const char *type, const char *help,
                int64_t value)
{
    rd_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", name, help, name, type, name,
                  value);
}

void rd_ops_put_receipts(struct rd_buf *out, const char *program,
                         const struct rd_receipts *receipts)
{
    if (receipts == NULL)
        return;
    const struct rd_receipts_counters *counters = rd_receipts_counters(receipts);
    const struct {
        const char *name, *help;
        uint64_t value;
    } all[] = {
        {"receipts_delivered_total", "Receipts that a sender has.", counters->delivered},
        {"receipts_retried_total", "Attempts at a receipt that failed.", counters->retried},
        {"receipts_given_up_total", "Receipts that the desk tells by telephone.",
         counters->given_up},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        rd_buf_printf(out, "# HELP %s_%s %s\n# TYPE %s_%s counter\n%s_%s %" PRIu64 "\n", program,
                      all[i].name, all[i].help, program, all[i].name, program, all[i].name,
                      all[i].value);
}

static void on_request(void *context, struct rd_http_request *request)
{
    const struct rd_ops *ops = context;
    struct rd_text path = rd_http_path(request);
    struct rd_buf out;
    unsigned status = 200;
    rd_buf_init(&out, rd_alloc_heap());
    if (rd_http_method(request) != RD_HTTP_GET) {
        status = 405;
        rd_buf_put_string(&out, "GET only\n");
    } else if (rd_text_is(path, "/metrics")) {
        ops->options.metrics(ops->options.context, &out);
    } else if (rd_text_is(path, "/livez")) {
        rd_buf_put_string(&out, "ok\n");
    } else if (rd_text_is(path, "/readyz")) {
        const char *why = ops->options.not_ready(ops->options.context);
        status = why == NULL ? 200 : 503;
        rd_buf_printf(&out, "%s\n", why == NULL ? "ok" : why);
    } else {
        status = 404;
        rd_buf_put_string(&out, "there are /livez, /readyz and /metrics\n");
    }
    rd_http_answer(request, out.failed ? 500 : status, "text/plain; version=0.0.4; charset=utf-8",
                   rd_buf_text(&out), NULL);
    rd_buf_fini(&out);
}

enum rd_err rd_ops_open(struct rd_frame *frame, const struct rd_ops_options *options,
                        struct rd_ops **out, struct rd_errbuf *why)
{
    *out = NULL;
    if (frame->ops_address[0] == '\0')
        return RD_OK;
    struct rd_ops *ops = calloc(1, sizeof *ops);
    if (ops == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for --ops");
    ops->options = *options;
    const struct rd_httpd_options httpd = {.address = frame->ops_address,
                                           .port = frame->ops_port,
                                           .body_bytes_max = 1,
                                           .connections_max = 16,
                                           .handler = on_request,
                                           .context = ops};
    enum rd_err err = rd_httpd_open(&frame->loop, &httpd, &ops->httpd, why);
    if (err == RD_OK)
        *out = ops;
    else
        free(ops);
    return err;
}

static void on_closed(void *context)
{
    free(context);
}

void rd_ops_close(struct rd_ops *ops)
{
    if (ops != NULL)
        rd_httpd_close(ops->httpd, on_closed, ops);
}
