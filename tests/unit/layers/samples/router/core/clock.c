/* breaks: pure, library, banned-call */
#include <stdlib.h>
#include <time.h>

long rd_sample_now(void)
{
    void *memory = malloc(1);
    free(memory);
    return (long)time(NULL) + rand();
}
