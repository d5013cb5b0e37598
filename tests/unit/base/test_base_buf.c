#include "base/buf.h"

#include "faulty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void puts_append(void **state)
{
    (void)state;
    struct rd_buf buf;
    rd_buf_init(&buf, rd_alloc_heap());
    assert_false(rd_text_present(rd_buf_text(&buf)));
    rd_buf_put(&buf, NULL, 0);
    rd_buf_put(&buf, "ab\0c", 4);
    rd_buf_put_text(&buf, RD_TEXT("-"));
    rd_buf_put_text(&buf, RD_TEXT_NONE);
    rd_buf_put_string(&buf, "");
    rd_buf_printf(&buf, "%03d", 7);
    rd_buf_printf(&buf, "%s", "");
    unsigned char *more = rd_buf_extend(&buf, 2);
    assert_non_null(more);
    memcpy(more, "yz", 2);
    assert_false(buf.failed);
    assert_true(rd_text_equal(rd_buf_text(&buf), RD_TEXT("ab\0c-007yz")));
    rd_buf_clear(&buf);
    assert_false(rd_text_present(rd_buf_text(&buf)));
    rd_buf_fini(&buf);
    rd_buf_fini(&buf);
}

static void drop_takes_from_the_front(void **state)
{
    (void)state;
    struct rd_buf buf;
    rd_buf_init(&buf, rd_alloc_heap());
    rd_buf_drop(&buf, 0);
    rd_buf_put_string(&buf, "frame1frame2");
    rd_buf_drop(&buf, 6);
    assert_true(rd_text_is(rd_buf_text(&buf), "frame2"));
    rd_buf_drop(&buf, 0);
    assert_true(rd_text_is(rd_buf_text(&buf), "frame2"));
    rd_buf_drop(&buf, 6);
    assert_int_equal(buf.len, 0);
    rd_buf_fini(&buf);
}

static void failure_sticks_until_cleared(void **state)
{
    (void)state;
    struct faulty memory;
    faulty_init(&memory, 2);
    struct rd_buf buf;
    rd_buf_init(&buf, &memory.alloc);
    rd_buf_put_string(&buf, "abcd");
    assert_false(buf.failed);
    rd_buf_put_string(&buf, "efgh");
    assert_true(buf.failed);
    rd_buf_put_string(&buf, "i");
    rd_buf_printf(&buf, "%d", 1);
    assert_null(rd_buf_extend(&buf, 1));
    assert_true(buf.failed);
    assert_int_equal(buf.len, 4);
    rd_buf_clear(&buf);
    assert_false(buf.failed);
    rd_buf_fini(&buf);
    assert_int_equal(memory.held, 0);
}

static void an_absurd_length_fails(void **state)
{
    (void)state;
    struct rd_buf buf;
    rd_buf_init(&buf, rd_alloc_heap());
    rd_buf_put_string(&buf, "x");
    assert_null(rd_buf_extend(&buf, SIZE_MAX));
    assert_true(buf.failed);
    rd_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_append),
        cmocka_unit_test(drop_takes_from_the_front),
        cmocka_unit_test(failure_sticks_until_cleared),
        cmocka_unit_test(an_absurd_length_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
