#include "ctl/rules_common.h"

#include "shell/candidate.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void ctl_print_finding(void *context, const struct rd_finding *finding)
{
    struct ctl_findings *findings = context;
    if (finding->severity == RD_SEVERITY_ERROR)
        findings->errors++;
    else
        findings->others++;
    if (finding->severity != RD_SEVERITY_ERROR && findings->errors_only)
        return;
    fprintf(findings->out, "%s%s%s:%u:%u: %s: %s\n", findings->folder,
            findings->folder[0] == '\0' ? "" : "/", finding->file, finding->line, finding->column,
            rd_enum_name(&rd_severity_names, (int)finding->severity), finding->words);
}

int ctl_load_rules(const char *directory, struct rd_rules **out)
{
    struct ctl_findings findings = {.folder = directory, .out = stderr, .errors_only = true};
    enum rd_err err = rd_candidate_load(directory, ctl_print_finding, &findings, out);
    if (err == RD_OK)
        return CTL_OK;
    return ctl_fail(CTL_NO, "%s: %s; mend what is named above, then: referralctl rules check %s",
                    directory, err == RD_E_IO ? "cannot be read" : "does not load", directory);
}

int ctl_read_cases(const char *path, const struct rd_rules *rules, bool names, struct rd_cases *out)
{
    size_t len = strlen(path);
    bool file = len > 5 && strcmp(path + len - 5, ".yaml") == 0;
    struct ctl_findings findings = {.folder = file ? "" : path, .out = stderr};
    enum rd_err err = rd_cases_read(path, rules, ctl_print_finding, &findings, out);
    if (err == RD_OK && names && rd_cases_check(rules, out, ctl_print_finding, &findings) > 0)
        err = RD_E_INVALID;
    if (err == RD_OK)
        return CTL_OK;
    rd_cases_fini(out);
    if (err == RD_E_INVALID)
        return ctl_fail(CTL_NO, "%s: %zu mistakes in the cases; mend what is named above", path,
                        findings.errors);
    if (err == RD_E_IO)
        return ctl_fail(CTL_NO,
                        "%s: there are no cases; write %s%s as rules/places/redbridge/cases does",
                        path, path, file ? "" : "/cases/NAME.yaml");
    return ctl_fail(CTL_NO, "%s: %s", path, rd_err_text(err));
}

size_t ctl_columns(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    int64_t given = 0;
    if (columns != NULL && rd_text_to_i64(rd_text_of(columns), &given) && given >= 40 &&
        given <= 400)
        return (size_t)given;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col < 400 ? size.ws_col : 400;
    return 100;
}

json_t *ctl_json_text(struct rd_text text)
{
    return rd_text_present(text) ? json_stringn(text.ptr, text.len) : json_null();
}

int ctl_print_json(json_t *made)
{
    char *text = made == NULL ? NULL : json_dumps(made, JSON_INDENT(2));
    json_decref(made);
    if (text == NULL)
        return ctl_fail(CTL_NO, "no memory for the answer");
    puts(text);
    free(text);
    return CTL_OK;
}
