/* Keys are files: no router is needed. One that runs is told to read them again. */
#include "ctl/again.h"
#include "ctl/client.h"

#include "model/limits.h"
#include "rules/load/load.h"
#include "shell/state_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_MAX = 256 };

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= RD_NAME_BYTES_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* A key must be known before its owner connects: the router answers when it has read them. */
static int tell_router(const struct ctl_args *args)
{
    struct ctl_client client;
    if (rd_state_pid(ctl_state(args)) == 0)
        return CTL_OK;
    int status = ctl_client_open(&client, args, CTL_CONTROL);
    if (status == CTL_OK) {
        struct rd_admin ask = {.correlation = ctl_client_correlation(&client),
                               .kind = RD_ADMIN_RELOAD_KEYS,
                               .by = RD_TEXT("referralctl")};
        struct rd_message message = {.admin = &ask};
        status = ctl_client_ask(&client, &message, ask.correlation);
        ctl_client_close(&client);
    }
    if (status != CTL_OK)
        return ctl_fail(status,
                        "the keys are changed, but the running router (process %ld) has "
                        "not read them again; do: referralctl reload",
                        (long)rd_state_pid(ctl_state(args)));
    return CTL_OK;
}

static int read_identity(const struct ctl_args *args, struct rd_identity *identity,
                         struct rd_text *feeds, char *feeds_copy, struct rd_text *teams,
                         char *teams_copy)
{
    const char *role = args->values[OPT_ROLE];
    identity->user = rd_text_of(args->operands[0]);
    identity->role =
        (enum rd_identity_role)rd_enum_value(&rd_identity_role_names, rd_text_of(role));
    if (!is_name(args->operands[0]))
        return ctl_fail(CTL_USE, "keys new %s: expected a name of a-z, 0-9 and -, at most %d bytes",
                        args->operands[0], RD_NAME_BYTES_MAX);
    if (identity->role == 0)
        return ctl_fail(CTL_USE,
                        "--role %s: expected adapter, consumer, desk, operator or dashboard", role);
    const char *of_feeds = args->values[OPT_FEEDS] != NULL ? args->values[OPT_FEEDS] : "";
    const char *of_teams = args->values[OPT_TEAMS] != NULL ? args->values[OPT_TEAMS] : "";
    if (!ctl_split(of_feeds, feeds_copy, 16384, feeds, NAMES_MAX, &identity->feeds_count) ||
        !ctl_split(of_teams, teams_copy, 16384, teams, NAMES_MAX, &identity->teams_count))
        return ctl_fail(CTL_USE, "--feeds, --teams: more than %d names", NAMES_MAX);
    identity->feeds = feeds;
    identity->teams = teams;
    if (identity->role == RD_IDENTITY_ADAPTER && identity->feeds_count == 0)
        return ctl_fail(CTL_USE, "an adapter's key needs --feeds: the feeds it may submit on");
    if (identity->role == RD_IDENTITY_CONSUMER && identity->teams_count == 0)
        return ctl_fail(CTL_USE, "a consumer's key needs --teams: the teams whose queues it sees");
    return CTL_OK;
}

/* A name that was revoked stays so: a connection under the old key must not come back to life. */
static bool was_revoked(const char *state, const char *name)
{
    char path[RD_STATE_PATH_MAX];
    snprintf(path, sizeof path, "%s/keys/%s.revoked", state, name);
    return access(path, F_OK) == 0;
}

static int make_key(const struct ctl_args *args, const struct rd_identity *identity)
{
    char directory[RD_STATE_PATH_MAX];
    char out[RD_STATE_PATH_MAX];
    struct rd_errbuf why = {{0}};
    struct rd_keypair pair;
    snprintf(directory, sizeof directory, "%s/keys", ctl_state(args));
    snprintf(out, sizeof out, "%s.key", args->operands[0]);
    const char *path = args->values[OPT_OUT] != NULL ? args->values[OPT_OUT] : out;
    if (was_revoked(ctl_state(args), args->operands[0]))
        return ctl_fail(CTL_NO, "keys new %s: a key of that name was revoked; choose another name",
                        args->operands[0]);
    if (rd_keypair_new(&pair) != RD_OK)
        return ctl_fail(CTL_NO, "keys new: no key could be made");
    enum rd_err err = rd_keypair_write(path, &pair, &why);
    if (err == RD_OK) {
        err = rd_key_register(directory, identity, pair.public_z85, &why);
        if (err == RD_E_CONFLICT)
            (void)rd_fail(&why, err,
                          "keys new %s: a key of that name is in force; choose another name (one "
                          "that was revoked cannot be had again either)",
                          args->operands[0]);
        if (err != RD_OK)
            (void)unlink(path); /* ours, made a moment ago: of no use to anybody */
    }
    if (err == RD_OK)
        printf("%s: secret key in %s (keep it there, mode 0600); public key %s\n",
               args->operands[0], path, pair.public_z85);
    rd_keypair_wipe(&pair);
    return err == RD_OK ? CTL_OK : ctl_fail(CTL_NO, "%s", why.text);
}

static void warn_unknown(const char *what, struct rd_text name, const struct rd_place *place)
{
    bool feeds = strcmp(what, "feed") == 0;
    fprintf(stderr, "referralctl: warning: the place has no %s %.*s; it has", what,
            RD_TEXT_ARG(name));
    for (size_t i = 0; i < (feeds ? place->feeds_count : place->teams_count); i++)
        fprintf(stderr, "%s %.*s", i == 0 ? "" : ",",
                RD_TEXT_ARG(feeds ? place->feeds[i].name : place->teams[i].name));
    fprintf(stderr,
            ". Bring it in (rules activate), or make another key: until then what comes under "
            "that name is refused\n");
}

/* A key may come before its feed, so that this is no refusal; a slip of the pen is seen here and
 * not when the first message is. Nothing is looked up before the first start: there are no rules.
 */
static void look_at_names(const struct ctl_args *args, const struct rd_identity *identity)
{
    struct rd_rules *rules = NULL;
    bool known = args->values[OPT_PLACE] != NULL || rd_state_pid(ctl_state(args)) != 0;
    if (!known || identity->feeds_count + identity->teams_count == 0 ||
        ctl_place_or_kept(args, &rules) != CTL_OK)
        return;
    const struct rd_place *place = rd_rules_place(rules);
    for (size_t i = 0; i < identity->feeds_count; i++)
        if (rd_place_feed(place, identity->feeds[i]) == NULL)
            warn_unknown("feed", identity->feeds[i], place);
    for (size_t i = 0; i < identity->teams_count; i++)
        if (!rd_text_is(identity->teams[i], "*") &&
            rd_place_team(place, identity->teams[i]) == NULL)
            warn_unknown("team", identity->teams[i], place);
    rd_rules_free(rules);
}

int ctl_keys_new(const struct ctl_args *args)
{
    static struct rd_text feeds[NAMES_MAX];
    static struct rd_text teams[NAMES_MAX];
    static char feeds_copy[16384];
    static char teams_copy[16384];
    struct rd_identity identity = {0};
    struct rd_errbuf why = {{0}};
    int status = read_identity(args, &identity, feeds, feeds_copy, teams, teams_copy);
    if (status != CTL_OK)
        return status;
    if (rd_state_prepare(ctl_state(args), true, NULL, &why) != RD_OK)
        return ctl_fail(CTL_NO, "%s", why.text);
    status = make_key(args, &identity);
    if (status == CTL_OK)
        look_at_names(args, &identity);
    return status == CTL_OK ? tell_router(args) : status;
}

static void print_names(const char *label, const struct rd_text *names, size_t count)
{
    if (count > 0)
        printf(" %s", label);
    for (size_t i = 0; i < count; i++)
        printf("%s%.*s", i == 0 ? " " : ",", RD_TEXT_ARG(names[i]));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the *.pub files, sorted; the caller frees each and the list. */
static size_t list_names(const char *directory, char ***out)
{
    size_t count = 0;
    size_t cap = 0;
    char **names = NULL;
    DIR *open = opendir(directory);
    struct dirent *entry;
    while (open != NULL && (entry = readdir(open)) != NULL) {
        size_t len = strlen(entry->d_name);
        if (len <= 4 || strcmp(entry->d_name + len - 4, ".pub") != 0)
            continue;
        if (!rd_alloc_grow(rd_alloc_heap(), (void **)&names, &cap, count + 1, sizeof *names))
            break;
        names[count] = strndup(entry->d_name, len - 4);
        if (names[count] == NULL)
            break;
        count++;
    }
    if (open != NULL)
        (void)closedir(open); /* read only */
    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    *out = names;
    return count;
}

int ctl_keys_ls(const struct ctl_args *args)
{
    char directory[RD_STATE_PATH_MAX];
    struct rd_key_table *table = NULL;
    struct rd_errbuf why = {{0}};
    char **names = NULL;
    snprintf(directory, sizeof directory, "%s/keys", ctl_state(args));
    if (rd_key_table_load(directory, &table, &why) != RD_OK)
        return ctl_fail(CTL_NO, "%s", why.text);
    size_t count = list_names(directory, &names);
    for (size_t i = 0; i < count; i++) {
        const struct rd_identity *one = rd_key_table_user(table, rd_text_of(names[i]));
        if (one != NULL) {
            printf("%-28s %-10s", names[i], rd_enum_name(&rd_identity_role_names, (int)one->role));
            print_names("feeds", one->feeds, one->feeds_count);
            print_names("teams", one->teams, one->teams_count);
            putchar('\n');
        }
        free(names[i]);
    }
    free(names);
    rd_key_table_free(table);
    return CTL_OK;
}

int ctl_keys_revoke(const struct ctl_args *args)
{
    char from[RD_STATE_PATH_MAX];
    char to[RD_STATE_PATH_MAX];
    const char *name = args->operands[0];
    if (!is_name(name))
        return ctl_fail(CTL_USE, "keys revoke %s: not a key's name; see referralctl keys ls", name);
    snprintf(from, sizeof from, "%s/keys/%s.pub", ctl_state(args), name);
    snprintf(to, sizeof to, "%s/keys/%s.revoked", ctl_state(args), name);
    if (rename(from, to) != 0)
        return ctl_fail(CTL_NO, "%s: %s; see referralctl keys ls", from, strerror(errno));
    printf("%s: revoked; its sessions end now\n", name);
    return tell_router(args);
}
