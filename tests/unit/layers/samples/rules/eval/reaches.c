/* breaks: include, pure */
#include "core/core.h"

#include <stdio.h>
