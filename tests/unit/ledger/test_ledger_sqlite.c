/* Appending, answers, refusals of the SQLite ledger. */
#include "tests/lib/ledger_rig.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
    struct rd_rig *rig = calloc(1, sizeof *rig);
    if (rig == NULL)
        return -1;
    rd_rig_init(rig);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rd_rig *rig = *state;
    rd_rig_fini(rig);
    free(rig);
    return 0;
}

static void open_or_fail(struct rd_rig *rig)
{
    enum rd_err err = rd_rig_open(rig, true);
    if (err != RD_OK)
        print_error("open: %s: %s\n", rd_err_text(err), rig->why.text);
    assert_int_equal(err, RD_OK);
}

static void check_or_fail(struct rd_rig *rig)
{
    bool good = rd_rig_check(rig);
    if (!good)
        print_error("%s\n", rig->why.text);
    assert_true(good);
}

static void append_batches(struct rd_rig *rig, int batches)
{
    for (int i = 0; i < batches; i++)
        assert_int_equal(rd_rig_append(rig, (size_t)(1 + i % 9)), RD_OK);
}

static sqlite3 *raw(const struct rd_rig *rig)
{
    char path[300];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/ledger.db", rig->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static void raw_exec(const struct rd_rig *rig, const char *sql)
{
    sqlite3 *db = raw(rig);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool exists(const struct rd_rig *rig, const char *name)
{
    char path[300];
    struct stat about;
    (void)snprintf(path, sizeof path, "%s/%s", rig->directory, name);
    return stat(path, &about) == 0;
}

static void reads_back_what_was_appended(void **state)
{
    struct rd_rig *rig = *state;
    for (int inlined = 0; inlined < 2; inlined++) {
        rig->options.inline_writer = inlined == 1;
        open_or_fail(rig);
        uint64_t before = rig->acked;
        append_batches(rig, 100);
        assert_true(rd_rig_wait(rig));
        assert_int_equal(rig->acked, rig->next - 1);
        assert_true(rig->acked > before + 400);
        check_or_fail(rig);
        rd_rig_close(rig);
        assert_false(exists(rig, "ledger.db-wal"));
        open_or_fail(rig);
        assert_int_equal(rig->acked, rig->next - 1);
        check_or_fail(rig);
        rd_rig_close(rig);
    }
}

static void close_finishes_the_queue(void **state)
{
    struct rd_rig *rig = *state;
    open_or_fail(rig);
    append_batches(rig, 200);
    uint64_t last = rig->next - 1;
    rd_rig_close(rig);
    assert_int_equal(rig->acked, last);
    open_or_fail(rig);
    assert_int_equal(rig->acked, last);
    check_or_fail(rig);
}

static void records_without_entries(void **state)
{
    struct rd_rig *rig = *state;
    open_or_fail(rig);
    assert_int_equal(rd_rig_append(rig, 20), RD_OK);
    const struct rd_ledger_record records[] = {
        {.table = 9, .key = RD_TEXT("a"), .value = RD_TEXT("1")},
        {.table = 9, .key = RD_TEXT(""), .value = RD_TEXT("")},
        {.table = 9, .key = RD_TEXT("never there"), .value = RD_TEXT_NONE},
    };
    const struct rd_ledger_record deletes[] = {
        {.table = 9, .key = RD_TEXT("a"), .value = RD_TEXT_NONE},
        {.table = 9, .key = RD_TEXT(""), .value = RD_TEXT_NONE},
    };
    struct rd_ledger_batch batch = {.expected_next = 21, .records = records, .records_count = 3};
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    assert_true(rd_rig_wait(rig));
    rd_rig_close(rig);
    open_or_fail(rig);
    assert_false(rd_rig_check(rig)); /* they are there: the rig's model has none of table 9 */
    assert_non_null(strstr(rig->why.text, "does not follow"));
    batch = (struct rd_ledger_batch){.expected_next = 21, .records = deletes, .records_count = 2};
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    rd_rig_close(rig);
    open_or_fail(rig);
    check_or_fail(rig);
}

struct handed {
    uint64_t count, sum, most; /* most: then it takes no more */
};

static bool take_record(void *context, const struct rd_ledger_record *record)
{
    struct handed *handed = context;
    handed->count++;
    handed->sum += rd_text_hash(record->key) * 31 + rd_text_hash(record->value) + record->table;
    return handed->count < handed->most;
}

/* What open hands over while it checks is what a walk reads afterwards; also under a key too long
 * to be bound to its record as it is. */
static void open_hands_the_records_over(void **state)
{
    struct rd_rig *rig = *state;
    char long_key[300];
    memset(long_key, 'k', sizeof long_key);
    open_or_fail(rig);
    append_batches(rig, 10);
    const struct rd_ledger_record more[] = {
        {7, {long_key, 120}, RD_TEXT("longest bound")},
        {7, {long_key, 121}, RD_TEXT("bound by hash")},
        {7, {long_key, sizeof long_key}, RD_TEXT("too")},
    };
    const struct rd_ledger_batch batch = {
        .expected_next = rig->next, .records = more, .records_count = 3};
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    assert_true(rd_rig_wait(rig));
    rd_rig_close(rig);
    struct handed opened = {.most = UINT64_MAX}, walked = {.most = UINT64_MAX};
    rig->options.record = take_record;
    rig->options.record_context = &opened;
    open_or_fail(rig);
    struct rd_ledger *ledger = rig->ledger;
    assert_int_equal(ledger->ops->each_record(ledger, take_record, &walked, NULL), RD_OK);
    assert_true(opened.count > 3);
    assert_int_equal(opened.count, walked.count);
    assert_true(opened.sum == walked.sum);
    rd_rig_close(rig);
    opened = (struct handed){.most = 2};
    assert_int_equal(rd_rig_open(rig, false), RD_E_INVALID);
    assert_int_equal(opened.count, 2);
    rig->options.record = NULL;
}

/* Enough for many blocks; taken on this thread, refused in the first block and in a later one. */
static void records_are_loaded_while_they_are_read(void **state)
{
    struct rd_rig *rig = *state;
    enum { RECORDS = 64, VALUE_BYTES = 60000 };
    static char value[VALUE_BYTES];
    struct rd_ledger_record records[RECORDS];
    char keys[RECORDS][4];
    open_or_fail(rig);
    for (size_t i = 0; i < RECORDS; i++) {
        int len = snprintf(keys[i], sizeof keys[i], "%zu", i);
        records[i] = (struct rd_ledger_record){8, {keys[i], (size_t)len}, {value, VALUE_BYTES - i}};
    }
    const struct rd_ledger_batch batch = {
        .expected_next = rig->next, .records = records, .records_count = RECORDS};
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    assert_true(rd_rig_wait(rig));
    rd_rig_close(rig);
    for (uint64_t most = 1; most <= RECORDS; most += 21) {
        struct handed refused = {.most = most};
        assert_int_equal(
            rd_ledger_sqlite_load(&rig->options, take_record, &refused, &rig->ledger, &rig->why),
            RD_E_INVALID);
        assert_null(rig->ledger);
        assert_int_equal(refused.count, most);
    }
    struct handed loaded = {.most = UINT64_MAX}, walked = loaded;
    assert_int_equal(
        rd_ledger_sqlite_load(&rig->options, take_record, &loaded, &rig->ledger, &rig->why), RD_OK);
    assert_int_equal(loaded.count, RECORDS);
    struct rd_ledger *ledger = rig->ledger;
    assert_int_equal(ledger->ops->each_record(ledger, take_record, &walked, NULL), RD_OK);
    assert_true(loaded.count == walked.count && loaded.sum == walked.sum);
    rd_rig_close(rig);
    raw_exec(rig, "DELETE FROM record WHERE id = 60");
    loaded = (struct handed){.most = UINT64_MAX};
    assert_int_equal(
        rd_ledger_sqlite_load(&rig->options, take_record, &loaded, &rig->ledger, &rig->why),
        RD_E_CORRUPT);
    assert_null(rig->ledger);
    assert_non_null(strstr(rig->why.text, "63 state records are there"));
}

static void another_number_is_fenced(void **state)
{
    struct rd_rig *rig = *state;
    open_or_fail(rig);
    append_batches(rig, 5);
    uint64_t good = rig->next - 1;
    rig->next++; /* a hole */
    assert_int_equal(rd_rig_append(rig, 1), RD_OK);
    assert_false(rd_rig_wait(rig));
    assert_int_equal(rig->failed, RD_APPEND_FENCED);
    assert_int_equal(rig->acked, good); /* what came before it is durable and was told */
    assert_non_null(strstr(rig->failure.text, rig->directory));
    assert_int_equal(rd_rig_append(rig, 1), RD_E_IO);
    rd_rig_close(rig);
    open_or_fail(rig);
    assert_int_equal(rig->acked, good);
    check_or_fail(rig);
}

static void an_older_incarnation_is_fenced(void **state)
{
    struct rd_rig *rig = *state;
    static struct rd_rig_entry entry;
    open_or_fail(rig);
    rd_rig_make_entry(1, &entry);
    struct rd_ledger_batch batch = {
        .expected_next = 1, .incarnation = 7, .entries = &entry.entry, .entries_count = 1};
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    rd_rig_close(rig);
    assert_int_equal(rig->acked, 1);
    open_or_fail(rig);
    rd_rig_make_entry(2, &entry);
    batch.expected_next = 2;
    batch.incarnation = 6;
    rig->next = 3;
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    assert_false(rd_rig_wait(rig));
    assert_int_equal(rig->failed, RD_APPEND_FENCED);
    assert_non_null(strstr(rig->failure.text, "incarnation 7"));
}

static void a_foreign_write_is_fenced(void **state)
{
    struct rd_rig *rig = *state, *other = NULL;
    open_or_fail(rig);
    append_batches(rig, 3);
    assert_true(rd_rig_wait(rig));
    /* Another process that got past the lock (a network file system, an operator's hand). */
    char path[300];
    (void)snprintf(path, sizeof path, "%s/ledger.lock", rig->directory);
    assert_int_equal(unlink(path), 0);
    other = calloc(1, sizeof *other);
    assert_non_null(other);
    rd_rig_init(other);
    other->options.directory = rig->directory;
    assert_int_equal(rd_rig_open(other, false), RD_OK);
    assert_int_equal(rd_rig_append(other, 1), RD_OK);
    assert_true(rd_rig_wait(other));
    rd_rig_fini(other);
    free(other);
    assert_int_equal(rd_rig_append(rig, 1), RD_OK);
    assert_false(rd_rig_wait(rig));
    assert_int_equal(rig->failed, RD_APPEND_FENCED);
    assert_non_null(strstr(rig->failure.text, "another process wrote transaction"));
}

static void a_full_queue_is_busy(void **state)
{
    struct rd_rig *rig = *state;
    rig->options.queue_batches_max = 3;
    open_or_fail(rig);
    sqlite3 *db = raw(rig);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    /* The writer takes at most what waits and then waits itself; the queue holds three more. */
    int taken = 0;
    enum rd_err err = RD_OK;
    struct rd_ledger_sqlite_stats stats;
    while (taken < 1000 && (err = rd_rig_append(rig, 1)) == RD_OK)
        taken++;
    rd_ledger_sqlite_stats(rig->ledger, &stats);
    assert_int_equal(err, RD_E_BUSY);
    assert_in_range(taken, 3, 6);
    assert_in_range(stats.queued_batches, 1, 3);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_true(rd_rig_wait(rig));
    assert_int_equal(rig->acked, taken);
    assert_int_equal(rd_rig_append(rig, 1), RD_OK);
    assert_true(rd_rig_wait(rig));
    check_or_fail(rig);
}

static void batches_that_break_the_contract(void **state)
{
    struct rd_rig *rig = *state;
    static struct rd_ledger_entry many[RD_LEDGER_BATCH_ENTRIES_MAX + 1];
    open_or_fail(rig);
    for (size_t i = 0; i < RD_LEDGER_BATCH_ENTRIES_MAX + 1; i++)
        many[i] = (struct rd_ledger_entry){.number = i + 1, .body = RD_TEXT("x")};
    struct rd_ledger_batch batch = {
        .expected_next = 1, .entries = many, .entries_count = RD_LEDGER_BATCH_ENTRIES_MAX + 1};
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_E_TOOBIG);
    batch.entries_count = RD_LEDGER_BATCH_ENTRIES_MAX;
    many[7].number = 9;
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_E_BUG);
    many[7].number = 8;
    many[7].body = RD_TEXT_NONE;
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_E_BUG);
    many[7].body = RD_TEXT("");
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    rig->next = RD_LEDGER_BATCH_ENTRIES_MAX + 1;
    assert_true(rd_rig_wait(rig));
}

static void one_writer_only(void **state)
{
    struct rd_rig *rig = *state;
    struct rd_ledger *second = NULL;
    struct rd_errbuf why;
    char pid[32];
    open_or_fail(rig);
    assert_int_equal(rd_ledger_sqlite_open(&rig->options, false, &second, &why), RD_E_FENCED);
    assert_null(second);
    (void)snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(why.text, pid));
    rd_rig_close(rig);
    open_or_fail(rig);
}

static void a_read_only_ledger_beside_the_writer(void **state)
{
    struct rd_rig *rig = *state;
    struct rd_ledger *second = NULL;
    struct rd_errbuf why;
    struct rd_ledger_sqlite_options options = rig->options;
    options.read_only = true;
    assert_int_equal(rd_ledger_sqlite_open(&options, false, &second, &why), RD_E_NOTFOUND);
    open_or_fail(rig);
    append_batches(rig, 20);
    assert_true(rd_rig_wait(rig));
    assert_int_equal(rd_ledger_sqlite_open(&options, true, &second, &why), RD_OK);
    assert_int_equal(second->ops->head(second).number, rig->acked);
    struct rd_ledger_batch batch = {.expected_next = rig->next};
    assert_int_equal(second->ops->append(second, &batch), RD_E_DENIED);
    append_batches(rig, 20);
    assert_true(rd_rig_wait(rig));
    struct rd_ledger_report report;
    assert_int_equal(rd_ledger_sqlite_verify(second, NULL, NULL, &report, &why), RD_OK);
    assert_int_equal(report.entries, rig->acked);
    assert_int_equal(report.bodies, rig->acked);
    second->ops->close(second);
}

static void a_newer_format_is_refused(void **state)
{
    struct rd_rig *rig = *state;
    open_or_fail(rig);
    rd_rig_close(rig);
    raw_exec(rig, "PRAGMA user_version = 2");
    assert_int_equal(rd_rig_open(rig, false), RD_E_UNSUPPORTED);
    assert_non_null(strstr(rig->why.text, "format 2"));
    raw_exec(rig, "PRAGMA user_version = 1");
    open_or_fail(rig);
}

static void another_key_is_refused(void **state)
{
    struct rd_rig *rig = *state;
    open_or_fail(rig);
    append_batches(rig, 3);
    rd_rig_close(rig);
    rig->key[5] ^= 1;
    assert_int_equal(rd_rig_open(rig, false), RD_E_DENIED);
    assert_non_null(strstr(rig->why.text, "key"));
    rig->key[5] ^= 1;
    open_or_fail(rig);
    check_or_fail(rig);
}

static void no_ledger_where_none_may_be_made(void **state)
{
    struct rd_rig *rig = *state;
    rig->options.create = false;
    assert_int_equal(rd_rig_open(rig, false), RD_E_NOTFOUND);
    assert_non_null(strstr(rig->why.text, rig->directory));
    rig->options.directory = "/nowhere/at/all";
    assert_int_equal(rd_rig_open(rig, false), RD_E_NOTFOUND);
    rig->options.directory = rig->directory;
    rig->options.create = true;
    open_or_fail(rig);
}

struct collected {
    uint64_t first, last, count;
};

static bool collect(void *context, const struct rd_ledger_entry *entry)
{
    struct collected *seen = context;
    if (seen->count++ == 0)
        seen->first = entry->number;
    seen->last = entry->number;
    return entry->number != 30;
}

static void ranges_of_entries(void **state)
{
    struct rd_rig *rig = *state;
    static const struct {
        uint64_t from, to, first, last, count;
    } rows[] = {{0, 3, 1, 3, 3},    {5, 5, 5, 5, 1},         {40, UINT64_MAX, 40, 45, 6},
                {46, 50, 0, 0, 0},  {9, 8, 0, 0, 0},         {25, 45, 25, 30, 6},
                {1, 44, 1, 30, 30}, {UINT64_MAX, 9, 0, 0, 0}};
    open_or_fail(rig);
    append_batches(rig, 9);
    assert_true(rd_rig_wait(rig));
    assert_int_equal(rig->acked, 45);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct collected seen = {0, 0, 0};
        assert_int_equal(rig->ledger->ops->each_entry(rig->ledger, rows[i].from, rows[i].to,
                                                      collect, &seen, &rig->why),
                         RD_OK);
        assert_int_equal(seen.first, rows[i].first);
        assert_int_equal(seen.last, rows[i].last);
        assert_int_equal(seen.count, rows[i].count);
    }
}

static bool is_like(const struct rd_ledger_entry *a, const struct rd_ledger_entry *b, uint32_t kind)
{
    bool same_feed = rd_text_present(a->feed) == rd_text_present(b->feed) &&
                     (!rd_text_present(a->feed) || rd_text_equal(a->feed, b->feed));
    return b->kind == kind && a->referral == b->referral && same_feed;
}

/* Of one kind, with the referral and the feed of an entry: all of them, in pieces, from anywhere.
 */
static void entries_like_another(void **state)
{
    struct rd_rig *rig = *state;
    static struct rd_rig_entry one, other;
    enum { PIECE = 2 };
    struct rd_ledger_reader *reader = NULL;
    struct rd_errbuf why;
    size_t in_all = 0;
    open_or_fail(rig);
    append_batches(rig, 60);
    assert_true(rd_rig_wait(rig));
    assert_int_equal(rd_ledger_reader_open(&rig->options, &reader, &why), RD_OK);
    for (uint64_t number = 1; number <= 40; number++) {
        uint64_t from = number + 1, found[PIECE];
        size_t count = PIECE, at = 0;
        rd_rig_make_entry(number, &one);
        for (uint64_t next = from; next <= rig->acked; next++) {
            rd_rig_make_entry(next, &other);
            if (!is_like(&one.entry, &other.entry, one.entry.kind))
                continue;
            if (at == 0) {
                assert_int_equal(rd_ledger_reader_like(reader, number, one.entry.kind, from, found,
                                                       PIECE, &count, &why),
                                 RD_OK);
                assert_in_range(count, 1, PIECE);
            }
            assert_int_equal(found[at++], next);
            in_all++;
            from = next + 1;
            at = at == count ? 0 : at;
        }
        assert_int_equal(
            rd_ledger_reader_like(reader, number, one.entry.kind, from, found, PIECE, &count, &why),
            RD_OK);
        assert_int_equal(count, 0);
    }
    assert_in_range(in_all, 10, 100000);
    rd_ledger_reader_close(reader);
}

static void bodies_by_number(void **state)
{
    struct rd_rig *rig = *state;
    static struct rd_rig_entry expected;
    struct rd_ledger_reader *reader = NULL;
    struct rd_errbuf why;
    struct rd_buf out;
    open_or_fail(rig);
    append_batches(rig, 30);
    assert_true(rd_rig_wait(rig));
    assert_int_equal(rd_ledger_reader_open(&rig->options, &reader, &why), RD_OK);
    rd_buf_init(&out, rd_alloc_heap());
    for (uint64_t number = 1; number <= rig->acked; number += 3) {
        rd_rig_make_entry(number, &expected);
        rd_buf_clear(&out);
        assert_int_equal(rd_ledger_reader_body(reader, number, &out, &why), RD_OK);
        assert_int_equal(out.len, expected.entry.body.len);
        assert_true(rd_text_equal(rd_buf_text(&out), expected.entry.body));
    }
    /* An append after the reader opened is seen by it. */
    append_batches(rig, 1);
    assert_true(rd_rig_wait(rig));
    assert_int_equal(rd_ledger_reader_body(reader, rig->acked, &out, &why), RD_OK);
    assert_int_equal(rd_ledger_reader_body(reader, rig->acked + 1, &out, &why), RD_E_NOTFOUND);
    assert_int_equal(rd_ledger_reader_body(reader, 0, &out, &why), RD_E_NOTFOUND);
    rd_buf_fini(&out);
    rd_ledger_reader_close(reader);
    rig->key[0] ^= 1;
    assert_int_equal(rd_ledger_reader_open(&rig->options, &reader, &why), RD_E_DENIED);
    assert_null(reader);
    rig->key[0] ^= 1;
}

static void checkpoints_keep_the_log_small(void **state)
{
    struct rd_rig *rig = *state;
    struct rd_ledger_sqlite_stats stats;
    rig->options.checkpoint_pages = 50;
    open_or_fail(rig);
    for (int i = 0; i < 40; i++) {
        append_batches(rig, 9);
        assert_true(rd_rig_wait(rig));
    }
    rd_ledger_sqlite_stats(rig->ledger, &stats);
    assert_true(stats.checkpoints > 5);
    assert_int_equal(stats.checkpoints_blocked, 0);
    assert_true(stats.wal_pages < 1000);
    assert_int_equal(stats.entries, rig->acked);
    assert_true(stats.commits <= UINT64_C(40) * 9);
    assert_true(rd_ledger_sqlite_free_bytes(rig->ledger) > 0);
    /* A reader that stays in its snapshot: counted, and the log grows instead of stalling. */
    sqlite3 *db = raw(rig);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM entry", NULL, NULL, NULL),
                     SQLITE_OK);
    for (int i = 0; i < 20; i++) {
        append_batches(rig, 9);
        assert_true(rd_rig_wait(rig));
    }
    rd_ledger_sqlite_stats(rig->ledger, &stats);
    assert_true(stats.checkpoints_blocked > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    check_or_fail(rig);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(reads_back_what_was_appended),
        CASE(close_finishes_the_queue),
        CASE(records_without_entries),
        CASE(open_hands_the_records_over),
        CASE(records_are_loaded_while_they_are_read),
        CASE(another_number_is_fenced),
        CASE(an_older_incarnation_is_fenced),
        CASE(a_foreign_write_is_fenced),
        CASE(a_full_queue_is_busy),
        CASE(batches_that_break_the_contract),
        CASE(one_writer_only),
        CASE(a_read_only_ledger_beside_the_writer),
        CASE(a_newer_format_is_refused),
        CASE(another_key_is_refused),
        CASE(no_ledger_where_none_may_be_made),
        CASE(ranges_of_entries),
        CASE(entries_like_another),
        CASE(bodies_by_number),
        CASE(checkpoints_keep_the_log_small),
    };
    return cmocka_run_group_tests_name("ledger_sqlite", tests, NULL, NULL);
}
