/* Durable before visible, in one place: a queue of encoded sends, each held until the entry it is
 * gated on is durable. The simulator and the shell use the same one. Thread: the owner's. */
#ifndef RD_CORE_GATE_H
#define RD_CORE_GATE_H

#include "base/alloc.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct rd_gate;

/* What waits: opaque to the gate. `release` is called once, in order, when it may leave. */
typedef void rd_gate_release(void *context, void *item);

struct rd_gate *rd_gate_new(const struct rd_alloc *alloc, rd_gate_release *release, void *context);
/* Items still held go to `discard`. */
void rd_gate_free(struct rd_gate *gate, void (*discard)(void *context, void *item));
/* Takes `item`; releases it at once when `number` is durable already. Numbers never decrease.
 * RD_E_NOMEM: the item is still the caller's. */
RD_MUST_CHECK enum rd_err rd_gate_hold(struct rd_gate *gate, uint64_t number, void *item);
/* Entries up to `number` are durable: everything gated on them leaves now, in order. */
void rd_gate_open(struct rd_gate *gate, uint64_t number);
uint64_t rd_gate_durable(const struct rd_gate *gate);
size_t rd_gate_held(const struct rd_gate *gate);

#endif
