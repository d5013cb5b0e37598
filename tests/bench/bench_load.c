/* A load generator of intake: adapters with one feed each, a fixed number of submissions in flight,
 * or a fixed rate whatever comes back (what is late counts from when it was due). Prints one line
 * of JSON. Sends to 127.0.0.1 only; bounded in count and time. ./run bench calls
 * it; usage below. */
#include "adapters/kit/intake.h"
#include "bench_record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ADAPTERS_MAX = 16,
    FLIGHT_MAX = 64,
    SAMPLES_MAX = 1 << 20,
    SECONDS_MAX = 3600,
    DRAIN_MS = 15000,
    PROGRESS_MS = 5000,
    RATE_MAX = 1000,
    TICK_MS = 1, /* with a rate: how often what is due is sent */
};

static const char usage[] =
    "usage: bench_load --router tcp://127.0.0.1:PORT --router-key FILE --place DIR\n"
    "                  --key FEED=FILE... --mix new|fact --first N --count N --seconds S\n"
    "                  --flight N --body BYTES [--rate N] [--respond-by T] [--progress]\n"
    "N of --count is for each feed; numbers from --first on. Sending a number again is a repeat.\n"
    "--rate: so many a second of each feed. --respond-by: the sender's deadline, Unix seconds.\n";

struct load;
struct flight {
    struct adapter *adapter;
    uint64_t started_ns; /* 0: free */
};
struct adapter {
    struct load *load;
    struct rd_intake *intake;
    struct rd_keypair own;
    uint64_t next, left;
    uint64_t due_ns; /* with a rate: when the next one is due; 0: it has not begun */
    size_t flying;
    struct flight flights[FLIGHT_MAX];
    struct bench_record record;
    char feed[64];
    char key_file[4096];
};
struct load {
    uv_loop_t loop;
    uv_timer_t stop, progress, tick;
    struct rd_zcontext *zcontext;
    struct bench_postcodes postcodes;
    struct adapter *adapters;
    size_t adapters_count;
    enum rd_action action;
    size_t flight, body;
    uint64_t rate;             /* 0: as many as `flight` allows */
    struct rd_time respond_by; /* utc_us 0: none */
    bool stopping, show_progress;
    uint64_t limit_ms, first_ns, last_ns;
    uint64_t held, repeats, busy, unanswered, other;
    float *samples_us;
    size_t samples_count;
    const char *router, *router_key, *place;
};

static uint64_t now_ns(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return (uint64_t)at.tv_sec * 1000000000U + (uint64_t)at.tv_nsec;
}

static bool idle(const struct load *load)
{
    for (size_t i = 0; i < load->adapters_count; i++)
        if (load->adapters[i].flying > 0 || (load->adapters[i].left > 0 && !load->stopping))
            return false;
    return true;
}

static void finish(struct load *load)
{
    uv_timer_t *const timers[] = {&load->stop, &load->progress, &load->tick};
    for (size_t i = 0; i < load->adapters_count; i++)
        rd_intake_close(load->adapters[i].intake, NULL, NULL);
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
        if (!uv_is_closing((uv_handle_t *)timers[i]))
            uv_close((uv_handle_t *)timers[i], NULL);
}

static void on_result(void *context, const struct rd_submit_result *result)
{
    struct flight *flight = context;
    struct load *load = flight->adapter->load;
    uint64_t now = now_ns();
    if (result == NULL)
        load->unanswered++;
    else if (result->busy)
        load->busy++;
    else if (result->disposal == RD_DISPOSAL_REPEAT)
        load->repeats++;
    else if (result->disposal == RD_DISPOSAL_NEW || result->disposal == RD_DISPOSAL_FACT_IGNORED)
        load->held++;
    else
        load->other++;
    if (load->samples_count < SAMPLES_MAX)
        load->samples_us[load->samples_count++] = (float)(now - flight->started_ns) / 1000.0F;
    load->last_ns = now;
    flight->started_ns = 0;
    flight->adapter->flying--;
}

static struct flight *free_flight(struct adapter *adapter)
{
    for (size_t i = 0; i < adapter->load->flight; i++)
        if (adapter->flights[i].started_ns == 0)
            return &adapter->flights[i];
    return NULL;
}

/* When the next one counts as sent; 0: it is not due yet. */
static uint64_t due(struct adapter *adapter)
{
    uint64_t now = now_ns();
    if (adapter->load->rate == 0)
        return now;
    if (adapter->due_ns == 0)
        adapter->due_ns = now; /* the first one that could be sent */
    if (adapter->due_ns > now)
        return 0;
    uint64_t at = adapter->due_ns;
    adapter->due_ns += UINT64_C(1000000000) / adapter->load->rate;
    return at;
}

static void pump(void *context)
{
    struct adapter *adapter = context;
    struct load *load = adapter->load;
    struct flight *flight;
    uint64_t at;
    while (!load->stopping && adapter->left > 0 && (flight = free_flight(adapter)) != NULL &&
           rd_intake_ready(adapter->intake, load->body) && (at = due(adapter)) != 0) {
        struct rd_errbuf why = {{0}};
        bench_record_set(&adapter->record, &load->postcodes, load->action, adapter->next);
        flight->started_ns = at;
        if (load->first_ns == 0)
            load->first_ns = flight->started_ns;
        enum rd_err err =
            rd_intake_submit(adapter->intake, &adapter->record.submission, on_result, flight, &why);
        if (err != RD_OK) {
            flight->started_ns = 0;
            if (err == RD_E_BUSY)
                return; /* on_change comes again */
            (void)fprintf(stderr, "bench_load: %s\n", why.text);
            exit(1);
        }
        adapter->flying++;
        adapter->next++;
        adapter->left--;
    }
    if (idle(load))
        finish(load);
}

static void on_trouble(void *context, const char *words)
{
    const struct adapter *adapter = context;
    (void)fprintf(stderr, "bench_load: %s: %s\n", adapter->feed, words);
}

static void on_stop(uv_timer_t *timer)
{
    struct load *load = timer->data;
    if (load->stopping || idle(load)) {
        finish(load);
        return;
    }
    load->stopping = true; /* what is in flight is waited for */
    if (uv_timer_start(timer, on_stop, DRAIN_MS, 0) != 0 || idle(load))
        finish(load);
}

static void on_tick(uv_timer_t *timer)
{
    struct load *load = timer->data;
    for (size_t i = 0; i < load->adapters_count; i++)
        pump(&load->adapters[i]);
}

static void on_progress(uv_timer_t *timer)
{
    struct load *load = timer->data;
    uint64_t left = 0;
    for (size_t i = 0; i < load->adapters_count; i++)
        left += load->adapters[i].left;
    (void)fprintf(stderr, "    %" PRIu64 " held, %" PRIu64 " repeats, %" PRIu64 " to send\n",
                  load->held, load->repeats, left);
}

static bool open_adapters(struct load *load)
{
    struct rd_errbuf why = {{0}};
    char router_public[RD_Z85_TEXT_MAX];
    enum rd_err err = rd_public_key_read(load->router_key, router_public, &why);
    if (err == RD_OK)
        err = rd_zcontext_new(&load->loop, &load->zcontext, &why);
    for (size_t i = 0; i < load->adapters_count && err == RD_OK; i++) {
        struct adapter *adapter = &load->adapters[i];
        adapter->load = load;
        bench_record_init(&adapter->record, adapter->feed, load->body);
        if (load->respond_by.utc_us != 0)
            adapter->record.referral.respond_by = &load->respond_by;
        for (size_t j = 0; j < FLIGHT_MAX; j++)
            adapter->flights[j].adapter = adapter;
        err = rd_keypair_read(adapter->key_file, &adapter->own, &why);
        if (err != RD_OK)
            break;
        const struct rd_intake_options options = {.router = load->router,
                                                  .router_public = router_public,
                                                  .own = &adapter->own,
                                                  .program = "bench_load",
                                                  .version = "1",
                                                  .timeout_ms = DRAIN_MS,
                                                  .trouble = on_trouble,
                                                  .context = adapter};
        err = rd_intake_open(&load->loop, load->zcontext, &options, &adapter->intake, &why);
        if (err == RD_OK)
            rd_intake_on_change(adapter->intake, pump, adapter);
    }
    if (err != RD_OK)
        (void)fprintf(stderr, "bench_load: %s\n", why.text);
    return err == RD_OK;
}

static int ascending(const void *left, const void *right)
{
    const float *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static double percentile(const struct load *load, double part)
{
    if (load->samples_count == 0)
        return 0;
    return (double)load->samples_us[(size_t)(part * (double)(load->samples_count - 1))];
}

static void report(struct load *load)
{
    qsort(load->samples_us, load->samples_count, sizeof *load->samples_us, ascending);
    double seconds = (double)(load->last_ns - load->first_ns) / 1e9;
    uint64_t answered = load->held + load->repeats;
    (void)printf("{\"held\": %" PRIu64 ", \"repeats\": %" PRIu64 ", \"busy\": %" PRIu64
                 ", \"unanswered\": %" PRIu64 ", \"other\": %" PRIu64 ", \"seconds\": %.6f, "
                 "\"rate\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
                 load->held, load->repeats, load->busy, load->unanswered, load->other, seconds,
                 seconds > 0 ? (double)answered / seconds : 0, percentile(load, 0.5),
                 percentile(load, 0.99));
}

static bool add_key(struct load *load, const char *value)
{
    const char *equals = strchr(value, '=');
    struct adapter *adapter = &load->adapters[load->adapters_count];
    if (equals == NULL || load->adapters_count == ADAPTERS_MAX ||
        (size_t)(equals - value) >= sizeof adapter->feed)
        return false;
    memcpy(adapter->feed, value, (size_t)(equals - value));
    (void)snprintf(adapter->key_file, sizeof adapter->key_file, "%s", equals + 1);
    load->adapters_count++;
    return true;
}

static bool set_number(struct load *load, const char *name, uint64_t number)
{
    for (size_t i = 0; i < ADAPTERS_MAX; i++) {
        if (strcmp(name, "--first") == 0)
            load->adapters[i].next = number;
        else if (strcmp(name, "--count") == 0)
            load->adapters[i].left = number;
    }
    if (strcmp(name, "--seconds") == 0)
        load->limit_ms = number * 1000;
    else if (strcmp(name, "--flight") == 0)
        load->flight = (size_t)number;
    else if (strcmp(name, "--body") == 0)
        load->body = (size_t)number;
    else if (strcmp(name, "--rate") == 0)
        load->rate = number;
    else if (strcmp(name, "--respond-by") == 0)
        load->respond_by.utc_us = (int64_t)number * 1000000;
    return load->limit_ms <= SECONDS_MAX * 1000 && load->flight <= FLIGHT_MAX &&
           load->body <= BENCH_ORIGINAL_MAX && load->rate <= RATE_MAX;
}

static bool parse(struct load *load, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--progress") == 0) {
            load->show_progress = true;
            continue;
        }
        const char *value = ++i < argc ? argv[i] : "";
        if (strcmp(name, "--router") == 0)
            load->router = value;
        else if (strcmp(name, "--router-key") == 0)
            load->router_key = value;
        else if (strcmp(name, "--place") == 0)
            load->place = value;
        else if (strcmp(name, "--mix") == 0)
            load->action = strcmp(value, "fact") == 0 ? RD_ACTION_FACT : RD_ACTION_NEW;
        else if (strcmp(name, "--key") == 0 ? !add_key(load, value)
                                            : !set_number(load, name, strtoull(value, NULL, 10)))
            return false;
    }
    return load->router != NULL && strncmp(load->router, "tcp://127.0.0.1:", 16) == 0 &&
           load->router_key != NULL && load->place != NULL && load->adapters_count > 0 &&
           load->limit_ms > 0 && load->flight > 0;
}

static bool start_timers(struct load *load)
{
    load->stop.data = load->progress.data = load->tick.data = load;
    return uv_timer_init(&load->loop, &load->stop) == 0 &&
           uv_timer_init(&load->loop, &load->progress) == 0 &&
           uv_timer_init(&load->loop, &load->tick) == 0 &&
           uv_timer_start(&load->stop, on_stop, load->limit_ms, 0) == 0 &&
           (!load->show_progress ||
            uv_timer_start(&load->progress, on_progress, PROGRESS_MS, PROGRESS_MS) == 0) &&
           (load->rate == 0 || uv_timer_start(&load->tick, on_tick, TICK_MS, TICK_MS) == 0);
}

int main(int argc, char **argv)
{
    static struct load load;
    load.adapters = calloc(ADAPTERS_MAX, sizeof *load.adapters);
    load.samples_us = calloc(SAMPLES_MAX, sizeof *load.samples_us);
    load.action = RD_ACTION_NEW;
    if (load.adapters == NULL || load.samples_us == NULL)
        return 1;
    if (!parse(&load, argc, argv)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    if (!bench_postcodes_read(load.place, &load.postcodes) || uv_loop_init(&load.loop) != 0 ||
        !open_adapters(&load) || !start_timers(&load))
        return 1;
    (void)uv_run(&load.loop, UV_RUN_DEFAULT);
    rd_zcontext_free(load.zcontext);
    (void)uv_loop_close(&load.loop); /* the process ends */
    report(&load);
    free(load.adapters);
    free(load.samples_us);
    return load.unanswered > 0 || load.other > 0 ? 1 : 0;
}
