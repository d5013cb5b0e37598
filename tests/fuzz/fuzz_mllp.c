/* MLLP framing: however the bytes are cut into reads, the same frames come out, each within the
 * bound, and nothing is made up. */
#include "adapters/hl7v2/mllp_frame.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { BYTES_MAX = 64 };

static void frames(const uint8_t *data, size_t size, size_t step, struct rd_buf *out)
{
    struct rd_mllp mllp;
    rd_mllp_init(&mllp, rd_alloc_heap(), BYTES_MAX);
    for (size_t at = 0; at < size; at += step) {
        size_t len = size - at < step ? size - at : step;
        enum rd_mllp_found found;
        PROMISE(rd_mllp_put(&mllp, fuzz_text(data + at, len)) == RD_OK);
        while ((found = rd_mllp_next(&mllp)) != RD_MLLP_MORE) {
            if (found == RD_MLLP_JUNK)
                continue;
            struct rd_text message = rd_mllp_message(&mllp);
            PROMISE(message.len <= size);
            PROMISE(found != RD_MLLP_MESSAGE || message.len <= BYTES_MAX);
            if (found != RD_MLLP_MESSAGE)
                continue; /* how much of a cut or oversize one is kept may depend on the reads */
            rd_buf_printf(out, "%zu:", message.len);
            rd_buf_put_text(out, message);
        }
    }
    rd_mllp_fini(&mllp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_buf whole, bytes;
    rd_buf_init(&whole, rd_alloc_heap());
    rd_buf_init(&bytes, rd_alloc_heap());
    frames(data, size, size == 0 ? 1 : size, &whole);
    frames(data, size, 1, &bytes);
    PROMISE(rd_text_equal(rd_buf_text(&whole), rd_buf_text(&bytes)));
    rd_buf_fini(&whole);
    rd_buf_fini(&bytes);
    return 0;
}
