#include "base/arena.h"

#include "faulty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdalign.h>

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct faulty memory;
    faulty_init(&memory, 0);
    struct rd_arena arena;
    rd_arena_init(&arena, &memory.alloc, 1 << 20);
    assert_int_equal(memory.calls, 0);
    for (size_t round = 0; round < 3; round++) {
        for (size_t size = 0; size < 3000; size += 37) {
            unsigned char *taken = rd_arena_take(&arena, size);
            assert_non_null(taken);
            assert_int_equal((uintptr_t)taken % alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(taken[i], 0);
            memset(taken, 0xAA, size);
        }
        rd_arena_reset(&arena);
        assert_int_equal(arena.used, 0);
        assert_int_equal(memory.held, 1);
    }
    rd_arena_fini(&arena);
    rd_arena_fini(&arena);
    assert_int_equal(memory.held, 0);
}

static void the_bound_is_inclusive(void **state)
{
    (void)state;
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), 1024);
    assert_null(rd_arena_take(&arena, 1025));
    assert_non_null(rd_arena_take(&arena, 1024));
    assert_null(rd_arena_take(&arena, 1));
    rd_arena_reset(&arena);
    assert_non_null(rd_arena_take(&arena, 1008));
    assert_null(rd_arena_take(&arena, 17));
    assert_non_null(rd_arena_take(&arena, 16));
    rd_arena_fini(&arena);
}

static void absurd_sizes_give_null(void **state)
{
    (void)state;
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), SIZE_MAX);
    assert_null(rd_arena_take(&arena, SIZE_MAX));
    assert_null(rd_arena_take(&arena, SIZE_MAX - 7));
    assert_null(rd_arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(rd_arena_array(&arena, SIZE_MAX, 1));
    assert_int_equal(arena.used, 0);
    rd_arena_fini(&arena);
}

static void copies_keep_absence_and_end_with_nul(void **state)
{
    (void)state;
    struct rd_arena arena;
    struct rd_text out = RD_TEXT("old");
    rd_arena_init(&arena, rd_alloc_heap(), 64);
    assert_true(rd_arena_copy(&arena, RD_TEXT_NONE, &out));
    assert_false(rd_text_present(out));
    assert_true(rd_arena_copy(&arena, RD_TEXT(""), &out));
    assert_true(rd_text_present(out));
    assert_int_equal(out.len, 0);
    assert_true(rd_arena_copy(&arena, RD_TEXT("abc"), &out));
    assert_string_equal(out.ptr, "abc");
    char longer[65] = {0};
    assert_false(rd_arena_copy(&arena, (struct rd_text){longer, sizeof longer}, &out));
    assert_false(rd_text_present(out));
    rd_arena_fini(&arena);
}

static void format_fits_or_is_absent(void **state)
{
    (void)state;
    struct rd_arena arena;
    rd_arena_init(&arena, rd_alloc_heap(), 32);
    struct rd_text made = rd_arena_format(&arena, "%s.%d", "7K3Q9-M2X4T", 12);
    assert_true(rd_text_is(made, "7K3Q9-M2X4T.12"));
    assert_false(rd_text_present(rd_arena_format(&arena, "%040d", 1)));
    rd_arena_fini(&arena);
}

static void every_failed_allocation(void **state)
{
    (void)state;
    struct faulty memory;
    size_t n = 0;
    do {
        faulty_init(&memory, ++n);
        struct rd_arena arena;
        rd_arena_init(&arena, &memory.alloc, SIZE_MAX);
        size_t got = 0;
        for (size_t i = 0; i < 5; i++)
            got += rd_arena_take(&arena, 10000) != NULL;
        assert_int_equal(got, memory.failed ? 4 : 5);
        rd_arena_fini(&arena);
        assert_int_equal(memory.held, 0);
    } while (memory.failed);
    assert_int_equal(n, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(the_bound_is_inclusive),
        cmocka_unit_test(absurd_sizes_give_null),
        cmocka_unit_test(copies_keep_absence_and_end_with_nul),
        cmocka_unit_test(format_fits_or_is_absent),
        cmocka_unit_test(every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
