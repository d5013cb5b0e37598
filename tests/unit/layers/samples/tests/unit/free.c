/* breaks: nothing */
#include "shell/loop.h"

void rd_sample_test(int value)
{
    assert(value);
}
