/* People at their screens: they look at the top of their list and act on it, sometimes wrongly,
 * sometimes twice, and two of a team go for the same one. */
#include "world.h"

#include <stdio.h>
#include <string.h>

struct sim_pending *sim_pending_of(struct sim_peer *peer, uint64_t correlation)
{
    for (size_t i = 0; correlation != 0 && i < SIM_PENDING_MAX; i++)
        if (peer->pending[i].correlation == correlation)
            return &peer->pending[i];
    return NULL;
}

static struct sim_pending *free_pending(struct sim_peer *peer)
{
    for (size_t i = 0; i < SIM_PENDING_MAX; i++)
        if (peer->pending[i].correlation == 0)
            return &peer->pending[i];
    return NULL;
}

struct odds {
    enum rd_verb verb;
    uint32_t weight;
};
static const struct odds waiting_odds[] = {
    {RD_VERB_CLAIM, 60},  {RD_VERB_DECLINE, 3}, {RD_VERB_REDIRECT, 5},
    {RD_VERB_CONTACT, 3}, {RD_VERB_CLOSE, 3},   {RD_VERB_ACCEPT, 3},
    {RD_VERB_PLAN, 2},    {RD_VERB_RELEASE, 1}, {RD_VERB_TRANSFER, 1},
};
static const struct odds claimed_odds[] = {
    {RD_VERB_ACCEPT, 40}, {RD_VERB_RELEASE, 8},  {RD_VERB_TRANSFER, 6},
    {RD_VERB_DECLINE, 4}, {RD_VERB_REDIRECT, 6}, {RD_VERB_CONTACT, 10},
    {RD_VERB_CLAIM, 10},  {RD_VERB_CLOSE, 5},    {RD_VERB_PLAN, 5},
};
static const struct odds accepted_odds[] = {
    {RD_VERB_CONTACT, 35},     {RD_VERB_PLAN, 10},     {RD_VERB_AWAIT_INFO, 8},
    {RD_VERB_TRANSFER, 6},     {RD_VERB_REDIRECT, 6},  {RD_VERB_CLOSE, 15},
    {RD_VERB_VOID_CONTACT, 8}, {RD_VERB_END_CLOCK, 2}, {RD_VERB_CLAIM, 3},
};
static const struct odds desk_odds[] = {
    {RD_VERB_TRIAGE, 30},  {RD_VERB_ROUTE, 30}, {RD_VERB_CLOSE, 4},
    {RD_VERB_REDIRECT, 6}, {RD_VERB_CLAIM, 5},  {RD_VERB_CONTACT, 2},
};

static enum rd_verb draw(struct sim_prng *prng, const struct odds *odds, size_t count)
{
    uint32_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += odds[i].weight;
    uint32_t at = sim_below(prng, total);
    for (size_t i = 0; i < count; i++) {
        if (at < odds[i].weight)
            return odds[i].verb;
        at -= odds[i].weight;
    }
    return odds[0].verb;
}

static enum rd_verb choose_verb(struct sim_world *world, struct sim_peer *peer,
                                const struct sim_row *row)
{
    struct sim_prng *prng = &world->prng;
    if ((row->stand_down_asked || row->change_asked) && sim_chance(prng, 3, 4))
        return RD_VERB_ACKNOWLEDGE;
    if (row->contacts > 0 && sim_chance(prng, 1, 6))
        return RD_VERB_VOID_CONTACT;
    if (row->clock != 0 && sim_chance(prng, 1, 60))
        return RD_VERB_END_CLOCK;
    if (peer->kind == SIM_DESK && sim_chance(prng, 9, 10))
        return draw(prng, desk_odds, sizeof desk_odds / sizeof desk_odds[0]);
    switch (row->phase) {
    case RD_ASSIGNMENT_CLAIMED:
        return draw(prng, claimed_odds, sizeof claimed_odds / sizeof claimed_odds[0]);
    case RD_ASSIGNMENT_ACCEPTED:
        return draw(prng, accepted_odds, sizeof accepted_odds / sizeof accepted_odds[0]);
    case RD_ASSIGNMENT_WAITING:
    case RD_ASSIGNMENT_CLOSED:
    default:
        return draw(prng, waiting_odds, sizeof waiting_odds / sizeof waiting_odds[0]);
    }
}

static struct rd_text some_team(struct sim_world *world)
{
    const struct rd_place *place = sim_place(world);
    return place->teams[sim_below(&world->prng, (uint32_t)place->teams_count)].name;
}

/* What the verb asks for; sometimes something is missing. */
static void fill_in(struct sim_world *world, const struct sim_row *row, struct rd_command *command)
{
    struct sim_prng *prng = &world->prng;
    const struct rd_place *place = sim_place(world);
    if (!sim_chance(prng, 1, 20))
        command->reason = RD_TEXT("as things are");
    if (command->verb == RD_VERB_CONTACT) {
        command->mode = (enum rd_contact_mode)sim_between(prng, 1, 4);
        command->when = world->now - sim_below(prng, 1800) * RD_SECOND_US;
        command->words = RD_TEXT("went to see Canary");
    } else if (command->verb == RD_VERB_CLOSE) {
        command->outcome = (enum rd_outcome)sim_between(prng, 1, 13);
    } else if (command->verb == RD_VERB_TRANSFER) {
        command->to = RD_TEXT("Cal");
    } else if (command->verb == RD_VERB_REDIRECT || command->verb == RD_VERB_ROUTE) {
        command->to = some_team(world);
    } else if (command->verb == RD_VERB_PLAN || command->verb == RD_VERB_AWAIT_INFO) {
        command->when = world->now + sim_between(prng, 1, 90) * RD_MINUTE_US;
        command->to = RD_TEXT("the practice");
    } else if (command->verb == RD_VERB_TRIAGE) {
        command->pathway = place->pathways[sim_below(prng, (uint32_t)place->pathways_count)];
        command->urgency = (enum rd_priority)sim_below(prng, 6);
        command->clinician = sim_chance(prng, 2, 3);
    } else if (command->verb == RD_VERB_VOID_CONTACT) {
        command->contact = row != NULL ? sim_between(prng, 1, row->contacts + 1) : 1;
    } else if (command->verb == RD_VERB_END_CLOCK) {
        command->clinician = sim_chance(prng, 1, 2);
        command->clock = row != NULL ? row->clock : 1;
    }
}

/* Whoever has it goes on with it, mostly. */
static void choose_person(struct sim_world *world, const struct sim_peer *peer,
                          const struct sim_row *row, char *out, size_t size)
{
    static const char *const names[] = {"Ann", "Bob"};
    uint32_t chosen = sim_below(&world->prng, 2);
    bool own = sim_chance(&world->prng, 7, 8);
    for (uint32_t i = 0; i < 2; i++) {
        snprintf(out, size, "%s of %s", names[i], peer->user);
        if (own && row != NULL && row->claimed_by == rd_text_hash(rd_text_of(out)))
            return;
    }
    snprintf(out, size, "%s of %s", names[chosen], peer->user);
}

/* `row`: what it is about, as the person sees it; NULL: something else. */
static void give_command(struct sim_world *world, struct sim_peer *peer, const struct sim_row *row,
                         struct rd_command *command)
{
    struct sim_pending *pending = free_pending(peer);
    if (pending == NULL)
        return;
    char person[64];
    choose_person(world, peer, row, person, sizeof person);
    command->correlation = ++peer->correlation;
    command->by = rd_text_of(person);
    fill_in(world, row, command);
    struct rd_text some[1] = {some_team(world)};
    if (command->verb == RD_VERB_ROUTE && sim_chance(&world->prng, 1, 3)) {
        command->supporting = some;
        command->supporting_count = 1;
    }
    *pending = (struct sim_pending){.correlation = command->correlation,
                                    .verb = command->verb,
                                    .by = rd_text_hash(command->by)};
    snprintf(pending->target, sizeof pending->target, "%.*s", RD_TEXT_ARG(command->target));
    sim_event(world, "%s: %s %.*s", person, rd_enum_name(&rd_verb_names, (int)command->verb),
              RD_TEXT_ARG(command->target));
    sim_send(world, peer, &(struct rd_message){.command = command});
}

static void ask_for_items(struct sim_world *world, struct sim_peer *peer)
{
    struct rd_query query = {.correlation = ++peer->correlation,
                             .kind = RD_QUERY_QUARANTINE,
                             .by = RD_TEXT("Ann of the desk")};
    sim_send(world, peer, &(struct rd_message){.query = &query});
}

static void learn_pair(struct sim_world *world, struct sim_peer *peer,
                       const struct rd_query_result *result)
{
    uint32_t at = sim_below(&world->prng, (uint32_t)result->pairs_count);
    const struct rd_link_pair *pair = &result->pairs[at];
    snprintf(peer->pair[0], sizeof peer->pair[0], "%.*s", RD_TEXT_ARG(pair->first->referral));
    snprintf(peer->pair[1], sizeof peer->pair[1], "%.*s", RD_TEXT_ARG(pair->second->referral));
    peer->pair_state = pair->state;
}

void sim_people_items(struct sim_world *world, struct sim_peer *peer,
                      const struct rd_query_result *result)
{
    if (result->pairs_count > 0)
        learn_pair(world, peer, result);
    else
        peer->quarantined = result->quarantined_count > 0 ? result->quarantined[0].entry : 0;
}

/* The desk's other list: what could not be understood. */
static bool desk_item(struct sim_world *world, struct sim_peer *peer)
{
    if (peer->kind != SIM_DESK || !sim_chance(&world->prng, 1, 6))
        return false;
    if (peer->quarantined == 0) {
        ask_for_items(world, peer);
        return true;
    }
    char target[24];
    snprintf(target, sizeof target, "Q%llu", (unsigned long long)peer->quarantined);
    struct rd_command command = {.verb = RD_VERB_REFUSE, .target = rd_text_of(target)};
    if (peer->rows_count > 0 && sim_chance(&world->prng, 1, 2)) {
        command.verb = RD_VERB_REPAIR;
        command.to = rd_text_of(peer->rows[0].referral);
    }
    peer->quarantined = 0;
    give_command(world, peer, NULL, &command);
    return true;
}

static void ask_for_links(struct sim_world *world, struct sim_peer *peer)
{
    struct rd_query query = {.correlation = ++peer->correlation,
                             .kind = RD_QUERY_LINKS,
                             .by = RD_TEXT("Ann of the desk")};
    if (peer->rows_count > 0 && sim_chance(&world->prng, 1, 2))
        query.target = rd_text_of(peer->rows[0].referral);
    sim_send(world, peer, &(struct rd_message){.query = &query});
}

/* And who may be one person: as it is suggested, otherwise, or by hand. */
static bool desk_links(struct sim_world *world, struct sim_peer *peer)
{
    struct sim_prng *prng = &world->prng;
    if (peer->kind != SIM_DESK || !sim_chance(prng, 1, 5))
        return false;
    bool by_hand = peer->rows_count > 1 && sim_chance(prng, 1, 6);
    if (!by_hand && peer->pair[0][0] == '\0') {
        ask_for_links(world, peer);
        return true;
    }
    enum rd_verb verb = RD_VERB_LINK;
    if (peer->pair_state == RD_LINK_LINKED && sim_chance(prng, 2, 3))
        verb = RD_VERB_UNLINK;
    else if (peer->pair_state == RD_LINK_SUGGESTED && sim_chance(prng, 1, 3))
        verb = RD_VERB_DISMISS;
    const char *one = by_hand ? peer->rows[0].referral : peer->pair[0];
    const char *other = by_hand ? peer->rows[peer->rows_count - 1].referral : peer->pair[1];
    struct rd_command command = {.verb = verb, .target = rd_text_of(one), .to = rd_text_of(other)};
    give_command(world, peer, NULL, &command);
    peer->pair[0][0] = '\0';
    peer->pair_state = 0;
    return true;
}

static void open_record(struct sim_world *world, struct sim_peer *peer, const struct sim_row *row)
{
    struct rd_open open = {.correlation = ++peer->correlation,
                           .target = rd_text_of(row->target),
                           .by = RD_TEXT("Ann"),
                           .purpose = RD_TEXT("direct care")};
    sim_send(world, peer, &(struct rd_message){.open = &open});
}

void sim_people_act(struct sim_world *world, struct sim_peer *peer)
{
    struct sim_prng *prng = &world->prng;
    if (world->quiet || desk_item(world, peer) || desk_links(world, peer))
        return;
    if (peer->closed[0] != '\0' && sim_chance(prng, 1, 15)) {
        struct rd_command reopen = {.verb = RD_VERB_REOPEN, .target = rd_text_of(peer->closed)};
        give_command(world, peer, NULL, &reopen);
        peer->closed[0] = '\0';
        return;
    }
    if (peer->rows_count == 0)
        return;
    if (sim_chance(prng, 1, 40)) {
        sim_list_watch_again(world, peer);
        return;
    }
    uint32_t at = sim_chance(prng, 1, 2) ? 0 : sim_below(prng, (uint32_t)peer->rows_count);
    struct sim_row *row = &peer->rows[at];
    if (sim_chance(prng, 1, 12)) {
        open_record(world, peer, row);
        return;
    }
    struct rd_command command = {.verb = choose_verb(world, peer, row),
                                 .target = rd_text_of(row->target)};
    bool whole = command.verb == RD_VERB_TRIAGE || command.verb == RD_VERB_ROUTE;
    if (whole)
        command.target = rd_text_of(row->referral);
    give_command(world, peer, row, &command);
}

void sim_people_result(struct sim_world *world, struct sim_peer *peer,
                       const struct rd_command_result *result)
{
    struct sim_pending *pending = sim_pending_of(peer, result->correlation);
    if (pending == NULL)
        return; /* the second answer to what arrived twice */
    char stat[SIM_STAT_BYTES];
    snprintf(stat, sizeof stat, "did %s", rd_enum_name(&rd_verb_names, (int)pending->verb));
    sim_count(world, stat);
    /* Claimed now, or theirs already: the row says whose it is. */
    bool theirs = result->row != NULL && rd_text_present(result->row->claimed_by) &&
                  rd_text_hash(result->row->claimed_by) == pending->by;
    if (pending->verb == RD_VERB_CLAIM && !theirs)
        sim_fail(world, "%s was told that they have claimed %s; its row names somebody else",
                 peer->user, pending->target);
    pending->correlation = 0;
}

void sim_people_refused(struct sim_world *world, struct sim_peer *peer,
                        const struct rd_refused *refused)
{
    struct sim_pending *pending = sim_pending_of(peer, refused->correlation);
    if (pending == NULL)
        return;
    if (pending->verb == RD_VERB_CLAIM && refused->code == RD_REFUSAL_TAKEN)
        sim_count(world, "lost a race for a claim");
    pending->correlation = 0;
}
