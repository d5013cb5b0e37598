/* LINKED entries: whether two referrals are one person's. Each keeps the same link to the other; no
 * clock, assignment, record or receipt of either is touched. */
#include "core/apply.h"

#include "core/group.h"

#include <string.h>

static bool is_allowed(enum rd_verb verb, const struct rd_person_link *link)
{
    enum rd_link_state is = link == NULL ? 0 : link->state;
    switch ((int)verb) {
    case RD_VERB_LINK:
    case RD_VERB_SUGGEST:
        return is != RD_LINK_LINKED;
    case RD_VERB_UNLINK:
        return is == RD_LINK_LINKED;
    case RD_VERB_DISMISS:
        return is == RD_LINK_SUGGESTED;
    default:
        return false;
    }
}

static enum rd_link_state state_after(enum rd_verb verb)
{
    if (verb == RD_VERB_LINK)
        return RD_LINK_LINKED;
    return verb == RD_VERB_SUGGEST ? RD_LINK_SUGGESTED : RD_LINK_DISMISSED;
}

/* The entry's number behind the others; the newest RD_LINK_ENTRIES_MAX stay. */
static bool name_entry(struct rd_core *core, struct rd_person_link *link, uint64_t number)
{
    size_t most = 8 * ((size_t)RD_LINK_ENTRIES_MAX - 1);
    struct rd_text old = link->entries;
    if (old.len > most)
        old = rd_text_slice(old, old.len - most, most);
    char *bytes = rd_take(core, old.len + 8);
    if (bytes == NULL)
        return false;
    if (old.len > 0)
        memcpy(bytes, old.ptr, old.len);
    for (size_t i = 0; i < 8; i++)
        bytes[old.len + i] = (char)(unsigned char)(number >> (56 - 8 * i));
    link->entries = (struct rd_text){bytes, old.len + 8};
    return true;
}

static bool set_link(struct rd_core *core, struct rd_referral_state *state, uint64_t other,
                     const struct rd_entry *entry)
{
    const struct rd_linked *linked = entry->linked;
    struct rd_person_link *link = rd_link_to(state, other);
    if (link == NULL)
        link = rd_add_link(core, state);
    if (link == NULL)
        return false;
    link->other = other;
    link->state = state_after(linked->verb);
    link->matched = linked->matched;
    link->differs = linked->differs;
    link->by = linked->verb == RD_VERB_SUGGEST ? RD_TEXT_NONE : linked->by;
    link->at = entry->at;
#if defined(RD_PLANT_CLOCK_MOVED_BY_LINK)
    for (size_t i = 0; linked->verb == RD_VERB_LINK && i < state->clocks_count; i++)
        state->clocks[i].next_due += RD_MINUTE_US;
#endif
    return name_entry(core, link, entry->number);
}

/* Rows of the others of the group: they show how many there are, and the nearest deadline. */
static enum rd_err end_group(struct rd_core *core, const struct rd_group *group,
                             const struct rd_held *a, const struct rd_held *b)
{
    for (size_t i = 0; i < group->count; i++) {
        struct rd_held *member = group->members[i];
        if (member != a && member != b && !rd_edit_rows(core, member))
            return core->err;
    }
    return RD_OK;
}

static enum rd_err set_both(struct rd_core *core, struct rd_edit *a, struct rd_edit *b,
                            const struct rd_entry *entry)
{
    enum rd_verb verb = entry->linked->verb;
    bool regroups = verb == RD_VERB_LINK || verb == RD_VERB_UNLINK;
    struct rd_group group = {.count = 0};
    struct rd_edit *const both[] = {a, b};
    if (verb == RD_VERB_UNLINK && !rd_group_of(core, a->held, &group))
        return core->err;
    bool set = set_link(core, a->state, b->held->id, entry);
#if defined(RD_PLANT_ONE_SIDED_LINK)
    set = set && (verb == RD_VERB_LINK || set_link(core, b->state, a->held->id, entry));
#else
    set = set && set_link(core, b->state, a->held->id, entry);
#endif
    if (!set || (verb == RD_VERB_LINK && !rd_group_of(core, a->held, &group)))
        return core->err;
    for (size_t i = 0; i < 2; i++) {
        both[i]->alone = true;
        both[i]->rows = regroups; /* a suggestion is the desk's: no list shows it */
        both[i]->verb = regroups ? verb : 0;
        if (!rd_edit_end(core, both[i]))
            return core->err;
    }
    return end_group(core, &group, a->held, b->held);
}

static bool has_room(const struct rd_referral_state *state, const struct rd_person_link *link)
{
    return link != NULL || state->links_count < RD_LINKS_MAX;
}

enum rd_err rd_apply_linked(struct rd_core *core, const struct rd_entry *entry,
                            struct rd_errbuf *why)
{
    const struct rd_linked *linked = entry->linked;
    struct rd_edit a;
    struct rd_edit b;
    if (linked == NULL)
        return rd_corrupt(why, entry, "a link without its arm");
    enum rd_err err = rd_apply_begin(core, entry, &a, why);
    if (err != RD_OK)
        return err;
    if (linked->verb == RD_VERB_SUGGEST)
        a.state->links_left_out = linked->left_out;
    if (linked->other == 0 && linked->verb == RD_VERB_SUGGEST) {
        a.rows = false;
        return rd_apply_end(core, &a);
    }
    struct rd_held *other = rd_find_referral(core, linked->other);
    if (other == NULL || other == a.held)
        return rd_corrupt(why, entry, "a link to no other referral");
    if (!rd_edit_begin(core, other, &b))
        return core->err;
    const struct rd_person_link *link = rd_link_to(a.state, other->id);
    if (!is_allowed(linked->verb, link) || !has_room(a.state, link) ||
        !has_room(b.state, rd_link_to(b.state, a.held->id)))
        return rd_corrupt(why, entry, "a link that is not allowed there");
    return set_both(core, &a, &b, entry);
}
