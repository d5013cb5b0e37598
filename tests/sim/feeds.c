/* Adapters: each keeps what its partner sent until the router has told what became of it, sends it
 * again under the same key after silence or a broken connection, and now and then once more
 * although it was told. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESEND_TICKS = 60 };

static struct sim_sub *new_sub(struct sim_world *world, uint32_t feed)
{
    if (world->subs_count == world->subs_cap) {
        world->subs_cap = world->subs_cap == 0 ? 32 : world->subs_cap * 2;
        world->subs = realloc(world->subs, world->subs_cap * sizeof *world->subs);
        rd_require(world->subs != NULL);
    }
    struct sim_sub *sub = &world->subs[world->subs_count];
    struct sim_prng *prng = &world->prng;
    *sub = (struct sim_sub){.number = world->subs_count++,
                            .feed = feed,
                            .action = RD_ACTION_NEW,
                            .kind = RD_KIND_REFERRAL,
                            .environment = sim_place(world)->feeds[feed].environment,
                            .priority = (enum rd_priority)sim_below(prng, 6),
                            .safeguarding = sim_chance(prng, 1, 5),
                            .need = sim_below(prng, 7),
                            .person = sim_below(prng, 10),
                            .age = sim_between(prng, 10, 99),
                            .authored = world->now,
                            .state = SIM_SUB_WAITING};
    snprintf(sub->key, sizeof sub->key, "key-%u", sub->number);
    snprintf(sub->ref, sizeof sub->ref, "ref-%u", sub->number);
    return sub;
}

static struct sim_sub *some_sub(struct sim_world *world, uint32_t feed, bool told)
{
    uint32_t from = sim_below(&world->prng, world->subs_count);
    for (uint32_t i = 0; i < world->subs_count; i++) {
        struct sim_sub *sub = &world->subs[(from + i) % world->subs_count];
        if (sub->feed == feed && sub->action == RD_ACTION_NEW && !sub->garbage && !sub->refused &&
            (!told || sub->state == SIM_SUB_TOLD))
            return sub;
    }
    return NULL;
}

/* A message about an earlier one: by its reference, never by its key. */
static void about(struct sim_world *world, struct sim_sub *sub, enum rd_action action)
{
    uint32_t number = sub->number;
    struct sim_sub *other = some_sub(world, sub->feed, sim_chance(&world->prng, 4, 5));
    sub = &world->subs[number];
    sub->action = action;
    if (other != NULL && other->number != number) {
        memcpy(sub->ref, other->ref, sizeof sub->ref);
        sub->person = other->person;
        sub->need = other->need;
    }
    if (action == RD_ACTION_AMEND) {
        sub->priority = RD_PRIORITY_TWO_HOUR;
        sub->scene_safety = sim_chance(&world->prng, 1, 3);
        sub->merges = sim_chance(&world->prng, 1, 2);
    }
    if (action == RD_ACTION_FACT)
        sub->fact = (enum rd_fact_kind)sim_between(&world->prng, 1, 8);
}

static void think_of_something(struct sim_world *world, uint32_t feed)
{
    struct sim_prng *prng = &world->prng;
    struct sim_sub *again = some_sub(world, feed, true);
    if (again != NULL && sim_chance(prng, 1, 8)) { /* told, but its partner never heard */
        again->state = SIM_SUB_WAITING;
        again->resend = true;
        return;
    }
    if (world->subs_count >= world->mix.subs_max)
        return;
    struct sim_sub *sub = new_sub(world, feed);
    uint32_t draw = sim_below(prng, 100);
    if (draw < 14) {
        about(world, sub, RD_ACTION_AMEND);
    } else if (draw < 26) {
        about(world, sub, RD_ACTION_CANCEL);
    } else if (draw < 34) {
        about(world, sub, RD_ACTION_FACT);
    } else if (draw < 39 && again != NULL) { /* other content under a key that was used */
        again = some_sub(world, feed, true);
        memcpy(sub->key, again->key, sizeof sub->key);
        sub->variant = 1 + sub->number;
    } else if (draw < 42) {
        sub->garbage = true;
    } else if (draw < 44) {
        sub->environment = RD_ENVIRONMENT_TEST;
    } else if (draw < 46) {
        sub->refused = true;
    } else if (draw < 49) {
        sub->back_entry = true;
    } else if (draw < 52) { /* a cancel that comes before what it cancels */
        sub->action = RD_ACTION_CANCEL;
        uint32_t number = sub->number;
        struct sim_sub *late = new_sub(world, feed);
        memcpy(late->ref, world->subs[number].ref, sizeof late->ref);
    }
    sub = &world->subs[world->subs_count - 1];
    bool ambulance = rd_text_is(sim_place(world)->feeds[feed].source, "ambulance");
    if (sub->action == RD_ACTION_NEW && ambulance && sim_chance(prng, 1, 2)) {
        sub->kind = RD_KIND_VALIDATION;
        sub->respond_by = world->now + sim_between(prng, 15, 120) * RD_MINUTE_US;
    }
}

static void submit(struct sim_world *world, struct sim_peer *peer, struct sim_sub *sub)
{
    struct rd_submit message = {.correlation = ++peer->correlation,
                                .submission = sim_make_submission(world, sub)};
    sub->state = SIM_SUB_SENT;
    sub->correlation = message.correlation;
    sub->sent_tick = world->tick;
    peer->in_flight++;
    sim_event(world, "%s submits %s (%s%s)%s", peer->user, sub->key,
              rd_enum_name(&rd_action_names, (int)sub->action), sub->garbage ? ", garbage" : "",
              sub->resend ? " again" : "");
    sim_send(world, peer, &(struct rd_message){.submit = &message});
}

static void look_for_somebody(struct sim_world *world, struct sim_peer *peer);

void sim_feed_act(struct sim_world *world, struct sim_peer *peer)
{
    struct sim_prng *prng = &world->prng;
    if (!world->quiet && sim_chance(prng, 1, 60))
        look_for_somebody(world, peer);
    if (!world->quiet)
        for (uint32_t i = sim_below(prng, 3); i > 0; i--)
            think_of_something(world, peer->feed);
    uint32_t credit = world->mix.greedy_feeds && !world->quiet ? 1000 : SIM_IN_FLIGHT;
    for (uint32_t i = 0; i < world->subs_count; i++) {
        struct sim_sub *sub = &world->subs[i];
        if (sub->feed != peer->feed)
            continue;
        if (sub->state == SIM_SUB_SENT && world->tick - sub->sent_tick > RESEND_TICKS) {
            sub->state = SIM_SUB_WAITING;
            if (peer->in_flight > 0)
                peer->in_flight--;
        }
        if (sub->state == SIM_SUB_WAITING && peer->in_flight < credit)
            submit(world, peer, sub);
    }
}

void sim_feed_lost(struct sim_world *world, struct sim_peer *peer)
{
    peer->in_flight = 0;
    for (uint32_t i = 0; i < world->subs_count; i++)
        if (world->subs[i].feed == peer->feed && world->subs[i].state == SIM_SUB_SENT)
            world->subs[i].state = SIM_SUB_WAITING;
}

static struct sim_sub *answered(struct sim_world *world, struct sim_peer *peer,
                                uint64_t correlation)
{
    for (uint32_t i = 0; i < world->subs_count; i++) {
        struct sim_sub *sub = &world->subs[i];
        if (sub->feed == peer->feed && sub->state == SIM_SUB_SENT &&
            sub->correlation == correlation)
            return sub;
    }
    return NULL;
}

/* What it was told the first time must be what it is told again. */
static void told_again(struct sim_world *world, struct sim_sub *sub,
                       const struct rd_submit_result *result)
{
    const struct sim_entry *first = sim_entry_get(world, sub->entry);
    const struct rd_feed *feed = &sim_place(world)->feeds[sub->feed];
    rd_instant window = (rd_instant)feed->key_window_days * RD_DAY_US;
    if (first == NULL || world->now - first->at >= window || result->entry == sub->entry)
        return;
    if (result->disposal == RD_DISPOSAL_REJECTED || sub->disposal == RD_DISPOSAL_REJECTED)
        return; /* a rejection uses up no key: each is recorded for itself */
    if (result->disposal == RD_DISPOSAL_QUARANTINED && sub->disposal == RD_DISPOSAL_QUARANTINED)
        return; /* nor does a conflict: the key stays with the first */
    sim_fail(world, "%s was told entry %llu, and %s of entry %llu when it came again", sub->key,
             (unsigned long long)sub->entry,
             rd_enum_name(&rd_disposal_names, (int)result->disposal),
             (unsigned long long)result->entry);
}

/* Another revision is held than the one that the amendment was made from: that one is opened. */
static void look(struct sim_world *world, struct sim_peer *peer, struct sim_sub *sub,
                 const struct rd_submit_result *result)
{
    struct rd_open open = {.correlation = ++peer->correlation,
                           .target = result->referral,
                           .by = RD_TEXT("an adapter"),
                           .purpose = RD_TEXT("merge"),
                           .feed = sim_place(world)->feeds[peer->feed].name};
    sub->correlation = open.correlation;
    sub->sent_tick = world->tick;
    sim_count(world, "merges again");
    sim_send(world, peer, &(struct rd_message){.open = &open});
}

void sim_feed_opened(struct sim_world *world, struct sim_peer *peer, const struct rd_opened *opened)
{
    struct sim_sub *sub = answered(world, peer, opened->correlation);
    if (opened->stages == NULL || opened->row != NULL || opened->submissions_count == 0)
        sim_fail(world, "%s opens a record of its sender's and gets something else", peer->user);
    if (sub == NULL || opened->stages == NULL)
        return;
    if (peer->in_flight > 0)
        peer->in_flight--;
    sub->based_on = opened->stages->revision;
    sub->state = SIM_SUB_WAITING;
}

/* Whoever was sent before: nobody may be named who is of another feed, which the rights see to. */
static void look_for_somebody(struct sim_world *world, struct sim_peer *peer)
{
    struct rd_identifier sought = {.system = RD_TEXT("nhs-number"), .value = RD_TEXT("9990000018")};
    struct rd_query query = {.correlation = ++peer->correlation,
                             .kind = RD_QUERY_FIND,
                             .target = sim_place(world)->feeds[peer->feed].name,
                             .by = RD_TEXT("a sender"),
                             .sought = &sought};
    sim_send(world, peer, &(struct rd_message){.query = &query});
}

void sim_feed_found(struct sim_world *world, const struct rd_query_result *result)
{
    sim_count(world, result->found_count > 0 ? "found" : "found nobody");
}

void sim_feed_hear(struct sim_world *world, struct sim_peer *peer,
                   const struct rd_submit_result *result)
{
    struct sim_sub *sub = answered(world, peer, result->correlation);
    if (sub == NULL)
        return; /* it was sent again meanwhile: that answer counts */
    if (result->busy && rd_text_is(result->reason, "revision")) {
        look(world, peer, sub, result);
        return;
    }
    if (peer->in_flight > 0)
        peer->in_flight--;
    if (result->busy) {
        sub->state = SIM_SUB_WAITING;
        sim_count(world, "busy");
        return;
    }
    char stat[SIM_STAT_BYTES];
    snprintf(stat, sizeof stat, "told %s", rd_enum_name(&rd_disposal_names, (int)result->disposal));
    sim_count(world, stat);
    if (sub->entry != 0)
        told_again(world, sub, result);
    sub->state = SIM_SUB_TOLD;
    sub->disposal = result->disposal;
    sub->entry = result->entry;
    snprintf(sub->referral, sizeof sub->referral, "%.*s", RD_TEXT_ARG(result->referral));
    if (sub->number % 2 == 0) { /* its door says what it told its partner */
        struct rd_answered told = {.correlation = result->correlation,
                                   .told = sub->number % 4 == 0 ? RD_TOLD_WRITTEN : RD_TOLD_GONE,
                                   .code = RD_TEXT("AA"),
                                   .bytes = RD_TEXT("Canary, as it was told")};
        sim_send(world, peer, &(struct rd_message){.answered = &told});
    }
    if (sim_entry_get(world, result->entry) == NULL)
        sim_fail(world, "%s is told of entry %llu, which is not there", sub->key,
                 (unsigned long long)result->entry);
}

void sim_feed_refused(struct sim_world *world, struct sim_peer *peer,
                      const struct rd_refused *refused)
{
    struct sim_sub *sub = answered(world, peer, refused->correlation);
    if (sub != NULL)
        sim_fail(world, "the form of %s is refused: %.*s", sub->key, RD_TEXT_ARG(refused->words));
}

bool sim_feeds_quiet(const struct sim_world *world)
{
    for (uint32_t i = 0; i < world->subs_count; i++)
        if (world->subs[i].state != SIM_SUB_TOLD)
            return false;
    for (size_t i = 0; i < world->entries.refs_count; i++)
        if (world->entries.refs[i].receipt != 0)
            return false;
    return true;
}

void sim_feeds_check(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->subs_count && !sim_failed(world); i++) {
        const struct sim_sub *sub = &world->subs[i];
        const struct sim_entry *entry = sim_entry_get(world, sub->entry);
        if (entry == NULL || entry->kind != RD_ENTRY_RECEIVED || entry->feed != sub->feed + 1)
            sim_fail(world, "%s was told entry %llu, which is not of its receipt", sub->key,
                     (unsigned long long)sub->entry);
        bool live = sub->environment == RD_ENVIRONMENT_LIVE;
        if (sub->garbage && live && sub->disposal != RD_DISPOSAL_QUARANTINED &&
            sub->disposal != RD_DISPOSAL_REPEAT)
            sim_fail(world, "%s cannot be read and became %s", sub->key,
                     rd_enum_name(&rd_disposal_names, (int)sub->disposal));
        if (sub->refused && sub->disposal != RD_DISPOSAL_REJECTED)
            sim_fail(world, "%s was refused at the door and became %s", sub->key,
                     rd_enum_name(&rd_disposal_names, (int)sub->disposal));
        bool plain = sub->action == RD_ACTION_NEW && !sub->garbage && !sub->refused &&
                     sub->variant == 0 && live;
        if (plain && sub->disposal == RD_DISPOSAL_REJECTED)
            sim_fail(world, "%s is in order and was rejected", sub->key);
        uint64_t referral;
        if (plain && sub->disposal == RD_DISPOSAL_NEW &&
            (!rd_ident_parse(rd_text_of(sub->referral), &referral) ||
             sim_ref_find(world, referral) == NULL))
            sim_fail(world, "%s was told %s, which is not there", sub->key, sub->referral);
    }
}
