/* Backup and restore: one consistent copy by SQLite's backup interface, in one step: a snapshot,
 * while the router goes on writing beside it. A copy is a closed ledger: one database file without
 * a log, and its head. Both are made under another name and renamed when whole, so that an
 * interrupted one cannot be taken for one. */
#include "ledger/sqlite_internal.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum rd_err system_fail(const char *path, const char *doing, struct rd_errbuf *why)
{
    return rd_fail(why, errno == ENOSPC ? RD_E_FULL : RD_E_IO, "%s: %s: %s", path, doing,
                   strerror(errno));
}

static enum rd_err sync_directory(const char *path, struct rd_errbuf *why)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return system_fail(path, "cannot be opened", why);
    enum rd_err err = fsync(fd) == 0 ? RD_OK : system_fail(path, "cannot be synced", why);
    (void)close(fd); /* opened for reading */
    return err;
}

/* What an interrupted copy may have left. */
static enum rd_err remove_files(const char *directory, const char *const *names, size_t count,
                                struct rd_errbuf *why)
{
    enum rd_err err = RD_OK;
    for (size_t i = 0; err == RD_OK && i < count; i++) {
        char *path = rd_lsql_path(directory, names[i]);
        if (path == NULL)
            return rd_fail(why, RD_E_NOMEM, "backup: out of memory");
        if (unlink(path) != 0 && errno != ENOENT)
            err = system_fail(path, "cannot be removed", why);
        rd_release(rd_alloc_heap(), path);
    }
    return err;
}

static enum rd_err copy_pages(sqlite3 *to, sqlite3 *from, struct rd_errbuf *why)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL)
        return rd_lsql_fail(to, sqlite3_extended_errcode(to), "beginning to copy", why);
    int rc = sqlite3_backup_step(backup, -1);
    int finished = sqlite3_backup_finish(backup);
    if (rc == SQLITE_DONE && finished == SQLITE_OK)
        return RD_OK;
    return rd_lsql_fail(to, finished != SQLITE_OK ? finished : rc, "copying", why);
}

/* Copies `from` into a new database at `db_path` and writes its head; the copy is left open in
 * copy->read, its seal in copy->seal. */
static enum rd_err copy_ledger(struct rd_lsql *copy, sqlite3 *from, bool restored,
                               struct rd_errbuf *why)
{
    enum rd_err err =
        rd_lsql_conn_open(&copy->read, copy->db_path, copy->options.vfs, RD_LSQL_OPEN_CREATE, why);
    if (err == RD_OK)
        err = copy_pages(copy->read.db, from, why);
    if (err == RD_OK) /* no log beside it */
        err = rd_lsql_exec(copy->read.db, "PRAGMA journal_mode = DELETE", why);
    if (err == RD_OK)
        err = rd_lsql_check_schema(copy->read.db, why);
    if (err == RD_OK)
        err = rd_lsql_prepare(&copy->read, why);
    if (err == RD_OK)
        err = rd_lsql_seal_read(&copy->read, &copy->keys, &copy->seal, why);
    if (err == RD_OK && restored) {
        unsigned char packed[RD_LSQL_SEAL_BYTES];
        copy->seal.commit++;
        copy->seal.restored = true;
        rd_lsql_seal_pack(&copy->keys, &copy->seal, packed);
        int rc = sqlite3_bind_blob64(rd_lsql_stmt(&copy->read, RD_LSQL_PUT_SEAL), 1, packed,
                                     sizeof packed, SQLITE_STATIC);
        if (rc == SQLITE_OK)
            rc = rd_lsql_run(&copy->read, RD_LSQL_PUT_SEAL);
        if (rc != SQLITE_OK)
            err = rd_lsql_fail(copy->read.db, rc, "marking the copy as restored", why);
    }
    if (err == RD_OK)
        err = rd_lsql_head_open(&copy->head_file, copy->vfs, copy->head_path, true, why);
    if (err == RD_OK)
        err = rd_lsql_head_floor(&copy->head_file, &copy->keys, &copy->seal, why);
    rd_lsql_head_close(&copy->head_file);
    return err;
}

static enum rd_err init_copy(struct rd_lsql *copy, const struct rd_ledger_sqlite_options *options,
                             const char *directory, const char *db_name, struct rd_errbuf *why)
{
    *copy = (struct rd_lsql){.options = *options, .vfs = sqlite3_vfs_find(options->vfs)};
    copy->db_path = rd_lsql_path(directory, db_name);
    copy->head_path = rd_lsql_path(directory, "ledger.head");
    return copy->db_path != NULL && copy->head_path != NULL
               ? RD_OK
               : rd_fail(why, RD_E_NOMEM, "backup: out of memory");
}

static void fini_copy(struct rd_lsql *copy)
{
    rd_lsql_conn_close(&copy->read);
    rd_release(rd_alloc_heap(), copy->db_path);
    rd_release(rd_alloc_heap(), copy->head_path);
    sodium_memzero(&copy->keys, sizeof copy->keys);
}

/* A directory of that name with nothing of a ledger in it. */
static enum rd_err make_empty(const char *directory, struct rd_errbuf *why)
{
    static const char *const names[] = {"ledger.db", "ledger.db-journal", "ledger.db-wal",
                                        "ledger.db-shm", "ledger.head"};
    if (mkdir(directory, S_IRWXU) != 0 && errno != EEXIST)
        return system_fail(directory, "cannot be made", why);
    return remove_files(directory, names, sizeof names / sizeof names[0], why);
}

/* A backup that was never checked is not one. */
static enum rd_err copy_and_verify(struct rd_lsql *ledger, const char *partial,
                                   struct rd_errbuf *why)
{
    struct rd_ledger_report report;
    struct rd_lsql copy;
    enum rd_err err = init_copy(&copy, &ledger->options, partial, "ledger.db", why);
    copy.keys = ledger->keys;
    if (err == RD_OK)
        err = copy_ledger(&copy, ledger->read.db, false, why);
    if (err == RD_OK)
        err = rd_lsql_verify_all(&copy, NULL, NULL, &report, why);
    fini_copy(&copy);
    return err;
}

/* Makes the new name of a directory durable. */
static enum rd_err sync_parent(const char *path, struct rd_errbuf *why)
{
    char *parent = rd_lsql_path(path, "..");
    if (parent == NULL)
        return rd_fail(why, RD_E_NOMEM, "backup: out of memory");
    enum rd_err err = sync_directory(parent, why);
    rd_release(rd_alloc_heap(), parent);
    return err;
}

enum rd_err rd_ledger_sqlite_backup(struct rd_ledger *base, const char *directory,
                                    struct rd_errbuf *why)
{
    struct stat about;
    if (lstat(directory, &about) == 0)
        return rd_fail(why, RD_E_CONFLICT, "%s is there already: name a directory that is not",
                       directory);
    size_t len = strlen(directory) + sizeof ".partial";
    char *partial = rd_alloc_zeroed(rd_alloc_heap(), len, 1);
    if (partial == NULL)
        return rd_fail(why, RD_E_NOMEM, "backup: out of memory");
    (void)snprintf(partial, len, "%s.partial", directory);
    enum rd_err err = make_empty(partial, why);
    if (err == RD_OK)
        err = copy_and_verify(rd_lsql_of(base), partial, why);
    if (err == RD_OK)
        err = sync_directory(partial, why);
    if (err == RD_OK && rename(partial, directory) != 0)
        err = system_fail(directory, "cannot be made", why);
    rd_release(rd_alloc_heap(), partial);
    return err == RD_OK ? sync_parent(directory, why) : err;
}

/* Neither a ledger nor the log of one (an empty one is none): SQLite would apply a stray log to the
 * restored database. */
static enum rd_err check_target(const char *directory, struct rd_errbuf *why)
{
    static const char *const names[] = {"ledger.db", "ledger.db-wal", "ledger.db-journal"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct stat about;
        char *path = rd_lsql_path(directory, names[i]);
        if (path == NULL)
            return rd_fail(why, RD_E_NOMEM, "restore: out of memory");
        bool there = lstat(path, &about) == 0 && (i == 0 || about.st_size > 0);
        rd_release(rd_alloc_heap(), path);
        if (there)
            return rd_fail(why, RD_E_CONFLICT,
                           "%s holds a ledger already (%s): move it aside, then restore", directory,
                           names[i]);
    }
    return RD_OK;
}

static enum rd_err open_backup(struct rd_lsql *backup, struct rd_errbuf *why)
{
    struct rd_ledger_report report;
    enum rd_err err = rd_lsql_conn_open(&backup->read, backup->db_path, backup->options.vfs,
                                        RD_LSQL_OPEN_READ, why);
    if (err == RD_OK)
        err = rd_lsql_check_schema(backup->read.db, why);
    if (err == RD_OK)
        err = rd_lsql_prepare(&backup->read, why);
    return err == RD_OK ? rd_lsql_verify_all(backup, NULL, NULL, &report, why) : err;
}

/* The head stands before the database does: if this is cut off in between, the directory refuses to
 * start rather than beginning an empty ledger, and the restore can be repeated. */
static enum rd_err put_in_place(struct rd_lsql *backup, struct rd_lsql *copy, const char *directory,
                                struct rd_errbuf *why)
{
    static const char *const names[] = {"ledger.db.partial", "ledger.db.partial-journal",
                                        "ledger.db.partial-wal", "ledger.db.partial-shm",
                                        "ledger.db-shm"};
    enum rd_err err = check_target(directory, why);
    if (err == RD_OK)
        err = remove_files(directory, names, sizeof names / sizeof names[0], why);
    if (err == RD_OK)
        err = copy_ledger(copy, backup->read.db, true, why);
    rd_lsql_conn_close(&copy->read);
    char *db_path = rd_lsql_path(directory, "ledger.db");
    if (err == RD_OK && db_path == NULL)
        err = rd_fail(why, RD_E_NOMEM, "restore: out of memory");
    if (err == RD_OK && rename(copy->db_path, db_path) != 0)
        err = system_fail(db_path, "cannot be put in place", why);
    rd_release(rd_alloc_heap(), db_path);
    return err == RD_OK ? sync_directory(directory, why) : err;
}

static enum rd_err restore_locked(struct rd_lsql *backup, struct rd_lsql *copy,
                                  const char *directory, struct rd_errbuf *why)
{
    int lock = -1;
    enum rd_err err = rd_lsql_lock(directory, &lock, why);
    if (err != RD_OK)
        return err;
    err = put_in_place(backup, copy, directory, why);
    (void)close(lock); /* nothing was written to it that matters */
    return err;
}

enum rd_err rd_ledger_sqlite_restore(const struct rd_ledger_sqlite_options *options,
                                     const char *backup_directory, struct rd_errbuf *why)
{
    struct rd_lsql backup, copy;
    if (options->directory == NULL || options->body_key == NULL)
        return rd_fail(why, RD_E_INVALID, "restore: directory and body key must be given");
    if (sodium_init() < 0)
        return rd_fail(why, RD_E_IO, "restore: libsodium found no source of randomness");
    if (mkdir(options->directory, S_IRWXU) != 0 && errno != EEXIST)
        return system_fail(options->directory, "cannot be made", why);
    enum rd_err err = init_copy(&backup, options, backup_directory, "ledger.db", why);
    enum rd_err made = init_copy(&copy, options, options->directory, "ledger.db.partial", why);
    if (err == RD_OK)
        err = made;
    if (err == RD_OK) {
        rd_lsql_keys_derive(options->body_key, &backup.keys);
        copy.keys = backup.keys;
        err = open_backup(&backup, why);
    }
    if (err == RD_OK)
        err = restore_locked(&backup, &copy, options->directory, why);
    fini_copy(&copy);
    fini_copy(&backup);
    return err;
}
