/* What the tests of both templates share: a feed, a file of it that is open, one row. */
#ifndef RD_TESTS_CSV_RIG_H
#define RD_TESTS_CSV_RIG_H

#include "adapters/csv/template.h"

#define CSV_RIG_NOW ((rd_instant)1795305600 * RD_SECOND_US) /* 2026-11-22 */

struct csv_rig {
    struct rd_arena file, row;
    struct rd_feed feed;
    struct rd_template_options options;
    struct rd_template template;
    struct rd_template_row out;
    struct rd_errbuf why;
};

/* For cmocka; 0. */
int csv_rig_new(void **state, enum rd_template_kind kind);
int csv_rig_free(void **state);
/* Forgets the file before; its heading is read. `text` is borrowed until the next. */
enum rd_err csv_rig_open(struct csv_rig *rig, const char *text);
/* The next row into `out`; fails the test when there is none. */
void csv_rig_next(struct csv_rig *rig);

#endif
