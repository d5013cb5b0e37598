/* ledger rebuild: the state tables again, from the entries alone, beside those that are stored; the
 * two must be the same byte for byte. */
#include "ctl/offline.h"

#include "base/map.h"
#include "model/limits.h"
#include "shell/ledgerglue.h"

#include <inttypes.h>
#include <string.h>

/* A record as the entries make it: table, key, and the bytes it should be stored as. */
struct rebuilt {
    uint32_t table;
    struct rd_text key, value; /* value absent: deleted again */
    bool seen;                 /* in the state tables */
    char bytes[];
};

struct rebuilding {
    struct rd_core *core;
    struct rd_map records; /* struct rebuilt by hash of table and key */
    struct rd_arena memory;
    struct rd_errbuf why;
    enum rd_err err;
    uint64_t entries, same, differing;
    uint64_t incarnation; /* of the last start among the entries */
};

static uint64_t hash_of(uint32_t table, struct rd_text key)
{
    return rd_text_hash(key) ^ (uint64_t)table << 56;
}

static struct rebuilt *find(const struct rebuilding *rebuilding, uint32_t table, struct rd_text key)
{
    size_t cursor = 0;
    struct rebuilt *found;
    while ((found = rd_map_each_equal(&rebuilding->records, hash_of(table, key), &cursor)) != NULL)
        if (found->table == table && rd_text_equal(found->key, key))
            return found;
    return NULL;
}

static bool keep(struct rebuilding *rebuilding, const struct rd_state_record *record,
                 struct rd_text value)
{
    const struct rd_alloc *alloc = rd_alloc_heap();
    uint32_t table = (uint32_t)record->table;
    struct rebuilt *old = find(rebuilding, table, record->key);
    if (old != NULL) {
        (void)rd_map_remove(&rebuilding->records, hash_of(table, record->key), old); /* found */
        rd_release(alloc, old);
    }
    struct rebuilt *made =
        alloc->resize(alloc->context, NULL, sizeof *made + record->key.len + value.len + 1);
    if (made == NULL)
        return false;
    memcpy(made->bytes, record->key.ptr, record->key.len);
    if (value.len > 0)
        memcpy(made->bytes + record->key.len, value.ptr, value.len);
    made->table = table;
    made->seen = false;
    made->key = (struct rd_text){made->bytes, record->key.len};
    made->value = rd_text_present(value)
                      ? (struct rd_text){made->bytes + record->key.len, value.len}
                      : RD_TEXT_NONE;
    return rd_map_add(&rebuilding->records, hash_of(table, made->key), made);
}

static enum rd_err keep_all(struct rebuilding *rebuilding, const struct rd_update *update)
{
    struct rd_buf bytes;
    bool kept = true;
    rd_buf_init(&bytes, rd_alloc_heap());
    for (size_t i = 0; i < update->records_count && kept; i++) {
        rd_buf_clear(&bytes);
        rd_glue_record_bytes(&update->records[i], &bytes);
        kept = !bytes.failed && keep(rebuilding, &update->records[i], rd_buf_text(&bytes));
    }
    rd_buf_fini(&bytes);
    return kept ? RD_OK : rd_fail(&rebuilding->why, RD_E_NOMEM, "no memory for the rebuilt tables");
}

static bool replay(void *context, const struct rd_ledger_entry *stored)
{
    struct rebuilding *rebuilding = context;
    struct rd_entry entry;
    struct rd_update update = {0};
    rebuilding->err = rd_glue_read_entry(stored, &rebuilding->memory, &entry, &rebuilding->why);
    if (rebuilding->err == RD_OK)
        rebuilding->err = rd_core_replay(rebuilding->core, &entry, &update, &rebuilding->why);
    if (rebuilding->err == RD_OK)
        rebuilding->err = keep_all(rebuilding, &update);
    if (rebuilding->err == RD_OK && entry.started != NULL)
        rebuilding->incarnation = entry.started->incarnation;
    rd_arena_reset(&rebuilding->memory);
    rebuilding->entries++;
    return rebuilding->err == RD_OK;
}

static void say_difference(struct rebuilding *rebuilding, uint32_t table, struct rd_text key,
                           const char *words)
{
    rebuilding->differing++;
    if (rebuilding->differing > 20)
        return;
    printf("%s ", rd_enum_name(&rd_state_table_names, (int)table));
    for (size_t i = 0; i < key.len; i++)
        printf("%02x", (unsigned)(unsigned char)key.ptr[i]);
    printf(": %s\n", words);
}

static bool compare(void *context, const struct rd_ledger_record *stored)
{
    struct rebuilding *rebuilding = context;
    struct rebuilt *made = find(rebuilding, stored->table, stored->key);
    if (made == NULL || !rd_text_present(made->value)) {
        say_difference(rebuilding, stored->table, stored->key, "stored, but no entry makes it");
    } else if (!rd_text_equal(made->value, stored->value)) {
        say_difference(rebuilding, stored->table, stored->key,
                       "stored otherwise than its entries make it");
        made->seen = true;
    } else {
        made->seen = true;
        rebuilding->same++;
    }
    return true;
}

/* What the entries make and the tables lack. */
static void find_missing(struct rebuilding *rebuilding)
{
    size_t cursor = 0;
    struct rebuilt *made;
    while ((made = rd_map_each(&rebuilding->records, &cursor)) != NULL)
        if (!made->seen && rd_text_present(made->value))
            say_difference(rebuilding, made->table, made->key, "missing from the state tables");
}

static void release_all(struct rebuilding *rebuilding)
{
    size_t cursor = 0;
    struct rebuilt *made;
    while ((made = rd_map_each(&rebuilding->records, &cursor)) != NULL)
        rd_release(rd_alloc_heap(), made);
    rd_map_fini(&rebuilding->records);
    rd_arena_fini(&rebuilding->memory);
}

/* Replays and compares. A record that cannot even be read is a difference too. */
static enum rd_err compare_all(struct rebuilding *rebuilding, struct rd_ledger *ledger)
{
    struct rd_errbuf why = {{0}};
    uint64_t head = ledger->ops->head(ledger).number;
    enum rd_err err =
        ledger->ops->each_entry(ledger, 1, head, replay, rebuilding, &rebuilding->why);
    if (err == RD_OK)
        err = rebuilding->err;
    if (err == RD_OK)
        err = rd_core_check(rebuilding->core, &rebuilding->why);
    if (err != RD_OK)
        return err;
    if (ledger->ops->each_record(ledger, compare, rebuilding, &why) != RD_OK) {
        rebuilding->differing++;
        printf("%s\n", why.text);
        return RD_OK;
    }
    find_missing(rebuilding);
    return RD_OK;
}

struct writing {
    enum rd_append_result result;
    struct rd_errbuf why;
};

static void on_appended(void *context, enum rd_append_result result, uint64_t last, const char *why)
{
    struct writing *writing = context;
    (void)last; /* no entries are written */
    if (result != RD_APPEND_OK && writing->result == RD_APPEND_OK) {
        writing->result = result;
        (void)rd_fail(&writing->why, RD_E_IO, "%s", why);
    }
}

static enum rd_err write_batches(struct rebuilding *rebuilding, struct rd_ledger *ledger)
{
    struct rd_ledger_record records[256];
    struct rd_ledger_batch batch = {.expected_next = ledger->ops->head(ledger).number + 1,
                                    .incarnation = rebuilding->incarnation,
                                    .records = records};
    size_t cursor = 0;
    struct rebuilt *made;
    enum rd_err err = RD_OK;
    do {
        made = rd_map_each(&rebuilding->records, &cursor);
        if (made != NULL && rd_text_present(made->value))
            records[batch.records_count++] =
                (struct rd_ledger_record){made->table, made->key, made->value};
        bool full = batch.records_count == sizeof records / sizeof records[0];
        if (batch.records_count > 0 && (full || made == NULL)) {
            err = ledger->ops->append(ledger, &batch);
            ledger->ops->drain(ledger);
            batch.records_count = 0;
        }
    } while (made != NULL && err == RD_OK);
    return err;
}

static int write_again(const struct ctl_args *args, struct rebuilding *rebuilding)
{
    struct writing writing = {.result = RD_APPEND_OK};
    struct rd_ledger *ledger = NULL;
    struct rd_ledger_sqlite_options options = {
        .inline_writer = true, .rebuild = true, .appended = on_appended, .context = &writing};
    int status = ctl_open_ledger_as(args, &options, &ledger);
    if (status != CTL_OK)
        return status;
    enum rd_err err = rd_ledger_sqlite_clear_records(ledger, &writing.why);
    if (err == RD_OK)
        err = write_batches(rebuilding, ledger);
    if (err == RD_OK && writing.result != RD_APPEND_OK)
        err = RD_E_IO;
    ledger->ops->close(ledger);
    if (err != RD_OK)
        return ctl_fail(CTL_NO, "the state tables could not be written: %s: %s", rd_err_text(err),
                        writing.why.text);
    puts("the state tables are written again; now: referralctl ledger verify");
    return CTL_OK;
}

static int judge(const struct ctl_args *args, struct rebuilding *rebuilding, enum rd_err err)
{
    if (err != RD_OK)
        return ctl_fail(CTL_NO, "%s", rebuilding->why.text);
    if (rebuilding->differing > 0 && args->values[OPT_WRITE] != NULL)
        return write_again(args, rebuilding);
    if (rebuilding->differing > 0)
        return ctl_fail(CTL_NO,
                        "%" PRIu64 " records differ from what %" PRIu64 " entries make; stop the "
                        "router, keep a copy of this state directory for examination, then: "
                        "referralctl ledger rebuild --write",
                        rebuilding->differing, rebuilding->entries);
    printf("%" PRIu64 " entries replayed: %" PRIu64 " records, the same byte for byte\n",
           rebuilding->entries, rebuilding->same);
    return CTL_OK;
}

int ctl_ledger_rebuild(const struct ctl_args *args)
{
    struct rebuilding rebuilding = {.err = RD_OK};
    struct rd_ledger_sqlite_options options = {.read_only = true, .rebuild = true};
    struct rd_ledger *ledger = NULL;
    int status = ctl_open_core(&rebuilding.core);
    if (status != CTL_OK)
        return status;
    status = ctl_open_ledger_as(args, &options, &ledger);
    if (status == CTL_OK) {
        rd_map_init(&rebuilding.records, rd_alloc_heap());
        rd_arena_init(&rebuilding.memory, rd_alloc_heap(), 4 * (size_t)RD_DECODE_ARENA_BYTES_MAX);
        enum rd_err err = compare_all(&rebuilding, ledger);
        ledger->ops->close(ledger);
        status = judge(args, &rebuilding, err);
        release_all(&rebuilding);
    }
    rd_core_free(rebuilding.core);
    return status;
}
