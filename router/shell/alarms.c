#include "shell/alarms.h"

#include "base/alloc.h"
#include "link/log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { KINDS_MAX = 32, VARIABLES_MAX = 32 };

/* One kind's queue and its one run. */
struct lane {
    struct rd_alarms *alarms;
    int kind; /* 0: free */
    struct rd_alarm_note *first, **end;
    size_t waiting;
    uint64_t missed;
    bool running;
    bool killed; /* over its time */
    uv_process_t process;
    uv_timer_t timer; /* limits the run; then the pause before the next */
};

struct rd_alarms {
    uv_loop_t *loop;
    const char *program;
    struct lane lanes[KINDS_MAX];
    struct rd_alarm_counts counts;
    bool closing;
    size_t handles; /* open ones: timers and running processes */
};

static void start_next(struct lane *lane);

struct rd_alarms *rd_alarms_new(uv_loop_t *loop, const char *program)
{
    struct rd_alarms *alarms = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *alarms);
    if (alarms != NULL) {
        alarms->loop = loop;
        alarms->program = program;
    }
    return alarms;
}

static struct lane *lane_of(struct rd_alarms *alarms, int kind)
{
    for (size_t i = 0; i < KINDS_MAX; i++) {
        struct lane *lane = &alarms->lanes[i];
        if (lane->kind == kind)
            return lane;
        if (lane->kind != 0)
            continue;
        lane->alarms = alarms;
        lane->kind = kind;
        lane->end = &lane->first;
        if (uv_timer_init(alarms->loop, &lane->timer) != 0)
            return NULL;
        lane->timer.data = lane;
        alarms->handles++;
        return lane;
    }
    return NULL;
}

static struct rd_alarm_note *take(struct lane *lane)
{
    struct rd_alarm_note *note = lane->first;
    if (note == NULL)
        return NULL;
    lane->first = note->next;
    if (lane->first == NULL)
        lane->end = &lane->first;
    lane->waiting--;
    lane->alarms->counts.waiting--;
    return note;
}

static void on_pause_over(uv_timer_t *timer)
{
    start_next(timer->data);
}

static void on_run_too_long(uv_timer_t *timer)
{
    struct lane *lane = timer->data;
    lane->killed = true;
    (void)uv_process_kill(&lane->process, SIGKILL); /* ESRCH: it has just ended by itself */
}

static void finish_close(struct rd_alarms *alarms)
{
    if (alarms->handles > 0 || !alarms->closing)
        return;
    rd_release(rd_alloc_heap(), alarms);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct lane *lane = handle->data;
    lane->alarms->handles--;
    finish_close(lane->alarms);
}

static void on_process_closed(uv_handle_t *handle)
{
    struct lane *lane = handle->data;
    struct rd_alarms *alarms = lane->alarms;
    lane->running = false;
    alarms->handles--;
    if (alarms->closing)
        finish_close(alarms);
    else /* cannot fail: the callback is set */
        (void)uv_timer_start(&lane->timer, on_pause_over, RD_ALARM_PAUSE_MS, 0);
}

static void on_exit_of_run(uv_process_t *process, int64_t status, int signal)
{
    struct lane *lane = process->data;
    (void)uv_timer_stop(&lane->timer); /* always 0 */
    if (status != 0 || signal != 0) {
        lane->alarms->counts.failures++;
        rd_log(
            RD_LOG_ERROR, "alarm.failed", rd_log_words("program", lane->alarms->program),
            rd_log_number("status", status), rd_log_number("signal", signal),
            rd_log_words(
                "fix",
                lane->killed
                    ? "it ran longer than 30 s; see to the alarm by hand, it stands in the ledger"
                    : "see to the alarm by hand, it stands in the ledger; then mend the program"));
    }
    uv_close((uv_handle_t *)process, on_process_closed);
}

/* The environment of a run: only what the note says, and PATH. */
static void spread(struct rd_alarm_note *note, char *missed, char **variables)
{
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    size_t count = 0;
    variables[count++] = path;
    if (missed != NULL)
        variables[count++] = missed;
    for (size_t at = 0; at < note->len && count + 1 < VARIABLES_MAX;
         at += strlen(note->text + at) + 1)
        variables[count++] = note->text + at;
    variables[count] = NULL;
}

static int spawn(struct lane *lane, struct rd_alarm_note *note)
{
    char program[4096];
    char missed[64];
    char *arguments[] = {program, NULL};
    char *variables[VARIABLES_MAX];
    uv_stdio_container_t streams[3] = {
        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = 2}};
    snprintf(program, sizeof program, "%s", lane->alarms->program);
    snprintf(missed, sizeof missed, "RD_MISSED=%llu", (unsigned long long)lane->missed);
    spread(note, lane->missed > 0 ? missed : NULL, variables);
    uv_process_options_t options = {.exit_cb = on_exit_of_run,
                                    .file = program,
                                    .args = arguments,
                                    .env = variables,
                                    .cwd = "/",
                                    .stdio_count = 3,
                                    .stdio = streams};
    lane->process.data = lane;
    return uv_spawn(lane->alarms->loop, &lane->process, &options);
}

static void start_next(struct lane *lane)
{
    struct rd_alarms *alarms = lane->alarms;
    struct rd_alarm_note *note = take(lane);
    if (note == NULL)
        return;
    int failed = spawn(lane, note);
    rd_alarm_note_free(note);
    alarms->counts.runs++;
    alarms->handles++; /* also after a failed spawn: libuv owes a close */
    lane->running = true;
    lane->killed = false;
    lane->missed = 0;
    if (failed != 0) {
        alarms->counts.failures++;
        rd_log(RD_LOG_ERROR, "alarm.not_started", rd_log_words("program", alarms->program),
               rd_log_words("error", uv_strerror(failed)),
               rd_log_words("fix", "check --alarm-command"));
        uv_close((uv_handle_t *)&lane->process, on_process_closed);
        return;
    }
    /* cannot fail: the callback is set */
    (void)uv_timer_start(&lane->timer, on_run_too_long, RD_ALARM_RUN_MS, 0);
}

void rd_alarms_raise(struct rd_alarms *alarms, struct rd_alarm_note *note)
{
    struct lane *lane = NULL;
    if (alarms->program != NULL && !alarms->closing)
        lane = lane_of(alarms, note->kind);
    if (lane == NULL || lane->waiting >= RD_ALARM_QUEUE_MAX) {
        if (lane != NULL)
            lane->missed++;
        if (alarms->program != NULL)
            alarms->counts.missed++;
        rd_alarm_note_free(note);
        return;
    }
    note->next = NULL;
    *lane->end = note;
    lane->end = &note->next;
    lane->waiting++;
    alarms->counts.waiting++;
    if (!lane->running && !uv_is_active((uv_handle_t *)&lane->timer))
        start_next(lane);
}

void rd_alarms_count(const struct rd_alarms *alarms, struct rd_alarm_counts *out)
{
    *out = alarms->counts;
}

void rd_alarms_close(struct rd_alarms *alarms)
{
    alarms->closing = true;
    alarms->handles++; /* ours, so that nothing ends it while we walk */
    for (size_t i = 0; i < KINDS_MAX && alarms->lanes[i].kind != 0; i++) {
        struct lane *lane = &alarms->lanes[i];
        struct rd_alarm_note *note;
        while ((note = take(lane)) != NULL)
            rd_alarm_note_free(note);
        if (lane->running && !uv_is_closing((uv_handle_t *)&lane->process))
            uv_close((uv_handle_t *)&lane->process, on_process_closed);
        uv_close((uv_handle_t *)&lane->timer, on_timer_closed);
    }
    alarms->handles--;
    finish_close(alarms);
}
