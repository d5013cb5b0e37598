/* A SQLite ledger under test: its directory, what it answered, and content that follows from the
 * entry number alone, so that after any crash the test knows what must be there.
 *
 * Entry n: body, feed, referral, kind and time are functions of n. With it come the records of n:
 * slot n % RD_RIG_SLOTS of table 1 + n % 2 is set to a value of n, or deleted when n % 7 == 3. The
 * state after N is thus a function of N. Thread: the test's. */
#ifndef RD_TESTS_LEDGER_RIG_H
#define RD_TESTS_LEDGER_RIG_H

#include "base/buf.h"
#include "ledger/ledger_sqlite.h"

#include <pthread.h>

enum { RD_RIG_SLOTS = 40, RD_RIG_BODY_BYTES_MAX = 6000, RD_RIG_BATCH_MAX = 64 };

struct rd_rig {
    struct rd_ledger_sqlite_options options; /* change before rd_rig_open; `directory` is ours */
    struct rd_ledger *ledger;                /* NULL while closed */
    struct rd_errbuf why;                    /* of the last call that failed */
    char directory[256];
    unsigned char key[32];
    uint64_t next;  /* number of the next entry to append */
    uint64_t acked; /* durable up to here, as answered */
    int answers;
    enum rd_append_result failed; /* 0: none */
    struct rd_errbuf failure;
    pthread_mutex_t mutex;
    pthread_cond_t woken;
    bool wake;
};

/* A directory of its own that does not exist yet; options for creating a ledger in it. */
void rd_rig_init(struct rd_rig *rig);
/* Closes, removes the directory and what is in it. */
void rd_rig_fini(struct rd_rig *rig);
/* Opens; `next` and `acked` follow from the head. */
RD_MUST_CHECK enum rd_err rd_rig_open(struct rd_rig *rig, bool verify_all);
void rd_rig_close(struct rd_rig *rig);
/* Appends one batch of `count` entries (<= RD_RIG_BATCH_MAX) with their records. */
RD_MUST_CHECK enum rd_err rd_rig_append(struct rd_rig *rig, size_t count);
/* Drains until everything appended is answered or the ledger failed; false on failure. */
bool rd_rig_wait(struct rd_rig *rig);

/* The content of entry n. `body` points into out. */
struct rd_rig_entry {
    struct rd_ledger_entry entry;
    char body[RD_RIG_BODY_BYTES_MAX];
    char feed[16];
};
void rd_rig_make_entry(uint64_t number, struct rd_rig_entry *out);

/* Reads everything back: entries 1..head in order with the right content, exactly the records that
 * follow from the head. False with `rig->why` otherwise. */
bool rd_rig_check(struct rd_rig *rig);

#endif
