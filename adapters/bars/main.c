/* referral-bars: the FHIR BaRS door. */
#include "adapters/bars/respond.h"
#include "adapters/bars/service.h"
#include "adapters/kit/frame.h"
#include "adapters/kit/ops.h"
#include "link/log.h"
#include "model/limits.h"

#include <stdio.h>

enum { SILENT_SECONDS = 30 };

struct program {
    struct rd_frame frame;
    struct bars_service service;
    struct bars_respond respond;
    struct rd_httpd *httpd;
    struct rd_ops *ops;
    char url[128];
};

static const char *receipts_file, *tls_file, *services, *silent_seconds;

static const struct rd_frame_option own_options[] = {
    {"--receipts", "FILE",
     "which senders are told more than HELD, and where; see adapters/README.md", &receipts_file},
    {"--tls", "FILE", "certificates of this door and of its partners; see adapters/README.md",
     &tls_file},
    {"--services", "ID,ID", "the services here: a message for another one is refused; default: any",
     &services},
    {"--silent-seconds", "NUMBER",
     "how long a connection may be silent (30); a request, or its answer, may take four times that",
     &silent_seconds},
    {NULL, NULL, NULL, NULL},
};

static const struct rd_frame_program description = {
    .name = "referral-bars",
    .purpose =
        "Takes BaRS referrals and validations (FHIR R4, JSON or XML); answers 200 only when the "
        "router holds them.",
    .adapter = "bars",
    .listen = "127.0.0.1:8081",
    .intake = true,
    .queues = true,
    .options = own_options,
};

static void on_trouble(void *context, const char *words)
{
    (void)context;
    rd_log(RD_LOG_WARNING, "bars.router", rd_log_words("said", words));
}

static void stop(void *context)
{
    struct program *program = context;
    rd_httpd_close(program->httpd, NULL, NULL);
    rd_intake_close(program->service.intake, NULL, NULL);
    program->service.intake = NULL; /* answers that leave from here on are not known to it */
    bars_respond_close(&program->respond);
    rd_door_close(program->service.door);
    rd_ops_close(program->ops);
}

static const char *not_ready(void *context)
{
    const struct program *program = context;
    return rd_intake_not_ready(program->service.intake, program->frame.feeds_count);
}

static void put_metrics(void *context, struct rd_buf *out)
{
    const struct program *program = context;
    const struct bars_counters *counters = &program->service.counters;
    const struct {
        const char *name, *help;
        uint64_t value;
    } all[] = {
        {"referral_bars_requests_total", "HTTP requests.", counters->requests},
        {"referral_bars_held_total", "Messages answered 200: the router holds them.",
         counters->held},
        {"referral_bars_repeats_total", "Messages answered 409 duplicate.", counters->repeats},
        {"referral_bars_refused_total", "Messages and requests refused.", counters->refused},
        {"referral_bars_unavailable_total", "Requests answered 503 or 408: not held, or unknown.",
         counters->unavailable},
        {"referral_bars_throttled_total", "Messages answered 429: too many of one sender.",
         counters->throttled},
        {"referral_bars_merged_total", "Updates merged with what was held.", counters->merged},
        {"referral_bars_reads_total", "ServiceRequests read or searched for.", counters->reads},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        rd_ops_put(out, all[i].name, "counter", all[i].help, (int64_t)all[i].value);
    rd_ops_put(out, "referral_bars_router_up", "gauge", "1 when the router takes submissions.",
               not_ready(context) == NULL ? 1 : 0);
    rd_ops_put_receipts(out, "referral_bars", program->respond.receipts);
    rd_door_metrics(program->service.door, "referral_bars", out);
}

static enum rd_err open_all(struct program *program, struct rd_errbuf *why)
{
    struct rd_frame *frame = &program->frame;
    const struct rd_intake_options intake = {.router = frame->intake,
                                             .router_public = frame->router_public,
                                             .own = &frame->own,
                                             .program = description.name,
                                             .version = "1",
                                             .timeout_ms = BARS_TIMEOUT_MS,
                                             .trouble = on_trouble,
                                             .context = program};
    struct rd_httpd_options httpd = {.address = frame->listen_address,
                                     .port = frame->listen_port,
                                     .body_bytes_max = RD_BODY_BYTES_MAX,
                                     .handler = bars_handle,
                                     .too_large = bars_too_large,
                                     .context = &program->service};
    program->service = (struct bars_service){.feeds = frame->feeds,
                                             .feeds_count = frame->feeds_count,
                                             .version = "1",
                                             .url = program->url,
                                             .now = rd_frame_now};
    enum rd_err err =
        rd_frame_seconds("--silent-seconds", silent_seconds, SILENT_SECONDS, &httpd.timeout_s, why);
    if (err != RD_OK)
        return err;
    if (services != NULL && !bars_services(&program->service, services))
        return rd_fail(why, RD_E_INVALID, "--services: expected at most %d ids with commas between",
                       BARS_SERVICES_MAX);
    if (tls_file != NULL)
        err = rd_door_read(tls_file, frame, &program->service.door, why);
    httpd.tls = rd_door_tls(program->service.door);
    if (err == RD_OK)
        err = rd_intake_open(&frame->loop, frame->zcontext, &intake, &program->service.intake, why);
    if (err != RD_OK)
        return err;
    if (receipts_file != NULL)
        err = bars_respond_open(frame, receipts_file, &program->respond, why);
    const struct rd_ops_options ops = {
        .not_ready = not_ready, .metrics = put_metrics, .context = program};
    if (err == RD_OK)
        err = rd_ops_open(frame, &ops, &program->ops, why);
    if (err == RD_OK)
        err = rd_httpd_open(&frame->loop, &httpd, &program->httpd, why);
    if (err != RD_OK) {
        rd_ops_close(program->ops);
        bars_respond_close(&program->respond);
        rd_intake_close(program->service.intake, NULL, NULL);
        (void)uv_run(&frame->loop, UV_RUN_DEFAULT);
        return err;
    }
    (void)snprintf(program->url, sizeof program->url, "%s://%s:%u",
                   tls_file == NULL ? "http" : "https", frame->listen_address,
                   rd_httpd_port(program->httpd));
    if (program->service.door != NULL)
        rd_door_watch(program->service.door, frame);
    rd_log(RD_LOG_NOTICE, "bars.listening", rd_log_name("url", rd_text_of(program->url)),
           rd_log_number("feeds", (int64_t)frame->feeds_count));
    return RD_OK;
}

int main(int argc, char **argv)
{
    static struct program program;
    struct rd_errbuf why = {""};
    if (!rd_frame_start(&program.frame, &description, argc, argv))
        return program.frame.exit_code;
    if (open_all(&program, &why) != RD_OK) {
        (void)fprintf(stderr, "%s: %s\n", description.name, why.text);
        return RD_FRAME_FAILED;
    }
    int code = rd_frame_run(&program.frame, stop, &program);
    bars_respond_free(&program.respond);
    rd_door_free(program.service.door);
    return code;
}
