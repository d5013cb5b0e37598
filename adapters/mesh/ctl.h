/* A MESH control file (DTSControl): who sent the data file beside it, and what is in it. Strict
 * about document types and entities, liberal about the rest: unknown elements, their order, case
 * and namespace do not matter. Pure. Thread: any. */
#ifndef RD_MESH_CTL_H
#define RD_MESH_CTL_H

#include "base/arena.h"
#include "base/err.h"

enum {
    MESH_CTL_BYTES_MAX = 65536,
    MESH_CTL_VALUE_MAX = 1024, /* bytes of one value; a longer one is cut and is no mailbox */
    MESH_CTL_DEPTH_MAX = 16
};

/* Values trimmed; absent when empty or not there. */
struct mesh_ctl {
    struct rd_text message_type; /* "Data", "Report" */
    struct rd_text workflow, from, to, local_id, dts_id;
    struct rd_text compress, is_compressed, encrypted;
    struct rd_text status, status_code; /* of StatusRecord: of the delivery, not of the content */
};

/* RD_E_MALFORMED: not well-formed, not a DTSControl, with a document type or entities of its own;
 * `why` says where, nothing of the content; *out holds what stood before the fault. RD_E_TOOBIG:
 * over a bound above. RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err mesh_ctl_read(struct rd_text bytes, struct rd_arena *arena,
                                        struct mesh_ctl *out, struct rd_errbuf *why);
bool mesh_ctl_says_yes(struct rd_text value); /* Y, yes, true, 1 */

#endif
