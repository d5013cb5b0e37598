/* The router of the simulation: the real core and gate over the ledger in memory, and around them
 * what the shell does: it decodes, hashes keys, appends, holds, fills in bodies. */
#include "world.h"

#include "tests/lib/fake_rules.h"
#include "wire/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME_STEPS_MAX = 20000, HASHES_MAX = 16 };

/* What waits at the gate. */
struct held_send {
    uint64_t gate;
    uint64_t rests_on; /* the entry that its words rest on, by this world's own reckoning */
    enum rd_socket socket;
    uint64_t peer;
    struct rd_buf bodies; /* numbers of entries to be read and filled in */
    struct rd_buf message;
};

static void held_free(void *context, void *item)
{
    (void)context;
    struct held_send *held = item;
    rd_buf_fini(&held->bodies);
    rd_buf_fini(&held->message);
    free(held);
}

static bool first_body(void *context, const struct rd_ledger_entry *entry)
{
    *(struct rd_text *)context = entry->body;
    return false;
}

/* The entry of that number, from disk; false: it is not there. */
static bool read_entry(struct sim_world *world, uint64_t number, struct rd_entry *out)
{
    struct rd_ledger *ledger = world->node.ledger;
    struct rd_text body = RD_TEXT_NONE;
    enum rd_err err = ledger->ops->each_entry(ledger, number, number, first_body, &body, NULL);
    *out = (struct rd_entry){0};
    return err == RD_OK && rd_text_present(body) &&
           rd_wire_decode(&rd_entry_shape, body, &world->node.decode, out, NULL) == RD_OK;
}

/* What the shell reads for a send: submissions for whoever opens a record or gets a receipt, whole
 * entries for a query. All of it must be on disk. */
static void fill_bodies(struct sim_world *world, struct held_send *held, struct rd_message *message)
{
    size_t count = held->bodies.len / 8;
    struct rd_submission *submissions =
        rd_arena_array(&world->node.decode, count + 1, sizeof *submissions);
    rd_require(submissions != NULL);
    for (size_t i = 0; i < count; i++) {
        uint64_t number = 0;
        for (size_t j = 0; j < 8; j++)
            number = number << 8 | held->bodies.bytes[i * 8 + j];
        struct rd_entry entry;
        bool read = read_entry(world, number, &entry);
        bool received = read && entry.received != NULL && entry.received->submission != NULL;
        if (!read || (!received && message->query_result == NULL)) {
            sim_fail(world, "a send wants the body of entry %llu, which is not there",
                     (unsigned long long)number);
            return;
        }
        if (received)
            submissions[i] = *entry.received->submission;
    }
    if (message->opened != NULL) {
        message->opened->submissions = submissions;
        message->opened->submissions_count = count;
    } else if (message->receipt != NULL && count > 0) {
        message->receipt->key = submissions[0].key;
        if (submissions[0].referral != NULL) {
            message->receipt->source_refs = submissions[0].referral->source_refs;
            message->receipt->source_refs_count = submissions[0].referral->source_refs_count;
        }
    }
}

static void complete(struct sim_world *world, struct held_send *held)
{
    struct rd_message message = {0};
    rd_arena_reset(&world->node.decode);
    enum rd_err err = rd_wire_decode(&rd_message_shape, rd_buf_text(&held->message),
                                     &world->node.decode, &message, NULL);
    rd_require(err == RD_OK);
    fill_bodies(world, held, &message);
    rd_buf_clear(&held->message);
    rd_wire_encode(&rd_message_shape, &message, &held->message);
}

/* The gate lets go. This is the moment at which everything said must be on disk. */
static void released(void *context, void *item)
{
    struct sim_world *world = context;
    struct held_send *held = item;
    struct rd_ledger *ledger = world->node.ledger;
    uint64_t durable = ledger->ops->head(ledger).number;
    if (held->gate > durable)
        sim_fail(world, "a send of entry %llu leaves while %llu is the last on disk",
                 (unsigned long long)held->gate, (unsigned long long)durable);
    else if (held->rests_on > durable)
        sim_fail(world, "a send that rests on entry %llu leaves while %llu is the last on disk",
                 (unsigned long long)held->rests_on, (unsigned long long)durable);
    if (held->bodies.len > 0 && !sim_failed(world))
        complete(world, held);
    struct sim_peer *peer = held->socket != 0 ? sim_peer_of(world, held->peer) : NULL;
    if (peer != NULL)
        sim_push(&peer->down, held->message.bytes, held->message.len);
    held_free(NULL, held);
}

static void appended(void *context, enum rd_append_result result, uint64_t last, const char *why)
{
    struct sim_world *world = context;
    if (result != RD_APPEND_OK) {
        sim_fail(world, "the ledger refused an append: %s", why);
        return;
    }
    world->node.durable = last;
    rd_gate_open(world->node.gate, last);
}

void sim_node_open_gate(struct sim_world *world, uint64_t durable)
{
    world->node.gate = rd_gate_new(rd_alloc_heap(), released, world);
    rd_require(world->node.gate != NULL);
    rd_gate_open(world->node.gate, durable);
}

void sim_node_init(struct sim_world *world)
{
    struct sim_node *node = &world->node;
    rd_arena_init(&node->decode, rd_alloc_heap(), 2 * RD_DECODE_ARENA_BYTES_MAX);
    rd_buf_init(&node->bytes, rd_alloc_heap());
    rd_buf_init(&node->note, rd_alloc_heap());
    node->ledger = rd_ledger_memory_new(rd_alloc_heap(), appended, world);
    rd_require(node->ledger != NULL);
    for (int i = 0; i < 2; i++)
        rd_require((node->rules[i] = rd_fake_rules_new(rd_alloc_heap())) != NULL);
    rd_fake_rules_set_hash(node->rules[1], RD_TEXT("fake-2"));
    rd_fake_rules_drop_team(node->rules[1], RD_TEXT("voluntary")); /* the last: indices stay */
    const struct rd_expected expected = {
        .gap_minutes = 5, .per_day = 3, .by_minute = 18 * 60, .quiet_minutes = 120};
    for (int i = 0; i < 2; i++)
        rd_fake_rules_expect(node->rules[i], RD_TEXT("hospital"), &expected);
}

static void twin_free(struct sim_node *node)
{
    rd_core_free(node->twin);
    node->twin = NULL;
}

static void power_off(struct sim_node *node)
{
    if (node->core == NULL)
        return;
    twin_free(node);
    rd_gate_free(node->gate, held_free);
    rd_core_free(node->core);
    node->gate = NULL;
    node->core = NULL;
}

void sim_node_fini(struct sim_world *world)
{
    struct sim_node *node = &world->node;
    power_off(node);
    rd_ledger_memory_crash(node->ledger);
    node->ledger->ops->close(node->ledger);
    for (int i = 0; i < 2; i++)
        rd_fake_rules_free(node->rules[i]);
    rd_buf_fini(&node->bytes);
    rd_buf_fini(&node->note);
    rd_arena_fini(&node->decode);
}

static struct rd_text encoded(struct rd_buf *buf, const struct rd_shape *shape, const void *value)
{
    rd_buf_clear(buf);
    rd_wire_encode(shape, value, buf);
    rd_require(!buf->failed);
    return rd_buf_text(buf);
}

static bool deletes(const struct rd_state_record *record)
{
    return record->meta == NULL && record->referral == NULL && record->feed == NULL &&
           record->queue == NULL && record->key_state == NULL && record->ref == NULL &&
           record->quarantine == NULL && record->ruleset == NULL;
}

/* A record as the ledger keeps it: absent value deletes. */
struct rd_text sim_record_value(struct rd_buf *buf, const struct rd_state_record *record)
{
    return deletes(record) ? RD_TEXT_NONE : encoded(buf, &rd_state_record_shape, record);
}

/* Copies into the arena that lives until the append. */
static struct rd_text kept(struct sim_world *world, struct rd_text text)
{
    struct rd_text copy;
    rd_require(rd_arena_copy(&world->arena, text, &copy));
    return copy;
}

static void append_update(struct sim_world *world, const struct rd_update *update)
{
    struct sim_node *node = &world->node;
    rd_arena_reset(&world->arena);
    if (update->entries_count == 0) {
        if (update->records_count != 0)
            sim_fail(world, "%zu records change without an entry", update->records_count);
        return;
    }
    rd_require(update->entries_count <= RD_LEDGER_BATCH_ENTRIES_MAX);
    struct rd_ledger_entry *entries =
        rd_arena_array(&world->arena, update->entries_count, sizeof *entries);
    struct rd_ledger_record *records =
        rd_arena_array(&world->arena, update->records_count + 1, sizeof *records);
    rd_require(entries != NULL && records != NULL);
    for (size_t i = 0; i < update->entries_count; i++) {
        const struct rd_entry *entry = &update->entries[i];
        struct rd_text body = encoded(&node->bytes, &rd_entry_shape, entry);
        sim_mix_hash(world, body.ptr, body.len);
        entries[i] = (struct rd_ledger_entry){.number = entry->number,
                                              .at = entry->at,
                                              .kind = (uint32_t)entry->kind,
                                              .referral = entry->referral,
                                              .feed = entry->feed,
                                              .body = kept(world, body)};
    }
    for (size_t i = 0; i < update->records_count; i++) {
        const struct rd_state_record *record = &update->records[i];
        struct rd_text value = sim_record_value(&node->bytes, record);
        sim_tables_put(&world->shadow, (uint32_t)record->table, record->key, value);
        records[i] = (struct rd_ledger_record){
            .table = (uint32_t)record->table, .key = record->key, .value = kept(world, value)};
    }
    const struct rd_ledger_batch batch = {.expected_next = update->entries[0].number,
                                          .incarnation = node->incarnation,
                                          .entries = entries,
                                          .entries_count = update->entries_count,
                                          .records = records,
                                          .records_count = update->records_count};
    enum rd_err err = node->ledger->ops->append(node->ledger, &batch);
    if (err == RD_E_BUSY) { /* the shell would wait: a full queue makes the disk work */
        rd_ledger_memory_sync(node->ledger, SIZE_MAX);
        node->ledger->ops->drain(node->ledger);
        err = node->ledger->ops->append(node->ledger, &batch);
    }
    rd_require(err == RD_OK);
}

/* Nothing of a person may be in what goes to everybody. Made-up people carry this word. */
static void check_public(struct sim_world *world, struct rd_text bytes)
{
    static const char word[] = "Canary";
    for (size_t i = 0; i + sizeof word - 1 <= bytes.len; i++)
        if (memcmp(bytes.ptr + i, word, sizeof word - 1) == 0) {
            sim_fail(world, "the event feed carries a person's name");
            return;
        }
}

static void hold_sends(struct sim_world *world, const struct rd_update *update, uint64_t before)
{
    struct sim_node *node = &world->node;
    for (size_t i = 0; i < update->sends_count && !sim_failed(world); i++) {
        const struct rd_send *send = &update->sends[i];
        struct held_send *held = calloc(1, sizeof *held);
        rd_require(held != NULL);
        held->gate = send->gate;
        held->rests_on = sim_rests_on(world, send);
        held->socket = send->socket;
        held->peer = send->peer;
        rd_buf_init(&held->bodies, rd_alloc_heap());
        rd_buf_put_text(&held->bodies, send->bodies);
        rd_buf_init(&held->message, rd_alloc_heap());
        struct rd_text bytes = encoded(&held->message, &rd_message_shape, send->message);
        sim_mix_hash(world, bytes.ptr, bytes.len);
        world->result->sends++;
        world->said += send->socket != 0 && send->message->pong == NULL;
        if (send->socket == 0)
            check_public(world, bytes);
        /* A refusal that is not gated is for the rests_on check to find, by what it says. */
        if (send->gate > node->last_entry || (send->gate < before && send->gate != 0))
            sim_fail(world, "a send has gate %llu, the entries before it end at %llu to %llu",
                     (unsigned long long)send->gate, (unsigned long long)before,
                     (unsigned long long)node->last_entry);
        if (rd_gate_hold(node->gate, send->gate, held) != RD_OK)
            held_free(NULL, held);
    }
}

static uint64_t digest_of(struct rd_buf *buf, const struct rd_shape *shape, const void *value)
{
    return rd_text_hash(encoded(buf, shape, value));
}

/* The first thing that two updates do not have in common; NULL: nothing. */
static const char *update_differs(struct rd_buf *buf, const struct rd_update *a,
                                  const struct rd_update *b)
{
    if (a->entries_count != b->entries_count || a->records_count != b->records_count)
        return "how many entries or records";
    for (size_t i = 0; i < a->entries_count; i++)
        if (digest_of(buf, &rd_entry_shape, &a->entries[i]) !=
            digest_of(buf, &rd_entry_shape, &b->entries[i]))
            return rd_enum_name(&rd_entry_kind_names, (int)a->entries[i].kind);
    for (size_t i = 0; i < a->records_count; i++)
        if (digest_of(buf, &rd_state_record_shape, &a->records[i]) !=
            digest_of(buf, &rd_state_record_shape, &b->records[i]))
            return rd_enum_name(&rd_state_table_names, (int)a->records[i].table);
    return a->next_due != b->next_due ? "when the next timer is due" : NULL;
}

/* The twin was rebuilt the other way: what it records must be the same. (What it sends may differ,
 * and it ends when somebody resumes a list: a core read from the tables has no history of changes
 * and answers with a snapshot.) */
static void step_twin(struct sim_world *world, const struct rd_event *event,
                      const struct rd_update *update)
{
    struct sim_node *node = &world->node;
    if (node->twin != NULL && event->message != NULL && event->message->watch != NULL &&
        event->message->watch->incarnation != 0)
        twin_free(node);
    if (node->twin == NULL)
        return;
    struct rd_update other = {0};
    const char *what = "an error";
    if (rd_core_step(node->twin, event, &other) == RD_OK)
        what = update_differs(&node->note, update, &other);
    if (what != NULL)
        sim_fail(world,
                 "the core read from the tables and the one rebuilt from the entries "
                 "do not do the same: %s",
                 what);
    if (node->twin_steps-- == 1)
        twin_free(node);
}

static void print_entry(struct sim_world *world, const struct rd_entry *entry)
{
    rd_buf_clear(&world->node.note);
    rd_json_write(&rd_entry_shape, entry, &world->node.note);
    printf("%.*s\n", RD_TEXT_ARG(rd_buf_text(&world->node.note)));
}

static void take_update(struct sim_world *world, const struct rd_update *update)
{
    struct sim_node *node = &world->node;
    uint64_t before = node->last_entry;
    world->entries.update_from = world->entries.count;
    for (size_t i = 0; i < update->entries_count && !sim_failed(world); i++) {
        if (update->entries[i].started != NULL)
            node->incarnation = update->entries[i].started->incarnation;
        if (world->trace)
            print_entry(world, &update->entries[i]);
        sim_entry_add(world, &update->entries[i]);
        sim_count(world, rd_enum_name(&rd_entry_kind_names, (int)update->entries[i].kind));
    }
    node->last_entry += update->entries_count;
    for (size_t i = 0; i < update->records_count && !sim_failed(world); i++)
        sim_check_record(world, &update->records[i]);
    sim_check_links(world, update);
    if (sim_failed(world))
        return;
    append_update(world, update);
    hold_sends(world, update, before);
    for (size_t i = 0; i < update->alarms_count; i++)
        if (update->alarms[i].gate < before || update->alarms[i].gate > node->last_entry)
            sim_fail(world, "an alarm has gate %llu outside its step",
                     (unsigned long long)update->alarms[i].gate);
    node->next_due = update->next_due;
}

void sim_node_event(struct sim_world *world, struct rd_event *event)
{
    struct sim_node *node = &world->node;
    struct rd_update update = {0};
    event->now = world->now;
    event->random[0] = sim_next(&world->prng);
    event->random[1] = sim_next(&world->prng);
    if (sim_failed(world) || node->core == NULL)
        return;
    enum rd_err err = rd_core_step(node->core, event, &update);
    if (err != RD_OK) {
        sim_fail(world, "the core: %s", rd_err_text(err));
        return;
    }
    step_twin(world, event, &update);
    sim_check_rules(world, &update);
    if (sim_failed(world))
        return;
    take_update(world, &update);
    if (!sim_failed(world))
        sim_check_teams(world);
    /* Only entries change what it checks; now and then it is asked all the same. */
    struct rd_errbuf why = {0};
    bool asks = !world->blind && (update.entries_count > 0 || world->tick % 16 == 0);
    if (!sim_failed(world) && asks && rd_core_check(node->core, &why) != RD_OK)
        sim_fail(world, "the core finds itself broken: %s", why.text);
    if (!sim_failed(world) && rd_core_last_entry(node->core) != node->last_entry)
        sim_fail(world, "the core's last entry is %llu, it emitted %llu",
                 (unsigned long long)rd_core_last_entry(node->core),
                 (unsigned long long)node->last_entry);
}

/* The shell's keyed hash, here two plain ones. */
static struct rd_text keyed_hash(struct rd_arena *arena, struct rd_text a, struct rd_text b)
{
    char *bytes = rd_arena_take(arena, RD_HASH_BYTES);
    rd_require(bytes != NULL);
    uint64_t first = rd_text_hash(a) * 31 + rd_text_hash(b), second = ~first * 0x9e3779b97f4a7c15u;
    memcpy(bytes, &first, 8);
    memcpy(bytes + 8, &second, 8);
    return (struct rd_text){bytes, RD_HASH_BYTES};
}

static void hash_submission(struct sim_world *world, const struct rd_submission *submission,
                            struct rd_event *event)
{
    struct rd_arena *arena = &world->node.decode;
    event->key_hash = keyed_hash(arena, submission->feed, submission->key);
    const struct rd_referral *referral = submission->referral;
    if (referral == NULL)
        return;
    struct rd_text *refs = rd_arena_array(arena, HASHES_MAX, sizeof *refs);
    struct rd_text *persons = rd_arena_array(arena, HASHES_MAX, sizeof *persons);
    rd_require(refs != NULL && persons != NULL);
    for (size_t i = 0; i < referral->source_refs_count && i < HASHES_MAX; i++)
        refs[event->ref_hashes_count++] =
            keyed_hash(arena, submission->feed, referral->source_refs[i].value);
    for (size_t i = 0; referral->person != NULL && i < referral->person->ids_count; i++)
        persons[event->person_hashes_count++] =
            keyed_hash(arena, referral->person->ids[i].system, referral->person->ids[i].value);
    event->ref_hashes = refs;
    event->person_hashes = persons;
    struct rd_person_marks *marks = rd_arena_take(arena, sizeof *marks);
    rd_require(marks != NULL);
    const struct rd_person *person = referral->person;
    if (person != NULL && person->ids_count > 0)
        *marks = (struct rd_person_marks){.nhs_number = rd_text_hash(person->ids[0].value),
                                          .name = rd_text_hash(person->names[0].family),
                                          .birth_date = (uint64_t)person->age_estimate.value + 1,
                                          .postcode = 7};
    event->marks = marks;
}

void sim_node_message(struct sim_world *world, struct sim_peer *peer, struct rd_text bytes)
{
    struct rd_message message = {0};
    rd_arena_reset(&world->node.decode);
    struct rd_errbuf why = {0};
    if (rd_wire_decode(&rd_message_shape, bytes, &world->node.decode, &message, &why) != RD_OK) {
        sim_fail(world, "a peer's message does not decode: %s", why.text);
        return;
    }
    struct rd_event event = {
        .kind = RD_EVENT_MESSAGE,
        .origin = {.socket = peer->socket, .peer = peer->transport, .identity = &peer->identity},
        .message = &message};
    if (message.submit != NULL && message.submit->submission != NULL)
        hash_submission(world, message.submit->submission, &event);
    if (message.query != NULL && message.query->sought != NULL)
        event.sought_hash = keyed_hash(&world->node.decode, message.query->sought->system,
                                       message.query->sought->value);
    sim_node_event(world, &event);
}

void sim_node_gone(struct sim_world *world, uint64_t transport, struct sim_peer *peer)
{
    struct rd_event event = {
        .kind = RD_EVENT_GONE,
        .origin = {.socket = peer->socket, .peer = transport, .identity = &peer->identity}};
    sim_node_event(world, &event);
}

void sim_node_time(struct sim_world *world, bool all)
{
    struct sim_node *node = &world->node;
    uint32_t steps = 0;
    do {
        struct rd_event event = {.kind = RD_EVENT_TIME};
        sim_node_event(world, &event);
        if (++steps == TIME_STEPS_MAX)
            sim_fail(world, "timers fire without end");
    } while (all && !sim_failed(world) && node->next_due != 0 && node->next_due <= world->now);
    if (all && !sim_failed(world))
        sim_check_due(world);
}

void sim_node_drain(struct sim_world *world)
{
    sim_event(world, "the router drains: no more intake until it starts again");
    sim_count(world, "drain");
    world->node.draining = true;
    struct rd_event event = {.kind = RD_EVENT_DRAIN};
    sim_node_event(world, &event);
}

void sim_node_jump(struct sim_world *world, rd_instant by)
{
    rd_instant before = world->now;
    world->now += by;
    sim_event(world, "the clock jumps %lld s, an operator accepts it",
              (long long)(by / RD_SECOND_US));
    sim_count(world, "time jump");
    struct rd_event event = {.kind = RD_EVENT_TIME_JUMP,
                             .before = before,
                             .by = RD_TEXT("an operator"),
                             .approved_by = RD_TEXT("another")};
    sim_node_event(world, &event);
}

void sim_node_sync(struct sim_world *world, size_t batches, bool drain)
{
    struct sim_node *node = &world->node;
    rd_ledger_memory_sync(node->ledger, batches);
    if (drain)
        node->ledger->ops->drain(node->ledger);
}

void sim_node_crash(struct sim_world *world)
{
    rd_ledger_memory_crash(world->node.ledger);
    power_off(&world->node);
}
