#include "csv_rig.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

int csv_rig_new(void **state, enum rd_template_kind kind)
{
    struct csv_rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rd_arena_init(&rig->file, rd_alloc_heap(), 4 << 20);
    rd_arena_init(&rig->row, rd_alloc_heap(), 8 << 20);
    rig->feed = (struct rd_feed){.name = RD_TEXT("files"), .environment = RD_ENVIRONMENT_LIVE};
    rig->options = (struct rd_template_options){
        .kind = kind, .feed = &rig->feed, .zone = &rd_zone_london, .now = CSV_RIG_NOW};
    *state = rig;
    return 0;
}

int csv_rig_free(void **state)
{
    struct csv_rig *rig = *state;
    rd_arena_fini(&rig->file);
    rd_arena_fini(&rig->row);
    free(rig);
    return 0;
}

enum rd_err csv_rig_open(struct csv_rig *rig, const char *text)
{
    rd_arena_reset(&rig->file);
    return rd_template_open(&rig->template, rd_text_of(text), &rig->options, &rig->file, &rig->why);
}

void csv_rig_next(struct csv_rig *rig)
{
    rd_arena_reset(&rig->row);
    assert_int_equal(rd_template_next(&rig->template, &rig->row, &rig->out), RD_OK);
}
