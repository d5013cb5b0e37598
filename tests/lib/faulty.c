#include "faulty.h"

#include <stdalign.h>
#include <stdlib.h>

/* The size stands before each block. */
struct head {
    alignas(max_align_t) size_t size;
};

static void *faulty_resize(void *context, void *old, size_t size)
{
    struct faulty *faulty = context;
    if (++faulty->calls == faulty->fail_at) {
        faulty->failed = true;
        return NULL;
    }
    struct head *before = old == NULL ? NULL : (struct head *)old - 1;
    size_t freed = before == NULL ? 0 : before->size;
    struct head *head = realloc(before, sizeof *head + size);
    if (head == NULL)
        abort();
    head->size = size;
    faulty->held += old == NULL;
    faulty->held_bytes += size - freed;
    if (faulty->held_bytes > faulty->peak_bytes)
        faulty->peak_bytes = faulty->held_bytes;
    return head + 1;
}

static void faulty_release(void *context, void *old)
{
    struct faulty *faulty = context;
    if (old == NULL)
        return;
    struct head *head = (struct head *)old - 1;
    faulty->held--;
    faulty->held_bytes -= head->size;
    free(head);
}

void faulty_init(struct faulty *faulty, size_t fail_at)
{
    *faulty = (struct faulty){.fail_at = fail_at};
    faulty->alloc = (struct rd_alloc){faulty, faulty_resize, faulty_release};
}
