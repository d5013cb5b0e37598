/* What the rules commands share. */
#ifndef RD_CTL_RULES_COMMON_H
#define RD_CTL_RULES_COMMON_H

#include "ctl/ctl.h"
#include "rules/cases/cases.h"

#include <jansson.h>
#include <stdlib.h>

struct ctl_findings {
    const char *folder; /* put before a finding's file; "": nothing */
    FILE *out;
    bool errors_only; /* count the others, print them not */
    size_t errors, others;
};
/* A rd_finding_sink over struct ctl_findings: FILE:LINE:COLUMN: severity: words. */
void ctl_print_finding(void *context, const struct rd_finding *finding);
/* CTL_OK; or CTL_NO with what is wrong on stderr. */
int ctl_load_rules(const char *directory, struct rd_rules **out);
/* DIR/cases or one .yaml file; `names`: what it names must be known to the place. After CTL_OK:
 * rd_cases_fini. */
int ctl_read_cases(const char *path, const struct rd_rules *rules, bool names,
                   struct rd_cases *out);
/* Of the terminal: COLUMNS, else what it says, else 100. */
size_t ctl_columns(void);
/* Tells the router; `directory` NULL: no shadow any more. The exit status. */
int ctl_send_shadow(const struct ctl_args *args, const char *directory);
json_t *ctl_json_text(struct rd_text text);
/* Prints and releases it; NULL: no memory. */
int ctl_print_json(json_t *made);

#endif
