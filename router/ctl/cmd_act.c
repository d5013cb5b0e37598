/* Commands that a named person gives: one message for each operand, in order; the first refusal
 * ends it. */
#include "ctl/client.h"

#include <string.h>

enum { SUPPORTING_MAX = 15 };

/* The enum value of an option that was given; false with a message when it has no such name. */
static bool read_name(const struct ctl_args *args, enum ctl_option_id option,
                      const struct rd_enum_names *names, int *out)
{
    const char *text = args->values[option];
    *out = 0;
    if (text == NULL)
        return true;
    *out = rd_enum_value(names, rd_text_of(text));
    if (*out != 0)
        return true;
    fprintf(stderr, "referralctl: --%s %s: expected one of:", ctl_options[option].name, text);
    for (size_t i = 1; i < names->count; i++)
        fprintf(stderr, " %s", names->names[i]);
    fputc('\n', stderr);
    return false;
}

static bool read_number(const struct ctl_args *args, enum ctl_option_id option, uint32_t *out)
{
    const char *text = args->values[option];
    int64_t number = 0;
    *out = 0;
    if (text == NULL)
        return true;
    if (!rd_text_to_i64(rd_text_of(text), &number) || number < 1 || number > 65535) {
        ctl_fail(CTL_USE, "--%s %s: expected a number from 1, as referralctl trace shows it",
                 ctl_options[option].name, text);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* Everything that the options say. */
static int fill(struct rd_command *command, const struct ctl_args *args)
{
    int urgency = 0;
    int outcome = 0;
    int mode = 0;
    const char *by = ctl_by(args);
    if (by == NULL || !read_name(args, OPT_URGENCY, &rd_priority_names, &urgency) ||
        !read_name(args, OPT_OUTCOME, &rd_outcome_names, &outcome) ||
        !read_name(args, OPT_MODE, &rd_contact_mode_names, &mode) ||
        !read_number(args, OPT_CONTACT, &command->contact) ||
        !read_number(args, OPT_CLOCK, &command->clock))
        return CTL_USE;
    command->by = rd_text_of(by);
    command->clinician = args->values[OPT_CLINICIAN] != NULL;
    command->reason = rd_text_of(args->values[OPT_REASON]);
    command->words = rd_text_of(args->values[OPT_WORDS]);
    command->to =
        rd_text_of(args->values[OPT_TO] != NULL ? args->values[OPT_TO] : args->values[OPT_WHOM]);
    command->pathway = rd_text_of(args->values[OPT_PATHWAY]);
    command->urgency = (enum rd_priority)urgency;
    command->outcome = (enum rd_outcome)outcome;
    command->mode = (enum rd_contact_mode)mode;
    const char *at = args->values[OPT_AT];
    if (at != NULL && !ctl_parse_when(at, ctl_now(), &command->when))
        return ctl_fail(CTL_USE,
                        "--at %s: expected a time as 2026-11-21T09:00:00Z, now, +90m or -2h", at);
    return CTL_OK;
}

static void show_done(const struct ctl_args *args, const struct rd_command_result *result,
                      const char *target)
{
    if (ctl_json(args)) {
        ctl_show_json(&rd_command_result_shape, result);
        return;
    }
    printf("%s: done, entry %llu\n", target, (unsigned long long)result->entry);
    if (result->row != NULL)
        ctl_show_row_line(result->row);
}

static int give(const struct ctl_args *args, struct rd_command *command)
{
    struct ctl_client client;
    int status = ctl_client_open(&client, args, CTL_CONTROL);
    if (status != CTL_OK)
        return status;
    for (size_t i = 0; i < args->operands_count && status == CTL_OK; i++) {
        struct rd_message message = {.command = command};
        command->target = rd_text_of(args->operands[i]);
        command->correlation = ctl_client_correlation(&client);
        status = ctl_client_ask(&client, &message, command->correlation);
        const struct rd_command_result *result = client.answer.command_result;
        if (status == CTL_OK && result != NULL)
            show_done(args, result, args->operands[i]);
        else if (status == CTL_OK)
            status = ctl_fail(CTL_NO, "%s: the router gave another answer than was asked",
                              args->operands[i]);
    }
    ctl_client_close(&client);
    return status;
}

static int act(const struct ctl_args *args, enum rd_verb verb)
{
    struct rd_command command = {.verb = verb};
    struct rd_text supporting[SUPPORTING_MAX];
    char copy[1024];
    int status = fill(&command, args);
    if (status != CTL_OK)
        return status;
    if (args->values[OPT_SUPPORTING] != NULL) {
        if (!ctl_split(args->values[OPT_SUPPORTING], copy, sizeof copy, supporting, SUPPORTING_MAX,
                       &command.supporting_count))
            return ctl_fail(CTL_USE, "--supporting: more than %d teams", SUPPORTING_MAX);
        command.supporting = supporting;
    }
    return give(args, &command);
}

#define VERB(function, verb)                                                                       \
    int function(const struct ctl_args *args)                                                      \
    {                                                                                              \
        return act(args, verb);                                                                    \
    }

VERB(ctl_claim, RD_VERB_CLAIM)
VERB(ctl_accept, RD_VERB_ACCEPT)
VERB(ctl_release, RD_VERB_RELEASE)
VERB(ctl_transfer, RD_VERB_TRANSFER)
VERB(ctl_decline, RD_VERB_DECLINE)
VERB(ctl_redirect, RD_VERB_REDIRECT)
VERB(ctl_contact, RD_VERB_CONTACT)
VERB(ctl_void_contact, RD_VERB_VOID_CONTACT)
VERB(ctl_plan, RD_VERB_PLAN)
VERB(ctl_await_info, RD_VERB_AWAIT_INFO)
VERB(ctl_close, RD_VERB_CLOSE)
VERB(ctl_reopen, RD_VERB_REOPEN)
VERB(ctl_acknowledge, RD_VERB_ACKNOWLEDGE)
VERB(ctl_end_clock, RD_VERB_END_CLOCK)
VERB(ctl_desk_triage, RD_VERB_TRIAGE)
VERB(ctl_desk_route, RD_VERB_ROUTE)
VERB(ctl_quarantine_repair, RD_VERB_REPAIR)
VERB(ctl_quarantine_refuse, RD_VERB_REFUSE)
