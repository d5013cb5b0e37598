/* Power cuts under load. Every ledger lives through several; each cut falls on a random change that
 * the ledger makes to the disk, at times during its start or its creation. */
#include "tests/lib/crash_vfs.h"
#include "tests/lib/ledger_rig.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LEDGERS = 20, CUTS_OF_A_LEDGER = 10 };

struct tally {
    uint64_t cuts, cuts_at_start, acknowledged, unanswered_kept, checkpoints, lost_ledgers;
    struct rd_crash_counts disk;
};

struct life {
    struct rd_crash_vfs *vfs;
    struct rd_rig *rig;
    struct tally *tally;
    struct rd_crash_disk dice; /* of the test: not the disk's, so that loads repeat */
    uint64_t promised;         /* highest entry that was answered OK or shown at a start */
    uint64_t appended;         /* highest entry ever handed to append */
    char lost[1200];           /* "": nothing */
};

static uint64_t roll(struct life *life, uint64_t bound)
{
    return rd_crash_random(&life->dice) % bound;
}

static void blame(struct life *life, const char *what)
{
    (void)snprintf(life->lost, sizeof life->lost, "%s (promised up to %" PRIu64 ")", what,
                   life->promised);
}

/* Opens and compares with what was promised. False: the power went meanwhile, or something is lost.
 */
static bool start(struct life *life)
{
    struct rd_rig *rig = life->rig;
    enum rd_err err = rd_rig_open(rig, roll(life, 2) == 0);
    if (err != RD_OK) {
        if (rd_crash_vfs_is_cut(life->vfs))
            life->tally->cuts_at_start++;
        else
            blame(life, rig->why.text);
        return false;
    }
    if (rig->acked < life->promised) {
        char text[128];
        (void)snprintf(text, sizeof text, "the chain ends at %" PRIu64, rig->acked);
        blame(life, text);
        return false;
    }
    life->tally->unanswered_kept += rig->acked - life->promised;
    if (rd_rig_check(rig)) {
        life->promised = rig->acked;
        return true;
    }
    if (!rd_crash_vfs_is_cut(life->vfs))
        blame(life, rig->why.text);
    return false;
}

/* Random batches, answered or not, until the power goes. */
static void work(struct life *life)
{
    struct rd_rig *rig = life->rig;
    for (int i = 0; i < 2000 && rig->failed == 0; i++) {
        enum rd_err err = rd_rig_append(rig, (size_t)(1 + roll(life, 20)));
        if (err == RD_E_BUSY || roll(life, 8) == 0)
            (void)rd_rig_wait(rig); /* a failure is what this waits for */
        rig->ledger->ops->drain(rig->ledger);
    }
    rd_crash_vfs_cut(life->vfs);
}

static void live_once(struct life *life)
{
    struct rd_rig *rig = life->rig;
    if (roll(life, 4) == 0)
        rd_crash_vfs_arm(life->vfs, 1 + roll(life, 60));
    if (start(life)) {
        struct rd_ledger_sqlite_stats stats;
        rd_crash_vfs_arm(life->vfs, 1 + roll(life, 600));
        work(life);
        rd_ledger_sqlite_stats(rig->ledger, &stats);
        life->tally->checkpoints += stats.checkpoints;
    }
    rd_crash_vfs_cut(life->vfs);
    rd_rig_close(rig); /* may still deliver what was durable before the cut */
    if (life->lost[0] == '\0' && rig->acked > life->promised) {
        life->tally->acknowledged += rig->acked - life->promised;
        life->promised = rig->acked;
    }
    rd_crash_vfs_restore(life->vfs, true);
    life->tally->cuts++;
}

/* One ledger from creation through all its cuts. Returns whether all that was promised survived. */
static bool live(uint64_t seed, bool inline_writer, bool synchronous_off, struct tally *tally)
{
    struct rd_rig rig;
    struct life life = {.rig = &rig, .tally = tally, .dice = {.random = seed ^ 0x5eed}};
    rd_rig_init(&rig);
    life.vfs = rd_crash_vfs_register("crash", seed);
    rig.options.vfs = "crash";
    rig.options.inline_writer = inline_writer;
    rig.options.synchronous_off = synchronous_off;
    rig.options.checkpoint_pages = (uint32_t)(20 + seed % 200);
    for (int i = 0; i < CUTS_OF_A_LEDGER && life.lost[0] == '\0'; i++)
        live_once(&life);
    if (life.lost[0] == '\0' && !start(&life) && life.lost[0] == '\0')
        blame(&life, "the last start was cut without a cut");
    rd_rig_close(&rig);
    struct rd_crash_counts counts = rd_crash_vfs_counts(life.vfs);
    tally->disk.kept += counts.kept;
    tally->disk.lost += counts.lost;
    tally->disk.torn += counts.torn;
    tally->disk.names_undone += counts.names_undone;
    rd_crash_vfs_unregister(life.vfs);
    rd_rig_fini(&rig);
    if (life.lost[0] == '\0')
        return true;
    tally->lost_ledgers++;
    if (!synchronous_off)
        print_error("seed %" PRIu64 "%s: %s\n", seed, inline_writer ? "" : " (writer thread)",
                    life.lost);
    return false;
}

static void print_tally(const char *what, const struct tally *tally)
{
    print_message("%s: %" PRIu64 " cuts (%" PRIu64 " during a start), %" PRIu64
                  " entries acknowledged, %" PRIu64 " more found durable, %" PRIu64
                  " checkpoints; unsynced writes: %" PRIu64 " kept, %" PRIu64 " lost, %" PRIu64
                  " torn, %" PRIu64 " names undone; ledgers that lost something: %" PRIu64 "\n",
                  what, tally->cuts, tally->cuts_at_start, tally->acknowledged,
                  tally->unanswered_kept, tally->checkpoints, tally->disk.kept, tally->disk.lost,
                  tally->disk.torn, tally->disk.names_undone, tally->lost_ledgers);
}

static void live_all(const char *what, bool inline_writer, bool synchronous_off,
                     struct tally *tally)
{
    for (uint64_t seed = 1; seed <= LEDGERS; seed++)
        (void)live(seed, inline_writer, synchronous_off, tally); /* counted */
    print_tally(what, tally);
}

static void nothing_acknowledged_is_lost_with_a_writer_thread(void **state)
{
    struct tally tally = {.cuts = 0};
    (void)state;
    live_all("writer thread", false, false, &tally);
    assert_int_equal(tally.lost_ledgers, 0);
    assert_int_equal(tally.cuts, LEDGERS * CUTS_OF_A_LEDGER);
    assert_true(tally.acknowledged > 1000);
    assert_true(tally.disk.lost > 0 && tally.disk.torn > 0);
}

static void nothing_acknowledged_is_lost_with_an_inline_writer(void **state)
{
    struct tally tally = {.cuts = 0};
    (void)state;
    live_all("inline writer", true, false, &tally);
    assert_int_equal(tally.lost_ledgers, 0);
    assert_int_equal(tally.cuts, LEDGERS * CUTS_OF_A_LEDGER);
    assert_true(tally.acknowledged > 1000);
    assert_true(tally.cuts_at_start > 0 && tally.checkpoints > 0 && tally.unanswered_kept > 0);
}

/* Shows that the two above can see a loss. */
static void without_syncs_it_is_seen(void **state)
{
    struct tally tally = {.cuts = 0};
    (void)state;
    live_all("synchronous=OFF", true, true, &tally);
    assert_true(tally.lost_ledgers > LEDGERS / 2);
}

/* The last thing a closing ledger does is to rewrite both slots of its head: cut at each of its
 * changes, on many disks. */
static void the_head_survives_its_own_rewriting(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct tally tally = {.cuts = 0};
        struct rd_rig rig;
        struct life life = {.rig = &rig, .tally = &tally};
        rd_rig_init(&rig);
        life.vfs = rd_crash_vfs_register("crash", seed);
        rig.options.vfs = "crash";
        rig.options.inline_writer = true;
        for (uint64_t after = 1; after <= 12 && life.lost[0] == '\0' && start(&life); after++) {
            assert_int_equal(rd_rig_append(&rig, 1), RD_OK);
            assert_true(rd_rig_wait(&rig));
            life.promised = rig.acked;
            rd_crash_vfs_arm(life.vfs, after);
            rd_rig_close(&rig);
            rd_crash_vfs_cut(life.vfs);
            rd_crash_vfs_restore(life.vfs, true);
        }
        if (life.lost[0] != '\0')
            print_error("seed %" PRIu64 ": %s\n", seed, life.lost);
        assert_string_equal(life.lost, "");
        assert_int_equal(life.promised, 12);
        rd_crash_vfs_unregister(life.vfs);
        rd_rig_fini(&rig);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        struct tally tally = {.cuts = 0};
        bool good = live(strtoull(argv[1], NULL, 10), true, false, &tally);
        print_tally("one ledger", &tally);
        return good ? 0 : 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_with_a_writer_thread),
        cmocka_unit_test(nothing_acknowledged_is_lost_with_an_inline_writer),
        cmocka_unit_test(the_head_survives_its_own_rewriting),
        cmocka_unit_test(without_syncs_it_is_seen),
    };
    return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
