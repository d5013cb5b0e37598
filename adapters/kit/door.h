/* Who may come in at a door: its TLS certificate, the authority of its partners' certificates, and
 * which certificate may send on which feed. From the file that --tls names. Constant once read;
 * expiry is looked at by rd_door_watch. Loop thread only. */
#ifndef RD_KIT_DOOR_H
#define RD_KIT_DOOR_H

#include "adapters/kit/frame.h"
#include "base/buf.h"
#include "link/tls.h"

enum { RD_DOOR_PARTNERS_MAX = 64, RD_DOOR_EXPIRY_DAYS = 30 };

struct rd_door;

/* RD_E_INVALID with file, line, column, found, expected; RD_E_IO, RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_door_read(const char *path, const struct rd_frame *frame,
                                       struct rd_door **out, struct rd_errbuf *why);
const struct rd_tls *rd_door_tls(const struct rd_door *door); /* NULL for NULL */
/* Whether whoever showed a certificate of that name (absent: none) may send on that feed. A NULL
 * door, and one that names no partners, lets everybody in whom TLS let in. */
bool rd_door_allows(const struct rd_door *door, struct rd_text peer_name, struct rd_text feed);
/* Says in the log, now and every day, that our own certificate ends within RD_DOOR_EXPIRY_DAYS. */
void rd_door_watch(struct rd_door *door, struct rd_frame *frame);
/* When our own certificate ends, as a metric. NULL allowed: nothing. */
void rd_door_metrics(const struct rd_door *door, const char *program, struct rd_buf *out);
/* Ends the watching; free it when the loop has ended. NULL allowed. */
void rd_door_close(struct rd_door *door);
void rd_door_free(struct rd_door *door);

#endif
