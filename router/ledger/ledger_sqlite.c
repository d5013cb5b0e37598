/* The embedded ledger: open, close, the operations of ledger.h.
 *
 * A state directory holds
 *   ledger.db (-wal, -shm)  SQLite: tables in sqlite_conn.c, hashes and encryption in
 * sqlite_crypt.c ledger.head             how far the chain reaches: sqlite_head.c ledger.lock flock
 * of the one process that writes; its number inside
 *
 * Opening: lock, head file, format, every check of sqlite_verify.c; only then the first write. What
 * is refused is left as it was found. */
#include "ledger/sqlite_internal.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

char *rd_lsql_path(const char *directory, const char *name)
{
    size_t len = strlen(directory) + strlen(name) + 1;
    char *path = rd_alloc_zeroed(rd_alloc_heap(), len + 2, 1);
    if (path != NULL)
        (void)snprintf(path, len + 1, "%s/%s", directory, name);
    return path;
}

enum rd_err rd_lsql_exists(sqlite3_vfs *vfs, const char *path, bool *exists, struct rd_errbuf *why)
{
    int found = 0;
    int rc = vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &found);
    *exists = found != 0;
    return rc == SQLITE_OK ? RD_OK
                           : rd_fail(why, RD_E_IO, "%s: cannot be looked for: %s (%d)", path,
                                     sqlite3_errstr(rc), rc);
}

static enum rd_err lock_held(const char *directory, int fd, struct rd_errbuf *why)
{
    char holder[24] = {0};
    ssize_t got = pread(fd, holder, sizeof holder - 1, 0);
    holder[got > 0 ? strcspn(holder, " \n") : 0] = '\0';
    return rd_fail(why, RD_E_FENCED,
                   "%s/ledger.lock is held by process %s: only one router may write a ledger; stop "
                   "that one first",
                   directory, holder[0] == '\0' ? "(unknown)" : holder);
}

enum rd_err rd_lsql_lock(const char *directory, int *out, struct rd_errbuf *why)
{
    char *path = rd_lsql_path(directory, "ledger.lock");
    if (path == NULL)
        return rd_fail(why, RD_E_NOMEM, "ledger: out of memory");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    int error = errno;
    rd_release(rd_alloc_heap(), path);
    if (fd < 0)
        return rd_fail(why, error == ENOENT ? RD_E_NOTFOUND : RD_E_IO,
                       "%s/ledger.lock: %s: the state directory must exist and be ours", directory,
                       strerror(error));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum rd_err err = errno == EWOULDBLOCK ? lock_held(directory, fd, why)
                                               : rd_fail(why, RD_E_IO, "%s/ledger.lock: flock: %s",
                                                         directory, strerror(errno));
        (void)close(fd); /* nothing was written */
        return err;
    }
    char text[24];
    int len = snprintf(text, sizeof text, "%-20ld\n", (long)getpid()); /* overwrites a longer one */
    ssize_t written = pwrite(fd, text, (size_t)len, 0);
    (void)written; /* only for the message above: a failure here is not one of the ledger */
    *out = fd;
    return RD_OK;
}

static enum rd_err make_directory(const struct rd_lsql *ledger, struct rd_errbuf *why)
{
    if (mkdir(ledger->directory, S_IRWXU) == 0 || errno == EEXIST)
        return RD_OK;
    return rd_fail(why, RD_E_IO, "%s: cannot be made: %s", ledger->directory, strerror(errno));
}

static void release(struct rd_lsql *ledger)
{
    rd_lsql_head_close(&ledger->head_file);
    rd_lsql_conn_close(&ledger->read);
    rd_lsql_conn_close(&ledger->write);
    if (ledger->lock_fd >= 0)
        (void)close(ledger->lock_fd); /* releases the lock; nothing was written that matters */
    if (ledger->mutex_made) {
        pthread_cond_destroy(&ledger->work);
        pthread_mutex_destroy(&ledger->mutex);
    }
    rd_release(rd_alloc_heap(), ledger->directory);
    rd_release(rd_alloc_heap(), ledger->db_path);
    rd_release(rd_alloc_heap(), ledger->head_path);
    rd_release(rd_alloc_heap(), ledger->scratch);
    (void)sodium_munlock(&ledger->keys, sizeof ledger->keys); /* wipes them too */
    rd_release(rd_alloc_heap(), ledger);
}

static enum rd_err make_mutex(struct rd_lsql *ledger, struct rd_errbuf *why)
{
    pthread_condattr_t attributes;
    int failed = pthread_condattr_init(&attributes);
    if (failed == 0) {
        failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        if (failed == 0)
            failed = pthread_cond_init(&ledger->work, &attributes);
        pthread_condattr_destroy(&attributes);
    }
    if (failed == 0) {
        failed = pthread_mutex_init(&ledger->mutex, NULL);
        if (failed != 0)
            pthread_cond_destroy(&ledger->work);
    }
    ledger->mutex_made = failed == 0;
    return failed == 0 ? RD_OK : rd_fail(why, RD_E_NOMEM, "ledger: %s", strerror(failed));
}

static enum rd_err check_options(const struct rd_ledger_sqlite_options *options,
                                 struct rd_errbuf *why)
{
    if (options->directory == NULL || options->body_key == NULL)
        return rd_fail(why, RD_E_INVALID, "ledger: directory and body key must be given");
    if (!options->read_only && options->appended == NULL)
        return rd_fail(why, RD_E_INVALID, "ledger: a writer must say where appends are answered");
    if (sodium_init() < 0)
        return rd_fail(why, RD_E_IO, "ledger: libsodium found no source of randomness");
    if (sqlite3_vfs_find(options->vfs) == NULL)
        return rd_fail(why, RD_E_INVALID, "ledger: SQLite has no VFS named %s",
                       options->vfs == NULL ? "(default)" : options->vfs);
    return RD_OK;
}

static enum rd_err prepare(struct rd_lsql *ledger, const struct rd_ledger_sqlite_options *options,
                           struct rd_errbuf *why)
{
    ledger->lock_fd = -1;
    ledger->options = *options;
    ledger->options.body_key = NULL;
    if (options->queue_batches_max == 0)
        ledger->options.queue_batches_max = RD_LSQL_QUEUE_BATCHES_DEFAULT;
    if (options->checkpoint_pages == 0 || options->checkpoint_pages > INT_MAX)
        ledger->options.checkpoint_pages = RD_LSQL_CHECKPOINT_PAGES_DEFAULT;
    ledger->vfs = sqlite3_vfs_find(options->vfs);
    (void)sodium_mlock(&ledger->keys, sizeof ledger->keys); /* best effort: a limit may forbid it */
    rd_lsql_keys_derive(options->body_key, &ledger->keys);
    size_t len = strlen(options->directory);
    ledger->directory = rd_alloc_zeroed(rd_alloc_heap(), len + 1, 1);
    ledger->db_path = rd_lsql_path(options->directory, "ledger.db");
    ledger->head_path = rd_lsql_path(options->directory, "ledger.head");
    if (ledger->directory == NULL || ledger->db_path == NULL || ledger->head_path == NULL)
        return rd_fail(why, RD_E_NOMEM, "ledger: out of memory");
    memcpy(ledger->directory, options->directory, len);
    ledger->options.directory = ledger->directory;
    return make_mutex(ledger, why);
}

/* Without a database nothing else of one may be there: SQLite would begin a new one beside the rest
 * of the old, or apply a stray log. */
static enum rd_err find_database(struct rd_lsql *ledger, enum rd_lsql_head_state head, bool *exists,
                                 struct rd_errbuf *why)
{
    enum rd_err err = rd_lsql_exists(ledger->vfs, ledger->db_path, exists, why);
    if (err != RD_OK || *exists)
        return err;
    bool log = false;
    char *path = rd_lsql_path(ledger->directory, "ledger.db-wal");
    if (path == NULL)
        return rd_fail(why, RD_E_NOMEM, "ledger: out of memory");
    err = rd_lsql_exists(ledger->vfs, path, &log, why);
    rd_release(rd_alloc_heap(), path);
    if (err != RD_OK)
        return err;
    if (log || head != RD_LSQL_HEAD_MISSING)
        return rd_fail(why, RD_E_CORRUPT, "%s: ledger.db is missing, but %s is there; %s",
                       ledger->directory, log ? "ledger.db-wal" : "ledger.head", RD_LSQL_ADVICE);
    if (!ledger->options.create || ledger->options.read_only)
        return rd_fail(why, RD_E_NOTFOUND,
                       "%s holds no ledger (ledger.db is missing): name the right state directory, "
                       "or start with permission to create one",
                       ledger->directory);
    return RD_OK;
}

static enum rd_err create(struct rd_lsql *ledger, struct rd_errbuf *why)
{
    enum rd_err err = rd_lsql_make_writer(&ledger->write, ledger->options.synchronous_off, why);
    if (err == RD_OK)
        err = rd_lsql_create_schema(ledger->write.db, why); /* leaves its transaction open */
    if (err != RD_OK)
        return err;
    unsigned char packed[RD_LSQL_SEAL_BYTES];
    struct rd_lsql_seal seal = {.commit = 1};
    rd_lsql_seal_pack(&ledger->keys, &seal, packed);
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(ledger->write.db, "INSERT INTO seal VALUES(1, ?1)", -1, &statement,
                                NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_blob64(statement, 1, packed, sizeof packed, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    (void)sqlite3_finalize(statement); /* its error is in `rc` */
    if (rc != SQLITE_DONE)
        return rd_lsql_fail(ledger->write.db, rc, "creating the ledger", why);
    return rd_lsql_exec(ledger->write.db, "COMMIT", why);
}

/* Format, schema, statements on `write`; a ledger is made when none is there and it may be. */
static enum rd_err open_write(struct rd_lsql *ledger, enum rd_lsql_head_state head,
                              struct rd_errbuf *why)
{
    bool exists = false;
    enum rd_err err = find_database(ledger, head, &exists, why);
    if (err != RD_OK)
        return err;
    err = rd_lsql_conn_open(&ledger->write, ledger->db_path, ledger->options.vfs,
                            exists ? RD_LSQL_OPEN_WRITE : RD_LSQL_OPEN_CREATE, why);
    if (err != RD_OK)
        return err;
    err = rd_lsql_check_schema(ledger->write.db, why);
    if (err == RD_OK && sqlite3_db_readonly(ledger->write.db, "main") != 0)
        err =
            rd_fail(why, RD_E_IO,
                    "%s/ledger.db can only be read: the router must own it and its file system be "
                    "writable; if they are, its page 1 is damaged: restore a backup: referralctl "
                    "ledger restore",
                    ledger->directory);
    if (err == RD_E_NOTFOUND && head != RD_LSQL_HEAD_MISSING)
        err = rd_fail(why, RD_E_CORRUPT, "%s: ledger.db is empty, but ledger.head is there; %s",
                      ledger->directory, RD_LSQL_ADVICE);
    if (err == RD_E_NOTFOUND && ledger->options.create)
        err = create(ledger, why);
    return err;
}

static enum rd_err open_read(struct rd_lsql *ledger, enum rd_lsql_head_state head,
                             struct rd_errbuf *why)
{
    bool exists = true;
    enum rd_err err = RD_OK;
    if (ledger->options.read_only)
        err = find_database(ledger, head, &exists, why);
    if (err == RD_OK)
        err = rd_lsql_conn_open(&ledger->read, ledger->db_path, ledger->options.vfs,
                                RD_LSQL_OPEN_READ, why);
    if (err == RD_OK)
        err = rd_lsql_check_schema(ledger->read.db, why);
    return err == RD_OK ? rd_lsql_prepare(&ledger->read, why) : err;
}

/* The first writes: everything verified goes into the database itself, synced. That also repeats
 * what a failed sync of an earlier run may have left only in the page cache. */
static enum rd_err begin_writing(struct rd_lsql *ledger, struct rd_errbuf *why)
{
    int left = 0;
    enum rd_err err = rd_lsql_make_writer(&ledger->write, ledger->options.synchronous_off, why);
    if (err == RD_OK)
        err = rd_lsql_prepare(&ledger->write, why);
    if (err == RD_OK)
        err = rd_lsql_checkpoint(ledger, SQLITE_CHECKPOINT_TRUNCATE, &left, why);
    if (err == RD_OK)
        err = rd_lsql_head_open(&ledger->head_file, ledger->vfs, ledger->head_path,
                                !ledger->options.synchronous_off, why);
    if (err == RD_OK)
        err = rd_lsql_head_floor(&ledger->head_file, &ledger->keys, &ledger->seal, why);
    ledger->write.wal_pages = &ledger->wal_pages;
    ledger->wal_pages = left;
    if (err == RD_OK && !ledger->options.inline_writer)
        err = rd_lsql_writer_start(ledger, why);
    return err;
}

static enum rd_err open_all(struct rd_lsql *ledger, bool verify_all, struct rd_errbuf *why)
{
    struct rd_lsql_head head = {.commit = 0};
    enum rd_lsql_head_state state = RD_LSQL_HEAD_MISSING;
    enum rd_err err = RD_OK;
    if (ledger->options.create && !ledger->options.read_only)
        err = make_directory(ledger, why);
    if (err == RD_OK && !ledger->options.read_only)
        err = rd_lsql_lock(ledger->directory, &ledger->lock_fd, why);
    /* The head before the database: beside a running router the latter may only be newer. */
    if (err == RD_OK)
        err = rd_lsql_head_read(ledger->vfs, ledger->head_path, &ledger->keys, &head, &state, why);
    if (err == RD_OK && !ledger->options.read_only)
        err = open_write(ledger, state, why);
    if (err == RD_OK)
        err = open_read(ledger, state, why);
    if (err == RD_OK)
        err = rd_lsql_verify_start(ledger, &head, state, verify_all, why);
    ledger->durable = ledger->seal.head;
    ledger->durable_commit = ledger->seal.commit;
    ledger->restored = ledger->seal.restored;
    if (err == RD_OK && !ledger->options.read_only)
        err = begin_writing(ledger, why);
    return err;
}

static enum rd_err walk_records(struct rd_lsql *ledger, const struct rd_lsql_seal *seal,
                                rd_ledger_each_record *each, void *context, struct rd_errbuf *why)
{
    struct rd_lsql_record_walk walk = {.conn = &ledger->read,
                                       .keys = &ledger->keys,
                                       .seal = seal,
                                       .each = each,
                                       .context = context};
    return rd_lsql_walk_records(&walk, why);
}

static enum rd_err each_record(struct rd_ledger *base, rd_ledger_each_record *each, void *context,
                               struct rd_errbuf *why)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    struct rd_lsql_seal seal;
    int rc = rd_lsql_run(&ledger->read, RD_LSQL_BEGIN_READ);
    if (rc != SQLITE_OK)
        return rd_lsql_fail(ledger->read.db, rc, "beginning to read", why);
    enum rd_err err = rd_lsql_seal_read(&ledger->read, &ledger->keys, &seal, why);
    if (err == RD_OK)
        err = walk_records(ledger, &seal, each, context, why);
    if (!sqlite3_get_autocommit(ledger->read.db))
        (void)rd_lsql_run(&ledger->read, RD_LSQL_ROLLBACK); /* ends a read: nothing to lose */
    return err;
}

static enum rd_err each_entry(struct rd_ledger *base, uint64_t from, uint64_t to,
                              bool (*each)(void *context, const struct rd_ledger_entry *entry),
                              void *context, struct rd_errbuf *why)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    struct rd_lsql_seal seal;
    enum rd_err err = rd_lsql_seal_read(&ledger->read, &ledger->keys, &seal, why);
    if (err != RD_OK)
        return err;
    struct rd_lsql_walk walk = {.conn = &ledger->read,
                                .keys = &ledger->keys,
                                .from = from == 0 ? 1 : from,
                                .to = to < seal.head.number ? to : seal.head.number,
                                .each = each,
                                .context = context};
    return rd_lsql_walk_entries(&walk, why);
}

static struct rd_ledger_head head_of(struct rd_ledger *base)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    pthread_mutex_lock(&ledger->mutex);
    struct rd_ledger_head head = ledger->durable;
    pthread_mutex_unlock(&ledger->mutex);
    return head;
}

/* So that a closed ledger is one file. A failure loses nothing: what was answered is in the log,
 * and the next start reads it. After an earlier failure nothing is touched. */
static void empty_log(struct rd_lsql *ledger)
{
    int left = 0;
    enum rd_err err = ledger->failed == 0 ? RD_OK : RD_E_IO;
    if (err == RD_OK)
        err = rd_lsql_checkpoint(ledger, SQLITE_CHECKPOINT_TRUNCATE, &left, NULL);
    if (err == RD_OK)
        err = rd_lsql_head_floor(&ledger->head_file, &ledger->keys, &ledger->seal, NULL);
    /* The last connection to close then also removes the empty log. */
    if (err == RD_OK && left == 0)
        (void)sqlite3_db_config(ledger->write.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

static void close_ledger(struct rd_ledger *base)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    rd_lsql_writer_stop(ledger);
    if (!ledger->options.read_only) {
        rd_lsql_drain(base);
        empty_log(ledger);
    }
    release(ledger);
}

enum rd_err rd_ledger_sqlite_open(const struct rd_ledger_sqlite_options *options, bool verify_all,
                                  struct rd_ledger **out, struct rd_errbuf *why)
{
    static const struct rd_ledger_ops ops = {
        .append = rd_lsql_append,
        .each_record = each_record,
        .each_entry = each_entry,
        .head = head_of,
        .drain = rd_lsql_drain,
        .close = close_ledger,
    };
    *out = NULL;
    enum rd_err err = check_options(options, why);
    if (err != RD_OK)
        return err;
    struct rd_lsql *ledger = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *ledger);
    if (ledger == NULL)
        return rd_fail(why, RD_E_NOMEM, "ledger: out of memory");
    ledger->base.ops = &ops;
    err = prepare(ledger, options, why);
    if (err == RD_OK)
        err = open_all(ledger, verify_all, why);
    if (err != RD_OK) {
        release(ledger);
        return err;
    }
    *out = &ledger->base;
    return RD_OK;
}

bool rd_ledger_sqlite_restored(const struct rd_ledger *ledger)
{
    return ((const struct rd_lsql *)ledger)->restored;
}

uint64_t rd_ledger_sqlite_free_bytes(const struct rd_ledger *ledger)
{
    struct statvfs about;
    if (statvfs(((const struct rd_lsql *)ledger)->directory, &about) != 0)
        return 0;
    return (uint64_t)about.f_bavail * (uint64_t)about.f_frsize;
}

void rd_ledger_sqlite_stats(struct rd_ledger *base, struct rd_ledger_sqlite_stats *out)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    pthread_mutex_lock(&ledger->mutex);
    *out = ledger->stats;
    out->queued_batches = ledger->queued;
    out->queued_bytes = ledger->queued_bytes;
    pthread_mutex_unlock(&ledger->mutex);
}
