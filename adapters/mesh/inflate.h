/* gzip, with a bound on what comes out. Pure. Thread: any. */
#ifndef RD_MESH_INFLATE_H
#define RD_MESH_INFLATE_H

#include "base/buf.h"
#include "base/err.h"

/* Whether it begins as gzip does: no text of ours can. */
bool mesh_is_gzip(struct rd_text bytes);
/* Appends what was packed, all members. RD_E_TOOBIG: more than `bytes_max`; RD_E_MALFORMED:
 * damaged, cut short, or followed by something else; RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err mesh_inflate(struct rd_text bytes, size_t bytes_max, struct rd_buf *out);

#endif
