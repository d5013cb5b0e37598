#include "shell/reader.h"

#include "base/alloc.h"

struct rd_reader {
    uv_thread_t thread;
    uv_mutex_t lock; /* guards queue, finished and stop */
    uv_cond_t work;
    uv_async_t wake;
    struct rd_body_job *queue, **queue_end;
    struct rd_body_job *finished, **finished_end;
    bool stop;
    size_t waiting;                  /* loop thread only */
    struct rd_ledger_reader *ledger; /* the reader thread's */
    rd_reader_done *done;
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

static enum rd_err read_body(void *context, uint64_t entry, struct rd_buf *out,
                             struct rd_errbuf *why)
{
    struct rd_ledger_reader *ledger = context;
    return rd_ledger_reader_body(ledger, entry, out, why);
}

static enum rd_err find_entries(void *context, uint64_t referral, uint64_t from, uint64_t *numbers,
                                size_t max, size_t *count, struct rd_errbuf *why)
{
    struct rd_ledger_reader *ledger = context;
    return rd_ledger_reader_of_referral(ledger, referral, from, numbers, max, count, why);
}

static enum rd_err find_like(void *context, uint64_t one, uint32_t kind, uint64_t from,
                             uint64_t *numbers, size_t max, size_t *count, struct rd_errbuf *why)
{
    struct rd_ledger_reader *ledger = context;
    return rd_ledger_reader_like(ledger, one, kind, from, numbers, max, count, why);
}

static struct rd_body_job *take_next(struct rd_reader *reader)
{
    uv_mutex_lock(&reader->lock);
    while (reader->queue == NULL && !reader->stop)
        uv_cond_wait(&reader->work, &reader->lock);
    struct rd_body_job *job = reader->stop ? NULL : reader->queue;
    if (job != NULL) {
        reader->queue = job->next;
        if (reader->queue == NULL)
            reader->queue_end = &reader->queue;
        job->next = NULL;
    }
    uv_mutex_unlock(&reader->lock);
    return job;
}

static void run(void *context)
{
    struct rd_reader *reader = context;
    struct rd_body_source source = {.context = reader->ledger,
                                    .body = read_body,
                                    .of_referral = find_entries,
                                    .like = find_like};
    struct rd_body_job *job;
    while ((job = take_next(reader)) != NULL) {
        rd_body_job_do(rd_alloc_heap(), job, &source);
        uv_mutex_lock(&reader->lock);
        *reader->finished_end = job;
        reader->finished_end = &job->next;
        uv_mutex_unlock(&reader->lock);
        (void)uv_async_send(
            &reader->wake); /* fails only on a closing handle: we are joined first */
    }
}

/* Wake-ups coalesce: takes everything that is finished. */
static void on_wake(uv_async_t *wake)
{
    struct rd_reader *reader = wake->data;
    uv_mutex_lock(&reader->lock);
    struct rd_body_job *job = reader->finished;
    reader->finished = NULL;
    reader->finished_end = &reader->finished;
    uv_mutex_unlock(&reader->lock);
    while (job != NULL) {
        struct rd_body_job *next = job->next;
        job->next = NULL;
        reader->waiting--;
        reader->done(reader->context, job);
        job = next;
    }
}

static enum rd_err start(uv_loop_t *loop, struct rd_reader *reader, struct rd_errbuf *why)
{
    if (uv_mutex_init(&reader->lock) != 0)
        return rd_fail(why, RD_E_NOMEM, "reader thread: no memory for its lock");
    if (uv_cond_init(&reader->work) != 0) {
        uv_mutex_destroy(&reader->lock);
        return rd_fail(why, RD_E_NOMEM, "reader thread: no memory for its condition");
    }
    int failed = uv_async_init(loop, &reader->wake, on_wake);
    reader->wake.data = reader;
    if (failed == 0) {
        failed = uv_thread_create(&reader->thread, run, reader);
        if (failed == 0)
            return RD_OK;
        uv_close((uv_handle_t *)&reader->wake, NULL);
        (void)uv_run(loop, UV_RUN_NOWAIT); /* lets the close callback pass before the memory goes */
    }
    uv_cond_destroy(&reader->work);
    uv_mutex_destroy(&reader->lock);
    return rd_fail(why, RD_E_NOMEM, "reader thread: cannot start: %s", uv_strerror(failed));
}

enum rd_err rd_reader_open(uv_loop_t *loop, const struct rd_ledger_sqlite_options *ledger,
                           rd_reader_done *done, void *context, struct rd_reader **out,
                           struct rd_errbuf *why)
{
    struct rd_reader *reader = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *reader);
    *out = NULL;
    if (reader == NULL)
        return rd_fail(why, RD_E_NOMEM, "reader thread: no memory");
    reader->queue_end = &reader->queue;
    reader->finished_end = &reader->finished;
    reader->done = done;
    reader->context = context;
    enum rd_err err = rd_ledger_reader_open(ledger, &reader->ledger, why);
    if (err == RD_OK) {
        err = start(loop, reader, why);
        if (err != RD_OK)
            rd_ledger_reader_close(reader->ledger);
    }
    if (err != RD_OK) {
        rd_release(rd_alloc_heap(), reader);
        return err;
    }
    *out = reader;
    return RD_OK;
}

void rd_reader_ask(struct rd_reader *reader, struct rd_body_job *job)
{
    reader->waiting++;
    uv_mutex_lock(&reader->lock);
    *reader->queue_end = job;
    reader->queue_end = &job->next;
    uv_cond_signal(&reader->work);
    uv_mutex_unlock(&reader->lock);
}

size_t rd_reader_waiting(const struct rd_reader *reader)
{
    return reader->waiting;
}

static void free_jobs(struct rd_body_job *job)
{
    while (job != NULL) {
        struct rd_body_job *next = job->next;
        rd_body_job_free(rd_alloc_heap(), job);
        job = next;
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct rd_reader *reader = handle->data;
    free_jobs(reader->queue);
    free_jobs(reader->finished);
    uv_cond_destroy(&reader->work);
    uv_mutex_destroy(&reader->lock);
    rd_ledger_reader_close(reader->ledger);
    if (reader->closed != NULL)
        reader->closed(reader->closed_context);
    rd_release(rd_alloc_heap(), reader);
}

void rd_reader_close(struct rd_reader *reader, void (*closed)(void *context), void *context)
{
    uv_mutex_lock(&reader->lock);
    reader->stop = true;
    uv_cond_signal(&reader->work);
    uv_mutex_unlock(&reader->lock);
    (void)uv_thread_join(&reader->thread); /* our own thread, started: cannot fail */
    reader->closed = closed;
    reader->closed_context = context;
    uv_close((uv_handle_t *)&reader->wake, on_closed);
}
