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
/* Everything of the row but its key and digest. Mistakes are left in the row. */
void rd_template_record(struct rd_template_build *build);

#endif
