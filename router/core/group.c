#include "core/group.h"

struct rd_person_link *rd_link_to(const struct rd_referral_state *state, uint64_t other)
{
    for (size_t i = 0; i < state->links_count; i++)
        if (state->links[i].other == other)
            return &state->links[i];
    return NULL;
}

bool rd_group_has(const struct rd_group *group, const struct rd_held *held)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->members[i] == held)
            return true;
    return false;
}

/* Whatever is linked with one of them is one of them: the list grows while it is worked through. */
bool rd_group_of(struct rd_core *core, struct rd_held *held, struct rd_group *out)
{
    *out = (struct rd_group){.members = {held}, .count = 1};
    for (size_t at = 0; at < out->count; at++) {
        const struct rd_referral_state *state = rd_live(core, out->members[at]);
        if (state == NULL)
            return false;
        for (size_t i = 0; i < state->links_count; i++) {
            if (state->links[i].state != RD_LINK_LINKED)
                continue;
            struct rd_held *other = rd_find_referral(core, state->links[i].other);
            if (other == NULL)
                return rd_broken(core);
            if (rd_group_has(out, other))
                continue;
            if (out->count == RD_LINK_GROUP_MAX)
                return rd_broken(core);
            out->members[out->count++] = other;
        }
    }
    return true;
}

rd_instant rd_group_due(const struct rd_group *group)
{
    rd_instant earliest = 0;
    for (size_t i = 0; i < group->count; i++) {
        rd_instant due = group->members[i]->response_due;
        if (due != 0 && (earliest == 0 || due < earliest))
            earliest = due;
    }
    return earliest;
}

bool rd_group_due_of(struct rd_core *core, struct rd_held *held, rd_instant *out)
{
    struct rd_group group;
    if (!rd_group_of(core, held, &group))
        return false;
    *out = rd_group_due(&group);
    return true;
}
