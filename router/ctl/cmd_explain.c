#include "ctl/again.h"
#include "ctl/client.h"

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

int ctl_explain(const struct ctl_args *args)
{
    if (args->values[OPT_AS_OF] != NULL)
        return ctl_explain_as_of(args);
    return ctl_query(args, RD_QUERY_EXPLAIN, args->operands[0], show_explained);
}

static int show_traced(const struct ctl_args *args, const struct rd_query_result *result)
{
    if (ctl_json(args)) {
        ctl_show_json(&rd_query_result_shape, result);
        return CTL_OK;
    }
    for (size_t i = 0; i < result->entries_count; i++)
        ctl_show_entry(&result->entries[i]);
    if (result->entries_count == 0)
        puts("nothing is recorded under that reference");
    return CTL_OK;
}

int ctl_trace(const struct ctl_args *args)
{
    return ctl_query(args, RD_QUERY_TRACE, args->operands[0], show_traced);
}
