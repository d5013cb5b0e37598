/* The map against a plain list, with few keys so that they collide, and much churn. */
#include "base/map.h"

#include "faulty.h"
#include "fill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { VALUES = 300, KEYS = 20 };

struct model {
    char values[VALUES]; /* their addresses are the values */
    uint64_t key[VALUES];
    bool in[VALUES];
};

/* Keys 0 and 1 are what free and deleted slots hold inside. */
static uint64_t key_of(uint64_t random)
{
    return random % KEYS == 19 ? UINT64_MAX : random % KEYS;
}

static size_t count_equal(const struct rd_map *map, const struct model *model, uint64_t key)
{
    size_t cursor = 0;
    size_t count = 0;
    bool seen[VALUES] = {false};
    for (const char *value; (value = rd_map_each_equal(map, key, &cursor)) != NULL; count++) {
        size_t i = (size_t)(value - model->values);
        assert_true(i < VALUES && model->in[i] && model->key[i] == key);
        assert_false(seen[i]);
        seen[i] = true;
    }
    return count;
}

static void check_all(const struct rd_map *map, const struct model *model)
{
    size_t want[KEYS + 1] = {0};
    size_t total = 0;
    for (size_t i = 0; i < VALUES; i++) {
        if (!model->in[i])
            continue;
        want[model->key[i] == UINT64_MAX ? KEYS : model->key[i]]++;
        total++;
    }
    for (size_t k = 0; k <= KEYS; k++) {
        uint64_t key = k == KEYS ? UINT64_MAX : k;
        assert_int_equal(count_equal(map, model, key), want[k]);
        assert_int_equal(rd_map_get(map, key) != NULL, want[k] > 0);
    }
    size_t cursor = 0;
    size_t walked = 0;
    while (rd_map_each(map, &cursor) != NULL)
        walked++;
    assert_int_equal(walked, total);
    assert_int_equal(map->used, total);
}

static void churn_with_colliding_keys(void **state)
{
    (void)state;
    static struct model model;
    struct fill random = {.state = 9};
    struct rd_map map;
    rd_map_init(&map, rd_alloc_heap());
    memset(&model, 0, sizeof model);
    check_all(&map, &model);
    for (size_t step = 0; step < 30000; step++) {
        size_t i = (size_t)(fill_next(&random) % VALUES);
        if (model.in[i]) {
            assert_false(rd_map_remove(&map, model.key[i] + 1000, &model.values[i]));
            assert_true(rd_map_remove(&map, model.key[i], &model.values[i]));
            assert_false(rd_map_remove(&map, model.key[i], &model.values[i]));
            model.in[i] = false;
        } else {
            model.key[i] = key_of(fill_next(&random));
            assert_true(rd_map_add(&map, model.key[i], &model.values[i]));
            model.in[i] = true;
        }
        if (step % 500 == 0)
            check_all(&map, &model);
    }
    check_all(&map, &model);
    assert_true(map.cap <= 2048);
    rd_map_fini(&map);
}

static void an_empty_map_answers(void **state)
{
    (void)state;
    struct rd_map map;
    size_t cursor = 0;
    rd_map_init(&map, rd_alloc_heap());
    assert_null(rd_map_get(&map, 0));
    assert_null(rd_map_each(&map, &cursor));
    assert_false(rd_map_remove(&map, 0, &map));
    rd_map_fini(&map);
    rd_map_fini(&map);
}

/* Adding and removing for ever must not fill the table with tombstones. */
static void churn_does_not_grow(void **state)
{
    (void)state;
    struct rd_map map;
    char value = 0;
    rd_map_init(&map, rd_alloc_heap());
    for (uint64_t key = 0; key < 100000; key++) {
        assert_true(rd_map_add(&map, key, &value));
        assert_true(rd_map_remove(&map, key, &value));
    }
    assert_true(map.cap <= 32);
    rd_map_fini(&map);
}

static void every_failed_allocation(void **state)
{
    (void)state;
    static char values[1000];
    struct faulty memory;
    size_t n = 0;
    do {
        faulty_init(&memory, ++n);
        struct rd_map map;
        rd_map_init(&map, &memory.alloc);
        size_t added = 0;
        for (size_t i = 0; i < 1000; i++)
            added += rd_map_add(&map, i, &values[i]);
        assert_int_equal(added, memory.failed ? 999 : 1000);
        assert_int_equal(map.used, added);
        assert_ptr_equal(rd_map_get(&map, 999), &values[999]);
        rd_map_fini(&map);
        assert_int_equal(memory.held, 0);
    } while (memory.failed);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(churn_with_colliding_keys),
        cmocka_unit_test(an_empty_map_answers),
        cmocka_unit_test(churn_does_not_grow),
        cmocka_unit_test(every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
