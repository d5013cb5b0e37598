/* What every peer does: connect, say hello, notice that it is no longer known; then what its kind
 * does. Receipts, work and the operator are simple enough to stand here. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_TICKS = 300 };

static void ask_for_work(struct sim_world *world, struct sim_peer *peer)
{
    struct rd_work work = {.queue = rd_text_of(peer->queue),
                           .credit = 3,
                           .lease_s = sim_between(&world->prng, 30, 600)};
    sim_send(world, peer, &(struct rd_message){.work = &work});
}

static void ready_for_more(struct sim_world *world, struct sim_peer *peer)
{
    struct rd_ack ack = {.queue = rd_text_of(peer->queue), .credit = 3};
    sim_send(world, peer, &(struct rd_message){.ack = &ack});
}

static void watch_receipts(struct sim_world *world, struct sim_peer *peer)
{
    struct rd_watch watch = {.queue = rd_text_of(peer->queue), .credit = SIM_WATCH_CREDIT};
    sim_send(world, peer, &(struct rd_message){.watch = &watch});
}

static void welcomed(struct sim_world *world, struct sim_peer *peer,
                     const struct rd_welcome *welcome)
{
    if (welcome->incarnation != world->node.incarnation)
        sim_fail(world, "%s is welcomed to incarnation %llu, it is %llu", peer->user,
                 (unsigned long long)welcome->incarnation,
                 (unsigned long long)world->node.incarnation);
    peer->welcomed = true;
    if (peer->kind == SIM_DEVICE || peer->kind == SIM_DESK)
        sim_list_watch(world, peer);
    if (peer->kind == SIM_RECEIPTS)
        watch_receipts(world, peer);
    if (peer->kind == SIM_WORKER)
        ask_for_work(world, peer);
}

void sim_client_lost(struct sim_world *world, struct sim_peer *peer)
{
    memset(peer->pending, 0, sizeof peer->pending);
    if (peer->in_snapshot) /* half a list is none */
        peer->incarnation = 0;
    peer->in_snapshot = false;
    if (peer->kind == SIM_ADAPTER)
        sim_feed_lost(world, peer);
}

/* ---- receipts ---- */

static struct sim_taken *taken_of(struct sim_peer *peer, struct rd_text referral)
{
    uint64_t hash = rd_text_hash(referral);
    for (size_t i = 0; i < peer->taken_count; i++)
        if (peer->taken[i].referral == hash)
            return &peer->taken[i];
    if (peer->taken_count == peer->taken_cap) {
        peer->taken_cap = peer->taken_cap == 0 ? 16 : peer->taken_cap * 2;
        peer->taken = realloc(peer->taken, peer->taken_cap * sizeof *peer->taken);
        rd_require(peer->taken != NULL);
    }
    peer->taken[peer->taken_count] = (struct sim_taken){.referral = hash};
    return &peer->taken[peer->taken_count++];
}

static void hear_receipt(struct sim_world *world, struct sim_peer *peer,
                         const struct rd_receipt *receipt)
{
    if (!rd_text_equal(receipt->feed, peer->one))
        sim_fail(world, "%s gets a receipt of another feed", peer->user);
    struct sim_taken *taken = taken_of(peer, receipt->referral);
    if (receipt->receipt < taken->receipt)
        sim_fail(world, "%s gets receipt %llu after %llu of the same referral", peer->user,
                 (unsigned long long)receipt->receipt, (unsigned long long)taken->receipt);
    if (receipt->source_refs_count == 0)
        sim_fail(world, "%s gets a receipt without its own reference", peer->user);
    if (!world->quiet && sim_chance(&world->prng, 1, 8))
        return; /* forgotten: it comes again */
    bool gives_up = !world->quiet && sim_chance(&world->prng, 1, 30);
    taken->receipt = receipt->receipt;
    taken->stage = receipt->stage;
    sim_count(world, gives_up ? "receipt given up" : "receipt taken");
    struct rd_receipt_ack ack = {.receipt = receipt->receipt,
                                 .given_up = gives_up,
                                 .detail = gives_up ? RD_TEXT("410 gone") : RD_TEXT_NONE};
    sim_send(world, peer, &(struct rd_message){.receipt_ack = &ack});
}

/* ---- work ---- */

static void hear_handout(struct sim_world *world, struct sim_peer *peer,
                         const struct rd_handout *handout)
{
    if (handout->row == NULL || !rd_text_is(handout->row->team, peer->queue)) {
        sim_fail(world, "%s is handed another team's work", peer->user);
        return;
    }
    if (handout->token == 0 || handout->lease_until == 0)
        sim_fail(world, "%s gets a hand-out without a token or a lease", peer->user);
    sim_count(world, handout->deliveries > 1 ? "handed out again" : "handed out");
    if (!world->quiet && sim_chance(&world->prng, 1, 3))
        return; /* it breaks down: the lease takes it back */
    struct rd_handout_ack ack = {.token = handout->token};
    sim_send(world, peer, &(struct rd_message){.handout_ack = &ack});
    ready_for_more(world, peer);
}

/* ---- operator ---- */

static void operator_act(struct sim_world *world, struct sim_peer *peer)
{
    static const enum rd_query_kind kinds[] = {RD_QUERY_STATUS, RD_QUERY_QUARANTINE,
                                               RD_QUERY_EXPLAIN, RD_QUERY_TRACE, RD_QUERY_STAGES};
    if (world->quiet)
        return;
    struct rd_query query = {.correlation = ++peer->correlation,
                             .kind = kinds[sim_below(&world->prng, 5)],
                             .by = RD_TEXT("an operator")};
    char target[RD_IDENT_TEXT_MAX];
    bool one = query.kind != RD_QUERY_STATUS && query.kind != RD_QUERY_QUARANTINE;
    if (one && world->entries.refs_count == 0)
        return;
    if (one) {
        uint32_t at = sim_below(&world->prng, (uint32_t)world->entries.refs_count);
        query.target = rd_text_of(rd_ident_format(world->entries.refs[at].id, target));
    }
    sim_send(world, peer, &(struct rd_message){.query = &query});
}

/* A quarantined item, put right by hand and submitted again in its place. */
static void mend(struct sim_world *world, struct sim_peer *peer,
                 const struct rd_quarantine_state *item)
{
    const struct rd_place *place = sim_place(world);
    struct sim_sub sub = {.number = 100000 + peer->mends++,
                          .action = RD_ACTION_NEW,
                          .kind = RD_KIND_REFERRAL,
                          .environment = RD_ENVIRONMENT_LIVE,
                          .person = peer->mends,
                          .age = 70,
                          .authored = world->now};
    while (sub.feed + 1 < place->feeds_count &&
           !rd_text_equal(place->feeds[sub.feed].name, item->feed))
        sub.feed++;
    snprintf(sub.key, sizeof sub.key, "mend-%u", peer->mends);
    snprintf(sub.ref, sizeof sub.ref, "mended-%u", peer->mends);
    struct rd_submit submit = {.correlation = ++peer->correlation,
                               .repairs = item->entry,
                               .submission = sim_make_submission(world, &sub)};
    sim_event(world, "operator mends Q%llu", (unsigned long long)item->entry);
    sim_send(world, peer, &(struct rd_message){.submit = &submit});
}

static void operator_hear(struct sim_world *world, struct sim_peer *peer,
                          const struct rd_message *message)
{
    const struct rd_query_result *result = message->query_result;
    if (result->status != NULL && result->status->imbalance != 0)
        sim_fail(world, "the status shows an imbalance of %llu",
                 (unsigned long long)result->status->imbalance);
    if (result->status != NULL)
        sim_count(world, "status");
    rd_buf_clear(&peer->answer);
    rd_wire_encode(&rd_message_shape, message, &peer->answer);
    peer->answered = result->correlation == peer->correlation;
    if (result->quarantined_count > 0 && !world->quiet && sim_chance(&world->prng, 1, 2))
        mend(world, peer, &result->quarantined[0]);
}

/* ---- all ---- */

static void hear_refused(struct sim_world *world, struct sim_peer *peer,
                         const struct rd_refused *refused)
{
    char stat[SIM_STAT_BYTES];
    struct rd_buf text;
    rd_buf_init(&text, rd_alloc_heap());
    rd_buf_printf(&text, "refused %s", rd_enum_name(&rd_refusal_names, (int)refused->code));
    rd_buf_put(&text, "", 1);
    memcpy(stat, text.bytes, text.len < sizeof stat ? text.len : sizeof stat);
    stat[sizeof stat - 1] = '\0';
    rd_buf_fini(&text);
    sim_count(world, stat);
    sim_event(world, "%s is refused: %.*s", peer->user, RD_TEXT_ARG(refused->words));
    bool no_queue = refused->correlation == 0 && refused->code == RD_REFUSAL_UNKNOWN;
    if (refused->code == RD_REFUSAL_PROTOCOL || no_queue) {
        /* Its session is over, or the rules do not have its team now: start again. */
        sim_disconnect(world, peer);
        return;
    }
    if (peer->kind == SIM_ADAPTER)
        sim_feed_refused(world, peer, refused);
    else
        sim_people_refused(world, peer, refused);
}

void sim_hear(struct sim_world *world, struct sim_peer *peer, const struct rd_message *message)
{
    peer->answered_tick = world->tick;
    if (message->welcome != NULL)
        welcomed(world, peer, message->welcome);
    else if (message->refused != NULL)
        hear_refused(world, peer, message->refused);
    else if (message->submit_result != NULL && peer->kind == SIM_OPERATOR)
        sim_count(world, "mended");
    else if (message->submit_result != NULL)
        sim_feed_hear(world, peer, message->submit_result);
    else if (message->command_result != NULL)
        sim_people_result(world, peer, message->command_result);
    else if (message->receipt != NULL)
        hear_receipt(world, peer, message->receipt);
    else if (message->handout != NULL)
        hear_handout(world, peer, message->handout);
    else if (message->query_result != NULL && peer->kind == SIM_OPERATOR)
        operator_hear(world, peer, message);
    else if (message->query_result != NULL && peer->kind == SIM_ADAPTER)
        sim_feed_found(world, message->query_result);
    else if (message->opened != NULL && peer->kind == SIM_ADAPTER)
        sim_feed_opened(world, peer, message->opened);
    else if (message->query_result != NULL)
        sim_people_items(world, peer, message->query_result);
    else if (message->opened != NULL)
        sim_count(world, message->opened->submissions_count > 0 ? "opened" : "opened empty");
    else if (message->pong == NULL && !sim_list_hear(world, peer, message))
        sim_fail(world, "%s hears what it never asked for", peer->user);
}

static void ping(struct sim_world *world, struct sim_peer *peer)
{
    struct rd_ping token = {.token = world->tick};
    sim_send(world, peer, &(struct rd_message){.ping = &token});
}

void sim_act(struct sim_world *world, struct sim_peer *peer)
{
    if (peer->transport == 0) {
        if (world->quiet || sim_chance(&world->prng, 1, 2))
            sim_connect(world, peer);
        return;
    }
    if (world->tick - peer->answered_tick > PATIENCE_TICKS && !world->quiet) {
        sim_disconnect(world, peer);
        return;
    }
    if (!peer->welcomed)
        return;
    if (world->quiet || sim_chance(&world->prng, 1, 6))
        ping(world, peer);
    if (peer->kind == SIM_ADAPTER)
        sim_feed_act(world, peer);
    else if (peer->kind == SIM_DEVICE || peer->kind == SIM_DESK)
        sim_people_act(world, peer);
    else if (peer->kind == SIM_OPERATOR)
        operator_act(world, peer);
    else if (peer->kind == SIM_WORKER)
        ready_for_more(world, peer);
}
