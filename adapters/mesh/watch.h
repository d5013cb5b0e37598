/* What lies in the inbox: which files belong together and have stopped changing. Told by the
 * operating system, and by looking at the whole folder again and again, because such tellings get
 * lost. Files that are nothing of ours (links, pipes, folders, other endings) are left alone, with
 * one line in the log. Loop thread only. */
#ifndef RD_MESH_WATCH_H
#define RD_MESH_WATCH_H

#include "adapters/mesh/files.h"

enum { MESH_ENTRIES_MAX = 8192 }; /* names looked at together; the others wait */

/* One file of a name. name[0] == '\0': not there. */
struct mesh_half {
    char name[MESH_NAME_MAX];
    int64_t size, mtime_ns;
    uint64_t inode, device;
    uint64_t same_since_ms;
};
struct mesh_entry {
    char stem[MESH_NAME_MAX];
    struct mesh_half dat, ctl;
    uint64_t alone_since_ms; /* since one half was seen without the other */
    bool done;               /* taken: not to be looked at until the next scan */
};
struct mesh_watch {
    const struct mesh_config *config;
    int folder;
    struct mesh_entry *entries; /* sorted by stem; owned */
    size_t count;
    uint64_t *told; /* hashes of names that the log was told of; owned */
    size_t told_count;
};

void mesh_watch_init(struct mesh_watch *watch, const struct mesh_config *config, int folder);
void mesh_watch_fini(struct mesh_watch *watch);
/* Looks at the whole folder. RD_E_IO, RD_E_NOMEM: what was known stays. */
RD_MUST_CHECK enum rd_err mesh_watch_scan(struct mesh_watch *watch, uint64_t now_ms,
                                          struct rd_errbuf *why);
/* The pair that is ready and whose control file is oldest; else a half whose other did not come in
 * time; NULL: none. */
struct mesh_entry *mesh_watch_next(struct mesh_watch *watch, uint64_t now_ms);
/* Names that are not done. */
size_t mesh_watch_waiting(const struct mesh_watch *watch);
/* A line in the log that a file is left alone, once for each name: `what` says why. */
void mesh_watch_tell(struct mesh_watch *watch, const char *name, const char *what);

#endif
