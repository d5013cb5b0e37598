/* RECEIVED and QUARANTINE entries: feeds' columns, keys, references, quarantined items, and the
 * referral's record. */
#include "core/apply.h"
#include "core/expect.h"

#include <string.h>

/* Keys and references past their window go, unless their referral is open. Swept a few at a time by
 * every RECEIVED entry, with its time: the same on replay. */
static bool expire_one(struct rd_core *core, struct rd_timer *timer, rd_instant at)
{
    struct rd_key_held *key = timer->kind == RD_TIMER_KEY ? timer->owner : NULL;
    struct rd_ref_held *ref = timer->kind == RD_TIMER_REF ? timer->owner : NULL;
    uint64_t referral = key != NULL ? key->state.referral : ref->state.referral;
    struct rd_held *held = referral == 0 ? NULL : rd_find_referral(core, referral);
    bool stays = held != NULL && (held->phase == RD_PHASE_OPEN || held->phase == RD_PHASE_HELD);
    if (!stays)
        return key != NULL ? rd_drop_key(core, key) : rd_drop_ref(core, ref);
    if (key != NULL)
        return rd_key_expires(core, key, at + RD_DAY_US) &&
               rd_touch(core, RD_TOUCHED_KEY, key, &key->touched_step);
    return rd_ref_expires(core, ref, at + RD_DAY_US) &&
           rd_touch(core, RD_TOUCHED_REF, ref, &ref->touched_step);
}

static bool expire(struct rd_core *core, rd_instant at)
{
    for (int i = 0; i < RD_EXPIRIES_PER_ENTRY; i++) {
        struct rd_heap_node *node = rd_heap_first(&core->expiries);
        if (node == NULL || node->due > at)
            return true;
        if (!expire_one(core, (struct rd_timer *)(void *)node, at))
            return false;
    }
    return true;
}

static uint64_t *column_of(struct rd_feed_state *feed, enum rd_disposal disposal)
{
    switch (disposal) {
    case RD_DISPOSAL_NEW:
        return &feed->new_referrals;
    case RD_DISPOSAL_REPEAT:
        return &feed->repeats;
    case RD_DISPOSAL_AMENDED:
        return &feed->amendments;
    case RD_DISPOSAL_CANCELLED:
        return &feed->cancellations;
    case RD_DISPOSAL_FACT_APPLIED:
        return &feed->facts_applied;
    case RD_DISPOSAL_FACT_IGNORED:
        return &feed->facts_ignored;
    case RD_DISPOSAL_QUARANTINED:
        return &feed->quarantined;
    case RD_DISPOSAL_REJECTED:
        return &feed->rejected;
    }
    return NULL;
}

static bool keep_key(struct rd_core *core, const struct rd_entry *entry,
                     const struct rd_feed_held *feed)
{
    const struct rd_received *received = entry->received;
    struct rd_key_held *key = rd_make_key(core, received->key_hash);
    if (key == NULL)
        return rd_broken(core);
    struct rd_text digest = rd_text_slice(received->submission->digest, 0, sizeof key->digest);
    if (digest.len > 0)
        memcpy(key->digest, digest.ptr, digest.len);
    key->state.digest = (struct rd_text){key->digest, digest.len};
    key->state.feed = feed->state.feed;
    key->state.disposal = received->disposal;
    key->state.referral = entry->referral;
    key->state.entry = entry->number;
    return rd_key_expires(core, key, received->key_expires) &&
           rd_touch(core, RD_TOUCHED_KEY, key, &key->touched_step);
}

static bool keep_refs(struct rd_core *core, const struct rd_entry *entry,
                      const struct rd_feed_held *feed, bool tombstone)
{
    const struct rd_received *received = entry->received;
    for (size_t i = 0; i < received->ref_hashes_count; i++) {
        struct rd_ref_held *ref = rd_make_ref(core, received->ref_hashes[i]);
        if (ref == NULL)
            return rd_broken(core);
        ref->state.feed = feed->state.feed;
        ref->state.referral = tombstone ? 0 : entry->referral;
        ref->state.tombstone = tombstone;
        ref->state.entry = entry->number;
        if (!rd_ref_expires(core, ref, received->key_expires) ||
            !rd_touch(core, RD_TOUCHED_REF, ref, &ref->touched_step))
            return false;
    }
    return true;
}

bool rd_add_body(struct rd_core *core, struct rd_referral_state *state, uint64_t number)
{
    char *bytes = rd_take(core, state->bodies.len + 8);
    if (bytes == NULL)
        return false;
    if (state->bodies.len > 0)
        memcpy(bytes, state->bodies.ptr, state->bodies.len);
    for (int i = 0; i < 8; i++)
        bytes[state->bodies.len + (size_t)i] = (char)(unsigned char)(number >> (56 - 8 * i));
    state->bodies = (struct rd_text){bytes, state->bodies.len + 8};
    return true;
}

/* Those of `more` that are not yet listed, behind the others. */
static bool join_hashes(struct rd_core *core, struct rd_text **list, size_t *count,
                        const struct rd_text *more, size_t more_count)
{
    struct rd_text *made = rd_take_array(core, *count + more_count, sizeof *made);
    if (made == NULL)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < *count + more_count; i++) {
        struct rd_text hash = i < *count ? (*list)[i] : more[i - *count];
        bool known = false;
        for (size_t j = 0; j < kept; j++)
            known = known || rd_text_equal(made[j], hash);
        if (!known && kept < RD_LIST_ITEMS_MAX)
            made[kept++] = hash;
    }
    *list = made;
    *count = kept;
    return true;
}

/* What is said now counts; what is not said now was said before. */
static bool join_marks(struct rd_core *core, struct rd_referral_state *state,
                       const struct rd_person_marks *marks)
{
    if (marks == NULL)
        return true;
    struct rd_person_marks *made = rd_take(core, sizeof *made);
    if (made == NULL)
        return false;
    *made = *marks;
    const struct rd_person_marks *old = state->marks;
    if (old != NULL && made->nhs_number == 0)
        made->nhs_number = old->nhs_number;
    if (old != NULL && made->birth_date == 0)
        made->birth_date = old->birth_date;
    if (old != NULL && made->postcode == 0)
        made->postcode = old->postcode;
    if (old != NULL && made->name == 0) {
        made->name = old->name;
        made->further_names = old->further_names;
    }
    state->marks = made;
    return true;
}

static bool join_received(struct rd_core *core, struct rd_referral_state *state,
                          const struct rd_entry *entry)
{
    const struct rd_received *received = entry->received;
    const struct rd_time *updated = received->submission->last_updated;
    if (updated != NULL && updated->utc_us > state->last_updated)
        state->last_updated = updated->utc_us;
    return rd_add_body(core, state, entry->number) && join_marks(core, state, received->marks) &&
           join_hashes(core, &state->ref_hashes, &state->ref_hashes_count, received->ref_hashes,
                       received->ref_hashes_count);
}

static enum rd_err apply_new(struct rd_core *core, const struct rd_entry *entry,
                             struct rd_errbuf *why)
{
    const struct rd_received *received = entry->received;
    const struct rd_referral *record = received->submission->referral;
    if (record == NULL || entry->referral == 0 || entry->referral > RD_IDENT_MASK ||
        rd_find_referral(core, entry->referral) != NULL)
        return rd_corrupt(why, entry, "a new referral without a record or a free number");
    struct rd_held *held = rd_make_referral(core, entry->referral);
    struct rd_referral_state *state = rd_take(core, sizeof *state);
    if (held == NULL || state == NULL)
        return core->err;
    bool validation = record->kind == RD_KIND_VALIDATION;
    *state = (struct rd_referral_state){
        .id = entry->referral,
        .kind = record->kind == 0 ? RD_KIND_REFERRAL : record->kind,
        .custody = validation ? RD_CUSTODY_SENDER : RD_CUSTODY_ROUTER,
        .feed = entry->feed,
        .revision = 1,
        .received = received->submission->received,
    };
    held->live = state;
    held->live_step = core->step;
    held->order = entry->number;
    struct rd_edit edit;
    if (!rd_edit_begin(core, held, &edit) || !join_received(core, state, entry) ||
        !join_hashes(core, &state->person_hashes, &state->person_hashes_count,
                     received->person_hashes, received->person_hashes_count))
        return core->err;
    state->phase = RD_PHASE_HELD;
    return rd_apply_end(core, &edit);
}

/* An amendment or a cancel of a referral that is held. */
static enum rd_err apply_joined(struct rd_core *core, const struct rd_entry *entry,
                                struct rd_errbuf *why)
{
    struct rd_edit edit;
    enum rd_err err = rd_apply_begin(core, entry, &edit, why);
    if (err != RD_OK)
        return err;
    if (entry->received->disposal == RD_DISPOSAL_AMENDED)
        edit.state->revision++;
    return join_received(core, edit.state, entry) ? rd_apply_end(core, &edit) : core->err;
}

bool rd_knows_person(const struct rd_referral_state *state, struct rd_text hash)
{
    for (size_t i = 0; i < state->person_hashes_count; i++)
        if (rd_text_equal(state->person_hashes[i], hash))
            return true;
    return false;
}

static enum rd_err add_fact(struct rd_core *core, const struct rd_entry *entry,
                            struct rd_held *held)
{
    struct rd_edit edit;
    if (!rd_edit_begin(core, held, &edit))
        return core->err;
    edit.state->facts_added++;
    return rd_add_body(core, edit.state, entry->number) ? rd_apply_end(core, &edit) : core->err;
}

/* The lowest id above `after` among the open referrals that know one of the persons: a fact is told
 * to each, in an order that does not hang on how the map lies. */
enum rd_err rd_fact_next(struct rd_core *core, const struct rd_received *received, uint64_t after,
                         struct rd_held **out)
{
    *out = NULL;
    for (size_t i = 0; i < received->person_hashes_count; i++) {
        size_t cursor = 0;
        uint64_t prefix = rd_hash_prefix(received->person_hashes[i]);
        struct rd_held *held = NULL;
        while ((held = rd_map_each_equal(&core->persons, prefix, &cursor)) != NULL) {
            if (held->id <= after || (*out != NULL && held->id >= (*out)->id))
                continue;
            const struct rd_referral_state *state = rd_peek(core, held);
            if (state == NULL)
                return core->err;
            if (rd_knows_person(state, received->person_hashes[i]))
                *out = held;
        }
    }
    return RD_OK;
}

static enum rd_err apply_fact(struct rd_core *core, const struct rd_entry *entry,
                              struct rd_errbuf *why)
{
    struct rd_held *held = NULL;
    enum rd_err err = rd_fact_next(core, entry->received, 0, &held);
    if (err == RD_OK && (held == NULL || held->id != entry->referral))
        return rd_corrupt(why, entry, "a fact about nobody we hold");
    while (err == RD_OK && held != NULL) {
        uint64_t id = held->id;
        err = add_fact(core, entry, held);
        if (err == RD_OK)
            err = rd_fact_next(core, entry->received, id, &held);
    }
    return err;
}

static enum rd_err add_item(struct rd_core *core, const struct rd_entry *entry)
{
    const struct rd_received *received = entry->received;
    struct rd_quarantine_state state = {.entry = entry->number,
                                        .feed = entry->feed,
                                        .code = received->reason,
                                        .words = received->reason_words,
                                        .received = entry->at,
                                        .due = received->desk_due};
    struct rd_item *item = rd_make_item(core, &state);
    return item != NULL && rd_touch(core, RD_TOUCHED_ITEM, item, &item->touched_step) ? RD_OK
                                                                                      : core->err;
}

static enum rd_err close_item(struct rd_core *core, struct rd_item *item, struct rd_text by,
                              struct rd_text as, rd_instant at)
{
    struct rd_quarantine_state state = item->state;
    state.closed_at = at;
    state.closed_by = by;
    state.closed_as = as;
    bool done = rd_item_set(core, item, &state) &&
                rd_touch(core, RD_TOUCHED_ITEM, item, &item->touched_step);
    return done ? RD_OK : core->err;
}

/* An early cancel stands among the cancellations, a merge among the facts; everything else in the
 * quarantined column. */
static bool is_counted(const struct rd_item *item)
{
    return !rd_text_is(item->state.code, "early-cancel") && !rd_text_is(item->state.code, "merge");
}

static enum rd_err count(struct rd_core *core, const struct rd_entry *entry,
                         struct rd_feed_held *feed, struct rd_errbuf *why)
{
    const struct rd_received *received = entry->received;
    uint64_t *column = column_of(&feed->state, received->disposal);
    if (column == NULL)
        return rd_corrupt(why, entry, "an unknown disposal");
    feed->state.last_received = entry->at;
    ++*column;
    if (!rd_touch(core, RD_TOUCHED_FEED, feed, &feed->touched_step) ||
        !rd_expect_apply_received(core, feed, entry))
        return core->err;
    if (received->repairs == 0) {
        feed->state.submissions++;
        return RD_OK;
    }
    struct rd_item *item = rd_find_item(core, received->repairs);
    if (item == NULL || item->state.closed_at != 0)
        return rd_corrupt(why, entry, "repairs no open item");
    if (is_counted(item))
        feed->state.quarantined--;
    else
        feed->state.submissions++;
    return close_item(core, item, received->submission->entered_by, RD_TEXT("repaired"), entry->at);
}

enum rd_err rd_apply_received(struct rd_core *core, const struct rd_entry *entry,
                              struct rd_errbuf *why)
{
    const struct rd_received *received = entry->received;
    if (received == NULL || received->submission == NULL || !rd_text_present(entry->feed))
        return rd_corrupt(why, entry, "a submission without its arm or its feed");
    struct rd_feed_held *feed = rd_make_feed(core, entry->feed);
    if (feed == NULL || !expire(core, entry->at))
        return core->err;
    enum rd_err err = count(core, entry, feed, why);
    if (err != RD_OK)
        return err;
    bool tombstone = received->disposal == RD_DISPOSAL_CANCELLED && entry->referral == 0;
    if (received->key_expires != 0 &&
        (!keep_key(core, entry, feed) || !keep_refs(core, entry, feed, tombstone)))
        return core->err;
    if (received->disposal == RD_DISPOSAL_NEW)
        err = apply_new(core, entry, why);
    else if (received->disposal == RD_DISPOSAL_FACT_APPLIED)
        err = apply_fact(core, entry, why);
    else if (received->disposal == RD_DISPOSAL_AMENDED ||
             (received->disposal == RD_DISPOSAL_CANCELLED && !tombstone))
        err = apply_joined(core, entry, why);
    if (err == RD_OK && received->desk_due != 0)
        err = add_item(core, entry);
    return err;
}

enum rd_err rd_apply_quarantine(struct rd_core *core, const struct rd_entry *entry,
                                struct rd_errbuf *why)
{
    const struct rd_quarantine_move *move = entry->quarantine;
    struct rd_item *item = move == NULL ? NULL : rd_find_item(core, move->item);
    if (item == NULL || item->state.closed_at != 0)
        return rd_corrupt(why, entry, "no such open item");
    bool repaired = move->verb == RD_VERB_REPAIR;
    struct rd_feed_held *feed = rd_make_feed(core, item->state.feed);
    if (feed == NULL || !rd_touch(core, RD_TOUCHED_FEED, feed, &feed->touched_step))
        return core->err;
    if (is_counted(item)) {
        feed->state.quarantined--;
        ++*(repaired ? &feed->state.amendments : &feed->state.rejected);
    }
    enum rd_err err = close_item(core, item, move->by,
                                 repaired ? RD_TEXT("repaired") : RD_TEXT("refused"), entry->at);
    if (err != RD_OK || !repaired)
        return err;
    struct rd_edit edit;
    err = rd_apply_begin(core, entry, &edit, why);
    if (err != RD_OK)
        return err;
    edit.state->revision++;
    return rd_add_body(core, edit.state, move->item) ? rd_apply_end(core, &edit) : core->err;
}
