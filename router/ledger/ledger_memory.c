/* The simulator's ledger: the interface of ledger.h over lists in memory.
 *
 *   append -> queue --sync--> durable (entries, records, head) --drain--> callback
 *                  \--crash--> gone      (callbacks not yet drained are gone too, the data stays)
 *
 * A crash between sync and drain is the ambiguous case of a real disk: kept, and nobody was told.
 * The chain is kept as the real one keeps it, without salt and encryption. */
#include "ledger/ledger_memory.h"

#include <sodium.h>
#include <string.h>

enum { QUEUE_BATCHES_MAX = 4096 };

struct copied_entry {
    struct rd_ledger_entry entry; /* feed and body point behind this struct */
};

struct copied_record {
    struct rd_ledger_record record; /* key and value point behind this struct */
};

struct batch {
    struct batch *next;
    uint64_t expected_next;
    uint64_t incarnation;
    struct copied_entry **entries;
    size_t entries_count;
    struct copied_record **records;
    size_t records_count;
    enum rd_append_result result; /* once synced */
    uint64_t last;
    const char *why;
};

struct batches {
    struct batch *first, *last;
    size_t count;
};

struct memory {
    struct rd_ledger base;
    const struct rd_alloc *alloc;
    rd_appended *appended;
    void *context;
    struct batches queued; /* not durable */
    struct batches synced; /* durable, not yet told */
    struct copied_entry **entries;
    size_t entries_count, entries_cap;
    struct copied_record **records; /* ascending by table, key */
    size_t records_count, records_cap;
    uint64_t incarnation;
    struct rd_ledger_head head;
};

static struct memory *memory_of(struct rd_ledger *ledger)
{
    return (struct memory *)ledger;
}

static char *put_text(char *at, struct rd_text text, struct rd_text *out)
{
    *out = RD_TEXT_NONE;
    if (!rd_text_present(text))
        return at;
    if (text.len > 0)
        memcpy(at, text.ptr, text.len);
    *out = (struct rd_text){at, text.len};
    return at + text.len;
}

static struct copied_entry *copy_entry(const struct memory *memory,
                                       const struct rd_ledger_entry *entry)
{
    struct copied_entry *copy =
        rd_alloc_zeroed(memory->alloc, 1, sizeof *copy + entry->feed.len + entry->body.len + 1);
    if (copy == NULL)
        return NULL;
    copy->entry = *entry;
    char *at = put_text((char *)(copy + 1), entry->feed, &copy->entry.feed);
    put_text(at, entry->body, &copy->entry.body);
    return copy;
}

static struct copied_record *copy_record(const struct memory *memory,
                                         const struct rd_ledger_record *record)
{
    struct copied_record *copy =
        rd_alloc_zeroed(memory->alloc, 1, sizeof *copy + record->key.len + record->value.len + 1);
    if (copy == NULL)
        return NULL;
    copy->record = *record;
    char *at = put_text((char *)(copy + 1), record->key, &copy->record.key);
    put_text(at, record->value, &copy->record.value);
    return copy;
}

static void batch_free(const struct memory *memory, struct batch *batch)
{
    for (size_t i = 0; batch->entries != NULL && i < batch->entries_count; i++)
        rd_release(memory->alloc, batch->entries[i]);
    for (size_t i = 0; batch->records != NULL && i < batch->records_count; i++)
        rd_release(memory->alloc, batch->records[i]);
    rd_release(memory->alloc, batch->entries);
    rd_release(memory->alloc, batch->records);
    rd_release(memory->alloc, batch);
}

static void batches_push(struct batches *list, struct batch *batch)
{
    batch->next = NULL;
    if (list->last != NULL)
        list->last->next = batch;
    else
        list->first = batch;
    list->last = batch;
    list->count++;
}

static struct batch *batches_pop(struct batches *list)
{
    struct batch *batch = list->first;
    if (batch == NULL)
        return NULL;
    list->first = batch->next;
    if (list->first == NULL)
        list->last = NULL;
    list->count--;
    return batch;
}

static void batches_drop(const struct memory *memory, struct batches *list)
{
    struct batch *batch;
    while ((batch = batches_pop(list)) != NULL)
        batch_free(memory, batch);
}

static bool fill_batch(const struct memory *memory, const struct rd_ledger_batch *from,
                       struct batch *batch)
{
    batch->entries = rd_alloc_zeroed(memory->alloc, from->entries_count, sizeof(void *));
    batch->records = rd_alloc_zeroed(memory->alloc, from->records_count, sizeof(void *));
    if (batch->entries == NULL || batch->records == NULL)
        return false;
    batch->entries_count = from->entries_count;
    batch->records_count = from->records_count;
    for (size_t i = 0; i < from->entries_count; i++)
        if ((batch->entries[i] = copy_entry(memory, &from->entries[i])) == NULL)
            return false;
    for (size_t i = 0; i < from->records_count; i++)
        if ((batch->records[i] = copy_record(memory, &from->records[i])) == NULL)
            return false;
    return true;
}

static enum rd_err memory_append(struct rd_ledger *ledger, const struct rd_ledger_batch *from)
{
    struct memory *memory = memory_of(ledger);
    rd_require(from->entries_count > 0 && from->entries_count <= RD_LEDGER_BATCH_ENTRIES_MAX);
    for (size_t i = 0; i < from->entries_count; i++)
        rd_require(from->entries[i].number == from->expected_next + i);
    if (memory->queued.count >= QUEUE_BATCHES_MAX)
        return RD_E_BUSY;
    struct batch *batch = rd_alloc_zeroed(memory->alloc, 1, sizeof *batch);
    if (batch == NULL)
        return RD_E_NOMEM;
    batch->expected_next = from->expected_next;
    batch->incarnation = from->incarnation;
    if (!fill_batch(memory, from, batch)) {
        batch_free(memory, batch);
        return RD_E_NOMEM;
    }
    batches_push(&memory->queued, batch);
    return RD_OK;
}

static void hash_u64(crypto_generichash_state *state, uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (56 - 8 * i));
    crypto_generichash_update(state, bytes, sizeof bytes);
}

static void hash_text(crypto_generichash_state *state, struct rd_text text)
{
    hash_u64(state, rd_text_present(text) ? text.len : UINT64_MAX);
    if (text.len > 0)
        crypto_generichash_update(state, (const unsigned char *)text.ptr, text.len);
}

static void extend_chain(struct rd_ledger_head *head, const struct rd_ledger_entry *entry)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof head->hash);
    hash_u64(&state, RD_LEDGER_FORMAT);
    hash_u64(&state, entry->number);
    hash_u64(&state, (uint64_t)entry->at);
    hash_u64(&state, entry->kind);
    hash_u64(&state, entry->referral);
    hash_text(&state, entry->feed);
    hash_text(&state, entry->body);
    crypto_generichash_update(&state, head->hash, sizeof head->hash);
    crypto_generichash_final(&state, head->hash, sizeof head->hash);
    head->number = entry->number;
}

static int compare_records(const struct rd_ledger_record *a, const struct rd_ledger_record *b)
{
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    return rd_text_compare(a->key, b->key);
}

/* Index of the first stored record that is not before `record`. */
static size_t find_record(const struct memory *memory, const struct rd_ledger_record *record)
{
    size_t low = 0, high = memory->records_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_records(&memory->records[middle]->record, record) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Takes `copy`. There is room for one more. */
static void put_record(struct memory *memory, struct copied_record *copy)
{
    size_t index = find_record(memory, &copy->record);
    bool there = index < memory->records_count &&
                 compare_records(&memory->records[index]->record, &copy->record) == 0;
    struct copied_record **at = memory->records + index;
    size_t behind = memory->records_count - index;
    if (rd_text_present(copy->record.value)) {
        if (there) {
            rd_release(memory->alloc, *at);
        } else {
            memmove(at + 1, at, behind * sizeof *at);
            memory->records_count++;
        }
        *at = copy;
        return;
    }
    if (there) {
        rd_release(memory->alloc, *at);
        memmove(at, at + 1, (behind - 1) * sizeof *at);
        memory->records_count--;
    }
    rd_release(memory->alloc, copy);
}

static bool make_room(struct memory *memory, const struct batch *batch)
{
    return rd_alloc_grow(memory->alloc, (void **)&memory->entries, &memory->entries_cap,
                         memory->entries_count + batch->entries_count, sizeof(void *)) &&
           rd_alloc_grow(memory->alloc, (void **)&memory->records, &memory->records_cap,
                         memory->records_count + batch->records_count, sizeof(void *));
}

/* All of a batch or nothing of it: what one transaction does. */
static void sync_batch(struct memory *memory, struct batch *batch)
{
    batch->last = memory->head.number;
    if (batch->expected_next != memory->head.number + 1 ||
        batch->incarnation < memory->incarnation) {
        batch->result = RD_APPEND_FENCED;
        batch->why = "the ledger is ahead of this process: another one writes to it";
        return;
    }
    if (!make_room(memory, batch)) {
        batch->result = RD_APPEND_UNKNOWN;
        batch->why = "no memory left for the ledger in memory";
        return;
    }
    memory->incarnation = batch->incarnation;
    for (size_t i = 0; i < batch->entries_count; i++) {
        memory->entries[memory->entries_count++] = batch->entries[i];
        extend_chain(&memory->head, &batch->entries[i]->entry);
        batch->entries[i] = NULL;
    }
    for (size_t i = 0; i < batch->records_count; i++) {
        put_record(memory, batch->records[i]);
        batch->records[i] = NULL;
    }
    batch->result = RD_APPEND_OK;
    batch->last = memory->head.number;
}

void rd_ledger_memory_sync(struct rd_ledger *ledger, size_t batches)
{
    struct memory *memory = memory_of(ledger);
    for (; batches > 0 && memory->queued.count > 0; batches--) {
        struct batch *batch = batches_pop(&memory->queued);
        sync_batch(memory, batch);
        batches_push(&memory->synced, batch);
    }
}

static void memory_drain(struct rd_ledger *ledger)
{
    struct memory *memory = memory_of(ledger);
    struct batch *batch;
    while ((batch = batches_pop(&memory->synced)) != NULL) {
        enum rd_append_result result = batch->result;
        uint64_t last = batch->last;
        const char *why = batch->why;
        batch_free(memory, batch);
        memory->appended(memory->context, result, last, why);
    }
}

static enum rd_err memory_each_record(struct rd_ledger *ledger,
                                      bool (*each)(void *context,
                                                   const struct rd_ledger_record *record),
                                      void *context, struct rd_errbuf *why)
{
    struct memory *memory = memory_of(ledger);
    (void)why; /* memory does not decay */
    for (size_t i = 0; i < memory->records_count; i++)
        if (!each(context, &memory->records[i]->record))
            break;
    return RD_OK;
}

static enum rd_err memory_each_entry(struct rd_ledger *ledger, uint64_t from, uint64_t to,
                                     bool (*each)(void *context,
                                                  const struct rd_ledger_entry *entry),
                                     void *context, struct rd_errbuf *why)
{
    struct memory *memory = memory_of(ledger);
    (void)why; /* memory does not decay */
    for (uint64_t number = from == 0 ? 1 : from; number <= to && number <= memory->entries_count;
         number++)
        if (!each(context, &memory->entries[number - 1]->entry))
            break;
    return RD_OK;
}

static struct rd_ledger_head memory_head(struct rd_ledger *ledger)
{
    return memory_of(ledger)->head;
}

static void memory_close(struct rd_ledger *ledger)
{
    struct memory *memory = memory_of(ledger);
    rd_ledger_memory_sync(ledger, SIZE_MAX);
    memory_drain(ledger);
    for (size_t i = 0; i < memory->entries_count; i++)
        rd_release(memory->alloc, memory->entries[i]);
    for (size_t i = 0; i < memory->records_count; i++)
        rd_release(memory->alloc, memory->records[i]);
    rd_release(memory->alloc, memory->entries);
    rd_release(memory->alloc, memory->records);
    rd_release(memory->alloc, memory);
}

struct rd_ledger *rd_ledger_memory_new(const struct rd_alloc *alloc, rd_appended *appended,
                                       void *context)
{
    static const struct rd_ledger_ops ops = {
        .append = memory_append,
        .each_record = memory_each_record,
        .each_entry = memory_each_entry,
        .head = memory_head,
        .drain = memory_drain,
        .close = memory_close,
    };
    struct memory *memory = rd_alloc_zeroed(alloc, 1, sizeof *memory);
    if (memory == NULL)
        return NULL;
    memory->base.ops = &ops;
    memory->alloc = alloc;
    memory->appended = appended;
    memory->context = context;
    return &memory->base;
}

size_t rd_ledger_memory_queued(const struct rd_ledger *ledger)
{
    return ((const struct memory *)ledger)->queued.count;
}

void rd_ledger_memory_crash(struct rd_ledger *ledger)
{
    struct memory *memory = memory_of(ledger);
    batches_drop(memory, &memory->queued);
    batches_drop(memory, &memory->synced);
}
