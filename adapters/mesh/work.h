/* One pair of files at a time, in the order in which they came: read, submitted item by item, its
 * report written, moved away. Nothing is noted on the way: after a crash the pair is read again
 * from its first item, the router knows by the keys what it holds, and the answers are the same.
 * Loop thread only. */
#ifndef RD_MESH_WORK_H
#define RD_MESH_WORK_H

#include "adapters/kit/intake.h"
#include "adapters/mesh/report.h"
#include "adapters/mesh/watch.h"

struct mesh_counters {
    uint64_t files, held, repeats, desk, refused;
};
struct mesh_work {
    const struct mesh_config *config;
    struct mesh_folders folders;
    struct mesh_watch watch;
    struct rd_intake *intake;
    uv_loop_t *loop;
    const struct rd_hl7_mapping *mappings; /* of `feeds`, in their order */
    const struct rd_feed *const *feeds;
    size_t feeds_count;
    rd_instant (*now)(void);
    struct mesh_counters counters;

    bool changed;           /* the folder may hold something new */
    uint64_t scanned_ms;    /* when it was last looked at */
    uint64_t rest_until_ms; /* after a disk that failed, or a router that was busy */
    bool stopping;

    bool active;     /* a pair is under way: everything below is of it */
    bool item_ready; /* read, not yet answered */
    bool submitted;  /* and on its way */
    bool finishing;  /* all is answered: its report, or the move, is tried again */
    bool silent;     /* nothing to report: a delivery report of MESH itself */
    struct mesh_move move;
    struct mesh_file dat, ctl_file;
    struct mesh_ctl ctl;
    struct rd_buf inflated;
    const struct rd_feed *feed;
    struct mesh_content content;
    struct mesh_item item;
    struct mesh_report report;
    struct rd_arena file_arena, item_arena;
};

void mesh_work_init(struct mesh_work *work);
void mesh_work_fini(struct mesh_work *work);
/* Goes on as far as it can: call it when time passed, the folder changed, credit came. */
void mesh_work_advance(struct mesh_work *work);

#endif
