#include "adapters/hl7v2/mllp_frame.h"

enum { START = 0x0B, END = 0x1C, AFTER = 0x0D };

void rd_mllp_init(struct rd_mllp *mllp, const struct rd_alloc *alloc, size_t bytes_max)
{
    *mllp = (struct rd_mllp){.bytes_max = bytes_max};
    rd_buf_init(&mllp->buf, alloc);
}

void rd_mllp_fini(struct rd_mllp *mllp)
{
    rd_buf_fini(&mllp->buf);
}

enum rd_err rd_mllp_put(struct rd_mllp *mllp, struct rd_text bytes)
{
    rd_buf_put_text(&mllp->buf, bytes);
    return mllp->buf.failed ? RD_E_NOMEM : RD_OK;
}

/* Drops `count` bytes at the front; what stays has not been looked at. */
static void drop(struct rd_mllp *mllp, size_t count)
{
    rd_buf_drop(&mllp->buf, count);
    mllp->scanned = 0;
}

/* Outside a frame: CR, LF and blanks between frames are silent, anything else is junk. */
static enum rd_mllp_found outside(struct rd_mllp *mllp)
{
    size_t at = 0;
    mllp->junk = 0;
    for (; at < mllp->buf.len && mllp->buf.bytes[at] != START; at++) {
        unsigned char c = mllp->buf.bytes[at];
        if (c != '\r' && c != '\n' && c != ' ' && c != END)
            mllp->junk++;
    }
    if (at < mllp->buf.len) {
        mllp->inside = true;
        at++; /* the start byte */
    }
    drop(mllp, at);
    return mllp->junk > 0 ? RD_MLLP_JUNK : RD_MLLP_MORE;
}

/* Hands out the first `len` bytes of the buffer; they and `after` more go at the next call. */
static enum rd_mllp_found hand_out(struct rd_mllp *mllp, size_t len, size_t after,
                                   enum rd_mllp_found found)
{
    mllp->message_len = len;
    mllp->taken = len + after;
    return found;
}

/* Inside a frame: looks for FS or another start. FS alone ends it: waiting for the CR would wait
 * for ever on a sender that leaves it out; a CR that comes later is dropped between frames. */
static enum rd_mllp_found inside(struct rd_mllp *mllp)
{
    const unsigned char *bytes = mllp->buf.bytes;
    for (; mllp->scanned < mllp->buf.len; mllp->scanned++) {
        size_t at = mllp->scanned;
        if (bytes[at] == START) {
            mllp->inside = true; /* the new frame begins here */
            return hand_out(mllp, at, 1, RD_MLLP_CUT);
        }
        if (bytes[at] != END)
            continue;
        mllp->inside = false;
        bool after = at + 1 < mllp->buf.len && bytes[at + 1] == AFTER;
        return hand_out(mllp, at, after ? 2 : 1, RD_MLLP_MESSAGE);
    }
    if (mllp->buf.len > mllp->bytes_max && !mllp->skipping) {
        enum rd_mllp_found found = hand_out(mllp, mllp->buf.len, 0, RD_MLLP_OVERSIZE);
        mllp->skipping = true;
        return found;
    }
    if (mllp->skipping)
        drop(mllp, mllp->buf.len);
    return RD_MLLP_MORE;
}

enum rd_mllp_found rd_mllp_next(struct rd_mllp *mllp)
{
    for (;;) {
        if (mllp->taken > 0) {
            drop(mllp, mllp->taken);
            mllp->taken = 0;
        }
        mllp->message_len = 0;
        if (!mllp->inside) {
            enum rd_mllp_found found = outside(mllp);
            if (found == RD_MLLP_JUNK || !mllp->inside)
                return found;
        }
        enum rd_mllp_found found = inside(mllp);
        bool ended = found == RD_MLLP_MESSAGE || found == RD_MLLP_CUT;
        if (ended && mllp->skipping) {
            mllp->skipping = false; /* the tail of the oversize frame: told of already */
            continue;
        }
        if (found == RD_MLLP_MESSAGE && mllp->message_len > mllp->bytes_max)
            return RD_MLLP_OVERSIZE;
        return found;
    }
}

struct rd_text rd_mllp_message(const struct rd_mllp *mllp)
{
    return (struct rd_text){(const char *)mllp->buf.bytes, mllp->message_len};
}

bool rd_mllp_partial(const struct rd_mllp *mllp)
{
    return mllp->inside || mllp->buf.len > mllp->taken;
}

void rd_mllp_frame(struct rd_buf *out, struct rd_text message)
{
    const unsigned char start = START;
    const unsigned char end[] = {END, AFTER};
    rd_buf_put(out, &start, 1);
    rd_buf_put_text(out, message);
    rd_buf_put(out, end, sizeof end);
}
