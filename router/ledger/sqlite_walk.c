/* Reading: every row is checked on the way, so that nothing damaged is handed out. */
#include "ledger/sqlite_internal.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

_Static_assert(RD_LSQL_TAG_BYTES == crypto_shorthash_KEYBYTES, "the check value is a short key");

struct plain {
    void *bytes;
    size_t cap;
};

static bool plain_fits(struct plain *plain, size_t len)
{
    return rd_alloc_grow(rd_alloc_heap(), &plain->bytes, &plain->cap, len + 1, 1);
}

struct rd_text rd_lsql_column(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return RD_TEXT_NONE;
    const char *bytes = sqlite3_column_blob(statement, column);
    int len = sqlite3_column_bytes(statement, column);
    return (struct rd_text){bytes == NULL ? "" : bytes, len > 0 ? (size_t)len : 0};
}

enum rd_err rd_lsql_seal_read(struct rd_lsql_conn *conn, const struct rd_lsql_keys *keys,
                              struct rd_lsql_seal *out, struct rd_errbuf *why)
{
    sqlite3_stmt *statement = rd_lsql_stmt(conn, RD_LSQL_GET_SEAL);
    int rc = sqlite3_step(statement);
    enum rd_err err;
    if (rc == SQLITE_ROW)
        err = rd_lsql_seal_unpack(keys, rd_lsql_column(statement, 0), out, why);
    else if (rc == SQLITE_DONE)
        err = rd_fail(why, RD_E_CORRUPT, "ledger.db: its seal is missing; %s", RD_LSQL_ADVICE);
    else
        err = rd_lsql_fail(conn->db, rc, "reading its seal", why);
    (void)sqlite3_reset(statement); /* its error is in `err` */
    return err;
}

enum rd_err rd_lsql_hash_of(struct rd_lsql_conn *conn, uint64_t number,
                            unsigned char hash[RD_LEDGER_HASH_BYTES], struct rd_errbuf *why)
{
    sqlite3_stmt *statement = rd_lsql_stmt(conn, RD_LSQL_GET_HASH);
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)number); /* the index exists */
    int rc = sqlite3_step(statement);
    enum rd_err err = RD_OK;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        err = rd_lsql_fail(conn->db, rc, "reading the hash of an entry", why);
    } else if (rc == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == RD_LEDGER_HASH_BYTES) {
        memcpy(hash, sqlite3_column_blob(statement, 0), RD_LEDGER_HASH_BYTES);
    } else {
        err = rd_fail(why, RD_E_CORRUPT, "ledger.db: entry %" PRIu64 ": %s; %s", number,
                      rc == SQLITE_DONE ? "it is missing" : "its hash is damaged", RD_LSQL_ADVICE);
    }
    (void)sqlite3_reset(statement); /* its error is in `err` */
    return err;
}

static enum rd_err damaged(uint64_t number, const char *what, struct rd_errbuf *why)
{
    return rd_fail(why, RD_E_CORRUPT, "ledger.db: entry %" PRIu64 ": %s; %s", number, what,
                   RD_LSQL_ADVICE);
}

enum rd_err rd_lsql_body_check(const struct rd_lsql_keys *keys, const struct rd_lsql_body *row,
                               unsigned char *plain, bool *erased, struct rd_errbuf *why)
{
    const unsigned char *cipher = (const unsigned char *)row->cipher.ptr;
    *erased = false;
    if (!rd_text_present(row->cipher))
        return damaged(row->number, "its body is missing and was not erased", why);
    if (!rd_text_present(row->salt) && !rd_text_present(row->nonce)) {
        unsigned char mark[RD_LSQL_MAC_BYTES];
        rd_lsql_erased_mark(keys, row->number, mark);
        *erased = row->cipher.len == sizeof mark && memcmp(cipher, mark, sizeof mark) == 0;
        return *erased ? RD_OK
                       : damaged(row->number, "its body is missing and was not erased", why);
    }
    if (row->salt.len != RD_LSQL_SALT_BYTES || row->nonce.len != RD_LSQL_NONCE_BYTES ||
        row->cipher.len < RD_LSQL_TAG_BYTES)
        return damaged(row->number, "its body has not the form of one", why);
    if (!rd_lsql_body_open(keys, row->number, (const unsigned char *)row->nonce.ptr, cipher,
                           row->cipher.len, plain))
        return damaged(row->number, "its body is damaged (it does not decrypt)", why);
    unsigned char hash[RD_LEDGER_HASH_BYTES];
    struct rd_text body = {(const char *)plain, row->cipher.len - RD_LSQL_TAG_BYTES};
    rd_lsql_body_hash((const unsigned char *)row->salt.ptr, body, hash);
    if (memcmp(hash, row->body_hash, sizeof hash) != 0)
        return damaged(row->number, "its body does not have the hash that the entry says", why);
    return RD_OK;
}

/* One row: the body first (its hash is then trusted), then the link to the entry before. */
static enum rd_err check_row(struct rd_lsql_walk *walk, sqlite3_stmt *row, uint64_t expected,
                             struct plain *plain, struct rd_ledger_entry *entry,
                             struct rd_errbuf *why)
{
    struct rd_text body_hash = rd_lsql_column(row, RD_LSQL_COLUMN_BODY_HASH);
    struct rd_text hash = rd_lsql_column(row, RD_LSQL_COLUMN_HASH);
    uint64_t number = (uint64_t)sqlite3_column_int64(row, RD_LSQL_COLUMN_NUMBER);
    if (number != expected)
        return damaged(expected, "it is missing", why);
    int64_t format = sqlite3_column_int64(row, RD_LSQL_COLUMN_FORMAT);
    if (body_hash.len != RD_LEDGER_HASH_BYTES || hash.len != RD_LEDGER_HASH_BYTES ||
        format != RD_LEDGER_FORMAT)
        return damaged(number, "its header is damaged", why);
    struct rd_lsql_body body = {.number = number,
                                .body_hash = (const unsigned char *)body_hash.ptr,
                                .salt = rd_lsql_column(row, RD_LSQL_COLUMN_SALT),
                                .nonce = rd_lsql_column(row, RD_LSQL_COLUMN_NONCE),
                                .cipher = rd_lsql_column(row, RD_LSQL_COLUMN_CIPHER)};
    if (!plain_fits(plain, body.cipher.len))
        return rd_fail(why, RD_E_NOMEM, "ledger.db: entry %" PRIu64 ": out of memory", number);
    bool erased = false;
    enum rd_err err = rd_lsql_body_check(walk->keys, &body, plain->bytes, &erased, why);
    if (err != RD_OK)
        return err;
    *entry = (struct rd_ledger_entry){
        .number = number,
        .at = sqlite3_column_int64(row, RD_LSQL_COLUMN_AT),
        .kind = (uint32_t)sqlite3_column_int64(row, RD_LSQL_COLUMN_KIND),
        .referral = (uint64_t)sqlite3_column_int64(row, RD_LSQL_COLUMN_REFERRAL),
        .feed = rd_lsql_column(row, RD_LSQL_COLUMN_FEED)};
    if (!erased) {
        entry->body = (struct rd_text){plain->bytes, body.cipher.len - RD_LSQL_TAG_BYTES};
        walk->bodies++;
    }
    rd_lsql_chain((uint64_t)format, entry, body.body_hash, &walk->chain);
    if (memcmp(walk->chain.hash, hash.ptr, hash.len) != 0)
        return damaged(number, "its hash does not follow from its header and the entry before",
                       why);
    return RD_OK;
}

static enum rd_err walk_chunk(struct rd_lsql_walk *walk, uint64_t from, uint64_t to,
                              struct plain *plain, bool *stopped, struct rd_errbuf *why)
{
    sqlite3_stmt *rows = rd_lsql_stmt(walk->conn, RD_LSQL_WALK_ENTRIES);
    (void)sqlite3_bind_int64(rows, 1, (sqlite3_int64)from); /* both indexes exist */
    (void)sqlite3_bind_int64(rows, 2, (sqlite3_int64)to);
    enum rd_err err = RD_OK;
    uint64_t expected = from;
    int rc = SQLITE_DONE;
    while (err == RD_OK && !*stopped && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
        struct rd_ledger_entry entry;
        err = check_row(walk, rows, expected++, plain, &entry, why);
        if (err == RD_OK && walk->each != NULL)
            *stopped = !walk->each(walk->context, &entry);
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        char doing[64];
        (void)sqlite3_snprintf(sizeof doing, doing, "reading entry %llu",
                               (unsigned long long)expected);
        err = rd_lsql_fail(walk->conn->db, rc, doing, why);
    } else if (err == RD_OK && !*stopped && expected != to + 1) {
        err = damaged(expected, "it is missing", why);
    }
    (void)sqlite3_reset(rows); /* its error is in `err` */
    return err;
}

enum rd_err rd_lsql_walk_entries(struct rd_lsql_walk *walk, struct rd_errbuf *why)
{
    struct plain plain = {NULL, 0};
    enum rd_err err = RD_OK;
    bool stopped = false;
    walk->bodies = 0;
    walk->chain = (struct rd_ledger_head){.number = walk->from - 1};
    if (walk->from > walk->to)
        return RD_OK;
    if (walk->from > 1)
        err = rd_lsql_hash_of(walk->conn, walk->from - 1, walk->chain.hash, why);
    for (uint64_t from = walk->from; err == RD_OK && !stopped && from <= walk->to;) {
        uint64_t left = walk->to - from;
        uint64_t to = walk->in_transaction || left < RD_LSQL_CHUNK_ENTRIES
                          ? walk->to
                          : from + RD_LSQL_CHUNK_ENTRIES - 1;
        err = walk_chunk(walk, from, to, &plain, &stopped, why);
        if (err == RD_OK && walk->progress != NULL)
            walk->progress(walk->context, to - walk->from + 1, walk->to - walk->from + 1);
        if (to == walk->to)
            break;
        from = to + 1;
    }
    rd_release(rd_alloc_heap(), plain.bytes);
    return err;
}

struct records {
    struct rd_lsql_record_walk *walk;
    uint64_t count;
    unsigned char digest[RD_LSQL_TAG_BYTES];
    uint64_t keys_sum; /* xor over the rows of a hash of id, table and key */
    struct plain plain;
};

#define REBUILD_ADVICE                                                                             \
    "rebuild the state from the entries: referralctl ledger rebuild, or restore a backup: "        \
    "referralctl ledger restore"

/* Columns 0 to 2 are id, table and key. */
static uint64_t key_hash(const struct rd_lsql_keys *keys, sqlite3_stmt *row)
{
    struct rd_text key = rd_lsql_column(row, 2);
    unsigned char parts[3][8];
    rd_lsql_put_u64(parts[0], (uint64_t)sqlite3_column_int64(row, 0));
    rd_lsql_put_u64(parts[1], (uint64_t)sqlite3_column_int64(row, 1));
    crypto_shorthash(parts[2], (const unsigned char *)key.ptr, key.len, keys->check);
    unsigned char hash[8];
    crypto_shorthash(hash, &parts[0][0], sizeof parts, keys->check);
    return rd_lsql_get_u64(hash);
}

static enum rd_err check_record(struct records *sum, sqlite3_stmt *row, struct rd_errbuf *why)
{
    struct rd_lsql_record_walk *walk = sum->walk;
    struct rd_text sealed = rd_lsql_column(row, 3);
    struct rd_ledger_record record = {.table = (uint32_t)sqlite3_column_int64(row, 1),
                                      .key = rd_lsql_column(row, 2)};
    if (!plain_fits(&sum->plain, sealed.len))
        return rd_fail(why, RD_E_NOMEM, "ledger.db: state record: out of memory");
    if (sealed.len < RD_LSQL_NONCE_BYTES + RD_LSQL_TAG_BYTES ||
        !rd_lsql_record_open(walk->keys, record.table, record.key, sealed, sum->plain.bytes))
        return rd_fail(why, RD_E_CORRUPT,
                       "ledger.db: state record %" PRId64 " (of table %" PRIu32
                       ") is damaged (it does not decrypt); " REBUILD_ADVICE,
                       (int64_t)sqlite3_column_int64(row, 0), record.table);
    unsigned char tag[RD_LSQL_TAG_BYTES];
    memcpy(tag, sealed.ptr + sealed.len - sizeof tag, sizeof tag);
    for (size_t i = 0; i < sizeof tag; i++)
        sum->digest[i] ^= tag[i];
    sum->count++;
    if (walk->check_index)
        sum->keys_sum ^= key_hash(walk->keys, row);
    record.value =
        (struct rd_text){sum->plain.bytes, sealed.len - RD_LSQL_NONCE_BYTES - RD_LSQL_TAG_BYTES};
    if (walk->each != NULL)
        walk->stopped = !walk->each(walk->context, &record);
    return RD_OK;
}

static enum rd_err check_sum(const struct records *sum, struct rd_errbuf *why)
{
    const struct rd_lsql_seal *seal = sum->walk->seal;
    if (sum->count == seal->records && memcmp(sum->digest, seal->digest, sizeof sum->digest) == 0)
        return RD_OK;
    return rd_fail(why, RD_E_CORRUPT,
                   "ledger.db: %" PRIu64 " state records are there, %" PRIu64
                   " were written, or one is an older version; " REBUILD_ADVICE,
                   sum->count, seal->records);
}

/* A key that the index has lost would be stored a second time. */
static enum rd_err check_record_keys(const struct records *all, struct rd_errbuf *why)
{
    const struct rd_lsql_record_walk *walk = all->walk;
    sqlite3_stmt *rows = rd_lsql_stmt(walk->conn, RD_LSQL_WALK_RECORD_KEYS);
    uint64_t count = 0, sum = 0;
    int rc;
    for (; (rc = sqlite3_step(rows)) == SQLITE_ROW; count++)
        sum ^= key_hash(walk->keys, rows);
    enum rd_err err = RD_OK;
    if (rc != SQLITE_DONE)
        err = rd_lsql_fail(walk->conn->db, rc, "reading the keys of the state records", why);
    else if (count != all->count || sum != all->keys_sum)
        err = rd_fail(why, RD_E_CORRUPT,
                      "ledger.db: the index of the state records is damaged; " REBUILD_ADVICE);
    (void)sqlite3_reset(rows); /* its error is in `err` */
    return err;
}

enum rd_err rd_lsql_walk_records(struct rd_lsql_record_walk *walk, struct rd_errbuf *why)
{
    struct records all = {.walk = walk};
    sqlite3_stmt *rows = rd_lsql_stmt(walk->conn, RD_LSQL_WALK_RECORDS);
    enum rd_err err = RD_OK;
    int rc = SQLITE_DONE;
    walk->stopped = false;
    while (err == RD_OK && !walk->stopped && (rc = sqlite3_step(rows)) == SQLITE_ROW)
        err = check_record(&all, rows, why);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        err = rd_lsql_fail(walk->conn->db, rc, "reading the state records", why);
    else if (err == RD_OK && !walk->stopped)
        err = check_sum(&all, why);
    (void)sqlite3_reset(rows); /* its error is in `err` */
    if (err == RD_OK && walk->check_index && !walk->stopped)
        err = check_record_keys(&all, why);
    rd_release(rd_alloc_heap(), all.plain.bytes);
    return err;
}
