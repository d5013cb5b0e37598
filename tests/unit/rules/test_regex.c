#include "rules/engine/parser.h"
#include "rules/engine/regex/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct rd_value run(struct rd_arena *arena, const char *text, struct rd_feel_env *env)
{
    struct rd_feel_problem problem;
    const struct rd_node *node = NULL;
    if (rd_feel_parse_expression(rd_text_of(text), NULL, arena, &node, &problem) != RD_OK)
        fail_msg("%s: %s", text, problem.words);
    rd_feel_env_init(env, arena);
    env->regex = &rd_regex_pcre2;
    return rd_feel_eval(env, node);
}

struct row {
    const char *text, *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rd_arena arena;
        struct rd_feel_env env;
        rd_arena_init(&arena, rd_alloc_heap(), 16 << 20);
        struct rd_value value = run(&arena, rows[i].text, &env);
        struct rd_text shown = rd_value_show(&value, &arena);
        if (!rd_text_is(shown, rows[i].expected))
            fail_msg("%s: %.*s", rows[i].text, RD_TEXT_ARG(shown));
        rd_arena_fini(&arena);
    }
}

static void test_expressions(void **state)
{
    static const struct row rows[] = {
        {"matches(\"foobar\", \"^fo*b\")", "true"},
        {"matches(\"foobar\", \"^o\")", "false"},
        {"matches(\"a\\nb\", \"a.b\")", "false"},
        {"matches(\"a\\nb\", \"a.b\", \"s\")", "true"},
        {"matches(\"a\\nb\", \"^b$\")", "false"},
        {"matches(\"a\\nb\", \"^b$\", \"m\")", "true"},
        {"matches(\"a\\n\", \"a$\")", "false"},
        {"matches(\"Abc\", \"abc\", \"i\")", "true"},
        {"matches(\"\\u212A\", \"k\", \"i\")", "true"},
        {"matches(\"hello world\", \"he ll o[ ]worl d\", \"x\")", "true"},
        {"matches(\"a.b\", \"a.b\", \"q\")", "true"},
        {"matches(\"axb\", \"a.b\", \"q\")", "false"},
        {"matches(\"x\", \"[a-z-[aeiou]]\")", "true"},
        {"matches(\"e\", \"[a-z-[aeiou]]\")", "false"},
        {"matches(\"e\", \"^[a-z-[aeiou-[e]]]$\")", "true"},
        {"matches(\"3\", \"^[^a-z-[3]]$\")", "false"},
        {"matches(\"\xd0\xb6\", \"^\\p{IsCyrillic}$\")", "true"},
        {"matches(\"a\", \"\\P{IsBasicLatin}\")", "false"},
        {"matches(\"\xc3\x89\", \"^\\p{Lu}$\")", "true"},
        {"matches(\"a1_\", \"^\\i\\c*$\")", "true"},
        {"matches(\"a-b\", \"^[\\w\\-]+$\")", "true"},
        {"matches(\"a!\", \"^[\\w]+$\")", "false"},
        {"matches(\"\xf0\x9f\x90\x8e\", \"^.$\")", "true"},
        {"matches(\"abab\", \"^(ab)\\1$\")", "true"},
        {"matches(\"aa\", \"^a{2,3}?$\")", "true"},
        {"matches(\"a#b c\", \"a#b c\")", "true"},
        {"replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")", "\"[1=ab][2=]cd\""},
        {"replace(\"0123456789\", \"(\\d{3})(\\d{3})(\\d{4})\", \"($1) $2-$3\")",
         "\"(012) 345-6789\""},
        {"replace(\"a\", \"(a)\", \"$10\")", "\"a0\""},
        {"replace(\"a\", \"a\", \"\\$1\")", "\"$1\""},
        {"replace(\"a.b\", \".\", \"$1\", \"q\")", "\"a$1b\""},
        {"replace(\"AAAA\", \"A+?\", \"b\")", "\"bbbb\""},
        {"split(\"a;b;c;;\", \";\")", "[\"a\", \"b\", \"c\", \"\", \"\"]"},
        {"split(\"John Doe\", \"\\s\")", "[\"John\", \"Doe\"]"},
        {"split(\"\", \",\")", "[\"\"]"},
    };
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void test_what_xpath_has_not(void **state)
{
    static const struct row rows[] = {
        {"matches(\"a\", \"a\", \"p\")", "null"},
        {"matches(\"a\", \"(a\")", "null"},
        {"matches(\"a\", \"a)\")", "null"},
        {"matches(\"a\", \"*a\")", "null"},
        {"matches(\"a\", \"(*ACCEPT)\")", "null"},
        {"matches(\"a\", \"(?=a)\")", "null"},
        {"matches(\"a\", \"a++\")", "null"},
        {"matches(\"a\", \"a{,2}\")", "null"},
        {"matches(\"a\", \"\\ba\")", "null"},
        {"matches(\"a\", \"\\Qa\\E\")", "null"},
        {"matches(\"a\", \"[]\")", "null"},
        {"matches(\"a\", \"[a\")", "null"},
        {"matches(\"a\", \"[z-a]\")", "null"},
        {"matches(\"a\", \"[[:alpha:]]\")", "null"},
        {"matches(\"a\", \"(.)\\2\")", "null"},
        {"matches(\"a\", \"(asd)[\\1]\")", "null"},
        {"matches(\"a\", \"\\p{Nonsense}\")", "null"},
        {"matches(\"a\", \"\\p{IsNowhere}\")", "null"},
        {"replace(\"abc\", \"x*\", \"-\")", "null"},
        {"replace(\"abc\", \"b\", \"$\")", "null"},
        {"replace(\"abc\", \"b\", \"\\n\\\\x\")", "null"},
        {"split(\"abc\", \"\")", "null"},
    };
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

/* A pattern that backtracks without end, and too little memory: null, soon. */
static void test_bounded(void **state)
{
    static const char *const costly[] = {
        "matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\", \"^(a+)+$\")",
        "matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\", \"^(a|a)*$\")",
        "[for i in 1..20000 return matches(\"b\", \"a\")][1][20000]",
    };
    size_t full = 0;
    (void)state;
    for (size_t i = 0; i < sizeof costly / sizeof costly[0]; i++) {
        struct rd_arena arena;
        struct rd_feel_env env;
        rd_arena_init(&arena, rd_alloc_heap(), 256U << 20);
        assert_int_equal(run(&arena, costly[i], &env).type, RD_TYPE_NULL);
        rd_arena_fini(&arena);
    }
    for (size_t bytes = 2048; bytes < 65536; bytes += 128) {
        struct rd_arena arena;
        struct rd_feel_env env;
        rd_arena_init(&arena, rd_alloc_heap(), bytes);
        struct rd_value value =
            run(&arena, "append(split(\"a-b-c\", \"-\"), replace(\"a\", \"(a)\", \"$1\"))", &env);
        if (env.full)
            full++;
        else
            assert_int_equal(value.as.list.count, 4);
        rd_arena_fini(&arena);
    }
    assert_true(full > 5 && full < 490);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_what_xpath_has_not),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
