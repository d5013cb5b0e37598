/* Decision tables as bit sets: for each column an index from the value's class to the set of rules
 * whose cell holds; the rules that match are the AND over the columns, 64 at a time. Answers
 * exactly as the interpreter (table.h), which is the specification: every set is made by asking it,
 * and what an index cannot tell is asked of it at run time. Numbers, strings, dates, times,
 * durations, booleans, null and lists of strings have an index; contexts, ranges and cells that are
 * not simple have none. Constant once made; nothing here allocates but rd_compile. Thread: any. */
#ifndef RD_ENGINE_COMPILE_H
#define RD_ENGINE_COMPILE_H

#include "base/err.h"
#include "rules/engine/table.h"

/* A column whose sets would take more is asked of the interpreter. */
enum { RD_COMPILED_COLUMN_BYTES_MAX = 8 * 1024 * 1024 };

struct rd_compiled;

/* `table` is plain and must outlive it. RD_E_TOOBIG: the arena is full. */
RD_MUST_CHECK enum rd_err rd_compile(const struct rd_table *table, struct rd_arena *arena,
                                     const struct rd_compiled **out);
/* As rd_table_decide. */
struct rd_hit rd_compiled_decide(const struct rd_compiled *compiled, const struct rd_value *values);
/* How many columns are asked of the interpreter, at least for some rule or type of value. */
size_t rd_compiled_interpreted(const struct rd_compiled *compiled);

/* Rules in groups (by the team that they name): which of each group came nearest. */
struct rd_groups;
/* `table` as above. `group_of`: of each rule, SIZE_MAX for none. */
RD_MUST_CHECK enum rd_err rd_compile_groups(const struct rd_table *table, const size_t *group_of,
                                            size_t groups_count, struct rd_arena *arena,
                                            const struct rd_groups **out);
struct rd_nearest {
    size_t rule;    /* of the group the one of which most conditions hold, the first of these;
                       SIZE_MAX: the group has no rule */
    size_t holds;   /* conditions that do */
    size_t failing; /* the first that does not; inputs_count: all do */
};
/* `out`: one for each group. */
void rd_compiled_nearest(const struct rd_groups *groups, const struct rd_value *values,
                         struct rd_nearest *out);

#endif
