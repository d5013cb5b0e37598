/* Cells in two ways of writing: the fast path and the evaluator say the same. */
#include "rules/engine/feel.h"
#include "rules/engine/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { ARENA = 1 << 20, CELLS = 20000, TEXT_MAX = 160 };

static uint64_t seed = 20261121;

static size_t below(size_t count)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed % count);
}

/* `simple` and `plain` ask the same of "?"; L and H stand for two literals. */
static const struct {
    const char *simple, *plain;
} forms[] = {
    {"< L", "? < L"},
    {">= L", "? >= L"},
    {"!= L", "? != L"},
    {"L", "? = L"},
    {"[L..H]", "? >= L and ? <= H"},
    {"]L..H[", "? > L and ? < H"},
    {"L, > H", "? = L or ? > H"},
    {"not(L, < H)", "not(? = L or ? < H)"},
    {"not([L..H))", "not(? >= L and ? < H)"},
    {"[L, H]", "list contains([L, H], ?)"},
    {"L, [L, H], [L..H]", "? = L or list contains([L, H], ?) or (? >= L and ? <= H)"},
};
static const char *const numbers[] = {"-1", "0", "1", "1.0", "2", "17.9", "18", "1e3"};
static const char *const strings[] = {"\"\"", "\"a\"", "\"b\"", "\"fall\"", "\"z\""};
static const char *const dates[] = {"@\"2026-11-20\"", "@\"2026-11-21\"", "@\"2027-01-01\""};

static const char *literal(size_t kind)
{
    return kind == 0   ? numbers[below(sizeof numbers / sizeof numbers[0])]
           : kind == 1 ? strings[below(sizeof strings / sizeof strings[0])]
                       : dates[below(sizeof dates / sizeof dates[0])];
}

static struct rd_text fill(char out[TEXT_MAX], const char *form, const char *low, const char *high)
{
    size_t len = 0;
    for (const char *at = form; *at != '\0'; at++) {
        char one[] = {*at, '\0'};
        const char *piece = *at == 'L' ? low : *at == 'H' ? high : one;
        assert_true(len + strlen(piece) < TEXT_MAX);
        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return (struct rd_text){out, len};
}

/* False: the simple text is an interval that is refused because it is empty. */
static bool compare(struct rd_arena *arena, struct rd_text simple, struct rd_text plain,
                    const struct rd_value *value)
{
    struct rd_feel_env env;
    struct rd_feel_problem problem;
    const struct rd_node *fast = NULL, *slow = NULL;
    if (rd_feel_parse_tests(simple, NULL, arena, &fast, &problem) != RD_OK)
        return false;
    assert_true(fast->simple);
    assert_int_equal(rd_feel_parse_tests(plain, NULL, arena, &slow, &problem), RD_OK);
    assert_false(slow->simple && slow->kind != RD_NODE_CALL);
    rd_feel_env_init(&env, arena);
    enum rd_tri expected = rd_feel_test_in(&env, slow, value);
    if (rd_feel_test(fast, value) != expected || rd_feel_test_in(&env, fast, value) != expected)
        fail_msg("%.*s: %d; %.*s: %d", RD_TEXT_ARG(simple), (int)rd_feel_test(fast, value),
                 RD_TEXT_ARG(plain), (int)expected);
    return true;
}

static void test_two_ways(void **state)
{
    size_t compared = 0;
    (void)state;
    for (size_t i = 0; i < CELLS; i++) {
        size_t form = below(sizeof forms / sizeof forms[0]), kind = below(3);
        const char *low = literal(kind), *high = literal(kind);
        const char *tested = below(8) == 0 ? "null" : literal(below(6) == 0 ? below(3) : kind);
        char simple[TEXT_MAX], plain[TEXT_MAX];
        struct rd_arena arena;
        struct rd_feel_problem problem;
        const struct rd_node *value = NULL;
        rd_arena_init(&arena, rd_alloc_heap(), ARENA);
        assert_int_equal(
            rd_feel_parse_expression(rd_text_of(tested), NULL, &arena, &value, &problem), RD_OK);
        bool done = compare(&arena, fill(simple, forms[form].simple, low, high),
                            fill(plain, forms[form].plain, low, high), &value->as.literal);
        assert_true(done || strstr(forms[form].simple, "..") != NULL);
        compared += done ? 1 : 0;
        rd_arena_fini(&arena);
    }
    assert_true(compared > CELLS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
