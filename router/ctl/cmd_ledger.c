#include "ctl/again.h"

#include "model/limits.h"
#include "shell/ledgerglue.h"
#include "wire/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static void on_progress(void *context, uint64_t done, uint64_t all)
{
    (void)context;
    if (isatty(STDERR_FILENO) && all > 0)
        fprintf(stderr, "\r%3.0f %%", 100.0 * (double)done / (double)all);
}

struct loading {
    struct rd_core *core;
    struct rd_arena memory;
    struct rd_errbuf *why;
    enum rd_err err;
};

static bool load_record(void *context, const struct rd_ledger_record *stored)
{
    struct loading *loading = context;
    struct rd_state_record record;
    loading->err = rd_glue_read_record(stored, &loading->memory, &record, loading->why);
    if (loading->err == RD_OK)
        loading->err = rd_core_load(loading->core, &record, loading->why);
    rd_arena_reset(&loading->memory);
    return loading->err == RD_OK;
}

/* The invariants of the state itself: those that the ledger alone cannot show. */
static int check_invariants(struct rd_ledger *ledger)
{
    struct rd_errbuf why = {{0}};
    struct loading loading = {.why = &why};
    int status = ctl_open_core(&loading.core);
    if (status != CTL_OK)
        return status;
    rd_arena_init(&loading.memory, rd_alloc_heap(), 4 * (size_t)RD_DECODE_ARENA_BYTES_MAX);
    enum rd_err err = ledger->ops->each_record(ledger, load_record, &loading, &why);
    if (loading.err != RD_OK)
        err = loading.err;
    if (err == RD_OK)
        err = rd_core_check(loading.core, &why);
    rd_arena_fini(&loading.memory);
    rd_core_free(loading.core);
    if (err != RD_OK)
        return ctl_fail(CTL_NO, "invariants: %s", why.text);
    puts("invariants: hold");
    return CTL_OK;
}

int ctl_ledger_verify(const struct ctl_args *args)
{
    struct rd_ledger *ledger = NULL;
    struct rd_ledger_report report;
    struct rd_errbuf why = {{0}};
    int status = ctl_open_ledger(args, &ledger);
    if (status != CTL_OK)
        return status;
    enum rd_err err = rd_ledger_sqlite_verify(ledger, on_progress, NULL, &report, &why);
    if (isatty(STDERR_FILENO))
        fputc('\r', stderr);
    if (err != RD_OK) {
        status = ctl_fail(CTL_NO, "%s", why.text);
    } else {
        printf("%" PRIu64 " entries, %" PRIu64 " records, %" PRIu64 " bodies: file, chain, bodies "
               "and head are intact; head is entry %" PRIu64 "\n",
               report.entries, report.records, report.bodies, report.head.number);
        status = check_invariants(ledger);
    }
    if (status == CTL_OK)
        status = ctl_verify_decisions(ledger);
    ledger->ops->close(ledger);
    return status;
}

struct exporting {
    struct rd_arena memory;
    struct rd_errbuf why;
    enum rd_err err;
};

static bool export_entry(void *context, const struct rd_ledger_entry *stored)
{
    struct exporting *exporting = context;
    struct rd_entry entry;
    exporting->err = rd_glue_read_entry(stored, &exporting->memory, &entry, &exporting->why);
    if (exporting->err == RD_OK)
        ctl_show_json(&rd_entry_shape, &entry);
    rd_arena_reset(&exporting->memory);
    return exporting->err == RD_OK;
}

static bool read_entry_number(const struct ctl_args *args, enum ctl_option_id option,
                              uint64_t fallback, uint64_t *out)
{
    int64_t number = 0;
    *out = fallback;
    if (args->values[option] == NULL)
        return true;
    if (!rd_text_to_i64(rd_text_of(args->values[option]), &number) || number < 1) {
        ctl_fail(CTL_USE, "--%s %s: expected an entry's number, from 1", ctl_options[option].name,
                 args->values[option]);
        return false;
    }
    *out = (uint64_t)number;
    return true;
}

int ctl_ledger_export(const struct ctl_args *args)
{
    struct rd_ledger *ledger = NULL;
    struct exporting exporting = {.err = RD_OK};
    uint64_t from = 0;
    uint64_t until = 0;
    if (!read_entry_number(args, OPT_FROM, 1, &from) ||
        !read_entry_number(args, OPT_UNTIL, UINT64_MAX, &until))
        return CTL_USE;
    int status = ctl_open_ledger(args, &ledger);
    if (status != CTL_OK)
        return status;
    uint64_t head = ledger->ops->head(ledger).number;
    until = until < head ? until : head;
    rd_arena_init(&exporting.memory, rd_alloc_heap(), 4 * (size_t)RD_DECODE_ARENA_BYTES_MAX);
    enum rd_err err =
        ledger->ops->each_entry(ledger, from, until, export_entry, &exporting, &exporting.why);
    if (exporting.err != RD_OK)
        err = exporting.err;
    rd_arena_fini(&exporting.memory);
    ledger->ops->close(ledger);
    return err == RD_OK ? CTL_OK : ctl_fail(CTL_NO, "%s", exporting.why.text);
}
