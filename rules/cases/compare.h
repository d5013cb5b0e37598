/* How two decisions of one referral differ, for `rules diff` and shadow mode. PURE. Thread: any. */
#ifndef RD_RULES_COMPARE_H
#define RD_RULES_COMPARE_H

#include "model/decision.h"

struct rd_difference {
    bool lead, supporting, pathway, urgency, clocks, roles;
    bool reason; /* the same outcome may have another reason: not counted as a difference */
};

struct rd_difference rd_decisions_compare(const struct rd_decision *a, const struct rd_decision *b);
/* Anything that a patient or a team would notice: all but the reason. */
bool rd_difference_matters(const struct rd_difference *difference);
/* "lead, clock": what differs, in words; "" when nothing does. Into `out`. */
enum { RD_DIFFERENCE_TEXT_MAX = 96 };
const char *rd_difference_words(const struct rd_difference *difference,
                                char out[RD_DIFFERENCE_TEXT_MAX]);

#endif
