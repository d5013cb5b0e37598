#include "adapters/worklist/command.h"

#include "adapters/worklist/words.h"

#include "base/ident.h"

#include <stdio.h>

struct filling {
    const struct worklist_form *form;
    const struct worklist_asked *asked;
    struct rd_arena *arena;
    struct rd_command *command;
    struct rd_errbuf *why;
};

static struct rd_text field(const struct filling *filling, const char *name)
{
    return rd_text_trim(filling->form->field(filling->form->context, name));
}

static enum rd_err take_reason(const struct filling *filling, bool required)
{
    struct rd_text reason = field(filling, "reason");
    if (reason.len == 0)
        return required ? rd_fail(filling->why, RD_E_INVALID, "Say why: the reason is missing.")
                        : RD_OK;
    if (reason.len > WORKLIST_REASON_BYTES_MAX)
        return rd_fail(filling->why, RD_E_INVALID, "The reason is too long: at most %d characters.",
                       WORKLIST_REASON_BYTES_MAX);
    if (!rd_text_is_utf8(reason))
        return rd_fail(filling->why, RD_E_INVALID,
                       "The reason holds characters that cannot be read: write it again.");
    filling->command->reason = reason;
    return RD_OK;
}

static enum rd_err take_nothing(const struct filling *filling)
{
    (void)filling;
    return RD_OK;
}

static enum rd_err take_only_reason(const struct filling *filling)
{
    return take_reason(filling, true);
}

static enum rd_err take_team(const struct filling *filling)
{
    struct rd_text team = field(filling, "to");
    const struct rd_team *found = rd_place_team(filling->asked->place, team);
    if (found == NULL)
        return rd_fail(filling->why, RD_E_INVALID, "Choose the team that it goes to.");
    filling->command->to = found->name;
    return RD_OK;
}

static enum rd_err take_redirect(const struct filling *filling)
{
    enum rd_err err = take_team(filling);
    return err == RD_OK ? take_reason(filling, true) : err;
}

static enum rd_err take_transfer(const struct filling *filling)
{
    const struct worklist_asked *asked = filling->asked;
    const struct worklist_person *person = worklist_staff_find(asked->staff, field(filling, "to"));
    if (person == NULL || asked->row == NULL || !worklist_person_in(person, asked->row->team))
        return rd_fail(filling->why, RD_E_INVALID, "Choose somebody of this team.");
    filling->command->to = person->id;
    return RD_OK;
}

static enum rd_err take_time(const struct filling *filling, const char *name, bool past)
{
    const struct worklist_asked *asked = filling->asked;
    rd_instant at = 0;
    if (!worklist_parse_local(asked->zone, field(filling, name), asked->now, past, &at))
        return rd_fail(filling->why, RD_E_INVALID,
                       "Give the date and time, as in 2026-11-21T14:05.");
    filling->command->when = at;
    return RD_OK;
}

/* The form knows minutes. This minute is "now", which is the router's to say; and the minute in
 * which the referral came is not before it came. */
static enum rd_err take_occurred(const struct filling *filling)
{
    const struct worklist_asked *asked = filling->asked;
    enum rd_err err = take_time(filling, "occurred", true);
    if (err != RD_OK)
        return err;
    rd_instant at = filling->command->when;
    if (asked->now >= at && asked->now - at < RD_MINUTE_US)
        filling->command->when = 0;
    else if (asked->row != NULL && at < asked->row->received &&
             asked->row->received - at < RD_MINUTE_US)
        filling->command->when = asked->row->received;
    if (at > asked->now)
        return rd_fail(filling->why, RD_E_INVALID,
                       "That time is still to come: say when the contact was.");
    return RD_OK;
}

static enum rd_err take_contact(const struct filling *filling)
{
    int mode = rd_enum_value(&rd_contact_mode_names, field(filling, "mode"));
    struct rd_text outcome = field(filling, "outcome");
    if (mode == 0)
        return rd_fail(filling->why, RD_E_INVALID, "Choose how the contact was made.");
    filling->command->mode = (enum rd_contact_mode)mode;
    for (const struct worklist_choice *each = worklist_contact_outcomes; each->code != NULL; each++)
        if (rd_text_is(outcome, each->code))
            filling->command->reason = rd_text_of(each->code);
    if (!rd_text_present(filling->command->reason))
        return rd_fail(filling->why, RD_E_INVALID, "Choose what the contact led to.");
    return take_occurred(filling);
}

static enum rd_err take_void(const struct filling *filling)
{
    int64_t number = 0;
    if (!rd_text_to_i64(field(filling, "contact"), &number) || number < 1 || number > UINT32_MAX)
        return rd_fail(filling->why, RD_E_INVALID, "Choose the contact to undo.");
    filling->command->contact = (uint32_t)number;
    return RD_OK;
}

static enum rd_err take_future(const struct filling *filling, const char *name)
{
    enum rd_err err = take_time(filling, name, false);
    if (err == RD_OK && filling->command->when <= filling->asked->now)
        err = rd_fail(filling->why, RD_E_INVALID, "That time has passed: give a later one.");
    return err;
}

static enum rd_err take_plan(const struct filling *filling)
{
    return take_future(filling, "eta");
}

static enum rd_err take_await(const struct filling *filling)
{
    struct rd_text from = field(filling, "from");
    if (from.len == 0 || from.len > 200 || !rd_text_is_utf8(from))
        return rd_fail(filling->why, RD_E_INVALID,
                       "Say from whom information is awaited, in at most 200 characters.");
    filling->command->to = from;
    return take_future(filling, "chase");
}

static enum rd_err take_close(const struct filling *filling)
{
    int outcome = rd_enum_value(&rd_outcome_names, field(filling, "outcome"));
    if (outcome < RD_OUTCOME_SEEN_COMPLETE || outcome > RD_OUTCOME_ERROR)
        return rd_fail(filling->why, RD_E_INVALID, "Choose how it ended.");
    filling->command->outcome = (enum rd_outcome)outcome;
    return take_reason(filling, false);
}

static bool has_pathway(const struct rd_place *place, struct rd_text name, struct rd_text *out)
{
    for (size_t i = 0; i < place->pathways_count; i++) {
        if (!rd_text_equal(place->pathways[i], name))
            continue;
        *out = place->pathways[i];
        return true;
    }
    return false;
}

static enum rd_err take_triage(const struct filling *filling)
{
    struct rd_text urgency = field(filling, "urgency");
    if (!has_pathway(filling->asked->place, field(filling, "pathway"), &filling->command->pathway))
        return rd_fail(filling->why, RD_E_INVALID, "Choose a pathway.");
    if (urgency.len > 0) {
        int value = rd_enum_value(&rd_priority_names, urgency);
        if (value == 0)
            return rd_fail(filling->why, RD_E_INVALID, "Choose an urgency of the list.");
        filling->command->urgency = (enum rd_priority)value;
    }
    return take_reason(filling, true);
}

static enum rd_err take_route(const struct filling *filling)
{
    const struct rd_place *place = filling->asked->place;
    enum rd_err err = take_team(filling);
    if (err != RD_OK)
        return err;
    void *items = NULL;
    for (size_t i = 0; i < place->teams_count; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "with-%.*s", RD_TEXT_ARG(place->teams[i].name));
        if (field(filling, name).len == 0 ||
            rd_text_equal(place->teams[i].name, filling->command->to))
            continue;
        struct rd_text *team =
            rd_arena_add(filling->arena, &items, &filling->command->supporting_count, sizeof *team);
        if (team == NULL)
            return RD_E_NOMEM;
        *team = place->teams[i].name;
    }
    filling->command->supporting = items;
    return take_reason(filling, true);
}

static enum rd_err take_repair(const struct filling *filling)
{
    struct rd_text to = field(filling, "to");
    uint64_t id = 0;
    if (!rd_ident_parse(rd_text_slice(to, 0, rd_text_find(to, '.', 0)), &id))
        return rd_fail(filling->why, RD_E_INVALID,
                       "Give the reference of the referral that it belongs to, as in "
                       "7K3Q9-M2X4T.");
    filling->command->to = to;
    return take_reason(filling, true);
}

static enum rd_err take_other(const struct filling *filling)
{
    struct rd_text to = field(filling, "to");
    uint64_t id = 0;
    if (!rd_ident_parse(rd_text_slice(to, 0, rd_text_find(to, '.', 0)), &id))
        return rd_fail(filling->why, RD_E_INVALID,
                       "Give the reference of the other referral, as in 7K3Q9-M2X4T.");
    filling->command->to = to;
    return take_reason(filling, false);
}

struct offered {
    enum rd_err (*take)(const struct filling *filling);
    const char *done; /* the start of the sentence */
    enum rd_verb verb;
    bool desk;
};
static const struct offered offered[] = {
    {take_nothing, "You have claimed it", RD_VERB_CLAIM, false},
    {take_nothing, "You have accepted it for the team", RD_VERB_ACCEPT, false},
    {take_nothing, "You have released it: it waits for somebody again", RD_VERB_RELEASE, false},
    {take_transfer, "It is now with", RD_VERB_TRANSFER, false},
    {take_only_reason, "Declined: it has gone on to", RD_VERB_DECLINE, false},
    {take_redirect, "Redirected: it has gone on to", RD_VERB_REDIRECT, false},
    {take_contact, "Contact recorded", RD_VERB_CONTACT, false},
    {take_void, "Contact undone: the deadlines stand as if it had not been recorded",
     RD_VERB_VOID_CONTACT, false},
    {take_plan, "Expected arrival recorded", RD_VERB_PLAN, false},
    {take_await, "Recorded that information is awaited", RD_VERB_AWAIT_INFO, false},
    {take_close, "Closed", RD_VERB_CLOSE, false},
    {take_nothing, "Acknowledged", RD_VERB_ACKNOWLEDGE, false},
    {take_only_reason, "Opened again: it waits for somebody", RD_VERB_REOPEN, false},
    {take_triage, "Triaged as", RD_VERB_TRIAGE, true},
    {take_route, "Routed: the lead is", RD_VERB_ROUTE, true},
    {take_only_reason, "Refused: the item is settled", RD_VERB_REFUSE, true},
    {take_other, "Linked: both show the nearest deadline, and no clock has moved", RD_VERB_LINK,
     true},
    {take_other, "The link is taken apart", RD_VERB_UNLINK, true},
    {take_other, "Noted: not the same person", RD_VERB_DISMISS, true},
    {take_repair, "Put with that referral: the item is settled", RD_VERB_REPAIR, true},
};

static const struct offered *offer_of(enum rd_verb verb)
{
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++)
        if (offered[i].verb == verb)
            return &offered[i];
    return NULL;
}

enum rd_verb worklist_verb(struct rd_text name)
{
    enum rd_verb verb = (enum rd_verb)rd_enum_value(&rd_verb_names, name);
    return offer_of(verb) == NULL ? 0 : verb;
}

bool worklist_verb_links(enum rd_verb verb)
{
    return verb == RD_VERB_LINK || verb == RD_VERB_UNLINK || verb == RD_VERB_DISMISS;
}

bool worklist_verb_is_desk(enum rd_verb verb)
{
    const struct offered *offer = offer_of(verb);
    return offer != NULL && offer->desk;
}

enum rd_err worklist_command(const struct worklist_form *form, enum rd_verb verb,
                             const struct worklist_asked *asked, struct rd_arena *arena,
                             struct rd_command *out, struct rd_errbuf *why)
{
    const struct offered *offer = offer_of(verb);
    if (offer == NULL)
        return rd_fail(why, RD_E_INVALID, "There is no such action.");
    *out = (struct rd_command){.verb = verb,
                               .target = asked->target,
                               .by = asked->person->id,
                               .clinician = asked->person->clinician};
    const struct filling filling = {form, asked, arena, out, why};
    return offer->take(&filling);
}

static struct rd_text team_title(const struct rd_place *place, struct rd_text name)
{
    const struct rd_team *team = rd_place_team(place, name);
    return team != NULL && team->title.len > 0 ? team->title : name;
}

void worklist_done_words(const struct worklist_asked *asked, const struct rd_command *command,
                         const struct rd_row *after, char *out, size_t size)
{
    const struct offered *offer = offer_of(command->verb);
    char code[WORKLIST_WORDS_MAX];
    const char *done = offer == NULL ? "Done" : offer->done;
    switch ((int)command->verb) {
    case RD_VERB_TRANSFER:
        (void)snprintf(out, size, "%s %.*s.", done,
                       RD_TEXT_ARG(worklist_staff_name(asked->staff, command->to)));
        return;
    case RD_VERB_REDIRECT:
    case RD_VERB_ROUTE:
    case RD_VERB_DECLINE:
        /* The team that was named may be closed: say who has it in truth. */
        (void)snprintf(
            out, size, "%s %.*s.", done,
            RD_TEXT_ARG(team_title(asked->place, after == NULL ? command->to : after->team)));
        return;
    case RD_VERB_CONTACT:
        (void)snprintf(out, size, "%s: %s.", done, worklist_mode(command->mode));
        return;
    case RD_VERB_CLOSE:
        (void)snprintf(out, size, "%s: %s.", done, worklist_outcome(command->outcome));
        return;
    case RD_VERB_TRIAGE:
        (void)snprintf(out, size, "%s %s.", done, worklist_code(command->pathway, code));
        return;
    default:
        (void)snprintf(out, size, "%s.", done);
    }
}
