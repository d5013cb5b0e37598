/* submit --paper: calls that were taken on paper while nothing worked, a row each. cmd_paper.c
 * reads and checks the whole file; paper_enter.c enters its rows; paper_report.c says and writes
 * what became of each. Single thread. */
#ifndef RD_CTL_PAPER_H
#define RD_CTL_PAPER_H

#include "adapters/csv/template.h"
#include "ctl/client.h"
#include "ctl/reading.h"

#include <jansson.h>

struct ctl_paper {
    const struct ctl_args *args;
    const char *path;
    struct ctl_feed_reading open;
    const struct rd_place *place;
    struct rd_template_options options;
    struct rd_arena file; /* the text, and the references seen */
    struct rd_arena row;  /* reset between rows */
    struct rd_text text;
    json_t *report; /* one object a row; nothing of a person */
};

/* From the first row again. CTL_OK, or CTL_NO with a message. */
int ctl_paper_rewind(struct ctl_paper *paper, struct rd_template *template);
/* All rows, in order; stops when the router is away. CTL_NO: some are not entered. */
int ctl_paper_enter(struct ctl_paper *paper);

/* One row's object, added to the report; borrowed. */
json_t *ctl_paper_row(struct ctl_paper *paper, const struct rd_template_row *row,
                      const char *outcome);
/* The decisive words for whoever reads the report: whom to ring, what to look at. */
void ctl_paper_todo(json_t *row, struct rd_text words);
/* An instant as people of the place read it. */
void ctl_paper_set_time(const struct ctl_paper *paper, json_t *row, const char *name,
                        rd_instant at);
void ctl_paper_set_text(json_t *row, const char *name, struct rd_text value);
/* A few lines; with --json nothing yet. */
void ctl_paper_say(const struct ctl_paper *paper, const json_t *row);
/* With --json all rows. */
void ctl_paper_print(const struct ctl_paper *paper);
/* The file that the report goes to can be written: asked before anything is entered. */
int ctl_paper_report_begin(const struct ctl_paper *paper);
int ctl_paper_report_end(const struct ctl_paper *paper);

#endif
