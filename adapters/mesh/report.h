/* What the sender of a file is told: one JSON file in the reports folder. Rows, columns, references
 * and our own words only: nothing of a person. Pure but for memory. Thread: the owner's. */
#ifndef RD_MESH_REPORT_H
#define RD_MESH_REPORT_H

#include "adapters/mesh/content.h"
#include "base/buf.h"
#include "model/message.h"

#include <jansson.h>

enum mesh_outcome {
    MESH_HELD = 1, /* it is with us */
    MESH_REPEAT,   /* it was with us already */
    MESH_DESK,     /* kept, not understood: a person looks at it */
    MESH_REFUSED,
    MESH_TEST, /* a test on a test feed */
    MESH_OUTCOMES
};

struct mesh_report {
    json_t *items;
    unsigned counts[MESH_OUTCOMES];
    bool failed; /* out of memory at some put */
};

void mesh_report_init(struct mesh_report *report);
void mesh_report_fini(struct mesh_report *report);
/* What the router made of one item; returns it. */
enum mesh_outcome mesh_report_add(struct mesh_report *report, const struct mesh_item *item,
                                  const struct rd_submit_result *result);
/* What the report says of the item that was added last, alone, for the ledger; in `arena`. Absent
 * members: no memory for them. */
struct rd_answered mesh_report_answer(const struct mesh_report *report, enum mesh_outcome outcome,
                                      const struct rd_submit_result *result,
                                      struct rd_arena *arena);
/* The whole. RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err mesh_report_write(const struct mesh_report *report, const char *id,
                                            const struct rd_feed *feed, const struct mesh_ctl *ctl,
                                            rd_instant now, struct rd_buf *out);

#endif
