/* One person, many doors: what is suggested, what the desk says to it, and that nothing else moves.
 */
#include "links_kit.h"

#include "model/limits.h"
#include "wire/wire.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int set_up(void **state)
{
    static struct rig rig;
    rig_open(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_replay_equal(*state);
    rig_close(*state);
    return 0;
}

enum {
    NHS = RD_PART_NHS_NUMBER,
    NAME = RD_PART_NAME,
    BORN = RD_PART_BIRTH_DATE,
    POSTCODE = RD_PART_POSTCODE,
    PRACTICE = RD_PART_PRACTICE,
    PERSON = NAME | BORN | POSTCODE
};

/* Edith, 81, through the door of the feed. */
static struct sub edith(const char *feed, const char *key)
{
    return (struct sub){.feed = feed,
                        .key = key,
                        .need = "fall",
                        .nhs = "9990000018",
                        .name = "edith|whitlock",
                        .born = "1944-06-15",
                        .postcode = "E182QB"};
}

static void linked_as(struct rig *rig, struct rd_text a, struct rd_text b,
                      enum rd_link_state expected)
{
    const struct rd_person_link *here = links_link_of(rig, a, b);
    const struct rd_person_link *there = links_link_of(rig, b, a);
    assert_int_equal(here == NULL ? 0 : here->state, expected);
    assert_int_equal(there == NULL ? 0 : there->state, expected);
}

/* Clocks, receipts, custody, assignments but for the number of their last change: as text. */
static struct rd_text all_but_links(struct rig *rig, struct rd_text referral)
{
    struct rd_buf out;
    struct rd_text kept;
    struct rd_referral_state state = *rig_state(rig, referral);
    struct rd_state_record record = {RD_TABLE_REFERRAL, .referral = &state};
    state.links_count = 0;
    state.links_left_out = 0;
    for (size_t i = 0; i < state.assignments_count; i++)
        state.assignments[i].change = 0;
    rd_buf_init(&out, rd_alloc_heap());
    rd_wire_encode(&rd_state_record_shape, &record, &out);
    assert_true(rd_arena_copy(&rig->keep, rd_buf_text(&out), &kept));
    rd_buf_fini(&out);
    return kept;
}

static void three_doors_are_three_suggestions(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    struct sub ambulance = edith("ambulance", "a1");
    struct sub self = edith("self", "s1");
    self.nhs = NULL; /* nobody verified the number that she typed */
    gp.practice = "F82016";
    ambulance.practice = "F82099";
    struct rd_text a = rig_refer(rig, &gp);
    struct rd_text b = rig_refer(rig, &ambulance);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_LINKED), 1);
    struct rd_text c = rig_refer(rig, &self);
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_LINKED), 2);
    linked_as(rig, a, b, RD_LINK_SUGGESTED);
    linked_as(rig, a, c, RD_LINK_SUGGESTED);
    linked_as(rig, b, c, RD_LINK_SUGGESTED);
    assert_int_equal(links_link_of(rig, a, b)->matched, NHS | PERSON);
    assert_int_equal(links_link_of(rig, a, b)->differs, PRACTICE);
    assert_int_equal(links_link_of(rig, b, c)->matched, PERSON);
    assert_int_equal(links_link_of(rig, b, c)->differs, 0); /* not said is not different */
    assert_false(rd_text_present(links_link_of(rig, b, c)->by));
    const struct rd_query_result *waiting = links_ask(rig, DESK, RD_QUERY_LINKS, RD_TEXT_NONE);
    assert_int_equal(waiting->pairs_count, 3);
    assert_int_equal(waiting->pairs_left_out, 0);
    assert_non_null(waiting->pairs[0].first);
    assert_int_equal(links_row_in(rig, RAPID, "rapid", a)->linked, 0); /* nobody has said so yet */
}

static void a_suggestion_is_no_change_of_anybodys_list(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    struct rd_text a = rig_refer(rig, &gp);
    uint64_t before = rig_state(rig, a)->assignments[0].change;
    struct sub ambulance = edith("ambulance", "a1");
    (void)rig_refer(rig, &ambulance);
    assert_int_equal(rig_state(rig, a)->assignments[0].change, before);
}

static void who_is_not_the_same_is_not_suggested(void **state)
{
    struct rig *rig = *state;
    struct sub first = edith("gp", "g1");
    first.further = "anne";
    struct rd_text a = rig_refer(rig, &first);
    static const struct {
        const char *nhs, *name, *further, *born, *postcode;
        uint32_t matched, differs; /* 0: no suggestion */
    } rows[] = {
        {NULL, "edna|whitlock", NULL, "1944-06-15", "E182QB", 0, 0}, /* her twin */
        {NULL, "edith|whitlock", "jane", "1944-06-15", "E182QB", 0, 0},
        {NULL, "edith|whitlock", NULL, "1944-06-16", "E182QB", 0, 0},
        {NULL, "edith|whitlock", NULL, "1944-06-15", "E182QA", 0, 0},
        {NULL, "edith|whitlock", NULL, NULL, "E182QB", 0, 0},
        {"9990000026", "edna|whitlock", NULL, "1944-06-15", "E182QB", 0, 0},
        {NULL, NULL, NULL, NULL, NULL, 0, 0},
        {"9990000018", "john|smith", NULL, "1990-01-01", "E182QB", NHS | POSTCODE, NAME | BORN},
        {"9990000018", NULL, NULL, NULL, NULL, NHS, 0},
        {"9990000034", "edith|whitlock", "anne", "1944-06-15", "E182QB", PERSON, NHS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "x%zu", i);
        struct sub other = {.feed = "hospital",
                            .key = key,
                            .need = "fall",
                            .nhs = rows[i].nhs,
                            .name = rows[i].name,
                            .further = rows[i].further,
                            .born = rows[i].born,
                            .postcode = rows[i].postcode};
        struct rd_text b = rig_refer(rig, &other);
        linked_as(rig, a, b, rows[i].matched == 0 ? 0 : RD_LINK_SUGGESTED);
        if (rows[i].matched == 0)
            continue;
        assert_int_equal(links_link_of(rig, a, b)->matched, rows[i].matched);
        assert_int_equal(links_link_of(rig, b, a)->differs, rows[i].differs);
    }
}

static void a_link_shows_the_nearest_deadline_and_moves_no_clock(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    gp.need = "frailty"; /* two days */
    struct rd_text a = rig_refer(rig, &gp);
    rig_pass(rig, 3 * RD_MINUTE_US);
    struct sub ambulance = edith("ambulance", "a1"); /* two hours */
    struct rd_text b = rig_refer(rig, &ambulance);
    struct rd_text before[] = {all_but_links(rig, a), all_but_links(rig, b)};
    rd_instant near = rig_state(rig, b)->clocks[0].alarm_due;
    assert_int_equal(links_row_in(rig, LOCALITY, "locality", a)->group_due, 0);
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, a, b));
    assert_int_equal(rig->update.entries_count, 1);
    const struct rd_linked *said = rig_wrote(rig, RD_ENTRY_LINKED, 0)->linked;
    assert_int_equal(said->other, links_id_of(b));
    rig_text(said->by, "Dee Desk");
    rig_text(said->reason, "asked her daughter");
    for (size_t i = 0; i < rig->update.sends_count; i++) /* no sender is told */
        assert_null(rig->update.sends[i].message->receipt);
    linked_as(rig, a, b, RD_LINK_LINKED);
    rig_text(links_link_of(rig, b, a)->by, "Dee Desk");
    assert_true(rd_text_equal(before[0], all_but_links(rig, a)));
    assert_true(rd_text_equal(before[1], all_but_links(rig, b)));
    const struct rd_row *row = links_row_in(rig, LOCALITY, "locality", a);
    assert_int_equal(row->linked, 1);
    assert_int_equal(row->group_due, near);
    assert_true(row->next_due > near); /* its own is as it was */
    row = links_row_in(rig, RAPID, "rapid", b);
    assert_int_equal(row->linked, 1);
    assert_int_equal(row->group_due, near);
    assert_int_equal(row->next_due, near);
    rig_reload(rig);
    assert_int_equal(links_row_in(rig, LOCALITY, "locality", a)->group_due, near);
    assert_non_null(links_say(rig, OPERATOR, RD_VERB_UNLINK, b, a));
    linked_as(rig, a, b, RD_LINK_DISMISSED);
    assert_true(rd_text_equal(before[0], all_but_links(rig, a)));
    row = links_row_in(rig, LOCALITY, "locality", a);
    assert_int_equal(row->linked, 0);
    assert_int_equal(row->group_due, 0);
    assert_int_equal(links_link_of(rig, a, b)->entries.len,
                     3 * 8); /* suggested, linked, unlinked */
}

/* A device that watches hears of it: rows follow the clocks of the others. */
static void rows_follow_the_group(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    gp.need = "frailty";
    struct rd_text a = rig_refer(rig, &gp);
    struct sub ambulance = edith("ambulance", "a1");
    struct rd_text b = rig_refer(rig, &ambulance);
    struct sub self = edith("self", "s1");
    self.need = "lonely";
    struct rd_text c = rig_refer(rig, &self);
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, a, b));
    struct rd_watch asked = {.queue = RD_TEXT("locality"), .credit = 100};
    rig_say(rig, LOCALITY, RD_SOCKET_QUEUES, &(struct rd_message){.watch = &asked});
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, c, b)); /* by b, one with a */
    const struct rd_change *change = SENT(rig, LOCALITY, RD_SOCKET_QUEUES, change, 0);
    assert_non_null(change);
    assert_non_null(SENT(rig, LOCALITY, RD_SOCKET_QUEUES, change, 1)); /* a's row and c's */
    assert_null(SENT(rig, LOCALITY, RD_SOCKET_QUEUES, change, 2));
    rd_instant near = rig_state(rig, b)->clocks[0].alarm_due;
    assert_int_equal(links_row_in(rig, LOCALITY, "locality", a)->linked, 2);
    assert_int_equal(links_row_in(rig, LOCALITY, "locality", a)->group_due, near);
    struct rd_command seen = {.verb = RD_VERB_CONTACT,
                              .target = rig_name(rig, b, 1),
                              .by = RD_TEXT("Ann"),
                              .mode = RD_CONTACT_FACE_TO_FACE};
    assert_non_null(rig_do(rig, RAPID, &seen));
    assert_non_null(SENT(rig, LOCALITY, RD_SOCKET_QUEUES, change, 0));
    assert_true(SENT(rig, LOCALITY, RD_SOCKET_QUEUES, change, 0)->row->group_due > near);
    struct rd_command undo = {.verb = RD_VERB_VOID_CONTACT,
                              .target = rig_name(rig, b, 1),
                              .by = RD_TEXT("Ann"),
                              .contact = 1};
    assert_non_null(rig_do(rig, RAPID, &undo));
    assert_int_equal(SENT(rig, LOCALITY, RD_SOCKET_QUEUES, change, 0)->row->group_due, near);
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = rig_name(rig, b, 1),
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_SEEN_COMPLETE};
    assert_non_null(rig_do(rig, RAPID, &close));
    const struct rd_row *row = links_row_in(rig, LOCALITY, "locality", a);
    assert_int_equal(row->linked, 2); /* closed is still hers */
    assert_true(row->group_due > near);
    assert_non_null(links_say(rig, DESK, RD_VERB_UNLINK, b, a)); /* c hangs on b alone */
    assert_int_equal(links_row_in(rig, LOCALITY, "locality", a)->linked, 0);
    assert_int_equal(links_row_in(rig, LOCALITY, "locality", c)->linked, 1);
}

static void what_was_dismissed_comes_again_only_for_a_further_match(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    gp.postcode = NULL;
    gp.ref = "r1";
    struct rd_text a = rig_refer(rig, &gp);
    struct sub ambulance = edith("ambulance", "a1");
    struct rd_text b = rig_refer(rig, &ambulance);
    assert_int_equal(links_link_of(rig, a, b)->matched, NHS | NAME | BORN);
    assert_non_null(links_say(rig, DESK, RD_VERB_DISMISS, b, a));
    linked_as(rig, a, b, RD_LINK_DISMISSED);
    assert_non_null(links_say(rig, DESK, RD_VERB_DISMISS, b, a)); /* pressed twice */
    assert_int_equal(rig->update.entries_count, 0);
    gp.key = "g2";
    gp.action = RD_ACTION_AMEND;
    gp.content = "the same again";
    assert_non_null(rig_submit(rig, &gp));
    linked_as(rig, a, b, RD_LINK_DISMISSED);
    gp.key = "g3";
    gp.content = "now with her postcode";
    gp.postcode = "E182QB";
    assert_non_null(rig_submit(rig, &gp));
    linked_as(rig, a, b, RD_LINK_SUGGESTED);
    assert_int_equal(links_link_of(rig, a, b)->matched, NHS | PERSON);
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, b, a));
    gp.key = "g4";
    gp.content = "and again";
    assert_non_null(rig_submit(rig, &gp));
    assert_int_equal(rig_wrote_count(rig, RD_ENTRY_LINKED), 0);
}

static void an_amendment_mends_what_waits(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    gp.ref = "r1";
    gp.name = "john|smith";
    struct rd_text a = rig_refer(rig, &gp);
    struct sub ambulance = edith("ambulance", "a1");
    struct rd_text b = rig_refer(rig, &ambulance);
    assert_int_equal(links_link_of(rig, a, b)->differs, NAME);
    gp.key = "g2";
    gp.action = RD_ACTION_AMEND;
    gp.content = "the right name";
    gp.name = "edith|whitlock";
    assert_non_null(rig_submit(rig, &gp));
    assert_int_equal(links_link_of(rig, a, b)->differs, 0);
    assert_int_equal(links_link_of(rig, b, a)->matched, NHS | PERSON);
    gp.key = "g3";
    gp.content = "somebody else's after all";
    gp.nhs = "9990000026";
    gp.born = "1950-01-01";
    assert_non_null(rig_submit(rig, &gp));
    linked_as(rig, a, b, RD_LINK_DISMISSED);
    rig_text(links_link_of(rig, a, b)->by, "router");
    gp.key = "g4";
    gp.content = "no, hers";
    gp.nhs = "9990000018";
    assert_non_null(rig_submit(rig, &gp));
    linked_as(rig, a, b, RD_LINK_SUGGESTED);
}

static void a_closed_one_is_suggested_within_the_window(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    struct rd_text a = rig_refer(rig, &gp);
    struct rd_command close = {.verb = RD_VERB_CLOSE,
                               .target = rig_name(rig, a, 1),
                               .by = RD_TEXT("Ann"),
                               .outcome = RD_OUTCOME_SEEN_COMPLETE};
    assert_non_null(rig_do(rig, RAPID, &close));
    rig_pass(rig, 28 * RD_DAY_US);
    struct sub at_the_end = edith("ambulance", "a1");
    struct rd_text b = rig_refer(rig, &at_the_end);
    linked_as(rig, a, b, RD_LINK_SUGGESTED);
    rig_pass(rig, 1 * RD_MINUTE_US);
    struct sub later = edith("self", "s1");
    struct rd_text c = rig_refer(rig, &later);
    linked_as(rig, a, c, 0);
    linked_as(rig, b, c, RD_LINK_SUGGESTED);
    assert_int_equal(links_ask(rig, DESK, RD_QUERY_LINKS, RD_TEXT_NONE)->pairs_count, 2);
}

static void a_cancel_is_of_its_own_request_only(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    gp.ref = "r1";
    struct rd_text a = rig_refer(rig, &gp);
    struct sub ambulance = edith("ambulance", "a1");
    ambulance.ref = "r1"; /* even under the same number: another sender's is not meant */
    struct rd_text b = rig_refer(rig, &ambulance);
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, a, b));
    struct rd_text before = all_but_links(rig, b);
    gp.key = "g2";
    gp.action = RD_ACTION_CANCEL;
    gp.content = "not needed";
    assert_non_null(rig_submit(rig, &gp));
    assert_int_equal(rig_state(rig, a)->phase, RD_PHASE_CLOSED);
    assert_int_equal(rig_state(rig, b)->phase, RD_PHASE_OPEN);
    assert_true(rd_text_equal(before, all_but_links(rig, b)));
    linked_as(rig, a, b, RD_LINK_LINKED); /* history stays */
    const struct rd_row *row = links_row_in(rig, RAPID, "rapid", b);
    assert_int_equal(row->linked, 1);
    assert_int_equal(row->group_due, row->next_due);
}

static void a_validation_stays_in_its_senders_custody(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    struct rd_text a = rig_refer(rig, &gp);
    struct sub call = edith("ambulance", "v1");
    call.kind = RD_KIND_VALIDATION;
    call.respond_by = rig->now + 40 * RD_MINUTE_US;
    struct rd_text b = rig_refer(rig, &call);
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, b, a));
    struct rd_command claim = {
        .verb = RD_VERB_CLAIM, .target = rig_name(rig, a, 1), .by = RD_TEXT("Ann")};
    assert_non_null(rig_do(rig, RAPID, &claim));
    claim.verb = RD_VERB_ACCEPT;
    assert_non_null(rig_do(rig, RAPID, &claim)); /* the GP's, not the ambulance service's */
    assert_int_equal(rig_state(rig, b)->custody, RD_CUSTODY_SENDER);
    rig_pass(rig, 15 * RD_MINUTE_US);
    rig_pass(rig, 16 * RD_MINUTE_US);
    assert_int_equal(rig_state(rig, b)->phase, RD_PHASE_REFUSED); /* in time, as without a link */
    assert_int_equal(rig_state(rig, a)->phase, RD_PHASE_OPEN);
}

static void links_are_the_desks(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    gp.need = "lonely";
    struct rd_text a = rig_refer(rig, &gp);
    struct sub ambulance = edith("ambulance", "a1");
    struct rd_text b = rig_refer(rig, &ambulance);
    links_refused(rig, links_say(rig, RAPID, RD_VERB_LINK, a, b), RD_REFUSAL_RIGHTS);
    links_refused(rig, links_say(rig, RAPID, RD_VERB_DISMISS, b, a), RD_REFUSAL_RIGHTS);
    assert_null(links_ask(rig, RAPID, RD_QUERY_LINKS, b));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS);
    assert_null(links_ask(rig, GP, RD_QUERY_LINKS, a));
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, a, b));
    links_refused(rig, links_say(rig, LOCALITY, RD_VERB_UNLINK, a, b), RD_REFUSAL_RIGHTS);
    /* A team, of the voluntary sector too: how many and how soon, not which. */
    const struct rd_row *row = links_row_in(rig, VOLUNTARY, "voluntary", a);
    assert_int_equal(row->view, RD_VIEW_MINIMUM);
    assert_int_equal(row->linked, 1);
    assert_int_equal(row->group_due, rig_state(rig, b)->clocks[0].alarm_due);
    const struct rd_query_result *traced = links_ask(rig, LOCALITY, RD_QUERY_TRACE, a);
    assert_int_equal(traced->referral->links_count, 0);
    assert_null(traced->referral->marks);
    assert_null(links_ask(rig, LOCALITY, RD_QUERY_TRACE, b));
    assert_int_equal(links_ask(rig, DESK, RD_QUERY_TRACE, a)->referral->links_count, 1);
    struct rd_open open = {.correlation = 9, .target = b, .by = RD_TEXT("Lou")};
    rig_say(rig, LOCALITY, RD_SOCKET_QUEUES, &(struct rd_message){.open = &open});
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_RIGHTS);
}

static void bad_orders_say_what_to_do(void **state)
{
    struct rig *rig = *state;
    struct sub gp = edith("gp", "g1");
    struct rd_text a = rig_refer(rig, &gp);
    struct sub other = {.feed = "self", .key = "s1", .need = "fall"};
    struct rd_text b = rig_refer(rig, &other);
    links_refused(rig, links_say(rig, DESK, RD_VERB_LINK, a, RD_TEXT_NONE), RD_REFUSAL_MISSING);
    links_refused(rig, links_say(rig, DESK, RD_VERB_LINK, a, RD_TEXT("nobody")),
                  RD_REFUSAL_MISSING);
    links_refused(rig, links_say(rig, DESK, RD_VERB_LINK, a, a), RD_REFUSAL_INVALID);
    links_refused(rig, links_say(rig, DESK, RD_VERB_LINK, RD_TEXT("7K3Q9-M2X4T"), b),
                  RD_REFUSAL_UNKNOWN);
    links_refused(rig, links_say(rig, DESK, RD_VERB_UNLINK, a, b), RD_REFUSAL_STATE);
    links_refused(rig, links_say(rig, DESK, RD_VERB_DISMISS, a, b), RD_REFUSAL_STATE);
    links_refused(
        rig, rig_do(rig, DESK, &(struct rd_command){.verb = RD_VERB_LINK, .target = a, .to = b}),
        RD_REFUSAL_MISSING);                                   /* on nobody's word */
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, a, b)); /* by hand: the desk knows */
    assert_int_equal(links_link_of(rig, a, b)->matched, 0);
    assert_non_null(links_say(rig, DESK, RD_VERB_LINK, b, a)); /* pressed twice */
    assert_int_equal(rig->update.entries_count, 0);
    links_refused(rig, links_say(rig, DESK, RD_VERB_DISMISS, a, b), RD_REFUSAL_STATE);
    assert_null(links_ask(rig, DESK, RD_QUERY_LINKS, RD_TEXT("7K3Q9-M2X4T")));
    assert_int_equal(rig_refused(rig)->code, RD_REFUSAL_UNKNOWN);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(three_doors_are_three_suggestions),
        T(a_suggestion_is_no_change_of_anybodys_list),
        T(who_is_not_the_same_is_not_suggested),
        T(a_link_shows_the_nearest_deadline_and_moves_no_clock),
        T(rows_follow_the_group),
        T(what_was_dismissed_comes_again_only_for_a_further_match),
        T(an_amendment_mends_what_waits),
        T(a_closed_one_is_suggested_within_the_window),
        T(a_cancel_is_of_its_own_request_only),
        T(a_validation_stays_in_its_senders_custody),
        T(links_are_the_desks),
        T(bad_orders_say_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
