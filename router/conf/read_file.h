/* A whole file into memory, bounded. Blocks. Thread: any. */
#ifndef RD_CONF_READ_FILE_H
#define RD_CONF_READ_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* RD_E_IO (cannot be read), RD_E_TOOBIG (more than `bytes_max`), RD_E_NOMEM. `into` is initialised
 * by the caller. */
RD_MUST_CHECK enum rd_err rd_read_file(const char *path, size_t bytes_max, struct rd_buf *into,
                                       struct rd_errbuf *why);
/* The same of a regular file only: a directory, a device or a pipe that nobody writes to is RD_E_IO
 * at once, and never waited for. */
RD_MUST_CHECK enum rd_err rd_read_regular_file(const char *path, size_t bytes_max,
                                               struct rd_buf *into, struct rd_errbuf *why);

#endif
