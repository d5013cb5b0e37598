#include "model/place.h"

const struct rd_feed *rd_place_feed(const struct rd_place *place, struct rd_text name)
{
    for (size_t i = 0; i < place->feeds_count; i++)
        if (rd_text_equal(place->feeds[i].name, name))
            return &place->feeds[i];
    return NULL;
}

const struct rd_team *rd_place_team(const struct rd_place *place, struct rd_text name)
{
    for (size_t i = 0; i < place->teams_count && rd_text_present(name); i++)
        if (rd_text_equal(place->teams[i].name, name))
            return &place->teams[i];
    return NULL;
}

const struct rd_policy *rd_place_policy(const struct rd_place *place, struct rd_text name)
{
    for (size_t i = 0; i < place->policies_count; i++)
        if (rd_text_equal(place->policies[i].name, name))
            return &place->policies[i];
    return NULL;
}

static bool listed(const struct rd_text *names, size_t count, struct rd_text name)
{
    for (size_t i = 0; i < count; i++)
        if (rd_text_equal(names[i], name))
            return true;
    return false;
}

bool rd_place_has_pathway(const struct rd_place *place, struct rd_text name)
{
    return listed(place->pathways, place->pathways_count, name);
}

bool rd_identity_may_feed(const struct rd_identity *identity, struct rd_text feed)
{
    return listed(identity->feeds, identity->feeds_count, feed);
}

bool rd_identity_may_team(const struct rd_identity *identity, struct rd_text team)
{
    return listed(identity->teams, identity->teams_count, RD_TEXT("*")) ||
           listed(identity->teams, identity->teams_count, team);
}
