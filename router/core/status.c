/* Counts for status, metrics and the page. */
#include "core/state.h"

static uint64_t columns(const struct rd_feed_state *feed)
{
    return feed->new_referrals + feed->repeats + feed->amendments + feed->cancellations +
           feed->facts_applied + feed->facts_ignored + feed->quarantined + feed->rejected;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static void look_at_members(const struct rd_queue_held *queue, rd_instant now,
                            struct rd_team_status *out)
{
    size_t cursor = 0;
    const struct rd_held *held = NULL;
    while ((held = rd_map_each(&queue->members, &cursor)) != NULL) {
        if (out->oldest == 0 || held->received < out->oldest)
            out->oldest = held->received;
        if (held->response_due == 0)
            continue;
        if (out->next_due == 0 || held->response_due < out->next_due)
            out->next_due = held->response_due;
        rd_instant late = now - held->response_due;
        out->overdue += late > 0 ? 1 : 0;
        out->overdue_15m += late > 15 * RD_MINUTE_US ? 1 : 0;
        out->overdue_60m += late > 60 * RD_MINUTE_US ? 1 : 0;
        out->overdue_240m += late > 240 * RD_MINUTE_US ? 1 : 0;
    }
}

static bool add_teams(const struct rd_core *core, rd_instant now, struct rd_arena *arena,
                      struct rd_status *out)
{
    const struct rd_place *place = core->place;
    if (place->teams_count == 0)
        return true;
    out->teams = rd_arena_array(arena, place->teams_count, sizeof *out->teams);
    if (out->teams == NULL)
        return false;
    out->teams_count = place->teams_count;
    for (size_t i = 0; i < place->teams_count; i++) {
        struct rd_team_status *team = &out->teams[i];
        const struct rd_queue_held *queue = rd_find_queue(core, place->teams[i].name);
        *team = (struct rd_team_status){.team = place->teams[i].name,
                                        .title = place->teams[i].title,
                                        .open_now =
                                            rd_rules_team_open(core->rules, &place->teams[i], now)};
        if (queue == NULL)
            continue;
        team->waiting = queue->counts[RD_ASSIGNMENT_WAITING];
        team->claimed = queue->counts[RD_ASSIGNMENT_CLAIMED];
        team->accepted = queue->counts[RD_ASSIGNMENT_ACCEPTED];
        team->consumers = queue->consumers;
        look_at_members(queue, now, team);
    }
    return true;
}

/* Also those of the place from which nothing came yet: what is silent must be there to be seen. */
static bool add_feeds(const struct rd_core *core, struct rd_arena *arena, struct rd_status *out)
{
    const struct rd_place *place = core->place;
    out->feeds = rd_arena_array(arena, core->feeds_count + place->feeds_count, sizeof *out->feeds);
    if (out->feeds == NULL)
        return core->feeds_count + place->feeds_count == 0;
    out->feeds_count = core->feeds_count;
    for (size_t i = 0; i < core->feeds_count; i++) {
        const struct rd_feed_state *feed = &core->feeds[i]->state;
        out->feeds[i] = *feed;
        out->imbalance += apart(feed->submissions, columns(feed)) +
                          apart(feed->new_referrals, feed->open + feed->closed + feed->refused);
    }
    for (size_t i = 0; i < place->feeds_count; i++)
        if (rd_find_feed(core, place->feeds[i].name) == NULL)
            out->feeds[out->feeds_count++] = (struct rd_feed_state){.feed = place->feeds[i].name};
    return true;
}

enum rd_err rd_core_status(const struct rd_core *core, rd_instant now, struct rd_arena *arena,
                           struct rd_status *out)
{
    *out = (struct rd_status){.place = core->place->name,
                              .rules_hash = core->place->hash,
                              .rules_since = core->meta.rules_since,
                              .pending_rules_hash = core->meta.pending_rules_hash,
                              .pending_at = core->meta.pending_at,
                              .rules_refused_words = core->meta.refused_reason,
                              .version = core->version,
                              .incarnation = core->meta.incarnation,
                              .last_entry = core->meta.last_entry,
                              .now = now,
                              .started_at = core->started_at,
                              .draining = core->draining,
                              .referrals_open = core->open_referrals,
                              .quarantined_open = core->open_items,
                              .referrals_suggested = core->suggesting.used,
                              .referrals_linked = core->open_linked,
                              .timers = core->timers.count,
                              .sessions = core->sessions_count};
    return add_teams(core, now, arena, out) && add_feeds(core, arena, out) ? RD_OK : RD_E_TOOBIG;
}
