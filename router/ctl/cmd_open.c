/* Opening a record or a quarantined item, and the list of those. */
#include "ctl/client.h"

#include <inttypes.h>

static int open_target(const struct ctl_args *args, const char *purpose)
{
    struct ctl_client client;
    const char *by = ctl_by(args);
    if (by == NULL)
        return CTL_USE;
    int status = ctl_client_open(&client, args, CTL_CONTROL);
    if (status != CTL_OK)
        return status;
    struct rd_open open = {.correlation = ctl_client_correlation(&client),
                           .target = rd_text_of(args->operands[0]),
                           .by = rd_text_of(by),
                           .purpose = rd_text_of(purpose)};
    struct rd_message message = {.open = &open};
    status = ctl_client_ask(&client, &message, open.correlation);
    if (status == CTL_OK && client.answer.opened == NULL)
        status = ctl_fail(CTL_NO, "the router gave another answer than was asked");
    if (status == CTL_OK)
        ctl_show_json(&rd_opened_shape, client.answer.opened);
    ctl_client_close(&client);
    return status;
}

int ctl_open(const struct ctl_args *args)
{
    return open_target(args, args->values[OPT_PURPOSE]);
}

int ctl_quarantine_show(const struct ctl_args *args)
{
    const char *purpose = args->values[OPT_PURPOSE];
    return open_target(args, purpose != NULL ? purpose : "quarantine");
}

static int show_quarantined(const struct ctl_args *args, const struct rd_query_result *result)
{
    char time[32];
    char due[48];
    if (ctl_json(args)) {
        ctl_show_json(&rd_query_result_shape, result);
        return CTL_OK;
    }
    if (result->quarantined_count == 0)
        puts("nothing is in quarantine");
    for (size_t i = 0; i < result->quarantined_count; i++) {
        const struct rd_quarantine_state *item = &result->quarantined[i];
        printf("Q%-8" PRIu64 " %-22.*s received %s, due %s: %.*s: %.*s\n", item->entry,
               RD_TEXT_ARG(item->feed), ctl_time(item->received, time),
               ctl_relative(item->due, ctl_now(), due), RD_TEXT_ARG(item->code),
               RD_TEXT_ARG(item->words));
    }
    return CTL_OK;
}

int ctl_quarantine_ls(const struct ctl_args *args)
{
    return ctl_query(args, RD_QUERY_QUARANTINE, NULL, show_quarantined);
}
