/* rules diff OLD NEW: which referrals would have gone elsewhere. OLD and NEW: a place directory,
 * in-force, or the beginning of a hash that the ledger keeps. */
#include "ctl/again.h"
#include "ctl/diff.h"
#include "ctl/rules_common.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { WEEKS_DEFAULT = 4, WEEKS_MAX = 520 };

static bool is_directory(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int load_side(const struct ctl_args *args, const char *name, struct rd_rules **out)
{
    struct ctl_history history;
    if (is_directory(name))
        return ctl_load_rules(name, out);
    int status = ctl_history_open(args, &history);
    if (status != CTL_OK)
        return ctl_fail(CTL_NO, "%s is no directory, and the ledger cannot be asked for a rule set",
                        name);
    status = ctl_history_rules(&history, rd_text_of(name), out);
    ctl_history_close(&history);
    return status;
}

static int write_file(const char *path, const struct rd_buf *bytes)
{
    if (bytes->failed)
        return ctl_fail(CTL_NO, "%s: no memory", path);
    FILE *file = fopen(path, "w");
    bool written = file != NULL && fwrite(bytes->bytes, bytes->len, 1, file) == 1;
    if (file == NULL || fclose(file) != 0 || !written)
        return ctl_fail(CTL_NO, "%s: cannot be written: %s", path, strerror(errno));
    return CTL_OK;
}

static int write_as(const struct diff_report *report, const char *path,
                    void (*write)(const struct diff_report *report, struct rd_buf *out))
{
    struct rd_buf bytes;
    if (path == NULL)
        return CTL_OK;
    rd_buf_init(&bytes, rd_alloc_heap());
    write(report, &bytes);
    int status = write_file(path, &bytes);
    rd_buf_fini(&bytes);
    return status;
}

static int show(const struct ctl_args *args, const struct diff_report *report)
{
    int status = write_as(report, args->values[OPT_HTML], diff_write_html);
    if (status == CTL_OK)
        status = write_as(report, args->values[OPT_CSV], diff_write_csv);
    if (status != CTL_OK)
        return status;
    if (ctl_json(args))
        return diff_print_json(report);
    diff_print(report);
    return CTL_OK;
}

static int compare(const struct ctl_args *args, const struct rd_rules *old_rules,
                   const struct rd_rules *new_rules)
{
    struct diff_report report;
    const char *by = args->values[OPT_BY] != NULL ? args->values[OPT_BY] : getenv("REFERRALD_BY");
    int64_t weeks = WEEKS_DEFAULT;
    const char *given = args->values[OPT_WEEKS];
    if (given != NULL &&
        (!rd_text_to_i64(rd_text_of(given), &weeks) || weeks < 1 || weeks > WEEKS_MAX))
        return ctl_fail(CTL_USE, "--weeks %s: expected a whole number from 1 to %d", given,
                        WEEKS_MAX);
    if (given != NULL && args->values[OPT_FILE] != NULL)
        return ctl_fail(CTL_USE, "--weeks reads the ledger, --file a file: give one of them");
    diff_init(&report, old_rules, new_rules);
    report.old_name = rd_text_of(args->operands[0]);
    report.new_name = rd_text_of(args->operands[1]);
    report.by = rd_text_of(by);
    int status = args->values[OPT_FILE] != NULL ? diff_read_cases(&report, args->values[OPT_FILE])
                                                : diff_read_ledger(&report, args, (unsigned)weeks);
    if (status == CTL_OK) {
        diff_finish(&report);
        status = show(args, &report);
    }
    diff_fini(&report);
    return status;
}

/* What the shadow would have done, from its notes. */
static int report_shadow(const struct ctl_args *args)
{
    char candidate[4096];
    struct diff_report report;
    struct rd_rules *live = NULL, *shadow = NULL;
    const char *by = args->values[OPT_BY] != NULL ? args->values[OPT_BY] : getenv("REFERRALD_BY");
    snprintf(candidate, sizeof candidate, "%s/shadow/candidate", ctl_state(args));
    if (!is_directory(candidate))
        return ctl_fail(CTL_NO, "no shadow decides here; start one with: referralctl rules shadow "
                                "DIR");
    int status = load_side(args, "in-force", &live);
    if (status == CTL_OK)
        status = ctl_load_rules(candidate, &shadow);
    if (status == CTL_OK) {
        diff_init(&report, live, shadow);
        report.old_name = RD_TEXT("in-force");
        report.new_name = RD_TEXT("the shadow");
        report.by = rd_text_of(by);
        status = diff_read_shadow(&report, args);
        if (status == CTL_OK) {
            diff_finish(&report);
            status = show(args, &report);
        }
        diff_fini(&report);
    }
    rd_rules_free(live);
    rd_rules_free(shadow);
    return status;
}

int ctl_rules_shadow(const struct ctl_args *args)
{
    if (strcmp(args->operands[0], "report") == 0)
        return report_shadow(args);
    return ctl_send_shadow(args, strcmp(args->operands[0], "off") == 0 ? NULL : args->operands[0]);
}

int ctl_rules_diff(const struct ctl_args *args)
{
    struct rd_rules *old_rules = NULL, *new_rules = NULL;
    int status = load_side(args, args->operands[0], &old_rules);
    if (status == CTL_OK)
        status = load_side(args, args->operands[1], &new_rules);
    if (status == CTL_OK)
        status = compare(args, old_rules, new_rules);
    rd_rules_free(old_rules);
    rd_rules_free(new_rules);
    return status;
}
