/* The ledger of a state directory, opened read-only beside a router that may be running. */
#ifndef RD_CTL_OFFLINE_H
#define RD_CTL_OFFLINE_H

#include "core/core.h"
#include "ctl/ctl.h"
#include "ledger/ledger_sqlite.h"

/* CTL_OK, or CTL_NO with a message. After CTL_OK: ledger->ops->close. */
int ctl_open_ledger(const struct ctl_args *args, struct rd_ledger **out);
/* The same with other options; directory and body key are set here. */
int ctl_open_ledger_as(const struct ctl_args *args, struct rd_ledger_sqlite_options *options,
                       struct rd_ledger **out);
/* An empty core to load or replay into: neither asks any rules. CTL_OK, or CTL_NO with a message.
 * After CTL_OK: rd_core_free. */
int ctl_open_core(struct rd_core **core);

#endif
