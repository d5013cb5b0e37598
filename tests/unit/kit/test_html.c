#include "adapters/kit/html.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static int setup(void **state)
{
    static struct rd_buf buf;
    rd_buf_init(&buf, rd_alloc_heap());
    *state = &buf;
    return 0;
}

static int teardown(void **state)
{
    rd_buf_fini(*state);
    return 0;
}

static void expect(struct rd_buf *buf, const char *text)
{
    rd_buf_put(buf, "", 1);
    assert_false(buf->failed);
    assert_string_equal((const char *)buf->bytes, text);
    rd_buf_clear(buf);
}

static void escapes_what_markup_gives_a_meaning(void **state)
{
    static const struct {
        const char *text, *escaped;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"<b>", "&lt;b&gt;"},
        {"a & b", "a &amp; b"},
        {"\"'", "&quot;&#39;"},
        {"x<", "x&lt;"},
        {"&lt;", "&amp;lt;"},
        {"\xc3\xa9", "\xc3\xa9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rd_html_escape(*state, rd_text_of(cases[i].text));
        expect(*state, cases[i].escaped);
    }
}

static void inserts_by_kind(void **state)
{
    struct rd_text text = {"a<b>c", 4};
    rd_html_put(*state, "<p>%s|%t|%r|%u|100%%</p>", "<i>", text, "<br>", 7u);
    expect(*state, "<p>&lt;i&gt;|a&lt;b&gt;|<br>|7|100%</p>");
}

static void absent_is_nothing(void **state)
{
    const char *none = NULL;
    rd_html_put(*state, "[%s%t%r]", none, RD_TEXT_NONE, none);
    expect(*state, "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(escapes_what_markup_gives_a_meaning, setup, teardown),
        cmocka_unit_test_setup_teardown(inserts_by_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(absent_is_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
