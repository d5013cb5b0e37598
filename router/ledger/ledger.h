/* The ledger: durable, append-only, hash-chained; the only truth. An interface with two
 * implementations: ledger_sqlite (its own writer thread) and ledger_memory (simulation). It stores
 * opaque bytes: it knows nothing of the model.
 *
 * Entry hash = H(format, number, time, kind, referral, feed, H(salt || body), previous). Bodies and
 * salts stand apart, encrypted; headers hold no personal data and are never pruned. */
#ifndef RD_LEDGER_LEDGER_H
#define RD_LEDGER_LEDGER_H

#include "base/err.h"
#include "base/instant.h"
#include "base/text.h"

enum { RD_LEDGER_FORMAT = 1, RD_LEDGER_HASH_BYTES = 32, RD_LEDGER_BATCH_ENTRIES_MAX = 1024 };

struct rd_ledger_entry {
    uint64_t number;
    rd_instant at;
    uint32_t kind;
    uint64_t referral;   /* 0: none */
    struct rd_text feed; /* absent: none */
    struct rd_text body; /* opaque; present */
};

struct rd_ledger_record {
    uint32_t table;
    struct rd_text key;
    struct rd_text value; /* absent: delete */
};

/* One transaction. Borrowed for the call only: append copies what it keeps. */
struct rd_ledger_batch {
    uint64_t expected_next; /* number of entries[0]; FENCED when the ledger is elsewhere */
    uint64_t incarnation;
    const struct rd_ledger_entry *entries;
    size_t entries_count;
    const struct rd_ledger_record *records;
    size_t records_count;
};

enum rd_append_result { RD_APPEND_OK = 1, RD_APPEND_FENCED, RD_APPEND_UNKNOWN };

/* Called on the loop thread, in order: entries up to `last` are durable (OK), or the process must
 * end with `why`. UNKNOWN covers every I/O error: it may or may not be on disk. */
typedef void rd_appended(void *context, enum rd_append_result result, uint64_t last,
                         const char *why);

struct rd_ledger;

struct rd_ledger_head {
    uint64_t number;
    unsigned char hash[RD_LEDGER_HASH_BYTES];
};

/* Borrowed for the call; false stops. */
typedef bool rd_ledger_each_record(void *context, const struct rd_ledger_record *record);

struct rd_ledger_ops {
    /* Queues the batch; asynchronous; many queued batches become one transaction. RD_E_BUSY: the
     * queue (named, bounded) is full, nothing was taken. RD_E_NOMEM. */
    enum rd_err (*append)(struct rd_ledger *ledger, const struct rd_ledger_batch *batch);
    /* Walks the state records (in any order) / the entries from..to, in order, on the caller's
     * thread; `each` returning false stops. For start-up, rebuild, export. RD_E_CORRUPT names what
     * is damaged in `why`. */
    enum rd_err (*each_record)(struct rd_ledger *ledger, rd_ledger_each_record *each, void *context,
                               struct rd_errbuf *why);
    enum rd_err (*each_entry)(struct rd_ledger *ledger, uint64_t from, uint64_t to,
                              bool (*each)(void *context, const struct rd_ledger_entry *entry),
                              void *context, struct rd_errbuf *why);
    /* Head of the chain as verified or appended. */
    struct rd_ledger_head (*head)(struct rd_ledger *ledger);
    /* Delivers finished appends to the callback; call on the loop thread when the wake-up given at
     * open fires (sqlite), or whenever the simulated disk should make progress (memory). */
    void (*drain)(struct rd_ledger *ledger);
    /* Ends: finishes what is queued, closes. The callback may still be called from here. */
    void (*close)(struct rd_ledger *ledger);
};

struct rd_ledger {
    const struct rd_ledger_ops *ops;
};

#endif
