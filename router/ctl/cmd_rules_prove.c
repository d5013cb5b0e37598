/* rules check, rules prove: what is wrong with a place before it is used. Need no router. */
#include "ctl/rules_common.h"

#include "rules/prove/prove.h"
#include "shell/candidate.h"

#include <time.h>

enum { PROGRESS_AFTER_S = 2 };

/* Findings as JSON, or as lines. */
struct checking {
    struct ctl_findings lines;
    json_t *list; /* NULL: lines */
};

static void on_finding(void *context, const struct rd_finding *finding)
{
    struct checking *checking = context;
    if (checking->list == NULL) {
        ctl_print_finding(&checking->lines, finding);
        return;
    }
    if (finding->severity == RD_SEVERITY_ERROR)
        checking->lines.errors++;
    else
        checking->lines.others++;
    json_array_append_new(checking->list,
                          json_pack("{s:s, s:s, s:i, s:i, s:s}", "severity",
                                    rd_enum_name(&rd_severity_names, (int)finding->severity),
                                    "file", finding->file, "line", (int)finding->line, "column",
                                    (int)finding->column, "words", finding->words));
}

static int print_checked(const struct rd_rules *rules, struct checking *checking)
{
    const struct rd_place *place = rules == NULL ? NULL : rd_rules_place(rules);
    json_t *made = json_pack("{s:b, s:o, s:I, s:I, s:o}", "loads", rules != NULL, "rules_hash",
                             place == NULL ? json_null() : ctl_json_text(place->hash), "errors",
                             (json_int_t)checking->lines.errors, "remarks",
                             (json_int_t)checking->lines.others, "findings", checking->list);
    int status = ctl_print_json(made);
    return status == CTL_OK && rules == NULL ? CTL_NO : status;
}

int ctl_rules_check(const struct ctl_args *args)
{
    struct rd_rules *rules = NULL;
    const char *directory = args->operands[0];
    struct checking checking = {.lines = {.folder = directory, .out = stdout},
                                .list = ctl_json(args) ? json_array() : NULL};
    enum rd_err err = rd_candidate_load(directory, on_finding, &checking, &rules);
    int status = CTL_OK;
    if (checking.list != NULL)
        status = print_checked(err == RD_OK ? rules : NULL, &checking);
    else if (err != RD_OK)
        status = ctl_fail(CTL_NO, "%s: %s: %zu errors; mend what is named above", directory,
                          rd_err_text(err), checking.lines.errors);
    else
        printf("%.*s: %zu teams, %zu feeds, %zu policies, %zu remarks: in order, rule set %.*s\n",
               RD_TEXT_ARG(rd_rules_place(rules)->name), rd_rules_place(rules)->teams_count,
               rd_rules_place(rules)->feeds_count, rd_rules_place(rules)->policies_count,
               checking.lines.others, RD_TEXT_ARG(rd_rules_place(rules)->hash));
    rd_rules_free(rules);
    return status;
}

struct progress {
    struct timespec start;
    double said; /* seconds after the start; 0: nothing yet */
};

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static bool on_progress(void *context, size_t done, size_t total)
{
    struct progress *progress = context;
    double now = seconds_since(&progress->start);
    if (now < PROGRESS_AFTER_S || now < progress->said + 1)
        return true;
    progress->said = now;
    fprintf(stderr, "referralctl: proved for %zu of %zu rules of triage, %.0f s\n", done, total,
            now);
    return true;
}

static int print_proof(const struct ctl_args *args, const struct rd_proof *proof, double seconds)
{
    static const char *const answers[] = {[RD_PROOF_HOLDS] = "holds",
                                          [RD_PROOF_FAILS] = "fails",
                                          [RD_PROOF_UNDECIDED] = "undecided",
                                          [RD_PROOF_STOPPED] = "stopped"};
    char from[RD_INSTANT_TEXT_MAX], until[RD_INSTANT_TEXT_MAX];
    bool holds = proof->answer == RD_PROOF_HOLDS;
    rd_instant_format(proof->from, from);
    rd_instant_format(proof->until, until);
    if (ctl_json(args)) {
        int status = ctl_print_json(json_pack(
            "{s:s, s:s?, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "answer",
            answers[proof->answer], "counter_example", holds ? NULL : proof->counter_example,
            "from", from, "until", until, "postcodes", (json_int_t)proof->postcodes, "locations",
            (json_int_t)proof->locations, "cells", (json_int_t)proof->cells, "hours",
            (json_int_t)proof->hours, "intervals", (json_int_t)proof->intervals, "decisions",
            (json_int_t)proof->decisions, "seconds", seconds));
        return status == CTL_OK && !holds ? CTL_NO : status;
    }
    if (!holds)
        printf("%s: %s\n", proof->answer == RD_PROOF_FAILS ? "not proved" : "undecided",
               proof->counter_example);
    printf("%s: %zu postcodes (%zu outcomes), %zu cells of people, %zu intervals from %.10s to "
           "%.10s (%zu kinds of hour), %zu decisions, %.1f s\n",
           holds ? "proved: everybody reaches one team that takes them, or the desk for a reason, "
                   "with a clock"
                 : "looked at so far",
           proof->postcodes, proof->locations, proof->cells, proof->intervals, from, until,
           proof->hours, proof->decisions, seconds);
    return holds ? CTL_OK : CTL_NO;
}

int ctl_rules_prove(const struct ctl_args *args)
{
    struct rd_rules *rules = NULL;
    struct rd_proof proof;
    struct progress progress = {.said = 0};
    rd_instant from = ctl_now();
    const char *at = args->values[OPT_AT];
    if (at != NULL && !ctl_parse_when(at, ctl_now(), &from))
        return ctl_fail(CTL_USE, "--at %s is no time; expected 2026-11-21T09:00:00Z, now or +90m",
                        at);
    int status = ctl_load_rules(args->operands[0], &rules);
    if (status != CTL_OK)
        return status;
    (void)clock_gettime(CLOCK_MONOTONIC, &progress.start);
    const struct rd_prove_options options = {
        .from = from, .alloc = rd_alloc_heap(), .progress = on_progress, .context = &progress};
    enum rd_err err = rd_rules_prove(rules, &options, &proof);
    rd_rules_free(rules);
    if (err != RD_OK)
        return ctl_fail(CTL_NO, "%s: the proof ended: %s", args->operands[0], rd_err_text(err));
    return print_proof(args, &proof, seconds_since(&progress.start));
}
