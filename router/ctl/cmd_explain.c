#include "ctl/again.h"
#include "ctl/client.h"
#include "ctl/rules_common.h"

enum { CASE_BYTES_MAX = 8 * 1024 * 1024 };

static int show_explained(const struct ctl_args *args, const struct rd_query_result *result)
{
    if (result->decision == NULL)
        return ctl_fail(CTL_NO, "%s has no decision; see referralctl trace %s", args->operands[0],
                        args->operands[0]);
    if (args->values[OPT_WHY_NOT] != NULL)
        return ctl_why_not(args, result->decision);
    if (ctl_json(args)) {
        ctl_show_json(&rd_decision_shape, result->decision);
        return CTL_OK;
    }
    ctl_show_decision(result->decision);
    if (result->rows_count > 0)
        puts("\nNow");
    if (result->rows_count > 0)
        ctl_show_rows(result->rows, result->rows_count);
    return CTL_OK;
}

/* A referral that nobody has sent: what would become of it, and why. */
static int explain_case(const struct ctl_args *args, const struct rd_rules *rules,
                        const struct rd_case *one, struct rd_arena *memory)
{
    struct rd_decision decision;
    if (rd_case_decide(rules, one, RD_TEXT(RD_VERSION), memory, &decision) != RD_OK)
        return ctl_fail(CTL_NO, "%.*s:%u: too big to decide", RD_TEXT_ARG(one->file),
                        one->pos.line);
    if (ctl_json(args)) {
        ctl_show_json(&rd_decision_shape, &decision);
        return CTL_OK;
    }
    printf("%.*s\n\n", RD_TEXT_ARG(one->name));
    if (args->values[OPT_WHY_NOT] != NULL)
        return ctl_why_not_by(args, rules, &decision);
    ctl_show_decision(&decision);
    return CTL_OK;
}

int ctl_place_or_kept(const struct ctl_args *args, struct rd_rules **rules)
{
    struct ctl_history history;
    if (args->values[OPT_PLACE] != NULL)
        return ctl_load_rules(args->values[OPT_PLACE], rules);
    int status = ctl_history_open(args, &history);
    if (status != CTL_OK)
        return status;
    status = ctl_history_rules(&history, RD_TEXT("in-force"), rules);
    ctl_history_close(&history);
    return status;
}

/* By the rules of --place, else by those in force. */
static int explain_file(const struct ctl_args *args)
{
    struct rd_rules *rules = NULL;
    struct rd_cases cases;
    struct rd_arena memory;
    int status = ctl_place_or_kept(args, &rules);
    if (status == CTL_OK)
        status = ctl_read_cases(args->values[OPT_FILE], rules, true, &cases);
    if (status != CTL_OK) {
        rd_rules_free(rules);
        return status;
    }
    rd_arena_init(&memory, rd_alloc_heap(), CASE_BYTES_MAX);
    for (size_t i = 0; i < cases.count && status == CTL_OK; i++) {
        if (i > 0 && !ctl_json(args))
            puts("\n----");
        status = explain_case(args, rules, &cases.list[i], &memory);
        rd_arena_reset(&memory);
    }
    rd_arena_fini(&memory);
    rd_cases_fini(&cases);
    rd_rules_free(rules);
    return status;
}

int ctl_explain(const struct ctl_args *args)
{
    if (args->values[OPT_FILE] != NULL)
        return args->operands_count == 0
                   ? explain_file(args)
                   : ctl_fail(CTL_USE, "explain: an ID or --file FILE, not both");
    if (args->operands_count == 0)
        return ctl_fail(CTL_USE, "explain: which referral? an ID, or --file FILE with cases");
    if (args->values[OPT_AS_OF] != NULL)
        return ctl_explain_as_of(args);
    return ctl_query(args, RD_QUERY_EXPLAIN, args->operands[0], show_explained);
}

static bool has_answer(const struct rd_query_result *result, uint64_t received)
{
    for (size_t i = 0; i < result->entries_count; i++)
        if (result->entries[i].answered != NULL &&
            result->entries[i].answered->received == received)
            return true;
    return false;
}

static int show_traced(const struct ctl_args *args, const struct rd_query_result *result)
{
    if (ctl_json(args)) {
        ctl_show_json(&rd_query_result_shape, result);
        return CTL_OK;
    }
    for (size_t i = 0; i < result->entries_count; i++) {
        const struct rd_entry *entry = &result->entries[i];
        ctl_show_entry(entry);
        if (entry->received != NULL && !has_answer(result, entry->number))
            puts("                            what its sender was told is not known");
    }
    if (result->entries_count == 0)
        puts("nothing is recorded under that reference");
    return CTL_OK;
}

int ctl_trace(const struct ctl_args *args)
{
    return ctl_query(args, RD_QUERY_TRACE, args->operands[0], show_traced);
}
