#include "adapters/csv/template.h"

#include "adapters/csv/template_row.h"
#include "model/limits.h"
#include "model/nhs_number.h"

#include <sodium.h>
#include <string.h>

_Static_assert((int)COL_COUNT == (int)RD_TEMPLATE_COLUMNS, "one title for each column");

static const struct {
    const char *title;
    bool required; /* in the header; the cell may be empty */
    bool lines;    /* may hold line breaks */
} columns[COL_COUNT] = {
    [COL_REFERENCE] = {"Your reference", true, false},
    [COL_NHS_NUMBER] = {"NHS number", true, false},
    [COL_FAMILY] = {"Family name", true, false},
    [COL_GIVEN] = {"Given name", true, false},
    [COL_BIRTH] = {"Date of birth", true, false},
    [COL_GENDER] = {"Gender", false, false},
    [COL_LINE_1] = {"Address line 1", false, false},
    [COL_LINE_2] = {"Address line 2", false, false},
    [COL_TOWN] = {"Town", false, false},
    [COL_POSTCODE] = {"Postcode", true, false},
    [COL_TELEPHONE] = {"Telephone", false, false},
    [COL_SAFE] = {"Safe to call", false, false},
    [COL_ALONE] = {"Lives alone", false, false},
    [COL_LANGUAGE] = {"Interpreter language", false, false},
    [COL_PRACTICE] = {"GP practice code", false, false},
    [COL_WORDS] = {"What is needed", true, true},
    [COL_NEED] = {"Kind of need", false, false},
    [COL_PRIORITY] = {"How urgent", false, false},
    [COL_CONSENT] = {"Consent", false, false},
    [COL_SAFEGUARDING] = {"Safeguarding concern", false, true},
    [COL_DANGER] = {"Danger at the address", false, true},
    [COL_ADJUSTMENT] = {"Reasonable adjustment", false, true},
    [COL_SITE] = {"Hospital site code", false, false},
    [COL_WARD] = {"Ward", false, false},
    [COL_PATHWAY] = {"Discharge pathway", false, false},
    [COL_READY] = {"Ready for discharge", false, false},
    [COL_REFERRER] = {"Referrer name", false, false},
    [COL_ROLE] = {"Referrer role", false, false},
    [COL_REFERRER_PHONE] = {"Referrer telephone", false, false},
    [COL_WRITTEN] = {"Written at", false, false},
};

const char *rd_template_title(size_t index, bool *required)
{
    if (index >= COL_COUNT)
        return NULL;
    *required = columns[index].required;
    return columns[index].title;
}

/* "Date of Birth ", "date_of_birth" are the same title. */
static bool same_title(struct rd_text found, const char *title)
{
    size_t at = 0;
    for (size_t i = 0; i < found.len; i++) {
        char c = found.ptr[i];
        if (c == ' ' || c == '_' || c == '-')
            continue;
        while (title[at] == ' ')
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
    if (row->cells_count > RD_SHEET_COLUMNS_MAX)
        return rd_fail(why, RD_E_MALFORMED, "row 1: more than %d columns", RD_SHEET_COLUMNS_MAX);
    for (size_t i = 0; i < row->cells_count; i++) {
        struct rd_text found = rd_text_trim(row->cells[i]);
        size_t id = 0;
        while (id < COL_COUNT && !same_title(found, columns[id].title))
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
                           letters, columns[id].title);
        template->column_of[id] = i + 1;
    }
    for (size_t id = 0; id < COL_COUNT; id++)
        if (columns[id].required && template->column_of[id] == 0)
            return rd_fail(why, RD_E_MALFORMED,
                           "row 1: the column \"%s\" is missing; add it, empty if you must",
                           columns[id].title);
    template->width = row->cells_count;
    return RD_OK;
}

enum rd_err rd_template_open(struct rd_template *template, struct rd_text bytes,
                             const struct rd_feed *feed, const struct rd_zone *zone, rd_instant now,
                             struct rd_arena *arena, struct rd_errbuf *why)
{
    struct rd_sheet_row row;
    *template = (struct rd_template){.feed = feed, .zone = zone, .now = now, .arena = arena};
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
    add_mistake(build, (unsigned)build->template->column_of[id], columns[id].title, words);
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
                            "empty: give each referral a reference of your own");
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
    if (strcmp(kind, "row") == 0) {
        s->key = rd_arena_format(build->arena, "row:%.*s", RD_TEXT_ARG(build->row->reference));
    } else {
        (void)sodium_bin2hex(hex, sizeof hex, (const unsigned char *)s->digest.ptr, s->digest.len);
        s->key = rd_arena_format(build->arena, "%s:%s", kind, hex);
    }
    return rd_text_present(s->key);
}

/* "row 3, column D (Date of birth): words". */
static struct rd_text place_words(struct rd_template_build *build, unsigned column,
                                  const char *title, const char *words)
{
    char letters[RD_SHEET_LETTERS_MAX];
    if (column == 0)
        return rd_arena_format(build->arena, "row %u: %s", build->row->row, words);
    (void)rd_sheet_letters(column, letters);
    if (title[0] == '\0')
        return rd_arena_format(build->arena, "row %u, column %s: %s", build->row->row, letters,
                               words);
    return rd_arena_format(build->arena, "row %u, column %s (%s): %s", build->row->row, letters,
                           title, words);
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
    s->quarantine_words = place_words(build, mistake->column, "", mistake->words.ptr);
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
        s->referral = build->referral;
        return put_original(build) && put_key(build, "row") ? RD_OK : RD_E_TOOBIG;
    }
    const struct rd_template_mistake *first = &row->mistakes[0];
    s->refused_code = RD_TEXT("csv-row");
    s->refused_words = place_words(build, first->column, first->title, first->words.ptr);
    return put_key(build, "refused") && rd_text_present(s->refused_words) ? RD_OK : RD_E_TOOBIG;
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
                                    .submission = {.feed = template->feed->name,
                                                   .action = RD_ACTION_NEW,
                                                   .environment = template->feed->environment,
                                                   .media_type = RD_TEXT("text/csv")}};
    struct rd_template_build build = {
        .template = template, .source = &source, .arena = arena, .row = out};
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
