/* One person, many doors: which referrals may be of one person, and what the desk says to that.
 * Inside core/ only. */
#ifndef RD_CORE_LINKS_H
#define RD_CORE_LINKS_H

#include "core/commands.h"

/* After a new record of the referral: suggests those that match, at most RD_SUGGESTIONS_MAX, and
 * says how many more there are; suggestions that wait are compared again. */
bool rd_links_suggest(struct rd_core *core, struct rd_held *held);
/* LINK, UNLINK, DISMISS: the referral of the order and the one that `to` names. link_orders.c */
bool rd_order_link(struct rd_order *order);
/* The LINKED entry about two referrals. */
bool rd_emit_linked(struct rd_core *core, const struct rd_held *held,
                    const struct rd_linked *linked);
/* LINKS: pairs for the desk. link_query.c */
bool rd_links_answer(struct rd_core *core, struct rd_held *held, struct rd_query_result *out);

#endif
