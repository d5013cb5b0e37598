#include "world.h"

#include <stdlib.h>
#include <string.h>

void sim_entries_fini(struct sim_entries *entries)
{
    free(entries->items);
    free(entries->refs);
    free(entries->keys);
    *entries = (struct sim_entries){0};
}

static void *grow(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap == 0 ? 64 : *cap * 2;
    void *grown = realloc(items, *cap * size);
    rd_require(grown != NULL);
    return grown;
}

struct sim_ref *sim_ref_find(struct sim_world *world, uint64_t referral)
{
    for (size_t i = 0; i < world->entries.refs_count; i++)
        if (world->entries.refs[i].id == referral)
            return &world->entries.refs[i];
    return NULL;
}

struct sim_ref *sim_ref_add(struct sim_world *world, uint64_t referral)
{
    struct sim_entries *entries = &world->entries;
    entries->refs =
        grow(entries->refs, entries->refs_count, &entries->refs_cap, sizeof *entries->refs);
    struct sim_ref *ref = &entries->refs[entries->refs_count++];
    *ref = (struct sim_ref){.id = referral};
    return ref;
}

/* The newest wins: a key may come again once its window is over. */
const struct sim_key *sim_key_find(struct sim_world *world, uint64_t key)
{
    for (size_t i = world->entries.keys_count; i > 0; i--)
        if (world->entries.keys[i - 1].key == key)
            return &world->entries.keys[i - 1];
    return NULL;
}

const struct sim_entry *sim_entry_get(struct sim_world *world, uint64_t number)
{
    bool there = number > 0 && number <= world->entries.count;
    return there ? &world->entries.items[number - 1] : NULL;
}

uint64_t sim_claim_entry(struct sim_world *world, uint64_t referral, uint32_t assignment)
{
    for (size_t i = world->entries.count; i > 0; i--) {
        const struct sim_entry *entry = &world->entries.items[i - 1];
        if (entry->kind == RD_ENTRY_MOVED && entry->referral == referral &&
            entry->assignment == assignment &&
            (entry->verb == RD_VERB_CLAIM || entry->verb == RD_VERB_TRANSFER ||
             entry->verb == RD_VERB_ACCEPT))
            return entry->number;
    }
    return 0;
}

static uint32_t feed_number(struct sim_world *world, struct rd_text name)
{
    const struct rd_place *place = sim_place(world);
    for (size_t i = 0; i < place->feeds_count; i++)
        if (rd_text_equal(place->feeds[i].name, name))
            return (uint32_t)i + 1;
    return 0;
}

static uint64_t hash_of(struct rd_text text)
{
    return rd_text_present(text) ? rd_text_hash(text) : 0;
}

static void summarise(struct sim_world *world, const struct rd_entry *entry, struct sim_entry *out)
{
    *out = (struct sim_entry){.number = entry->number,
                              .at = entry->at,
                              .kind = entry->kind,
                              .referral = entry->referral,
                              .feed = feed_number(world, entry->feed)};
    if (entry->received != NULL) {
        out->disposal = entry->received->disposal;
        out->key = hash_of(entry->received->key_hash);
        out->first_entry = entry->received->first_entry;
        out->repairs = entry->received->repairs;
        const struct rd_submission *submission = entry->received->submission;
        if (submission != NULL) {
            out->action = submission->action;
            out->environment = submission->environment;
            out->digest = hash_of(submission->digest);
        }
    }
    if (entry->moved != NULL) {
        out->verb = entry->moved->verb;
        out->assignment = entry->moved->assignment;
        out->by =
            hash_of(entry->moved->verb == RD_VERB_TRANSFER ? entry->moved->to : entry->moved->by);
    }
    if (entry->contacted != NULL) {
        out->verb = entry->contacted->voids ? RD_VERB_VOID_CONTACT : RD_VERB_CONTACT;
        out->assignment = entry->contacted->assignment;
        out->mode = entry->contacted->mode;
        out->contact = entry->contacted->contact;
    }
    if (entry->linked != NULL) {
        out->verb = entry->linked->verb;
        out->other = entry->linked->other;
    }
    if (entry->alarmed != NULL) {
        out->alarm = entry->alarmed->kind;
        out->clock = entry->alarmed->clock;
        out->stage = entry->alarmed->stage;
        out->assignment = entry->alarmed->assignment;
    }
    const struct rd_decided *decided = entry->decided;
    bool routes = decided != NULL && decided->first_assignment != 0;
    /* An amendment's brings in further teams; its lead is only what the tables would say now. */
    bool further = routes && decided->first_assignment > 1 && !decided->replaces;
    for (size_t i = further ? 1 : 0; routes && i < decided->decision->assignments_count; i++)
        if (i < SIM_TEAMS_MAX)
            out->teams[i] = hash_of(decided->decision->assignments[i].team);
    if (entry->quarantine != NULL)
        out->item = entry->quarantine->item;
    if (entry->receipted != NULL)
        out->receipt = entry->receipted->receipt;
}

static bool key_lives(struct sim_world *world, const struct sim_key *key, rd_instant now)
{
    const struct rd_feed *feed = &sim_place(world)->feeds[key->feed - 1];
    if (now - key->at < (rd_instant)feed->key_window_days * RD_DAY_US)
        return true;
    const struct sim_ref *ref = key->referral != 0 ? sim_ref_find(world, key->referral) : NULL;
    return ref != NULL && ref->phase == RD_PHASE_OPEN;
}

/* Of a submission that stands: what names its key. */
static bool names_key(const struct sim_entry *entry)
{
    return entry->kind == RD_ENTRY_RECEIVED && entry->disposal != RD_DISPOSAL_REPEAT &&
           entry->disposal != RD_DISPOSAL_REJECTED && entry->repairs == 0 && entry->feed != 0;
}

static void check_received(struct sim_world *world, const struct sim_entry *entry)
{
    unsigned long long number = entry->number;
    bool live = entry->environment == RD_ENVIRONMENT_LIVE && entry->feed != 0 &&
                sim_place(world)->feeds[entry->feed - 1].environment == RD_ENVIRONMENT_LIVE;
    if (!live && entry->disposal == RD_DISPOSAL_NEW)
        sim_fail(world, "entry %llu: a test became a referral", number);
    const struct sim_key *key = sim_key_find(world, entry->key);
    bool known = key != NULL && key_lives(world, key, entry->at);
    if (!known && entry->disposal == RD_DISPOSAL_REPEAT && key == NULL)
        sim_fail(world, "entry %llu: a repeat of what never came", number);
    if (!known || entry->repairs != 0 || entry->disposal == RD_DISPOSAL_REJECTED)
        return;
    if (key->digest == entry->digest && entry->disposal != RD_DISPOSAL_REPEAT)
        sim_fail(world, "entry %llu: a key that entry %llu named came again as %s", number,
                 (unsigned long long)key->entry,
                 rd_enum_name(&rd_disposal_names, (int)entry->disposal));
    if (key->digest == entry->digest && entry->first_entry != key->entry)
        sim_fail(world, "entry %llu: repeats entry %llu, says %llu", number,
                 (unsigned long long)key->entry, (unsigned long long)entry->first_entry);
    if (key->digest != entry->digest && entry->disposal != RD_DISPOSAL_QUARANTINED)
        sim_fail(world, "entry %llu: other content under the key of entry %llu became %s", number,
                 (unsigned long long)key->entry,
                 rd_enum_name(&rd_disposal_names, (int)entry->disposal));
}

static void check_claim(struct sim_world *world, const struct sim_entry *entry)
{
    const struct sim_ref *ref = sim_ref_find(world, entry->referral);
    if (ref == NULL || entry->assignment == 0 || entry->assignment > ref->assignments_count) {
        sim_fail(world, "entry %llu: claims what is not there", (unsigned long long)entry->number);
        return;
    }
    const struct sim_assignment *held = &ref->assignments[entry->assignment - 1];
    if (held->phase != RD_ASSIGNMENT_WAITING && held->claimed_by != entry->by)
        sim_fail(world, "entry %llu: claimed twice: somebody else holds it or it is closed",
                 (unsigned long long)entry->number);
}

/* The tables name who must share it; a decision that names fewer has lost somebody. */
static void check_decided(struct sim_world *world, const struct rd_entry *entry)
{
    const struct rd_decision *decision = entry->decided->decision;
    if (rd_text_present(decision->decided_by) || entry->decided->replaces ||
        entry->decided->first_assignment == 0)
        return; /* a person's word, or no routing at all: clocks and facts only */
    struct rd_decision again;
    const struct rd_decide_request request = {
        .facts = decision->facts, .now = decision->at, .engine_version = decision->engine_version};
    rd_arena_reset(&world->arena);
    enum rd_err err = rd_rules_decide(world->node.rules[world->node.rules_in_force], &request,
                                      &world->arena, &again);
    rd_require(err == RD_OK);
    if (again.assignments_count != decision->assignments_count)
        sim_fail(world, "entry %llu: %zu assignments decided, %zu by the tables",
                 (unsigned long long)entry->number, decision->assignments_count,
                 again.assignments_count);
}

static void apply(struct sim_world *world, const struct sim_entry *entry)
{
    struct sim_entries *entries = &world->entries;
    if (entry->kind == RD_ENTRY_RECEIVED && entry->feed != 0)
        entries->columns[entry->feed - 1][entry->disposal]++;
    if (!names_key(entry))
        return;
    const struct sim_key *old = sim_key_find(world, entry->key);
    if (old != NULL && entry->disposal == RD_DISPOSAL_QUARANTINED && old->digest != entry->digest)
        return; /* a conflict leaves the key with the first */
    entries->keys =
        grow(entries->keys, entries->keys_count, &entries->keys_cap, sizeof *entries->keys);
    entries->keys[entries->keys_count++] = (struct sim_key){.key = entry->key,
                                                            .digest = entry->digest,
                                                            .entry = entry->number,
                                                            .referral = entry->referral,
                                                            .at = entry->at,
                                                            .feed = entry->feed};
}

void sim_entry_add(struct sim_world *world, const struct rd_entry *entry)
{
    struct sim_entries *entries = &world->entries;
    struct sim_entry made;
    summarise(world, entry, &made);
    if (entry->number != entries->count + 1)
        sim_fail(world, "entry %llu follows entry %zu", (unsigned long long)entry->number,
                 entries->count);
    if (entry->at > world->now ||
        (entries->count > 0 && entry->at < entries->items[entries->count - 1].at))
        sim_fail(world, "entry %llu: its time runs backwards or ahead",
                 (unsigned long long)entry->number);
    if (sim_failed(world))
        return;
    if (entry->kind == RD_ENTRY_RECEIVED)
        check_received(world, &made);
    if (entry->kind == RD_ENTRY_MOVED && made.verb == RD_VERB_CLAIM)
        check_claim(world, &made);
    if (entry->kind == RD_ENTRY_DECIDED)
        check_decided(world, entry);
    entries->items = grow(entries->items, entries->count, &entries->cap, sizeof *entries->items);
    entries->items[entries->count++] = made;
    apply(world, &made);
}

void sim_entries_cut(struct sim_world *world, uint64_t number)
{
    struct sim_entries *entries = &world->entries;
    rd_require(number <= entries->count);
    entries->count = (size_t)number;
    entries->keys_count = 0;
    entries->refs_count = 0;
    memset(entries->columns, 0, sizeof entries->columns);
    for (size_t i = 0; i < entries->count; i++)
        apply(world, &entries->items[i]);
}
