/* MESH control files: an answer for every file, and what is read of one does not depend on it being
 * read twice. */
#include "adapters/mesh/ctl.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_errbuf why = {""};
    struct mesh_ctl ctl, again;
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), 64 * 1024);
    enum rd_err err = mesh_ctl_read(fuzz_text(data, size), &arena, &ctl, &why);
    PROMISE((err == RD_OK) == (why.text[0] == '\0'));
    PROMISE(err == RD_OK || err == RD_E_MALFORMED || err == RD_E_TOOBIG);
    PROMISE(ctl.from.len <= MESH_CTL_VALUE_MAX && ctl.dts_id.len <= MESH_CTL_VALUE_MAX);
    PROMISE(mesh_ctl_read(fuzz_text(data, size), &arena, &again, NULL) == err);
    PROMISE(rd_text_equal(ctl.from, again.from) && rd_text_equal(ctl.dts_id, again.dts_id));
    rd_arena_fini(&arena);
    return 0;
}
