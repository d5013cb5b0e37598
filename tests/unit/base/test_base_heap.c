/* The heap against a plain list that is searched in full. */
#include "base/heap.h"

#include "faulty.h"
#include "fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 200 };

struct model {
    struct rd_heap_node nodes[NODES];
    bool in[NODES];
};

static struct rd_heap_node *first_of(struct model *model)
{
    struct rd_heap_node *best = NULL;
    for (size_t i = 0; i < NODES; i++) {
        struct rd_heap_node *node = &model->nodes[i];
        if (model->in[i] && (best == NULL || node->due < best->due ||
                             (node->due == best->due && node->order < best->order)))
            best = node;
    }
    return best;
}

static void agrees_with_a_search(void **state)
{
    (void)state;
    struct fill random = {.state = 5};
    struct model model = {0};
    struct rd_heap heap;
    size_t count = 0;
    rd_heap_init(&heap, rd_alloc_heap());
    assert_null(rd_heap_first(&heap));
    for (size_t step = 0; step < 40000; step++) {
        size_t i = (size_t)(fill_next(&random) % NODES);
        struct rd_heap_node *node = &model.nodes[i];
        if (fill_next(&random) % 3 == 0) {
            rd_heap_cancel(&heap, node);
            count -= model.in[i];
            model.in[i] = false;
            assert_int_equal(node->position, 0);
        } else {
            count += !model.in[i];
            model.in[i] = true;
            assert_true(rd_heap_set(&heap, node, (int64_t)(fill_next(&random) % 50) - 25, i));
        }
        assert_int_equal(heap.count, count);
        assert_ptr_equal(rd_heap_first(&heap), first_of(&model));
    }
    while (rd_heap_first(&heap) != NULL) {
        struct rd_heap_node *node = rd_heap_first(&heap);
        assert_ptr_equal(node, first_of(&model));
        rd_heap_cancel(&heap, node);
        model.in[node - model.nodes] = false;
    }
    assert_null(first_of(&model));
    rd_heap_fini(&heap);
}

static void equal_deadlines_come_in_order(void **state)
{
    (void)state;
    struct rd_heap_node nodes[64] = {0};
    struct rd_heap heap;
    rd_heap_init(&heap, rd_alloc_heap());
    for (size_t i = 0; i < 64; i++)
        assert_true(rd_heap_set(&heap, &nodes[i], 1000, (i * 37) % 64));
    for (uint64_t order = 0; order < 64; order++) {
        assert_int_equal(rd_heap_first(&heap)->order, order);
        rd_heap_cancel(&heap, rd_heap_first(&heap));
    }
    rd_heap_fini(&heap);
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    struct faulty memory;
    faulty_init(&memory, 2);
    struct rd_heap heap;
    struct rd_heap_node nodes[5] = {0};
    rd_heap_init(&heap, &memory.alloc);
    for (size_t i = 0; i < 4; i++)
        assert_true(rd_heap_set(&heap, &nodes[i], (int64_t)i, i));
    assert_false(rd_heap_set(&heap, &nodes[4], -1, 4));
    assert_int_equal(nodes[4].position, 0);
    assert_ptr_equal(rd_heap_first(&heap), &nodes[0]);
    assert_true(rd_heap_set(&heap, &nodes[0], 99, 0)); /* moving needs no memory */
    assert_ptr_equal(rd_heap_first(&heap), &nodes[1]);
    assert_true(rd_heap_set(&heap, &nodes[4], -1, 4));
    assert_ptr_equal(rd_heap_first(&heap), &nodes[4]);
    rd_heap_fini(&heap);
    assert_int_equal(memory.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_search),
        cmocka_unit_test(equal_deadlines_come_in_order),
        cmocka_unit_test(without_memory_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
