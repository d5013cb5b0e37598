#include "shell/verifier.h"

#include "base/alloc.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { DIRECTORY_BYTES_MAX = 4096, KEY_BYTES = 32 };

struct rd_verifier {
    uv_thread_t thread;
    uv_async_t finished;
    bool running, closing; /* loop thread only */
    rd_verifier_done *done;
    void *context;
    /* The thread's until it has sent `finished`. */
    char directory[DIRECTORY_BYTES_MAX];
    unsigned char body_key[KEY_BYTES];
    struct rd_ledger_report report;
    struct rd_errbuf why;
    enum rd_err err;
};

static void run(void *context)
{
    struct rd_verifier *verifier = context;
    struct rd_ledger *ledger = NULL;
    struct rd_ledger_sqlite_options options = {
        .directory = verifier->directory, .body_key = verifier->body_key, .read_only = true};
    verifier->err = rd_ledger_sqlite_open(&options, false, &ledger, &verifier->why);
    if (verifier->err == RD_OK) {
        verifier->err =
            rd_ledger_sqlite_verify(ledger, NULL, NULL, &verifier->report, &verifier->why);
        ledger->ops->close(ledger);
    }
    sodium_memzero(verifier->body_key, sizeof verifier->body_key);
    (void)uv_async_send(&verifier->finished); /* fails only on a closing handle: not before this */
}

static void on_closed(uv_handle_t *handle)
{
    rd_release(rd_alloc_heap(), handle->data);
}

static void on_finished(uv_async_t *finished)
{
    struct rd_verifier *verifier = finished->data;
    if (!verifier->running)
        return;
    (void)uv_thread_join(&verifier->thread); /* our own thread, at its end: cannot fail */
    verifier->running = false;
    uv_unref((uv_handle_t *)&verifier->finished);
    verifier->done(verifier->context, verifier->err, &verifier->report, &verifier->why);
    if (verifier->closing)
        uv_close((uv_handle_t *)&verifier->finished, on_closed);
}

enum rd_err rd_verifier_start(uv_loop_t *loop, const struct rd_ledger_sqlite_options *ledger,
                              rd_verifier_done *done, void *context, struct rd_verifier **out,
                              struct rd_errbuf *why)
{
    *out = NULL;
    struct rd_verifier *verifier = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *verifier);
    if (verifier == NULL || strlen(ledger->directory) >= DIRECTORY_BYTES_MAX) {
        rd_release(rd_alloc_heap(), verifier);
        return rd_fail(why, RD_E_NOMEM, "verifier: no memory, or too long a path");
    }
    snprintf(verifier->directory, sizeof verifier->directory, "%s", ledger->directory);
    memcpy(verifier->body_key, ledger->body_key, sizeof verifier->body_key);
    verifier->done = done;
    verifier->context = context;
    verifier->finished.data = verifier;
    int failed = uv_async_init(loop, &verifier->finished, on_finished);
    if (failed != 0) {
        rd_release(rd_alloc_heap(), verifier);
        return rd_fail(why, RD_E_NOMEM, "verifier: %s", uv_strerror(failed));
    }
    failed = uv_thread_create(&verifier->thread, run, verifier);
    if (failed != 0) {
        uv_close((uv_handle_t *)&verifier->finished, on_closed);
        return rd_fail(why, RD_E_NOMEM, "verifier: %s", uv_strerror(failed));
    }
    verifier->running = true;
    *out = verifier;
    return RD_OK;
}

struct rd_verifier *rd_verifier_close(struct rd_verifier *verifier)
{
    if (verifier == NULL)
        return NULL;
    verifier->closing = true;
    if (verifier->running) {
        uv_unref((uv_handle_t *)&verifier->finished);
        return verifier;
    }
    uv_close((uv_handle_t *)&verifier->finished, on_closed);
    return NULL;
}
