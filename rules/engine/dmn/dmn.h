/* DMN 1.2 to 1.5 files (1.1 and 1.6 too) -> models and decision tables. Whatever of DMN is not
 * supported is refused by name, line and column; nothing is skipped in silence but what says
 * nothing about a decision (diagrams, extension elements, texts for people). Thread: any. */
#ifndef RD_ENGINE_DMN_DMN_H
#define RD_ENGINE_DMN_DMN_H

#include "base/err.h"
#include "rules/engine/model.h"
#include "model/record.h"

enum { RD_DMN_FILES_MAX = 1024 }; /* one and those that it imports */

/* Called for every finding, in the order in which they are met. */
struct rd_dmn_sink {
    void *context;
    void (*found)(void *context, enum rd_severity severity, struct rd_pos pos, const char *words);
};

struct rd_dmn_file {
    struct rd_text name; /* for messages */
    struct rd_text bytes;
};

/* The model of files[0]; the others are those that it, or they, may import: of these the ones that
 * are imported are read. Everything in `arena`. RD_E_INVALID when a finding was an error: the model
 * is then whatever could be read, with every element that was refused marked, for tools that report
 * on the others; RD_E_TOOBIG, RD_E_NOMEM. */
RD_MUST_CHECK enum rd_err rd_dmn_read_model(const struct rd_dmn_file *files, size_t files_count,
                                            struct rd_arena *arena, const struct rd_dmn_sink *sink,
                                            struct rd_model *out);

struct rd_dmn {
    struct rd_model model;
    struct rd_table *tables; /* of the decisions that are one, in the file's order */
    size_t tables_count;
};
/* A place's file: as above, and the cells of its tables are held against the types and values of
 * their columns. */
RD_MUST_CHECK enum rd_err rd_dmn_read(struct rd_text bytes, struct rd_arena *arena,
                                      const struct rd_dmn_sink *sink, struct rd_dmn *out);
/* By the decision's name; NULL: none, or it is no decision table. */
const struct rd_table *rd_dmn_table(const struct rd_dmn *dmn, struct rd_text name);
/* A decision's table as the router can use it: inputs by name and from input data, simple tests,
 * literal outputs, one rule that hits. RD_E_NOTFOUND: no such decision; RD_E_INVALID, with every
 * reason in the sink. */
RD_MUST_CHECK enum rd_err rd_dmn_place_table(const struct rd_dmn *dmn, struct rd_text name,
                                             const struct rd_dmn_sink *sink,
                                             const struct rd_table **out);

#endif
