#include "worklist_rig.h"

#include <string.h>

static struct worklist_queues queues;

static int setup(void **state)
{
    rig_queues(&queues);
    *state = &queues;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    worklist_queues_fini(&queues);
    return 0;
}

static void expect_order(const char *team, const char *expected)
{
    char found[256] = "";
    const struct worklist_queue *queue = worklist_queue_of(&queues, rd_text_of(team));
    for (size_t i = 0; i < queue->rows.count; i++) {
        const struct rd_row *row = worklist_row_at(&queue->rows, i);
        (void)strncat(found, row->assignment.ptr, row->assignment.len);
        (void)strncat(found, " ", 2);
    }
    assert_string_equal(found, expected);
}

static void add(const char *assignment, int due_minutes, uint64_t order)
{
    struct rd_row row = rig_row(assignment, "rapid", due_minutes, order);
    rig_change(&queues, RD_ROW_ADDED, &row);
}

static void stand_by_deadline_then_by_entry(void **state)
{
    (void)state;
    add("C.1", 0, 1); /* without a deadline: last */
    add("B.1", 30, 7);
    add("A.1", 30, 9);
    add("D.1", -5, 11);
    add("B.2", 30, 7);
    add("E.1", 0, 3);
    expect_order("rapid", "D.1 B.1 B.2 A.1 C.1 E.1 ");
}

static void a_change_moves_a_row(void **state)
{
    (void)state;
    add("A.1", 10, 1);
    add("B.1", 20, 2);
    struct rd_row row = rig_row("A.1", "rapid", 60, 1);
    row.phase = RD_ASSIGNMENT_CLAIMED;
    rig_change(&queues, RD_ROW_CHANGED, &row);
    expect_order("rapid", "B.1 A.1 ");
    assert_int_equal(worklist_queues_find(&queues, RD_TEXT("A.1"))->phase, RD_ASSIGNMENT_CLAIMED);
}

static void a_row_is_kept_when_the_message_is_gone(void **state)
{
    (void)state;
    char assignment[] = "A.1", locality[] = "Wanstead";
    struct rd_row row = rig_row(assignment, "rapid", 10, 1);
    row.locality = rd_text_of(locality);
    rig_change(&queues, RD_ROW_ADDED, &row);
    memset(assignment, 'x', 3);
    memset(locality, 'x', 8);
    const struct rd_row *kept = worklist_queues_find(&queues, RD_TEXT("A.1"));
    assert_non_null(kept);
    assert_true(rd_text_is(kept->locality, "Wanstead"));
}

static void a_row_that_left_is_remembered(void **state)
{
    (void)state;
    add("A.1", 10, 1);
    struct rd_row row = rig_row("A.1", "rapid", 10, 1);
    row.phase = RD_ASSIGNMENT_CLOSED;
    row.outcome = RD_OUTCOME_SEEN_COMPLETE;
    rig_change(&queues, RD_ROW_REMOVED, &row);
    assert_null(worklist_queues_find(&queues, RD_TEXT("A.1")));
    const struct worklist_closed *closed = worklist_queues_closed(&queues, RD_TEXT("A.1"));
    assert_non_null(closed);
    assert_int_equal(closed->outcome, RD_OUTCOME_SEEN_COMPLETE);
    assert_true(rd_text_is(closed->team, "rapid"));
    assert_null(worklist_queues_closed(&queues, RD_TEXT("A.2")));
}

static void an_answer_counts_at_once(void **state)
{
    (void)state;
    add("A.1", 10, 1);
    struct rd_row row = rig_row("A.1", "rapid", 10, 1);
    row.phase = RD_ASSIGNMENT_ACCEPTED;
    worklist_queues_note(&queues, &row, RIG_NOW);
    expect_order("rapid", "A.1 ");
    assert_int_equal(worklist_queues_find(&queues, RD_TEXT("A.1"))->phase, RD_ASSIGNMENT_ACCEPTED);
    row.phase = RD_ASSIGNMENT_CLOSED;
    worklist_queues_note(&queues, &row, RIG_NOW);
    expect_order("rapid", "");
    assert_non_null(worklist_queues_closed(&queues, RD_TEXT("A.1")));
}

static void snapshot(bool end, struct rd_row *row)
{
    struct rd_snapshot_begin begin = {.queue = RD_TEXT("rapid")};
    struct rd_snapshot_row one = {.queue = RD_TEXT("rapid"), .row = row};
    struct rd_snapshot_end ended = {.queue = RD_TEXT("rapid")};
    const struct rd_message messages[] = {
        {.snapshot_begin = &begin}, {.snapshot_row = &one}, {.snapshot_end = &ended}};
    for (size_t i = 0; i < (end ? 3u : 2u); i++)
        worklist_queues_hear(&queues, &messages[i], RIG_NOW);
}

static void the_old_list_stands_until_a_snapshot_is_whole(void **state)
{
    (void)state;
    add("A.1", 10, 1);
    struct rd_row row = rig_row("B.1", "rapid", 20, 2);
    snapshot(false, &row);
    expect_order("rapid", "A.1 ");
    snapshot(true, &row);
    expect_order("rapid", "B.1 ");
}

static void other_queues_are_not_ours(void **state)
{
    (void)state;
    struct rd_row row = rig_row("A.1", "elsewhere", 10, 1);
    rig_change(&queues, RD_ROW_ADDED, &row);
    worklist_queues_note(&queues, &row, RIG_NOW);
    assert_null(worklist_queues_find(&queues, RD_TEXT("A.1")));
}

static void is_away_from_the_first_silence(void **state)
{
    (void)state;
    struct rd_welcome welcome = {0};
    const struct rd_message welcomed = {.welcome = &welcome};
    assert_false(queues.away);
    add("A.1", 10, 1);
    worklist_queues_hear(&queues, NULL, RIG_NOW + 5);
    worklist_queues_hear(&queues, NULL, RIG_NOW + 9);
    assert_true(queues.away);
    assert_int_equal(queues.away_since, RIG_NOW + 5);
    expect_order("rapid", "A.1 ");
    worklist_queues_hear(&queues, &welcomed, RIG_NOW + 20);
    assert_false(queues.away);
}

static void a_first_start_has_heard_nothing(void **state)
{
    (void)state;
    struct worklist_queues fresh;
    assert_true(worklist_queues_init(&fresh, (const struct rd_text[]){RD_TEXT("rapid")}, 1));
    assert_true(fresh.away);
    assert_int_equal(fresh.away_since, 0);
    assert_false(worklist_queue_of(&fresh, RD_TEXT("rapid"))->whole);
    worklist_queues_fini(&fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stand_by_deadline_then_by_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_moves_a_row, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_is_kept_when_the_message_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_that_left_is_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_counts_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(the_old_list_stands_until_a_snapshot_is_whole, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(other_queues_are_not_ours, setup, teardown),
        cmocka_unit_test_setup_teardown(is_away_from_the_first_silence, setup, teardown),
        cmocka_unit_test_setup_teardown(a_first_start_has_heard_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
