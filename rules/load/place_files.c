#include "rules/load/place_files.h"

#include "conf/read_file.h"

#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HASH_BYTES = 32, PATH_BYTES_MAX = 4096 };

static int by_name(const void *a, const void *b)
{
    const struct rd_place_file *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static bool is_of_place(const char *directory, const char *name)
{
    struct stat about;
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", directory, name);
    return name[0] != '.' && len >= 0 && (size_t)len < sizeof path && stat(path, &about) == 0 &&
           S_ISREG(about.st_mode);
}

static enum rd_err list_files(const char *directory, struct rd_place_files *out,
                              struct rd_errbuf *why)
{
    enum rd_err err = RD_OK;
    DIR *listed = opendir(directory);
    if (listed == NULL)
        return rd_fail(why, RD_E_IO, "%s: the directory cannot be listed", directory);
    out->list = rd_alloc_zeroed(rd_alloc_heap(), RD_PLACE_FILES_MAX, sizeof *out->list);
    if (out->list == NULL)
        err = rd_fail(why, RD_E_NOMEM, "%s: no memory for its files", directory);
    for (struct dirent *entry; err == RD_OK && (entry = readdir(listed)) != NULL;) {
        if (!is_of_place(directory, entry->d_name))
            continue;
        if (out->count == RD_PLACE_FILES_MAX) {
            err =
                rd_fail(why, RD_E_TOOBIG, "%s: more than %d files", directory, RD_PLACE_FILES_MAX);
            break;
        }
        struct rd_place_file *file = &out->list[out->count++];
        rd_buf_init(&file->bytes, rd_alloc_heap());
        snprintf(file->name, sizeof file->name, "%s", entry->d_name);
    }
    (void)closedir(listed); /* nothing was written */
    if (err == RD_OK)
        qsort(out->list, out->count, sizeof *out->list, by_name);
    return err;
}

enum rd_err rd_place_files_read(const char *directory, size_t bytes_max, struct rd_place_files *out,
                                struct rd_errbuf *why)
{
    *out = (struct rd_place_files){.count = 0};
    enum rd_err err = list_files(directory, out, why);
    for (size_t i = 0; i < out->count && err == RD_OK; i++) {
        char path[PATH_BYTES_MAX];
        snprintf(path, sizeof path, "%s/%s", directory, out->list[i].name);
        err = rd_read_regular_file(path, bytes_max - out->bytes, &out->list[i].bytes, why);
        out->bytes += out->list[i].bytes.len;
    }
    return err;
}

void rd_place_files_fini(struct rd_place_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        rd_buf_fini(&files->list[i].bytes);
    rd_release(rd_alloc_heap(), files->list);
    *files = (struct rd_place_files){.count = 0};
}

static void add_file(crypto_generichash_state *state, const struct rd_place_file *file)
{
    unsigned char length[8];
    uint64_t len = file->bytes.len;
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (unsigned char)(len >> (8 * (sizeof length - 1 - i)));
    crypto_generichash_update(state, (const unsigned char *)file->name, strlen(file->name) + 1);
    crypto_generichash_update(state, length, sizeof length);
    if (len > 0)
        crypto_generichash_update(state, file->bytes.bytes, len);
}

enum rd_err rd_place_files_hash(const struct rd_place_files *files,
                                char hex[RD_PLACE_HASH_TEXT_MAX])
{
    unsigned char hash[HASH_BYTES];
    crypto_generichash_state state;
    if (sodium_init() < 0)
        return RD_E_BUG;
    crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
    for (size_t i = 0; i < files->count; i++)
        add_file(&state, &files->list[i]);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(hex, RD_PLACE_HASH_TEXT_MAX, hash, sizeof hash);
    return RD_OK;
}
