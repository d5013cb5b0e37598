/* breaks: include */
#include "link/zsock.h"
