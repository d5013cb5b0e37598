/* The CSV template: what each cell becomes, each mistake at its place, and every way in which a
 * spreadsheet writes a file. */
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

#define MUST                                                                                       \
    "Your reference,NHS number,Family name,Given name,Date of birth,Postcode,What is needed"

static int set_up(void **state)
{
    return csv_rig_new(state, RD_TEMPLATE_FILE);
}

static void no_more(struct csv_rig *rig)
{
    rd_arena_reset(&rig->row);
    assert_int_equal(rd_template_next(&rig->template, &rig->row, &rig->out), RD_E_NOTFOUND);
}

static void read_one(struct csv_rig *rig, const char *text)
{
    assert_int_equal(csv_rig_open(rig, text), RD_OK);
    csv_rig_next(rig);
}

#define IS(text, expected) assert_true(rd_text_is((text), (expected)))

static void every_cell_has_its_place(void **state)
{
    struct csv_rig *rig = *state;
    read_one(rig,
             MUST ",Gender,Address line 1,Address line 2,Town,Telephone,Safe to call,Lives alone,"
                  "Interpreter language,GP practice code,Kind of need,How urgent,Consent,"
                  "Safeguarding concern,Danger at the address,Reasonable adjustment,"
                  "Hospital site code,Ward,Discharge pathway,Ready for discharge,Referrer name,"
                  "Referrer role,Referrer telephone,Written at\r\n"
                  "R-1,999 000 0018,Example,Ann,14/03/1945,E18 2QB,Fell at home,F,1 High Road,"
                  "South Woodford,London,020 7946 0001,no,yes,Polish,Y99103,Fall,Two Hours,given,"
                  "Bruises,dog,large print,RF4DG,Elm,1,21/11/2026 14:00,Ray Roe,nurse,"
                  "020 7946 0002,2026-11-21 09:30\r\n");
    const struct rd_submission *s = &rig->out.submission;
    const struct rd_referral *r = s->referral;
    assert_int_equal(rig->out.mistakes_count, 0);
    assert_int_equal(rig->out.row, 2);
    IS(s->key, "row:R-1");
    IS(s->feed, "files");
    assert_int_equal(s->action, RD_ACTION_NEW);
    assert_int_equal(s->digest.len, RD_DIGEST_BYTES);
    assert_true(rd_text_starts(s->original, MUST));
    IS(r->source_refs[0].value, "R-1");
    const struct rd_person *p = r->person;
    IS(p->ids[0].value, "9990000018");
    assert_true(p->ids[0].checksum_ok.value);
    IS(p->names[0].family, "Example");
    IS(p->names[0].given, "Ann");
    IS(p->birth_date, "1945-03-14");
    IS(p->gender, "female");
    IS(p->practice_ods, "Y99103");
    IS(p->language, "Polish");
    assert_true(p->interpreter.value && p->lives_alone.value);
    assert_int_equal(p->addresses[0].lines_count, 3);
    IS(p->addresses[0].postcode, "E18 2QB");
    IS(p->telecoms[0].value, "020 7946 0001");
    assert_int_equal(p->telecoms[0].safe_to_call, RD_SAFE_NO);
    IS(r->needs[0].words, "Fell at home");
    IS(r->needs[0].code, "fall");
    assert_int_equal(r->priority_asked, RD_PRIORITY_TWO_HOUR);
    assert_int_equal(r->consents[0].decision, RD_CONSENT_GIVEN);
    assert_int_equal(r->flags_count, 3);
    IS(r->flags[0].category, "safeguarding");
    IS(r->flags[1].category, "scene-safety");
    IS(r->flags[2].words, "large print");
    IS(r->stay->site, "RF4DG");
    IS(r->stay->ward, "Elm");
    assert_int_equal(r->stay->pathway.value, 1);
    assert_int_equal(r->stay->ready->utc_us / RD_SECOND_US, 1795269600);
    IS(r->referrer->name, "Ray Roe");
    IS(r->referrer->callback, "020 7946 0002");
    assert_int_equal(r->authored->utc_us / RD_SECOND_US, 1795253400);
    no_more(rig);
}

static void what_is_missing_is_taken_and_flagged(void **state)
{
    struct csv_rig *rig = *state;
    read_one(rig, MUST "\nR-1,,Example,,,,\nR-2,9990000019,,,,,\nR-3,9.99E+09,B,,,,\n");
    assert_non_null(rig->out.submission.referral);
    IS(rig->out.submission.referral->issues[0].code, "birth-date-missing");
    assert_int_equal(rig->out.submission.referral->needs_count, 0);
    csv_rig_next(rig);
    assert_non_null(rig->out.submission.referral);
    IS(rig->out.submission.referral->issues[0].code, "nhs-number-check-digit");
    csv_rig_next(rig);
    IS(rig->out.submission.referral->issues[0].code, "nhs-number-form");
}

static void each_mistake_at_its_place(void **state)
{
#define ROW(ref, number, family, born, words) ref "," number "," family ",," born ",," words
    static const struct {
        const char *more, *row;
        unsigned column;
        const char *words;
    } rows[] = {
        {"", ROW("", "", "A", "", ""), 1, "empty"},
        {"", ROW("a b", "", "A", "", ""), 1, "at most 64"},
        {"", ROW("---", "", "A", "", ""), 1, "at most 64"},
        {"", ROW("9990000018", "", "A", "", ""), 1, "NHS number"},
        {"", ROW("R", "", "", "", "x"), 3, "nobody is named"},
        {"", ROW("R", "", "A", "14/03/45", ""), 5, "four digits"},
        {"", ROW("R", "", "A", "03/14/1945", ""), 5, "four digits"},
        {"", ROW("R", "", "A", "31/02/1945", ""), 5, "four digits"},
        {"", ROW("R", "", "A", "14 March 1945", ""), 5, "four digits"},
        {"", ROW("R", "", "A", "14/03/1945 10:30", ""), 5, "four digits"},
        {"", ROW("R", "", "A", "16509", ""), 5, "four digits"},
        {"", ROW("R", "", "A", "23/11/2026", ""), 5, "not come yet"},
        {"", ROW("R", "", "A", "01/01/1895", ""), 5, "130 years"},
        {",How urgent", ROW("R", "", "A", "", "") ",urgent", 8, "two hours"},
        {",Consent", ROW("R", "", "A", "", "") ",maybe", 8, "lacks capacity"},
        {",Discharge pathway", ROW("R", "", "A", "", "") ",4", 8, "0, 1, 2 or 3"},
        {",Lives alone", ROW("R", "", "A", "", "") ",perhaps", 8, "yes, no"},
        {",Safe to call", ROW("R", "", "A", "", "") ",ask", 8, "yes, no"},
        {",Written at", ROW("R", "", "A", "", "") ",yesterday", 8, "date and time"},
        {"", "R,,A,,,\"E18\n2QB\",", 6, "one line"},
        {"", "R,,A,,,", 0, "fewer cells"},
        {"", ROW("R", "", "A", "", "") ",more", 8, "no title above"},
    };
    struct csv_rig *rig = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, MUST "%s\r\n%s\r\n", rows[i].more, rows[i].row);
        read_one(rig, text);
        assert_int_equal(rig->out.mistakes_count, 1);
        assert_int_equal(rig->out.mistakes[0].column, rows[i].column);
        assert_non_null(strstr(rig->out.mistakes[0].words.ptr, rows[i].words));
        IS(rig->out.submission.quarantine_code, "csv-row");
        assert_true(rd_text_starts(rig->out.submission.quarantine_words, "row 2"));
        assert_true(rd_text_starts(rig->out.submission.key, "mistake:"));
        assert_null(rig->out.submission.referral);
        assert_true(rd_text_present(rig->out.submission.original));
        no_more(rig);
    }
}

static void a_wrong_header_is_named(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "empty"},
        {"\r\n\r\n", "empty"},
        {"Your reference,NHS number\n", "\"Family name\" is missing"},
        {MUST ",Colour\n", "row 1, column H: this title is not in the template"},
        {MUST ",postcode\n", "column H: \"Postcode\" stands in the header twice"},
        {"\"" MUST "\n", "expected the titles"},
        {"\n" MUST "\n", "expected the titles"},
    };
    struct csv_rig *rig = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(csv_rig_open(rig, rows[i].text), RD_E_MALFORMED);
        assert_non_null(strstr(rig->why.text, rows[i].why));
    }
    char wide[RD_SHEET_COLUMNS_MAX + 8];
    memset(wide, ',', sizeof wide);
    wide[sizeof wide - 1] = '\0';
    (void)memcpy(wide, "Ward", 4);
    assert_int_equal(csv_rig_open(rig, wide), RD_E_MALFORMED);
    assert_non_null(strstr(rig->why.text, "more than 64 columns"));
}

/* The same referral from however a spreadsheet wrote it has the same key and digest. */
static void however_it_is_written(void **state)
{
    static const char *const texts[] = {
        MUST "\nR-1,9990000018,Example,Ann,14/03/1945,E18 2QB,\"Fell, twice\"\n",
        "\xef\xbb\xbf" MUST
        "\r\n\r\n R-1 ,9990000018,Example,Ann,14/03/1945,E18 2QB,\"Fell, twice\"",
        "your_reference;NHS Number;FAMILY NAME;Given-name;DateOfBirth;postcode;What is needed;\r"
        "R-1;9990000018;Example;Ann;14/03/1945;E18 2QB;Fell, twice;\r;;;;;;;\r",
        "What is needed\tPostcode\tDate of birth\tGiven name\tFamily name\tNHS number\tYour "
        "reference\n"
        "\"Fell, twice\"\tE18 2QB\t14/03/1945\tAnn\tExample\t9990000018\tR-1\n",
    };
    struct csv_rig *rig = *state;
    unsigned char first[RD_DIGEST_BYTES];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        read_one(rig, texts[i]);
        assert_int_equal(rig->out.mistakes_count, 0);
        IS(rig->out.submission.referral->needs[0].words, "Fell, twice");
        IS(rig->out.submission.key, "row:R-1");
        if (i == 0)
            memcpy(first, rig->out.submission.digest.ptr, sizeof first);
        assert_memory_equal(first, rig->out.submission.digest.ptr, sizeof first);
        no_more(rig);
    }
    read_one(rig,
             MUST "\nR-1,9990000018,Example,Ann,14/03/1945,E18 2QB,\"Fell \"\"hard\"\"\nagain\"\n");
    IS(rig->out.submission.referral->needs[0].words, "Fell \"hard\"\nagain");
    assert_memory_not_equal(first, rig->out.submission.digest.ptr, sizeof first);
}

static void the_same_reference_twice(void **state)
{
    struct csv_rig *rig = *state;
    read_one(rig, MUST "\nR-1,,A,,,,\nR-1,,B,,,,\nR-2,,C,,,,\n");
    assert_int_equal(rig->out.mistakes_count, 0);
    csv_rig_next(rig);
    assert_non_null(strstr(rig->out.mistakes[0].words.ptr, "earlier row"));
    csv_rig_next(rig);
    assert_int_equal(rig->out.mistakes_count, 0);
}

static void what_follows_a_broken_quote_is_kept(void **state)
{
    struct csv_rig *rig = *state;
    read_one(rig, MUST "\nR-1,,A,,,,\nR-2,,\"B\"x,,,,\nR-3,,C,,,,\n");
    csv_rig_next(rig);
    IS(rig->out.submission.quarantine_code, "csv-rest");
    assert_true(rd_text_starts(rig->out.submission.quarantine_words, "row 3, column C: "));
    IS(rig->out.submission.original, MUST "\r\nR-2,,\"B\"x,,,,\nR-3,,C,,,,\n");
    no_more(rig);
}

/* At the limit of rows, and one past it. */
static void rows_are_bounded(void **state)
{
    struct csv_rig *rig = *state;
    for (unsigned over = 0; over <= 1; over++) {
        struct rd_buf text;
        rd_buf_init(&text, rd_alloc_heap());
        rd_buf_put_string(&text, MUST "\n");
        for (unsigned i = 0; i < RD_TEMPLATE_ROWS_MAX + over; i++)
            rd_buf_printf(&text, "R-%u,,A,,,,\n", i);
        rd_buf_put(&text, "", 1);
        assert_int_equal(csv_rig_open(rig, (const char *)text.bytes), RD_OK);
        for (unsigned i = 0; i < RD_TEMPLATE_ROWS_MAX; i++) {
            csv_rig_next(rig);
            assert_int_equal(rig->out.mistakes_count, 0);
        }
        if (over == 1) {
            csv_rig_next(rig);
            IS(rig->out.submission.quarantine_code, "csv-rest");
            assert_non_null(strstr(rig->out.submission.quarantine_words.ptr, "at most 1000 rows"));
        }
        no_more(rig);
        rd_buf_fini(&text);
    }
}

static void long_cells_are_bounded(void **state)
{
    struct csv_rig *rig = *state;
    for (unsigned over = 0; over <= 1; over++) {
        struct rd_buf text;
        rd_buf_init(&text, rd_alloc_heap());
        rd_buf_put_string(&text, MUST "\nR-1,,");
        for (unsigned i = 0; i < RD_TERM_BYTES_MAX + over; i++)
            rd_buf_put(&text, "A", 1);
        rd_buf_put_string(&text, ",,,,");
        for (unsigned i = 0; i < RD_TEXT_BYTES_MAX + over; i++)
            rd_buf_put(&text, "B", 1);
        rd_buf_put(&text, "\n", 2);
        read_one(rig, (const char *)text.bytes);
        assert_int_equal(rig->out.mistakes_count, 2 * over);
        rd_buf_fini(&text);
    }
}

static void every_cut_is_an_answer(void **state)
{
    static const char text[] =
        MUST ",How urgent\r\nR-1,9990000018,\"Exa\"\"mple\",Ann,14/03/1945,E18 "
             "2QB,\"Fell\r\ntwice\",two hours\r\nR-2,,B,,,,,routine\r\n";
    struct csv_rig *rig = *state;
    for (size_t cut = 0; cut < sizeof text; cut++) {
        char *copy = malloc(cut + 1);
        assert_non_null(copy);
        memcpy(copy, text, cut);
        rd_arena_reset(&rig->file);
        enum rd_err err = rd_template_open(&rig->template, (struct rd_text){copy, cut},
                                           &rig->options, &rig->file, &rig->why);
        while (err == RD_OK) {
            rd_arena_reset(&rig->row);
            err = rd_template_next(&rig->template, &rig->row, &rig->out);
        }
        assert_true(err == RD_E_MALFORMED || err == RD_E_NOTFOUND);
        free(copy);
    }
}

static void no_memory_is_an_answer(void **state)
{
    struct csv_rig *rig = *state;
    struct rd_arena small;
    bool held = false;
    assert_int_equal(
        csv_rig_open(rig, MUST "\nR-1,9990000018,Example,Ann,14/03/1945,E18 2QB,Fell\n"), RD_OK);
    for (size_t bytes = 0; bytes < 4096 && !held; bytes += 16) {
        struct rd_template copy = rig->template;
        rd_arena_init(&small, rd_alloc_heap(), bytes);
        enum rd_err err = rd_template_next(&copy, &small, &rig->out);
        held = err == RD_OK;
        assert_true(held || err == RD_E_TOOBIG);
        rd_arena_fini(&small);
    }
    assert_true(held);
}

static void letters(void **state)
{
    char out[RD_SHEET_LETTERS_MAX];
    (void)state;
    assert_string_equal(rd_sheet_letters(1, out), "A");
    assert_string_equal(rd_sheet_letters(26, out), "Z");
    assert_string_equal(rd_sheet_letters(27, out), "AA");
    assert_string_equal(rd_sheet_letters(52, out), "AZ");
    assert_string_equal(rd_sheet_letters(64, out), "BL");
    assert_string_equal(rd_sheet_letters(702, out), "ZZ");
    assert_string_equal(rd_sheet_letters(703, out), "?");
    assert_string_equal(rd_sheet_letters(0, out), "?");
}

/* The file that administrators start from has exactly the titles that are read. */
static void the_template_of_the_readme(void **state)
{
    struct csv_rig *rig = *state;
    char line[4096];
    FILE *file = fopen(RD_SOURCE_DIR "/adapters/csv/template.csv", "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    assert_int_equal(csv_rig_open(rig, line), RD_OK);
    bool required = false;
    for (size_t i = 0; rd_template_title(RD_TEMPLATE_FILE, i, &required) != NULL; i++)
        assert_int_not_equal(rig->template.column_of[i], 0);
}

static const char *title(size_t id)
{
    bool required = false;
    return rd_template_title(RD_TEMPLATE_FILE, id, &required);
}

static const char *usual(size_t id)
{
    static const char *const cells[][2] = {
        {"Your reference", "R-1"}, {"What is needed", "fall"}, {"Family name", "Example"}};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        if (strcmp(title(id), cells[i][0]) == 0)
            return cells[i][1];
    return "";
}

/* Whatever stands in a cell: the row is a referral that the router takes, or goes to the desk. */
static void a_long_cell_in_every_column(void **state)
{
    struct csv_rig *rig = *state;
    char cell[RD_TERM_BYTES_MAX + 1];
    memset(cell, '7', RD_TERM_BYTES_MAX);
    cell[RD_TERM_BYTES_MAX] = 0;
    for (size_t id = 0; title(id) != NULL; id++) {
        struct rd_errbuf why = {""};
        struct rd_buf text;
        rd_buf_init(&text, rd_alloc_heap());
        for (size_t i = 0; title(i) != NULL; i++)
            rd_buf_printf(&text, "%s%s", i == 0 ? "" : ",", title(i));
        for (size_t i = 0; title(i) != NULL; i++)
            rd_buf_printf(&text, "%s%s", i == 0 ? "\n" : ",", i == id ? cell : usual(i));
        rd_buf_put(&text, "", 1);
        read_one(rig, (const char *)rd_buf_text(&text).ptr);
        if (rd_shape_check(&rd_submission_shape, &rig->out.submission, &why) != RD_OK)
            fail_msg("%s: %s", title(id), why.text);
        assert_true((rig->out.submission.referral == NULL) == (rig->out.mistakes_count > 0));
        rd_buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_has_its_place),
        cmocka_unit_test(what_is_missing_is_taken_and_flagged),
        cmocka_unit_test(each_mistake_at_its_place),
        cmocka_unit_test(a_wrong_header_is_named),
        cmocka_unit_test(however_it_is_written),
        cmocka_unit_test(the_same_reference_twice),
        cmocka_unit_test(what_follows_a_broken_quote_is_kept),
        cmocka_unit_test(rows_are_bounded),
        cmocka_unit_test(long_cells_are_bounded),
        cmocka_unit_test(a_long_cell_in_every_column),
        cmocka_unit_test(every_cut_is_an_answer),
        cmocka_unit_test(no_memory_is_an_answer),
        cmocka_unit_test(letters),
        cmocka_unit_test(the_template_of_the_readme),
    };
    return cmocka_run_group_tests(tests, set_up, csv_rig_free);
}
