#include "base/alloc.h"

#include "faulty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdint.h>

static void zeroed_memory(void **state)
{
    (void)state;
    struct faulty memory;
    faulty_init(&memory, 0);
    unsigned char *made = rd_alloc_zeroed(&memory.alloc, 10, 10);
    assert_non_null(made);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(made[i], 0);
    rd_release(&memory.alloc, made);
    void *empty = rd_alloc_zeroed(&memory.alloc, 0, 8);
    assert_non_null(empty);
    rd_release(&memory.alloc, empty);
    rd_release(&memory.alloc, NULL);
    assert_int_equal(memory.held, 0);
}

static void overflow_and_exhaustion_give_null(void **state)
{
    (void)state;
    assert_null(rd_alloc_zeroed(rd_alloc_heap(), SIZE_MAX / 2, 3));
    struct faulty memory;
    faulty_init(&memory, 1);
    assert_null(rd_alloc_zeroed(&memory.alloc, 1, 1));
}

static void grow_doubles_and_keeps_the_content(void **state)
{
    (void)state;
    struct faulty memory;
    faulty_init(&memory, 0);
    void *items = NULL;
    size_t cap = 0;
    assert_true(rd_alloc_grow(&memory.alloc, &items, &cap, 1, sizeof(int)));
    assert_int_equal(cap, 4);
    ((int *)items)[3] = 77;
    assert_true(rd_alloc_grow(&memory.alloc, &items, &cap, 4, sizeof(int)));
    assert_int_equal(memory.calls, 1);
    assert_true(rd_alloc_grow(&memory.alloc, &items, &cap, 9, sizeof(int)));
    assert_int_equal(cap, 16);
    assert_int_equal(((int *)items)[3], 77);
    memory.fail_at = memory.calls + 1;
    void *before = items;
    assert_false(rd_alloc_grow(&memory.alloc, &items, &cap, 17, sizeof(int)));
    assert_ptr_equal(items, before);
    assert_int_equal(cap, 16);
    assert_false(rd_alloc_grow(&memory.alloc, &items, &cap, SIZE_MAX, 1));
    assert_false(rd_alloc_grow(&memory.alloc, &items, &cap, SIZE_MAX / 4, 16));
    rd_release(&memory.alloc, items);
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_memory),
        cmocka_unit_test(overflow_and_exhaustion_give_null),
        cmocka_unit_test(grow_doubles_and_keeps_the_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
