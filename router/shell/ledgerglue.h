/* Between the core's model structs and the ledger's opaque bytes: an update becomes one batch, a
 * stored record or entry becomes a struct again. Thread: the owner's of each glue. */
#ifndef RD_SHELL_LEDGERGLUE_H
#define RD_SHELL_LEDGERGLUE_H

#include "base/buf.h"
#include "core/core.h"
#include "ledger/ledger.h"

struct rd_glue {
    const struct rd_alloc *alloc;
    struct rd_buf bytes; /* encodings of the batch being made */
    struct rd_ledger_entry *entries;
    size_t entries_cap;
    struct rd_ledger_record *records;
    size_t records_cap;
};

void rd_glue_init(struct rd_glue *glue, const struct rd_alloc *alloc);
void rd_glue_fini(struct rd_glue *glue);

/* The update's entries and records as a batch; borrowed from `glue` until the next call.
 * RD_E_NOMEM. RD_E_TOOBIG: more entries than a batch may have. */
RD_MUST_CHECK enum rd_err rd_glue_batch(struct rd_glue *glue, const struct rd_update *update,
                                        uint64_t incarnation, struct rd_ledger_batch *out);
/* The bytes that a record is stored as, appended to `out`; nothing for a delete. */
void rd_glue_record_bytes(const struct rd_state_record *record, struct rd_buf *out);
bool rd_glue_record_deletes(const struct rd_state_record *record);
/* RD_E_CORRUPT: not of this contract. */
RD_MUST_CHECK enum rd_err rd_glue_read_record(const struct rd_ledger_record *stored,
                                              struct rd_arena *arena, struct rd_state_record *out,
                                              struct rd_errbuf *why);
RD_MUST_CHECK enum rd_err rd_glue_read_entry(const struct rd_ledger_entry *stored,
                                             struct rd_arena *arena, struct rd_entry *out,
                                             struct rd_errbuf *why);

#endif
