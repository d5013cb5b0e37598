/* The alarm command: what it is told, that one runs at a time, that too many are counted. */
#include "shell/alarms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    uv_loop_t loop;
    char directory[512], program[600], output[600];
    struct rd_alarms *alarms;
};

/* A program that appends its environment to a file. */
static int setup(void **state)
{
    static struct fixture fixture;
    snprintf(fixture.directory, sizeof fixture.directory, "%s/rd-alarm-XXXXXX", RD_BINARY_DIR);
    assert_non_null(mkdtemp(fixture.directory));
    snprintf(fixture.program, sizeof fixture.program, "%s/alarm", fixture.directory);
    snprintf(fixture.output, sizeof fixture.output, "%s/output", fixture.directory);
    FILE *file = fopen(fixture.program, "w");
    assert_non_null(file);
    fprintf(file,
            "#!/bin/sh\nset -e\nmkdir %s/busy\nenv | sort >> %s\necho --- >> %s\nsleep 0.05\n"
            "rmdir %s/busy\n[ \"$RD_TEAM\" != fail ]\n",
            fixture.directory, fixture.output, fixture.output, fixture.directory);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(fixture.program, 0700), 0);
    assert_int_equal(uv_loop_init(&fixture.loop), 0);
    fixture.alarms = rd_alarms_new(&fixture.loop, fixture.program);
    assert_non_null(fixture.alarms);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    rd_alarms_close(fixture->alarms);
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    (void)unlink(fixture->program);
    (void)unlink(fixture->output);
    (void)rmdir(fixture->directory);
    return 0;
}

static struct rd_alarm_note *note(const char *team)
{
    struct rd_alarmed alarmed = {.kind = RD_ALARM_STAGE,
                                 .stage_kind = RD_STAGE_BREACH,
                                 .assignment = 2,
                                 .clock = 1,
                                 .due = INT64_C(1795000000) * RD_SECOND_US,
                                 .team = rd_text_of(team),
                                 .words = RD_TEXT("not for the environment")};
    struct rd_entry entry = {.number = 12,
                             .at = INT64_C(1795000001) * RD_SECOND_US,
                             .kind = RD_ENTRY_ALARMED,
                             .referral = 77,
                             .feed = RD_TEXT("kgh-pas"),
                             .alarmed = &alarmed};
    struct rd_alarm_note *made = rd_alarm_note_of(&entry, "redbridge");
    assert_non_null(made);
    return made;
}

static const char *output(const struct fixture *fixture)
{
    static char text[65536];
    memset(text, 0, sizeof text);
    FILE *file = fopen(fixture->output, "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    assert_true(len < sizeof text - 1);
    return text;
}

/* Runs the loop until nothing waits and nothing runs. */
static struct rd_alarm_counts settle(struct fixture *fixture, uint64_t runs)
{
    struct rd_alarm_counts counts;
    for (int i = 0; i < 2000; i++) {
        rd_alarms_count(fixture->alarms, &counts);
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
        if (counts.waiting == 0 && counts.runs == runs && !uv_loop_alive(&fixture->loop))
            break;
        uv_sleep(5);
    }
    return counts;
}

static void it_is_told_identifiers_and_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    rd_alarms_raise(fixture->alarms, note("rapid-response"));
    struct rd_alarm_counts counts = settle(fixture, 1);
    const char *text = output(fixture);
    assert_int_equal(counts.runs, 1);
    assert_int_equal(counts.failures, 0);
    assert_non_null(strstr(text, "RD_ALARM=stage\n"));
    assert_non_null(strstr(text, "RD_STAGE=breach\n"));
    assert_non_null(strstr(text, "RD_TEAM=rapid-response\n"));
    assert_non_null(strstr(text, "RD_REFERRAL=00000-0002D\n"));
    assert_non_null(strstr(text, "RD_PLACE=redbridge\n"));
    assert_non_null(strstr(text, "RD_ENTRY=12\n"));
    assert_null(strstr(text, "not for the environment"));
    assert_null(strstr(text, "HOME="));
}

/* The program fails when another run of it is under way. */
static void one_runs_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 4; i++)
        rd_alarms_raise(fixture->alarms, note("t"));
    struct rd_alarm_counts counts = settle(fixture, 4);
    assert_int_equal(counts.runs, 4);
    assert_int_equal(counts.failures, 0);
}

static void a_failure_is_counted(void **state)
{
    struct fixture *fixture = *state;
    rd_alarms_raise(fixture->alarms, note("fail"));
    assert_int_equal(settle(fixture, 1).failures, 1);
}

static void a_program_that_is_not_there_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(rename(fixture->program, fixture->output), 0);
    rd_alarms_raise(fixture->alarms, note("t"));
    struct rd_alarm_counts counts = settle(fixture, 1);
    assert_int_equal(counts.runs, 1);
    assert_int_equal(counts.failures, 1);
}

static void what_does_not_fit_is_counted(void **state)
{
    struct fixture *fixture = *state;
    struct rd_alarm_counts counts;
    for (int i = 0; i < RD_ALARM_QUEUE_MAX + 3; i++)
        rd_alarms_raise(fixture->alarms, note("t"));
    rd_alarms_count(fixture->alarms, &counts);
    assert_int_equal(counts.waiting, RD_ALARM_QUEUE_MAX); /* and one runs */
    assert_int_equal(counts.missed, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_is_told_identifiers_and_nothing_else),
        T(one_runs_at_a_time),
        T(a_failure_is_counted),
        T(a_program_that_is_not_there_is_a_failure),
        T(what_does_not_fit_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
