/* Reads and checks a place directory. Does I/O; never linked by the core. Thread: any, one call at
 * a time. */
#ifndef RD_RULES_LOAD_H
#define RD_RULES_LOAD_H

#include "base/err.h"
#include "rules/rules.h"

/* One finding: `file` relative to the place, line and column from 1 (0: the whole file). */
struct rd_finding {
    enum rd_severity severity; /* ERROR: the set does not load */
    char file[256];
    unsigned line, column;
    char words[512]; /* what was found, what was expected, what to do */
};
/* Called for every finding, in file order. May be NULL. */
typedef void rd_finding_sink(void *context, const struct rd_finding *finding);
/* An error in words that begin with "DIRECTORY/FILE:LINE:COLUMN: ", as readers of files write them,
 * taken apart; words of another form stay whole. */
void rd_finding_of(struct rd_finding *finding, const char *directory, const struct rd_errbuf *why);

/* Loads `directory`. RD_E_INVALID when any finding is an error (*out is NULL), RD_E_IO when it
 * cannot be read. The rule set is the caller's: rd_rules_free. */
RD_MUST_CHECK enum rd_err rd_rules_load(const char *directory, const struct rd_alloc *alloc,
                                        rd_finding_sink *sink, void *context,
                                        struct rd_rules **out);
void rd_rules_free(struct rd_rules *rules); /* NULL allowed */

#endif
