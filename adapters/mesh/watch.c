#include "adapters/mesh/watch.h"

#include "link/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOLD_MAX = 1024, ENDING_LEN = 4 };

void mesh_watch_init(struct mesh_watch *watch, const struct mesh_config *config, int folder)
{
    *watch = (struct mesh_watch){.config = config, .folder = folder};
}

void mesh_watch_fini(struct mesh_watch *watch)
{
    free(watch->entries);
    free(watch->told);
    watch->entries = NULL;
    watch->told = NULL;
}

/* Once for each name, which itself may be a person's: only its hash is said. */
void mesh_watch_tell(struct mesh_watch *watch, const char *name, const char *what)
{
    uint64_t hash = rd_text_hash(rd_text_of(name));
    for (size_t i = 0; i < watch->told_count; i++)
        if (watch->told[i] == hash)
            return;
    if (watch->told == NULL)
        watch->told = calloc(TOLD_MAX, sizeof *watch->told);
    if (watch->told == NULL)
        return;
    if (watch->told_count == TOLD_MAX)
        watch->told_count = 0; /* told again, rather than never of the next ones */
    watch->told[watch->told_count++] = hash;
    rd_log(RD_LOG_NOTICE, "mesh.ignored", rd_log_number("name_hash", (int64_t)(hash >> 1)),
           rd_log_words("what", what));
}

/* 'd' or 'c' of a name that ends in .dat or .ctl, else 0. */
static char kind_of(const char *name, size_t len)
{
    if (name[0] == '.' || len <= ENDING_LEN || len >= MESH_NAME_MAX)
        return 0;
    struct rd_text ending = {name + len - ENDING_LEN, ENDING_LEN};
    if (rd_text_equal_nocase(ending, RD_TEXT(".dat")))
        return 'd';
    return rd_text_equal_nocase(ending, RD_TEXT(".ctl")) ? 'c' : 0;
}

static int by_stem(const void *a, const void *b)
{
    const struct mesh_entry *left = a, *right = b;
    return strcmp(left->stem, right->stem);
}

static bool same_half(const struct mesh_half *a, const struct mesh_half *b)
{
    return strcmp(a->name, b->name) == 0 && a->size == b->size && a->mtime_ns == b->mtime_ns &&
           a->inode == b->inode && a->device == b->device;
}

/* Puts one file in, as an entry of its own; halves are joined once all are there. */
static void put_file(struct mesh_watch *watch, const char *name, uint64_t now_ms,
                     struct mesh_entry *entries, size_t *count)
{
    struct stat st;
    size_t len = strlen(name);
    char kind = kind_of(name, len);
    if (kind == 0) {
        if (name[0] != '.')
            mesh_watch_tell(watch, name, "neither .dat nor .ctl");
        return;
    }
    if (fstatat(watch->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return; /* gone again */
    if (!S_ISREG(st.st_mode)) {
        mesh_watch_tell(watch, name, "a link, a folder or a special file");
        return;
    }
    if (*count == MESH_ENTRIES_MAX)
        return;
    struct mesh_entry *entry = &entries[(*count)++];
    struct mesh_half *half = kind == 'd' ? &entry->dat : &entry->ctl;
    *entry = (struct mesh_entry){.alone_since_ms = now_ms};
    memcpy(entry->stem, name, len - ENDING_LEN);
    memcpy(half->name, name, len);
    half->size = st.st_size;
    half->mtime_ns = st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    half->inode = st.st_ino;
    half->device = st.st_dev;
    half->same_since_ms = now_ms;
}

static enum rd_err list(struct mesh_watch *watch, uint64_t now_ms, struct mesh_entry *entries,
                        size_t *count, struct rd_errbuf *why)
{
    int fd = openat(watch->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        int said = errno;
        if (fd >= 0)
            (void)close(fd);
        return rd_fail(why, RD_E_IO, "inbox: the folder cannot be read: %s", strerror(said));
    }
    errno = 0;
    for (const struct dirent *file = readdir(folder); file != NULL; file = readdir(folder)) {
        put_file(watch, file->d_name, now_ms, entries, count);
        errno = 0;
    }
    int said = errno;
    (void)closedir(folder);
    if (said != 0)
        return rd_fail(why, RD_E_IO, "inbox: the folder cannot be read: %s", strerror(said));
    return RD_OK;
}

/* Files of one stem become one entry; a third (x.dat and x.DAT) stays one of its own. */
static size_t join(struct mesh_entry *entries, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct mesh_entry *last = kept > 0 ? &entries[kept - 1] : NULL;
        bool mine = last != NULL && strcmp(last->stem, entries[i].stem) == 0;
        if (mine && last->dat.name[0] == '\0' && entries[i].dat.name[0] != '\0')
            last->dat = entries[i].dat;
        else if (mine && last->ctl.name[0] == '\0' && entries[i].ctl.name[0] != '\0')
            last->ctl = entries[i].ctl;
        else
            entries[kept++] = entries[i];
    }
    return kept;
}

static bool is_alone(const struct mesh_entry *entry)
{
    return entry->dat.name[0] == '\0' || entry->ctl.name[0] == '\0';
}

static void carry_over(const struct mesh_watch *watch, struct mesh_entry *entry)
{
    const struct mesh_entry *old =
        watch->count == 0 ? NULL
                          : bsearch(entry, watch->entries, watch->count, sizeof *entry, by_stem);
    if (old == NULL)
        return;
    if (same_half(&old->dat, &entry->dat))
        entry->dat.same_since_ms = old->dat.same_since_ms;
    if (same_half(&old->ctl, &entry->ctl))
        entry->ctl.same_since_ms = old->ctl.same_since_ms;
    if (is_alone(old) && is_alone(entry))
        entry->alone_since_ms = old->alone_since_ms;
}

enum rd_err mesh_watch_scan(struct mesh_watch *watch, uint64_t now_ms, struct rd_errbuf *why)
{
    size_t count = 0;
    struct mesh_entry *entries = calloc(MESH_ENTRIES_MAX, sizeof *entries);
    if (entries == NULL)
        return rd_fail(why, RD_E_NOMEM, "no memory to list the inbox");
    enum rd_err err = list(watch, now_ms, entries, &count, why);
    if (err != RD_OK) {
        free(entries);
        return err;
    }
    qsort(entries, count, sizeof *entries, by_stem);
    count = join(entries, count);
    for (size_t i = 0; i < count; i++)
        carry_over(watch, &entries[i]);
    free(watch->entries);
    watch->entries = entries;
    watch->count = count;
    return RD_OK;
}

static bool is_settled(const struct mesh_watch *watch, const struct mesh_half *half,
                       uint64_t now_ms)
{
    return half->name[0] == '\0' || now_ms - half->same_since_ms >= watch->config->settle_ms;
}

struct mesh_entry *mesh_watch_next(struct mesh_watch *watch, uint64_t now_ms)
{
    struct mesh_entry *best = NULL, *alone = NULL;
    uint64_t patience_ms = (uint64_t)watch->config->patience_seconds * 1000;
    for (size_t i = 0; i < watch->count; i++) {
        struct mesh_entry *entry = &watch->entries[i];
        if (entry->done || !is_settled(watch, &entry->dat, now_ms) ||
            !is_settled(watch, &entry->ctl, now_ms))
            continue;
        if (!is_alone(entry) && (best == NULL || entry->ctl.mtime_ns < best->ctl.mtime_ns))
            best = entry;
        if (is_alone(entry) && now_ms - entry->alone_since_ms >= patience_ms)
            alone = entry;
    }
    return best != NULL ? best : alone;
}

size_t mesh_watch_waiting(const struct mesh_watch *watch)
{
    size_t count = 0;
    for (size_t i = 0; i < watch->count; i++)
        count += !watch->entries[i].done;
    return count;
}
