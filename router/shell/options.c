#include "shell/options.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

#define VALUE(member) offsetof(struct rd_options, member)

const struct rd_option rd_option_table[] = {
    {"place", "DIR", NULL, "the place's rules: teams, tables, postcodes, feeds", VALUE(place)},
    {"state", "DIR", NULL, "ledger, keys and sockets; made at the first start, mode 0700",
     VALUE(state)},
    {"intake", "ENDPOINT", "tcp://127.0.0.1:5701", "where adapters submit", VALUE(intake)},
    {"queues", "ENDPOINT", "tcp://127.0.0.1:5702", "where teams and the desk take work",
     VALUE(queues)},
    {"events", "ENDPOINT", "tcp://127.0.0.1:5703", "where dashboards listen", VALUE(events)},
    {"ops", "ADDRESS:PORT", "127.0.0.1:8080", "page, /metrics, /livez and /readyz", VALUE(ops)},
    {"control", "ENDPOINT", NULL, "where referralctl asks (default ipc://STATE/control.sock)",
     VALUE(control)},
    {"alarm-command", "PROGRAM", NULL, "run for every alarm, with RD_ALARM and others set",
     VALUE(alarm_command)},
    {"check", NULL, NULL, "check the place, the state and the ledger, then exit", VALUE(check)},
    {"help", NULL, NULL, "print this and exit", VALUE(help)},
    {"version", NULL, NULL, "print the version and exit", VALUE(version)},
};
const size_t rd_option_table_count = sizeof rd_option_table / sizeof rd_option_table[0];

static const char **text_member(struct rd_options *options, const struct rd_option *option)
{
    return (const char **)(void *)((char *)options + option->offset);
}

static bool *switch_member(struct rd_options *options, const struct rd_option *option)
{
    return (bool *)(void *)((char *)options + option->offset);
}

static const struct rd_option *find(const char *name, size_t len)
{
    for (size_t i = 0; i < rd_option_table_count; i++)
        if (strlen(rd_option_table[i].name) == len &&
            memcmp(rd_option_table[i].name, name, len) == 0)
            return &rd_option_table[i];
    return NULL;
}

/* One argument, and the next when it is this one's value. *index is moved to the last one taken. */
static enum rd_err take(int argc, char *const *argv, int *index, struct rd_options *out,
                        struct rd_errbuf *why)
{
    const char *word = argv[*index];
    if (strncmp(word, "--", 2) != 0)
        return rd_fail(why, RD_E_INVALID,
                       "command line: found \"%s\", expected an option that begins with --; see "
                       "referrald --help",
                       word);
    size_t len = strcspn(word + 2, "=");
    const struct rd_option *option = find(word + 2, len);
    const char *value = word[2 + len] == '=' ? word + 3 + len : NULL;
    if (option == NULL)
        return rd_fail(why, RD_E_INVALID,
                       "command line: unknown option %s; see referrald --help for the known ones",
                       word);
    if (option->argument == NULL) {
        if (value != NULL)
            return rd_fail(why, RD_E_INVALID, "command line: --%s takes no value; leave out =%s",
                           option->name, value);
        *switch_member(out, option) = true;
        return RD_OK;
    }
    if (value == NULL && *index + 1 < argc)
        value = argv[++*index];
    if (value == NULL || value[0] == '\0')
        return rd_fail(why, RD_E_INVALID, "command line: --%s needs a value: --%s %s", option->name,
                       option->name, option->argument);
    *text_member(out, option) = value;
    return RD_OK;
}

enum rd_err rd_options_parse(int argc, char *const *argv, struct rd_options *out,
                             struct rd_errbuf *why)
{
    *out = (struct rd_options){0};
    for (size_t i = 0; i < rd_option_table_count; i++)
        if (rd_option_table[i].fallback != NULL)
            *text_member(out, &rd_option_table[i]) = rd_option_table[i].fallback;
    for (int i = 1; i < argc; i++) {
        enum rd_err err = take(argc, argv, &i, out, why);
        if (err != RD_OK)
            return err;
    }
    if (out->help || out->version)
        return RD_OK;
    if (out->place == NULL || out->state == NULL)
        return rd_fail(why, RD_E_INVALID,
                       "command line: --%s DIR is missing; start with referrald --place DIR "
                       "--state DIR",
                       out->place == NULL ? "place" : "state");
    return RD_OK;
}

void rd_options_help(FILE *out)
{
    fputs("referrald: holds every referral durably, routes it, runs its clocks\n\n"
          "usage: referrald --place DIR --state DIR [options]\n\n",
          out);
    for (size_t i = 0; i < rd_option_table_count; i++) {
        const struct rd_option *option = &rd_option_table[i];
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument == NULL ? "" : " ",
                 option->argument == NULL ? "" : option->argument);
        fprintf(out, "  %-24s %s", left, option->help);
        if (option->fallback != NULL)
            fprintf(out, " (default %s)", option->fallback);
        fputc('\n', out);
    }
    fputs("\nSee referrald(8).\n", out);
}

enum rd_err rd_options_split_ops(const char *ops, char *address, unsigned *port,
                                 struct rd_errbuf *why)
{
    const char *colon = strrchr(ops, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - ops);
    int64_t number = -1;
    if (colon == NULL || len == 0 || len >= RD_ENDPOINT_BYTES_MAX ||
        !rd_text_to_i64(rd_text_of(colon + 1), &number) || number < 0 || number > 65535)
        return rd_fail(why, RD_E_INVALID,
                       "command line: --ops %s: expected ADDRESS:PORT, as in 127.0.0.1:8080 "
                       "(port 0: any free one)",
                       ops);
    bool bracketed = ops[0] == '[' && len > 2 && ops[len - 1] == ']';
    memcpy(address, ops + (bracketed ? 1 : 0), len - (bracketed ? 2 : 0));
    address[len - (bracketed ? 2 : 0)] = '\0';
    *port = (unsigned)number;
    return RD_OK;
}
