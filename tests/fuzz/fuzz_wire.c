/* A peer's message: decoded within its bounds or refused; what was decoded encodes to bytes that
 * decode to the same bytes again. */
#include "model/limits.h"
#include "tests/fuzz/fuzz.h"
#include "wire/wire.h"

static bool decode(struct rd_text bytes, struct rd_arena *arena, struct rd_message *out)
{
    struct rd_errbuf why = {""};
    return rd_wire_decode(&rd_message_shape, bytes, arena, out, &why) == RD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_arena arena;
    struct rd_message first, again;
    struct rd_buf one, two;
    rd_arena_init(&arena, rd_alloc_heap(), RD_DECODE_ARENA_BYTES_MAX);
    rd_buf_init(&one, rd_alloc_heap());
    rd_buf_init(&two, rd_alloc_heap());
    if (decode(fuzz_text(data, size), &arena, &first)) {
        rd_wire_encode(&rd_message_shape, &first, &one);
        PROMISE(!one.failed);
        rd_arena_reset(&arena);
        PROMISE(decode(rd_buf_text(&one), &arena, &again));
        rd_wire_encode(&rd_message_shape, &again, &two);
        PROMISE(rd_text_equal(rd_buf_text(&one), rd_buf_text(&two)));
    }
    rd_buf_fini(&one);
    rd_buf_fini(&two);
    rd_arena_fini(&arena);
    return 0;
}
