/* The state directory: made once, kept to its owner, keys never made again beside a ledger. */
#include "shell/state_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char parent[512], state[600];
    struct rd_errbuf why;
};

static int setup(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    snprintf(fixture.parent, sizeof fixture.parent, "%s/rd-state-XXXXXX", RD_BINARY_DIR);
    assert_non_null(mkdtemp(fixture.parent));
    snprintf(fixture.state, sizeof fixture.state, "%s/state", fixture.parent);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {
        "keys/router.key", "keys/operator.key", "keys/operator.pub", "keys/hash.key",
        "keys/body.key",   "router.pub",        "ledger.db",         "note"};
    struct fixture *fixture = *state;
    char path[700];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", fixture->state, names[i]);
        (void)unlink(path);
    }
    snprintf(path, sizeof path, "%s/keys", fixture->state);
    (void)rmdir(path);
    (void)rmdir(fixture->state);
    assert_int_equal(rmdir(fixture->parent), 0);
    return 0;
}

static const char *path_of(const struct fixture *fixture, const char *name)
{
    static char path[700];
    snprintf(path, sizeof path, "%s/%s", fixture->state, name);
    return path;
}

static unsigned mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return (unsigned)(info.st_mode & 0777);
}

static void the_first_start_makes_everything_for_its_owner_only(void **state)
{
    struct fixture *fixture = *state;
    struct rd_state_keys keys;
    bool created = false;
    char public_z85[RD_Z85_TEXT_MAX];
    assert_int_equal(rd_state_prepare(fixture->state, true, &created, &fixture->why), RD_OK);
    assert_true(created);
    assert_int_equal(mode_of(fixture->state), 0700);
    assert_int_equal(mode_of(path_of(fixture, "keys")), 0700);
    assert_int_equal(mode_of(path_of(fixture, "keys/hash.key")), 0600);
    assert_int_equal(mode_of(path_of(fixture, "keys/router.key")), 0600);
    assert_int_equal(rd_state_keys_read(fixture->state, &keys, &fixture->why), RD_OK);
    assert_int_equal(rd_public_key_read(path_of(fixture, "router.pub"), public_z85, &fixture->why),
                     RD_OK);
    assert_string_equal(public_z85, keys.router.public_z85);
    assert_memory_not_equal(keys.hash_key, keys.body_key, RD_SECRET_BYTES);
    rd_state_keys_wipe(&keys);
}

static void a_second_start_keeps_the_keys(void **state)
{
    struct fixture *fixture = *state;
    struct rd_state_keys first;
    struct rd_state_keys second;
    assert_int_equal(rd_state_prepare(fixture->state, true, NULL, NULL), RD_OK);
    assert_int_equal(rd_state_keys_read(fixture->state, &first, NULL), RD_OK);
    assert_int_equal(rd_state_prepare(fixture->state, true, NULL, NULL), RD_OK);
    assert_int_equal(rd_state_keys_read(fixture->state, &second, NULL), RD_OK);
    assert_memory_equal(&first, &second, sizeof first);
}

static void rights_for_others_are_refused_with_the_fix(void **state)
{
    struct fixture *fixture = *state;
    char fix[700];
    assert_int_equal(mkdir(fixture->state, 0700), 0);
    assert_int_equal(chmod(fixture->state, 0750), 0);
    assert_int_equal(rd_state_prepare(fixture->state, true, NULL, &fixture->why), RD_E_INVALID);
    snprintf(fix, sizeof fix, "chmod 700 %s", fixture->state);
    assert_non_null(strstr(fixture->why.text, fix));
}

static void a_key_is_never_made_again_beside_a_ledger(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rd_state_prepare(fixture->state, true, NULL, NULL), RD_OK);
    FILE *file = fopen(path_of(fixture, "ledger.db"), "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(unlink(path_of(fixture, "keys/body.key")), 0);
    assert_int_equal(rd_state_prepare(fixture->state, true, NULL, &fixture->why), RD_E_INVALID);
    assert_non_null(strstr(fixture->why.text, "keys/body.key: missing beside a ledger"));
}

static void a_damaged_secret_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct rd_state_keys keys;
    assert_int_equal(rd_state_prepare(fixture->state, true, NULL, NULL), RD_OK);
    assert_int_equal(rd_state_write(fixture->state, "keys/hash.key", "not hexadecimal\n", NULL),
                     RD_OK);
    assert_int_equal(rd_state_keys_read(fixture->state, &keys, &fixture->why), RD_E_INVALID);
    assert_non_null(strstr(fixture->why.text, "keys/hash.key: expected 64 hexadecimal digits"));
}

static void without_permission_nothing_is_made(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rd_state_prepare(fixture->state, false, NULL, &fixture->why), RD_E_NOTFOUND);
    assert_int_not_equal(access(fixture->state, F_OK), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_first_start_makes_everything_for_its_owner_only),
        T(a_second_start_keeps_the_keys),
        T(rights_for_others_are_refused_with_the_fix),
        T(a_key_is_never_made_again_beside_a_ledger),
        T(a_damaged_secret_is_named),
        T(without_permission_nothing_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
