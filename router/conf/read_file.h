/* A whole file into memory, bounded. Blocks. Thread: any. */
#ifndef RD_CONF_READ_FILE_H
#define RD_CONF_READ_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* RD_E_IO (cannot be read), RD_E_TOOBIG (more than `bytes_max`), RD_E_NOMEM. `into` is initialised
 * by the caller. */
RD_MUST_CHECK enum rd_err rd_read_file(const char *path, size_t bytes_max, struct rd_buf *into,
                                       struct rd_errbuf *why);

#endif
