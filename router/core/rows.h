/* Rows: an assignment as lists show it. Never anything of the person but age, needs, flags. */
#ifndef RD_CORE_ROWS_H
#define RD_CORE_ROWS_H

#include "core/state.h"

/* In the step's arena; NULL without memory. */
struct rd_row *rd_row_of(struct rd_core *core, struct rd_held *held, uint32_t assignment);

#endif
