/* rules diff: what two rule sets make of the same referrals. Filled once, shown as a terminal
 * table, a CSV, a sheet to sign, JSON. No name, number or address of anybody is in it. */
#ifndef RD_CTL_DIFF_H
#define RD_CTL_DIFF_H

#include "ctl/ctl.h"
#include "rules/cases/compare.h"
#include "rules/rules.h"

struct diff_side {
    struct rd_text pathway, lead, supporting, clocks, reason; /* the last two in words */
    enum rd_priority urgency;
    rd_instant first_due; /* of its clocks; 0: none */
};
struct diff_row {
    struct rd_text id; /* pseudonymous: the referral's own reference, or a case's name */
    rd_instant received;
    struct rd_text feed;
    struct rd_difference difference;
    struct diff_side old, new;
};
struct diff_count { /* how many have that team */
    struct rd_text team, title;
    size_t lead_old, lead_new, supporting_old, supporting_new;
};
struct diff_pair { /* of the rows that differ: from one reason to another */
    struct rd_text old, new;
    size_t count;
};
struct diff_report {
    struct rd_arena memory; /* everything below */
    const struct rd_rules *old_rules, *new_rules;
    struct rd_text old_name, new_name;        /* as they were given */
    struct rd_text by;                        /* who ran it; may be absent */
    struct rd_text source;                    /* "the ledger, 4 weeks" */
    rd_instant made, from, until;             /* from, until 0: cases */
    size_t compared, differing, other_reason; /* the last: same outcome, another reason */
    size_t by_person, erased, unreadable;     /* not compared, and why */
    size_t differing_lead, differing_supporting, differing_pathway, differing_urgency,
        differing_clocks, differing_roles;
    size_t less_urgent, more_urgent, later, earlier; /* urgency; the first deadline */
    struct diff_row *rows;                           /* those that differ */
    size_t rows_count;
    struct diff_count *counts;
    size_t counts_count;
    struct diff_pair *pairs; /* most frequent first */
    size_t pairs_count;
    bool full; /* no memory */
};

/* diff_read.c. CTL_OK, or the exit status with a message. After any: diff_fini. */
void diff_init(struct diff_report *report, const struct rd_rules *old_rules,
               const struct rd_rules *new_rules);
void diff_fini(struct diff_report *report);
int diff_read_ledger(struct diff_report *report, const struct ctl_args *args, unsigned weeks);
int diff_read_cases(struct diff_report *report, const char *file);
/* Of the notes of a shadow, in STATE/shadow. */
int diff_read_shadow(struct diff_report *report, const struct ctl_args *args);
/* For the readers: one referral that was compared and does not differ; one that does. */
void diff_take_same(struct diff_report *report, bool other_reason);
void diff_take_row(struct diff_report *report, const struct diff_row *row);
void diff_take_team(struct diff_report *report, struct rd_text team, bool lead, bool new);
struct rd_text diff_keep(struct diff_report *report, struct rd_text text);
/* The counts and pairs in the order in which they are shown. */
void diff_finish(struct diff_report *report);

/* diff_show.c, diff_html.c. */
void diff_print(const struct diff_report *report);
void diff_write_csv(const struct diff_report *report, struct rd_buf *out);
void diff_write_html(const struct diff_report *report, struct rd_buf *out);
int diff_print_json(const struct diff_report *report);
/* "Mon 23 Nov 2026 10:00" on the place's wall, in the report's memory. */
struct rd_text diff_time(const struct diff_report *report, rd_instant at, char out[48]);

#endif
