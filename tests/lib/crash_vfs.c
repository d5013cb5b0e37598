/* SQLite's side of the crash file system: handles, locks, shared memory. Locks and shared memory
 * follow what SQLite's documentation of sqlite3_io_methods asks. */
#include "tests/lib/crash_vfs.h"

#include "base/err.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SHM_REGIONS_MAX = 64 };

struct rd_crash_vfs {
    sqlite3_vfs base;
    sqlite3_vfs *platform; /* time, sleep, randomness */
    pthread_mutex_t mutex;
    struct rd_crash_disk disk;
    uint64_t ops, cut_at; /* cut_at 0: never */
    bool cut;
    size_t open_files;
};

struct handle;

struct locks {
    size_t shared;
    struct handle *reserved, *pending, *exclusive;
    size_t mapped; /* handles with shared memory */
    void *regions[SHM_REGIONS_MAX];
    size_t shm_shared[SQLITE_SHM_NLOCK];
    struct handle *shm_exclusive[SQLITE_SHM_NLOCK];
};

struct handle {
    sqlite3_file base;
    struct rd_crash_vfs *vfs;
    struct rd_crash_inode *inode;
    int level;      /* SQLITE_LOCK_* */
    bool sync_name; /* the first sync makes its name durable, as the platform's VFS does */
    bool mapped;
    unsigned shm_shared, shm_exclusive; /* bits by slot */
};

static struct handle *handle_of(sqlite3_file *file)
{
    return (struct handle *)file;
}

static struct locks *locks_of(struct handle *handle)
{
    return handle->inode->locks;
}

static bool enter(struct rd_crash_vfs *vfs)
{
    pthread_mutex_lock(&vfs->mutex);
    return !vfs->cut;
}

static int leave(struct rd_crash_vfs *vfs, int rc)
{
    pthread_mutex_unlock(&vfs->mutex);
    return rc;
}

/* Counts a change; true when the power goes with it. */
static bool changes(struct rd_crash_vfs *vfs)
{
    vfs->ops++;
    if (vfs->cut_at != 0 && vfs->ops >= vfs->cut_at)
        vfs->cut = true;
    return vfs->cut;
}

static int crash_close(sqlite3_file *file)
{
    struct handle *handle = handle_of(file);
    struct rd_crash_vfs *vfs = handle->vfs;
    (void)enter(vfs); /* closing works without power */
    rd_crash_unuse(handle->inode);
    vfs->open_files--;
    return leave(vfs, SQLITE_OK);
}

static int crash_read(sqlite3_file *file, void *out, int len, sqlite3_int64 offset)
{
    struct handle *handle = handle_of(file);
    if (!enter(handle->vfs))
        return leave(handle->vfs, SQLITE_IOERR_READ);
    const struct rd_crash_bytes *bytes = &handle->inode->seen;
    size_t from = (size_t)offset, wanted = (size_t)len;
    size_t there = from >= bytes->len ? 0 : bytes->len - from;
    size_t got = there < wanted ? there : wanted;
    if (got > 0)
        memcpy(out, bytes->at + from, got);
    memset((char *)out + got, 0, wanted - got);
    return leave(handle->vfs, got == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ);
}

static int crash_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
    struct handle *handle = handle_of(file);
    if (!enter(handle->vfs))
        return leave(handle->vfs, SQLITE_IOERR_WRITE);
    bool cut = changes(handle->vfs);
    rd_crash_put(handle->inode, bytes, (size_t)len, (size_t)offset);
    return leave(handle->vfs, cut ? SQLITE_IOERR_WRITE : SQLITE_OK);
}

static int crash_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    struct handle *handle = handle_of(file);
    if (!enter(handle->vfs))
        return leave(handle->vfs, SQLITE_IOERR_TRUNCATE);
    bool cut = changes(handle->vfs);
    rd_crash_truncate(handle->inode, (size_t)len);
    return leave(handle->vfs, cut ? SQLITE_IOERR_TRUNCATE : SQLITE_OK);
}

static int crash_sync(sqlite3_file *file, int flags)
{
    struct handle *handle = handle_of(file);
    (void)flags; /* full and data-only syncs keep the same here */
    if (!enter(handle->vfs) || changes(handle->vfs))
        return leave(handle->vfs, SQLITE_IOERR_FSYNC);
    rd_crash_sync(handle->inode);
    if (handle->sync_name)
        rd_crash_sync_names(&handle->vfs->disk);
    handle->sync_name = false;
    return leave(handle->vfs, SQLITE_OK);
}

static int crash_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct handle *handle = handle_of(file);
    if (!enter(handle->vfs))
        return leave(handle->vfs, SQLITE_IOERR_FSTAT);
    *size = (sqlite3_int64)handle->inode->seen.len;
    return leave(handle->vfs, SQLITE_OK);
}

static bool take_exclusive(struct handle *handle, struct locks *locks)
{
    if (locks->pending != NULL && locks->pending != handle)
        return false;
    if (locks->reserved != NULL && locks->reserved != handle)
        return false;
    locks->pending = handle;
    handle->level = SQLITE_LOCK_PENDING;
    if (locks->shared > 1)
        return false;
    locks->exclusive = handle;
    return true;
}

static bool take(struct handle *handle, struct locks *locks, int level)
{
    if (level == SQLITE_LOCK_SHARED) {
        if (locks->pending != NULL || locks->exclusive != NULL)
            return false;
        locks->shared++;
    } else if (level == SQLITE_LOCK_RESERVED) {
        if (locks->reserved != NULL || locks->pending != NULL)
            return false;
        locks->reserved = handle;
    } else if (!take_exclusive(handle, locks)) {
        return false;
    }
    handle->level = level;
    return true;
}

static int crash_lock(sqlite3_file *file, int level)
{
    struct handle *handle = handle_of(file);
    if (!enter(handle->vfs))
        return leave(handle->vfs, SQLITE_IOERR_LOCK);
    if (handle->level >= level || take(handle, locks_of(handle), level))
        return leave(handle->vfs, SQLITE_OK);
    return leave(handle->vfs, SQLITE_BUSY);
}

static int crash_unlock(sqlite3_file *file, int level)
{
    struct handle *handle = handle_of(file);
    struct locks *locks = locks_of(handle);
    (void)enter(handle->vfs); /* locks go without power too */
    if (handle->level > level) {
        if (locks->reserved == handle)
            locks->reserved = NULL;
        if (locks->pending == handle)
            locks->pending = NULL;
        if (locks->exclusive == handle)
            locks->exclusive = NULL;
        if (level == SQLITE_LOCK_NONE)
            locks->shared--;
        handle->level = level;
    }
    return leave(handle->vfs, SQLITE_OK);
}

static int crash_check_reserved(sqlite3_file *file, int *reserved)
{
    struct handle *handle = handle_of(file);
    (void)enter(handle->vfs);
    *reserved = locks_of(handle)->reserved != NULL;
    return leave(handle->vfs, SQLITE_OK);
}

static int crash_control(sqlite3_file *file, int op, void *argument)
{
    (void)file;
    (void)op;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int crash_sector(sqlite3_file *file)
{
    (void)file;
    return 4096;
}

/* As the platform's VFS says of an ordinary disk: a torn write harms only what it was writing. */
static int crash_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int crash_shm_map(sqlite3_file *file, int region, int size, int extend,
                         void volatile **mapped)
{
    struct handle *handle = handle_of(file);
    struct locks *locks = locks_of(handle);
    *mapped = NULL;
    if (!enter(handle->vfs) || region >= SHM_REGIONS_MAX)
        return leave(handle->vfs, SQLITE_IOERR_SHMMAP);
    if (!handle->mapped) {
        handle->mapped = true;
        locks->mapped++;
    }
    if (locks->regions[region] == NULL && extend) {
        locks->regions[region] = calloc(1, (size_t)size);
        rd_require(locks->regions[region] != NULL);
    }
    *mapped = locks->regions[region];
    return leave(handle->vfs, SQLITE_OK);
}

static void shm_release(struct handle *handle, struct locks *locks, unsigned slot)
{
    if (handle->shm_shared >> slot & 1U)
        locks->shm_shared[slot]--;
    if (handle->shm_exclusive >> slot & 1U)
        locks->shm_exclusive[slot] = NULL;
    handle->shm_shared &= ~(1U << slot);
    handle->shm_exclusive &= ~(1U << slot);
}

static bool shm_free(const struct handle *handle, const struct locks *locks, unsigned slot,
                     bool exclusive)
{
    size_t own = handle->shm_shared >> slot & 1U;
    if (locks->shm_exclusive[slot] != NULL && locks->shm_exclusive[slot] != handle)
        return false;
    return !exclusive || locks->shm_shared[slot] == own;
}

static void shm_take(struct handle *handle, struct locks *locks, unsigned slot, bool exclusive)
{
    if (exclusive) {
        locks->shm_exclusive[slot] = handle;
        handle->shm_exclusive |= 1U << slot;
    } else if ((handle->shm_shared >> slot & 1U) == 0) {
        locks->shm_shared[slot]++;
        handle->shm_shared |= 1U << slot;
    }
}

static int crash_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    struct handle *handle = handle_of(file);
    struct locks *locks = locks_of(handle);
    bool power = enter(handle->vfs);
    unsigned from = (unsigned)offset, to = from + (unsigned)count;
    bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        for (unsigned slot = from; slot < to; slot++)
            shm_release(handle, locks, slot);
        return leave(handle->vfs, SQLITE_OK);
    }
    if (!power)
        return leave(handle->vfs, SQLITE_IOERR_SHMLOCK);
    for (unsigned slot = from; slot < to; slot++)
        if (!shm_free(handle, locks, slot, exclusive))
            return leave(handle->vfs, SQLITE_BUSY);
    for (unsigned slot = from; slot < to; slot++)
        shm_take(handle, locks, slot, exclusive);
    return leave(handle->vfs, SQLITE_OK);
}

static void crash_shm_barrier(sqlite3_file *file)
{
    struct handle *handle = handle_of(file);
    (void)enter(handle->vfs);
    (void)leave(handle->vfs, SQLITE_OK);
}

static int crash_shm_unmap(sqlite3_file *file, int remove)
{
    struct handle *handle = handle_of(file);
    struct locks *locks = locks_of(handle);
    (void)remove; /* the first to come finds it empty either way */
    (void)enter(handle->vfs);
    for (unsigned slot = 0; slot < SQLITE_SHM_NLOCK; slot++)
        shm_release(handle, locks, slot);
    if (handle->mapped && --locks->mapped == 0)
        for (size_t i = 0; i < SHM_REGIONS_MAX; i++) {
            free(locks->regions[i]);
            locks->regions[i] = NULL;
        }
    handle->mapped = false;
    return leave(handle->vfs, SQLITE_OK);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = crash_close,
    .xRead = crash_read,
    .xWrite = crash_write,
    .xTruncate = crash_truncate,
    .xSync = crash_sync,
    .xFileSize = crash_size,
    .xLock = crash_lock,
    .xUnlock = crash_unlock,
    .xCheckReservedLock = crash_check_reserved,
    .xFileControl = crash_control,
    .xSectorSize = crash_sector,
    .xDeviceCharacteristics = crash_characteristics,
    .xShmMap = crash_shm_map,
    .xShmLock = crash_shm_lock,
    .xShmBarrier = crash_shm_barrier,
    .xShmUnmap = crash_shm_unmap,
};

static struct rd_crash_vfs *vfs_of(sqlite3_vfs *base)
{
    return (struct rd_crash_vfs *)base;
}

static int crash_open(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct rd_crash_vfs *vfs = vfs_of(base);
    struct handle *handle = handle_of(file);
    *handle = (struct handle){.vfs = vfs};
    if (!enter(vfs))
        return leave(vfs, SQLITE_CANTOPEN);
    struct rd_crash_inode *inode =
        name == NULL ? rd_crash_anonymous() : rd_crash_find(&vfs->disk, name);
    if (inode == NULL) {
        if ((flags & SQLITE_OPEN_CREATE) == 0)
            return leave(vfs, SQLITE_CANTOPEN);
        bool cut = changes(vfs);
        inode = rd_crash_create(&vfs->disk, name);
        handle->sync_name =
            (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
        if (cut)
            return leave(vfs, SQLITE_CANTOPEN);
    }
    if (inode->locks == NULL) {
        inode->locks = calloc(1, sizeof(struct locks));
        rd_require(inode->locks != NULL);
    }
    rd_crash_use(inode);
    handle->inode = inode;
    handle->base.pMethods = &methods;
    vfs->open_files++;
    if (out != NULL)
        *out = flags;
    return leave(vfs, SQLITE_OK);
}

static int crash_delete(sqlite3_vfs *base, const char *name, int sync_directory)
{
    struct rd_crash_vfs *vfs = vfs_of(base);
    if (!enter(vfs))
        return leave(vfs, SQLITE_IOERR_DELETE);
    if (rd_crash_find(&vfs->disk, name) == NULL)
        return leave(vfs, SQLITE_IOERR_DELETE_NOENT);
    bool cut = changes(vfs);
    rd_crash_delete(&vfs->disk, name);
    if (!cut && sync_directory)
        rd_crash_sync_names(&vfs->disk);
    return leave(vfs, cut ? SQLITE_IOERR_DELETE : SQLITE_OK);
}

static int crash_access(sqlite3_vfs *base, const char *name, int flags, int *out)
{
    struct rd_crash_vfs *vfs = vfs_of(base);
    *out = 0;
    if (!enter(vfs))
        return leave(vfs, SQLITE_IOERR_ACCESS);
    const struct rd_crash_inode *inode = rd_crash_find(&vfs->disk, name);
    /* The platform's VFS takes an empty file for none, too. */
    *out = inode != NULL && (flags != SQLITE_ACCESS_EXISTS || inode->seen.len > 0);
    return leave(vfs, SQLITE_OK);
}

static int crash_full_path(sqlite3_vfs *base, const char *name, int size, char *out)
{
    (void)base;
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

static int crash_randomness(sqlite3_vfs *base, int len, char *out)
{
    struct rd_crash_vfs *vfs = vfs_of(base);
    (void)enter(vfs);
    for (int i = 0; i < len; i++)
        out[i] = (char)rd_crash_random(&vfs->disk);
    return leave(vfs, len);
}

static int crash_sleep(sqlite3_vfs *base, int micros)
{
    sqlite3_vfs *platform = vfs_of(base)->platform;
    return platform->xSleep(platform, micros);
}

static int crash_time(sqlite3_vfs *base, double *out)
{
    sqlite3_vfs *platform = vfs_of(base)->platform;
    return platform->xCurrentTime(platform, out);
}

static int crash_last_error(sqlite3_vfs *base, int len, char *out)
{
    (void)base;
    (void)len;
    (void)out;
    return 0;
}

struct rd_crash_vfs *rd_crash_vfs_register(const char *name, uint64_t seed)
{
    struct rd_crash_vfs *vfs = calloc(1, sizeof *vfs);
    rd_require(vfs != NULL);
    vfs->platform = sqlite3_vfs_find(NULL);
    vfs->disk.random = seed;
    pthread_mutex_init(&vfs->mutex, NULL);
    vfs->base = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct handle),
        .mxPathname = 512,
        .zName = name,
        .xOpen = crash_open,
        .xDelete = crash_delete,
        .xAccess = crash_access,
        .xFullPathname = crash_full_path,
        .xRandomness = crash_randomness,
        .xSleep = crash_sleep,
        .xCurrentTime = crash_time,
        .xGetLastError = crash_last_error,
    };
    rd_require(sqlite3_vfs_register(&vfs->base, 0) == SQLITE_OK);
    return vfs;
}

void rd_crash_vfs_unregister(struct rd_crash_vfs *vfs)
{
    rd_require(vfs->open_files == 0);
    rd_require(sqlite3_vfs_unregister(&vfs->base) == SQLITE_OK);
    rd_crash_disk_fini(&vfs->disk);
    pthread_mutex_destroy(&vfs->mutex);
    free(vfs);
}

void rd_crash_vfs_arm(struct rd_crash_vfs *vfs, uint64_t after_ops)
{
    (void)enter(vfs);
    vfs->cut_at = after_ops == 0 ? 0 : vfs->ops + after_ops;
    (void)leave(vfs, SQLITE_OK);
}

void rd_crash_vfs_cut(struct rd_crash_vfs *vfs)
{
    (void)enter(vfs);
    vfs->cut = true;
    (void)leave(vfs, SQLITE_OK);
}

bool rd_crash_vfs_is_cut(struct rd_crash_vfs *vfs)
{
    bool power = enter(vfs);
    (void)leave(vfs, SQLITE_OK);
    return !power;
}

void rd_crash_vfs_restore(struct rd_crash_vfs *vfs, bool power)
{
    (void)enter(vfs);
    rd_require(vfs->open_files == 0);
    rd_crash_settle(&vfs->disk, power);
    vfs->cut = false;
    vfs->cut_at = 0;
    (void)leave(vfs, SQLITE_OK);
}

uint64_t rd_crash_vfs_ops(struct rd_crash_vfs *vfs)
{
    (void)enter(vfs);
    uint64_t ops = vfs->ops;
    (void)leave(vfs, SQLITE_OK);
    return ops;
}

struct rd_crash_counts rd_crash_vfs_counts(struct rd_crash_vfs *vfs)
{
    (void)enter(vfs);
    struct rd_crash_counts counts = vfs->disk.counts;
    (void)leave(vfs, SQLITE_OK);
    return counts;
}

bool rd_crash_vfs_read(struct rd_crash_vfs *vfs, const char *name, struct rd_buf *out)
{
    (void)enter(vfs);
    const struct rd_crash_inode *inode = rd_crash_find(&vfs->disk, name);
    if (inode != NULL)
        rd_buf_put(out, inode->seen.at, inode->seen.len);
    (void)leave(vfs, SQLITE_OK);
    return inode != NULL;
}

void rd_crash_vfs_write(struct rd_crash_vfs *vfs, const char *name, const void *bytes, size_t len)
{
    (void)enter(vfs);
    struct rd_crash_inode *inode = rd_crash_create(&vfs->disk, name);
    rd_crash_put(inode, bytes, len, 0);
    rd_crash_sync(inode);
    rd_crash_sync_names(&vfs->disk);
    (void)leave(vfs, SQLITE_OK);
}

void rd_crash_vfs_remove(struct rd_crash_vfs *vfs, const char *name)
{
    (void)enter(vfs);
    rd_crash_delete(&vfs->disk, name);
    rd_crash_sync_names(&vfs->disk);
    (void)leave(vfs, SQLITE_OK);
}
