/* DMN files: read, or refused with findings; never anything else. */
#include "rules/engine/dmn/dmn.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024 };

static void on_found(void *context, enum rd_severity severity, struct rd_pos pos, const char *words)
{
    size_t *errors = context;
    (void)pos;
    PROMISE(words != NULL && words[0] != '\0');
    *errors += severity == RD_SEVERITY_ERROR ? 1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_arena arena;
    struct rd_dmn dmn;
    size_t errors = 0;
    const struct rd_dmn_sink sink = {&errors, on_found};
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    enum rd_err err = rd_dmn_read(fuzz_text(data, size), &arena, &sink, &dmn);
    PROMISE(err == RD_OK || err == RD_E_INVALID || err == RD_E_TOOBIG || err == RD_E_NOMEM);
    PROMISE((err == RD_E_INVALID) == (errors > 0) || err == RD_E_TOOBIG || err == RD_E_NOMEM);
    rd_arena_fini(&arena);
    return 0;
}
