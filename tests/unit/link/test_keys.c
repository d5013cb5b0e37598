/* Key pairs and the router's table of public keys. */
#include "link/keys.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];

static int setup(void **state)
{
    (void)state;
    strncpy(directory, "/tmp/rd-keys-XXXXXX", sizeof directory - 1);
    return mkdtemp(directory) == NULL;
}

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static int teardown(void **state)
{
    (void)state;
    DIR *dir = opendir(directory);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        unlink(path_of(entry->d_name));
    closedir(dir);
    return rmdir(directory);
}

static void put(const char *name, mode_t mode, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path_of(name), mode), 0);
}

static void test_pair_round_trip(void **state)
{
    (void)state;
    struct rd_keypair pair;
    struct rd_keypair back;
    char public[RD_Z85_TEXT_MAX];
    struct rd_errbuf why;
    struct stat stat_of;
    for (int i = 0; i < 50; i++) { /* keys have '=', '#' and ':' in any place */
        assert_int_equal(rd_keypair_new(&pair), RD_OK);
        assert_int_equal(rd_keypair_write(path_of("a.key"), &pair, &why), RD_OK);
        assert_int_equal(rd_keypair_read(path_of("a.key"), &back, &why), RD_OK);
        assert_memory_equal(&pair, &back, sizeof pair);
        assert_int_equal(rd_public_key_read(path_of("a.key"), public, &why), RD_OK);
        assert_string_equal(public, pair.public_z85);
        assert_int_equal(stat(path_of("a.key"), &stat_of), 0);
        assert_int_equal(stat_of.st_mode & 07777, 0600);
        assert_int_equal(unlink(path_of("a.key")), 0);
    }
}

static void test_pair_is_not_overwritten(void **state)
{
    (void)state;
    struct rd_keypair first;
    struct rd_keypair second;
    struct rd_keypair back;
    struct rd_errbuf why;
    assert_int_equal(rd_keypair_new(&first), RD_OK);
    assert_int_equal(rd_keypair_new(&second), RD_OK);
    assert_int_equal(rd_keypair_write(path_of("a.key"), &first, &why), RD_OK);
    assert_int_equal(rd_keypair_write(path_of("a.key"), &second, &why), RD_E_CONFLICT);
    assert_non_null(strstr(why.text, "a.key"));
    assert_int_equal(rd_keypair_read(path_of("a.key"), &back, &why), RD_OK);
    assert_string_equal(back.public_z85, first.public_z85);
}

static void test_wipe_leaves_nothing(void **state)
{
    (void)state;
    struct rd_keypair pair;
    const struct rd_keypair zero = {{0}, {0}};
    assert_int_equal(rd_keypair_new(&pair), RD_OK);
    rd_keypair_wipe(&pair);
    assert_memory_equal(&pair, &zero, sizeof pair);
}

static void test_bad_key_files(void **state)
{
    (void)state;
    struct rd_keypair pair;
    struct rd_keypair other;
    char good[256];
    char mixed[256];
    assert_int_equal(rd_keypair_new(&pair), RD_OK);
    assert_int_equal(rd_keypair_new(&other), RD_OK);
    snprintf(good, sizeof good, "public = %s\nsecret = %s\n", pair.public_z85, pair.secret_z85);
    snprintf(mixed, sizeof mixed, "public = %s\nsecret = %s\n", pair.public_z85, other.secret_z85);
    const struct {
        const char *text;
        mode_t mode;
        enum rd_err err;
        const char *says;
    } rows[] = {
        {good, 0600, RD_OK, ""},
        {good, 0640, RD_E_INVALID, "0640"},
        {good, 0604, RD_E_INVALID, "chmod 600"},
        {mixed, 0600, RD_E_INVALID, "not that of the secret"},
        {"", 0600, RD_E_INVALID, "public = KEY"},
        {"public = short\n", 0600, RD_E_INVALID, "40 z85"},
        {"secret = x\n", 0600, RD_E_INVALID, "public = KEY"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_keypair back;
        struct rd_errbuf why = {{0}};
        put("b.key", rows[i].mode, rows[i].text);
        assert_int_equal(rd_keypair_read(path_of("b.key"), &back, &why), rows[i].err);
        if (strstr(why.text, rows[i].says) == NULL)
            fail_msg("row %zu: %s", i, why.text);
        assert_null(strstr(why.text, pair.secret_z85)); /* never a secret in a message */
        assert_null(strstr(why.text, other.secret_z85));
    }
    struct rd_errbuf why;
    assert_int_equal(rd_keypair_read(path_of("none.key"), &other, &why), RD_E_NOTFOUND);
    assert_int_equal(rd_keypair_read(directory, &other, &why), RD_E_INVALID);
}

static void test_huge_key_file(void **state)
{
    (void)state;
    static char text[8192];
    struct rd_keypair pair;
    struct rd_errbuf why;
    memset(text, 'x', sizeof text - 1);
    put("huge.key", 0600, text);
    assert_int_equal(rd_keypair_read(path_of("huge.key"), &pair, &why), RD_E_INVALID);
}

static void test_table(void **state)
{
    (void)state;
    struct rd_keypair pairs[3];
    struct rd_text feeds[] = {RD_TEXT("kgh-pas"), RD_TEXT("las-cad")};
    struct rd_text teams[] = {RD_TEXT("rapid-response")};
    struct rd_text all[] = {RD_TEXT("*")};
    const struct rd_identity identities[] = {
        {RD_TEXT("adapter-1"), RD_IDENTITY_ADAPTER, feeds, 2, NULL, 0},
        {RD_TEXT("tablet-1"), RD_IDENTITY_CONSUMER, NULL, 0, teams, 1},
        {RD_TEXT("desk-1"), RD_IDENTITY_DESK, NULL, 0, all, 1},
    };
    struct rd_errbuf why = {{0}};
    struct rd_key_table *table = NULL;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rd_keypair_new(&pairs[i]), RD_OK);
        assert_int_equal(rd_key_register(directory, &identities[i], pairs[i].public_z85, &why),
                         RD_OK);
    }
    assert_int_equal(rd_key_register(directory, &identities[0], pairs[0].public_z85, &why),
                     RD_E_CONFLICT);
    put("note.txt", 0644, "not a key");
    put(".hidden.pub", 0644, "not a key");
    if (rd_key_table_load(directory, &table, &why) != RD_OK)
        fail_msg("%s", why.text);
    const struct rd_identity *found = rd_key_table_find(table, rd_text_of(pairs[0].public_z85));
    assert_non_null(found);
    assert_true(rd_text_is(found->user, "adapter-1"));
    assert_true(rd_identity_may_feed(found, RD_TEXT("las-cad")));
    assert_false(rd_identity_may_feed(found, RD_TEXT("self")));
    assert_false(rd_identity_may_team(found, RD_TEXT("rapid-response")));
    found = rd_key_table_user(table, RD_TEXT("desk-1"));
    assert_non_null(found);
    assert_int_equal(found->role, RD_IDENTITY_DESK);
    assert_true(rd_identity_may_team(found, RD_TEXT("anything")));
    assert_null(rd_key_table_find(table, rd_text_of(pairs[0].secret_z85)));
    assert_null(rd_key_table_find(table, RD_TEXT_NONE));
    assert_null(rd_key_table_user(table, RD_TEXT("nobody")));
    char public[RD_Z85_TEXT_MAX];
    assert_int_equal(rd_public_key_read(path_of("tablet-1.pub"), public, &why), RD_OK);
    assert_string_equal(public, pairs[1].public_z85);
    rd_key_table_free(table);
    rd_key_table_free(NULL);
}

#define KEY_A "\"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\""

static void test_bad_public_files(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"name: a\nrole: adapter\npublic: " KEY_A "\n", ""},
        {"name: b\nrole: adapter\npublic: " KEY_A "\n", "a.pub:1:7"},
        {"name: a\nrole: adaptor\npublic: " KEY_A "\n", "a.pub:2:7"},
        {"name: a\npublic: " KEY_A "\n", "role"},
        {"name: a\nrole: adapter\n", "public"},
        {"name: a\nrole: adapter\npublic: \"short\"\n", "a.pub:3:9"},
        {"name: a\nrole: adapter\nfeed: [x]\npublic: " KEY_A "\n", "a.pub:3:1"},
        {"name: a\nrole: adapter\nfeeds: x\npublic: " KEY_A "\n", "a.pub:3:8"},
        {"name: a\nrole: adapter\nfeeds: [\"*\"]\npublic: " KEY_A "\n", "a.pub:3:9"},
        {"name: a\nrole: adapter\nteams: [\"A B\"]\npublic: " KEY_A "\n", "a.pub:3:9"},
        {"name: [\n", "a.pub:"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd_key_table *table = NULL;
        struct rd_errbuf why = {{0}};
        put("a.pub", 0644, rows[i].text);
        enum rd_err err = rd_key_table_load(directory, &table, &why);
        if ((err == RD_OK) != (i == 0) || strstr(why.text, rows[i].says) == NULL)
            fail_msg("row %zu: %s", i, why.text);
        rd_key_table_free(table);
    }
}

static void test_one_key_for_two_names(void **state)
{
    (void)state;
    struct rd_key_table *table = NULL;
    struct rd_errbuf why = {{0}};
    put("a.pub", 0644, "name: a\nrole: adapter\npublic: " KEY_A "\n");
    put("b.pub", 0644, "name: b\nrole: operator\npublic: " KEY_A "\n");
    assert_int_equal(rd_key_table_load(directory, &table, &why), RD_E_INVALID);
    assert_non_null(strstr(why.text, "b.pub:3"));
    assert_non_null(strstr(why.text, "a.pub"));
    assert_int_equal(rd_key_table_load(path_of("nowhere"), &table, &why), RD_E_IO);
}

static void test_register_refuses_bad_names(void **state)
{
    (void)state;
    struct rd_keypair pair;
    struct rd_errbuf why;
    char longest[66];
    memset(longest, 'a', 65);
    longest[65] = '\0';
    assert_int_equal(rd_keypair_new(&pair), RD_OK);
    const char *const bad[] = {"", "A", "../x", "a b", "a.b", "a:b", "a\nrole: operator", longest};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rd_identity identity = {.user = rd_text_of(bad[i]), .role = RD_IDENTITY_ADAPTER};
        assert_int_equal(rd_key_register(directory, &identity, pair.public_z85, &why),
                         RD_E_INVALID);
    }
    longest[64] = '\0'; /* at the limit */
    struct rd_identity identity = {.user = rd_text_of(longest), .role = RD_IDENTITY_ADAPTER};
    assert_int_equal(rd_key_register(directory, &identity, pair.public_z85, &why), RD_OK);
    assert_int_equal(rd_key_register(directory, &identity, "short", &why), RD_E_INVALID);
}

#define KEYS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYS_TEST(test_pair_round_trip),
        KEYS_TEST(test_pair_is_not_overwritten),
        KEYS_TEST(test_wipe_leaves_nothing),
        KEYS_TEST(test_bad_key_files),
        KEYS_TEST(test_huge_key_file),
        KEYS_TEST(test_table),
        KEYS_TEST(test_bad_public_files),
        KEYS_TEST(test_one_key_for_two_names),
        KEYS_TEST(test_register_refuses_bad_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
