/* MLLP framing: 0x0B message 0x1C 0x0D. Survives split and pipelined reads, bytes before the start,
 * FS CR LF, a missing CR after FS, a start byte inside a frame (the earlier bytes were a frame cut
 * short) and oversize. Pure: bytes in, frames out. Thread: the owner's. */
#ifndef RD_HL7_MLLP_FRAME_H
#define RD_HL7_MLLP_FRAME_H

#include "base/buf.h"
#include "base/err.h"

enum rd_mllp_found {
    RD_MLLP_MORE = 1, /* no whole frame yet */
    RD_MLLP_MESSAGE,  /* a frame: rd_mllp_message */
    RD_MLLP_CUT,      /* a frame that another start byte cut short: its bytes are rd_mllp_message */
    RD_MLLP_OVERSIZE, /* a frame over the bound: its first bytes are rd_mllp_message, the rest is
                         skipped */
    RD_MLLP_JUNK      /* bytes outside a frame were dropped: rd_mllp_junk says how many */
};

struct rd_mllp {
    struct rd_buf buf; /* bytes not yet looked at or of the frame being read */
    size_t bytes_max;  /* of one message */
    size_t scanned;    /* bytes of buf already looked at */
    size_t taken;      /* bytes of buf to drop at the next call */
    size_t message_len;
    size_t junk;
    bool inside;   /* after a start byte */
    bool skipping; /* the rest of an oversize frame */
};

void rd_mllp_init(struct rd_mllp *mllp, const struct rd_alloc *alloc, size_t bytes_max);
void rd_mllp_fini(struct rd_mllp *mllp);
/* Adds what was read. RD_E_NOMEM: the connection is to be closed. */
RD_MUST_CHECK enum rd_err rd_mllp_put(struct rd_mllp *mllp, struct rd_text bytes);
/* The next thing found; call until RD_MLLP_MORE. */
enum rd_mllp_found rd_mllp_next(struct rd_mllp *mllp);
/* Of the last MESSAGE, CUT or OVERSIZE; borrowed until the next call. */
struct rd_text rd_mllp_message(const struct rd_mllp *mllp);
/* Bytes waiting that are part of a frame not yet whole. */
bool rd_mllp_partial(const struct rd_mllp *mllp);
/* Appends a framed message. */
void rd_mllp_frame(struct rd_buf *out, struct rd_text message);

#endif
