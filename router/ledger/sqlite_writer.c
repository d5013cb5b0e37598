/* The queue, the writer thread, checkpoints.
 *
 *   append -> queue -> [all that waits, up to a bound] -> one transaction -> durable -> drain
 *
 * While one transaction is being synced the next one's batches gather: groups size themselves, no
 * timer. Checkpoints run between transactions, after the answer is out, and when nothing waits;
 * SQLite's automatic one would run inside a commit. */
#include "ledger/sqlite_internal.h"

#include "base/alloc.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static size_t bytes_of(const struct rd_ledger_batch *from)
{
    size_t bytes = sizeof(struct rd_lsql_batch) + from->entries_count * sizeof *from->entries +
                   from->records_count * sizeof *from->records;
    for (size_t i = 0; i < from->entries_count; i++)
        bytes += from->entries[i].feed.len + from->entries[i].body.len;
    for (size_t i = 0; i < from->records_count; i++)
        bytes += from->records[i].key.len + from->records[i].value.len;
    return bytes;
}

/* An absent text stays absent, an empty one stays empty. */
static void put_text(char **at, struct rd_text *text)
{
    if (!rd_text_present(*text))
        return;
    if (text->len > 0)
        memcpy(*at, text->ptr, text->len);
    text->ptr = *at;
    *at += text->len;
}

/* One block: this struct, entries, records, bytes. */
static struct rd_lsql_batch *copy_batch(const struct rd_ledger_batch *from)
{
    size_t bytes = bytes_of(from);
    struct rd_lsql_batch *copy = rd_alloc_zeroed(rd_alloc_heap(), 1, bytes + 1);
    if (copy == NULL)
        return NULL;
    struct rd_ledger_entry *entries = (struct rd_ledger_entry *)(copy + 1);
    struct rd_ledger_record *records = (struct rd_ledger_record *)(entries + from->entries_count);
    char *at = (char *)(records + from->records_count);
    for (size_t i = 0; i < from->entries_count; i++) {
        entries[i] = from->entries[i];
        put_text(&at, &entries[i].feed);
        put_text(&at, &entries[i].body);
    }
    for (size_t i = 0; i < from->records_count; i++) {
        records[i] = from->records[i];
        put_text(&at, &records[i].key);
        put_text(&at, &records[i].value);
    }
    copy->batch = *from;
    copy->batch.entries = entries;
    copy->batch.records = records;
    copy->bytes = bytes;
    return copy;
}

static void free_batches(struct rd_lsql_batch *batch)
{
    while (batch != NULL) {
        struct rd_lsql_batch *next = batch->next;
        rd_release(rd_alloc_heap(), batch);
        batch = next;
    }
}

static enum rd_append_result fence(const struct rd_lsql *ledger, uint64_t number,
                                   uint64_t incarnation, const struct rd_ledger_batch *batch,
                                   struct rd_errbuf *why)
{
    if (batch->expected_next != number + 1) {
        (void)rd_fail(why, RD_E_FENCED,
                      "ledger in %s ends at entry %" PRIu64 ", the append expected %" PRIu64
                      ": another process writes to it, or two parts of this one do",
                      ledger->directory, number, batch->expected_next - 1);
        return RD_APPEND_FENCED;
    }
    if (batch->incarnation < incarnation) {
        (void)rd_fail(why, RD_E_FENCED,
                      "ledger in %s is in incarnation %" PRIu64 ", the append came from %" PRIu64
                      ": another process took over",
                      ledger->directory, incarnation, batch->incarnation);
        return RD_APPEND_FENCED;
    }
    return RD_APPEND_OK;
}

/* Commits from `first` as far as numbers and incarnations fit; the first that does not ends it. */
static enum rd_append_result commit_group(struct rd_lsql *ledger, struct rd_lsql_batch *first,
                                          struct rd_errbuf *why)
{
    enum rd_append_result fenced = RD_APPEND_OK;
    struct rd_errbuf fence_why = {{0}};
    uint64_t number = ledger->seal.head.number, incarnation = ledger->seal.incarnation;
    struct rd_lsql_batch *stop = first;
    for (; stop != NULL; stop = stop->next) {
        fenced = fence(ledger, number, incarnation, &stop->batch, &fence_why);
        if (fenced != RD_APPEND_OK)
            break;
        number += stop->batch.entries_count;
        incarnation = stop->batch.incarnation;
    }
    if (stop != first) {
        enum rd_append_result result = rd_lsql_commit(ledger, first, stop, why);
        if (result != RD_APPEND_OK)
            return result;
    }
    if (fenced != RD_APPEND_OK)
        *why = fence_why;
    return fenced;
}

static void publish(struct rd_lsql *ledger, enum rd_append_result result,
                    const struct rd_lsql_batch *group, const struct rd_errbuf *why)
{
    pthread_mutex_lock(&ledger->mutex);
    if (ledger->seal.commit > ledger->durable_commit) { /* also before what fails now */
        ledger->finished = true;
        ledger->durable = ledger->seal.head;
        ledger->durable_commit = ledger->seal.commit;
    }
    if (result == RD_APPEND_OK) {
        ledger->stats.commits++;
        for (const struct rd_lsql_batch *at = group; at != NULL; at = at->next) {
            ledger->stats.entries += at->batch.entries_count;
            ledger->stats.records += at->batch.records_count;
        }
    } else {
        ledger->failed = result;
        ledger->failure = *why;
    }
    ledger->stats.wal_pages = (uint64_t)ledger->wal_pages;
    pthread_mutex_unlock(&ledger->mutex);
    if (ledger->options.wake != NULL)
        ledger->options.wake(ledger->options.context);
}

enum rd_err rd_lsql_checkpoint(struct rd_lsql *ledger, int mode, int *left, struct rd_errbuf *why)
{
    int in_log = 0, moved = 0;
    /* A reader is not waited for: appends would wait with us. */
    (void)sqlite3_busy_timeout(ledger->write.db, 0); /* cannot fail on an open connection */
    int rc = sqlite3_wal_checkpoint_v2(ledger->write.db, NULL, mode, &in_log, &moved);
    (void)sqlite3_busy_timeout(ledger->write.db, RD_LSQL_BUSY_MS);
    *left = in_log > moved ? in_log - moved : 0;
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
        return rd_lsql_fail(ledger->write.db, rc, "moving the log into the database", why);
    bool blocked = rc != SQLITE_OK || *left > 0;
    if (!blocked && mode != SQLITE_CHECKPOINT_PASSIVE)
        ledger->wal_pages = 0;
    if (blocked && *left == 0)
        *left = ledger->wal_pages;
    pthread_mutex_lock(&ledger->mutex);
    ledger->stats.checkpoints++;
    ledger->stats.checkpoints_blocked += blocked ? 1 : 0;
    ledger->stats.wal_pages = (uint64_t)ledger->wal_pages;
    pthread_mutex_unlock(&ledger->mutex);
    return RD_OK;
}

/* Moves the log when it has grown (`mode` PASSIVE) or when nothing waits (RESTART). A failure here
 * loses nothing that was answered, but the disk is not to be trusted any more. */
static bool checkpoint(struct rd_lsql *ledger, int mode)
{
    struct rd_errbuf why;
    int left = 0;
    enum rd_err err = rd_lsql_checkpoint(ledger, mode, &left, &why);
    if (err == RD_OK)
        err = rd_lsql_head_floor(&ledger->head_file, &ledger->keys, &ledger->seal, &why);
    ledger->checkpoint_base = ledger->wal_pages;
    if (err == RD_OK)
        return true;
    publish(ledger, RD_APPEND_UNKNOWN, NULL, &why);
    return false;
}

/* By growth since the last one, not by size: a reader that holds the log up must not cause a
 * checkpoint, and its sync, at every transaction. A log that began anew is shorter than before. */
static bool checkpoint_due(struct rd_lsql *ledger)
{
    if (ledger->wal_pages < ledger->checkpoint_base)
        ledger->checkpoint_base = 0;
    return ledger->wal_pages - ledger->checkpoint_base >= (int)ledger->options.checkpoint_pages;
}

static bool commit_and_tell(struct rd_lsql *ledger, struct rd_lsql_batch *group)
{
    struct rd_errbuf why = {{0}};
    enum rd_append_result result = commit_group(ledger, group, &why);
    publish(ledger, result, group, &why);
    free_batches(group);
    if (result != RD_APPEND_OK)
        return false;
    return !checkpoint_due(ledger) || checkpoint(ledger, SQLITE_CHECKPOINT_PASSIVE);
}

/* Everything that waits, up to the group's bound; at least one batch. Under the mutex. */
static struct rd_lsql_batch *take_group(struct rd_lsql *ledger)
{
    struct rd_lsql_batch *group = ledger->first, *last = NULL;
    size_t rows = 0, bytes = 0;
    for (struct rd_lsql_batch *at = group; at != NULL; at = at->next) {
        rows += at->batch.entries_count + at->batch.records_count;
        bytes += at->bytes;
        if (last != NULL && (rows > RD_LSQL_GROUP_ROWS_MAX || bytes > RD_LSQL_GROUP_BYTES_MAX))
            break;
        ledger->queued--;
        ledger->queued_bytes -= at->bytes;
        last = at;
    }
    if (last == NULL)
        return NULL;
    ledger->first = last->next;
    if (ledger->first == NULL)
        ledger->last = NULL;
    last->next = NULL;
    return group;
}

static bool wait_until(struct rd_lsql *ledger, const struct timespec *until)
{
    return pthread_cond_timedwait(&ledger->work, &ledger->mutex, until) != ETIMEDOUT;
}

static struct timespec idle_end(void)
{
    struct timespec until = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail for this clock */
    until.tv_sec += RD_LSQL_IDLE_MS / 1000;
    return until;
}

/* NULL: stop, or (with *idle) nothing came for a while and the WAL is not empty. */
static struct rd_lsql_batch *next_group(struct rd_lsql *ledger, bool *idle)
{
    *idle = false;
    struct timespec until = idle_end();
    pthread_mutex_lock(&ledger->mutex);
    while (ledger->first == NULL && !ledger->stopping && !*idle) {
        if (ledger->wal_pages > 0)
            *idle = !wait_until(ledger, &until);
        else
            pthread_cond_wait(&ledger->work, &ledger->mutex);
    }
    struct rd_lsql_batch *group = take_group(ledger);
    pthread_mutex_unlock(&ledger->mutex);
    return group;
}

/* Nothing came for a while: the log begins anew, and the page cache goes back to the system. The
 * log's file stays as long as it is: syncing blocks that are there is half the work of syncing a
 * file that grows. */
static bool rest(struct rd_lsql *ledger)
{
    (void)sqlite3_db_release_memory(ledger->write.db); /* always SQLITE_OK */
    return checkpoint(ledger, SQLITE_CHECKPOINT_RESTART);
}

static void *writer_main(void *context)
{
    struct rd_lsql *ledger = context;
    bool going = true;
    while (going) {
        bool idle;
        struct rd_lsql_batch *group = next_group(ledger, &idle);
        if (group != NULL)
            going = commit_and_tell(ledger, group);
        else if (idle)
            going = rest(ledger);
        else
            going = false;
    }
    return NULL;
}

enum rd_err rd_lsql_writer_start(struct rd_lsql *ledger, struct rd_errbuf *why)
{
    /* Signals are the loop thread's. */
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* cannot fail with these arguments */
    int failed = pthread_create(&ledger->thread, NULL, writer_main, ledger);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    ledger->thread_started = failed == 0;
    return failed == 0 ? RD_OK
                       : rd_fail(why, RD_E_NOMEM, "ledger: no writer thread: %s", strerror(failed));
}

void rd_lsql_writer_stop(struct rd_lsql *ledger)
{
    if (ledger->thread_started) {
        pthread_mutex_lock(&ledger->mutex);
        ledger->stopping = true;
        pthread_cond_signal(&ledger->work);
        pthread_mutex_unlock(&ledger->mutex);
        pthread_join(ledger->thread, NULL);
        ledger->thread_started = false;
    }
    free_batches(ledger->first); /* only after a failure: their outcome was told with it */
    ledger->first = ledger->last = NULL;
    ledger->queued = ledger->queued_bytes = 0;
}

static enum rd_err check_batch(const struct rd_ledger_batch *batch)
{
    if (batch->entries_count > RD_LEDGER_BATCH_ENTRIES_MAX)
        return RD_E_TOOBIG;
    for (size_t i = 0; i < batch->entries_count; i++)
        if (batch->entries[i].number != batch->expected_next + i ||
            !rd_text_present(batch->entries[i].body))
            return RD_E_BUG;
    for (size_t i = 0; i < batch->records_count; i++)
        if (!rd_text_present(batch->records[i].key))
            return RD_E_BUG;
    return RD_OK;
}

static enum rd_err enqueue(struct rd_lsql *ledger, struct rd_lsql_batch *copy)
{
    enum rd_err err = RD_OK;
    pthread_mutex_lock(&ledger->mutex);
    if (ledger->failed != 0) {
        err = RD_E_IO;
    } else if (ledger->queued >= ledger->options.queue_batches_max ||
               (ledger->queued > 0 &&
                ledger->queued_bytes + copy->bytes > RD_LSQL_QUEUE_BYTES_MAX)) {
        err = RD_E_BUSY;
    } else {
        if (ledger->last != NULL)
            ledger->last->next = copy;
        else
            ledger->first = copy;
        ledger->last = copy;
        ledger->queued++;
        ledger->queued_bytes += copy->bytes;
        pthread_cond_signal(&ledger->work);
    }
    pthread_mutex_unlock(&ledger->mutex);
    return err;
}

enum rd_err rd_lsql_append(struct rd_ledger *base, const struct rd_ledger_batch *batch)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    if (ledger->options.read_only)
        return RD_E_DENIED;
    enum rd_err err = check_batch(batch);
    if (err != RD_OK)
        return err;
    struct rd_lsql_batch *copy = copy_batch(batch);
    if (copy == NULL)
        return RD_E_NOMEM;
    err = enqueue(ledger, copy);
    if (err != RD_OK) {
        free_batches(copy);
        return err;
    }
    if (ledger->options.inline_writer) {
        pthread_mutex_lock(&ledger->mutex);
        struct rd_lsql_batch *group = take_group(ledger);
        pthread_mutex_unlock(&ledger->mutex);
        (void)commit_and_tell(ledger, group); /* drain tells */
    }
    return RD_OK;
}

void rd_lsql_drain(struct rd_ledger *base)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    pthread_mutex_lock(&ledger->mutex);
    bool finished = ledger->finished;
    bool failed = ledger->failed != 0 && !ledger->failure_told;
    uint64_t last = ledger->durable.number;
    ledger->finished = false;
    ledger->failure_told = ledger->failure_told || failed;
    pthread_mutex_unlock(&ledger->mutex);
    if (finished)
        ledger->options.appended(ledger->options.context, RD_APPEND_OK, last, NULL);
    if (failed) /* written once, before `failed` */
        ledger->options.appended(ledger->options.context, ledger->failed, last,
                                 ledger->failure.text);
}
