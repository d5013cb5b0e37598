/* breaks: nothing */
#include "base/err.h"
#include "core/core.h"
#include "rules/rules.h"

#include <string.h>

_Static_assert(sizeof(int) == 4, "an assert of the compiler is welcome");
