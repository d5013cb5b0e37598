/* How many bytes of answers libzmq holds for somebody who does not read them. Its high-water mark
 * counts messages: enough for rows, of a hundred bytes; not for lists and records, of up to a
 * mebibyte each. So large messages are counted in bytes here, until libzmq has passed them on or
 * thrown them away, which it says on its own thread. One load may stand for several connections. */
#ifndef RD_LINK_ZLOAD_H
#define RD_LINK_ZLOAD_H

#include "base/err.h"
#include "base/text.h"

#include <zmq.h>

enum {
    RD_ZLOAD_COUNTED_BYTES = 1024 /* what is smaller, the high-water mark bounds well enough */
};

struct rd_zload;

/* With one holder. NULL only without memory. */
struct rd_zload *rd_zload_new(void);
struct rd_zload *rd_zload_share(struct rd_zload *load); /* one holder more */
/* One holder less; NULL is allowed. Freed with the last holder and the last message. */
void rd_zload_release(struct rd_zload *load);
/* A frame with a copy of the bytes, counted until it is closed. RD_E_AGAIN: over
 * RD_PEER_BYTES_MAX with what is unread; RD_E_NOMEM. Loop thread. */
RD_MUST_CHECK enum rd_err rd_zload_frame(struct rd_zload *load, struct rd_text bytes,
                                         zmq_msg_t *frame);

#endif
