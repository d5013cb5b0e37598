/* From what is in memory to the records of state: the same structs that the rest of the step reads
 * are what the shell encodes, so that live and rebuilt records cannot differ. */
#include "core/clocks.h"
#include "core/pack.h"
#include "core/state.h"

#include <string.h>

bool rd_referral_pack(struct rd_core *core, struct rd_held *held,
                      const struct rd_referral_state *state)
{
    rd_buf_clear(&core->packing);
    rd_pack(&rd_referral_state_shape, state, &core->words, &core->packing);
    if (core->packing.failed)
        return rd_nomem(core);
    if (held->packed_len != core->packing.len) {
        void *bytes = core->alloc->resize(core->alloc->context, held->packed, core->packing.len);
        if (bytes == NULL)
            return rd_nomem(core);
        held->packed = bytes;
        held->packed_len = core->packing.len;
    }
    memcpy(held->packed, core->packing.bytes, core->packing.len);
    return true;
}

static bool number_key(struct rd_core *core, uint64_t number, struct rd_text *out)
{
    char *bytes = rd_take(core, 8);
    if (bytes == NULL)
        return false;
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(unsigned char)(number >> (56 - 8 * i));
    *out = (struct rd_text){bytes, 8};
    return true;
}

static bool referral_record(struct rd_core *core, struct rd_held *held, struct rd_state_record *out)
{
    out->table = RD_TABLE_REFERRAL;
    out->referral = held->live;
    return rd_referral_pack(core, held, held->live) && number_key(core, held->id, &out->key);
}

static bool make_one(struct rd_core *core, const struct rd_touched *touched,
                     struct rd_state_record *out)
{
    struct rd_feed_held *feed = touched->object;
    struct rd_queue_held *queue = touched->object;
    struct rd_key_held *key = touched->object;
    struct rd_ref_held *ref = touched->object;
    struct rd_item *item = touched->object;
    struct rd_ruleset_held *ruleset = touched->object;
    const struct rd_state_record *gone = touched->object;
    *out = (struct rd_state_record){0};
    switch (touched->kind) {
    case RD_TOUCHED_REFERRAL:
        return referral_record(core, touched->object, out);
    case RD_TOUCHED_FEED:
        *out = (struct rd_state_record){RD_TABLE_FEED, feed->state.feed, .feed = &feed->state};
        return true;
    case RD_TOUCHED_QUEUE:
        *out = (struct rd_state_record){RD_TABLE_QUEUE, queue->state.queue, .queue = &queue->state};
        return true;
    case RD_TOUCHED_KEY:
        *out =
            (struct rd_state_record){RD_TABLE_KEY, key->state.key_hash, .key_state = &key->state};
        return true;
    case RD_TOUCHED_REF:
        *out = (struct rd_state_record){RD_TABLE_REF, ref->state.ref_hash, .ref = &ref->state};
        return true;
    case RD_TOUCHED_ITEM:
        *out = (struct rd_state_record){RD_TABLE_QUARANTINE, .quarantine = &item->state};
        return number_key(core, item->state.entry, &out->key);
    case RD_TOUCHED_RULESET:
        *out = (struct rd_state_record){RD_TABLE_RULESET, ruleset->state.hash,
                                        .ruleset = &ruleset->state};
        return true;
    case RD_TOUCHED_GONE:
        *out = *gone;
        return true;
    }
    return rd_broken(core);
}

bool rd_records_make(struct rd_core *core)
{
    void *items = core->records;
    if (!rd_alloc_grow(core->alloc, &items, &core->records_cap, core->touched_count + 1,
                       sizeof *core->records))
        return rd_nomem(core);
    core->records = items;
    core->records_count = 0;
    for (size_t i = 0; i < core->touched_count; i++) {
        if (core->touched[i].object == NULL)
            continue;
        if (!make_one(core, &core->touched[i], &core->records[core->records_count]))
            return false;
        core->records_count++;
    }
    core->records[core->records_count++] =
        (struct rd_state_record){RD_TABLE_META, RD_TEXT("meta"), .meta = &core->meta};
    return true;
}
