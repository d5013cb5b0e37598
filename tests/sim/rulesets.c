/* Rule sets over time: one takes over at once, at its time, or is withdrawn; the second has a team
 * less, and while that has something open it comes neither at once nor at its time; the files are
 * kept once; after a crash the router runs under what the ledger says; every decision is the one
 * that its inputs, its rule set and the engine give again. */
#include "world.h"

#include <stdio.h>

enum { WAIT_MINUTES = 240 };

static const struct rd_ruleset_file files[] = {{{"place.yaml", 10}, {"name: fake\n", 11}},
                                               {{"empty", 5}, {"", 0}},
                                               {{"triage.dmn", 10}, {"<x/>", 4}}};

static uint32_t index_of(const struct sim_node *node, struct rd_text hash)
{
    return rd_text_equal(rd_rules_place(node->rules[1])->hash, hash) ? 1 : 0;
}

void sim_rules_of_meta(struct sim_world *world, const struct rd_meta_state *meta)
{
    struct sim_node *node = &world->node;
    node->rules_in_force = index_of(node, meta->rules_hash);
    node->rules_pending = rd_text_present(meta->pending_rules_hash)
                              ? node->rules[index_of(node, meta->pending_rules_hash)]
                              : NULL;
    snprintf(node->rules_said, sizeof node->rules_said, "%.*s", RD_TEXT_ARG(meta->rules_hash));
}

static void withdraw(struct sim_world *world)
{
    sim_event(world, "the rule set that waits is withdrawn");
    sim_count(world, "rules withdrawn");
    struct rd_event event = {.kind = RD_EVENT_WITHDRAW,
                             .by = RD_TEXT("an operator"),
                             .approved_by = RD_TEXT("a clinical lead")};
    sim_node_event(world, &event);
}

static void bring(struct sim_world *world, rd_instant wait)
{
    struct sim_node *node = &world->node;
    struct rd_event event = {.kind = RD_EVENT_RULES,
                             .rules = node->rules[node->rules_in_force ^ 1],
                             .effective = wait == 0 ? 0 : world->now + wait,
                             .files = files,
                             .files_count = sizeof files / sizeof files[0],
                             .by = RD_TEXT("an operator"),
                             .approved_by = RD_TEXT("a clinical lead"),
                             .reason = RD_TEXT("a change")};
    sim_node_event(world, &event);
}

void sim_rules_settle(struct sim_world *world)
{
    const struct sim_node *node = &world->node;
    if (node->core == NULL)
        return;
    if (rd_text_present(rd_core_meta(node->core)->pending_rules_hash))
        withdraw(world);
    if (!sim_failed(world) && node->rules_in_force == 1)
        bring(world, 0);
}

void sim_node_rules(struct sim_world *world)
{
    struct sim_node *node = &world->node;
    bool waits = sim_chance(&world->prng, 1, 2);
    if (node->core == NULL)
        return;
    if (rd_text_present(rd_core_meta(node->core)->pending_rules_hash) &&
        sim_chance(&world->prng, 1, 3)) {
        withdraw(world);
        return;
    }
    struct rd_errbuf why = {{0}};
    if (!rd_core_rules_fit(node->core, node->rules[node->rules_in_force ^ 1], &why)) {
        sim_event(world, "the other rule set does not fit: %s", why.text);
        sim_count(world, "rules that do not fit");
        return;
    }
    rd_instant wait = (rd_instant)sim_below(&world->prng, WAIT_MINUTES) * RD_MINUTE_US;
    sim_event(world, "the other rule set %s", waits ? "is to take over" : "takes over");
    sim_count(world, waits ? "rules to come" : "rules");
    bring(world, waits ? wait : 0);
}

/* From what the entry holds, by the rules of its hash: the same bytes. */
static void decide_again(struct sim_world *world, const struct rd_entry *entry)
{
    struct sim_node *node = &world->node;
    const struct rd_decision *stored = entry->decided->decision;
    struct rd_arena memory;
    struct rd_decision again;
    struct rd_buf bytes[2];
    rd_arena_init(&memory, rd_alloc_heap(), 4 * 1024 * 1024);
    for (int i = 0; i < 2; i++)
        rd_buf_init(&bytes[i], rd_alloc_heap());
    enum rd_err err = rd_core_decide_again(node->rules[index_of(node, stored->rules_hash)],
                                           entry->decided, &memory, &again);
    if (err == RD_OK) {
        rd_wire_encode(&rd_decision_shape, stored, &bytes[0]);
        rd_wire_encode(&rd_decision_shape, &again, &bytes[1]);
    }
    if (err != RD_OK || !rd_text_equal(rd_buf_text(&bytes[0]), rd_buf_text(&bytes[1])))
        sim_fail(world, "the decision of entry %llu cannot be made again: %s",
                 (unsigned long long)entry->number,
                 err == RD_OK ? "it is another" : rd_err_text(err));
    for (int i = 0; i < 2; i++)
        rd_buf_fini(&bytes[i]);
    rd_arena_fini(&memory);
}

/* Nobody's work is left with a team that the rules in force do not know. */
void sim_check_teams(struct sim_world *world)
{
    const struct rd_place *place = rd_rules_place(rd_core_rules(world->node.core));
    for (size_t i = 0; i < world->entries.refs_count; i++) {
        const struct sim_ref *ref = &world->entries.refs[i];
        for (uint32_t j = 0; j < ref->assignments_count; j++) {
            size_t at = 0;
            while (at < place->teams_count &&
                   rd_text_hash(place->teams[at].name) != ref->assignments[j].team)
                at++;
            if (ref->assignments[j].phase != RD_ASSIGNMENT_CLOSED && at == place->teams_count)
                sim_fail(world, "the rules in force leave an open assignment without its team");
        }
    }
}

void sim_check_rules(struct sim_world *world, const struct rd_update *update)
{
    struct sim_node *node = &world->node;
    const struct rd_meta_state *meta = rd_core_meta(node->core);
    for (size_t i = 0; i < update->entries_count && !sim_failed(world); i++) {
        const struct rd_entry *entry = &update->entries[i];
        if (entry->rules != NULL)
            snprintf(node->rules_said, sizeof node->rules_said, "%.*s",
                     RD_TEXT_ARG(entry->rules->hash));
        if (entry->activation != NULL && entry->activation->refused)
            sim_count(world, "rules refused at their time");
        if (entry->decided == NULL)
            continue;
        if (!rd_text_is(entry->decided->decision->rules_hash, node->rules_said))
            sim_fail(world, "entry %llu was decided by rules that no entry put in force",
                     (unsigned long long)entry->number);
        else
            decide_again(world, entry);
    }
    node->rules_in_force = rd_core_rules(node->core) == node->rules[1] ? 1 : 0;
    if (rd_text_present(meta->pending_rules_hash) && meta->pending_at <= world->now &&
        update->next_due != 0 && update->next_due > world->now)
        sim_fail(world, "a rule set's time has come and nothing is due");
    if (!rd_text_is(rd_rules_place(rd_core_rules(node->core))->hash, node->rules_said))
        sim_fail(world, "the rules in force are not those of the last entry");
}
