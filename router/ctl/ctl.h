/* referralctl: what its files share. One table of commands and one of options drive dispatch, help
 * and the test of the man page. Single thread. */
#ifndef RD_CTL_CTL_H
#define RD_CTL_CTL_H

#include "base/buf.h"
#include "model/message.h"

#include <stdio.h>

/* Exit statuses. */
enum { CTL_OK = 0, CTL_NO = 1, CTL_USE = 2, CTL_AWAY = 3 };

enum ctl_option_id {
    OPT_STATE,
    OPT_PLACE,
    OPT_CONTROL,
    OPT_QUEUES,
    OPT_INTAKE,
    OPT_KEY,
    OPT_ROUTER_KEY,
    OPT_TIMEOUT,
    OPT_JSON,
    OPT_HELP,
    OPT_VERSION,
    OPT_BY,
    OPT_CLINICIAN,
    OPT_REASON,
    OPT_WORDS,
    OPT_TO,
    OPT_WHOM,
    OPT_REPAIRS,
    OPT_RECEIVED_AT,
    OPT_PAPER,
    OPT_SUPPORTING,
    OPT_PATHWAY,
    OPT_URGENCY,
    OPT_OUTCOME,
    OPT_MODE,
    OPT_AT,
    OPT_CONTACT,
    OPT_CLOCK,
    OPT_PURPOSE,
    OPT_FEED,
    OPT_WHY_NOT,
    OPT_TEAM,
    OPT_WORK,
    OPT_ROLE,
    OPT_FEEDS,
    OPT_TEAMS,
    OPT_OUT,
    OPT_FROM,
    OPT_UNTIL,
    OPT_APPROVED_BY,
    OPT_WRITE,
    OPT_VINTAGE,
    OPT_DRY_RUN,
    OPT_LEAST,
    OPT_WEEKS,
    OPT_FILE,
    OPT_HTML,
    OPT_CSV,
    OPT_AS_OF,
    OPT_DECISION,
    OPT_INPUT,
    OPT_COUNT
};

struct ctl_option {
    const char *name;     /* without the two hyphens */
    const char *argument; /* NULL: a switch */
    const char *help;
    bool global; /* every command takes it */
};
extern const struct ctl_option ctl_options[OPT_COUNT];

enum { CTL_OPERANDS_MAX = 1024 };

struct ctl_args {
    const char *values[OPT_COUNT]; /* NULL: not given; a switch: "" */
    const char *operands[CTL_OPERANDS_MAX];
    size_t operands_count;
};

struct ctl_command {
    const char *words;    /* "queue ls" */
    const char *operands; /* as help shows them; "" for none */
    const char *help;
    size_t operands_min, operands_max;
    int (*run)(const struct ctl_args *args);
    enum ctl_option_id options[12]; /* beside the global ones; ends with OPT_COUNT */
    enum ctl_option_id required[4]; /* of those; ends with OPT_COUNT */
};
extern const struct ctl_command ctl_commands[];
extern const size_t ctl_commands_count;

/* args.c. CTL_OK with *command set (NULL: help or version was printed), else the exit status, with
 * a message on stderr. */
int ctl_parse(int argc, char *const *argv, struct ctl_args *args,
              const struct ctl_command **command);
void ctl_print_help(FILE *out);
void ctl_print_command_help(const struct ctl_command *command, FILE *out);

/* Where things are: option, else environment, else default. */
const char *ctl_state(const struct ctl_args *args);
/* NULL, with a message, when neither --place nor REFERRALD_PLACE says. */
const char *ctl_place(const struct ctl_args *args);
/* The named person; NULL, with a message, when neither --by nor REFERRALD_BY says. */
const char *ctl_by(const struct ctl_args *args);
bool ctl_json(const struct ctl_args *args);
/* Prints "referralctl: " and the words on stderr; returns `status`. */
int ctl_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "2026-11-21T09:00:00Z", "now", "+90m", "-2h". False: none of these. */
bool ctl_parse_when(const char *text, rd_instant now, rd_instant *out);
/* "a,b,c" into `list` (in place of commas the text is cut in `copy`). False: more than `max`. */
bool ctl_split(const char *text, char *copy, size_t copy_size, struct rd_text *list, size_t max,
               size_t *count);
rd_instant ctl_now(void);

/* show.c: words and tables on stdout. */
void ctl_show_json(const struct rd_shape *shape, const void *value);
/* "21 Nov 09:14:05" UTC, "-" when absent. Returns out (32 bytes). */
const char *ctl_time(rd_instant at, char *out);
/* "in 14 min", "32 min ago", "-". Returns out (48 bytes). */
const char *ctl_relative(rd_instant at, rd_instant now, char *out);
void ctl_show_rows(const struct rd_row *rows, size_t count);
void ctl_show_row_line(const struct rd_row *row);
void ctl_show_entry(const struct rd_entry *entry);
void ctl_show_decision(const struct rd_decision *decision);

/* The commands. */
int ctl_status(const struct ctl_args *args);
int ctl_top(const struct ctl_args *args);
int ctl_submit(const struct ctl_args *args);
int ctl_submit_paper(const struct ctl_args *args);
int ctl_dry_run(const struct ctl_args *args);
int ctl_mapping_check(const struct ctl_args *args);
int ctl_mapping_diff(const struct ctl_args *args);
int ctl_explain(const struct ctl_args *args);
int ctl_trace(const struct ctl_args *args);
int ctl_open(const struct ctl_args *args);
int ctl_queue_ls(const struct ctl_args *args);
int ctl_queue_peek(const struct ctl_args *args);
int ctl_queue_tail(const struct ctl_args *args);
int ctl_subscribe(const struct ctl_args *args);
int ctl_claim(const struct ctl_args *args);
int ctl_accept(const struct ctl_args *args);
int ctl_release(const struct ctl_args *args);
int ctl_transfer(const struct ctl_args *args);
int ctl_decline(const struct ctl_args *args);
int ctl_redirect(const struct ctl_args *args);
int ctl_contact(const struct ctl_args *args);
int ctl_void_contact(const struct ctl_args *args);
int ctl_plan(const struct ctl_args *args);
int ctl_await_info(const struct ctl_args *args);
int ctl_close(const struct ctl_args *args);
int ctl_reopen(const struct ctl_args *args);
int ctl_acknowledge(const struct ctl_args *args);
int ctl_end_clock(const struct ctl_args *args);
int ctl_desk_ls(const struct ctl_args *args);
int ctl_desk_triage(const struct ctl_args *args);
int ctl_desk_route(const struct ctl_args *args);
int ctl_desk_links(const struct ctl_args *args);
int ctl_link(const struct ctl_args *args);
int ctl_unlink(const struct ctl_args *args);
int ctl_dismiss(const struct ctl_args *args);
int ctl_quarantine_ls(const struct ctl_args *args);
int ctl_quarantine_show(const struct ctl_args *args);
int ctl_quarantine_repair(const struct ctl_args *args);
int ctl_quarantine_refuse(const struct ctl_args *args);
int ctl_rules_check(const struct ctl_args *args);
int ctl_rules_prove(const struct ctl_args *args);
int ctl_rules_eval(const struct ctl_args *args);
int ctl_rules_test(const struct ctl_args *args);
int ctl_rules_coverage(const struct ctl_args *args);
int ctl_places_compile(const struct ctl_args *args);
int ctl_places_show(const struct ctl_args *args);
int ctl_places_postcodes(const struct ctl_args *args);
int ctl_rules_show(const struct ctl_args *args);
int ctl_rules_shadow(const struct ctl_args *args);
int ctl_rules_diff(const struct ctl_args *args);
int ctl_rules_activate(const struct ctl_args *args);
int ctl_rules_revert(const struct ctl_args *args);
int ctl_rules_withdraw(const struct ctl_args *args);
int ctl_ledger_verify(const struct ctl_args *args);
int ctl_ledger_rebuild(const struct ctl_args *args);
int ctl_ledger_backup(const struct ctl_args *args);
int ctl_ledger_restore(const struct ctl_args *args);
int ctl_ledger_export(const struct ctl_args *args);
int ctl_keys_new(const struct ctl_args *args);
int ctl_keys_ls(const struct ctl_args *args);
int ctl_keys_revoke(const struct ctl_args *args);
int ctl_clock_accept(const struct ctl_args *args);
int ctl_drain(const struct ctl_args *args);
int ctl_reload(const struct ctl_args *args);
int ctl_config_check(const struct ctl_args *args);

#endif
