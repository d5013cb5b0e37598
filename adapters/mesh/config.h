/* The file that --mesh names: folders, which mailbox is which feed, which workflow carries which
 * format. Checked as it is read; constant afterwards. Loop thread only. */
#ifndef RD_MESH_CONFIG_H
#define RD_MESH_CONFIG_H

#include "adapters/kit/frame.h"

enum mesh_format { MESH_FHIR = 1, MESH_HL7V2, MESH_CSV };

enum { MESH_ROUTES_MAX = 256, MESH_FOLDER_MAX = 1024 };

struct mesh_mailbox {
    struct rd_text mailbox, workflow; /* workflow absent: any */
    const struct rd_feed *feed;
};
struct mesh_workflow {
    struct rd_text workflow;
    enum mesh_format format;
};
struct mesh_config {
    struct rd_arena arena;
    struct rd_text inbox, reports, archive, quarantine; /* folders, NUL-terminated */
    unsigned scan_seconds;                              /* between two looks at the whole folder */
    unsigned settle_ms;         /* a file is taken when it has not changed for so long */
    unsigned patience_seconds;  /* for a file without its other half */
    const struct rd_feed *desk; /* whose desk looks at files of nobody we know */
    struct mesh_mailbox mailboxes[MESH_ROUTES_MAX];
    size_t mailboxes_count;
    struct mesh_workflow workflows[MESH_ROUTES_MAX];
    size_t workflows_count;
};

/* RD_E_INVALID with file, line, column, found, expected; RD_E_IO, RD_E_NOMEM. On failure nothing
 * is left to free. */
RD_MUST_CHECK enum rd_err mesh_config_read(const char *path, const struct rd_frame *frame,
                                           struct mesh_config **out, struct rd_errbuf *why);
void mesh_config_free(struct mesh_config *config); /* NULL allowed */

/* NULL: of nobody. A mailbox with this workflow goes before one with any. */
const struct rd_feed *mesh_config_feed(const struct mesh_config *config, struct rd_text mailbox,
                                       struct rd_text workflow);
/* 0: not in the file. */
enum mesh_format mesh_config_format(const struct mesh_config *config, struct rd_text workflow);

#endif
