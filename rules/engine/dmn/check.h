/* What is wrong with a table before anybody's referral meets it: values no input has, rules that
 * can never match, two rules of a UNIQUE table for one person (with the person), people no rule is
 * for.
 *
 * Every column's values fall into finitely many classes that no cell tells apart; the check takes
 * one of each and is exact over these. Thread: any. */
#ifndef RD_ENGINE_DMN_CHECK_H
#define RD_ENGINE_DMN_CHECK_H

#include "rules/engine/dmn/dmn.h"

enum {
    RD_CHECK_SAMPLES_MAX = 256,  /* classes of one column; more: the table is not checked */
    RD_CHECK_LISTED_MAX = 8,     /* values that a column of lists may ask for; more: not checked */
    RD_CHECK_STEPS_MAX = 100000, /* boxes looked at for one question */
    RD_CHECK_BOXES_MAX = 2048    /* boxes open at a time */
};

/* What an input can be. */
struct rd_input_domain {
    struct rd_text name;
    enum rd_type type;
    bool nullable;
    bool whole;                   /* numbers: integers only */
    const struct rd_text *values; /* strings, members of lists: all there are; NULL: any */
    size_t values_count;
};

/* `domains`: one for each input column, in order. Errors and warnings go to the sink. RD_E_INVALID
 * when one was an error; RD_E_TOOBIG. */
RD_MUST_CHECK enum rd_err rd_dmn_check(const struct rd_table *table,
                                       const struct rd_input_domain *domains,
                                       struct rd_arena *arena, const struct rd_dmn_sink *sink);

#endif
