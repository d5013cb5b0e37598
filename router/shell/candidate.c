#include "shell/candidate.h"

#include "adapters/mllp/mapping_check.h"
#include "model/limits.h"

#include <stdio.h>

enum { DECISION_BYTES_MAX = 4 * 1024 * 1024 };

struct checking {
    const struct rd_candidate_options *options;
    struct rd_candidate *out;
    struct rd_errbuf first; /* error that was found */
};

static void on_finding(void *context, const struct rd_finding *finding)
{
    struct checking *checking = context;
    if (finding->severity == RD_SEVERITY_ERROR && checking->first.text[0] == '\0')
        (void)rd_fail(&checking->first, RD_OK, "%s:%u:%u: %.700s", finding->file, finding->line,
                      finding->column, finding->words);
    if (checking->options->found != NULL)
        checking->options->found(checking->options->context, finding);
}

static bool goes_on(struct checking *checking, enum rd_candidate_step step, size_t done,
                    size_t total)
{
    const struct rd_candidate_options *options = checking->options;
    if (options->progress != NULL && !options->progress(options->context, step, done, total))
        checking->out->stopped = true;
    return !checking->out->stopped;
}

enum rd_err rd_candidate_load(const char *directory, rd_finding_sink *sink, void *context,
                              struct rd_rules **out)
{
    enum rd_err err = rd_rules_load(directory, rd_alloc_heap(), sink, context, out);
    if (err != RD_OK || mllp_mappings_check(directory, *out, sink, context) == 0)
        return err;
    rd_rules_free(*out);
    *out = NULL;
    return RD_E_INVALID;
}

static enum rd_err load(struct checking *checking, struct rd_errbuf *why)
{
    const struct rd_candidate_options *options = checking->options;
    struct rd_candidate *out = checking->out;
    enum rd_err err = rd_candidate_load(options->directory, on_finding, checking, &out->rules);
    if (err != RD_OK)
        return rd_fail(why, err, "%.300s does not load: %.600s", options->directory,
                       checking->first.text[0] == '\0' ? rd_err_text(err) : checking->first.text);
    const struct rd_text hash = rd_rules_place(out->rules)->hash;
    if (rd_text_present(options->expected_hash) && !rd_text_equal(options->expected_hash, hash))
        return rd_fail(why, RD_E_CONFLICT,
                       "%.300s is not what was checked: found rule set %.12s, expected %.*s; check "
                       "and activate it again",
                       options->directory, hash.ptr,
                       RD_TEXT_ARG(rd_text_slice(options->expected_hash, 0, 12)));
    return RD_OK;
}

static enum rd_err run_case(const struct rd_rules *rules, const struct rd_case *one,
                            struct rd_arena *memory, struct rd_errbuf *why)
{
    struct rd_mismatch list[RD_MISMATCHES_MAX];
    struct rd_decision decision;
    rd_arena_reset(memory);
    enum rd_err err = rd_case_decide(rules, one, rd_text_of(RD_VERSION), memory, &decision);
    if (err != RD_OK)
        return rd_fail(why, err, "%.*s:%u:%u: the case \"%.*s\" cannot be decided: %s",
                       RD_TEXT_ARG(one->file), one->pos.line, one->pos.column,
                       RD_TEXT_ARG(rd_text_slice(one->name, 0, 200)), rd_err_text(err));
    if (rd_case_compare(rules, one, &decision, memory, list) == 0)
        return RD_OK;
    return rd_fail(why, RD_E_INVALID,
                   "%.*s:%u:%u: the case \"%.*s\" fails: %s: expected %.*s, found %.*s",
                   RD_TEXT_ARG(one->file), list[0].pos.line, list[0].pos.column,
                   RD_TEXT_ARG(rd_text_slice(one->name, 0, 200)), list[0].what,
                   RD_TEXT_ARG(rd_text_slice(list[0].expected, 0, 200)),
                   RD_TEXT_ARG(rd_text_slice(list[0].found, 0, 200)));
}

/* The place's own cases, all of them, as it is to be. */
static enum rd_err run_cases(struct checking *checking, struct rd_errbuf *why)
{
    const char *directory = checking->options->directory;
    const struct rd_rules *rules = checking->out->rules;
    struct rd_cases cases;
    struct rd_arena memory;
    enum rd_err err = rd_cases_read(directory, rules, on_finding, checking, &cases);
    if (err == RD_OK && rd_cases_check(rules, &cases, on_finding, checking) > 0)
        err = RD_E_INVALID;
    if (err != RD_OK)
        err = rd_fail(why, RD_E_INVALID, "the cases of %.300s: %.600s", directory,
                      checking->first.text[0] != '\0'
                          ? checking->first.text
                          : "there are none; a rule set without is not activated");
    rd_arena_init(&memory, rd_alloc_heap(), DECISION_BYTES_MAX);
    for (size_t i = 0; err == RD_OK && i < cases.count; i++) {
        if (!goes_on(checking, RD_CANDIDATE_CASES, i, cases.count))
            break;
        err = run_case(rules, &cases.list[i], &memory, why);
        checking->out->cases += err == RD_OK;
    }
    rd_cases_fini(&cases);
    rd_arena_fini(&memory);
    return err;
}

static bool on_proved(void *context, size_t done, size_t total)
{
    return goes_on(context, RD_CANDIDATE_PROOF, done, total);
}

static enum rd_err prove(struct checking *checking, struct rd_errbuf *why)
{
    struct rd_proof *proof = &checking->out->proof;
    const struct rd_prove_options options = {.from = checking->options->from,
                                             .alloc = rd_alloc_heap(),
                                             .progress = on_proved,
                                             .context = checking};
    enum rd_err err = rd_rules_prove(checking->out->rules, &options, proof);
    if (err != RD_OK)
        return rd_fail(why, err, "the proof ended: %s; see: referralctl rules prove",
                       rd_err_text(err));
    if (proof->answer == RD_PROOF_HOLDS || proof->answer == RD_PROOF_STOPPED)
        return RD_OK;
    return rd_fail(why, RD_E_INVALID, "%s: %.900s",
                   proof->answer == RD_PROOF_FAILS ? "not proved" : "undecided",
                   proof->counter_example);
}

/* Its files, when they are what was loaded. */
static enum rd_err read_files(struct checking *checking, struct rd_errbuf *why)
{
    const char *directory = checking->options->directory;
    struct rd_place_files *files = &checking->out->files;
    char hex[RD_PLACE_HASH_TEXT_MAX];
    enum rd_err err = rd_place_files_read(directory, RD_RULESET_BYTES_MAX, files, why);
    if (err == RD_OK && rd_place_files_hash(files, hex) != RD_OK)
        err = rd_fail(why, RD_E_BUG, "libsodium does not start");
    if (err == RD_OK && !rd_text_is(rd_rules_place(checking->out->rules)->hash, hex))
        err =
            rd_fail(why, RD_E_CONFLICT, "%.300s changed while it was read; do it again", directory);
    return err;
}

enum rd_err rd_candidate_check(const struct rd_candidate_options *options, struct rd_candidate *out,
                               struct rd_errbuf *why)
{
    static enum rd_err (*const steps[])(struct checking *,
                                        struct rd_errbuf *) = {[RD_CANDIDATE_READING] = load,
                                                               [RD_CANDIDATE_CASES] = run_cases,
                                                               [RD_CANDIDATE_PROOF] = prove,
                                                               [RD_CANDIDATE_FILES] = read_files};
    struct checking checking = {.options = options, .out = out};
    enum rd_err err = RD_OK;
    *out = (struct rd_candidate){.rules = NULL};
    for (enum rd_candidate_step step = RD_CANDIDATE_READING;
         err == RD_OK && step <= RD_CANDIDATE_FILES; step++) {
        if (options->shadow && (step == RD_CANDIDATE_CASES || step == RD_CANDIDATE_PROOF))
            continue;
        if (!goes_on(&checking, step, 0, 0))
            break;
        err = steps[step](&checking, why);
    }
    if (err == RD_OK && out->stopped)
        err = rd_fail(why, RD_E_BUSY, "the check was stopped");
    return err;
}

void rd_candidate_fini(struct rd_candidate *candidate)
{
    rd_rules_free(candidate->rules);
    candidate->rules = NULL;
    rd_place_files_fini(&candidate->files);
}
