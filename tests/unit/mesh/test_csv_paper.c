/* Calls taken on paper: their times, what was done since, each mistake at its place. */
#include "csv_rig.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "model/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int set_up(void **state)
{
    return csv_rig_new(state, RD_TEMPLATE_PAPER);
}

static void read_one(struct csv_rig *rig, const char *text)
{
    assert_int_equal(csv_rig_open(rig, text), RD_OK);
    csv_rig_next(rig);
}

#define IS(text, expected) assert_true(rd_text_is((text), (expected)))

#define PAPER                                                                                      \
    "Sheet number,Call date,Call time,Taken by,NHS number,Family name,Given name,Date of birth,"   \
    "Postcode,What the caller says"
#define CALLER ",R. Night,,Example,Ann,14/03/1945,E18 2QB,Fell"

static void read_paper(struct csv_rig *rig, rd_instant now, const char *titles, const char *cells)
{
    char text[1024];
    rig->options.now = now;
    rig->options.entered_by = RD_TEXT("C. Desk");
    assert_true(snprintf(text, sizeof text, PAPER "%s\n%s\n", titles, cells) < (int)sizeof text);
    read_one(rig, text);
}

/* What the first mistake says, or "" when there is none. */
static void says(struct csv_rig *rig, const char *words)
{
    char found[256] = "";
    if (rig->out.mistakes_count > 0)
        snprintf(found, sizeof found, "%.*s", RD_TEXT_ARG(rig->out.mistakes[0].words));
    if (words[0] == '\0' ? found[0] != '\0' : strstr(found, words) == NULL)
        fail_msg("expected \"%s\", found \"%s\"", words, found);
}

static void a_call_from_paper(void **state)
{
    struct csv_rig *rig = *state;
    const rd_instant now = CSV_RIG_NOW + RD_HOUR_US;
    read_paper(rig, now,
               ",Or the age,Team told,Told at,Seen by,Seen at,Seen how,What was done,Caller name,"
               "Caller is,Call-back number",
               "17,21/11/2026,21:05" CALLER ",81,First Contact Team,21:30,N. Urse,22/11/2026 "
               "00:01,Visit,helped up,Dana,daughter,020 7946 0904");
    says(rig, "");
    const struct rd_submission *s = &rig->out.submission;
    const struct rd_template_paper *paper = &rig->out.paper;
    rd_instant call = CSV_RIG_NOW - 2 * RD_HOUR_US - 55 * RD_MINUTE_US;
    assert_true(s->back_entry && s->received == call && paper->received == call);
    IS(s->entered_by, "C. Desk");
    assert_true(s->sent->utc_us == now && s->referral->received->utc_us == call);
    assert_true(rd_text_starts(s->key, "paper:17:"));
    IS(s->referral->source_refs[0].system, "paper-sheet");
    IS(s->referral->hops[0].name, "R. Night");
    IS(s->referral->hops[0].role, "call-taker");
    IS(s->referral->referrer->callback, "020 7946 0904");
    assert_int_equal(s->referral->person->age_estimate.value, 81);
    IS(paper->told, "First Contact Team");
    assert_true(paper->told_at == CSV_RIG_NOW - 150 * RD_MINUTE_US);
    IS(paper->seen_by, "N. Urse");
    assert_true(paper->seen_at == CSV_RIG_NOW + RD_MINUTE_US);
    IS(paper->done, "helped up");
    assert_int_equal(paper->seen_how, RD_CONTACT_FACE_TO_FACE);
    IS(s->referral->extra[0].path, "told-by-telephone");
}

/* The night of 25 October 2026: 01:00 to 02:00 twice. The night of 29 March 2026: never. */
static void times_on_paper_are_never_guessed(void **state)
{
    static const rd_instant october = (rd_instant)1792915200 * RD_SECOND_US; /* 25th, 08:00 UTC */
    static const rd_instant march = (rd_instant)1774771200 * RD_SECOND_US;   /* 29th, 08:00 UTC */
    static const struct {
        rd_instant now;
        const char *date, *time;
        int64_t minutes_ago; /* 0: a mistake */
        const char *words;
    } rows[] = {{october, "25/10/2026", "01:30", 0, "showed this twice"},
                {october, "25/10/2026", "01:30 BST", 450, ""},
                {october, "25/10/2026", "01:30 GMT", 390, ""},
                {october, "25/10/2026", "01.30gmt", 390, ""},
                {october, "25/10/2026", "00:30", 510, ""},
                {october, "25/10/2026", "02:30", 330, ""},
                {october, "25/10/2026", "02:30 BST", 0, "did not show that time"},
                {october, "24/10/2026", "12:00 BST", 1260, ""},
                {march, "29/3/2026", "01:30", 0, "no clock showed this"},
                {march, "29/3/2026", "02:00", 420, ""},
                {CSV_RIG_NOW, "2026-11-21", "2105", 175, ""},
                {CSV_RIG_NOW, "21/11/2026", "21:05:59", 175, ""},
                {CSV_RIG_NOW, "21/11/2026 00:00", "9.05", 895, ""},
                {CSV_RIG_NOW, "22/11/2026", "00:01", 0, "still to come"},
                {CSV_RIG_NOW, "21/11/2026", "24:00", 0, "24-hour clock"},
                {CSV_RIG_NOW, "21/11/2026", "9pm", 0, "24-hour clock"},
                {CSV_RIG_NOW, "21/11/2026", "21:", 0, "24-hour clock"},
                {CSV_RIG_NOW, "21/11/2026", "21:60", 0, "24-hour clock"},
                {CSV_RIG_NOW, "21/11/2026", "21:05:61", 0, "24-hour clock"},
                {CSV_RIG_NOW, "21/11/2026", "-105", 0, "24-hour clock"},
                {CSV_RIG_NOW, "21/11/2026", "", 0, "24-hour clock"},
                {CSV_RIG_NOW, "21/11/26", "21:05", 0, "the day of the call"},
                {CSV_RIG_NOW, "31/11/2026", "21:05", 0, "the day of the call"},
                {CSV_RIG_NOW, "", "21:05", 0, "the day of the call"},
                {CSV_RIG_NOW, "22/10/2026", "01:01", 44639, ""},
                {CSV_RIG_NOW, "22/10/2026", "00:59", 0, "more than 31 days ago"},
                {CSV_RIG_NOW, "21/11/2025", "21:05", 0, "more than 31 days ago"}};
    struct csv_rig *rig = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char cells[256];
        snprintf(cells, sizeof cells, "1,%s,%s" CALLER, rows[i].date, rows[i].time);
        read_paper(rig, rows[i].now, "", cells);
        says(rig, rows[i].words);
        if (rows[i].minutes_ago != 0)
            assert_int_equal(rig->out.submission.received,
                             rows[i].now - rows[i].minutes_ago * RD_MINUTE_US);
    }
}

static void what_was_done_is_whole_or_a_mistake(void **state)
{
    static const struct {
        const char *cells, *title, *words;
    } rows[] = {{",21:30,,,", "Team told", "expected the team"},
                {"CTT,20:30,,,", "Told at", "write its day too"},
                {"CTT,20/11/2026 21:30,,,", "Told at", "correct one of the two"},
                {"CTT,soon,,,", "Told at", "expected a time such as 21:30"},
                {"CTT,21/11/2026,,,", "Told at", "expected a time such as 21:30"},
                {"CTT,23:59,,,", "", ""},
                {",,N. Urse,,", "Seen at", "expected when"},
                {",,,22:00,", "Seen by", "expected the name"},
                {",,N. Urse,22:00,", "Seen how", "expected face to face"},
                {",,N. Urse,22:00,owl", "Seen how", "expected face to face"},
                {",,N. Urse,22:00,no access", "", ""}};
    struct csv_rig *rig = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char cells[256];
        snprintf(cells, sizeof cells, "1,21/11/2026,21:05" CALLER ",%s", rows[i].cells);
        read_paper(rig, CSV_RIG_NOW, ",Team told,Told at,Seen by,Seen at,Seen how", cells);
        says(rig, rows[i].words);
        if (rows[i].title[0] != '\0')
            assert_string_equal(rig->out.mistakes[0].title, rows[i].title);
    }
}

static void paper_has_titles_of_its_own(void **state)
{
    struct csv_rig *rig = *state;
    char line[4096];
    bool required = false;
    assert_int_equal(csv_rig_open(rig, "Your reference,NHS number"), RD_E_MALFORMED);
    FILE *file = fopen(RD_SOURCE_DIR "/adapters/csv/paper.csv", "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    assert_int_equal(csv_rig_open(rig, line), RD_OK);
    const char *at = line;
    for (size_t i = 0; rd_template_title(RD_TEMPLATE_PAPER, i, &required) != NULL; i++) {
        const char *title = rd_template_title(RD_TEMPLATE_PAPER, i, &required);
        assert_memory_equal(at, title, strlen(title));
        at += strlen(title) + 1;
    }
    assert_int_equal(at - line, strlen(line));
    rig->options.kind = RD_TEMPLATE_FILE;
    assert_int_equal(csv_rig_open(rig, line), RD_E_MALFORMED);
    rig->options.kind = RD_TEMPLATE_PAPER;
}

/* The sheet that is printed before an outage has each column, in the file's order. */
static void the_printed_sheet_has_the_columns(void **state)
{
    static char page[32768];
    char title[64];
    bool required = false;
    (void)state;
    FILE *file = fopen(RD_SOURCE_DIR "/adapters/csv/paper.html", "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    (void)fclose(file);
    const char *at = page;
    for (size_t i = 0; rd_template_title(RD_TEMPLATE_PAPER, i, &required) != NULL; i++) {
        snprintf(title, sizeof title, "<dt>%s</dt>",
                 rd_template_title(RD_TEMPLATE_PAPER, i, &required));
        at = strstr(at, title);
        if (at == NULL)
            fail_msg("paper.html has no %s where it should be", title);
    }
}

/* Another outage's sheet 1 is another call; the same sheet put right is the same one. */
static void a_sheet_is_known_by_number_and_time(void **state)
{
    struct csv_rig *rig = *state;
    char first[64];
    read_paper(rig, CSV_RIG_NOW, "", "1,21/11/2026,21:05" CALLER);
    snprintf(first, sizeof first, "%.*s", RD_TEXT_ARG(rig->out.submission.key));
    read_paper(rig, CSV_RIG_NOW, "", "1,21/11/2026,21:05" CALLER " twice");
    IS(rig->out.submission.key, first);
    read_paper(rig, CSV_RIG_NOW, "", "1,21/11/2026,21:06" CALLER);
    assert_false(rd_text_is(rig->out.submission.key, first));
    read_paper(rig, CSV_RIG_NOW, "", "2,21/11/2026,21:05" CALLER);
    assert_false(rd_text_is(rig->out.submission.key, first));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_from_paper),
        cmocka_unit_test(times_on_paper_are_never_guessed),
        cmocka_unit_test(what_was_done_is_whole_or_a_mistake),
        cmocka_unit_test(paper_has_titles_of_its_own),
        cmocka_unit_test(the_printed_sheet_has_the_columns),
        cmocka_unit_test(a_sheet_is_known_by_number_and_time),
    };
    return cmocka_run_group_tests(tests, set_up, csv_rig_free);
}
