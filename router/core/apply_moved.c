/* MOVED and CONTACTED entries: what verbs do to an assignment, to the referral and to its clocks.
 */
#include "core/apply.h"

#include "core/clocks.h"
#include "core/moves.h"

struct move {
    struct rd_core *core;
    const struct rd_entry *entry;
    const struct rd_moved *moved;
    struct rd_referral_state *state;
    struct rd_assignment *assignment;
    enum rd_err err;
    struct rd_errbuf *why;
};

static void broken(struct move *move, const char *what)
{
    if (move->err == RD_OK)
        move->err = rd_corrupt(move->why, move->entry, what);
}

static void tell(struct move *move, enum rd_receipt_stage stage, struct rd_text reason)
{
    if (!rd_receipt_for(move->core, move->state, move->entry, stage, move->assignment->team,
                        reason))
        move->err = move->core->err;
}

static void tell_of_lead(struct move *move, enum rd_receipt_stage stage)
{
    if (move->assignment->role == RD_ROLE_LEAD)
        tell(move, stage, RD_TEXT_NONE);
}

/* Clocks of the assignment, or of the referral when it leads. */
static void clocks_claimed(struct move *move)
{
    for (size_t i = 0; i < move->state->clocks_count; i++)
        if (rd_clock_concerns(&move->state->clocks[i], move->assignment))
            rd_clock_claimed(&move->state->clocks[i], move->entry->at);
}

static void clocks_unclaimed(struct rd_referral_state *state,
                             const struct rd_assignment *assignment)
{
    for (size_t i = 0; i < state->clocks_count; i++)
        if (rd_clock_concerns(&state->clocks[i], assignment))
            rd_clock_unclaimed(&state->clocks[i]);
}

static void end_clocks(struct rd_referral_state *state, uint32_t assignment, rd_instant at)
{
    for (size_t i = 0; i < state->clocks_count; i++) {
        struct rd_clock *clock = &state->clocks[i];
        if (rd_clock_running(clock) && (assignment == 0 || clock->assignment == assignment))
            rd_clock_end(clock, at, RD_TEXT("closed"), 0);
    }
}

static struct rd_assignment *longest_open(const struct rd_referral_state *state)
{
    struct rd_assignment *found = NULL;
    for (size_t i = 0; i < state->assignments_count; i++) {
        struct rd_assignment *each = &state->assignments[i];
        if (rd_assignment_open(each) && (found == NULL || each->created_at < found->created_at))
            found = each;
    }
    return found;
}

/* After one has closed: the referral closes with the last; while others are open one of them leads:
 * the supporting one that is open longest. */
static void settle(struct move *move)
{
    struct rd_referral_state *state = move->state;
    if (rd_lead_of(state) != NULL)
        return;
    struct rd_assignment *next = longest_open(state);
    if (next != NULL) {
        next->role = RD_ROLE_LEAD;
        return;
    }
    bool refused = move->assignment->outcome == RD_OUTCOME_REJECTED;
    state->phase = refused ? RD_PHASE_REFUSED : RD_PHASE_CLOSED;
    state->closed_at = move->entry->at;
    state->outcome = move->assignment->outcome;
    end_clocks(state, 0, move->entry->at);
    const char *outcome = rd_enum_name(&rd_outcome_names, (int)state->outcome);
    tell(move, refused ? RD_RECEIPT_REFUSED : RD_RECEIPT_CLOSED,
         refused ? move->moved->reason : rd_text_of(outcome));
}

static void close_as(struct move *move, enum rd_outcome outcome)
{
    rd_close_assignment(move->assignment, outcome, move->moved->by, move->moved->reason,
                        move->entry->at);
    end_clocks(move->state, move->assignment->index, move->entry->at);
    settle(move);
}

static void claim(struct move *move)
{
    move->assignment->claimed_by = move->moved->by;
    move->assignment->claimed_at = move->entry->at;
    move->assignment->decayed = false;
    move->assignment->decay_due = move->moved->when;
    clocks_claimed(move);
    tell_of_lead(move, RD_RECEIPT_CLAIMED);
}

static void accept(struct move *move)
{
    struct rd_assignment *assignment = move->assignment;
    assignment->accepted_by = move->moved->by;
    assignment->accepted_at = move->entry->at;
    assignment->decay_due = 0;
    for (size_t i = 0; i < move->state->clocks_count; i++) {
        struct rd_clock *clock = &move->state->clocks[i];
        if (rd_clock_running(clock) && rd_text_is(clock->stop_mode, "accept") &&
            rd_clock_concerns(clock, assignment))
            rd_clock_end(clock, move->entry->at, RD_TEXT("accepted"), 0);
    }
    if (assignment->role == RD_ROLE_LEAD)
        move->state->custody = RD_CUSTODY_ROUTER;
    tell_of_lead(move, RD_RECEIPT_ACCEPTED);
}

static void release(struct move *move)
{
    move->assignment->claimed_by = RD_TEXT_NONE;
    move->assignment->claimed_at = 0;
    move->assignment->decay_due = 0;
    clocks_unclaimed(move->state, move->assignment);
}

static void transfer(struct move *move)
{
    move->assignment->claimed_by = move->moved->to;
    move->assignment->decay_due = move->moved->when;
}

/* Decline, redirect, fallback: another assignment takes its place, its clocks go along unmoved. */
static void pass_on(struct move *move, enum rd_outcome outcome)
{
    struct rd_referral_state *state = move->state;
    const struct rd_moved *moved = move->moved;
    uint32_t old = move->assignment->index;
    rd_close_assignment(move->assignment, outcome, moved->by, moved->reason, move->entry->at);
    if (moved->planned == NULL || moved->created != state->assignments_count + 1 ||
        state->assignments_count >= RD_ASSIGNMENTS_MAX) {
        broken(move, "passed on to nobody");
        return;
    }
    if (!rd_create_assignment(move->core, state, moved->planned, move->entry->at)) {
        move->err = move->core->err;
        return;
    }
    move->assignment = rd_assignment_at(state, moved->created);
    rd_clocks_follow(state, old, moved->created);
    clocks_unclaimed(state, move->assignment);
#if defined(RD_PLANT_CLOCK_RESET_ON_REDIRECT)
    for (size_t i = 0; i < state->clocks_count; i++)
        state->clocks[i].start = move->entry->at;
#endif
    tell_of_lead(move, RD_RECEIPT_ROUTED);
}

static void decline(struct move *move)
{
    pass_on(move, RD_OUTCOME_DECLINED);
}

static void redirect(struct move *move)
{
    pass_on(move, RD_OUTCOME_REDIRECTED);
}

static void plan(struct move *move)
{
    move->assignment->eta = move->moved->when;
    move->assignment->decay_due = 0;
}

static void await_info(struct move *move)
{
    move->assignment->await_from = move->moved->to;
    move->assignment->chase_at = move->moved->when;
}

static void close_it(struct move *move)
{
    close_as(move, move->moved->outcome);
}

static void reopen(struct move *move)
{
    struct rd_assignment *assignment = move->assignment;
    struct rd_referral_state *state = move->state;
    assignment->role = RD_ROLE_SUPPORTING; /* it is open again: not to be found as its own lead */
    if (rd_lead_of(state) == NULL)
        assignment->role = RD_ROLE_LEAD;
    assignment->outcome = 0;
    assignment->closed_at = 0;
    assignment->closed_by = RD_TEXT_NONE;
    assignment->close_reason = RD_TEXT_NONE;
    assignment->claimed_by = RD_TEXT_NONE;
    assignment->claimed_at = 0;
    assignment->decayed = false;
    assignment->accepted_by = RD_TEXT_NONE;
    assignment->accepted_at = 0;
    bool was_closed = state->phase == RD_PHASE_CLOSED;
    for (size_t i = 0; i < state->clocks_count; i++) {
        struct rd_clock *clock = &state->clocks[i];
        bool closed = rd_text_is(clock->end_reason, "closed");
        if (closed &&
            (clock->assignment == assignment->index || (was_closed && clock->assignment == 0)))
            rd_clock_restore(clock);
    }
    state->phase = RD_PHASE_OPEN;
    state->closed_at = 0;
    state->outcome = 0;
}

static void acknowledge(struct move *move)
{
    move->assignment->change_asked = false;
    if (move->moved->outcome != 0)
        close_as(move, move->moved->outcome);
}

static void deliver(struct move *move)
{
    move->assignment->delivered_at = move->entry->at;
    move->assignment->lease_due = 0; /* the token stays: whoever has it may acknowledge again */
}

static void hand_out(struct move *move)
{
    move->assignment->token = move->moved->token;
    move->assignment->handed_to = move->moved->to;
    move->assignment->lease_due = move->moved->when;
    move->assignment->deliveries++;
}

static void lease_expired(struct move *move)
{
    move->assignment->token = 0;
    move->assignment->handed_to = RD_TEXT_NONE;
    move->assignment->lease_due = 0;
}

static void decay(struct move *move)
{
    move->assignment->decayed = true;
    move->assignment->decay_due = 0;
    clocks_unclaimed(move->state, move->assignment);
}

static void stand_down(struct move *move)
{
    move->assignment->stand_down_asked = true;
    move->assignment->stand_down_at = move->moved->when;
}

static void change(struct move *move)
{
    move->assignment->change_asked = true;
}

static void reject(struct move *move)
{
    close_as(move, RD_OUTCOME_REJECTED);
}

typedef void effect(struct move *move);
static effect *const effects[] = {
    [RD_VERB_CLAIM] = claim,
    [RD_VERB_ACCEPT] = accept,
    [RD_VERB_RELEASE] = release,
    [RD_VERB_TRANSFER] = transfer,
    [RD_VERB_DECLINE] = decline,
    [RD_VERB_REDIRECT] = redirect,
    [RD_VERB_PLAN] = plan,
    [RD_VERB_AWAIT_INFO] = await_info,
    [RD_VERB_CLOSE] = close_it,
    [RD_VERB_REOPEN] = reopen,
    [RD_VERB_ACKNOWLEDGE] = acknowledge,
    [RD_VERB_DELIVER] = deliver,
    [RD_VERB_HAND_OUT] = hand_out,
    [RD_VERB_LEASE_EXPIRED] = lease_expired,
    [RD_VERB_DECAY] = decay,
    [RD_VERB_FALLBACK] = redirect,
    [RD_VERB_STAND_DOWN] = stand_down,
    [RD_VERB_CHANGE] = change,
    [RD_VERB_REJECT] = reject,
};

enum rd_err rd_apply_moved(struct rd_core *core, const struct rd_entry *entry,
                           struct rd_errbuf *why)
{
    struct rd_edit edit;
    enum rd_err err = rd_apply_begin(core, entry, &edit, why);
    if (err != RD_OK)
        return err;
    const struct rd_moved *moved = entry->moved;
    struct rd_assignment *assignment =
        moved == NULL ? NULL : rd_assignment_at(edit.state, moved->assignment);
    if (assignment == NULL)
        return rd_corrupt(why, entry, "moves no assignment of the referral");
    enum rd_assignment_phase next =
        rd_move_next(moved->verb, assignment->phase, moved->outcome != 0);
    if (next == 0 || (size_t)moved->verb >= sizeof effects / sizeof effects[0] ||
        effects[moved->verb] == NULL)
        return rd_corrupt(why, entry, "a move that is not allowed there");
    edit.verb = moved->verb;
    assignment->phase = next;
    struct move move = {core, entry, moved, edit.state, assignment, RD_OK, why};
    effects[moved->verb](&move);
    return move.err != RD_OK ? move.err : rd_apply_end(core, &edit);
}

static bool stands(const struct rd_contact *contact)
{
    return contact->voided_at == 0 && contact->mode != RD_CONTACT_NO_ACCESS;
}

static bool stops(const struct rd_referral_state *state, const struct rd_clock *clock,
                  const struct rd_contact *contact)
{
    const struct rd_assignment *of = rd_assignment_at(state, contact->assignment);
    return of != NULL && stands(contact) && rd_clock_concerns(clock, of) &&
           rd_clock_stops_at_contact(clock, contact->mode);
}

static bool first_contact(const struct rd_referral_state *state)
{
    size_t standing = 0;
    for (size_t i = 0; i < state->contacts_count; i++)
        standing += stands(&state->contacts[i]) ? 1 : 0;
    return standing == 1;
}

static enum rd_err record_contact(struct rd_core *core, struct rd_referral_state *state,
                                  const struct rd_entry *entry, struct rd_errbuf *why)
{
    const struct rd_contacted *contacted = entry->contacted;
    struct rd_assignment *assignment = rd_assignment_at(state, contacted->assignment);
    if (assignment == NULL || !rd_assignment_open(assignment) ||
        contacted->contact != state->contacts_count + 1 || state->contacts_count >= RD_CONTACTS_MAX)
        return rd_corrupt(why, entry, "a contact of no open assignment, or out of order");
    struct rd_contact *contact = rd_add_contact(core, state);
    if (contact == NULL)
        return core->err;
    contact->assignment = contacted->assignment;
    contact->by = contacted->by;
    contact->mode = contacted->mode;
    contact->outcome = contacted->outcome;
    contact->occurred = contacted->occurred;
    contact->recorded = entry->at;
    assignment->decay_due = 0;
    for (size_t i = 0; i < state->clocks_count; i++)
        if (stops(state, &state->clocks[i], contact))
            rd_clock_contacted(&state->clocks[i], contact->occurred, contact->index);
    if (assignment->role != RD_ROLE_LEAD || !stands(contact) || !first_contact(state))
        return RD_OK;
    bool told =
        rd_receipt_for(core, state, entry, RD_RECEIPT_CONTACTED, assignment->team, RD_TEXT_NONE);
    return told ? RD_OK : core->err;
}

/* The clocks it stopped run again, unless another contact that stands stops them. */
static enum rd_err void_contact(struct rd_referral_state *state, const struct rd_entry *entry,
                                struct rd_errbuf *why)
{
    struct rd_contact *voided = rd_contact_at(state, entry->contacted->contact);
    if (voided == NULL || voided->voided_at != 0)
        return rd_corrupt(why, entry, "voids no contact");
    voided->voided_at = entry->at;
    for (size_t i = 0; i < state->clocks_count; i++) {
        struct rd_clock *clock = &state->clocks[i];
        if (clock->end_contact != voided->index)
            continue;
        rd_clock_restore(clock);
        for (size_t j = 0; j < state->contacts_count; j++)
            if (stops(state, clock, &state->contacts[j]))
                rd_clock_contacted(clock, state->contacts[j].occurred, state->contacts[j].index);
    }
    return RD_OK;
}

enum rd_err rd_apply_contacted(struct rd_core *core, const struct rd_entry *entry,
                               struct rd_errbuf *why)
{
    struct rd_edit edit;
    enum rd_err err = rd_apply_begin(core, entry, &edit, why);
    if (err != RD_OK)
        return err;
    if (entry->contacted == NULL)
        return rd_corrupt(why, entry, "a contact without its arm");
    edit.verb = entry->contacted->voids ? RD_VERB_VOID_CONTACT : RD_VERB_CONTACT;
    err = entry->contacted->voids ? void_contact(edit.state, entry, why)
                                  : record_contact(core, edit.state, entry, why);
    return err != RD_OK ? err : rd_apply_end(core, &edit);
}
