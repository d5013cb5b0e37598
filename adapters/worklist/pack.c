/* Gathering what the pack says: status, each team's rows, the quarantine, then each record that is
 * new since the last time. One question is on its way at a time: the pages come first. */
#include "adapters/worklist/pack.h"

#include "adapters/kit/ops.h"
#include "link/log.h"
#include "model/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { RUN_BYTES_MAX = 256 * 1024 * 1024, RECORDS_PER_RUN_MAX = 20000 };
#define READER RD_TEXT("downtime-pack")
#define LOCK ".downtime-pack.lock"

/* A record as it was printed last, and of which state of it. */
struct kept {
    char assignment[80];
    uint32_t revision, facts, contacts;
    enum rd_view view;
    struct rd_buf html;
    bool used;
};

struct run {
    struct rd_arena arena;
    struct worklist_pack_team *teams;
    size_t teams_count;
    struct rd_quarantine_state *quarantined;
    size_t quarantined_count;
    rd_instant as_of;
};

struct worklist_pack {
    struct worklist *worklist;
    struct worklist_pack_options options;
    uv_timer_t timer;
    uv_work_t work;
    struct run last, next; /* `last` is what the folder has, or will have */
    bool gathering, writing, closing, closed_timer;
    size_t team, row; /* the next to ask for */
    struct kept *kept;
    size_t kept_count, kept_cap;
    struct rd_buf page;
    int wrote; /* errno of the write; 0: it is there */
    rd_instant opened_at, written_as_of, stale_since, writing_as_of;
    uint64_t failures, packs;
    int lock;
    char trouble[192];
};

static void ask_next(struct worklist_pack *pack);

static void run_fini(struct run *run)
{
    rd_arena_fini(&run->arena);
    *run = (struct run){0};
    rd_arena_init(&run->arena, rd_alloc_heap(), RUN_BYTES_MAX);
}

static void free_if_done(struct worklist_pack *pack)
{
    if (!pack->closing || !pack->closed_timer || pack->writing || pack->gathering)
        return;
    for (size_t i = 0; i < pack->kept_count; i++)
        rd_buf_fini(&pack->kept[i].html);
    free(pack->kept);
    rd_arena_fini(&pack->last.arena);
    rd_arena_fini(&pack->next.arena);
    rd_buf_fini(&pack->page);
    (void)close(pack->lock);
    free(pack);
}

static void say_failed(struct worklist_pack *pack, const char *why, int code)
{
    pack->failures++;
    rd_log(RD_LOG_ERROR, "worklist.pack-failed", rd_log_name("why", rd_text_of(why)),
           rd_log_name("error", rd_text_of(code == 0 ? "none" : uv_err_name(-code))),
           rd_log_name("folder", rd_text_of(pack->options.directory)),
           rd_log_number("age_seconds", worklist_pack_age(pack) / RD_SECOND_US));
}

static void on_work(uv_work_t *work)
{
    struct worklist_pack *pack = work->data;
    pack->wrote = worklist_pack_write(pack->options.directory, rd_buf_text(&pack->page));
}

static void on_written(uv_work_t *work, int status)
{
    struct worklist_pack *pack = work->data;
    pack->writing = false;
    if (status != 0) {
        say_failed(pack, "stopping", 0);
    } else if (pack->wrote != 0) {
        say_failed(pack, "not-written", pack->wrote);
    } else {
        pack->written_as_of = pack->writing_as_of;
        pack->packs++;
        rd_log(RD_LOG_INFO, "worklist.pack", rd_log_number("bytes", (int64_t)pack->page.len),
               rd_log_number("teams", (int64_t)pack->last.teams_count),
               rd_log_number("age_seconds", worklist_pack_age(pack) / RD_SECOND_US));
    }
    free_if_done(pack);
}

/* What `last` has, under the time of now. */
static void write_page(struct worklist_pack *pack)
{
    struct worklist *worklist = pack->worklist;
    const struct run *run = &pack->last;
    if (pack->writing || pack->closing || run->as_of == 0)
        return;
    const struct worklist_pack_page page = {.place = worklist->place,
                                            .zone = worklist->zone,
                                            .staff = &worklist->staff,
                                            .teams = run->teams,
                                            .teams_count = run->teams_count,
                                            .quarantined = run->quarantined,
                                            .quarantined_count = run->quarantined_count,
                                            .as_of = run->as_of,
                                            .stale_since = pack->stale_since,
                                            .now = worklist->now(),
                                            .every_s = pack->options.every_s};
    rd_buf_clear(&pack->page);
    worklist_pack_put(&pack->page, &page);
    if (pack->page.failed) {
        say_failed(pack, "no-memory", 0);
        return;
    }
    pack->writing_as_of = run->as_of;
    pack->writing = true;
    pack->work.data = pack;
    if (uv_queue_work(worklist->loop, &pack->work, on_work, on_written) != 0) {
        pack->writing = false;
        say_failed(pack, "no-thread", 0);
    }
}

/* The pack before stays, and says since when it is no longer the newest. */
static void give_up(struct worklist_pack *pack, const char *why)
{
    pack->gathering = false;
    run_fini(&pack->next);
    if (!pack->closing) {
        if (pack->stale_since == 0)
            pack->stale_since = pack->worklist->now();
        say_failed(pack, why, 0);
        write_page(pack);
    }
    free_if_done(pack);
}

static const struct rd_query_result *result_of(struct worklist_pack *pack,
                                               const struct rd_message *message)
{
    if (pack->closing)
        give_up(pack, "stopping");
    else if (message == NULL)
        give_up(pack, "no-answer");
    else if (message->refused != NULL)
        give_up(pack, "refused");
    else if (message->query_result == NULL)
        give_up(pack, "odd-answer");
    else
        return message->query_result;
    return NULL;
}

static struct kept *kept_of(struct worklist_pack *pack, const struct rd_row *row)
{
    for (size_t i = 0; i < pack->kept_count; i++)
        if (rd_text_is(row->assignment, pack->kept[i].assignment))
            return &pack->kept[i];
    return NULL;
}

static bool is_current(const struct kept *kept, const struct rd_row *row)
{
    return kept != NULL && kept->revision == row->revision && kept->facts == row->facts_added &&
           kept->contacts == row->contacts && kept->view == row->view;
}

static struct kept *make_kept(struct worklist_pack *pack, const struct rd_row *row)
{
    struct kept *kept = kept_of(pack, row);
    void *items = pack->kept;
    if (kept == NULL) {
        if (pack->kept_count == RECORDS_PER_RUN_MAX ||
            !rd_alloc_grow(rd_alloc_heap(), &items, &pack->kept_cap, pack->kept_count + 1,
                           sizeof *kept))
            return NULL;
        pack->kept = items;
        kept = &pack->kept[pack->kept_count++];
        *kept = (struct kept){0};
        rd_buf_init(&kept->html, rd_alloc_heap());
        (void)snprintf(kept->assignment, sizeof kept->assignment, "%.*s",
                       RD_TEXT_ARG(row->assignment));
    }
    kept->revision = row->revision;
    kept->facts = row->facts_added;
    kept->contacts = row->contacts;
    kept->view = row->view;
    rd_buf_clear(&kept->html);
    return kept;
}

/* Of those that are open no more nothing is kept. */
static void forget_unused(struct worklist_pack *pack)
{
    size_t left = 0;
    for (size_t i = 0; i < pack->kept_count; i++) {
        if (pack->kept[i].used)
            pack->kept[left++] = pack->kept[i];
        else
            rd_buf_fini(&pack->kept[i].html);
    }
    pack->kept_count = left;
}

static void finish(struct worklist_pack *pack)
{
    for (size_t i = 0; i < pack->kept_count; i++)
        pack->kept[i].used = false;
    for (size_t t = 0; t < pack->next.teams_count; t++) {
        struct worklist_pack_team *team = &pack->next.teams[t];
        for (size_t i = 0; i < team->rows_count; i++) {
            struct kept *kept = kept_of(pack, &team->rows[i]);
            if (kept == NULL)
                continue;
            kept->used = true;
            if (!rd_arena_copy(&pack->next.arena, rd_buf_text(&kept->html), &team->records[i])) {
                give_up(pack, "too-much");
                return;
            }
        }
    }
    forget_unused(pack);
    struct run before = pack->last;
    pack->last = pack->next;
    pack->next = before;
    run_fini(&pack->next);
    pack->gathering = false;
    pack->stale_since = 0;
    write_page(pack);
}

static void on_opened(void *context, const struct rd_message *message)
{
    struct worklist_pack *pack = context;
    const struct rd_row *row = &pack->next.teams[pack->team].rows[pack->row];
    if (message == NULL || pack->closing) {
        give_up(pack, "no-answer");
        return;
    }
    struct kept *kept = make_kept(pack, row);
    if (kept == NULL) {
        give_up(pack, "too-much");
        return;
    }
    if (message->opened != NULL)
        worklist_pack_put_record(&kept->html, message->opened, pack->worklist->zone,
                                 &pack->worklist->staff);
    else
        rd_html_put(&kept->html, "<p class=\"warn\">Its record could not be read: %t</p>\n",
                    message->refused == NULL ? RD_TEXT("no answer that is understood")
                                             : message->refused->words);
    if (message->opened == NULL || kept->html.failed)
        kept->revision = 0; /* tried again the next time */
    pack->row++;
    ask_next(pack);
}

static void on_quarantine(void *context, const struct rd_message *message)
{
    struct worklist_pack *pack = context;
    const struct rd_query_result *result = result_of(pack, message);
    if (result == NULL)
        return;
    struct rd_query_result *copy = rd_arena_take(&pack->next.arena, sizeof *copy);
    if (copy == NULL ||
        rd_shape_copy(&rd_query_result_shape, result, &pack->next.arena, copy) != RD_OK) {
        give_up(pack, "too-much");
        return;
    }
    pack->next.quarantined = copy->quarantined;
    pack->next.quarantined_count = copy->quarantined_count;
    pack->team = pack->row = 0;
    ask_next(pack);
}

static void send_query(struct worklist_pack *pack, enum rd_query_kind kind, struct rd_text target,
                       rd_outbox_answer *answer)
{
    struct rd_query query = {.kind = kind, .target = target, .by = READER};
    const struct rd_message message = {.query = &query};
    if (pack->worklist->ask(pack->worklist->asker, &message, answer, pack) != RD_OK)
        give_up(pack, "router-away");
}

static void on_queue(void *context, const struct rd_message *message)
{
    struct worklist_pack *pack = context;
    const struct rd_query_result *result = result_of(pack, message);
    if (result == NULL)
        return;
    struct worklist_pack_team *team = &pack->next.teams[pack->team];
    struct rd_query_result *copy = rd_arena_take(&pack->next.arena, sizeof *copy);
    if (copy == NULL ||
        rd_shape_copy(&rd_query_result_shape, result, &pack->next.arena, copy) != RD_OK) {
        give_up(pack, "too-much");
        return;
    }
    team->rows = copy->rows;
    team->rows_count = copy->rows_count;
    team->records = rd_arena_array(&pack->next.arena, copy->rows_count + 1, sizeof *team->records);
    if (team->records == NULL) {
        give_up(pack, "too-much");
        return;
    }
    if (team->open < team->rows_count)
        team->open = team->rows_count; /* came since the status */
    pack->team++;
    if (pack->team < pack->next.teams_count)
        send_query(pack, RD_QUERY_QUEUE, pack->next.teams[pack->team].team->name, on_queue);
    else
        send_query(pack, RD_QUERY_QUARANTINE, RD_TEXT_NONE, on_quarantine);
}

/* The next record that is not as it was printed, or the end. */
static void ask_next(struct worklist_pack *pack)
{
    for (; pack->team < pack->next.teams_count; pack->team++, pack->row = 0) {
        const struct worklist_pack_team *team = &pack->next.teams[pack->team];
        for (; pack->row < team->rows_count; pack->row++) {
            const struct rd_row *row = &team->rows[pack->row];
            if (row->view == RD_VIEW_NONE || is_current(kept_of(pack, row), row))
                continue;
            struct rd_open open = {
                .target = row->assignment, .by = READER, .purpose = RD_TEXT("downtime pack")};
            const struct rd_message message = {.open = &open};
            if (pack->worklist->ask(pack->worklist->asker, &message, on_opened, pack) != RD_OK)
                give_up(pack, "router-away");
            return;
        }
    }
    finish(pack);
}

/* The router's teams are those of the rules in force; the place's directory may be of others. */
static bool add_team(struct worklist_pack *pack, const struct rd_team_status *status)
{
    struct worklist_pack_team *team = &pack->next.teams[pack->next.teams_count++];
    struct rd_team *unknown = NULL;
    team->open = status->waiting + status->claimed + status->accepted;
    team->team = rd_place_team(pack->worklist->place, status->team);
    if (team->team != NULL)
        return true;
    unknown = rd_arena_take(&pack->next.arena, sizeof *unknown);
    team->team = unknown;
    return unknown != NULL && rd_arena_copy(&pack->next.arena, status->team, &unknown->name) &&
           rd_arena_copy(&pack->next.arena, status->title, &unknown->title);
}

static void on_status(void *context, const struct rd_message *message)
{
    struct worklist_pack *pack = context;
    const struct rd_query_result *result = result_of(pack, message);
    if (result == NULL)
        return;
    const struct rd_status *status = result->status;
    if (status == NULL || status->teams_count == 0) {
        give_up(pack, "no-teams");
        return;
    }
    pack->next.teams =
        rd_arena_array(&pack->next.arena, status->teams_count, sizeof *pack->next.teams);
    bool ok = pack->next.teams != NULL;
    for (size_t i = 0; ok && i < status->teams_count; i++)
        ok = add_team(pack, &status->teams[i]);
    if (!ok) {
        give_up(pack, "too-much");
        return;
    }
    pack->team = pack->row = 0;
    send_query(pack, RD_QUERY_QUEUE, pack->next.teams[0].team->name, on_queue);
}

void worklist_pack_make(struct worklist_pack *pack)
{
    if (pack->gathering || pack->closing)
        return;
    pack->gathering = true;
    pack->next.as_of = pack->worklist->now();
    send_query(pack, RD_QUERY_STATUS, RD_TEXT_NONE, on_status);
}

/* Looked at each second until the router has been there once, then in the place's own time. */
static void on_timer(uv_timer_t *timer)
{
    struct worklist_pack *pack = timer->data;
    uint64_t every_ms = (uint64_t)pack->options.every_s * 1000;
    if (pack->worklist->queues.away && pack->last.as_of == 0)
        return;
    if (uv_timer_get_repeat(timer) != every_ms)
        (void)uv_timer_start(timer, on_timer, every_ms, every_ms);
    worklist_pack_make(pack);
}

/* Two programs that wrote one file in turn would make it say what neither knows. */
static enum rd_err lock_folder(struct worklist_pack *pack, struct rd_errbuf *why)
{
    const char *directory = pack->options.directory;
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    pack->lock = folder < 0 ? -1 : openat(folder, LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int code = errno;
    if (folder >= 0)
        (void)close(folder);
    if (pack->lock < 0)
        return rd_fail(why, RD_E_IO,
                       "--pack %s: %s: it must be a folder that this program may write in; make it "
                       "with mode 0750, its group those who may print patient data",
                       directory, strerror(code));
    if (flock(pack->lock, LOCK_EX | LOCK_NB) == 0)
        return RD_OK;
    (void)close(pack->lock);
    return rd_fail(why, RD_E_INVALID,
                   "--pack %s: another referral-worklist writes there: give each its own folder",
                   directory);
}

enum rd_err worklist_pack_open(struct worklist *worklist,
                               const struct worklist_pack_options *options,
                               struct worklist_pack **out, struct rd_errbuf *why)
{
    struct worklist_pack *pack = calloc(1, sizeof *pack);
    *out = NULL;
    if (pack == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory for the downtime pack");
    pack->worklist = worklist;
    pack->options = *options;
    enum rd_err err = lock_folder(pack, why);
    if (err != RD_OK) {
        free(pack);
        return err;
    }
    rd_buf_init(&pack->page, rd_alloc_heap());
    rd_arena_init(&pack->last.arena, rd_alloc_heap(), RUN_BYTES_MAX);
    rd_arena_init(&pack->next.arena, rd_alloc_heap(), RUN_BYTES_MAX);
    pack->opened_at = worklist->now();
    (void)uv_timer_init(worklist->loop, &pack->timer); /* cannot fail */
    pack->timer.data = pack;
    (void)uv_timer_start(&pack->timer, on_timer, 0, 1000);
    *out = pack;
    return RD_OK;
}

int64_t worklist_pack_age(const struct worklist_pack *pack)
{
    return pack->written_as_of == 0 ? -1 : pack->worklist->now() - pack->written_as_of;
}

const char *worklist_pack_trouble(struct worklist_pack *pack)
{
    rd_instant since = pack->written_as_of == 0 ? pack->opened_at : pack->written_as_of;
    int64_t late = pack->worklist->now() - since;
    if (late <= 2 * (int64_t)pack->options.every_s * RD_SECOND_US + RD_MINUTE_US)
        return NULL;
    (void)snprintf(pack->trouble, sizeof pack->trouble,
                   "The downtime pack has not been renewed for %lld minutes: tell whoever looks "
                   "after this service.",
                   (long long)(late / RD_MINUTE_US));
    return pack->trouble;
}

void worklist_pack_metrics(const struct worklist_pack *pack, struct rd_buf *out)
{
    if (pack == NULL)
        return;
    rd_instant since = pack->written_as_of == 0 ? pack->opened_at : pack->written_as_of;
    rd_ops_put(out, "referral_worklist_pack_age_seconds", "gauge",
               "Since what the downtime pack says was true; before the first, since the start.",
               (pack->worklist->now() - since) / RD_SECOND_US);
    rd_ops_put(out, "referral_worklist_pack_interval_seconds", "gauge",
               "How often it is to be made.", pack->options.every_s);
    rd_ops_put(out, "referral_worklist_packs_total", "counter", "Downtime packs written.",
               (int64_t)pack->packs);
    rd_ops_put(out, "referral_worklist_pack_failures_total", "counter",
               "Downtime packs that could not be made or written.", (int64_t)pack->failures);
}

static void on_closed(uv_handle_t *handle)
{
    struct worklist_pack *pack = handle->data;
    pack->closed_timer = true;
    free_if_done(pack);
}

void worklist_pack_close(struct worklist_pack *pack)
{
    if (pack == NULL || pack->closing)
        return;
    pack->closing = true;
    uv_close((uv_handle_t *)&pack->timer, on_closed);
}
