/* The head file: how far the chain reaches, kept outside the database, because one flipped bit in a
 * WAL silently drops every later frame and the database then looks whole, only shorter.
 *
 * Two slots of one sector each, far apart:
 *
 *   slot 0 at 0      the floor: written at start, at a checkpoint and at the end, synced
 *   slot 1 at 4096   written after every commit, not synced
 *   slot             magic 8, commit 8, number 8, hash 32, BLAKE2b-256 keyed 32, zeros to 512
 *
 * The newest valid slot counts. A commit is answered without waiting for slot 1: it is written only
 * after its entries are durable, so it can lag behind them after a power cut (which loses only what
 * it could have detected) and never run ahead. Slot 1 is synced before slot 0 is rewritten, so that
 * one of them is whole at every moment. It goes through SQLite's VFS, so that the crash file system
 * of the tests has it too. */
#include "ledger/sqlite_internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT_BYTES = 512, SLOT_FLOOR = 0, SLOT_LATEST = 4096, MAC_AT = 56 };
static const unsigned char magic[8] = "rdhead\0\1";

static enum rd_err fail_io(int rc, const char *doing, struct rd_errbuf *why)
{
    enum rd_err err = rc == SQLITE_FULL ? RD_E_FULL : rc == SQLITE_NOMEM ? RD_E_NOMEM : RD_E_IO;
    return rd_fail(why, err, "ledger.head: %s: %s (%d)", doing, sqlite3_errstr(rc), rc);
}

static int open_file(sqlite3_vfs *vfs, const char *path, int flags, sqlite3_file **out)
{
    /* The type only decides how a platform's VFS creates it: a super-journal's directory is synced
     * with its first sync, and it has no locks. */
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    if (file == NULL)
        return SQLITE_NOMEM;
    int given = 0;
    int rc = vfs->xOpen(vfs, path, file, flags | SQLITE_OPEN_SUPER_JOURNAL, &given);
    if (rc != SQLITE_OK) {
        if (file->pMethods != NULL)
            (void)file->pMethods->xClose(file); /* the failed open is what is reported */
        free(file);
        file = NULL;
    }
    *out = file;
    return rc;
}

static void close_file(sqlite3_file *file)
{
    (void)file->pMethods->xClose(file); /* what had to be durable was synced */
    free(file);
}

static void pack(const struct rd_lsql_keys *keys, const struct rd_lsql_seal *seal,
                 unsigned char slot[SLOT_BYTES])
{
    memset(slot, 0, SLOT_BYTES);
    memcpy(slot, magic, sizeof magic);
    rd_lsql_put_u64(slot + 8, seal->commit);
    rd_lsql_put_u64(slot + 16, seal->head.number);
    memcpy(slot + 24, seal->head.hash, RD_LEDGER_HASH_BYTES);
    crypto_generichash(slot + MAC_AT, RD_LSQL_MAC_BYTES, slot, MAC_AT, keys->seal,
                       sizeof keys->seal);
}

static bool unpack(const struct rd_lsql_keys *keys, const unsigned char slot[SLOT_BYTES],
                   struct rd_lsql_head *out)
{
    unsigned char mac[RD_LSQL_MAC_BYTES];
    crypto_generichash(mac, sizeof mac, slot, MAC_AT, keys->seal, sizeof keys->seal);
    if (memcmp(slot, magic, sizeof magic) != 0 || sodium_memcmp(mac, slot + MAC_AT, sizeof mac))
        return false;
    out->commit = rd_lsql_get_u64(slot + 8);
    out->head.number = rd_lsql_get_u64(slot + 16);
    memcpy(out->head.hash, slot + 24, RD_LEDGER_HASH_BYTES);
    return true;
}

static enum rd_err read_slots(sqlite3_file *file, const struct rd_lsql_keys *keys,
                              struct rd_lsql_head *out, enum rd_lsql_head_state *state,
                              struct rd_errbuf *why)
{
    static const sqlite3_int64 places[] = {SLOT_FLOOR, SLOT_LATEST};
    *state = RD_LSQL_HEAD_DAMAGED;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        unsigned char slot[SLOT_BYTES];
        struct rd_lsql_head found;
        int rc = file->pMethods->xRead(file, slot, sizeof slot, places[i]);
        if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
            return fail_io(rc, "cannot be read", why);
        if (!unpack(keys, slot, &found))
            continue;
        if (*state != RD_LSQL_HEAD_GOOD || found.commit > out->commit)
            *out = found;
        *state = RD_LSQL_HEAD_GOOD;
    }
    return RD_OK;
}

enum rd_err rd_lsql_head_read(sqlite3_vfs *vfs, const char *path, const struct rd_lsql_keys *keys,
                              struct rd_lsql_head *out, enum rd_lsql_head_state *state,
                              struct rd_errbuf *why)
{
    bool exists = false;
    enum rd_err err = rd_lsql_exists(vfs, path, &exists, why);
    if (err != RD_OK)
        return err;
    *state = RD_LSQL_HEAD_MISSING;
    if (!exists)
        return RD_OK;
    sqlite3_file *file = NULL;
    int rc = open_file(vfs, path, SQLITE_OPEN_READONLY, &file);
    if (rc != SQLITE_OK)
        return fail_io(rc, "cannot be opened", why);
    err = read_slots(file, keys, out, state, why);
    close_file(file);
    return err;
}

enum rd_err rd_lsql_head_open(struct rd_lsql_head_file *file, sqlite3_vfs *vfs, const char *path,
                              bool sync, struct rd_errbuf *why)
{
    *file = (struct rd_lsql_head_file){.vfs = vfs, .sync = sync};
    int rc = open_file(vfs, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &file->file);
    return rc == SQLITE_OK ? RD_OK : fail_io(rc, "cannot be opened for writing", why);
}

void rd_lsql_head_close(struct rd_lsql_head_file *file)
{
    if (file->file != NULL)
        close_file(file->file);
    file->file = NULL;
}

static enum rd_err write_slot(struct rd_lsql_head_file *file, const unsigned char *slot,
                              sqlite3_int64 place, struct rd_errbuf *why)
{
    int rc = file->file->pMethods->xWrite(file->file, slot, SLOT_BYTES, place);
    return rc == SQLITE_OK ? RD_OK : fail_io(rc, "cannot be written", why);
}

static enum rd_err sync_file(struct rd_lsql_head_file *file, struct rd_errbuf *why)
{
    if (!file->sync)
        return RD_OK;
    int rc = file->file->pMethods->xSync(file->file, SQLITE_SYNC_NORMAL);
    return rc == SQLITE_OK ? RD_OK : fail_io(rc, "cannot be synced", why);
}

enum rd_err rd_lsql_head_write(struct rd_lsql_head_file *file, const struct rd_lsql_keys *keys,
                               const struct rd_lsql_seal *seal, struct rd_errbuf *why)
{
    unsigned char slot[SLOT_BYTES];
    pack(keys, seal, slot);
    return write_slot(file, slot, SLOT_LATEST, why);
}

enum rd_err rd_lsql_head_floor(struct rd_lsql_head_file *file, const struct rd_lsql_keys *keys,
                               const struct rd_lsql_seal *seal, struct rd_errbuf *why)
{
    unsigned char slot[SLOT_BYTES];
    pack(keys, seal, slot);
    enum rd_err err = write_slot(file, slot, SLOT_LATEST, why);
    if (err == RD_OK)
        err = sync_file(file, why);
    if (err == RD_OK)
        err = write_slot(file, slot, SLOT_FLOOR, why);
    return err == RD_OK ? sync_file(file, why) : err;
}
