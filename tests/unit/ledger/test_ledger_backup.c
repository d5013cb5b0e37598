/* Backup beside a running writer, restore, and what each of them refuses. */
#include "tests/lib/ledger_rig.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct rd_rig rig, other; /* other: where backups are restored to */
    char backup[300];
};

static void remove_backup(const char *directory)
{
    static const char *const names[] = {"ledger.db", "ledger.head", "ledger.db-journal",
                                        "ledger.db-wal", "ledger.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[400];
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        (void)unlink(path); /* not all of them are there */
    }
    (void)rmdir(directory); /* a leftover in the temporary directory fails no test */
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL)
        return -1;
    rd_rig_init(&fixture->rig);
    rd_rig_init(&fixture->other);
    (void)snprintf(fixture->backup, sizeof fixture->backup, "%s-backup", fixture->rig.directory);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    char partial[320];
    remove_backup(fixture->backup);
    (void)snprintf(partial, sizeof partial, "%s.partial", fixture->backup);
    remove_backup(partial);
    rd_rig_fini(&fixture->rig);
    rd_rig_fini(&fixture->other);
    free(fixture);
    return 0;
}

static void ok(enum rd_err err, const struct rd_errbuf *why)
{
    if (err != RD_OK)
        print_error("%s: %s\n", rd_err_text(err), why->text);
    assert_int_equal(err, RD_OK);
}

static void append(struct rd_rig *rig, int batches)
{
    for (int i = 0; i < batches; i++)
        assert_int_equal(rd_rig_append(rig, (size_t)(1 + i % 9)), RD_OK);
    assert_true(rd_rig_wait(rig));
}

static bool there(const char *directory, const char *name)
{
    char path[400];
    struct stat about;
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return stat(path, &about) == 0;
}

static void restored_is_what_was_backed_up(void **state)
{
    struct fixture *fixture = *state;
    struct rd_rig *rig = &fixture->rig, *other = &fixture->other;
    struct rd_errbuf why;
    ok(rd_rig_open(rig, true), &rig->why);
    append(rig, 40);
    assert_false(rd_ledger_sqlite_restored(rig->ledger));
    uint64_t last = rig->acked;
    ok(rd_ledger_sqlite_backup(rig->ledger, fixture->backup, &why), &why);
    assert_true(there(fixture->backup, "ledger.db") && there(fixture->backup, "ledger.head"));
    assert_false(there(fixture->backup, "ledger.db-wal"));
    append(rig, 10); /* after the backup: not in it */
    ok(rd_ledger_sqlite_restore(&other->options, fixture->backup, &why), &why);
    ok(rd_rig_open(other, true), &other->why);
    assert_int_equal(other->acked, last);
    assert_true(rd_rig_check(other));
    assert_true(rd_ledger_sqlite_restored(other->ledger));
    append(other, 5); /* without a new incarnation it stays marked */
    rd_rig_close(other);
    ok(rd_rig_open(other, true), &other->why);
    assert_true(rd_ledger_sqlite_restored(other->ledger));
    const struct rd_ledger_batch batch = {.expected_next = other->next, .incarnation = 99};
    assert_int_equal(other->ledger->ops->append(other->ledger, &batch), RD_OK);
    rd_rig_close(other);
    ok(rd_rig_open(other, true), &other->why);
    assert_false(rd_ledger_sqlite_restored(other->ledger));
    assert_true(rd_rig_check(other));
}

struct writing {
    struct rd_rig *rig;
    pthread_mutex_t mutex;
    bool stop;
};

static bool stopping(struct writing *writing)
{
    pthread_mutex_lock(&writing->mutex);
    bool stop = writing->stop;
    pthread_mutex_unlock(&writing->mutex);
    return stop;
}

/* The loop thread of a running router. */
static void *write_on(void *context)
{
    struct writing *writing = context;
    while (!stopping(writing)) {
        if (rd_rig_append(writing->rig, 7) != RD_OK || !rd_rig_wait(writing->rig))
            return writing;
    }
    return NULL;
}

static void backup_beside_a_running_writer(void **state)
{
    struct fixture *fixture = *state;
    struct rd_rig *rig = &fixture->rig, *other = &fixture->other;
    struct rd_ledger *beside = NULL;
    struct rd_errbuf why;
    pthread_t thread;
    void *failed = NULL;
    struct writing writing = {.rig = rig};
    struct rd_ledger_sqlite_options options = rig->options;
    rig->options.checkpoint_pages = 64;
    ok(rd_rig_open(rig, true), &rig->why);
    append(rig, 100);
    uint64_t before = rig->acked;
    pthread_mutex_init(&writing.mutex, NULL);
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writing), 0);
    options.read_only = true;
    enum rd_err opened = rd_ledger_sqlite_open(&options, false, &beside, &why);
    enum rd_err made = RD_E_BUG;
    if (opened == RD_OK) {
        made = rd_ledger_sqlite_backup(beside, fixture->backup, &why);
        beside->ops->close(beside);
    }
    pthread_mutex_lock(&writing.mutex);
    writing.stop = true;
    pthread_mutex_unlock(&writing.mutex);
    assert_int_equal(pthread_join(thread, &failed), 0);
    pthread_mutex_destroy(&writing.mutex);
    ok(opened, &why);
    ok(made, &why);
    assert_null(failed);
    assert_true(rig->acked > before);
    assert_true(rd_rig_check(rig));
    ok(rd_ledger_sqlite_restore(&other->options, fixture->backup, &why), &why);
    ok(rd_rig_open(other, true), &other->why);
    assert_in_range(other->acked, before, rig->acked);
    assert_true(rd_rig_check(other));
}

/* A state directory copied while its router was down is a backup too. */
static void a_closed_directory_can_be_restored(void **state)
{
    struct fixture *fixture = *state;
    struct rd_errbuf why;
    ok(rd_rig_open(&fixture->rig, true), &fixture->rig.why);
    append(&fixture->rig, 20);
    rd_rig_close(&fixture->rig);
    ok(rd_ledger_sqlite_restore(&fixture->other.options, fixture->rig.directory, &why), &why);
    ok(rd_rig_open(&fixture->other, true), &fixture->other.why);
    assert_int_equal(fixture->other.acked, fixture->rig.acked);
}

static void backup_refuses_what_is_there(void **state)
{
    struct fixture *fixture = *state;
    struct rd_errbuf why;
    ok(rd_rig_open(&fixture->rig, true), &fixture->rig.why);
    append(&fixture->rig, 5);
    assert_int_equal(rd_ledger_sqlite_backup(fixture->rig.ledger, fixture->other.directory, &why),
                     RD_E_CONFLICT);
    assert_non_null(strstr(why.text, fixture->other.directory));
    assert_int_equal(rd_ledger_sqlite_backup(fixture->rig.ledger, "/nowhere/at/all/backup", &why),
                     RD_E_IO);
    /* What an interrupted one left is replaced. */
    char partial[320], path[400];
    (void)snprintf(partial, sizeof partial, "%s.partial", fixture->backup);
    assert_int_equal(mkdir(partial, S_IRWXU), 0);
    (void)snprintf(path, sizeof path, "%s/ledger.db", partial);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("half a backup", file) >= 0);
    assert_int_equal(fclose(file), 0);
    ok(rd_ledger_sqlite_backup(fixture->rig.ledger, fixture->backup, &why), &why);
    assert_int_equal(rd_ledger_sqlite_backup(fixture->rig.ledger, fixture->backup, &why),
                     RD_E_CONFLICT);
}

static void restore_refuses_to_overwrite(void **state)
{
    struct fixture *fixture = *state;
    struct rd_errbuf why;
    ok(rd_rig_open(&fixture->rig, true), &fixture->rig.why);
    append(&fixture->rig, 5);
    ok(rd_ledger_sqlite_backup(fixture->rig.ledger, fixture->backup, &why), &why);
    /* Running: the lock. Closed: the files. */
    assert_int_equal(rd_ledger_sqlite_restore(&fixture->rig.options, fixture->backup, &why),
                     RD_E_FENCED);
    rd_rig_close(&fixture->rig);
    assert_int_equal(rd_ledger_sqlite_restore(&fixture->rig.options, fixture->backup, &why),
                     RD_E_CONFLICT);
    assert_non_null(strstr(why.text, "ledger.db"));
    ok(rd_rig_open(&fixture->rig, true), &fixture->rig.why);
    assert_true(rd_rig_check(&fixture->rig));
    rd_rig_close(&fixture->rig);
    /* The database is lost, its head is left: this is what restore is for. */
    char path[400];
    (void)snprintf(path, sizeof path, "%s/ledger.db", fixture->rig.directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rd_rig_open(&fixture->rig, true), RD_E_CORRUPT);
    ok(rd_ledger_sqlite_restore(&fixture->rig.options, fixture->backup, &why), &why);
    ok(rd_rig_open(&fixture->rig, true), &fixture->rig.why);
    assert_true(rd_rig_check(&fixture->rig));
}

static void a_damaged_backup_is_not_restored(void **state)
{
    struct fixture *fixture = *state;
    struct rd_errbuf why;
    char path[400];
    ok(rd_rig_open(&fixture->rig, true), &fixture->rig.why);
    append(&fixture->rig, 20);
    ok(rd_ledger_sqlite_backup(fixture->rig.ledger, fixture->backup, &why), &why);
    (void)snprintf(path, sizeof path, "%s/ledger.db", fixture->backup);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 40 * 4096 + 3000, SEEK_SET), 0);
    assert_true(fputs("damage over a few bytes of some body", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rd_ledger_sqlite_restore(&fixture->other.options, fixture->backup, &why),
                     RD_E_CORRUPT);
    assert_false(there(fixture->other.directory, "ledger.db"));
    fixture->rig.options.body_key = (const unsigned char *)"another key of thirty-two bytes!";
    struct rd_ledger_sqlite_options options = fixture->other.options;
    options.body_key = fixture->rig.options.body_key;
    assert_int_equal(rd_ledger_sqlite_restore(&options, fixture->backup, &why), RD_E_DENIED);
    assert_int_equal(rd_ledger_sqlite_restore(&options, "/nowhere/at/all", &why), RD_E_IO);
}

static void a_full_verification_reports(void **state)
{
    struct fixture *fixture = *state;
    struct rd_ledger_report report;
    struct rd_rig *rig = &fixture->rig;
    ok(rd_rig_open(rig, true), &rig->why);
    append(rig, 45);
    ok(rd_ledger_sqlite_verify(rig->ledger, NULL, NULL, &report, &rig->why), &rig->why);
    assert_int_equal(report.entries, rig->acked);
    assert_int_equal(report.bodies, rig->acked);
    assert_int_equal(report.head.number, rig->acked);
    assert_in_range(report.records, 20, RD_RIG_SLOTS);
    struct rd_ledger_head head = rig->ledger->ops->head(rig->ledger);
    assert_memory_equal(report.head.hash, head.hash, sizeof head.hash);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(restored_is_what_was_backed_up),     CASE(backup_beside_a_running_writer),
        CASE(a_closed_directory_can_be_restored), CASE(backup_refuses_what_is_there),
        CASE(restore_refuses_to_overwrite),       CASE(a_damaged_backup_is_not_restored),
        CASE(a_full_verification_reports),
    };
    return cmocka_run_group_tests_name("ledger_backup", tests, NULL, NULL);
}
