/* breaks: include, pure, library */
#include "core/core.h"

#include <stdio.h>
#include <sys/time.h>
