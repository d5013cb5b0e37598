/* The pack's way to the disk. Its directory is a folder for people: whoever may read it there may
 * read patient data, and nobody else (0640: the owner writes, the folder's group reads). */
#include "adapters/worklist/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACK_MODE = 0640 };
#define UNFINISHED ".downtime-pack.unfinished"

static int write_all(int fd, struct rd_text text)
{
    for (size_t done = 0; done < text.len;) {
        ssize_t count = write(fd, text.ptr + done, text.len - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno;
        done += (size_t)count;
    }
    return 0;
}

/* 0, or errno. What was begun and not ended is removed: it holds as much as a pack. */
static int write_new(int folder, struct rd_text text)
{
    (void)unlinkat(folder, UNFINISHED, 0); /* of a process that was killed; most often none */
    int fd = openat(folder, UNFINISHED, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    int code = write_all(fd, text);
    if (code == 0 && fchmod(fd, PACK_MODE) != 0)
        code = errno;
    if (code == 0 && fsync(fd) != 0)
        code = errno;
    if (close(fd) != 0 && code == 0)
        code = errno;
    if (code == 0 && renameat(folder, UNFINISHED, folder, WORKLIST_PACK_FILE) != 0)
        code = errno;
    if (code != 0)
        (void)unlinkat(folder, UNFINISHED, 0); /* the reason stays the first one */
    else if (fsync(folder) != 0)
        code = errno;
    return code;
}

int worklist_pack_write(const char *directory, struct rd_text text)
{
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return errno;
    int code = write_new(folder, text);
    (void)close(folder);
    return code;
}
