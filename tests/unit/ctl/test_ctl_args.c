/* The command line of referralctl: one table for dispatch, help and the man page. */
#include "ctl/ctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ctl_args args;

static int parse(char *const *argv, const struct ctl_command **command)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    return ctl_parse(argc, argv, &args, command);
}

static void commands_are_found_by_their_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < ctl_commands_count; i++) {
        char words[64];
        char *argv[] = {"referralctl", words, NULL, "--help", NULL};
        const struct ctl_command *command = NULL;
        snprintf(words, sizeof words, "%s", ctl_commands[i].words);
        char *space = strchr(words, ' ');
        if (space != NULL) {
            *space = '\0';
            argv[2] = space + 1;
        } else {
            argv[2] = "--help";
            argv[3] = NULL;
        }
        assert_int_equal(parse(argv, &command), CTL_OK);
        assert_null(command); /* its help was printed */
    }
}

static void operands_and_options_may_be_mixed(void **state)
{
    (void)state;
    char *argv[] = {"referralctl", "contact",     "7K3Q9-M2X4T.1", "--mode=telephone",
                    "--by",        "Sam Example", "--json",        "--",
                    "--odd",       NULL};
    const struct ctl_command *command = NULL;
    assert_int_equal(parse(argv, &command), CTL_OK);
    assert_string_equal(command->words, "contact");
    assert_int_equal(args.operands_count, 2);
    assert_string_equal(args.operands[1], "--odd");
    assert_string_equal(args.values[OPT_MODE], "telephone");
    assert_string_equal(args.values[OPT_BY], "Sam Example");
    assert_true(ctl_json(&args));
}

static void mistakes_are_bad_use(void **state)
{
    (void)state;
    static char *const cases[][6] = {
        {"referralctl", NULL},
        {"referralctl", "statsu", NULL},
        {"referralctl", "queue", NULL},
        {"referralctl", "queue", "ls", NULL},
        {"referralctl", "status", "operand", NULL},
        {"referralctl", "contact", "X", NULL},
        {"referralctl", "contact", "X", "--mode", NULL},
        {"referralctl", "status", "--mode", "video", NULL},
        {"referralctl", "status", "--json=yes", NULL},
        {"referralctl", "status", "--no-such", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct ctl_command *command = NULL;
        assert_int_equal(parse(cases[i], &command), CTL_USE);
        assert_null(command);
    }
}

static void times_are_absolute_or_relative(void **state)
{
    (void)state;
    const rd_instant now = INT64_C(1795000000) * RD_SECOND_US;
    static const struct {
        const char *text;
        rd_instant offset;
    } good[] = {{"now", 0},
                {"+90m", 90 * RD_MINUTE_US},
                {"-2h", -2 * RD_HOUR_US},
                {"2026-11-18T11:06:40Z", 0}};
    static const char *const bad[] = {"", "m", "+m", "90m", "+90", "+90s", "+-9m", "yesterday"};
    rd_instant out;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(ctl_parse_when(good[i].text, now, &out));
        assert_int_equal(out, now + good[i].offset);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(ctl_parse_when(bad[i], now, &out));
}

static void lists_are_split_at_commas(void **state)
{
    (void)state;
    struct rd_text list[3];
    char copy[32];
    size_t count = 9;
    assert_true(ctl_split("a, b,,c", copy, sizeof copy, list, 3, &count));
    assert_int_equal(count, 3);
    assert_true(rd_text_is(list[1], "b"));
    assert_true(ctl_split("", copy, sizeof copy, list, 3, &count));
    assert_int_equal(count, 0);
    assert_false(ctl_split("a,b,c,d", copy, sizeof copy, list, 3, &count));
    assert_false(
        ctl_split("0123456789012345678901234567890123", copy, sizeof copy, list, 3, &count));
}

/* roff writes hyphens as \-. */
static void escaped(const char *text, char *out, size_t size)
{
    size_t len = 0;
    for (const char *c = text; *c != '\0' && len + 3 < size; c++) {
        if (*c == '-')
            out[len++] = '\\';
        out[len++] = *c;
    }
    out[len] = '\0';
}

static void the_man_page_has_every_command_and_option(void **state)
{
    (void)state;
    char *page = calloc(1, 256 * 1024);
    FILE *file = fopen(RD_SOURCE_DIR "/router/ctl/referralctl.1", "r");
    assert_non_null(page);
    assert_non_null(file);
    assert_true(fread(page, 1, 256 * 1024 - 1, file) > 0);
    (void)fclose(file);
    for (size_t i = 0; i < ctl_commands_count; i++) {
        char words[128] = "\n.B ";
        escaped(ctl_commands[i].words, words + 4, sizeof words - 4);
        if (strstr(page, words) == NULL)
            fail_msg("referralctl.1 says nothing of %s", ctl_commands[i].words);
        for (size_t k = 0; ctl_commands[i].required[k] != OPT_COUNT; k++) {
            bool listed = false;
            for (size_t m = 0; ctl_commands[i].options[m] != OPT_COUNT; m++)
                listed = listed || ctl_commands[i].options[m] == ctl_commands[i].required[k];
            assert_true(listed);
        }
    }
    for (size_t i = 0; i < OPT_COUNT; i++) {
        char name[128] = "\n.B \\-\\-";
        escaped(ctl_options[i].name, name + 8, sizeof name - 8);
        if (strstr(page, name) == NULL)
            fail_msg("referralctl.1 says nothing of --%s", ctl_options[i].name);
    }
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_found_by_their_words),
        cmocka_unit_test(operands_and_options_may_be_mixed),
        cmocka_unit_test(mistakes_are_bad_use),
        cmocka_unit_test(times_are_absolute_or_relative),
        cmocka_unit_test(lists_are_split_at_commas),
        cmocka_unit_test(the_man_page_has_every_command_and_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
