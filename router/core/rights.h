/* Who may do what. A user's key gives a role, feeds and teams (model/place.h). */
#ifndef RD_CORE_RIGHTS_H
#define RD_CORE_RIGHTS_H

#include "model/message.h"
#include "model/place.h"

/* Adapters on their feeds; an operator on feeds its key names; operator and desk may repair. */
bool rd_may_submit(const struct rd_identity *identity, struct rd_text feed, bool repairs);
/* The records of a feed, for its sender: adapters on their feeds. */
bool rd_may_read_for(const struct rd_identity *identity, struct rd_text feed);
/* Rows, hand-outs and bodies of a team. */
bool rd_may_see(const struct rd_identity *identity, struct rd_text team);
/* A verb on an assignment of `team`; the desk's own verbs are for the desk and the operator. */
bool rd_may_command(const struct rd_identity *identity, enum rd_verb verb, struct rd_text team);
bool rd_is_desk_verb(enum rd_verb verb);
/* Of those: about two referrals. */
bool rd_is_link_verb(enum rd_verb verb);
/* Everything of the place: status, quarantine, any referral. */
bool rd_may_oversee(const struct rd_identity *identity);

#endif
