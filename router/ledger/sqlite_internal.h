/* What the files of the SQLite ledger share; nobody outside this folder includes it.
 *
 *   ledger_sqlite.c   open, close, the operations       sqlite_walk.c    reading entries and
 * records sqlite_conn.c     connections, schema, statements   sqlite_verify.c  start-up and full
 * checks sqlite_crypt.c    hashes, keys, encryption, seal    sqlite_backup.c  backup, restore
 *   sqlite_head.c     the head file                     sqlite_reader.c  bodies for one thread
 *   sqlite_commit.c   one transaction                   sqlite_writer.c  queue, thread, checkpoints
 *   sqlite_offline.c  erase, rebuild                  sqlite_load.c    open on another thread
 *
 * Threads: the owner (the loop) has `read` and everything under `mutex`; the writer thread has
 * `write`, `seal` and `head_file` from the moment it starts until it is joined. */
#ifndef RD_LEDGER_SQLITE_INTERNAL_H
#define RD_LEDGER_SQLITE_INTERNAL_H

#include "ledger/ledger_sqlite.h"

#include <pthread.h>
#include <sqlite3.h>

enum {
    RD_LSQL_KEY_BYTES = 32,
    RD_LSQL_SALT_BYTES = 16,
    RD_LSQL_NONCE_BYTES = 24,
    RD_LSQL_TAG_BYTES = 16,
    RD_LSQL_MAC_BYTES = 32,
    RD_LSQL_APPLICATION_ID = 0x72646c67, /* "rdlg" */
    RD_LSQL_FORMAT_MAX = 100,            /* a number above is damage, not a newer format */
    RD_LSQL_ANCHOR_ENTRIES = 4096,       /* every such number is an anchor */
    RD_LSQL_CHUNK_ENTRIES = 2048,        /* one read transaction of a walk: bounds the WAL */
    RD_LSQL_BUSY_MS = 5000,
    RD_LSQL_GROUP_ROWS_MAX = 8192,
    RD_LSQL_QUEUE_BATCHES_DEFAULT = 4096,
    /* 8 MiB of WAL are moved in some 20 ms, in which an append waits; 64 MiB held intake up for a
     * quarter of a second. */
    RD_LSQL_CHECKPOINT_PAGES_DEFAULT = 2048,
    RD_LSQL_IDLE_MS = 2000 /* then the WAL begins anew */
};
#define RD_LSQL_GROUP_BYTES_MAX ((size_t)16 << 20)
#define RD_LSQL_QUEUE_BYTES_MAX ((size_t)256 << 20)
/* Larger databases are checked in part at start (state records, tail of the chain); the whole check
 * runs in the background. */
#define RD_LSQL_QUICK_CHECK_BYTES_MAX ((int64_t)256 << 20)

#define RD_LSQL_ADVICE                                                                             \
    "nothing was changed; keep this directory aside and restore a backup: referralctl ledger "     \
    "restore"

struct rd_lsql_keys {
    unsigned char body[RD_LSQL_KEY_BYTES];
    unsigned char record[RD_LSQL_KEY_BYTES];
    unsigned char seal[RD_LSQL_KEY_BYTES];
    unsigned char check[RD_LSQL_TAG_BYTES]; /* stored: tells a wrong key from damage */
};

/* What the newest transaction says of the whole. Written in every transaction, authenticated; it is
 * what makes a vanished row visible. */
struct rd_lsql_seal {
    uint64_t commit; /* transactions so far; also those without entries */
    struct rd_ledger_head head;
    uint64_t incarnation;
    uint64_t records;                        /* rows of `record` */
    unsigned char digest[RD_LSQL_TAG_BYTES]; /* xor of their authentication tags */
    bool restored;                           /* from a backup, no new incarnation begun yet */
};
enum { RD_LSQL_SEAL_BYTES = RD_LSQL_TAG_BYTES + 8 + 8 + 32 + 8 + 8 + 16 + 1 + RD_LSQL_MAC_BYTES };

enum rd_lsql_statement {
    RD_LSQL_BEGIN_READ,
    RD_LSQL_BEGIN,
    RD_LSQL_COMMIT,
    RD_LSQL_ROLLBACK,
    RD_LSQL_ADD_ENTRY,
    RD_LSQL_ADD_BODY,
    RD_LSQL_ERASE_BODY,
    RD_LSQL_FIND_RECORD,
    RD_LSQL_ADD_RECORD,
    RD_LSQL_CHANGE_RECORD,
    RD_LSQL_DELETE_RECORD,
    RD_LSQL_PUT_SEAL,
    RD_LSQL_GET_SEAL,
    RD_LSQL_WALK_ENTRIES,
    RD_LSQL_WALK_RECORDS,
    RD_LSQL_WALK_RECORD_KEYS,
    RD_LSQL_GET_HASH,
    RD_LSQL_OF_REFERRAL,
    RD_LSQL_LIKE,
    RD_LSQL_STATEMENTS
};

/* What WALK_ENTRIES selects. */
enum rd_lsql_column {
    RD_LSQL_COLUMN_NUMBER,
    RD_LSQL_COLUMN_FORMAT,
    RD_LSQL_COLUMN_AT,
    RD_LSQL_COLUMN_KIND,
    RD_LSQL_COLUMN_REFERRAL,
    RD_LSQL_COLUMN_FEED,
    RD_LSQL_COLUMN_BODY_HASH,
    RD_LSQL_COLUMN_HASH,
    RD_LSQL_COLUMN_SALT,
    RD_LSQL_COLUMN_NONCE,
    RD_LSQL_COLUMN_CIPHER
};

struct rd_lsql_conn {
    sqlite3 *db;
    sqlite3_stmt *statements[RD_LSQL_STATEMENTS];
    int *wal_pages; /* set by the commit hook; NULL on a reader */
};

enum rd_lsql_head_state { RD_LSQL_HEAD_GOOD, RD_LSQL_HEAD_MISSING, RD_LSQL_HEAD_DAMAGED };

struct rd_lsql_head_file {
    sqlite3_vfs *vfs;
    sqlite3_file *file; /* NULL while closed */
    bool sync;          /* false only with synchronous_off */
};

struct rd_lsql_batch; /* a copied batch in the queue: sqlite_writer.c */

struct rd_lsql {
    struct rd_ledger base;
    struct rd_ledger_sqlite_options options; /* `body_key` is not kept */
    char *directory, *db_path, *head_path;   /* owned; NUL-terminated twice, as a VFS wants it */
    sqlite3_vfs *vfs;
    int lock_fd; /* -1: none */
    struct rd_lsql_keys keys;
    struct rd_lsql_conn write, read;
    struct rd_lsql_head_file head_file;
    struct rd_lsql_seal seal;
    bool restored;          /* as found at open */
    unsigned char *scratch; /* for one encrypted value; the writer's */
    size_t scratch_cap;
    unsigned char random[4096]; /* fetched from the system in one go; the writer's */
    size_t random_left;
    int wal_pages;       /* the writer's */
    int checkpoint_base; /* wal_pages at the last checkpoint */

    pthread_mutex_t mutex;
    pthread_cond_t work;
    pthread_t thread;
    bool mutex_made, thread_started, stopping;
    struct rd_lsql_batch *first, *last;
    size_t queued, queued_bytes;
    struct rd_ledger_head durable;
    uint64_t durable_commit;
    bool finished; /* something became durable since the last drain */
    enum rd_append_result failed;
    bool failure_told;
    struct rd_errbuf failure;
    struct rd_ledger_sqlite_stats stats;
};

static inline struct rd_lsql *rd_lsql_of(struct rd_ledger *ledger)
{
    return (struct rd_lsql *)ledger;
}

/* sqlite_conn.c. Writes "PATH: DOING: what SQLite says"; the code follows SQLite's result. */
enum rd_err rd_lsql_fail(sqlite3 *db, int rc, const char *doing, struct rd_errbuf *why);
enum rd_lsql_open { RD_LSQL_OPEN_READ, RD_LSQL_OPEN_WRITE, RD_LSQL_OPEN_CREATE };
/* No statement is prepared yet; nothing is written. On failure conn->db is NULL. */
RD_MUST_CHECK enum rd_err rd_lsql_conn_open(struct rd_lsql_conn *conn, const char *path,
                                            const char *vfs, enum rd_lsql_open mode,
                                            struct rd_errbuf *why);
void rd_lsql_conn_close(struct rd_lsql_conn *conn);
RD_MUST_CHECK enum rd_err rd_lsql_prepare(struct rd_lsql_conn *conn, struct rd_errbuf *why);
/* Format and schema are ours. RD_E_NOTFOUND: an empty database (its creation was interrupted). */
RD_MUST_CHECK enum rd_err rd_lsql_check_schema(sqlite3 *db, struct rd_errbuf *why);
/* The tables, in a transaction that it leaves open. */
RD_MUST_CHECK enum rd_err rd_lsql_create_schema(sqlite3 *db, struct rd_errbuf *why);
/* The connection becomes the writer's: WAL, synchronous, no automatic checkpoint. */
RD_MUST_CHECK enum rd_err rd_lsql_make_writer(struct rd_lsql_conn *conn, bool synchronous_off,
                                              struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_lsql_exec(sqlite3 *db, const char *sql, struct rd_errbuf *why);
/* First column of the first row of `sql`. */
RD_MUST_CHECK enum rd_err rd_lsql_number(sqlite3 *db, const char *sql, int64_t *out,
                                         struct rd_errbuf *why);
/* Steps a statement without rows and resets it; SQLITE_OK when done. */
int rd_lsql_run(struct rd_lsql_conn *conn, enum rd_lsql_statement statement);
static inline sqlite3_stmt *rd_lsql_stmt(const struct rd_lsql_conn *conn,
                                         enum rd_lsql_statement statement)
{
    return conn->statements[statement];
}

/* sqlite_crypt.c */
void rd_lsql_keys_derive(const unsigned char body_key[RD_LSQL_KEY_BYTES],
                         struct rd_lsql_keys *keys);
void rd_lsql_put_u64(unsigned char at[8], uint64_t value); /* big-endian */
uint64_t rd_lsql_get_u64(const unsigned char at[8]);
void rd_lsql_body_hash(const unsigned char salt[RD_LSQL_SALT_BYTES], struct rd_text body,
                       unsigned char hash[RD_LEDGER_HASH_BYTES]);
/* `format` is the entry's own; chain->hash: in, the previous one; out, this one's. chain->number
 * becomes the entry's. */
void rd_lsql_chain(uint64_t format, const struct rd_ledger_entry *entry,
                   const unsigned char body_hash[RD_LEDGER_HASH_BYTES],
                   struct rd_ledger_head *chain);
/* cipher: body.len + RD_LSQL_TAG_BYTES. */
void rd_lsql_body_seal(const struct rd_lsql_keys *keys, uint64_t number, struct rd_text body,
                       const unsigned char nonce[RD_LSQL_NONCE_BYTES], unsigned char *cipher);
bool rd_lsql_body_open(const struct rd_lsql_keys *keys, uint64_t number,
                       const unsigned char nonce[RD_LSQL_NONCE_BYTES], const unsigned char *cipher,
                       size_t cipher_len, unsigned char *plain);
/* What stands in place of an erased body, so that a lost one is not taken for it. */
void rd_lsql_erased_mark(const struct rd_lsql_keys *keys, uint64_t number,
                         unsigned char mark[RD_LSQL_MAC_BYTES]);
/* sealed: nonce, cipher, tag: value.len + RD_LSQL_NONCE_BYTES + RD_LSQL_TAG_BYTES. */
void rd_lsql_record_seal(const struct rd_lsql_keys *keys, uint32_t table, struct rd_text key,
                         struct rd_text value, const unsigned char nonce[RD_LSQL_NONCE_BYTES],
                         unsigned char *sealed);
bool rd_lsql_record_open(const struct rd_lsql_keys *keys, uint32_t table, struct rd_text key,
                         struct rd_text sealed, unsigned char *plain);
void rd_lsql_seal_pack(const struct rd_lsql_keys *keys, const struct rd_lsql_seal *seal,
                       unsigned char out[RD_LSQL_SEAL_BYTES]);
/* RD_E_DENIED: another key's; RD_E_CORRUPT. */
RD_MUST_CHECK enum rd_err rd_lsql_seal_unpack(const struct rd_lsql_keys *keys, struct rd_text bytes,
                                              struct rd_lsql_seal *out, struct rd_errbuf *why);

/* sqlite_head.c */
struct rd_lsql_head {
    uint64_t commit;
    struct rd_ledger_head head;
};
RD_MUST_CHECK enum rd_err rd_lsql_head_read(sqlite3_vfs *vfs, const char *path,
                                            const struct rd_lsql_keys *keys,
                                            struct rd_lsql_head *out,
                                            enum rd_lsql_head_state *state, struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_lsql_head_open(struct rd_lsql_head_file *file, sqlite3_vfs *vfs,
                                            const char *path, bool sync, struct rd_errbuf *why);
void rd_lsql_head_close(struct rd_lsql_head_file *file);
/* After a commit: not synced. */
RD_MUST_CHECK enum rd_err rd_lsql_head_write(struct rd_lsql_head_file *file,
                                             const struct rd_lsql_keys *keys,
                                             const struct rd_lsql_seal *seal,
                                             struct rd_errbuf *why);
/* At start, checkpoint and end: both slots, synced. */
RD_MUST_CHECK enum rd_err rd_lsql_head_floor(struct rd_lsql_head_file *file,
                                             const struct rd_lsql_keys *keys,
                                             const struct rd_lsql_seal *seal,
                                             struct rd_errbuf *why);

/* sqlite_writer.c */
struct rd_lsql_batch {
    struct rd_lsql_batch *next;
    struct rd_ledger_batch batch; /* its arrays and texts stand behind this struct */
    size_t bytes;
};
RD_MUST_CHECK enum rd_err rd_lsql_append(struct rd_ledger *ledger,
                                         const struct rd_ledger_batch *batch);
void rd_lsql_drain(struct rd_ledger *ledger);
RD_MUST_CHECK enum rd_err rd_lsql_writer_start(struct rd_lsql *ledger, struct rd_errbuf *why);
void rd_lsql_writer_stop(struct rd_lsql *ledger); /* finishes the queue, joins */
/* RD_OK also when readers held it up; *left: pages still only in the WAL. */
RD_MUST_CHECK enum rd_err rd_lsql_checkpoint(struct rd_lsql *ledger, int mode, int *left,
                                             struct rd_errbuf *why);

/* sqlite_commit.c. One transaction of the batches from `first` until, not including, `stop`. Moves
 * ledger->seal on success. FENCED: nothing of it was written. */
RD_MUST_CHECK enum rd_append_result rd_lsql_commit(struct rd_lsql *ledger,
                                                   const struct rd_lsql_batch *first,
                                                   const struct rd_lsql_batch *stop,
                                                   struct rd_errbuf *why);
/* BEGIN IMMEDIATE, and nobody else has written since our last transaction. */
RD_MUST_CHECK enum rd_append_result rd_lsql_begin(struct rd_lsql *ledger, struct rd_errbuf *why);
/* Writes the seal, commits, writes the head. */
RD_MUST_CHECK enum rd_append_result
rd_lsql_finish(struct rd_lsql *ledger, struct rd_lsql_seal *next, struct rd_errbuf *why);

/* sqlite_walk.c. Reads the seal (RD_E_DENIED, RD_E_CORRUPT). */
RD_MUST_CHECK enum rd_err rd_lsql_seal_read(struct rd_lsql_conn *conn,
                                            const struct rd_lsql_keys *keys,
                                            struct rd_lsql_seal *out, struct rd_errbuf *why);
struct rd_lsql_walk {
    struct rd_lsql_conn *conn;
    const struct rd_lsql_keys *keys;
    uint64_t from, to; /* inclusive; from >= 1; every one of them must be there */
    bool (*each)(void *context, const struct rd_ledger_entry *entry); /* NULL: only check */
    void (*progress)(void *context, uint64_t done, uint64_t all);     /* NULL: none */
    void *context;
    bool in_transaction;         /* the caller has one open: no chunks */
    struct rd_ledger_head chain; /* out: of the last entry walked */
    uint64_t bodies;             /* out: bodies present */
};
/* Checks hash, chain and body of every entry on the way. */
RD_MUST_CHECK enum rd_err rd_lsql_walk_entries(struct rd_lsql_walk *walk, struct rd_errbuf *why);
struct rd_lsql_record_walk {
    struct rd_lsql_conn *conn;
    const struct rd_lsql_keys *keys;
    const struct rd_lsql_seal *seal;
    rd_ledger_each_record *each; /* NULL: only check */
    void *context;
    bool check_index; /* also the index of their keys against them; not when `each` stopped */
    bool stopped;     /* out: by `each` */
};
/* All records of the current snapshot, in any order: each authenticated before it is handed over,
 * their sum against the seal at the end. */
RD_MUST_CHECK enum rd_err rd_lsql_walk_records(struct rd_lsql_record_walk *walk,
                                               struct rd_errbuf *why);
/* RD_E_CORRUPT when there is none. */
RD_MUST_CHECK enum rd_err rd_lsql_hash_of(struct rd_lsql_conn *conn, uint64_t number,
                                          unsigned char hash[RD_LEDGER_HASH_BYTES],
                                          struct rd_errbuf *why);
/* One body row, decrypted and checked against `body_hash`. *erased instead when it was erased.
 * `plain` has room for the cipher. */
struct rd_lsql_body {
    uint64_t number;
    const unsigned char *body_hash;
    struct rd_text salt, nonce, cipher; /* absent where NULL is stored */
};
RD_MUST_CHECK enum rd_err rd_lsql_body_check(const struct rd_lsql_keys *keys,
                                             const struct rd_lsql_body *row, unsigned char *plain,
                                             bool *erased, struct rd_errbuf *why);
struct rd_text rd_lsql_column(sqlite3_stmt *statement, int column); /* absent when NULL */

/* sqlite_verify.c. In one snapshot of ledger->read; fills ledger->seal. `head` was read before. */
RD_MUST_CHECK enum rd_err rd_lsql_verify_start(struct rd_lsql *ledger,
                                               const struct rd_lsql_head *head,
                                               enum rd_lsql_head_state state, bool verify_all,
                                               struct rd_errbuf *why);
/* Everything; uses read, keys, vfs and head_path of `reader`, fills its seal. */
RD_MUST_CHECK enum rd_err
rd_lsql_verify_all(struct rd_lsql *reader,
                   void (*progress)(void *context, uint64_t done, uint64_t all), void *context,
                   struct rd_ledger_report *report, struct rd_errbuf *why);

/* ledger_sqlite.c. Takes DIRECTORY/ledger.lock until *fd is closed; RD_E_FENCED: held. */
RD_MUST_CHECK enum rd_err rd_lsql_lock(const char *directory, int *fd, struct rd_errbuf *why);
/* "DIRECTORY/NAME" with two NULs behind; NULL without memory. */
char *rd_lsql_path(const char *directory, const char *name);
RD_MUST_CHECK enum rd_err rd_lsql_exists(sqlite3_vfs *vfs, const char *path, bool *exists,
                                         struct rd_errbuf *why);

#endif
