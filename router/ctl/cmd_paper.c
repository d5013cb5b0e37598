#include "ctl/paper.h"

#include "adapters/hl7v2/hl7_charset.h"
#include "rules/load/load.h"

#include <string.h>

enum { ROW_ARENA_BYTES_MAX = 16 * 1024 * 1024 };

int ctl_paper_rewind(struct ctl_paper *paper, struct rd_template *template)
{
    struct rd_errbuf why = {{0}};
    if (rd_template_open(template, paper->text, &paper->options, &paper->file, &why) == RD_OK)
        return CTL_OK;
    return ctl_fail(CTL_NO, "%s: %s", paper->path, why.text);
}

/* UTF-8, or what spreadsheets write on Windows. */
static int read_text(struct ctl_paper *paper)
{
    struct rd_hl7_decoded decoded = {.text = RD_TEXT_NONE};
    struct rd_buf bytes;
    struct rd_text copy = RD_TEXT_NONE;
    rd_buf_init(&bytes, rd_alloc_heap());
    int status = ctl_read_file(paper->path, &bytes);
    bool kept = status == CTL_OK && rd_arena_copy(&paper->file, rd_buf_text(&bytes), &copy) &&
                rd_hl7_to_utf8(rd_text_present(copy) ? copy : RD_TEXT(""),
                               paper->open.reading.mapping.charset, &paper->file, &decoded);
    rd_buf_fini(&bytes);
    if (status != CTL_OK)
        return status;
    if (!kept || !rd_text_is_utf8(decoded.text))
        return ctl_fail(CTL_NO, "%s: this is no text: save the sheet as CSV UTF-8", paper->path);
    paper->text = decoded.text;
    return CTL_OK;
}

static size_t tell_mistakes(struct ctl_paper *paper, const struct rd_template_row *row)
{
    for (size_t i = 0; i < row->mistakes_count; i++) {
        struct rd_text words = rd_template_place(row->row, &row->mistakes[i], &paper->row);
        fprintf(stderr, "%s: %.*s\n", paper->path, RD_TEXT_ARG(words));
    }
    return row->mistakes_count;
}

/* Every row, before any is entered: half a file in and half a file out is how one is forgotten. */
static int check_all(struct ctl_paper *paper, size_t *rows)
{
    struct rd_template template;
    struct rd_template_row row;
    size_t mistakes = 0, wrong = 0;
    *rows = 0;
    int status = ctl_paper_rewind(paper, &template);
    if (status != CTL_OK)
        return status;
    enum rd_err err;
    while (rd_arena_reset(&paper->row),
           (err = rd_template_next(&template, &paper->row, &row)) == RD_OK) {
        size_t found = tell_mistakes(paper, &row);
        mistakes += found;
        wrong += found > 0;
        ++*rows;
    }
    if (err != RD_E_NOTFOUND)
        return ctl_fail(CTL_NO, "%s: a row needs more memory than one may take", paper->path);
    if (*rows == 0)
        return ctl_fail(CTL_NO, "%s: there is no row below the titles", paper->path);
    if (mistakes > 0)
        return ctl_fail(CTL_NO,
                        "%s: %zu mistakes in %zu of %zu rows: nothing was entered. Put them right "
                        "and give the command again",
                        paper->path, mistakes, wrong, *rows);
    return CTL_OK;
}

/* Where a row would go, by the rules of the place's directory. */
static int show_row(struct ctl_paper *paper, const struct rd_template_row *row)
{
    struct rd_facts facts;
    struct rd_decision decision;
    const struct rd_decide_request request = {.facts = &facts, .now = paper->options.now};
    const struct rd_rules *rules = paper->open.rules;
    if (rd_rules_facts(rules, &row->submission, paper->options.now, &paper->row, &facts) != RD_OK ||
        rd_rules_decide(rules, &request, &paper->row, &decision) != RD_OK)
        return ctl_fail(CTL_NO, "row %u: the decision needs more memory than one may take",
                        row->row);
    struct rd_text lead =
        decision.assignments_count > 0 ? decision.assignments[0].team : paper->place->desk;
    const struct rd_team *team = rd_place_team(paper->place, lead);
    json_t *said = ctl_paper_row(paper, row, "would be entered");
    ctl_paper_set_text(said, "team", team == NULL ? lead : team->title);
    ctl_paper_say(paper, said);
    return CTL_OK;
}

static int show_all(struct ctl_paper *paper)
{
    struct rd_template template;
    struct rd_template_row row;
    int status = ctl_paper_rewind(paper, &template);
    while (status == CTL_OK) {
        rd_arena_reset(&paper->row);
        if (rd_template_next(&template, &paper->row, &row) != RD_OK)
            break; /* the end: they were all read before */
        status = show_row(paper, &row);
    }
    if (status == CTL_OK && !ctl_json(paper->args))
        printf("no mistake: nothing was entered yet\n");
    if (status == CTL_OK)
        ctl_paper_print(paper);
    return status;
}

static int enter(struct ctl_paper *paper)
{
    int status = ctl_paper_report_begin(paper);
    if (status != CTL_OK)
        return status;
    status = ctl_paper_enter(paper);
    int written = ctl_paper_report_end(paper);
    return status == CTL_OK ? written : status;
}

static int work(struct ctl_paper *paper)
{
    size_t rows = 0;
    int status = read_text(paper);
    if (status == CTL_OK)
        status = check_all(paper, &rows);
    if (status != CTL_OK)
        return status;
    rd_arena_reset(&paper->row);
    return paper->args->values[OPT_DRY_RUN] != NULL ? show_all(paper) : enter(paper);
}

int ctl_submit_paper(const struct ctl_args *args)
{
    struct ctl_paper paper = {.args = args, .path = args->operands[0]};
    if (args->operands_count != 1 || args->values[OPT_REPAIRS] != NULL ||
        args->values[OPT_RECEIVED_AT] != NULL)
        return ctl_fail(CTL_USE, "--paper: expected one file; its rows say when each call came, so "
                                 "--received-at and --repairs do not go with it");
    const char *by = ctl_by(args);
    if (by == NULL)
        return CTL_USE;
    int status = ctl_feed_reading_open(args, NULL, &paper.open);
    if (status == CTL_OK) {
        paper.place = rd_rules_place(paper.open.rules);
        paper.options = (struct rd_template_options){.kind = RD_TEMPLATE_PAPER,
                                                     .feed = paper.open.reading.feed,
                                                     .zone = rd_zone_find(paper.place->timezone),
                                                     .now = ctl_now(),
                                                     .entered_by = rd_text_of(by)};
        rd_arena_init(&paper.file, rd_alloc_heap(), CTL_READING_ARENA_BYTES_MAX);
        rd_arena_init(&paper.row, rd_alloc_heap(), ROW_ARENA_BYTES_MAX);
        paper.report = json_array();
        status = paper.report == NULL ? ctl_fail(CTL_NO, "out of memory") : work(&paper);
        json_decref(paper.report);
        rd_arena_fini(&paper.row);
        rd_arena_fini(&paper.file);
    }
    ctl_feed_reading_close(&paper.open);
    return status;
}
