/* A ledger in memory whose disk the simulator drives: appends become durable only when told, and a
 * crash loses what was not. Thread: the owner's. */
#ifndef RD_LEDGER_MEMORY_H
#define RD_LEDGER_MEMORY_H

#include "base/alloc.h"
#include "ledger/ledger.h"

struct rd_ledger *rd_ledger_memory_new(const struct rd_alloc *alloc, rd_appended *appended,
                                       void *context);
/* Makes the next `batches` queued batches durable (SIZE_MAX: all); drain then delivers them. */
void rd_ledger_memory_sync(struct rd_ledger *ledger, size_t batches);
size_t rd_ledger_memory_queued(const struct rd_ledger *ledger);
/* Power off: what is queued and not durable is gone; callbacks not yet drained are not delivered.
 */
void rd_ledger_memory_crash(struct rd_ledger *ledger);

#endif
