/* HL7 v2: every message becomes a submission that the router can take, and an answer. */
#include "adapters/hl7v2/hl7_ack.h"
#include "adapters/hl7v2/hl7_read.h"
#include "adapters/hl7v2/hl7_receipt.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024 };

static void answer(const struct rd_hl7_read *read)
{
    struct rd_buf out;
    const struct rd_hl7_ack ack = {.code = "AE",
                                   .error = RD_HL7_DATA_TYPE,
                                   .location = RD_TEXT("PID-3"),
                                   .words = RD_TEXT("a | in ^ words"),
                                   .control_id = RD_TEXT("1")};
    rd_buf_init(&out, rd_alloc_heap());
    rd_hl7_ack_write(&read->header, &ack, &out);
    PROMISE(!out.failed && out.len > 8);
    rd_buf_fini(&out);
}

static void receipt(struct rd_text original, struct rd_arena *arena)
{
    struct rd_buf out;
    struct rd_errbuf why = {""};
    char id[RD_HL7_RECEIPT_ID_MAX];
    const struct rd_receipt made = {.stage = RD_RECEIPT_ROUTED, .original = original};
    rd_buf_init(&out, rd_alloc_heap());
    if (rd_hl7_receipt(&made, arena, &out, id, &why) == RD_OK)
        PROMISE(out.len > 8 && strlen(id) == RD_HL7_RECEIPT_ID_MAX - 1);
    (void)rd_hl7_receipt_verdict(original, "1", arena);
    rd_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_arena arena;
    struct rd_hl7_read read;
    const struct rd_hl7_mapping mapping = {.zone = rd_zone_find(RD_TEXT("Europe/London")),
                                           .pathway = {"ZDP", 2, 1}};
    struct rd_text bytes = fuzz_text(data, size);
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    if (rd_hl7_read(&mapping, RD_TEXT("gp"), bytes, &arena, &read) == RD_OK) {
        struct rd_errbuf why = {""};
        enum rd_err err = rd_shape_check(&rd_submission_shape, &read.submission, &why);
        PROMISE(err == RD_OK || err == RD_E_TOOBIG); /* too big: the door reads it over */
        /* a refusal is recorded without its body; anything else keeps every byte */
        PROMISE(rd_text_present(read.submission.refused_code) ||
                read.submission.original.len == size);
        answer(&read);
    }
    rd_arena_reset(&arena);
    receipt(bytes, &arena);
    rd_arena_fini(&arena);
    return 0;
}
