/* A struct as few bytes: how the core keeps a referral between steps (about half a KiB instead of
 * two). Only for this process's memory: neither a wire nor a disk format. Thread: the core's. */
#ifndef RD_CORE_PACK_H
#define RD_CORE_PACK_H

#include "base/buf.h"
#include "core/words.h"
#include "model/fields.h"

/* Appends. Texts that are in `words`, or come in now, are put as their number. Out of memory:
 * out->failed. */
void rd_pack(const struct rd_shape *shape, const void *value, struct rd_words *words,
             struct rd_buf *out);

/* `value` gets shape->size bytes; what it points to is in `arena`, its texts in `bytes` and in
 * `words`, which must outlive it. RD_E_TOOBIG: the arena is full. RD_E_BUG: bytes that rd_pack did
 * not make. */
RD_MUST_CHECK enum rd_err rd_unpack(const struct rd_shape *shape, struct rd_text bytes,
                                    const struct rd_words *words, struct rd_arena *arena,
                                    void *value);

#endif
