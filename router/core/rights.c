#include "core/rights.h"

bool rd_may_oversee(const struct rd_identity *identity)
{
    return identity->role == RD_IDENTITY_OPERATOR || identity->role == RD_IDENTITY_DESK;
}

bool rd_may_submit(const struct rd_identity *identity, struct rd_text feed, bool repairs)
{
    if (repairs)
        return rd_may_oversee(identity);
    return (identity->role == RD_IDENTITY_ADAPTER || identity->role == RD_IDENTITY_OPERATOR) &&
           rd_identity_may_feed(identity, feed);
}

bool rd_may_read_for(const struct rd_identity *identity, struct rd_text feed)
{
    return identity->role == RD_IDENTITY_ADAPTER && rd_identity_may_feed(identity, feed);
}

bool rd_may_see(const struct rd_identity *identity, struct rd_text team)
{
    bool person = identity->role == RD_IDENTITY_CONSUMER || rd_may_oversee(identity);
    return person && rd_identity_may_team(identity, team);
}

bool rd_is_link_verb(enum rd_verb verb)
{
    return verb == RD_VERB_LINK || verb == RD_VERB_UNLINK || verb == RD_VERB_DISMISS;
}

bool rd_is_desk_verb(enum rd_verb verb)
{
    return verb == RD_VERB_TRIAGE || verb == RD_VERB_ROUTE || verb == RD_VERB_REPAIR ||
           verb == RD_VERB_REFUSE || rd_is_link_verb(verb);
}

bool rd_may_command(const struct rd_identity *identity, enum rd_verb verb, struct rd_text team)
{
    if (rd_is_desk_verb(verb))
        return rd_may_oversee(identity);
    return rd_may_see(identity, team);
}
