/* Opening with the records handed to another thread: one reads, decrypts and checks, the other
 * makes of them what it needs. Records are copied into blocks; a full one changes hands.
 *
 *   rd_ledger_sqlite_open (its own thread) -> block, block, ... -> each (the caller's thread)
 */
#include "ledger/sqlite_internal.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <signal.h>
#include <string.h>

/* 48 MiB at most, and only while a large ledger opens: loading takes longer than reading, and with
 * this much in hand it is still at work while the index and the chain are checked, after the
 * records. */
enum { BLOCKS = 192, BLOCK_BYTES = 256 * 1024 };

struct header {
    uint32_t table;
    size_t key_len, value_len;
};

struct loading {
    const struct rd_ledger_sqlite_options *options;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct rd_buf blocks[BLOCKS]; /* a ring: of the reader but for the `full` from `first` on */
    size_t first, full;
    bool refused;  /* by `each` */
    bool finished; /* everything below is set */
    enum rd_err err;
    struct rd_ledger *ledger;
    struct rd_errbuf why;
};

static struct rd_buf *filling(struct loading *loading)
{
    return &loading->blocks[(loading->first + loading->full) % BLOCKS];
}

/* Hands over what is filled and waits for a free block. False: `each` takes nothing more. */
static bool hand_over(struct loading *loading)
{
    pthread_mutex_lock(&loading->mutex);
    loading->full++;
    pthread_cond_broadcast(&loading->changed);
    while (loading->full == BLOCKS && !loading->refused)
        pthread_cond_wait(&loading->changed, &loading->mutex);
    bool goes_on = !loading->refused;
    struct rd_buf *next = goes_on ? filling(loading) : NULL;
    pthread_mutex_unlock(&loading->mutex);
    if (next != NULL)
        rd_buf_clear(next);
    return goes_on;
}

static bool copy_record(void *context, const struct rd_ledger_record *record)
{
    struct loading *loading = context;
    struct header header = {record->table, record->key.len, record->value.len};
    pthread_mutex_lock(&loading->mutex);
    struct rd_buf *block = filling(loading);
    pthread_mutex_unlock(&loading->mutex);
    rd_buf_put(block, &header, sizeof header);
    rd_buf_put_text(block, record->key);
    rd_buf_put_text(block, record->value);
    if (block->failed)
        return false;
    return block->len < BLOCK_BYTES || hand_over(loading);
}

static void *open_main(void *context)
{
    struct loading *loading = context;
    struct rd_ledger_sqlite_options options = *loading->options;
    struct rd_ledger *ledger = NULL;
    struct rd_errbuf why = {{0}};
    options.record = copy_record;
    options.record_context = loading;
    enum rd_err err = rd_ledger_sqlite_open(&options, false, &ledger, &why);
    pthread_mutex_lock(&loading->mutex);
    bool failed = filling(loading)->failed;
    loading->full++; /* the last block, which may be empty */
    loading->finished = true;
    loading->ledger = ledger;
    loading->err = err == RD_E_INVALID && failed ? RD_E_NOMEM : err;
    loading->why = why;
    pthread_cond_broadcast(&loading->changed);
    pthread_mutex_unlock(&loading->mutex);
    return NULL;
}

static bool take_block(const struct rd_buf *block, rd_ledger_each_record *each, void *context)
{
    const char *at = (const char *)block->bytes, *end = at + block->len;
    while (at != end) {
        struct header header;
        memcpy(&header, at, sizeof header);
        at += sizeof header;
        const struct rd_ledger_record record = {.table = header.table,
                                                .key = {at, header.key_len},
                                                .value = {at + header.key_len, header.value_len}};
        at += header.key_len + header.value_len;
        if (!each(context, &record))
            return false;
    }
    return true;
}

/* Until the ledger is open and everything was taken; of one that did not open nothing more is. */
static bool take_all(struct loading *loading, rd_ledger_each_record *each, void *context)
{
    bool takes = true;
    pthread_mutex_lock(&loading->mutex);
    for (;;) {
        while (loading->full == 0 && !loading->finished)
            pthread_cond_wait(&loading->changed, &loading->mutex);
        if (loading->full == 0 || !takes || (loading->finished && loading->err != RD_OK))
            break;
        pthread_mutex_unlock(&loading->mutex);
        takes = take_block(&loading->blocks[loading->first], each, context);
        pthread_mutex_lock(&loading->mutex);
        loading->first = (loading->first + 1) % BLOCKS;
        loading->full--;
        loading->refused = !takes;
        pthread_cond_broadcast(&loading->changed);
    }
    pthread_mutex_unlock(&loading->mutex);
    return takes;
}

static enum rd_err run(struct loading *loading, rd_ledger_each_record *each, void *context,
                       struct rd_errbuf *why)
{
    pthread_t thread;
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* cannot fail with these arguments */
    int failed = pthread_create(&thread, NULL, open_main, loading);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0)
        return rd_fail(why, RD_E_NOMEM, "ledger: no thread to open it: %s", strerror(failed));
    bool taken = take_all(loading, each, context);
    (void)pthread_join(thread, NULL); /* it was made, and is joined once */
    if (loading->err != RD_OK)
        return rd_fail(why, loading->err, "%s", loading->why.text);
    if (taken)
        return RD_OK;
    loading->ledger->ops->close(loading->ledger);
    loading->ledger = NULL;
    return rd_fail(why, RD_E_INVALID, "ledger.db: a state record was not taken");
}

enum rd_err rd_ledger_sqlite_load(const struct rd_ledger_sqlite_options *options,
                                  rd_ledger_each_record *each, void *context,
                                  struct rd_ledger **out, struct rd_errbuf *why)
{
    struct loading loading = {.options = options};
    *out = NULL;
    int failed = pthread_mutex_init(&loading.mutex, NULL);
    if (failed == 0) {
        failed = pthread_cond_init(&loading.changed, NULL);
        if (failed != 0)
            pthread_mutex_destroy(&loading.mutex);
    }
    if (failed != 0)
        return rd_fail(why, RD_E_NOMEM, "ledger: %s", strerror(failed));
    for (size_t i = 0; i < BLOCKS; i++)
        rd_buf_init(&loading.blocks[i], rd_alloc_heap());
    enum rd_err err = run(&loading, each, context, why);
    *out = loading.ledger;
    for (size_t i = 0; i < BLOCKS; i++)
        rd_buf_fini(&loading.blocks[i]);
    pthread_cond_destroy(&loading.changed);
    pthread_mutex_destroy(&loading.mutex);
    return err;
}
