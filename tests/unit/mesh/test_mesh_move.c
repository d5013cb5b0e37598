/* Files that are read, written and moved: what a stranger leaves there, what is replaced meanwhile,
 * what a crash leaves half done. */
#include "adapters/mesh/files.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID "0123456789abcdef0123456789abcdef"

struct rig {
    char root[64];
    struct mesh_folders folders;
    struct mesh_file dat, ctl;
    struct mesh_move move;
    struct rd_errbuf why;
};

static int make_folder(struct rig *rig, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", rig->root, name);
    assert_int_equal(mkdir(path, 0700), 0);
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    return fd;
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rd_buf_init(&rig->dat.bytes, rd_alloc_heap());
    rd_buf_init(&rig->ctl.bytes, rd_alloc_heap());
    (void)snprintf(rig->root, sizeof rig->root, "/tmp/rd-mesh-XXXXXX");
    assert_non_null(mkdtemp(rig->root));
    rig->folders.inbox = make_folder(rig, "inbox");
    rig->folders.reports = make_folder(rig, "reports");
    rig->folders.archive = make_folder(rig, "archive");
    rig->folders.quarantine = make_folder(rig, "quarantine");
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    const int folders[] = {rig->folders.inbox, rig->folders.reports, rig->folders.archive,
                           rig->folders.quarantine};
    static const char *const names[] = {"inbox", "reports", "archive", "quarantine"};
    static const char *const files[] = {"a.dat",   "a.ctl",   "x",
                                        ID ".dat", ID ".ctl", ".referral-mesh.moving"};
    char path[128];
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < sizeof files / sizeof files[0]; k++)
            (void)unlinkat(folders[i], files[k], 0);
        (void)snprintf(path, sizeof path, "%s/%s", rig->root, names[i]);
        assert_int_equal(rmdir(path), 0); /* nothing else was left behind */
    }
    assert_int_equal(rmdir(rig->root), 0);
    mesh_folders_close(&rig->folders);
    mesh_file_fini(&rig->dat);
    mesh_file_fini(&rig->ctl);
    free(rig);
    return 0;
}

static void put(int folder, const char *name, const char *text)
{
    assert_int_equal(mesh_file_write(folder, name, rd_text_of(text), NULL), RD_OK);
}

static bool holds(int folder, const char *name, const char *text)
{
    struct mesh_file file;
    enum rd_err err = mesh_file_read(folder, name, 100, &file, NULL);
    bool same = err == RD_OK && rd_text_is(rd_buf_text(&file.bytes), text);
    mesh_file_fini(&file);
    return same;
}

static bool is_there(int folder, const char *name)
{
    return faccessat(folder, name, F_OK, 0) == 0;
}

static void read_pair(struct rig *rig)
{
    put(rig->folders.inbox, "a.dat", "data");
    put(rig->folders.inbox, "a.ctl", "control");
    assert_int_equal(mesh_file_read(rig->folders.inbox, "a.dat", 100, &rig->dat, NULL), RD_OK);
    assert_int_equal(mesh_file_read(rig->folders.inbox, "a.ctl", 100, &rig->ctl, NULL), RD_OK);
    rig->move = (struct mesh_move){
        .id = ID, .dat_name = "a.dat", .ctl_name = "a.ctl", .dat = &rig->dat, .ctl = &rig->ctl};
}

static void a_bound_and_a_hash(void **state)
{
    struct rig *rig = *state;
    struct mesh_file at, over;
    put(rig->folders.inbox, "a.dat", "12345");
    assert_int_equal(mesh_file_read(rig->folders.inbox, "a.dat", 5, &at, NULL), RD_OK);
    assert_false(at.oversize);
    assert_int_equal(mesh_file_read(rig->folders.inbox, "a.dat", 4, &over, NULL), RD_OK);
    assert_true(over.oversize);
    put(rig->folders.inbox, "a.dat", "12346");
    struct mesh_file other;
    assert_int_equal(mesh_file_read(rig->folders.inbox, "a.dat", 5, &other, NULL), RD_OK);
    assert_memory_not_equal(at.hash, other.hash, sizeof at.hash);
    mesh_file_fini(&at);
    mesh_file_fini(&over);
    mesh_file_fini(&other);
}

static void what_is_no_file_is_not_opened(void **state)
{
    struct rig *rig = *state;
    struct mesh_file file;
    assert_int_equal(symlinkat("/etc/passwd", rig->folders.inbox, "x"), 0);
    assert_int_equal(mesh_file_read(rig->folders.inbox, "x", 5, &file, NULL), RD_E_UNSUPPORTED);
    mesh_file_fini(&file);
    assert_int_equal(unlinkat(rig->folders.inbox, "x", 0), 0);
    assert_int_equal(mkfifoat(rig->folders.inbox, "x", 0600), 0);
    assert_int_equal(mesh_file_read(rig->folders.inbox, "x", 5, &file, NULL), RD_E_UNSUPPORTED);
    mesh_file_fini(&file);
    assert_int_equal(mesh_file_read(rig->folders.inbox, ".", 5, &file, NULL), RD_E_UNSUPPORTED);
    mesh_file_fini(&file);
    assert_int_equal(mesh_file_read(rig->folders.inbox, "none", 5, &file, NULL), RD_E_NOTFOUND);
    mesh_file_fini(&file);
}

static void a_pair_moves_together(void **state)
{
    struct rig *rig = *state;
    read_pair(rig);
    assert_int_equal(mesh_move_pair(&rig->folders, &rig->move, &rig->why), RD_OK);
    assert_true(holds(rig->folders.archive, ID ".dat", "data"));
    assert_true(holds(rig->folders.archive, ID ".ctl", "control"));
    assert_false(is_there(rig->folders.inbox, "a.dat") || is_there(rig->folders.inbox, "a.ctl"));
    assert_false(is_there(rig->folders.archive, ".referral-mesh.moving"));
}

/* Somebody put a new file under the name after it was read: the new one was never read. */
static void a_replaced_file_stays(void **state)
{
    struct rig *rig = *state;
    read_pair(rig);
    rig->move.to_quarantine = true;
    put(rig->folders.inbox, "a.dat", "other");
    assert_int_equal(mesh_move_pair(&rig->folders, &rig->move, &rig->why), RD_E_CONFLICT);
    assert_true(holds(rig->folders.inbox, "a.dat", "other"));
    assert_true(holds(rig->folders.inbox, "a.ctl", "control"));
    assert_false(is_there(rig->folders.archive, ".referral-mesh.moving"));
}

static void a_file_that_grew_stays(void **state)
{
    struct rig *rig = *state;
    read_pair(rig);
    int fd = openat(rig->folders.inbox, "a.dat", O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "+", 1), 1);
    (void)close(fd);
    assert_int_equal(mesh_move_pair(&rig->folders, &rig->move, &rig->why), RD_E_CONFLICT);
    assert_true(holds(rig->folders.inbox, "a.dat", "data+"));
}

/* The note that a crash left, in every state of the two files. */
static void a_crash_is_put_right(void **state)
{
    static const struct {
        const char *dat, *ctl; /* in the inbox at the start; NULL: moved already */
        bool dat_goes, ctl_goes;
    } rows[] = {
        {"data", "control", true, true},  {NULL, "control", false, true},
        {NULL, NULL, false, false},       {"other", "control", false, true},
        {"data", "another", true, false}, {"other", "another", false, false},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        read_pair(rig);
        assert_int_equal(mesh_move_note(&rig->folders, &rig->move, &rig->why), RD_OK);
        (void)unlinkat(rig->folders.inbox, "a.dat", 0);
        (void)unlinkat(rig->folders.inbox, "a.ctl", 0);
        if (rows[i].dat != NULL)
            put(rig->folders.inbox, "a.dat", rows[i].dat);
        if (rows[i].ctl != NULL)
            put(rig->folders.inbox, "a.ctl", rows[i].ctl);
        assert_int_equal(mesh_move_resume(&rig->folders, &rig->why), RD_OK);
        assert_int_equal(is_there(rig->folders.archive, ID ".dat"), rows[i].dat_goes);
        assert_int_equal(is_there(rig->folders.archive, ID ".ctl"), rows[i].ctl_goes);
        if (rows[i].dat != NULL && !rows[i].dat_goes)
            assert_true(holds(rig->folders.inbox, "a.dat", rows[i].dat));
        if (rows[i].ctl != NULL && !rows[i].ctl_goes)
            assert_true(holds(rig->folders.inbox, "a.ctl", rows[i].ctl));
        assert_false(is_there(rig->folders.archive, ".referral-mesh.moving"));
        (void)unlinkat(rig->folders.archive, ID ".dat", 0);
        (void)unlinkat(rig->folders.archive, ID ".ctl", 0);
        mesh_file_fini(&rig->dat);
        mesh_file_fini(&rig->ctl);
    }
    assert_int_equal(mesh_move_resume(&rig->folders, &rig->why), RD_OK); /* nothing to do */
}

static void a_damaged_note_is_named(void **state)
{
    static const char *const notes[] = {"archive", "archive\n" ID "\n-\n",
                                        "archive\nid\nzz zz\n-\n", "archive\n" ID ID "\n00 00\n-\n",
                                        "\n\n\n\n"};
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        put(rig->folders.archive, ".referral-mesh.moving", notes[i]);
        assert_int_equal(mesh_move_resume(&rig->folders, &rig->why), RD_E_IO);
        assert_non_null(strstr(rig->why.text, "remove it and start again"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bound_and_a_hash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_not_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pair_moves_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_replaced_file_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_grew_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crash_is_put_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_note_is_named, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
