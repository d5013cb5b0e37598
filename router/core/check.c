/* The invariants that state alone can show (design section 5). Slow and thorough: for the simulator
 * and for verification, never in a live step. */
#include "core/alike.h"
#include "core/clocks.h"
#include "core/expect.h"
#include "core/group.h"
#include "core/pack.h"
#include "core/state.h"
#include "core/timers.h"

struct look {
    const struct rd_core *core;
    struct rd_arena arena, other; /* of the referral at hand, of one that it is linked with */
    struct rd_errbuf *why;
    uint64_t open_assignments, tokens, receipts, open_referrals, suggesting, open_linked;
};

static enum rd_err bug(const struct look *look, const struct rd_held *held, const char *what)
{
    char name[RD_IDENT_TEXT_MAX] = "";
    return rd_fail(look->why, RD_E_BUG, "referral %s: %s", rd_ident_format(held->id, name), what);
}

static bool is_open(enum rd_referral_phase phase)
{
    return phase == RD_PHASE_OPEN;
}

static enum rd_err check_assignment(struct look *look, struct rd_held *held,
                                    const struct rd_assignment *each)
{
    if (!rd_assignment_open(each))
        return each->token == 0 ? RD_OK : bug(look, held, "a closed assignment is handed out");
    const struct rd_queue_held *queue = rd_find_queue(look->core, each->team);
    uint64_t key = rd_member_key(held->id, each->index);
    if (queue == NULL || rd_map_get(&queue->members, key) != held)
        return bug(look, held, "an open assignment is in no queue");
    if ((rd_map_get(&queue->undelivered, key) != NULL) != (each->delivered_at == 0))
        return bug(look, held, "delivered and undelivered do not agree");
    if (each->change == 0 || each->change > queue->state.change)
        return bug(look, held, "a change number that its queue never gave");
    if (each->token != 0 && rd_map_get(&look->core->tokens, each->token) != held)
        return bug(look, held, "a token that nothing knows");
    if (each->phase == RD_ASSIGNMENT_CLAIMED && !rd_text_present(each->claimed_by))
        return bug(look, held, "claimed by nobody");
    look->open_assignments++;
    look->tokens += each->token != 0 ? 1 : 0;
    return RD_OK;
}

static enum rd_err check_clocks(struct look *look, struct rd_held *held,
                                const struct rd_referral_state *state)
{
    size_t running = 0;
    for (size_t i = 0; i < state->clocks_count; i++) {
        const struct rd_clock *clock = &state->clocks[i];
        if (!rd_clock_running(clock))
            continue;
        running++;
        if (clock->next_due == 0)
            return bug(look, held, "a clock runs and fires never again");
        const struct rd_assignment *of = rd_assignment_at(state, clock->assignment);
        if (clock->assignment != 0 && (of == NULL || !rd_assignment_open(of)))
            return bug(look, held, "a clock runs for an assignment that is not open");
    }
    if (is_open(state->phase) && running == 0)
        return bug(look, held, "open, and no clock runs");
    return is_open(state->phase) || running == 0 ? RD_OK
                                                 : bug(look, held, "closed, and a clock runs");
}

static enum rd_err check_timer(struct look *look, struct rd_held *held,
                               const struct rd_referral_state *state)
{
    rd_instant due = rd_referral_due(state);
    bool timed = held->timer.node.position != 0;
    if (is_open(state->phase) && due == 0)
        return bug(look, held, "open without a next deadline");
    if (timed != (due != 0) || (timed && held->timer.node.due != due))
        return bug(look, held, "its timer is not at its next deadline");
    return held->response_due == rd_response_due(state, 0)
               ? RD_OK
               : bug(look, held, "its response deadline is not the one in lists");
}

static enum rd_err unpack(struct look *look, const struct rd_held *held, struct rd_arena *arena,
                          struct rd_referral_state *out)
{
    struct rd_text bytes = {(const char *)held->packed, held->packed_len};
    rd_arena_reset(arena);
    enum rd_err err = rd_unpack(&rd_referral_state_shape, bytes, &look->core->words, arena, out);
    if (err == RD_E_TOOBIG)
        return RD_E_NOMEM;
    return err == RD_OK ? RD_OK : bug(look, held, "what is held cannot be read");
}

static bool is_mirrored(const struct rd_person_link *a, const struct rd_person_link *b)
{
    return b != NULL && a->state == b->state && a->matched == b->matched &&
           a->differs == b->differs && a->at == b->at && rd_text_equal(a->by, b->by) &&
           rd_text_equal(a->entries, b->entries);
}

/* Both sides of a link say the same; nobody is linked with nobody. */
static enum rd_err check_person_links(struct look *look, struct rd_held *held,
                                      const struct rd_referral_state *state)
{
    bool suggests = false;
    bool linked = false;
    for (size_t i = 0; i < state->links_count; i++) {
        const struct rd_person_link *link = &state->links[i];
        const struct rd_held *other = rd_find_referral(look->core, link->other);
        struct rd_referral_state there;
        if (other == NULL || other == held || rd_link_to(state, link->other) != link)
            return bug(look, held, "linked with nothing, with itself or twice");
        enum rd_err err = unpack(look, other, &look->other, &there);
        if (err != RD_OK)
            return err;
        if (!is_mirrored(link, rd_link_to(&there, held->id)))
            return bug(look, held, "a link that its other side says otherwise");
        suggests = suggests || link->state == RD_LINK_SUGGESTED;
        linked = linked || link->state == RD_LINK_LINKED;
    }
    bool listed = rd_map_get(&look->core->suggesting, held->id) != NULL;
    if (listed != (suggests && is_open(state->phase)) ||
        held->is_linked != (linked && is_open(state->phase)))
        return bug(look, held, "its links are not those that are counted");
    look->suggesting += listed ? 1 : 0;
    look->open_linked += held->is_linked ? 1 : 0;
    return RD_OK;
}

/* It stands in the lists of its marks, and nowhere else. */
static enum rd_err check_alike(const struct look *look, const struct rd_held *held,
                               const struct rd_referral_state *state)
{
    for (int k = 0; k < RD_ALIKE_KINDS; k++) {
        const struct rd_alike_place *place = &held->alike[k];
        if (place->key != rd_alike_key(state->marks, (enum rd_alike_kind)k))
            return bug(look, held, "not in the list of its marks");
        bool first = place->key != 0 && rd_map_get(&look->core->alike[k], place->key) == held;
        if (first != (place->key != 0 && place->newer == NULL) ||
            (place->older != NULL && place->older->alike[k].newer != held))
            return bug(look, held, "the list of its marks is broken");
    }
    return RD_OK;
}

static enum rd_err check_referral(struct look *look, struct rd_held *held)
{
    struct rd_referral_state state;
    enum rd_err err = unpack(look, held, &look->arena, &state);
    if (err != RD_OK)
        return err;
    if (state.id != held->id || state.phase != held->phase || state.phase == RD_PHASE_HELD)
        return bug(look, held, "its number or phase is not what is known of it");
    size_t leads = 0;
    size_t open = 0;
    for (size_t i = 0; i < state.assignments_count && err == RD_OK; i++) {
        bool counts = rd_assignment_open(&state.assignments[i]);
        open += counts ? 1 : 0;
        leads += counts && state.assignments[i].role == RD_ROLE_LEAD ? 1 : 0;
        err = check_assignment(look, held, &state.assignments[i]);
    }
    if (err != RD_OK)
        return err;
    if (is_open(state.phase) ? leads != 1 : open != 0)
        return bug(look, held, "open without exactly one LEAD, or closed with an open assignment");
    look->open_referrals += is_open(state.phase) ? 1 : 0;
    look->receipts += state.receipts_count > 0 ? 1 : 0;
    uint64_t first = state.receipts_count > 0 ? state.receipts[0].number : 0;
    bool waits = held->receipt_wait.position != 0;
    bool out = held->receipt_out.node.position != 0;
    if (first != held->receipt_number || (first != 0) != (waits != out))
        return bug(look, held, "its next receipt neither waits nor is out");
    err = check_clocks(look, held, &state);
    if (err == RD_OK)
        err = check_person_links(look, held, &state);
    if (err == RD_OK)
        err = check_alike(look, held, &state);
    return err == RD_OK ? check_timer(look, held, &state) : err;
}

static enum rd_err check_expected(const struct look *look)
{
    for (size_t i = 0; i < look->core->feeds_count; i++) {
        const struct rd_feed_held *feed = look->core->feeds[i];
        rd_instant due = rd_expect_due(look->core, feed);
        bool timed = feed->timer.node.position != 0;
        if (timed != (due != 0) || (timed && feed->timer.node.due != due))
            return rd_fail(look->why, RD_E_BUG,
                           "feed %.*s: its timer is not at what is due of it next",
                           RD_TEXT_ARG(feed->state.feed));
    }
    return RD_OK;
}

static enum rd_err check_feeds(const struct look *look)
{
    for (size_t i = 0; i < look->core->feeds_count; i++) {
        const struct rd_feed_state *f = &look->core->feeds[i]->state;
        uint64_t sum = f->new_referrals + f->repeats + f->amendments + f->cancellations +
                       f->facts_applied + f->facts_ignored + f->quarantined + f->rejected;
        if (f->submissions != sum)
            return rd_fail(look->why, RD_E_BUG, "feed %.*s: %llu submissions, %llu disposals",
                           RD_TEXT_ARG(f->feed), (unsigned long long)f->submissions,
                           (unsigned long long)sum);
        if (f->new_referrals != f->open + f->closed + f->refused)
            return rd_fail(look->why, RD_E_BUG,
                           "feed %.*s: %llu new referrals are not open, closed and refused ones",
                           RD_TEXT_ARG(f->feed), (unsigned long long)f->new_referrals);
    }
    return check_expected(look);
}

static enum rd_err check_queues(struct look *look)
{
    uint64_t members = 0;
    for (size_t i = 0; i < look->core->queues_count; i++) {
        const struct rd_queue_held *q = look->core->queues[i];
        members += q->members.used;
        if (q->counts[RD_ASSIGNMENT_WAITING] + q->counts[RD_ASSIGNMENT_CLAIMED] +
                q->counts[RD_ASSIGNMENT_ACCEPTED] !=
            q->members.used)
            return rd_fail(look->why, RD_E_BUG, "queue %.*s: its counts are not its members",
                           RD_TEXT_ARG(q->state.queue));
        for (uint64_t n = q->ring_first; n != 0 && n <= q->state.change; n++)
            if (q->ring[n % RD_QUEUE_CHANGES_KEPT].change != n)
                return rd_fail(look->why, RD_E_BUG, "queue %.*s: change %llu is a hole",
                               RD_TEXT_ARG(q->state.queue), (unsigned long long)n);
    }
    return members == look->open_assignments
               ? RD_OK
               : rd_fail(look->why, RD_E_BUG, "queues: members that are no open assignments");
}

static enum rd_err check_heap(const struct look *look, const struct rd_heap *heap, const char *name)
{
    for (size_t i = 0; i < heap->count; i++) {
        const struct rd_heap_node *node = heap->nodes[i];
        const struct rd_heap_node *parent = heap->nodes[i == 0 ? 0 : (i - 1) / 2];
        if (node->position != i + 1 || parent->due > node->due)
            return rd_fail(look->why, RD_E_BUG, "heap of %s: out of order at %zu", name, i);
    }
    return RD_OK;
}

/* Keys and references name what is held. */
static enum rd_err check_links(const struct look *look)
{
    size_t cursor = 0;
    const struct rd_key_held *key = NULL;
    while ((key = rd_map_each(&look->core->keys, &cursor)) != NULL)
        if (key->state.referral != 0 && rd_find_referral(look->core, key->state.referral) == NULL)
            return rd_fail(look->why, RD_E_BUG, "a key of entry %llu names no referral",
                           (unsigned long long)key->state.entry);
    const struct rd_ref_held *ref = NULL;
    for (cursor = 0; (ref = rd_map_each(&look->core->refs, &cursor)) != NULL;)
        if (ref->state.tombstone != (ref->state.referral == 0) ||
            (!ref->state.tombstone && rd_find_referral(look->core, ref->state.referral) == NULL))
            return rd_fail(look->why, RD_E_BUG, "a reference of entry %llu names no referral",
                           (unsigned long long)ref->state.entry);
    const struct rd_core *core = look->core;
    if (core->tokens.used != look->tokens || core->receipts.used != look->receipts ||
        core->open_referrals != look->open_referrals || core->suggesting.used != look->suggesting ||
        core->open_linked != look->open_linked)
        return rd_fail(look->why, RD_E_BUG,
                       "tokens, receipts, open or linked referrals: counts differ");
    return RD_OK;
}

static enum rd_err check_items(const struct look *look)
{
    uint64_t open = 0;
    size_t cursor = 0;
    const struct rd_item *item = NULL;
    while ((item = rd_map_each(&look->core->items, &cursor)) != NULL) {
        bool waits = item->state.closed_at == 0 && !item->state.alarmed;
        open += item->state.closed_at == 0 ? 1 : 0;
        if (waits != (item->timer.node.position != 0))
            return rd_fail(look->why, RD_E_BUG, "item Q%llu: its deadline is not waited for",
                           (unsigned long long)item->state.entry);
    }
    return open == look->core->open_items
               ? RD_OK
               : rd_fail(look->why, RD_E_BUG, "open items of quarantine: the count differs");
}

enum rd_err rd_core_check(const struct rd_core *core, struct rd_errbuf *why)
{
    struct look look = {.core = core, .why = why};
    enum rd_err err = core->err;
    size_t cursor = 0;
    struct rd_held *held = NULL;
    rd_arena_init(&look.arena, core->alloc, RD_STEP_BYTES_MAX);
    rd_arena_init(&look.other, core->alloc, RD_STEP_BYTES_MAX);
    while (err == RD_OK && (held = rd_map_each(&core->referrals, &cursor)) != NULL)
        err = check_referral(&look, held);
    rd_arena_fini(&look.arena);
    rd_arena_fini(&look.other);
    if (err == RD_OK)
        err = check_feeds(&look);
    if (err == RD_OK)
        err = check_queues(&look);
    if (err == RD_OK)
        err = check_heap(&look, &core->timers, "timers");
    if (err == RD_OK)
        err = check_heap(&look, &core->expiries, "expiries");
    if (err == RD_OK)
        err = check_items(&look);
    return err == RD_OK ? check_links(&look) : err;
}
