/* Form decoding: fields of a body are bounded and stay inside it. */
#include "link/http_request.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_http_request request = {.body = {.bytes = NULL}};
    rd_buf_init(&request.body, rd_alloc_heap());
    rd_buf_put(&request.body, data, size);
    rd_arena_init(&request.arena, rd_alloc_heap(), 1 << 24);
    if (rd_http_request_parse_form(&request)) {
        size_t bytes = 0;
        PROMISE(request.fields_count <= RD_HTTP_FORM_FIELDS_MAX);
        for (size_t i = 0; i < request.fields_count; i++)
            bytes += request.fields[i].name.len + request.fields[i].value.len;
        PROMISE(bytes <= size);
        (void)rd_http_form(&request, "words");
    }
    rd_arena_fini(&request.arena);
    rd_buf_fini(&request.body);
    return 0;
}
