/* What a place is, in 32 bytes: BLAKE2b over every file of its directory, in the order of their
 * names: name, NUL, length (8 bytes, big-endian), bytes. Files whose name begins with a dot are
 * editors' and not the place's. */
#include "rules/load/loading.h"

#include "conf/read_file.h"

#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PLACE_FILES_MAX = 1000, FILE_BYTES_MAX = 256 * 1024 * 1024, HASH_BYTES = 32 };

static void add_part(crypto_generichash_state *state, const char *name, struct rd_text bytes)
{
    unsigned char length[8];
    uint64_t len = bytes.len;
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (unsigned char)(len >> (8 * (sizeof length - 1 - i)));
    crypto_generichash_update(state, (const unsigned char *)name, strlen(name) + 1);
    crypto_generichash_update(state, length, sizeof length);
    if (bytes.len > 0)
        crypto_generichash_update(state, (const unsigned char *)bytes.ptr, bytes.len);
}

static struct rd_text finish(struct loading *loading, crypto_generichash_state *state)
{
    unsigned char hash[HASH_BYTES];
    char hex[2 * HASH_BYTES + 1];
    struct rd_text out = RD_TEXT_NONE;
    crypto_generichash_final(state, hash, sizeof hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    if (!rd_arena_copy(loading->arena, rd_text_of(hex), &out))
        loading->fatal = RD_E_NOMEM;
    return out;
}

static int by_name(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* Regular files only, sorted. SIZE_MAX: cannot be listed. */
static size_t list_files(struct loading *loading, const char **names)
{
    size_t count = 0;
    char path[4096];
    DIR *directory = opendir(loading->directory);
    if (directory == NULL)
        return SIZE_MAX;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat about;
        struct rd_text name = RD_TEXT_NONE;
        int len = snprintf(path, sizeof path, "%s/%s", loading->directory, entry->d_name);
        if (entry->d_name[0] == '.' || len < 0 || (size_t)len >= sizeof path ||
            stat(path, &about) != 0 || !S_ISREG(about.st_mode))
            continue;
        if (count == PLACE_FILES_MAX ||
            !rd_arena_copy(&loading->scratch, rd_text_of(entry->d_name), &name)) {
            count = SIZE_MAX;
            break;
        }
        names[count++] = name.ptr;
    }
    (void)closedir(directory); /* nothing was written */
    if (count != SIZE_MAX)
        qsort(names, count, sizeof *names, by_name);
    return count;
}

static void hash_place(struct loading *loading)
{
    static const struct rd_pos nowhere = {0, 0};
    const char **names = rd_arena_array(&loading->scratch, PLACE_FILES_MAX, sizeof *names);
    size_t count = names == NULL ? SIZE_MAX : list_files(loading, names);
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
    if (count == SIZE_MAX) {
        load_report(loading, RD_SEVERITY_ERROR, ".", nowhere,
                    "the directory cannot be listed, or has more than 1000 files");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct rd_buf bytes;
        struct rd_errbuf why;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", loading->directory, names[i]);
        rd_buf_init(&bytes, loading->alloc);
        if (rd_read_file(path, FILE_BYTES_MAX, &bytes, &why) == RD_OK)
            add_part(&state, names[i], rd_buf_text(&bytes));
        else
            load_why(loading, &why);
        rd_buf_fini(&bytes);
    }
    loading->rules->place.hash = finish(loading, &state);
}

/* A clock keeps the hash of the calendar that it was planned by. */
static void hash_calendars(struct loading *loading)
{
    struct rd_rules *rules = loading->rules;
    struct rd_buf bytes;
    struct rd_text *hashes = load_array(loading, rules->calendars_count, sizeof *hashes);
    rd_buf_init(&bytes, loading->alloc);
    if (hashes == NULL || !load_file(loading, "calendars.yaml", &bytes)) {
        rd_buf_fini(&bytes);
        return;
    }
    for (size_t i = 0; i < rules->calendars_count; i++) {
        crypto_generichash_state state;
        const struct rd_holidays *holidays = loading->holidays;
        crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
        add_part(&state, rules->calendars[i].name.ptr, rd_buf_text(&bytes));
        for (size_t j = 0; holidays != NULL && j < holidays->count; j++) {
            char day[24];
            snprintf(day, sizeof day, "%lld", (long long)holidays->days[j]);
            add_part(&state, day, RD_TEXT_NONE);
        }
        hashes[i] = finish(loading, &state);
    }
    rules->calendar_hashes = hashes;
    rd_buf_fini(&bytes);
}

void load_hashes(struct loading *loading)
{
    if (sodium_init() < 0) {
        loading->fatal = RD_E_BUG;
        return;
    }
    hash_place(loading);
    hash_calendars(loading);
}
