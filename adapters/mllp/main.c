/* referral-mllp: the HL7 v2 door. One listener; a message's feed is known by its sending facility.
 */
#include "adapters/kit/frame.h"
#include "adapters/kit/ops.h"
#include "adapters/mllp/connection.h"
#include "adapters/mllp/mapping.h"
#include "adapters/mllp/respond.h"
#include "link/log.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BACKLOG = 64,
    CONNECTIONS_MAX = 256,
    IDLE_MS = 10 * 60 * 1000,
    FRAME_SECONDS = 60,
    MAPPING_BYTES_MAX = 1 << 20
};

struct program {
    struct rd_frame frame;
    struct mllp_service service;
    struct mllp_feed feeds[RD_FRAME_FEEDS_MAX];
    struct rd_arena mappings;
    struct mllp_respond respond;
    struct rd_ops *ops;
    uv_tcp_t listener;
};

static const char *receipts_file, *tls_file, *frame_seconds;

static const struct rd_frame_option own_options[] = {
    {"--receipts", "FILE", "which senders are told more than AA, and where; see adapters/README.md",
     &receipts_file},
    {"--tls", "FILE", "certificates of this door and of its partners; see adapters/README.md",
     &tls_file},
    {"--frame-seconds", "NUMBER",
     "how long a frame, a handshake, the taking of an answer may last (60)", &frame_seconds},
    {NULL, NULL, NULL, NULL},
};

static const struct rd_frame_program description = {
    .name = "referral-mllp",
    .purpose =
        "Takes HL7 v2 referrals and facts over MLLP; answers AA only when the router holds them.",
    .adapter = "mllp",
    .listen = "127.0.0.1:2575",
    .intake = true,
    .queues = true,
    .options = own_options,
};

static void on_connection(uv_stream_t *server, int status)
{
    struct program *program = server->data;
    if (status != 0)
        return;
    if (program->service.open_count >= CONNECTIONS_MAX &&
        !mllp_connection_make_room(&program->service)) {
        mllp_connection_refuse(server);
    } else if (mllp_connection_accept(&program->service, server) != RD_OK) {
        rd_log(RD_LOG_WARNING, "mllp.accept-failed",
               rd_log_number("open", program->service.open_count));
    }
}

static void on_intake_change(void *context)
{
    struct program *program = context;
    mllp_connections_resume(&program->service);
}

static void on_trouble(void *context, const char *words)
{
    (void)context;
    rd_log(RD_LOG_WARNING, "mllp.router", rd_log_words("said", words));
}

static void stop(void *context)
{
    struct program *program = context;
    uv_close((uv_handle_t *)&program->listener, NULL);
    mllp_connections_close(&program->service);
    rd_door_close(program->service.door);
    mllp_respond_close(&program->respond);
    rd_ops_close(program->ops);
    rd_intake_close(program->service.intake, NULL, NULL);
}

static const char *not_ready(void *context)
{
    const struct program *program = context;
    return rd_intake_not_ready(program->service.intake, program->frame.feeds_count);
}

static void put_metrics(void *context, struct rd_buf *out)
{
    const struct program *program = context;
    const struct mllp_counters *counters = &program->service.counters;
    const struct {
        const char *name, *help;
        uint64_t value;
    } all[] = {
        {"referral_mllp_connections_total", "Connections taken.", counters->connections},
        {"referral_mllp_messages_total", "Messages read.", counters->messages},
        {"referral_mllp_positive_total", "Answered AA or CA.", counters->positive},
        {"referral_mllp_errors_total", "Answered AE or CE.", counters->errors},
        {"referral_mllp_refused_total", "Answered AR or CR.", counters->refused},
        {"referral_mllp_unanswered_total", "Closed without an answer: not held.",
         counters->unanswered},
        {"referral_mllp_junk_bytes_total", "Bytes outside a frame.", counters->junk_bytes},
        {"referral_mllp_cut_total", "Frames that the next one cut short.", counters->cut},
        {"referral_mllp_let_go_total", "Closed because there were too many.", counters->let_go},
        {"referral_mllp_oversize_total", "Frames over the bound.", counters->oversize},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        rd_ops_put(out, all[i].name, "counter", all[i].help, (int64_t)all[i].value);
    rd_ops_put(out, "referral_mllp_connections", "gauge", "Open connections.",
               (int64_t)program->service.open_count);
    rd_ops_put(out, "referral_mllp_router_up", "gauge", "1 when the router takes submissions.",
               not_ready(context) == NULL ? 1 : 0);
    rd_ops_put(out, "referral_mllp_answers_lost_total", "counter",
               "Answers that the ledger does not have: a trace says that they are not known.",
               (int64_t)rd_intake_answers_lost(program->service.intake));
    rd_ops_put_receipts(out, "referral_mllp", program->respond.receipts);
    rd_door_metrics(program->service.door, "referral_mllp", out);
}

static enum rd_err read_mappings(struct program *program, struct rd_errbuf *why)
{
    const struct rd_frame *frame = &program->frame;
    const struct rd_zone *zone = rd_zone_find(frame->place->timezone);
    for (size_t i = 0; i < frame->feeds_count; i++) {
        program->feeds[i].feed = frame->feeds[i];
        enum rd_err err =
            mllp_mapping_read(frame->place_directory, frame->feeds[i]->name, zone, NULL,
                              &program->mappings, &program->feeds[i].mapping, why);
        if (err != RD_OK)
            return err;
    }
    return RD_OK;
}

static enum rd_err open_listener(struct program *program, struct rd_errbuf *why)
{
    struct rd_frame *frame = &program->frame;
    struct sockaddr_storage address;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    program->listener.data = program;
    (void)uv_tcp_init(&frame->loop, &program->listener);
    int status = uv_ip4_addr(frame->listen_address, frame->listen_port, v4);
    if (status != 0)
        status = uv_ip6_addr(frame->listen_address, frame->listen_port, v6);
    if (status == 0)
        status = uv_tcp_bind(&program->listener, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&program->listener, BACKLOG, on_connection);
    if (status != 0)
        return rd_fail(why, RD_E_IO, "--listen %s:%u: %s", frame->listen_address,
                       frame->listen_port, uv_strerror(status));
    rd_log(RD_LOG_NOTICE, "mllp.listening",
           rd_log_name("address", rd_text_of(frame->listen_address)),
           rd_log_number("port", frame->listen_port),
           rd_log_number("feeds", (int64_t)frame->feeds_count));
    return RD_OK;
}

static enum rd_err open_all(struct program *program, struct rd_errbuf *why)
{
    struct rd_frame *frame = &program->frame;
    const struct rd_intake_options intake = {.router = frame->intake,
                                             .router_public = frame->router_public,
                                             .own = &frame->own,
                                             .program = description.name,
                                             .version = "1",
                                             .trouble = on_trouble,
                                             .context = program};
    unsigned seconds = 0;
    enum rd_err err =
        rd_frame_seconds("--frame-seconds", frame_seconds, FRAME_SECONDS, &seconds, why);
    if (err != RD_OK)
        return err;
    program->service = (struct mllp_service){.loop = &frame->loop,
                                             .feeds = program->feeds,
                                             .feeds_count = frame->feeds_count,
                                             .message_bytes_max = RD_BODY_BYTES_MAX,
                                             .idle_ms = IDLE_MS,
                                             .frame_ms = (uint64_t)seconds * 1000,
                                             .next_control_id = (uint64_t)rd_frame_now(),
                                             .now = rd_frame_now};
    err = read_mappings(program, why);
    if (err == RD_OK && tls_file != NULL)
        err = rd_door_read(tls_file, frame, &program->service.door, why);
    if (err == RD_OK)
        err = rd_intake_open(&frame->loop, frame->zcontext, &intake, &program->service.intake, why);
    if (err != RD_OK)
        return err;
    rd_intake_on_change(program->service.intake, on_intake_change, program);
    err = open_listener(program, why);
    if (err == RD_OK && receipts_file != NULL)
        err = mllp_respond_open(frame, receipts_file, &program->respond, why);
    const struct rd_ops_options ops = {
        .not_ready = not_ready, .metrics = put_metrics, .context = program};
    if (err == RD_OK)
        err = rd_ops_open(frame, &ops, &program->ops, why);
    if (err != RD_OK) {
        mllp_respond_close(&program->respond);
        uv_close((uv_handle_t *)&program->listener, NULL);
        rd_intake_close(program->service.intake, NULL, NULL);
        (void)uv_run(&frame->loop, UV_RUN_DEFAULT);
    } else if (program->service.door != NULL) {
        rd_door_watch(program->service.door, frame);
    }
    return err;
}

int main(int argc, char **argv)
{
    static struct program program;
    struct rd_errbuf why = {""};
    if (!rd_frame_start(&program.frame, &description, argc, argv))
        return program.frame.exit_code;
    rd_arena_init(&program.mappings, rd_alloc_heap(), MAPPING_BYTES_MAX);
    if (open_all(&program, &why) != RD_OK) {
        (void)fprintf(stderr, "%s: %s\n", description.name, why.text);
        return RD_FRAME_FAILED;
    }
    int code = rd_frame_run(&program.frame, stop, &program);
    rd_arena_fini(&program.mappings);
    rd_door_free(program.service.door);
    mllp_respond_free(&program.respond);
    return code;
}
