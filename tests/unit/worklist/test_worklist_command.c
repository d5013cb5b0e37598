#include "worklist_rig.h"

#include <stdio.h>
#include <string.h>

static struct worklist_staff staff;

static int group_setup(void **state)
{
    (void)state;
    rig_staff(&staff);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    worklist_staff_fini(&staff);
    return 0;
}

/* "name=value&name=value", nothing encoded. */
static struct rd_text field(const void *context, const char *name)
{
    struct rd_text rest = rd_text_of(context);
    size_t len = strlen(name);
    while (rest.len > 0) {
        size_t end = rd_text_find(rest, '&', 0);
        if (rest.len > len && memcmp(rest.ptr, name, len) == 0 && rest.ptr[len] == '=')
            return rd_text_slice(rest, len + 1, end - len - 1);
        rest = rd_text_slice(rest, end + 1, rest.len);
    }
    return RD_TEXT_NONE;
}

struct asking {
    struct rd_arena arena;
    struct rd_row row;
    struct worklist_asked asked;
    struct rd_command command;
    struct rd_errbuf why;
};

static int setup(void **state)
{
    static struct asking asking;
    asking = (struct asking){.row = rig_row("7K3Q9-M2X4T.1", "rapid", 30, 1)};
    asking.asked = (struct worklist_asked){.place = &rig_place,
                                           .zone = &rd_zone_london,
                                           .staff = &staff,
                                           .person = &staff.people[0],
                                           .target = RD_TEXT("7K3Q9-M2X4T.1"),
                                           .row = &asking.row,
                                           .now = RIG_NOW + 30 * RD_SECOND_US};
    rd_arena_init(&asking.arena, rd_alloc_heap(), 4096);
    *state = &asking;
    return 0;
}

static int teardown(void **state)
{
    struct asking *asking = *state;
    rd_arena_fini(&asking->arena);
    return 0;
}

static enum rd_err ask(struct asking *asking, enum rd_verb verb, const char *filled)
{
    const struct worklist_form form = {field, filled};
    asking->why.text[0] = '\0';
    return worklist_command(&form, verb, &asking->asked, &asking->arena, &asking->command,
                            &asking->why);
}

static void names_who_asks_for_what(void **state)
{
    struct asking *asking = *state;
    assert_int_equal(ask(asking, RD_VERB_CLAIM, ""), RD_OK);
    assert_int_equal(asking->command.verb, RD_VERB_CLAIM);
    assert_true(rd_text_is(asking->command.by, "pat.jones"));
    assert_true(rd_text_is(asking->command.target, "7K3Q9-M2X4T.1"));
    assert_true(asking->command.clinician);
    asking->asked.person = &staff.people[1];
    assert_int_equal(ask(asking, RD_VERB_CLAIM, "by=someone.else&clinician=1"), RD_OK);
    assert_true(rd_text_is(asking->command.by, "sam.okoro"));
    assert_false(asking->command.clinician);
}

static void says_what_is_missing(void **state)
{
    static const struct {
        enum rd_verb verb;
        const char *filled, *words;
    } cases[] = {
        {RD_VERB_DECLINE, "", "Say why"},
        {RD_VERB_DECLINE, "reason=   ", "Say why"},
        {RD_VERB_DECLINE, "reason=\xff\xfe", "cannot be read"},
        {RD_VERB_REDIRECT, "reason=x", "Choose the team"},
        {RD_VERB_REDIRECT, "reason=x&to=nowhere", "Choose the team"},
        {RD_VERB_REDIRECT, "to=desk", "Say why"},
        {RD_VERB_TRANSFER, "to=nobody", "somebody of this team"},
        {RD_VERB_TRANSFER, "to=vol.hub", "somebody of this team"},
        {RD_VERB_CONTACT, "outcome=assessed&occurred=2026-11-21T14:00", "how the contact"},
        {RD_VERB_CONTACT, "mode=face-to-face&occurred=2026-11-21T14:00", "led to"},
        {RD_VERB_CONTACT, "mode=face-to-face&outcome=Mrs+X&occurred=2026-11-21T14:00", "led to"},
        {RD_VERB_CONTACT, "mode=face-to-face&outcome=assessed", "date and time"},
        {RD_VERB_CONTACT, "mode=face-to-face&outcome=assessed&occurred=2026-11-21T14:01",
         "still to come"},
        {RD_VERB_VOID_CONTACT, "", "contact to undo"},
        {RD_VERB_VOID_CONTACT, "contact=0", "contact to undo"},
        {RD_VERB_VOID_CONTACT, "contact=-1", "contact to undo"},
        {RD_VERB_VOID_CONTACT, "contact=4294967296", "contact to undo"},
        {RD_VERB_PLAN, "eta=2026-11-21T14:00", "has passed"},
        {RD_VERB_AWAIT_INFO, "chase=2026-11-21T15:00", "from whom"},
        {RD_VERB_AWAIT_INFO, "from=GP", "date and time"},
        {RD_VERB_CLOSE, "", "how it ended"},
        {RD_VERB_CLOSE, "outcome=redirected", "how it ended"},
        {RD_VERB_CLOSE, "outcome=unspecified", "how it ended"},
        {RD_VERB_TRIAGE, "reason=x", "Choose a pathway"},
        {RD_VERB_TRIAGE, "reason=x&pathway=other", "Choose a pathway"},
        {RD_VERB_TRIAGE, "reason=x&pathway=routine&urgency=soon", "urgency"},
        {RD_VERB_TRIAGE, "pathway=routine", "Say why"},
        {RD_VERB_ROUTE, "reason=x", "Choose the team"},
        {RD_VERB_REPAIR, "reason=x&to=someone", "reference"},
        {RD_VERB_REFUSE, "", "Say why"},
        {RD_VERB_END_CLOCK, "reason=x", "no such action"},
        {RD_VERB_REJECT, "reason=x", "no such action"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ask(*state, cases[i].verb, cases[i].filled), RD_E_INVALID);
        struct asking *asking = *state;
        rig_has(asking->why.text, cases[i].words);
    }
}

static void a_reason_has_an_end(void **state)
{
    struct asking *asking = *state;
    char filled[WORKLIST_REASON_BYTES_MAX + 16] = "reason=";
    memset(filled + 7, 'x', WORKLIST_REASON_BYTES_MAX);
    assert_int_equal(ask(asking, RD_VERB_DECLINE, filled), RD_OK);
    assert_int_equal(asking->command.reason.len, WORKLIST_REASON_BYTES_MAX);
    filled[7 + WORKLIST_REASON_BYTES_MAX] = 'x';
    assert_int_equal(ask(asking, RD_VERB_DECLINE, filled), RD_E_INVALID);
    rig_has(asking->why.text, "too long");
}

static void a_contact_is_when_it_was(void **state)
{
    struct asking *asking = *state;
    const struct {
        const char *occurred;
        rd_instant when;
    } cases[] = {
        {"2026-11-21T14:00", 0}, /* this minute: the router's own now */
        {"2026-11-21T13:55", RIG_NOW - 5 * RD_MINUTE_US},
        /* It came at 13:50:20; the form knows 13:50. */
        {"2026-11-21T13:50", RIG_NOW - 10 * RD_MINUTE_US + 20 * RD_SECOND_US},
        {"2026-11-21T13:49", RIG_NOW - 11 * RD_MINUTE_US},
    };
    asking->row.received += 20 * RD_SECOND_US;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char filled[128];
        (void)snprintf(filled, sizeof filled, "mode=telephone&outcome=no-answer&occurred=%s",
                       cases[i].occurred);
        assert_int_equal(ask(asking, RD_VERB_CONTACT, filled), RD_OK);
        assert_int_equal(asking->command.when, cases[i].when);
        assert_int_equal(asking->command.mode, RD_CONTACT_TELEPHONE);
        assert_true(rd_text_is(asking->command.reason, "no-answer"));
    }
}

static void the_desk_routes_with_others(void **state)
{
    struct asking *asking = *state;
    assert_int_equal(ask(asking, RD_VERB_ROUTE,
                         "to=rapid&with-rapid=1&with-voluntary=1&with-nowhere=1&reason= needed "),
                     RD_OK);
    assert_true(rd_text_is(asking->command.to, "rapid"));
    assert_true(rd_text_is(asking->command.reason, "needed"));
    assert_int_equal(asking->command.supporting_count, 1);
    assert_true(rd_text_is(asking->command.supporting[0], "voluntary"));
}

static void the_desk_triages(void **state)
{
    struct asking *asking = *state;
    assert_int_equal(
        ask(asking, RD_VERB_TRIAGE, "pathway=routine&urgency=two-day&reason=known to us"), RD_OK);
    assert_true(rd_text_is(asking->command.pathway, "routine"));
    assert_int_equal(asking->command.urgency, RD_PRIORITY_TWO_DAY);
    assert_int_equal(ask(asking, RD_VERB_TRIAGE, "pathway=routine&urgency=&reason=x"), RD_OK);
    assert_int_equal(asking->command.urgency, 0);
}

static void verbs_go_by_name(void **state)
{
    (void)state;
    assert_int_equal(worklist_verb(RD_TEXT("void-contact")), RD_VERB_VOID_CONTACT);
    assert_int_equal(worklist_verb(RD_TEXT("deliver")), 0);
    assert_int_equal(worklist_verb(RD_TEXT("end-clock")), 0);
    assert_int_equal(worklist_verb(RD_TEXT("")), 0);
    assert_true(worklist_verb_is_desk(RD_VERB_ROUTE));
    assert_false(worklist_verb_is_desk(RD_VERB_CLOSE));
}

static void says_what_was_done(void **state)
{
    struct asking *asking = *state;
    char words[128];
    struct rd_row after = rig_row("7K3Q9-M2X4T.2", "desk", 30, 1);
    assert_int_equal(ask(asking, RD_VERB_DECLINE, "reason=full"), RD_OK);
    worklist_done_words(&asking->asked, &asking->command, &after, words, sizeof words);
    assert_string_equal(words, "Declined: it has gone on to The Desk.");
    assert_int_equal(ask(asking, RD_VERB_CLOSE, "outcome=no-access"), RD_OK);
    worklist_done_words(&asking->asked, &asking->command, NULL, words, sizeof words);
    assert_string_equal(words, "Closed: No access.");
    assert_int_equal(ask(asking, RD_VERB_TRANSFER, "to=sam.okoro"), RD_OK);
    worklist_done_words(&asking->asked, &asking->command, NULL, words, sizeof words);
    assert_string_equal(words, "It is now with Sam Okoro.");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_who_asks_for_what),
        TEST(says_what_is_missing),
        TEST(a_reason_has_an_end),
        TEST(a_contact_is_when_it_was),
        TEST(the_desk_routes_with_others),
        TEST(the_desk_triages),
        TEST(verbs_go_by_name),
        TEST(says_what_was_done),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
