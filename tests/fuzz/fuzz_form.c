/* Form decoding: fields of a body are bounded and stay inside it; and whatever is posted to either
 * form, its answers become an original and a submission that the router can take. */
#include "adapters/form/record.h"
#include "link/http_form.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_BYTES_MAX = 1 << 24 };
#define NOW INT64_C(1795600000000000) /* in November 2026 */

static struct rd_text posted(void *context, const char *name)
{
    return rd_http_form_value(context, name);
}

static void submit(struct rd_http_fields *fields, enum rd_form_kind kind, struct rd_arena *arena)
{
    struct rd_form_state state = {.kind = kind, .reviewed = true, .started = NOW};
    const struct rd_form_moment moment = {.zone = rd_zone_find(RD_TEXT("Europe/London")),
                                          .now = NOW};
    const struct rd_feed feed = {.name = RD_TEXT("self"), .source = RD_TEXT("self")};
    struct rd_form_errors errors = {.count = 0};
    struct rd_submission submission;
    struct rd_errbuf why = {""};
    struct rd_buf original;
    for (int id = 0; id < FORM_FIELDS_COUNT; id++) {
        if (rd_form_take(&state, (enum rd_form_field_id)id, posted, fields, arena) != RD_OK)
            return;
        rd_form_check(&state, (enum rd_form_field_id)id, false, &moment, &errors);
    }
    rd_buf_init(&original, rd_alloc_heap());
    rd_form_original(&state, &original);
    PROMISE(!original.failed);
    rd_buf_fini(&original);
    enum rd_err err = rd_form_submission(&state, &feed, &moment, arena, &submission);
    PROMISE(err == RD_OK || err == RD_E_TOOBIG);
    if (err == RD_OK && errors.count == 0) /* with errors the page comes again */
        PROMISE(rd_shape_check(&rd_submission_shape, &submission, &why) == RD_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_arena arena;
    struct rd_http_fields fields;
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    if (rd_http_form_read(fuzz_text(data, size), &arena, &fields)) {
        size_t bytes = 0;
        PROMISE(fields.count <= RD_HTTP_FORM_FIELDS_MAX);
        for (size_t i = 0; i < fields.count; i++)
            bytes += fields.items[i].name.len + fields.items[i].value.len;
        PROMISE(bytes <= size);
        submit(&fields, FORM_KIND_SELF, &arena);
        submit(&fields, FORM_KIND_TELEPHONE, &arena);
    }
    rd_arena_fini(&arena);
    return 0;
}
