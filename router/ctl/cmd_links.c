/* One person, many doors: what the router suggests, and the desk's word. */
#include "ctl/client.h"

#include "model/alike.h"

#include <inttypes.h>

static void show_side(const char *label, const struct rd_row *row)
{
    char received[32];
    char due[48];
    if (row == NULL)
        return;
    printf("  %-6s %-12.*s %-24.*s received %s, %s, %.*s, %s\n", label, RD_TEXT_ARG(row->referral),
           RD_TEXT_ARG(row->feed), ctl_time(row->received, received),
           rd_enum_name(&rd_assignment_phase_names, (int)row->phase), RD_TEXT_ARG(row->team),
           row->phase == RD_ASSIGNMENT_CLOSED ? "ended"
                                              : ctl_relative(row->next_due, ctl_now(), due));
}

static void show_pair(const struct rd_link_pair *pair)
{
    char words[RD_PARTS_TEXT_MAX];
    char time[32];
    printf("%s %s", rd_enum_name(&rd_link_state_names, (int)pair->state), ctl_time(pair->at, time));
    if (pair->by.len > 0)
        printf(" by %.*s", RD_TEXT_ARG(pair->by));
    printf("; same: %s", rd_parts_words(pair->matched, words));
    if (pair->differs != 0)
        printf("; DIFFERENT: %s", rd_parts_words(pair->differs, words));
    putchar('\n');
    show_side("one", pair->first);
    show_side("other", pair->second);
}

static int show_links(const struct ctl_args *args, const struct rd_query_result *result)
{
    if (ctl_json(args)) {
        ctl_show_json(&rd_query_result_shape, result);
        return CTL_OK;
    }
    if (result->pairs_count == 0)
        puts(args->operands_count == 0 ? "no suggestion waits" : "it has no links");
    for (size_t i = 0; i < result->pairs_count; i++)
        show_pair(&result->pairs[i]);
    if (result->pairs_left_out > 0)
        printf("and %" PRIu32 " more referrals with suggestions: ask for one by its reference\n",
               result->pairs_left_out);
    return CTL_OK;
}

int ctl_desk_links(const struct ctl_args *args)
{
    return ctl_query(args, RD_QUERY_LINKS, args->operands_count == 0 ? NULL : args->operands[0],
                     show_links);
}

static int say(const struct ctl_args *args, enum rd_verb verb)
{
    struct ctl_client client;
    const char *by = ctl_by(args);
    if (by == NULL)
        return CTL_USE;
    int status = ctl_client_open(&client, args, CTL_CONTROL);
    if (status != CTL_OK)
        return status;
    struct rd_command command = {.verb = verb,
                                 .correlation = ctl_client_correlation(&client),
                                 .target = rd_text_of(args->operands[0]),
                                 .to = rd_text_of(args->operands[1]),
                                 .by = rd_text_of(by),
                                 .reason = rd_text_of(args->values[OPT_REASON])};
    struct rd_message message = {.command = &command};
    status = ctl_client_ask(&client, &message, command.correlation);
    const struct rd_command_result *result = client.answer.command_result;
    if (status == CTL_OK && result == NULL) {
        status = ctl_fail(CTL_NO, "the router gave another answer than was asked");
    } else if (status == CTL_OK && ctl_json(args)) {
        ctl_show_json(&rd_command_result_shape, result);
    } else if (status == CTL_OK) {
        printf("%s %s: done, entry %" PRIu64 "\n", args->operands[0], args->operands[1],
               result->entry);
        if (result->row != NULL)
            ctl_show_row_line(result->row);
    }
    ctl_client_close(&client);
    return status;
}

int ctl_link(const struct ctl_args *args)
{
    return say(args, RD_VERB_LINK);
}

int ctl_unlink(const struct ctl_args *args)
{
    return say(args, RD_VERB_UNLINK);
}

int ctl_dismiss(const struct ctl_args *args)
{
    return say(args, RD_VERB_DISMISS);
}
