/* Looking: queries, and opening a body. Inside core/ only. */
#ifndef RD_CORE_QUERY_H
#define RD_CORE_QUERY_H

#include "core/state.h"

bool rd_query_run(struct rd_core *core);
bool rd_open_run(struct rd_core *core);

#endif
