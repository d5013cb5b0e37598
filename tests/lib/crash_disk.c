#include "tests/lib/crash_disk.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

enum { SECTOR_BYTES = 512, HEADER_BYTES = 64 };

uint64_t rd_crash_random(struct rd_crash_disk *disk)
{
    uint64_t z = (disk->random += UINT64_C(0x9E3779B97F4A7C15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static size_t below(struct rd_crash_disk *disk, size_t bound)
{
    return (size_t)(rd_crash_random(disk) % bound);
}

static void *make(size_t size)
{
    void *made = calloc(1, size);
    rd_require(made != NULL); /* a test without memory shows nothing */
    return made;
}

static void set_len(struct rd_crash_bytes *bytes, size_t len)
{
    if (len > bytes->cap) {
        size_t cap = bytes->cap < 8192 ? 8192 : bytes->cap;
        while (cap < len)
            cap *= 2;
        unsigned char *grown = realloc(bytes->at, cap);
        rd_require(grown != NULL);
        bytes->at = grown;
        bytes->cap = cap;
    }
    if (len > bytes->len)
        memset(bytes->at + bytes->len, 0, len - bytes->len);
    bytes->len = len;
}

static void put(struct rd_crash_bytes *bytes, const void *from, size_t len, size_t offset)
{
    if (offset + len > bytes->len)
        set_len(bytes, offset + len);
    if (len > 0)
        memcpy(bytes->at + offset, from, len);
}

static void apply(struct rd_crash_bytes *bytes, const struct rd_crash_op *op)
{
    if (op->truncate)
        set_len(bytes, op->offset);
    else
        put(bytes, op + 1, op->len, op->offset);
}

static void drop_ops(struct rd_crash_inode *inode)
{
    while (inode->first != NULL) {
        struct rd_crash_op *next = inode->first->next;
        free(inode->first);
        inode->first = next;
    }
    inode->last = NULL;
}

static void add_op(struct rd_crash_inode *inode, bool truncate, const void *bytes, size_t len,
                   size_t offset)
{
    struct rd_crash_op *op = make(sizeof *op + len);
    op->truncate = truncate;
    op->offset = offset;
    op->len = len;
    if (len > 0)
        memcpy(op + 1, bytes, len);
    if (inode->last != NULL)
        inode->last->next = op;
    else
        inode->first = op;
    inode->last = op;
    apply(&inode->seen, op);
}

void rd_crash_put(struct rd_crash_inode *inode, const void *bytes, size_t len, size_t offset)
{
    add_op(inode, false, bytes, len, offset);
}

void rd_crash_truncate(struct rd_crash_inode *inode, size_t len)
{
    add_op(inode, true, NULL, 0, len);
}

void rd_crash_sync(struct rd_crash_inode *inode)
{
    for (const struct rd_crash_op *op = inode->first; op != NULL; op = op->next)
        apply(&inode->medium, op);
    drop_ops(inode);
}

struct rd_crash_inode *rd_crash_anonymous(void)
{
    return make(sizeof(struct rd_crash_inode));
}

void rd_crash_use(struct rd_crash_inode *inode)
{
    inode->uses++;
}

void rd_crash_unuse(struct rd_crash_inode *inode)
{
    if (inode == NULL || --inode->uses > 0)
        return;
    drop_ops(inode);
    free(inode->seen.at);
    free(inode->medium.at);
    free(inode->locks);
    free(inode);
}

static void lead(struct rd_crash_inode **place, struct rd_crash_inode *inode)
{
    if (inode != NULL)
        rd_crash_use(inode);
    rd_crash_unuse(*place);
    *place = inode;
}

static struct rd_crash_name *name_of(struct rd_crash_disk *disk, const char *name)
{
    struct rd_crash_name *at = disk->names;
    while (at != NULL && strcmp(at->name, name) != 0)
        at = at->next;
    return at;
}

struct rd_crash_inode *rd_crash_find(struct rd_crash_disk *disk, const char *name)
{
    struct rd_crash_name *found = name_of(disk, name);
    return found == NULL ? NULL : found->seen;
}

struct rd_crash_inode *rd_crash_create(struct rd_crash_disk *disk, const char *name)
{
    struct rd_crash_name *entry = name_of(disk, name);
    if (entry == NULL) {
        entry = make(sizeof *entry + strlen(name) + 1);
        memcpy(entry->name, name, strlen(name) + 1);
        entry->next = disk->names;
        disk->names = entry;
    }
    lead(&entry->seen, rd_crash_anonymous());
    return entry->seen;
}

void rd_crash_delete(struct rd_crash_disk *disk, const char *name)
{
    struct rd_crash_name *found = name_of(disk, name);
    if (found != NULL)
        lead(&found->seen, NULL);
}

void rd_crash_sync_names(struct rd_crash_disk *disk)
{
    for (struct rd_crash_name *at = disk->names; at != NULL; at = at->next)
        lead(&at->medium, at->seen);
}

void rd_crash_disk_fini(struct rd_crash_disk *disk)
{
    while (disk->names != NULL) {
        struct rd_crash_name *next = disk->names->next;
        lead(&disk->names->seen, NULL);
        lead(&disk->names->medium, NULL);
        free(disk->names);
        disk->names = next;
    }
}

/* Keeps one end of a write, cut at a sector or anywhere, often near its beginning, where headers
 * are. */
static void tear(struct rd_crash_disk *disk, struct rd_crash_bytes *bytes,
                 const struct rd_crash_op *op)
{
    size_t at = below(disk, below(disk, 2) == 0 && op->len > HEADER_BYTES ? HEADER_BYTES : op->len);
    if (op->len > SECTOR_BYTES && below(disk, 2) == 0)
        at -= at % SECTOR_BYTES;
    const unsigned char *from = (const unsigned char *)(op + 1);
    if (below(disk, 2) == 0)
        put(bytes, from, at, op->offset);
    else
        put(bytes, from + at, op->len - at, op->offset + at);
    disk->counts.torn++;
}

static size_t collect(const struct rd_crash_inode *inode, const struct rd_crash_op ***out)
{
    size_t count = 0;
    for (const struct rd_crash_op *op = inode->first; op != NULL; op = op->next)
        count++;
    *out = make((count + 1) * sizeof(const struct rd_crash_op *));
    count = 0;
    for (const struct rd_crash_op *op = inode->first; op != NULL; op = op->next)
        (*out)[count++] = op;
    return count;
}

/* In any order: the medium takes them as it likes. `quarters` of four are kept; half the time one
 * in four is torn. */
static void settle_inode(struct rd_crash_disk *disk, struct rd_crash_inode *inode, size_t quarters)
{
    const struct rd_crash_op **ops;
    size_t count = collect(inode, &ops);
    bool tearing = below(disk, 2) == 0;
    for (size_t i = 0; i < count; i++) {
        size_t other = i + below(disk, count - i);
        const struct rd_crash_op *op = ops[other];
        ops[other] = ops[i];
        if (tearing && !op->truncate && op->len > 0 && below(disk, 4) == 0) {
            tear(disk, &inode->medium, op);
        } else if (below(disk, 4) < quarters) {
            apply(&inode->medium, op);
            disk->counts.kept++;
        } else {
            disk->counts.lost++;
        }
    }
    free(ops);
    drop_ops(inode);
    set_len(&inode->seen, 0);
    put(&inode->seen, inode->medium.at, inode->medium.len, 0);
}

void rd_crash_settle(struct rd_crash_disk *disk, bool power)
{
    size_t quarters = below(disk, 5);
    disk->counts.cuts++;
    for (struct rd_crash_name *at = disk->names; at != NULL; at = at->next) {
        if (at->seen == at->medium)
            continue;
        if (power && below(disk, 2) == 0) {
            lead(&at->seen, at->medium);
            disk->counts.names_undone++;
        } else {
            lead(&at->medium, at->seen);
        }
    }
    for (struct rd_crash_name *at = disk->names; at != NULL; at = at->next) {
        if (at->seen == NULL)
            continue;
        if (power)
            settle_inode(disk, at->seen, quarters);
        else
            rd_crash_sync(at->seen);
    }
}
