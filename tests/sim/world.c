/* One run: a mix of what happens, steps drawn from it, then quiet and the last checks. */
#include "world.h"

#include "tests/lib/fake_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sim_event(struct sim_world *world, const char *format, ...)
{
    struct sim_result *result = world->result;
    char *text = result->events[world->events_next % SIM_EVENTS_KEPT];
    int used = snprintf(text, SIM_EVENT_BYTES, "%6u ", world->step);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, SIM_EVENT_BYTES - (size_t)used, format, args);
    va_end(args);
    world->events_next++;
    if (world->trace)
        printf("%s\n", text);
}

void sim_fail(struct sim_world *world, const char *format, ...)
{
    if (world->result->failed)
        return;
    world->result->failed = true;
    va_list args;
    va_start(args, format);
    vsnprintf(world->result->what, sizeof world->result->what, format, args);
    va_end(args);
}

bool sim_failed(const struct sim_world *world)
{
    return world->result->failed;
}

void sim_count(struct sim_world *world, const char *stat)
{
    struct sim_result *result = world->result;
    for (uint32_t i = 0; i < result->stats_count; i++)
        if (strcmp(result->stats[i].name, stat) == 0) {
            result->stats[i].count++;
            return;
        }
    rd_require(result->stats_count < SIM_STATS_MAX);
    struct sim_stat *made = &result->stats[result->stats_count++];
    snprintf(made->name, sizeof made->name, "%s", stat);
    made->count = 1;
}

void sim_mix_hash(struct sim_world *world, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    uint64_t hash = world->hash;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    world->hash = (hash ^ len) * UINT64_C(0x100000001b3);
}

const struct rd_place *sim_place(const struct sim_world *world)
{
    return rd_rules_place(world->node.rules[world->node.rules_in_force]);
}

static void choose_mix(struct sim_world *world)
{
    struct sim_prng *prng = &world->prng;
    struct sim_mix *mix = &world->mix;
    static const uint32_t crashes[] = {0, 2, 5, 20};
    static const uint32_t breaks[] = {0, 5, 10, 40};
    static const uint32_t syncs[] = {60, 100, 200, 400};
    static const uint32_t big_jumps[] = {0, 2, 6, 20};
    *mix = (struct sim_mix){.deliver_up = 260,
                            .deliver_down = 260,
                            .act = 220,
                            .sync = syncs[sim_below(prng, 4)],
                            .time_small = sim_between(prng, 20, 120),
                            .time_big = big_jumps[sim_below(prng, 4)],
                            .crash = crashes[sim_below(prng, 4)],
                            .disconnect = breaks[sim_below(prng, 4)],
                            .rules = sim_chance(prng, 1, 4) ? 8 : 0,
                            .drain = sim_chance(prng, 1, 4) ? 1 : 0,
                            .act_feed = sim_between(prng, 10, 60),
                            .act_device = sim_between(prng, 20, 80),
                            .act_desk = sim_between(prng, 10, 40),
                            .act_other = 10,
                            .subs_max = sim_between(prng, 5, 70),
                            .lossy_commands = sim_chance(prng, 1, 2),
                            .greedy_feeds = sim_chance(prng, 1, 8),
                            .twins = sim_chance(prng, 1, 2)};
}

/* Evenings before the clocks change, a leap day, an ordinary Tuesday. */
static rd_instant choose_start(struct sim_prng *prng)
{
    static const struct rd_civil starts[] = {
        {2026, 3, 28, 20, 0, 0, 0},
        {2026, 10, 24, 20, 0, 0, 0},
        {2028, 2, 28, 21, 30, 0, 0},
        {2026, 11, 24, 9, 0, 0, 0},
    };
    rd_instant start = rd_instant_from_civil(&starts[sim_below(prng, 4)]);
    return start + sim_below(prng, 6 * 3600) * RD_SECOND_US;
}

static void pass_time(struct sim_world *world, bool big)
{
    struct sim_prng *prng = &world->prng;
    rd_instant by;
    if (!big)
        by = sim_chance(prng, 1, 3) ? sim_between(prng, 1, 25) * RD_MINUTE_US
                                    : sim_between(prng, 1, 90000) * (RD_SECOND_US / 1000);
    else if (sim_chance(prng, 1, 12))
        by = sim_between(prng, 1, 4) * RD_DAY_US + sim_below(prng, 24) * RD_HOUR_US;
    else
        by = sim_between(prng, 25, 600) * RD_MINUTE_US;
    if (big && sim_chance(prng, 1, 6)) {
        sim_node_jump(world, by);
    } else {
        world->now += by;
        sim_event(world, "%lld s pass", (long long)(by / RD_SECOND_US));
    }
    sim_count(world, big ? "time big" : "time small");
    sim_ping_all(world);
    /* Sometimes one step only, so that other events come between timers that are due. */
    sim_node_time(world, big || sim_chance(prng, 3, 4));
}

static void crash(struct sim_world *world)
{
    struct sim_prng *prng = &world->prng;
    world->result->crashes++;
    sim_count(world, "crash");
    sim_event(world, "crash: %zu batches not on disk, %zu sends held",
              rd_ledger_memory_queued(world->node.ledger), rd_gate_held(world->node.gate));
    sim_node_crash(world);
    sim_net_router_down(world);
    if (sim_chance(prng, 1, 3))
        world->now += sim_below(prng, 900) * RD_SECOND_US;
    if (!sim_failed(world))
        sim_node_boot(world, false);
}

static struct sim_peer *choose_peer(struct sim_world *world)
{
    struct sim_prng *prng = &world->prng;
    const struct sim_mix *mix = &world->mix;
    uint32_t draw =
        sim_below(prng, mix->act_feed + mix->act_device + mix->act_desk + mix->act_other);
    bool wanted[SIM_OPERATOR + 1] = {false};
    if (draw < mix->act_feed)
        wanted[SIM_ADAPTER] = true;
    else if (draw < mix->act_feed + mix->act_device)
        wanted[SIM_DEVICE] = wanted[SIM_WORKER] = true;
    else if (draw < mix->act_feed + mix->act_device + mix->act_desk)
        wanted[SIM_DESK] = true;
    else
        wanted[SIM_RECEIPTS] = wanted[SIM_OPERATOR] = true;
    uint32_t from = sim_below(prng, world->peers_count);
    for (uint32_t i = 0; i < world->peers_count; i++) {
        struct sim_peer *peer = &world->peers[(from + i) % world->peers_count];
        if (wanted[peer->kind])
            return peer;
    }
    return &world->peers[0];
}

static void break_something(struct sim_world *world)
{
    struct sim_peer *peer = &world->peers[sim_below(&world->prng, world->peers_count)];
    if (peer->transport != 0) {
        sim_event(world, "%s loses its connection", peer->user);
        sim_disconnect(world, peer);
    }
}

/* Draws below `weight`: this is what happens. */
static bool drawn(uint32_t *draw, uint32_t weight)
{
    if (*draw < weight)
        return true;
    *draw -= weight;
    return false;
}

static void step(struct sim_world *world)
{
    const struct sim_mix *mix = &world->mix;
    uint32_t total = mix->deliver_up + mix->deliver_down + mix->act + mix->sync + mix->time_small +
                     mix->time_big + mix->crash + mix->disconnect + mix->rules + mix->drain;
    uint32_t draw = sim_below(&world->prng, total);
    if (drawn(&draw, mix->deliver_up)) {
        if (!sim_chance(&world->prng, 1, 10) || !sim_deliver_gone(world))
            sim_deliver_up(world);
    } else if (drawn(&draw, mix->deliver_down)) {
        for (int i = 0; i < 4; i++)
            sim_deliver_down(world);
    } else if (drawn(&draw, mix->act)) {
        sim_act(world, choose_peer(world));
    } else if (drawn(&draw, mix->sync)) {
        size_t batches = sim_chance(&world->prng, 1, 2) ? SIZE_MAX : sim_below(&world->prng, 4);
        sim_node_sync(world, batches, sim_chance(&world->prng, 3, 4));
    } else if (drawn(&draw, mix->time_small)) {
        pass_time(world, false);
    } else if (drawn(&draw, mix->time_big)) {
        pass_time(world, true);
    } else if (drawn(&draw, mix->crash)) {
        crash(world);
    } else if (drawn(&draw, mix->disconnect)) {
        break_something(world);
    } else if (drawn(&draw, mix->rules)) {
        sim_node_rules(world);
    } else {
        sim_node_drain(world);
    }
    if (world->node.draining && sim_chance(&world->prng, 1, 20))
        crash(world);
    world->tick++;
}

static bool everybody_is_welcome(const struct sim_world *world)
{
    for (uint32_t i = 0; i < world->peers_count; i++)
        if (!world->peers[i].welcomed)
            return false;
    return true;
}

/* Nothing breaks any more: everybody connects, everything is delivered, answered and on disk. */
static void settle(struct sim_world *world)
{
    if (world->node.draining)
        crash(world);
    world->quiet = true;
    bool idle = false;
    for (uint32_t round = 0; round < 400 && !idle && !sim_failed(world); round++) {
        uint64_t said = world->said;
        sim_rules_settle(world);
        while (sim_deliver_gone(world))
            ;
        for (uint32_t i = 0; i < world->peers_count; i++)
            sim_act(world, &world->peers[i]);
        for (int i = 0; i < 4000 && sim_deliver_up(world) && !sim_failed(world); i++)
            ;
        world->now += 4 * RD_SECOND_US;
        sim_node_time(world, true);
        sim_node_sync(world, SIZE_MAX, true);
        for (int i = 0; i < 40000 && sim_deliver_down(world) && !sim_failed(world); i++)
            ;
        world->tick += 10;
        idle = said == world->said && everybody_is_welcome(world) && sim_feeds_quiet(world);
    }
    if (!idle && !sim_failed(world))
        sim_fail(world, "the world does not come to rest: somebody waits for ever");
}

/* What the operator's query shows must be what every device of that queue shows. */
static void compare_list(struct sim_world *world, struct sim_peer *device,
                         const struct rd_query_result *result)
{
    if (result->rows_count != device->rows_count) {
        sim_fail(world, "%s shows %zu rows of %s, the router %zu", device->user, device->rows_count,
                 device->queue, result->rows_count);
        return;
    }
    for (size_t i = 0; i < result->rows_count; i++) {
        struct sim_row *row = sim_list_find(device, result->rows[i].assignment);
        rd_buf_clear(&world->scratch);
        rd_wire_encode(&rd_row_shape, &result->rows[i], &world->scratch);
        if (row == NULL || row->len != world->scratch.len ||
            memcmp(row->bytes, world->scratch.bytes, row->len) != 0) {
            sim_fail(world, "%s shows another %.*s than the router", device->user,
                     RD_TEXT_ARG(result->rows[i].assignment));
            return;
        }
    }
    sim_count(world, "list compared");
}

static void compare_lists(struct sim_world *world)
{
    struct sim_peer *operator= & world->peers[world->peers_count - 1];
    rd_require(operator->kind == SIM_OPERATOR);
    for (uint32_t i = 0; i < world->peers_count && !sim_failed(world); i++) {
        struct sim_peer *device = &world->peers[i];
        if (device->kind != SIM_DEVICE && device->kind != SIM_DESK)
            continue;
        struct rd_query query = {.correlation = ++operator->correlation,
                                 .kind = RD_QUERY_QUEUE,
                                 .target = rd_text_of(device->queue),
                                 .by = RD_TEXT("an operator")};
        operator->answered = false;
        sim_send(world, operator, &(struct rd_message){.query = &query});
        for (int round = 0; round < 50 && !operator->answered && !sim_failed(world); round++) {
            sim_deliver_up(world);
            sim_node_sync(world, SIZE_MAX, true);
            sim_deliver_down(world);
        }
        struct rd_message message = {0};
        if (!operator->answered || rd_wire_decode(&rd_message_shape, rd_buf_text(&operator->answer),
                                                  &world->arena, &message, NULL) != RD_OK ||
            message.query_result == NULL)
            sim_fail(world, "the query of queue %s was not answered", device->queue);
        else
            compare_list(world, device, message.query_result);
        rd_arena_reset(&world->arena);
    }
}

static void finish(struct sim_world *world)
{
    settle(world);
    if (!sim_failed(world))
        sim_check_due(world);
    if (!sim_failed(world))
        compare_lists(world);
    if (!sim_failed(world))
        sim_feeds_check(world);
    if (!sim_failed(world))
        sim_check_counts(world);
    if (!sim_failed(world))
        sim_node_verify(world);
}

static void tell_result(struct sim_world *world)
{
    struct sim_result *result = world->result;
    result->step = world->step;
    result->entries = world->entries.count;
    result->hash = world->hash;
    uint32_t kept = world->events_next < SIM_EVENTS_KEPT ? world->events_next : SIM_EVENTS_KEPT;
    char ordered[SIM_EVENTS_KEPT][SIM_EVENT_BYTES];
    for (uint32_t i = 0; i < kept; i++)
        memcpy(ordered[i], result->events[(world->events_next - kept + i) % SIM_EVENTS_KEPT],
               SIM_EVENT_BYTES);
    memcpy(result->events, ordered, kept * sizeof ordered[0]);
    result->events_count = kept;
}

void sim_run(const struct sim_options *options, struct sim_result *result)
{
    *result = (struct sim_result){0};
    struct sim_world *world = calloc(1, sizeof *world);
    rd_require(world != NULL);
    world->result = result;
    world->seed = options->seed;
    world->steps = options->steps;
    world->trace = options->trace;
    world->blind = options->blind;
    world->hash = UINT64_C(0xcbf29ce484222325);
    sim_prng_seed(&world->prng, options->seed);
    choose_mix(world);
    world->now = choose_start(&world->prng);
    rd_arena_init(&world->arena, rd_alloc_heap(), RD_DECODE_ARENA_BYTES_MAX);
    rd_buf_init(&world->scratch, rd_alloc_heap());
    sim_node_init(world);
    sim_net_init(world);
    sim_node_boot(world, true);
    while (world->step < world->steps && !sim_failed(world)) {
        world->step++;
        step(world);
    }
    if (!sim_failed(world))
        finish(world);
    tell_result(world);
    sim_net_fini(world);
    sim_node_fini(world);
    sim_tables_fini(&world->shadow);
    sim_entries_fini(&world->entries);
    rd_buf_fini(&world->scratch);
    rd_arena_fini(&world->arena);
    free(world->subs);
    free(world);
}

void sim_print_failure(const struct sim_options *options, const struct sim_result *result)
{
    printf("seed %llu, step %u: %s\n", (unsigned long long)options->seed, result->step,
           result->what);
    printf("  replay: sim --seed %llu --steps %u\n", (unsigned long long)options->seed,
           options->steps);
    for (uint32_t i = 0; i < result->events_count; i++)
        printf("  %s\n", result->events[i]);
}
