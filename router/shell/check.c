/* referrald --check: says whether this place and this state would start, and starts nothing. */
#include "shell/router.h"

#include "rules/load/load.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

/* The rules that a start would run under: the ledger's, when it keeps some. */
static enum rd_err check_kept(const struct rd_options *options, struct rd_ledger *ledger,
                              struct rd_errbuf *why)
{
    struct rd_kept kept;
    struct rd_rules *rules = NULL;
    rd_kept_init(&kept);
    enum rd_err err = rd_kept_read(ledger, &kept, why);
    if (err == RD_OK && kept.in_force[0] != '\0') {
        err = rd_kept_load(ledger, &kept, kept.in_force, options->state, &rules, why);
        if (err == RD_OK)
            printf("rules in force: %.12s, from the ledger%s%.12s\n", kept.in_force,
                   kept.pending[0] == '\0' ? "" : "; waits for its time: ", kept.pending);
        err = err == RD_E_NOTFOUND ? RD_OK : err; /* of before rule sets were kept */
        rd_rules_free(rules);
    }
    rd_kept_fini(&kept);
    return err;
}

static enum rd_err check_ledger(const struct rd_options *options, const struct rd_state_keys *keys,
                                struct rd_errbuf *why)
{
    struct rd_ledger_sqlite_options ledger_options = {
        .directory = options->state, .body_key = keys->body_key, .read_only = true};
    struct rd_ledger *ledger = NULL;
    struct rd_ledger_report report;
    if (!rd_state_has_ledger(options->state)) {
        puts("ledger: none yet; the first start makes one");
        return RD_OK;
    }
    enum rd_err err = rd_ledger_sqlite_open(&ledger_options, false, &ledger, why);
    if (err != RD_OK)
        return err;
    err = rd_ledger_sqlite_verify(ledger, NULL, NULL, &report, why);
    if (err == RD_OK)
        err = check_kept(options, ledger, why);
    ledger->ops->close(ledger);
    if (err == RD_OK)
        printf("ledger: %" PRIu64 " entries, %" PRIu64 " records, %" PRIu64 " bodies: intact\n",
               report.entries, report.records, report.bodies);
    return err;
}

static enum rd_err check_state(const struct rd_options *options, struct rd_errbuf *why)
{
    struct rd_state_keys keys;
    struct rd_key_table *table = NULL;
    char directory[RD_STATE_PATH_MAX];
    enum rd_err err = rd_state_prepare(options->state, false, NULL, why);
    if (err == RD_E_NOTFOUND) {
        printf("state: %s: not there yet; the first start makes it\n", options->state);
        return RD_OK;
    }
    if (err == RD_OK)
        err = rd_state_path(options->state, "keys", directory, why);
    if (err == RD_OK)
        err = rd_key_table_load(directory, &table, why);
    rd_key_table_free(table);
    if (err == RD_OK)
        err = rd_state_keys_read(options->state, &keys, why);
    if (err != RD_OK)
        return err;
    puts("keys: in order");
    err = check_ledger(options, &keys, why);
    rd_state_keys_wipe(&keys);
    return err;
}

int rd_router_check(const struct rd_options *options)
{
    struct rd_errbuf why = {{0}};
    struct rd_rules *rules = NULL;
    char address[RD_ENDPOINT_BYTES_MAX];
    unsigned port = 0;
    if (sodium_init() < 0) {
        fputs("referrald: libsodium cannot start: no source of randomness\n", stderr);
        return 1;
    }
    enum rd_err err = rd_options_split_ops(options->ops, address, &port, &why);
    if (err == RD_OK)
        err = rd_router_load_rules(options, &rules, &why);
    if (err == RD_OK) {
        const struct rd_place *place = rd_rules_place(rules);
        printf("place: %.*s: %zu feeds, %zu teams, rule set %.*s\n", RD_TEXT_ARG(place->title),
               place->feeds_count, place->teams_count, RD_TEXT_ARG(place->hash));
        err = check_state(options, &why);
    }
    rd_rules_free(rules);
    if (err == RD_OK)
        return 0;
    fprintf(stderr, "referrald: %s\n", why.text);
    return 1;
}
