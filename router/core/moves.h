/* The table of allowed transitions: the only way an assignment's phase changes. */
#ifndef RD_CORE_MOVES_H
#define RD_CORE_MOVES_H

#include "model/entry.h"

/* The phase that `verb` leads to from `phase`; 0: not allowed. Verbs that do not move an assignment
 * (triage, route, repair ...) are never allowed here. `closes`: an acknowledged stand-down. */
enum rd_assignment_phase rd_move_next(enum rd_verb verb, enum rd_assignment_phase phase,
                                      bool closes);

#endif
