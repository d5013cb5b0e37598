/* Submissions about referrals: new, amend, cancel, fact. Inside core/ only. */
#ifndef RD_CORE_INTAKE_HELD_H
#define RD_CORE_INTAKE_HELD_H

#include "core/state.h"

/* A submission on its way to a disposal. */
struct rd_intake {
    struct rd_core *core;
    const struct rd_feed *feed;
    uint64_t correlation;
    struct rd_received received; /* filled but for the disposal */
    /* After rd_emit_received. */
    uint64_t entry;
    struct rd_text reason, words;
};

bool rd_intake_new(struct rd_intake *in);
bool rd_intake_amend(struct rd_intake *in);
bool rd_intake_cancel(struct rd_intake *in);
bool rd_intake_fact(struct rd_intake *in);
/* What would become of a test message if it were live, in words for the engineer who sent it. */
bool rd_intake_foretell(struct rd_intake *in, struct rd_text *words);
/* A key or a reference is in its window, or of a referral that is open: it names that one. */
bool rd_still_named(const struct rd_core *core, rd_instant expires, uint64_t referral);

/* intake.c */
bool rd_emit_received(struct rd_intake *in, enum rd_disposal disposal, uint64_t referral,
                      struct rd_text reason, struct rd_text words);
bool rd_intake_answer(struct rd_intake *in, enum rd_disposal disposal, struct rd_held *held);
bool rd_alarm_item(struct rd_core *core, uint64_t item, enum rd_alarm_kind kind,
                   struct rd_text words, rd_instant next_due);
/* Nothing is kept: the adapter merged it with another revision than the one of `held`. */
bool rd_intake_again(struct rd_intake *in, const struct rd_held *held);
rd_instant rd_desk_due(const struct rd_intake *in);
/* Kept for the desk, with a deadline and an alarm of that kind. */
bool rd_intake_quarantine(struct rd_intake *in, struct rd_text code, struct rd_text words,
                          enum rd_alarm_kind kind);

#endif
