#include "ctl/offline.h"

#include "rules/load/load.h"
#include "shell/state_dir.h"

int ctl_open_ledger(const struct ctl_args *args, struct rd_ledger **out)
{
    struct rd_ledger_sqlite_options options = {.read_only = true};
    return ctl_open_ledger_as(args, &options, out);
}

int ctl_open_ledger_as(const struct ctl_args *args, struct rd_ledger_sqlite_options *options,
                       struct rd_ledger **out)
{
    struct rd_state_keys keys;
    struct rd_errbuf why = {{0}};
    const char *state = ctl_state(args);
    enum rd_err err = rd_state_prepare(state, false, NULL, &why);
    if (err == RD_OK)
        err = rd_state_keys_read(state, &keys, &why);
    if (err != RD_OK)
        return ctl_fail(CTL_NO, "%s", why.text);
    options->directory = state;
    options->body_key = keys.body_key;
    err = rd_ledger_sqlite_open(options, false, out, &why);
    rd_state_keys_wipe(&keys);
    return err == RD_OK ? CTL_OK : ctl_fail(CTL_NO, "%s", why.text);
}

int ctl_open_core(const struct ctl_args *args, struct rd_rules **rules, struct rd_core **core)
{
    const char *place = ctl_place(args);
    *rules = NULL;
    *core = NULL;
    if (place == NULL)
        return CTL_USE;
    if (rd_rules_load(place, rd_alloc_heap(), NULL, NULL, rules) != RD_OK)
        return ctl_fail(CTL_NO, "%s does not load; see referralctl rules check %s", place, place);
    struct rd_core_config config = {
        .alloc = rd_alloc_heap(), .rules = *rules, .version = rd_text_of(RD_VERSION)};
    *core = rd_core_new(&config);
    if (*core != NULL)
        return CTL_OK;
    rd_rules_free(*rules);
    return ctl_fail(CTL_NO, "no memory for the state machine");
}

void ctl_close_core(struct rd_rules *rules, struct rd_core *core)
{
    rd_core_free(core);
    rd_rules_free(rules);
}
