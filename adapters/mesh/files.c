#include "adapters/mesh/files.h"

#include "adapters/mesh/ctl.h"
#include "base/alloc.h"
#include "model/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static enum rd_err open_folder(struct rd_text path, const char *what, int *out,
                               struct rd_errbuf *why)
{
    *out = open(path.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*out < 0)
        return rd_fail(why, RD_E_IO, "%s: the folder cannot be opened: %s", what, strerror(errno));
    return RD_OK;
}

/* Two doors would move each other's files. The lock ends with the process, however that ends. */
static enum rd_err lock_inbox(int inbox, struct rd_errbuf *why)
{
    if (flock(inbox, LOCK_EX | LOCK_NB) == 0)
        return RD_OK;
    if (errno == EWOULDBLOCK)
        return rd_fail(why, RD_E_IO,
                       "inbox: another referral-mesh works on this folder: stop that one, or give "
                       "this one a folder of its own");
    return rd_fail(why, RD_E_IO, "inbox: the folder cannot be locked: %s", strerror(errno));
}

enum rd_err mesh_folders_open(const struct mesh_config *config, struct mesh_folders *out,
                              struct rd_errbuf *why)
{
    *out = (struct mesh_folders){-1, -1, -1, -1};
    enum rd_err err = open_folder(config->inbox, "inbox", &out->inbox, why);
    if (err == RD_OK)
        err = lock_inbox(out->inbox, why);
    if (err == RD_OK)
        err = open_folder(config->reports, "reports", &out->reports, why);
    if (err == RD_OK)
        err = open_folder(config->archive, "archive", &out->archive, why);
    if (err == RD_OK)
        err = open_folder(config->quarantine, "quarantine", &out->quarantine, why);
    if (err != RD_OK)
        mesh_folders_close(out);
    return err;
}

void mesh_folders_close(struct mesh_folders *folders)
{
    int *const all[] = {&folders->inbox, &folders->reports, &folders->archive,
                        &folders->quarantine};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (*all[i] >= 0)
            (void)close(*all[i]); /* nothing was written through it */
        *all[i] = -1;
    }
}

static bool same_state(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum rd_err read_all(int fd, size_t bytes_max, struct mesh_file *out, struct rd_errbuf *why)
{
    enum { CHUNK = 65536 };
    while (out->bytes.len <= bytes_max) {
        size_t room = bytes_max + 1 - out->bytes.len;
        size_t before = out->bytes.len;
        size_t want = room < CHUNK ? room : CHUNK;
        unsigned char *at = rd_buf_extend(&out->bytes, want);
        if (at == NULL)
            return rd_fail(why, RD_E_NOMEM, "no memory to read a file");
        ssize_t got = read(fd, at, want);
        out->bytes.len = before + (got > 0 ? (size_t)got : 0);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return rd_fail(why, RD_E_IO, "a file cannot be read: %s", strerror(errno));
    }
    out->oversize = out->bytes.len > bytes_max;
    return RD_OK;
}

static void hash_file(struct mesh_file *file)
{
    crypto_generichash_state state;
    uint64_t size = (uint64_t)file->stat.st_size;
    unsigned char head[8];
    for (size_t i = 0; i < sizeof head; i++)
        head[i] = (unsigned char)(size >> (8 * i));
    (void)crypto_generichash_init(&state, NULL, 0, sizeof file->hash);
    (void)crypto_generichash_update(&state, head, sizeof head);
    (void)crypto_generichash_update(&state, file->bytes.bytes, file->bytes.len);
    (void)crypto_generichash_final(&state, file->hash, sizeof file->hash);
}

enum rd_err mesh_file_read(int folder, const char *name, size_t bytes_max, struct mesh_file *out,
                           struct rd_errbuf *why)
{
    struct stat after;
    *out = (struct mesh_file){.oversize = false};
    rd_buf_init(&out->bytes, rd_alloc_heap());
    /* A pipe would keep us waiting, a link might lead anywhere. */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return RD_E_NOTFOUND;
    if (fd < 0 && (errno == ELOOP || errno == ENXIO))
        return RD_E_UNSUPPORTED;
    if (fd < 0)
        return rd_fail(why, RD_E_IO, "a file cannot be opened: %s", strerror(errno));
    enum rd_err err = RD_OK;
    if (fstat(fd, &out->stat) != 0)
        err = rd_fail(why, RD_E_IO, "a file cannot be looked at: %s", strerror(errno));
    else if (!S_ISREG(out->stat.st_mode))
        err = RD_E_UNSUPPORTED;
    if (err == RD_OK)
        err = read_all(fd, bytes_max, out, why);
    if (err == RD_OK && (fstat(fd, &after) != 0 || !same_state(&out->stat, &after)))
        err = RD_E_AGAIN;
    (void)close(fd); /* nothing was written through it */
    if (err == RD_OK)
        hash_file(out);
    return err;
}

void mesh_file_fini(struct mesh_file *file)
{
    rd_buf_fini(&file->bytes);
}

static bool write_all(int fd, struct rd_text bytes)
{
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t put = write(fd, bytes.ptr + done, bytes.len - done);
        if (put < 0 && errno != EINTR)
            return false;
        done += put > 0 ? (size_t)put : 0;
    }
    return fsync(fd) == 0;
}

enum rd_err mesh_file_write(int folder, const char *name, struct rd_text bytes,
                            struct rd_errbuf *why)
{
    char temporary[MESH_NAME_MAX];
    int len = snprintf(temporary, sizeof temporary, ".%s.part", name);
    if (len < 0 || (size_t)len >= sizeof temporary)
        return rd_fail(why, RD_E_IO, "a file's name is too long");
    int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0)
        return rd_fail(why, RD_E_IO, "a file cannot be made: %s", strerror(errno));
    bool ok = write_all(fd, bytes);
    int said = errno;
    ok = close(fd) == 0 && ok;
    if (ok && renameat(folder, temporary, folder, name) == 0 && fsync(folder) == 0)
        return RD_OK;
    if (ok)
        said = errno;
    (void)unlinkat(folder, temporary, 0); /* it is written again the next time */
    return rd_fail(why, RD_E_IO, "a file cannot be written: %s", strerror(said));
}
