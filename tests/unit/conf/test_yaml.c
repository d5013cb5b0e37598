#include "conf/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rd_errbuf why;

static struct rd_yaml *parsed(const char *text)
{
    struct rd_yaml *yaml = NULL;
    if (rd_yaml_parse("t.yaml", rd_text_of(text), &yaml, &why) != RD_OK)
        fail_msg("%s", why.text);
    return yaml;
}

static void refused(struct rd_text text, enum rd_err expected, const char *start, const char *part)
{
    struct rd_yaml *yaml = NULL;
    assert_int_equal(rd_yaml_parse("t.yaml", text, &yaml, &why), expected);
    assert_null(yaml);
    if (strncmp(why.text, start, strlen(start)) != 0 || strstr(why.text, part) == NULL)
        fail_msg("got \"%s\", wanted \"%s ... %s\"", why.text, start, part);
}

static void test_places(void **state)
{
    (void)state;
    struct rd_yaml *yaml = parsed("# top\n"
                                  "teams:\n"
                                  "  - name: desk\n"
                                  "    hours: {mon: [\"08:00\", '20:00'], tue: }\n"
                                  "  - name: \"caf\xC3\xA9\"\n"
                                  "note: |\n"
                                  "  two\n"
                                  "  lines\n");
    const rd_yaml_node *root = rd_yaml_root(yaml);
    const rd_yaml_node *teams = rd_yaml_get(root, "teams");
    const rd_yaml_node *desk = rd_yaml_at(teams, 0);
    const rd_yaml_node *hours = rd_yaml_get(desk, "hours");
    const rd_yaml_node *monday = rd_yaml_get(hours, "mon");
    const struct {
        const rd_yaml_node *node;
        unsigned line, column;
    } rows[] = {
        {root, 2, 1},
        {rd_yaml_key_node_at(root, 0), 2, 1},
        {teams, 3, 3},
        {desk, 3, 5},
        {rd_yaml_get(desk, "name"), 3, 11},
        {rd_yaml_key_node_at(desk, 1), 4, 5},
        {hours, 4, 12},
        {monday, 4, 18},
        {rd_yaml_at(monday, 0), 4, 19},
        {rd_yaml_at(monday, 1), 4, 28},
        {rd_yaml_key_node_at(hours, 1), 4, 38},
        {rd_yaml_get(rd_yaml_at(teams, 1), "name"), 5, 11},
        {rd_yaml_key_node_at(root, 1), 6, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_non_null(rows[i].node);
        assert_int_equal(rd_yaml_line(rows[i].node), rows[i].line);
        assert_int_equal(rd_yaml_column(rows[i].node), rows[i].column);
    }
    assert_true(rd_yaml_is_map(root) && rd_yaml_is_list(teams) && !rd_yaml_is_map(teams));
    assert_int_equal(rd_yaml_count(root), 2);
    assert_int_equal(rd_yaml_count(teams), 2);
    assert_true(rd_text_is(rd_yaml_key_at(root, 1), "note"));
    struct rd_text text;
    assert_int_equal(rd_yaml_text(rd_yaml_value_at(root, 1), RD_TEXT_NONE, &text, &why), RD_OK);
    assert_true(rd_text_is(text, "two\nlines\n"));
    assert_null(rd_yaml_get(root, "absent"));
    assert_null(rd_yaml_at(teams, 2));
    assert_null(rd_yaml_value_at(root, 2));
    rd_yaml_free(yaml);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *start, *part;
    } rows[] = {
        {"a: 1\nb: 2\na: 3\n", "t.yaml:3:1: found key 'a' again", "first at line 1"},
        {"x:\n  - {k: 1, m: 2, k: 3}\n", "t.yaml:2:18: found key 'k' again", "remove"},
        {"\"a\": 1\na: 2\n", "t.yaml:2:1: found key 'a' again", "line 1"},
        {"a: [1, 2\n", "t.yaml:", "closing bracket"},
        {"a: 1\n  b: 2\n", "t.yaml:1:", "not YAML"},
        {"\ta: 1\n", "t.yaml:1:1: found a tab in the indentation", "expected spaces"},
        {"a:\n  b: 1\n\tc: 2\n", "t.yaml:3:1: found a tab in the indentation", "lines beside it"},
        {"a:\n  b: x y\n  \tc: 2\n", "t.yaml:3:3: found a tab in the indentation", "spaces"},
        {"a: |\n  \tx\nb: 1\nc: 1\nd: [\n", "t.yaml:6:1: found what is not YAML", "brackets"},
        {"a:\n  b: x y\n   c: 2\n", "t.yaml:2:6: found what is not YAML: the next line goes on",
         "indent that line as its neighbours"},
        {"a: x\nb:y\nc: z\n", "t.yaml:2:1: found what is not YAML: a line without a key",
         "colon and a space"},
        {"a: \"open\n", "t.yaml:1:", "closing quote"},
        {"a: &x 1\n", "t.yaml:1:4: found an anchor", "write it out"},
        {"a: 1\nb: *a\n", "t.yaml:2:4: found an anchor or alias", "expected"},
        {"a: !!str 1\n", "t.yaml:1:4: found a tag", "remove"},
        {"b: ![x]\n", "t.yaml:1:", "found"},
        {"a: 1\n---\nb: 2\n", "t.yaml:2:1: found a second document", "another file"},
        {"? [x]\n: 2\n", "t.yaml:1:3: found a list or map as a key", "key: value"},
        {"\"\": 2\n", "t.yaml:1:1: found an empty key", "key: value"},
        {"", "t.yaml:1:1: found an empty file", "expected keys"},
        {"# nothing\n", "t.yaml:", "found an empty file"},
        {"a: \"x\\0y\"\n", "t.yaml:1:4: found an escape for a NUL", "remove"},
        {"a: 1\nb: \xff\n", "t.yaml:2:1: found bytes that are not UTF-8", "save"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refused(rd_text_of(rows[i].text), RD_E_INVALID, rows[i].start, rows[i].part);
    refused(RD_TEXT("a: 1\nb: x\0y\n"), RD_E_INVALID, "t.yaml:2:1: found bytes", "UTF-8");
}

/* `depth` lists inside each other. */
static struct rd_text nested(char *into, size_t depth)
{
    memset(into, '[', depth);
    memset(into + depth, ']', depth);
    return (struct rd_text){into, 2 * depth};
}

static void test_bounds(void **state)
{
    (void)state;
    struct rd_yaml *yaml;
    char *bytes = malloc(RD_YAML_BYTES_MAX + 1);
    assert_non_null(bytes);
    assert_int_equal(rd_yaml_parse("t.yaml", nested(bytes, 64), &yaml, &why), RD_OK);
    rd_yaml_free(yaml);
    refused(nested(bytes, 65), RD_E_TOOBIG, "t.yaml:1:65: found more than 64", "flatten");
    /* Far deeper: refused at the 65th, whatever follows. */
    refused(nested(bytes, 50000), RD_E_TOOBIG, "t.yaml:1:65: found more than 64", "flatten");
    memset(bytes, 'x', RD_YAML_BYTES_MAX + 1);
    bytes[1] = ':';
    bytes[2] = ' ';
    struct rd_text text = {bytes, RD_YAML_BYTES_MAX};
    assert_int_equal(rd_yaml_parse("t.yaml", text, &yaml, &why), RD_OK);
    rd_yaml_free(yaml);
    text.len++;
    refused(text, RD_E_TOOBIG, "t.yaml: found more than 1048576 bytes", "smaller");
    /* Half a million items: bounded memory, an answer and not a crash. */
    for (size_t i = 0; i < RD_YAML_BYTES_MAX; i++)
        bytes[i] = i % 2 == 0 ? ',' : 'x';
    bytes[0] = '[';
    bytes[RD_YAML_BYTES_MAX - 1] = ']';
    text.len = RD_YAML_BYTES_MAX;
    refused(text, RD_E_TOOBIG, "t.yaml:1:", "bytes of memory");
    free(bytes);
}

static void expect_keys(const char *text, const char *start, const char *part)
{
    static const char *const keys[] = {"name!", "title", "last_referral", "claim_decay", NULL};
    struct rd_yaml *yaml = parsed(text);
    enum rd_err err = rd_yaml_expect_map(rd_yaml_root(yaml), keys, &why);
    rd_yaml_free(yaml);
    if (start == NULL) {
        assert_int_equal(err, RD_OK);
        return;
    }
    assert_int_equal(err, RD_E_INVALID);
    if (strncmp(why.text, start, strlen(start)) != 0 || strstr(why.text, part) == NULL)
        fail_msg("got \"%s\", wanted \"%s ... %s\"", why.text, start, part);
}

static void test_keys(void **state)
{
    (void)state;
    expect_keys("name: a\n", NULL, NULL);
    expect_keys("title: t\nname: a\nlast_referral: 1\n", NULL, NULL);
    expect_keys("title: t\n", "t.yaml:1:1: found no key 'name'", "add `name: ...`");
    expect_keys("name: a\ntitel: t\n", "t.yaml:2:1: found key 'titel'", "did you mean title?");
    expect_keys("name: a\nlast-referral: t\n", "t.yaml:2:1:", "did you mean last_referral?");
    expect_keys("name: a\nName: b\n", "t.yaml:2:1: found key 'Name'", "did you mean name?");
    expect_keys("name: a\nname!: b\n", "t.yaml:2:1: found key 'name!'",
                "expected one of name, title, last_referral, claim_decay");
    expect_keys("[1]\n", "t.yaml:1:1: found a list, expected a map", "one of name");
    expect_keys("name\n", "t.yaml:1:1: found 'name', expected a map", "one of name");
    expect_keys("name: a\nxylophone: b\n", "t.yaml:2:1: found key 'xylophone'", "remove");
    assert_null(strstr(why.text, "did you mean"));
}

static void test_scalars(void **state)
{
    (void)state;
    struct rd_yaml *yaml = parsed("int: 42\nneg: -7\nquoted: \"42\"\nyes: true\nno: false\n"
                                  "on: yes\nempty: \"\"\nnothing:\ntilde: ~\nlist: [1]\n"
                                  "big: 99999999999999999999\nunit: 5 minutes\ntext: a b\n");
    const rd_yaml_node *root = rd_yaml_root(yaml);
    static const struct {
        const char *key;
        enum rd_err text, number, truth;
        const char *value;
        int64_t number_value;
    } rows[] = {
        {"int", RD_OK, RD_OK, RD_E_INVALID, "42", 42},
        {"neg", RD_OK, RD_E_INVALID, RD_E_INVALID, "-7", 0},
        {"quoted", RD_OK, RD_E_INVALID, RD_E_INVALID, "42", 0},
        {"yes", RD_OK, RD_E_INVALID, RD_OK, "true", 0},
        {"no", RD_OK, RD_E_INVALID, RD_OK, "false", 0},
        {"on", RD_OK, RD_E_INVALID, RD_E_INVALID, "yes", 0},
        {"empty", RD_OK, RD_E_INVALID, RD_E_INVALID, "", 0},
        {"nothing", RD_E_INVALID, RD_E_INVALID, RD_E_INVALID, NULL, 0},
        {"tilde", RD_E_INVALID, RD_E_INVALID, RD_E_INVALID, NULL, 0},
        {"list", RD_E_INVALID, RD_E_INVALID, RD_E_INVALID, NULL, 0},
        {"big", RD_OK, RD_E_INVALID, RD_E_INVALID, "99999999999999999999", 0},
        {"unit", RD_OK, RD_E_INVALID, RD_E_INVALID, "5 minutes", 0},
        {"text", RD_OK, RD_E_INVALID, RD_E_INVALID, "a b", 0},
        {"absent", RD_OK, RD_OK, RD_OK, "fallback", 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const rd_yaml_node *node = rd_yaml_get(root, rows[i].key);
        struct rd_text text;
        int64_t number;
        bool truth;
        assert_int_equal(rd_yaml_text(node, RD_TEXT("fallback"), &text, &why), rows[i].text);
        if (rows[i].text == RD_OK)
            assert_true(rd_text_is(text, rows[i].value));
        assert_int_equal(rd_yaml_int(node, 9, 0, 100, &number, &why), rows[i].number);
        if (rows[i].number == RD_OK)
            assert_int_equal(number, rows[i].number_value);
        assert_int_equal(rd_yaml_bool(node, true, &truth, &why), rows[i].truth);
        if (rows[i].truth == RD_OK)
            assert_int_equal(truth, strcmp(rows[i].key, "no") != 0);
    }
    int64_t number;
    assert_int_equal(rd_yaml_int(rd_yaml_get(root, "int"), 0, 0, 41, &number, &why), RD_E_INVALID);
    assert_string_equal(why.text, "t.yaml:1:6: found '42', expected a whole number from 0 to 41; "
                                  "write it without quotes or unit");
    rd_yaml_free(yaml);
}

static void test_read(void **state)
{
    (void)state;
    struct rd_yaml *yaml;
    const char *path = RD_BINARY_DIR "/test_yaml_read.yaml";
    assert_int_equal(rd_yaml_read(RD_BINARY_DIR "/no/such.yaml", &yaml, &why), RD_E_IO);
    assert_non_null(strstr(why.text, "no/such.yaml: cannot be opened"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("a: 1\r\nb: 2\r\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rd_yaml_read(path, &yaml, &why), RD_OK);
    assert_int_equal(rd_yaml_line(rd_yaml_get(rd_yaml_root(yaml), "b")), 2);
    assert_int_equal(rd_yaml_fail(rd_yaml_root(yaml), NULL, "no words wanted"), RD_E_INVALID);
    rd_yaml_free(yaml);
    rd_yaml_free(NULL);
    assert_int_equal(remove(path), 0);
}

static void test_texts_that_are_kept(void **state)
{
    static const char text[] = "path: /a/b\nempty: \"\"\nlong: aaaaaaaaaaaaaaaa\n";
    static const struct {
        const char *key;
        enum rd_err err;
        const char *words; /* of the error */
    } rows[] = {
        {"path", RD_OK, ""},
        {"absent", RD_OK, ""},
        {"empty", RD_E_INVALID, "t.yaml:2:8: found nothing"},
        {"long", RD_E_TOOBIG, "t.yaml:3:7: this file says too much"},
    };
    struct rd_yaml *yaml = NULL;
    struct rd_arena arena;
    struct rd_text kept;
    (void)state;
    rd_arena_init(&arena, rd_alloc_heap(), 1024 * 1024);
    assert_int_equal(rd_yaml_parse("t.yaml", rd_text_of(text), &yaml, &why), RD_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const rd_yaml_node *node = rd_yaml_get(rd_yaml_root(yaml), rows[i].key);
        struct rd_arena none;
        rd_arena_init(&none, rd_alloc_heap(), 1);
        why.text[0] = '\0';
        assert_int_equal(
            rd_yaml_keep(node, rows[i].err == RD_E_TOOBIG ? &none : &arena, &kept, &why),
            rows[i].err);
        assert_non_null(strstr(why.text, rows[i].words));
        if (i > 0)
            assert_false(rd_text_present(kept));
        rd_arena_fini(&none);
    }
    assert_int_equal(rd_yaml_keep(rd_yaml_get(rd_yaml_root(yaml), "path"), &arena, &kept, &why),
                     RD_OK);
    rd_yaml_free(yaml);
    assert_string_equal(kept.ptr, "/a/b"); /* outlives the document */
    rd_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_texts_that_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
