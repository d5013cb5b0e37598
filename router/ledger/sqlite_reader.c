/* Bodies for one thread beside the loop: one read-only connection, one row at a time. */
#include "ledger/sqlite_internal.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <inttypes.h>
#include <sodium.h>

struct rd_ledger_reader {
    struct rd_lsql_conn conn;
    struct rd_lsql_keys keys;
    void *plain; /* for one decrypted body; wiped at close */
    size_t plain_cap;
};

static enum rd_err open_reader(struct rd_ledger_reader *reader,
                               const struct rd_ledger_sqlite_options *options,
                               struct rd_errbuf *why)
{
    struct rd_lsql_seal seal;
    char *path = rd_lsql_path(options->directory, "ledger.db");
    if (path == NULL)
        return rd_fail(why, RD_E_NOMEM, "ledger: out of memory");
    enum rd_err err = rd_lsql_conn_open(&reader->conn, path, options->vfs, RD_LSQL_OPEN_READ, why);
    rd_release(rd_alloc_heap(), path);
    if (err == RD_OK)
        err = rd_lsql_check_schema(reader->conn.db, why);
    if (err == RD_OK)
        err = rd_lsql_prepare(&reader->conn, why);
    return err == RD_OK ? rd_lsql_seal_read(&reader->conn, &reader->keys, &seal, why) : err;
}

enum rd_err rd_ledger_reader_open(const struct rd_ledger_sqlite_options *options,
                                  struct rd_ledger_reader **out, struct rd_errbuf *why)
{
    *out = NULL;
    if (options->directory == NULL || options->body_key == NULL)
        return rd_fail(why, RD_E_INVALID, "ledger: directory and body key must be given");
    if (sodium_init() < 0)
        return rd_fail(why, RD_E_IO, "ledger: libsodium found no source of randomness");
    struct rd_ledger_reader *reader = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *reader);
    if (reader == NULL)
        return rd_fail(why, RD_E_NOMEM, "ledger: out of memory");
    (void)sodium_mlock(&reader->keys, sizeof reader->keys); /* best effort: a limit may forbid it */
    rd_lsql_keys_derive(options->body_key, &reader->keys);
    enum rd_err err = open_reader(reader, options, why);
    if (err != RD_OK) {
        rd_ledger_reader_close(reader);
        return err;
    }
    *out = reader;
    return RD_OK;
}

void rd_ledger_reader_close(struct rd_ledger_reader *reader)
{
    if (reader == NULL)
        return;
    rd_lsql_conn_close(&reader->conn);
    if (reader->plain != NULL)
        sodium_memzero(reader->plain, reader->plain_cap);
    rd_release(rd_alloc_heap(), reader->plain);
    (void)sodium_munlock(&reader->keys, sizeof reader->keys); /* wipes them too */
    rd_release(rd_alloc_heap(), reader);
}

static enum rd_err no_row(struct rd_ledger_reader *reader, uint64_t number, struct rd_errbuf *why)
{
    struct rd_lsql_seal seal;
    enum rd_err err = rd_lsql_seal_read(&reader->conn, &reader->keys, &seal, why);
    if (err != RD_OK)
        return err;
    if (number == 0 || number > seal.head.number)
        return rd_fail(why, RD_E_NOTFOUND,
                       "the ledger ends at entry %" PRIu64 ", there is no %" PRIu64,
                       seal.head.number, number);
    return rd_fail(why, RD_E_CORRUPT, "ledger.db: entry %" PRIu64 ": it is missing; %s", number,
                   RD_LSQL_ADVICE);
}

static enum rd_err take_body(struct rd_ledger_reader *reader, sqlite3_stmt *row, uint64_t number,
                             struct rd_buf *out, struct rd_errbuf *why)
{
    struct rd_text body_hash = rd_lsql_column(row, RD_LSQL_COLUMN_BODY_HASH);
    struct rd_lsql_body body = {.number = number,
                                .body_hash = (const unsigned char *)body_hash.ptr,
                                .salt = rd_lsql_column(row, RD_LSQL_COLUMN_SALT),
                                .nonce = rd_lsql_column(row, RD_LSQL_COLUMN_NONCE),
                                .cipher = rd_lsql_column(row, RD_LSQL_COLUMN_CIPHER)};
    if (body_hash.len != RD_LEDGER_HASH_BYTES)
        return rd_fail(why, RD_E_CORRUPT, "ledger.db: entry %" PRIu64 ": its header is damaged; %s",
                       number, RD_LSQL_ADVICE);
    if (!rd_alloc_grow(rd_alloc_heap(), &reader->plain, &reader->plain_cap, body.cipher.len + 1, 1))
        return rd_fail(why, RD_E_NOMEM, "entry %" PRIu64 ": out of memory", number);
    bool erased = false;
    enum rd_err err = rd_lsql_body_check(&reader->keys, &body, reader->plain, &erased, why);
    if (err != RD_OK)
        return err;
    if (erased)
        return rd_fail(why, RD_E_NOTFOUND, "the body of entry %" PRIu64 " was erased", number);
    rd_buf_put(out, reader->plain, body.cipher.len - RD_LSQL_TAG_BYTES);
    return out->failed ? rd_fail(why, RD_E_NOMEM, "entry %" PRIu64 ": out of memory", number)
                       : RD_OK;
}

enum rd_err rd_ledger_reader_body(struct rd_ledger_reader *reader, uint64_t number,
                                  struct rd_buf *out, struct rd_errbuf *why)
{
    sqlite3_stmt *rows = rd_lsql_stmt(&reader->conn, RD_LSQL_WALK_ENTRIES);
    (void)sqlite3_bind_int64(rows, 1, (sqlite3_int64)number); /* both indexes exist */
    (void)sqlite3_bind_int64(rows, 2, (sqlite3_int64)number);
    int rc = sqlite3_step(rows);
    enum rd_err err = RD_OK;
    if (rc == SQLITE_ROW)
        err = take_body(reader, rows, number, out, why);
    else if (rc != SQLITE_DONE)
        err = rd_lsql_fail(reader->conn.db, rc, "reading a body", why);
    (void)sqlite3_reset(rows); /* its error is in `err` */
    return rc == SQLITE_DONE ? no_row(reader, number, why) : err;
}

enum rd_err rd_ledger_reader_of_referral(struct rd_ledger_reader *reader, uint64_t referral,
                                         uint64_t from, uint64_t *numbers, size_t max,
                                         size_t *count, struct rd_errbuf *why)
{
    sqlite3_stmt *rows = rd_lsql_stmt(&reader->conn, RD_LSQL_OF_REFERRAL);
    int rc;
    *count = 0;
    (void)sqlite3_bind_int64(rows, 1, (sqlite3_int64)from); /* both indexes exist */
    (void)sqlite3_bind_int64(rows, 2, (sqlite3_int64)referral);
    while ((rc = sqlite3_step(rows)) == SQLITE_ROW) {
        if (*count < max)
            numbers[*count] = (uint64_t)sqlite3_column_int64(rows, 0);
        (*count)++;
    }
    enum rd_err err = rc == SQLITE_DONE ? RD_OK
                                        : rd_lsql_fail(reader->conn.db, rc,
                                                       "reading the entries of a referral", why);
    (void)sqlite3_reset(rows); /* its error is in `err` */
    return err;
}

enum rd_err rd_ledger_reader_like(struct rd_ledger_reader *reader, uint64_t one, uint32_t kind,
                                  uint64_t from, uint64_t *numbers, size_t max, size_t *count,
                                  struct rd_errbuf *why)
{
    sqlite3_stmt *rows = rd_lsql_stmt(&reader->conn, RD_LSQL_LIKE);
    int rc;
    *count = 0;
    (void)sqlite3_bind_int64(rows, 1, (sqlite3_int64)one); /* all four indexes exist */
    (void)sqlite3_bind_int64(rows, 2, (sqlite3_int64)from);
    (void)sqlite3_bind_int64(rows, 3, (sqlite3_int64)kind);
    (void)sqlite3_bind_int64(rows, 4, (sqlite3_int64)max);
    while ((rc = sqlite3_step(rows)) == SQLITE_ROW && *count < max)
        numbers[(*count)++] = (uint64_t)sqlite3_column_int64(rows, 0);
    enum rd_err err = rc == SQLITE_DONE || rc == SQLITE_ROW
                          ? RD_OK
                          : rd_lsql_fail(reader->conn.db, rc, "looking for an entry", why);
    (void)sqlite3_reset(rows); /* its error is in `err` */
    return err;
}
