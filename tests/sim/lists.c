/* A device's copy of its queue: a snapshot, then changes without holes. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

enum { ACK_AFTER = SIM_WATCH_CREDIT / 4 };

void sim_list_clear(struct sim_peer *peer)
{
    for (size_t i = 0; i < peer->rows_count; i++)
        free(peer->rows[i].bytes);
    peer->rows_count = 0;
}

struct sim_row *sim_list_find(struct sim_peer *peer, struct rd_text target)
{
    for (size_t i = 0; i < peer->rows_count; i++)
        if (rd_text_is(target, peer->rows[i].target))
            return &peer->rows[i];
    return NULL;
}

static void watch(struct sim_world *world, struct sim_peer *peer)
{
    peer->resumed = peer->incarnation != 0;
    peer->unacked = 0;
    struct rd_watch watch = {.queue = rd_text_of(peer->queue),
                             .incarnation = peer->incarnation,
                             .after = peer->incarnation != 0 ? peer->change : 0,
                             .credit = SIM_WATCH_CREDIT};
    sim_send(world, peer, &(struct rd_message){.watch = &watch});
}

/* Once more, on the same connection: what is on its way comes twice, and can be told. */
void sim_list_watch_again(struct sim_world *world, struct sim_peer *peer)
{
    if (peer->in_snapshot || peer->incarnation == 0)
        return;
    sim_count(world, "watched again");
    peer->again = true;
    watch(world, peer);
}

/* From the start, or from where it is: a device that was switched off long enough has nothing. */
void sim_list_watch(struct sim_world *world, struct sim_peer *peer)
{
    if (!world->quiet && sim_chance(&world->prng, 1, 10))
        peer->incarnation = 0;
    peer->again = false;
    watch(world, peer);
}

static void acknowledge(struct sim_world *world, struct sim_peer *peer)
{
    peer->unacked++;
    bool now = peer->unacked >= ACK_AFTER || sim_chance(&world->prng, 1, 8) || world->quiet;
    if (!now)
        return;
    struct rd_ack ack = {.queue = rd_text_of(peer->queue),
                         .incarnation = peer->incarnation,
                         .change = peer->in_snapshot ? 0 : peer->change,
                         .credit = SIM_WATCH_CREDIT};
    peer->unacked = 0;
    sim_send(world, peer, &(struct rd_message){.ack = &ack});
}

static void copy_text(char *to, size_t size, struct rd_text from)
{
    size_t len = from.len < size - 1 ? from.len : size - 1;
    if (len > 0)
        memcpy(to, from.ptr, len);
    to[len] = '\0';
}

static void keep_row(struct sim_world *world, struct sim_peer *peer, const struct rd_row *from)
{
    struct sim_row *row = sim_list_find(peer, from->assignment);
    if (row == NULL) {
        if (peer->rows_count == peer->rows_cap) {
            peer->rows_cap = peer->rows_cap == 0 ? 16 : peer->rows_cap * 2;
            peer->rows = realloc(peer->rows, peer->rows_cap * sizeof *peer->rows);
            rd_require(peer->rows != NULL);
        }
        row = &peer->rows[peer->rows_count++];
        row->bytes = NULL;
    }
    free(row->bytes);
    rd_buf_clear(&world->scratch);
    rd_wire_encode(&rd_row_shape, from, &world->scratch);
    *row = (struct sim_row){
        .phase = from->phase,
        .claimed_by = rd_text_present(from->claimed_by) ? rd_text_hash(from->claimed_by) : 0,
        .stand_down_asked = from->stand_down_asked,
        .change_asked = from->change_asked,
        .contacts = from->contacts,
        .clocks = (uint32_t)from->clocks_count,
        .clock = from->clocks_count > 0 ? from->clocks[0].index : 0,
        .bytes = malloc(world->scratch.len + 1),
        .len = world->scratch.len};
    rd_require(row->bytes != NULL);
    memcpy(row->bytes, world->scratch.bytes, world->scratch.len);
    copy_text(row->target, sizeof row->target, from->assignment);
    copy_text(row->referral, sizeof row->referral, from->referral);
}

static void drop_row(struct sim_peer *peer, struct rd_text target)
{
    struct sim_row *row = sim_list_find(peer, target);
    if (row == NULL)
        return;
    memcpy(peer->closed, row->target, sizeof peer->closed);
    free(row->bytes);
    *row = peer->rows[--peer->rows_count];
}

static bool right_row(struct sim_world *world, struct sim_peer *peer, const struct rd_row *row)
{
    if (row != NULL && rd_text_is(row->team, peer->queue))
        return true;
    sim_fail(world, "%s gets a row that is not of its queue %s", peer->user, peer->queue);
    return false;
}

static void hear_begin(struct sim_world *world, struct sim_peer *peer,
                       const struct rd_snapshot_begin *begin)
{
    sim_count(world, peer->resumed ? "snapshot instead of a resume" : "snapshot");
    sim_list_clear(peer);
    peer->resumed = false;
    peer->in_snapshot = true;
    peer->incarnation = begin->incarnation;
    peer->change = begin->change;
    peer->snapshot_rows = begin->rows;
    acknowledge(world, peer);
}

static void hear_end(struct sim_world *world, struct sim_peer *peer,
                     const struct rd_snapshot_end *end)
{
    if (!peer->in_snapshot || end->change != peer->change ||
        peer->rows_count != peer->snapshot_rows)
        sim_fail(world, "%s: a snapshot of %u rows at change %llu ends with %zu at %llu",
                 peer->user, peer->snapshot_rows, (unsigned long long)peer->change,
                 peer->rows_count, (unsigned long long)end->change);
    peer->in_snapshot = false;
    acknowledge(world, peer);
}

static void note_told(struct sim_peer *peer)
{
    if (peer->told_incarnation < peer->incarnation) {
        peer->told_incarnation = peer->incarnation;
        peer->told_change = 0;
    }
    if (peer->told_incarnation == peer->incarnation && peer->told_change < peer->change)
        peer->told_change = peer->change;
}

static void hear_change(struct sim_world *world, struct sim_peer *peer,
                        const struct rd_change *change)
{
    if (peer->again && change->incarnation == peer->incarnation && change->change <= peer->change) {
        sim_count(world, "seen twice");
        return;
    }
    if (peer->in_snapshot || change->incarnation != peer->incarnation ||
        change->change != peer->change + 1) {
        sim_fail(world, "%s has change %llu of incarnation %llu and gets %llu of %llu%s",
                 peer->user, (unsigned long long)peer->change,
                 (unsigned long long)peer->incarnation, (unsigned long long)change->change,
                 (unsigned long long)change->incarnation,
                 peer->in_snapshot ? " within a snapshot" : "");
        return;
    }
    sim_count(world, peer->resumed ? "resumed" : "change");
    peer->resumed = false;
    peer->change = change->change;
    if (!right_row(world, peer, change->row))
        return;
    if (change->what == RD_ROW_REMOVED)
        drop_row(peer, change->row->assignment);
    else
        keep_row(world, peer, change->row);
    acknowledge(world, peer);
}

bool sim_list_hear(struct sim_world *world, struct sim_peer *peer, const struct rd_message *message)
{
    if (peer->kind != SIM_DEVICE && peer->kind != SIM_DESK)
        return false;
    if (message->snapshot_begin != NULL) {
        hear_begin(world, peer, message->snapshot_begin);
    } else if (message->snapshot_row != NULL) {
        if (!peer->in_snapshot)
            sim_fail(world, "%s gets a row outside a snapshot", peer->user);
        else if (right_row(world, peer, message->snapshot_row->row))
            keep_row(world, peer, message->snapshot_row->row);
        acknowledge(world, peer);
    } else if (message->snapshot_end != NULL) {
        hear_end(world, peer, message->snapshot_end);
    } else if (message->change != NULL) {
        hear_change(world, peer, message->change);
    } else {
        return false;
    }
    if (!peer->in_snapshot)
        note_told(peer);
    return true;
}
