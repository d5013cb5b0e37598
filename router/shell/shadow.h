/* Shadow mode: a candidate rule set decides what comes in too, beside the rules in force; what it
 * would have done otherwise is written down, and nothing follows from it. The candidate and its
 * notes are in STATE/shadow; notes hold references, teams, clocks and reasons, nothing of a person.
 *
 *   shadow/candidate/     the files of the candidate: it goes on over a restart
 *   shadow/next/          those of one that is being checked
 *   shadow/HASH.jsonl     one line for each decision that it was compared with
 *
 * A shadow that cannot write ends itself; it never stops or slows a referral. Loop thread only. */
#ifndef RD_SHELL_SHADOW_H
#define RD_SHELL_SHADOW_H

#include "core/core.h"
#include "rules/load/place_files.h"

#include <stdio.h>

struct rd_shadow {
    struct rd_rules *rules; /* NULL: no shadow */
    FILE *notes;
    struct rd_arena memory;
    uint64_t compared, differing; /* since it was started, or the router was */
};

void rd_shadow_init(struct rd_shadow *shadow);
/* The candidate that the state directory holds, if any; a bad one is said in the log and dropped.
 */
void rd_shadow_resume(struct rd_shadow *shadow, const char *state);
/* Writes the files of what is to be the candidate beside the one that decides now. Any thread, one
 * call at a time. */
RD_MUST_CHECK enum rd_err rd_shadow_prepare(const char *state, const struct rd_place_files *files,
                                            struct rd_errbuf *why);
/* What was prepared is the candidate now. Takes `rules` when it succeeds: loaded from those files.
 */
RD_MUST_CHECK enum rd_err rd_shadow_start(struct rd_shadow *shadow, const char *state,
                                          struct rd_rules *rules, struct rd_errbuf *why);
/* Ends it, and forgets the candidate; its notes stay. */
void rd_shadow_stop(struct rd_shadow *shadow, const char *state);
/* Releases it; the state directory keeps the candidate. */
void rd_shadow_fini(struct rd_shadow *shadow);
/* What a step of the core has decided. */
void rd_shadow_observe(struct rd_shadow *shadow, const struct rd_update *update);
/* Once a second: what was noted goes to the disk. */
void rd_shadow_flush(struct rd_shadow *shadow);

#endif
