/* How the router of the simulation starts: from the tables or from the entries, and whether both
 * ways give the same. */
#include "world.h"

#include <stdlib.h>

enum { TWIN_STEPS = 60 };

struct reading {
    struct sim_world *world;
    struct rd_core *core;
    struct sim_tables *tables; /* records as read, or as the replay gives them */
};

static bool read_record(void *context, const struct rd_ledger_record *record)
{
    struct reading *reading = context;
    sim_tables_put(reading->tables, record->table, record->key, record->value);
    return true;
}

static bool replay_entry(void *context, const struct rd_ledger_entry *stored)
{
    struct reading *reading = context;
    struct sim_world *world = reading->world;
    struct sim_node *node = &world->node;
    struct rd_entry entry = {0};
    struct rd_update update = {0};
    struct rd_errbuf why = {0};
    rd_arena_reset(&node->decode);
    if (rd_wire_decode(&rd_entry_shape, stored->body, &node->decode, &entry, &why) != RD_OK ||
        rd_core_replay(reading->core, &entry, &update, &why) != RD_OK) {
        sim_fail(world, "entry %llu cannot be replayed: %s", (unsigned long long)stored->number,
                 why.text);
        return false;
    }
    for (size_t i = 0; i < update.records_count; i++)
        sim_tables_put(reading->tables, (uint32_t)update.records[i].table, update.records[i].key,
                       sim_record_value(&node->bytes, &update.records[i]));
    return true;
}

static struct rd_core *new_core(struct sim_world *world)
{
    const struct rd_core_config config = {.alloc = rd_alloc_heap(),
                                          .rules = world->node.rules[world->node.rules_in_force],
                                          .version = RD_TEXT("sim"),
                                          .claim_token_seed = world->seed};
    struct rd_core *core = rd_core_new(&config);
    rd_require(core != NULL);
    return core;
}

/* A core from the entries; its records must be the tables'. NULL after a failure. */
static struct rd_core *rebuild(struct sim_world *world, const struct sim_tables *stored)
{
    struct sim_tables rebuilt = {0};
    struct reading reading = {world, new_core(world), &rebuilt};
    struct rd_ledger *ledger = world->node.ledger;
    enum rd_err err = ledger->ops->each_entry(ledger, 1, UINT64_MAX, replay_entry, &reading, NULL);
    rd_require(err == RD_OK);
    size_t differ = sim_failed(world) ? SIZE_MAX : sim_tables_differ(stored, &rebuilt);
    if (differ != SIZE_MAX) {
        const struct sim_tables *shown = differ < stored->count ? stored : &rebuilt;
        sim_fail(world,
                 "rebuilt from the entries, record %zu of %zu (table %s) is not the stored one",
                 differ, stored->count,
                 rd_enum_name(&rd_state_table_names, (int)shown->records[differ].table));
    }
    sim_tables_fini(&rebuilt);
    if (sim_failed(world)) {
        rd_core_free(reading.core);
        return NULL;
    }
    return reading.core;
}

/* A core from the tables, the records in any order. NULL after a failure. */
static struct rd_core *load(struct sim_world *world, const struct sim_tables *stored)
{
    struct rd_core *core = new_core(world);
    size_t count = stored->count;
    size_t *order = calloc(count + 1, sizeof *order);
    rd_require(order != NULL);
    for (size_t i = 0; i < count; i++) {
        size_t j = sim_below(&world->prng, (uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < count && !sim_failed(world); i++) {
        struct rd_state_record record = {0};
        struct rd_errbuf why = {0};
        rd_arena_reset(&world->node.decode);
        if (rd_wire_decode(&rd_state_record_shape, stored->records[order[i]].value,
                           &world->node.decode, &record, &why) != RD_OK ||
            rd_core_load(core, &record, &why) != RD_OK)
            sim_fail(world, "record %zu cannot be loaded: %s", order[i], why.text);
    }
    free(order);
    if (sim_failed(world)) {
        rd_core_free(core);
        return NULL;
    }
    return core;
}

/* This world's own summaries of referrals, from the tables. */
static void learn_records(struct sim_world *world)
{
    for (size_t i = 0; i < world->shadow.count; i++) {
        struct rd_state_record record = {0};
        rd_arena_reset(&world->node.decode);
        enum rd_err err = rd_wire_decode(&rd_state_record_shape, world->shadow.records[i].value,
                                         &world->node.decode, &record, NULL);
        rd_require(err == RD_OK);
        sim_check_record(world, &record);
        if (record.meta != NULL) {
            world->node.incarnation = record.meta->incarnation;
            sim_rules_of_meta(world, record.meta);
        }
    }
}

static void choose_core(struct sim_world *world)
{
    struct sim_node *node = &world->node;
    bool replay = node->boots % 2 == 1;
    bool twin = world->mix.twins && sim_chance(&world->prng, 1, 2);
    struct rd_core *other = NULL;
    if (replay || twin)
        other = rebuild(world, &world->shadow);
    if (!sim_failed(world) && (!replay || twin))
        node->core = load(world, &world->shadow);
    if (node->core == NULL) {
        node->core = other;
    } else {
        node->twin = other;
        node->twin_steps = TWIN_STEPS;
    }
    sim_event(world, "boot %llu from the %s%s", (unsigned long long)node->boots,
              replay && !twin ? "entries" : "tables", twin ? ", with a twin" : "");
}

void sim_node_boot(struct sim_world *world, bool create)
{
    struct sim_node *node = &world->node;
    struct rd_ledger *ledger = node->ledger;
    uint64_t head = ledger->ops->head(ledger).number;
    sim_entries_cut(world, head);
    sim_tables_fini(&world->shadow);
    struct reading reading = {world, NULL, &world->shadow};
    enum rd_err err = ledger->ops->each_record(ledger, read_record, &reading, NULL);
    rd_require(err == RD_OK);
    node->incarnation = 0;
    node->rules_pending = NULL;
    world->entries.update_from = world->entries.count;
    learn_records(world);
    choose_core(world);
    if (sim_failed(world))
        return;
    node->boots++;
    node->durable = node->last_entry = head;
    node->next_due = 0;
    node->draining = false;
    if (rd_core_last_entry(node->core) != head)
        sim_fail(world, "after the boot the last entry is %llu, on disk it is %llu",
                 (unsigned long long)rd_core_last_entry(node->core), (unsigned long long)head);
    sim_node_open_gate(world, head);
    sim_check_told(world);
    bool takeover = head == 0 || sim_chance(&world->prng, 1, 10);
    struct rd_event event = {.kind = RD_EVENT_START,
                             .incarnation = takeover ? node->incarnation + 1 : 0,
                             .rules = node->rules_pending,
                             .reason = create ? RD_TEXT("create") : RD_TEXT("restart")};
    sim_node_event(world, &event);
}

void sim_node_verify(struct sim_world *world)
{
    struct sim_node *node = &world->node;
    struct sim_tables stored = {0};
    struct reading reading = {world, NULL, &stored};
    sim_node_sync(world, SIZE_MAX, true);
    enum rd_err err = node->ledger->ops->each_record(node->ledger, read_record, &reading, NULL);
    rd_require(err == RD_OK);
    if (sim_tables_differ(&stored, &world->shadow) != SIZE_MAX)
        sim_fail(world, "the tables are not what the records said");
    if (!sim_failed(world))
        rd_core_free(rebuild(world, &stored));
    sim_tables_fini(&stored);
}
