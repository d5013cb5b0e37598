#include "ctl/client.h"

#include "model/limits.h"

static int show_list(const struct ctl_args *args, const struct rd_query_result *result)
{
    if (ctl_json(args))
        ctl_show_json(&rd_query_result_shape, result);
    else
        ctl_show_rows(result->rows, result->rows_count);
    return CTL_OK;
}

static int show_first(const struct ctl_args *args, const struct rd_query_result *result)
{
    (void)args; /* a row in full has one form */
    if (result->rows_count == 0) {
        puts("the list is empty");
        return CTL_NO;
    }
    ctl_show_json(&rd_row_shape, &result->rows[0]);
    return CTL_OK;
}

int ctl_queue_ls(const struct ctl_args *args)
{
    return ctl_query(args, RD_QUERY_QUEUE, args->operands[0], show_list);
}

int ctl_queue_peek(const struct ctl_args *args)
{
    return ctl_query(args, RD_QUERY_QUEUE, args->operands[0], show_first);
}

int ctl_desk_ls(const struct ctl_args *args)
{
    const char *desk = args->values[OPT_TEAM] != NULL ? args->values[OPT_TEAM] : "desk";
    return ctl_query(args, RD_QUERY_QUEUE, desk, show_list);
}

static void acknowledge(struct ctl_client *client, struct rd_text queue, uint64_t incarnation,
                        uint64_t change)
{
    struct rd_ack ack = {.queue = queue,
                         .incarnation = incarnation,
                         .change = change,
                         .credit = RD_WATCH_CREDIT_MAX};
    struct rd_message message = {.ack = &ack};
    if (ctl_client_send(client, &message) != CTL_OK)
        ctl_fail(CTL_AWAY, "an acknowledgement could not be sent: the router is away");
}

static void acknowledge_handout(struct ctl_client *client, uint64_t token)
{
    struct rd_handout_ack ack = {.token = token};
    struct rd_message message = {.handout_ack = &ack};
    if (ctl_client_send(client, &message) != CTL_OK)
        ctl_fail(CTL_AWAY, "a hand-out could not be acknowledged: its lease takes it back");
}

static void show_change(const struct rd_change *change)
{
    char time[32];
    printf("%s  %-8s %-13s ", ctl_time(ctl_now(), time),
           rd_enum_name(&rd_row_change_names, (int)change->what),
           change->verb == 0 ? "" : rd_enum_name(&rd_verb_names, (int)change->verb));
    if (change->row != NULL)
        ctl_show_row_line(change->row);
    else
        putchar('\n');
}

/* One JSON object a line would need another writer: objects follow one another instead, which every
 * streaming JSON reader takes. */
static bool show_as_json(const struct ctl_args *args, const struct rd_message *message)
{
    if (!ctl_json(args))
        return false;
    ctl_show_json(&rd_message_shape, message);
    return true;
}

static void heard(void *context, struct ctl_client *client, const struct rd_message *message)
{
    const struct ctl_args *args = context;
    if (message->pong != NULL)
        return;
    bool shown = show_as_json(args, message);
    if (message->snapshot_row != NULL && !shown)
        ctl_show_row_line(message->snapshot_row->row);
    if (message->snapshot_end != NULL) {
        if (!shown)
            puts("-- the list so far; changes follow");
        acknowledge(client, message->snapshot_end->queue, message->snapshot_end->incarnation,
                    message->snapshot_end->change);
    }
    if (message->change != NULL) {
        if (!shown)
            show_change(message->change);
        acknowledge(client, message->change->queue, message->change->incarnation,
                    message->change->change);
    }
    if (message->handout != NULL) {
        if (!shown)
            ctl_show_row_line(message->handout->row);
        acknowledge_handout(client, message->handout->token);
    }
    fflush(stdout);
}

static int follow(const struct ctl_args *args, bool work)
{
    struct ctl_client client;
    int status = ctl_client_open(&client, args, CTL_QUEUES);
    if (status != CTL_OK)
        return status;
    struct rd_text queue = rd_text_of(args->operands[0]);
    struct rd_watch watch = {.queue = queue, .credit = RD_WATCH_CREDIT_MAX};
    struct rd_work ask_work = {.queue = queue, .credit = 1, .lease_s = 60};
    struct rd_message message = {.watch = work ? NULL : &watch, .work = work ? &ask_work : NULL};
    status = ctl_client_send(&client, &message);
    if (status == CTL_OK)
        status = ctl_client_listen(&client, heard, (void *)(uintptr_t)args);
    ctl_client_close(&client);
    return status;
}

int ctl_queue_tail(const struct ctl_args *args)
{
    return follow(args, false);
}

int ctl_subscribe(const struct ctl_args *args)
{
    return follow(args, args->values[OPT_WORK] != NULL);
}
