#include "core/links.h"

#include "core/alike.h"
#include "core/emit.h"
#include "core/group.h"

/* Of one mark: a number that a whole system sends costs a step no more. */
enum { LOOKED_AT_MAX = 1024 };

struct candidate {
    struct rd_held *held;
    uint32_t kinds;
};

struct search {
    struct rd_core *core;
    struct rd_held *held;
    const struct rd_referral_state *state;
    rd_instant since; /* closed before that: too long ago */
    struct candidate best[RD_SUGGESTIONS_MAX];
    size_t count;
    uint32_t found;
};

bool rd_emit_linked(struct rd_core *core, const struct rd_held *held,
                    const struct rd_linked *linked)
{
    struct rd_entry entry = {.kind = RD_ENTRY_LINKED, .referral = held->id};
    entry.linked = rd_take(core, sizeof *entry.linked);
    if (entry.linked == NULL)
        return false;
    *entry.linked = *linked;
    return rd_emit(core, &entry);
}

static bool is_open(const struct rd_held *held)
{
    return held->phase == RD_PHASE_OPEN || held->phase == RD_PHASE_HELD;
}

static bool has_both(uint32_t kinds)
{
    return (kinds & (kinds - 1)) != 0;
}

/* The likelier first: open before closed, both kinds of match before one, the newest. */
static bool comes_before(const struct candidate *a, const struct candidate *b)
{
    if (is_open(a->held) != is_open(b->held))
        return is_open(a->held);
    if (has_both(a->kinds) != has_both(b->kinds))
        return has_both(a->kinds);
    return a->held->order > b->held->order;
}

static void keep(struct search *search, struct candidate found)
{
    size_t at = search->count;
    search->found++;
    while (at > 0 && comes_before(&found, &search->best[at - 1]))
        at--;
    if (at == RD_SUGGESTIONS_MAX)
        return;
    if (search->count < RD_SUGGESTIONS_MAX)
        search->count++;
    for (size_t i = search->count - 1; i > at; i--)
        search->best[i] = search->best[i - 1];
    search->best[at] = found;
}

static bool same_key(const struct rd_held *a, const struct rd_held *b, enum rd_alike_kind kind)
{
    return a->alike[kind].key != 0 && a->alike[kind].key == b->alike[kind].key;
}

/* Twins: what their first given names share, the others tell apart. */
static uint32_t kinds_of(const struct rd_held *a, const struct rd_held *b)
{
    bool person =
        same_key(a, b, RD_ALIKE_PERSON) && rd_alike_further(a->further_names, b->further_names);
    bool number = same_key(a, b, RD_ALIKE_NHS_NUMBER);
    return (number ? 1u << RD_ALIKE_NHS_NUMBER : 0) | (person ? 1u << RD_ALIKE_PERSON : 0);
}

/* The desk was asked already and has said, or has still to say. A dismissed pair comes again only
 * when it matches in a further way. */
static bool is_settled(const struct search *search, const struct candidate *found)
{
    const struct rd_person_link *link = rd_link_to(search->state, found->held->id);
    if (link == NULL)
        return false;
    return link->state != RD_LINK_DISMISSED || (found->kinds & ~rd_alike_kinds(link->matched)) == 0;
}

static void look_at(struct search *search, struct rd_held *other, enum rd_alike_kind kind)
{
    struct candidate found = {other, kinds_of(search->held, other)};
    bool seen = kind == RD_ALIKE_PERSON && same_key(search->held, other, RD_ALIKE_NHS_NUMBER);
    if (other == search->held || found.kinds == 0 || seen ||
        (!is_open(other) && other->closed_at < search->since) || is_settled(search, &found))
        return;
    keep(search, found);
}

static rd_instant window_of(const struct rd_core *core)
{
    uint32_t days = core->place->link_days;
    return (rd_instant)(days == 0 ? RD_LINK_DAYS_DEFAULT : days) * RD_DAY_US;
}

/* A suggestion that waits says what is so now: an amendment may have mended a date of birth. */
static bool compare_again(struct search *search)
{
    for (size_t i = 0; i < search->state->links_count; i++) {
        const struct rd_person_link link = search->state->links[i];
        if (link.state != RD_LINK_SUGGESTED)
            continue;
        struct rd_held *other = rd_find_referral(search->core, link.other);
        const struct rd_referral_state *there = other == NULL ? NULL : rd_live(search->core, other);
        if (there == NULL)
            return rd_broken(search->core);
        struct rd_compared now = rd_alike_compare(search->state, there);
        if (now.matched == link.matched && now.differs == link.differs)
            continue;
        bool stands = rd_alike_kinds(now.matched) != 0;
        struct rd_linked linked = {
            .other = link.other,
            .verb = stands ? RD_VERB_SUGGEST : RD_VERB_DISMISS,
            .by = RD_BY_ROUTER,
            .reason =
                stands ? RD_TEXT_NONE : RD_TEXT("a newer record says that it is somebody else's"),
            .matched = now.matched,
            .differs = now.differs,
            .left_out = search->state->links_left_out};
        if (!rd_emit_linked(search->core, search->held, &linked))
            return false;
    }
    return true;
}

static bool has_room(const struct rd_referral_state *state, uint64_t other)
{
    return state->links_count < RD_LINKS_SUGGESTED_MAX || rd_link_to(state, other) != NULL;
}

static bool suggest(struct search *search)
{
    struct rd_core *core = search->core;
    uint32_t left_out = search->found;
    for (size_t i = 0; i < search->count; i++) {
        struct rd_held *other = search->best[i].held;
        const struct rd_referral_state *there = rd_live(core, other);
        if (there == NULL)
            return false;
        if (!has_room(search->state, other->id) || !has_room(there, search->held->id))
            continue;
        struct rd_compared compared = rd_alike_compare(search->state, there);
        struct rd_linked linked = {.other = other->id,
                                   .verb = RD_VERB_SUGGEST,
                                   .by = RD_BY_ROUTER,
                                   .matched = compared.matched,
                                   .differs = compared.differs,
                                   .left_out = --left_out};
        if (!rd_emit_linked(core, search->held, &linked))
            return false;
    }
    if (left_out == search->state->links_left_out)
        return true;
    struct rd_linked rest = {.verb = RD_VERB_SUGGEST, .by = RD_BY_ROUTER, .left_out = left_out};
    return rd_emit_linked(core, search->held, &rest);
}

bool rd_links_suggest(struct rd_core *core, struct rd_held *held)
{
    struct search search = {.core = core, .held = held, .state = rd_live(core, held)};
    if (search.state == NULL)
        return false;
    search.since = core->now - window_of(core);
    if (!compare_again(&search))
        return false;
    for (int k = 0; k < RD_ALIKE_KINDS; k++) {
        enum rd_alike_kind kind = (enum rd_alike_kind)k;
        struct rd_held *other = rd_alike_first(core, held, kind);
        for (int i = 0; other != NULL && i < LOOKED_AT_MAX; i++, other = other->alike[kind].older)
            look_at(&search, other, kind);
    }
    return suggest(&search);
}
