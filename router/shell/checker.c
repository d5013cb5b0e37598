#include "shell/checker.h"

#include "link/log.h"
#include "shell/shadow.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rd_checker {
    uv_thread_t thread;
    uv_async_t finished;
    uv_mutex_t lock; /* guards the members that the thread and the loop share */
    struct {
        enum rd_candidate_step step;
        size_t done, total;
        bool stop;
    } shared;
    struct rd_check_job *job; /* loop thread only, but for what it points to */
    uint64_t begun_ms;        /* of uv_now */
    bool closing;
    rd_checker_done *done;
    void *context;
};

struct rd_check_job *rd_check_job_new(enum rd_check_kind kind)
{
    struct rd_check_job *job = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *job);
    if (job != NULL)
        job->kind = kind;
    return job;
}

void rd_check_job_free(struct rd_check_job *job)
{
    if (job == NULL)
        return;
    rd_candidate_fini(&job->candidate);
    sodium_memzero(job->body_key, sizeof job->body_key);
    rd_release(rd_alloc_heap(), job->reason);
    rd_release(rd_alloc_heap(), job);
}

/* On the thread. */
static bool on_progress(void *context, enum rd_candidate_step step, size_t done, size_t total)
{
    struct rd_checker *checker = context;
    uv_mutex_lock(&checker->lock);
    checker->shared.step = step;
    checker->shared.done = done;
    checker->shared.total = total;
    bool go_on = !checker->shared.stop;
    uv_mutex_unlock(&checker->lock);
    return go_on;
}

/* On the thread: the log has a lock of its own. */
static void log_finding(void *context, const struct rd_finding *finding)
{
    static const enum rd_log_level levels[] = {RD_LOG_ERROR, RD_LOG_INFO, RD_LOG_WARNING,
                                               RD_LOG_ERROR};
    struct rd_errbuf words;
    (void)context;
    (void)rd_fail(&words, RD_OK, "%s:%u:%u: %.700s", finding->file, finding->line, finding->column,
                  finding->words);
    rd_log(levels[finding->severity], "rules.finding", rd_log_words("words", words.text));
}

static enum rd_err check_directory(struct rd_checker *checker, struct rd_check_job *job)
{
    bool shadow = job->kind == RD_CHECK_SHADOW;
    const struct rd_candidate_options options = {
        .directory = job->directory,
        .expected_hash =
            job->expected_hash[0] == '\0' ? RD_TEXT_NONE : rd_text_of(job->expected_hash),
        .shadow = shadow,
        .from = job->from,
        .found = log_finding,
        .progress = on_progress,
        .context = checker};
    enum rd_err err = rd_candidate_check(&options, &job->candidate, &job->why);
    return err == RD_OK && shadow ? rd_shadow_prepare(job->state, &job->candidate.files, &job->why)
                                  : err;
}

/* With a connection of its own: the loop's stays the loop's. */
static enum rd_err check_kept(struct rd_check_job *job)
{
    struct rd_ledger *ledger = NULL;
    const struct rd_ledger_sqlite_options options = {
        .directory = job->state, .body_key = job->body_key, .read_only = true};
    struct rd_kept kept = {.sets = &job->kept, .count = 1};
    job->kept.hash = rd_text_of(job->expected_hash);
    enum rd_err err = rd_ledger_sqlite_open(&options, false, &ledger, &job->why);
    if (err == RD_OK)
        err = rd_kept_load(ledger, &kept, job->expected_hash, job->state, &job->candidate.rules,
                           &job->why);
    if (ledger != NULL)
        ledger->ops->close(ledger);
    return err;
}

static enum rd_err compare(struct rd_check_job *job)
{
    struct rd_place_files files;
    enum rd_err err = rd_place_files_read(job->directory, RD_RULESET_BYTES_MAX, &files, &job->why);
    if (err == RD_OK && rd_place_files_hash(&files, job->found_hash) != RD_OK)
        err = rd_fail(&job->why, RD_E_BUG, "libsodium does not start");
    rd_place_files_fini(&files);
    return err;
}

static void run(void *context)
{
    struct rd_checker *checker = context;
    struct rd_check_job *job = checker->job;
    job->err = job->kind == RD_CHECK_REVERT    ? check_kept(job)
               : job->kind == RD_CHECK_COMPARE ? compare(job)
                                               : check_directory(checker, job);
    sodium_memzero(job->body_key, sizeof job->body_key);
    (void)uv_async_send(&checker->finished); /* fails only on a closing handle: joined before */
}

static void on_closed(uv_handle_t *handle)
{
    struct rd_checker *checker = handle->data;
    uv_mutex_destroy(&checker->lock);
    rd_release(rd_alloc_heap(), checker);
}

/* Wake-ups coalesce: what counts is the job, of which there is one. */
static void on_finished(uv_async_t *finished)
{
    struct rd_checker *checker = finished->data;
    struct rd_check_job *job = checker->job;
    if (job == NULL)
        return;
    (void)uv_thread_join(&checker->thread); /* our own thread, at its end: cannot fail */
    checker->job = NULL;
    checker->done(checker->context, job);
    if (checker->closing)
        uv_close((uv_handle_t *)&checker->finished, on_closed);
}

enum rd_err rd_checker_new(uv_loop_t *loop, rd_checker_done *done, void *context,
                           struct rd_checker **out, struct rd_errbuf *why)
{
    struct rd_checker *checker = rd_alloc_zeroed(rd_alloc_heap(), 1, sizeof *checker);
    *out = NULL;
    if (checker == NULL || uv_mutex_init(&checker->lock) != 0) {
        rd_release(rd_alloc_heap(), checker);
        return rd_fail(why, RD_E_NOMEM, "checker: no memory");
    }
    if (uv_async_init(loop, &checker->finished, on_finished) != 0) {
        uv_mutex_destroy(&checker->lock);
        rd_release(rd_alloc_heap(), checker);
        return rd_fail(why, RD_E_NOMEM, "event loop: no memory for the checker's wake-up");
    }
    checker->finished.data = checker;
    checker->done = done;
    checker->context = context;
    *out = checker;
    return RD_OK;
}

struct rd_check_job *rd_checker_job(const struct rd_checker *checker)
{
    return checker == NULL ? NULL : checker->job;
}

enum rd_err rd_checker_start(struct rd_checker *checker, struct rd_check_job *job,
                             struct rd_errbuf *why)
{
    rd_require(checker->job == NULL && !checker->closing);
    checker->shared.step = RD_CANDIDATE_READING;
    checker->shared.done = checker->shared.total = 0;
    checker->shared.stop = false;
    checker->begun_ms = uv_now(checker->finished.loop);
    checker->job = job;
    int failed = uv_thread_create(&checker->thread, run, checker);
    if (failed == 0)
        return RD_OK;
    checker->job = NULL;
    return rd_fail(why, RD_E_NOMEM, "no thread can be made to check it: %s; ask again",
                   uv_strerror(failed));
}

void rd_checker_stop(struct rd_checker *checker)
{
    if (checker == NULL)
        return;
    uv_mutex_lock(&checker->lock);
    checker->shared.stop = true;
    uv_mutex_unlock(&checker->lock);
}

void rd_checker_words(const struct rd_checker *checker, char out[RD_CHECK_WORDS_MAX])
{
    static const char *const purposes[] = {[RD_CHECK_ACTIVATE] = "for activation",
                                           [RD_CHECK_REVERT] = "to be brought back",
                                           [RD_CHECK_SHADOW] = "as a shadow",
                                           [RD_CHECK_COMPARE] = "for changes"};
    static const char *const steps[] = {[RD_CANDIDATE_READING] = "reading it",
                                        [RD_CANDIDATE_CASES] = "its cases",
                                        [RD_CANDIDATE_PROOF] = "the proof",
                                        [RD_CANDIDATE_FILES] = "its files"};
    char far[64] = "";
    out[0] = '\0';
    if (rd_checker_job(checker) == NULL)
        return;
    union { /* a lock is no part of what the checker says */
        const struct rd_checker *held;
        struct rd_checker *locked;
    } of = {.held = checker};
    uv_mutex_lock(&of.locked->lock);
    enum rd_candidate_step step = checker->shared.step;
    if (checker->shared.total > 0)
        snprintf(far, sizeof far, ", %zu of %zu%s", checker->shared.done, checker->shared.total,
                 step == RD_CANDIDATE_PROOF ? " rules of triage" : "");
    uv_mutex_unlock(&of.locked->lock);
    uint64_t ms = uv_now(checker->finished.loop) - checker->begun_ms;
    snprintf(out, RD_CHECK_WORDS_MAX, "%s: %s%s, %llu s", purposes[checker->job->kind], steps[step],
             far, (unsigned long long)(ms / 1000));
}

struct rd_checker *rd_checker_close(struct rd_checker *checker)
{
    if (checker == NULL)
        return NULL;
    checker->closing = true;
    if (checker->job != NULL) {
        rd_checker_stop(checker);
        uv_unref((uv_handle_t *)&checker->finished);
        return checker;
    }
    uv_close((uv_handle_t *)&checker->finished, on_closed);
    return NULL;
}
