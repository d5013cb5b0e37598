#include "core/gate.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { SEEN_MAX = 512 };

struct seen {
    struct rd_gate *gate;
    uintptr_t released[SEEN_MAX];
    size_t released_count;
    uintptr_t discarded[SEEN_MAX];
    size_t discarded_count;
    uintptr_t hold_within; /* this item, when released, holds another one */
    uint64_t hold_number;
};

static void *item(uintptr_t number)
{
    return (void *)number;
}

static void release(void *context, void *what)
{
    struct seen *seen = context;
    uintptr_t number = (uintptr_t)what;
    seen->released[seen->released_count++] = number;
    if (number == seen->hold_within)
        assert_int_equal(rd_gate_hold(seen->gate, seen->hold_number, item(99)), RD_OK);
}

static void discard(void *context, void *what)
{
    struct seen *seen = context;
    seen->discarded[seen->discarded_count++] = (uintptr_t)what;
}

static int set_up(void **state)
{
    static struct seen seen;
    seen = (struct seen){0};
    seen.gate = rd_gate_new(rd_alloc_heap(), release, &seen);
    *state = &seen;
    return seen.gate == NULL;
}

static int tear_down(void **state)
{
    struct seen *seen = *state;
    rd_gate_free(seen->gate, discard);
    return 0;
}

static void test_waits_for_its_entry(void **state)
{
    struct seen *seen = *state;
    assert_int_equal(rd_gate_hold(seen->gate, 1, item(1)), RD_OK);
    assert_int_equal(rd_gate_hold(seen->gate, 1, item(2)), RD_OK);
    assert_int_equal(rd_gate_hold(seen->gate, 3, item(3)), RD_OK);
    assert_int_equal(seen->released_count, 0);
    assert_int_equal(rd_gate_held(seen->gate), 3);
    rd_gate_open(seen->gate, 2);
    assert_int_equal(seen->released_count, 2);
    assert_int_equal(seen->released[0], 1);
    assert_int_equal(seen->released[1], 2);
    rd_gate_open(seen->gate, 3);
    assert_int_equal(seen->released_count, 3);
    assert_int_equal(rd_gate_held(seen->gate), 0);
    assert_int_equal(rd_gate_durable(seen->gate), 3);
}

static void test_leaves_at_once_when_durable(void **state)
{
    struct seen *seen = *state;
    assert_int_equal(rd_gate_hold(seen->gate, 0, item(1)), RD_OK);
    assert_int_equal(seen->released_count, 1);
    rd_gate_open(seen->gate, 7);
    assert_int_equal(rd_gate_hold(seen->gate, 7, item(2)), RD_OK);
    assert_int_equal(seen->released_count, 2);
    assert_int_equal(rd_gate_hold(seen->gate, 8, item(3)), RD_OK);
    assert_int_equal(seen->released_count, 2);
}

static void test_durable_never_goes_back(void **state)
{
    struct seen *seen = *state;
    rd_gate_open(seen->gate, 9);
    rd_gate_open(seen->gate, 4);
    assert_int_equal(rd_gate_durable(seen->gate), 9);
}

static void test_keeps_order_when_a_release_holds(void **state)
{
    struct seen *seen = *state;
    seen->hold_within = 1;
    seen->hold_number = 2;
    assert_int_equal(rd_gate_hold(seen->gate, 1, item(1)), RD_OK);
    assert_int_equal(rd_gate_hold(seen->gate, 2, item(2)), RD_OK);
    rd_gate_open(seen->gate, 2);
    assert_int_equal(seen->released_count, 3);
    assert_int_equal(seen->released[1], 2);
    assert_int_equal(seen->released[2], 99);
}

static void test_ring_grows_around_its_end(void **state)
{
    struct seen *seen = *state;
    uintptr_t next = 1;
    for (; next <= 60; next++)
        assert_int_equal(rd_gate_hold(seen->gate, next, item(next)), RD_OK);
    rd_gate_open(seen->gate, 40); /* the ring's first is now far inside */
    for (; next <= 300; next++)
        assert_int_equal(rd_gate_hold(seen->gate, next, item(next)), RD_OK);
    rd_gate_open(seen->gate, 300);
    assert_int_equal(seen->released_count, 300);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(seen->released[i], i + 1);
}

static void test_free_discards_what_is_held(void **state)
{
    struct seen *seen = *state;
    assert_int_equal(rd_gate_hold(seen->gate, 1, item(1)), RD_OK);
    assert_int_equal(rd_gate_hold(seen->gate, 2, item(2)), RD_OK);
    rd_gate_open(seen->gate, 1);
    rd_gate_free(seen->gate, discard);
    seen->gate = NULL; /* freeing nothing is allowed, and is what the teardown does */
    assert_int_equal(seen->released_count, 1);
    assert_int_equal(seen->discarded_count, 1);
    assert_int_equal(seen->discarded[0], 2);
}

static void *refuse(void *context, void *old, size_t size)
{
    int *left = context;
    return (*left)-- > 0 ? rd_alloc_heap()->resize(NULL, old, size) : NULL;
}

static void give_back(void *context, void *old)
{
    (void)context;
    rd_alloc_heap()->release(NULL, old);
}

static void test_without_memory_the_item_stays_the_callers(void **state)
{
    struct seen *seen = *state;
    int left = 0;
    const struct rd_alloc alloc = {&left, refuse, give_back};
    assert_null(rd_gate_new(&alloc, release, seen));
    left = 1;
    struct rd_gate *gate = rd_gate_new(&alloc, release, seen);
    assert_non_null(gate);
    assert_int_equal(rd_gate_hold(gate, 1, item(1)), RD_E_NOMEM);
    assert_int_equal(rd_gate_held(gate), 0);
    left = 1;
    assert_int_equal(rd_gate_hold(gate, 1, item(1)), RD_OK);
    rd_gate_open(gate, 1);
    assert_int_equal(seen->released_count, 1);
    rd_gate_free(gate, NULL);
}

int main(void)
{
#define GATE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        GATE_TEST(test_waits_for_its_entry),
        GATE_TEST(test_leaves_at_once_when_durable),
        GATE_TEST(test_durable_never_goes_back),
        GATE_TEST(test_keeps_order_when_a_release_holds),
        GATE_TEST(test_ring_grows_around_its_end),
        GATE_TEST(test_free_discards_what_is_held),
        GATE_TEST(test_without_memory_the_item_stays_the_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
