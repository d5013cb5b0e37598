#include "tests/lib/fixtures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 256, PATH_BYTES = 4096 };

void rd_fixture_read(const char *path, struct rd_buf *out)
{
    char chunk[8192];
    size_t got;
    rd_buf_init(out, rd_alloc_heap());
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s: cannot be read; this test needs it", path);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        rd_buf_put(out, chunk, got);
    int bad = ferror(file);
    (void)fclose(file);
    if (bad || out->failed)
        fail_msg("%s: reading failed", path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list(const char *folder, const char *ending, char *names[FILES_MAX])
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        fail_msg("%s: the fixtures are not there; this test needs shared/ beside the checkout",
                 folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        size_t len = strlen(entry->d_name);
        if (len > strlen(ending) && strcmp(entry->d_name + len - strlen(ending), ending) == 0) {
            assert_true(count < FILES_MAX);
            names[count++] = strdup(entry->d_name);
        }
    }
    (void)closedir(dir);
    qsort(names, count, sizeof names[0], by_name);
    return count;
}

static void write_expected(const char *path, const struct rd_buf *found)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(found->bytes, 1, found->len, file) != found->len ||
        fclose(file) != 0)
        fail_msg("%s: cannot be written", path);
}

static void compare(const char *path, const struct rd_buf *found)
{
    struct rd_buf expected;
    rd_fixture_read(path, &expected);
    size_t line = 1;
    size_t at = 0;
    while (at < expected.len && at < found->len && expected.bytes[at] == found->bytes[at])
        line += expected.bytes[at++] == '\n';
    if (at < expected.len || at < found->len)
        fail_msg("%s:%zu: what was made of the fixture differs from here on; RD_WRITE=1 writes it "
                 "for review",
                 path, line);
    rd_buf_fini(&expected);
}

/* `directory`: of the messages; `expected`: of what is to be made of them. */
static int each_in(const char *directory, const char *ending, const char *expected,
                   rd_fixture_make *make)
{
    char path[PATH_BYTES];
    char *names[FILES_MAX];
    size_t count = list(directory, ending, names);
    for (size_t i = 0; i < count; i++) {
        struct rd_buf bytes;
        struct rd_buf found;
        int len = snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        assert_true(len > 0 && (size_t)len < sizeof path);
        rd_fixture_read(path, &bytes);
        rd_buf_init(&found, rd_alloc_heap());
        make(path, rd_buf_text(&bytes), &found);
        assert_false(found.failed);
        (void)snprintf(path, sizeof path, "%s/tests/data/%s/%.*s.json", RD_SOURCE_DIR, expected,
                       (int)(strlen(names[i]) - strlen(ending)), names[i]);
        if (getenv("RD_WRITE") != NULL)
            write_expected(path, &found);
        else
            compare(path, &found);
        rd_buf_fini(&found);
        rd_buf_fini(&bytes);
        free(names[i]);
    }
    return (int)count;
}

int rd_fixtures_each(const char *folder, const char *ending, const char *expected,
                     rd_fixture_make *make)
{
    char directory[PATH_BYTES / 2];
    int len =
        snprintf(directory, sizeof directory, "%s/../shared/fixtures/%s", RD_SOURCE_DIR, folder);
    assert_true(len > 0 && (size_t)len < sizeof directory);
    return each_in(directory, ending, expected, make);
}

int rd_fixtures_own(const char *folder, const char *ending, rd_fixture_make *make)
{
    char directory[PATH_BYTES / 2];
    int len = snprintf(directory, sizeof directory, "%s/tests/data/%s", RD_SOURCE_DIR, folder);
    assert_true(len > 0 && (size_t)len < sizeof directory);
    return each_in(directory, ending, folder, make);
}
