/* A growing byte buffer with a sticky failure: build a message with many puts, check once.
 * Thread: the owner's. */
#ifndef RD_BASE_BUF_H
#define RD_BASE_BUF_H

#include "base/alloc.h"
#include "base/text.h"

struct rd_buf {
    const struct rd_alloc *alloc;
    unsigned char *bytes; /* owned; NULL while empty */
    size_t len;
    size_t cap;
    bool failed; /* out of memory at some put: the content is not to be used */
};

void rd_buf_init(struct rd_buf *buf, const struct rd_alloc *alloc);
void rd_buf_fini(struct rd_buf *buf); /* may be called twice */
void rd_buf_clear(struct rd_buf *buf);
void rd_buf_put(struct rd_buf *buf, const void *bytes, size_t len);
void rd_buf_put_text(struct rd_buf *buf, struct rd_text text);
void rd_buf_put_string(struct rd_buf *buf, const char *string);
void rd_buf_printf(struct rd_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Makes `len` (not 0) more bytes part of the buffer and returns where the caller is to write them
 * at once; NULL without memory (then buf->failed). */
unsigned char *rd_buf_extend(struct rd_buf *buf, size_t len);
/* Drops the first `count` bytes (count <= len). */
void rd_buf_drop(struct rd_buf *buf, size_t count);
/* Borrowed until the next change. Absent when empty. */
struct rd_text rd_buf_text(const struct rd_buf *buf);

#endif
