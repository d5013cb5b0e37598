/* The mappings of a place, as a part of its check: every one that a feed reads can be read, every
 * file there is some feed's, and what they translate to is known to `rules`, those of the place. */
#ifndef RD_MLLP_MAPPING_CHECK_H
#define RD_MLLP_MAPPING_CHECK_H

#include "rules/load/load.h"

/* Each fault goes to the sink (may be NULL) with its file (relative to the place), line and column.
 * The number of faults. Does I/O. Thread: any. */
size_t mllp_mappings_check(const char *place_directory, const struct rd_rules *rules,
                           rd_finding_sink *sink, void *context);

#endif
