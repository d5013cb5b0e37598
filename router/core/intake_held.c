#include "core/intake_held.h"

#include "core/again.h"
#include "core/apply.h"
#include "core/decide.h"
#include "core/emit.h"
#include "core/links.h"

/* 50 random bits, the next free number when they are taken. */
static uint64_t free_id(const struct rd_core *core)
{
    uint64_t id = core->event->random[0] & RD_IDENT_MASK;
    while (id == 0 || rd_find_referral(core, id) != NULL)
        id = (id + 1) & RD_IDENT_MASK;
    return id;
}

static bool take_facts(struct rd_intake *in, struct rd_facts *out)
{
    struct rd_core *core = in->core;
    const struct rd_submission *submission = in->received.submission;
    if (rd_rules_facts(core->rules, submission, submission->received, &core->arena, out) != RD_OK ||
        (submission->referral != NULL &&
         rd_rules_remark(core->rules, submission->referral, submission->received, &core->arena) !=
             RD_OK))
        return rd_nomem(core);
    return true;
}

static bool hold_new(struct rd_intake *in, struct rd_text reason, bool to_desk)
{
    struct rd_core *core = in->core;
    struct rd_submission *submission = in->received.submission;
    struct rd_override desk = {.by = RD_BY_ROUTER, .lead = core->place->desk, .reason = reason};
    struct rd_decided_as made;
    struct rd_facts *facts = rd_take(core, sizeof *facts);
    uint64_t id = free_id(core);
    submission->referral->id = rd_referral_name(core, id);
    submission->referral->revision = 1;
    if (facts == NULL || !take_facts(in, facts) ||
        !rd_emit_received(in, RD_DISPOSAL_NEW, id, reason, RD_TEXT_NONE))
        return false;
    struct rd_held *held = rd_find_referral(core, id);
    return rd_decide(core, facts, to_desk ? &desk : NULL, &made) &&
           rd_emit_decided(core, held, &made, false) && rd_links_suggest(core, held) &&
           rd_intake_answer(in, RD_DISPOSAL_NEW, held);
}

static struct rd_text first_clock(struct rd_core *core, const struct rd_decision *decision)
{
    for (size_t i = 0; i < decision->clocks_count; i++)
        if (decision->clocks[i].kind != RD_CLOCK_TRIAGE)
            return RD_WORDS(core, "%.*s clock", RD_TEXT_ARG(decision->clocks[i].policy));
    return RD_TEXT("no clock");
}

bool rd_intake_foretell(struct rd_intake *in, struct rd_text *words)
{
    struct rd_core *core = in->core;
    const struct rd_submission *submission = in->received.submission;
    if (rd_text_present(submission->quarantine_code)) {
        *words = RD_WORDS(core, "TEST, nothing is dispatched: would be kept for the desk: %.*s",
                          RD_TEXT_ARG(submission->quarantine_words));
    } else if (submission->action != RD_ACTION_NEW || submission->referral == NULL) {
        *words = RD_WORDS(core,
                          "TEST, nothing is dispatched: read as %s, would be matched to what is "
                          "held by its references or its person",
                          rd_enum_name(&rd_action_names, (int)submission->action));
    } else {
        struct rd_decided_as made;
        struct rd_facts *facts = rd_take(core, sizeof *facts);
        if (facts == NULL || !take_facts(in, facts) || !rd_decide(core, facts, NULL, &made))
            return false;
        const struct rd_decision *decision = &made.decision;
        const struct rd_planned_assignment *lead = &decision->assignments[0];
        const struct rd_team *team = rd_place_team(core->place, lead->team);
        *words =
            RD_WORDS(core, "TEST, nothing is dispatched: would go to %.*s (%.*s), %.*s, %.*s: %.*s",
                     RD_TEXT_ARG(team == NULL ? lead->team : team->title), RD_TEXT_ARG(lead->team),
                     RD_TEXT_ARG(decision->pathway), RD_TEXT_ARG(first_clock(core, decision)),
                     RD_TEXT_ARG(decision->reason));
    }
    return rd_text_present(*words);
}

static bool is_open(const struct rd_held *held)
{
    return held->phase == RD_PHASE_OPEN || held->phase == RD_PHASE_HELD;
}

bool rd_still_named(const struct rd_core *core, rd_instant expires, uint64_t referral)
{
    const struct rd_held *held = referral == 0 ? NULL : rd_find_referral(core, referral);
    return expires > core->now || (held != NULL && is_open(held));
}

/* Both name people, and nobody is in both. A sender's reference may come again for somebody else
 * (a system that counts anew, a template with its example ids): one person's words must never be
 * put into another's referral. A repair is the desk's word that it is right. */
static bool other_person(const struct rd_received *received, const struct rd_referral_state *state)
{
    if (received->repairs != 0)
        return false;
    for (size_t i = 0; i < received->person_hashes_count; i++)
        for (size_t j = 0; state != NULL && j < state->person_hashes_count; j++)
            if (rd_text_equal(received->person_hashes[i], state->person_hashes[j]))
                return false;
    return state != NULL && received->person_hashes_count > 0 && state->person_hashes_count > 0;
}

/* What the references of a submission lead to. */
struct found {
    bool tombstone;    /* a cancel came before what it cancels */
    bool other_person; /* a referral of somebody else was passed over */
};

/* A sender may name it by the reference that we gave. */
static struct rd_held *find_by_name(const struct rd_intake *in, struct found *out)
{
    const struct rd_referral *record = in->received.submission->referral;
    uint64_t id = 0;
    if (record == NULL || !rd_ident_parse(record->id, &id))
        return NULL;
    struct rd_held *held = rd_find_referral(in->core, id);
    const struct rd_referral_state *state = held == NULL ? NULL : rd_live(in->core, held);
    if (state == NULL || !rd_text_equal(state->feed, in->feed->name))
        return NULL;
    out->other_person = other_person(&in->received, state);
    return out->other_person ? NULL : held;
}

/* The referral that most of the references name (the first of equals): an open one before a closed
 * one. `all`: every reference must name it. */
static struct rd_held *find_by_refs(const struct rd_intake *in, bool all, struct found *out)
{
    const struct rd_received *received = &in->received;
    size_t best = 0;
    *out = (struct found){.tombstone = false};
    struct rd_held *found = find_by_name(in, out);
    if (found != NULL && is_open(found))
        return found;
    for (size_t i = 0; i < received->ref_hashes_count; i++) {
        struct rd_ref_held *ref = rd_find_ref(in->core, received->ref_hashes[i]);
        if (ref == NULL || !rd_still_named(in->core, ref->state.expires, ref->state.referral))
            continue;
        out->tombstone = out->tombstone || ref->state.tombstone;
        struct rd_held *held = rd_find_referral(in->core, ref->state.referral);
        if (held != NULL && other_person(received, rd_live(in->core, held))) {
            out->other_person = true;
            continue;
        }
        size_t votes = 0;
        for (size_t j = 0; held != NULL && j < received->ref_hashes_count; j++) {
            struct rd_ref_held *other = rd_find_ref(in->core, received->ref_hashes[j]);
            votes += other != NULL && other->state.referral == held->id ? 1 : 0;
        }
        if (held == NULL || (all && votes != received->ref_hashes_count))
            continue;
        size_t weight = votes + (is_open(held) ? RD_LIST_ITEMS_MAX : 0);
        if (weight > best) {
            best = weight;
            found = held;
        }
    }
    return found;
}

static bool has_flag(const struct rd_facts *facts, const char *category)
{
    for (size_t i = 0; facts != NULL && i < facts->flags_count; i++)
        if (rd_text_is(facts->flags[i], category))
            return true;
    return false;
}

/* Teams that the new facts bring in beside those that have it: a safeguarding concern raised later
 * reaches the safeguarding team. The lead stays who it is. */
static size_t brings_further(const struct rd_referral_state *state,
                             const struct rd_decision *decision)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->assignments_count; i++)
        count += rd_is_further(state, &decision->assignments[i]) ? 1 : 0;
    return count;
}

static bool ask_change(struct rd_core *core, struct rd_held *held, struct rd_text reason)
{
    size_t count = rd_live(core, held)->assignments_count;
    for (uint32_t index = 1; index <= count; index++) {
        const struct rd_assignment *each = rd_assignment_at(rd_live(core, held), index);
        struct rd_moved moved = {
            .assignment = index, .verb = RD_VERB_CHANGE, .by = RD_BY_ROUTER, .reason = reason};
        if (rd_assignment_open(each) && !rd_emit_moved(core, held, &moved))
            return false;
    }
    return true;
}

/* The new facts count for whoever decides next; what was routed stays where it is. */
static bool note_amendment(struct rd_intake *in, struct rd_held *held)
{
    struct rd_core *core = in->core;
    struct rd_referral_state *state = rd_live(core, held);
    struct rd_decided_as made;
    struct rd_facts *facts = rd_take(core, sizeof *facts);
    if (state == NULL || facts == NULL || !take_facts(in, facts) ||
        !rd_decide(core, facts, NULL, &made))
        return false;
    made.asked.what = RD_ASKED_AMENDMENT;
    made.asked.urgency_before = state->urgency;
    made.asked.scene_safety_before = has_flag(state->facts, "scene-safety");
    made.asked.clocks_before = (uint32_t)state->clocks_count;
    bool worse = rd_asked_cut(&made.asked, state->received, &made.decision);
    size_t further = brings_further(state, &made.decision);
    bool adds = further > 0 && rd_has_place(state);
    /* No place for a team that is needed: whoever has the referral must say that this was seen. */
    bool homeless = state->assignments_count + further >= RD_ASSIGNMENTS_MAX && further > 0;
    struct rd_text reason = homeless ? RD_TEXT("a further team is needed and there is no place "
                                               "left for it: tell that team yourself")
                                     : RD_TEXT("the sender raised it");
    bool emitted =
        adds ? rd_emit_decided(core, held, &made, false) : rd_emit_noted(core, held, &made);
    return emitted && ((!worse && !homeless) || ask_change(core, held, reason));
}

/* The adapter merged what the sender changed with another revision, or with none. */
static bool is_outdated(const struct rd_intake *in, const struct rd_referral_state *state)
{
    struct rd_opt_i32 based_on = in->received.submission->based_on;
    return based_on.has && (uint32_t)based_on.value != state->revision;
}

/* Older than what is held. A request that is sent as new is never refused for it: it was overtaken
 * by its own update, and its sender must hear that it is held. Merged, it takes nothing back. */
static bool is_stale(const struct rd_submission *submission, const struct rd_referral_state *state)
{
    const struct rd_time *updated = submission->last_updated;
    bool merges = submission->action == RD_ACTION_NEW && submission->based_on.has;
    return updated != NULL && updated->utc_us < state->last_updated && !merges;
}

static bool amend(struct rd_intake *in, struct rd_held *held)
{
    struct rd_core *core = in->core;
    struct rd_submission *submission = in->received.submission;
    struct rd_referral_state *state = rd_live(core, held);
    if (state == NULL)
        return false;
    if (is_stale(submission, state))
        return rd_emit_received(in, RD_DISPOSAL_REJECTED, held->id, RD_TEXT("stale"),
                                RD_TEXT("a newer version is held already: fetch it first")) &&
               rd_intake_answer(in, RD_DISPOSAL_REJECTED, held);
    if (is_outdated(in, state))
        return rd_intake_again(in, held);
    submission->referral->id = rd_referral_name(core, held->id);
    submission->referral->revision = state->revision + 1;
    return rd_emit_received(in, RD_DISPOSAL_AMENDED, held->id, RD_TEXT_NONE, RD_TEXT_NONE) &&
           note_amendment(in, held) && rd_links_suggest(core, held) &&
           rd_intake_answer(in, RD_DISPOSAL_AMENDED, held);
}

/* A partner that sends a referral anew under another key, with the very same references, amends it:
 * two referrals of one request would be worked twice. */
bool rd_intake_new(struct rd_intake *in)
{
    struct found by = {false, false};
    struct rd_held *held = find_by_refs(in, true, &by);
    const struct rd_referral_state *state = held == NULL ? NULL : rd_live(in->core, held);
    if (state != NULL && is_open(held) && state->kind == in->received.submission->referral->kind)
        return amend(in, held);
    if (by.tombstone)
        return hold_new(in, RD_TEXT("cancelled-before-it-came"), true);
    if (state != NULL && is_open(held)) /* a validation is another request than a referral */
        return hold_new(in, RD_TEXT("reference-of-another-kind"), false);
    return hold_new(in, by.other_person ? RD_TEXT("reference-of-another-person") : RD_TEXT_NONE,
                    false);
}

/* An amendment of nothing that is open is still somebody asking; of something closed, with what was
 * known then. */
bool rd_intake_amend(struct rd_intake *in)
{
    struct found by = {false, false};
    struct rd_held *held = find_by_refs(in, false, &by);
    if (held != NULL && is_open(held))
        return amend(in, held);
    if (held != NULL) {
        const struct rd_referral_state *state = rd_live(in->core, held);
        if (state == NULL)
            return false;
        if (is_outdated(in, state))
            return rd_intake_again(in, held);
    }
    if (by.tombstone)
        return hold_new(in, RD_TEXT("cancelled-before-it-came"), true);
    struct rd_text reason = held != NULL      ? RD_TEXT("amend-after-close")
                            : by.other_person ? RD_TEXT("reference-of-another-person")
                                              : RD_TEXT("amend-without-new");
    return hold_new(in, reason, false);
}

static bool was_contacted(const struct rd_referral_state *state)
{
    for (size_t i = 0; i < state->contacts_count; i++)
        if (state->contacts[i].voided_at == 0 && state->contacts[i].mode != RD_CONTACT_NO_ACCESS)
            return true;
    return false;
}

static struct rd_moved cancel_move(const struct rd_core *core,
                                   const struct rd_assignment *assignment)
{
    struct rd_moved moved = {.assignment = assignment->index,
                             .verb = RD_VERB_CLOSE,
                             .by = RD_BY_ROUTER,
                             .reason = RD_TEXT("cancelled by the sender"),
                             .outcome = RD_OUTCOME_WITHDRAWN};
#if !defined(RD_PLANT_LATE_CANCEL_DROPS)
    if (assignment->phase != RD_ASSIGNMENT_WAITING || assignment->decayed) {
        moved.verb = RD_VERB_STAND_DOWN;
        moved.outcome = 0;
        moved.when = core->now + RD_STAND_DOWN_MINUTES * RD_MINUTE_US;
    }
#else
    (void)core;
#endif
    return moved;
}

/* Nobody has it: it ends. Somebody has: that person must acknowledge. Somebody was contacted: the
 * team knows better than the sender, it is only recorded. */
static bool cancel_held(struct rd_intake *in, struct rd_held *held)
{
    struct rd_core *core = in->core;
    if (!rd_emit_received(in, RD_DISPOSAL_CANCELLED, held->id, RD_TEXT_NONE, RD_TEXT_NONE))
        return false;
    struct rd_referral_state *state = rd_live(core, held);
    bool stands = state != NULL && is_open(held) && !was_contacted(state);
    size_t count = state == NULL ? 0 : state->assignments_count;
    for (uint32_t index = 1; stands && index <= count; index++) {
        const struct rd_assignment *each = rd_assignment_at(state, index);
        if (!rd_assignment_open(each) || each->stand_down_asked)
            continue;
        struct rd_moved moved = cancel_move(core, each);
        if (!rd_emit_moved(core, held, &moved))
            return false;
    }
    return rd_intake_answer(in, RD_DISPOSAL_CANCELLED, held);
}

bool rd_intake_cancel(struct rd_intake *in)
{
    struct found by = {false, false};
    struct rd_held *held = find_by_refs(in, false, &by);
    if (held != NULL)
        return cancel_held(in, held);
    if (by.other_person)
        return rd_intake_quarantine(in, RD_TEXT("reference-of-another-person"),
                                    RD_TEXT("a cancel whose reference names a referral of another "
                                            "person: nothing was cancelled, the desk asks the "
                                            "sender"),
                                    RD_ALARM_CONFLICT);
    in->received.desk_due = rd_desk_due(in);
    struct rd_text words = RD_TEXT(
        "a cancel for a request that has not come: a request that follows goes to the desk");
    return rd_emit_received(in, RD_DISPOSAL_CANCELLED, 0, RD_TEXT("early-cancel"), words) &&
           rd_alarm_item(in->core, in->entry, RD_ALARM_EARLY_CANCEL, words,
                         in->received.desk_due) &&
           rd_intake_answer(in, RD_DISPOSAL_CANCELLED, NULL);
}

static bool is_merge(const struct rd_referral *record)
{
    for (size_t i = 0; record != NULL && i < record->facts_count; i++)
        if (record->facts[i].kind == RD_FACT_MERGED)
            return true;
    return false;
}

/* The sender says that two of its records are one person's. Nobody is joined by a message: the
 * owners see the fact, the desk has an item with a deadline to look and to link. */
static bool merge(struct rd_intake *in, struct rd_held *held)
{
    struct rd_text words = RD_TEXT("two records were merged at the sender: look whether what is "
                                   "held is one person's, and link it");
    in->received.desk_due = rd_desk_due(in);
    return rd_emit_received(in, RD_DISPOSAL_FACT_APPLIED, held->id, RD_TEXT("merge"), words) &&
           rd_alarm_item(in->core, in->entry, RD_ALARM_QUARANTINE, words, in->received.desk_due) &&
           rd_intake_answer(in, RD_DISPOSAL_FACT_APPLIED, held);
}

bool rd_intake_fact(struct rd_intake *in)
{
    struct rd_held *held = NULL;
    if (rd_fact_next(in->core, &in->received, 0, &held) != RD_OK)
        return false;
    if (held != NULL && is_merge(in->received.submission->referral))
        return merge(in, held);
    enum rd_disposal disposal = held == NULL ? RD_DISPOSAL_FACT_IGNORED : RD_DISPOSAL_FACT_APPLIED;
    return rd_emit_received(in, disposal, held == NULL ? 0 : held->id, RD_TEXT_NONE,
                            RD_TEXT_NONE) &&
           rd_intake_answer(in, disposal, held);
}
