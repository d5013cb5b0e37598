/* Whether some boxes take everybody of another box, and if not who is left. Splits along the axis
 * that tells most boxes apart, into groups of classes with the same boxes; only the groups whose
 * boxes include no other group's have to be looked at, and what has been covered by the same boxes
 * before is covered again. Exact; the work is bounded and beyond it the answer is "undecided".
 * Thread: one. */
#ifndef RD_ENGINE_ANALYSIS_COVER_H
#define RD_ENGINE_ANALYSIS_COVER_H

#include "rules/engine/analysis/space.h"

#define RD_COVER_WORK_MAX UINT64_C(1000000000) /* classes x boxes looked at for one question */
enum { RD_COVER_MEMORY_MAX = 256 * 1024 * 1024 };

enum rd_cover_answer { RD_COVERED = 1, RD_OPEN, RD_UNDECIDED };

struct rd_cover;

/* NULL: no memory. The space must outlive it. */
struct rd_cover *rd_cover_new(const struct rd_space *space, const struct rd_alloc *alloc);
void rd_cover_free(struct rd_cover *cover); /* NULL allowed */
/* `left` (a box; NULL: only whether): a part of `box` that none of `boxes` meets, when OPEN.
 * UNDECIDED also without memory: rd_cover_full. */
enum rd_cover_answer rd_cover_find(struct rd_cover *cover, const uint64_t *box,
                                   const uint64_t *const *boxes, size_t count, uint64_t *left);
/* Whether memory gave out in any question: its answer was UNDECIDED for that. */
bool rd_cover_full(const struct rd_cover *cover);

#endif
