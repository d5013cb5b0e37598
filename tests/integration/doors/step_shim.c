/* LD_PRELOADed into an adapter by test_mesh.py: its machine loses power at the step that RD_DIE_AT
 * names ("12", before it; "12+", after it). A step is a call that somebody else can see the result
 * of: bytes sent to the router, a file made, synced, renamed, linked or removed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long steps;

/* `done`: the call has returned. */
static void step(int done, long number)
{
    const char *at = getenv("RD_DIE_AT");
    char *end = NULL;
    long wanted = at == NULL ? 0 : strtol(at, &end, 10);
    if (wanted == number && done == (*end == '+'))
        (void)kill(getpid(), SIGKILL);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    long number = atomic_fetch_add(&steps, 1) + 1;
    step(0, number);
    ssize_t result = syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
    step(1, number);
    return result;
}

int fsync(int fd)
{
    long number = atomic_fetch_add(&steps, 1) + 1;
    step(0, number);
    int result = (int)syscall(SYS_fsync, fd);
    step(1, number);
    return result;
}

int renameat(int from, const char *name, int to, const char *target)
{
    long number = atomic_fetch_add(&steps, 1) + 1;
    step(0, number);
    int result = (int)syscall(SYS_renameat2, from, name, to, target, 0);
    step(1, number);
    return result;
}

int unlinkat(int folder, const char *name, int flags)
{
    long number = atomic_fetch_add(&steps, 1) + 1;
    step(0, number);
    int result = (int)syscall(SYS_unlinkat, folder, name, flags);
    step(1, number);
    return result;
}

int openat(int folder, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    long number = (flags & O_CREAT) != 0 ? atomic_fetch_add(&steps, 1) + 1 : -1;
    step(0, number);
    int result = (int)syscall(SYS_openat, folder, name, flags, mode);
    step(1, number);
    return result;
}
