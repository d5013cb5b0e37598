#include "shell/ledgerglue.h"

#include "wire/wire.h"

#include <inttypes.h>

void rd_glue_init(struct rd_glue *glue, const struct rd_alloc *alloc)
{
    *glue = (struct rd_glue){.alloc = alloc};
    rd_buf_init(&glue->bytes, alloc);
}

void rd_glue_fini(struct rd_glue *glue)
{
    rd_buf_fini(&glue->bytes);
    rd_release(glue->alloc, glue->entries);
    rd_release(glue->alloc, glue->records);
    rd_glue_init(glue, glue->alloc);
}

bool rd_glue_record_deletes(const struct rd_state_record *record)
{
    return record->meta == NULL && record->referral == NULL && record->feed == NULL &&
           record->queue == NULL && record->key_state == NULL && record->ref == NULL &&
           record->quarantine == NULL && record->ruleset == NULL;
}

void rd_glue_record_bytes(const struct rd_state_record *record, struct rd_buf *out)
{
    if (!rd_glue_record_deletes(record))
        rd_wire_encode(&rd_state_record_shape, record, out);
}

/* While the buffer grows its bytes move: lengths first, pointers when it is complete. */
static void encode_all(struct rd_glue *glue, const struct rd_update *update)
{
    rd_buf_clear(&glue->bytes);
    for (size_t i = 0; i < update->entries_count; i++) {
        const struct rd_entry *entry = &update->entries[i];
        size_t before = glue->bytes.len;
        rd_wire_encode(&rd_entry_shape, entry, &glue->bytes);
        glue->entries[i] = (struct rd_ledger_entry){
            .number = entry->number,
            .at = entry->at,
            .kind = (uint32_t)entry->kind,
            .referral = entry->referral,
            .feed = entry->feed,
            .body = {NULL, glue->bytes.len - before},
        };
    }
    for (size_t i = 0; i < update->records_count; i++) {
        const struct rd_state_record *record = &update->records[i];
        size_t before = glue->bytes.len;
        rd_glue_record_bytes(record, &glue->bytes);
        glue->records[i] = (struct rd_ledger_record){
            .table = (uint32_t)record->table,
            .key = record->key,
            .value = {NULL, glue->bytes.len - before},
        };
    }
}

static void point(struct rd_glue *glue, const struct rd_update *update)
{
    const char *at = (const char *)glue->bytes.bytes;
    for (size_t i = 0; i < update->entries_count; i++) {
        glue->entries[i].body.ptr = at;
        at += glue->entries[i].body.len;
    }
    for (size_t i = 0; i < update->records_count; i++) {
        if (rd_glue_record_deletes(&update->records[i]))
            continue;
        glue->records[i].value.ptr = at;
        at += glue->records[i].value.len;
    }
}

enum rd_err rd_glue_batch(struct rd_glue *glue, const struct rd_update *update,
                          uint64_t incarnation, struct rd_ledger_batch *out)
{
    if (update->entries_count > RD_LEDGER_BATCH_ENTRIES_MAX)
        return RD_E_TOOBIG;
    if (!rd_alloc_grow(glue->alloc, (void **)&glue->entries, &glue->entries_cap,
                       update->entries_count, sizeof *glue->entries) ||
        !rd_alloc_grow(glue->alloc, (void **)&glue->records, &glue->records_cap,
                       update->records_count, sizeof *glue->records))
        return RD_E_NOMEM;
    encode_all(glue, update);
    if (glue->bytes.failed)
        return RD_E_NOMEM;
    point(glue, update);
    *out = (struct rd_ledger_batch){
        .expected_next = update->entries_count > 0 ? update->entries[0].number : 0,
        .incarnation = incarnation,
        .entries = glue->entries,
        .entries_count = update->entries_count,
        .records = glue->records,
        .records_count = update->records_count,
    };
    return RD_OK;
}

enum rd_err rd_glue_read_record(const struct rd_ledger_record *stored, struct rd_arena *arena,
                                struct rd_state_record *out, struct rd_errbuf *why)
{
    struct rd_errbuf detail = {{0}};
    enum rd_err err = rd_wire_decode(&rd_state_record_shape, stored->value, arena, out, &detail);
    if (err == RD_OK && (uint32_t)out->table == stored->table &&
        rd_text_equal(out->key, stored->key) && !rd_glue_record_deletes(out))
        return RD_OK;
    return rd_fail(why, err == RD_E_TOOBIG ? err : RD_E_CORRUPT,
                   "state table %" PRIu32 " (%s): a record is not what was written: %s; do: "
                   "referralctl ledger verify, then ledger rebuild --write",
                   stored->table, rd_enum_name(&rd_state_table_names, (int)stored->table),
                   err == RD_OK ? "its key differs" : detail.text);
}

enum rd_err rd_glue_read_entry(const struct rd_ledger_entry *stored, struct rd_arena *arena,
                               struct rd_entry *out, struct rd_errbuf *why)
{
    struct rd_errbuf detail = {{0}};
    enum rd_err err = rd_wire_decode(&rd_entry_shape, stored->body, arena, out, &detail);
    if (err == RD_OK && out->number == stored->number && (uint32_t)out->kind == stored->kind)
        return RD_OK;
    return rd_fail(why, err == RD_E_TOOBIG ? err : RD_E_CORRUPT,
                   "ledger entry %" PRIu64 ": not what was written: %s; do: referralctl ledger "
                   "verify",
                   stored->number, err == RD_OK ? "its number or kind differs" : detail.text);
}
