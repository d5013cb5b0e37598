/* Credit per feed: at the limit, one past it, and back when the disk has it. */
#include "shell/credit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct rd_credit credit;
    rd_credit_init(&credit, rd_alloc_heap());
    *state = &credit;
    return 0;
}

static int teardown(void **state)
{
    rd_credit_fini(*state);
    return 0;
}

static void the_sixty_fourth_fits_and_the_next_does_not(void **state)
{
    struct rd_credit *credit = *state;
    for (uint64_t i = 1; i <= RD_FEED_CREDIT_SUBMISSIONS; i++) {
        assert_true(rd_credit_has(credit, RD_TEXT("kgh-pas"), 10));
        assert_true(rd_credit_take(credit, RD_TEXT("kgh-pas"), 10, i));
    }
    assert_false(rd_credit_has(credit, RD_TEXT("kgh-pas"), 10));
    assert_true(rd_credit_has(credit, RD_TEXT("las-cad"), 10));
    rd_credit_return(credit, 1);
    assert_true(rd_credit_has(credit, RD_TEXT("kgh-pas"), 10));
    assert_int_equal(rd_credit_outstanding(credit), RD_FEED_CREDIT_SUBMISSIONS - 1);
}

static void bytes_are_bounded_too(void **state)
{
    struct rd_credit *credit = *state;
    assert_true(rd_credit_take(credit, RD_TEXT("f"), 100, 1));
    assert_true(rd_credit_has(credit, RD_TEXT("f"), RD_FEED_CREDIT_BYTES - 100));
    assert_false(rd_credit_has(credit, RD_TEXT("f"), RD_FEED_CREDIT_BYTES - 99));
}

static void one_submission_always_fits_into_an_empty_feed(void **state)
{
    assert_true(rd_credit_has(*state, RD_TEXT("f"), (uint64_t)RD_FEED_CREDIT_BYTES + 1));
}

/* Thousands pass through while some always wait: nothing is lost in the queue's moves. */
static void a_long_run_gives_everything_back(void **state)
{
    struct rd_credit *credit = *state;
    for (uint64_t i = 1; i <= 10000; i++) {
        assert_true(rd_credit_take(credit, i % 2 == 0 ? RD_TEXT("a") : RD_TEXT("b"), i, i));
        if (i > 20)
            rd_credit_return(credit, i - 20);
    }
    assert_int_equal(rd_credit_outstanding(credit), 20);
    rd_credit_return(credit, UINT64_MAX);
    assert_int_equal(rd_credit_outstanding(credit), 0);
    for (size_t i = 0; i < credit->feeds_count; i++) {
        assert_int_equal(credit->feeds[i].submissions, 0);
        assert_int_equal(credit->feeds[i].bytes, 0);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_sixty_fourth_fits_and_the_next_does_not),
        T(bytes_are_bounded_too),
        T(one_submission_always_fits_into_an_empty_feed),
        T(a_long_run_gives_everything_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
