/* A backup is a directory: the ledger's consistent copy, its head, and the keys, without which its
 * bodies cannot be read. It is as secret as the state directory itself: mode 0700. */
#include "ctl/offline.h"

#include "shell/state_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool copy_bytes(int from, int to)
{
    char bytes[65536];
    ssize_t len;
    while ((len = read(from, bytes, sizeof bytes)) > 0)
        for (ssize_t done = 0; done < len;) {
            ssize_t one = write(to, bytes + done, (size_t)(len - done));
            if (one <= 0)
                return false;
            done += one;
        }
    return len == 0 && fsync(to) == 0;
}

static int copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return ctl_fail(CTL_NO, "%s: %s", from, strerror(errno));
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool copied = out >= 0 && copy_bytes(in, out);
    int error = errno;
    if (out >= 0 && close(out) != 0)
        copied = false;
    (void)close(in); /* read only */
    return copied ? CTL_OK : ctl_fail(CTL_NO, "%s: %s", to, strerror(error));
}

/* Every plain file of one directory into another. */
static int copy_directory(const char *from, const char *to)
{
    int status = CTL_OK;
    char source[RD_STATE_PATH_MAX + 256];
    char target[RD_STATE_PATH_MAX + 256];
    struct dirent *entry;
    struct stat info;
    DIR *open = opendir(from);
    if (open == NULL)
        return ctl_fail(CTL_NO, "%s: %s", from, strerror(errno));
    while (status == CTL_OK && (entry = readdir(open)) != NULL) {
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        if (lstat(source, &info) == 0 && S_ISREG(info.st_mode))
            status = copy_file(source, target);
    }
    (void)closedir(open); /* read only */
    return status;
}

static int make_directory(const char *path)
{
    if (mkdir(path, 0700) == 0)
        return CTL_OK;
    return ctl_fail(CTL_NO, "%s: cannot be made: %s; name a directory that does not exist yet",
                    path, strerror(errno));
}

int ctl_ledger_backup(const struct ctl_args *args)
{
    const char *target = args->operands[0];
    char from[RD_STATE_PATH_MAX];
    char to[RD_STATE_PATH_MAX];
    struct rd_ledger *ledger = NULL;
    struct rd_errbuf why = {{0}};
    int status = ctl_open_ledger(args, &ledger);
    if (status != CTL_OK)
        return status;
    if (rd_ledger_sqlite_backup(ledger, target, &why) != RD_OK)
        status = ctl_fail(CTL_NO, "%s", why.text);
    ledger->ops->close(ledger);
    snprintf(from, sizeof from, "%s/keys", ctl_state(args));
    snprintf(to, sizeof to, "%s/keys", target);
    if (status == CTL_OK)
        status = make_directory(to);
    if (status == CTL_OK)
        status = copy_directory(from, to);
    if (status == CTL_OK)
        printf("%s: backup made, keys included: keep it as safe as the state directory\n", target);
    return status;
}

/* Into a state directory that does not exist yet: what is there is never overwritten. */
static int restore(const char *backup, const char *state)
{
    char from[RD_STATE_PATH_MAX];
    char to[RD_STATE_PATH_MAX];
    struct rd_errbuf why = {{0}};
    struct rd_state_keys keys;
    int status = make_directory(state);
    snprintf(from, sizeof from, "%s/keys", backup);
    snprintf(to, sizeof to, "%s/keys", state);
    if (status == CTL_OK)
        status = make_directory(to);
    if (status == CTL_OK)
        status = copy_directory(from, to);
    if (status != CTL_OK)
        return status;
    if (rd_state_keys_read(state, &keys, &why) != RD_OK)
        return ctl_fail(CTL_NO, "%s", why.text);
    struct rd_ledger_sqlite_options options = {.directory = state, .body_key = keys.body_key};
    if (rd_ledger_sqlite_restore(&options, backup, &why) != RD_OK)
        status = ctl_fail(CTL_NO, "%s", why.text);
    rd_state_keys_wipe(&keys);
    return status;
}

int ctl_ledger_restore(const struct ctl_args *args)
{
    const char *backup = args->operands[0];
    if (!rd_state_has_ledger(backup))
        return ctl_fail(CTL_NO,
                        "%s: no ledger.db in it; expected a backup made by referralctl "
                        "ledger backup",
                        backup);
    int status = restore(backup, ctl_state(args));
    if (status == CTL_OK)
        status = ctl_ledger_verify(args);
    if (status == CTL_OK)
        printf("%s: restored; the router starts a new incarnation with it\n", ctl_state(args));
    return status;
}
