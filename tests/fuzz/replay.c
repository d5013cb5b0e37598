/* Runs a target over every file of a folder (its kept corpus), and over a few shapes of nothing. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>

static void run(const char *bytes, size_t size)
{
    /* a copy of exactly that size, so that a sanitizer sees a byte too many */
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    PROMISE(copy != NULL);
    if (size > 0)
        memcpy(copy, bytes, size);
    PROMISE(LLVMFuzzerTestOneInput(copy, size) == 0);
    free(copy);
}

static void run_file(const char *folder, const char *name)
{
    char path[4096];
    struct rd_buf bytes;
    char chunk[4096];
    size_t got;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    PROMISE(file != NULL);
    rd_buf_init(&bytes, rd_alloc_heap());
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        rd_buf_put(&bytes, chunk, got);
    (void)fclose(file);
    run((const char *)bytes.bytes, bytes.len);
    rd_buf_fini(&bytes);
}

int main(int argc, char **argv)
{
    int files = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        (void)fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    printf("[==========] Running 1 test(s).\n");
    run("", 0);
    run("\0", 1);
    run("\xff\xfe\xfd", 3);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        run_file(argv[1], entry->d_name);
        files++;
    }
    (void)closedir(folder);
    PROMISE(files > 0);
    printf("%d kept inputs\n[==========] 1 test(s) run.\n[  PASSED  ] 1 test(s).\n", files);
    return 0;
}
