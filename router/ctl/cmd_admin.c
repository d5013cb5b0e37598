#include "ctl/client.h"

#include "shell/router.h"
#include "shell/state_dir.h"

static int admin(const struct ctl_args *args, enum rd_admin_kind kind)
{
    struct ctl_client client;
    const char *by = ctl_by(args);
    if (by == NULL)
        return CTL_USE;
    int status = ctl_client_open(&client, args, CTL_CONTROL);
    if (status != CTL_OK)
        return status;
    struct rd_admin ask = {.correlation = ctl_client_correlation(&client),
                           .kind = kind,
                           .by = rd_text_of(by),
                           .approved_by = rd_text_of(args->values[OPT_APPROVED_BY])};
    struct rd_message message = {.admin = &ask};
    status = ctl_client_ask(&client, &message, ask.correlation);
    if (status == CTL_OK && client.answer.admin_result != NULL)
        printf("%.*s\n", RD_TEXT_ARG(client.answer.admin_result->words));
    ctl_client_close(&client);
    return status;
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
