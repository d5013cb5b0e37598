#include "core/edit.h"

#include "core/alike.h"
#include "core/clocks.h"
#include "core/group.h"
#include "core/timers.h"

#include <string.h>

static uint64_t sum_clocks(const struct rd_referral_state *state, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count && i < state->clocks_count; i++) {
        const struct rd_clock *clock = &state->clocks[i];
        const rd_instant fixed[] = {clock->start, clock->alarm_due, clock->report_due};
        sum = sum * 31 + rd_text_hash((struct rd_text){(const char *)fixed, sizeof fixed});
    }
    return sum;
}

bool rd_edit_begin(struct rd_core *core, struct rd_held *held, struct rd_edit *edit)
{
    *edit = (struct rd_edit){.held = held, .state = rd_live(core, held), .rows = true};
    if (edit->state == NULL)
        return false;
    edit->feed = rd_make_feed(core, edit->state->feed);
    if (edit->feed == NULL)
        return false;
    held->feed = edit->feed;
    edit->phase = edit->state->phase;
    edit->clocks_count = edit->state->clocks_count;
    edit->clocks_sum = sum_clocks(edit->state, edit->clocks_count);
    edit->assignments_count = edit->state->assignments_count;
    for (size_t i = 0; i < edit->assignments_count; i++) {
        edit->phases[i] = edit->state->assignments[i].phase;
        edit->tokens[i] = edit->state->assignments[i].token;
    }
    return rd_group_due_of(core, held, &edit->group_due);
}

static bool add(struct rd_core *core, struct rd_map *map, uint64_t key, void *value)
{
    return rd_map_add(map, key, value) ? true : rd_nomem(core);
}

static bool mark_dirty(struct rd_core *core, struct rd_queue_held *queue)
{
    if (queue->dirty)
        return true;
    void *items = core->dirty;
    if (!rd_alloc_grow(core->alloc, &items, &core->dirty_cap, core->dirty_count + 1,
                       sizeof *core->dirty))
        return rd_nomem(core);
    core->dirty = items;
    core->dirty[core->dirty_count++] = queue;
    queue->dirty = true;
    return true;
}

/* Numbers one change of the queue and keeps it for those who resume. */
static bool number_change(struct rd_core *core, struct rd_queue_held *queue,
                          const struct rd_edit *edit, struct rd_assignment *assignment,
                          enum rd_row_change what)
{
    if (queue->ring == NULL) {
        queue->ring = rd_alloc_zeroed(core->alloc, RD_QUEUE_CHANGES_KEPT, sizeof *queue->ring);
        if (queue->ring == NULL)
            return rd_nomem(core);
    }
    queue->state.change++;
#if defined(RD_PLANT_SKIPPED_CHANGE_NUMBER)
    queue->state.change += what == RD_ROW_REMOVED;
#endif
    assignment->change = queue->state.change;
    if (queue->ring_first == 0)
        queue->ring_first = queue->state.change;
    if (queue->state.change - queue->ring_first >= RD_QUEUE_CHANGES_KEPT)
        queue->ring_first = queue->state.change - RD_QUEUE_CHANGES_KEPT + 1;
    queue->ring[queue->state.change % RD_QUEUE_CHANGES_KEPT] = (struct rd_change_kept){
        queue->state.change, edit->held->id, assignment->index, what, edit->verb};
    return rd_touch(core, RD_TOUCHED_QUEUE, queue, &queue->touched_step) && mark_dirty(core, queue);
}

/* Membership, counts and the list of undelivered ones follow the assignment's phase. */
static bool follow(struct rd_core *core, struct rd_held *held, struct rd_queue_held *queue,
                   const struct rd_assignment *assignment, enum rd_assignment_phase was)
{
    uint64_t key = rd_member_key(held->id, assignment->index);
    bool was_open = was != 0 && was != RD_ASSIGNMENT_CLOSED;
    bool is_open = rd_assignment_open(assignment);
    if (was_open)
        queue->counts[was]--;
    if (is_open)
        queue->counts[assignment->phase]++;
    if (is_open && !was_open && !add(core, &queue->members, key, held))
        return false;
    if (!is_open && was_open)
        (void)rd_map_remove(&queue->members, key, held);
    bool waits = is_open && assignment->delivered_at == 0;
    bool listed = rd_map_get(&queue->undelivered, key) != NULL;
    if (waits && !listed)
        return add(core, &queue->undelivered, key, held);
    if (!waits && listed)
        (void)rd_map_remove(&queue->undelivered, key, held);
    return true;
}

static bool follow_token(struct rd_core *core, struct rd_held *held, uint64_t was, uint64_t is)
{
    if (was == is)
        return true;
    if (was != 0)
        (void)rd_map_remove(&core->tokens, was, held);
    return is == 0 || add(core, &core->tokens, is, held);
}

static bool end_assignments(struct rd_core *core, struct rd_edit *edit)
{
    for (size_t i = 0; i < edit->state->assignments_count; i++) {
        struct rd_assignment *assignment = &edit->state->assignments[i];
        bool old = i < edit->assignments_count;
        enum rd_assignment_phase was = old ? edit->phases[i] : 0;
        bool was_open = old && was != RD_ASSIGNMENT_CLOSED;
        bool is_open = rd_assignment_open(assignment);
        if (!was_open && !is_open)
            continue;
        struct rd_queue_held *queue = rd_make_queue(core, assignment->team);
        if (queue == NULL || !follow(core, edit->held, queue, assignment, was) ||
            !follow_token(core, edit->held, old ? edit->tokens[i] : 0, assignment->token))
            return false;
        enum rd_row_change what = !was_open ? RD_ROW_ADDED
                                  : is_open ? RD_ROW_CHANGED
                                            : RD_ROW_REMOVED;
        if ((edit->rows || what != RD_ROW_CHANGED) &&
            !number_change(core, queue, edit, assignment, what))
            return false;
    }
    return true;
}

static uint64_t *counter_of(struct rd_feed_held *feed, enum rd_referral_phase phase)
{
    if (phase == RD_PHASE_CLOSED)
        return &feed->state.closed;
    return phase == RD_PHASE_REFUSED ? &feed->state.refused : &feed->state.open;
}

static bool is_open_phase(enum rd_referral_phase phase)
{
    return phase == RD_PHASE_HELD || phase == RD_PHASE_OPEN;
}

/* Persons of open referrals only: a fact is about them. */
static bool follow_persons(struct rd_core *core, struct rd_held *held,
                           const struct rd_referral_state *state, bool is_open)
{
    for (size_t i = 0; i < state->person_hashes_count; i++) {
        uint64_t prefix = rd_hash_prefix(state->person_hashes[i]);
        (void)rd_map_remove(&core->persons, prefix, held);
        if (is_open && !add(core, &core->persons, prefix, held))
            return false;
    }
    core->open_referrals += is_open ? 1 : 0;
    core->open_referrals -= is_open ? 0 : 1;
    return true;
}

static bool end_phase(struct rd_core *core, struct rd_edit *edit)
{
    enum rd_referral_phase is = edit->state->phase;
    if (edit->phase == is)
        return true;
    if (edit->phase != 0)
        --*counter_of(edit->feed, edit->phase);
    ++*counter_of(edit->feed, is);
    if (!rd_touch(core, RD_TOUCHED_FEED, edit->feed, &edit->feed->touched_step))
        return false;
    edit->held->phase = is;
    edit->held->closed_at = edit->state->closed_at;
    return is_open_phase(is) == is_open_phase(edit->phase) ||
           follow_persons(core, edit->held, edit->state, is_open_phase(is));
}

/* Only the oldest pending receipt is known to the maps: it is sent or waits to be. */
static bool follow_receipts(struct rd_core *core, struct rd_held *held, struct rd_feed_held *feed,
                            const struct rd_referral_state *state)
{
    uint64_t first = state->receipts_count > 0 ? state->receipts[0].number : 0;
    if (first == held->receipt_number)
        return true;
    if (held->receipt_number != 0)
        (void)rd_map_remove(&core->receipts, held->receipt_number, held);
    rd_heap_cancel(&feed->receipts, &held->receipt_wait);
    rd_heap_cancel(&core->timers, &held->receipt_out.node);
    held->receipt_number = first;
    if (first == 0)
        return true;
    if (!rd_heap_set(&feed->receipts, &held->receipt_wait, (int64_t)first, first))
        return rd_nomem(core);
    return add(core, &core->receipts, first, held);
}

static bool follow_timer(struct rd_core *core, struct rd_held *held,
                         const struct rd_referral_state *state)
{
    held->response_due = rd_response_due(state, 0);
    held->received = state->received;
    rd_instant due = rd_referral_due(state);
    if (due == 0) {
        rd_heap_cancel(&core->timers, &held->timer.node);
        return true;
    }
#if defined(RD_PLANT_FORGOTTEN_TIMER)
    if (held->timer.node.position != 0) /* a later change is not followed */
        return true;
#endif
    return rd_heap_set(&core->timers, &held->timer.node, due, held->id) ? true : rd_nomem(core);
}

/* What waits for the desk, and what is linked, of open referrals. */
static bool follow_links(struct rd_core *core, struct rd_held *held,
                         const struct rd_referral_state *state)
{
    bool open = is_open_phase(state->phase);
    bool suggests = false;
    bool linked = false;
    for (size_t i = 0; open && i < state->links_count; i++) {
        suggests = suggests || state->links[i].state == RD_LINK_SUGGESTED;
        linked = linked || state->links[i].state == RD_LINK_LINKED;
    }
    core->open_linked += linked && !held->is_linked ? 1 : 0;
    core->open_linked -= !linked && held->is_linked ? 1 : 0;
    held->is_linked = linked;
    bool listed = rd_map_get(&core->suggesting, held->id) != NULL;
    if (listed && !suggests)
        (void)rd_map_remove(&core->suggesting, held->id, held);
    return listed || !suggests || add(core, &core->suggesting, held->id, held);
}

static bool end_own(struct rd_core *core, struct rd_edit *edit)
{
    if (sum_clocks(edit->state, edit->clocks_count) != edit->clocks_sum)
        return rd_broken(core);
    return end_assignments(core, edit) && end_phase(core, edit) &&
           follow_receipts(core, edit->held, edit->feed, edit->state) &&
           follow_timer(core, edit->held, edit->state) &&
           follow_links(core, edit->held, edit->state) &&
           rd_alike_follow(core, edit->held, edit->state->marks) &&
           rd_touch(core, RD_TOUCHED_REFERRAL, edit->held, &edit->held->touched_step);
}

bool rd_edit_rows(struct rd_core *core, struct rd_held *held)
{
    struct rd_edit edit;
    return rd_edit_begin(core, held, &edit) && end_own(core, &edit);
}

/* The nearest deadline of a group stands on the rows of all of it. */
static bool follow_group(struct rd_core *core, const struct rd_edit *edit)
{
    struct rd_group group;
    if (edit->alone || edit->state->links_count == 0)
        return true;
    if (!rd_group_of(core, edit->held, &group))
        return false;
    bool same = rd_group_due(&group) == edit->group_due;
#if defined(RD_PLANT_STALE_GROUP_ROW)
    same = true;
#endif
    for (size_t i = 1; !same && i < group.count; i++)
        if (!rd_edit_rows(core, group.members[i]))
            return false;
    return true;
}

bool rd_edit_end(struct rd_core *core, struct rd_edit *edit)
{
    return end_own(core, edit) && follow_group(core, edit);
}

static uint64_t first_body(const struct rd_referral_state *state)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8 && i < state->bodies.len; i++)
        number = number << 8 | (unsigned char)state->bodies.ptr[i];
    return number;
}

bool rd_edit_loaded(struct rd_core *core, struct rd_held *held,
                    const struct rd_referral_state *state)
{
    held->phase = state->phase;
    held->closed_at = state->closed_at;
    held->order = first_body(state);
    struct rd_feed_held *feed = rd_make_feed(core, state->feed);
    if (feed == NULL)
        return false;
    held->feed = feed;
    for (size_t i = 0; i < state->assignments_count; i++) {
        const struct rd_assignment *assignment = &state->assignments[i];
        if (!rd_assignment_open(assignment))
            continue;
        struct rd_queue_held *queue = rd_make_queue(core, assignment->team);
        if (queue == NULL || !follow(core, held, queue, assignment, 0) ||
            !follow_token(core, held, 0, assignment->token))
            return false;
    }
    if (is_open_phase(state->phase) && !follow_persons(core, held, state, true))
        return false;
    return follow_receipts(core, held, feed, state) && follow_timer(core, held, state) &&
           follow_links(core, held, state) && rd_alike_follow(core, held, state->marks) &&
           rd_referral_pack(core, held, state);
}

/* A list with room for one more: lists of a step's state grow rarely and by one. */
static void *grown(struct rd_core *core, const void *items, size_t count, size_t size)
{
    char *made = rd_take_array(core, count + 1, size);
    if (made != NULL && count > 0)
        memcpy(made, items, count * size);
    return made;
}

struct rd_person_link *rd_add_link(struct rd_core *core, struct rd_referral_state *state)
{
    if (state->links_count >= RD_LINKS_MAX) {
        (void)rd_broken(core);
        return NULL;
    }
    struct rd_person_link *made = grown(core, state->links, state->links_count, sizeof *made);
    if (made == NULL)
        return NULL;
    state->links = made;
    return &made[state->links_count++];
}

struct rd_assignment *rd_add_assignment(struct rd_core *core, struct rd_referral_state *state)
{
    if (state->assignments_count >= RD_ASSIGNMENTS_MAX) {
        (void)rd_broken(core);
        return NULL;
    }
    struct rd_assignment *made =
        grown(core, state->assignments, state->assignments_count, sizeof *made);
    if (made == NULL)
        return NULL;
    state->assignments = made;
    made = &made[state->assignments_count++];
    made->index = (uint32_t)state->assignments_count;
    return made;
}

struct rd_clock *rd_add_clock(struct rd_core *core, struct rd_referral_state *state)
{
    if (state->clocks_count >= RD_CLOCKS_MAX) {
        (void)rd_broken(core);
        return NULL;
    }
    struct rd_clock *made = grown(core, state->clocks, state->clocks_count, sizeof *made);
    if (made == NULL)
        return NULL;
    state->clocks = made;
    made = &made[state->clocks_count++];
    made->index = (uint32_t)state->clocks_count;
    return made;
}

struct rd_contact *rd_add_contact(struct rd_core *core, struct rd_referral_state *state)
{
    if (state->contacts_count >= RD_CONTACTS_MAX) {
        (void)rd_broken(core);
        return NULL;
    }
    struct rd_contact *made = grown(core, state->contacts, state->contacts_count, sizeof *made);
    if (made == NULL)
        return NULL;
    state->contacts = made;
    made = &made[state->contacts_count++];
    made->index = (uint32_t)state->contacts_count;
    return made;
}

bool rd_add_receipt(struct rd_core *core, struct rd_referral_state *state,
                    const struct rd_receipt_due *receipt)
{
    struct rd_receipt_due *made = grown(core, state->receipts, state->receipts_count, sizeof *made);
    if (made == NULL)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < state->receipts_count; i++)
        if (i == 0 || made[i].stage != receipt->stage)
            made[kept++] = made[i];
    made[kept++] = *receipt;
    state->receipts = made;
    state->receipts_count = kept;
    return true;
}
