#include "ctl/offline.h"

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

int ctl_open_core(struct rd_core **core)
{
    struct rd_core_config config = {.alloc = rd_alloc_heap(), .version = rd_text_of(RD_VERSION)};
    *core = rd_core_new(&config);
    return *core != NULL ? CTL_OK : ctl_fail(CTL_NO, "no memory for the state machine");
}
