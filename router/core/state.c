#include "core/state.h"

#include "core/numbers.h"
#include "core/pack.h"

#include <string.h>

bool rd_nomem(struct rd_core *core)
{
    if (core->err == RD_OK)
        core->err = RD_E_NOMEM;
    return false;
}

bool rd_broken(struct rd_core *core)
{
    if (core->err == RD_OK)
        core->err = RD_E_BUG;
    return false;
}

void *rd_take(struct rd_core *core, size_t size)
{
    void *taken = rd_arena_take(&core->arena, size);
    if (taken == NULL)
        (void)rd_nomem(core);
    return taken;
}

void *rd_take_array(struct rd_core *core, size_t count, size_t size)
{
    void *taken = rd_arena_array(&core->arena, count, size);
    if (taken == NULL)
        (void)rd_nomem(core);
    return taken;
}

bool rd_keep_text(struct rd_core *core, struct rd_text text, struct rd_text *out)
{
    return rd_arena_copy(&core->arena, text, out) ? true : rd_nomem(core);
}

void *rd_hold(struct rd_core *core, size_t size)
{
    void *held = rd_alloc_zeroed(core->alloc, 1, size);
    if (held == NULL)
        (void)rd_nomem(core);
    return held;
}

bool rd_hold_text(struct rd_core *core, struct rd_text text, struct rd_text *out)
{
    *out = RD_TEXT_NONE;
    if (text.ptr == NULL)
        return true;
    char *copy = rd_hold(core, text.len + 1);
    if (copy == NULL)
        return false;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    *out = (struct rd_text){copy, text.len};
    return true;
}

void rd_release_text(struct rd_core *core, struct rd_text text)
{
    /* Owned texts are made by rd_hold_text: writable memory behind a view of constant bytes. */
    union {
        const char *view;
        void *owned;
    } memory = {.view = text.ptr};
    rd_release(core->alloc, memory.owned);
}

uint64_t rd_hash_prefix(struct rd_text hash)
{
    uint64_t prefix = 0;
    memcpy(&prefix, hash.ptr, hash.len < sizeof prefix ? hash.len : sizeof prefix);
    return prefix;
}

struct rd_held *rd_find_referral(const struct rd_core *core, uint64_t id)
{
    return rd_map_get(&core->referrals, id);
}

struct rd_feed_held *rd_find_feed(const struct rd_core *core, struct rd_text name)
{
    for (size_t i = 0; i < core->feeds_count; i++)
        if (rd_text_equal(core->feeds[i]->state.feed, name))
            return core->feeds[i];
    return NULL;
}

struct rd_queue_held *rd_find_queue(const struct rd_core *core, struct rd_text name)
{
    for (size_t i = 0; i < core->queues_count; i++)
        if (rd_text_equal(core->queues[i]->state.queue, name))
            return core->queues[i];
    return NULL;
}

struct rd_key_held *rd_find_key(const struct rd_core *core, struct rd_text hash)
{
    size_t cursor = 0;
    uint64_t prefix = rd_hash_prefix(hash);
    for (;;) {
        struct rd_key_held *key = rd_map_each_equal(&core->keys, prefix, &cursor);
        if (key == NULL || rd_text_equal(key->state.key_hash, hash))
            return key;
    }
}

struct rd_ref_held *rd_find_ref(const struct rd_core *core, struct rd_text hash)
{
    size_t cursor = 0;
    uint64_t prefix = rd_hash_prefix(hash);
    for (;;) {
        struct rd_ref_held *ref = rd_map_each_equal(&core->refs, prefix, &cursor);
        if (ref == NULL || rd_text_equal(ref->state.ref_hash, hash))
            return ref;
    }
}

struct rd_item *rd_find_item(const struct rd_core *core, uint64_t entry)
{
    return rd_map_get(&core->items, entry);
}

struct rd_held *rd_make_referral(struct rd_core *core, uint64_t id)
{
    struct rd_held *held = rd_hold(core, sizeof *held);
    if (held == NULL)
        return NULL;
    held->id = id;
    held->timer = (struct rd_timer){.kind = RD_TIMER_REFERRAL, .owner = held};
    held->receipt_out = (struct rd_timer){.kind = RD_TIMER_RECEIPT, .owner = held};
    if (rd_map_add(&core->referrals, id, held))
        return held;
    rd_release(core->alloc, held);
    (void)rd_nomem(core);
    return NULL;
}

struct rd_feed_held *rd_make_feed(struct rd_core *core, struct rd_text name)
{
    struct rd_feed_held *feed = rd_find_feed(core, name);
    if (feed != NULL)
        return feed;
    feed = rd_hold(core, sizeof *feed);
    void *list = core->feeds;
    if (feed != NULL && rd_hold_text(core, name, &feed->state.feed) &&
        rd_alloc_grow(core->alloc, &list, &core->feeds_cap, core->feeds_count + 1,
                      sizeof *core->feeds)) {
        core->feeds = list;
        core->feeds[core->feeds_count++] = feed;
        rd_heap_init(&feed->receipts, core->alloc);
        feed->timer = (struct rd_timer){.kind = RD_TIMER_FEED, .owner = feed};
        return feed;
    }
    if (feed != NULL)
        rd_release_text(core, feed->state.feed);
    rd_release(core->alloc, feed);
    (void)rd_nomem(core);
    return NULL;
}

struct rd_queue_held *rd_make_queue(struct rd_core *core, struct rd_text name)
{
    struct rd_queue_held *queue = rd_find_queue(core, name);
    if (queue != NULL)
        return queue;
    queue = rd_hold(core, sizeof *queue);
    void *list = core->queues;
    if (queue != NULL && rd_hold_text(core, name, &queue->state.queue) &&
        rd_alloc_grow(core->alloc, &list, &core->queues_cap, core->queues_count + 1,
                      sizeof *core->queues)) {
        core->queues = list;
        core->queues[core->queues_count++] = queue;
        rd_map_init(&queue->members, core->alloc);
        rd_map_init(&queue->undelivered, core->alloc);
        return queue;
    }
    if (queue != NULL)
        rd_release_text(core, queue->state.queue);
    rd_release(core->alloc, queue);
    (void)rd_nomem(core);
    return NULL;
}

struct rd_key_held *rd_make_key(struct rd_core *core, struct rd_text hash)
{
    struct rd_key_held *key = rd_find_key(core, hash);
    if (key != NULL || hash.len != RD_HASH_BYTES)
        return key;
    key = rd_hold(core, sizeof *key);
    if (key == NULL)
        return NULL;
    memcpy(key->hash, hash.ptr, RD_HASH_BYTES);
    key->expiry = (struct rd_timer){.kind = RD_TIMER_KEY, .owner = key};
    key->state.key_hash = (struct rd_text){key->hash, RD_HASH_BYTES};
    if (rd_map_add(&core->keys, rd_hash_prefix(hash), key))
        return key;
    rd_release(core->alloc, key);
    (void)rd_nomem(core);
    return NULL;
}

struct rd_ref_held *rd_make_ref(struct rd_core *core, struct rd_text hash)
{
    struct rd_ref_held *ref = rd_find_ref(core, hash);
    if (ref != NULL || hash.len != RD_HASH_BYTES)
        return ref;
    ref = rd_hold(core, sizeof *ref);
    if (ref == NULL)
        return NULL;
    memcpy(ref->hash, hash.ptr, RD_HASH_BYTES);
    ref->expiry = (struct rd_timer){.kind = RD_TIMER_REF, .owner = ref};
    ref->state.ref_hash = (struct rd_text){ref->hash, RD_HASH_BYTES};
    if (rd_map_add(&core->refs, rd_hash_prefix(hash), ref))
        return ref;
    rd_release(core->alloc, ref);
    (void)rd_nomem(core);
    return NULL;
}

bool rd_item_set(struct rd_core *core, struct rd_item *item,
                 const struct rd_quarantine_state *state)
{
    struct rd_quarantine_state made = *state;
    struct rd_text *const texts[] = {&made.feed, &made.code, &made.words, &made.closed_by,
                                     &made.closed_as};
    size_t len = 1;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        len += texts[i]->len;
    char *bytes = rd_hold(core, len);
    if (bytes == NULL)
        return false;
    char *at = bytes;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i]->ptr == NULL)
            continue;
        if (texts[i]->len > 0)
            memcpy(at, texts[i]->ptr, texts[i]->len);
        texts[i]->ptr = at;
        at += texts[i]->len;
    }
    if ((item->state.closed_at == 0) != (made.closed_at == 0))
        core->open_items--;
    rd_release(core->alloc, item->texts);
    item->texts = bytes;
    item->state = made;
    bool waits = made.closed_at == 0 && !made.alarmed;
    if (!waits)
        rd_heap_cancel(&core->timers, &item->timer.node);
    else if (!rd_heap_set(&core->timers, &item->timer.node, made.due, made.entry))
        return rd_nomem(core);
    return true;
}

struct rd_item *rd_make_item(struct rd_core *core, const struct rd_quarantine_state *state)
{
    struct rd_item *item = rd_hold(core, sizeof *item);
    if (item == NULL)
        return NULL;
    item->timer = (struct rd_timer){.kind = RD_TIMER_ITEM, .owner = item};
    core->open_items++;
    if (!rd_map_add(&core->items, state->entry, item)) {
        rd_release(core->alloc, item);
        (void)rd_nomem(core);
        return NULL;
    }
    return rd_item_set(core, item, state) ? item : NULL;
}

bool rd_key_expires(struct rd_core *core, struct rd_key_held *key, rd_instant at)
{
    key->state.expires = at;
    uint64_t order = rd_hash_prefix(key->state.key_hash);
    return rd_heap_set(&core->expiries, &key->expiry.node, at, order) ? true : rd_nomem(core);
}

bool rd_ref_expires(struct rd_core *core, struct rd_ref_held *ref, rd_instant at)
{
    ref->state.expires = at;
    uint64_t order = rd_hash_prefix(ref->state.ref_hash);
    return rd_heap_set(&core->expiries, &ref->expiry.node, at, order) ? true : rd_nomem(core);
}

bool rd_touch(struct rd_core *core, enum rd_touched_kind kind, void *object, uint64_t *touched_step)
{
    if (touched_step != NULL && *touched_step == core->step)
        return true;
    void *items = core->touched;
    if (!rd_alloc_grow(core->alloc, &items, &core->touched_cap, core->touched_count + 1,
                       sizeof *core->touched))
        return rd_nomem(core);
    core->touched = items;
    core->touched[core->touched_count++] = (struct rd_touched){kind, object};
    if (touched_step != NULL)
        *touched_step = core->step;
    return true;
}

/* A delete among the records; whatever this step had upserted of the object is void. */
static bool touch_gone(struct rd_core *core, enum rd_state_table table, struct rd_text key,
                       const void *object)
{
    for (size_t i = 0; i < core->touched_count; i++)
        if (core->touched[i].object == object)
            core->touched[i].object = NULL;
    struct rd_state_record *record = rd_take(core, sizeof *record);
    if (record == NULL || !rd_keep_text(core, key, &record->key))
        return false;
    record->table = table;
    return rd_touch(core, RD_TOUCHED_GONE, record, NULL);
}

bool rd_drop_key(struct rd_core *core, struct rd_key_held *key)
{
    if (!touch_gone(core, RD_TABLE_KEY, key->state.key_hash, key))
        return false;
    rd_heap_cancel(&core->expiries, &key->expiry.node);
    (void)rd_map_remove(&core->keys, rd_hash_prefix(key->state.key_hash), key);
    rd_release(core->alloc, key);
    return true;
}

bool rd_drop_ref(struct rd_core *core, struct rd_ref_held *ref)
{
    if (!touch_gone(core, RD_TABLE_REF, ref->state.ref_hash, ref))
        return false;
    rd_heap_cancel(&core->expiries, &ref->expiry.node);
    (void)rd_map_remove(&core->refs, rd_hash_prefix(ref->state.ref_hash), ref);
    rd_release(core->alloc, ref);
    return true;
}

/* Unpacks into the arena; the packed bytes are copied there too, for they may be replaced. */
static struct rd_referral_state *unpack(struct rd_core *core, const struct rd_held *held,
                                        struct rd_arena *arena, bool copy)
{
    struct rd_text bytes = {(const char *)held->packed, held->packed_len};
    struct rd_referral_state *state = rd_arena_take(arena, sizeof *state);
    if (state == NULL || (copy && !rd_arena_copy(arena, bytes, &bytes))) {
        (void)rd_nomem(core);
        return NULL;
    }
    enum rd_err err = rd_unpack(&rd_referral_state_shape, bytes, &core->words, arena, state);
    if (err == RD_OK)
        return state;
    (void)(err == RD_E_TOOBIG ? rd_nomem(core) : rd_broken(core));
    return NULL;
}

struct rd_referral_state *rd_live(struct rd_core *core, struct rd_held *held)
{
    if (held->live_step == core->step)
        return held->live;
    struct rd_referral_state *state = unpack(core, held, &core->arena, true);
    if (state != NULL) {
        held->live = state;
        held->live_step = core->step;
    }
    return state;
}

const struct rd_referral_state *rd_peek(struct rd_core *core, struct rd_held *held)
{
    if (held->live_step == core->step)
        return held->live;
    rd_arena_reset(&core->scratch);
    return unpack(core, held, &core->scratch, false);
}

struct rd_assignment *rd_assignment_at(const struct rd_referral_state *state, uint32_t index)
{
    return index >= 1 && index <= state->assignments_count ? &state->assignments[index - 1] : NULL;
}

struct rd_clock *rd_clock_at(const struct rd_referral_state *state, uint32_t index)
{
    return index >= 1 && index <= state->clocks_count ? &state->clocks[index - 1] : NULL;
}

struct rd_contact *rd_contact_at(const struct rd_referral_state *state, uint32_t index)
{
    return index >= 1 && index <= state->contacts_count ? &state->contacts[index - 1] : NULL;
}

bool rd_assignment_open(const struct rd_assignment *assignment)
{
    return assignment->phase != RD_ASSIGNMENT_CLOSED;
}

struct rd_assignment *rd_lead_of(const struct rd_referral_state *state)
{
    for (size_t i = 0; i < state->assignments_count; i++)
        if (state->assignments[i].role == RD_ROLE_LEAD &&
            rd_assignment_open(&state->assignments[i]))
            return &state->assignments[i];
    return NULL;
}

static void free_queue(struct rd_core *core, struct rd_queue_held *queue)
{
    rd_map_fini(&queue->members);
    rd_map_fini(&queue->undelivered);
    rd_release(core->alloc, queue->ring);
    rd_release_text(core, queue->state.queue);
    rd_release(core->alloc, queue);
}

static void free_values(struct rd_core *core, struct rd_map *map)
{
    size_t cursor = 0;
    for (void *value = rd_map_each(map, &cursor); value != NULL; value = rd_map_each(map, &cursor))
        rd_release(core->alloc, value);
    rd_map_fini(map);
}

void rd_state_fini(struct rd_core *core)
{
    size_t cursor = 0;
    struct rd_held *held = NULL;
    while ((held = rd_map_each(&core->referrals, &cursor)) != NULL)
        rd_release(core->alloc, held->packed);
    struct rd_item *item = NULL;
    for (cursor = 0; (item = rd_map_each(&core->items, &cursor)) != NULL;)
        rd_release(core->alloc, item->texts);
    free_values(core, &core->referrals);
    free_values(core, &core->keys);
    free_values(core, &core->refs);
    free_values(core, &core->items);
    rd_map_fini(&core->persons);
    for (int kind = 0; kind < RD_ALIKE_KINDS; kind++)
        rd_map_fini(&core->alike[kind]);
    rd_map_fini(&core->suggesting);
    rd_map_fini(&core->tokens);
    rd_map_fini(&core->receipts);
    for (size_t i = 0; i < core->feeds_count; i++) {
        rd_heap_fini(&core->feeds[i]->receipts);
        rd_numbers_fini(core, core->feeds[i]);
        rd_release_text(core, core->feeds[i]->state.feed);
        rd_release(core->alloc, core->feeds[i]);
    }
    for (size_t i = 0; i < core->queues_count; i++)
        free_queue(core, core->queues[i]);
    for (size_t i = 0; i < core->rulesets_count; i++) {
        rd_release_text(core, core->rulesets[i]->state.hash);
        rd_release(core->alloc, core->rulesets[i]);
    }
    rd_release(core->alloc, core->rulesets);
    rd_release(core->alloc, core->feeds);
    rd_release(core->alloc, core->queues);
    rd_heap_fini(&core->timers);
    rd_heap_fini(&core->expiries);
    rd_words_fini(&core->words);
    rd_release_text(core, core->meta.place);
    rd_release_text(core, core->meta.rules_hash);
    rd_release_text(core, core->meta.previous_rules_hash);
    rd_release_text(core, core->meta.pending_rules_hash);
    rd_release_text(core, core->meta.pending_by);
    rd_release_text(core, core->meta.pending_approved_by);
    rd_release_text(core, core->meta.pending_reason);
    rd_release_text(core, core->meta.refused_rules_hash);
    rd_release_text(core, core->meta.refused_reason);
}
