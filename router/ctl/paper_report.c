/* What became of each sheet: said on the terminal, and written beside the file for whoever puts the
 * sheets away. Nothing of a person: sheets are found by their numbers. */
#include "ctl/paper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096 };

void ctl_paper_set_text(json_t *row, const char *name, struct rd_text value)
{
    if (row != NULL && rd_text_present(value)) /* without memory the report lacks it, no more */
        (void)json_object_set_new(row, name, json_stringn_nocheck(value.ptr, value.len));
}

void ctl_paper_set_time(const struct ctl_paper *paper, json_t *row, const char *name, rd_instant at)
{
    char text[RD_ZONE_TEXT_MAX];
    if (at != 0)
        ctl_paper_set_text(row, name, rd_text_of(rd_zone_format(paper->options.zone, at, text)));
}

void ctl_paper_todo(json_t *row, struct rd_text words)
{
    json_t *list = json_object_get(row, "to-do");
    if (list == NULL) {
        list = json_array();
        (void)json_object_set_new(row, "to-do", list);
    }
    (void)json_array_append_new(list, json_stringn_nocheck(words.ptr, words.len));
}

json_t *ctl_paper_row(struct ctl_paper *paper, const struct rd_template_row *row,
                      const char *outcome)
{
    json_t *made = json_object();
    (void)json_array_append_new(paper->report, made);
    (void)json_object_set_new(made, "row", json_integer(row->row));
    ctl_paper_set_text(made, "sheet", row->reference);
    ctl_paper_set_text(made, "outcome", rd_text_of(outcome));
    ctl_paper_set_time(paper, made, "taken-at", row->paper.received);
    ctl_paper_set_text(made, "taken-by", row->paper.taken_by);
    ctl_paper_set_time(paper, made, "entered-at", paper->options.now);
    ctl_paper_set_text(made, "entered-by", paper->options.entered_by);
    return made;
}

static const char *word(const json_t *row, const char *name)
{
    const char *found = json_string_value(json_object_get(row, name));
    return found == NULL ? "" : found;
}

void ctl_paper_say(const struct ctl_paper *paper, const json_t *row)
{
    const json_t *clock, *todo;
    size_t i;
    if (ctl_json(paper->args))
        return;
    printf("sheet %s (row %d): %s%s%s", word(row, "sheet"),
           (int)json_integer_value(json_object_get(row, "row")), word(row, "outcome"),
           *word(row, "reference") != '\0' ? ", " : "", word(row, "reference"));
    printf(", taken %s by %s", word(row, "taken-at"), word(row, "taken-by"));
    if (*word(row, "team") != '\0')
        printf(", with %s", word(row, "team"));
    puts("");
    json_array_foreach(json_object_get(row, "clocks"), i, clock)
        printf("    %s: from %s, due %s, %s\n", word(clock, "clock"), word(clock, "from"),
               word(clock, "due"), word(clock, "state"));
    if (*word(row, "seen-at") != '\0')
        printf("    seen %s\n", word(row, "seen-at"));
    json_array_foreach(json_object_get(row, "to-do"), i, todo)
        printf("    %s%s%s\n", json_string_value(todo),
               *word(row, "team-telephone") != '\0' ? ": " : "", word(row, "team-telephone"));
}

void ctl_paper_print(const struct ctl_paper *paper)
{
    if (!ctl_json(paper->args))
        return;
    (void)json_dumpf(paper->report, stdout, JSON_INDENT(2)); /* a broken pipe shows itself */
    puts("");
}

/* FILE.csv -> FILE.report.csv, or what --out says; `suffix` behind it. */
static void report_path(const struct ctl_paper *paper, const char *suffix, char out[PATH_BYTES_MAX])
{
    size_t len = strlen(paper->path);
    if (len > 4 && strcmp(paper->path + len - 4, ".csv") == 0)
        len -= 4;
    if (paper->args->values[OPT_OUT] != NULL)
        (void)snprintf(out, PATH_BYTES_MAX, "%s%s", paper->args->values[OPT_OUT], suffix);
    else
        (void)snprintf(out, PATH_BYTES_MAX, "%.*s.report.csv%s", (int)len, paper->path, suffix);
}

int ctl_paper_report_begin(const struct ctl_paper *paper)
{
    char path[PATH_BYTES_MAX];
    report_path(paper, ".new", path);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return ctl_fail(CTL_NO,
                        "%s: %s: the report goes there; nothing was entered. Name another place "
                        "with --out",
                        path, strerror(errno));
    (void)close(file); /* empty so far */
    return CTL_OK;
}

/* Quoted; what a spreadsheet would take for a formula is text. */
static void put_cell(struct rd_buf *out, const char *text, bool last)
{
    rd_buf_put_string(out, "\"");
    if (strchr("=+-@", text[0]) != NULL && text[0] != '\0')
        rd_buf_put_string(out, "'");
    for (; *text != '\0'; text++) {
        rd_buf_put(out, text, 1);
        if (*text == '"')
            rd_buf_put_string(out, "\"");
    }
    rd_buf_put_string(out, last ? "\"\r\n" : "\",");
}

static void put_row(struct rd_buf *out, const json_t *row)
{
    static const char *const names[] = {"sheet",          "outcome",  "reference", "team",
                                        "team-telephone", "taken-at", "taken-by",  "entered-at",
                                        "entered-by",     "seen-at"};
    const json_t *clock, *todo;
    size_t i;
    struct rd_buf joined;
    rd_buf_printf(out, "%d,", (int)json_integer_value(json_object_get(row, "row")));
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        put_cell(out, word(row, names[k]), false);
    rd_buf_init(&joined, rd_alloc_heap());
    json_array_foreach(json_object_get(row, "clocks"), i, clock)
        rd_buf_printf(&joined, "%s%s due %s, %s", i == 0 ? "" : "; ", word(clock, "clock"),
                      word(clock, "due"), word(clock, "state"));
    rd_buf_put(&joined, "", 1);
    put_cell(out, joined.failed ? "" : (const char *)joined.bytes, false);
    rd_buf_clear(&joined);
    json_array_foreach(json_object_get(row, "to-do"), i, todo)
        rd_buf_printf(&joined, "%s%s", i == 0 ? "" : "; ", json_string_value(todo));
    rd_buf_put(&joined, "", 1);
    put_cell(out, joined.failed ? "" : (const char *)joined.bytes, true);
    out->failed = out->failed || joined.failed;
    rd_buf_fini(&joined);
}

static bool write_file(const char *path, struct rd_text text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = file >= 0;
    while (good && text.len > 0) {
        ssize_t wrote = write(file, text.ptr, text.len);
        good = wrote > 0 || (wrote < 0 && errno == EINTR);
        if (wrote > 0)
            text = rd_text_slice(text, (size_t)wrote, text.len);
    }
    good = good && fsync(file) == 0;
    if (file >= 0 && close(file) != 0)
        good = false;
    return good;
}

int ctl_paper_report_end(const struct ctl_paper *paper)
{
    char path[PATH_BYTES_MAX], fresh[PATH_BYTES_MAX];
    struct rd_buf out;
    const json_t *row;
    size_t i;
    report_path(paper, "", path);
    report_path(paper, ".new", fresh);
    rd_buf_init(&out, rd_alloc_heap());
    rd_buf_put_string(&out, "Row,Sheet number,Outcome,Our reference,Team,Team telephone,Taken at,"
                            "Taken by,Entered at,Entered by,Seen at,Clocks,To do\r\n");
    json_array_foreach(paper->report, i, row) put_row(&out, row);
    bool good = !out.failed && write_file(fresh, rd_buf_text(&out)) && rename(fresh, path) == 0;
    rd_buf_fini(&out);
    if (!good)
        return ctl_fail(CTL_NO, "%s: %s: the report could not be written; what is above is entered",
                        path, strerror(errno));
    if (!ctl_json(paper->args))
        printf("report: %s\n", path);
    ctl_paper_print(paper);
    return CTL_OK;
}
