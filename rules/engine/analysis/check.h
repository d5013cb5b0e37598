/* What is wrong with a table before anybody's referral meets it: values that no input has, rules
 * that can never match or never come to be asked, rules that the hit policy does not allow together
 * (with somebody whom they both take), people no rule is for (with one of them), an output that
 * lowers what was asked for. Exact over the whole input space (space.h, cover.h); what is too large
 * to be decided is said, never passed over. Thread: any. */
#ifndef RD_ENGINE_ANALYSIS_CHECK_H
#define RD_ENGINE_ANALYSIS_CHECK_H

#include "rules/engine/analysis/space.h"
#include "rules/engine/table.h"
#include "model/record.h"

/* Called for every finding. */
struct rd_check_sink {
    void *context;
    void (*found)(void *context, enum rd_severity severity, struct rd_pos pos, const char *words);
};

/* An output that may raise what an input asks for, never lower it. */
struct rd_check_order {
    size_t output;               /* column; SIZE_MAX: the table has none, nothing is checked */
    size_t input;                /* column; SIZE_MAX: the table does not look at it */
    struct rd_text asked;        /* the input's name, for messages */
    const struct rd_text *order; /* the highest first; other values are below all */
    size_t order_count;
};

/* `table` is plain. `domains`: one for each input column, in order; `order` may be NULL. Errors and
 * warnings go to the sink. RD_E_INVALID when one was an error; RD_E_TOOBIG. */
RD_MUST_CHECK enum rd_err rd_table_check(const struct rd_table *table,
                                         const struct rd_input_domain *domains,
                                         const struct rd_check_order *order, struct rd_arena *arena,
                                         const struct rd_check_sink *sink);

#endif
