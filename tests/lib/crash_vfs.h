/* A file system for SQLite that loses power: an in-memory VFS over crash_disk.h. Name it as
 * rd_ledger_sqlite_options.vfs; the head file goes through it too. Any number of connections, any
 * threads, one process.
 *
 *   vfs = rd_crash_vfs_register("crash", seed);
 *   ... open, work;  rd_crash_vfs_arm(vfs, 137);  work until it fails; close everything ...
 *   rd_crash_vfs_restore(vfs, true);
 *   ... open again, look ...
 *
 * After the cut every call fails with SQLITE_IOERR until restore. Shared memory (the WAL's index)
 * is gone after it. The same seed and the same sequence of calls give the same losses; with a
 * writer thread the sequence is the scheduler's. */
#ifndef RD_TESTS_CRASH_VFS_H
#define RD_TESTS_CRASH_VFS_H

#include "base/buf.h"
#include "tests/lib/crash_disk.h"

struct rd_crash_vfs;

/* `name` is borrowed until unregister. Aborts without memory. */
struct rd_crash_vfs *rd_crash_vfs_register(const char *name, uint64_t seed);
/* No file may be open. Forgets everything. */
void rd_crash_vfs_unregister(struct rd_crash_vfs *vfs);

/* The power goes at the `after_ops`-th change from now (create, write, truncate, sync, delete);
 * that one may happen, not happen or be torn. 0: not at all. */
void rd_crash_vfs_arm(struct rd_crash_vfs *vfs, uint64_t after_ops);
/* Now. */
void rd_crash_vfs_cut(struct rd_crash_vfs *vfs);
bool rd_crash_vfs_is_cut(struct rd_crash_vfs *vfs);
/* No file may be open. `power`: with losses; else as after kill -9: what was written stays. */
void rd_crash_vfs_restore(struct rd_crash_vfs *vfs, bool power);
/* Changes since registration. */
uint64_t rd_crash_vfs_ops(struct rd_crash_vfs *vfs);
struct rd_crash_counts rd_crash_vfs_counts(struct rd_crash_vfs *vfs);

/* Whole files, for damage by hand. Names as SQLite sees them: "DIRECTORY/ledger.db". Read appends
 * to `out`, false when there is none; write replaces or creates, durably. */
bool rd_crash_vfs_read(struct rd_crash_vfs *vfs, const char *name, struct rd_buf *out);
void rd_crash_vfs_write(struct rd_crash_vfs *vfs, const char *name, const void *bytes, size_t len);
void rd_crash_vfs_remove(struct rd_crash_vfs *vfs, const char *name);

#endif
