/* One flipped bit anywhere: the ledger starts with everything as it was (nothing used that bit), or
 * refuses, says where, and leaves the files as they are. Never anything between. */
#include "tests/lib/crash_vfs.h"
#include "tests/lib/ledger_rig.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FILES = 3, FLIPS_OF_A_BIG_FILE = 400, FLIPS_OF_THE_HEAD = 200 };
static const char *const file_names[FILES] = {"ledger.db", "ledger.db-wal", "ledger.head"};

struct flips {
    struct rd_rig rig;
    struct rd_crash_vfs *vfs;
    struct rd_buf files[FILES]; /* the undamaged state */
    bool there[FILES];
    uint64_t last; /* entry */
    struct rd_crash_disk dice;
    int refused, harmless;
};

static const char *path_of(const struct flips *flips, size_t file, char path[300])
{
    (void)snprintf(path, 300, "%s/%s", flips->rig.directory, file_names[file]);
    return path;
}

static void save(struct flips *flips)
{
    char path[300];
    for (size_t i = 0; i < FILES; i++) {
        rd_buf_clear(&flips->files[i]);
        flips->there[i] =
            rd_crash_vfs_read(flips->vfs, path_of(flips, i, path), &flips->files[i]) &&
            flips->files[i].len > 0;
        assert_false(flips->files[i].failed);
    }
}

static void put_back(struct flips *flips)
{
    char path[300];
    for (size_t i = 0; i < FILES; i++) {
        if (flips->there[i])
            rd_crash_vfs_write(flips->vfs, path_of(flips, i, path), flips->files[i].bytes,
                               flips->files[i].len);
        else
            rd_crash_vfs_remove(flips->vfs, path_of(flips, i, path));
    }
}

static void assert_untouched(struct flips *flips)
{
    char path[300];
    for (size_t i = 0; i < FILES; i++) {
        struct rd_buf now;
        rd_buf_init(&now, rd_alloc_heap());
        bool there = rd_crash_vfs_read(flips->vfs, path_of(flips, i, path), &now) && now.len > 0;
        assert_int_equal(there, flips->there[i]);
        assert_int_equal(now.len, flips->files[i].len);
        if (there)
            assert_memory_equal(now.bytes, flips->files[i].bytes, now.len);
        rd_buf_fini(&now);
    }
}

/* Whether what opened is everything, unchanged, and works. */
static bool whole(struct rd_rig *rig, uint64_t last)
{
    struct rd_ledger_report report;
    if (rig->acked != last) {
        (void)rd_fail(&rig->why, RD_E_BUG, "it ends at entry %" PRIu64 ", not %" PRIu64, rig->acked,
                      last);
        return false;
    }
    return rd_rig_check(rig) &&
           rd_ledger_sqlite_verify(rig->ledger, NULL, NULL, &report, &rig->why) == RD_OK &&
           rd_rig_append(rig, 5) == RD_OK && rd_rig_wait(rig) && rd_rig_check(rig);
}

/* Names the entry, page, table, file or transaction that is damaged. */
static bool says_where(const char *text)
{
    static const char *const words[] = {"entry ", "age ",   "record", "seal",  "ledger.head",
                                        "table",  "schema", "page",   "format"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(text, words[i]) != NULL)
            return true;
    return false;
}

static void flip_one(struct flips *flips, size_t file, size_t bit)
{
    struct rd_rig *rig = &flips->rig;
    flips->files[file].bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    put_back(flips);
    rig->why.text[0] = '\0';
    enum rd_err err = rd_rig_open(rig, bit % 2 == 0);
    if (err == RD_OK) {
        bool good = whole(rig, flips->last);
        if (!good)
            print_error("%s bit %zu: opened, but: %s\n", file_names[file], bit, rig->why.text);
        assert_true(good);
        rd_rig_close(rig);
        flips->harmless++;
    } else {
        if (!says_where(rig->why.text))
            print_error("%s bit %zu: %s\n", file_names[file], bit, rig->why.text);
        assert_true(says_where(rig->why.text));
        assert_untouched(flips);
        flips->refused++;
    }
    flips->files[file].bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
}

static void flip_many(struct flips *flips, size_t file, int times, bool dense)
{
    size_t bits = flips->files[file].len * 8;
    flips->refused = flips->harmless = 0;
    rd_require(bits > 0);
    /* A quarter of them early in the file, where headers are. */
    for (int i = 0; i < times; i++)
        flip_one(flips, file,
                 rd_crash_random(&flips->dice) %
                     (dense && i % 4 == 0 && bits > 8192 ? 8192 : bits));
    print_message("%s, %zu bytes: %d flips: %d refused, %d without effect\n", file_names[file],
                  flips->files[file].len, times, flips->refused, flips->harmless);
}

static int setup(void **state)
{
    struct flips *flips = calloc(1, sizeof *flips);
    if (flips == NULL)
        return -1;
    rd_rig_init(&flips->rig);
    for (size_t i = 0; i < FILES; i++)
        rd_buf_init(&flips->files[i], rd_alloc_heap());
    flips->vfs = rd_crash_vfs_register("flips", 1);
    flips->dice.random = 4711;
    flips->rig.options.vfs = "flips";
    flips->rig.options.inline_writer = true;
    *state = flips;
    return 0;
}

static int teardown(void **state)
{
    struct flips *flips = *state;
    rd_rig_close(&flips->rig);
    rd_crash_vfs_unregister(flips->vfs);
    for (size_t i = 0; i < FILES; i++)
        rd_buf_fini(&flips->files[i]);
    rd_rig_fini(&flips->rig);
    free(flips);
    return 0;
}

/* `in_log`: the process ends without closing, so that the newest batches stand in the log only. */
static void fill(struct flips *flips, int batches, bool in_log)
{
    struct rd_rig *rig = &flips->rig;
    assert_int_equal(rd_rig_open(rig, false), RD_OK);
    for (int i = 0; i < batches; i++)
        assert_int_equal(rd_rig_append(rig, (size_t)(1 + i % 7)), RD_OK);
    assert_true(rd_rig_wait(rig));
    flips->last = rig->acked;
    if (in_log)
        rd_crash_vfs_cut(flips->vfs);
    rd_rig_close(rig);
    if (in_log)
        rd_crash_vfs_restore(flips->vfs, false);
    save(flips);
    assert_int_equal(flips->there[1], in_log);
    put_back(flips);
    assert_int_equal(rd_rig_open(rig, true), RD_OK); /* undamaged it is whole */
    assert_true(whole(rig, flips->last));
    rd_rig_close(rig);
}

static void in_a_closed_database(void **state)
{
    struct flips *flips = *state;
    fill(flips, 40, false);
    flip_many(flips, 0, FLIPS_OF_A_BIG_FILE, true);
    assert_true(flips->refused > FLIPS_OF_A_BIG_FILE / 3);
}

static void in_the_log_after_a_crash(void **state)
{
    struct flips *flips = *state;
    fill(flips, 15, false);
    fill(flips, 15, true);
    flip_many(flips, 1, FLIPS_OF_A_BIG_FILE, true);
    assert_true(flips->refused > FLIPS_OF_A_BIG_FILE / 2);
    flip_many(flips, 0, FLIPS_OF_A_BIG_FILE, true);
    assert_true(flips->refused > 0 && flips->harmless > 0);
}

static void in_the_head(void **state)
{
    struct flips *flips = *state;
    fill(flips, 10, true);
    flip_many(flips, 2, FLIPS_OF_THE_HEAD, true);
    /* The other slot stands in. */
    assert_int_equal(flips->harmless, FLIPS_OF_THE_HEAD);
}

/* The two of the requirements, by name: in the log and in the database. */
static void one_in_the_log_is_named(void **state)
{
    struct flips *flips = *state;
    char expected[64];
    fill(flips, 6, false);
    uint64_t closed = flips->last;
    fill(flips, 6, true);
    /* Inside the first frame: SQLite alone drops all frames and starts as if nothing had been. */
    flips->files[1].bytes[32 + 24 + 2000] ^= 4;
    put_back(flips);
    assert_int_equal(rd_rig_open(&flips->rig, false), RD_E_CORRUPT);
    (void)snprintf(expected, sizeof expected, "entries %" PRIu64 " to %" PRIu64 " are lost",
                   closed + 6, flips->last);
    if (strstr(flips->rig.why.text, expected) == NULL)
        print_error("%s\n", flips->rig.why.text);
    assert_non_null(strstr(flips->rig.why.text, expected));
    assert_non_null(strstr(flips->rig.why.text, "ledger restore"));
    print_message("one bit in the log: %s\n", flips->rig.why.text);
}

static void one_in_the_database_is_named(void **state)
{
    struct flips *flips = *state;
    fill(flips, 12, false);
    /* Most of the file is bodies; the first place that is not one is passed over. */
    for (size_t at = flips->files[0].len / 2; at < flips->files[0].len; at += 1000) {
        flips->files[0].bytes[at] ^= 1;
        put_back(flips);
        enum rd_err err = rd_rig_open(&flips->rig, false);
        rd_rig_close(&flips->rig);
        flips->files[0].bytes[at] ^= 1;
        if (err == RD_OK || strstr(flips->rig.why.text, "body is damaged") == NULL)
            continue;
        assert_int_equal(err, RD_E_CORRUPT);
        assert_non_null(strstr(flips->rig.why.text, "ledger.db: entry "));
        print_message("one bit in the database: %s\n", flips->rig.why.text);
        return;
    }
    fail_msg("no flip was reported as damage of a body");
}

/* Keys stand in the table and in its index: each is held to the other, and to the tags. */
static void keys_of_records(void **state)
{
    struct flips *flips = *state;
    struct rd_buf *db = &flips->files[0];
    int found = 0, by_index = 0;
    fill(flips, 20, false);
    for (size_t at = 0; at + 6 <= db->len; at++) {
        if (memcmp(db->bytes + at, "slot-2", 6) != 0)
            continue;
        db->bytes[at + 5] ^= 8; /* slot-: */
        put_back(flips);
        assert_int_equal(rd_rig_open(&flips->rig, false), RD_E_CORRUPT);
        db->bytes[at + 5] ^= 8;
        by_index += strstr(flips->rig.why.text, "the index of the state records") != NULL;
        found++;
    }
    assert_true(found >= 10);
    assert_in_range(by_index, 2, found - 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(in_a_closed_database),    CASE(in_the_log_after_a_crash),     CASE(in_the_head),
        CASE(one_in_the_log_is_named), CASE(one_in_the_database_is_named), CASE(keys_of_records),
    };
    return cmocka_run_group_tests_name("ledger_flips", tests, NULL, NULL);
}
