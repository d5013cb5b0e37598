#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct row {
    enum rd_err err;
    enum rd_err_class class;
};

static void every_code_has_a_text_and_its_class(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {RD_OK, RD_CLASS_NONE},
        {RD_E_MALFORMED, RD_CLASS_PERMANENT},
        {RD_E_TOOBIG, RD_CLASS_PERMANENT},
        {RD_E_UNSUPPORTED, RD_CLASS_PERMANENT},
        {RD_E_NOTFOUND, RD_CLASS_PERMANENT},
        {RD_E_DENIED, RD_CLASS_PERMANENT},
        {RD_E_CONFLICT, RD_CLASS_PERMANENT},
        {RD_E_INVALID, RD_CLASS_PERMANENT},
        {RD_E_BUSY, RD_CLASS_TRANSIENT},
        {RD_E_AGAIN, RD_CLASS_TRANSIENT},
        {RD_E_UNREACHABLE, RD_CLASS_TRANSIENT},
        {RD_E_NOMEM, RD_CLASS_FATAL},
        {RD_E_IO, RD_CLASS_FATAL},
        {RD_E_FULL, RD_CLASS_FATAL},
        {RD_E_CORRUPT, RD_CLASS_FATAL},
        {RD_E_FENCED, RD_CLASS_FATAL},
        {RD_E_BUG, RD_CLASS_BUG},
    };
    size_t count = sizeof rows / sizeof rows[0];
    assert_int_equal(count, RD_E_BUG + 1);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].err, i);
        assert_int_equal(rd_err_class(rows[i].err), rows[i].class);
        assert_true(strlen(rd_err_text(rows[i].err)) > 1);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rd_err_text(rows[i].err), rd_err_text(rows[j].err));
    }
}

static void fail_writes_and_returns(void **state)
{
    (void)state;
    struct rd_errbuf why;
    assert_int_equal(rd_fail(&why, RD_E_IO, "%s:%d", "file", 7), RD_E_IO);
    assert_string_equal(why.text, "file:7");
    assert_int_equal(rd_fail(NULL, RD_E_BUSY, "%s", "nobody reads this"), RD_E_BUSY);
}

static void fail_truncates(void **state)
{
    (void)state;
    struct rd_errbuf why;
    char longer[sizeof why.text + 10];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(rd_fail(&why, RD_E_IO, "%s", longer), RD_E_IO);
    assert_int_equal(strlen(why.text), sizeof why.text - 1);
}

static void require_aborts(void **state)
{
    (void)state;
    rd_require(1 + 1 == 2);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(2);
        (void)signal(SIGABRT, SIG_DFL);
        rd_require(1 + 1 == 3);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_text_and_its_class),
        cmocka_unit_test(fail_writes_and_returns),
        cmocka_unit_test(fail_truncates),
        cmocka_unit_test(require_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
