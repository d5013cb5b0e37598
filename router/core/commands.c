#include "core/commands.h"

#include "core/decide.h"
#include "core/emit.h"
#include "core/links.h"
#include "core/moves.h"
#include "core/rights.h"
#include "core/rows.h"

void rd_target_find(struct rd_core *core, struct rd_text target, struct rd_held **held,
                    uint32_t *assignment, struct rd_item **item)
{
    int64_t number = 0;
    uint64_t id = 0;
    *held = NULL;
    *item = NULL;
    *assignment = 0;
    if (target.len > 1 && (target.ptr[0] == 'Q' || target.ptr[0] == 'q') &&
        rd_text_to_i64(rd_text_slice(target, 1, target.len), &number) && number > 0)
        *item = rd_find_item(core, (uint64_t)number);
    if (*item != NULL)
        return;
    size_t dot = rd_text_find(target, '.', 0);
    if (!rd_ident_parse(rd_text_slice(target, 0, dot), &id))
        return;
    struct rd_held *found = rd_find_referral(core, id);
    if (found != NULL && dot < target.len) {
        struct rd_text tail = rd_text_slice(target, dot + 1, target.len);
        const struct rd_referral_state *state = rd_live(core, found);
        if (state == NULL || !rd_text_to_i64(tail, &number) || number < 1 ||
            number > (int64_t)state->assignments_count)
            return;
        *assignment = (uint32_t)number;
    }
    *held = found;
}

static const char *verb_name(const struct rd_command *command)
{
    return rd_enum_name(&rd_verb_names, (int)command->verb);
}

bool rd_order_refuse(const struct rd_order *order, enum rd_refusal code, struct rd_text words)
{
    struct rd_text target = rd_text_slice(order->command->target, 0, RD_NAME_BYTES_MAX);
    struct rd_text said = RD_WORDS(order->core, "%s %.*s: %.*s", verb_name(order->command),
                                   RD_TEXT_ARG(target), RD_TEXT_ARG(words));
    return rd_refuse(order->core, order->command->correlation, code, said);
}

bool rd_order_done(const struct rd_order *order, uint32_t assignment)
{
    struct rd_core *core = order->core;
    struct rd_message *message = rd_answer(core);
    struct rd_command_result *result = rd_take(core, sizeof *result);
    if (message == NULL || result == NULL)
        return false;
    *result = (struct rd_command_result){.correlation = order->command->correlation,
                                         .entry = core->meta.last_entry};
    if (order->held != NULL) {
        result->referral = rd_referral_name(core, order->held->id);
        if (assignment != 0)
            result->row = rd_row_of(core, order->held, assignment);
    }
    message->command_result = result;
    return core->err == RD_OK;
}

static bool is_same(struct rd_text a, struct rd_text b)
{
    return rd_text_equal(a, b);
}

bool rd_order_taken(const struct rd_order *order, bool *refused)
{
    const struct rd_assignment *assignment = order->assignment;
    *refused = assignment->phase == RD_ASSIGNMENT_CLAIMED &&
               !is_same(assignment->claimed_by, order->command->by);
    if (!*refused)
        return true;
    struct rd_text words =
        RD_WORDS(order->core, "%.*s has claimed it: transfer it first, or ask them",
                 RD_TEXT_ARG(assignment->claimed_by));
    return rd_order_refuse(order, RD_REFUSAL_TAKEN, words);
}

static bool move(struct rd_order *order, struct rd_moved moved)
{
    moved.assignment = order->index;
    moved.verb = order->command->verb;
    moved.by = order->command->by;
    if (!rd_text_present(moved.reason))
        moved.reason = order->command->reason;
    moved.words = order->command->words;
    uint32_t shown = moved.created != 0 ? moved.created : order->index;
    return rd_emit_moved(order->core, order->held, &moved) && rd_order_done(order, shown);
}

static rd_instant decay_of(const struct rd_order *order)
{
    const struct rd_team *team = rd_place_team(order->core->place, order->assignment->team);
    bool decays = team != NULL && team->claim_decay_minutes != 0;
    return decays ? order->core->now + (rd_instant)team->claim_decay_minutes * RD_MINUTE_US : 0;
}

static bool claim(struct rd_order *order)
{
    /* The answer to the first may have been lost: the same person asking again has it already. */
    if (order->assignment->phase == RD_ASSIGNMENT_CLAIMED &&
        is_same(order->assignment->claimed_by, order->command->by))
        return rd_order_done(order, order->index);
    return move(order, (struct rd_moved){.when = decay_of(order)});
}

static bool simple(struct rd_order *order)
{
    return move(order, (struct rd_moved){0});
}

static bool missing(const struct rd_order *order, struct rd_text words)
{
    return rd_order_refuse(order, RD_REFUSAL_MISSING, words);
}

static bool transfer(struct rd_order *order)
{
    if (!rd_is_said(order->command->to))
        return missing(order, RD_TEXT("to whom? set `to` to the person's name"));
    rd_instant decay = order->assignment->phase == RD_ASSIGNMENT_CLAIMED ? decay_of(order) : 0;
    return move(order, (struct rd_moved){.to = order->command->to, .when = decay});
}

/* Plans the assignment that takes this one's place and writes the move. */
static bool pass_on(struct rd_order *order, struct rd_text team)
{
    struct rd_core *core = order->core;
    size_t count = order->state->assignments_count;
    bool desk = is_same(team, core->place->desk);
    if (count >= RD_ASSIGNMENTS_MAX || (count + 1 >= RD_ASSIGNMENTS_MAX && !desk))
        return rd_order_refuse(order, RD_REFUSAL_LIMIT,
                               RD_TEXT("it has been passed on 15 times: redirect it to the desk, "
                                       "or close it here"));
    struct rd_planned_assignment *planned = rd_take(core, sizeof *planned);
    if (planned == NULL)
        return false;
    enum rd_err err = rd_plan_team(core, order->state, team, order->assignment->role, planned);
    if (err == RD_E_NOTFOUND)
        return rd_order_refuse(order, RD_REFUSAL_UNKNOWN,
                               RD_WORDS(core, "there is no team %.*s: see the place's teams",
                                        RD_TEXT_ARG(rd_text_slice(team, 0, RD_NAME_BYTES_MAX))));
    if (err != RD_OK)
        return false;
    if (is_same(planned->team, order->assignment->team))
        return rd_order_refuse(order, RD_REFUSAL_INVALID,
                               RD_TEXT("that leads back to this team: name another, or the desk"));
    uint32_t created = (uint32_t)count + 1;
    struct rd_moved moved = {.to = planned->team, .created = created, .planned = planned};
    return move(order, moved) && rd_check_consumer(core, order->held, created);
}

static bool decline(struct rd_order *order)
{
    const struct rd_place *place = order->core->place;
    const struct rd_team *team = rd_place_team(place, order->assignment->team);
    if (!rd_is_said(order->command->reason))
        return missing(order, RD_TEXT("why? set `reason`"));
    if (team != NULL && team->kind == RD_TEAM_DESK)
        return rd_order_refuse(order, RD_REFUSAL_STATE,
                               RD_TEXT("the desk is the last resort: route it, or close it"));
    bool falls = team != NULL && rd_text_present(team->fallback) &&
                 order->state->assignments_count + 1 < RD_ASSIGNMENTS_MAX;
    return pass_on(order, falls ? team->fallback : place->desk);
}

static bool redirect(struct rd_order *order)
{
    if (!rd_is_said(order->command->reason) || !rd_is_said(order->command->to))
        return missing(order, RD_TEXT("where to, and why? set `to` to a team, and `reason`"));
    return pass_on(order, order->command->to);
}

static bool contact(struct rd_order *order)
{
    struct rd_core *core = order->core;
    const struct rd_command *command = order->command;
    rd_instant occurred = command->when == 0 ? core->now : command->when;
    if (command->mode == 0)
        return missing(order,
                       RD_TEXT("how? set `mode`: face-to-face, telephone, video, no-access"));
    if (occurred > core->now + RD_FUTURE_SLACK_S * RD_SECOND_US)
        return rd_order_refuse(order, RD_REFUSAL_INVALID,
                               RD_TEXT("it occurred in the future: check the time and its zone"));
    if (occurred < order->state->received)
        return rd_order_refuse(order, RD_REFUSAL_INVALID,
                               RD_TEXT("it occurred before the referral was received: check it"));
    if (order->state->contacts_count >= RD_CONTACTS_MAX)
        return rd_order_refuse(order, RD_REFUSAL_LIMIT,
                               RD_TEXT("256 contacts are recorded: close it and refer anew"));
    struct rd_entry entry = {.kind = RD_ENTRY_CONTACTED, .referral = order->held->id};
    entry.contacted = rd_take(core, sizeof *entry.contacted);
    if (entry.contacted == NULL)
        return false;
    *entry.contacted = (struct rd_contacted){.assignment = order->index,
                                             .contact = (uint32_t)order->state->contacts_count + 1,
                                             .by = command->by,
                                             .mode = command->mode,
                                             .outcome = command->reason,
                                             .occurred = occurred,
                                             .words = command->words};
    return rd_emit(core, &entry) && rd_order_done(order, order->index);
}

static bool void_contact(struct rd_order *order)
{
    struct rd_core *core = order->core;
    const struct rd_contact *voided = rd_contact_at(order->state, order->command->contact);
    if (voided == NULL || voided->voided_at != 0 || voided->assignment != order->index)
        return rd_order_refuse(
            order, RD_REFUSAL_UNKNOWN,
            RD_TEXT("no such contact stands there: set `contact` to its number"));
    struct rd_entry entry = {.kind = RD_ENTRY_CONTACTED, .referral = order->held->id};
    entry.contacted = rd_take(core, sizeof *entry.contacted);
    if (entry.contacted == NULL)
        return false;
    *entry.contacted = (struct rd_contacted){.assignment = order->index,
                                             .contact = order->command->contact,
                                             .voids = true,
                                             .by = order->command->by,
                                             .words = order->command->words};
    return rd_emit(core, &entry) && rd_order_done(order, order->index);
}

static bool plan(struct rd_order *order)
{
    if (order->command->when == 0)
        return missing(order, RD_TEXT("when? set `when` to the expected arrival"));
    return move(order, (struct rd_moved){.when = order->command->when});
}

static bool await_info(struct rd_order *order)
{
    if (!rd_is_said(order->command->to) || order->command->when <= order->core->now)
        return missing(order, RD_TEXT("from whom, and when to chase? set `to`, and `when` later "
                                      "than now"));
    return move(order, (struct rd_moved){.to = order->command->to, .when = order->command->when});
}

static bool close_it(struct rd_order *order)
{
    enum rd_outcome outcome = order->command->outcome;
    if (outcome == 0)
        return missing(order, RD_TEXT("with what outcome? set `outcome`"));
    if (outcome > RD_OUTCOME_ERROR)
        return rd_order_refuse(order, RD_REFUSAL_INVALID,
                               RD_TEXT("that outcome is the router's own: use one of a close"));
    if (outcome == RD_OUTCOME_TRANSFERRED && order->assignment->external &&
        order->assignment->phase != RD_ASSIGNMENT_ACCEPTED)
        return rd_order_refuse(order, RD_REFUSAL_STATE,
                               RD_TEXT("the other organisation has not accepted it: custody is "
                                       "still ours; record its acceptance first"));
    return move(order, (struct rd_moved){.outcome = outcome});
}

static bool reopen(struct rd_order *order)
{
    enum rd_outcome outcome = order->assignment->outcome;
    if (!rd_is_said(order->command->reason))
        return missing(order, RD_TEXT("why? set `reason`"));
    if (outcome >= RD_OUTCOME_REDIRECTED || order->state->phase == RD_PHASE_REFUSED)
        return rd_order_refuse(order, RD_REFUSAL_STATE,
                               RD_TEXT("another assignment took its place, or the sender was told "
                                       "that it is refused: act there"));
    if (order->state->clocks_count + 2 > RD_CLOCKS_MAX)
        return rd_order_refuse(order, RD_REFUSAL_LIMIT,
                               RD_TEXT("it has had 32 clocks: refer anew"));
    return move(order, (struct rd_moved){0});
}

static bool acknowledge(struct rd_order *order)
{
    if (!order->assignment->stand_down_asked && !order->assignment->change_asked)
        return rd_order_refuse(order, RD_REFUSAL_STATE, RD_TEXT("nothing is asked there"));
    bool stands_down = order->assignment->stand_down_asked;
    struct rd_moved moved = {.outcome = stands_down ? RD_OUTCOME_WITHDRAWN : 0};
    return move(order, moved);
}

struct verb {
    bool (*run)(struct rd_order *order);
    bool owner; /* while claimed, only for the person who claimed it */
    const char *fix;
};
static const struct verb verbs[] = {
    [RD_VERB_CLAIM] = {claim, false, "reopen it first"},
    [RD_VERB_ACCEPT] = {simple, true, "claim it first"},
    [RD_VERB_RELEASE] = {simple, true, "only a claim can be released; redirect what is accepted"},
    [RD_VERB_TRANSFER] = {transfer, false, "claim it instead"},
    [RD_VERB_DECLINE] = {decline, true, "redirect what is accepted"},
    [RD_VERB_REDIRECT] = {redirect, true, "reopen it first"},
    [RD_VERB_CONTACT] = {contact, false, "reopen it first"},
    [RD_VERB_VOID_CONTACT] = {void_contact, false, "reopen it first"},
    [RD_VERB_PLAN] = {plan, true, "claim it first"},
    [RD_VERB_AWAIT_INFO] = {await_info, true, "claim it first"},
    [RD_VERB_CLOSE] = {close_it, false, "it is closed already"},
    [RD_VERB_REOPEN] = {reopen, false, "it is open"},
    [RD_VERB_ACKNOWLEDGE] = {acknowledge, false, "it is closed: nothing is asked"},
};

static bool refuse_phase(const struct rd_order *order)
{
    enum rd_assignment_phase phase = order->assignment->phase;
    bool has = phase == RD_ASSIGNMENT_CLAIMED || phase == RD_ASSIGNMENT_ACCEPTED;
    if (order->command->verb == RD_VERB_CLAIM && has)
        return rd_order_refuse(order, RD_REFUSAL_TAKEN,
                               RD_WORDS(order->core, "%.*s has it: ask them, or transfer it",
                                        RD_TEXT_ARG(order->assignment->claimed_by)));
    return rd_order_refuse(order, RD_REFUSAL_STATE,
                           RD_WORDS(order->core, "it is %s: %s",
                                    rd_enum_name(&rd_assignment_phase_names, (int)phase),
                                    verbs[order->command->verb].fix));
}

static bool run_on_assignment(struct rd_order *order)
{
    const struct verb *verb = &verbs[order->command->verb];
    bool mine = order->command->verb == RD_VERB_CLAIM &&
                order->assignment->phase == RD_ASSIGNMENT_CLAIMED &&
                is_same(order->assignment->claimed_by, order->command->by);
    bool refused = false;
    if (verb->owner && (!rd_order_taken(order, &refused) || refused))
        return order->core->err == RD_OK;
    if (!mine && rd_move_next(order->command->verb, order->assignment->phase, false) == 0)
        return refuse_phase(order);
    return verb->run(order);
}

static bool refuse_target(const struct rd_order *order)
{
    return rd_order_refuse(order, RD_REFUSAL_UNKNOWN,
                           RD_TEXT("nothing of that name is held: use the reference as shown, "
                                   "\"7K3Q9-M2X4T.1\" or \"Q123\""));
}

static bool refuse_rights(const struct rd_order *order)
{
    const struct rd_identity *identity = order->core->event->origin.identity;
    return rd_order_refuse(order, RD_REFUSAL_RIGHTS,
                           RD_WORDS(order->core,
                                    "user %.*s may not do that there: list the team with its key, "
                                    "or ask the desk",
                                    RD_TEXT_ARG(identity->user)));
}

static bool run_verb(struct rd_order *order, uint32_t index)
{
    enum rd_verb verb = order->command->verb;
    const struct rd_identity *identity = order->core->event->origin.identity;
    order->state = rd_live(order->core, order->held);
    if (order->state == NULL)
        return false;
    const struct rd_assignment *lead = rd_lead_of(order->state);
    if (index == 0)
        index = lead == NULL ? (uint32_t)order->state->assignments_count : lead->index;
    order->index = index;
    order->assignment = rd_assignment_at(order->state, index);
    if (order->assignment == NULL)
        return refuse_target(order);
    if (!rd_may_command(identity, verb, order->assignment->team))
        return refuse_rights(order);
    if (verb == RD_VERB_TRIAGE || verb == RD_VERB_ROUTE)
        return rd_order_decide(order);
    if (verb == RD_VERB_END_CLOCK)
        return rd_order_end_clock(order);
    if (rd_is_link_verb(verb))
        return rd_order_link(order);
    return run_on_assignment(order);
}

bool rd_command_run(struct rd_core *core)
{
    const struct rd_command *command = core->event->message->command;
    struct rd_order order = {.core = core, .command = command};
    uint32_t index = 0;
    enum rd_verb verb = command->verb;
    bool of_item = verb == RD_VERB_REPAIR || verb == RD_VERB_REFUSE;
    bool of_desk = verb == RD_VERB_TRIAGE || verb == RD_VERB_ROUTE || verb == RD_VERB_END_CLOCK ||
                   rd_is_link_verb(verb);
    bool known = of_item || of_desk ||
                 ((size_t)verb < sizeof verbs / sizeof verbs[0] && verbs[verb].run != NULL);
    if (!known)
        return rd_refuse(core, command->correlation, RD_REFUSAL_INVALID,
                         RD_TEXT("command: no verb of a person: set `verb`"));
    if (!rd_is_said(command->by))
        return missing(&order, RD_TEXT("on whose word? set `by` to a person's name"));
    rd_target_find(core, command->target, &order.held, &index, &order.item);
    if (core->err != RD_OK)
        return false;
    if (of_item ? order.item == NULL : order.held == NULL)
        return refuse_target(&order);
    if (of_item && !rd_may_command(core->event->origin.identity, verb, core->place->desk))
        return refuse_rights(&order);
    return of_item ? rd_order_item(&order) : run_verb(&order, index);
}
