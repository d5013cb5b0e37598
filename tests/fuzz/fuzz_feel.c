/* FEEL: any text parses or is refused with a place inside it; any tree evaluates to something. */
#include "rules/engine/feel.h"
#include "rules/engine/parser.h"
#include "rules/engine/regex/regex.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024, STEPS_MAX = 20000 };

/* Names that nobody knows are null, so that what stands behind them is reached too. */
static const struct rd_feel_name known[] = {{{"x", 1}, NULL}, {{"due in days", 11}, NULL}};
static const struct rd_feel_names open = {.items = known, .count = 2};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd_arena arena;
    struct rd_feel_env env;
    struct rd_feel_note note = {.set = false};
    struct rd_feel_problem problem = {.words = ""};
    const struct rd_node *tree = NULL;
    const struct rd_value input = {.type = RD_TYPE_BOOLEAN};
    struct rd_text text = fuzz_text(data, size);
    rd_arena_init(&arena, rd_alloc_heap(), ARENA_BYTES_MAX);
    enum rd_err err = rd_feel_parse_expression(text, &open, &arena, &tree, &problem);
    PROMISE(err != RD_E_INVALID || (problem.words[0] != '\0' && problem.offset <= size));
    rd_feel_env_init(&env, &arena);
    env.note = &note;
    env.regex = &rd_regex_pcre2;
    env.steps_left = STEPS_MAX;
    if (err == RD_OK)
        (void)rd_feel_eval(&env, tree);
    err = rd_feel_parse_tests(text, NULL, &arena, &tree, &problem);
    PROMISE(err != RD_E_INVALID || problem.offset <= size);
    rd_feel_env_init(&env, &arena);
    env.steps_left = STEPS_MAX;
    if (err == RD_OK)
        (void)rd_feel_test_in(&env, tree, &input);
    rd_arena_fini(&arena);
    return 0;
}
