/* What only the desk, an operator or a clinician does: triage, route, end a clock, quarantine. */
#include "core/clocks.h"
#include "core/commands.h"
#include "core/decide.h"
#include "core/emit.h"

static bool unknown_name(const struct rd_order *order, const char *what, struct rd_text name)
{
    return rd_order_refuse(order, RD_REFUSAL_UNKNOWN,
                           RD_WORDS(order->core, "there is no %s %.*s: see the place's", what,
                                    RD_TEXT_ARG(rd_text_slice(name, 0, RD_NAME_BYTES_MAX))));
}

static bool refuse_names(const struct rd_order *order, bool *refused)
{
    const struct rd_place *place = order->core->place;
    const struct rd_command *command = order->command;
    *refused = true;
    if (rd_text_present(command->pathway) && !rd_place_has_pathway(place, command->pathway))
        return unknown_name(order, "pathway", command->pathway);
    if (rd_text_present(command->to) && rd_place_team(place, command->to) == NULL)
        return unknown_name(order, "team", command->to);
    for (size_t i = 0; i < command->supporting_count; i++)
        if (rd_place_team(place, command->supporting[i]) == NULL)
            return unknown_name(order, "team", command->supporting[i]);
    *refused = false;
    return true;
}

static bool refuse_decision(const struct rd_order *order, bool *refused)
{
    const struct rd_command *command = order->command;
    const struct rd_assignment *lead = rd_lead_of(order->state);
    *refused = true;
    if (lead == NULL)
        return rd_order_refuse(order, RD_REFUSAL_STATE, RD_TEXT("it is closed: reopen it first"));
    bool at_desk = rd_text_equal(lead->team, order->core->place->desk);
    if (!at_desk && lead->phase != RD_ASSIGNMENT_WAITING)
        return rd_order_refuse(order, RD_REFUSAL_STATE,
                               RD_TEXT("a team has it: ask that team to redirect it"));
    if (command->verb == RD_VERB_TRIAGE && !rd_text_present(command->pathway) &&
        command->urgency == 0)
        return rd_order_refuse(order, RD_REFUSAL_MISSING,
                               RD_TEXT("to what? set `pathway` or `urgency`"));
    if (command->verb == RD_VERB_ROUTE && !rd_is_said(command->to))
        return rd_order_refuse(order, RD_REFUSAL_MISSING,
                               RD_TEXT("to which team? set `to`, and `supporting` for others"));
    if (command->urgency > order->state->urgency && !command->clinician)
        return rd_order_refuse(order, RD_REFUSAL_RIGHTS,
                               RD_TEXT("that lowers the urgency: only a clinician may"));
    return refuse_names(order, refused);
}

/* Without a word to the contrary a route keeps the pathway and the urgency in force. */
static struct rd_override override_of(const struct rd_order *order)
{
    const struct rd_command *command = order->command;
    const struct rd_referral_state *state = order->state;
    struct rd_override over = {.by = command->by,
                               .clinician = command->clinician,
                               .pathway = command->pathway,
                               .urgency = command->urgency,
                               .lead = command->to,
                               .supporting = command->supporting,
                               .supporting_count = command->supporting_count,
                               .reason = command->reason};
    bool routed = command->verb == RD_VERB_ROUTE;
    if (routed && !rd_text_present(over.pathway) && !rd_text_is(state->pathway, "desk"))
        over.pathway = state->pathway;
    if (over.urgency == 0)
        over.urgency = state->urgency;
    if (state->facts != NULL && state->facts->priority_asked != 0 &&
        state->urgency > state->facts->priority_asked)
        over.clinician = true; /* one lowered it before: this decision only keeps it */
    if (!rd_is_said(over.reason))
        over.reason = RD_WORDS(order->core, "decided by %.*s", RD_TEXT_ARG(command->by));
    return over;
}

bool rd_order_decide(struct rd_order *order)
{
    bool refused = false;
    if (!refuse_decision(order, &refused) || refused)
        return order->core->err == RD_OK;
    const struct rd_assignment *lead = rd_lead_of(order->state);
    struct rd_order of_lead = *order;
    of_lead.assignment = rd_assignment_at(order->state, lead->index);
    if (!rd_order_taken(&of_lead, &refused) || refused)
        return order->core->err == RD_OK;
    struct rd_override over = override_of(order);
    struct rd_decided_as made;
    if (order->state->facts == NULL)
        return rd_broken(order->core);
    if (!rd_decide(order->core, order->state->facts, &over, &made))
        return false;
    if (order->state->assignments_count + made.decision.assignments_count > RD_ASSIGNMENTS_MAX ||
        order->state->clocks_count + made.decision.clocks_count >=
            RD_CLOCKS_MAX) /* one for a review */
        return rd_order_refuse(order, RD_REFUSAL_LIMIT,
                               RD_TEXT("it has had 16 assignments or 32 clocks: close it and refer "
                                       "anew"));
    if (!rd_emit_decided(order->core, order->held, &made, true))
        return false;
    lead = rd_lead_of(order->state);
    return rd_order_done(order, lead == NULL ? 0 : lead->index);
}

/* No other runs, and there is no room for a review. */
static bool is_last_clock(const struct rd_referral_state *state, uint32_t index)
{
    for (size_t i = 0; i < state->clocks_count; i++)
        if (state->clocks[i].index != index && rd_clock_running(&state->clocks[i]))
            return false;
    return state->clocks_count >= RD_CLOCKS_MAX;
}

bool rd_order_end_clock(struct rd_order *order)
{
    struct rd_core *core = order->core;
    const struct rd_command *command = order->command;
    const struct rd_clock *clock = rd_clock_at(order->state, command->clock);
    if (!command->clinician)
        return rd_order_refuse(order, RD_REFUSAL_RIGHTS,
                               RD_TEXT("only a named clinician ends a clock early"));
    if (!rd_is_said(command->reason))
        return rd_order_refuse(order, RD_REFUSAL_MISSING, RD_TEXT("why? set `reason`"));
    if (clock == NULL || !rd_clock_running(clock))
        return rd_order_refuse(order, RD_REFUSAL_UNKNOWN,
                               RD_TEXT("no such clock runs: set `clock` to its number"));
    if (clock->kind == RD_CLOCK_RESPOND_BY && order->state->custody == RD_CUSTODY_SENDER)
        return rd_order_refuse(
            order, RD_REFUSAL_STATE,
            RD_TEXT("its sender waits for an answer by then: accept it, or close "
                    "it with a reason"));
    if (is_last_clock(order->state, command->clock))
        return rd_order_refuse(order, RD_REFUSAL_LIMIT,
                               RD_TEXT("it is the last of 32 clocks: nothing would remind anybody; "
                                       "close the assignment instead"));
    struct rd_entry entry = {.kind = RD_ENTRY_CLOCK_ENDED, .referral = order->held->id};
    entry.clock_ended = rd_take(core, sizeof *entry.clock_ended);
    if (entry.clock_ended == NULL)
        return false;
    *entry.clock_ended = (struct rd_clock_ended){command->clock, command->by, command->reason};
    return rd_emit(core, &entry) && rd_order_done(order, order->index);
}

/* Refused: with a reason. Repaired: the desk says which referral it belongs to, and its bytes stand
 * with that one from then on. (A corrected message is submitted with `repairs` instead.) */
bool rd_order_item(struct rd_order *order)
{
    struct rd_core *core = order->core;
    const struct rd_command *command = order->command;
    struct rd_entry entry = {.kind = RD_ENTRY_QUARANTINE, .feed = order->item->state.feed};
    uint32_t assignment = 0;
    struct rd_item *no_item = NULL;
    if (order->item->state.closed_at != 0)
        return rd_order_refuse(order, RD_REFUSAL_STATE, RD_TEXT("it is settled already"));
    if (command->verb == RD_VERB_REFUSE && !rd_is_said(command->reason))
        return rd_order_refuse(order, RD_REFUSAL_MISSING, RD_TEXT("why? set `reason`"));
    if (command->verb == RD_VERB_REPAIR) {
        rd_target_find(core, command->to, &order->held, &assignment, &no_item);
        if (order->held == NULL)
            return core->err != RD_OK
                       ? false
                       : rd_order_refuse(order, RD_REFUSAL_MISSING,
                                         RD_TEXT("set `to` to the referral that it belongs to; or "
                                                 "submit the corrected message with `repairs`"));
        entry.referral = order->held->id;
    }
    entry.quarantine = rd_take(core, sizeof *entry.quarantine);
    if (entry.quarantine == NULL || !rd_keep_text(core, entry.feed, &entry.feed))
        return false;
    *entry.quarantine = (struct rd_quarantine_move){order->item->state.entry, command->verb,
                                                    command->by, command->reason};
    return rd_emit(core, &entry) && rd_order_done(order, 0);
}
