/* LD_PRELOADed into the router by machine.py: a machine whose clock jumps and whose disk fills, as
 * two small files in RD_SHIM_DIR say: `clock`, seconds that the wall clock is off; `disk`, MiB that
 * are free. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *out);

static long said(const char *name, long otherwise)
{
    const char *directory = getenv("RD_SHIM_DIR");
    char path[512];
    char text[32] = {0};
    if (directory == NULL)
        return otherwise;
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return otherwise;
    ssize_t len = read(fd, text, sizeof text - 1);
    (void)close(fd);
    return len > 0 ? strtol(text, NULL, 10) : otherwise;
}

int clock_gettime(clockid_t id, struct timespec *out)
{
    int result = (int)syscall(SYS_clock_gettime, id, out);
    if (result == 0 && id == CLOCK_REALTIME)
        out->tv_sec += said("clock", 0);
    return result;
}

int statvfs(const char *path, struct statvfs *out)
{
    static int (*real)(const char *path, struct statvfs *out);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "statvfs");
    int result = real(path, out);
    long free_mib = said("disk", -1);
    if (result == 0 && free_mib >= 0)
        out->f_bavail = (fsblkcnt_t)(((unsigned long long)free_mib << 20) / out->f_frsize);
    return result;
}
