/* What senders are told after HELD: one receipt of a referral is out at a time. */
#ifndef RD_CORE_RECEIPTS_H
#define RD_CORE_RECEIPTS_H

#include "core/state.h"

bool rd_receipts_pump(struct rd_core *core, struct rd_watcher *watch);
/* The end of a step: for every feed that somebody takes receipts of. */
bool rd_receipts_pump_all(struct rd_core *core);
bool rd_receipt_acked(struct rd_core *core, struct rd_session *session);
bool rd_receipt_late(struct rd_core *core, struct rd_held *held);

#endif
