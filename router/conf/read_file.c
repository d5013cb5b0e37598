#include "conf/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK_BYTES = 16384 };

static enum rd_err read_all(FILE *file, const char *path, size_t bytes_max, struct rd_buf *into,
                            struct rd_errbuf *why)
{
    char chunk[CHUNK_BYTES];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        if (into->len + got > bytes_max)
            return rd_fail(why, RD_E_TOOBIG,
                           "%s: found more than %zu bytes, expected at most that; make it smaller",
                           path, bytes_max);
        rd_buf_put(into, chunk, got);
        if (into->failed)
            return rd_fail(why, RD_E_NOMEM, "%s: no memory to read it", path);
    }
    if (ferror(file))
        return rd_fail(why, RD_E_IO, "%s: cannot be read: %s", path, strerror(errno));
    return RD_OK;
}

enum rd_err rd_read_file(const char *path, size_t bytes_max, struct rd_buf *into,
                         struct rd_errbuf *why)
{
    FILE *file = fopen(path, "rbe"); /* e: no child that another thread starts has it too */
    if (file == NULL)
        return rd_fail(why, RD_E_IO, "%s: cannot be opened: %s; check the path and who may read it",
                       path, strerror(errno));
    enum rd_err err = read_all(file, path, bytes_max, into, why);
    if (fclose(file) != 0 && err == RD_OK)
        err = rd_fail(why, RD_E_IO, "%s: cannot be closed: %s", path, strerror(errno));
    return err;
}

enum rd_err rd_read_regular_file(const char *path, size_t bytes_max, struct rd_buf *into,
                                 struct rd_errbuf *why)
{
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return rd_fail(why, RD_E_IO, "%s: found %s, expected a file; put the file there", path,
                       S_ISDIR(about.st_mode) ? "a directory" : "a pipe or device");
    return rd_read_file(path, bytes_max, into, why);
}
