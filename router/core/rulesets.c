#include "core/rulesets.h"

#include "core/apply.h"
#include "core/emit.h"
#include "core/expect.h"

enum { PART_BYTES = RD_BODY_BYTES_MAX };

struct rd_ruleset_held *rd_find_ruleset(const struct rd_core *core, struct rd_text hash)
{
    for (size_t i = 0; i < core->rulesets_count; i++)
        if (rd_text_equal(core->rulesets[i]->state.hash, hash))
            return core->rulesets[i];
    return NULL;
}

struct rd_ruleset_held *rd_make_ruleset(struct rd_core *core, struct rd_text hash)
{
    struct rd_ruleset_held *held = rd_find_ruleset(core, hash);
    if (held != NULL)
        return held;
    held = rd_hold(core, sizeof *held);
    void *list = core->rulesets;
    if (held != NULL && rd_hold_text(core, hash, &held->state.hash) &&
        rd_alloc_grow(core->alloc, &list, &core->rulesets_cap, core->rulesets_count + 1,
                      sizeof *core->rulesets)) {
        core->rulesets = list;
        core->rulesets[core->rulesets_count++] = held;
        return held;
    }
    if (held != NULL)
        rd_release_text(core, held->state.hash);
    rd_release(core->alloc, held);
    (void)rd_nomem(core);
    return NULL;
}

static bool emit_part(struct rd_core *core, const struct rd_ruleset_part *part)
{
    struct rd_entry entry = {.kind = RD_ENTRY_RULESET};
    entry.ruleset = rd_take(core, sizeof *entry.ruleset);
    if (entry.ruleset == NULL)
        return false;
    *entry.ruleset = *part;
    return rd_keep_text(core, part->hash, &entry.ruleset->hash) &&
           rd_keep_text(core, part->file, &entry.ruleset->file) &&
           rd_keep_text(core, part->bytes, &entry.ruleset->bytes) && rd_emit(core, &entry);
}

static bool emit_file(struct rd_core *core, struct rd_text hash, const struct rd_ruleset_file *file,
                      bool last)
{
    size_t at = 0;
    do {
        struct rd_ruleset_part part = {.hash = hash, .file = file->name, .offset = at};
        part.bytes = rd_text_slice(file->bytes, at, PART_BYTES);
        at += part.bytes.len;
        if (part.bytes.len == 0)
            part.bytes = RD_TEXT_NONE;
        part.last = last && at >= file->bytes.len;
        if (!emit_part(core, &part))
            return false;
    } while (at < file->bytes.len);
    return true;
}

/* The ledger keeps the files of a set once. */
static bool keep_files(struct rd_core *core, struct rd_text hash)
{
    const struct rd_event *event = core->event;
    const struct rd_ruleset_held *held = rd_find_ruleset(core, hash);
    if (held != NULL && held->state.complete)
        return true;
    for (size_t i = 0; i < event->files_count; i++)
        if (!emit_file(core, hash, &event->files[i], i + 1 == event->files_count))
            return false;
    return true;
}

static bool emit_rules(struct rd_core *core, struct rd_text by, struct rd_text approved_by,
                       struct rd_text reason)
{
    struct rd_entry entry = {.kind = RD_ENTRY_RULES};
    entry.rules = rd_take(core, sizeof *entry.rules);
    return entry.rules != NULL && rd_keep_text(core, core->place->hash, &entry.rules->hash) &&
           rd_keep_text(core, by, &entry.rules->by) &&
           rd_keep_text(core, approved_by, &entry.rules->approved_by) &&
           rd_keep_text(core, reason, &entry.rules->reason) && rd_emit(core, &entry);
}

bool rd_rules_begin(struct rd_core *core)
{
    core->pending = rd_text_present(core->meta.pending_rules_hash) ? core->event->rules : NULL;
    if (!keep_files(core, core->place->hash))
        return false;
    bool same = rd_text_equal(core->meta.rules_hash, core->place->hash);
    return (same || emit_rules(core, RD_BY_ROUTER, RD_TEXT_NONE, RD_TEXT_NONE)) &&
           rd_expect_rules(core);
}

bool rd_rules_replace(struct rd_core *core)
{
    const struct rd_event *event = core->event;
    const struct rd_place *place = rd_rules_place(event->rules);
    if (!keep_files(core, place->hash))
        return false;
    if (event->effective <= core->now) {
        if (rd_text_equal(core->meta.pending_rules_hash, place->hash))
            core->pending = NULL; /* it came before its time */
        core->rules = event->rules;
        core->place = place;
        return emit_rules(core, event->by, event->approved_by, event->reason) &&
               rd_expect_rules(core);
    }
    struct rd_entry entry = {.kind = RD_ENTRY_ACTIVATION};
    entry.activation = rd_take(core, sizeof *entry.activation);
    if (entry.activation == NULL)
        return false;
    core->pending = event->rules;
    entry.activation->at = event->effective;
    return rd_keep_text(core, place->hash, &entry.activation->hash) &&
           rd_keep_text(core, event->by, &entry.activation->by) &&
           rd_keep_text(core, event->approved_by, &entry.activation->approved_by) &&
           rd_keep_text(core, event->reason, &entry.activation->reason) && rd_emit(core, &entry);
}

static bool emit_withdrawn(struct rd_core *core, struct rd_text by, struct rd_text approved_by,
                           struct rd_text reason, bool refused)
{
    struct rd_entry entry = {.kind = RD_ENTRY_ACTIVATION};
    entry.activation = rd_take(core, sizeof *entry.activation);
    if (entry.activation == NULL)
        return false;
    core->pending = NULL;
    entry.activation->at = core->meta.pending_at;
    entry.activation->withdrawn = true;
    entry.activation->refused = refused;
    return rd_keep_text(core, core->meta.pending_rules_hash, &entry.activation->hash) &&
           rd_keep_text(core, by, &entry.activation->by) &&
           rd_keep_text(core, approved_by, &entry.activation->approved_by) &&
           rd_keep_text(core, reason, &entry.activation->reason) && rd_emit(core, &entry);
}

/* Two people expect other rules from now on: the desk has to know that there are none. */
static bool refuse_pending(struct rd_core *core, struct rd_text reason)
{
    const struct rd_team *desk = rd_place_team(core->place, core->place->desk);
    struct rd_alarmed alarmed = {.kind = RD_ALARM_RULES,
                                 .due = core->meta.pending_at,
                                 .team = core->place->desk,
                                 .escalate_to = desk == NULL ? RD_TEXT_NONE : desk->rota,
                                 .words = RD_TEXT("the rules that were to come into force do not: "
                                                  "those before stay")};
    alarmed.person = rd_rules_on_rota(core->rules, alarmed.escalate_to, core->now);
    return emit_withdrawn(core, RD_BY_ROUTER, RD_TEXT_NONE, reason, true) &&
           rd_emit_alarm(core, 0, &alarmed);
}

bool rd_rules_withdraw(struct rd_core *core)
{
    const struct rd_event *event = core->event;
    if (!rd_text_present(core->meta.pending_rules_hash))
        return true;
    if (event->refused)
        return refuse_pending(core, event->reason);
    return emit_withdrawn(core, event->by, event->approved_by, event->reason, false);
}

bool rd_core_rules_fit(const struct rd_core *core, const struct rd_rules *rules,
                       struct rd_errbuf *why)
{
    const struct rd_place *place = rd_rules_place(rules);
    for (size_t i = 0; i < core->queues_count; i++) {
        const struct rd_queue_held *queue = core->queues[i];
        if (queue->members.used == 0 || rd_place_team(place, queue->state.queue) != NULL)
            continue;
        (void)rd_fail(why, RD_E_CONFLICT,
                      "the team %.*s has %llu open assignments and is not in that rule set; "
                      "redirect or close them first, or keep the team",
                      RD_TEXT_ARG(queue->state.queue), (unsigned long long)queue->members.used);
        return false;
    }
    for (size_t i = 0; i < core->feeds_count; i++) {
        const struct rd_feed_held *feed = core->feeds[i];
        if (feed->state.open == 0 || rd_place_feed(place, feed->state.feed) != NULL)
            continue;
        (void)rd_fail(why, RD_E_CONFLICT,
                      "the feed %.*s has %llu open referrals and is not in that rule set: its "
                      "sender could neither amend nor cancel them, nor be told what becomes of "
                      "them; close them first, or keep the feed",
                      RD_TEXT_ARG(feed->state.feed), (unsigned long long)feed->state.open);
        return false;
    }
    return true;
}

bool rd_rules_take_over(struct rd_core *core)
{
    const struct rd_meta_state *meta = &core->meta;
    if (core->pending == NULL || meta->pending_at > core->now)
        return true;
        /* It fitted when it was scheduled: what is open has changed since. */
#if !defined(RD_PLANT_TAKE_OVER_UNASKED)
    struct rd_errbuf why = {{0}};
    if (!rd_core_rules_fit(core, core->pending, &why))
        return refuse_pending(core, rd_text_of(why.text));
#endif
    core->rules = core->pending;
    core->place = rd_rules_place(core->rules);
    core->pending = NULL;
    /* The entry's texts outlive the meta record's, which it ends. */
    struct rd_text by, approved_by, reason;
    return rd_keep_text(core, meta->pending_by, &by) &&
           rd_keep_text(core, meta->pending_approved_by, &approved_by) &&
           rd_keep_text(core, meta->pending_reason, &reason) &&
           emit_rules(core, by, approved_by, reason) && rd_expect_rules(core);
}

bool rd_own_text(struct rd_core *core, struct rd_text *held, struct rd_text text)
{
    struct rd_text made = RD_TEXT_NONE;
    if (rd_text_present(*held) == rd_text_present(text) && rd_text_equal(*held, text))
        return true;
    if (!rd_hold_text(core, text, &made))
        return false;
    rd_release_text(core, *held);
    *held = made;
    return true;
}

/* What waits for its time: nothing when `activation` is NULL. */
static bool set_pending(struct rd_core *core, const struct rd_activation *activation)
{
    static const struct rd_activation none = {.at = 0};
    const struct rd_activation *from = activation == NULL ? &none : activation;
    struct rd_meta_state *meta = &core->meta;
    meta->pending_at = from->at;
    return rd_own_text(core, &meta->pending_rules_hash, from->hash) &&
           rd_own_text(core, &meta->pending_by, from->by) &&
           rd_own_text(core, &meta->pending_approved_by, from->approved_by) &&
           rd_own_text(core, &meta->pending_reason, from->reason);
}

static bool set_refused(struct rd_core *core, const struct rd_activation *refused, rd_instant at)
{
    struct rd_meta_state *meta = &core->meta;
    meta->refused_at = refused == NULL ? 0 : at;
    return rd_own_text(core, &meta->refused_rules_hash,
                       refused == NULL ? RD_TEXT_NONE : refused->hash) &&
           rd_own_text(core, &meta->refused_reason,
                       refused == NULL ? RD_TEXT_NONE : refused->reason);
}

enum rd_err rd_apply_rules(struct rd_core *core, const struct rd_entry *entry,
                           struct rd_errbuf *why)
{
    struct rd_meta_state *meta = &core->meta;
    if (entry->rules == NULL)
        return rd_corrupt(why, entry, "rules without their arm");
    if (!set_refused(core, NULL, 0))
        return core->err;
    if (!rd_text_equal(meta->rules_hash, entry->rules->hash) &&
        !rd_own_text(core, &meta->previous_rules_hash, meta->rules_hash))
        return core->err;
    if (rd_text_equal(meta->pending_rules_hash, entry->rules->hash) && !set_pending(core, NULL))
        return core->err;
    meta->rules_since = entry->at;
    for (size_t i = 0; i < core->feeds_count; i++)
        if (!rd_expect_timer(core, core->feeds[i]))
            return core->err;
    return rd_own_text(core, &meta->rules_hash, entry->rules->hash) ? RD_OK : core->err;
}

enum rd_err rd_apply_ruleset(struct rd_core *core, const struct rd_entry *entry,
                             struct rd_errbuf *why)
{
    const struct rd_ruleset_part *part = entry->ruleset;
    if (part == NULL || !rd_text_present(part->hash) || !rd_text_present(part->file))
        return rd_corrupt(why, entry, "a part of a rule set without its arm");
    struct rd_ruleset_held *held = rd_make_ruleset(core, part->hash);
    if (held == NULL)
        return core->err;
    struct rd_ruleset_state *state = &held->state;
    if (state->complete)
        return rd_corrupt(why, entry, "a part of a rule set that is complete");
    bool follows = state->first != 0 && state->last + 1 == entry->number;
    state->first = follows ? state->first : entry->number;
    state->bytes = (follows ? state->bytes : 0) + part->bytes.len;
    state->last = entry->number;
    state->complete = part->last;
    return rd_touch(core, RD_TOUCHED_RULESET, held, &held->touched_step) ? RD_OK : core->err;
}

enum rd_err rd_apply_activation(struct rd_core *core, const struct rd_entry *entry,
                                struct rd_errbuf *why)
{
    const struct rd_activation *activation = entry->activation;
    if (activation == NULL || !rd_text_present(activation->hash))
        return rd_corrupt(why, entry, "an activation without its arm");
    bool done = set_pending(core, activation->withdrawn ? NULL : activation);
    if (activation->refused)
        done = done && set_refused(core, activation, entry->at);
    else if (!activation->withdrawn)
        done = done && set_refused(core, NULL, 0);
    return done ? RD_OK : core->err;
}
