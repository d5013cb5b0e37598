/* Checks at start and on demand. In this order, so that the message names the nearest cause: seal
 * (wrong key, damaged), head file against seal (lost entries), pages, rows behind the seal, state
 * records, chain. Nothing is written before all of it has passed. */
#include "ledger/sqlite_internal.h"

#include <inttypes.h>
#include <string.h>

static enum rd_err lost(const struct rd_lsql_head *head, const struct rd_lsql_seal *seal,
                        struct rd_errbuf *why)
{
    uint64_t have = seal->head.number;
    if (head->head.number > have)
        return rd_fail(why, RD_E_CORRUPT,
                       "ledger.db ends at entry %" PRIu64
                       ", but ledger.head says that entry %" PRIu64 " was durable: entries %" PRIu64
                       " to %" PRIu64
                       " are lost (damage in ledger.db-wal drops all that follows it); %s",
                       have, head->head.number, have + 1, head->head.number, RD_LSQL_ADVICE);
    return rd_fail(why, RD_E_CORRUPT,
                   "ledger.db ends at transaction %" PRIu64
                   ", but ledger.head says that transaction %" PRIu64
                   " was durable: state records written after entry %" PRIu64
                   " are lost (damage in ledger.db-wal drops all that follows it); %s",
                   seal->commit, head->commit, have, RD_LSQL_ADVICE);
}

static enum rd_err check_head(struct rd_lsql *ledger, const struct rd_lsql_head *head,
                              enum rd_lsql_head_state state, struct rd_errbuf *why)
{
    const struct rd_lsql_seal *seal = &ledger->seal;
    unsigned char hash[RD_LEDGER_HASH_BYTES] = {0};
    /* Its creation was interrupted between the first transaction and the head. */
    if (state == RD_LSQL_HEAD_MISSING && seal->commit == 1)
        return RD_OK;
    if (state != RD_LSQL_HEAD_GOOD)
        return rd_fail(why, RD_E_CORRUPT,
                       "ledger.head is %s: whether ledger.db (which ends at entry %" PRIu64
                       ") is whole cannot be told: put the file back if it is to be had; %s",
                       state == RD_LSQL_HEAD_MISSING ? "missing" : "damaged", seal->head.number,
                       RD_LSQL_ADVICE);
    if (head->commit > seal->commit || head->head.number > seal->head.number)
        return lost(head, seal, why);
    if (head->head.number == 0)
        return RD_OK;
    enum rd_err err = rd_lsql_hash_of(&ledger->read, head->head.number, hash, why);
    if (err == RD_OK && memcmp(hash, head->head.hash, sizeof hash) != 0)
        return rd_fail(why, RD_E_CORRUPT,
                       "ledger.db: entry %" PRIu64
                       " is not the one that ledger.head speaks of: the files belong to different "
                       "ledgers or times; %s",
                       head->head.number, RD_LSQL_ADVICE);
    return err;
}

/* Also names the page: "Tree 3 page 17 cell 2: ...". */
static enum rd_err check_pages(sqlite3 *db, const char *sql, struct rd_errbuf *why)
{
    sqlite3_stmt *rows = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &rows, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(rows);
    const char *said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(rows, 0) : NULL;
    if (said != NULL && strncmp(said, "***", 3) == 0 && strchr(said, '\n') != NULL)
        said = strchr(said, '\n') + 1; /* a title before what was found */
    enum rd_err err = RD_OK;
    if (rc != SQLITE_ROW)
        err = rd_lsql_fail(db, rc, "checking its pages", why);
    else if (said == NULL || strcmp(said, "ok") != 0)
        err = rd_fail(why, RD_E_CORRUPT, "ledger.db: damaged page: %s; %s",
                      said == NULL ? "out of memory" : said, RD_LSQL_ADVICE);
    (void)sqlite3_finalize(rows); /* its error is in `err` */
    return err;
}

static enum rd_err quick_check(sqlite3 *db, struct rd_errbuf *why)
{
    int64_t pages = 0, page_bytes = 0;
    enum rd_err err = rd_lsql_number(db, "PRAGMA page_count", &pages, why);
    if (err == RD_OK)
        err = rd_lsql_number(db, "PRAGMA page_size", &page_bytes, why);
    if (err != RD_OK)
        return err;
    bool small = pages <= RD_LSQL_QUICK_CHECK_BYTES_MAX / (page_bytes > 0 ? page_bytes : 1);
    return small ? check_pages(db, "PRAGMA quick_check(1)", why) : RD_OK;
}

/* No row behind the seal, none missing before it (the walk shows the middle). */
static enum rd_err check_ends(struct rd_lsql *ledger, struct rd_errbuf *why)
{
    static const char *const queries[] = {"SELECT max(number) FROM entry",
                                          "SELECT max(number) FROM body"};
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        int64_t last = 0;
        enum rd_err err = rd_lsql_number(ledger->read.db, queries[i], &last, why);
        if (err != RD_OK)
            return err;
        if ((uint64_t)last != ledger->seal.head.number)
            return rd_fail(why, RD_E_CORRUPT,
                           "ledger.db: %s ends at entry %" PRId64
                           ", its newest transaction at entry %" PRIu64 "; %s",
                           i == 0 ? "the chain" : "the body table", last, ledger->seal.head.number,
                           RD_LSQL_ADVICE);
    }
    return RD_OK;
}

static enum rd_err check_end_of_walk(const struct rd_lsql_walk *walk,
                                     const struct rd_lsql_seal *seal, struct rd_errbuf *why)
{
    if (memcmp(walk->chain.hash, seal->head.hash, sizeof seal->head.hash) == 0)
        return RD_OK;
    return rd_fail(why, RD_E_CORRUPT,
                   "ledger.db: entry %" PRIu64 " is not the one its newest transaction wrote; %s",
                   seal->head.number, RD_LSQL_ADVICE);
}

/* The anchor before the last: at least one whole span is walked. The walk ends at the sealed hash,
 * which no other anchor hash leads to. */
static uint64_t start_of_walk(uint64_t last, bool verify_all)
{
    uint64_t spans = last / RD_LSQL_ANCHOR_ENTRIES;
    return verify_all || spans < 2 ? 1 : (spans - 1) * RD_LSQL_ANCHOR_ENTRIES + 1;
}

/* Every record, and the index of their keys; handed to whom the options name. */
static enum rd_err check_records(struct rd_lsql *ledger, rd_ledger_each_record *each, void *context,
                                 struct rd_errbuf *why)
{
    struct rd_lsql_record_walk walk = {.conn = &ledger->read,
                                       .keys = &ledger->keys,
                                       .seal = &ledger->seal,
                                       .each = each,
                                       .context = context,
                                       .check_index = true};
    enum rd_err err = rd_lsql_walk_records(&walk, why);
    if (err == RD_OK && walk.stopped)
        return rd_fail(why, RD_E_INVALID, "ledger.db: a state record was not taken");
    return err;
}

static enum rd_err verify_snapshot(struct rd_lsql *ledger, const struct rd_lsql_head *head,
                                   enum rd_lsql_head_state state, bool verify_all,
                                   struct rd_errbuf *why)
{
    enum rd_err err = rd_lsql_seal_read(&ledger->read, &ledger->keys, &ledger->seal, why);
    if (err == RD_OK)
        err = check_head(ledger, head, state, why);
    if (err == RD_OK)
        err = quick_check(ledger->read.db, why);
    if (err == RD_OK)
        err = check_ends(ledger, why);
    if (err == RD_OK && !ledger->options.rebuild)
        err = check_records(ledger, ledger->options.record, ledger->options.record_context, why);
    if (err != RD_OK)
        return err;
    struct rd_lsql_walk walk = {.conn = &ledger->read,
                                .keys = &ledger->keys,
                                .from = start_of_walk(ledger->seal.head.number, verify_all),
                                .to = ledger->seal.head.number,
                                .in_transaction = true};
    err = rd_lsql_walk_entries(&walk, why);
    return err == RD_OK ? check_end_of_walk(&walk, &ledger->seal, why) : err;
}

static enum rd_err begin_snapshot(struct rd_lsql_conn *conn, struct rd_errbuf *why)
{
    int rc = rd_lsql_run(conn, RD_LSQL_BEGIN_READ);
    return rc == SQLITE_OK ? RD_OK : rd_lsql_fail(conn->db, rc, "beginning to read", why);
}

static enum rd_err end_snapshot(struct rd_lsql_conn *conn, enum rd_err err, struct rd_errbuf *why)
{
    /* SQLite may have rolled back by itself after an error. */
    int rc = sqlite3_get_autocommit(conn->db) ? SQLITE_OK : rd_lsql_run(conn, RD_LSQL_ROLLBACK);
    if (err == RD_OK && rc != SQLITE_OK)
        return rd_lsql_fail(conn->db, rc, "ending to read", why);
    return err;
}

enum rd_err rd_lsql_verify_start(struct rd_lsql *ledger, const struct rd_lsql_head *head,
                                 enum rd_lsql_head_state state, bool verify_all,
                                 struct rd_errbuf *why)
{
    enum rd_err err = begin_snapshot(&ledger->read, why);
    if (err != RD_OK)
        return err;
    err = verify_snapshot(ledger, head, state, verify_all, why);
    return end_snapshot(&ledger->read, err, why);
}

/* What one snapshot must show together; the chain can be walked in pieces afterwards. */
static enum rd_err verify_whole(struct rd_lsql *reader, const struct rd_lsql_head *head,
                                enum rd_lsql_head_state state, struct rd_errbuf *why)
{
    enum rd_err err = rd_lsql_seal_read(&reader->read, &reader->keys, &reader->seal, why);
    if (err == RD_OK)
        err = check_head(reader, head, state, why);
    if (err == RD_OK)
        err = check_pages(reader->read.db, "PRAGMA integrity_check(1)", why);
    if (err == RD_OK)
        err = check_ends(reader, why);
    if (err == RD_OK)
        err = check_records(reader, NULL, NULL, why);
    return err;
}

enum rd_err rd_lsql_verify_all(struct rd_lsql *reader,
                               void (*progress)(void *context, uint64_t done, uint64_t all),
                               void *context, struct rd_ledger_report *report,
                               struct rd_errbuf *why)
{
    struct rd_lsql_head head = {.commit = 0};
    enum rd_lsql_head_state state = RD_LSQL_HEAD_MISSING;
    /* The head first: what is read after it can only be newer. */
    enum rd_err err =
        rd_lsql_head_read(reader->vfs, reader->head_path, &reader->keys, &head, &state, why);
    if (err == RD_OK)
        err = begin_snapshot(&reader->read, why);
    if (err != RD_OK)
        return err;
    err = end_snapshot(&reader->read, verify_whole(reader, &head, state, why), why);
    if (err != RD_OK)
        return err;
    struct rd_lsql_walk walk = {.conn = &reader->read,
                                .keys = &reader->keys,
                                .from = 1,
                                .to = reader->seal.head.number,
                                .progress = progress,
                                .context = context};
    err = rd_lsql_walk_entries(&walk, why);
    if (err == RD_OK)
        err = check_end_of_walk(&walk, &reader->seal, why);
    *report = (struct rd_ledger_report){.entries = reader->seal.head.number,
                                        .records = reader->seal.records,
                                        .bodies = walk.bodies,
                                        .head = reader->seal.head};
    return err;
}

enum rd_err rd_ledger_sqlite_verify(struct rd_ledger *ledger,
                                    void (*progress)(void *context, uint64_t done, uint64_t all),
                                    void *context, struct rd_ledger_report *report,
                                    struct rd_errbuf *why)
{
    /* The seal of a ledger that is open for writing is its writer's: work on a view. */
    struct rd_lsql *own = rd_lsql_of(ledger);
    struct rd_lsql view = {.options = own->options,
                           .head_path = own->head_path,
                           .vfs = own->vfs,
                           .keys = own->keys,
                           .read = own->read};
    return rd_lsql_verify_all(&view, progress, context, report, why);
}
