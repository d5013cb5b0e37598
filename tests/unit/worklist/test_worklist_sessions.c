#include "worklist_rig.h"

#include <stdio.h>
#include <string.h>

static struct worklist_sessions sessions;
static struct worklist_staff staff;

static int setup(void **state)
{
    memset(&sessions, 0, sizeof sessions);
    rig_staff(&staff);
    *state = &sessions;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    worklist_staff_fini(&staff);
    return 0;
}

static struct worklist_session *sign_in(char token[WORKLIST_TOKEN_TEXT + 1], rd_instant now)
{
    return worklist_sign_in(&sessions, &staff.people[0], now, token);
}

static void is_found_by_its_whole_token_only(void **state)
{
    (void)state;
    char token[WORKLIST_TOKEN_TEXT + 1], other[WORKLIST_TOKEN_TEXT + 1];
    struct worklist_session *mine = sign_in(token, RIG_NOW);
    struct worklist_session *theirs = sign_in(other, RIG_NOW);
    assert_ptr_not_equal(mine, theirs);
    assert_string_not_equal(token, other);
    assert_ptr_equal(worklist_session_find(&sessions, rd_text_of(token), RIG_NOW), mine);
    assert_null(worklist_session_find(&sessions, (struct rd_text){token, 63}, RIG_NOW));
    assert_null(worklist_session_find(&sessions, RD_TEXT_NONE, RIG_NOW));
    token[0] = token[0] == '0' ? '1' : '0';
    assert_null(worklist_session_find(&sessions, rd_text_of(token), RIG_NOW));
    token[0] = 'z';
    assert_null(worklist_session_find(&sessions, rd_text_of(token), RIG_NOW));
    memset(token, '0', WORKLIST_TOKEN_TEXT); /* as a free place in the table is */
    assert_null(worklist_session_find(&sessions, rd_text_of(token), RIG_NOW));
}

static void ends_when_idle_for_twelve_hours(void **state)
{
    (void)state;
    char token[WORKLIST_TOKEN_TEXT + 1];
    (void)sign_in(token, RIG_NOW);
    rd_instant seen = RIG_NOW + WORKLIST_IDLE_US;
    assert_non_null(worklist_session_find(&sessions, rd_text_of(token), seen));
    assert_non_null(worklist_session_find(&sessions, rd_text_of(token), seen + WORKLIST_IDLE_US));
    seen += WORKLIST_IDLE_US;
    assert_null(worklist_session_find(&sessions, rd_text_of(token), seen + WORKLIST_IDLE_US + 1));
    assert_null(worklist_session_find(&sessions, rd_text_of(token), RIG_NOW));
}

static void signing_out_ends_it(void **state)
{
    (void)state;
    char token[WORKLIST_TOKEN_TEXT + 1];
    worklist_sign_out(sign_in(token, RIG_NOW));
    assert_null(worklist_session_find(&sessions, rd_text_of(token), RIG_NOW));
}

static void the_longest_unseen_makes_room(void **state)
{
    (void)state;
    char first[WORKLIST_TOKEN_TEXT + 1], second[WORKLIST_TOKEN_TEXT + 1],
        other[WORKLIST_TOKEN_TEXT + 1];
    (void)sign_in(first, RIG_NOW);
    (void)sign_in(second, RIG_NOW + 1);
    for (int i = 2; i < WORKLIST_SESSIONS_MAX; i++)
        (void)sign_in(other, RIG_NOW + i);
    assert_non_null(worklist_session_find(&sessions, rd_text_of(first), RIG_NOW + 1000));
    (void)sign_in(other, RIG_NOW + 2000);
    assert_non_null(worklist_session_find(&sessions, rd_text_of(first), RIG_NOW + 2000));
    assert_null(worklist_session_find(&sessions, rd_text_of(second), RIG_NOW + 2000));
}

static void a_form_is_of_one_session(void **state)
{
    (void)state;
    char token[WORKLIST_TOKEN_TEXT + 1];
    struct worklist_session *mine = sign_in(token, RIG_NOW);
    struct worklist_session *theirs = sign_in(token, RIG_NOW);
    assert_true(worklist_csrf_ok(mine, rd_text_of(mine->csrf)));
    assert_false(worklist_csrf_ok(mine, rd_text_of(theirs->csrf)));
    assert_false(worklist_csrf_ok(mine, RD_TEXT_NONE));
    assert_false(worklist_csrf_ok(mine, RD_TEXT("")));
    assert_false(worklist_csrf_ok(mine, rd_text_of(token)));
}

static void five_failures_make_a_pause(void **state)
{
    (void)state;
    struct rd_text name = RD_TEXT("pat.jones");
    for (int i = 0; i < WORKLIST_FAILURES_MAX; i++) {
        assert_true(worklist_may_try(&sessions, name, RIG_NOW));
        worklist_note_failure(&sessions, name, RIG_NOW);
    }
    assert_false(worklist_may_try(&sessions, name, RIG_NOW));
    assert_false(worklist_may_try(&sessions, name, RIG_NOW + WORKLIST_PAUSE_US));
    assert_true(worklist_may_try(&sessions, name, RIG_NOW + WORKLIST_PAUSE_US + 1));
    assert_true(worklist_may_try(&sessions, RD_TEXT("sam.okoro"), RIG_NOW));
    worklist_note_failure(&sessions, name, RIG_NOW + WORKLIST_PAUSE_US + 1);
    assert_true(worklist_may_try(&sessions, name, RIG_NOW + WORKLIST_PAUSE_US + 1));
}

static void success_forgets_the_failures(void **state)
{
    (void)state;
    struct rd_text name = RD_TEXT("pat.jones");
    for (int i = 0; i < WORKLIST_FAILURES_MAX; i++)
        worklist_note_failure(&sessions, name, RIG_NOW);
    worklist_note_success(&sessions, name);
    assert_true(worklist_may_try(&sessions, name, RIG_NOW));
}

static void opened_records_are_few_and_end(void **state)
{
    (void)state;
    char token[WORKLIST_TOKEN_TEXT + 1], name[16];
    struct worklist_session *session = sign_in(token, RIG_NOW);
    worklist_note_opened(session, RD_TEXT("A.1"), RD_TEXT("direct care"), RIG_NOW);
    assert_string_equal(worklist_opened_for(session, RD_TEXT("A.1"), RIG_NOW), "direct care");
    assert_null(worklist_opened_for(session, RD_TEXT("A.2"), RIG_NOW));
    assert_null(worklist_opened_for(session, RD_TEXT("A.1"), RIG_NOW + WORKLIST_OPENED_US));
    for (int i = 0; i < WORKLIST_OPENED_MAX; i++) {
        (void)snprintf(name, sizeof name, "B.%d", i);
        worklist_note_opened(session, rd_text_of(name), RD_TEXT("x"), RIG_NOW + 1 + i);
    }
    assert_null(worklist_opened_for(session, RD_TEXT("A.1"), RIG_NOW + 20));
    assert_non_null(worklist_opened_for(session, RD_TEXT("B.0"), RIG_NOW + 20));
    worklist_put_away(session, RD_TEXT("B.0"));
    assert_null(worklist_opened_for(session, RD_TEXT("B.0"), RIG_NOW + 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_found_by_its_whole_token_only, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_when_idle_for_twelve_hours, setup, teardown),
        cmocka_unit_test_setup_teardown(signing_out_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(the_longest_unseen_makes_room, setup, teardown),
        cmocka_unit_test_setup_teardown(a_form_is_of_one_session, setup, teardown),
        cmocka_unit_test_setup_teardown(five_failures_make_a_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(success_forgets_the_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(opened_records_are_few_and_end, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
