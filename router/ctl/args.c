#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int ctl_fail(int status, const char *format, ...)
{
    va_list args;
    fputs("referralctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return status;
}

static void print_option(const struct ctl_option *option, FILE *out)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument == NULL ? "" : " ",
             option->argument == NULL ? "" : option->argument);
    fprintf(out, "  %-22s %s\n", left, option->help);
}

void ctl_print_help(FILE *out)
{
    fputs("referralctl: operate referrald from a terminal\n\n"
          "usage: referralctl COMMAND [OPERANDS] [OPTIONS]\n\ncommands:\n",
          out);
    for (size_t i = 0; i < ctl_commands_count; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", ctl_commands[i].words, ctl_commands[i].operands);
        fprintf(out, "  %-26s %s\n", left, ctl_commands[i].help);
    }
    fputs("\noptions of every command:\n", out);
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (ctl_options[i].global)
            print_option(&ctl_options[i], out);
    fputs("\nreferralctl COMMAND --help says what one command takes. Exit status: 0 done, 1 the "
          "answer is no,\n2 bad use, 3 the router cannot be reached. See referralctl(1).\n",
          out);
}

void ctl_print_command_help(const struct ctl_command *command, FILE *out)
{
    fprintf(out, "referralctl %s %s\n\n%s\n", command->words, command->operands, command->help);
    if (command->options[0] != OPT_COUNT)
        fputs("\noptions:\n", out);
    for (size_t i = 0; command->options[i] != OPT_COUNT; i++)
        print_option(&ctl_options[command->options[i]], out);
    fputs("\nand those of every command: see referralctl --help\n", out);
}

static bool takes(const struct ctl_command *command, size_t option)
{
    if (ctl_options[option].global)
        return true;
    for (size_t i = 0; command->options[i] != OPT_COUNT; i++)
        if (command->options[i] == option)
            return true;
    return false;
}

/* How many arguments the command's words are; 0: another command. */
static int words_match(const struct ctl_command *command, int argc, char *const *argv)
{
    const char *space = strchr(command->words, ' ');
    size_t first = space == NULL ? strlen(command->words) : (size_t)(space - command->words);
    if (argc < 2 || strlen(argv[1]) != first || memcmp(argv[1], command->words, first) != 0)
        return 0;
    if (space == NULL)
        return 1;
    return argc > 2 && strcmp(argv[2], space + 1) == 0 ? 2 : 0;
}

static const struct ctl_command *find_command(int argc, char *const *argv, int *words)
{
    for (size_t i = 0; i < ctl_commands_count; i++) {
        *words = words_match(&ctl_commands[i], argc, argv);
        if (*words > 0)
            return &ctl_commands[i];
    }
    return NULL;
}

static size_t find_option(const char *name, size_t len)
{
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (strlen(ctl_options[i].name) == len && memcmp(ctl_options[i].name, name, len) == 0)
            return i;
    return OPT_COUNT;
}

static int take_option(int argc, char *const *argv, int *at, struct ctl_args *args,
                       const struct ctl_command *command)
{
    const char *word = argv[*at] + 2;
    size_t len = strcspn(word, "=");
    size_t option = find_option(word, len);
    const char *value = word[len] == '=' ? word + len + 1 : NULL;
    if (option == OPT_COUNT || (command != NULL && !takes(command, option)))
        return ctl_fail(CTL_USE, "%s: %s takes no option %s; see referralctl %s --help",
                        command == NULL ? "command line" : command->words,
                        command == NULL ? "referralctl" : "it", argv[*at],
                        command == NULL ? "" : command->words);
    if (ctl_options[option].argument == NULL) {
        if (value != NULL)
            return ctl_fail(CTL_USE, "--%s takes no value; leave out =%s", ctl_options[option].name,
                            value);
        args->values[option] = "";
        return CTL_OK;
    }
    if (value == NULL && *at + 1 < argc)
        value = argv[++*at];
    if (value == NULL)
        return ctl_fail(CTL_USE, "--%s needs a value: --%s %s", ctl_options[option].name,
                        ctl_options[option].name, ctl_options[option].argument);
    args->values[option] = value;
    return CTL_OK;
}

static int check_required(const struct ctl_command *command, const struct ctl_args *args)
{
    if (args->operands_count < command->operands_min ||
        args->operands_count > command->operands_max)
        return ctl_fail(CTL_USE, "%s: found %zu operands, expected %s; see referralctl %s --help",
                        command->words, args->operands_count,
                        command->operands[0] == '\0' ? "none" : command->operands, command->words);
    for (size_t i = 0; command->required[i] != OPT_COUNT; i++) {
        const struct ctl_option *option = &ctl_options[command->required[i]];
        if (args->values[command->required[i]] == NULL)
            return ctl_fail(CTL_USE, "%s: --%s %s is missing: %s", command->words, option->name,
                            option->argument, option->help);
    }
    return CTL_OK;
}

static int no_command(int argc, char *const *argv, const struct ctl_args *args)
{
    if (args->values[OPT_VERSION] != NULL) {
        puts("referralctl " RD_VERSION);
        return CTL_OK;
    }
    if (args->values[OPT_HELP] != NULL || argc < 2) {
        ctl_print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? CTL_USE : CTL_OK;
    }
    return ctl_fail(CTL_USE, "no command \"%s%s%s\"; see referralctl --help", argv[1],
                    argc > 2 && argv[2][0] != '-' ? " " : "",
                    argc > 2 && argv[2][0] != '-' ? argv[2] : "");
}

int ctl_parse(int argc, char *const *argv, struct ctl_args *args,
              const struct ctl_command **command)
{
    int words = 0;
    bool only_operands = false;
    *args = (struct ctl_args){.operands_count = 0};
    const struct ctl_command *found = find_command(argc, argv, &words);
    *command = NULL;
    for (int i = 1 + words; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
            int status = take_option(argc, argv, &i, args, found);
            if (status != CTL_OK)
                return status;
        } else if (args->operands_count < CTL_OPERANDS_MAX) {
            args->operands[args->operands_count++] = argv[i];
        } else {
            return ctl_fail(CTL_USE, "more than %d operands; give fewer at once", CTL_OPERANDS_MAX);
        }
    }
    if (found == NULL)
        return no_command(argc, argv, args);
    if (args->values[OPT_HELP] != NULL) {
        ctl_print_command_help(found, stdout);
        return CTL_OK;
    }
    int status = check_required(found, args);
    if (status == CTL_OK)
        *command = found;
    return status;
}

static const char *value_or_env(const struct ctl_args *args, enum ctl_option_id option,
                                const char *variable)
{
    if (args->values[option] != NULL)
        return args->values[option];
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *ctl_state(const struct ctl_args *args)
{
    const char *state = value_or_env(args, OPT_STATE, "REFERRALD_STATE");
    return state != NULL ? state : "/var/lib/referrald";
}

const char *ctl_place(const struct ctl_args *args)
{
    const char *place = value_or_env(args, OPT_PLACE, "REFERRALD_PLACE");
    if (place == NULL)
        ctl_fail(CTL_USE, "--place DIR is missing: the place directory, or set REFERRALD_PLACE");
    return place;
}

const char *ctl_by(const struct ctl_args *args)
{
    const char *by = value_or_env(args, OPT_BY, "REFERRALD_BY");
    if (by == NULL)
        ctl_fail(CTL_USE, "--by PERSON is missing: the named person on whose word this is done, or "
                          "set REFERRALD_BY");
    return by;
}

bool ctl_json(const struct ctl_args *args)
{
    return args->values[OPT_JSON] != NULL;
}

rd_instant ctl_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail with this id */
    return (rd_instant)now.tv_sec * RD_SECOND_US + now.tv_nsec / 1000;
}

bool ctl_parse_when(const char *text, rd_instant now, rd_instant *out)
{
    size_t len = strlen(text);
    int64_t number = 0;
    if (strcmp(text, "now") == 0) {
        *out = now;
        return true;
    }
    if (rd_instant_parse(rd_text_of(text), out))
        return true;
    if (len < 3 || (text[0] != '+' && text[0] != '-') ||
        (text[len - 1] != 'm' && text[len - 1] != 'h') ||
        !rd_text_to_i64((struct rd_text){text + 1, len - 2}, &number) || number < 0 ||
        number > 100000)
        return false;
    number *= text[len - 1] == 'h' ? RD_HOUR_US : RD_MINUTE_US;
    *out = text[0] == '+' ? now + number : now - number;
    return true;
}

bool ctl_split(const char *text, char *copy, size_t copy_size, struct rd_text *list, size_t max,
               size_t *count)
{
    size_t len = strlen(text);
    *count = 0;
    if (len >= copy_size)
        return false;
    memcpy(copy, text, len + 1);
    struct rd_text rest = {copy, len};
    while (rest.len > 0) {
        size_t comma = rd_text_find(rest, ',', 0);
        struct rd_text item = rd_text_trim(rd_text_slice(rest, 0, comma));
        if (item.len > 0 && *count == max)
            return false;
        if (item.len > 0)
            list[(*count)++] = item;
        rest = rd_text_slice(rest, comma + 1, rest.len);
    }
    return true;
}
