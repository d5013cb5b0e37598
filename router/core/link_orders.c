/* The desk's word about two referrals. */
#include "core/alike.h"
#include "core/emit.h"
#include "core/group.h"
#include "core/links.h"

static bool say(struct rd_order *order, const struct rd_held *other, struct rd_compared compared)
{
    struct rd_linked linked = {.other = other->id,
                               .verb = order->command->verb,
                               .by = order->command->by,
                               .reason = order->command->reason,
                               .matched = compared.matched,
                               .differs = compared.differs};
    return rd_emit_linked(order->core, order->held, &linked) && rd_order_done(order, order->index);
}

static bool refuse_room(const struct rd_order *order, struct rd_held *other,
                        const struct rd_referral_state *there, bool *refused)
{
    struct rd_group here;
    struct rd_group with;
    if (!rd_group_of(order->core, order->held, &here) || !rd_group_of(order->core, other, &with))
        return false;
    bool full = rd_link_to(order->state, other->id) == NULL &&
                (order->state->links_count >= RD_LINKS_MAX || there->links_count >= RD_LINKS_MAX);
    bool large = !rd_group_has(&here, other) && here.count + with.count > RD_LINK_GROUP_MAX;
    *refused = full || large;
    if (full)
        return rd_order_refuse(order, RD_REFUSAL_LIMIT,
                               RD_TEXT("one of the two has been compared with 32 others: link one "
                                       "of those that are linked with it"));
    if (large)
        return rd_order_refuse(order, RD_REFUSAL_LIMIT,
                               RD_TEXT("more than 16 referrals would be linked as one person's: "
                                       "unlink those that are long closed"));
    return true;
}

static bool link(struct rd_order *order, struct rd_held *other,
                 const struct rd_referral_state *there, const struct rd_person_link *is)
{
    bool refused = false;
    if (is != NULL && is->state == RD_LINK_LINKED)
        return rd_order_done(order, order->index); /* the first answer may have been lost */
    if (!refuse_room(order, other, there, &refused) || refused)
        return order->core->err == RD_OK;
    return say(order, other, rd_alike_compare(order->state, there));
}

static bool unlink(struct rd_order *order, const struct rd_held *other,
                   const struct rd_person_link *is)
{
    if (is == NULL || is->state != RD_LINK_LINKED)
        return rd_order_refuse(order, RD_REFUSAL_STATE,
                               RD_TEXT("the two are not linked with one another: see which are "
                                       "(referralctl desk links ID)"));
    return say(order, other, (struct rd_compared){is->matched, is->differs});
}

static bool dismiss(struct rd_order *order, const struct rd_held *other,
                    const struct rd_person_link *is)
{
    if (is != NULL && is->state == RD_LINK_DISMISSED)
        return rd_order_done(order, order->index);
    if (is == NULL || is->state != RD_LINK_SUGGESTED)
        return rd_order_refuse(order, RD_REFUSAL_STATE,
                               is == NULL ? RD_TEXT("nobody suggests that the two are one person's")
                                          : RD_TEXT("the two are linked: unlink them"));
    return say(order, other, (struct rd_compared){is->matched, is->differs});
}

bool rd_order_link(struct rd_order *order)
{
    struct rd_core *core = order->core;
    struct rd_held *other = NULL;
    struct rd_item *item = NULL;
    uint32_t assignment = 0;
    rd_target_find(core, order->command->to, &other, &assignment, &item);
    if (core->err != RD_OK)
        return false;
    if (other == NULL)
        return rd_order_refuse(order, RD_REFUSAL_MISSING,
                               RD_TEXT("with which one? set `to` to a referral that is held, as "
                                       "shown: \"7K3Q9-M2X4T\""));
    if (other == order->held)
        return rd_order_refuse(order, RD_REFUSAL_INVALID,
                               RD_TEXT("that is the same referral twice: name two"));
    const struct rd_referral_state *there = rd_live(core, other);
    if (there == NULL)
        return false;
    const struct rd_person_link *is = rd_link_to(order->state, other->id);
    if (order->command->verb == RD_VERB_LINK)
        return link(order, other, there, is);
    return order->command->verb == RD_VERB_UNLINK ? unlink(order, other, is)
                                                  : dismiss(order, other, is);
}
