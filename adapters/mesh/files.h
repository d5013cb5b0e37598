/* The folders: reading what somebody else put there, writing so that a file is there whole or not
 * at all, and moving a pair out of the inbox so that a crash between the two never leaves one half
 * to be taken for something new. Names come from strangers: they are never printed. Loop thread
 * only; every call blocks for as long as the disk takes. */
#ifndef RD_MESH_FILES_H
#define RD_MESH_FILES_H

#include "adapters/mesh/config.h"
#include "base/buf.h"

#include <sys/stat.h>

enum {
    MESH_NAME_MAX = 256, /* bytes, NUL included */
    MESH_HASH_BYTES = 32,
    MESH_ID_TEXT_MAX = 33 /* NUL included */
};

struct mesh_folders {
    int inbox, reports, archive, quarantine; /* open directories; -1: not open */
};
RD_MUST_CHECK enum rd_err mesh_folders_open(const struct mesh_config *config,
                                            struct mesh_folders *out, struct rd_errbuf *why);
void mesh_folders_close(struct mesh_folders *folders);

/* A file as it was when it was read. */
struct mesh_file {
    struct rd_buf bytes; /* at most the bound and one byte more */
    bool oversize;
    struct stat stat;
    unsigned char hash[MESH_HASH_BYTES]; /* over the size and `bytes` */
};
/* RD_E_NOTFOUND: gone. RD_E_UNSUPPORTED: a link, a folder, a pipe ... RD_E_AGAIN: it changed while
 * it was read. RD_E_IO, RD_E_NOMEM. `out` is to be given to mesh_file_fini in every case. */
RD_MUST_CHECK enum rd_err mesh_file_read(int folder, const char *name, size_t bytes_max,
                                         struct mesh_file *out, struct rd_errbuf *why);
void mesh_file_fini(struct mesh_file *file);
/* Whole or not at all, and there after a loss of power once this has returned. */
RD_MUST_CHECK enum rd_err mesh_file_write(int folder, const char *name, struct rd_text bytes,
                                          struct rd_errbuf *why);

/* A pair, or one half of it (the other's name is ""), on its way out of the inbox. */
struct mesh_move {
    bool to_quarantine; /* else to the archive */
    char id[MESH_ID_TEXT_MAX];
    char dat_name[MESH_NAME_MAX], ctl_name[MESH_NAME_MAX];
    const struct mesh_file *dat, *ctl; /* as they were read; NULL with an empty name */
};
/* The first step of mesh_move_pair: from here on a crash is put right by mesh_move_resume. */
RD_MUST_CHECK enum rd_err mesh_move_note(const struct mesh_folders *folders,
                                         const struct mesh_move *move, struct rd_errbuf *why);
/* A note of what is to be moved, the moves, the note away. RD_E_CONFLICT: a file is no longer the
 * one that was read: it stays in the inbox. RD_E_IO. */
RD_MUST_CHECK enum rd_err mesh_move_pair(const struct mesh_folders *folders,
                                         const struct mesh_move *move, struct rd_errbuf *why);
/* At the start: what a crash left half moved. RD_E_IO. */
RD_MUST_CHECK enum rd_err mesh_move_resume(const struct mesh_folders *folders,
                                           struct rd_errbuf *why);

#endif
