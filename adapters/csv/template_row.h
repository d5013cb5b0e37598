/* One row on its way to a submission: for template.c and template_row.c. */
#ifndef RD_CSV_TEMPLATE_ROW_H
#define RD_CSV_TEMPLATE_ROW_H

#include "adapters/csv/template.h"

enum rd_template_column {
    COL_REFERENCE,
    COL_NHS_NUMBER,
    COL_FAMILY,
    COL_GIVEN,
    COL_BIRTH,
    COL_GENDER,
    COL_LINE_1,
    COL_LINE_2,
    COL_TOWN,
    COL_POSTCODE,
    COL_TELEPHONE,
    COL_SAFE,
    COL_ALONE,
    COL_LANGUAGE,
    COL_PRACTICE,
    COL_WORDS,
    COL_NEED,
    COL_PRIORITY,
    COL_CONSENT,
    COL_SAFEGUARDING,
    COL_DANGER,
    COL_ADJUSTMENT,
    COL_SITE,
    COL_WARD,
    COL_PATHWAY,
    COL_READY,
    COL_REFERRER,
    COL_ROLE,
    COL_REFERRER_PHONE,
    COL_WRITTEN,
    /* on paper only; digests go by these numbers, so new ones go to the end */
    COL_CALL_DATE,
    COL_CALL_TIME,
    COL_TAKEN_BY,
    COL_AGE,
    COL_TOLD,
    COL_TOLD_AT,
    COL_SEEN_BY,
    COL_SEEN_AT,
    COL_SEEN_HOW,
    COL_DONE,
    COL_COUNT
};

struct rd_template_build {
    const struct rd_template *template;
    const struct rd_sheet_row *source;
    struct rd_arena *arena;
    struct rd_template_row *row;
    struct rd_referral *referral;
    bool full; /* the arena ran out */
};

/* The cell, trimmed; absent when it is empty or there is no such column. */
struct rd_text rd_template_cell(const struct rd_template_build *build, enum rd_template_column id);
void rd_template_mistake(struct rd_template_build *build, enum rd_template_column id,
                         const char *words);
/* A word of a list, or 0: then it is a mistake, with what was expected. */
struct rd_template_choice {
    const char *word; /* NULL: end of the list */
    int value;
};
int rd_template_choose(struct rd_template_build *build, enum rd_template_column id,
                       const struct rd_template_choice *choices, const char *expected);
/* 21/11/2026 or 2026-11-21, and 09:30 behind it if need be: day before month, years of four digits,
 * so that nothing is guessed. */
bool rd_template_read_when(struct rd_text text, struct rd_civil *out, bool *has_time);
void *rd_template_add(struct rd_template_build *build, void **items, size_t *count, size_t size);
#define RD_TEMPLATE_ADD(build, owner, list)                                                        \
    rd_template_add((build), (void **)&(owner)->list, &(owner)->list##_count, sizeof *(owner)->list)

/* Of a row from paper: its times and what was done, into the record and row->paper. paper.c. */
void rd_template_paper_record(struct rd_template_build *build);

/* Everything of the row but its key and digest. Mistakes are left in the row. */
void rd_template_record(struct rd_template_build *build);

#endif
