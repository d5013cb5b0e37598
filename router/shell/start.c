/* Start-up: rules, ledger, core. Everything that can be wrong with what an operator gave us is said
 * here, before anybody can connect. */
#include "shell/router.h"

#include "shell/candidate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct finding_sink {
    const char *place;
};

/* FILE:LINE:COLUMN: words, as a compiler says it. */
static void print_finding(void *context, const struct rd_finding *finding)
{
    const struct finding_sink *sink = context;
    fprintf(stderr, "%s/%s:%u:%u: %s: %s\n", sink->place, finding->file, finding->line,
            finding->column, rd_enum_name(&rd_severity_names, (int)finding->severity),
            finding->words);
}

enum rd_err rd_router_load_rules(const struct rd_options *options, struct rd_rules **out,
                                 struct rd_errbuf *why)
{
    struct finding_sink sink = {options->place};
    enum rd_err err = rd_candidate_load(options->place, print_finding, &sink, out);
    if (err == RD_OK)
        return RD_OK;
    return rd_fail(why, err, "%s: %s; mend what is named above, then: referralctl rules check %s",
                   options->place,
                   err == RD_E_IO ? "the place directory cannot be read" : "the rules do not load",
                   options->place);
}

struct loading {
    struct rd_router *router;
    struct rd_arena memory;
    uint64_t last_entry, records;
    rd_instant last_at;
    enum rd_err err;
    struct rd_errbuf why;
};

static bool load_record(void *context, const struct rd_ledger_record *stored)
{
    struct loading *loading = context;
    struct rd_state_record record;
    loading->err = rd_glue_read_record(stored, &loading->memory, &record, &loading->why);
    if (loading->err == RD_OK && record.meta != NULL) {
        loading->router->incarnation = record.meta->incarnation;
        loading->last_entry = record.meta->last_entry;
        loading->last_at = record.meta->last_at;
    }
    if (loading->err == RD_OK && !rd_kept_learn(&loading->router->kept, &record))
        loading->err = rd_fail(&loading->why, RD_E_NOMEM, "no memory for the rule sets");
    if (loading->err == RD_OK)
        loading->err = rd_core_load(loading->router->core, &record, &loading->why);
    rd_arena_reset(&loading->memory);
    loading->records++;
    return loading->err == RD_OK;
}

static enum rd_err begin_after(struct rd_router *router, const struct loading *loading,
                               struct rd_errbuf *why)
{
    uint64_t head = router->ledger->ops->head(router->ledger).number;
    if (loading->last_entry != head)
        return rd_fail(why, RD_E_CORRUPT,
                       "%s: the state tables end at entry %" PRIu64 ", the entries at %" PRIu64
                       "; do: referralctl ledger rebuild --write --state %s",
                       router->options->state, loading->last_entry, head, router->options->state);
    router->last_submitted = head;
    rd_gate_open(router->gate, head);
    rd_business_clock_init(&router->clock, rd_clock_read(), loading->last_at);
    rd_log(RD_LOG_NOTICE, "ledger.loaded", rd_log_number("records", (int64_t)loading->records),
           rd_log_number("entry", (int64_t)head));
    return RD_OK;
}

static void on_ledger_wake(uv_async_t *wake)
{
    struct rd_router *router = wake->data;
    if (router->ledger != NULL)
        router->ledger->ops->drain(router->ledger);
}

/* On the writer's thread. */
static void wake_loop(void *context)
{
    struct rd_router *router = context;
    (void)uv_async_send(&router->ledger_wake); /* fails only on a closing handle: joined before */
}

/* The core is loaded while further records are checked; a ledger that does not open ends the
 * process, and with it what was loaded. */
static enum rd_err open_ledger(struct rd_router *router, struct loading *loading,
                               struct rd_errbuf *why)
{
    struct rd_ledger_sqlite_options options = {
        .directory = router->options->state,
        .body_key = router->keys.body_key,
        .create = !rd_state_has_ledger(router->options->state),
        .appended = rd_router_appended,
        .context = router,
        .wake = wake_loop,
    };
    enum rd_err err = rd_ledger_sqlite_load(&options, load_record, loading, &router->ledger, why);
    if (loading->err != RD_OK) /* in its own words */
        return rd_fail(why, loading->err, "%s", loading->why.text);
    if (err != RD_OK)
        return err;
    return rd_reader_open(router->loop, &options, rd_router_body_done, router, &router->reader,
                          why);
}

static void on_verified(void *context, enum rd_err err, const struct rd_ledger_report *report,
                        const struct rd_errbuf *why)
{
    struct rd_router *router = context;
    if (err != RD_OK)
        rd_router_die("ledger: the chain does not verify: %s", why->text);
    router->counts.chain_verified = true;
    if (router->closing)
        router->verifier = NULL; /* closes itself */
    rd_log(RD_LOG_NOTICE, "ledger.verified", rd_log_number("entries", (int64_t)report->entries),
           rd_log_number("records", (int64_t)report->records));
}

enum rd_err rd_router_verify(struct rd_router *router, struct rd_errbuf *why)
{
    struct rd_ledger_sqlite_options options = {.directory = router->options->state,
                                               .body_key = router->keys.body_key};
    return rd_verifier_start(router->loop, &options, on_verified, router, &router->verifier, why);
}

enum rd_err rd_router_load(struct rd_router *router, struct rd_errbuf *why)
{
    if (uv_async_init(router->loop, &router->ledger_wake, on_ledger_wake) != 0)
        return rd_fail(why, RD_E_NOMEM, "event loop: no memory for the ledger's wake-up");
    router->ledger_wake.data = router;
    struct rd_core_config config = {.alloc = router->alloc, .version = rd_text_of(RD_VERSION)};
    router->core = rd_core_new(&config);
    router->gate = rd_gate_new(router->alloc, rd_router_release, router);
    if (router->core == NULL || router->gate == NULL)
        return rd_fail(why, RD_E_NOMEM, "core: no memory");
    struct loading loading = {.router = router};
    rd_arena_init(&loading.memory, router->alloc, 4 * (size_t)RD_DECODE_ARENA_BYTES_MAX);
    enum rd_err err = open_ledger(router, &loading, why);
    rd_arena_fini(&loading.memory);
    if (err == RD_OK)
        err = begin_after(router, &loading, why);
    return err == RD_OK ? rd_router_choose_rules(router, why) : err;
}
