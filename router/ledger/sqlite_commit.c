/* One transaction: entries with their bodies, state records, seal; then the head file. Writer
 * thread (or the owner's, with an inline writer). */
#include "ledger/sqlite_internal.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* An error that can leave the transaction on disk or not: nobody may guess which. */
static enum rd_append_result unknown(struct rd_lsql *ledger, int rc, const char *doing,
                                     struct rd_errbuf *why)
{
    enum rd_err err = rd_lsql_fail(ledger->write.db, rc, doing, why);
    (void)err; /* every one of them ends the ledger in the same way */
    return RD_APPEND_UNKNOWN;
}

static int bind_text(sqlite3_stmt *statement, int index, struct rd_text text)
{
    if (!rd_text_present(text))
        return sqlite3_bind_null(statement, index);
    return sqlite3_bind_blob64(statement, index, text.ptr, text.len, SQLITE_STATIC);
}

static int bind_bytes(sqlite3_stmt *statement, int index, const unsigned char *bytes, size_t len)
{
    return sqlite3_bind_blob64(statement, index, bytes, len, SQLITE_STATIC);
}

/* Binding to an index that exists fails only for values over SQLite's size limit or without memory;
 * the first failure is kept. */
static void keep(int *rc, int other)
{
    if (*rc == SQLITE_OK)
        *rc = other;
}

static bool scratch_fits(struct rd_lsql *ledger, size_t len)
{
    void *items = ledger->scratch;
    bool fits = rd_alloc_grow(rd_alloc_heap(), &items, &ledger->scratch_cap, len, 1);
    ledger->scratch = items;
    return fits;
}

/* Salts and nonces; each byte is handed out once. One system call for each would cost as much as
 * the encryption. */
static void take_random(struct rd_lsql *ledger, unsigned char *out, size_t len)
{
    if (ledger->random_left < len) {
        randombytes_buf(ledger->random, sizeof ledger->random);
        ledger->random_left = sizeof ledger->random;
    }
    unsigned char *at = ledger->random + sizeof ledger->random - ledger->random_left;
    memcpy(out, at, len);
    sodium_memzero(at, len);
    ledger->random_left -= len;
}

static int add_body(struct rd_lsql *ledger, const struct rd_ledger_entry *entry,
                    unsigned char body_hash[RD_LEDGER_HASH_BYTES])
{
    unsigned char random[RD_LSQL_SALT_BYTES + RD_LSQL_NONCE_BYTES];
    take_random(ledger, random, sizeof random);
    const unsigned char *nonce = random + RD_LSQL_SALT_BYTES;
    if (!scratch_fits(ledger, entry->body.len + RD_LSQL_TAG_BYTES))
        return SQLITE_NOMEM;
    rd_lsql_body_hash(random, entry->body, body_hash);
    rd_lsql_body_seal(&ledger->keys, entry->number, entry->body, nonce, ledger->scratch);
    sqlite3_stmt *statement = rd_lsql_stmt(&ledger->write, RD_LSQL_ADD_BODY);
    int rc = sqlite3_bind_int64(statement, 1, (sqlite3_int64)entry->number);
    keep(&rc, bind_bytes(statement, 2, random, RD_LSQL_SALT_BYTES));
    keep(&rc, bind_bytes(statement, 3, nonce, RD_LSQL_NONCE_BYTES));
    keep(&rc, bind_bytes(statement, 4, ledger->scratch, entry->body.len + RD_LSQL_TAG_BYTES));
    return rc == SQLITE_OK ? rd_lsql_run(&ledger->write, RD_LSQL_ADD_BODY) : rc;
}

static int add_entry(struct rd_lsql *ledger, struct rd_lsql_seal *next,
                     const struct rd_ledger_entry *entry)
{
    unsigned char body_hash[RD_LEDGER_HASH_BYTES];
    int rc = add_body(ledger, entry, body_hash);
    rd_lsql_chain(RD_LEDGER_FORMAT, entry, body_hash, &next->head);
    sqlite3_stmt *statement = rd_lsql_stmt(&ledger->write, RD_LSQL_ADD_ENTRY);
    keep(&rc, sqlite3_bind_int64(statement, 1, (sqlite3_int64)entry->number));
    keep(&rc, sqlite3_bind_int64(statement, 2, RD_LEDGER_FORMAT));
    keep(&rc, sqlite3_bind_int64(statement, 3, entry->at));
    keep(&rc, sqlite3_bind_int64(statement, 4, entry->kind));
    keep(&rc, sqlite3_bind_int64(statement, 5, (sqlite3_int64)entry->referral));
    keep(&rc, bind_text(statement, 6, entry->feed));
    keep(&rc, bind_bytes(statement, 7, body_hash, sizeof body_hash));
    keep(&rc, bind_bytes(statement, 8, next->head.hash, sizeof next->head.hash));
    return rc == SQLITE_OK ? rd_lsql_run(&ledger->write, RD_LSQL_ADD_ENTRY) : rc;
}

static void flip(struct rd_lsql_seal *seal, const unsigned char tag[RD_LSQL_TAG_BYTES])
{
    for (size_t i = 0; i < RD_LSQL_TAG_BYTES; i++)
        seal->digest[i] ^= tag[i];
}

/* Takes what is stored under this key out of the sum. *id: its row; 0: there is none. */
static int forget_record(struct rd_lsql *ledger, struct rd_lsql_seal *next,
                         const struct rd_ledger_record *record, sqlite3_int64 *id)
{
    sqlite3_stmt *statement = rd_lsql_stmt(&ledger->write, RD_LSQL_FIND_RECORD);
    int rc = sqlite3_bind_int64(statement, 1, record->table);
    keep(&rc, bind_text(statement, 2, record->key));
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    *id = 0;
    if (rc == SQLITE_ROW) {
        struct rd_text sealed = rd_lsql_column(statement, 1);
        *id = sqlite3_column_int64(statement, 0);
        if (sealed.len < RD_LSQL_NONCE_BYTES + RD_LSQL_TAG_BYTES || next->records == 0) {
            rc = SQLITE_CORRUPT;
        } else {
            flip(next, (const unsigned char *)sealed.ptr + sealed.len - RD_LSQL_TAG_BYTES);
            next->records--;
        }
    }
    int reset = sqlite3_reset(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? reset : rc;
}

static int store_record(struct rd_lsql *ledger, struct rd_lsql_seal *next,
                        const struct rd_ledger_record *record, sqlite3_int64 id)
{
    size_t len = record->value.len + RD_LSQL_NONCE_BYTES + RD_LSQL_TAG_BYTES;
    enum rd_lsql_statement which = id != 0 ? RD_LSQL_CHANGE_RECORD : RD_LSQL_ADD_RECORD;
    sqlite3_stmt *statement = rd_lsql_stmt(&ledger->write, which);
    if (!scratch_fits(ledger, len))
        return SQLITE_NOMEM;
    unsigned char nonce[RD_LSQL_NONCE_BYTES];
    take_random(ledger, nonce, sizeof nonce);
    rd_lsql_record_seal(&ledger->keys, record->table, record->key, record->value, nonce,
                        ledger->scratch);
    flip(next, ledger->scratch + len - RD_LSQL_TAG_BYTES);
    next->records++;
    int rc = sqlite3_bind_int64(statement, 1, id != 0 ? id : (sqlite3_int64)record->table);
    if (id == 0)
        keep(&rc, bind_text(statement, 2, record->key));
    keep(&rc, bind_bytes(statement, 3, ledger->scratch, len));
    return rc == SQLITE_OK ? rd_lsql_run(&ledger->write, which) : rc;
}

static int put_record(struct rd_lsql *ledger, struct rd_lsql_seal *next,
                      const struct rd_ledger_record *record)
{
    sqlite3_int64 id = 0;
    int rc = forget_record(ledger, next, record, &id);
    if (rc != SQLITE_OK)
        return rc;
    if (rd_text_present(record->value))
        return store_record(ledger, next, record, id);
    if (id == 0)
        return SQLITE_OK;
    rc = sqlite3_bind_int64(rd_lsql_stmt(&ledger->write, RD_LSQL_DELETE_RECORD), 1, id);
    return rc == SQLITE_OK ? rd_lsql_run(&ledger->write, RD_LSQL_DELETE_RECORD) : rc;
}

static enum rd_append_result put_batch(struct rd_lsql *ledger, struct rd_lsql_seal *next,
                                       const struct rd_ledger_batch *batch, struct rd_errbuf *why)
{
    char doing[64];
    for (size_t i = 0; i < batch->entries_count; i++) {
        int rc = add_entry(ledger, next, &batch->entries[i]);
        if (rc == SQLITE_OK)
            continue;
        (void)snprintf(doing, sizeof doing, "writing entry %" PRIu64, batch->entries[i].number);
        return unknown(ledger, rc, doing, why);
    }
    for (size_t i = 0; i < batch->records_count; i++) {
        int rc = put_record(ledger, next, &batch->records[i]);
        if (rc == SQLITE_OK)
            continue;
        (void)snprintf(doing, sizeof doing, "writing a record of table %" PRIu32,
                       batch->records[i].table);
        return unknown(ledger, rc, doing, why);
    }
    if (batch->incarnation > next->incarnation) {
        next->incarnation = batch->incarnation;
        next->restored = false;
    }
    return RD_APPEND_OK;
}

enum rd_append_result rd_lsql_begin(struct rd_lsql *ledger, struct rd_errbuf *why)
{
    int rc = rd_lsql_run(&ledger->write, RD_LSQL_BEGIN);
    if (rc != SQLITE_OK)
        return unknown(ledger, rc, "beginning a transaction", why);
    struct rd_lsql_seal stored = {.commit = 0};
    if (rd_lsql_seal_read(&ledger->write, &ledger->keys, &stored, why) != RD_OK)
        return RD_APPEND_UNKNOWN;
    if (stored.commit == ledger->seal.commit)
        return RD_APPEND_OK;
    (void)rd_fail(why, RD_E_FENCED,
                  "ledger.db: another process wrote transaction %" PRIu64 " after ours (%" PRIu64
                  "): end one of the two",
                  stored.commit, ledger->seal.commit);
    return RD_APPEND_FENCED;
}

enum rd_append_result rd_lsql_finish(struct rd_lsql *ledger, struct rd_lsql_seal *next,
                                     struct rd_errbuf *why)
{
    unsigned char packed[RD_LSQL_SEAL_BYTES];
    next->commit = ledger->seal.commit + 1;
    rd_lsql_seal_pack(&ledger->keys, next, packed);
    int rc = bind_bytes(rd_lsql_stmt(&ledger->write, RD_LSQL_PUT_SEAL), 1, packed, sizeof packed);
    if (rc == SQLITE_OK)
        rc = rd_lsql_run(&ledger->write, RD_LSQL_PUT_SEAL);
    if (rc != SQLITE_OK)
        return unknown(ledger, rc, "writing the seal", why);
    rc = rd_lsql_run(&ledger->write, RD_LSQL_COMMIT);
    if (rc != SQLITE_OK)
        return unknown(ledger, rc, "committing a transaction", why);
    ledger->seal = *next;
    enum rd_err err = rd_lsql_head_write(&ledger->head_file, &ledger->keys, &ledger->seal, why);
    return err == RD_OK ? RD_APPEND_OK : RD_APPEND_UNKNOWN;
}

enum rd_append_result rd_lsql_commit(struct rd_lsql *ledger, const struct rd_lsql_batch *first,
                                     const struct rd_lsql_batch *stop, struct rd_errbuf *why)
{
    struct rd_lsql_seal next = ledger->seal;
    enum rd_append_result result = rd_lsql_begin(ledger, why);
    for (const struct rd_lsql_batch *at = first; result == RD_APPEND_OK && at != stop;
         at = at->next)
        result = put_batch(ledger, &next, &at->batch, why);
    return result == RD_APPEND_OK ? rd_lsql_finish(ledger, &next, why) : result;
}
