#include "hl7_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

int hl7_rig_setup(void **state)
{
    static struct fixture fixture;
    rd_arena_init(&fixture.arena, rd_alloc_heap(), 1 << 20);
    fixture.mapping = (struct rd_hl7_mapping){.zone = &rd_zone_london};
    *state = &fixture;
    return 0;
}

int hl7_rig_teardown(void **state)
{
    struct fixture *f = *state;
    rd_arena_fini(&f->arena);
    return 0;
}

const struct rd_hl7_read *read_text(struct fixture *f, struct rd_text bytes)
{
    rd_arena_reset(&f->arena);
    assert_int_equal(rd_hl7_read(&f->mapping, RD_TEXT("kgh-pas"), bytes, &f->arena, &f->read),
                     RD_OK);
    return &f->read;
}

const struct rd_hl7_read *read_string(struct fixture *f, const char *bytes)
{
    return read_text(f, rd_text_of(bytes));
}

void assert_text(struct rd_text text, const char *expected)
{
    if (!rd_text_is(text, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, RD_TEXT_ARG(text));
}
