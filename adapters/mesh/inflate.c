#include "adapters/mesh/inflate.h"

#include <zlib.h>

enum { CHUNK = 65536, GZIP_ONLY = 16 + MAX_WBITS };

bool mesh_is_gzip(struct rd_text bytes)
{
    return rd_text_starts(bytes, "\x1f\x8b");
}

static enum rd_err inflate_some(z_stream *stream, size_t bytes_max, struct rd_buf *out, int *status)
{
    size_t before = out->len;
    size_t room = bytes_max + 1 - before;
    size_t want = room < CHUNK ? room : CHUNK;
    unsigned char *at = rd_buf_extend(out, want);
    if (at == NULL)
        return RD_E_NOMEM;
    stream->next_out = at;
    stream->avail_out = (uInt)want;
    *status = inflate(stream, Z_NO_FLUSH);
    out->len = before + want - stream->avail_out;
    if (out->len > bytes_max)
        return RD_E_TOOBIG;
    if (*status == Z_MEM_ERROR)
        return RD_E_NOMEM;
    return *status == Z_OK || *status == Z_STREAM_END ? RD_OK : RD_E_MALFORMED;
}

enum rd_err mesh_inflate(struct rd_text bytes, size_t bytes_max, struct rd_buf *out)
{
    z_stream stream = {.zalloc = Z_NULL};
    union {
        const char *from;
        Bytef *to; /* zlib never writes there */
    } input = {.from = bytes.ptr};
    if (inflateInit2(&stream, GZIP_ONLY) != Z_OK)
        return RD_E_NOMEM;
    stream.next_in = input.to;
    stream.avail_in = (uInt)bytes.len;
    enum rd_err err = RD_OK;
    int status = Z_OK;
    while (err == RD_OK) {
        err = inflate_some(&stream, bytes_max, out, &status);
        if (err != RD_OK || status != Z_STREAM_END)
            continue;
        if (stream.avail_in == 0)
            break;
        if (inflateReset(&stream) != Z_OK)
            err = RD_E_MALFORMED;
    }
    (void)inflateEnd(&stream);
    return err;
}
