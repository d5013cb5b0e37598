/* From a pair in the inbox to what it holds: internal to this folder. Loop thread only. */
#ifndef RD_MESH_TAKE_H
#define RD_MESH_TAKE_H

#include "adapters/mesh/work.h"

/* Reads the pair and opens its content. RD_E_AGAIN: not now (it changed, it is gone); RD_E_IO,
 * RD_E_NOMEM: it cannot be read. */
RD_MUST_CHECK enum rd_err mesh_take(struct mesh_work *work, const struct mesh_entry *entry,
                                    struct rd_errbuf *why);

#endif
