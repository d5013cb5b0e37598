/* The vectors of proto/golden are what the encoder writes, and decode to what they were made of.
 * After a change of the contract that is meant: `test_wire_golden --write`, then
 * `proto/golden/check.py --write`, and read the difference. */
#include "fill.h"
#include "golden.h"
#include "model/limits.h"
#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static FILE *open_vector(const char *name, const char *mode)
{
    char path[512];
    (void)snprintf(path, sizeof path, RD_SOURCE_DIR "/proto/golden/%s.bin", name);
    FILE *file = fopen(path, mode);
    if (file == NULL)
        (void)fprintf(stderr, "%s: cannot be opened\n", path);
    return file;
}

static void vectors_are_what_the_encoder_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < golden_count; i++) {
        unsigned char bytes[8192];
        FILE *file = open_vector(golden[i].name, "rb");
        assert_non_null(file);
        size_t len = fread(bytes, 1, sizeof bytes, file);
        (void)fclose(file);
        struct rd_buf out;
        rd_buf_init(&out, rd_alloc_heap());
        rd_wire_encode(golden[i].shape, golden[i].value, &out);
        if (out.len != len || memcmp(out.bytes, bytes, len) != 0)
            fail_msg("%s: %zu bytes encoded, %zu in the vector, or they differ", golden[i].name,
                     out.len, len);
        rd_buf_fini(&out);
    }
}

static void vectors_decode_to_what_they_were_made_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < golden_count; i++) {
        char bytes[8192];
        struct rd_errbuf why = {""};
        struct rd_arena arena;
        rd_arena_init(&arena, rd_alloc_heap(), RD_STORED_ARENA_BYTES_MAX);
        FILE *file = open_vector(golden[i].name, "rb");
        assert_non_null(file);
        struct rd_text read = {bytes, fread(bytes, 1, sizeof bytes, file)};
        (void)fclose(file);
        void *value = rd_arena_take(&arena, golden[i].shape->size);
        if (rd_wire_decode(golden[i].shape, read, &arena, value, &why) != RD_OK)
            fail_msg("%s: %s", golden[i].name, why.text);
        if (!fill_same(golden[i].shape, golden[i].value, value))
            fail_msg("%s: decoded to something else", golden[i].name);
        rd_arena_fini(&arena);
    }
}

static int write_vectors(void)
{
    int failed = 0;
    for (size_t i = 0; i < golden_count; i++) {
        struct rd_buf out;
        rd_buf_init(&out, rd_alloc_heap());
        rd_wire_encode(golden[i].shape, golden[i].value, &out);
        FILE *file = open_vector(golden[i].name, "wb");
        failed |= out.failed || file == NULL || fwrite(out.bytes, 1, out.len, file) != out.len;
        failed |= file == NULL || fclose(file) != 0;
        rd_buf_fini(&out);
    }
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--write") == 0)
        return write_vectors();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_what_the_encoder_writes),
        cmocka_unit_test(vectors_decode_to_what_they_were_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
