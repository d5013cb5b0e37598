/* Connections, schema, statements.
 *
 *   entry   headers: never pruned, no personal data
 *   body    salt, nonce, cipher; erased: salt and nonce NULL, cipher a keyed mark
 *   record  the state tables: nonce || cipher of the value. Not WITHOUT ROWID: rows of some hundred
 *           bytes would fill the tree's inner pages, and every append would write three times as
 *           many pages
 *   seal    one row: what the newest transaction says of the whole
 *
 * PRAGMA user_version is the ledger's format. A newer one is refused; the schema's text is compared
 * byte for byte, so that a damaged one is not worked with. */
#include "ledger/sqlite_internal.h"

#include <stdio.h>
#include <string.h>

struct table {
    const char *name, *sql;
};

#define BODY_SQL                                                                                   \
    "CREATE TABLE body(number INTEGER PRIMARY KEY, salt BLOB, nonce BLOB, cipher BLOB NOT NULL) "  \
    "STRICT"
#define ENTRY_SQL                                                                                  \
    "CREATE TABLE entry(number INTEGER PRIMARY KEY, format INTEGER NOT NULL, "                     \
    "at INTEGER NOT NULL, kind INTEGER NOT NULL, referral INTEGER NOT NULL, feed BLOB, "           \
    "body_hash BLOB NOT NULL, hash BLOB NOT NULL) STRICT"
#define RECORD_SQL                                                                                 \
    "CREATE TABLE record(id INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, key BLOB NOT NULL, "        \
    "value BLOB NOT NULL) STRICT"

/* By name, as they are compared with sqlite_schema. */
static const struct table tables[] = {
    {"body", BODY_SQL},
    {"entry", ENTRY_SQL},
    {"record", RECORD_SQL},
    {"record_key", "CREATE UNIQUE INDEX record_key ON record(tbl, key)"},
    {"seal", "CREATE TABLE seal(id INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT"},
};
enum { TABLES = sizeof tables / sizeof tables[0] };

#define WALK_ENTRIES_SQL                                                                           \
    "SELECT entry.number, format, at, kind, referral, feed, body_hash, hash, salt, nonce, "        \
    "cipher FROM entry LEFT JOIN body ON body.number = entry.number "                              \
    "WHERE entry.number BETWEEN ?1 AND ?2 ORDER BY entry.number"

static const char *const statements[RD_LSQL_STATEMENTS] = {
    [RD_LSQL_BEGIN_READ] = "BEGIN",
    [RD_LSQL_BEGIN] = "BEGIN IMMEDIATE",
    [RD_LSQL_COMMIT] = "COMMIT",
    [RD_LSQL_ROLLBACK] = "ROLLBACK",
    [RD_LSQL_ADD_ENTRY] = "INSERT INTO entry VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [RD_LSQL_ADD_BODY] = "INSERT INTO body VALUES(?1, ?2, ?3, ?4)",
    [RD_LSQL_ERASE_BODY] =
        "UPDATE body SET salt = NULL, nonce = NULL, cipher = ?2 WHERE number = ?1",
    [RD_LSQL_FIND_RECORD] =
        "SELECT id, value FROM record INDEXED BY record_key WHERE tbl = ?1 AND key = ?2",
    [RD_LSQL_ADD_RECORD] = "INSERT INTO record(tbl, key, value) VALUES(?1, ?2, ?3)",
    [RD_LSQL_CHANGE_RECORD] = "UPDATE record SET value = ?3 WHERE id = ?1",
    [RD_LSQL_DELETE_RECORD] = "DELETE FROM record WHERE id = ?1",
    [RD_LSQL_PUT_SEAL] = "INSERT OR REPLACE INTO seal VALUES(1, ?1)",
    [RD_LSQL_GET_SEAL] = "SELECT value FROM seal WHERE id = 1",
    /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one statement, three lines */
    [RD_LSQL_WALK_ENTRIES] = WALK_ENTRIES_SQL,
    /* In order of storage: by key every row would be read from a page of its own. */
    [RD_LSQL_WALK_RECORDS] = "SELECT id, tbl, key, value FROM record NOT INDEXED",
    [RD_LSQL_WALK_RECORD_KEYS] = "SELECT id, tbl, key FROM record INDEXED BY record_key",
    [RD_LSQL_GET_HASH] = "SELECT hash FROM entry WHERE number = ?1",
    [RD_LSQL_OF_REFERRAL] =
        "SELECT number FROM entry WHERE number >= ?1 AND referral = ?2 ORDER BY number",
    [RD_LSQL_LIKE] =
        "SELECT later.number FROM entry AS one JOIN entry AS later ON later.number >= ?2 AND "
        "later.kind = ?3 AND later.referral = one.referral AND later.feed IS one.feed "
        "WHERE one.number = ?1 ORDER BY later.number LIMIT ?4",
};

enum rd_err rd_lsql_fail(sqlite3 *db, int rc, const char *doing, struct rd_errbuf *why)
{
    const char *said =
        db != NULL && sqlite3_extended_errcode(db) == rc ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return rd_fail(why, RD_E_NOMEM, "ledger.db: %s: out of memory", doing);
    case SQLITE_FULL:
        return rd_fail(why, RD_E_FULL,
                       "ledger.db: %s: %s: the disk is full: make room on its file system, then "
                       "start again",
                       doing, said);
    case SQLITE_NOTADB:
        return rd_fail(why, RD_E_CORRUPT, "ledger.db: page 1: %s: %s (%d); %s", doing, said, rc,
                       RD_LSQL_ADVICE);
    case SQLITE_CORRUPT:
        return rd_fail(why, RD_E_CORRUPT, "ledger.db: %s: %s (%d); %s", doing, said, rc,
                       RD_LSQL_ADVICE);
    case SQLITE_BUSY:
        return rd_fail(why, RD_E_BUSY,
                       "ledger.db: %s: %s: another process uses the database; end it", doing, said);
    default:
        return rd_fail(why, RD_E_IO, "ledger.db: %s: %s (%d, system %d)", doing, said, rc,
                       db == NULL ? 0 : sqlite3_system_errno(db));
    }
}

static int note_wal_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    struct rd_lsql_conn *conn = context;
    if (conn->wal_pages != NULL)
        *conn->wal_pages = pages;
    return SQLITE_OK;
}

static int configure(sqlite3 *db)
{
    int rc = sqlite3_busy_timeout(db, RD_LSQL_BUSY_MS);
    /* Closing after a refusal must not checkpoint: that would make a damaged WAL's loss final. */
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;", NULL,
                          NULL, NULL);
    return rc;
}

enum rd_err rd_lsql_conn_open(struct rd_lsql_conn *conn, const char *path, const char *vfs,
                              enum rd_lsql_open mode, struct rd_errbuf *why)
{
    static const int flags[] = {
        [RD_LSQL_OPEN_READ] = SQLITE_OPEN_READONLY,
        [RD_LSQL_OPEN_WRITE] = SQLITE_OPEN_READWRITE,
        [RD_LSQL_OPEN_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
    };
    *conn = (struct rd_lsql_conn){.db = NULL};
    int rc = sqlite3_open_v2(path, &conn->db,
                             flags[mode] | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    if (rc == SQLITE_OK)
        rc = configure(conn->db);
    if (rc == SQLITE_OK)
        return RD_OK;
    enum rd_err err = rd_lsql_fail(conn->db, rc, "cannot be opened", why);
    rd_lsql_conn_close(conn);
    return err;
}

void rd_lsql_conn_close(struct rd_lsql_conn *conn)
{
    for (size_t i = 0; i < RD_LSQL_STATEMENTS; i++)
        (void)sqlite3_finalize(conn->statements[i]); /* repeats the last error, told already */
    (void)sqlite3_close(conn->db); /* nothing is left open, so it cannot be busy */
    *conn = (struct rd_lsql_conn){.db = NULL};
}

enum rd_err rd_lsql_prepare(struct rd_lsql_conn *conn, struct rd_errbuf *why)
{
    for (size_t i = 0; i < RD_LSQL_STATEMENTS; i++) {
        int rc = sqlite3_prepare_v3(conn->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &conn->statements[i], NULL);
        if (rc != SQLITE_OK)
            return rd_lsql_fail(conn->db, rc, "preparing its statements", why);
    }
    return RD_OK;
}

enum rd_err rd_lsql_exec(sqlite3 *db, const char *sql, struct rd_errbuf *why)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? RD_OK : rd_lsql_fail(db, rc, sql, why);
}

enum rd_err rd_lsql_number(sqlite3 *db, const char *sql, int64_t *out, struct rd_errbuf *why)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    *out = 0;
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    enum rd_err err =
        rc == SQLITE_ROW || rc == SQLITE_DONE ? RD_OK : rd_lsql_fail(db, rc, sql, why);
    (void)sqlite3_finalize(statement); /* its error is in `err` */
    return err;
}

int rd_lsql_run(struct rd_lsql_conn *conn, enum rd_lsql_statement statement)
{
    sqlite3_stmt *prepared = conn->statements[statement];
    int rc = sqlite3_step(prepared);
    int reset = sqlite3_reset(prepared);
    return rc == SQLITE_DONE ? reset : rc == SQLITE_ROW ? SQLITE_MISUSE : rc;
}

/* The rows of sqlite_schema must be exactly ours, in order of name. */
static enum rd_err compare_schema(sqlite3 *db, sqlite3_stmt *rows, struct rd_errbuf *why)
{
    size_t count = 0;
    int rc;
    while ((rc = sqlite3_step(rows)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(rows, 0);
        const char *sql = (const char *)sqlite3_column_text(rows, 1);
        if (count >= TABLES || name == NULL || sql == NULL ||
            strcmp(name, tables[count].name) != 0 || strcmp(sql, tables[count].sql) != 0)
            return rd_fail(why, RD_E_CORRUPT,
                           "ledger.db: page 1: its table definitions are not those of format %d; "
                           "%s",
                           RD_LEDGER_FORMAT, RD_LSQL_ADVICE);
        count++;
    }
    if (rc != SQLITE_DONE)
        return rd_lsql_fail(db, rc, "reading its table definitions", why);
    if (count != TABLES)
        return rd_fail(why, RD_E_CORRUPT,
                       "ledger.db: page 1: %zu of %d tables and indexes are there; %s", count,
                       TABLES, RD_LSQL_ADVICE);
    return RD_OK;
}

static enum rd_err check_numbers(sqlite3 *db, struct rd_errbuf *why)
{
    int64_t format = 0, application = 0, tables_count = 0;
    enum rd_err err = rd_lsql_number(db, "PRAGMA application_id", &application, why);
    if (err == RD_OK)
        err = rd_lsql_number(db, "PRAGMA user_version", &format, why);
    if (err == RD_OK)
        err = rd_lsql_number(db, "SELECT count(*) FROM sqlite_schema", &tables_count, why);
    if (err != RD_OK)
        return err;
    if (application == 0 && format == 0 && tables_count == 0)
        return rd_fail(why, RD_E_NOTFOUND, "ledger.db: it is empty");
    if (application != RD_LSQL_APPLICATION_ID || format < 1 || format > RD_LSQL_FORMAT_MAX)
        return rd_fail(why, RD_E_CORRUPT,
                       "ledger.db: page 1: this is not a ledger (application id %lld, expected "
                       "%d; format %lld), or its first page is damaged; %s",
                       (long long)application, RD_LSQL_APPLICATION_ID, (long long)format,
                       RD_LSQL_ADVICE);
    if (format != RD_LEDGER_FORMAT)
        return rd_fail(why, RD_E_UNSUPPORTED,
                       "ledger.db has format %lld, this program reads format %d: start the version "
                       "that wrote it, or a newer one",
                       (long long)format, RD_LEDGER_FORMAT);
    return RD_OK;
}

enum rd_err rd_lsql_check_schema(sqlite3 *db, struct rd_errbuf *why)
{
    enum rd_err err = check_numbers(db, why);
    if (err != RD_OK)
        return err;
    sqlite3_stmt *rows = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT name, sql FROM sqlite_schema ORDER BY name", -1, &rows,
                                NULL);
    err = rc == SQLITE_OK ? compare_schema(db, rows, why)
                          : rd_lsql_fail(db, rc, "reading its table definitions", why);
    (void)sqlite3_finalize(rows); /* its error is in `err` */
    return err;
}

enum rd_err rd_lsql_create_schema(sqlite3 *db, struct rd_errbuf *why)
{
    char sql[128];
    enum rd_err err = rd_lsql_exec(db, "BEGIN IMMEDIATE", why);
    for (size_t i = 0; err == RD_OK && i < TABLES; i++)
        err = rd_lsql_exec(db, tables[i].sql, why);
    if (err != RD_OK)
        return err;
    (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   RD_LSQL_APPLICATION_ID, RD_LEDGER_FORMAT);
    return rd_lsql_exec(db, sql, why);
}

static enum rd_err make_wal(sqlite3 *db, struct rd_errbuf *why)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    enum rd_err err = RD_OK;
    if (rc != SQLITE_ROW)
        err = rd_lsql_fail(db, rc, "switching to a write-ahead log", why);
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0)
        err = rd_fail(why, RD_E_IO,
                      "ledger.db: no write-ahead log on this file system (journal mode %s): use a "
                      "local one",
                      (const char *)sqlite3_column_text(statement, 0));
    (void)sqlite3_finalize(statement); /* its error is in `err` */
    return err;
}

enum rd_err rd_lsql_make_writer(struct rd_lsql_conn *conn, bool synchronous_off,
                                struct rd_errbuf *why)
{
    enum rd_err err = make_wal(conn->db, why);
    if (err == RD_OK)
        err = rd_lsql_exec(
            conn->db, synchronous_off ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = FULL",
            why);
    /* Room for the pages of one large group, so that they are written once; given back when idle.
     */
    if (err == RD_OK)
        err = rd_lsql_exec(conn->db, "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536",
                           why);
    if (err == RD_OK)
        (void)sqlite3_wal_hook(conn->db, note_wal_pages, conn); /* returns the old hook's context */
    return err;
}
