#include "adapters/csv/template.h"

#include "adapters/csv/template_row.h"
#include "model/limits.h"
#include "model/nhs_number.h"

#include <sodium.h>
#include <string.h>

_Static_assert((int)COL_COUNT == (int)RD_TEMPLATE_COLUMNS, "one title for each column");

/* What each column is called, in a file of referrals and on paper; NULL: it is not there. */
static const struct {
    const char *title[RD_TEMPLATE_PAPER + 1];
    bool required; /* in the header; the cell may be empty */
    bool lines;    /* may hold line breaks */
} columns[COL_COUNT] = {
    [COL_REFERENCE] = {{NULL, "Your reference", "Sheet number"}, true, false},
    [COL_NHS_NUMBER] = {{NULL, "NHS number", "NHS number"}, true, false},
    [COL_FAMILY] = {{NULL, "Family name", "Family name"}, true, false},
    [COL_GIVEN] = {{NULL, "Given name", "Given name"}, true, false},
    [COL_BIRTH] = {{NULL, "Date of birth", "Date of birth"}, true, false},
    [COL_GENDER] = {{NULL, "Gender", "Gender"}, false, false},
    [COL_LINE_1] = {{NULL, "Address line 1", "Address line 1"}, false, false},
    [COL_LINE_2] = {{NULL, "Address line 2", "Address line 2"}, false, false},
    [COL_TOWN] = {{NULL, "Town", "Town"}, false, false},
    [COL_POSTCODE] = {{NULL, "Postcode", "Postcode"}, true, false},
    [COL_TELEPHONE] = {{NULL, "Telephone", "Telephone"}, false, false},
    [COL_SAFE] = {{NULL, "Safe to call", "Safe to call"}, false, false},
    [COL_ALONE] = {{NULL, "Lives alone", "Lives alone"}, false, false},
    [COL_LANGUAGE] = {{NULL, "Interpreter language", "Interpreter language"}, false, false},
    [COL_PRACTICE] = {{NULL, "GP practice code", "GP practice code"}, false, false},
    [COL_WORDS] = {{NULL, "What is needed", "What the caller says"}, true, true},
    [COL_NEED] = {{NULL, "Kind of need", "Kind of need"}, false, false},
    [COL_PRIORITY] = {{NULL, "How urgent", "How urgent"}, false, false},
    [COL_CONSENT] = {{NULL, "Consent", "Consent"}, false, false},
    [COL_SAFEGUARDING] = {{NULL, "Safeguarding concern", "Safeguarding concern"}, false, true},
    [COL_DANGER] = {{NULL, "Danger at the address", "Danger at the address"}, false, true},
    [COL_ADJUSTMENT] = {{NULL, "Reasonable adjustment", "Reasonable adjustment"}, false, true},
    [COL_SITE] = {{NULL, "Hospital site code", NULL}, false, false},
    [COL_WARD] = {{NULL, "Ward", NULL}, false, false},
    [COL_PATHWAY] = {{NULL, "Discharge pathway", NULL}, false, false},
    [COL_READY] = {{NULL, "Ready for discharge", NULL}, false, false},
    [COL_REFERRER] = {{NULL, "Referrer name", "Caller name"}, false, false},
    [COL_ROLE] = {{NULL, "Referrer role", "Caller is"}, false, false},
    [COL_REFERRER_PHONE] = {{NULL, "Referrer telephone", "Call-back number"}, false, false},
    [COL_WRITTEN] = {{NULL, "Written at", NULL}, false, false},
    [COL_CALL_DATE] = {{NULL, NULL, "Call date"}, true, false},
    [COL_CALL_TIME] = {{NULL, NULL, "Call time"}, true, false},
    [COL_TAKEN_BY] = {{NULL, NULL, "Taken by"}, true, false},
    [COL_AGE] = {{NULL, NULL, "Or the age"}, false, false},
    [COL_TOLD] = {{NULL, NULL, "Team told"}, false, false},
    [COL_TOLD_AT] = {{NULL, NULL, "Told at"}, false, false},
    [COL_SEEN_BY] = {{NULL, NULL, "Seen by"}, false, false},
    [COL_SEEN_AT] = {{NULL, NULL, "Seen at"}, false, false},
    [COL_SEEN_HOW] = {{NULL, NULL, "Seen how"}, false, false},
    [COL_DONE] = {{NULL, NULL, "What was done"}, false, true},
};

/* A call as it goes: when and who, what the caller says, the person, what was done. */
static const enum rd_template_column paper_order[] = {
    COL_REFERENCE,    COL_CALL_DATE,      COL_CALL_TIME,  COL_TAKEN_BY, COL_REFERRER,
    COL_ROLE,         COL_REFERRER_PHONE, COL_WORDS,      COL_NEED,     COL_PRIORITY,
    COL_FAMILY,       COL_GIVEN,          COL_BIRTH,      COL_AGE,      COL_NHS_NUMBER,
    COL_GENDER,       COL_LINE_1,         COL_LINE_2,     COL_TOWN,     COL_POSTCODE,
    COL_TELEPHONE,    COL_SAFE,           COL_ALONE,      COL_LANGUAGE, COL_PRACTICE,
    COL_SAFEGUARDING, COL_DANGER,         COL_ADJUSTMENT, COL_CONSENT,  COL_TOLD,
    COL_TOLD_AT,      COL_SEEN_BY,        COL_SEEN_AT,    COL_SEEN_HOW, COL_DONE};
enum { PAPER_COLUMNS = sizeof paper_order / sizeof paper_order[0], FILE_COLUMNS = COL_CALL_DATE };

const char *rd_template_title(enum rd_template_kind kind, size_t index, bool *required)
{
    bool paper = kind == RD_TEMPLATE_PAPER;
    if (index >= (paper ? (size_t)PAPER_COLUMNS : (size_t)FILE_COLUMNS))
        return NULL;
    size_t id = paper ? (size_t)paper_order[index] : index;
    *required = columns[id].required;
    return columns[id].title[kind];
}

/* "Date of Birth ", "date_of_birth" are the same title. */
static bool same_title(struct rd_text found, const char *title)
{
    size_t at = 0;
    for (size_t i = 0; i < found.len; i++) {
        char c = found.ptr[i];
        if (c == ' ' || c == '_' || c == '-')
            continue;
        while (title[at] == ' ' || title[at] == '-')
            at++;
        if (title[at] == '\0' ||
            !rd_text_equal_nocase((struct rd_text){&c, 1}, (struct rd_text){&title[at], 1}))
            return false;
        at++;
    }
    return title[at] == '\0';
}

static enum rd_err read_header(struct rd_template *template, const struct rd_sheet_row *row,
                               struct rd_errbuf *why)
{
    char letters[RD_SHEET_LETTERS_MAX];
    enum rd_template_kind kind = template->is.kind;
    if (row->cells_count > RD_SHEET_COLUMNS_MAX)
        return rd_fail(why, RD_E_MALFORMED, "row 1: more than %d columns", RD_SHEET_COLUMNS_MAX);
    for (size_t i = 0; i < row->cells_count; i++) {
        struct rd_text found = rd_text_trim(row->cells[i]);
        size_t id = 0;
        while (id < COL_COUNT &&
               (columns[id].title[kind] == NULL || !same_title(found, columns[id].title[kind])))
            id++;
        (void)rd_sheet_letters((unsigned)i + 1, letters);
        if (found.len == 0)
            continue; /* a column without a title must be empty: checked in each row */
        if (id == COL_COUNT)
            return rd_fail(why, RD_E_MALFORMED,
                           "row 1, column %s: this title is not in the template; correct its "
                           "spelling or leave the column out",
                           letters);
        if (template->column_of[id] != 0)
            return rd_fail(why, RD_E_MALFORMED,
                           "row 1, column %s: \"%s\" stands in the header twice; leave one out",
                           letters, columns[id].title[kind]);
        template->column_of[id] = i + 1;
    }
    for (size_t id = 0; id < COL_COUNT; id++)
        if (columns[id].title[kind] != NULL && columns[id].required && template->column_of[id] == 0)
            return rd_fail(why, RD_E_MALFORMED,
                           "row 1: the column \"%s\" is missing; add it, empty if you must",
                           columns[id].title[kind]);
    template->width = row->cells_count;
    return RD_OK;
}

enum rd_err rd_template_open(struct rd_template *template, struct rd_text bytes,
                             const struct rd_template_options *options, struct rd_arena *arena,
                             struct rd_errbuf *why)
{
    struct rd_sheet_row row;
    *template = (struct rd_template){.is = *options, .arena = arena};
    template->seen = rd_arena_array(arena, RD_TEMPLATE_ROWS_MAX, sizeof *template->seen);
    rd_sheet_open(&template->sheet, bytes);
    enum rd_sheet_found found = rd_sheet_next(&template->sheet, arena, &row);
    if (template->seen == NULL || found == RD_SHEET_FULL)
        return rd_fail(why, RD_E_TOOBIG, "the file needs more memory than one file may take");
    if (found == RD_SHEET_END)
        return rd_fail(why, RD_E_MALFORMED, "the file is empty; expected a row of titles");
    if (found == RD_SHEET_BROKEN || row.row != 1)
        return rd_fail(why, RD_E_MALFORMED, "row 1: expected the titles of the template");
    template->header = row.bytes;
    return read_header(template, &row, why);
}

struct rd_text rd_template_cell(const struct rd_template_build *build, enum rd_template_column id)
{
    size_t column = build->template->column_of[id];
    if (column == 0 || column > build->source->cells_count)
        return RD_TEXT_NONE;
    struct rd_text cell = rd_text_trim(build->source->cells[column - 1]);
    return cell.len > 0 ? cell : RD_TEXT_NONE;
}

static void add_mistake(struct rd_template_build *build, unsigned column, const char *title,
                        const char *words)
{
    struct rd_template_row *row = build->row;
    if (row->mistakes_count < RD_TEMPLATE_MISTAKES_MAX)
        row->mistakes[row->mistakes_count++] =
            (struct rd_template_mistake){column, title, rd_text_of(words)};
}

void rd_template_mistake(struct rd_template_build *build, enum rd_template_column id,
                         const char *words)
{
    add_mistake(build, (unsigned)build->template->column_of[id],
                columns[id].title[build->template->is.kind], words);
}

static bool has_line_break(struct rd_text text)
{
    return rd_text_find(text, '\n', 0) < text.len || rd_text_find(text, '\r', 0) < text.len;
}

/* Lengths, line breaks, cells beyond the header: what the record's own reading relies on. */
static void check_cells(struct rd_template_build *build)
{
    const struct rd_template *template = build->template;
    size_t count = build->source->cells_count;
    for (size_t i = 0; i < count && i < RD_SHEET_COLUMNS_MAX; i++) {
        bool titled = false;
        for (size_t id = 0; id < COL_COUNT; id++)
            titled = titled || template->column_of[id] == i + 1;
        if (!titled && rd_text_trim(build->source->cells[i]).len > 0)
            add_mistake(build, (unsigned)i + 1, "",
                        "this cell has no title above it: quote a cell that holds a comma");
    }
    if (count > RD_SHEET_COLUMNS_MAX)
        add_mistake(build, 0, "", "the row has more cells than the header");
    if (count < template->width)
        add_mistake(build, 0, "",
                    "the row has fewer cells than the header: its cells may have slipped");
    for (enum rd_template_column id = 0; id < COL_COUNT; id++) {
        struct rd_text cell = rd_template_cell(build, id);
        if (!columns[id].lines && has_line_break(cell))
            rd_template_mistake(build, id, "expected one line: take the line breaks out");
        if (cell.len > (columns[id].lines ? (size_t)RD_TEXT_BYTES_MAX : (size_t)RD_TERM_BYTES_MAX))
            rd_template_mistake(build, id,
                                columns[id].lines ? "longer than 65536 characters"
                                                  : "longer than 1024 characters");
    }
}

/* It stands in reports and in the ledger's keys: never a person's name or number. */
static bool is_reference(struct rd_text text)
{
    bool any = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        any = any || alphanumeric;
        if (!alphanumeric && c != '-' && c != '_' && c != '/' && c != '.')
            return false;
    }
    return any && text.len <= RD_TEMPLATE_REFERENCE_MAX;
}

static void check_reference(struct rd_template *template, struct rd_template_build *build)
{
    struct rd_text cell = rd_template_cell(build, COL_REFERENCE);
    struct rd_text digits = RD_TEXT_NONE;
    if (!rd_text_present(cell)) {
        rd_template_mistake(build, COL_REFERENCE,
                            template->is.kind == RD_TEMPLATE_PAPER
                                ? "empty: expected the number of the sheet of paper"
                                : "empty: give each referral a reference of your own");
        return;
    }
    if (!is_reference(cell)) {
        rd_template_mistake(build, COL_REFERENCE,
                            "expected at most 64 of A-Z, a-z, 0-9, - _ / and .");
        return;
    }
    if (rd_nhs_number_check(cell, build->arena, &digits) == RD_NHS_NUMBER_OK) {
        rd_template_mistake(build, COL_REFERENCE,
                            "this is an NHS number: expected a reference of your own");
        return;
    }
    build->row->reference = cell;
    for (size_t i = 0; i < template->seen_count; i++)
        if (rd_text_equal(template->seen[i].reference, cell)) {
            rd_template_mistake(build, COL_REFERENCE,
                                "this reference stands in an earlier row of the file too");
            return;
        }
    template->seen[template->seen_count++] =
        (struct rd_template_seen){cell, build->source->row}; /* cells live as long as the file */
}

/* Over titles and cells in the template's order: the same referral from a sheet whose columns were
 * moved is the same. */
static bool put_digest(struct rd_template_build *build)
{
    crypto_generichash_state state;
    unsigned char *out = rd_arena_take(build->arena, RD_DIGEST_BYTES);
    if (out == NULL || crypto_generichash_init(&state, NULL, 0, RD_DIGEST_BYTES) != 0)
        return false;
    for (enum rd_template_column id = 0; id < COL_COUNT; id++) {
        struct rd_text cell = rd_template_cell(build, id);
        const unsigned char ends[2] = {(unsigned char)id, 0};
        if (!rd_text_present(cell))
            continue;
        (void)crypto_generichash_update(&state, ends, sizeof ends);
        (void)crypto_generichash_update(&state, (const unsigned char *)cell.ptr, cell.len);
    }
    if (build->row->mistakes_count > 0) /* cells without a title count too */
        (void)crypto_generichash_update(&state, (const unsigned char *)build->source->bytes.ptr,
                                        build->source->bytes.len);
    (void)crypto_generichash_final(&state, out, RD_DIGEST_BYTES);
    build->row->submission.digest = (struct rd_text){(const char *)out, RD_DIGEST_BYTES};
    return true;
}

static bool put_key(struct rd_template_build *build, const char *kind)
{
    struct rd_submission *s = &build->row->submission;
    char hex[2 * RD_DIGEST_BYTES + 1];
    struct rd_text reference = build->row->reference;
    if (strcmp(kind, "row") == 0) {
        s->key = rd_arena_format(build->arena, "row:%.*s", RD_TEXT_ARG(reference));
    } else if (strcmp(kind, "paper") == 0) {
        /* Sheets are numbered anew at the next outage: the time of the call tells them apart. */
        s->key = rd_arena_format(build->arena, "paper:%.*s:%lld", RD_TEXT_ARG(reference),
                                 (long long)(s->received / RD_MINUTE_US));
    } else {
        (void)sodium_bin2hex(hex, sizeof hex, (const unsigned char *)s->digest.ptr, s->digest.len);
        s->key = rd_arena_format(build->arena, "%s:%s", kind, hex);
    }
    return rd_text_present(s->key);
}

struct rd_text rd_template_place(unsigned row, const struct rd_template_mistake *mistake,
                                 struct rd_arena *arena)
{
    char letters[RD_SHEET_LETTERS_MAX];
    if (mistake->column == 0)
        return rd_arena_format(arena, "row %u: %.*s", row, RD_TEXT_ARG(mistake->words));
    (void)rd_sheet_letters(mistake->column, letters);
    if (mistake->title[0] == '\0')
        return rd_arena_format(arena, "row %u, column %s: %.*s", row, letters,
                               RD_TEXT_ARG(mistake->words));
    return rd_arena_format(arena, "row %u, column %s (%s): %.*s", row, letters, mistake->title,
                           RD_TEXT_ARG(mistake->words));
}

/* The header and the row, so that the desk can read it by itself. */
static bool put_original(struct rd_template_build *build)
{
    struct rd_text header = build->template->header, row = build->source->bytes;
    build->row->submission.original = row;
    if (header.len + row.len + 2 > RD_BODY_BYTES_MAX)
        return true;
    char *bytes = rd_arena_take(build->arena, header.len + row.len + 2);
    if (bytes == NULL)
        return false;
    memcpy(bytes, header.ptr, header.len);
    memcpy(bytes + header.len, "\r\n", 2);
    memcpy(bytes + header.len + 2, row.ptr, row.len);
    build->row->submission.original = (struct rd_text){bytes, header.len + 2 + row.len};
    return true;
}

static enum rd_err finish_broken(struct rd_template_build *build, bool too_many)
{
    struct rd_submission *s = &build->row->submission;
    if (too_many)
        add_mistake(build, 0, "",
                    "a file may have at most 1000 rows: this one and those after it were not read");
    else
        add_mistake(build, build->source->broken_column, "",
                    "a quote begins or ends here and does not fit: this row and those after it "
                    "were not read");
    const struct rd_template_mistake *mistake = &build->row->mistakes[0];
    s->quarantine_code = RD_TEXT("csv-rest");
    s->quarantine_words = rd_template_place(build->row->row, mistake, build->arena);
    bool ok = put_original(build) && put_digest(build) && put_key(build, "rest") &&
              rd_text_present(s->quarantine_words);
    return ok ? RD_OK : RD_E_TOOBIG;
}

static enum rd_err finish_row(struct rd_template_build *build)
{
    struct rd_template_row *row = build->row;
    struct rd_submission *s = &row->submission;
    if (build->full || !put_digest(build))
        return RD_E_TOOBIG;
    if (row->mistakes_count == 0) {
        bool paper = build->template->is.kind == RD_TEMPLATE_PAPER;
        s->referral = build->referral;
        return put_original(build) && put_key(build, paper ? "paper" : "row") ? RD_OK : RD_E_TOOBIG;
    }
    /* A person stands behind it: the desk has it until the sender sends it right. */
    s->quarantine_code = RD_TEXT("csv-row");
    s->quarantine_words = rd_template_place(row->row, &row->mistakes[0], build->arena);
    bool kept = put_original(build) && put_key(build, "mistake");
    return kept && rd_text_present(s->quarantine_words) ? RD_OK : RD_E_TOOBIG;
}

enum rd_err rd_template_next(struct rd_template *template, struct rd_arena *arena,
                             struct rd_template_row *out)
{
    struct rd_sheet_row source;
    enum rd_sheet_found found = rd_sheet_next(&template->sheet, arena, &source);
    if (found == RD_SHEET_END)
        return RD_E_NOTFOUND;
    if (found == RD_SHEET_FULL)
        return RD_E_TOOBIG;
    *out = (struct rd_template_row){.row = source.row,
                                    .submission = {.feed = template->is.feed->name,
                                                   .action = RD_ACTION_NEW,
                                                   .environment = template->is.feed->environment,
                                                   .media_type = RD_TEXT("text/csv")}};
    struct rd_template_build build = {
        .template = template, .source = &source, .arena = arena, .row = out};
    out->bytes = source.bytes;
    bool too_many = source.row > RD_TEMPLATE_ROWS_MAX + 1;
    if (too_many) {
        size_t start = (size_t)(source.bytes.ptr - template->sheet.bytes.ptr);
        source.bytes = rd_text_slice(template->sheet.bytes, start, template->sheet.bytes.len);
        template->sheet.at = template->sheet.bytes.len;
    }
    if (too_many || found == RD_SHEET_BROKEN)
        return finish_broken(&build, too_many);
    check_cells(&build);
    check_reference(template, &build);
    if (out->mistakes_count == 0 || out->mistakes[0].column != 0)
        rd_template_record(&build);
    return finish_row(&build);
}
