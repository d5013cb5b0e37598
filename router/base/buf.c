#include "base/buf.h"

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rd_buf_init(struct rd_buf *buf, const struct rd_alloc *alloc)
{
    *buf = (struct rd_buf){.alloc = alloc};
}

void rd_buf_fini(struct rd_buf *buf)
{
    rd_release(buf->alloc, buf->bytes);
    rd_buf_init(buf, buf->alloc);
}

void rd_buf_clear(struct rd_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

static bool reserve(struct rd_buf *buf, size_t extra)
{
    void *items = buf->bytes;
    if (buf->failed || extra > SIZE_MAX - buf->len ||
        !rd_alloc_grow(buf->alloc, &items, &buf->cap, buf->len + extra, 1)) {
        buf->failed = true;
        return false;
    }
    buf->bytes = items;
    return true;
}

void rd_buf_put(struct rd_buf *buf, const void *bytes, size_t len)
{
    if (len == 0 || !reserve(buf, len))
        return;
    memcpy(buf->bytes + buf->len, bytes, len);
    buf->len += len;
}

unsigned char *rd_buf_extend(struct rd_buf *buf, size_t len)
{
    if (!reserve(buf, len))
        return NULL;
    unsigned char *start = buf->bytes + buf->len;
    buf->len += len;
    return start;
}

void rd_buf_put_text(struct rd_buf *buf, struct rd_text text)
{
    rd_buf_put(buf, text.ptr, text.len);
}

void rd_buf_put_string(struct rd_buf *buf, const char *string)
{
    rd_buf_put(buf, string, strlen(string));
}

void rd_buf_printf(struct rd_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        buf->failed = true;
    else if (reserve(buf, (size_t)len + 1)) {
        (void)vsnprintf((char *)buf->bytes + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void rd_buf_drop(struct rd_buf *buf, size_t count)
{
    rd_require(count <= buf->len);
    if (count > 0 && count < buf->len)
        memmove(buf->bytes, buf->bytes + count, buf->len - count);
    buf->len -= count;
}

struct rd_text rd_buf_text(const struct rd_buf *buf)
{
    if (buf->len == 0)
        return RD_TEXT_NONE;
    return (struct rd_text){(const char *)buf->bytes, buf->len};
}
