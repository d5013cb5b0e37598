/* Referrals that the desk has linked as one person's, from one to the next. Inside core/ only. */
#ifndef RD_CORE_GROUP_H
#define RD_CORE_GROUP_H

#include "core/state.h"

struct rd_group {
    struct rd_held *members[RD_LINK_GROUP_MAX]; /* the first is the one that was asked for */
    size_t count;
};

/* Of one referral; it alone when nothing is linked with it. */
bool rd_group_of(struct rd_core *core, struct rd_held *held, struct rd_group *out);
/* Earliest response deadline of those that are open; 0: no clock runs. */
rd_instant rd_group_due(const struct rd_group *group);
/* The two at once. */
bool rd_group_due_of(struct rd_core *core, struct rd_held *held, rd_instant *out);
bool rd_group_has(const struct rd_group *group, const struct rd_held *held);

/* The referral's link to another; NULL: none. */
struct rd_person_link *rd_link_to(const struct rd_referral_state *state, uint64_t other);

#endif
