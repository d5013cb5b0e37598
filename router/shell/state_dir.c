#include "shell/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_DIGITS = 2 * RD_SECRET_BYTES };

enum rd_err rd_state_path(const char *state, const char *name, char *out, struct rd_errbuf *why)
{
    int len = snprintf(out, RD_STATE_PATH_MAX, "%s/%s", state, name);
    if (len < 0 || len >= RD_STATE_PATH_MAX)
        return rd_fail(why, RD_E_TOOBIG, "%s/%s: path longer than %d bytes; use a shorter --state",
                       state, name, RD_STATE_PATH_MAX - 1);
    return RD_OK;
}

static enum rd_err check_rights(const char *path, struct rd_errbuf *why)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return rd_fail(why, errno == ENOENT ? RD_E_NOTFOUND : RD_E_IO,
                       "%s: %s; expected the state "
                       "directory of referrald",
                       path, strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return rd_fail(why, RD_E_INVALID, "%s: not a directory; name another with --state", path);
    if (info.st_uid != geteuid())
        return rd_fail(why, RD_E_INVALID,
                       "%s: owned by user %ld, expected %ld; run as its owner, or: chown -R %ld %s",
                       path, (long)info.st_uid, (long)geteuid(), (long)geteuid(), path);
    if ((info.st_mode & 077) != 0)
        return rd_fail(why, RD_E_INVALID,
                       "%s: others may enter it (mode %03o), expected 700; do: chmod 700 %s", path,
                       (unsigned)(info.st_mode & 0777), path);
    return RD_OK;
}

static enum rd_err make_directory(const char *path, bool *made, struct rd_errbuf *why)
{
    *made = mkdir(path, 0700) == 0;
    if (!*made && errno != EEXIST)
        return rd_fail(why, RD_E_IO,
                       "%s: cannot be made: %s; make its parent directory, or name "
                       "another with --state",
                       path, strerror(errno));
    return RD_OK;
}

static bool exists(const char *state, const char *name)
{
    char path[RD_STATE_PATH_MAX];
    struct stat info;
    return rd_state_path(state, name, path, NULL) == RD_OK && stat(path, &info) == 0;
}

bool rd_state_has_ledger(const char *state)
{
    return exists(state, "ledger.db");
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        len -= (size_t)done;
    }
    return true;
}

static bool sync_directory(const char *path)
{
    char copy[RD_STATE_PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    char *slash = strrchr(copy, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    int fd = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0;
    (void)close(fd); /* read only: nothing to lose */
    return synced;
}

/* A temporary file beside it, synced, then renamed: a crash leaves the old one or the new one. */
static enum rd_err replace_file(const char *path, const char *text, struct rd_errbuf *why)
{
    char temporary[RD_STATE_PATH_MAX + 16];
    snprintf(temporary, sizeof temporary, "%s.tmp%ld", path, (long)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write_all(fd, text, strlen(text)) && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0 && close(fd) != 0)
        written = false;
    if (!written || rename(temporary, path) != 0 || !sync_directory(path)) {
        if (written)
            error = errno;
        (void)unlink(temporary); /* best effort: the error is reported below */
        return rd_fail(why, RD_E_IO, "%s: cannot be written: %s; check the disk and the rights",
                       path, strerror(error));
    }
    return RD_OK;
}

enum rd_err rd_state_write(const char *state, const char *name, const char *text,
                           struct rd_errbuf *why)
{
    char path[RD_STATE_PATH_MAX];
    enum rd_err err = rd_state_path(state, name, path, why);
    return err != RD_OK ? err : replace_file(path, text, why);
}

void rd_state_remove(const char *state, const char *name)
{
    char path[RD_STATE_PATH_MAX];
    if (rd_state_path(state, name, path, NULL) == RD_OK)
        (void)unlink(path); /* a file that was never there is as good as removed */
}

static enum rd_err make_secret(const char *state, const char *name, struct rd_errbuf *why)
{
    unsigned char secret[RD_SECRET_BYTES];
    char text[2 * RD_SECRET_BYTES + 2];
    randombytes_buf(secret, sizeof secret);
    (void)sodium_bin2hex(text, sizeof text, secret, sizeof secret);
    text[sizeof text - 2] = '\n';
    text[sizeof text - 1] = '\0';
    enum rd_err err = rd_state_write(state, name, text, why);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(text, sizeof text);
    return err;
}

static enum rd_err make_router_key(const char *state, struct rd_errbuf *why)
{
    char path[RD_STATE_PATH_MAX];
    struct rd_keypair pair;
    enum rd_err err = rd_state_path(state, "keys/router.key", path, why);
    if (err == RD_OK)
        err = rd_keypair_new(&pair);
    if (err != RD_OK)
        return err;
    err = rd_keypair_write(path, &pair, why);
    rd_keypair_wipe(&pair);
    return err;
}

/* The public half again, for adapters on other machines: always what router.key says. */
static enum rd_err write_router_public(const char *state, struct rd_errbuf *why)
{
    char path[RD_STATE_PATH_MAX];
    char public_z85[RD_Z85_TEXT_MAX];
    char text[128];
    enum rd_err err = rd_state_path(state, "keys/router.key", path, why);
    if (err == RD_OK)
        err = rd_public_key_read(path, public_z85, why);
    if (err != RD_OK)
        return err;
    snprintf(text, sizeof text, "public: \"%s\"\n", public_z85); /* as a .pub file has it */
    return rd_state_write(state, "router.pub", text, why);
}

/* Whoever may read the state directory may operate the router: referralctl works from the start. */
static enum rd_err make_operator(const char *state, struct rd_errbuf *why)
{
    char keys[RD_STATE_PATH_MAX];
    char path[RD_STATE_PATH_MAX];
    struct rd_text all = RD_TEXT("*");
    struct rd_identity identity = {
        .user = RD_TEXT("operator"), .role = RD_IDENTITY_OPERATOR, .teams = &all, .teams_count = 1};
    struct rd_keypair pair;
    enum rd_err err = rd_state_path(state, "keys", keys, why);
    if (err == RD_OK)
        err = rd_state_path(state, "keys/operator.key", path, why);
    if (err == RD_OK)
        err = rd_keypair_new(&pair);
    if (err != RD_OK)
        return err;
    err = rd_keypair_write(path, &pair, why);
    if (err == RD_OK)
        err = rd_key_register(keys, &identity, pair.public_z85, why);
    rd_keypair_wipe(&pair);
    return err;
}

static const struct {
    const char *name;
    enum rd_err (*make)(const char *state, struct rd_errbuf *why);
} key_files[] = {{"keys/router.key", make_router_key},
                 {"keys/operator.key", make_operator},
                 {"keys/hash.key", NULL},
                 {"keys/body.key", NULL}};

static enum rd_err make_keys(const char *state, bool fresh, struct rd_errbuf *why)
{
    for (size_t i = 0; i < sizeof key_files / sizeof key_files[0]; i++) {
        const char *name = key_files[i].name;
        bool operator_key = key_files[i].make == make_operator;
        if (exists(state, name) || (operator_key && !fresh))
            continue;
        if (rd_state_has_ledger(state))
            return rd_fail(why, RD_E_INVALID,
                           "%s/%s: missing beside a ledger that was written with it; restore it "
                           "from the backup of this state directory",
                           state, name);
        enum rd_err err = key_files[i].make == NULL ? make_secret(state, name, why)
                                                    : key_files[i].make(state, why);
        if (err != RD_OK)
            return err;
    }
    return write_router_public(state, why);
}

enum rd_err rd_state_prepare(const char *state, bool create, bool *created, struct rd_errbuf *why)
{
    char keys[RD_STATE_PATH_MAX];
    bool made = false;
    bool made_keys = false;
    enum rd_err err = rd_state_path(state, "keys", keys, why);
    if (err == RD_OK && create)
        err = make_directory(state, &made, why);
    if (err == RD_OK)
        err = check_rights(state, why);
    if (err == RD_OK && create)
        err = make_directory(keys, &made_keys, why);
    if (err == RD_OK)
        err = check_rights(keys, why);
    if (err == RD_OK && create)
        err = make_keys(state, !rd_state_has_ledger(state), why);
    if (created != NULL)
        *created = made;
    return err;
}

static enum rd_err read_secret(const char *state, const char *name, unsigned char *out,
                               struct rd_errbuf *why)
{
    char path[RD_STATE_PATH_MAX];
    char text[2 * RD_SECRET_BYTES + 2] = {0};
    enum rd_err err = rd_state_path(state, name, path, why);
    if (err != RD_OK)
        return err;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return rd_fail(why, RD_E_IO, "%s: %s; restore it from the backup of this state directory",
                       path, strerror(errno));
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file); /* read only */
    size_t bytes = 0;
    bool good =
        len >= SECRET_DIGITS &&
        sodium_hex2bin(out, RD_SECRET_BYTES, text, SECRET_DIGITS, NULL, &bytes, NULL) == 0 &&
        bytes == RD_SECRET_BYTES;
    sodium_memzero(text, sizeof text);
    if (!good)
        return rd_fail(why, RD_E_INVALID,
                       "%s: expected %d hexadecimal digits; restore it from the backup of this "
                       "state directory",
                       path, 2 * RD_SECRET_BYTES);
    return RD_OK;
}

enum rd_err rd_state_keys_read(const char *state, struct rd_state_keys *out, struct rd_errbuf *why)
{
    char path[RD_STATE_PATH_MAX];
    *out = (struct rd_state_keys){0};
    enum rd_err err = rd_state_path(state, "keys/router.key", path, why);
    if (err == RD_OK)
        err = rd_keypair_read(path, &out->router, why);
    if (err == RD_OK)
        err = read_secret(state, "keys/hash.key", out->hash_key, why);
    if (err == RD_OK)
        err = read_secret(state, "keys/body.key", out->body_key, why);
    if (err != RD_OK)
        rd_state_keys_wipe(out);
    return err;
}

void rd_state_keys_wipe(struct rd_state_keys *keys)
{
    rd_keypair_wipe(&keys->router);
    sodium_memzero(keys, sizeof *keys);
}

pid_t rd_state_pid(const char *state)
{
    char path[RD_STATE_PATH_MAX];
    char text[32] = {0};
    int64_t pid = 0;
    if (rd_state_path(state, "referrald.pid", path, NULL) != RD_OK)
        return 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fgets(text, sizeof text, file) == NULL ||
        !rd_text_to_i64(rd_text_trim(rd_text_of(text)), &pid))
        pid = 0;
    (void)fclose(file); /* read only */
    return pid > 0 && kill((pid_t)pid, 0) == 0 ? (pid_t)pid : 0;
}

bool rd_state_endpoint(const char *state, const char *name, char *out, size_t size)
{
    char path[RD_STATE_PATH_MAX];
    char line[512];
    bool found = false;
    if (rd_state_path(state, "endpoints", path, NULL) != RD_OK)
        return false;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        size_t len = strlen(name);
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, name, len) == 0 && line[len] == ' ') {
            int needed = snprintf(out, size, "%s", line + len + 1);
            found = needed > 0 && (size_t)needed < size;
        }
    }
    (void)fclose(file); /* read only */
    return found;
}
