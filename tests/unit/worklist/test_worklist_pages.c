#include "worklist_rig.h"

#include <string.h>

struct desk {
    struct worklist_staff staff;
    struct worklist_queues queues;
    struct worklist_sessions sessions;
    struct worklist_session *session;
    struct worklist_view view;
    struct rd_buf out;
};

static int setup(void **state)
{
    static struct desk desk;
    char token[WORKLIST_TOKEN_TEXT + 1];
    memset(&desk, 0, sizeof desk);
    rig_staff(&desk.staff);
    rig_queues(&desk.queues);
    desk.session = worklist_sign_in(&desk.sessions, &desk.staff.people[0], RIG_NOW, token);
    desk.view = (struct worklist_view){.place = &rig_place,
                                       .zone = &rd_zone_london,
                                       .staff = &desk.staff,
                                       .queues = &desk.queues,
                                       .session = desk.session,
                                       .now = RIG_NOW};
    rd_buf_init(&desk.out, rd_alloc_heap());
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    struct desk *desk = *state;
    rd_buf_fini(&desk->out);
    worklist_queues_fini(&desk->queues);
    worklist_staff_fini(&desk->staff);
    return 0;
}

static const char *list(struct desk *desk, const char *team)
{
    rd_buf_clear(&desk->out);
    worklist_page_list(&desk->out, &desk->view, rd_text_of(team));
    return rig_text(&desk->out);
}

static const char *item(struct desk *desk, const struct worklist_item *of)
{
    rd_buf_clear(&desk->out);
    worklist_page_item(&desk->out, &desk->view, of);
    return rig_text(&desk->out);
}

static void add(struct desk *desk, struct rd_row row)
{
    rig_change(&desk->queues, RD_ROW_ADDED, &row);
}

static void as(struct desk *desk, size_t person)
{
    desk->session->person = &desk->staff.people[person];
}

static void the_nearest_deadline_stands_first(void **state)
{
    add(*state, rig_row("BBBBB-BBBBB.1", "rapid", 90, 1));
    add(*state, rig_row("AAAAA-AAAAA.1", "rapid", -12, 2));
    add(*state, rig_row("CCCCC-CCCCC.1", "rapid", 5, 3));
    const char *text = list(*state, NULL);
    const char *first = strstr(text, "AAAAA-AAAAA.1"), *then = strstr(text, "CCCCC-CCCCC.1");
    assert_non_null(first);
    assert_true(first < then && then < strstr(text, "BBBBB-BBBBB.1"));
    rig_has(text, "<strong>12 min over</strong>");
    rig_has(text, "<strong>in 5 min</strong>");
    rig_has(text, "due 13:48");
    rig_has(text, "Fall, Carer breakdown");
    rig_has(text, "84 years, Wanstead, Rapid response, lead");
    rig_has(text, "1 over time");
}

static void next_is_the_first_that_nobody_has(void **state)
{
    struct rd_row claimed = rig_row("AAAAA-AAAAA.1", "rapid", -12, 1);
    claimed.phase = RD_ASSIGNMENT_CLAIMED;
    claimed.claimed_by = RD_TEXT("sam.okoro");
    add(*state, claimed);
    add(*state, rig_row("BBBBB-BBBBB.1", "rapid", 5, 2));
    add(*state, rig_row("CCCCC-CCCCC.1", "rapid", 6, 3));
    const char *text = list(*state, NULL);
    const char *next = strstr(text, "Next: nobody has this one");
    assert_non_null(next);
    assert_true(strstr(text, "AAAAA-AAAAA.1") < next && next < strstr(text, "BBBBB-BBBBB.1"));
    assert_null(strstr(next + 1, "Next: nobody has this one"));
    rig_has(text, "Claimed by <strong>Sam Okoro</strong>");
    rig_has_not(text, "/item/AAAAA-AAAAA.1/claim");
    rig_has(text, "/item/BBBBB-BBBBB.1/claim");
}

static void only_ones_own_teams_are_shown(void **state)
{
    struct desk *desk = *state;
    add(desk, rig_row("AAAAA-AAAAA.1", "rapid", 5, 1));
    add(desk, rig_row("BBBBB-BBBBB.1", "desk", 5, 2));
    rig_has_not(list(desk, NULL), "BBBBB");
    rig_has_not(list(desk, "desk"), "BBBBB");
    rig_has_not(list(desk, NULL), "Quarantine");
    as(desk, 2);
    rig_has(list(desk, NULL), "BBBBB");
    rig_has(list(desk, NULL), "AAAAA");
    rig_has(list(desk, NULL), "/quarantine");
    rig_has_not(list(desk, "desk"), "AAAAA-AAAAA.1");
}

static void states_are_said_in_words(void **state)
{
    struct rd_row row = rig_row("AAAAA-AAAAA.1", "rapid", 5, 1);
    row.claimed_by = RD_TEXT("sam.okoro");
    row.decayed = row.stand_down_asked = row.change_asked = true;
    row.role = RD_ROLE_SUPPORTING;
    row.chase_at = RIG_NOW + RD_HOUR_US;
    row.eta = RIG_NOW + 2 * RD_HOUR_US;
    row.contacts = 1;
    row.age.has = false;
    row.locality = RD_TEXT_NONE;
    struct rd_text flags[] = {RD_TEXT("safeguarding"), RD_TEXT("<b>")};
    row.flags = flags;
    row.flags_count = 2;
    add(*state, row);
    const char *text = list(*state, NULL);
    rig_has(text, "Waiting again");
    rig_has(text, "Sam Okoro claimed it, not heard of since");
    rig_has(text, "STAND DOWN");
    rig_has(text, "CHANGED");
    rig_has(text, "supporting");
    rig_has(text, "chase 15:00");
    rig_has(text, "Expected there 16:00");
    rig_has(text, "1 contact recorded");
    rig_has(text, "Age unknown, locality unknown");
    rig_has(text, "Safeguarding");
    rig_has(text, "&lt;b&gt;");
    rig_has_not(text, "<b>");
}

static void everything_is_escaped(void **state)
{
    struct desk *desk = *state;
    as(desk, 2);
    add(desk, rig_row("AAAAA-AAAAA.1", "rapid", 5, 1));
    worklist_say(desk->session, true, RD_TEXT_NONE, "%s", "Not done. <i>pat</i> has it");
    const char *text = list(desk, NULL);
    rig_has(text, "Rig &amp; Place");
    rig_has(text, "Rapid &lt;Response&gt;");
    rig_has(text, "Devi &lt;Desk&gt;");
    rig_has(text, "&lt;i&gt;pat&lt;/i&gt;");
    rig_has_not(text, "<script");
    rig_has_not(text, "style=");
    rig_has_not(text, "<i>");
}

static void what_is_said_is_said_once(void **state)
{
    struct desk *desk = *state;
    worklist_say(desk->session, false, RD_TEXT("AAAAA-AAAAA.1"), "You have claimed it.");
    rig_has(list(desk, NULL), "You have claimed it.");
    rig_has_not(list(desk, NULL), "You have claimed it.");
}

static void an_absent_router_is_said_above_the_list(void **state)
{
    struct desk *desk = *state;
    add(desk, rig_row("AAAAA-AAAAA.1", "rapid", 5, 1));
    rig_has_not(list(desk, NULL), "The router is away");
    worklist_queues_hear(&desk->queues, NULL, RIG_NOW - 5 * RD_MINUTE_US);
    const char *text = list(desk, NULL);
    rig_has(text, "The router is away: this list may be stale since 13:55.");
    rig_has(text, "AAAAA-AAAAA.1");
    desk->queues.away_since = 0;
    rig_has(list(desk, NULL), "The router has not answered yet");
    desk->queues.failed = true;
    rig_has(list(desk, NULL), "This list may be short");
}

static void an_empty_list_says_whether_it_is_known_to_be(void **state)
{
    struct desk *desk = *state;
    rig_has(list(desk, NULL), "Nobody waits.");
    desk->queues.queues[1].whole = false;
    rig_has(list(desk, NULL), "The list has not come from the router yet.");
}

static void forms_fit_the_state(void **state)
{
    struct desk *desk = *state;
    struct rd_row row = rig_row("AAAAA-AAAAA.1", "rapid", 5, 1);
    const struct worklist_item of = {.row = &row};
    const char *text = item(desk, &of);
    rig_has(text, "/claim\"");
    rig_has(text, "/decline\"");
    rig_has_not(text, "/accept\"");
    rig_has_not(text, "/triage\"");
    row.phase = RD_ASSIGNMENT_CLAIMED;
    row.claimed_by = RD_TEXT("pat.jones");
    text = item(desk, &of);
    rig_has(text, "/accept\"");
    rig_has(text, "/release\"");
    rig_has_not(text, "/claim\"");
    row.claimed_by = RD_TEXT("sam.okoro");
    text = item(desk, &of);
    rig_has_not(text, "/accept\"");
    rig_has_not(text, "/redirect\"");
    rig_has(text, "/contact\"");
    rig_has(text, "/transfer\"");
    rig_has_not(text, "/acknowledge\"");
    row.stand_down_asked = true;
    rig_has(item(desk, &of), "Acknowledge: stand down");
}

static void only_the_desk_triages(void **state)
{
    struct desk *desk = *state;
    struct rd_row row = rig_row("AAAAA-AAAAA.1", "desk", 5, 1);
    const struct worklist_item of = {.row = &row};
    as(desk, 2);
    const char *text = item(desk, &of);
    rig_has(text, "/triage\"");
    rig_has(text, "/route\"");
    rig_has(text, "Only a clinician may lower it.");
    rig_has_not(text, "/decline\"");
    row.role = RD_ROLE_SUPPORTING;
    rig_has_not(item(desk, &of), "/triage\"");
}

static struct rd_submission message_of(struct rd_referral *referral, enum rd_action action)
{
    return (struct rd_submission){.feed = RD_TEXT("ward"),
                                  .action = action,
                                  .received = RIG_NOW - RD_HOUR_US,
                                  .referral = referral};
}

static void the_record_marks_what_is_new(void **state)
{
    struct rd_name name = {.given = RD_TEXT("Alex"), .family = RD_TEXT("O'<Example>")};
    struct rd_telecom phones[] = {{.value = RD_TEXT("020 7946 0900"), .safe_to_call = RD_SAFE_NO}};
    struct rd_person person = {
        .names = &name, .names_count = 1, .telecoms = phones, .telecoms_count = 1};
    struct rd_need before = {.words = RD_TEXT("Fell at home")};
    struct rd_need after = {.words = RD_TEXT("Fell <b>again</b>")};
    struct rd_fact fact = {.kind = RD_FACT_ADMITTED, .words = RD_TEXT("Ward 7")};
    struct rd_referral first = {.person = &person, .needs = &before, .needs_count = 1};
    struct rd_referral second = {.person = &person, .needs = &after, .needs_count = 1};
    struct rd_referral third = {.facts = &fact, .facts_count = 1};
    struct rd_submission sent[] = {message_of(&first, RD_ACTION_NEW),
                                   message_of(&second, RD_ACTION_AMEND),
                                   message_of(&third, RD_ACTION_FACT)};
    struct rd_contact contacts[] = {{.index = 1,
                                     .assignment = 1,
                                     .by = RD_TEXT("sam.okoro"),
                                     .mode = RD_CONTACT_TELEPHONE,
                                     .outcome = RD_TEXT("no-answer"),
                                     .occurred = RIG_NOW,
                                     .recorded = RIG_NOW},
                                    {.index = 2,
                                     .assignment = 2,
                                     .mode = RD_CONTACT_VIDEO,
                                     .occurred = RIG_NOW,
                                     .recorded = RIG_NOW}};
    struct rd_opened opened = {.view = RD_VIEW_FULL,
                               .submissions = sent,
                               .submissions_count = 3,
                               .contacts = contacts,
                               .contacts_count = 2};
    struct rd_row row = rig_row("AAAAA-AAAAA.1", "rapid", 5, 1);
    const struct worklist_item of = {.row = &row, .opened = &opened};
    const char *text = item(*state, &of);
    rig_has(text, "Alex O&#39;&lt;Example&gt;");
    rig_has(text, "NOT SAFE TO CALL");
    rig_has(text, "<dt>In their words <strong class=\"new\">New</strong></dt>"
                  "<dd class=\"said\">Fell &lt;b&gt;again&lt;/b&gt;</dd>");
    rig_has(text, "<dt>Name</dt>");
    rig_has(text, "not repeated in the newest message");
    rig_has(text, "Fell at home");
    rig_has(text, "<strong>Admitted</strong>");
    rig_has(text, "Ward 7");
    rig_has(text, "Amendment from The Ward");
    rig_has(text, "Spoke by telephone</strong> by Sam Okoro: No answer");
    rig_has(text, "name=\"contact\" value=\"1\"");
    rig_has_not(text, "name=\"contact\" value=\"2\""); /* another assignment's to undo */
    rig_has(text, "<title>AAAAA-AAAAA.1 - ");          /* no name in a title */
}

static void a_record_that_was_not_opened_is_not_there(void **state)
{
    struct rd_row row = rig_row("AAAAA-AAAAA.1", "rapid", 5, 1);
    struct worklist_item of = {.row = &row, .trouble = "the router is <away>."};
    const char *text = item(*state, &of);
    rig_has(text, "the router is &lt;away&gt;.");
    rig_has(text, "<option>direct care</option>");
    rig_has_not(text, "id=\"record\"");
    row.view = RD_VIEW_NONE;
    rig_has_not(item(*state, &of), "Open the record");
}

static void clocks_say_what_stops_them(void **state)
{
    struct rd_clock clocks[] = {{.kind = RD_CLOCK_TWO_HOUR,
                                 .basis = RD_TEXT("received"),
                                 .stop_mode = RD_TEXT("face-to-face"),
                                 .start = RIG_NOW - 2 * RD_HOUR_US,
                                 .alarm_due = RIG_NOW - RD_MINUTE_US,
                                 .breached_at = RIG_NOW}};
    struct rd_row row = rig_row("AAAAA-AAAAA.1", "rapid", -1, 1);
    row.clocks = clocks;
    row.clocks_count = 1;
    const struct worklist_item of = {.row = &row};
    const char *text = item(*state, &of);
    rig_has(text, "Two-hour response</strong>: began Sat 21 Nov 12:00 (Received), due Sat 21 Nov "
                  "13:59");
    rig_has(text, "1 min over");
    rig_has(text, "breached 14:00");
    rig_has(text, "Stops with: Face to face");
}

static void bytes_in_quarantine_are_shown_as_they_are(void **state)
{
    struct desk *desk = *state;
    struct rd_submission sent = {.feed = RD_TEXT("ward"),
                                 .quarantine_code = RD_TEXT("no-<pid>"),
                                 .quarantine_words = RD_TEXT("PID: found none"),
                                 .received = RIG_NOW,
                                 .original = RD_TEXT("MSH|<x>\rPID|\x01\xff")};
    const struct rd_opened opened = {.submissions = &sent, .submissions_count = 1};
    as(desk, 2);
    worklist_page_quarantined(&desk->out, &desk->view, RD_TEXT("Q7"), &opened);
    const char *text = rig_text(&desk->out);
    rig_has(text, "MSH|&lt;x&gt;\nPID|&lt;01&gt;&lt;FF&gt;</pre>");
    rig_has(text, "no-&lt;pid&gt;");
    rig_has(text, "/quarantine/Q7/refuse");
    rig_has(text, "/quarantine/Q7/repair");
}

/* Who entered it, and whether it was on paper before. */
static void what_was_on_paper_is_named(void **state)
{
    struct desk *desk = *state;
    struct rd_row row = rig_row("AAAAA-AAAAA.1", "rapid", 5, 1);
    struct rd_referral referral = {0};
    struct rd_submission submission = {.action = RD_ACTION_NEW,
                                       .referral = &referral,
                                       .media_type = RD_TEXT("text/csv"),
                                       .back_entry = true,
                                       .entered_by = RD_TEXT("C. <Desk>")};
    struct rd_opened opened = {.submissions = &submission, .submissions_count = 1};
    const struct worklist_item shown = {.row = &row, .opened = &opened};
    rig_has(item(desk, &shown), "<dt>Entered from paper by</dt><dd class=\"said\">C. &lt;Desk&gt;");
    submission.media_type = RD_TEXT("application/x-www-form-urlencoded");
    rig_has(item(desk, &shown), "<dt>Entered later by</dt>");
    submission.back_entry = false;
    rig_has_not(item(desk, &shown), "<dt>Entered");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_on_paper_is_named),
        TEST(the_nearest_deadline_stands_first),
        TEST(next_is_the_first_that_nobody_has),
        TEST(only_ones_own_teams_are_shown),
        TEST(states_are_said_in_words),
        TEST(everything_is_escaped),
        TEST(what_is_said_is_said_once),
        TEST(an_absent_router_is_said_above_the_list),
        TEST(an_empty_list_says_whether_it_is_known_to_be),
        TEST(forms_fit_the_state),
        TEST(only_the_desk_triages),
        TEST(the_record_marks_what_is_new),
        TEST(a_record_that_was_not_opened_is_not_there),
        TEST(clocks_say_what_stops_them),
        TEST(bytes_in_quarantine_are_shown_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
