/* Cases: referrals with what must become of them, kept as YAML beside a place. Reading does I/O;
 * the rest is pure. Thread: any, one call at a time. */
#ifndef RD_RULES_CASES_H
#define RD_RULES_CASES_H

#include "base/buf.h"
#include "rules/load/load.h"
#include "rules/rules.h"

enum { RD_CASES_MAX = 10000, RD_CASE_FILES_MAX = 1000 };

struct rd_case_pos { /* from 1 */
    unsigned line, column;
};
struct rd_case_load { /* assignments that a team has open already */
    struct rd_text team;
    uint32_t open;
    struct rd_case_pos pos;
};
struct rd_expected_clock {
    struct rd_text policy;
    rd_instant alarm, report; /* 0: whatever */
    struct rd_opt_bool provisional;
    struct rd_case_pos pos;
};
struct rd_expected_text { /* absent: whatever */
    struct rd_text text;
    struct rd_case_pos pos;
};
struct rd_expected_texts { /* exactly these, in any order, when `given` */
    struct rd_text *list;
    size_t count;
    bool given;
    struct rd_case_pos pos;
};
struct rd_expect {
    struct rd_expected_text pathway, lead, in_place_of, reason, answer, locality, postcode_class;
    struct rd_expected_text view_of_lead;
    enum rd_priority urgency; /* 0: whatever */
    struct rd_expected_texts supporting, roles;
    struct rd_opt_bool open;
    rd_instant looks_at;              /* 0: whatever */
    struct rd_expected_clock *clocks; /* exactly these when clocks_given */
    size_t clocks_count;
    bool clocks_given;
};
struct rd_case {
    struct rd_text file, name, note;
    struct rd_case_pos pos;
    struct rd_submission submission;
    rd_instant received, at;       /* held; decided */
    struct rd_expected_texts away; /* teams whose list nobody has open */
    struct rd_case_load *loads;
    size_t loads_count;
    struct rd_expect expect;
};
struct rd_cases {
    struct rd_arena arena; /* everything below */
    struct rd_case *list;
    size_t count, files;
};

/* Reads DIRECTORY/cases/ (every *.yaml, by name), or one file when `path` ends in .yaml. Times
 * without an offset are the wall's of `rules`. RD_E_INVALID: findings were errors; RD_E_IO: not
 * readable, or no case at all; RD_E_NOMEM. After any result: rd_cases_fini. */
RD_MUST_CHECK enum rd_err rd_cases_read(const char *path, const struct rd_rules *rules,
                                        rd_finding_sink *sink, void *context, struct rd_cases *out);
void rd_cases_fini(struct rd_cases *cases);
/* Teams, feeds, pathways, clocks and needs that a case names and the place does not know: each an
 * error to the sink. The number of errors. */
size_t rd_cases_check(const struct rd_rules *rules, const struct rd_cases *cases,
                      rd_finding_sink *sink, void *context);

/* What `rules` make of it. RD_E_TOOBIG. */
RD_MUST_CHECK enum rd_err rd_case_decide(const struct rd_rules *rules, const struct rd_case *one,
                                         struct rd_text engine_version, struct rd_arena *arena,
                                         struct rd_decision *out);

/* One thing that is not as expected. */
struct rd_mismatch {
    const char *what; /* "lead", "clock two-hour" ... */
    struct rd_text expected, found;
    struct rd_case_pos pos;
};
enum { RD_MISMATCHES_MAX = 64 };
/* How many; texts in the arena. */
size_t rd_case_compare(const struct rd_rules *rules, const struct rd_case *one,
                       const struct rd_decision *decision, struct rd_arena *arena,
                       struct rd_mismatch out[RD_MISMATCHES_MAX]);

/* Which rules were hit. */
struct rd_table_coverage {
    struct rd_text table;  /* the decision's name */
    struct rd_text *rules; /* labels */
    struct rd_text *why;   /* annotations */
    uint64_t *hits;
    size_t rules_count, hit_count;
};
struct rd_coverage {
    struct rd_table_coverage *tables;
    size_t tables_count;
    size_t rules, hit; /* of all tables */
};
/* Empty, for `rules`; in the arena. RD_E_TOOBIG. */
RD_MUST_CHECK enum rd_err rd_coverage_init(const struct rd_rules *rules, struct rd_arena *arena,
                                           struct rd_coverage *out);
void rd_coverage_add(struct rd_coverage *coverage, const struct rd_decision *decision);

#endif
