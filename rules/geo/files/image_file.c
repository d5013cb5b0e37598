#include "rules/geo/files/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096, BEHIND_HASH = RD_GEO_HASH_AT + RD_GEO_HASH_BYTES };

static void hash_of(const unsigned char *bytes, size_t len, unsigned char hash[RD_GEO_HASH_BYTES])
{
    crypto_generichash(hash, RD_GEO_HASH_BYTES, bytes + BEHIND_HASH, len - BEHIND_HASH, NULL, 0);
}

static enum rd_err fail_errno(struct rd_errbuf *why, const char *path, const char *what, int code)
{
    char words[128] = "";
    if (strerror_r(code, words, sizeof words) != 0)
        (void)snprintf(words, sizeof words, "error %d", code);
    return rd_fail(why, code == ENOSPC || code == EDQUOT ? RD_E_FULL : RD_E_IO,
                   "%s: cannot be %s: %s", path, what, words);
}

static bool write_whole(int fd, const unsigned char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, bytes, len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

/* So that the new name outlives a loss of power. */
static void sync_directory(const char *path)
{
    char directory[PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    int len = slash == NULL
                  ? snprintf(directory, sizeof directory, ".")
                  : snprintf(directory, sizeof directory, "%.*s/", (int)(slash - path), path);
    int fd = len < 0 || (size_t)len >= sizeof directory ? -1 : open(directory, O_RDONLY);
    if (fd < 0)
        return; /* the file itself is synced; its old name is as good */
    (void)fsync(fd);
    (void)close(fd);
}

enum rd_err rd_geo_file_write(const char *path, unsigned char *bytes, size_t len,
                              struct rd_errbuf *why)
{
    char beside[PATH_BYTES_MAX];
    int printed = snprintf(beside, sizeof beside, "%s.new", path);
    if (printed < 0 || (size_t)printed >= sizeof beside)
        return rd_fail(why, RD_E_TOOBIG, "found a path of more than %d bytes", PATH_BYTES_MAX);
    hash_of(bytes, len, bytes + RD_GEO_HASH_AT);
    (void)unlink(beside); /* of a run that was stopped; it may not be there */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0)
        return fail_errno(why, beside, "written", errno);
    bool wrote = write_whole(fd, bytes, len) && fsync(fd) == 0;
    int code = errno;
    if (close(fd) != 0 && wrote) {
        wrote = false;
        code = errno;
    }
    if (wrote && rename(beside, path) != 0) {
        wrote = false;
        code = errno;
    }
    if (!wrote) {
        (void)unlink(beside);
        return fail_errno(why, path, "written", code);
    }
    sync_directory(path);
    return RD_OK;
}

static enum rd_err check(const char *path, struct rd_geo_file *file, struct rd_errbuf *why)
{
    unsigned char hash[RD_GEO_HASH_BYTES];
    struct rd_errbuf words = {{0}};
    enum rd_err err = rd_geo_image_open(file->bytes, file->len, &file->image, &words);
    if (err != RD_OK)
        return rd_fail(why, err, "%s: %.900s", path, words.text);
    hash_of(file->bytes, file->len, hash);
    if (memcmp(hash, file->bytes + RD_GEO_HASH_AT, sizeof hash) != 0)
        return rd_fail(why, RD_E_CORRUPT,
                       "%s: its hash is not that of its bytes, so it is damaged; compile it again",
                       path);
    return RD_OK;
}

enum rd_err rd_geo_file_open(const char *path, struct rd_geo_file *out, struct rd_errbuf *why)
{
    struct stat about;
    *out = (struct rd_geo_file){.bytes = NULL};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(why, path, "read", errno);
    void *bytes = MAP_FAILED;
    int code = EINVAL;
    if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0) {
        bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        code = errno;
    }
    (void)close(fd); /* the mapping stays */
    if (bytes == MAP_FAILED)
        return fail_errno(why, path, "mapped", code);
    out->bytes = bytes;
    out->len = (size_t)about.st_size;
    enum rd_err err = check(path, out, why);
    if (err != RD_OK)
        rd_geo_file_close(out);
    return err;
}

void rd_geo_file_close(struct rd_geo_file *file)
{
    if (file->bytes != NULL) {
        union {
            const void *read;
            void *plain;
        } bytes = {.read = file->bytes};
        (void)munmap(bytes.plain, file->len); /* it was mapped with this length */
    }
    *file = (struct rd_geo_file){.bytes = NULL};
}
