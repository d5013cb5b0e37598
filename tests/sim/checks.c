/* What must hold, told from entries and records alone. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(struct rd_text text)
{
    return rd_text_present(text) ? rd_text_hash(text) : 0;
}

static void summarise(struct sim_world *world, const struct rd_referral_state *state,
                      struct sim_ref *out)
{
    *out = (struct sim_ref){.id = state->id,
                            .phase = state->phase,
                            .kind = state->kind,
                            .custody = state->custody,
                            .closed_at = state->closed_at,
                            .respond_by = state->facts != NULL ? state->facts->respond_by : 0,
                            .receipt = state->receipts_count > 0 ? state->receipts[0].number : 0};
    const struct rd_place *place = sim_place(world);
    for (size_t i = 0; i < place->feeds_count; i++)
        if (rd_text_equal(place->feeds[i].name, state->feed))
            out->feed = (uint32_t)i + 1;
    for (size_t i = 0; i < state->assignments_count && i < RD_ASSIGNMENTS_MAX; i++) {
        const struct rd_assignment *from = &state->assignments[i];
        out->assignments[out->assignments_count++] =
            (struct sim_assignment){.phase = from->phase,
                                    .role = from->role,
                                    .team = hash_of(from->team),
                                    .claimed_by = hash_of(from->claimed_by),
                                    .decay_due = from->decay_due,
                                    .lease_due = from->lease_due,
                                    .stand_down_asked = from->stand_down_asked};
    }
    for (size_t i = 0; i < state->clocks_count && i < RD_CLOCKS_MAX; i++) {
        const struct rd_clock *from = &state->clocks[i];
        out->clocks[out->clocks_count++] =
            (struct sim_clock){.kind = from->kind,
                               .policy = hash_of(from->policy),
                               .end_reason = hash_of(from->end_reason),
                               .start = from->start,
                               .alarm_due = from->alarm_due,
                               .next_due = from->next_due,
                               .ended_at = from->ended_at,
                               .end_contact = from->end_contact,
                               .next_stage = from->next_stage,
                               .stages_count = (uint32_t)from->stages_count,
                               .provisional = from->provisional};
    }
    for (size_t i = 0; i < state->contacts_count; i++)
        out->contacts += state->contacts[i].voided_at == 0;
    for (size_t i = 0; i < state->links_count && i < RD_LINKS_MAX; i++) {
        const struct rd_person_link *from = &state->links[i];
        out->links[out->links_count++] = (struct sim_link){.other = from->other,
                                                           .entries = hash_of(from->entries),
                                                           .state = from->state,
                                                           .matched = from->matched,
                                                           .differs = from->differs,
                                                           .at = from->at};
    }
}

static void check_shape(struct sim_world *world, const struct sim_ref *ref)
{
    uint32_t open = 0, leads = 0;
    for (uint32_t i = 0; i < ref->assignments_count; i++) {
        bool is_open = ref->assignments[i].phase != RD_ASSIGNMENT_CLOSED;
        open += is_open;
        leads += is_open && ref->assignments[i].role == RD_ROLE_LEAD;
    }
    char text[RD_IDENT_TEXT_MAX];
    rd_ident_format(ref->id, text);
    if (ref->phase == RD_PHASE_OPEN && leads != 1)
        sim_fail(world, "%s is open with %u leads", text, leads);
    if (ref->phase == RD_PHASE_CLOSED && open != 0)
        sim_fail(world, "%s is closed with %u open assignments", text, open);
}

/* A clock keeps its start; one that ends for a reason that is no reason to start again has no later
 * one of its policy. */
static void check_clocks(struct sim_world *world, const struct sim_ref *old,
                         const struct sim_ref *new)
{
    char text[RD_IDENT_TEXT_MAX];
    rd_ident_format(new->id, text);
    if (new->clocks_count < old->clocks_count)
        sim_fail(world, "%s has lost a clock", text);
    for (uint32_t i = 0; i < old->clocks_count && i < new->clocks_count; i++) {
        const struct sim_clock *was = &old->clocks[i], *is = &new->clocks[i];
        if (is->start > was->start || is->policy != was->policy)
            sim_fail(world, "clock %u of %s starts later than it did", i + 1, text);
        bool ended_now = was->ended_at == 0 && is->ended_at != 0 &&
                         is->end_reason != rd_text_hash(RD_TEXT("ended-early"));
        for (uint32_t j = old->clocks_count; ended_now && j < new->clocks_count; j++)
            if (new->clocks[j].policy == was->policy &&new->clocks[j].start > was->start)
                sim_fail(world, "clock %u of %s ended and came again with a later start", i + 1,
                         text);
    }
}

/* Only somebody who was there stops a two-hour clock; a contact that is taken back starts it again
 * where it was. */
static void check_contacts(struct sim_world *world, const struct sim_ref *old,
                           const struct sim_ref *new)
{
    for (size_t i = world->entries.update_from; i < world->entries.count; i++) {
        const struct sim_entry *entry = &world->entries.items[i];
        if (entry->kind != RD_ENTRY_CONTACTED || entry->referral != new->id)
            continue;
        for (uint32_t j = 0; j < old->clocks_count && j < new->clocks_count; j++) {
            const struct sim_clock *was = &old->clocks[j], *is = &new->clocks[j];
            bool stopped =
                was->ended_at == 0 && is->ended_at != 0 && is->end_contact == entry->contact;
            if (stopped && is->kind == RD_CLOCK_TWO_HOUR && entry->verb == RD_VERB_CONTACT &&
                entry->mode != RD_CONTACT_FACE_TO_FACE)
                sim_fail(world, "entry %llu: a %s contact stops a two-hour clock",
                         (unsigned long long)entry->number,
                         rd_enum_name(&rd_contact_mode_names, (int)entry->mode));
            if (entry->verb == RD_VERB_VOID_CONTACT && is->ended_at != 0 &&
                is->end_contact == entry->contact)
                sim_fail(world, "entry %llu voids contact %u and clock %u stays stopped by it",
                         (unsigned long long)entry->number, entry->contact, j + 1);
        }
    }
}

/* A cancel that came after a claim asks: it takes nothing away from those who are on their way. */
static void check_cancel(struct sim_world *world, const struct sim_ref *old,
                         const struct sim_ref *new)
{
    const struct sim_entry *entry = NULL;
    for (size_t i = world->entries.update_from; i < world->entries.count; i++) {
        const struct sim_entry *at = &world->entries.items[i];
        if (at->kind == RD_ENTRY_RECEIVED && at->action == RD_ACTION_CANCEL &&
            at->disposal == RD_DISPOSAL_CANCELLED && at->referral == new->id)
            entry = at;
    }
    if (entry == NULL)
        return;
    for (uint32_t i = 0; i < old->assignments_count && old->contacts == 0; i++) {
        const struct sim_assignment *was = &old->assignments[i], *is = &new->assignments[i];
        if ((was->phase == RD_ASSIGNMENT_CLAIMED || was->phase == RD_ASSIGNMENT_ACCEPTED) &&
            (is->phase != was->phase || !is->stand_down_asked))
            sim_fail(world, "entry %llu cancels what was claimed and asks nobody to stand down",
                     (unsigned long long)entry->number);
    }
    sim_count(world, "cancel checked");
}

static bool same_clock(const struct sim_clock *a, const struct sim_clock *b)
{
    return a->start == b->start && a->alarm_due == b->alarm_due && a->next_due == b->next_due &&
           a->ended_at == b->ended_at && a->end_contact == b->end_contact &&
           a->next_stage == b->next_stage && a->policy == b->policy;
}

/* The desk's word about two referrals moves no clock of theirs or of anybody's, gives nobody
 * custody and tells no sender. */
static void check_linked(struct sim_world *world, const struct sim_ref *old,
                         const struct sim_ref *new)
{
    const struct sim_entry *entry = NULL;
    for (size_t i = world->entries.update_from; i < world->entries.count; i++)
        if (world->entries.items[i].kind == RD_ENTRY_LINKED &&
            world->entries.items[i].verb != RD_VERB_SUGGEST &&
            world->entries.count == world->entries.update_from + 1)
            entry = &world->entries.items[i];
    if (entry == NULL)
        return;
    bool same = old->clocks_count == new->clocks_count && old->custody == new->custody &&
                old->receipt == new->receipt && old->phase == new->phase;
    for (uint32_t i = 0; same && i < new->clocks_count; i++)
        same = same_clock(&old->clocks[i], &new->clocks[i]);
    if (!same)
        sim_fail(world, "entry %llu says who is one person and moved a clock or told a sender",
                 (unsigned long long)entry->number);
}

static const struct sim_link *link_to(const struct sim_ref *ref, uint64_t other)
{
    for (uint32_t i = 0; i < ref->links_count; i++)
        if (ref->links[i].other == other)
            return &ref->links[i];
    return NULL;
}

void sim_check_links(struct sim_world *world, const struct rd_update *update)
{
    for (size_t r = 0; r < update->records_count && !sim_failed(world); r++) {
        const struct rd_referral_state *state = update->records[r].referral;
        const struct sim_ref *here = state == NULL ? NULL : sim_ref_find(world, state->id);
        for (uint32_t i = 0; here != NULL && i < here->links_count; i++) {
            const struct sim_link *link = &here->links[i];
            const struct sim_ref *there = sim_ref_find(world, link->other);
            const struct sim_link *back = there == NULL ? NULL : link_to(there, here->id);
            if (back == NULL || back->state != link->state || back->matched != link->matched ||
                back->differs != link->differs || back->at != link->at ||
                back->entries != link->entries)
                sim_fail(world, "a link that its other side says otherwise");
        }
    }
}

/* Whoever a decision names has it in their list. */
static void check_decided(struct sim_world *world, const struct sim_ref *ref)
{
    for (size_t i = world->entries.update_from; i < world->entries.count; i++) {
        const struct sim_entry *entry = &world->entries.items[i];
        for (int j = 0; j < SIM_TEAMS_MAX; j++) {
            bool has = entry->referral != ref->id || entry->teams[j] == 0;
            for (uint32_t k = 0; k < ref->assignments_count; k++)
                has = has || (ref->assignments[k].team == entry->teams[j] &&
                              ref->assignments[k].phase != RD_ASSIGNMENT_CLOSED);
            if (!has)
                sim_fail(world, "entry %llu names a team that does not have it",
                         (unsigned long long)entry->number);
        }
    }
}

void sim_check_record(struct sim_world *world, const struct rd_state_record *record)
{
    if (record->referral == NULL)
        return;
    struct sim_ref made;
    summarise(world, record->referral, &made);
    struct sim_ref *known = sim_ref_find(world, made.id);
    check_shape(world, &made);
    check_decided(world, &made);
    if (known == NULL) {
        known = sim_ref_add(world, made.id);
    } else {
        check_clocks(world, known, &made);
        check_contacts(world, known, &made);
        check_cancel(world, known, &made);
        check_linked(world, known, &made);
    }
    *known = made;
}

static void check_ref_due(struct sim_world *world, const struct sim_ref *ref)
{
    char text[RD_IDENT_TEXT_MAX];
    rd_ident_format(ref->id, text);
    for (uint32_t i = 0; i < ref->clocks_count; i++) {
        const struct sim_clock *clock = &ref->clocks[i];
        if (clock->ended_at != 0)
            continue;
        if (clock->next_due != 0 && clock->next_due <= world->now)
            sim_fail(world, "clock %u of %s was due %lld s ago and nobody was alarmed", i + 1, text,
                     (long long)((world->now - clock->next_due) / RD_SECOND_US));
        if (clock->next_due == 0 && clock->next_stage < clock->stages_count)
            sim_fail(world, "clock %u of %s runs with a stage to come and no due time", i + 1,
                     text);
    }
    bool accepted = false;
    for (uint32_t i = 0; i < ref->assignments_count; i++) {
        const struct sim_assignment *held = &ref->assignments[i];
        accepted = accepted || held->phase == RD_ASSIGNMENT_ACCEPTED;
        if (held->phase == RD_ASSIGNMENT_CLOSED)
            continue;
        if (held->decay_due != 0 && held->decay_due <= world->now)
            sim_fail(world, "the claim of %s.%u went stale and nobody was alarmed", text, i + 1);
        if (held->lease_due != 0 && held->lease_due <= world->now)
            sim_fail(world, "the lease of %s.%u is over and was not taken back", text, i + 1);
    }
    if (ref->kind == RD_KIND_VALIDATION && ref->custody == RD_CUSTODY_SENDER && !accepted &&
        ref->respond_by != 0 && ref->respond_by <= world->now)
        sim_fail(world, "%s was to be answered and nobody accepted or rejected it", text);
}

void sim_check_due(struct sim_world *world)
{
    for (size_t i = 0; i < world->entries.refs_count && !sim_failed(world); i++)
        if (world->entries.refs[i].phase == RD_PHASE_OPEN)
            check_ref_due(world, &world->entries.refs[i]);
}

/* Settled by the desk, or mended and submitted anew: an item moves from the quarantined to another
 * column. */
static uint64_t settled_items(const struct sim_world *world, uint32_t feed, bool mended_only)
{
    uint64_t count = 0;
    for (size_t i = 0; i < world->entries.count; i++) {
        const struct sim_entry *entry = &world->entries.items[i];
        uint64_t number = entry->repairs != 0 ? entry->repairs : entry->item;
        if (number == 0 || (mended_only && entry->repairs == 0))
            continue;
        const struct sim_entry *item = &world->entries.items[number - 1];
        count += item->feed == feed && item->disposal == RD_DISPOSAL_QUARANTINED;
    }
    return count;
}

static bool same_counts(const struct sim_world *world, const struct rd_feed_state *feed,
                        uint32_t number)
{
    const uint64_t *columns = world->entries.columns[number - 1];
    uint64_t all = 0;
    for (int i = 1; i <= RD_DISPOSAL_REJECTED; i++)
        all += columns[i];
    return feed->submissions + settled_items(world, number, true) == all &&
           feed->repeats == columns[RD_DISPOSAL_REPEAT] &&
           feed->new_referrals == columns[RD_DISPOSAL_NEW] &&
           feed->cancellations == columns[RD_DISPOSAL_CANCELLED] &&
           feed->quarantined + settled_items(world, number, false) ==
               columns[RD_DISPOSAL_QUARANTINED] &&
           feed->new_referrals + feed->repeats + feed->amendments + feed->cancellations +
                   feed->facts_applied + feed->facts_ignored + feed->quarantined + feed->rejected ==
               feed->submissions &&
           feed->new_referrals == feed->open + feed->closed + feed->refused;
}

/* Conservation: what came in, by feed, counted here entry by entry. */
void sim_check_counts(struct sim_world *world)
{
    const struct rd_place *place = sim_place(world);
    for (size_t i = 0; i < world->shadow.count; i++) {
        struct rd_state_record record = {0};
        rd_arena_reset(&world->node.decode);
        if (world->shadow.records[i].table != RD_TABLE_FEED)
            continue;
        enum rd_err err = rd_wire_decode(&rd_state_record_shape, world->shadow.records[i].value,
                                         &world->node.decode, &record, NULL);
        rd_require(err == RD_OK && record.feed != NULL);
        for (size_t j = 0; j < place->feeds_count; j++)
            if (rd_text_equal(place->feeds[j].name, record.feed->feed) &&
                !same_counts(world, record.feed, (uint32_t)j + 1))
                sim_fail(world, "feed %.*s: its counts do not add up",
                         RD_TEXT_ARG(record.feed->feed));
    }
}

static uint64_t queue_change(struct sim_world *world, const char *queue)
{
    for (size_t i = 0; i < world->shadow.count; i++) {
        struct rd_state_record record = {0};
        if (world->shadow.records[i].table != RD_TABLE_QUEUE)
            continue;
        rd_arena_reset(&world->node.decode);
        enum rd_err err = rd_wire_decode(&rd_state_record_shape, world->shadow.records[i].value,
                                         &world->node.decode, &record, NULL);
        rd_require(err == RD_OK && record.queue != NULL);
        if (rd_text_is(record.queue->queue, queue))
            return record.queue->change;
    }
    return 0;
}

/* After a crash: what anybody was told is still so. */
void sim_check_told(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->subs_count; i++) {
        const struct sim_sub *sub = &world->subs[i];
        if (sub->state == SIM_SUB_TOLD && sub->entry > world->entries.count)
            sim_fail(world, "submission %s was told held as entry %llu; the crash took it",
                     sub->key, (unsigned long long)sub->entry);
    }
    for (uint32_t i = 0; i < world->peers_count; i++) {
        const struct sim_peer *peer = &world->peers[i];
        if (peer->told_incarnation == world->node.incarnation &&
            (peer->kind == SIM_DEVICE || peer->kind == SIM_DESK) &&
            peer->told_change > queue_change(world, peer->queue))
            sim_fail(world, "%s saw change %llu of %s; the crash took it", peer->user,
                     (unsigned long long)peer->told_change, peer->queue);
    }
}

static bool parse_target(const char *target, uint64_t *referral, uint32_t *assignment)
{
    const char *dot = strchr(target, '.');
    if (dot == NULL)
        return false;
    *assignment = (uint32_t)strtoul(dot + 1, NULL, 10);
    return rd_ident_parse((struct rd_text){target, (size_t)(dot - target)}, referral);
}

/* A refusal of a claim because somebody else has it rests on that somebody's claim. */
static uint64_t refusal_rests_on(struct sim_world *world, const struct rd_send *send)
{
    struct sim_peer *peer = sim_peer_of(world, send->peer);
    const struct rd_refused *refused = send->message->refused;
    struct sim_pending *pending = peer != NULL ? sim_pending_of(peer, refused->correlation) : NULL;
    uint64_t referral;
    uint32_t assignment;
    if (pending == NULL || !parse_target(pending->target, &referral, &assignment))
        return 0;
    const struct sim_ref *ref = sim_ref_find(world, referral);
    if (pending->verb == RD_VERB_CONTACT && refused->code == RD_REFUSAL_STATE && ref != NULL &&
        ref->assignments[assignment - 1].phase != RD_ASSIGNMENT_CLOSED)
        sim_fail(world, "%s saw the person and may not say so: %.*s", peer->user,
                 RD_TEXT_ARG(refused->words));
    if (refused->code != RD_REFUSAL_TAKEN)
        return 0;
    uint64_t entry = sim_claim_entry(world, referral, assignment);
    if (entry == 0)
        sim_fail(world, "%s is told that %s is taken, and nobody ever took it", peer->user,
                 pending->target);
    return entry;
}

uint64_t sim_rests_on(struct sim_world *world, const struct rd_send *send)
{
    const struct rd_message *message = send->message;
    if (message->submit_result != NULL)
        return message->submit_result->entry;
    if (message->command_result != NULL)
        return message->command_result->entry;
    if (message->refused != NULL)
        return refusal_rests_on(world, send);
    if (message->event != NULL)
        return message->event->entry;
    if (message->receipt != NULL)
        return message->receipt->receipt;
    /* A list shows state as it is: it rests on everything that happened. */
    if (message->change != NULL || message->snapshot_begin != NULL ||
        message->snapshot_row != NULL || message->snapshot_end != NULL || message->handout != NULL)
        return world->node.last_entry;
    return 0;
}
