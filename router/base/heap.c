#include "base/heap.h"

#include "base/err.h"

void rd_heap_init(struct rd_heap *heap, const struct rd_alloc *alloc)
{
    *heap = (struct rd_heap){.alloc = alloc};
}

void rd_heap_fini(struct rd_heap *heap)
{
    rd_release(heap->alloc, heap->nodes);
    rd_heap_init(heap, heap->alloc);
}

static bool before(const struct rd_heap_node *a, const struct rd_heap_node *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void put(struct rd_heap *heap, size_t index, struct rd_heap_node *node)
{
    heap->nodes[index] = node;
    node->position = index + 1;
}

static void sift_up(struct rd_heap *heap, size_t index)
{
    struct rd_heap_node *node = heap->nodes[index];
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!before(node, heap->nodes[parent]))
            break;
        put(heap, index, heap->nodes[parent]);
        index = parent;
    }
    put(heap, index, node);
}

static void sift_down(struct rd_heap *heap, size_t index)
{
    struct rd_heap_node *node = heap->nodes[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && before(heap->nodes[child + 1], heap->nodes[child]))
            child++;
        if (!before(heap->nodes[child], node))
            break;
        put(heap, index, heap->nodes[child]);
        index = child;
    }
    put(heap, index, node);
}

bool rd_heap_set(struct rd_heap *heap, struct rd_heap_node *node, int64_t due, uint64_t order)
{
    if (node->position == 0) {
        void *nodes = heap->nodes;
        if (!rd_alloc_grow(heap->alloc, &nodes, &heap->cap, heap->count + 1, sizeof *heap->nodes))
            return false;
        heap->nodes = nodes;
        put(heap, heap->count++, node);
    }
    rd_require(heap->nodes[node->position - 1] == node);
    node->due = due;
    node->order = order;
    sift_up(heap, node->position - 1);
    sift_down(heap, node->position - 1);
    return true;
}

void rd_heap_cancel(struct rd_heap *heap, struct rd_heap_node *node)
{
    if (node->position == 0)
        return;
    size_t index = node->position - 1;
    rd_require(heap->nodes[index] == node);
    struct rd_heap_node *last = heap->nodes[--heap->count];
    node->position = 0;
    if (last == node)
        return;
    put(heap, index, last);
    sift_up(heap, index);
    sift_down(heap, last->position - 1);
}

struct rd_heap_node *rd_heap_first(const struct rd_heap *heap)
{
    return heap->count == 0 ? NULL : heap->nodes[0];
}
