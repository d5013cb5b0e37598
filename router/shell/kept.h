/* Rule sets that the ledger keeps: which one is in force, and to load any of them from its entries
 * alone. Start-up and tools; blocks. Thread: the ledger's. */
#ifndef RD_SHELL_KEPT_H
#define RD_SHELL_KEPT_H

#include "ledger/ledger.h"
#include "model/state.h"
#include "rules/load/load.h"

enum { RD_KEPT_HASH_MAX = 160 };

/* What the state tables say. Filled record by record, so that a start reads them once. */
struct rd_kept {
    char in_force[RD_KEPT_HASH_MAX]; /* "": a new ledger */
    char previous[RD_KEPT_HASH_MAX], pending[RD_KEPT_HASH_MAX];
    rd_instant pending_at;
    struct rd_ruleset_state *sets; /* complete ones; hashes owned */
    size_t count, cap;
};
void rd_kept_init(struct rd_kept *kept);
void rd_kept_fini(struct rd_kept *kept);
/* False: no memory. */
bool rd_kept_learn(struct rd_kept *kept, const struct rd_state_record *record);
/* From all records of a ledger. */
RD_MUST_CHECK enum rd_err rd_kept_read(struct rd_ledger *ledger, struct rd_kept *kept,
                                       struct rd_errbuf *why);
/* The hash that begins with `start` and no other; NULL: none, or more than one. */
const char *rd_kept_find(const struct rd_kept *kept, struct rd_text start);

/* The files of the set, in a new directory under `parent` that is the caller's to remove
 * (rd_kept_remove). RD_E_NOTFOUND: the ledger does not keep it; RD_E_CORRUPT; RD_E_IO. */
RD_MUST_CHECK enum rd_err rd_kept_extract(struct rd_ledger *ledger, const struct rd_kept *kept,
                                          const char *hash, const char *parent, char *directory,
                                          size_t directory_size, struct rd_errbuf *why);
void rd_kept_remove(const char *directory);
/* The same, loaded, with nothing left behind. RD_E_INVALID: this version does not accept it any
 * more: `why` has the first finding. */
RD_MUST_CHECK enum rd_err rd_kept_load(struct rd_ledger *ledger, const struct rd_kept *kept,
                                       const char *hash, const char *parent, struct rd_rules **out,
                                       struct rd_errbuf *why);

#endif
