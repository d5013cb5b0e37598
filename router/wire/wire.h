/* Model structs to protobuf bytes and back, for any shape. The only folder that sees *.pb-c.h.
 * Decoding is bounded (arena), checks UTF-8, NUL, enum range, instants and, for a message, every
 * limit (rd_shape_check): what comes out may be trusted for form. Unknown fields are ignored.
 * Thread: any; no state. */
#ifndef RD_WIRE_WIRE_H
#define RD_WIRE_WIRE_H

#include "base/buf.h"
#include "model/message.h"

/* Appends the encoding of `value` (a struct of `shape`) to `out`. The same value gives the same
 * bytes always. Out of memory: out->failed. Bug when the shape is not of the contract. */
void rd_wire_encode(const struct rd_shape *shape, const void *value, struct rd_buf *out);

/* Decodes into `value` (shape->size bytes, the caller's), everything it points to in `arena`: the
 * input may go. A message (rd_message_shape) comes from a peer: it may have RD_FRAME_BYTES_MAX
 * bytes, take RD_DECODE_ARENA_BYTES_MAX, and every limit is checked. Anything else was written by
 * the router itself around what was accepted once, and must stay readable: twice those bounds
 * (RD_STORED_...: an arena for reading the ledger must allow for it), and no field's limit is
 * checked. A message of an unknown kind decodes to one with no arm set.
 * RD_E_MALFORMED, RD_E_TOOBIG: `why` (optional) gets the path, never a value; `value` is not to be
 * used. */
RD_MUST_CHECK enum rd_err rd_wire_decode(const struct rd_shape *shape, struct rd_text bytes,
                                         struct rd_arena *arena, void *value,
                                         struct rd_errbuf *why);

#endif
