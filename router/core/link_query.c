/* Links as the desk sees them: pairs of referrals, each by the row of its lead. */
#include "core/emit.h"
#include "core/group.h"
#include "core/links.h"
#include "core/rows.h"

struct pairs {
    struct rd_core *core;
    struct rd_query_result *out;
};

static struct rd_row *row_of(struct rd_core *core, struct rd_held *held)
{
    const struct rd_referral_state *state = rd_live(core, held);
    if (state == NULL)
        return NULL;
    const struct rd_assignment *lead = rd_lead_of(state);
    return rd_row_of(core, held, lead == NULL ? (uint32_t)state->assignments_count : lead->index);
}

static bool add_pair(struct pairs *pairs, struct rd_held *first, const struct rd_person_link *link)
{
    struct rd_query_result *out = pairs->out;
    struct rd_held *second = rd_find_referral(pairs->core, link->other);
    if (second == NULL || out->pairs_count == RD_LINK_PAIRS_MAX)
        return second != NULL ? true : rd_broken(pairs->core);
    struct rd_link_pair *pair = &out->pairs[out->pairs_count++];
    *pair = (struct rd_link_pair){.first = row_of(pairs->core, first),
                                  .second = row_of(pairs->core, second),
                                  .state = link->state,
                                  .matched = link->matched,
                                  .differs = link->differs,
                                  .by = link->by,
                                  .at = link->at};
    return pair->first != NULL && pair->second != NULL;
}

/* All of the referral's own, and how the others of its group hang together. */
static bool add_of(struct pairs *pairs, struct rd_held *held)
{
    struct rd_group group;
    if (!rd_group_of(pairs->core, held, &group))
        return false;
    for (size_t at = 0; at < group.count; at++) {
        struct rd_held *member = group.members[at];
        const struct rd_referral_state *state = rd_live(pairs->core, member);
        if (state == NULL)
            return false;
        for (size_t i = 0; i < state->links_count; i++) {
            const struct rd_person_link *link = &state->links[i];
            bool shown = member == held || (link->state == RD_LINK_LINKED &&
                                            link->other != held->id && link->other > member->id);
            if (shown && !add_pair(pairs, member, link))
                return false;
        }
    }
    return true;
}

static bool comes_before(const struct rd_held *a, const struct rd_held *b)
{
    if (a->response_due != b->response_due)
        return a->response_due != 0 && (b->response_due == 0 || a->response_due < b->response_due);
    return a->order < b->order;
}

/* The nearest deadlines first: an insertion into as many as an answer holds. */
static size_t waiting(struct rd_core *core, struct rd_held **list)
{
    size_t count = 0;
    size_t cursor = 0;
    struct rd_held *held = NULL;
    while ((held = rd_map_each(&core->suggesting, &cursor)) != NULL) {
        size_t at = count;
        while (at > 0 && comes_before(held, list[at - 1]))
            at--;
        if (at == RD_LINK_PAIRS_MAX)
            continue;
        count += count < RD_LINK_PAIRS_MAX ? 1 : 0;
        for (size_t i = count - 1; i > at; i--)
            list[i] = list[i - 1];
        list[at] = held;
    }
    return count;
}

static bool is_listed(struct rd_held *const *list, size_t count, uint64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (list[i]->id == id)
            return true;
    return false;
}

/* A pair is shown once, with the one that is due first. */
static bool add_waiting(struct pairs *pairs)
{
    struct rd_held *list[RD_LINK_PAIRS_MAX];
    size_t count = waiting(pairs->core, list);
    size_t shown = 0;
    for (; shown < count && pairs->out->pairs_count < RD_LINK_PAIRS_MAX; shown++) {
        const struct rd_referral_state *state = rd_live(pairs->core, list[shown]);
        if (state == NULL)
            return false;
        for (size_t i = 0; i < state->links_count; i++)
            if (state->links[i].state == RD_LINK_SUGGESTED &&
                !is_listed(list, shown, state->links[i].other) &&
                !add_pair(pairs, list[shown], &state->links[i]))
                return false;
    }
    pairs->out->pairs_left_out = (uint32_t)(pairs->core->suggesting.used - shown);
    return true;
}

bool rd_links_answer(struct rd_core *core, struct rd_held *held, struct rd_query_result *out)
{
    struct pairs pairs = {core, out};
    out->pairs = rd_take_array(core, RD_LINK_PAIRS_MAX, sizeof *out->pairs);
    if (out->pairs == NULL)
        return false;
    return held != NULL ? add_of(&pairs, held) : add_waiting(&pairs);
}
