/* Verbs of named persons, from queues and control. */
#ifndef RD_CORE_COMMANDS_H
#define RD_CORE_COMMANDS_H

#include "core/state.h"

/* A verb on its way: what it is about is found, the right to it is checked. */
struct rd_order {
    struct rd_core *core;
    const struct rd_command *command;
    struct rd_held *held;
    struct rd_referral_state *state;
    struct rd_assignment *assignment; /* stale after an entry was emitted */
    uint32_t index;                   /* of that assignment */
    struct rd_item *item;
};

/* White space is nobody's name and no reason. */
static inline bool rd_is_said(struct rd_text words)
{
    return rd_text_trim(words).len > 0;
}

bool rd_command_run(struct rd_core *core);
/* What the target of a message names. False: nothing (held and item NULL), or no memory. */
void rd_target_find(struct rd_core *core, struct rd_text target, struct rd_held **held,
                    uint32_t *assignment, struct rd_item **item);

/* Words follow the verb: "claim 7K3Q9-M2X4T.1: ...". */
bool rd_order_refuse(const struct rd_order *order, enum rd_refusal code, struct rd_text words);
bool rd_order_done(const struct rd_order *order, uint32_t assignment);
/* A named person other than the one who gives the order has it. */
bool rd_order_taken(const struct rd_order *order, bool *refused);

/* desk.c */
bool rd_order_decide(struct rd_order *order);
bool rd_order_end_clock(struct rd_order *order);
bool rd_order_item(struct rd_order *order);

#endif
