/* Submissions: what becomes of each, and what its sender is told. */
#ifndef RD_CORE_INTAKE_H
#define RD_CORE_INTAKE_H

#include "core/state.h"

bool rd_intake_submit(struct rd_core *core);

#endif
