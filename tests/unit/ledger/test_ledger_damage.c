/* What is refused at start, by whoever made it: rows changed behind the ledger's back, files lost,
 * exchanged or of different times. And what must not be refused: erasure. */
#include "tests/lib/ledger_rig.h"

#include <inttypes.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
    struct rd_rig *rig = calloc(1, sizeof *rig);
    if (rig == NULL)
        return -1;
    rd_rig_init(rig);
    rig->options.inline_writer = true;
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

static void refused(struct rd_rig *rig, enum rd_err expected, const char *words)
{
    enum rd_err err = rd_rig_open(rig, false);
    if (err != expected || strstr(rig->why.text, words) == NULL)
        print_error("%s: %s (expected \"%s\")\n", rd_err_text(err),
                    err == RD_OK ? "" : rig->why.text, words);
    assert_int_equal(err, expected);
    assert_null(rig->ledger);
    assert_non_null(strstr(rig->why.text, words));
}

/* Entries 1..count. */
static void fill(struct rd_rig *rig, uint64_t count)
{
    open_or_fail(rig);
    while (rig->next <= count) {
        uint64_t left = count - rig->next + 1;
        assert_int_equal(rd_rig_append(rig, left < 50 ? (size_t)left : 50), RD_OK);
    }
    assert_true(rd_rig_wait(rig));
    rd_rig_close(rig);
}

static const char *path_of(const struct rd_rig *rig, const char *name, char path[300])
{
    (void)snprintf(path, 300, "%s/%s", rig->directory, name);
    return path;
}

static void raw_exec(const struct rd_rig *rig, const char *sql)
{
    char path[300];
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path_of(rig, "ledger.db", path), &db), SQLITE_OK);
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        print_error("%s: %s\n", sql, sqlite3_errmsg(db));
    assert_int_equal(rc, SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static size_t load(const struct rd_rig *rig, const char *name, unsigned char *bytes, size_t size)
{
    char path[300];
    FILE *file = fopen(path_of(rig, name, path), "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, size, file);
    assert_int_equal(fclose(file), 0);
    return len;
}

static void store(const struct rd_rig *rig, const char *name, const unsigned char *bytes,
                  size_t len)
{
    char path[300];
    FILE *file = fopen(path_of(rig, name, path), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void lose(const struct rd_rig *rig, const char *name)
{
    char path[300];
    assert_int_equal(unlink(path_of(rig, name, path)), 0);
}

/* Every row changed by hand, each on a ledger of its own with 60 entries. */
static void rows_changed_behind_its_back(void **state)
{
    static const struct {
        const char *sql, *words;
    } rows[] = {
        {"UPDATE entry SET kind = kind + 1 WHERE number = 17",
         "entry 17: its hash does not follow"},
        {"UPDATE entry SET at = at + 1 WHERE number = 1", "entry 1: its hash does not follow"},
        {"UPDATE entry SET referral = 0 WHERE number = 19", "entry 19: its hash does not follow"},
        {"UPDATE entry SET feed = NULL WHERE number = 18", "entry 18: its hash does not follow"},
        {"UPDATE entry SET feed = x'' WHERE number = 20", "entry 20: its hash does not follow"},
        {"UPDATE entry SET format = 2 WHERE number = 5", "entry 5: its header is damaged"},
        {"UPDATE entry SET hash = zeroblob(32) WHERE number = 60", "entry 60 is not the one"},
        {"UPDATE entry SET hash = x'00' WHERE number = 30", "entry 30: its header is damaged"},
        {"UPDATE entry SET body_hash = zeroblob(32) WHERE number = 9", "entry 9: its body"},
        {"DELETE FROM entry WHERE number = 33", "entry 33: it is missing"},
        {"DELETE FROM entry WHERE number = 60", "entry 60: it is missing"},
        {"DELETE FROM entry WHERE number = 60; DELETE FROM body WHERE number = 60", "entry 60"},
        {"DELETE FROM body WHERE number = 60", "the body table ends at entry 59"},
        {"INSERT INTO entry SELECT 61, format, at, kind, referral, feed, body_hash, hash FROM "
         "entry "
         "WHERE number = 60",
         "the chain ends at entry 61"},
        {"DELETE FROM body WHERE number = 44", "entry 44: its body is missing and was not erased"},
        {"UPDATE body SET salt = NULL, nonce = NULL WHERE number = 44",
         "entry 44: its body is missing and was not erased"},
        {"UPDATE body SET salt = zeroblob(16) WHERE number = 7",
         "entry 7: its body does not have the hash"},
        {"UPDATE body SET nonce = x'' WHERE number = 8", "entry 8: its body has not the form"},
        {"UPDATE body SET cipher = x'00' WHERE number = 8", "entry 8: its body has not the form"},
        {"UPDATE body SET cipher = zeroblob(length(cipher)) WHERE number = 10",
         "entry 10: its body is damaged"},
        {"UPDATE body SET (salt, nonce, cipher) = (SELECT salt, nonce, cipher FROM body "
         "WHERE number = 11) WHERE number = 12",
         "entry 12: its body is damaged"},
        {"DELETE FROM record WHERE tbl = 1 AND key = CAST('slot-8' AS BLOB)",
         "state records are there"},
        {"UPDATE record SET key = CAST(key || 'x' AS BLOB) WHERE tbl = 2 AND key = CAST('slot-7' "
         "AS BLOB)",
         "state record"},
        {"UPDATE record SET tbl = 3 WHERE tbl = 2 AND key = CAST('slot-7' AS BLOB)", "of table 3"},
        {"UPDATE record SET value = x'00'", "state record 1"},
        {"DELETE FROM seal", "its seal is missing"},
        {"UPDATE seal SET value = zeroblob(50)", "its seal has 50 bytes"},
        {"UPDATE seal SET value = zeroblob(length(value))", "another body key"},
        {"UPDATE seal SET value = CAST(substr(value, 1, 30) || x'ffff' || substr(value, 33) AS "
         "BLOB)",
         "its seal is damaged"},
        {"CREATE TABLE more(x)", "table definitions"},
        {"DROP TABLE body", "table definitions"},
        {"PRAGMA application_id = 5", "application id 5"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_rig rig;
        rd_rig_init(&rig);
        rig.options.inline_writer = true;
        fill(&rig, 60);
        raw_exec(&rig, rows[i].sql);
        rd_rig_close(&rig);
        enum rd_err err = rd_rig_open(&rig, false);
        if (err != RD_E_CORRUPT && err != RD_E_DENIED)
            print_error("%s: %s\n", rows[i].sql, rd_err_text(err));
        assert_true(err == RD_E_CORRUPT || err == RD_E_DENIED);
        if (strstr(rig.why.text, rows[i].words) == NULL)
            print_error("%s: %s (expected \"%s\")\n", rows[i].sql, rig.why.text, rows[i].words);
        assert_non_null(strstr(rig.why.text, rows[i].words));
        rd_rig_fini(&rig);
    }
}

/* One record put back to an older version: it decrypts, but the sum over all shows it. */
static void an_older_record_is_seen(void **state)
{
    struct rd_rig *rig = *state;
    fill(rig, 60);
    raw_exec(rig, "CREATE TABLE kept AS SELECT * FROM record");
    refused(rig, RD_E_CORRUPT, "table definitions");
    char path[300], other[300], sql[800];
    (void)snprintf(other, sizeof other, "%s/kept.db", rig->directory);
    (void)path_of(rig, "ledger.db", path);
    (void)snprintf(sql, sizeof sql,
                   "ATTACH '%s' AS aside; CREATE TABLE aside.kept AS SELECT * FROM main.kept; "
                   "DROP TABLE main.kept",
                   other);
    raw_exec(rig, sql);
    fill(rig, 110);
    (void)snprintf(sql, sizeof sql,
                   "ATTACH '%s' AS aside; UPDATE main.record SET value = (SELECT value FROM "
                   "aside.kept WHERE kept.tbl = 2 AND kept.key = CAST('slot-1' AS BLOB)) "
                   "WHERE tbl = 2 AND key = CAST('slot-1' AS BLOB)",
                   other);
    raw_exec(rig, sql);
    refused(rig, RD_E_CORRUPT, "an older version");
}

static void the_head_is_missing(void **state)
{
    struct rd_rig *rig = *state;
    fill(rig, 5);
    lose(rig, "ledger.head");
    refused(rig, RD_E_CORRUPT, "ledger.head is missing");
}

static void both_slots_of_the_head_are_damaged(void **state)
{
    struct rd_rig *rig = *state;
    unsigned char bytes[8192];
    fill(rig, 5);
    size_t len = load(rig, "ledger.head", bytes, sizeof bytes);
    bytes[20] ^= 1;
    bytes[4096 + 20] ^= 1;
    store(rig, "ledger.head", bytes, len);
    refused(rig, RD_E_CORRUPT, "ledger.head is damaged");
    bytes[20] ^= 1;
    store(rig, "ledger.head", bytes, len);
    open_or_fail(rig);
}

/* A database put back from an earlier time, beside the head of now. */
static void the_head_is_ahead(void **state)
{
    struct rd_rig *rig = *state;
    static unsigned char bytes[1 << 20];
    fill(rig, 20);
    size_t len = load(rig, "ledger.db", bytes, sizeof bytes);
    fill(rig, 31);
    store(rig, "ledger.db", bytes, len);
    refused(rig, RD_E_CORRUPT, "entries 21 to 31 are lost");
    assert_non_null(strstr(rig->why.text, "ledger restore"));
}

static void records_alone_are_lost(void **state)
{
    struct rd_rig *rig = *state;
    static unsigned char bytes[1 << 20];
    const struct rd_ledger_record record = {.table = 1, .key = RD_TEXT("k"), .value = RD_TEXT("v")};
    fill(rig, 20);
    size_t len = load(rig, "ledger.db", bytes, sizeof bytes);
    open_or_fail(rig);
    struct rd_ledger_batch batch = {.expected_next = 21, .records = &record, .records_count = 1};
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    rd_rig_close(rig);
    store(rig, "ledger.db", bytes, len);
    refused(rig, RD_E_CORRUPT, "state records written after entry 20 are lost");
}

/* Two ledgers with the same key: the head of one beside the database of the other. */
static void the_head_of_another_ledger(void **state)
{
    struct rd_rig *rig = *state, other;
    unsigned char bytes[8192];
    fill(rig, 20);
    rd_rig_init(&other);
    other.options.inline_writer = true;
    fill(&other, 12);
    size_t len = load(&other, "ledger.head", bytes, sizeof bytes);
    store(rig, "ledger.head", bytes, len);
    rd_rig_fini(&other);
    refused(rig, RD_E_CORRUPT, "entry 12 is not the one that ledger.head speaks of");
}

static void the_database_is_missing(void **state)
{
    struct rd_rig *rig = *state;
    unsigned char junk[100] = {1};
    fill(rig, 5);
    lose(rig, "ledger.db");
    refused(rig, RD_E_CORRUPT, "ledger.db is missing, but ledger.head is there");
    lose(rig, "ledger.head");
    store(rig, "ledger.db-wal", junk, sizeof junk);
    refused(rig, RD_E_CORRUPT, "ledger.db is missing, but ledger.db-wal is there");
    lose(rig, "ledger.db-wal");
    open_or_fail(rig);
}

static void the_database_is_something_else(void **state)
{
    struct rd_rig *rig = *state;
    static unsigned char junk[8192];
    memset(junk, 'x', sizeof junk);
    fill(rig, 5);
    store(rig, "ledger.db", junk, sizeof junk);
    refused(rig, RD_E_CORRUPT, "not a database");
    store(rig, "ledger.db", junk, 0);
    refused(rig, RD_E_CORRUPT, "ledger.db is missing");
}

/* Bodies before the last full span are left to the whole check. */
static void old_damage_is_found_by_the_whole_check(void **state)
{
    struct rd_rig *rig = *state;
    struct rd_ledger_report report;
    static struct rd_ledger_entry many[1000];
    open_or_fail(rig);
    for (uint64_t first = 1; first <= 8999; first += 1000) {
        for (size_t i = 0; i < 1000; i++)
            many[i] = (struct rd_ledger_entry){.number = first + i, .body = RD_TEXT("small")};
        struct rd_ledger_batch batch = {
            .expected_next = first, .entries = many, .entries_count = 1000};
        assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    }
    rd_rig_close(rig);
    assert_int_equal(rig->failed, 0);
    raw_exec(rig, "UPDATE body SET cipher = zeroblob(21) WHERE number = 4000");
    assert_int_equal(rd_rig_open(rig, false), RD_OK);
    assert_int_equal(rig->acked, 9000);
    assert_int_equal(rd_ledger_sqlite_verify(rig->ledger, NULL, NULL, &report, &rig->why),
                     RD_E_CORRUPT);
    assert_non_null(strstr(rig->why.text, "entry 4000"));
    rd_rig_close(rig);
    assert_int_equal(rd_rig_open(rig, true), RD_E_CORRUPT);
    assert_non_null(strstr(rig->why.text, "entry 4000"));
    /* After the anchor it is found at once, and so is an anchor that was changed. */
    raw_exec(rig, "UPDATE body SET cipher = zeroblob(21) WHERE number = 4097");
    refused(rig, RD_E_CORRUPT, "entry 4097");
    raw_exec(rig, "UPDATE entry SET hash = zeroblob(32) WHERE number = 4096");
    raw_exec(rig, "UPDATE body SET cipher = (SELECT cipher FROM body WHERE number = 4098), nonce = "
                  "(SELECT nonce FROM body WHERE number = 4098) WHERE number = 4097");
    refused(rig, RD_E_CORRUPT, "entry 4097");
}

struct seen {
    uint64_t absent, count;
};

static bool count_absent(void *context, const struct rd_ledger_entry *entry)
{
    struct seen *seen = context;
    seen->count++;
    if (!rd_text_present(entry->body))
        seen->absent = entry->number;
    return true;
}

static void an_erased_body_leaves_the_chain_whole(void **state)
{
    struct rd_rig *rig = *state;
    struct rd_ledger_report report;
    struct rd_ledger_reader *reader = NULL;
    struct rd_buf out;
    struct seen seen = {0, 0};
    fill(rig, 30);
    open_or_fail(rig);
    assert_int_equal(rd_ledger_sqlite_erase(rig->ledger, 0, &rig->why), RD_E_NOTFOUND);
    assert_int_equal(rd_ledger_sqlite_erase(rig->ledger, 31, &rig->why), RD_E_NOTFOUND);
    assert_int_equal(rd_ledger_sqlite_erase(rig->ledger, 13, &rig->why), RD_OK);
    assert_int_equal(rd_ledger_sqlite_erase(rig->ledger, 13, &rig->why), RD_OK);
    assert_int_equal(rd_rig_append(rig, 3), RD_OK);
    rd_rig_close(rig);
    open_or_fail(rig);
    assert_int_equal(rd_ledger_sqlite_verify(rig->ledger, NULL, NULL, &report, &rig->why), RD_OK);
    assert_int_equal(report.entries, 33);
    assert_int_equal(report.bodies, 32);
    assert_int_equal(
        rig->ledger->ops->each_entry(rig->ledger, 1, UINT64_MAX, count_absent, &seen, &rig->why),
        RD_OK);
    assert_int_equal(seen.count, 33);
    assert_int_equal(seen.absent, 13);
    rd_buf_init(&out, rd_alloc_heap());
    assert_int_equal(rd_ledger_reader_open(&rig->options, &reader, &rig->why), RD_OK);
    assert_int_equal(rd_ledger_reader_body(reader, 13, &out, &rig->why), RD_E_NOTFOUND);
    assert_non_null(strstr(rig->why.text, "erased"));
    assert_int_equal(rd_ledger_reader_body(reader, 14, &out, &rig->why), RD_OK);
    rd_ledger_reader_close(reader);
    rd_buf_fini(&out);
    rd_rig_close(rig);
    /* The mark of one entry does not pass for another's. */
    raw_exec(rig, "UPDATE body SET (salt, nonce, cipher) = (SELECT salt, nonce, cipher FROM body "
                  "WHERE number = 13) WHERE number = 14");
    refused(rig, RD_E_CORRUPT, "entry 14: its body is missing and was not erased");
}

static void nothing_of_an_erased_body_is_left(void **state)
{
    struct rd_rig *rig = *state;
    static unsigned char before[1 << 20], after[1 << 20];
    char path[300];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    unsigned char cipher[64];
    fill(rig, 30);
    assert_int_equal(sqlite3_open(path_of(rig, "ledger.db", path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT number, substr(cipher, 1, 64) FROM body "
                                        "WHERE length(cipher) > 1000 LIMIT 1",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    uint64_t number = (uint64_t)sqlite3_column_int64(statement, 0);
    memcpy(cipher, sqlite3_column_blob(statement, 1), sizeof cipher);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    size_t len = load(rig, "ledger.db", before, sizeof before);
    open_or_fail(rig);
    assert_int_equal(rd_ledger_sqlite_erase(rig->ledger, number, &rig->why), RD_OK);
    size_t len_after = load(rig, "ledger.db", after, sizeof after);
    rd_rig_close(rig);
    bool was = false, is = false;
    for (size_t i = 0; i + sizeof cipher <= len; i++)
        was = was || memcmp(before + i, cipher, sizeof cipher) == 0;
    for (size_t i = 0; i + sizeof cipher <= len_after; i++)
        is = is || memcmp(after + i, cipher, sizeof cipher) == 0;
    assert_true(was);
    assert_false(is);
}

static void a_running_router_is_not_edited(void **state)
{
    struct rd_rig *rig = *state;
    rig->options.inline_writer = false;
    open_or_fail(rig);
    assert_int_equal(rd_rig_append(rig, 3), RD_OK);
    assert_true(rd_rig_wait(rig));
    assert_int_equal(rd_ledger_sqlite_erase(rig->ledger, 1, &rig->why), RD_E_UNSUPPORTED);
    assert_int_equal(rd_ledger_sqlite_clear_records(rig->ledger, &rig->why), RD_E_UNSUPPORTED);
    assert_non_null(strstr(rig->why.text, "stop the router"));
}

/* Damaged state records are made anew from the entries. */
static void records_are_rebuilt(void **state)
{
    struct rd_rig *rig = *state;
    const struct rd_ledger_record record = {
        .table = 1, .key = RD_TEXT("slot-2"), .value = RD_TEXT("written by 2  ")};
    fill(rig, 2);
    raw_exec(rig, "UPDATE record SET value = zeroblob(80)");
    refused(rig, RD_E_CORRUPT, "ledger rebuild");
    rig->options.rebuild = true;
    open_or_fail(rig);
    rig->options.rebuild = false;
    assert_int_equal(rd_ledger_sqlite_clear_records(rig->ledger, &rig->why), RD_OK);
    struct rd_ledger_batch batch = {.expected_next = 3, .records = &record, .records_count = 1};
    assert_int_equal(rig->ledger->ops->append(rig->ledger, &batch), RD_OK);
    rd_rig_close(rig);
    open_or_fail(rig);
    assert_false(rd_rig_check(rig)); /* the record of entry 1 is still missing */
    assert_non_null(strstr(rig->why.text, "slot 1"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(rows_changed_behind_its_back),
        CASE(an_older_record_is_seen),
        CASE(the_head_is_missing),
        CASE(both_slots_of_the_head_are_damaged),
        CASE(the_head_is_ahead),
        CASE(records_alone_are_lost),
        CASE(the_head_of_another_ledger),
        CASE(the_database_is_missing),
        CASE(the_database_is_something_else),
        CASE(old_damage_is_found_by_the_whole_check),
        CASE(an_erased_body_leaves_the_chain_whole),
        CASE(nothing_of_an_erased_body_is_left),
        CASE(a_running_router_is_not_edited),
        CASE(records_are_rebuilt),
    };
    return cmocka_run_group_tests_name("ledger_damage", tests, NULL, NULL);
}
