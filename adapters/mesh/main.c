/* referral-mesh: the file door. Takes pairs of files out of a MESH client's inbox folder. */
#include "adapters/kit/ops.h"
#include "adapters/mesh/work.h"
#include "adapters/mllp/mapping.h"
#include "link/log.h"

#include <stdio.h>

enum { TICK_MS = 250, MAPPING_BYTES_MAX = 1 << 20 };

struct program {
    struct rd_frame frame;
    struct mesh_config *config;
    struct mesh_work work;
    struct rd_hl7_mapping mappings[RD_FRAME_FEEDS_MAX];
    struct rd_arena arena;
    uv_timer_t tick;
    uv_fs_event_t events;
    bool events_open;
    struct rd_ops *ops;
};

static const char *mesh_file;

static const struct rd_frame_option own_options[] = {
    {"--mesh", "FILE", "folders, mailboxes and workflows (required); see adapters/README.md",
     &mesh_file},
    {NULL, NULL, NULL, NULL},
};

static const struct rd_frame_program description = {
    .name = "referral-mesh",
    .purpose = "Takes referrals out of a MESH inbox folder (FHIR, HL7 v2, CSV); moves a file away "
               "only when the router holds what is in it.",
    .adapter = "mesh",
    .intake = true,
    .options = own_options,
};

static void on_trouble(void *context, const char *words)
{
    (void)context;
    rd_log(RD_LOG_WARNING, "mesh.router", rd_log_words("said", words));
}

static void on_intake_change(void *context)
{
    struct program *program = context;
    mesh_work_advance(&program->work);
}

static void on_tick(uv_timer_t *timer)
{
    struct program *program = timer->data;
    mesh_work_advance(&program->work);
}

/* Looked at with the next tick: a file that comes is told of many times. */
static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
    struct program *program = handle->data;
    (void)name;
    (void)events;
    (void)status; /* a failed watch only leaves the periodic look */
    program->work.changed = true;
}

static void stop(void *context)
{
    struct program *program = context;
    program->work.stopping = true;
    uv_close((uv_handle_t *)&program->tick, NULL);
    if (program->events_open)
        uv_close((uv_handle_t *)&program->events, NULL);
    rd_ops_close(program->ops);
    rd_intake_close(program->work.intake, NULL, NULL);
}

static const char *not_ready(void *context)
{
    const struct program *program = context;
    return rd_intake_not_ready(program->work.intake, program->frame.feeds_count);
}

static void put_metrics(void *context, struct rd_buf *out)
{
    const struct program *program = context;
    const struct mesh_counters *counters = &program->work.counters;
    const struct {
        const char *name, *help;
        uint64_t value;
    } all[] = {
        {"referral_mesh_files_total", "Pairs of files that were done with.", counters->files},
        {"referral_mesh_held_total", "Items held.", counters->held},
        {"referral_mesh_repeats_total", "Items that were held before.", counters->repeats},
        {"referral_mesh_desk_total", "Rows and messages kept for the desk.", counters->desk},
        {"referral_mesh_refused_total", "Items refused.", counters->refused},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        rd_ops_put(out, all[i].name, "counter", all[i].help, (int64_t)all[i].value);
    rd_ops_put(out, "referral_mesh_waiting", "gauge",
               "Names in the inbox when it was last looked at, done ones left out.",
               (int64_t)mesh_watch_waiting(&program->work.watch));
    rd_ops_put(out, "referral_mesh_router_up", "gauge", "1 when the router takes submissions.",
               not_ready(context) == NULL ? 1 : 0);
}

static enum rd_err read_mappings(struct program *program, struct rd_errbuf *why)
{
    const struct rd_frame *frame = &program->frame;
    const struct rd_zone *zone = rd_zone_find(frame->place->timezone);
    for (size_t i = 0; i < frame->feeds_count; i++) {
        enum rd_err err = mllp_mapping_read(frame->place_directory, frame->feeds[i]->name, zone,
                                            NULL, &program->arena, &program->mappings[i], why);
        if (err != RD_OK)
            return err;
    }
    return RD_OK;
}

static void open_handles(struct program *program)
{
    struct rd_frame *frame = &program->frame;
    program->tick.data = program->events.data = program;
    (void)uv_timer_init(&frame->loop, &program->tick); /* cannot fail */
    (void)uv_timer_start(&program->tick, on_tick, 0, TICK_MS);
    program->events_open = uv_fs_event_init(&frame->loop, &program->events) == 0;
    int status = program->events_open
                     ? uv_fs_event_start(&program->events, on_event, program->config->inbox.ptr, 0)
                     : UV_EMFILE;
    if (status != 0)
        rd_log(RD_LOG_WARNING, "mesh.not-told-of-changes", rd_log_words("why", uv_strerror(status)),
               rd_log_number("looks_every_s", program->config->scan_seconds));
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
    struct mesh_work *work = &program->work;
    if (mesh_file == NULL)
        return rd_fail(why, RD_E_INVALID,
                       "missing --mesh, the file that names the folders; see %s --help",
                       description.name);
    enum rd_err err = read_mappings(program, why);
    if (err == RD_OK)
        err = mesh_config_read(mesh_file, frame, &program->config, why);
    if (err == RD_OK)
        err = mesh_folders_open(program->config, &work->folders, why);
    if (err != RD_OK)
        return err;
    work->config = program->config;
    work->loop = &frame->loop;
    work->mappings = program->mappings;
    work->feeds = frame->feeds;
    work->feeds_count = frame->feeds_count;
    work->now = rd_frame_now;
    mesh_work_init(work);
    err = mesh_move_resume(&work->folders, why);
    if (err == RD_OK)
        err = rd_intake_open(&frame->loop, frame->zcontext, &intake, &work->intake, why);
    const struct rd_ops_options ops = {
        .not_ready = not_ready, .metrics = put_metrics, .context = program};
    if (err == RD_OK)
        err = rd_ops_open(frame, &ops, &program->ops, why);
    if (err != RD_OK) {
        if (work->intake != NULL) {
            rd_intake_close(work->intake, NULL, NULL);
            (void)uv_run(&frame->loop, UV_RUN_DEFAULT);
        }
        mesh_work_fini(work);
        return err;
    }
    rd_intake_on_change(work->intake, on_intake_change, program);
    open_handles(program);
    rd_log(RD_LOG_NOTICE, "mesh.watching", rd_log_number("feeds", (int64_t)frame->feeds_count),
           rd_log_number("mailboxes", (int64_t)program->config->mailboxes_count),
           rd_log_number("workflows", (int64_t)program->config->workflows_count));
    return RD_OK;
}

int main(int argc, char **argv)
{
    static struct program program;
    struct rd_errbuf why = {""};
    program.work.folders = (struct mesh_folders){-1, -1, -1, -1};
    if (!rd_frame_start(&program.frame, &description, argc, argv))
        return program.frame.exit_code;
    rd_arena_init(&program.arena, rd_alloc_heap(), MAPPING_BYTES_MAX);
    if (open_all(&program, &why) != RD_OK) {
        (void)fprintf(stderr, "%s: %s\n", description.name, why.text);
        return mesh_file == NULL ? RD_FRAME_BAD_USE : RD_FRAME_FAILED;
    }
    int code = rd_frame_run(&program.frame, stop, &program);
    mesh_work_fini(&program.work);
    mesh_config_free(program.config);
    rd_arena_fini(&program.arena);
    return code;
}
