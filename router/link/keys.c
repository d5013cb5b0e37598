#include "link/keys.h"

#include "link/key_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum {
    Z85_CHARS = RD_Z85_TEXT_MAX - 1,
    KEY_BYTES = 32,
    KEY_FILE_BYTES_MAX = 4096,
    PATH_BYTES_MAX = 4096
};

/* --- key pairs --- */

bool rd_key_parse(struct rd_text text, char out[RD_Z85_TEXT_MAX])
{
    uint8_t bytes[KEY_BYTES];
    if (text.len != Z85_CHARS)
        return false;
    memcpy(out, text.ptr, Z85_CHARS);
    out[Z85_CHARS] = '\0';
    bool good = zmq_z85_decode(bytes, out) != NULL;
    sodium_memzero(bytes, sizeof bytes);
    return good;
}

enum rd_err rd_keypair_new(struct rd_keypair *out)
{
    return zmq_curve_keypair(out->public_z85, out->secret_z85) == 0 ? RD_OK : RD_E_UNSUPPORTED;
}

void rd_keypair_wipe(struct rd_keypair *pair)
{
    sodium_memzero(pair, sizeof *pair);
}

/* Reads a small file whole. `mode` gets its permission bits. */
static enum rd_err read_small(const char *path, char bytes[KEY_FILE_BYTES_MAX], size_t *len,
                              mode_t *mode, struct rd_errbuf *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return rd_fail(why, errno == ENOENT ? RD_E_NOTFOUND : RD_E_IO,
                       "%s: cannot read the key file: %s", path, strerror(errno));
    struct stat stat = {0};
    enum rd_err err = RD_OK;
    *len = 0;
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode))
        err = rd_fail(why, RD_E_INVALID, "%s: expected a key file, found something else", path);
    ssize_t got = 1;
    while (err == RD_OK && got > 0 && *len < KEY_FILE_BYTES_MAX) {
        got = read(fd, bytes + *len, KEY_FILE_BYTES_MAX - *len);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got < 0)
            err = rd_fail(why, RD_E_IO, "%s: cannot read: %s", path, strerror(errno));
        else
            *len += (size_t)got;
    }
    close(fd);
    if (err == RD_OK && *len == KEY_FILE_BYTES_MAX)
        err =
            rd_fail(why, RD_E_INVALID, "%s: %d bytes or more; expected a key file, which is small",
                    path, KEY_FILE_BYTES_MAX);
    *mode = stat.st_mode;
    return err;
}

/* The value of "name = value" in a .key file; absent when there is no such line. Only the first '='
 * divides: z85 has that character too. */
static struct rd_text key_line(struct rd_text bytes, const char *name)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t end = rd_text_find(bytes, '\n', at);
        struct rd_text line = rd_text_slice(bytes, at, end - at);
        size_t equals = rd_text_find(line, '=', 0);
        if (equals < line.len && rd_text_is(rd_text_trim(rd_text_slice(line, 0, equals)), name))
            return rd_text_trim(rd_text_slice(line, equals + 1, line.len));
        at = end + 1;
    }
    return RD_TEXT_NONE;
}

static enum rd_err bad_key_file(const char *path, const char *name, struct rd_errbuf *why)
{
    return rd_fail(why, RD_E_INVALID,
                   "%s: no line \"%s = KEY\" with a key of 40 z85 characters; make a new pair with "
                   "referralctl keys new",
                   path, name);
}

static enum rd_err parse_pair(const char *path, struct rd_text bytes, struct rd_keypair *out,
                              struct rd_errbuf *why)
{
    char derived[RD_Z85_TEXT_MAX];
    if (!rd_key_parse(key_line(bytes, "public"), out->public_z85))
        return bad_key_file(path, "public", why);
    if (!rd_key_parse(key_line(bytes, "secret"), out->secret_z85))
        return bad_key_file(path, "secret", why);
    if (zmq_curve_public(derived, out->secret_z85) != 0 || strcmp(derived, out->public_z85) != 0)
        return rd_fail(why, RD_E_INVALID,
                       "%s: the public key is not that of the secret one; restore the file or make "
                       "a new pair with referralctl keys new",
                       path);
    return RD_OK;
}

enum rd_err rd_keypair_read(const char *path, struct rd_keypair *out, struct rd_errbuf *why)
{
    char bytes[KEY_FILE_BYTES_MAX];
    size_t len = 0;
    mode_t mode = 0;
    enum rd_err err = read_small(path, bytes, &len, &mode, why);
    if (err == RD_OK && (mode & (S_IRWXG | S_IRWXO)) != 0)
        err = rd_fail(why, RD_E_INVALID,
                      "%s: mode %04o lets others read a secret key; expected 0600; run chmod 600 "
                      "and, if others may have read it, replace the key",
                      path, (unsigned)(mode & 07777));
    if (err == RD_OK)
        err = parse_pair(path, (struct rd_text){bytes, len}, out, why);
    sodium_memzero(bytes, sizeof bytes);
    if (err != RD_OK)
        rd_keypair_wipe(out);
    return err;
}

enum rd_err rd_public_key_read(const char *path, char out[RD_Z85_TEXT_MAX], struct rd_errbuf *why)
{
    size_t len = strlen(path);
    if (len >= 4 && strcmp(path + len - 4, ".pub") == 0)
        return rd_pub_file_read(path, out, why);
    char bytes[KEY_FILE_BYTES_MAX];
    mode_t mode = 0;
    enum rd_err err = read_small(path, bytes, &len, &mode, why);
    if (err == RD_OK && !rd_key_parse(key_line((struct rd_text){bytes, len}, "public"), out))
        err = bad_key_file(path, "public", why);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

/* --- writing files: whole or not at all --- */

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, bytes, len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

/* A reader sees the whole file or none: written beside, then linked under its name, which fails
 * when there is one. */
enum rd_err rd_key_file_create(const char *path, mode_t mode, struct rd_text bytes,
                               struct rd_errbuf *why)
{
    char beside[PATH_BYTES_MAX];
    int len = snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof beside)
        return rd_fail(why, RD_E_INVALID, "%s: path too long", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return rd_fail(why, RD_E_IO,
                       "%s: cannot create: %s; expected a directory that can be "
                       "written",
                       beside, strerror(errno));
    bool written = write_all(fd, bytes.ptr, bytes.len) && fsync(fd) == 0;
    int error = errno;
    if (close(fd) != 0 && written) {
        written = false;
        error = errno;
    }
    enum rd_err err = RD_OK;
    if (!written)
        err = rd_fail(why, error == ENOSPC ? RD_E_FULL : RD_E_IO, "%s: cannot write: %s", beside,
                      strerror(error));
    else if (link(beside, path) != 0)
        err = rd_fail(why, errno == EEXIST ? RD_E_CONFLICT : RD_E_IO,
                      "%s: %s; nothing was changed; remove it first if it is to be replaced", path,
                      strerror(errno));
    unlink(beside);
    return err;
}

enum rd_err rd_keypair_write(const char *path, const struct rd_keypair *pair, struct rd_errbuf *why)
{
    char text[256];
    int len = snprintf(text, sizeof text, "public = %s\nsecret = %s\n", pair->public_z85,
                       pair->secret_z85);
    rd_require(len > 0 && (size_t)len < sizeof text);
    enum rd_err err = rd_key_file_create(path, 0600, (struct rd_text){text, (size_t)len}, why);
    sodium_memzero(text, sizeof text);
    return err;
}
