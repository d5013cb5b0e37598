/* Changes to what is stored, made by a tool while the router is down: the only two there are. */
#include "ledger/sqlite_internal.h"

#include <inttypes.h>
#include <string.h>

static enum rd_err offline_only(const struct rd_lsql *ledger, struct rd_errbuf *why)
{
    if (ledger->options.inline_writer && !ledger->options.read_only)
        return RD_OK;
    return rd_fail(why, RD_E_UNSUPPORTED,
                   "ledger in %s: only a tool that opened it for itself may do this: stop the "
                   "router first",
                   ledger->directory);
}

static enum rd_err begin(struct rd_lsql *ledger, struct rd_errbuf *why)
{
    enum rd_append_result result = rd_lsql_begin(ledger, why);
    if (result == RD_APPEND_OK)
        return RD_OK;
    return result == RD_APPEND_FENCED ? RD_E_FENCED : RD_E_IO;
}

static enum rd_err finish(struct rd_lsql *ledger, struct rd_lsql_seal *next, struct rd_errbuf *why)
{
    return rd_lsql_finish(ledger, next, why) == RD_APPEND_OK ? RD_OK : RD_E_IO;
}

enum rd_err rd_ledger_sqlite_erase(struct rd_ledger *base, uint64_t number, struct rd_errbuf *why)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    enum rd_err err = offline_only(ledger, why);
    if (err != RD_OK)
        return err;
    if (number == 0 || number > ledger->seal.head.number)
        return rd_fail(why, RD_E_NOTFOUND,
                       "ledger in %s has no entry %" PRIu64 ": its entries are 1 to %" PRIu64,
                       ledger->directory, number, ledger->seal.head.number);
    err = begin(ledger, why);
    if (err != RD_OK)
        return err;
    unsigned char mark[RD_LSQL_MAC_BYTES];
    rd_lsql_erased_mark(&ledger->keys, number, mark);
    sqlite3_stmt *statement = rd_lsql_stmt(&ledger->write, RD_LSQL_ERASE_BODY);
    int rc = sqlite3_bind_int64(statement, 1, (sqlite3_int64)number);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_blob64(statement, 2, mark, sizeof mark, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = rd_lsql_run(&ledger->write, RD_LSQL_ERASE_BODY);
    if (rc != SQLITE_OK)
        return rd_lsql_fail(ledger->write.db, rc, "erasing a body", why);
    struct rd_lsql_seal next = ledger->seal;
    err = finish(ledger, &next, why);
    if (err != RD_OK)
        return err;
    /* The log still holds the old page until it is emptied. */
    int left = 0;
    err = rd_lsql_checkpoint(ledger, SQLITE_CHECKPOINT_TRUNCATE, &left, why);
    if (err == RD_OK && left > 0)
        return rd_fail(why, RD_E_BUSY,
                       "ledger in %s: entry %" PRIu64
                       " is erased, but a reader keeps the log that still holds its body: end it, "
                       "then erase again",
                       ledger->directory, number);
    return err;
}

enum rd_err rd_ledger_sqlite_clear_records(struct rd_ledger *base, struct rd_errbuf *why)
{
    struct rd_lsql *ledger = rd_lsql_of(base);
    enum rd_err err = offline_only(ledger, why);
    if (err == RD_OK)
        err = begin(ledger, why);
    if (err == RD_OK)
        err = rd_lsql_exec(ledger->write.db, "DELETE FROM record", why);
    if (err != RD_OK)
        return err;
    struct rd_lsql_seal next = ledger->seal;
    next.records = 0;
    memset(next.digest, 0, sizeof next.digest);
    return finish(ledger, &next, why);
}
