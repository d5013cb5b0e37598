/* The router's table of public keys, and the NAME.pub files that it is read from. */
#include "link/keys.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "conf/yaml.h"
#include "link/key_files.h"
#include "model/limits.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = RD_SESSIONS_MAX, TABLE_BYTES_MAX = 16 * 1024 * 1024, PATH_BYTES_MAX = 4096 };

/* --- public keys and what they allow --- */

static bool is_name(struct rd_text text)
{
    if (text.len == 0 || text.len > RD_NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}

static const char *const pub_keys[] = {"name", "role", "feeds", "teams", "public!", NULL};

static enum rd_err read_public(const rd_yaml_node *root, char out[RD_Z85_TEXT_MAX],
                               struct rd_errbuf *why)
{
    const rd_yaml_node *node = rd_yaml_get(root, "public");
    struct rd_text text = RD_TEXT_NONE;
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &text, why);
    if (err == RD_OK && !rd_key_parse(text, out))
        err = rd_yaml_fail(node, why,
                           "found %zu characters, expected a public key of 40 z85 characters in "
                           "quotes; copy it from the .key file",
                           text.len);
    return err;
}

enum rd_err rd_pub_file_read(const char *path, char out[RD_Z85_TEXT_MAX], struct rd_errbuf *why)
{
    struct rd_yaml *yaml = NULL;
    enum rd_err err = rd_yaml_read(path, &yaml, why);
    if (err == RD_OK)
        err = rd_yaml_expect_map(rd_yaml_root(yaml), pub_keys, why);
    if (err == RD_OK)
        err = read_public(rd_yaml_root(yaml), out, why);
    rd_yaml_free(yaml);
    return err;
}

/* --- the table --- */

struct key_row {
    char public_z85[RD_Z85_TEXT_MAX];
    struct rd_identity identity;
};

struct rd_key_table {
    struct rd_arena arena;
    struct rd_map by_key;
    struct rd_map by_user;
};

static enum rd_err read_names(struct rd_arena *arena, const rd_yaml_node *list, bool star,
                              struct rd_text **out, size_t *count, struct rd_errbuf *why)
{
    *count = 0;
    if (list == NULL)
        return RD_OK;
    if (!rd_yaml_is_list(list) || rd_yaml_count(list) > RD_LIST_ITEMS_MAX)
        return rd_yaml_fail(list, why, "expected a list of at most %d names, like [kgh-pas]",
                            RD_LIST_ITEMS_MAX);
    size_t items = rd_yaml_count(list);
    *out = items == 0 ? NULL : rd_arena_array(arena, items, sizeof **out);
    if (items > 0 && *out == NULL)
        return rd_yaml_fail(list, why, "no memory for %zu names", items);
    for (size_t i = 0; i < items; i++) {
        struct rd_text name = RD_TEXT_NONE;
        const rd_yaml_node *node = rd_yaml_at(list, i);
        enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &name, why);
        if (err != RD_OK)
            return err;
        if (!is_name(name) && !(star && rd_text_is(name, "*")))
            return rd_yaml_fail(node, why, "expected a name of a-z, 0-9 and - (at most %d)%s",
                                RD_NAME_BYTES_MAX, star ? ", or \"*\" for all" : "");
        if (!rd_arena_copy(arena, name, &(*out)[i]))
            return rd_yaml_fail(node, why, "no memory for a name");
    }
    *count = items;
    return RD_OK;
}

static enum rd_err read_role(const rd_yaml_node *root, enum rd_identity_role *out,
                             struct rd_errbuf *why)
{
    struct rd_text text = RD_TEXT_NONE;
    const rd_yaml_node *node = rd_yaml_get(root, "role");
    if (node == NULL)
        return rd_yaml_fail(root, why,
                            "no role; expected role: adapter, consumer, desk, operator or "
                            "dashboard");
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &text, why);
    if (err != RD_OK)
        return err;
    int role = rd_enum_value(&rd_identity_role_names, text);
    if (role == 0)
        return rd_yaml_fail(node, why,
                            "unknown role; expected adapter, consumer, desk, operator or "
                            "dashboard");
    *out = (enum rd_identity_role)role;
    return RD_OK;
}

/* `expected`: the name that the file's own name gives. */
static enum rd_err read_user(struct rd_arena *arena, const rd_yaml_node *root,
                             struct rd_text expected, struct rd_text *out, struct rd_errbuf *why)
{
    struct rd_text name = RD_TEXT_NONE;
    const rd_yaml_node *node = rd_yaml_get(root, "name");
    enum rd_err err = rd_yaml_text(node, RD_TEXT_NONE, &name, why);
    if (err != RD_OK)
        return err;
    if (!is_name(name) || !rd_text_equal(name, expected))
        return rd_yaml_fail(node == NULL ? root : node, why,
                            "expected name: %.*s, as the file is called, of a-z, 0-9 and - (at "
                            "most %d)",
                            RD_TEXT_ARG(expected), RD_NAME_BYTES_MAX);
    return rd_arena_copy(arena, name, out) ? RD_OK : rd_yaml_fail(root, why, "no memory");
}

static enum rd_err add_row(struct rd_key_table *table, const rd_yaml_node *root,
                           struct rd_text expected, struct rd_errbuf *why)
{
    struct key_row *row = rd_arena_take(&table->arena, sizeof *row);
    if (row == NULL)
        return rd_yaml_fail(root, why, "no memory");
    struct rd_identity *identity = &row->identity;
    enum rd_err err = rd_yaml_expect_map(root, pub_keys, why);
    if (err == RD_OK)
        err = read_user(&table->arena, root, expected, &identity->user, why);
    if (err == RD_OK)
        err = read_role(root, &identity->role, why);
    if (err == RD_OK)
        err = read_names(&table->arena, rd_yaml_get(root, "feeds"), false, &identity->feeds,
                         &identity->feeds_count, why);
    if (err == RD_OK)
        err = read_names(&table->arena, rd_yaml_get(root, "teams"), true, &identity->teams,
                         &identity->teams_count, why);
    if (err == RD_OK)
        err = read_public(root, row->public_z85, why);
    if (err != RD_OK)
        return err;
    struct rd_text public = rd_text_of(row->public_z85);
    const struct rd_identity *other = rd_key_table_find(table, public);
    if (other != NULL)
        return rd_yaml_fail(rd_yaml_get(root, "public"), why,
                            "the same key as in %.*s.pub; expected a key of its own; make one with "
                            "referralctl keys new",
                            RD_TEXT_ARG(other->user));
    if (!rd_map_add(&table->by_key, rd_text_hash(public), row) ||
        !rd_map_add(&table->by_user, rd_text_hash(identity->user), row))
        return rd_yaml_fail(root, why, "no memory");
    return RD_OK;
}

static enum rd_err load_file(struct rd_key_table *table, const char *directory, const char *file,
                             struct rd_errbuf *why)
{
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", directory, file);
    if (len < 0 || (size_t)len >= sizeof path)
        return rd_fail(why, RD_E_INVALID, "%s: path too long", directory);
    struct rd_yaml *yaml = NULL;
    enum rd_err err = rd_yaml_read(path, &yaml, why);
    if (err == RD_OK) {
        struct rd_text name = rd_text_slice(rd_text_of(file), 0, strlen(file) - strlen(".pub"));
        err = add_row(table, rd_yaml_root(yaml), name, why);
    }
    rd_yaml_free(yaml);
    return err;
}

static int is_pub(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".pub") == 0;
}

static enum rd_err load_directory(struct rd_key_table *table, const char *directory,
                                  struct rd_errbuf *why)
{
    struct dirent **files = NULL;
    int count = scandir(directory, &files, is_pub, alphasort);
    if (count < 0)
        return rd_fail(why, RD_E_IO,
                       "%s: cannot list the keys: %s; expected a directory of NAME.pub files",
                       directory, strerror(errno));
    enum rd_err err = RD_OK;
    if (count > KEYS_MAX)
        err = rd_fail(why, RD_E_INVALID, "%s: %d keys, at most %d; remove those not in use",
                      directory, count, KEYS_MAX);
    for (int i = 0; i < count; i++) {
        if (err == RD_OK)
            err = load_file(table, directory, files[i]->d_name, why);
        free(files[i]);
    }
    free(files);
    return err;
}

enum rd_err rd_key_table_load(const char *directory, struct rd_key_table **out,
                              struct rd_errbuf *why)
{
    struct rd_key_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return rd_fail(why, RD_E_NOMEM, "%s: no memory for the keys", directory);
    rd_arena_init(&table->arena, rd_alloc_heap(), TABLE_BYTES_MAX);
    rd_map_init(&table->by_key, rd_alloc_heap());
    rd_map_init(&table->by_user, rd_alloc_heap());
    enum rd_err err = load_directory(table, directory, why);
    if (err != RD_OK) {
        rd_key_table_free(table);
        return err;
    }
    *out = table;
    return RD_OK;
}

void rd_key_table_free(struct rd_key_table *table)
{
    if (table == NULL)
        return;
    rd_map_fini(&table->by_key);
    rd_map_fini(&table->by_user);
    rd_arena_fini(&table->arena);
    free(table);
}

const struct rd_identity *rd_key_table_find(const struct rd_key_table *table,
                                            struct rd_text public_z85)
{
    size_t cursor = 0;
    const struct key_row *row = NULL;
    uint64_t hash = rd_text_hash(public_z85);
    while ((row = rd_map_each_equal(&table->by_key, hash, &cursor)) != NULL)
        if (rd_text_is(public_z85, row->public_z85))
            return &row->identity;
    return NULL;
}

const struct rd_identity *rd_key_table_user(const struct rd_key_table *table, struct rd_text user)
{
    size_t cursor = 0;
    const struct key_row *row = NULL;
    uint64_t hash = rd_text_hash(user);
    while ((row = rd_map_each_equal(&table->by_user, hash, &cursor)) != NULL)
        if (rd_text_equal(user, row->identity.user))
            return &row->identity;
    return NULL;
}

/* --- registering --- */

static bool put_names(struct rd_buf *buf, const char *key, const struct rd_text *names,
                      size_t count, bool star)
{
    if (count == 0)
        return true;
    rd_buf_printf(buf, "%s: [", key);
    for (size_t i = 0; i < count; i++) {
        if (!is_name(names[i]) && !(star && rd_text_is(names[i], "*")))
            return false;
        rd_buf_printf(buf, "%s\"%.*s\"", i == 0 ? "" : ", ", RD_TEXT_ARG(names[i]));
    }
    rd_buf_put_string(buf, "]\n");
    return true;
}

enum rd_err rd_key_register(const char *directory, const struct rd_identity *identity,
                            const char *public_z85, struct rd_errbuf *why)
{
    char checked[RD_Z85_TEXT_MAX];
    char path[PATH_BYTES_MAX];
    if (!is_name(identity->user) || identity->role == 0)
        return rd_fail(why, RD_E_INVALID,
                       "a key's name is a-z, 0-9 and - (at most %d) and it has a role; choose "
                       "another name",
                       RD_NAME_BYTES_MAX);
    if (!rd_key_parse(rd_text_of(public_z85), checked))
        return rd_fail(why, RD_E_INVALID, "expected a public key of 40 z85 characters");
    int len = snprintf(path, sizeof path, "%s/%.*s.pub", directory, RD_TEXT_ARG(identity->user));
    if (len < 0 || (size_t)len >= sizeof path)
        return rd_fail(why, RD_E_INVALID, "%s: path too long", directory);
    struct rd_buf buf;
    rd_buf_init(&buf, rd_alloc_heap());
    rd_buf_printf(&buf, "name: \"%.*s\"\nrole: %s\n", RD_TEXT_ARG(identity->user),
                  rd_enum_name(&rd_identity_role_names, (int)identity->role));
    bool good = put_names(&buf, "feeds", identity->feeds, identity->feeds_count, false) &&
                put_names(&buf, "teams", identity->teams, identity->teams_count, true);
    rd_buf_printf(&buf, "public: \"%s\"\n", checked);
    enum rd_err err = RD_OK;
    if (!good)
        err = rd_fail(why, RD_E_INVALID, "names of feeds and teams are a-z, 0-9 and - (at most %d)",
                      RD_NAME_BYTES_MAX);
    else if (buf.failed)
        err = rd_fail(why, RD_E_NOMEM, "%s: no memory", path);
    else
        err = rd_key_file_create(path, 0644, rd_buf_text(&buf), why);
    rd_buf_fini(&buf);
    return err;
}
