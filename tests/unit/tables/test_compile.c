/* Compiled tables answer as the interpreter does: a million random inputs for every table of every
 * place in the tree, and for tables made up from a seed. */
#include "table_maker.h"

#include "rules/engine/compile.h"
#include "rules/eval/ruleset.h"
#include "rules/load/load.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#ifndef INPUTS_PER_TABLE
#define INPUTS_PER_TABLE 1000000
#endif
#define PLACES RD_SOURCE_DIR "/rules/places"
enum { ARENA = 64 << 20, ASKED_SHARE = 500, GROUPS = 7 };

struct rig {
    struct rd_arena arena;
    struct table_maker maker;
};

static void rig_init(struct rig *rig, uint64_t seed)
{
    rd_arena_init(&rig->arena, rd_alloc_heap(), ARENA);
    rig->maker = (struct table_maker){.state = seed, .arena = &rig->arena};
}

/* The specification of rd_compiled_nearest. */
static void nearest_by_hand(const struct rd_table *table, const size_t *group_of,
                            const struct rd_value *values, struct rd_nearest best[GROUPS])
{
    for (size_t i = 0; i < GROUPS; i++)
        best[i] = (struct rd_nearest){.rule = SIZE_MAX};
    for (size_t i = 0; i < table->rules_count; i++) {
        struct rd_nearest now = {.rule = i};
        now.holds = rd_rule_holds(table, &table->rules[i], values, &now.failing);
        if (group_of[i] == SIZE_MAX)
            continue;
        struct rd_nearest *group = &best[group_of[i]];
        if (group->rule == SIZE_MAX || now.holds > group->holds)
            *group = now;
    }
}

static void compare_nearest(const struct rd_table *table, const struct rd_groups *groups,
                            const size_t *group_of, const struct rd_value *values)
{
    struct rd_nearest expected[GROUPS], found[GROUPS];
    nearest_by_hand(table, group_of, values, expected);
    rd_compiled_nearest(groups, values, found);
    for (size_t i = 0; i < GROUPS; i++) {
        assert_int_equal(found[i].rule, expected[i].rule);
        if (expected[i].rule == SIZE_MAX)
            continue;
        assert_int_equal(found[i].holds, expected[i].holds);
        assert_int_equal(found[i].failing, expected[i].failing);
    }
}

/* What the interpreter says of every cell for every value of the pools, asked beforehand: a million
 * inputs to 500 rules in a second or two. */
struct answers {
    const struct rd_table *table;
    struct rd_value *pools[RD_TABLE_COLUMNS_MAX];
    uint64_t *rows[RD_TABLE_COLUMNS_MAX]; /* for each value of the pool: a bit for each rule */
    size_t words;
};

static void ask_beforehand(struct rig *rig, const struct rd_table *table, struct answers *out)
{
    *out = (struct answers){.table = table, .words = table->rules_count / 64 + 1};
    for (size_t i = 0; i < table->inputs_count; i++) {
        out->pools[i] = maker_pool(&rig->maker, table, i);
        out->rows[i] = rd_arena_array(&rig->arena, out->words * MAKER_POOL, sizeof(uint64_t));
        assert_non_null(out->rows[i]);
        for (size_t v = 0; v < MAKER_POOL; v++)
            for (size_t r = 0; r < table->rules_count; r++)
                if (rd_feel_test(table->rules[r].inputs[i].tests, &out->pools[i][v]) == RD_TRUE)
                    out->rows[i][v * out->words + r / 64] |= UINT64_C(1) << (r % 64);
    }
}

/* rd_table_decide with these answers. */
static struct rd_hit interpret(const struct answers *answers, const size_t *picked)
{
    struct rd_hit hit = {RD_NO_RULE, RD_NO_RULE};
    for (size_t w = 0; w < answers->words; w++) {
        size_t left = answers->table->rules_count - w * 64;
        uint64_t match = left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
        for (size_t i = 0; i < answers->table->inputs_count; i++)
            match &= answers->rows[i][picked[i] * answers->words + w];
        for (; match != 0; match &= match - 1) {
            int rule = (int)(w * 64) + __builtin_ctzll(match);
            if (hit.rule != RD_NO_RULE) {
                hit.other = rule;
                return hit;
            }
            hit.rule = rule;
            if (answers->table->hit == RD_HIT_FIRST)
                return hit;
        }
    }
    return hit;
}

static void compare_hits(const struct rd_table *table, size_t input, struct rd_hit found,
                         struct rd_hit expected)
{
    if (found.rule != expected.rule || found.other != expected.other)
        fail_msg("%.*s: input %zu: rules %d, %d; expected %d, %d", RD_TEXT_ARG(table->name), input,
                 found.rule, found.other, expected.rule, expected.other);
}

/* How many of the inputs matched a rule. */
static size_t compare(struct rig *rig, const struct rd_table *table, size_t inputs)
{
    struct rd_value values[RD_TABLE_COLUMNS_MAX];
    size_t picked[RD_TABLE_COLUMNS_MAX], matched = 0;
    struct answers answers;
    const struct rd_compiled *compiled = NULL;
    const struct rd_groups *groups = NULL;
    size_t *group_of = rd_arena_array(&rig->arena, table->rules_count + 1, sizeof *group_of);
    assert_non_null(group_of);
    for (size_t i = 0; i < table->rules_count; i++)
        group_of[i] = maker_below(&rig->maker, 9) == 0 ? SIZE_MAX : maker_below(&rig->maker, 6);
    assert_int_equal(rd_compile(table, &rig->arena, &compiled), RD_OK);
    assert_int_equal(rd_compile_groups(table, group_of, GROUPS, &rig->arena, &groups), RD_OK);
    if (rig->maker.first_kind == MAKER_MOMENTS && table->inputs_count <= MAKER_MOMENT_KINDS)
        assert_int_equal(rd_compiled_interpreted(compiled), 0); /* all of them have an index */
    ask_beforehand(rig, table, &answers);
    for (size_t i = 0; i < inputs; i++) {
        for (size_t j = 0; j < table->inputs_count; j++) {
            picked[j] = maker_below(&rig->maker, MAKER_POOL);
            values[j] = answers.pools[j][picked[j]];
        }
        struct rd_hit found = rd_compiled_decide(compiled, values);
        if (table->hit == RD_HIT_UNIQUE || table->hit == RD_HIT_FIRST)
            compare_hits(table, i, found, interpret(&answers, picked));
        matched += found.rule == RD_NO_RULE ? 0 : 1;
        if (i % ASKED_SHARE == 0 || table->hit == RD_HIT_ANY || table->hit == RD_HIT_PRIORITY)
            compare_hits(table, i, found, rd_table_decide(table, values));
        if (i % ASKED_SHARE == 0)
            compare_nearest(table, groups, group_of, values);
    }
    return matched;
}

static void test_generated(void **state)
{
    static const struct {
        size_t rules, columns;
        enum rd_hit_policy hit;
        size_t first_kind;
    } shapes[] = {{0, 1, RD_HIT_FIRST, 0},
                  {1, 1, RD_HIT_UNIQUE, 0},
                  {64, 5, RD_HIT_FIRST, 0},
                  {65, 5, RD_HIT_UNIQUE, 0},
                  {128, 7, RD_HIT_FIRST, 0},
                  {200, 10, RD_HIT_FIRST, 0},
                  {40, 5, RD_HIT_ANY, 0},
                  {40, 5, RD_HIT_PRIORITY, 0},
                  {500, 10, RD_HIT_FIRST, 0},
                  {64, 5, RD_HIT_FIRST, MAKER_MOMENTS},
                  {130, 6, RD_HIT_UNIQUE, MAKER_MOMENTS},
                  {200, 8, RD_HIT_FIRST, MAKER_MOMENTS},
                  {40, 6, RD_HIT_PRIORITY, MAKER_MOMENTS},
                  {500, 11, RD_HIT_FIRST, MAKER_MOMENTS}};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct rig rig;
        rig_init(&rig, 20261122 + i);
        rig.maker.first_kind = shapes[i].first_kind;
        struct rd_table *table =
            maker_random(&rig.maker, shapes[i].rules, shapes[i].columns, shapes[i].hit);
        size_t matched = compare(&rig, table, INPUTS_PER_TABLE);
        if (shapes[i].rules > 1)
            assert_in_range(matched, INPUTS_PER_TABLE / 1000, INPUTS_PER_TABLE);
        rd_arena_fini(&rig.arena);
    }
}

/* 64 columns and 10,000 rules: all that a table may have. */
static void test_largest(void **state)
{
    struct rig rig;
    (void)state;
    rig_init(&rig, 3);
    rig.arena.bytes_max *= 16;
    struct rd_table *wide = maker_random(&rig.maker, 70, RD_TABLE_COLUMNS_MAX, RD_HIT_FIRST);
    (void)compare(&rig, wide, 2000);
    struct rd_table *longest = maker_random(&rig.maker, RD_TABLE_RULES_MAX, 5, RD_HIT_UNIQUE);
    assert_in_range(compare(&rig, longest, 2000), 1000, 2000);
    rd_arena_fini(&rig.arena);
}

static void compare_place(const char *name)
{
    char path[512];
    struct rd_rules *rules = NULL;
    snprintf(path, sizeof path, "%s/%s", PLACES, name);
    assert_int_equal(rd_rules_load(path, rd_alloc_heap(), NULL, NULL, &rules), RD_OK);
    const struct rd_bound_table *tables[RD_RULES_SUPPORTING_MAX + 3] = {
        &rules->triage, &rules->lead, &rules->roles};
    for (size_t i = 0; i < rules->supporting_count; i++)
        tables[3 + i] = &rules->supporting[i];
    for (size_t i = 0; i < 3 + rules->supporting_count; i++) {
        struct rig rig;
        rig_init(&rig, 7 + i);
        if (tables[i]->table != NULL) {
            assert_int_equal(rd_compiled_interpreted(tables[i]->compiled), 0);
            assert_in_range(compare(&rig, tables[i]->table, INPUTS_PER_TABLE), 1, SIZE_MAX);
        }
        rd_arena_fini(&rig.arena);
    }
    rd_rules_free(rules);
}

static void test_places(void **state)
{
    size_t places = 0;
    DIR *directory = opendir(PLACES);
    (void)state;
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        if (entry->d_name[0] != '.') {
            compare_place(entry->d_name);
            places++;
        }
    closedir(directory);
    assert_true(places > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
