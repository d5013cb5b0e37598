/* Rule sets and decisions as the ledger keeps them, for whoever asks later. */
#ifndef RD_CTL_AGAIN_H
#define RD_CTL_AGAIN_H

#include "ctl/offline.h"
#include "shell/kept.h"

/* A ledger and what rule sets it keeps. */
struct ctl_history {
    struct rd_ledger *ledger;
    struct rd_kept kept;
};
/* CTL_OK, or CTL_NO with a message. After CTL_OK: ctl_history_close. */
int ctl_history_open(const struct ctl_args *args, struct ctl_history *out);
void ctl_history_close(struct ctl_history *history);
/* The rule set of that hash (or of the only one that begins so), or "in-force", from the ledger.
 * CTL_OK, or CTL_NO with a message. The rules are the caller's. */
int ctl_history_rules(const struct ctl_history *history, struct rd_text hash,
                      struct rd_rules **out);
/* Those of --place, else those in force by the ledger of --state. The same. cmd_explain.c. */
int ctl_place_or_kept(const struct ctl_args *args, struct rd_rules **rules);
/* Its files, in a directory that is the caller's to remove: rd_kept_remove. */
int ctl_history_extract(const struct ctl_history *history, struct rd_text hash, char *directory,
                        size_t size);
/* Whether `again` is the stored decision, byte for byte; *bytes: of its encoding. */
bool ctl_same_decision(const struct rd_decision *stored, const struct rd_decision *again,
                       size_t *bytes);
/* Every decision of the ledger, made again: design invariant 6. CTL_OK, or CTL_NO with what was not
 * the same. */
int ctl_verify_decisions(struct rd_ledger *ledger);
/* explain --as-of */
int ctl_explain_as_of(const struct ctl_args *args);
/* Why not that team, by the rules of the decision's own hash: from the ledger when it can be read,
 * else from --place. */
int ctl_why_not(const struct ctl_args *args, const struct rd_decision *decision);
int ctl_why_not_by(const struct ctl_args *args, const struct rd_rules *rules,
                   const struct rd_decision *decision);

#endif
