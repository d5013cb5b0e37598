/* FHIR in JSON, with the headers: every body becomes a submission, or is refused with an
 * OperationOutcome; what is held can be answered. */
#include "adapters/fhir/fhir_merge.h"
#include "adapters/fhir/fhir_read.h"
#include "adapters/fhir/fhir_reply.h"
#include "adapters/fhir/fhir_response.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_BYTES_MAX = 32 * 1024 * 1024 };

static void reply(struct rd_text body)
{
    struct rd_buf out;
    const struct rd_fhir_held held = {.referral = RD_TEXT("7K3Q9-M2X4T"),
                                      .answer = RD_TEXT("open < now > & here"),
                                      .encounter_status = "planned"};
    rd_buf_init(&out, rd_alloc_heap());
    enum rd_err err = rd_fhir_reply_held(body, &held, &out);
    PROMISE(err == RD_OK || err == RD_E_MALFORMED || err == RD_E_NOMEM);
    rd_buf_fini(&out);
}

/* With itself nothing changes; with another message nothing breaks. */
static void merge(struct rd_text body)
{
    struct rd_buf out;
    struct rd_fhir_merged result;
    const struct rd_text other =
        RD_TEXT("{\"resourceType\": \"Bundle\", \"entry\": [{\"resource\": {\"resourceType\": "
                "\"Patient\", \"id\": \"1\"}}]}");
    rd_buf_init(&out, rd_alloc_heap());
    enum rd_err err = rd_fhir_merge(body, body, &out, &result);
    PROMISE(err == RD_OK || err == RD_E_MALFORMED || err == RD_E_TOOBIG);
    PROMISE(err != RD_OK || result.taken + result.older + result.kept == 0);
    rd_buf_clear(&out);
    err = rd_fhir_merge(other, body, &out, &result);
    PROMISE(err == RD_OK || err == RD_E_MALFORMED || err == RD_E_TOOBIG);
    rd_buf_fini(&out);
}

static void response(struct rd_text body)
{
    struct rd_buf out;
    struct rd_errbuf why = {""};
    struct rd_fhir_response_headers headers;
    const struct rd_receipt receipt = {
        .stage = RD_RECEIPT_REFUSED, .reply_to = RD_TEXT("system|value"), .original = body};
    rd_buf_init(&out, rd_alloc_heap());
    enum rd_err err = rd_fhir_response(&receipt, RD_TEXT_NONE, &out, &headers, &why);
    PROMISE((err == RD_OK) == (why.text[0] == '\0'));
    rd_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_arena arena;
    struct rd_fhir_read read;
    struct rd_text body = fuzz_text(data, size);
    const struct rd_fhir_headers headers = {
        .request_id = RD_TEXT("11111111-2222-4333-8444-555555555555"),
        .correlation_id = RD_TEXT("99999999-8888-4777-8666-555555555555")};
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    if (rd_fhir_read(RD_TEXT("cad"), RD_ENVIRONMENT_LIVE, &headers, body, &arena, &read) == RD_OK) {
        struct rd_errbuf why = {""};
        struct rd_buf out;
        enum rd_err err = rd_shape_check(&rd_submission_shape, &read.submission, &why);
        PROMISE(err == RD_OK || err == RD_E_TOOBIG);
        PROMISE(rd_text_present(read.submission.key));
        rd_buf_init(&out, rd_alloc_heap());
        if (read.failure.http != 0)
            rd_fhir_reply_outcome(&read.failure, size % 2 == 0, &out);
        PROMISE(!out.failed);
        rd_buf_fini(&out);
    }
    merge(body);
    reply(body);
    response(body);
    (void)rd_fhir_is_duplicate(body);
    rd_arena_fini(&arena);
    return 0;
}
