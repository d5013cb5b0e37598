/* A change of one referral, from begin to end: the end numbers the changes of its queues and keeps
 * up everything that is derived from its state. Inside apply*.c only. */
#ifndef RD_CORE_EDIT_H
#define RD_CORE_EDIT_H

#include "core/state.h"

struct rd_edit {
    struct rd_held *held;
    struct rd_referral_state *state;
    struct rd_feed_held *feed;
    enum rd_verb verb; /* shown with the changes it causes; 0: none */
    bool rows;         /* its rows look different now: each is a change in its queue */
    /* What it was. */
    enum rd_referral_phase phase;
    size_t assignments_count;
    enum rd_assignment_phase phases[RD_ASSIGNMENTS_MAX];
    uint64_t tokens[RD_ASSIGNMENTS_MAX];
    size_t clocks_count;
    uint64_t clocks_sum; /* of the starts and deadlines of those: they never move */
    /* Linked to others: what their rows show of all of them. */
    bool alone; /* the others are not looked at: whoever changes the group sees to them */
    rd_instant group_due;
};

bool rd_edit_begin(struct rd_core *core, struct rd_held *held, struct rd_edit *edit);
bool rd_edit_end(struct rd_core *core, struct rd_edit *edit);

/* Its rows look different now, for something that changed elsewhere. */
bool rd_edit_rows(struct rd_core *core, struct rd_held *held);

/* A referral that was loaded: everything derived from its state is made. */
bool rd_edit_loaded(struct rd_core *core, struct rd_held *held,
                    const struct rd_referral_state *state);

/* One more, zeroed, at the end of a list of the state; pointers into the old list are stale. */
struct rd_assignment *rd_add_assignment(struct rd_core *core, struct rd_referral_state *state);
struct rd_clock *rd_add_clock(struct rd_core *core, struct rd_referral_state *state);
struct rd_contact *rd_add_contact(struct rd_core *core, struct rd_referral_state *state);
struct rd_person_link *rd_add_link(struct rd_core *core, struct rd_referral_state *state);
/* The sender is to be told: one pending of each stage at most, besides the one that may be out. */
bool rd_add_receipt(struct rd_core *core, struct rd_referral_state *state,
                    const struct rd_receipt_due *receipt);

#endif
