/* The files of a place: what its content hash is over, and what is kept of a rule set. Does I/O.
 * Thread: any. */
#ifndef RD_RULES_PLACE_FILES_H
#define RD_RULES_PLACE_FILES_H

#include "base/buf.h"
#include "base/err.h"

enum { RD_PLACE_FILES_MAX = 1000, RD_PLACE_HASH_TEXT_MAX = 65 /* hex, NUL included */ };

struct rd_place_file {
    char name[256];
    struct rd_buf bytes;
};
struct rd_place_files { /* sorted by name */
    struct rd_place_file *list;
    size_t count;
    size_t bytes; /* of all */
};

/* Every regular file of the directory itself, in the order of their names; a name that begins with
 * a dot is an editor's and not the place's. RD_E_IO, RD_E_TOOBIG (more than 1000 files, or more
 * than `bytes_max` together), RD_E_NOMEM; `why` names the file. After any result:
 * rd_place_files_fini. */
RD_MUST_CHECK enum rd_err rd_place_files_read(const char *directory, size_t bytes_max,
                                              struct rd_place_files *out, struct rd_errbuf *why);
void rd_place_files_fini(struct rd_place_files *files);
/* The place's content hash: BLAKE2b, 32 bytes, hex, over name, NUL, length (8 bytes, big-endian)
 * and bytes of every file. RD_E_BUG: libsodium does not start. */
RD_MUST_CHECK enum rd_err rd_place_files_hash(const struct rd_place_files *files,
                                              char hex[RD_PLACE_HASH_TEXT_MAX]);

#endif
