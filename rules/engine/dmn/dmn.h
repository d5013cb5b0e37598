/* DMN 1.2 to 1.5 files -> decision tables. Whatever of DMN is not supported is refused by name,
 * line and column; nothing is skipped in silence but what says nothing about the decision
 * (diagrams, extension elements, texts for people). Thread: any. */
#ifndef RD_ENGINE_DMN_DMN_H
#define RD_ENGINE_DMN_DMN_H

#include "base/err.h"
#include "rules/engine/table.h"
#include "model/record.h"

/* Called for every finding, in the file's order. */
struct rd_dmn_sink {
    void *context;
    void (*found)(void *context, enum rd_severity severity, struct rd_pos pos, const char *words);
};

struct rd_dmn {
    struct rd_table *tables; /* one per decision, in the file's order */
    size_t tables_count;
};

/* Everything in `arena`. RD_E_INVALID when a finding was an error; RD_E_TOOBIG, RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_dmn_read(struct rd_text bytes, struct rd_arena *arena,
                                      const struct rd_dmn_sink *sink, struct rd_dmn *out);
/* By the decision's name; NULL: none. */
const struct rd_table *rd_dmn_table(const struct rd_dmn *dmn, struct rd_text name);

#endif
