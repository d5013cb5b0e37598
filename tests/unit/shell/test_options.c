/* The command line of referrald: one table for parsing, help and the man page. */
#include "shell/options.h"
#include "web/metrics.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum rd_err parse(char *const *argv, struct rd_options *out, struct rd_errbuf *why)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    return rd_options_parse(argc, argv, out, why);
}

static void both_forms_of_a_value_are_read(void **state)
{
    (void)state;
    char *argv[] = {"referrald", "--place", "p", "--state=s", "--ops", "[::1]:0", "--check", NULL};
    struct rd_options options;
    assert_int_equal(parse(argv, &options, NULL), RD_OK);
    assert_string_equal(options.place, "p");
    assert_string_equal(options.state, "s");
    assert_string_equal(options.ops, "[::1]:0");
    assert_string_equal(options.intake, "tcp://127.0.0.1:5701");
    assert_true(options.check);
    assert_null(options.alarm_command);
    assert_null(options.control);
}

static void each_mistake_says_what_to_do(void **state)
{
    (void)state;
    static const struct {
        char *argv[6];
        const char *words;
    } cases[] = {
        {{"referrald", NULL}, "--place DIR is missing"},
        {{"referrald", "--place", "p", NULL}, "--state DIR is missing"},
        {{"referrald", "--place", "p", "--sate", "s", NULL}, "unknown option --sate"},
        {{"referrald", "--place", NULL}, "--place needs a value: --place DIR"},
        {{"referrald", "--place=", NULL}, "--place needs a value"},
        {{"referrald", "--check=yes", NULL}, "--check takes no value"},
        {{"referrald", "start", NULL}, "found \"start\", expected an option"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rd_options options;
        struct rd_errbuf why = {{0}};
        assert_int_equal(parse(cases[i].argv, &options, &why), RD_E_INVALID);
        if (strstr(why.text, cases[i].words) == NULL)
            fail_msg("expected \"%s\" in \"%s\"", cases[i].words, why.text);
    }
}

static void help_and_version_need_nothing_else(void **state)
{
    (void)state;
    char *help[] = {"referrald", "--help", NULL};
    char *version[] = {"referrald", "--version", NULL};
    struct rd_options options;
    assert_int_equal(parse(help, &options, NULL), RD_OK);
    assert_true(options.help);
    assert_int_equal(parse(version, &options, NULL), RD_OK);
    assert_true(options.version);
}

static void the_ops_address_is_split(void **state)
{
    (void)state;
    static const struct {
        const char *ops, *address;
        unsigned port;
    } good[] = {
        {"127.0.0.1:8080", "127.0.0.1", 8080}, {"[::1]:0", "::1", 0}, {"h:65535", "h", 65535}};
    static const char *const bad[] = {"8080", ":80", "h:", "h:65536", "h:-1", "h:8o"};
    char address[RD_ENDPOINT_BYTES_MAX];
    unsigned port = 1;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(rd_options_split_ops(good[i].ops, address, &port, NULL), RD_OK);
        assert_string_equal(address, good[i].address);
        assert_int_equal(port, good[i].port);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(rd_options_split_ops(bad[i], address, &port, NULL), RD_E_INVALID);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 256 * 1024);
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, 256 * 1024 - 1, file) > 0);
    (void)fclose(file);
    return text;
}

/* roff writes a hyphen of an option as \-. */
static bool names_option(const char *page, const char *name)
{
    char escaped[128] = "\\-\\-";
    size_t len = strlen(escaped);
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '-')
            escaped[len++] = '\\';
        escaped[len++] = *c;
    }
    escaped[len] = '\0';
    return strstr(page, escaped) != NULL;
}

static void the_man_page_has_every_option_and_metric(void **state)
{
    (void)state;
    char *page = read_file(RD_SOURCE_DIR "/router/shell/referrald.8");
    assert_false(names_option(page, "no-such-option"));
    for (size_t i = 0; i < rd_option_table_count; i++)
        if (!names_option(page, rd_option_table[i].name))
            fail_msg("referrald.8 says nothing of --%s", rd_option_table[i].name);
    for (size_t i = 0; i < rd_metric_table_count; i++)
        if (strstr(page, rd_metric_table[i].name) == NULL)
            fail_msg("referrald.8 says nothing of the metric %s", rd_metric_table[i].name);
    free(page);
}

/* Every "rd_log(LEVEL, "id"" of one source; how many. */
static size_t check_log_ids(const char *source, const char *page)
{
    size_t found = 0;
    const char *at = source;
    while ((at = strstr(at, "rd_log(")) != NULL) {
        char id[64] = "";
        const char *quote = strchr(at, '"');
        at += strlen("rd_log(");
        if (quote == NULL || sscanf(quote, "\"%63[a-z_.]\"", id) != 1)
            continue;
        found++;
        if (strstr(page, id) == NULL)
            fail_msg("referrald.8 says nothing of the log id %s", id);
    }
    return found;
}

static void the_man_page_has_every_log_id(void **state)
{
    (void)state;
    glob_t files;
    size_t found = 0;
    char *page = read_file(RD_SOURCE_DIR "/router/shell/referrald.8");
    assert_int_equal(glob(RD_SOURCE_DIR "/router/shell/*.c", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *source = read_file(files.gl_pathv[i]);
        found += check_log_ids(source, page);
        free(source);
    }
    assert_true(found >= 20);
    globfree(&files);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_of_a_value_are_read),
        cmocka_unit_test(each_mistake_says_what_to_do),
        cmocka_unit_test(help_and_version_need_nothing_else),
        cmocka_unit_test(the_ops_address_is_split),
        cmocka_unit_test(the_man_page_has_every_option_and_metric),
        cmocka_unit_test(the_man_page_has_every_log_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
