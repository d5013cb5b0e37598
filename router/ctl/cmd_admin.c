#include "ctl/client.h"

#include "shell/router.h"
#include "shell/state_dir.h"

/* Nobody waits for it any more: it is not to come into force behind their back. */
static int take_back(struct ctl_client *client, const struct rd_admin *asked)
{
    struct rd_admin ask = {.kind = RD_ADMIN_RULES_WITHDRAW,
                           .correlation = ctl_client_correlation(client),
                           .by = asked->by,
                           .reason = RD_TEXT("interrupted by whoever asked for it")};
    struct rd_message message = {.admin = &ask};
    int status = ctl_client_ask(client, &message, ask.correlation);
    if (status != CTL_OK || client->answer.admin_result == NULL)
        return ctl_fail(CTL_NO, "interrupted, and it cannot be said what became of it: see "
                                "referralctl status");
    return ctl_fail(CTL_NO, "interrupted: %.*s", RD_TEXT_ARG(client->answer.admin_result->words));
}

int ctl_send_admin(const struct ctl_args *args, struct rd_admin *ask)
{
    struct ctl_client client;
    int status = ctl_client_open(&client, args, CTL_CONTROL);
    if (status != CTL_OK)
        return status;
    ask->correlation = ctl_client_correlation(&client);
    struct rd_message message = {.admin = ask};
    status = ctl_client_ask_long(&client, &message, ask->correlation);
    if (status == CTL_STOPPED)
        status = take_back(&client, ask);
    else if (status == CTL_OK && client.answer.admin_result != NULL)
        printf("%.*s\n", RD_TEXT_ARG(client.answer.admin_result->words));
    ctl_client_close(&client);
    return status;
}

static int admin(const struct ctl_args *args, enum rd_admin_kind kind)
{
    const char *by = ctl_by(args);
    struct rd_admin ask = {.kind = kind,
                           .by = rd_text_of(by),
                           .approved_by = rd_text_of(args->values[OPT_APPROVED_BY])};
    return by == NULL ? CTL_USE : ctl_send_admin(args, &ask);
}

int ctl_clock_accept(const struct ctl_args *args)
{
    return admin(args, RD_ADMIN_CLOCK_ACCEPT);
}

int ctl_drain(const struct ctl_args *args)
{
    return admin(args, RD_ADMIN_DRAIN);
}

int ctl_reload(const struct ctl_args *args)
{
    return admin(args, RD_ADMIN_RELOAD);
}

int ctl_config_check(const struct ctl_args *args)
{
    const char *place = ctl_place(args);
    if (place == NULL)
        return CTL_USE;
    struct rd_options options = {
        .place = place, .state = ctl_state(args), .ops = "127.0.0.1:8080", .check = true};
    return rd_router_check(&options) == 0 ? CTL_OK : CTL_NO;
}
