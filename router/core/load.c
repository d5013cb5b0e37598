/* Start-up from the state tables. */
#include "core/edit.h"
#include "core/expect.h"
#include "core/numbers.h"
#include "core/rulesets.h"

#include <string.h>

static enum rd_err contradicts(struct rd_errbuf *why, const struct rd_state_record *record,
                               const char *what)
{
    return rd_fail(why, RD_E_CORRUPT, "state table %s: %s",
                   rd_enum_name(&rd_state_table_names, (int)record->table), what);
}

static bool load_meta(struct rd_core *core, const struct rd_meta_state *from)
{
    struct rd_meta_state own = *from;
    struct rd_meta_state *meta = &core->meta;
    /* Texts one by one: those held are replaced. */
    struct rd_text *const held[] = {&meta->place,
                                    &meta->rules_hash,
                                    &meta->previous_rules_hash,
                                    &meta->pending_rules_hash,
                                    &meta->pending_by,
                                    &meta->pending_approved_by,
                                    &meta->pending_reason,
                                    &meta->refused_rules_hash,
                                    &meta->refused_reason};
    struct rd_text *const made[] = {&own.place,
                                    &own.rules_hash,
                                    &own.previous_rules_hash,
                                    &own.pending_rules_hash,
                                    &own.pending_by,
                                    &own.pending_approved_by,
                                    &own.pending_reason,
                                    &own.refused_rules_hash,
                                    &own.refused_reason};
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        if (!rd_own_text(core, held[i], *made[i]))
            return false;
        *made[i] = *held[i];
    }
    *meta = own;
    core->now = from->last_at;
    return true;
}

static bool load_ruleset(struct rd_core *core, const struct rd_ruleset_state *from)
{
    struct rd_ruleset_held *held = rd_make_ruleset(core, from->hash);
    if (held == NULL)
        return false;
    struct rd_text hash = held->state.hash;
    held->state = *from;
    held->state.hash = hash;
    return true;
}

static bool load_feed(struct rd_core *core, const struct rd_feed_state *from)
{
    struct rd_feed_held *feed = rd_make_feed(core, from->feed);
    if (feed == NULL)
        return false;
    struct rd_text name = feed->state.feed;
    feed->state = *from;
    feed->state.feed = name;
    feed->state.numberings = NULL;
    feed->state.numberings_count = 0;
    return rd_numbers_load(core, feed, from) && rd_expect_timer(core, feed);
}

static bool load_queue(struct rd_core *core, const struct rd_queue_state *from)
{
    struct rd_queue_held *queue = rd_make_queue(core, from->queue);
    if (queue != NULL)
        queue->state.change = from->change;
    return queue != NULL;
}

static bool load_key(struct rd_core *core, const struct rd_key_state *from)
{
    struct rd_key_held *key = rd_make_key(core, from->key_hash);
    struct rd_feed_held *feed = rd_make_feed(core, from->feed);
    if (key == NULL || feed == NULL)
        return false;
    struct rd_text hash = key->state.key_hash;
    key->state = *from;
    key->state.key_hash = hash;
    key->state.feed = feed->state.feed;
    memcpy(key->digest, from->digest.ptr, RD_DIGEST_BYTES);
    key->state.digest = (struct rd_text){key->digest, RD_DIGEST_BYTES};
    return rd_key_expires(core, key, from->expires);
}

static bool load_ref(struct rd_core *core, const struct rd_ref_state *from)
{
    struct rd_ref_held *ref = rd_make_ref(core, from->ref_hash);
    struct rd_feed_held *feed = rd_make_feed(core, from->feed);
    if (ref == NULL || feed == NULL)
        return false;
    struct rd_text hash = ref->state.ref_hash;
    ref->state = *from;
    ref->state.ref_hash = hash;
    ref->state.feed = feed->state.feed;
    return rd_ref_expires(core, ref, from->expires);
}

static enum rd_err load_referral(struct rd_core *core, const struct rd_state_record *record,
                                 struct rd_errbuf *why)
{
    const struct rd_referral_state *from = record->referral;
    if (from->id == 0 || from->id > RD_IDENT_MASK || rd_find_referral(core, from->id) != NULL)
        return contradicts(why, record, "a referral's number is out of range or there twice");
    if (from->assignments_count > RD_ASSIGNMENTS_MAX || from->clocks_count > RD_CLOCKS_MAX)
        return contradicts(why, record, "a referral with more than 16 assignments or 32 clocks");
    for (size_t i = 0; i < from->assignments_count; i++)
        if (from->assignments[i].index != i + 1 || from->assignments[i].phase == 0)
            return contradicts(why, record, "an assignment without its place or phase");
    struct rd_held *held = rd_make_referral(core, from->id);
    return held != NULL && rd_edit_loaded(core, held, from) ? RD_OK : core->err;
}

static enum rd_err load_item(struct rd_core *core, const struct rd_state_record *record,
                             struct rd_errbuf *why)
{
    if (rd_find_item(core, record->quarantine->entry) != NULL)
        return contradicts(why, record, "a quarantined item is there twice");
    return rd_make_item(core, record->quarantine) != NULL ? RD_OK : core->err;
}

/* The arm that the table names is there, and hashes have their length. */
static bool is_whole(const struct rd_state_record *record)
{
    switch (record->table) {
    case RD_TABLE_META:
        return record->meta != NULL;
    case RD_TABLE_REFERRAL:
        return record->referral != NULL;
    case RD_TABLE_FEED:
        return record->feed != NULL && record->feed->feed.len > 0;
    case RD_TABLE_QUEUE:
        return record->queue != NULL && record->queue->queue.len > 0;
    case RD_TABLE_KEY:
        return record->key_state != NULL && record->key_state->key_hash.len == RD_HASH_BYTES &&
               record->key_state->digest.len == RD_DIGEST_BYTES;
    case RD_TABLE_REF:
        return record->ref != NULL && record->ref->ref_hash.len == RD_HASH_BYTES;
    case RD_TABLE_QUARANTINE:
        return record->quarantine != NULL;
    case RD_TABLE_RULESET:
        return record->ruleset != NULL && record->ruleset->hash.len > 0;
    }
    return false;
}

enum rd_err rd_core_load(struct rd_core *core, const struct rd_state_record *record,
                         struct rd_errbuf *why)
{
    bool loaded = false;
    if (core->err != RD_OK)
        return core->err;
    if (!is_whole(record))
        return contradicts(why, record, "a record without what its table holds");
    switch (record->table) {
    case RD_TABLE_META:
        loaded = load_meta(core, record->meta);
        break;
    case RD_TABLE_REFERRAL:
        return load_referral(core, record, why);
    case RD_TABLE_FEED:
        loaded = load_feed(core, record->feed);
        break;
    case RD_TABLE_QUEUE:
        loaded = load_queue(core, record->queue);
        break;
    case RD_TABLE_KEY:
#if defined(RD_PLANT_REPEAT_AS_NEW)
        return RD_OK;
#endif
        loaded = load_key(core, record->key_state);
        break;
    case RD_TABLE_REF:
        loaded = load_ref(core, record->ref);
        break;
    case RD_TABLE_QUARANTINE:
        return load_item(core, record, why);
    case RD_TABLE_RULESET:
        loaded = load_ruleset(core, record->ruleset);
        break;
    }
    return loaded ? RD_OK : core->err;
}
