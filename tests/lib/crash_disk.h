/* A disk in memory that loses power: per file what is on the medium, what programs see, and the
 * writes between the two. Not thread-safe: crash_vfs.c holds its mutex around every call.
 *
 * At a power cut each write that was not synced is kept, lost or torn, in any order; each created,
 * deleted name whose directory was not synced is as before or as after. What was synced stays. */
#ifndef RD_TESTS_CRASH_DISK_H
#define RD_TESTS_CRASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd_crash_bytes {
    unsigned char *at; /* owned */
    size_t len, cap;
};

struct rd_crash_op {
    struct rd_crash_op *next;
    bool truncate;
    size_t offset; /* truncate: the new length */
    size_t len;    /* bytes, which stand behind this struct */
};

struct rd_crash_inode {
    size_t uses; /* open handles, and names that lead here */
    struct rd_crash_bytes seen, medium;
    struct rd_crash_op *first, *last; /* not synced, in order */
    void *locks;                      /* crash_vfs.c's; freed with the inode */
};

struct rd_crash_name {
    struct rd_crash_name *next;
    struct rd_crash_inode *seen, *medium; /* NULL: no file of that name */
    char name[];
};

struct rd_crash_counts {
    uint64_t cuts, kept, lost, torn, names_undone;
};

struct rd_crash_disk {
    struct rd_crash_name *names;
    uint64_t random;
    struct rd_crash_counts counts;
};

uint64_t rd_crash_random(struct rd_crash_disk *disk);
void rd_crash_disk_fini(struct rd_crash_disk *disk);
/* NULL: none. */
struct rd_crash_inode *rd_crash_find(struct rd_crash_disk *disk, const char *name);
/* A new, empty file under that name, which leads nowhere yet; its directory is not synced. */
struct rd_crash_inode *rd_crash_create(struct rd_crash_disk *disk, const char *name);
struct rd_crash_inode *rd_crash_anonymous(void);
void rd_crash_use(struct rd_crash_inode *inode);
void rd_crash_unuse(struct rd_crash_inode *inode);
void rd_crash_delete(struct rd_crash_disk *disk, const char *name);
void rd_crash_sync_names(struct rd_crash_disk *disk);

void rd_crash_put(struct rd_crash_inode *inode, const void *bytes, size_t len, size_t offset);
void rd_crash_truncate(struct rd_crash_inode *inode, size_t len);
void rd_crash_sync(struct rd_crash_inode *inode);
/* What is left. `power`: the machine lost power; else only the process ended: everything stays. */
void rd_crash_settle(struct rd_crash_disk *disk, bool power);

#endif
