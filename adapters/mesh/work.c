#include "adapters/mesh/work.h"

#include "adapters/mesh/take.h"
#include "base/alloc.h"
#include "link/log.h"
#include "model/limits.h"

#include <string.h>

enum {
    FILE_ARENA_BYTES_MAX = 16 * 1024 * 1024,
    ITEM_ARENA_BYTES_MAX = 32 * 1024 * 1024,
    LOOK_GAP_MS = 200, /* our own moves change the folder too */
    BUSY_REST_MS = 250,
    DISK_REST_MS = 10000
};

void mesh_work_init(struct mesh_work *work)
{
    rd_arena_init(&work->file_arena, rd_alloc_heap(), FILE_ARENA_BYTES_MAX);
    rd_arena_init(&work->item_arena, rd_alloc_heap(), ITEM_ARENA_BYTES_MAX);
    rd_buf_init(&work->dat.bytes, rd_alloc_heap());
    rd_buf_init(&work->ctl_file.bytes, rd_alloc_heap());
    rd_buf_init(&work->inflated, rd_alloc_heap());
    mesh_watch_init(&work->watch, work->config, work->folders.inbox);
    work->changed = true;
}

/* What was read of a pair is dropped; the pair itself stays where it is. */
static void forget(struct mesh_work *work)
{
    work->active = work->item_ready = work->submitted = work->finishing = false;
    mesh_report_fini(&work->report);
    mesh_file_fini(&work->dat);
    mesh_file_fini(&work->ctl_file);
    work->dat = work->ctl_file = (struct mesh_file){.oversize = false};
    rd_buf_init(&work->dat.bytes, rd_alloc_heap());
    rd_buf_init(&work->ctl_file.bytes, rd_alloc_heap());
    rd_buf_fini(&work->inflated);
    rd_buf_init(&work->inflated, rd_alloc_heap());
    rd_arena_reset(&work->item_arena);
    rd_arena_reset(&work->file_arena);
}

void mesh_work_fini(struct mesh_work *work)
{
    forget(work);
    rd_arena_fini(&work->file_arena);
    rd_arena_fini(&work->item_arena);
    mesh_watch_fini(&work->watch);
    mesh_folders_close(&work->folders);
}

static void rest(struct mesh_work *work, uint64_t ms)
{
    work->rest_until_ms = uv_now(work->loop) + ms;
}

static void tell_disk(struct mesh_work *work, const char *words)
{
    rd_log(RD_LOG_ERROR, "mesh.disk", rd_log_words("what", words),
           rd_log_words("then", "the files stay where they are and are tried again"));
    rest(work, DISK_REST_MS);
    work->changed = true;
}

static void tell_done(struct mesh_work *work)
{
    const unsigned *counts = work->report.counts;
    bool all_well = counts[MESH_DESK] == 0 && counts[MESH_REFUSED] == 0;
    work->counters.files++;
    work->counters.held += counts[MESH_HELD];
    work->counters.repeats += counts[MESH_REPEAT];
    work->counters.desk += counts[MESH_DESK];
    work->counters.refused += counts[MESH_REFUSED];
    rd_log(all_well ? RD_LOG_INFO : RD_LOG_WARNING, "mesh.file",
           rd_log_name("report", rd_text_of(work->move.id)), rd_log_name("feed", work->feed->name),
           rd_log_number("held", counts[MESH_HELD]),
           rd_log_number("held_before", counts[MESH_REPEAT]),
           rd_log_number("tests", counts[MESH_TEST]),
           rd_log_number("kept_for_desk", counts[MESH_DESK]),
           rd_log_number("refused", counts[MESH_REFUSED]),
           rd_log_words("moved_to", work->move.to_quarantine ? "quarantine" : "archive"));
}

/* MESH says what became of a file of ours: "00" is delivered, and no more than that. */
static void tell_delivery(const struct mesh_work *work)
{
    bool well = rd_text_equal_nocase(work->ctl.status, RD_TEXT("SUCCESS"));
    rd_log(well ? RD_LOG_INFO : RD_LOG_WARNING, "mesh.delivery-report",
           rd_log_name("report", rd_text_of(work->move.id)),
           rd_log_words("says", well ? "delivered" : "not delivered: look at its control file"));
}

static enum rd_err write_report(struct mesh_work *work, struct rd_errbuf *why)
{
    char name[MESH_ID_TEXT_MAX + 8];
    struct rd_buf text;
    rd_buf_init(&text, rd_alloc_heap());
    memcpy(name, work->move.id, strlen(work->move.id) + 1);
    memcpy(name + strlen(work->move.id), ".json", sizeof ".json");
    enum rd_err err =
        mesh_report_write(&work->report, work->move.id, work->feed, &work->ctl, work->now(), &text);
    err = err != RD_OK ? rd_fail(why, err, "no memory for a report")
                       : mesh_file_write(work->folders.reports, name, rd_buf_text(&text), why);
    rd_buf_fini(&text);
    return err;
}

/* Everything in it was answered: the report, then the pair out of the way. Stopped anywhere before
 * the end, all of it is done again with the same result. While a folder cannot be written only this
 * is tried again: each further submission would be an entry in the ledger. */
static void finish(struct mesh_work *work)
{
    struct rd_errbuf why = {""};
    enum rd_err err = work->silent ? RD_OK : write_report(work, &why);
    if (err == RD_OK)
        err = mesh_move_pair(&work->folders, &work->move, &why);
    if (err == RD_E_CONFLICT) {
        rd_log(RD_LOG_WARNING, "mesh.replaced", rd_log_name("report", rd_text_of(work->move.id)),
               rd_log_words("what", "a file was replaced after it was read: read again"));
        work->changed = true;
    } else if (err != RD_OK) {
        tell_disk(work, why.text);
        work->finishing = true;
        return;
    } else if (work->silent) {
        tell_delivery(work);
    } else {
        tell_done(work);
    }
    forget(work);
}

/* The item stays ready: merged when it could be, else as it was, and asked again. */
static void on_opened(void *context, const struct rd_message *message)
{
    struct mesh_work *work = context;
    const struct rd_opened *opened = message == NULL ? NULL : message->opened;
    work->submitted = false;
    if (work->stopping || opened == NULL || opened->stages == NULL ||
        mesh_item_merge(&work->item, opened, &work->item_arena) != RD_OK)
        rest(work, BUSY_REST_MS);
    else
        mesh_work_advance(work);
}

/* An update of something that the router holds in another revision. */
static bool look_at_held(struct mesh_work *work, const struct rd_submit_result *result)
{
    struct rd_open open = {.target = result->referral,
                           .by = work->feed->name,
                           .purpose = RD_TEXT("merge an update with what is held"),
                           .feed = work->feed->name};
    const struct rd_message message = {.open = &open};
    return rd_text_is(result->reason, "revision") && work->item.is_fhir &&
           rd_intake_ask(work->intake, &message, on_opened, work) == RD_OK;
}

static void on_result(void *context, const struct rd_submit_result *result)
{
    struct mesh_work *work = context;
    if (!work->stopping && result != NULL && result->busy && look_at_held(work, result))
        return; /* still submitted: until it is opened */
    work->submitted = false;
    if (work->stopping || result == NULL || result->busy) {
        rest(work, BUSY_REST_MS); /* the item stays ready: the key makes a second try safe */
        return;
    }
    enum mesh_outcome outcome = mesh_report_add(&work->report, &work->item, result);
    const struct rd_answered answered =
        mesh_report_answer(&work->report, outcome, result, &work->item_arena);
    rd_intake_answered(work->intake, &answered);
    work->item_ready = false;
    mesh_work_advance(work);
}

/* RD_E_TOOBIG once: the bytes go to the desk without their record; twice: what the record's own
 * bytes do not fit in is refused. */
static enum rd_err submit(struct mesh_work *work)
{
    struct rd_errbuf why = {""};
    struct mesh_item *item = &work->item;
    enum rd_err err = rd_intake_submit(work->intake, &item->submission, on_result, work, &why);
    if (err != RD_E_TOOBIG)
        return err;
    rd_log(RD_LOG_WARNING, "mesh.over-limit", rd_log_words("limit", why.text));
    err = mesh_item_for_desk(item, "over-limit", rd_text_of(why.text), &work->item_arena);
    if (err == RD_OK)
        err = rd_intake_submit(work->intake, &item->submission, on_result, work, &why);
    if (err != RD_E_TOOBIG)
        return err;
    item->submission.refused_code = RD_TEXT("too-big");
    item->submission.refused_words = item->submission.quarantine_words;
    item->submission.quarantine_code = item->submission.quarantine_words = RD_TEXT_NONE;
    item->submission.original = RD_TEXT_NONE;
    return rd_intake_submit(work->intake, &item->submission, on_result, work, &why);
}

/* False: there is none left. */
static bool prepare_item(struct mesh_work *work)
{
    rd_arena_reset(&work->item_arena);
    enum rd_err err = mesh_content_next(&work->content, &work->item_arena, &work->item);
    if (err == RD_E_NOTFOUND)
        return false;
    if (err != RD_OK) {
        rd_arena_reset(&work->item_arena);
        err = mesh_item_for_desk(&work->item, "over-limit",
                                 RD_TEXT("it has more parts than a record may have"),
                                 &work->item_arena);
    }
    work->item_ready = err == RD_OK;
    return err == RD_OK;
}

/* A pair to work on; false: none now. */
static bool begin(struct mesh_work *work, uint64_t now_ms)
{
    struct rd_errbuf why = {""};
    struct mesh_entry *entry;
    while ((entry = mesh_watch_next(&work->watch, now_ms)) != NULL) {
        entry->done = true;
        enum rd_err err = mesh_take(work, entry, &why);
        if (err == RD_OK) {
            work->active = true;
            mesh_report_init(&work->report);
            return true;
        }
        forget(work);
        if (err == RD_E_AGAIN)
            work->changed = true;
        else if (err == RD_E_IO) /* it alone: the others do not wait for it */
            mesh_watch_tell(&work->watch,
                            entry->dat.name[0] == '\0' ? entry->ctl.name : entry->dat.name,
                            why.text);
        else
            tell_disk(work, why.text);
    }
    return false;
}

static void look(struct mesh_work *work, uint64_t now_ms)
{
    struct rd_errbuf why = {""};
    uint64_t since_ms = now_ms - work->scanned_ms;
    if (since_ms < LOOK_GAP_MS ||
        (!work->changed && since_ms < (uint64_t)work->config->scan_seconds * 1000))
        return;
    work->changed = false;
    work->scanned_ms = now_ms;
    if (mesh_watch_scan(&work->watch, now_ms, &why) != RD_OK)
        tell_disk(work, why.text);
}

void mesh_work_advance(struct mesh_work *work)
{
    uint64_t now_ms = uv_now(work->loop);
    while (!work->stopping && !work->submitted && now_ms >= work->rest_until_ms) {
        if (!work->active) {
            look(work, now_ms);
            /* Nothing is even opened while nobody could take it. */
            if (now_ms < work->rest_until_ms || !rd_intake_ready(work->intake, 0) ||
                !begin(work, now_ms))
                return;
        }
        if (work->silent || work->finishing || (!work->item_ready && !prepare_item(work))) {
            finish(work);
            continue;
        }
        if (!rd_intake_ready(work->intake, work->item.submission.original.len))
            return;
        enum rd_err err = submit(work);
        work->submitted = err == RD_OK;
        if (err != RD_OK)
            rest(work, BUSY_REST_MS);
    }
}
