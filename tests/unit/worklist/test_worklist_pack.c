#include "worklist_rig.h"

#include "adapters/worklist/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pack_rig {
    struct worklist_staff staff;
    struct rd_row rows[2];
    struct rd_text records[2];
    struct worklist_pack_team teams[2];
    struct worklist_pack_page page;
    struct rd_buf out;
};

static int setup(void **state)
{
    static struct pack_rig rig;
    memset(&rig, 0, sizeof rig);
    rig_staff(&rig.staff);
    rig.rows[0] = rig_row("AAAAA-AAAAA.1", "rapid", -12, 1);
    rig.rows[1] = rig_row("BBBBB-BBBBB.1", "rapid", 90, 2);
    rig.rows[1].view = RD_VIEW_NONE;
    rig.records[0] = RD_TEXT("<dl>the record</dl>");
    rig.teams[0] = (struct worklist_pack_team){.team = &rig_place.teams[1],
                                               .rows = rig.rows,
                                               .rows_count = 2,
                                               .open = 5,
                                               .records = rig.records};
    rig.teams[1] = (struct worklist_pack_team){.team = &rig_place.teams[2]};
    rig.page = (struct worklist_pack_page){.place = &rig_place,
                                           .zone = &rd_zone_london,
                                           .staff = &rig.staff,
                                           .teams = rig.teams,
                                           .teams_count = 2,
                                           .as_of = RIG_NOW,
                                           .now = RIG_NOW,
                                           .every_s = 300};
    rd_buf_init(&rig.out, rd_alloc_heap());
    *state = &rig;
    return 0;
}

static int teardown(void **state)
{
    struct pack_rig *rig = *state;
    rd_buf_fini(&rig->out);
    worklist_staff_fini(&rig->staff);
    return 0;
}

static const char *whole(struct pack_rig *rig)
{
    rd_buf_clear(&rig->out);
    worklist_pack_put(&rig->out, &rig->page);
    return rig_text(&rig->out);
}

static void a_team_sees_what_is_open_and_by_when(void **state)
{
    struct pack_rig *rig = *state;
    struct rd_clock clock = {.kind = RD_CLOCK_TWO_HOUR,
                             .start = RIG_NOW - 132 * RD_MINUTE_US,
                             .alarm_due = RIG_NOW - 12 * RD_MINUTE_US,
                             .stop_mode = RD_TEXT("face-to-face")};
    rig->rows[0].clocks = &clock;
    rig->rows[0].clocks_count = 1;
    rig->rows[0].phase = RD_ASSIGNMENT_CLAIMED;
    rig->rows[0].claimed_by = RD_TEXT("sam.okoro");
    const char *text = whole(rig);
    rig_has(text, "Rapid &lt;Response&gt;");
    rig_has(text, "OVER TIME");
    rig_has(text, "stops with: Face to face");
    rig_has(text, "Claimed by <strong>Sam Okoro</strong>");
    rig_has(text, "<dl>the record</dl>");
    rig_has(text, "Its content is not for this team: ring the desk.");
    rig_has(text, "Only the 2 nearest deadlines are printed: 3 more are not in this pack.");
    rig_has(text, "<td>Voluntary hub</td><td>nothing</td>");
    rig_has(text, "Call 999.");
    rig_has(text, "submit --paper");
    rig_has_not(text, "<script");
    rig_has_not(text, "in 90 min"); /* paper does not move on: absolute times only */
    clock.ended_at = RIG_NOW;
    rig_has_not(whole(rig), "OVER TIME");
}

static void a_pack_says_how_old_it_is(void **state)
{
    struct pack_rig *rig = *state;
    rig_has_not(whole(rig), "has not answered since");
    rig->page.stale_since = RIG_NOW + 5 * RD_MINUTE_US;
    rig->page.now = RIG_NOW + 25 * RD_MINUTE_US;
    const char *text = whole(rig);
    rig_has(text, "The router has not answered since");
    rig_has(text, "(25 minutes old then)");
}

/* What a sender writes is text, however it looks; a long line says that it is cut, between
 * characters. */
static void a_record_is_text(void **state)
{
    struct pack_rig *rig = *state;
    static char words[WORKLIST_PACK_LINE_MAX + 64];
    struct rd_need need = {.words = {words, 0}};
    struct rd_text lines[] = {RD_TEXT("1 <b>Road</b>")};
    struct rd_address address = {
        .use = RD_ADDRESS_HOME, .lines = lines, .lines_count = 1, .postcode = RD_TEXT("E18 2QB")};
    struct rd_telecom phone = {.value = RD_TEXT("020 7946 0900"), .safe_to_call = RD_SAFE_NO};
    struct rd_person person = {
        .addresses = &address, .addresses_count = 1, .telecoms = &phone, .telecoms_count = 1};
    struct rd_referral referral = {.needs = &need, .needs_count = 1, .person = &person};
    struct rd_submission submissions[] = {{.action = RD_ACTION_NEW, .referral = &referral},
                                          {.action = RD_ACTION_FACT, .referral = &referral}};
    struct rd_contact contacts[] = {
        {.by = RD_TEXT("pat.jones"), .mode = RD_CONTACT_TELEPHONE, .occurred = RIG_NOW},
        {.by = RD_TEXT("vol.hub"), .mode = RD_CONTACT_TELEPHONE, .voided_at = RIG_NOW}};
    struct rd_opened opened = {.submissions = submissions,
                               .submissions_count = 2,
                               .contacts = contacts,
                               .contacts_count = 2};
    memset(words, 'x', sizeof words);
    memcpy(words, "\"><script>", 10);
    memcpy(words + WORKLIST_PACK_LINE_MAX - 1, "\xC3\xA9", 2);
    need.words.len = sizeof words;
    worklist_pack_put_record(&rig->out, &opened, &rd_zone_london, &rig->staff);
    const char *text = rig_text(&rig->out);
    rig_has(text, "&quot;&gt;&lt;script&gt;");
    rig_has(text, "x ... (shortened)");
    rig_has_not(text, "\xC3 ");
    rig_has(text, "1 &lt;b&gt;Road&lt;/b&gt;");
    rig_has(text, "NOT SAFE TO CALL");
    rig_has(text, "by Pat Jones");
    rig_has_not(text, "Vic Vol");
    rd_buf_clear(&rig->out);
    opened.submissions_count = 0;
    worklist_pack_put_record(&rig->out, &opened, &rd_zone_london, &rig->staff);
    rig_has(rig_text(&rig->out), "sent no content");
}

static void a_pack_is_written_whole(void **state)
{
    char folder[] = "/tmp/worklist-pack-XXXXXX", path[64];
    struct stat found;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/" WORKLIST_PACK_FILE, folder);
    assert_int_equal(worklist_pack_write(folder, RD_TEXT("a long first one")), 0);
    assert_int_equal(worklist_pack_write(folder, RD_TEXT("second")), 0);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_size, 6);
    assert_int_equal(found.st_mode & 07777, 0640);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing unfinished is left beside it */
    assert_int_equal(worklist_pack_write(folder, RD_TEXT("third")), ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_team_sees_what_is_open_and_by_when, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pack_says_how_old_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_is_text, setup, teardown),
        cmocka_unit_test(a_pack_is_written_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
