/* The embedded ledger: SQLite, WAL, synchronous=FULL, one writer thread with group commit, flock, a
 * head file written beside the database after each commit. See ledger.h for the operations.
 *
 * Appends are answered by transaction: one callback may cover many batches ("durable up to
 * `last`"). After FENCED or UNKNOWN append takes nothing more (RD_E_IO): the process must end. The
 * body of an erased entry is absent in each_entry.
 *
 * Threads: append, drain, each_*, verify, backup and close belong to the thread that opened. For a
 * check or a backup beside a running router open another ledger with `read_only`, in any process.
 */
#ifndef RD_LEDGER_SQLITE_H
#define RD_LEDGER_SQLITE_H

#include "ledger/ledger.h"

struct rd_ledger_sqlite_options {
    const char *directory; /* state directory, mode 0700: ledger.db, ledger.head, ledger.lock */
    const char *vfs;       /* NULL: the platform's; tests name the crash VFS */
    const unsigned char *body_key; /* 32 bytes: encrypts bodies and records; copied */
    bool create;                   /* make a new ledger when there is none */
    bool read_only;                /* for verify, export, backup beside a running router */
    bool inline_writer;            /* no thread: append commits before it returns (tests, tools) */
    bool rebuild; /* state records are not checked at open: they are about to be replaced */
    /* Optional: each state record as it is checked at open, so that a start reads them once. A
     * record by itself is authentic then; whether they are all there, and the newest, is known only
     * when open returns RD_OK: on any other end throw away what was made of them. False stops: open
     * then fails with RD_E_INVALID and what is wrong is the caller's to say. */
    rd_ledger_each_record *record;
    void *record_context;
    bool synchronous_off;       /* test of the tests only: loses acknowledged entries on a crash */
    uint32_t queue_batches_max; /* 0: 4096 */
    uint32_t checkpoint_pages;  /* WAL pages before a checkpoint between batches; 0: 2048 */
    rd_appended *appended;
    void *context;
    void (*wake)(
        void *context); /* called on the writer thread when drain has something to deliver */
};

/* Opens, locks and verifies from the last anchor (whole chain when `verify_all`). RD_E_CORRUPT:
 * `why` names entry or page and what to do; RD_E_FENCED: another process holds the lock;
 * RD_E_UNSUPPORTED: a newer format. On failure *out is NULL and nothing is held. */
RD_MUST_CHECK enum rd_err rd_ledger_sqlite_open(const struct rd_ledger_sqlite_options *options,
                                                bool verify_all, struct rd_ledger **out,
                                                struct rd_errbuf *why);

/* Opens on a thread of its own and calls `each` on the caller's with every record, as
 * options.record would be (which is not used), while the next ones are read and checked. Returns
 * when the ledger is open and every record was taken; the ledger then belongs to the caller's
 * thread. Errors as those of rd_ledger_sqlite_open with `record`. */
RD_MUST_CHECK enum rd_err rd_ledger_sqlite_load(const struct rd_ledger_sqlite_options *options,
                                                rd_ledger_each_record *each, void *context,
                                                struct rd_ledger **out, struct rd_errbuf *why);

struct rd_ledger_report {
    uint64_t entries, records, bodies;
    struct rd_ledger_head head;
};
/* Verifies everything: integrity of the file, the whole chain, every body against its hash, the
 * head. */
RD_MUST_CHECK enum rd_err
rd_ledger_sqlite_verify(struct rd_ledger *ledger,
                        void (*progress)(void *context, uint64_t done, uint64_t all), void *context,
                        struct rd_ledger_report *report, struct rd_errbuf *why);
/* One consistent copy (SQLite's online backup) of a ledger that may be running, with its head, into
 * a directory that does not exist yet. */
RD_MUST_CHECK enum rd_err rd_ledger_sqlite_backup(struct rd_ledger *ledger, const char *directory,
                                                  struct rd_errbuf *why);

/* Copies a backup into options->directory (made when missing), after the whole of it was verified
 * with options->body_key. RD_E_CONFLICT: a ledger is there already. The next open says `restored`
 * until a batch with a higher incarnation is durable. */
RD_MUST_CHECK enum rd_err rd_ledger_sqlite_restore(const struct rd_ledger_sqlite_options *options,
                                                   const char *backup_directory,
                                                   struct rd_errbuf *why);
bool rd_ledger_sqlite_restored(const struct rd_ledger *ledger);

/* Erases one body and its salt for good; the chain still verifies. Needs `inline_writer` (the
 * router is down), else RD_E_UNSUPPORTED. RD_E_NOTFOUND: no such entry. Any other failure ends this
 * ledger: close it. */
RD_MUST_CHECK enum rd_err rd_ledger_sqlite_erase(struct rd_ledger *ledger, uint64_t number,
                                                 struct rd_errbuf *why);

/* Rebuild: removes every state record; the caller then appends batches of records without entries,
 * made by replaying each_entry. Needs `inline_writer`, and `rebuild` at open when the old ones are
 * damaged. Failures as for erase. */
RD_MUST_CHECK enum rd_err rd_ledger_sqlite_clear_records(struct rd_ledger *ledger,
                                                         struct rd_errbuf *why);

/* Bytes that the file system of the state directory still has for us; 0 when it cannot be told.
 * Any thread. Intake stops while this is below the reserve for claims and contacts. */
uint64_t rd_ledger_sqlite_free_bytes(const struct rd_ledger *ledger);

struct rd_ledger_sqlite_stats {
    uint64_t commits, entries, records; /* since open */
    uint64_t checkpoints;
    uint64_t checkpoints_blocked; /* a long reader held them up: the WAL grows meanwhile */
    uint64_t wal_pages;           /* after the last commit or checkpoint */
    uint64_t queued_batches, queued_bytes;
};
void rd_ledger_sqlite_stats(struct rd_ledger *ledger, struct rd_ledger_sqlite_stats *out);

/* A second, read-only connection for one thread: bodies of entries. */
struct rd_ledger_reader;
RD_MUST_CHECK enum rd_err rd_ledger_reader_open(const struct rd_ledger_sqlite_options *options,
                                                struct rd_ledger_reader **out,
                                                struct rd_errbuf *why);
void rd_ledger_reader_close(struct rd_ledger_reader *reader);
/* The body of one entry, decrypted and checked against its hash, appended to `out`. RD_E_NOTFOUND:
 * erased or never there. */
struct rd_buf;
RD_MUST_CHECK enum rd_err rd_ledger_reader_body(struct rd_ledger_reader *reader, uint64_t number,
                                                struct rd_buf *out, struct rd_errbuf *why);
/* Numbers of the entries of one referral from entry `from` on, ascending, at most `max`; *count
 * says how many there are in all. Reads the headers from `from` to the end: not for a hot path. */
RD_MUST_CHECK enum rd_err rd_ledger_reader_of_referral(struct rd_ledger_reader *reader,
                                                       uint64_t referral, uint64_t from,
                                                       uint64_t *numbers, size_t max, size_t *count,
                                                       struct rd_errbuf *why);
/* Numbers of the entries of one kind, from entry `from` on, that stand with the same referral (or
 * none) and feed as entry `one`; ascending, the first `max` at most. Reads headers only, until
 * there are so many or they end: not for a hot path. */
RD_MUST_CHECK enum rd_err rd_ledger_reader_like(struct rd_ledger_reader *reader, uint64_t one,
                                                uint32_t kind, uint64_t from, uint64_t *numbers,
                                                size_t max, size_t *count, struct rd_errbuf *why);

#endif
